"""Trunks: how what is read by a whole row or column, or reads one, is led along it.

All edges of one link that leave one node, or arrive at one, share a line beside the nodes and branch off it, as
wires do. Alone they would run around the nodes between them in as many arcs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from unfoldgraph.drawing.costs import HIT, box_cost, end_cost, head_cost, line_cost, node_cost
from unfoldgraph.drawing.geometry import Array, Path, Point, Segment, Shape
from unfoldgraph.drawing.routing import Surroundings
from unfoldgraph.drawing.ways import HEAD, TIP, Request, Route, corner

__all__ = ["Trunk", "is_in_the_way", "rounded", "trunk_of"]

# How far a trunk runs from the outlines of the nodes, and how steep it leaves and joins them.
_BESIDE = (13.0, 19.0, 25.0, 31.0)
_SLANTS = (0.9, 0.45)
_ROUND = 13.0
# The costs are worked out for so many of the edges, from the first to the last.
_TRIED = 4
_IMPOSSIBLE = 1e9


@dataclass(frozen=True, slots=True)
class Trunk:
    """One way to lead all edges.

    Attributes:
        kind: Which way it turns: ``"h"`` along the row of the target, ``"H"`` along that of the source, ``"v"``
            and ``"V"`` along their columns, ``"Hv"`` and ``"Vh"`` along both.
        first, second: How far it runs beside them.
        slant: How steep it joins the nodes.
    """

    kind: str
    first: float
    second: float
    slant: float

    def corners(self, start: Shape, end: Shape) -> list[Point] | None:
        """Return the corners of the route of one edge; None where it would have to turn back."""
        right = math.copysign(1.0, end.x - start.x)
        down = math.copysign(1.0, end.y - start.y)
        slant, first, second = self.slant, self.first, self.second
        if self.kind in "hH":
            y = (end if self.kind == "h" else start).y + first
            points = [
                (start.x + right * slant * abs(y - start.y), y),
                (end.x - right * slant * abs(y - end.y), y),
            ]
            if (points[1][0] - points[0][0]) * right < 4.0:
                return None
        elif self.kind in "vV":
            x = (end if self.kind == "v" else start).x + first
            points = [
                (x, start.y + down * slant * abs(x - start.x)),
                (x, end.y - down * slant * abs(x - end.x)),
            ]
            if (points[1][1] - points[0][1]) * down < 4.0:
                return None
        elif self.kind == "Hv":
            x, y = end.x + second, start.y + first
            right, down = math.copysign(1.0, x - start.x), math.copysign(1.0, end.y - y)
            points = [(start.x + right * slant * abs(first), y), (x, y), (x, end.y - down * slant * abs(second))]
            if (x - points[0][0]) * right < 4.0 or (points[2][1] - y) * down < 4.0:
                return None
        else:
            x, y = start.x + first, end.y + second
            right, down = math.copysign(1.0, end.x - x), math.copysign(1.0, y - start.y)
            points = [(x, start.y + down * slant * abs(first)), (x, y), (end.x - right * slant * abs(second), y)]
            if (y - points[0][1]) * down < 4.0 or (points[2][0] - x) * right < 4.0:
                return None
        return points

    def route(self, start: Shape, end: Shape, radius: float = _ROUND) -> Route | None:
        """Return the route of one edge, its corners rounded; None where it would have to turn back."""
        points = self.corners(start, end)
        return None if points is None else rounded(start, end, points, radius)


def rounded(start: Shape, end: Shape, points: Sequence[Point], radius: float) -> Route:
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


def _towards(point: Point, other: Point, by: float) -> Point:
    share = by / max(math.dist(point, other), 1e-9)
    return (point[0] + share * (other[0] - point[0]), point[1] + share * (other[1] - point[1]))


def is_in_the_way(pairs: Sequence[tuple[Shape, Shape]], shapes: Sequence[Shape]) -> bool:
    """Say whether any node stands on the straight line between some others."""
    centres = np.array([(shape.x, shape.y) for shape in shapes])
    for start, end in pairs:
        ends = np.array([(start.x, start.y), (end.x, end.y)])
        step = ends[1] - ends[0]
        share = np.clip(((centres - ends[0]) @ step) / max(float(step @ step), 1e-9), 0.0, 1.0)
        gaps = np.hypot(*(centres - ends[0] - share[:, None] * step).T)
        others = (np.abs(centres[:, None] - ends[None]).max(2) > 0.5).all(1)
        if (gaps[others] < max(start.rx, start.ry) + 3.0).any():
            return True
    return False


def trunk_of(pairs: Sequence[tuple[Shape, Shape]], around: Surroundings) -> Trunk | None:
    """Return the trunk that disturbs least what is drawn already; None where each runs through a node."""
    centres = np.array([(shape.x, shape.y) for shape in around.shapes])
    reaches = np.array([(shape.rx, shape.ry) for shape in around.shapes])
    lines = np.concatenate([np.zeros((0, 4)), *around.fixed])
    count = min(_TRIED, len(pairs))
    tried = [pairs[n * (len(pairs) - 1) // max(count - 1, 1)] for n in range(count)]
    best: tuple[float, Trunk] | None = None
    for cost, trunk in sorted(_trunks(pairs), key=lambda item: item[0]):
        if best is not None and cost >= best[0]:
            break
        for start, end in tried:
            if best is not None and cost >= best[0]:
                break
            # Round corners cost time, and change nothing.
            route = trunk.route(start, end, 0.0)
            limit = math.inf if best is None else best[0] - cost
            cost += _IMPOSSIBLE if route is None else _cost(start, end, route, around, centres, reaches, lines, limit)
        if best is None or cost < best[0]:
            best = cost, trunk
    if best is None or best[0] >= _IMPOSSIBLE:
        return None
    for start, end in pairs:
        route = best[1].route(start, end, 0.0)
        if route is None or node_cost(Request(0, "", "", start, end, 0.0, ()), route, centres, reaches) >= HIT:
            return None
    return best[1]


def _trunks(pairs: Sequence[tuple[Shape, Shape]]) -> Iterator[tuple[float, Trunk]]:
    """Yield the trunks there could be, each with what it costs by itself."""
    start, _ = pairs[0]
    across = [sign * (start.rx + by) for by in _BESIDE for sign in (1, -1)]
    along = [sign * (start.ry + by) for by in _BESIDE for sign in (1, -1)]
    level = all(abs(start.y - end.y) < 0.5 for start, end in pairs)
    upright = all(abs(start.x - end.x) < 0.5 for start, end in pairs)
    for slant in _SLANTS:
        steep = 6.0 * (0.9 - slant)
        for kind in ("h",) if level else ("h", "H"):
            yield from ((steep + 0.3 * abs(by), Trunk(kind, by, 0.0, slant)) for by in along)
        for kind in ("v",) if upright else ("v", "V"):
            yield from ((steep + 0.3 * abs(by), Trunk(kind, by, 0.0, slant)) for by in across)
        if not (level or upright):
            # Of two turns there are so many that only every other is tried.
            for one, other in product((*along[:2], *along[4:6]), (*across[:2], *across[4:6])):
                cost = 20.0 + steep + 0.3 * (abs(one) + abs(other))
                yield cost, Trunk("Hv", one, other, slant)
                yield cost, Trunk("Vh", other, one, slant)


def _cost(
    start: Shape, end: Shape, route: Route, around: Surroundings, centres: Array, reaches: Array, lines: Array,
    limit: float,
) -> float:  # fmt: skip
    """Return what one edge of a trunk costs among what is drawn already; over the limit the rest is not worked out."""
    request = Request(0, "", "", start, end, 0.0, ())
    cost = node_cost(request, route, centres, reaches)
    if cost >= min(limit, HIT):
        return cost
    cost += box_cost(route, around.boxes)
    if cost < limit:
        cost += head_cost(route, lines, around.heads, ())
    if cost >= limit:
        return cost
    for shape, angle, arrives in ((start, route.leaves, False), (end, route.arrives, True)):
        for other in around.ends:
            if abs(other.x - shape.x) < 0.5 and abs(other.y - shape.y) < 0.5:
                cost += end_cost(angle, other.angle, arrives or other.head)
    return cost + line_cost(request, route, lines, [], (), limit - cost)
