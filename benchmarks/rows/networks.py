"""Recurrent networks: Elman and LSTM, with and without a batch, their gradients, sequences of different lengths."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.expert.gradients import flat
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
    TORCH,
    YARDSTICK,
    C,
    Contender,
    Data,
    Make,
    Row,
    by_hand,
    feature,
    normal,
    ours,
)
from unfoldgraph import Circuit

__all__ = ["ELMAN", "elman_data", "lstm_data", "rows"]

ELMAN = "x(t) : n; h(t) = tanh(b + W @ h(t-1) + U @ x(t)); W : (m, m)"
ELMAN_LOSS = f"{ELMAN}; L = sum(sum(h(t)**2) for t)"
LSTM_LOSS = "L = sum(sum(h(t)**2) for t)"
SMALL = {"batch": 3, "steps": 70, "inputs": 2, "units": 5}


def elman_data(random: np.random.Generator, batch: int, steps: int, inputs: int, units: int) -> Data:
    """Return what an Elman network takes; its matrices neither forget at once nor explode."""
    return {
        "x": normal(random, batch, steps, inputs),
        "W": normal(random, units, units, scale=0.7 / units**0.5),
        "U": normal(random, units, inputs, scale=1 / inputs**0.5),
        "b": normal(random, units),
    }


def lstm_data(random: np.random.Generator, batch: int, steps: int, inputs: int, units: int) -> Data:
    """Return what the LSTM of the gallery takes."""
    data = {"x": normal(random, batch, steps, inputs)}
    for gate in "ifog":
        data[f"W_{gate}"] = normal(random, units, inputs, scale=1 / inputs**0.5)
        data[f"U_{gate}"] = normal(random, units, units, scale=0.7 / units**0.5)
        data[f"b_{gate}"] = normal(random, units)
    return data


def half_full(make: Callable[..., Data]) -> Callable[..., Data]:
    """Return the same data with a length for each sequence, one of them the longest, half of all steps on average."""

    def data(random: np.random.Generator, **sizes: int) -> Data:
        lengths = random.integers(1, sizes["steps"] + 1, sizes["batch"])
        lengths[random.integers(sizes["batch"])] = sizes["steps"]
        return {**make(random, **sizes), "lengths": lengths}

    return data


def gradient(source: str, names: tuple[str | tuple[str, ...], ...]) -> Make:
    """Return a program's gradients to arguments, those of one tuple below each other, one after the other."""

    def make() -> Contender:
        program = feature(lambda: Circuit(source).compile(outputs=["L"], gradient="L"))

        def work(data: Data) -> tuple[Any, ...]:
            found = program(**data).gradient
            return tuple(
                found[name] if isinstance(name, str) else np.concatenate([found[one] for one in name]) for name in names
            )

        return lambda data: lambda: work(data)

    return make


def lstm_gradient() -> Contender:
    """Return the gradients of the gallery's LSTM with a loss."""
    text = f"{Circuit.gallery('lstm').text()}\n{LSTM_LOSS}"
    stacked = [tuple(f"{letter}_{gate}" for gate in "ifog") for letter in "WUb"]
    return gradient(text, (*stacked, "x"))()


def elman_rows() -> Iterator[Row]:
    """Yield the rows of Elman networks."""
    contenders = {
        OURS: ours(ELMAN, "h"),
        PLAIN: ours(ELMAN, "h", plain=True),
        OURS_NUMBA: ours(ELMAN, "h", target="numba"),
        EXPERT: by_hand("expert.elman", "rows"),
        BEST: by_hand("expert.elman", "columns"),
        PLAIN_NUMPY: by_hand("expert.elman", "plain"),
        JAX: by_hand("others.jax_programs", "elman", prepared=True),
        TORCH: by_hand("others.torch_programs", "elman", prepared=True),
        NUMBA: by_hand("others.numba_programs", "elman_batch"),
    }
    for steps, goal, told in ((100, 0.95, "100"), (1000, 0.85, "1000"), (10_000, 0.85, "10⁴")):
        yield Row(
            f"Elman, batch 16, {told} steps, 32 → 64",
            "networks",
            elman_data,
            contenders,
            goal=goal,
            sizes={"batch": 16, "steps": steps, "inputs": 32, "units": 64},
            small=SMALL,
        )
    alone = {
        **contenders,
        CASADI: by_hand("others.casadi_programs", "elman", prepared=True),
        NUMBA: by_hand("others.numba_programs", "elman"),
        C: by_hand("expert.c_programs", "elman"),
    }
    tiny = {"batch": 1, "steps": 1000, "inputs": 4, "units": 8}
    tiny_small = {"batch": 1, "steps": 70, "inputs": 2, "units": 5}
    yield Row(
        "Elman, one sequence, 1000 steps, 4 → 8",
        "networks",
        elman_data,
        alone,
        goal=0.75,
        sizes=tiny,
        small=tiny_small,
    )
    yield Row(
        "Elman, one sequence, 1000 steps, 4 → 8, Numba",
        "Numba",
        elman_data,
        {name: alone[name] for name in (OURS_NUMBA, NUMBA, C)},
        C,
        "C",
        goal=1.2,
        judged=OURS_NUMBA,
        sizes=tiny,
        small=tiny_small,
    )
    yield Row(
        "Elman, batch 16, lengths half full, 500 steps, 32 → 64",
        "lengths",
        half_full(elman_data),
        {
            OURS: ours(ELMAN, "h"),
            PLAIN: ours(ELMAN, "h", plain=True),
            EXPERT: by_hand("expert.elman", "padded"),
        },
        reference_name="expert NumPy, padded and zeroed",
        goal=1.05,
        sizes={"batch": 16, "steps": 500, "inputs": 32, "units": 64},
        small=SMALL,
    )


