"""Programs mean what the equations say: indices of reductions as numbers, and what only opaque functions touch."""

from __future__ import annotations

import warnings
from itertools import product
from typing import Any

import numpy as np
import pytest
from circuits import lengths_of

from unfoldgraph import Circuit, CircuitError


def agree(circuit: Circuit, lengths: dict[str, int], data: dict[str, Any], each: dict[str, Any] | None = None) -> Any:
    """Compare loops and straight-line code with the plain meaning; return the latter.

    `each` are the lengths of every sequence, which loops are also compared for.
    """
    model = circuit.model
    known = {model.length_of[axis] for axes in model.inputs.values() for axis in axes}
    steps = {axis: lengths[axis] for axis in circuit.axes if model.length_of[axis] == axis and axis not in known}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rolled = circuit.compile()
        expected = circuit.unfold(lengths).evaluate(**data)
        found = [(rolled(**data, steps=steps or None), expected)]
        found.append((circuit.compile(steps=lengths)(**data), expected))
        if each:
            ends = circuit.unfold(lengths).evaluate(**data, lengths=each)
            found.append((rolled(**data, steps=steps or None, lengths=each), ends))
    for results, meant in found:
        assert list(results) == list(meant)
        for name, value in meant.items():
            assert results[name].shape == value.shape, (name, lengths, results[name].shape, value.shape)
            assert results[name].dtype == value.dtype, name
            np.testing.assert_allclose(results[name], value, rtol=1e-9, atol=1e-9, err_msg=f"{name} for {lengths}")
    return expected


# Indices of reductions as numbers ----------------------------------------------------------------------

RECURRENCES = {
    "copied by a mask": "V(i, c) = sum(V(i-1, d) * (d == c) for d); V(0, c) = x(c)",
    "beside a reduction over another axis": (
        "V(i, c) = sum(V(i-1, m)*(m == c) for m); V(0, c) = s(c); y = sum(x(m)*m for m)"
    ),
    "beside it, written before": "y = sum(x(m)*m for m); V(i, c) = sum(V(i-1, m)*(m == c) for m); V(0, c) = s(c)",
    "a square over two axes": (
        "V(i, c) = sum(V(i-1, m)*m*m for m) + c; V(0, c) = s(c); y(t) = y(t-1) + sum(x(m)*m*m for m)"
    ),
    "viterbi with a penalty": (
        "v(t, s) = max(v(t-1, r) - (r - s)**2 for r) + e(t, s); v(0, s) = p(s); "
        "k(t, s) = argmax(v(t-1, r) - (r - s)**2 for r); best = max(v(end, s) for s)"
    ),
    "viterbi with a penalty and a table": (
        "A(r, s), e(t, s) : (); v(t, s) = max(v(t-1, r) + A(r, s) - abs(r - s) for r) + e(t, s); v(0, s) = 0"
    ),
    "a sum of itself": "x(e) : (); b(t) = b(t-1) + sum(e * x(e) + b(t-1) for e)",
    "a sum that holds the place": "x(e) : (); b(t) = 0.1 * b(t-1) + sum(e * x(e) + t * b(t-1) for e) / 9",
    "backward": "x(e) : (); b(t) = 0.1 * b(t+1) + sum(e * x(e) - b(t+1) * e for e); b(end+1) = 2",
    "a knapsack by masks": (
        "V(i, c) = max(V(i-1, c), max(V(i-1, d) + v(i) if d + w(i) == c else -inf for d)); V(0, c) = 0"
    ).replace("-inf", "-1e9"),
    "coins": "n(i, c) = sum(n(i-1, d) * ((c - d) % w(i) == 0 and d <= c) for d); n(0, c) = c == 1",
    "floyd and warshall": (
        "D(k, i, j) = min(D(k-1, i, j), sum(D(k-1, i, l) * (l == k) for l) + sum(D(k-1, l, j) * (l == k) for l)); "
        "D(0, i, j) = w(i, j)"
    ),
    "closure by a mask": (
        "R(k, i, j) = max(R(k-1, i, j), max(R(k-1, i, l) * R(k-1, l, j) * (l == k) for l)); R(0, i, j) = w(i, j) > 0"
    ),
    "attention by position": (
        "x(t) : m; s(u) = tanh(0.3 * s(u-1) + sum(exp(-(t - u)**2 / 4) * x(t) for t)); "
        "a(t) = sum(exp(-(t - q)**2) * x(q) for q) / sum(exp(-(t - q)**2) + 0*x(q) for q)"
    ),
    "attention by position and state": (
        "x(t) : m; w : m; s(u) = tanh(sum(exp(dot(s(u-1), x(t)) - abs(t - u)) * x(t) for t) "
        "/ sum(exp(dot(s(u-1), x(t)) - abs(t - u)) for t)); s(0) = w"
    ),
    "causal attention": "x(t) : m; y(t) = sum((q <= t) * dot(y(t-1), x(q)) * x(q) for q); y(0) = x(1)",
    "convolution by one hot": "y(t) = 0.5 * y(t-1) + sum(dot(one_hot(k - 1, n), h) * x(k) for k); h : n; x(k) : ()",
    "reversed by a mask": "r(t) = r(t-1) * 0.5 + sum(x(k) * (k == end(k) + 1 - t) for k); x(k) : ()",
    "a row of Pascal": "C(n, k) = sum(C(n-1, j) * (j == k or j == k - 1) for j); C(0, k) = k == 1",
    "intervals": (
        "c(l, i) = min(c(l-1, p) + c(l-1, q) + abs(p - q) + abs(i - p) for p, q); c(0, i) = w(i)"
    ),
    "parsing": "c(l, a) = max(max(c(l-1, p) * c(l-1, q) * ((p + q) % 3 == a % 3) for q) for p); c(0, a) = w(a)",
    "a cellular automaton": "u(t, i) = sum(u(t-1, j) * (abs(i - j) <= 1) for j) % 2; u(0, i) = s(i)",
    "diffusion": "u(t, i) = u(t-1, i) + 0.1 * sum((u(t-1, j) - u(t-1, i)) * (abs(i - j) == 1) for j); u(0, i) = s(i)",
    "gravity": (
        "p(t, i), f(i) : 2; p(t, i) = p(t-1, i) + 0.01 * sum((p(t-1, j) - p(t-1, i)) * (i != j) / (1 + abs(i - j)) "
        "for j); p(0, i) = f(i)"
    ),
    "neighbours on both axes": (
        "g(t, i, j) = sum(g(t-1, a, b) * (max(abs(a - i), abs(b - j)) == 1) for a, b) == 3; g(0, i, j) = s(i, j) > 0"
    ),
    "a wavefront": (
        "x(i, j), z(i) : (); a(i, j) = 0.5 * a(i-1, j) + 0.5 * a(i, j-1) + x(i, j) "
        "+ sum(z(k) * (k < i) * (k != j) for k)"
    ),
    "a wavefront of vectors": (
        "x(i, j), z(i) : m; a(i, j) = tanh(a(i-1, j) + a(i, j-1) * x(i, j) + sum(z(k) * (k - i + j) for k))"
    ),
    "a loop inside a loop": (
        "h(l, t) = tanh(0.3 * h(l, t-1) + sum(h(l-1, s) * exp(-(s - t)**2) / l for s)); h(0, t) = x(t); h(l, 0) = 0;"
        "h(0, 0) = 0"
    ),
    "a reduction inside a reduction": (
        "x(t) : (); y(t) = y(t-1) + sum(sum(x(k) * (k <= j) for k) * (j != t) * x(j) for j)"
    ),
    "a name bound again": (
        "x(t) : (); y(t) = 0.1*y(t-1) + sum((m - t) * x(m) * sum(m*x(m) for m) for m) + sum(m*x(m) for m)"
    ),
    "a name bound again, over another axis": (
        "x(t) : (); z(s) : (); y(t) = y(t-1) + sum(m*x(m) * sum(m*z(m) + y(t-1) for m) for m) / 9 + sum(m*z(m) for m)"
    ),
    "bound in other names": (
        "x(t) : (); y(t) = y(t-1) + sum(j*x(j) for j) + sum(k*x(k) for k) - "
        "sum(sum(j*k*x(k)*x(j) for j) for k)"
    ),
    "adam without memory": "g(t) : m; v(t) = sum((1 - b) * b**(t - s) * (s <= t) * g(s)**2 for s) + 0 * v(t-1)",
    "means and products": "x(s) : (); y(t) = mean(y(t-1) * s - x(s) for s) + prod(1 + (s - t) * x(s) / 9 for s)",
    "pinned": "x(s) : (); y(t) = sum(y(t-1) * (s == t) + x(s) * s for s); y(1) = sum(s * x(s) for s); y(3) = y(1)",
    "at the edges": (
        "a(i, j) = sum((k - j) * a(i-1, k) for k) + i; a(0, j) = sum(k * (k != j) * z(k) for k); a(i, 0) = i; "
        "a(0, 0) = 1"
    ),
    "one sum in two equations of a loop": (
        "x(s) : (); a(t) = b(t-1) + sum(s * x(s) * b(t-1) for s); b(t) = 0.1 * a(t-1) - sum(s * x(s) * b(t-1) for s)"
    ),
}  # fmt: skip


