"""No arrow that is not in the graph: what a picture joins is what the unfolded graph joins, and nothing else.

Pictures are taken as they come out, nodes and edges of the scene as JSON, and compared with the graphs of networkx.
Every edge between two nodes that are shown is drawn once; a stub is drawn where the graph leads from a node, or to
it, from what is not shown. How the drawing finds them does not matter here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import networkx
import pytest
from generators.circuits import circuits, lattices, two_way
from generators.drawing_cells import (
    BY_DELAYS,
    NAMES,
    lengths,
    model,
    unfolded_of,
)
from generators.ranged_texts import ranged_texts
from hypothesis import HealthCheck, assume, given
from hypothesis import strategies as st
from support.profiles import examples

from unfoldgraph import CircuitError
from unfoldgraph.drawing.draw import draw
from unfoldgraph.drawing.graphs.asked_steps import asked_steps
from unfoldgraph.drawing.graphs.circuit import circuit_links
from unfoldgraph.drawing.graphs.cut import SINK, cut_of
from unfoldgraph.drawing.graphs.from_model import cell_of
from unfoldgraph.drawing.scene.scene import to_dictionary
from unfoldgraph.model.equations import Model
from unfoldgraph.unfolding.unfolding import Unfolding

Node = tuple[str, tuple[Any, ...]]
Delay = tuple[int, ...]


class Joined(NamedTuple):
    """What is joined to what: edges between shown nodes, and the stubs of these, each with its delays."""

    nodes: set[Node]
    edges: dict[tuple[Node, Node], set[Delay]]
    into: dict[Node, set[Delay]]
    out_of: dict[Node, set[Delay]]


def joined(nodes: Iterable[Node], edges: Iterable[tuple[Node | None, Node | None, Delay]]) -> Joined:
    """Sort edges by whether both ends are known."""
    found = Joined(set(nodes), {}, {}, {})
    for source, target, delay in edges:
        if source is not None and target is not None:
            assert (source, target) not in found.edges, f"{source} -> {target} is drawn twice"
            found.edges[source, target] = {delay}
        elif source is not None:
            found.out_of.setdefault(source, set()).add(delay)
        else:
            assert target is not None
            found.into.setdefault(target, set()).add(delay)
    return found


def drawn(scene: Mapping[str, Any]) -> Joined:
    """Return what an unfolded view joins; of operations what the variables are joined by that they are in."""
    items = [item for item in scene["items"] if item.get("view") == "unfolded"]
    place = {item["id"]: (item["name"], tuple(item["index"])) for item in items if item["kind"] == "node"}
    owner = {name: place.get(re.sub(r"\.o\d+$", "", name)) for name in place}
    own = {owner[name] for name in place if not re.search(r"\.o\d+$", name)}
    edges: dict[tuple[Node | None, Node | None, Delay], None] = {}
    is_of_operations = len(own) < len(place)
    for item in items:
        if item["kind"] == "edge":
            ends = owner.get(item["source"]), owner.get(item["target"])
            if ends[0] != ends[1]:
                edge = (*ends, tuple(item["delay"]))
                assert edge not in edges or is_of_operations or None in ends, f"{edge} is drawn twice"
                edges[edge] = None
    if is_of_operations:
        # Each use of a value is an edge by itself there, and may have a delay of its own.
        found = Joined({node for node in own if node is not None}, {}, {}, {})
        for source, target, delay in edges:
            if source is not None and target is not None:
                found.edges.setdefault((source, target), set()).add(delay)
            else:
                known = found.into if source is None else found.out_of
                known.setdefault(target or source, set()).add(delay)  # type: ignore[arg-type]
        return found
    return joined((node for node in own if node is not None), edges)


def laid_out(
    model: Model, steps: Mapping[str, int], show: Mapping[str, str] | None, sizes: Mapping[str, int] | None = None
) -> Joined:
    """Return what the unfolded view joins before it is drawn."""
    cell = cell_of(model)
    view = unfolded_of(model, cell, steps, asked_steps(show, cell.drawn_axes, steps), sizes=sizes)
    places = [(one.name, one.index) for one in view.instances]
    assert len({*places}) == len(places)
    at: dict[int | None, Node | None] = {None: None, **dict(enumerate(places))}
    return joined(places, ((at[one.source], at[one.target], one.delay) for one in view.connections))


def wanted(
    model: Model,
    steps: Mapping[str, int],
    shown: set[Node],
    names: set[str],
    sizes: Mapping[str, int] | None = None,
) -> Joined:
    """Return what the graph joins, as far as nodes are shown; ``names`` are those of which any are."""
    graph = Unfolding(model, steps, sizes).to_networkx()
    assert shown <= {*graph}, f"no nodes: {sorted(shown - {*graph})}"
    found = Joined(shown, {}, {}, {})
    for source, target, data in graph.edges(data=True):
        delays = {delay_of(graph, source, target, axes) for _, axes in data["moves"] or [("", ())]}
        if source in shown and target in shown:
            found.edges[source, target] = delays
        elif source in shown:
            found.out_of.setdefault(source, set()).update(delays)
        elif target in shown and source[0] in names:
            found.into.setdefault(target, set()).update(delays)
    return found


def delay_of(graph: networkx.DiGraph, source: Node, target: Node, moving: Iterable[str]) -> Delay:
    """Return how far an edge leads, axis by axis, where it moves."""
    here = dict(zip(graph.nodes[source]["axes"], source[1], strict=True))
    there = dict(zip(graph.nodes[target]["axes"], target[1], strict=True))
    return tuple(there[axis] - here[axis] if axis in [*moving] else 0 for axis in graph.graph["axes"])


def differences(found: Joined, right: Joined, by_delay: bool = True) -> list[str]:
    """Return in words what a picture joins otherwise than the graph; ``by_delay`` also where stubs have other delays.

    Of a range each node has one stub, whatever the delays are that it stands for.
    """
    told = [f"{edge} is no edge" for edge in found.edges if edge not in right.edges]
    told += [f"{edge} is not drawn" for edge in right.edges if edge not in found.edges]
    for edge, delays in found.edges.items():
        if by_delay and edge in right.edges and not delays <= right.edges[edge]:
            told.append(f"{edge} has the delay {delays}, not {right.edges[edge]}")
    for word, stubs, others in (("into", found.into, right.into), ("out of", found.out_of, right.out_of)):
        for node in {**stubs, **others}:
            same = (
                stubs.get(node, set()) == others.get(node, set()) if by_delay else (node in stubs) == (node in others)
            )
            if not same:
                told.append(f"stubs {word} {node}: {stubs.get(node)}, not {others.get(node)}")
    return sorted(told)


def check(model: Model, steps: Mapping[str, int], **options: Any) -> None:
    """Draw a circuit and compare what is joined with its graph."""
    scene = to_dictionary(draw(model, dict(steps), view="unfolded", **options))
    found = drawn(scene)
    of_operations = options.get("detail") == "operations"
    names = {variable.name for variable in cell_of(model, with_weights=of_operations).variables}
    right = wanted(model, steps, found.nodes, names)
    for item in scene["items"]:
        if item["kind"] == "node" and item["role"] == "parameter":
            # How many steps use it is told in words.
            right.out_of.pop((item["name"], ()), None)
    problems = differences(found, right)
    assert not problems, "\n".join(problems)


def check_layout(model: Model, steps: Mapping[str, int], show: Mapping[str, str] | None) -> None:
    """Compare what is to be drawn with the graph."""
    found = laid_out(model, steps, show)
    names = {variable.name for variable in cell_of(model).variables}
    problems = differences(found, wanted(model, steps, found.nodes, names))
    assert not problems, "\n".join(problems)


def check_ranges(
    model: Model, steps: Mapping[str, int], show: Mapping[str, str] | None, sizes: Mapping[str, int] | None = None
) -> None:
    """Compare what is to be drawn of ranges and computed places with the graph."""
    found = laid_out(model, steps, show, sizes)
    names = {variable.name for variable in cell_of(model).variables}
    right = wanted(model, steps, found.nodes, names, sizes)
    problems = differences(found, right, by_delay=False)
    assert not problems, "\n".join(problems)
    if show is None and all(length <= 6 for length in steps.values()):
        graph = Unfolding(model, steps, sizes).to_networkx()
        missing = {node for node in graph if node[0] in names} - found.nodes
        assert all(any(not 1 <= at <= 6 for at in place) for _, place in missing), missing
    for (source, target), delays in found.edges.items():
        own, its = (dict(zip(model.axes_of(name), place, strict=True)) for name, place in (source, target))
        for axis, delay in zip(model.axes, *delays, strict=True):
            assert delay in (0, its.get(axis, 0) - own.get(axis, 0)), f"{source} -> {target} has the delay {delays}"


def steps_of(model: Model, sizes: tuple[int, int]) -> dict[str, int] | None:
    """Return a length for each axis, those that share one alike; None where a read by number lies beyond them."""
    own = [axis for axis in model.axes if model.length_of[axis] == axis]
    shared = dict(zip(own, (*sizes, sizes[0]), strict=False))
    try:
        return Unfolding(model, {axis: shared[model.length_of[axis]] for axis in model.axes}).lengths
    except CircuitError as error:
        assert "has only" in error.message
        return None


def some_of(model: Model, steps: Mapping[str, int], pitch: int) -> dict[str, str] | None:
    """Return some steps of each axis, to be shown: those that are shown anyway for a pitch of 0."""
    cell = cell_of(model)
    asked = {
        axis: ",".join(map(str, sorted({1 + pitch * n % steps[axis] for n in range(3)})))
        for axis in cell.drawn_axes
        if steps[axis] and pitch
    }
    return asked or None


#: Fixed circuits, each of a kind that was drawn wrong once, or that no generator makes.
FIXED = {
    "a corner that nobody writes": ("c(i, j) = c(i-1, j-1)", {"i": 20, "j": 20}),
    "edges that nobody writes": ("c(i, j) = c(i-1, j) + c(i, j-1) + c(i+1, j-2)", {"i": 20, "j": 12}),
    "an edge and a corner written": (
        "c(i, j) = min(c(i-1, j-1), c(i, j-1)); c(0, j) = j; c(i, 0) = i; c(0, 0) = 0", {"i": 15, "j": 15},
    ),
    "one edge written": ("c(i, j) = c(i-1, j-1) + x(j); c(0, j) = c(0, j-1) + x(j)", {"i": 9, "j": 30}),
    "a diagonal that is summed": ("a(i, j) = x(i, j) * 2; s = sum(a(k, k) for k)", {"i": 4, "j": 4}),
    "one beside it": ("a(i, j) = 0.5 * a(i-1, j) + x(i, j); s(i) = sum(a(k, k-1) * a(i, k) for k)", {"i": 12, "j": 12}),
    "an input on the diagonal": ("x(i, j) : (); s(j) = sum(x(k, k) * x(k, j) for k)", {"i": 3, "j": 3}),
    "a diagonal in the row before": ("b(t, i) = sum(b(t-1, k) * a(k, k) for k) + x(t); a(i, j) = z(i) * z(j)",
                                     {"t": 9, "i": 9, "j": 9}),
    "a value that all steps read": ("g(t) = tanh(g(t-1) + x(t)); c = 2 * g(end); h(t) = h(t-1) * c", {"t": 50}),
    "a vector that all steps read": ("x : n; h(t) = tanh(W @ h(t-1) + U @ x)", {"t": 50}),
    "a step that all steps read": ("x(t) : (); y(t) = y(t-1) + x(1) * x(end-1) + y(2); y(2) = 1", {"t": 40}),
    "all to all": ("x(t) : (); y(t) = sum(x(k) * y(t-1) for k)", {"t": 20}),
    "a trellis": ("v(t, s) = max(v(t-1, r) + A(r, s) for r) + o(t, s)", {"t": 20, "s": 20, "r": 20}),
    "a long delay": ("y(t) = 0.5 * y(t-6) + x(t)", {"t": 30}),
    "a row and a column": ("c(i, j) = c(i-1, j) + x(i) * y(j) + c(i-1, 1)", {"i": 20, "j": 20}),
    "no steps": ("c(i, j) = c(i-1, j) + x(i); c(0, j) = y(j); s = sum(c(k, j) for k, j) + c(end, 0)", {"i": 0, "j": 3}),
}  # fmt: skip


@pytest.mark.parametrize("name", FIXED)
@pytest.mark.parametrize("show", [0, 5])
def test_every_kind_of_read_joins_what_the_graph_joins(name: str, show: int) -> None:
    text, steps = FIXED[name]
    check_layout(model(text), steps, some_of(model(text), steps, show))


@pytest.mark.parametrize("name", [name for name in FIXED if name != "a diagonal in the row before"])
@pytest.mark.parametrize("options", [{}, {"direction": "up"}, {"detail": "operations"}], ids=["", "up", "operations"])
def test_every_kind_of_read_is_drawn_as_the_graph_has_it(name: str, options: dict[str, str]) -> None:
    text, steps = FIXED[name]
    check(model(text), steps, **options)


_SIZES = st.tuples(st.integers(0, 25), st.integers(0, 25))


@examples(60, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.one_of(circuits(vectors=False), two_way(), lattices(), lattices()), _SIZES, st.sampled_from([0, 0, 2, 5, 7]))
def test_any_circuit_joins_what_its_graph_joins(text: str, sizes: tuple[int, int], pitch: int) -> None:
    steps = steps_of(model(text), sizes)
    assume(steps is not None)
    assert steps is not None
    check_layout(model(text), steps, some_of(model(text), steps, pitch))


@examples(15, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    st.one_of(circuits(), two_way(), lattices()),
    _SIZES,
    st.sampled_from([0, 5]),
    st.sampled_from([{}, {"direction": "up"}, {"detail": "operations"}, {"parameters": "nodes"}]),
)
def test_any_circuit_is_drawn_as_its_graph_is(
    text: str, sizes: tuple[int, int], pitch: int, options: dict[str, str]
) -> None:
    steps = steps_of(model(text), sizes)
    assume(steps is not None)
    assert steps is not None
    try:
        check(model(text), steps, show=some_of(model(text), steps, pitch), **options)
    except CircuitError as error:
        told = ("room", "no way", "directions", "nodes", "edges")
        assert any(word in error.message for word in told), error.message


@pytest.mark.parametrize("name", [*NAMES, *BY_DELAYS])
@pytest.mark.parametrize("steps", [4, 30])
def test_known_circuits_join_what_their_graphs_join(name: str, steps: int) -> None:
    found = lengths(name, steps)
    assert found is not None
    check_layout(model(name), found, None)


#: Circuits with ranges and any place, each with lengths and sizes.
RANGED = {
    "Catalan": ("C(n) = sum(C(k) * C(n-1-k) for k in 0..n-1); C(0) = 1", {"n": 12}, {}),
    "matrix chain": (
        "p(i) : (); p(0) = d; c(i, j) = min(c(i, k) + c(k+1, j) + p(i-1)*p(k)*p(j) for k in i..j-1) for j in i+1..end; "
        "c(i, i) = 0; best = c(1, end)", {"i": 5, "j": 5}, {},
    ),
    "full history": ("x(t), w(t, s) : (); y(t) = x(t) + sum(w(t, s)*y(s) for s in 1..t-1)", {"t": 9, "s": 9}, {}),
    "a filter": ("b : M; x(n) : (); y(n) = sum(b[k] * x(n-k) for k in 0..M-1)", {"n": 20}, {"M": 4}),
    "a long filter": ("x(n) : (); y(n) = sum(k * x(n-k) for k in 0..15)", {"n": 20}, {}),
    "decimation": ("x(n) : (); y(m) = (x(2*m-1) + x(2*m)) / 2", {"n": 20, "m": 9}, {}),
    "reversal": ("x(t) : (); y(t) = x(end+1-t)", {"t": 7}, {}),
    "a moving delay": ("x(t), d(t) : (); y(t) = x(t) + g * x(t - d(t))", {"t": 9}, {}),
    "knapsack": (
        "value(i), weight(i) : (); "
        "V(i, c) = max(V(i-1, c), V(i-1, c - weight(i)) + value(i) if weight(i) <= c else 0); "
        "V(0, c) = 0; V(i, 0) = 0; V(0, 0) = 0; best = V(end, end)", {"i": 3, "c": 4}, {},
    ),
    "halves": ("T(n) = T(floor(n/2)) + n; T(0) = 1", {"n": 40}, {}),
    "a range of equations": ("d(t) = w * d(t+1) for t in 2..end; d(end+1) = g; s = sum(d(t) for t)", {"t": 9}, {}),
    "off the axis": ("x(t) : (); d(t) = w * d(t+1) + x(t) for t in 0..end", {"t": 5}, {}),
    "neighbours": (
        "x(i, j) : (); y(i, j) = sum(x(i+a, j+b) for a in -1..1, b in -1..1 if a != 0 or b != 0)",
        {"i": 4, "j": 4}, {},
    ),
    "a condition": ("x(t) : (); y(t) = y(t-1) + x(t) if t > 1 else s1", {"t": 6}, {}),
    "every second": ("x(t) : (); y(t) = y(t-2) + x(t-1) if t % 2 == 0 else x(t)", {"t": 20}, {}),
    "a delay by a size": ("h : M; x(t) : (); y(t) = y(t-M) + x(t) * sum(h)", {"t": 20}, {"M": 3}),
}  # fmt: skip


@pytest.mark.parametrize("name", RANGED)
@pytest.mark.parametrize("show", [0, 5])
def test_ranges_and_places_join_what_the_graph_joins(name: str, show: int) -> None:
    text, steps, sizes = RANGED[name]
    check_ranges(model(text), steps, some_of(model(text), steps, show), sizes)


@examples(120, derandomize=True, suppress_health_check=list(HealthCheck))
@given(ranged_texts(), st.integers(1, 12), st.sampled_from([0, 0, 3]))
def test_any_ranges_and_places_join_what_their_graph_joins(text: str, steps: int, pitch: int) -> None:
    try:
        circuit = model(text)
    except CircuitError:
        assume(False)
    lengths = dict.fromkeys(circuit.axes, steps)
    try:
        Unfolding(circuit, lengths)
    except CircuitError:
        assume(False)
    check_ranges(circuit, lengths, some_of(circuit, lengths, pitch))


# Symbolic time, the circuit, one step -----------------------------------------------------------

#: How many steps an axis has on which t, 1 and the end are far apart, of one axis and of several, and where t is.
_LONG, _MIDDLE = {True: 230, False: 24}, {True: 110, False: 9}


def check_symbolic(model: Model) -> None:
    """Compare symbolic time with a graph in which first, middle and last steps are far apart.

    Between steps that are named all edges are drawn and no others; to and from dots only such as the graph has too,
    with any steps for the dots.
    """
    is_alone = len(model.axes) < 2
    long = _LONG[is_alone]
    # No two axes have t at one number, which would put places on a diagonal that are not.
    here = {axis: _MIDDLE[is_alone] + 4 * n for n, axis in enumerate(model.axes)}
    graph = Unfolding(model, dict.fromkeys(model.axes, long)).to_networkx()

    def number(word: str | int, axis: str) -> int | None:
        if isinstance(word, int) or word == "\u2026":
            return None if isinstance(word, str) else word
        base, sign, offset = re.fullmatch(r"(.*?)(?:([+-])(\d+))?", word).groups()  # type: ignore[union-attr]
        by = int(f"{sign}{offset}") if offset else 0
        return by + (long if base.startswith("\u03c4") else here[axis])

    view = unfolded_of(model, cell_of(model))
    nodes: list[Node] = [
        (one.name, tuple(number(word, axis) for word, axis in zip(one.index, model.axes_of(one.name), strict=True)))
        for one in view.instances
    ]
    named = {node for node in nodes if None not in node[1]}
    assert named <= {*graph}, f"no nodes: {sorted(named - {*graph})}"
    pairs = [(one.source, one.target) for one in view.connections]
    edges = {(nodes[a], nodes[b]) for a, b in pairs if a is not None and b is not None}
    between = {(a, b) for a, b in edges if a in named and b in named}
    right = {(a, b) for a, b in graph.edges if a in named and b in named}
    assert between == right, f"too many {between - right}, too few {right - between}"
    for a, b in edges - between:
        assert any(_fits(a, source) and _fits(b, target) for source, target in graph.edges), f"{a} -> {b} is no edge"


def _fits(dots: Node, node: Node) -> bool:
    return dots[0] == node[0] and all(at is None or at == other for at, other in zip(dots[1], node[1], strict=True))


def check_circuit(model: Model) -> None:
    """Compare the circuit and the cut view with the graph of the circuit."""
    cell = cell_of(model)
    names = {variable.name for variable in cell.variables}
    graph = [(a, b, data["delay"], data["read"]) for a, b, data in model.graph().edges(data=True) if a in names]
    joined = {(a, b) for a, b, _, _ in graph}
    links = circuit_links(cell)
    assert {(one.source, one.target) for one in links} <= joined
    # What a boundary reads at a place before its own has that delay; that of an equation is the graph's.
    usual = {(one.source, one.target, one.delay) for one in links if one.is_usual}
    assert usual <= {(a, b, delay) for a, b, delay, _ in graph}
    for a, b, delay, _ in graph:
        # What the circuit has no edge for is what a boundary reads of its own signal.
        assert any((one.source, one.target) == (a, b) for one in links) or (a == b and not any(delay)), (a, b)
    cut = cut_of(cell)
    ends = [(one.source, one.target) for one in cut.connections]
    assert networkx.is_directed_acyclic_graph(networkx.DiGraph(ends))
    told = {(cut.instances[a].name, cut.instances[b].name) for a, b in ends if a is not None and b is not None}
    sinks = {(one.name, one.index) for one in cut.instances if one.role == SINK}
    assert sinks == {(one.source, one.delay) for one in links if one.delayed}
    assert told <= joined | {(name, name) for name, _ in sinks}
    assert told >= {(one.source, one.target) for one in links if one.is_usual}


@pytest.mark.parametrize("name", [*NAMES, *BY_DELAYS])
def test_known_circuits_in_symbols_join_what_their_graphs_join(name: str) -> None:
    check_symbolic(model(name))
    check_circuit(model(name))


@examples(60, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.one_of(circuits(vectors=False), two_way(), lattices(), lattices()))
def test_any_circuit_in_symbols_joins_what_its_graph_joins(text: str) -> None:
    check_symbolic(model(text))
    check_circuit(model(text))


def test_a_boundary_that_nothing_reads_is_no_node_in_symbols() -> None:
    text = "c(i, j) = c(i, j+1) + y(i); c(i, end) = 2; c(i, end+1) = y(i); c(0, j) = y(j)"
    check_symbolic(model(text))
