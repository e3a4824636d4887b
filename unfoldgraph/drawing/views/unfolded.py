"""The unfolded view: the step once per column; what repeats is routed once and copied."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from unfoldgraph.drawing.geometry import Outline, Path, Point, distance_to_points
from unfoldgraph.drawing.graphs.rolled import Cell, Column, Connection, Instance, Link, Unfolded
from unfoldgraph.drawing.layout.compaction import apart
from unfoldgraph.drawing.layout.grid import Grid
from unfoldgraph.drawing.routing.candidates import Request, Route
from unfoldgraph.drawing.routing.costs import bulge
from unfoldgraph.drawing.routing.labelled_edges import place
from unfoldgraph.drawing.routing.router import Surroundings
from unfoldgraph.drawing.scene.scene import edge_id
from unfoldgraph.drawing.views.canvas import Canvas, PlacedLabel, dots, steps_left_out
from unfoldgraph.drawing.views.view import DrawnView

__all__ = ["column_places", "unfolded_view"]

# Delays longer than this are not laid out column by column.
_LONGEST = 5
# How far a stub reaches from the outline into a gap, and how short it may be where all is drawn closer.
_STUB, _SHORTEST_STUB = 22.0, 15.0
# How near an edge that repeats may come to a value without axes.
_CLEAR = 6.0


def unfolded_view(cell: Cell, grid: Grid, unfolded: Unfolded) -> DrawnView:
    """Return the unfolded view."""
    return _UnfoldedView(cell, grid, unfolded).view


class _UnfoldedView(Canvas):
    """One unfolded view, drawn at one size."""

    def __init__(self, cell: Cell, grid: Grid, unfolded: Unfolded) -> None:
        super().__init__(cell, unfolded, grid.style)
        self.grid = grid
        self.lanes = grid.lanes
        self.column_x = column_places(grid, unfolded)
        self.shapes = self._shapes()
        self._gaps()
        self._edges()
        self.clear_counts()
        self.draw_nodes()

    # Nodes and gaps ---------------------------------------------------------------------------------

    def _shapes(self) -> list[Outline]:
        """Return the outlines of all instances; a value of all steps stands over the middle of what it is joined to."""
        grid = self.grid
        found: list[Outline] = []
        values: dict[int, list[tuple[float, int]]] = {}
        rises: dict[int, float] = {}
        for n, instance in enumerate(self.unfolded.instances):
            x = self.column_x[instance.column] if instance.column >= 0 else 0.0
            found.append(grid.shape(instance.name, x))
            if instance.column < 0:
                row, (low, high, lowest) = grid.layout.row[instance.name], self._joined(n)
                values.setdefault(row, []).append(((low + high) / 2, n))
                over = {grid.layout.row[v.name] for v in self.cell.variables if v.axes} & {*range(lowest + 1, row)}
                rises[row] = max(rises.get(row, 0.0), self._rise(high - low, len(over)))
        for row, wishes in values.items():
            wishes.sort()
            # What is below the steps stays as near as it is.
            rise = rises[row] if row == grid.layout.rows - 1 else 0.0
            for x, (_, n) in zip(apart([wish for wish, _ in wishes], grid.slot), wishes, strict=True):
                found[n] = Outline(x, found[n].y - rise, grid.rx, grid.ry)
        return found

    def _joined(self, n: int) -> tuple[float, float, int]:
        """Return from where to where the steps reach that a value of all steps is joined to, if through others.

        The last is the lowest row in which it is joined to them.
        """
        seen, ring, steps = {n}, [n], list[Instance]()
        while ring and not steps:
            pairs = [
                (c.source, c.target) for c in self.unfolded.connections if not {c.source, c.target}.isdisjoint(ring)
            ]
            ring = [m for m in dict.fromkeys(end for pair in pairs for end in pair) if m is not None and m not in seen]
            seen.update(ring)
            steps = [one for one in (self.unfolded.instances[m] for m in ring) if one.column >= 0]
        places = [self.grid.shape(one.name, self.column_x[one.column]).x for one in steps]
        places = places or [*self.column_x[:1], *self.column_x[-1:]] or [0.0]
        rows = [self.grid.layout.row[one.name] for one in steps]
        return min(places), max(places), min(rows, default=self.grid.layout.rows)

    def _rise(self, width: float, over: int) -> float:
        """Return how far a value is lifted so that straight edges pass over the neighbours of the outermost step.

        Those stand in its own row, or in rows ``over`` it, past which edges bend so that they arrive from below.
        """
        grid = self.grid
        nearest = min(grid.slot if grid.width else grid.pitch, grid.pitch - grid.width)
        steep = width / 2 / nearest * (grid.ry + 12.0 + 0.6 * over * grid.row)
        return min(max(steep - (over + 1) * grid.row, 0.0), (1.5 + over) * grid.row)

    def _gaps(self) -> None:
        """Draw the dots of each gap, and how many steps they stand for."""
        y = self.grid.y(self.grid.layout.spine)
        for x, column in zip(self.column_x, self.unfolded.columns, strict=True):
            if column.kind == "gap":
                self.draw_gap(column.omitted, [(x, y)])

    # Edges ------------------------------------------------------------------------------------------

    def _edges(self) -> None:
        """Draw what repeats from one route, and the rest one by one."""
        grid = self.grid
        moving = [n for n, link in enumerate(self.cell.links) if self.cell.moves(link)]
        most = max((abs(_span(self.cell.links[n])) for n in moving), default=0)
        varied = self._varied()
        repeated = [n for n in moving if self.cell.links[n] not in varied]
        shifts = tuple((k * grid.pitch, 0.0) for k in range(-most - 1, most + 2))
        # Nodes of gaps and ends are missing in some columns; a route that clears all of them will do for each.
        window = [grid.shape(v.name, shift) for v in self.cell.variables if v.axes for shift, _ in shifts]
        requests = [self._request(n) for n in repeated]
        # Values without axes stand beside one column; labels keep clear of them in all.
        values = [shape for shape, i in zip(self.shapes, self.unfolded.instances, strict=True) if not i.index]
        label_shapes = [*window, *(value.moved(-x) for value in values for x in dict.fromkeys(self.column_x))]
        placed = place(self.cell.links, requests, Surroundings(window, shifts), self.style.margin, label_shapes)
        self.view.lost = placed.lost
        number_of = {link: n for n, link in enumerate(self.cell.links)}
        single: list[int] = []
        labelled: dict[int, list[tuple[int, Point]]] = {}
        relabelled: list[tuple[int, Route]] = []
        for c, connection in enumerate(self.unfolded.connections):
            n = number_of[connection.link]
            if n not in placed.routes or not self._in_step(connection) or self.unfolded.is_short(connection, self.cell):
                single.append(c)
                continue
            path, dx = self._copy(connection, placed.routes[n].path)
            if path.segments and any(_runs_through(path, value) for value in values):
                single.append(c)
            elif path.segments:
                self.draw_edge(c, path)
                self.kin[connection.link] = bulge(placed.routes[n])
                joined = connection.label != connection.link.label
                if n in placed.corners and None not in (connection.source, connection.target) and not joined:
                    self.draw_label(c, placed.corners[n], (dx, 0.0))
                    labelled.setdefault(n, []).append((c, (dx, 0.0)))
                    self.loose.add(edge_id("unfolded", c))
                elif joined:
                    relabelled.append((c, placed.routes[n].moved(dx)))
        self.written += [PlacedLabel(placed.routes[n], copies) for n, copies in labelled.items()]
        short = [c for c in single if self.unfolded.is_short(self.unfolded.connections[c], self.cell)]
        alone = self._families([c for c in single if c not in short])
        self.settle_labels()
        for c, route in relabelled:
            self.relabel(PlacedLabel(route, [(c, (0.0, 0.0))]))
        if alone:
            hidden = [self.hidden(c) for c in map(self.unfolded.connections.__getitem__, alone) if c.source is None]
            self.view.items.extend(dots(x, y) for x, y in dict.fromkeys((shape.x, shape.y) for shape in hidden))
            self.route(alone, ())
        for c in short:
            self.draw_stub(c, self._away(c))
        self.settle_labels()

    def _away(self, c: int) -> float:
        """Return the angle at which a short stub leads on to steps that are left out: the nearest, or those after."""
        connection = self.unfolded.connections[c]
        assert connection.source is not None
        node, link = self.shapes[connection.source], connection.link
        columns = zip(self.column_x, self.unfolded.columns, strict=True)
        gaps = [x - node.x for x, one in columns if one.kind == "gap"]
        if self.cell.moves(link):
            gaps = [x for x in gaps if x * link.steps > 0] or gaps
        row = self.grid.y(self.grid.layout.row[link.target])
        return math.atan2(row - node.y, min(gaps, key=abs, default=0.0))

    def _varied(self) -> set[Link]:
        """Return the links that are drawn along a row over several columns, but not always over as many.

        Where dots stand for the steps that are not shown, the edges to and from them are shorter
        than the others. Such a family nests if the shortest edges choose first; but stubs are cut from
        a route that repeats.
        """
        lengths: dict[Link, set[float]] = {}
        stubs: set[Link] = set()
        for connection in self.unfolded.connections:
            if self.unfolded.is_short(connection, self.cell):
                continue
            if connection.source is None or connection.target is None:
                stubs.add(connection.link)
            elif self.cell.moves(connection.link) and self._is_level(connection.link):
                start, end = (self.unfolded.instances[n].column for n in (connection.source, connection.target))
                if abs(end - start) > 1:
                    distance = self.column_x[end] - self.column_x[start]
                    lengths.setdefault(connection.link, set()).add(round(distance, 3))
        return {link for link, found in lengths.items() if len(found) > 1 and link not in stubs}

    def _is_level(self, link: Link) -> bool:
        return self.grid.layout.row[link.source] == self.grid.layout.row[link.target]

    def _request(self, n: int) -> Request:
        """Return the request for the repeated route of a link."""
        grid, link = self.grid, self.cell.links[n]
        rows = abs(grid.layout.row[link.source] - grid.layout.row[link.target])
        return Request(
            n,
            link.source,
            link.target,
            grid.shape(link.source, 0.0),
            grid.shape(link.target, _span(link) * grid.pitch),
            0.0,
            (int(abs(link.steps) > 1), abs(link.steps), rows),
            bool(link.label),
            lanes=grid.lanes if abs(link.steps) > 1 else (),
        )

    def _in_step(self, connection: Connection) -> bool:
        """Say whether the columns of an edge are as far apart as those of the repeated route."""
        if connection.source is None or connection.target is None:
            return True
        start, end = (self.unfolded.instances[n].column for n in (connection.source, connection.target))
        distance = self.column_x[end] - self.column_x[start]
        return abs(distance - _span(connection.link) * self.grid.pitch) < 1e-6

    def _copy(self, connection: Connection, path: Path) -> tuple[Path, float]:
        """Return a copy of a repeated route, cut off in a gap if one end is missing, and how far it was moved."""
        grid, steps = self.grid, connection.link.steps
        outgoing = connection.source is not None
        known = connection.source if outgoing else connection.target
        assert known is not None
        column = self.unfolded.instances[known].column
        dx = self.column_x[column] - (0.0 if outgoing else _span(connection.link) * grid.pitch)
        placed = path.moved(dx)
        if None not in (connection.source, connection.target):
            return placed, dx
        if (steps > 0) == outgoing:
            return placed.clipped(-math.inf, self._last_before_gap(column, 1) + grid.width + grid.rx + _stub(grid)), dx
        return placed.clipped(self._last_before_gap(column, -1) - grid.rx - _stub(grid), math.inf), dx

    def _last_before_gap(self, column: int, direction: int) -> float:
        """Return the x of the last column before a gap, in one direction."""
        while 0 <= column + direction < len(self.unfolded.columns):
            if self.unfolded.columns[column + direction].kind == "gap":
                break
            column += direction
        return self.column_x[column]

    def _families(self, single: Sequence[int]) -> list[int]:
        """Draw the edges that do not repeat, but are alike but for their column; return the others.

        Such are the edges to and from dots. Those of one link that are equally long are routed as one.
        """
        alike: dict[tuple[Link, float], list[int]] = {}
        alone: list[int] = []
        for c in single:
            connection = self.unfolded.connections[c]
            if connection.source is None or connection.target is None or connection.link.read != "delay":
                alone.append(c)
            else:
                dx = self.shapes[connection.target].x - self.shapes[connection.source].x
                alike.setdefault((connection.link, round(dx, 3)), []).append(c)
        # Shorter edges choose first: longer ones pass outside.
        for _, members in sorted(alike.items(), key=lambda item: abs(item[0][1])):
            if len(members) > 1:
                self.route(members[:1], members)
            else:
                alone += members
        return alone

    def hidden(self, connection: Connection) -> Outline:
        """Return the dots of the gap, in the row of the source."""
        columns = list(zip(self.column_x, self.unfolded.columns, strict=True))
        gaps = [x for x, column in columns if column.kind == "gap"]
        dots = [x + self.grid.width / 2 for x, column in columns if column.kind == "dots"]
        row = self.grid.y(self.grid.layout.row[connection.link.source])
        return Outline(gaps[0] if gaps else dots[-1], row, 17.0, 17.0)


def _runs_through(path: Path, shape: Outline) -> bool:
    """Say whether a path comes nearer to a node than edges that are not its own may."""
    scale = np.array([1.0, shape.rx / shape.ry])
    points = np.array([(shape.x, shape.y)]) * scale
    return float(distance_to_points(path.points() * scale, points)[0]) < shape.rx + _CLEAR


def _span(link: Link) -> int:
    """Return over how many columns a repeated route is laid; of longer ones only stubs are drawn from it."""
    return max(-_LONGEST, min(_LONGEST, link.steps))


def column_places(grid: Grid, unfolded: Unfolded) -> list[float]:
    """Return the x of the left-most place of each column; for a gap that of its middle."""
    found: list[float] = []
    x = 0.0
    before = None
    for column in unfolded.columns:
        if column.kind == "gap":
            x += grid.width + _gap_width(grid, column) / 2
        elif before is not None and before.kind == "gap":
            x += _gap_width(grid, before) / 2
        elif before is not None:
            x += grid.pitch
        found.append(x)
        before = column
    return found


def _gap_width(grid: Grid, column: Column) -> float:
    """Return the distance of the nodes beside a gap: room for two stubs, the dots, and the count of the steps."""
    x0, _, x1, _ = steps_left_out(column.omitted).label.box if column.omitted else (0.0, 0.0, 0.0, 0.0)
    space = min(grid.style.space, 1.0)
    return 2 * (grid.rx + _stub(grid)) + max(62.0 * space, x1 - x0 + 40.0 * space)


def _stub(grid: Grid) -> float:
    """Return how far a stub reaches from the outline into a gap."""
    return max(_STUB * min(grid.style.space, 1.0), _SHORTEST_STUB)
