"""The third phase of a layered layout: the place of everything on its rank.

The places of operations are optimal for their order. Those of variables are improved by trying single moves and
exchanges against one cost: edges that would run through a node, crossings, and length, with the delayed edges to the
next step counted too. Every choice is by cost and then by the order written, so the same cell gives the same layout.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from unfoldgraph.drawing.graphs.rolled import Cell, Link
from unfoldgraph.drawing.layout.layering import RankedGraph
from unfoldgraph.drawing.layout.network_simplex import Spring, optimum
from unfoldgraph.drawing.layout.ordering import centred

__all__ = ["Layers", "Layout", "placed_in_ranks", "placed_in_rows"]

# The free space between neighbouring nodes, between a node and an edge, and between two edges.
_APART, _BESIDE, _LANE = 15.0, 11.0, 14.0
# How much straighter an edge is the more ranks it crosses.
_STRAIGHT = {0: 1, 1: 2, 2: 8}
# How often all ranks are gone through for edges that can be straight.
_STRAIGHTENED = 12

# Cells larger than this are placed by barycentres alone: the search is quadratic in the edges.
_SEARCHED = 16
# The distance of rows, in slots.
_TALL = 1.2
_ROUNDS = 6
# How near a node may come to an upright line from step to step, in slots.
_UPRIGHT = 0.7
# What one of each costs, in slots of edge length.
_HIT, _BEND, _CROSSING, _WIDTH, _SLANT, _ALIGNED = 14.0, 2.9, 3.0, 0.9, 1.0, 0.55


# Operations -----------------------------------------------------------------------------------------


@dataclass(slots=True)
class Layers:
    """Where everything is.

    Attributes
    ----------
    rank : Of every node; 0 is the lowest unless ranks were given.
    x : The middle of every node.
    offsets : For every node, how far each of its arguments is from the middle.
    passes : For every wire, where it passes the ranks between its ends.
    """

    rank: list[int]
    x: list[float] = field(default_factory=list)
    offsets: list[tuple[float, ...]] = field(default_factory=list)
    passes: list[tuple[float, ...]] = field(default_factory=list)


def placed_in_ranks(graph: RankedGraph, rows: Mapping[int, Sequence[int]]) -> Layers:
    """Return the place of every node and of every passing edge."""
    real = len(graph.vertices)
    position = {point: n for row in rows.values() for n, point in enumerate(row)}
    arrives = {(wire.target, wire.port): n for n, wire in enumerate(graph.wires)}
    offsets = []
    for number, vertex in enumerate(graph.vertices):
        order = vertex.order(lambda port, to=number: position[graph.chains[arrives[to, port]][-2]])  # type: ignore[misc]
        offsets.append(vertex.offsets(order))
    # Arguments are half units apart from the middle: the method counts in such.
    springs: list[Spring] = []
    for row in rows.values():
        for left, right in pairwise(row):
            springs.append(Spring(left, right, _gap(graph, left, right), 0))
    count = anchor = len(graph.level)
    # Both ends of an edge are at least so far beyond a point of its own, which costs their distance.
    reach = 4000
    ties: list[tuple[int, int, int, int]] = []
    for wire, chain in zip(graph.wires, graph.chains, strict=True):
        for lower, upper in pairwise(chain):
            shift = round(2 * offsets[wire.target][wire.port]) if upper == wire.target else 0
            bends = (lower >= real) + (upper >= real)
            ties.append((lower, upper, shift, _STRAIGHT[bends] * graph.vertices[wire.source].weight))
    for lower, upper, shift, weight in ties:
        count += 1
        springs += [Spring(count, lower, reach, weight), Spring(count, upper, reach - shift, weight)]
    springs += [Spring(anchor, point, reach, 0) for point in range(anchor)]
    x = _straightened(graph, rows, optimum(count + 1, springs, centred=True)[:anchor], ties)
    least = min(x)
    x = [(place - least) / 2 for place in x]
    passes = [tuple(x[point] for point in chain[1:-1]) for chain in graph.chains]
    return Layers(graph.rank, x[:real], offsets, passes)


def _straightened(
    graph: RankedGraph, rows: Mapping[int, Sequence[int]], x: list[float], ties: Sequence[tuple[int, int, int, int]]
) -> list[float]:
    """Return places of the same cost at which more edges are straight: of several optima the middle has bends."""
    held: dict[int, list[tuple[int, float, int]]] = {point: [] for point in graph.level}
    for lower, upper, shift, weight in ties:
        held[lower].append((upper, shift, weight))
        held[upper].append((lower, -shift, weight))
    for _ in range(_STRAIGHTENED):
        for row in (rows[level] for level in sorted(rows)):
            for n, point in enumerate(row):
                low = x[row[n - 1]] + _gap(graph, row[n - 1], point) if n else -math.inf
                high = x[row[n + 1]] - _gap(graph, point, row[n + 1]) if n + 1 < len(row) else math.inf

                def cost(at: float, point: int = point) -> tuple[float, int]:
                    apart = [abs(x[other] + shift - at) * weight for other, shift, weight in held[point]]
                    return round(sum(apart), 3), sum(distance > 0.01 for distance in apart)

                places = [x[point], *(x[other] + shift for other, shift, _ in held[point])]
                x[point] = min((at for at in places if at == x[point] or low <= at <= high), key=cost)
    return x


def _gap(graph: RankedGraph, left: int, right: int) -> int:
    """Return how far apart two neighbours of one rank are."""
    real = len(graph.vertices)
    halves = sum(graph.vertices[point].width / 2 for point in (left, right) if point < real)
    return round(
        2 * halves + 2 * (_APART if max(left, right) < real else _BESIDE if min(left, right) < real else _LANE)
    )


# Variables ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Layout:
    """Row (0 is the bottom) and place (in slots, 0 is the left end) of every variable.

    ``spine`` is the row along which the step repeats: that of the first delayed edge.
    """

    row: dict[str, int]
    place: dict[str, float]
    rows: int
    width: float
    spine: int


def placed_in_rows(
    cell: Cell, row: dict[str, int], rows: dict[int, list[str]], along: tuple[str | None, str | None]
) -> dict[str, float]:
    """Return the place of each variable in its row, in slots, the left-most at 0.

    ``along`` are the axes that run to the right and in the direction of the rows.
    """
    place = centred(rows)
    if len(place) <= _SEARCHED:
        _improve(cell, row, place, rows, [_shift(cell, link, *along) for link in cell.links])
    least = min(place.values())
    return {name: x - least for name, x in place.items()}


def _shift(cell: Cell, link: Link, right: str | None, up: str | None) -> tuple[int, int]:
    """How many steps a link leads to the right and along the rows; of very long ones two."""
    delay = dict(zip(cell.axes, link.towards, strict=True))
    return (
        max(-2, min(2, delay[right])) if right else 0,
        max(-2, min(2, delay[up])) if up else 0,
    )


def _improve(
    cell: Cell,
    row: dict[str, int],
    place: dict[str, float],
    rows: dict[int, list[str]],
    shifts: Sequence[tuple[int, int]],
) -> None:
    """Try single moves and exchanges until none helps."""
    widest = max(len(members) for members in rows.values())
    reach = [n / 2 for n in range(-widest - 2, widest + 3)]
    best = _cost(cell, row, place, shifts)
    for _ in range(_ROUNDS):
        before = best
        for members in (rows[level] for level in sorted(rows)):
            for name in members:
                chosen = place[name]
                others = [place[m] for m in members if m != name]
                for x in sorted(reach, key=lambda x: (abs(x), x)):
                    if any(abs(x - other) < 1 for other in others):
                        continue
                    place[name] = x
                    cost = _cost(cell, row, place, shifts)
                    if cost < best - 1e-9:
                        best, chosen = cost, x
                place[name] = chosen
            if members is not rows[min(rows)]:
                # All that stands on this row and above, together.
                upper = [n for n in place if row[n] >= row[members[0]]]
                for step in (-1.0, -0.5, 0.5, 1.0):
                    for name in upper:
                        place[name] += step
                    cost = _cost(cell, row, place, shifts)
                    if cost < best - 1e-9:
                        best = cost
                        break
                    for name in upper:
                        place[name] -= step
            for i, one in enumerate(members):
                for other in members[:i]:
                    place[one], place[other] = place[other], place[one]
                    cost = _cost(cell, row, place, shifts)
                    if cost < best - 1e-9:
                        best = cost
                    else:
                        place[one], place[other] = place[other], place[one]
        if best >= before - 1e-9:
            return


def _cost(cell: Cell, row: dict[str, int], place: dict[str, float], shifts: Sequence[tuple[int, int]]) -> float:
    """Return what straight edges would cost in this arrangement, in two neighbouring steps."""
    low, high = min(place.values()), max(place.values())
    pitch = high - low + 1.5
    total = _WIDTH * (high - low)
    inputs = {variable.name for variable in cell.variables if variable.role == "input"}
    bends = 0
    lines: list[tuple[float, float, float, float]] = []
    rise = max(row.values()) - min(row.values()) + 1
    ups = (0, 1, 2) if any(up for _, up in shifts) else (0,)
    nodes = [(place[n] + k * pitch, row[n] + up * rise) for n in place for k in (0, 1, 2) for up in ups]
    for link, (right, up) in zip(cell.links, shifts, strict=True):
        if link.source == link.target and not (right or up):
            continue
        shift = right * pitch
        start = 0.0 if shift >= 0 else -shift
        below = 0 if up >= 0 else -up * rise
        x0, y0 = place[link.source] + start, row[link.source] + below
        x1, y1 = place[link.target] + start + shift, row[link.target] + below + up * rise
        if not (shift or up):
            # The spine of a step stands upright; inputs lean towards it.
            leans = 0.0 if x0 == x1 else _ALIGNED / 2 if link.source in inputs else _ALIGNED
            total += _SLANT * abs(x1 - x0) ** 1.5 + leans
            lines.append((x0, y0, x1, y1))
            lines.append((x0 + pitch, y0, x1 + pitch, y1))
        else:
            total += 0.15 * abs(x1 - x0)
            lines.append((x0, y0, x1, y1))
        # A skipped row with a node in the way makes the edge bend around it.
        for x, y in nodes:
            if (x, y) in ((x0, y0), (x1, y1)):
                continue
            if y0 == y1 == y:
                if min(x0, x1) < x < max(x0, x1):
                    total += _HIT / (3 if shift else 1)
            elif y0 != y1 and min(y0, y1) < y < max(y0, y1):
                gap = abs(x0 + (x1 - x0) * (y - y0) / (y1 - y0) - x)
                # Measured across the line: a shallow one comes close to what is far to its side.
                slope = (y1 - y0) * _TALL / math.hypot(x1 - x0, (y1 - y0) * _TALL)
                # Beside an upright line from step to step others arrive, so it needs more room.
                if gap * abs(slope) < (_UPRIGHT if up and not shift else 0.42):
                    bends += 1
    # One edge around the others is well read, several are not.
    total += _BEND * bends * (0.7 + 0.3 * bends)
    # Long straight chains read best, and symmetric ones look best.
    middle = (low + high) / 2
    total += 0.02 * sum(abs(x - middle) for x in place.values())
    return total + _CROSSING / 2 * _crossings(lines)


def _crossings(lines: list[tuple[float, float, float, float]]) -> int:
    """How many pairs of lines cross; lines that share an end do not."""
    starts, ends = np.array(lines).reshape(-1, 2, 2).transpose(1, 0, 2)
    step = ends - starts
    # side[i, j, k]: on which side of line i the start (k = 0) or the end of line j lies.
    towards = np.stack([starts, ends], axis=1)[None] - starts[:, None, None]
    side = step[:, None, None, 0] * towards[..., 1] - step[:, None, None, 1] * towards[..., 0]
    apart = side[..., 0] * side[..., 1] < 0
    return int((apart & apart.T).sum()) // 2
