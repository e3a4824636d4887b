"""The unfolded view of a circuit with several axes: a lattice with what stands beside it, or strips."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from unfoldgraph.drawing.geometry import Outline, Point
from unfoldgraph.drawing.graphs.rolled import Cell, Connection, Link, Unfolded
from unfoldgraph.drawing.layout.lattice import Block, Spots
from unfoldgraph.drawing.routing.candidates import Route
from unfoldgraph.drawing.routing.hyperedges import is_in_the_way
from unfoldgraph.drawing.scene.style import Style
from unfoldgraph.drawing.views.canvas import FALLING, RISING, Canvas, PlacedLabel, dots
from unfoldgraph.drawing.views.view import DrawnView

__all__ = ["board_view"]

# How wide a gap is at most to each side, and how far the middle of dots stays from its ends.
_BAND, _DOTS_ROOM = 120.0, 16.0


def board_view(cell: Cell, spots: Spots, unfolded: Unfolded, style: Style) -> DrawnView:
    """Return the unfolded view."""
    return _LatticeView(cell, spots, unfolded, style).view


class _LatticeView(Canvas):
    """One unfolded view, drawn at one size."""

    def __init__(self, cell: Cell, spots: Spots, unfolded: Unfolded, style: Style) -> None:
        super().__init__(cell, unfolded, style)
        self.spots = spots
        self.shapes = [self._shape(n) for n in range(len(unfolded.instances))]
        self._values()
        self._gaps()
        self._edges()
        self.clear_counts()
        self.draw_nodes()

    def _shape(self, n: int) -> Outline:
        instance = self.unfolded.instances[n]
        return self.spots.shape(instance.name, self.spots.tracks_of(instance))

    def _values(self) -> None:
        """Move the values without axes to the middle of what they are joined to."""
        for block in self.spots.board.blocks:
            if block.x or block.y or not self.spots.board.is_lattice:
                continue
            own = {n for n, instance in enumerate(self.unfolded.instances) if instance.name in block.names}
            joined = {
                end
                for c in self.unfolded.connections
                if own & {c.source, c.target}
                for end in (c.source, c.target)
                if end is not None and end not in own
            }
            if not (own and joined):
                continue
            middles = [
                (min(self.shapes[n].y for n in group) + max(self.shapes[n].y for n in group)) / 2
                for group in (own, joined)
            ]
            for n in own:
                self.shapes[n] = self.shapes[n].moved(0.0, middles[1] - middles[0])

    def _gaps(self) -> None:
        """Draw the dots of each gap, and once how many steps they stand for.

        They stand in every row and every column of nodes that a gap interrupts, and of a lattice where two gaps meet.
        """
        board = self.spots.board
        places: dict[tuple[str, int], list[Point]] = {}
        for block in board.blocks:
            crossed = []
            for side, axis in enumerate((block.x, block.y)):
                tracks = self.unfolded.tracks.get(axis or "", ())
                gaps = [n for n, track in enumerate(tracks) if track.kind == "gap"]
                for gap in gaps:
                    assert axis is not None
                    places.setdefault((axis, gap), []).extend(self._dotted(block, side, gap))
                crossed.append([sum(self._band(block, side, gap)) / 2 for gap in gaps])
            way = RISING if block.y in board.upward else FALLING
            self.view.items.extend(dots(x, y, way) for x in crossed[0] for y in crossed[1])
        for (axis, gap), found in places.items():
            is_across = axis in board.columns
            found.sort(key=lambda place: place[::-1] if is_across else place)
            self.draw_gap(self.unfolded.tracks[axis][gap].omitted, found, is_across)

    def _dotted(self, block: Block, side: int, gap: int) -> list[Point]:
        """Return the middles of the dots in the rows of a block, or for the other side in its columns."""
        rows: dict[float, list[tuple[int, float]]] = {}
        for instance, shape in zip(self.unfolded.instances, self.shapes, strict=True):
            if instance.name in block.names:
                along, across = (shape.x, shape.y) if side == 0 else (shape.y, shape.x)
                rows.setdefault(round(across, 3), []).append((self.spots.tracks_of(instance)[side], along))
        if not self.spots.board.is_lattice:
            # As where there is one axis, the line of time alone has dots.
            rows = {across: row for across, row in rows.items() if abs(across - self.spots.spine) < 1.0}
        low, high = self._band(block, side, gap)
        room = min(_DOTS_ROOM, (high - low) / 2)
        found = []
        for across, row in rows.items():
            if side == 1:
                found.append((across, (low + high) / 2))
                continue
            # Edges run along rows, so dots stand in the middle between their neighbours, as far as no row reaches in.
            before, after = ([at for track, at in row if (track < gap) == is_before] for is_before in (True, False))
            middle = (max(before) + min(after)) / 2 if before and after else (low + high) / 2
            found.append((min(max(middle, low + room), high - room), across))
        return found

    def _band(self, block: Block, side: int, gap: int) -> tuple[float, float]:
        """Return from where to where the column or line of a block is free of nodes around a gap."""
        number = (block.column, block.line)[side]
        at = (self.spots.xs[number] if side == 0 else self.spots.ys[number])[gap]
        low, high = -math.inf, math.inf
        for instance, shape in zip(self.unfolded.instances, self.shapes, strict=True):
            own = self.spots.block(instance.name)
            if (own.column, own.line)[side] == number:
                middle, half = (shape.x, shape.rx) if side == 0 else (shape.y, shape.ry)
                if middle < at:
                    low = max(low, middle + half)
                else:
                    high = min(high, middle - half)
        # At the end of an axis nothing follows.
        return max(low, at - _BAND), min(high, at + _BAND)

    def hidden(self, connection: Connection) -> Outline:
        """Return the nearest gap in the direction in which the edge leads."""
        known = connection.target if connection.source is None else connection.source
        assert known is not None
        missing = connection.link.source if connection.source is None else connection.link.target
        block = self.spots.block(missing)
        instance = self.unfolded.instances[known]
        along = dict(zip(self.cell.variable(instance.name).axes, instance.at, strict=False))
        found: dict[str, int] = {}
        for axis, delay in zip(self.cell.axes, connection.link.towards, strict=True):
            gaps = [n for n, column in enumerate(self.unfolded.tracks.get(axis, ())) if column.kind == "gap"]
            if not gaps or axis not in (block.x, block.y):
                continue
            forward = (delay > 0) == (connection.target is None)
            beyond = [gap for gap in gaps if delay and axis in along and (gap > along[axis]) == forward]
            if beyond:
                found[axis] = beyond[0] if forward else beyond[-1]
            elif axis not in along or not any(connection.link.towards):
                found[axis] = min(gaps, key=lambda gap: abs(gap - along.get(axis, 0)))
        at = (
            found.get(block.x or "", along.get(block.x or "", 0)),
            found.get(block.y or "", along.get(block.y or "", 0)),
        )
        here = self.spots.shape(missing, at)
        x = self.spots.xs[block.column][at[0]] if block.x in found else here.x
        y = self.spots.ys[block.line][at[1]] if block.y in found else here.y
        return Outline(x, y, 9.0, 9.0)

    def _edges(self) -> None:
        """Draw the edges, those of one link that lead equally far as copies of one route."""
        families: dict[tuple[Link, tuple[Link, ...], bool, float, float, str], list[int]] = {}
        for c, connection in enumerate(self.unfolded.connections):
            start, end = self.ends_of(connection)
            dx, dy = round(end.x - start.x, 2), round(end.y - start.y, 2)
            stub = connection.source is None or connection.target is None
            families.setdefault((connection.link, connection.also, stub, dx, dy, connection.label), []).append(c)
        nets, self.meshes = self._nets()
        led = {c for members in nets for c in members}
        # Short edges choose first, then trunks, and stubs last.
        ordered = sorted(families.items(), key=lambda item: abs(item[0][3]) + abs(item[0][4]))
        routed: list[tuple[Route, list[tuple[int, Point]]]] = []
        stubs: list[int] = []
        for key, members in ordered:
            if key[2]:
                stubs += members
            elif not led & {*members}:
                routed += self._route_family(members)
        trunks = []
        for members in nets:
            found = self.lead(members)
            trunks.append(found)
            if not found:
                for c in members:
                    routed += self._route_family([c])
        for c in stubs:
            self.draw_stub(c, self._direction(self.unfolded.connections[c]))
        for route, copies in routed:
            if self.unfolded.connections[copies[0][0]].label:
                self.label_each(PlacedLabel(route, copies))
        for found in trunks:
            self.label_trunks(found)
        self.settle_labels()

    def _route_family(self, members: list[int]) -> list[tuple[Route, list[tuple[int, Point]]]]:
        """Route the edges of one family as one; return the route, and where its copies are."""
        drawn, blocked = len(self.view.items), self.view.blocked
        placed = self.route(members[:1], members, with_labels=False)
        if self.view.blocked > blocked:
            # What no simple way leads around the nodes turns corners, each edge by itself.
            del self.view.items[drawn:]
            self.view.blocked = blocked
            found = [self._lead_alone(c) for c in members]
            return [(route, [(c, (0.0, 0.0))]) for c, route in zip(members, found, strict=True)]
        first, _ = self.ends_of(self.unfolded.connections[members[0]])
        starts = [self.ends_of(self.unfolded.connections[c])[0] for c in members]
        shifts = [(start.x - first.x, start.y - first.y) for start in starts]
        return [(placed.routes[0], list(zip(members, shifts, strict=True)))]

    def _lead_alone(self, c: int) -> Route:
        """Route one edge around corners, or where that does not help either as it comes."""
        return self.lead([c]).get(c) or self.route([c], (), with_labels=False).routes[0]

    def _direction(self, connection: Connection) -> float:
        """Return the angle at which an edge leaves its known end towards what is left out."""
        link = connection.link
        known = connection.target if connection.source is None else connection.source
        assert known is not None
        if not self.cell.moves(link) or not any(link.delay):
            hidden = self.hidden(connection)
            return math.atan2(hidden.y - self.shapes[known].y, hidden.x - self.shapes[known].x)
        block = self.spots.block(link.source)
        delay = dict(zip(self.cell.axes, link.delay, strict=True))
        source, target = (self.spots.within(name) for name in (link.source, link.target))
        pitch = self.spots.pitch(block)
        up = -1 if block.y in self.spots.board.upward else 1
        dx = target[0] - source[0] + delay.get(block.x or "", 0) * pitch[0]
        dy = target[1] - source[1] + delay.get(block.y or "", 0) * pitch[1] * up
        return math.atan2(-dy, -dx) if connection.source is None else math.atan2(dy, dx)

    def _nets(self) -> tuple[list[list[int]], set[Link]]:
        """Return the edges that are led along trunks, and the links whose edges are all to be straight.

        Led are those of one link from one block to another that fan out or in. Edges of several sources run into one
        line only where a reduction reads all of them at all of its targets, so that every way along the line is an
        edge. Others whose lines would meet are in a list each. Where nothing stands between the nodes straight lines
        are clearer, even where they cross: bent each by itself they would not read as one mesh.
        """
        groups: dict[tuple[Link, tuple[Link, ...], str], list[int]] = {}
        for c, connection in enumerate(self.unfolded.connections):
            if None not in (connection.source, connection.target):
                groups.setdefault((connection.link, connection.also, connection.label), []).append(c)
        nets: list[list[int]] = []
        meshes: set[Link] = set()
        for (link, _, _), members in groups.items():
            connections = [self.unfolded.connections[c] for c in members]
            if len(members) <= min(len({c.source for c in connections}), len({c.target for c in connections})):
                continue
            if not is_in_the_way([self.ends_of(connection) for connection in connections], self.shapes):
                meshes.add(link)
            elif self.spots.block(link.source) is not self.spots.block(link.target):
                nets += self._apart(members)
        return nets, meshes

    def _apart(self, members: Sequence[int]) -> list[list[int]]:
        """Return the edges of one link in so many lists that none holds two whose lines must not meet."""
        fans: dict[int, list[int]] = {}
        for c in members:
            source = self.unfolded.connections[c].source
            assert source is not None
            fans.setdefault(source, []).append(c)
        found: list[list[_Fan]] = []
        for edges in fans.values():
            targets = frozenset(self.unfolded.connections[c].target for c in edges)
            fan = _Fan(edges, targets, [self.ends_of(self.unfolded.connections[c]) for c in edges])
            free = next((one for one in found if all(fan.may_join(other) for other in one)), None)
            if free is None:
                free = []
                found.append(free)
            free.append(fan)
        return [[c for fan in one for c in fan.edges] for one in found]


class _Fan(NamedTuple):
    """The edges of one link that leave one node, the nodes that they lead to, and the outlines at both ends of each."""

    edges: Sequence[int]
    targets: frozenset[int | None]
    ends: Sequence[tuple[Outline, Outline]]

    def may_join(self, other: _Fan) -> bool:
        """Say whether one trunk may be for the edges of both.

        It may if they lead to the same nodes, so that every way along the line is an edge, or if they lead nowhere
        together and no line of one lies on one of the other.
        """
        if self.targets == other.targets or self.targets & other.targets:
            return self.targets == other.targets
        return not (self._lies_on(other, upright=False) or self._lies_on(other, upright=True))

    def _lies_on(self, other: _Fan, *, upright: bool) -> bool:
        """Say whether both begin, or end, in one row or column, along which their nodes reach over one another."""
        (low, high), (first, last) = self._reach(upright), other._reach(upright)
        ours, theirs = (
            [tuple(_across(shape, upright) for shape in pair) for pair in fan.ends] for fan in (self, other)
        )
        shared = any({one[side] for one in ours} & {one[side] for one in theirs} for side in (0, 1))
        return shared and max(low, first) <= min(high, last)

    def _reach(self, upright: bool) -> tuple[float, float]:
        """Return from where to where its nodes stand along a row, or a column."""
        along = [_across(shape, not upright) for pair in self.ends for shape in pair]
        return min(along), max(along)


def _across(shape: Outline, upright: bool) -> float:
    """Return in which row a node stands, or in which column."""
    return round(shape.x if upright else shape.y, 1)
