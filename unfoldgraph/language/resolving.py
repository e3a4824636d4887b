"""From the statements of a text to the `Draft` of a model, with every name resolved and every place kept.

Nothing has to be declared; the whole text decides what each name is. The rules are taken in one order.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from unfoldgraph.algebra.expression import BY_VALUE, Binding, Index, Term, intern, postorder
from unfoldgraph.algebra.inlining import Function
from unfoldgraph.algebra.notation import read_text, shown
from unfoldgraph.algebra.operators import is_reduction
from unfoldgraph.base.affine import whole
from unfoldgraph.base.errors import CircuitError, Findings
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
)
from unfoldgraph.language.indices import (
    BoundNames,
    Refusal,
    add_range_after,
    as_index,
    bare_axes,
    place_of_left_side,
    range_between,
)
from unfoldgraph.language.mistaken_terms import NUMBERS_ELSEWHERE, own_index, warn_of_number
from unfoldgraph.language.standard_form import solved
from unfoldgraph.language.symbol_table import SymbolTable, with_ranges
from unfoldgraph.language.terms import TermResolver
from unfoldgraph.model.build import Declaration, Draft, Equation, WrittenGroup
from unfoldgraph.model.equations import Constant


def resolve(syntax: Sequence[Syntax], name: str, findings: Findings) -> Draft:
    """Return the draft of a parsed text; problems go to `findings`."""
    return _Resolver(syntax, name, findings).draft()


class _Resolver:
    """The statements of one text."""

    def __init__(self, syntax: Sequence[Syntax], name: str, findings: Findings) -> None:
        self.constants = constants(syntax, findings)
        #: The statements as they were written, and with numbers in place of the constants.
        self.written = syntax
        self.syntax = [numbered(statement, self.constants) for statement in syntax]
        self.name = name
        self.findings = findings
        self.table = SymbolTable(findings)
        self.terms = TermResolver(self.table, self.constants)

    def draft(self) -> Draft:
        """Look over the whole text for what is defined, then resolve statement by statement."""
        self.findings.stop()
        self.table.survey(self.syntax)
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
                    draft.items += self._standard_form(
                        statement, self.table.left_sides[position], self.written[position]
                    )
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
            use = self.table.uses.get(name)
            told = name in self.table.declared_parameters or name in self.terms.no_numbers
            if use is not None and use.kind == "a parameter" and not told:
                warn_of_number(name, use.span, self.findings)

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
        body = self.terms.term(statement.body, {}, "function", frozenset(statement.arguments))
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
            kept = self.terms.term(written.body, scope, "function", frozenset(statement.arguments))
        return Function(statement.name, statement.arguments, body, statement.span, kept)

    def _constant(self, place: LeftSide, right: Term) -> Constant:
        """Return a constant with its right side as it was written."""
        scope = self._named_in(Equated(place, right))
        return Constant(
            place.name, intern(self.terms.term(right, scope, "equation", frozenset())), self.constants[place.name]
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
            own = self.table.indexed.get(place.name, ())
            for position, term in enumerate(place.indices or ()):
                axis = own[position] if position < len(own) else None
                index.append(place_of_left_side(self.table.place_sum(term, {}, axis), term))
            ranges = self._ranges_of(statement)
        except Refusal as refusal:
            self.findings.add(refusal.problem)
        if place.indices is None and (unindexed := own_index(place.name, statement.right)) is not None:
            self.findings.add(unindexed.problem)
            return []
        resolved = self.terms.term(statement.right, {}, "equation", frozenset())
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
        kept, self.table.findings = self.table.findings, Findings(self.table.findings.source)
        try:
            right = self.terms.term(written.right, scope, "equation", frozenset())
            if isinstance(written, Related):
                left = self.terms.term(written.left, scope, "equation", frozenset())
            else:
                place = written.place
                own = [*self.table.indexed.get(place.name, ()), *[None] * len(place.indices or ())]
                forms = [
                    (term, self.table.place_sum(term, scope, axis))
                    for term, axis in zip(place.indices or (), own, strict=False)
                ]
                index = tuple(as_index(form, scope, term) for term, form in forms if form is not None)
                left = Term("read", (), (place.name, index), place.span)
            ranges = [
                Binding(
                    one.name,
                    self.table.end_of_range(one.first, scope, one.name),
                    self.table.end_of_range(one.last, scope, one.name),
                )
                for one in with_ranges(written.ranges)
                if one.first is not None and one.last is not None
            ]
            return None if self.table.findings.errors else (left, right, tuple(ranges))
        except Refusal:
            return None
        finally:
            self.table.findings = kept

    def _ranges_of(self, statement: Equated) -> tuple[Binding, ...]:
        """Return the ranges that stand after an equation, in which `end` is that of the index they are of."""
        found: dict[str, Binding] = {}
        own = {axis for index in statement.place.indices or () for axis in bare_axes(index)}
        for one in with_ranges(statement.ranges):
            if one.first is None or one.last is None:
                hint = f"write for {shown(one.name)} in 2..end"
                raise Refusal(f"nothing says where '{shown(one.name)}' begins and ends", one.span, hint)
            first, last = (self.table.end_of_range(end, {}, one.name) for end in (one.first, one.last))
            add_range_after(statement.place.name, found, range_between(one.name, first, last, one.span), own, one.span)
        return tuple(found.values())

    def _standard_form(self, statement: Related, place: LeftSide, written: Syntax) -> list[Equation]:
        """Resolve an equation in standard form, solved for the place that it is about, with both sides as written."""
        before = self.findings.errors
        left, right = (self.terms.term(side, {}, "equation", frozenset()) for side in (statement.left, statement.right))
        try:
            ranges = self._ranges_of(Equated(place, statement.right, statement.ranges))
        except Refusal as refusal:
            self.findings.add(refusal.problem)
        if self.findings.errors > before:
            return []
        edges = [self._edges(other) for other in self._left_sides_of[place.name]]
        try:
            index, value = solved(left, right, place.name, edges)
        except CircuitError as error:
            self.findings.error(error.message, error.span or place.span, error.help)
            return []
        kept = self._as_written(written, statement) or (left, right, ranges)
        return [Equation(place.name, index, value, left.span, ranges, kept)]

    @cached_property
    def _left_sides_of(self) -> dict[str, list[LeftSide]]:
        """The left sides of all statements about each name."""
        found: dict[str, list[LeftSide]] = {}
        for one in self.table.left_sides.values():
            found.setdefault(one.name, []).append(one)
        return found

    def _edges(self, place: LeftSide) -> list[Index]:
        """Return the places of a left side, where what is no sum is on no edge."""
        forms = [(index, self.table.place_sum_or_none(index, {})) for index in place.indices or ()]
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
