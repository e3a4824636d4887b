"""Formulas of ranges, conditions and any place: what hand-written programs compute, in every form."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy
from oracles.expansion_meaning import assert_every_form_agrees, node_values

from unfoldgraph import Circuit, CircuitError

FIR = "b : M; y(t) = sum(b[k]*x(t-k) for k in 0..M-1)"
HISTORY = "y(t) = x(t) + sum(w(t, s)*y(s) for s in 1..t-1)"
CATALAN = "C(n) = sum(C(k)*C(n-1-k) for k in 0..n-1); C(0) = 1"
CHAIN = (
    "p(i) : (); c(i, j) = min(c(i, k) + c(k+1, j) + p(i)*p(k+1)*p(j+1) for k in i..j-1) for j in i+1..end; c(i, i) = 0"
)
KNAPSACK = """
    wt(i) : (); v(i) : ()
    V(i, c) = max(V(i-1, c), V(i-1, c - wt(i)) + v(i)) if wt(i) <= c else V(i-1, c)
    V(0, c) = 0; V(i, 0) = 0; V(0, 0) = 0
"""
COMMON = """
    L(i, j) = L(i-1, j-1) + 1 if a(i) == b(j) else max(L(i-1, j), L(i, j-1))
    L(0, j) = 0; L(i, 0) = 0; L(0, 0) = 0
"""


def numbers(seed: int, *shape: int) -> Any:
    return np.random.default_rng(seed).normal(size=shape)


def checked(circuit: Circuit, target: str, lengths: Mapping[str, int], arrays: Mapping[str, Any]) -> float:
    """Return the value at a place, after every form of its formula was found to have it, SymPy's among them."""
    sizes = {"M": len(arrays["b"])} if "M" in circuit.text() else None
    unfolding = circuit.unfold(lengths, sizes)
    expansion = circuit.expand(target, lengths, sizes=sizes)
    values = node_values(unfolding, arrays)
    assert_every_form_agrees(circuit, expansion, values, arrays)
    return float(values[expansion.target])


# Values ----------------------------------------------------------------------------------------------


def test_a_filter_of_any_order() -> None:
    b, x = numbers(1, 3), numbers(2, 6)
    before = numbers(3, 2)
    signal = [*before, *x]
    for t in range(1, 7):
        wanted = sum(b[k] * signal[t + 1 - k] for k in range(3))
        assert checked(Circuit(FIR), f"y({t})", {"t": 6}, {"b": b, "x": x, "x0": before}) == pytest.approx(wanted)
    assert Circuit(FIR).expand("y(4)", sizes={"M": 2}).text == "b[0] * x(4) + b[1] * x(3)"
    assert Circuit(FIR).expand("y(1)", sizes={"M": 1}).text == "b[0] * x(1)"


def test_the_full_history() -> None:
    x, w = numbers(1, 5), numbers(2, 5, 5)
    y: list[float] = []
    for t in range(5):
        y.append(x[t] + sum(w[t, s] * y[s] for s in range(t)))
        found = checked(Circuit(HISTORY), f"y({t + 1})", {"t": 5, "s": 5}, {"x": x, "w": w})
        assert found == pytest.approx(y[t])
    assert Circuit(HISTORY).expand("y(3)", t=5, s=5).let()[1] == "y(2) = x(2) + w(2, 1) * y(1)"


def test_catalan_numbers() -> None:
    known = [1]
    for n in range(1, 12):
        known.append(sum(known[k] * known[n - 1 - k] for k in range(n)))
        assert Circuit(CATALAN).expand(f"C({n})").text == str(known[n])
    assert known[4] == 14
    symbolic = Circuit(CATALAN.replace("C(0) = 1", "C(0) = c")).expand("C(2)")
    assert symbolic.text == "C(0) * (C(0) * C(0)) + C(0) * C(0) * C(0)"
    assert symbolic.sympy == 2 * sympy.Function("C")(0) ** 3


