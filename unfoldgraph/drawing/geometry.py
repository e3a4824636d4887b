"""Plane geometry for routes and labels: paths of lines and cubics, outlines, distances.

Coordinates are units of the view box, y downward. Distances are measured on
polylines (`Path.points`), NumPy arrays of shape (n, 2).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "TIP",
    "Floats",
    "Outline",
    "Path",
    "Point",
    "Rectangle",
    "boxes_apart",
    "crossings",
    "distance_to_points",
    "four",
    "gaps_to",
    "paired_gaps",
    "polylines",
    "segment_box_gap",
    "segments_of_line",
]

Floats = NDArray[np.float64]
Point = tuple[float, float]
# A line has two points, a cubic four.
Segment = tuple[Point, ...]
Rectangle = tuple[float, float, float, float]

#: The tip of an arrow touches the outline, half of whose stroke lies outside the shape.
TIP = 0.7

_SAMPLES = 12
# A path is cut at one of so many points of a segment.
_CUTS = 64
_PARAMETERS = np.linspace(0.0, 1.0, _SAMPLES + 1)[1:, None]
# A row for each sample: what the four control points of a cubic weigh there.
_BERNSTEIN = np.hstack(
    [
        (1 - _PARAMETERS) ** 3,
        3 * _PARAMETERS * (1 - _PARAMETERS) ** 2,
        3 * _PARAMETERS**2 * (1 - _PARAMETERS),
        _PARAMETERS**3,
    ]
)


@dataclass(frozen=True, slots=True)
class Outline:
    """The outline of a node: an ellipse around (x, y), or a rectangle."""

    x: float
    y: float
    rx: float
    ry: float
    is_box: bool = False

    def reach(self, angle: float) -> float:
        """Return the distance from the centre to the outline in direction ``angle``."""
        if self.is_box:
            return min(self.rx / max(abs(math.cos(angle)), 1e-9), self.ry / max(abs(math.sin(angle)), 1e-9))
        if self.rx == self.ry:
            return self.rx
        return self.rx * self.ry / math.hypot(self.ry * math.cos(angle), self.rx * math.sin(angle))

    def at(self, angle: float, beyond: float = 0.0) -> Point:
        """Return the point of the outline in direction ``angle``, or ``beyond`` units outside it."""
        reach = self.reach(angle) + beyond
        return (self.x + reach * math.cos(angle), self.y + reach * math.sin(angle))

    def moved(self, dx: float, dy: float = 0.0) -> Outline:
        """Return the same outline, elsewhere."""
        return Outline(self.x + dx, self.y + dy, self.rx, self.ry, self.is_box)


@dataclass(frozen=True, slots=True)
class Path:
    """Lines and cubics, end to end; where a segment does not begin at the last end, the pen is lifted."""

    segments: tuple[Segment, ...]

    def points(self) -> Floats:
        """Return the path as a polyline."""
        return polylines([self])[0]

    def moved(self, dx: float, dy: float = 0.0) -> Path:
        """Return the same path, elsewhere."""
        return Path(tuple(tuple((x + dx, y + dy) for x, y in segment) for segment in self.segments))

    def mirrored(self) -> Path:
        """Return the same path, mirrored across the diagonal from lower left to upper right."""
        return Path(tuple(tuple((-y, -x) for x, y in segment) for segment in self.segments))

    def clipped(self, low: float, high: float) -> Path:
        """Return the part of the path whose x lies between ``low`` and ``high``; it may be empty."""
        kept: list[Segment] = []
        for segment in self.segments:
            cuts = [0.0, *_x_crossings(segment, low), *_x_crossings(segment, high), 1.0]
            cuts.sort()
            for start, end in pairwise(cuts):
                if end - start > 1e-9 and low <= _at(segment, (start + end) / 2)[0] <= high:
                    kept.append(_part(segment, start, end))
        return Path(tuple(kept))

    def cut(self, at: Point) -> tuple[Path, Path]:
        """Return the parts of the path before and after its point that is nearest to ``at``."""
        tries = [
            (math.dist(_at(segment, k / _CUTS), at), n, k / _CUTS)
            for n, segment in enumerate(self.segments)
            for k in range(_CUTS + 1)
        ]
        _, n, t = min(tries)
        before, after = _split(self.segments[n], t)
        head, tail = (before,) if t else (), (after,) if t < 1 else ()
        return Path((*self.segments[:n], *head)), Path((*tail, *self.segments[n + 1 :]))

    def commands(self) -> list[tuple[str, tuple[Point, ...]]]:
        """Return the path as M, L and C with absolute points."""
        result: list[tuple[str, tuple[Point, ...]]] = []
        pen: Point | None = None
        for segment in self.segments:
            if pen is None or math.dist(pen, segment[0]) > 1e-6:
                result.append(("M", (segment[0],)))
            result.append(("L" if len(segment) == 2 else "C", segment[1:]))
            pen = segment[-1]
        return result


def polylines(paths: Sequence[Path]) -> tuple[Floats, list[int]]:
    """Return paths as polylines, one after the other, and how many points each has."""
    # Numbers are listed one by one: arrays of nested tuples take longer to make than all the rest.
    corners: list[float] = []
    controls: list[float] = []
    corner_rows: list[int] = []
    cubic_rows: list[int] = []
    ends = [0]
    row = 0
    for path in paths:
        corners += path.segments[0][0]
        corner_rows.append(row)
        row += 1
        for segment in path.segments:
            if len(segment) == 2:
                corners += segment[1]
                corner_rows.append(row)
                row += 1
            else:
                for point in segment:
                    controls += point
                cubic_rows.append(row)
                row += _SAMPLES
        ends.append(row)
    found = np.empty((row, 2))
    found[corner_rows] = np.array(corners).reshape(-1, 2)
    samples = _BERNSTEIN @ np.array(controls).reshape(-1, 4, 2)
    found[np.array(cubic_rows, int)[:, None] + np.arange(_SAMPLES)] = samples
    return found, [after - before for before, after in pairwise(ends)]


def four(shift: Point) -> Floats:
    """Return what is added to boxes and segments (m, 4) to move them."""
    return np.array([*shift, *shift])


def _at(segment: Segment, t: float) -> Point:
    """Return the point of a segment at parameter ``t``, by de Casteljau."""
    points = list(segment)
    while len(points) > 1:
        points = [_mix(a, b, t) for a, b in pairwise(points)]
    return points[0]


def _mix(a: Point, b: Point, t: float) -> Point:
    return (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t)


def _split(segment: Segment, t: float) -> tuple[Segment, Segment]:
    """Return the two halves of a segment cut at ``t``."""
    points = list(segment)
    left, right = [points[0]], [points[-1]]
    while len(points) > 1:
        points = [_mix(a, b, t) for a, b in pairwise(points)]
        left.append(points[0])
        right.append(points[-1])
    return tuple(left), tuple(reversed(right))


def _part(segment: Segment, start: float, end: float) -> Segment:
    """Return the piece of a segment between two parameters."""
    head = _split(segment, end)[0] if end < 1 else segment
    return _split(head, start / end)[1] if start > 0 else head


def _x_crossings(segment: Segment, x: float) -> list[float]:
    """Parameters at which a segment crosses the vertical at ``x``, by bisection between samples."""
    found: list[float] = []
    steps = 1 if len(segment) == 2 else 24
    before = _at(segment, 0.0)[0] - x
    for n in range(1, steps + 1):
        after = _at(segment, n / steps)[0] - x
        if before * after < 0:
            low, high = (n - 1) / steps, n / steps
            for _ in range(50):
                middle = (low + high) / 2
                if (_at(segment, middle)[0] - x) * before > 0:
                    low = middle
                else:
                    high = middle
            found.append((low + high) / 2)
        before = after
    return found


def segments_of_line(line: Floats) -> Floats:
    """Return the segments of a polyline, as (m, 4): x0 y0 x1 y1."""
    result: Floats = np.hstack([line[:-1], line[1:]])
    return result


def gaps_to(segments: Floats, points: Floats) -> Floats:
    """Return the distance of each of some points (n, 2) from each segment (m, 4), as (n, m)."""
    return paired_gaps(segments, points[:, None])


def paired_gaps(segments: Floats, points: Floats) -> Floats:
    """Return the distance of each point (..., 2) from the segment (..., 4) that it is paired with."""
    # Most of the time of a picture is spent here, so x and y are apart: sums over an axis of two are slow.
    x0, y0, x1, y1 = np.ascontiguousarray(segments.T)
    dx, dy = x1 - x0, y1 - y0
    squared = np.maximum(dx * dx + dy * dy, 1e-12)
    x, y = points[..., 0] - x0, points[..., 1] - y0
    t = x * dx
    t += y * dy
    t /= squared
    np.maximum(t, 0.0, out=t)
    np.minimum(t, 1.0, out=t)
    x -= t * dx
    y -= t * dy
    x *= x
    y *= y
    x += y
    result: Floats = np.sqrt(x, out=x)
    return result


def distance_to_points(line: Floats, centres: Floats) -> Floats:
    """Return the distance of a polyline from each of the points ``centres`` (m, 2)."""
    result: Floats = gaps_to(segments_of_line(line), centres).min(1)
    return result


def crossings(line: Floats, others: Floats) -> int:
    """How often a polyline crosses the segments ``others`` (m, 4: x0 y0 x1 y1)."""
    if not len(others):
        return 0
    px, py = np.ascontiguousarray(line[:-1].T)[:, :, None]
    qx, qy = np.ascontiguousarray(line[1:].T)[:, :, None]
    ax, ay, bx, by = np.ascontiguousarray(others.T)
    abx, aby, pqx, pqy = bx - ax, by - ay, qx - px, qy - py
    pax, pay = px - ax, py - ay
    side_p = abx * pay - aby * pax
    side_q = abx * (qy - ay) - aby * (qx - ax)
    side_a = pqy * pax - pqx * pay
    side_b = pqx * (by - py) - pqy * (bx - px)
    # A point on the other line counts as beyond it: a crossing at a corner is one, neither none nor two.
    return int((((side_p < 0) != (side_q < 0)) & ((side_a < 0) != (side_b < 0))).sum())


def segment_box_gap(segments: Floats, box: Rectangle | Floats) -> Floats:
    """Return the distance of each segment (m, 4) from a box, or each from its own (4, m); 0 where they touch.

    A segment and a box that do not meet are nearest at a corner of the box or at
    an end of the segment; they meet when the segment survives clipping to the box.
    """
    left, top, right, bottom = box
    x0, y0, x1, y1 = np.ascontiguousarray(segments.T)
    dx, dy = x1 - x0, y1 - y0
    low, high = np.zeros(len(segments)), np.ones(len(segments))
    for start, step, lower, upper in ((x0, dx, left, right), (y0, dy, top, bottom)):
        flat = np.abs(step) < 1e-9
        safe = np.where(flat, 1.0, step)
        t0, t1 = (lower - start) / safe, (upper - start) / safe
        inside = (start >= lower) & (start <= upper)
        low = np.maximum(low, np.where(flat, np.where(inside, 0.0, 2.0), np.minimum(t0, t1)))
        high = np.minimum(high, np.where(flat, np.where(inside, 1.0, -1.0), np.maximum(t0, t1)))
    ends = np.minimum(_point_box_gap(x0, y0, box), _point_box_gap(x1, y1, box))
    squared = np.maximum(dx * dx + dy * dy, 1e-12)
    for x, y in ((left, top), (right, top), (left, bottom), (right, bottom)):
        across, along = x - x0, y - y0
        t = np.minimum(np.maximum((across * dx + along * dy) / squared, 0.0), 1.0)
        ends = np.minimum(ends, np.hypot(across - t * dx, along - t * dy))
    result: Floats = np.where(low <= high, 0.0, ends)
    return result


def _point_box_gap(x: Floats, y: Floats, box: Rectangle | Floats) -> Floats:
    dx = np.maximum(np.maximum(box[0] - x, x - box[2]), 0.0)
    dy = np.maximum(np.maximum(box[1] - y, y - box[3]), 0.0)
    result: Floats = np.hypot(dx, dy)
    return result


def boxes_apart(one: Rectangle, other: Rectangle) -> float:
    """Return the distance between two boxes; 0 where they touch."""
    dx = max(other[0] - one[2], one[0] - other[2], 0.0)
    dy = max(other[1] - one[3], one[1] - other[3], 0.0)
    return math.hypot(dx, dy)
