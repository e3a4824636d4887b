"""Time that runs upward: the picture of time to the right, mirrored across the diagonal, its text upright."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import pytest
from generators.drawing_cells import GALLERY, cell, several_axes, unfolded

from unfoldgraph.algebra.pieces import sign
from unfoldgraph.drawing.formats.writers import WRITERS
from unfoldgraph.drawing.options import Options
from unfoldgraph.drawing.scene.scene import BlockArrow, Edge, Node, Scene, Square, Text, arrow_corners, mirrored
from unfoldgraph.drawing.text.typeset import compose, turned, typeset
from unfoldgraph.drawing.views.figure import draw_scene

DOTS = ("\u22ef", "\u22ee")
UP = Options(direction="up")
NAMES = ("rnn-loss", "two-delays", "lstm", "biquad", "last-output", "two-way", "names", "total-loss")


def up(name: str, steps: int | dict[str, int] | None = 4) -> Scene:
    return draw_scene(cell(name), unfolded(name, steps), UP)


def nodes(scene: Scene, view: str = "unfolded") -> dict[tuple[str, tuple[int | str, ...]], Node]:
    return {(item.name, item.index): item for item in scene.items if isinstance(item, Node) and item.view == view}


@pytest.mark.parametrize("name", NAMES)
def test_time_runs_upward_and_what_is_computed_to_the_right(name: str) -> None:
    found = nodes(up(name))
    here = cell(name)
    steps = range(1, 5)
    for variable in here.variables:
        if variable.axes:
            own = [found[variable.name, (step,)] for step in steps]
            assert len({node.x for node in own}) == 1
            heights = [node.y for node in own]
            # Evenly spaced, later ones higher on the page.
            assert sorted(heights, reverse=True) == heights
            gaps = [one - next_ for one, next_ in pairwise(heights)]
            assert max(gaps) - min(gaps) < 0.01
    for link in here.links:
        if not any(link.delay) and link.read == "delay" and here.variable(link.source).axes and link.left:
            if here.variable(link.source).role == "input" and link.target in ("L", "loss"):
                continue  # what only the last row reads stands beyond it
            assert found[link.source, (2,)].x <= found[link.target, (2,)].x


@pytest.mark.parametrize("name", NAMES)
def test_the_circuit_stands_below_in_the_same_columns(name: str) -> None:
    scene = up(name)
    circuit, steps = nodes(scene, "circuit"), nodes(scene)
    (arrow,) = (item for item in scene.items if isinstance(item, BlockArrow))
    corners = arrow_corners(arrow)
    assert arrow.direction == (0, -1)
    assert max(node.y for node in steps.values()) < min(y for _, y in corners)
    assert max(y for _, y in corners) < min(node.y for node in circuit.values())
    for variable in cell(name).variables:
        if variable.axes:
            assert abs(circuit[variable.name, ()].x - steps[variable.name, (1,)].x) < 0.01


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_turned_in_the_file(name: str) -> None:
    root = ElementTree.fromstring(WRITERS["svg"](up(name, 100)))
    assert not any("transform" in element.attrib or "rotate" in element.attrib for element in root.iter())


def test_dots_stand_and_their_count_is_beside_them() -> None:
    texts = {item.text: item.label.box for item in up("rnn-loss", 100).items if isinstance(item, Text)}
    dots, count = texts["\u22ee"], texts["94 steps"]
    assert "\u22ef" not in texts
    assert dots[3] - dots[1] > 2 * (dots[2] - dots[0])
    assert count[0] > dots[2]
    assert abs((count[1] + count[3]) - (dots[1] + dots[3])) < 1


def test_loops_are_on_the_side_of_time() -> None:
    scene = up("dynamical")
    node = nodes(scene, "circuit")["s", ()]
    (square,) = (item for item in scene.items if isinstance(item, Square))
    assert abs(square.x - node.x) < 1
    assert square.y < node.y - node.ry


def test_long_names_stay_wide() -> None:
    node = nodes(up("names"))["temperature", (1,)]
    assert node.rx > node.ry


def test_lattices_are_coordinates() -> None:
    """The first axis runs upward and the second to the right, but layers to the right and their time upward."""
    for name, first_is_x in (("edit-distance", False), ("deep-bidirectional", True), ("rule-110", False)):
        scene = up(name, GALLERY[name])  # type: ignore[arg-type]
        assert several_axes(cell(name))
        pairs = {v.name for v in cell(name).variables if len(v.axes) == 2}
        for (name_, index), node in nodes(scene).items():
            for (other_name, other_index), other in nodes(scene).items():
                if name_ == other_name in pairs and all(isinstance(n, int) for n in (*index, *other_index)):
                    x, y = (0, 1) if first_is_x else (1, 0)
                    assert (index[x] < other_index[x]) == (node.x < other.x - 0.01)  # type: ignore[operator]
                    assert (index[y] < other_index[y]) == (node.y > other.y + 0.01)  # type: ignore[operator]


def test_mirroring_undoes_itself() -> None:
    for item in up("two-delays").items:
        assert mirrored(mirrored(item)) == item
        if isinstance(item, Edge):
            assert mirrored(item).path.points().tolist() == [[-y, -x] for x, y in item.path.points().tolist()]  # type: ignore[union-attr]
    written = [sign("h")], [*map(sign, "(1)")], ()
    upright = compose(*written, 14.5)
    with turned():
        assert compose(*written, 14.5).mirrored() == upright
        assert typeset([sign("W")], 12.0) != typeset([sign("W")], 12.0).mirrored()
    assert compose(*written, 14.5) == upright


def test_numbers_fit_in_their_squares_and_counts_keep_clear_of_edges() -> None:
    squares = {item.of: item for item in up("long", 200).items if isinstance(item, Square)}
    (number,) = (item for item in up("long", 200).items if isinstance(item, Text) and item.inverse)
    x0, y0, x1, y1 = number.label.box
    square = squares[number.of]
    assert square.size / 2 > max(x1 - square.x, square.x - x0, y1 - square.y, square.y - y0)
    scene = up("encoder", 100)
    counts = [item.label.box for item in scene.items if isinstance(item, Text) and item.text == "94 steps"]
    assert counts
    for x0, y0, x1, y1 in counts:
        for edge in (item for item in scene.items if isinstance(item, Edge)):
            assert not any(x0 < x < x1 and y0 < y < y1 for x, y in edge.path.points().tolist())
