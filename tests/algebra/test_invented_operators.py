"""An operator is one row: one that is added to the table while a test runs works in every reading."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy

import unfoldgraph
from unfoldgraph import Circuit
from unfoldgraph.algebra.exact_rules import Exact, at
from unfoldgraph.algebra.joining import Joining, NumberedTerm, TermBuilder
from unfoldgraph.algebra.operators import FUNCTIONS, OPERATORS, REDUCTIONS, SYMPY_CLASSES
from unfoldgraph.cli.main import main
from unfoldgraph.cli.report import report
from unfoldgraph.language.builder import python_form, python_names

ARCTAN = replace(
    OPERATORS["tanh"],
    name="arctan",
    spelling="arctan",
    meaning=lambda numpy, a: numpy.arctan(a),
    text="arctan(<*>)",
    latex=r"\arctan\left(<*>\right)",
    glyph=r"\arctan",
    sympy=lambda sp, a: sp.atan(a),
    numpy="np.arctan(<*>)",
    exact=Exact(at(0, 0)),
    sympy_class="atan",
)


def greatest_less_least(writer: TermBuilder[Any], terms: Sequence[NumberedTerm[Any]]) -> Any:
    """Join terms as no reduction of the table does."""
    values = [term for _, term in terms]
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
    numpy="np.ptp(<0|0>, axis=<axis>)",
    joining=Joining(greatest_less_least, nothing=0),
)
SOURCE = "h(t) = arctan(w * h(t-1) + x(t))"
X = np.array([0.5, -1.0, 2.0])


@pytest.fixture(autouse=True)
def invented(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Add both rows to the table."""
    for row in (ARCTAN, SPAN):
        monkeypatch.setitem(OPERATORS, row.name, row)
    monkeypatch.setitem(FUNCTIONS, "arctan", (ARCTAN,))
    monkeypatch.setitem(REDUCTIONS, "span", SPAN)
    monkeypatch.setitem(SYMPY_CLASSES, "atan", ARCTAN)
    yield
    python_form.cache_clear()


def by_hand(w: float = 0.75) -> list[float]:
    found, h = [], 0.0
    for x in X:
        h = math.atan(w * h + x)
        found.append(h)
    return found


def test_text_and_latex() -> None:
    circuit = Circuit(SOURCE)
    assert Circuit(circuit.text()) == circuit
    assert SOURCE in circuit.text()
    assert r"\arctan" in circuit.latex


def test_it_is_elementwise() -> None:
    circuit = Circuit("W : (m, m); x(t) : m; h(t) = arctan(W @ h(t-1) + x(t))")
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
    assert formula.text == "arctan(w * arctan(w * h(0) + x(1)) + x(2))"
    for form in ("nested", "steps", "let"):
        assert r"\arctan" in "".join(formula.render(form, "latex"))
        for notation in ("text", "sympy", "json"):
            assert "tan" in "".join(formula.render(form, notation))
    json.loads("".join(formula.render("nested", "json")))
    assert formula.sympy.func is sympy.atan


def test_constants_fold_exactly() -> None:
    assert Circuit("y = arctan(0) + a").expand("y").text == "a"
    assert Circuit("y = arctan(1) + a").expand("y").text == "arctan(1) + a"


def test_sympy_out_and_in() -> None:
    circuit = Circuit(SOURCE)
    (equation,) = circuit.sympy
    assert equation.rhs.func is sympy.atan
    assert Circuit.from_sympy(equation).model.equations["h"].value is circuit.model.equations["h"].value


def test_the_builder_and_the_public_name() -> None:
    circuit = Circuit()
    t = circuit.axis("t")
    h, x, w = circuit.signal("h", t), circuit.input("x", t), circuit.parameter("w")
    h[t] = unfoldgraph.arctan(w * h[t - 1] + x[t])
    assert circuit.model.equations["h"].value is Circuit(SOURCE).model.equations["h"].value


@pytest.mark.parametrize("detail", ["variables", "operations"])
def test_pictures(detail: str) -> None:
    circuit = Circuit(SOURCE)
    assert "<svg" in circuit.draw(detail=detail).svg
    assert "<svg" in circuit.draw(2, detail=detail).svg


def test_info() -> None:
    one, other = (json.dumps(report(Circuit(text))) for text in (SOURCE, SOURCE.replace("arctan", "tanh")))
    assert one.replace("arctan", "tanh") == other


def test_an_invented_reduction() -> None:
    circuit = Circuit("y = span(arctan(x(t)) for t)")
    assert Circuit(circuit.text()) == circuit
    assert r"\operatorname{span}" in circuit.latex
    expected = np.ptp(np.arctan(X))
    for result in (circuit.unfold(3).evaluate(x=X), circuit.compile()(x=X), circuit.compile(steps=3)(x=X)):
        np.testing.assert_allclose(result["y"], expected, rtol=1e-14)
    assert "<svg" in circuit.draw(detail="operations").svg
    built = Circuit()
    t = built.axis("t")
    x, y = built.input("x", t), built.signal("y")
    y[()] = unfoldgraph.span_over(unfoldgraph.arctan(x[t]), t)
    assert built.model.equations["y"].value is circuit.model.equations["y"].value


def test_an_invented_reduction_of_a_constant_range() -> None:
    circuit = Circuit("w : 3; y(t) = span(w[k] * x(t-k) for k in 0..2)")
    assert Circuit(circuit.text()) == circuit
    assert circuit.expand("y", 3).text == (
        "max(w[0] * x(3), w[1] * x(2), w[2] * x(1)) - min(w[0] * x(3), w[1] * x(2), w[2] * x(1))"
    )
    w = np.array([1.0, 2.0, -3.0])
    found = circuit.compile()(w=w, x=X)["y"]
    np.testing.assert_allclose(found[-1], np.ptp(w * X[::-1]))
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


def test_the_public_names_are_those_of_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    listed = {name for name in unfoldgraph.__all__ if name not in unfoldgraph._HOME}
    assert listed | unfoldgraph._SHADOWING == set(python_names())
