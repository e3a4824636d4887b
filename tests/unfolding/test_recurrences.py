"""Recurrences of textbooks that need ranges, diagonals and any place, evaluated beside programs by hand."""

from __future__ import annotations

import math
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pytest

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.algebra.notation import text

pytestmark = pytest.mark.filterwarnings("ignore::unfoldgraph.base.errors.CircuitWarning")

CHAIN = """
p : K
c(i, i) = 0
c(i, j) = min(c(i, k) + c(k+1, j) + p[i-1]*p[k]*p[j] for k in i..j-1) for j in i+1..end
"""


def test_catalan_numbers() -> None:
    circuit = Circuit("C(n) = sum(C(k)*C(n-1-k) for k in 0..n-1); C(0) = 1")
    unfolding = circuit.unfold(10)
    # OEIS A000108.
    assert unfolding.evaluate()["C"].tolist() == [1, 2, 5, 14, 42, 132, 429, 1430, 4862, 16796]
    assert (len(unfolding), unfolding.edges.size, unfolding.depth) == (11, 55, 10)
    large = circuit.unfold(10**12)
    assert (len(large), large.edges.size) == (10**12 + 1, 10**12 * (10**12 + 1) // 2)


def test_matrix_chain() -> None:
    # Cormen, Leiserson, Rivest and Stein, section 15.2: six matrices, 15125 products.
    unfolding = Circuit(CHAIN).unfold(6)
    dimensions = [30, 35, 15, 5, 10, 20, 25]
    found = unfolding.evaluate(p=dimensions)["c"]
    assert found[0, 5] == 15125
    assert found[1, 4] == 7125
    assert not np.tril(found).any()
    # A triangle of 21 nodes: nothing below it.
    assert len(unfolding) == 1 + 21
    assert all(first <= second for name, (first, *rest) in set(unfolding.nodes) - {("p", ())} for second in rest)
    # From (i, j) to (i, k) and (k+1, j): twice j-i for each pair.
    assert unfolding.edges.size == sum(1 + 2 * (j - i) for i in range(1, 7) for j in range(i + 1, 7))
    assert unfolding.depth == 5
    n = 10**9
    large = Circuit(CHAIN).unfold(n)
    assert len(large) == 1 + n * (n + 1) // 2
    assert large.edges.size == n * (n - 1) // 2 + (n**3 - n) // 3


def test_fir_filters_of_any_order() -> None:
    circuit = Circuit("h : M; x(n) : (); y(n) = sum(h[k]*x(n-k) for k in 0..M-1)")
    rng = np.random.default_rng(0)
    x = rng.normal(size=20)
    for order in (1, 2, 5):
        h = rng.normal(size=order)
        # The size is known from the array.
        np.testing.assert_allclose(circuit.unfold(20).evaluate(x=x, h=h)["y"], np.convolve(x, h)[:20])
        unfolding = circuit.unfold(20, sizes={"M": order})
        assert len(unfolding) == 1 + 20 + 20 + order - 1
        assert unfolding.edges.size == 20 + 20 * order
    with pytest.raises(CircuitError, match="nothing says how large 'M' is") as refused:
        len(circuit.unfold(20))
    assert refused.value.help == 'give sizes={"M": …}, or --size M=… on the command line'
    assert repr(circuit.unfold(20)) == "<circuit unfolded for n=20, without sizes>"
    with pytest.raises(CircuitError, match="there is no size 'N'"):
        circuit.unfold(20, sizes={"N": 3})
    with pytest.raises(CircuitError, match="the size 'M' is a whole number from 1, not 0"):
        circuit.unfold(20, sizes={"M": 0})
    with pytest.raises(CircuitError, match="'h' has shape"):
        circuit.unfold(20, sizes={"M": 2}).evaluate(x=x, h=[1, 2, 3])
    with pytest.raises(CircuitError, match="'x0' holds 1 places before the first, and 2 are read"):
        circuit.unfold(20).evaluate(x=x, h=[1, 2, 3], x0=[1])


def test_full_history_and_causal_attention() -> None:
    circuit = Circuit("x(t) : (); w(t, s) : (); y(t) = x(t) + sum(w(t, s)*y(s) for s in 1..t-1)")
    rng = np.random.default_rng(1)
    x, w = rng.normal(size=6), rng.normal(size=(6, 6))
    expected: list[float] = []
    for t in range(6):
        expected.append(x[t] + sum(w[t, s] * expected[s] for s in range(t)))
    np.testing.assert_allclose(circuit.unfold(t=6, s=6).evaluate(x=x, w=w)["y"], expected)
    attention = Circuit(
        "q(t), k(t), v(t) : m\n"
        "e(t) = sum(exp(dot(q(t), k(s))) for s in 1..t)\n"
        "o(t) = sum(exp(dot(q(t), k(s))) / e(t) * v(s) for s in 1..t)"
    )
    q, k, v = (rng.normal(size=(5, 3)) for _ in range(3))
    weights = np.tril(np.exp(q @ k.T))
    found = attention.unfold(5).evaluate(q=q, k=k, v=v)
    np.testing.assert_allclose(found["o"], weights / weights.sum(axis=1, keepdims=True) @ v)


def test_knapsack() -> None:
    circuit = Circuit("wt(i), val(i) : (); V(i, c) = max(V(i-1, c), V(i-1, c - wt(i)) + val(i)) if c >= wt(i) "
                      "else V(i-1, c); V(0, c) = 0; V(i, 0) = 0; V(0, 0) = 0")  # fmt: skip
    weights, values, room = [3, 4, 5, 2], [30, 50, 60, 21], 9
    found = circuit.unfold(i=4, c=room).evaluate(wt=weights, val=values)["V"]
    for own in range(1, room + 1):
        best = max(
            sum(value for value, taken in zip(values, some, strict=True) if taken)
            for some in product((0, 1), repeat=4)
            if sum(weight for weight, taken in zip(weights, some, strict=True) if taken) <= own
        )
        assert found[3, own - 1] == best


def test_longest_common_subsequence() -> None:
    circuit = Circuit("a(i) : (); b(j) : (); L(i, j) = L(i-1, j-1) + 1 if a(i) == b(j) else max(L(i-1, j), L(i, j-1))")
    one, other = [1, 2, 3, 2, 4, 1, 2], [2, 4, 3, 1, 2, 1]
    found = circuit.unfold(i=7, j=6).evaluate(a=one, b=other)["L"]

    @cache
    def longest(i: int, j: int) -> int:
        if not i or not j:
            return 0
        return longest(i - 1, j - 1) + 1 if one[i - 1] == other[j - 1] else max(longest(i - 1, j), longest(i, j - 1))

    assert found[-1, -1] == longest(7, 6) == 4


def test_dynamic_time_warping_in_a_band() -> None:
    circuit = Circuit("x(i) : (); y(j) : ()\n"
                      "D(i, j) = abs(x(i) - y(j)) + min(D(i-1, j), D(i, j-1), D(i-1, j-1)) "
                      "if abs(i - j) <= 1 else inf\n"
                      "D(0, 0) = 0; D(0, j) = inf; D(i, 0) = inf")  # fmt: skip
    x, y = [1, 3, 4, 9], [1, 4, 4, 8]
    found = circuit.unfold(i=4, j=4).evaluate(x=x, y=y)["D"]
    table = np.full((5, 5), math.inf)
    table[0, 0] = 0
    for i, j in product(range(1, 5), repeat=2):
        if abs(i - j) <= 1:
            table[i, j] = abs(x[i - 1] - y[j - 1]) + min(table[i - 1, j], table[i, j - 1], table[i - 1, j - 1])
    np.testing.assert_array_equal(found, table[1:, 1:])


def test_ctc_with_labels_as_data() -> None:
    # Graves et al. (2006): the labels with a blank, 0, between them; p(t) are the probabilities of all symbols.
    circuit = Circuit("p(t) : n; l(s) : ()\n"
                      "a(t, s) = (a(t-1, s) + a(t-1, s-1) + (a(t-1, s-2) if s > 1 and l(s) != 0 and l(s) != l(s-2) "
                      "else 0)) * p(t)[l(s)]\n"
                      "a(0, s) = 0; a(t, 0) = 0; a(0, 0) = 1")  # fmt: skip
    rng = np.random.default_rng(2)
    steps, word = 5, [2, 1, 1]
    p = rng.random((steps, 3))
    labels = [0, *(symbol for letter in word for symbol in (letter, 0))]
    found = circuit.unfold(t=steps, s=len(labels)).evaluate(p=p, l=labels)["a"]
    expected = 0.0
    for path in product(range(3), repeat=steps):
        shortened = [symbol for at, symbol in enumerate(path) if symbol and (not at or path[at - 1] != symbol)]
        if shortened == word:
            expected += math.prod(p[at, symbol] for at, symbol in enumerate(path))
    np.testing.assert_allclose(found[-1, -1] + found[-1, -2], expected)


def test_neighbours_around_a_hole() -> None:
    circuit = Circuit("s(i, j) : (); y(i, j) = sum(s(i+a, j+b) for a in -1..1, b in -1..1 if a != 0 or b != 0)")
    s = np.arange(12.0).reshape(3, 4)
    around = np.pad(s, 1)
    expected = sum(around[1 + a : 4 + a, 1 + b : 5 + b] for a, b in product((-1, 0, 1), repeat=2) if (a, b) != (0, 0))
    np.testing.assert_array_equal(circuit.unfold(i=3, j=4).evaluate(s=s)["y"], expected)
    assert {data["delay"] for *_, data in circuit.graph.edges(data=True)} == {
        (a, b) for a, b in product((-1, 0, 1), repeat=2) if (a, b) != (0, 0)
    }
    n = 10**6
    assert circuit.unfold(i=n, j=n).edges.size == 4 * n * (n - 1) + 4 * (n - 1) ** 2


def test_decimation_a_moving_delay_and_a_state_machine() -> None:
    x = [5.0, 3, 8, 1, 9, 2]
    decimated = Circuit("x(n) : (); y(m) = x(2*m)").unfold(m=4, n=6)
    assert decimated.evaluate(x=x)["y"].tolist() == [3, 1, 2, 0]
    assert [edge for edge in decimated.edges if edge[1] == ("y", (2,))] == [(("x", (4,)), ("y", (2,)), "place")]
    moving = Circuit("x(t), d(t) : (); y(t) = x(t - d(t))").unfold(6)
    found = moving.evaluate(x=x, d=[0, 1, 5, 0.5, np.nan, -1])["y"]
    assert found.tolist() == [5, 5, 0, 0, 0, 0]
    # Any of the six may be meant.
    assert moving.edges.size == 6 + 36
    machine = Circuit("s(t) = B[s(t-1), x(t)]; s(0) = 1; B : (3, 2); x(t) : ()").unfold(4)
    assert machine.evaluate(B=[[0, 2], [2, 0], [1, 1]], x=[0, 1, 1, 0])["s"].tolist() == [2, 1, 0, 0]


def test_binary_search_depth() -> None:
    circuit = Circuit("T(n) = T(floor(n/2)) + 1; T(0) = 0")
    unfolding = circuit.unfold(1000)
    assert unfolding.evaluate()["T"].tolist() == [n.bit_length() for n in range(1, 1001)]
    assert unfolding.depth == 10
    assert circuit.unfold(10**12).edges.size == 10**12


@pytest.mark.parametrize(
    ("source", "steps", "asked", "told"),
    [
        ("x(t) : (); y(t) = sum(x(s) for s if (s + t) % 7 == 1)", 10**6, "edges",
         "how many places x(s) reads is told only by looking up 1000001000000 places; the limit is 1000000"),
        ("y(t) = y(t-1) + sum(y(s) for s in 1..t-2)", 10**5, "depth",
         "how deep this graph is cannot be told without walking it, and it has 4999950001 reads; the limit is 150000"),
        ("c(i, j) = c(i-1, j) for j in i..end", 10**6, "places",
         "the places of 'c' lie in 1000000 rows; the limit is 500000"),
    ],
)  # fmt: skip
def test_what_no_arithmetic_tells_is_refused_before_the_work(source: str, steps: int, asked: str, told: str) -> None:
    circuit = Circuit(source)
    unfolding = circuit.unfold(dict.fromkeys(circuit.axes, steps))
    ask = {
        "edges": lambda: unfolding.edges.size,
        "depth": lambda: unfolding.depth,
        "places": lambda: unfolding.places("c"),
    }
    with pytest.raises(CircuitError) as refused:
        ask[asked]()
    assert refused.value.message == told


def test_edges_that_range_over_numbers_are_one_a_term() -> None:
    graph = Circuit("x(t) : (); y(t) = sum(b[k]*x(t-2*k) for k in 0..3 if k != 1)").graph
    assert sorted(delay for _, _, delay in graph.edges(data="delay")) == [(0,), (0,), (4,), (6,)]
    with pytest.raises(CircuitError, match="is 1000001 edges of the circuit; the limit is 100000"):
        _ = Circuit("x(t) : (); y(t) = sum(x(t-k) for k in 0..1000000)").graph
    assert Circuit("F(n) = sum(F(n-k) for k in 1..2); F(0) = 1; F(-1) = 0").model.delayed() == ("F",)


def test_sequences_of_different_lengths_end_their_ranges_at_their_own_ends() -> None:
    circuit = Circuit("x(t) : (); y(t) = sum(x(s) for s in t..end(t)); z(t) = x(end+1-t)")
    x: Any = np.array([[1.0, 2, 3, 4], [5, 6, 7, 8]])
    found = circuit.unfold(4).evaluate(x=x, lengths=[2, 4])
    np.testing.assert_array_equal(found["y"], [[3, 2, 0, 0], [26, 21, 15, 8]])
    np.testing.assert_array_equal(found["z"], [[2, 1, 0, 0], [8, 7, 6, 5]])


@pytest.mark.parametrize(
    ("source", "node", "expected"),
    [
        (CHAIN, ("c", (1, 3)), "min(c(1, k) + c(k+1, 3) + p[0] * p[k] * p[3] for k in 1..2)"),
        (CHAIN, ("c", (2, 2)), "0"),
        (CHAIN, ("c", (3, 2)), None),
        ("x(t) : (); y(t) = sum(b[k]*x(t-k) for k in 0..2)", ("y", (3,)), "sum(b[k] * x(3-k) for k in 0..2)"),
        ("x(t) : (); y(t) = x(end+2-t) + B[x(t)] + x(t+9)", ("y", (3,)), "x(4) + B[x(3)] + 0"),
    ],
)
def test_an_instance_has_its_numbers(source: str, node: tuple[str, Any], expected: str | None) -> None:
    instance = Circuit(source).unfold(5, sizes={}).instance(*node)
    assert expected == (None if instance is None else text(instance))
