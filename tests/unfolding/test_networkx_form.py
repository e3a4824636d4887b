"""Nodes and edges listed many at a time are those that are asked for one by one, in the same order."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import networkx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.generators.circuits import everything, lengths_of
from tests.generators.ranged_texts import ranged_texts
from tests.support.profiles import examples
from tests.unfolding.test_depth import SIZES
from unfoldgraph import Circuit, CircuitError
from unfoldgraph.base.files import gallery_names
from unfoldgraph.unfolding.networkx_form import Listing, NodeTable
from unfoldgraph.unfolding.unfolding import Unfolding


def one_by_one(unfolding: Unfolding) -> networkx.DiGraph:
    """Return the graph built from what each node is asked for, by what networkx has for it."""
    model = unfolding.model
    graph = networkx.DiGraph(axes=model.axes)
    for name, place in unfolding.nodes:
        kind = "parameter" if name in model.parameters else "input" if name in model.inputs else "signal"
        graph.add_node((name, place), name=name, kind=kind, axes=model.axes_of(name), index=place)
    for source, target in unfolding.joined():
        graph.add_edge(source.node, target, read=source.read, moves=source.moves)
    return graph


def told(graph: networkx.DiGraph) -> list[Any]:
    """Return all that a graph holds, in its order, also in that of what leads to a node."""
    rows = [graph.graph, list(graph.nodes.data()), list(graph.edges.data()), list(graph.in_edges.data())]
    return [*rows, [list(attributes) for _, attributes in graph.nodes.data()]]


def assert_listed(unfolding: Unfolding) -> None:
    graph = unfolding.to_networkx()
    assert told(graph) == told(one_by_one(unfolding))
    assert all(graph.succ[source][target] is graph.pred[target][source] for source, target in graph.edges)
    assert len({id(attributes) for _, _, attributes in graph.edges.data()}) == graph.number_of_edges()


@given(everything(), st.integers(0, 12), st.integers(0, 12))
@examples(150)
def test_of_generated_circuits(text: str, steps: int, others: int) -> None:
    circuit = Circuit(text)
    lengths = lengths_of(circuit, (steps, others, 9))
    if lengths is not None:
        assert_listed(circuit.unfold(lengths))


@given(ranged_texts(), st.integers(0, 12), st.integers(1, 4))
@examples(60)
def test_of_circuits_with_ranges(text: str, steps: int, size: int) -> None:
    try:
        circuit = Circuit(text)
        unfolding = circuit.unfold(dict.fromkeys(circuit.axes, steps))
        sizes = dict.fromkeys(unfolding.missing_sizes, size)
        unfolding = circuit.unfold(dict.fromkeys(circuit.axes, steps), sizes=sizes)
    except CircuitError:
        return
    assert_listed(unfolding)


@pytest.mark.parametrize("name", gallery_names())
def test_of_the_gallery(name: str) -> None:
    circuit = Circuit.gallery(name)
    assert_listed(circuit.unfold(dict.fromkeys(circuit.axes, 11), sizes=SIZES.get(name)))


@pytest.mark.parametrize(
    "text",
    [
        # What is read in two ways at one place, along a line and everywhere.
        "h(t) = f(h(t-1), h(t-2), x(t), x(9), x(t-3); W)",
        "y(t) = h(t) + h(t-1) + h(3) + h(end); h(t) = h(t-1)",
        "y(i, j) = x(i) + x(j) + c(i, j) + c(j, i); c(i, j) = x(i)",
        "h(t) = h(t-1) + g(end); g(t) = g(t-1); g(end) = 1",
        # Reads that go backwards, leave out every second place, or turn a square over.
        "y(t) = x(end-t) + x(2*t) + x(t) + x(end)",
        "y(i, j) = x(j, i) + x(i, i) + x(j, j-1)",
        # Other statements at some places, edges written and given, and none at all.
        "h(t) = h(t-1) + h(t-2); h(4) = 7; h(6) = h(2); h(0) = 1; h(-1) = 0",
        "c(i, j) = c(i-1, j) + c(i, j-1) + d(i-2, j-3); c(i, 0) = i; c(0, j) = j; c(3, 3) = 0; c(i, 5) = 4; "
        "d(i, j) = c(i, j)",
        "c(i, j) = c(i-1, j) + c(i, j-1) for j in i..end; c(i, i) = x(i)",
        "u(t, i) = u(t-1, i-1) + u(t-1, i+1); u(t, 0) = u(t, end); u(t, end+1) = u(t, 1)",
        # What lies too far away for a table.
        "h(t) = h(t-1000000) + x(t) + W",
    ],
)
@pytest.mark.parametrize("steps", [0, 1, 7, 12])
def test_of_reads_that_meet_cross_and_leave(text: str, steps: int) -> None:
    circuit = Circuit(text)
    try:
        unfolding = circuit.unfold(dict.fromkeys(circuit.axes, steps))
    except CircuitError as error:
        assert "has only" in error.message
        return
    assert_listed(unfolding)


def test_nodes_are_one_object_each() -> None:
    graph = Circuit("h(t) = tanh(W @ h(t-1) + x(t))").unfold(20).to_networkx()
    nodes = {node: node for node in graph}
    assert all(nodes[source] is source and nodes[target] is target for source, target in graph.edges)


def test_nodes_far_apart_have_no_table() -> None:
    listing = Listing(Circuit("h(t) = h(t-1000000) + x(t)").unfold(9))
    assert "h" not in listing._tables
    assert list(listing.nodes("x")) == [("x", (t,)) for t in range(1, 10)]


def test_a_table_has_room_where_there_are_no_nodes() -> None:
    table = NodeTable("c", [((1, 2), (0, 0)), ((2, 2), (1, 3))], ((1, 2), (0, 3)))
    assert table.nodes == [("c", (1, 0)), ("c", (2, 0)), ("c", (2, 1)), ("c", (2, 2)), ("c", (2, 3))]
    assert table.gathered((1, 0), [4, 1], [2, 2]) == [("c", (1, 0)), None, ("c", (2, 0)), ("c", (2, 1))]
    assert table.gathered((2, 3), [-2], [2]) == [("c", (2, 3)), ("c", (2, 1))]
    assert NodeTable("W", [()], ()).nodes == [("W", ())]


# The collector -----------------------------------------------------------------------------------------


@contextmanager
def collecting(is_on: bool) -> Iterator[None]:
    before = gc.isenabled()
    (gc.enable if is_on else gc.disable)()
    try:
        yield
    finally:
        (gc.enable if before else gc.disable)()


@pytest.mark.parametrize("is_on", [True, False])
def test_the_collector_is_off_while_a_graph_is_filled_and_then_as_it_was(
    is_on: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def edges(self: Listing) -> Iterator[Any]:
        seen.append(gc.isenabled())
        return iter(())

    monkeypatch.setattr(Listing, "edges", edges)
    with collecting(is_on):
        Circuit("h(t) = h(t-1)").unfold(20).to_networkx()
        assert seen == [False]
        assert gc.isenabled() is is_on


@pytest.mark.parametrize("is_on", [True, False])
def test_the_collector_is_as_it_was_where_filling_a_graph_fails(is_on: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def edges(self: Listing) -> Iterator[Any]:
        raise MemoryError

    monkeypatch.setattr(Listing, "edges", edges)
    with collecting(is_on):
        with pytest.raises(MemoryError):
            Circuit("h(t) = h(t-1)").unfold(20).to_networkx()
        assert gc.isenabled() is is_on
