"""Every row of the operator table in every column, against `math`, plain Python, SciPy and published values."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
import scipy.special
from latex2mathml.converter import convert
from support.equations import (
    equation_of,
)

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.algebra.expression import Expr, number, parameter
from unfoldgraph.algebra.latex import Ends, equations_latex, latex
from unfoldgraph.algebra.operators import FUNCTIONS, OPERATORS, REDUCTIONS
from unfoldgraph.algebra.pieces import Piece, template_pieces
from unfoldgraph.drawing.text.typeset import typeset
from unfoldgraph.formula.options import NOTATIONS

INF, NAN = math.inf, math.nan
A = [[2.0, 1.0, 0.5], [-1.0, 3.0, 0.25], [0.0, 1.5, -2.0]]
V, U = [0.5, -1.5, 2.0], [1.0, 4.0, -0.5]


def dot(one: list[float], other: list[float]) -> float:
    return math.fsum(a * b for a, b in zip(one, other, strict=True))


def column(number: int) -> list[float]:
    return [row[number] for row in A]


def each(function: Any, values: str) -> list[tuple[str, Any]]:
    """Return a function of one number at some places, with its value there."""
    return [(f"({value})", function(float(value))) for value in values.split()]


#: For each row what is written, with `A`, `v` and `u` as above, and its value, computed by other means.
CASES: dict[str, list[tuple[str, Any]]] = {
    "where": [("3 if 2 else 4", 3), ("3 if 0 else 4", 4), ("where(v > 0, v, u)", [0.5, 4.0, 2.0])],
    "or": [("0 or 0", 0), ("0 or -2", 1), ("0.5 or 0", 1), ("2 or 3", 1)],
    "xor": [("0 xor 0", 0), ("0 xor -2", 1), ("0.5 xor 0", 1), ("2 xor 3", 0)],
    "and": [("0 and 0", 0), ("0 and -2", 0), ("0.5 and 2", 1)],
    "not": [("not 0", 1), ("not 0.5", 0), ("not not -2", 1)],
    "lt": [("1 < 2", 1), ("2 < 2", 0), ("v < 0", [0, 1, 0])],
    "le": [("2 <= 2", 1), ("2 <= 1", 0)],
    "gt": [("2 > 1", 1), ("2 > 2", 0)],
    "ge": [("2 >= 2", 1), ("1 >= 2", 0)],
    "eq": [("2 == 2", 1), ("1 == 2", 0)],
    "ne": [("2 != 2", 0), ("1 != 2", 1)],
    "add": [("0.1 + 0.2", 0.1 + 0.2), ("v + u", [1.5, 2.5, 1.5]), ("1 + v", [1.5, -0.5, 3.0])],
    "sub": [("5 - 2 - 1", 2), ("v - u", [-0.5, -5.5, 2.5])],
    "mul": [("3 * -4", -12), ("v * u", [0.5, -6.0, -1.0])],
    "div": [("7 / 2", 3.5), ("1 / (v[0] - 0.5)", INF), ("-1 / (v[0] - 0.5)", -INF), ("8 / 2 / 2", 2)],
    "mod": [("7 % 3", 1), ("-7 % 3", 2), ("7 % -3", -2), ("5.5 % 2", 1.5), ("v % 1", [0.5, 0.5, 0.0])],
    "matmul": [
        ("A @ v", [dot(row, V) for row in A]),
        ("v @ A", [dot(V, column(k)) for k in range(3)]),
        ("v @ u", dot(V, U)),
        ("A @ A", [[dot(row, column(k)) for k in range(3)] for row in A]),
    ],
    "neg": [("-3", -3), ("--3", 3), ("-v", [-0.5, 1.5, -2.0]), ("-2 ** 2", -4)],
    "pow": [("2 ** 10", 1024), ("2 ** -1", 0.5), ("2 ** 3 ** 2", 512), ("9 ** 0.5", 3), ("(-8) ** (1/3)", NAN)],
    "transpose": [("A.T", [column(k) for k in range(3)]), ("A.T @ v", [dot(column(k), V) for k in range(3)])],
    "entry": [("v[0]", 0.5), ("v[-1]", 2.0), ("A[1]", A[1]), ("v[1:3]", V[1:3]), ("A[:, 1]", column(1))],
    "tanh": each(math.tanh, "0 0.5 -2 30 -1000"),
    "sigmoid": [*each(scipy.special.expit, "0 0.5 -2 30 1000 -1000")],
    "relu": each(lambda x: max(x, 0.0), "0 0.5 -2"),
    "softplus": [("(0)", math.log(2)), ("(1000)", 1000), ("(-1000)", 0), ("(1)", math.log1p(math.e))],
    "exp": [*each(math.exp, "0 1 -2"), ("(1000)", INF), ("(-1000)", 0)],
    "log": [*each(math.log, "1 0.5 10"), ("(0)", -INF), ("(-1)", NAN)],
    "sqrt": [*each(math.sqrt, "0 2 9"), ("(-1)", NAN)],
    "abs": each(abs, "0 0.5 -2"),
    "sign": each(lambda x: (x > 0) - (x < 0), "0 0.5 -2"),
    "floor": each(math.floor, "0 0.5 -0.5 2 -2.75"),
    "ceil": each(math.ceil, "0 0.5 -0.5 2 -2.75"),
    "round": [
        *each(round, "0 0.5 1.5 2.5 -0.5 -1.5 0.49999999999999994 2.75 -7.2"),
        ("(4503599627370497.5)", 4503599627370498), ("(v)", [0, -2, 2]), ("(inf)", INF),
    ],
    "clip": [
        ("(2, 0, 1)", 1), ("(-2, 0, 1)", 0), ("(0.5, 0, 1)", 0.5), ("(2, 1, 0)", 0), ("(v, -1, u)", [0.5, -1, -0.5]),
        ("(0, v, 1)", [0.5, 0, 1]), ("(log(-1), 0, 1)", NAN), ("(2, log(-1), 1)", NAN),
    ],
    "isnan": [
        ("(0)", 0), ("(inf)", 0), ("(inf - inf)", 1), ("(log(-1))", 1), ("(0 * v + sqrt(-1))", [1, 1, 1]),
        ("(v)", [0, 0, 0]),
    ],
    "sin": each(math.sin, "0 0.5 -2 100"),
    "cos": each(math.cos, "0 0.5 -2 100"),
    "tan": each(math.tan, "0 0.5 -2"),
    "arcsin": [*each(math.asin, "0 0.5 -1"), ("(1.5)", NAN)],
    "arccos": [*each(math.acos, "0 1 0.5 -1"), ("(-1.5)", NAN)],
    "arctan": [*each(math.atan, "0 0.5 -2 1e300"), ("(-inf)", -math.pi / 2)],
    "arctan2": [
        *((f"({y}, {x})", math.atan2(y, x)) for y in (0, 1, -2) for x in (0, 3, -1)),
        ("(inf, -inf)", 0.75 * math.pi),
        ("(2, inf)", 0), ("(v, u)", [math.atan2(y, x) for y, x in zip(V, U, strict=True)]),
        ("(v, 0)", [math.pi / 2, -math.pi / 2, math.pi / 2]),
    ],
    "sinh": each(math.sinh, "0 0.5 -2"),
    "cosh": each(math.cosh, "0 0.5 -2"),
    "erf": [*each(math.erf, "0 0.5 -2 1e-300 30"), ("(-inf)", -1), ("(inf - inf)", NAN)],
    "minimum": [("(2, 1)", 1), ("(3, -1, 2)", -1), ("(v, u)", [0.5, -1.5, -0.5]), ("(v, 0)", [0.0, -1.5, 0.0])],
    "maximum": [("(2, 1)", 2), ("(3, -1, 2)", 3), ("(v, u)", [1.0, 4.0, 2.0]), ("(v, 0, 1)", [1.0, 1.0, 2.0])],
    "sum": [("(v)", 1.0), ("(A)", math.fsum(map(math.fsum, A))), ("(3)", 3)],
    "prod": [("(v)", -1.5), ("(u)", -2.0), ("(3)", 3)],
    "mean": [("(v)", 1 / 3), ("(u)", 1.5), ("(A)", math.fsum(map(math.fsum, A)) / 9)],
    "min": [("(v)", -1.5), ("(A)", -2.0)],
    "max": [("(v)", 2.0), ("(A)", 3.0)],
    "argmax": [("(v)", 2), ("(A)", 4), ("(zeros(3))", 0)],
    "norm": [("(v)", math.hypot(*V)), ("(zeros(3))", 0), ("(-2 * ones(1))", 2)],
    "dot": [("(v, u)", dot(V, U))],
    "outer": [("(v, u)", [[a * b for b in U] for a in V])],
    "concat": [("(v, u)", [*V, *U]), ("(v)", V)],
    "stack": [("(v, u)", [V, U]), ("(1, 2, 3)", [1, 2, 3]), ("(A, A)", [A, A])],
    "softmax": [
        ("(v)", scipy.special.softmax(V)), ("(1000 * v)", [0, 0, 1]), ("(zeros(4))", [0.25] * 4),
        ("(A)", scipy.special.softmax(A, axis=-1)),
    ],
    "logsoftmax": [
        ("(v)", scipy.special.log_softmax(V)), ("(1000 * v)", [-1500, -3500, 0]),
        ("(A)", scipy.special.log_softmax(A, axis=-1)),
    ],
    "logsumexp": [
        ("(v)", scipy.special.logsumexp(V)), ("(A)", scipy.special.logsumexp(A, axis=-1)), ("(1000 * v)", 2000),
        ("(-1000 * ones(2))", math.log(2) - 1000),
        ("(-inf * ones(2))", -INF), ("(stack(0, inf))", INF), ("(stack(2, -inf))", 2),
        ("(stack(inf, inf - inf))", NAN), ("(stack(A, A))", [scipy.special.logsumexp(A, axis=-1)] * 2),
    ],
    # By Cramer's rule.
    "solve": [("(stack(stack(2, 1), stack(1, 3)), stack(3, 5))", [0.8, 1.4])],
    "inv": [("(stack(stack(2, 1), stack(1, 3)))", [[0.6, -0.2], [-0.2, 0.4]])],
    "det": [("(stack(stack(2, 1), stack(1, 3)))", 5), ("(A)", 2 * (-6 - 0.375) - 1 * 2 + 0.5 * -1.5)],
    "placed": [
        ("(stack(5, 6), v[1:3])", [0, 5, 6]), ("(5, v[-1])", [0, 0, 5]), ("(5, v[1:])", [0, 5, 5]),
        ("(v, A[1])", [[0, 0, 0], V, [0, 0, 0]]), ("(v, A[:, 1])", [[0, V[0], 0], [0, V[1], 0], [0, V[2], 0]]),
        ("(stack(5, 6), A[0, 1:3])", [[0, 5, 6], [0, 0, 0], [0, 0, 0]]), ("(v[0:0], u[3:3])", [0, 0, 0]),
        ("(7, A[2, -2])", [[0, 0, 0], [0, 0, 0], [0, 7, 0]]),
        ("(A, stack(A, A)[1])", [[[0, 0, 0]] * 3, A]), ("(stack(5, 6), A[0][1:])", [0, 5, 6]),
    ],
    "one_hot": [("(2, 4)", [0, 0, 1, 0]), ("(7, 2)", [0, 0]), ("(0.5, 2)", [0, 0])],
    "zeros": [("(2)", [0, 0]), ("(2, 1)", [[0], [0]])],
    "ones": [("(2)", [1, 1]), ("(1, 2)", [[1, 1]])],
    "eye": [("(2)", [[1, 0], [0, 1]]), ("(2, 3)", [[1, 0, 0], [0, 1, 0]])],
    # Over the steps 1 to 4: s(t) = 2, -1, 3, 3.
    "sum_over": [("(s(t) for t)", 7), ("(j * v[j] for j in 0..2)", 2.5)],
    "prod_over": [("(s(t) for t)", -18), ("(j for j in 1..5)", 120)],
    "mean_over": [("(s(t) for t)", 1.75), ("(j for j in 1..4)", 2.5)],
    "max_over": [("(s(t) for t)", 3), ("(v[j] for j in 0..1)", 0.5)],
    "min_over": [("(s(t) for t)", -1), ("(v[j] for j in 0..1)", -1.5)],
    "argmax_over": [("(s(t) for t)", 3), ("(s(t) * v for t)", [3, 2, 3])],
    "stack_over": [("(v[j] for j in 1..2)", V[1:]), ("(i + 2 * j for i in 0..1, j in 1..2)", [[2, 4], [3, 5]])],
}  # fmt: skip
S = [2.0, -1.0, 3.0, 3.0]


def written(name: str, case: str) -> str:
    row = OPERATORS[name]
    return case if row.kind not in ("function", "reduction") else row.spelling + case


ALL = [(name, case, value) for name, cases in CASES.items() for case, value in cases]


def circuit_of(name: str, case: str, value: Any) -> Circuit:
    text = written(name, case)
    declared = [f"{leaf} : {shape}" for leaf, shape in (("A", "(3, 3)"), ("v", "3"), ("u", "3")) if leaf in text]
    # Whole numbers alone would be a constant of that name.
    declared += ["y : ()"] if np.ndim(value) == 0 else []
    return Circuit("\n".join([*declared, "s(t) : ()", f"y = {text}", "z(t) = s(t)"]))


def test_every_row_has_its_cases() -> None:
    assert set(CASES) == set(OPERATORS)
    assert {row.name for rows in FUNCTIONS.values() for row in rows} | {row.name for row in REDUCTIONS.values()} == {
        name for name, row in OPERATORS.items() if row.kind in ("function", "reduction", "conditional")
    }


@pytest.mark.parametrize(("name", "case", "value"), ALL, ids=[f"{name} {case}" for name, case, _ in ALL])
def test_the_value(name: str, case: str, value: Any) -> None:
    """By the plain walk, by the loop, and written out: all have the value that was computed by other means."""
    circuit = circuit_of(name, case, value)
    given = {"A": np.array(A), "v": np.array(V), "u": np.array(U)}
    arrays: dict[str, Any] = {leaf: given[leaf] for leaf in circuit.parameters} | {"s": np.array(S)}
    for result in (
        circuit.unfold(4).evaluate(**arrays),
        circuit.compile()(**arrays),
        circuit.compile(steps=4)(**arrays),
    ):
        assert result["y"].shape == np.shape(value)
        np.testing.assert_allclose(result["y"], value, rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize(("name", "case", "value"), ALL, ids=[f"{name}-{case}" for name, case, _ in ALL])
def test_the_text_reads_back_and_the_latex_is_drawn(name: str, case: str, value: Any) -> None:
    circuit = circuit_of(name, case, value)
    assert Circuit(circuit.text()) == circuit
    statement = equation_of(circuit.model, "y")
    ends = Ends(circuit.model.axes_of, circuit.model.length_of)
    latex = equations_latex([statement.as_written], circuit.model.rank, ends)
    # It keeps the words that it does not know, with their backslash.
    assert "\\" not in convert(latex)


@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize(
    ("source", "book", "subscript"),
    [
        ("b_1 : 3; y = b_1[0]", r"\boldsymbol{b}_{1,0}", None),
        ("W_x : (3, m, n); x(t) : n; y(t) = W_x[0] @ x(t)", r"\boldsymbol{W}_{x,0}", None),
        ("W : (3, 3); y = W[1][0]", r"\boldsymbol{W}_{1,0}", None),
        ("W : (3, 3, 3); y = W[2][1][0]", r"\boldsymbol{W}_{2,1,0}", None),
        ("W : (3, 3, 3); y = W[0, 1][1:3]", r"\boldsymbol{W}_{0, 1,1:3}", None),
        ("k : (3, 3); y = k[1:3][0]", r"\left(\boldsymbol{k}_{1:3}\right)_{0}", None),
        ("k_1 : (3, 3); y = k_1[0][1:3][1]", r"\left(\boldsymbol{k}_{1,0,1:3}\right)_{1}", None),
        ("k : (3, 3); y = sum(k[j][0] for j in 0..2)", r"\boldsymbol{k}_{j,0}", None),
        ("k : 3; y = sum(k[j_1_2] for j_1_2 in 0..2)", r"\boldsymbol{k}_{j_{1,2}}", None),
        ("W : (d_1_2, 3); y = zeros(d_1_2)", r"\left(d_{1,2}\right)", None),
        (
            "x(t) : 5; y(t) = x(t)[0:2][1]",
            r"\left(\left(\boldsymbol{x}^{(t)}\right)_{0:2}\right)_{1}",
            r"\left(\boldsymbol{x}_{t,0:2}\right)_{1}",
        ),
        ("x_1(t) : 5; y(t) = x_1(t)[0]", r"\left(\boldsymbol{x}_{1}^{(t)}\right)_{0}", r"\boldsymbol{x}_{1, t,0}"),
        ("c_1 = v * 2; v : 3; y = c_1[0]", r"\boldsymbol{c}_{1,0}", None),
    ],
)
def test_an_entry_has_one_subscript(source: str, book: str, subscript: str | None, notation: str) -> None:
    circuit = Circuit(source)
    ends = Ends(circuit.model.axes_of, circuit.model.length_of)
    statement = equation_of(circuit.model, "y")
    latex = equations_latex([statement.as_written], circuit.model.rank, ends, notation)
    # A second subscript is an error to it, as it is to LaTeX.
    assert "\\" not in convert(latex)
    if notation != "bracket":
        assert (subscript or book if notation == "subscript" else book) in latex
    formula = circuit.expand("y", steps=dict.fromkeys(circuit.model.axes, 2))
    for form in ("nested", "steps", "let"):
        convert("".join(formula.render(form, "latex", notation)))
    circuit.draw(notation=notation)


@pytest.mark.parametrize("spelling", FUNCTIONS)
def test_a_wrong_number_of_arguments_is_refused(spelling: str) -> None:
    rows = FUNCTIONS[spelling]
    for count in range(6):
        accepted = any(row.accepts(count) for row in rows)
        numbers = ", ".join("1" for _ in range(count))
        if not accepted:
            with pytest.raises(CircuitError, match=rf"{spelling} takes|nothing between the brackets|expected|argument"):
                Circuit(f"y = {spelling}({numbers})")


def test_ties_and_what_is_not_a_number() -> None:
    values = Circuit("x(t) : 3\na(t) = argmax(x(t))\nk = argmax(x(t)[0] for t)\nm = max(x(t) for t)").unfold(2)
    found = values.evaluate(x=np.array([[1.0, 5.0, 5.0], [1.0, NAN, 0.0]]))
    assert found["a"].tolist() == [1, 1]
    assert found["k"] == 1
    assert found["m"][0] == 1 and math.isnan(found["m"][1]) and found["m"][2] == 5


@pytest.mark.parametrize("name", OPERATORS)
def test_a_picture_has_something_to_write(name: str) -> None:
    pieces = [part for part in template_pieces(OPERATORS[name].glyph) if isinstance(part, Piece)]
    x0, y0, x1, y1 = typeset(pieces, 14.0).box
    assert 2 < x1 - x0 < 80 and 0.5 < y1 - y0 < 20


@pytest.mark.parametrize(
    "name", [name for name, row in OPERATORS.items() if row.arity[0] == 2 and row.sizes == 0 and row.indexed is None]
)
def test_it_is_known_where_the_order_matters(name: str) -> None:
    row = OPERATORS[name]
    one, other = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([[1.0, 4.0], [5.0, 3.0]])
    pairs = (
        [(one, other)] if name in ("matmul", "solve") else [(one[0], other[0]), (other[1], one[0]), (one[1], other[1])]
    )
    same = [np.array_equal(row.meaning(np, a, b), row.meaning(np, b, a)) for a, b in pairs]
    assert all(same) == row.commutes


#: What has more to it than its arguments, of which no letter stands behind a command.
_WITH_DATA = {"entry", "placed", "one_hot", "zeros", "ones", "eye", *(row.name for row in REDUCTIONS.values())}


@pytest.mark.parametrize("name", [name for name in OPERATORS if name not in _WITH_DATA])
def test_no_letter_runs_into_a_command_in_latex(name: str) -> None:
    r"""What stands in a formula of numbers as a command does so in one of letters: `\lflooru` is none."""
    arity = max(1, OPERATORS[name].arity[0])
    letters, numbers = (latex(Expr(name, (leaf,) * arity)) for leaf in (parameter("u"), number(1)))
    commands = {*re.findall(r"\\[A-Za-z]+", numbers)}
    assert not {f"{command}u" for command in commands} & {*re.findall(r"\\[A-Za-z]+", letters)}
