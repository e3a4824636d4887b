"""What a page tells of a node, against the unfolded graph and the formulas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import networkx
import pytest
from generators.circuits import circuits, lattices, lengths_of, two_way
from generators.drawing_cells import GALLERY, model
from hypothesis import given
from hypothesis import strategies as st
from support.profiles import examples

from unfoldgraph import Circuit
from unfoldgraph.base.errors import CircuitError
from unfoldgraph.drawing.annotations.notes import Note, Notes
from unfoldgraph.drawing.draw import annotated
from unfoldgraph.drawing.graphs.edge_labels import weights_of
from unfoldgraph.drawing.graphs.roles import vectors_of
from unfoldgraph.drawing.scene.scene import Edge, Node, Scene
from unfoldgraph.drawing.text.html_formulas import words_of
from unfoldgraph.language.text import read
from unfoldgraph.model.equations import Model
from unfoldgraph.unfolding.unfolding import Unfolding


def told(text: str, steps: int | Mapping[str, int] | None = None, **options: Any) -> Mapping[str, Note]:
    return annotated(read(text), steps, **options).notes().notes


def lines(note: Note) -> list[str]:
    return [note.equation.left.text, *(right.text for right in note.equation.rights)]


def lit(scene: Scene, found: Notes) -> dict[str, set[str]]:
    """Return what each unfolded node rests on, as a page finds it: along the edges, and by the notes."""
    sources: dict[str, set[str]] = {node.id: set() for node in scene.items if isinstance(node, Node)}
    for edge in scene.items:
        if isinstance(edge, Edge) and edge.source and edge.target:
            sources[edge.target].add(edge.source)
    for name, note in found.notes.items():
        sources[name] |= {other for other in note.reach.through if other in sources}
    graph = networkx.DiGraph([(source, target) for target, some in sources.items() for source in some])
    graph.add_nodes_from(sources)
    unfolded = [node.id for node in scene.items if isinstance(node, Node) and node.view == "unfolded"]
    return {name: networkx.ancestors(graph, name) for name in unfolded}


def check_ancestors(circuit: Model, steps: int | Mapping[str, int]) -> None:
    """Check that what is lit are the ancestors in the unfolded graph, and that these are counted."""
    try:
        picture = annotated(circuit, steps, view="unfolded")
    except CircuitError:
        # Some of the circuits made at random find no room.
        return
    scene, found = picture.scene, picture.notes()
    lengths = dict.fromkeys(circuit.axes, steps) if isinstance(steps, int) else steps
    graph = Unfolding(circuit, lengths).to_networkx()
    undrawn = {*circuit.parameters, *weights_of(circuit)} - {*vectors_of(circuit)}
    ids = {(node.name, node.index): node.id for node in scene.items if isinstance(node, Node)}
    for name, ancestors in lit(scene, found).items():
        (node,) = [node for node, own in ids.items() if own == name]
        true = {other for other in networkx.ancestors(graph, node) if other[0] not in undrawn}
        assert ancestors == {ids[other] for other in true if other in ids}, name
        assert found.notes[name].reach.ancestors == len(true)


@pytest.mark.parametrize("name", ["rnn", "biquad", "bidirectional", "encoder-decoder"])
@pytest.mark.parametrize("steps", [0, 3, 40])
def test_what_is_lit_are_the_ancestors(name: str, steps: int) -> None:
    check_ancestors(Circuit.gallery(name).model, steps)


def test_what_is_lit_in_a_lattice_are_the_ancestors() -> None:
    check_ancestors(Circuit.gallery("edit-distance").model, {"i": 12, "j": 9})


@examples(12)
@given(st.one_of(circuits(), two_way()), st.sampled_from([2, 5, 20]))
def test_what_is_lit_of_any_circuit_are_the_ancestors(text: str, steps: int) -> None:
    check_ancestors(read(text), steps)


@examples(6)
@given(lattices(), st.integers(2, 8), st.integers(2, 4))
def test_what_is_lit_of_any_lattice_are_the_ancestors(text: str, first: int, second: int) -> None:
    lengths = lengths_of(Circuit(text), (first, second))
    if lengths is not None:
        check_ancestors(read(text), lengths)


@pytest.mark.parametrize("delay", [2, 3])
def test_of_a_trillion_steps_the_same_is_lit_as_of_a_thousand(delay: int) -> None:
    text = f"x(t) : n; h(t) = tanh(W @ h(t-{delay}) + U @ x(t))"
    found = {}
    for steps in (10**12, 996 + 10**12 % (2 * 3) % 6):
        # Both leave the same remainder, so that the same of the first steps are reached.
        assert steps % 6 == 10**12 % 6
        picture = annotated(read(text), steps)
        reached = lit(picture.scene, picture.notes())
        last = [reached[f"u.h.{steps - n}"] for n in range(2)]
        found[steps] = [{name for name in some if name.count("9") < 2 and "000" not in name} for some in last]
    one, other = found.values()
    assert one == other and all(one)


def test_a_way_into_what_is_left_out_is_lit_where_it_leads_to_the_node() -> None:
    picture = annotated(read("h(t) = f(h(t-1)); g(t) = f(g(t+1)); o(t) = h(t) + g(t)"), 100)
    scene = picture.scene
    reach = {name: note.reach for name, note in picture.notes().notes.items()}
    edges = {edge.id: edge for edge in scene.items if isinstance(edge, Edge)}
    ways = {name: [edges[way].source for way in one.through if way in edges] for name, one in reach.items()}
    assert ways["u.h.99"] == ["u.h.4"] and ways["u.h.100"] == []
    assert ways["u.g.4"] == ["u.g.99"] and ways["u.o.100"] == []


# Equations ----------------------------------------------------------------------------------------------------------


def test_equations_in_numbers() -> None:
    found = told("h(t) = tanh(b + W @ h(t-1) + U @ x(t))", 3)
    assert lines(found["u.h.2"]) == [
        "h(2)",
        "tanh(b + W @ h(1) + U @ x(2))",
        "tanh(b + W @ tanh(b + W @ h(0) + U @ x(1)) + U @ x(2))",
    ]
    assert lines(found["u.h.1"]) == ["h(1)", "tanh(b + W @ h(0) + U @ x(1))"]
    assert (lines(found["u.h.0"]), found["u.h.0"].remark) == (["h(0)"], "Given as h0, otherwise 0.")
    assert (lines(found["u.x.3"]), found["u.x.3"].remark) == (["x(3)"], "Given from outside.")
    assert lines(found["c.h"]) == ["h(t)", "tanh(b + W @ h(t-1) + U @ x(t))"]
    assert found["u.h.2"].equation.left.latex == r"\boldsymbol{h}^{(2)}"


def test_equations_are_folded_only_where_they_are_written_out() -> None:
    found = told("F(t) = F(t-1) + F(t-2); F(1) = 1; F(2) = 1", 6)
    assert lines(found["u.F.6"]) == ["F(6)", "F(5) + F(4)", "8"]
    assert lines(found["u.F.2"]) == ["F(2)", "1"]


def test_what_is_read_off_the_edges_and_not_given_is_zero() -> None:
    found = told("c(i, j) = c(i-1, j) + c(i, j-1) + a(i); c(0, j) = j", {"i": 2, "j": 2})
    assert lines(found["u.c.1.1"])[1] == "c(0, 1) + 0 + a(1)"


def test_a_sum_over_steps_keeps_its_other_places() -> None:
    found = told("x(t) : n; a(u, t) = exp(u * t); c(u) = sum(a(u, j) * x(j) for j)", {"u": 2, "t": 3})
    assert lines(found["u.c.2"])[1] == "sum(a(2, j) * x(j) for j)"
    assert lines(found["u.c.2"])[2] == "exp(2) * x(1) + exp(4) * x(2) + exp(6) * x(3)"


def test_equations_in_symbols() -> None:
    found = told("h(t) = f(h(t-1), t; theta); o = g(h(end))")
    assert lines(found["u.h.t+1"]) == ["h(t+1)", "f(h(t), t + 1; θ)", "f(f(f(h(t-2), t - 1; θ), t; θ), t + 1; θ)"]
    assert lines(found["u.o"]) == ["o", "g(h(end))", "g(f(h(end-1), end(t); θ))"]
    assert found["u.h.t"].reach.ancestors is None
    assert lines(found["u.h.before"]) == ["h(t)", "f(h(t-1), t; θ)"]


def test_long_formulas_are_substituted_in_part() -> None:
    found = told("h(t) = tanh(b + W @ h(t-1) + U @ x(t))", 1000)
    first, *more = lines(found["u.h.1000"])[1:]
    assert first == "tanh(b + W @ h(999) + U @ x(1000))"
    assert more[0].startswith("tanh(b + W @ tanh(") and "h(0)" not in more[0] and "x(999)" in more[0]
    assert found["u.h.1000"].remark == "Substituted in part."
    squared = told("h(t) = h(t-1) * h(t-1)", 12)
    assert squared["u.h.12"].remark == "Substituted in part; in full it has 8191 operations and names."


def test_an_equation_that_is_too_long_is_told_by_its_size() -> None:
    note = told("h(t) = " + " + ".join(["h(t-1)"] * 300), 2)["u.h.2"]
    assert lines(note) == ["h(2)"] and note.remark == "Its equation has 599 operations and names."


@pytest.mark.parametrize("notation", ["book", "subscript", "bracket"])
def test_notations(notation: str) -> None:
    left = told("h(t) = f(h(t-1))", 2, notation=notation)["u.h.2"].equation.left
    assert left.text == {"book": "h(2)", "subscript": "h_2", "bracket": "h[2]"}[notation]


# Growth -------------------------------------------------------------------------------------------------------------


def stages(text: str, steps: int | Mapping[str, int] | None = None) -> tuple[tuple[str, ...], Mapping[str, int]]:
    found = annotated(read(text), steps).notes().stages
    return found.names, found.stage


def test_an_unfolding_grows_from_where_its_recurrence_begins() -> None:
    names, stage = stages("h(t) = f(h(t-1), x(t)); o(t) = g(h(t))", 3)
    assert names == ("0 of 3", "t = 1", "t = 2", "t = 3")
    assert (stage["u.h.0"], stage["u.x.2"], stage["u.h.2"], stage["u.o.2"]) == (1, 2, 2, 2)
    names, stage = stages("g(t) = f(g(t+1), x(t))", 3)
    assert names[1:] == ("t = 3", "t = 2", "t = 1")
    assert (stage.get("u.g.4", 0), stage["u.g.3"], stage["u.x.1"]) == (0, 1, 3)
    names, stage = stages("x(t) : n; h(t) = f(h(t-1), x(t)); g(t) = f(g(t+1), x(t)); o(t) = h(t) + g(t)", 4)
    assert [stage[f"u.h.{t}"] for t in range(1, 5)] == [1, 2, 3, 4]
    assert [stage[f"u.g.{t}"] for t in range(1, 5)] == [4, 3, 2, 1]
    assert [stage[f"u.o.{t}"] for t in range(1, 5)] == [4, 3, 3, 4]


def test_a_lattice_grows_in_wavefronts() -> None:
    names, stage = stages(
        "c(i, j) = min(c(i-1, j), c(i, j-1)) + a(i); c(0, j) = j; c(i, 0) = i; c(0, 0) = 0", {"i": 3, "j": 3}
    )
    assert len(names) == 6
    assert all(stage[f"u.c.{i}.{j}"] == i + j - 1 for i in range(1, 4) for j in range(1, 4))


def test_steps_that_are_left_out_are_one_stage_away() -> None:
    names, stage = stages("h(t) = f(h(t-1))", 100)
    assert names[-2:] == ("t = 99", "t = 100") and stage["u.h.99"] == 5
    assert stages("h(t) = f(h(t-1))")[0] == ("0 of 3", "t-1", "t", "t+1")


# All of it ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GALLERY)
def test_every_formula_of_the_gallery_can_be_set(name: str) -> None:
    circuit = model(name)
    found = annotated(circuit, dict.fromkeys(circuit.axes, 2)).notes()
    for note in found.notes.values():
        for formula in (note.equation.left, *note.equation.rights):
            for word in words_of(formula.pieces, 14.5):
                assert word.label.glyphs and word.label.box[0] >= -0.5
                assert word.width >= word.label.box[2] - 1e-6


def test_a_node_of_ranges_is_told_with_its_own_numbers() -> None:
    found = told("C(n) = sum(C(k) * C(n-1-k) for k in 0..n-1); C(0) = 1", 4)
    assert lines(found["u.C.3"]) == ["C(3)", "sum(C(k) * C(2-k) for k in 0..2)", "5"]
    chain = "p(i) : (); c(i, j) = min(c(i, k) + c(k+1, j) + p(k) for k in i..j-1) for j in i+1..end; c(i, i) = 0"
    found = told(chain, {"i": 3, "j": 3})
    assert lines(found["u.c.1.3"]) == [
        "c(1, 3)", "min(c(1, k) + c(k+1, 3) + p(k) for k in 1..2)", "min(p(2) + p(1), p(1) + p(2))",
    ]  # fmt: skip
    assert "u.c.3.1" not in found


def test_a_place_that_is_computed_stays_written() -> None:
    found = told("x(t), d(t) : (); y(t) = x(t) + x(t - d(t)) + x(end+1-t)", 4)
    assert lines(found["u.y.3"]) == ["y(3)", "x(3) + x(3 - d(3)) + x(2)"]
    filter = told("b : M; x(n) : (); y(n) = sum(b[k] * x(n-k) for k in 0..M-1)", 3, sizes={"M": 2})
    assert lines(filter["u.y.2"]) == ["y(2)", "sum(b[k] * x(2-k) for k in 0..1)", "b[0] * x(2) + b[1] * x(1)"]
