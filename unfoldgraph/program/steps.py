"""The statements of a circuit as source: for whole axes at once, as loops, or written out place by place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from unfoldgraph import boxes
from unfoldgraph.boxes import Box
from unfoldgraph.equations import Statement
from unfoldgraph.errors import require_within
from unfoldgraph.expression import Expr, Index, postorder
from unfoldgraph.limits import UNROLLED_STATEMENTS
from unfoldgraph.notation import read_text, shown
from unfoldgraph.program.lines import (
    Block,
    equation,
    listing,
    open_place,
    steps_in_words,
    sum_text,
    tuple_text,
    with_places,
)
from unfoldgraph.program.plan import Level, Loop, Single, far_reads, winners
from unfoldgraph.program.source import Scope, Value, Variable, Writer, count_uses, indexed
from unfoldgraph.regions import domains

#: The longest name that is made of others.
_LONGEST_HINT = 20
#: How many pins are named in a comment.
_PINS_TOLD = 4

#: The axes that are a number inside loops: what it is called, and what to add to it for the place.
Loops = Mapping[Variable, tuple[str, int]]
#: Where another statement fixes a place of one: the index of the one, that of the other, and the axis.
Fixed = Sequence[tuple[Index, Index, str]]


def write_components(writer: Writer, counts: Mapping[str, int] | None, body: Block) -> None:
    """Write all statements of a plan, for any number of steps or written out for exactly so many.

    Raises `CircuitError` where what is written out would be over the limit.
    """
    steps = _Steps(writer, counts, body)
    for work in writer.plan.work:
        if isinstance(work, Single):
            steps.at_once(work.number)
        elif counts is None:
            steps.loop(work)
        else:
            steps.written_out(work)


@dataclass(frozen=True, slots=True)
class _Turns:
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


class _Steps:
    def __init__(self, writer: Writer, counts: Mapping[str, int] | None, body: Block) -> None:
        self.writer = writer
        self.plan = writer.plan
        self.model = writer.plan.model
        self.public = writer.public
        self.counts = counts
        self.body = body
        #: The statements written out so far.
        self.written = 0
        #: What stands for the variable of a loop over each axis until it is known how places are written.
        self.open = {axis: str(number) for number, axis in enumerate(self.model.axes)}

    # At once ----------------------------------------------------------------------------------------

    def at_once(self, number: int) -> None:
        """Write a statement that needs no loop."""
        statement = self.model.statements[number]
        self.body.add()
        self.body.comment(equation(statement))
        if not statement.index:
            self._without_axis(number, Scope(self.body, known=self.writer.everywhere))
            return
        conditions = []
        least = self._least_lengths(statement, self._pinned(statement))
        if self.counts is None:
            conditions = [f"{self.writer.lengths[axis]} >= {length}" for axis, length in least.items()]
            conditions += self._not_given(self._elsewhere(statement, {}), {})
        elif any(self.counts[axis] < length for axis, length in least.items()) or not self._is_reached(number):
            self.body.comment(f"Not reached in {self._number_of_steps()}.")
            return
        scope = Scope(self.body, known={} if conditions else self.writer.everywhere)
        with self._under(self.body, conditions):
            if statement.name in self.plan.buffered or not statement.is_equation:
                self._store(number, scope)
            else:
                self._define(number, scope)

    def _is_reached(self, number: int) -> bool:
        """Say whether a boundary or a pin gives any place in the steps that are written out."""
        return self.model.statements[number].is_equation or bool(self.domains[number])

    @cached_property
    def domains(self) -> list[list[Box]]:
        """The places that each statement gives in the steps that are written out."""
        counts = self.counts or {}
        found = domains(self.model.statements, {**self.model.inputs, **self.model.signals}, counts)
        # A boundary that reads what does not exist is read by nobody; the function has checked that.
        return [
            [] if any(counts[axis] < least for axis, least in far_reads(self.model, statement).items()) else domain
            for statement, domain in zip(self.model.statements, found, strict=True)
        ]

    def _pinned(self, statement: Statement) -> dict[str, int]:
        """Return how long axes are where a pin gives a value."""
        axes = self.model.axes_of(statement.name)
        return {
            axis: _from_edge(at)
            for at, axis in zip(statement.index, axes, strict=True)
            if not at.moves and not at.is_off_edge
        }

    def _least_lengths(self, statement: Statement, pinned: Mapping[str, int]) -> dict[str, int]:
        """Return how long axes are where what a statement gives and reads at fixed places exists."""
        found = far_reads(self.model, statement)
        for axis, length in pinned.items():
            own = self.model.length_of[axis]
            found[own] = max(found.get(own, 0), length)
        return {axis: found[axis] for axis in self.model.axes if axis in found}

    def _define(self, number: int, scope: Scope) -> None:
        """Write a signal that is one new array."""
        statement = self.model.statements[number]
        name = self.public[statement.name]
        value = self.writer.value(statement.value, self.plan.forms[number], scope, f"{name}_part")
        if value.full:
            self.writer.full.add(statement.name)
        axes = [(axis, False) for axis in statement.axes]
        value = self.writer.numeric(self.writer.aligned(value, axes, self.model.rank(statement.name)))
        fresh = value.fresh and not value.text.isidentifier()
        self.body.add(f"{name} = {value.text if fresh else f'np.array({value.text})'}")

    def _without_axis(self, number: int, scope: Scope) -> None:
        statement = self.model.statements[number]
        shape, rank = self.model.shapes[statement.name], self.model.rank(statement.name)
        name = self.public[statement.name]
        value = self.writer.value(statement.value, self.plan.forms[number], scope, f"{name}_part")
        if value.full:
            self.writer.full.add(statement.name)
        value = self.writer.array(value)
        if rank is not None and value.rank is not None and value.rank < rank:
            value = self.writer.aligned(value, (), rank)
            whole = self.writer.shape_text(shape or ())
            self.body.add(f"{name} = _for_batch({value.text}, {whole}, {self.writer.words['dtype']})")
        else:
            self.body.add(f"{name} = {value.text}")

    def _store(self, number: int, scope: Scope) -> None:
        """Write the line that puts the value of a statement where it belongs."""
        statement = self.model.statements[number]
        name, rank = self.public[statement.name], self.model.rank(statement.name)
        value = self.writer.value(statement.value, self.plan.forms[number], scope, f"{name}_part")
        items: list[tuple[str, Variable | None]] = []
        axes, margins = self.model.axes_of(statement.name), self.plan.margins[statement.name]
        for at, axis, margin in zip(statement.index, axes, margins, strict=True):
            variable = (axis, False)
            if at.moves and variable in scope.loops:
                items.append((scope.place(variable, margin[0]), variable))
            else:
                items.append((self.writer.place(at, axis, margin), variable if at.moves else None))
        one_by_one = self.plan.is_kept_one_by_one(statement.name)
        target, dims = indexed(name, items, scope, one_by_one)
        text = self.writer.array(value).text if one_by_one else self.writer.aligned(value, dims, rank).text
        given = self._given_among(statement, scope.loops)
        if given:
            scope.block.add(f"_put({', '.join([target, text, *given])})")
        else:
            scope.block.add(f"{target}{'[:]' if target == name else ''} = {text}")

    # What is given in another way -------------------------------------------------------------------

    def _given_among(self, statement: Statement, loops: Loops) -> list[str]:
        """Return which of the places that a statement gives at once are given in another way, as indices."""
        found = []
        for fixed in self._given(statement):
            whole = {axis: at for own, at, axis in fixed if own.moves and (axis, False) not in loops}
            if not whole:
                continue
            axes = [axis for axis in statement.axes if (axis, False) not in loops]
            items = [_slice(whole[axis]) if axis in whole else ":" for axis in axes]
            while items[-1] == ":":
                items.pop()
            index = f"np.s_[{', '.join(items)}]"
            conditions = [self._is_at(own, at, axis, loops) for own, at, axis in fixed if axis not in whole]
            found.append(f"{index} if {' and '.join(conditions)} else np.s_[:0]" if conditions else index)
        return found

    def _not_given(self, given: Sequence[Fixed], loops: Loops) -> list[str]:
        """Return the conditions under which a place is none of those that are given in another way."""
        numbers: dict[str, list[int]] = {}
        others = []
        for fixed in given:
            own, at, axis = fixed[0]
            if len(fixed) == 1 and own.moves and at.base == "":
                numbers.setdefault(axis, []).append(at.offset)
                continue
            conditions = [self._is_at(*one, loops) for one in fixed]
            if len(conditions) == 1:
                others.append(conditions[0].replace(" == ", " != "))
            else:
                others.append(f"not ({' and '.join(conditions)})")
        found = []
        for axis, places in numbers.items():
            name, shift = loops[axis, False]
            zero = [str(place - 1 - shift) for place in sorted(places)]
            condition = f"!= {zero[0]}" if len(zero) == 1 else f"not in {{{', '.join(zero)}}}"
            found.append(f"{open_place(name, 0)} {condition}")
        return found + others

    def _told(self, statement: Statement, given: Sequence[Fixed]) -> str:
        """Return the comment on what is given in another way: nothing where that is much, or not at fixed numbers."""
        told = {}
        for fixed in given:
            if len(fixed) > 1 or fixed[0][1].base != "":
                return ""
            (_, at, axis) = fixed[0]
            index = [at if one == axis else Index(one) for one in self.model.axes_of(statement.name)]
            told[at.offset] = read_text(statement.name, index)
        if not told or len(told) > _PINS_TOLD:
            return ""
        return f"  # {listing([told[place] for place in sorted(told)])} {'is' if len(told) == 1 else 'are'} given"

    def _elsewhere(self, statement: Statement, loops: Loops, turns: Sequence[_Turns] = ()) -> list[Fixed]:
        """Return what is fixed where other statements give places of one that are taken one by one here.

        What a loop leaves out anyway is none of them.
        """
        left_out = {one.axis: one.given for one in turns if not one.is_front}
        found = []
        for fixed in self._given(statement):
            if any(own.moves and (axis, False) not in loops for own, _, axis in fixed):
                continue
            _, at, axis = fixed[0]
            first, last = left_out.get(axis, (0, 0)) if len(fixed) == 1 else (0, 0)
            if not (0 < at.offset <= first if at.base == "" else -last < at.offset <= 0):
                found.append(fixed)
        return found

    def _given(self, statement: Statement) -> Iterator[Fixed]:
        """Yield, for each other statement that may give places of one, what is fixed there: own index, its, axis."""
        axes = self.model.axes_of(statement.name)
        for other in winners(self.model, statement):
            pairs = zip(statement.index, other.index, axes, strict=True)
            yield [(own, at, axis) for own, at, axis in pairs if not at.moves and own != at]

    def _is_at(self, own: Index, at: Index, axis: str, loops: Loops) -> str:
        """Return the condition that the place of a statement is a fixed one."""
        length = self.writer.lengths[axis]
        if own.moves:
            name, shift = loops[axis, False]
            fixed = at.offset - 1 - shift
            return f"{open_place(name, 0)} == {fixed if at.base == '' else sum_text(length, fixed)}"
        number, from_end = (own, at) if own.base == "" else (at, own)
        return f"{length} == {number.offset - from_end.offset}"

    @contextmanager
    def _under(self, block: Block, conditions: Sequence[str], told: str = "") -> Iterator[None]:
        """Write what follows under some conditions, and a comment on them."""
        if not conditions:
            yield
            return
        with block.indented(f"if {' and '.join(conditions)}:{told}"):
            yield

    # As loops ---------------------------------------------------------------------------------------

    def loop(self, loop: Loop) -> None:
        """Write a loop, and before it what does not need it."""
        self._hoist(loop, Scope(Block(), known=self.writer.everywhere), self.body)
        inside = Block(indent=self.body.indent)
        self._rolled(loop, (), {}, inside)
        self.body.add()
        index = {self.open[axis]: name for axis, name in self.writer.loops.items()}
        self.body.lines += [
            with_places(line, lambda word, offset: sum_text(index.get(word, word), offset)) for line in inside.lines
        ]

    def _rolled(self, loop: Loop, outer: tuple[_Turns, ...], known: dict[int, Value], block: Block) -> None:
        """Write a loop inside some others; it calls itself once per nested loop."""
        around = (*outer, self._turns(loop, outer))
        inside = Block(indent=block.indent + 1)
        scope = self._shared(loop, around, known)
        for work in loop.body:
            if isinstance(work, Loop):
                own = dict(scope.known)
                self._hoist_between(work, around, own, inside)
                self._rolled(work, around, own, inside)
            else:
                inside.comment(equation(self.model.statements[work.number]))
                self._inside(work, around, self._own(scope, inside))
        with block.indented(self._header(around[-1])):
            block.lines += inside.lines

    def _shared(self, loop: Loop, around: Sequence[_Turns], known: dict[int, Value]) -> Scope:
        """Return what the statements of a loop have in common: parts that have a name, where each always runs."""
        scope = Scope(Block(), known=dict(known))
        singles = [work.number for work in loop.body if isinstance(work, Single)]
        if any(one.is_front for one in around) or any(self._is_guarded(number, around) for number in singles):
            return scope
        roots = [self.model.statements[number].value for number in singles]
        everywhere = self.writer.everywhere
        scope.uses = count_uses(postorder(roots, stop=lambda node: id(node) in everywhere or id(node) in known))
        return scope

    def _own(self, scope: Scope, block: Block) -> Scope:
        """Return the scope of one statement among some that may have parts in common."""
        return Scope(block, known=scope.known if scope.uses else dict(scope.known), uses=scope.uses)

    def _is_guarded(self, number: int, around: Sequence[_Turns]) -> bool:
        """Say whether some turns of the loops around a statement compute nothing of it."""
        statement = self.model.statements[number]
        loops = self._loops(number, around)
        return bool(self._conditions(number, around) or self._elsewhere(statement, loops, around))

    def _turns(self, loop: Loop, outer: Sequence[_Turns]) -> _Turns:
        """Return the turns of a loop: enough for every statement inside, and no more where all run alike."""
        level = loop.level
        fronts = [one for one in outer if one.is_front]
        if level.is_front or any(axis in one.level.vector for one in fronts for axis in level.vector):
            return _Turns(level, self.writer.front_name(len(fronts)), is_front=True)
        (axis,) = level.vector
        turns = _Turns(level, self.open[axis])
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
        return _Turns(level, turns.name, False, first, last, given)

    def _given_ends(self, members: Iterable[int], axis: str, pinned: Sequence[Index]) -> tuple[int, int]:
        """Return how many places at the beginning and the end of an axis are given for all statements of a loop."""
        counts = []
        for base in ("", "end"):
            taken = {_from_edge(at) for at in pinned if at.base == base}
            for number in members:
                if self._index(number, axis).moves:
                    fixed = [one[0] for one in self._given(self.model.statements[number]) if len(one) == 1]
                    ends = {_from_edge(at) for _, at, its in fixed if its == axis and at.base == base}
                    taken.add(next(place for place in range(1, len(ends) + 2) if place not in ends))
            counts.append(min(taken) - 1)
        return counts[0], counts[1]

    def _header(self, turns: _Turns) -> str:
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

    def _inside(self, work: Single, around: Sequence[_Turns], scope: Scope) -> None:
        """Write a statement inside loops."""
        number = work.number
        statement = self.model.statements[number]
        scope.loops = loops = self._loops(number, around)
        given = self._elsewhere(statement, loops, around)
        arrays = {(axis, False) for axis in self._front_axes(statement, around)}
        among = [fixed for fixed in given if any((axis, False) in arrays for _, _, axis in fixed)]
        alone = [fixed for fixed in given if fixed not in among]
        conditions = [*self._conditions(number, around), *self._not_given(alone, loops)]
        told = self._told(statement, alone) if len(conditions) == 1 and not among else ""
        with self._under(scope.block, conditions, told):
            if not arrays:
                self._store(number, scope)
                return
            names = [open_place(name, 0) for variable, (name, _) in loops.items() if variable in arrays]
            places = self._front(number, around)
            if work.by_places:
                each = f"for {', '.join(names)}{',' * (len(names) == 1)} in {self.writer.words['zip']}(*{places}):"
                with scope.block.indented(each), self._under(scope.block, self._not_given(among, loops)):
                    self._store(number, scope)
                return
            left = f"[{names[0]}]" if len(names) == 1 else ", ".join(names)
            scope.block.add(f"{left} = {places}")
            if among:
                own = self.writer.names.claim_numbered("own")
                scope.block.add(f"{own} = {' & '.join(self._none_of(fixed, loops) for fixed in among)}")
                chosen = ", ".join(f"{name}[{own}]" for name in names)
                scope.block.add(f"{left} = {f'[{chosen}]' if len(names) == 1 else chosen}")
            scope.fronts = frozenset(arrays)
            self._store(number, scope)

    def _none_of(self, fixed: Fixed, loops: Loops) -> str:
        """Return the condition that places are not given in another way, for whole index arrays."""
        conditions = [f"({self._is_at(*one, loops)})" for one in fixed]
        if len(conditions) == 1:
            return conditions[0].replace(" == ", " != ")
        return f"~({' & '.join(conditions)})"

    def _loops(self, number: int, around: Sequence[_Turns]) -> dict[Variable, tuple[str, int]]:
        """Return the axes of a statement whose place is a number inside loops, or an array of a wavefront."""
        statement = self.model.statements[number]
        found: dict[Variable, tuple[str, int]] = {}
        for axis in statement.axes:
            own = [turns for turns in around if axis in turns.level.vector]
            if own:
                found[axis, False] = self.open[axis], 0 if any(one.is_front for one in own) else own[0].shift(number)
        return found

    def _conditions(self, number: int, around: Sequence[_Turns]) -> list[str]:
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
        pinned = self._pinned(statement)
        least = {axis: length for axis, length in pinned.items() if axis not in looped}
        if statement.is_boundary or any(axis not in looped for axis in statement.axes):
            # Where nobody reads it, or another axis has no places, nothing has told that what it reads exists.
            least = self._least_lengths(statement, least)
            told = {axis for axis in looped if pinned.get(axis, 0) >= least.get(axis, 0)}
            least = {axis: length for axis, length in least.items() if axis not in told}
        return found + [f"{lengths[axis]} >= {length}" for axis, length in least.items()]

    # Wavefronts -------------------------------------------------------------------------------------

    def _on_front(self, number: int, turns: _Turns) -> list[str]:
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

    def _time(self, number: int, turns: _Turns) -> str:
        """Return the number of a wavefront less what the lead and the fixed places of a statement make of it."""
        constant = -turns.level.leads[number]
        terms = []
        for axis, entry in turns.level.vector.items():
            at = self._index(number, axis)
            if not at.moves:
                constant -= entry * (at.offset - 1)
                terms += [(axis, -entry)] if at.base == "end" else []
        return self._linear(terms, constant, turns.name)

    def _front_axes(self, statement: Statement, around: Sequence[_Turns]) -> list[str]:
        """Return the axes of a statement that wavefronts move along."""
        fronts = {axis for turns in around if turns.is_front for axis in turns.level.vector}
        return [axis for axis in statement.axes if axis in fronts]

    def _front(self, number: int, around: Sequence[_Turns]) -> str:
        """Return the places of a statement on the wavefronts of the loops around it as source."""
        axes = self._front_axes(self.model.statements[number], around)
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

    def _front_numbers(self, turns: _Turns) -> str:
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

    def _index(self, number: int, axis: str) -> Index:
        """Return the index of a statement on an axis of the loops around it."""
        statement = self.model.statements[number]
        return statement.index[self.model.axes_of(statement.name).index(axis)]

    # Written out ------------------------------------------------------------------------------------

    def written_out(self, loop: Loop) -> None:
        """Write every place of a loop; the number of statements is known before the first is written."""
        statements = self.model.statements
        places = {number: self._looped(number, self.domains[number]) for number in loop.members}
        if not any(places.values()):
            self.body.add()
            for number in loop.members:
                self.body.comment(equation(statements[number]))
            self.body.comment(f"Not reached in {self._number_of_steps()}.")
            return
        self._hoist(loop, Scope(Block(), known=self.writer.everywhere), self.body)
        bodies = self._bodies(loop, ())
        self.written += sum(boxes.volume(places[number]) * len(block.lines) for number, block in bodies.items())
        require_within(
            self.written,
            UNROLLED_STATEMENTS,
            f"the straight-line program of {self._number_of_steps()} has {{}} statements",
            "leave out the number of steps: a loop computes any number of them",
        )
        self.body.add()
        for number in bodies:
            if places[number]:
                self.body.comment(equation(statements[number]))
        paths = _paths(loop, ())
        instances = [
            (self._moment(number, place, paths[number]), place, number)
            for number in bodies
            for place in boxes.places(places[number])
        ]
        before = ""
        for _, place, number in sorted(instances):
            axes = [axis for level in self.plan.levels[number] for axis in level.vector]
            at = {axis: one for axis, one in zip(self._axes_of(number), place, strict=True) if axis in axes}
            label = ", ".join(f"{shown(axis)} = {one}" for axis, one in at.items())
            if label != before and len(bodies) > 1:
                self.body.comment(label)
            before = label
            index = _index_at({self.open[axis]: one - 1 for axis, one in at.items()})
            for line in bodies[number].lines:
                self.body.add(with_places(line, index))

    def _bodies(self, loop: Loop, outer: tuple[_Turns, ...]) -> dict[int, Block]:
        """Return the lines of each statement of a loop at one place, which is left open."""
        around = (*outer, self._turns(loop, outer))
        scope = self._shared(loop, around, {})
        found: dict[int, Block] = {}
        for work in loop.body:
            if isinstance(work, Loop):
                found |= self._bodies(work, around)
                continue
            own = self._own(scope, Block(indent=0))
            own.loops = {variable: (name, 0) for variable, (name, _) in self._loops(work.number, around).items()}
            self._store(work.number, own)
            found[work.number] = own.block
        return found

    def _looped(self, number: int, domain: Sequence[Box]) -> list[Box]:
        """Return the places of a statement that are taken one by one; an axis that is taken as a whole counts once."""
        axes = {axis for level in self.plan.levels[number] for axis in level.vector}
        own = self._axes_of(number)
        return boxes.union(
            tuple(side if axis in axes else (0, 0) for side, axis in zip(box, own, strict=True)) for box in domain
        )

    def _moment(self, number: int, place: boxes.Place, path: Sequence[int]) -> tuple[int, ...]:
        """Return when a place is computed: in which turn of each loop around it, and where in that."""
        at = dict(zip(self._axes_of(number), place, strict=True))
        moment: list[int] = []
        for level, position in zip(self.plan.levels[number], path, strict=True):
            moment.append(sum(entry * at[axis] for axis, entry in level.vector.items()) + level.leads[number])
            moment.append(position)
        return tuple(moment)

    def _axes_of(self, number: int) -> tuple[str, ...]:
        return self.model.axes_of(self.model.statements[number].name)

    def _number_of_steps(self) -> str:
        """Return how many steps are written out, in words."""
        return steps_in_words({axis: (self.counts or {})[axis] for axis in self.plan.own_axes})

    # Before a loop ----------------------------------------------------------------------------------

    def _hoist_between(self, loop: Loop, around: Sequence[_Turns], known: dict[int, Value], block: Block) -> None:
        """Compute inside some loops what the next loop inside them does not change."""
        numbers = [number for number in loop.members if not self._is_guarded(number, around)]
        if any(one.is_front for one in around) or len(numbers) < len(loop.members):
            return
        loops = {(one.axis, False): (one.name, 0) for one in around}
        scope = Scope(Block(), loops, known)
        self._hoist(loop, scope, block)

    def _hoist(self, loop: Loop, whole: Scope, body: Block) -> None:
        """Compute for all places what does not depend on a loop."""
        hoisted = whole.block = Block(indent=body.indent)
        over_steps = False
        for number in loop.members:
            statement = self.model.statements[number]
            if not statement.is_equation:
                continue
            forms = self.plan.forms[number]
            varying: set[int] = set()
            for node in postorder([statement.value]):
                varies = node.operator == "call" or forms.rank(node) is None
                if node.operator == "read" and not varies:
                    varies = self._is_computed(node.data[0], node.data[1], loop)
                if varies or any(id(argument) in varying for argument in node.arguments):
                    varying.add(id(node))
            for node in _outermost(statement.value, varying):
                if id(node) in self.writer.everywhere or id(node) in whole.known or _is_constant(node):
                    continue
                name = _hint(node, self.public, self.public[statement.name])
                value = self.writer.numeric(self.writer.value(node, forms, whole, name))
                if not value.text.isidentifier():
                    value = self.writer.named(value, name, hoisted)
                whole.known[id(node)] = value
                over_steps |= bool(value.dims)
        if hoisted.lines:
            if not whole.loops:
                body.add()
            if len(self.model.axes) == 1:
                what = "What does not need earlier steps" + (", for all steps at once" if over_steps else "")
            else:
                along = " and ".join(shown(axis) for axis in loop.level.vector)
                what = f"What the loop over {along} does not change, computed at once"
            body.comment(f"{what}.")
            body.lines += hoisted.lines

    def _is_computed(self, name: str, index: Sequence[Index], loop: Loop) -> bool:
        """Say whether what is read may be computed inside a loop, or not be there at all."""
        if any(at.base == "" and at.offset >= 1 for at in index):
            # Where the axis is too short to have it, the loop has no turn.
            return True
        if name not in loop.level.names:
            return False
        exactly = [
            number
            for number, statement in enumerate(self.model.statements)
            if statement.name == name and statement.index == tuple(index)
        ]
        if exactly and not any(at.moves for at in index):
            return exactly[0] in loop.members
        return not any(at.is_off_edge for at in index)


def _paths(loop: Loop, before: tuple[int, ...]) -> dict[int, tuple[int, ...]]:
    """Return where each statement stands in the loops around it, outermost first."""
    found: dict[int, tuple[int, ...]] = {}
    for position, work in enumerate(loop.body):
        path = (*before, position)
        found |= _paths(work, path) if isinstance(work, Loop) else {work.number: path}
    return found


def _index_at(places: Mapping[str, int]) -> Callable[[str, int], str]:
    return lambda word, offset: str(places[word] + offset) if word in places else sum_text(word, offset)


def _from_edge(at: Index) -> int:
    """Return which place from its edge an index is, counted from 1."""
    return at.offset if at.base == "" else 1 - at.offset


def _slice(at: Index) -> str:
    """Return the slice that holds a fixed place where there is one, and else is empty."""
    if at.base == "":
        return f"{at.offset - 1}:{at.offset}"
    return f"{at.offset - 1}:{at.offset or ''}"


def _is_constant(root: Expr) -> bool:
    return all(node.operator == "number" or node.arguments for node in postorder([root]))


def _outermost(root: Expr, varying: set[int]) -> list[Expr]:
    """Return the largest operations that do not vary with the loop, in the order written."""
    found = []
    for node in postorder([root], stop=lambda node: id(node) not in varying):
        is_view = node.operator == "entry" and not node.arguments[0].arguments
        if id(node) not in varying and (node.arguments or node.operator in ("zeros", "ones", "eye")) and not is_view:
            found.append(node)
    return found


def _hint(node: Expr, public: Mapping[str, str], otherwise: str) -> str:
    """Return a name for the value of an expression: what it is made of, where that is short."""
    leaves = []
    for leaf in postorder([node]):
        if leaf.operator in ("read", "parameter"):
            name = leaf.data[0] if leaf.operator == "read" else leaf.data
            leaves.append(public[name].strip("_"))
    names = list(dict.fromkeys(leaves))
    if len(names) == 1 and len(node.arguments) == 1 and not node.arguments[0].arguments:
        # An operation on one name: `W_T`, `exp_a`.
        names = [*names, "T"] if node.operator == "transpose" else [node.operator, *names]
    short = "_".join(names)
    return short if len(names) > 1 and len(short) <= _LONGEST_HINT else f"{otherwise}_given"
