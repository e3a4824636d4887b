"""Where the steps of circuits with several axes stand."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from oracles.svg_reading import Picture, read_svg

from unfoldgraph import Circuit

STEPS = {"attention": {"t": 3, "u": 2}, "viterbi": {"t": 3, "s": 2}}


@cache
def picture(name: str, is_numeric: bool = True) -> Picture:
    """Return one of the gallery's pictures with several axes, read back."""
    circuit = Circuit.gallery(name)
    return read_svg((circuit.draw(steps=STEPS[name]) if is_numeric else circuit.draw()).svg.encode())


def test_a_step_before_the_first_stands_beside_what_else_is_there() -> None:
    node = picture("attention").node
    step = node["u.s.2"].y - node["u.s.1"].y
    # Only s and y have a place 0, and none of e, w and a is between them and the first step.
    assert node["u.s.1"].y - node["u.s.0"].y < 0.65 * step
    assert node["u.s.0"].y < node["u.e.1.1"].y < node["u.s.1"].y
    assert node["u.s.0"].y > node["u.h.1"].y


def test_a_value_without_axes_takes_no_room_among_the_steps() -> None:
    node = picture("viterbi", is_numeric=False).node
    assert node["u.b.1.s"].y - node["u.y.1"].y < 1.5 * (node["u.v.1.s"].y - node["u.b.1.s"].y)


@pytest.mark.parametrize("is_numeric", [True, False])
def test_what_stands_beside_a_lattice_is_level_with_what_reads_it(is_numeric: bool) -> None:
    node = picture("viterbi", is_numeric).node
    last = "1" if is_numeric else "s"
    for one, other in (("B", "b"), ("p", "v")):
        assert node[f"u.{one}.{last}"].y == node[f"u.{other}.1.{last}"].y
        assert node[f"c.{one}"].y == node[f"c.{other}"].y


@pytest.mark.parametrize(
    "text", ["c(i, j) = c(i-1, j) * x(i) + y(j)", "h(l, t) = f(h(l-1, t), h(l, t-1), x(t)); o(t) = h(end, t)"]
)
def test_the_circuit_of_a_lattice_stands_alone_as_it_stands_beside_its_steps(text: str) -> None:
    def places(picture: Picture) -> dict[str, tuple[float, float]]:
        """Return in which direction from the first each variable stands."""
        nodes = {node.id: (node.x, node.y) for node in picture.nodes if node.id.startswith("c.")}
        x, y = next(iter(nodes.values()))
        return {name: (np.sign(round(at - x)), np.sign(round(down - y))) for name, (at, down) in nodes.items()}

    circuit = Circuit(text)
    both, alone = (read_svg(circuit.draw(view=view).svg.encode()) for view in ("both", "circuit"))
    assert places(both) == places(alone)
