"""What a route costs: detours, nodes and squares in the way, crossings, ends too close together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unfoldgraph.drawing.geometry import Floats, Point, crossings, four, gaps_to, paired_gaps, segment_box_gap
from unfoldgraph.drawing.routing.candidates import SQUARE, Candidates, Request, Route
from unfoldgraph.drawing.routing.obstacles import Segments

__all__ = [
    "FAULT",
    "HIT",
    "SharedEnds",
    "angle_cost",
    "beside_cost",
    "box_cost",
    "bulge",
    "crossing_cost",
    "end_cost",
    "head_cost",
    "nest_cost",
    "node_cost",
    "shape_cost",
    "square_cost",
]

#: Running through a node.
HIT = 4000.0
#: What makes a picture wrong, not only ugly: two edges that meet a node at one point, or one over an arrowhead.
FAULT = 1500.0
# An edge keeps this far from the outline of a node that is not its end.
_CLEAR = 6.0
# It keeps this far from a label, its arrowhead too.
_LABEL, _TOUCHED, _MOVED = 5.0, 700.0, 5.0
# Nearer than this it is ugly.
_ROOM = 14.0
# Turns between two samples of a curve that look smooth, in radians.
_GENTLE = 0.35
_CROSSING, _CLOSE = 22.0, 5.0
#: What it costs at each of the points of an edge, six units apart, to run alongside another.
_NEAR = 7.0
# What it costs to run on another side than the kin, or around where they run straight.
_APART = 120.0
# An arrowhead keeps this far from other edges; what a touched point of it costs.
_HEAD_ROOM, _UNDER = 4.8, 60.0
# Where along an arrowhead, from its neck to its tip, that is measured, and how near another line would touch it.
_SHARES = (0.2, 0.5, 0.75, 1.0)
_TOUCHES = (3.6, 2.7, 1.9, 1.1)
# How much farther apart two squares are that have both a label and a mark.
_MARKED = 14.0
# Angles between two ends that are one point, if either arrives and if both leave, in degrees.
_ONE_HEAD, _ONE_POINT = 8.0, 5.5

# The cosine between the directions of squares on one side of a node, and what a label between two of them keeps free.
_ONE_SIDE, _BESIDE_LABEL = 0.9, 14.0


def shape_cost(request: Request, some: Candidates) -> Floats:
    """Detours and sharp turns."""
    direct = math.hypot(request.end.x - request.start.x, request.end.y - request.start.y)
    detours = np.maximum(some.sums(some.lengths, some.owners) - direct, 0.0)
    moves = some.lengths > 1e-6
    steps, owners = some.steps[moves], some.owners[moves]
    headings = np.arctan2(steps[:, 1], steps[:, 0])
    turns = np.abs((headings[1:] - headings[:-1] + math.pi) % (2 * math.pi) - math.pi) - _GENTLE
    sharp = (turns > 0) & (owners[1:] == owners[:-1])
    kinks = some.sums(turns[sharp], owners[1:][sharp])
    # Loops have their own scale of costs.
    scale = 0.0 if direct < 1e-6 else 0.12 if request.squared else 0.45
    return _side_cost(request, some) + scale * detours + 60.0 * kinks


def _side_cost(request: Request, some: Candidates) -> Floats:
    """Return the cost of bulging to another side than the kin, or at all where they are straight."""
    if not (request.kin or request.straight):
        return np.zeros(len(some.routes))
    sides = np.array([bulge(route) for route in some.routes])
    return np.where((request.kin * sides < 0.0) | (request.straight & (sides != 0.0)), _APART, 0.0)


def bulge(route: Route) -> float:
    """How far a route bulges from the straight line between its ends, seen along it to the right if positive."""
    points = route.points
    chord = points[-1] - points[0]
    towards = points[1:-1] - points[0]
    sides = chord[0] * towards[:, 1] - chord[1] * towards[:, 0]
    farthest = float(sides[np.abs(sides).argmax()])
    # In whole units: a straight line bulges to neither side.
    return float(round(farthest / max(math.hypot(*chord), 1e-9)))


def node_cost(request: Request, some: Candidates, centres: Floats, reaches: Floats) -> Floats:
    """Return the cost of nodes: running through one is out of the question, running close to one is ugly."""
    low, high = some.low[:, None] - _ROOM, some.high[:, None] + _ROOM
    near: NDArray[np.bool_] = np.logical_and.reduce((centres + reaches > low) & (centres - reaches < high), axis=2)
    for shape in (request.start, request.end):
        near &= (np.abs(centres - np.array([shape.x, shape.y])) >= 0.5).any(1)
    costs = np.zeros(len(some.routes))
    if near.any():
        met = near.any(0)
        near, centres, reaches = near[:, met], centres[met], reaches[met]
        # All nodes of a picture have one shape: in its scale they are circles.
        rx, ry = reaches.max(0)
        scale = np.array([1.0, rx / ry])
        segments, centres = some.segments * np.tile(scale, 2), centres * scale
        node, segment = Segments(segments).pairs(np.tile(centres, 2), reaches[:, 0] + _ROOM)
        gaps = np.full(near.shape, np.inf)
        np.minimum.at(gaps, (some.owners[segment], node), paired_gaps(segments[segment], centres[node]))
        gaps -= reaches[:, 0]
        for n in np.flatnonzero((near & (gaps < _ROOM)).any(1)):
            costs[n] = _closeness(gaps[n, near[n]])
    # It must not come back over its own ends either.
    inner = [line[1:-1] if len(line) > 3 else (line[:-1] + line[1:]) / 2 for line in some.lines]
    begins = np.cumsum([0, *map(len, inner[:-1])])
    x, y = np.concatenate(inner).T
    for shape in (request.start, request.end):
        inside = np.hypot((x - shape.x) / shape.rx, (y - shape.y) / shape.ry) < 0.98
        costs += HIT * np.logical_or.reduceat(inside, begins)
    return costs


def _closeness(gaps: Floats) -> float:
    """Return what it costs to be so far from some nodes."""
    hits = (gaps < _CLEAR) * (1 + np.maximum(_CLEAR - gaps, 0) / 20)
    close = np.maximum(_ROOM - gaps[gaps >= _CLEAR], 0.0)
    return HIT * float(hits.sum()) + float(close.sum()) * 1.2


def box_cost(some: Candidates, boxes: Floats, loose: bool = False) -> Floats:
    """Return the cost of labels that stand there already, as boxes (m, 4); loose ones can make way."""
    touched = np.zeros((len(boxes), len(some.routes)), bool)
    if len(boxes):
        box, segment = Segments(some.segments).pairs(boxes, _LABEL)
        met = segment_box_gap(some.segments[segment], boxes[box].T) < _LABEL
        touched[box[met], some.owners[segment[met]]] = True
    result: Floats = (_MOVED if loose else _TOUCHED) * touched.sum(0)
    return result


class SharedEnds(NamedTuple):
    """Ends of other edges at a node of one.

    Attributes
    ----------
    angles : At which each meets the node.
    heads : Whether either arrives, it or the edge.
    nested : Whether both are loops of one node, which nest and may come home side by side.
    """

    angles: Floats
    heads: NDArray[np.bool_]
    nested: NDArray[np.bool_]

    @classmethod
    def of(cls, found: Sequence[tuple[float, bool, bool]]) -> SharedEnds:
        """Return some ends."""
        angles, heads, nested = np.array(found, float).reshape(-1, 3).T
        return cls(angles, heads > 0, nested > 0)


def angle_cost(mine: Floats, ends: SharedEnds, fan: bool = False) -> Floats:
    """Edges at one node should leave and arrive well apart; those of a ``fan`` may come close.

    ``mine`` are the angles at which candidates meet it, as (n,), or for each of the ends, as (m, n).
    """
    costs = np.zeros(mine.shape[-1])
    # One after the other: between ways that cost the same the last bit decides.
    for cost in end_cost(mine, ends.angles[:, None], ends.heads[:, None], ends.nested[:, None], fan):
        costs += cost
    return costs


def end_cost(
    mine: Floats, theirs: Floats, heads: NDArray[np.bool_], nested: NDArray[np.bool_] | bool = False, fan: bool = False
) -> Floats:
    """Two edges that meet one node at these angles; ``heads`` says whether either arrives."""
    turns = mine - theirs
    apart = np.degrees(np.abs(turns - 2 * math.pi * np.rint(turns / (2 * math.pi))))
    enough = np.where(heads, np.where(nested, 14.0, 24.0), 7.0)
    costs = np.where(apart < enough, np.where(heads, 60.0, 22.0) * (1 - apart / enough), 0.0)
    costs += np.where(heads & (apart < 13), 150.0, 0.0)
    result: Floats = np.where(apart < np.where(heads, _ONE_HEAD, _ONE_POINT), FAULT, 0.1 * costs if fan else costs)
    return result


def square_cost(
    request: Request,
    candidate: Route,
    centres: Floats,
    reaches: Floats,
    squares: list[Point],
    walls: Segments,
) -> float:
    """Return the cost of a square that does not stand free of nodes, of other squares, and of other edges."""
    if candidate.square is None:
        return 0.0
    x, y = candidate.square
    points = candidate.points
    # A square at the very end of an edge looks like part of the node or of the arrowhead.
    cost = 250.0 * float(math.dist((x, y), points[-1]) < 17) + 250.0 * float(math.dist((x, y), points[0]) < 12)
    half = candidate.side * 0.7
    gaps = np.hypot(centres[:, 0] - x, centres[:, 1] - y) - reaches.max(1)
    cost += 600.0 * float((gaps < half + 4).sum())
    for other in squares:
        gap = max(abs(other[0] - x), abs(other[1] - y))
        # Two squares side by side need room for a label between them, and for a mark if they have marks too.
        is_beside = abs(other[1] - y) < 16
        enough = 43.0 if (request.labelled or request.mark) and is_beside else 30.0
        enough += _MARKED if request.labelled and request.mark and is_beside else 0.0
        enough += (candidate.side - SQUARE) / 2
        if gap < enough:
            cost += 8.0 * (enough - gap) * (1.0 if abs(other[1] - y) < 16 else 0.6)
    lines = walls.near((x, y, x, y), max(half + 4, 24))
    if len(lines):
        near = gaps_to(lines, np.array([(x, y)]))[0]
        cost += 40.0 * float((near < half + 4).any())
        if request.labelled or request.mark:
            cost += 14.0 * float(((near >= half + 4) & (near < 24)).any())
    return cost


def nest_cost(request: Request, candidate: Route, loops: Sequence[tuple[Request, Point]]) -> float:
    """Loops of one node nest on each side, with room for the label of the inner one; each of ``loops`` has a square."""
    if candidate.square is None:
        return 0.0
    cost = 0.0
    x, y = candidate.square[0] - request.start.x, candidate.square[1] - request.start.y
    for other, square in loops:
        u, v = square[0] - request.start.x, square[1] - request.start.y
        if x * u + y * v < _ONE_SIDE * math.hypot(x, y) * math.hypot(u, v):
            continue
        beyond = math.hypot(x, y) - math.hypot(u, v)
        inner = other
        if request.nest < other.nest:
            beyond, inner = -beyond, request
        enough = inner.room + SQUARE + _BESIDE_LABEL
        cost += FAULT if beyond <= 0 else 8.0 * max(enough - beyond, 0.0) if inner.room else 0.0
    return cost


def crossing_cost(candidate: Route, walls: Segments, squares: list[Point], offsets: tuple[Point, ...]) -> float:
    """Return the cost of running over the squares of others; ``offsets`` are those of its own copies."""
    cost = 0.0
    if squares:
        gaps = gaps_to(candidate.segments, np.array(squares)).min(1)
        cost += 300.0 * float((gaps < SQUARE * 0.7 + 3).sum()) + FAULT * float((gaps < SQUARE * 0.7).any())
    return cost + _CROSSING * crossings(candidate.points, _in_reach(candidate, walls, offsets))


def beside_cost(request: Request, candidate: Route, walls: Segments, offsets: tuple[Point, ...]) -> float:
    """Return the cost of running alongside another edge so that the two look like one."""
    lines = _in_reach(candidate, walls, offsets)
    samples = _resampled(candidate.points, 6.0)
    keep = np.ones(len(samples), bool)
    for shape in (request.start, request.end):
        keep &= np.hypot(samples[:, 0] - shape.x, samples[:, 1] - shape.y) > max(shape.rx, shape.ry) + 13
    samples = samples[keep]
    return _NEAR * float((gaps_to(lines, samples).min(1) < _CLOSE).sum()) if len(samples) and len(lines) else 0.0


def _in_reach(candidate: Route, walls: Segments, offsets: tuple[Point, ...]) -> Floats:
    """Return the segments that come near the box of a polyline, its own copies among them."""
    near = walls.near(candidate.box, _CLOSE)
    if not offsets:
        return near
    copies = Segments(np.concatenate([candidate.segments + four(offset) for offset in offsets]))
    result: Floats = np.concatenate([near, copies.near(candidate.box, _CLOSE)])
    return result


def head_cost(candidate: Route, walls: Segments, heads: Floats, offsets: tuple[Point, ...]) -> float:
    """Return the cost of running over an arrowhead or arriving under another edge; ``heads`` (m, 4) are under heads."""
    own = candidate.segments[-1:]
    heads = np.concatenate([heads, *(own + four(offset) for offset in offsets)])
    x0, y0, x1, y1 = candidate.box
    x, y = heads[:, 2], heads[:, 3]
    near = heads[(x > x0 - _HEAD_ROOM) & (x < x1 + _HEAD_ROOM) & (y > y0 - _HEAD_ROOM) & (y < y1 + _HEAD_ROOM)]
    cost = 0.0
    if len(near):
        gaps = gaps_to(candidate.segments, _along(near)).min(1).reshape(len(_SHARES), -1)
        cost += _UNDER * int((gaps < _HEAD_ROOM).sum())
        cost += FAULT * float((gaps < np.array(_TOUCHES)[:, None]).any())
    (x0, y0), (x1, y1) = np.sort(own.reshape(2, 2), axis=0).tolist()
    under = walls.near((x0, y0, x1, y1), _HEAD_ROOM)
    if len(under):
        mine = gaps_to(under, _along(own)).min(1)
        cost += _UNDER * int((mine < _HEAD_ROOM).sum()) + FAULT * float((mine < _TOUCHES).any())
    return cost


def _along(heads: Floats) -> Floats:
    """Points along arrowheads: those at the first of the shares, then at the next."""
    necks, tips = heads[:, :2], heads[:, 2:]
    result: Floats = (necks + np.array(_SHARES)[:, None, None] * (tips - necks)).reshape(-1, 2)
    return result


def _resampled(points: Floats, spacing: float) -> Floats:
    """Points every ``spacing`` units along a polyline."""
    lengths = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    at = np.arange(spacing / 2, along[-1], spacing)
    result: Floats = np.column_stack([np.interp(at, along, points[:, 0]), np.interp(at, along, points[:, 1])])
    return result
