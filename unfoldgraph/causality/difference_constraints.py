"""Systems of difference constraints: whole numbers of which some differ from others by so much at least.

Every inequality is x - y ≥ c. Such a system is a graph, a solution is a set of longest paths (Bellman 1958; Cormen,
Leiserson, Rivest and Stein, section 22.4), and all its corners are whole numbers: so what follows from it is exact,
without a search. The places of an index, from 1 to a length that is not known, are such a system.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from itertools import product
from math import inf
from typing import NamedTuple


class Shifted(NamedTuple):
    """An unknown plus a number; unknown 0 is zero."""

    unknown: int
    offset: int = 0

    def plus(self, more: int) -> Shifted:
        """Return so much more."""
        return Shifted(self.unknown, self.offset + more)


ZERO = Shifted(0)


class Differences:
    """Unknown whole numbers and what is required of them.

    >>> system = Differences()
    >>> place, length = system.unknown(), system.unknown()
    >>> system.require(place, ZERO, 1)
    >>> system.require(length, place, 2)
    >>> system.least()
    [0, 1, 3]
    """

    def __init__(self) -> None:
        self.count = 1
        self._required: dict[tuple[int, int], int] = {}

    def unknown(self) -> Shifted:
        """Return a new unknown."""
        self.count += 1
        return Shifted(self.count - 1)

    def require(self, one: Shifted, other: Shifted, more: int = 0) -> None:
        """Require that one is at least the other plus some more."""
        pair = one.unknown, other.unknown
        bound = other.offset + more - one.offset
        self._required[pair] = max(bound, self._required.get(pair, bound))

    def equate(self, one: Shifted, other: Shifted) -> None:
        """Require that two are the same."""
        self.require(one, other)
        self.require(other, one)

    def least(self) -> list[int] | None:
        """Return the solution in which every unknown is as small as it can be; None where there is no solution.

        It needs every unknown to be bounded from below.
        """
        found: list[float] = [0, *[-inf] * (self.count - 1)]
        for _ in range(self.count + 1):
            moved = False
            for (one, other), bound in self._required.items():
                if found[other] + bound > found[one]:
                    found[one] = found[other] + bound
                    moved = True
            if found[0] > 0:
                return None
            if not moved:
                return [int(value) for value in found]
        return None

    def closed(self) -> Closed | None:
        """Return all that follows from what is required; None where there is no solution."""
        far: list[list[float]] = [[-inf] * self.count for _ in range(self.count)]
        for at, row in enumerate(far):
            row[at] = 0
        for (one, other), bound in self._required.items():
            far[one][other] = max(bound, far[one][other])
        for through, middle in enumerate(far):
            for row in far:
                by = row[through]
                if by > -inf:
                    for at, more in enumerate(middle):
                        if by + more > row[at]:
                            row[at] = by + more
        return None if any(row[at] > 0 for at, row in enumerate(far)) else Closed(far)


class Closed:
    """All that follows from a system of differences that has a solution."""

    def __init__(self, far: list[list[float]]) -> None:
        self.far = far

    def range(self, one: Shifted, other: Shifted = ZERO) -> tuple[float, float]:
        """Return the least and the greatest amount by which one exceeds the other; infinite where there is none."""
        by = one.offset - other.offset
        return self.far[one.unknown][other.unknown] + by, by - self.far[other.unknown][one.unknown]

    def corners(self) -> Iterator[tuple[int, ...]]:
        """Yield the values of all unknowns at every corner of the solutions: where enough of the bounds are met."""
        count = len(self.far)
        waiting: list[dict[int, int]] = [{0: 0}]
        seen: set[frozenset[tuple[int, int]]] = set()
        while waiting:
            known = waiting.pop()
            if len(known) == count:
                yield tuple(known[unknown] for unknown in range(count))
                continue
            for one, other in product(range(count), known):
                if one in known:
                    continue
                for bound in (self.far[one][other], -self.far[other][one]):
                    if abs(bound) == inf:
                        continue
                    value = known[other] + int(bound)
                    if all(
                        value - its >= self.far[one][at] and its - value >= self.far[at][one]
                        for at, its in known.items()
                    ):
                        more = {**known, one: value}
                        key = frozenset(more.items())
                        if key not in seen:
                            seen.add(key)
                            waiting.append(more)

    def rising(self) -> Iterator[frozenset[int]]:
        """Yield the sets of unknowns that may grow together without end, all others staying: the rays of solutions.

        It needs every unknown to be bounded from below.
        """
        unknowns = range(1, len(self.far))
        for chosen in product((False, True), repeat=len(unknowns)):
            some = {unknown for unknown, is_in in zip(unknowns, chosen, strict=True) if is_in}
            if some and all(
                one in some
                for one, row in enumerate(self.far)
                for other, bound in enumerate(row)
                if other in some and bound > -inf
            ):
                yield frozenset(some)


def raised(value: float, taken: Container[float], step: int = 1) -> float:
    """Return the first number from a value on, in steps of 1 or -1, that is not taken.

    >>> raised(3, {3, 4, 6}), raised(3, {3, 2}, -1)
    (5, 1)
    """
    while value in taken:
        value += step
    return value
