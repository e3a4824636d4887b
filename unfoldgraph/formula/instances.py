"""The right sides of single nodes: every place a number, constants put in, reductions written out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from unfoldgraph.algebra.expression import Expr, Index, number, postorder
from unfoldgraph.algebra.laws import Joining, NumberedTerm
from unfoldgraph.algebra.notation import read_text
from unfoldgraph.algebra.operators import OPERATORS, is_reduction, joining_of, laws_of
from unfoldgraph.base.boxes import Place
from unfoldgraph.formula.simplifying import Folder, bare, constant, constant_number, filled
from unfoldgraph.model.equations import Statement
from unfoldgraph.unfolding.graph import UnfoldedGraph, UnfoldedNode


@dataclass(frozen=True, slots=True)
class ReadPattern:
    """One read of a statement: the name, and per index the name it moves with ("" for none) and what is added.

    `runs` are the names that a reduction binds, each with the length of the axis that it runs over.
    """

    name: str
    moves: tuple[tuple[str, int], ...]
    runs: tuple[tuple[str, int], ...]

    def at(self, indices: Mapping[str, int]) -> Place:
        """Return the place that is read with the axes at some indices."""
        return tuple([indices[axis] + offset if axis else offset for axis, offset in self.moves])


@dataclass(slots=True)
class Right:
    """A folded right side. `fills` says that a scalar stands for a value of another shape."""

    value: Expr
    fills: bool


class StatementForm:
    """What one statement is like at any place, found once.

    Attributes
    ----------
    plain : folding changes nothing unless a constant is read, so that all places look the same, at least
        from the second where the number of the step stands in it (`stepped`).
    fills : a scalar right side gives a left side that is no scalar.
    moving : the axes of the left side, each with its position there.
    stays : it is a boundary or a pin whose value is a bare name, and stays as `s(1)` where it is read.
    terms : how many terms its reductions are written out to.
    """

    def __init__(self, statement: Statement, unfolding: UnfoldedGraph, folder: Folder) -> None:
        self.statement = statement
        self.parameters = statement.parameters
        self.moving = tuple((at.base, position) for position, at in enumerate(statement.index) if at.moves)
        self.stays = not statement.is_equation and statement.value.operator == "parameter"
        lengths, model = unfolding.lengths, unfolding.model
        self.sources: dict[tuple[str, tuple[Index, ...]], ReadPattern] = {}
        for read in statement.reads:
            axes = model.axes_of(read.name)
            moves = tuple(
                ("", lengths[axis] + at.offset) if at.base == "end" else (at.base, at.offset)
                for at, axis in zip(read.index, axes, strict=True)
            )
            runs = {at.base: lengths[axis] for at, axis in zip(read.index, axes, strict=True) if at.bound}
            self.sources[read.name, read.index] = ReadPattern(read.name, moves, tuple(runs.items()))
        self.nodes = list(postorder([statement.value]))
        self.terms = self._count_terms(unfolding)
        self.stepped = any(node.operator == "axis" for node in self.nodes)
        self.plain = self._is_plain(folder)
        self.fills = bool(model.shapes.get(statement.name)) and folder.shape(statement.value) == ()
        folder.forget()

    @cached_property
    def program(self) -> list[tuple[Expr, tuple[int, ...]]]:
        """The operations in order, each with the positions of its arguments in this list."""
        position = {id(node): number for number, node in enumerate(self.nodes)}
        return [(node, tuple(position[id(argument)] for argument in node.arguments)) for node in self.nodes]

    def _count_terms(self, unfolding: UnfoldedGraph) -> int:
        """Count the terms of the reductions, nested ones multiplied; the inner operations not counted."""
        counts: dict[int, int] = {}
        total = 0
        for node in self.nodes:
            inner = sum(counts[id(argument)] for argument in node.arguments)
            if is_reduction(node):
                inner = max(1, inner) * unfolding.lengths[node.data[0].axis]
                total = max(total, inner)
            counts[id(node)] = inner
        return total

    def _is_plain(self, folder: Folder) -> bool:
        """Say whether folding leaves the statement as it is, with any number from 2 for a step."""
        values: dict[int, Expr] = {}
        numbers: set[int] = set()
        for node in self.nodes:
            laws = laws_of(node)
            if node.operator == "length" or laws.fill is not None or is_reduction(node):
                return False
            arguments = [values[id(argument)] for argument in node.arguments]
            if node.operator in ("number", "axis"):
                numbers.add(id(node))
            elif arguments and numbers.issuperset(map(id, node.arguments)):
                if any(argument.operator != "number" for argument in node.arguments):
                    return False
                numbers.add(id(node))
            # The rules of zero and one are all that folds a step beside something unknown.
            values[id(node)] = folder.operation(node.operator, arguments, node.data) if arguments else node
            if any(id(node.arguments[position]) in numbers for position in laws.truths):
                return False
        # The number of the step by itself is a constant at every place.
        return values[id(self.statement.value)] is self.statement.value and self.statement.value.operator != "axis"

    def plain_at(self, indices: Mapping[str, int]) -> bool:
        """Say whether the right side at a place is the statement's own, as long as it reads no constant."""
        return self.plain and (not self.stepped or min(indices.values()) > 1)


