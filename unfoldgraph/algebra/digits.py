"""How exact constants are written."""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction
from typing import NamedTuple

from unfoldgraph.algebra.table.operator_row import ATOM, NEGATIVE, PRODUCT
from unfoldgraph.base.limits import DIGITS

__all__ = ["Digits", "digits_of", "number_level", "number_text"]

#: An integer that ends in more zeros than this, after no more other digits, is written with an exponent.
_ZEROS = 15
_EXACT = Context(prec=4 * DIGITS)


def number_text(value: int | Fraction | str) -> str:
    """Return an exact constant as text; `inf` and `nan` are strings already.

    >>> number_text(55), number_text(Fraction(1, 10)), number_text(Fraction(1, 3)), number_text(Fraction(1, 10**7))
    ('55', '0.1', '1/3', '1e-7')
    """
    return value if isinstance(value, str) else digits_of(value).text


class Digits(NamedTuple):
    """How a constant is written: its digits, and an exponent or a denominator where it has one.

    Attributes
    ----------
    sign, exponent_sign : `-`, or nothing; of a large exponent also `+`.
    digits, exponent, denominator : What stands there, `exponent` that of ten.
    """

    sign: str
    digits: str
    exponent_sign: str = ""
    exponent: str = ""
    denominator: str = ""

    @property
    def text(self) -> str:
        """All of it."""
        exponent = f"e{self.exponent_sign}{self.exponent}" if self.exponent else ""
        return self.sign + self.digits + exponent + (f"/{self.denominator}" if self.denominator else "")


def digits_of(value: int | Fraction) -> Digits:
    """Return how an exact constant is written."""
    minus = "-" if value < 0 else ""
    if isinstance(value, int):
        # Unlike str, Decimal has no limit on the digits of an integer.
        written = str(abs(value)) if value.bit_length() < 10_000 else f"{Decimal(abs(value)):f}"
        digits = written.rstrip("0")
        zeros = len(written) - len(digits)
        is_short = zeros > _ZEROS and len(minus + digits) <= _ZEROS
        return Digits(minus, digits, "", str(zeros)) if is_short else Digits(minus, written)
    if 1e-300 < abs(value) < 1e300 and Fraction(repr(float(value))) == value:
        mantissa, _, exponent = repr(abs(float(value))).partition("e")
        power = int(exponent or 0)
        return Digits(minus, mantissa.removesuffix(".0"), "-" * (power < 0), str(abs(power)) if exponent else "")
    found = _decimal(abs(value))
    if found is not None:
        mantissa, _, exponent = str(found).partition("E")
        return Digits(minus, mantissa, exponent[:1], exponent[1:])
    numerator = digits_of(value.numerator)
    return numerator._replace(denominator=digits_of(value.denominator).text)


def _decimal(value: Fraction) -> Decimal | None:
    """Return a fraction as a decimal that a source may hold; None where it has none."""
    rest = value.denominator
    # A number in a source has no more places than its digits and its exponent give it.
    if rest.bit_length() > 8 * DIGITS:
        return None
    twos = (rest & -rest).bit_length() - 1
    rest, fives = rest >> twos, 0
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    places = max(twos, fives)
    digits = value.numerator * 10**places // value.denominator
    if rest > 1 or abs(digits) >= 10**DIGITS:
        return None
    return Decimal(digits).scaleb(-places, _EXACT)


def number_level(value: int | Fraction | str) -> int:
    """Return how tightly a constant binds when it is written."""
    if isinstance(value, str):
        return NEGATIVE if value == "-inf" else ATOM
    if digits_of(value).denominator:
        return PRODUCT
    return NEGATIVE if value < 0 else ATOM
