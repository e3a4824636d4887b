"""Small integer programs, solved exactly: the smallest whole numbers that satisfy given inequalities.

The variables are few, the numbers may be large, and a rounding error would be a wrong answer; so there are no
floats. The method is the dual simplex of Feautrier's parametric integer programming (1988): every quantity is
kept as an integer row over one common denominator, the objective is a lexicographic one, which makes each pivot
the only possible one and cycling impossible, and fractions are cut away by Gomory's cuts (1963).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import gcd

from unfoldgraph.base.limits import CUT_MOVES, SCHEDULE_MOVES

Row = tuple[Sequence[int], int]
"""Coefficients and a bound: coefficients · x ≥ bound."""


class Impossible(Exception):
    """No vector satisfies the rows; `rows` are the numbers of some whose positive combination is 0 ≥ 1."""

    def __init__(self, rows: Iterable[int]) -> None:
        super().__init__("no vector satisfies all rows")
        self.rows = tuple(sorted(rows))


class OutOfEffort(Exception):
    """A search took more moves than its limit."""


class Effort:
    """How many moves, all searches together, are left."""

    def __init__(self, moves: int = SCHEDULE_MOVES) -> None:
        self.moves = moves

    def spend(self, moves: int) -> None:
        """Take moves away, or raise `OutOfEffort`."""
        self.moves -= moves
        if self.moves < 0:
            raise OutOfEffort


def smallest(count: int, rows: Sequence[Row], effort: Effort) -> tuple[int, ...]:
    """Return the integer vector x with coefficients · x ≥ bound on every row and the smallest Σ|x|.

    No bound is negative. Of several vectors it is the first in lexicographic order. Raises `Impossible` with a
    conflict among the rows. Where the search for whole numbers takes long it returns the smallest vector of fractions
    times their denominator.

    >>> smallest(2, [((2, 1), 1), ((-1, 1), 1)], Effort())
    (0, 1)
    >>> smallest(1, [((2,), 1), ((3,), 0), ((-5,), 1)], Effort())
    Traceback (most recent call last):
    unfoldgraph.causality.integer_program.Impossible: no vector satisfies all rows
    """
    table = _Tableau(count, effort)
    for coefficients, bound in rows:
        table.add(coefficients, bound)
    table.settle()
    # The bounds are not negative, so a multiple of a solution is a solution too.
    whole = [row[0] for row in table.rows[1 : count + 1]]
    shared = gcd(table.scale, *whole)
    multiple = tuple(number // shared for number in whole)
    allowance = table.effort = Effort(min(CUT_MOVES, effort.moves))
    before = allowance.moves
    try:
        while table.cut():
            table.settle()
    except OutOfEffort:
        return multiple
    finally:
        effort.spend(min(before, before - allowance.moves))
    return tuple(row[0] // table.scale for row in table.rows[1 : count + 1])


def least(count: int, rows: Sequence[Row], effort: Effort) -> tuple[Fraction, ...]:
    """Return the vector x with coefficients · x ≥ bound on every row and the smallest |first entry|, fractions and all.

    Of several it is one with the smallest Σ|x|. Raises `Impossible` and `OutOfEffort`.

    >>> least(2, [((1, -3), 0), ((0, 2), 1)], Effort())
    (Fraction(3, 2), Fraction(1, 2))
    """
    table = _Tableau(count, effort)
    for coefficients, bound in rows:
        table.add(coefficients, bound)
    # The first entry is never negative where it is least, so its absolute value tells it.
    table.rows[1] = table.rows[0]
    table.rows[0] = [0, *(int(at % count == 0) for at in range(2 * count))]
    table.settle()
    return tuple(Fraction(row[0], table.scale) for row in (table.rows[0], *table.rows[2 : count + 1]))


def solution(costs: Sequence[int], rows: Sequence[Row], effort: Effort) -> tuple[int, ...] | None:
    """Return the integer vector x with coefficients · x ≥ bound on every row and the smallest Σ cost·|x|.

    Of several it is the first in lexicographic order; None where there is none. The bounds are any numbers here, the
    costs positive. Raises `OutOfEffort`.

    >>> solution([1, 1], [((3, -2), 1), ((-3, 2), -1), ((1, 0), -5)], Effort())
    (1, 1)
    >>> solution([1, 1], [((2, -2), 1), ((-2, 2), -1)], Effort(10_000)) is None
    True
    """
    table = _Tableau(len(costs), effort)
    table.rows[0] = [0, *costs, *costs]
    for coefficients, bound in rows:
        shared = gcd(*coefficients) or 1
        table.add([entry // shared for entry in coefficients], -(-bound // shared))
    try:
        table.settle()
        while table.cut():
            table.settle()
    except Impossible:
        return None
    return tuple(row[0] // table.scale for row in table.rows[1 : len(costs) + 1])


class _Tableau:
    """Quantities as affine functions of those variables that are now zero, all over one denominator.

    A row is [constant, coefficient of the first such variable, …]. The rows are Σ|x|, then the x, then what may
    not be negative: the two halves of each x = up − down, the slack of each inequality, the slack of each cut.
    Each column is lexicographically positive: so the constants are the smallest ones in that order.
    """

    def __init__(self, count: int, effort: Effort) -> None:
        self.count = count
        self.effort = effort
        self.scale = 1
        unit = [[int(at == number) for at in range(1, 2 * count + 1)] for number in range(1, 2 * count + 1)]
        halves = [[0, *row] for row in unit]
        differences = [
            [up - down for up, down in zip(halves[at], halves[at + count], strict=True)] for at in range(count)
        ]
        self.rows = [[0, *[1] * (2 * count)], *differences, *halves]
        self.first_slack = len(self.rows)
        # Which row each column stands for, from column 1 on.
        self.zero = list(range(count + 1, self.first_slack))

    def add(self, coefficients: Sequence[int], bound: int) -> None:
        """Add an inequality; only before the first pivot."""
        self.rows.append([-bound, *coefficients, *(-number for number in coefficients)])

    def cut(self) -> bool:
        """Add Gomory's cut for the first quantity that is no whole number; say whether there was one."""
        for row in self.rows[1 : self.count + 1]:
            if row[0] % self.scale:
                constant, *coefficients = row
                self.rows.append([-(-constant % self.scale), *(number % self.scale for number in coefficients)])
                return True
        return False

    def settle(self) -> None:
        """Make the constants of all slacks non-negative, or raise `Impossible`."""
        while True:
            constant, leaving = min(
                ((row[0], at) for at, row in enumerate(self.rows) if at > self.count), default=(0, 0)
            )
            if constant >= 0:
                return
            row = self.rows[leaving]
            entering = [at for at in range(1, len(row)) if row[at] > 0]
            if not entering:
                conflict = [leaving, *(self.zero[at - 1] for at in range(1, len(row)) if row[at] < 0)]
                raise Impossible(at - self.first_slack for at in conflict)
            self._pivot(leaving, self._first(entering, row))

    def _first(self, columns: Sequence[int], pivots: Sequence[int]) -> int:
        """Return the column that is lexicographically the smallest when divided by its pivot."""
        best, *others = columns
        for other in others:
            for row in self.rows:
                difference = row[other] * pivots[best] - row[best] * pivots[other]
                if difference:
                    if difference < 0:
                        best = other
                    break
        return best

    def _pivot(self, leaving: int, column: int) -> None:
        """Let a row be zero and the variable of a column be what follows from it (Bareiss: divisions are exact)."""
        self.effort.spend(len(self.rows) * len(self.rows[0]))
        source = self.rows[leaving]
        pivot = source[column]
        old = self.scale
        for number, row in enumerate(self.rows):
            factor = row[column]
            if factor:
                fresh = [(one * pivot - factor * other) // old for one, other in zip(row, source, strict=True)]
                fresh[column] = factor
            elif pivot != old:
                fresh = [one * pivot // old for one in row]
            else:
                continue
            self.rows[number] = fresh
        self.scale = pivot
        self.zero[column - 1] = leaving


class LinearSpan:
    """A space of vectors, grown by one vector at a time; an exact test of what lies in it.

    >>> plane = LinearSpan([(1, 0, 2), (0, 1, 0)])
    >>> (2, 3, 4) in plane, (0, 0, 1) in plane
    (True, False)
    """

    def __init__(self, vectors: Iterable[Sequence[int]] = ()) -> None:
        self._steps: list[tuple[int, Sequence[int]]] = []
        for vector in vectors:
            self.add(vector)

    def add(self, vector: Sequence[int]) -> None:
        """Take in a vector and all its combinations with those before."""
        rest = self._rest(vector)
        lead = next((at for at, number in enumerate(rest) if number), None)
        if lead is not None:
            shared = gcd(*rest)
            self._steps.append((lead, [number // shared for number in rest]))

    def __contains__(self, vector: Sequence[int]) -> bool:
        return not any(self._rest(vector))

    @property
    def dimension(self) -> int:
        """How many vectors it takes to span it."""
        return len(self._steps)

    def _rest(self, vector: Sequence[int]) -> Sequence[int]:
        """Return what elimination leaves of a vector."""
        for lead, step in self._steps:
            if vector[lead]:
                mine, its = vector[lead], step[lead]
                vector = [number * its - mine * other for number, other in zip(vector, step, strict=True)]
        return vector
