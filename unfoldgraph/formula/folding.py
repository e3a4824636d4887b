"""Folding constants: exact numbers, the rules of zero and one, and the shapes that must not get lost.

A scalar may stand where a vector would fit (`h(0) = 0`), but not everywhere: `sum(exp(h(0)))` is the number
of entries, not 1. So what fills a shape is carried as `filled`, an operator of this module only, until it
meets something that has the shape anyway, or is written as `zeros(m)` where it must have one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from unfoldgraph import shapes
from unfoldgraph.expression import Expr, number, postorder
from unfoldgraph.formula.exact import evaluate
from unfoldgraph.operators import OPERATORS
from unfoldgraph.shapes import Mismatch, Shape, Sizes, is_fresh

_FILLED = "filled"
#: Of a value whose entries are all the same these are that entry.
_ONE_ENTRY = frozenset({"mean", "min", "max"})
#: Zero in any argument of these makes all of the result zero.
_LINEAR = frozenset({"matmul", "dot", "outer"})
#: What is 0 or 1 whatever it is made of.
_TRUTH = frozenset({"lt", "le", "gt", "ge", "eq", "ne", "or", "xor", "and", "not"})


def filled(value: Expr, shape: Shape | None) -> Expr:
    """Return a scalar that stands for a value of a shape."""
    if value.operator == _FILLED or not shape or any(is_fresh(size) for size in shape):
        return value
    return Expr(_FILLED, (value,), shape)


def bare(value: Expr) -> Expr:
    """Return a value without the shape it fills, for where that is known anyway: beside an equals sign."""
    return value.arguments[0] if value.operator == _FILLED else value


def spread(value: Expr) -> Expr:
    """Return a value with its shape written out: `zeros(m)`, `2 * ones(m)`."""
    if value.operator != _FILLED:
        return value
    inner = value.arguments[0]
    if _is(inner, 0):
        return Expr("zeros", (), value.data)
    ones = Expr("ones", (), value.data)
    return ones if _is(inner, 1) else Expr("mul", (inner, ones))


def constant(value: Expr) -> int | Fraction | None:
    """Return the number that an expression is, None where it is not one."""
    return value.data if value.operator == "number" and not isinstance(value.data, str) else None


def _is(value: Expr, wanted: int) -> bool:
    return value.operator == "number" and value.data == wanted


class Folder:
    """Makes expressions, folding what is constant.

    >>> folder = Folder({"W": ("m", "m")})
    >>> zero = filled(number(0), ("m",))
    >>> bare(folder.operation("matmul", [Expr("parameter", (), "W"), zero])).data
    0
    """

    def __init__(self, named: Mapping[str, Shape | None]) -> None:
        self._named = named
        self._known: dict[int, tuple[Expr, Shape | None]] = {}

    def forget(self) -> None:
        """Drop the shapes of the expressions seen so far, and with them the expressions."""
        self._known.clear()

    def operation(self, operator: str, arguments: Sequence[Expr], data: Any = None) -> Expr:
        """Return an operator of arguments that are folded already."""
        row = OPERATORS.get(operator)
        if operator in ("zeros", "ones"):
            return filled(number(int(operator == "ones")), tuple(data))
        if row is None or not any(argument.operator in ("number", _FILLED) for argument in arguments):
            return Expr(operator, tuple(map(spread, arguments)), data)
        if row.rule is shapes.elementwise:
            return self._elementwise(operator, arguments, data)
        return self._array(operator, arguments, data)

    def shape(self, root: Expr) -> Shape | None:
        """Return the shape of an expression, None where it is not known."""
        for node in postorder([root], stop=lambda node: id(node) in self._known):
            if id(node) not in self._known:
                # The node is kept beside its shape, so that its identity cannot be taken by another.
                self._known[id(node)] = node, self._shape(node)
        return self._known[id(root)][1]

    def _shape(self, node: Expr) -> Shape | None:
        match node.operator:
            case "read":
                return self._named.get(node.data[0])
            case "parameter":
                return self._named.get(node.data)
            case "filled":
                return tuple(node.data)
            case "number" | "size" | "axis" | "length":
                return ()
        if node.operator not in OPERATORS:
            return None
        return self._result(node.operator, [self._known[id(argument)][1] for argument in node.arguments], node.data)

    def _result(self, operator: str, arguments: list[Shape | None], data: Any) -> Shape | None:
        try:
            return OPERATORS[operator].rule(arguments, None, data, Sizes())[1]
        except Mismatch:
            # A constant in the place of a value of unknown shape.
            return None

    def _elementwise(self, operator: str, arguments: Sequence[Expr], data: Any) -> Expr:
        inner = [bare(argument) for argument in arguments]
        found = _rule(operator, inner)
        if found is None:
            found = Expr(operator, tuple(inner), data)
            if all(one is other for one, other in zip(inner, arguments, strict=True)):
                return found
        elif all(argument.operator == "number" for argument in arguments):
            return found
        common = next((shape for shape in map(self.shape, arguments) if shape), None)
        if not common or self.shape(found) != ():
            return found
        if any(is_fresh(size) for size in common):
            # The shape has no name to be written with: the operation keeps it.
            return Expr(operator, tuple(map(spread, arguments)), data)
        return filled(found, common)

    def _array(self, operator: str, arguments: Sequence[Expr], data: Any) -> Expr:
        """Return an operator that is not entry by entry."""
        first = arguments[0]
        inner = bare(first)
        zero = [_is(bare(argument), 0) for argument in arguments]
        if (operator in _LINEAR and any(zero)) or (operator == "solve" and zero[1]):
            return filled(number(0), self._result(operator, [self.shape(argument) for argument in arguments], data))
        if operator in ("transpose", "entry") and first.operator in (_FILLED, "number"):
            shape = self._result(operator, [self.shape(first)], data) if first.operator == _FILLED else ()
            return filled(inner, shape)
        if first.operator == "number" and len(arguments) == 1 and constant(first) is not None:
            value = evaluate(operator, [first.data])
            return Expr(operator, tuple(arguments), data) if value is None else number(value)
        if first.operator == _FILLED:
            if operator in _ONE_ENTRY:
                return inner
            if operator in ("sum", "norm", "prod") and zero[0]:
                return number(0)
            if operator == "prod" and _is(inner, 1):
                return number(1)
            if operator == "sum" and all(isinstance(size, int) for size in first.data):
                entries = 1
                for size in first.data:
                    entries *= size
                return self.operation("mul", [number(entries), inner])
        return Expr(operator, tuple(map(spread, arguments)), data)


def _rule(operator: str, arguments: Sequence[Expr]) -> Expr | None:
    """Return what an operator of scalars, or of anything beside scalars, is by the rules of constants."""
    values = [constant(argument) for argument in arguments]
    known = [value for value in values if value is not None]
    if len(known) == len(arguments):
        found = evaluate(operator, known)
        return None if found is None else number(found)
    if not known or any(argument.operator == "number" and isinstance(argument.data, str) for argument in arguments):
        return None
    if operator == "where":
        return None if values[0] is None else arguments[1 if values[0] else 2]
    if operator in ("minimum", "maximum") and len(known) > 1:
        return _one_bound(operator, arguments, known)
    if len(arguments) != 2:
        return None
    one, other = arguments
    match operator, values[0], values[1]:
        case ("add", 0, _) | ("mul", 1, _):
            return other
        case ("add" | "sub", _, 0) | ("mul" | "div" | "pow", _, 1):
            return one
        case "sub", 0, _:
            return Expr("neg", (other,))
        case ("mul", 0, _) | ("mul", _, 0) | ("div", 0, _) | ("and", 0, _) | ("and", _, 0):
            return number(0)
        case ("pow", _, 0) | ("pow", 1, _):
            return number(1)
        case "or", _, _ if any(known):
            return number(1)
        case ("or", 0, _) | ("xor", 0, _):
            return other if other.operator in _TRUTH else None
        case ("or", _, 0) | ("xor", _, 0):
            return one if one.operator in _TRUTH else None
        case "and", None, _:
            return one if one.operator in _TRUTH else None
        case "and", _, None:
            return other if other.operator in _TRUTH else None
    return None


def _one_bound(operator: str, arguments: Sequence[Expr], known: Sequence[int | Fraction]) -> Expr:
    """Return the least or the greatest of some values with all its constants as one, where the first of them stood."""
    bound = min(known) if operator == "minimum" else max(known)
    kept: list[Expr] = []
    for argument in arguments:
        if constant(argument) is None:
            kept.append(argument)
        elif number(bound) not in kept:
            kept.append(number(bound))
    return Expr(operator, tuple(kept))
