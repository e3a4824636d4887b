"""Parameters as nodes: each once, with an edge to every use, as many as the unfolded graph has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from generators.circuits import circuits, two_way
from generators.drawing_cells import GALLERY, GALLERY_SIZES
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from support.profiles import examples

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.base.files import gallery_names
from unfoldgraph.cli.main import main
from unfoldgraph.drawing.graphs.roles import vectors_of
from unfoldgraph.drawing.scene.scene import Edge, Node, Scene, Text
from unfoldgraph.drawing.scene.themes import THEMES

RNN = "h(t) = tanh(b + W @ h(t-1) + U @ x(t)); o(t) = c + V @ h(t)"


def uses(scene: Scene, view: str = "unfolded") -> set[tuple[str, tuple[str, tuple[Any, ...]]]]:
    """Return what each parameter has an edge to in a view."""
    nodes = {item.id: item for item in scene.items if isinstance(item, Node)}
    edges = [item for item in scene.items if isinstance(item, Edge) and item.role == "parameter" and item.view == view]
    found = [(nodes[edge.source].name, (nodes[edge.target].name, nodes[edge.target].index)) for edge in edges]
    assert len(found) == len(set(found))
    assert all(nodes[edge.source].role == "parameter" for edge in edges)
    return set(found)


def check_the_uses(
    circuit: Circuit, scene: Scene, steps: int | Mapping[str, int], sizes: Mapping[str, int] | None = None
) -> None:
    """Compare the edges of a picture that shows all steps with those of the unfolded graph."""
    unfolding = circuit.unfold(steps, sizes)
    true = {(source[0], target) for source, target, read in unfolding.edges if "parameter" in read.split("+")}
    # Some vectors are drawn as inputs instead.
    true = {(name, target) for name, target in true if name not in vectors_of(circuit.model)}
    assert uses(scene) == true
    assert uses(scene, "circuit") == {(name, (target[0], ())) for name, target in true}
    counts = Counter(name for name, _ in true)
    assert all(counts[name] == unfolding.uses(name) for name in counts)
    drawn = [item.name for item in scene.items if isinstance(item, Node) and item.role == "parameter"]
    assert Counter(drawn) == dict.fromkeys(counts, 2)


@pytest.mark.parametrize("name", gallery_names())
def test_there_are_as_many_edges_as_uses(name: str) -> None:
    circuit = Circuit.gallery(name)
    steps, sizes = GALLERY.get(name, 3), GALLERY_SIZES.get(name)
    check_the_uses(circuit, circuit.draw(steps, sizes=sizes, parameters="nodes").scene, steps, sizes)


@pytest.mark.filterwarnings("ignore::unfoldgraph.CircuitWarning")
@examples(10, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.one_of(circuits(vectors=False), two_way()))
def test_any_circuit_has_them_all(text: str) -> None:
    circuit = Circuit(text)
    try:
        scene = circuit.draw(4, parameters="nodes").scene
    except CircuitError as error:
        assert "room" in error.message or "no way" in error.message
        return
    check_the_uses(circuit, scene, 4)


def test_labels_are_not_doubled() -> None:
    def labels(**options: Any) -> set[str]:
        items = Circuit(RNN).draw(2, **options).scene.items
        edges = {item.id for item in items if isinstance(item, Edge)}
        return {item.text for item in items if isinstance(item, Text) and item.of in edges}

    assert labels() == {"W", "U", "V"}
    assert labels(parameters="nodes") == set()
    assert labels(parameters="W, b") == {"U", "V"}
    items = Circuit("s(t) = f(A.T @ s(t-1); theta)").draw(2, parameters="nodes").scene.items
    # The label says more than the name.
    assert "A.T" in " ".join(item.text for item in items if isinstance(item, Text))


def test_some_parameters_can_be_chosen() -> None:
    scene = Circuit(RNN).draw(2, parameters="W,b").scene
    assert {name for name, _ in uses(scene)} == {"W", "b"}


def test_nodes_stand_in_a_row_below_and_differ_by_outline() -> None:
    scene = Circuit(RNN).draw(parameters="nodes").scene
    for view in ("circuit", "unfolded"):
        nodes = [item for item in scene.items if isinstance(item, Node) and item.view == view]
        parameters = [node for node in nodes if node.role == "parameter"]
        others = [node for node in nodes if node.role != "parameter"]
        assert {node.name for node in parameters} == {"b", "W", "U", "c", "V"}
        assert len({node.y for node in parameters}) == 1 and {node.shape for node in parameters} == {"rectangle"}
        assert parameters[0].y > max(node.y + node.ry for node in others)
    for theme in THEMES.values():
        assert theme.lines["parameter"].width < theme.lines["data"].width
        assert theme.nodes["parameter"] != theme.nodes["state"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"steps": 3}, "the same θ is used three times, by s; the same s1 is used once, by s."),
        ({"steps": 100}, "the same θ is used 99 times, by s; the same s1 is used once, by s."),
        ({}, "the same θ and s1 are each used by s."),
        ({"view": "circuit"}, "the same θ and s1 are each used by s."),
        ({"view": "cut"}, "the same θ and s1 are each used by s."),
    ],
)
def test_it_is_told_how_often(options: dict[str, Any], told: str) -> None:
    circuit = Circuit("s(t) = f(s(t-1); theta); s(1) = s1")
    options = {**options, "steps": options["steps"] + 1} if options.get("steps") == 3 else options
    assert told in circuit.draw(parameters="nodes", **options).alt_text


def test_steps_that_are_left_out_are_counted_in_words() -> None:
    drawing = Circuit(RNN).draw(10**6, parameters="nodes")
    assert "b, W and U are each used 1000000 times" in drawing.alt_text
    assert len(uses(drawing.scene)) == 5 * 6


def test_a_parameter_that_stands_out_and_one_that_is_lit() -> None:
    scene = Circuit(RNN).draw(3, parameters="nodes", highlight="h(2)").scene
    emphasis = {item.id: item.emphasis for item in scene.items if isinstance(item, Node | Edge)}
    assert emphasis["u.W"] == "lit" and emphasis["u.V"] == "dim"
    lit = {
        (item.source, item.target)
        for item in scene.items
        if isinstance(item, Edge) and item.role == "parameter" and item.emphasis == "lit" and item.view == "unfolded"
    }
    assert lit == {(f"u.{name}", f"u.h.{step}") for name in "bWU" for step in (1, 2)}
    alone = Circuit(RNN).draw(3, parameters="nodes", highlight="W").alt_text
    assert alone.endswith("W stands out, which depends on nothing else here.")


def test_time_may_run_upward() -> None:
    scene = Circuit(RNN).draw(3, parameters="nodes", direction="up").scene
    assert len(uses(scene)) == 15


@pytest.mark.parametrize(
    ("asked", "message", "help"),
    [
        ("node", "there is no parameter 'node' to be drawn as a node", "did you mean 'nodes'?"),
        (
            "W,K",
            "there is no parameter 'K' to be drawn as a node",
            "write nodes for all, labels for none, or some of: ",
        ),
    ],
)
def test_what_is_no_parameter_is_refused(asked: str, message: str, help: str) -> None:
    with pytest.raises(CircuitError) as caught:
        Circuit(RNN).draw(parameters=asked)
    assert caught.value.message == message and (caught.value.help or "").startswith(help)


def test_parameters_have_one_order_and_stand_below_those_that_use_them() -> None:
    for name, order in (("rnn-with-loss", "cbWUV"), ("lstm", None), ("adam", None)):
        for direction in ("right", "up"):
            items = Circuit.gallery(name).draw(2, parameters="nodes", direction=direction).scene.items
            orders = [
                [
                    item.name
                    for item in sorted(
                        (item for item in items if isinstance(item, Node)), key=lambda node: node.x - node.y
                    )
                    if item.role == "parameter" and item.view == view
                ]
                for view in ("circuit", "unfolded")
            ]
            assert orders[0] == orders[1] and order in (None, "".join(orders[0]))


def test_parameters_show_their_values_where_the_others_do() -> None:
    values = {"x": np.zeros((3, 2)), "W": np.eye(4), "U": np.ones((4, 2)), "b": np.arange(4.0)}
    drawing = Circuit.gallery("rnn").draw(parameters="nodes", values=values)
    items = drawing.scene.items
    told = {
        item.of: [text.text for text in items if isinstance(text, Text) and text.of == item.of]
        for item in items
        if isinstance(item, Text)
    }
    assert [told[f"u.{name}"] for name in "bWU"] == [["b", "(0, 1, 2, 3)"], ["W", "4 \u00d7 4"], ["U", "4 \u00d7 2"]]
    assert [told[f"c.{name}"] for name in "bWU"] == [["b"], ["W"], ["U"]]
    boxes = {item.id: item for item in items if isinstance(item, Node) and item.role == "parameter"}
    for item in items:
        if isinstance(item, Text) and item.of in boxes:
            node, (x0, y0, x1, y1) = boxes[item.of], item.label.box
            assert abs(x0 + x1 - 2 * node.x) < 2 * node.rx - (x1 - x0) and node.y - node.ry < y0 < y1 < node.y + node.ry
    assert "Of the parameters b = (0, 1, 2, 3), W = 4 \u00d7 4 and U = 4 \u00d7 2." in drawing.alt_text


def test_a_factor_of_a_vector_that_is_a_node_is_no_label_too() -> None:
    items = Circuit.gallery("vector-to-sequence").draw(parameters="nodes").scene.items
    edges = {item.id for item in items if isinstance(item, Edge)}
    assert not [item.text for item in items if isinstance(item, Text) and item.of in edges and item.text == "R"]


def test_where_no_way_is_found_what_is_proposed_was_tried() -> None:
    crowd = Circuit(f"h(t) = tanh(h(t-1) + {' + '.join(f'a{n}' for n in range(40))}); o(t) = c * h(t)")
    with pytest.raises(CircuitError) as caught:
        crowd.draw(2, parameters="nodes")
    assert "no way through this picture" in caught.value.message
    before, found, names = (caught.value.help or "").partition("--parameters ")
    assert found and before == "draw fewer of them as nodes, as with "
    assert {name for name, _ in uses(crowd.draw(2, parameters=names).scene)} == set(names.split(","))


def test_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", RNN, "--parameters", "W", "--format", "json", "-o", "-"]) == 0
    assert '"role": "parameter"' in capsys.readouterr().out
