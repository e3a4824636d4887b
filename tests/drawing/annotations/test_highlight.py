"""What stands out is what a node depends on: in the picture, through the gaps, and in words."""

from __future__ import annotations

from typing import Any

import networkx
import pytest
from generators.circuits import circuits, lattices, lengths_of, two_way
from generators.drawing_cells import GALLERY, GALLERY_SIZES
from hypothesis import HealthCheck, assume, given
from hypothesis import strategies as st
from support.profiles import examples

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.drawing.scene.scene import Edge, Node, Scene, Square, Text
from unfoldgraph.drawing.scene.themes import THEMES
from unfoldgraph.unfolding.ancestry import Ancestry
from unfoldgraph.unfolding.unfolding import Unfolding

STANDS_OUT = ("chosen", "lit")


def nodes(scene: Scene, view: str = "unfolded") -> dict[tuple[str, tuple[Any, ...]], str]:
    """Return the emphasis of the nodes of a view."""
    found = [item for item in scene.items if isinstance(item, Node) and item.view == view]
    return {(node.name, node.index): node.emphasis for node in found}


def check_the_picture(scene: Scene, unfolding: Unfolding, chosen: tuple[str, tuple[int, ...]]) -> None:
    """Compare what stands out with the ancestors in the whole graph."""
    graph = unfolding.to_networkx()
    ancestors = networkx.ancestors(graph, chosen)
    for node, emphasis in nodes(scene).items():
        expected = "chosen" if node == chosen else "lit" if node in ancestors else "dim"
        assert emphasis == expected, f"{node} is {emphasis}"
    of = {item.id: (item.name, item.index) for item in scene.items if isinstance(item, Node)}
    known = {*ancestors, chosen}
    for edge in (item for item in scene.items if isinstance(item, Edge) and item.view == "unfolded"):
        ends = [of[end] for end in (edge.source, edge.target) if end]
        if len(ends) == 2:
            assert (edge.emphasis == "lit") == all(end in known for end in ends)
        elif edge.target:
            assert (edge.emphasis == "lit") == (ends[0] in known)
        elif ends[0] not in known:
            assert edge.emphasis == "dim"
    names = {name for name, _ in ancestors}
    for (name, _), emphasis in nodes(scene, "circuit").items():
        assert emphasis == ("chosen" if name == chosen[0] else "lit" if name in names else "dim")


def last_signal(circuit: Circuit, unfolding: Unfolding) -> tuple[str, tuple[int, ...]]:
    name = circuit.signals[-1]
    return name, tuple(last for _, last in unfolding.extent(name))


@pytest.mark.parametrize("name", [name for name in GALLERY if name not in ("adam", "attention")])
def test_the_gallery(name: str) -> None:
    circuit = Circuit.gallery(name)
    steps, sizes = GALLERY[name], GALLERY_SIZES.get(name)
    unfolding = circuit.unfold(steps, sizes)
    signal, place = last_signal(circuit, unfolding)
    scene = circuit.draw(steps, sizes=sizes, highlight=signal).scene
    check_the_picture(scene, unfolding, (signal, place))
    assert "depends on" in scene.description


@pytest.mark.filterwarnings("ignore::unfoldgraph.CircuitWarning")
@examples(12, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.one_of(circuits(vectors=False), two_way(), lattices()), st.integers(0, 99))
def test_any_circuit(text: str, seed: int) -> None:
    circuit = Circuit(text)
    lengths = lengths_of(circuit, (4, 3))
    assume(lengths is not None and len(circuit.model.axes) < 3)
    unfolding = circuit.unfold(lengths)
    listed = [node for node in unfolding.nodes if node[0] in circuit.signals]
    name, place = listed[seed % len(listed)]
    written = f"{name}({', '.join(map(str, place))})" if place else name
    try:
        scene = circuit.draw(lengths, highlight=written, view="unfolded").scene
    except CircuitError as error:
        assert "room" in error.message or "no way" in error.message or "no two directions" in error.message
        return
    check_the_picture(scene, unfolding, (name, place))


