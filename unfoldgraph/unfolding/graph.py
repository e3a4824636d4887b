"""The unfolded graph: node `(v, i)` for every component v and index i, never built unless asked for.

How many nodes and edges there are, and what a node reads, follows from the small graph by arithmetic on
boxes of places; only iterating over them costs their number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from unfoldgraph import boxes
from unfoldgraph.boxes import Box, Place
from unfoldgraph.equations import Model, Read, Statement
from unfoldgraph.errors import CircuitError, require_within
from unfoldgraph.expression import Expr, Index, fold, number
from unfoldgraph.limits import ENUMERATED_NODES
from unfoldgraph.meaning import read_off_edge
from unfoldgraph.notation import read_text, shown
from unfoldgraph.unfolding.depth import longest_path
from unfoldgraph.unfolding.evaluation import Result, evaluate

if TYPE_CHECKING:
    import networkx

Node = tuple[str, Place]
"""A name and a place: `("h", (2,))`; a parameter and a value without axes have the place `()`."""
Item = TypeVar("Item")

_READS = ("delay", "end", "all", "fixed", "parameter")


class View(Generic[Item]):
    """Nodes or edges that are counted without being listed, and listed when iterated over."""

    def __init__(self, count: Callable[[], int], items: Callable[[], Iterator[Item]]) -> None:
        self._count = count
        self._items = items

    @property
    def size(self) -> int:
        """How many there are, also where it is too many for `len`."""
        return self._count()

    def __len__(self) -> int:
        return self._count()

    def __iter__(self) -> Iterator[Item]:
        require_within(self._count(), ENUMERATED_NODES, "listing them would make {} items", "take fewer steps")
        return self._items()

    def __repr__(self) -> str:
        return f"<{self._count()} items>"


class Unfolding:
    """A circuit unfolded for given lengths of its axes.

    Parameters
    ----------
    model : the circuit.
    lengths : how many places each axis has, from 0; 10**12 is as cheap as 3.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> u = Unfolding(read("h(t) = tanh(W @ h(t-1) + U @ x(t))"), {"t": 2})
    >>> list(u.nodes)
    [('W', ()), ('U', ()), ('x', (1,)), ('x', (2,)), ('h', (0,)), ('h', (1,)), ('h', (2,))]
    >>> len(Unfolding(u.model, {"t": 10**12}))
    2000000000003
    """

    def __init__(self, model: Model, lengths: Mapping[str, int]) -> None:
        self.model = model
        self.lengths = dict(lengths)
        self._check()

    def _check(self) -> None:
        """Check that the lengths are those of the axes, and that no fixed read lies beyond them."""
        for axis in self.model.axes:
            length = self.lengths.get(axis)
            if length is None:
                raise CircuitError(f"the length of the axis '{shown(axis)}' is missing", help=f"unfold({axis}=…)")
            if isinstance(length, bool) or not isinstance(length, int) or length < 0:
                raise CircuitError(f"the length of '{shown(axis)}' is a whole number from 0, not {length!r}")
        for axis in self.lengths:
            if axis not in self.model.axes:
                known = ", ".join(shown(name) for name in self.model.axes) or "none"
                raise CircuitError(f"there is no axis '{shown(str(axis))}'", help=f"the axes are: {known}")
        for statement in self.model.statements:
            for read in statement.reads if self.domain(statement) else ():
                for at, axis in zip(read.index, self.model.axes_of(read.name), strict=True):
                    if at.base == "" and at.offset > self.lengths[axis]:
                        written = read_text(read.name, read.index)
                        raise CircuitError(
                            f"{read_text(statement.name, statement.index)} reads {written}, but '{shown(axis)}' "
                            f"has only {self.lengths[axis]} steps"
                        )

    # Places -----------------------------------------------------------------------------------------

    def length_of(self, name: str) -> int:
        """Return over how many places an axis runs, also by the name that a reduction binds it to."""
        return self.lengths[self.model.bound.get(name, name)]

    def extent(self, name: str) -> Box:
        """Return the box of the places from 1 to end of a signal or an input."""
        return tuple((1, self.lengths[axis]) for axis in self.model.axes_of(name))

    def domain(self, statement: Statement) -> list[Box]:
        """Return the places where a statement gives the value."""
        if statement.place is None:
            pins = [boxes.point(place) for place in self.model.fixed.get(statement.name, {}) if min(place) >= 1]
            return boxes.without([self.extent(statement.name)], pins)
        point = boxes.point(statement.place)
        inside = [self.extent(statement.name)] if statement.is_pin else self._before.get(statement.name, [])
        return [point] if boxes.contains(inside, statement.place) else []

    @cached_property
    def _before(self) -> dict[str, list[Box]]:
        """The places before the first step that are read, by name."""
        model = self.model
        length = self.lengths[model.axes[0]] if model.axes else 0
        found = read_off_edge(model.statements, dict(model.signals), dict(model.inputs), length)
        for statement in model.statements:
            for read in statement.reads:
                if any(at.base == "end" for at in read.index):
                    place = self.place(read, {})
                    if min(place) < 1 and self._is_given(read.name, place):
                        found[read.name] = boxes.union([*found.get(read.name, []), boxes.point(place)])
        return found

    def _is_given(self, name: str, place: Place) -> bool:
        """Say whether a place off the edge has a value of its own; else what is read there is 0."""
        free = self.model.free_by_name.get(name)
        written = place in self.model.fixed.get(name, {})
        return written or (free is not None and boxes.contains(free.boxes, place))

    def places(self, name: str) -> list[Box]:
        """Return every place at which a name has a node."""
        if name in self.model.parameters:
            return [()]
        return boxes.union([*self._before.get(name, []), self.extent(name)])

    def place(self, read: Read, at: Mapping[str, int]) -> Place:
        """Return the place a read falls on, with the axes at the given indices."""
        axes = self.model.axes_of(read.name)
        return tuple(
            (self.lengths[axis] if place.base == "end" else at[place.base] if place.base else 0) + place.offset
            for place, axis in zip(read.index, axes, strict=True)
        )

    def statement(self, node: Node) -> Statement | None:
        """Return what gives a node its value; None for inputs, parameters and what the caller gives."""
        name, place = node
        fixed = self.model.fixed.get(name, {}).get(place)
        if fixed is not None:
            return fixed
        return self.model.equations.get(name) if boxes.contains([self.extent(name)], place) else None

    def instance(self, name: str, place: Place) -> Expr | None:
        """Return the right side that gives a node its value, with every place fixed; None where none does.

        Reductions keep their bound index. A place off the edge that nothing gives is 0.

        >>> from unfoldgraph.language.text import read
        >>> from unfoldgraph.notation import text
        >>> text(Unfolding(read("s(t) = f(s(t-1); theta)"), {"t": 3}).instance("s", (3,)))
        'f(s(2); θ)'
        """
        statement = self.statement((name, place))
        if statement is None:
            return None
        at = dict(zip(statement.axes, place, strict=True)) if statement.place is None else {}

        def fixed(node: Expr, arguments: list[Expr]) -> Expr:
            if node.operator == "read":
                source, index = node.data
                if any(position.bound for position in index):
                    return node
                where = self.place(Read(source, index, ""), at)
                known = boxes.contains([self.extent(source)], where) or self._is_given(source, where)
                return Expr("read", (), (source, tuple(Index("", one) for one in where))) if known else number(0)
            if node.operator == "axis" and not node.data[1]:
                return number(at[node.data[0]])
            if node.operator == "length":
                return number(self.length_of(node.data))
            return Expr(node.operator, tuple(arguments), node.data)

        return fold(statement.value, fixed)

    def sources(self, node: Node) -> list[tuple[Node, str]]:
        """Return the nodes that a node reads, each with how it is read, in the order written.

        A node that is read in several ways stands once, its ways joined by "+".
        """
        statement = self.statement(node)
        if statement is None:
            return []
        at = dict(zip(statement.axes, node[1], strict=True)) if statement.place is None else {}
        ways: dict[Node, dict[str, None]] = {}
        for read in statement.reads:
            for where in self._places_read(read, at):
                inside = boxes.contains([self.extent(read.name)], where)
                if inside or self._is_given(read.name, where):
                    ways.setdefault((read.name, where), {})[read.kind] = None
        for name in statement.parameters:
            ways.setdefault((name, ()), {})["parameter"] = None
        return [(source, "+".join(kind for kind in _READS if kind in kinds)) for source, kinds in ways.items()]

    def _places_read(self, read: Read, at: Mapping[str, int]) -> Iterator[Place]:
        """Yield the places of a read: one, or all that its bound axes run over."""
        bound = list(dict.fromkeys(position.base for position in read.index if position.bound))
        ranges = tuple((1, self.length_of(name)) for name in bound)
        for indices in boxes.places([ranges]):
            yield self.place(read, {**at, **dict(zip(bound, indices, strict=True))})

    # The graph --------------------------------------------------------------------------------------

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Parameters, inputs and signals, each in the order written."""
        return (*self.model.parameters, *self.model.inputs, *self.model.signals)

    @property
    def nodes(self) -> View[Node]:
        """The nodes: a name and a place each."""
        return View(
            lambda: sum(boxes.volume(self.places(name)) for name in self.names),
            lambda: ((name, place) for name in self.names for place in boxes.places(self.places(name))),
        )

    @property
    def edges(self) -> View[tuple[Node, Node, str]]:
        """The edges: source, target, and how the source is read."""
        return View(
            lambda: sum(self._count_edges(statement) for statement in self.model.statements),
            lambda: (
                (source, (statement.name, place), read)
                for statement in self.model.statements
                for place in boxes.places(self.domain(statement))
                for source, read in self.sources((statement.name, place))
            ),
        )

    def _count_edges(self, statement: Statement) -> int:
        """Count the edges into a statement's nodes.

        Reads with a delay never meet one another. What is read at fixed places is the same set for every
        node; a delayed read meets it where the node is that far behind one of its places.
        """
        domain = self.domain(statement)
        nodes = boxes.volume(domain)
        total = nodes * len(statement.parameters)
        for name in dict.fromkeys(read.name for read in statement.reads):
            reads = [read for read in statement.reads if read.name == name]
            still = []
            for read in reads if nodes else ():
                if read.kind != "delay" or not read.index:
                    still += [box for box in [self._box_read(read)] if not boxes.is_empty(box)]
            exists = self.places(name)
            still = boxes.union(boxes.intersect(box, other) for box in still for other in exists)
            still = [box for box in still if not boxes.is_empty(box)]
            total += nodes * boxes.volume(still)
            for read in reads:
                if read.kind == "delay" and read.index:
                    offsets = [position.offset for position in read.index]
                    for box in domain:
                        moved = boxes.shift(box, offsets)
                        total += boxes.volume([moved])
                        total -= sum(
                            boxes.volume([shared])
                            for shared in (boxes.intersect(moved, other) for other in still)
                            if not boxes.is_empty(shared)
                        )
        return total

    def _box_read(self, read: Read) -> Box:
        """Return the box of a read that is the same for every node: fixed, at the end, or of everything."""
        sides = []
        for position, axis in zip(read.index, self.model.axes_of(read.name), strict=True):
            length = self.lengths[axis]
            if position.bound:
                sides.append((1 + position.offset, length + position.offset))
            else:
                at = position.offset + (length if position.base == "end" else 0)
                sides.append((at, at))
        return tuple(sides)

    def __len__(self) -> int:
        return self.nodes.size

    @cached_property
    def depth(self) -> int:
        """The number of edges on a longest path, at a cost that does not grow with the lengths."""
        return longest_path(self.model, self.lengths, lambda statement: bool(self.domain(statement)))

    def uses(self, parameter: str) -> int:
        """Return how many nodes read a parameter."""
        return sum(
            boxes.volume(self.domain(statement))
            for statement in self.model.statements
            if parameter in statement.parameters
        )

    def to_networkx(self) -> networkx.DiGraph:
        """Return the acyclic graph, with `name`, `index`, `kind` and `axes` on nodes and `read` on edges."""
        import gc

        import networkx

        require_within(self.nodes.size, ENUMERATED_NODES, "the graph would have {} nodes", "take fewer steps")
        graph = networkx.DiGraph(axes=self.model.axes)
        # Millions of small tuples that never form cycles: the collector would only walk them again and again.
        collecting = gc.isenabled()
        gc.disable()
        try:
            for name in self.names:
                attributes = {"name": name, "kind": self._kind(name), "axes": self.model.axes_of(name)}
                graph.add_nodes_from(
                    ((name, place), {**attributes, "index": place}) for place in boxes.places(self.places(name))
                )
            graph.add_edges_from((source, target, {"read": read}) for source, target, read in self.edges)
        finally:
            if collecting:
                gc.enable()
        return graph

    def _kind(self, name: str) -> str:
        kinds: Sequence[tuple[str, Any]] = (("parameter", self.model.parameters), ("input", self.model.inputs))
        return next((kind for kind, names in kinds if name in names), "signal")

    def evaluate(self, /, **arrays: Any) -> Result:
        """Return the value of every signal: a plain walk over the nodes, one sequence at a time.

        Arrays are as for a compiled circuit: a signal over `t` is `(*batch, steps, *shape)`, a parameter has
        its own shape, and all may have leading batch dimensions, which broadcast together. Opaque functions
        are passed under their own names. Raises `CircuitError` for missing, extra or misshapen arrays.
        """
        require_within(self.nodes.size, ENUMERATED_NODES, "this needs {} nodes", "compile the circuit instead")
        return evaluate(self, arrays)

    def fold(self) -> networkx.MultiDiGraph:
        """Return the circuit graph again, from the unfolded graph alone."""
        from unfoldgraph.unfolding.folding import fold as fold_graph

        return fold_graph(self.to_networkx())

    def __repr__(self) -> str:
        lengths = ", ".join(f"{axis}={length}" for axis, length in self.lengths.items())
        return f"<{self.model.name} unfolded for {lengths or 'no axis'}: {self.nodes.size} nodes>"
