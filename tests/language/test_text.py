"""The language, rule by rule: what its examples are, and what is said in words."""

from __future__ import annotations

import logging
import warnings
from fractions import Fraction
from itertools import pairwise

import pytest
from support.equations import equation_of

from unfoldgraph import Circuit, CircuitError, CircuitWarning
from unfoldgraph.algebra.expression import Expr, Index
from unfoldgraph.algebra.notation import text
from unfoldgraph.language.grammar import GRAMMAR, RESERVED
from unfoldgraph.language.text import read

LSTM = """# lstm.circuit: long short-term memory (Hochreiter & Schmidhuber 1997; Gers et al. 2000)
title "LSTM"
x(t) : n
W_i, W_f, W_o, W_g : (m, n)
U_i, U_f, U_o, U_g : (m, m)
b_i, b_f, b_o, b_g : m
i(t) = sigmoid(W_i @ x(t) + U_i @ h(t-1) + b_i)
f(t) = sigmoid(W_f @ x(t) + U_f @ h(t-1) + b_f)
o(t) = sigmoid(W_o @ x(t) + U_o @ h(t-1) + b_o)
g(t) = tanh(W_g @ x(t) + U_g @ h(t-1) + b_g)
c(t) = f(t) * c(t-1) + i(t) * g(t)
h(t) = o(t) * tanh(c(t))
"""


def right(source: str, name: str = "h") -> str:
    """Return the right side of the equation of a name, as it is written again."""
    return text(equation_of(Circuit(source).model, name).right)


def errors(source: str) -> list[str]:
    with pytest.raises(CircuitError) as caught:
        Circuit(source)
    return [problem.message for problem in caught.value.problems]


# The examples ---------------------------------------------------------------------------------------


def test_classical_dynamical_system() -> None:
    c = Circuit("s(t) = f(s(t-1); theta)                          # classical dynamical system, eq. 10.1")
    assert (c.signals, c.inputs, c.parameters, c.axes) == (("s",), (), ("theta",), ("t",))
    assert c.model.functions == ("f",)


def test_driven_by_an_external_signal() -> None:
    c = Circuit("s(t) = f(s(t-1), x(t); theta)                    # driven by an external signal, eq. 10.4")
    assert (c.signals, c.inputs, c.parameters) == (("s",), ("x",), ("theta",))


def test_the_same_with_a_concrete_function() -> None:
    c = Circuit("h(t) = tanh(b + W @ h(t-1) + U @ x(t))           # the same with a concrete f")
    assert (c.signals, c.inputs, c.parameters, c.model.functions) == (("h",), ("x",), ("b", "W", "U"), ())


def test_signal_processing_habit() -> None:
    c = Circuit("y[n] = b[0]*x[n] + b[1]*x[n-1] - a1*y[n-1]       # signal-processing habit")
    assert (c.signals, c.inputs, c.parameters, c.axes) == (("y",), ("x",), ("b", "a1"), ("n",))
    assert c == Circuit("y(n) = b[0]*x(n) + b[1]*x(n-1) - a1*y(n-1)")
    # The entries are scalars, so b is a vector, and nothing else is.
    assert {name: len(shape or ()) for name, shape in c.model.shapes.items()} == {"y": 0, "b": 1, "x": 0, "a1": 0}


def test_state_space_habit() -> None:
    c = Circuit("s(t+1) = A @ s(t) + B @ u(t)                     # state-space habit")
    assert c == Circuit("s(t) = A @ s(t-1) + B @ u(t-1)")


def test_the_shift_of_a_left_side_moves_the_number_of_the_step_too() -> None:
    c = Circuit("h(t+2) = h(t+1) + t; h(0) = 0")
    assert right("h(t+2) = h(t+1) + t") == "h(t-1) + (t - 2)"
    assert c.unfold(4).evaluate()["h"].tolist() == [-1, -1, 0, 2]
    assert right("h(t-1) = h(t-2) + t") == "h(t-1) + (t + 1)"


def test_the_file_of_the_page() -> None:
    c = Circuit(LSTM)
    assert c.title == "LSTM"
    assert c.signals == ("i", "f", "o", "g", "c", "h")
    assert [boundary.argument for boundary in c.model.free] == ["c0", "h0"]
    assert not c.warnings
    assert Circuit(c.text()) == c


