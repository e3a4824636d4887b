"""Long runs on the command line: told how far they are where a person looks on, and the same results everywhere."""

from __future__ import annotations

import io
import itertools
from typing import Any

import numpy as np
import pytest

from unfoldgraph import Circuit
from unfoldgraph.cli import progress
from unfoldgraph.cli.arrays import evaluate
from unfoldgraph.cli.main import main
from unfoldgraph.cli.pieces import run_in_pieces

RUNS: dict[str, dict[str, Any]] = {
    "s(t) = r * s(t-1) * (1 - s(t-1)); s(0) = 0.3": {"r": 3.7},
    "x(t) : (); y(t) = tanh(0.5*y(t-1) + x(t-2)) + t; o = y(end)": {"x": np.sin(np.arange(1000.0)), "y0": 0.5},
    "x(t) : n; h(t) = tanh(W @ h(t-1) + x(t))": {"x": np.ones((2, 700, 3)), "W": np.eye(3) / 3, "h0": np.ones(3)},
    # What cannot go on is run as one.
    "x(t) : (); y(t) = 0.5*y(t+1) + x(t); m = mean(y(t) for t)": {"x": np.arange(600.0)},
}


@pytest.mark.parametrize("text", RUNS)
def test_a_run_in_pieces_is_that_run(text: str) -> None:
    circuit, data = Circuit(text), RUNS[text]
    steps = {} if circuit.inputs else {"t": 2000}
    total = next(
        (value.shape[-1 - (circuit.model.rank(name) or 0)] for name, value in data.items() if name == "x"), 2000
    )
    whole, told = circuit.compile()(steps=steps or None, **data), []
    found = run_in_pieces(circuit, data, steps, total, lambda *so_far: told.append(so_far))
    assert [*found] == [*dict.keys(whole)]
    for name, value in dict.items(whole):
        np.testing.assert_allclose(found[name], value, rtol=1e-9)
    assert told == sorted(set(told)) and all(done < total for done, _ in told)
    assert bool(told) == ("t+1" not in text)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_person_sees_how_far_it_is_and_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    circuit = Circuit("n(t) = n(t-1) + 1; n(0) = 0")
    clock = itertools.count(step=0.4)
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    for stream, term, is_told in (
        (_Terminal(), "xterm", True),
        (_Terminal(), "dumb", False),
        (io.StringIO(), "xterm", False),
    ):
        monkeypatch.setattr("sys.stderr", stream)
        monkeypatch.setenv("TERM", term)
        assert evaluate(circuit, {}, {"t": 1_000_000})["n"][-1] == 1_000_000
        assert ("steps" in stream.getvalue()) == is_told
    shown = _Terminal()
    monkeypatch.setattr("sys.stderr", shown)
    evaluate(circuit, {}, {"t": 1_000_000})
    *lines, last = shown.getvalue().split("\r\x1b[K")
    assert len(lines) > 2 and last == ""
    assert all(line.endswith(" left") and " of 1,000,000 steps (" in line for line in lines[1:])


def test_a_short_run_tells_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "n(t) = n(t-1) + 1; n(0) = 0", "--steps", "1000"]) == 0
    assert capsys.readouterr().err == ""


def test_a_number_for_an_input_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "s(t) = s(t-1) + x(t); x(t) : ()", "--set", "x=3"]) == 2
    assert "x: expected shape (*batch, steps), got ()" in capsys.readouterr().err
