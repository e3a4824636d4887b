"""What a good picture has, checked on the written scene of every test cell in every mode.

The checks read the JSON alone and share no geometry with the drawing.
"""

from __future__ import annotations

import json
import math
import re
from functools import cache
from itertools import combinations, pairwise
from typing import Any

import pytest
from circuits import lattices, lengths_of, two_way
from drawing_cells import GALLERY, NAMES, cell, several_axes, unfolded
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.drawing.cell import Cell, Unfolded
from unfoldgraph.drawing.circuit_view import circuit_links
from unfoldgraph.drawing.figure import draw_scene
from unfoldgraph.drawing.formats import FORMATS
from unfoldgraph.drawing.options import Options
from unfoldgraph.drawing.placing import square_mark

Box = tuple[float, float, float, float]
Point = tuple[float, float]

STEPS: dict[str, int | None] = {
    "symbolic": None, "none": 0, "two": 2, "four": 4, "hundred": 100, "circuit": 4, "alone": None, "bracket": None,
}  # fmt: skip
CASES = [(name, mode) for name in NAMES for mode in STEPS]
CASES += [(name, mode) for name in GALLERY for mode in ("symbolic", "gallery", "circuit")]
CASES += [(name, "hundred") for name in ("two-dimensional", "pascal", "rule-110", "encoder-decoder", "bidirectional")]
CASES += [(name, "none") for name in ("two-dimensional", "encoder-decoder", "deep-bidirectional")]
_HEAD_LENGTH, _HEAD_HALF = 8.0, 3.3
_STROKE = 0.65


@cache
def scene(name: str, mode: str) -> dict[str, Any]:
    view = {"circuit": "circuit", "alone": "unfolded"}.get(mode, "both")
    return written(cell(name), steps_of(name, mode), view, "bracket" if mode == "bracket" else "book")


def steps_of(name: str, mode: str) -> Unfolded:
    steps = GALLERY[name] if mode == "gallery" else STEPS[mode]
    return unfolded(name, None if mode == "circuit" and name in GALLERY else steps)


def written(one: Cell, steps: Unfolded, view: str = "both", notation: str = "book") -> dict[str, Any]:
    drawn = draw_scene(one, None if view == "circuit" else steps, Options(view=view, notation=notation))
    result: dict[str, Any] = json.loads(FORMATS["json"](drawn))
    return result


def items(name: str, mode: str, kind: str) -> list[dict[str, Any]]:
    return [item for item in scene(name, mode)["items"] if item["kind"] == kind]


def polylines(path: str) -> list[list[Point]]:
    """A path as polylines, one for each stretch between lifts of the pen."""
    result: list[list[Point]] = []
    tokens = re.findall(r"[MLCZ]|-?[\d.]+", path)
    n = 0
    while n < len(tokens):
        letter = tokens[n]
        count = {"M": 2, "L": 2, "C": 6, "Z": 0}[letter]
        numbers = [float(t) for t in tokens[n + 1 : n + 1 + count]]
        n += 1 + count
        points = list(zip(numbers[::2], numbers[1::2], strict=True))
        if letter == "M":
            result.append(points)
        elif letter == "L":
            result[-1].extend(points)
        elif letter == "C":
            a = result[-1][-1]
            b, c, d = points
            for k in range(1, 41):
                t = k / 40
                s = 1 - t
                result[-1].append(
                    (
                        s**3 * a[0] + 3 * s * s * t * b[0] + 3 * s * t * t * c[0] + t**3 * d[0],
                        s**3 * a[1] + 3 * s * s * t * b[1] + 3 * s * t * t * c[1] + t**3 * d[1],
                    )
                )
    return result


def samples(path: str, spacing: float = 0.5) -> list[Point]:
    """Points along a path, no farther apart than ``spacing``."""
    result: list[Point] = []
    for line in polylines(path):
        for (x0, y0), (x1, y1) in pairwise(line):
            count = max(1, math.ceil(math.hypot(x1 - x0, y1 - y0) / spacing))
            result.extend((x0 + (x1 - x0) * k / count, y0 + (y1 - y0) * k / count) for k in range(count + 1))
    return result


