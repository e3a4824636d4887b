"""Writing out what is short for something longer: functions with a body, and constant ranges.

`def f(h, x) = …` is inlined where it is called, and `sum(k[j] @ x(t-j) for j in 0..2)` becomes its three
terms, so that everything after knows plain operations only. Terms keep the places they had in the source.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from math import prod

from unfoldgraph.algebra.expression import Binding, Index, Slice, Term, postorder
from unfoldgraph.algebra.laws import Joining, NumberedTerm
from unfoldgraph.algebra.notation import brief, index_text, shown
from unfoldgraph.algebra.operators import is_reduction, joining_of
from unfoldgraph.base.errors import CircuitError, Span, listing, number
from unfoldgraph.base.limits import INLINED_TERMS, NESTING, TERMS


@dataclass(frozen=True, slots=True)
class Function:
    """A function with a body: `def name(arguments) = body`."""

    name: str
    arguments: tuple[str, ...]
    body: Term
    span: Span | None = None


@dataclass(slots=True)
class Inlining:
    """Writes out terms, and stops at the limit on what all statements together may grow to."""

    functions: Mapping[str, Function]
    _made: int = field(default=0)
    _depth: int = field(default=0)

    def statement(self, right: Term) -> Term:
        """Return the right side of one statement, written out."""
        self._depth = 0
        return self._write_out(right, {}, {})

    def _write_out(self, root: Term, arguments: Mapping[str, Term], variables: Mapping[str, int]) -> Term:
        """Return a term with its arguments and range variables put in.

        It calls itself once per nested function or reduction; within one level it is a loop.
        """
        self._enter(1, root.span)
        values: dict[int, Term] = {}
        for node in postorder([root], stop=is_reduction):
            if node.operator == "argument":
                values[id(node)] = arguments[node.data]
            elif node.operator == "defined":
                function = self.functions[node.data]
                given = (values[id(argument)] for argument in node.arguments)
                values[id(node)] = self._write_out(function.body, dict(zip(function.arguments, given, strict=True)), {})
            elif joining := joining_of(node):
                values[id(node)] = self._reduction(node, joining, arguments, variables)
            else:
                values[id(node)] = self._plain(node, values, variables)
            # What is written once, however long, is as long as the circuit itself.
            self._made += self._depth > 1
            if self._made > INLINED_TERMS:
                raise CircuitError(
                    f"written out, functions and ranges have more than {INLINED_TERMS} operations",
                    root.span,
                    "give the parts names of their own, as signals",
                )
        self._depth -= 1
        return values[id(root)]

    def _enter(self, levels: int, span: Span | None) -> None:
        """Note that what follows is nested so many levels deeper; whoever calls this takes them off again."""
        self._depth += levels
        if self._depth > NESTING:
            raise CircuitError(
                f"functions and reductions are nested more than {NESTING} deep here",
                span,
                "give the parts names of their own, as signals",
            )

    def _plain(self, node: Term, values: Mapping[int, Term], variables: Mapping[str, int]) -> Term:
        """Return an operation whose arguments are written out, its own data too."""
        if node.operator == "variable":
            value = Term("number", (), abs(variables[node.data]), node.span)
            return value if variables[node.data] >= 0 else Term("neg", (value,), None, node.span)
        data = node.data
        if node.operator == "read":
            data = data[0], tuple(_settle(place, variables) for place in data[1])
        elif node.operator == "entry":
            data = tuple(
                Slice(*(bound and _settle_entry(node, bound, variables) for bound in item))
                if isinstance(item, Slice)
                else _settle_entry(node, item, variables)
                for item in data
            )
        return replace(node, arguments=tuple(values[id(argument)] for argument in node.arguments), data=data)

    def _reduction(
        self,
        node: Term,
        joining: Joining,
        arguments: Mapping[str, Term],
        variables: Mapping[str, int],
    ) -> Term:
        """Return a reduction as reductions over one axis each, and as the terms of its ranges."""
        bindings: tuple[Binding, ...] = node.data
        ranges = {b.name: range(b.first, b.last + 1) for b in bindings if b.first is not None and b.last is not None}
        terms = prod(numbers.stop - numbers.start for numbers in ranges.values())
        if terms > TERMS:
            raise CircuitError(
                f"this range has {number(terms)} terms; the limit is {TERMS}",
                node.span,
                "make it an axis: sum(… for t)",
            )
        # Each index that it binds is a reduction of its own in the end.
        levels = len(bindings) - 1
        self._enter(levels, node.span)
        found = []
        for numbers in product(*ranges.values()):
            inner = {**variables, **dict(zip(ranges, numbers, strict=True))}
            found.append(self._write_out(node.arguments[0], arguments, inner))
        self._depth -= levels
        # The innermost index comes last and is joined first.
        writer = _TermWriter(node.span)
        for binding in reversed(bindings):
            if binding.name in ranges:
                joined = ranges[binding.name]
                groups = [found[at : at + len(joined)] for at in range(0, len(found), len(joined))]
                found = [joining.written(writer, list(zip(joined, group, strict=True))) for group in groups]
            else:
                found = [Term(node.operator, (term,), (binding,), node.span) for term in found]
        return found[0]


def _settle(place: Index, variables: Mapping[str, int]) -> Index:
    """Return a place with the values of its range variables added."""
    offset = place.offset + sum(sign * variables[name] for name, sign in place.variables)
    return Index(place.base, offset, place.bound)


def _settle_entry(node: Term, place: Index, variables: Mapping[str, int]) -> Index:
    """Return the number of an entry with the values of its range variables added.

    Only a negative number that is written counts from the end; one that a range makes is no entry.
    """
    settled = _settle(place, variables)
    if not place.variables or settled.base or settled.offset >= 0:
        return settled
    names = list(dict.fromkeys(name for name, _ in place.variables))
    values = listing([f"{shown(name)} = {variables[name]}" for name in names])
    hint = "entries are numbered from 0, as in b[0]"
    if len(place.variables) == 1:
        ((name, sign),) = place.variables
        limit = f"begin at {-place.offset}" if sign > 0 else f"end at {place.offset}"
        hint = f"entries are numbered from 0: let {shown(name)} {limit}"
    message = f"{brief(node)} takes no entry where {values}: {index_text(place)} is {settled.offset} there"
    raise CircuitError(message, node.span, hint)


@dataclass(frozen=True, slots=True)
class _TermWriter:
    """Joins the terms of a range, where the reduction stands in the source."""

    span: Span | None

    def operation(self, operator: str, arguments: Sequence[Term]) -> Term:
        return Term(operator, tuple(arguments), None, self.span)

    def integer(self, value: int) -> Term:
        positive = Term("number", (), abs(value), self.span)
        return positive if value >= 0 else self.operation("neg", [positive])

    def first_number(self, terms: Sequence[NumberedTerm[Term]]) -> Term:
        """Return the number of the first term; what compares the terms gives it their shape."""
        at, term = terms[0]
        found = self.integer(at)
        if len(terms) > 1:
            return found
        # Nothing is compared with the only term, from which the number still has to take its shape.
        return self.operation("where", [self.operation("eq", [term, term]), found, found])
