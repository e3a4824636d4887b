"""Trunks: how what is read by a whole row or column, or reads one, is led along it.

All edges of one link that leave one node share a line beside the nodes and branch off it, as wires do. Alone they
would run around the nodes between them in as many arcs. What other nodes send runs beside it in lanes of its own, for
lines that touch read as joined.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product
from typing import NamedTuple

import numpy as np

from unfoldgraph.drawing.geometry import (
    TIP,
    Floats,
    Outline,
    Path,
    Point,
    Rectangle,
    Segment,
    gaps_to,
    segments_of_line,
)
from unfoldgraph.drawing.routing.candidates import HEAD, Candidates, Request, Route, corner
from unfoldgraph.drawing.routing.costs import HIT, SharedEnds, angle_cost, box_cost, node_cost
from unfoldgraph.drawing.routing.obstacles import Segments
from unfoldgraph.drawing.routing.router import Surroundings

__all__ = ["Trunk", "is_in_the_way", "rounded", "together", "trunk_of"]

# How far a trunk runs from the outlines of the nodes, in lanes that can be told apart; where it turns twice so many of
# them are tried.
_BESIDE = (13.0, 25.0, 37.0, 49.0)
_TRIED_TWICE = 3
# How far it runs on while it leaves a node, or joins one, for each unit beside that: less is steeper.
_USUAL, _SLANTS = 0.9, (0.9, 0.45, 1.8, 0.2, 3.2)
_ROUND = 13.0
# So many of the best trunks are tried with all slants.
_REFINED = 4
_IMPOSSIBLE = 1e9
# What it costs to cross another edge, to do so where it crosses a third, to run along one for each unit, and to meet
# an arrowhead.
_CROSSING, _CROWD, _ALONG, _UNDER = 22.0, 14.0, 7.0, 60.0
# A crossing nearer than this to a turn is none that is clear.
_TURN = 11.0
# Edges nearer than this run along each other; arrowheads are kept so far from.
_CLOSE, _HEAD_ROOM = 5.0, 4.8
# Edges nearer than this are hard to follow side by side, which costs so much for each unit.
_APART, _BESIDE_ANOTHER = 11.5, 0.15
# A node nearer than this to a straight line is in its way.
_CLEAR = 9.0
# What detours cost, and to run farther from the nodes, for each unit.
_DETOUR, _FAR = 0.15, 0.6
# In so many pieces a route is compared with others.
_SHARES = 200
# Lines that meet at a node are left alone so far from it.
_MEETING = 13.0


@dataclass(frozen=True, slots=True)
class Trunk:
    """One way to lead all edges.

    Attributes
    ----------
    kind : Which way it turns: ``"h"`` along the row of the target, ``"H"`` along that of the source, ``"v"``
        and ``"V"`` along their columns, ``"Hv"`` and ``"Vh"`` along both.
    first, second : How far it runs beside them.
    leaves, joins : How steep it leaves and joins the nodes.
    """

    kind: str
    first: float
    second: float = 0.0
    leaves: float = _USUAL
    joins: float = _USUAL

    def corners(self, start: Outline, end: Outline) -> list[Point] | None:
        """Return the corners of the route of one edge; None where it would have to turn back."""
        right = math.copysign(1.0, end.x - start.x)
        down = math.copysign(1.0, end.y - start.y)
        leaves, joins, first, second = self.leaves, self.joins, self.first, self.second
        if self.kind in "hH":
            y = (end if self.kind == "h" else start).y + first
            points = [
                (start.x + right * leaves * abs(y - start.y), y),
                (end.x - right * joins * abs(y - end.y), y),
            ]
            if (points[1][0] - points[0][0]) * right < 4.0:
                return None
        elif self.kind in "vV":
            x = (end if self.kind == "v" else start).x + first
            points = [
                (x, start.y + down * leaves * abs(x - start.x)),
                (x, end.y - down * joins * abs(x - end.x)),
            ]
            if (points[1][1] - points[0][1]) * down < 4.0:
                return None
        elif self.kind == "Hv":
            x, y = end.x + second, start.y + first
            right, down = math.copysign(1.0, x - start.x), math.copysign(1.0, end.y - y)
            points = [(start.x + right * leaves * abs(first), y), (x, y), (x, end.y - down * joins * abs(second))]
            if (x - points[0][0]) * right < 4.0 or (points[2][1] - y) * down < 4.0:
                return None
        else:
            x, y = start.x + first, end.y + second
            right, down = math.copysign(1.0, end.x - x), math.copysign(1.0, y - start.y)
            points = [(x, start.y + down * leaves * abs(first)), (x, y), (end.x - right * joins * abs(second), y)]
            if (y - points[0][1]) * down < 4.0 or (points[2][0] - x) * right < 4.0:
                return None
        return points

    def route(self, start: Outline, end: Outline, radius: float = _ROUND) -> Route | None:
        """Return the route of one edge, its corners rounded; None where it would have to turn back."""
        points = self.corners(start, end)
        return None if points is None else rounded(start, end, points, radius)


def rounded(start: Outline, end: Outline, points: Sequence[Point], radius: float) -> Route:
    """Return the route over some points with its corners rounded."""
    leaves = math.atan2(points[0][1] - start.y, points[0][0] - start.x)
    arrives = math.atan2(points[-1][1] - end.y, points[-1][0] - end.x)
    chain = [start.at(leaves), *points, end.at(arrives, TIP + HEAD)]
    segments: list[Segment] = []
    at = chain[0]
    for before, peak, after in zip(chain, chain[1:], chain[2:], strict=False):
        turn = min(radius, math.dist(before, peak) / 2, math.dist(peak, after) / 2)
        into, out = _towards(peak, before, turn), _towards(peak, after, turn)
        segments += [(at, into), corner(into, peak, out)] if radius else [(at, peak)]
        at = out
    segments += [(at, chain[-1]), (chain[-1], end.at(arrives, TIP))]
    kept = [segment for segment in segments if math.dist(segment[0], segment[-1]) > 0.01]
    return Route(Path(tuple(kept)), None, leaves, arrives)


def together(route: Route, others: Sequence[Route], from_start: bool) -> float:
    """Return which share of a route lies on all of some others, from its start, or else from its end."""
    points = route.points if from_start else route.points[::-1]
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    at = np.linspace(0.0, float(along[-1]), _SHARES)
    finer = np.column_stack([np.interp(at, along, points[:, 0]), np.interp(at, along, points[:, 1])])
    apart = np.zeros(_SHARES, bool)
    for other in others:
        apart |= gaps_to(segments_of_line(other.points), finer).min(1) > 1.0
    return float(apart.argmax()) / _SHARES if apart.any() else 1.0


def _towards(point: Point, other: Point, by: float) -> Point:
    share = by / max(math.dist(point, other), 1e-9)
    return (point[0] + share * (other[0] - point[0]), point[1] + share * (other[1] - point[1]))


def is_in_the_way(pairs: Sequence[tuple[Outline, Outline]], shapes: Sequence[Outline]) -> bool:
    """Say whether any node stands on the straight line between some others."""
    centres = np.array([(shape.x, shape.y) for shape in shapes])
    for start, end in pairs:
        ends = np.array([(start.x, start.y), (end.x, end.y)])
        step = ends[1] - ends[0]
        share = np.clip(((centres - ends[0]) @ step) / max(float(step @ step), 1e-9), 0.0, 1.0)
        gaps = np.hypot(*(centres - ends[0] - share[:, None] * step).T)
        others = (np.abs(centres[:, None] - ends[None]).max(2) > 0.5).all(1)
        if (gaps[others] < max(start.rx, start.ry) + _CLEAR).any():
            return True
    return False


def trunk_of(pairs: Sequence[tuple[Outline, Outline]], around: Surroundings) -> Trunk | None:
    """Return the trunk that disturbs least what is drawn already; None where each runs through a node."""
    ground = _Ground(around)
    tried = _tried(pairs)

    def measured(trunks: Sequence[Trunk]) -> Iterator[tuple[_Measured | None, ...]]:
        return zip(*(ground.measured(start, end, trunks) for start, end in tried), strict=True)

    def cost_of(edges: Sequence[_Measured | None], own: float, limit: float, with_ends: bool) -> float:
        for edge in edges:
            if own >= limit:
                break
            own += _IMPOSSIBLE if edge is None else ground.cost(edge, limit - own, with_ends)
        return own

    # First where it runs, then how it leaves and joins the nodes.
    ordered = sorted(_trunks(pairs), key=lambda item: item[0])
    best: list[tuple[float, int, float, Trunk]] = []
    for n, ((own, trunk), edges) in enumerate(zip(ordered, measured([trunk for _, trunk in ordered]), strict=True)):
        limit = best[-1][0] if len(best) == _REFINED else _IMPOSSIBLE
        if own >= limit:
            break
        cost = cost_of(edges, own, limit, False)
        if cost < limit:
            best = sorted([*best, (cost, n, own, trunk)])[:_REFINED]
    steeper = [
        (own + 3.0 * (m + k), replace(trunk, joins=joins, leaves=leaves))
        for _, _, own, trunk in best
        for (m, joins), (k, leaves) in product(enumerate(_SLANTS), enumerate(_SLANTS[:3]))
        if not (m and k)
    ]
    found, lowest = None, _IMPOSSIBLE
    for (own, trunk), edges in zip(steeper, measured([trunk for _, trunk in steeper]), strict=True):
        cost = cost_of(edges, own, lowest, True)
        if cost < lowest and ground.leads(trunk, pairs):
            found, lowest = trunk, cost
    return found


def _tried(pairs: Sequence[tuple[Outline, Outline]]) -> list[tuple[Outline, Outline]]:
    """Return what says most of a trunk: the longest edges of the first and the last node it is for, and the shortest.

    The longest run along all of it, and what turns too late for any turns too late for the shortest.
    """
    by_source, by_target = ([(pair[side].x, pair[side].y) for pair in pairs] for side in (0, 1))
    shared = by_source if len({*by_source}) <= len({*by_target}) else by_target
    longest: dict[Point, tuple[Outline, Outline]] = {}
    ordered = sorted(zip(shared, pairs, strict=True), key=lambda item: -_length(item[1]))
    for place, pair in ordered:
        longest.setdefault(place, pair)
    ends = [longest[place] for place in dict.fromkeys(shared)]
    return list(dict.fromkeys([ends[0], ends[-1], ordered[-1][1]]))


def _length(pair: tuple[Outline, Outline]) -> float:
    return round(math.hypot(pair[1].x - pair[0].x, pair[1].y - pair[0].y), 3)


def _trunks(pairs: Sequence[tuple[Outline, Outline]]) -> Iterator[tuple[float, Trunk]]:
    """Yield the trunks there could be, each with what it costs by itself."""
    start, end = pairs[0]
    across = [sign * (start.rx + by) for by in _BESIDE for sign in (1, -1)]
    along = [sign * (start.ry + by) for by in _BESIDE for sign in (1, -1)]
    level = all(abs(start.y - end.y) < 0.5 for start, end in pairs)
    upright = all(abs(start.x - end.x) < 0.5 for start, end in pairs)
    for kind in ("h",) if level else ("h", "H"):
        yield from ((_FAR * abs(by) + _lean(start.y, end.y, by), Trunk(kind, by)) for by in along)
    for kind in ("v",) if upright else ("v", "V"):
        yield from ((_FAR * abs(by) + _lean(start.x, end.x, by), Trunk(kind, by)) for by in across)
    if not (level or upright):
        for one, other in product(along[: 2 * _TRIED_TWICE], across[: 2 * _TRIED_TWICE]):
            cost = 20.0 + _FAR * (abs(one) + abs(other))
            yield cost, Trunk("Hv", one, other)
            yield cost, Trunk("Vh", other, one)


def _lean(start: float, end: float, by: float) -> float:
    """Return what it costs that a trunk with one stretch leans towards the farther of its nodes."""
    return 0.25 * max(abs(start - end) - abs(by) - 30.0, 0.0)


class _Ground:
    """What trunks run among, prepared for measuring."""

    def __init__(self, around: Surroundings) -> None:
        self.around = around
        self.centres = np.array([(shape.x, shape.y) for shape in around.shapes]).reshape(-1, 2)
        self.reaches = np.array([(shape.rx, shape.ry) for shape in around.shapes]).reshape(-1, 2)
        self.lines = Segments(np.concatenate([np.zeros((0, 4)), *around.fixed]))
        necks, tips = around.heads[:, :2], around.heads[:, 2:]
        shares = [np.hstack([necks + share * (tips - necks)] * 2) for share in (0.2, 0.6, 1.0)]
        self.heads = Segments(np.concatenate([np.zeros((0, 4)), *shares]))

    def leads(self, trunk: Trunk, pairs: Sequence[tuple[Outline, Outline]]) -> bool:
        """Say whether a trunk leads from each start to its end, and through no node."""
        for start, end in pairs:
            route = trunk.route(start, end, 0.0)
            if route is None or self._at_nodes(start, end, Candidates([route]))[0] >= HIT:
                return False
        return True

    def _at_nodes(self, start: Outline, end: Outline, some: Candidates) -> Floats:
        return node_cost(Request(0, "", "", start, end, 0.0, ()), some, self.centres, self.reaches)

    def measured(self, start: Outline, end: Outline, trunks: Sequence[Trunk]) -> list[_Measured | None]:
        """Return one edge of each of some trunks, measured together; None of those that would have to turn back."""
        # Round corners cost time, and change nothing.
        routes = [trunk.route(start, end, 0.0) for trunk in trunks]
        led = [route for route in routes if route is not None]
        if not led:
            return [None] * len(routes)
        some = Candidates(led)
        lengths = some.sums(some.lengths, some.owners)
        detours = np.maximum(lengths - math.hypot(end.x - start.x, end.y - start.y), 0.0)
        nodes = _DETOUR * detours + self._at_nodes(start, end, some)
        boxes, ends = box_cost(some, self.around.boxes), self._at_ends(start, end, some)
        found = map(_Measured, led, nodes.tolist(), boxes.tolist(), ends.tolist())
        return [None if route is None else next(found) for route in routes]

    def cost(self, edge: _Measured, limit: float, with_ends: bool) -> float:
        """Return what one edge of a trunk costs among what is drawn already; over the limit the rest is left out."""
        points, cost = edge.route.points, edge.nodes
        if cost >= min(limit, HIT):
            return cost
        cost += edge.boxes
        if with_ends and cost < limit:
            cost += edge.ends
        # What meets a node together comes close there.
        chain = [_towards(_at(points[0]), _at(points[1]), _MEETING)]
        chain += [*map(_at, points[1:-1]), _at(points[-1])]
        for one, other in pairwise(chain):
            if cost >= limit:
                break
            cost += _UNDER * len(_framed(self.heads, one, other, _HEAD_ROOM))
            near = _framed(self.lines, one, other, _APART)
            cost += _meeting(near, one, other)
        return cost

    def _at_ends(self, start: Outline, end: Outline, some: Candidates) -> Floats:
        found: list[tuple[float, bool, bool]] = []
        mine: list[Floats] = []
        for shape, angles, arrives in ((start, some.leaves, False), (end, some.arrives, True)):
            for other in self.around.ends:
                if abs(other.x - shape.x) < 0.5 and abs(other.y - shape.y) < 0.5:
                    found.append((other.angle, arrives or other.head, False))
                    mine.append(angles)
        return angle_cost(np.array(mine).reshape(-1, len(some.routes)), SharedEnds.of(found))


class _Measured(NamedTuple):
    """One edge of a trunk, and what it costs for its detour and nodes, for labels, and for how it meets its ends."""

    route: Route
    nodes: float
    boxes: float
    ends: float


def _at(point: Floats) -> Point:
    return (float(point[0]), float(point[1]))


def _framed(segments: Segments, one: Point, other: Point, room: float) -> Floats:
    """Return the segments near a stretch, in its frame: how far along it and how far beside each end is."""
    found = segments.near(_box_of(one, other), room)
    if not len(found):
        return found
    length = math.dist(one, other) or 1.0
    ux, uy = (other[0] - one[0]) / length, (other[1] - one[1]) / length
    x0, y0, x1, y1 = found.T
    x0, y0, x1, y1 = x0 - one[0], y0 - one[1], x1 - one[0], y1 - one[1]
    framed = np.column_stack([x0 * ux + y0 * uy, y0 * ux - x0 * uy, x1 * ux + y1 * uy, y1 * ux - x1 * uy])
    s0, t0, s1, t1 = framed.T
    beside = (np.minimum(t0, t1) < room) & (np.maximum(t0, t1) > -room)
    result: Floats = framed[beside & (np.maximum(s0, s1) > -room) & (np.minimum(s0, s1) < length + room)]
    return result


def _box_of(one: Point, other: Point) -> Rectangle:
    return (min(one[0], other[0]), min(one[1], other[1]), max(one[0], other[0]), max(one[1], other[1]))


def _meeting(near: Floats, one: Point, other: Point) -> float:
    """Return what it costs that a stretch crosses other edges and runs along them, given those in its frame."""
    if not len(near):
        return 0.0
    length = math.dist(one, other)
    s0, t0, s1, t1 = near.T
    rise, run = t1 - t0, s1 - s0
    safe = np.where(np.abs(rise) < 1e-9, 1.0, rise)
    crossing = s0 - t0 / safe * run
    crossed = ((t0 < 0) != (t1 < 0)) & (crossing >= 0) & (crossing < length)
    along, beside = _beside(near, length, (_CLOSE, _APART))
    # Three lines through one point are hard to tell apart, and so is a crossing where a trunk turns or branches.
    at = np.sort(crossing[crossed])
    crowded = int((np.diff(at) < _HEAD_ROOM).sum()) + int(((at < _TURN) | (at > length - _TURN)).sum())
    return _CROSSING * len(at) + _CROWD * crowded + _ALONG * along + _BESIDE_ANOTHER * beside


def _beside(near: Floats, length: float, rooms: tuple[float, float]) -> tuple[float, float]:
    """Return for how long edges lie nearer than each of two rooms to a stretch, where they run nearly the same way."""
    s0, t0, s1, t1 = near.T
    rise, run = t1 - t0, s1 - s0
    flat = np.abs(rise) < 1e-9
    safe = np.where(flat, 1.0, rise)
    room = np.array(rooms)[:, None]
    first, last = (np.minimum(np.maximum((side - t0) / safe, 0.0), 1.0) for side in (-room, room))
    first, last = np.where(flat, np.abs(t0) >= room, first), np.where(flat, 1.0, last)
    begins, ends = (np.minimum(np.maximum(s0 + share * run, 0.0), length) for share in (first, last))
    closer, farther = np.abs(ends - begins)[:, np.abs(run) > 1.7 * np.abs(rise)]
    return float(closer.sum()), float(farther.sum())
