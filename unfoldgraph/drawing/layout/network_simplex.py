"""The least total distance of points on a line under constraints: how ranks and places of a layered layout are found.

It is the dual of a flow of least cost (Gansner, Koutsofios, North and Vo 1993, A technique for drawing directed
graphs), so the simplex method for networks solves it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Spring", "optimum"]


class Spring(NamedTuple):
    """The point ``target`` is at least ``length`` beyond ``source``, and every unit more costs ``weight``."""

    source: int
    target: int
    length: int
    weight: int


def optimum(count: int, springs: Sequence[Spring], centred: bool = False) -> list[float]:
    """Return where so many points are, the first at 0 or beyond, at the least total cost.

    The springs make a graph without cycles. Of all optima it is the one farthest to the left; ``centred``, the
    middle between that and the one farthest to the right.

    >>> optimum(3, [Spring(0, 1, 2, 1), Spring(0, 2, 1, 1), Spring(1, 2, 1, 1)])
    [0.0, 2.0, 3.0]
    """
    tight = _flow(count, springs)
    left = _potentials(count, tight)
    if not centred:
        return [float(x) for x in left]
    width = max(left, default=0)
    mirrored = _potentials(count, [(target, source, length) for source, target, length in tight])
    return [(x + width - y) / 2 for x, y in zip(left, mirrored, strict=True)]


def _flow(count: int, springs: Sequence[Spring]) -> list[tuple[int, int, int]]:
    """Return the differences that an optimum has: at least the springs, and those that carry a flow exactly."""
    import networkx

    longest: dict[tuple[int, int], int] = {}
    balance = [0] * count
    for source, target, length, weight in springs:
        longest[source, target] = max(length, longest.get((source, target), length))
        balance[target] += weight
        balance[source] -= weight
    graph = networkx.DiGraph()
    for point in range(count):
        graph.add_node(point, demand=balance[point])
    for (source, target), length in longest.items():
        graph.add_edge(source, target, weight=-length)
    _, flow = networkx.network_simplex(graph)
    found = [(source, target, length) for (source, target), length in longest.items()]
    found += [(target, source, -length) for source, target, length in found if flow[source][target]]
    return found


def _potentials(count: int, differences: Sequence[tuple[int, int, int]]) -> list[int]:
    """Return the least numbers from 0 on with these differences at least (the method of Bellman and Ford)."""
    found = [0] * count
    changed = True
    while changed:
        changed = False
        for source, target, length in differences:
            if found[target] < found[source] + length:
                found[target] = found[source] + length
                changed = True
    return found
