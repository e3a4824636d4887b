"""A kernel as NumPy statements: what any order will do for is computed at once, the rest in loops or written out."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from unfoldgraph.algebra.notation import shown
from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.algebra.shapes import matrix_product
from unfoldgraph.base.affine import Affine, index, whole
from unfoldgraph.base.errors import listing
from unfoldgraph.program.ir import (
    Access,
    Accumulate,
    Apply,
    Assign,
    Comparison,
    Each,
    For,
    Guard,
    IndexRange,
    Kernel,
    KernelStatement,
    Make,
    Remark,
    Routine,
    Value,
    View,
    WhereWhole,
    base_of,
    comparisons_in,
    indices_of,
    nodes,
    shape_of,
    statements_in,
    targets_of,
    values_in,
)
from unfoldgraph.program.names import written_name
from unfoldgraph.program.python_text.nodes import (
    Beside,
    Blank,
    Comment,
    OpenNumber,
    Turn,
    assign,
    binary,
    call,
    compared,
    constant,
    item,
    joined,
    list_of,
    names_used,
    plus,
    slice_of,
    starred,
    tuple_of,
    unary,
)
from unfoldgraph.program.targets.numpy_assignments import AssignmentWriter, is_defined_by
from unfoldgraph.program.targets.numpy_conditions import ConditionWriter, slice_at, told_of_given
from unfoldgraph.program.targets.numpy_names import Called, Scope, known_part
from unfoldgraph.program.targets.numpy_numbers import NumberWriter
from unfoldgraph.program.targets.numpy_places import EVERY, line_of, resolved
from unfoldgraph.program.targets.numpy_regions import (
    axes_of,
    equation_of,
    fronts_in,
    hoisted_run,
    is_at_once,
    is_box,
    is_empty,
    is_in_columns,
    is_loop_around,
    is_told,
    may_be_short,
    places_on,
    solved_by,
    together,
    values_always,
)
from unfoldgraph.program.targets.numpy_rows import RowLoop, over_rows
from unfoldgraph.program.targets.numpy_values import ValueWriter, uses_of

#: When statements compute what a function declines.
_OTHERWISE = "Few steps, coefficients of each sequence, or results that are not finite: step by step."


#: What stands before flat arrays.
_TOLD_OF_LINES = "The places of a wavefront are a slice of a flat array, from its first one on."


@dataclass(frozen=True, slots=True)
class Comments:
    """What comments say.

    Attributes
    ----------
    equations : what was written, by the number of the equation.
    steps : how many steps are written out, in words; empty where there are loops.
    """

    equations: Mapping[int, str]
    steps: str = ""


def statements_of(kernel: Kernel, called: Called, told: Comments, lengths: Mapping[str, int]) -> list[ast.stmt]:
    """Return the statements of a kernel, from arguments in its layout to its results.

    Parameters
    ----------
    called : what the function calls things; the kernel's own names are added.
    told : what comments say.
    lengths : the lengths of axes, by their names in sums, where it is written out for exactly these.
    """
    return _Writer(kernel, called, told, lengths).written()


def _multiplied(value: Value) -> Access | None:
    """Return the whole matrix of the caller that a value is a product of, with a vector; None of any other value."""
    if not isinstance(value, Apply) or OPERATORS[value.row].rule is not matrix_product:
        return None
    matrix, vector = value.arguments
    is_whole = isinstance(matrix, Access) and not matrix.places and base_of(matrix.array).kind == "argument"
    ranks = len(shape_of(matrix) or ()), len(shape_of(vector) or ())
    return matrix if isinstance(matrix, Access) and is_whole and ranks == (2, 1) else None


class _WrittenOut:
    """The turns of a loop that is written out: each statement as it was written once, and what turns make of it."""

    def __init__(self, has_labels: bool) -> None:
        #: Whether several equations are written out together, so that each place is told.
        self.has_labels = has_labels
        self.label = ""
        self.statements: dict[int, tuple[list[ast.stmt], list[OpenNumber], list[Affine]]] = {}
        #: What is computed at each place of a wavefront.
        self.at_places: dict[int, tuple[KernelStatement, ...]] = {}
        self.body: list[ast.stmt] = []
        #: The equations of which something is computed.
        self.reached: set[int] = set()

    def add(self, statement: KernelStatement, numbers: Mapping[str, int]) -> None:
        """Add a turn of a statement."""
        body, opened, sums = self.statements[id(statement)]
        for one in statements_in((statement,)):
            if isinstance(one, Assign) and body:
                self.reached.update([] if one.equation is None else [one.equation])
                self._tell(one.target, numbers)
        values = [at.number(numbers) for at in sums]
        self.body += [Turn(one, opened, values) for one in body]

    def _tell(self, target: Access, numbers: Mapping[str, int]) -> None:
        """Add a comment on the place that comes next."""
        at = {}
        for dim, place in target.places:
            indices = indices_of(place)
            if isinstance(place, Affine) and indices and all(one in numbers for one in indices):
                at[dim] = place.number(numbers) + 1
        label = ", ".join(f"{shown(axis)} = {one}" for axis, one in at.items())
        if self.has_labels and label != self.label:
            self.body.append(Comment(label))
        self.label = label


class _Writer:
    def __init__(self, kernel: Kernel, called: Called, told: Comments, lengths: Mapping[str, int]) -> None:
        self.kernel = kernel
        self.called = called
        self.words = called.words
        self.told = told
        self.lengths = dict(lengths)
        self.values = ValueWriter(called, is_in_columns(kernel))
        #: The arrays that there are.
        self.present = {one.name for one in (*kernel.arguments, *kernel.results)}
        self.present |= {one.buffer.name for one in statements_in(kernel.body) if isinstance(one, Make)}
        self.places = self.values.places
        written_to = {resolved(target)[0].name for one in statements_in(kernel.body) for target in targets_of(one)}
        self.assignments = AssignmentWriter(self.values, written_to)
        self.conditions = ConditionWriter(called)
        #: What is defined before the loop that is being written: the wavefronts in it.
        self.fronts: dict[str, tuple[ast.expr, ast.stmt]] = {}

    @property
    def is_written_out(self) -> bool:
        """Whether there are no loops over steps, but their turns one after the other."""
        return bool(self.told.steps)

    def written(self) -> list[ast.stmt]:
        """Return all statements."""
        scope = Scope([], numbers=self.lengths)
        self._block(self.kernel.body, scope, is_outside=True)
        self._viewed(scope)
        # What is read is only there where what reads it is: not all is reached in few steps.
        used = names_used(scope.body)
        body = [one for one in scope.body if self.assignments.scratch.get(id(one), "") in used | {""}]
        return [*(made for called, made in self.assignments.numbers.items() if called in used), *body]

    def _viewed(self, scope: Scope) -> None:
        """Give the results that are views of other arrays their names, with their margins."""
        for view in dict.fromkeys(one for one in self.kernel.results if isinstance(one, View)):
            axes = [dim for dim in view.dims if dim.role in ("axis", "front")]
            ranges = {dim.name: (dim.first, dim.last) for dim in axes}
            shown = Access(view, tuple((dim.name, index(dim.name)) for dim in axes))
            code = self.places.access(shown, replace(scope, ranges=ranges))
            target = self.called.buffer(view.name)
            scope.body.append(assign(target, self.values.aligned(code, [*ranges], code.rank).tree))

    # Blocks -----------------------------------------------------------------------------------------

    def _block(self, body: Sequence[KernelStatement], scope: Scope, is_outside: bool = False) -> None:
        """Write some statements, each equation under a comment; it calls itself once per nested block."""
        at = 0
        equation: int | None = None
        while at < len(body):
            run = hoisted_run(body, at)
            if run > at and isinstance(body[run], For):
                self._loop_behind(body[at:run], body[run], scope, is_outside)
                at = run + 1
                continue
            statement = body[at]
            if isinstance(statement, Make) and any(is_defined_by(one, statement.buffer) for one in body[at + 1 :]):
                at += 1
                continue
            is_of_terms = isinstance(statement, For) and statement.is_of_terms
            own = equation if is_of_terms else equation_of(statement)
            if (
                is_outside
                and not (is_of_terms or own == equation is not None)
                and (isinstance(statement, For | WhereWhole) or own is not None)
            ):
                scope.body.append(Blank())
            if own is not None and own != equation:
                scope.body.append(Comment(self.told.equations[own]))
            equation = own
            count = len(scope.body)
            self._statement(statement, scope)
            if own is not None and len(scope.body) == count:
                scope.body.append(Comment(f"Not reached in {self.told.steps}."))
            at += 1

    def _loop_behind(
        self, makes: Sequence[KernelStatement], loop: KernelStatement, scope: Scope, is_outside: bool
    ) -> None:
        """Write a loop behind what is computed before it; where no turn of it computes anything, nothing is."""
        before = replace(scope, body=[], known=dict(scope.known))
        after = replace(before, body=[])
        for make in makes:
            self._statement(make, before)
        count = self.assignments.count
        self._statement(loop, after)
        if self.assignments.count > count or self._is_read_elsewhere(makes, loop):
            scope.body += [Blank()] if is_outside else []
            scope.body += [Comment(self._told_of(makes, loop)), *before.body] if before.body else []
            scope.known.update(before.known)
        scope.body += [Blank()] if is_outside else []
        scope.body += after.body

    def _is_read_elsewhere(self, makes: Sequence[KernelStatement], loop: KernelStatement) -> bool:
        """Say whether what is computed before a loop is read behind it as well."""
        own = {one.buffer.name for one in makes if isinstance(one, Make)}
        others = statements_in(one for one in self.kernel.body if one is not loop and one not in makes)
        reads = nodes(value for one in others for value in values_in(one))
        return any(isinstance(node, Access) and resolved(node)[0].name in own for node in reads)

    def _told_of(self, makes: Sequence[KernelStatement], loop: KernelStatement) -> str:
        """Return the comment on what is computed before a loop."""
        if len(self.called.axes) == 1:
            buffers = (make.buffer for make in makes if isinstance(make, Make))
            over_steps = any(dim.role == "axis" for buffer in buffers for dim in buffer.dims)
            which = "later" if isinstance(loop, For) and loop.step < 0 else "earlier"
            return f"What does not need {which} steps{', for all steps at once' if over_steps else ''}."
        assert isinstance(loop, For)  # what is hoisted stands before one
        axes = axes_of(loop, self.called.axes)
        return f"What the loop over {listing([shown(axis) for axis in axes])} does not change, computed at once."

    def _statement(self, statement: KernelStatement, scope: Scope) -> None:
        match statement:
            case Make():
                self.assignments.make(statement, scope)
            case Assign():
                self.assignments.assign(statement, scope)
            case For():
                self._for(statement, scope)
            case Each():
                self._each(statement, scope)
            case Guard():
                self._guard(statement, scope)
            case Accumulate():
                self.assignments.accumulate(statement, scope)
            case Routine():
                self._routine(statement, scope)
            case WhereWhole():
                self._where_whole(statement, scope)
            case Remark():
                told = [self.told.equations[number] for number in statement.equations]
                scope.body += map(Comment, [*told, statement.text])

    def _routine(self, statement: Routine, scope: Scope) -> None:
        """Write a call of a function, and what computes the same where that declines."""
        self.assignments.routine(statement, scope)
        if statement.otherwise:
            inside = replace(scope, body=[Comment(_OTHERWISE)], known=dict(scope.known))
            self._block(statement.otherwise, inside)
            condition = scope.body[-1]
            assert isinstance(condition, ast.If)  # so is what a call ends with that may decline
            condition.body = inside.body

    def _where_whole(self, statement: WhereWhole, scope: Scope) -> None:
        """Write statements for where sums are exact, and those for where they may not be."""
        values = [self.values.written(value, scope, "whole").tree for value in statement.values]
        condition = call("_are_whole", self.called.whole(statement.count, scope), *values)
        branches = []
        for body in (statement.then, statement.other):
            inside = replace(scope, body=[], known=dict(scope.known))
            self._block(body, inside)
            branches.append(inside.body)
        scope.body.append(ast.If(condition, *branches))

    # Loops ------------------------------------------------------------------------------------------

    def _for(self, statement: For, scope: Scope) -> None:
        """Write a loop, or its turns one after the other; wavefronts are found before the outermost."""
        if self.is_written_out and not statement.is_of_terms and is_told(statement, scope.numbers):
            self._written_out(statement, scope)
            return
        is_outermost = not scope.loops
        if statement.by_numbers:
            self.assignments.count += len(statement.body)
            NumberWriter(self.places, self.told.equations.__getitem__).loop(statement, scope)
            return
        rows = over_rows(statement)
        if rows is not None:
            self._over_rows(rows, scope)
            return
        inside = self._inside(
            scope, statement.body, loops=scope.loops + 1, facts=(*scope.facts, *statement.range.facts)
        )
        self._block(statement.body, inside)
        if not inside.body:
            return
        target = self.called.index(statement.index)
        loop = ast.For(target, self._numbers(statement, scope), inside.body, [])
        if is_outermost:
            scope.body += [definition for _, definition in self.fronts.values()]
            self.fronts.clear()
        scope.body.append(loop)

    def _over_rows(self, rows: RowLoop, scope: Scope) -> None:
        """Write a loop over the rows of arrays, behind the names of what is the same in every turn."""
        loop = rows.loop
        for buffer, number in rows.numbers.items():
            array = call(self.words.numpy("array"), self.values.constant(number.value).tree, self.words.dtype)
            scope.body.append(assign(self.called.buffer(buffer.name), array))
        for part, access in rows.parts.items():
            signal = written_name(part.name)
            if signal in self.called.buffers and signal not in self.present:
                # What has no array of its own leaves its name to the rows that it is.
                self.called.buffers[part.name] = self.called.buffers[signal]
                self.present.add(signal)
            scope.body.append(assign(self.called.buffer(part.name), self.places.access(access, scope).tree))
        over = [self.places.access(access, scope).tree for access in rows.rows.values()]
        if loop.step < 0:
            over = [call(self.words["reversed"], one) for one in over]
        names = [self.called.buffer(row.name) for row in rows.rows]
        if rows.needs_number or not over:
            over.insert(0, self._numbers(loop, scope))
            names.insert(0, self.called.index(loop.index))
        inside = self._inside(scope, loop.body, loops=scope.loops + 1, facts=(*scope.facts, *loop.range.facts))
        self._block(loop.body, inside)
        is_one = len(over) == 1
        target = names[0] if is_one else tuple_of(*names)
        scope.body.append(ast.For(target, over[0] if is_one else call(self.words["zip"], *over), inside.body, []))

    def _numbers(self, statement: For, scope: Scope) -> ast.expr:
        """Return the numbers of the turns of a loop."""
        if statement.step == -1:
            return call(self.words["reversed"], self.places.turns(statement.last, statement.first, scope))
        if statement.step == 1:
            return self.places.turns(statement.first, statement.last, scope)
        start, stop = (self.called.whole(end, scope) for end in (statement.first, statement.last))
        stop = plus(stop, 1 if statement.step > 0 else -1)
        return call(self.words["range"], start, stop, constant(statement.step))

    def _inside(self, scope: Scope, body: Sequence[KernelStatement], **changes: Any) -> Scope:
        """Return the scope of what is inside a loop: what its statements have in common has one name.

        That is where each of them always runs, and for single places.
        """
        inside = replace(scope, body=[], known=dict(scope.known), uses={}, **changes)
        values = [value for one in body if not isinstance(one, For) for value in values_always(one)]
        if all(isinstance(one, For) or values_always(one) for one in body):
            inside.uses = uses_of(nodes(values, stop=lambda node: id(node) in scope.known))
        return inside

    def _written_out(self, loop: For, scope: Scope) -> None:
        """Write all turns of a loop one after the other, under all of its equations.

        Each statement is written once, for a turn that is left open, and then stands in every turn that it has.
        """
        members = dict.fromkeys(one.equation for one in statements_in((loop,)) if isinstance(one, Assign))
        written = _WrittenOut(len(members) > 1)
        count = self.assignments.count
        self._opened((loop,), replace(scope, body=[]), written)
        self._turns((loop,), scope.numbers, written)
        told = [number for number in members if number is not None and (number in written.reached or not written.body)]
        scope.body += [Comment(self.told.equations[number]) for number in told]
        scope.body += written.body or [Comment(f"Not reached in {self.told.steps}.")]
        # It is what turns compute that counts.
        self.assignments.count = count + len(written.body)

    def _opened(self, body: Sequence[KernelStatement], scope: Scope, written: _WrittenOut) -> None:
        """Write each statement inside loops once; it calls itself once per nested block."""
        for statement in body:
            match statement:
                case For() if not statement.is_of_terms:
                    opened = scope.opened | {statement.index}
                    facts = (*scope.facts, *statement.range.facts)
                    self._opened(
                        statement.body, self._inside(scope, statement.body, opened=opened, facts=facts), written
                    )
                case Guard():
                    for branch in (statement.then, statement.other):
                        self._opened(branch, replace(scope, known=dict(scope.known), uses={}), written)
                case Each() if statement.on:
                    fronts, others = fronts_in(statement)
                    at_place = (replace(statement, ranges=tuple(others), on=()),) if others else statement.body
                    written.at_places[id(statement)] = at_place
                    inside = replace(scope, known=dict(scope.known), uses={})
                    inside.opened = scope.opened | {one.index for one in fronts}
                    inside.facts = (*scope.facts, *(fact for one in fronts for fact in one.facts))
                    self._opened(at_place, inside, written)
                case _:
                    inside = replace(scope, body=[])
                    first = len(self.called.opened)
                    self._statement(statement, inside)
                    new = self.called.opened[first:]
                    told = [number for number, _ in new], [at for _, at in new]
                    written.statements[id(statement)] = inside.body, *told

    def _turns(self, body: Sequence[KernelStatement], numbers: Mapping[str, int], written: _WrittenOut) -> None:
        """Add the turns of statements; it calls itself once per nested block."""
        for statement in body:
            match statement:
                case For() if not statement.is_of_terms:
                    first, last = (end.number(numbers) for end in (statement.first, statement.last))
                    for number in range(first, last + (1 if statement.step > 0 else -1), statement.step):
                        self._turns(statement.body, {**numbers, statement.index: number}, written)
                case Guard():
                    holds = all(one.holds(numbers) for one in statement.all_of)
                    self._turns(statement.then if holds else statement.other, numbers, written)
                case Each() if statement.on:
                    fronts, _ = fronts_in(statement)
                    for found in places_on(fronts, statement.on, numbers):
                        self._turns(written.at_places[id(statement)], found, written)
                case _:
                    written.add(statement, numbers)

    def _silent(self, body: Sequence[KernelStatement], scope: Scope) -> None:
        """Write statements without comments."""
        for statement in body:
            self._statement(statement, scope)

    # At once ----------------------------------------------------------------------------------------

    def _each(self, each: Each, scope: Scope) -> None:
        """Write what is computed for all places of some ranges: as arrays where it can be."""
        fronts, others = fronts_in(each)
        if not each.ranges:
            self._silent(each.body, scope)
        elif not is_at_once(each, fronts, scope):
            outer = next((one for one in each.ranges if is_loop_around(one, each, scope)), None)
            for group in together(each):
                if outer is not None:
                    rest = tuple(one for one in each.ranges if one != outer)
                    self._loop_around(outer, Each(rest, group), scope)
                else:
                    self._one_by_one(replace(each, body=group), fronts, others, scope)
        elif each.in_lines:
            self._line(each, scope)
        elif fronts:
            self._front(each, fronts, others, scope)
        elif not any(is_empty(one, scope) for one in each.ranges):
            self._arrays(each, scope)

    def _arrays(self, each: Each, scope: Scope) -> None:
        """Write what is computed for all places by slices, where there are any."""
        ranges = {one.index: (one.first, one.last) for one in each.ranges}
        short = [one for one in each.ranges if may_be_short(one, scope)]
        inside = replace(scope, ranges={**scope.ranges, **ranges})
        if short:
            inside = replace(inside, body=[], known=dict(scope.known), uses={})
        for statement in each.body:
            self._masked(statement, inside, ())
        if short:
            # A slice that ends before it begins may count from the end.
            ends = [self._in_order(one, scope) for one in short]
            scope.body.append(ast.If(joined("and", *ends), inside.body, []))

    def _in_order(self, one: IndexRange, scope: Scope) -> ast.expr:
        """Return the condition that a range has numbers."""
        if isinstance(one.first, Affine) and isinstance(one.last, Affine):
            least = one.first - one.last
            more = Affine(tuple((name, -factor) for name, factor in least.terms if factor < 0))
            return compared(self.called.whole(more, scope), ">=", self.called.whole(least + more, scope))
        return compared(self.called.whole(one.first, scope), "<=", self.called.whole(one.last, scope))

    def _loop_around(self, outer: IndexRange, each: Each, scope: Scope) -> None:
        """Write a loop over the places of one range, for all of others in each turn."""
        facts = (*scope.facts, *outer.facts)
        inside = replace(scope, body=[], known=dict(scope.known), uses={}, loops=scope.loops + 1, facts=facts)
        self._each(each, inside)
        if inside.body:
            turns = self.places.turns(outer.first, outer.last, scope)
            scope.body.append(ast.For(self.called.index(outer.index), turns, inside.body, []))

    def _one_by_one(self, each: Each, fronts: Sequence[IndexRange], others: Sequence[IndexRange], scope: Scope) -> None:
        """Write a loop over places of which each needs a turn of its own."""
        facts = (*scope.facts, *(fact for one in each.ranges for fact in one.facts))
        inside = replace(scope, body=[], known=dict(scope.known), uses={}, loops=scope.loops + 1, facts=facts)
        self._silent(each.body, inside)
        body = inside.body
        if not body:
            return
        if fronts and is_box(fronts):
            for one in reversed(others):
                body = [ast.For(self.called.index(one.index), self.places.turns(one.first, one.last, scope), body, [])]
            names = tuple_of(*(self.called.index(one.index) for one in fronts))
            places = call(self.words["zip"], starred(self._places_of(each, fronts, scope)))
            scope.body.append(ast.For(names, places, body, []))
            return
        solved = solved_by(each)
        for at in each.on:
            if not any(at.factor(own) and place == at.solved(own) for own, place in solved.items()):
                zero = compared(self.called.whole(at, scope), "==", constant(0))
                body = [ast.If(zero, body, [])]
        for one in reversed(each.ranges):
            target = self.called.index(one.index)
            if one.index in solved:
                is_inside = self._is_inside(one, solved[one.index], inside)
                made = assign(target, self.called.whole(solved[one.index], scope))
                body = [made, *(body if is_inside is None else [ast.If(is_inside, body, [])])]
            else:
                body = [ast.For(target, self.places.turns(one.first, one.last, scope), body, [])]
        scope.body += body

    def _is_inside(self, one: IndexRange, at: Affine, scope: Scope) -> ast.expr | None:
        """Return the condition that a number that is told is in a range; None where that is known."""
        target = self.called.index(one.index)
        first = None if isinstance(one.first, Affine) and scope.is_told(at - one.first, one.index) else one.first
        last = None if isinstance(one.last, Affine) and scope.is_told(one.last - at, one.index) else one.last
        if first is None or last is None:
            if last is not None:
                return compared(target, "<=", self.called.whole(last, scope))
            return None if first is None else compared(target, ">=", self.called.whole(first, scope))
        ends = [self.called.whole(end, scope) for end in (first, last)]
        return ast.Compare(ends[0], [ast.LtE(), ast.LtE()], [target, ends[1]])

    def _front(self, each: Each, fronts: Sequence[IndexRange], others: Sequence[IndexRange], scope: Scope) -> None:
        """Write what is computed for all places of a wavefront by arrays of their indices."""
        names = [self.called.index(one.index) for one in fronts]
        target = list_of(*names) if len(names) == 1 else tuple_of(*names)
        ranges = {one.index: (one.first, one.last) for one in others}
        arrays = scope.arrays | {one.index for one in fronts}
        inside = replace(scope, known=dict(scope.known), uses={}, ranges={**scope.ranges, **ranges}, arrays=arrays)
        is_whole = False
        for statement in each.body:
            if not is_whole:
                scope.body.append(assign(target, self._places_of(each, fronts, scope)))
                inside, is_whole = replace(inside, known=dict(scope.known)), True
            guards: list[Guard] = []
            while isinstance(statement, Guard):
                guards.append(statement)
                (statement,) = statement.then or statement.other
            if guards:
                kept = self.called.new("kept")
                scope.body.append(assign(kept, self.conditions.mask(guards, inside)))
                chosen = [item(one, kept) for one in names]
                scope.body.append(assign(target, list_of(*chosen) if len(chosen) == 1 else tuple_of(*chosen)))
                inside, is_whole = replace(inside, known=dict(scope.known)), False
            self._statement(statement, inside)

    def _line(self, each: Each, scope: Scope) -> None:
        """Write what is computed for all places of a wavefront of two axes by slices of flat arrays."""
        own = [one.index for one in each.ranges]
        lines: dict[tuple[object, ...], tuple[ast.expr, ast.expr | None]] = {}
        #: Of each slice how the places along it are counted, and what it is called.
        slices: dict[tuple[Affine, ...], ast.expr] = {}
        values = list(nodes(value for one in each.body for value in (*targets_of(one), *values_in(one))))
        if scope.loops and _TOLD_OF_LINES not in self.fronts:
            self.fronts[_TOLD_OF_LINES] = constant(None), Comment(_TOLD_OF_LINES)
        for access in values:
            if isinstance(access, Access) and any(name in own for _, at in access.places for name in indices_of(at)):
                array, numbers = self._flat(access, own, scope)
                if numbers not in slices:
                    slices[numbers] = self.called.new("places")
                lines[line_of(access)] = array, slices[numbers]
        for matrix in filter(None, map(_multiplied, values)):
            name = matrix.array.name
            turned = call("_by_columns", self.called.buffer(name))
            lines[line_of(matrix)] = self._before(f"{written_name(name)}_columns", turned, scope), None
        lengths = tuple_of(*(self.places.count(one.first, one.last, scope) for one in each.ranges))
        direction = tuple_of(*(constant(each.on[0].factor(one)) for one in own))
        counted = [tuple_of(*(self.called.whole(number, scope) for number in numbers)) for numbers in slices]
        made = self._before("fronts", call("_front_slices", lengths, direction, *counted), scope)
        scope.body.append(assign(list_of(*slices.values()), self._at_times(made, each, each.ranges, scope)))
        arrays = scope.arrays | {*own}
        self._silent(each.body, replace(scope, known={}, uses={}, arrays=arrays, lines=lines))

    def _flat(self, access: Access, own: Sequence[str], scope: Scope) -> tuple[ast.expr, tuple[Affine, ...]]:
        """Return an array as one of one dimension, from the first place of an access on, and how places are counted."""
        axes = [dim for dim in access.array.dims if dim.role in ("axis", "front")]
        places = dict(access.places)
        rows: list[Affine] = []
        for dim in axes:
            at = places[dim.name]
            assert isinstance(at, Affine)  # so a pass has found
            rows.append(at + dim.before)
        tree = self.called.buffer(access.array.name)
        width = whole(1) if len(axes) == 1 else axes[1].extent + axes[1].before + axes[1].after
        numbers = []
        for one in own:
            factors = [row.factor(one) for row in rows]
            numbers.append(width.times(factors[0]) + (factors[1] if len(axes) > 1 else 0))
        begins = [row.at(dict.fromkeys(own, whole(0))) for row in rows]
        if len(axes) > 1:
            tree = call("_flat", tree)
        first = self._first(begins, width, scope)
        if not (isinstance(first, ast.Constant) and not first.value):
            tree = item(tree, slice_of(first, None))
        if not isinstance(tree, ast.Name):
            tree = self._before(f"{written_name(access.array.name)}_flat", tree, scope)
        return tree, tuple(numbers)

    def _first(self, begins: Sequence[Affine], width: Affine, scope: Scope) -> ast.expr:
        """Return the number of a place in a flat array, whose rows are so wide."""
        row, *column = begins
        if not column:
            return self.called.whole(row, scope)
        if not row.terms:
            return self.called.whole(width.times(row.constant) + column[0], scope)
        product = binary("*", self.called.whole(row, scope), self.called.whole(width, scope))
        return self.called.more(product, column[0])

    def _before(self, hint: str, value: ast.expr, scope: Scope) -> ast.expr:
        """Return the name of what is made before the outermost loop, and once for all that need the same."""
        key = ast.dump(value)
        if key not in self.fronts:
            made = self.called.new(hint)
            self.fronts[key] = made, assign(made, value)
            if not scope.loops:
                scope.body.append(self.fronts.pop(key)[1])
                return made
        return self.fronts[key][0]

    def _places_of(self, each: Each, fronts: Sequence[IndexRange], scope: Scope) -> ast.expr:
        """Return the places of a wavefront, an array of indices for each of its axes."""
        lengths = tuple_of(*(self.places.count(one.first, one.last, scope) for one in fronts))
        directions = [tuple_of(*(constant(at.factor(one.index)) for one in fronts)) for at in each.on]
        made = self._before("fronts", call("_fronts", lengths, *directions), scope)
        return self._at_times(made, each, fronts, scope)

    def _at_times(self, made: ast.expr, each: Each, fronts: Sequence[IndexRange], scope: Scope) -> ast.expr:
        """Return the places of a wavefront at the time that the sums of a statement tell."""
        still = {one.index: whole(0) for one in fronts}
        return call(made, *(self.called.whole(at.at(still).times(-1), scope) for at in each.on))

    def _masked(self, statement: KernelStatement, scope: Scope, given: tuple[ast.expr, ...]) -> None:
        """Write a statement for whole axes, but not for the places that are given in another way.

        It calls itself once per nested condition.
        """
        if isinstance(statement, Guard):
            (inner,) = statement.then or statement.other
            alone = [tuple(comparisons_in([one])) for one in statement.all_of]
            groups = alone if statement.then else [tuple(comparisons_in(statement.all_of))]
            inside = replace(scope, known=dict(scope.known), uses={})
            self._masked(inner, inside, (*given, *(self._slices(group, scope, inner) for group in groups)))
        elif isinstance(statement, Assign):
            self.assignments.assign(statement, scope, given)
        else:
            self._statement(statement, scope)

    def _slices(self, fixed: Sequence[Comparison], scope: Scope, inner: KernelStatement) -> ast.expr:
        """Return the index of places of a target that are given in another way: of slices that may be empty."""
        places: dict[str, ast.expr] = {}
        conditions = []
        for one in fixed:
            own = [name for name, _ in one.left.terms if name in scope.ranges]
            if own:
                _, last = scope.ranges[own[0]]
                assert isinstance(last, Affine)  # no other is left out by slices
                places[own[0]] = slice_at(known_part(one.right, scope), known_part(last, scope))
            else:
                conditions.append(self.conditions.compared(replace(one, relation="=="), scope))
        while isinstance(inner, Guard):
            (inner,) = inner.then or inner.other
        (target,) = targets_of(inner)
        items = [places.get(own, EVERY) for own in self.places.access(target, scope, is_target=True).indices]
        while items and items[-1] is EVERY:
            items.pop()
        numpy_index = self.words.numpy("s_")
        chosen = item(numpy_index, *(items or [constant(...)]))
        if not conditions:
            return chosen
        return ast.IfExp(joined("and", *conditions), chosen, item(numpy_index, slice_of(None, constant(0))))

    # Conditions -------------------------------------------------------------------------------------

    def _guard(self, guard: Guard, scope: Scope) -> None:
        """Write statements under a condition."""
        names = {
            name for one in comparisons_in(guard.all_of) for side in (one.left, one.right) for name, _ in side.terms
        }
        if self.is_written_out and names <= scope.numbers.keys():
            chosen = guard.then if all(one.holds(scope.numbers) for one in guard.all_of) else guard.other
            self._silent(chosen, scope)
            return
        branches = []
        for body in (guard.then, guard.other):
            inside = replace(scope, body=[], known=dict(scope.known), uses={})
            self._silent(body, inside)
            branches.append(inside.body)
        condition = self.conditions.condition(guard.all_of, scope)
        then, other = branches
        if not then and not other:
            return
        told = told_of_given(guard)
        if not then:
            condition, then, other = unary("not", condition), other, []
        made = ast.If(condition, then, other)
        scope.body.append(Beside(made, told) if told else made)
