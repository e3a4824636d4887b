"""The columns of one axis, and where reads along it fall: in numbers, and in symbolic time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Protocol

from unfoldgraph.algebra.expression import Index
from unfoldgraph.algebra.latex import name_pieces, signed_pieces
from unfoldgraph.algebra.pieces import BELOW, Piece, Pieces, script, sign
from unfoldgraph.drawing.graphs.rolled import Column
from unfoldgraph.drawing.scene.scene import AxisPlace

__all__ = [
    "DOTS_AFTER",
    "DOTS_BEFORE",
    "HIDDEN",
    "LAST",
    "MANY",
    "Along",
    "NumberedPlaces",
    "SymbolicPlaces",
    "moved",
    "stands_for_others",
    "words_of",
]

#: What places are counted from that are no single ones; no axis is called so.
MANY, _UNSEEN = "many places", "a place that is not shown"
DOTS_BEFORE, DOTS_AFTER = (MANY, 0), (MANY, 1)
"""The nodes h(…) of symbolic time."""
_DOTS: tuple[str, Pieces] = "\u2026", (sign(r"\ldots"),)
LAST: tuple[str, Pieces] = "\u03c4", (sign(r"\tau"),)
"""What the book calls the last step, as text and in LaTeX."""
HIDDEN = (_UNSEEN, 0)
"""Some step that is not shown and has no dots of its own."""


class Along(Protocol):
    """The columns of one axis, and where a read along it falls.

    Attributes
    ----------
    steps : The places at which every variable is shown.
    """

    steps: list[AxisPlace]

    def end(self) -> AxisPlace:
        """Return the last place."""

    def hidden(self, place: AxisPlace) -> AxisPlace:
        """Return the column that stands for a step that is not shown."""

    def side(self, place: AxisPlace) -> int:
        """Return -1 for a place before the first step, 1 for one after the last, else 0."""

    def are(self, place: AxisPlace, at: Index) -> bool:
        """Say whether a place is the one that the left side of a statement names."""

    def all(self, offset: int) -> Iterator[AxisPlace]:
        """Yield the places that a reduction reads: the shown ones, those off the edges, and what is not shown."""

    def off_edge(self, offset: int) -> tuple[str, range]:
        """Return those of these that lie off the edges: what they are counted from, and how far from there."""

    def columns(self, off_edge: set[AxisPlace], has_dots: bool) -> list[tuple[AxisPlace | None, Column]]:
        """Return the columns in their order, given what lies off the edges, and whether there are dots."""

    def words(self, place: AxisPlace) -> tuple[str | int, Pieces]:
        """Return how the index of a place is written, as text, or a number, and in pieces."""


def stands_for_others(place: AxisPlace) -> bool:
    """Say whether a place is no single one: the dots, or a step that is not shown."""
    return place[0] in (MANY, _UNSEEN)


def moved(place: AxisPlace, by: int) -> AxisPlace:
    """Return the place so many steps on; what stands for many steps stays where it is."""
    return place if stands_for_others(place) else (place[0], place[1] + by)


class NumberedPlaces:
    """Places 1 to the length of an axis, of which some are shown."""

    def __init__(self, length: int, shown: Iterable[int]) -> None:
        self.length = length
        self.steps: list[AxisPlace] = [("", place) for place in sorted(shown)]
        self._shown = {place for _, place in self.steps}

    def end(self) -> AxisPlace:
        return ("", self.length)

    def hidden(self, place: AxisPlace) -> AxisPlace:
        return HIDDEN

    def side(self, place: AxisPlace) -> int:
        return 0 if place[0] else -1 if place[1] < 1 else 1 if place[1] > self.length else 0

    def are(self, place: AxisPlace, at: Index) -> bool:
        if at.moves:
            return self.side(place) == 0
        number = at.offset + (self.length if at.base == "end" else 0)
        # A boundary stays off its edge and a pin inside, however short the axis is.
        return place[1] == number and (at.is_off_edge or self.side(place) == 0)

    def off_edge(self, offset: int) -> tuple[str, range]:
        first, last = 1 + offset, self.length + offset
        return "", range(first, min(0, last) + 1) if offset < 0 else range(max(self.length + 1, first), last + 1)

    def all(self, offset: int) -> Iterator[AxisPlace]:
        first, last = 1 + offset, self.length + offset
        yield from (place for place in self.steps if first <= place[1] <= last)
        base, places = self.off_edge(offset)
        yield from ((base, place) for place in places)
        if min(last, self.length) - max(first, 1) + 1 > sum(first <= place <= last for place in self._shown):
            yield HIDDEN

    def columns(self, off_edge: set[AxisPlace], has_dots: bool) -> list[tuple[AxisPlace | None, Column]]:
        numbers = sorted({place for _, place in (*off_edge, *self.steps)})
        columns: list[tuple[AxisPlace | None, Column]] = []
        if not numbers:
            return columns
        # Only steps are counted: between places off the edges nothing need lie.
        if numbers[0] > 1:
            columns.append((None, Column("gap", numbers[0] - 1)))
        for place, following in pairwise([*numbers, None]):
            assert place is not None
            columns.append((("", place), Column("boundary" if self.side(("", place)) else "step")))
            if following is not None and following - place > 1:
                omitted = min(following, self.length + 1) - max(place, 0) - 1
                columns.append((None, Column("gap", max(0, omitted))))
        if numbers[-1] < self.length:
            columns.append((None, Column("gap", self.length - numbers[-1])))
        return columns

    def words(self, place: AxisPlace) -> tuple[str | int, Pieces]:
        return place[1], tuple(signed_pieces(place[1]))


class SymbolicPlaces:
    """Places around t, with those that are read by number before and those at the end after."""

    def __init__(
        self, axis: str, numbers: Iterable[int], around: tuple[int, ...], ends: Iterable[int], is_alone: bool
    ) -> None:
        self.axis = axis
        self.is_alone = is_alone
        self.around = around
        # The book calls the last step τ; where there are several axes, that is the last step of time, as in formulas.
        self.last = LAST
        if not is_alone and axis != "t":
            self.last = f"\u03c4_{axis}", (sign(r"\tau"), *script(BELOW, name_pieces(axis)))
        self.numbers = sorted({place for place in numbers if place >= 1})
        self.ends = sorted({place for place in ends if place <= 0})
        self.steps: list[AxisPlace] = [
            *(("", place) for place in self.numbers),
            *((axis, offset) for offset in around),
            *(("end", offset) for offset in self.ends),
        ]

    def end(self) -> AxisPlace:
        return ("end", 0)

    def hidden(self, place: AxisPlace) -> AxisPlace:
        base, offset = place
        if base == "":
            return DOTS_BEFORE if offset > max(self.numbers, default=0) else HIDDEN
        return DOTS_AFTER if base == "end" or offset > self.around[-1] else DOTS_BEFORE

    def side(self, place: AxisPlace) -> int:
        if place[0] == "":
            return -1 if place[1] < 1 else 0
        return 1 if place[0] == "end" and place[1] > 0 else 0

    def are(self, place: AxisPlace, at: Index) -> bool:
        return self.side(place) == 0 if at.moves else place == (at.base, at.offset)

    def off_edge(self, offset: int) -> tuple[str, range]:
        return ("", range(1 + offset, 1)) if offset < 0 else ("end", range(1, offset + 1))

    def all(self, offset: int) -> Iterator[AxisPlace]:
        for base, place in self.steps:
            if (base != "" or place > offset) and (base != "end" or place <= offset):
                yield (base, place)
        off_edge, places = self.off_edge(offset)
        yield from ((off_edge, place) for place in places)
        # The steps that are not shown are nodes; beside another axis once, so that all edges keep their order.
        yield from (DOTS_BEFORE, DOTS_AFTER) if self.is_alone else (DOTS_AFTER,)

    def columns(self, off_edge: set[AxisPlace], has_dots: bool) -> list[tuple[AxisPlace | None, Column]]:
        before = sorted(place for place in off_edge if self.side(place) < 0)
        columns: list[tuple[AxisPlace | None, Column]] = []
        for place in [*before, *(("", number) for number in self.numbers)]:
            if columns and (found := columns[-1][0]) is not None and place[1] - found[1] > 1:
                columns.append((None, Column("gap")))
            columns.append((place, Column("boundary" if self.side(place) else "step")))
        dots = (DOTS_BEFORE, Column("dots")), (DOTS_AFTER, Column("dots"))
        gap = (None, Column("gap"))
        columns.append(dots[0] if has_dots else gap)
        columns += [((self.axis, offset), Column("step")) for offset in self.around]
        columns.append(dots[1] if has_dots else gap)
        columns += [(("end", offset), Column("step")) for offset in self.ends]
        columns += [(place, Column("boundary")) for place in sorted(off_edge) if self.side(place) > 0]
        return columns

    def words(self, place: AxisPlace) -> tuple[str | int, Pieces]:
        return words_of(place, self.last)


def words_of(place: AxisPlace, last: tuple[str, Pieces]) -> tuple[str | int, Pieces]:
    """Return how a place is written where the last one is called ``last``, as text, or a number, and in LaTeX."""
    base, offset = place
    if base == "":
        return offset, tuple(signed_pieces(offset))
    if base == MANY:
        return _DOTS
    word, pieces = last if base == "end" else (base, (Piece("letter", base, letters=tuple(base)),))
    return (f"{word}{offset:+d}", (*pieces, *signed_pieces(offset, has_plus=True))) if offset else (word, pieces)
