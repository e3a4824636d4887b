"""Sets of index places as unions of boxes: counted and cut by arithmetic, never listed.

A box is one pair `(first, last)` per axis, both included; a value without an axis lives in the empty box
`()`, which has one place. Everything here costs the number of boxes, whatever their extent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, product
from math import prod

Interval = tuple[int, int]
Box = tuple[Interval, ...]
Place = tuple[int, ...]


def volume(boxes: Iterable[Box]) -> int:
    """Return how many places some disjoint boxes hold.

    >>> volume([((1, 3), (1, 4)), ()])
    13
    """
    return sum(prod(max(0, last - first + 1) for first, last in box) for box in boxes)


def is_empty(box: Box) -> bool:
    """Say whether a box holds no place."""
    return any(first > last for first, last in box)


def contains(boxes: Iterable[Box], place: Place) -> bool:
    """Say whether one of the boxes holds a place."""
    return any(all(first <= at <= last for at, (first, last) in zip(place, box, strict=True)) for box in boxes)


def shift(box: Box, by: Sequence[int]) -> Box:
    """Return the box moved by one offset per axis."""
    return tuple((first + offset, last + offset) for (first, last), offset in zip(box, by, strict=True))


def point(place: Place) -> Box:
    """Return the box of one place."""
    return tuple((at, at) for at in place)


def intersect(one: Box, other: Box) -> Box:
    """Return what two boxes share."""
    return tuple((max(a, c), min(b, d)) for (a, b), (c, d) in zip(one, other, strict=True))


def subtract(box: Box, hole: Box) -> list[Box]:
    """Return disjoint boxes that hold what is in the box and not in the hole.

    >>> subtract(((1, 9),), ((3, 4),))
    [((1, 2),), ((5, 9),)]
    """
    shared = intersect(box, hole)
    if is_empty(shared):
        return [] if is_empty(box) else [box]
    pieces = []
    rest = list(box)
    for axis, ((first, last), (low, high)) in enumerate(zip(box, shared, strict=True)):
        for cut in ((first, low - 1), (high + 1, last)):
            pieces.append((*rest[:axis], cut, *rest[axis + 1 :]))
        rest[axis] = (low, high)
    return sorted(piece for piece in pieces if not is_empty(piece))


def without(boxes: Iterable[Box], holes: Iterable[Box]) -> list[Box]:
    """Return the boxes with every hole cut out."""
    kept = [box for box in boxes if not is_empty(box)]
    if all(len(box) == 1 for box in kept):
        return _without_intervals(kept, holes)
    for hole in holes:
        kept = [piece for box in kept for piece in subtract(box, hole)]
    return sorted(kept)


def _without_intervals(boxes: Iterable[Box], holes: Iterable[Box]) -> list[Box]:
    """Return boxes of one axis with every hole cut out, in one sweep: there may be thousands of holes."""
    found: list[Box] = []
    cut = [hole[0] for hole in union(hole for hole in holes if not is_empty(hole))]
    begin = 0
    for ((first, last),) in sorted(boxes):
        while begin < len(cut) and cut[begin][1] < first:
            begin += 1
        for low, high in islice(cut, begin, None):
            if low > last:
                break
            if first < low:
                found.append(((first, low - 1),))
            first = high + 1
        if first <= last:
            found.append(((first, last),))
    return found


def union(boxes: Iterable[Box]) -> list[Box]:
    """Return disjoint boxes that hold the same places; neighbours on one axis become one.

    >>> union([((-1, 0),), ((0, 0),), ((1, 2),)])
    [((-1, 2),)]
    """
    boxes = list(boxes)
    if any(len(box) != 1 for box in boxes):
        found: list[Box] = []
        for box in boxes:
            found += without([box], found)
        return sorted(found)
    merged: list[tuple[int, int]] = []
    for ((first, last),) in sorted(box for box in boxes if not is_empty(box)):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(merged[-1][1], last)
        else:
            merged.append((first, last))
    return [(side,) for side in merged]


def places(boxes: Iterable[Box]) -> Iterator[Place]:
    """Yield the places of disjoint boxes, box by box, each in lexicographic order."""
    for box in boxes:
        yield from product(*(range(first, last + 1) for first, last in box))
