"""Operations as functions of NumPy that can be told where to put what they compute."""

from __future__ import annotations

import ast
from functools import cache

from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.algebra.table.operator_row import Operands
from unfoldgraph.program.python_text.nodes import parsed

_OF_SIGNS: dict[type[ast.operator | ast.unaryop], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.Pow: "power",
    ast.Mod: "remainder",
    ast.USub: "negative",
}
#: Functions of NumPy that are no ufuncs and take `out` all the same.
_ALSO = frozenset({"dot"})


def as_call(tree: ast.expr) -> tuple[str, list[ast.expr]] | None:
    """Return an operation as the name of a function of NumPy and what that is of; None where it takes no `out`.

    >>> from unfoldgraph.program.python_text.expressions import expression_text
    >>> name, arguments = as_call(parsed("-(a + b)"))
    >>> name, expression_text(arguments[0]), as_call(parsed("np.where(a, b, c)"))
    ('negative', 'a + b', None)
    """
    import numpy

    match tree:
        case ast.BinOp(left, sign, right) if type(sign) in _OF_SIGNS:
            return _OF_SIGNS[type(sign)], [left, right]
        case ast.UnaryOp(sign, operand) if type(sign) in _OF_SIGNS:
            return _OF_SIGNS[type(sign)], [operand]
        case ast.Call(ast.Attribute(ast.Name(), name), arguments, []):
            is_told = isinstance(getattr(numpy, name, None), numpy.ufunc) or name in _ALSO
            return (name, arguments) if is_told else None
    return None


@cache
def takes_out(row: str, count: int) -> bool:
    """Say whether an operation of so many numbers can be told where to put what it computes.

    >>> takes_out("tanh", 1), takes_out("add", 2), takes_out("where", 3)
    (True, True, False)
    """
    form = OPERATORS[row].numpy_form(Operands((0,) * count))
    return form is not None and not OPERATORS[row].laws.gives_truth and as_call(parsed(form)) is not None
