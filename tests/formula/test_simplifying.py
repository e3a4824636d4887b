"""Constants fold exactly, to the same values that fractions give, and never lose a shape."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.algebra.expression import Expr, number, parameter
from unfoldgraph.algebra.notation import text
from unfoldgraph.base.limits import FOLDED_DIGITS
from unfoldgraph.formula.exact_numbers import evaluate
from unfoldgraph.formula.simplifying import Folder

RATIONALS = st.fractions(max_denominator=50).filter(lambda value: abs(value) < 1000)


def folded(right: str) -> str:
    """Return `s(1)` of a statement that reads `z(0) = 0` and `one(0) = 1`."""
    lines = f"s(t) = {right}\nz(t) = z(t-1); z(0) = 0\none(t) = one(t-1); one(0) = 1"
    return Circuit(lines).expand("s(1)").text


@pytest.mark.filterwarnings("ignore::unfoldgraph.base.errors.CircuitWarning")
@pytest.mark.parametrize(
    ("right", "wanted"),
    [
        ("a + z(t-1)", "a"), ("z(t-1) + a", "a"), ("a - z(t-1)", "a"), ("z(t-1) - a", "-a"),
        ("a * one(t-1)", "a"), ("one(t-1) * a", "a"), ("a / one(t-1)", "a"), ("a ** one(t-1)", "a"),
        ("a * z(t-1)", "0"), ("z(t-1) * a", "0"), ("z(t-1) / a", "0"), ("a ** z(t-1)", "1"), ("one(t-1) ** a", "1"),
        ("a / z(t-1)", "a / 0"), ("1 / z(t-1)", "1 / 0"), ("z(t-1) ** -1", "0**-1"), ("z(t-1) ** z(t-1)", "1"),
        ("a if z(t-1) else b", "b"), ("a if one(t-1) > 0 else b", "a"), ("a if b else z(t-1)", "a if b else 0"),
        ("2 < 3", "1"), ("2 >= 3", "0"), ("1 == 1.0", "1"), ("not 3", "0"), ("2 xor 0", "1"), ("a and z(t-1)", "0"),
        ("a or one(t-1)", "1"), ("min(2, 1/3)", "1/3"), ("max(2, 1/3)", "2"), ("floor(-7/2)", "-4"),
        ("abs(-1/3)", "1/3"),
        ("sign(-3)", "-1"), ("-7 % 3", "2"), ("7 % -3", "-2"), ("7 % 0", "7 % 0"), ("7.5 % 2", "1.5"),
        ("sqrt(9/4)", "1.5"), ("sqrt(2)", "sqrt(2)"), ("8 ** (1/3)", "2"), ("(-8) ** (1/3)", "(-8)**(1/3)"),
        ("2 ** -2", "0.25"),
        ("exp(z(t-1))", "1"), ("exp(1)", "exp(1)"), ("log(one(t-1))", "0"), ("tanh(z(t-1))", "0"), ("sin(0)", "0"),
        ("cos(0)", "1"), ("cosh(0)", "1"), ("sinh(0)", "0"), ("tan(0)", "0"), ("sigmoid(0)", "0.5"), ("relu(-2)", "0"),
        ("softplus(0)", "softplus(0)"), ("0.1 + 0.2", "0.3"), ("1/3 + 1/3", "2/3"), ("a ** (1/3)", "a**(1/3)"),
        ("t * a", "a"),
        ("sum(3)", "3"), ("norm(-3)", "3"), ("argmax(3)", "0"),
    ],
)  # fmt: skip
def test_rules(right: str, wanted: str) -> None:
    assert folded(right) == wanted


@pytest.mark.filterwarnings("ignore::unfoldgraph.base.errors.CircuitWarning")
@pytest.mark.parametrize(
    ("right", "wanted"),
    [
        ("W @ h(t-1) + b", "b"), ("tanh(W @ h(t-1) + b)", "tanh(b)"), ("h(t-1) @ W + b", "b"),
        ("b * sum(exp(h(t-1)))", "b * sum(ones(m))"), ("b * sum(h(t-1))", "0"), ("b + mean(h(t-1) + 2)", "b + 2"),
        ("b * sum(2 + h(t-1))", "b * sum(2 * ones(m))"), ("softmax(h(t-1))", "softmax(zeros(m))"),
        ("b * norm(h(t-1))", "0"), ("b + dot(h(t-1), b)", "b"), ("outer(h(t-1), b) @ b", "0"), ("b + h(t-1)[0]", "b"),
        ("concat(h(t-1), b)[0:2]", "concat(zeros(m), b)[0:2]"), ("W @ exp(h(t-1))", "W @ ones(m)"),
        ("softmax(0 * b)", "softmax(zeros(m))"), ("W @ b ** 0", "W @ ones(m)"),
        ("softmax(c + h(t-1))", "softmax(c * ones(m))"),
        ("b * prod(exp(h(t-1)))", "b"), ("b * max(h(t-1))", "0"), ("solve(W, h(t-1)) + b", "b"),
        ("f(h(t-1)) + b", "f(zeros(m)) + b"),
        ("softmax(b if h(t-1) else 3)", "softmax(3 * ones(m))"),
    ],
)  # fmt: skip
def test_a_scalar_that_fills_a_vector_keeps_its_shape(right: str, wanted: str) -> None:
    size = "2" if "[0:2]" in right else "m"
    declared = f"h(t) : m\ns(t) : {size}\nW : (m, m)\nb : m\nc : ()"
    text = f"{declared}\ns(t) = {right}\nh(t) = tanh(h(t-1)); h(0) = 0"
    assert Circuit(text).expand("s(1)").text == wanted


def test_a_signal_that_a_scalar_fills_is_spread_where_it_is_read() -> None:
    circuit = Circuit("h(t) : m\nW : (m, m)\nh(t) = 2 * c(t)\nc(t) : ()\ns(t) = sum(W @ h(t)) + s(t-1)\ns(0) = 0")
    expansion = circuit.expand("s(1)")
    assert expansion.text == "sum(W @ (2 * c(1) * ones(m)))"
    assert expansion.size == 8
    assert list(map(str, expansion.let())) == ["h(1) = 2 * c(1)", "s(1) = sum(W @ h(1))"]


def test_what_folding_removes_is_no_longer_depended_on() -> None:
    circuit = Circuit("h(t) = (x(t) if t == end(t) else u(t)) + 0 * w(t-1); w(t) = w(t-1) * r")
    expansion = circuit.expand("h", 4)
    assert (expansion.text, expansion.signature) == ("x(4)", "h(4) = g(x(4))")
    assert list(map(str, expansion.let())) == ["h(4) = x(4)"]


def test_the_logistic_map_is_exact_while_numbers_are_short() -> None:
    circuit = Circuit("s(t) = 3.7 * s(t-1) * (1 - s(t-1)); s(0) = 0.2")
    value = Fraction(1, 5)
    for _ in range(8):
        value = Fraction(37, 10) * value * (1 - value)
    assert circuit.expand("s(8)").text == f"{value.numerator}/{value.denominator}"
    let = circuit.expand("s(20)").let()
    assert let[-1] == "s(20) = 3.7 * s(19) * (1 - s(19))"
    assert max(map(len, let)) < 4 * FOLDED_DIGITS + 60
    with pytest.raises(CircuitError, match=r"constants of s\(40\) would take more than"):
        _ = circuit.expand("s(40)").text


@given(RATIONALS, RATIONALS)
def test_arithmetic_is_that_of_fractions(a: Fraction, b: Fraction) -> None:
    assert evaluate("add", [a, b]) == a + b
    assert evaluate("sub", [a, b]) == a - b
    assert evaluate("mul", [a, b]) == a * b
    assert evaluate("div", [a, b]) == (a / b if b else None)
    assert evaluate("mod", [a, b]) == (a % b if b else None)
    assert evaluate("floor", [a]) == math.floor(a)
    assert evaluate("lt", [a, b]) == (a < b)
    assert evaluate("sqrt", [a * a]) == abs(a)
    assert evaluate("pow", [a * a * a, Fraction(1, 3)]) == (a if a >= 0 else None)


@given(RATIONALS, st.integers(-6, 6))
def test_powers_are_those_of_fractions(a: Fraction, n: int) -> None:
    assert evaluate("pow", [a, n]) == (None if a == 0 and n < 0 else a**n)


def test_what_grows_too_long_stays_an_operation() -> None:
    assert evaluate("pow", [10, FOLDED_DIGITS - 1]) == 10 ** (FOLDED_DIGITS - 1)
    assert evaluate("pow", [10, 10**30]) is None
    assert evaluate("pow", [-1, 10**30 + 1]) == -1
    assert evaluate("mul", [10**FOLDED_DIGITS, 10]) is None
    folder = Folder({})
    assert text(folder.operation("pow", [number(10), number(10**9)])) == "10**1000000000"
    assert folder.operation("add", [number(0), parameter("a")]) is parameter("a")
    # Zero times infinity is not zero.
    endless = Expr("number", (), "inf")
    assert folder.operation("mul", [number(0), endless]) is Expr("mul", (number(0), endless))
