"""Which way each edge runs: the cheapest of its ways, given the nodes and the other edges.

Every edge has a list of ways (see `ways`). Each is scored against the nodes, the squares and the other
edges; later rounds let early edges react to late ones. The unfolded view repeats with a fixed period, so it
is routed for one step among copies of itself, and no edge is ever routed twice.
"""

from __future__ import annotations

import heapq
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from unfoldgraph.drawing.geometry import Array, Outline, Point, four, segments_of_line
from unfoldgraph.drawing.routing.candidates import Candidate, Request, Route, build, ways_of
from unfoldgraph.drawing.routing.costs import (
    FAULT,
    HIT,
    angle_cost,
    beside_cost,
    box_cost,
    crossing_cost,
    end_cost,
    head_cost,
    nest_cost,
    node_cost,
    shape_cost,
    square_cost,
)

__all__ = ["EdgeEnd", "Router", "Surroundings"]

# The second and third round let early edges react to late ones.
_ROUNDS = 3
# Each of these routes again those edges that meet others where they must not.
_REPAIRS = 3
# More edges than this get few ways each, unless none of those will do.
_MANY, _SIMPLEST = 30, 40
# What a way costs that left no room for its label.
_BANNED = 900.0
# Edges farther away than this cannot be met.
_REACH = 160.0


class EdgeEnd(NamedTuple):
    """Where an edge meets a node with its centre at (x, y), at what angle, and whether it arrives."""

    x: float
    y: float
    angle: float
    head: bool


@dataclass(slots=True)
class Surroundings:
    """What the routes of one view run among.

    Attributes
    ----------
    shapes : Every node outline in reach, copies included.
    shifts : Where the copies of a route are, itself among them; just itself where nothing repeats.
    fixed : Polylines that are there already, as segments (m, 4).
    heads : The segments under the arrowheads that are there already (m, 4).
    ends : Where the edges that are there already meet nodes.
    boxes : Labels that are there already (m, 4).
    loose : Labels that are there but can be written elsewhere (m, 4).
    """

    shapes: Sequence[Outline]
    shifts: tuple[Point, ...] = ((0.0, 0.0),)
    fixed: list[Array] = field(default_factory=list)
    heads: Array = field(default_factory=lambda: np.zeros((0, 4)))
    ends: Sequence[EdgeEnd] = ()
    boxes: Array = field(default_factory=lambda: np.zeros((0, 4)))
    loose: Array = field(default_factory=lambda: np.zeros((0, 4)))


class _Others(NamedTuple):
    """What all other edges put in the way of one.

    Attributes
    ----------
    lines : Segments that its routes could meet, as (m, 4).
    earlier : Those among them of edges that choose first.
    squares : Delay squares.
    loops : The other loops of the node of a loop, with their squares.
    heads : The segments under arrowheads.
    ends : Of routes that share a node with it, which ends they share (see `costs.angle_cost`).
    """

    lines: Array
    earlier: Array
    squares: list[Point]
    loops: list[tuple[Request, Point]]
    heads: Array
    ends: list[tuple[bool, bool, bool, bool, Route]]


