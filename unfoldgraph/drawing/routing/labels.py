"""Where labels go: the best of many places at which nothing is touched, and that are clearly beside their own edge."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np
from numpy.typing import NDArray

from unfoldgraph.drawing.geometry import (
    Floats,
    Outline,
    Point,
    Rectangle,
    boxes_apart,
    crossings,
    four,
)
from unfoldgraph.drawing.routing.candidates import HEAD, Route
from unfoldgraph.drawing.routing.obstacles import Segments

__all__ = ["LabelObstacles", "place_label", "place_row"]


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
# At so many places that is looked at first.
_AT_ONCE = 4
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
class LabelObstacles:
    """All that a label must not touch; grows as labels are placed.

    Attributes
    ----------
    shapes : Outlines of nodes.
    lines : Segments of edges; ``owners`` has the key of the edge of each.
    heads : The segments under arrowheads.
    squares : Delay squares, each with the key of its edge.
    boxes : Labels, each with the key of its edge.
    """

    shapes: Sequence[Outline]
    lines: Segments
    heads: Segments
    squares: list[tuple[int, Rectangle]]
    owners: NDArray[np.int_]
    boxes: list[tuple[int, Rectangle]] = field(default_factory=list)

    def are_free(self, boxes: Floats, margin: float = _MARGIN) -> NDArray[np.bool_]:
        """Say of each of some boxes (n, 4) whether nothing comes within ``margin`` of it."""
        free = np.ones(len(boxes), bool)
        for gaps, room in (
            (_apart(boxes[:, None], _boxes_of(self.boxes)), margin + _BETWEEN_LABELS),
            (_apart(boxes[:, None], _boxes_of(self.squares)), margin),
            (_shape_gaps(self.shapes, boxes), margin + _HALF_LINE),
        ):
            free &= (gaps >= room).all(1)
        for segments, room in ((self.lines, margin + _HALF_LINE), (self.heads, margin + _HALF_HEAD)):
            free[free] = segments.gaps(boxes[free], room) >= room
        return free

    def seen_from(self, shifts: Sequence[Point], keys: Sequence[int] = ()) -> LabelObstacles:
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
        return LabelObstacles(
            self.shapes,
            Segments(np.concatenate([self.lines.ends - move for move in moves])),
            Segments(np.concatenate([self.heads.ends - move for move in moves])),
            squares,
            np.concatenate(owners),
            boxes,
        )

    def doubts(self, own: Collection[int], boxes: Floats, unclear: NDArray[np.bool_]) -> Floats:
        """Return how easily a label at each of some boxes could be read as that of another edge than its own."""
        _, foreign = self._own_and_foreign(own)
        gaps = np.minimum(foreign.gaps(boxes, _DISTINCT), _DISTINCT)
        labels = _boxes_of(self.boxes)
        # A little farther than counts: what counts is the distance as it is measured here.
        for n, m in np.argwhere(_apart(boxes[:, None], labels) < _DISTINCT + 0.01).tolist():
            gaps[n] = min(gaps[n], boxes_apart(_box(boxes[n]), _box(labels[m])))
        return 0.7 * np.maximum(_DISTINCT - gaps, 0.0) + _UNCLEAR * unclear

    def are_unclear(self, own: Collection[int], boxes: Floats) -> NDArray[np.bool_]:
        """Say of each of some boxes whether a label there reads as that of another edge than its own.

        It does where another edge is nearly as near, and beside the label of another if no edge stands between them.
        """
        mine, foreign = self._own_and_foreign(own)
        gaps = mine.gaps(boxes, math.inf)
        own_squares, squares = ([one for one in self.squares if (one[0] in own) is is_own] for is_own in (True, False))
        gaps = np.minimum(gaps, _apart(boxes[:, None], _boxes_of(own_squares)).min(1, initial=math.inf))
        rooms = np.maximum(gaps + _NEARER, gaps * _TIMES)
        unclear: NDArray[np.bool_] = foreign.gaps(boxes, rooms) < rooms
        unclear |= (_apart(boxes[:, None], _boxes_of(squares)) < rooms[:, None]).any(1)
        labels = _boxes_of([one for one in self.boxes if one[0] not in own])
        for n, m in np.argwhere((_apart(boxes[:, None], labels) < _TOGETHER) & ~unclear[:, None]).tolist():
            unclear[n] = unclear[n] or not self._is_between(_middle(boxes[n]), _middle(labels[m]))
        return unclear

    def _own_and_foreign(self, own: Collection[int]) -> tuple[Segments, Segments]:
        """Return the segments of some edges, and those of all others."""
        is_own = np.logical_or.reduce([self.owners == key for key in own])
        return self.lines.picked(is_own), self.lines.picked(~is_own)

    def _is_between(self, one: Point, other: Point) -> bool:
        """Say whether any edge stands between two points."""
        (x0, x1), (y0, y1) = sorted((one[0], other[0])), sorted((one[1], other[1]))
        return crossings(np.array([one, other]), self.lines.near((x0, y0, x1, y1), 1.0)) > 0


def _boxes_of(written: Sequence[tuple[int, Rectangle]]) -> Floats:
    """Return boxes that have keys, as (m, 4)."""
    return np.array([box for _, box in written], float).reshape(-1, 4)


def _box(row: Floats) -> Rectangle:
    x0, y0, x1, y1 = row.tolist()
    return (x0, y0, x1, y1)


def _middle(row: Floats) -> Point:
    x0, y0, x1, y1 = row.tolist()
    return ((x0 + x1) / 2, (y0 + y1) / 2)


def _apart(boxes: Floats, others: Floats) -> Floats:
    """Return the distance of each box (…, 4) from its other, 0 where they touch; of (n, 1, 4) from each of (m, 4)."""
    gaps = np.maximum(np.maximum(others[..., :2] - boxes[..., 2:], boxes[..., :2] - others[..., 2:]), 0.0)
    result: Floats = np.hypot(gaps[..., 0], gaps[..., 1])
    return result


def _moved(box: Rectangle, dx: float, dy: float) -> Rectangle:
    return (box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy)


def _shape_gaps(shapes: Sequence[Outline], boxes: Floats) -> Floats:
    """Return a lower bound for the distance between each box and each outline that it is outside of, as (n, m)."""
    x, y, rx, ry = np.array([(shape.x, shape.y, shape.rx, shape.ry) for shape in shapes]).reshape(-1, 4).T
    dx = np.maximum(np.maximum(boxes[:, :1] - x, x - boxes[:, 2:3]), 0.0)
    dy = np.maximum(np.maximum(boxes[:, 1:2] - y, y - boxes[:, 3:]), 0.0)
    result: Floats = np.where(rx == ry, np.hypot(dx, dy) - rx, (np.hypot(dx / rx, dy / ry) - 1) * np.minimum(rx, ry))
    return result


def place_label(
    own: Sequence[int],
    route: Route,
    size: tuple[float, float],
    obstacles: LabelObstacles,
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
    places = _marks(route, *size) if is_mark else _places(route, *size, at)
    costs, x, y = np.array(sorted(places, key=lambda place: place[0])).T
    found = _cheapest(costs, _around(x, y, size), own, obstacles, shifts, margin)
    if found is None:
        return None
    box = found[1]
    _put(own[0], box, obstacles, shifts)
    return (box[0], box[1])


def _around(x: Floats, y: Floats, size: tuple[float, float]) -> Floats:
    """Return the boxes of a size around some points, as (n, 4)."""
    width, height = size
    return np.column_stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2])


def _cheapest(
    costs: Floats,
    boxes: Floats,
    own: Collection[int],
    obstacles: LabelObstacles,
    shifts: Sequence[Point],
    margin: float,
    is_clear: bool = False,
) -> tuple[float, Rectangle] | None:
    """Return the cheapest of some boxes that are free, and what it costs; None without any.

    Each costs what is told and how easily it is misread, at which only those are looked that may still be the
    cheapest, more and more at once; only those that are clear, if they are to be.
    """
    waiting = np.flatnonzero(_are_free(boxes, obstacles, shifts, margin))
    best: tuple[float, Rectangle] | None = None
    many = _AT_ONCE
    while len(waiting):
        some, waiting = waiting[:many], waiting[many:]
        many *= 2
        unclear = obstacles.are_unclear(own, boxes[some])
        if is_clear:
            some, unclear = some[~unclear], unclear[~unclear]
        totals = costs[some] + obstacles.doubts(own, boxes[some], unclear)
        for n in np.flatnonzero(totals == totals.min(initial=math.inf))[:1].tolist():
            if best is None or totals[n] < best[0]:
                best = float(totals[n]), _box(boxes[some[n]])
        if best is not None:
            waiting = waiting[costs[waiting] < best[0]]
    return best


def place_row(
    fan: Sequence[tuple[int, Route, tuple[float, float]]],
    feet: Sequence[float],
    obstacles: LabelObstacles,
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
        total, row = _ALONG * abs(fraction - 0.5), list[Rectangle]()
        at = [_x_at(route, y) - foot for (_, route, _), foot in zip(fan, feet, strict=True)]
        for n, (key, route, size) in enumerate(fan):
            side = at[n] - (sum(at) - at[n]) / (len(at) - 1)
            costs, x = np.array([*_at_height(route, size, y, side)]).reshape(-1, 2).T
            boxes = _around(x, np.full(len(x), y), size)
            found = _cheapest(costs, boxes, [key], obstacles, shifts, margin, is_clear=True)
            if found is None:
                break
            total += found[0]
            row.append(found[1])
            _put(key, found[1], obstacles, shifts)
        del obstacles.boxes[known:]
        if len(row) == len(fan) and (best is None or total < best[0]):
            best = total, row
    if best is None:
        return None
    for (key, _, _), box in zip(fan, best[1], strict=True):
        _put(key, box, obstacles, shifts)
    return [(box[0], box[1]) for box in best[1]]


def _x_at(route: Route, y: float) -> float:
    """Where a route is at a height, or nearest to it."""
    return float(route.points[np.abs(route.points[:, 1] - y).argmin(), 0])


def _at_height(route: Route, size: tuple[float, float], y: float, side: float) -> Iterator[tuple[float, float]]:
    """Yield what it costs, and where, to be beside a route with the centre at a height: on one side first."""
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
            yield cost, x


def _between(points: Floats) -> Floats:
    """Points along a polyline, close together, without its arrowhead."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    at = np.linspace(0.0, float(along[-1]) - HEAD, _SAMPLES)
    result: Floats = np.column_stack([np.interp(at, along, points[:, 0]), np.interp(at, along, points[:, 1])])
    return result


