"""Statements that need each other, as a small directed graph: its cycles, and how far ahead each statement runs.

What `causality` decides about a loop it decides from sums over cycles. This module finds the cycles: those that
run against a direction (Bellman 1958, Ford 1956, swept in the two directions of Yen 1970), and those that a
direction does not move along (by potentials along a tree). Nodes and arcs are numbers here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from functools import cached_property
from operator import add, sub

from unfoldgraph.causality.integer_program import Effort, LinearSpan

Vector = tuple[int, ...]
ConnectedPart = tuple[list[int], list[int]]
"""The nodes and the arcs of a strongly connected part."""


class CyclicGraph:
    """A strongly connected graph: arc a goes from `sources[a]` to `targets[a]` with `delays[a]` and `rays[a]`."""

    def __init__(
        self,
        size: int,
        sources: list[int],
        targets: list[int],
        delays: list[Vector],
        rays: list[tuple[Vector, ...]],
    ) -> None:
        self.size = size
        self.sources = sources
        self.targets = targets
        self.delays = delays
        self.rays = rays

    def total(self, cycle: Iterable[int]) -> Vector:
        """Return the sum of the delays of some arcs, at least one."""
        return tuple(map(sum, zip(*(self.delays[arc] for arc in cycle), strict=True)))

    def nodes(self, cycle: Iterable[int]) -> list[int]:
        """Return the nodes that some arcs start from."""
        return [self.sources[arc] for arc in cycle]

    @cached_property
    def leaving(self) -> list[list[int]]:
        """The arcs that leave each node."""
        return self.by(self.sources, range(len(self.sources)))

    def by(self, ends: Sequence[int], arcs: Iterable[int]) -> list[list[int]]:
        """Return some arcs by their sources or their targets."""
        found: list[list[int]] = [[] for _ in range(self.size)]
        for arc in arcs:
            found[ends[arc]].append(arc)
        return found

    # How far ahead each statement runs --------------------------------------------------------------

    def leads(self, costs: Sequence[int], effort: Effort) -> tuple[list[int], list[list[int]]]:
        """Return the least leads ρ ≥ 0 with cost + ρ(target) − ρ(source) ≥ 0 on every arc, and [].

        Where there are none, because costs around some cycle add up to less than zero, return such cycles
        instead of [].
        """
        leads = [0] * self.size
        if min(costs) >= 0:
            return leads, []
        came_by = [-1] * self.size
        arcs = [(self.sources[arc], self.targets[arc], costs[arc], arc) for arc in self._sweep]
        while True:
            effort.spend(len(arcs))
            moved = False
            for source, target, cost, arc in arcs:
                if leads[source] - cost > leads[target]:
                    leads[target] = leads[source] - cost
                    came_by[target] = arc
                    moved = True
            if not moved:
                return leads, []
            if found := self._rings(came_by):
                return leads, found

    @cached_property
    def _sweep(self) -> list[int]:
        """The arcs along a depth-first order, then those against it, backward: few sweeps follow any path."""
        rank = [-1] * self.size
        left = self.size
        work = [(0, iter(self.leaving[0]))]
        entered = {0}
        while work:
            node, arcs = work[-1]
            for arc in arcs:
                if (target := self.targets[arc]) not in entered:
                    entered.add(target)
                    work.append((target, iter(self.leaving[target])))
                    break
            else:
                left -= 1
                rank[node] = left
                work.pop()
        order = sorted(range(len(self.sources)), key=lambda arc: rank[self.sources[arc]])
        along = [arc for arc in order if rank[self.sources[arc]] < rank[self.targets[arc]]]
        against = [arc for arc in order if rank[self.sources[arc]] >= rank[self.targets[arc]]]
        return along + against[::-1]

    def _rings(self, came_by: Sequence[int]) -> list[list[int]]:
        """Return the cycles among the arcs by which each node was last reached; there is one at most for each."""
        seen = [-1] * self.size
        found = []
        for start in range(self.size):
            node = start
            while seen[node] < 0 and came_by[node] >= 0:
                seen[node] = start
                node = self.sources[came_by[node]]
            if seen[node] == start and came_by[node] >= 0:
                ring = [came_by[node]]
                while self.sources[ring[-1]] != node:
                    ring.append(came_by[self.sources[ring[-1]]])
                found.append(ring[::-1])
        return found

    # Cycles that a direction does not move along ----------------------------------------------------

    def groups(self, arcs: Sequence[int]) -> list[ConnectedPart]:
        """Return the strongly connected parts that some arcs make, each with an arc at least."""
        if len(arcs) == len(self.sources):
            return [(list(range(self.size)), list(arcs))]
        following: list[list[int]] = [[] for _ in range(self.size)]
        for arc in arcs:
            following[self.sources[arc]].append(self.targets[arc])
        number = components(following)
        inside: dict[int, list[int]] = {}
        for arc in arcs:
            if number[self.sources[arc]] == number[self.targets[arc]]:
                inside.setdefault(number[self.sources[arc]], []).append(arc)
        nodes: dict[int, list[int]] = {one: [] for one in inside}
        for node, one in enumerate(number):
            if one in nodes:
                nodes[one].append(node)
        return [(nodes[one], inside[one]) for one in sorted(inside, key=lambda one: nodes[one][0])]

    def outside(self, groups: Iterable[ConnectedPart], space: LinearSpan, effort: Effort) -> list[list[int]]:
        """Return cycles of the groups whose totals do not lie in a space, some of each group that has any.

        Give each node the total of one path from a root of its group. If on every arc the totals of its two
        ends differ by its delay, up to the space, then all cycles lie in it. If not, the two ways from the
        root over the end of such an arc and back differ by what the arc misses; so one of them lies outside.
        """
        found = []
        for nodes, arcs in groups:
            effort.spend(len(arcs))
            out = self.tree(nodes[0], self.by(self.sources, arcs), self.targets)
            totals = {nodes[0]: (0,) * len(self.delays[arcs[0]])}
            for node, arc in list(out.items())[1:]:
                totals[node] = tuple(map(add, totals[self.sources[arc]], self.delays[arc]))
            missed: dict[Vector, int] = {}
            for arc in arcs:
                ends = map(sub, totals[self.sources[arc]], totals[self.targets[arc]])
                off = tuple(map(add, ends, self.delays[arc]))
                if any(off) and off not in missed and off not in space:
                    missed[off] = arc
                    if len(missed) > len(off):
                        break
            if missed:
                back = self.tree(nodes[0], self.by(self.targets, arcs), self.sources)
                for arc in missed.values():
                    found += [ring for ring in self.around(arc, out, back) if self.total(ring) not in space]
                    found += [ring for ring in self.over(self.targets[arc], out, back) if self.total(ring) not in space]
        return found

    def tree(self, root: int, by: Sequence[Sequence[int]], ends: Sequence[int]) -> dict[int, int]:
        """Return the arc that a shortest path takes to each node, nearest first, and -1 for the root.

        With the arcs by their targets and their sources as the ends, it is the path from the node to the root.
        """
        came_by = {root: -1}
        queue = deque([root])
        while queue:
            for arc in by[queue.popleft()]:
                if ends[arc] not in came_by:
                    came_by[ends[arc]] = arc
                    queue.append(ends[arc])
        return came_by

    def over(self, node: int, out: dict[int, int], back: dict[int, int]) -> list[list[int]]:
        """Return the simple cycles of the walk from a root out to a node and back."""
        return self._simple(self._out(node, out) + self._back(node, back))

    def around(self, arc: int, out: dict[int, int], back: dict[int, int]) -> list[list[int]]:
        """Return the simple cycles of the walk from a root out to an arc, along it and back."""
        return self._simple([*self._out(self.sources[arc], out), arc, *self._back(self.targets[arc], back)])

    def _out(self, node: int, came_by: dict[int, int]) -> list[int]:
        path = []
        while (arc := came_by[node]) >= 0:
            path.append(arc)
            node = self.sources[arc]
        return path[::-1]

    def _back(self, node: int, goes_by: dict[int, int]) -> list[int]:
        path = []
        while (arc := goes_by[node]) >= 0:
            path.append(arc)
            node = self.targets[arc]
        return path

    def _simple(self, walk: Sequence[int]) -> list[list[int]]:
        """Return the simple cycles that a closed walk consists of."""
        found = []
        path: list[int] = []
        place = {self.sources[walk[0]]: 0} if walk else {}
        for arc in walk:
            path.append(arc)
            target = self.targets[arc]
            if target in place:
                ring = path[place[target] :]
                del path[place[target] :]
                for passed in ring[1:]:
                    del place[self.sources[passed]]
                found.append(ring)
            else:
                place[target] = len(path)
        return found


def components(following: Sequence[Sequence[int]]) -> list[int]:
    """Return the number of the strongly connected component of each node (Tarjan 1972, with a stack of our own).

    >>> components([[1], [0, 2], []])
    [1, 1, 0]
    """
    size = len(following)
    entered = [-1] * size
    lowest = [0] * size
    number = [-1] * size
    path: list[int] = []
    clock = found = 0
    for root in range(size):
        if entered[root] >= 0:
            continue
        work = [(root, iter(following[root]))]
        entered[root] = lowest[root] = clock
        clock += 1
        path.append(root)
        while work:
            node, targets = work[-1]
            for target in targets:
                if entered[target] < 0:
                    entered[target] = lowest[target] = clock
                    clock += 1
                    path.append(target)
                    work.append((target, iter(following[target])))
                    break
                if number[target] < 0 and entered[target] < lowest[node]:
                    lowest[node] = entered[target]
            else:
                work.pop()
                if work:
                    above = work[-1][0]
                    lowest[above] = min(lowest[above], lowest[node])
                if lowest[node] == entered[node]:
                    while number[node] < 0:
                        number[path.pop()] = found
                    found += 1
    return number
