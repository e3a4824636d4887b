"""Values below the names of nodes: what `evaluate` says, written short, and from the command line as from Python."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from generators.circuits import SIZE, arrays, circuits, lattices, lengths_of
from generators.drawing_cells import GALLERY
from hypothesis import HealthCheck, assume, given
from hypothesis import strategies as st
from support.profiles import examples

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.cli.main import main
from unfoldgraph.drawing.graphs.values import value_of
from unfoldgraph.drawing.scene.scene import Node, Scene, Text

LOGISTIC = "s(t) = r * s(t-1) * (1 - s(t-1)); s(0) = s0"


def told(scene: Scene) -> dict[tuple[str, tuple[Any, ...]], str]:
    """Return the value that is written in each node of the steps."""
    found = {}
    texts = [item for item in scene.items if isinstance(item, Text)]
    for node in (item for item in scene.items if isinstance(item, Node) and item.view == "unfolded"):
        own = [text.text for text in texts if text.of == node.id]
        if len(own) == 2:
            found[node.name, node.index] = own[1]
    return found


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"), (-0.0, "0"), (7, "7"), (999999, "999999"), (1e6, "1e6"), (1234567.8, "1.23e6"),
        (0.5, "0.5"), (0.46211, "0.462"), (1 / 3, "0.333"), (12.5, "12.5"), (123.456, "123"), (1234.5, "1234"),
        (0.001, "0.001"), (0.00012345, "1.23e-4"), (-1e-9, "-1e-9"), (0.99961, "1.00"), (-2.9999, "-3.00"),
        (math.inf, "∞"), (-math.inf, "-∞"), (math.nan, "NaN"), (True, "1"), (5e-324, "4.94e-324"),
    ],
)  # fmt: skip
def test_numbers_have_three_figures(value: float, written: str) -> None:
    assert value_of(value).text == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ([1.0, -0.25], "(1.00, -0.25)"), ([0.1, 0.2], "(0.1, 0.2)"), ([1, 2, 3, 4], "(1, 2, 3, 4)"),
        ([1, 2, 3, 4, 5], "(1, 2, …, 5)"), ([0.1, -200.5], "(0.1, -200)"), ([math.nan, 1, math.inf], "(NaN, 1, ∞)"),
        ([1e-9, 1.0], "(1e-9, 1)"), ([0.0, 0.0], "(0, 0)"), ([], "0"), ([[1, 2, 3], [4, 5, 6]], "2 × 3"),
    ],
)  # fmt: skip
def test_vectors_are_columns_and_matrices_shapes(value: Any, written: str) -> None:
    found = value_of(np.array(value))
    assert found.text == written and found.is_column == written.startswith("(")


@examples(300, derandomize=True)
@given(st.floats(-1e300, 1e300))
def test_what_is_written_is_near(value: float) -> None:
    written = float(value_of(value).text)
    assert abs(written - value) <= 0.00501 * abs(value)
    assert written or not value


@given(st.lists(st.floats(-1e4, 1e4, allow_subnormal=False), min_size=1, max_size=4))
@examples(300, derandomize=True)
def test_entries_are_near_and_none_but_zero_is_written_as_zero(values: list[float]) -> None:
    entries = [float(entry) for entry in value_of(np.array(values)).text[1:-1].split(", ")]
    largest = max(map(abs, values))
    for written, value in zip(entries, values, strict=True):
        assert abs(written - value) <= 0.00501 * max(largest, abs(value))
        assert bool(written) == bool(value)


@pytest.mark.filterwarnings("ignore::unfoldgraph.CircuitWarning")
@examples(12, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.one_of(circuits(), lattices()), st.integers(0, 99))
def test_values_are_those_of_evaluate(text: str, seed: int) -> None:
    circuit = Circuit(text)
    lengths = lengths_of(circuit, (3, 2))
    assume(lengths is not None)
    assert lengths is not None
    data = arrays(circuit, lengths, seed)
    result = circuit.unfold(lengths).evaluate(**data)
    try:
        found = told(circuit.draw(lengths, view="unfolded", values=data).scene)
    except CircuitError as error:
        assert "room" in error.message or "no way" in error.message or "no two directions" in error.message
        return
    for name in circuit.signals:
        value = result[name]
        axes = len(circuit.model.axes_of(name))
        for place in np.ndindex(value.shape[:axes]):
            assert found[name, tuple(at + 1 for at in place)] == value_of(value[place]).text
    for name in circuit.inputs:
        axes = len(circuit.model.axes_of(name))
        for place in np.ndindex(data[name].shape[:axes]):
            written = value_of(data[name][place]).text
            assert found.get((name, tuple(at + 1 for at in place)), written) == written


def test_boundaries_have_values_too() -> None:
    found = told(Circuit(LOGISTIC).draw(2, values={"r": 4, "s0": 0.25}).scene)
    assert found == {("s", (0,)): "0.25", ("s", (1,)): "0.75", ("s", (2,)): "0.75"}
    free = Circuit("h(t) = 2 * h(t-1) + x(t)")
    assert told(free.draw(values={"x": [1.0, 1.0], "h0": 3.0}).scene)["h", (0,)] == "3"
    assert told(free.draw(values={"x": [1.0, 1.0]}).scene)["h", (0,)] == "0"


def test_of_steps_that_are_left_out_nothing_is_told() -> None:
    found = told(Circuit(LOGISTIC).draw(100, values={"r": 3.7, "s0": 0.2}).scene)
    assert sorted(place for _, (place,) in found) == [0, 1, 2, 3, 4, 99, 100]
    symbol = Circuit("F(n) = F(n-1) + F(n-2); F(1) = 1; F(2) = 1").draw(30, values={}).scene
    assert told(symbol)["F", (30,)] == "832040"


def test_values_that_are_none_are_shown() -> None:
    found = told(Circuit("y(t) = log(x(t)) / z(t)").draw(values={"x": [0.0, -1.0], "z": [1.0, 1.0]}).scene)
    assert (found["y", (1,)], found["y", (2,)]) == ("-∞", "NaN")


def test_steps_follow_from_the_arrays() -> None:
    circuit = Circuit("h(t) = tanh(W @ h(t-1) + U @ x(t))")
    data = {"x": np.ones((5, 3)), "W": np.eye(2), "U": np.ones((2, 3))}
    assert ("h", (5,)) in told(circuit.draw(values=data).scene)
    assert ("h", (5,)) in told(circuit.draw(5, values=data).scene)
    two = Circuit("h(t) = h(t-1) + x(t); s(u) = s(u-1) + h(end)")
    assert ("s", (2,)) in told(two.draw({"u": 2}, values={"x": np.ones(3)}).scene)


def test_an_opaque_function_is_called() -> None:
    circuit = Circuit("s(t) = f(s(t-1); theta); s(0) = 1")
    found = told(circuit.draw(2, values={"f": lambda s, theta: s * theta, "theta": 3.0}).scene)
    assert found["s", (2,)] == "9"


def test_the_nodes_of_the_circuit_are_as_large() -> None:
    scene = (
        Circuit.gallery("rnn")
        .draw(values={"x": np.ones((2, 2)), "W": np.eye(4), "U": np.ones((4, 2)), "b": np.zeros(4)})
        .scene
    )
    assert len({(item.rx, item.ry) for item in scene.items if isinstance(item, Node)}) == 1
    (value,) = [item for item in scene.items if isinstance(item, Text) and item.of == "u.h.2" and "(" in item.text][1:]
    assert value.label.latex.startswith(r"\begin{bmatrix}0.995 \\[-0.2em]")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"values": {"r": 1.0}}, "no input says how many steps there are"),
        ({"values": {"r": 1.0}, "steps": 2}, "missing: s0"),
        ({"values": {"r": [1.0, 2.0], "s0": 1}, "steps": 2}, "each node has one value, and the arrays have"),
        ({"values": {"r": 1, "s0": 1, "q": 1}, "steps": 2}, "'q' is not an argument of this circuit"),
        ({"values": {"r": 1, "s0": 1}, "steps": 2, "view": "circuit"}, "the view 'circuit' shows none"),
        ({"values": {"r": 1, "s0": 1}, "steps": 2, "view": "cut"}, "the view 'cut' shows none"),
        ({"values": {"r": 1, "s0": 1}, "steps": 10**6}, "the values of 1000003 nodes would be computed"),
    ],
)
def test_what_does_not_fit_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(CircuitError) as caught:
        Circuit(LOGISTIC).draw(**options)
    assert message in caught.value.message


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["draw", LOGISTIC, "--set", "r=4,s0=0.25", "--steps", "2", "--format", "json", "-o", "-"]) == 0
    assert '"text": "0.75"' in capsys.readouterr().out
    np.savez("data.npz", x=np.ones((3, SIZE)), W=np.eye(SIZE), U=np.eye(SIZE), b=np.zeros(SIZE))
    assert main(["draw", "rnn", "--data", "data.npz", "-o", "rnn.svg"]) == 0
    content = Path("rnn.svg").read_text(encoding="utf-8")
    assert "Unfolded over three steps." in content and "x(3) = (1, 1, 1)" in content
    for command, message in (
        (["draw", "rnn", "--set", "b=1"], "no value is given for x, W, U"),
        (["draw", "rnn", "--data", "data.npz", "--steps", "4"], "--steps 4 is given, but the inputs have 3 steps"),
        (["draw", LOGISTIC, "--set", "r=4,s0=0.25"], "no input says how many steps there are"),
        (["draw", "s(t) = f(s(t-1); theta)", "--set", "theta=1"], "'f' is a function without a body"),
    ):
        assert main(command) == 2
        error = capsys.readouterr().err
        assert message in error


@pytest.mark.parametrize("name", ["edit-distance", "pascal", "two-dimensional", "viterbi"])
def test_several_axes(name: str) -> None:
    circuit = Circuit.gallery(name)
    steps = GALLERY[name]
    assert isinstance(steps, dict)
    data = arrays(circuit, steps, 3)
    assert told(circuit.draw(steps, values=data).scene)


def test_arrays_say_how_large_sizes_are_by_which_ranges_go() -> None:
    circuit = Circuit("b : M; x(n) : (); y(n) = sum(b[k] * x(n-k) for k in 0..M-1)")
    scene = circuit.draw(values={"b": [1.0, 10.0, 100.0, 1000.0], "x": [1.0, 2.0, 3.0, 4.0]}).scene
    assert told(scene)["y", (4,)] == "1234"
    assert ("x", (-2,)) in {(one.name, one.index) for one in scene.items if isinstance(one, Node)}
    with pytest.raises(CircuitError, match="'b' has shape"):
        circuit.draw(values={"b": [1.0, 10.0], "x": [1.0, 2.0]}, sizes={"M": 3})
