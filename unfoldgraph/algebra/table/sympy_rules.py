"""What operators are in SymPy, where that takes more than its function of the same name: of scalars, then of arrays.

A vector is a matrix of one column there. The forms of arrays make what they need by `Matrices`, and raise
`NotImplementedError` where SymPy has none.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from unfoldgraph.algebra.shapes import Shape
from unfoldgraph.base.limits import SYMPY_DIGITS, SYMPY_EXPONENT


def truth(sp: Any, value: Any) -> Any:
    """Return the truth of a number: SymPy keeps booleans and numbers apart, the language does not."""
    if getattr(value, "is_Boolean", False) or value in (True, False):
        return value
    # A comparison that was made a number comes back as the comparison.
    if isinstance(value, sp.Piecewise) and [pair[0] for pair in value.args] == [1, 0]:
        return value.args[0][1]
    return _settled(sp, sp.Ne(value, 0))


def _settled(sp: Any, condition: Any) -> Any:
    """Return a comparison of cases as cases of comparisons.

    Piecewise would do so itself, but not where a case reads `h(0)` (SymPy 1.14: "pop from an empty set").
    """
    cases = sp.piecewise_fold(condition) if condition.has(sp.Piecewise) else condition
    if not isinstance(cases, sp.Piecewise):
        return cases
    *others, last = cases.args
    found = last[0]
    for value, holds in reversed(others):
        found = sp.ITE(holds, value, found)
    return found


def indicator(sp: Any, truth: Any) -> Any:
    """Return 1 where it is true and 0 elsewhere."""
    return sp.Piecewise((sp.Integer(1), truth), (sp.Integer(0), True))


def either(sp: Any, one: Any, other: Any) -> Any:
    """Return the truth of one or the other and not both: conditions of SymPy's Piecewise know no Xor."""
    return sp.Or(sp.And(one, sp.Not(other)), sp.And(sp.Not(one), other))


def compare(name: str) -> Callable[..., Any]:
    """Return a comparison by the name of SymPy's, as a number."""
    return lambda sp, a, b: indicator(sp, _settled(sp, getattr(sp, name)(a, b)))


def remainder(sp: Any, a: Any, b: Any) -> Any:
    """Return what is left of a division; there is none by zero, where SymPy would raise an error."""
    if b == 0:
        return sp.nan
    # Of cases, one of which may be zero, SymPy would try each.
    return sp.Mod(a, b, evaluate=not b.has(sp.Piecewise))


def nearest(sp: Any, a: Any) -> Any:
    """Return the nearest whole number, of two as near the even one; SymPy has no function for it."""
    above = a + sp.Rational(1, 2)
    up = sp.floor(above)
    return sp.Piecewise((up - 1, _settled(sp, sp.Eq(remainder(sp, above, sp.Integer(2)), 1))), (up, True))


def power(sp: Any, a: Any, b: Any) -> Any:
    """Return a power; one of numbers only where its digits, which SymPy computes at once, are few enough."""
    factor = a.as_coeff_Mul()[0]
    if factor.is_Rational and b.is_Rational:
        bits = max(abs(factor.p), factor.q).bit_length() - 1
        if bits * abs(b) > SYMPY_DIGITS * math.log2(10):
            raise NotImplementedError
    if a.is_number and b.is_number and not a.is_Rational:
        _bearable(b * sp.log(sp.Abs(a)))
    return a**b


def _bearable(exponent: Any) -> Any:
    """Return what a power of e is raised to, unless it is so large that SymPy could never work with the power."""
    factor = exponent.evalf(3) if exponent.is_number else exponent.as_coeff_Mul()[0]
    if abs(factor) > SYMPY_EXPONENT:
        raise NotImplementedError
    return exponent


def as_written(name: str) -> Callable[..., Any]:
    """Return a function of SymPy; what it is of stays as it is, since SymPy cannot simplify a few in one another."""
    return lambda sp, *a: getattr(sp, name)(*a, evaluate=False)


def exponential(name: str) -> Callable[..., Any]:
    """Return such a function that grows exponentially."""
    return lambda sp, a: as_written(name)(sp, _bearable(a))


