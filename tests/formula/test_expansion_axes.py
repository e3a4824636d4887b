"""Formulas along several axes, backward and both ways: what a lecturer would write, and what is asked for."""

from __future__ import annotations

import json

import pytest

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.formula.expansion import expand

pytestmark = pytest.mark.filterwarnings("ignore::unfoldgraph.base.errors.CircuitWarning")

GRID = "h(i, j) = tanh(x(i, j) + v * h(i-1, j) + w * h(i, j-1)); h(0, j) = 0; h(i, 0) = 0"
BACKWARD = "g(t) = f(g(t+1), x(t); theta); g(end+1) = 0"
TWO_WAY = "h(t) = a * h(t-1) + x(t); h(0) = 0; g(t) = b * g(t+1) + x(t); g(end+1) = 0; o(t) = h(t) + g(t)"


def let(circuit: Circuit, target: str | None, lengths: dict[str, int] | None = None) -> list[str]:
    return list(map(str, circuit.expand(target, lengths).let()))


# What a lecturer would write ----------------------------------------------------------------------------


def test_a_lattice_is_listed_by_wavefronts_and_substituted_back() -> None:
    expansion = Circuit(GRID).expand("h(2, 2)")
    assert list(map(str, expansion.let())) == [
        "h(1, 1) = tanh(x(1, 1))",
        "h(1, 2) = tanh(x(1, 2) + w * h(1, 1))",
        "h(2, 1) = tanh(x(2, 1) + v * h(1, 1))",
        "h(2, 2) = tanh(x(2, 2) + v * h(1, 2) + w * h(2, 1))",
    ]
    assert list(map(str, expansion.steps()))[1].strip() == (
        "= tanh(x(2, 2) + v * h(1, 2) + w * tanh(x(2, 1) + v * h(1, 1)))"
    )
    assert expansion.signature == "h(2, 2) = g(x(2, 2), x(2, 1), x(1, 2), x(1, 1); v, w)"
    assert expansion.signature.latex == (
        r"h^{(2, 2)} = g^{(2, 2)}\left(x^{(2, 2)}, x^{(2, 1)}, x^{(1, 2)}, x^{(1, 1)}; v, w\right)"
    )


def test_backward_in_time() -> None:
    expansion = Circuit(BACKWARD).expand("g(1)", 3)
    assert list(map(str, expansion.steps())) == [
        "g(1) = f(g(2), x(1); θ)",
        "     = f(f(g(3), x(2); θ), x(1); θ)",
        "     = f(f(f(0, x(3); θ), x(2); θ), x(1); θ)",
    ]
    assert let(Circuit(BACKWARD), "g(2)", {"t": 3}) == ["g(3) = f(0, x(3); θ)", "g(2) = f(g(3), x(2); θ)"]
    assert Circuit(BACKWARD).expand("g(end)", 3).text == "f(0, x(3); θ)"
    assert Circuit(BACKWARD).expand("g(end+1)", 3).text == "0"
    assert Circuit(BACKWARD.replace("= 0", "= g_last")).expand("g", 2).text == "f(g(3), x(2); θ)"
    assert Circuit(BACKWARD).expand("g(1)", 3).signature == "g(1) = G(x(3), x(2), x(1); θ)"


def test_both_ways_each_loop_runs_in_its_own_direction() -> None:
    assert let(Circuit(TWO_WAY), "o(2)", {"t": 3}) == [
        "h(1) = x(1)",
        "h(2) = a * h(1) + x(2)",
        "g(3) = x(3)",
        "g(2) = b * g(3) + x(2)",
        "o(2) = h(2) + g(2)",
    ]
    assert Circuit(TWO_WAY).expand("o(2)", 3).text == "a * x(1) + x(2) + (b * x(3) + x(2))"


def test_layer_by_layer() -> None:
    circuit = Circuit.gallery("deep-bidirectional")
    listed = [line.partition(" = ")[0] for line in let(circuit, "z(2, 1)", {"l": 2, "t": 2})]
    assert listed == [
        "z(0, 1)", "z(0, 2)", "h(1, 1)", "h(1, 2)", "g(1, 2)", "g(1, 1)", "z(1, 1)", "z(1, 2)",
        "h(2, 1)", "g(2, 2)", "g(2, 1)", "z(2, 1)",
    ]  # fmt: skip


