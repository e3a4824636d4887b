"""The loops of a program: how often each turns, and what is computed in which turn.

A loop goes along one axis, forward or backward, or by wavefronts over several: then a turn computes all places at
which the direction of the loop, times the place, is the same number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from unfoldgraph.algebra.expression import Index
from unfoldgraph.model.equations import Statement
from unfoldgraph.program.numpy_source.given import Given, from_edge
from unfoldgraph.program.numpy_source.lines import open_place, sum_text, tuple_text
from unfoldgraph.program.numpy_source.source import Variable, Writer
from unfoldgraph.program.schedule import Level, Loop, far_reads


@dataclass(frozen=True, slots=True)
class Turns:
    """The turns of one loop of the program.

    Attributes
    ----------
    level : what it is a loop over.
    name : its variable: of one axis the place, counted from 0; of wavefronts their number.
    is_front : whether a turn is a wavefront.
    first, last : how many turns there are before the first place and after the last of an axis.
    given : how many places at the beginning and at the end of an axis are given for all that is computed.
    """

    level: Level
    name: str
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
        """Return what to add to the variable for the place of a statement."""
        (entry,) = self.level.vector.values()
        return -entry * self.level.leads[number]


class Nest:
    """Writes the loops of one program, and the conditions on what is inside them."""

    def __init__(self, writer: Writer, given: Given) -> None:
        self.writer = writer
        self.model = writer.plan.model
        self.given = given
        #: What stands for the variable of a loop over each axis until it is known how places are written.
        self.open = {axis: str(number) for number, axis in enumerate(self.model.axes)}

    def turns(self, loop: Loop, outer: Sequence[Turns]) -> Turns:
        """Return the turns of a loop: enough for every statement inside, and no more where all run alike."""
        level = loop.level
        fronts = [one for one in outer if one.is_front]
        if level.is_front or any(axis in one.level.vector for one in fronts for axis in level.vector):
            return Turns(level, self.writer.front_name(len(fronts)), is_front=True)
        (axis,) = level.vector
        turns = Turns(level, self.open[axis])
        firsts, lasts, pinned = [], [], []
        for number in loop.members:
            at, shift = self._index(number, axis), turns.shift(number)
            # On an axis of any length, none included, a boundary may lie before the first place or after the last.
            far = at.is_off_edge
            firsts.append((at.offset - 1 if far else 0) - shift)
            lasts.append((at.offset if far else 0) - shift)
            if not at.moves:
                pinned.append(at)
        first, last = min(firsts), max(lasts)
        given = self._given_ends(loop.members, axis, pinned) if first == last == 0 else (0, 0)
        return Turns(level, turns.name, False, first, last, given)

    def _given_ends(self, members: Iterable[int], axis: str, pinned: Sequence[Index]) -> tuple[int, int]:
        """Return how many places at the beginning and the end of an axis are given for all statements of a loop."""
        counts = []
        for base in ("", "end"):
            taken = {from_edge(at) for at in pinned if at.base == base}
            for number in members:
                if self._index(number, axis).moves:
                    fixed = [one[0] for one in self.given.each(self.model.statements[number]) if len(one) == 1]
                    ends = {from_edge(at) for _, at, its in fixed if its == axis and at.base == base}
                    taken.add(next(place for place in range(1, len(ends) + 2) if place not in ends))
            counts.append(min(taken) - 1)
        return counts[0], counts[1]

    def header(self, turns: Turns) -> str:
        """Return the line that opens a loop."""
        words, lengths = self.writer.words, self.writer.lengths
        if turns.is_front:
            return f"for {turns.name} in {words['range']}({self._front_numbers(turns)}):"
        (entry,) = turns.level.vector.values()
        start = turns.first + turns.given[0]
        stop = sum_text(lengths[turns.axis], turns.last - turns.given[1])
        numbers = f"{words['range']}({f'{start}, ' if start else ''}{stop})"
        numbers = numbers if entry > 0 else f"{words['reversed']}({numbers})"
        return f"for {open_place(turns.name, 0)} in {numbers}:"

    def loops(self, number: int, around: Sequence[Turns]) -> dict[Variable, tuple[str, int]]:
        """Return the axes of a statement whose place is a number inside loops, or an array of a wavefront."""
        statement = self.model.statements[number]
        found: dict[Variable, tuple[str, int]] = {}
        for axis in statement.axes:
            own = [turns for turns in around if axis in turns.level.vector]
            if own:
                found[axis, False] = self.open[axis], 0 if any(one.is_front for one in own) else own[0].shift(number)
        return found

    def conditions(self, number: int, around: Sequence[Turns]) -> list[str]:
        """Return the conditions under which a turn of the loops computes a place of a statement."""
        statement = self.model.statements[number]
        lengths = self.writer.lengths
        found = []
        for turns in around:
            if turns.is_front:
                found += self._on_front(number, turns)
                continue
            at, shift = self._index(number, turns.axis), turns.shift(number)
            name, length = open_place(turns.name, 0), lengths[turns.axis]
            if not at.moves:
                place = at.offset - 1 - shift
                found.append(f"{name} == {place if at.base == '' else sum_text(length, place)}")
                if at.base == "" and not at.is_off_edge and turns.last > -shift:
                    found.append(f"{length} >= {at.offset}")
                elif at.base == "end" and not at.is_off_edge and turns.first < -shift:
                    found.append(f"{length} >= {1 - at.offset}")
                continue
            lower = f"{-shift} <= " if turns.first < -shift else ""
            upper = f" < {sum_text(length, -shift)}" if turns.last > -shift else ""
            if lower or upper:
                found.append(f"{lower}{name}{upper}" if upper else f"{name} >= {-shift}")
        looped = {axis for turns in around for axis in turns.level.vector}
        pinned = self.pinned(statement)
        least = {axis: length for axis, length in pinned.items() if axis not in looped}
        if statement.is_boundary or any(axis not in looped for axis in statement.axes):
            # Where nobody reads it, or another axis has no places, nothing has told that what it reads exists.
            least = self.least_lengths(statement, least)
            told = {axis for axis in looped if pinned.get(axis, 0) >= least.get(axis, 0)}
            least = {axis: length for axis, length in least.items() if axis not in told}
        return found + [f"{lengths[axis]} >= {length}" for axis, length in least.items()]

    def is_guarded(self, number: int, around: Sequence[Turns]) -> bool:
        """Say whether some turns of the loops around a statement compute nothing of it."""
        statement = self.model.statements[number]
        loops = self.loops(number, around)
        return bool(self.conditions(number, around) or self.given.elsewhere(statement, loops, left_out(around)))

    def pinned(self, statement: Statement) -> dict[str, int]:
        """Return how long axes are where a pin gives a value."""
        axes = self.model.axes_of(statement.name)
        return {
            axis: from_edge(at)
            for at, axis in zip(statement.index, axes, strict=True)
            if not at.moves and not at.is_off_edge
        }

    def least_lengths(self, statement: Statement, pinned: Mapping[str, int]) -> dict[str, int]:
        """Return how long axes are where what a statement gives and reads at fixed places exists."""
        found = far_reads(self.model, statement)
        for axis, length in pinned.items():
            own = self.model.length_of[axis]
            found[own] = max(found.get(own, 0), length)
        return {axis: found[axis] for axis in self.model.axes if axis in found}

    def _index(self, number: int, axis: str) -> Index:
        """Return the index of a statement on an axis of the loops around it."""
        statement = self.model.statements[number]
        return statement.index[self.model.axes_of(statement.name).index(axis)]

    # Wavefronts -------------------------------------------------------------------------------------

    def _on_front(self, number: int, turns: Turns) -> list[str]:
        """Return the conditions under which fixed places lie on a wavefront."""
        found = []
        indices = [(axis, self._index(number, axis)) for axis in turns.level.vector]
        for axis, at in indices:
            if not at.moves and not at.is_off_edge:
                least = at.offset if at.base == "" else 1 - at.offset
                found.append(f"{self.writer.lengths[axis]} >= {least}")
        if not any(at.moves for _, at in indices):
            found.append(f"{self._time(number, turns)} == 0")
        return found

    def _time(self, number: int, turns: Turns) -> str:
        """Return the number of a wavefront less what the lead and the fixed places of a statement make of it."""
        constant = -turns.level.leads[number]
        terms = []
        for axis, entry in turns.level.vector.items():
            at = self._index(number, axis)
            if not at.moves:
                constant -= entry * (at.offset - 1)
                terms += [(axis, -entry)] if at.base == "end" else []
        return self._linear(terms, constant, turns.name)

    def front_axes(self, statement: Statement, around: Sequence[Turns]) -> list[str]:
        """Return the axes of a statement that wavefronts move along."""
        fronts = {axis for turns in around if turns.is_front for axis in turns.level.vector}
        return [axis for axis in statement.axes if axis in fronts]

    def front(self, number: int, around: Sequence[Turns]) -> str:
        """Return the places of a statement on the wavefronts of the loops around it as source."""
        axes = self.front_axes(self.model.statements[number], around)
        rows = [
            (self._time(number, turns), [str(turns.level.vector.get(axis, 0)) for axis in axes])
            for turns in around
            if turns.is_front and any(axis in turns.level.vector for axis in axes)
        ]
        lengths = tuple_text([self.writer.lengths[axis] for axis in axes])
        times, directions = [time for time, _ in rows], [tuple_text(row) for _, row in rows]
        if len(rows) == 1:
            return f"_front({times[0]}, {lengths}, {directions[0]})"
        return f"_front({tuple_text(times)}, {lengths}, {tuple_text(directions)})"

    def _front_numbers(self, turns: Turns) -> str:
        """Return the numbers of the wavefronts of a loop: those on which any of its statements may have a place."""
        level = turns.level
        beyond = 0
        for number in level.leads:
            pairs = ((self._index(number, axis), abs(entry)) for axis, entry in level.vector.items())
            beyond = max(beyond, sum(entry * (1 + abs(at.offset)) for at, entry in pairs if at.is_off_edge))
        low = [(axis, entry) for axis, entry in level.vector.items() if entry < 0]
        high = [(axis, entry) for axis, entry in level.vector.items() if entry > 0]
        first = self._linear(low, -sum(entry for _, entry in low) - beyond)
        last = self._linear(high, 1 - sum(entry for _, entry in high) + max(level.leads.values()) + beyond)
        return last if first == "0" else f"{first}, {last}"

    def _linear(self, terms: Iterable[tuple[str, int]], constant: int, text: str = "") -> str:
        """Return a sum of multiples of lengths and a number as source, behind what it is added to."""
        for axis, entry in terms:
            word = self.writer.lengths[axis]
            part = word if abs(entry) == 1 else f"{abs(entry)} * {word}"
            if text:
                text = f"{text} {'-' if entry < 0 else '+'} {part}"
            else:
                text = f"-{part}" if entry < 0 else part
        return sum_text(text, constant) if text else str(constant)


def left_out(around: Sequence[Turns]) -> dict[str, tuple[int, int]]:
    """Return how many places at the beginning and at the end of axes some loops leave out."""
    return {one.axis: one.given for one in around if not one.is_front}