@pytest.mark.filterwarnings("ignore::unfoldgraph.CircuitWarning")
@examples(40, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.one_of(circuits(), two_way()), st.integers(150, 400), st.integers(0, 10**6))
def test_shortened_graphs_say_what_whole_ones_do(text: str, steps: int, seed: int) -> None:
    circuit = Circuit(text)
    unfolding = circuit.unfold(steps)
    listed = [node for node in unfolding.nodes if node[0] in circuit.signals]
    chosen = listed[seed % len(listed)]
    middle = 1 + seed % steps
    asked = {*range(-2, 5), middle, *range(steps - 3, steps + 3)}
    ancestry = Ancestry(unfolding, chosen, {"t": asked})
    ancestors = networkx.ancestors(unfolding.to_networkx(), chosen)
    for name in (*circuit.signals, *circuit.inputs):
        for place in asked:
            node = (name, (place,) if circuit.model.axes_of(name) else ())
            assert ancestry.has(node) == (node in ancestors), f"{node} of {chosen}"
    assert ancestry.reads == {
        (source[0], target[0])
        for source, target in unfolding.to_networkx().edges
        if target in ancestors or target == chosen
    }


@pytest.mark.parametrize(
    "text",
    [
        "h(t) = h(t-1) + x(t); h(250) = 2; h(300) = h(180)",
        "h(t) = h(t-1) + x(t); h(end-150) = 2; h(end-120) = h(end-170) + x(end-180)",
        "h(t) = h(t+1) + x(t); h(150) = 2; h(end-320) = x(199)",
    ],
)
def test_what_stands_alone_far_inside_is_not_left_out(text: str) -> None:
    steps = 400
    unfolding = Circuit(text).unfold(steps)
    for chosen in (("h", (steps,)), ("h", (1,)), ("h", (240,))):
        asked = [3, 60, 199, 390]
        ancestry = Ancestry(unfolding, chosen, {"t": asked})
        ancestors = networkx.ancestors(unfolding.to_networkx(), chosen)
        for name in ("h", "x"):
            for place in asked:
                assert ancestry.has((name, (place,))) == ((name, (place,)) in ancestors), (chosen, name, place)


def test_axes_of_one_length_are_shortened_together_or_not_at_all() -> None:
    unfolding = Circuit("h(t) = h(t-1) + x(t); g(s) = g(s-2) + h(s)").unfold(401)
    ancestry = Ancestry(unfolding, ("g", (401,)), {"s": [1, 2, 400], "t": [3]})
    assert [ancestry.has(("g", (place,))) for place in (1, 2, 400)] == [True, False, False]
    assert ancestry.has(("x", (3,)))


@pytest.mark.parametrize("delays", [(7, 11), (5, 9), (4, 6)])
def test_a_stretch_stays_as_long_as_what_is_reached_across_it_takes_to_repeat(delays: tuple[int, int]) -> None:
    """With delays of 7 and 11 the last place that is not reached lies 59 steps back; no other is asked about."""
    steps = 400
    unfolding = Circuit(" + ".join(["h(t) = x(t)", *(f"h(t-{delay})" for delay in delays)])).unfold(steps)
    ancestors = networkx.ancestors(unfolding.to_networkx(), ("h", (steps,)))
    for back in range(1, 90):
        node = "h", (steps - back,)
        assert Ancestry(unfolding, ("h", (steps,)), {"t": [steps - back]}).has(node) == (node in ancestors), back


def test_which_places_come_one_after_another() -> None:
    ancestry = Ancestry(Circuit("h(t) = h(t-1) + s; s = p").unfold(400), ("h", (400,)), {"t": [1, 2, 300]})
    assert ancestry.is_next("h", (1,), (2,))
    assert not ancestry.is_next("h", (1,), (300,))
    assert not ancestry.is_next("s", (), ())
    square = Ancestry(Circuit("h(i, j) = h(i-1, j) + h(i, j-1)").unfold(i=3, j=3), ("h", (3, 3)), {})
    assert not square.is_next("h", (1, 1), (2, 1))


