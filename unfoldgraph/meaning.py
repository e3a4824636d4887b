"""From statements as they were written to a model that means something, or all the reasons why not.

The text and the Python builder both end in a `Draft`: declarations and equations whose names are resolved
but which may still be wrong. `build` checks indices, boundaries, shapes and causality, in this order, each
pass telling everything it finds, and interns what is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from unfoldgraph import boxes
from unfoldgraph.boxes import Box
from unfoldgraph.causality import Component, Edge, NoOrder, schedule
from unfoldgraph.equations import Definition, FreeBoundary, Model, Read, Statement
from unfoldgraph.errors import CircuitError, Findings, Problem, Span
from unfoldgraph.expression import Index, Term, intern, postorder
from unfoldgraph.inference import Inferred, Sided, infer
from unfoldgraph.limits import OFFSET
from unfoldgraph.lowering import Function, Lowering
from unfoldgraph.notation import read_text, shown
from unfoldgraph.shapes import Shape

#: Steps to look at when asking which places off an edge are read: more than any delay.
_ENDLESS = 2 * OFFSET
#: How many reads of a cycle a message spells out.
_SHOWN_IN_CYCLE = 8
_NOT_YET = "this version knows one axis, read forward: delays of zero or more steps"


@dataclass(frozen=True, slots=True)
class Declaration:
    """`x(t) : n` or `W : (m, m)`."""

    name: str
    axes: tuple[str, ...]
    shape: Shape | None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Equation:
    """`name(index) = right`, names resolved; `span` is its left side."""

    name: str
    index: tuple[Index, ...]
    right: Term
    span: Span | None = None


@dataclass(slots=True)
class Draft:
    """A circuit as it was written, in the order written."""

    name: str = "circuit"
    title: str | None = None
    items: list[Declaration | Equation | Function] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)


def build(draft: Draft) -> Model:
    """Return the model of a draft; raises `CircuitError` with every problem of the first pass that has any.

    >>> from unfoldgraph.expression import Term
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
        self.equations = [_aligned(item) for item in draft.items if isinstance(item, Equation)]
        self.by_name: dict[str, list[int]] = {}
        for number, equation in enumerate(self.equations):
            self.by_name.setdefault(equation.name, []).append(number)
        self.values: list[Term] = []
        self.read_spans: list[dict[Read, Span | None]] = []
        self.statements: list[Statement] = []
        self.bound: dict[str, str] = {}

    def model(self) -> Model:
        """Run the passes, each on what the ones before have accepted."""
        if not self.equations:
            self.findings.error("no equations", help="write one, such as: h(t) = tanh(h(t-1) + x(t))")
            self.findings.stop()
        self._find_axes()
        self._write_out()
        self._collect_names()
        for number, equation in enumerate(self.equations):
            self._check_statement(number, equation)
        self.findings.stop()
        self._check_defined_once()
        self.findings.stop()
        free = self._boundaries()
        self.findings.stop()
        shapes = self._shapes()
        self.findings.stop()
        components = self._schedule()
        self._warn_unused()
        self.findings.stop()
        return Model(
            name=self.draft.name,
            title=self.draft.title,
            axes=self.axes,
            signals=self.signals,
            inputs=self.inputs,
            parameters=tuple(self.parameters),
            functions=self._functions_called(),
            sizes=self._sizes_used(),
            shapes=shapes.shapes,
            declared={item.name: item.shape for item in self.declarations},
            scalar_too=shapes.scalar_too & frozenset(self.parameters),
            bound=self.bound,
            definitions=tuple(
                Definition(item.name, item.arguments, intern(item.body)) for item in self.functions.values()
            ),
            statements=tuple(self.statements),
            schedule=tuple(components),
            free=tuple(free),
            warnings=self.findings.warnings,
        )

    # Names and axes ---------------------------------------------------------------------------------

    def _find_axes(self) -> None:
        """The axes are what left sides and declarations name, or else what a reduction binds.

        This version knows one.
        """
        found: dict[str, Span | None] = {}
        for item in self.draft.items:
            for place in item.index if isinstance(item, Equation) else ():
                if place.base not in ("", "end"):
                    found.setdefault(place.base, item.span)
            for axis in item.axes if isinstance(item, Declaration) else ():
                found.setdefault(axis, item.span)
        if not found:
            # Other bound names run over the axis of what they read.
            terms = (term for equation in self.equations for term in postorder([equation.right]))
            bound = (b.name for term in terms if _is_reduction(term) for b in term.data if b.first is None)
            found.update(dict.fromkeys(islice(bound, 1)))
        self.axes = tuple(found)
        for axis in self.axes[1:]:
            names = " and ".join(f"'{shown(name)}'" for name in (self.axes[0], axis))
            self.findings.error(f"two axes in one circuit, {names}, are not supported yet", found[axis], _NOT_YET)
        for equation in self.equations:
            repeated = [place.base for place in equation.index if place.base]
            if len(set(repeated)) < len(repeated):
                label = read_text(equation.name, equation.index)
                self.findings.error(f"the left side {label} names an axis twice", equation.span)
        self.findings.stop()

    def _write_out(self) -> None:
        lowering = Lowering(self.functions)
        for equation in self.equations:
            try:
                self.values.append(lowering.statement(equation.right))
            except CircuitError as error:
                self.findings.error(error.message, error.span or equation.span, error.help)
                self.findings.stop()

    def _collect_names(self) -> None:
        """Sort the names into signals, inputs and parameters, each in the order written."""
        self.signals: dict[str, tuple[str, ...]] = {}
        declared = {item.name: item for item in self.declarations}
        for equation in self.equations:
            if all(place.base not in ("", "end") for place in equation.index):
                self.signals.setdefault(equation.name, tuple(place.base for place in equation.index))
        self.inputs: dict[str, tuple[str, ...]] = {}
        self.parameters: dict[str, None] = {}
        values = iter(zip(self.equations, self.values, strict=True))
        for item in self.draft.items:
            if isinstance(item, Declaration):
                if item.axes and item.name not in self.signals:
                    self.inputs.setdefault(item.name, item.axes)
                elif not item.axes and item.name not in self.signals:
                    self.parameters.setdefault(item.name)
            elif isinstance(item, Equation):
                _, value = next(values)
                for term in postorder([value]):
                    if term.operator == "parameter":
                        self.parameters.setdefault(term.data)
                    elif term.operator == "read" and term.data[0] not in self.signals:
                        self.inputs.setdefault(term.data[0], self.axes[: len(term.data[1])])
        for name, item in declared.items():
            if name in self.signals and item.axes != self.signals[name]:
                label = read_text(name, [Index(axis) for axis in self.signals[name]])
                self.findings.error(
                    f"'{shown(name)}' is declared with other axes than its equation has, {label}", item.span
                )

    # Indices ----------------------------------------------------------------------------------------

    def _check_statement(self, number: int, equation: Equation) -> None:
        """Check the left side and every read of a statement, and note what it reads."""
        label = read_text(equation.name, equation.index)
        for place in equation.index:
            if place.base == "end":
                self.findings.error(f"{label} at the far end is not supported yet", equation.span, _NOT_YET)
            elif abs(place.offset) > OFFSET:
                self.findings.error(f"the index of {label} is over the limit of {OFFSET} steps", equation.span)
        if equation.name not in self.signals:
            self._check_boundary_of_input(equation, label)
        elif len(equation.index) != len(self.signals[equation.name]):
            usual = self._usual(equation.name)
            self.findings.error(f"{label} does not have the axes of {usual}", equation.span)
        value = self.values[number]
        axes = [place.base for place in equation.index if place.base]
        reads: dict[Read, Span | None] = {}
        parameters: dict[str, None] = {}
        for term in postorder([value]):
            if term.operator == "parameter":
                parameters.setdefault(term.data)
            elif term.operator == "read" and (read := self._read(term, axes, label)) is not None:
                reads.setdefault(read, term.span)
            elif term.operator == "axis" and not term.data[1] and term.data[0] not in axes:
                self.findings.error(
                    f"the axis '{shown(term.data[0])}' has no value in {label}",
                    term.span,
                    f"use a reduction: sum(… for {shown(term.data[0])})",
                )
            elif _is_reduction(term):
                self._bind(term)
        self.read_spans.append(reads)
        self.statements.append(
            Statement(
                equation.name,
                equation.index,
                intern(equation.right),
                intern(value),
                tuple(reads),
                tuple(parameters),
            )
        )

    def _check_boundary_of_input(self, equation: Equation, label: str) -> None:
        """A name with fixed places only is an input, whose places before the first may be given."""
        usual = read_text(equation.name, [Index(axis) for axis in self.axes or ("t",)])
        if equation.name not in self.inputs:
            self.findings.error(
                f"{label} is given, but no equation says what {usual} is", equation.span, f"write {usual} = …"
            )
        elif all(place.base == "" and place.offset >= 1 for place in equation.index):
            self.findings.error(
                f"{label} is given, but {usual} has no equation: it is an input",
                equation.span,
                f"an input has its own values from 1 to end; write {usual} = … to make it a signal",
            )

    def _read(self, term: Term, axes: Sequence[str], label: str) -> Read | None:
        """Return the read of a term, or note what is wrong with it."""
        name, index = term.data
        written = read_text(name, index)
        own = self.signals.get(name, self.inputs.get(name, ()))
        usual = self._usual(name)
        if len(index) != len(own):
            indices, axes_word = "index" if len(index) == 1 else "indices", "axis" if len(own) == 1 else "axes"
            self.findings.error(
                f"{written} has {len(index)} {indices}, but '{shown(name)}' has {len(own)} {axes_word}",
                term.span,
                f"write {usual}" if own or name in self.signals else f"say what it runs over: {shown(name)}(t) : ?",
            )
            return None
        kinds = []
        for place, axis in zip(index, own, strict=True):
            if abs(place.offset) > OFFSET:
                self.findings.error(f"the offset of {written} is over the limit of {OFFSET} steps", term.span)
            elif place.base == "end":
                if place.offset > 0:
                    self.findings.error(f"{written} is past the end, which is not supported yet", term.span, _NOT_YET)
                kinds.append("end")
            elif place.base == "":
                kinds.append("fixed")
                if place.offset < 1 and name in self.inputs:
                    self.findings.warn(
                        f"{written} is read before the first step: axes start at 1",
                        term.span,
                        f"{read_text(name, [Index('', 1)])} is the first place",
                    )
            elif place.bound:
                kinds.append("all")
                if place.offset > 0:
                    self.findings.error(f"{written} reads ahead, which is not supported yet", term.span, _NOT_YET)
                if self.bound.setdefault(place.base, axis) != axis:
                    self.findings.error(f"'{shown(place.base)}' runs over two axes", term.span)
            elif place.base not in axes:
                self.findings.error(
                    f"{written} needs a value of '{shown(place.base)}', which {label} does not have",
                    term.span,
                    f"read one place, as in {read_text(name, [Index('end')])}, or all: sum({usual} for {shown(axis)})",
                )
            else:
                kinds.append("delay")
                if place.offset > 0:
                    self.findings.error(f"{written} reads ahead, which is not supported yet", term.span, _NOT_YET)
        strongest = next((kind for kind in ("all", "end", "fixed") if kind in kinds), "delay")
        return Read(name, index, strongest)

    def _bind(self, term: Term) -> None:
        """Find the axis that a reduction runs over: the one its reads have."""
        (binding,) = term.data
        if binding.name not in self.bound:
            if binding.name in self.axes:
                self.bound[binding.name] = binding.name
            else:
                self.findings.error(
                    f"nothing says how long '{shown(binding.name)}' is",
                    term.span,
                    "read a signal by it, or give a range: for j in 0..2",
                )

    # One value for every place ----------------------------------------------------------------------

    def _check_defined_once(self) -> None:
        seen: dict[tuple[str, tuple[Index, ...]], Equation] = {}
        for equation in self.equations:
            first = seen.setdefault((equation.name, equation.index), equation)
            if first is not equation:
                label = read_text(equation.name, equation.index)
                also = [(first.span, "first here")] if first.span else []
                self.findings.error(f"{label} is defined twice", equation.span, None, also)
        declared: dict[str, Declaration] = {}
        for item in self.declarations:
            earlier = declared.setdefault(item.name, item)
            if earlier is not item:
                also = [(earlier.span, "first here")] if earlier.span else []
                self.findings.error(f"'{shown(item.name)}' is declared twice", item.span, None, also)

    def _boundaries(self) -> list[FreeBoundary]:
        """Return what the caller gives off the edge, having checked that all or none of it is written."""
        off_edge = read_off_edge(self.statements, self.signals, self.inputs, _ENDLESS)
        self.read_at_end = {
            read.name
            for statement in self.statements
            for read in statement.reads
            if any(at.base == "end" for at in read.index)
        }
        free = []
        for name, read in off_edge.items():
            # What a far read such as h(end-3) meets before the first step depends on the length, and is
            # 0 unless it is given anyway.
            written = {
                place: self.equations[number]
                for number in self.by_name.get(name, ())
                if (place := self.statements[number].place) is not None
            }
            missing = boxes.without(read, [boxes.point(place) for place in written])
            given = [place for place in written if boxes.contains(read, place)]
            if missing and given:
                label = read_text(name, [Index("", last) for _, last in missing[0]])
                self.findings.error(
                    f"{label} is read and not given, while {read_text(name, [Index('', at) for at in given[0]])} is",
                    written[given[0]].span,
                    f"write {label} = … too, or leave all of them to the caller",
                )
            elif missing:
                free.append(FreeBoundary(name, f"{name}0", tuple(missing)))
        for statement, equation in zip(self.statements, self.equations, strict=True):
            at = statement.place
            if at and statement.is_boundary and not self._is_read(statement.name, at, off_edge):
                self.findings.warn(f"{read_text(statement.name, statement.index)} is never read", equation.span)
        taken = {
            **dict.fromkeys(self._functions_called(), "a function"),
            **dict.fromkeys(self.parameters, "a parameter"),
            **dict.fromkeys(self.inputs, "an input"),
            **dict.fromkeys(self.signals, "a signal"),
        }
        for boundary in free:
            if boundary.argument in taken:
                label = read_text(boundary.name, [Index("", boundary.boxes[-1][0][1])])
                self.findings.error(
                    f"{label} is left to the caller as '{boundary.argument}', but that is {taken[boundary.argument]}",
                    self._span_of(boundary.name),
                    f"write {label} = …",
                )
        return free

    def _is_read(self, name: str, place: tuple[int, ...], off_edge: dict[str, list[Box]]) -> bool:
        """Say whether a boundary is read, also by a read of the far end when there are no steps."""
        return name in self.read_at_end or boxes.contains(off_edge.get(name, []), place)

    # Shapes and order -------------------------------------------------------------------------------

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
                Sided(e.name, value, e.span, read_text(e.name, e.index), statement.place is not None)
                for e, value, statement in zip(self.equations, self.values, self.statements, strict=True)
            ],
            list(names),
            frozenset(self.parameters),
            {item.name: (item.shape, item.span) for item in self.declarations if item.shape is not None},
            self.findings,
        )

    def _schedule(self) -> list[Component[int]]:
        """Return the order of the statements, or raise with the cycle that forbids any."""
        edges: dict[Edge[int], Read] = {}
        for number, statement in enumerate(self.statements):
            for read in statement.reads:
                for source in self._sources(statement, read):
                    delay = self._delay(statement, read, self.statements[source])
                    edges.setdefault(Edge(source, number, delay), read)
        try:
            return schedule(range(len(self.statements)), edges)
        except NoOrder as refusal:
            raise self._loop(refusal.cycle, edges) from None

    def _sources(self, statement: Statement, read: Read) -> list[int]:
        """Return the statements that a read may fall on."""
        fixed = tuple(at.offset for at in read.index) if all(at.base == "" for at in read.index) else None
        numbers = self.by_name.get(read.name, ())
        if read.index and fixed is not None:
            exact = [number for number in numbers if self.statements[number].place == fixed]
            # Before the first step nothing but its own statement gives a value; the caller may.
            return exact or ([number for number in numbers if self.statements[number].axes] if min(fixed) >= 1 else [])
        return [number for number in numbers if self._reaches(statement, read, self.statements[number].place)]

    def _reaches(self, statement: Statement, read: Read, place: tuple[int, ...] | None) -> bool:
        """Say whether a read that moves along with its statement ever falls on a place."""
        if place is None or read.kind != "delay":
            return True
        return all(to - at.offset >= 1 for to, at in zip(place, read.index, strict=True) if at.base in statement.axes)

    def _delay(self, statement: Statement, read: Read, source: Statement) -> tuple[int | None, ...]:
        """Return the delay of an edge between statements; None on an axis that is read as a whole."""
        delay: list[int | None] = [0] * len(self.axes)
        for position, at in enumerate(read.index):
            axis = self.axes.index(self.signals.get(read.name, self.inputs.get(read.name, ()))[position])
            if read.kind == "delay":
                delay[axis] = -at.offset
            elif at.base == "" and statement.place is not None and statement.place[position] >= at.offset:
                # A pin that reads another fixed place: both are known, and so is what lies between.
                delay[axis] = statement.place[position] - at.offset
            else:
                # The end, every place, one place for all, or a pin that looks ahead to a later one.
                delay[axis] = None
        return tuple(delay)

    def _loop(self, edges_of_cycle: Sequence[Edge[int]], reads: dict[Edge[int], Read]) -> CircuitError:
        """Return the error that shows a closed cycle, the delay of each read, and the cure."""
        cycle = [(edge, reads[edge]) for edge in edges_of_cycle]
        equations = [self.equations[edge.target] for edge, _ in cycle]
        labels = [read_text(equation.name, equation.index) for equation in equations]
        needs = [f"{label} needs {read_text(r.name, r.index)}" for label, (_, r) in zip(labels, cycle, strict=True)]
        whole = any(None in edge.delay for edge, _ in cycle)
        if len(cycle) == 1 and not whole:
            sentence = f"{labels[0]} needs its own value" + (" at the same step" if equations[0].index else "")
        elif len(cycle) > _SHOWN_IN_CYCLE:
            sentence = f"{needs[-1]}, …, {needs[0]}: {len(cycle)} reads in a circle"
        else:
            sentence = ", ".join(reversed(needs))
        # Where a boundary or a pin takes part, the name alone would not tell which equation is meant.
        plain = all(self.statements[edge.target].place is None for edge, _ in cycle)
        names = [shown(equation.name) for equation in equations] if plain else labels
        arrows = [f"{names[at - 1]} --{_passes(edge, read)}--> " for at, (edge, read) in enumerate(cycle)]
        if len(arrows) > _SHOWN_IN_CYCLE:
            arrows[_SHOWN_IN_CYCLE // 2 : -_SHOWN_IN_CYCLE // 2] = ["… "]
        places = [
            (span, f"{read_text(read.name, read.index)} is read{how}")
            for edge, read in reversed(cycle)
            for how in [f" with {_passes(edge, read)}" if read.index and None not in edge.delay else ""]
            if (span := self.read_spans[edge.target][read]) is not None
        ]
        problem = Problem(
            f"algebraic loop: {sentence}",
            places[0][0] if places else None,
            f"the cycle is {''.join(arrows)}{names[-1]}\n{self._cure(cycle, whole)}",
            tuple(places[1:_SHOWN_IN_CYCLE]),
            note=places[0][1] if places else "",
        )
        triples = [
            (self.statements[edge.source].name, self.statements[edge.target].name, tuple(at or 0 for at in edge.delay))
            for edge, _ in cycle
        ]
        return CircuitError.of([problem], self.findings.source, triples)

    def _cure(self, cycle: Sequence[tuple[Edge[int], Read]], whole: bool) -> str:
        """Return what makes a loop computable."""
        if whole:
            return "a loop cannot read all of itself: compute the whole in a signal that the loop does not need"
        for _, read in reversed(cycle):
            if read.kind == "delay" and read.index:
                earlier = [at._replace(offset=at.offset - 1) for at in read.index]
                return f"make one of these reads a delayed one, such as {read_text(read.name, earlier)}"
        return "take one of these reads out"

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
        return tuple(dict.fromkeys(term.data for term in postorder(self.values) if term.operator == "size"))

    def _span_of(self, name: str) -> Span | None:
        return next((self.equations[number].span for number in self.by_name.get(name, ())), None)

    def _usual(self, name: str) -> str:
        """Return the read of a signal or an input at its own axes: `h(t)`."""
        return read_text(name, [Index(axis) for axis in self.signals.get(name, self.inputs.get(name, ()))])


def read_off_edge(
    statements: Sequence[Statement],
    signals: dict[str, tuple[str, ...]],
    inputs: dict[str, tuple[str, ...]],
    steps: int,
) -> dict[str, list[Box]]:
    """Return the places before the first step that are read in `steps` steps, by name, as boxes."""
    pins: dict[str, list[Box]] = {}
    for statement in statements:
        if statement.is_pin and statement.place is not None:
            pins.setdefault(statement.name, []).append(boxes.point(statement.place))
    found: dict[str, list[Box]] = {}
    for statement in statements:
        whole = [((1, steps),) * len(statement.axes)]
        domain = boxes.without(whole, pins.get(statement.name, [])) if statement.axes else [()]
        for read in statement.reads:
            for box in domain:
                seen = _places_read(statement, read, box, steps)
                if seen is not None:
                    interior = ((1, max(seen[axis][1], steps)) for axis in range(len(seen)))
                    found.setdefault(read.name, []).extend(boxes.without([seen], [tuple(interior)]))
    names = [*inputs, *signals]
    return {name: boxes.union(found[name]) for name in names if found.get(name)}


def _places_read(statement: Statement, read: Read, domain: Box, steps: int) -> Box | None:
    """Return the box that a read covers while its statement runs over a box; None for the far end."""
    sides = []
    for at in read.index:
        if at.base == "end":
            return None
        if at.base == "":
            sides.append((at.offset, at.offset))
        elif at.bound:
            sides.append((1 + at.offset, steps + at.offset))
        else:
            first, last = domain[statement.axes.index(at.base)]
            sides.append((first + at.offset, last + at.offset))
    return tuple(sides)


def _aligned(equation: Equation) -> Equation:
    """Return `s(t+1) = …` as what it means, `s(t) = …` one step earlier."""
    offsets = {place.base: place.offset for place in equation.index if place.base not in ("", "end") and place.offset}
    if not offsets:
        return equation
    moved: dict[int, Term] = {}
    for term in postorder([equation.right]):
        arguments = tuple(moved[id(argument)] for argument in term.arguments)
        if term.operator == "read":
            name, index = term.data
            places = tuple(
                place if place.bound else place._replace(offset=place.offset - offsets.get(place.base, 0))
                for place in index
            )
            moved[id(term)] = replace(term, data=(name, places))
        elif term.operator == "axis" and not term.data[1] and term.data[0] in offsets:
            by = offsets[term.data[0]]
            steps = Term("number", (), abs(by), term.span)
            moved[id(term)] = Term("sub" if by > 0 else "add", (term, steps), None, term.span)
        else:
            moved[id(term)] = replace(term, arguments=arguments)
    index = tuple(place if place.base in ("", "end") else place._replace(offset=0) for place in equation.index)
    return replace(equation, index=index, right=moved[id(equation.right)])


def _passes(edge: Edge[int], read: Read) -> str:
    """Return what lies between the two ends of an edge, in words."""
    if None in edge.delay:
        return {"all": "all steps", "end": "the end"}.get(read.kind, "one place")
    return f"delay {', '.join(map(str, edge.delay)) or 0}"


def _is_reduction(term: Term) -> bool:
    """Say whether a term is a reduction."""
    return term.operator.endswith("_over")
