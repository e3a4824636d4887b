"""`inf` is a number like any other, in every reading of a circuit, and nothing else: no name, no size, no place."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy
from numpy.typing import NDArray
from sympy import Eq, Function, Max, Piecewise, oo, symbols

import unfoldgraph
from unfoldgraph import Circuit, CircuitError

LEAST = "d(t) = min(d(t-1), x(t)); d(0) = inf"
TABLE = "c(i, j) = x(i, j) + min(c(i-1, j), c(i, j-1)); c(0, j) = inf; c(i, 0) = inf; c(0, 0) = 0"
WARPING = TABLE.replace("c(i, j-1))", "c(i, j-1), c(i-1, j-1))")


def warped(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the costs of the cheapest ways from the corner, by plain loops."""
    costs = np.full((x.shape[0] + 1, x.shape[1] + 1), math.inf)
    costs[0, 0] = 0
    for i, j in np.ndindex(x.shape):
        costs[i + 1, j + 1] = x[i, j] + min(costs[i, j + 1], costs[i + 1, j], costs[i, j])
    return costs[1:, 1:]


@pytest.mark.filterwarnings("ignore::unfoldgraph.base.errors.CircuitWarning")
@pytest.mark.parametrize("source", [LEAST, TABLE, WARPING, "y(t) = -inf if x(t) < 0 else y(t-1) + inf; y(0) = -inf"])
def test_every_reading_has_it(source: str) -> None:
    circuit = Circuit(source)
    assert Circuit(circuit.text()) == circuit
    lengths = dict.fromkeys(circuit.axes, 3)
    x = np.random.default_rng(1).normal(size=(3,) * len(lengths))
    wanted = circuit.unfold(lengths).evaluate(x=x)
    for program in (circuit.compile(), circuit.compile(steps=lengths)):
        found = program(x=x)
        for name in wanted:
            np.testing.assert_array_equal(found[name], wanted[name])
        assert "np.inf" in program.source
    assert Circuit.from_sympy(circuit.sympy).unfold(lengths).evaluate(x=x).keys() == wanted.keys()
    assert r"\infty" in circuit.latex and "inf" not in circuit.latex.replace(r"\infty", "")
    expansion = circuit.expand(None, lengths)
    for form in ("nested", "steps", "let", "signature"):
        for format in ("text", "latex", "json", "sympy"):
            assert "".join(expansion.render(form, format))
    for unfolded in (None, lengths):
        assert circuit.draw(steps=unfolded).svg


def test_the_values() -> None:
    x = np.random.default_rng(2).normal(size=(4, 5))
    np.testing.assert_array_equal(Circuit(LEAST).compile()(x=x[0]).d, np.minimum.accumulate(x[0]))
    np.testing.assert_allclose(Circuit(WARPING).compile()(x=x).c, warped(x), rtol=1e-12)
    assert np.all(np.isinf(Circuit(TABLE).compile()(x=x).c))


@pytest.mark.parametrize("suffix", ["tex", "dot", "mermaid", "json"])
def test_pictures_show_its_sign(suffix: str) -> None:
    picture = Circuit("y(t) = min(x(t), inf)").draw(view="circuit", detail="operations")
    assert ("∞" if suffix in ("dot", "mermaid") else r"\infty") in getattr(picture, suffix)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("inf(t) = 3", "'inf' is reserved: it is the number"),
        ("inf = 3", "'inf' is reserved: it is the number"),
        ("inf, a : 3; h(t) = a", "'inf' is reserved: it is the number"),
        ("def inf(x) = x; h(t) = x(t)", "'inf' is reserved: it is the number"),
        ("def f(inf) = 2; h(t) = f(x(t))", "'inf' is reserved: it is the number"),
        ("h(t) = sum(x(k) for inf)", "'inf' is reserved: it is the number"),
        ("h(t) = end(inf)", "'inf' is reserved: it is the number"),
        ("x(t) : inf; h(t) = x(t)", "'inf' is no size"),
        ("W : (2, inf); h(t) = W @ x(t)", "'inf' is no size"),
        ("h(t) = zeros(inf)", "'zeros' needs a size here: a whole number, a name from a shape, or a sum of these"),
        ("h = one_hot(x, inf)", "'one_hot' needs a size here: a whole number, a name from a shape, or a sum of these"),
        ("h(t) = sum(x(t-k) for k in 0..inf)", "'inf' is no end of a range"),
        ("h(t) = sum(x(t-k) for k in -inf..2)", "'inf' is no end of a range"),
        ("h(t) = h(t-1); h(inf) = 2", "'inf' is no place of an index"),
        ("h(t) = h(t-inf)", "'inf' is no place of an index"),
        ("h(t) = h(t-1) + x(t); y = h(end-inf)", "'inf' is no place of an index"),
        ("h(t) = b[inf] + x(t)", "inf counts no entries"),
        ("h(t) = sum(b[1:inf]) + x(t)", "inf counts no entries"),
        ("h(t) = 2inf", "'2inf' is neither a number nor a name"),
        ("h(t) = ∞", "unexpected character U+221E INFINITY"),
        ("h(t) = Infinity", "'Infinity' is not a number of the language"),
        ("h(t) = nan", "'nan' is not a number of the language"),
    ],
)  # fmt: skip
def test_it_is_nothing_else(text: str, message: str) -> None:
    with pytest.raises(CircuitError) as refusal:
        Circuit(text)
    assert [problem.message for problem in refusal.value.problems] == [message]


def test_what_begins_like_it_is_a_name() -> None:
    circuit = Circuit("h(t) = info * inf_1 + infinite(x(t)) + x_inf(t)")
    assert circuit.parameters == ("info", "inf_1")
    assert circuit.inputs == ("x", "x_inf")


def test_python_has_it() -> None:
    for value in (math.inf, float("inf"), np.inf, np.float32("inf")):
        circuit = Circuit(name="least")
        t = circuit.axis("t")
        x = circuit.input("x", t)
        d = circuit.signal("d", t)
        d[t] = unfoldgraph.min(d[t - 1], x[t])
        d[0] = value
        assert circuit == Circuit("x(t) : ?; " + LEAST)
    circuit = Circuit(name="greatest")
    d = circuit.signal("d", t := circuit.axis("t"))
    d[t] = d[t - 1] - math.inf
    d[0] = -math.inf
    assert circuit.text() == "d(t) = d(t-1) - inf\nd(0) = -inf\n"


def test_sympy_has_it_both_ways() -> None:
    h, x = map(Function, "hx")
    t, a = symbols("t a")
    for right, text in (
        (oo, "inf"), (-oo, "-inf"), (sympy.Float("inf"), "inf"), (x(t) + oo, "x(t) + inf"), (x(t) - oo, "x(t) - inf"),
        (oo * x(t), "inf * x(t)"), (-oo * x(t), "-inf * x(t)"), (x(t) - oo * a, "x(t) - inf * a"),
        (Max(x(t), -oo, evaluate=False) + a, "a + max(x(t), -inf)"),
        (x(t) ** -oo, "x(t)**-inf"), (oo ** x(t), "inf**x(t)"),
        (Piecewise((oo, x(t) > 0), (x(t), True)), "inf if x(t) > 0 else x(t)"),
    ):  # fmt: skip
        circuit = Circuit.from_sympy(Eq(h(t), right, evaluate=False))
        assert circuit.text() == f"h(t) = {text}\n"
        # SymPy itself leaves an infinite bound out.
        assert Circuit.from_sympy(circuit.sympy) == circuit or "max" in text
