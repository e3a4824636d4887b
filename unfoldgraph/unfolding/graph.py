"""The unfolded graph: node `(v, i)` for every component v and index i, never built unless asked for.

How many nodes and edges there are, and what a node reads, follows from the small graph by arithmetic on
boxes of places; only iterating over them costs their number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import Generic, NamedTuple, Self, TypeVar

from unfoldgraph.algebra.expression import BY_VALUE, Expr, Index, changed_item, entry_with, fold, indexed, number
from unfoldgraph.algebra.notation import shown
from unfoldgraph.algebra.operators import is_reduction
from unfoldgraph.base import boxes, cut_boxes
from unfoldgraph.base.affine import Affine, whole
from unfoldgraph.base.boxes import Box, Place
from unfoldgraph.base.cut_boxes import CutBox
from unfoldgraph.base.errors import CircuitError, listing, require_within
from unfoldgraph.base.lattice_points import TooManyCases
from unfoldgraph.base.limits import COUNTED_TERMS, ENUMERATED_NODES, LOOKED_UP_PLACES, PLACE_ROWS, WRITTEN_OUT_READS
from unfoldgraph.model.equations import Model, Read, Statement
from unfoldgraph.model.lengths import complete, require_long_enough
from unfoldgraph.model.regions import (
    ConcreteRead,
    bounding_box,
    checked_sizes,
    extent,
    falls_on_itself,
    fixed_place,
    given_places,
    known_numbers,
    left_side,
    place_on,
    sizes_of_places,
    written_out,
)
from unfoldgraph.unfolding.counting import count_pairs, count_reads, instances
from unfoldgraph.unfolding.off_edges import read_places, shared, united

UnfoldedNode = tuple[str, Place]
"""A name and a place: `("h", (2,))`; a parameter and a value without axes have the place `()`."""
Listed = TypeVar("Listed")

Way = tuple[str, tuple[str, ...]]
"""How a node is read: the kind of the read, and the axes along which it moves with the node that reads."""
_READS = ("delay", "range", "place", "end", "all", "fixed", "parameter")


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


def _rank(way: Way) -> tuple[int, tuple[str, ...]]:
    """Return what ways of reading are told in the order of."""
    return _READS.index(way[0]), way[1]


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
    sizes : how large the sizes are by which ranges and places go.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> graph = UnfoldedGraph(read("h(t) = tanh(W @ h(t-1) + U @ x(t))"), {"t": 2})
    >>> list(graph.nodes)
    [('W', ()), ('U', ()), ('x', (1,)), ('x', (2,)), ('h', (0,)), ('h', (1,)), ('h', (2,))]
    >>> len(graph.unfolded({"t": 10**12}))
    2000000000003
    """

    def __init__(self, model: Model, lengths: Mapping[str, int], sizes: Mapping[str, int] | None = None) -> None:
        self.model = model
        self.lengths = complete(model, dict(lengths))
        self.sizes = checked_sizes(model, sizes or {})
        if not self.missing_sizes:
            require_long_enough(model, self.lengths, self._given)

    def unfolded(self, lengths: Mapping[str, int], sizes: Mapping[str, int] | None = None) -> Self:
        """Return the same circuit unfolded for other lengths, and for other sizes if some are given.

        Examples
        --------
        >>> from unfoldgraph.language.text import read
        >>> graph = UnfoldedGraph(read("s(t) = f(s(t-1), x(t); theta); s(0) = 0"), {"t": 3})
        >>> graph.unfolded({"t": 10**12}).nodes.size
        2000000000002
        """
        return type(self)(self.model, lengths, self.sizes if sizes is None else sizes)

    def __reduce__(self) -> tuple[type[Self], tuple[Model, dict[str, int], dict[str, int]]]:
        # What it has been asked so far is worked out again where it is asked again.
        return type(self), (self.model, self.lengths, self.sizes)

    @cached_property
    def missing_sizes(self) -> list[str]:
        """The sizes that tell where there are places, and that nobody has told.

        Examples
        --------
        >>> from unfoldgraph.language.text import read
        >>> UnfoldedGraph(read("h : M; y[n] = sum(h[k]*x[n-k] for k in 0..M-1)"), {"n": 3}).missing_sizes
        ['M']
        """
        return [name for name in sizes_of_places(self.model) if name not in self.sizes]

    @cached_property
    def known(self) -> Mapping[str, Affine]:
        """The lengths and sizes as numbers, by their names in sums; raises `CircuitError` where a size is missing."""
        if self.missing_sizes:
            which = listing([f"'{shown(name)}'" for name in self.missing_sizes])
            listed = ", ".join(f'"{shown(name)}": …' for name in self.missing_sizes)
            written = ",".join(f"{shown(name)}=…" for name in self.missing_sizes)
            what = "is the size" if len(self.missing_sizes) == 1 else "are the sizes"
            raise CircuitError(
                f"nothing says how large {which} {what[:3].strip()}, which tells where this circuit has places",
                help=f"give sizes={{{listed}}}, or --size {written} on the command line",
            )
        return known_numbers(self.lengths, self.sizes)

    @cached_property
    def plain(self) -> Self | None:
        """The same graph of a circuit of which each read is of one place or of a whole axis; None where there is none.

        Ranges between two numbers are written out. A condition is left out where what it leaves out has no node.
        """
        statements = []
        total = 0
        for statement in self.model.statements:
            reads = [part for one in statement.reads for part in written_out(one, WRITTEN_OUT_READS - total)]
            if any(not at.is_plain for one in reads for at in one.index) or any(
                one.within or one.when for one in reads
            ):
                return None
            total += len(reads)
            reads = [one._replace(guard=()) for one in reads]
            statements.append(replace(statement, reads=tuple(dict.fromkeys(reads))))
        if all(one.reads == other.reads for one, other in zip(statements, self.model.statements, strict=True)):
            return self
        try:
            found = type(self)(replace(self.model, statements=tuple(statements)), self.lengths, self.sizes)
        except CircuitError:
            # What is read by its number asks for a length, and what a range reaches does not.
            return None
        # What it has more would be told by their number.
        same = (found.nodes.size, found.edges.size) == (self.nodes.size, self.edges.size)
        return found if same else None

    def most_reads(self, statement: Statement) -> int:
        """Return a number of nodes that no node of a statement reads more of.

        Examples
        --------
        >>> from unfoldgraph.language.text import read
        >>> graph = UnfoldedGraph(read("y(t) = sum(x(s) for s in 1..t)"), {"t": 9})
        >>> graph.most_reads(graph.model.statements[0])
        9
        """
        return len(statement.parameters) + sum(self.most_places(statement, read) for read in statement.reads)

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

    @cached_property
    def _extents(self) -> dict[str, Box]:
        """The same of all names: it is asked of every place that is read."""
        return {name: self.extent(name) for name in self.axes_of}

    def domain(self, statement: Statement) -> list[Box]:
        """Return the places where a statement gives the value, as disjoint boxes; of a boundary those that are read.

        Examples
        --------
        >>> from unfoldgraph.language.text import read
        >>> graph = UnfoldedGraph(read("s(t) = f(s(t-1), x(t); theta); s(0) = 0"), {"t": 3})
        >>> [graph.domain(statement) for statement in graph.model.statements]
        [[((1, 3),)], [((0, 0),)]]
        """
        if id(statement) not in self._boxes:
            self._boxes[id(statement)] = self._as_boxes(statement.name, self._domains[id(statement)])
        return self._boxes[id(statement)]

    def count(self, statement: Statement) -> int:
        """Return at how many places a statement gives the value; of a boundary those that are read.

        Examples
        --------
        >>> from unfoldgraph.language.text import read
        >>> graph = UnfoldedGraph(read("c(i, j) = x(i, j) for j in i..end"), {"i": 10**9, "j": 10**9})
        >>> graph.count(graph.model.statements[0]) == 10**9 * (10**9 + 1) // 2
        True
        """
        return self._count(statement.name, self._domains[id(statement)])

    def pieces_given(self, statement: Statement) -> list[CutBox]:
        """Return these places as disjoint pieces, whatever their number.

        Examples
        --------
        >>> from unfoldgraph.language.text import read
        >>> graph = UnfoldedGraph(read("c(i, j) = x(i, j) for j in i..end"), {"i": 10**9, "j": 10**9})
        >>> len(graph.pieces_given(graph.model.statements[0]))
        1
        """
        return self._domains[id(statement)]

    def bounds(self, statement: Statement) -> Box | None:
        """Return the smallest box that holds these places; None where there are none.

        Examples
        --------
        >>> from unfoldgraph.language.text import read
        >>> graph = UnfoldedGraph(read("c(i, j) = x(i, j) for j in i..end"), {"i": 10**9, "j": 10**9})
        >>> graph.bounds(graph.model.statements[0])
        ((1, 1000000000), (1, 1000000000))
        """
        return bounding_box(piece.box for piece in self._domains[id(statement)])

    @cached_property
    def _boxes(self) -> dict[int, list[Box]]:
        """What has been taken apart into boxes."""
        return {}

    def _as_boxes(self, name: str, pieces: Sequence[CutBox]) -> list[Box]:
        """Return the boxes that some places of a name consist of."""
        axes = self.model.axes_of(name)
        rows = sum(cut_boxes.row_count(piece, axes) for piece in pieces)
        what = f"the places of '{shown(name)}' lie in {{}} rows"
        require_within(rows, PLACE_ROWS, what, "take fewer steps")
        return sorted(box for piece in pieces for box in cut_boxes.rows_of(piece, axes))

    @cached_property
    def _given(self) -> list[list[CutBox]]:
        """What each statement gives, whether it is read or not."""
        return given_places(self.model.statements, self.axes_of, self.lengths, self.known)

    @cached_property
    def _ranged(self) -> frozenset[str]:
        """The names that have nodes only where their statements stand."""
        return frozenset(statement.name for statement in self.model.statements if statement.ranges)

    @cached_property
    def _domains(self) -> dict[int, list[CutBox]]:
        found = {}
        for statement, domain in zip(self.model.statements, self._given, strict=True):
            read = self._off_edges.get(statement.name, [])
            axes = self.axes_of[statement.name]
            found[id(statement)] = shared(domain, read, axes) if statement.is_boundary else domain
        return found

    @cached_property
    def _free(self) -> dict[str, list[Box]]:
        """The places off the edges that the caller gives."""
        sizes = self.sizes if not any(one.firsts for one in self.model.free) or self.known else {}
        return {boundary.name: list(boundary.boxes_at(sizes)) for boundary in self.model.free}

    @cached_property
    def _beyond(self) -> dict[str, list[CutBox]]:
        """The places off the edges that have a value of their own, by name."""
        found: dict[str, list[CutBox]] = {}
        for statement, domain in zip(self.model.statements, self._given, strict=True):
            if statement.is_boundary:
                found.setdefault(statement.name, []).extend(domain)
        for name, pieces in self._free.items():
            found.setdefault(name, []).extend(map(CutBox, pieces))
        return {name: united(pieces, self.axes_of[name]) for name, pieces in found.items()}

    @cached_property
    def _off_edges(self) -> dict[str, list[CutBox]]:
        """The same, as far as it is read: these are nodes of the graph."""
        return read_places(self.model.statements, self.axes_of, self.lengths, self.known, self._given, self._beyond)

    def pieces(self, name: str) -> list[CutBox]:
        """Return every place at which a name has a node, as disjoint pieces, whatever their number.

        Examples
        --------
        >>> from unfoldgraph.language.text import read
        >>> graph = UnfoldedGraph(read("c(i, j) = x(i, j) for j in i..end"), {"i": 10**9, "j": 10**9})
        >>> len(graph.pieces("c")), graph.nodes.size == 10**18 + 10**9 * (10**9 + 1) // 2
        (1, True)
        """
        if name not in self._pieces:
            self._pieces[name] = self._pieces_of(name)
        return self._pieces[name]

    @cached_property
    def _pieces(self) -> dict[str, list[CutBox]]:
        return {}

    def _pieces_of(self, name: str) -> list[CutBox]:
        if name in self.model.parameters:
            return [CutBox(())]
        axes = self.model.axes_of(name)
        if name not in self._ranged:
            return united([*self._off_edges.get(name, []), CutBox(self.extent(name))], axes)
        own = [piece for one in self.model.statements if one.name == name for piece in self._domains[id(one)]]
        free = shared(list(map(CutBox, self._free.get(name, []))), self._off_edges.get(name, []), axes)
        return [*free, *own]

    def places(self, name: str) -> list[Box]:
        """Return every place at which a name has a node, as disjoint boxes.

        Examples
        --------
        >>> from unfoldgraph.language.text import read
        >>> graph = UnfoldedGraph(read("s(t) = f(s(t-1), x(t); theta); s(0) = 0"), {"t": 3})
        >>> graph.places("s"), graph.places("theta")
        ([((0, 3),)], [()])
        """
        return self._as_boxes(name, self.pieces(name))

    def is_given(self, name: str, place: Place) -> bool:
        """Say whether a place has a value of its own; what is read where there is none is 0.

        Examples
        --------
        >>> from unfoldgraph.language.text import read
        >>> graph = UnfoldedGraph(read("s(t) = f(s(t-1), x(t); theta); s(0) = 0"), {"t": 3})
        >>> graph.is_given("s", (0,)), graph.is_given("x", (0,))
        (True, False)
        """
        if name in self._ranged:
            return self.statement((name, place)) is not None or boxes.contains(self._free.get(name, ()), place)
        for at, (first, last) in zip(place, self._extents.get(name, ()), strict=True):
            if not first <= at <= last:
                break
        else:
            return True
        axes = self.model.axes_of(name)
        return any(cut_boxes.holds(piece, axes, place) for piece in self._beyond.get(name, ()))

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
            at[one.base] + one.offset
            if one.moves
            else place_on(one, axis, self.known).number(at)
            if one.form is not None
            else fixed_place(one, self.lengths[axis])
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
                found.update({(statement.name, tuple(at for at, _ in piece.box)): statement for piece in domain})
        return found

    @cached_property
    def _lines(self) -> dict[str, list[tuple[Statement, CutBox]]]:
        """The statements that run over axes, each with its left side, in the order in which they hold."""
        found: dict[str, list[tuple[Statement, CutBox]]] = {}
        for statement in sorted(self.model.statements, key=lambda one: one.freedom):
            if statement.axes or not statement.index:
                piece = left_side(statement, self.axes_of[statement.name], self.lengths, self.known)
                if piece is not None:
                    found.setdefault(statement.name, []).append((statement, piece))
        return found

    @cached_property
    def _held(self) -> dict[UnfoldedNode, Statement | None]:
        """What has been found to give nodes of names on ranges their values."""
        return {}

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
        if exact is not None or node in self._held:
            return exact or self._held[node]
        name, place = node
        axes = self.model.axes_of(name)
        found = next((one for one, piece in self._lines.get(name, ()) if cut_boxes.holds(piece, axes, place)), None)
        if name in self._ranged:
            # Each of its places is looked up by all that read it.
            self._held[node] = found
        return found

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

        indices = {axis: whole(number) for axis, number in at.items()}
        here = indices | dict(self.known)

        def at_places(entry: Index) -> Index:
            return entry_with(entry, indices)

        def fixed(node: Expr, arguments: list[Expr]) -> Expr:
            if node.operator == "read":
                source, index = node.data
                axes = self.model.axes_of(source)
                if any(position.bound or position.base == BY_VALUE for position in index):
                    return Expr("read", tuple(arguments), node.data)
                sums = [place_on(one, axis, here) for one, axis in zip(index, axes, strict=True)]
                if any(one.terms for one in sums):
                    # What is left are indices that ranges around it bind.
                    return Expr("read", (), (source, tuple(indexed(one, (), dict(one.terms)) for one in sums)))
                where = tuple(one.constant for one in sums)
                if not self.is_given(source, where):
                    return number(0)
                return Expr("read", (), (source, tuple(Index("", one) for one in where)))
            if node.operator == "axis" and not node.data[1]:
                return number(at[node.data[0]])
            if node.operator == "length":
                return number(self.lengths[node.data])
            if node.operator == "entry":
                return Expr("entry", tuple(arguments), tuple(changed_item(item, at_places) for item in node.data))
            if is_reduction(node):
                return Expr(node.operator, tuple(arguments), tuple(one.at(here) for one in node.data))
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
        for reads, way in self.reads(statement):
            name = reads.read.name
            for where in reads.places(at):
                if (name, where) in ways or (self.is_given(name, where) and (name, where) != (statement.name, place)):
                    ways.setdefault((name, where), {})[way] = None
        for name in statement.parameters:
            ways.setdefault((name, ()), {})["parameter", ()] = None
        return [
            # Nearly all are read in one way.
            Source(source, tuple(kinds if len(kinds) == 1 else sorted(kinds, key=_rank)))
            for source, kinds in ways.items()
        ]

    def reads(self, statement: Statement) -> list[tuple[ConcreteRead, Way]]:
        """Return the reads of a statement at these lengths and sizes, each with how it reads, of what has nodes.

        Examples
        --------
        >>> from unfoldgraph.language.text import read
        >>> graph = UnfoldedGraph(read("s(t) = f(s(t-1), x(t); theta); s(0) = 0"), {"t": 3})
        >>> [(reads.read.written, way) for reads, way in graph.reads(graph.model.statements[0])]
        [('s(t-1)', ('delay', ('t',))), ('x(t)', ('delay', ('t',)))]
        """
        found = self._reads_made.get(id(statement))
        if found is None:
            found = self._reads_made[id(statement)] = []
            for read in statement.reads:
                bounds = bounding_box(piece.box for piece in self.pieces(read.name))
                if bounds is not None:
                    reads = ConcreteRead(read, self.axes_of[read.name], self.known, bounds)
                    found.append((reads, (read.kind, self.model.moves(statement, read))))
        return found

    @cached_property
    def _reads_made(self) -> dict[int, list[tuple[ConcreteRead, Way]]]:
        return {}

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
        return sum(self._count(name, self.pieces(name)) for name in self.names)

    def _count(self, name: str, pieces: Sequence[CutBox]) -> int:
        """Return how many places of a name some disjoint pieces hold."""
        axes = self.model.axes_of(name)
        try:
            return cut_boxes.volume(pieces, axes)
        except TooManyCases:
            return boxes.volume(self._as_boxes(name, pieces))

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
        domain = self._domains[id(statement)]
        total = self._count(statement.name, domain) * len(statement.parameters)
        for name in dict.fromkeys(read.name for read in statement.reads):
            axes = self.axes_of[name]
            reads = [
                read
                for read in statement.reads
                if read.name == name and not falls_on_itself(statement, read, axes, self.lengths)
            ]
            if all(read.is_plain for read in reads) and not any(one.rows for one in (*domain, *self.pieces(name))):
                own, its = ([piece.box for piece in some] for some in (domain, self.pieces(name)))
                total += count_pairs(statement, reads, axes, own, its, self.lengths)
            else:
                counted = set(map(id, reads))
                some = [one for one, _ in self.reads(statement) if id(one.read) in counted]
                total += self._count_reads(statement, some)
        return total

    def most_places(self, statement: Statement, read: Read) -> int:
        """Return a number of places that a statement, wherever it has one, reads no more of by one of its reads.

        Examples
        --------
        >>> from unfoldgraph.language.text import read
        >>> graph = UnfoldedGraph(read("y(t) = sum(x(s) for s in 1..t)"), {"t": 9})
        >>> graph.most_places(graph.model.statements[0], graph.model.statements[0].reads[0])
        9
        """
        bounds = self.bounds(statement)
        if bounds is None:
            return 0
        own = {at.base: side for at, side in zip(statement.index, bounds, strict=True) if at.moves}
        return sum(reads.solutions.most(own) for reads, _ in self.reads(statement) if reads.read is read)

    def _count_reads(self, statement: Statement, reads: Sequence[ConcreteRead]) -> int:
        """Count the edges from one name into a statement's nodes, by arithmetic or, where they are few, one by one."""
        if not reads:
            return 0
        domain, name = self._domains[id(statement)], reads[0].read.name
        # Conditions on indices decide which terms there are of a range between two numbers.
        parts = [part for one in reads for part in (one.written_out(COUNTED_TERMS) if one.when else [one])]
        with suppress(TooManyCases):
            found = count_reads(self.axes_of[statement.name], self.axes_of[name], parts, domain, self.pieces(name))
            if found is not None:
                return found
        count = sum(instances(self.axes_of[statement.name], one, domain) for one in reads)
        what = f"how many places {reads[0].read.written} reads is told only by looking up {{}} places"
        require_within(count, LOOKED_UP_PLACES, what, "take fewer steps")
        total = 0
        for place in boxes.places(self.domain(statement)):
            at = self.indices(statement, place)
            total += len({where for one in reads for where in one.places(at) if self.is_given(name, where)})
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
            self._count(statement.name, self._domains[id(statement)])
            for statement in self.model.statements
            if parameter in statement.parameters
        )
