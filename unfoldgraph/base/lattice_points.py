"""Whole points at which some sums are at least 0: counted by summing polynomials, however many there are.

The points of a triangle are a sum of sums. What is summed over one name, between two sums of the others, is a
polynomial of these (Faulhaber's formulas); where several sums bound a name, cases tell which is the nearest. A name
with a factor is bounded by quotients: of each remainder of the others these are sums again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from itertools import product
from math import comb, gcd, lcm

from unfoldgraph.base.affine import Affine, index, whole
from unfoldgraph.base.limits import COUNTED_CASES

Monomial = tuple[tuple[str, int], ...]
"""Names with their powers, sorted; none for a constant."""
Polynomial = dict[Monomial, Fraction]


class TooManyCases(Exception):
    """Points are not counted: there would be more than `limits.COUNTED_CASES` cases."""


def normalized(rows: Iterable[Affine]) -> tuple[Affine, ...] | None:
    """Return sums that are at least 0 at the same whole points, without common factors; None where these are none.

    What is said here of sums is only what one or two of them tell: where nothing is found there may still be no point.

    Examples
    --------
    >>> normalized([index("t").times(2) - 3, index("t") - 1, whole(4)])
    (Affine(terms=(('t', 1),), constant=-2),)
    >>> normalized([index("t") - 3, whole(2) - index("t")]) is None
    True
    """
    least: dict[Monomial, int] = {}
    for row in rows:
        if not row.terms:
            if row.constant < 0:
                return None
            continue
        common = gcd(*(factor for _, factor in row.terms))
        terms = row.terms if common == 1 else tuple((name, factor // common) for name, factor in row.terms)
        constant = row.constant // common
        least[terms] = min(constant, least.get(terms, constant))
    for terms, constant in least.items():
        opposite = least.get(tuple((name, -factor) for name, factor in terms))
        if opposite is not None and constant + opposite < 0:
            return None
    return tuple(Affine(terms, constant) for terms, constant in least.items())


def count_points(names: Sequence[str], rows: Iterable[Affine]) -> int:
    """Return at how many whole points some sums are all at least 0.

    Parameters
    ----------
    names : those of the coordinates of a point.
    rows : sums of them, which bound each.

    Raises
    ------
    TooManyCases : where counting would take too long.
    ValueError : where a name is not bounded.

    Examples
    --------
    >>> i, j = index("i"), index("j")
    >>> count_points(["i", "j"], [i - 1, j - i - 1, whole(10**12) - j]) == 10**12 * (10**12 - 1) // 2
    True
    """
    known = normalized(rows)
    if known is None:
        return 0
    work = _Counting()
    found = 1
    for own, its in _apart(names, known):
        found *= int(work.total({(): Fraction(1)}, own, its))
        if not found:
            break
    return found


def projected(rows: Iterable[Affine], away: Iterable[str], is_exact: bool = True) -> tuple[Affine, ...] | None:
    """Return which sums of the other names are at least 0 exactly where there are whole numbers for some names.

    Returns None where no such sums are known: what is left may be every second number. What need not be exact is told
    by sums that are at least 0 there, and perhaps elsewhere.

    Examples
    --------
    >>> t, k, place = index("t"), index("k"), index("x")
    >>> found = projected([k, whole(2) - k, place - t + k, t - k - place], ["k"])
    >>> [(row.terms, row.constant) for row in found]
    [((('t', 1), ('x', -1)), 0), ((('t', -1), ('x', 1)), 2)]
    >>> projected([place - k.times(2), k.times(2) - place, k - 1, whole(9) - k], ["k"]) is None
    True
    """
    known = normalized(rows)
    left = list(away)
    while left and known is not None:
        name = _easiest(left, known)
        left.remove(name)
        value = _equal(name, known)
        if value is not None:
            known = normalized(row.at({name: value}) for row in known)
            continue
        lower = [row for row in known if row.factor(name) > 0]
        upper = [row for row in known if row.factor(name) < 0]
        if is_exact and any(min(one.factor(name), -other.factor(name)) > 1 for one in lower for other in upper):
            return None
        kept = [row for row in known if not row.factor(name)]
        kept += [one.times(-other.factor(name)) + other.times(one.factor(name)) for one in lower for other in upper]
        known = normalized(kept)
    # What is nowhere so is told by a sum that is not.
    return (whole(-1),) if known is None else known


def _easiest(names: Sequence[str], rows: Sequence[Affine]) -> str:
    """Return the name that is taken away with the least to do, the first of several."""
    known = set(rows)
    lower, upper = Counter[str](), Counter[str]()
    equal, multiplied = set[str](), set[str]()
    for row in rows:
        is_equation = row.times(-1) in known
        for name, factor in row.terms:
            (lower if factor > 0 else upper)[name] += 1
            if abs(factor) > 1:
                multiplied.add(name)
            elif is_equation:
                equal.add(name)
    return min(names, key=lambda one: (one not in equal, one in multiplied, lower[one] * upper[one]))


def _equal(name: str, rows: Sequence[Affine]) -> Affine | None:
    """Return what a name is equal to, if two opposite sums that hold it once say that."""
    known = set(rows)
    for row in rows:
        factor = row.factor(name)
        if abs(factor) == 1 and row.times(-1) in known:
            return row.solved(name)
    return None


def _apart(names: Sequence[str], rows: Sequence[Affine]) -> list[tuple[list[str], list[Affine]]]:
    """Return the names in groups that no sum joins, each with its sums."""
    group = {name: name for name in names}

    def root(name: str) -> str:
        while group[name] != name:
            name = group[name]
        return name

    for row in rows:
        first = root(row.terms[0][0])
        for name, _ in row.terms[1:]:
            group[root(name)] = first
    found: dict[str, tuple[list[str], list[Affine]]] = {}
    for name in names:
        found.setdefault(root(name), ([], []))[0].append(name)
    for row in rows:
        found[root(row.terms[0][0])][1].append(row)
    return list(found.values())


class _Counting:
    """One count, and how many cases it may still look at."""

    def __init__(self) -> None:
        self.left = COUNTED_CASES

    def total(self, summand: Polynomial, names: Sequence[str], rows: Iterable[Affine]) -> Fraction:
        """Return the sum of a polynomial over points; it calls itself once for each of their coordinates, or twice."""
        known = normalized(rows)
        if known is None or not summand:
            return Fraction(0)
        if not names:
            return summand.get((), Fraction(0))
        self.left -= 1
        if self.left < 0:
            raise TooManyCases
        name = _easiest(names, known)
        others = [one for one in names if one != name]
        value = _equal(name, known)
        if value is not None:
            return self.total(_substituted(summand, name, value), others, (row.at({name: value}) for row in known))
        divided = [row for row in known if abs(row.factor(name)) > 1]
        if divided:
            return self._by_remainders(summand, name, names, known, divided)
        kept = [row for row in known if not row.factor(name)]
        lower = [index(name) - row for row in known if row.factor(name) == 1]
        upper = [row + index(name) for row in known if row.factor(name) == -1]
        if not lower or not upper:
            raise ValueError(f"{name} is not bounded")
        found = Fraction(0)
        for at, first in enumerate(lower):
            # Of bounds that are equal the first is taken.
            above = [first - other - (number < at) for number, other in enumerate(lower) if number != at]
            for beside, last in enumerate(upper):
                below = [other - last - (number < beside) for number, other in enumerate(upper) if number != beside]
                case = normalized([*kept, *above, *below, last - first])
                if case is not None:
                    found += self.total(_summed(summand, name, first, last), others, case)
        return found

    def _by_remainders(
        self,
        summand: Polynomial,
        name: str,
        names: Sequence[str],
        rows: Sequence[Affine],
        divided: Sequence[Affine],
    ) -> Fraction:
        """Return the sum over points whose other coordinates have each remainder, where the name is bounded by sums."""
        modulus = lcm(*(abs(row.factor(name)) for row in divided))
        beside = sorted({one for row in divided for one, _ in row.terms if one != name})
        found = Fraction(0)
        for remainders in product(range(modulus), repeat=len(beside)):
            self.left -= 1
            if self.left < 0:
                raise TooManyCases
            places = {one: index(one).times(modulus) + rest for one, rest in zip(beside, remainders, strict=True)}
            moved = summand
            for one, place in places.items():
                moved = _substituted(moved, one, place)
            found += self.total(moved, names, [row.at(places) for row in rows])
        return found


# Polynomials ----------------------------------------------------------------------------------------


def _of_sum(value: Affine) -> Polynomial:
    found: Polynomial = {((name, 1),): Fraction(factor) for name, factor in value.terms}
    if value.constant:
        found[()] = Fraction(value.constant)
    return found


def _times(one: Mapping[Monomial, Fraction], other: Mapping[Monomial, Fraction]) -> Polynomial:
    found: Polynomial = {}
    for left, factor in one.items():
        for right, more in other.items():
            powers = dict(left)
            for name, power in right:
                powers[name] = powers.get(name, 0) + power
            both = tuple(sorted(powers.items()))
            found[both] = found.get(both, Fraction(0)) + factor * more
    return found


def _plus(one: Mapping[Monomial, Fraction], other: Mapping[Monomial, Fraction]) -> Polynomial:
    found = dict(one)
    for both, factor in other.items():
        found[both] = found.get(both, Fraction(0)) + factor
    return {both: factor for both, factor in found.items() if factor}


def _by_powers(summand: Polynomial, name: str) -> dict[int, Polynomial]:
    """Return what each power of a name is multiplied by."""
    found: dict[int, Polynomial] = {}
    for both, factor in summand.items():
        powers = dict(both)
        power = powers.pop(name, 0)
        found.setdefault(power, {})[tuple(sorted(powers.items()))] = factor
    return found


def _at(factors: Sequence[Fraction], value: Polynomial) -> Polynomial:
    """Return a polynomial of one number, given by its factors from the constant on, of a polynomial."""
    found: Polynomial = {}
    for factor in reversed(factors):
        found = _plus(_times(found, value), {(): factor})
    return found


def _substituted(summand: Polynomial, name: str, value: Affine) -> Polynomial:
    place = _of_sum(value)
    found: Polynomial = {}
    for power, factor in _by_powers(summand, name).items():
        found = _plus(found, _times(factor, _at([*[Fraction(0)] * power, Fraction(1)], place)))
    return found


def _summed(summand: Polynomial, name: str, first: Affine, last: Affine) -> Polynomial:
    """Return the sum of a polynomial over the numbers of a name from one sum to another."""
    found: Polynomial = {}
    for power, factor in _by_powers(summand, name).items():
        sums = _power_sums(power)
        below = _at([-one for one in sums], _of_sum(first - 1))
        found = _plus(found, _times(factor, _plus(_at(sums, _of_sum(last)), below)))
    return found


@cache
def _power_sums(power: int) -> tuple[Fraction, ...]:
    """Return the factors of the polynomial of n that is the sum of `k**power` for k from 1 to n.

    >>> _power_sums(1)
    (Fraction(0, 1), Fraction(1, 2), Fraction(1, 2))
    """
    # (n+1)^(p+1) - 1 is the sum of all differences (k+1)^(p+1) - k^(p+1), which hold the lower powers.
    found = [Fraction(comb(power + 1, at)) for at in range(power + 2)]
    found[0] -= 1
    for lower in range(power):
        for at, factor in enumerate(_power_sums(lower)):
            found[at] -= comb(power + 1, lower) * factor
    return tuple(factor / (power + 1) for factor in found)
