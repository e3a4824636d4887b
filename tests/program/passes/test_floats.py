"""Loops over single numbers mean the same on Python's own numbers as on arrays, digit by digit."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.profiles import examples

from unfoldgraph import Circuit

SINGLE = {
    "logistic map": "s(t) = r * s(t-1) * (1 - s(t-1))",
    "Lorenz": (
        "x(t) = x(t-1) + h * (y(t-1) - x(t-1)); y(t) = y(t-1) + h * (x(t-1) * (r - z(t-1)) - y(t-1));"
        "z(t) = z(t-1) + h * (x(t-1) * y(t-1) - b * z(t-1))"
    ),
    "a choice": "y(t) = 1 if y(t-1) > x(t) else y(t-2) * 0.5",
    "several choices": "y(t) = (2 if x(t) == 0 else y(t-1)) * (y(t-2) if y(t-1) <= a else -1) + 3",
    "backward": "y(t) = y(t+1) * y(t+1) * a + x(t)",
    "Fibonacci": "F(t) = F(t-1) + F(t-2); F(1) = 1; F(2) = 1",
    "in one turn": "u(t) = v(t-1) * x(t) * v(t-2); v(t) = u(t) * u(t) - u(t-1) + 2 * x(t-1)",
    "whole numbers alone": "y(t) = (2 if x(t) > 0 else 3) * (5 if y(t-1) * y(t-1) > 1 else 7)",
    "a part that is read twice": "y(t) = (y(t-1) + x(t)) * (y(t-1) + x(t))",
}
ODD = [0.0, -0.0, 1e3, 1e308, -1e308, np.inf, -np.inf, np.nan, 5e-324]


def data_of(circuit: Circuit, steps: int, seed: int, odd: float | None) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    found: dict[str, Any] = {}
    for name in (*circuit.model.inputs, *circuit.model.parameters):
        found[name] = random.normal(size=steps if name in circuit.model.inputs else ())
    for boundary in circuit.model.free:
        found[boundary.argument] = random.normal(size=boundary.count if boundary.has_several else ())
    chosen = [name for name, value in found.items() if np.size(value)]
    if odd is not None and chosen:
        name = chosen[seed % len(chosen)]
        found[name] = np.array(found[name])
        found[name].flat[seed % found[name].size] = odd
    return found


@examples(200)
@given(st.sampled_from([*SINGLE]), st.integers(0, 6), st.integers(0, 999), st.sampled_from([None, *ODD]))
def test_it_is_the_same_digit_by_digit(name: str, steps: int, seed: int, odd: float | None) -> None:
    circuit = Circuit(SINGLE[name])
    data = data_of(circuit, steps, seed, odd)
    told = {} if circuit.model.inputs else {"steps": steps}
    plain, fast = circuit.compile(plain=True)(**data, **told), circuit.compile()(**data, **told)
    for signal, value in plain.items():
        assert fast[signal].dtype == value.dtype
        np.testing.assert_array_equal(fast[signal], value, err_msg=signal)
        np.testing.assert_array_equal(np.signbit(fast[signal]), np.signbit(value), err_msg=signal)


@pytest.mark.parametrize("name", SINGLE)
def test_it_is_found(name: str) -> None:
    assert "memoryview(" in Circuit(SINGLE[name]).compile().source


@pytest.mark.parametrize(
    "text",
    [
        # A division by 0 raises in Python, a power of a negative number is complex, a function has other last digits.
        "y(t) = 1 / (y(t-1) + x(t))",
        "y(t) = y(t-1) ** x(t)",
        "y(t) = tanh(y(t-1)) * x(t)",
        "y(t) = y(t-1) % x(t) * y(t-1)",
        # Each turn that is read has a name.
        "y(t) = y(t-1000000) * y(t-1)",
        # A truth that is a number.
        "y(t) = (y(t-1) > 0) * y(t-1) * x(t)",
        "y(t) = y(t-1) * y(t-1) * inf",
        "y(t) = f(y(t-1)) * y(t-1)",
        "h(t) = h(t-1) * h(t-1) * a; h(t) : m",
    ],
)
def test_what_python_computes_otherwise_is_left(text: str) -> None:
    assert "memoryview(" not in Circuit(text).compile().source


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_a_batch_and_single_precision_take_the_other_way(kind: type) -> None:
    program = Circuit(SINGLE["logistic map"]).compile()
    found = program(r=np.array([3.1, 3.7], kind), s0=kind(0.3), steps=9).s
    expected = np.array([0.3, 0.3], kind)
    for step in range(9):
        expected = np.array([3.1, 3.7], kind) * expected * (1 - expected)
        np.testing.assert_array_equal(found[:, step], expected)
    single = program(r=kind(3.7), s0=kind(0.3), steps=9).s
    np.testing.assert_array_equal(single, found[1])
    assert single.dtype == found.dtype == kind


def test_names_of_the_circuit_hide_nothing_of_python() -> None:
    circuit = Circuit("float(t) = memoryview * float(t-1) * (1 - float(t-1))")
    found = circuit.compile()(memoryview=3.5, float0=0.3, steps=3)["float"]
    np.testing.assert_array_equal(found, circuit.compile(plain=True)(memoryview=3.5, float0=0.3, steps=3)["float"])
    assert re.search(r"_memoryview = memoryview", circuit.compile().source)


@pytest.mark.parametrize("outputs", [None, ["y"], ["s"], ["u", "y"]])
def test_what_only_its_own_turn_reads_is_not_kept(outputs: list[str] | None) -> None:
    # The transposed direct form of a filter.
    circuit = Circuit("s(n) = b*x(n) - a*y(n) + u(n-1); u(n) = c*x(n) - e*y(n); y(n) = d*x(n) + s(n-1)")
    data = {name: np.float64(0.1 * number) for number, name in enumerate("abcde", 1)} | {"x": np.arange(9.0)}
    plain = circuit.compile(plain=True, outputs=outputs)(**data)
    for name, value in plain.items():
        np.testing.assert_array_equal(circuit.compile(outputs=outputs)(**data)[name], value)


@pytest.mark.parametrize("text", ["y(t) = 0.5*y(t-1) + x(1) + x(t)", "y(t) = tanh(y(t-1)) + x(1) + x(t)"])
def test_a_fixed_place_is_not_read_where_there_is_no_step(text: str) -> None:
    program = Circuit(text).compile()
    assert program(x=np.ones(0)).y.shape == (0,)
    assert program(x=np.ones((2, 3)), lengths=[0, 2]).y[0].tolist() == [0, 0, 0]