def test_within_a_step_as_written() -> None:
    listed = [line.partition(" = ")[0] for line in let(Circuit.gallery("kalman"), "x(1)")]
    assert listed == ["p(1)", "M(1)", "S(1)", "K(1)", "x(1)"]


@pytest.mark.parametrize(
    ("target", "value"), [("C(4,2)", "6"), ("C(10, 5)", "252"), ("C[3, 0]", "1"), ("C(2, 3)", "0"), ("C(0, 0)", "1")]
)
def test_constants_fold_along_two_axes(target: str, value: str) -> None:
    assert Circuit.gallery("pascal").expand(target).text == value


def test_edges_and_corners() -> None:
    circuit = Circuit.gallery("edit-distance")
    # What stands on an edge is a number, and the least of some numbers is one.
    assert let(circuit, "c(1, 2)") == [
        "c(1, 1) = min(2, a(1) != b(1))",
        "c(1, 2) = min(3, c(1, 1) + 1, 1 + (a(1) != b(2)))",
    ]
    assert circuit.expand("c(0, 3)").text == "3"
    assert circuit.expand("D", i=1, j=1).text == "min(2, a(1) != b(1))"
    assert circuit.expand("c", i=1, j=0).text == "1"
    chain = Circuit("c(i, j) = c(i-1, j) * p; c(0, j) = c(0, j-1) + gap(j); c(0, 0) = c00")
    assert chain.expand("c(1, 2)").text == "(c(0, 0) + gap(1) + gap(2)) * p"
    # A bare name stays, wherever it stands.
    assert Circuit("h(i, j) = h(i, j-1) * x(i); h(i, 0) = top").expand("h(2, 1)").text == "h(2, 0) * x(2)"
    assert Circuit("h(i, j) = h(i, j-1) * x(i); h(i, 0) = y(i)").expand("h(2, 1)").text == "y(2) * x(2)"
    # Where nothing is written beyond an edge, it is 0.
    assert Circuit("h(i, j) = h(i, j+1) + x(i)").expand("h(1, 2)", i=1, j=2).text == "x(1)"


def test_attention_waits_for_all_of_the_encoder() -> None:
    circuit = Circuit(
        "x(t) : ()\nh(t) = h(t-1) + x(t)\na(u, t) = exp(s(u-1) * h(t))\nc(u) = sum(a(u, j) * h(j) for j)\n"
        "s(u) = tanh(s(u-1) + c(u))"
    )
    assert [line.partition(" = ")[0] for line in let(circuit, "s", {"t": 2, "u": 2})] == [
        "h(1)", "h(2)", "a(1, 1)", "a(1, 2)", "c(1)", "s(1)", "a(2, 1)", "a(2, 2)", "c(2)", "s(2)",
    ]  # fmt: skip
    assert circuit.expand("c(1)", t=2, u=1).signature == "c(1) = g(x(2), x(1), h(0), s(0))"


def test_viterbi_is_written_out() -> None:
    circuit = Circuit.gallery("viterbi")
    lines = let(circuit, "q(1)", {"t": 2, "s": 2})
    assert lines[-3:] == [
        "f(2, 2) = 2 if v(1, 2) * A(2, 2) > v(1, 1) * A(1, 2) else 1",
        "q(2) = 2 if v(2, 2) > v(2, 1) else 1",
        "q(1) = f(2, 1) * (1 == q(2)) + f(2, 2) * (2 == q(2))",
    ]
    # What is over the same axes stands together.
    signature = circuit.expand("P", t=1, s=2).signature
    assert signature == "P = g(y(1), p(2), B(2), p(1), B(1))"


def test_a_boundary_that_meets_itself_is_0() -> None:
    circuit = Circuit("u(t, i) = u(t-1, i-1) + x(i); u(t, 0) = u(t, end); u(0, i) = x(i); u(0, 0) = 1")
    assert circuit.expand("u(1, 0)", t=1, i=0).text == "0"
    assert circuit.expand("u(2, 1)", t=2, i=2).text == "x(1) + x(2) + x(1)"


def test_truth_values_fold() -> None:
    circuit = Circuit.gallery("rule-110")
    assert let(circuit, "u(1, 1)", {"i": 2})[-1] == "u(1, 1) = u(0, 1) or u(0, 2)"
    assert let(circuit, "u(1, 2)", {"i": 2})[-1] == "u(1, 2) = u(0, 2) or 0"


