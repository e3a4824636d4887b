"""A kernel goes on where it has ended, exactly, and programs leave out the sequences that have ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from generators.rewritings import rewritten
from hypothesis import given
from hypothesis import strategies as st
from oracles.kernel_interpreter import FIELD, ROUTINES, run_kernel
from support.profiles import examples

from unfoldgraph import Circuit
from unfoldgraph.algebra.finite_field import FINITE_FIELD, PRIME
from unfoldgraph.base.affine import Affine, length
from unfoldgraph.language.text import read
from unfoldgraph.program.checking.check import check
from unfoldgraph.program.ir import Access, Continuation, Kernel, KernelStatement, Make
from unfoldgraph.program.passes.columns import columns
from unfoldgraph.program.passes.layout import in_columns
from unfoldgraph.program.passes.pieces import in_pieces
from unfoldgraph.program.pipeline import IN_COLUMNS, LINEAR, kernel_of
from unfoldgraph.program.schedule import schedule_of

SIZES = "x(t) : n; W, V, A : (m, m); U : (m, n); b : m"
NETWORKS = {
    "with a read-out": f"h(t) = tanh(b + W @ h(t-1) + U @ x(t)); o(t) = V @ h(t); {SIZES}",
    "two delays": f"h(t) = tanh(W @ h(t-1) + V @ h(t-2) + U @ x(t) + A @ b); {SIZES}",
    "two signals": (
        f"g(t) = tanh(W @ g(t-1) + V @ h(t-1) + U @ x(t)); h(t) = tanh(A @ h(t-2) + W @ g(t)); o(t) = g(t-1) - h(t); "
        f"{SIZES}"
    ),
    "gated": (
        "z(t) = sigmoid(W @ h(t-1) + U @ x(t)); c(t) = z(t) * c(t-1) + (1 - z(t)) * tanh(V @ h(t-1) + U @ x(t));"
        f"h(t) = sigmoid(A @ h(t-1) + U @ x(t)) * tanh(c(t)); {SIZES}"
    ),
}
NUMBERS = {"# size m": 3, "# size n": 2, "# sequences": 2}
(STEPS,) = (name for name, _ in length("t").terms)


def going_on(text: str, outputs: list[str] | None = None) -> tuple[Kernel, Continuation]:
    """Return the kernel in columns that may go on, after all its passes."""
    model = read(text)
    shared = frozenset(model.parameters)
    found = in_pieces(in_columns(kernel_of(schedule_of(model, outputs), LINEAR), shared), shared)
    assert found is not None, text
    kernel = columns(found[0], shared)
    for one in IN_COLUMNS:
        kernel = one(kernel)
    return kernel, found[1]


def arguments_of(kernel: Kernel, steps: int, seed: int) -> dict[str, Any]:
    """Return numbers for each argument of a kernel in columns."""
    random, numbers = np.random.default_rng(seed), NUMBERS | {STEPS: steps}
    return {
        one.name: FINITE_FIELD.asarray(random.integers(PRIME, size=[dim.extent.number(numbers) for dim in one.dims]))
        for one in kernel.arguments
    }


def run(kernel: Kernel, steps: int, arguments: Mapping[str, Any]) -> dict[str, Any]:
    return run_kernel(kernel, NUMBERS | {STEPS: steps}, arguments, routines=ROUTINES, arithmetic=FIELD)


def in_two(
    kernel: Kernel, pieces: Continuation, steps: int, first: int, arguments: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what two pieces give, the second from where the first has ended."""
    begun = run(kernel, first, {**arguments, **{name: arguments[name][:first] for name in pieces.along}})
    state = {begin: begun[end] for begin, end in zip(pieces.begins, pieces.ends, strict=True)}
    rest = {name: arguments[name][first:] for name in pieces.along}
    gone_on = run(kernel, steps - first, {**arguments, **state, **rest})
    along = {one.name for one in kernel.results if any(dim.extent == length("t") for dim in one.dims)}
    return {name: np.concatenate([begun[name], value]) if name in along else value for name, value in gone_on.items()}


def assert_it_goes_on(kernel: Kernel, pieces: Continuation, steps: int, first: int, seed: int) -> None:
    arguments = arguments_of(kernel, steps, seed)
    found = in_two(kernel, pieces, steps, first, arguments)
    for name, value in run(kernel, steps, arguments).items():
        np.testing.assert_array_equal(found[name], value, name)


