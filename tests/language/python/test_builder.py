"""The Python form equals the text, for every feature; and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from generators.indexed import IndexedRightSide, indexed_right_sides
from hypothesis import given
from support.profiles import examples

import unfoldgraph
from unfoldgraph import Circuit, CircuitError, end, eq, ge, gt, le, lt, max_over, mean_over, ne, sum_over, tanh, where
from unfoldgraph.algebra.operators import FUNCTIONS, OPERATORS

Body = Callable[[Circuit, Any, Any, Any], Any]


def built(body: Body) -> Circuit:
    """Return a circuit with an axis t, an input x and a signal h, as a function goes on to write it."""
    c = Circuit()
    t = c.axis("t")
    body(c, t, c.input("x", t), c.signal("h", t))
    return c


def equals(body: Callable[[Any, Any], Any], right: str) -> None:
    """Check that `h[t] = body(x, t)` is `h(t) = right`."""

    def write(_: Circuit, t: Any, x: Any, h: Any) -> None:
        h[t] = body(x, t)

    found, expected = built(write), Circuit(f"x(t) : ?; h(t) = {right}")
    assert found == expected, found.text()
    assert found.text() == expected.text() and Circuit(found.text()) == found


def test_the_example_of_the_page() -> None:
    rnn = Circuit(name="elman")
    t = rnn.axis("t")
    x = rnn.input("x", t, shape="n")
    W, U, b = rnn.parameters("W: (m, m)", "U: (m, n)", "b: m")
    h = rnn.signal("h", t, shape="m")
    h[t] = tanh(b + W @ h[t - 1] + U @ x[t])
    h[0] = 0
    text = """
    x(t) : n; W : (m, m); U : (m, n); b : m; h(t) : m
    h(t) = tanh(b + W @ h(t-1) + U @ x(t)); h(0) = 0
    """
    assert rnn == Circuit(text)
    assert rnn.name == "elman"
    assert rnn.text() == Circuit(text).text()
    assert rnn.parameters == ("W", "U", "b")


@pytest.mark.parametrize(
    ("body", "right"),
    [
        (lambda x, t: x[t] + 1, "x(t) + 1"),
        (lambda x, t: 1 + x[t], "1 + x(t)"),
        (lambda x, t: 2 - x[t] - 1, "2 - x(t) - 1"),
        (lambda x, t: 2 * x[t] * 3, "2 * x(t) * 3"),
        (lambda x, t: 2 / x[t] / 3, "2 / x(t) / 3"),
        (lambda x, t: 2 % x[t] % 3, "2 % x(t) % 3"),
        (lambda x, t: 2 ** x[t] ** 3, "2 ** x(t) ** 3"),
        (lambda x, t: (x[t] ** 2) ** 3, "(x(t) ** 2) ** 3"),
        (lambda x, t: -(x[t] ** 2), "-x(t) ** 2"),
        (lambda x, t: +x[t], "x(t)"),
        (lambda x, t: x[t] @ x[t], "x(t) @ x(t)"),
        (lambda x, t: x[t].T, "x(t).T"),
        (lambda x, t: -2 * x[t], "-2 * x(t)"),
        (lambda x, t: (-2) ** x[t], "(-2) ** x(t)"),
        (lambda x, t: 0.1 * x[t], "0.1 * x(t)"),
        (lambda x, t: Fraction(1, 3) * x[t], "1 / 3 * x(t)"),
        (lambda x, t: Fraction(1, 8) * x[t], "0.125 * x(t)"),
        (lambda x, t: np.float64(0.1) * x[t] + np.int64(3), "0.1 * x(t) + 3"),
        (lambda x, t: x[t - 2] + x[-1 + t] + x[end], "x(t-2) + x(t-1) + x(end)"),
        (lambda x, t: x[end - 1] + x[2], "x(end-1) + x(2)"),
        (lambda x, t: t + end(t) - t * 2, "t + end(t) - t * 2"),
        (lambda x, t: 1 + t, "1 + t"),
        (lambda x, t: 1 - t, "1 - t"),
        (lambda x, t: x[t][0] + x[t][-1] * x[t][1:3][0], "x(t)[0] + x(t)[-1] * x(t)[1:3][0]"),
        (lambda x, t: x[t][:2] + x[t][1:3], "x(t)[:2] + x(t)[1:3]"),
        (lambda x, t: eq(x[t], 1) + ne(x[t], 1) + eq(1, x[t]), "(x(t) == 1) + (x(t) != 1) + (1 == x(t))"),
        (lambda x, t: lt(x[t], 1) + le(x[t], 1) + gt(x[t], 1) + ge(x[t], 1),
         "(x(t) < 1) + (x(t) <= 1) + (x(t) > 1) + (x(t) >= 1)"),
        (lambda x, t: (x[t] < 1) * (x[t] <= 1) * (x[t] > 1) * (x[t] >= 1),
         "(x(t) < 1) * (x(t) <= 1) * (x(t) > 1) * (x(t) >= 1)"),
        (lambda x, t: (x[t] > 0) & ~(x[t] < 1) | (x[t] ^ 2), "x(t) > 0 and not x(t) < 1 or (x(t) xor 2)"),
        (lambda x, t: 1 & x[t] | 0 ^ x[t], "(1 and x(t)) or (0 xor x(t))"),
        (lambda x, t: where(x[t] > 0, x[t], -1), "x(t) if x(t) > 0 else -1"),
        (lambda x, t: sum_over(x[t], t), "sum(x(t) for t)"),
        (lambda x, t: unfoldgraph.max(x[t], 1) + unfoldgraph.min(x[t], 1, 2), "max(x(t), 1) + min(x(t), 1, 2)"),
        (lambda x, t: unfoldgraph.sum(x[t]) + unfoldgraph.max(x[t]), "sum(x(t)) + max(x(t))"),
        (lambda x, t: unfoldgraph.abs(x[t]), "abs(x(t))"),
        (lambda x, t: unfoldgraph.one_hot(x[t], 3) + unfoldgraph.zeros(3) + unfoldgraph.ones(3),
         "one_hot(x(t), 3) + zeros(3) + ones(3)"),
        (lambda x, t: unfoldgraph.eye(3) @ x[t] + unfoldgraph.eye(3, 2) @ (unfoldgraph.eye(2, 3) @ x[t]),
         "eye(3) @ x(t) + eye(3, 2) @ (eye(2, 3) @ x(t))"),
    ],
)  # fmt: skip
def test_operations(body: Callable[[Any, Any], Any], right: str) -> None:
    equals(body, right)


@pytest.mark.parametrize("name", [name for name, row in OPERATORS.items() if row.kind == "reduction"])
def test_every_reduction(name: str) -> None:
    reduce, row = getattr(unfoldgraph, name), OPERATORS[name]
    if row.accepts(2):
        equals(lambda x, t: reduce(x[t - 1] * t, t), f"{row.spelling}(x(t-1) * t for t)")

    def write(c: Circuit, t: Any, x: Any, h: Any) -> None:
        k = c.range("k", 0, 2)
        h[t] = reduce(x[t - k] * k, k) + (reduce(x[t - k], k, where=ne(k, 1)) if row.accepts(2) else 0)

    condition = f"{row.spelling}(x(t-k) for k in 0..2 if k != 1)" if row.accepts(2) else "0"
    assert built(write) == Circuit(f"x(t) : ?; h(t) = {row.spelling}(x(t-k) * k for k in 0..2) + {condition}")


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if FUNCTIONS[name][0].sizes == 0])
def test_every_function(name: str) -> None:
    count = FUNCTIONS[name][0].arity[0]
    form = getattr(unfoldgraph, name)
    given = ", ".join(["x(t)", "x(t-1)", "x(t-2)"][:count])
    if name in ("inv", "det"):
        equals(lambda x, t: form(unfoldgraph.outer(x[t], x[t])), f"{name}(outer(x(t), x(t)))")
    elif FUNCTIONS[name][0].indexed is not None:
        equals(lambda x, t: form(x[t][0], x[t - 1][0]), f"{name}(x(t)[0], x(t-1)[0])")
    elif name == "solve":
        equals(lambda x, t: form(unfoldgraph.outer(x[t], x[t]), x[t]), "solve(outer(x(t), x(t)), x(t))")
    elif name == "place":
        equals(lambda x, t: form(t, x[t][0]), "place(t, x(t)[0])")
    else:
        equals(lambda x, t: form(*(x[t - back] for back in range(count))), f"{name}({given})")
    assert name in dir(unfoldgraph)


def elman(c: Circuit) -> None:
    t = c.axis("t")
    h, x = c.signal("h", t), c.input("x", t)
    b, W, U = c.parameters("b: ?", "W, U: ?")
    h[t] = tanh(b + W @ h[t - 1] + U @ x[t])


def driven(c: Circuit) -> None:
    t = c.axis("t")
    s, x, f = c.signal("s", t), c.input("x", t), c.function("f")
    s[t] = f(s[t - 1], x[t], theta=c.parameter("theta"))
    s[1] = c.parameter("s1")


def biquad(c: Circuit) -> None:
    n = c.axis("n")
    y, x, b, a1 = c.signal("y", n), c.input("x", n), c.parameter("b"), c.parameter("a1")
    y[n] = b[0] * x[n] + b[1] * x[n - 1] - a1 * y[n - 1]


def state_space(c: Circuit) -> None:
    t = c.axis("t")
    s, u, A, B = c.signal("s", t), c.input("u", t), c.parameter("A"), c.parameter("B")
    s[t + 1] = A @ s[t] + B @ u[t]


def two_dimensional(c: Circuit) -> None:
    i, j = c.axis("i"), c.axis("j")
    h, x = c.signal("h", i, j, shape="m"), c.input("x", i, j, shape="n")
    U, V, W = c.parameters("U: (m, n)", "V, W: (m, m)")
    h[i, j] = tanh(U @ x[i, j] + V @ h[i - 1, j] + W @ h[i, j - 1])


def edit_distance(c: Circuit) -> None:
    i, j = c.axis("i"), c.axis("j")
    a, b, d = c.input("a", i), c.input("b", j), c.signal("d", i, j)
    d[i, j] = unfoldgraph.min(d[i - 1, j] + 1, d[i, j - 1] + 1, d[i - 1, j - 1] + where(ne(a[i], b[j]), 1, 0))
    d[0, j], d[i, 0], d[0, 0] = j, i, 0
    distance = c.signal("distance")
    distance[()] = d[end, end]


def corners(c: Circuit) -> None:
    i, j = c.axis("i"), c.axis("j")
    gap, d = c.input("gap", j), c.signal("d", i, j)
    d[i, j] = d[i - 1, j - 1]
    d[0, j] = d[0, j - 1] + gap[j]
    d[0, 0] = 0


def mixed_offsets(c: Circuit) -> None:
    t, i = c.axis("t"), c.axis("i")
    s, seed = c.signal("s", t, i), c.input("seed", i)
    s[t, i] = s[t - 1, i + 1] + s[t - 1, i - 1]
    s[0, i] = seed[i]
    s[0, end + 1], s[0, 0] = 1, 2
    s[t, end + 1] = 0


def ring(c: Circuit) -> None:
    t, i = c.axis("t"), c.axis("i")
    u, seed = c.signal("u", t, i), c.input("seed", i)
    u[t, i] = u[t - 1, i - 1]
    u[t, 0] = u[t, end]
    u[0, i] = seed[i]
    u[0, 0] = 0


def any_order(c: Circuit) -> None:
    n, M = c.axis("n"), c.size("M")
    k = c.range("k", 0, M - 1)
    h, x, y = c.parameter("h", "M"), c.input("x", n), c.signal("y", n)
    y[n] = sum_over(h[k] * x[n - k], k, where=ne(k, 2)) + unfoldgraph.sum(unfoldgraph.stack_over(x[n - k], k))


def intervals(c: Circuit) -> None:
    i, j = c.axis("i"), c.axis("j")
    k, q, d = c.range("k", i, j - 1), c.input("q", i), c.signal("c", i, j)
    d[i, j, j.within(i + 1, end)] = unfoldgraph.min_over(d[i, k] + d[k + 1, j], k)
    d[i, i] = 0
    d[i, i - 1] = q[i]


def neighbours(c: Circuit) -> None:
    t, i, j = c.axis("t"), c.axis("i"), c.axis("j")
    a, b, s = c.range("a", -1, 1), c.range("b", -1, 1), c.signal("s", t, i, j)
    s[t, i, j] = sum_over(s[t - 1, i + a, j + b], a, b, where=ne(a, 0) | ne(b, 0)) / 8


def back_through_time(c: Circuit) -> None:
    t = c.axis("t")
    delta, x = c.signal("delta", t), c.input("x", t)
    delta[t, t.within(0, end)] = 0.5 * delta[t + 1] + x[t]


def any_place(c: Circuit) -> None:
    m, t = c.axis("m"), c.axis("t")
    x, d, B, A = c.input("x", t), c.input("d", t), c.parameter("B", (3, "n")), c.parameter("A", (3, 3))
    y, z, v, w = c.signal("y", m), c.signal("z", t), c.signal("v", t), c.signal("w", t)
    y[m] = x[2 * m] + x[m * 3 - 1]
    z[t] = x[t - d[t]] * x[end + 1 - t] + x[unfoldgraph.min(t + 2, end)] + x[unfoldgraph.floor(t / 2)] + x[-t + 5]
    v[t] = B[d[t]]
    w[t] = A[d[t - 1], d[t]]


def bound_axes(c: Circuit) -> None:
    t, s = c.axis("t"), c.axis("s")
    j = c.range("j", 1, s)
    x, y = c.input("x", t), c.signal("y", t)
    y[t] = sum_over(sum_over(x[t - j] * s, j) * x[s], s, where=lt(s, t)) + sum_over(x[s], s, c.range("k", 1, 2))


def two_way(c: Circuit) -> None:
    t = c.axis("t")
    x, h, g, o = c.input("x", t), c.signal("h", t), c.signal("g", t), c.signal("o", t)
    h[t] = tanh(h[t - 1] + x[t])
    g[t] = tanh(g[t + 2] + x[t])
    g[end + 1], g[end + 2] = 0, c.parameter("g_last")
    h[0] = tanh(g[1])
    o[t] = h[t] + g[t] + where(eq(t, end(t)), x[end - 1], 0)


def attention(c: Circuit) -> None:
    t, u, k = c.axis("t"), c.axis("u"), c.axis("k")
    x, f, theta = c.input("x", t, shape="n"), c.function("f"), c.parameter("theta")
    h, s = c.signal("h", t, shape="m"), c.signal("s", u, shape="m")
    e, w, z = c.signal("e", u, t), c.signal("w", u, t), c.signal("z", u, shape="m")
    W, U = c.parameters("W: (m, m)", "U: (m, n)")
    h[t] = tanh(W @ h[t - 1] + U @ x[t])
    s[u] = f(s[u - 1], z[u], theta=theta)
    s[0] = h[end]
    e[u, t] = unfoldgraph.dot(s[u - 1], h[t])
    w[u, t] = unfoldgraph.exp(e[u, t] - max_over(e[u, k], k)) / sum_over(unfoldgraph.exp(e[u, k]), k)
    z[u] = sum_over(w[u, t] * h[t], t)


def reductions(c: Circuit) -> None:
    i, t, j = c.axis("i"), c.axis("t"), c.range("j", 0, 2)
    e, x = c.input("e", i, t), c.input("x", t, shape="n")
    k, y, L, M = c.parameter("k", (3, "m", "n")), c.signal("y", t), c.signal("L"), c.signal("M", i)
    y[t] = sum_over(k[j] @ x[t - j], j)
    L[()] = sum_over(e[i, t] ** 2, i, t) + sum_over(unfoldgraph.sum(y[t] ** 2), t)
    M[i] = mean_over(e[i, t], t) + max_over(e[i, t], t)


def definition(c: Circuit) -> None:
    t = c.axis("t")
    x, h, W, U = c.input("x", t), c.signal("h", t), c.parameter("W"), c.parameter("U")
    f = c.define("f", lambda h, x: tanh(W @ h + U @ x))
    h[t] = f(h[t - 1], x[t])


def unshared(c: Circuit) -> None:
    t, m = c.axis("t"), c.size("m")
    W, h = c.input("W", t, shape=(m, m)), c.signal("h", t)
    h[t] = W[t] @ h[t - 1] / unfoldgraph.sqrt(m) + c.parameter("b1") ** t


def operators_of_the_adjoint(c: Circuit) -> None:
    t, m = c.axis("t"), c.size("m")
    x, v = c.input("x", t, shape="n"), c.parameter("v", m)
    A, r, d = c.signal("A"), c.signal("r", t), c.signal("d", t)
    A[()] = sum_over(unfoldgraph.outer(x[t], v), t)
    r[t] = unfoldgraph.concat(x[t + 1][:m], unfoldgraph.zeros(m), x[t][m:], v[1 : m - 1])
    x[end + 1] = 0
    d[t] = where(eq(t, end(t)), unfoldgraph.stack(v, v)[0], unfoldgraph.ones(m)) * v[m - 1]


EXAMPLES: dict[str, tuple[Callable[[Circuit], None], str]] = {
    "the equations of the book": (elman, "x(t) : ?; h(t) = tanh(b + W @ h(t-1) + U @ x(t))"),
    "an opaque function and a pin": (driven, "x(t) : ?; s(t) = f(s(t-1), x(t); theta); s(1) = s1"),
    "signal processing": (biquad, "x[n] : ?; y[n] = b[0]*x[n] + b[1]*x[n-1] - a1*y[n-1]"),
    "state space": (state_space, "u(t) : ?; s(t+1) = A @ s(t) + B @ u(t)"),
    "two axes": (
        two_dimensional,
        "x(i, j) : n; h(i, j) : m; U : (m, n); V, W : (m, m)\n"
        "h(i, j) = tanh(U @ x(i, j) + V @ h(i-1, j) + W @ h(i, j-1))",
    ),
    "signals of one axis beside those of two": (
        edit_distance,
        "a(i) : ?; b(j) : ?; d(0, j) = j; d(i, 0) = i; d(0, 0) = 0; distance = d(end, end)\n"
        "d(i, j) = min(d(i-1, j) + 1, d(i, j-1) + 1, d(i-1, j-1) + (1 if a(i) != b(j) else 0))",
    ),
    "an edge that is a recurrence": (
        corners, "gap(j) : ?; d(i, j) = d(i-1, j-1); d(0, j) = d(0, j-1) + gap(j); d(0, 0) = 0"
    ),
    "mixed offsets": (
        mixed_offsets,
        "seed(i) : ?; s(t, i) = s(t-1, i+1) + s(t-1, i-1); s(0, i) = seed(i); s(0, end+1) = 1; s(0, 0) = 2\n"
        "s(t, end+1) = 0",
    ),
    "a ring": (
        ring, "seed(i) : ?; u(t, i) = u(t-1, i-1); u(t, 0) = u(t, end); u(0, i) = seed(i); u(0, 0) = 0"
    ),
    "a filter of any order": (
        any_order,
        "x(n) : ?; h : M; y(n) = sum(h[k] * x(n-k) for k in 0..M-1 if k != 2) + sum(stack(x(n-k) for k in 0..M-1))",
    ),
    "intervals": (
        intervals,
        "q(i) : ?; c(i, j) = min(c(i, k) + c(k+1, j) for k in i..j-1) for j in i+1..end; c(i, i) = 0; c(i, i-1) = q(i)",
    ),
    "neighbours": (
        neighbours, "s(t, i, j) = sum(s(t-1, i+a, j+b) for a in -1..1, b in -1..1 if a != 0 or b != 0) / 8"
    ),
    "an equation off its axis": (back_through_time, "x(t) : ?; delta(t) = 0.5 * delta(t+1) + x(t) for t in 0..end"),
    "any place": (
        any_place,
        "x(t) : ?; d(t) : ?; B : (3, n); A : (3, 3); y(m) = x(2 * m) + x(m * 3 - 1); v(t) = B[d(t)]\n"
        "z(t) = x(t - d(t)) * x(end+1-t) + x(min(t+2, end)) + x(floor(t / 2)) + x(-t+5); w(t) = A[d(t-1), d(t)]",
    ),
    "ranges beside axes": (
        bound_axes,
        "x(t) : ?; y(t) = sum(sum(x(t-j) * s for j in 1..s) * x(s) for s if s < t)"
        " + sum(x(s) for k in 1..2, s)",
    ),
    "both directions": (
        two_way,
        "x(t) : ?; h(t) = tanh(h(t-1) + x(t)); g(t) = tanh(g(t+2) + x(t)); g(end+1) = 0; g(tau+2) = g_last\n"
        "h(0) = tanh(g(1)); o(t) = h(t) + g(t) + (x(end-1) if t == end(t) else 0)",
    ),
    "attention over an encoder": (
        attention,
        "x(t) : n; h(t) : m; s(u) : m; z(u) : m; W : (m, m); U : (m, n); h(t) = tanh(W @ h(t-1) + U @ x(t))\n"
        "s(u) = f(s(u-1), z(u); theta); s(0) = h(end); e(u, t) = dot(s(u-1), h(t)); z(u) = sum(w(u, t) * h(t) for t)\n"
        "w(u, t) = exp(e(u, t) - max(e(u, k) for k)) / sum(exp(e(u, k)) for k)",
    ),
    "reductions": (
        reductions,
        "e(i, t) : ?; x(t) : n; k : (3, m, n); y(t) = sum(k[j] @ x(t-j) for j in 0..2)\n"
        "L = sum(e(i, t) ** 2 for i, t) + sum(sum(y(t) ** 2) for t)\n"
        "M(i) = mean(e(i, t) for t) + max(e(i, t) for t)",
    ),
    "a function with a body": (
        definition, "x(t) : ?; def f(h, x) = tanh(W @ h + U @ x); h(t) = f(h(t-1), x(t))"
    ),
    "parameters that are not shared": (unshared, "W(t) : (m, m); h(t) = W(t) @ h(t-1) / sqrt(m) + b1 ** t"),
    "the operators that back-propagation needs": (
        operators_of_the_adjoint,
        "x(t) : n; v : m; A = sum(outer(x(t), v) for t); x(end+1) = 0\n"
        "r(t) = concat(x(t+1)[:m], zeros(m), x(t)[m:], v[1:m-1])\n"
        "d(t) = (stack(v, v)[0] if t == end(t) else ones(m)) * v[m-1]",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", EXAMPLES)
def test_the_examples_of_the_language(case: str) -> None:
    """Text and Python give one circuit, and its text is read as the same again."""
    write, text = EXAMPLES[case]
    c = Circuit()
    write(c)
    assert c == Circuit(text), c.text()
    assert Circuit(c.text()) == c
    assert Circuit(c.text()).text() == c.text()


def test_a_size_is_a_number_and_counts_entries_and_is_no_place() -> None:
    def write(c: Circuit, t: Any, x: Any, h: Any) -> None:
        m = c.size("m")
        v = c.parameter("v", (m,))
        h[t] = v[1 : m - 1] * v[m - 2] / m + x[t] * (m + 1)
        assert repr(m) == "<size m>" and repr(v[m - 1]) == "<quantity v[m-1]>"

    assert built(write) == Circuit("x(t) : ?; v : m; h(t) = v[1:m-1] * v[m-2] / m + x(t) * (m + 1)")


def test_a_reduction_over_another_name() -> None:
    def write(c: Circuit, t: Any, x: Any, h: Any) -> None:
        s = c.axis("s")
        h[t] = sum_over(x[s] * x[t] * s, s)

    assert built(write) == Circuit("x(t) : ?; h(t) = sum(x(s) * x(t) * s for s)")


def test_ranges() -> None:
    def write(c: Circuit, t: Any, x: Any, h: Any) -> None:
        j, i = c.range("j", 0, 2), c.range("i", 1, 2)
        k = c.parameter("k", (3, "m"))
        h[t] = sum_over(k[j] * x[t - j] + k[2 - j] * j, j) + sum_over(x[t - (i + 1)] * k[-1 + i], i, j)

    expected = "sum(k[j] * x(t-j) + k[2-j] * j for j in 0..2) + sum(x(t-i-1) * k[i-1] for i in 1..2, j in 0..2)"
    assert built(write) == Circuit(f"x(t) : ?; k : (3, m); h(t) = {expected}")


@examples(150)
@given(indexed_right_sides())
@pytest.mark.filterwarnings("ignore::unfoldgraph.CircuitWarning")
def test_generated_indices(right: IndexedRightSide) -> None:
    """Sums and values as places, entries by them, ranges of every kind with conditions: Python equals the text."""
    c = Circuit()
    right.build(c)
    try:
        expected = Circuit(right.text)
    except CircuitError as error:
        # What is read farther off an edge the longer the sequence is, is refused in both.
        with pytest.raises(CircuitError) as refused:
            c.text()
        assert refused.value.message == error.message
        return
    assert c == expected, c.text()
    assert c.text() == expected.text()
    assert Circuit(c.text()) == c


def test_opaque_functions_and_definitions() -> None:
    def write(c: Circuit, t: Any, x: Any, h: Any) -> None:
        theta, W = c.parameter("theta"), c.parameter("W")
        f, g = c.function("f"), c.define("g", lambda a, b: tanh(W * a + b))
        h[t] = g(f(h[t - 1], x[t], theta=theta), f(1))

    text = "x(t) : ?; def g(a, b) = tanh(W * a + b); h(t) = g(f(h(t-1), x(t); theta), f(1))"
    assert built(write) == Circuit(text)


def test_values_boundaries_and_pins() -> None:
    def write(c: Circuit, t: Any, x: Any, h: Any) -> None:
        k, L = c.signal("k"), c.signal("L", shape=())
        k[()] = 3
        h[t] = k * h[t - 1] + h[t - 2] + x[t - 1]
        h[0], h[-1], h[2], x[0] = 1, k, 5, 4
        L[()] = sum_over(h[t], t)

    text = """
    x(t) : ?; L, k : (); k = 3; h(t) = k * h(t-1) + h(t-2) + x(t-1)
    h(0) = 1; h(-1) = k; h(2) = 5; x(0) = 4; L = sum(h(t) for t)
    """
    assert built(write) == Circuit(text)


def test_greek_names() -> None:
    c = Circuit()
    t = c.axis("t")
    s, f = c.signal("σ", t), c.function("f")
    s[t] = f(s[t - 1], theta=c.parameter("θ"))
    assert c == Circuit("sigma(t) = f(sigma(t-1); theta)")


@pytest.mark.parametrize(
    ("shape", "text"),
    [("n", "n"), ("(m, n)", "(m, n)"), (3, "3"), (("m", 3), "(m, 3)"), ((), "()"), ("()", "()"), (None, "?")],
)
def test_shapes(shape: Any, text: str) -> None:
    c = Circuit()
    t = c.axis("t")
    x, h = c.input("x", t, shape=shape), c.signal("h", t)
    h[t] = x[t]
    assert c == Circuit(f"x(t) : {text}; h(t) = x(t)")


def test_it_grows() -> None:
    c = Circuit()
    t = c.axis("t")
    a, b = c.signal("a", t), c.signal("b", t)
    a[t] = a[t - 1] + 1
    assert c.signals == ("a",)
    b[t] = a[t]
    assert c.signals == ("a", "b")
    assert c == Circuit("a(t) = a(t-1) + 1; b(t) = a(t)")


def test_a_large_expression_of_shared_parts_is_small() -> None:
    def write(_: Circuit, t: Any, x: Any, h: Any) -> None:
        value = x[t]
        for _ in range(60):
            value = value + value
        h[t] = value

    c = built(write)
    assert c.unfold(1).evaluate(x=[1])["h"].tolist() == [2.0**60]
    with pytest.raises(CircuitError, match="has 2305843009213693951 operations and names; the limit is 2000000"):
        c.text()
    with pytest.raises(CircuitError, match="the limit is 2000000"):
        _ = c.latex


def test_a_deep_expression_is_built_evaluated_and_freed() -> None:
    def write(_: Circuit, t: Any, x: Any, h: Any) -> None:
        value = x[t]
        for _ in range(50_000):
            value = value + 1
        h[t] = value

    c = built(write)
    assert c.unfold(1).evaluate(x=[1])["h"].tolist() == [50_001]
    assert c.text().count("+") == 50_000
    del c


REFUSED: dict[str, tuple[Body, str]] = {
    "a signal without index": (lambda c, t, x, h: h.__setitem__(t, x), "'x' is a signal and needs an index"),
    "end alone": (lambda c, t, x, h: h.__setitem__(t, end - 1), "'end' stands only inside an index"),
    "too many indices": (lambda c, t, x, h: h.__setitem__(t, x[t, t]), r"x\(t, t\) has 2 indices, but 'x' has 1 axis"),
    "a product of axes": (lambda c, t, x, h: h.__setitem__(2 * t, x[t]), "on the left an index is an axis plus or"),
    "a value on the left": (lambda c, t, x, h: h.__setitem__(x[t], 1), "on the left an index is an axis plus or minus"),
    "half a step": (lambda c, t, x, h: h.__setitem__(t, x[t - 0.5]), "an index moves by whole steps"),
    "half a step on the left": (lambda c, t, x, h: h.__setitem__(t - 0.5, 1), "an index moves by whole steps"),
    "a size as an index": (lambda c, t, x, h: h.__setitem__(t, x[c.size("m")]), "no shape has the size 'm'"),
    "a size on the way": (lambda c, t, x, h: h.__setitem__(t, x[t + c.size("m")]), "no shape has the size 'm'"),
    "a slice of steps": (lambda c, t, x, h: x[1:2], r"slice\(1, 2, None\) is not an index"),
    "a range that is read": (lambda c, t, x, h: x[t.within(1, 2)], "a range stands on the left side of an equation"),
    "a range of no index": (
        lambda c, t, x, h: h.__setitem__((t, c.axis("s").within(1, 2)), 0), "'s' is no index of the left side"
    ),
    "two ranges": (
        lambda c, t, x, h: h.__setitem__((t, t.within(1, 2), t.within(4, 5)), 0), "'t' is given two ranges"
    ),
    "a range by itself": (lambda c, t, x, h: h.__setitem__((t, t.within(t, end)), 0), "the range of 't' goes by itse"),
    "an empty range of steps": (lambda c, t, x, h: t.within(3, 2), "the range 3..2 is empty"),
    "a bare end in a range": (lambda c, t, x, h: c.range("j", 1, end), "'end' alone says not whose end it is"),
    "an infinite range": (lambda c, t, x, h: c.range("j", 1, float("inf")), "'inf' is no end of a range"),
    "a range that is computed": (lambda c, t, x, h: c.range("j", 1, x[t]), "a range goes from one sum of whole"),
    "a range up to a name": (lambda c, t, x, h: c.range("j", 1, "M"), "'M' is not an index"),
    "a range by another that is free": (
        lambda c, t, x, h: h.__setitem__(t, sum_over(x[t], c.range("j", 1, c.range("k", 1, 2)))),
        "the range 'k' is used outside a reduction over it",
    ),
    "a range by an axis that is bound with it": (
        lambda c, t, x, h: sum_over(x[t], t, c.range("j", 1, t)), "the range 'j' goes by 't', which is bound with it"
    ),
    "a range in an entry outside": (
        lambda c, t, x, h: h.__setitem__(t, x[t][c.range("j", 0, 2)]),
        "the range 'j' is used outside a reduction over it",
    ),
    "a range bound twice": (
        lambda c, t, x, h: (j := c.range("j", 0, 2), h.__setitem__(t, sum_over(x[t - j], j, j))),
        "binds an index twice",
    ),
    "a condition in a stack": (
        lambda c, t, x, h: (j := c.range("j", 0, 2), unfoldgraph.stack_over(x[t - j], j, where=j > 1)),
        "has an entry for each number, so that it leaves none out",
    ),
    "a stack over an axis": (
        lambda c, t, x, h: h.__setitem__(t, unfoldgraph.stack_over(x[t], t)), "would have the length of an axis"
    ),
    "a stack that grows": (
        lambda c, t, x, h: (j := c.range("j", 1, t), h.__setitem__(t, unfoldgraph.stack_over(x[t - j], j))),
        "would have another size from place to place",
    ),
    "the end of entries": (lambda c, t, x, h: x[t][end], "'end' cannot count entries"),
    "what counts no entries": (lambda c, t, x, h: x[t]["a"], "'a' counts no entries"),
    "a slice that is computed": (lambda c, t, x, h: x[t][: x[t]], "a slice is given by whole numbers, sizes and"),
    "a place by value": (
        lambda c, t, x, h: unfoldgraph.place(1, x[t][x[t]]), "'place' takes no entry that a value tells"
    ),
    "a size of nothing": (lambda c, t, x, h: h.__setitem__(t, x[t] * c.size("q")), "no shape has the size 'q'"),
    "a slice by a size of nothing": (
        lambda c, t, x, h: h.__setitem__(t, x[t][: c.size("q")]), "no shape has the size 'q'"
    ),
    "a size and a parameter": (
        lambda c, t, x, h: (c.size("m"), c.parameter("m")), "'m' is a size already and cannot be a parameter"
    ),
    "a text index": (lambda c, t, x, h: x["t"], "'t' is not an index"),
    "a stepped slice": (lambda c, t, x, h: x[t][::2], "slices have no step"),
    "a string": (lambda c, t, x, h: x[t] + "1", "'1' is not a quantity of a circuit"),
    "an array": (lambda c, t, x, h: np.ones(3) * x[t], "is not a quantity of a circuit"),
    "a truth": (lambda c, t, x, h: x[t] + True, "True is not a quantity of a circuit"),
    "nan": (lambda c, t, x, h: x[t] + float("nan"), "nan is not a number of a circuit"),
    "an infinite place": (lambda c, t, x, h: h.__setitem__(float("inf"), 1), "'inf' is no place of an index"),
    "an infinite size": (lambda c, t, x, h: c.parameter("v", shape=float("inf")), "whole number from 1, not inf"),
    "infinity as a name": (lambda c, t, x, h: c.parameter("inf"), "'inf' is reserved"),
    "a giant": (lambda c, t, x, h: x[t] * 10**400, "this number is out of range"),
    "a dwarf": (lambda c, t, x, h: x[t] * Fraction(1, 10**400), "this number is out of range"),
    "a bare function": (lambda c, t, x, h: x[t] * c.function("f"), "a function needs arguments"),
    "a count of arguments": (lambda c, t, x, h: tanh(x[t], x[t]), "'tanh' takes 1 argument, not 2"),
    "a count of its arguments": (lambda c, t, x, h: c.define("g", lambda a: a)(1, 2), "'g' takes 1 argument, not 2"),
    "an index in a body": (
        lambda c, t, x, h: h.__setitem__(t, c.define("g", lambda a: a + x[t])(1)),
        r"the body of 'g' has arguments and parameters only, not x\(t\)",
    ),
    "a range outside": (
        lambda c, t, x, h: h.__setitem__(t, x[t - c.range("j", 0, 2)]),
        "the range 'j' is used outside a reduction over it",
    ),
    "an empty range": (lambda c, t, x, h: c.range("j", 2, 0), "the range 2..0 is empty"),
    "a reduction over nothing": (lambda c, t, x, h: sum_over(x[t]), "sum_over takes a value and the axes"),
    "argmax over two": (
        lambda c, t, x, h: h.__setitem__(t, unfoldgraph.argmax_over(x[t], t, c.axis("s"))),
        "argmax runs over one index",
    ),
    "a shared expression": (
        lambda c, t, x, h: c.function("f")(x[t], W=x[t]), "'W=' of f takes the parameter of that name"
    ),
    "an unknown size": (lambda c, t, x, h: h.__setitem__(t, unfoldgraph.zeros("q")), "no shape has the size 'q'"),
    "another circuit's signal": (
        lambda c, t, x, h: h.__setitem__(t, Circuit().input("y", t)[t]), "nothing says what 'y' is in this circuit"
    ),
    "a taken name": (lambda c, t, x, h: c.parameter("x"), "'x' is an input already and cannot be a parameter"),
    "an axis as a parameter": (lambda c, t, x, h: c.parameter("t"), "'t' is an axis already and cannot be a parameter"),
    "a reserved name": (lambda c, t, x, h: c.parameter("if"), "'if' is reserved"),
    "a built-in name": (lambda c, t, x, h: c.signal("tanh", t), "'tanh' is reserved"),
    "no name": (lambda c, t, x, h: c.parameter("a\nb"), r"'a\\nb' is not a name"),
    "hostile text": (lambda c, t, x, h: c.parameter("</svg>"), "is not a name"),
    "no axis": (lambda c, t, x, h: c.input("z"), "the input 'z' needs an axis"),
    "no declaration": (lambda c, t, x, h: c.parameters("W = 3"), "'W = 3' is not a declaration"),
    "a declared signal": (lambda c, t, x, h: c.parameters("W(t): m"), r"'W\(t\): m' declares a signal"),
    "no size": (lambda c, t, x, h: c.parameter("W", 0), "a size is a name or a whole number from 1, not 0"),
    "half a size": (lambda c, t, x, h: c.parameter("W", (1.5,)), "a size is a name or a whole number from 1, not 1.5"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    body, expected = REFUSED[case]
    with pytest.raises(CircuitError, match=expected):
        _ = built(body).model


@pytest.mark.parametrize(
    "body",
    [
        lambda x, t: x[t] == 1,
        lambda x, t: x[t] != 1,
        lambda x, t: 1 if x[t] > 0 else 2,
        lambda x, t: 0 < x[t] < 1,
        lambda x, t: [*x[t]],
        lambda x, t: x[t] and x[t],
    ],
)
def test_what_python_would_get_wrong_raises_at_once(body: Callable[[Any, Any], Any]) -> None:
    with pytest.raises(TypeError, match="quantit"):
        built(lambda c, t, x, h: body(x, t))


def test_a_circuit_read_from_text_is_complete() -> None:
    with pytest.raises(CircuitError, match="this circuit was read from text and is complete"):
        Circuit("h(t) = h(t-1)").axis("t")
    with pytest.raises(CircuitError, match="no equations"):
        _ = Circuit().signals
    with pytest.raises(CircuitError, match="a title is one line"):
        Circuit(title="a\nb")
