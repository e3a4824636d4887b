"""Ways through a finished picture: upright and level lines that bend seldom and meet nothing but what they cross.

The picture is a maze on a grid of lines through its nodes. All ways from below are found at once: for each of four
directions a cost at every crossing of the grid, improved by sweeps along whole rows and columns until none changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from unfoldgraph.drawing.geometry import Floats, Point, gaps_to, segments_of_line
from unfoldgraph.drawing.routing.candidates import HEAD

__all__ = ["DIRECTIONS", "PICTURE", "UNREACHED", "Field", "Maze", "grid_lines"]

PICTURE = ""
"""The owner of the lines that are there before any is led."""
Flags = NDArray[np.bool_]
Costs = NDArray[np.int64]
#: How a way arrives, as steps of x and y: up, down, to the left, to the right.
DIRECTIONS = ((0, -1), (0, 1), (-1, 0), (1, 0))
#: The cost of what no way leads to; costs are whole numbers, so that equal ones are equal.
UNREACHED = 1 << 40
_WALL = 1 << 44
# What a unit of length costs, a bend, to cross a line, and at each crossing of the grid to run beside one.
_UNIT, _BEND, _CROSSING, _ALONGSIDE = 4, 80, 56, 10
# How far ways keep from nodes, labels, arrowheads, and lines that run along them.
_FROM_NODES, _FROM_LABELS, _FROM_HEADS, _FROM_LINES = 6.0, 3.8, 6.4, 5.4
# Nearer than this to a line of the picture a way runs beside it.
_BESIDE = 10.5
# A line runs along a way unless it leans at least so much: less would be a slow crossing.
_LEAN = 0.81
# Ways bend no more often than twice this: what bends oftener is no help to a reader.
_ROUNDS = 4


def grid_lines(places: Sequence[float], low: float, high: float, step: float) -> Floats:
    """Return lines from ``low`` to ``high`` through some places, between each and the next about a step apart.

    >>> grid_lines([0.0, 10.0], 0.0, 14.0, 4.5).tolist()
    [0.0, 5.0, 10.0, 14.0]
    """
    known = [low]
    for place in sorted(places):
        if place - known[-1] > 1.0 and place < high:
            known.append(place)
    known.append(high)
    parts = [np.linspace(a, b, max(1, round((b - a) / step)), endpoint=False) for a, b in pairwise(known)]
    found: Floats = np.concatenate([*parts, [high]])
    return found


@dataclass(slots=True)
class _Walls:
    """What some lines leave no way for.

    Attributes
    ----------
    upright, level : Where a way may not run up or down, or to a side, for a line runs along it.
    bends : Where it may not bend.
    own : Where the lines themselves run.
    over, across : What the step to a crossing costs more from above or below it, and from a side.
    """

    upright: Flags
    level: Flags
    bends: Flags
    own: Flags
    over: Costs
    across: Costs

    @classmethod
    def none(cls, shape: tuple[int, int]) -> _Walls:
        """Return those of no lines."""
        upright, level, bends, own = (np.zeros(shape, bool) for _ in range(4))
        return cls(upright, level, bends, own, np.zeros(shape, np.int64), np.zeros(shape, np.int64))


class Maze:
    """A picture, and the lines that are led through it, each of an owner whose lines may run on each other."""

    def __init__(self, xs: Floats, ys: Floats) -> None:
        self.xs, self.ys = xs, ys
        self._shape = len(ys), len(xs)
        self.solid = np.zeros(self._shape, bool)
        self._walls: dict[str, _Walls] = {}

    def add_node(self, x: float, y: float, rx: float, ry: float) -> None:
        """Have ways keep from a node."""
        reach_x, reach_y = rx + _FROM_NODES, ry + _FROM_NODES
        rows, columns = self._window(x - reach_x, y - reach_y, x + reach_x, y + reach_y)
        across, along = (self.xs[columns] - x) / reach_x, (self.ys[rows] - y) / reach_y
        self.solid[rows, columns] |= across[None] ** 2 + along[:, None] ** 2 < 1.0

    def add_box(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """Have ways keep from a label or a square."""
        rows, columns = self._window(x0 - _FROM_LABELS, y0 - _FROM_LABELS, x1 + _FROM_LABELS, y1 + _FROM_LABELS)
        self.solid[rows, columns] = True

    def add_line(self, points: Floats, owner: str, has_head: bool) -> None:
        """Have ways keep from running along a line, except from one of the same owner, on which they may run."""
        walls = self._walls.setdefault(owner, _Walls.none(self._shape))
        for segment in segments_of_line(points):
            rows, columns, gaps = self._gaps(segment, _BESIDE)
            near = gaps < _FROM_LINES
            width, height = abs(segment[2] - segment[0]), abs(segment[3] - segment[1])
            # Lines that are led run in bundles.
            alongside = _ALONGSIDE * (gaps < _BESIDE) * (owner == PICTURE)
            if width < _LEAN * height:
                walls.upright[rows, columns] |= near
                walls.over[rows, columns] += alongside
            if height < _LEAN * width:
                walls.level[rows, columns] |= near
                walls.across[rows, columns] += alongside
            walls.bends[rows, columns] |= near
            walls.own[rows, columns] |= gaps < 0.05
            _cross(segment, self.xs, self.ys, walls.over)
            _cross(segment[[1, 0, 3, 2]], self.ys, self.xs, walls.across.T)
        if has_head:
            tip, back = points[-1], points[-2] - points[-1]
            neck = tip + back * min(1.0, HEAD / max(float(np.hypot(*back)), 1e-9))
            rows, columns, gaps = self._gaps(np.array([*neck, *tip]), _FROM_HEADS)
            self.solid[rows, columns] |= gaps < _FROM_HEADS

    def field(self, owner: str) -> Field:
        """Return all ways from below for the lines of an owner."""
        upright, level, bends = self.solid.copy(), self.solid.copy(), self.solid.copy()
        over, across = np.zeros(self._shape, np.int64), np.zeros(self._shape, np.int64)
        for name, walls in self._walls.items():
            free = walls.own if name == owner else np.zeros(self._shape, bool)
            upright |= walls.upright & ~free
            level |= walls.level & ~free
            bends |= walls.bends & ~free
            if name != owner:
                over += walls.over
                across += walls.across
        return Field(self, upright, level, bends, over, across)

    def is_solid(self, points: Floats) -> Flags:
        """Say of each point (..., 2) whether a way there would meet a node, a label, a square or an arrowhead."""
        columns = _nearest(self.xs, points[..., 0])
        rows = _nearest(self.ys, points[..., 1])
        found: Flags = self.solid[rows, columns]
        return found

    def _window(self, x0: float, y0: float, x1: float, y1: float) -> tuple[slice, slice]:
        (left, right), (top, bottom) = np.searchsorted(self.xs, (x0, x1)), np.searchsorted(self.ys, (y0, y1))
        return slice(int(top), int(bottom)), slice(int(left), int(right))

    def _gaps(self, segment: Floats, reach: float) -> tuple[slice, slice, Floats]:
        """Return how far the crossings around a segment are from it."""
        (x0, y0), (x1, y1) = segment.reshape(2, 2).min(0) - reach, segment.reshape(2, 2).max(0) + reach
        rows, columns = self._window(x0, y0, x1, y1)
        x, y = np.meshgrid(self.xs[columns], self.ys[rows])
        gaps = gaps_to(segment[None], np.column_stack([x.ravel(), y.ravel()]))[:, 0].reshape(x.shape)
        return rows, columns, gaps


class Field:
    """All ways from below: what each costs, and how it leads."""

    def __init__(self, maze: Maze, upright: Flags, level: Flags, bends: Flags, over: Costs, across: Costs) -> None:
        self._maze = maze
        self._bends = bends
        shape = upright.shape
        rows = np.round(maze.ys * _UNIT).astype(np.int64)[:, None] + np.cumsum(over, 0)
        columns = np.round(maze.xs * _UNIT).astype(np.int64)[None] + np.cumsum(across, 1)
        walled_rows, walled_columns = _WALL * np.cumsum(upright, 0), _WALL * np.cumsum(level, 1)
        start = np.full(shape, UNREACHED, np.int64)
        start[-1] = 0
        beside = np.full(shape, UNREACHED, np.int64)
        up = down = left = right = beside
        for _ in range(_ROUNDS):
            turned = np.where(bends, UNREACHED, beside + _BEND)
            up = _swept(np.minimum(start, turned)[::-1], rows[::-1], walled_rows[::-1], upright[::-1], 0, 1)[::-1]
            down = _swept(turned, rows, walled_rows, upright, 0, -1)
            turned = np.where(bends, UNREACHED, np.minimum(up, down) + _BEND)
            left = _swept(turned[:, ::-1], columns[:, ::-1], walled_columns[:, ::-1], level[:, ::-1], 1, 1)[:, ::-1]
            right = _swept(turned, columns, walled_columns, level, 1, -1)
            before, beside = beside, np.minimum(left, right)
            if (before == beside).all():
                break
        self.costs = np.stack([up, down, left, right])
        """What a way costs that arrives in each of the four directions, (4, rows, columns)."""

    def way(self, direction: int, row: int, column: int) -> list[Point]:
        """Return the corners of the way to a crossing, the crossing first and the end below last."""
        costs, xs, ys = self.costs, self._maze.xs, self._maze.ys
        corners = [(float(xs[column]), float(ys[row]))]
        while direction != 0 or costs[0, row, column] != 0 or row != len(ys) - 1:
            others = (2, 3) if direction < 2 else (0, 1)
            turn = min(others, key=lambda other: (costs[other, row, column], other))
            # What turned in the last round may be cheaper than it was before.
            if not self._bends[row, column] and costs[direction, row, column] >= costs[turn, row, column] + _BEND:
                direction = turn
                corners.append((float(xs[column]), float(ys[row])))
                continue
            step_x, step_y = DIRECTIONS[direction]
            row, column = row - step_y, column - step_x
        corners.append((float(xs[column]), float(ys[row])))
        return corners


def _swept(starts: Costs, along: Costs, walls: Costs, blocked: Flags, axis: int, sign: int) -> Costs:
    """Return the least cost of a way along a row or column from some starts, none of which leads through a wall."""
    starts = np.where(blocked, UNREACHED, starts)
    # From behind a wall a way is dearer than none.
    reached = np.minimum.accumulate(starts + sign * (along + walls), axis) - sign * (along + walls)
    found: Costs = np.where(blocked | (reached > UNREACHED // 2), UNREACHED, reached)
    return found


def _cross(segment: Floats, xs: Floats, ys: Floats, costs: Costs) -> None:
    """Have every upright line of the grid cost more where it crosses a segment."""
    x0, y0, x1, y1 = segment
    if x1 < x0:
        x0, y0, x1, y1 = x1, y1, x0, y0
    first, last = np.searchsorted(xs, (x0, x1))
    if first == last:
        return
    columns = np.arange(first, last)
    rows = np.searchsorted(ys, y0 + (xs[columns] - x0) / (x1 - x0) * (y1 - y0))
    kept = rows < len(ys)
    costs[rows[kept], columns[kept]] += _CROSSING


def _nearest(lines: Floats, places: Floats) -> NDArray[np.int64]:
    """Return which line of a grid each place is nearest to."""
    after = np.clip(np.searchsorted(lines, places), 1, len(lines) - 1)
    found: NDArray[np.int64] = after - (places - lines[after - 1] < lines[after] - places)
    return found