@examples(60)
@given(st.sampled_from([*NETWORKS]), st.integers(0, 10**6), st.integers(0, 5), st.integers(0, 5), st.booleans())
def test_a_kernel_goes_on_where_it_has_ended(name: str, seed: int, steps: int, first: int, all_of_them: bool) -> None:
    text = rewritten(NETWORKS[name], seed)
    last = Circuit(text).signals[-1]
    kernel, pieces = going_on(text, None if all_of_them else [last])
    check(kernel, routines=ROUTINES)
    assert_it_goes_on(kernel, pieces, steps, min(first, steps), seed)


def test_the_last_place_is_that_of_the_last_piece() -> None:
    kernel, pieces = going_on(f"{NETWORKS['with a read-out']}; y = o(end)", ["y"])
    assert_it_goes_on(kernel, pieces, 5, 2, 1)


@pytest.mark.parametrize("name", [*NETWORKS])
def test_a_fault_is_told(name: str) -> None:
    kernel, pieces = going_on(NETWORKS[name])

    def late(statement: KernelStatement) -> KernelStatement:
        """Return what is kept for the next piece as it was a step before."""
        if not isinstance(statement, Make) or statement.buffer.name not in pieces.ends:
            return statement
        assert isinstance(statement.fill, Access)
        places = tuple((dim, at - 1 if isinstance(at, Affine) else at) for dim, at in statement.fill.places)
        return replace(statement, fill=replace(statement.fill, places=places))

    with pytest.raises(AssertionError):
        assert_it_goes_on(replace(kernel, body=tuple(map(late, kernel.body))), pieces, 6, 3, 1)


@pytest.mark.parametrize(
    "text",
    [
        "h(t) = tanh(W @ h(t-1) + t); h(t) : m",
        "h(t) = tanh(W @ h(t-1) + U @ x(t-1)); x(t) : n; h(t) : m",
        "h(t) = tanh(W @ h(t-1) + U @ x(1)); x(t) : n; h(t) : m",
        "h(t) = tanh(W @ h(t-1) + U @ x(t+1)); x(t) : n; h(t) : m",
        "h(t) = tanh(W @ h(t+1) + U @ x(t)); x(t) : n; h(t) : m",
        "h(t) = tanh(W @ h(t-1) + U @ x(t)); h(0) = b; x(t) : n; b : m",
        "h(t) = tanh(W @ h(t-1) + U @ x(t)); h(2) = b; x(t) : n; b : m",
        "h(t) = tanh(W @ h(t-1) + U @ x(t)); g(t) = h(t) - h(end); x(t) : n",
        "h(t) = tanh(W @ h(t-1) + U @ x(t)); y = sum(h(t) for t); x(t) : n",
        "h(t) = tanh(W @ h(t-1) + U @ x(t)); g(t) = sum(h(s) for s in 1..t); x(t) : n",
        "h(t) = tanh(W @ h(t-1) + U @ x(t)); g(t) = h(floor(t / 2)); x(t) : n",
        "h(t) = f(W @ h(t-1) + U @ x(t)); x(t) : n; h(t) : m",
        "c(i, j) = tanh(c(i-1, j) + c(i, j-1) + x(i, j)); x(i, j) : ()",
        "o(t) = V @ x(t); x(t) : n",
        "h(t) = tanh(W @ h(t-1) + U @ x(t)); g(s) = 2 * h(s); S(t, s) = h(t); x(t) : n",
    ],
)
def test_what_goes_by_more_than_what_came_before_does_not_go_on(text: str) -> None:
    model = read(text)
    assert in_pieces(kernel_of(schedule_of(model, None), LINEAR), frozenset(model.parameters)) is None


def data_of(circuit: Circuit, steps: int, batch: tuple[int, ...], seed: int) -> dict[str, Any]:
    random, sizes = np.random.default_rng(seed), {"m": 3, "n": 2}
    found = {}
    for name in (*circuit.model.inputs, *circuit.model.parameters):
        shape = tuple(sizes.get(str(one), one) for one in circuit.model.shapes[name] or ())
        found[name] = random.normal(size=((*batch, steps) if name in circuit.model.inputs else ()) + shape) * 0.5
    for boundary in circuit.model.free:
        count = (boundary.count,) if boundary.has_several else ()
        found[boundary.argument] = random.normal(size=(*batch, *count, 3))
    return found


