"""An own layered layout: ranks, an order within them, and places, for a graph without cycles drawn upward.

The steps are those of Sugiyama, with ranks and places that are optimal (see `optimum`). An edge over several ranks
passes each of them at a place of its own, so no edge runs through a node. What flows into a node arrives at its
lower side: in the order of its arguments where that matters, else in the order in which it comes.
"""

from __future__ import annotations

import math
from bisect import bisect_right, insort
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from unfoldgraph.drawing.layout.network_simplex import Spring, optimum

__all__ = ["PORTS", "Block", "Layers", "Wire", "arrange_layers"]

#: The distance of neighbouring arguments on the lower side of a node.
PORTS = 13.0
# The free space between neighbouring nodes, between a node and an edge, and between two edges.
_APART, _BESIDE, _LANE = 15.0, 11.0, 14.0
_SWEEPS = 12
# How much straighter an edge is the more ranks it crosses.
_STRAIGHT = {0: 1, 1: 2, 2: 8}


@dataclass(frozen=True, slots=True)
class Block:
    """A node to be placed.

    Attributes
    ----------
    inputs : How many arguments it has, those that come from elsewhere included.
    ordered : Whether they arrive in their order.
    early, late : The arguments that come from elsewhere, from the left and from the right.
    main : The argument that arrives in the middle, whatever others there are; None for none.
    weight : How much the edges that leave it are to be straight.
    """

    width: float
    height: float
    inputs: int = 0
    ordered: bool = False
    early: tuple[int, ...] = ()
    late: tuple[int, ...] = ()
    main: int | None = None
    weight: int = 3

    def order(self, comes: Callable[[int], float]) -> list[int]:
        """Return the arguments from left to right; ``comes`` says where those come from that are of inner edges."""
        if self.ordered:
            return list(range(self.inputs))
        outer = {*self.early, *self.late}
        inner = sorted((port for port in range(self.inputs) if port not in outer), key=lambda port: (comes(port), port))
        return [*self.early, *inner, *self.late]

    def offsets(self, order: Sequence[int]) -> tuple[float, ...]:
        """Return how far each argument is from the middle, for an order from left to right."""
        found = {port: (n - (len(order) - 1) / 2) * PORTS for n, port in enumerate(order)}
        shift = 0.0 if self.main is None else found.get(self.main, 0.0)
        return tuple(found[port] - shift for port in range(self.inputs))


@dataclass(frozen=True, slots=True)
class Wire:
    """An edge: from a node into an argument of another."""

    source: int
    target: int
    port: int = 0


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


def arrange_layers(
    blocks: Sequence[Block],
    wires: Sequence[Wire],
    ceilings: Mapping[int, int] | None = None,
    hints: Sequence[Wire] = (),
) -> Layers:
    """Return the layout of a graph without cycles.

    Parameters
    ----------
    blocks, wires : The nodes and the edges.
    ceilings : Ranks that some nodes have if possible; the others are as high as they can be.
    hints : Edges that are not drawn, but keep together what they join.

    >>> block = Block(20.0, 20.0)
    >>> arrange_layers([block, block, Block(30.0, 20.0, 2, True)], [Wire(0, 2, 1), Wire(1, 2, 0)]).x
    [35.0, 0.0, 28.5]
    """
    if not blocks:
        return Layers([])
    every = [*wires, *hints]
    ranks = _ranks(blocks, every) if ceilings is None else _hung(blocks, every, ceilings)
    layers = _Arranged(blocks, every, ranks).layers
    return replace(layers, passes=layers.passes[: len(wires)])


def _ranks(blocks: Sequence[Block], wires: Sequence[Wire]) -> list[int]:
    """Return ranks that make the edges as short as possible."""
    springs = [Spring(wire.source, wire.target, 1, blocks[wire.source].weight) for wire in wires]
    return [round(rank) for rank in optimum(len(blocks), springs)]


def _hung(blocks: Sequence[Block], wires: Sequence[Wire], ceilings: Mapping[int, int]) -> list[int]:
    """Return ranks as high as possible, but not above the ceilings; they may be negative."""
    top = max(ceilings.values(), default=0)
    found = [ceilings.get(number, top) for number in range(len(blocks))]
    changed = True
    while changed:
        changed = False
        for wire in wires:
            if found[wire.source] >= found[wire.target]:
                found[wire.source] = found[wire.target] - 1
                changed = True
    return found


