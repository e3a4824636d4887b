"""Exact rules of operators on scalar constants: rationals, and the two infinities as IEEE has them.

A rule returns None where the result is no rational and no infinity; what it may raise is `ZeroDivisionError`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

from unfoldgraph.base.limits import FOLDED_DIGITS

ExactNumber = int | Fraction | float
"""A constant; a float is an infinity."""

BITS = int(FOLDED_DIGITS * math.log2(10))
"""The most binary digits of a numerator or a denominator."""

#: Roots beyond this one are left alone.
_ROOT = 64


class Exact(NamedTuple):
    """What an operator makes of scalar constants.

    Attributes
    ----------
    finite : the rule where all of them are rationals; None where there is none.
    at_infinity : the rule where one of them is infinite; None where there is none.
    settled : whether an infinity makes the same of every finite number beside it as of 0.
    """

    finite: Callable[..., Any] | None = None
    at_infinity: Callable[..., Any] | None = None
    settled: bool = False


INEXACT = Exact()
"""Of an operator that has no rules."""


def everywhere(rule: Callable[..., Any], settled: bool = False) -> Exact:
    """Return one rule for all constants, infinite or not."""
    return Exact(rule, rule, settled)


def is_infinite(value: ExactNumber) -> bool:
    """Say whether a constant is one of the two infinities."""
    return isinstance(value, float) and math.isinf(value)


def power(base: int | Fraction, exponent: int | Fraction) -> int | Fraction | None:
    """Return a power of rationals where it is one of sane size."""
    if isinstance(exponent, Fraction):
        found = root(base, exponent.denominator)
        return None if found is None else power(found, exponent.numerator)
    if base in (0, 1, -1):
        if base == 0 and exponent < 0:
            return None
        return base ** (exponent % 2 + 2) if exponent else 1
    bits = max(abs(base.numerator), base.denominator).bit_length() - 1
    return None if abs(exponent) * bits > BITS else Fraction(base) ** exponent


def root(value: int | Fraction, degree: int) -> int | Fraction | None:
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


def _signed(value: ExactNumber) -> float:
    """Return the infinity of the sign of a constant that is not 0."""
    return math.inf if value > 0 else -math.inf


def added(a: ExactNumber, b: ExactNumber) -> ExactNumber | None:
    """Return a sum with an infinity in it; that of one and the other is no number."""
    found = {value for value in (a, b) if is_infinite(value)}
    return found.pop() if len(found) == 1 else None


def multiplied(a: ExactNumber, b: ExactNumber) -> ExactNumber | None:
    """Return a product with an infinity in it; that with zero is no number."""
    return None if a == 0 or b == 0 else _signed(a) * _signed(b)


def divided(a: ExactNumber, b: ExactNumber) -> ExactNumber | None:
    """Return a quotient with an infinity in it."""
    if is_infinite(b):
        return None if is_infinite(a) else 0
    # What is divided by zero has the sign of that zero, which a constant does not have.
    return multiplied(a, b)


def raised(base: ExactNumber, exponent: ExactNumber) -> ExactNumber | None:
    """Return a power with an infinity in it, where its sign is plain."""
    if exponent == 0 or base == 1:
        return 1
    if base != math.inf or is_infinite(exponent):
        return None
    return base if exponent > 0 else 0


def angle(a: ExactNumber, b: ExactNumber) -> ExactNumber | None:
    """Return the angle of a point with an infinity in it, where that is no part of pi."""
    return 0 if b == math.inf and not is_infinite(a) else None


def at(place: ExactNumber, found: ExactNumber) -> Callable[[ExactNumber], ExactNumber | None]:
    """Return a function that is known at one place only."""
    return lambda value: found if value == place else None


def same(value: ExactNumber) -> ExactNumber:
    """Return the value itself."""
    return value
