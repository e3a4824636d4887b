"""The cut view: every delay is cut once, and what is left has no cycle."""

from __future__ import annotations

import networkx
import pytest
from generators.circuits import circuits, lattices, two_way
from generators.drawing_cells import GALLERY, NAMES, cell, model
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from support.profiles import examples

from unfoldgraph import Circuit
from unfoldgraph.drawing.draw import draw
from unfoldgraph.drawing.graphs.circuit import circuit_links
from unfoldgraph.drawing.graphs.cut import SINK, cut_of
from unfoldgraph.drawing.graphs.rolled import Cell, Unfolded
from unfoldgraph.drawing.scene.scene import Edge, Node, Scene, Square, Text


def acyclic(unfolded: Unfolded) -> networkx.DiGraph:
    """Return the graph of a cut view, which must have no cycle."""
    graph = networkx.DiGraph((edge.source, edge.target) for edge in unfolded.connections)
    assert networkx.is_directed_acyclic_graph(graph)
    return graph


def stand_apart(unfolded: Unfolded) -> bool:
    """Say whether no node but a sink, which finds a place beside others, stands where another does."""
    places = [(one.name, one.at) for one in unfolded.instances if one.role != SINK]
    return len(places) == len(set(places))


def check_the_cut(one: Cell, unfolded: Unfolded) -> None:
    """Compare sources, sinks and edges with the delayed edges of the circuit."""
    graph = acyclic(unfolded)
    assert stand_apart(unfolded)
    delayed = [link for link in circuit_links(one) if link.delayed]
    instances = unfolded.instances
    sinks = [(instance.name, instance.index) for instance in instances if instance.role == SINK]
    # Over ranges, and at a computed place, it is told what is read; each way of telling has a sink of its own.
    ways = {(link.source, link.delay, link.reach) for link in delayed}
    assert sorted(sinks) == sorted((source, delay) for source, delay, _ in ways)
    cut = [edge for edge in unfolded.connections if edge.link.delayed]
    assert sorted(edge.link.delay for edge in cut) == sorted(link.delay for link in delayed)
    for edge in cut:
        source, target = instances[edge.source or 0], instances[edge.target or 0]
        assert source.role == "boundary" and graph.in_degree(edge.source) == 0
        assert (source.name, target.name) == (edge.link.source, edge.link.target)
        for axis, word in zip(one.variable(source.name).axes, source.index, strict=True):
            by = edge.link.delay[one.axes.index(axis)]
            assert not by or word in (f"{axis}{-by:+d}", "\u2026")
    for n, instance in enumerate(instances):
        if instance.role == SINK:
            (before,) = graph.predecessors(n)
            assert instances[before].name == instance.name and instances[before].role != "boundary"
            assert graph.out_degree(n) == 0


@pytest.mark.parametrize("name", [*NAMES, *GALLERY])
def test_every_delay_is_cut(name: str) -> None:
    check_the_cut(cell(name), cut_of(cell(name)))


@pytest.mark.filterwarnings("ignore::unfoldgraph.CircuitWarning")
@examples(60, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.one_of(circuits(), two_way(), lattices()))
def test_any_circuit_can_be_cut(text: str) -> None:
    check_the_cut(cell(text), cut_of(cell(text)))


def by_kind(scene: Scene) -> tuple[list[Node], list[Edge], list[Square]]:
    nodes = [item for item in scene.items if isinstance(item, Node)]
    edges = [item for item in scene.items if isinstance(item, Edge)]
    return nodes, edges, [item for item in scene.items if isinstance(item, Square)]


def test_what_the_picture_of_a_network_shows() -> None:
    scene = Circuit("h(t) = tanh(W @ h(t-1) + W_2 @ h(t-2) + U @ x(t)); o(t) = V @ h(t)").draw(view="cut").scene
    nodes, edges, squares = by_kind(scene)
    assert {node.view for node in nodes} == {edge.view for edge in edges} == {"cut"}
    places = {(node.name, node.index): node for node in nodes}
    before, now, after = places["h", ("t-1",)], places["h", ("t",)], places["h", (1,)]
    assert places["h", ("t-2",)].x < before.x < now.x < after.x
    assert before.y == now.y == places["h", ("t-2",)].y
    assert (before.role, after.role, after.shape) == ("boundary", SINK, "rectangle")
    joined = {(edge.source, edge.target): edge for edge in edges}
    assert joined["k.h.t-1", "k.h.t"].delay == (1,) and joined["k.h.t", "k.h.sink.1"].delay == (0,)
    assert joined["k.h.t-2", "k.h.t"].delay == (2,) and joined["k.h.t", "k.h.sink.2"].delay == (0,)
    # A source names its delay, and only a sink shows it as a square: no delay is seen twice.
    assert not squares
    told = {item.of: item.text for item in scene.items if isinstance(item, Text)}
    assert told["k.h.t-1"] == "h(t-1)" and told["k.h.sink.2"] == "2" and "k.h.sink.1" not in told


