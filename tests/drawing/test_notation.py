"""An index is written in one notation everywhere in a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from generators.drawing_cells import INDEXED, model, picture

from unfoldgraph.drawing.draw import draw
from unfoldgraph.drawing.scene.scene import Text
from unfoldgraph.formula.options import NOTATIONS

LAYERS = (
    "x(t), b_h(l) : m; W_h(l), W_l(l) : (m, m); "
    "h(l, t) = tanh(b_h(l) + W_h(l) @ h(l, t-1) + W_l(l) @ h(l-1, t)); h(0, t) = x(t)"
)
GATES = "f_a(t) = sigmoid(W_f @ f_a(t-1) + U @ x(t)); h0(t) = f_a(t) * h0(t-1)"


def labels(circuit: str, notation: str, steps: int | Mapping[str, int] | None = None, **options: Any) -> set[str]:
    scene = draw(model(circuit), steps, notation=notation, **options)
    return {item.label.latex for item in scene.items if isinstance(item, Text) and item.label.latex}


@pytest.mark.parametrize(
    ("notation", "expected"),
    [
        ("book", {r"\boldsymbol{f}_{a}^{(t-1)}", "h_{0}^{(t)}", r"\boldsymbol{x}^{(t)}"}),
        ("subscript", {r"\boldsymbol{f}_{a,t-1}", "h_{0,t}", r"\boldsymbol{x}_{t}"}),
        ("bracket", {r"\boldsymbol{f}_{a}[t-1]", "h_{0}[t]", r"\boldsymbol{x}[t]"}),
    ],
)
def test_names_that_have_a_subscript(notation: str, expected: set[str]) -> None:
    circuit = f"x(t) : m; h0(t) : (); {GATES.replace('f_a(t) * h0', 'sum(f_a(t)) * h0')}"
    assert expected <= labels(circuit, notation)


@pytest.mark.parametrize(
    ("notation", "circuit", "second", "node"),
    [
        ("book", {"W_h^{(l)}", "W_l^{(l)}"}, {"W_h^{(2)}", "W_l^{(2)}"}, r"\boldsymbol{h}^{(2{,}1)}"),
        ("subscript", {"W_{h, l}", "W_{l, l}"}, {"W_{h, 2}", "W_{l, 2}"}, r"\boldsymbol{h}_{2{,}1}"),
        ("bracket", {"W_h[l]", "W_l[l]"}, {"W_h[2]", "W_l[2]"}, r"\boldsymbol{h}[2{,}1]"),
    ],
)
def test_what_edges_go_through(notation: str, circuit: set[str], second: set[str], node: str) -> None:
    """The place along an axis in a label is that of its edge; in a name the letter of the axis means nothing."""
    plain = {label.replace("_{h}", "_h").replace("_{l}", "_l") for label in labels(LAYERS, notation, view="circuit")}
    assert circuit <= plain
    found = labels(LAYERS, notation, {"l": 2, "t": 2}, view="unfolded")
    plain = {label.replace("_{h}", "_h").replace("_{l}", "_l") for label in found}
    assert second <= plain
    assert not circuit & plain
    assert node in plain


@pytest.mark.parametrize("notation", NOTATIONS)
def test_signs_are_tight_in_labels(notation: str) -> None:
    found = labels(LAYERS, notation, view="unfolded")
    assert not any("[l-1]" in label and label.startswith("W") for label in found)


@pytest.mark.parametrize("word", ["symbols", "numbers"])
@pytest.mark.parametrize("name", INDEXED)
def test_no_notation_has_the_signs_of_another(name: str, word: str) -> None:
    scenes = [picture(f"{name} in {word}"), *(picture(f"{name} in {word}", notation=n) for n in NOTATIONS[1:])]
    places = [
        {item.label.latex for item in scene.items if isinstance(item, Text) and not item.inverse} for scene in scenes
    ]
    assert not any("^{(" in latex for latex in places[1] | places[2])
    assert not any("[" in latex for latex in places[0] | places[1])
