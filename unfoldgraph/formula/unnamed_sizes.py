"""Sizes that have no name, and the arrays of zeros and of ones that have them.

A slice leaves `m-1` entries of a vector, `concat` makes `m+n` of two; neither is a size that the language has a name
for. Each is known here by what it follows from, so that the same one is found again, and an array of it can still be
written: `zeros(m)[1:m]`, `concat(ones(m), ones(n))`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from unfoldgraph.algebra.expression import Expr, Index, SizeArgument, SizeSum, Slice
from unfoldgraph.algebra.operators import FILLS
from unfoldgraph.algebra.shapes import Shape, Size, is_fresh

#: How a vector with no entries is written: what is left of one entry.
_NOTHING = Slice(Index("", 1), Index("", 1))
_ALL = Slice(None, None)


class UnnamedSizes:
    """The sizes without a name of one circuit's formulas.

    >>> extents = UnnamedSizes()
    >>> rest = extents.cut("m", Slice(Index("", 1), None))
    >>> rest == extents.cut("m", Slice(Index("", 1), None)), extents.may_be_empty((rest,))
    (True, True)
    """

    def __init__(self) -> None:
        self._sizes: dict[Hashable, str] = {}
        self._cuts: dict[str, tuple[Size, Slice]] = {}
        self._sums: dict[str, tuple[Size, ...]] = {}
        self._told: dict[str, SizeSum] = {}
        #: Vectors of one number, zeros and ones, by that number and their size.
        self._vectors: dict[tuple[int, str], Expr] = {}

    def cut(self, size: Size, item: Slice) -> Size:
        """Return how many entries a slice leaves of so many."""
        found, is_new = self._named(("cut", size, item))
        if is_new:
            self._cuts[found] = size, item
            for fill in FILLS:
                self._vectors[fill, found] = Expr("entry", (self._vector(fill, size),), (item,))
        return found

    def joined(self, sizes: Sequence[Size]) -> Size:
        """Return the sum of some sizes."""
        if len(sizes) == 1:
            return sizes[0]
        found, is_new = self._named(("joined", *sizes))
        if is_new:
            self._sums[found] = tuple(sizes)
            for fill in FILLS:
                self._vectors[fill, found] = Expr("concat", tuple(self._vector(fill, size) for size in sizes))
        return found

    def told(self, one: SizeArgument) -> Size:
        """Return a size that is an argument; a sum is one without a name."""
        if not isinstance(one, SizeSum):
            return one
        found, is_new = self._named(("told", one.form))
        if is_new:
            self._told[found] = one
            for fill in FILLS:
                self._vectors[fill, found] = Expr(FILLS[fill].name, (), (one,))
        return found

    def _named(self, what: Hashable) -> tuple[str, bool]:
        """Return the size that something makes, and whether it is a new one."""
        found = self._sizes.get(what)
        if found is not None:
            return found, False
        found = self._sizes[what] = f"? {len(self._sizes) + 1}"
        return found, True

    def cut_of(self, size: Size) -> tuple[Size, Slice] | None:
        """Return of how many entries a size is what a slice leaves; None for any other."""
        return self._cuts.get(str(size))

    def sum_of(self, size: Size) -> tuple[Size, ...] | None:
        """Return the sizes of which one is the sum; None for any other."""
        return self._sums.get(str(size))

    def told_as(self, size: Size) -> SizeSum | None:
        """Return the sum that one size was told as; None for any other."""
        return self._told.get(str(size))

    def may_be_empty(self, shape: Shape) -> bool:
        """Say whether an array of this shape may have no entries: a name stands for one or more."""
        return any(size == 0 or size in self._cuts or self._is_empty_sum(size) for size in shape)

    def _is_empty_sum(self, size: Size) -> bool:
        told = self._told.get(str(size))
        if told is not None:
            # With sizes from 1 it is the sum of all factors at least, where none is negative.
            factors = [factor for _, factor in told.form.terms]
            return min(factors) < 0 or sum(factors) + told.form.constant <= 0
        parts = self._sums.get(str(size))
        return parts is not None and all(part == 0 or is_fresh(part) for part in parts)

    def array(self, fill: int, shape: Shape) -> Expr | None:
        """Return the zeros or the ones of a shape; None where the language cannot write it."""
        if len(shape) == 1:
            return self._vector(fill, shape[0])
        if any(size in self._sums for size in shape):
            return self._by_parts(fill, shape)
        # Of an array of all entries, slice by slice, outermost last.
        slices: list[tuple[Slice, ...]] = []
        while any(size == 0 or size in self._cuts for size in shape):
            cuts = [(1, _NOTHING) if size == 0 else self._cuts.get(str(size), (size, _ALL)) for size in shape]
            shape = tuple(size for size, _ in cuts)
            slices.append(tuple(item for _, item in cuts))
            if any(size in self._sums for size in shape):
                return None
        found = Expr(FILLS[fill].name, (), tuple(self._told.get(str(size), size) for size in shape))
        for items in reversed(slices):
            found = Expr("entry", (found,), items)
        return found

    def _vector(self, fill: int, size: Size) -> Expr:
        operator = FILLS[fill].name
        if size == 0:
            return Expr("entry", (Expr(operator, (), (1,)),), (_NOTHING,))
        known = self._vectors.get((fill, str(size)))
        return Expr(operator, (), (size,)) if known is None else known

    def _by_parts(self, fill: int, shape: Shape) -> Expr | None:
        """Return an array one of whose sizes is a sum: a matrix is an outer product, a few matrices are stacked."""
        if len(shape) == 2:
            return Expr("outer", tuple(self._vector(fill, size) for size in shape))
        first, *rest = shape
        inner = self.array(fill, tuple(rest)) if len(shape) == 3 else None
        return Expr("stack", (inner,) * first) if inner is not None and isinstance(first, int) and first else None
