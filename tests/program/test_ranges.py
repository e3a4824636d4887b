"""Programs of ranges, conditions, diagonals and any place mean what the text says, and read as one would write them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from oracles.kernel_interpreter import ROUTINES

from tests.program.test_lowered_meaning import BATCH, assert_it_means_the_circuit, kernels_of, meanings
from unfoldgraph import Circuit, CircuitError
from unfoldgraph.algebra.finite_field import FINITE_FIELD, PRIME
from unfoldgraph.model.lengths import checked, complete
from unfoldgraph.program.checking.check import check

#: Each with the lengths that are tried of its own axes, and sizes.
TEXTS: dict[str, tuple[str, tuple[int, ...], Mapping[str, int]]] = {
    "a filter": ("y(t) = sum(b[k]*x(t-k) for k in 0..2)", (0, 1, 2, 5), {}),
    "a filter of any order": ("x(n) : (); y(n) = sum(b[k]*x(n-k) for k in 0..M-1)", (0, 1, 5), {"M": 3}),
    "of one tap": ("x(n) : (); y(n) = sum(b[k]*x(n-k) for k in 0..M-1)", (0, 3), {"M": 1}),
    "of matrices": ("x(t) : m; W : (3, m, m); y(t) = sum(W[k] @ x(t-k) for k in 0..2)", (0, 1, 4), {"m": 2}),
    "with feedback": ("a : 4; y(t) = x(t) - sum(a[k]*y(t-k) for k in 1..3)", (0, 1, 2, 5), {}),
    "a comb": ("h : M; y[n] = x[n] + 0.5*y[n-M] + 0*h[0]", (0, 1, 5), {"M": 3}),
    "of both ends": ("h : M; x(n) : (); y(n) = max(x(n+k)*h[k] for k in 0..M-1)", (0, 1, 4), {"M": 2}),
    "an array": ("h : M; x(n) : (); y(n) = stack(x(n+k)*h[k] for k in 0..M-1)", (0, 1, 4), {"M": 2}),
    "extremes": ("x(t) : (); y(t) = max(x(t)*k for k in 1..3) + min(x(t) - k**2 for k in -1..2 if k != 0)", (0, 3), {}),
    "where the greatest is": (
        "x(t) : (); y(t) = argmax(x(t)*k for k in -1..3) + argmax(x(k) for k in 2..t if x(k) > 0)", (0, 1, 4), {},
    ),
    "means": ("x(t) : (); y(t) = mean(x(t) - k**2 for k in -1..2 if k != 0) + mean(x(k) for k in 2..t-1)", (0, 4), {}),
    "no infinity from what is left out": ("x(t) : (); y(t) = sum(x(t)/k for k in -1..1 if k != 0)", (0, 3), {}),
    "neighbours": (
        "s(i, j) : (); y(i, j) = sum(s(i+a, j+b) for a in -1..1, b in -1..1 if a != 0 or b != 0)", (0, 1, 3), {},
    ),
    "cells": (
        "s(i, j) : (); g(t, i, j) = sum(g(t-1, i+a, j+b) for a, b in -1..1 if a != 0 or b != 0); g(0, i, j) = s(i, j)",
        (0, 1, 2), {},
    ),
    "triangles": ("x(t) : (); y(t) = sum(sum(x(j)*k for k in j..t) for j in 1..t)", (0, 1, 4), {}),
    "triangles in a loop": (
        "x(t) : (); y(t) = y(t-1) + sum(x(j)*x(k) for j in 1..t, k in j..t if (j + k) % 2 == 0)", (0, 1, 4), {},
    ),
    "full history": ("w(t, s), x(t) : (); y(t) = x(t) + sum(w(t, s)*y(s) for s in 1..t-1)", (0, 1, 4), {}),
    "Catalan": ("C(n) = sum(C(k)*C(n-1-k) for k in 0..n-1); C(0) = 1", (0, 1, 6), {}),
    "a matrix chain": (
        "p(i) : (); c(i, j) = min(c(i, k) + c(k+1, j) + p(i)*p(k)*p(j) for k in i..j-1) for j in i+1..end; c(i, i) = 0",
        (0, 1, 2, 5), {},
    ),
    "a table by diagonals": (
        "x(i) : (); c(i, j) = c(i+1, j) + c(i, j-1) + x(i) for j in i+1..end; c(i, i) = x(i); best = c(1, end)",
        (1, 2, 5), {},
    ),
    "a diagonal off the table": ("c(i, i-1) = q(i); c(i, j) = 1 + c(i, j-1) for j in i..end; q(i) : ()", (1, 4), {}),
    "back-propagation": ("W : (m, m); d(t) = W.T @ d(t+1) for t in 2..end; d(end+1) = g; d(1) = 0*g", (1, 4), {"m": 2}),
    "off the axis too": ("x(t) : (); y(t) = x(t) * 2 for t in 0..end; z(t) = y(t-1)", (0, 1, 4), {}),
    "two equations": ("x(t) : (); y(t) = x(t) for t in 1..3; y(t) = 2*y(t-1) for t in 4..end", (1, 3, 6), {}),
    "decimation": ("x(n) : (); y(m) = x(2*m)", (0, 1, 5), {}),
    "reversed": ("x(t) : (); y(t) = y(t-1) + x(end+1-t)", (0, 1, 4), {}),
    "halves": ("T(n) = 2*T(floor(n/2)) + n; T(0) = 0", (0, 1, 7), {}),
    "a moving delay": ("x(t), d(t) : (); y(t) = x(t - floor(3*d(t)))", (0, 1, 5), {}),
    "a knapsack": (
        "w(i), v(i), z(c) : (); V(0, c) = 0*z(c); "
        "V(i, c) = max(V(i-1, c), V(i-1, c - floor(3*abs(w(i)))) + v(i) if floor(3*abs(w(i))) < c else -1)",
        (0, 1, 3), {},
    ),
    "the longest common subsequence": (
        "x(i), z(j) : (); l(0, j) = 0; l(i, 0) = 0; l(0, 0) = 0; "
        "l(i, j) = l(i-1, j-1) + 1 if x(i) > z(j) else max(l(i-1, j), l(i, j-1))",
        (0, 1, 4), {},
    ),
    "time warping with a band": (
        "x(i), z(j) : (); D(0, 0) = 0; D(0, j) = inf; D(i, 0) = inf; "
        "D(i, j) = abs(x(i) - z(j)) + min(D(i-1, j), D(i, j-1), D(i-1, j-1)) if abs(i - j) <= 1 else inf",
        (0, 1, 4), {},
    ),
    "labels as data": (
        "logits(t) : m; l(s) : (); a(0, s) = s == 1; "
        "a(t, s) = (a(t-1, s) + (a(t-1, s-1) if s > 1 else 0)) * softmax(logits(t))[floor(abs(3*l(s)))]",
        (0, 1, 3), {"m": 3},
    ),
    "two ranges of one name and two ways": (
        "x(t) : (); y(t) = min(x(max(k, t-1)) for k in 1..end(t)-t if k % 2 == 0) + y(floor(t/2)) "
        "+ max(max(x(max(l, k+1)) for l in k-1..k+2) for k in 1..end(t)-t if x(t) > 0)",
        (0, 1, 3, 4), {},
    ),
    "what is named and never read": (
        "x(t) : (); q = a(2); b(t) = x(t) + sum(a(k) + q for k in 1..3 if t < 1); a(t) = b(t) + a(t-1)", (2, 4), {},
    ),
    "off an axis behind a diagonal": (
        "x(t, j) : (); a(t, i, j) = x(t, j) + sum(a(l, i, floor((j-1)/2)) for l in 1..i-1 if t > i); "
        "a(t, t, j) = x(t, j) + a(t-1, 2*t, j+1)",
        (0, 1, 3), {},
    ),
    "as far as an equation off the edge": (
        "h : M; x(t) : (); a(t) = b(t-M) + 0*h[0]; b(t) = x(t) + b(t+1) for t in 0..end", (1, 3), {"M": 2},
    ),
    "the first of equals that are kept": (
        "x(t) : (); y(t) = sum(argmax(x(t) for l in 2..3 if k > 2 and x(k) > 0) for k in 1..t if x(k) > 0 and k > 2)",
        (0, 4), {},
    ),
    "a state machine": ("A : (3, 2); k(t) : (); s(t) = floor(3*abs(A[s(t-1), k(t)])); s(0) = 1", (0, 1, 4), {}),
    "entries by value": ("B : 4; x(t) : (); y(t) = B[floor(3*x(t))] + B[floor(2*abs(y(t-1)))]", (0, 1, 4), {}),
    "entries of what is computed": (
        "x(t) : m; k(t) : (); y(t) = (2*x(t) + 1)[floor(2*abs(k(t)))] + sum(tanh(x(t))[j]*j for j in 0..m-1)",
        (0, 1, 4), {"m": 3},
    ),
    "causal attention": (
        "x(t) : m; Q, K : (m, m); y(t) = sum(exp(dot(Q @ x(t), K @ x(s))) * x(s) for s in 1..t)", (0, 1, 4), {"m": 2},
    ),
    "a condition on the step": ("y(t) = y(t-1) + x(t) if t > 1 else s1; x(t) : ()", (0, 1, 4), {}),
    "zero flux": (
        "u(0, i) = f(i); u(t, 0) = u(t, 1); u(t, end+1) = u(t, end); u(0, 0) = f(1); u(0, end+1) = f(end); "
        "u(t, i) = u(t-1, i) + 0.1*(u(t-1, i-1) - 2*u(t-1, i) + u(t-1, i+1))",
        (1, 2, 4), {},
    ),
    "functions of the caller": ("x(t) : (); y(t) = 0.5*y(t-1) + sum(f(x(k);)*k for k in 1..t if k > 1)", (0, 4), {}),
    "no axis": ("x(t) : (); L = sum(b[k] for k in 0..2) + sum(x(t) for t in 2..end(t))", (0, 1, 3), {}),
}  # fmt: skip


def _made(circuit: Circuit, lengths: Mapping[str, int], sizes: Mapping[str, int], batch: tuple[int, ...]) -> Any:
    """Return numbers for all that a circuit is given, each with some dimensions of a batch."""
    random, model = np.random.default_rng(len(batch) + sum(lengths.values())), circuit.model
    found: dict[str, Any] = dict.fromkeys(model.functions, np.tanh)
    free = {boundary.argument: boundary for boundary in model.free}
    for name in (*model.inputs, *model.parameters, *free):
        owner = free[name].name if name in free else name
        over = [lengths[axis] for axis in model.inputs.get(name, ())]
        if name in free and free[name].has_several:
            over = [free[name].count_at(sizes)]
        own = [sizes[size] if isinstance(size, str) else size for size in model.shapes[owner] or ()]
        found[name] = random.uniform(-1, 1, (*batch[random.integers(len(batch) + 1) :], *over, *own))
    return found


def _agree(circuit: Circuit, lengths: Mapping[str, int], sizes: Mapping[str, int], batch: tuple[int, ...]) -> None:
    """Compare loops, also for sequences of other lengths, and straight-line code with the plain meaning."""
    given_all = _made(circuit, lengths, sizes, batch)
    unfolding = circuit.unfold(dict(lengths), sizes=dict(sizes))
    rolled = circuit.compile()
    known = {axis for axes in circuit.model.inputs.values() for axis in axes}
    told = {axis: lengths[axis] for axis in rolled._takes_steps if axis not in known}
    expected = unfolding.evaluate(**given_all)
    found = [(rolled(**given_all, steps=told or None), expected)]
    found.append((circuit.compile(steps=dict(lengths))(**given_all), expected))
    if batch and circuit.axes:
        random = np.random.default_rng(1)
        own = {axis: lengths[axis] for axis in rolled._own_axes}
        ends = {axis: random.integers(0, length + 1, batch) for axis, length in own.items()}
        try:
            cut = unfolding.evaluate(**given_all, lengths=ends)
        except CircuitError as error:
            assert "has only" in error.message
        else:
            found.append((rolled(**given_all, steps=told or None, lengths=ends), cut))
    for results, meant in found:
        assert list(results) == list(meant)
        for name, value in meant.items():
            assert results[name].shape == value.shape
            assert_allclose(results[name], value, rtol=1e-9, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("name", TEXTS)
def test_a_program_means_what_the_text_says(name: str) -> None:
    text, tried, sizes = TEXTS[name]
    circuit = Circuit(text)
    own = [axis for axis in circuit.model.own_axes if axis not in circuit.model.length_from]
    for number, lengths in enumerate(product(tried, repeat=len(own))):
        told = complete(circuit.model, dict(zip(own, lengths, strict=True)))
        _agree(circuit, told, sizes, [(), (3,), (2, 3)][number % 3])


@pytest.mark.parametrize("name", TEXTS)
def test_its_loop_program_keeps_the_rules(name: str) -> None:
    circuit = Circuit(TEXTS[name][0])
    for kernel in kernels_of(circuit).values():
        check(kernel, routines=ROUTINES, accepts=lambda lengths: _is_accepted(circuit, lengths))


def _is_accepted(circuit: Circuit, lengths: Mapping[str, int]) -> bool:
    try:
        checked(circuit.model, lengths)
    except CircuitError:
        return False
    return True


@pytest.mark.parametrize(
    "name",
    ["a filter", "of matrices", "with feedback", "neighbours", "triangles", "Catalan", "off the axis too", "reversed"],
)
def test_each_pass_computes_the_same_exactly(name: str) -> None:
    text, tried, sizes = TEXTS[name]
    circuit = Circuit(text)
    lengths = dict.fromkeys(circuit.axes, tried[-1])
    random = np.random.default_rng(3)
    shaped = _made(circuit, lengths, sizes, (BATCH,))
    each = {own for own, value in shaped.items() if own in circuit.inputs}
    data = {}
    for own, value in shaped.items():
        whole = (
            value
            if own not in each or value.ndim > len(lengths) + (own == "x" and name == "of matrices")
            else value[None]
        )
        shape = (BATCH, *whole.shape[1:]) if own in each else _made(circuit, lengths, sizes, ())[own].shape
        data[own] = FINITE_FIELD.asarray(random.integers(PRIME, size=shape))
    expected = meanings(circuit, lengths, data, each, True)
    for kernel in kernels_of(circuit).values():
        assert_it_means_the_circuit(circuit, kernel, lengths, data, each, expected, True)


def test_nothing_is_written_out() -> None:
    """A program has as many lines for three terms as for a million."""
    for text in (
        "b : {}; x(n) : (); y(n) = sum(b[k]*x(n-k) for k in 0..{}-1)",
        "a : {}; x(n) : (); y(n) = x(n) - sum(a[k]*y(n-k-1) for k in 0..{}-1)",
        "x(n) : (); y(n) = max(k*x(n) for k in 1..{}) + {}",
    ):
        written = [text.replace("{}-1", str(count - 1)).replace("{}", str(count)) for count in (3, 1_000_000)]
        few, many = (Circuit(one).compile().source.count("\n") for one in written)
        assert few == many
    straight = [Circuit(f"b : {count}; y(n) = sum(b[k]*x(n-k) for k in 0..{count - 1})") for count in (3, 1_000_000)]
    assert len({circuit.compile(steps=2).source.count("\n") for circuit in straight}) == 1


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("a filter of any order", ["for k in range(M):", "y += b[k] * x[M - k - 1 : M + steps - k - 1]"]),
        ("with feedback", ["y[t + 3] = x[t] - np.sum(a[:0:-1] * y[t : t + 3], axis=0)"]),
        ("neighbours", ["if not (a == 0 and b == 0):"]),
        ("Catalan", ["C[n + 1] = np.sum(C[: n + 1] * C[n::-1], axis=0)"]),
        ("a matrix chain", ["for front in range(1, steps):", "for i in range(steps - front):", "j = front + i"]),
        ("decimation", ["y = _gather(x, 0, 2 * np.arange(steps_m) + 1)"]),
        ("reversed", ["y[t + 1] = y[t] + x[steps - t - 1]"]),
        ("back-propagation", ["for t in reversed(range(1, steps)):", "d[t] = _apply(W_T, d[t + 1])"]),
        ("entries by value", ["B = _time_first(B, 0, batch)"]),
        ("two equations", ["y[:3] = x[:3]", "for t in range(3, steps):"]),
    ],
)
def test_it_reads_as_one_would_write_it(name: str, lines: list[str]) -> None:
    source = [line.strip() for line in Circuit(TEXTS[name][0]).compile(plain=True).source.splitlines()]
    for line in lines:
        assert line in source


def test_lengths_that_ranges_compare_may_differ_where_they_are_told() -> None:
    circuit = Circuit("c(i, j) = x(i) + c(i-1, j-1) for i in 1..end, j in 1..i; x(i) : ()")
    program, x = circuit.compile(), np.arange(1.0, 5)
    assert program(x=x).c.shape == (4, 4)
    for columns in (2, 4, 6):
        expected = circuit.unfold({"i": 4, "j": columns}).evaluate(x=x).c
        assert_allclose(program(x=x, steps={"j": columns}).c, expected)
        assert_allclose(circuit.compile(steps={"i": 4, "j": columns})(x=x).c, expected)


def test_a_slice_that_ends_before_the_first_place_is_empty_in_what_is_written_out() -> None:
    circuit = Circuit("x(t) : (); a(t) = x(t) + a(t-1); b(t) = sum(a(s) for s in 1..t-1) + b(t-1) for t in 0..end")
    x = np.array([1.0, 2.0, 4.0])
    expected = circuit.unfold(3).evaluate(x=x)["b"]
    assert_allclose(circuit.compile(steps=3)(x=x)["b"], expected)
    assert_allclose(circuit.compile()(x=x)["b"], expected)
    assert_allclose(expected, [0, 1, 5])
