"""Any text whatever gives a circuit or a `CircuitError`, and of a circuit everything can be asked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import circuits as made
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.files import gallery_names, gallery_source
from unfoldgraph.language.grammar import RESERVED
from unfoldgraph.language.names import BUILT_IN
from unfoldgraph.report import report, report_text

_MANY = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))

VALID = [gallery_source(name)[0] for name in gallery_names()]
NAMES = ("h", "x", "s", "y", "t", "j", "W", "b", "θ", "theta", "h0", "f", "m", "tau", "np", "lambda")
NUMBERS = ("0", "1", "2", "3", "-1", "0.5", "1e308", "1e-300", "007", "1e999", "1000000", "99999999999999999999")
TOKENS = (
    *NAMES, *NUMBERS, *sorted(RESERVED), *sorted(BUILT_IN),
    *"()[]{}=+-*/%@<>:;,.?#\"'\\_!&|^~$\n\t\r", "**", "<=", ">=", "==", "!=", "..", ".T", "h(t)", "h(t-1)", "x(t)",
    "h(t) = ", "\n", "for t", "in 0..2", "unfoldgraph 1\n", 'title "a"', "\ufeff", "\u202e", "\x00", "×", "²",
)  # fmt: skip
_TOKEN = re.compile(r"\w+|\*\*|[<>=!]=|\.\.|\.T|\s+|.", re.DOTALL)


def read_back(circuit: Circuit) -> None:
    again = Circuit(circuit.text())
    assert again == circuit
    assert again.text() == circuit.text()


def unfold(circuit: Circuit) -> None:
    unfolding = circuit.unfold(3)
    assert unfolding.nodes.size >= 0 and unfolding.edges.size >= 0 and unfolding.depth >= 0
    if unfolding.nodes.size < 500:
        graph = unfolding.to_networkx()
        assert (len(graph), graph.number_of_edges()) == (unfolding.nodes.size, unfolding.edges.size)


def tell(circuit: Circuit) -> None:
    told = report(circuit, circuit.unfold(3).lengths)
    json.dumps(told)
    report_text(told)


READINGS: tuple[Callable[[Circuit], object], ...] = (
    read_back,
    unfold,
    tell,
    lambda circuit: circuit.latex,
    lambda circuit: circuit.expand(circuit.signals[0], 3).size,
    lambda circuit: circuit.expand(circuit.signals[0], 3).text,
    lambda circuit: circuit.expand(circuit.signals[0], 3).signature.latex,
    lambda circuit: [line.latex for line in circuit.expand(circuit.signals[0], 3).let()],
    lambda circuit: circuit.compile().source,
    lambda circuit: circuit.compile(steps=3).source,
)


def exercise(text: str, *more: Callable[[Circuit], object]) -> None:
    """Read a text and ask everything of what comes out: any exception but a `CircuitError` goes through."""
    try:
        circuit = Circuit(text)
    except CircuitError as error:
        assert str(error)
        return
    for reading in (*READINGS, *more):
        try:
            reading(circuit)
        except CircuitError as error:
            assert str(error)
            assert reading is not read_back, str(error)


@_MANY
@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    exercise(text)
    exercise(f"h(t) = h(t-1) + {text}")
    exercise(f'title "{text}"\nh(t) = h(t-1)')


@_MANY
@given(st.lists(st.sampled_from(TOKENS), max_size=30), st.sampled_from(["", " "]))
def test_any_words_of_the_language(tokens: list[str], separator: str) -> None:
    exercise(separator.join(tokens))
    exercise("h(t) = " + separator.join(tokens))


_EDIT = st.tuples(
    st.sampled_from(["delete", "repeat", "swap", "insert", "replace", "cut"]),
    st.integers(0, 2000),
    st.integers(0, 2000),
    st.sampled_from(TOKENS),
)


def mutated(parts: list[str], edits: list[tuple[str, int, int, str]]) -> str:
    for kind, at, other, what in edits:
        if not parts:
            break
        one, two = at % len(parts), other % len(parts)
        match kind:
            case "delete":
                del parts[one]
            case "repeat":
                parts.insert(one, parts[two])
            case "swap":
                parts[one], parts[two] = parts[two], parts[one]
            case "insert":
                parts.insert(one, what)
            case "replace":
                parts[one] = what
            case "cut":
                del parts[one:]
    return "".join(parts)


@_MANY
@given(st.sampled_from(VALID) | made.circuits(), st.lists(_EDIT, min_size=1, max_size=4), st.booleans())
def test_valid_files_with_mistakes(source: str, edits: list[tuple[str, int, int, str]], by_token: bool) -> None:
    exercise(mutated(_TOKEN.findall(source) if by_token else list(source), edits))


@settings(_MANY, max_examples=12)
@given(st.sampled_from(VALID), st.lists(_EDIT, min_size=1, max_size=2))
def test_valid_files_with_mistakes_are_drawn(source: str, edits: list[tuple[str, int, int, str]]) -> None:
    exercise(
        mutated(_TOKEN.findall(source), edits),
        lambda circuit: circuit.draw().svg,
        lambda circuit: circuit.draw(steps=3).json,
    )


def test_every_beginning_of_a_file() -> None:
    source = gallery_source("lstm")[0]
    for end in range(len(source)):
        exercise_reading(source[:end])


def exercise_reading(text: str) -> None:
    """Only read a text: there are too many of them to ask for more."""
    try:
        Circuit(text)
    except CircuitError as error:
        assert str(error)


def test_nothing_in_a_text_is_executed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    trace = tmp_path / "executed"
    for text in (
        f'__import__("os").system("touch {trace}")',
        f"open('{trace}', 'w')",
        "(lambda: print(1))()",
        'f"{print(1)}"',
        "exec(print(1))",
        "eval(h(t-1), print(1))",
    ):
        exercise(f"h(t) = h(t-1) + {text}")
        exercise(text)
        exercise(f'title "{text}"\nh(t) = h(t-1)')
    assert not trace.exists()
    assert capfd.readouterr().out == ""
