"""From statements as they were written to a model that means something, or all the reasons why not.

The text and the Python builder both end in a `Draft`: declarations and equations whose names are resolved
but which may still be wrong. `build` checks indices, boundaries, shapes and causality, in this order, each
pass telling everything it finds, and interns what is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from unfoldgraph.algebra.expression import (
    Binding,
    Index,
    Term,
    changed_item,
    intern,
    items_of,
    postorder,
    sizes_of_indices,
)
from unfoldgraph.algebra.inlining import Function, Inlining
from unfoldgraph.algebra.notation import brief, read_text, shown, text
from unfoldgraph.algebra.operators import is_reduction
from unfoldgraph.algebra.shape_engine import rule_of
from unfoldgraph.algebra.shapes import Shape, stacked_over
from unfoldgraph.base.affine import Affine, axis_of_length, is_index, is_size, length, plain_name
from unfoldgraph.base.affine import index as whole_index
from unfoldgraph.base.errors import CircuitError, Findings, Span, did_you_mean, listing
from unfoldgraph.base.limits import ALL_AXES, AXES, OFFSET, SPECIAL_PLACES
from unfoldgraph.model.axes import Axes, followed
from unfoldgraph.model.boundaries import Boundaries, argument_names
from unfoldgraph.model.equations import AsWritten, Constant, Definition, FreeBoundary, Group, Model, Read, Statement
from unfoldgraph.model.missing_places import meeting
from unfoldgraph.model.order.statement_order import Occurrences, order
from unfoldgraph.model.reads import OccurrencesOfReads
from unfoldgraph.model.shape_inference import Inferred, Sided, infer


@dataclass(frozen=True, slots=True)
class Declaration:
    """`x(t) : n` or `W : (m, m)`; `written` is the shape where constants are among its sizes."""

    name: str
    axes: tuple[str, ...]
    shape: Shape | None
    span: Span | None = None
    written: Shape | None = None


@dataclass(frozen=True, slots=True)
class Equation:
    """`name(index) = right for ranges`, names resolved; `span` is its left side.

    `written` are both sides and the ranges where these were written in another form.
    """

    name: str
    index: tuple[Index, ...]
    right: Term
    span: Span | None = None
    ranges: tuple[Binding, ...] = ()
    written: tuple[Term, Term, tuple[Binding, ...]] | None = None


@dataclass(frozen=True, slots=True)
class WrittenGroup:
    """`group "…": i, f, o`, with the place of each name."""

    title: str
    names: tuple[str, ...]
    spans: tuple[Span | None, ...]


@dataclass(slots=True)
class Draft:
    """A circuit as it was written, in the order written."""

    name: str = "circuit"
    title: str | None = None
    items: list[Declaration | Equation | Function] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)
    groups: list[WrittenGroup] = field(default_factory=list)
    constants: list[Constant] = field(default_factory=list)


def build(draft: Draft) -> Model:
    """Return the model of a draft; raises `CircuitError` with every problem of the first pass that has any.

    >>> from unfoldgraph.algebra.expression import Term
    >>> before = Term("read", (), ("s", (Index("t", -1),)))
    >>> build(Draft(items=[Equation("s", (Index("t"),), before)])).free[0].argument
    's0'
    """
    return _Build(draft).model()


class _Build:
    """One draft on its way to a model."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.findings = draft.findings
        self.declarations = [item for item in draft.items if isinstance(item, Declaration)]
        self.functions = {item.name: item for item in draft.items if isinstance(item, Function)}
        axes_of = _axes_written(draft)
        written = [
            _along_diagonal(item, axes_of.get(item.name, ())) if isinstance(item, Equation) else item
            for item in draft.items
        ]
        self.items = [_aligned(item) if isinstance(item, Equation) else item for item in written]
        self.equations = [item for item in self.items if isinstance(item, Equation)]
        pairs = zip(written, self.items, strict=True)
        self.is_moved = [one is not other for one, other in pairs if isinstance(other, Equation)]
        self.values: list[Term] = []
        self.read_spans: list[dict[Read, Span | None]] = []
        self.statements: list[Statement] = []

    def model(self) -> Model:
        """Run the passes, each on what the ones before have accepted."""
        if not self.equations:
            names = [shown(constant.name) for constant in self.draft.constants]
            if names:
                message = f"no equations: {listing(names)} {'is a constant' if len(names) == 1 else 'are constants'}"
                self.findings.error(message, help=f"declare what is a value: {names[0]} : ()")
            else:
                self.findings.error("no equations", help="write one, such as: h(t) = tanh(h(t-1) + x(t))")
            self.findings.stop()
        self._write_out()
        self._find_axes()
        self._collect_names()
        groups = tuple(self._group(group) for group in self.draft.groups)
        for number, equation in enumerate(self.equations):
            self._check_statement(number, equation)
        self.findings.stop()
        length_of = {axis: self.axes.representative(axis) for axis in self.axes.names}
        length_from = self.axes.compared(self.statements, self.inputs)
        self._check_defined_once(length_of)
        self.findings.stop()
        spans = [one.span for one in self.equations]
        occurrences = Occurrences(self.statements, spans, self.is_moved, self.read_spans, self.findings)
        # Off an edge is what is so at the lengths that the axes have by themselves.
        usual = {axis: followed(own, length_from)[-1] for axis, own in length_of.items()}
        free = self._boundaries(occurrences, usual)
        self.findings.stop()
        shapes = self._shapes()
        self.findings.stop()
        components = order(occurrences, tuple(self.axes.names), self.axes.of, length_of)
        self._warn_unused()
        self.findings.stop()
        return Model(
            name=self.draft.name,
            title=self.draft.title,
            axes=tuple(self.axes.names),
            signals=self.signals,
            inputs=self.inputs,
            parameters=tuple(self.parameters),
            functions=self._functions_called(),
            sizes=self._sizes_used(),
            shapes=shapes.shapes,
            declared={item.name: item.shape for item in self.declarations},
            scalar_too=shapes.scalar_too & frozenset(self.parameters),
            length_of=length_of,
            length_from=length_from,
            definitions=tuple(
                Definition(
                    item.name, item.arguments, intern(item.body), None if item.written is None else intern(item.written)
                )
                for item in self.functions.values()
            ),
            statements=tuple(self.statements),
            schedule=tuple(components),
            free=tuple(free),
            groups=groups,
            warnings=self.findings.warnings,
            constants=tuple(self.draft.constants),
            written_shapes={item.name: item.written for item in self.declarations if item.written is not None},
        )

    # Names and axes ---------------------------------------------------------------------------------

    def _write_out(self) -> None:
        lowering = Inlining(self.functions)
        for equation in self.equations:
            try:
                self.values.append(lowering.statement(equation.right))
            except CircuitError as error:
                self.findings.error(error.message, error.span or equation.span, error.help)
                self.findings.stop()

    def _find_axes(self) -> None:
        """Find the axes of every name: those of left sides and declarations, or those that it is read by."""
        names: dict[str, None] = {}
        known: dict[str, tuple[str, ...]] = {}
        for item in self.items:
            if isinstance(item, Function):
                continue
            # What is declared alone is a parameter, or a value that an equation gives.
            index = [Index(axis) for axis in item.axes] if isinstance(item, Declaration) else list(item.index)
            named = tuple(at.base for at in index if at.moves)
            names.update(dict.fromkeys(named))
            label = read_text(item.name, index)
            if len(set(named)) < len(named):
                self.findings.error(f"{label} names an axis twice", item.span, "give each of its places its own axis")
            if len(index) > AXES:
                self.findings.error(f"{label} has {len(index)} axes; the limit is {AXES}", item.span)
            if len(named) == len(index) and (named or isinstance(item, Equation)):
                known.setdefault(item.name, named)
        self.findings.stop()
        self.axes = Axes(self.findings, known, names)
        self.axes.find_inputs([(e.index, value) for e, value in zip(self.equations, self.values, strict=True)])
        if len(self.axes.names) > ALL_AXES:
            self.findings.error(
                f"the circuit has {len(self.axes.names)} axes; the limit is {ALL_AXES}",
                help="signals that never meet may have an axis of the same name",
            )
            self.findings.stop()
        self.values = [
            self.axes.resolved(value, [at.base for at in equation.index if at.moves])
            for equation, value in zip(self.equations, self.values, strict=True)
        ]
        self.findings.stop()

    def _collect_names(self) -> None:
        """Sort the names into signals, inputs and parameters, each in the order written."""
        own = self.axes.of
        equations = [item for item in self.equations if all(at.moves for at in item.index) and not _is_off_axis(item)]
        self.signals = {equation.name: own[equation.name] for equation in equations}
        self.inputs: dict[str, tuple[str, ...]] = {}
        self.parameters: dict[str, None] = {}
        values = iter(self.values)
        for item in self.items:
            if isinstance(item, Declaration) and item.name not in self.signals:
                if item.axes:
                    self.inputs.setdefault(item.name, item.axes)
                else:
                    self.parameters.setdefault(item.name)
            elif isinstance(item, Equation):
                for term in postorder([next(values)]):
                    if term.operator == "parameter":
                        self.parameters.setdefault(term.data)
                    elif term.operator == "read" and term.data[0] not in self.signals:
                        self.inputs.setdefault(term.data[0], own[term.data[0]])
        for item in self.declarations:
            if item.name in self.signals:
                equation = next(one for one in equations if one.name == item.name)
                written = tuple(at.base for at in equation.index)
                if item.axes != written:
                    self.findings.error(
                        f"'{shown(item.name)}' is declared with other axes than its equation has, "
                        f"{read_text(item.name, equation.index)}",
                        item.span,
                    )

    def _group(self, group: WrittenGroup) -> Group:
        """Return a group, having checked that it is of signals and inputs, each named once."""
        known = {**self.signals, **self.inputs}
        for number, (name, span) in enumerate(zip(group.names, group.spans, strict=True)):
            if name in group.names[:number]:
                self.findings.error(f"'{shown(name)}' stands twice in one group", span, "name it once")
            elif name in self.parameters:
                kinds = "a group is of signals and inputs"
                self.findings.error(f"{kinds}, and '{shown(name)}' is a parameter", span, "leave it out of the group")
            elif name not in known:
                listed = f"there are: {', '.join(map(shown, known))}"
                hint = did_you_mean(shown(name), map(shown, known)) or listed
                self.findings.error(f"unknown signal '{shown(name)}' in a group", span, hint)
        return Group(group.title, group.names)

    # Indices ----------------------------------------------------------------------------------------

    def _check_statement(self, number: int, equation: Equation) -> None:
        """Check the left side and every read of a statement, and note what it reads."""
        label = read_text(equation.name, equation.index)
        if any(abs(at.offset) > OFFSET for at in equation.index):
            self.findings.error(f"the index of {label} is over the limit of {OFFSET} steps", equation.span)
        if equation.name not in self.signals:
            self._check_boundary_of_input(equation, label)
        self._check_left(equation, label)
        value = self.values[number]
        axes = [at.base for at in equation.index if at.moves]
        reads: dict[Read, Span | None] = {}
        parameters: dict[str, None] = {}
        # Names that are bound in ranges are unique here, and nothing goes by one outside of its own.
        bound = {one.name for term in postorder([value]) if is_reduction(term) for one in term.data}
        for term, alternatives in OccurrencesOfReads(value).found:
            if self._check_read(term, [*axes, *bound], label):
                for read in alternatives:
                    reads.setdefault(read, term.span)
        for term in postorder([value]):
            if term.operator == "parameter":
                parameters.setdefault(term.data)
            elif term.operator == "axis" and not term.data[1] and term.data[0] not in axes:
                self.findings.error(
                    f"the axis '{shown(term.data[0])}' has no value in {label}",
                    term.span,
                    f"use a reduction: sum(… for {shown(term.data[0])})",
                )
            elif rule_of(term) is stacked_over:
                self._check_size_of_range(term)
        self.read_spans.append(reads)
        written = equation.written
        self.statements.append(
            Statement(
                equation.name,
                equation.index,
                intern(equation.right),
                intern(value),
                tuple(reads),
                tuple(parameters),
                equation.ranges,
                None if written is None else AsWritten(intern(written[0]), intern(written[1]), written[2]),
            )
        )

    def _check_size_of_range(self, term: Term) -> None:
        """Refuse an array that is built over an axis, or that would have another size from place to place."""
        (binding,) = term.data
        name = shown(binding.name)
        if not binding.ends or any(axis_of_length(one) for end in binding.ends for one, _ in end.terms):
            what = "would have the length of an axis for its size, which differs from call to call"
        elif any(is_index(one) for one, _ in (binding.ends[1] - binding.ends[0]).terms):
            what = "would have another size from place to place"
        else:
            return
        # What is left out of a softmax is minus infinity there; 0 would be a weight like others.
        hint = (
            f"let {name} run between numbers and sizes, as in (… if {name} < t else 0) for {name} in 0..M-1; "
            "in a softmax write -inf for what is not there"
        )
        self.findings.error(f"{brief(term)} {what}", term.span, hint)

    def _check_left(self, equation: Equation, label: str) -> None:
        """Check that a boundary or a pin has the axes of its equation."""
        own = self.axes.of.get(equation.name, ())
        usual = self._usual(equation.name)
        if not own and equation.name not in self.signals:
            return
        if len(equation.index) != len(own):
            self.findings.error(f"{label} does not have the axes of {usual}", equation.span)
            return
        for at, axis in zip(equation.index, own, strict=True):
            if at.moves and at.base != axis:
                name, own_name = shown(at.base), shown(axis)
                is_size = any(at.base in (item.shape or ()) for item in self.declarations)
                self.findings.error(
                    f"{label} names a place by '{name}', where {usual} has '{own_name}'",
                    equation.span,
                    f"a size is the end of a range: {usual} = … for {own_name} in {name}..{name}, and others beside it"
                    if is_size
                    else f"write {own_name} for {name}",
                )

    def _check_boundary_of_input(self, equation: Equation, label: str) -> None:
        """Take a name with fixed places only as an input, whose places off the edges may be given."""
        axes = self.axes.of.get(equation.name) or tuple(self.axes.names) or ("t",)
        usual = read_text(equation.name, [Index(axis) for axis in axes])
        if equation.name not in self.inputs:
            self.findings.error(
                f"{label} is given, but no equation says what {usual} is", equation.span, f"write {usual} = …"
            )
        elif not any(at.is_off_edge for at in equation.index) and not _is_off_axis(equation):
            self.findings.error(
                f"{label} is given, but {usual} has no equation: it is an input",
                equation.span,
                f"an input has its own values from 1 to end; write {usual} = … to make it a signal",
            )

    def _check_read(self, term: Term, axes: Sequence[str], label: str) -> bool:
        """Note what is wrong with a read inside a statement that has some indices; say whether it has its places."""
        name, index = term.data
        written = text(term)
        own = self.axes.of.get(name, ())
        usual = self._usual(name)
        if len(index) != len(own):
            indices, axes_word = "index" if len(index) == 1 else "indices", "axis" if len(own) == 1 else "axes"
            self.findings.error(
                f"{written} has {len(index)} {indices}, but '{shown(name)}' has {len(own)} {axes_word}",
                term.span,
                f"write {usual}" if own or name in self.signals else f"say what it runs over: {shown(name)}(t) : ?",
            )
            return False
        for at in index:
            if abs(at.form.constant if at.form is not None else at.offset) > OFFSET:
                self.findings.error(f"the offset of {written} is over the limit of {OFFSET} steps", term.span)
            elif at.base == "" and at.offset < 1 and name in self.inputs and not self._is_written(name, index):
                self.findings.warn(
                    f"{written} is read before the first step: axes start at 1",
                    term.span,
                    f"{read_text(name, [one._replace(offset=1) if one == at else one for one in index])} "
                    "is the first place",
                )
            elif at.moves and not at.bound and at.base not in axes:
                place = [Index("end") if one == at else one for one in index]
                whole = [one._replace(bound=True) if one == at else one for one in index]
                self.findings.error(
                    f"{written} needs a value of '{shown(at.base)}', which {label} does not have",
                    term.span,
                    f"read one place, as in {read_text(name, place)}, "
                    f"or all: sum({read_text(name, whole)} for {shown(at.base)})",
                )
            elif at.form is not None:
                missing = next((one for one, _ in at.form.terms if is_index(one) and one not in axes), None)
                if missing is not None:
                    self.findings.error(
                        f"{written} needs a value of '{shown(missing)}', which {label} does not have",
                        term.span,
                        f"use a reduction: sum(… for {shown(missing)} in …)",
                    )
        return True

    def _is_written(self, name: str, index: tuple[Index, ...]) -> bool:
        return any(equation.name == name and equation.index == index for equation in self.equations)

    # One value for every place ----------------------------------------------------------------------

    def _check_defined_once(self, length_of: Mapping[str, str]) -> None:
        seen: dict[tuple[str, tuple[Index, ...], tuple[Binding, ...]], Equation] = {}
        special: dict[str, int] = {}
        for equation in self.equations:
            first = seen.setdefault((equation.name, equation.index, equation.ranges), equation)
            label = read_text(equation.name, equation.index)
            if first is not equation:
                also = [(first.span, "first here")] if first.span else []
                self.findings.error(f"{label} is defined twice", equation.span, None, also)
            elif len(equation.index) > 1 and not all(at.moves for at in equation.index):
                special[equation.name] = special.get(equation.name, 0) + 1
                if special[equation.name] > SPECIAL_PLACES:
                    self.findings.error(
                        f"'{shown(equation.name)}' has more than {SPECIAL_PLACES} boundaries and pins",
                        equation.span,
                        "give them by an input, as in c(0, j) = top(j)",
                    )
                    self.findings.stop()
        self._check_disjoint(length_of)
        declared: dict[str, Declaration] = {}
        for item in self.declarations:
            earlier = declared.setdefault(item.name, item)
            if earlier is not item:
                also = [(earlier.span, "first here")] if earlier.span else []
                self.findings.error(f"'{shown(item.name)}' is declared twice", item.span, None, also)

    def _check_disjoint(self, length_of: Mapping[str, str]) -> None:
        """Refuse two equations of one name that give the same place at some length."""
        by_name: dict[str, list[int]] = {}
        for number, statement in enumerate(self.statements):
            if statement.is_equation:
                by_name.setdefault(statement.name, []).append(number)
        for name, numbers in by_name.items():
            for before, number in combinations(numbers, 2):
                if self.statements[before].ranges == self.statements[number].ranges:
                    continue
                found = meeting(self.statements[before], self.statements[number], self.axes.of[name], length_of)
                if found is not None:
                    lengths, sizes = found
                    told = [
                        f"{shown(axis)} has {length} {'step' if length == 1 else 'steps'}"
                        for axis, length in lengths.items()
                    ]
                    told += [f"{shown(size)} is {value}" for size, value in sizes.items()]
                    where = f" where {listing(told)}" if told else ""
                    first, second = self.equations[before], self.equations[number]
                    self.findings.error(
                        f"two equations of {self._usual(name)} give the same place{where}",
                        second.span,
                        "let their ranges be apart at every length",
                        [(first.span, "the other")] if first.span else [],
                    )

    def _boundaries(self, occurrences: Occurrences, length_of: Mapping[str, str]) -> list[FreeBoundary]:
        """Return what the caller gives off the edge, having checked that all or none of it is written."""
        edges = Boundaries(occurrences, {**self.inputs, **self.signals}, length_of)
        free = edges.free()
        edges.warn_unread()
        taken = {
            **dict.fromkeys((*self.functions, *self._functions_called()), "a function"),
            **dict.fromkeys(self.parameters, "a parameter"),
            **dict.fromkeys(self.inputs, "an input"),
            **dict.fromkeys(self.signals, "a signal"),
            **{constant.name: "a constant" for constant in self.draft.constants},
        }
        # Those that can have their first name do, whatever the order.
        usual = {boundary.argument: "a boundary" for boundary in free if boundary.argument not in taken}
        return [
            boundary if boundary.argument not in taken else self._renamed(boundary, {**usual, **taken})
            for boundary in free
        ]

    def _renamed(self, boundary: FreeBoundary, taken: Mapping[str, str]) -> FreeBoundary:
        """Return what is left to the caller under a name that nothing else has; where there is none, note that."""
        names = argument_names(boundary.name)
        own = next((name for name in names if name not in taken), None)
        if own is not None:
            return replace(boundary, argument=own)
        label = read_text(boundary.name, [Index("", boundary.boxes[-1][0][1])])
        first = read_text(boundary.name, [Index("", boundary.boxes[0][0][0])])
        listed = " or ".join(f"'{shown(name)}'" for name in names)
        kinds = list(dict.fromkeys(taken[name] for name in names))
        those = "that is" if len(names) == 1 else "these are" if len(kinds) > 1 else "each of these is"
        self.findings.error(
            f"{label} is left to the caller as {listed}, but {those} {listing(kinds)}",
            next((e.span for e in self.equations if e.name == boundary.name), None),
            f"write {label} = …" if first == label else f"write {label} = …, and so on to {first} = …",
        )
        return boundary

    # Shapes -----------------------------------------------------------------------------------------

    def _shapes(self) -> Inferred:
        # A declaration that says nothing of the shape does not count, so that it may be left out.
        telling = [
            item.name
            for item in self.draft.items
            if isinstance(item, Equation) or (isinstance(item, Declaration) and item.shape is not None)
        ]
        names = dict.fromkeys(telling)
        for term in postorder(self.values):
            if term.operator in ("read", "parameter"):
                names.setdefault(term.data[0] if term.operator == "read" else term.data)
        names.update(dict.fromkeys(item.name for item in self.declarations))
        return infer(
            [
                Sided(e.name, value, e.span, read_text(e.name, e.index), not statement.is_equation)
                for e, value, statement in zip(self.equations, self.values, self.statements, strict=True)
            ],
            list(names),
            frozenset(self.parameters),
            {item.name: (item.shape, item.span) for item in self.declarations if item.shape is not None},
            self.findings,
        )

    # What is left -----------------------------------------------------------------------------------

    def _warn_unused(self) -> None:
        used = {read.name for statement in self.statements for read in statement.reads}
        used |= {name for statement in self.statements for name in statement.parameters}
        for item in self.declarations:
            if item.name not in used and item.name not in self.signals:
                kind = "input" if item.axes else "parameter"
                self.findings.warn(f"the {kind} '{shown(item.name)}' is declared and never used", item.span)

    def _functions_called(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(term.data[0] for term in postorder(self.values) if term.operator == "call"))

    def _sizes_used(self) -> tuple[str, ...]:
        used: dict[str, None] = {}
        for term in postorder(self.values):
            used.update(dict.fromkeys([term.data] if term.operator == "size" else sizes_of_indices(term)))
        ends = [end for statement in self.statements for one in statement.ranges for end in one.ends]
        used.update(dict.fromkeys(plain_name(name) for end in ends for name, _ in end.terms if is_size(name)))
        return tuple(used)

    def _usual(self, name: str) -> str:
        """Return the read of a signal or an input at its own axes: `h(t)`."""
        return read_text(name, [Index(axis) for axis in self.axes.of.get(name, ())])