def _data(circuit: Circuit, lengths: dict[str, int], batch: tuple[int, ...], seed: int) -> dict[str, Any]:
    """Return data for every input, parameter and free boundary, whose size is as large as the batch."""
    random, model = np.random.default_rng(seed), circuit.model
    owners = {**{name: name for name in (*model.inputs, *model.parameters)}, **{b.argument: b.name for b in model.free}}
    found = {}
    for name, owner in owners.items():
        lead = batch[random.integers(0, len(batch) + 1) :]
        over = [lengths[axis] for axis in model.inputs.get(name, ())]
        shape = [size if isinstance(size, int) else 3 for size in model.shapes[owner] or ()]
        found[name] = random.uniform(-1, 1, (*lead, *over, *shape))
    return found


@pytest.mark.parametrize("text", RECURRENCES.values(), ids=RECURRENCES)
@pytest.mark.parametrize("batch", [(), (3,), (2, 3)])
def test_an_index_of_a_reduction_is_a_number_in_a_loop(text: str, batch: tuple[int, ...]) -> None:
    circuit = Circuit(text)
    own = [axis for axis in circuit.axes if circuit.model.length_of[axis] == axis]
    checked = 0
    for sizes in product((0, 1, 3) if len(own) < 3 else (1, 3), repeat=len(own)):
        lengths = lengths_of(circuit, sizes)
        if lengths is None:
            continue
        each = {axis: np.random.default_rng(1).integers(0, lengths[axis] + 1, batch) for axis in own}
        try:
            circuit.unfold(lengths).evaluate(**_data(circuit, lengths, batch, 1), lengths=each)
        except CircuitError as error:
            assert "has only" in error.message
            each = {}
        agree(circuit, lengths, _data(circuit, lengths, batch, checked), each)
        checked += 1
    assert checked