def test_a_chain_of_matrices() -> None:
    p = np.array([30, 35, 15, 5, 10, 20, 25.0])
    best: dict[tuple[int, int], float] = {(i, i): 0 for i in range(1, 7)}
    for length in range(1, 6):
        for i in range(1, 7 - length):
            j = i + length
            ways = (best[i, k] + best[k + 1, j] + p[i - 1] * p[k] * p[j] for k in range(i, j))
            best[i, j] = min(ways)
    circuit = Circuit(CHAIN)
    lengths = dict.fromkeys(circuit.axes, 7)
    for i, j in [(1, 2), (2, 4), (1, 4)]:
        assert checked(circuit, f"c({i}, {j})", lengths, {"p": p}) == pytest.approx(best[i, j])
    # The published optimum of Cormen et al., section 14.2.
    assert best[1, 6] == 15125
    assert node_values(circuit.unfold(lengths), {"p": p})["c", (1, 6)] == 15125
    assert circuit.expand("c(1, 2)", lengths).text == "p(1) * p(2) * p(3)"
    assert circuit.expand("c(3, 3)", lengths).text == "0"
    with pytest.raises(
        CircuitError, match=r"there is no c\(3, 2\): no equation stands there, so that it is 0"
    ) as refusal:
        circuit.expand("c(3, 2)", lengths)
    assert refusal.value.help == "there is: c(i, j) for j in i+1..end; c(i, i)"
    # An index that is compared with another has its length, unless that is told.
    assert circuit.expand("c(1, 2)", 7).text == "p(1) * p(2) * p(3)"


def test_what_reads_ahead_and_never_beyond_needs_no_length() -> None:
    cost = "p[i-1]*p[k]*p[j]"
    chain = f"p : n; m(i, j) = min(m(i, k) + m(k+1, j) + {cost} for k in i..j-1) for j in i+1..end; m(i, i) = 0"
    inner = Circuit(chain).expand("m(1, 3)")
    assert inner.text == Circuit(chain).expand("m(1, 3)", {"i": 9, "j": 9}).text
    palindrome = Circuit("L(i, j) = L(i+1, j-1) + x(i) for j in i+1..end; L(i, i) = 1; L(i, i-1) = 0")
    assert palindrome.expand("L(1, 4)").text == "x(2) + x(1)"
    with pytest.raises(CircuitError, match="depends on the length of 'i'"):
        Circuit("L(i, j) = L(i+1, j-1) + x(i); L(i, 0) = 0").expand("L(1, 4)")


@pytest.mark.parametrize(
    "never", ["z(t) if M == 2 else x(t)", "z(t) if t < t else x(t)", "x(t) + sum(z(t) for k in 1..3 if t != t)"]
)
def test_what_is_never_read_is_in_no_formula(never: str) -> None:
    expansion = Circuit(f"M = 1; x(t) : (); y(t) = {never}; z(t) = x(t) + y(t-1)").expand("y", 3)
    assert (expansion.text, list(map(str, expansion.let()))) == ("x(3)", ["y(3) = x(3)"])


def test_a_knapsack() -> None:
    weights, prices = [2, 3, 1], [4.5, 5.25, 1.125]
    best = max(
        sum(price for taken, price in zip(chosen, prices, strict=True) if taken)
        for chosen in product((0, 1), repeat=3)
        if sum(weight for taken, weight in zip(chosen, weights, strict=True) if taken) <= 4
    )
    arrays = {"wt": np.array(weights, float), "v": np.array(prices)}
    assert checked(Circuit(KNAPSACK), "V(3, 4)", {"i": 3, "c": 4}, arrays) == pytest.approx(best)
    told = Circuit(KNAPSACK.replace("wt(i) : ();", "wt(i) = 4 - i;"))
    assert told.expand("V(2, 3)", {"i": 2, "c": 3}).text == "max(max(0, v(1)), v(2))"


def test_the_longest_common_subsequence() -> None:
    a, b = [1, 2, 3, 2], [2, 1, 3]
    table = {(i, j): 0 for i, j in product(range(5), range(4)) if not i or not j}
    for i, j in product(range(1, 5), range(1, 4)):
        table[i, j] = table[i - 1, j - 1] + 1 if a[i - 1] == b[j - 1] else max(table[i - 1, j], table[i, j - 1])
    arrays = {"a": np.array(a, float), "b": np.array(b, float)}
    for i, j in [(1, 1), (2, 3), (3, 2)]:
        assert checked(Circuit(COMMON), f"L({i}, {j})", {"i": 4, "j": 3}, arrays) == table[i, j]


