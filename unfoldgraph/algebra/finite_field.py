"""Exact numbers in place of floating-point ones: whole numbers modulo 2^61 - 1, and the rationals for minima.

Rounding hides faults: a program that forgets a carry may agree to the last digits but three. So two readings of a
circuit are compared on numbers that are not rounded. Either arithmetic here is handed to an operator's `meaning` in
place of NumPy, and its arrays are NumPy's own, of objects. `+`, `-`, `*`, `/`, whole powers and all that is made of
them, products of matrices, sums, running sums, solutions, are exact. Any other function, and what a function of the
caller's gives, is a keyed hash of its arguments: the same for the same ones everywhere, and nothing like it for any
others.

The numbers are objects with operators, not integers that are reduced after each operation, so that meanings which
write `1 / (1 + np.exp(-a))` hold as they stand, and NumPy does the rest by itself.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from hashlib import blake2b
from types import SimpleNamespace
from typing import Any

from unfoldgraph.algebra.table import exact_rules

PRIME = 2**61 - 1
"""The modulus, a prime: two different sums of products are equal by chance in one case of 2·10^18."""

#: The largest exponent that is taken for a whole number; 1/2 is 2**60 here, by which a power is 1 or -1.
_EXPONENT = 2**32


def keyed_hash(name: str, *arguments: object) -> int:
    """Return a whole number below `PRIME` that a name and some arguments, as text, are made into.

    It is the same in each process and on each machine.

    Examples
    --------
    >>> keyed_hash("tanh", 1), keyed_hash("tanh", 2), keyed_hash("sin", 1)
    (1994861205901691642, 1753990955284137048, 422323191427327075)
    """
    digest = _keyed(name).copy()
    digest.update(",".join(map(_text, arguments)).encode())
    return int.from_bytes(digest.digest()) % PRIME


def _text(argument: object) -> str:
    # In hexadecimal a number may have any number of digits.
    return f"{argument.numerator:x}/{argument.denominator:x}" if isinstance(argument, Fraction) else str(argument)


@cache
def _keyed(name: str) -> blake2b:
    # A key has 64 bytes at most, and names may be longer.
    return blake2b(digest_size=16, key=blake2b(name.encode()).digest())


#: What 1/0 is: a number like any other, for a quotient has to be one. `x / 0` is `x * (1/0)`, as it is elsewhere.
_ONE_BY_ZERO = keyed_hash("1/0")
#: The two infinities are each other's negative.
_INFINITY = keyed_hash("inf")
_NAN = keyed_hash("nan")


class Residue:
    """A whole number modulo `PRIME`, an element of a field: each but 0 has an inverse.

    Numbers are compared as whole numbers from `-(PRIME - 1) // 2` to `(PRIME - 1) // 2`, so that small ones, as steps
    and differences of steps are, compare as they always do. The two that stand for the infinities are the first and
    the last, or a maximum over nothing would not be neutral.

    Parameters
    ----------
    value : any whole number.

    Attributes
    ----------
    value : the one from 0 to `PRIME - 1`.

    Examples
    --------
    >>> third = Residue(1) / 3
    >>> third + third + third, third * 6, Residue(2) < 3, Residue(2) - 3
    (Residue(1), Residue(2), True, Residue(-1))
    """

    __slots__ = ("value",)

    def __init__(self, value: int) -> None:
        self.value = value % PRIME

    def __add__(self, other: Any) -> Any:
        other = _as_residue(other)
        return other if other is NotImplemented else Residue(self.value + other.value)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        other = _as_residue(other)
        return other if other is NotImplemented else Residue(self.value - other.value)

    def __rsub__(self, other: Any) -> Any:
        other = _as_residue(other)
        return other if other is NotImplemented else other - self

    def __mul__(self, other: Any) -> Any:
        other = _as_residue(other)
        return other if other is NotImplemented else Residue(self.value * other.value)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        other = _as_residue(other)
        return other if other is NotImplemented else self * other._inverse()

    def __rtruediv__(self, other: Any) -> Any:
        other = _as_residue(other)
        return other if other is NotImplemented else other / self

    def __pow__(self, exponent: Any) -> Any:
        exponent = _as_residue(exponent)
        if exponent is NotImplemented:
            return exponent
        whole = exponent._nearest_zero()
        if abs(whole) > _EXPONENT:
            return Residue(keyed_hash("power", self, exponent))
        base = self._inverse() if whole < 0 else self
        return Residue(pow(base.value, abs(whole), PRIME))

    def __rpow__(self, base: Any) -> Any:
        base = _as_residue(base)
        return base if base is NotImplemented else base**self

    def __neg__(self) -> Residue:
        return Residue(-self.value)

    def __pos__(self) -> Residue:
        return self

    def conjugate(self) -> Residue:
        """Return the number itself; NumPy asks for it in products of vectors."""
        return self

    def __bool__(self) -> bool:
        return self.value != 0

    def __eq__(self, other: object) -> Any:
        found = _as_residue(other)
        return found if found is NotImplemented else self.value == found.value

    def __hash__(self) -> int:
        return hash(self.value)

    def __lt__(self, other: Any) -> Any:
        other = _as_residue(other)
        return other if other is NotImplemented else self._order() < other._order()

    def __le__(self, other: Any) -> Any:
        other = _as_residue(other)
        return other if other is NotImplemented else self._order() <= other._order()

    def __gt__(self, other: Any) -> Any:
        other = _as_residue(other)
        return other if other is NotImplemented else self._order() > other._order()

    def __ge__(self, other: Any) -> Any:
        other = _as_residue(other)
        return other if other is NotImplemented else self._order() >= other._order()

    def __str__(self) -> str:
        return str(self.value)

    def __repr__(self) -> str:
        return f"Residue({self._nearest_zero()})"

    def _inverse(self) -> Residue:
        return Residue(pow(self.value, -1, PRIME) if self.value else _ONE_BY_ZERO)

    def _nearest_zero(self) -> int:
        return self.value if self.value <= PRIME // 2 else self.value - PRIME

    def _order(self) -> int:
        if self.value == _INFINITY:
            return PRIME
        return -PRIME if self.value == PRIME - _INFINITY else self._nearest_zero()


def _as_residue(other: Any) -> Any:
    """Return what is a number as a residue; an array takes the operation over."""
    if type(other) is Residue:
        return other
    return FINITE_FIELD.element(other) if isinstance(other, (int, float, Fraction)) else NotImplemented


class ExactArithmetic(ABC):
    """NumPy on arrays of exact numbers: what `meaning(np, *arguments)` of an operator is handed for `np`.

    What stands for a function of NumPy's that is not exact is a keyed hash of the arguments, entry by entry. Arrays
    of an operator's arguments are made by `asarray`, and what it returns is one by `asarray` again: there may be
    truth values in it, or ones and zeros.

    Examples
    --------
    >>> from unfoldgraph.algebra.operators import OPERATORS
    >>> v = FINITE_FIELD.asarray([1, Fraction(1, 2), 0.25])
    >>> FINITE_FIELD.asarray(OPERATORS["mean"].meaning(FINITE_FIELD, v)) * 12
    Residue(7)
    >>> one, other = (OPERATORS["softmax"].meaning(FINITE_FIELD, values) for values in (v, v + 1))
    >>> sum(one), (one == other).all()
    (Residue(1), np.True_)
    """

    @abstractmethod
    def _of_rational(self, value: int | Fraction) -> Any:
        """Return the number that a rational is."""

    @abstractmethod
    def _of_infinity(self, value: float) -> Any:
        """Return the number that stands for an infinity, or for what is no number."""

    @abstractmethod
    def whole(self, value: Any) -> int | Fraction:
        """Return one number as Python's, a whole one where it is one: as an index is told.

        Examples
        --------
        >>> FINITE_FIELD.whole(FINITE_FIELD.element(-2)), RATIONALS.whole(RATIONALS.element(Fraction(1, 2)))
        (-2, Fraction(1, 2))
        """

    def element(self, constant: Any) -> Any:
        """Return the number that a constant is.

        Parameters
        ----------
        constant : a whole number, a truth value, a fraction, a floating-point number, which is a fraction too, one
            of NumPy's, or `"inf"`, `"-inf"` or `"nan"` as in expressions.

        Raises
        ------
        TypeError : for what is none of these.

        Examples
        --------
        >>> FINITE_FIELD.element(Fraction(3, 2)) * 2, FINITE_FIELD.element(0.5) + 0.5
        (Residue(3), Residue(1))
        >>> FINITE_FIELD.element("-inf") < -(10**18)
        True
        """
        if hasattr(constant, "item"):
            # Of NumPy, or an array of no dimensions. What is as long as no number of Python's stays what it is.
            own = constant.item()
            if type(own) is not type(constant):
                return self.element(own)
        if isinstance(constant, str) and constant in ("inf", "-inf", "nan"):
            constant = float(constant)
        if isinstance(constant, float):
            return self._of_rational(Fraction(constant)) if math.isfinite(constant) else self._of_infinity(constant)
        if isinstance(constant, (int, Fraction)):
            return self._of_rational(constant)
        raise TypeError(f"{constant!r} is no number")

    def asarray(self, values: Any, dtype: Any = None) -> Any:
        """Return a new array of what `element` makes of each entry; `dtype` says nothing."""
        import numpy

        return numpy.asarray(numpy.frompyfunc(self.element, 1, 1)(numpy.asarray(values, object)), object)

    array = asarray

    def opaque_function(self, name: str, shape: tuple[int, ...] | Callable[..., tuple[int, ...]]) -> Callable[..., Any]:
        """Return what stands for a function of the caller's: each entry hashes all entries of all arguments.

        Parameters
        ----------
        name : the name of the function; functions of other names give other numbers.
        shape : the shape of what it returns, or a function of the shapes of its positional arguments.

        Returns
        -------
        Callable : a function of the arrays of one sequence, and of what is shared by name.

        Examples
        --------
        >>> f = FINITE_FIELD.opaque_function("f", lambda shape: shape)
        >>> f([1, 2]).shape, (f([1, 2]) == f([1, 3])).any(), (f([1, 2], theta=1) == f([1, 2], theta=1)).all()
        ((2,), np.False_, np.True_)
        """

        def function(*arguments: Any, **shared: Any) -> Any:
            import numpy

            given = [self.asarray(argument) for argument in arguments]
            told = [(key, self.asarray(shared[key])) for key in sorted(shared)]
            parts = [(key, array.shape, *array.flat) for key, array in [*enumerate(given), *told]]
            called = f"{name}(…)"
            seed = keyed_hash(called, *(part for all_parts in parts for part in all_parts))
            wanted = shape(*(array.shape for array in given)) if callable(shape) else shape
            entries = [keyed_hash(called, seed, position) for position in range(math.prod(wanted))]
            return self.asarray(numpy.array(entries, object).reshape(wanted))

        return function

    def isnan(self, values: Any) -> Any:
        """Return where there is what stands for no number."""
        import numpy

        nan = self.element("nan")
        return numpy.frompyfunc(lambda value: self.element(value) == nan, 1, 1)(values)

    def vectorize(self, function: Callable[[float], float], otypes: Any = None) -> Callable[..., Any]:
        """Return a function of floating-point numbers, entry by entry, as a keyed hash; `otypes` says nothing."""
        hashed: Callable[..., Any] = self._hashed(function.__name__, 1)
        return hashed

    @property
    def linalg(self) -> Any:
        """What is asked of `numpy.linalg`, of one matrix at a time and exactly."""
        import numpy

        return SimpleNamespace(
            solve=self._solve, inv=self._inverse, det=self._determinant, LinAlgError=numpy.linalg.LinAlgError
        )

    def __getattr__(self, name: str) -> Any:
        import numpy

        if name.startswith("_"):
            raise AttributeError(name)
        found = getattr(numpy, name)
        if isinstance(found, float):
            found = self.element(found)
        elif found in (numpy.zeros, numpy.ones, numpy.eye, numpy.full, numpy.arange):
            found = self._of_elements(found)
        elif found in (numpy.logical_and, numpy.logical_or, numpy.logical_xor, numpy.logical_not):
            found = _of_truths(found)
        elif isinstance(found, numpy.ufunc) and _rounds(found):
            found = self._hashed(name, found.nin)
        # Found once, it is an attribute.
        setattr(self, name, found)
        return found

    def _of_elements(self, function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *arguments, **more: self.asarray(function(*arguments, **more))

    def _hashed(self, name: str, count: int) -> Any:
        """Return a function of NumPy's as a keyed hash of so many arguments."""
        import numpy

        return numpy.frompyfunc(
            lambda *arguments: self.element(keyed_hash(name, *map(self.element, arguments))), count, 1
        )

    def _eliminated(self, matrix: Any, beside: Any) -> tuple[Any, Any]:
        """Return the solutions for the columns beside a matrix, None where it is singular, and its determinant."""
        import numpy

        rows = numpy.concatenate([self.asarray(matrix), self.asarray(beside)], axis=1)
        size, determinant = len(rows), self.element(1)
        for at in range(size):
            pivot = next((row for row in range(at, size) if rows[row, at]), None)
            if pivot is None:
                return None, self.element(0)
            if pivot != at:
                rows[[at, pivot]] = rows[[pivot, at]]
                determinant = -determinant
            determinant = determinant * rows[at, at]
            rows[at] = rows[at] / rows[at, at]
            for row in range(size):
                if row != at:
                    rows[row] = rows[row] - rows[row, at] * rows[at]
        return rows[:, size:], determinant

    def _solve(self, a: Any, b: Any) -> Any:
        import numpy

        is_vector = numpy.ndim(b) == 1
        found, _ = self._eliminated(a, b[:, None] if is_vector else b)
        if found is None:
            raise numpy.linalg.LinAlgError("Singular matrix")
        return found[:, 0] if is_vector else found

    def _inverse(self, a: Any) -> Any:
        return self._solve(a, self.eye(len(a)))

    def _determinant(self, a: Any) -> Any:
        return self._eliminated(a, self.zeros((len(a), 0)))[1]


