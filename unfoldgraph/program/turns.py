"""The loops of a program: how often each turns, and which turn computes what.

A loop goes along one axis, forward or backward, or by wavefronts over several: then a turn computes all places at
which the direction of the loop, times the place, is the same number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from unfoldgraph.algebra.expression import Expr, Index
from unfoldgraph.base.affine import Affine, index, is_index, length, whole
from unfoldgraph.model.equations import Model, Statement
from unfoldgraph.model.index_arithmetic import inequalities, is_exact
from unfoldgraph.program.ir import Bound, Comparison, Condition, NotAll, Whole, is_natural
from unfoldgraph.program.names import told_apart
from unfoldgraph.program.reach import Domain
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
    ends : the first and the last turn, where something inside stands on a range of the axis only.
    """

    level: Level
    index: str
    is_front: bool = False
    first: int = 0
    last: int = 0
    given: tuple[int, int] = (0, 0)
    ends: tuple[Whole, Whole] | None = None

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
        if any(self.rows(number) for number in loop.members):
            return replace(turns, ends=self._ranged_ends(loop.members, turns, outer, firsts, lasts))
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

    def ends(self, turns: Turns) -> tuple[Whole, Whole]:
        """Return the least and the greatest number of the turns of a loop."""
        if turns.is_front:
            return self._front_numbers(turns)
        if turns.ends is not None:
            return turns.ends
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
                if at.base == "" and not at.is_off_edge and (turns.ends or turns.last > -shift):
                    found.append(Comparison(whole(at.offset), "<=", steps))
                elif at.base == "end" and not at.is_off_edge and (turns.ends or turns.first < -shift):
                    found.append(Comparison(whole(1 - at.offset), "<=", steps))
                continue
            if turns.ends:
                continue
            if turns.first < -shift:
                found.append(Comparison(whole(-shift), "<=", here))
            if turns.last > -shift:
                found.append(Comparison(here, "<", steps - shift))
        found += self._in_ranges(number, around)
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

    # Ranges -----------------------------------------------------------------------------------------

    def rows(self, number: int) -> list[Affine]:
        """Return the sums of places that are 0 or more where a statement stands, if it stands on ranges.

        They are those of its ranges, and for the other axes those of their first and last place.
        """
        statement = self.model.statements[number]
        if not statement.ranges:
            return []
        domain = Domain(self.model, statement)
        places = {axis: index(axis) + 1 for axis in statement.axes}
        found = []
        for axis in statement.axes:
            first, last = (end.at(places) for end in domain.ranges[axis])
            found += [index(axis) + 1 - first, last - (index(axis) + 1)]
        return found

    def diagonal(self, statement: Statement, places: Mapping[str, Affine]) -> dict[str, Affine]:
        """Return the places of a statement along those of its axes that others tell."""
        domain = Domain(self.model, statement)
        told = {axis: domain.ranges[axis][0] for axis in domain.ranges if axis in statement.diagonal}
        found: dict[str, Affine] = {}
        for axis, first in told.items():
            known = {**places, **found}
            found[axis] = first.at({name: at + 1 for name, at in known.items()}) - 1
        return found

    def _ranged_ends(
        self,
        members: Iterable[int],
        turns: Turns,
        outer: Sequence[Turns],
        firsts: Sequence[int],
        lasts: Sequence[int],
    ) -> tuple[Whole, Whole]:
        """Return the first and the last turn of a loop in which something stands on a range.

        `firsts` and `lasts` are those of each member if it stood on all of the axis.
        """
        axis, found = turns.axis, []
        for number, first, last in zip(members, firsts, lasts, strict=True):
            rows = self.rows(number)
            ends: tuple[list[Affine], list[Affine]] = [whole(first)], [self.length(axis) - 1 + last]
            if rows and self.index_of(number, axis).moves:
                places = {one.axis: index(one.index) + one.shift(number) for one in (*outer, turns) if not one.is_front}
                inner = [other for other in self.model.statements[number].axes if other not in places]
                ends = ends_of(index(turns.index), self._without(number, rows, inner, places))
            found.append(ends)
        return (
            _least_of([_greatest(lows) for lows, _ in found], whole(min(firsts))),
            _greatest_of([_least(highs) for _, highs in found], self.length(axis) - 1 + max(lasts)),
        )

    def _without(
        self, number: int, rows: Iterable[Affine], inner: Sequence[str], places: Mapping[str, Affine]
    ) -> list[Affine]:
        """Return what is 0 or more wherever some sums are, for any places along some axes, at given ones of others."""
        ranges = Domain(self.model, self.model.statements[number]).ranges
        at_places = {axis: index(axis) + 1 for axis in ranges}
        found = []
        for row in rows:
            for axis in reversed(ranges):
                if axis in inner and (factor := row.factor(axis)):
                    end = ranges[axis][1 if factor > 0 else 0].at(at_places) - 1
                    row = row.at({axis: end})
            found.append(row.at(places))
        return found

    def _in_ranges(self, number: int, around: Sequence[Turns]) -> list[Comparison]:
        """Return the conditions under which turns of loops lie in the ranges of a statement.

        Those on axes that no loop moves along are for these to keep.
        """
        statement = self.model.statements[number]
        loops = [one for one in around if not one.is_front]
        places = {one.axis: index(one.index) + one.shift(number) for one in loops if one.axis in statement.axes}
        if not places:
            return []
        known = [whole(0)]
        from_0 = set()
        for one in loops:
            first, last = self.ends(one)
            known += [index(one.index) - first] if isinstance(first, Affine) else []
            known += [last - index(one.index)] if isinstance(last, Affine) else []
            if isinstance(first, Affine) and is_natural(first):
                from_0.add(one.index)

        def is_told(row: Affine) -> bool:
            # Turns may begin below 0, at places off the edge.
            return is_natural(row) and all(name in from_0 for name, _ in row.terms if is_index(name))

        ranged = {one.axis for one in loops if one.ends}
        rows = self.rows(number)
        if not rows:
            rows = [
                row for axis in places if axis in ranged for row in (index(axis), self.length(axis) - 1 - index(axis))
            ]
        found = []
        for row in rows:
            if all(axis in places for axis in statement.axes if row.factor(axis)):
                row = row.at(places)
                if not any(is_told(row - one) for one in known):
                    found.append(comparison_of(row))
        return found

    # What is given in another way -------------------------------------------------------------------

    def given(self, statement: Statement, places: Mapping[str, Affine], around: Sequence[Turns]) -> list[Fixed]:
        """Return where other statements give places of one, as conditions on its places.

        `places` are those along every axis of the statement. Of the first and the last places of an axis, loops leave
        out as many as are given for all that is in them anyway.
        """
        left_out = {one.axis: one.given for one in around if not one.is_front}
        domain = Domain(self.model, statement)
        own = {axis: index(axis) - 1 for axis in statement.axes}
        found = []
        for other in winners(self.model, statement):
            if other.ranges:
                if not any(_never_holds(one, domain) for one in self._is_in(statement, other, own)):
                    found.append(tuple(self._is_in(statement, other, places)))
                continue
            fixed = self._fixed_by(statement, other)
            if not fixed:
                # It stands on the whole of what this stands on a part of.
                found.append(())
                continue
            _, at, axis = fixed[0]
            first, last = left_out.get(axis, (0, 0)) if len(fixed) == 1 else (0, 0)
            is_left_out = 0 < at.offset <= first if at.base == "" else -last < at.offset <= 0
            is_ranged = statement.ranges and any(_never_holds(self._is_at(*one, own), domain) for one in fixed)
            if not is_left_out and not is_ranged:
                found.append(tuple(self._is_at(*one, places) for one in fixed))
        return found

    def _is_in(self, statement: Statement, other: Statement, places: Mapping[str, Affine]) -> Iterator[Comparison]:
        """Yield the conditions that the place of a statement is one of another that stands on ranges."""
        axes = self.model.axes_of(statement.name)
        its: dict[str, Affine] = {}
        for own, at, axis in zip(statement.index, other.index, axes, strict=True):
            here = places[axis] if own.moves else (whole(0) if own.base == "" else self.length(axis)) + (own.offset - 1)
            if at.moves:
                its[axis] = here
            elif own != at:
                yield self._is_at(own, at, axis, places)
        told = Domain(self.model, other).ranges
        for one in other.ranges:
            first, last = (end.at({axis: at + 1 for axis, at in its.items()}) - 1 for end in told[one.name])
            if first == last:
                yield Comparison(its[one.name], "==", first)
            else:
                yield comparison_of(its[one.name] - first)
                yield comparison_of(last - its[one.name])

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
        for other in winners(self.model, statement):
            if not other.ranges:
                yield self._fixed_by(statement, other)

    def _fixed_by(self, statement: Statement, other: Statement) -> list[tuple[Index, Index, str]]:
        pairs = zip(statement.index, other.index, self.model.axes_of(statement.name), strict=True)
        return [(own, at, axis) for own, at, axis in pairs if not at.moves and own != at]

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

    def on_fronts(self, number: int, around: Sequence[Turns], places: Mapping[str, Affine]) -> tuple[Affine, ...]:
        """Return what is 0 at the places of a statement that lie on the wavefronts of the loops around it."""
        axes = self.front_axes(self.model.statements[number], around)
        found = []
        for turns in around:
            if turns.is_front and any(axis in turns.level.vector for axis in axes):
                moved = whole(0)
                for axis in axes:
                    moved += places[axis].times(turns.level.vector.get(axis, 0))
                found.append(moved - self.time(number, turns))
        return tuple(found)

    def _front_numbers(self, turns: Turns) -> tuple[Affine, Affine]:
        """Return the first and the last wavefront on which any statement of a loop may have a place."""
        level = turns.level
        statements = [self.model.statements[number] for number in level.leads]
        if any(one.ranges for one in statements) and all(at.moves for one in statements for at in one.index):
            return self._ranged_fronts(level)
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

    def _ranged_fronts(self, level: Level) -> tuple[Affine, Affine]:
        """Return the first and the last wavefront, where statements stand on ranges."""
        firsts, lasts = [], []
        for number, lead in level.leads.items():
            domain = Domain(self.model, self.model.statements[number])
            time = whole(lead)
            for axis, entry in level.vector.items():
                time += (index(axis) - 1).times(entry)
            firsts.append(domain.least(time))
            lasts.append(domain.greatest(time))
        first, last = _least(firsts), _greatest(lasts)
        # Where none is the least for all lengths, there are turns in which nothing is computed.
        farthest = whole(0)
        for one in (*firsts, *lasts):
            farthest += Affine(tuple((name, abs(factor)) for name, factor in one.terms), abs(one.constant))
        return (
            first if isinstance(first, Affine) else farthest.times(-1),
            last if isinstance(last, Affine) else farthest,
        )