def _between(at: int, side: tuple[int, int]) -> bool:
    return side[0] <= at <= side[1]


class Instances:
    """Nodes, what they read, and their right sides."""

    def __init__(self, unfolding: UnfoldedGraph) -> None:
        self.unfolding = unfolding
        self.model = unfolding.model
        self.folder = Folder(self.model.shapes)
        self._forms: dict[int, StatementForm] = {}
        self._by_node: dict[UnfoldedNode, StatementForm | None] = {}
        self._extents = {name: unfolding.extent(name) for name in (*self.model.signals, *self.model.inputs)}

    def form(self, node: UnfoldedNode) -> StatementForm | None:
        """Return the form of what gives a node its value; None for inputs, parameters and what the caller gives."""
        try:
            return self._by_node[node]
        except KeyError:
            statement = self.unfolding.statement(node)
            found = self._by_node[node] = None if statement is None else self.form_of(statement)
            return found

    def own_form(self, node: UnfoldedNode) -> StatementForm:
        """Return the form of a node that a statement gives its value."""
        found = self.form(node)
        assert found is not None
        return found

    def form_of(self, statement: Statement) -> StatementForm:
        """Return the form of a statement."""
        found = self._forms.get(id(statement))
        if found is None:
            found = self._forms[id(statement)] = StatementForm(statement, self.unfolding, self.folder)
        return found

    def opened(self, node: UnfoldedNode) -> StatementForm | None:
        """Return the form of a node that is substituted where it is read; None where it stays."""
        form = self.form(node)
        return None if form is None or form.stays else form

    def _inside(self, name: str, place: Place) -> bool:
        return all(map(_between, place, self._extents[name]))

    def exists(self, node: UnfoldedNode) -> bool:
        """Say whether there is a node; what is read where there is none is 0."""
        name, place = node
        return self.form(node) is not None or self._inside(name, place) or self.unfolding.is_given(name, place)

    def indices(self, node: UnfoldedNode, form: StatementForm) -> dict[str, int]:
        """Return the axes of a node's statement at the node's place."""
        place = node[1]
        return {axis: place[position] for axis, position in form.moving}

    def sources(self, node: UnfoldedNode, form: StatementForm) -> Iterator[UnfoldedNode]:
        """Yield the places that a node reads, those that do not exist too, in the order written."""
        at = self.indices(node, form)
        for source in form.sources.values():
            if source.runs:
                names, lengths = zip(*source.runs, strict=True)
                for running in product(*(range(1, length + 1) for length in lengths)):
                    yield source.name, source.at({**at, **dict(zip(names, running, strict=True))})
            else:
                yield source.name, source.at(at)

    def right(self, node: UnfoldedNode, form: StatementForm, constants: Mapping[UnfoldedNode, Expr]) -> Right:
        """Return the right side of a node with every place fixed and the constants put in."""
        value = self._write_out(node, form, form.statement.value, self.indices(node, form), constants)
        self.folder.forget()
        found = bare(value)
        # Folding makes a scalar of another value only where it says so.
        is_scalar = found is not value or found.operator == "number" or form.fills
        return Right(found, is_scalar and bool(self.model.shapes.get(node[0])))

    def same(self, node: UnfoldedNode, form: StatementForm, put: Callable[[UnfoldedNode], Expr]) -> Expr:
        """Return the right side of a node whose statement is plain, with `put(source)` for its reads."""
        at = self.indices(node, form)
        values: list[Expr] = []
        for leaf, positions in form.program:
            if positions:
                values.append(Expr(leaf.operator, tuple([values[position] for position in positions]), leaf.data))
            elif leaf.operator == "read":
                source = form.sources[leaf.data]
                values.append(put((source.name, source.at(at))))
            elif leaf.operator == "axis":
                values.append(number(at[leaf.data[0]]))
            else:
                values.append(leaf)
        return values[-1]

    def _write_out(
        self,
        own: UnfoldedNode,
        form: StatementForm,
        root: Expr,
        at: Mapping[str, int],
        constants: Mapping[UnfoldedNode, Expr],
    ) -> Expr:
        """Return a part of the right side of a node at given indices.

        It calls itself once per nested reduction, which the limit on nesting bounds; within one it is a loop.
        """
        values: dict[int, Expr] = {}
        for node in postorder([root], stop=is_reduction):
            operator = node.operator
            if operator == "read":
                value = self._read(own, form.sources[node.data], at, constants)
            elif operator == "axis":
                value = number(at[node.data[0]])
            elif operator == "length":
                value = number(self.unfolding.lengths[node.data])
            elif joining := joining_of(node):
                (binding,) = node.data
                terms = [
                    self._write_out(own, form, node.arguments[0], {**at, binding.name: k}, constants)
                    for k in range(1, self.unfolding.lengths[binding.axis] + 1)
                ]
                value = self._reduce(node, joining, terms)
            elif node.arguments or operator in OPERATORS:
                value = self.folder.operation(
                    operator, [values[id(argument)] for argument in node.arguments], node.data
                )
            else:
                value = node
            values[id(node)] = value
        return values[id(root)]

    def _read(
        self, own: UnfoldedNode, source: ReadPattern, at: Mapping[str, int], constants: Mapping[UnfoldedNode, Expr]
    ) -> Expr:
        """Return what is read at some indices; a boundary that meets itself, where an axis is too short, reads 0."""
        node = source.name, source.at(at)
        value = constants.get(node)
        if value is None:
            if node != own and self.exists(node):
                return as_read(node)
            value = number(0)
        return filled(value, self.model.shapes.get(source.name))

    def _reduce(self, node: Expr, joining: Joining, terms: Sequence[Expr]) -> Expr:
        """Return the terms of a reduction joined: a sum is written out with `+`."""
        if terms:
            return joining.written(_FoldedWriter(self.folder), list(enumerate(terms, 1)))
        # What is no number there is the sum of nothing, divided by how many there are.
        nothing = (
            self.folder.operation("div", [number(0), number(0)])
            if joining.nothing is None
            else constant_number(joining.nothing)
        )
        return filled(nothing, self.folder.shape(node.arguments[0]))