@pytest.mark.parametrize(
    "source",
    [
        "L = sum(loss(t) for t)",
        "L = sum(loss(t) for t); loss(t) = x(t)**2",
        "W(t) : (m, m); h(t) = W(t) @ h(t-1)",
        "def f(h, x) = tanh(W @ h + U @ x); h(t) = f(h(t-1), x(t))",
        "g(t) = x(t); h(t) = h(t-1); h(0) = tanh(C @ g(end))",
        "h(t) = h(t-1); h(0) = h0",
        "s(t) = f(s(t-1); theta); s(1) = s1",
        "y(t) = sum(k[j] @ x(t-j) for j in 0..2)",
        "L = sum(sum(e(t) ** 2) for t)",
        "h(t) = b1**t * h(t-1)",
        "h(t) = W @ h(t-1) / sqrt(n); W : (n, n)",
        "h(t) = x(t) if t == end(t) else h(t-1)",
        "h(i, j) = tanh(U @ x(i, j) + V @ h(i-1, j) + W @ h(i, j-1))",
        "s(u) = f(s(u-1), context; theta)\nh(t) = x(t)",
        "g(t) = g(t+1)\ng(end+1) = g_last",
        "h(t) = h(t-1)\nh(0) = tanh(C @ g(end))\ng(t) = g(t+1)",
        "c(0, j) = j; c(i, 0) = i; c(0, 0) = 0\nc(i, j) = min(c(i-1, j), c(i, j-1), c(i-1, j-1)) + (a(i) == b(j))",
        "c(i, j) = c(i-1, j-1)\nc(0, j) = c(0, j-1) + gap(j)\nc(0, 0) = 0",
        "s(t, i) = s(t-1, i+1) + s(t-1, i-1)\ns(0, i) = seed(i)",
        "u(t, i) = u(t-1, i-1)\nu(t, 0) = u(t, end)\nu(0, i) = seed(i)\nu(0, 0) = 0",
        "g(t) = x(t) + g(t+1)\ng(tau+1) = 0\no = g(τ)",
        "L = sum(e(i, j) for i, j); e(i, j) = x(i) * y(j)",
        "h(t) = tanh(h(t-1)); s(u) = tanh(s(u-1) + c(u)); a(u, t) = dot(s(u-1), h(t)); h(t) : m; s(u) : m\n"
        "c(u) = sum(a(u, t) * h(t) for t)",
        "x(t) : n; W : (m, m); b, c : m; k : (3, m, n); r : ()\n"
        "h(t) = r * (W @ h(t-1) + b + c + sum(k[j] @ x(t-j) for j in 0..2))",
        "h(t) = tanh(a) + sigmoid(a) + relu(a) + softplus(a) + exp(a) + log(a) + sqrt(a) + abs(a) + sign(a) + floor(a)"
        " + sin(a) + cos(a) + tan(a) + sinh(a) + cosh(a) + min(a, 1) + max(a, 1)",
    ],
)
def test_examples_read_and_are_written_back(source: str) -> None:
    c = Circuit(source)
    assert Circuit(c.text()) == c
    assert Circuit(c.text()).text() == c.text()


# Lexical rules --------------------------------------------------------------------------------------


def test_lines_semicolons_brackets_and_comments() -> None:
    source = "a(t) = x(t); b(t) = f(a(t),   # a comment; not a statement = 1\n\n  b(t-1);\n  theta) # end\n;\n"
    assert Circuit(source) == Circuit("a(t) = x(t)\nb(t) = f(a(t), b(t-1); theta)")


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_endings(ending: str) -> None:
    assert Circuit(LSTM.replace("\n", ending)) == Circuit(LSTM)


def test_byte_order_mark() -> None:
    assert Circuit("\ufeff" + LSTM) == Circuit(LSTM)
    with pytest.raises(CircuitError, match=r"<equations>:1:8: error"):
        Circuit("\ufeffh(t) = $")
    assert errors("h(t) = x\ufeff(t)") == ["unexpected character U+FEFF ZERO WIDTH NO-BREAK SPACE"]


def test_greek_letters_and_their_words_are_one_name() -> None:
    c = Circuit("σ_h(t) = θ * sigma_h(t-1) + theta")
    assert (c.signals, c.parameters) == (("sigma_h",), ("theta",))
    assert c.text() == "σ_h(t) = θ * σ_h(t-1) + θ\n"
    assert Circuit("s(t) = f(s(t-1); θ)") == Circuit("s(t) = f(s(t-1); theta)")


