"""Equations of SymPy come in as they are and go out again, with the values that SymPy itself gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy
from generators.circuits import arrays, circuits, lattices, lengths_of, two_way
from generators.ranged_texts import ranged_texts
from hypothesis import HealthCheck, assume, given
from hypothesis import strategies as st
from support.paths import GALLERY
from support.profiles import examples
from sympy import (
    And,
    Eq,
    Float,
    Function,
    Idx,
    Indexed,
    IndexedBase,
    Integer,
    Max,
    Min,
    Mod,
    Not,
    Or,
    Piecewise,
    Product,
    Rational,
    Sum,
    Symbol,
    Xor,
    ceiling,
    cos,
    exp,
    floor,
    log,
    oo,
    pi,
    sign,
    sqrt,
    symbols,
    tanh,
)  # fmt: skip

from unfoldgraph import Circuit, CircuitError, CircuitWarning, end
from unfoldgraph.base.limits import SYMPY_DEPTH

pytestmark = pytest.mark.filterwarnings("ignore::unfoldgraph.base.errors.CircuitWarning")

a, b, h0, i, j, k, n, r, t, tau, theta, u = symbols("a b h0 i j k n r t tau theta u")
c, f, g, h, s, x, y = symbols("c f g h s x y", cls=Function)
last = Symbol("end")
LATER, ABOVE = Idx("t", (2, last)), Idx("j", (i + 1, last))


def raw(left: Any, right: Any) -> Any:
    """Return an equation as it is: SymPy asks what is in it before it makes one, and fails at some."""
    return Eq(left, right, evaluate=False)


def equation(right: Any) -> Circuit:
    """Return the circuit of one equation of h over t."""
    return Circuit.from_sympy(raw(h(t), right))


# What is read ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("equations", "text"),
    [
        (Eq(s(t), f(s(t - 1), theta)), "s(t) = f(s(t-1); theta)"),
        ([Eq(s(t), f(s(t - 1), theta)), Eq(s(1), Symbol("s1"))], "s(t) = f(s(t-1); theta); s(1) = s1"),
        ([Eq(s(t), f(s(t - 1), x(t), theta))], "s(t) = f(s(t-1), x(t); theta)"),
        (Eq(s(t + 1), a * s(t) + b * x(t)), "s(t) = a * s(t-1) + b * x(t-1)"),
        (Eq(s(t + 2), s(t + 1) + s(t)), "s(t) = s(t-2) + s(t-1)"),
        ([Eq(h(t), tanh(b + a * h(t - 1))), Eq(h(0), h0)], "h(t) = tanh(b + a * h(t-1)); h(0) = h0"),
        (Eq(Indexed("y", n), Indexed("y", n - 1) / 2), "y[n] = y[n-1] / 2"),
        (Eq(IndexedBase("y")[Idx("n")], IndexedBase("y")[Idx("n") - 1]), "y(n) = y(n-1)"),
        (Eq(IndexedBase("y")[Idx("n", (1, tau))], x(Idx("n", (1, tau)) - 1)), "y(n) = x(n-1)"),
        (Eq(h(t), Indexed("b", 0) * x(t) + Indexed("b", 1) * x(t - 1)), "h(t) = b[0] * x(t) + b[1] * x(t-1)"),
        (Eq(h(t), Indexed("k", 0, 1) * x(t)), "h(t) = k[0, 1] * x(t)"),
        ([Eq(h(t), h(t - 1) + x(t)), Eq(Symbol("L"), h(last))], "h(t) = h(t-1) + x(t); L = h(end)"),
        ([Eq(h(t), h(t - 1) + x(t)), Eq(r, h(tau - 1))], "h(t) = h(t-1) + x(t); r = h(end-1)"),
        ([Eq(g(t), g(t + 1) + x(t)), Eq(g(end + 1), a)], "g(t) = g(t+1) + x(t); g(end+1) = a"),
        ([Eq(g(t), g(t + 1) + x(t)), Eq(g(last), a)], "g(t) = g(t+1) + x(t); g(end) = a"),
        (
            [Eq(c(i, j), c(i - 1, j) + c(i, j - 1)), Eq(c(0, j), j), Eq(c(i, 0), y(i)), Eq(c(0, 0), 0)],
            "c(i, j) = c(i, j-1) + c(i-1, j); c(0, j) = j; c(i, 0) = y(i); c(0, 0) = 0",
        ),
        ([Eq(h(t), x(t)), Eq(Symbol("L"), Sum(h(t) ** 2, (t, 1, last)))], "h(t) = x(t); L = sum(h(t) ** 2 for t)"),
        ([Eq(h(t), x(t)), Eq(Symbol("L"), Sum(h(k), (k, 1, tau)))], "h(t) = x(t); L = sum(h(k) for k)"),
        (
            [Eq(h(u), y(u)), Eq(g(t), Sum(x(t, k) * h(k), (k, 1, Function("end")(u))))],
            "h(u) = y(u); g(t) = sum(h(k) * x(t, k) for k)",
        ),
        (
            Eq(Symbol("S"), Sum(x(i, j), (j, 1, last), (i, 1, last))),
            "S = sum(x(i, j) for i, j)",
        ),
        ([Eq(Function("σ")(t), Function("σ")(t - 1) * Symbol("θ"))], "sigma(t) = theta * sigma(t-1)"),
    ],
)  # fmt: skip
def test_equations(equations: Any, text: str) -> None:
    found, wanted = Circuit.from_sympy(equations), Circuit(text)
    assert found == wanted, found.text()
    assert Circuit.from_sympy(found.sympy).sympy == found.sympy
    assert Circuit(found.text()) == found


@pytest.mark.parametrize(
    ("right", "text"),
    [
        (sympy.atan(x(t)) + sympy.asin(a), "arcsin(a) + arctan(x(t))"), (sympy.acos(x(t)), "arccos(x(t))"),
        (sympy.atan2(x(t), a), "arctan2(x(t), a)"), (sympy.erf(a * x(t)), "erf(a * x(t))"),
        (x(t) - a, "x(t) - a"), (1 - x(t), "1 - x(t)"), (x(t) + 1, "x(t) + 1"), (-x(t) - a - 2, "-a - x(t) - 2"),
        (x(t) / a / b, "x(t) / (a * b)"), (1 / x(t), "1 / x(t)"), (a / x(t) ** 2, "a / x(t)**2"),
        (-x(t) / 3, "-x(t) / 3"), (2 * x(t) / 3, "2 * x(t) / 3"), (-2 * x(t), "-2 * x(t)"), (-a * x(t), "-a * x(t)"),
        (r * x(t) * (1 - x(t)), "r * x(t) * (1 - x(t))"), (x(t) - a * (x(t) - b), "x(t) - a * (x(t) - b)"),
        (sqrt(x(t)), "sqrt(x(t))"), (a / sqrt(x(t)), "a / sqrt(x(t))"), (x(t) ** Rational(3, 2), "x(t)**1.5"),
        (x(t) ** Rational(1, 3), "x(t)**(1 / 3)"), (x(t) ** a, "x(t)**a"), (a**t, "a**t"), (x(t) ** -a, "x(t)**-a"),
        (Rational(1, 2), "0.5"), (Rational(-1, 3), "-1 / 3"), (0.1 * x(t), "0.1 * x(t)"),
        (-0.5 * x(t), "-0.5 * x(t)"),
        (x(t) - 0.5 * a, "x(t) - 0.5 * a"), (Float("0.1", 30) * x(t), "0.1 * x(t)"),
        (Float(0.1, 5) * x(t), "0.1 * x(t)"),
        (Float("0.12345678901234567890123", 23), "0.12345678901234567890123"), (1e20 * x(t), "1e20 * x(t)"),
        (pi * x(t), "3.141592653589793 * x(t)"), (exp(1) + x(t), "2.718281828459045 + x(t)"),
        (1 / (1 + exp(-x(t))), "1 / (exp(-x(t)) + 1)"), (log(x(t)) + cos(a), "cos(a) + log(x(t))"),
        (abs(x(t)) + sign(x(t)) + floor(x(t)), "abs(x(t)) + floor(x(t)) + sign(x(t))"),
        (ceiling(x(t)), "ceil(x(t))"), (Mod(x(t), 3), "x(t) % 3"),
        (Max(x(t), 0), "max(x(t), 0)"), (Min(x(t), a, 1), "min(a, x(t), 1)"),
        (Piecewise((a, x(t) > 0), (b, x(t) <= -1), (2, True)), "a if x(t) > 0 else b if x(t) <= -1 else 2"),
        (Piecewise((1, x(t) >= a), (0, True)), "a <= x(t)"), (Piecewise((1, Eq(x(t), 2)), (0, True)), "x(t) == 2"),
        (Piecewise((a, And(x(t) > 0, a < 1, Not(Or(b > 1, x(t) > 1)))), (0, True)),
         "a if a < 1 and x(t) > 0 and not (b > 1 or x(t) > 1) else 0"),
        (Piecewise((a, Or(x(t) > 0, sympy.Ne(a, 1))), (0, True)), "a if a != 1 or x(t) > 0 else 0"),
        (Piecewise((1, Xor(x(t) > 0, a < 1)), (0, True)), "a < 1 xor x(t) > 0"),
        (Piecewise((1, sympy.ITE(a > 0, x(t) > 1, b > 1)), (0, True)), "x(t) > 1 if a > 0 else b > 1"),
        (Piecewise((1, Not(a)), (2, True)), "1 if not a else 2"),
        (Sum(Indexed("k", j) * x(t - j), (j, 0, 2)), "sum(k[j] * x(t-j) for j in 0..2)"),
        (Product(x(t - j), (j, -1, 1)), "prod(x(t-j) for j in -1..1)"),
        (Sum(x(t - i - j), (j, 0, 1), (i, 2, 3)), "sum(x(t-i-j) for i in 2..3, j in 0..1)"),
        (Function("sigmoid")(x(t)) + Function("relu")(a), "relu(a) + sigmoid(x(t))"),
        (Function("end")(t) * x(t), "end(t) * x(t)"), (x(last) + x(end - 1), "x(end) + x(end-1)"),
        (x(2) * x(t), "x(2) * x(t)"), (Function("q")(), "q()"),
        (Integer(10) ** 30 * x(t), "1e30 * x(t)"),
    ],
)  # fmt: skip
def test_expressions_are_written_as_a_reader_would(right: Any, text: str) -> None:
    assert equation(right).text() == f"h(t) = {text}\n"
    assert equation(right) == Circuit(f"h(t) = {text}")


@pytest.mark.parametrize(
    ("right", "text"),
    [
        (f(h(t - 1), theta), "f(h(t-1); theta)"), (f(h(t - 1), x(t), a, b), "f(h(t-1), x(t); a, b)"),
        (f(theta, h(t - 1)), "f(theta, h(t-1))"), (f(a), "f(a)"), (f(a, b), "f(a, b)"),
        (f(h(t - 1), t), "f(h(t-1), t)"),
        (f(h(t - 1), a) + f(x(t), a), "f(h(t-1); a) + f(x(t); a)"), (f(x(t), a, a), "f(x(t), a, a)"),
        # Handed over by name, one function would be called with a= here and with b= there.
        (f(h(t - 1), a) + f(x(t), b), "f(h(t-1), a) + f(x(t), b)"),
        (f(h(t - 1), a) + f(x(t), 2), "f(h(t-1), a) + f(x(t), 2)"),
        (f(x(t), a, b) + f(1, r, b), "f(1, r; b) + f(x(t), a; b)"), (f(x(t), a) + f(a), "f(a) + f(x(t), a)"),
        (g(f(x(t), a), b), "g(f(x(t); a); b)"),
    ],
)  # fmt: skip
def test_shared_parameters_of_opaque_functions(right: Any, text: str) -> None:
    assert equation(right) == Circuit(f"h(t) = {text}"), equation(right).text()


def test_a_sum_of_ones_own_is_a_sum() -> None:
    class OwnSum(sympy.Sum):
        pass

    t, k = sympy.symbols("t k", integer=True)
    h, x = sympy.Function("h"), sympy.Function("x")
    circuit = Circuit.from_sympy(sympy.Eq(h(t), OwnSum(x(t - k), (k, 1, 3))))
    assert circuit.text() == "h(t) = sum(x(t-k) for k in 1..3)\n"


def test_the_same_names_mean_the_same_as_in_text() -> None:
    circuit = Circuit.from_sympy([Eq(h(t), g(h(t - 1)) + x(t - 1) + a * t)], name="mine", title="Mine")
    assert (circuit.inputs, circuit.parameters, circuit.signals, circuit.axes) == (("x",), ("a",), ("h",), ("t",))
    assert (circuit.name, circuit.title, circuit.model.functions) == ("mine", "Mine", ("g",))
    assert Circuit.from_sympy(sympy.Tuple(Eq(h(t), x(t)))) == Circuit.from_sympy((Eq(h(t), x(t)),))
    with pytest.warns(CircuitWarning, match="'tahn' is not a built-in function and is taken as an opaque one"):
        circuit = Circuit.from_sympy(Eq(h(t), Function("tahn")(h(t - 1))))
    assert [problem.span for problem in circuit.warnings] == [None]


RANGES = {
    "a running sum": (Eq(h(t), Sum(x(k), (k, 1, t))), "h(t) = sum(x(k) for k in 1..t)"),
    "up to before": (Eq(h(t), x(t) * Sum(h(k), (k, 1, t - 1))), "h(t) = sum(h(k) for k in 1..t-1) * x(t)"),
    "from the second": (
        Eq(h(t), x(t) * Sum(x(k), (k, 2, Function("end")(t)))),
        "h(t) = sum(x(k) for k in 2..end(t)) * x(t)",
    ),
    "a size": (
        Eq(h(t), Sum(IndexedBase("b")[k] * x(t - k), (k, 0, Symbol("M") - 1))),
        "h(t) = sum(b[k] * x(t-k) for k in 0..M-1)",
    ),
    "of an equation": (
        [Eq(h(LATER), h(LATER - 1) + x(LATER)), Eq(h(1), 0)],
        "h(t) = h(t-1) + x(t) for t in 2..end; h(1) = 0",
    ),
    "of an equation, endless": (Eq(h(Idx("t", (0, oo))), 1), "h(t) = 1 for t in 0..end"),
    "of an equation, all": (Eq(h(Idx("t", (1, oo))), x(Idx("t", (1, oo)))), "h(t) = x(t)"),
    "of an equation, from 0": (Eq(IndexedBase("y")[Idx("n", 5)], 1), "y(n) = 1 for n in 0..4"),
    "of a difference equation": (Eq(h(LATER) - h(LATER - 1), x(LATER)), "h(t) - h(t-1) = x(t) for t in 2..end"),
    "to the end, read by nothing": (
        [Eq(h(t), x(t) + Sum(k, (k, 1, Function("end")(t))))],
        "h(t) = sum(k for k in 1..end(t)) + x(t)",
    ),
    "to the end, compared": (
        [Eq(h(t), x(t) * Sum(Piecewise((x(k), k < t), (0, True)), (k, 1, Function("end")(t))))],
        "h(t) = sum(x(k) for k if k < t) * x(t)",
    ),
    "with a condition": (
        Eq(h(t), Sum(Piecewise((x(k), k < 4), (0, True)), (k, 1, t))),
        "h(t) = sum(x(k) for k in 1..t if k < 4)",
    ),
    "of comparisons": (
        Eq(h(t), Sum(Piecewise((1, x(k) < 4), (0, True)), (k, 1, t))),
        "h(t) = sum(x(k) < 4 for k in 1..t)",
    ),
    "a place that is doubled": ([Eq(h(t), x(t)), Eq(g(t), h(2 * t))], "h(t) = x(t); g(t) = h(2*t)"),
    "a place by value": ([Eq(h(t), x(t)), Eq(g(t), h(t - floor(x(t))))], "h(t) = x(t); g(t) = h(t - floor(x(t)))"),
    "a constant": (
        [Eq(Symbol("M"), 3), Eq(h(t), Sum(x(t - k), (k, 0, Symbol("M") - 1)))],
        "h(t) = sum(x(t-k) for k in 0..2)",
    ),
}


@pytest.mark.parametrize("case", RANGES)
def test_sums_over_ranges(case: str) -> None:
    equations, expected = RANGES[case]
    circuit = Circuit.from_sympy(equations)
    assert circuit == Circuit(expected)
    assert Circuit(circuit.text()) == circuit


# What is refused ------------------------------------------------------------------------------------

MATRIX = sympy.MatrixSymbol("A", 2, 2)
HOSTILE = "__import__('os').system('x')"
REFUSED: dict[str, tuple[Any, str, str]] = {
    "text": ("h(t) = x(t)", "a string is no equation of SymPy", "Circuit(text) reads equations from text"),
    "text in a list": (["h(t) = x(t)"], "a string is no equation of SymPy", "Circuit(text)"),
    "an expression": (h(t) - h(t - 1), "h(t) - h(t - 1) is not an equation of SymPy", "write Eq(h(t), …)"),
    "an inequality": (h(t) > 0, "h(t) > 0 is not an equation of SymPy", "write Eq(h(t), …)"),
    "no equations": ([], "no equations", "write one"),
    "a number": (3, "from_sympy takes equations of SymPy, one or a list, not int", "Circuit.from_sympy(["),
    "a set": ({Eq(h(t), 0)}, "from_sympy takes equations of SymPy, one or a list, not set", "Circuit.from_sympy(["),
    "always true": (Eq(h(t), h(t)), "SymPy made True of this equation", "evaluate=False"),
    "a comparison": ([Eq(h(t), x(t) > 0)], "SymPy made False of this equation", "evaluate=False"),
    "a truth of Python": (True, "SymPy made True of this equation", "evaluate=False"),
    "two names on the left": (Eq(h(t) + x(t), 1), "nothing says which of h and x this is an equation for", "h(t) = …"),
    "a number on the left": (Eq(0, h(0), evaluate=False), "0 is no left side of an equation", "Eq(h(t), …)"),
    "I": (raw(h(t), sympy.I * x(t)), "no form for I, an ImaginaryUnit of SymPy", "values of a circuit are real"),
    "nan": (raw(h(t), f(sympy.nan, x(t))), "no form for nan, a NaN of SymPy", "has no name in the language"),
    "complex infinity": (raw(h(t), f(sympy.zoo, x(t))), "no form for zoo", "infinity has a sign: oo or -oo"),
    "an infinite delay": (raw(h(t), h(t - oo)), "'inf' is no place of an index", "the last place is end"),
    "a name that is reserved": (raw(h(t), Symbol("inf")), "'inf' is reserved", "choose another name"),
    "Derivative": (Eq(h(t), x(t).diff(t)), "no form for Derivative(x(t), t), a Derivative of SymPy", "write the step"),
    "Integral": (Eq(h(t), sympy.Integral(x(t), t)), "no form for Integral(x(t), t), an Integral", "write the step"),
    "Matrix": (raw(h(t), f(sympy.ImmutableMatrix([[1]]))), "no form for Matrix([[1]])", "from_sympy reads scalar"),
    "MatrixSymbol": (raw(h(t), MATRIX[0, 1]), "no form for A[0, 1], a MatrixElement", "from_sympy reads scalar"),
    "no commuting": (raw(h(t), Symbol("Q", commutative=False)), "Q does not commute", "from_sympy reads scalar"),
    "Dummy": (Eq(h(t), sympy.Dummy("q")), "no form for _q, a Dummy of SymPy", "use Symbol"),
    "asinh": (Eq(h(t), 1 + 2 * sympy.asinh(x(t))), "no form for asinh(x(t)), an asinh of SymPy", "Function('f')"),
    "a class of the user's": (Eq(h(t), type("Max", (Function,), {})(x(t))), "no form for Max(x(t))", "Function('f')"),
    "Lambda": (raw(h(t), f(sympy.Lambda(k, 2 * k))), "no form for Lambda(k, 2*k)", "Function('f')"),
    "no other case": (Eq(h(t), Piecewise((1, x(t) > 0))), "has no value where none of its conditions", "(…, True)"),
    "an unknown input": (Eq(h(t), Sum(x(k), (k, 1, n))), "nothing says whether x(k) reads a signal", "as a signal"),
    "a late start": (Eq(h(t), Sum(x(k), (k, 2, last))), "'end' alone says not whose end it is", "write end(t)"),
    "another end": (
        [Eq(h(t), Sum(y(k), (k, 1, tau)) + x(t)), Eq(g(u), y(u))],
        "the sum over 'k' goes to the end of 't', but what it reads runs over 'u'", "end(u)",
    ),
    "an empty range": (Eq(h(t), Sum(x(t - k), (k, 2, 0))), "the range 2..0 is empty", "both ends"),
    "a giant range": (Eq(h(t), Sum(x(t - k), (k, 0, 10**30))), "over the limit of 1000000", ""),
    "two ranges of one index": (
        Eq(y(Idx("n", (2, 5))), x(Idx("n", (1, 3)))), "the index n has another range here than on the left",
        "one range",
    ),
    "two ranges on the left": (Eq(y(Idx("n", 5)) + x(Idx("n", 4)), 1), "the index n has two ranges", "give it one"),
    "a range to a value": (raw(y(Idx("t", (2, x(t)))), 1), "a range goes from one sum", "and compare"),
    "a range with nan": (Eq(h(t), Sum(x(t - k), (k, 0, sympy.nan))), "no form for", "has no name in the language"),
    "half a step": (Eq(h(t), h(t - Rational(1, 2))), "an index moves by whole steps", "whole numbers"),
    "a product of the step": (Eq(h(2 * t), x(t)), "on the left an index is an axis plus or minus", "write h(t)"),
    "a symbol in an index": (Eq(h(t), h(t - k)), "nothing tells how far away that is", "write its number"),
    "an end of nothing": (Eq(h(t), Function("end")(t + 1)), "end(t + 1) is not the length of an axis", "end(t)"),
    "end alone": (Eq(h(t), last * x(t)), "'end' stands only inside an index", "end(t)"),
    "a reserved name": (Eq(h(t), Symbol("if")), "'if' is reserved", "choose another name"),
    "a reserved signal": (Eq(Function("def")(t), x(t)), "'def' is reserved", "choose another name"),
    "a built-in signal": (Eq(Function("tanh")(t), x(t)), "'tanh' is a built-in function", "choose another name"),
    "a built-in parameter": (Eq(h(t), Symbol("tanh")), "'tanh' is a built-in function", "tanh(…)"),
    "a hostile name": (Eq(h(t), Symbol(HOSTILE)), f"{HOSTILE!r} is not a name", "a letter, then letters"),
    "a hostile function": (Eq(h(t), Function(HOSTILE)(x(t))), f"{HOSTILE!r} is not a name", "a letter, then letters"),
    "a hostile base": (Eq(h(t), Indexed(Symbol(HOSTILE), 0)), f"{HOSTILE!r} is not a name", "a letter, then letters"),
    "a name of two lines": (Eq(h(t), Symbol("a\n\u202eb")), r"'a\n\u202eb' is not a name", "a letter"),
    "a missing argument": (Eq(h(t), Function("dot")(x(t))), "'dot' takes 2 arguments, not 1", ""),
    "a name of two kinds": (Eq(h(t), x(t) + Symbol("x")), "'x' is an input here and a parameter elsewhere", "give one"),
    "a large number": (Eq(h(t), Integer(10) ** 5000), "this number is out of range", "400 digits"),
    "a larger number": (Eq(h(t), Integer(10) ** 350), "this number is out of range", "1.8e308"),
    "a giant": (Eq(h(t), Float((0, 1, 10**11, 1), precision=53)), "this number is out of range", "1.8e308"),
    "a dwarf": (Eq(h(t), Float("1e-400") * x(t)), "this number is out of range", "1e-308"),
    "many digits": (Eq(h(t), Float("0.1", 5000)), "this number is out of range", "400 digits"),
    "a far place": (Eq(h(t), x(t - 10**30)), "is over the limit of 1000000 steps", ""),
    "an algebraic loop": ([Eq(h(t), s(t)), Eq(s(t), h(t) + 1)], "algebraic loop: h(t) needs s(t)", "such as s(t-1)"),
    "twice": ([Eq(h(t), x(t)), Eq(h(t), x(t) + 1)], "h(t) is defined twice", ""),
    "a boundary alone": (Eq(h(0), 1), "h(0) is given, but no equation says what h(t) is", "write h(t) = …"),
    "a corner": ([Eq(c(i, j), c(i - 1, j - 1)), Eq(c(i, 0), 0), Eq(c(0, j), 0)], "c(0, 0)", ""),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    equations, message, hint = REFUSED[case]
    with pytest.raises(CircuitError) as refusal:
        Circuit.from_sympy(equations)
    assert message in refusal.value.message
    assert hint in (refusal.value.help or "")


def test_errors_show_the_equations() -> None:
    with pytest.raises(CircuitError) as refusal:
        Circuit.from_sympy([Eq(h(t), g(t)), Eq(s(t), s(t - 1)), Eq(g(t), h(t) + 1)])
    assert str(refusal.value) == (
        "<sympy>:1:1: error: algebraic loop: h(t) needs g(t), g(t) needs h(t)\n"
        "  1 | Eq(h(t), g(t))\n"
        "    | ^^^^^^^^^^^^^^ g(t) is read with delay 0\n"
        "  3 | Eq(g(t), h(t) + 1)\n"
        "    | ^^^^^^^^^^^^^^^^^^ h(t) is read with delay 0\n"
        "  help: the cycle is h --delay 0--> g --delay 0--> h, where t has 1 step\n"
        "  help: make one of these reads a delayed one, such as g(t-1)"
    )
    assert refusal.value.cycle == (("h", "g", (0,)), ("g", "h", (0,)))
    with pytest.raises(CircuitError) as refusal:
        Circuit.from_sympy([Eq(h(t), sympy.I), Eq(s(t), s(t - 1)), Eq(g(t), 2 * sympy.I), Eq(Symbol("a\n\u202e"), 1)])
    assert [line for line in str(refusal.value).splitlines() if " | Eq" in line] == [
        "  1 | Eq(h(t), I)", "  3 | Eq(g(t), 2*I)", "  4 | Eq(a\\n<U+202E>, 1)",
    ]  # fmt: skip


def test_all_of_one_pass_are_told_together() -> None:
    with pytest.raises(CircuitError) as refusal:
        Circuit.from_sympy([Eq(h(t), x(t - Rational(1, 2)) + Symbol("exp")), Eq(s(t), x(t, 1) * h(t))])
    assert len(refusal.value.problems) >= 2


def test_what_is_deep_or_large_is_read_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = x(t)
    for _ in range(100):
        deep = f(deep + 1)
    assert equation(deep).text().count("f(") == 100
    for _ in range(100):
        deep = f(deep + 1)
    with pytest.raises(CircuitError, match=f"nested more than {SYMPY_DEPTH} levels deep") as refusal:
        equation(deep)
    assert "  1 | Eq(h(t), …)\n" in str(refusal.value)
    wide = equation(sympy.Add(*[x(t - delay) for delay in range(1000)]))
    assert wide.unfold(1).evaluate(x=[2.0])["h"].tolist() == [2.0]
    shared = x(t)
    for _ in range(100):
        shared = f(shared, shared)
    with pytest.raises(CircuitError, match="2535301200456458802993406410751 operations"):
        equation(shared).text()
    monkeypatch.setattr("unfoldgraph.language.from_sympy.INLINED_TERMS", 1000)
    with pytest.raises(CircuitError, match="the equations have 1001 operations and names or more; the limit is 1000"):
        equation(f(*map(Integer, range(1000))))


def test_nothing_is_executed(tmp_path: Path) -> None:
    target = tmp_path / "touched"
    hostile = f"open({str(target)!r}, 'w')"
    for one in (hostile, [hostile], Eq(h(t), Symbol(hostile)), Eq(Function(hostile)(t), 1)):
        with pytest.raises(CircuitError):
            Circuit.from_sympy(one)
    assert not target.exists()


def test_the_end_of_a_circuit_in_python_is_the_end_in_sympy() -> None:
    assert g(end + 1) == g(last + 1) and g(end) == g(last)
    circuit = Circuit()
    assert x(circuit.axis("t") - 2) == x(t - 2)
    assert x(3 - circuit.range("j", 0, 2)) == x(3 - j)
    with pytest.raises(CircuitError, match="t is not an axis of a circuit") as refusal:
        end(t)
    assert "Function('end')(t)" in (refusal.value.help or "")


# What goes out --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("s(t) = f(s(t-1); theta); s(1) = s1", [Eq(s(t), f(s(t - 1), theta)), Eq(s(1), Symbol("s1"))]),
        ("h(t) = 0.5 * h(t-1) + x(end); h(0) = 1 / 3",
         [Eq(h(t), h(t - 1) / 2 + x(last)), Eq(h(0), Rational(1, 3))]),
        ("g(t) = g(t+1) + t / end(t); g(end+1) = 0", [Eq(g(t), g(t + 1) + t / Function("end")(t)), Eq(g(last + 1), 0)]),
        ("h(t) = sum(k[j] * x(t-j) for j in 0..2)", [Eq(h(t), Sum(Indexed("k", j) * x(t - j), (j, 0, 2)))]),
        ("h(t) = k[-1] * x(t)", [Eq(h(t), Indexed("k", -1) * x(t))]),
        ("def f(a) = a * a + 1; h(t) = f(x(t))", [Eq(h(t), x(t) ** 2 + 1)]),
        ("S = sum(x(i, j) for i, j)", [Eq(Symbol("S"), Sum(x(i, j), (j, 1, last), (i, 1, last)))]),
        ("L = mean(x(t) for t)", [Eq(Symbol("L"), Sum(x(t), (t, 1, last)) / Function("end")(t))]),
        ("h(t) = prod(x(t-j) for j in 0..1) * max(x(t-j) for j in 1..2)",
         [Eq(h(t), Product(x(t - j), (j, 0, 1)) * Max(x(t - 1), x(t - 2)))]),
        ("h(t) = min(x(t-j) for j in 0..2 if j != 1)", [Eq(h(t), Min(x(t), x(t - 2)))]),
        ("h(t) = sum(h(k) for k in 1..t-1) + x(t)", [Eq(h(t), Sum(h(k), (k, 1, t - 1)) + x(t))]),
        ("b : n; h(t) = sum(b[k] * x(t-k) for k in 0..n-1)",
         [Eq(h(t), Sum(Indexed("b", k) * x(t - k), (k, 0, n - 1)))]),
        ("h(t) = x(t) * sum(x(k) for k in 1..t if k != 2)",
         [Eq(h(t), x(t) * Sum(Piecewise((x(k), sympy.Ne(k, 2)), (0, True)), (k, 1, t)))]),
        ("h(t) = x(t) * prod(x(k) for k in 1..t if x(k) > 0)",
         [Eq(h(t), x(t) * Product(Piecewise((x(k), x(k) > 0), (1, True)), (k, 1, t)))]),
        ("h(t) = mean(x(k) for k in 1..t) + x(t)", [Eq(h(t), Sum(x(k), (k, 1, t)) / t + x(t))]),
        ("h(t) = mean(x(k) for k in 1..t if x(k) > 0)",
         [Eq(h(t), Sum(Piecewise((x(k), x(k) > 0), (0, True)), (k, 1, t))
             / Sum(Piecewise((1, x(k) > 0), (0, True)), (k, 1, t)))]),
        # Beyond its end by more than one SymPy takes a sum away.
        ("h(t) = x(t) + sum(x(k) for k in 3..t if t >= 3)",
         [Eq(h(t), x(t) + Sum(Piecewise((x(k), t >= 3), (0, True)), (k, 3, t)))]),
        ("h(t) = x(t); g(t) = h(2*t) + h(t - floor(x(t)))", [Eq(h(t), x(t)), Eq(g(t), h(2 * t) + h(t - floor(x(t))))]),
        ("h(t) = b[x(t)]", [Eq(h(t), IndexedBase("b")[x(t)])]),
        ("h(t) = h(t-1) + x(t) for t in 2..end; h(1) = 0",
         [Eq(h(LATER), h(LATER - 1) + x(LATER)), Eq(h(1), 0)]),
        ("c(i, j) = c(i, j-1) + c(i+1, j) for j in i+1..end; c(i, i) = y(i)",
         [Eq(c(i, ABOVE), c(i, ABOVE - 1) + c(i + 1, ABOVE)), Eq(c(i, i), y(i))]),
        ("c(i, j) = c(i-1, j-1) + x(i); c(i, i-1) = y(i)",
         [Eq(c(i, j), c(i - 1, j - 1) + x(i)), Eq(c(i, i - 1), y(i))]),
        ("h(t) = (x(t) > 0) * a", [Eq(h(t), a * Piecewise((1, x(t) > 0), (0, True)))]),
        ("h(t) = sigmoid(x(t))", [Eq(h(t), sympy.Pow(1 + exp(-x(t)), -1, evaluate=False))]),
    ],
)  # fmt: skip
def test_equations_go_out(text: str, wanted: list[Any]) -> None:
    found = Circuit(text).sympy
    assert found == tuple(wanted)
    assert Circuit.from_sympy(found).sympy == found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("h(t) = tanh(W @ h(t-1))", "SymPy has no form here for 'h', a vector (n_h): these are equations of scalars"),
        ("x(t) : 3; h(t) = sum(x(t))", "SymPy has no form here for 'x', a vector (3)"),
        ("h(t) = max(x(k) for k in 1..t) + x(t)", "SymPy has no form for 'max' over a range"),
        ("h(t) = x(t) + max(sum(x(k-1) for l in 1..k) for k in 0..2)", "SymPy has no form for 'max' over a range"),
        ("h(t) = sum(x(k) * sum(x(j) for j in 1..k if x(j) > 0) for k in 1..t)", "sums with conditions of their own"),
        ("h(t) = sum(stack(x(t-k) for k in 0..1))", "SymPy has no form for 'stack' over a range"),
        ("b : 9; h(t) = b[t] * x(t)", "in SymPy nothing tells the entry b[t] from a place of a signal"),
        ("b : 9; h(t) = x(t) * sum(b[k] for k in 1..t)", "in SymPy nothing tells the entry b[k] from a place"),
        ("h(t) = max(x(k) for k) + x(t)", "SymPy has no form for 'max' over an axis"),
        ("h(t) = argmax(x(k) for k) + x(t)", "SymPy has no form for 'argmax' over an axis"),
        ("h(t) = dot(k, k) + x(t)", "SymPy has no form for 'dot' of a vector (n_k), a vector (n_k)"),
        ("h(t) = sum(k[1:3]) + x(t)", "SymPy has no form for '[]' of a vector"),
    ],
)
def test_what_has_no_form_in_sympy(text: str, message: str) -> None:
    with pytest.raises(CircuitError) as refusal:
        _ = Circuit(text).sympy
    assert message in refusal.value.message
    assert "text() or latex" in (refusal.value.help or "")


def moves(circuit: Circuit) -> set[tuple[str, str, frozenset[tuple[str, int]], str]]:
    """Return what reads what, how far back along which axis, and how."""
    return {
        (source, target, frozenset(zip(circuit.axes, edge["delay"], strict=True)), edge["read"])
        for source, target, edge in circuit.graph.edges(data=True)
    }


@pytest.mark.parametrize("path", sorted(GALLERY.glob("*/*.circuit")), ids=lambda path: path.stem)
def test_the_gallery_goes_out_and_comes_in(path: Path) -> None:
    circuit = Circuit.load(path)
    if any(circuit.model.shapes[name] for name in (*circuit.signals, *circuit.inputs)):
        with pytest.raises(CircuitError, match="these are equations of scalars"):
            _ = circuit.sympy
        return
    if path.stem == "matrix-chain":
        with pytest.raises(CircuitError, match="SymPy has no form for 'min' over a range"):
            _ = circuit.sympy
        return
    if path.stem == "decimation":
        # SymPy's equations declare nothing, which alone says what x runs over.
        with pytest.raises(CircuitError, match="nothing says whether x"):
            Circuit.from_sympy(circuit.sympy)
        return
    again = Circuit.from_sympy(circuit.sympy)
    assert again.sympy == circuit.sympy
    # Terms may have another order, but what reads what, and how far back, is the same.
    assert moves(again) == moves(circuit)
    if path.stem in ("fibonacci", "logistic-map", "dynamical-system", "driven-system"):
        assert again == circuit


# Values: SymPy itself computes them -----------------------------------------------------------------


def computed(equations: tuple[Any, ...], lengths: Mapping[str, int], given: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return the value of every place of every equation, by SymPy's substitutions alone.

    `given` are numbers for symbols and for applied functions; what is read off the edges and not given is 0. All
    axes have one length.
    """
    known: dict[Any, Any] = dict(given)
    waiting: dict[Any, Any] = {}
    names = {axis: Symbol(axis) for axis in lengths}
    for one in sorted(equations, key=lambda one: len(one.lhs.free_symbols & {*names.values()})):
        # A pin that lies beyond a short sequence gives nothing.
        if any(part.is_Integer and part > length for part, length in zip(one.lhs.args, lengths.values(), strict=False)):
            continue
        own = [axis for axis, symbol in names.items() if one.lhs.has(symbol)]
        for at in product(*(range(1, lengths[axis] + 1) for axis in own)):
            place = dict(zip((names[axis] for axis in own), map(Integer, at), strict=True))
            left = closed(one.lhs.xreplace(place), lengths)
            # Nor does one that is counted from the end, and lies before the beginning.
            if any(part.has(last) and closed(part, lengths) < 1 for part in one.lhs.args):
                continue
            waiting.setdefault(left, closed(one.rhs.xreplace(place), lengths))
    while waiting:
        done = {}
        for left, right in waiting.items():
            reads = {part for part in right.atoms(sympy.core.function.AppliedUndef) if part not in known}
            if not reads & {*waiting} and not (right.free_symbols & {*waiting}):
                found = right.xreplace({**known, **dict.fromkeys(reads, Integer(0))})
                done[left] = sympy.N(found, 30)
        assert done
        known.update(done)
        for left in done:
            del waiting[left]
    return {left: value for left, value in known.items() if left not in given}