def _is_off_axis(equation: Equation) -> bool:
    """Say whether an equation gives places off an edge only, as `x(t) = 0 for t in 1-end..0` does."""
    for one in equation.ranges:
        first, last = one.ends
        after = first - length(one.name)
        if (not last.terms and last.constant < 1) or (not after.terms and after.constant > 0):
            return True
    return False


def _axes_written(draft: Draft) -> dict[str, tuple[str, ...]]:
    """Return the axes that declarations and left sides tell, where each place names one of its own."""
    found: dict[str, tuple[str, ...]] = {}
    for item in draft.items:
        if isinstance(item, Declaration):
            found.setdefault(item.name, item.axes)
        elif isinstance(item, Equation):
            named = tuple(at.base for at in item.index if at.moves)
            if len(set(named)) == len(item.index):
                found.setdefault(item.name, named)
    return found


def _along_diagonal(equation: Equation, axes: Sequence[str]) -> Equation:
    """Return `c(i, i-1) = …` as what it means, `c(i, j) = … for j in i-1..i-1`, where c has these axes."""
    if len(axes) != len(equation.index):
        return equation
    index, ranges = list(equation.index), list(equation.ranges)
    at_home = {at.base for at, axis in zip(equation.index, axes, strict=True) if at.base == axis}
    for position, (at, axis) in enumerate(zip(equation.index, axes, strict=True)):
        if at.moves and at.base != axis and at.base in at_home and axis not in at_home:
            place = at.sum_on(axis)
            index[position] = Index(axis)
            ranges.append(Binding(axis, place, place))
    return replace(equation, index=tuple(index), ranges=tuple(ranges))


