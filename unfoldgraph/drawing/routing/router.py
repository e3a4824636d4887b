"""Which way each edge runs: the cheapest of its ways, given the nodes and the other edges.

Every edge has a list of ways (see `candidates`). Each is scored against the nodes, the squares and the other
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
from numpy.typing import NDArray

from unfoldgraph.drawing.geometry import Floats, Outline, Point, four
from unfoldgraph.drawing.routing.candidates import Candidates, Request, Route, build, ways_of
from unfoldgraph.drawing.routing.costs import (
    FAULT,
    HIT,
    SharedEnds,
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
from unfoldgraph.drawing.routing.obstacles import Segments

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
    fixed: list[Floats] = field(default_factory=list)
    heads: Floats = field(default_factory=lambda: np.zeros((0, 4)))
    ends: Sequence[EdgeEnd] = ()
    boxes: Floats = field(default_factory=lambda: np.zeros((0, 4)))
    loose: Floats = field(default_factory=lambda: np.zeros((0, 4)))


class _Others(NamedTuple):
    """What all other edges put in the way of one.

    Attributes
    ----------
    lines : Segments that its routes could meet.
    earlier : Those among them of edges that choose first.
    squares : Delay squares.
    loops : The other loops of the node of a loop, with their squares.
    heads : The segments under arrowheads.
    ends : Where the others meet its nodes, and for each end whether that is the node it leaves.
    """

    lines: Segments
    earlier: Segments
    squares: list[Point]
    loops: list[tuple[Request, Point]]
    heads: Floats
    ends: tuple[SharedEnds, NDArray[np.bool_]]


@dataclass(slots=True)
class _Opened:
    """Some of the ways of an edge, built.

    Attributes
    ----------
    first : The number of the first.
    candidates : Their routes.
    shape : What the shape of each costs.
    met : What each costs for the nodes that it meets, and for what is there already.
    blocked : Whether it runs through a node.
    """

    first: int
    candidates: Candidates
    shape: Floats
    met: Floats
    blocked: NDArray[np.bool_]


class Router:
    """Routes some edges among each other.

    Attributes
    ----------
    routes : The routes, by key of the request.
    taken : The number of the way of each.
    """

    def __init__(self, requests: Sequence[Request], around: Surroundings) -> None:
        self.around = around
        self.routes: dict[int, Route] = {}
        self.taken: dict[int, int] = {}
        self.banned: dict[int, set[int]] = {}
        self._requests = {request.key: request for request in requests}
        self._ordered = sorted(requests, key=lambda request: (request.rank, request.key))
        self._turn = {request.key: n for n, request in enumerate(self._ordered)}
        self._centres = np.array([(s.x, s.y) for s in around.shapes]).reshape(-1, 2)
        self._reaches = np.array([(s.rx, s.ry) for s in around.shapes]).reshape(-1, 2)
        # Very many edges are routed once, each by one of its simplest ways.
        self._rounds = _ROUNDS if len(requests) <= _MANY else 1
        self._few = sys.maxsize if len(requests) <= _MANY else _SIMPLEST
        self._ways = {key: ways_of(request) for key, request in self._requests.items()}
        self._offsets = _offsets(around.shifts)
        # What ways cost whatever the other edges do is worked out once, for some at a time, and only if it matters.
        self._opened: dict[int, list[_Opened]] = {key: [] for key in self._requests}
        # How edges that are there already meet the ends of each, and whether a copy goes on where it ends.
        self._ends: dict[int, tuple[SharedEnds, SharedEnds, bool]] = {}
        self._segments: dict[int, tuple[Floats, list[Point], Floats]] = {}
        # How often any edge has changed its way, how often it had when each chose, and what each then cost.
        self._changes = 0
        self._settled: dict[int, tuple[int, float]] = {}

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
        self._settled.clear()
        self._round([request for request in self._ordered if request.key in self.banned])

    def is_blocked(self, key: int) -> bool:
        """Say whether a route, for want of a better one, runs through a node."""
        opened, n = self._taken(key)
        return bool(opened.blocked[n])

    def _taken(self, key: int) -> tuple[_Opened, int]:
        """Return the way that an edge has taken: among which, and its number there."""
        opened = next(one for one in reversed(self._opened[key]) if one.first <= self.taken[key])
        return opened, self.taken[key] - opened.first

    def _round(self, requests: Sequence[Request]) -> bool:
        """Route the edges one after the other; say whether any changed."""
        before = self._changes
        for request in requests:
            if self._is_settled(request):
                continue
            cost, number, route = self._best(request)
            if self.taken.get(request.key) != number:
                self._changes += 1
                self.taken[request.key], self.routes[request.key] = number, route
                self._segments[request.key] = self._copies(route)
            self._settled[request.key] = self._changes, cost
        return self._changes != before

    def _is_settled(self, request: Request) -> bool:
        """Say whether nothing has changed since an edge chose its way, so that it would choose the same."""
        return request.key in self._settled and self._settled[request.key][0] == self._changes

    def _copies(self, route: Route) -> tuple[Floats, list[Point], Floats]:
        """Return the segments, the squares and the arrowheads of a route and of its copies."""
        lines = [route.segments + four(shift) for shift in self.around.shifts]
        square = route.square
        squares = [(square[0] + dx, square[1] + dy) for dx, dy in self.around.shifts] if square else []
        return np.concatenate(lines), squares, np.concatenate([copy[-1:] for copy in lines])

    def _is_faulty(self, request: Request) -> bool:
        """Say whether an edge, as it runs now, makes the picture wrong."""
        if self._is_settled(request):
            return self._settled[request.key][1] >= FAULT
        others, (opened, n) = self._met_by(request), self._taken(request.key)
        cost = self._first_costs(request, opened, others)[n]
        return sum(self._further_costs(request, opened.candidates.routes[n], others), cost) >= FAULT

    def _met_by(self, request: Request) -> _Others:
        """Return what the other edges put in the way of one."""
        others = [key for key in self.routes if key != request.key]
        lines = [*self.around.fixed, *(self._segments[key][0] for key in others)]
        # An edge makes way for the arrowheads of all, but its own arrowhead only for edges that chose before it.
        first = [
            *self.around.fixed,
            *(self._segments[key][0] for key in others if self._turn[key] < self._turn[request.key]),
        ]
        return _Others(
            Segments(_nearby(request, np.concatenate([np.zeros((0, 4)), *lines]))),
            Segments(_nearby(request, np.concatenate([np.zeros((0, 4)), *first]))),
            [square for key in others for square in self._segments[key][1]],
            [
                (other, square)
                for key in (others if request.source == request.target else ())
                for other, square in ((self._requests[key], self.routes[key].square),)
                if square is not None and other.source == other.target == request.source
            ],
            np.concatenate([self.around.heads, *(self._segments[key][2] for key in others)]),
            self._shared_ends(request, others),
        )

    def _shared_ends(self, request: Request, others: Sequence[int]) -> tuple[SharedEnds, NDArray[np.bool_]]:
        """Return where others meet the nodes of an edge, and for each end whether that is the node it leaves."""
        found: list[tuple[float, bool, bool]] = []
        starts: list[bool] = []
        for key in others:
            other, route = self._requests[key], self.routes[key]
            is_nested = request.source == request.target == other.source == other.target
            for node, at_start in ((request.source, True), (request.target, False)):
                if other.source == node:
                    found.append((route.leaves, not at_start, is_nested))
                    starts.append(at_start)
                if other.target == node:
                    found.append((route.arrives, True, is_nested))
                    starts.append(at_start)
        return SharedEnds.of(found), np.array(starts, bool)

    def _best(self, request: Request) -> tuple[float, int, Route]:
        """Return the number of the cheapest way for one edge, given the routes of the others, its cost and its route.

        What a way costs is worked out bit by bit, and always for the way that is cheapest so far: one that costs
        much by itself is never measured against the other edges, and one that is complete is the cheapest of all.
        """
        others = self._met_by(request)
        banned = self.banned.get(request.key, set())
        ways, limit = self._ways[request.key], min(self._few, len(self._ways[request.key]))
        before = self.taken.get(request.key)
        begun: list[tuple[float, int, Route, Iterator[float]]] = []
        if before is not None:
            # The way of the round before comes first where others cost the same.
            some, n = self._taken(request.key)
            cost, route = self._first_costs(request, some, others, banned)[n], some.candidates.routes[n]
            begun.append((cost, -1, route, self._further_costs(request, route, others)))
        number = opened = 0
        while True:
            while opened < limit and (not begun or (ways[opened].cost, opened) < begun[0][:2]):
                some = self._open(request, number, min(2 * opened + 1, limit))
                costs = self._first_costs(request, some, others, banned)
                for n, (route, cost) in enumerate(zip(some.candidates.routes, costs, strict=True), opened):
                    if n != before:
                        heapq.heappush(begun, (cost, n, route, self._further_costs(request, route, others)))
                number, opened = number + 1, opened + len(costs)
            cost, turn, route, further = begun[0]
            more = next(further, None)
            if more is not None:
                heapq.heapreplace(begun, (cost + more, turn, route, further))
            elif cost >= FAULT and limit < len(ways):
                limit = len(ways)
            else:
                return cost, before if turn < 0 and before is not None else turn, route

    def _open(self, request: Request, number: int, end: int) -> _Opened:
        """Return some ways of an edge, by how many were opened before them; those that are new end before ``end``."""
        opened = self._opened[request.key]
        if number == len(opened):
            first = opened[-1].first + len(opened[-1].shape) if opened else 0
            opened.append(self._built(request, first, end))
        return opened[number]

    def _built(self, request: Request, first: int, end: int) -> _Opened:
        """Return the ways of an edge from a first to an end, built, and what they cost whatever the other edges do."""
        some = Candidates([build(request, way) for way in self._ways[request.key][first:end]])
        nodes = node_cost(request, some, self._centres, self._reaches)
        met = nodes + self._at_ends(request, some)
        met += box_cost(some, self.around.boxes) + box_cost(some, self.around.loose, loose=True)
        return _Opened(first, some, shape_cost(request, some), met, nodes >= HIT)

    def _first_costs(
        self, request: Request, opened: _Opened, others: _Others, banned: Collection[int] = ()
    ) -> list[float]:
        """Return what some ways cost that takes little to work out: all but how they meet the lines of others."""
        first, some = opened.first, opened.candidates
        ways = self._ways[request.key][first : first + len(some.routes)]
        bans = [_BANNED if number in banned else 0.0 for number, _ in enumerate(ways, first)]
        ends, at_start = others.ends
        costs = np.array([way.cost for way in ways]) + (opened.shape + bans)
        costs += angle_cost(np.where(at_start[:, None], some.leaves, some.arrives), ends, request.fan)
        costs += opened.met
        found: list[float] = costs.tolist()
        return found

    def _further_costs(self, request: Request, route: Route, others: _Others) -> Iterator[float]:
        """Yield what a way costs beyond that, the cheap parts to work out first."""
        yield head_cost(route, others.earlier, others.heads, self._offsets)
        yield nest_cost(request, route, others.loops)
        yield square_cost(request, route, self._centres, self._reaches, others.squares, others.lines)
        yield crossing_cost(route, others.lines, others.squares, self._offsets)
        yield beside_cost(request, route, others.lines, self._offsets)

    def _at_ends(self, request: Request, some: Candidates) -> Floats:
        """Return what it costs that edges which are there already, and own copies, meet the same nodes."""
        met = self._ends.get(request.key)
        if met is None:
            ends = self.around.ends
            leaves = SharedEnds.of([(end.angle, end.head, False) for end in ends if _same_place(end, request.start)])
            arrives = SharedEnds.of([(end.angle, True, False) for end in ends if _same_place(end, request.end)])
            is_chain = any(_same_place(request.end, request.start.moved(*offset)) for offset in self._offsets)
            met = self._ends[request.key] = leaves, arrives, is_chain
        leaves, arrives, is_chain = met
        costs = angle_cost(some.leaves, leaves, request.fan)
        if is_chain:
            costs += end_cost(some.leaves, some.arrives, np.array(True), fan=request.fan)
        return costs + angle_cost(some.arrives, arrives, request.fan)


def _offsets(shifts: Sequence[Point]) -> tuple[Point, ...]:
    """Return how far copies are from each other, but for what is farther than any from the route itself."""
    farthest = [max(abs(shift[side]) for shift in shifts) + 0.01 for side in (0, 1)]
    found = {(round(b[0] - a[0], 3), round(b[1] - a[1], 3)) for a in shifts for b in shifts}
    return tuple(sorted(o for o in found if any(o) and abs(o[0]) < farthest[0] and abs(o[1]) < farthest[1]))


def _same_place(one: EdgeEnd | Outline, other: Outline) -> bool:
    return abs(one.x - other.x) < 0.5 and abs(one.y - other.y) < 0.5


def _nearby(request: Request, lines: Floats) -> Floats:
    """Return the segments that a route of this edge could meet."""
    low, high = sorted((request.start.x, request.end.x))
    near = (np.maximum(lines[:, 0], lines[:, 2]) > low - _REACH) & (
        np.minimum(lines[:, 0], lines[:, 2]) < high + _REACH
    )
    result: Floats = lines[near]
    return result
