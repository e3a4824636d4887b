"""The standard form of a difference equation: what it is solved for, how that is written, and when it cannot be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.equations import (
    equation_of,
)
from support.profiles import examples
from sympy import Eq, Function, Symbol, symbols

from unfoldgraph import Circuit, CircuitError, sum_over, tanh
from unfoldgraph.algebra.notation import text

#: What is written, and the equation that it is, as a person would write it.
SOLVED = {
    "y[n] + a1*y[n-1] = b0*x[n]": "y[n] = b0*x[n] - a1*y[n-1]",
    "x(t+1) - x(t) = v(t)": "x(t+1) = v(t) + x(t)",
    "s(t+1) - A @ s(t) = B @ u(t)": "s(t+1) = B @ u(t) + A @ s(t)",
    "2*y[n] = x[n]": "y[n] = x[n] / 2",
    "a0*y[n] + a1*y[n-1] = b0*x[n]": "y[n] = (b0*x[n] - a1*y[n-1]) / a0",
    "a0*y[n] + a1*y[n-1] + a2*y[n-2] = b0*x[n] + b1*x[n-1]": (
        "y[n] = (b0*x[n] + b1*x[n-1] - a1*y[n-1] - a2*y[n-2]) / a0"
    ),
    "y[n] - a*y[n-1] - b*y[n-2] = 0": "y[n] = a*y[n-1] + b*y[n-2]",
    "x(n) : (); y[n] + a*y[n-1] - c*x(n) = 0": "x(n) : (); y[n] = c*x(n) - a*y[n-1]",
    "x(n), z(n) : (); x[n] - y[n] = z(n)": "x(n), z(n) : (); y[n] = x[n] - z(n)",
    "-y[n] = x[n]": "y[n] = -x[n]",
    "-y[n] = a*x[n]/2": "y[n] = -a*x[n]/2",
    "y[n] + -a*y[n-1] = x[n]": "y[n] = x[n] + a*y[n-1]",
    "y[n]/2/a = b*x[n] + c": "y[n] = 2*a*(b*x[n] + c)",
    "(x(t+1) - x(t))/dt = v(t)*w": "x(t+1) = dt*v(t)*w + x(t)",
    "a*(y[n] - b*y[n-1]) = x[n]": "y[n] = x[n]/a + b*y[n-1]",
    "(y[n] - y[n-1])/dt = A @ x[n]": "y[n] = dt*(A @ x[n]) + y[n-1]",
    "(y[n] - y[n-1])/dt = 0": "y[n] = y[n-1]",
    "y(t+1) - tanh(y(t)) = x(t)": "y(t+1) = x(t) + tanh(y(t))",
    "y(t) - f(y(t-1); theta) = 0": "y(t) = f(y(t-1); theta)",
    "E @ x(t+1) - A @ x(t) = B @ u(t)": "x(t+1) = solve(E, B @ u(t) + A @ x(t))",
    "-(A @ B @ s(t)) = x(t)": "s(t) = solve(A @ B, -x(t))",
    "g(t) - a*g(t+1) = x(t); g(end+1) = 0": "g(t) = x(t) + a*g(t+1); g(end+1) = 0",
    "g(t) - a*g(t+1) = x(t); g(0) = 0": "g(t+1) = (g(t) - x(t))/a; g(0) = 0",
    "y[n] - y[n-1] = x[n]; y[1] = 2; y[0] = 1": "y[n] = x[n] + y[n-1]; y[1] = 2; y[0] = 1",
    "y[n] + sum(a[k]*y[n-k] for k in 1..2) = sum(b[k]*x[n-k] for k in 0..3)": (
        "y[n] = sum(b[k]*x[n-k] for k in 0..3) - sum(a[k]*y[n-k] for k in 1..2)"
    ),
    "y[n] + sum(a[k]*y[n-k] for k in 1..N) = sum(b[k]*x[n-k] for k in 0..M)": (
        "y[n] = sum(b[k]*x[n-k] for k in 0..M) - sum(a[k]*y[n-k] for k in 1..N)"
    ),
    "a : N; y[n] - a[0]*y[n-N] = x[n]": "a : N; y[n] = x[n] + a[0]*y[n-N]",
    "g(t) - sum(a[k]*g(t+k) for k in 1..2) = x(t); g(end+1) = 0; g(end+2) = 0": (
        "g(t) = x(t) + sum(a[k]*g(t+k) for k in 1..2); g(end+1) = 0; g(end+2) = 0"
    ),
    "w(t, s) : (); x(t) : (); y(t) - sum(w(t, s)*y(s) for s in 1..t-1) = x(t)": (
        "w(t, s) : (); x(t) : (); y(t) = x(t) + sum(w(t, s)*y(s) for s in 1..t-1)"
    ),
    "y[n] - y[n-1] = x[n] for n in 2..end; y[1] = 0": "y[n] = x[n] + y[n-1] for n in 2..end; y[1] = 0",
    "y[n+1] - y[n] = x[n] for n in 1..end-1; y[1] = 0": "y[n+1] = x[n] + y[n] for n in 1..end-1; y[1] = 0",
    "y[n] + y[0] - y[n-1] = x[n]": "y[n] = x[n] - y[0] + y[n-1]",
    "u(t+1, i) - u(t, i) = c*(u(t, i-1) - 2*u(t, i) + u(t, i+1))": (
        "u(t+1, i) = c*(u(t, i-1) - 2*u(t, i) + u(t, i+1)) + u(t, i)"
    ),
    "y[n] + c*y[n]/2 = x[n]": "y[n] = x[n] / (1 + c/2)",
    "m*(y[n+1] - 2*y[n] + y[n-1])/h**2 + c*(y[n+1] - y[n-1])/(2*h) + k*y[n] = f[n]": (
        "y[n+1] = (f[n] - k*y[n] + m*2*y[n]/h**2 - m*y[n-1]/h**2 + c*y[n-1]/(2*h)) / (m/h**2 + c/(2*h))"
    ),
    "2*L = sum(x(t) for t)": "L = sum(x(t) for t)/2",
    "x(t+1) - x(t) - v(t) = 0; v(t+1) - v(t) = -k*x(t)": "x(t+1) = x(t) + v(t); v(t+1) = v(t) - k*x(t)",
    "t*h(t) = x(t)": "h(t) = x(t)/t",
    "a*L = sum(x(t) for t); a : ()": "L = sum(x(t) for t)/a; a : ()",
}


@pytest.mark.parametrize("written", SOLVED)
def test_it_is_the_equation_that_it_is_solved_to(written: str) -> None:
    circuit, expected = Circuit(written), Circuit(SOLVED[written])
    assert circuit == expected
    assert [text(one.right) for one in circuit.model.statements] == [
        text(one.right) for one in expected.model.statements
    ]


@pytest.mark.parametrize("written", SOLVED)
def test_it_is_printed_as_it_was_written(written: str) -> None:
    circuit = Circuit(written)
    (first, *_) = [one for one in circuit.model.statements if one.written]
    again = circuit.text()
    assert Circuit(again) == circuit
    assert Circuit(again).text() == again
    assert any(line.startswith(" = ".join(map(text, first.as_written[:2]))) for line in again.splitlines())
    assert circuit.text() != Circuit(SOLVED[written]).text()
    assert circuit.latex != Circuit(SOLVED[written]).latex


def test_the_printed_form_reads_as_the_book_has_it() -> None:
    circuit = Circuit("y[n] + a1*y[n-1] = b0*x[n]; y[0] = 1")
    assert circuit.text() == "y(n) + a1 * y(n-1) = b0 * x(n)\ny(0) = 1\n"
    assert circuit.latex.splitlines()[1] == r"y^{(n)} + a_{1} \, y^{(n-1)} &= b_{0} \, x^{(n)} \\"


#: Each form as what is to be 0 at a place, of which y is computed with x before it and behind it known.
RESIDUALS = {
    "y[n] + a*y[n-1] = b*x[n]": lambda y, x, n, a, b: y[n] + a * y[n - 1] - b * x[n],
    "a*(y[n] - b*y[n-1])/2 = x[n]": lambda y, x, n, a, b: a * (y[n] - b * y[n - 1]) / 2 - x[n],
    "a*(y[n+1] - 2*y[n] + y[n-1])/b**2 + (y[n+1] - y[n-1])/(2*b) + 3*y[n] = x[n]": lambda y, x, n, a, b: (
        a * (y[n + 1] - 2 * y[n] + y[n - 1]) / b**2 + (y[n + 1] - y[n - 1]) / (2 * b) + 3 * y[n] - x[n]
    ),
    "x(n) : (); a, b : (); a*x[n] - b*y[n]/3 - (y[n-1] - (y[n-2] + 1)) = 0": lambda y, x, n, a, b: (
        a * x[n] - b * y[n] / 3 - (y[n - 1] - (y[n - 2] + 1))
    ),
    "-(y[n] + a*y[n]*2) = b*(x[n] - y[n-1])": lambda y, x, n, a, b: -(y[n] + a * y[n] * 2) - b * (x[n] - y[n - 1]),
}


@pytest.mark.parametrize("written", RESIDUALS)
def test_the_values_satisfy_what_was_written(written: str) -> None:
    circuit = Circuit(written)
    values = np.random.default_rng(0).normal(size=6)
    own = {"x": values, "a": 0.7, "b": 1.3}
    for found in (circuit.unfold(6).evaluate(**own)["y"], circuit.compile()(**own).y):
        y, x = ({0: 0.0, -1: 0.0, **dict(enumerate(one, 1))} for one in (found, values))
        first = 0 if "n+1" in written else 1
        for n in range(first, 6):
            assert RESIDUALS[written](y, x, n, 0.7, 1.3) == pytest.approx(0, abs=1e-9)


def test_a_matrix_is_solved_with() -> None:
    circuit = Circuit("E @ s(t+1) - A @ s(t) = x(t)")
    random = np.random.default_rng(1)
    own: dict[str, Any] = {"E": random.normal(size=(3, 3)), "A": random.normal(size=(3, 3))}
    x = random.normal(size=(5, 3))
    s = np.vstack([np.zeros(3), circuit.compile()(x=x, **own).s])
    np.testing.assert_allclose(s[2:] @ own["E"].T - s[1:-1] @ own["A"].T, x[:-1], atol=1e-9)


@st.composite
def rearranged(draw: st.DrawFn) -> tuple[str, str]:
    """Return a linear equation with some of its terms on the left side, and the same with y(n) alone there."""
    delays = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4, unique=True))
    terms = [f"{draw(st.sampled_from(['a', '2', 'c*b', '0.5']))}*y(n-{delay})" for delay in delays]
    terms += [f"b*x(n-{delay})" for delay in draw(st.lists(st.integers(0, 3), max_size=3, unique=True))]
    moved = draw(st.lists(st.sampled_from(terms), unique=True))
    signs = {term: draw(st.sampled_from("+-")) for term in terms}
    stay = ["x(n)", *(f" {signs[term]} {term}" for term in terms if term not in moved)]
    leading = draw(st.sampled_from(["", "a*", "2*", "-"]))
    opposite = {"+": "-", "-": "+"}
    left = f"x(n) : (); {leading}y(n)" + "".join(f" {opposite[signs[term]]} {term}" for term in moved)
    right = "".join(stay)
    whole = right + "".join(f" {signs[term]} {term}" for term in moved)
    if leading == "-":
        # All has the other sign, and what is not subtracted comes first.
        parts = ["- x(n)", *(f"{opposite[signs[term]]} {term}" for term in terms if term not in moved)]
        parts += [f"{opposite[signs[term]]} {term}" for term in moved]
        first = next((part for part in parts if part[0] == "+"), parts[0])
        solved = " ".join([first, *(part for part in parts if part != first)]).removeprefix("+ ")
    else:
        solved = whole if not leading else f"({whole})/{leading[:-1]}"
    return f"{left} = {right}", f"x(n) : (); y(n) = {solved}"


@given(rearranged())
@examples(150)
def test_a_linear_equation_may_have_its_terms_on_either_side(forms: tuple[str, str]) -> None:
    written, solved = forms
    assert Circuit(written) == Circuit(solved)


#: What cannot be solved: the text, the message, and what stands there when the help is followed.
REFUSED = {
    "y(n) + x(n) = 0": (
        "nothing says which of y and x this is an equation for",
        "write which one this is for: y(n) = … or x(n) = …",
        ["y(n) = -x(n)", "x(n) = -y(n)"],
    ),
    "a*L = sum(x(t) for t)": (
        "nothing says which of a and L this is an equation for",
        "write which one this is for: a = … or L = …",
        ["L = sum(x(t) for t) / a"],
    ),
    "2 = x(t)": ("the left side has no name that this could be an equation for", "write name(…) = …", ["x(t) = 2"]),
    "tanh(2*3) = x(t)": (
        "the left side has no name that this could be an equation for",
        "write name(…) = …",
        ["y(t) = x(t)"],
    ),
    "tanh(y(n)) = x(n)": (
        "y(n) stands alone only as it is, times scalars, or in A @ y(n), and not in tanh(y(n))",
        "write y(n) = …",
        ["y(n) = log((1 + x(n)) / (1 - x(n))) / 2"],
    ),
    "1/y(n) = x(n)": (
        "y(n) stands alone only as it is, times scalars, or in A @ y(n), and not in 1 / y(n)",
        "write y(n) = …",
        ["y(n) = 1/x(n)"],
    ),
    "y(n)*y(n) = x(n)": (
        "y(n) stands alone only as it is, times scalars, or in A @ y(n), and not in y(n) * y(n)",
        "write y(n) = …",
        ["y(n) = sqrt(x(n))"],
    ),
    "s(t) @ A = x(t)": (
        "s(t) stands alone only as it is, times scalars, or in A @ s(t), and not in s(t) @ A",
        "write s(t) = …",
        ["s(t) = solve(A.T, x(t))"],
    ),
    "A @ s(t) + B @ s(t) = x(t)": (
        "s(t) stands in several terms, and A @ s(t) is not a scalar times s(t)",
        "write s(t) = …",
        ["s(t) = solve(A + B, x(t))"],
    ),
    "u(t+1, i) - u(t, i-1) = 0": (
        "the places of 'u' on the left side differ along t and i",
        "write u(t, i) = …",
        ["u(t, i) = u(t-1, i-1)"],
    ),
    "sum(a[k]*y(n-k) for k in 0..2) = x(n)": (
        "'y' stands only inside a reduction on the left side",
        "write name(…) = …, with the name that this is an equation for",
        ["y(n) = (x(n) - a[1]*y(n-1) - a[2]*y(n-2)) / a[0]"],
    ),
    "y(n-1) + sum(a[k]*y(n-k) for k in 0..2) = x(n)": (
        "y(n-k), the latest place of 'y' on the left side, does not stand alone there",
        "write y(n) = …",
        ["y(n) = x(n)"],
    ),
    "y(n-1) + sum(a[k]*y(n-k) for k in 1-K..2) = x(n)": (
        "y(n-k), perhaps the latest place of 'y' on the left side, does not stand alone there",
        "write y(n) = …",
        ["y(n) = x(n)"],
    ),
    "a : N; y(n) - y(n+N-1) = x(n)": (
        "y(n+N-1), perhaps the latest place of 'y' on the left side, does not stand alone there",
        "write y(n) = …",
        ["y(n) = x(n)"],
    ),
    "sum(w(t, s) for s) = x(t)": (
        "'w' stands only inside a reduction on the left side",
        "write name(…) = …, with the name that this is an equation for",
        ["x(t) = sum(w(t, s) for s)"],
    ),
    "y(t+1) - y(t) = -k*(y(t+1) + y(t))": (
        "y(t+1) stands on both sides",
        "bring y(t+1) to the left side",
        ["y(t+1) - y(t) + k*(y(t+1) + y(t)) = 0"],
    ),
    "y(t) = x(t); 2*y(t) = 3": ("y has an equation already", None, []),
    "y(t) = x(t); z(t) = 1; y(t) - z(t) = 3": ("y and z have equations already", None, []),
    "2*y(t) = 3; 3*y(t) = 5": ("y has an equation already", None, []),
}


@pytest.mark.parametrize("source", REFUSED)
def test_it_is_refused_where_it_says_no_one_thing(source: str) -> None:
    message, hint, followed = REFUSED[source]
    with pytest.raises(CircuitError) as refusal:
        Circuit(source)
    assert [problem.message for problem in refusal.value.problems] == [message]
    assert refusal.value.help == hint
    assert refusal.value.span is not None
    for instead in followed:
        Circuit(instead)


def test_a_left_side_that_is_a_place_is_read_as_ever() -> None:
    for place in ("s(t+1)", "(s(t+1))", "s[t+1]", "+s(t+1)"):
        circuit = Circuit(f"{place} = A @ s(t)")
        assert circuit == Circuit("s(t) = A @ s(t-1)")
        assert circuit.text() == "s(t) = A @ s(t-1)\n"


def test_a_function_of_the_language_is_no_name_of_a_signal() -> None:
    with pytest.raises(CircuitError, match="'norm' is a built-in function and cannot be a signal"):
        Circuit("norm(t) = 3")


def test_very_many_terms_are_solved_by_loops() -> None:
    left = " + ".join(["y(n)", *(f"a*y(n-{1 + k % 50})" for k in range(1_500))])
    circuit = Circuit(f"{left} = x(n)")
    assert len(equation_of(circuit.model, "y").reads) == 51
    assert Circuit(circuit.text()) == circuit


# SymPy ----------------------------------------------------------------------------------------------


def test_equations_of_sympy_may_have_the_standard_form() -> None:
    y, x, v, (n, a, b) = Function("y"), Function("x"), Function("v"), symbols("n a b")
    circuit = Circuit.from_sympy([Eq(y(n) + a * y(n - 1), b * x(n)), Eq(y(0), 1)])
    assert circuit == Circuit("y(n) = b*x(n) - a*y(n-1); y(0) = 1")
    assert Circuit(circuit.text()) == circuit
    assert Circuit.from_sympy(circuit.sympy) == circuit
    t = Symbol("t")
    assert Circuit.from_sympy(Eq(x(t + 1) - x(t), v(t))) == Circuit("x(t+1) = v(t) + x(t)")


def test_shared_parameters_are_shared_in_what_is_printed_too() -> None:
    y, f, (n, theta) = Function("y"), Function("f"), symbols("n theta")
    circuit = Circuit.from_sympy(Eq(y(n) - f(y(n - 1), theta), 0))
    assert circuit == Circuit("y(n) = f(y(n-1); theta)")
    assert Circuit(circuit.text()) == circuit


def test_an_equation_of_sympy_that_says_no_one_thing() -> None:
    y, x, n = Function("y"), Function("x"), Symbol("n")
    with pytest.raises(CircuitError, match="nothing says which of x and y this is an equation for") as refusal:
        Circuit.from_sympy(Eq(y(n) + x(n), 0))
    assert "Eq(x(n) + y(n), 0)" in str(refusal.value)


# In Python ------------------------------------------------------------------------------------------


def test_equations_in_standard_form_in_python() -> None:
    c = Circuit()
    n, m, a = c.axis("n"), c.constant("M", 2), c.parameter("a")
    x, y, z, total = c.input("x", n), c.signal("y", n), c.signal("z", n), c.signal("total")
    c.equation(y[n] - a * y[n - m] - z[n], x[n])
    c.equation(2 * z[n + 1] - z[n], y[n])
    c.equation(m * total, sum_over(x[n], n))
    assert c.text() == (
        "M = 2\nx(n) : ?\ny(n) - a * y(n-M) - z(n) = x(n)\n2 * z(n+1) - z(n) = y(n)\nM * total = sum(x(n) for n)\n"
    )
    solved = "y(n) = x(n) + a*y(n-2) + z(n); z(n+1) = (y(n) + z(n))/2; total = sum(x(n) for n)/2"
    assert c == Circuit(f"x(n) : ?; {solved}") == Circuit(c.text())
    assert c.signals == ("y", "z", "total")


@pytest.mark.parametrize(
    ("write", "message", "hint"),
    [
        (
            lambda n, x, y, z: (y[n] + z[n], 1),
            "nothing says which of y and z this is an equation for",
            "write which one this is for: y(n) = … or z(n) = …",
        ),
        (lambda n, x, y, z: (2 * x[n], 1), "the left side has no name that this could be an equation for", None),
        (lambda n, x, y, z: (tanh(y[n]), 1), "y(n) stands alone only as it is, times scalars, or in A @ y(n)", None),
        (lambda n, x, y, z: (y[n] - y[n - 1], y[n]), "y(n) stands on both sides", "bring y(n) to the left side"),
    ],
)
def test_what_says_no_one_thing_in_python(write: Any, message: str, hint: str | None) -> None:
    c = Circuit()
    n = c.axis("n")
    x, y, z = c.input("x", n), c.signal("y", n), c.signal("z", n)
    c.equation(*write(n, x, y, z))
    with pytest.raises(CircuitError) as refusal:
        c.text()
    assert refusal.value.message.startswith(message)
    assert hint is None or refusal.value.help == hint


def test_a_second_equation_of_a_name_in_python() -> None:
    c = Circuit()
    n = c.axis("n")
    y = c.signal("y", n)
    y[n] = n
    c.equation(2 * y[n], 1)
    with pytest.raises(CircuitError, match="y has an equation already"):
        c.text()
