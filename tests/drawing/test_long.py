"""What is long or many: drawn, on several lines where it has to be, or refused by a count before any work is done."""

from __future__ import annotations

import re
from typing import Any

import pytest
from oracles.picture_rules import (
    edges_pass_no_node,
    edges_touch_their_ends,
    labels_touch_nothing,
    nothing_is_cropped,
    reach_of,
)
from oracles.svg_reading import read_svg

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.algebra.latex import name_parts, name_pieces
from unfoldgraph.algebra.pieces import joined
from unfoldgraph.algebra.pieces import word as a_word
from unfoldgraph.base.limits import NAME_CHARACTERS
from unfoldgraph.drawing.annotations.notes import Notes
from unfoldgraph.drawing.draw import annotated
from unfoldgraph.drawing.formats import html
from unfoldgraph.drawing.formats.writers import WRITERS
from unfoldgraph.drawing.graphs import excerpt as views
from unfoldgraph.drawing.scene.scene import Node, Scene, Text
from unfoldgraph.drawing.text.line_breaking import folded
from unfoldgraph.drawing.views import operations as operations_view
from unfoldgraph.language.text import read


def word(letter: str, length: int = NAME_CHARACTERS) -> str:
    return letter * length


#: A long name of every kind, and where it is broken besides.
LONG = {
    "state": f"{word('h')}(t) = a*{word('h')}(t-1) + x(t)",
    "two delays": f"{word('h', 200)}(t) = tanh(W @ {word('h', 200)}(t-1) + V @ {word('h', 200)}(t-2))",
    "cycle": f"{word('a')}(t) = {word('b')}(t-1) + x(t); {word('b')}(t) = {word('a')}(t-1) * {word('a')}(t)",
    "parameter": f"h(t) = tanh({word('W')} @ h(t-1) + {word('U')} @ x(t))",
    "function": f"h(t) = {word('f')}(h(t-1), x(t); {word('p')})",
    "axis": f"h({word('a')}) = h({word('a')}-1) + x({word('a')})",
    "subscript": f"h_{word('a', 254)}(t) = h_{word('a', 254)}(t-1) + x_1(t)",
    "subscripts": f"{'a_' * 127}b(t) = {'a_' * 127}b(t-1)",
    "digits": f"h{word('1', 255)}(t) = h{word('1', 255)}(t-1)",
    "greek": f"{word('α')}(t) = {word('α')}(t-1)",
    "many": f"h(t) = tanh({' + '.join(f'W{k} @ h(t-1)' for k in range(60))} + U @ x(t))",
}
OPTIONS: dict[str, dict[str, Any]] = {
    "both": {},
    "circuit": {"view": "circuit"},
    "cut": {"view": "cut"},
    "up": {"direction": "up"},
    "steps": {"steps": 3, "view": "unfolded", "notation": "subscript"},
}


def drawn(text: str, **options: Any) -> Scene:
    return Circuit(text).draw(**options).scene


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("name", LONG)
def test_a_long_name_is_drawn(name: str, options: str) -> None:
    scene = drawn(LONG[name], **OPTIONS[options])
    picture = read_svg(WRITERS["svg"](scene))
    for label in picture.labels:
        node = picture.node.get(label.of)
        if node is not None and ".sink." not in label.of:
            corners = [(x, y) for x in label.box[::2] for y in label.box[1::2]]
            assert all(reach_of(node, point)[0] < 1 for point in map(_row, corners))
    for rule in (labels_touch_nothing, edges_pass_no_node, edges_touch_their_ends, nothing_is_cropped):
        assert not list(rule(picture, None))  # type: ignore[arg-type]
    for item in scene.items:
        if isinstance(item, Node) and item.role != "sink":
            assert item.rx <= 4 * item.ry and item.ry <= 4 * item.rx


def _row(point: tuple[float, float]) -> Any:
    import numpy as np

    return np.array([point])


@pytest.mark.parametrize("name", LONG)
def test_every_format_has_a_long_name_whole(name: str) -> None:
    scene = drawn(LONG[name], theme="dark", legend=True)
    for suffix, write in WRITERS.items():
        assert write(scene), suffix
    whole = {re.sub(r"\(.*|[ ,].*", "", item.text) for item in scene.items if isinstance(item, Text)}
    assert name == "many" or name == "axis" or max(map(len, whole)) >= 200
    tex = WRITERS["tex"](scene).decode()
    assert r"\begin{gathered}" in tex or r"\substack{" in tex
    assert tex.count("{") == tex.count("}")


@pytest.mark.parametrize("name", ["state", "function", "axis"])
def test_operations_with_long_names_are_drawn(name: str) -> None:
    assert drawn(LONG[name], detail="operations").items
    assert drawn(LONG[name], parameters="nodes").items


