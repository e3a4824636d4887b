"""Maps of a few numbers, filters and linear recurrences."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import numpy as np

from benchmarks.rows.row import (
    BEST,
    CASADI,
    EXPERT,
    JAX,
    NUMBA,
    OURS,
    OURS_NUMBA,
    PLAIN,
    PLAIN_NUMPY,
    SCIPY,
    Array,
    C,
    Contender,
    Data,
    Row,
    by_hand,
    normal,
    ours,
)
from unfoldgraph import Circuit

__all__ = ["LOGISTIC", "logistic_data", "rows", "sweep_data"]

LOGISTIC = "s(t) = r * s(t-1) * (1 - s(t-1))"
BIQUAD = "biquad"
SCAN = "a(t), b(t) : (); h(t) = a(t) * h(t-1) + b(t)"
SCAN_VECTORS = "a(t), b(t) : m; h(t) = a(t) * h(t-1) + b(t)"
STATE_SPACE = "x(t) : n; s(t) = A @ s(t-1) + B @ x(t); A : (m, m)"
MATRIX_STATE = """
a(t) : ()
k(t), v(t), q(t) : d
S(t) = a(t) * S(t-1) + outer(v(t), k(t))
o(t) = S(t) @ q(t)
"""


def logistic_data(random: np.random.Generator, steps: int) -> Data:
    """Return a rate at which the map settles into a cycle, so that rounding does not grow, and where it begins."""
    return {"r": float(random.uniform(3.0, 3.5)), "s0": float(random.uniform(0.1, 0.9)), "steps": steps}


def sweep_data(random: np.random.Generator, many: int, steps: int) -> Data:
    """Return many such rates."""
    return {"r": random.uniform(3.0, 3.5, many), "s0": random.uniform(0.1, 0.9, many), "steps": steps}


def lorenz_data(random: np.random.Generator, steps: int) -> Data:
    """Return the classic numbers, and a beginning near the attractor."""
    x0, y0, z0 = random.normal([1, 1, 20]).tolist()
    return {
        "h": 0.005,
        "sigma": 10.0,
        "rho": 28.0,
        "beta": 8 / 3,
        "x0": x0,
        "y0": y0,
        "z0": z0,
        "steps": steps,
    }


def biquad_data(random: np.random.Generator, steps: int) -> Data:
    """Return a signal and a stable filter."""
    radius, angle = random.uniform(0.5, 0.95), random.uniform(0.2, 2.8)
    return {
        "x": normal(random, steps),
        "b": normal(random, 3),
        "a1": float(-2 * radius * np.cos(angle)),
        "a2": float(radius**2),
    }


def scan_data(random: np.random.Generator, steps: int, width: int) -> Data:
    """Return coefficients below 1, and what is added; numbers where the width is 1."""
    shape = (steps,) if width == 1 else (steps, width)
    return {"a": random.uniform(0.5, 1, shape), "b": normal(random, *shape)}


def state_space_data(random: np.random.Generator, steps: int, inputs: int, states: int) -> Data:
    """Return a state space whose matrix has a norm below 1."""
    A = normal(random, states, states)
    return {
        "x": normal(random, steps, inputs),
        "A": A * (0.95 / np.linalg.norm(A, 2)),
        "B": normal(random, states, inputs, scale=1 / inputs**0.5),
    }


def matrix_data(random: np.random.Generator, steps: int, size: int) -> Data:
    """Return what a state that is a matrix takes: a gate, keys, values and queries."""
    return {
        "a": random.uniform(0.8, 1, steps),
        **{name: normal(random, steps, size, scale=size**-0.5) for name in "kvq"},
    }


def start_of(found: Any) -> Array:
    """Return the steps before rounding has grown, of a system that never repeats."""
    return np.asarray(found)[:, :500]


def without_scipy() -> Contender:
    """Return the filter where SciPy is not installed."""
    source = Circuit.gallery(BIQUAD).compile().source
    hidden = {"scipy": None, "scipy.signal": None}
    space: dict[str, Any] = {"__name__": "without_scipy"}
    with patch.dict(sys.modules, hidden):
        exec(source, space)

    def work(data: Data) -> Any:
        # It may look for SciPy when it is called.
        with patch.dict(sys.modules, hidden):
            return space["biquad"](**data)["y"]

    return lambda data: lambda: work(data)


def map_rows() -> Iterator[Row]:
    """Yield the rows of maps and sweeps."""
    contenders = {
        OURS: ours(LOGISTIC, "s"),
        PLAIN: ours(LOGISTIC, "s", plain=True),
        OURS_NUMBA: ours(LOGISTIC, "s", target="numba"),
        EXPERT: by_hand("expert.scalar_maps", "logistic"),
        BEST: by_hand("expert.scalar_maps", "logistic_memory"),
        PLAIN_NUMPY: by_hand("expert.scalar_maps", "logistic_arrays"),
        JAX: by_hand("others.jax_programs", "logistic", prepared=True),
        CASADI: by_hand("others.casadi_programs", "logistic", prepared=True),
        NUMBA: by_hand("others.numba_programs", "logistic"),
        C: by_hand("expert.c_programs", "logistic"),
    }
    yield from _with_numba(
        Row(
            "logistic map, 10⁵ steps",
            "maps",
            logistic_data,
            contenders,
            reference_name="Python floats",
            goal=0.9,
            sizes={"steps": 100_000},
            small={"steps": 200},
        ),
        1.1,
    )
    yield from _with_numba(
        Row(
            "Lorenz attractor, 10⁵ steps",
            "maps",
            lorenz_data,
            {
                OURS: ours("lorenz", ("x", "y", "z")),
                PLAIN: ours("lorenz", ("x", "y", "z"), plain=True),
                OURS_NUMBA: ours("lorenz", ("x", "y", "z"), target="numba"),
                EXPERT: by_hand("expert.scalar_maps", "lorenz"),
                BEST: by_hand("expert.scalar_maps", "lorenz_memory"),
                PLAIN_NUMPY: by_hand("expert.scalar_maps", "lorenz_arrays"),
                JAX: by_hand("others.jax_programs", "lorenz", prepared=True),
                CASADI: by_hand("others.casadi_programs", "lorenz", prepared=True),
                NUMBA: by_hand("others.numba_programs", "lorenz"),
                C: by_hand("expert.c_programs", "lorenz"),
            },
            reference_name="Python floats",
            goal=0.5,
            sizes={"steps": 100_000},
            small={"steps": 200},
            checked=start_of,
        ),
        1.2,
    )
    yield Row(
        "sweep of 1000 logistic maps, 1000 steps",
        "maps",
        sweep_data,
        {
            OURS: ours(LOGISTIC, "s"),
            PLAIN: ours(LOGISTIC, "s", plain=True),
            OURS_NUMBA: ours(LOGISTIC, "s", target="numba"),
            PLAIN_NUMPY: by_hand("expert.scalar_maps", "sweep"),
            BEST: by_hand("expert.scalar_maps", "sweep_in_place"),
            JAX: by_hand("others.jax_programs", "sweep", prepared=True),
            NUMBA: by_hand("others.numba_programs", "sweep"),
        },
        PLAIN_NUMPY,
        "plain NumPy",
        goal=0.75,
        sizes={"many": 1000, "steps": 1000},
        small={"many": 5, "steps": 20},
    )
    yield Row(
        "last value of a sweep of 10⁶ logistic maps, 100 steps",
        "maps",
        sweep_data,
        {
            OURS: ours(f"{LOGISTIC}; last = s(end)", "last", outputs=["last"]),
            EXPERT: by_hand("expert.scalar_maps", "sweep_last"),
            BEST: by_hand("expert.scalar_maps", "sweep_last_in_cache"),
            JAX: by_hand("others.jax_programs", "sweep_last", prepared=True),
        },
        reference_name="NumPy, rolling by hand",
        goal=1.1,
        sizes={"many": 1_000_000, "steps": 100},
        small={"many": 5, "steps": 20},
    )


def filter_rows() -> Iterator[Row]:
    """Yield the rows of filters."""
    contenders = {
        OURS: ours(BIQUAD, "y"),
        PLAIN: ours(BIQUAD, "y", plain=True),
        OURS_NUMBA: ours(BIQUAD, "y", target="numba"),
        SCIPY: by_hand("expert.scipy_programs", "biquad"),
        EXPERT: by_hand("expert.filters", "biquad_floats"),
        BEST: by_hand("expert.filters", "biquad_blocks"),
        JAX: by_hand("others.jax_programs", "biquad", prepared=True),
        CASADI: by_hand("others.casadi_programs", "biquad", prepared=True),
        NUMBA: by_hand("others.numba_programs", "biquad"),
        C: by_hand("expert.c_programs", "biquad"),
    }
    row = Row(
        "biquad filter, 10⁶ samples",
        "filters",
        biquad_data,
        contenders,
        SCIPY,
        "SciPy's lfilter",
        goal=1.2,
        sizes={"steps": 1_000_000},
        small={"steps": 300},
    )
    yield from _with_numba(row, 0.9)
    yield Row(
        "biquad filter, 10⁶ samples, SciPy not installed",
        "filters",
        biquad_data,
        {
            OURS: without_scipy,
            SCIPY: contenders[SCIPY],
            BEST: contenders[BEST],
        },
        SCIPY,
        "SciPy's lfilter",
        goal=5,
        sizes={"steps": 1_000_000},
        small={"steps": 300},
    )


def scan_rows() -> Iterator[Row]:
    """Yield the rows of linear recurrences."""
    for name, circuit, sizes, goal, numba_goal in (
        ("linear recurrence, 10⁵ numbers", SCAN, {"steps": 100_000, "width": 1}, 5, 1.15),
        ("linear recurrence, 4096 steps of 16", SCAN_VECTORS, {"steps": 4096, "width": 16}, 5, None),
        ("diagonal state space, 4096 steps of 1024", SCAN_VECTORS, {"steps": 4096, "width": 1024}, 2.6, 1.2),
    ):
        row = Row(
            name,
            "linear",
            scan_data,
            {
                OURS: ours(circuit, "h"),
                PLAIN: ours(circuit, "h", plain=True),
                OURS_NUMBA: ours(circuit, "h", target="numba"),
                EXPERT: by_hand("expert.linear_scans", "floats" if sizes["width"] == 1 else "in_place"),
                BEST: by_hand("expert.linear_scans", "in_place" if sizes["width"] > 100 else "blocks"),
                JAX: by_hand("others.jax_programs", "scan", prepared=True),
                NUMBA: by_hand("others.numba_programs", "scan"),
                C: by_hand("expert.c_programs", "scan"),
            },
            C,
            "C",
            goal=goal,
            sizes=sizes,
            small={"steps": 150, "width": min(sizes["width"], 3)},
        )
        yield from [row] if numba_goal is None else _with_numba(row, numba_goal)
    for states, goal, block in ((4, 0.15, "blocks"), (32, 1.1, "in_place")):
        yield Row(
            f"state space A @ s + B @ x, 10⁴ steps, {states} entries",
            "linear",
            state_space_data,
            {
                OURS: ours(STATE_SPACE, "s"),
                PLAIN: ours(STATE_SPACE, "s", plain=True),
                OURS_NUMBA: ours(STATE_SPACE, "s", target="numba"),
                EXPERT: by_hand("expert.state_space", "in_place"),
                **({BEST: by_hand("expert.state_space", block)} if block == "blocks" else {}),
                PLAIN_NUMPY: by_hand("expert.state_space", "plain"),
                JAX: by_hand("others.jax_programs", "linear_state", prepared=True),
                NUMBA: by_hand("others.numba_programs", "linear_state"),
                C: by_hand("expert.c_programs", "state_space"),
            },
            reference_name="NumPy, in place",
            goal=goal,
            sizes={"steps": 10_000, "inputs": 2, "states": states},
            small={"steps": 1100, "inputs": 2, "states": 3},
        )
    yield Row(
        "matrix state 64 × 64, read by a query, 4096 steps",
        "linear",
        matrix_data,
        {
            OURS: ours(MATRIX_STATE, "o", outputs=["o"]),
            PLAIN: ours(MATRIX_STATE, "o", outputs=["o"], plain=True),
            EXPERT: by_hand("expert.state_space", "matrix_in_place"),
            BEST: by_hand("expert.state_space", "matrix_chunks"),
            JAX: by_hand("others.jax_programs", "matrix_state", prepared=True),
        },
        reference_name="NumPy, in place",
        goal=0.30,
        sizes={"steps": 4096, "size": 64},
        small={"steps": 150, "size": 4},
    )


def _with_numba(row: Row, goal: float) -> Iterator[Row]:
    """Yield a row, and one of the Numba target beside C."""
    yield row
    yield Row(
        f"{row.name}, Numba",
        "Numba",
        row.data,
        {column: row.contenders[column] for column in (OURS_NUMBA, NUMBA, C)},
        C,
        "C",
        goal=goal,
        judged=OURS_NUMBA,
        sizes=row.sizes,
        small=row.small,
        checked=row.checked,
    )


def rows() -> Iterator[Row]:
    """Yield the rows of maps, filters and linear recurrences."""
    yield from map_rows()
    yield from filter_rows()
    yield from scan_rows()
