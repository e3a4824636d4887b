"""How what many read is led to them, in circuits with several axes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
from oracles.svg_reading import Line, Picture, read_svg

from unfoldgraph import Circuit

STEPS = {"attention": {"t": 3, "u": 2}, "viterbi": {"t": 3, "s": 2}}


@cache
def picture(name: str, is_numeric: bool = True) -> Picture:
    """Return one of the gallery's pictures with several axes, read back."""
    circuit = Circuit.gallery(name)
    return read_svg((circuit.draw(steps=STEPS[name]) if is_numeric else circuit.draw()).svg.encode())


def is_straight(line: Line) -> bool:
    """Say whether a line runs straight from end to end."""
    points = line.shaft.reshape(-1, 2)
    way, chord = points - points[0], points[-1] - points[0]
    return float(np.abs(way @ np.array([-chord[1], chord[0]])).max()) < 0.05 * float(np.hypot(*chord))


@pytest.mark.parametrize("is_numeric", [True, False])
def test_a_mesh_is_straight(is_numeric: bool) -> None:
    lines = picture("attention", is_numeric).lines
    meshes = [line for line in lines if line.source[:3] + line.target[:3] in ("u.eu.w", "u.wu.a")]
    assert len(meshes) == (36 if is_numeric else 24)
    assert all(map(is_straight, meshes))


def stretches(line: Line, across: int) -> Iterator[tuple[float, float, float]]:
    """Yield the level or the upright stretches of a line: where they are, and from where to where they run."""
    for start, end in line.shaft.reshape(-1, 2, 2):
        if abs(start[across] - end[across]) < 0.02:
            first, last = sorted((float(start[1 - across]), float(end[1 - across])))
            yield float(start[across]), first, last


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("is_numeric", [True, False])
def test_trunks_that_run_beside_each_other_can_be_told_apart(name: str, is_numeric: bool) -> None:
    lines = [line for line in picture(name, is_numeric).lines if line.id.startswith("e.u.")]
    for one, other in combinations(lines, 2):
        if one.source == other.source:
            continue
        for across in (0, 1):
            for at, first, last in stretches(one, across):
                for beside, start, end in stretches(other, across):
                    if min(last, end) - max(first, start) > 40.0:
                        # Those of one reduction share their trunk.
                        assert not 0.1 < abs(at - beside) < 11.0, (one.source, other.source)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (
            "q(t), k(t), v(t) : (); e(t, s) = q(t) * k(s) for s in 1..t; y(t) = sum(w(t, s) * v(s) for s in 1..t);"
            "w(t, s) = exp(e(t, s) - max(e(t, r) for r in 1..t)) for s in 1..t",
            {"steps": 3},
        ),
        ("h : K; x(n) : (); y[m] = sum(h[k] * x[2*m-k] for k in 0..K-1)", {"steps": {"n": 6, "m": 3}}),
        (
            "h : K; x(n) : (); y[m] = sum(h[k] * x[2*m-k] for k in 0..K-1)",
            {"steps": {"n": 6, "m": 3}, "sizes": {"K": 2}},
        ),
        ("h(i, j) = x(i) + y(j) + h(i-1, j)", {"steps": {"i": 3, "j": 4}}),
        ("e(u, t) = s(u) * h(t) + e(u-1, t); o(u) = sum(e(u, t) for t)", {"steps": {"u": 3, "t": 4}}),
    ],
)
def test_every_way_along_a_trunk_is_an_edge(text: str, options: dict[str, Any]) -> None:
    lines = [one for one in read_svg(Circuit(text).draw(**options).svg.encode()).lines if one.id.startswith("e.u.")]
    edges = {(line.source, line.target) for line in lines}
    for one, other in combinations(lines, 2):
        crossed = {(one.source, other.target), (other.source, one.target)}
        for across in (0, 1):
            for (at, first, last), (beside, start, end) in product(stretches(one, across), stretches(other, across)):
                if abs(at - beside) < 0.1 and min(last, end) - max(first, start) > 1.0:
                    assert crossed <= edges, (one, other)


def test_the_labels_of_trunks_alike_stand_in_one_row_where_all_their_edges_run() -> None:
    drawing = picture("attention")
    labelled = [(drawing.line[label.of], label) for label in drawing.labels if label.of in drawing.line]
    labels = [label for line, label in labelled if (line.source[:3], line.target[:3]) == ("u.h", "u.e")]
    assert sorted(drawing.line[label.of].source for label in labels) == ["u.h.1", "u.h.2", "u.h.3"]
    assert len({label.box[1] for label in labels}) == 1
    assert drawing.node["u.h.1"].y < labels[0].box[1] < labels[0].box[3] < drawing.node["u.e.1.1"].y


@pytest.mark.parametrize("steps", [None, 4])
def test_what_reads_all_steps_past_other_rows_is_arrived_at_from_below(steps: int | None) -> None:
    drawing = read_svg(Circuit.gallery("hidden-markov").draw(steps=steps).svg.encode())
    total = drawing.node["u.L"]
    arriving = [line for line in drawing.lines if line.target == "u.L"]
    assert len(arriving) == (7 if steps is None else 4)
    assert min(float(line.shaft.reshape(-1, 2)[:, 1].min()) for line in arriving) > total.y - 0.5 * total.ry