def test_what_runs_backward_comes_from_the_other_side() -> None:
    nodes, _, _ = by_kind(Circuit.gallery("bidirectional").draw(view="cut").scene)
    x = {(node.name, node.role == SINK, node.index): node.x for node in nodes}
    assert x["h", False, ("t-1",)] < x["h", False, ("t",)] < x["h", True, (1,)]
    assert x["g", True, (-1,)] < x["g", False, ("t",)] < x["g", False, ("t+1",)]


def test_lattices_are_cut_along_each_axis() -> None:
    nodes, _, _ = by_kind(Circuit.gallery("two-dimensional").draw(view="cut").scene)
    at = {(node.name, node.index): node for node in nodes}
    above, left, now = at["h", ("i-1", "j")], at["h", ("i", "j-1")], at["h", ("i", "j")]
    assert above.x == now.x and above.y < now.y and left.y == now.y and left.x < now.x


def test_an_edge_that_would_close_a_cycle_is_cut_too() -> None:
    circuit = Circuit("b(t) = 0.5 * a(t); a(t) = 0.1 * a(t-1) + b(1); b(1) = x(1)")
    nodes, edges, _ = by_kind(circuit.draw(view="cut").scene)
    source = next(node for node in nodes if (node.name, node.index) == ("b", ("1",)))
    assert source.role == "boundary" and any(edge.source == source.id for edge in edges)
    assert source.x < next(node for node in nodes if (node.name, node.index) == ("b", ("t",))).x
    assert [node.index for node in nodes if node.role == SINK] == [(1,)]


def test_places_by_number_stand_apart_from_those_by_delay() -> None:
    text = "b(t) = 0.5 * a(t); a(t) = 0.1 * a(t-1) + W @ b(1) + V @ b(2) + b(t-1); b(1) = x(1); b(2) = x(2); b(0) = 1"
    nodes, _, _ = by_kind(Circuit(text).draw(view="cut").scene)
    x = {node.index: node.x for node in nodes if node.name == "b" and node.role != SINK}
    assert len(set(x.values())) == 4 and max(x["1",], x["2",]) < x["t-1",] < x["t",]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("h(t) = tanh(W @ h(t-1) + U @ x(t))", "from another step comes h(t-1), into a delay goes h(t)."),
        ("y(t) = y(t-1) + y(t-2)", "from other steps come y(t-1) and y(t-2), into delays goes y(t)."),
        ("y(t) = 2 * x(t)", "There is no delay to cut."),
    ],
)
def test_it_is_told_in_words(text: str, told: str) -> None:
    assert Circuit(text).draw(view="cut").alt_text.count(told) == 1


def test_steps_and_a_highlight_go_with_it() -> None:
    circuit = Circuit.gallery("rnn-with-loss")
    assert circuit.draw(5, view="cut").svg == circuit.draw(view="cut").svg
    scene = circuit.draw(view="cut", highlight="o(t)").scene
    emphasis = {node.id: node.emphasis for node in by_kind(scene)[0]}
    assert emphasis["k.o.t"] == "chosen"
    assert {name for name, found in emphasis.items() if found == "lit"} == {"k.h.t", "k.x.t", "k.h.t-1"}
    assert emphasis["k.h.sink.1"] == emphasis["k.L.t"] == "dim"
    assert scene.description.endswith("What stands out: o(t) depends on x(t), h(t) and h(t-1).")


def test_a_picture_without_time_is_one_step() -> None:
    nodes, _, squares = by_kind(draw(model("a = 2 * p; b = a + 1"), view="cut"))
    assert [node.name for node in nodes] == ["a", "b"] and not squares


def test_each_value_that_is_read_by_its_number_is_one_source() -> None:
    text = "a(t) = a(t-1) + b(1) + b(2); b(t) = a(t); c(t) = b(1) * b(2) + c(1) + c(t-1); b(1) = 1; b(2) = 3; c(1) = 1"
    nodes, edges, _ = by_kind(Circuit(text).draw(view="cut").scene)
    assert len({(node.name, node.index) for node in nodes}) == len(nodes)
    by_number = [(edge.source, edge.target) for edge in edges if edge.source.endswith((".1", ".2"))]
    assert sorted(by_number) == [
        ("k.b.1", "k.a.t"), ("k.b.1", "k.c.t"), ("k.b.2", "k.a.t"), ("k.b.2", "k.c.t"), ("k.c.1", "k.c.t"),
    ]  # fmt: skip


def test_what_comes_from_other_steps_over_a_range_is_one_source() -> None:
    text = "c(i, j) = min(c(i, k) + c(k+1, j) for k in i..j-1) for j in i+1..end; c(i, i) = 0"
    cut = cut_of(cell(text))
    acyclic(cut)
    assert stand_apart(cut)
    given = [instance.text for instance in cut.instances if instance.role == "boundary"]
    assert given == ["c(i, i..j-1)", "c(i+1..j, j)"]
    assert len([instance for instance in cut.instances if instance.role == SINK]) == 2
    halves = cut_of(cell("T(n) = T(floor(n/2)) + n; T(0) = 1"))
    assert [one.text for one in halves.instances] == ["T(n)", "T(floor(n / 2))", "delay of T"]
