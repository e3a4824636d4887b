"""The reads of a statement as edges of the circuit, and what the circuit says of those that are no plain ones.

Each term of a short range between two numbers is an edge by itself, as in a time-delay network. Any other range is one
edge, however long it is, and so is a place that is a sum or computed: which steps they join only lengths tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import NamedTuple

from unfoldgraph.algebra import expression
from unfoldgraph.algebra.expression import BY_VALUE, Binding, Expr, Index
from unfoldgraph.algebra.latex import Ends, latex_pieces, place_pieces, sum_pieces
from unfoldgraph.algebra.notation import index_text, place_text, printed, sum_text, text
from unfoldgraph.algebra.pieces import LISTED, Pieces, between, sign
from unfoldgraph.base.affine import Affine, index, is_index, is_size, length, whole
from unfoldgraph.drawing.graphs.rolled import Left, Reach, by_axis
from unfoldgraph.model.equations import Model, Read, Statement
from unfoldgraph.model.regions import written_out

__all__ = ["DrawnRead", "drawn_reads", "left_of"]

# So many terms of a range between two numbers are edges by themselves: all neighbours of a place in a plane.
_TERMS = 9
# So many terms of ranges that do not say where it reads are looked at.
_OTHER_TERMS = 64
# So many stretches that a read runs over are told one by one.
_ALTERNATIVES = 3
_UNTIL = sign(r"\ldots")


@dataclass(frozen=True, slots=True)
class DrawnRead:
    """A read, or a term of one over a range, that is one edge of the circuit.

    Attributes
    ----------
    name, kind : What is read, and how.
    index : Where, as far as that is plain.
    delay : One integer per axis of the circuit.
    node : The read as it stands in the right side.
    numbers : What the indices of ranges are in this term.
    reads : What only lengths and sizes say of it, see `rolled.Link`.
    reach : See `rolled.Link`.
    """

    name: str
    kind: str
    index: tuple[Index, ...]
    delay: tuple[int, ...]
    node: Expr
    numbers: Mapping[str, int]
    reads: tuple[Read, ...]
    reach: Reach | None

    @property
    def is_delayed(self) -> bool:
        """Whether its edge passes through a black square."""
        return any(self.delay) or (self.reach is not None and self.reach.is_delayed)


def left_of(statement: Statement) -> Left:
    """Return the left side of a statement.

    >>> from unfoldgraph.language.text import read
    >>> [left_of(one).is_usual for one in read("c(i, j) = c(i, j-1) for j in i+1..end; c(i, i) = 0").statements]
    [True, False]
    """
    written = statement.written_index
    return Left(statement.index, statement.ranges, () if written == statement.index else written)


def drawn_reads(model: Model, statement: Statement, notation: str = "book") -> Iterator[DrawnRead]:
    """Yield what a statement reads, in the order written.

    >>> from unfoldgraph.language.text import read
    >>> model = read("b : M; y[n] = sum(a[k]*y[n-k] for k in 1..2) + sum(b[k]*x[n-k] for k in 0..M-1)")
    >>> [(one.delay, one.reach and one.reach.text) for one in drawn_reads(model, model.statements[0])]
    [((1,), None), ((2,), None), ((0,), 'x(n-M+1..n)')]
    """
    alternatives: dict[Expr, list[Read]] = {}
    for read in statement.reads:
        node = expression.read(read.name, read.index) if read.node is None else read.node
        alternatives.setdefault(node, []).append(read)
    for node, reads in alternatives.items():
        terms = _terms(node, reads)
        for numbers, parts in [({}, reads)] if terms is None else terms:
            first = parts[0]
            is_always = not statement.ranges and any(part.is_plain for part in parts)
            is_of_place = all(at.is_plain for at in first.index)
            yield DrawnRead(
                first.name,
                first.kind,
                by_axis(first.index if is_of_place else node.data[1], model.axes_of(first.name)),
                model.delay(statement, first),
                node,
                numbers,
                () if is_always else tuple(parts),
                None if is_of_place else _ReachWriter(model, statement, notation).reach(node, parts),
            )


def _terms(node: Expr, reads: Sequence[Read]) -> list[tuple[Mapping[str, int], list[Read]]] | None:
    """Return the terms of a read over ranges between two numbers, each with its numbers; None where it is one edge."""
    if all(at.is_plain for at in node.data[1]) or any(at.base == BY_VALUE for at in node.data[1]):
        return None
    named = {name for at in node.data[1] if at.form is not None for name, _ in at.form.terms}
    ranges = {
        one.name: one.numbers for read in reads for one in read.within if one.numbers is not None and one.name in named
    }
    if prod(map(len, ranges.values())) > _OTHER_TERMS:
        return None
    found: list[tuple[Mapping[str, int], list[Read]]] = []
    for chosen in product(*ranges.values()):
        numbers = dict(zip(ranges, chosen, strict=True))
        ends = {name: Binding(name, whole(number), whole(number)) for name, number in numbers.items()}
        fixed = [read._replace(within=tuple(ends.get(one.name, one) for one in read.within)) for read in reads]
        parts = [part for read in fixed for part in written_out(read, _OTHER_TERMS)]
        if any(not at.is_plain for part in parts for at in part.index):
            return None
        if parts:
            found.append((numbers, list(dict.fromkeys(parts))))
    return found if len(found) <= _TERMS else None


class _Extent(NamedTuple):
    """The first and the last place that is read along one axis."""

    first: Affine
    last: Affine


class _ReachWriter:
    """Says how far a read of a statement reaches."""

    def __init__(self, model: Model, statement: Statement, notation: str) -> None:
        self._model = model
        self._statement = statement
        self._notation = notation
        self._ends = Ends(model.axes_of, model.length_of)

    def reach(self, node: Expr, reads: Sequence[Read]) -> Reach:
        """Return how far a read reaches, given its alternatives."""
        name, places = node.data
        axes = self._model.axes_of(name)
        is_stretch = [bool(one.within) and all(b.ends for b in one.within) and not one.guard for one in reads]
        if 1 < len(reads) <= _ALTERNATIVES and all(is_stretch):
            each = [self.reach(node, [one]) for one in reads]
            if len({one.direction for one in each}) == 1:
                return _listed(each)
        # Of other alternatives each reaches as far as it does: the places are told as they are written.
        extents = [
            self._extent(at, axis, reads[0]) if len(reads) == 1 else None
            for at, axis in zip(reads[0].index, axes, strict=True)
        ]
        delays = {
            axis: _Extent(index(axis) - one.last, index(axis) - one.first)
            for one, axis in zip(extents, axes, strict=True)
            if one is not None and axis in self._statement.axes
        }
        direction = dict.fromkeys(self._model.axes, 0)
        direction |= {
            axis: 1 if _is_positive(one.first) else -1 if _is_positive(one.last.times(-1)) else 0
            for axis, one in delays.items()
        }
        is_told = any(direction.values())
        if name == self._statement.name and not is_told:
            # It reads none of what comes from its own step, or there would be no order.
            direction[axes[0]] = 1
        written = self._ends.of_read(name, [Index("") if at.base == BY_VALUE else at for at in places])
        pieces: list[Pieces] = []
        words: list[str] = []
        for position, (at, axis, extent) in enumerate(zip(places, axes, extents, strict=True)):
            if at.base == BY_VALUE:
                computed = node.arguments[at.offset]
                pieces.append(tuple(latex_pieces(computed, self._model.rank, self._notation, self._ends)))
                words.append(text(computed, named=printed))
            elif extent is not None and (extent.first != extent.last or at.form is None):
                pieces.append(self._from_to(extent, axis))
                words.append(_from_to_text(extent))
            else:
                pieces.append(tuple(written[position]))
                words.append(index_text(at))
        told = tuple(zip(words, pieces, strict=True))
        if is_told and len(axes) == 1 and not self._is_lattice():
            far = delays[axes[0]]
            ends = (far.first, far.last) if direction[axes[0]] > 0 else (far.last, far.first)
            return Reach(self._from_to(ends, axes[0]), _from_to_text(ends), tuple(direction.values()), told)
        if any(at.base == BY_VALUE for at in places):
            # Small letters above a line are no place for fractions, and for what has places itself.
            letter = place_pieces(name, [], self._model.rank(name))
            latex = (*letter, sign("("), *between(pieces, *LISTED), sign(")"))
        else:
            latex = tuple(place_pieces(name, pieces, self._model.rank(name), self._notation))
        return Reach(latex, place_text(name, words, named=printed), tuple(direction.values()), told)

    def _is_lattice(self) -> bool:
        return any(len(axes) > 1 for axes in self._model.axes_by_name.values())

    def _extent(self, at: Index, axis: str, read: Read) -> _Extent | None:
        """Return the first and the last of some places; None where they are computed."""
        if at.bound:
            return _Extent(whole(1) + at.offset, length(axis) + at.offset)
        first = last = at.sum_on(axis)
        for binding in reversed(read.within):
            if not any(end.factor(binding.name) for end in (first, last)):
                continue
            if not binding.ends:
                return None
            low, high = _ends_of(binding, read)
            first = first.at({binding.name: low if first.factor(binding.name) > 0 else high})
            last = last.at({binding.name: high if last.factor(binding.name) > 0 else low})
        return _Extent(first, last)

    def _from_to(self, ends: Sequence[Affine], axis: str) -> Pieces:
        first, last = (tuple(sum_pieces(end, self._ends.symbol(axis), self._ends)) for end in ends)
        return first if first == last else (*first, _UNTIL, *last)


def _listed(each: Sequence[Reach]) -> Reach:
    """Return several reaches in the same direction as one that tells all of them."""
    told = list(dict.fromkeys((one.latex, one.text) for one in each))
    by_axis = [list(dict.fromkeys(places)) for places in zip(*(one.places for one in each), strict=True)]
    places = tuple((", ".join(word for word, _ in some), between((p for _, p in some), *LISTED)) for some in by_axis)
    latex = between((pieces for pieces, _ in told), *LISTED)
    return Reach(latex, ", ".join(word for _, word in told), each[0].direction, places)


def _ends_of(binding: Binding, read: Read) -> tuple[Affine, Affine]:
    """Return the ends of a range, with what a condition leaves of a whole axis."""
    low, high = binding.ends
    own = index(binding.name)
    for row in read.guard:
        if row.factor(binding.name) == 1 and low == whole(1):
            low = own - row
        if row.factor(binding.name) == -1 and high.terms and not any(is_index(name) for name, _ in high.terms):
            high = own + row
    return low, high


def _from_to_text(ends: Sequence[Affine]) -> str:
    return "..".join(dict.fromkeys(map(sum_text, ends)))


def _is_positive(form: Affine) -> bool:
    """Say whether a sum is at least 1 whatever the sizes are, which are at least 1, and the lengths."""
    sizes = sum(factor for name, factor in form.terms if is_size(name))
    return form.constant + sizes >= 1 and all(factor > 0 and not is_index(name) for name, factor in form.terms)
