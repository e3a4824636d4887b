"""What is read on each axis, and so how long the axes are that only inputs have.

They are as long as they are read, where nothing else tells it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from unfoldgraph.algebra.expression import Index, postorder
from unfoldgraph.algebra.operators import is_reduction
from unfoldgraph.base.affine import Affine, axis_of_length, end_name, length
from unfoldgraph.model.equations import Model, Read, Statement
from unfoldgraph.unfolding.graph import UnfoldedGraph

__all__ = ["ReadOn", "is_read_beyond", "lengths_as_read", "lengths_used", "read_ahead", "reads_on"]


class ReadOn(NamedTuple):
    """A place of a read, and the axis that it is on."""

    statement: Statement
    read: Read
    at: Index
    axis: str

    @property
    def is_bounded(self) -> bool:
        """Whether all indices that it binds lie between two sums."""
        return all(one.ends for one in self.read.within)


def reads_on(model: Model, statements: Sequence[Statement]) -> Iterator[ReadOn]:
    """Yield each place of each read of some statements."""
    for statement in statements:
        for read in statement.reads:
            for at, axis in zip(read.index, model.axes_of(read.name), strict=True):
                yield ReadOn(statement, read, at, axis)


def lengths_used(model: Model, statements: Sequence[Statement]) -> set[str]:
    """Return the axes whose lengths, or whose ends, stand in statements."""
    found: set[str] = set()
    for statement in statements:
        own = model.axes_of(statement.name)
        found.update(axis for at, axis in zip(statement.index, own, strict=True) if at.base == "end")
        # That it stands up to the end makes no difference to a place before it.
        sums = [end for one in statement.ranges for end in one.ends if end != length(one.name)]
        sums += [row for read in statement.reads for row in read.guard]
        for one in reads_on(model, [statement]):
            sums += [] if one.at.form is None else [one.at.form]
            if one.at.bound or one.at.base == "end" or (one.at.form is not None and one.at.form.factor(end_name())):
                found.add(one.axis)
        for node in postorder([statement.value]):
            if node.operator == "length":
                found.add(node.data)
            elif is_reduction(node):
                (binding,) = node.data
                found.update([] if binding.ends else [binding.axis])
                sums += binding.ends
        found.update(axis for one in sums for axis in _lengths_in(one))
    return found


def read_ahead(model: Model, statements: Sequence[Statement]) -> dict[str, list[ReadOn]]:
    """Return the reads on axes that only inputs have, whose lengths and ends nothing uses, as far as they are bounded.

    How long such an axis is makes no difference, if it is as long as it is read.
    """
    used = {model.length_of[axis] for axis in lengths_used(model, statements)}
    used |= {model.length_of[axis] for axes in model.signals.values() for axis in axes}
    found: dict[str, list[ReadOn]] = {}
    for one in reads_on(model, statements):
        if not one.is_bounded:
            used.add(model.length_of[one.axis])
        found.setdefault(model.length_of[one.axis], []).append(one)
    return {axis: reads for axis, reads in found.items() if axis not in used}


def lengths_as_read(unfolding: UnfoldedGraph, ahead: Mapping[str, Sequence[ReadOn]]) -> dict[str, int]:
    """Return the lengths of an unfolded circuit, those of some axes as far as they are read.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> model = read("x(n) : (); y(m) = x(2*m-1) + x(2*m)")
    >>> unfolding = UnfoldedGraph(model, {"n": 0, "m": 3})
    >>> lengths_as_read(unfolding, read_ahead(model, model.statements))
    {'n': 6, 'm': 3}
    """
    told = {axis: _farthest(unfolding, reads) for axis, reads in ahead.items()}
    return {axis: told.get(unfolding.model.length_of[axis], own) for axis, own in unfolding.lengths.items()}


def is_read_beyond(unfolding: UnfoldedGraph, axis: str, reads: Sequence[ReadOn]) -> bool:
    """Say whether some reads on an axis may lie beyond its end."""
    return not all(one.is_bounded for one in reads) or _farthest(unfolding, reads) > unfolding.lengths[axis]


def _farthest(unfolding: UnfoldedGraph, reads: Sequence[ReadOn]) -> int:
    """Return the greatest place that some reads may have, 0 at least."""
    found = 0
    for statement, read, at, axis in reads:
        bounds = unfolding.bounds(statement)
        if bounds is None:
            continue
        sides = {one.base: side for one, side in zip(statement.index, bounds, strict=True) if one.moves}
        for binding in read.within:
            first, last = (end.at(unfolding.known) for end in binding.ends)
            sides[binding.name] = first.least(sides), last.greatest(sides)
        found = max(found, at.sum_on(axis).at(unfolding.known).greatest(sides))
    return found


def _lengths_in(form: Affine) -> Iterator[str]:
    """Yield the axes whose lengths a sum goes by."""
    yield from (axis_of_length(name) for name, _ in form.terms if axis_of_length(name))
