"""The unfolded graph: node `(v, i)` for every component v and index i, never built unless asked for.

How many nodes and edges there are, and what a node reads, follows from the small graph by arithmetic on
boxes of places; only iterating over them costs their number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Generic, NamedTuple, Self, TypeVar

from unfoldgraph.algebra.expression import Expr, Index, fold, number
from unfoldgraph.base import boxes
from unfoldgraph.base.boxes import Box, Place
from unfoldgraph.base.errors import require_within
from unfoldgraph.base.limits import ENUMERATED_NODES
from unfoldgraph.model.equations import Model, Read, Statement
from unfoldgraph.model.lengths import complete, require_long_enough
from unfoldgraph.model.regions import (
    box_given,
    domains,
    extent,
    falls_on_itself,
    fixed_place,
    read_off_edges,
)
from unfoldgraph.unfolding.counting import count_pairs

UnfoldedNode = tuple[str, Place]
"""A name and a place: `("h", (2,))`; a parameter and a value without axes have the place `()`."""
Listed = TypeVar("Listed")

Way = tuple[str, tuple[str, ...]]
"""How a node is read: the kind of the read, and the axes along which it moves with the node that reads."""
_READS = ("delay", "end", "all", "fixed", "parameter")


class Source(NamedTuple):
    """A node that another reads, and every way in which it does."""

    node: UnfoldedNode
    ways: tuple[Way, ...]

    @property
    def read(self) -> str:
        """The kinds, joined by `+`."""
        return "+".join(dict.fromkeys(kind for kind, _ in self.ways))

    @property
    def moves(self) -> tuple[Way, ...]:
        """The ways, but for that of a parameter, which moves along nothing."""
        return tuple(way for way in self.ways if way[0] != "parameter")


class CountedView(Generic[Listed]):
    """Nodes or edges that are counted without being listed, and listed when iterated over."""

    def __init__(self, count: Callable[[], int], items: Callable[[], Iterator[Listed]]) -> None:
        self._count = count
        self._items = items

    @property
    def size(self) -> int:
        """How many there are, also where it is too many for `len`."""
        return self._count()

    def __len__(self) -> int:
        return self._count()

    def __iter__(self) -> Iterator[Listed]:
        require_within(self._count(), ENUMERATED_NODES, "listing them would make {} items", "take fewer steps")
        return self._items()

    def __repr__(self) -> str:
        return f"<{self._count()} items>"


class UnfoldedGraph:
    """The graph of a circuit unfolded for given lengths of its axes, by arithmetic.

    Parameters
    ----------
    model : the circuit.
    lengths : how many places each axis has, from 0; 10**12 is as cheap as 3.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> graph = UnfoldedGraph(read("h(t) = tanh(W @ h(t-1) + U @ x(t))"), {"t": 2})
    >>> list(graph.nodes)
    [('W', ()), ('U', ()), ('x', (1,)), ('x', (2,)), ('h', (0,)), ('h', (1,)), ('h', (2,))]
    >>> len(graph.unfolded({"t": 10**12}))
    2000000000003
    """

    def __init__(self, model: Model, lengths: Mapping[str, int]) -> None:
        self.model = model
        self.lengths = complete(model, dict(lengths))
        require_long_enough(model, self.lengths, self._given)

    def unfolded(self, lengths: Mapping[str, int]) -> Self:
        """Return the same circuit unfolded for other lengths.

        Examples
        --------
        >>> from unfoldgraph.language.text import read
        >>> graph = UnfoldedGraph(read("s(t) = f(s(t-1), x(t); theta); s(0) = 0"), {"t": 3})
        >>> graph.unfolded({"t": 10**12}).nodes.size
        2000000000002
        """
        return type(self)(self.model, lengths)

    def __reduce__(self) -> tuple[type[Self], tuple[Model, dict[str, int]]]:
        # What it has been asked so far is worked out again where it is asked again.
        return type(self), (self.model, self.lengths)

    # Places -----------------------------------------------------------------------------------------

    @cached_property
    def axes_of(self) -> Mapping[str, tuple[str, ...]]:
        """The axes of every input and signal."""
        return self.model.axes_by_name

    def extent(self, name: str) -> Box:
        """Return the box of the places from 1 to end of a signal or an input.

        Examples
        --------
        >>> from unfoldgraph.language.text import read
        >>> graph = UnfoldedGraph(read("s(t) = f(s(t-1), x(t); theta); s(0) = 0"), {"t": 3})
        >>> graph.extent("s")
        ((1, 3),)
        """
        return extent(self.model.axes_of(name), self.lengths)

    def domain(self, statement: Statement) -> list[Box]:
        """Return the places where a statement gives the value, as disjoint boxes; of a boundary those that are read.

        Examples
        --------
        >>> from unfoldgraph.language.text import read
        >>> graph = UnfoldedGraph(read("s(t) = f(s(t-1), x(t); theta); s(0) = 0"), {"t": 3})
        >>> [graph.domain(statement) for statement in graph.model.statements]
        [[((1, 3),)], [((0, 0),)]]
        """
        return self._domains[id(statement)]

    @cached_property
    def _given(self) -> list[list[Box]]:
        """What each statement gives, whether it is read or not."""
        return domains(self.model.statements, self.axes_of, self.lengths)

    @cached_property
    def _domains(self) -> dict[int, list[Box]]:
        found = {}
        for statement, domain in zip(self.model.statements, self._given, strict=True):
            read = self._off_edges.get(statement.name, [])
            found[id(statement)] = _shared(domain, read) if statement.is_boundary else domain
        return found

    @cached_property
    def _beyond(self) -> dict[str, list[Box]]:
        """The places off the edges that have a value of their own, by name."""
        found: dict[str, list[Box]] = {}
        for statement, domain in zip(self.model.statements, self._given, strict=True):
            if statement.is_boundary:
                found.setdefault(statement.name, []).extend(domain)
        for boundary in self.model.free:
            found.setdefault(boundary.name, []).extend(boundary.boxes)
        return {name: boxes.union(pieces) for name, pieces in found.items()}

    @cached_property
    def _off_edges(self) -> dict[str, list[Box]]:
        """The same, as far as it is read: these are nodes of the graph."""
        read = read_off_edges(self.model.statements, self.axes_of, self.lengths, self._given)
        return {
            name: boxes.union(
                _shared([box for region in regions.values() for box in boxes.union(region)], self._beyond[name])
            )
            for name, regions in read.items()
            if name in self._beyond
        }

    def places(self, name: str) -> list[Box]:
        """Return every place at which a name has a node, as disjoint boxes.

        Examples
        --------
        >>> from unfoldgraph.language.text import read
        >>> graph = UnfoldedGraph(read("s(t) = f(s(t-1), x(t); theta); s(0) = 0"), {"t": 3})
        >>> graph.places("s"), graph.places("theta")
        ([((0, 3),)], [()])
        """
        if name in self.model.parameters:
            return [()]
        return boxes.union([*self._off_edges.get(name, []), self.extent(name)])

    def is_given(self, name: str, place: Place) -> bool:
        """Say whether a place has a value of its own; what is read where there is none is 0.

        Examples
        --------
        >>> from unfoldgraph.language.text import read
        >>> graph = UnfoldedGraph(read("s(t) = f(s(t-1), x(t); theta); s(0) = 0"), {"t": 3})
        >>> graph.is_given("s", (0,)), graph.is_given("x", (0,))
        (True, False)
        """
        return boxes.contains([self.extent(name)], place) or boxes.contains(self._beyond.get(name, []), place)

    def place(self, index: Sequence[Index], axes: Sequence[str], at: Mapping[str, int]) -> Place:
        """Return the place that an index of a name with some axes falls on, with indices at given numbers.

        Examples
        --------
        >>> from unfoldgraph.language.text import read
        >>> graph = UnfoldedGraph(read("s(t) = f(s(t-1), x(t); theta); s(0) = 0"), {"t": 3})
        >>> read_of = graph.model.statements[0].reads[0]
        >>> graph.place(read_of.index, ("t",), {"t": 2})
        (1,)
        """
        return tuple(
            at[one.base] + one.offset if one.moves else fixed_place(one, self.lengths[axis])
            for one, axis in zip(index, axes, strict=True)
        )

    def indices(self, statement: Statement, place: Place) -> dict[str, int]:
        """Return what the axes of a statement are at one of its places.

        Examples
        --------
        >>> from unfoldgraph.language.text import read
        >>> graph = UnfoldedGraph(read("s(t) = f(s(t-1), x(t); theta); s(0) = 0"), {"t": 3})
        >>> graph.indices(graph.model.statements[0], (2,))
        {'t': 2}
        """
        return {at.base: number for at, number in zip(statement.index, place, strict=True) if at.moves}

    @cached_property
    def _exactly(self) -> dict[UnfoldedNode, Statement]:
        """The statements that give one place only."""
        found: dict[UnfoldedNode, Statement] = {}
        for statement, domain in zip(self.model.statements, self._given, strict=True):
            if not statement.axes and statement.index:
                found.update({(statement.name, tuple(at for at, _ in box)): statement for box in domain})
        return found

    @cached_property
    def _lines(self) -> dict[str, list[tuple[Statement, Box]]]:
        """The statements that run over axes, each with its box, in the order in which they hold."""
        found: dict[str, list[tuple[Statement, Box]]] = {}
        for statement in sorted(self.model.statements, key=lambda one: len(one.axes)):
            if statement.axes or not statement.index:
                box = box_given(statement, self.axes_of[statement.name], self.lengths)
                if box is not None:
                    found.setdefault(statement.name, []).append((statement, box))
        return found

    def statement(self, node: UnfoldedNode) -> Statement | None:
        """Return what gives a node its value; None for inputs, parameters and what the caller gives.

        Examples
        --------
        >>> from unfoldgraph.language.text import read
        >>> graph = UnfoldedGraph(read("s(t) = f(s(t-1), x(t); theta); s(0) = 0"), {"t": 3})
        >>> graph.statement(("s", (2,))) is graph.model.statements[0], graph.statement(("x", (2,)))
        (True, None)
        """
        exact = self._exactly.get(node)
        if exact is not None:
            return exact
        name, place = node
        return next((one for one, box in self._lines.get(name, ()) if boxes.contains([box], place)), None)

    def instance(self, name: str, place: Place) -> Expr | None:
        """Return the right side that gives a node its value, with every place fixed; None where none does.

        Reductions keep their bound index. A place off the edge that nothing gives is 0.

        >>> from unfoldgraph.language.text import read
        >>> from unfoldgraph.algebra.notation import text
        >>> text(UnfoldedGraph(read("s(t) = f(s(t-1); theta)"), {"t": 3}).instance("s", (3,)))
        'f(s(2); θ)'
        """
        statement = self.statement((name, place))
        if statement is None:
            return None
        at = self.indices(statement, place)

        def fixed(node: Expr, arguments: list[Expr]) -> Expr:
            if node.operator == "read":
                source, index = node.data
                if any(position.bound for position in index):
                    return node
                where = self.place(index, self.model.axes_of(source), at)
                if not self.is_given(source, where):
                    return number(0)
                return Expr("read", (), (source, tuple(Index("", one) for one in where)))
            if node.operator == "axis" and not node.data[1]:
                return number(at[node.data[0]])
            if node.operator == "length":
                return number(self.lengths[node.data])
            return Expr(node.operator, tuple(arguments), node.data)

        return fold(statement.value, fixed)

    def sources(self, node: UnfoldedNode) -> list[Source]:
        """Return the nodes that a node reads, each with how it is read, in the order written.

        A node that is read in several ways stands once, with all of them.

        Examples
        --------
        >>> from unfoldgraph.language.text import read
        >>> graph = UnfoldedGraph(read("s(t) = f(s(t-1), x(t); theta); s(0) = 0"), {"t": 3})
        >>> [(source.node, source.read) for source in graph.sources(("s", (2,)))]
        [(('s', (1,)), 'delay'), (('x', (2,)), 'delay'), (('theta', ()), 'parameter')]
        """
        statement = self.statement(node)
        return [] if statement is None else self._sources(statement, node[1])

    def _sources(self, statement: Statement, place: Place) -> list[Source]:
        at = self.indices(statement, place)
        ways: dict[UnfoldedNode, dict[Way, None]] = {}
        for read in statement.reads:
            way = (read.kind, self.model.moves(statement, read))
            for where in self._places_read(read, at):
                if self.is_given(read.name, where) and (read.name, where) != (statement.name, place):
                    ways.setdefault((read.name, where), {})[way] = None
        for name in statement.parameters:
            ways.setdefault((name, ()), {})["parameter", ()] = None
        return [
            Source(source, tuple(sorted(kinds, key=lambda way: (_READS.index(way[0]), way[1]))))
            for source, kinds in ways.items()
        ]

    def _places_read(self, read: Read, at: Mapping[str, int]) -> Iterator[Place]:
        """Yield the places of a read: one, or all that its bound names run over."""
        axes = self.model.axes_of(read.name)
        ranges = {one.base: self.lengths[axis] for one, axis in zip(read.index, axes, strict=True) if one.bound}
        for numbers in boxes.places([tuple((1, length) for length in ranges.values())]):
            yield self.place(read.index, axes, {**at, **dict(zip(ranges, numbers, strict=True))})

    # The graph --------------------------------------------------------------------------------------

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Parameters, inputs and signals, each in the order written."""
        return (*self.model.parameters, *self.model.inputs, *self.model.signals)

    @property
    def nodes(self) -> CountedView[UnfoldedNode]:
        """The nodes: a name and a place each."""
        return CountedView(self._count_all_nodes, self._each_node)

    def _count_all_nodes(self) -> int:
        return sum(boxes.volume(self.places(name)) for name in self.names)

    def _each_node(self) -> Iterator[UnfoldedNode]:
        return ((name, place) for name in self.names for place in boxes.places(self.places(name)))

    @property
    def edges(self) -> CountedView[tuple[UnfoldedNode, UnfoldedNode, str]]:
        """The edges: source, target, and how the source is read."""
        return CountedView(self._count_all_edges, self._each_edge)

    def _count_all_edges(self) -> int:
        return sum(self._count_edges(statement) for statement in self.model.statements)

    def _each_edge(self) -> Iterator[tuple[UnfoldedNode, UnfoldedNode, str]]:
        return ((source.node, target, source.read) for source, target in self.joined())

    def joined(self) -> Iterator[tuple[Source, UnfoldedNode]]:
        """Yield every edge: what is read, and the node that reads it.

        Examples
        --------
        >>> from unfoldgraph.language.text import read
        >>> graph = UnfoldedGraph(read("s(t) = f(s(t-1), x(t); theta); s(0) = 0"), {"t": 3})
        >>> source, target = next(graph.joined())
        >>> source.node, target
        (('s', (0,)), ('s', (1,)))
        """
        for statement in self.model.statements:
            for place in boxes.places(self.domain(statement)):
                for source in self._sources(statement, place):
                    yield source, (statement.name, place)

    def _count_edges(self, statement: Statement) -> int:
        """Count the edges into a statement's nodes."""
        domain = self.domain(statement)
        total = boxes.volume(domain) * len(statement.parameters)
        for name in dict.fromkeys(read.name for read in statement.reads):
            axes = self.axes_of[name]
            reads = [
                read
                for read in statement.reads
                if read.name == name and not falls_on_itself(statement, read, axes, self.lengths)
            ]
            total += count_pairs(statement, reads, axes, domain, self.places(name), self.lengths)
        return total

    def __len__(self) -> int:
        return self.nodes.size

    def uses(self, parameter: str) -> int:
        """Return how many nodes read a parameter.

        Examples
        --------
        >>> from unfoldgraph.language.text import read
        >>> graph = UnfoldedGraph(read("s(t) = f(s(t-1), x(t); theta); s(0) = 0"), {"t": 3})
        >>> graph.uses("theta")
        3
        """
        return sum(
            boxes.volume(self.domain(statement))
            for statement in self.model.statements
            if parameter in statement.parameters
        )


def _shared(some: Sequence[Box], others: Sequence[Box]) -> list[Box]:
    """Return what two unions of disjoint boxes share."""
    shared = (boxes.intersect(one, other) for one in some for other in others)
    return sorted(box for box in shared if not boxes.is_empty(box))
