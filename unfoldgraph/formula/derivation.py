"""A target in terms of what it depends on: how large its formula would be, and the formula.

Each stage is made of those before it, when it is asked for: the nodes that the target depends on, what folding their
constants changes, the nodes that are still read then, and their right sides, which refer to each other.

Nothing is written out to know a size: it follows from how often each node would be repeated, counted from the target
back to what it reads, with exact integers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

from unfoldgraph.algebra.expression import Expr, postorder
from unfoldgraph.base.collecting import without_collecting
from unfoldgraph.base.errors import CircuitError
from unfoldgraph.base.limits import FORMULA_CHARACTERS
from unfoldgraph.formula.entries import Items, Picker, puts_together
from unfoldgraph.formula.exact_numbers import digits
from unfoldgraph.formula.folded_order import FoldedNodes, FoldedOrder, RepeatedSteps, folded_order
from unfoldgraph.formula.instances import Instances, Right, StatementForm, as_read, label_of, node_of
from unfoldgraph.formula.simplifying import bare, filled
from unfoldgraph.formula.timing import statements_before
from unfoldgraph.model.equations import Model
from unfoldgraph.unfolding.graph import UnfoldedGraph, UnfoldedNode

#: From how many digits on, on average, constants are what makes a formula long.
_LONG = 20
#: How many operations are added where a scalar is written with the shape it fills: `s * ones(m)`.
_SPREADING = 2


ItemPath = tuple[Items, ...]
"""Entries that are taken one of the other: none for the whole."""
Reference = tuple[UnfoldedNode, ItemPath]

What = TypeVar("What")


@dataclass(frozen=True, slots=True)
class RightSideSize(Generic[What]):
    """The size of one right side: its own operations and leaves, the digits in it, and how often it reads what."""

    own: int
    digits: int
    reads: tuple[tuple[What, int], ...]


def _is_fixed_read(node: Expr) -> bool:
    """Say whether a node is a read of one place, which is not computed."""
    return node.operator == "read" and not node.arguments


def _is_fixed_entry(node: Expr) -> bool:
    """Say whether a node is an entry or a slice of which nothing is computed."""
    return node.operator == "entry" and len(node.arguments) == 1


class RightSides:
    """The right sides of the nodes that a target depends on, and what they refer to.

    A reference is a place that is read and substituted, or entries of such a place.
    """

    def __init__(
        self, instances: Instances, folded: FoldedNodes, order: list[UnfoldedNode], target: UnfoldedNode
    ) -> None:
        self.instances = instances
        self.folded = folded
        self._order = order
        self._target = target

    def right(self, node: UnfoldedNode) -> Right:
        """Return the right side of a node, made anew each time it is asked for."""
        form = self.plain(node)
        if form is not None:
            return Right(self.instances.same(node, form, as_read), form.fills)
        return self.instances.right(node, self.instances.own_form(node), self.folded.constants)

    def plain(self, node: UnfoldedNode) -> StatementForm | None:
        """Return the form of a node that looks like its statement, None of any other."""
        return None if node in self.folded.changed else self.instances.own_form(node)

    def is_substituted(self, node: UnfoldedNode) -> bool:
        """Say whether a node gives way to its right side where it is read: no constant does, nor what stays."""
        return node not in self.folded.constants and self.instances.opened(node) is not None

    @cached_property
    def made_of_parts(self) -> set[UnfoldedNode]:
        """The nodes of which an entry is known where they are substituted: `s(2)[0]` of `s(2) = stack(a, b)`."""
        found: set[UnfoldedNode] = set()
        statements = statements_before(self.instances, self._target)
        nodes = [node for statement in statements for node in postorder([statement.value])]
        if not any(node.operator == "entry" for node in nodes):
            return found
        found |= self.folded.filling
        if not (found or any(puts_together(node) for node in nodes)):
            return found
        folder = self.instances.folder

        def is_found(part: Expr) -> bool:
            while _is_fixed_entry(part):
                (part,) = part.arguments
            return _is_fixed_read(part) and node_of(part) in found

        picker = Picker(folder.shape, folder.operation, folder.array, is_found)
        for node in self._order:
            if node not in found and self.is_substituted(node) and picker.is_made_of_parts(self.right(node).value):
                found.add(node)
            folder.forget()
        return found

    @cached_property
    def reads_computed_places(self) -> bool:
        """Whether some of them read places that are no numbers yet: of these no node takes the place."""
        return any(
            node.operator == "read" and bool(node.arguments)
            for statement in statements_before(self.instances, self._target)
            for node in postorder([statement.value])
        )

    @cached_property
    def _picker(self) -> Picker:
        folder = self.instances.folder
        return Picker(folder.shape, folder.operation, folder.array, lambda part: self.reference(part) is not None)

    def reference(self, part: Expr) -> Reference | None:
        """Return what an expression refers to, if it is a node that is substituted, or entries of one made of parts."""
        path: list[Items] = []
        while _is_fixed_entry(part):
            path.append(part.data)
            (part,) = part.arguments
        if not _is_fixed_read(part):
            return None
        node = node_of(part)
        refers = node in self.made_of_parts if path else self.is_substituted(node)
        return (node, tuple(reversed(path))) if refers else None

    def prepared(self, node: UnfoldedNode, path: ItemPath = ()) -> Expr:
        """Return the right side of a node, or entries of it, with entries taken of all that is known where it stands.

        What is still to be substituted are references: places that are read, or entries of such a place.
        """
        value = self.right(node).value
        if not self.made_of_parts:
            return value
        folder = self.instances.folder
        value = self._with_entries_taken(value)
        if path and node in self.folded.filling:
            value = filled(value, self.instances.model.shapes[node[0]])
        for items in path:
            value = self._taken(value, items)
        value = folder.spread(value)
        folder.forget()
        return value

    def _taken(self, value: Expr, items: Items) -> Expr:
        """Return an entry of a value."""
        found = None if bare(value) is not value else self._picker.picked(value, items)
        return self.instances.folder.operation("entry", [value], items) if found is None else found

    def _with_entries_taken(self, root: Expr) -> Expr:
        values: dict[int, Expr] = {}
        for node in postorder([root]):
            below = [values[id(argument)] for argument in node.arguments]
            if _is_fixed_entry(node):
                values[id(node)] = self._taken(below[0], node.data)
            elif all(one is other for one, other in zip(below, node.arguments, strict=True)):
                values[id(node)] = node
            else:
                values[id(node)] = self.instances.folder.operation(node.operator, below, node.data)
        return values[id(root)]

    def leaves_of(self, root: Expr) -> Iterator[Expr]:
        """Yield the references in an expression, and all that is not made of anything."""
        for node in postorder([root], stop=self.is_entry_reference):
            if not node.arguments or self.is_entry_reference(node):
                yield node

    def is_entry_reference(self, node: Expr) -> bool:
        """Say whether an expression is a reference to entries."""
        return _is_fixed_entry(node) and self.reference(node) is not None

    def placed(self, reference: Reference, value: Expr) -> Expr:
        """Return what a node is substituted by: where a scalar fills its shape, with that shape."""
        node, path = reference
        if node in self.folded.filling and not path:
            return self.instances.folder.spread(filled(value, self.instances.model.shapes[node[0]]))
        return value

    def replace(self, root: Expr, by: Mapping[Reference, Expr]) -> Expr:
        """Return an expression with some nodes, or entries of them, replaced."""
        values: dict[int, Expr] = {}

        def is_replaced(node: Expr) -> bool:
            return (_is_fixed_read(node) or _is_fixed_entry(node)) and self.reference(node) in by

        for node in postorder([root], stop=is_replaced):
            reference = self.reference(node) if is_replaced(node) else None
            if reference is not None:
                value = self.placed(reference, by[reference])
            elif node.arguments:
                value = Expr(node.operator, tuple([values[id(argument)] for argument in node.arguments]), node.data)
            else:
                value = node
            values[id(node)] = value
        return values[id(root)]


class Derivation:
    """A target, the nodes that it depends on, and their right sides."""

    def __init__(self, unfolding: UnfoldedGraph, target: UnfoldedNode) -> None:
        self.model: Model = unfolding.model
        self.target = target
        self.instances = Instances(unfolding)

    @property
    def label(self) -> str:
        """The target as it is written."""
        return label_of(self.target)

    # Stages -----------------------------------------------------------------------------------------

    @cached_property
    def found(self) -> FoldedOrder:
        """The nodes that it depends on, in order, once constants are folded."""
        return folded_order(self.instances, self.target)

    @property
    def folded(self) -> FoldedNodes:
        """What folding the constants changes."""
        return self.found.folded

    @property
    def order(self) -> list[UnfoldedNode]:
        """The nodes that the target still depends on, itself the last; constants that it read too."""
        return self.found.nodes

    @cached_property
    def rights(self) -> RightSides:
        """The right sides of these."""
        return RightSides(self.instances, self.folded, self.order, self.target)

    @cached_property
    def needed(self) -> dict[UnfoldedNode, dict[ItemPath, None]]:
        """What the nested form has to substitute: nodes, each as a whole or by entries."""
        order = self.order or [self.target]
        found: dict[UnfoldedNode, dict[ItemPath, None]] = {self.target: {(): None}}
        if not self.rights.made_of_parts and not self.rights.reads_computed_places:
            found |= {node: {(): None} for node in order if node not in self.folded.constants}
            return found
        for node in reversed(order):
            for path in found.get(node, ()):
                for leaf in self.rights.leaves_of(self.rights.prepared(node, path)):
                    reference = self.rights.reference(leaf)
                    if reference is not None:
                        found.setdefault(reference[0], {})[reference[1]] = None
        return found

    # Forms ------------------------------------------------------------------------------------------

    @property
    def equations(self) -> list[UnfoldedNode]:
        """The nodes that have a line of their own when each is written once: boundaries that are numbers do not."""
        found = self.found
        return [*self.with_lines(found.before), *(found.stretch.nodes() if found.stretch else ()), *found.after]

    def with_lines(self, nodes: Iterable[UnfoldedNode]) -> list[UnfoldedNode]:
        """Return those of some nodes that have a line of their own."""
        return [
            node
            for node in nodes
            if node not in self.folded.constants
            or node == self.target
            or self.instances.own_form(node).statement.is_equation
        ]

    def substituted(self) -> Expr:
        """Return the target with everything substituted; what is shared is one object."""
        return self._whole(self.order)[self.target, ()] if self.order else as_read(self.target)

    def substituted_before(self) -> dict[UnfoldedNode, Expr]:
        """Return those nodes with everything substituted that come before the steps that are repeated."""
        return {node: value for (node, _), value in self._whole(self.found.before).items()}

    def _whole(self, order: Iterable[UnfoldedNode]) -> dict[Reference, Expr]:
        """Return some nodes, each after all that it reads, with everything substituted."""
        whole: dict[Reference, Expr] = {}

        def put(node: UnfoldedNode) -> Expr:
            return self.rights.placed((node, ()), whole[node, ()]) if (node, ()) in whole else as_read(node)

        with without_collecting():
            for node in order:
                for path in self.needed.get(node, ()):
                    form = self.rights.plain(node)
                    if form is not None and not self.rights.made_of_parts:
                        whole[node, path] = self.instances.same(node, form, put)
                    else:
                        whole[node, path] = self.rights.replace(self.rights.prepared(node, path), whole)
        return whole

    def substitutions(self) -> Iterator[Expr]:
        """Yield the right side of the target, then what it is with one more node substituted each time."""
        nodes = [node for node in self.order if node in self.needed]
        current = self.rights.prepared(self.target) if nodes else self.substituted()
        yield current
        for node in reversed(nodes[:-1]):
            parts = {(node, path): self.rights.prepared(node, path) for path in self.needed[node]}
            current = self.rights.replace(current, parts)
            yield current

    def leaves(self) -> tuple[set[UnfoldedNode], set[str]]:
        """Return what the target depends on that is not substituted: places, and the names of parameters."""
        places: set[UnfoldedNode] = set()
        parameters: set[str] = set()
        if not self.order:
            return {self.target}, parameters
        needed = self.needed
        if self.rights.reads_computed_places:
            # What a computed place may mean is no part of the nested form, and the target depends on it all the same.
            needed = needed | {node: {(): None} for node in self.order if self.rights.is_substituted(node)}
            for node in needed:
                sources = self.instances.sources(node, self.instances.own_form(node))
                places.update(filter(self.instances.exists, self.folded.fewer.get(node, sources)))
        for node, paths in needed.items():
            form = self.rights.plain(node)
            if form is not None and not self.rights.made_of_parts:
                parameters.update(form.parameters)
                places.update(self.instances.sources(node, form))
                continue
            for path in paths:
                for leaf in self.rights.leaves_of(self.rights.prepared(node, path)):
                    if _is_fixed_read(leaf):
                        places.add(node_of(leaf))
                    elif leaf.operator == "parameter":
                        parameters.add(leaf.data)
        return places - set(self.order), parameters

    # Sizes ------------------------------------------------------------------------------------------

    def growth(self) -> Iterator[int]:
        """Yield the size of the formula after each substitution, from the last computed node back to the first.

        The first is that of the target's own right side, the last that of the nested form.
        """
        if self.instances.form(self.target) is None:
            yield 1
            return
        found = self.found
        substitution = _Substitution(self)
        for nodes in (found.after, found.stretch, found.before):
            if isinstance(nodes, RepeatedSteps):
                # What reads the steps before them is told node by node.
                told = 0 if self.rights.made_of_parts else max(0, nodes.times - -(-nodes.longest // nodes.period))
                yield from substitution.repeated(nodes, nodes.times - told)
                nodes = list(nodes._replace(times=nodes.times - told).nodes())
            for node in reversed(nodes or ()):
                if substitution.substitute(node):
                    yield substitution.size

    def parts(
        self, node: UnfoldedNode, path: ItemPath, plain: dict[int, RightSideSize[Expr]]
    ) -> RightSideSize[Reference]:
        """Return the size of a node's right side; `plain` remembers what all places of a statement share."""
        form = self.rights.plain(node)
        if form is None or self.rights.made_of_parts:
            return self._size_of(self.rights.prepared(node, path))
        shared = plain.get(id(form))
        if shared is None:
            shared = plain[id(form)] = _measure(form.statement.value)
        own = shared.own
        reads: dict[Reference, int] = {}
        at = self.instances.indices(node, form)
        for leaf, times in shared.reads:
            source = leaf.data[0], form.sources[leaf.data].at(at)
            if self.rights.is_substituted(source):
                reads[source, ()] = reads.get((source, ()), 0) + times
            else:
                own += times
        return RightSideSize(own, shared.digits, tuple(reads.items()))

    def _size_of(self, value: Expr) -> RightSideSize[Reference]:
        found = _measure(value, self.rights.is_entry_reference)
        own = found.own
        reads: list[tuple[Reference, int]] = []
        for leaf, times in found.reads:
            reference = self.rights.reference(leaf)
            if reference is not None:
                reads.append((reference, times))
            else:
                own += times
        return RightSideSize(own, found.digits, tuple(reads))


