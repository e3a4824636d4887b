"""The length of a longest path on several axes, from two bounds that meet.

No path is longer than a *height* allows that rises by at least one along every edge: of all heights that are affine
on each box of places, the one with the lowest top is the solution of a linear program. And a longest path is at
least as long as any path that is found. One is looked for from the top down, along edges that rise by little more
than one; where it comes back to where it was in another place, it goes round again as often as there is room.
Where both numbers are one, that is the depth; elsewhere nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import product
from math import lcm
from typing import NamedTuple

from unfoldgraph.base import boxes
from unfoldgraph.base.boxes import Box, Place
from unfoldgraph.base.limits import BOUND_MOVES, BOUND_ROWS, BOUND_STATES
from unfoldgraph.causality.integer_program import Effort, Impossible, OutOfEffort, least
from unfoldgraph.model.equations import Model, Read, Statement
from unfoldgraph.model.regions import fixed_place, position_of
from unfoldgraph.unfolding.graph import UnfoldedGraph

#: The most boxes of places: each read is looked for in each box of what it reads.
_PIECES = 300
#: How many earlier places on a path are compared with the last one.
_COMPARED = 12


class _TooMany(Exception):
    """The bounds would take too long to find."""


class _StatementBox(NamedTuple):
    """A box of the places of one name that one statement gives; no statement where nodes read nothing."""

    name: str
    statement: Statement | None
    box: Box


class _Position(NamedTuple):
    """One index of what an edge reads: that of its reader at `moves` plus `offset`; `offset` if it does not move."""

    moves: int | None
    offset: int


@dataclass(frozen=True, eq=False)
class _EdgeFamily:
    """All edges of one read between two pieces.

    `ranges` are where the reader may stand, then the ranges that the read may choose from by itself; each position
    of what is read says which of these numbers it follows.
    """

    reader: int
    source: int
    ranges: Box
    positions: tuple[_Position, ...]

    def place(self, at: Sequence[int]) -> Place:
        """Return what is read by a choice of numbers."""
        return tuple(one.offset + (at[one.moves] if one.moves is not None else 0) for one in self.positions)


def path_between_bounds(unfolding: UnfoldedGraph) -> int | None:
    """Return the number of edges on a longest path; None where the bounds do not meet or take too long."""
    try:
        graph = _StatementBoxes(unfolding)
    except _TooMany:
        return None
    effort = Effort(BOUND_MOVES)
    # What is one loop mostly rises as one, and is far fewer unknowns.
    for alike in (_loops(unfolding.model), {}):
        with suppress(_TooMany, Impossible, OutOfEffort):
            heights = _Heights(graph, alike, effort)
            longest = heights.top // heights.unit
            if longest == 0 or _PathSearch(graph, heights, longest).is_found():
                return longest
    return None


def _loops(model: Model) -> dict[int, int]:
    """Return of each equation in a loop, by its identity, the number of the innermost one."""
    found: dict[int, int] = {}
    waiting = list(model.schedule)
    for number, component in enumerate(waiting):
        if component.recurrent:
            for member in component.members:
                if model.statements[member].is_equation:
                    found[id(model.statements[member])] = number
            waiting += component.parts
    return found


class _StatementBoxes:
    """The unfolded graph as pieces and the edges between them."""

    def __init__(self, unfolding: UnfoldedGraph) -> None:
        self.unfolding = unfolding
        self.pieces: list[_StatementBox] = []
        self.by_name: dict[str, list[int]] = {}
        for statement in unfolding.model.statements:
            for box in unfolding.domain(statement):
                self._add(_StatementBox(statement.name, statement, box))
        for name in unfolding.names:
            given = [self.pieces[number].box for number in self.by_name.get(name, ())]
            for box in boxes.without(unfolding.places(name), given):
                self._add(_StatementBox(name, None, box))
        self.edges: list[_EdgeFamily] = []
        for number in range(len(self.pieces)):
            self.edges += self._edges(number)
            if len(self.edges) > BOUND_ROWS:
                raise _TooMany
        self.into: list[list[_EdgeFamily]] = [[] for _ in self.pieces]
        for edges in self.edges:
            self.into[edges.reader].append(edges)

    def axes(self, piece: int) -> tuple[str, ...]:
        """Return the axes of what a piece holds places of."""
        return self.unfolding.axes_of.get(self.pieces[piece].name, ())

    def _add(self, piece: _StatementBox) -> None:
        if len(self.pieces) >= _PIECES:
            raise _TooMany
        self.by_name.setdefault(piece.name, []).append(len(self.pieces))
        self.pieces.append(piece)

    def _edges(self, reader: int) -> Iterator[_EdgeFamily]:
        """Yield the edges into one piece."""
        statement, box = self.pieces[reader].statement, self.pieces[reader].box
        if statement is None:
            return
        for name in statement.parameters:
            yield _EdgeFamily(reader, self.by_name[name][0], box, ())
        for read in statement.reads:
            for source in self.by_name.get(read.name, ()):
                edges = self._between(reader, statement, box, read, source)
                if edges is not None:
                    yield edges

    def _between(self, reader: int, statement: Statement, box: Box, read: Read, source: int) -> _EdgeFamily | None:
        """Return the edges by which a read of one piece falls on another; None where there are none."""
        ranges = list(box)
        positions = []
        bound: dict[str, int] = {}
        for at, axis, (low, high) in zip(
            read.index, self.unfolding.axes_of[read.name], self.pieces[source].box, strict=True
        ):
            length = self.unfolding.lengths[axis]
            if not at.moves:
                place = fixed_place(at, length)
                if not low <= place <= high:
                    return None
                positions.append(_Position(None, place))
                continue
            if not at.bound:
                moves = position_of(statement, at.base)
            elif at.base in bound:
                moves = bound[at.base]
            else:
                moves = bound[at.base] = len(ranges)
                ranges.append((1, length))
            positions.append(_Position(moves, at.offset))
            first, last = ranges[moves]
            ranges[moves] = max(first, low - at.offset), min(last, high - at.offset)
        found = _EdgeFamily(reader, source, tuple(ranges), tuple(positions))
        is_itself = (
            reader == source
            and boxes.volume([found.ranges]) == 1
            and found.place([low for low, _ in found.ranges]) == tuple(low for low, _ in found.ranges[: len(box)])
        )
        return None if boxes.is_empty(found.ranges) or is_itself else found


class _Heights:
    """How high each place lies: affine on each piece, at least one higher than all it reads, the top as low as may be.

    What reads nothing lies at height 0.
    """

    def __init__(self, graph: _StatementBoxes, alike: Mapping[int, int], effort: Effort) -> None:
        self.graph = graph
        # The unknowns are the top, and of each piece the height of its first place and the rise along each side;
        # pieces of the same places rise as one where their statements are numbered alike.
        unknowns: dict[object, int] = {"top": 0}
        self._first: dict[int, int] = {}
        self._rises: dict[int, list[tuple[int, int, int]]] = {}
        for number, piece in enumerate(graph.pieces):
            if piece.statement is not None:
                self._first[number] = unknowns.setdefault(number, len(unknowns))
                axes = graph.axes(number)
                places = frozenset(zip(axes, piece.box, strict=True))
                loop = alike.get(id(piece.statement))
                own = number if loop is None else (loop, places)
                self._rises[number] = [
                    (at, low, unknowns.setdefault((own, axis), len(unknowns)))
                    for at, (axis, (low, high)) in enumerate(zip(axes, piece.box, strict=True))
                    if low < high
                ]
        count = len(unknowns)
        rows: dict[tuple[tuple[int, ...], int], None] = {}
        for height, bound in self._least():
            row = [0] * count
            for unknown, factor in height.items():
                row[unknown] = factor
            rows[tuple(row), bound] = None
            if len(rows) > BOUND_ROWS:
                raise _TooMany
        solution = least(count, list(rows), effort)
        #: What the height rises along an edge at least; all heights are counted in such whole numbers.
        self.unit = lcm(*(number.denominator for number in solution))
        self._solution = [int(number * self.unit) for number in solution]
        self.top = self._solution[0]

    def _least(self) -> Iterator[tuple[dict[int, int], int]]:
        """Yield how high sums of unknowns must be at least; at the corners is enough, for all is affine."""
        for number in self._first:
            for corner in _corners(self.graph.pieces[number].box):
                height = self._height(number, corner)
                yield height, 0
                yield {0: 1, **{unknown: -factor for unknown, factor in height.items()}}, 0
        for edges in self.graph.edges:
            width = len(self.graph.pieces[edges.reader].box)
            for corner in _corners(edges.ranges):
                height = self._height(edges.reader, corner[:width])
                for unknown, factor in self._height(edges.source, edges.place(corner)).items():
                    height[unknown] = height.get(unknown, 0) - factor
                yield height, 1

    def _height(self, piece: int, place: Place) -> dict[int, int]:
        """Return the height of a place as a sum of unknowns."""
        if piece not in self._first:
            return {}
        return {self._first[piece]: 1, **{unknown: place[at] - low for at, low, unknown in self._rises[piece]}}

    def at(self, piece: int, place: Place) -> int:
        """Return the height of a place."""
        return sum(factor * self._solution[unknown] for unknown, factor in self._height(piece, place).items())

    def choices(self, edges: _EdgeFamily, place: Place) -> Iterator[tuple[int, ...]]:
        """Yield the numbers by which a reader finds the highest of the places that it may read, a few of them."""
        chosen: list[tuple[int, ...]] = [(at,) for at in place]
        rises = {at: self._solution[unknown] for at, _, unknown in self._rises.get(edges.source, ())}
        for number, (low, high) in enumerate(edges.ranges[len(place) :], len(place)):
            rise = sum(rises.get(at, 0) for at, one in enumerate(edges.positions) if one.moves == number)
            chosen.append((high,) if rise > 0 else (low,) if rise < 0 else tuple(dict.fromkeys((high, low))))
        yield from product(*chosen)


class _EdgeRun(NamedTuple):
    """Edges of one kind on a path: their reader, and what it chooses, lie between two corners."""

    edges: _EdgeFamily
    low: tuple[int, ...]
    high: tuple[int, ...]


#: Parts in order, those that are gone round several times between an opening and a closing mark.
_EdgeRuns = tuple["_EdgeRun | bool", ...]


@dataclass(frozen=True, eq=False)
class _PartialPath:
    """A path from the top to some place.

    `length` is how many edges it has; `slack` how much more the height falls along it than by one an edge, and how
    far below the top it begins; `parts` are its edges since the walk `before` that it continues.
    """

    piece: int
    place: Place
    length: int
    slack: int
    before: _PartialPath | None = None
    parts: _EdgeRuns = ()

    def earlier(self) -> Iterator[_PartialPath]:
        """Yield the walks that this one continues, the longest first."""
        walk = self.before
        while walk is not None:
            yield walk
            walk = walk.before


class _PathSearch:
    """The search for a path of a given length, from the top down."""

    def __init__(self, graph: _StatementBoxes, heights: _Heights, length: int) -> None:
        self.graph = graph
        self.heights = heights
        self.length = length
        #: The height may rise by so much more than the path is long.
        self.slack = heights.top - length * heights.unit
        self.effort = BOUND_STATES

    def is_found(self) -> bool:
        """Say whether a path of this length is found, with as little trying as may be.

        What seems best of all that may follow is tried before the rest, and that before the rest of what follows it.
        """
        tops = (
            _PartialPath(number, corner, 0, self.heights.top - self.heights.at(number, corner))
            for number, piece in enumerate(self.graph.pieces)
            for corner in _corners(piece.box)
        )
        waiting: list[tuple[int, int, _PartialPath]] = []
        for walk in tops:
            if walk.slack <= self.slack:
                waiting.append((len(waiting), len(waiting), walk))
        serial = len(waiting)
        been: dict[tuple[int, Place], int] = {}
        while waiting and self.effort > 0:
            cost, _, walk = heappop(waiting)
            if walk.length == self.length:
                return True
            if been.get((walk.piece, walk.place), -1) >= walk.length:
                continue
            been[walk.piece, walk.place] = walk.length
            for rank, farther in enumerate(self._farther(walk)):
                serial += 1
                heappush(waiting, (cost + min(rank, 1), serial, farther))
        return False

    def _farther(self, walk: _PartialPath) -> list[_PartialPath]:
        """Return the walks that follow, the one that is to be tried first before the others."""
        found = []
        self.effort -= 1
        for edges in self.graph.into[walk.piece]:
            if _holds(edges.ranges, walk.place):
                for numbers in self.heights.choices(edges, walk.place):
                    place = edges.place(numbers)
                    rise = self.heights.at(walk.piece, walk.place) - self.heights.at(edges.source, place)
                    slack = walk.slack + rise - self.heights.unit
                    if slack <= self.slack:
                        part = _EdgeRun(edges, numbers, numbers)
                        found.append(_PartialPath(edges.source, place, walk.length + 1, slack, walk, (part,)))
        # Those that rise the least leave the most for others.
        return [*self._rounds(walk), *sorted(found, key=lambda one: one.slack)]

    def _rounds(self, walk: _PartialPath) -> list[_PartialPath]:
        """Return the walks that go round again, as often as there is room; the one that goes farthest first."""
        found = []
        parts: list[_EdgeRuns] = [walk.parts]
        compared = 0
        for earlier in walk.earlier():
            if earlier.piece == walk.piece and earlier.place != walk.place:
                again = self._again(walk, earlier, [part for some in reversed(parts) for part in some])
                found += [] if again is None else [again]
                compared += 1
                if compared == _COMPARED:
                    break
            parts.append(earlier.parts)
        return sorted(found, key=lambda one: -one.length)

    def _again(
        self, walk: _PartialPath, earlier: _PartialPath, parts: Sequence[_EdgeRun | bool]
    ) -> _PartialPath | None:
        """Return the walk that goes on as since an earlier one, as often as there is room; None if there is not."""
        by = tuple(now - then for now, then in zip(walk.place, earlier.place, strict=True))
        self.effort -= len(parts)
        moved = self._moved(walk.piece, by, parts)
        if moved is None:
            return None
        length, slack = walk.length - earlier.length, walk.slack - earlier.slack
        times = (self.length - walk.length) // length
        if slack:
            times = min(times, (self.slack - walk.slack) // slack)
        for part, steps in moved:
            for step, low, high, (first, last) in zip(steps, part.low, part.high, part.edges.ranges, strict=True):
                if step:
                    times = min(times, (last - high) // step if step > 0 else (low - first) // -step)
        if times < 1:
            return None
        steps_of = iter(moved)
        rounds = (part if isinstance(part, bool) else _repeated(*next(steps_of), times) for part in parts)
        return _PartialPath(
            walk.piece,
            tuple(at + times * step for at, step in zip(walk.place, by, strict=True)),
            walk.length + times * length,
            walk.slack + times * slack,
            walk,
            (True, *rounds, False),
        )

    def _moved(
        self, piece: int, by: Place, parts: Iterable[_EdgeRun | bool]
    ) -> list[tuple[_EdgeRun, tuple[int, ...]]] | None:
        """Return how far each part moves if a piece is left from another place; None if it is not reached like that."""
        along = dict(zip(self.graph.axes(piece), by, strict=True))
        steps = by
        before: list[Place] = []
        found = []
        for part in parts:
            if part is True:
                before.append(steps)
            elif part is False:
                if before.pop() != steps:
                    return None
            else:
                axes = self.graph.axes(part.edges.source)
                free = {one.moves: along.get(axis, 0) for one, axis in zip(part.edges.positions, axes, strict=True)}
                chosen = tuple(free[number] for number in range(len(steps), len(part.low)))
                found.append((part, (*steps, *chosen)))
                steps = tuple(0 if one.moves is None else (*steps, *chosen)[one.moves] for one in part.edges.positions)
        return found if steps == by else None


def _repeated(part: _EdgeRun, steps: tuple[int, ...], times: int) -> _EdgeRun:
    """Return where the edges of a part lie when it is moved once up to some times."""
    return _EdgeRun(
        part.edges,
        tuple(low + min(step, times * step) for low, step in zip(part.low, steps, strict=True)),
        tuple(high + max(step, times * step) for high, step in zip(part.high, steps, strict=True)),
    )


def _holds(ranges: Box, place: Place) -> bool:
    """Say whether some ranges, the first of them those of a place, hold it."""
    return all(low <= at <= high for at, (low, high) in zip(place, ranges, strict=False))


def _corners(box: Box) -> Iterator[Place]:
    """Yield the corners of a box, each once."""
    if 2 ** sum(low < high for low, high in box) > BOUND_ROWS:
        raise _TooMany
    yield from product(*(dict.fromkeys(side) for side in box))
