"""Which steps a picture shows: those that are asked for, and true counts of all others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from generators.circuits import circuits, lattices, lengths_of, two_way
from generators.drawing_cells import (
    CIRCUITS,
    unfolded_of,
)
from hypothesis import given
from hypothesis import strategies as st
from support.profiles import examples

from unfoldgraph import Circuit
from unfoldgraph.base.errors import CircuitError
from unfoldgraph.base.files import gallery_source
from unfoldgraph.drawing.annotations.describe import describe
from unfoldgraph.drawing.draw import draw
from unfoldgraph.drawing.graphs.asked_steps import asked_steps
from unfoldgraph.drawing.graphs.from_model import cell_of
from unfoldgraph.drawing.graphs.rolled import Unfolded
from unfoldgraph.drawing.scene.scene import DOTS, Edge, Node, Scene, Text
from unfoldgraph.language.text import read


def steps_shown(scene: Scene) -> set[Any]:
    return {item.index[0] for item in scene.items if isinstance(item, Node) and item.view == "unfolded" and item.index}


def gaps(scene: Scene) -> list[str]:
    return [item.text for item in scene.items if isinstance(item, Text) and item.text.endswith(("step", "steps"))]


def columns_of(text: str, lengths: Mapping[str, int], show: Any) -> Unfolded:
    model = read(text)
    cell = cell_of(model)
    return unfolded_of(model, cell, lengths, asked_steps(show, cell.drawn_axes, lengths))


@pytest.mark.parametrize(
    ("show", "steps", "seen", "told"),
    [
        ("1-3,98-100", 100, {0, 1, 2, 3, 98, 99, 100}, ["94 steps"]),
        ("5,7", 10, {5, 7}, ["4 steps", "1 step", "3 steps"]),
        ("9 - 9, 1", 10**12, None, None),
        ("1-12", 12, {*range(13)}, []),
        ("3-4,4-5,4", 5, {3, 4, 5}, ["2 steps"]),
        ("7", 10**12, {7}, ["6 steps", "999999999993 steps"]),
    ],
)
def test_the_steps_that_are_asked_for(show: str, steps: int, seen: set[int] | None, told: list[str] | None) -> None:
    if seen is None:
        with pytest.raises(CircuitError, match="'9 - 9' is no step"):
            draw(read(CIRCUITS["driven"]), steps, show=show)
        return
    scene = draw(read(CIRCUITS["driven"]), steps, show=show)
    assert steps_shown(scene) == seen
    assert gaps(scene) == told


def test_what_is_read_by_its_number_comes_along_where_it_is_needed() -> None:
    last = draw(read(CIRCUITS["last-output"]), 100, show="4-6")
    assert steps_shown(last) == {4, 5, 6, 100}
    assert gaps(last) == ["3 steps", "93 steps"]
    assert steps_shown(draw(read(CIRCUITS["first-input"]), 100, show="40")) == {0, 1, 40}
    pinned = read("x(t) : (); F(t) = F(t-1) + F(t-2); F(1) = 1; F(2) = x(50)")
    assert steps_shown(draw(pinned, 100, show="20-21")) == {20, 21}
    assert steps_shown(draw(pinned, 100, show="3-4")) == {1, 2, 3, 4, 50}


def test_several_axes() -> None:
    text = "c(i, j) = min(c(i-1, j), c(i, j-1)) + x(i, j)"
    for show in ("i=1-2,5,j=3", {"i": "1-2,5", "j": "3"}, {"j": "3", "i": " 1-2, 5 "}):
        view = columns_of(text, {"i": 9, "j": 7}, show)
        assert {one.index for one in view.instances if one.name == "x"} == {(1, 3), (2, 3), (5, 3)}
        assert [column.omitted for column in view.tracks["i"]] == [0, 0, 2, 0, 4]
        assert [column.omitted for column in view.tracks["j"]] == [2, 0, 4]
    # An axis that is not named is elided as always.
    only = columns_of(text, {"i": 9, "j": 100}, "i=4")
    assert {one.index[1] for one in only.instances if one.name == "x"} == {1, 2, 3, 99, 100}
    greek = columns_of("a(phi) = a(phi-1)", {"phi": 9}, {"φ": "3"})
    assert [one.text for one in greek.instances] == ["a(3)"]


@pytest.mark.parametrize(
    ("show", "steps", "message", "help"),
    [
        ("0", 4, "there is no step 0", "the steps are 1 to 4"),
        ("3-9", 4, "there is no step 9", "the steps are 1 to 4"),
        ("1", 0, "there is no step 1", "there are no steps"),
        ("3-2", 9, "the range 3-2 ends before it begins", "write --show 2-3"),
        ("x", 9, "'x' is no step and no range of steps", "write --show 1-3,98-100, or for several"),
        ("1-3,", 9, "'' is no step and no range of steps", "write --show 1-3"),
        ("-3", 9, "'-3' is no step and no range of steps", "write --show 1-3"),
        ("1-2-3", 9, "'1-2-3' is no step and no range of steps", "write --show 1-3"),
        ("٣", 9, "'٣' is no step and no range of steps", "write --show 1-3"),
        ("9" * 4000, 9, f"'{'9' * 40}' is no step and no range of steps", "write --show 1-3"),
        ("1", None, "steps are shown by their number, and symbolic time has none", "give --steps too"),
        ("1-2500", 10**6, "the picture would show 2500 steps; the limit is 2000", "show fewer"),
        ("u=3", 9, "--show gives steps of each axis by its name, and the axes are: t", "write --show t=1-2"),
        ("1,t=3", 9, "--show '1,t=3' begins with steps of no axis", "write --show 1-3"),
        ("t=3,t=4", 9, "--show names the axis 't' twice", "write --show 1-3"),
        ({"t": "t=3"}, 9, "'t=3' is no step and no range of steps", "write --show 1-3"),
    ],
)
def test_steps_that_cannot_be_shown(show: Any, steps: int | None, message: str, help: str) -> None:
    for options in ({}, {"view": "circuit"}):
        with pytest.raises(CircuitError) as caught:
            draw(read(CIRCUITS["dynamical"]), steps, show=show, **options)
        assert caught.value.message == message
        assert (caught.value.help or "").startswith(help)


def test_axes_are_named_where_there_are_several() -> None:
    with pytest.raises(CircuitError) as caught:
        draw(read("c(i, j) = c(i-1, j) + x(i, j)"), {"i": 4, "j": 4}, show="1-2")
    assert caught.value.message == "--show gives steps of each axis by its name, and the axes are: i, j"
    assert caught.value.help == "write --show i=1-2,j=1-2"


def check_counts(text: str, lengths: Mapping[str, int], show: Mapping[str, str], asked: Mapping[str, set[int]]) -> None:
    """Every step that is asked for is shown, others only where they are read by number, and none is miscounted."""
    view = columns_of(text, lengths, show)
    cell = cell_of(read(text))
    for axis, columns in view.tracks.items():
        fixed = set()
        written = [(name, left.index) for name, lefts in cell.special.items() for left in lefts]
        for name, index in (*((link.source, link.index) for link in cell.links), *written):
            for at, own in zip(index, cell.variable(name).axes, strict=True):
                if own == axis and not at.moves:
                    fixed.add(at.offset + (lengths[axis] if at.base == "end" else 0))
        own_axes = {name: cell.variable(name).axes for name in {one.name for one in view.instances}}
        seen = {one.index[own_axes[one.name].index(axis)] for one in view.instances if axis in own_axes[one.name]}
        inside = {place for place in seen if isinstance(place, int) and 1 <= place <= lengths[axis]}
        assert asked.get(axis, set()) <= inside
        if axis in asked:
            assert inside <= asked[axis] | fixed
        assert len(inside) + sum(column.omitted for column in columns if column.kind == "gap") == lengths[axis]


def shows(steps: int) -> st.SearchStrategy[tuple[str, set[int]]]:
    """Ranges within some steps, as they are written, and all that they name."""
    pairs = st.tuples(st.integers(1, steps), st.integers(0, 3)).map(lambda p: (p[0], min(p[0] + p[1], steps)))
    return st.lists(pairs, min_size=1, max_size=3).map(
        lambda found: (
            ",".join(str(a) if a == b else f"{a}-{b}" for a, b in found),
            {n for a, b in found for n in range(a, b + 1)},
        )
    )


@examples(40)
@given(circuits() | two_way(), shows(30))
def test_any_circuit_shows_what_is_asked_for(text: str, chosen: tuple[str, set[int]]) -> None:
    check_counts(text, {"t": 30}, {"t": chosen[0]}, {"t": chosen[1]})


@examples(40)
@given(lattices(), shows(20), shows(25) | st.none())
def test_any_lattice_shows_what_is_asked_for(
    text: str, first: tuple[str, set[int]], second: tuple[str, set[int]] | None
) -> None:
    lengths = lengths_of(Circuit(text), (20, 25))
    if lengths is None or lengths["i"] != 20 or lengths["j"] != 25:
        return
    chosen = {"i": first} | ({"j": second} if second else {})
    show = {axis: written for axis, (written, _) in chosen.items()}
    try:
        check_counts(text, lengths, show, {axis: steps for axis, (_, steps) in chosen.items()})
    except CircuitError as error:
        assert "edges that do not repeat; the limit is" in error.message


@examples(30)
@given(circuits() | two_way(), st.integers(0, 2000) | st.just(10**12))
def test_counts_are_true_without_being_asked(text: str, steps: int) -> None:
    try:
        view = columns_of(text, {"t": steps}, None)
    except CircuitError as error:
        # Where a condition that is no comparison of sums leaves edges out, places have to be looked up.
        assert "is told only by looking up" in error.message
        return
    shown = {one.index[0] for one in view.instances if one.index}
    inside = [place for place in shown if isinstance(place, int) and 1 <= place <= steps]
    assert len(inside) + sum(column.omitted for column in view.columns if column.kind == "gap") == steps


def test_of_crowded_lattices_fewer_steps_are_shown() -> None:
    """Where everything reads everything, edges are counted in squares of the steps; what is asked for is kept."""
    text = gallery_source("attention")[0]
    view = columns_of(text, {"t": 1000, "u": 1000}, None)
    assert len(view.connections) < 250
    assert [column.omitted for column in view.tracks["t"] if column.kind == "gap"] == [997]
    asked = columns_of(text, {"t": 1000, "u": 1000}, {"t": "1-5", "u": "1-4"})
    assert {one.index[0] for one in asked.instances if one.name == "h"} >= {1, 2, 3, 4, 5}


def test_what_nobody_could_read_is_refused_before_the_work() -> None:
    every = "+".join(f"s{n}x(t-1)" for n in range(15))
    crowd = ";".join(f"s{n}x(t) = tanh({every})" for n in range(15))
    with pytest.raises(CircuitError) as caught:
        draw(read(crowd))
    assert caught.value.message == "one step of the picture would have 225 edges; the limit is 150"
    assert "circuit.graph" in (caught.value.help or "")
    with pytest.raises(CircuitError) as caught:
        draw(read(gallery_source("attention")[0]), {"t": 20, "u": 20}, show="t=1-20,u=1-20")
    assert caught.value.message.endswith("edges that do not repeat; the limit is 1000")
    assert "--show" in (caught.value.help or "")


@pytest.mark.parametrize(
    ("name", "steps", "corner"),
    [
        ("edit-distance", {"i": 100, "j": 90}, "\u22f1"),
        ("two-dimensional", {"i": 1000, "j": 1000}, "\u22f1"),
        ("pascal", {"n": 50, "k": 50}, "\u22f1"),
        ("deep-bidirectional", {"l": 20, "t": 30}, "\u22f0"),
    ],
)
def test_dots_stand_in_every_row_and_column_that_a_gap_interrupts(
    name: str, steps: Mapping[str, int], corner: str
) -> None:
    scene = Circuit.gallery(name).draw(steps=steps, view="unfolded").scene
    nodes = [item for item in scene.items if isinstance(item, Node)]
    dots: dict[str, list[tuple[float, float]]] = {}
    for item in scene.items:
        if isinstance(item, Text) and item.text in DOTS:
            x0, y0, x1, y1 = item.label.box
            dots.setdefault(item.text, []).append(((x0 + x1) / 2, (y0 + y1) / 2))
    # A value without axes stands in no row of its own.
    rows = {round(node.y, 3) for node in nodes if len(node.index) > 1}
    columns = {round(node.x, 3) for node in nodes if len(node.index) > 1}
    assert rows <= {round(y, 3) for _, y in dots["\u22ef"]}
    assert columns <= {round(x, 3) for x, _ in dots["\u22ee"]}
    assert len(dots[corner]) == 1
    assert sorted(gaps(scene)) == sorted(f"{length - 5} steps" for length in steps.values())
    for x, y in dots["\u22ef"]:
        row = sorted(node.x for node in nodes if abs(node.y - y) < 0.01)
        before, after = max(at for at in row if at < x), min(at for at in row if at > x)
        assert after - before > 2 * nodes[0].rx + 40


def test_what_is_given_off_an_edge_leads_on_into_a_gap() -> None:
    scene = Circuit.gallery("edit-distance").draw(steps={"i": 100, "j": 100}).scene
    into = [item.source for item in scene.items if isinstance(item, Edge) and item.source and not item.target]
    assert "u.c.0.3" in into and "u.c.3.0" in into


def test_of_several_axes_a_step_that_is_not_there_is_told_with_its_axis() -> None:
    for text, lengths, show, told in (
        ("h(t) = f(h(t-1))", {"t": 5}, "9", "there is no step 9"),
        ("c(i, j) = c(i-1, j-1)", {"i": 5, "j": 9}, "i=9", "there is no step 9 of i"),
    ):
        with pytest.raises(CircuitError) as caught:
            draw(read(text), lengths, show=show)
        assert caught.value.message == told
        assert caught.value.help == "the steps are 1 to 5"


# In words -----------------------------------------------------------------------------------------------------------

_NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


def told_left_out(description: str) -> list[int]:
    """Return how many steps a description says are left out, axis by axis; 0 where it says nothing."""
    found = re.search(r"Unfolded over ([^.]*)\.", description)
    assert found is not None
    counts = []
    for part in re.split(r"; and over | and ", found[1]):
        left = re.search(r"of which (\S+) steps? (is|are) left out", part)
        assert ("left out" in part) == (left is not None)
        count = 0 if left is None else int(left[1]) if left[1].isdigit() else _NUMBERS.index(left[1])
        assert left is None or (left[2] == "is") == (count == 1)
        counts.append(count)
    return counts


@given(st.integers(0, 260), st.integers(1, 260), st.sampled_from([None, 1, 2, 4]))
@examples(60)
def test_the_words_tell_how_many_steps_are_left_out_however_few(first: int, second: int, asked: int | None) -> None:
    for text, lengths in (
        ("h(t) = f(h(t-1), x(t))", {"t": first}),
        ("c(i, j) = f(c(i-1, j), x(j))", {"i": first, "j": second}),
    ):
        model = read(text)
        show = {axis: f"1,{-(-length // asked)}" for axis, length in lengths.items() if asked and length}
        cell = cell_of(model)
        view = unfolded_of(model, cell, lengths, asked_steps(show, cell.drawn_axes, lengths) if show else {})
        shown: dict[str, set[Any]] = {axis: set() for axis in lengths}
        for one in view.instances:
            for axis, place in zip(model.axes_of(one.name), one.index, strict=True):
                shown[axis].add(place)
        right = [length - len({*range(1, length + 1)} & shown[axis]) for axis, length in lengths.items()]
        assert told_left_out(describe(cell, view, lengths, "unfolded")) == right


def test_steps_left_out_are_told_from_the_first() -> None:
    assert "nine steps, of which three steps are left out" in draw(read("h(t) = f(h(t-1))"), 9).description
    shown = draw(read("h(t) = f(h(t-1))"), 3, show="1,3")
    assert "Unfolded over three steps, of which one step is left out." in shown.description