# What is written -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "target", "formula"),
    [
        ("y(t) = sum(x(s) for s in 1..t if s % 2 == 0)", "y(4)", "x(2) + x(4)"),
        ("y(t) = sum(x(s) for s in 1..t if s % 2 == 0)", "y(1)", "0"),
        ("y(t) = prod(x(s) for s in 2..t)", "y(1)", "1"),
        ("y(t) = max(x(s) for s in 2..t)", "y(1)", "-inf"),
        ("y(t) = min(x(s) for s in 2..t)", "y(1)", "inf"),
        ("y(t) = mean(x(s) for s in 2..t)", "y(1)", "0 / 0"),
        ("y(t) = mean(x(s) for s in 1..t if s != 2)", "y(3)", "(x(1) + x(3)) / 2"),
        (
            "y(t) = mean(x(s) for s in 1..t if x(s) > 0)", "y(2)",
            "((x(1) if x(1) > 0 else 0) + (x(2) if x(2) > 0 else 0)) / "
            "((1 if x(1) > 0 else 0) + (1 if x(2) > 0 else 0))",
        ),
        ("y(t) = sum(x(s) for s in 1..t if x(s) > 0)", "y(1)", "x(1) if x(1) > 0 else 0"),
        ("y(t) = prod(x(s) for s in 1..t if x(s) > 0)", "y(1)", "x(1) if x(1) > 0 else 1"),
        ("y(t) = argmax(x(s) for s in 3..t)", "y(4)", "4 if x(4) > x(3) else 3"),
        ("y(t) = argmax(x(s) for s in 1..t if s != 2)", "y(3)", "3 if x(3) > x(1) else 1"),
        ("y(t) = argmax(x(s) for s in 1..t if x(s) < r)", "y(1)", "1 if x(1) < r else 0 / 0"),
        ("y(t) = stack(x(t-k) for k in 0..2)", "y(3)", "stack(x(3), x(2), x(1))"),
        ("y(t) = stack(x(t-k) for k in 0..2)[1]", "y(3)", "x(2)"),
        ("y(t) = y(t-1) if t > 1 else s1", "y(3)", "s1"),
        ("y(t) = y(t-1) + x(t) if t % 2 == 0 else x(t)", "y(4)", "x(3) + x(4)"),
        ("s(t) = x(t) for t in 2..end; q(t) = s(t) + s(t-1)", "q(3)", "x(3) + x(2)"),
        ("s(t) = x(t) for t in 2..end; q(t) = s(t) + s(t-1)", "q(2)", "x(2)"),
        ("s(t) = s(t+1) + x(t) for t in 2..end; s(end+1) = r", "s(3)", "s(5) + x(4) + x(3)"),
        ("u(t) = x(t); y(t) = u(2*t) + u(end+1-t)", "y(2)", "x(4) + x(3)"),
        ("u(t) = x(t); y(t) = u(2*t)", "y(3)", "0"),
        ("u(t) = x(t); e(t) = d(t); y(t) = u(t - d(t))", "y(3)", "u(3 - d(3))"),
        ("u(t) = x(t); d(t) = t - 2; y(t) = u(t - d(t))", "y(3)", "x(2)"),
        ("u(t) = x(t); d(t) = 0.5; y(t) = u(t - d(t))", "y(3)", "0"),
        ("u(t) = x(t); d(t) = 7; y(t) = u(t - d(t))", "y(3)", "0"),
        ("T(n) = T(floor(n/2)) + n; T(0) = 0", "T(4)", "7"),
        ("y(t) = B[s(t)]; s(t) = (s(t-1) + 1) % 3; s(0) = 0", "y(4)", "B[1]"),
        ("y(t) = B[x(t)] + A[x(t), 0]", "y(4)", "B[x(4)] + A[x(4), 0]"),
        ("B : 3; y(t) = B[t-2]", "y(1)", "0"),
        ("B : 3; y(t) = B[t-2]", "y(4)", "B[2]"),
        ("B : 2; y(t) = B[t-2]", "y(4)", "0"),
        ("y(t) = sum(x(s) for s in 1..t) + sum(x(s) for s)", "y(1)", "x(1) + (x(1) + x(2) + x(3) + x(4))"),
        ("y(t) = sum(prod(x(r) for r in s..t) for s in 1..t)", "y(2)", "x(1) * x(2) + x(2)"),
    ],
)  # fmt: skip
def test_what_is_written(text: str, target: str, formula: str) -> None:
    circuit = Circuit(text)
    expansion = circuit.expand(target, dict.fromkeys(circuit.axes, 4))
    assert expansion.text == formula
    assert expansion.render("let")