def _of_truths(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of truth values; of objects NumPy's would return one of these, as Python's `and` does."""
    import numpy

    return lambda *arguments: function(*(numpy.asarray(argument).astype(bool) for argument in arguments))


def _rounds(function: Any) -> bool:
    """Say whether a function of NumPy's, entry by entry, gives a floating-point number that is no exact one."""
    import numpy

    exact = (
        numpy.add, numpy.subtract, numpy.multiply, numpy.divide, numpy.negative, numpy.positive, numpy.power,
        numpy.square, numpy.reciprocal, numpy.conjugate, numpy.minimum, numpy.maximum, numpy.fmin, numpy.fmax,
    )  # fmt: skip
    is_floating = any(types.endswith("->d") for types in function.types)
    return is_floating and function.signature is None and function not in exact


class _FiniteField(ExactArithmetic):
    """The field of whole numbers modulo `PRIME`."""

    def whole(self, value: Any) -> int | Fraction:
        own: int = self.element(value).value
        return own if own <= PRIME // 2 else own - PRIME

    def element(self, constant: Any) -> Any:
        return constant if type(constant) is Residue else super().element(constant)

    def _of_rational(self, value: int | Fraction) -> Residue:
        found = Residue(value.numerator)
        return found if value.denominator == 1 else found / Residue(value.denominator)

    def _of_infinity(self, value: float) -> Residue:
        if math.isnan(value):
            return Residue(_NAN)
        return Residue(_INFINITY if value > 0 else -_INFINITY)


class _Rationals(ExactArithmetic):
    """The rationals, whose order goes with their sums; the infinities are numbers beyond all floating-point ones."""

    def whole(self, value: Any) -> int | Fraction:
        own: Fraction = self.element(value)
        return own

    def element(self, constant: Any) -> Any:
        return constant if type(constant) is Fraction else super().element(constant)

    def _of_rational(self, value: int | Fraction) -> Fraction:
        return Fraction(value)

    def _of_infinity(self, value: float) -> Fraction:
        if math.isnan(value):
            return Fraction(_NAN)
        return Fraction(2**1024 if value > 0 else -(2**1024))

    def divide(self, a: Any, b: Any) -> Any:
        """Return quotients, those by 0 too."""
        import numpy

        return numpy.frompyfunc(self._quotient, 2, 1)(a, b)

    def power(self, a: Any, b: Any) -> Any:
        """Return powers, which are exact where they are rational and of sane size."""
        import numpy

        return numpy.frompyfunc(self._power, 2, 1)(a, b)

    def _quotient(self, a: Any, b: Any) -> Fraction:
        a, b = self.element(a), self.element(b)
        return Fraction(a / b if b else a * _ONE_BY_ZERO)

    def _power(self, base: Any, exponent: Any) -> Fraction:
        base, exponent = self.element(base), self.element(exponent)
        whole = exponent.numerator if exponent.denominator == 1 else exponent
        found = exact_rules.power(base, whole)
        return Fraction(keyed_hash("power", base, exponent) if found is None else found)


FINITE_FIELD: ExactArithmetic = _FiniteField()
"""Numbers modulo `PRIME`: as large after a thousand steps as before. Their order has nothing to do with their sums."""

RATIONALS: ExactArithmetic = _Rationals()
"""Rational numbers, for what compares sums: `min(a + c, b + c)` is `min(a, b) + c`. Products of them grow.

Examples
--------
>>> a, b, c = RATIONALS.asarray([3, -5, Fraction(1, 3)])
>>> RATIONALS.minimum(a + c, b + c) == RATIONALS.minimum(a, b) + c
True
"""
