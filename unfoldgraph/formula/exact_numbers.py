"""Exact arithmetic on constants, as far as it stays exact and of a sane size.

Beside the rationals there are the two infinities, as IEEE has them: `inf + 1` is `inf`. What is not a number, such as
`inf - inf` and `0 * inf`, is no constant either, and stays as it is written; so does what depends on the sign of zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from unfoldgraph.algebra.expression import exact
from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.algebra.table.exact_rules import BITS, ExactNumber, is_infinite


def evaluate(operator: str, values: Sequence[ExactNumber]) -> ExactNumber | None:
    """Return an operator of scalar constants, exactly; None where that is no infinity and no rational of sane size.

    >>> import math
    >>> evaluate("div", [1, 3]), evaluate("sqrt", [Fraction(9, 4)]), evaluate("sqrt", [2]), evaluate("div", [1, 0])
    (Fraction(1, 3), Fraction(3, 2), None, None)
    >>> evaluate("add", [math.inf, 1]), evaluate("sub", [math.inf, math.inf]), evaluate("tanh", [-math.inf])
    (inf, None, -1)
    """
    row = OPERATORS.get(operator)
    if row is None:
        return None
    rule = row.exact.at_infinity if any(map(is_infinite, values)) else row.exact.finite
    if rule is None:
        return None
    try:
        found: ExactNumber | None = rule(*values)
    except ZeroDivisionError:
        return None
    if found is None or is_infinite(found):
        return found
    found = exact(found if isinstance(found, Fraction) else int(found))
    return found if max(found.numerator.bit_length(), found.denominator.bit_length()) <= BITS else None


def digits(value: int | Fraction | str) -> int:
    """Return about how many characters a constant takes."""
    if isinstance(value, str):
        return len(value)
    return int((value.numerator.bit_length() + value.denominator.bit_length()) * 0.30103) + 1