def _are_free(boxes: Floats, obstacles: LabelObstacles, shifts: Sequence[Point], margin: float) -> NDArray[np.bool_]:
    """Say of labels whether they and their copies touch nothing, nor each other."""
    free = obstacles.are_free(boxes, margin)
    for shift in filter(any, shifts):
        free &= _apart(boxes, boxes + four(shift)) >= margin
    return free


def _put(key: int, box: Rectangle, obstacles: LabelObstacles, shifts: Sequence[Point]) -> None:
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
    # The middle of what is seen: without the arrowhead.
    total = float(along[-1]) - HEAD
    # Numbers of Python from here on: one by one they are faster.
    stretches, reached, line = lengths.tolist(), along.tolist(), points.tolist()
    (first_x, first_y), (last_x, last_y) = line[0], line[-1]
    middle_x, middle_y = (first_x + last_x) / 2, (first_y + last_y) / 2
    for fraction in dict.fromkeys((best, *_FRACTIONS)):
        at = fraction * total
        n = max(0, min(bisect_left(reached, at) - 1, len(line) - 2))
        (x0, y0), (x1, y1), length = line[n], line[n + 1], max(stretches[n], 1e-9)
        t = (at - reached[n]) / length
        px, py = x0 + t * (x1 - x0), y0 + t * (y1 - y0)
        tx, ty = (x1 - x0) / length, (y1 - y0) / length
        for sign in (1, -1):
            nx, ny = -ty * sign, tx * sign
            # Outside a bend; right of verticals, above the rest.
            bulge = (px - middle_x) * nx + (py - middle_y) * ny
            good = bulge > 0 if abs(bulge) > 8 else nx > 0 if abs(nx) > 0.75 else ny < 0
            for gap in _GAPS:
                reach = abs(nx) * width / 2 + abs(ny) * height / 2 + gap
                cost = _ALONG * abs(fraction - best) + 0.8 * abs(gap - _GAPS[0]) + (0 if good else _WRONG_SIDE)
                cost += 20 if route.square is not None else 0
                yield cost, px + nx * reach, py + ny * reach