class _Substitution:
    """How large a formula is while one node after the other is substituted, from the target back."""

    def __init__(self, derivation: Derivation) -> None:
        self._derivation = derivation
        self._forms: dict[int, RightSideSize[Expr]] = {}
        self._times: dict[UnfoldedNode, dict[ItemPath, int]] = {derivation.target: {(): 1}}
        self.size = 0
        self._characters = 0

    def substitute(self, node: UnfoldedNode) -> bool:
        """Say whether a node stands in the formula, and substitute it."""
        wanted = self._times.pop(node, None)
        if wanted is None:
            return False
        derivation = self._derivation
        for path, repeated in wanted.items():
            parts = derivation.parts(node, path, self._forms)
            self.size += repeated * parts.own
            self._characters += repeated * parts.digits
            for (source, its_path), read in parts.reads:
                self.size += repeated * read * (1 + len(its_path))
                counts = self._times.setdefault(source, {})
                counts[its_path] = counts.get(its_path, 0) + repeated * read
            if node != derivation.target:
                # What stood for this node is no longer there.
                filling = node in derivation.folded.filling
                self.size += repeated * (_SPREADING * (filling and not path) - 1 - len(path))
        self._require_short()
        return True

    def repeated(self, steps: RepeatedSteps, leave: int) -> Iterator[int]:
        """Substitute the nodes of repeated steps, but for so many of the first turns; yield the size after each."""
        begin = leave * steps.period
        rows = []
        for name, (at,) in reversed(steps.block):
            parts = self._derivation.parts((name, (at + begin,)), (), self._forms)
            moving = [
                (read, its - at - begin, times) for ((read, (its,)), _), times in parts.reads if its >= steps.first
            ]
            # What is read at a place that a number tells is the same for all turns.
            fixed = [(read, its, times) for ((read, (its,)), _), times in parts.reads if its < steps.first]
            # What stands for a node takes its place.
            grows = parts.own + sum(times for _, times in parts.reads) - 1
            rows.append((name, at, grows, parts.digits, moving, fixed))
        times = {(name, at): counts[()] for (name, (at,)), counts in self._times.items()}
        for turn in reversed(range(leave, steps.times)):
            by = turn * steps.period
            for name, at, grows, long, moving, fixed in rows:
                repeated = times.pop((name, at + by), 0)
                if not repeated:
                    continue
                self.size += repeated * grows
                self._characters += repeated * long
                for read, ahead, often in moving:
                    source = read, at + by + ahead
                    times[source] = times.get(source, 0) + repeated * often
                for read, its, often in fixed:
                    times[read, its] = times.get((read, its), 0) + repeated * often
                self._require_short()
                yield self.size
        self._times = {(name, (at,)): {(): count} for (name, at), count in times.items()}

    def _require_short(self) -> None:
        # Where the constants are short, it is their number that is too large, which is told with the size.
        if self._characters > max(FORMULA_CHARACTERS, self.size * _LONG):
            raise CircuitError(
                f"the constants of {self._derivation.label} would take more than {FORMULA_CHARACTERS} characters",
                help="use --form let",
            )


def _measure(root: Expr, is_reference: Callable[[Expr], bool] = lambda node: False) -> RightSideSize[Expr]:
    """Return the size of an expression as a tree; what is a reference counts as one read."""
    nodes = list(postorder([root], stop=is_reference))
    times: dict[int, int] = dict.fromkeys(map(id, nodes), 0)
    times[id(root)] = 1
    own, long = 0, 0
    reads: list[tuple[Expr, int]] = []
    for node in reversed(nodes):
        here = times[id(node)]
        if _is_fixed_read(node) or is_reference(node):
            reads.append((node, here))
            continue
        own += here
        if node.operator == "number":
            long += here * digits(node.data)
        for argument in node.arguments:
            times[id(argument)] += here
    return RightSideSize(own, long, tuple(reads))
