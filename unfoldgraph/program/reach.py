"""How far sums of indices reach where a statement stands: the least and the greatest place that a read may have.

What is found holds for all lengths and sizes. It need not be the nearest bound where a range is empty for some of the
indices around it; whoever asks takes what is not known to be inside for what may be outside.
"""

from __future__ import annotations

from collections.abc import Mapping

from unfoldgraph.algebra.expression import Index, postorder
from unfoldgraph.algebra.operators import is_reduction
from unfoldgraph.base.affine import Affine, axis_of_length, index, is_size, length, size, whole
from unfoldgraph.model.equations import FreeBoundary, Model, Statement
from unfoldgraph.program.ir import is_natural, least_in

Reached = int | Affine
"""How many places off an edge: a number, or a sum of sizes and lengths."""


class Domain:
    """The places of a statement, and what its reductions bind.

    Attributes
    ----------
    ranges : the first and the last number of each index, in an order in which their ends mention only earlier ones.

    Examples
    --------
    >>> from unfoldgraph.base.affine import size
    >>> from unfoldgraph.language.text import read
    >>> model = read("b : M; x(n) : (); y(n) = sum(b[k] * x(n-k) for k in 0..M-1)")
    >>> domain = Domain(model, model.statements[0])
    >>> domain.least(index("n") - index("k")) == whole(2) - size("M")
    True
    """

    def __init__(self, model: Model, statement: Statement) -> None:
        self.model = model
        own = {one.name: one.ends for one in statement.ranges}
        self.ranges: dict[str, tuple[Affine, Affine]] = {}
        waiting = list(statement.axes)
        while waiting:
            for axis in waiting:
                first, last = own.get(axis, (whole(1), length(axis)))
                if not any(end.factor(other) for end in (first, last) for other in waiting):
                    self.ranges[axis] = self.at_lengths(first), self.at_lengths(last)
            waiting = [axis for axis in waiting if axis not in self.ranges]
        for node in reversed([*postorder([statement.value])]):
            if is_reduction(node):
                (binding,) = node.data
                ends = binding.ends or (whole(1), length(binding.axis))
                self.ranges[binding.name] = self.at_lengths(ends[0]), self.at_lengths(ends[1])
        #: Whether it may have places off the end of an axis, however long that is.
        self.may_stand_off = any(last != length(axis) for axis, (_, last) in own.items())
        #: The axes that have a place where the statement has one.
        self.with_steps = frozenset(model.length_of[axis] for axis in statement.axes if axis not in own)

    def at_lengths(self, form: Affine) -> Affine:
        """Return a sum in which axes that share a length go by the first of them."""
        axes = [axis_of_length(name) for name, _ in form.terms]
        shared = {
            name: length(self.model.length_of[axis]) for (name, _), axis in zip(form.terms, axes, strict=True) if axis
        }
        return form.at(shared)

    def place(self, at: Index, axis: str) -> Affine:
        """Return a place on an axis as a sum, counted from 1."""
        return self.at_lengths(at.sum_on(axis))

    def least(self, form: Affine) -> Affine:
        """Return what a sum is not below, in lengths and sizes."""
        return least_in(form, self.ranges)

    def greatest(self, form: Affine) -> Affine:
        """Return what a sum is not above, in lengths and sizes."""
        return self.least(form.times(-1)).times(-1)

    def is_natural(self, form: Affine, is_alone: bool = False) -> bool:
        """Say whether a sum of lengths and sizes is 0 or more for certain, where the statement has a place.

        What is alone is looked at even where it has none.
        """
        return all(factor > 0 for _, factor in form.terms) and form.number(self._smallest(form, is_alone)) >= 0

    def never_below(self, form: Affine) -> bool:
        """Say whether a sum of indices is 0 or more wherever the statement stands."""
        return self.is_natural(self.least(form))

    def is_inside(self, place: Affine, first: Affine, last: Affine) -> bool:
        """Say whether a place lies between two others whenever it is looked at."""
        is_alone = self._is_alone(place)
        return all(self.is_natural(self.least(side), is_alone) for side in (place - first, last - place))

    def _is_alone(self, place: Affine) -> bool:
        """Say whether a place hangs on no place of the statement, so that it is looked at even where there is none."""
        return not any(place.factor(axis) for axis in self.ranges if axis in self.model.axes)

    def is_on_axis(self, axis: str) -> bool:
        """Say whether an axis is one of the statement, all of whose places lie from 1 to its end."""
        if axis not in self.ranges:
            return False
        last = length(self.model.length_of[axis])
        return self.never_below(index(axis) - 1) and self.never_below(last - index(axis))

    def off_edges(self, form: Affine, axis: str, with_lengths: bool = False) -> tuple[Reached, Reached] | None:
        """Return how far a place that is counted from 1 may lie before the first place and after the last of an axis.

        None where only lengths would tell, but for `with_lengths`, or sizes that may make it less than nothing.
        """
        last = length(self.model.length_of[axis])
        is_alone = self._is_alone(form)
        before = self._most(whole(1) - self.least(form), with_lengths, is_alone)
        after = self._most(self.greatest(form) - last, with_lengths, is_alone)
        return None if before is None or after is None else (before, after)

    def _most(self, form: Affine, with_lengths: bool, is_alone: bool) -> Reached | None:
        """Return the greatest that a sum may be, or nothing where that is less; None where it is not known."""
        smallest = self._smallest(form, is_alone)
        found = whole(form.constant)
        for name, factor in form.terms:
            found += Affine(((name, factor),)) if factor > 0 else whole(factor * smallest[name])
        if not found.terms:
            return max(0, found.constant)
        if not with_lengths and not all(is_size(name) for name, _ in found.terms):
            return None
        # Room is made where an axis has no place as well.
        if self.is_natural(found, True):
            return found
        # Where it is needed anyway, there may be more than enough.
        least = found.number(self._smallest(found, True))
        return found - least if with_lengths else None

    def _smallest(self, form: Affine, is_alone: bool) -> Mapping[str, int]:
        known = frozenset[str]() if is_alone else self.with_steps
        return {name: int(is_size(name) or axis_of_length(name) in known) for name, _ in form.terms}


def farther(one: Reached, other: Reached) -> Reached:
    """Return as many places as either asks for, where sizes are 1 or more.

    >>> from unfoldgraph.base.affine import size
    >>> farther(2, 3), farther(1, size("M")) == size("M")
    (3, True)
    """
    if isinstance(one, int) and isinstance(other, int):
        return max(one, other)
    one, other = (whole(at) if isinstance(at, int) else at for at in (one, other))
    for more, less in ((one, other), (other, one)):
        if is_natural(more - less):
            return more
    return one + other


def first_of(boundary: FreeBoundary) -> Affine:
    """Return the first place that the caller gives, where sizes tell it.

    Where several tell it, of which none always bounds the others, their number is a size of its own.
    """
    for one in boundary.firsts:
        if all(is_natural(other - one) for other in boundary.firsts):
            return one
    return whole(1) - size(places_of(boundary))


def places_of(boundary: FreeBoundary) -> str:
    """Return what the number of the places that the caller gives is called, as no size of a circuit is."""
    return f"{boundary.argument} places"


def count_of(boundary: FreeBoundary) -> int | Affine:
    """Return how many places the caller gives.

    >>> from unfoldgraph.base.affine import size
    >>> count_of(FreeBoundary("x", "x0", (), (whole(2) - size("M"),))) == size("M") - 1
    True
    """
    return whole(1) - first_of(boundary) if boundary.firsts else boundary.count
