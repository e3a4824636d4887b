"""The cycles that show that no order exists: few, short, and the same every time.

In a loop that nothing orders some cycles, passed often enough, come back to the instance where they began. Best
is a single cycle that does so alone; else a few that hang together; and if looking for those takes too long, the
ones by which the loop was decided, joined by walks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain, combinations, islice
from operator import add
from typing import NamedTuple

from unfoldgraph.base.limits import SEARCHED_NODES, WITNESS_CYCLES, WITNESS_SETS
from unfoldgraph.causality.cycles import CyclicGraph, Vector
from unfoldgraph.causality.integer_program import Effort, Impossible, Row, smallest

ArcCycle = list[int]
"""The numbers of its arcs, in order."""


def witness(loop: CyclicGraph, known: Sequence[ArcCycle], effort: Effort) -> tuple[list[ArcCycle], tuple[int, ...]]:
    """Return cycles that together come back to where they began, and how often each is passed.

    `known` are the cycles among which it was found that nothing orders the loop.
    """
    alone, times_alone, others = _short_cycles(loop, effort)
    if alone:
        return [_turned(loop, alone)], (times_alone,)
    pool = {tuple(cycle): cycle for cycle in map(partial(_turned, loop), [*others, *known])}
    short = sorted(pool.values(), key=lambda cycle: (len(cycle), loop.nodes(cycle)))[:WITNESS_CYCLES]
    sets = chain.from_iterable(combinations(short, size) for size in range(1, len(loop.delays[0]) + 2))
    for some in islice(sets, WITNESS_SETS):
        if times := _times(loop, some, effort):
            return list(some), times
    return _joined(loop, known, effort)


def _short_cycles(loop: CyclicGraph, effort: Effort) -> tuple[ArcCycle, int, list[ArcCycle]]:
    """Return the first shortest cycle that comes back to its instance, how often it is passed then, and short others.

    The cycle is [] if none was found.

    From each node it goes breadth first over the later nodes; walks that have come to the same node with the same
    total and the same rays are one. In large loops it stops before all is seen.
    """
    rays = _Rays(loop, effort)
    leaving = [sorted(arcs, key=lambda arc: loop.targets[arc]) for arcs in loop.leaving]
    best: ArcCycle = []
    times = 0
    others: dict[tuple[Vector, int], ArcCycle] = {}
    left = SEARCHED_NODES
    for start in range(loop.size):
        search = _Walks(loop, leaving, rays, start)
        for walk in search.closed(len(best), min(left, SEARCHED_NODES // 4)):
            key = search.walks[walk][1:3]
            if found := rays.times(*key):
                best, times = search.path(walk), found
                break
            if key not in others or len(others[key]) > search.walks[walk].length:
                others[key] = search.path(walk)
        left -= search.moves
        if left < 0 or len(best) == 1:
            break
    return best, times, list(others.values())


class _ArcWalk(NamedTuple):
    """A walk, as one arc more than another walk; `mask` tells the rays that may be passed."""

    node: int
    total: Vector
    mask: int
    before: int
    arc: int
    length: int


class _Walks:
    """The walks from one node over itself and later nodes, nearest first, none through a node twice."""

    def __init__(self, loop: CyclicGraph, leaving: Sequence[Sequence[int]], rays: _Rays, start: int) -> None:
        self.loop = loop
        self.leaving = leaving
        self.rays = rays
        self.start = start
        self.walks = [_ArcWalk(start, (0,) * len(loop.delays[0]), 0, -1, -1, 0)]
        self.moves = 0

    def closed(self, shorter_than: int, moves: int) -> Iterator[int]:
        """Give the numbers of walks that have come back to the start; `shorter_than` 0 is no bound."""
        seen: set[tuple[int, Vector, int]] = set()
        passed: set[int] = set()
        for number, walk in enumerate(self.walks):
            if self.moves > moves or walk.length + 1 == shorter_than:
                return
            if walk.length and walk.node == self.start:
                continue
            for arc in self.leaving[walk.node]:
                node = self.loop.targets[arc]
                if node < self.start:
                    continue
                self.moves += 1
                total = tuple(map(add, walk.total, self.loop.delays[arc]))
                total, mask = self.rays.reduced(total, walk.mask | self.rays.masks[arc])
                key = (node, total, mask)
                # Where the node was not passed by any walk, it was not by this one.
                if key in seen or (node in passed and node in self._nodes(number)):
                    continue
                seen.add(key)
                self.walks.append(_ArcWalk(*key, number, arc, walk.length + 1))
                if node == self.start:
                    yield len(self.walks) - 1
                else:
                    passed.add(node)

    def path(self, number: int) -> ArcCycle:
        """Return the arcs of a walk."""
        found = []
        while (walk := self.walks[number]).before >= 0:
            found.append(walk.arc)
            number = walk.before
        return found[::-1]

    def _nodes(self, number: int) -> Iterator[int]:
        """Give the nodes of a walk, without the start."""
        while (walk := self.walks[number]).before >= 0:
            self.moves += 1
            yield walk.node
            number = walk.before


class _Rays:
    """The rays of a loop as the bits of numbers, its masks; and what totals they bring back to zero."""

    def __init__(self, loop: CyclicGraph, effort: Effort) -> None:
        self.effort = effort
        self.all = list(dict.fromkeys(ray for rays in loop.rays for ray in rays))
        bit = {ray: 1 << number for number, ray in enumerate(self.all)}
        self.masks = [sum(bit[ray] for ray in set(rays)) for rays in loop.rays]
        #: Along these axes one moves freely, by rays both ways.
        self._lines = []
        for axis in range(len(loop.delays[0])):
            ahead = tuple(int(at == axis) for at in range(len(loop.delays[0])))
            both = bit.get(ahead, 0), bit.get(tuple(-entry for entry in ahead), 0)
            if all(both):
                self._lines.append((axis, sum(both)))
        self._known: dict[tuple[Vector, int], int] = {}

    def reduced(self, total: Vector, mask: int) -> tuple[Vector, int]:
        """Return a total with 0 where rays both ways along an axis make it any number."""
        free = [axis for axis, both in self._lines if mask & both == both]
        if free:
            total = tuple(0 if axis in free else entry for axis, entry in enumerate(total))
        return total, mask

    def times(self, total: Vector, mask: int) -> int:
        """Return how often to take a total to make zero with multiples of some rays; 0 for never."""
        if not any(total):
            return 1
        if not mask:
            return 0
        key = total, mask
        if key not in self._known:
            some = [ray for number, ray in enumerate(self.all) if mask >> number & 1]
            (self._known[key],) = _multiples([total], some, self.effort) or (0,)
        return self._known[key]


def _times(loop: CyclicGraph, cycles: Sequence[ArcCycle], effort: Effort) -> tuple[int, ...]:
    """Return how often to pass each of some cycles to come back in total, () if they cannot or hang not together."""
    rays = dict.fromkeys(ray for cycle in cycles for arc in cycle for ray in loop.rays[arc])
    if not _hang_together(loop, cycles):
        return ()
    return _multiples([loop.total(cycle) for cycle in cycles], list(rays), effort)


def _multiples(totals: Sequence[Vector], rays: Sequence[Vector], effort: Effort) -> tuple[int, ...]:
    """Return how often to take each total, at least once, to make zero with multiples of rays; () for never."""
    count = len(totals) + len(rays)
    rows: list[Row] = [([int(at == one) for at in range(count)], int(one < len(totals))) for one in range(count)]
    for axis in range(len(totals[0])):
        entries = [way[axis] for way in (*totals, *rays)]
        # A quick look first, for most sets fail it: the entries must differ in sign.
        if min(entries) * max(entries) >= 0 and any(total[axis] for total in totals):
            return ()
        rows += [(entries, 0), ([-entry for entry in entries], 0)]
    try:
        return smallest(count, rows, effort)[: len(totals)]
    except Impossible:
        return ()


def _hang_together(loop: CyclicGraph, cycles: Sequence[ArcCycle]) -> bool:
    """Say whether one can walk from each cycle to each other over nodes that cycles share."""
    first, *apart = [set(loop.nodes(cycle)) for cycle in cycles]
    while joined := [nodes for nodes in apart if nodes & first]:
        apart = [nodes for nodes in apart if not nodes & first]
        first = first.union(*joined)
    return not apart


def _joined(loop: CyclicGraph, known: Sequence[ArcCycle], effort: Effort) -> tuple[list[ArcCycle], tuple[int, ...]]:
    """Return cycles among those known and walks that join them, none of which can be left out.

    The known cycles span all that cycles of the loop can add up to, in both directions of it; so what the joining
    walks add they can take back, and with every ray in use they do come back in total.
    """
    out = loop.tree(0, loop.leaving, loop.targets)
    back = loop.tree(0, loop.by(loop.targets, range(len(loop.targets))), loop.sources)
    carriers = {ray: arc for arc, rays in reversed(list(enumerate(loop.rays))) for ray in rays}
    found = list(known)
    for cycle in known:
        found += loop.over(loop.sources[cycle[0]], out, back)
    for arc in [loop.leaving[0][0], *(carriers[ray] for ray in sorted(carriers))]:
        found += loop.around(arc, out, back)
    unique = {tuple(cycle): cycle for cycle in map(partial(_turned, loop), found)}
    cycles = sorted(unique.values(), key=lambda cycle: (len(cycle), loop.nodes(cycle)))
    times = _times(loop, cycles, effort)
    for cycle in cycles[::-1]:
        fewer = [one for one in cycles if one is not cycle]
        if fewer and (enough := _times(loop, fewer, effort)):
            cycles, times = fewer, enough
    return cycles, times


def _turned(loop: CyclicGraph, cycle: ArcCycle) -> ArcCycle:
    """Return a cycle from its first node on; if it has rays, from the first node that is reached over one."""
    _, last = min((not loop.rays[arc], loop.targets[arc], at) for at, arc in enumerate(cycle))[1:]
    return cycle[last + 1 :] + cycle[: last + 1]