@pytest.mark.parametrize("delays", [(2,), (3,), (2, 4), (3, 5), (6, 10, 15), (7, 7)])
@pytest.mark.parametrize("steps", [99, 100, 101, 1000, 1003])
def test_periods_are_kept(delays: tuple[int, ...], steps: int) -> None:
    right = " + ".join(f"h(t-{delay})" for delay in delays)
    circuit = Circuit(f"h(t) = {right} + g(t); g(t) = g(t-4) + x(t)")
    unfolding = circuit.unfold(steps)
    asked = [*range(-14, 20), steps // 2, *range(steps - 20, steps + 1)]
    ancestry = Ancestry(unfolding, ("h", (steps,)), {"t": asked})
    ancestors = networkx.ancestors(unfolding.to_networkx(), ("h", (steps,)))
    for name in ("h", "g", "x"):
        for place in asked:
            assert ancestry.has((name, (place,))) == ((name, (place,)) in ancestors)


def test_steps_that_are_left_out_lead_on() -> None:
    scene = Circuit("h(t) = tanh(W @ h(t-2) + U @ x(t))").draw(10**12, highlight="h").scene
    found = nodes(scene)
    assert found["x", (2,)] == found["h", (0,)] == "lit"
    assert found["x", (1,)] == found["h", (-1,)] == "dim"
    stubs = [item for item in scene.items if isinstance(item, Edge) and not item.target]
    assert {edge.source: edge.emphasis for edge in stubs} == {"u.h.3": "dim", "u.h.4": "lit"}


def test_everything_that_belongs_to_an_edge_goes_with_it() -> None:
    scene = Circuit.gallery("rnn-with-loss").draw(3, highlight="h(2)").scene
    edges = {item.id: item for item in scene.items if isinstance(item, Edge)}
    squares = [item for item in scene.items if isinstance(item, Square)]
    assert [square.emphasis for square in squares] == ["lit"]
    texts = [item for item in scene.items if isinstance(item, Text) and item.of in edges]
    assert texts and all(text.emphasis == edges[text.of].emphasis for text in texts)
    # What stands out is painted last.
    order = [edge.emphasis for edge in edges.values()]
    assert order == sorted(order)


def test_it_is_not_told_by_colour_alone() -> None:
    for theme in THEMES.values():
        widths = [theme.node_paint("state", emphasis).width for emphasis in ("dim", "lit", "chosen")]
        assert widths == sorted(set(widths))
        assert theme.line_paint("data", False, "dim").width < theme.line_paint("data", False, "lit").width


@pytest.mark.parametrize(
    ("options", "asked", "told"),
    [
        ({"steps": 3}, "h(2)", "What stands out: h(2) depends on x(1) to x(2) and h(0) to h(1)."),
        ({"steps": 3}, "h[2]", "What stands out: h(2) depends on x(1) to x(2) and h(0) to h(1)."),
        ({"steps": 3}, "h", "What stands out: h(3) depends on x(1) to x(3) and h(0) to h(2)."),
        ({"steps": 3}, "h(end-1)", "What stands out: h(2) depends on x(1) to x(2) and h(0) to h(1)."),
        ({"steps": 10**6}, "h", "What stands out: h(1000000) depends on x(1) to x(1000000) and h(0) to h(999999)."),
        ({}, "h(t)", "What stands out: h(t) depends on x(t-1), x(t), h(…) and h(t-1)."),
        ({}, "h", "What stands out: h(t) depends on x(t-1), x(t), h(…) and h(t-1)."),
        ({"view": "circuit"}, "h", "What stands out: h depends on x."),
        ({"steps": 3}, "x(2)", "x(2) stands out, which depends on nothing else here."),
    ],
)
def test_what_stands_out_is_told(options: dict[str, Any], asked: str, told: str) -> None:
    drawing = Circuit("h(t) = tanh(W @ h(t-1) + U @ x(t))").draw(highlight=asked, **options)
    assert drawing.alt_text.endswith(told)


def test_lattices_are_told() -> None:
    drawing = Circuit.gallery("two-dimensional").draw({"i": 3, "j": 4}, highlight="h(2,3)")
    assert "every x from (1, 1) to (2, 3)" in drawing.alt_text


@pytest.mark.parametrize(
    ("options", "asked", "message", "help"),
    [
        ({"steps": 3}, "k(2)", "there is no 'k' in the picture", "the picture has: x, h"),
        ({"steps": 3}, "W", "there is no 'W' in the picture", "the picture has: x, h"),
        ({"steps": 3}, "h(9)", "the picture does not show h(9)", "it shows h(0), h(1), h(2), h(3)"),
        ({"steps": 30}, "h(9)", "the picture does not show h(9)", "it shows h(0), h(1), h(2), …, h(29), h(30)"),
        ({"steps": 3}, "h(1, 2)", "the picture does not show h(1, 2)", "it shows h(0), h(1), h(2), h(3)"),
        ({}, "h(4)", "the picture does not show h(4)", "it shows h(t-1), h(t), h(t+1)"),
        ({"view": "circuit"}, "h(4)", "the circuit alone has no h(4)", "highlight h"),
        ({}, "h(", "'h(' is not a place of a signal", "write h(4), or h for its last place"),
    ],
)
def test_what_is_not_there_is_refused(options: dict[str, Any], asked: str, message: str, help: str) -> None:
    with pytest.raises(CircuitError) as caught:
        Circuit("h(t) = tanh(W @ h(t-1) + U @ x(t))").draw(highlight=asked, **options)
    assert (caught.value.message, caught.value.help) == (message, help)


def test_walks_have_a_limit_of_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few nodes that read whole axes have as many reads as thousands of others."""
    circuit = Circuit("h(t, s) = sum(h(t-1, r) for r) + x(s)")
    unfolding = circuit.unfold(t=6, s=5)
    # The last node reads 6, each of the five before it and so on 6 as well.
    monkeypatch.setattr("unfoldgraph.unfolding.ancestry.TRACED_READS", 6 * (1 + 5 * 5))
    assert Ancestry(unfolding, ("h", (6, 5)), {}).has(("x", (1,)))
    monkeypatch.setattr("unfoldgraph.unfolding.ancestry.TRACED_READS", 6 * (1 + 5 * 5) - 1)
    with pytest.raises(CircuitError, match=r"more than 155 reads would be followed to find what h\(6, 5\) depends on"):
        Ancestry(unfolding, ("h", (6, 5)), {})
    # Of one node that reads all there is, nothing is followed.
    monkeypatch.setattr(Unfolding, "sources", None)
    whole = Circuit("o = sum(x(k, k) * x(k, l) for k, l); x(i, j) : ()").unfold(i=10**6, j=10**6)
    with pytest.raises(CircuitError, match="more than 155 reads"):
        Ancestry(whole, ("o", ()), {})


def test_walks_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unfoldgraph.unfolding.ancestry.TRACED_NODES", 100)
    with pytest.raises(CircuitError, match="more than 100 nodes would be walked"):
        Circuit.gallery("two-dimensional").draw({"i": 30, "j": 30}, highlight="h")


@pytest.mark.parametrize(
    ("text", "steps", "node"),
    [
        ("y(t) = x(t) + sum(y(s) for s in 1..t-1)", {"t": 30}, ("y", (29,))),
        ("C(n) = sum(C(k) * C(n-1-k) for k in 0..n-1); C(0) = 1", {"n": 20}, ("C", (3,))),
        ("x(t) : (); y(t) = x(end+1-t) + y(t-1)", {"t": 30}, ("y", (2,))),
        ("c(i, j) = min(c(i, k) + c(k+1, j) for k in i..j-1) for j in i+1..end; c(i, i) = 0", {"i": 4, "j": 4},
         ("c", (1, 3))),
        ("T(n) = T(floor(n/2)) + n; T(0) = 1", {"n": 40}, ("T", (40,))),
    ],
)  # fmt: skip
def test_what_stands_out_over_ranges_is_what_a_node_depends_on(
    text: str, steps: dict[str, int], node: tuple[str, tuple[int, ...]]
) -> None:
    circuit = Circuit(text)
    name, place = node
    written = f"{name}({', '.join(map(str, place))})"
    check_the_picture(circuit.draw(steps, highlight=written).scene, Unfolding(circuit.model, steps), node)
