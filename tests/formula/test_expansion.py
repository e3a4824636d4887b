"""Expansions as the book writes them, their sizes, their limits, and what bad targets are told."""

from __future__ import annotations

import json
import math

import pytest

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.formula.expansion import expand

CLASSICAL = "s(t) = f(s(t-1); theta); s(1) = s1"
DRIVEN = "h(t) = f(h(t-1), x(t); theta)"
RNN = "h(t) = tanh(b + W @ h(t-1) + U @ x(t))"
SQUARE = "h(t) = h(t-1) * h(t-1)"


def lines(expansion: object) -> list[str]:
    return [str(line) for line in expansion]  # type: ignore[attr-defined]


# The book -----------------------------------------------------------------------------------------------


def test_equations_10_2_and_10_3() -> None:
    expansion = Circuit(CLASSICAL).expand("s(3)")
    assert lines(expansion.steps()) == ["s(3) = f(s(2); θ)", "     = f(f(s(1); θ); θ)"]
    assert expansion.text == "f(f(s(1); θ); θ)"
    assert expansion.size == 5
    state, theta = r"\boldsymbol{s}^{(%d)}", r"; \boldsymbol{\theta}\right)"
    assert expansion.latex == r"f\left(f\left(" + state % 1 + theta + theta
    first, second = expansion.steps()
    assert first.latex == state % 3 + r" = f\left(" + state % 2 + theta
    assert second.latex == "= " + expansion.latex


def test_equation_10_6() -> None:
    signature = Circuit(DRIVEN).expand("h", 3).signature
    assert signature == "h(3) = g(x(3), x(2), x(1), h(0); θ)"
    read = r"\boldsymbol{x}^{(3)}, \boldsymbol{x}^{(2)}, \boldsymbol{x}^{(1)}, \boldsymbol{h}^{(0)}"
    assert signature.latex == r"\boldsymbol{h}^{(3)} = g^{(3)}\left(" + read + r"; \boldsymbol{\theta}\right)"


def test_let_in_the_order_of_computation() -> None:
    assert lines(Circuit(RNN).expand("h(2)").let()) == [
        "h(1) = tanh(b + W @ h(0) + U @ x(1))",
        "h(2) = tanh(b + W @ h(1) + U @ x(2))",
    ]


# Forms --------------------------------------------------------------------------------------------------


def test_lstm_is_substituted_one_signal_at_a_time() -> None:
    circuit = Circuit.gallery("lstm")
    expansion = circuit.expand("h(2)")
    steps, let = lines(expansion.steps()), lines(expansion.let())
    assert steps[:2] == ["h(2) = o(2) * tanh(c(2))", "     = o(2) * tanh(f(2) * c(1) + i(2) * g(2))"]
    assert len(steps) == len(let) == 12
    assert [line.partition(" ")[0] for line in let] == [f"{name}({t})" for t in (1, 2) for name in "ifogch"]
    assert steps[-1].removeprefix("     = ") == expansion.text
    # The circuit has a g of its own.
    assert expansion.signature.startswith("h(2) = G(x(2), x(1), c(0), h(0); W_i, ")


def test_two_delays_and_two_boundaries() -> None:
    expansion = Circuit("y(t) = a * y(t-1) + b * y(t-2) + x(t)").expand("y(2)")
    assert expansion.text == "a * (a * y(0) + b * y(-1) + x(1)) + b * y(0) + x(2)"
    assert expansion.signature == "y(2) = g(x(2), x(1), y(0), y(-1); a, b)"


def test_recurrent_signals_of_one_step_in_turn() -> None:
    circuit = Circuit("x(t) = x(t-1) + p * y(t-1); y(t) = y(t-1) - q * x(t-1)")
    assert lines(circuit.expand("x(2)").steps()) == [
        "x(2) = x(1) + p * y(1)",
        "     = x(1) + p * (y(0) - q * x(0))",
        "     = x(0) + p * y(0) + p * (y(0) - q * x(0))",
    ]


