"""The first phase of a layered layout: on which rank everything stands.

The operations of a step stand on ranks that make their edges as short as possible. Its variables stand in rows: by the
longest paths of the delay-free graph, inputs at the bottom, and what would be in the way of lines of time moved apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from unfoldgraph.drawing.graphs.rolled import Cell, Link, reaches
from unfoldgraph.drawing.layout.network_simplex import Spring, optimum

__all__ = ["PORTS", "RankedGraph", "Vertex", "Wire", "hung_ranks", "rows_of", "shortest_ranks"]

#: The distance of neighbouring arguments on the lower side of a node.
PORTS = 13.0


@dataclass(frozen=True, slots=True)
class Vertex:
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


class RankedGraph:
    """Nodes and edges on their ranks: real nodes come first, the places where edges pass ranks after them.

    Attributes
    ----------
    vertices, wires : The nodes and the edges.
    rank : The rank of every node.
    level : The rank of every node and passing place.
    chains : For every edge its ends and the places between them.
    below, above : What each is joined to in the neighbouring ranks, each with where an edge arrives in the upper of
        its ends: from -0.5 to 0.5; in the middle if it may arrive anywhere.
    """

    def __init__(self, vertices: Sequence[Vertex], wires: Sequence[Wire], rank: list[int]) -> None:
        self.vertices = vertices
        self.wires = wires
        self.rank = rank
        self.level = dict(enumerate(rank))
        self.chains: list[list[int]] = []
        for wire in self.wires:
            chain = [wire.source]
            for between in range(rank[wire.source] + 1, rank[wire.target]):
                self.level[len(self.level)] = between
                chain.append(len(self.level) - 1)
            self.chains.append([*chain, wire.target])
        self.below: dict[int, list[tuple[int, float]]] = {point: [] for point in self.level}
        self.above: dict[int, list[tuple[int, float]]] = {point: [] for point in self.level}
        for wire, chain in zip(self.wires, self.chains, strict=True):
            for lower, upper in pairwise(chain):
                at = self._side(wire) if upper == wire.target else 0.0
                self.below[upper].append((lower, at))
                self.above[lower].append((upper, at))

    def _side(self, wire: Wire) -> float:
        vertex = self.vertices[wire.target]
        return (wire.port + 0.5) / vertex.inputs - 0.5 if vertex.ordered else 0.0


# Operations -----------------------------------------------------------------------------------------


def shortest_ranks(vertices: Sequence[Vertex], wires: Sequence[Wire]) -> list[int]:
    """Return ranks that make the edges as short as possible."""
    springs = [Spring(wire.source, wire.target, 1, vertices[wire.source].weight) for wire in wires]
    return [round(rank) for rank in optimum(len(vertices), springs)]


def hung_ranks(vertices: Sequence[Vertex], wires: Sequence[Wire], ceilings: Mapping[int, int]) -> list[int]:
    """Return ranks as high as possible, but not above the ceilings; they may be negative."""
    top = max(ceilings.values(), default=0)
    found = [ceilings.get(number, top) for number in range(len(vertices))]
    changed = True
    while changed:
        changed = False
        for wire in wires:
            if found[wire.source] >= found[wire.target]:
                found[wire.source] = found[wire.target] - 1
                changed = True
    return found


# Variables ------------------------------------------------------------------------------------------


def rows_of(cell: Cell) -> dict[str, int]:
    """Return the row of each variable."""
    flat = _flat(cell)
    inputs = {v.name for v in cell.variables if v.role == "input"}
    floor = 1 if inputs else 0
    row = {v.name: 0 if v.name in inputs else floor for v in cell.variables}
    # Longest paths, by relaxation in topological order (the list is acyclic by construction).
    for _ in range(len(cell.variables)):
        changed = False
        for link in flat:
            least = row[link.source] + 1
            if link.target not in inputs and row[link.target] < least:
                row[link.target] = least
                changed = True
        if not changed:
            break
    _one_recurrence_a_row(cell, flat, row, inputs)
    _sink(cell, flat, row, inputs)
    # A total over the steps stands above everything, so the top row is that of the steps.
    top = max((row[v.name] for v in cell.variables if v.axes), default=max(row.values()))
    _totals_apart(cell, row)
    lines = {row[k.source] for k in cell.links if k.delayed and row[k.source] == row[k.target]}
    for name in sorted(inputs, key=[v.name for v in cell.variables].index):
        readers = [link.target for link in cell.links if link.source == name and link.target != name]
        if not readers:
            continue
        # An input that only the top row reads stands above it, unless it is the foot of its reader.
        others = {link.source for link in flat if link.target in readers and link.source != name}
        feet = {link.source for link in flat if link.target in readers and link.source in inputs}
        supported = bool(others - inputs) or any(min(row[r] for r in readers) > floor for _ in feet)
        below = max(0, min(row[r] for r in readers) - 1)
        # What belongs to no step may stand above what belongs to none either.
        highest = top if cell.variable(name).axes else max(row.values())
        if all(row[r] == highest for r in readers) and supported and highest > floor and highest == max(row.values()):
            row[name] = highest + 1
        elif below in lines and below + 1 not in lines and supported:
            # Below it would stand in the way of a line of time; beside its reader it does not.
            row[name] = below + 1
        else:
            row[name] = below
    _values_apart(cell, row)
    used = sorted(set(row.values()))
    return {name: used.index(level) for name, level in row.items()}


def _flat(cell: Cell) -> list[Link]:
    """Return the delay-free links, without those that would close a cycle (fixed reads can)."""
    result: list[Link] = []
    after: dict[str, set[str]] = {v.name: set() for v in cell.variables}
    for link in cell.links:
        if link.delayed or link.source == link.target or reaches(after, link.target, link.source):
            continue
        after[link.source].add(link.target)
        result.append(link)
    return result


def _values_apart(cell: Cell, row: dict[str, int]) -> None:
    """Put values that steps read, and that read no step, below all rows, where they would stand among the steps."""
    steps = [variable.name for variable in cell.variables if variable.axes]
    values = [variable.name for variable in cell.variables if not variable.axes]
    taken = {row[name] for name in steps}
    # How far below the steps each belongs: one row below what reads it.
    below: dict[str, int] = {}
    for _ in values:
        for name in values:
            reads = {link.source for link in cell.links if link.target == name}
            readers = {link.target for link in cell.links if link.source == name}
            depths = [below[reader] for reader in readers if reader in below]
            if reads.isdisjoint(steps) and (depths or readers.intersection(steps)):
                below[name] = max(depths, default=0) + 1
    if any(row[name] in taken for name in below):
        lowest = min(row.values())
        row.update({name: lowest - depth for name, depth in below.items()})


def _totals_apart(cell: Cell, row: dict[str, int]) -> None:
    """Lift what belongs to all steps above all rows of the steps, where it would stand among them."""
    for variable in cell.variables:
        name = variable.name
        reads = {link.read for link in cell.links if link.target == name}
        is_read = any(link.source == name for link in cell.links)
        if (
            not variable.axes
            and "all" in reads
            and not is_read
            and any(row[other.name] == row[name] for other in cell.variables if other.axes)
        ):
            row[name] = max(row.values()) + 1


def _one_recurrence_a_row(cell: Cell, flat: list[Link], row: dict[str, int], inputs: set[str]) -> None:
    """Move apart variables that both carry something along one row from step to step.

    Two lines of time in one row would run through each other's nodes.
    """
    carriers = [
        v.name
        for v in cell.variables
        if v.name not in inputs and any(k.delayed and k.source == v.name and k.target not in inputs for k in cell.links)
    ]
    for _ in range(len(carriers) ** 2):
        clash = next(
            (
                later
                for n, later in enumerate(carriers)
                for earlier in carriers[:n]
                if row[earlier] == row[later] and _share_line(cell, earlier, later)
            ),
            None,
        )
        if clash is None:
            return
        row[clash] += 1
        for _ in cell.variables:
            for link in flat:
                if link.target not in inputs and row[link.target] <= row[link.source]:
                    row[link.target] = row[link.source] + 1


def _share_line(cell: Cell, one: str, other: str) -> bool:
    pairs = {(k.source, k.target) for k in cell.links if k.delayed}
    return bool({(one, one), (one, other)} & pairs) and bool({(other, other), (other, one)} & pairs)


def _sink(cell: Cell, flat: list[Link], row: dict[str, int], inputs: set[str]) -> None:
    """Raise what nothing supports towards what reads it: edges get shorter."""
    for variable in cell.variables:
        name = variable.name
        if name in inputs or any(link.target == name for link in flat):
            continue
        if any(link.delayed and name in (link.source, link.target) for link in cell.links):
            continue
        readers = [row[link.target] for link in flat if link.source == name]
        if readers:
            row[name] = max(row[name], min(readers) - 1)
