"""The loops of a program: how often each turns, and which turn computes what.

A loop goes along one axis, forward or backward, or by wavefronts over several: then a turn computes all places at
which the direction of the loop, times the place, is the same number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from unfoldgraph.algebra.expression import Index
from unfoldgraph.base.affine import Affine, index, length, whole
from unfoldgraph.model.equations import Model, Statement
from unfoldgraph.program.ir import Comparison
from unfoldgraph.program.names import told_apart
from unfoldgraph.program.schedule import Level, Loop, far_reads, winners

Fixed = tuple[Comparison, ...]
"""Where another statement gives a place of one: the conditions that all hold there."""


@dataclass(frozen=True, slots=True)
class Turns:
    """The turns of one loop of the program.

    Attributes
    ----------
    level : what it is a loop over.
    index : of one axis the place, of wavefronts their number.
    is_front : whether a turn is a wavefront.
    first, last : how many turns there are before the first place and after the last of an axis.
    given : how many places at the beginning and at the end of an axis are given for all that is computed.
    """

    level: Level
    index: str
    is_front: bool = False
    first: int = 0
    last: int = 0
    given: tuple[int, int] = (0, 0)

    @property
    def axis(self) -> str:
        """The axis of a loop over one."""
        (axis,) = self.level.vector
        return axis

    def shift(self, number: int) -> int:
        """Return what to add to the index for the place of a statement."""
        (entry,) = self.level.vector.values()
        return -entry * self.level.leads[number]


class Nest:
    """Says of the loops of one circuit which turn computes what."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def length(self, axis: str) -> Affine:
        """Return the length of an axis."""
        return length(self.model.length_of[axis])

    def turns(self, loop: Loop, outer: Sequence[Turns]) -> Turns:
        """Return the turns of a loop: enough for every statement inside, and no more where all run alike."""
        level = loop.level
        fronts = [one for one in outer if one.is_front]
        if level.is_front or any(axis in one.level.vector for one in fronts for axis in level.vector):
            return Turns(level, told_apart("front", str(len(fronts))), is_front=True)
        (axis,) = level.vector
        turns = Turns(level, axis)
        firsts, lasts, pinned = [], [], []
        for number in loop.members:
            at, shift = self.index_of(number, axis), turns.shift(number)
            # On an axis of any length, none included, a boundary may lie before the first place or after the last.
            far = at.is_off_edge
            firsts.append((at.offset - 1 if far else 0) - shift)
            lasts.append((at.offset if far else 0) - shift)
            if not at.moves:
                pinned.append(at)
        first, last = min(firsts), max(lasts)
        given = self._given_ends(loop.members, axis, pinned) if first == last == 0 else (0, 0)
        return replace(turns, first=first, last=last, given=given)

    def _given_ends(self, members: Iterable[int], axis: str, pinned: Sequence[Index]) -> tuple[int, int]:
        """Return how many places at the beginning and the end of an axis are given for all statements of a loop."""
        counts = []
        for base in ("", "end"):
            taken = {_from_edge(at) for at in pinned if at.base == base}
            for number in members:
                if self.index_of(number, axis).moves:
                    fixed = [one[0] for one in self._fixed(self.model.statements[number]) if len(one) == 1]
                    ends = {_from_edge(at) for _, at, its in fixed if its == axis and at.base == base}
                    taken.add(next(place for place in range(1, len(ends) + 2) if place not in ends))
            counts.append(min(taken) - 1)
        return counts[0], counts[1]

    def ends(self, turns: Turns) -> tuple[Affine, Affine]:
        """Return the least and the greatest number of the turns of a loop."""
        if turns.is_front:
            return self._front_numbers(turns)
        first = whole(turns.first + turns.given[0])
        return first, self.length(turns.axis) + (turns.last - turns.given[1] - 1)

    def places(self, number: int, around: Sequence[Turns]) -> dict[str, Affine]:
        """Return the place of a statement on each axis that the loops around it move along.

        On the axes of wavefronts it is an index of its own.
        """
        found = {}
        for axis in self.model.statements[number].axes:
            own = [turns for turns in around if axis in turns.level.vector]
            if own:
                is_front = any(one.is_front for one in own)
                found[axis] = index(axis) if is_front else index(axis) + own[0].shift(number)
        return found

    def conditions(self, number: int, around: Sequence[Turns]) -> list[Comparison]:
        """Return the conditions under which a turn of the loops computes a place of a statement."""
        statement = self.model.statements[number]
        found = []
        for turns in around:
            if turns.is_front:
                found += self._on_front(number, turns)
                continue
            at, shift = self.index_of(number, turns.axis), turns.shift(number)
            here, steps = index(turns.index), self.length(turns.axis)
            if not at.moves:
                place = at.offset - 1 - shift
                found.append(Comparison(here, "==", whole(place) if at.base == "" else steps + place))
                if at.base == "" and not at.is_off_edge and turns.last > -shift:
                    found.append(Comparison(whole(at.offset), "<=", steps))
                elif at.base == "end" and not at.is_off_edge and turns.first < -shift:
                    found.append(Comparison(whole(1 - at.offset), "<=", steps))
                continue
            if turns.first < -shift:
                found.append(Comparison(whole(-shift), "<=", here))
            if turns.last > -shift:
                found.append(Comparison(here, "<", steps - shift))
        looped = {axis for turns in around for axis in turns.level.vector}
        pinned = self.pinned(statement)
        least = {axis: steps for axis, steps in pinned.items() if axis not in looped}
        is_front = any(one.is_front for one in around)
        if statement.is_boundary or is_front or any(axis not in looped for axis in statement.axes):
            # Where nobody reads it, or an axis has no places, nothing has told that what it reads exists.
            least = self.least_lengths(statement, least)
            told = {axis for axis in looped if pinned.get(axis, 0) >= least.get(axis, 0)}
            least = {axis: steps for axis, steps in least.items() if axis not in told}
        return found + self.at_least(least)

    def at_least(self, least: Mapping[str, int]) -> list[Comparison]:
        """Return the conditions that axes are so long at least."""
        return [Comparison(whole(steps), "<=", self.length(axis)) for axis, steps in least.items()]

    def pinned(self, statement: Statement) -> dict[str, int]:
        """Return how long axes are where a pin gives a value."""
        axes = self.model.axes_of(statement.name)
        return {
            axis: _from_edge(at)
            for at, axis in zip(statement.index, axes, strict=True)
            if not at.moves and not at.is_off_edge
        }

    def least_lengths(self, statement: Statement, pinned: Mapping[str, int]) -> dict[str, int]:
        """Return how long axes are where what a statement gives and reads at fixed places exists."""
        found = far_reads(self.model, statement)
        for axis, steps in pinned.items():
            own = self.model.length_of[axis]
            found[own] = max(found.get(own, 0), steps)
        return {axis: found[axis] for axis in self.model.axes if axis in found}

    def index_of(self, number: int, axis: str) -> Index:
        """Return the index of a statement on an axis of the loops around it."""
        statement = self.model.statements[number]
        return statement.index[self.model.axes_of(statement.name).index(axis)]

    # What is given in another way -------------------------------------------------------------------

    def given(self, statement: Statement, places: Mapping[str, Affine], around: Sequence[Turns]) -> list[Fixed]:
        """Return where other statements give places of one, as conditions on its places.

        `places` are those along every axis of the statement. Of the first and the last places of an axis, loops leave
        out as many as are given for all that is in them anyway.
        """
        left_out = {one.axis: one.given for one in around if not one.is_front}
        found = []
        for fixed in self._fixed(statement):
            _, at, axis = fixed[0]
            first, last = left_out.get(axis, (0, 0)) if len(fixed) == 1 else (0, 0)
            if not (0 < at.offset <= first if at.base == "" else -last < at.offset <= 0):
                found.append(tuple(self._is_at(*one, places) for one in fixed))
        return found

    def _is_at(self, own: Index, at: Index, axis: str, places: Mapping[str, Affine]) -> Comparison:
        """Return the condition that the place of a statement is a fixed one."""
        steps = self.length(axis)
        if own.moves:
            fixed = (whole(0) if at.base == "" else steps) + (at.offset - 1)
            here = places[axis]
            # What is added to an index stands on the other side: `t == 3`.
            return Comparison(here - here.constant, "==", fixed - here.constant)
        number, from_end = (own, at) if own.base == "" else (at, own)
        return Comparison(steps, "==", whole(number.offset - from_end.offset))

    def _fixed(self, statement: Statement) -> Iterator[list[tuple[Index, Index, str]]]:
        """Yield, for each other statement that may give places of one, what is fixed there: own index, its, axis."""
        axes = self.model.axes_of(statement.name)
        for other in winners(self.model, statement):
            pairs = zip(statement.index, other.index, axes, strict=True)
            yield [(own, at, axis) for own, at, axis in pairs if not at.moves and own != at]

    # Wavefronts -------------------------------------------------------------------------------------

    def _on_front(self, number: int, turns: Turns) -> list[Comparison]:
        """Return the conditions under which fixed places lie on a wavefront."""
        indices = [(axis, self.index_of(number, axis)) for axis in turns.level.vector]
        found = self.at_least(
            {axis: _from_edge(at) for axis, at in indices if not at.moves and not at.is_off_edge},
        )
        if not any(at.moves for _, at in indices):
            time = self.time(number, turns)
            found.append(Comparison(index(turns.index), "==", index(turns.index) - time))
        return found

    def time(self, number: int, turns: Turns) -> Affine:
        """Return the number of a wavefront less what the lead and the fixed places of a statement make of it."""
        time = index(turns.index) - turns.level.leads[number]
        for axis, entry in turns.level.vector.items():
            at = self.index_of(number, axis)
            if not at.moves:
                time -= ((self.length(axis) if at.base == "end" else whole(0)) + (at.offset - 1)).times(entry)
        return time

    def front_axes(self, statement: Statement, around: Sequence[Turns]) -> list[str]:
        """Return the axes of a statement that wavefronts move along."""
        fronts = {axis for turns in around if turns.is_front for axis in turns.level.vector}
        return [axis for axis in statement.axes if axis in fronts]

    def on_fronts(self, number: int, around: Sequence[Turns]) -> tuple[Affine, ...]:
        """Return what is 0 at the places of a statement that lie on the wavefronts of the loops around it."""
        axes = self.front_axes(self.model.statements[number], around)
        found = []
        for turns in around:
            if turns.is_front and any(axis in turns.level.vector for axis in axes):
                moved = whole(0)
                for axis in axes:
                    moved += index(axis).times(turns.level.vector.get(axis, 0))
                found.append(moved - self.time(number, turns))
        return tuple(found)

    def _front_numbers(self, turns: Turns) -> tuple[Affine, Affine]:
        """Return the first and the last wavefront on which any statement of a loop may have a place."""
        level = turns.level
        beyond = 0
        for number in level.leads:
            pairs = ((self.index_of(number, axis), abs(entry)) for axis, entry in level.vector.items())
            beyond = max(beyond, sum(entry * (1 + abs(at.offset)) for at, entry in pairs if at.is_off_edge))
        first = whole(-beyond)
        last = whole(max(level.leads.values()) + beyond)
        for axis, entry in level.vector.items():
            farthest = (self.length(axis) - 1).times(entry)
            first, last = (first + farthest, last) if entry < 0 else (first, last + farthest)
        return first, last


def _from_edge(at: Index) -> int:
    """Return which place from its edge an index is, counted from 1."""
    return at.offset if at.base == "" else 1 - at.offset
