"""The labels of edges."""

from __future__ import annotations

import pytest

from unfoldgraph import Circuit
from unfoldgraph.drawing.scene.scene import Text


@pytest.mark.parametrize("axis", ["l", "l_1", "theta"])
@pytest.mark.parametrize(
    ("notation", "written"), [("book", r"W^{(%s)}"), ("bracket", "W[%s]"), ("subscript", "W_{%s}")]
)
def test_the_weights_of_a_layer_say_which(axis: str, notation: str, written: str) -> None:
    here = f"{axis}, t"
    text = f"W({axis}) : (m, m); h({here}) : m; h({here}) = tanh(h({axis}-1, t) + W({axis}) @ h({here}-1))"
    scene = Circuit(text).draw(steps={axis: 2, "t": 2}, notation=notation).scene
    labels = {item.text: item.label.latex for item in scene.items if isinstance(item, Text) and item.text[:1] == "W"}
    assert {labels["W(1)"], labels["W(2)"]} == {written % 1, written % 2}


def test_a_product_of_products_of_matrices_is_one_entry_by_entry() -> None:
    sizes = "A : (m, m); B : (m, m); C : (m, m); D : (m, m); "
    scene = Circuit(sizes + "h(t) = tanh(((A @ B) * (C @ D)) @ h(t-1))").draw(view="circuit").scene
    labels = [item.label.latex for item in scene.items if isinstance(item, Text) and item.text[:1] == "A"]
    assert labels == [r"A B \odot \left(C D\right)"]
