"""Routes and labels together: a way that leaves no room for its label is given up for another."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from unfoldgraph.algebra.latex import signed_pieces
from unfoldgraph.algebra.pieces import Pieces, sign
from unfoldgraph.drawing.geometry import Outline, Point, Rectangle, four
from unfoldgraph.drawing.graphs.circuit import square_mark, square_number
from unfoldgraph.drawing.graphs.rolled import Cell, Connection, Link
from unfoldgraph.drawing.routing.candidates import SQUARE, Request, Route
from unfoldgraph.drawing.routing.labels import LabelObstacles, place_label, place_row
from unfoldgraph.drawing.routing.obstacles import Segments
from unfoldgraph.drawing.routing.router import Router, Surroundings
from unfoldgraph.drawing.scene.scene import Item, Square, Text
from unfoldgraph.drawing.text.typeset import Label, centred, is_turned, lines, typeset, width_of

__all__ = [
    "EDGE_TYPE",
    "NUMBER_TYPE",
    "RoutedEdges",
    "edge_labels",
    "edge_text",
    "mark_label",
    "mark_text",
    "number_label",
    "place",
    "square_items",
    "square_side",
]

#: Type of edges and of the numbers in squares, in units to the em; 9.4 units print as 7 pt.
EDGE_TYPE, NUMBER_TYPE = 14.5, 10.4
# Type of what stands beside squares.
MARK_TYPE = 12.0
_REROUTES, _TURNS = 4, 3


@dataclass(slots=True)
class RoutedEdges:
    """Routes and the upper left corners of labels and of marks at squares, by key of the request.

    Attributes
    ----------
    lost : How many labels found no room.
    blocked : How many routes run through a node.
    unclear : How many labels read as those of other edges.
    """

    routes: Mapping[int, Route] = field(default_factory=dict)
    corners: dict[int, Point] = field(default_factory=dict)
    marks: dict[int, Point] = field(default_factory=dict)
    lost: int = 0
    blocked: int = 0
    unclear: int = 0

    @property
    def failures(self) -> tuple[int, int, int]:
        """What makes one attempt worse than another."""
        return self.lost, self.blocked, self.unclear


def place(
    links: Sequence[Link | Connection],
    requests: Sequence[Request],
    around: Surroundings,
    margin: float,
    label_shapes: Sequence[Outline] | None = None,
    more: LabelObstacles | None = None,
) -> RoutedEdges:
    """Return routes and label corners, those with the fewest labels lost that a few attempts find.

    ``links`` are those of the requests, by key. Labels also keep clear of ``label_shapes`` and ``more``.
    """
    if not requests:
        return RoutedEdges()
    router = Router(requests, around)
    router.route_all()
    best: RoutedEdges | None = None
    first: dict[int, None] = {}
    for _ in range(_REROUTES):
        for _ in range(_TURNS):
            obstacles = _obstacles(router.routes, label_shapes or around.shapes, around.shifts, more)
            found, troubled = _labelled(links, requests, router.routes, obstacles, around.shifts, margin, first)
            found.blocked = sum(router.is_blocked(request.key) for request in requests)
            if best is None or found.failures < best.failures:
                best = found
            if first.keys() >= troubled.keys():
                break
            # What found no good place chooses before the others.
            first = dict.fromkeys([*troubled, *first])
        lost = [key for key, is_lost in troubled.items() if is_lost]
        if not lost:
            break
        router.reroute(lost)
    assert best is not None
    return best


def _labelled(
    links: Sequence[Link | Connection],
    requests: Sequence[Request],
    routes: Mapping[int, Route],
    obstacles: LabelObstacles,
    shifts: Sequence[Point],
    margin: float,
    first: Collection[int],
) -> tuple[RoutedEdges, dict[int, bool]]:
    """Return routes with places for their labels, and of those that have none or an unclear one whether it is lost."""
    found = RoutedEdges({**routes})
    troubled: dict[int, bool] = {}

    def put(request: Request, latex: Pieces, is_mark: bool = False) -> None:
        key, route = request.key, routes[request.key]
        size = _size(latex, MARK_TYPE if is_mark else EDGE_TYPE)
        if is_mark and route.square is None:
            # It is the mark of the square at which the edge ends.
            route = replace(route, square=(request.end.x, request.end.y), side=2 * request.end.rx)
        corner = place_label([key], route, size, obstacles, shifts, margin, is_mark)
        if corner is None:
            found.lost += 1
            troubled[key] = True
            return
        (found.marks if is_mark else found.corners)[key] = corner
        if obstacles.are_unclear([key], np.array([[*corner, corner[0] + size[0], corner[1] + size[1]]]))[0]:
            found.unclear += 1
            troubled.setdefault(key, False)

    # Those with the fewest places to go choose first: marks, then labels at squares.
    for request in requests:
        if request.mark:
            put(request, request.mark, is_mark=True)
    labelled = sorted(
        (request for request in requests if request.labelled),
        key=lambda request: (not request.squared, request.key not in first, request.key),
    )
    eager = [request for request in labelled if request.squared or request.key in first]
    for request in eager:
        put(request, links[request.key].pieces)
    others = [request for request in labelled if request not in eager]
    for fan, feet in _fans(others):
        members = [(one.key, routes[one.key], _size(links[one.key].pieces)) for one in fan]
        corners = place_row(members, feet, obstacles, shifts, margin)
        found.corners.update(zip((request.key for request in fan), corners or (), strict=False))
    for request in others:
        if request.key not in found.corners:
            put(request, links[request.key].pieces)
    return found, troubled


def _size(latex: Pieces, type_size: float = EDGE_TYPE) -> tuple[float, float]:
    x0, y0, x1, y1 = typeset(latex, type_size).box
    return x1 - x0, y1 - y0


def _fans(requests: Sequence[Request]) -> list[tuple[list[Request], list[float]]]:
    """Return the edges whose labels stand in a row, and where the node is from which, or to which, each leads.

    They are those from one node to one row, then those to one node from one row.
    """
    slanted = [one for one in requests if not one.squared and abs(one.start.y - one.end.y) > one.start.ry]
    fans: list[tuple[list[Request], list[float]]] = []
    for is_in in (False, True):
        alike: dict[tuple[str, float, float], list[Request]] = {}
        for one in slanted:
            rows = round(one.start.y, 2), round(one.end.y, 2)
            alike.setdefault((one.target if is_in else one.source, *rows), []).append(one)
        found = [members for members in alike.values() if len(members) > 1]
        fans += [(members, [(one.end if is_in else one.start).x for one in members]) for members in found]
        slanted = [one for one in slanted if not any(one in members for members in found)]
    return fans


def _obstacles(
    routes: Mapping[int, Route], shapes: Sequence[Outline], shifts: tuple[Point, ...], more: LabelObstacles | None
) -> LabelObstacles:
    """Return what labels must keep clear of: the routes with their copies, and what was there before."""
    lines, heads, owners = [np.zeros((0, 4))], [np.zeros((0, 4))], [np.zeros(0, int)]
    squares: list[tuple[int, Rectangle]] = []
    for key, route in routes.items():
        for shift in shifts:
            offset = four(shift)
            lines.append(route.segments + offset)
            owner = -1 if any(shift) else key
            owners.append(np.full(len(route.segments), owner))
            heads.append(route.segments[-1:] + offset)
            if route.square:
                x, y, half = route.square[0] + shift[0], route.square[1] + shift[1], route.side / 2
                squares.append((owner, (x - half, y - half, x + half, y + half)))
    boxes: list[tuple[int, Rectangle]] = []
    if more is not None:
        lines.append(more.lines.ends)
        owners.append(np.full(len(more.owners), -1))
        heads.append(more.heads.ends)
        squares.extend((-1, box) for _, box in more.squares)
        boxes.extend((-1, box) for _, box in more.boxes)
    segments, tips = Segments(np.concatenate(lines)), Segments(np.concatenate(heads))
    return LabelObstacles(shapes, segments, tips, squares, np.concatenate(owners), boxes)


def edge_labels(link: Link | Connection) -> list[Label]:
    """Return how the label of an edge may be written, best first.

    Beside an edge that runs upward there is more room along it than across: several names may stand below each other.
    """
    found = [typeset(link.pieces, EDGE_TYPE)]
    if is_turned() and isinstance(link, Connection) and len(link.labels) > 1:
        *before, last = link.labels
        found.append(lines([*((*label, sign(",")) for label in before), last], EDGE_TYPE))
    return found


def edge_text(edge: str, link: Link | Connection, corner: Point, label: Label | None = None) -> Text:
    """Return the label of an edge, the first of `edge_labels` unless told, with its upper left corner at a point."""
    label = label or edge_labels(link)[0]
    return Text(edge, link.text, label.moved(corner[0] - label.box[0], corner[1] - label.box[1]))


def mark_label(cell: Cell, link: Link) -> Label | None:
    """Return what stands beside a delay square, if anything does."""
    latex, _ = square_mark(cell, link)
    return typeset(latex, MARK_TYPE) if latex else None


def square_side(cell: Cell, link: Link) -> float:
    """Return the side of a delay square, which holds its number; 0 for a link without delay."""
    if not link.delayed:
        return 0.0
    within = square_number(cell, link)
    if within is None:
        return SQUARE
    return max(SQUARE + 1.0, width_of(number_label(within)) + 5.0)


def number_label(number: int) -> Label:
    """Return what stands in a delay square."""
    return typeset(signed_pieces(number), NUMBER_TYPE)


def square_items(edge: str, cell: Cell, link: Link, at: Point, mark: Point | None = None) -> list[Item]:
    """Return the delay square of an edge, if it has one, and its mark with the upper left corner at a point."""
    items: list[Item] = [Square(edge, link.delay, at[0], at[1], square_side(cell, link))] if link.delayed else []
    within = square_number(cell, link)
    if within is not None:
        items.append(Text(edge, str(within), centred(number_label(within), at[0], at[1]), inverse=True))
    if mark is not None:
        items.append(mark_text(edge, cell, link, mark))
    return items


def mark_text(of: str, cell: Cell, link: Link, corner: Point) -> Text:
    """Return what stands beside a delay square, with its upper left corner at a point."""
    label = mark_label(cell, link)
    assert label is not None
    return Text(of, square_mark(cell, link)[1], label.moved(corner[0] - label.box[0], corner[1] - label.box[1]))