def _aligned(equation: Equation) -> Equation:
    """Return `s(t+1) = …` as what it means, `s(t) = …` one step earlier."""
    offsets = {at.base: at.offset for at in equation.index if at.moves and at.offset}
    if not offsets:
        return equation
    earlier = {axis: whole_index(axis) - offset for axis, offset in offsets.items()}
    moved: dict[int, Term] = {}

    def hides(term: Term) -> bool:
        return is_reduction(term) and any(one.name in offsets for one in term.data)

    for term in postorder([equation.right], stop=hides):
        data = term.data
        if hides(term):
            # What it binds goes by the name of an axis, and stays where it is.
            moved[id(term)] = term
            continue
        arguments = tuple(moved[id(argument)] for argument in term.arguments)
        if term.operator == "axis" and not term.data[1] and term.data[0] in offsets:
            by = offsets[term.data[0]]
            steps = Term("number", (), abs(by), term.span)
            moved[id(term)] = Term("sub" if by > 0 else "add", (term, steps), None, term.span)
            continue
        if term.operator == "read":
            data = (data[0], tuple(_moved_place(at, offsets, earlier) for at in data[1]))
        elif items_of(term):
            data = tuple(changed_item(item, lambda at: _moved_entry(at, earlier)) for item in data)
        elif is_reduction(term):
            data = tuple(one.at(earlier) for one in data)
        moved[id(term)] = replace(term, arguments=arguments, data=data)
    index = tuple(at._replace(offset=0) if at.moves else at for at in equation.index)
    ranges = tuple(_moved_range(one.at(earlier), offsets.get(one.name, 0)) for one in equation.ranges)
    return replace(equation, index=index, right=moved[id(equation.right)], ranges=ranges)


def _moved_place(at: Index, offsets: Mapping[str, int], earlier: Mapping[str, Affine]) -> Index:
    if at.form is not None:
        form = at.form.at(earlier)
        return at._replace(form=form, names=tuple(name for name in at.names if name or form.constant < 0))
    return at if at.bound else at._replace(offset=at.offset - offsets.get(at.base, 0))


def _moved_range(binding: Binding, offset: int) -> Binding:
    first, last = binding.ends
    return binding._replace(first=first + offset, last=last + offset)


def _moved_entry(at: Index, earlier: Mapping[str, Affine]) -> Index:
    return at._replace(form=at.form and at.form.at(earlier))
