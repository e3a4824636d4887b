"""The equations of a circuit of scalars in SymPy: `Eq(h(t), tanh(w*h(t - 1) + x(t)))`.

The last place of an axis is the symbol `end`, as in the language, and the length of an axis the function `end(t)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from unfoldgraph.algebra.expression import Binding, Expr, Index, Slice, postorder
from unfoldgraph.algebra.notation import shown
from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.algebra.shapes import spell
from unfoldgraph.algebra.table.operator_row import Operator
from unfoldgraph.algebra.table.sympy_rules import Symbolic
from unfoldgraph.base.affine import Affine, axis_of_length, end_name, plain_name
from unfoldgraph.base.errors import CircuitError
from unfoldgraph.formula.sympy_form import SymPyForm
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
        """Return one statement."""
        is_short = any(map(_is_short, postorder([statement.right])))
        right = self.expression(statement.value if is_short else statement.right)
        return self.sp.Eq(self._name_at(statement.name, statement.index), right, evaluate=False)

    def _name_at(self, name: str, index: Sequence[Index]) -> Any:
        return self.sp.Function(name)(*map(self._index, index)) if index else self.sp.Symbol(name)

    def _index(self, at: Index) -> Any:
        """Return one place of an index."""
        if at.form is not None:
            return self._sum(at.form)
        return self.sp.Add(*([self.sp.Symbol(at.base)] if at.base else []), at.offset)

    def _sum(self, form: Affine) -> Any:
        """Return a sum of indices, lengths and sizes."""
        terms = []
        for name, factor in form.terms:
            axis = axis_of_length(name)
            own = self._length(axis) if axis else self.sp.Symbol("end" if name == end_name() else plain_name(name))
            terms.append(factor * own)
        return self.sp.Add(*terms, form.constant)

    def _convert(self, node: Expr, arguments: list[Symbolic]) -> Symbolic:
        match node.operator:
            case "read":
                name, index = node.data
                return Symbolic(self._name_at(name, index), self.model.shapes.get(name))
            case "axis":
                return Symbolic(self.sp.Symbol(node.data[0]), ())
            case "length":
                return Symbolic(self._length(node.data), ())
            case "parameter" if shape := self.model.shapes.get(node.data):
                return Symbolic(self.sp.IndexedBase(node.data), shape)
            case "entry" if not any(isinstance(item, Slice) for item in node.data):
                (vector,) = arguments
                if len(node.data) == len(vector.shape or ()):
                    return Symbolic(vector.sympy[tuple(map(self._index, node.data))], ())
        row = OPERATORS.get(node.operator)
        if row is not None and row.joining is not None and (row.sympy_class or row.joining.is_average):
            return Symbolic(self._reduction(node, row, arguments[0].sympy), arguments[0].shape)
        if row is not None and (row.kind == "reduction" or any(argument.shape for argument in arguments)):
            what = ", ".join(spell(argument.shape) for argument in arguments)
            what = "over an axis" if row.kind == "reduction" else f"of {what}"
            raise CircuitError(f"SymPy has no form for '{shown(row.spelling)}' {what}", help=_HELP)
        return super()._convert(node, arguments)

    def _reduction(self, node: Expr, row: Operator, body: Any) -> Any:
        """Return a sum, a product or an average, the innermost index first; over an axis from 1 to its end."""
        limits = [self._limit(binding) for binding in reversed(node.data)]
        if row.sympy_class:
            return getattr(self.sp, row.sympy_class)(body, *limits)
        return self.sp.Sum(body, *limits) / self._length(node.data[0].axis)

    def _limit(self, binding: Binding) -> tuple[Any, Any, Any]:
        index = self.sp.Symbol(binding.name)
        if not binding.ends:
            return index, self.sp.Integer(1), self.sp.Symbol("end")
        first, last = map(self._sum, binding.ends)
        return index, first, last

    def _length(self, axis: str) -> Any:
        return self.sp.Function("end")(self.sp.Symbol(axis))


def _is_short(node: Expr) -> bool:
    """Say whether SymPy has a form for a node only once it is written out, if at all."""
    row = OPERATORS.get(node.operator)
    return node.operator == "defined" or (row is not None and row.kind == "reduction" and not row.sympy_class)