def _never_holds(one: Comparison, domain: Domain) -> bool:
    """Say whether a condition holds nowhere in a domain."""
    more = one.left - one.right
    is_less = domain.never_below(more.times(-1) - 1)
    return domain.never_below(more - 1) or (is_less and one.relation == "==")


def ends_of(here: Affine, rows: Iterable[Affine]) -> tuple[list[Affine], list[Affine]]:
    """Return what an index is not below and not above, where some sums are 0 or more.

    Sums without it, and those that have a multiple of it, tell nothing.

    >>> i, j = index("i"), index("j")
    >>> ends_of(j, [j - i - 1, length("j") - 1 - j]) == ([i + 1], [length("j") - 1])
    True
    """
    ((own, _),) = here.terms
    lows = [here - row for row in rows if row.factor(own) == 1]
    highs = [here + row for row in rows if row.factor(own) == -1]
    return list(dict.fromkeys(lows)), list(dict.fromkeys(highs))


def range_of(lows: Sequence[Affine], highs: Sequence[Affine]) -> tuple[Whole, Whole]:
    """Return the greatest of some lower ends, and the least of some upper ones."""
    return _greatest(lows), _least(highs)


def _greatest(ends: Sequence[Affine]) -> Whole:
    kept = [one for one in dict.fromkeys(ends) if not any(one != other and _is_no_less(other, one) for other in ends)]
    return kept[0] if len(kept) == 1 else Bound("max", tuple(kept))


