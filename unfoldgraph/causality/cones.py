"""Cones of vectors, by the inequalities that hold for them and by the vectors that generate them.

From one of the two descriptions follows the other: the double description method (Motzkin, Raiffa, Thompson and Thrall
1953; Chernikova 1965; Fukuda and Prodon 1996), in whole numbers. A polyhedron is a cone with one entry more, the first,
by which the others are divided.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import gcd
from operator import mul

from unfoldgraph.causality.cycles import Vector
from unfoldgraph.causality.integer_program import Effort


class Cone:
    """The vectors v with row · v ≥ 0 for each row added: what `lines`, both ways, and `rays` generate.

    The rays are the extreme ones, up to multiples of lines.

    >>> quarter = Cone(2, Effort())
    >>> quarter.add((1, -1))
    >>> quarter.rays, quarter.lines
    ([(1, 0)], [(1, 1)])
    >>> quarter.add((0, 1))
    >>> quarter.rays, quarter.lines
    ([(1, 0), (1, 1)], [])
    """

    def __init__(self, size: int, effort: Effort) -> None:
        self.effort = effort
        self.lines: list[Vector] = [tuple(int(at == one) for at in range(size)) for one in range(size)]
        self.rows: list[Vector] = []
        # With each ray, as the bits of a number, which rows are zero on it.
        self._rays: list[tuple[Vector, int]] = []

    @property
    def rays(self) -> list[Vector]:
        """The extreme rays, as the shortest vectors of whole numbers."""
        return [ray for ray, _ in self._rays]

    def copy(self) -> Cone:
        """Return the same, to be narrowed by itself."""
        other = Cone(0, self.effort)
        other.lines, other.rows, other._rays = list(self.lines), list(self.rows), list(self._rays)
        return other

    def equations(self) -> list[Vector]:
        """Return the rows that are zero on all of it."""
        shared = (1 << len(self.rows)) - 1
        for _, tight in self._rays:
            shared &= tight
        return [row for at, row in enumerate(self.rows) if shared >> at & 1]

    def add(self, row: Sequence[int]) -> None:
        """Narrow it to the vectors with row · v ≥ 0."""
        bit = 1 << len(self.rows)
        self.rows.append(tuple(row))
        self.effort.spend((len(self.lines) + len(self._rays)) * len(row))
        across = next(((at, by) for at, line in enumerate(self.lines) if (by := sum(map(mul, row, line)))), None)
        if across is None:
            self._split(row, bit)
            return
        at, by = across
        line = self.lines.pop(at)
        if by < 0:
            line, by = tuple(-entry for entry in line), -by
        self.lines = [_combined(other, by, line, -sum(map(mul, row, other))) for other in self.lines]
        # Along the line every ray is moved to where the row is zero; all rows before are zero on the line.
        self._rays = [(_combined(ray, by, line, -sum(map(mul, row, ray))), tight | bit) for ray, tight in self._rays]
        self._rays.append((line, bit - 1))

    def _split(self, row: Sequence[int], bit: int) -> None:
        """Keep the rays on one side of a row, and where it crosses what two of them span."""
        kept: list[tuple[Vector, int]] = []
        inside, outside = [], []
        for ray, tight in self._rays:
            by = sum(map(mul, row, ray))
            if by > 0:
                inside.append((ray, tight, by))
                kept.append((ray, tight))
            elif by < 0:
                outside.append((ray, tight, -by))
            else:
                kept.append((ray, tight | bit))
        if outside:
            masks = [tight for _, tight in self._rays]
            for one, tight_one, by_one in inside:
                for other, tight_other, by_other in outside:
                    shared = tight_one & tight_other
                    self.effort.spend(len(masks))
                    # Two rays are neighbours where no third lies on all the rows that they both lie on.
                    if sum(mask & shared == shared for mask in masks) == 2:
                        kept.append((_combined(one, by_other, other, by_one), shared | bit))
        self._rays = kept


def dual(rays: Iterable[Sequence[int]], lines: Iterable[Sequence[int]], size: int, effort: Effort) -> Cone:
    """Return the rows of the cone that vectors generate, as a cone: its rays are inequalities, its lines equations.

    >>> found = dual([(1, 0), (1, 1), (2, 1)], [], 2, Effort())
    >>> found.rays, found.lines
    ([(1, -1), (0, 1)], [])
    """
    found = Cone(size, effort)
    for line in lines:
        found.add(line)
        found.add([-entry for entry in line])
    for ray in rays:
        found.add(ray)
    return found


def primitive(vector: Sequence[int]) -> Vector:
    """Return the shortest vector of whole numbers in a direction.

    >>> primitive((4, -6))
    (2, -3)
    """
    shared = gcd(*vector)
    return tuple(vector) if shared <= 1 else tuple(entry // shared for entry in vector)


def _combined(one: Vector, by: int, other: Vector, more: int) -> Vector:
    return primitive([by * a + more * b for a, b in zip(one, other, strict=True)])
