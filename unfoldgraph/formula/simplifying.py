"""Folding constants: exact numbers, the rules of zero and one, and the shapes that must not get lost.

A scalar may stand where a vector would fit (`h(0) = 0`), but not everywhere: `sum(exp(h(0)))` is the number
of entries, not 1. So what fills a shape is carried as `filled`, an operator of this module only, until it
meets something that has the shape anyway, or is written as `zeros(m)` where it must have one.

Names and places stand for finite numbers, and so does what is computed from them: `0 * x` is 0, `x + inf` is inf,
`x < inf` is 1. Constants are what they are in IEEE arithmetic: `0 * inf` is no number and stays.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from unfoldgraph.algebra import shapes
from unfoldgraph.algebra.expression import INFINITY, MINUS_INFINITY, Expr, Slice, number, postorder
from unfoldgraph.algebra.operators import OPERATORS, laws_of
from unfoldgraph.algebra.shape_engine import ShapesFromLeaves, leaf_shape, result_shape
from unfoldgraph.algebra.shapes import Shape, is_fresh, slice_length
from unfoldgraph.algebra.table.exact_rules import ExactNumber, is_infinite
from unfoldgraph.algebra.table.laws import Applied, Entries, EqualEntries, Laws, Operand
from unfoldgraph.algebra.table.operator_row import Operator
from unfoldgraph.formula.entries import Picker, is_stacked
from unfoldgraph.formula.exact_numbers import evaluate
from unfoldgraph.formula.unnamed_sizes import UnnamedSizes

_FILLED = "filled"


def filled(value: Expr, shape: Shape | None) -> Expr:
    """Return a scalar that stands for a value of a shape."""
    if value.operator == _FILLED or not shape:
        return value
    return Expr(_FILLED, (value,), shape)


def bare(value: Expr) -> Expr:
    """Return a value without the shape it fills, for where that is known anyway: beside an equals sign."""
    return value.arguments[0] if value.operator == _FILLED else value


def constant(value: Expr) -> ExactNumber | None:
    """Return the number that an expression is, None where it is not one."""
    if value.operator != "number":
        return None
    if isinstance(value.data, str):
        return {INFINITY: math.inf, MINUS_INFINITY: -math.inf}[value.data]
    found: ExactNumber = value.data
    return found


def constant_number(value: ExactNumber) -> Expr:
    """Return the constant of a number.

    >>> constant_number(2).data, constant_number(-math.inf).data
    (2, '-inf')
    """
    if isinstance(value, float):
        return Expr("number", (), INFINITY if value > 0 else MINUS_INFINITY)
    return number(value)


def has_constants(value: Expr) -> bool:
    """Say whether some entries of stacked values are constants."""
    nodes = postorder([value], stop=lambda node: not is_stacked(node))
    return is_stacked(value) and any(node.operator == "number" for node in nodes)


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
        #: The shape of an expression, None where it is not known.
        self.shape = ShapesFromLeaves[Expr](
            lambda leaf: tuple(leaf.data) if leaf.operator == _FILLED else leaf_shape(leaf, named.get),
            lambda node, arguments: self._result(node.operator, arguments, node.data),
        )
        self.extents = UnnamedSizes()
        self._arrays: dict[Hashable, Expr] = {}
        self._picker = Picker(self.shape, self.operation, self.array)

    def forget(self) -> None:
        """Drop the shapes of the expressions seen so far, and with them the expressions."""
        self.shape.forget()

    def operation(self, operator: str, arguments: Sequence[Expr], data: Any = None) -> Expr:
        """Return an operator of arguments that are folded already."""
        row = OPERATORS.get(operator)
        if row is not None and row.laws.fill is not None:
            return filled(number(row.laws.fill), tuple(map(self.extents.told, data)))
        if operator == "entry" and len(arguments) == 1 and bare(arguments[0]) is arguments[0]:
            found = self._picker.picked(arguments[0], data)
            if found is not None:
                return found
        if row is None or not any(argument.operator in ("number", _FILLED) for argument in arguments):
            return self._kept(operator, arguments, data)
        if row.rule is shapes.elementwise:
            return self._elementwise(row, arguments, data)
        return self._array(row, arguments, data)

    def learn(self, read: Expr, array: Expr) -> None:
        """Know from now on what is read, some of whose entries are constants."""
        self._arrays[read.data] = array

    def array(self, read: Expr) -> Expr | None:
        """Return what is read, if some of its entries are constants."""
        return self._arrays.get(read.data)

    def spread(self, value: Expr) -> Expr:
        """Return a value with its shape written out: `zeros(m)`, `2 * ones(m)`."""
        if value.operator != _FILLED:
            return value
        (inner,) = value.arguments
        if _is(inner, 0):
            return self.extents.array(0, value.data) or inner
        ones = self.extents.array(1, value.data)
        return inner if ones is None else ones if _is(inner, 1) else Expr("mul", (inner, ones))

    def _result(self, operator: str, arguments: list[Shape | None], data: Any) -> Shape | None:
        """Return the shape of an operation; what has no name there goes by what it follows from."""
        # Where a constant is in the place of a value of unknown shape, they need not fit.
        if OPERATORS[operator].sizes != 0:
            return tuple(map(self.extents.told, data))
        found = result_shape(operator, arguments, data)
        if found is None or not any(map(is_fresh, found)):
            return found
        known = [shape for shape in arguments if shape is not None]
        if OPERATORS[operator].laws.entries is Entries.JOINED:
            return (self.extents.joined([shape[0] for shape in known]),) if len(known) == len(arguments) else None
        return self._what_is_left(known[0], data) if operator == "entry" else found

    def _what_is_left(self, shape: Shape, items: Sequence[Any]) -> Shape:
        """Return the shape of what an entry or a slice takes."""
        kept = [
            self.extents.cut(size, item) if (length := slice_length(item, size)) is None else length
            for item, size in zip(items, shape, strict=False)
            if isinstance(item, Slice)
        ]
        return (*kept, *shape[len(items) :])

    # Folding ----------------------------------------------------------------------------------------

    def _kept(self, operator: str, arguments: Sequence[Expr], data: Any) -> Expr:
        """Return an operation as it is, of arguments that have their shapes."""
        return Expr(operator, tuple(map(self.spread, arguments)), data)

    def _filled(self, value: Expr, shape: Shape | None) -> Expr | None:
        """Return a scalar in the place of an operation of a shape; None where that shape could not be written."""
        if shape is None or (shape and self.extents.array(1, shape) is None):
            return None
        return filled(value, shape)

    def _elementwise(self, row: Operator, arguments: Sequence[Expr], data: Any) -> Expr:
        operator = row.name
        inner = [bare(argument) for argument in arguments]
        found = _rule(row, inner)
        if found is None:
            found = Expr(operator, tuple(inner), data)
            if all(one is other for one, other in zip(inner, arguments, strict=True)):
                return found
        elif all(argument.operator == "number" for argument in arguments):
            return found
        known = [self.shape(argument) for argument in arguments]
        common = self._result(operator, known, data) or next(filter(None, known), None)
        if self.shape(found) != ():
            # Beside what only an opaque function knows the shape of, that has the shape too.
            return found
        if not common:
            # The shape that only a function knows must not get lost.
            return Expr(operator, tuple(inner), data) if None in known else found
        return self._filled(found, common) or self._kept(operator, arguments, data)

    def _array(self, row: Operator, arguments: Sequence[Expr], data: Any) -> Expr:
        """Return an operator that is not entry by entry."""
        first = arguments[0]
        found: Expr | None = None
        shape = self._result(row.name, [self.shape(argument) for argument in arguments], data)
        if len(arguments) > 1:
            found = self._filled(number(0), shape) if _is_nothing(row.laws, arguments) else None
        elif row.name == "entry" or row.laws.entries is Entries.TURNED:
            is_there = first.operator == _FILLED and (row.name != "entry" or self._has_entry(first.data, data))
            found = self._filled(bare(first), shape) if is_there else None
        elif (value := constant(first)) is not None:
            computed = evaluate(row.name, [value])
            found = None if computed is None else constant_number(computed)
        elif first.operator == _FILLED and row.laws.equal_entries is not None:
            found = self._of_equal_entries(row.laws.equal_entries, bare(first), first.data)
        return self._kept(row.name, arguments, data) if found is None else found

    def _has_entry(self, shape: Shape, items: Sequence[Any]) -> bool:
        """Say whether an array has the entries that are taken of it, however large its sizes are."""
        taken = [size for size, item in zip(shape, items, strict=False) if not isinstance(item, Slice)]
        return not self.extents.may_be_empty(tuple(taken))

    def _of_equal_entries(self, law: EqualEntries, entry: Expr, shape: Shape) -> Expr | None:
        """Return an operator over all entries of an array that are the same."""
        has_entries = not self.extents.may_be_empty(shape)
        if law.result is not None and has_entries:
            return entry if isinstance(law.result, Operand) else constant_number(law.result)
        value = constant(entry)
        if value is not None and value in law.fixed and (has_entries or value == law.nothing):
            return entry
        if law.repeated and all(isinstance(size, int) for size in shape):
            count = math.prod(size for size in shape if isinstance(size, int))
            if count:
                return self.operation(law.repeated, [number(count), entry])
            return None if law.nothing is None else constant_number(law.nothing)
        return None


def _is_nothing(laws: Laws, arguments: Sequence[Expr]) -> bool:
    """Say whether an operator that is not entry by entry is zero because an argument is."""
    # A matrix all of whose entries are the same has no inverse.
    is_singular = laws.divides_by is not None and arguments[laws.divides_by].operator == _FILLED
    return (
        _has_zero(laws, [bare(argument) for argument in arguments])
        and not is_singular
        and all(map(_is_finite, arguments))
    )


def _has_zero(laws: Laws, arguments: Sequence[Expr]) -> bool:
    """Say whether an argument is zero in which an operator is linear."""
    return any(_is(one, 0) and laws.is_linear_in((at,), len(arguments)) for at, one in enumerate(arguments))


def _is_finite(root: Expr) -> bool:
    """Say whether no constant makes an expression anything else than a finite number, whatever its names stand for."""
    if not root.arguments:
        return root.operator != "number" or not isinstance(root.data, str)
    # What has no names in it by its value, None where that depends on a size.
    values: dict[int, Any] = {}
    for node in postorder([root]):
        given = [values.get(id(argument), _NAMED) for argument in node.arguments]
        has_names = any(one is _NAMED for one in given)
        row = OPERATORS.get(node.operator)
        if node.operator == "number" or (node.arguments and not has_names):
            value = values[id(node)] = _number_of(node, given)
            if laws_of(node).partial if value is None else not math.isfinite(value):
                return False
        elif row is not None and row.sizes is None:
            values[id(node)] = None
        elif row is not None and row.rule is shapes.elementwise and _divides_by_zero(row.laws, given):
            return False
    return True


def _divides_by_zero(laws: Laws, given: Sequence[Any]) -> bool:
    """Say whether the constant that something divides by is zero, or one that depends on a size."""
    return laws.divides_by is not None and not given[laws.divides_by]


class _Named:
    """Stands for the value of what has names."""


_NAMED = _Named()


def _number_of(node: Expr, given: Sequence[Any]) -> float | None:
    """Return the value of an operation of scalar constants, which is not folded; None where it is none."""
    import numpy

    row = OPERATORS.get(node.operator)
    if node.operator == "number":
        with contextlib.suppress(OverflowError):
            return float(node.data)
        return math.inf
    if row is None or row.rule is not shapes.elementwise or any(one is None for one in given):
        return None
    with numpy.errstate(all="ignore"):
        return float(row.meaning(numpy, *map(numpy.float64, given)))


def _rule(row: Operator, arguments: Sequence[Expr]) -> Expr | None:
    """Return what an operator of scalars, or of anything beside scalars, is by the rules of constants."""
    values = [constant(argument) for argument in arguments]
    known = [value for value in values if value is not None]
    if len(known) == len(arguments):
        found = evaluate(row.name, known)
        return None if found is None else constant_number(found)
    if not known:
        return None
    if row.laws.associative and row.arity[1] is None:
        return _one_constant(row.name, arguments, known)
    if (result := _by_identity(row.laws, arguments, values)) is not None:
        return result
    if _has_zero(row.laws, arguments):
        return number(0) if _is_finite(Expr(row.name, tuple(arguments))) else None
    return _beside_infinity(row, arguments, values)


def _by_identity(laws: Laws, arguments: Sequence[Expr], values: Sequence[ExactNumber | None]) -> Expr | None:
    """Return what one constant makes of an operator, whatever stands beside it."""
    for position, wanted, result in laws.identities:
        value = values[position]
        if value is None or wanted != (int(value != 0) if position in laws.truths else value):
            continue
        match result:
            case Operand(at):
                return None if laws.gives_truth and not laws_of(arguments[at]).gives_truth else arguments[at]
            case Applied(operator, at):
                return Expr(operator, (arguments[at],))
        return constant_number(result)
    return None


def _beside_infinity(row: Operator, arguments: Sequence[Expr], values: Sequence[ExactNumber | None]) -> Expr | None:
    """Return what an infinity makes of an operator, whatever finite number stands beside it."""
    is_endless = [value is not None and is_infinite(value) for value in values]
    if not row.exact.settled or not any(is_endless):
        return None
    if not all(_is_finite(argument) for argument, value in zip(arguments, values, strict=True) if value is None):
        return None
    found = evaluate(row.name, [0 if value is None else value for value in values])
    return None if found is None else constant_number(found)


def _one_constant(operator: str, arguments: Sequence[Expr], known: Sequence[ExactNumber]) -> Expr | None:
    """Return an operator of any number of values with all its constants as one, where the first of them stood.

    None where there is nothing to join. The infinity that changes nothing goes, and the one that settles all is all.
    """
    joined = evaluate(operator, known)
    if joined is None:
        return None
    others = [argument for argument in arguments if constant(argument) is None]
    if not is_infinite(joined):
        if len(known) == 1:
            return None
        kept: list[Expr] = []
        for argument in arguments:
            if constant(argument) is None:
                kept.append(argument)
            elif constant_number(joined) not in kept:
                kept.append(constant_number(joined))
        return Expr(operator, tuple(kept))
    if evaluate(operator, [joined, 0]) == 0:
        return others[0] if len(others) == 1 else Expr(operator, tuple(others))
    return constant_number(joined) if all(map(_is_finite, others)) else None
