"""Whole numbers that indices, lengths of axes and sizes tell: sums of multiples of names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Affine:
    """A sum of multiples of names and a constant: `2*t - s + steps + 1`.

    The names are those of indices, of the lengths of axes (`length`) and of sizes (`size`). They are sorted, and none
    has the factor 0, so that equal sums are equal.

    >>> (index("t") + length("t") - 1) - index("t")
    Affine(terms=(('#t', 1),), constant=-1)
    """

    terms: tuple[tuple[str, int], ...] = ()
    constant: int = 0

    def __add__(self, other: Affine | int) -> Affine:
        if isinstance(other, int):
            return Affine(self.terms, self.constant + other)
        factors = dict(self.terms)
        for name, factor in other.terms:
            factors[name] = factors.get(name, 0) + factor
        terms = tuple(sorted((name, factor) for name, factor in factors.items() if factor))
        return Affine(terms, self.constant + other.constant)

    __radd__ = __add__

    def __sub__(self, other: Affine | int) -> Affine:
        return self + (-other if isinstance(other, int) else other.times(-1))

    def times(self, factor: int) -> Affine:
        """Return a multiple."""
        return Affine(tuple((name, factor * own) for name, own in self.terms if factor), factor * self.constant)

    def factor(self, name: str) -> int:
        """Return what a name is multiplied by, 0 where it does not occur."""
        return dict(self.terms).get(name, 0)

    def at(self, places: Mapping[str, Affine]) -> Affine:
        """Return the sum with other sums in place of some names."""
        if not any(name in places for name, _ in self.terms):
            return self
        found = whole(self.constant)
        for name, factor in self.terms:
            found += places[name].times(factor) if name in places else Affine(((name, factor),))
        return found

    def solved(self, name: str) -> Affine:
        """Return what a name, of factor 1 or -1, is where the sum is 0.

        >>> (index("t") - index("k") - 1).solved("k") == index("t") - 1
        True
        """
        return self.at({name: whole(0)}).times(-self.factor(name))

    def number(self, numbers: Mapping[str, int]) -> int:
        """Return what it is where each name is a number; raises `KeyError` for a name that is none."""
        total = self.constant
        for name, factor in self.terms:
            # Checks of programs have arrays of numbers, which broadcast.
            total = total + factor * numbers[name]
        return total

    def least(self, sides: Mapping[str, tuple[int, int]]) -> int:
        """Return the least number that it is where each name lies between two numbers."""
        return self.constant + sum(factor * sides[name][factor < 0] for name, factor in self.terms)

    def greatest(self, sides: Mapping[str, tuple[int, int]]) -> int:
        """Return the greatest number that it is where each name lies between two numbers.

        >>> form = index("n") - index("k")
        >>> form.least({"n": (1, 9), "k": (0, 2)}), form.greatest({"n": (1, 9), "k": (0, 2)})
        (-1, 9)
        """
        return self.constant + sum(factor * sides[name][factor > 0] for name, factor in self.terms)


#: How names in sums begin that are none of indices.
_LENGTH, _SIZE = "#", "# size "


def whole(number: int) -> Affine:
    """Return a number as a sum of nothing else."""
    return Affine((), number)


def index(name: str) -> Affine:
    """Return the index of a loop."""
    return Affine(((name, 1),))


def length(axis: str) -> Affine:
    """Return the length of an axis that has one of its own."""
    return Affine(((length_name(axis), 1),))


def length_name(axis: str) -> str:
    """Return what the length of an axis is called in sums, as no index and no size is."""
    return f"{_LENGTH}{axis}"


def end_here() -> Affine:
    """Return the last place of the axis on which a sum is a place, whichever that is."""
    return length("")


def end_name() -> str:
    """Return what `end_here` is called in sums."""
    return length_name("")


def size(name: int | str) -> Affine:
    """Return a size of values: a number, or one that the arrays of a call tell."""
    return whole(name) if isinstance(name, int) else Affine(((size_name(name), 1),))


def size_name(name: str) -> str:
    """Return what a size of values is called in sums, as no index and no length is."""
    return f"{_SIZE}{name}"


def is_index(name: str) -> bool:
    """Say whether a name in a sum is that of an index, and not of a length or a size.

    >>> is_index("t"), [is_index(name) for name, _ in (length("t") + size("m")).terms]
    (True, [False, False])
    """
    return not name.startswith(_LENGTH)


def is_open(name: str) -> bool:
    """Say whether a name in a sum is that of a size which nothing has named: a function of the caller tells it."""
    return name.startswith(f"{_SIZE}?")


def is_size(name: str) -> bool:
    """Say whether a name in a sum is that of a size of values."""
    return name.startswith(_SIZE)


def axis_of_length(name: str) -> str:
    """Return the axis of which a name in a sum is the length; "" for any other name.

    >>> [axis_of_length(name) for name, _ in (index("t") + length("u") + size("m")).terms]
    ['', 'u', '']
    """
    return "" if is_index(name) or is_size(name) else name.removeprefix(_LENGTH)


def plain_name(name: str) -> str:
    """Return what an index, an axis that has the length, or a size is called that has a name in a sum.

    >>> [plain_name(name) for name, _ in (index("t") + length("u") + size("m")).terms]
    ['m', 'u', 't']
    """
    return name.removeprefix(_SIZE).removeprefix(_LENGTH).lstrip()