def logistic(sp: Any, a: Any) -> Any:
    """Return the sigmoid; SymPy asks all of what is below a sum before it divides by it."""
    return sp.Pow(1 + exponential("exp")(sp, -a), -1, evaluate=False)


def no_form(_sp: Any, *_arguments: Any) -> Any:
    """Refuse: SymPy has nothing for it."""
    raise NotImplementedError


# Arrays ---------------------------------------------------------------------------------------------


class Symbolic(NamedTuple):
    """A SymPy expression and the shape it stands for: a vector is a matrix of one column."""

    sympy: Any
    shape: Shape | None


class Matrices(Protocol):
    """Makes matrices of SymPy that tidy up what they make and nothing below."""

    sp: Any

    def rows_and_columns(self, shape: Shape) -> tuple[Any, Any]:
        """Return the sizes of a vector or a matrix."""

    def times(self, one: Any, other: Any) -> Any:
        """Return a matrix product, or a matrix times a scalar."""

    def plus(self, one: Any, other: Any) -> Any:
        """Return the sum of two matrices."""

    def transposed(self, value: Any) -> Any:
        """Return a matrix with its rows as columns."""

    def total(self, value: Symbolic) -> Any:
        """Return the sum of all entries."""

    def inner(self, one: Any, other: Any) -> Any:
        """Return the inner product of two columns."""


ArrayForm = Callable[..., Any]
"""`form(matrices, shape of the result, *operands)`, the operands as `Symbolic`, some of them arrays."""


def of_arrays(make: Callable[..., Any]) -> ArrayForm:
    """Return the form of what needs its operands only, `make(matrices, *operands)`; none of them may be a scalar."""

    def form(matrices: Matrices, _shape: Shape | None, *operands: Symbolic) -> Any:
        if not all(operand.shape for operand in operands):
            raise NotImplementedError
        return make(matrices, *(operand.sympy for operand in operands))

    return form


def _filling(matrices: Matrices, operand: Symbolic, shape: Shape | None) -> Any:
    """Return an operand of an operation entry by entry, a scalar as the matrix that it fills."""
    if operand.shape or not shape:
        return operand.sympy
    return matrices.times(operand.sympy, matrices.sp.OneMatrix(*matrices.rows_and_columns(shape)))


def added(matrices: Matrices, shape: Shape | None, one: Symbolic, other: Symbolic) -> Any:
    """Return a sum entry by entry."""
    return matrices.plus(_filling(matrices, one, shape), _filling(matrices, other, shape))


def subtracted(matrices: Matrices, shape: Shape | None, one: Symbolic, other: Symbolic) -> Any:
    """Return a difference entry by entry."""
    return matrices.plus(_filling(matrices, one, shape), matrices.times(-1, _filling(matrices, other, shape)))


def negated(matrices: Matrices, _shape: Shape | None, value: Symbolic) -> Any:
    """Return an array with the other sign."""
    return matrices.times(-1, value.sympy)


def multiplied(matrices: Matrices, _shape: Shape | None, one: Symbolic, other: Symbolic) -> Any:
    """Return a product entry by entry."""
    if one.shape and other.shape:
        return matrices.sp.HadamardProduct(one.sympy, other.sympy)
    return matrices.times(one.sympy, other.sympy)


def divided(matrices: Matrices, _shape: Shape | None, one: Symbolic, other: Symbolic) -> Any:
    """Return a quotient entry by entry."""
    if not other.shape:
        return matrices.times(1 / other.sympy, one.sympy)
    inverse = matrices.sp.HadamardPower(other.sympy, -1)
    return matrices.sp.HadamardProduct(one.sympy, inverse) if one.shape else matrices.times(one.sympy, inverse)


def raised(matrices: Matrices, _shape: Shape | None, base: Symbolic, exponent: Symbolic) -> Any:
    """Return a power entry by entry; SymPy has none of two arrays."""
    if not exponent.shape:
        return matrices.sp.HadamardPower(base.sympy, exponent.sympy)
    if base.shape:
        raise NotImplementedError
    entry = matrices.sp.Dummy("entry")
    return exponent.sympy.applyfunc(matrices.sp.Lambda(entry, base.sympy**entry))


