"""The second phase of a layered layout: the order in which everything stands within its rank.

Both orders come from sweeps, which sort each rank by where its neighbours are in the middle. Of those of operations the
one with the fewest crossings is taken; the places of variables are searched anyway, see `coordinates`.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from itertools import pairwise

from unfoldgraph.drawing.graphs.rolled import Cell
from unfoldgraph.drawing.layout.layering import RankedGraph

__all__ = ["centred", "order_in_ranks", "order_in_rows"]

_SWEEPS = 12
# How often the rows of variables are sorted.
_SWEEPS_OF_ROWS = 4


# Operations -----------------------------------------------------------------------------------------


def order_in_ranks(graph: RankedGraph) -> dict[int, list[int]]:
    """Return the order within each rank that has the fewest crossings."""
    best: tuple[tuple[int, float], dict[int, list[int]]] | None = None
    for rows in (_first_order(graph, False), _first_order(graph, True)):
        for sweep in range(_SWEEPS):
            _exchange(graph, rows)
            cost = (_crossings(graph, rows), _length(graph, rows))
            if best is None or cost < best[0]:
                best = cost, {level: [*row] for level, row in rows.items()}
            _sweep(graph, rows, upward=bool(sweep % 2))
    assert best is not None
    return best[1]


def _first_order(graph: RankedGraph, mirrored: bool) -> dict[int, list[int]]:
    """Return the order in which the nodes are met on the way down from what nothing reads."""
    rows: dict[int, list[int]] = {}
    seen: set[int] = set()
    tops = [number for number in range(len(graph.vertices)) if not graph.above[number]]
    for top in tops:
        stack = [top]
        while stack:
            point = stack.pop()
            if point in seen:
                continue
            seen.add(point)
            rows.setdefault(graph.level[point], []).append(point)
            lower = [source for source, _ in graph.below[point]]
            stack += lower if mirrored else reversed(lower)
    return rows


def _sweep(graph: RankedGraph, rows: dict[int, list[int]], upward: bool) -> None:
    """Sort each rank by where its neighbours of the rank before are in the middle."""
    levels = sorted(rows, reverse=not upward)
    for before, level in pairwise(levels):
        position = {point: float(n) for n, point in enumerate(rows[before])}
        near = graph.below if upward else graph.above
        wish = {}
        for n, point in enumerate(rows[level]):
            found = sorted(position[other] + (-at if upward else at) for other, at in near[point] if other in position)
            # What nothing holds stays where it is in its rank.
            share = n * len(rows[before]) / len(rows[level])
            wish[point] = sum(found) / len(found) if found else share
        rows[level].sort(key=wish.__getitem__)


def _exchange(graph: RankedGraph, rows: dict[int, list[int]]) -> None:
    """Exchange neighbours while that takes crossings away."""
    changed = True
    while changed:
        changed = False
        for level in sorted(rows):
            row = rows[level]
            others = {point: float(n) for side in (level - 1, level + 1) for n, point in enumerate(rows.get(side, ()))}
            for n in range(len(row) - 1):
                if _pair(graph, row[n + 1], row[n], others) < _pair(graph, row[n], row[n + 1], others):
                    row[n], row[n + 1] = row[n + 1], row[n]
                    changed = True


def _pair(graph: RankedGraph, left: int, right: int, others: Mapping[int, float]) -> int:
    """Return how many crossings the edges of two neighbours have."""
    count = 0
    for near, arrives in ((graph.below, 0.0), (graph.above, 1.0)):
        firsts, seconds = (
            sorted(others[other] + arrives * at for other, at in near[point] if other in others)
            for point in (left, right)
        )
        count += sum(len(firsts) - bisect_right(firsts, second) for second in seconds)
    return count


def _crossings(graph: RankedGraph, rows: Mapping[int, Sequence[int]]) -> int:
    """Return how many crossings an order has."""
    count = 0
    for level in rows:
        position = {point: n for n, point in enumerate(rows.get(level + 1, ()))}
        ends: list[float] = []
        for point in rows[level]:
            reached = sorted(position[upper] + at for upper, at in graph.above[point])
            count += sum(len(ends) - bisect_right(ends, end) for end in reached)
            for end in reached:
                insort(ends, end)
    return count


def _length(graph: RankedGraph, rows: Mapping[int, Sequence[int]]) -> float:
    """Return how far apart in their rows the ends of edges are."""
    share = {point: (n + 0.5) / len(row) for row in rows.values() for n, point in enumerate(row)}
    return round(sum(abs(share[a] - share[b] - at) for b in graph.below for a, at in graph.below[b]), 6)


# Variables ------------------------------------------------------------------------------------------


def order_in_rows(cell: Cell, row: Mapping[str, int]) -> dict[int, list[str]]:
    """Return the variables of each row, in their order."""
    names = [v.name for v in cell.variables]
    rows: dict[int, list[str]] = {}
    for name in names:
        rows.setdefault(row[name], []).append(name)
    near: dict[str, list[str]] = {name: [] for name in names}
    for link in cell.links:
        if not link.delayed and link.source != link.target:
            near[link.source].append(link.target)
            near[link.target].append(link.source)
    place = centred(rows)
    for sweep in range(_SWEEPS_OF_ROWS):
        for level in sorted(rows, reverse=bool(sweep % 2)):
            members = rows[level]
            wish = {n: sum(place[m] for m in near[n]) / len(near[n]) if near[n] else place[n] for n in members}
            members.sort(key=lambda n, wish=wish: (round(wish[n], 6), names.index(n)))  # type: ignore[misc]
            place.update(centred({level: members}))
    return rows


def centred(rows: Mapping[int, Sequence[str]]) -> dict[str, float]:
    """Return places in the order of the rows, each row around its middle, in slots."""
    return {name: n - (len(members) - 1) / 2 for members in rows.values() for n, name in enumerate(members)}
