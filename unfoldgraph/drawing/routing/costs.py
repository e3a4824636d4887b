"""What a route costs: detours, nodes and squares in the way, crossings, ends too close together."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from unfoldgraph.drawing.geometry import (
    Array,
    Point,
    crossings,
    distance_to_points,
    four,
    gaps_to,
    segment_box_gap,
    segments_of_line,
)
from unfoldgraph.drawing.routing.candidates import SQUARE, Request, Route

__all__ = [
    "FAULT",
    "HIT",
    "NEAR",
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
NEAR = 7.0
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


def shape_cost(request: Request, candidate: Route) -> float:
    """Detours and sharp turns."""
    points = candidate.points
    steps = points[1:] - points[:-1]
    lengths = np.hypot(steps[:, 0], steps[:, 1])
    direct = math.hypot(request.end.x - request.start.x, request.end.y - request.start.y)
    detour = max(float(lengths.sum()) - direct, 0.0)
    steps = steps[lengths > 1e-6]
    headings = np.arctan2(steps[:, 1], steps[:, 0])
    turns = np.abs((headings[1:] - headings[:-1] + math.pi) % (2 * math.pi) - math.pi) - _GENTLE
    kinks = float(turns[turns > 0].sum())
    side = bulge(candidate)
    apart = _APART if request.kin * side < 0.0 or (request.straight and side) else 0.0
    # Loops have their own scale of costs.
    return apart + (0.0 if direct < 1e-6 else (0.12 if request.squared else 0.45) * detour) + 60.0 * kinks


def bulge(route: Route) -> float:
    """How far a route bulges from the straight line between its ends, seen along it to the right if positive."""
    points = route.points
    chord = points[-1] - points[0]
    towards = points[1:-1] - points[0]
    sides = chord[0] * towards[:, 1] - chord[1] * towards[:, 0]
    farthest = float(sides[np.abs(sides).argmax()])
    # In whole units: a straight line bulges to neither side.
    return float(round(farthest / max(math.hypot(*chord), 1e-9)))


def node_cost(request: Request, candidate: Route, centres: Array, reaches: Array) -> float:
    """Return the cost of nodes: running through one is out of the question, running close to one is ugly."""
    points = candidate.points
    cost = 0.0
    low, high = points.min(0) - _ROOM, points.max(0) + _ROOM
    near = ((centres + reaches > low) & (centres - reaches < high)).all(1)
    for shape in (request.start, request.end):
        near &= (np.abs(centres - np.array([shape.x, shape.y])) >= 0.5).any(1)
    if near.any():
        # All nodes of a picture have one shape: in its scale they are circles.
        rx, ry = reaches[near].max(0)
        scale = np.array([1.0, rx / ry])
        gaps = distance_to_points(points * scale, centres[near] * scale) - reaches[near, 0]
        cost += HIT * float(((gaps < _CLEAR) * (1 + np.maximum(_CLEAR - gaps, 0) / 20)).sum())
        cost += float(np.clip(_ROOM - gaps[gaps >= _CLEAR], 0.0, None).sum()) * 1.2
    # It must not come back over its own ends either.
    for shape in (request.start, request.end):
        inner = points[1:-1] if len(points) > 3 else (points[:-1] + points[1:]) / 2
        inside = np.hypot((inner[:, 0] - shape.x) / shape.rx, (inner[:, 1] - shape.y) / shape.ry) < 0.98
        cost += HIT * float(inside.any())
    return cost


def box_cost(candidate: Route, boxes: Array, loose: bool = False) -> float:
    """Return the cost of labels that stand there already, as boxes (m, 4); loose ones can make way."""
    if not len(boxes):
        return 0.0
    points = candidate.points
    low, high = points.min(0) - _LABEL, points.max(0) + _LABEL
    near = (boxes[:, 2] > low[0]) & (boxes[:, 0] < high[0]) & (boxes[:, 3] > low[1]) & (boxes[:, 1] < high[1])
    segments = segments_of_line(points)
    touched = sum(float(segment_box_gap(segments, tuple(box)).min()) < _LABEL for box in boxes[near].tolist())
    return (_MOVED if loose else _TOUCHED) * touched


def angle_cost(candidate: Route, ends: list[tuple[bool, bool, bool, bool, Route]], fan: bool = False) -> float:
    """Edges at one node should leave and arrive well apart; those of a ``fan`` may come close."""
    cost = 0.0
    for out_source, in_source, out_target, in_target, other in ends:
        # Loops of one node nest, and may come home side by side.
        nested = out_source and in_source and out_target and in_target
        for shared, mine, theirs, head in (
            (out_source, candidate.leaves, other.leaves, False),
            (in_source, candidate.leaves, other.arrives, True),
            (out_target, candidate.arrives, other.leaves, True),
            (in_target, candidate.arrives, other.arrives, True),
        ):
            if shared:
                cost += end_cost(mine, theirs, head, nested, fan)
    return cost


def end_cost(mine: float, theirs: float, head: bool, nested: bool = False, fan: bool = False) -> float:
    """Two edges that meet one node at these angles; ``head`` says whether either arrives."""
    apart = math.degrees(abs(math.remainder(mine - theirs, 2 * math.pi)))
    if apart < (_ONE_HEAD if head else _ONE_POINT):
        return FAULT
    enough = (14.0 if nested else 24.0) if head else 7.0
    cost = 0.0
    if apart < enough:
        cost += (60.0 if head else 22.0) * (1 - apart / enough)
    if head and apart < 13:
        cost += 150.0
    return 0.1 * cost if fan else cost


def square_cost(
    request: Request,
    candidate: Route,
    centres: Array,
    reaches: Array,
    squares: list[Point],
    walls: Array,
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
    if len(walls):
        near = gaps_to(walls, np.array([(x, y)]))[0]
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


def crossing_cost(candidate: Route, walls: Array, squares: list[Point], offsets: tuple[Point, ...]) -> float:
    """Return the cost of running over the squares of others; ``offsets`` are those of its own copies."""
    points = candidate.points
    cost = 0.0
    if squares:
        gaps = distance_to_points(points, np.array(squares))
        cost += 300.0 * float((gaps < SQUARE * 0.7 + 3).sum()) + FAULT * float((gaps < SQUARE * 0.7).any())
    return cost + _CROSSING * crossings(points, _in_reach(points, walls, offsets))


def beside_cost(request: Request, candidate: Route, walls: Array, offsets: tuple[Point, ...]) -> float:
    """Return the cost of running alongside another edge so that the two look like one."""
    points = candidate.points
    lines = _in_reach(points, walls, offsets)
    samples = _resampled(points, 6.0)
    keep = np.ones(len(samples), bool)
    for shape in (request.start, request.end):
        keep &= np.hypot(samples[:, 0] - shape.x, samples[:, 1] - shape.y) > max(shape.rx, shape.ry) + 13
    samples = samples[keep]
    return NEAR * float((gaps_to(lines, samples).min(1) < _CLOSE).sum()) if len(samples) and len(lines) else 0.0


def _in_reach(points: Array, walls: Array, offsets: tuple[Point, ...]) -> Array:
    """Return the segments that come near the box of a polyline, its own copies among them."""
    own = segments_of_line(points)
    lines = np.concatenate([walls, *(own + four(offset) for offset in offsets)])
    low, high = points.min(0) - _CLOSE, points.max(0) + _CLOSE
    x, y = lines[:, 0::2], lines[:, 1::2]
    result: Array = lines[(x.max(1) > low[0]) & (x.min(1) < high[0]) & (y.max(1) > low[1]) & (y.min(1) < high[1])]
    return result


def head_cost(candidate: Route, walls: Array, heads: Array, offsets: tuple[Point, ...]) -> float:
    """Return the cost of running over an arrowhead or arriving under another edge; ``heads`` (m, 4) are under heads."""
    points = candidate.points
    own = points[-2:].reshape(1, 4)
    heads = np.concatenate([heads, *(own + four(offset) for offset in offsets)])
    low, high = points.min(0) - _HEAD_ROOM, points.max(0) + _HEAD_ROOM
    tips = heads[:, 2:]
    near = heads[((tips > low) & (tips < high)).all(1)]
    gaps = distance_to_points(points, _along(near)).reshape(len(_SHARES), -1) if len(near) else np.zeros((0, 0))
    cost = _UNDER * int((gaps < _HEAD_ROOM).sum())
    cost += FAULT * float((gaps < np.array(_TOUCHES)[:, None]).any()) if len(near) else 0.0
    low, high = np.minimum(own[0, :2], own[0, 2:]) - _HEAD_ROOM, np.maximum(own[0, :2], own[0, 2:]) + _HEAD_ROOM
    x, y = walls[:, 0::2], walls[:, 1::2]
    walls = walls[(x.max(1) > low[0]) & (x.min(1) < high[0]) & (y.max(1) > low[1]) & (y.min(1) < high[1])]
    if len(walls):
        mine = gaps_to(walls, _along(own)).min(1)
        cost += _UNDER * int((mine < _HEAD_ROOM).sum()) + FAULT * float((mine < _TOUCHES).any())
    return cost


def _along(heads: Array) -> Array:
    """Points along arrowheads: those at the first of the shares, then at the next."""
    necks, tips = heads[:, :2], heads[:, 2:]
    result: Array = np.concatenate([necks + share * (tips - necks) for share in _SHARES])
    return result


def _resampled(points: Array, spacing: float) -> Array:
    """Points every ``spacing`` units along a polyline."""
    lengths = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    at = np.arange(spacing / 2, along[-1], spacing)
    result: Array = np.column_stack([np.interp(at, along, points[:, 0]), np.interp(at, along, points[:, 1])])
    return result
