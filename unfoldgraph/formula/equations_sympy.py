"""The equations of a circuit of scalars in SymPy: `Eq(h(t), tanh(w*h(t - 1) + x(t)))`.

The last place of an axis is the symbol `end`, as in the language, and the length of an axis the function `end(t)`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from unfoldgraph.algebra.expression import BY_VALUE, Binding, Expr, Index, Slice, postorder
from unfoldgraph.algebra.notation import shown, text
from unfoldgraph.algebra.operators import OPERATORS, is_conditional, is_reduction
from unfoldgraph.algebra.shapes import Size, spell
from unfoldgraph.algebra.table.exact_rules import ExactNumber
from unfoldgraph.algebra.table.laws import Joining, NumberedTerm
from unfoldgraph.algebra.table.operator_row import Operator
from unfoldgraph.algebra.table.sympy_rules import Symbolic, truth
from unfoldgraph.base.affine import (
    Affine,
    axis_of_length,
    end_here,
    end_name,
    index,
    is_index,
    is_size,
    length,
    length_name,
    plain_name,
)
from unfoldgraph.base.errors import CircuitError, require_within
from unfoldgraph.base.lattice_points import projected
from unfoldgraph.base.limits import SYMPY_NODES
from unfoldgraph.formula.simplifying import constant_number
from unfoldgraph.formula.sympy_form import SymPyForm
from unfoldgraph.formula.timing import ends_of
from unfoldgraph.model.equations import Model, Statement

_HELP = "use text() or latex"


def equations(model: Model) -> tuple[Any, ...]:
    """Return the equations, in the order written; raises `CircuitError` where SymPy has no form for one."""
    for name in (*model.signals, *model.inputs):
        if shape := model.shapes.get(name):
            raise CircuitError(
                f"SymPy has no form here for '{shown(name)}', {spell(shape)}: these are equations of scalars",
                help=f"{_HELP}; expand(…).sympy has matrices",
            )
    form = _EquationsForm(model)
    return tuple(form.equation(statement) for statement in model.statements)


class _EquationsForm(SymPyForm):
    """Makes equations that hold at every place, where its base makes expressions of one."""

    def equation(self, statement: Statement) -> Any:
        """Return one statement; an index that runs over a range of its own is an `Idx` that knows it."""
        is_short = any(map(_is_short, postorder([statement.right])))
        value = statement.value if is_short else statement.right
        self._statement = statement
        self._indices: dict[str, Any] = {}
        self._bindings: dict[str, Binding | None] = {}
        for binding in (one for node in postorder([value]) if is_reduction(node) for one in node.data):
            # Of what is bound twice nothing is known.
            is_new = self._bindings.get(binding.name, binding) == binding
            self._bindings[binding.name] = binding if is_new else None
        ranges = {one.name: one for one in statement.ranges if one.name not in statement.diagonal}
        # The range of an index goes by others, and in no circle.
        for _ in range(len(ranges)):
            self._indices = {name: self._ranged(one) for name, one in ranges.items()}
        return self.sp.Eq(
            self._name_at(statement.name, statement.written_index), self.expression(value), evaluate=False
        )

    def _ranged(self, binding: Binding) -> Any:
        """Return the index of a range after an equation, in which `end` is its own."""
        own = {length_name(binding.name): end_here()}
        return self.sp.Idx(binding.name, tuple(self._sum(end.at(own)) for end in binding.ends))

    def _name(self, name: str) -> Any:
        """Return an index."""
        return self._indices.get(name, self.sp.Symbol(name))

    def _name_at(self, name: str, index: Sequence[Index], computed: Sequence[Symbolic] = ()) -> Any:
        places = [self._index(at, computed) for at in index]
        return self.sp.Function(name)(*places) if index else self.sp.Symbol(name)

    def _index(self, at: Index, computed: Sequence[Symbolic] = ()) -> Any:
        """Return one place of an index; `computed` are the arguments of what it is a place of."""
        if at.base == BY_VALUE:
            return computed[at.offset].sympy
        if at.form is not None:
            return self._sum(at.form)
        base = self.sp.Symbol("end") if at.base == "end" else self._name(at.base)
        return self.sp.Add(*([base] if at.base else []), at.offset)

    def _sum(self, form: Affine) -> Any:
        """Return a sum of indices, lengths and sizes."""
        terms = []
        for name, factor in form.terms:
            axis = axis_of_length(name)
            own = self._name(name) if is_index(name) else self.sp.Symbol(plain_name(name))
            terms.append(
                factor * (self.sp.Symbol("end") if name == end_name() else self._length(axis) if axis else own)
            )
        return self.sp.Add(*terms, form.constant)

    def _size(self, size: Size) -> Any:
        return self.sp.Symbol(size) if isinstance(size, str) else super()._size(size)

    def _convert(self, node: Expr, arguments: list[Symbolic]) -> Symbolic:
        match node.operator:
            case "read":
                name, index = node.data
                return Symbolic(self._name_at(name, index, arguments), self.model.shapes.get(name))
            case "axis":
                return Symbolic(self._name(node.data[0]), ())
            case "length":
                return Symbolic(self._length(node.data), ())
            case "parameter" if shape := self.model.shapes.get(node.data):
                return Symbolic(self.sp.IndexedBase(node.data), shape)
            case "entry" if not any(isinstance(item, Slice) for item in node.data):
                if len(node.data) == len(arguments[0].shape or ()):
                    self._require_an_entry(node)
                    items = tuple(self._index(at, arguments) for at in node.data)
                    return Symbolic(arguments[0].sympy[items], ())
        if is_conditional(node) and not any(argument.shape for argument in arguments):
            condition, one, other = (argument.sympy for argument in arguments)
            return Symbolic(self._cases(one, truth(self.sp, condition), other), ())
        row = OPERATORS.get(node.operator)
        if row is not None and row.joining is not None:
            return Symbolic(self._reduction(node, row, row.joining, arguments), arguments[0].shape)
        if row is not None and any(argument.shape for argument in arguments):
            what = ", ".join(spell(argument.shape) for argument in arguments)
            raise CircuitError(f"SymPy has no form for '{shown(row.spelling)}' of {what}", help=_HELP)
        return super()._convert(node, arguments)

    def _require_an_entry(self, node: Expr) -> None:
        """Refuse an entry that would be taken for the place of a signal: equations of SymPy have no declarations."""
        if any(at.form is not None and len(self._moving(at.form)) == len(at.form.terms) == 1 for at in node.data):
            raise CircuitError(f"in SymPy nothing tells the entry {text(node)} from a place of a signal", help=_HELP)

    def _moving(self, form: Affine) -> list[str]:
        """Return the names in a sum that are axes, and those bound in ranges that go by one."""
        found = []
        for name, _ in form.terms:
            waiting = [name]
            for one in waiting:
                binding = self._bindings.get(one)
                ends = () if binding is None else binding.ends
                waiting += [other for end in ends for other, _ in end.terms if other not in waiting]
            if any(axis_of_length(one) or (is_index(one) and one not in self._bindings) for one in waiting):
                found.append(name)
        return found

    # Reductions -------------------------------------------------------------------------------------

    def _reduction(self, node: Expr, row: Operator, joining: Joining, arguments: Sequence[Symbolic]) -> Any:
        """Return a sum, a product or an average, the innermost index first, over an axis from 1 to its end.

        What SymPy has no form for is written out over a range of numbers.
        """
        body, *conditions = (argument.sympy for argument in arguments)
        if row.sympy_class:
            neutral = self._number(constant_number(joining.nothing or 0).data)
            return self._over(row.sympy_class, node, body, conditions, neutral)
        if joining.is_average and not all(one.numbers is not None for one in node.data):
            total = self._over("Sum", node, body, conditions, self.sp.Integer(0))
            (binding,) = node.data
            if conditions:
                return total / self._over("Sum", node, self.sp.Integer(1), conditions, self.sp.Integer(0))
            _, first, last = self._limit(binding)
            return total / (last - first + 1 if binding.ends else self._length(binding.axis))
        (binding,) = node.data
        if binding.numbers is None or arguments[0].shape:
            where = "a range" if binding.ends else "an axis"
            raise CircuitError(f"SymPy has no form for '{shown(row.spelling)}' over {where}", help=_HELP)
        bound = self._name(binding.name)
        what = f"'{shown(row.spelling)}' over a range is written out for SymPy and has {{}} terms"
        require_within(len(binding.numbers), SYMPY_NODES, what, _HELP)
        terms = [
            NumberedTerm(at, *(part.xreplace({bound: self.sp.Integer(at)}) for part in (body, *conditions)))
            for at in binding.numbers
        ]
        try:
            return joining.written(_SymPyWriter(self.sp, self._number), terms)
        except (NotImplementedError, TypeError, ValueError):
            raise CircuitError(f"SymPy has no form for '{shown(row.spelling)}' over a range", help=_HELP) from None

    def _over(self, kind: str, node: Expr, body: Any, conditions: Sequence[Any], neutral: Any) -> Any:
        """Return a sum or a product of SymPy, in which a condition chooses between a term and what changes nothing."""
        for condition in conditions:
            body = self._cases(body, truth(self.sp, condition), neutral)
        limits = [self._limit(binding) for binding in reversed(node.data)]
        for binding, (_, first, last) in zip(reversed(node.data), limits, strict=True):
            if binding.ends and not self._is_never_reversed(binding):
                # Over a range that ends earlier SymPy sums what is between the ends, and takes it away.
                body = self._cases(body, first <= last, neutral)
        if not isinstance(body, getattr(self.sp, kind)) and self._has_cases_inside(body):
            # SymPy 1.14 would take the conditions out, where their index means nothing.
            raise CircuitError("SymPy has no form for a sum of sums with conditions of their own", help=_HELP)
        return getattr(self.sp, kind)(body, *limits)

    def _cases(self, value: Any, holds: Any, other: Any) -> Any:
        """Return one value where something holds, else another."""
        is_left = any(map(self._has_cases_inside, (value, other)))
        return self.sp.Piecewise((value, holds), (other, True), evaluate=not is_left)

    def _has_cases_inside(self, value: Any) -> bool:
        """Say whether there are conditions in the terms of a sum or a product in a value."""
        return any(part.has(self.sp.Piecewise) for part in value.atoms(self.sp.Sum, self.sp.Product))

    def _is_never_reversed(self, binding: Binding) -> bool:
        """Say whether a range at most ends one before its beginning, wherever the statement stands."""
        first, last = binding.ends
        rows = [first - last - 2]
        names = [name for name, _ in rows[0].terms]
        statement = self._statement
        for name in names:
            if is_size(name):
                rows.append(Affine(((name, 1),), -1))
                continue
            axis = axis_of_length(name)
            if axis:
                rows.append(length(axis) - (index(axis) if axis in statement.axes else 1))
            ranges = [one for one in (self._bindings.get(name), *statement.ranges) if one and one.name == name]
            for one in ranges:
                for row in ends_of(one):
                    rows.append(row)
                    names += [other for other, _ in row.terms if other not in names]
            if is_index(name) and name in statement.axes and not ranges:
                rows.append(index(name) - 1)
            names += [axis] if axis in statement.axes and axis not in names else []
        left = projected(rows, names, is_exact=False)
        return left is not None and any(not row.terms and row.constant < 0 for row in left)

    def _limit(self, binding: Binding) -> tuple[Any, Any, Any]:
        own = self._name(binding.name)
        if not binding.ends:
            return own, self.sp.Integer(1), self.sp.Symbol("end")
        first, last = map(self._sum, binding.ends)
        return own, first, last

    def _length(self, axis: str) -> Any:
        return self.sp.Function("end")(self.sp.Symbol(axis))


@dataclass(frozen=True, slots=True)
class _SymPyWriter:
    """Joins terms of SymPy."""

    sp: Any
    number: Callable[[Any], Any]

    def operation(self, operator: str, arguments: Sequence[Any]) -> Any:
        return OPERATORS[operator].sympy(self.sp, *arguments)

    def constant(self, value: ExactNumber) -> Any:
        return self.number(constant_number(value).data)

    def first_number(self, terms: Sequence[NumberedTerm[Any]]) -> Any:
        return self.sp.Integer(terms[0].number)


def _is_short(node: Expr) -> bool:
    """Say whether SymPy has a form for a node only once it is written out, if at all."""
    row = OPERATORS.get(node.operator)
    return node.operator == "defined" or (row is not None and row.kind == "reduction" and not row.sympy_class)