def closed(expression: Any, lengths: Mapping[str, int]) -> Any:
    """Return an expression with sums written out and the length, which all axes have, put in for the end."""
    (length,) = {*lengths.values()}
    size = Function("end")
    found = expression.replace(size, lambda axis: Integer(length)).xreplace({last: Integer(length)})
    return found.doit() if found.has(Sum, Product) else found


def numbers(circuit: Circuit, data: Mapping[str, Any]) -> dict[Any, Any]:
    """Return data as SymPy's symbols and applied functions."""
    model = circuit.model
    found: dict[Any, Any] = {}
    for name, value in data.items():
        boundary = next((boundary for boundary in model.free if boundary.argument == name), None)
        if boundary is not None:
            places = [at for ((first, last),) in boundary.boxes for at in range(first, last + 1)]
            read = zip(places, np.atleast_1d(value), strict=True)
            found.update({Function(boundary.name)(at): number for at, number in read})
        elif name in model.inputs:
            found.update({Function(name)(*(step + 1 for step in at)): number for at, number in np.ndenumerate(value)})
        else:
            found[Symbol(name)] = value[()]
    return {place: Rational(float(number)) for place, number in found.items()}


def rounded(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return data of few binary digits, so that sums in any order are the same."""
    return {name: np.round(np.asarray(value) * 8) / 8 for name, value in data.items()}


@st.composite
def scalar_texts(draw: st.DrawFn) -> str:
    return draw(st.one_of(circuits(vectors=False), two_way(), lattices()).filter(lambda text: ": m" not in text))


def out_and_in(text: str) -> tuple[Circuit, tuple[Any, ...], Circuit]:
    """Return a circuit, its equations in SymPy, and the circuit that these are."""
    circuit = Circuit(text)
    try:
        found = circuit.sympy
    except CircuitError as error:
        assert "SymPy has no form for 'max' over an axis" in error.message
        assume(False)
    try:
        again = Circuit.from_sympy(found)
    except CircuitError as error:
        # Text declares it; in SymPy it has to be read by an axis somewhere.
        assert "nothing says what" in error.message
        assume(False)
    # What cancels out is read no more.
    assume(again.inputs == circuit.inputs or {*again.inputs} == {*circuit.inputs})
    assume([*map(str, again.model.free)] == [*map(str, circuit.model.free)])
    assume({*again.parameters} == {*circuit.parameters})
    return circuit, found, again


@examples(60)
@given(scalar_texts(), st.integers(1, 5), st.integers(1, 4), st.integers(0, 10**6))
def test_what_went_out_and_came_in_has_the_same_values(text: str, one: int, other: int, seed: int) -> None:
    circuit, found, again = out_and_in(text)
    lengths = lengths_of(circuit, (one, other))
    assume(lengths is not None)
    assert lengths is not None
    # A number before a sum is multiplied out where SymPy makes the product anew.
    assert again.sympy == found or [sympy.expand(one.rhs) for one in again.sympy] == [
        sympy.expand(one.rhs) for one in found
    ]
    data = rounded(arrays(circuit, lengths, seed))
    wanted = circuit.unfold(lengths).evaluate(**data)
    values = again.unfold({axis: lengths[axis] for axis in again.axes}).evaluate(**data)
    for name in circuit.signals:
        np.testing.assert_allclose(values[name], wanted[name], rtol=1e-9, atol=1e-9)


@examples(25)
@given(scalar_texts(), st.integers(1, 3), st.integers(0, 10**6))
def test_sympy_computes_the_same_values(text: str, steps: int, seed: int) -> None:
    circuit, found, _ = out_and_in(text)
    lengths = lengths_of(circuit, (steps, steps))
    assume(lengths is not None)
    assert lengths is not None
    data = rounded(arrays(circuit, lengths, seed))
    wanted = circuit.unfold(lengths).evaluate(**data)
    values = computed(found, lengths, numbers(circuit, data))
    for name, axes in circuit.model.signals.items():
        for at in product(*(range(1, lengths[axis] + 1) for axis in axes)):
            place = Function(name)(*at) if axes else Symbol(name)
            value = float(wanted[name][tuple(step - 1 for step in at)])
            assert float(values[place]) == pytest.approx(value, rel=1e-9, abs=1e-9), place


@examples(25, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(ranged_texts(), st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3)), st.integers(0, 10**6))
def test_ranges_that_went_out_and_came_in_have_the_same_values(
    text: str, sizes: tuple[int, int, int], seed: int
) -> None:
    try:
        circuit = Circuit(text)
        lengths = circuit.unfold(dict(zip(circuit.axes, sizes, strict=False))).lengths
        again = Circuit.from_sympy(circuit.sympy)
    except CircuitError as error:
        # That it has no order is told elsewhere; nor has SymPy each reduction, nor declarations.
        assert str(error)
        assume(False)
    # SymPy makes `max(i, i)` an i, which tells another axis than what is computed does.
    assume({*again.axes} == {*circuit.axes} and dict(again.model.inputs) == dict(circuit.model.inputs))
    assume(again.model.length_of == circuit.model.length_of)
    assume([*map(str, again.model.free)] == [*map(str, circuit.model.free)])
    # Places are whole numbers.
    data = {name: np.round(2 * value) for name, value in arrays(circuit, lengths, seed).items()}
    wanted = circuit.unfold(lengths).evaluate(**data)
    values = again.unfold(lengths).evaluate(**data)
    for name in circuit.signals:
        np.testing.assert_allclose(values[name], wanted[name], rtol=1e-9, atol=1e-9)


def test_fibonacci_by_rsolve() -> None:
    F = Function("F")
    n = Symbol("n", integer=True)
    circuit = Circuit.from_sympy([Eq(F(n), F(n - 1) + F(n - 2)), Eq(F(1), 1), Eq(F(2), 1)])
    solution = sympy.rsolve(F(n) - F(n - 1) - F(n - 2), F(n), {F(1): 1, F(2): 1})
    wanted = [int(solution.subs(n, at).evalf(30).round()) for at in range(1, 41)]
    assert circuit.unfold(40).evaluate()["F"].tolist() == wanted


def test_a_linear_recurrence_by_rsolve() -> None:
    m = Symbol("m", integer=True)
    circuit = Circuit.from_sympy([Eq(y(m + 2), 5 * y(m + 1) - 6 * y(m) + 2), Eq(y(0), 1), Eq(y(1), 4)])
    solution = sympy.rsolve(y(m + 2) - 5 * y(m + 1) + 6 * y(m) - 2, y(m), {y(0): 1, y(1): 4})
    assert circuit.unfold(15).evaluate()["y"].tolist() == [int(solution.subs(m, at)) for at in range(1, 16)]


def test_the_logistic_map_by_substitution() -> None:
    step = r * s(t - 1) * (1 - s(t - 1))
    circuit = Circuit.from_sympy([Eq(s(t), step), Eq(s(0), Rational(1, 4))])
    value, found = Rational(1, 4), []
    for _ in range(8):
        value = step.xreplace({s(t - 1): value, r: Rational(7, 2)})
        found.append(float(value))
    np.testing.assert_allclose(circuit.unfold(8).evaluate(r=3.5)["s"], found, rtol=1e-13)


def test_lorenz_by_substitution() -> None:
    X, Y, Z = symbols("X Y Z", cls=Function)
    rho, sigma, beta, d = symbols("rho sigma beta d")
    past = [one(t - 1) for one in (X, Y, Z)]
    rates = [sigma * (past[1] - past[0]), past[0] * (rho - past[2]) - past[1], past[0] * past[1] - beta * past[2]]
    steps = [one + d * rate for one, rate in zip(past, rates, strict=True)]
    start = [Integer(1), Rational(1, 2), Integer(20)]
    circuit = Circuit.from_sympy(
        [Eq(one(t), step) for one, step in zip((X, Y, Z), steps, strict=True)]
        + [Eq(one(0), value) for one, value in zip((X, Y, Z), start, strict=True)]
    )
    constants = {rho: Integer(28), sigma: Integer(10), beta: Rational(8, 3), d: Rational(1, 128)}
    values, rows = start, []
    for _ in range(12):
        known = {**constants, **dict(zip(past, values, strict=True))}
        values = [sympy.N(step.xreplace(known), 40) for step in steps]
        rows.append([float(value) for value in values])
    found = circuit.unfold(12).evaluate(rho=28, sigma=10, beta=8 / 3, d=1 / 128)
    np.testing.assert_allclose(np.stack([found[name] for name in "XYZ"], axis=1), rows, rtol=1e-12)


def test_pascals_triangle_by_binomials() -> None:
    C = Function("C")
    circuit = Circuit.from_sympy(
        [Eq(C(n, k), C(n - 1, k - 1) + C(n - 1, k)), Eq(C(n, 0), 1), Eq(C(0, k), 0), Eq(C(0, 0), 1)]
    )
    values = circuit.unfold(n=10, k=10).evaluate()["C"]
    assert values.tolist() == [[int(sympy.binomial(row, at)) for at in range(1, 11)] for row in range(1, 11)]


# Any expression whatever ----------------------------------------------------------------------------


def leaves() -> st.SearchStrategy[Any]:
    return st.sampled_from(
        [
            a, theta, t, last, tau, k, x(t), x(t - 1), h(t - 1), h(t + 1), h(t), h(0), x(last), x(k), Indexed("k", 0),
            Indexed("h", t - 1), Integer(0), Integer(2), Rational(1, 3), Float(0.1), pi, oo, sympy.I, sympy.nan,
            sympy.zoo, sympy.true, IndexedBase("q"), Idx("t"), Idx("m", 3), Symbol("x y"), Symbol("end"), MATRIX,
            sympy.Dummy("d"), Symbol("tanh"), Function("if")(t), sympy.EmptySet, Symbol("N", commutative=False),
        ]
    )  # fmt: skip


BUILDS: list[Any] = [
    lambda one, other: one + other, lambda one, other: one - other, lambda one, other: one * other,
    lambda one, other: one / other, lambda one, other: one**other, lambda one, other: f(one, other),
    lambda one, other: h(one), lambda one, other: x(one, other), lambda one, other: Max(one, other),
    lambda one, other: tanh(one), lambda one, other: Function("sigmoid")(one), lambda one, other: Mod(one, other),
    lambda one, other: Piecewise((one, other > 0), (other, True)), lambda one, other: Piecewise((1, Eq(one, other))),
    lambda one, other: Sum(one, (k, 1, other)), lambda one, other: Sum(one, (k, 0, 2)),
    lambda one, other: Product(one, (t, 1, last)), lambda one, other: sympy.Derivative(one, t),
    lambda one, other: Indexed("k", one), lambda one, other: Function("end")(one), lambda one, other: Eq(one, other),
    lambda one, other: And(one > 0, Not(other > 1)), lambda one, other: sympy.Lambda(t, one),
]  # fmt: skip


@st.composite
def anything(draw: st.DrawFn) -> Any:
    """Return some object that SymPy makes of the leaves; what SymPy itself refuses is left out."""
    pool = draw(st.lists(leaves(), min_size=2, max_size=6))
    for _ in range(draw(st.integers(0, 5))):
        build, one, other = draw(st.sampled_from(BUILDS)), draw(st.sampled_from(pool)), draw(st.sampled_from(pool))
        try:
            pool.append(build(one, other))
        except Exception:  # whatever SymPy does not make
            continue
    return pool[-1]


def each_equation(lefts: list[Any], rights: list[Any]) -> Iterator[Any]:
    for left, right in zip(lefts, rights, strict=False):
        try:
            yield Eq(left, right, evaluate=False)
        except Exception:  # whatever SymPy does not make
            yield right


class Unprintable(sympy.Expr):
    """What SymPy makes and cannot print, as some of its products of matrices."""

    def _sympystr(self, printer: Any) -> str:
        raise NotImplementedError("noncommutative scalars in MatMul are not supported.")


def test_what_sympy_cannot_print_is_told_by_its_kind() -> None:
    with pytest.raises(CircuitError, match=r"the language has no form for Unprintable\(…\)"):
        Circuit.from_sympy(Eq(h(t), Unprintable(), evaluate=False))


@examples(200)
@given(st.lists(st.one_of(st.sampled_from([h(t), h(t), s(t), h(0), a, h(i, j)]), anything()), max_size=3),
       st.lists(anything(), max_size=3))  # fmt: skip
def test_any_equations_are_a_circuit_or_an_error(lefts: list[Any], rights: list[Any]) -> None:
    try:
        found = Circuit.from_sympy(list(each_equation(lefts, rights)))
    except CircuitError as error:
        assert str(error)
        return
    assert Circuit(found.text()) == found


def test_any_place_is_read() -> None:
    d = Function("d")
    equation = Eq(h(t), x(2 * t) + x(t - d(t)) * d(t) + x(t))
    assert Circuit.from_sympy(equation) == Circuit("h(t) = d(t) * x(t - d(t)) + x(t) + x(2*t)")
