"""What a single call costs: of one step, and of a program that takes one input at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.expert import elman as elman_by_hand
from benchmarks.rows.networks import ELMAN, elman_data
from benchmarks.rows.row import (
    EXPERT,
    OURS,
    OURS_NUMBA,
    PLAIN,
    Contender,
    Data,
    Make,
    Row,
    Unit,
    by_hand,
    feature,
    needs_library,
    normal,
    ours,
)
from unfoldgraph import Circuit

__all__ = ["rows"]


def one_input(random: np.random.Generator, inputs: int, units: int) -> Data:
    """Return one step of one sequence, without a batch."""
    data = elman_data(random, 1, 1, inputs, units)
    return data | {"x": data["x"][0]}


def several_inputs(random: np.random.Generator, steps: int, inputs: int, units: int) -> Data:
    """Return a sequence, without a batch."""
    data = elman_data(random, 1, steps, inputs, units)
    return data | {"x": data["x"][0]}


def samples(random: np.random.Generator, steps: int) -> Data:
    """Return a signal and a stable filter."""
    return {"x": normal(random, steps), "b": normal(random, 3), "a1": -0.9, "a2": 0.4}


def stepper(source: str, signal: str, inputs: Callable[[Data], Any], **options: Any) -> Make:
    """Return a program that takes the inputs one by one."""

    def make() -> Contender:
        circuit = Circuit(source) if "=" in source else Circuit.gallery(source)
        needs_library(options)
        program = feature(lambda: circuit.compile(outputs=[signal], **options))
        start: Callable[..., Callable[..., Any]] = feature(lambda: program.stepper)

        def work(data: Data) -> Callable[[], Any]:
            parameters = {name: value for name, value in data.items() if name != "x"}
            given = inputs(data)

            def run() -> list[Any]:
                push = start(**parameters)
                return [push(x=value)[signal] for value in given]

            return run

        return work

    return make


def continued(data: Data) -> Callable[[], Any]:
    """Return a program that goes on where it ended, in ten pieces."""
    program = Circuit(ELMAN).compile()
    parameters = {name: value for name, value in data.items() if name != "x"}
    pieces = np.array_split(data["x"], 10)

    def run() -> Any:
        found, state = [], None
        for piece in pieces:
            going_on: dict[str, Any] = {} if state is None else {"state": state}
            result = program(x=piece, **going_on, **parameters)
            found.append(result.h)
            state = result.state
        return np.concatenate(found)

    return run


def in_pieces() -> Contender:
    """Return the same, or that there is nothing to go on with."""
    program = Circuit(ELMAN).compile()
    ready: dict[str, Any] = {"W": np.eye(2), "U": np.eye(2), "b": np.zeros(2)}
    feature(lambda: program(x=np.zeros((1, 2)), state=program(x=np.zeros((1, 2)), **ready).state, **ready))
    return continued


def elman_steps(data: Data) -> Callable[[], Any]:
    """Return the loop that an expert writes who has one input at a time."""
    x, W, U, b = data["x"], data["W"], data["U"], data["b"]

    def run() -> list[Any]:
        h = np.zeros(len(b))
        found = []
        for value in x:
            h = elman_by_hand.step(h, value, W, U, b)
            found.append(h)
        return found

    return run


def biquad_steps(data: Data) -> Callable[[], Any]:
    """Return the loop over Python's own numbers."""
    x, a1, a2 = data["x"].tolist(), data["a1"], data["a2"]
    b0, b1, b2 = data["b"].tolist()

    def run() -> list[float]:
        x1 = x2 = y1 = y2 = 0.0
        found = []
        for value in x:
            y = b0 * value + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2
            x1, x2, y1, y2 = value, x1, y, y1
            found.append(y)
        return found

    return run


def rows() -> Iterator[Row]:
    """Yield the rows of calls."""
    yield Row(
        "a call of one step, Elman 4 → 8",
        "calls",
        one_input,
        {
            OURS: ours(ELMAN, "h"),
            PLAIN: ours(ELMAN, "h", plain=True),
            OURS_NUMBA: ours(ELMAN, "h", target="numba"),
            EXPERT: by_hand("expert.elman", "one_step"),
        },
        reference_name="one line of NumPy",
        goal=30,
        unit=Unit("µs", 1e6, "time"),
        sizes={"inputs": 4, "units": 8},
    )
    yield Row(
        "stepper: Elman 4 → 8, 1000 inputs one by one",
        "calls",
        several_inputs,
        {
            OURS: stepper(ELMAN, "h", lambda data: list(data["x"])),
            OURS_NUMBA: stepper(ELMAN, "h", lambda data: list(data["x"]), target="numba"),
            EXPERT: lambda: elman_steps,
        },
        reference_name="a function of one step, in NumPy",
        goal=3,
        sizes={"steps": 1000, "inputs": 4, "units": 8},
        small={"steps": 12, "inputs": 2, "units": 3},
    )
    yield Row(
        "stepper: biquad filter, one sample",
        "calls",
        samples,
        {
            OURS: stepper("biquad", "y", lambda data: data["x"].tolist()),
            OURS_NUMBA: stepper("biquad", "y", lambda data: data["x"].tolist(), target="numba"),
            EXPERT: lambda: biquad_steps,
        },
        reference_name="Python floats",
        goal=2,
        unit=Unit("µs", 1e6 / 10_000, "time"),
        sizes={"steps": 10_000},
        small={"steps": 12},
    )
    yield Row(
        "Elman 32 → 64, 1000 steps in ten calls that go on",
        "calls",
        several_inputs,
        {OURS: in_pieces, EXPERT: whole},
        reference_name="expert NumPy, at once",
        sizes={"steps": 1000, "inputs": 32, "units": 64},
        small={"steps": 30, "inputs": 2, "units": 3},
    )


def whole() -> Contender:
    """Return the expert's network over all steps at once, without a batch."""
    return lambda data: lambda: elman_by_hand.rows(data["x"][None], data["W"], data["U"], data["b"])[0]
