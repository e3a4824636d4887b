"""Routes and labels together: a way that leaves no room for its label is given up for another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from unfoldgraph.drawing.cell import Cell, Connection, Link
from unfoldgraph.drawing.geometry import Point, Shape, four
from unfoldgraph.drawing.labels import Obstacles, place_label, segments_of
from unfoldgraph.drawing.routing import Router, Surroundings
from unfoldgraph.drawing.scene import Item, Square, Text
from unfoldgraph.drawing.typeset import centred, typeset, width_of
from unfoldgraph.drawing.ways import SQUARE, Request, Route
from unfoldgraph.notation import latex_name

__all__ = ["EDGE_TYPE", "NUMBER_TYPE", "Placed", "edge_text", "place", "square_items", "square_number", "square_side"]

#: Type of edges and of the numbers in squares, in units to the em; 9.4 units print as 7 pt.
EDGE_TYPE, NUMBER_TYPE = 14.5, 9.6
_REROUTES = 4


@dataclass(slots=True)
class Placed:
    """Routes and the upper left corners of labels, by key of the request.

    Attributes:
        lost: How many labels found no room.
        blocked: How many routes run through a node.
    """

    routes: Mapping[int, Route] = field(default_factory=dict)
    corners: dict[int, Point] = field(default_factory=dict)
    lost: int = 0
    blocked: int = 0


def place(
    links: Sequence[Link | Connection],
    requests: Sequence[Request],
    around: Surroundings,
    margin: float,
    label_shapes: Sequence[Shape] | None = None,
    more: Obstacles | None = None,
) -> Placed:
    """Return routes and label corners, those with the fewest labels lost that a few attempts find.

    ``links`` are those of the requests, by key. Labels also keep clear of ``label_shapes`` and ``more``.
    """
    if not requests:
        return Placed()
    router = Router(requests, around)
    router.route_all()
    best: Placed | None = None
    for _ in range(_REROUTES):
        obstacles = _obstacles(router.routes, label_shapes or around.shapes, around.shifts, more)
        corners: dict[int, Point] = {}
        lost: list[int] = []
        # Labels with the fewest places to go are those at squares; they choose first.
        for request in sorted(requests, key=lambda r: (not r.squared, r.key)):
            label = links[request.key].label
            if not request.labelled:
                continue
            x0, y0, x1, y1 = typeset(label, EDGE_TYPE).box
            route = router.routes[request.key]
            corner = place_label(request.key, route, (x1 - x0, y1 - y0), obstacles, around.shifts, margin)
            if corner is None:
                lost.append(request.key)
            else:
                corners[request.key] = corner
        blocked = sum(router.is_blocked(request.key) for request in requests)
        if best is None or (len(lost), blocked) < (best.lost, best.blocked):
            best = Placed({**router.routes}, corners, len(lost), blocked)
        if not lost:
            break
        router.reroute(lost)
    assert best is not None
    return best


def _obstacles(
    routes: Mapping[int, Route], shapes: Sequence[Shape], shifts: tuple[Point, ...], more: Obstacles | None
) -> Obstacles:
    """Return what labels must keep clear of: the routes with their copies, and what was there before."""
    lines, heads, owners = [np.zeros((0, 4))], [np.zeros((0, 4))], [np.zeros(0, int)]
    squares: list[tuple[float, float, float, float]] = []
    for key, route in routes.items():
        segments, head = segments_of(route)
        for shift in shifts:
            offset = four(shift)
            lines.append(segments + offset)
            owners.append(np.full(len(segments), -1 if any(shift) else key))
            heads.append(head + offset)
            if route.square:
                x, y, half = route.square[0] + shift[0], route.square[1] + shift[1], route.side / 2
                squares.append((x - half, y - half, x + half, y + half))
    boxes: list[tuple[float, float, float, float]] = []
    if more is not None:
        lines.append(more.lines)
        owners.append(np.full(len(more.lines), -1))
        heads.append(more.heads)
        squares.extend(more.squares)
        boxes.extend(more.boxes)
    return Obstacles(shapes, np.concatenate(lines), np.concatenate(heads), squares, np.concatenate(owners), boxes)


def edge_text(edge: str, link: Link | Connection, corner: Point) -> Text:
    """Return the label of an edge with its upper left corner at a point."""
    label = typeset(link.label, EDGE_TYPE)
    return Text(edge, link.text, label.moved(corner[0] - label.box[0], corner[1] - label.box[1]))


def square_number(cell: Cell, link: Link) -> str:
    """Return what is written in a delay square: nothing for one step, ``-1`` for one that runs backward.

    Where a variable at one of the ends has several axes, it says along which: ``i``, ``2j``, ``i, -j``.
    """
    moved = [(axis, delay) for axis, delay in zip(cell.axes, link.delay, strict=True) if delay]
    if all(len(cell.variable(name).axes) < 2 for name in (link.source, link.target)) and len(moved) == 1:
        ((_, delay),) = moved
        return "" if delay == 1 else str(delay)
    return ", ".join(
        f"{'-' if delay < 0 else ''}{abs(delay) if abs(delay) != 1 else ''}{latex_name(axis)[0]}"
        for axis, delay in moved
    )


def square_side(cell: Cell, link: Link) -> float:
    """Return the side of a delay square, which holds its number; 0 for a link without delay."""
    if not link.delayed:
        return 0.0
    shown = square_number(cell, link)
    if not shown:
        return SQUARE
    return max(SQUARE + 1.0, width_of(typeset(shown, NUMBER_TYPE)) + 5.0)


def square_items(edge: str, cell: Cell, link: Link, at: Point) -> list[Item]:
    """Return a delay square; more than one step is written in it."""
    square = Square(edge, link.delay, at[0], at[1], square_side(cell, link))
    shown = square_number(cell, link)
    if not shown:
        return [square]
    return [square, Text(edge, shown, centred(typeset(shown, NUMBER_TYPE), at[0], at[1]), inverse=True)]
