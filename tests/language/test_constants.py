"""Constants: names of whole numbers, which they are wherever they stand."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.profiles import examples
from sympy import Eq, Function, Symbol, symbols

from unfoldgraph import Circuit, CircuitError, CircuitWarning, sum_over, zeros
from unfoldgraph.base.limits import OFFSET

#: A text with constants, and the same with numbers.
MEANT = {
    "M = 8; y(t) = x(t-M)": "y(t) = x(t-8)",
    "y(t) = x(t-M); M = 8": "y(t) = x(t-8)",
    "y(t) = x(t-tau); tau = 17": "y(t) = x(t-17)",
    "N = 2*M - 1; M = 3; y(t) = N*x(t-N+M)": "y(t) = 5*x(t-2)",
    "M = -2; y(t) = M*x(t) + x(t+M)": "y(t) = -2*x(t) + x(t-2)",
    "M = 3; h : M; y(t) = sum(h[k]*x(t-k) for k in 0..M-1)": "h : 3; y(t) = sum(h[k]*x(t-k) for k in 0..2)",
    "M = 3; A, B : (M, n); y(t) = (A + B) @ x(t)": "A, B : (3, n); y(t) = (A + B) @ x(t)",
    "M = 3; z(t) = zeros(M, 2) + x(t)": "z(t) = zeros(3, 2) + x(t)",
    "M = 3; v : 5; y(t) = v[1:M] * x(t)": "v : 5; y(t) = v[1:3] * x(t)",
    "M = 1; b : 3; y(t) = b[M] * x(t)": "b : 3; y(t) = b[1] * x(t)",
    "M = 2; h(M) = 1; h(t) = h(t-M); h(1-M) = 4": "h(2) = 1; h(t) = h(t-2); h(-1) = 4",
    "M = 2; y(t) - y(t-M) = M*x(t)": "y(t) - y(t-2) = 2*x(t)",
    "M = 2; y(t+M) = y(t) + x(t)": "y(t+2) = y(t) + x(t)",
    "M = 2; y(t) = x(t-M) for t in M..end": "y(t) = x(t-2) for t in 2..end",
    "M = 2; def f(h) = h*M; y(t) = f(x(t))": "def f(h) = h*2; y(t) = f(x(t))",
    "M = 2; def f(M) = M*M; y(t) = f(x(t-M))": "def f(M) = M*M; y(t) = f(x(t-2))",
    "M = 2; y(t) = sum(x(t-M) for M in 0..M) / M": "y(t) = sum(x(t-M) for M in 0..2) / 2",
    "M = 3; y(t) = max(M, x(t)) if t > M else end(t)": "y(t) = max(3, x(t)) if t > 3 else end(t)",
    "M = 2; x(t) : (); y(t) = x(M*t)": "x(t) : (); y(t) = x(2*t)",
    "M = 2; y(t) = x(end-M) + x(t)": "y(t) = x(end-2) + x(t)",
    "M = 0; y(t) = x(t-M)": "y(t) = x(t)",
    "M = 2; y(t) = f(x(t-M); theta)": "y(t) = f(x(t-2); theta)",
}


@pytest.mark.parametrize("written", MEANT)
def test_a_constant_is_its_number(written: str) -> None:
    circuit, plain = Circuit(written), Circuit(MEANT[written])
    assert circuit == plain
    assert circuit.parameters == plain.parameters
    assert circuit.signals == plain.signals
    assert circuit.shapes == plain.shapes


@pytest.mark.parametrize("written", MEANT)
def test_its_name_stays_where_it_was_written(written: str) -> None:
    circuit = Circuit(written)
    again = circuit.text()
    with warnings.catch_warnings():
        # A name that were lost would be one that is never used.
        warnings.simplefilter("error", CircuitWarning)
        assert Circuit(again) == circuit
    assert Circuit(again).text() == again
    names = [constant.name for constant in circuit.model.constants]
    assert len(names) == written.count("N = ") + 1
    assert circuit.latex.count(r"\\") == Circuit(MEANT[written]).latex.count(r"\\") + len(names)


def test_it_is_printed_as_it_was_written() -> None:
    circuit = Circuit("N = 2*M - 1; M = 3; h : (M, N); y(t) = sum(h[k, 0]*x(t-k-N) for k in 0..M-1)")
    assert circuit.text() == ("N = 2 * M - 1\nM = 3\nh : (M, N)\ny(t) = sum(h[k, 0] * x(t-k-N) for k in 0..M-1)\n")
    assert circuit.latex.splitlines()[1:3] == [r"N &= 2 \, M - 1 \\", r"M &= 3 \\"]


def test_it_has_a_number_in_every_reading() -> None:
    circuit = Circuit("M = 2; h : M; y(t) = h[0]*x(t) + h[M-1]*x(t-M)")
    x, h = np.arange(1.0, 6.0), np.array([2.0, 3.0])
    expected = [2, 4, 6 + 3, 8 + 6, 10 + 9]
    np.testing.assert_array_equal(circuit.unfold(5).evaluate(x=x, h=h)["y"], expected)
    with pytest.raises(CircuitError, match="'h'"):
        circuit.unfold(5).evaluate(x=x, h=np.ones(3))


def test_what_is_declared_or_no_whole_number_is_a_value() -> None:
    assert Circuit("M : (); M = 8; y(t) = M*x(t)").signals == ("M", "y")
    assert Circuit("M = 2.5; y(t) = M*x(t)").signals == ("M", "y")
    assert Circuit("M = 8; N = M*x(1); y(t) = N*x(t)").signals == ("N", "y")
    assert Circuit("M = 8/2; y(t) = M*x(t)").signals == ("M", "y")


#: What is refused: the message, the help, and what is written instead where the help is followed.
REFUSED = {
    "M = N; N = M; y(t) = x(t-M)": (
        "'M' and 'N' are given by one another",
        "write M as a number",
        "M = 2; N = M; y(t) = x(t-M-N)",
    ),
    "M = M + 1; y(t) = x(t-M)": ("'M' is given by itself", "write M as a number", "M = 2; y(t) = x(t-M)"),
    "M = 8; M = 9; y(t) = x(t-M)": ("M is defined twice", None, None),
    "M = 8; y(t) = M(t)": (
        "'M' is an input here and a constant elsewhere",
        "give one of them another name",
        "M = 8; y(t) = N(t-M)",
    ),
    "M = 8; y(t) = M[0]*x(t)": (
        "'M' is a parameter here and a constant elsewhere",
        "give one of them another name",
        "M = 8; y(t) = N[0]*x(t-M)",
    ),
    "M = 8; M(t) = x(t)": (
        "'M' is a signal here and a constant elsewhere",
        "give one of them another name",
        "M = 8; N(t) = x(t-M)",
    ),
    "M = 0; h : M; y(t) = h*x(t)": ("a size is a name or a whole number from 1, not 0", None, None),
    "M = -2; h : M; y(t) = h*x(t)": ("a size is a name or a whole number from 1, not -2", None, None),
    f"M = {OFFSET + 1}; y(t) = x(t-M)": (
        f"the offset of x(t-{OFFSET + 1}) is over the limit of {OFFSET} steps",
        None,
        None,
    ),
    "h0 = 3; h(t) = h(t-1)": (
        "h(0) is left to the caller as 'h0', but that is a constant",
        "write h(0) = …",
        "h0 = 3; h(t) = h(t-1); h(0) = h0",
    ),
    "M = 8": ("no equations: M is a constant", "declare what is a value: M : ()", "M : (); M = 8"),
    f"M = {'9' * 300} * {'9' * 300}; y(t) = x(t)*M": ("this number is out of range", "at most 400 digits", None),
}


@pytest.mark.parametrize("source", REFUSED)
def test_refused(source: str) -> None:
    message, hint, followed = REFUSED[source]
    with pytest.raises(CircuitError) as refusal:
        Circuit(source)
    assert [problem.message for problem in refusal.value.problems] == [message]
    assert refusal.value.help == hint
    if followed is not None:
        Circuit(followed)


def test_one_that_is_never_used_warns() -> None:
    with pytest.warns(CircuitWarning, match="the constant 'L' is never used"):
        Circuit("L = 3; y(t) = x(t)")


@given(st.integers(-4, 4), st.integers(1, 4), st.integers(0, 3))
@examples(40)
def test_sums_and_products_of_constants(first: int, second: int, third: int) -> None:
    text = f"A = {first}; B = {second} - -A*C; C = 2*{third} + (1 - 1); y(t) = x(t-B-20) + A*C*x(t)"
    b, c = second + first * 2 * third, 2 * third
    factor = f"{first}*{c}" if first >= 0 else f"-{-first}*{c}"
    assert Circuit(text) == Circuit(f"y(t) = x(t-{b + 20}) + {factor}*x(t)")


def test_a_chain_of_constants_is_walked_by_loops() -> None:
    lines = [f"c{k} = c{k + 1} + 1" for k in range(3_000)]
    circuit = Circuit("\n".join([*lines, "c3000 = 1", "y(t) = x(t-c0)"]))
    assert circuit == Circuit("y(t) = x(t-3001)")


def test_equations_of_sympy_may_give_constants() -> None:
    y, x, (t, M, k) = Function("y"), Function("x"), symbols("t M k")
    circuit = Circuit.from_sympy([Eq(M, 3), Eq(y(t), x(t - M) + M * y(t - 1))])
    assert circuit == Circuit.from_sympy(Eq(y(t), x(t - 3) + 3 * y(t - 1)))
    assert circuit.text().splitlines()[0] == "M = 3"
    assert Circuit.from_sympy(circuit.sympy) == circuit
    with pytest.raises(CircuitError, match="goes to the end of 't'") as refusal:
        z, s, end = Function("z"), Symbol("s"), Function("end")
        Circuit.from_sympy([Eq(M, 3), Eq(y(t), x(t - M)), Eq(z(s), 1), Eq(Symbol("L"), _sum(z(k), k, end(t)))])
    assert "Eq(L, Sum(z(k)" in str(refusal.value)


def _sum(body: object, index: object, last: object) -> object:
    import sympy

    return sympy.Sum(body, (index, 1, last))


# In Python ------------------------------------------------------------------------------------------


def test_constants_in_python() -> None:
    c = Circuit()
    t, m, n = c.axis("t"), c.constant("M", 3), c.size("n")
    k = c.range("k", 0, m - 1)
    h, v = c.parameter("h", m), c.parameter("v", (n, m))
    x, y = c.input("x", t, shape=()), c.signal("y", t)
    scaled = c.define("scaled", lambda value: value * m)
    y[t] = sum_over(h[k] * x[t - k - m], k) + m * scaled(x[t + 1 - m]) + sum_over(v[0][: m - 1], k)[0]
    y[1 - m] = 2
    text = (
        "M = 3\nh : M\nv : (n, M)\nx(t) : ()\ndef scaled(value) = value * M\n"
        "y(t) = sum(h[k] * x(t-k-M) for k in 0..M-1) + M * scaled(x(t-M+1)) + sum(v[0][:M-1] for k in 0..M-1)[0]\n"
        "y(1-M) = 2\n"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CircuitWarning)
        assert c.text() == text
        assert Circuit(text) == c
        assert Circuit(text.replace("M = 3\n", "").replace("M", "3")) == c
    assert c.parameters == ("h", "v")
    assert repr(m) == "<constant M>"


def test_shapes_by_a_text_in_python() -> None:
    c = Circuit()
    t, _ = c.axis("t"), c.constant("M", 2)
    (w,) = c.parameters("W: (M, 3)")
    x, y = c.input("x", t, shape="3"), c.signal("y", t, shape="M")
    y[t] = w @ x[t] + zeros("M")
    assert c.shapes == {"x": (3,), "W": (2, 3), "y": (2,)}
    assert c.text() == "M = 2\nW : (M, 3)\nx(t) : 3\ny(t) : M\ny(t) = W @ x(t) + zeros(M)\n"
    assert Circuit(c.text()) == c


def test_what_is_no_constant_in_python() -> None:
    for value in (2.5, True, "8", None):
        with pytest.raises(CircuitError, match="is not the value of a constant") as refusal:
            Circuit().constant("M", value)  # type: ignore[arg-type]
        assert refusal.value.help == "a constant is a whole number, such as 8"
    c = Circuit()
    assert c.constant("N", np.int64(8)) is not None
    with pytest.raises(CircuitError, match="N is defined twice"):
        c.constant("N", 8)
    c.axis("t")
    with pytest.raises(CircuitError, match="'t' is an axis already and cannot be a constant"):
        c.constant("t", 8)


def test_a_value_that_is_written_as_a_constant_is_declared_in_text() -> None:
    c = Circuit()
    t = c.axis("t")
    k, m, h = c.signal("k"), c.signal("m"), c.signal("h", t)
    k[()], m[()] = 3, 2 * k[()] + 1
    h[t] = k[()] * h[t - 1] + m[()]
    assert c.signals == ("k", "m", "h")
    assert c.text() == "k : ()\nm : ()\nk = 3\nm = 2 * k + 1\nh(t) = k * h(t-1) + m\n"
    assert Circuit(c.text()) == c
    assert Circuit(c.text()).text() == c.text()