@examples(60)
@given(
    st.sampled_from([*NETWORKS]),
    st.sampled_from([0, 1, 2, 7, 40]),
    st.integers(0, 99),
    st.sampled_from([(), (1,), (5,), (2, 3), (0,)]),
    st.sampled_from([np.float64, np.float32]),
    st.sampled_from([None, np.inf, np.nan]),
    st.booleans(),
)
def test_sequences_end_as_they_do_alone(
    name: str, steps: int, seed: int, batch: tuple[int, ...], dtype: type, odd: float | None, all_of_them: bool
) -> None:
    circuit = Circuit(NETWORKS[name])
    program = circuit.compile(outputs=None if all_of_them else [circuit.signals[-1]])
    data = {own: value.astype(dtype) for own, value in data_of(circuit, steps, batch, seed).items()}
    lengths = np.random.default_rng(seed).integers(0, steps + 1, batch)
    if odd is not None and data["x"].size:
        # What comes after the end of a sequence changes nothing before it.
        data["x"].flat[seed % data["x"].size] = odd
    found = program(**data, lengths=lengths)
    tolerance = 1e-5 if dtype is np.float32 else 1e-12
    for at in np.ndindex(*batch):
        end = int(lengths[at])
        of_each = {own: value[at] for own, value in data.items() if own not in circuit.model.parameters}
        expected = program(**{**data, **of_each, "x": data["x"][at][:end]})
        for signal, value in expected.items():
            assert found[signal].dtype == dtype and found[signal].shape[: len(batch) + 1] == (*batch, steps)
            np.testing.assert_allclose(found[signal][at][:end], value, rtol=tolerance, atol=tolerance, err_msg=signal)
            assert not found[signal][at][end:].any()


def test_lengths_bring_sequences_of_their_own() -> None:
    circuit = Circuit(NETWORKS["gated"])
    program, data = circuit.compile(), data_of(circuit, 9, (), 1)
    found = program(**data, lengths=[[9, 4], [0, 2]])
    assert found.h.shape == (2, 2, 9, 3)
    np.testing.assert_allclose(found.h[0, 1, :4], program(**data).h[:4], rtol=1e-12)
    assert not found.h[0, 1, 4:].any() and not found.h[1, 0].any()


@pytest.mark.parametrize("batch", [(), (1,), (3,)])
@pytest.mark.parametrize("name", [*NETWORKS])
def test_many_steps_are_computed_in_pieces(name: str, batch: tuple[int, ...]) -> None:
    circuit = Circuit(NETWORKS[name])
    steps = 9001
    data = data_of(circuit, steps, batch, 5)
    expected = circuit.compile(plain=True)(**data)
    found = circuit.compile()(**data)
    for signal, value in expected.items():
        assert found[signal].shape == value.shape
        np.testing.assert_allclose(found[signal], value, rtol=1e-9, atol=1e-9, err_msg=signal)
    if batch:
        lengths = np.array([4100, steps, 17])[: batch[0]]
        ended = circuit.compile()(**data, lengths=lengths)
        for signal, value in found.items():
            for sequence, end in enumerate(lengths.tolist()):
                np.testing.assert_allclose(ended[signal][sequence, :end], value[sequence, :end], rtol=1e-9, atol=1e-9)
                assert not ended[signal][sequence, end:].any()


def test_what_is_not_kept_takes_no_memory() -> None:
    # The numbers of the steps show in the length of what is made inside.
    source = Circuit(NETWORKS["with a read-out"]).compile(outputs=["o"]).source
    assert "def some_steps(x, h0, steps, sequences):" in source
    # Where all is returned and a turn is short, the loop stands as it is.
    assert "some_steps" not in Circuit.gallery("rnn").compile().source


def test_what_all_sequences_have_in_common_is_there_for_each() -> None:
    circuit = Circuit(f"{NETWORKS['gated']}; p(t) = tanh(V @ b)")
    data = data_of(circuit, 7, (3,), 2)
    found, whole = circuit.compile()(**data, lengths=[7, 1, 3]), circuit.compile(plain=True)(**data)
    for signal, value in whole.items():
        np.testing.assert_allclose(found[signal][2, :3], value[2, :3], rtol=1e-12)
        assert not found[signal][2, 3:].any()


def test_sequences_with_parameters_of_their_own_are_cut_off() -> None:
    circuit = Circuit(NETWORKS["gated"])
    data = data_of(circuit, 5, (2,), 3)
    data["W"] = np.stack([data["W"], -data["W"]])
    whole, found = circuit.compile()(**data), circuit.compile()(**data, lengths=[5, 2])
    np.testing.assert_array_equal(found.h[1, :2], whole.h[1, :2])
    assert not found.h[1, 2:].any()
