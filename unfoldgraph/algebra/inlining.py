"""Writing out what is short for something longer: functions with a body, and reductions over several indices.

`def f(h, x) = …` is inlined where it is called, and `sum(e for i, j)` becomes a sum of sums, so that everything after
knows plain operations and reductions over one index only. Terms keep the places they had in the source.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from unfoldgraph.algebra.expression import (
    AFFINE,
    Binding,
    Index,
    Term,
    changed_item,
    items_of,
    places_of_entry,
    postorder,
)
from unfoldgraph.algebra.notation import brief, index_text, shown
from unfoldgraph.algebra.operators import is_reduction, joining_of
from unfoldgraph.algebra.table.laws import Joining
from unfoldgraph.base.affine import index, is_index
from unfoldgraph.base.errors import CircuitError, Span, listing
from unfoldgraph.base.limits import INLINED_TERMS, NESTING


@dataclass(frozen=True, slots=True)
class Function:
    """A function with a body: `def name(arguments) = body`; `written` is the body where that has constants."""

    name: str
    arguments: tuple[str, ...]
    body: Term
    span: Span | None = None
    written: Term | None = None


@dataclass(slots=True)
class Inlining:
    """Writes out terms, and stops at the limit on what all statements together may grow to."""

    functions: Mapping[str, Function]
    _made: int = field(default=0)
    _depth: int = field(default=0)

    def statement(self, right: Term) -> Term:
        """Return the right side of one statement, written out."""
        self._depth = 0
        return self._write_out(right, {}, {}, frozenset())

    def _write_out(
        self, root: Term, arguments: Mapping[str, Term], scope: Mapping[str, Binding], mentioned: frozenset[str]
    ) -> Term:
        """Return a term with its arguments put in, which mention some indices, inside reductions that bind some.

        It calls itself once per nested function or reduction; within one level it is a loop.
        """
        self._enter(1, root.span)
        values: dict[int, Term] = {}
        for node in postorder([root], stop=is_reduction):
            if node.operator == "argument":
                values[id(node)] = arguments[node.data]
            elif node.operator == "defined":
                function = self.functions[node.data]
                given = [values[id(argument)] for argument in node.arguments]
                put_in = dict(zip(function.arguments, given, strict=True))
                binds = any(is_reduction(part) for part in postorder([function.body]))
                indices = _indices_mentioned(given) if binds else frozenset()
                values[id(node)] = self._write_out(function.body, put_in, {}, indices)
            elif joining := joining_of(node):
                values[id(node)] = self._reduction(_rebound(node, mentioned), joining, arguments, scope, mentioned)
            else:
                values[id(node)] = replace(node, arguments=tuple(values[id(argument)] for argument in node.arguments))
                if items_of(node):
                    _check_entry(node, scope)
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

    def _reduction(
        self,
        node: Term,
        joining: Joining,
        arguments: Mapping[str, Term],
        scope: Mapping[str, Binding],
        mentioned: frozenset[str],
    ) -> Term:
        """Return a reduction as reductions over one index each, the innermost under the condition."""
        bindings: tuple[Binding, ...] = node.data
        # Each index that it binds is a reduction of its own in the end.
        levels = len(bindings) - 1
        self._enter(levels, node.span)
        inner = {**scope, **{binding.name: binding for binding in bindings}}
        body, *condition = [self._write_out(part, arguments, inner, mentioned) for part in node.arguments]
        self._depth -= levels
        # The mean of means is the mean only where all are of equally many.
        is_uneven = joining.is_average and levels and (condition or any(binding.ends for binding in bindings))
        if not is_uneven:
            return _nested(node.operator, body, condition, bindings, node.span)
        total = _nested(joining.total, body, condition, bindings, node.span)
        one = Term("number", (), 1, node.span)
        return Term("div", (total, _nested(joining.total, one, condition, bindings, node.span)), None, node.span)


def _indices_mentioned(terms: Iterable[Term]) -> frozenset[str]:
    """Return the names of the indices that some terms mention."""
    found: set[str] = set()
    for term in postorder(terms):
        places = term.data[1] if term.operator == "read" else tuple(places_of_entry(term))
        if term.operator == "axis":
            found.add(term.data[0])
        found.update(at.base for at in places if at.moves)
        found.update(name for at in places if at.form is not None for name, _ in at.form.terms)
    return frozenset(found)


def _rebound(node: Term, mentioned: frozenset[str]) -> Term:
    """Return a reduction in the body of a function that binds no index which the arguments of a call mention."""
    bindings: list[Binding] = list(node.data)
    parts = list(node.arguments)
    if mentioned.isdisjoint(binding.name for binding in bindings):
        return node
    for position, binding in enumerate(bindings):
        if binding.name in mentioned:
            taken = {*mentioned, *_indices_mentioned(parts), *(other.name for other in bindings)}
            new = unlike(binding.name, taken, parts)
            parts = [renamed(part, binding.name, new) for part in parts]
            later = [one.at({binding.name: index(new)}) for one in bindings[position + 1 :]]
            bindings[position:] = [binding._replace(name=new), *later]
    return replace(node, arguments=tuple(parts), data=tuple(bindings))


def _nested(
    operator: str, body: Term, condition: Sequence[Term], bindings: Sequence[Binding], span: Span | None
) -> Term:
    """Return a reduction over several indices as one of one of another; the innermost index comes last."""
    found = Term(operator, (body, *condition), (bindings[-1],), span)
    for binding in bindings[-2::-1]:
        found = Term(operator, (found,), (binding,), span)
    return found


def _check_entry(node: Term, scope: Mapping[str, Binding]) -> None:
    """Refuse an entry that a range makes negative: only a negative number that is written counts from the end."""
    for place in places_of_entry(node):
        if place.form is None or any(not is_index(name) for name, _ in place.form.terms):
            continue
        known = [scope[name].numbers for name, _ in place.form.terms if name in scope]
        ranges = [numbers for numbers in known if numbers is not None]
        if len(ranges) < len(place.form.terms):
            continue
        least = {
            name: numbers[0] if factor > 0 else numbers[-1]
            for (name, factor), numbers in zip(place.form.terms, ranges, strict=True)
        }
        lowest = place.form.number(least)
        if lowest < 0:
            values = listing([f"{shown(name)} = {at}" for name, at in least.items()])
            hint = "entries are numbered from 0, as in b[0]"
            if len(place.form.terms) == 1:
                ((name, factor),) = place.form.terms
                first = -(place.form.constant // factor) if factor > 0 else place.form.constant // -factor
                hint = f"entries are numbered from 0: let {shown(name)} {'begin' if factor > 0 else 'end'} at {first}"
            message = f"{brief(node)} takes no entry where {values}: {index_text(place)} is {lowest} there"
            raise CircuitError(message, node.span, hint)


def unlike(name: str, taken: Container[str], parts: Iterable[Term]) -> str:
    """Return a name for an index that is not taken, and that nothing inside some parts has.

    Examples
    --------
    >>> unlike("k", {"k"}, [])
    'k_'
    """
    inside = {binding.name for term in postorder(parts) if is_reduction(term) for binding in term.data}
    while name in taken or name in inside:
        name += "_"
    return name


def renamed(root: Term, old: str, new: str) -> Term:
    """Return a term in which an index that is bound in a range around it has a name, in plain places as well.

    Examples
    --------
    >>> renamed(Term("axis", (), ("k", True)), "k", "k_").data
    ('k_', True)
    """
    made: dict[int, Term] = {}
    for term in postorder([root]):
        arguments = tuple(made[id(argument)] for argument in term.arguments)
        data = term.data
        if term.operator == "read":
            places = tuple(
                Index(AFFINE, form=index(new) + at.offset)
                if at.bound and at.base == old
                else _renamed_sum(at, old, new)
                for at in data[1]
            )
            data = (data[0], places)
        elif items_of(term):
            data = tuple(changed_item(item, lambda at: _renamed_sum(at, old, new)) for item in data)
        elif term.operator == "axis" and data == (old, True):
            data = (new, True)
        elif is_reduction(term):
            data = tuple(one.at({old: index(new)}) for one in data)
        made[id(term)] = replace(term, arguments=arguments, data=data)
    return made[id(root)]


def _renamed_sum(at: Index, old: str, new: str) -> Index:
    if at.form is None:
        return at
    names = tuple(new if name == old else name for name in at.names)
    return at._replace(form=at.form.at({old: index(new)}), names=names)