def test_a_value_without_axes_takes_steps() -> None:
    circuit = Circuit(f"o = V @ h(end); {RNN}")
    expansion = circuit.expand("o", 2)
    assert expansion.text == "V @ tanh(b + W @ tanh(b + W @ h(0) + U @ x(1)) + U @ x(2))"
    assert lines(expansion.let())[-1] == "o = V @ h(2)"
    assert expansion.signature == "o = g(x(2), x(1), h(0); V, b, W, U)"


def test_a_reduction_is_written_out() -> None:
    circuit = Circuit("L = sum(loss(t) for t); loss(t) = (h(t) - y(t)) ** 2; h(t) = a * h(t-1); h(0) = 1; y(t) : ()")
    assert circuit.expand("L", 2).text == "(a - y(1))**2 + (a * a - y(2))**2"
    assert Circuit("m = max(x(t) for t); x(t) = t * u(t)").expand("m", 2).text == "max(u(1), 2 * u(2))"
    assert Circuit("m = mean(u(t) for t); x(t) = u(t)").expand("m", 2).text == "(u(1) + u(2)) / 2"
    assert Circuit("m = sum(u(t) for t); x(t) = u(t)").expand("m", 0).text == "0"


def test_boundaries_that_are_not_names_are_substituted() -> None:
    circuit = Circuit("s(t) = a * s(t-1) + last; last = z(end); z(t) = z(t-1) * x(t); s(0) = tanh(last); z(0) = z0")
    assert circuit.expand("s", 1).text == "a * tanh(z(0) * x(1)) + z(0) * x(1)"
    assert lines(circuit.expand("s", 1).let()) == [
        "z(1) = z(0) * x(1)", "last = z(1)", "s(0) = tanh(last)", "s(1) = a * s(0) + last",
    ]  # fmt: skip


def test_a_pin_that_is_a_name_is_where_it_ends() -> None:
    assert Circuit(CLASSICAL).expand("s(1)").text == "s1"
    assert lines(Circuit(CLASSICAL).expand("s(2)").let()) == ["s(2) = f(s(1); θ)"]


def test_a_free_boundary_is_itself() -> None:
    expansion = Circuit(RNN).expand("h", 0)
    assert (expansion.text, expansion.size) == ("h(0)", 1)
    assert lines(expansion.let()) == lines(expansion.steps()) == ["h(0) = h(0)"]


def test_the_default_target_is_the_first_signal_with_a_delay() -> None:
    circuit = Circuit("o(t) = V @ h(t); h(t) = tanh(W @ h(t-1))")
    assert circuit.expand(steps=1).text == "tanh(W @ h(0))"


@pytest.mark.parametrize(
    ("notation", "text", "latex"),
    [
        ("book", "r * h(0)", r"r \, h^{(0)}"),
        ("subscript", "r * h_0", r"r \, h_{0}"),
        ("bracket", "r * h[0]", r"r \, h[0]"),
    ],
)
def test_notations(notation: str, text: str, latex: str) -> None:
    expansion = expand(Circuit("h(t) = r * h(t-1)").model, "h(1)", notation=notation)
    assert (expansion.text, expansion.latex) == (text, latex)
    left = text.removeprefix("r * ").replace("0", "1")
    plain = expand(Circuit("h(t) = r * h(t-1)").model, "h(1)")
    for form in ("steps", "let"):
        assert "".join(plain.render(form, "text", notation)) == f"{left} = {text}\n"
    assert latex in "".join(plain.render("let", "latex", notation))


def test_lines_written_once_are_those_written_one_by_one() -> None:
    circuit = Circuit(f"{RNN}; y(t) = t * y(t-1) - 2 ** t * p[1] + sum(h(t)) / end(t)")
    expansion = circuit.expand("y", 4)
    writer, rights, nodes = expansion.writer, expansion.derivation.rights, expansion.derivation.equations
    one_by_one = [f"{writer.left(node)} = {writer.text(rights.right(node).value)}" for node in nodes]
    assert lines(expansion.let()) == one_by_one
    in_latex = [f"{writer.left_latex(node)} = {writer.latex(rights.right(node).value)}" for node in nodes]
    assert [line.latex for line in expansion.let()] == in_latex