def _least(ends: Sequence[Affine]) -> Whole:
    kept = [one for one in dict.fromkeys(ends) if not any(one != other and _is_no_less(one, other) for other in ends)]
    return kept[0] if len(kept) == 1 else Bound("min", tuple(kept))


def _is_no_less(one: Affine, other: Affine) -> bool:
    """Say whether a sum is another or more for certain, whatever indices are: those of edges begin below 0."""
    rest = one - other
    return is_natural(rest) and not any(is_index(name) for name, _ in rest.terms)


def _least_of(ends: Sequence[Whole], otherwise: Affine) -> Whole:
    """Return the least of the ends of several statements; where that is not one sum or bound, another end."""
    if all(one == ends[0] for one in ends):
        return ends[0]
    sums = [one for one in ends if isinstance(one, Affine)]
    return _least(sums) if len(sums) == len(ends) else otherwise


def _greatest_of(ends: Sequence[Whole], otherwise: Affine) -> Whole:
    if all(one == ends[0] for one in ends):
        return ends[0]
    sums = [one for one in ends if isinstance(one, Affine)]
    return _greatest(sums) if len(sums) == len(ends) else otherwise


def comparison_of(row: Affine) -> Comparison:
    """Return the condition that a sum is 0 or more, with what is subtracted on the other side."""
    more = Affine(tuple(term for term in row.terms if term[1] > 0), max(0, row.constant))
    return Comparison(more - row, "<=", more)


def conditions_of(condition: Expr, numbers: Callable[[Affine], Affine]) -> tuple[Condition, ...]:
    """Return a condition on indices as some of which all hold; none where it is no such condition.

    Parameters
    ----------
    numbers : what sums of the equations are in the loop program.
    """
    if not is_exact(condition):
        return ()
    for truth in (True, False):
        rows = inequalities(condition, truth)
        if len(rows) == 1:
            compared = tuple(_compared([numbers(row) for row in rows[0]]))
            if truth:
                return compared
            if len(compared) == 1 and compared[0].relation == "==":
                return (Comparison(compared[0].left, "!=", compared[0].right),)
            return (NotAll(compared),)
    return ()


def _compared(rows: Sequence[Affine]) -> Iterator[Comparison]:
    """Yield the conditions that sums are 0 or more; that one is 0 where its opposite is 0 or more too."""
    left = list(dict.fromkeys(rows))
    while left:
        row = left.pop(0)
        if (opposite := row.times(-1)) in left:
            left.remove(opposite)
            both = comparison_of(row)
            yield Comparison(both.right, "==", both.left)
        else:
            yield comparison_of(row)


def _from_edge(at: Index) -> int:
    """Return which place from its edge an index is, counted from 1."""
    return at.offset if at.base == "" else 1 - at.offset