def point_box(point: Point, box: Box) -> float:
    dx = max(box[0] - point[0], point[0] - box[2], 0.0)
    dy = max(box[1] - point[1], point[1] - box[3], 0.0)
    return math.hypot(dx, dy)


def text_box(text: dict[str, Any]) -> Box:
    return (text["x0"], text["y0"], text["x1"], text["y1"])


def outline(node: dict[str, Any]) -> list[Point]:
    return [
        (
            node["x"] + node["rx"] * math.cos(a / 60 * math.pi),
            node["y"] + node["ry"] * math.sin(a / 60 * math.pi),
        )
        for a in range(120)
    ]


def of_one_trunk(name: str, one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two edges may share a line: those of one read between variables that run over different axes."""
    ends = [[edge[end].split(".")[1] if edge[end] else "" for end in ("source", "target")] for edge in (one, other)]
    if ends[0] != ends[1] or "" in ends[0] or one["view"] == "circuit" or one["delay"] != other["delay"]:
        return False
    source, target = (cell(name).variable(end).axes for end in ends[0])
    return several_axes(cell(name)) and source != target


def drawn_edges(name: str, mode: str) -> list[dict[str, Any]]:
    return items(name, mode, "edge")


@pytest.mark.parametrize(("name", "mode"), CASES)
def test_labels_touch_nothing(name: str, mode: str) -> None:
    texts = items(name, mode, "text")
    squares = {d["of"] for d in items(name, mode, "delay")}
    problems: list[str] = []
    for n, text in enumerate(texts):
        box = text_box(text)
        for other in texts[:n]:
            its = text_box(other)
            gap = math.hypot(
                max(its[0] - box[2], box[0] - its[2], 0.0),
                max(its[1] - box[3], box[1] - its[3], 0.0),
            )
            if gap < 1:
                problems.append(f"{text['text']} of {text['of']} on {other['text']} of {other['of']}")
        for node in items(name, mode, "node"):
            if min(point_box(p, box) for p in outline(node)) < 1 + _STROKE:
                problems.append(f"{text['text']} of {text['of']} on the outline of {node['id']}")
        if text["of"] in squares and any(
            point_box((d["x"], d["y"]), box) == 0 for d in items(name, mode, "delay") if d["of"] == text["of"]
        ):
            continue  # the number of steps, written in its square
        for edge in drawn_edges(name, mode):
            points = samples(edge["path"], 1.0)
            if min(point_box(p, box) for p in points) < 1 + _STROKE:
                problems.append(f"{text['text']} of {text['of']} on edge {edge['id']}")
            elif edge["target"]:
                (x0, y0), (x1, y1) = polylines(edge["path"])[-1][-2:]
                length = math.hypot(x1 - x0, y1 - y0)
                for k in range(17):
                    s = k / 16 * _HEAD_LENGTH
                    p = (x1 - (x1 - x0) / length * s, y1 - (y1 - y0) / length * s)
                    if point_box(p, box) < 1 + _HEAD_HALF * s / _HEAD_LENGTH:
                        problems.append(f"{text['text']} of {text['of']} on the head of {edge['id']}")
                        break
        for square in items(name, mode, "delay"):
            half = square["size"] / 2
            its = (
                square["x"] - half,
                square["y"] - half,
                square["x"] + half,
                square["y"] + half,
            )
            gap = math.hypot(
                max(its[0] - box[2], box[0] - its[2], 0.0),
                max(its[1] - box[3], box[1] - its[3], 0.0),
            )
            if gap < 1:
                problems.append(f"{text['text']} of {text['of']} on the square of {square['of']}")
    assert not problems


@pytest.mark.parametrize(("name", "mode"), CASES)
def test_no_edge_runs_through_a_node(name: str, mode: str) -> None:
    problems: list[str] = []
    for edge in drawn_edges(name, mode):
        points = samples(edge["path"])
        for node in items(name, mode, "node"):
            if node["id"] in (edge["source"], edge["target"]):
                continue
            if any(math.hypot((x - node["x"]) / node["rx"], (y - node["y"]) / node["ry"]) <= 1.04 for x, y in points):
                problems.append(f"{edge['id']} {edge['source']}->{edge['target']} through {node['id']}")
    assert not problems


@pytest.mark.parametrize(("name", "mode"), CASES)
def test_edges_touch_their_ends(name: str, mode: str) -> None:
    nodes = {node["id"]: node for node in items(name, mode, "node")}
    for edge in drawn_edges(name, mode):
        lines = polylines(edge["path"])
        for end, point in (
            (edge["source"], lines[0][0]),
            (edge["target"], lines[-1][-1]),
        ):
            if end:
                node = nodes[end]
                reach = math.hypot(
                    (point[0] - node["x"]) / node["rx"],
                    (point[1] - node["y"]) / node["ry"],
                )
                assert 0.99 <= reach <= 1.06, f"{edge['id']} misses {end}: {reach}"
        inner = [p for line in lines for p in line][2:-2]
        for end in (edge["source"], edge["target"]):
            if end:
                node = nodes[end]
                inside = [
                    p
                    for p in inner
                    if math.hypot((p[0] - node["x"]) / node["rx"], (p[1] - node["y"]) / node["ry"]) < 0.98
                ]
                assert not inside, f"{edge['id']} runs over its own end {end}"


@pytest.mark.parametrize(("name", "mode"), CASES)
def test_nodes_stand_apart(name: str, mode: str) -> None:
    for one, other in combinations(items(name, mode, "node"), 2):
        gap = math.hypot(
            (one["x"] - other["x"]) / (one["rx"] + other["rx"]), (one["y"] - other["y"]) / (one["ry"] + other["ry"])
        )
        assert gap > 1.1, f"{one['id']} touches {other['id']}"


@pytest.mark.parametrize(("name", "mode"), [case for case in CASES if several_axes(cell(case[0]))])
def test_lattices_are_exact(name: str, mode: str) -> None:
    """What has one place along an axis stands in one column or in one row, and those are evenly far from others."""
    nodes = [node for node in items(name, mode, "node") if node["view"] == "unfolded" and node["index"]]
    sides: dict[tuple[str, int], set[str]] = {}
    for variable in cell(name).variables:
        own = [node for node in nodes if node["name"] == variable.name]
        for along in range(len(variable.axes)):
            places: dict[Any, list[dict[str, Any]]] = {}
            for node in own:
                if node["role"] != "ellipsis":
                    places.setdefault(node["index"][along], []).append(node)
            exact = {side for side in "xy" if all(len({node[side] for node in at}) == 1 for at in places.values())}
            assert exact or not places, f"{variable.name} is crooked along {variable.axes[along]}"
            sides[variable.name, along] = exact
        if len(variable.axes) == 2 and own:
            assert sides[variable.name, 0] | sides[variable.name, 1] == {"x", "y"}


@pytest.mark.parametrize(("name", "mode"), [case for case in CASES if not several_axes(cell(case[0]))])
def test_columns_and_rows_are_exact(name: str, mode: str) -> None:
    rows: dict[str, set[float]] = {}
    offsets: dict[tuple[str, str], set[float]] = {}
    columns: dict[Any, dict[str, float]] = {}
    for node in items(name, mode, "node"):
        rows.setdefault(node["name"], set()).add(node["y"])
        if node["view"] == "unfolded" and node["index"] and node["role"] != "ellipsis":
            columns.setdefault(node["index"][0], {})[node["name"]] = node["x"]
    for variable in cell(name).variables:
        if variable.axes:
            assert len(rows.get(variable.name, {0.0})) == 1, f"{variable.name} is not on one row"
    for places in columns.values():
        for one in places:
            for other in places:
                offsets.setdefault((one, other), set()).add(round(places[one] - places[other], 2))
    # Rounded coordinates can differ by one unit of the last place.
    assert all(max(seen) - min(seen) <= 0.0201 for seen in offsets.values())


@pytest.mark.parametrize(("name", "mode"), [c for c in CASES if c[1] != "alone"])
def test_a_square_for_each_delayed_link(name: str, mode: str) -> None:
    delayed = [link for link in circuit_links(cell(name)) if link.delayed]
    squares = items(name, mode, "delay")
    assert len(squares) == len(delayed)
    assert sorted(tuple(s["steps"]) for s in squares) == sorted(link.delay for link in delayed)
    edges = {edge["id"]: edge for edge in drawn_edges(name, mode)}
    nodes = items(name, mode, "node")
    for n, square in enumerate(squares):
        points = samples(edges[square["of"]]["path"])
        half = square["size"] / 2
        assert min(math.dist(p, (square["x"], square["y"])) for p in points) <= half + 1
        for node in nodes:
            corner = (
                max(abs(square["x"] - node["x"]) - half, 0),
                max(abs(square["y"] - node["y"]) - half, 0),
            )
            assert math.hypot(corner[0] / node["rx"], corner[1] / node["ry"]) > 1.05
        for other in squares[:n]:
            assert max(abs(square["x"] - other["x"]), abs(square["y"] - other["y"])) > half + other["size"] / 2 + 2
        for edge in edges.values():
            if edge["id"] != square["of"]:
                box = (
                    square["x"] - half,
                    square["y"] - half,
                    square["x"] + half,
                    square["y"] + half,
                )
                gap = min(point_box(p, box) for p in samples(edge["path"], 1.0))
                assert gap > 1, f"{edge['id']} runs through the square of {square['of']}"


@pytest.mark.parametrize(("name", "mode"), CASES)
def test_nothing_is_cropped(name: str, mode: str) -> None:
    drawn = scene(name, mode)
    width, height = drawn["width"], drawn["height"]
    for item in drawn["items"]:
        if item["kind"] == "node":
            assert item["rx"] + 1 <= item["x"] <= width - item["rx"] - 1
            assert item["ry"] + 1 <= item["y"] <= height - item["ry"] - 1
        elif item["kind"] == "edge":
            assert all(1 <= x <= width - 1 and 1 <= y <= height - 1 for x, y in samples(item["path"], 2.0))
        elif item["kind"] == "text":
            assert item["x0"] >= 0 and item["y0"] >= 0 and item["x1"] <= width and item["y1"] <= height


@pytest.mark.parametrize(("name", "mode"), CASES)
def test_label_stays_inside_its_node(name: str, mode: str) -> None:
    nodes = {node["id"]: node for node in items(name, mode, "node")}
    for text in items(name, mode, "text"):
        if text["of"] in nodes:
            node = nodes[text["of"]]
            assert node["x"] - node["rx"] + 1 < text["x0"] and text["x1"] < node["x"] + node["rx"] - 1


def is_inside(text: dict[str, Any], square: dict[str, Any] | None) -> bool:
    """Whether a text is written in a delay square."""
    return square is not None and point_box((square["x"], square["y"]), text_box(text)) < 2


@pytest.mark.parametrize(("name", "mode"), CASES)
def test_no_label_is_lost(name: str, mode: str) -> None:
    labelled = {text["of"]: text["text"] for text in items(name, mode, "text")}
    texts = [text["text"] for text in items(name, mode, "text")]
    if mode != "alone":
        links = circuit_links(cell(name))
        marks = [square_mark(cell(name), link)[1] for link in links]
        wanted = [link.text for link in links if link.label] + [mark for mark in marks if mark]
        squares = {square["of"]: square for square in items(name, mode, "delay")}
        found = [
            text["text"]
            for text in items(name, mode, "text")
            if text["of"].startswith("e.c.") and not is_inside(text, squares.get(text["of"]))
        ]
        assert sorted(found) == sorted(wanted)
    if mode != "circuit":
        view = steps_of(name, mode)
        edges = {edge["id"]: edge for edge in drawn_edges(name, mode)}
        told = {text["text"]: edges[text["of"]] for text in items(name, mode, "text") if text["of"] in edges}
        for n, connection in enumerate(view.connections):
            # A stub into a gap has no room for a label, and all that is read at once needs it once.
            if connection.label and None not in (connection.source, connection.target):
                label, edge = labelled.get(f"e.u.{n}"), edges[f"e.u.{n}"]
                assert label == connection.text or of_one_trunk(name, edge, told[connection.text])
        assert all(instance.text in texts for instance in view.instances)


@pytest.mark.parametrize(("name", "mode"), CASES)
def test_edges_meet_a_node_apart(name: str, mode: str) -> None:
    """An edge that leaves where another arrives would run over its arrowhead."""
    meeting: dict[str, list[tuple[dict[str, Any], bool, Point]]] = {}
    for edge in drawn_edges(name, mode):
        lines = polylines(edge["path"])
        for end, point, arrives in ((edge["source"], lines[0][0], False), (edge["target"], lines[-1][-1], True)):
            if end:
                meeting.setdefault(end, []).append((edge, arrives, point))
    for end, edges in meeting.items():
        for (one, arrives, p), (other, comes, q) in combinations(edges, 2):
            if of_one_trunk(name, one, other) and arrives == comes:
                continue
            least = 3 if arrives or comes else 2
            assert math.dist(p, q) > least, f"{one['id']} and {other['id']} meet {end} at one point"


@pytest.mark.parametrize(("name", "mode"), CASES)
def test_arrowheads_stand_free(name: str, mode: str) -> None:
    """No edge runs over an arrowhead of another: not on its way, not where it leaves or arrives."""
    problems: list[str] = []
    edges = drawn_edges(name, mode)
    points = {edge["id"]: samples(edge["path"], 1.0) for edge in edges}
    for edge in edges:
        if not edge["target"]:
            continue
        (x0, y0), (x1, y1) = polylines(edge["path"])[-1][-2:]
        length = math.hypot(x1 - x0, y1 - y0)
        for other in edges:
            if other is edge or of_one_trunk(name, edge, other):
                continue
            for x, y in points[other["id"]]:
                # How far the point lies behind the tip, and how far beside the axis.
                behind = ((x1 - x) * (x1 - x0) + (y1 - y) * (y1 - y0)) / length
                beside = abs((x - x1) * (y1 - y0) - (y - y1) * (x1 - x0)) / length
                if 0 <= behind <= _HEAD_LENGTH and beside < _STROKE + _HEAD_HALF * behind / _HEAD_LENGTH:
                    problems.append(f"{other['id']} over the head of {edge['id']}")
                    break
    assert not problems


@pytest.mark.parametrize(("name", "mode"), CASES)
def test_no_two_edges_are_one_line(name: str, mode: str) -> None:
    lines = [(edge, samples(edge["path"], 4.0)) for edge in drawn_edges(name, mode)]
    for n, (edge, one) in enumerate(lines):
        for before, other in lines[:n]:
            middle = one[len(one) // 4 : -len(one) // 4]
            if middle and other and not of_one_trunk(name, edge, before):
                assert max(min(math.dist(p, q) for q in other) for p in middle) > 4, f"{edge['id']} on {before['id']}"


def check_the_rules(text: str, mode: str) -> None:
    """What figures must never have, however crowded they are; some are too crowded to be drawn, and say so."""
    try:
        scene(text, mode)
    except CircuitError as error:
        assert "no room" in error.message or "no way around" in error.message
        return
    test_labels_touch_nothing(text, mode)
    test_no_edge_runs_through_a_node(text, mode)
    test_edges_touch_their_ends(text, mode)
    test_nodes_stand_apart(text, mode)
    test_nothing_is_cropped(text, mode)
    test_label_stays_inside_its_node(text, mode)
    test_no_label_is_lost(text, mode)
    delayed = [link for link in circuit_links(cell(text)) if link.delayed]
    assert sorted(tuple(s["steps"]) for s in items(text, mode, "delay")) == sorted(link.delay for link in delayed)


@pytest.mark.filterwarnings("ignore::unfoldgraph.CircuitWarning")
@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(lattices(), st.sampled_from(["two", "circuit"]))
def test_any_lattice_keeps_the_rules(text: str, mode: str) -> None:
    if lengths_of(Circuit(text), (2, 2)) is not None:
        check_the_rules(text, mode)


@pytest.mark.filterwarnings("ignore::unfoldgraph.CircuitWarning")
@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(two_way())
def test_what_runs_backward_keeps_the_rules(text: str) -> None:
    check_the_rules(text, "four")
