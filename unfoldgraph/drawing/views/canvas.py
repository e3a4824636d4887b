"""An unfolded view under construction: nodes at their places, and edges routed among what is drawn already."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from unfoldgraph.algebra.latex import NameParts
from unfoldgraph.algebra.pieces import sign
from unfoldgraph.base.errors import number
from unfoldgraph.drawing.geometry import (
    TIP,
    Floats,
    Outline,
    Path,
    Point,
    distance_to_points,
    four,
    gaps_to,
    segments_of_line,
)
from unfoldgraph.drawing.graphs.rolled import Cell, Connection, Instance, Link, Unfolded, WrittenValue
from unfoldgraph.drawing.routing.candidates import HEAD, Request, Route
from unfoldgraph.drawing.routing.costs import bulge
from unfoldgraph.drawing.routing.hyperedges import together, trunk_of
from unfoldgraph.drawing.routing.labelled_edges import RoutedEdges, edge_labels, edge_text, place
from unfoldgraph.drawing.routing.labels import LabelObstacles, place_label
from unfoldgraph.drawing.routing.obstacles import Segments
from unfoldgraph.drawing.routing.router import EdgeEnd, Surroundings
from unfoldgraph.drawing.scene.scene import DOTS, Edge, Item, Node, Text, edge_id, extent, node_id
from unfoldgraph.drawing.scene.style import Style
from unfoldgraph.drawing.text.typeset import (
    Label,
    centred,
    column,
    compose,
    instance_label,
    is_turned,
    stacked,
    typeset,
    width_of,
    words,
)
from unfoldgraph.drawing.views.view import DrawnView

__all__ = [
    "ACROSS",
    "DOWN",
    "FALLING",
    "RISING",
    "STUB",
    "Canvas",
    "dots",
    "instance_paths",
    "label_of",
    "labels_of_node",
    "segments_of_edge",
    "steps_left_out",
    "with_value",
]

_DOTS_TYPE, _COUNT_TYPE = 24.0, 12.5
ACROSS, DOWN, FALLING, RISING = range(4)
"""Which of `DOTS`."""
# What rises has a letter but no command of its own.
_DOTS_LATEX = (r"\cdots", r"\vdots", r"\ddots", r"\reflectbox{$\ddots$}")
#: Type of the values of nodes, in units to the em, and the space above them.
VALUE_TYPE, _BELOW_NAME = 11.0, 4.5
# The sides of dots on which their count may be written: where it belongs, or the opposite.
_COUNT_SIDES = (1, -1)
STUB = 24.0
"""How far a stub that leads nowhere in particular reaches from the outline of its node."""
# How far apart in radians it meets the node from other edges, and how near it may come to other nodes and arrowheads.
_APART, _CLEAR = 0.26, 5.0
# No way that a short edge could take leads farther than this beyond its nodes.
_REACH = 330.0


def label_of(cell: Cell, instance: Instance, style: Style) -> Label:
    """Return the label of a node."""
    variable = cell.variable(instance.name)
    if not instance.place:
        return compose(variable.latex, variable.sup, variable.sub, style.circuit_type)
    written = NameParts(variable.latex, variable.sub, variable.sup)
    return instance_label(written, instance.place, style.notation, style.unfolded_type)


def labels_of_node(cell: Cell, instance: Instance, style: Style) -> list[tuple[str, Label]]:
    """Return the texts and labels in a node, centred together about the origin: its name, and below it its value."""
    return with_value(instance.text, label_of(cell, instance, style), instance.value)


def with_value(text: str, name: Label, value: WrittenValue | None) -> list[tuple[str, Label]]:
    """Return a name and below it a value, if there is one, centred together about the origin, each with its text."""
    if value is None:
        return [(text, centred(name, 0.0, 0.0))]
    upper, lower = stacked(name, column(value.lines, VALUE_TYPE, value.is_column), _BELOW_NAME)
    return [(text, upper), (value.text, lower)]


@dataclass(frozen=True, slots=True)
class PlacedLabel:
    """A label that is written, the same beside each copy of an edge.

    Attributes
    ----------
    route : The route of the first.
    copies : The number of each, and how far it is from the first.
    beside : The edges that share a line with it.
    at : Where along the route it stands best.
    """

    route: Route
    copies: Sequence[tuple[int, Point]]
    beside: Sequence[int] = ()
    at: float = 0.5


class Canvas(ABC):
    """What both kinds of unfolded view draw into.

    Attributes
    ----------
    shapes, paths, ids : The outline of each instance, and what it is called.
    lanes : Heights between the rows, along which a long edge may run.
    kin : How the edges of a link bulge that are drawn already.
    meshes : The links whose edges, from many nodes to many, are all to be straight.
    loose : The edges whose labels can still be written elsewhere.
    written : The labels of edges, in the order in which they were written.
    counts : The words that say how many steps a gap stands for, with all places that they may have.
    """

    def __init__(self, cell: Cell, unfolded: Unfolded, style: Style) -> None:
        self.cell = cell
        self.unfolded = unfolded
        self.style = style
        self.paths = instance_paths(cell, unfolded)
        self.ids = [node_id("unfolded", path) for path in self.paths]
        self.view = DrawnView()
        self.kin: dict[Link, float] = {}
        self.meshes: set[Link] = set()
        self.loose: set[str] = set()
        self.written: list[PlacedLabel] = []
        self.lanes: tuple[float, ...] = ()
        self.shapes: list[Outline] = []
        self.counts: list[tuple[Text, list[Text]]] = []
        self._connection = {edge_id("unfolded", c): c for c in range(len(unfolded.connections))}
        self._number = {name: n for n, name in enumerate(self.ids)}
        self._seen: tuple[list[Item], LabelObstacles] | None = None
        self._measures: dict[str, tuple[Edge, tuple[Floats, NDArray[np.int_], list[EdgeEnd]]]] = {}

    @abstractmethod
    def hidden(self, connection: Connection) -> Outline:
        """Return where that end of an edge would be that is not drawn."""

    def draw_nodes(self) -> None:
        """Draw every node with its label."""
        for n, instance in enumerate(self.unfolded.instances):
            shape = self.shapes[n]
            size = shape.x, shape.y, shape.rx, shape.ry
            index, places = instance.index, instance.places
            node = Node("unfolded", self.paths[n], instance.name, index, instance.role, *size, places=places)
            self.view.items.append(node)
            for text, label in labels_of_node(self.cell, instance, self.style):
                self.view.items.append(Text(self.ids[n], text, label.moved(shape.x, shape.y)))

    def draw_gap(self, steps: int, places: Sequence[Point], is_across: bool = True) -> None:
        """Draw the dots of a gap, and beside one of them, the first if there is room, how many steps they stand for."""
        self.view.items.extend(dots(x, y, ACROSS if is_across else DOWN) for x, y in places)
        if steps and places:
            tried = [_count(steps, x, y, is_across, side) for x, y in places for side in _COUNT_SIDES]
            text = self._free(tried) or tried[0]
            self.counts.append((text, tried))
            self.view.items.append(text)

    def clear_counts(self) -> None:
        """Write a count that an edge runs through beside other dots, or on their other side, if there is room."""
        for text, tried in self.counts:
            self.view.items[self.view.items.index(text)] = self._free(tried, text) or text

    def _free(self, tried: Sequence[Text], itself: Text | None = None) -> Text | None:
        """Return the first of some words that touch nothing of what is drawn but ``itself``."""
        obstacles = self.obstacles()
        obstacles.shapes = self.shapes
        if itself is not None:
            obstacles.boxes.remove((-1, extent(itself)))
        free = obstacles.are_free(_table([extent(one) for one in tried]), self.style.margin)
        return next((one for one, is_free in zip(tried, free, strict=True) if is_free), None)

    def draw_edge(self, c: int, path: Path) -> None:
        """Draw one edge along a path."""
        connection = self.unfolded.connections[c]
        source = "" if connection.source is None else self.ids[connection.source]
        target = "" if connection.target is None else self.ids[connection.target]
        delay, dashed, leads_to = connection.delay, connection.dashed, connection.link.target
        self.view.items.append(
            Edge(
                edge_id("unfolded", c), "unfolded", source, target, delay, path, dashed, bool(target), leads_to=leads_to
            )
        )

    def draw_label(self, c: int, corner: Point, shift: Point, label: Label | None = None) -> None:
        """Write the label of one edge, in one line unless told, ``shift`` away from a corner."""
        connection = self.unfolded.connections[c]
        corner = corner[0] + shift[0], corner[1] + shift[1]
        self.view.items.append(edge_text(edge_id("unfolded", c), connection, corner, label))

    def relabel(self, one: PlacedLabel) -> None:
        """Write a label where there is room among all that is drawn."""
        if not self._relabel(one):
            self.view.lost += 1

    def label_each(self, one: PlacedLabel) -> None:
        """Do the same, with a place of its own for each copy where no place is free beside all."""
        if not self._relabel(one):
            for c, shift in one.copies:
                self.relabel(PlacedLabel(one.route.moved(*shift), [(c, (0.0, 0.0))]))

    def _relabel(self, one: PlacedLabel) -> bool:
        """Write the label, if there is room beside all copies."""
        copies = one.copies
        numbers = [c for c, _ in copies]
        points = one.route.points
        (x0, y0), (x1, y1) = points.min(0).tolist(), points.max(0).tolist()
        ends = [Outline(x0, y0, 0, 0), Outline(x1, y1, 0, 0)]
        around, obstacles = self._around([shift for _, shift in copies], ends, numbers)
        obstacles.shapes = around.shapes
        for label in edge_labels(self.unfolded.connections[numbers[0]]):
            x0, y0, x1, y1 = label.box
            own, size = [numbers[0], *one.beside], (x1 - x0, y1 - y0)
            corner = place_label(own, one.route, size, obstacles, ((0.0, 0.0),), self.style.margin, at=one.at)
            if corner is not None:
                for copy, shift in copies:
                    self.draw_label(copy, corner, shift, label)
                self.written.append(one)
                return True
        return False

    def settle_labels(self) -> None:
        """Write labels elsewhere that what was drawn after them makes unclear, or runs into."""
        waiting, self.written = self.written, []
        is_settled = True
        for one in waiting:
            before, wrong = self.view.items, self._wrong(one)
            if not any(wrong):
                self.written.append(one)
                continue
            is_settled = False
            names = {edge_id("unfolded", c) for c, _ in one.copies}
            self.view.items = [item for item in before if not (isinstance(item, Text) and item.of in names)]
            if self._relabel(one):
                if self._wrong(one) < wrong:
                    continue
                del self.written[-1]
            if wrong[0]:
                self.view.lost += 1
            else:
                self.view.items = before
                self.written.append(one)
        # Where none was written elsewhere, none is unclear.
        self.view.unclear = 0 if is_settled else sum(self._wrong(one)[1] for one in self.written)

    def _wrong(self, one: PlacedLabel) -> tuple[int, int]:
        """Return how many of the labels of some copies are run into, and how many are unclear."""
        obstacles = self.obstacles()
        numbers = {c for c, _ in one.copies}
        written = [(number, box) for number, box in obstacles.boxes if number in numbers]
        boxes = _table([box for _, box in written])
        touched = int((obstacles.lines.gaps(boxes, self.style.margin) < self.style.margin).sum())
        unclear = (
            obstacles.are_unclear([number, *one.beside], boxes[n : n + 1])[0] for n, (number, _) in enumerate(written)
        )
        return touched, sum(map(bool, unclear))

    def route(self, single: Sequence[int], copies: Sequence[int], with_labels: bool = True) -> RoutedEdges:
        """Route edges among all that is drawn already; a single one with its copies, if it has any."""
        links: list[Link | Connection] = []
        requests: list[Request] = []
        for n, c in enumerate(single):
            connection = self.unfolded.connections[c]
            start, end = self.ends_of(connection)
            source = "" if connection.source is None else self.ids[connection.source]
            target = "" if connection.target is None else self.ids[connection.target]
            links.append(connection)
            requests.append(
                Request(
                    n, source, target, start, end, 0.0, (int(abs(start.x - end.x)),),
                    with_labels and bool(connection.label) and bool(source and target),
                    fan=connection.link.read == "all", kin=self.kin.get(connection.link, 0.0),
                    straight=connection.link in self.meshes, lanes=self.lanes,
                )
            )  # fmt: skip
        shifts: list[Point] = [(0.0, 0.0)]
        for c in copies[1:]:
            start, _ = self.ends_of(self.unfolded.connections[c])
            shifts.append((start.x - requests[0].start.x, start.y - requests[0].start.y))
        around, more = self._around(shifts, [shape for request in requests for shape in (request.start, request.end)])
        placed = place(links, requests, around, self.style.margin, around.shapes, more)
        self.view.lost += placed.lost
        self.view.blocked += placed.blocked
        for n, c in enumerate(copies or single):
            route, shift = (0, shifts[n]) if copies else (n, (0.0, 0.0))
            self.draw_edge(c, placed.routes[route].path.moved(*shift))
            link = self.unfolded.connections[c].link
            self.kin[link] = self.kin.get(link) or bulge(placed.routes[route])
            if route in placed.corners:
                self.draw_label(c, placed.corners[route], shift)
        numbers = [list(zip(copies, shifts, strict=True))] if copies else [[(c, (0.0, 0.0))] for c in single]
        self.written += [PlacedLabel(placed.routes[n], numbers[n]) for n in placed.corners]
        return placed

    def draw_stub(self, c: int, away: float) -> None:
        """Draw the beginning or the end of an edge whose other end is left out, as near to an angle as is free."""
        connection = self.unfolded.connections[c]
        is_incoming = connection.source is None
        known = connection.target if connection.source is None else connection.source
        assert known is not None
        node = self.shapes[known]
        taken = [end.angle for end in self.drawn_ends() if abs(end.x - node.x) < 0.5 and abs(end.y - node.y) < 0.5]
        turns = sorted((sign * turn for turn in range(0, 180, 12) for sign in (1, -1)), key=abs)
        angles = [away + math.radians(turn) for turn in turns]
        apart = [
            angle for angle in angles if all(abs(math.remainder(angle - other, math.tau)) > _APART for other in taken)
        ]
        angle = next((one for one in apart if self._is_clear(node, one)), (apart or [away])[0])
        outer, neck, tip = node.at(angle, STUB), node.at(angle, TIP + HEAD), node.at(angle, TIP)
        self.draw_edge(c, Path(((outer, neck), (neck, tip)) if is_incoming else ((node.at(angle), outer),)))

    def _is_clear(self, node: Outline, angle: float) -> bool:
        """Say whether a stub would run into no other node, into no text that stays, and over no arrowhead."""
        line = np.array([[*node.at(angle), *node.at(angle, STUB)]])
        reach = STUB + max(node.rx, node.ry) + _CLEAR
        for other in self.shapes:
            if other != node and math.hypot(other.x - node.x, other.y - node.y) < reach + max(other.rx, other.ry):
                scale = np.array([1.0, other.rx / other.ry])
                centre = np.array([(other.x, other.y)]) * scale
                if float(distance_to_points(line.reshape(2, 2) * scale, centre)[0]) < other.rx + _CLEAR:
                    return False
        obstacles = self.obstacles()
        texts = [extent(item) for item in self.view.items if isinstance(item, Text) and item.of not in self.loose]
        if (Segments(line).gaps(_table(texts), self.style.margin) < self.style.margin).any():
            return False
        heads = obstacles.heads.ends
        return not len(heads) or float(gaps_to(heads, line.reshape(2, 2)).min()) > _CLEAR

    def _around(
        self, shifts: Sequence[Point], near: Sequence[Outline], keys: Sequence[int] = ()
    ) -> tuple[Surroundings, LabelObstacles]:
        """Return what is drawn already near some nodes, as all the copies of a route see it together.

        ``keys`` are the numbers of the copies, if they are drawn too.
        """
        low = np.array([min(shape.x for shape in near), min(shape.y for shape in near)])
        high = np.array([max(shape.x for shape in near), max(shape.y for shape in near)])
        # The arcs of long edges lead far out.
        reach = _REACH + 0.8 * float(np.hypot(*(high - low)))
        low, high = low - reach, high + reach
        reached = (*low.tolist(), *high.tolist())

        def are_near(boxes: Floats) -> NDArray[np.bool_]:
            return Segments(boxes).are_near(reached, 0.0)

        seen = self.obstacles().seen_from(shifts, keys)
        is_near = seen.lines.are_near(reached, 0.0)
        more = LabelObstacles(
            [],
            seen.lines.picked(is_near),
            seen.heads.picked(seen.heads.are_near(reached, 0.0)),
            seen.squares,
            seen.owners[is_near],
            [*compress(seen.boxes, are_near(_table([box for _, box in seen.boxes])))],
        )
        shapes: list[Outline] = []
        ends: list[EdgeEnd] = []
        drawn = self.drawn_ends()
        centres = _table([(shape.x, shape.y) * 2 for shape in self.shapes])
        points = _table([(end.x, end.y) * 2 for end in drawn])
        for dx, dy in shifts:
            move = four((dx, dy))
            shapes += [shape.moved(-dx, -dy) for shape in compress(self.shapes, are_near(centres - move))]
            ends += [EdgeEnd(end.x - dx, end.y - dy, *end[2:]) for end in compress(drawn, are_near(points - move))]
        texts = [item for item in self.view.items if isinstance(item, Text)]
        boxes, loose = (
            np.concatenate([_table([*map(extent, some)]) - four(shift) for shift in shifts])
            for some in ([t for t in texts if t.of not in self.loose], [t for t in texts if t.of in self.loose])
        )
        boxes, loose = boxes[are_near(boxes)], loose[are_near(loose)]
        return Surroundings(shapes, tuple(shifts), [more.lines.ends], more.heads.ends, ends, boxes, loose), more

    def lead(self, members: Sequence[int]) -> dict[int, Route]:
        """Draw edges along one trunk and return their routes: none where there is no trunk."""
        pairs = [self.ends_of(self.unfolded.connections[c]) for c in members]
        around, _ = self._around(((0.0, 0.0),), [shape for pair in pairs for shape in pair])
        trunk = trunk_of(pairs, around)
        routes = [trunk.route(*pair) for pair in pairs] if trunk else [None]
        if trunk is None or any(route is None for route in routes):
            return {}
        found = {c: route for c, route in zip(members, routes, strict=True) if route is not None}
        for c, route in found.items():
            self.draw_edge(c, route.path)
        return found

    def label_trunks(self, routes: Mapping[int, Route]) -> None:
        """Write the label of a trunk once for each node that its edges share, before the first branch.

        Trunks that are alike have it at one place, where that can be.
        """
        # The longest edge has the most room.
        ordered = sorted(routes, key=lambda c: -float(np.hypot(*np.diff(routes[c].points, axis=0).T).sum()))
        connections = {c: self.unfolded.connections[c] for c in ordered if self.unfolded.connections[c].label}
        sources, targets = {c.source for c in connections.values()}, {c.target for c in connections.values()}
        by_source = len(sources) <= len(targets)
        edges: dict[int | None, list[int]] = {}
        for c, connection in connections.items():
            edges.setdefault(connection.source if by_source else connection.target, []).append(c)
        alike: dict[tuple[bytes, float], list[int]] = {}
        for c, *others in edges.values():
            points = routes[c].points
            share = together(routes[c], [routes[other] for other in others], by_source)
            at = share / 2 if by_source else 1.0 - share / 2
            alike.setdefault(((np.round(points - points[0], 3) + 0.0).tobytes(), at), []).append(c)
        for (_, at), group in alike.items():
            first = routes[group[0]]
            starts = [routes[c].points[0] - first.points[0] for c in group]
            copies = [(c, (float(dx), float(dy))) for c, (dx, dy) in zip(group, starts, strict=True)]
            if not self._relabel(PlacedLabel(first, copies, [*routes], at)):
                for c in group:
                    self.relabel(PlacedLabel(routes[c], [(c, (0.0, 0.0))], [*routes], at))

    def ends_of(self, connection: Connection) -> tuple[Outline, Outline]:
        """Return the outlines at both ends of an edge."""
        source, target = connection.source, connection.target
        return (
            self.hidden(connection) if source is None else self.shapes[source],
            self.hidden(connection) if target is None else self.shapes[target],
        )

    def obstacles(self) -> LabelObstacles:
        """Return what is drawn already, lines by the number of their edge."""
        # Asked again and again while nothing is drawn; items are the same objects then, which is seen soon.
        if self._seen is None or self._seen[0] != self.view.items:
            self._seen = [*self.view.items], self._obstacles()
        seen = self._seen[1]
        return replace(seen, boxes=[*seen.boxes])

    def _obstacles(self) -> LabelObstacles:
        lines, heads, owners = [np.zeros((0, 4))], [np.zeros((0, 4))], [np.zeros(0, int)]
        for edge in self.view.items:
            if isinstance(edge, Edge):
                segments, number, _ = self._measured(edge)
                lines.append(segments)
                owners.append(number)
                heads.append(segments[-1:])
        boxes = [
            (self._connection.get(item.of, -1), extent(item)) for item in self.view.items if isinstance(item, Text)
        ]
        drawn, tips = Segments(np.concatenate(lines)), Segments(np.concatenate(heads))
        return LabelObstacles([], drawn, tips, [], np.concatenate(owners), boxes)

    def drawn_ends(self) -> list[EdgeEnd]:
        """Return where the edges that are drawn already meet nodes."""
        return [end for edge in self.view.items if isinstance(edge, Edge) for end in self._measured(edge)[2]]

    def _measured(self, edge: Edge) -> tuple[Floats, NDArray[np.int_], list[EdgeEnd]]:
        """Return the segments of an edge, its number beside each, and where it meets nodes; worked out once."""
        found = self._measures.get(edge.id)
        if found is None or found[0] is not edge:
            segments = segments_of_edge(edge)
            number = np.full(len(segments), self._connection.get(edge.id, -1))
            found = self._measures[edge.id] = edge, (segments, number, self._ends_of_drawn(edge))
        return found[1]

    def _ends_of_drawn(self, edge: Edge) -> list[EdgeEnd]:
        """Return where a drawn edge meets nodes."""
        segments = edge.path.segments
        found = []
        for name, (x, y), head in ((edge.source, segments[0][0], False), (edge.target, segments[-1][-1], True)):
            if name:
                node = self.shapes[self._number[name]]
                found.append(EdgeEnd(node.x, node.y, math.atan2(y - node.y, x - node.x), head))
        return found


def _table(boxes: Sequence[tuple[float, ...]]) -> Floats:
    """Return boxes as (m, 4)."""
    return np.array(boxes, dtype=np.float64).reshape(-1, 4)


def segments_of_edge(edge: Edge) -> Floats:
    """Return the segments of an edge, as (m, 4)."""
    return segments_of_line(edge.path.points())


def dots(x: float, y: float, way: int = ACROSS) -> Text:
    """Return three dots, which stand for what is left out, one of `DOTS` by its number."""
    # In the mirror those that lie stand; what falls or rises does so there too.
    way = (DOWN, ACROSS, FALLING, RISING)[way] if is_turned() else way
    label = replace(typeset([sign(DOTS[way])], _DOTS_TYPE), latex=_DOTS_LATEX[way])
    return Text("gap", DOTS[way], centred(label, x, y))


def steps_left_out(count: int) -> Text:
    """Return how many steps a gap leaves out, in words, anywhere."""
    told = f"{number(count)} {'steps' if count > 1 else 'step'}"
    return Text("gap", told, words(told, _COUNT_TYPE))


def _count(steps: int, x: float, y: float, is_across: bool, side: int) -> Text:
    """Return how many steps the dots at a point stand for, on one of the sides of `_COUNT_SIDES`."""
    text = steps_left_out(steps)
    beside = 14.0 + width_of(text.label) / 2
    # On the page dots that lie have it below, dots that stand to their right.
    dx, dy = (0.0, side * 19.0) if is_across != is_turned() else (side * beside, 0.0)
    dx, dy = (-dy, -dx) if is_turned() else (dx, dy)
    return replace(text, label=centred(text.label, x + dx, y + dy))


def instance_paths(cell: Cell, unfolded: Unfolded) -> list[tuple[str, ...]]:
    """Return what tells each instance from the others; dots before and after are told apart."""
    first_dots = {
        axis: next((n for n, column in enumerate(columns) if column.kind == "dots"), -1)
        for axis, columns in unfolded.tracks.items()
    }
    found = []
    for instance in unfolded.instances:
        index: Sequence[int | str] = instance.index
        if instance.role == "ellipsis":
            own = cell.variable(instance.name).axes
            index = [
                ("before" if at == first_dots[axis] else "after") if word == "\u2026" else word
                for axis, word, at in zip(own, instance.index, instance.at, strict=True)
            ]
        found.append((instance.name, *map(str, index)))
    return found
