"""Signals over several axes: tables of dynamic programming, networks over rows and columns, how they grow."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.rows.row import (
    BEST,
    EXPERT,
    JAX,
    NUMBA,
    OURS,
    OURS_NUMBA,
    PLAIN,
    PLAIN_NUMPY,
    YARDSTICK,
    C,
    Data,
    Make,
    Row,
    Unit,
    by_hand,
    normal,
    of,
    ours,
)

__all__ = ["rows"]

EDIT = "edit-distance"
THREE = """
a(i), b(j), d(k) : ()
c(i, j, k) = max(c(i-1, j, k), c(i, j-1, k), c(i, j, k-1), c(i-1, j-1, k-1) + (a(i) == b(j) and b(j) == d(k)))
"""
STENCIL = "x(i, j) : (); p, q : (); c(i, j) = tanh(p * c(i-1, j) + q * c(i+1, j-1) + x(i, j))"


def edit_data(random: np.random.Generator, length: int) -> Data:
    """Return two words of four letters."""
    a, b = random.integers(0, 4, (2, length)).astype(float)
    return {"a": a, "b": b}


def three_data(random: np.random.Generator, length: int) -> Data:
    """Return three words of four letters."""
    a, b, d = random.integers(0, 4, (3, length)).astype(float)
    return {"a": a, "b": b, "d": d}


def stencil_data(random: np.random.Generator, length: int) -> Data:
    """Return a square of numbers and two weights."""
    return {"x": normal(random, length, length), "p": float(random.uniform(0, 0.5)), "q": 0.3}


def lattice_data(random: np.random.Generator, rows: int, columns: int, inputs: int, units: int) -> Data:
    """Return what the two-dimensional network of the gallery takes."""
    return {
        "x": normal(random, rows, columns, inputs),
        "b": normal(random, units),
        "U": normal(random, units, inputs, scale=inputs**-0.5),
        "V": normal(random, units, units, scale=0.4 * units**-0.5),
        "W": normal(random, units, units, scale=0.4 * units**-0.5),
    }


def growth(
    name: str, data: Callable[..., Data], program: Make, *, small: int, large: int, axes: int, goal: float
) -> Row:
    """Return how much more a cell takes in a large table than in a small one."""
    return Row(
        name,
        "growth",
        lambda random, small, large: {"small": data(random, small), "large": data(random, large)},
        {
            OURS: of("large", program),
            YARDSTICK: of("small", program),
        },
        YARDSTICK,
        f"the same at {small}",
        goal=goal,
        unit=Unit("", (small / large) ** axes),
        sizes={"small": small, "large": large},
        small={"small": 4, "large": 9},
    )


def rows() -> Iterator[Row]:
    """Yield the rows of tables."""
    yield Row(
        "edit distance, 600 × 600, the whole table",
        "tables",
        edit_data,
        {
            OURS: ours(EDIT, "c"),
            PLAIN: ours(EDIT, "c", plain=True),
            OURS_NUMBA: ours(EDIT, "c", target="numba"),
            EXPERT: by_hand("expert.tables", "edit_diagonals"),
            BEST: by_hand("expert.tables", "edit_rows"),
            PLAIN_NUMPY: by_hand("expert.tables", "edit_plain"),
            NUMBA: by_hand("others.numba_programs", "edit_table"),
        },
        reference_name="NumPy, anti-diagonals",
        goal=0.65,
        sizes={"length": 600},
        small={"length": 20},
    )
    yield Row(
        "edit distance, 600 × 600, the distance alone",
        "tables",
        edit_data,
        {
            OURS: ours(EDIT, "D", outputs=["D"]),
            OURS_NUMBA: ours(EDIT, "D", outputs=["D"], target="numba"),
            EXPERT: by_hand("expert.tables", "edit_distance"),
            JAX: by_hand("others.jax_programs", "edit_distance", prepared=True),
            NUMBA: by_hand("others.numba_programs", "edit_distance"),
            C: by_hand("expert.c_programs", "edit"),
        },
        reference_name="NumPy, rows by running minimum",
        sizes={"length": 600},
        small={"length": 20},
    )
    yield Row(
        "edit distance, 600 × 600, the distance alone, Numba",
        "Numba",
        edit_data,
        {
            OURS_NUMBA: ours(EDIT, "D", outputs=["D"], target="numba"),
            NUMBA: by_hand("others.numba_programs", "edit_distance"),
            C: by_hand("expert.c_programs", "edit"),
        },
        C,
        "C, vectorised",
        goal=1.5,
        judged=OURS_NUMBA,
        sizes={"length": 600},
        small={"length": 20},
    )
    yield Row(
        "two-dimensional network, 64 × 64, 8 → 16",
        "tables",
        lattice_data,
        {
            OURS: ours("two-dimensional", "h"),
            PLAIN: ours("two-dimensional", "h", plain=True),
            OURS_NUMBA: ours("two-dimensional", "h", target="numba"),
            EXPERT: by_hand("expert.lattices", "index_arrays"),
            BEST: by_hand("expert.lattices", "skewed"),
            PLAIN_NUMPY: by_hand("expert.lattices", "plain"),
            JAX: by_hand("others.jax_programs", "two_dimensional", prepared=True),
            NUMBA: by_hand("others.numba_programs", "two_dimensional"),
        },
        reference_name="NumPy, index arrays",
        goal=0.65,
        sizes={"rows": 64, "columns": 64, "inputs": 8, "units": 16},
        small={"rows": 5, "columns": 7, "inputs": 2, "units": 3},
    )
    three = {
        EXPERT: by_hand("expert.tables", "common_of_three"),
        BEST: by_hand("expert.tables", "common_of_three_scans"),
    }
    yield Row(
        "common subsequence of three words, a cell at 72³",
        "tables",
        three_data,
        {OURS: ours(THREE, "c"), PLAIN: ours(THREE, "c", plain=True), **three},
        reference_name="NumPy, places grouped by front",
        goal=400,
        unit=Unit("ns", 1e9 / 72**3, "time"),
        sizes={"length": 72},
        small={"length": 6},
    )
    yield growth(
        "common subsequence of three words, a cell at 72³ over 24³",
        three_data,
        ours(THREE, "c"),
        small=24,
        large=72,
        axes=3,
        goal=1.5,
    )
    yield growth(
        "table in direction (1, 2), a cell at 300² over 75²",
        stencil_data,
        ours(STENCIL, "c"),
        small=75,
        large=300,
        axes=2,
        goal=1.5,
    )
    yield Row(
        "table in direction (1, 2), 300 × 300",
        "tables",
        stencil_data,
        {
            OURS: ours(STENCIL, "c"),
            PLAIN: ours(STENCIL, "c", plain=True),
            EXPERT: by_hand("expert.tables", "stencil_fronts"),
        },
        reference_name="NumPy, slices of the flat table",
        sizes={"length": 300},
        small={"length": 7},
    )
