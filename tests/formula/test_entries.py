"""Entries of what is put together are its parts, in every form, however far away it is put together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from oracles.expansion_meaning import assert_it_means_what_the_circuit_means
from oracles.formula_reader import Reader
from support.profiles import examples

from unfoldgraph import Circuit

pytestmark = pytest.mark.filterwarnings("ignore::unfoldgraph.base.errors.CircuitWarning")

#: The Lorenz system by the classical Runge-Kutta method, as vectors.
LORENZ = """
sigma, rho, beta, dt : ()
def F(s) = stack(sigma * (s[1] - s[0]), s[0] * (rho - s[2]) - s[1], s[0] * s[1] - beta * s[2])
s(t), k1(t), k2(t), k3(t), k4(t) : 3
k1(t) = F(s(t-1))
k2(t) = F(s(t-1) + dt / 2 * k1(t))
k3(t) = F(s(t-1) + dt / 2 * k2(t))
k4(t) = F(s(t-1) + dt * k3(t))
s(t) = s(t-1) + dt / 6 * (k1(t) + 2 * k2(t) + 2 * k3(t) + k4(t))
"""
GIVEN: dict[str, Any] = {"sigma": 10.0, "rho": 28.0, "beta": 8 / 3, "dt": 0.01}


def derivative(s: Any) -> Any:
    return np.array([10 * (s[1] - s[0]), s[0] * (28 - s[2]) - s[1], s[0] * s[1] - 8 / 3 * s[2]])


def runge_kutta(s: Any, dt: float) -> Any:
    k1 = derivative(s)
    k2 = derivative(s + dt / 2 * k1)
    k3 = derivative(s + dt / 2 * k2)
    k4 = derivative(s + dt * k3)
    return s + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def test_runge_kutta_on_vectors_takes_the_parts_that_it_needs() -> None:
    """Written out whole each time, two steps would have 117,718,921 nodes."""
    circuit = Circuit(LORENZ)
    assert [circuit.expand(f"s({steps})").size for steps in (1, 2, 3)] == [1786, 209386, 24065946]
    start = np.array([1.0, 1.5, 2.0])
    reader = Reader({("s", (0,)): start}, GIVEN)
    np.testing.assert_allclose(reader.value(circuit.expand("s(1)").text), runge_kutta(start, 0.01), rtol=1e-12)
    two = circuit.expand("s(2)").text
    assert two.count("stack(") == 8
    np.testing.assert_allclose(reader.value(two), runge_kutta(runge_kutta(start, 0.01), 0.01), rtol=1e-12)


def test_a_start_of_numbers_goes_on_as_numbers() -> None:
    circuit = Circuit(f"{LORENZ}s(0) = stack(1, 1, 1)")
    assert circuit.expand("s(1)").size == 926
    assert circuit.expand("k1(1)").text == "stack(0, ρ - 1 - 1, 1 - β)"
    assert list(map(str, circuit.expand("k2(1)").let()))[-1] == (
        "k2(1) = stack(σ * (1 + dt / 2 * k1(1)[1] - 1), ρ - (1 + dt / 2 * k1(1)[2]) - (1 + dt / 2 * k1(1)[1]), "
        "1 + dt / 2 * k1(1)[1] - β * (1 + dt / 2 * k1(1)[2]))"
    )
    # So much the more where the derivative is read.
    nested = circuit.expand("k2(1)")
    found = Reader({}, GIVEN).value(nested.text)
    np.testing.assert_allclose(found, derivative(np.ones(3) + 0.005 * derivative(np.ones(3))), rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "nested", "steps", "signature"),
    [
        ("y(t) = h(t)[0]; h(t) = stack(a * x(t), b)", "a * x(2)", ["h(2)[0]", "a * x(2)"], "g(x(2); a)"),
        (
            "y(t) = (h(t) + 2)[1]; h(t) = stack(x(t), h(t-1)[0])", "x(1) + 2",
            ["h(2)[1] + 2", "h(1)[0] + 2", "x(1) + 2"], "g(x(1))",
        ),
        ("y(t) = h(t)[1:][0]; h(t) = stack(a, b, c)", "b", ["h(2)[1:][0]", "b"], "g(b)"),
        (
            "h(t) : 2; y(t) = M(t)[1, 0]; M(t) = stack(h(t), h(t)); h(t) = stack(x(t), u(t))", "x(2)",
            ["M(2)[1, 0]", "h(2)[0]", "x(2)"], "g(x(2))",
        ),
        (
            "h(t) : 2; y(t) = M(t).T[1]; M(t) = stack(h(t), 2 * h(t)); h(t) = stack(x(t), u(t))",
            "stack(u(2), 2 * u(2))", ["M(2)[:, 1]", "stack(h(2)[1], 2 * h(2)[1])", "stack(u(2), 2 * u(2))"], "g(u(2))",
        ),
        (
            "x(t) : m; y(t) = S(t)[0, 1]; S(t) = a * S(t-1) + outer(x(t), x(t)); S(0) = 0; a : ()",
            "a * (x(1)[0] * x(1)[1]) + x(2)[0] * x(2)[1]",
            ["S(2)[0, 1]", "a * S(1)[0, 1] + x(2)[0] * x(2)[1]", "a * (x(1)[0] * x(1)[1]) + x(2)[0] * x(2)[1]"],
            "g(x(2), x(1); a)",
        ),
        # What a number fills has that number at each entry.
        ("h(t) : 3; u(t) : (); y(t) = h(t)[2]; h(t) = 2 * u(t)", "2 * u(2)", ["h(2)[2]", "2 * u(2)"], "g(u(2))"),
        (
            "M(t) : (2, 2); y(t) = s(t)[1]; s(t) = M(t)[0]; M(t) = stack(s(t-1), stack(x(t), a))", "s(0)[1]",
            ["s(2)[1]", "M(2)[0][1]", "s(1)[1]", "M(1)[0][1]", "s(0)[1]"], "g(s(0))",
        ),
        # A condition stays as it is.
        (
            "y(t) = h(t)[0]; h(t) = stack(a, b) if x(t) > 0 else stack(b, a)",
            "(stack(a, b) if x(2) > 0 else stack(b, a))[0]",
            ["h(2)[0]", "(stack(a, b) if x(2) > 0 else stack(b, a))[0]"], "g(x(2); a, b)",
        ),
    ],
)  # fmt: skip
def test_entries_are_taken_where_they_are_known(text: str, nested: str, steps: list[str], signature: str) -> None:
    expansion = Circuit(text).expand("y(2)")
    assert expansion.text == nested
    assert [str(line).partition(" = ")[2] for line in expansion.steps()] == steps
    assert expansion.signature == f"y(2) = {signature}"


def test_sympy_needs_no_form_for_what_is_put_together() -> None:
    a, b = sympy.symbols("a b")
    assert (
        Circuit("y(t) = stack(a, b)[0] * stack(a, b)[1] + x(t)").expand("y(1)").sympy - sympy.Function("x")(1) == a * b
    )


_SCALARS = ("p[0]", "r", "s(t-1)[0]", "s(t-1)[2]", "(s(t-1) + p)[1]", "x(t)", "w(t-1)[1]", "M(t-1)[1, 2]", "2", "0")
_VECTORS = (
    "s(t-1)", "p", "stack({0}, {1}, {2})", "{0} * s(t-1)", "concat(w(t-1)[0:1], stack({0}, {1}))", "M(t-1)[1]",
    "M(t-1).T[:, 0]", "tanh(s(t-1)) - p", "max(s(t-1), {0})", "M(t-1)[:, 1:][0][0] * p", "w(t-1)[1:2][0] * ones(3)",
    "outer(p, s(t-1))[1]", "stack(s(t-1), p)[1]", "zeros(3)", "{0} * (stack({1}, 0, {2}) + p)",
)  # fmt: skip
_MATRICES = ("stack({0}, {1})", "stack(p, {0})", "0.5 * M(t-1)", "outer(stack(r, x(t)), {0})", "M(t-1) + stack({0}, p)")


@st.composite
def put_together(draw: st.DrawFn) -> str:
    """Return the text of a circuit whose vectors and matrices are put together of parts of one another."""

    def scalar() -> str:
        return draw(st.sampled_from(_SCALARS))

    def vector() -> str:
        return f"({draw(st.sampled_from(_VECTORS)).format(scalar(), scalar(), scalar())})"

    lines = ["p, s(t), w(t) : 3", "M(t) : (2, 3)", "r, x(t), y(t) : ()"]
    lines.append(f"s(t) = 0.5 * {vector()} + {vector()}")
    lines.append(f"w(t) = {vector()} * 0.3")
    lines.append(f"M(t) = {draw(st.sampled_from(_MATRICES)).format(vector(), vector())}")
    lines += draw(
        st.sampled_from([[], ["s(0) = stack(1, 0, r)"], ["s(0) = 0"], ["s(0) = p"], ["s(1) = stack(r, 2, 1)"]])
    )
    lines += draw(st.sampled_from([[], ["M(0) = 0"], ["M(0) = stack(p, stack(1, r, 0))"]]))
    reads = (
        "s(t)[1]",
        "M(t)[0, 2]",
        "M(t).T[1, 1]",
        "(s(t) * w(t))[2]",
        "M(t)[1][0]",
        "s(t)[1:][0]",
        "sum(M(t)[:, 1])",
    )
    lines.append(f"y(t) = {draw(st.sampled_from(reads))} + {draw(st.sampled_from(reads))}")
    return "\n".join(lines)


@examples(150)
@given(text=put_together(), steps=st.integers(1, 3), seed=st.integers(0, 1000), data=st.data())
def test_parts_of_what_is_put_together_mean_the_same(text: str, steps: int, seed: int, data: st.DataObject) -> None:
    assert_it_means_what_the_circuit_means(text, (steps,), seed, data)