class _Arranged:
    """One layout at work: real nodes come first, the places where edges pass ranks after them.

    Attributes
    ----------
    level : The rank of every node and passing place.
    chains : For every edge its ends and the places between them.
    rows : The order within each rank.
    """

    def __init__(self, blocks: Sequence[Block], wires: Sequence[Wire], rank: list[int]) -> None:
        self.blocks = blocks
        self.wires = wires
        self.level = dict(enumerate(rank))
        self.chains: list[list[int]] = []
        for wire in self.wires:
            chain = [wire.source]
            for between in range(rank[wire.source] + 1, rank[wire.target]):
                self.level[len(self.level)] = between
                chain.append(len(self.level) - 1)
            self.chains.append([*chain, wire.target])
        # What is joined in the neighbouring ranks, each with where an edge arrives in the upper of its ends.
        self._below: dict[int, list[tuple[int, float]]] = {point: [] for point in self.level}
        self._above: dict[int, list[tuple[int, float]]] = {point: [] for point in self.level}
        for wire, chain in zip(self.wires, self.chains, strict=True):
            for lower, upper in pairwise(chain):
                at = self._side(wire) if upper == wire.target else 0.0
                self._below[upper].append((lower, at))
                self._above[lower].append((upper, at))
        self.rows = self._order()
        self.layers = self._places(rank)

    # Order ------------------------------------------------------------------------------------------

    def _order(self) -> dict[int, list[int]]:
        """Return the order within each rank that has the fewest crossings."""
        best: tuple[tuple[int, float], dict[int, list[int]]] | None = None
        for rows in (self._first_order(False), self._first_order(True)):
            for sweep in range(_SWEEPS):
                self._exchange(rows)
                cost = (self._crossings(rows), self._length(rows))
                if best is None or cost < best[0]:
                    best = cost, {level: [*row] for level, row in rows.items()}
                self._sweep(rows, upward=bool(sweep % 2))
        assert best is not None
        return best[1]

    def _side(self, wire: Wire) -> float:
        """Return where an edge arrives in its target, from -0.5 to 0.5; in the middle if it may arrive anywhere."""
        block = self.blocks[wire.target]
        return (wire.port + 0.5) / block.inputs - 0.5 if block.ordered else 0.0

    def _first_order(self, mirrored: bool) -> dict[int, list[int]]:
        """Return the order in which the nodes are met on the way down from what nothing reads."""
        rows: dict[int, list[int]] = {}
        seen: set[int] = set()
        tops = [number for number in range(len(self.blocks)) if not self._above[number]]
        for top in tops:
            stack = [top]
            while stack:
                point = stack.pop()
                if point in seen:
                    continue
                seen.add(point)
                rows.setdefault(self.level[point], []).append(point)
                lower = [source for source, _ in self._below[point]]
                stack += lower if mirrored else reversed(lower)
        return rows

    def _sweep(self, rows: dict[int, list[int]], upward: bool) -> None:
        """Sort each rank by where its neighbours of the rank before are in the middle."""
        levels = sorted(rows, reverse=not upward)
        for before, level in pairwise(levels):
            position = {point: float(n) for n, point in enumerate(rows[before])}
            near = self._below if upward else self._above
            wish = {}
            for n, point in enumerate(rows[level]):
                found = sorted(
                    position[other] + (-at if upward else at) for other, at in near[point] if other in position
                )
                # What nothing holds stays where it is in its rank.
                share = n * len(rows[before]) / len(rows[level])
                wish[point] = sum(found) / len(found) if found else share
            rows[level].sort(key=wish.__getitem__)

    def _exchange(self, rows: dict[int, list[int]]) -> None:
        """Exchange neighbours while that takes crossings away."""
        changed = True
        while changed:
            changed = False
            for level in sorted(rows):
                row = rows[level]
                others = {
                    point: float(n) for side in (level - 1, level + 1) for n, point in enumerate(rows.get(side, ()))
                }
                for n in range(len(row) - 1):
                    if self._pair(row[n + 1], row[n], others) < self._pair(row[n], row[n + 1], others):
                        row[n], row[n + 1] = row[n + 1], row[n]
                        changed = True

    def _pair(self, left: int, right: int, others: Mapping[int, float]) -> int:
        """Return how many crossings the edges of two neighbours have."""
        count = 0
        for near, arrives in ((self._below, 0.0), (self._above, 1.0)):
            firsts, seconds = (
                sorted(others[other] + arrives * at for other, at in near[point] if other in others)
                for point in (left, right)
            )
            count += sum(len(firsts) - bisect_right(firsts, second) for second in seconds)
        return count

    def _crossings(self, rows: Mapping[int, Sequence[int]]) -> int:
        """Return how many crossings an order has."""
        count = 0
        for level in rows:
            position = {point: n for n, point in enumerate(rows.get(level + 1, ()))}
            ends: list[float] = []
            for point in rows[level]:
                reached = sorted(position[upper] + at for upper, at in self._above[point])
                count += sum(len(ends) - bisect_right(ends, end) for end in reached)
                for end in reached:
                    insort(ends, end)
        return count

    def _length(self, rows: Mapping[int, Sequence[int]]) -> float:
        """Return how far apart in their rows the ends of edges are."""
        share = {point: (n + 0.5) / len(row) for row in rows.values() for n, point in enumerate(row)}
        return round(sum(abs(share[a] - share[b] - at) for b in self._below for a, at in self._below[b]), 6)

    # Places -----------------------------------------------------------------------------------------

    def _places(self, rank: list[int]) -> Layers:
        """Return the place of every node and of every passing edge."""
        real = len(self.blocks)
        position = {point: n for row in self.rows.values() for n, point in enumerate(row)}
        arrives = {(wire.target, wire.port): n for n, wire in enumerate(self.wires)}
        offsets = []
        for number, block in enumerate(self.blocks):
            order = block.order(lambda port, to=number: position[self.chains[arrives[to, port]][-2]])  # type: ignore[misc]
            offsets.append(block.offsets(order))
        # Arguments are half units apart from the middle: the method counts in such.
        springs: list[Spring] = []
        for row in self.rows.values():
            for left, right in pairwise(row):
                springs.append(Spring(left, right, self._gap(left, right), 0))
        count = anchor = len(self.level)
        # Both ends of an edge are at least so far beyond a point of its own, which costs their distance.
        reach = 4000
        ties: list[tuple[int, int, int, int]] = []
        for wire, chain in zip(self.wires, self.chains, strict=True):
            for lower, upper in pairwise(chain):
                shift = round(2 * offsets[wire.target][wire.port]) if upper == wire.target else 0
                bends = (lower >= real) + (upper >= real)
                ties.append((lower, upper, shift, _STRAIGHT[bends] * self.blocks[wire.source].weight))
        for lower, upper, shift, weight in ties:
            count += 1
            springs += [Spring(count, lower, reach, weight), Spring(count, upper, reach - shift, weight)]
        springs += [Spring(anchor, point, reach, 0) for point in range(anchor)]
        x = self._straightened(optimum(count + 1, springs, centred=True)[:anchor], ties)
        least = min(x)
        x = [(place - least) / 2 for place in x]
        passes = [tuple(x[point] for point in chain[1:-1]) for chain in self.chains]
        return Layers(rank, x[:real], offsets, passes)

    def _straightened(self, x: list[float], ties: Sequence[tuple[int, int, int, int]]) -> list[float]:
        """Return places of the same cost at which more edges are straight: of several optima the middle has bends."""
        held: dict[int, list[tuple[int, float, int]]] = {point: [] for point in self.level}
        for lower, upper, shift, weight in ties:
            held[lower].append((upper, shift, weight))
            held[upper].append((lower, -shift, weight))
        for _ in range(_SWEEPS):
            for row in (self.rows[level] for level in sorted(self.rows)):
                for n, point in enumerate(row):
                    low = x[row[n - 1]] + self._gap(row[n - 1], point) if n else -math.inf
                    high = x[row[n + 1]] - self._gap(point, row[n + 1]) if n + 1 < len(row) else math.inf

                    def cost(at: float, point: int = point) -> tuple[float, int]:
                        apart = [abs(x[other] + shift - at) * weight for other, shift, weight in held[point]]
                        return round(sum(apart), 3), sum(distance > 0.01 for distance in apart)

                    places = [x[point], *(x[other] + shift for other, shift, _ in held[point])]
                    x[point] = min((at for at in places if at == x[point] or low <= at <= high), key=cost)
        return x

    def _gap(self, left: int, right: int) -> int:
        """Return how far apart two neighbours of one rank are."""
        real = len(self.blocks)
        halves = sum(self.blocks[point].width / 2 for point in (left, right) if point < real)
        return round(
            2 * halves + 2 * (_APART if max(left, right) < real else _BESIDE if min(left, right) < real else _LANE)
        )
