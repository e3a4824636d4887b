"""An unfolded graph as one of networkx, and from that back to the circuit.

`UnfoldedGraph.sources` asks for one node what it reads. Here each statement is asked once: the nodes of a name lie in
a table with room for every place of a box, in which what is read of it is as far from one place to the next as
anywhere else. So what all places of a statement read by one of its reads are slices of that table, and to list an
edge costs no line of Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache, cached_property
from itertools import chain, combinations, compress, count, islice, pairwise, product, repeat
from operator import is_, itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from unfoldgraph.base import boxes
from unfoldgraph.base.affine import Affine, index, whole
from unfoldgraph.base.boxes import Box, Place
from unfoldgraph.base.collecting import without_collecting
from unfoldgraph.base.errors import CircuitError, require_within
from unfoldgraph.base.limits import ENUMERATED_EDGES, ENUMERATED_NODES
from unfoldgraph.model.equations import Statement
from unfoldgraph.model.regions import bounding_box
from unfoldgraph.unfolding.graph import Source, UnfoldedGraph, UnfoldedNode, Way

if TYPE_CHECKING:
    import networkx

Attributes = dict[str, Any]
ListedEdge = tuple[UnfoldedNode | None, UnfoldedNode | None, Attributes]
"""What is read, what reads it, and the attributes of the edge, which are those of others too."""

#: A table has at most so many cells for a node, and this many more: else its nodes are looked up one by one.
_CELLS, _MORE_CELLS = 4, 1_000
#: Boxes with fewer places are not worth preparing for.
_FEW = 8


class NodeTable:
    """The nodes of one name, each the same object for all who list it, and room for places that have none.

    Parameters
    ----------
    name : the name.
    places : disjoint boxes of the places that have nodes, in the order in which they are listed.
    box : holds these, and all places that are asked for.

    Examples
    --------
    >>> table = NodeTable("h", [((0, 3),)], ((-1, 3),))
    >>> table.nodes[0], table.gathered((-1,), [1], [3])
    (('h', (0,)), [None, ('h', (0,)), ('h', (1,))])
    """

    def __init__(self, name: str, places: Sequence[Box], box: Box) -> None:
        self.nodes: list[UnfoldedNode] = [(name, place) for place in boxes.places(places)]
        self._first = [first for first, _ in box]
        self.strides: list[int] = []
        cells = 1
        for first, last in reversed(box):
            self.strides.insert(0, cells)
            cells *= last - first + 1
        self._cells: list[UnfoldedNode | None] = [None] * cells
        listed = iter(self.nodes)
        for *sides, (first, last) in filter(None, places):
            for start in product(*(range(low, high + 1) for low, high in sides)):
                position = self.position((*start, first))
                self._cells[position : position + last - first + 1] = islice(listed, last - first + 1)
        # A value without axes has the only place that there is.
        self._cells[:1] = self.nodes if not box else self._cells[:1]

    def position(self, place: Place) -> int:
        """Return the cell of a place in the box."""
        return sum(stride * (at - first) for stride, at, first in zip(self.strides, place, self._first, strict=True))

    def gathered(self, first: Place, steps: Sequence[int], sizes: Sequence[int]) -> list[UnfoldedNode | None]:
        """Return the nodes that lie so many cells from one another, from a place on; None where there is none.

        Parameters
        ----------
        first : the first place.
        steps, sizes : for each of some loops, the last of them innermost, how many cells each turn leads on, and how
            many turns it has.
        """
        starts = [self.position(first)]
        for step, size in zip(steps[:-1], sizes[:-1], strict=True):
            starts = [start + step * turn for start in starts for turn in range(size)]
        step, size = steps[-1], sizes[-1]
        cells = self._cells
        if step == 1:
            return list(chain.from_iterable([cells[start : start + size] for start in starts]))
        if step == 0:
            return [cells[start] for start in starts for _ in range(size)]
        return [cells[start + step * turn] for start in starts for turn in range(size)]


class _NodeColumn(NamedTuple):
    """Nodes of one name, one for each place of a box; `places` tells which, by the indices of that place."""

    name: str
    places: Sequence[Affine]
    nodes: list[UnfoldedNode | None]


class Listing:
    """The nodes and edges of a graph.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> graph = UnfoldedGraph(read("s(t) = f(s(t-1), x(t); theta); s(0) = 0"), {"t": 2})
    >>> listing = Listing(graph)
    >>> list(listing.nodes("x"))
    [('x', (1,)), ('x', (2,))]
    >>> [source for source, target, attributes in listing.edges() if attributes["read"] == "parameter"]
    [('theta', ()), ('theta', ())]
    """

    def __init__(self, graph: UnfoldedGraph) -> None:
        self._graph = graph
        # There are few ways in which something is read, and very many edges.
        self._told = cache(_attributes)

    def nodes(self, name: str) -> Iterable[UnfoldedNode]:
        """Return the nodes of a name, in the order of `UnfoldedGraph.nodes`."""
        table = self._tables.get(name)
        return ((name, at) for at in boxes.places(self._graph.places(name))) if table is None else table.nodes

    def edges(self) -> Iterator[ListedEdge]:
        """Yield every edge, in the order of `UnfoldedGraph.joined`."""
        for statement in self._graph.model.statements:
            for box in self._graph.domain(statement):
                if id(statement) in self._listed and boxes.volume([box]) >= _FEW:
                    yield from self._at_once(statement, box)
                else:
                    yield from self._one_by_one((statement.name, at) for at in boxes.places([box]))

    def _one_by_one(self, targets: Iterable[UnfoldedNode | None]) -> Iterator[ListedEdge]:
        for target in filter(None, targets):
            for source in self._graph.sources(target):
                yield source.node, target, self._told(source.ways)

    def _at_once(self, statement: Statement, box: Box) -> Iterator[ListedEdge]:
        """Yield the edges into the nodes of a statement in one box."""
        reads = self._graph.reads(statement)
        ends = zip(statement.index, box, strict=True)
        own = [index(at.base) if at.moves else whole(first) for at, (first, _) in ends]
        target = self._column(statement, statement.name, own, box)
        columns = [self._column(statement, one.read.name, one.sums, box) for one, _ in reads]
        # What is read in two ways is one edge, and what reads itself is none.
        alone = sorted(set(_meetings([target, *columns])))
        ways: list[Way] = [*(way for _, way in reads), *[("parameter", ())] * len(statement.parameters)]
        columns += [self._column(statement, name, (), box) for name in statement.parameters]
        for before, after in pairwise([-1, *alone, len(target.nodes)]):
            part = slice(before + 1, after)
            edges = [
                zip(column.nodes[part], target.nodes[part], repeat(self._told((way,))))
                for column, way in zip(columns, ways, strict=True)
            ]
            # Place after place, what each reads in the order written; where there is nothing to read there is no edge.
            yield from filter(itemgetter(0), chain.from_iterable(zip(*edges, strict=True)))
            yield from self._one_by_one(target.nodes[after : after + 1])

    def _column(self, statement: Statement, name: str, places: Sequence[Affine], box: Box) -> _NodeColumn:
        """Return the nodes of a name at places that follow from those of a statement in one of its boxes."""
        table = self._tables[name]
        first = tuple(first for first, _ in box)
        at = self._graph.indices(statement, first)
        steps = [
            sum(stride * place.factor(one.base) for stride, place in zip(table.strides, places, strict=True))
            for one in statement.index
        ]
        sizes = [last - first + 1 for first, last in box]
        return _NodeColumn(name, places, table.gathered(tuple(place.number(at) for place in places), steps, sizes))

    @cached_property
    def _listed(self) -> frozenset[int]:
        """Those of these statements, by identity, that have tables for what they read."""
        return frozenset(
            id(one)
            for one in self._alike
            if one.name in self._tables and all(reads.read.name in self._tables for reads, _ in self._graph.reads(one))
        )

    @cached_property
    def _alike(self) -> list[Statement]:
        """The statements of which each read is of one place, which moves by as much from one place to the next."""
        return [
            statement
            for statement in self._graph.model.statements
            if not any(reads.names or reads.rows or reads.when for reads, _ in self._graph.reads(statement))
        ]

    @cached_property
    def _tables(self) -> dict[str, NodeTable]:
        """The nodes by name; those that lie too far apart have no table."""
        asked: dict[str, list[Box]] = {}
        for statement in self._alike:
            bounds = self._graph.bounds(statement)
            if bounds is None:
                continue
            sides = {at.base: side for at, side in zip(statement.index, bounds, strict=True) if at.moves}
            for reads, _ in self._graph.reads(statement):
                reach = tuple((place.least(sides), place.greatest(sides)) for place in reads.sums)
                asked.setdefault(reads.read.name, []).append(reach)
        found = {}
        for name in self._graph.names:
            places = self._graph.places(name)
            box = bounding_box([*places, *asked.get(name, ())])
            if box is not None and boxes.volume([box]) <= _CELLS * boxes.volume(places) + _MORE_CELLS:
                found[name] = NodeTable(name, places, box)
        return found


def _attributes(ways: tuple[Way, ...]) -> Attributes:
    """Return the attributes of an edge by the ways in which its source is read, whichever that is."""
    source = Source(("", ()), ways)
    return {"read": source.read, "moves": source.moves}


def _meetings(columns: Iterable[_NodeColumn]) -> Iterator[int]:
    """Yield at which of some places two of the nodes beside one another are the same."""
    for one, other in combinations(columns, 2):
        if one.name == other.name:
            apart = (its - own for its, own in zip(one.places, other.places, strict=True))
            if not any(by.constant and not by.terms for by in apart):
                same = compress(count(), map(is_, one.nodes, other.nodes))
                yield from (at for at in same if one.nodes[at] is not None)


def to_networkx(graph: UnfoldedGraph) -> networkx.DiGraph:
    """Return an unfolded graph, as `Unfolding.to_networkx` describes it."""
    import networkx

    require_within(graph.nodes.size, ENUMERATED_NODES, "the graph would have {} nodes", "take fewer steps")
    require_within(graph.edges.size, ENUMERATED_EDGES, "the graph would have {} edges", "take fewer steps")
    model = graph.model
    kinds = {**dict.fromkeys(model.parameters, "parameter"), **dict.fromkeys(model.inputs, "input")}
    made = networkx.DiGraph(axes=model.axes)
    with without_collecting():
        listing = Listing(graph)
        for name in graph.names:
            alike = {"name": name, "kind": kinds.get(name, "signal"), "axes": model.axes_of(name)}
            made.add_nodes_from(listing.nodes(name), **alike)
        # With attributes of its own, each node would cost an exception that networkx catches: a third of the time.
        for node, attributes in made.nodes.data():
            attributes["index"] = node[1]
        # `add_edges_from` looks up each end four times, for nodes that may be new, and takes twice as long.
        after, before = made._succ, made._pred
        for source, target, alike in listing.edges():
            after[source][target] = before[target][source] = alike.copy()
    return made


def fold(graph: networkx.DiGraph) -> networkx.MultiDiGraph:
    """Return the circuit graph of an unfolded graph, from that graph alone.

    Nodes of one name become one; the delay of an edge is the difference of the indices at its ends. The
    result equals the graph of the circuit once every statement has an interior instance: enough steps for
    the longest delay and the last pin.

    Parameters
    ----------
    graph : what `Unfolding.to_networkx` returns, or a graph of the same form: nodes `(name, index)` with
        `kind` and `axes`, edges with `read`, and the axes of the circuit in `graph.graph["axes"]`. Edges may
        have `moves`, pairs of a kind of read and the axes along which it moves with its target; else a read of
        kind "delay" moves along all axes that both nodes have, and no other does.

    Raises
    ------
    CircuitError : where a node or an edge lacks what is needed.

    Examples
    --------
    >>> from unfoldgraph import Circuit, fold
    >>> c = Circuit("h(t) = tanh(W @ h(t-1) + U @ x(t))")
    >>> list(fold(c.unfold(3).to_networkx()).edges(data="delay"))
    [('W', 'h', (0,)), ('U', 'h', (0,)), ('x', 'h', (0,)), ('h', 'h', (1,))]
    """
    import networkx

    axes = graph.graph.get("axes")
    if axes is None:
        raise CircuitError("this graph does not say its axes", help="give one that Unfolding.to_networkx made")
    folded = networkx.MultiDiGraph(axes=tuple(axes))
    for node, attributes in graph.nodes(data=True):
        try:
            folded.add_node(node[0], kind=attributes["kind"], axes=attributes["axes"])
        except (KeyError, TypeError, IndexError):
            raise CircuitError(f"the node {node!r} has no name, kind and axes") from None
    for source, target, read in graph.edges(data="read"):
        if read is None:
            raise CircuitError(f"the edge from {source!r} to {target!r} does not say how it is read")
        for kind, moves in _ways(graph, source, target, read):
            delay = dict.fromkeys(axes, 0)
            at = dict(zip(graph.nodes[target]["axes"], target[1], strict=True))
            for axis, place in zip(graph.nodes[source]["axes"], source[1], strict=True):
                if axis in moves:
                    delay[axis] = at[axis] - place
            delays = tuple(delay.values())
            folded.add_edge(source[0], target[0], key=(delays, kind), delay=delays, read=kind)
    return folded


def _ways(graph: networkx.DiGraph, source: Any, target: Any, read: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return the ways in which one node reads another: kinds, and the axes along which each moves."""
    moves = graph.edges[source, target].get("moves")
    kinds = read.split("+")
    if moves is None:
        both = [axis for axis in graph.nodes[source]["axes"] if axis in graph.nodes[target]["axes"]]
        return [(kind, tuple(both) if kind == "delay" else ()) for kind in kinds]
    return [*moves, *((kind, ()) for kind in kinds if kind == "parameter")]
