"""The nearest points and the directions of polyhedra, against all whole solutions in a box and a solver of its own."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from support.profiles import examples

from unfoldgraph.base.affine import Affine, index, whole
from unfoldgraph.causality import polyhedra
from unfoldgraph.causality.polyhedra import Generators, Polyhedron

Vector = tuple[int, ...]

#: Whole solutions are looked for in a box of this size around zero, by how many unknowns there are.
BOX = {1: 12, 2: 12, 3: 7, 4: 4}


class System(NamedTuple):
    """Rows of a constant and coefficients: bounds that are not negative, equations that are zero, and a map."""

    count: int
    bounds: list[list[int]]
    equations: list[list[int]]
    image: list[list[int]]

    def polyhedron(self) -> tuple[Polyhedron, list[Affine]]:
        found = Polyhedron()
        for row in self.bounds:
            found.require(affine(row))
        for row in self.equations:
            found.equate(affine(row))
        return found, [affine(row) for row in self.image]

    def generators(self) -> Generators | None:
        found, image = self.polyhedron()
        return found.generators(image)

    def solutions(self) -> np.ndarray:
        """Return all whole solutions in a box, one a row, with a 1 before each."""
        grid = whole_numbers(self.count)
        for row in self.bounds:
            grid = grid[grid @ row >= 0]
        for row in self.equations:
            grid = grid[grid @ row == 0]
        return grid

    def has(self, image: Vector | None = None) -> bool:
        """Say whether there is a whole solution, one that is mapped to a vector."""
        rows = np.array([*self.bounds, *self.equations, *(self.image if image is not None else [])])
        low = [0] * (len(self.bounds) + len(self.equations)) + list(image or ())
        high = [np.inf] * len(self.bounds) + [0] * len(self.equations) + list(image or ())
        if not len(rows):
            return True
        found = milp(
            np.zeros(self.count),
            integrality=1,
            bounds=Bounds(-1000, 1000),
            constraints=LinearConstraint(rows[:, 1:], low - rows[:, 0], high - rows[:, 0]),
        )
        return bool(found.status == 0)

    def goes_on(self, ray: Vector) -> bool:
        """Say whether solutions go on in a direction that is mapped to a ray."""
        bounds, zero = np.array(self.bounds or np.zeros((0, self.count + 1))), np.array([*self.equations, *self.image])
        found = linprog(
            np.zeros(self.count),
            A_ub=-bounds[:, 1:],
            b_ub=np.zeros(len(bounds)),
            A_eq=zero[:, 1:],
            b_eq=[*[0] * len(self.equations), *ray],
            bounds=(None, None),
        )
        return bool(found.status == 0)


@cache
def whole_numbers(count: int) -> np.ndarray:
    grid = np.array(list(itertools.product(range(-BOX[count], BOX[count] + 1), repeat=count)))
    return np.hstack([np.ones((len(grid), 1), int), grid])


def affine(row: Sequence[int]) -> Affine:
    return sum((index(name).times(factor) for name, factor in zip("abcd", row[1:], strict=False)), whole(row[0]))


def assert_lie_in(vectors: np.ndarray, found: Generators) -> None:
    """No vector lies beyond the means of the points plus multiples of the rays, in any of many directions."""
    ways = np.array(list(itertools.product(range(-4, 5), repeat=vectors.shape[1])))
    if found.rays:
        ways = ways[(ways @ np.array(found.rays).T >= 0).all(axis=1)]
    least = (ways @ np.array(found.points).T).min(axis=1)
    assert (ways @ vectors.T >= least[:, None]).all(), found
    # And of one of them, shown as such a mean.
    matrix = np.array([[1, *point] for point in found.points] + [[0, *ray] for ray in found.rays]).T
    assert linprog(np.zeros(matrix.shape[1]), A_eq=matrix, b_eq=[1, *vectors[len(vectors) // 3]]).status == 0


@st.composite
def systems(draw: st.DrawFn, largest: int, most: int, unknowns: int = 4) -> System:
    """Return a system with a few unknowns, most of its coefficients small or zero."""
    count = draw(st.integers(1, unknowns))
    coefficient = st.one_of(st.sampled_from((0, 0, 0, 1, -1, 1, -1)), st.integers(-largest, largest))
    row = st.tuples(st.integers(-6, 6), *[coefficient] * count).map(list)
    bounds = draw(st.lists(row, min_size=0, max_size=most))
    equations = draw(st.lists(row, max_size=1))
    image = draw(st.lists(row, min_size=1, max_size=3))
    return System(count, bounds, equations, image)


@st.composite
def differences(draw: st.DrawFn) -> System:
    """Return a system in which unknowns are compared with each other and with numbers, as places and lengths are."""
    count = draw(st.integers(2, 4))

    def row() -> list[int]:
        found = [draw(st.integers(-4, 4)), *[0] * count]
        one, other = draw(st.integers(1, count)), draw(st.integers(0, count))
        sign = draw(st.sampled_from((1, -1)))
        found[one] += sign
        if other:
            found[other] -= sign
        return found

    bounds, equations = [row() for _ in range(draw(st.integers(1, 8)))], [row() for _ in range(draw(st.integers(0, 1)))]
    return System(count, bounds, equations, [row() for _ in range(draw(st.integers(1, 3)))])


@examples(80)
@given(differences())
def test_the_generators_of_differences(system: System) -> None:
    assert_generated(system)


@examples(60)
@given(systems(3, 6, unknowns=3))
def test_the_hull_of_any_small_system(system: System) -> None:
    whole = system._replace(image=[[0, *(int(at == one) for at in range(system.count))] for one in range(system.count)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(polyhedra, "HULL_PIECES", 10_000)
        patch.setattr(polyhedra, "HULL_MOVES", 10_000_000)
        assert_generated(whole)


@examples(60)
@given(systems(4, 6))
def test_the_image_of_any_small_system_leaves_nothing_out(system: System) -> None:
    assert_holds(system)


def assert_generated(system: System) -> None:
    """All images of solutions in a box lie in what is generated; each generator is one, and has its solution."""
    found = assert_holds(system)
    if found is None:
        assert not system.has()
        return
    assert len(set(found.points)) == len(found.points) and list(found.points) == sorted(found.points)
    for point in found.points:
        assert system.has(point), (point, found)
    for ray in found.rays:
        assert np.gcd.reduce(ray) == 1
        assert system.goes_on(ray), (ray, found)


def assert_holds(system: System) -> Generators | None:
    """All images of solutions in a box lie in what is generated, and it is nothing only where there are none."""
    found = system.generators()
    solutions = system.solutions()
    if len(solutions):
        assert found is not None
        assert_lie_in(np.unique(solutions @ np.array(system.image).T, axis=0), found)
    return found


@examples(80)
@given(systems(4, 6))
def test_rounded_fractions_leave_nothing_out(system: System) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(polyhedra, "HULL_PIECES", 0)
        assert_holds(system)


@examples(80)
@given(systems(4, 8), st.sampled_from((0, 5, 30, 200)))
def test_what_no_effort_is_left_for_leaves_nothing_out(system: System, moves: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(polyhedra, "HULL_MOVES", moves)
        patch.setattr(polyhedra, "POLYHEDRON_ROWS", 3)
        assert_holds(system)


@examples(80)
@given(systems(3, 5))
def test_a_point_is_a_smallest_solution(system: System) -> None:
    polyhedron, _ = system.polyhedron()
    try:
        found = polyhedron.point({"a": 3})
    except polyhedra.OutOfEffort:
        return
    solutions = system.solutions()[:, 1:]
    if found is None:
        assert not len(solutions) and not system.has()
        return
    point = [found.get(name, 0) for name in "abcd"[: system.count]]
    assert all(row[0] + np.dot(row[1:], point) >= 0 for row in system.bounds)
    assert all(row[0] + np.dot(row[1:], point) == 0 for row in system.equations)
    weights = np.array([3, *[1] * (system.count - 1)])
    if len(solutions):
        assert np.abs(point) @ weights <= (np.abs(solutions) @ weights).min()


# Examples -------------------------------------------------------------------------------------------


def places(count: int) -> tuple[Polyhedron, list[Affine]]:
    return Polyhedron(), [index(f"x{number}") for number in range(count)]


def test_all_of_a_history_is_ahead_of_its_reader() -> None:
    history, (t, s, length) = places(3)
    for form in (s - 1, t - s - 1, length - t):
        history.require(form)
    assert history.generators([t - s]) == Generators(((1,),), ((1,),))
    assert history.point({}) == {"x1": 1, "x0": 2, "x2": 2}
    # With nothing between them the same place is read.
    history, (t, s, length) = places(3)
    for form in (s - 1, t - s, length - t):
        history.require(form)
    assert history.generators([t - s]) == Generators(((0,),), ((1,),))


def test_half_of_a_number_is_before_it() -> None:
    halves, (n, half) = places(2)
    for form in (n - half.times(2), half.times(2) + 1 - n, n - 1):
        halves.require(form)
    assert halves.generators([n - half]) == Generators(((1,),), ((1,),))
    # Where half of it is from 3 to 5, so is the distance, or one more.
    halves.require(half - 3)
    halves.require(whole(5) - half)
    assert halves.generators([n - half]) == Generators(((3,), (6,)))


def test_the_shorter_intervals_of_a_table() -> None:
    table, (i, j, k, length) = places(4)
    for form in (i - 1, k - i, j - 1 - k, length - j):
        table.require(form)
    none = whole(0)
    assert table.generators([none, j - k]) == Generators(((0, 1),), ((0, 1),))
    assert table.generators([i - (k + 1), none]) == Generators(((-1, 0),), ((-1, 0),))
    assert table.generators([i - (k + 1), j - k]) == Generators(((-1, 1),), ((-1, 0), (0, 1)))


def test_strides_and_sizes() -> None:
    strided, (t, k, size) = places(3)
    for form in (k, size - 1 - k, size - 1):
        strided.require(form)
    # From the same place on, every third.
    assert strided.generators([t - (t - k.times(3))]) == Generators(((0,),), ((1,),))
    assert strided.generators([k.times(3), size]) == Generators(((0, 1),), ((0, 1), (3, 1)))


def test_what_is_empty_over_the_whole_numbers_alone() -> None:
    thin, (a, b) = places(2)
    one, other = a.times(11) + b.times(13), a.times(7) - b.times(9)
    for form in (one - 27, whole(45) - one, other + 10, whole(4) - other):
        thin.require(form)
    assert thin.is_empty() and thin.point({}) is None
    odd, (a, b) = places(2)
    odd.equate(a.times(4) - b.times(2) - 1)
    assert odd.is_empty()


def test_fractions_are_cut_off() -> None:
    cut, (a, b) = places(2)
    for form in (a.times(2) + b.times(2) - 3, a.times(3) - b, b.times(3) - a):
        cut.require(form)
    assert cut.generators([a, b]) == Generators(((1, 1), (1, 3), (3, 1)), ((1, 3), (3, 1)))


def test_a_large_system_takes_little_time() -> None:
    """Three axes of reader and read, each within a range of its own, and 12 unknowns: what one read may ask."""
    large, unknowns = places(12)
    at, its, bound, lengths = (unknowns[first : first + 3] for first in (0, 3, 6, 9))
    for axis in range(3):
        for place in (at[axis], its[axis]):
            large.require(place - 1)
            large.require(lengths[axis] - place)
        large.equate(its[axis] - at[axis] + bound[axis])
        large.require(bound[axis] + (axis == 1))
        large.require(whole(2 * axis + 1) - bound[axis])
        large.require(lengths[axis] - 2)
        large.require(at[axis] - bound[axis - 1])
        large.require(lengths[axis - 1] - at[axis] + 4)
    found = large.generators([one - other for one, other in zip(at, its, strict=True)])
    assert found == Generators(tuple(itertools.product((0, 1), (-1, 3), (0, 5))))