def test_subscripts_are_displayed() -> None:
    written = Circuit("h_1(t) = W_f * h_1(t-1) + b1").latex
    assert r"h_{1}^{(t-1)}" in written and "W_{f}" in written and "b_{1}" in written


def test_version_and_title() -> None:
    assert Circuit("unfoldgraph 1\nh(t) = h(t-1)") == Circuit("h(t) = h(t-1)")
    assert Circuit('unfoldgraph 1; title "a \\"b\\" \\\\ c"; h(t) = h(t-1)').title == 'a "b" \\ c'
    assert errors("unfoldgraph 2\nh(t) = h(t-1)") == ["'unfoldgraph 2' is not a statement"]
    assert errors("h(t) = h(t-1)\nunfoldgraph 1") == ["'unfoldgraph 1' is not a statement"]
    title = 'h(t) = h(t-1)\ntitle "say \\"so\\""'
    assert Circuit(Circuit(title).text()).title == 'say "so"'


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_reserved_words_name_nothing(word: str) -> None:
    assert errors(f"{word}(t) = 1")
    # The last is a value.
    assert word == "inf" or errors(f"h(t) = 1 + {word}")


def test_no_constants_are_predefined() -> None:
    assert Circuit("h(t) = pi * e * tau").parameters == ("pi", "e", "tau")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("3", 3),
        ("1.50", Fraction(3, 2)),
        (".5", Fraction(1, 2)),
        ("2.", 2),
        ("1e-3", Fraction(1, 1000)),
        ("1E5", 100000),
        ("0.1", Fraction(1, 10)),
        ("0", 0),
        ("123456789012345678901234567890", 123456789012345678901234567890),
        ("0.1234567890123456789012345", Fraction(1234567890123456789012345, 10**25)),
        ("1.5e-300", Fraction(15, 10**301)),
        ("1.7e308", 17 * 10**307),
        ("1e-300", Fraction(1, 10**300)),
        ("1e300", 10**300),
        (f"0.{'1' * 400}", Fraction(int("1" * 400), 10**400)),
        (f"{'7' * 250}.{'3' * 150}e-250", Fraction(int("7" * 250 + "3" * 150), 10**400)),
        (f"{'3' * 400}e-400", Fraction(int("3" * 400), 10**400)),
        ("0.0", 0),
    ],
)
def test_numbers_are_exact_and_written_back(written: str, value: int | Fraction) -> None:
    c = Circuit(f"h(t) = {written}")
    assert equation_of(c.model, "h").right is Expr("number", (), value)
    assert Circuit(c.text()) == c


def test_zeros_are_counted_where_there_are_many() -> None:
    assert right("h(t) = 1e300") == "1e300"
    assert right("h(t) = 25e-300") == "2.5e-299"
    assert right("h(t) = 1000000000000000") == "1000000000000000"
    assert right(f"h(t) = {2**60}0000000000000000") == f"{2**60}0000000000000000"


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("-a**2", "-(a**2)"),
        ("a**-b", "a**(-b)"),
        ("a**b**c", "a**(b**c)"),
        ("-a**-b**c", "-(a**(-(b**c)))"),
        ("a - b - c", "(a - b) - c"),
        ("a / b * c", "(a / b) * c"),
        ("a + b * c", "a + (b * c)"),
        ("a % b @ c", "(a % b) @ c"),
        ("-a * b", "(-a) * b"),
        ("a.T @ b", "(a.T) @ b"),
        ("-A.T", "-(A.T)"),
        ("A[0].T", "(A[0]).T"),
        ("a < b + c", "a < (b + c)"),
        ("not a == b", "not (a == b)"),
        ("not a and b", "(not a) and b"),
        ("a or b and c", "a or (b and c)"),
        ("a or b xor c", "a or (b xor c)"),
        ("a xor b and c", "a xor (b and c)"),
        ("a or b if c or d else e or f", "(a or b) if (c or d) else (e or f)"),
        ("a if b else c if d else e", "a if b else (c if d else e)"),
        ("+a - +b", "a - b"),
        ("--a", "-(-a)"),
        ("not not a", "not (not a)"),
        ("((a)) + (b)", "a + b"),
    ],
)
def test_precedence_is_as_in_python(written: str, plain: str) -> None:
    assert right(f"h(t) = {written}") == right(f"h(t) = {plain}")
    assert Circuit(f"h(t) = {written}") == Circuit(f"h(t) = {plain}")