def test_a_place_that_is_computed_depends_on_all_that_can_be_meant() -> None:
    circuit = Circuit("u(t) = u(t-1) + x(t); y(t) = u(t - d(t)) + x(t); e(t) = d(t)")
    expansion = circuit.expand("y(2)", 3)
    assert expansion.text == "u(2 - d(2)) + x(2)"
    assert [str(line) for line in expansion.let()] == [
        "u(1) = u(0) + x(1)",
        "u(2) = u(1) + x(2)",
        "u(3) = u(2) + x(3)",
        "y(2) = u(2 - d(2)) + x(2)",
    ]
    assert expansion.signature == "y(2) = g(x(3), x(2), d(2), x(1), u(0))"
    assert expansion.latex == r"u^{(2 - d^{(2)})} + x^{(2)}"
    d, u, x = map(sympy.Function, "dux")
    assert expansion.sympy == u(2 - d(2)) + x(2)
    assert len(expansion.steps()) == 1
    arrays = {"x": numbers(1, 3), "u0": numbers(2), "d": np.array([0, -1.0, 7])}
    assert checked(circuit, "y(2)", {"t": 3}, arrays) == pytest.approx(arrays["u0"] + sum(arrays["x"]) + arrays["x"][1])


def test_conditions_that_values_tell_have_a_form_in_sympy() -> None:
    circuit = Circuit("y(t) = argmax(x(s) for s in 1..t if x(s) < r)")
    found = circuit.expand("y(3)").sympy
    x, r = sympy.Function("x"), sympy.Symbol("r")
    for values in product((-1, 1, 2), repeat=3):
        known = {x(at): value for at, value in enumerate(values, 1)} | {r: 2}
        below = [at for at, value in enumerate(values, 1) if value < 2]
        wanted = max(below, key=lambda at: (values[at - 1], -at)) if below else sympy.nan
        assert found.xreplace(known) == wanted


def test_an_entry_by_value_has_a_form_in_sympy_where_the_array_is_a_name() -> None:
    assert str(Circuit("y(t) = B[x(t)] + A[x(t), 1]").expand("y(2)").sympy) == "A[x(2), 1] + B[x(2), 0]"
    with pytest.raises(CircuitError, match=r"SymPy has no form for '\[\]' of a vector \(3\)"):
        _ = Circuit("x(t) : (); y(t) = ones(3)[x(t)]").expand("y(2)").sympy


# What cannot be ---------------------------------------------------------------------------------------


def test_a_size_that_nobody_tells() -> None:
    with pytest.raises(CircuitError) as refusal:
        _ = Circuit(FIR).expand("y(3)").text
    assert "nothing says how large 'M' is" in refusal.value.message
    assert 'sizes={"M": ' in str(refusal.value.help)


def test_lengths_that_a_place_goes_by() -> None:
    circuit = Circuit("x(n) : (); y(m) = x(2*m)")
    # What inputs have by themselves reaches as far as it is read, unless its length is told.
    assert circuit.expand("y(3)").text == circuit.expand("y(3)", n=6).text == "x(6)"
    assert Circuit(HISTORY).expand("y(2)").text == "x(2) + w(2, 1) * x(1)"
    with pytest.raises(CircuitError, match=r"y\(3\) depends on the length of 'n'"):
        Circuit("x(n) : (); y(m) = x(2*m) + x(end)").expand("y(3)")
    with pytest.raises(CircuitError, match=r"y\(3\) depends on the length of 'n'"):
        Circuit("x(n), d(m) : (); y(m) = x(d(m))").expand("y(3)")
    assert circuit.expand("y(3)", n=5).text == "0"
    # What lies before goes by no length.
    assert Circuit("T(n) = T(floor(n/2)) + x(n)").expand("T(3)").text == "x(1) + x(3)"


def test_what_would_be_too_much_is_counted_before_it_is_written() -> None:
    circuit = Circuit("y(t) = sum(x(s) for s in 1..t)")
    with pytest.raises(CircuitError, match=r"the sums in .* have up to 10000000000 terms") as refusal:
        _ = circuit.expand("y(10000000000)").text
    assert refusal.value.help == "take fewer steps"
    with pytest.raises(CircuitError, match="up to"):
        _ = Circuit(FIR).expand("y(3)", sizes={"M": 10**12}).text
