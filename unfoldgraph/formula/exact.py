"""Exact arithmetic on constants, as far as it stays exact and of a sane size."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from unfoldgraph.expression import exact
from unfoldgraph.limits import FOLDED_DIGITS

Value = int | Fraction

_BITS = int(FOLDED_DIGITS * math.log2(10))
#: Roots beyond this one are left alone.
_ROOT = 64


def evaluate(operator: str, values: Sequence[Value]) -> Value | None:
    """Return an operator of scalar constants, exactly; None where that is not a rational of sane size.

    >>> evaluate("div", [1, 3]), evaluate("sqrt", [Fraction(9, 4)]), evaluate("sqrt", [2]), evaluate("div", [1, 0])
    (Fraction(1, 3), Fraction(3, 2), None, None)
    """
    rule = _RULES.get(operator)
    if rule is None:
        return None
    try:
        found = rule(*values)
    except ZeroDivisionError:
        return None
    if found is None:
        return None
    found = exact(found if isinstance(found, Fraction) else int(found))
    return found if max(found.numerator.bit_length(), found.denominator.bit_length()) <= _BITS else None


def digits(value: Value | str) -> int:
    """Return about how many characters a constant takes."""
    if isinstance(value, str):
        return len(value)
    return int((value.numerator.bit_length() + value.denominator.bit_length()) * 0.30103) + 1


def _power(base: Value, exponent: Value) -> Value | None:
    if isinstance(exponent, Fraction):
        root = _root(base, exponent.denominator)
        return None if root is None else _power(root, exponent.numerator)
    if base in (0, 1, -1):
        if base == 0 and exponent < 0:
            return None
        return base ** (exponent % 2 + 2) if exponent else 1
    bits = max(abs(base.numerator), base.denominator).bit_length() - 1
    return None if abs(exponent) * bits > _BITS else Fraction(base) ** exponent


def _root(value: Value, degree: int) -> Value | None:
    """Return the root of a rational where it is rational."""
    if value < 0 or degree > _ROOT:
        return None
    roots = [_whole_root(part, degree) for part in (value.numerator, value.denominator)]
    if roots[0] is None or roots[1] is None:
        return None
    return Fraction(roots[0], roots[1])


def _whole_root(value: int, degree: int) -> int | None:
    """Return the root of a natural number where it is one, by Newton's method from above."""
    if value < 2:
        return value
    root = 1 << (value.bit_length() // degree + 1)
    while True:
        better = ((degree - 1) * root + value // root ** (degree - 1)) // degree
        if better >= root:
            break
        root = better
    return root if root**degree == value else None


def _at(place: Value, found: Value) -> Callable[[Value], Value | None]:
    """Return a function that is known at one place only."""
    return lambda value: found if value == place else None


def _same(value: Value) -> Value:
    return value


_RULES: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: Fraction(a, b),
    "mod": lambda a, b: a % b,
    "pow": _power,
    "neg": lambda a: -a,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "or": lambda a, b: a != 0 or b != 0,
    "xor": lambda a, b: (a != 0) != (b != 0),
    "and": lambda a, b: a != 0 and b != 0,
    "not": lambda a: a == 0,
    "where": lambda c, a, b: a if c else b,
    "minimum": lambda *values: min(values),
    "maximum": lambda *values: max(values),
    "relu": lambda a: max(a, 0),
    "abs": abs,
    "sign": lambda a: (a > 0) - (a < 0),
    "floor": math.floor,
    "sqrt": lambda a: _root(a, 2),
    "exp": _at(0, 1),
    "log": _at(1, 0),
    "tanh": _at(0, 0),
    "sigmoid": _at(0, Fraction(1, 2)),
    "sin": _at(0, 0),
    "cos": _at(0, 1),
    "tan": _at(0, 0),
    "sinh": _at(0, 0),
    "cosh": _at(0, 1),
    # Over the entries of a scalar.
    "sum": _same,
    "prod": _same,
    "mean": _same,
    "min": _same,
    "max": _same,
    "norm": abs,
    "argmax": lambda a: 0,
}
