"""Programs over ranges, entries and any place compute what the plain meaning does, in loops and written out."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from generators.ranged_texts import ranged_programs
from hypothesis import assume, given
from hypothesis import strategies as st
from support.profiles import examples

from unfoldgraph import Circuit, CircuitError

pytestmark = pytest.mark.filterwarnings("ignore::unfoldgraph.base.errors.CircuitWarning")

_CRASHED = "crashed:"
BATCHES = ((), (), (2,), (2, 1), (0,))


def _outcome(compute: Callable[[], Any]) -> dict[str, Any] | str:
    try:
        return {name: np.asarray(value) for name, value in dict.items(compute())}
    except CircuitError as error:
        return error.message
    except Exception as error:
        # The line of a program that fails is in another file each time, which is no other failure.
        return f"{_CRASHED} {type(error).__name__}: {error}"


def assert_programs_mean_the_same(
    circuit: Circuit, lengths: tuple[int, ...], sizes: tuple[int, ...], seed: int, batch: tuple[int, ...]
) -> None:
    """Compare a loop, one for the last signal alone and what is written out with the plain meaning.

    All is small whole numbers.
    """
    random = np.random.default_rng(seed)
    own = dict(zip(circuit.model.own_axes, lengths, strict=False))
    named = dict.fromkeys(size for shape in circuit.model.shapes.values() for size in shape or ())
    known = dict(zip(named, sizes, strict=False))
    data: dict[str, Any] = {}
    for name in (*circuit.inputs, *circuit.parameters):
        lead = [own[circuit.model.length_of[axis]] for axis in circuit.model.axes_of(name)]
        some = batch[random.integers(0, len(batch) + 1) :] if batch else ()
        shape = [size if isinstance(size, int) else known[size] for size in circuit.model.shapes[name] or ()]
        data[name] = random.integers(-2, 5, size=(*some, *lead, *shape)).astype(float)
    given_by_inputs = {axis for axes in circuit.model.inputs.values() for axis in axes}
    steps = {axis: length for axis, length in own.items() if axis not in given_by_inputs}
    handed = {**data, **({"steps": steps} if steps else {})}
    expected = _outcome(lambda: circuit.unfold(own).evaluate(**data))
    # What is not returned may be kept for one turn only.
    (*others, last) = circuit.signals
    found = {
        "a loop": _outcome(lambda: circuit.compile()(**handed)),
        "a loop for the last": _outcome(lambda: circuit.compile(outputs=[last])(**handed)),
        "written out": _outcome(lambda: circuit.compile(steps=own)(**data)),
    }
    for form, one in found.items():
        assert not isinstance(one, str) or not one.startswith(_CRASHED), f"{form} {one}"
        if isinstance(expected, str):
            # What is refused may be another signal.
            is_refused = isinstance(one, str) or (form == "a loop for the last" and others)
            assert is_refused, f"{form}: computed, and not refused: {expected}"
            continue
        assert not isinstance(one, str), f"{form}: {one}"
        assert one.keys() == ({last} if form == "a loop for the last" else expected.keys()), form
        for name in one:
            value = expected[name]
            assert one[name].shape == value.shape, (form, name)
            np.testing.assert_allclose(one[name], value, rtol=1e-9, atol=1e-9, err_msg=f"{form}: {name}")


@examples(150)
@given(
    ranged_programs(),
    st.tuples(st.integers(0, 4), st.integers(0, 4)),
    st.tuples(*[st.integers(1, 3)] * 3),
    st.integers(0, 2**32),
    st.sampled_from(BATCHES),
)
def test_programs_over_ranges_mean_what_the_circuit_means(
    text: str, lengths: tuple[int, int], sizes: tuple[int, int, int], seed: int, batch: tuple[int, ...]
) -> None:
    try:
        circuit = Circuit(text)
        circuit.compile()
    except CircuitError:
        assume(False)
        raise
    assert_programs_mean_the_same(circuit, lengths, sizes, seed, batch)


#: What once was computed otherwise, or not at all.
FOUND = (
    # The edge of an input on a range.
    "x(t) : (); y(t) = x(t) + x(t-1); x(t) = 5 for t in 0..0",
    "x(t) : (); y(t) = x(t) + x(t+1); x(t) = 5 for t in end+1..end+1",
    "x(i, j) : (); y(i, j) = x(i, j) + x(i-1, j-1); x(i, j) = 5 for i in 0..0; x(i, j) = 7 for i in 1..end, j in 0..0",
    # An entry by an index that is bound over a whole axis.
    "x(j) : (); B : K; y = sum(x(j)*B[j-1] for j)",
    "x(j) : (); B : K; y = max(x(j)*B[end(j)-j] for j)",
    "B : (K, K); v(t, k) = max(v(t-1, j) + B[j-1, k-1] for j); v(0, k) = 0 if k == 1 else -inf",
    "x(j) : (); y = sum(sum(x(k) for k in 1..j) for j)",
    # Entries of entries and of slices.
    "s(t), x(j) : (); E : (V, K); r(t, j) = E[s(t)][j-1]*x(j)",
    "s(t) : (); E : (V, K); r(t) = sum(E[s(t)][k]*k for k in 0..K-1)",
    "s(t) : (); E : (V, V); r(t) = E[s(t)][s(t)]",
    "s(t) : (); v : 9; y(t) = v[t:t+2][1] + v[1:4][s(t)] + v[t:t+2][s(t)]",
    "x(t) : (); A : (M, K); y(t) = sum(A[:, x(k)][k-1] * x(k) for k in 1..t-1) for t in 1..2",
    # Ranges that begin, or end, below 0.
    "x(t) : (); y(t) = sum(x(p) for m in t-3..t, p in 1..m)",
    "x(t) : (); b : K; y(t) = sum(b[p] for m in -1..2, p in 0..m-1) * x(t)",
    "x(t) : (); y(t) = mean(sum(x(q) for q in 1..m) for m in t..end(t)-2)",
    "x(t) : (); y(t) = x(t) * max(m for m in -1..2, p in 1..m)",
    # Arrays that are shorter than a range.
    "x(t) : (); b : M; y(t) = b[t-1]*x(t) for t in 1..2",
    "x(t) : (); b : M; y(t) = sum(b[k]*x(t-k) for k in 0..3)",
    "x(t) : (); b : M; y(t) = b[t-1] for t in 1..3; z(t) = y(t) + x(t)",
    # Means of what a condition leaves.
    "x(t) : (); y(t) = mean(x(m) for m if x(m) > 0)",
    "x(t) : (); b : M; y(t) = b[t] * x(t) + mean(x(k) * sum(x(1) for l in 1..k) for k if k < 2) + 0.5*y(t-1)",
    # Equations on ranges that a size ends.
    "x(n) : (); b : M; y(n) = y(n-1) + b[0]*x(n) for n in M..end",
    "x(n) : (); b : M; y(n) = y(n-1) + b[0]*x(n) for n in 1..end-M",
    # Terms of terms, for several sequences.
    "x(t) : (); z(t) = sum(x(p)*x(q)*x(r) for p in 1..t, q in p+1..t, r in q+1..t)",
    "x(t) : m; z(t) = sum(sum(sum(x(r) for r in q+1..t) for q in p+1..t) for p in 1..t)",
    # No steps.
    "a(i), b(j) : (); c(i, j) = sum(a(k) for k in 1..j)",
    "a(i), b(j) : (); z(i, j) = mean(a(i)*b(j) for m in end(j)..j-1, p in m+1..end(j)) for j in 1..2",
    "x(t) : (); y(t) = x(1) + 0.5*y(t-1) for t in 1..2",
    "x(t) : (); b : M; y(t) = sum(x(k) * (b[k]*x(k) if k < 2 else b[k]*x(1)) for k) + 0.5*y(t-1) for t in 1..2",
    # Edges that read each other, of which each stands on a range of its own.
    "x(t) : (); y(t) = y(t-1) + x(t); y(t) = 1 + z(t) for t in -1..0; z(t) = y(t-1)*3 + 1 for t in 0..0; z(t) = x(t)",
    "x(i, j), a(i) : (); y(i, j) = a(i); y(i, j) = a(i) + z(i, j) for j in -1..0; z(i, j) = a(i-1); "
    "z(i, j) = sum(y(i, j-1) for q in j..end(i) if x(q-1, q) > 0) for j in 0..0",
    # An entry by a value of a signal that has no axis.
    "x(t) : m; k : (); b = x(end); a = b[k-1] + b[k]; d(t) = d(t-1) + x(t)[0]",
    # Several values that a loop does not change, some of them sums over ranges.
    "x(t) : (); b : M; y(t) = 0.1*y(t-1)*tanh(x(t)) + tanh(sum(b[k]*x(t-k) for k in 0..M-1))*y(t-2) + 1",
    "x(t) : (); b : M; y(t) = 0.1*y(t-1)*sum(b[k]*x(t-k) for k in 0..M-1) + "
    "tanh(sum(b[k]*x(t-k)**2 for k in 0..M-1))*y(t-2) + x(t)",
    "x(t) : (); b : M; y(t) = 0.1*y(t-1)*exp(x(t)) + z(t-1); "
    "z(t) = y(t)*tanh(sum(b[k]*x(t-k)**2 for k in 0..M-1)) + sum(x(k) for k)*z(t-1)*0.1 + 1",
    # The last place of what a loop computes at some places only.
    "x(t) : (); y(t) = tanh(y(t-1)) + x(t) for t in 1..end-2; o = y(end)",
    "x(t) : (); y(t) = tanh(y(t-1)) + x(t) for t in 3..end; o = y(end)",
    "x(t) : (); y(t) = tanh(y(t+1)) + x(t) for t in 3..end; o = y(1)",
    "x(t) : (); y(t) = tanh(y(t-1)) + x(t) for t in 1..2; o = y(end)",
    # What a loop does not change, under a condition that never holds.
    "x(t) : (); z(i, j) = sum(x(k) for k in 0..0 if not i <= i) + 0.5*z(i-1, j) for j in i+1..end",
    # Edges and pins on a part of what another stands on as a whole, which is written first, or last.
    "x(i, j) : (); b : M; a(i, j) = a(i-1, j) + x(i, j); a(0, j) = j; a(0, j) = b[0] for j in 1..2",
    "x(i, j) : (); b : M; a(i, j) = a(i-1, j) + x(i, j); a(0, j) = b[0] for j in 1..2; a(0, j) = j",
    "x(i, j) : (); b : M; a(i, j) = a(i-1, j) + x(i, j); a(1, j) = j; a(1, j) = b[0] for j in 1..2",
    # Loops on a part of an axis, which may have no turn, and which may go on behind its end.
    "x(t) : m; h(t) = tanh(W @ h(t-1) + x(t)) for t in 1..end-5",
    "x(t) : m; h(t) = tanh(W @ h(t-1) + U @ x(t-2)) for t in 3..end",
    "x(t) : n; r(t) = sigmoid(W @ h(t+1)); h(t) = (1 - r(t)) * tanh(U @ x(t)) for t in 2..3",
)


@pytest.mark.parametrize("text", FOUND)
def test_what_was_computed_otherwise(text: str) -> None:
    circuit = Circuit(text)
    for seed, (lengths, batch) in enumerate(product([(0, 0), (1, 2), (3, 3), (4, 2)], BATCHES[1:])):
        assert_programs_mean_the_same(circuit, lengths, (2, 2, 2), seed, batch)


def test_a_part_that_is_another_at_each_place_is_refused() -> None:
    circuit = Circuit("x(t) : (); b : 9; y(t) = sum(b[t:t+2]) * x(t)")
    with pytest.raises(CircuitError, match="a part of an array that is another at each place") as raised:
        circuit.compile()
    assert raised.value.help == "name its entries, as in stack(v[t], v[t+1])"
    named = Circuit("x(t) : (); b : 9; y(t) = sum(stack(b[t], b[t+1])) * x(t)")
    data = {"x": np.ones(3), "b": np.arange(9.0)}
    np.testing.assert_allclose(named.compile()(**data).y, circuit.unfold(3).evaluate(**data).y)
