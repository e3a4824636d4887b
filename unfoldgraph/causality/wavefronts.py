"""Which order of the indices computes a circuit, from its delays alone.

The nodes are statements. An edge says that one statement reads another and how far apart the two instances are:
one integer per axis, positive where it looks back, negative where it looks ahead. A read that fixes its place, or
that runs over a whole axis, looks any distance away: then the edge has rays, directions in which it may be longer.
A read whose distances are a polyhedron is one edge for each of its vertices, all with its extreme rays.

What makes a circuit computable is a property of its cycles, never of a single edge: a(t) = b(t+1) is no obstacle
where b(t) = a(t-2), because the cycle looks back one step in total. Karp, Miller and Winograd (1967) found the
rule, Darte and Vivien (1997) and Feautrier (1992) the loops that follow from it:

* A direction λ orders a loop if it is positive on the total delay of every cycle and never negative on a ray.
  Then instance i of statement v is computed at time λ·i + ρ(v): the *wavefront*. The lead ρ(v) says how far the
  statement runs ahead of the others, and it is the same thing as retiming a circuit (Leiserson and Saxe 1991).
* Suppose that some cycles, each passed as often as one likes, and some of their rays add up to zero. No λ is
  positive on all of them, for their sum is zero; the best it can be is zero on each. The edges of all such cycles
  are Z. If Z is the whole loop, it is connected: one closed walk passes all of it and comes back to the instance
  where it began, which would have to be computed before itself. Nothing orders that: `NoOrder`.
* Otherwise a λ that is zero on the cycles of Z and positive on all others is an outer loop. One wavefront of it
  holds the connected pieces of Z, and each piece is decided by the same rule, as a loop inside. The λ of nested
  loops are independent, so there are at most as many as there are axes.

A deep network that is read in both directions is of the last kind: within a layer one signal runs forward and
one backward, which no single λ allows; but layer by layer, inside them a loop ahead and a loop back, is an order.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from operator import mul
from typing import Any, Generic, NamedTuple, TypeVar

from unfoldgraph.base.limits import LOOP_AXES
from unfoldgraph.causality.cycles import CyclicGraph, Vector, components
from unfoldgraph.causality.integer_program import Effort, Impossible, LinearSpan, OutOfEffort, Row, smallest
from unfoldgraph.causality.witness import witness

Name = TypeVar("Name", bound=Hashable)


class Dependence(NamedTuple, Generic[Name]):
    """`target` reads `source`, `delay` back: one entry per axis, index of target minus index of source.

    A ray, one entry per axis too, says that the distance may be longer by any multiple of it as well.
    """

    source: Name
    target: Name
    delay: Vector
    rays: tuple[Vector, ...] = ()


@dataclass(frozen=True, slots=True)
class Component(Generic[Name]):
    """Statements that need each other: a loop, or one statement and no loop.

    `members` are in the order in which one wavefront computes them. `vector` is λ, one integer per axis, and
    None where there is no loop; `offsets` are ρ, one per member: instance i of member v is computed at time
    λ·i + ρ(v). `parts` are what one wavefront consists of, in order: single statements, and loops inside.
    """

    members: tuple[Name, ...]
    vector: tuple[int, ...] | None = None
    offsets: tuple[int, ...] = (0,)
    parts: tuple[Component[Name], ...] = ()

    @property
    def recurrent(self) -> bool:
        """Whether the statements depend on themselves."""
        return self.vector is not None


class NoOrder(Exception):
    """No order of the instances computes the circuit.

    `cycles` are closed walks, passed `times` often each: they hang together, and their delays and some of their
    rays add up to zero. So they are one walk from an instance to itself.
    """

    def __init__(self, cycles: Iterable[Sequence[Dependence[Any]]], times: Iterable[int]) -> None:
        super().__init__("no order computes this")
        self.cycles: tuple[tuple[Dependence[Any], ...], ...] = tuple(map(tuple, cycles))
        self.times: tuple[int, ...] = tuple(times)


class TooLarge(Exception):
    """A loop is beyond the limits of the search: it moves along `axes` axes, or it took too many moves.

    `members` are its statements, in the order given.
    """

    def __init__(self, members: Iterable[Any], axes: int) -> None:
        super().__init__("the search for an order is too large")
        self.members: tuple[Any, ...] = tuple(members)
        self.axes = axes


def schedule(nodes: Sequence[Name], edges: Iterable[Dependence[Name]], axes: int) -> list[Component[Name]]:
    """Return the components in an order that computes them, the order written where it is free.

    Of all directions λ it takes the one with the smallest Σ|λ|, then the first in lexicographic order; the
    leads ρ are the least ones that are not negative. Raises `NoOrder` with the cycles that forbid any order, and
    `TooLarge` for a loop that is beyond the limits.

    >>> schedule(["h", "o"], [Dependence("h", "h", (1,)), Dependence("h", "o", (0,))], 1)[0].vector
    (1,)
    >>> [retimed] = schedule(["a", "b"], [Dependence("b", "a", (-1,)), Dependence("a", "b", (2,))], 1)
    >>> retimed.members, retimed.vector, retimed.offsets
    (('b', 'a'), (1,), (0, 1))
    """
    return _OrderSearch(nodes, list(edges), axes).components()


def topological(nodes: Sequence[Name], edges: Iterable[tuple[Name, Name]]) -> list[Name]:
    """Return the nodes, sources first, in the order given wherever the edges leave it free.

    Edges from a node to itself are passed over; other cycles are the caller's to exclude.
    """
    position = {name: number for number, name in enumerate(nodes)}
    following: dict[Name, list[Name]] = {name: [] for name in nodes}
    waiting = dict.fromkeys(nodes, 0)
    for source, target in dict.fromkeys(edges):
        if source != target:
            following[source].append(target)
            waiting[target] += 1
    ready: list[int] = []
    for name in nodes:
        if not waiting[name]:
            heappush(ready, position[name])
    order = []
    while ready:
        name = nodes[heappop(ready)]
        order.append(name)
        for target in following[name]:
            waiting[target] -= 1
            if not waiting[target]:
                heappush(ready, position[target])
    return order


class _OrderSearch(Generic[Name]):
    """The search for an order; inside it statements and edges are their numbers."""

    def __init__(self, nodes: Sequence[Name], edges: Sequence[Dependence[Name]], axes: int) -> None:
        self.nodes = nodes
        self.edges = edges
        self.axes = axes
        self.effort = Effort()
        number = {name: at for at, name in enumerate(nodes)}
        self.ends = [(number[edge.source], number[edge.target]) for edge in edges]

    def components(self) -> list[Component[Name]]:
        """Return the components of the circuit, in order."""
        following: list[list[int]] = [[] for _ in self.nodes]
        for source, target in self.ends:
            following[source].append(target)
        group = components(following)
        inside: dict[int, list[int]] = {}
        for at, (source, target) in enumerate(self.ends):
            if group[source] == group[target]:
                inside.setdefault(group[source], []).append(at)
        members: dict[int, list[int]] = {}
        for node, one in enumerate(group):
            members.setdefault(one, []).append(node)
        order = topological(list(members), ((group[source], group[target]) for source, target in self.ends))
        return [self._component(members[one], inside.get(one, []), ()) for one in order]

    def _component(self, members: Sequence[int], edges: Sequence[int], outer: tuple[Vector, ...]) -> Component[Name]:
        """Return what a strongly connected piece is, inside loops that go along the directions `outer` already."""
        if not edges:
            return Component((self.nodes[members[0]],))
        loop, axes = self._loop(members, edges, outer)
        try:
            if len(axes) > LOOP_AXES:
                raise OutOfEffort
            compact, leads, cycles = _wavefront(loop, self.effort)
            if not any(compact):
                found, times = witness(loop, list(cycles.values()), self.effort)
                raise NoOrder([[self.edges[edges[arc]] for arc in cycle] for cycle in found], times)
        except OutOfEffort:
            raise TooLarge([self.nodes[member] for member in members], len(axes)) from None
        vector = [0] * self.axes
        for axis, entry in zip(axes, compact, strict=True):
            vector[axis] = entry
        parts = self._parts(loop, members, edges, _tight(loop, compact, leads), (*outer, tuple(vector)))
        lead = {self.nodes[member]: leads[at] for at, member in enumerate(members)}
        order = [name for part in parts for name in part.members]
        return Component(tuple(order), tuple(vector), tuple(lead[name] for name in order), tuple(parts))

    def _parts(
        self,
        loop: CyclicGraph,
        members: Sequence[int],
        edges: Sequence[int],
        tight: Sequence[int],
        outer: tuple[Vector, ...],
    ) -> list[Component[Name]]:
        """Return what one wavefront consists of, given the arcs that lie within it."""
        groups = loop.groups(tight)
        part_of = list(range(loop.size))
        inside: dict[int, tuple[list[int], list[int]]] = {}
        for nodes, arcs in groups:
            inside[nodes[0]] = ([members[node] for node in nodes], [edges[arc] for arc in arcs])
            for node in nodes:
                part_of[node] = nodes[0]
        order = topological(
            [node for node, part in enumerate(part_of) if node == part],
            ((part_of[loop.sources[arc]], part_of[loop.targets[arc]]) for arc in tight),
        )
        return [self._component(*inside.get(part, ([members[part]], [])), outer) for part in order]

    def _loop(
        self, members: Sequence[int], edges: Sequence[int], outer: tuple[Vector, ...]
    ) -> tuple[CyclicGraph, tuple[int, ...]]:
        """Return a piece as a graph of its own, over those axes alone that it moves along, and these axes.

        An edge that is longer by a ray along which an outer loop moves crosses to another wavefront of that loop; so
        only the rays are left that no outer loop moves along.
        """
        rays = [
            tuple(ray for ray in self.edges[at].rays if not any(sum(map(mul, way, ray)) for way in outer))
            for at in edges
        ]
        delays = dict.fromkeys(self.edges[at].delay for at in edges)
        ways = dict.fromkeys(ray for some in rays for ray in some)
        axes = tuple(sorted({axis for way in (*delays, *ways) for axis in _moving(way)}))
        compact = {way: tuple(way[axis] for axis in axes) for way in (*delays, *ways)}
        local = {member: at for at, member in enumerate(members)}
        loop = CyclicGraph(
            len(members),
            [local[self.ends[at][0]] for at in edges],
            [local[self.ends[at][1]] for at in edges],
            [compact[self.edges[at].delay] for at in edges],
            [tuple(compact[ray] for ray in some) for some in rays],
        )
        return loop, axes


def _wavefront(loop: CyclicGraph, effort: Effort) -> tuple[Vector, list[int], dict[Vector, list[int]]]:
    """Return λ and ρ of a loop, and the cycles that they were found by, by their totals; λ = 0 if nothing orders it.

    A loop has far too many cycles to look at them all. So this takes λ as the smallest direction for the cycles
    seen so far, none at first; then it looks for a cycle that this λ is wrong about; and so on, until there is
    none (a method of cutting planes). A conflict among the cycles seen is a sum of some of them that is zero:
    these are cycles of Z, from now on λ may be zero on them, and with them on all the space they span.
    """
    axes = len(loop.delays[0])
    rays = [(ray, 0) for ray in sorted({ray for rays in loop.rays for ray in rays})]
    cycles: dict[Vector, list[int]] = {}
    still: set[Vector] = set()
    space = LinearSpan()
    while True:
        rows: list[Row] = [*((total, int(total not in still)) for total in cycles), *rays]
        try:
            vector = smallest(axes, rows, effort)
        except Impossible as conflict:
            for number in conflict.rows:
                total = tuple(rows[number][0])
                still.add(total)
                space.add(total)
            continue
        leads, found = loop.leads(_costs(loop, vector), effort)
        if not found:
            found = loop.outside(loop.groups(_tight(loop, vector, leads)), space, effort)
        if not found:
            return vector, leads, cycles
        for cycle in found:
            cycles.setdefault(loop.total(cycle), cycle)


def _costs(loop: CyclicGraph, vector: Sequence[int]) -> list[int]:
    """Return how many wavefronts each arc looks back."""
    cost = {delay: sum(map(mul, vector, delay)) for delay in set(loop.delays)}
    return [cost[delay] for delay in loop.delays]


def _tight(loop: CyclicGraph, vector: Sequence[int], leads: Sequence[int]) -> list[int]:
    """Return the arcs that lie within one wavefront."""
    ends = zip(loop.sources, loop.targets, _costs(loop, vector), strict=True)
    return [arc for arc, (source, target, cost) in enumerate(ends) if cost + leads[target] == leads[source]]


def _moving(vector: Sequence[int]) -> list[int]:
    """Return the axes on which a vector is not zero."""
    return [axis for axis, entry in enumerate(vector) if entry]