class Router:
    """Routes some edges among each other.

    Attributes
    ----------
    routes : The routes, by key of the request.
    taken : The way of each.
    """

    def __init__(self, requests: Sequence[Request], around: Surroundings) -> None:
        self.around = around
        self.routes: dict[int, Route] = {}
        self.taken: dict[int, Candidate] = {}
        self.banned: dict[int, set[Candidate]] = {}
        self._requests = {request.key: request for request in requests}
        self._ordered = sorted(requests, key=lambda request: (request.rank, request.key))
        self._turn = {request.key: n for n, request in enumerate(self._ordered)}
        self._centres = np.array([(s.x, s.y) for s in around.shapes]).reshape(-1, 2)
        self._reaches = np.array([(s.rx, s.ry) for s in around.shapes]).reshape(-1, 2)
        # Very many edges are routed once, each by one of its simplest ways.
        self._rounds = _ROUNDS if len(requests) <= _MANY else 1
        self._few = sys.maxsize if len(requests) <= _MANY else _SIMPLEST
        self._ways = {key: sorted(ways_of(request), key=_by_cost) for key, request in self._requests.items()}
        self._offsets = _offsets(around.shifts)
        # What a way costs whatever the other edges do is computed once, and only if it matters.
        self._alone: dict[tuple[int, Candidate], tuple[Route, float]] = {}
        self._met: dict[tuple[int, Candidate], float] = {}
        # At what angles edges that are there already meet the ends of each, and whether a copy goes on where it ends.
        self._ends: dict[int, tuple[list[tuple[float, bool]], list[tuple[float, bool]], bool]] = {}
        self._segments: dict[int, tuple[Array, list[Point], Array]] = {}

    def route_all(self) -> None:
        """Route every edge, and again until none changes its way; then again what is still at fault."""
        for _ in range(self._rounds):
            if not self._round(self._ordered):
                break
        for _ in range(_REPAIRS):
            faulty = [request for request in self._ordered if self._is_faulty(request)]
            if not faulty or not self._round(faulty):
                break

    def reroute(self, keys: Sequence[int]) -> None:
        """Route some edges again, by other ways than they took."""
        self.banned = {key: {*self.banned.get(key, ()), self.taken[key]} for key in keys}
        self._round([request for request in self._ordered if request.key in self.banned])

    def is_blocked(self, key: int) -> bool:
        """Say whether a route, for want of a better one, runs through a node."""
        return node_cost(self._requests[key], self.routes[key], self._centres, self._reaches) >= HIT

    def _round(self, requests: Sequence[Request]) -> bool:
        """Route the edges one after the other; say whether any changed."""
        changed = False
        for request in requests:
            way, route = self._best(request)
            if self.taken.get(request.key) != way:
                changed = True
                self.taken[request.key], self.routes[request.key] = way, route
                self._segments[request.key] = self._copies(route)
        return changed

    def _copies(self, route: Route) -> tuple[Array, list[Point], Array]:
        """Return the segments, the squares and the arrowheads of a route and of its copies."""
        segments = segments_of_line(route.points)
        lines = [segments + four(shift) for shift in self.around.shifts]
        square = route.square
        squares = [(square[0] + dx, square[1] + dy) for dx, dy in self.around.shifts] if square else []
        return np.concatenate(lines), squares, np.concatenate([copy[-1:] for copy in lines])

    def _is_faulty(self, request: Request) -> bool:
        """Say whether an edge, as it runs now, makes the picture wrong."""
        way = self.taken[request.key]
        return sum(self._costs(request, way, self._met_by(request)), way.cost) >= FAULT

    def _met_by(self, request: Request) -> _Others:
        """Return what the other edges put in the way of one."""
        others = [key for key in self.routes if key != request.key]
        lines = [*self.around.fixed, *(self._segments[key][0] for key in others)]
        # An edge makes way for the arrowheads of all, but its own arrowhead only for edges that chose before it.
        first = [
            *self.around.fixed,
            *(self._segments[key][0] for key in others if self._turn[key] < self._turn[request.key]),
        ]
        ends = [
            (
                other.source == request.source,
                other.target == request.source,
                other.source == request.target,
                other.target == request.target,
                self.routes[key],
            )
            for key in others
            for other in (self._requests[key],)
        ]
        return _Others(
            _nearby(request, np.concatenate(lines)) if lines else np.zeros((0, 4)),
            _nearby(request, np.concatenate(first)) if first else np.zeros((0, 4)),
            [square for key in others for square in self._segments[key][1]],
            [
                (other, square)
                for key in (others if request.source == request.target else ())
                for other, square in ((self._requests[key], self.routes[key].square),)
                if square is not None and other.source == other.target == request.source
            ],
            np.concatenate([self.around.heads, *(self._segments[key][2] for key in others)]),
            [end for end in ends if any(end[:4])],
        )

    def _best(self, request: Request) -> tuple[Candidate, Route]:
        """Return the cheapest way for one edge, given the routes of the others.

        What a way costs is worked out bit by bit, and always for the way that is cheapest so far: one that costs
        much by itself is never measured against the other edges, and one that is complete is the cheapest of all.
        """
        others = self._met_by(request)
        banned = self.banned.get(request.key, set())
        ways, few = self._ways[request.key], self._few
        # The way of the round before comes first where others cost the same.
        before = self.taken.get(request.key)
        first = [] if before is None else [before]
        begun = [(way.cost, -1, way, self._costs(request, way, others, banned)) for way in first]
        opened = 0
        while True:
            while opened < min(len(ways), few) and (not begun or (ways[opened].cost, opened) < begun[0][:2]):
                way = ways[opened]
                heapq.heappush(begun, (way.cost, opened, way, self._costs(request, way, others, banned)))
                opened += 1
            cost, number, way, costs = begun[0]
            more = next(costs, None)
            if more is not None:
                heapq.heapreplace(begun, (cost + more, number, way, costs))
            elif cost >= FAULT and few < len(ways):
                few = len(ways)
            else:
                return way, self._built(request, way)[0]

    def _costs(
        self, request: Request, way: Candidate, others: _Others, banned: Collection[Candidate] = ()
    ) -> Iterator[float]:
        """Yield what a way costs beyond itself, the cheap parts to work out first."""
        route, shape = self._built(request, way)
        yield shape + (_BANNED if way in banned else 0.0)
        yield angle_cost(route, others.ends, request.fan)
        yield self._among_nodes(request, way, route)
        yield head_cost(route, others.earlier, others.heads, self._offsets)
        yield nest_cost(request, route, others.loops)
        yield square_cost(request, route, self._centres, self._reaches, others.squares, others.lines)
        yield crossing_cost(route, others.lines, others.squares, self._offsets)
        yield beside_cost(request, route, others.lines, self._offsets)

    def _built(self, request: Request, way: Candidate) -> tuple[Route, float]:
        """Return the route of a way, and what its shape costs."""
        found = self._alone.get((request.key, way))
        if found is None:
            route = build(request, way)
            found = self._alone[request.key, way] = (route, shape_cost(request, route))
        return found

    def _among_nodes(self, request: Request, way: Candidate, route: Route) -> float:
        """Return what a way costs for the nodes that it meets, and for what is there already."""
        found = self._met.get((request.key, way))
        if found is None:
            found = node_cost(request, route, self._centres, self._reaches) + self._at_ends(request, route)
            found += box_cost(route, self.around.boxes) + box_cost(route, self.around.loose, loose=True)
            self._met[request.key, way] = found
        return found

    def _at_ends(self, request: Request, route: Route) -> float:
        """Return what it costs that edges which are there already, and own copies, meet the same nodes."""
        met = self._ends.get(request.key)
        if met is None:
            leaves = [(end.angle, end.head) for end in self.around.ends if _same_place(end, request.start)]
            arrives = [(end.angle, True) for end in self.around.ends if _same_place(end, request.end)]
            is_chain = any(_same_place(request.end, request.start.moved(*offset)) for offset in self._offsets)
            met = self._ends[request.key] = leaves, arrives, is_chain
        leaves, arrives, is_chain = met
        cost = sum(end_cost(route.leaves, angle, head, fan=request.fan) for angle, head in leaves)
        cost += end_cost(route.leaves, route.arrives, True, fan=request.fan) if is_chain else 0.0
        return cost + sum(end_cost(route.arrives, angle, head, fan=request.fan) for angle, head in arrives)


def _offsets(shifts: Sequence[Point]) -> tuple[Point, ...]:
    """Return how far copies are from each other, but for what is farther than any from the route itself."""
    farthest = [max(abs(shift[side]) for shift in shifts) + 0.01 for side in (0, 1)]
    found = {(round(b[0] - a[0], 3), round(b[1] - a[1], 3)) for a in shifts for b in shifts}
    return tuple(sorted(o for o in found if any(o) and abs(o[0]) < farthest[0] and abs(o[1]) < farthest[1]))


def _by_cost(way: Candidate) -> tuple[float, str, tuple[float, ...]]:
    return (way.cost, way.kind, way.numbers)


def _same_place(one: EdgeEnd | Outline, other: Outline) -> bool:
    return abs(one.x - other.x) < 0.5 and abs(one.y - other.y) < 0.5


def _nearby(request: Request, lines: Array) -> Array:
    """Return the segments that a route of this edge could meet."""
    low, high = sorted((request.start.x, request.end.x))
    near = (np.maximum(lines[:, 0], lines[:, 2]) > low - _REACH) & (
        np.minimum(lines[:, 0], lines[:, 2]) < high + _REACH
    )
    result: Array = lines[near]
    return result
