"""How much memory a call needs above what was there before it, its results included.

Each contender runs in a process of its own, whose largest resident size is read from the system: that counts what
every library takes, NumPy's arrays as much as buffers of C++, which Python's own `tracemalloc` does not see.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.expert.gradients import flat
from benchmarks.rows.maps import LOGISTIC, logistic_data
from benchmarks.rows.networks import ELMAN_LOSS, elman_data, gradient, lstm_data
from benchmarks.rows.row import BEST, EXPERT, JAX, OURS, PLAIN, TORCH, Data, Row, Unit, by_hand, normal, ours

__all__ = ["rows"]

READ_OUT = """
x(t) : n
W : (m, m)
h(t) = tanh(b + W @ h(t-1) + U @ x(t))
o(t) = c + V @ h(t)
"""
MEGABYTES = Unit("MB", 1e-6, "memory")


def read_out_data(random: np.random.Generator, outputs: int, **sizes: int) -> Data:
    """Return what an Elman network with a read-out takes."""
    units = sizes["units"]
    return elman_data(random, **sizes) | {"V": normal(random, outputs, units), "c": normal(random, outputs)}


def rows() -> Iterator[Row]:
    """Yield the rows of memory."""
    sizes = {"batch": 1, "steps": 1_000_000, "inputs": 4, "units": 8, "outputs": 2}
    small = sizes | {"steps": 70}
    yield Row(
        'memory: Elman with read-out, 10⁶ steps, outputs=["o"]',
        "memory",
        read_out_data,
        {
            OURS: ours(READ_OUT, "o", outputs=["o"]),
            PLAIN: ours(READ_OUT, "o", outputs=["o"], plain=True),
            EXPERT: by_hand("expert.rolling", "read_out"),
        },
        reference_name="NumPy, rolling by hand",
        goal=40,
        unit=MEGABYTES,
        sizes=sizes,
        small=small,
    )
    yield Row(
        "memory: Elman with read-out, 10⁶ steps, the last output",
        "memory",
        read_out_data,
        {
            OURS: ours(f"{READ_OUT}; y = o(end)", "y", outputs=["y"]),
            EXPERT: by_hand("expert.rolling", "last_read_out"),
        },
        reference_name="NumPy, rolling by hand",
        goal=8,
        unit=MEGABYTES,
        sizes=sizes,
        small=small,
    )
    yield Row(
        "memory: LSTM, 2·10⁵ steps, h alone",
        "memory",
        lstm_data,
        {
            OURS: ours("lstm", "h", outputs=["h"]),
            PLAIN: ours("lstm", "h", outputs=["h"], plain=True),
            EXPERT: by_hand("expert.lstm", "columns"),
            JAX: by_hand("others.jax_programs", "lstm", prepared=True),
            TORCH: by_hand("others.torch_programs", "lstm", prepared=True),
        },
        goal=24,
        unit=MEGABYTES,
        sizes={"batch": 1, "steps": 200_000, "inputs": 4, "units": 8},
        small={"batch": 1, "steps": 70, "inputs": 4, "units": 8},
    )
    yield Row(
        "memory: logistic map, 10⁶ steps, the last value",
        "memory",
        logistic_data,
        {
            OURS: ours(f"{LOGISTIC}; last = s(end)", "last", outputs=["last"]),
            EXPERT: by_hand("expert.rolling", "last_logistic"),
        },
        reference_name="Python floats",
        goal=2,
        unit=MEGABYTES,
        sizes={"steps": 1_000_000},
        small={"steps": 70},
    )
    batch = {"batch": 16, "steps": 10_000, "inputs": 32, "units": 64}
    alone = {"batch": 1, "steps": 100_000, "inputs": 4, "units": 8}
    for name, goal, own in (
        ("gradient of Elman, batch 16, 10⁴ steps, 32 → 64", 42, batch),
        ("gradient of Elman, one sequence, 10⁵ steps, 4 → 8", 12, alone),
    ):
        yield Row(
            f"memory: {name}",
            "memory",
            elman_data,
            {
                OURS: gradient(ELMAN_LOSS, ("W", "U", "b", "x")),
                EXPERT: by_hand("expert.gradients", "elman"),
                BEST: by_hand("expert.gradients", "elman_checkpointed"),
                JAX: by_hand("others.jax_programs", "elman_gradient", prepared=True),
                TORCH: by_hand("others.torch_programs", "elman_gradient", prepared=True),
            },
            goal=goal,
            unit=MEGABYTES,
            sizes=own,
            small=own | {"steps": 70},
            checked=flat,
        )