@pytest.mark.parametrize(
    "written",
    ["(a - b) * c", "a - (b - c)", "(-a)**2", "(a**b)**c", "(a if b else c) + 1", "not (a and b)", "(a < b) == c",
     "a / (b * c)", "(a + b).T", "(a @ b)[0]", "(a if b else c) if (d if e else f) else g", "a**(-b)",
     "(a or b) and c"],
)  # fmt: skip
def test_brackets_that_are_needed_are_kept(written: str) -> None:
    c = Circuit(f"h(t) = {written}")
    assert Circuit(c.text()) == c
    assert right(f"h(t) = {written}") == written.replace("a**(-b)", "a**-b")


def test_comparisons_and_logic_give_zero_and_one_and_do_not_chain() -> None:
    c = Circuit("a = (2 < 3) + (2 >= 3) + (2 and 0.5) + (0 xor 3) + (not 4) + (0 or 0)")
    assert c.unfold({}).evaluate()["a"] == 3
    assert errors("h(t) = 1 < x(t) < 3") == ["comparisons do not chain"]


def test_conditional_evaluates_by_entry() -> None:
    c = Circuit("h(t) = x(t) if x(t) > 1 else -x(t)")
    assert c.unfold(3).evaluate(x=[0.5, 1, 2])["h"].tolist() == [-0.5, -1, 2]


# What a name is -------------------------------------------------------------------------------------


def test_inputs_by_use_signals_parameters_functions_and_entries() -> None:
    c = Circuit("h(t) = g(h(t-1), 2*t) + x(t-3) + b[1] + x(end) + p")
    assert (c.inputs, c.parameters, c.model.functions) == (("x",), ("b", "p"), ("g",))


@pytest.mark.parametrize("source", ["y(t) = x[0] + x(t)", "y(t) = x(t) + x[0]", "y(t) = x(0) + x[t]"])
def test_one_read_by_an_axis_makes_an_input_of_all(source: str) -> None:
    with pytest.warns(CircuitWarning, match=r"x\(0\) is read before the first step: axes start at 1"):
        c = Circuit(source)
    assert c.inputs == ("x",)


def test_an_axis_by_itself_is_the_number_of_the_step() -> None:
    assert Circuit("h(t) = t + end(t)").unfold(3).evaluate()["h"].tolist() == [4, 5, 6]


def test_an_input_may_be_a_matrix_at_each_step() -> None:
    assert Circuit("W(t) : (m, m); h(t) = W(t) @ h(t-1)").inputs == ("W",)


def test_declaring_one_input_declares_them_all() -> None:
    assert errors("x(t) : n\nh(t) = x(t) + y(t)") == ["unknown signal 'y'"]
    assert errors("x(t) : n\nh(t) = x(t) + hh(t-1)") == ["unknown signal 'hh'"]
    # Declaring a signal that has an equation declares no input.
    assert Circuit("h(t) : n\nh(t) = h(t-1) + y(t)").inputs == ("y",)


def test_a_size_is_also_a_number() -> None:
    c = Circuit("W : (m, m); h(t) = W @ h(t-1) / sqrt(m)")
    assert c.model.sizes == ("m",)
    assert c.unfold(1).evaluate(W=[[2, 0, 0, 0]] * 4, h0=[3, 0, 0, 0])["h"].tolist() == [[3, 3, 3, 3]]


def test_a_size_may_have_the_name_of_a_signal() -> None:
    c = Circuit("m(t) : m; m(t) = m(t-1)")
    assert c.model.shapes["m"] == ("m",)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("h(t) = f(h(t-1)) + f", "'f' is a parameter here and an opaque function elsewhere"),
        ("h(t) = f + f(h(t-1))", "'f' is an opaque function here and a parameter elsewhere"),
        ("h(t) = h(t-1) + h", "'h' is a signal and needs an index"),
        ("def f(x) = x; f(t) = 1", "'f' is a signal here and a function elsewhere"),
        ("a(t) = 1; a = 2.5", "'a' is a value without an index here and a signal elsewhere"),
        ("tanh(t) = 1", "'tanh' is a built-in function and cannot be a signal"),
        ("sum = 1.5", "'sum' is a built-in function and cannot be a value without an index"),
        ("def max(x) = x; h(t) = 1", "'max' is a built-in function and cannot be a function"),
        ("x : n; x(t) : n; h(t) = 1", "'x' is a signal here and a parameter elsewhere"),
        ("a : n; a(t) = 1", "'a' is declared with other axes than its equation has, a(t)"),
    ],
)
def test_a_name_used_in_two_ways_shows_both_places(source: str, message: str) -> None:
    assert message in errors(source)


