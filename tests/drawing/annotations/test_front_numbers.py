"""The numbers of wavefronts beside the nodes of a lattice."""

from __future__ import annotations

import json

import pytest
from generators.drawing_cells import cell, model
from oracles.picture_rules import Meaning, labels_touch_nothing
from oracles.svg_reading import read_svg

from unfoldgraph import CircuitError
from unfoldgraph.drawing.draw import draw
from unfoldgraph.drawing.formats.writers import WRITERS


def numbers(name: str, **lengths: int) -> dict[tuple[int, ...], int]:
    """Return the wavefront of each place of the only recurrence of a circuit."""
    items = json.loads(WRITERS["json"](draw(model(name), lengths, wavefronts=True)))["items"]
    nodes = {f"wavefront.{item['id']}": tuple(item["index"]) for item in items if item["kind"] == "node"}
    return {nodes[item["of"]]: int(item["text"]) for item in items if item["of" if "of" in item else "kind"] in nodes}


def test_a_wavefront_is_what_can_be_computed_at_once() -> None:
    table = {(i, j): i + j - 1 for i in range(1, 4) for j in range(1, 5)}
    assert numbers("two-dimensional", i=3, j=4) == table
    assert numbers("edit-distance", i=3, j=4) == table
    # What only the row above decides is computed row by row.
    assert numbers("pascal", n=3, k=4) == {(n, k): n for n in range(1, 4) for k in range(1, 5)}


def test_the_wavefronts_of_intervals_go_by_their_length() -> None:
    text = "c(i, j) = min(c(i, k) + c(k+1, j) for k in i..j-1) for j in i+1..end; c(i, i) = 0"
    table = {(i, j): j - i for i in range(1, 5) for j in range(i + 1, 5)}
    assert numbers(text, i=4, j=4) == table


@pytest.mark.parametrize("name", ["two-dimensional", "edit-distance"])
@pytest.mark.parametrize("direction", ["right", "up"])
def test_the_numbers_touch_nothing(name: str, direction: str) -> None:
    scene = draw(model(name), {"i": 3, "j": 4}, wavefronts=True, legend=True, direction=direction)
    axes = {variable.name: variable.axes for variable in cell(name).variables}
    assert not list(labels_touch_nothing(read_svg(WRITERS["svg"](scene)), Meaning(axes)))
    assert scene.description.endswith(" Numbers beside nodes are those of 6 wavefronts.")


@pytest.mark.parametrize(
    ("name", "lengths", "message"),
    [
        ("two-dimensional", None, "wavefronts are those of a recurrence over two axes, unfolded in numbers"),
        ("driven", {"t": 3}, "wavefronts are those of a recurrence over two axes, unfolded in numbers"),
        ("two-dimensional", {"i": 3, "j": 100}, "wavefronts are numbered where no step is left out"),
    ],
)
def test_there_are_no_wavefronts_to_number(name: str, lengths: dict[str, int] | None, message: str) -> None:
    with pytest.raises(CircuitError) as caught:
        draw(model(name), lengths, wavefronts=True)
    assert caught.value.message == message
