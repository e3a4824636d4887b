"""An operator is one row: one that is added to the table while a test runs works in every reading."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy
from support.equations import (
    equation_of,
)

import unfoldgraph
from unfoldgraph import Circuit
from unfoldgraph.algebra.operators import FUNCTIONS, OPERATORS, REDUCTIONS, SYMPY_CLASSES
from unfoldgraph.algebra.shapes import elementwise
from unfoldgraph.algebra.table.exact_rules import Exact, added, at, everywhere
from unfoldgraph.algebra.table.laws import IN_ALL, Applied, Identity, Joining, Laws, NumberedTerm, Operand, TermBuilder
from unfoldgraph.cli.main import main
from unfoldgraph.cli.report import report
from unfoldgraph.drawing.graphs.edge_labels import labels_of
from unfoldgraph.drawing.graphs.reads import drawn_reads
from unfoldgraph.language.python.functions import python_form, python_names
from unfoldgraph.language.text import read
from unfoldgraph.program.schedule import schedule_of

ARCSINH = replace(
    OPERATORS["tanh"],
    name="arcsinh",
    spelling="arcsinh",
    meaning=lambda numpy, a: numpy.arcsinh(a),
    text="arcsinh(<*>)",
    latex=r"\operatorname{arcsinh}\left(<*>\right)",
    glyph=r"\operatorname{arcsinh}",
    sympy=lambda sp, a: sp.asinh(a),
    numpy="np.arcsinh(a)",
    exact=Exact(at(0, 0)),
    sympy_class="asinh",
)


def greatest_less_least(writer: TermBuilder[Any], terms: Sequence[NumberedTerm[Any]]) -> Any:
    """Join terms as no reduction of the table does."""
    values = [term.term for term in terms]
    if len(values) == 1:
        return writer.operation("sub", [*values, *values])
    return writer.operation("sub", [writer.operation(name, values) for name in ("maximum", "minimum")])


SPAN = replace(
    OPERATORS["max_over"],
    name="span_over",
    spelling="span",
    meaning=lambda numpy, v: numpy.ptp(v, axis=0),
    latex=r"\operatorname{span}",
    glyph=r"\operatorname{span}",
    numpy="np.ptp(a, axis=axis)",
    joining=Joining(greatest_less_least, nothing=0),
)
#: Rows whose laws no row of the table has in this combination.
NAND = replace(
    OPERATORS["dot"],
    name="nand",
    rule=elementwise,
    rank=None,
    ranks=(),
    spelling="nand",
    meaning=lambda numpy, a, b: numpy.logical_not(numpy.logical_and(a, b)) * 1.0,
    text="nand(<*>)",
    latex=r"\operatorname{nand}\left(<*>\right)",
    glyph=r"\uparrow",
    sympy=lambda sp, a, b: 1 - a * b,
    sympy_arrays=None,
    numpy="np.logical_not(np.logical_and(a, b)) * 1.0",
    exact=everywhere(lambda a, b: a == 0 or b == 0),
    laws=Laws(
        truths=(0, 1),
        gives_truth=True,
        identities=(
            Identity(0, 0, 1),
            Identity(1, 0, 1),
            Identity(0, 1, Applied("not", 1)),
            Identity(1, 1, Applied("not", 0)),
        ),
    ),
)
MIDDLE = replace(
    NAND,
    name="middle",
    spelling="middle",
    commutes=True,
    meaning=lambda numpy, a, b: (a + b) / 2,
    text="middle(<*>)",
    sympy=lambda sp, a, b: (a + b) / 2,
    sympy_arrays=lambda form, shape, a, b: form.times(form.sp.Rational(1, 2), form.plus(a.sympy, b.sympy)),
    numpy="(a + b) / 2",
    exact=Exact(lambda a, b: (a + b) / Fraction(2), lambda a, b: added(a, b), settled=True),
    laws=Laws(linear_in=IN_ALL),
)
SHARE = replace(
    MIDDLE,
    name="share",
    spelling="share",
    commutes=False,
    meaning=lambda numpy, a, b: a / b,
    text="share(<*>)",
    sympy=lambda sp, a, b: a / b,
    sympy_arrays=None,
    numpy="a / b",
    exact=Exact(Fraction),
    laws=Laws(linear_in=((0,),), identities=(Identity(1, 1, Operand(0)),), partial=True, divides_by=1),
)
TIMES = replace(OPERATORS["matmul"], name="times", spelling="times", text="times(<*>)", kind="function")
CHAIN = replace(OPERATORS["concat"], name="chain", spelling="chain", text="chain(<*>)")
MEDIAN = replace(
    OPERATORS["mean"], name="median", spelling="median", text="median(<*>)", meaning=lambda numpy, v: numpy.median(v)
)
TWOS = replace(OPERATORS["ones"], name="twos", spelling="twos", text="twos(<*>)", laws=Laws(fill=2))
ADJUGATE = replace(OPERATORS["inv"], name="turn_back", spelling="turn_back", text="turn_back(<*>)")
TOWARD_ZERO = replace(
    OPERATORS["floor"], name="trunc", spelling="trunc", text="trunc(<*>)", meaning=lambda numpy, a: numpy.trunc(a)
)
LAWFUL = (NAND, MIDDLE, SHARE, TIMES, CHAIN, MEDIAN, TWOS, ADJUGATE, TOWARD_ZERO)
SOURCE = "h(t) = arcsinh(w * h(t-1) + x(t))"
X = np.array([0.5, -1.0, 2.0])


@pytest.fixture(autouse=True)
def invented(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Add the rows to the table."""
    for row in (ARCSINH, SPAN, *LAWFUL):
        monkeypatch.setitem(OPERATORS, row.name, row)
    for row in (ARCSINH, *LAWFUL):
        monkeypatch.setitem(FUNCTIONS, row.spelling, (row,))
    monkeypatch.setitem(REDUCTIONS, "span", SPAN)
    monkeypatch.setitem(SYMPY_CLASSES, "asinh", ARCSINH)
    yield
    python_form.cache_clear()