def test_values_without_an_index() -> None:
    c = Circuit("L = sum(e(t) for t) / 2\ne(t) = x(t) * k\nk = r + 1")
    assert c.signals == ("L", "e", "k")
    found = c.unfold(2).evaluate(x=[1, 2], r=1)
    assert (found["L"], found["k"], found["e"].tolist()) == (3, 2, [2, 4])


def test_a_definition_is_inlined_and_kept() -> None:
    c = Circuit("def f(h, x) = tanh(W * h + x)\nh(t) = f(h(t-1), f(x(t), 2))")
    equation = equation_of(c.model, "h")
    assert text(equation.right) == "f(h(t-1), f(x(t), 2))"
    assert text(equation.value) == "tanh(W * h(t-1) + tanh(W * x(t) + 2))"
    assert c.text().startswith("def f(h, x) = tanh(W * h + x)\n")


def test_arguments_of_a_definition_hide_every_other_name() -> None:
    c = Circuit("def f(h, t, W) = h[0] + t * W\nh(t) = W @ h(t-1) + f(h(t-1), 2, 3)")
    assert text(equation_of(c.model, "h").value) == "W @ h(t-1) + (h(t-1)[0] + 2 * 3)"


# Indices --------------------------------------------------------------------------------------------


def test_delays() -> None:
    c = Circuit("h(t) = h(t-1) + h(t-3) + x(t) + x(t-1000000)")
    assert sorted(delay for _, _, delay in c.graph.edges(data="delay")) == [(0,), (1,), (3,), (1000000,)]


def test_end_and_tau() -> None:
    c = Circuit("L = h(end) + h(tau-1) + h(τ)\nh(t) = x(t)")
    assert text(equation_of(c.model, "L").right) == "h(end) + h(end-1) + h(end)"
    # On another axis tau is a name like any other.
    assert Circuit("y = h(tau); h(n) = x(n)").parameters == ("tau",)
    assert Circuit("h(t) = tau * h(t-1)").parameters == ("tau",)
    assert errors("h(t) = end") == ["'end' stands only inside an index"]


def test_a_fixed_read() -> None:
    c = Circuit("h(t) = x(t) + x(2)")
    assert c.unfold(3).evaluate(x=[1, 10, 100])["h"].tolist() == [11, 20, 110]
    with pytest.raises(CircuitError, match=r"h\(t\) reads x\(2\), but 't' has only 1 step"):
        c.unfold(1)


def test_no_range_is_written_out() -> None:
    one = equation_of(Circuit("y(t) = sum(k[j] * x(t-j) for j in 0..2)").model, "y")
    assert text(one.right) == text(one.value) == "sum(k[j] * x(t-j) for j in 0..2)"
    # Of several indices each has its own sum.
    both = equation_of(Circuit("y(t) = sum(x(t-i-j) for i in 0..1, j in 0..1)").model, "y")
    assert text(both.value) == "sum(sum(x(t-i-j) for j in 0..1) for i in 0..1)"
    assert Circuit("y = sum(j for j in -1..1)").unfold({}).evaluate()["y"] == 0


@pytest.mark.parametrize(
    ("name", "expected"), [("sum", 6), ("prod", 6), ("mean", 2), ("max", 3), ("min", 1), ("argmax", 2)]
)
def test_every_reduction_over_a_range_and_over_an_axis(name: str, expected: float) -> None:
    assert Circuit(f"L = {name}(v[j] for j in 0..2)").unfold({}).evaluate(v=[2, 1, 3])["L"] == expected
    over_axis = expected + (name == "argmax")  # an axis is counted from 1
    assert Circuit(f"L = {name}(x(t) for t)").unfold(3).evaluate(x=[2, 1, 3])["L"] == over_axis


