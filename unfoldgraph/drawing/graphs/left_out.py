"""Which nodes and edges the unfolded graph has, by arithmetic alone: how many at one node along one link, and which.

A picture that leaves steps out shows some of them. So what it does not show is known without being looked for: where
the graph has more than are drawn, the others lead to what is left out, and only there a stub is drawn.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cache

from unfoldgraph.algebra.expression import Index
from unfoldgraph.base import boxes, cut_boxes
from unfoldgraph.base.boxes import Box, Place
from unfoldgraph.base.cut_boxes import CutBox
from unfoldgraph.base.errors import require_within
from unfoldgraph.base.lattice_points import TooManyCases
from unfoldgraph.base.limits import LOOKED_UP_PLACES
from unfoldgraph.drawing.graphs.reads import left_of
from unfoldgraph.drawing.graphs.rolled import Left, Link
from unfoldgraph.model.regions import ConcreteRead, bounding_box, fixed_place
from unfoldgraph.unfolding.counting import count_reads, instances
from unfoldgraph.unfolding.unfolding import Unfolding

__all__ = ["Counts"]


class Counts:
    """The edges of an unfolded graph at any of its nodes, counted.

    >>> from unfoldgraph.language.text import read
    >>> unfolding = Unfolding(read("c(i, j) = c(i-1, j-1)"), {"i": 20, "j": 20})
    >>> left = Left((Index("i"), Index("j")))
    >>> link = Link("c", "c", (1, 1), index=(Index("i", -1), Index("j", -1)), left=left)
    >>> counts = Counts(unfolding)
    >>> [(counts.sources(link, place), counts.readers(link, place)) for place in ((1, 19), (2, 19), (2, 20))]
    [(0, 1), (1, 1), (1, 0)]
    """

    def __init__(self, unfolding: Unfolding) -> None:
        self._unfolding = unfolding
        self._lengths = unfolding.lengths
        self._places = cache(unfolding.places)
        self._statements = {(one.name, left_of(one)): one for one in unfolding.model.statements}
        self._lefts = {id(one): left for (_, left), one in self._statements.items()}
        self._bounded = cache(self._bounded_reads)

    # Nodes ------------------------------------------------------------------------------------------

    def left(self, name: str, place: Place) -> Left | None:
        """Return the left side of the statement that gives a node its value; None where none does."""
        statement = self._unfolding.statement((name, place))
        return None if statement is None else self._lefts[id(statement)]

    def has(self, name: str, place: Place) -> bool:
        """Say whether there is such a node."""
        axes = self._axes(name)
        return any(cut_boxes.holds(piece, axes, place) for piece in self._unfolding.pieces(name))

    def bounds(self, name: str) -> Box | None:
        """Return the smallest box that holds all places of a name; None where it has none."""
        return bounding_box(piece.box for piece in self._unfolding.pieces(name))

    # Edges ------------------------------------------------------------------------------------------

    def read(self, link: Link, target: Place, within: Sequence[Box]) -> dict[Place, None]:
        """Return which places in some boxes a link reads, of which only lengths tell where it reads."""
        statement = self._statements[link.target, link.left]
        at = self._unfolding.indices(statement, target)
        found: dict[Place, None] = {}
        for box in within:
            for reads in self._bounded(link, box):
                for place in reads.places(at):
                    if boxes.contains([box], place) and self._unfolding.is_given(link.source, place):
                        found[place] = None
        return found

    def sources(self, link: Link, target: Place) -> int:
        """Return how many nodes a link reads at a place of its target."""
        if self.left(link.target, target) != link.left:
            return 0
        if link.reads:
            return self._count(link, [CutBox(boxes.point(target))], self._unfolding.pieces(link.source))
        at = {one.base: place for one, place in zip(link.left.index, target, strict=True) if one.moves}
        count = sum(self._read(link, box, at) for box in self._places(link.source))
        return count - self._reads_itself(link, target)

    def readers(self, link: Link, source: Place) -> int:
        """Return at how many places of its target a link reads a place of its source."""
        statement = self._statements[link.target, link.left]
        if link.reads:
            return self._count(link, self._unfolding.pieces_given(statement), [CutBox(boxes.point(source))])
        count = sum(self._reading(link, box, source) for box in self._unfolding.domain(statement))
        return count - self._reads_itself(link, source)

    def _bounded_reads(self, link: Link, box: Box) -> list[ConcreteRead]:
        """Return the reads of a link, as far as they fall into a box."""
        axes = self._axes(link.source)
        return [ConcreteRead(one, axes, self._unfolding.known, box) for one in link.reads]

    def _count(self, link: Link, domain: Sequence[CutBox], places: Sequence[CutBox]) -> int:
        """Return how many pairs of a place of a statement and one it reads there are, by arithmetic if possible."""
        box = bounding_box(piece.box for piece in places)
        if box is None:
            return 0
        own, axes, reads = self._axes(link.target), self._axes(link.source), self._bounded(link, box)
        try:
            found = count_reads(own, axes, reads, domain, places)
        except TooManyCases:
            found = None
        return self._looked_up(link, domain, places, reads) if found is None else found

    def _looked_up(
        self, link: Link, domain: Sequence[CutBox], places: Sequence[CutBox], reads: Collection[ConcreteRead]
    ) -> int:
        """Return the same, each place looked up."""
        own, axes = self._axes(link.target), self._axes(link.source)
        statement = self._statements[link.target, link.left]
        count = sum(instances(own, one, domain) for one in reads)
        what = f"which steps read '{link.source}' is told only by looking up {{}} places"
        require_within(count, LOOKED_UP_PLACES, what, "draw fewer steps")
        total = 0
        for target in self._each(domain, own):
            at = self._unfolding.indices(statement, target)
            read = {place for one in reads for place in one.places(at)}
            total += sum(any(cut_boxes.holds(piece, axes, place) for piece in places) for place in read)
        return total

    def _each(self, pieces: Sequence[CutBox], axes: Sequence[str]) -> Iterator[Place]:
        return boxes.places(box for piece in pieces for box in cut_boxes.rows_of(piece, axes))

    def _read(self, link: Link, box: Box, at: dict[str, int]) -> int:
        """Return how many places of a box a link reads, with the axes of its statement at some numbers."""
        runs: dict[str, tuple[int, int]] = {}
        for one, axis, (first, last) in zip(link.index, self._axes(link.source), box, strict=True):
            if one.bound:
                low, high = runs.get(one.base, (1, self._lengths[axis]))
                runs[one.base] = max(low, first - one.offset), min(high, last - one.offset)
            elif not first <= self._place(one, axis, at) <= last:
                return 0
        return boxes.volume([tuple(runs.values())])

    def _reading(self, link: Link, box: Box, source: Place) -> int:
        """Return how many places of a box of the target read one place of the source."""
        named = (one.base if one.moves else str(n) for n, one in enumerate(link.left.index))
        runs = dict(zip(named, box, strict=True))
        bound: dict[str, int] = {}
        for one, axis, place in zip(link.index, self._axes(link.source), source, strict=True):
            number = place - one.offset
            if one.bound:
                if bound.setdefault(one.base, number) != number or not 1 <= number <= self._lengths[axis]:
                    return 0
            elif one.moves:
                first, last = runs[one.base]
                runs[one.base] = max(first, number), min(last, number)
            elif place != fixed_place(one, self._lengths[axis]):
                return 0
        return boxes.volume([tuple(runs.values())])

    def _reads_itself(self, link: Link, place: Place) -> bool:
        """Say whether a link reads the very place that it gives, which is 0 and no edge."""
        if link.source != link.target or self.left(link.target, place) != link.left:
            return False
        at = {one.base: number for one, number in zip(link.left.index, place, strict=True) if one.moves}
        return self._read(link, boxes.point(place), at) > 0

    def _place(self, at: Index, axis: str, numbers: dict[str, int]) -> int:
        return numbers[at.base] + at.offset if at.moves else fixed_place(at, self._lengths[axis])

    def _axes(self, name: str) -> tuple[str, ...]:
        return self._unfolding.model.axes_of(name)
