"""One product a step, found however a network is written, and the same as the plain loop exactly and in floats."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np
import pytest
from generators.rewritings import rewritten
from hypothesis import given
from hypothesis import strategies as st
from support.profiles import examples

from unfoldgraph import Circuit
from unfoldgraph.language.text import read
from unfoldgraph.program.ir import Assign, For, Kernel, Make, Remark, Routine, statements_in
from unfoldgraph.program.names import written_name
from unfoldgraph.program.pipeline import variants_of
from unfoldgraph.program.schedule import schedule_of

NETWORKS = {
    "Elman": "h(t) = tanh(b + W @ h(t-1) + U @ x(t)); x(t) : n; W : (m, m); U : (m, n); b : m",
    "without inputs": "h(t) = tanh(b + W @ h(t-1)); W : (m, m); b : m",
    "backward": "h(t) = tanh(b + W @ h(t+1) + U @ x(t)); x(t) : n; W : (m, m); U : (m, n); b : m",
    "two delays": "h(t) = tanh(W @ h(t-1) + V @ h(t-2) + U @ x(t)); x(t) : n; W, V : (m, m); U : (m, n)",
    "an earlier input": "h(t) = tanh(W @ h(t-1) + U @ x(t-2) - b); x(t) : n; W : (m, m); U : (m, n); b : m",
    "gated": (
        "z(t) = sigmoid(W @ h(t-1) + U @ x(t)); h(t) = z(t) * h(t-1) + (1 - z(t)) * tanh(V @ h(t-1) + b);"
        "x(t) : n; W, V : (m, m); U : (m, n); b : m"
    ),
    "a gate that multiplies": (
        "z(t) = sigmoid(W @ h(t-1) + U @ x(t)); h(t) = z(t) * tanh(V @ h(t-1) + T @ x(t));"
        "x(t) : n; W, V : (m, m); U, T : (m, n)"
    ),
    "coupled": (
        "g(t) = tanh(W @ g(t-1) + V @ h(t-1) + U @ x(t)); h(t) = tanh(A @ h(t-1) + B @ g(t) + c);"
        "x(t) : n; W, V, A, B : (m, m); U : (m, n); c : m"
    ),
}


def shared(text: str, outputs: list[str] | None = None) -> Kernel:
    """Return the kernel for calls in which all sequences have the parameters in common."""
    (kernel,) = (one.kernel for one in variants_of(schedule_of(read(text), outputs)) if one.holds == "shared")
    return kernel


def loops_of(kernel: Kernel) -> list[For]:
    return [one for one in kernel.body if isinstance(one, For)]


@examples(200)
@given(st.sampled_from([*NETWORKS]), st.integers(0, 10**6))
def test_every_turn_makes_no_array_however_it_is_written(name: str, seed: int) -> None:
    written = rewritten(NETWORKS[name], seed)
    loops = loops_of(shared(written))
    assert loops, written
    for loop in loops:
        for one in loop.body:
            assert isinstance(one, Remark) or (isinstance(one, Assign) and one.in_place), written


@examples(100)
@given(st.integers(0, 10**6))
def test_there_is_one_product_a_step_where_there_can_be(seed: int) -> None:
    # What has a name of its own is a signal, and a product of its own.
    text = rewritten(NETWORKS["Elman"], seed)
    kernel = shared(text)
    made = [one for one in statements_in(kernel.body) if isinstance(one, Make)]
    stacked = [written_name(one.buffer.name) for one in made if one.buffer.name.startswith("columns")]
    assert stacked == ["columns"] or "part(t) =" in text, text


def data_of(circuit: Circuit, steps: int, batch: tuple[int, ...], seed: int, scale: float = 0.5) -> dict[str, Any]:
    random, sizes = np.random.default_rng(seed), {"m": 3, "n": 2}
    found = {}
    for name in (*circuit.model.inputs, *circuit.model.parameters):
        shape = tuple(sizes.get(str(one), one) for one in circuit.model.shapes[name] or ())
        lead = (*batch, steps) if name in circuit.model.inputs else ()
        found[name] = random.normal(size=(*lead, *shape)) * scale
    for boundary in circuit.model.free:
        count = (boundary.count,) if boundary.has_several else ()
        found[boundary.argument] = random.normal(size=(*batch, *count, 3 if boundary.name != "x" else 2))
    return found


@examples(100)
@given(
    st.sampled_from([*NETWORKS]),
    st.integers(0, 5),
    st.integers(0, 99),
    st.sampled_from([(), (1,), (4,), (2, 3), (0,)]),
    st.sampled_from([np.float64, np.float32]),
    st.sampled_from([None, ["h"]]),
    st.sampled_from([None, np.inf, np.nan]),
)
def test_it_means_what_the_plain_loop_means(
    name: str,
    steps: int,
    seed: int,
    batch: tuple[int, ...],
    dtype: type,
    outputs: list[str] | None,
    odd: float | None,
) -> None:
    circuit = Circuit(NETWORKS[name])
    data = {own: value.astype(dtype) for own, value in data_of(circuit, steps, batch, seed).items()}
    told = {} if circuit.model.inputs else {"steps": steps}
    if odd is not None and "x" in data and data["x"].size:
        data["x"].flat[seed % data["x"].size] = odd
    kept = {own: value.copy() for own, value in data.items()}
    plain = circuit.compile(plain=True, outputs=outputs)(**data, **told)
    fast = circuit.compile(outputs=outputs)(**data, **told)
    tolerance = 1e-5 if dtype is np.float32 else 1e-12
    for signal, value in plain.items():
        assert fast[signal].shape == value.shape and fast[signal].dtype == value.dtype
        np.testing.assert_allclose(fast[signal], value, rtol=tolerance, atol=tolerance, err_msg=signal)
    for own, value in data.items():
        np.testing.assert_array_equal(value, kept[own])
        assert not any(np.shares_memory(value, result) for result in fast.values())


def test_sequences_with_parameters_of_their_own_run_the_plain_loop() -> None:
    circuit = Circuit(NETWORKS["Elman"])
    data = data_of(circuit, 4, (5,), 1)
    data["W"] = np.stack([data["W"] * at for at in range(5)])
    np.testing.assert_array_equal(circuit.compile()(**data).h, circuit.compile(plain=True)(**data).h)


def test_a_block_of_zeros_stands_beside_no_vector_that_a_row_does_not_read() -> None:
    kernel = shared(NETWORKS["gated"])
    blocks = [one for one in statements_in(kernel.body) if isinstance(one, Routine)]
    # The candidate reads h alone, so that an infinite input stays out of it.
    assert [len(one.arguments) for one in blocks] == [1]


def test_gates_are_quotients_only_where_they_are_factors_and_not_returned() -> None:
    text = NETWORKS["a gate that multiplies"]
    inside = [one.value.row for one in loops_of(shared(text, ["h"]))[0].body if isinstance(one, Assign)]  # type: ignore[union-attr]
    assert inside == ["matmul", "exp", "add", "tanh", "div"]
    returned = [one.value.row for one in loops_of(shared(text))[0].body if isinstance(one, Assign)]  # type: ignore[union-attr]
    assert returned == ["matmul", "exp", "add", "div", "tanh", "mul"]


def test_generated_loops_call_functions_that_are_told_where_to_put_what_they_compute() -> None:
    source = Circuit.gallery("lstm").compile(outputs=["h"]).source
    (loop,) = (
        node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.For) and "columns" in ast.dump(node)
    )
    calls = [one.value for one in loop.body if isinstance(one, ast.Expr) and isinstance(one.value, ast.Call)]
    assert len(calls) == len(loop.body) == 9
    assert all([word.arg for word in one.keywords] == ["out"] for one in calls)


@pytest.mark.parametrize(
    "text", ["h(t) = tanh(W @ f(h(t-1))); h(t) : m", "P(t) = A @ P(t-1) @ A.T + Q; P(t), A, Q : (m, m)"]
)
def test_what_has_no_columns_is_left_as_it_is(text: str) -> None:
    assert all(one.holds != "shared" for one in variants_of(schedule_of(read(text), None)))


def test_a_row_without_what_is_added_keeps_the_type() -> None:
    circuit = Circuit("h(t) = tanh(W @ h(t-1) + b) * tanh(V @ h(t-1)); W, V : (m, m); b : m")
    one = np.eye(2, dtype=np.float32)
    found = circuit.compile()(W=one, V=one, b=np.ones(2, np.float32), h0=np.ones(2, np.float32), steps=3).h
    assert found.dtype == np.float32


def test_results_share_nothing_with_each_other() -> None:
    text = "h(t) = tanh(W @ h(t-1) + x(t)); last = h(end); x(t) : m; W : (m, m)"
    for batch in ((), (1,), (3,)):
        found = Circuit(text).compile()(x=np.ones((*batch, 4, 2)), W=np.eye(2))
        assert not np.shares_memory(found.h, found.last)


@pytest.mark.parametrize("text", ["s(t) = tanh(s(t-1)); s(0) = 1", "a(t) = exp(-a(t-2)); a(0) = 1; a(-1) = 2"])
def test_what_takes_no_array_has_no_sequences(text: str) -> None:
    circuit = Circuit(text)
    for name, value in circuit.compile(plain=True)(steps=4).items():
        np.testing.assert_array_equal(circuit.compile()(steps=4)[name], value)


def test_a_row_of_a_place_that_is_not_there_is_not_taken_where_there_is_no_step() -> None:
    circuit = Circuit("x(i, j) : (); c(i) = 0.5 * tanh(c(i-1)) + x(i, 1)")
    program = circuit.compile()
    assert program(x=np.ones((2, 0, 0))).c.shape == (2, 0)
    np.testing.assert_array_equal(program(x=np.ones((2, 3, 1))).c, circuit.compile(plain=True)(x=np.ones((2, 3, 1))).c)