def test_a_bound_name_runs_over_the_axis_of_what_it_reads() -> None:
    c = Circuit("h(t) = x(t) * sum(x(s) * s for s)")
    assert c.axes == ("t",)
    assert c.unfold(2).evaluate(x=[3, 4])["h"].tolist() == [33, 44]
    assert Circuit("y(t) = sum(x(t) for t) + t").unfold(2).evaluate(x=[3, 4])["y"].tolist() == [8, 9]
    assert Circuit("y = sum(q(s) * q(r) for s, r)").unfold(2).evaluate(q=[1, 2])["y"] == 9


def test_a_bound_name_that_reads_nothing_has_no_length() -> None:
    assert errors("h(t) = h(t-1); y = sum(s for s)") == ["nothing says how long 's' is"]


# Boundaries -----------------------------------------------------------------------------------------


def test_boundaries_written_free_and_pinned() -> None:
    written = Circuit("h(t) = h(t-1) + h(t-2); h(0) = 1; h(-1) = 2")
    assert not written.model.free
    assert written.unfold(3).evaluate()["h"].tolist() == [3, 4, 7]
    free = Circuit("h(t) = h(t-1) + h(t-2)")
    assert free.unfold(3).evaluate(h0=[2, 1])["h"].tolist() == [3, 4, 7]
    assert free.unfold(3).evaluate()["h"].tolist() == [0, 0, 0]
    pinned = Circuit("h(t) = h(t-1) + h(t-2); h(1) = 3; h(2) = 4")
    assert not pinned.model.free
    assert pinned.unfold(3).evaluate()["h"].tolist() == [3, 4, 7]


def test_a_pin_and_a_boundary_together() -> None:
    c = Circuit("h(t) = h(t-2); h(1) = 5")
    assert [boundary.boxes for boundary in c.model.free] == [(((0, 0),),)]
    assert c.unfold(4).evaluate(h0=7)["h"].tolist() == [5, 7, 5, 7]


def test_boundaries_of_inputs() -> None:
    free = Circuit("y(t) = x(t-2)")
    assert free.unfold(3).evaluate(x=[1, 2, 3], x0=[8, 9])["y"].tolist() == [8, 9, 1]
    written = Circuit("y(t) = x(t-1); x(0) = 5")
    assert written.unfold(2).evaluate(x=[1, 2])["y"].tolist() == [5, 1]
    assert errors("y(t) = x(t-1); x(1) = 5") == ["x(1) is given, but x(t) has no equation: it is an input"]


def test_a_boundary_may_read_the_far_end_of_another_signal() -> None:
    c = Circuit("g(t) = g(t-1) + x(t); h(t) = 2 * h(t-1); h(0) = g(end); g(0) = 0")
    assert c.unfold(2).evaluate(x=[1, 2])["h"].tolist() == [6, 12]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("h(t) = h(t-2); h(0) = 1", "h(-1) is read and not given, while h(0) is"),
        ("h(t) = h(t-2); h(-1) = 1", "h(0) is read and not given, while h(-1) is"),
        ("h(t) = h(t-1) + h0", "h(0) is left to the caller as 'h0', but that is a parameter"),
        ("h(t) = h(t-1); h0(t) = 1", "h(0) is left to the caller as 'h0', but that is a signal"),
        ("h(t) = h(t-1); h(0) = x(t)", "x(t) needs a value of 't', which h(0) does not have"),
        ("h(t) = h(t-1); h(0) = t", "the axis 't' has no value in h(0)"),
        ("h(0) = 1", "h(0) is given, but no equation says what h(t) is"),
    ],
)
def test_boundaries_that_cannot_be(source: str, message: str) -> None:
    assert message in errors(source)


# Loops ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "h(t) = h(t-1); h(3) = h(1)",
        "h(t) = h(t-1); h(3) = h(5); h(5) = 2",
        "h(t) = h(t-1) + h(1); h(1) = 2",
        "h(t) = h(t-1); g(t) = h(end) + g(t-1)",
        "a(t) = b(t-1); b(t) = a(t)",
        "a(t) = a(t-1); b(t) = b(t-1) + a(t-1); a(3) = b(3)",
        # What lies before the first step is not of the loop.
        "y(t) = y(t-1) + y(-4)",
        "h(t) = h(t-1) + g(t); g(0) = h(0); g(t) = g(t-1) / 2 + h(t-1)",
    ],
)
def test_loops_that_an_order_computes(source: str) -> None:
    circuit = Circuit(source)
    expected = circuit.unfold(6).evaluate()
    assert set(expected) == set(circuit.signals)
    for found in (circuit.compile()(steps=6), circuit.compile(steps=6)()):
        for name, value in expected.items():
            assert (found[name] == value).all()


