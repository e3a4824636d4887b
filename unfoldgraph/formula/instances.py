"""The right sides of single nodes: every place a number, constants put in, reductions written out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

from unfoldgraph.algebra.expression import (
    BY_VALUE,
    Binding,
    Expr,
    Index,
    Slice,
    changed_item,
    entry_with,
    items_of,
    number,
    places_of_entry,
    postorder,
)
from unfoldgraph.algebra.notation import read_text
from unfoldgraph.algebra.operators import OPERATORS, is_conditional, is_reduction, joining_of, laws_of
from unfoldgraph.algebra.shapes import Size
from unfoldgraph.algebra.table.exact_rules import ExactNumber
from unfoldgraph.algebra.table.laws import Joining, NumberedTerm
from unfoldgraph.base.affine import is_index, whole
from unfoldgraph.base.boxes import Place
from unfoldgraph.formula.simplifying import Folder, bare, constant, constant_number, filled
from unfoldgraph.model.equations import Statement
from unfoldgraph.model.regions import place_on
from unfoldgraph.unfolding.graph import UnfoldedGraph, UnfoldedNode

#: So many operations of right sides that have been written out, and places that they read, are kept.
_KEPT = 1_000_000


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


@dataclass(frozen=True, slots=True)
class SumPattern:
    """One read of a statement at places that are sums: of each the constant, and names with their factors."""

    name: str
    sums: tuple[tuple[int, tuple[tuple[str, int], ...]], ...]

    def at(self, indices: Mapping[str, int]) -> Place:
        """Return the place that is read with the indices at some numbers."""
        found = []
        for place, terms in self.sums:
            for name, factor in terms:
                place += factor * indices[name]
            found.append(place)
        return tuple(found)


@dataclass(slots=True)
class Right:
    """A folded right side. `fills` says that a scalar stands for a value of another shape."""

    value: Expr
    fills: bool


class StatementForm:
    """What one statement is like at any place, found once.

    Attributes
    ----------
    is_regular : whatever it reads has a pattern: an axis plus or minus some steps, a fixed place, or a whole axis.
    plain : folding changes nothing unless a constant is read, so that all places look the same, at least
        from the second where the number of the step stands in it (`stepped`).
    fills : a scalar right side gives a left side that is no scalar.
    moving : the axes of the left side, each with its position there.
    stays : it is a boundary or a pin whose value is a bare name, and stays as `s(1)` where it is read.
    terms : how many terms its reductions are written out to, and how many places a read may be of, at most.
    """

    def __init__(self, statement: Statement, unfolding: UnfoldedGraph, folder: Folder) -> None:
        self.statement = statement
        self.parameters = statement.parameters
        self.moving = tuple((at.base, position) for position, at in enumerate(statement.index) if at.moves)
        self.stays = not statement.is_equation and statement.value.operator == "parameter"
        lengths, model = unfolding.lengths, unfolding.model
        self.sources: dict[tuple[str, tuple[Index, ...]], ReadPattern] = {}
        self.sums: dict[tuple[str, tuple[Index, ...]], SumPattern] = {}
        self.nodes = list(postorder([statement.value]))
        written = [node.data for node in self.nodes if node.operator == "read"]
        told = {(read.name, read.index) for read in statement.reads}
        # What a condition never lets be read is written, and none of its reads.
        self.is_regular = all(read.is_plain for read in statement.reads) and all(
            one in told or any(at.bound for at in one[1]) for one in written
        )
        for node in self.nodes:
            if node.operator != "read" or node.arguments:
                continue
            name, index = node.data
            axes = model.axes_of(name)
            if not all(at.is_plain for at in index):
                sums = [place_on(at, axis, unfolding.known) for at, axis in zip(index, axes, strict=True)]
                self.sums[node.data] = SumPattern(name, tuple((one.constant, one.terms) for one in sums))
                continue
            moves = tuple(
                ("", lengths[axis] + at.offset) if at.base == "end" else (at.base, at.offset)
                for at, axis in zip(index, axes, strict=True)
            )
            runs = {at.base: lengths[axis] for at, axis in zip(index, axes, strict=True) if at.bound}
            self.sources[node.data] = ReadPattern(name, moves, tuple(runs.items()))
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
        statement = self.statement
        bounds = unfolding.bounds(statement)
        if bounds is None:
            return 0
        sides = dict(zip(unfolding.model.axes_of(statement.name), bounds, strict=True))
        sides = {at.base: sides[axis] for at, axis in zip(statement.index, sides, strict=True) if at.moves}
        runs = {}
        # What is around a reduction comes after it.
        for node in reversed(self.nodes):
            for binding in node.data if is_reduction(node) else ():
                if binding.ends:
                    low, high = (end.at(unfolding.known) for end in binding.ends)
                    first, last = low.least(sides), high.greatest(sides)
                else:
                    first, last = 1, unfolding.lengths[binding.axis]
                sides = {**sides, binding.name: (first, last)}
                runs[id(node)] = max(0, last - first + 1)
        counts: dict[int, int] = {}
        total = 0
        for node in self.nodes:
            inner = sum(counts[id(argument)] for argument in node.arguments)
            if is_reduction(node):
                inner = max(1, inner) * runs[id(node)]
                total = max(total, inner)
            counts[id(node)] = inner
        return max([total, *(unfolding.most_places(statement, read) for read in statement.reads if not read.is_plain)])

    def _is_plain(self, folder: Folder) -> bool:
        """Say whether folding leaves the statement as it is, with any number from 2 for a step."""
        values: dict[int, Expr] = {}
        numbers: set[int] = set()
        if not self.is_regular or any(map(_is_counted_by_indices, self.nodes)):
            return False
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


def _is_counted_by_indices(node: Expr) -> bool:
    """Say whether which entry it is goes by an index, or by what is computed."""
    return any(
        at.base == BY_VALUE or (at.form is not None and any(is_index(name) for name, _ in at.form.terms))
        for at in places_of_entry(node)
    )


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
        in_ranges = {statement.name for statement in self.model.statements if statement.ranges}
        self._of_statements = frozenset(statement.name for statement in self.model.statements)
        self._rights: dict[UnfoldedNode, Right] = {}
        self._sources: dict[UnfoldedNode, Sequence[UnfoldedNode]] = {}
        self._room = _KEPT
        self._extents = {name: unfolding.extent(name) for name in self.model.axes_by_name if name not in in_ranges}

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
        return name in self._extents and all(map(_between, place, self._extents[name]))

    def exists(self, node: UnfoldedNode) -> bool:
        """Say whether there is a node; what is read where there is none is 0."""
        name, place = node
        return (
            (name in self._of_statements and self.form(node) is not None)
            or self._inside(name, place)
            or self.unfolding.is_given(name, place)
        )

    def indices(self, node: UnfoldedNode, form: StatementForm) -> dict[str, int]:
        """Return the axes of a node's statement at the node's place."""
        place = node[1]
        return {axis: place[position] for axis, position in form.moving}

    def sources(self, node: UnfoldedNode, form: StatementForm) -> Iterator[UnfoldedNode]:
        """Yield the places that a node may read, in the order written; some that do not exist too."""
        if not form.is_regular:
            yield from self._looked_up(node)
            return
        at = self.indices(node, form)
        for source in form.sources.values():
            if source.runs:
                names, lengths = zip(*source.runs, strict=True)
                for running in product(*(range(1, length + 1) for length in lengths)):
                    yield source.name, source.at({**at, **dict(zip(names, running, strict=True))})
            else:
                yield source.name, source.at(at)

    def _looked_up(self, node: UnfoldedNode) -> Sequence[UnfoldedNode]:
        known = self._sources.get(node)
        if known is None:
            known = [source.node for source in self.unfolding.sources(node) if source.moves]
            if len(known) <= self._room:
                self._room -= len(known)
                self._sources[node] = known
        return known

    def right(self, node: UnfoldedNode, form: StatementForm, constants: Mapping[UnfoldedNode, Expr]) -> Right:
        """Return the right side of a node with every place fixed and the constants put in.

        `constants` are to hold all that the node reads. What is written out is kept as long as it is not much.
        """
        known = self._rights.get(node)
        if known is not None:
            return known
        value = _RightSide(self, node, form, constants).at(form.statement.value, self.indices(node, form))
        self.folder.forget()
        found = bare(value)
        # Folding makes a scalar of another value only where it says so.
        is_scalar = found is not value or found.operator == "number" or form.fills
        right = Right(found, is_scalar and bool(self.model.shapes.get(node[0])))
        size = form.terms * len(form.nodes)
        if 0 < size <= self._room:
            self._room -= size
            self._rights[node] = right
        return right

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


class _RightSide:
    """Writes out the right side of one node, with the constants put in that it reads."""

    def __init__(
        self, instances: Instances, own: UnfoldedNode, form: StatementForm, constants: Mapping[UnfoldedNode, Expr]
    ) -> None:
        self.instances = instances
        self.unfolding = instances.unfolding
        self.folder = instances.folder
        self.own = own
        self.form = form
        self.constants = constants

    @cached_property
    def sources(self) -> list[UnfoldedNode]:
        """The places that it may read."""
        return list(self.instances.sources(self.own, self.form))

    def at(self, root: Expr, at: Mapping[str, int]) -> Expr:
        """Return a part of the right side at given indices.

        It calls itself once per nested reduction, which the limit on nesting bounds; within one it is a loop. Of the
        branches of a condition that indices or constants decide only the one that holds is written out.
        """
        values: dict[int, Expr] = {}
        waiting = [root]
        while waiting:
            node = waiting[-1]
            if id(node) in values:
                waiting.pop()
                continue
            needed = self._needed(node, values)
            missing = [argument for argument in needed if id(argument) not in values]
            if missing:
                waiting += missing[::-1]
                continue
            waiting.pop()
            values[id(node)] = self._operation(node, [values[id(argument)] for argument in needed], at)
        return values[id(root)]

    def _needed(self, node: Expr, values: Mapping[int, Expr]) -> Sequence[Expr]:
        """Return the arguments that are written out before a node, as far as is known by now."""
        if is_reduction(node):
            return ()
        if not is_conditional(node) or any(self.folder.shape(argument) is None for argument in node.arguments):
            # What only a function knows the shape of gives that to the other branch.
            return node.arguments
        condition, *branches = node.arguments
        if id(condition) not in values:
            return (condition,)
        truth = constant(values[id(condition)])
        return node.arguments if truth is None else (branches[0 if truth else 1],)

    def _operation(self, node: Expr, arguments: list[Expr], at: Mapping[str, int]) -> Expr:
        """Return a node whose arguments, those that are needed, are written out."""
        match node.operator:
            case "read":
                return self._read(node, arguments, at)
            case "axis":
                return number(at[node.data[0]])
            case "length":
                return number(self.unfolding.lengths[node.data])
            case "size" if node.data in self.unfolding.sizes:
                return number(self.unfolding.sizes[node.data])
            case "entry":
                return self._entry(node, arguments, at)
        if joining := joining_of(node):
            return self._reduction(node, joining, at)
        if len(arguments) < len(node.arguments):
            (value,) = arguments
            return value if self.folder.shape(value) else filled(value, self.folder.shape(node))
        if arguments or node.operator in OPERATORS:
            data = tuple(self._item(item, at) for item in items_of(node)) or node.data
            return self.folder.operation(node.operator, arguments, data)
        return node

    # Reads ------------------------------------------------------------------------------------------

    def _read(self, node: Expr, arguments: Sequence[Expr], at: Mapping[str, int]) -> Expr:
        """Return what is read at some indices; what is computed and is no number stays written."""
        pattern = self.form.sources.get(node.data) or self.form.sums.get(node.data)
        if pattern is not None:
            return self._node(pattern.name, pattern.at(at))
        name, index = node.data
        places: list[Index] = []
        computed: list[Expr] = []
        for one, axis in zip(index, self.instances.model.axes_of(name), strict=True):
            if one.base != BY_VALUE:
                places.append(Index("", self.unfolding.place([one], [axis], at)[0]))
                continue
            value = arguments[one.offset]
            place = constant(value)
            if place is None:
                places.append(Index(BY_VALUE, len(computed)))
                computed.append(value)
            elif _is_whole(place):
                places.append(Index("", int(place)))
            else:
                return self._nothing(name)
        if not computed:
            return self._node(name, tuple(one.offset for one in places))
        found = Expr("read", tuple(map(self.folder.spread, computed)), (name, tuple(places)))
        meant = [self.constants.get(source) for source in self.sources if may_mean(found, source)]
        # Off the axis it is 0 too.
        return self._nothing(name) if all(one is not None and constant(one) == 0 for one in meant) else found

    def _node(self, name: str, place: Place) -> Expr:
        """Return what is read at a place; a boundary that meets itself, where an axis is too short, reads 0."""
        node = name, place
        value = self.constants.get(node)
        if value is None:
            return as_read(node) if node != self.own and self.instances.exists(node) else self._nothing(name)
        return filled(value, self.instances.model.shapes.get(name))

    def _nothing(self, name: str) -> Expr:
        """Return what is read of a name where there is no such place."""
        return filled(number(0), self.instances.model.shapes.get(name))

    # Entries ----------------------------------------------------------------------------------------

    def _entry(self, node: Expr, arguments: Sequence[Expr], at: Mapping[str, int]) -> Expr:
        """Return an entry at some indices, 0 where there is none; what is computed and is no number stays written."""
        array, *values = arguments
        shape = self.folder.shape(node.arguments[0]) or ()
        items: list[Index | Slice] = []
        computed: list[Expr] = []
        for position, item in enumerate(node.data):
            if isinstance(item, Slice) or item.is_plain:
                items.append(self._item(item, at))
                continue
            if item.base == BY_VALUE:
                value = values[item.offset - 1]
                place = constant(value)
                if place is None:
                    computed.append(value)
                    items.append(Index(BY_VALUE, len(computed)))
                    continue
                found = Index("", int(place)) if _is_whole(place) else None
            else:
                found = self._item(item, at)
            size = shape[position] if position < len(shape) else None
            size = self.unfolding.sizes.get(size, size) if isinstance(size, str) else size
            if found is None or (not found.base and (found.offset < 0 or _is_beyond(found.offset, size))):
                return filled(number(0), self.folder.shape(node))
            items.append(found)
        return self.folder.operation("entry", [array, *computed], tuple(items))

    def _item(self, item: Any, at: Mapping[str, int]) -> Any:
        """Return an entry or a slice at some indices."""
        here = {**self.unfolding.known, **{name: whole(value) for name, value in at.items()}}
        return changed_item(item, lambda place: entry_with(place, here))

    # Reductions -------------------------------------------------------------------------------------

    def _reduction(self, node: Expr, joining: Joining, at: Mapping[str, int]) -> Expr:
        """Return the terms of a reduction joined: a sum is written out with `+`."""
        body, *conditions = node.arguments
        (binding,) = node.data
        terms: list[NumberedTerm[Expr]] = []
        for running in self._numbers(binding, at):
            now = {**at, binding.name: running}
            condition = self.at(conditions[0], now) if conditions else None
            truth = None if condition is None else constant(condition)
            if truth != 0:
                terms.append(NumberedTerm(running, self.at(body, now), condition if truth is None else None))
        if terms:
            return joining.written(_FoldedWriter(self.folder), terms)
        # What is no number there is the sum of nothing, divided by how many there are.
        nothing = (
            self.folder.operation("div", [number(0), number(0)])
            if joining.nothing is None
            else constant_number(joining.nothing)
        )
        return filled(nothing, self.folder.shape(body))

    def _numbers(self, binding: Binding, at: Mapping[str, int]) -> range:
        """Return what a reduction runs over."""
        if not binding.ends:
            return range(1, self.unfolding.lengths[binding.axis] + 1)
        first, last = (end.at(self.unfolding.known).number(at) for end in binding.ends)
        return range(first, last + 1)


def _is_whole(value: ExactNumber) -> bool:
    return value == value // 1


def _is_beyond(at: int, size: Size | None) -> bool:
    """Say whether there are fewer entries, as far as the size is a number."""
    return isinstance(size, int) and at >= size


def may_mean(read: Expr, node: UnfoldedNode) -> bool:
    """Say whether a read of which some place is computed may be that of a node.

    >>> from unfoldgraph.algebra.expression import parameter
    >>> computed = Expr("read", (parameter("k"),), ("V", (Index("", 1), Index(BY_VALUE, 0))))
    >>> may_mean(computed, ("V", (1, 5))), may_mean(computed, ("V", (2, 5)))
    (True, False)
    """
    name, index = read.data
    return name == node[0] and all(
        one.base == BY_VALUE or one.offset == at for one, at in zip(index, node[1], strict=True)
    )


@dataclass(frozen=True, slots=True)
class _FoldedWriter:
    """Joins the terms along an axis, folding as it goes."""

    folder: Folder

    def operation(self, operator: str, arguments: Sequence[Expr]) -> Expr:
        return self.folder.operation(operator, arguments)

    def constant(self, value: ExactNumber) -> Expr:
        return constant_number(value)

    def first_number(self, terms: Sequence[NumberedTerm[Expr]]) -> Expr:
        """Return 1 everywhere; the shape that only a function knows is that of the only term, or of comparisons."""
        at, term, _ = terms[0]
        shape = self.folder.shape(term)
        if shape is None and len(terms) == 1:
            return self.operation("pow", [term, number(0)])
        return filled(number(at), shape)


def as_read(node: UnfoldedNode) -> Expr:
    """Return the read of a node.

    >>> as_read(("h", (0,))).data
    ('h', (Index(base='', offset=0, bound=False, form=None, names=()),))
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