# Output -------------------------------------------------------------------------------------------------


def test_latex_output_is_aligned() -> None:
    assert "".join(Circuit(CLASSICAL).expand("s(3)").render("steps", "latex")) == (
        "\\begin{aligned}\n"
        "\\boldsymbol{s}^{(3)} &= f\\left(\\boldsymbol{s}^{(2)}; \\boldsymbol{\\theta}\\right) \\\\\n"
        " &= f\\left(f\\left(\\boldsymbol{s}^{(1)}; \\boldsymbol{\\theta}\\right); \\boldsymbol{\\theta}\\right)\n"
        "\\end{aligned}\n"
    )


@pytest.mark.parametrize("form", ["nested", "steps", "let", "signature"])
def test_json_says_what_the_text_says(form: str) -> None:
    expansion = Circuit(CLASSICAL).expand("s(3)")
    found = json.loads("".join(expansion.render(form, "json")))
    assert {key: found[key] for key in found if key != "lines"} == {
        "version": 1, "target": "s(3)", "form": form, "notation": "book",
    }  # fmt: skip
    text = "".join(expansion.render(form)).splitlines()
    rights = [line.partition("= ")[2] or line for line in text]
    assert [line["right"] for line in found["lines"]] == rights
    assert all(set(line) == {"left", "right", "left_latex", "right_latex"} for line in found["lines"])


def test_what_is_wrong_is_told_before_the_first_chunk() -> None:
    with pytest.raises(CircuitError, match="has 36893488147419103231 nodes"):
        Circuit(SQUARE).expand("h(64)").render("nested")
    for form, wrong in (("nest", "did you mean 'nested'"), ("closed", "not available yet")):
        with pytest.raises(CircuitError, match=wrong):
            Circuit(SQUARE).expand("h(4)").render(form)
    with pytest.raises(CircuitError, match="not available yet"):
        _ = Circuit(SQUARE).expand("h(4)").closed


# Sizes and limits ---------------------------------------------------------------------------------------


def test_size_is_exact_and_counted_before_anything_is_built() -> None:
    expansion = Circuit(SQUARE).expand("h(64)")
    assert expansion.size == 2**65 - 1 == 36893488147419103231
    with pytest.raises(CircuitError) as refusal:
        _ = expansion.text
    assert refusal.value.message == "the nested form of h(64) has 36893488147419103231 nodes; the limit is 2000000"
    assert "--form let" in str(refusal.value.help)
    assert Circuit(SQUARE).expand("h(20000)").size == 2**20001 - 1
    with pytest.raises(CircuitError, match=r"has about 7\.96055e6020 nodes"):
        _ = Circuit(SQUARE).expand("h(20000)").text
    assert Circuit("h(t) = h(t-1)").expand("h(1000)").size == 1


def test_the_size_of_all_steps_is_refused() -> None:
    # One substitution a line: 9 + 18 + … nodes and one for h(0) or what stands for it.
    total = sum(9 * k + 1 for k in range(1, 5001))
    with pytest.raises(CircuitError, match=f"the steps form of h\\(5000\\) has {total} nodes"):
        Circuit(RNN).expand("h(5000)").steps()


@pytest.mark.parametrize(
    ("text", "target", "count"),
    [
        (RNN, "h", 10**12),
        (f"o = V @ h(end); {RNN}", "o", 10**12 + 1),
        ("y(t) = y(t-2) + a * y(t-4) + x(t)", "y", 5 * 10**11),
        ("y(t) = a * z(t-1); z(t) = y(t-1) + w(t); w(t) = w(t-1) * w(t-3)", "y", 2 * 10**12 - 1),
        (CLASSICAL, "s", 10**12 - 1),
        ("x(t) = y(t-1); y(t) = x(t-1); z(t) = x(t)", "z", 10**12 + 1),
    ],
)
@pytest.mark.parametrize("form", ["nested", "steps", "let", "signature"])
def test_a_trillion_steps_are_refused_at_once(text: str, target: str, count: int, form: str) -> None:
    with pytest.raises(CircuitError, match=rf" takes {count} equations; the limit is"):
        Circuit(text).expand(target, 10**12).render(form)