@pytest.mark.parametrize(
    "source",
    [
        "h(t) = h(t)",
        "a(t) = b(t); b(t) = a(t)",
        "a = b; b = a",
        "a = a + 1",
        "h(t) = h(t-1) + h(3)",
        "h(t) = h(t-1) + h(end)",
        "h(t) = h(t-1) + L; L = sum(h(t) for t)",
        "h(t) = h(t-1); h(0) = h(1)",
        "h(t) = h(t-1); h(0) = h(0)",
        "h(t) = h(t-1); h(3) = h(5); h(5) = h(3)",
        "h(t) = h(t-1); h(3) = h(5); h(5) = h(4)",
    ],
)
def test_loops_that_no_order_computes(source: str) -> None:
    with pytest.raises(CircuitError, match="algebraic loop") as caught:
        Circuit(source)
    cycle = caught.value.cycle
    assert all(edge[0] == before[1] for before, edge in pairwise(cycle))
    assert cycle[-1][1] == cycle[0][0]


# Circuits as values ---------------------------------------------------------------------------------


def test_equality_leaves_out_order_titles_and_comments() -> None:
    assert Circuit('title "x"\na(t) = x(t) # one\nb(t) = a(t)') == Circuit("b(t) = a(t); a(t) = x(t)")
    assert Circuit("a(t) = x(t) + 1") != Circuit("a(t) = 1 + x(t)")
    assert Circuit("h(t) : m; h(t) = h(t-1)") != Circuit("h(t) : n; h(t) = h(t-1)")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # Sizes that nobody named go by the same names.
        ("h(t) = W @ g(t-1); g(t) = tanh(h(t))", "g(t) = tanh(h(t)); h(t) = W @ g(t-1)"),
        ("theta : ?; h(t) = h(t-1) + (7 + theta).T @ x(t)", "h(t) = h(t-1) + (7 + theta).T @ x(t)"),
        ("theta : ?; h(t) = h(t-1) - theta[0, :]", "h(t) = h(t-1) - theta[0, :]"),
    ],
)
def test_equality_leaves_out_what_tells_nothing_of_shapes(one: str, other: str) -> None:
    assert Circuit(one) == Circuit(other)
    assert Circuit(one).model.shapes == Circuit(other).model.shapes


def test_a_text_without_an_equals_sign_is_not_guessed_about() -> None:
    with pytest.raises(CircuitError, match="'lstm' is not an equation") as caught:
        Circuit("lstm")
    assert "Circuit.gallery" in (caught.value.help or "")
    with pytest.raises(TypeError):
        Circuit(3)  # type: ignore[arg-type]


def test_a_long_name_of_a_built_in_with_a_typo_warns_once() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        c = Circuit("h(t) = tahn(h(t-1)) + tahn(x(t))")
    assert len(c.warnings) == len(caught) == 1
    assert c.warnings[0].help == "did you mean 'tanh'?"
    # Three letters are too few to guess from.
    assert not Circuit("h(t) = sim(h(t-1))").warnings


def test_the_model_keeps_places_and_reads() -> None:
    model = read("h(t) = h(t-1) + x(end) + sum(x(s-1) for s) + x(2)")
    kinds = [(read.index, read.kind) for read in model.statements[0].reads]
    assert kinds == [
        ((Index("t", -1),), "delay"),
        ((Index("end"),), "end"),
        ((Index("s", -1, True),), "all"),
        ((Index("", 2),), "fixed"),
    ]


def test_the_grammar_has_no_conflicts(caplog: pytest.LogCaptureFixture) -> None:
    # Where a token could be shifted or a rule reduced, lark shifts and says so only here.
    from lark import Lark, logger

    with caplog.at_level(logging.DEBUG, logger.name):
        Lark(GRAMMAR, parser="lalr", lexer="basic", start="statement", debug=True)
        Lark('start: "a" start | "a" start "b" start | "c"', parser="lalr", debug=True)
    assert [record.message.split()[0] for record in caplog.records if "onflict" in record.message] == ["Shift/Reduce"]
