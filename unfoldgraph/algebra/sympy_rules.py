"""What operators are in SymPy, where that takes more than its function of the same name."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

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
    return lambda sp, a: getattr(sp, name)(a, evaluate=False)


def exponential(name: str) -> Callable[..., Any]:
    """Return such a function that grows exponentially."""
    return lambda sp, a: as_written(name)(sp, _bearable(a))


def logistic(sp: Any, a: Any) -> Any:
    """Return the sigmoid; SymPy asks all of what is below a sum before it divides by it."""
    return sp.Pow(1 + exponential("exp")(sp, -a), -1, evaluate=False)


def no_form(_sp: Any, *_arguments: Any) -> Any:
    """Refuse: SymPy has nothing for it."""
    raise NotImplementedError