@dataclass(frozen=True, slots=True)
class _FoldedWriter:
    """Joins the terms along an axis, folding as it goes."""

    folder: Folder

    def operation(self, operator: str, arguments: Sequence[Expr]) -> Expr:
        return self.folder.operation(operator, arguments)

    def integer(self, value: int) -> Expr:
        return number(value)

    def first_number(self, terms: Sequence[NumberedTerm[Expr]]) -> Expr:
        """Return 1 everywhere; the shape that only a function knows is that of the only term, or of comparisons."""
        at, term = terms[0]
        shape = self.folder.shape(term)
        if shape is None and len(terms) == 1:
            return self.operation("pow", [term, number(0)])
        return filled(number(at), shape)


def as_read(node: UnfoldedNode) -> Expr:
    """Return the read of a node.

    >>> as_read(("h", (0,))).data
    ('h', (Index(base='', offset=0, bound=False, variables=()),))
    """
    return Expr("read", (), (node[0], tuple([Index("", at) for at in node[1]])))


def label_of(node: UnfoldedNode) -> str:
    """Return a node as it is written.

    >>> label_of(("h", (0,)))
    'h(0)'
    """
    return read_text(node[0], [Index("", at) for at in node[1]])


def node_of(read: Expr) -> UnfoldedNode:
    """Return the node of a read at fixed places."""
    return read.data[0], tuple([at.offset for at in read.data[1]])


def constant_of(value: Expr) -> bool:
    """Say whether a right side is a number that takes the place of what reads it."""
    return constant(value) is not None