def product(matrices: Matrices, _shape: Shape | None, left: Symbolic, right: Symbolic) -> Any:
    """Return a matrix product."""
    ranks = len(left.shape or ()), len(right.shape or ())
    if ranks == (1, 1):
        return matrices.inner(left.sympy, right.sympy)
    if ranks == (1, 2):
        return matrices.times(matrices.transposed(right.sympy), left.sympy)
    return matrices.times(left.sympy, right.sympy)


def total(matrices: Matrices, _shape: Shape | None, value: Symbolic) -> Any:
    """Return the sum of all entries."""
    return matrices.total(value)


def mean(matrices: Matrices, _shape: Shape | None, value: Symbolic) -> Any:
    """Return the average of all entries."""
    rows, columns = matrices.rows_and_columns(value.shape or ())
    return matrices.total(value) / (rows * columns)


def norm(matrices: Matrices, _shape: Shape | None, value: Symbolic) -> Any:
    """Return the root of the sum of squares."""
    return matrices.sp.sqrt(matrices.total(Symbolic(matrices.sp.HadamardPower(value.sympy, 2), value.shape)))


def inner(matrices: Matrices, _shape: Shape | None, one: Symbolic, other: Symbolic) -> Any:
    """Return the inner product of two vectors."""
    return matrices.inner(one.sympy, other.sympy)


def joined(matrices: Matrices, shape: Shape | None, *vectors: Symbolic) -> Any:
    """Return vectors end to end."""
    if shape is None:
        raise NotImplementedError
    return matrices.sp.BlockMatrix([[vector.sympy] for vector in vectors])


def _over_last(matrices: Matrices, value: Symbolic) -> Any:
    """Return the sum over the last size: of a vector its sum, of a matrix a column with that of each row."""
    shape = value.shape or ()
    if len(shape) == 1:
        return matrices.total(value)
    return matrices.times(value.sympy, matrices.sp.OneMatrix(matrices.rows_and_columns(shape)[1], 1))


def _weights(matrices: Matrices, value: Symbolic) -> Symbolic:
    return Symbolic(value.sympy.applyfunc(matrices.sp.exp), value.shape)


def softmax(matrices: Matrices, _shape: Shape | None, value: Symbolic) -> Any:
    """Return powers of e over their sum, that of its row in a matrix."""
    weights = _weights(matrices, value)
    total = _over_last(matrices, weights)
    if len(value.shape or ()) == 1:
        return matrices.times(1 / total, weights.sympy)
    return divided(matrices, value.shape, weights, Symbolic(_in_each_column(matrices, total, value), value.shape))


def logsoftmax(matrices: Matrices, shape: Shape | None, value: Symbolic) -> Any:
    """Return the logarithm of a softmax."""
    logarithm = logsumexp(matrices, shape, value)
    if len(value.shape or ()) == 1:
        return subtracted(matrices, shape, value, Symbolic(logarithm, ()))
    return subtracted(matrices, shape, value, Symbolic(_in_each_column(matrices, logarithm, value), value.shape))


def logsumexp(matrices: Matrices, _shape: Shape | None, value: Symbolic) -> Any:
    """Return the logarithm of the sum of powers of e, in a matrix of each row."""
    total = _over_last(matrices, _weights(matrices, value))
    return matrices.sp.log(total) if len(value.shape or ()) == 1 else total.applyfunc(matrices.sp.log)


def _in_each_column(matrices: Matrices, column: Any, beside: Symbolic) -> Any:
    """Return a matrix of the size of another, each of whose columns is one."""
    columns = matrices.rows_and_columns(beside.shape or ())[1]
    return matrices.times(column, matrices.sp.OneMatrix(1, columns))


def constant(name: str) -> ArrayForm:
    """Return the form of a matrix of SymPy that has nothing but sizes, by its name."""

    def form(matrices: Matrices, shape: Shape | None) -> Any:
        if not shape or len(shape) > 2:
            raise NotImplementedError
        return getattr(matrices.sp, name)(*matrices.rows_and_columns(shape))

    return form


def unit(matrices: Matrices, shape: Shape | None) -> Any:
    """Return the unit matrix, which is square in SymPy."""
    if shape is None or shape[0] != shape[1]:
        raise NotImplementedError
    return matrices.sp.Identity(matrices.rows_and_columns(shape)[0])
