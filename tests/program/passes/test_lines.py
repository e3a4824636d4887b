"""Wavefronts of two axes are slices of flat arrays, whatever their direction and whatever else is read on them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from generators.rewritings import rewritten
from hypothesis import given
from hypothesis import strategies as st
from oracles.kernel_interpreter import ROUTINES
from support.profiles import examples

from unfoldgraph import Circuit
from unfoldgraph.language.text import read
from unfoldgraph.program.checking.check import check
from unfoldgraph.program.ir import Each, Kernel, statements_in
from unfoldgraph.program.passes.hoist import hoist
from unfoldgraph.program.passes.lattices.lines import lines
from unfoldgraph.program.pipeline import kernel_of
from unfoldgraph.program.schedule import schedule_of
from unfoldgraph.program.targets import numpy_statements

NETWORK = "x(i, j) : n; b : m; U : (m, n); V, W : (m, m)"
CASES = {
    "a network": f"h(i, j) = tanh(b + U @ x(i, j) + V @ h(i-1, j) + W @ h(i, j-1)); {NETWORK}",
    "more than one product": (
        "h(i, j) = V @ h(i-1, j) * (W.T @ h(i, j-1)) + x(i, j) - h(i-1, j-1) @ V - (W @ V) @ x(i, j) - W @ b;"
        "x(i, j), b : m; V, W : (m, m)"
    ),
    "a table": "c(i, j) = 0.5 * c(i-1, j) + x(i, j) * c(i, j-1) - c(i-1, j-1); x(i, j) : ()",
    "direction (1, 2)": "c(i, j) = tanh(p * c(i-1, j) + q * c(i+1, j-1) + x(i, j)); x(i, j) : (); p, q : ()",
    "direction (2, 1)": "c(i, j) = tanh(c(i, j-1) + c(i-1, j+1) * x(i, j)); x(i, j) : ()",
    "direction (1, 3)": "c(i, j) = tanh(c(i+2, j-1) + c(i-1, j) * x(i, j)); x(i, j) : ()",
    "backward": "c(i, j) = tanh(c(i+1, j) - c(i, j+1) * x(i, j)); x(i, j) : ()",
    "forward and backward": "c(i, j) = tanh(c(i-1, j) - c(i, j+1) * x(i, j)); x(i, j) : ()",
    "what has one axis": "c(i, j) = c(i-1, j) * p(i) + c(i, j-1) * q(j) + c(i-1, j-1) * (p(i) > q(j)); p(i), q(j) : ()",
    "turned": "c(i, j) = tanh(c(i-1, j) * x(j, i) + c(i, j-1) * y(i, j)); x(j, i), y(i, j) : ()",
    "far away": "c(i, j) = tanh(c(i-2, j) + x(i, j) * c(i, j-3)); x(i, j) : (); c(-1, j) = 1; c(0, j) = j",
    "a choice": "c(i, j) = c(i-1, j-1) + 1 if a(i) == b(j) else max(c(i-1, j), c(i, j-1)); a(i), b(j) : ()",
    "two signals": "c(i, j) = tanh(c(i, j-1) + d(i-1, j) * x(i, j)); d(i, j) = 0.5 * c(i, j) + c(i-1, j); x(i, j) : ()",
    "a rounded sum": "c(i, j) = min(c(i-1, j) + g, c(i, j-1) + g, c(i-1, j-1) + x(i, j)); x(i, j), g : ()",
}
CASES["far away"] += "; c(i, 0) = 3; c(i, -1) = 2; c(i, -2) = i; " + "; ".join(
    f"c({i}, {j}) = {i - j}" for i in (-1, 0) for j in (-2, -1, 0)
)


def on_fronts(kernel: Kernel) -> list[Each]:
    return [one for one in statements_in(kernel.body) if isinstance(one, Each) and one.on]


def in_lines(text: str) -> Kernel:
    return lines(kernel_of(schedule_of(read(text), None), (hoist,)))


@examples(200)
@given(st.sampled_from([*CASES]), st.integers(0, 10**6))
def test_it_is_found_however_it_is_written(name: str, seed: int) -> None:
    written = rewritten(CASES[name], seed)
    found = on_fronts(in_lines(written))
    assert found and all(one.in_lines for one in found), written


@pytest.mark.parametrize("name", CASES)
def test_it_keeps_the_rules(name: str) -> None:
    check(in_lines(CASES[name]), routines=ROUTINES)


@pytest.mark.parametrize(
    "text",
    [
        "c(i, j, k) = c(i-1, j, k) + c(i, j-1, k) + c(i, j, k-1)",
        "c(i, j) = tanh(c(i-1, j) + c(i, j-1) * f(x(i, j))); x(i, j) : ()",
        "c(i, j) = c(i-1, j) + tanh(c(i, j-1)); c(2, 2) = 1",
        "c(i, j) = c(i-1, j) + i * c(i, j-1) for j in 1..i",
        "x(i), d(i) : (); c(i, j) = tanh(c(i-1, j) + c(i, j-1) * x(i - floor(d(i))))",
        "c(i, j) = tanh(c(i-1, j) + c(i, j-1) * sum(x(k, i) * c(i-1, j) for k)); x(k, i) : ()",
    ],
)
def test_what_is_left(text: str) -> None:
    kernel = in_lines(text)
    assert all(not one.in_lines or len(one.ranges) == 2 for one in on_fronts(kernel))
    circuit = Circuit(text)
    lengths = dict(zip(circuit.model.axes, (4, 3, 2), strict=False))
    data: dict[str, Any] = data_of(circuit, lengths, (), np.random.default_rng(0))
    data |= dict.fromkeys(circuit.model.functions, np.tanh)
    told = {axis for axes in circuit.model.inputs.values() for axis in axes}
    steps = {axis: count for axis, count in lengths.items() if axis not in told}
    assert_the_same(circuit, data, {"steps": steps} if steps else {})


def data_of(circuit: Circuit, lengths: dict[str, int], batch: tuple[int, ...], random: Any) -> dict[str, Any]:
    found, sizes = {}, {"m": 3, "n": 2}
    for name in (*circuit.model.inputs, *circuit.model.parameters):
        shape = tuple(sizes.get(str(one), one) for one in circuit.model.shapes[name] or ())
        places = tuple(lengths[axis] for axis in circuit.model.inputs.get(name, ()))
        found[name] = random.normal(size=(*batch, *places, *shape))
    return found


def assert_the_same(circuit: Circuit, data: dict[str, Any], told: dict[str, Any]) -> None:
    meant, found = circuit.compile(plain=True)(**data, **told), circuit.compile()(**data, **told)
    for signal, value in meant.items():
        assert found[signal].dtype == value.dtype
        if circuit.model.shapes[signal]:
            # How an array lies in memory may change the last digits of a product.
            tolerance = 1e-5 if value.dtype == np.float32 else 1e-12
            np.testing.assert_allclose(found[signal], value, rtol=tolerance, atol=tolerance, err_msg=signal)
        else:
            np.testing.assert_array_equal(found[signal], value, signal)


@examples(150)
@given(
    st.sampled_from([*CASES]),
    st.tuples(st.integers(0, 7), st.integers(0, 7)),
    st.integers(0, 999),
    st.sampled_from([(), (1,), (3,), (2, 2), (0,)]),
    st.sampled_from([None, np.inf, -np.inf, np.nan]),
    st.sampled_from([np.float64, np.float32]),
    st.booleans(),
)
def test_it_means_what_the_plain_loop_means(
    name: str,
    steps: tuple[int, int],
    seed: int,
    batch: tuple[int, ...],
    odd: float | None,
    dtype: type,
    is_shared: bool,
) -> None:
    circuit = Circuit(CASES[name])
    random = np.random.default_rng(seed)
    lengths = dict(zip(circuit.model.axes, steps, strict=False))
    data = {own: value.astype(dtype) for own, value in data_of(circuit, lengths, batch, random).items()}
    if is_shared and batch and batch[0]:
        for own in circuit.model.parameters:
            data[own] = data[own][(0,) * len(batch)]
    if odd is not None:
        chosen = data[random.choice([*data])]
        chosen.flat[: min(1, chosen.size)] = odd
    kept = {own: value.copy() for own, value in data.items()}
    assert_the_same(circuit, data, {})
    for own, value in data.items():
        np.testing.assert_array_equal(value, kept[own])


@pytest.mark.parametrize("name", ["a network", "direction (1, 2)", "a choice"])
def test_a_large_table(name: str) -> None:
    circuit = Circuit(CASES[name])
    data = data_of(circuit, {"i": 70, "j": 45}, (), np.random.default_rng(3))
    assert_the_same(circuit, {own: np.round(value, 1) for own, value in data.items()}, {})


def test_a_fault_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    first = numpy_statements._Writer._first

    def shifted(self: Any, begins: Any, width: Any, scope: Any) -> Any:
        return first(self, [begins[0], *(one + 1 for one in begins[1:])], width, scope)

    monkeypatch.setattr(numpy_statements._Writer, "_first", shifted)
    circuit = Circuit("c(i, j) = c(i-1, j) + 2 * c(i, j-1) + x(i, j) * c(i-1, j-1) + x(i, j); x(i, j) : ()")
    data = data_of(circuit, {"i": 4, "j": 5}, (), np.random.default_rng(0))
    with pytest.raises((AssertionError, ValueError)):
        assert_the_same(circuit, data, {})
