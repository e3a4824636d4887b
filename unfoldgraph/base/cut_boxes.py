"""Boxes of places that are cut by inequalities between their coordinates, such as triangles.

Counted and cut by arithmetic, as boxes are; taken apart into boxes, one a row, only where somebody asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from unfoldgraph.base import boxes
from unfoldgraph.base.affine import Affine, index, whole
from unfoldgraph.base.boxes import Box, Place
from unfoldgraph.base.lattice_points import count_points, normalized


class CutBox(NamedTuple):
    """The places of a box at which some sums of its coordinates are at least 0.

    What the coordinates are called is told beside it.
    """

    box: Box
    rows: tuple[Affine, ...] = ()

    def all_rows(self, names: Sequence[str]) -> tuple[Affine, ...]:
        """Return the sums that are at least 0 at its places, and at no others."""
        sides = zip(names, self.box, strict=True)
        bounds = ((index(name) - first, whole(last) - index(name)) for name, (first, last) in sides)
        return (*(row for pair in bounds for row in pair), *self.rows)


def cut(box: Box, rows: Iterable[Affine], names: Sequence[str]) -> CutBox | None:
    """Return what some sums leave of a box, those that say nothing there left out; None where that is plainly nothing.

    Examples
    --------
    >>> cut(((1, 3), (1, 3)), [index("i") + 1, index("j") - index("i") - 1], ("i", "j"))
    CutBox(box=((1, 2), (2, 3)), rows=(Affine(terms=(('i', -1), ('j', 1)), constant=-1),))
    >>> cut(((1, 3), (1, 3)), [index("i") - index("j") - 3], ("i", "j")) is None
    True
    """
    known = normalized(rows)
    if known is None or boxes.is_empty(box):
        return None
    sides = dict(zip(names, box, strict=True))
    # Further rounds would gain little: what no box tells is left to the sums.
    for row, (name, factor) in [(one, term) for one in known for term in one.terms] * 2:
        first, last = sides[name]
        # How large the rest may be at most tells how far this one may go the other way.
        rest = row.greatest(sides) - (factor * last if factor > 0 else factor * first)
        if factor > 0:
            first = max(first, -(rest // factor))
        else:
            last = min(last, rest // -factor)
        if first > last:
            return None
        sides[name] = first, last
    kept = tuple(row for row in known if row.least(sides) < 0)
    return CutBox(tuple(sides[name] for name in names), kept)


def volume(pieces: Iterable[CutBox], names: Sequence[str]) -> int:
    """Return how many places some disjoint pieces hold; raises `TooManyCases` where they are not counted.

    Examples
    --------
    >>> triangle = CutBox(((1, 4), (1, 4)), (index("j") - index("i") - 1,))
    >>> volume([triangle], ("i", "j"))
    6
    """
    return sum(
        count_points(names, piece.all_rows(names)) if piece.rows else boxes.volume([piece.box]) for piece in pieces
    )


def holds(piece: CutBox, names: Sequence[str], place: Place) -> bool:
    """Say whether a piece holds a place."""
    for at, (first, last) in zip(place, piece.box, strict=True):
        if not first <= at <= last:
            return False
    if piece.rows:
        numbers = dict(zip(names, place, strict=True))
        for row in piece.rows:
            if row.number(numbers) < 0:
                return False
    return True


def intersect(one: CutBox, other: CutBox, names: Sequence[str]) -> CutBox | None:
    """Return what two pieces share; None where that is plainly nothing."""
    box = boxes.intersect(one.box, other.box)
    if not one.rows and not other.rows:
        return None if boxes.is_empty(box) else CutBox(box)
    return cut(box, (*one.rows, *other.rows), names)


def subtract(piece: CutBox, hole: CutBox, names: Sequence[str]) -> list[CutBox]:
    """Return disjoint pieces that hold what is in a piece and not in a hole.

    Examples
    --------
    >>> diagonal = CutBox(((1, 3), (1, 3)), (index("j") - index("i"), index("i") - index("j")))
    >>> [volume([left], ("i", "j")) for left in subtract(CutBox(((1, 3), (1, 3))), diagonal, ("i", "j"))]
    [3, 3]
    """
    shared = boxes.intersect(piece.box, hole.box)
    if boxes.is_empty(shared):
        return [piece]
    found = [cut(rest, piece.rows, names) for rest in boxes.subtract(piece.box, hole.box)]
    before: tuple[Affine, ...] = piece.rows
    for row in hole.rows:
        found.append(cut(shared, (*before, row.times(-1) - 1), names))
        before = (*before, row)
    return [one for one in found if one is not None]


def without(pieces: Iterable[CutBox], holes: Iterable[CutBox], names: Sequence[str]) -> list[CutBox]:
    """Return disjoint pieces with every hole cut out."""
    kept = list(pieces)
    for hole in holes:
        kept = [left for piece in kept for left in subtract(piece, hole, names)]
    return kept


def disjoint(pieces: Iterable[CutBox], names: Sequence[str]) -> list[CutBox]:
    """Return disjoint pieces that hold the same places as some that may overlap."""
    found: list[CutBox] = []
    for piece in pieces:
        found += without([piece], found, names)
    return found


def row_count(piece: CutBox, names: Sequence[str]) -> int:
    """Return how many boxes `rows_of` looks for at most."""
    return boxes.volume([tuple(piece.box[position] for position in _walked(piece, names))])


def rows_of(piece: CutBox, names: Sequence[str]) -> Iterator[Box]:
    """Yield the boxes of a piece, in order: one for all numbers of the coordinates that sums join, all but one.

    Examples
    --------
    >>> list(rows_of(CutBox(((1, 4), (1, 4)), (index("j") - index("i") - 2,)), ("i", "j")))
    [((1, 1), (3, 4)), ((2, 2), (4, 4))]
    """
    if not piece.rows:
        yield piece.box
        return
    walked = _walked(piece, names)
    along = max(position for position in range(len(names)) if _is_joined(piece, names[position]))
    for numbers in boxes.places([tuple(piece.box[position] for position in walked)]):
        places = dict(zip((names[position] for position in walked), numbers, strict=True))
        first, last = piece.box[along]
        for row in piece.rows:
            factor = row.factor(names[along])
            rest = row.constant + sum(its * places[name] for name, its in row.terms if name != names[along])
            if factor > 0:
                first = max(first, -(rest // factor))
            elif factor < 0:
                last = min(last, rest // -factor)
            elif rest < 0:
                last = first - 1
        if first <= last:
            box = list(piece.box)
            for position, number in zip(walked, numbers, strict=True):
                box[position] = (number, number)
            box[along] = (first, last)
            yield tuple(box)


def _is_joined(piece: CutBox, name: str) -> bool:
    return any(row.factor(name) for row in piece.rows)


def _walked(piece: CutBox, names: Sequence[str]) -> list[int]:
    """Return the positions of the coordinates that sums join, but for the last of them."""
    return [position for position, name in enumerate(names) if _is_joined(piece, name)][:-1]