def by_hand(w: float = 0.75) -> list[float]:
    found, h = [], 0.0
    for x in X:
        h = math.asinh(w * h + x)
        found.append(h)
    return found


def test_text_and_latex() -> None:
    circuit = Circuit(SOURCE)
    assert Circuit(circuit.text()) == circuit
    assert SOURCE in circuit.text()
    assert r"\operatorname{arcsinh}" in circuit.latex


def test_it_is_elementwise() -> None:
    circuit = Circuit("W : (m, m); x(t) : m; h(t) = arcsinh(W @ h(t-1) + x(t))")
    assert circuit.model.shapes["h"] == ("m",)


def test_every_program_has_its_values() -> None:
    circuit = Circuit(SOURCE)
    given = {"w": np.array(0.75), "x": X}
    for result in (
        circuit.unfold(3).evaluate(**given),
        circuit.compile()(**given),
        circuit.compile(steps=3)(**given),
    ):
        np.testing.assert_allclose(result["h"], by_hand(), rtol=1e-14)


def test_the_formula_in_every_form_and_notation() -> None:
    formula = Circuit(SOURCE).expand("h", 2)
    assert formula.text == "arcsinh(w * arcsinh(w * h(0) + x(1)) + x(2))"
    for form in ("nested", "steps", "let"):
        assert r"\operatorname{arcsinh}" in "".join(formula.render(form, "latex"))
        for notation in ("text", "sympy", "json"):
            assert "sinh" in "".join(formula.render(form, notation))
    json.loads("".join(formula.render("nested", "json")))
    assert formula.sympy.func is sympy.asinh


def test_constants_fold_exactly() -> None:
    assert Circuit("y = arcsinh(0) + a").expand("y").text == "a"
    assert Circuit("y = arcsinh(1) + a").expand("y").text == "arcsinh(1) + a"


def test_sympy_out_and_in() -> None:
    circuit = Circuit(SOURCE)
    (equation,) = circuit.sympy
    assert equation.rhs.func is sympy.asinh
    assert equation_of(Circuit.from_sympy(equation).model, "h").value is equation_of(circuit.model, "h").value


def test_the_builder_and_the_public_name() -> None:
    circuit = Circuit()
    t = circuit.axis("t")
    h, x, w = circuit.signal("h", t), circuit.input("x", t), circuit.parameter("w")
    h[t] = unfoldgraph.arcsinh(w * h[t - 1] + x[t])
    assert equation_of(circuit.model, "h").value is equation_of(Circuit(SOURCE).model, "h").value


@pytest.mark.parametrize("detail", ["variables", "operations"])
def test_pictures(detail: str) -> None:
    circuit = Circuit(SOURCE)
    assert "<svg" in circuit.draw(detail=detail).svg
    assert "<svg" in circuit.draw(2, detail=detail).svg


def test_info() -> None:
    one, other = (json.dumps(report(Circuit(text))) for text in (SOURCE, SOURCE.replace("arcsinh", "tanh")))
    assert one.replace("arcsinh", "tanh") == other


def test_an_invented_reduction() -> None:
    circuit = Circuit("y = span(arcsinh(x(t)) for t)")
    assert Circuit(circuit.text()) == circuit
    assert r"\operatorname{span}" in circuit.latex
    expected = np.ptp(np.arcsinh(X))
    for result in (circuit.unfold(3).evaluate(x=X), circuit.compile()(x=X), circuit.compile(steps=3)(x=X)):
        np.testing.assert_allclose(result["y"], expected, rtol=1e-14)
    assert "<svg" in circuit.draw(detail="operations").svg
    built = Circuit()
    t = built.axis("t")
    x, y = built.input("x", t), built.signal("y")
    y[()] = unfoldgraph.span_over(unfoldgraph.arcsinh(x[t]), t)
    assert equation_of(built.model, "y").value is equation_of(circuit.model, "y").value


