"""What goes out to SymPy has the same value there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.formula.sympy_form import SymPyForm

pytestmark = pytest.mark.filterwarnings("ignore::unfoldgraph.base.errors.CircuitWarning")

SCALARS = """
tanh(x(t)); sigmoid(x(t)); relu(x(t)); softplus(x(t)); exp(x(t)); log(abs(x(t))); sqrt(abs(x(t))); abs(x(t)); sign(x(t))
floor(x(t) * 3); sin(x(t)); cos(x(t)); tan(x(t)); sinh(x(t)); cosh(x(t)); round(x(t) * 3); round(floor(x(t) * 5) / 2)
clip(x(t), -p, q); arcsin(tanh(x(t))); arccos(tanh(x(t))); arctan(x(t)); arctan2(x(t), p); erf(x(t))
min(x(t), p, q); max(x(t), p); sum(x(t))
prod(x(t)); mean(x(t)); min(x(t)); max(x(t)); argmax(x(t)); norm(x(t)); x(t) % p; x(t) % -2; x(t) / p; abs(x(t)) ** p
x(t) if x(t) > p else q; x(t) < p; x(t) <= p; x(t) >= p; x(t) == p; x(t) != p; not (x(t) > p); (x(t) > p) and (q > p)
(x(t) > p) or q; (x(t) xor p); (not x(t)); (1 if x(t) else 2); (x(t) > p) + 1; -x(t); x(t) * (p - q); t * x(t)
(a * s(t-1) + x(t) if s(t-1) < 1 else p); (not s(t-1)); (s(t-1) xor x(t)); (s(t-1) > 0) * p - 0.2
(s(t-1) / 2 if s(t-1) % 2 == 0 else 3 * s(t-1) + 1); dot(W @ v(t), v(t))
"""
VECTORS = """
W @ v(t); tanh(W @ v(t) + b); sigmoid(b) * v(t); v(t) / b; v(t) / 2 + 1; 1 / v(t); v(t) ** 2; 2 ** v(t); v(t) @ W; -v(t)
relu(v(t)); softplus(v(t)); W.T @ v(t); softmax(v(t)); logsoftmax(v(t)); solve(W, v(t)); inv(W) @ v(t); v(t) * sum(b)
v(t) * dot(b, d); v(t) * mean(b); v(t) * norm(b); v(t) * det(W); v(t) * (b @ d); outer(v(t), b) @ d; W[0] * v(t)
W[:, 1] * v(t); W[1, 2] * v(t); v(t) * b[-1]; v(t)[0] * b; A.T @ r; A.T @ v(t)[1:3]; A.T @ concat(v(t)[0:1], b[0:1])
eye(3) @ v(t); zeros(3) + v(t); ones(3) * b; abs(v(t)); (W * W) @ v(t); v(t) * sum(W); v(t) * (W @ b)[1]; v(t) - p
v(t) * logsumexp(b); logsumexp(W) - v(t); softmax(W) @ v(t); logsoftmax(W) @ v(t); arctan(v(t)); erf(W @ v(t))
round(v(t))
"""
DECLARED = "x(t) : ()\nv(t) : 3\nW : (3, 3)\nb, d : 3\nA : (2, 3)\nr : 2\na, p, q : ()\n"


def each(listed: str) -> list[str]:
    return [part.strip() for line in listed.strip().splitlines() for part in line.split(";")]


def value(circuit: Circuit, expression: Any, arrays: dict[str, Any]) -> Any:
    """Return the number that a SymPy expression is with arrays put in for its symbols."""
    form, model = SymPyForm(circuit.model), circuit.model
    given = {form._named(name, model.shapes[name]).sympy: arrays[name] for name in model.parameters}
    for name in model.inputs:
        given.update({form._node((name, (k + 1,))).sympy: row for k, row in enumerate(arrays[name])})
    for boundary in model.free:
        given[form._node((boundary.name, (0,))).sympy] = arrays[boundary.argument]
    exact = {
        symbol: sympy.ImmutableMatrix(np.atleast_2d(array).T if np.ndim(array) == 1 else array)
        if np.ndim(array)
        else sympy.Float(float(array), 30)
        for symbol, array in given.items()
    }
    found = expression.xreplace(exact).doit()
    if getattr(found, "is_Matrix", False):
        return np.array(sympy.Matrix(found.as_explicit()).evalf().tolist(), float)[:, 0]
    return float(found.evalf())


@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.parametrize("right", each(SCALARS) + each(VECTORS))
def test_the_value_is_the_same(right: str, steps: int) -> None:
    circuit = Circuit(f"{DECLARED}s(t) = {right} + 0.5 * s(t-1)")
    model, random = circuit.model, np.random.default_rng(7)
    arrays: dict[str, Any] = {name: random.normal(size=(steps, *model.shapes[name])) for name in model.inputs}
    arrays |= {name: random.normal(size=model.shapes[name]) for name in model.parameters}
    arrays |= {boundary.argument: random.normal(size=model.shapes[boundary.name]) for boundary in model.free}
    wanted = circuit.unfold(steps).evaluate(**arrays)["s"][-1]
    np.testing.assert_allclose(value(circuit, circuit.expand("s", steps).sympy, arrays), wanted, rtol=1e-9)


@pytest.mark.parametrize(
    ("right", "named"),
    [
        ("max(v(t), b)", "'max' of a vector (3), a vector (3)"), ("v(t) > b", "'>' of a vector (3), a vector (3)"),
        ("one_hot(1, 3)", "'one_hot' of a scalar"), ("isnan(x(t)) * v(t)", "'isnan' of a scalar"),
        ("clip(b, v(t), 1)", "'clip' of a vector (3), a vector (3), a scalar"), ("sum(stack(v(t), b) @ b)", "'stack'"),
        ("v(t) * prod(b)", "'prod' of a vector (3)"),
        ("v(t) % 2", "'%' of a vector (3), a scalar"), ("v(t) ** b", "'**'"),
        # What a function returns may be a vector.
        ("sum(f(x(t)))", "'sum' of a value of unknown shape"), ("dot(f(b), b)", "'dot'"), ("f(v(t))[0]", "'[]'"),
        # Numbers that have more digits than there are atoms.
        ("2 ** 12345678901234567890", "'**'"), ("floor(exp(1e300))", "'exp'"), ("p * exp(log(2) * 1e300)", "'exp'"),
        ("(p * 2) ** 1e300", "'**'"), ("sinh(exp(exp(p - p + 9)))", "'sinh'"), ("(1 + 2 ** 0.5) ** 1e300", "'**'"),
    ],
)  # fmt: skip
def test_what_sympy_cannot_express_is_named(right: str, named: str) -> None:
    with pytest.raises(CircuitError, match="SymPy has no form for ") as refusal:
        _ = Circuit(f"{DECLARED}s(t) = {right} + 0.5 * s(t-1)").expand("s(1)").sympy
    assert named in refusal.value.message


def test_symbols_are_what_a_reader_would_write() -> None:
    s, f = sympy.Function("s"), sympy.Function("f")
    theta = sympy.Symbol("theta")
    expansion = Circuit("s(t) = f(s(t-1); theta); s(1) = s1").expand("s(3)")
    assert expansion.sympy == f(f(s(1), theta), theta)
    assert "".join(expansion.render("let", "sympy")) == "Eq(s(2), f(s(1), theta))\nEq(s(3), f(s(2), theta))\n"
    assert "".join(expansion.render("steps", "sympy")).splitlines()[1] == "Eq(s(3), f(f(s(1), theta), theta))"
    assert "".join(expansion.render("signature", "sympy")) == "Eq(s(3), g(s(1), theta))\n"
    m, n = (sympy.Symbol(name, integer=True, positive=True) for name in "mn")
    circuit = Circuit("x(t) : n\nU : (m, n)\nW : (m, m)\nh(t) = W @ h(t-1) + U @ x(t)")
    matrix = sympy.MatrixSymbol
    wanted = matrix("W", m, m) * matrix("h(0)", m, 1) + matrix("U", m, n) * matrix("x(1)", n, 1)
    assert circuit.expand("h(1)").sympy == wanted


def test_constants_are_exact() -> None:
    expansion = Circuit("s(t) = s(t-1) / 3 + 0.1; s(0) = 1").expand("s(2)")
    assert expansion.sympy == sympy.Rational(1, 9) + sympy.Rational(1, 30) + sympy.Rational(1, 10)
    assert Circuit("F(t) = F(t-1) + F(t-2); F(0) = 0; F(1) = 1").expand("F(10)").sympy == 55
    assert Circuit("m = max(x(t) for t); y(t) = x(t)").expand("m", 0).sympy == -sympy.oo


def test_opaque_functions_of_vectors() -> None:
    circuit = Circuit("x(t) : m\nh(t) : m\nh(t) = f(x(t), h(t-1); theta)\nh(0) = x(1)")
    assert "".join(circuit.expand("h(1)").render("let", "sympy")) == (
        "Eq(h(0), x(1))\nEq(h(1), f(x(1), h(0), theta))\n"
    )


def test_what_is_left_of_a_division_by_nothing() -> None:
    assert Circuit("h(t) = p % 0").expand("h(1)").sympy is sympy.nan
    p, x = sympy.Symbol("p"), sympy.Function("x")(1)
    found = Circuit("h(t) = p % (x(t) > 2)").expand("h(1)").sympy
    assert found.subs({x: sympy.Integer(3), p: sympy.Rational(7, 4)}) == sympy.Rational(3, 4)


def test_long_sums_and_products_are_those_of_sympy() -> None:
    x = [sympy.Function("x")(1 - k) for k in range(50)]
    p = sympy.Symbol("p")
    terms = " + ".join(f"x(t-{k}) * {k} * p * x(t-{k})" for k in range(50))
    assert Circuit(f"h(t) = {terms}").expand("h(1)").sympy == sum(k * p * x[k] ** 2 for k in range(50))
    assert Circuit("s(t) = p + x(t)\nh(t) = (s(t) + p) * (s(t) + p)").expand("h(1)").sympy == (2 * p + x[0]) ** 2
    circuit = Circuit("v : 3\np : ()\nh(t) = v * (p + p + p)")
    assert circuit.expand("h(1)").sympy == 3 * p * sympy.MatrixSymbol("v", 3, 1)


@pytest.mark.parametrize(
    "function", ["arctan", "erf", "tanh", "sinh", "cosh", "exp", "sin", "cos", "tan", "sigmoid", "softplus"]
)
def test_functions_of_functions_of_functions(function: str) -> None:
    """SymPy alone would try to simplify them, twice as long with each level."""
    expansion = Circuit(f"s(t) = {function}(tanh(s(t-1)))").expand("s", 25)
    levels = 50 if function == "tanh" else 25
    assert len(expansion.sympy.atoms(sympy.tanh)) == levels
    assert "".join(expansion.render("nested", "sympy")).count("tanh(") == levels


def test_sums_over_many_entries_are_not_written_out() -> None:
    assert Circuit("v : 3\nh(t) = sum(v)").expand("h(1)").sympy == sum(sympy.MatrixSymbol("v", 3, 1))
    found = Circuit("v : 1000000\nh(t) = dot(v, v)").expand("h(1)").sympy
    assert isinstance(found, sympy.Sum) and found.limits[0][2] == 999999


def test_large_factors_with_sums_are_refused() -> None:
    """SymPy looks for closed forms of all sums in a factor whenever it prints a product of matrices."""
    attention = Circuit.gallery("attention")
    with pytest.raises(CircuitError, match="SymPy would take minutes"):
        _ = attention.expand("c", {"t": 2, "u": 1}).sympy
    assert "".join(attention.expand("c", {"t": 2, "u": 2}).render("let", "sympy")).count("Eq(") > 10
    assert isinstance(Circuit("x(t) : n; h(t) = x(t) / norm(x(t))").expand("h(1)").sympy, sympy.MatMul)


def test_long_constants_are_refused() -> None:
    circuit = Circuit("s(t) = s(t-1) * s(t-1) + x(t) * s(t-1); s(0) = 3 ** 8000")
    with pytest.raises(CircuitError, match="more digits than SymPy prints"):
        _ = circuit.expand("s(2)").sympy


def test_too_much_for_sympy_is_refused() -> None:
    with pytest.raises(CircuitError, match=r"an equation of this form has \d+ nodes for SymPy; the limit is 20000"):
        "".join(Circuit("h(t) = argmax(x(t-j) for j in 0..200)").expand("h(1)").render("let", "sympy"))
    with pytest.raises(CircuitError, match="the nested form of s\\(15\\) has 196603 nodes; the limit is 20000"):
        _ = Circuit("s(t) = r * s(t-1) * (1 - s(t-1))").expand("s(15)").sympy
    with pytest.raises(CircuitError, match="20001 equations for SymPy; the limit is 20000"):
        Circuit("s(t) = r * s(t-1)").expand("s(20001)").render("let", "sympy")


@pytest.mark.parametrize(
    "text", ["s(t) = f(s(t-1))", "s(t) = tanh(b + w * s(t-1) + u * x(t))", "s(t) = exp(a * s(t-1))"]
)
def test_what_is_handed_out_can_be_printed(text: str) -> None:
    circuit, printed = Circuit(text), 0
    for steps in (20, 40, 60, 80, 100, 140, 200, 1000):
        try:
            expression = circuit.expand("s", steps).sympy
        except CircuitError as refusal:
            assert "nested more deeply than SymPy prints" in refusal.message
        else:
            assert str(expression).count("(") >= steps
            printed = steps
    assert 40 <= printed < 1000


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x(t) : m; h(t) = sum(x(t+1)[1:m] + 1)", "m - 1"),
        ("x(t) : m; h(t) = sum(x(t+1)[:-1] + 1)", "m - 1"),
        ("x(t) : m; h(t) = mean(x(t)[1:m] * 0 + 3)", "3"),
    ],
)
def test_a_size_without_a_name_is_counted_from_those_that_have_one(text: str, value: str) -> None:
    found = Circuit(text).expand("h", 1).sympy.doit()
    m, n = (sympy.Symbol(name, integer=True, positive=True) for name in "mn")
    assert sympy.simplify(found - sympy.sympify(value, {"m": m, "n": n})) == 0


def test_the_entries_of_what_is_put_together_are_as_many_as_those_of_its_parts() -> None:
    found = Circuit("x(t) : m; y(t) : n; h(t) = sum(concat(x(t), y(t)[1:]))").expand("h", 1).sympy
    m, n = (sympy.Symbol(name, integer=True, positive=True) for name in "mn")
    ((_, first, last),) = found.limits
    assert (first, last) == (0, m + n - 2)
