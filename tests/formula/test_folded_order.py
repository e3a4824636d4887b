"""The order of a far target, told by a nearer one, is that which walking all its nodes gives; so are its equations."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.generators.circuits import everything
from tests.support.profiles import examples
from unfoldgraph import Circuit, CircuitError
from unfoldgraph.formula import folded_order
from unfoldgraph.formula.expansion import Expansion
from unfoldgraph.formula.folded_order import RepeatedSteps


def told(expansion: Expansion) -> list[Any]:
    """Return what an expansion says in all forms, or why it does not."""
    found = expansion.derivation.found
    folded = found.folded
    answers: list[Any] = [found.nodes, expansion.derivation.equations, folded.constants, folded.fewer]
    answers += [folded.changed, folded.filling]
    answers += ["".join(expansion.render("let", "text", notation)) for notation in ("book", "subscript", "bracket")]
    # What doubles at each step is not written out.
    answers += [list(expansion.derivation.growth()), expansion.text if expansion.size < 20_000 else None]
    lines = expansion.let()
    return [*answers, lines, [line.latex for line in lines[::9]], "".join(expansion.render("let", "json"))]


def assert_repeats(circuit: Circuit, target: str, steps: Any = None) -> RepeatedSteps | None:
    """Compare the order of a target with that of all its nodes; return what of it repeats."""
    try:
        short = circuit.expand(target, steps)
    except CircuitError:
        return None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folded_order, "_repeated", lambda instances, target: None)
        walked = told(circuit.expand(target, steps))
    assert told(short) == walked
    return short.derivation.found.stretch


@given(everything(), st.integers(20, 50), st.integers(0, 9))
@examples(40)
def test_of_generated_circuits(text: str, place: int, more: int) -> None:
    circuit = Circuit(text)
    for name in circuit.model.signals:
        if len(circuit.model.axes_of(name)) == 1:
            assert_repeats(circuit, f"{name}({place})", dict.fromkeys(circuit.axes, place + more))


@pytest.mark.parametrize(
    ("text", "target", "block"),
    [
        ("h(t) = tanh(b + W @ h(t-1) + U @ x(t))", "h(40)", "h"),
        ("h(t) = tanh(W @ h(t-1) + U @ x(t)); h(0) = 0", "h(40)", "h"),
        ("s(t) = r * s(t-1) * (1 - s(t-1)); s(1) = s1", "s(40)", "s"),
        ("h(t) = f(h(t-1), x(t), t; theta); o(t) = V @ h(t)", "o(40)", "h"),
        ("o(t) = V @ h(t); h(t) = f(h(t-1), o(t-1), x(t); theta)", "h(40)", "ho"),
        # Nodes of every second or third step, and of all once several loops have gone round.
        ("a(t) = f(a(t-2)) + x(t-5)", "a(80)", "a"),
        ("a(t) = f(b(t-2)); b(t) = g(a(t-3))", "a(80)", "ba"),
        ("a(t) = f(a(t-2), a(t-3))", "a(90)", "a"),
        ("a(t) = f(a(t-3), c(t-1)); c(t) = g(c(t-2))", "a(99)", "cacc"),
        # Places that numbers tell: boundaries, pins, and what all steps read.
        ("h(t) = h(t-1) * x(3) + h(t-2); h(7) = 1; h(9) = x(9); h(0) = 0; h(-1) = 1", "h(60)", "h"),
        ("h(t) = f(h(t-1), g(5)); g(t) = g(t-1) + x(t)", "h(60)", None),
        # Constants that go on for a while, for ever, or come to an end.
        ("h(t) = h(t-1) + c(t-3); c(t) = x(t) * d(t); d(t) = d(t-1) * y(t); d(0) = 0; c(5) = 1", "h(70)", None),
        ("h(t) = h(t-1) * x(t); h(0) = 0; h(6) = 1", "h(60)", "h"),
        ("h(t) = c(t) * h(t-1); c(t) = 2 * c(t-1); c(0) = 1", "h(60)", None),
        ("h(t) = t * h(t-1); h(0) = 1", "h(60)", None),
        ("h(t) = a**t * h(t-1) + t", "h(60)", "h"),
        ("F(t) = F(t-1) + F(t-2); F(0) = 0; F(1) = 1", "F(60)", None),
        # Percent signs, letters that are words, and functions that a number would make a read of.
        ("theta_1(t) = theta_1(t-1) % 7 + f(t, x(t))", "theta_1(60)", "theta_1"),
        # What is nothing but another, and what binds less tightly than it has to.
        ("a(t) = b(t) * 2; b(t) = c(t); c(t) = a(t-1) + x(t); a(0) = u + v", "a(60)", "cba"),
        ("a(t) = 2 * b(t-1); b(t) = a(t)", "a(60)", "ab"),
        ("h(t) = -h(t-1)**2 - (h(t-2) - x(t)) / 100 % 3", "h(20)", "h"),
        ("h(t) = f(h(t-1); ) + f(t; ) + g(5, x(t))", "h(60)", None),
        ("m(t) = min(m(t-1), x(t)) if x(t) < 3 else W @ m(t-1)", "m(18)", "m"),
        ("h(t) = h(t-1)[0:2] + x(t)[1]; h(t) : 2; x(t) : 3", "h(30)", "h"),
        # What does not only look back, or not along one axis.
        ("h(t) = h(t-1) + x(t+1)", "h(40)", None),
        ("h(t) = h(t-1) + x(end)", "h(40)", None),
        ("h(t) = h(t-1) + sum(x(s) for s)", "h(20)", None),
        ("h(t) = f(h(t-1)) + c; c = a + b", "h(40)", None),
        ("h(t) = h(t-1) for t in 5..end; h(4) = 1", "h(40)", None),
        ("h(t) = h(t+1) + x(t)", "h(3)", None),
        ("h(t) = sum(h(t-k) for k in 1..2) + x(t)", "h(40)", None),
        ("y(t) = x(t) + 1", "y(50)", None),
    ],
)
def test_of_hand_made_circuits(text: str, target: str, block: str | None) -> None:
    found = assert_repeats(Circuit(text), target, 100)
    names = None if found is None else "".join(name for name, _ in found.block)
    assert names == block


def test_a_far_target_costs_as_much_as_a_near_one(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    listed = folded_order.nodes_before
    monkeypatch.setattr(
        folded_order, "nodes_before", lambda instances, target: asked.append(target) or listed(instances, target)
    )
    lines = Circuit("h(t) = tanh(W @ h(t-1) + x(t))").expand("h(100000)").let()
    assert len(lines) == 100_000
    assert lines[-1] == "h(100000) = tanh(W @ h(99999) + x(100000))"
    assert lines[54_321].latex == r"h^{(54322)} = \tanh(W h^{(54321)} + x^{(54322)})" or "54321" in lines[54_321].latex
    assert all(at <= 20 for _, (at,) in asked)
