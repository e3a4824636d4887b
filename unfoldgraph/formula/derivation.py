"""What a node depends on, in the order of computation, and how large the formulas would be.

Nothing is written out here: sizes follow from how often each node would be repeated, counted from the
target back to what it reads, with exact integers.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from math import lcm, prod
from typing import Generic, TypeVar

from unfoldgraph.algebra.expression import Expr, Index, postorder
from unfoldgraph.algebra.notation import read_text
from unfoldgraph.base import boxes
from unfoldgraph.base.errors import CircuitError, require_within
from unfoldgraph.base.limits import ENUMERATED_NODES, FORMULA_CHARACTERS, TEXT_NODES
from unfoldgraph.formula.entries import Items, Picker, puts_together
from unfoldgraph.formula.exact_numbers import digits
from unfoldgraph.formula.instances import Instances, Right, StatementForm, as_read, constant_of, node_of
from unfoldgraph.formula.simplifying import bare, filled, has_constants
from unfoldgraph.formula.timing import Timing
from unfoldgraph.model.equations import Model, Statement, moves_along
from unfoldgraph.unfolding.graph import UnfoldedNode
from unfoldgraph.unfolding.unfolding import Unfolding

#: Periods and delays beyond which counting without walking is not tried.
_PERIOD = 2_000
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


@dataclass(frozen=True, slots=True)
class _Folded:
    """What folding the constants changes.

    Attributes
    ----------
    constants : the nodes whose value is a number.
    fewer : what a node still reads, where folding made it less.
    changed : the nodes whose right side is not just their statement's with other places.
    filling : the nodes of another shape than the scalar that gives their value.
    """

    constants: dict[UnfoldedNode, Expr]
    fewer: dict[UnfoldedNode, tuple[UnfoldedNode, ...]]
    changed: set[UnfoldedNode]
    filling: set[UnfoldedNode]


class Derivation:
    """The nodes that a target depends on and their right sides."""

    def __init__(self, unfolding: Unfolding, target: UnfoldedNode) -> None:
        self.unfolding = unfolding
        self.model: Model = unfolding.model
        self.target = target
        self.instances = Instances(unfolding)

    @property
    def label(self) -> str:
        """The target as it is written."""
        return read_text(self.target[0], [Index("", at) for at in self.target[1]])

    # The order --------------------------------------------------------------------------------------

    @cached_property
    def structure(self) -> list[UnfoldedNode]:
        """Every node to substitute, the target last, each after those that it reads; constants among them."""
        self._require_walkable()
        with without_collecting():
            return self._walk()

    def _plan(self, node: UnfoldedNode) -> StatementForm:
        plan = self.instances.plan(node)
        assert plan is not None
        return plan

    def _walk(self) -> list[UnfoldedNode]:
        """List what the target depends on, in the first order of all candidates that computes it."""
        if self.instances.plan(self.target) is None:
            return []
        found = {self.target: self._plan(self.target)}
        waiting = [self.target]
        while waiting:
            node = waiting.pop()
            for source, plan in self._opened(node, found[node]):
                if source not in found:
                    found[source] = plan
                    waiting.append(source)
        for time in Timing(self.model).candidates():
            times = {node: time(node, plan.statement) for node, plan in found.items()}
            if all(times[source] < times[node] for node in found for source, _ in self._opened(node, found[node])):
                return sorted(found, key=times.__getitem__)
        raise AssertionError("the order of the circuit does not compute it")

    def _opened(self, node: UnfoldedNode, plan: StatementForm) -> Iterator[tuple[UnfoldedNode, StatementForm]]:
        """Yield the nodes that a node reads and that are substituted there."""
        for source in self.instances.sources(node, plan):
            source_plan = self.instances.opened(source)
            if source_plan is not None and source != node:
                yield source, source_plan

    # What is too much to walk -----------------------------------------------------------------------

    def _require_walkable(self) -> None:
        """Refuse what takes too long before it is begun, with the exact number where arithmetic gives it."""
        statements = self._statements()
        bound, reached = self._bound(statements)
        if bound > TEXT_NODES:
            count = self._count(statements, reached)
            what = f"{self.label} takes {'{}' if count is not None else 'up to {}'} equations"
            require_within(bound if count is None else count, TEXT_NODES, what, "take fewer steps")
        terms = sum(
            self.instances.plan_of(statement).terms * min(bound, self._instances_of(statement))
            for statement in statements
        )
        require_within(
            terms,
            ENUMERATED_NODES,
            f"written out, the sums over an axis in {self.label} have {{}} terms",
            "take fewer steps",
        )

    def _statements(self) -> list[Statement]:
        """Return every statement that the target may depend on."""
        plan = self.instances.plan(self.target)
        names = [] if plan is None else [plan.statement.name]
        for name in names:
            for statement in self.model.statements:
                if statement.name == name:
                    names += [read.name for read in statement.reads if read.name not in names]
        return [statement for statement in self.model.statements if statement.name in names]

    def _bound(self, statements: list[Statement]) -> tuple[int, dict[str, int]]:
        """Return a number of nodes that is not exceeded, and the last place of each axis that the target may need."""
        own = dict(zip(self.model.axes_of(self.target[0]), self.target[1], strict=True))
        last = dict(self.unfolding.lengths)
        for axis in last:
            places = [
                (at, moves_along(at, axis, statement))
                for statement in statements
                for read in statement.reads
                for at, its in zip(read.index, self.model.axes_of(read.name), strict=True)
                if its == axis
            ]
            # Delays never lead forward: nothing after the target's own place is needed.
            if all(at.offset <= 0 if moves else at.base == "" for at, moves in places):
                fixed = [at.offset for at, moves in places if not moves]
                last[axis] = min(last[axis], max(0, own.get(axis, 0), *fixed))
        return sum(
            min(self._instances_of(statement), prod(max(1, last[axis]) for axis in statement.axes))
            for statement in statements
        ), last

    def _instances_of(self, statement: Statement) -> int:
        """Return at how many places a statement gives a value that is read; at least one, which may be the target."""
        return max(1, boxes.volume(self.unfolding.domain(statement)))

    def _count(self, statements: list[Statement], reached: Mapping[str, int]) -> int | None:
        """Count the equations of very many steps exactly, None where that is not cheap.

        How many there are grows by a constant each period, once the beginning is behind; the period divides
        a common multiple of the delays. So two short walks tell.
        """
        if len(self.model.axes) != 1:
            return None
        (axis,) = self.model.axes
        last = reached[axis]
        reads = [read for statement in statements for read in statement.reads]
        delays = {abs(at.offset) for read in reads if read.kind == "delay" for at in read.index if at.offset}
        fixed = {abs(at.offset) for read in reads for at in read.index}
        fixed |= {abs(at.offset) for statement in statements for at in statement.index}
        greatest = max(fixed | delays, default=0)
        period = lcm(*delays)
        short = (greatest + 2) ** 2 * (len(statements) + 1)
        # A sum over an axis in every step takes a square of the steps.
        most = 100 if any(self.instances.plan_of(statement).terms for statement in statements) else _PERIOD
        # A place near the end stays as far from there, one near the beginning stays where it is.
        from_end = all(at - last + short >= 1 for at in self.target[1])
        if max(period, short) > most or not (from_end or all(at <= short for at in self.target[1])):
            return None
        short += (last - short) % period
        beyond = min(self.unfolding.lengths[axis] - last, greatest)

        def count(steps: int) -> int:
            place = tuple(at - last + steps if from_end else at for at in self.target[1])
            return len(Derivation(Unfolding(self.model, {axis: steps + beyond}), (self.target[0], place))._walk())

        counts = [count(short + periods * period) for periods in range(3)]
        grows = counts[1] - counts[0]
        return counts[0] + (last - short) // period * grows if counts[2] - counts[1] == grows else None

    # Constants --------------------------------------------------------------------------------------

    @cached_property
    def constants(self) -> dict[UnfoldedNode, Expr]:
        """The nodes whose value is a number."""
        return self._folded.constants

    @cached_property
    def _folded(self) -> _Folded:
        """What folding the constants changes."""
        instances = self.instances
        found = _Folded({}, {}, set(), set())
        constants = found.constants
        arrays: set[UnfoldedNode] = set()
        for node in self.structure:
            plan = self._plan(node)
            sources = tuple(instances.sources(node, plan))
            own = plan.statement.value
            changed = not plan.plain_at(instances.indices(node, plan)) or constant_of(own) or has_constants(own)
            if not changed and all(
                source not in constants and source not in arrays and source != node and instances.exists(source)
                for source in sources
            ):
                if plan.fills:
                    found.filling.add(node)
                continue
            found.changed.add(node)
            right = instances.right(node, plan, constants)
            if constant_of(right.value):
                constants[node] = right.value
            elif has_constants(right.value):
                arrays.add(node)
                instances.folder.arrays[as_read(node).data] = right.value
            elif right.fills:
                found.filling.add(node)
            read = {node_of(leaf) for leaf in postorder([right.value]) if leaf.operator == "read"}
            kept = tuple(source for source in sources if source in read or source in constants)
            if len(kept) < len(sources):
                found.fewer[node] = kept
        return found

    @cached_property
    def order(self) -> list[UnfoldedNode]:
        """The nodes that the target still depends on once constants are folded; constants that it read too."""
        fewer = self._folded.fewer
        if not fewer:
            return self.structure
        wanted = {self.target}
        for node in reversed(self.structure):
            if node in wanted:
                wanted.update(fewer[node] if node in fewer else self.instances.sources(node, self._plan(node)))
        return [node for node in self.structure if node in wanted]

    @property
    def equations(self) -> list[UnfoldedNode]:
        """The nodes that have a line of their own when each is written once: boundaries that are numbers do not."""
        return [
            node
            for node in self.order
            if node not in self.constants or node == self.target or self._plan(node).statement.is_equation
        ]

    def right(self, node: UnfoldedNode) -> Right:
        """Return the right side of a node, made anew each time it is asked for."""
        plan = self.plain(node)
        if plan is not None:
            return Right(self.instances.same(node, plan, as_read), plan.fills)
        return self.instances.right(node, self._plan(node), self.constants)

    def plain(self, node: UnfoldedNode) -> StatementForm | None:
        """Return the plan of a node that looks like its statement, None of any other."""
        return None if node in self._folded.changed else self._plan(node)

    # Entries ----------------------------------------------------------------------------------------

    @cached_property
    def _made_of_parts(self) -> set[UnfoldedNode]:
        """The nodes of which an entry is known where they are substituted: `s(2)[0]` of `s(2) = stack(a, b)`."""
        found: set[UnfoldedNode] = set()
        nodes = [node for statement in self._statements() for node in postorder([statement.value])]
        if not any(node.operator == "entry" for node in nodes):
            return found
        found |= self._folded.filling
        if not (found or any(puts_together(node) for node in nodes)):
            return found
        folder = self.instances.folder

        def is_found(part: Expr) -> bool:
            while part.operator == "entry":
                (part,) = part.arguments
            return part.operator == "read" and node_of(part) in found

        picker = Picker(folder.shape, folder.operation, folder.array, is_found)
        for node in self.order:
            if node not in found and self._is_substituted(node) and picker.is_made_of_parts(self.right(node).value):
                found.add(node)
            folder.forget()
        return found

    @cached_property
    def _picker(self) -> Picker:
        folder = self.instances.folder
        return Picker(folder.shape, folder.operation, folder.array, lambda part: self._reference(part) is not None)

    def _reference(self, part: Expr) -> Reference | None:
        """Return what an expression refers to, if it is a node that is substituted, or entries of one made of parts."""
        path: list[Items] = []
        while part.operator == "entry":
            path.append(part.data)
            (part,) = part.arguments
        if part.operator != "read":
            return None
        node = node_of(part)
        refers = node in self._made_of_parts if path else self._is_substituted(node)
        return (node, tuple(reversed(path))) if refers else None

    def prepared(self, node: UnfoldedNode, path: ItemPath = ()) -> Expr:
        """Return the right side of a node, or entries of it, with entries taken of all that is known where it stands.

        What is still to be substituted are references: places that are read, or entries of such a place.
        """
        value = self.right(node).value
        if not self._made_of_parts:
            return value
        folder = self.instances.folder
        value = self._with_entries_taken(value)
        if path and node in self._folded.filling:
            value = filled(value, self.model.shapes[node[0]])
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
            if node.operator == "entry":
                values[id(node)] = self._taken(below[0], node.data)
            elif all(one is other for one, other in zip(below, node.arguments, strict=True)):
                values[id(node)] = node
            else:
                values[id(node)] = self.instances.folder.operation(node.operator, below, node.data)
        return values[id(root)]

    @cached_property
    def needed(self) -> dict[UnfoldedNode, dict[ItemPath, None]]:
        """What the nested form has to substitute: nodes, each as a whole or by entries."""
        order = self.order or [self.target]
        found: dict[UnfoldedNode, dict[ItemPath, None]] = {self.target: {(): None}}
        if not self._made_of_parts:
            found |= {node: {(): None} for node in order if node not in self.constants}
            return found
        for node in reversed(order):
            for path in found.get(node, ()):
                for leaf in self._leaves_of(self.prepared(node, path)):
                    reference = self._reference(leaf)
                    if reference is not None:
                        found.setdefault(reference[0], {})[reference[1]] = None
        return found

    def _leaves_of(self, root: Expr) -> Iterator[Expr]:
        """Yield the references in an expression, and all that is not made of anything."""
        for node in postorder([root], stop=self._is_entry_reference):
            if not node.arguments or self._is_entry_reference(node):
                yield node

    def _is_entry_reference(self, node: Expr) -> bool:
        return node.operator == "entry" and self._reference(node) is not None

    # Sizes ------------------------------------------------------------------------------------------

    def parts(
        self, node: UnfoldedNode, path: ItemPath, plain: dict[int, RightSideSize[Expr]]
    ) -> RightSideSize[Reference]:
        """Return the size of a node's right side; `plain` remembers what all places of a statement share."""
        plan = self.plain(node)
        if plan is None or self._made_of_parts:
            return self._measure(self.prepared(node, path))
        shared = plain.get(id(plan))
        if shared is None:
            shared = plain[id(plan)] = _measure(plan.statement.value)
        own = shared.own
        reads: dict[Reference, int] = {}
        at = self.instances.indices(node, plan)
        for leaf, times in shared.reads:
            source = leaf.data[0], plan.sources[leaf.data].at(at)
            if self._is_substituted(source):
                reads[source, ()] = reads.get((source, ()), 0) + times
            else:
                own += times
        return RightSideSize(own, shared.digits, tuple(reads.items()))

    def _measure(self, value: Expr) -> RightSideSize[Reference]:
        found = _measure(value, self._is_entry_reference)
        own = found.own
        reads: list[tuple[Reference, int]] = []
        for leaf, times in found.reads:
            reference = self._reference(leaf)
            if reference is not None:
                reads.append((reference, times))
            else:
                own += times
        return RightSideSize(own, found.digits, tuple(reads))

    def _is_substituted(self, node: UnfoldedNode) -> bool:
        return node not in self.constants and self.instances.opened(node) is not None

    def growth(self) -> Iterator[int]:
        """Yield the size of the formula after each substitution, from the last computed node back to the first.

        The first is that of the target's own right side, the last that of the nested form.
        """
        filling = self._folded.filling
        plain: dict[int, RightSideSize[Expr]] = {}
        times: dict[UnfoldedNode, dict[ItemPath, int]] = {self.target: {(): 1}}
        size, characters = 0, 0
        for node in reversed(self.order or [self.target]):
            wanted = times.pop(node, None)
            if wanted is None:
                continue
            if self.instances.plan(node) is None:
                yield 1
                return
            for path, repeated in wanted.items():
                parts = self.parts(node, path, plain)
                size += repeated * parts.own
                characters += repeated * parts.digits
                for (source, its_path), read in parts.reads:
                    size += repeated * read * (1 + len(its_path))
                    counts = times.setdefault(source, {})
                    counts[its_path] = counts.get(its_path, 0) + repeated * read
                if node != self.target:
                    # What stood for this node is no longer there.
                    size += repeated * (_SPREADING * (node in filling and not path) - 1 - len(path))
            # Where the constants are short, it is their number that is too large, which is told with the size.
            if characters > max(FORMULA_CHARACTERS, size * _LONG):
                raise CircuitError(
                    f"the constants of {self.label} would take more than {FORMULA_CHARACTERS} characters",
                    help="use --form let",
                )
            yield size

    # Formulas ---------------------------------------------------------------------------------------

    def substituted(self) -> Expr:
        """Return the target with everything substituted; what is shared is one object."""
        with without_collecting():
            return self._substituted()

    def _substituted(self) -> Expr:
        whole: dict[Reference, Expr] = {}

        def put(node: UnfoldedNode) -> Expr:
            return self._placed((node, ()), whole[node, ()]) if (node, ()) in whole else as_read(node)

        for node in self.order:
            for path in self.needed.get(node, ()):
                plan = self.plain(node)
                if plan is not None and not self._made_of_parts:
                    whole[node, path] = self.instances.same(node, plan, put)
                else:
                    whole[node, path] = self.replace(self.prepared(node, path), whole)
        return whole[self.target, ()] if self.order else as_read(self.target)

    def _placed(self, reference: Reference, value: Expr) -> Expr:
        """Return what a node is substituted by: where a scalar fills its shape, with that shape."""
        node, path = reference
        if node in self._folded.filling and not path:
            return self.instances.folder.spread(filled(value, self.model.shapes[node[0]]))
        return value

    def replace(self, root: Expr, by: Mapping[Reference, Expr]) -> Expr:
        """Return an expression with some nodes, or entries of them, replaced."""
        values: dict[int, Expr] = {}

        def is_replaced(node: Expr) -> bool:
            return node.operator in ("read", "entry") and self._reference(node) in by

        for node in postorder([root], stop=is_replaced):
            reference = self._reference(node) if is_replaced(node) else None
            if reference is not None:
                value = self._placed(reference, by[reference])
            elif node.arguments:
                value = Expr(node.operator, tuple([values[id(argument)] for argument in node.arguments]), node.data)
            else:
                value = node
            values[id(node)] = value
        return values[id(root)]

    def leaves(self) -> tuple[set[UnfoldedNode], set[str]]:
        """Return what the target depends on that is not substituted: places, and the names of parameters."""
        places: set[UnfoldedNode] = set()
        parameters: set[str] = set()
        if not self.order:
            return {self.target}, parameters
        for node, paths in self.needed.items():
            plan = self.plain(node)
            if plan is not None and not self._made_of_parts:
                parameters.update(plan.parameters)
                places.update(self.instances.sources(node, plan))
                continue
            for path in paths:
                for leaf in self._leaves_of(self.prepared(node, path)):
                    if leaf.operator == "read":
                        places.add(node_of(leaf))
                    elif leaf.operator == "parameter":
                        parameters.add(leaf.data)
        return places - set(self.order), parameters


@contextmanager
def without_collecting() -> Iterator[None]:
    """Keep the collector from walking millions of small objects, which form no cycles, again and again."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _measure(root: Expr, is_reference: Callable[[Expr], bool] = lambda node: False) -> RightSideSize[Expr]:
    """Return the size of an expression as a tree; what is a reference counts as one read."""
    nodes = list(postorder([root], stop=is_reference))
    times: dict[int, int] = dict.fromkeys(map(id, nodes), 0)
    times[id(root)] = 1
    own, long = 0, 0
    reads: list[tuple[Expr, int]] = []
    for node in reversed(nodes):
        here = times[id(node)]
        if node.operator == "read" or is_reference(node):
            reads.append((node, here))
            continue
        own += here
        if node.operator == "number":
            long += here * digits(node.data)
        for argument in node.arguments:
            times[id(argument)] += here
    return RightSideSize(own, long, tuple(reads))
