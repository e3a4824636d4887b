"""Where labels go: the first of many places, best first, at which nothing is touched."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from unfoldgraph.drawing.geometry import (
    Array,
    Point,
    Shape,
    boxes_apart,
    crossings,
    four,
    segment_box_gap,
    segments_of_line,
)
from unfoldgraph.drawing.ways import HEAD, Route

__all__ = ["Obstacles", "is_cut_off", "place_label"]

Box = tuple[float, float, float, float]

# Free space kept around every label: the rule asks for 1, the eye for more.
_MARGIN = 2.2
# Two labels need more between them, or they read as one.
_BETWEEN_LABELS = 4.0
_HALF_LINE = 0.7
_HALF_HEAD = 3.4
# A label nearer than this to another edge could be taken for its label.
_DISTINCT = 11.0
# What it costs that another edge runs between a label and its own.
_CUT_OFF, _BEFORE = 40.0, 1.5
# The sides and corners of a square.
_AROUND = ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (1, 1), (-1, -1), (-1, 1))


@dataclass(slots=True)
class Obstacles:
    """All that a label must not touch; grows as labels are placed.

    Attributes:
        shapes: Outlines of nodes.
        lines: Segments of edges (m, 4); ``owners`` has the key of the edge of each.
        heads: The segments under arrowheads.
        squares: Delay squares.
        boxes: Labels.
    """

    shapes: Sequence[Shape]
    lines: Array
    heads: Array
    squares: list[Box]
    owners: NDArray[np.int_]
    boxes: list[Box] = field(default_factory=list)

    def free(self, box: Box, margin: float = _MARGIN) -> bool:
        """Whether nothing comes within ``margin`` of the box."""
        if any(boxes_apart(box, other) < margin + _BETWEEN_LABELS for other in self.boxes):
            return False
        if any(boxes_apart(box, square) < margin for square in self.squares):
            return False
        for shape in self.shapes:
            if _shape_gap(shape, box) < margin + _HALF_LINE:
                return False
        for segments, room in ((self.lines, margin + _HALF_LINE), (self.heads, margin + _HALF_HEAD)):
            near = segments[_are_near(segments, box, room)]
            if len(near) and segment_box_gap(near, box).min() < room:
                return False
        return True

    def seen_from(self, shifts: Sequence[Point]) -> Obstacles:
        """What all the copies of a route, at each of ``shifts``, must not touch."""
        moves = [four(shift) for shift in shifts]
        return Obstacles(
            self.shapes,
            np.concatenate([self.lines - move for move in moves]),
            np.concatenate([self.heads - move for move in moves]),
            [_moved(box, -dx, -dy) for dx, dy in shifts for box in self.squares],
            np.concatenate([self.owners for _ in shifts]),
            [_moved(box, -dx, -dy) for dx, dy in shifts for box in self.boxes],
        )

    def doubt(self, key: int, box: Box) -> float:
        """How easily a label at ``box`` could be read as that of another edge than ``key``."""
        foreign = self.lines[_are_near(self.lines, box, _DISTINCT) & (self.owners != key)]
        gap = min(float(segment_box_gap(foreign, box).min()), _DISTINCT) if len(foreign) else _DISTINCT
        gap = min(gap, *(boxes_apart(box, other) for other in self.boxes)) if self.boxes else gap
        return 0.7 * max(_DISTINCT - gap, 0.0)


def _are_near(segments: Array, box: Box, room: float) -> NDArray[np.bool_]:
    """Which segments may come so near a box."""
    x, y = segments[:, 0::2], segments[:, 1::2]
    near: NDArray[np.bool_] = (
        (x.max(1) > box[0] - room)
        & (x.min(1) < box[2] + room)
        & (y.max(1) > box[1] - room)
        & (y.min(1) < box[3] + room)
    )
    return near


def _moved(box: Box, dx: float, dy: float) -> Box:
    return (box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy)


def _shape_gap(shape: Shape, box: Box) -> float:
    """A lower bound for the distance between an outline and a box outside it."""
    dx = max(box[0] - shape.x, shape.x - box[2], 0.0)
    dy = max(box[1] - shape.y, shape.y - box[3], 0.0)
    if shape.rx == shape.ry:
        return math.hypot(dx, dy) - shape.rx
    scaled = math.hypot(dx / shape.rx, dy / shape.ry)
    return (scaled - 1) * min(shape.rx, shape.ry)


def segments_of(route: Route) -> tuple[Array, Array]:
    """The segments of a route and the one under its arrowhead, as (m, 4) and (1, 4)."""
    segments = segments_of_line(route.points)
    return segments, segments[-1:]


def place_label(
    key: int,
    route: Route,
    size: tuple[float, float],
    obstacles: Obstacles,
    shifts: Sequence[Point],
    margin: float = _MARGIN,
    is_mark: bool = False,
) -> Point | None:
    """The upper left corner for a label of ``size`` beside a route; ``None`` if there is no free place.

    The label is repeated at each of ``shifts``, and so are the boxes it leaves behind. A mark says something of the
    square of the route, and stands close to that.
    """
    width, height = size
    best: tuple[float, Box] | None = None
    places = _marks(route, width, height) if is_mark else _places(route, width, height)
    for cost, x, y in sorted(places, key=lambda place: place[0]):
        if best is not None and cost >= best[0]:
            break
        box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        if not obstacles.free(box, margin):
            continue
        copies = [_moved(box, *shift) for shift in shifts]
        if any(boxes_apart(box, copy) < margin for copy, shift in zip(copies, shifts, strict=True) if any(shift)):
            continue
        cost += obstacles.doubt(key, box) + _CUT_OFF * is_cut_off(key, route, box, obstacles)
        if best is None or cost < best[0]:
            best = (cost, box)
    if best is None:
        return None
    box = best[1]
    obstacles.boxes.extend(_moved(box, *shift) for shift in shifts)
    return (box[0], box[1])


def is_cut_off(key: int, route: Route, box: Box, obstacles: Obstacles) -> bool:
    """Whether another edge runs between a label at ``box`` and its own edge, so that it reads as the label of that."""
    middle = np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2])
    if route.square is None:
        start, step = route.points[:-1], np.diff(route.points, axis=0)
        along = ((middle - start) * step).sum(1) / np.maximum((step**2).sum(1), 1e-12)
        nearest = start + np.clip(along, 0.0, 1.0)[:, None] * step
        foot = nearest[np.hypot(*(nearest - middle).T).argmin()]
    else:
        foot = np.array(route.square)
    # Copies of the edge lie on the edge itself, so what counts ends a little before it.
    away = middle - foot
    foot = foot + away * min(_BEFORE / max(float(np.hypot(*away)), 1e-9), 1.0)
    return crossings(np.array([middle, foot]), obstacles.lines[obstacles.owners != key]) > 0


def _marks(route: Route, width: float, height: float) -> Iterator[tuple[float, float, float]]:
    """Centres to try for a mark at the square of a route: inside the bend first, where no label of the edge stands."""
    assert route.square is not None
    x, y = route.square
    half = route.side / 2
    points = route.points
    inward = (points[0][0] + points[-1][0]) / 2 - x, (points[0][1] + points[-1][1]) / 2 - y
    for gap in (3.0, 2.6, 4.5, 6.5):
        for dx, dy in _AROUND:
            cost = 2.0 * abs(gap - 3.0) + (3.0 if dx and dy else 0.0)
            cost += 0.0 if dx * inward[0] + dy * inward[1] > 0 else 4.0
            yield cost, x + dx * (half + gap + width / 2), y + dy * (half + gap + height / 2)


def _places(route: Route, width: float, height: float) -> Iterator[tuple[float, float, float]]:
    """Centres to try with what they cost."""
    half = route.side / 2
    points = route.points
    if route.square is not None:
        x, y = route.square
        # Outside the bend first: away from where the ends of the edge are.
        inward_x = (points[0][0] + points[-1][0]) / 2 - x
        inward_y = (points[0][1] + points[-1][1]) / 2 - y
        for gap in (5.0, 3.5, 8.0, 11.0):
            for dx, dy in _AROUND:
                cx, cy = (
                    x + dx * (half + gap + width / 2),
                    y + dy * (half + gap + height / 2),
                )
                inward = dx * inward_x + dy * inward_y > abs(inward_x * 0.2) + abs(inward_y * 0.2)
                yield (
                    0.6 * abs(gap - 5) + (6 if inward else 0) + (3 if dx and dy else 0) + (2 if not dx else 0),
                    cx,
                    cy,
                )
    lengths = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    middle = (points[0] + points[-1]) / 2
    # The middle of what is seen: without the arrowhead.
    total = float(along[-1]) - HEAD
    for fraction in (
        0.5,
        0.45,
        0.55,
        0.4,
        0.6,
        0.35,
        0.65,
        0.3,
        0.7,
        0.25,
        0.75,
        0.2,
        0.8,
        0.15,
        0.85,
    ):
        at = fraction * total
        n = max(0, min(int(np.searchsorted(along, at)) - 1, len(points) - 2))
        t = (at - along[n]) / max(lengths[n], 1e-9)
        px, py = points[n] + t * (points[n + 1] - points[n])
        tx, ty = (points[n + 1] - points[n]) / max(lengths[n], 1e-9)
        for sign in (1, -1):
            nx, ny = -ty * sign, tx * sign
            # Outside a bend; right of verticals, above the rest.
            bulge = (px - middle[0]) * nx + (py - middle[1]) * ny
            good = bulge > 0 if abs(bulge) > 8 else nx > 0 if abs(nx) > 0.75 else ny < 0
            for gap in (4.5, 3.2, 6.5, 9.0, 13.0):
                reach = abs(nx) * width / 2 + abs(ny) * height / 2 + gap
                cost = 14 * abs(fraction - 0.5) + 0.8 * abs(gap - 4.5) + (0 if good else 2.6)
                cost += 20 if route.square is not None else 0
                yield cost, float(px + nx * reach), float(py + ny * reach)
