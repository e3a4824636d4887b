"""How many edges the unfolded graph has at one node along one link, by arithmetic alone.

A picture that leaves steps out shows some of them. So what it does not show is known without being looked for: where
the graph has more than are drawn, the others lead to what is left out, and only there a stub is drawn.
"""

from __future__ import annotations

from functools import cache

from unfoldgraph.algebra.expression import Index
from unfoldgraph.base import boxes
from unfoldgraph.base.boxes import Box, Place
from unfoldgraph.drawing.graphs.rolled import Link
from unfoldgraph.model.regions import fixed_place
from unfoldgraph.unfolding.unfolding import Unfolding

__all__ = ["Counts"]


class Counts:
    """The edges of an unfolded graph at any of its nodes, counted.

    >>> from unfoldgraph.language.text import read
    >>> unfolding = Unfolding(read("c(i, j) = c(i-1, j-1)"), {"i": 20, "j": 20})
    >>> link = Link("c", "c", (1, 1), index=(Index("i", -1), Index("j", -1)), left=(Index("i"), Index("j")))
    >>> counts = Counts(unfolding)
    >>> [(counts.sources(link, place), counts.readers(link, place)) for place in ((1, 19), (2, 19), (2, 20))]
    [(0, 1), (1, 1), (1, 0)]
    """

    def __init__(self, unfolding: Unfolding) -> None:
        self._unfolding = unfolding
        self._lengths = unfolding.lengths
        self._places = cache(unfolding.places)
        self._domains = {
            (statement.name, statement.index): unfolding.domain(statement) for statement in unfolding.model.statements
        }

    def sources(self, link: Link, target: Place) -> int:
        """Return how many nodes a link reads at a place of its target."""
        if not boxes.contains(self._domains[link.target, link.left], target):
            return 0
        at = {one.base: place for one, place in zip(link.left, target, strict=True) if one.moves}
        count = sum(self._read(link, box, at) for box in self._places(link.source))
        return count - self._reads_itself(link, target)

    def readers(self, link: Link, source: Place) -> int:
        """Return at how many places of its target a link reads a place of its source."""
        count = sum(self._reading(link, box, source) for box in self._domains[link.target, link.left])
        return count - self._reads_itself(link, source)

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
        named = (one.base if one.moves else str(n) for n, one in enumerate(link.left))
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
        if link.source != link.target or not boxes.contains(self._domains[link.target, link.left], place):
            return False
        at = {one.base: number for one, number in zip(link.left, place, strict=True) if one.moves}
        return self._read(link, boxes.point(place), at) > 0

    def _place(self, at: Index, axis: str, numbers: dict[str, int]) -> int:
        return numbers[at.base] + at.offset if at.moves else fixed_place(at, self._lengths[axis])

    def _axes(self, name: str) -> tuple[str, ...]:
        return self._unfolding.model.axes_of(name)
