"""Where labels go: the best of many places at which nothing is touched, and that are clearly beside their own edge."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np
from numpy.typing import NDArray

from unfoldgraph.drawing.geometry import (
    Array,
    Outline,
    Point,
    Rectangle,
    boxes_apart,
    crossings,
    four,
    segment_box_gap,
    segments_of_line,
)
from unfoldgraph.drawing.routing.candidates import HEAD, Route

__all__ = ["Obstacles", "place_label", "place_row"]


# Free space kept around every label: the rule asks for 1, the eye for more.
_MARGIN = 2.2
# Two labels need more between them, or they read as one.
_BETWEEN_LABELS = 4.0
_HALF_LINE = 0.7
_HALF_HEAD = 3.4
# A label nearer than this to another edge could be taken for its label.
_DISTINCT = 11.0
# A label is nearer than to any other edge to its own, by so much and so many times; all a little more than one sees.
_NEARER, _TIMES = 4.6, 1.65
# Labels nearer to each other than this have an edge between them.
_TOGETHER = 16.5
# What it costs that a label reads as that of another edge.
_UNCLEAR = 60.0
# Where along an edge its label is tried, from the middle on, and how far beside it.
_FRACTIONS = (0.5, *(0.5 + sign * n / 20 for n in range(1, 8) for sign in (-1, 1)))
_GAPS = (4.5, 3.2, 6.5, 9.0, 13.0)
# What it costs to be at the end, not in the middle, and on the other side.
_ALONG, _WRONG_SIDE = 14.0, 2.6
# Points along an edge at which the height of a label is looked at.
_SAMPLES = 60
# The sides and corners of a square.
_AROUND = ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (1, 1), (-1, -1), (-1, 1))


@dataclass(slots=True)
class Obstacles:
    """All that a label must not touch; grows as labels are placed.

    Attributes
    ----------
    shapes : Outlines of nodes.
    lines : Segments of edges (m, 4); ``owners`` has the key of the edge of each.
    heads : The segments under arrowheads.
    squares : Delay squares, each with the key of its edge.
    boxes : Labels, each with the key of its edge.
    """

    shapes: Sequence[Outline]
    lines: Array
    heads: Array
    squares: list[tuple[int, Rectangle]]
    owners: NDArray[np.int_]
    boxes: list[tuple[int, Rectangle]] = field(default_factory=list)

    def free(self, box: Rectangle, margin: float = _MARGIN) -> bool:
        """Whether nothing comes within ``margin`` of the box."""
        if any(boxes_apart(box, other) < margin + _BETWEEN_LABELS for _, other in self.boxes):
            return False
        if any(boxes_apart(box, square) < margin for _, square in self.squares):
            return False
        for shape in self.shapes:
            if _shape_gap(shape, box) < margin + _HALF_LINE:
                return False
        for segments, room in ((self.lines, margin + _HALF_LINE), (self.heads, margin + _HALF_HEAD)):
            near = segments[_are_near(segments, box, room)]
            if len(near) and segment_box_gap(near, box).min() < room:
                return False
        return True

    def seen_from(self, shifts: Sequence[Point], keys: Sequence[int] = ()) -> Obstacles:
        """Return what all the copies of a route, at each of ``shifts``, must not touch.

        ``keys`` are those of the copies, if they are drawn: on the route itself each is that of the first.
        """
        moves = [four(shift) for shift in shifts]
        renamed = [{keys[0]: -1, key: keys[0]} for key in keys] or [{} for _ in shifts]
        owners = []
        for names in renamed:
            owners.append(self.owners.copy())
            for name, seen in names.items():
                owners[-1][self.owners == name] = seen
        squares, boxes = (
            [
                (names.get(key, key), _moved(box, -dx, -dy))
                for (dx, dy), names in zip(shifts, renamed, strict=True)
                for key, box in some
            ]
            for some in (self.squares, self.boxes)
        )
        return Obstacles(
            self.shapes,
            np.concatenate([self.lines - move for move in moves]),
            np.concatenate([self.heads - move for move in moves]),
            squares,
            np.concatenate(owners),
            boxes,
        )

    def doubt(self, own: Collection[int], box: Rectangle) -> float:
        """How easily a label at ``box`` could be read as that of another edge than its own."""
        foreign = self.lines[_are_near(self.lines, box, _DISTINCT) & ~np.isin(self.owners, list(own))]
        gap = min(float(segment_box_gap(foreign, box).min()), _DISTINCT) if len(foreign) else _DISTINCT
        gap = min([gap, *(boxes_apart(box, other) for _, other in self.boxes)])
        return 0.7 * max(_DISTINCT - gap, 0.0) + _UNCLEAR * self.is_unclear(own, box)

    def is_unclear(self, own: Collection[int], box: Rectangle) -> bool:
        """Whether a label at ``box`` reads as that of another edge than its own.

        It does where another edge is nearly as near, and beside the label of another if no edge stands between them.
        """
        is_own = np.isin(self.owners, list(own))
        gaps = [boxes_apart(box, square) for key, square in self.squares if key in own]
        gap = min([float(segment_box_gap(self.lines[is_own], box).min()) if is_own.any() else math.inf, *gaps])
        room = max(gap + _NEARER, gap * _TIMES)
        foreign = self.lines[_are_near(self.lines, box, room) & ~is_own]
        if len(foreign) and segment_box_gap(foreign, box).min() < room:
            return True
        if any(boxes_apart(box, square) < room for key, square in self.squares if key not in own):
            return True
        return any(
            key not in own
            and boxes_apart(box, other) < _TOGETHER
            and not crossings(np.array([_middle(box), _middle(other)]), self.lines)
            for key, other in self.boxes
        )


def _middle(box: Rectangle) -> Point:
    return ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)


def _are_near(segments: Array, box: Rectangle, room: float) -> NDArray[np.bool_]:
    """Which segments may come so near a box."""
    x, y = segments[:, 0::2], segments[:, 1::2]
    near: NDArray[np.bool_] = (
        (x.max(1) > box[0] - room)
        & (x.min(1) < box[2] + room)
        & (y.max(1) > box[1] - room)
        & (y.min(1) < box[3] + room)
    )
    return near


def _moved(box: Rectangle, dx: float, dy: float) -> Rectangle:
    return (box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy)


def _shape_gap(shape: Outline, box: Rectangle) -> float:
    """Return a lower bound for the distance between an outline and a box outside it."""
    dx = max(box[0] - shape.x, shape.x - box[2], 0.0)
    dy = max(box[1] - shape.y, shape.y - box[3], 0.0)
    if shape.rx == shape.ry:
        return math.hypot(dx, dy) - shape.rx
    scaled = math.hypot(dx / shape.rx, dy / shape.ry)
    return (scaled - 1) * min(shape.rx, shape.ry)


def segments_of(route: Route) -> tuple[Array, Array]:
    """Return the segments of a route and the one under its arrowhead, as (m, 4) and (1, 4)."""
    segments = segments_of_line(route.points)
    return segments, segments[-1:]


def place_label(
    own: Sequence[int],
    route: Route,
    size: tuple[float, float],
    obstacles: Obstacles,
    shifts: Sequence[Point],
    margin: float = _MARGIN,
    is_mark: bool = False,
    at: float = 0.5,
) -> Point | None:
    """Return the upper left corner for a label of ``size`` beside a route; ``None`` if there is no free place.

    ``own`` are the keys of its edge, first, and of those that share a line with it. The label is repeated at each of
    ``shifts``, and so are the boxes it leaves behind. A mark says something of the square of the route, and stands
    close to that; without a square a label stands best ``at`` some share of the length.
    """
    width, height = size
    best: tuple[float, Rectangle] | None = None
    places = _marks(route, width, height) if is_mark else _places(route, width, height, at)
    for cost, x, y in sorted(places, key=lambda place: place[0]):
        if best is not None and cost >= best[0]:
            break
        box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        if not _is_free(box, obstacles, shifts, margin):
            continue
        cost += obstacles.doubt(own, box)
        if best is None or cost < best[0]:
            best = (cost, box)
    if best is None:
        return None
    box = best[1]
    _put(own[0], box, obstacles, shifts)
    return (box[0], box[1])


def place_row(
    fan: Sequence[tuple[int, Route, tuple[float, float]]],
    feet: Sequence[float],
    obstacles: Obstacles,
    shifts: Sequence[Point],
    margin: float,
) -> list[Point] | None:
    """Return the upper left corners for the labels of edges that fan out, all at one height; ``None`` if none is free.

    ``fan`` has the key, the route and the size of the label of each, ``feet`` where the node is that they share: the
    labels stand outside, those of edges on the left to the left of them.
    """
    highest = max(float(route.points[:, 1].min()) for _, route, _ in fan)
    lowest = min(float(route.points[:, 1].max()) for _, route, _ in fan)
    best: tuple[float, list[Rectangle]] | None = None
    known = len(obstacles.boxes)
    for fraction in _FRACTIONS:
        y = highest + fraction * (lowest - highest)
        total, boxes = _ALONG * abs(fraction - 0.5), list[Rectangle]()
        at = [_x_at(route, y) - foot for (_, route, _), foot in zip(fan, feet, strict=True)]
        for n, (key, route, size) in enumerate(fan):
            found: tuple[float, Rectangle] | None = None
            side = at[n] - (sum(at) - at[n]) / (len(at) - 1)
            for cost, box in _at_height(route, size, y, side):
                if (found is None or cost < found[0]) and _is_free(box, obstacles, shifts, margin):
                    if obstacles.is_unclear([key], box):
                        continue
                    cost += obstacles.doubt([key], box)
                    if found is None or cost < found[0]:
                        found = cost, box
            if found is None:
                break
            total += found[0]
            boxes.append(found[1])
            _put(key, found[1], obstacles, shifts)
        del obstacles.boxes[known:]
        if len(boxes) == len(fan) and (best is None or total < best[0]):
            best = total, boxes
    if best is None:
        return None
    for (key, _, _), box in zip(fan, best[1], strict=True):
        _put(key, box, obstacles, shifts)
    return [(box[0], box[1]) for box in best[1]]


def _x_at(route: Route, y: float) -> float:
    """Where a route is at a height, or nearest to it."""
    return float(route.points[np.abs(route.points[:, 1] - y).argmin(), 0])


def _at_height(route: Route, size: tuple[float, float], y: float, side: float) -> Iterator[tuple[float, Rectangle]]:
    """Boxes to try with their centres at a height, beside a route, with what they cost: on one side first."""
    width, height = size
    points = _between(route.points)
    tangents = np.gradient(points, axis=0)
    tangents /= np.maximum(np.hypot(*tangents.T), 1e-9)[:, None]
    for sign, gap in product((1.0, -1.0), _GAPS[:3]):
        normals = np.column_stack([-tangents[:, 1], tangents[:, 0]]) * sign
        reach = np.abs(normals[:, 0]) * width / 2 + np.abs(normals[:, 1]) * height / 2 + gap
        centres = points + normals * reach[:, None]
        above = centres[:, 1] < y
        for n in np.flatnonzero(above[1:] != above[:-1]).tolist():
            (x0, y0), (x1, y1) = centres[n].tolist(), centres[n + 1].tolist()
            x = x0 + (x1 - x0) * (y - y0) / (y1 - y0)
            is_good = (x - float(points[n, 0])) * side >= 0
            cost = 0.8 * abs(gap - _GAPS[0]) + (0.0 if is_good else _WRONG_SIDE)
            yield cost, (x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def _between(points: Array) -> Array:
    """Points along a polyline, close together, without its arrowhead."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    at = np.linspace(0.0, float(along[-1]) - HEAD, _SAMPLES)
    result: Array = np.column_stack([np.interp(at, along, points[:, 0]), np.interp(at, along, points[:, 1])])
    return result


def _is_free(box: Rectangle, obstacles: Obstacles, shifts: Sequence[Point], margin: float) -> bool:
    """Whether a label and its copies touch nothing, nor each other."""
    return obstacles.free(box, margin) and not any(
        boxes_apart(box, _moved(box, *shift)) < margin for shift in shifts if any(shift)
    )


def _put(key: int, box: Rectangle, obstacles: Obstacles, shifts: Sequence[Point]) -> None:
    """Leave a label and its copies behind."""
    obstacles.boxes.extend((-1 if any(shift) else key, _moved(box, *shift)) for shift in shifts)


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


def _places(route: Route, width: float, height: float, best: float) -> Iterator[tuple[float, float, float]]:
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
    for fraction in dict.fromkeys((best, *_FRACTIONS)):
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
            for gap in _GAPS:
                reach = abs(nx) * width / 2 + abs(ny) * height / 2 + gap
                cost = _ALONG * abs(fraction - best) + 0.8 * abs(gap - _GAPS[0]) + (0 if good else _WRONG_SIDE)
                cost += 20 if route.square is not None else 0
                yield cost, float(px + nx * reach), float(py + ny * reach)