def lstm_rows() -> Iterator[Row]:
    """Yield the rows of LSTMs."""
    for name, goal, sizes in (
        (
            "LSTM, batch 16, 500 steps, 32 → 64",
            0.75,
            {"batch": 16, "steps": 500, "inputs": 32, "units": 64},
        ),
        (
            "LSTM, one sequence, 500 steps, 32 → 64",
            0.80,
            {"batch": 1, "steps": 500, "inputs": 32, "units": 64},
        ),
        (
            "LSTM, batch 64, 100 steps, 32 → 128",
            0.85,
            {"batch": 64, "steps": 100, "inputs": 32, "units": 128},
        ),
    ):
        yield Row(
            name,
            "networks",
            lstm_data,
            {
                OURS: ours("lstm", "h"),
                PLAIN: ours("lstm", "h", plain=True),
                OURS_NUMBA: ours("lstm", "h", target="numba"),
                EXPERT: by_hand("expert.lstm", "vectors" if sizes["batch"] == 1 else "batch_last"),
                BEST: by_hand("expert.lstm", "columns"),
                PLAIN_NUMPY: by_hand("expert.lstm", "plain"),
                JAX: by_hand("others.jax_programs", "lstm", prepared=True),
                TORCH: by_hand("others.torch_programs", "lstm", prepared=True),
                **({NUMBA: by_hand("others.numba_programs", "lstm")} if sizes["batch"] == 1 else {}),
            },
            goal=goal,
            sizes=sizes,
            small=SMALL | {"batch": sizes["batch"] // 8 or 1},
        )
    for batch, goal in ((16, 0.55), (64, 0.50)):
        yield Row(
            f"LSTM, batch {batch}, lengths half full, 200 steps, 32 → 64",
            "lengths",
            half_full(lstm_data),
            {
                OURS: ours("lstm", "h", outputs=["h"]),
                PLAIN: ours("lstm", "h", outputs=["h"], plain=True),
                EXPERT: by_hand("expert.lstm", "padded"),
                BEST: by_hand("expert.lstm", "shrinking"),
                TORCH: by_hand("others.torch_programs", "lstm_lengths", prepared=True),
            },
            reference_name="expert NumPy, padded and zeroed",
            goal=goal,
            sizes={"batch": batch, "steps": 200, "inputs": 32, "units": 64},
            small=SMALL,
        )


def gradient_rows() -> Iterator[Row]:
    """Yield the rows of back-propagation through time."""
    contenders = {
        OURS: gradient(ELMAN_LOSS, ("W", "U", "b", "x")),
        EXPERT: by_hand("expert.gradients", "elman"),
        BEST: by_hand("expert.gradients", "elman_in_pieces"),
        JAX: by_hand("others.jax_programs", "elman_gradient", prepared=True),
        TORCH: by_hand("others.torch_programs", "elman_gradient", prepared=True),
    }
    for name, goal, sizes in (
        (
            "gradient of Elman, batch 16, 500 steps, 32 → 64",
            0.90,
            {"batch": 16, "steps": 500, "inputs": 32, "units": 64},
        ),
        (
            "gradient of Elman, batch 16, 5000 steps, 32 → 64",
            0.75,
            {"batch": 16, "steps": 5000, "inputs": 32, "units": 64},
        ),
        (
            "gradient of Elman, one sequence, 500 steps, 4 → 8",
            None,
            {"batch": 1, "steps": 500, "inputs": 4, "units": 8},
        ),
    ):
        yield Row(
            name,
            "gradients",
            elman_data,
            contenders,
            goal=goal,
            sizes=sizes,
            small=SMALL,
            checked=flat,
        )
    yield Row(
        "gradient of the LSTM, batch 16, 500 steps, 32 → 64",
        "gradients",
        lstm_data,
        {
            OURS: lstm_gradient,
            YARDSTICK: by_hand("expert.lstm", "batch_last"),
            BEST: by_hand("expert.gradients", "lstm_in_pieces"),
            JAX: by_hand("others.jax_programs", "lstm_gradient", prepared=True),
            TORCH: by_hand("others.torch_programs", "lstm_gradient", prepared=True),
        },
        reference=YARDSTICK,
        reference_name="expert NumPy, the forward pass alone",
        goal=3.2,
        sizes={"batch": 16, "steps": 500, "inputs": 32, "units": 64},
        small=SMALL,
        checked=flat,
    )


def rows() -> Iterator[Row]:
    """Yield the rows of networks."""
    yield from elman_rows()
    yield from lstm_rows()
    yield from gradient_rows()
