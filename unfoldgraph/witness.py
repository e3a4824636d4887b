"""The cycles that show that no order exists: few, short, and the same every time.

In a loop that nothing orders some cycles, passed often enough, come back to the instance where they began. Best
is a single cycle that does so alone; else a few that hang together; and if looking for those takes too long, the
ones by which the loop was decided, joined by walks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, combinations, islice
from operator import add
from typing import NamedTuple

from unfoldgraph.limits import SEARCHED_NODES, WITNESS_CYCLES, WITNESS_SETS
from unfoldgraph.linear import Effort, Impossible, Row, smallest
from unfoldgraph.loops import Loop, Vector

Cycle = list[int]
"""The numbers of its arcs, in order."""


def witness(loop: Loop, known: Sequence[Cycle], effort: Effort) -> tuple[list[Cycle], tuple[int, ...]]:
    """Return cycles that together come back to where they began, and how often each is passed.

    `known` are the cycles among which it was found that nothing orders the loop.
    """
    alone, others = _short_cycles(loop)
    if alone:
        return [_turned(loop, alone)], (1,)
    pool = {tuple(cycle): cycle for cycle in map(partial(_turned, loop), [*others, *known])}
    short = sorted(pool.values(), key=lambda cycle: (len(cycle), loop.nodes(cycle)))[:WITNESS_CYCLES]
    sets = chain.from_iterable(combinations(short, size) for size in range(1, len(loop.delays[0]) + 2))
    for some in islice(sets, WITNESS_SETS):
        if times := _times(loop, some, effort):
            return list(some), times
    return _joined(loop, known, effort)


def _short_cycles(loop: Loop) -> tuple[Cycle, list[Cycle]]:
    """Return the first shortest cycle that comes back to its instance, [] if none was found, and short others.

    From each node it goes breadth first over the later nodes; walks that have come to the same node with the same
    total and the same rays are one. In large loops it stops before all is seen.
    """
    masks = [_mask(rays) for rays in loop.rays]
    leaving = [sorted(arcs, key=lambda arc: loop.targets[arc]) for arcs in loop.leaving]
    best: Cycle = []
    others: dict[tuple[Vector, int], Cycle] = {}
    left = SEARCHED_NODES
    for start in range(loop.size):
        search = _Walks(loop, leaving, masks, start)
        for walk in search.closed(len(best), min(left, SEARCHED_NODES // 4)):
            key = search.walks[walk][1:3]
            if _comes_back(*key):
                best = search.path(walk)
                break
            if key not in others or len(others[key]) > search.walks[walk].length:
                others[key] = search.path(walk)
        left -= search.moves
        if left < 0 or len(best) == 1:
            break
    return best, list(others.values())


class _Walk(NamedTuple):
    """A walk, as one arc more than another walk; `mask` tells the rays that may be passed."""

    node: int
    total: Vector
    mask: int
    before: int
    arc: int
    length: int


class _Walks:
    """The walks from one node over itself and later nodes, nearest first, none through a node twice."""

    def __init__(self, loop: Loop, leaving: Sequence[Sequence[int]], masks: Sequence[int], start: int) -> None:
        self.loop = loop
        self.leaving = leaving
        self.masks = masks
        self.start = start
        self.walks = [_Walk(start, (0,) * len(loop.delays[0]), 0, -1, -1, 0)]
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
                total, mask = _free(tuple(map(add, walk.total, self.loop.delays[arc])), walk.mask | self.masks[arc])
                key = (node, total, mask)
                # Where the node was not passed by any walk, it was not by this one.
                if key in seen or (node in passed and node in self._nodes(number)):
                    continue
                seen.add(key)
                self.walks.append(_Walk(*key, number, arc, walk.length + 1))
                if node == self.start:
                    yield len(self.walks) - 1
                else:
                    passed.add(node)

    def path(self, number: int) -> Cycle:
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


def _mask(rays: Iterable[tuple[int, int]]) -> int:
    """Return the rays as the bits of a number: bit 2·axis for backward, the next for forward."""
    return sum(1 << (2 * axis + (sign > 0)) for axis, sign in set(rays))


def _free(total: Vector, mask: int) -> tuple[Vector, int]:
    """Return a total with 0 where rays both ways make it any number."""
    if mask:
        total = tuple(0 if mask >> (2 * axis) & 3 == 3 else entry for axis, entry in enumerate(total))
    return total, mask


def _comes_back(total: Vector, mask: int) -> bool:
    """Say whether a total and multiples of its rays can add up to zero."""
    return all(not entry or mask >> (2 * axis + (entry < 0)) & 1 for axis, entry in enumerate(total))


def _times(loop: Loop, cycles: Sequence[Cycle], effort: Effort) -> tuple[int, ...]:
    """Return how often to pass each of some cycles to come back in total, () if they cannot or hang not together."""
    totals = [loop.total(cycle) for cycle in cycles]
    mask = _mask(ray for cycle in cycles for arc in cycle for ray in loop.rays[arc])
    rows: list[Row] = [([int(at == one) for at in range(len(cycles))], 1) for one in range(len(cycles))]
    for axis, entries in enumerate(zip(*totals, strict=True)):
        backward, forward = mask >> (2 * axis) & 1, mask >> (2 * axis + 1) & 1
        # A quick look first, for most sets fail it: without a ray that helps, the entries must differ in sign.
        if (not forward and min(entries) < 0 and max(entries) <= 0) or (
            not backward and max(entries) > 0 and min(entries) >= 0
        ):
            return ()
        rows += [(entries, 0)] * (not forward) + [([-entry for entry in entries], 0)] * (not backward)
    if not _hang_together(loop, cycles):
        return ()
    try:
        return smallest(len(cycles), rows, effort)
    except Impossible:
        return ()


def _hang_together(loop: Loop, cycles: Sequence[Cycle]) -> bool:
    """Say whether one can walk from each cycle to each other over nodes that cycles share."""
    first, *apart = [set(loop.nodes(cycle)) for cycle in cycles]
    while joined := [nodes for nodes in apart if nodes & first]:
        apart = [nodes for nodes in apart if not nodes & first]
        first = first.union(*joined)
    return not apart


def _joined(loop: Loop, known: Sequence[Cycle], effort: Effort) -> tuple[list[Cycle], tuple[int, ...]]:
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


def _turned(loop: Loop, cycle: Cycle) -> Cycle:
    """Return a cycle from its first node on; if it has rays, from the first node that is reached over one."""
    _, last = min((not loop.rays[arc], loop.targets[arc], at) for at, arc in enumerate(cycle))[1:]
    return cycle[last + 1 :] + cycle[: last + 1]