def test_long_lines_are_broken_in_equal_parts() -> None:
    for count in range(41, 257, 5):
        lines = re.findall(r"\\mathrm\{(h+)\}", folded(name_parts(word("h", count), 1)[0]).latex)
        assert "".join(lines) == word("h", count)
        assert max(map(len, lines)) - min(map(len, lines)) <= 1
    short = [name_pieces("hidden"), name_pieces("h_state_1"), [a_word("a word " * 20)]]
    assert [folded(tuple(pieces)).latex for pieces in short] == list(map(joined, short))


@pytest.fixture(scope="session")
def nine_hundred_steps() -> tuple[Notes, bytes]:
    """What is told of a picture of nearly as many nodes as there may be, and its page: drawn once, it takes long."""
    picture = annotated(read("h(t) = tanh(b + W @ h(t-1) + U @ x(t))"), 900, show="1-900")
    notes = picture.notes()
    return notes, html.write(picture.scene, notes)


def test_two_thousand_nodes_are_told_of(nine_hundred_steps: tuple[Notes, bytes]) -> None:
    assert len(nine_hundred_steps[0].notes) > 1800


def test_the_page_of_a_large_picture_stays_small(nine_hundred_steps: tuple[Notes, bytes]) -> None:
    assert len(nine_hundred_steps[1]) < 6_000_000


# Counted before the work ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def thousand_reads() -> Circuit:
    return Circuit(f"x(t) : (); y(t) = {' + '.join(f'x(t-{k})' for k in range(1000))}")


@pytest.mark.parametrize("options", [{}, {"steps": 5}, {"view": "circuit"}, {"view": "cut"}, {"detail": "operations"}])
def test_edges_of_one_step_are_counted_first(
    options: dict[str, Any], thousand_reads: Circuit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views._EdgeSearch, "_find", None)
    with pytest.raises(CircuitError) as caught:
        thousand_reads.draw(**options)
    assert caught.value.message == "one step of the picture would have 1000 edges; the limit is 150"
    assert caught.value.help == "draw parts of the circuit by themselves, or give circuit.graph to another program"


@pytest.mark.parametrize("options", [{"view": "circuit"}, {"view": "cut"}])
def test_a_range_is_one_edge_however_long_it_is(options: dict[str, Any]) -> None:
    circuit = Circuit("x(t) : (); y(t) = sum(x(t-k) for k in 0..999999)")
    assert len(circuit.draw(**options).scene.items) < 20
    with pytest.raises(CircuitError, match="x would have 999999 places off an edge; the limit is 16"):
        circuit.draw(5)


@pytest.mark.parametrize("steps", [None, 10**7])
def test_places_off_an_edge_are_counted_first(steps: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    circuit = Circuit("x(t) : (); y = sum(x(t-1000000) for t)")
    monkeypatch.setattr(views._EdgeSearch, "_find", None)
    with pytest.raises(CircuitError, match=r"would have at least 10000\d\d nodes; the limit is 2000"):
        circuit.draw(steps)


def test_edges_that_do_not_repeat_are_counted_before_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    circuit = Circuit("v(t, s) = max(v(t-1, r) for r)")
    monkeypatch.setattr(views._EdgeSearch, "unfolded", None)
    with pytest.raises(CircuitError) as caught:
        circuit.draw({"t": 30, "s": 30}, show="t=1-30,s=1-30")
    assert caught.value.message == "the picture would have 26100 edges that do not repeat; the limit is 1000"


def test_parameters_of_one_value_are_counted_first(monkeypatch: pytest.MonkeyPatch) -> None:
    circuit = Circuit(f"h(t) = f(h(t-1); {', '.join(f'p{k}' for k in range(41))})")
    assert circuit.draw().svg
    monkeypatch.setattr(views._EdgeSearch, "_find", None)
    with pytest.raises(CircuitError) as caught:
        circuit.draw(parameters="nodes")
    assert caught.value.message == "one value would have 41 parameters as nodes; the limit is 40"
    assert caught.value.help == "draw fewer of them as nodes, with --parameters, or write them on the edges"


def test_edges_of_operations_are_counted_first(monkeypatch: pytest.MonkeyPatch) -> None:
    circuit = Circuit(f"y(t) = {' + '.join(['x(t)'] * 1200)}")
    monkeypatch.setattr(operations_view, "Family", None)
    with pytest.raises(CircuitError) as caught:
        circuit.draw(detail="operations")
    assert caught.value.message == "one step would have 1201 edges between operations; the limit is 1000"


def test_in_a_lattice_no_edge_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    circuit = Circuit("c(i, j) = c(i-1, j) + c(i, j-1)")
    monkeypatch.setattr(views._EdgeSearch, "unfolded", None)
    with pytest.raises(CircuitError) as caught:
        circuit.draw({"i": 40, "j": 40}, show="i=1-40,j=1-40")
    assert caught.value.message == "the picture would have 3120 edges that do not repeat; the limit is 1000"