def test_the_number_of_the_step_is_a_constant() -> None:
    circuit = Circuit("n(t) = t; y(t) = y(t-1) + n(t) * x(t); y(0) = 0")
    assert let(circuit, "y(3)")[-1] == "y(3) = y(2) + 3 * x(3)"


def test_a_greatest_over_one_place_keeps_its_shape() -> None:
    circuit = Circuit("x(t) : 3\nk = argmax(x(t) for t)\ns = sum(k)")
    assert circuit.expand("s", 1).text == "3"


# What is asked for --------------------------------------------------------------------------------------


_PLACE_HELP = "write c(2, 3), or c for its last place"


@pytest.mark.parametrize(
    ("circuit", "target", "lengths", "message", "help"),
    [
        (BACKWARD, "g(2)", None, "g(2) depends on the number of steps", "give the number of steps"),
        (BACKWARD, "g", None, "the last place of 'g' depends on the number of steps", "give the number of steps"),
        ("L = sum(x(t) for t); y(t) = x(t)", "L", None, "L depends on the number of steps", "give the number of steps"),
        (
            "viterbi", "v(2, 1)", None,
            "v(2, 1) depends on the length of 's'", "give the number of steps: s=4",
        ),
        (
            "edit-distance", "c", None,
            "the last place of 'c' depends on the lengths of 'i' and 'j'",
            "write c(3, 3), or give the number of steps: i=4,j=4",
        ),
        (
            "edit-distance", "c(2, end)", {"i": 4},
            "c(2, end) depends on the length of 'j'", "write c(3, 3), or give the number of steps: j=4",
        ),
        (
            "encoder-decoder", "s", {"u": 2},
            "s(2) depends on the length of 't'", "give the number of steps: t=4",
        ),
        (
            "edit-distance", "c(2, 9)", {"i": 3, "j": 4},
            "c(2, 9) lies beyond the last place of 'j', 4", "give 9 steps or more: j=9",
        ),
        (
            "edit-distance", "c(-1, 2)", None,
            "there is no c(-1, 2): nothing reads it or gives it", "c(1, 1) is the first place",
        ),
        ("edit-distance", "c(2)", None, "c(2) does not have the places of c(i, j)", None),
        ("edit-distance", "c(2, x)", None, "c(2, x) cannot be expanded: a place is a whole number", _PLACE_HELP),
        ("edit-distance", "c(2, tau)", None, "c(2, tau) cannot be expanded: a place is a whole number", _PLACE_HELP),
        ("edit-distance", "c(2, end3)", None, "c(2, end3) cannot be expanded: a place is a whole number", _PLACE_HELP),
        ("edit-distance", "c(2, 1)", {"k": 3}, "there is no axis 'k'", "the axes are: i, j"),
        ("pascal", "c(4, 2)", None, "unknown signal 'c'", "did you mean 'C'?"),
        (BACKWARD, "g(5)", {"t": 3}, "g(5) lies beyond the last step, 3", "give 5 steps or more"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said(
    circuit: str, target: str, lengths: dict[str, int] | None, message: str, help: str | None
) -> None:
    written = Circuit(circuit) if "=" in circuit else Circuit.gallery(circuit)
    with pytest.raises(CircuitError) as refusal:
        written.expand(target, lengths)
    assert (refusal.value.message, refusal.value.help) == (message, help)


def test_lengths_that_make_no_difference_are_not_asked_for() -> None:
    circuit = Circuit.gallery("encoder-decoder")
    assert circuit.expand("h(1)").text == "tanh(b + W @ h(0) + U @ x(1))"
    assert circuit.expand("s", u=1, t=1).text == circuit.expand("s(1)", t=1).text
    assert circuit.expand(t=1).text == circuit.expand("h(1)").text
    viterbi = Circuit.gallery("viterbi")
    assert viterbi.expand("v(2, 1)", s=2).text == viterbi.expand("v(2, 1)", t=2, s=2).text
    assert viterbi.expand("v(end-1, 1)", t=3, s=2).text == viterbi.expand("v(2, 1)", t=2, s=2).text
    # A fixed place that is read needs as many steps as there are up to it.
    assert Circuit("h(t) = h(t-1) + x(5); h(0) = 0").expand("h(2)").text == "x(5) + x(5)"
    assert Circuit(BACKWARD).expand("g(tau)", 2).text == Circuit(BACKWARD).expand("g", 2).text


def test_sums_over_several_axes_are_refused_before_they_are_written() -> None:
    circuit = Circuit("a(i, j) = x(i, j); L = sum(a(i, j) for i, j)")
    with pytest.raises(CircuitError, match=r"L takes up to 4000001 equations; the limit is 2000000"):
        circuit.expand("L", i=2000, j=2000).render("let")
    backward = Circuit("g(t) = a * g(t+1) + x(t)")
    with pytest.raises(CircuitError, match=r"g\(1\) takes 1000000000000 equations"):
        backward.expand("g(1)", 10**12).render("let")
    with pytest.raises(CircuitError, match=r"g\(7\) takes 999999999994 equations"):
        backward.expand("g(7)", 10**12).render("let")
    assert backward.expand("g(end-1)", 10**12).text.startswith("a * x(1000000000000) + x(")


# LaTeX --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("o = h(end); h(t) = h(t-1)", r"h^{(\tau)}"),
        ("g(t) = g(t+1); g(end+1) = 0", r"g^{(\tau +1)} &= 0"),
        ("D = c(end, end); c(i, j) = x(i, j)", r"D &= c^{(\tau_{i}, \tau_{j})}"),
        ("D = c(end, end-1); c(t, u) = x(t, u)", r"D &= c^{(\tau, \tau_{u} -1)}"),
        ("D = sum(c(i, j) for i, j); c(i, j) = x(i, j)", r"\sum_{i=1}^{\tau_{i}} \sum_{j=1}^{\tau_{j}} c^{(i, j)}"),
        ("D = max(c(i, j) for i, j); c(i, j) = x(i, j)",
         r"\max_{1 \le i \le \tau_{i},\, 1 \le j \le \tau_{j}}\left(c^{(i, j)}\right)"),
        ("D = max(x(k) for k); y(t) = x(t)", r"\max_{1 \le k \le \tau}\left(x^{(k)}\right)"),
        ("D = max(x(k) for k in 2..4); x(t) : ()", r"\max_{2 \le k \le 4}\left(x^{(k)}\right)"),
        # The name that is bound may be that of another axis.
        ("a(i) = sum(c(i, t) / end(t) for t); c(i, j) = x(i, j); y(t) = t",
         r"\sum_{t=1}^{\tau_{j}} \frac{c^{(i, t)}}{\tau_{j}}"),
        ("a(i) = sum(max(c(k, j) for j) for k) + y(i); c(i, j) = x(i, j)",
         r"\sum_{k=1}^{\tau_{i}} \max_{1 \le j \le \tau_{j}}\left(c^{(k, j)}\right)"),
        ("y(t) = x(t) / end(t); z(u) = w(u) / end(u)", r"\frac{w^{(u)}}{\tau_{u}}"),
        ("def f(v) = v * p\na(i) = sum(f(c(i, k)) for k); c(i, j) = x(i, j)",
         r"\sum_{k=1}^{\tau_{j}} f\left(c^{(i, k)}\right)"),
        # Axes that share their length have one end.
        ("a(s) = sum(m(r, s) * b(s, r) for r); b(s, r) = m(s, r)", r"\sum_{r=1}^{\tau} m^{(r, s)}"),
    ],
)  # fmt: skip
def test_the_ends_of_axes_are_told_apart(text: str, latex: str) -> None:
    assert latex in Circuit(text).latex


def test_notations_of_several_axes() -> None:
    model = Circuit(GRID).model
    found = {notation: expand(model, "h(1, 2)", notation=notation) for notation in ("book", "subscript", "bracket")}
    assert {notation: one.let()[-1].partition(" = ")[0] for notation, one in found.items()} == {
        "book": "h(1, 2)", "subscript": "h_{1, 2}", "bracket": "h[1, 2]",
    }  # fmt: skip
    assert found["subscript"].let()[-1].latex.startswith("h_{1, 2} = ")


@pytest.mark.parametrize("form", ["nested", "steps", "let", "signature"])
def test_every_format_of_every_form(form: str) -> None:
    for text, target, lengths in ((GRID, "h(2, 2)", None), (TWO_WAY, "o(2)", {"t": 3})):
        expansion = Circuit(text).expand(target, lengths)
        found = json.loads("".join(expansion.render(form, "json")))
        assert found["target"] == target
        plain = "".join(expansion.render(form)).splitlines()
        assert [line["right"] for line in found["lines"]] == [line.rpartition(" = ")[2] for line in plain]
        assert len("".join(expansion.render(form, "sympy")).splitlines()) == len(plain)