def test_a_few_steps_of_a_trillion_are_fine() -> None:
    assert Circuit("h(t) = r * h(t-1)").expand("h(2)", 10**12).text == "r * (r * h(0))"


def test_sums_over_everything_in_every_step_are_refused() -> None:
    circuit = Circuit("a(t) = sum(m(s) * w(t) for s); m(t) = m(t-1) + x(t)")
    with pytest.raises(CircuitError, match="10000000000 terms"):
        circuit.expand("a", 10**5).render("let")


def test_a_hundred_thousand_steps_are_written_out() -> None:
    count = 0
    for chunk in Circuit(RNN).expand("h", 100_000).render("let"):
        count += chunk.count("\n")
    assert count == 100_000
    assert chunk.endswith("h(100000) = tanh(b + W @ h(99999) + U @ x(100000))\n")
    nested = Circuit("h(t) = tanh(h(t-1))").expand("h", 100_000)
    assert nested.text == "tanh(" * 100_000 + "h(0)" + ")" * 100_000
    assert nested.signature == "h(100000) = g(h(0))"


# Targets ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "message", "help"),
    [
        ("q(3)", "unknown signal 'q'", "the signals are: h"),
        ("hh(3)", "unknown signal 'hh'", "did you mean 'h'?"),
        ("h(t)", "h(t) cannot be expanded: a place is a whole number", "write h(3), or h for its last place"),
        ("h(0.5)", "h(0.5) cannot be expanded: a place is a whole number", "write h(3), or h for its last place"),
        ("h()", "h() cannot be expanded: its place is missing", "write h(3), or h for its last place"),
        ("h(-2)", "there is no h(-2): nothing reads it or gives it", "h(1) is the first place"),
        ("h(9)", "h(9) lies beyond the last step, 5", "give 9 steps or more"),
        ("h(1, 2)", "h(1, 2) does not have the places of h(t)", None),
        ("h(" + "9" * 31 + ")", "a place of 'h' has 31 digits; the limit is 30", None),
        ("x(3)", "'x' is an input: there is nothing to expand", "the signals are: h"),
        ("W", "'W' is a parameter: there is nothing to expand", "the signals are: h"),
        ("h(3", "'h(3' is not a place of a signal", "write h(4), or h for its last place"),
        ("", "'' is not a place of a signal", "write h(4), or h for its last place"),
        ("h(٣)", "h(٣) cannot be expanded: a place is a whole number", "write h(3), or h for its last place"),
    ],
)
def test_bad_targets(target: str, message: str, help: str | None) -> None:
    with pytest.raises(CircuitError) as refusal:
        Circuit(RNN).expand(target, 5)
    assert (refusal.value.message, refusal.value.help) == (message, help)


def test_the_last_place_needs_steps() -> None:
    for target in ("h", None, "h(end)"):
        with pytest.raises(CircuitError, match="the last place of 'h' depends on the number of steps"):
            Circuit(RNN).expand(target)
    assert Circuit(RNN).expand("h(end)", 1).text == Circuit(RNN).expand(" h [ 1 ] ").text
    with pytest.raises(CircuitError, match="'o' has no axes"):
        Circuit(f"o = V @ h(end); {RNN}").expand("o(1)", 2)


def test_exact_constants_of_many_steps() -> None:
    fibonacci = Circuit("F(t) = F(t-1) + F(t-2); F(0) = 0; F(1) = 1")
    assert fibonacci.expand("F(10)").text == "55"
    assert lines(fibonacci.expand("F(4)").let()) == ["F(2) = 1", "F(3) = 2", "F(4) = 3"]
    before, value = 0, 1
    for _ in range(999):
        before, value = value, before + value
    assert fibonacci.expand("F(1000)").text == str(value)
    factorial = Circuit("c(t) = c(t-1) * t; c(0) = 1").expand("c(1000)")
    assert factorial.text == str(math.factorial(1000))
