"""Boxes that sums cut are taken from each other, and apart, as the sets of places that they are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from support.profiles import examples

from unfoldgraph.base import boxes, cut_boxes
from unfoldgraph.base.affine import Affine, index, whole
from unfoldgraph.base.boxes import Box, Place
from unfoldgraph.base.cut_boxes import CutBox, cut

NAMES = ("i", "j", "k")
Some = tuple[Box, list[Affine]]


@st.composite
def shapes(draw: st.DrawFn, width: int) -> Some:
    """Return a box with so many sides, and sums of its coordinates."""
    sides = [(first := draw(st.integers(-1, 3)), first + draw(st.integers(0, 5))) for _ in range(width)]
    rows = []
    for _ in range(draw(st.integers(0, 3))):
        row = whole(draw(st.integers(-3, 4)))
        for name in NAMES[:width]:
            row += index(name).times(draw(st.sampled_from([0, 1, -1, 2])))
        rows += [row, row.times(-1)] if draw(st.integers(0, 4)) == 0 else [row]
    return tuple(sides), rows


def held(piece: Some | CutBox | None) -> set[Place]:
    """Return the places of a piece, each looked at."""
    if piece is None:
        return set()
    box, rows = piece
    numbers = ((place, dict(zip(NAMES, place, strict=False))) for place in boxes.places([box]))
    return {place for place, at in numbers if all(row.number(at) >= 0 for row in rows)}


@examples(200)
@given(st.integers(1, 3).flatmap(lambda width: st.tuples(shapes(width), shapes(width))))
def test_pieces_are_the_sets_of_their_places(pair: tuple[Some, Some]) -> None:
    names = NAMES[: len(pair[0][0])]
    one, other = (cut(box, rows, names) for box, rows in pair)
    assert (held(one), held(other)) == (held(pair[0]), held(pair[1]))
    if one is None:
        return
    own = held(one)
    assert cut_boxes.volume([one], names) == len(own)
    rows = list(cut_boxes.rows_of(one, names))
    assert rows == sorted(rows)
    assert sorted(place for box in rows for place in boxes.places([box])) == sorted(own)
    assert len(rows) <= cut_boxes.row_count(one, names)
    assert {place for place in boxes.places([one.box]) if cut_boxes.holds(one, names, place)} == own
    if other is None:
        return
    left = [held(piece) for piece in cut_boxes.subtract(one, other, names)]
    assert sum(map(len, left)) == len(own - held(other))
    assert set().union(*left) == own - held(other)
    assert held(cut_boxes.intersect(one, other, names)) == own & held(other)
    both = cut_boxes.disjoint([one, other], names)
    assert sum(len(held(piece)) for piece in both) == len(own | held(other))
