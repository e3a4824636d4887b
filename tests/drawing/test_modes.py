"""The rules of good pictures, in the modes that show more than names on edges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from generators.circuits import arrays, circuits, lattices, lengths_of, two_way
from generators.drawing_cells import BY_DELAYS, GALLERY, NAMES, cell, model
from hypothesis import HealthCheck, assume, given
from hypothesis import strategies as st
from oracles.picture_rules import RULES, Meaning, columns_and_rows_are_exact, labels_are_where_they_belong, reach_of
from oracles.svg_reading import Label, Line, Picture, read_svg
from support.profiles import examples

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.drawing.draw import draw
from unfoldgraph.drawing.formats.writers import WRITERS
from unfoldgraph.drawing.graphs.circuit import circuit_links

_RULES = [rule for rule in RULES if rule not in (columns_and_rows_are_exact, labels_are_where_they_belong)]


def broken(picture: Picture, meaning: Meaning) -> list[str]:
    """Return which rules a picture breaks; whose label is whose is checked by the tests of each mode."""
    return [f"{rule.__name__}: {problem}" for rule in _RULES for problem in rule(picture, meaning)]


def outside(picture: Picture) -> list[str]:
    """Return the nodes whose labels are not inside them."""
    found = []
    for label in picture.labels:
        node = None if ".sink." in label.of else picture.node.get(label.of)
        corners = np.array([(x, y) for x in label.box[::2] for y in label.box[1::2]])
        if node is not None and (reach_of(node, corners) >= 1).any():
            found.append(f"a label of {node.id} is not inside")
    return found


def _fills(picture: Picture, label: Label) -> bool:
    """Say whether a label is the number in a sink."""
    node = picture.node.get(label.of)
    middle = (label.box[0] + label.box[2]) / 2, (label.box[1] + label.box[3]) / 2
    return node is not None and ".sink." in label.of and max(abs(middle[0] - node.x), abs(middle[1] - node.y)) < 1


def check_cut(name: str) -> None:
    scene = draw(model(name), view="cut")
    picture = read_svg(WRITERS["svg"](scene))
    # The number in a sink fills it, as it does a square; what stands beside one keeps clear as all labels do.
    labels = tuple(label for label in picture.labels if not _fills(picture, label))
    axes = {variable.name: variable.axes for variable in cell(name).variables}
    # No edge has a square: what is delayed comes from a source, and ends in a sink for each of its delays.
    problems = [*broken(replace(picture, labels=labels), Meaning(axes, [])), *outside(picture)]
    sinks = [node.id for node in picture.nodes if ".sink." in node.id]
    delayed = {(link.source, link.delay) for link in circuit_links(cell(name)) if link.delayed}
    assert len(sinks) == len(delayed)
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("name", [*NAMES, *BY_DELAYS])
def test_cut_pictures_keep_the_rules(name: str) -> None:
    check_cut(name)


@pytest.mark.filterwarnings("ignore::unfoldgraph.CircuitWarning")
@examples(12, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.one_of(circuits(vectors=False), two_way(), lattices()))
def test_any_cut_picture_keeps_the_rules(text: str) -> None:
    try:
        check_cut(text)
    except CircuitError as error:
        assert "room" in error.message or "no way around" in error.message or "directions" in error.message


def check_parameters(name: str, steps: int | Mapping[str, int] | None) -> None:
    scene = draw(model(name), steps, parameters="nodes")
    picture = read_svg(WRITERS["svg"](scene))
    delays = [link.delay for link in circuit_links(cell(name)) if link.delayed]
    axes = {variable.name: variable.axes for variable in cell(name).variables}
    several = len({axis for own in axes.values() for axis in own}) > 1

    def may_share(one: Line, other: Line) -> bool:
        """Say whether edges are of one parameter, which run along one line, or no parameter's among several axes."""
        if one.id.startswith("p.") or other.id.startswith("p."):
            return one.source == other.source
        return several

    problems = broken(picture, Meaning(axes, delays, may_share=may_share))
    problems += outside(picture)
    assert not problems, "\n".join(problems)


_WITH_PARAMETERS = (
    "rnn", "rnn-with-loss", "driven-system", "dynamical-system", "stacked", "time-delay", "two-delays", "hmm",
    "last-output", "encoder", "mutual", "two-way-given", "delayed-input", "names",
)  # fmt: skip


@pytest.mark.parametrize("name", _WITH_PARAMETERS)
@pytest.mark.parametrize("steps", [None, 3, 100])
def test_pictures_with_parameters_keep_the_rules(name: str, steps: int | None) -> None:
    check_parameters(name, steps)


def test_the_arrows_of_parameters_keep_from_labels() -> None:
    check_parameters(
        "x(t) : m; u(t) : m; W : (m, m); p, q : m; a(t) = 0.5 * a(t-1) + -(a(t-1) * a(t-1))"
        " - (0.3 * W @ (a(t-1) + p) if q * q > 0 else 0.3 * W @ (a(t-1) + p))"
        " + (u(t) if a(t-2) > 0 else u(t)) * u(t); a(0) = -r; a(-1) = tanh(r) + 1",
        3,
    )


@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_many_parameters_keep_the_rules(name: str) -> None:
    check_parameters(name, 2)


@pytest.mark.parametrize(
    "name",
    [
        "attention", "deep-bidirectional", "deep-transition", "two-dimensional", "adam", "kalman", "lorenz",
        "vector-to-sequence",
    ],
)  # fmt: skip
@pytest.mark.parametrize("in_numbers", [False, True])
def test_crowded_pictures_with_parameters_keep_the_rules(name: str, in_numbers: bool) -> None:
    check_parameters(name, GALLERY.get(name, 3) if in_numbers else None)


@pytest.mark.filterwarnings("ignore::unfoldgraph.CircuitWarning")
@examples(8, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.one_of(circuits(), two_way()))
def test_any_picture_with_parameters_keeps_the_rules(text: str) -> None:
    try:
        draw(model(text), 3, parameters="nodes")
    except CircuitError as error:
        assert "room" in error.message or "no way" in error.message
        return
    check_parameters(text, 3)


@pytest.mark.filterwarnings("ignore::unfoldgraph.CircuitWarning")
@examples(8, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.one_of(circuits(), lattices()), st.integers(0, 99))
def test_pictures_with_values_keep_the_rules(text: str, seed: int) -> None:
    circuit = Circuit(text)
    lengths = lengths_of(circuit, (3, 2))
    assume(lengths is not None)
    assert lengths is not None
    try:
        drawing = circuit.draw(lengths, view="unfolded", values=arrays(circuit, lengths, seed))
    except CircuitError as error:
        assert "room" in error.message or "no way" in error.message or "no two directions" in error.message
        return
    picture = read_svg(drawing.svg.encode())
    axes = {variable.name: variable.axes for variable in cell(text).variables}
    problems = broken(picture, Meaning(axes, may_share=lambda one, other: len(circuit.axes) > 1))
    problems += outside(picture)
    assert not problems, "\n".join(problems)


def test_what_finds_no_way_is_refused_with_what_helps() -> None:
    taps = " + ".join(f"a[{k}] * y(n-{k})" for k in range(1, 13))
    circuit = Circuit(f"y(n) = {taps} + x(n)")
    with pytest.raises(CircuitError) as caught:
        circuit.draw()
    assert "no way around" in caught.value.message
    assert caught.value.help == "draw the unfolding alone with --view unfolded"
    assert circuit.draw(view="unfolded").svg
    with pytest.raises(CircuitError) as caught:
        circuit.draw(view="circuit")
    assert "one vector" in str(caught.value.help)