def test_an_invented_reduction_of_a_constant_range() -> None:
    circuit = Circuit("w : 3; y(t) = span(w[k] * x(t-k) for k in 0..2)")
    assert Circuit(circuit.text()) == circuit
    assert circuit.expand("y", 3).text == (
        "max(w[0] * x(3), w[1] * x(2), w[2] * x(1)) - min(w[0] * x(3), w[1] * x(2), w[2] * x(1))"
    )
    w = np.array([1.0, 2.0, -3.0])
    found = circuit.compile()(w=w, x=X)["y"]
    np.testing.assert_allclose(found[-1], np.ptp(w * X[::-1]))
    # No operator joins its terms one by one, though over nothing it is 0 as a sum is.
    np.testing.assert_allclose(circuit.unfold(3).evaluate(w=w, x=X)["y"], found)
    assert "Max" in str(circuit.sympy)


def test_an_invented_reduction_expands_in_every_form() -> None:
    circuit = Circuit("y = span(x(t) for t)")
    formula = circuit.expand("y", steps=3)
    assert formula.text == "max(x(1), x(2), x(3)) - min(x(1), x(2), x(3))"
    for form in ("nested", "steps", "let"):
        for notation in ("text", "latex", "sympy", "json"):
            assert "max" in "".join(formula.render(form, notation)).lower()


def test_an_invented_reduction_is_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "span.txt"
    path.write_text("y = span(x(t) for t)")
    assert main(["check", str(path)]) == 0
    assert not capsys.readouterr().err


FOLDED = {
    # What stands beside one constant, or beside an infinity.
    "nand(0, a)": "1",
    "nand(a, 2)": "not a",
    "nand(a, b)": "nand(a, b)",
    "nand(a, b) or 0": "nand(a, b)",
    "share(a, 1)": "a",
    "share(0, a)": "0",
    "share(0, 0)": "share(0, 0)",
    "0 * share(a, 0)": "0 * share(a, 0)",
    "0 * share(a, b)": "0",
    "middle(inf, a)": "inf",
    "middle(1, 2)": "3/2",
    "middle(0, a)": "middle(0, a)",
    # What is linear in each of two arrays.
    "sum(times(zeros(3, 3), v))": "0",
    "sum(times(M, v))": "sum(times(M, v))",
    # Entries of what is put together, and of what is filled.
    "chain(v, q)[3]": "q[0]",
    "chain(v, q)[1]": "v[1]",
    "middle(stack(a, b), stack(b, 1))[0]": "middle(a, b)",
    "twos(3)[0] + a": "2 + a",
    "sum(twos(4))": "8",
    # All entries are equal.
    "median(3 * ones(4))": "3",
    "median(v)": "median(v)",
}


@pytest.mark.parametrize("written", FOLDED)
def test_formulas_are_simplified_as_the_laws_say(written: str) -> None:
    head = "v, q : 3; M : (3, 3); y : ()"
    circuit = Circuit(f"{head}; y = {written}")
    assert circuit.expand("y").text == Circuit(f"{head}; y = {FOLDED[written]}").expand("y").text


def test_matrices_go_on_through_what_is_linear() -> None:
    def labels(value: str) -> list[str]:
        model = read(f"h(t) = {value}")
        (statement,) = model.statements
        found = labels_of(statement, [*drawn_reads(model, statement)])
        return [", ".join(label.written() for label in labels) for labels in found if labels]

    assert labels("V @ middle(U @ h(t-1), x(t))") == ["V @ U", "V"]
    assert labels("V @ share(U @ h(t-1), p)") == ["V @ U"]
    assert labels("V @ nand(U @ h(t-1), x(t))") == ["U", "V"]
    assert labels("times(V, times(U, h(t-1)))") == ["V @ U"]


def test_operands_have_the_ranks_that_the_row_says() -> None:
    circuit = Circuit("h(t) = times(W, h(t-1)) + turn_back(A) @ x(t)")
    assert [len(circuit.model.shapes[name] or ()) for name in ("W", "h", "A")] == [2, 1, 2]
    assert Circuit("v : m; y = chain(v, f(v;)) * chain(f(v;), v)").latex.count(r"\odot") == 1


def test_what_inverts_is_blamed_and_does_not_look_beyond_the_end() -> None:
    circuit = Circuit("A : (m, m); x(t), h(t) : m; h(t) = turn_back(A) @ (h(t-1) + x(t))")
    with pytest.raises(unfoldgraph.CircuitError, match=r"'turn_back\(A\)' cannot be computed"):
        circuit.compile()(A=np.zeros((2, 2)), x=np.ones((3, 2)))
    made = schedule_of(circuit.model, None)
    assert not made.only_looks_back
    assert schedule_of(Circuit("h(t) = share(h(t-1), x(t))").model, None).only_looks_back


def test_a_place_may_be_computed_by_it() -> None:
    with pytest.raises(unfoldgraph.CircuitError, match="reads a signal or calls a function"):
        Circuit("y(t) = x(t) + f(trunc(t / 2))")
    Circuit("y(t) = x(t) + f(median(t))")


def test_arrays_in_sympy() -> None:
    formula = Circuit("v, w : m; y = middle(v, w)").expand("y")
    assert "".join(formula.render("nested", "sympy")) == "(1/2)*v + (1/2)*w\n"


def test_the_public_names_are_those_of_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    listed = {name for name in unfoldgraph.__all__ if name not in unfoldgraph._HOME}
    assert listed | unfoldgraph._SHADOWING == set(python_names())
