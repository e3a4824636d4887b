"""Points between sums are counted, and taken from some coordinates, as if each were listed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from support.profiles import examples

from unfoldgraph.base.affine import Affine, index, whole
from unfoldgraph.base.lattice_points import TooManyCases, count_points, projected

LEAST, MOST = -3, 6


@st.composite
def systems(draw: st.DrawFn) -> tuple[list[str], list[Affine]]:
    """Return names, and sums of them that bound each from `LEAST` to `MOST` at most."""
    names = list("abc"[: draw(st.integers(1, 3))])
    rows = []
    for name in names:
        rows += [index(name) - draw(st.integers(LEAST, 1)), whole(draw(st.integers(0, MOST))) - index(name)]
    for _ in range(draw(st.integers(0, 4))):
        row = whole(draw(st.integers(-4, 6)))
        for name in names:
            row += index(name).times(draw(st.sampled_from([0, 1, -1, 1, -1, 2, -2, 3])))
        rows.append(row)
        if draw(st.integers(0, 4)) == 0:
            # Both ways it is an equation, or a narrow band.
            rows.append(row.times(-1) + draw(st.integers(0, 1)))
    return names, rows


def listed(names: Sequence[str], rows: Sequence[Affine]) -> list[tuple[int, ...]]:
    places = product(range(LEAST, MOST + 1), repeat=len(names))
    return [one for one in places if all(row.number(dict(zip(names, one, strict=True))) >= 0 for row in rows)]


@examples(300)
@given(systems())
def test_points_are_counted_as_if_they_were_listed(system: tuple[list[str], list[Affine]]) -> None:
    names, rows = system
    assert count_points(names, rows) == len(listed(names, rows))


@examples(200)
@given(systems())
def test_what_is_left_of_points_without_a_coordinate(system: tuple[list[str], list[Affine]]) -> None:
    names, rows = system
    *kept, away = names
    expected = {point[:-1] for point in listed(names, rows)}
    loose = projected(rows, [away], is_exact=False)
    assert loose is not None
    assert expected <= {point for point in listed(kept, loose) if kept} or not kept
    found = projected(rows, [away])
    if found is None:
        reject()
    assert set(listed(kept, found)) == expected


def test_large_systems_are_counted_by_arithmetic_or_refused() -> None:
    i, j, k = map(index, "ijk")
    size = 10**15
    triangle = [i - 1, j - i, k - j, whole(size) - k]
    assert count_points(["i", "j", "k"], triangle) == size * (size + 1) * (size + 2) // 6
    # Every third of the second half, and pairs of like remainders.
    thirds = [i.times(3) - j, j - i.times(3), j - size // 2 - 1, whole(size) - j]
    assert count_points(["i", "j"], thirds) == size // 3 - size // 2 // 3
    many = [row for one in (i, j, k) for row in (one - 1, whole(size) - one)]
    many += [i.times(97) - j.times(89) + k.times(83), j.times(101) - k.times(79) + i.times(61)]
    with pytest.raises(TooManyCases):
        count_points(["i", "j", "k"], many)
    with pytest.raises(ValueError, match="i is not bounded"):
        count_points(["i"], [i - 1])
