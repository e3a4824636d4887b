"""Groups: signals that are shown together under a title. They are kept, told, and change no meaning."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.cli.report import report, report_text

CELL = "c(t) = f(t) * c(t-1) + x(t)\nf(t) = sigmoid(w * h(t-1))\nh(t) = tanh(c(t))\n"
GROUPS = 'group "Cell \\"1\\" \\\\ 2": c, f\ngroup "All": h, c, f, x\n'


def error_of(text: str) -> str:
    with pytest.raises(CircuitError) as caught:
        Circuit(text)
    return str(caught.value)


def test_a_group_is_kept_and_changes_no_meaning() -> None:
    circuit, plain = Circuit(GROUPS + CELL), Circuit(CELL)
    assert circuit.text() == CELL + GROUPS
    assert [tuple(group) for group in circuit.groups] == [
        ('Cell "1" \\ 2', ("c", "f")),
        ("All", ("h", "c", "f", "x")),
    ]
    assert circuit == plain and hash(circuit.model) == hash(plain.model) and plain.groups == ()
    assert Circuit(circuit.text()).groups == circuit.groups
    for other in (pickle.loads(pickle.dumps(circuit)), copy.deepcopy(circuit)):
        assert other.groups == circuit.groups and other == plain


def test_info_tells_groups_and_only_where_there_are_some() -> None:
    told = report(Circuit(CELL + GROUPS))
    assert json.loads(json.dumps(told["groups"]))[1] == {"title": "All", "names": ["h", "c", "f", "x"]}
    assert '\n  groups      Cell "1" \\ 2: c, f\n              All: h, c, f, x' in report_text(told)
    plain = report(Circuit(CELL))
    assert plain["groups"] == [] and "groups" not in report_text(plain)


def test_anything_else_that_is_called_group_is_a_name() -> None:
    circuit = Circuit('group(t) : n; group(t) = group(t-1) + x(t); group "group": group')
    assert circuit.groups[0].names == ("group",) and circuit.signals == ("group",)
    assert Circuit("group : m; y(t) = group * x(t)").parameters == ("group",)
    assert Circuit("y(t) = group(x(t), y(t-1);)").text() == "y(t) = group(x(t), y(t-1))\n"


def test_accents_and_greek_letters_are_any_spelling_in_a_group() -> None:
    assert Circuit('ŷ(t) = θ(t-1); theta(t) = ŷ(t) + x(t); group "Both": y_hat, θ').groups[0].names == (
        "y_hat",
        "theta",
    )


@pytest.mark.parametrize(
    ("group", "place", "message", "help_"),
    [
        ("hh", "1:18", "unknown signal 'hh' in a group", "did you mean 'h'?"),
        ("zzzz", "1:18", "unknown signal 'zzzz' in a group", "there are: h, x"),
        ("h, w", "1:21", "a group is of signals and inputs, and 'w' is a parameter", "leave it out of the group"),
        ("h, x, h", "1:24", "'h' stands twice in one group", "name it once"),
    ],
)
def test_what_is_no_group(group: str, place: str, message: str, help_: str) -> None:
    written = error_of(f'group "A group": {group}; h(t) = w * h(t-1) + x(t)')
    assert written.startswith(f"<equations>:{place}: error: {message}\n")
    assert written.endswith(f"\n  help: {help_}")


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ('group "A"', "this ends too early: ':' is missing"),
        ('group "A":', "this ends too early: a name is missing"),
        ('group "A": h f', "unexpected 'f'; expected ',' or the end of the line"),
        ('group "A": h(t)', "unexpected '('; expected ',' or the end of the line"),
        ('group "A" = h', "unexpected '='; expected ':'"),
    ],
)
def test_what_cannot_be_read_says_what_was_expected(statement: str, message: str) -> None:
    assert f": error: {message}\n" in error_of(f"h(t) = h(t-1) + f(t)\n{statement}")


def test_python_groups_what_it_has() -> None:
    circuit = Circuit()
    t = circuit.axis("t")
    x, h = circuit.input("x", t), circuit.signal("h", t)
    h[t] = h[t - 1] + x[t]
    assert circuit.groups == ()
    # A group that is added later is there too.
    circuit.group("Both", x, h)
    assert circuit.text() == 'x(t) : ?\nh(t) = h(t-1) + x(t)\ngroup "Both": x, h\n'
    assert Circuit(circuit.text()) == circuit
    for wrong in ((), (t,), ("h",), (h[t],)):
        with pytest.raises(CircuitError, match="a group is of signals and inputs"):
            circuit.group("Wrong", *wrong)  # type: ignore[arg-type]
    with pytest.raises(CircuitError, match="one line of printable text"):
        circuit.group("two\nlines", h)
    with pytest.raises(CircuitError, match="is not the title of a group"):
        circuit.group(None, h)  # type: ignore[arg-type]
