"""What a picture of a model shows: its variables, edges, labels and places, against the unfolded graph."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import networkx
import pytest
from generators.circuits import circuits, lattices, lengths_of, two_way
from generators.drawing_cells import (
    CIRCUITS,
    GALLERY,
    GALLERY_SIZES,
    model,
    unfolded_of,
)
from hypothesis import given
from hypothesis import strategies as st
from support.profiles import examples

from unfoldgraph import Circuit
from unfoldgraph.algebra.pieces import joined
from unfoldgraph.base.errors import CircuitError
from unfoldgraph.base.files import gallery_source
from unfoldgraph.drawing.annotations.describe import describe
from unfoldgraph.drawing.draw import draw
from unfoldgraph.drawing.formats.writers import WRITERS
from unfoldgraph.drawing.graphs.circuit import circuit_links
from unfoldgraph.drawing.graphs.edge_labels import weights_of
from unfoldgraph.drawing.graphs.from_model import cell_of
from unfoldgraph.drawing.graphs.roles import vectors_of
from unfoldgraph.drawing.graphs.rolled import Unfolded
from unfoldgraph.drawing.scene.scene import to_dictionary
from unfoldgraph.language.text import read
from unfoldgraph.model.equations import Model
from unfoldgraph.unfolding.unfolding import Unfolding


def labels(text: str) -> dict[tuple[str, str, int], str]:
    return {(k.source, k.target, k.steps): k.label for k in cell_of(read(text)).links}


def items(text: str, kind: str, **options: Any) -> list[dict[str, Any]]:
    found = json.loads(WRITERS["json"](draw(read(text), **options)))["items"]
    return [item for item in found if item["kind"] == kind]


def pairs(view: Unfolded) -> list[tuple[object, object]]:
    nodes = [(i.name, i.index) for i in view.instances]
    return [(nodes[c.source or 0], nodes[c.target or 0]) for c in view.connections if None not in (c.source, c.target)]


def check_is_the_unfolded_graph(
    circuit: Model, steps: int | Mapping[str, int], sizes: Mapping[str, int] | None = None
) -> None:
    lengths = dict.fromkeys(circuit.axes, steps) if isinstance(steps, int) else steps
    graph = Unfolding(circuit, lengths, sizes)
    view = unfolded_of(circuit, cell_of(circuit), lengths, sizes=sizes)
    undrawn = {*circuit.parameters, *weights_of(circuit)} - {*vectors_of(circuit)}
    assert sorted((i.name, i.index) for i in view.instances) == sorted(
        node for node in graph.nodes if node[0] not in undrawn
    )
    edges = [(source, node) for node in graph.nodes for source, _ in graph.sources(node)]
    assert sorted(pairs(view), key=str) == sorted((e for e in edges if e[0][0] not in undrawn), key=str)


@pytest.mark.parametrize("name", CIRCUITS)
@pytest.mark.parametrize("steps", [1, 2, 3, 5, 8])
def test_the_places_are_those_of_the_unfolded_graph(name: str, steps: int) -> None:
    check_is_the_unfolded_graph(model(name), steps)


@examples(60)
@given(circuits(), st.integers(0, 8))
def test_the_places_of_any_circuit_are_those_of_the_unfolded_graph(text: str, steps: int) -> None:
    check_is_the_unfolded_graph(read(text), steps)


@examples(60)
@given(two_way(), st.integers(2, 8))
def test_the_places_of_what_runs_backward_are_those_of_the_unfolded_graph(text: str, steps: int) -> None:
    check_is_the_unfolded_graph(read(text), steps)


@examples(60)
@given(lattices(), st.integers(2, 5), st.integers(2, 5))
def test_the_places_of_lattices_are_those_of_the_unfolded_graph(text: str, first: int, second: int) -> None:
    lengths = lengths_of(Circuit(text), (first, second))
    if lengths is not None:
        check_is_the_unfolded_graph(read(text), lengths)


@pytest.mark.parametrize("name", GALLERY)
@pytest.mark.parametrize("steps", [2, 3, 5])
def test_the_places_of_the_gallery_are_those_of_the_unfolded_graph(name: str, steps: int) -> None:
    check_is_the_unfolded_graph(model(name), steps, GALLERY_SIZES.get(name))


@examples(12, derandomize=True)
@given(circuits(), st.sampled_from([None, 3, 1000]))
def test_any_circuit_is_drawn(text: str, steps: int | None) -> None:
    circuit = read(text)
    content = WRITERS["svg"](draw(circuit, steps=steps))
    assert content.endswith(b"</svg>\n")


@pytest.mark.parametrize("steps", [9, 100, 10**12])
def test_elided_steps_are_counted(steps: int) -> None:
    texts = [text["text"] for text in items(CIRCUITS["dynamical"], "text", steps=steps)]
    indices = [node["index"] for node in items(CIRCUITS["dynamical"], "node", steps=steps)]
    assert f"{steps - 6} steps" in texts
    assert indices == [[], *([n] for n in (0, 1, 2, 3, 4, steps - 1, steps))]


def test_no_steps() -> None:
    assert "no steps" in [text["text"] for text in items(CIRCUITS["dynamical"], "text", steps=0)]
    drawn = items(CIRCUITS["last-output"], "node", steps=0)
    assert [(node["name"], node["index"]) for node in drawn if node["view"] == "unfolded"] == [("h", [0]), ("o", [])]


def test_a_vector_that_only_losses_compare_with_is_drawn_as_their_target() -> None:
    """Figure 10.5 has y beside the loss, which by the language is a parameter."""
    network = "x(t) : n; y : k; h(t) = tanh(W @ h(t-1) + U @ x(t)); o = c + V @ h(end)"
    nodes = {node["name"]: node for node in items(f"{network}; L = sum((y - o) ** 2)", "node", view="circuit")}
    assert nodes["y"]["role"] == "input" and nodes["y"]["y"] < nodes["L"]["y"], "above its reader"
    for other in ("L = sum((y - o) ** 2); z = y - o", "L = sum(o ** 2) + y @ y", "L = sum(o ** 2 + y)", "h(0) = y"):
        drawn = {node["name"] for node in items(f"{network}; {other}", "node", view="circuit")}
        assert "y" not in drawn, other


def test_a_vector_that_only_matrices_map_is_drawn_as_an_input() -> None:
    """Figure 10.9 has x below the network, which by the language is a parameter."""
    text = "x : n; h(t) = tanh(W @ h(t-1) + R @ x)"
    assert [node["role"] for node in items(text, "node", view="circuit") if node["name"] == "x"] == ["input"]
    assert labels(text)["x", "h", 0] == "R"


def test_an_edge_says_what_it_goes_through() -> None:
    assert labels("h(t) = tanh(b + W @ h(t-1) + U @ x(t))") == {("h", "h", 1): "W", ("x", "h", 0): "U"}
    assert labels("h(t) = A.T @ h(t-1)")["h", "h", 1] == r"A^{\top}"
    assert labels("x(t) : n; y(t) = sum(k[j] @ x(t-j) for j in 0..1)") == {
        ("x", "y", 0): "k_{0}",
        ("x", "y", 1): "k_{1}",
    }
    assert labels("h(t) = W @ h(t-1) + V @ h(t-1)")["h", "h", 1] == "W, V"
    both_sides = labels("P(t) : (n, n); P(t) = A @ P(t-1) @ A.T + Q")["P", "P", 1]
    assert both_sides == r"A \cdot A^{\top}", "it is no product of A and its transpose"
    nested = labels("h(t) = A @ (B @ h(t-1))")["h", "h", 1]
    assert re.sub(r"[^A-Z]", "", nested) == "AB"


def test_a_matrix_goes_on_through_sums() -> None:
    observer = labels(
        "u(t) : m; y(t) : p; A : (2, 2); B : (2, m); C : (p, 2); L : (2, p)"
        "; x(t) = A @ x(t-1) + B @ u(t-1) + L @ (y(t-1) - C @ x(t-1) / 2); x(0) = 0"
    )
    assert observer == {("x", "x", 1): "A, L C", ("u", "x", 1): "B", ("y", "x", 1): "L"}
    assert labels("L : (n, n); x(t) = L @ (x(t-1) + L @ x(t-1))")["x", "x", 1] == "L, L L"
    turned = labels("P(t) : (n, n); A : (n, n); P(t) = A @ (B @ P(t-1) + Q) @ C")["P", "P", 1]
    assert turned == r"A B \cdot C"
    # Through anything else it does not go on, not even below a fraction.
    assert labels("h(t) = V @ (r / (W @ h(t-1)))")["h", "h", 1] == "W"


def test_an_edge_with_very_many_labels_ends() -> None:
    value = "x(t-1)"
    for _ in range(12):
        value = f"(A @ {value} + B @ {value})"
    assert labels(f"A, B : (n, n); x(t) = {value}")["x", "x", 1].count(",") < 16


def test_a_factor_is_no_label() -> None:
    assert set(labels("s(t) = r * s(t-1) * (1 - s(t-1))").values()) == {""}
    gated = labels("r(t) = sigmoid(R @ h(t-1)); h(t) = tanh(U @ (r(t) * h(t-1)))")
    assert gated == {("h", "r", 1): "R", ("r", "h", 0): "U", ("h", "h", 1): "U"}
    assert labels("h(t) = tanh(W @ concat(h(t-1), x(t)))") == {("h", "h", 1): "W", ("x", "h", 0): "W"}
    assert labels("h(t) = V @ tanh(W @ h(t-1) + b)")["h", "h", 1] == "W"
    assert labels("h(t) = W @ (a * h(t-1))")["h", "h", 1] == "W"


def test_an_opaque_function_names_its_delayed_edges_or_all() -> None:
    assert labels("s(t) = f(s(t-1), x(t); theta)") == {("s", "s", 1): "f", ("x", "s", 0): ""}
    assert labels("o(t) = g(h(t), x(t)); h(t) = f(h(t-1))") == {
        ("h", "o", 0): "g", ("x", "o", 0): "g", ("h", "h", 1): "f",
    }  # fmt: skip
    assert labels("h(t) = f(W @ h(t-1), x(t))") == {("h", "h", 1): "W", ("x", "h", 0): "f"}


def test_roles() -> None:
    def roles(text: str) -> dict[str, str]:
        return {variable.name: variable.role for variable in cell_of(read(text)).variables}

    assert roles(CIRCUITS["rnn-loss"]) == {"x": "input", "y": "input", "h": "state", "o": "output", "L": "loss"}
    assert roles(CIRCUITS["total-loss"])["loss"] == roles(CIRCUITS["total-loss"])["L"] == "loss"
    assert set(roles(CIRCUITS["lstm"]).values()) == {"input", "state"}
    assert roles(CIRCUITS["last-output"])["o"] == roles(CIRCUITS["tdnn"])["y"] == "output"
    assert roles("x(t), y(t) : n; h(t) = tanh(W @ h(t-1) + U @ x(t)); e(t) = norm(h(t) - y(t))")["e"] == "loss"


def test_letters_are_bold_unless_they_are_scalars() -> None:
    circuit = read("x(t) : n; W(t) : (m, n); h(t) = W(t) @ x(t); e(t) = sum(h(t))")
    latex = {variable.name: joined(variable.latex) for variable in cell_of(circuit).variables}
    assert latex == {"x": r"\boldsymbol{x}", "W": r"\boldsymbol{W}", "h": r"\boldsymbol{h}", "e": "e"}


@pytest.mark.parametrize("steps", range(5))
def test_a_reduction_reads_as_far_back_as_it_says(steps: int) -> None:
    check_is_the_unfolded_graph(read("x(t) : n; o = sum(x(t-2) for t); p = sum(x(t-1) * x(end-1) for t)"), steps)


def test_a_pin_has_no_edge_into_it() -> None:
    view = unfolded_of(read("s(t) = f(s(t-1)); s(1) = s1"), cell_of(read("s(t) = f(s(t-1)); s(1) = s1")), {"t": 3})
    assert [(i.index, i.role) for i in view.instances] == [((1,), "boundary"), ((2,), "state"), ((3,), "state")]
    assert pairs(view) == [(("s", (1,)), ("s", (2,))), (("s", (2,)), ("s", (3,)))]


def test_a_reduction_reads_the_dots_on_both_sides() -> None:
    view = unfolded_of(model("total-loss"), cell_of(model("total-loss")))
    read_by = {target: [] for _, target in pairs(view)}
    for source, target in pairs(view):
        read_by[target].append(source[1])
    assert read_by["L", ()] == [("\u2026",), ("t-1",), ("t",), ("t+1",), ("\u2026",), ("\u03c4",)]


def test_a_boundary_tells_what_it_goes_through() -> None:
    links = circuit_links(cell_of(model("encoder-decoder")))
    assert [(link.label, link.is_usual) for link in links if link.source == "C"] == [("R", True), ("A", False)]
    # What is read through the same as at every other place is told once.
    links = circuit_links(cell_of(model("hmm")))
    assert [link.label for link in links if link.source == "o"] == ["B"]


def test_symbolic_time() -> None:
    view = unfolded_of(read(CIRCUITS["dynamical"]), cell_of(read(CIRCUITS["dynamical"])))
    assert [i.text for i in view.instances] == ["s(…)", "s(t-1)", "s(t)", "s(t+1)", "s(…)"]
    assert [c.dashed for c in view.connections] == [True, False, False, True]
    at_end = unfolded_of(model("ends"), cell_of(model("ends")))
    assert [i.text for i in at_end.instances if i.name == "h"][-2:] == ["h(τ-1)", "h(τ)"]
    written = unfolded_of(model("encoder"), cell_of(model("encoder")))
    assert ("g(τ)", "h(0)") in [
        (written.instances[c.source].text, written.instances[c.target].text)
        for c in written.connections
        if c.source is not None and c.target is not None
    ]


def test_dots_between_two_ends_are_one_piece_with_both() -> None:
    view = unfolded_of(model("deep-bidirectional"), cell_of(model("deep-bidirectional")))
    joined = networkx.Graph((c.source, c.target) for c in view.connections)
    assert networkx.number_connected_components(joined) == 1
    assert len(joined) == len(view.instances)
    texts = [(view.instances[c.source or 0].text, view.instances[c.target or 0].text) for c in view.connections]
    assert texts.count(("g(…, t)", "z(…, t)")) == texts.count(("h(…, t)", "z(…, t)")) == 2


@pytest.mark.parametrize(
    ("text", "along"),
    [
        (
            "c(i, j) = c(i-1, j) + 1; c(0, j) = c(0, j-1)",
            ["c(0, …) c(0, j-1)", "c(0, j-1) c(0, j)", "c(0, j) c(0, j+1)", "c(0, j+1) c(0, …)"],
        ),
        (
            "c(i, j) = c(i, j-1); c(i, 0) = c(i-1, 0) + 1",
            ["c(…, 0) c(i-1, 0)", "c(i-1, 0) c(i, 0)", "c(i, 0) c(i+1, 0)", "c(i+1, 0) c(…, 0)"],
        ),
        (
            "c(i, j) = c(i-1, j) + 1; c(0, j) = c(0, j+1)",
            ["c(0, …) c(0, j+1)", "c(0, j) c(0, j-1)", "c(0, j+1) c(0, j)", "c(0, j-1) c(0, …)"],
        ),
        (
            "c(i, j) = c(i-1, j) + 1; c(0, j) = d(0, j-1); d(i, j) = d(i-1, j); d(0, j) = c(0, j)",
            ["d(0, …) c(0, j-1)", "d(0, j-1) c(0, j)", "d(0, j) c(0, j+1)", "d(0, j+1) c(0, …)"]
            + [f"c(0, j{n}) d(0, j{n})" for n in ("-1", "", "+1")],
        ),
    ],
)
def test_a_boundary_has_a_recurrence_of_its_own(text: str, along: list[str]) -> None:
    """In symbols it begins and ends in dots, as the recurrence of an equation does."""
    view = unfolded_of(read(text), cell_of(read(text)))
    found = []
    for one in view.connections:
        assert one.source is not None and one.target is not None
        source, target = view.instances[one.source], view.instances[one.target]
        assert one.dashed == ("…" in source.text + target.text)
        if 0 in source.index and 0 in target.index:
            found.append(f"{source.text} {target.text}")
    assert sorted(found) == sorted(along)


@pytest.mark.parametrize(
    "text",
    [
        "D(i, j) = min(D(i-1, j) + wd, D(i, j-1) + wi, D(i-1, j-1) + s(i, j)); "
        "D(i, 0) = D(i-1, 0) + wd; D(0, j) = D(0, j-1) + wi; D(0, 0) = 0",
        "u(t, i) = u(t-1, i) + k*(u(t-1, i-1) - 2*u(t-1, i) + u(t-1, i+1)); u(0, i) = seed(i); "
        "u(t, 0) = left(t); u(t, end+1) = right(t); u(0, 0) = seed0; u(0, end+1) = seed1",
        "u(t, i) = 2*u(t-1, i) - u(t-2, i) + k*(u(t-1, i-1) + u(t-1, i+1)); u(0, i) = seed(i); u(-1, i) = u(-1, i-1)",
        "c(i, j) = c(i-1, j); c(0, j) = c(0, j-2) + c(0, j-1) + c(0, j-30) + gap(j-1)",
    ],
)
def test_tables_are_drawn_in_symbols(text: str) -> None:
    view = unfolded_of(read(text), cell_of(read(text)))
    places = {word for one in view.instances for word in one.index}
    # Nothing is shown but the steps around one, those read by their number, and the dots between.
    assert places <= {-1, 0, "…", "τ_i+1"} | {f"{axis}{n}" for axis in "ijt" for n in ("-1", "", "+1")}
    assert len({(one.name, one.at) for one in view.instances}) == len(view.instances)
    draw(read(text))


def test_notations() -> None:
    def shown(notation: str) -> set[str]:
        return {text["latex"] for text in items("s(t) = s(t-1)", "text", notation=notation, steps=2)}

    assert {"s^{(1)}", "s^{(2)}"} <= shown("book")
    assert {"s_{1}", "s_{2}"} <= shown("subscript")
    assert {"s[1]", "s[2]"} <= shown("bracket")


def test_the_description_says_the_structure() -> None:
    circuit = read("h(t) = tanh(W @ h(t-2) + U @ x(t)); o = V @ h(end)")
    assert draw(circuit, steps=100).description == (
        "Circuit: h depends on itself two steps before through W and on x through U; o depends on h(end) through V. "
        "x is an input; h is a state; o is an output. "
        "Unfolded over 100 steps, of which 94 steps are left out. h(-1) to h(0) are 0 unless given as h0."
    )
    told = "Unfolded at t-1, t and t+1, with what comes before and after. h(-1) to h(0) are 0 unless given as h0."
    assert draw(circuit).description.endswith(told)


@pytest.mark.parametrize(
    ("options", "message", "help"),
    [
        ({"view": "circiut"}, "no view 'circiut'", "did you mean 'circuit'? there are: both, circuit, unfolded, cut"),
        ({"detail": "all"}, "no detail 'all'", "there are: variables, operations"),
        ({"time": "numeric"}, "numeric time needs a number of steps", "give steps, such as --steps 4"),
        ({"time": "symbolic", "steps": 3}, "symbolic time has no number of steps", "leave out the steps, or the time"),
        ({"steps": -1}, "the length of 't' is a whole number from 0, not -1", None),
    ],
)
def test_what_there_is_not_is_an_error(options: dict[str, Any], message: str, help: str | None) -> None:
    with pytest.raises(CircuitError) as caught:
        draw(read(CIRCUITS["dynamical"]), **options)
    assert (caught.value.message, caught.value.help) == (message, help)


def test_too_many_nodes_are_counted_before_they_are_drawn() -> None:
    many = ";".join(f"a{n}x(t) = a{n}x(t-1)" for n in range(1001))
    with pytest.raises(CircuitError, match=r"the picture would have .* nodes; the limit is 2000"):
        draw(read(many), steps=3)


def test_ids_are_safe() -> None:
    svg = WRITERS["svg"](draw(read("s(t) = s(t-1)", name='3 "x"<&/θ'))).decode()
    assert re.search(r'<title id="circuit-3-x-[0-9a-f]{6}-title">', svg)


def test_a_picture_has_two_directions() -> None:
    three = read("x(i, j, k) : (); h(i, j, k) = 0.5 * h(i-1, j, k) + x(i, j, k)")
    with pytest.raises(CircuitError) as caught:
        draw(three)
    assert caught.value.message == "x(i, j, k) runs over 3 axes, and a picture has two"
    assert caught.value.help == (
        "draw the circuit alone with --view circuit, or write the circuit for one place of an axis"
    )
    assert draw(three, view="circuit").description.startswith("Circuit: h depends on itself one step before along i")


def test_squares_say_along_which_axis() -> None:
    def squares(text: str) -> list[tuple[list[int], list[str]]]:
        drawn = json.loads(WRITERS["json"](draw(read(text), view="circuit")))["items"]
        return [
            (square["steps"], [item["text"] for item in drawn if item["kind"] == "text" and item["of"] == square["of"]])
            for square in drawn
            if square["kind"] == "delay"
        ]

    assert squares("g(t) = 0.5 * g(t+1)") == [([-1], ["-1"])]
    assert squares("h(t) = 0.5 * h(t-1)") == [([1], [])]
    assert squares("h(i, j) = h(i-1, j) + h(i-2, j+1)") == [([1, 0], ["i"]), ([2, -1], ["2i, -j"])]


def test_weights_of_layers_are_labels() -> None:
    """A matrix for each layer is no input of every step, and a label says of which layer it is."""
    texts = {item["text"] for item in items(gallery_source("deep-bidirectional")[0], "text", steps={"l": 2, "t": 2})}
    assert {"W_h(1)", "W_h(2)", "W_h(l)"} <= texts
    assert not any(text.startswith("b_h") for text in texts)


def test_descriptions_say_what_is_drawn() -> None:
    told = [draw(model("rnn"), 2, view=view).description for view in ("both", "circuit", "unfolded", "cut")]
    assert [one.partition(": h depends on itself")[0] for one in told] == [
        "Circuit",
        "Circuit",
        "Unfolding",
        "One step",
    ]


def test_descriptions_say_direction_and_axes() -> None:
    assert "g runs backward along t." in draw(model("bidirectional")).description
    said = draw(model("two-dimensional"), steps={"i": 2, "j": 100}).description
    assert "x and h run over i and j." in said
    assert "on itself one step before along i through V and on itself one step before along j through W." in said
    assert "Unfolded over two steps of i; and over 100 steps of j, of which 95 steps are left out." in said
    said = draw(model("encoder-decoder"), steps={"t": 3, "u": 4}).description
    assert "Unfolded over three steps of t and four steps of u. y(0) is 0 unless given as y0. h(0) is 0" in said
    # What has an equation of its own is computed, not given; all that it reads is told at once.
    said = draw(model("viterbi"), view="circuit").description
    assert "; v(1, s) depends on p and on b(1, s); " in said


def test_descriptions_end() -> None:
    """Of a circuit with hundreds of variables the first are told, and how many there are."""
    chain = [f"a{n}x(t) = a{n}x(t-1) + a{n - 1}x(t)" for n in range(1, 200)]
    said = describe(cell_of(read("; ".join(["a0x(t) = a0x(t-1)", *chain]))), None, None, "circuit")
    assert "; a23x depends on itself one step before and on a22x; and 176 more depend on others. " in said
    assert said.endswith("a0x, a1x, a2x, a3x, a4x, a5x, a6x, a7x, a8x, a9x, a10x and 189 others are states.")
    many = read(f"y(t) = {' + '.join(f'x{n}z(t)' for n in range(40))}")
    assert "on x10z and on 29 others. " in describe(cell_of(many), None, None, "circuit")


def test_steps_and_sizes_that_nobody_told_are_taken_and_said() -> None:
    text = "b : M; x(n) : (); y(n) = sum(b[k] * x(n-k) for k in 0..M-1)"
    told = draw(read(text)).description
    assert "Unfolded over four steps." in told
    assert "Which steps are read depends on how many there are, so this is an example." in told
    assert "It is drawn for M = 3: nobody said how large it is." in told
    told = draw(read(text), {"n": 5}, sizes={"M": 2}).description
    assert "Unfolded over five steps. x(2-M) to x(0) are 0 unless given as x0." in told
    assert "nobody" not in told
    assert "an example" not in told
    # What symbols tell is told in symbols.
    assert "Unfolded at t-1, t and t+1" in draw(read("x(t) : (); q(t) = B[q(t-1), x(t)]")).description
    with pytest.raises(CircuitError, match="there is no size 'Q'"):
        draw(read(text), {"n": 5}, sizes={"Q": 2})


def test_of_what_has_ranges_only_that_is_drawn_which_is_there() -> None:
    text = "c(i, j) = min(c(i, k) + c(k+1, j) for k in i..j-1) for j in i+1..end; c(i, i) = 0"
    scene = to_dictionary(draw(read(text), {"i": 4, "j": 4}))
    places = {tuple(item["index"]) for item in scene["items"] if item.get("view") == "unfolded" and "index" in item}
    assert places == {(i, j) for i in range(1, 5) for j in range(i, 5)}
    scene = to_dictionary(draw(read("y(t) = sum(y(s) for s in 1..t-1)"), {"t": 5}))
    delays = [tuple(item["delay"]) for item in scene["items"] if item["kind"] == "edge" and item["view"] == "unfolded"]
    assert sorted(delays) == [(1,)] * 4 + [(2,)] * 3 + [(3,)] * 2 + [(4,)]


def test_an_example_has_fewer_steps_where_their_edges_find_no_way() -> None:
    text = (
        "value(i), weight(i) : (); best = V(end, end); V(0, c) = 0; V(i, 0) = 0; V(0, 0) = 0; "
        "V(i, c) = max(V(i-1, c), V(i-1, c - weight(i)) + value(i) if weight(i) <= c else 0)"
    )
    assert "Unfolded over two steps of i and two steps of c." in draw(read(text)).description
