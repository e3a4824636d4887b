"""Right sides and what they are made of: terms in which every name is resolved, by the table of the names of a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from unfoldgraph.algebra.expression import BY_VALUE, Binding, Index, SizeArgument, Term, postorder
from unfoldgraph.algebra.notation import brief, read_text, shown, sum_text
from unfoldgraph.algebra.operators import FUNCTIONS, REDUCTIONS
from unfoldgraph.algebra.possible_reads import may_be_read
from unfoldgraph.algebra.table.operator_row import Operator
from unfoldgraph.base.errors import Span, did_you_mean, nearest
from unfoldgraph.language.grammar import BUILT_IN, WrittenBinding, name_and_indices
from unfoldgraph.language.indices import (
    BoundNames,
    Refusal,
    as_index,
    axis_counted,
    entries,
    range_between,
    size_written,
)
from unfoldgraph.language.mistaken_terms import decimal_point, is_summed_by_arguments, left_side, summed_by_arguments
from unfoldgraph.language.symbol_table import SymbolTable, with_ranges

_NOT_NUMBERS = frozenset({"nan", "NaN"})
LEAVES_NOTHING_OUT = "'{}' has an entry for each number, so that it leaves none out and takes no condition"
"""What is wrong with a condition in a reduction that builds an array."""
_INFINITIES = frozenset({"Inf", "infinity", "Infinity"})
"""What infinity is called elsewhere."""


class TermResolver:
    """Resolves the terms of one text.

    Attributes
    ----------
    table : what its names are.
    constants : the names of its constants, with their numbers.
    no_numbers : parameters that nobody takes for numbers: they have entries, or are shared.
    """

    def __init__(self, table: SymbolTable, constants: Mapping[str, int]) -> None:
        self.table = table
        self.constants = constants
        self.no_numbers: dict[str, None] = {}
        self.warned: dict[str, None] = {}
        #: What stands for refused parts of a right side, by identity.
        self.stand_ins: dict[int, Term] = {}
        #: Where `end` stands outside an index, unless it turns out that it was meant to stand in one.
        self.stray_ends: list[Span | None] = []

    def term(self, root: Term, scope: BoundNames, where: str, arguments: frozenset[str]) -> Term:
        """Return a term with every name resolved.

        It calls itself once per nested reduction, which the limit on brackets bounds; within one level it
        is a loop.
        """
        values: dict[int, Term] = {}

        def is_closed(node: Term) -> bool:
            is_whole = node.operator == "over" or is_summed_by_arguments(node)
            return is_whole or self.table.is_read(node, scope, arguments)

        for node in postorder([root], stop=is_closed):
            try:
                if node.operator == "over":
                    values[id(node)] = self._reduction(node, scope, where, arguments)
                elif is_summed_by_arguments(node):
                    taken = arity_text(FUNCTIONS.get(node.data[0], ()))
                    raise summed_by_arguments(node, taken, self.table.findings.source)
                elif is_closed(node):
                    values[id(node)] = self._read(node, scope, where, arguments)
                else:
                    children = [values[id(child)] for child in node.arguments if id(child) in values]
                    values[id(node)] = self._node(node, children, scope, where, arguments)
            except Refusal as refusal:
                self.table.findings.add(refusal.problem)
                values[id(node)] = Term("number", (), 0, node.span)
                self.stand_ins[id(values[id(node)])] = values[id(node)]
        for span in self.stray_ends:
            self.table.findings.error("'end' stands only inside an index", span, "outside, the length of t is end(t)")
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
                if node.data not in self.table.axes:
                    known = ", ".join(map(shown, self.table.axes)) or "none"
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
        if name in self.table.axes:
            return Term("axis", (), (name, False), node.span)
        if name in self.table.values:
            return Term("read", (), (name, ()), node.span)
        if name in self.table.indexed:
            usual = self.table.usual(name)
            raise Refusal(f"'{shown(name)}' is a signal and needs an index", node.span, f"write {usual}")
        if name in self.table.functions:
            raise Refusal(f"'{shown(name)}' is a function and needs arguments", node.span, f"write {shown(name)}(…)")
        if name in _NOT_NUMBERS or name in _INFINITIES:
            hint = "write inf" if name in _INFINITIES else None
            raise Refusal(f"'{name}' is not a number of the language", node.span, hint)
        if name in BUILT_IN:
            raise Refusal(f"'{name}' is a built-in function", node.span, f"write {name}(…), or choose another name")
        if name in self.table.sizes and name not in self.table.uses:
            return Term("size", (), name, node.span)
        self.table.note(name, "a parameter", node.span)
        return Term("parameter", (), name, node.span)

    def _read(self, node: Term, scope: BoundNames, where: str, arguments: frozenset[str]) -> Term:
        """Resolve a read; a name that nothing defines becomes an input, if the text declares none."""
        call = name_and_indices(node)
        if call is None:
            raise Refusal("this is not a read", node.span)
        name, indices = call
        if name not in self.table.indexed:
            name_span = node.data[2] if node.operator == "apply" else node.arguments[0].span
            if self.table.declared_inputs:
                known = [shown(other) for other in (*self.table.indexed, *self.table.values)]
                forms = [self.table.place_sum_or_none(index, scope) for index in indices]
                axes = [axis_counted(form, scope) if form else None for form in forms]
                # What an index is computed of is a number.
                declared = self.table.declaration(name, axes, "()" if where == "index" else "n")
                hint = did_you_mean(shown(name), known) or f"declare it: {declared}"
                raise Refusal(f"unknown signal '{shown(name)}'", name_span, hint)
            self.table.note(name, "an input", name_span)
        own = self.table.indexed.get(name, ())
        if own and len(own) != len(indices):
            raise Refusal(
                f"'{shown(name)}' has {count_text(len(own), 'index')}, not {len(indices)}",
                node.span,
                f"write {self.table.usual(name)}",
            )
        axes = [*own, *[None] * len(indices)]
        places: list[Index] = []
        values: list[Term] = []
        for index, axis in zip(indices, axes, strict=False):
            if index.operator == "slice":
                last = read_text(name, [Index("end")] * len(indices))
                hint = f"write one, as in {last}, or reduce over a range, as in sum(… for k in 1..3)"
                raise Refusal(f"'{shown(name)}' is a signal, which is read at one place", node.span, hint)
            form = self.table.place_sum(index, scope, axis)
            if form is None:
                places.append(Index(BY_VALUE, len(values)))
                values.append(self.term(index, scope, "index", arguments))
            else:
                places.append(as_index(form, scope, index))
        return Term("read", tuple(values), (name, tuple(places)), node.span)

    def _call(self, node: Term, children: list[Term], scope: BoundNames, arguments: frozenset[str]) -> Term:
        """Resolve `name(…)` that is no read: a function of the table or of the text, or an opaque one."""
        name, positional, name_span, is_marked = node.data
        given, shared = children[:positional], children[positional:]
        if name in arguments:
            raise Refusal(f"'{shown(name)}' is an argument here, not a function", name_span, f"write {shown(name)}")
        if name in self.table.functions:
            wanted = len(self.table.functions[name].arguments)
            if shared or len(given) != wanted:
                also = ((self.table.functions[name].span, "defined here"),)
                raise Refusal(f"'{shown(name)}' takes {count_text(wanted)}, not {len(children)}", node.span, None, also)
            return Term("defined", tuple(given), name, node.span)
        if name in FUNCTIONS or name in REDUCTIONS:
            return self._built_in(node, name, given, shared)
        if name in self.table.axes:
            raise Refusal(f"'{shown(name)}' is an axis, not a function", name_span)
        if name in self.table.values:
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
        self.table.note(name, "an opaque function", name_span)
        similar = nearest(name, sorted(word for word in BUILT_IN if len(word) >= 4), 1)
        if similar and name not in self.warned:
            self.warned[name] = None
            self.table.findings.warn(
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
        axis = next((axis for axis in (*axes, *self.table.axes) if axis in self.table.axes), None)
        call = brief(Term("call", tuple(_with_length(part, axis) for part in given), (name, len(given))))
        # Where there is no axis, `end` has no length that could be handed over.
        is_whole = call.endswith(";)") and not any(term.operator == "end" and axis is None for term in postorder(given))
        call = call if is_whole else f"{shown(name)}(…;)"
        message = f"nothing says whether {call.replace(';)', ')')} reads a signal or calls a function"
        if self.table.findings.source is None:
            # SymPy has no `;`: what is computed of a signal is no place.
            return Refusal(message, node.span, "a function takes the step as a signal, such as n(t) with Eq(n(t), t)")
        try:
            forms = [self.table.place_sum(index, scope) for index in node.arguments]
        except Refusal as refusal:
            return Refusal(message, node.span, f"a function is called as {call}; {refusal.problem.help}")
        if not any(self.table.axes_in(index, scope) for index in node.arguments) and None not in forms:
            listed = ", ".join(map(sum_text, filter(None, forms)))
            call += f", an entry is written {shown(name)}[{listed}]"
        declared = self.table.declared_by(name, node.arguments, scope)
        return Refusal(message, node.span, f"a function is called as {call}, a signal is declared, as in {declared}")

    def _built_in(self, node: Term, name: str, given: list[Term], shared: list[Term]) -> Term:
        rows = FUNCTIONS.get(name, ())
        row = next((row for row in rows if row.accepts(len(given))), None)
        if shared:
            raise Refusal(f"'{name}' takes no shared parameters", node.span, "write ',' instead of ';'")
        if row is None:
            hint = decimal_point(given, self.table.findings.source)
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
                found = range_between(one.name, *self.table.ends_of_range(one, inner, node.arguments), one.span)
            bindings.append(found)
            inner[one.name] = found
        if row.joining is not None and row.joining.has_one_index and len(bindings) > 1:
            nested = f"{row.spelling}({row.spelling.removeprefix('arg')}(… for j in …) for k in …)"
            raise Refusal(f"{row.spelling} runs over one index", node.span, f"nest them: {nested}")
        if not row.accepts(len(node.arguments)):
            raise Refusal(LEAVES_NOTHING_OUT.format(name), node.arguments[1].span, f"write {name}(… if … else 0 for …)")
        parts = tuple(self.term(part, inner, where, arguments) for part in node.arguments)
        return Term(row.name, parts, tuple(bindings), node.span)

    def _refuse_mixed_ranges(self, raw: Sequence[WrittenBinding]) -> None:
        """Raise `Refusal` for a name that stands before `in` with others, and is an axis elsewhere."""
        for own, one in zip(raw, with_ranges(raw), strict=True):
            if own.first is None and one.first is not None and own.name in self.table.axes:
                name, other = shown(own.name), next(b.name for b in raw[raw.index(own) :] if b.first is not None)
                raise Refusal(
                    f"'{name}' is an axis, and stands before a range as if it shared it",
                    own.span,
                    f"to run over the axis, write it last: for {shown(other)} in …, {name}; "
                    f"to run over the range, give it another name",
                )

    def _entry_of(self, node: Term, of: Term, items: Sequence[Term], scope: BoundNames) -> Term:
        """Resolve `name[…]` that is no read: an entry or a slice."""
        while self.stray_ends and node.span and (self.stray_ends[-1] or node.span).start >= node.span.start:
            # It was meant to count the entries.
            raise Refusal(
                "'end' cannot count entries", self.stray_ends.pop(), "entries are numbered from 0, as in b[0]"
            )
        written = node.arguments[1:]
        moves = any(self.table.axes_in(item, scope) for item in written if item.operator != "slice")
        if of.operator == "parameter" and of.data not in self.table.declared_parameters and moves:
            raise Refusal(
                f"nothing says whether {brief(Term('parameter', (), of.data))}[…] reads a signal or an entry",
                node.span,
                f"a signal is declared, as in {self.table.declared_by(of.data, written, scope)}, "
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
