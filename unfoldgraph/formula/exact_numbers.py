"""Exact arithmetic on constants, as far as it stays exact and of a sane size.

Beside the rationals there are the two infinities, as IEEE has them: `inf + 1` is `inf`. What is not a number, such as
`inf - inf` and `0 * inf`, is no constant either, and stays as it is written; so does what depends on the sign of zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from unfoldgraph.algebra.expression import exact
from unfoldgraph.base.limits import FOLDED_DIGITS

#: A float is an infinity.
Value = int | Fraction | float

_BITS = int(FOLDED_DIGITS * math.log2(10))
#: Roots beyond this one are left alone.
_ROOT = 64


def evaluate(operator: str, values: Sequence[Value]) -> Value | None:
    """Return an operator of scalar constants, exactly; None where that is no infinity and no rational of sane size.

    >>> evaluate("div", [1, 3]), evaluate("sqrt", [Fraction(9, 4)]), evaluate("sqrt", [2]), evaluate("div", [1, 0])
    (Fraction(1, 3), Fraction(3, 2), None, None)
    >>> evaluate("add", [math.inf, 1]), evaluate("sub", [math.inf, math.inf]), evaluate("tanh", [-math.inf])
    (inf, None, -1)
    """
    rule = (_AT_INFINITY if any(map(is_infinite, values)) else _RULES).get(operator)
    if rule is None:
        return None
    try:
        found: Value | None = rule(*values)
    except ZeroDivisionError:
        return None
    if found is None or is_infinite(found):
        return found
    found = exact(found if isinstance(found, Fraction) else int(found))
    return found if max(found.numerator.bit_length(), found.denominator.bit_length()) <= _BITS else None


def is_infinite(value: Value) -> bool:
    """Say whether a constant is one of the two infinities."""
    return isinstance(value, float) and math.isinf(value)


def digits(value: int | Fraction | str) -> int:
    """Return about how many characters a constant takes."""
    if isinstance(value, str):
        return len(value)
    return int((value.numerator.bit_length() + value.denominator.bit_length()) * 0.30103) + 1


def _power(base: int | Fraction, exponent: int | Fraction) -> int | Fraction | None:
    if isinstance(exponent, Fraction):
        root = _root(base, exponent.denominator)
        return None if root is None else _power(root, exponent.numerator)
    if base in (0, 1, -1):
        if base == 0 and exponent < 0:
            return None
        return base ** (exponent % 2 + 2) if exponent else 1
    bits = max(abs(base.numerator), base.denominator).bit_length() - 1
    return None if abs(exponent) * bits > _BITS else Fraction(base) ** exponent


def _root(value: int | Fraction, degree: int) -> int | Fraction | None:
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


def _signed(value: Value) -> float:
    """Return the infinity of the sign of a constant that is not 0."""
    return math.inf if value > 0 else -math.inf


def _added(a: Value, b: Value) -> Value | None:
    """Return a sum with an infinity in it; that of one and the other is no number."""
    found = {value for value in (a, b) if is_infinite(value)}
    return found.pop() if len(found) == 1 else None


def _multiplied(a: Value, b: Value) -> Value | None:
    return None if a == 0 or b == 0 else _signed(a) * _signed(b)


def _divided(a: Value, b: Value) -> Value | None:
    if is_infinite(b):
        return None if is_infinite(a) else 0
    # What is divided by zero has the sign of that zero, which a constant does not have.
    return _multiplied(a, b)


def _raised(base: Value, exponent: Value) -> Value | None:
    """Return a power with an infinity in it, where its sign is plain."""
    if exponent == 0 or base == 1:
        return 1
    if base != math.inf or is_infinite(exponent):
        return None
    return base if exponent > 0 else 0


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
#: What these are where one of the constants is infinite.
_AT_INFINITY: dict[str, Callable[..., Any]] = {
    **{
        name: _RULES[name]
        for name in (
            "neg", "lt", "le", "gt", "ge", "eq", "ne", "or", "xor", "and", "not", "where", "minimum", "maximum", "relu",
            "abs", "sign", "sum", "prod", "mean", "min", "max", "norm", "argmax",
        )
    },
    "add": _added,
    "sub": lambda a, b: _added(a, -b),
    "mul": _multiplied,
    "div": _divided,
    "pow": _raised,
    "floor": _same,
    "sqrt": lambda a: a if a > 0 else None,
    "exp": lambda a: a if a > 0 else 0,
    "log": lambda a: a if a > 0 else None,
    "tanh": lambda a: 1 if a > 0 else -1,
    "sigmoid": lambda a: 1 if a > 0 else 0,
    "softplus": lambda a: a if a > 0 else 0,
    "sinh": _same,
    "cosh": abs,
}  # fmt: skip
