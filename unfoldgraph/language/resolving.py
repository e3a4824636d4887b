"""What each name of a text is: axis, signal, input, parameter, size, function, operator.

Nothing has to be declared; the whole text decides. The rules are taken in one order. The result is a `Draft`, with
every name resolved and every place kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from unfoldgraph.algebra.expression import BY_VALUE, Binding, Index, SizeArgument, Term, intern, postorder
from unfoldgraph.algebra.inlining import Function
from unfoldgraph.algebra.notation import brief, read_text, shown, sum_text
from unfoldgraph.algebra.operators import FUNCTIONS, REDUCTIONS, is_reduction
from unfoldgraph.algebra.possible_reads import may_be_read
from unfoldgraph.algebra.table.operator_row import Operator
from unfoldgraph.base.affine import Affine, whole
from unfoldgraph.base.errors import CircuitError, Findings, Span, did_you_mean, nearest
from unfoldgraph.language.constants import constants, names_used, numbered
from unfoldgraph.language.grammar import (
    BUILT_IN,
    Declared,
    Defined,
    Equated,
    Grouped,
    LeftSide,
    Related,
    Syntax,
    Titled,
    Valued,
    Versioned,
    WrittenBinding,
    name_and_indices,
)
from unfoldgraph.language.indices import (
    LAST_PLACES,
    BoundNames,
    Refusal,
    add_range_after,
    as_index,
    axis_counted,
    bare_axes,
    end_of_range,
    entries,
    is_plain_place,
    place_of_left_side,
    range_between,
    raw_sum,
    size_written,
)
from unfoldgraph.language.mistaken_terms import (
    NUMBERS_ELSEWHERE,
    decimal_point,
    is_summed_by_arguments,
    left_side,
    own_index,
    summed_by_arguments,
    warn_of_number,
)
from unfoldgraph.language.standard_form import solved, unknowns
from unfoldgraph.model.build import Declaration, Draft, Equation, WrittenGroup
from unfoldgraph.model.equations import Constant

_NOT_NUMBERS = frozenset({"nan", "NaN"})
LEAVES_NOTHING_OUT = "'{}' has an entry for each number, so that it leaves none out and takes no condition"
"""What is wrong with a condition in a reduction that builds an array."""
_INFINITIES = frozenset({"Inf", "infinity", "Infinity"})
"""What infinity is called elsewhere."""


@dataclass(frozen=True, slots=True)
class _FirstUse:
    """What a name was first found to be, and where."""

    kind: str
    span: Span | None


def resolve(syntax: Sequence[Syntax], name: str, findings: Findings) -> Draft:
    """Return the draft of a parsed text; problems go to `findings`."""
    return _Resolver(syntax, name, findings).draft()


class _Resolver:
    """The names of one text."""

    def __init__(self, syntax: Sequence[Syntax], name: str, findings: Findings) -> None:
        self.constants = constants(syntax, findings)
        #: The statements as they were written, and with numbers in place of the constants.
        self.written = syntax
        self.syntax = [numbered(statement, self.constants) for statement in syntax]
        self.name = name
        self.findings = findings
        self.uses: dict[str, _FirstUse] = {}
        self.axes: dict[str, None] = {}
        #: The axes of what has an index, None for a place where only fixed ones are written.
        self.indexed: dict[str, tuple[str | None, ...]] = {}
        self.read_by_axis: dict[str, None] = {}
        self.values: dict[str, None] = {}
        self.functions: dict[str, Defined] = {}
        self.declared_parameters: dict[str, None] = {}
        self.declared_inputs = False
        self.sizes: dict[str, None] = {}
        self.warned: dict[str, None] = {}
        #: Parameters that nobody takes for numbers: they have entries, or are shared.
        self.no_numbers: dict[str, None] = {}
        #: What stands for refused parts of a right side, by identity.
        self.stand_ins: dict[int, Term] = {}
        #: Where `end` stands outside an index, unless it turns out that it was meant to stand in one.
        self.stray_ends: list[Span | None] = []
        #: What each statement gives values, by its number; an equation in standard form says it only in the end.
        self.left_sides: dict[int, LeftSide] = {}

    def draft(self) -> Draft:
        """Look over the whole text for what is defined, then resolve statement by statement."""
        self.findings.stop()
        self._survey()
        draft = Draft(self.name, findings=self.findings)
        for position, statement in enumerate(self.syntax):
            match statement:
                case Titled(title):
                    draft.title = title
                case Grouped(title, names, spans):
                    draft.groups.append(WrittenGroup(title, names, spans))
                case Versioned(word, number, span):
                    if position or word != "unfoldgraph" or number.data != 1:
                        hint = "the first line may be: unfoldgraph 1"
                        self.findings.error(f"'{word} {number.data}' is not a statement", span, hint)
                case Declared():
                    draft.items += self._declarations(statement, self.written[position])
                case Defined():
                    draft.items.append(self._function(statement, self.written[position]))
                case Equated():
                    draft.items += self._equation(statement, self.written[position])
                case Valued(place, right):
                    draft.constants.append(self._constant(place, right))
                case Related():
                    draft.items += self._standard_form(statement, self.left_sides[position], self.written[position])
            if self.findings.are_many:
                break
        self.findings.stop()
        self._warn_of_numbers()
        self._check_function_cycles(draft)
        used = names_used(self.written) if draft.constants else set()
        for statement in self.syntax:
            if isinstance(statement, Valued) and statement.place.name not in used:
                place = statement.place
                self.findings.warn(f"the constant '{shown(place.name)}' is never used", place.span)
        return draft

    def _warn_of_numbers(self) -> None:
        """Warn of `pi` and `e` where they are parameters that nothing tells from the numbers."""
        for name in NUMBERS_ELSEWHERE:
            use = self.uses.get(name)
            told = name in self.declared_parameters or name in self.no_numbers
            if use is not None and use.kind == "a parameter" and not told:
                warn_of_number(name, use.span, self.findings)

    # What the text defines --------------------------------------------------------------------------

    def _survey(self) -> None:
        own = {number: one.place for number, one in enumerate(self.syntax) if isinstance(one, Equated)}
        functions = {statement.name for statement in self.syntax if isinstance(statement, Defined)} | {*BUILT_IN}
        self.left_sides = {**own, **unknowns(self.syntax, functions, self.findings)}
        self.findings.stop()
        for number, statement in enumerate(self.syntax):
            places = [self.left_sides[number]] if number in self.left_sides else []
            places += statement.places if isinstance(statement, Declared) else []
            for place in places:
                for index in place.indices or ():
                    self.axes.update(dict.fromkeys(bare_axes(index)))
        terms = [statement.right for statement in self.syntax if isinstance(statement, Equated | Related)]
        terms += [statement.left for statement in self.syntax if isinstance(statement, Related)]
        terms += [statement.body for statement in self.syntax if isinstance(statement, Defined)]
        written: list[Sequence[WrittenBinding]]
        written = [with_ranges(term.data[1]) for term in postorder(terms) if term.operator == "over"]
        self.axes.update({one.name: None for bindings in written for one in bindings if one.first is None})
        equated = {place.name for place in self.left_sides.values()}
        for number, statement in enumerate(self.syntax):
            if isinstance(statement, Valued):
                self._note(statement.place.name, "a constant", statement.place.span)
            elif number in self.left_sides:
                self._note_place(self.left_sides[number], "a signal")
            elif isinstance(statement, Declared):
                for place in statement.places:
                    self._note_place(place, "a signal" if place.indices else "a parameter", place.name in equated)
                    self.declared_inputs |= bool(place.indices) and place.name not in equated
                self.sizes.update({size: None for size in statement.shape or () if isinstance(size, str)})
            elif isinstance(statement, Defined):
                if statement.name in self.functions:
                    also = [(self.functions[statement.name].span, "first here")]
                    self.findings.error(
                        f"the function '{shown(statement.name)}' is defined twice", statement.span, None, also
                    )
                self._note(statement.name, "a function", statement.span)
                self.functions.setdefault(statement.name, statement)
        written += [statement.ranges for statement in self.syntax if isinstance(statement, Equated | Related)]
        self._note_sizes(written)
        for statement in self.syntax:
            if isinstance(statement, Equated | Related):
                self._note_inputs(statement.right, {})
            if isinstance(statement, Related):
                self._note_inputs(statement.left, {})

    def _note_sizes(self, written: Sequence[Sequence[WrittenBinding]]) -> None:
        """Note as sizes the names in the ends of ranges that are nothing else."""
        bound = {one.name for bindings in written for one in bindings}
        ends = [end for bindings in written for one in bindings for end in (one.first, one.last) if end is not None]
        for term in postorder(ends):
            is_free = term.operator == "name" and term.data not in bound and term.data not in LAST_PLACES
            if is_free and term.data not in self.axes and term.data not in self.uses:
                self.sizes[term.data] = None

    def _note_inputs(self, root: Term, scope: BoundNames) -> None:
        """Note the names that are read by an axis somewhere: `x` of `x(t)`, so that `x(1)` reads it too."""
        for node in postorder([root], stop=lambda node: node.operator == "over"):
            if node.operator == "over":
                for part in node.arguments:
                    self._note_inputs(part, self._inside(scope, node))
            elif (call := name_and_indices(node)) is not None:
                name, indices = call
                # In this order: what is read has short indices, but functions in one another would be walked each time.
                if self._is_read(node, scope, frozenset()) and any(self._is_by_axis(index, scope) for index in indices):
                    self.read_by_axis[name] = None

    def _is_by_axis(self, index: Term, scope: BoundNames) -> bool:
        """Say whether an index that is a sum holds an axis."""
        form = self._sum_or_none(index, scope)
        return form is not None and bool(axis_counted(form, scope))

    def _inside(self, scope: BoundNames, node: Term) -> BoundNames:
        """Return the scope inside a reduction, as far as its ranges can be read."""
        inner = dict(scope)
        for one in with_ranges(node.data[1]):
            # What is wrong with an end is told where the reduction is resolved.
            first, last = (
                None if end is None else self._sum_or_none(end, inner) or whole(0) for end in (one.first, one.last)
            )
            inner[one.name] = Binding(one.name, first, last)
        return inner

    def _sum_or_none(self, index: Term, scope: BoundNames, axis: str | None = None) -> Affine | None:
        try:
            return self._sum(index, scope, axis)
        except Refusal:
            return None

    def _sum(self, index: Term, scope: BoundNames, axis: str | None = None) -> Affine | None:
        """Return one place of an index, or the end of a range, as a sum; None where it is computed."""

        def leaf(name: str, span: Span | None) -> Term | None:
            if name in scope:
                return Term("axis", (), (name, True), span)
            if name in self.axes:
                return Term("axis", (), (name, False), span)
            if name in self.sizes and name not in self.uses:
                return Term("size", (), name, span)
            return Term("length", (), "", span) if self._is_end(name, axis) else None

        return raw_sum(index, leaf)

    def _is_end(self, name: str, axis: str | None) -> bool:
        """Say whether a name is the last place of the axis that is read."""
        is_t = axis == "t" or (axis is None and "t" in self.axes)
        return name in LAST_PLACES and is_t and name not in self.uses

    def _note_place(self, place: LeftSide, kind: str, also_equated: bool = False) -> None:
        """Note a left side or a declared name."""
        if place.indices:
            axes = tuple(next(iter(bare_axes(index)), None) for index in place.indices)
            # The equation says it all; boundaries only how many places there are.
            known = self.indexed.setdefault(place.name, axes)
            if None in known and axes.count(None) < known.count(None):
                self.indexed[place.name] = axes
            self._note(place.name, "a signal", place.name_span)
        elif kind == "a signal":
            self.values[place.name] = None
            self._note(place.name, "a value without an index", place.name_span)
        elif not also_equated:
            self.declared_parameters[place.name] = None
            self._note(place.name, kind, place.name_span)

    def _note(self, name: str, kind: str, span: Span | None) -> None:
        """Note what a name is used as; two different uses are an error that shows both places."""
        if name in BUILT_IN and kind != "built-in":
            self.findings.error(f"'{name}' is a built-in function and cannot be {kind}", span, "choose another name")
            return
        first = self.uses.setdefault(name, _FirstUse(kind, span))
        if first.kind != kind:
            also = [(first.span, f"{first.kind} here")] if first.span else []
            self.findings.error(
                f"'{shown(name)}' is {kind} here and {first.kind} elsewhere",
                span,
                "give one of them another name",
                also,
            )

    # Statements -------------------------------------------------------------------------------------

    def _declarations(self, statement: Declared, written: Syntax) -> list[Declaration]:
        found = []
        for size, span in zip(statement.shape or (), statement.size_spans, strict=True):
            if not (size[0].isalpha() if isinstance(size, str) else size > 0):
                self.findings.error(f"a size is a name or a whole number from 1, not {size}", span)
                return []
        for place in statement.places:
            axes: list[str] = []
            for index in place.indices or ():
                if index.operator == "name":
                    axes.append(index.data)
                else:
                    example = read_text(place.name, [Index("t")])
                    self.findings.error("a declaration names its axes", place.span, f"write {example} : …")
            if place.indices == ():
                self.findings.error(f"{shown(place.name)}() has no index", place.span, f"write {shown(place.name)} : …")
            shape = written.shape if isinstance(written, Declared) and written is not statement else None
            found.append(Declaration(place.name, tuple(axes), statement.shape, place.span, shape))
        return found

    def _function(self, statement: Defined, written: Syntax) -> Function:
        """Resolve the body of a function: its arguments and parameters, nothing that has an index."""
        repeated = [name for name in statement.arguments if statement.arguments.count(name) > 1]
        if repeated:
            self.findings.error(f"the argument '{shown(repeated[0])}' appears twice", statement.span)
        for name in statement.arguments:
            if name in BUILT_IN:
                self.findings.error(
                    f"'{name}' is a built-in function and cannot be an argument", statement.span, "choose another name"
                )
        body = self._term(statement.body, {}, "function", frozenset(statement.arguments))
        for term in postorder([body]):
            if term.operator in ("read", "length") or (term.operator == "axis" and not term.data[1]):
                self.findings.error(
                    f"the body of '{shown(statement.name)}' has arguments and parameters only",
                    term.span,
                    "make the indexed value an argument",
                )
            elif is_reduction(term) and not all(binding.ends for binding in term.data):
                self.findings.error(
                    f"the body of '{shown(statement.name)}' runs over no axis",
                    term.span,
                    "reduce where the function is called, or give a range: for j in 0..2",
                )
        kept = None
        if isinstance(written, Defined) and written is not statement:
            scope = {name: one for name, one in self._named_in(written).items() if name not in statement.arguments}
            kept = self._term(written.body, scope, "function", frozenset(statement.arguments))
        return Function(statement.name, statement.arguments, body, statement.span, kept)

    def _constant(self, place: LeftSide, right: Term) -> Constant:
        """Return a constant with its right side as it was written."""
        scope = self._named_in(Equated(place, right))
        return Constant(
            place.name, intern(self._term(right, scope, "equation", frozenset())), self.constants[place.name]
        )

    def _named_in(self, written: Syntax) -> BoundNames:
        """Return the constants in a statement as indices that are bound in ranges of one number, to print them."""
        used = sorted(names_used([written]) & self.constants.keys())
        values = {name: whole(self.constants[name]) for name in used}
        return {name: Binding(name, value, value) for name, value in values.items()}

    def _equation(self, statement: Equated, written: Syntax) -> list[Equation]:
        place, index = statement.place, []
        ranges: tuple[Binding, ...] = ()
        try:
            if place.indices == ():
                raise Refusal(f"{shown(place.name)}() has no index", place.span, f"write {shown(place.name)} = …")
            own = self.indexed.get(place.name, ())
            for position, term in enumerate(place.indices or ()):
                axis = own[position] if position < len(own) else None
                index.append(place_of_left_side(self._sum(term, {}, axis), term))
            ranges = self._ranges_of(statement)
        except Refusal as refusal:
            self.findings.add(refusal.problem)
        if place.indices is None and (unindexed := own_index(place.name, statement.right)) is not None:
            self.findings.add(unindexed.problem)
            return []
        resolved = self._term(statement.right, {}, "equation", frozenset())
        if len(index) < len(place.indices or ()):
            return []
        kept = self._as_written(written, statement)
        return [Equation(place.name, tuple(index), resolved, place.span, ranges, kept)]

    def _as_written(self, written: Syntax, statement: Syntax) -> tuple[Term, Term, tuple[Binding, ...]] | None:
        """Return both sides and the ranges of an equation with the names of its constants, if it has some.

        What cannot be read so is printed with numbers.
        """
        if written is statement or not isinstance(written, Equated | Related):
            return None
        scope = self._named_in(written)
        kept, self.findings = self.findings, Findings(self.findings.source)
        try:
            right = self._term(written.right, scope, "equation", frozenset())
            if isinstance(written, Related):
                left = self._term(written.left, scope, "equation", frozenset())
            else:
                place = written.place
                own = [*self.indexed.get(place.name, ()), *[None] * len(place.indices or ())]
                forms = [
                    (term, self._sum(term, scope, axis)) for term, axis in zip(place.indices or (), own, strict=False)
                ]
                index = tuple(as_index(form, scope, term) for term, form in forms if form is not None)
                left = Term("read", (), (place.name, index), place.span)
            ranges = [
                Binding(
                    one.name,
                    self._end_of_range(one.first, scope, one.name),
                    self._end_of_range(one.last, scope, one.name),
                )
                for one in with_ranges(written.ranges)
                if one.first is not None and one.last is not None
            ]
            return None if self.findings.errors else (left, right, tuple(ranges))
        except Refusal:
            return None
        finally:
            self.findings = kept

    def _ranges_of(self, statement: Equated) -> tuple[Binding, ...]:
        """Return the ranges that stand after an equation, in which `end` is that of the index they are of."""
        found: dict[str, Binding] = {}
        own = {axis for index in statement.place.indices or () for axis in bare_axes(index)}
        for one in with_ranges(statement.ranges):
            if one.first is None or one.last is None:
                hint = f"write for {shown(one.name)} in 2..end"
                raise Refusal(f"nothing says where '{shown(one.name)}' begins and ends", one.span, hint)
            first, last = (self._end_of_range(end, {}, one.name) for end in (one.first, one.last))
            add_range_after(statement.place.name, found, range_between(one.name, first, last, one.span), own, one.span)
        return tuple(found.values())

    def _end_of_range(self, term: Term, scope: BoundNames, axis: str | None) -> Affine:
        """Return an end of a range; `end` in it is that of an axis, if there is one."""
        return end_of_range(self._sum_or_none(term, scope, axis), term, axis, next(iter(self.axes), "t"))

    def _standard_form(self, statement: Related, place: LeftSide, written: Syntax) -> list[Equation]:
        """Resolve an equation in standard form, solved for the place that it is about, with both sides as written."""
        before = self.findings.errors
        left, right = (self._term(side, {}, "equation", frozenset()) for side in (statement.left, statement.right))
        try:
            ranges = self._ranges_of(Equated(place, statement.right, statement.ranges))
        except Refusal as refusal:
            self.findings.add(refusal.problem)
        if self.findings.errors > before:
            return []
        edges = [self._edges(other) for other in self.left_sides.values() if other.name == place.name]
        try:
            index, value = solved(left, right, place.name, edges)
        except CircuitError as error:
            self.findings.error(error.message, error.span or place.span, error.help)
            return []
        kept = self._as_written(written, statement) or (left, right, ranges)
        return [Equation(place.name, index, value, left.span, ranges, kept)]

    def _edges(self, place: LeftSide) -> list[Index]:
        """Return the places of a left side, where what is no sum is on no edge."""
        forms = [(index, self._sum_or_none(index, {})) for index in place.indices or ()]
        return [Index(BY_VALUE) if form is None else as_index(form, {}, index) for index, form in forms]

    def _check_function_cycles(self, draft: Draft) -> None:
        """Refuse functions that call themselves."""
        bodies = {item.name: item for item in draft.items if isinstance(item, Function)}
        done: dict[str, None] = {}
        for root in bodies:
            path: dict[str, None] = {}
            stack = [(root, False)]
            while stack:
                name, left = stack.pop()
                if left:
                    path.pop(name)
                    done[name] = None
                elif name in path:
                    loop = [*path][[*path].index(name) :]
                    cycle = " calls ".join(f"'{shown(other)}'" for other in [*loop, name])
                    self.findings.error(
                        f"a function cannot call itself: {cycle}",
                        bodies[name].span,
                        "write a recurrence as an equation: h(t) = …",
                    )
                    self.findings.stop()
                elif name not in done:
                    path[name] = None
                    stack.append((name, True))
                    called = (term.data for term in postorder([bodies[name].body]) if term.operator == "defined")
                    stack.extend((other, False) for other in dict.fromkeys(called) if other in bodies)

    # Terms ------------------------------------------------------------------------------------------

    def _term(self, root: Term, scope: BoundNames, where: str, arguments: frozenset[str]) -> Term:
        """Return a term with every name resolved.

        It calls itself once per nested reduction, which the limit on brackets bounds; within one level it
        is a loop.
        """
        values: dict[int, Term] = {}

        def is_closed(node: Term) -> bool:
            is_whole = node.operator == "over" or is_summed_by_arguments(node)
            return is_whole or self._is_read(node, scope, arguments)

        for node in postorder([root], stop=is_closed):
            try:
                if node.operator == "over":
                    values[id(node)] = self._reduction(node, scope, where, arguments)
                elif is_summed_by_arguments(node):
                    taken = arity_text(FUNCTIONS.get(node.data[0], ()))
                    raise summed_by_arguments(node, taken, self.findings.source)
                elif is_closed(node):
                    values[id(node)] = self._read(node, scope, where, arguments)
                else:
                    children = [values[id(child)] for child in node.arguments if id(child) in values]
                    values[id(node)] = self._node(node, children, scope, where, arguments)
            except Refusal as refusal:
                self.findings.add(refusal.problem)
                values[id(node)] = Term("number", (), 0, node.span)
                self.stand_ins[id(values[id(node)])] = values[id(node)]
        for span in self.stray_ends:
            self.findings.error("'end' stands only inside an index", span, "outside, the length of t is end(t)")
        self.stray_ends.clear()
        return values[id(root)]

    def _node(self, node: Term, children: list[Term], scope: BoundNames, where: str, arguments: frozenset[str]) -> Term:
        """Resolve one node whose arguments are resolved."""
        match node.operator:
            case "end" if where == "index":
                return Term("length", (), "", node.span)
            case "name":
                return self._name(node, scope, arguments)
            case "apply":
                return self._call(node, children, scope, arguments)
            case "subscript":
                return self._entry_of(node, children[0], children[1:], scope)
            case "end":
                self.stray_ends.append(node.span)
            case "length":
                if node.data not in self.axes:
                    known = ", ".join(map(shown, self.axes)) or "none"
                    raise Refusal(f"'{shown(node.data)}' is not an axis", node.span, f"the axes are: {known}")
                return node
        return replace(node, arguments=tuple(children))

    def _name(self, node: Term, scope: BoundNames, arguments: frozenset[str]) -> Term:
        """Resolve a name that stands by itself."""
        name = node.data
        if name in arguments:
            return Term("argument", (), name, node.span)
        if name in scope:
            return Term("axis", (), (name, True), node.span)
        if name in self.axes:
            return Term("axis", (), (name, False), node.span)
        if name in self.values:
            return Term("read", (), (name, ()), node.span)
        if name in self.indexed:
            usual = self._usual(name)
            raise Refusal(f"'{shown(name)}' is a signal and needs an index", node.span, f"write {usual}")
        if name in self.functions:
            raise Refusal(f"'{shown(name)}' is a function and needs arguments", node.span, f"write {shown(name)}(…)")
        if name in _NOT_NUMBERS or name in _INFINITIES:
            hint = "write inf" if name in _INFINITIES else None
            raise Refusal(f"'{name}' is not a number of the language", node.span, hint)
        if name in BUILT_IN:
            raise Refusal(f"'{name}' is a built-in function", node.span, f"write {name}(…), or choose another name")
        if name in self.sizes and name not in self.uses:
            return Term("size", (), name, node.span)
        self._note(name, "a parameter", node.span)
        return Term("parameter", (), name, node.span)

    def _is_read(self, node: Term, scope: BoundNames, arguments: frozenset[str]) -> bool:
        """Say whether `name(…)` or `name[…]` reads a signal or an input."""
        call = name_and_indices(node)
        if call is None:
            return False
        name, indices = call
        if name in arguments or name in scope:
            return False
        if name in self.indexed or name in self.read_by_axis:
            return True
        if name in self.values or name in self.functions or name in BUILT_IN:
            return False
        if self.uses.get(name, _FirstUse("an input", None)).kind != "an input" and node.operator == "subscript":
            return False
        axis_found = False
        for index in indices:
            form = self._sum_or_none(index, scope)
            if form is None or not is_plain_place(form, scope):
                return False
            axis_found |= axis_counted(form, scope) is not None
        return axis_found

    def _read(self, node: Term, scope: BoundNames, where: str, arguments: frozenset[str]) -> Term:
        """Resolve a read; a name that nothing defines becomes an input, if the text declares none."""
        call = name_and_indices(node)
        if call is None:
            raise Refusal("this is not a read", node.span)
        name, indices = call
        if name not in self.indexed:
            name_span = node.data[2] if node.operator == "apply" else node.arguments[0].span
            if self.declared_inputs:
                known = [shown(other) for other in (*self.indexed, *self.values)]
                forms = [self._sum_or_none(index, scope) for index in indices]
                axes = [axis_counted(form, scope) if form else None for form in forms]
                # What an index is computed of is a number.
                declared = self._declaration(name, axes, "()" if where == "index" else "n")
                hint = did_you_mean(shown(name), known) or f"declare it: {declared}"
                raise Refusal(f"unknown signal '{shown(name)}'", name_span, hint)
            self._note(name, "an input", name_span)
        own = self.indexed.get(name, ())
        if own and len(own) != len(indices):
            raise Refusal(
                f"'{shown(name)}' has {count_text(len(own), 'index')}, not {len(indices)}",
                node.span,
                f"write {self._usual(name)}",
            )
        axes = [*own, *[None] * len(indices)]
        places: list[Index] = []
        values: list[Term] = []
        for index, axis in zip(indices, axes, strict=False):
            if index.operator == "slice":
                last = read_text(name, [Index("end")] * len(indices))
                hint = f"write one, as in {last}, or reduce over a range, as in sum(… for k in 1..3)"
                raise Refusal(f"'{shown(name)}' is a signal, which is read at one place", node.span, hint)
            form = self._sum(index, scope, axis)
            if form is None:
                places.append(Index(BY_VALUE, len(values)))
                values.append(self._term(index, scope, "index", arguments))
            else:
                places.append(as_index(form, scope, index))
        return Term("read", tuple(values), (name, tuple(places)), node.span)

    def _declaration(self, name: str, axes: Sequence[str | None], shape: str = "n") -> str:
        """Return how to declare a name as an input, over the axes that it is read by as far as these are known."""
        others = iter([axis for axis in dict.fromkeys((*self.axes, "t", *"ijklmnop")) if axis not in axes])
        return f"{read_text(name, [Index(axis or next(others)) for axis in axes])} : {shape}"

    def _call(self, node: Term, children: list[Term], scope: BoundNames, arguments: frozenset[str]) -> Term:
        """Resolve `name(…)` that is no read: a function of the table or of the text, or an opaque one."""
        name, positional, name_span, is_marked = node.data
        given, shared = children[:positional], children[positional:]
        if name in arguments:
            raise Refusal(f"'{shown(name)}' is an argument here, not a function", name_span, f"write {shown(name)}")
        if name in self.functions:
            wanted = len(self.functions[name].arguments)
            if shared or len(given) != wanted:
                also = ((self.functions[name].span, "defined here"),)
                raise Refusal(f"'{shown(name)}' takes {count_text(wanted)}, not {len(children)}", node.span, None, also)
            return Term("defined", tuple(given), name, node.span)
        if name in FUNCTIONS or name in REDUCTIONS:
            return self._built_in(node, name, given, shared)
        if name in self.axes:
            raise Refusal(f"'{shown(name)}' is an axis, not a function", name_span)
        if name in self.values:
            place = left_side(name, node.arguments, "()")
            other = f", or {place} = … where it is defined" if place else ""
            raise Refusal(f"'{shown(name)}' has no index", name_span, f"write {shown(name)}{other}")
        if name in scope:
            raise Refusal(f"'{shown(name)}' is an index here, not a function", name_span, "choose another name")
        for child in shared:
            if child.operator != "parameter":
                raise Refusal("after ';' stand the names of shared parameters", child.span, "move this before the ';'")
        # What is around a refused part is looked at once that is mended.
        if not is_marked and may_be_read(given) and not any(id(part) in self.stand_ins for part in postorder(given)):
            raise self._undecided(node, given, scope)
        self.no_numbers.update({child.data: None for child in shared})
        self._note(name, "an opaque function", name_span)
        similar = nearest(name, sorted(word for word in BUILT_IN if len(word) >= 4), 1)
        if similar and name not in self.warned:
            self.warned[name] = None
            self.findings.warn(
                f"'{shown(name)}' is not a built-in function and is taken as an opaque one",
                name_span,
                f"did you mean '{similar}'?",
            )
        return Term("call", tuple(children), (name, positional), node.span)

    def _undecided(self, node: Term, given: list[Term], scope: BoundNames) -> Refusal:
        """Return the error about `x(2*t)`, which may be meant as a read or as a call, with what each would be."""
        name = node.data[0]
        while self.stray_ends and node.span and (self.stray_ends[-1] or node.span).start >= node.span.start:
            # It was meant as the end of what is read.
            self.stray_ends.pop()
        axes = [term.data[0] for term in postorder(given) if term.operator == "axis"]
        axis = next((axis for axis in (*axes, *self.axes) if axis in self.axes), None)
        call = brief(Term("call", tuple(_with_length(part, axis) for part in given), (name, len(given))))
        # Where there is no axis, `end` has no length that could be handed over.
        is_whole = call.endswith(";)") and not any(term.operator == "end" and axis is None for term in postorder(given))
        call = call if is_whole else f"{shown(name)}(…;)"
        message = f"nothing says whether {call.replace(';)', ')')} reads a signal or calls a function"
        if self.findings.source is None:
            # SymPy has no `;`: what is computed of a signal is no place.
            return Refusal(message, node.span, "a function takes the step as a signal, such as n(t) with Eq(n(t), t)")
        try:
            forms = [self._sum(index, scope) for index in node.arguments]
        except Refusal as refusal:
            return Refusal(message, node.span, f"a function is called as {call}; {refusal.problem.help}")
        if not any(self._axes_in(index, scope) for index in node.arguments) and None not in forms:
            listed = ", ".join(map(sum_text, filter(None, forms)))
            call += f", an entry is written {shown(name)}[{listed}]"
        declared = self._declared_by(name, node.arguments, scope)
        return Refusal(message, node.span, f"a function is called as {call}, a signal is declared, as in {declared}")

    def _declared_by(self, name: str, indices: Sequence[Term], scope: BoundNames) -> str:
        """Return how to declare a name that is read by some indices, each with the first axis that it holds."""
        axes: list[str | None] = []
        for index in indices:
            axes.append(next((axis for axis in self._axes_in(index, scope) if axis not in axes), None))
        return self._declaration(name, axes, "()")

    def _axes_in(self, index: Term, scope: BoundNames) -> list[str]:
        """Return the axes that a place holds outside of reads, and the indices that are bound as such."""

        def is_value(node: Term) -> bool:
            return node.operator in ("subscript", "over") or self._is_read(node, scope, frozenset())

        names = [term.data for term in postorder([index], stop=is_value) if term.operator == "name"]
        return [name for name in names if (not scope[name].ends if name in scope else name in self.axes)]

    def _built_in(self, node: Term, name: str, given: list[Term], shared: list[Term]) -> Term:
        rows = FUNCTIONS.get(name, ())
        row = next((row for row in rows if row.accepts(len(given))), None)
        if shared:
            raise Refusal(f"'{name}' takes no shared parameters", node.span, "write ',' instead of ';'")
        if row is None:
            hint = decimal_point(given, self.findings.source)
            raise Refusal(f"'{name}' takes {arity_text(rows)}, not {len(given)}", node.span, hint)
        sizes = len(given) if row.sizes is None else row.sizes
        if row.indexed is not None:
            return self._of_entry(node, row, given)
        if not sizes:
            return Term(row.name, tuple(given), None, node.span)
        numbers = [self._size(term, name) for term in given[len(given) - sizes :]]
        return Term(row.name, tuple(given[: len(given) - sizes]), row.all_sizes(tuple(numbers)), node.span)

    def _of_entry(self, node: Term, row: Operator, given: list[Term]) -> Term:
        """Return an operator that is told some entries of its last argument: of `v` where `v[1:3]` is written."""
        *others, entry = given
        if entry.operator != "entry":
            raise Refusal(
                f"'{row.spelling}' needs an entry or a slice here, and '{brief(entry)}' is none",
                entry.span,
                f"write {row.spelling}(r, v[0]) or {row.spelling}(r, v[1:3]), of a signal {row.spelling}(r, h(t)[1:3])",
            )
        if len(entry.arguments) > 1:
            raise Refusal(
                f"'{row.spelling}' takes no entry that a value tells, as '{brief(entry)}' is",
                entry.span,
                f"write one_hot for a vector: r * one_hot({brief(entry.arguments[1])}, n)",
            )
        return Term(row.name, (*others, *entry.arguments), entry.data, node.span)

    def _size(self, term: Term, name: str) -> SizeArgument:
        """Return a size that is written as an argument: a sum of whole numbers and names of sizes."""
        found = size_written(term, self.constants)
        if found is None or (isinstance(found, int) and found < 1):
            raise Refusal(
                f"'{name}' needs a size here: a whole number, a name from a shape, or a sum of these",
                term.span,
                "declare it, as in V : (k, m)",
            )
        return found

    def _reduction(self, node: Term, scope: BoundNames, where: str, arguments: frozenset[str]) -> Term:
        """Resolve `sum(e for t)` and `sum(e for j in 0..2)`."""
        name, raw, name_span = node.data
        row = REDUCTIONS.get(name)
        if row is None:
            known = ", ".join(REDUCTIONS)
            raise Refusal(f"'{shown(name)}' does not reduce", name_span, f"what does: {known}")
        bindings: list[Binding] = []
        inner = dict(scope)
        self._refuse_mixed_ranges(raw)
        for one in with_ranges(raw):
            if one.name in BUILT_IN or one.name in [binding.name for binding in bindings]:
                what = "is a built-in function" if one.name in BUILT_IN else "is bound twice"
                raise Refusal(f"'{shown(one.name)}' {what}", one.span, "choose another name")
            if one.first is None or one.last is None:
                found = Binding(one.name)
            else:
                first, last = (self._end_of_range(end, inner, None) for end in (one.first, one.last))
                found = range_between(one.name, first, last, one.span)
            bindings.append(found)
            inner[one.name] = found
        if row.joining is not None and row.joining.has_one_index and len(bindings) > 1:
            raise Refusal(f"{row.spelling} runs over one index", node.span)
        if not row.accepts(len(node.arguments)):
            raise Refusal(LEAVES_NOTHING_OUT.format(name), node.arguments[1].span, f"write {name}(… if … else 0 for …)")
        parts = tuple(self._term(part, inner, where, arguments) for part in node.arguments)
        return Term(row.name, parts, tuple(bindings), node.span)

    def _refuse_mixed_ranges(self, raw: Sequence[WrittenBinding]) -> None:
        """Raise `Refusal` for a name that stands before `in` with others, and is an axis elsewhere."""
        for own, one in zip(raw, with_ranges(raw), strict=True):
            if own.first is None and one.first is not None and own.name in self.axes:
                name, other = shown(own.name), next(b.name for b in raw[raw.index(own) :] if b.first is not None)
                raise Refusal(
                    f"'{name}' is an axis, and stands before a range as if it shared it",
                    own.span,
                    f"to run over the axis, write it last: for {shown(other)} in …, {name}; "
                    f"to run over the range, give it another name",
                )

    # Indices ----------------------------------------------------------------------------------------

    def _usual(self, name: str) -> str:
        """Return the read of a name at its own axes: `h(t)`."""
        return read_text(name, [Index("", 1) if axis is None else Index(axis) for axis in self.indexed[name]])

    def _entry_of(self, node: Term, of: Term, items: Sequence[Term], scope: BoundNames) -> Term:
        """Resolve `name[…]` that is no read: an entry or a slice."""
        while self.stray_ends and node.span and (self.stray_ends[-1] or node.span).start >= node.span.start:
            # It was meant to count the entries.
            raise Refusal(
                "'end' cannot count entries", self.stray_ends.pop(), "entries are numbered from 0, as in b[0]"
            )
        written = node.arguments[1:]
        moves = any(self._axes_in(item, scope) for item in written if item.operator != "slice")
        if of.operator == "parameter" and of.data not in self.declared_parameters and moves:
            raise Refusal(
                f"nothing says whether {brief(Term('parameter', (), of.data))}[…] reads a signal or an entry",
                node.span,
                f"a signal is declared, as in {self._declared_by(of.data, written, scope)}, "
                f"an array, as in {shown(of.data)} : {'n' if len(written) == 1 else '(n, n)'}",
            )
        if of.operator == "parameter":
            self.no_numbers[of.data] = None
        places, values = entries(items)
        return Term("entry", (of, *values), places, node.span)


def _with_length(root: Term, axis: str | None) -> Term:
    """Return what is computed of `end` with the length of an axis, which stands anywhere."""
    made: dict[int, Term] = {}
    for term in postorder([root]):
        if term.operator == "end" and axis is not None:
            made[id(term)] = Term("length", (), axis, term.span)
        else:
            made[id(term)] = replace(term, arguments=tuple(made[id(argument)] for argument in term.arguments))
    return made[id(root)]


def with_ranges(raw: Sequence[WrittenBinding]) -> list[WrittenBinding]:
    """Return what a reduction binds, where names before one `in` share its range: `for a, b in -1..1`."""
    found: list[WrittenBinding] = []
    following: WrittenBinding | None = None
    for one in reversed(raw):
        following = one if one.first is not None else following
        found.append(one if following is None else one._replace(first=following.first, last=following.last))
    return found[::-1]


def count_text(number: int, what: str = "argument") -> str:
    """Return a number and what is counted: `1 argument`, `2 indices`."""
    plural = {"argument": "arguments", "index": "indices"}
    return f"{number} {what if number == 1 else plural[what]}"


def arity_text(rows: Sequence[Operator]) -> str:
    """Return in words how many arguments a function takes."""
    if not rows:
        return "one value and an index, as in sum(h(t) for t)"
    least = min(row.arity[0] for row in rows)
    most = [row.arity[1] for row in rows]
    if None in most:
        return f"{count_text(least)} or more"
    top = max(number for number in most if number is not None)
    return count_text(least) if least == top else f"{least} to {count_text(top)}"
