"""Of what is read over a range, the place that matters for how deep a graph is: the nearest one.

Where each place of a signal reads the one before it, no place before is as deep. So of `sum(y(s) for s in 1..t-1)` the
longest paths go through y(t-1), and a circuit with that read alone, which powers know, is as deep.
"""

from __future__ import annotations

from dataclasses import replace

from unfoldgraph.algebra.expression import indexed
from unfoldgraph.base import boxes, cut_boxes
from unfoldgraph.base.affine import Affine, end_here, end_name, index, length_name, whole
from unfoldgraph.base.cut_boxes import CutBox
from unfoldgraph.base.lattice_points import TooManyCases, count_points, projected
from unfoldgraph.model.equations import Read, Statement
from unfoldgraph.unfolding.graph import UnfoldedGraph


def with_nearest(unfolding: UnfoldedGraph) -> UnfoldedGraph | None:
    """Return a graph with fewer edges that is as deep, in which each read is plain; None where none is known.

    Every name runs over one axis at most.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> graph = UnfoldedGraph(read("y(t) = x(t) + sum(y(s) for s in 1..t-1)"), {"t": 10**12})
    >>> found = with_nearest(graph)
    >>> graph.edges.size, found.edges.size if found else None
    (500000000000500000000000, 1999999999999)
    """
    return next((found for way in (1, -1) if (found := _with_nearest(unfolding, way)) is not None), None)


def _with_nearest(unfolding: UnfoldedGraph, usual: int) -> UnfoldedGraph | None:
    """Return the graph; of ranges that do not move with their reader the last place is taken, or with -1 the first."""
    statements = []
    ways: dict[tuple[str, int], None] = {}
    for statement in unfolding.model.statements:
        reads = []
        for read in statement.reads:
            if all(one.numbers is not None for one in read.within):
                # What is plain, or is written out.
                reads.append(read)
                continue
            found = _nearest(unfolding, statement, read, usual)
            if found is None:
                return None
            reads.append(found[0])
            if any(one.name == read.name for one in unfolding.model.statements):
                ways[read.name, found[1]] = None
        statements.append(replace(statement, reads=tuple(dict.fromkeys(reads))))
    model = replace(unfolding.model, statements=tuple(statements))
    plain = type(unfolding)(model, unfolding.lengths, unfolding.sizes).plain
    return plain if plain is not None and all(_rises(plain, name, way) for name, way in ways) else None


def _nearest(unfolding: UnfoldedGraph, statement: Statement, read: Read, usual: int) -> tuple[Read, int] | None:
    """Return the read of the last place of a range, with 1, or of the first, with -1; None where neither tells all.

    It is the one for which there is a node wherever there is one for any place of the range.
    """
    if len(read.within) != 1 or read.guard or read.when or len(read.index) != 1:
        return None
    (at,), (binding,), axes = read.index, read.within, unfolding.axes_of[read.name]
    if at.form is None or not binding.ends or abs(at.form.factor(binding.name)) != 1:
        return None
    first, last = binding.ends
    ends = [at.form.at({binding.name: end}) for end in (first, last)]
    if at.form.factor(binding.name) < 0:
        ends.reverse()
    model = unfolding.model
    alike = {axis: own for axis, own in model.length_of.items() if own == model.length_of[axes[0]]}
    here = [indexed(end.at({length_name(axis): end_here() for axis in alike})) for end in ends]
    count = _readers(unfolding, statement, read, at.form, [index(binding.name) - first, last - index(binding.name)])
    for way in sorted((1, -1), key=lambda way: (not here[way > 0].moves, way != usual)):
        one, place = here[way > 0], ends[way > 0]
        if one.moves and one.base not in alike:
            # A plain read by another axis has the length of that.
            continue
        if one.is_plain and count == _readers(unfolding, statement, read, place, [last - first]):
            kind = "delay" if one.moves else "end" if one.base == "end" else "fixed"
            return Read(read.name, (one,), kind, (), (last - first,)), way
    return None


def _readers(
    unfolding: UnfoldedGraph, statement: Statement, read: Read, place: Affine, rows: list[Affine]
) -> int | None:
    """Return at how many places a statement reads a node, where a place is some sum; None where that is not counted."""
    own, (axis,) = unfolding.axes_of[statement.name], unfolding.axes_of[read.name]
    sums = [row.at(unfolding.known) for row in rows]
    where = place.at({end_name(): whole(unfolding.lengths[axis])}).at(unfolding.known)
    bound = [one.name for one in read.within]
    total = 0
    for exists in unfolding.pieces(read.name):
        ((low, high),) = exists.box
        for piece in unfolding.pieces_given(statement):
            left = projected([*piece.all_rows(own), *sums, where - low, whole(high) - where], bound)
            if left is None:
                return None
            try:
                total += count_points(own, left)
            except TooManyCases:
                return None
    return total


def _rises(unfolding: UnfoldedGraph, name: str, way: int) -> bool:
    """Say whether each place of a signal but the first reads the one before it; with -1, the one after it."""
    own = boxes.union(piece.box for piece in unfolding.pieces(name))
    axes = unfolding.axes_of[name]
    if len(own) != 1:
        return not own
    ((first, last),) = own[0]
    reading: list[CutBox] = []
    for statement in unfolding.model.statements:
        if statement.name == name and any(
            one.name == name and one.index[0].moves and one.index[0].offset == -way for one in statement.reads
        ):
            reading += unfolding.pieces_given(statement)
    inside = CutBox(((first + 1, last),) if way > 0 else ((first, last - 1),))
    met = [cut_boxes.intersect(piece, inside, axes) for piece in reading]
    return boxes.volume(piece.box for piece in met if piece is not None) == last - first
