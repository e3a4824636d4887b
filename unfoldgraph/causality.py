"""Which order of the indices computes a circuit, from its delays alone.

The nodes are statements. An edge says that one statement reads another, with one entry per axis: the
number of steps it looks back, or None where the read fixes the place or runs over all of it. What makes a
circuit computable is a property of its cycles, never of a single edge: on one axis every cycle must have a
positive total delay and no edge that reads all of the axis (Karp, Miller and Winograd 1967).

This module knows one axis and delays of zero or more; then a cycle without a delay is the only obstacle.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any, Generic, NamedTuple, TypeVar

from unfoldgraph.limits import SEARCHED_NODES

Name = TypeVar("Name", bound=Hashable)


class Edge(NamedTuple, Generic[Name]):
    """`target` reads `source` as many steps back as `delay` says, one entry per axis; None reads it all."""

    source: Name
    target: Name
    delay: tuple[int | None, ...]

    @property
    def instant(self) -> bool:
        """Whether no step lies between the two."""
        return not any(self.delay)


@dataclass(frozen=True, slots=True)
class Component(Generic[Name]):
    """Statements that need each other: a loop over the steps, or one statement and no loop.

    `members` are in the order in which one step computes them.
    """

    members: tuple[Name, ...]
    recurrent: bool


class NoOrder(Exception):
    """No order of the steps computes the circuit; `cycle` is a closed walk that shows it."""

    def __init__(self, cycle: Sequence[Edge[Any]]) -> None:
        super().__init__("no order computes this")
        self.cycle: tuple[Edge[Any], ...] = tuple(cycle)


def schedule(nodes: Sequence[Name], edges: Iterable[Edge[Name]]) -> list[Component[Name]]:
    """Return the components in an order that computes them, the order written where it is free.

    Raises `NoOrder` with the first shortest cycle, in the order of `nodes`, that forbids any order.

    >>> [c.members for c in schedule(["h", "o"], [Edge("h", "h", (1,)), Edge("h", "o", (0,))])]
    [('h',), ('o',)]
    """
    edges = list(edges)
    group = {name: number for number, members in enumerate(_components(nodes, edges)) for name in members}
    inside: dict[int, list[Edge[Name]]] = {}
    for edge in edges:
        if group[edge.source] == group[edge.target]:
            inside.setdefault(group[edge.source], []).append(edge)
    members_of: dict[int, list[Name]] = {}
    for name in nodes:
        members_of.setdefault(group[name], []).append(name)
    groups = topological(list(members_of), ((group[edge.source], group[edge.target]) for edge in edges))
    found = []
    for number in groups:
        loop = inside.get(number, [])
        # A read of a whole axis inside its own loop needs values that do not exist yet, whatever the
        # delays on the way back; it counts as instant, and so does a read without delay.
        obstacles = [edge for edge in loop if edge.instant or None in edge.delay]
        if cycle := _shortest_cycle(members_of[number], loop, obstacles):
            raise NoOrder(cycle)
        order = topological(members_of[number], ((edge.source, edge.target) for edge in obstacles))
        found.append(Component(tuple(order), bool(loop)))
    return found


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


def _shortest_cycle(
    nodes: Sequence[Name], loop: Sequence[Edge[Name]], obstacles: Sequence[Edge[Name]]
) -> list[Edge[Name]]:
    """Return a shortest cycle that forbids any order, [] if there is none.

    A cycle of instant edges does, and so does any cycle through an edge that reads a whole axis. In very
    large loops the search stops at a cycle that is perhaps not the shortest.
    """
    best: list[Edge[Name]] = []
    any_way = _following(loop)
    at_once = _following([edge for edge in obstacles if edge.instant and None not in edge.delay])
    rank = {name: number for number, name in enumerate(nodes)}
    effort = SEARCHED_NODES
    for first in sorted(obstacles, key=lambda edge: (rank[edge.target], rank[edge.source])):
        path, seen = _path(first.target, first.source, any_way if None in first.delay else at_once)
        effort -= seen
        if path is not None and (not best or len(path) + 1 < len(best)):
            best = [*path, first]
        if len(best) == 1 or (best and effort < 0):
            break
    return best


def _following(edges: Iterable[Edge[Name]]) -> dict[Name, list[Edge[Name]]]:
    """Return the edges by their source."""
    found: dict[Name, list[Edge[Name]]] = {}
    for edge in edges:
        found.setdefault(edge.source, []).append(edge)
    return found


def _path(start: Name, goal: Name, following: dict[Name, list[Edge[Name]]]) -> tuple[list[Edge[Name]] | None, int]:
    """Return a shortest path of edges, [] from a node to itself, None where there is none; and the nodes seen."""
    came_by: dict[Name, Edge[Name] | None] = {start: None}
    queue = deque([start])
    while queue and goal not in came_by:
        for edge in following.get(queue.popleft(), []):
            if edge.target not in came_by:
                came_by[edge.target] = edge
                queue.append(edge.target)
    if goal not in came_by:
        return None, len(came_by)
    path = []
    while (step := came_by[goal]) is not None:
        path.append(step)
        goal = step.source
    return path[::-1], len(came_by)


def _components(nodes: Sequence[Name], edges: Sequence[Edge[Name]]) -> list[list[Name]]:
    """Return the strongly connected components (Tarjan 1972, with a stack of our own)."""
    following: dict[Name, list[Name]] = {name: [] for name in nodes}
    for edge in edges:
        following[edge.source].append(edge.target)
    entered: dict[Name, int] = {}
    lowest: dict[Name, int] = {}
    path: list[Name] = []
    on_path: set[Name] = set()
    found = []
    for root in nodes:
        if root in entered:
            continue
        work = [(root, iter(following[root]))]
        entered[root] = lowest[root] = len(entered)
        path.append(root)
        on_path.add(root)
        while work:
            name, targets = work[-1]
            for target in targets:
                if target not in entered:
                    entered[target] = lowest[target] = len(entered)
                    path.append(target)
                    on_path.add(target)
                    work.append((target, iter(following[target])))
                    break
                if target in on_path:
                    lowest[name] = min(lowest[name], entered[target])
            else:
                work.pop()
                if work:
                    lowest[work[-1][0]] = min(lowest[work[-1][0]], lowest[name])
                if lowest[name] == entered[name]:
                    cut = path.index(name)
                    found.append(path[cut:])
                    on_path.difference_update(path[cut:])
                    del path[cut:]
    return found
