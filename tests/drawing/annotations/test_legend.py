"""The legend says what is drawn and nothing else, below the picture and clear of it."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import pytest
from generators.drawing_cells import PICTURES, picture

from unfoldgraph import Circuit
from unfoldgraph.cli.main import main
from unfoldgraph.drawing.scene.scene import Edge, Frame, Item, Node, Scene, Square, Text, extent


def parts(scene: Scene) -> tuple[list[Item], list[Item]]:
    """The picture and its legend."""
    ids = {item.id for item in scene.items if isinstance(item, Node | Edge | Frame) and item.view == "legend"}
    own = [
        item
        for item in scene.items
        if getattr(item, "view", "") == "legend" or (isinstance(item, Square | Text) and item.of in {*ids, "legend"})
    ]
    return [item for item in scene.items if item not in own], own


def said(scene: Scene) -> list[str]:
    return [item.text for item in scene.items if isinstance(item, Text) and item.of == "legend"]


@pytest.fixture(params=PICTURES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_kind_that_is_drawn_is_told_once(name: str) -> None:
    scene = picture(name, legend=True)
    shown, legend = parts(scene)
    roles = {item.role for item in shown if isinstance(item, Node)}
    plain = [item for item in legend if isinstance(item, Node) and not item.emphasis]
    assert sorted(item.role for item in plain) == sorted(roles)
    emphases = {item.emphasis for item in shown if isinstance(item, Node)} & {"chosen", "lit"}
    assert {item.emphasis for item in legend if isinstance(item, Node)} - {""} == emphases
    assert any(isinstance(item, Square) for item in legend) == any(isinstance(item, Square) for item in shown)
    ids = [item.id for item in legend if isinstance(item, Node | Edge | Frame)]
    assert len(ids) == len(set(ids)) == len(said(scene))


def test_it_stands_below_and_clear(name: str) -> None:
    scene = picture(name, legend=True)
    shown, legend = parts(scene)
    assert max(extent(item)[2] for item in shown) <= scene.width - 4
    assert max(extent(item)[3] for item in shown) + 12 <= min(extent(item)[1] for item in legend)
    for item in legend:
        x0, y0, x1, y1 = extent(item)
        assert 4 <= x0 < x1 <= scene.width - 4
        assert 4 <= y0 < y1 <= scene.height - 4
    samples = {item.id: [item] for item in legend if isinstance(item, Node | Edge | Frame)}
    for item in legend:
        if isinstance(item, Square | Text) and item.of != "legend":
            samples[item.of].append(item)
    groups = [*samples.values(), *([item] for item in legend if isinstance(item, Text) and item.of == "legend")]
    boxes = [[extent(item) for item in group] for group in groups]
    for one, other in combinations(boxes, 2):
        for a in one:
            for b in other:
                assert a[2] + 4 <= b[0] or b[2] + 4 <= a[0] or a[3] + 1 <= b[1] or b[3] + 1 <= a[1]
    # Glyphs are kept at 12 units to the em, and a unit prints as 0.75 pt.
    for item in legend:
        if isinstance(item, Text):
            assert min(glyph.scale for glyph in item.label.glyphs) * 12 * 0.75 >= 7


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("loss", ["input", "state", "output", "loss", "steps not shown", "one step of delay"]),
        ("numbers", ["input", "state", "output", "loss", "boundary value", "one step of delay"]),
        ("backward", ["input", "state", "output", "loss", "boundary value", "one step of delay", "one step backward"]),
        ("delays", ["input", "state", "one step of delay", "2 steps of delay", "3 steps of delay"]),
        ("many delays", ["input", "output", "delay of one step, or of what the square says"]),
        (
            "lattice",
            [
                "input", "state", "output", "boundary value", "delay along the axes beside it",
            ],
        ),
        (
            "layers",
            [
                "input", "state", "output", "delay along the axis beside it, minus: backward",
                "at one place only",
            ],
        ),
        ("apart", ["input", "state", "output", "loss", "boundary value", "one step of delay", "at one place only"]),
        ("cut", ["state", "from another step", "one step of delay"]),
        ("narrow", ["state", "one step of delay"]),
        (
            "highlight",
            [
                "input", "state", "output", "loss", "boundary value", "one step of delay", "highlighted",
                "what it depends on",
            ],
        ),
    ],
)  # fmt: skip
def test_what_it_says(name: str, told: list[str]) -> None:
    assert sorted(said(picture(name, legend=True))) == sorted(told)


def test_squares_in_which_values_end_are_told_for_each_delay() -> None:
    scene = Circuit.gallery("biquad").draw(view="cut", legend=True).scene
    assert said(scene)[-2:] == ["one step of delay", "2 steps of delay"]
    ends = [item for item in parts(scene)[1] if isinstance(item, Node) and item.role == "sink"]
    (number,) = [item for item in scene.items if isinstance(item, Text) and item.of == ends[1].id]
    assert number.text == "2" and ends[1].x - ends[1].rx < number.label.box[0] < ends[1].x
    scene = Circuit.gallery("two-dimensional").draw(view="cut", legend=True).scene
    assert said(scene)[-1] == "delay along the axis beside it"


def test_stubs_are_told_where_no_node_stands_for_the_steps() -> None:
    assert "from or to steps not shown" in said(picture("elided", legend=True))
    assert "from or to steps not shown" not in said(picture("loss", legend=True))


def test_a_wide_legend_has_several_rows_as_wide_as_the_picture() -> None:
    before, after = picture("layers"), picture("layers", legend=True)
    assert before.width <= after.width <= max(before.width, 340)
    rows = {item.path.segments[0][0][1] for item in parts(after)[1] if isinstance(item, Edge)}
    assert len(rows) > 1


def test_the_command_line_asks_for_it(tmp_path: Path) -> None:
    path = tmp_path / "rnn.json"
    asked = ["--legend", "--theme", "contrast", "--background", "transparent"]
    assert main(["draw", "rnn", *asked, "-o", str(path)]) == 0
    items = json.loads(path.read_text(encoding="utf-8"))["items"]
    assert [item["role"] for item in items if item.get("view") == "legend" and item["kind"] == "node"] == [
        "input", "state", "ellipsis",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["a.dot", "a.mmd"])
def test_a_graph_for_another_program_has_none(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["draw", "rnn", "--legend", "-o", name]) == 2
    told = capsys.readouterr().err
    assert "has no legend" in told and "leave --legend out" in told
    assert not list(tmp_path.iterdir())
