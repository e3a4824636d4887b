"""What a target depends on, in order: which nodes are constants, and what that leaves of the others.

Where a circuit on one axis only looks back, most steps look like the one before: which nodes of a step are needed
follows from which are needed of the few steps after it, and whether folding changes a node from whether it changed
what that reads. So a target that is nearer by whole periods tells the order of one that is far: some of its steps are
repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise, repeat
from typing import NamedTuple

from unfoldgraph.algebra.expression import Expr, postorder
from unfoldgraph.formula.instances import Instances, StatementForm, as_read, constant_of, may_mean, node_of
from unfoldgraph.formula.simplifying import has_constants
from unfoldgraph.formula.timing import Timing, nodes_before, require_few, statements_before
from unfoldgraph.model.equations import Read, Statement
from unfoldgraph.unfolding.graph import UnfoldedNode

#: The longest period that is looked for.
_PERIOD = 64


@dataclass(frozen=True, slots=True)
class FoldedNodes:
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


def fold_constants(instances: Instances, nodes: Sequence[UnfoldedNode]) -> FoldedNodes:
    """Return what folding the constants changes of some nodes, each of which comes after those that it reads."""
    found = FoldedNodes({}, {}, set(), set())
    constants = found.constants
    arrays: set[UnfoldedNode] = set()
    for node in nodes:
        form = instances.own_form(node)
        sources = tuple(instances.sources(node, form))
        own = form.statement.value
        changed = not form.plain_at(instances.indices(node, form)) or constant_of(own) or has_constants(own)
        if not changed and all(
            source not in constants and source not in arrays and source != node and instances.exists(source)
            for source in sources
        ):
            if form.fills:
                found.filling.add(node)
            continue
        found.changed.add(node)
        right = instances.right(node, form, constants)
        if constant_of(right.value):
            constants[node] = right.value
        elif has_constants(right.value):
            arrays.add(node)
            instances.folder.learn(as_read(node), right.value)
        elif right.fills:
            found.filling.add(node)
        reads = [node for node in postorder([right.value]) if node.operator == "read"]
        read = {node_of(leaf) for leaf in reads if not leaf.arguments}
        computed = [one for one in reads if one.arguments]
        kept = tuple(
            source
            for source in sources
            if source in read or source in constants or any(may_mean(one, source) for one in computed)
        )
        if len(kept) < len(sources):
            found.fewer[node] = kept
    return found


def still_read(
    instances: Instances, nodes: list[UnfoldedNode], folded: FoldedNodes, target: UnfoldedNode
) -> list[UnfoldedNode]:
    """Return those of some nodes that a target depends on once constants are folded; constants that it read too."""
    fewer = folded.fewer
    if not fewer:
        return nodes
    wanted = {target}
    for node in reversed(nodes):
        if node in wanted:
            wanted.update(fewer[node] if node in fewer else instances.sources(node, instances.own_form(node)))
    return [node for node in nodes if node in wanted]


# Stretches ---------------------------------------------------------------------------------------------


class RepeatedSteps(NamedTuple):
    """Steps of an order that look alike, on one axis.

    Attributes
    ----------
    first : the first of the steps.
    block : the nodes of a period.
    period : after how many steps they come again.
    times : how often there are such steps.
    longest : how many steps their statements read back at most.

    Examples
    --------
    >>> list(RepeatedSteps(3, (("h", (3,)), ("c", (3,))), 1, 2, 1).nodes())
    [('h', (3,)), ('c', (3,)), ('h', (4,)), ('c', (4,))]
    """

    first: int
    block: tuple[UnfoldedNode, ...]
    period: int
    times: int
    longest: int

    def nodes(self) -> Iterator[UnfoldedNode]:
        """Return its nodes, in order."""
        columns = [zip(repeat(name), zip(self.places(at))) for name, (at,) in self.block]
        return chain.from_iterable(zip(*columns, strict=True))

    def places(self, first: int) -> range:
        """Return the places on the axis that repeat one of the block."""
        return range(first, first + self.period * self.times, self.period)


class FoldedOrder:
    """What a target still depends on once constants are folded, each node after those that it reads.

    Attributes
    ----------
    folded : what folding the constants changes.
    before, stretch, after : the nodes, the target last: constants that are still read too. What lies in the stretch or
        after it looks like its statement, and is no constant.
    """

    def __init__(
        self,
        folded: FoldedNodes,
        before: list[UnfoldedNode],
        stretch: RepeatedSteps | None = None,
        after: Sequence[UnfoldedNode] = (),
    ) -> None:
        self.folded = folded
        self.before = before
        self.stretch = stretch
        self.after = after

    @cached_property
    def nodes(self) -> list[UnfoldedNode]:
        """All of them."""
        return [*self.before, *(self.stretch.nodes() if self.stretch else ()), *self.after]


def folded_order(instances: Instances, target: UnfoldedNode) -> FoldedOrder:
    """Return what a target depends on, constants folded.

    Raises
    ------
    CircuitError : where that is too much, before it is listed.
    """
    require_few(instances, target)
    return _repeated(instances, target) or _listed(instances, target)[1]


def _listed(instances: Instances, target: UnfoldedNode) -> tuple[list[UnfoldedNode], FoldedOrder]:
    """Return all nodes that a target depends on, and what is left of them."""
    structure = nodes_before(instances, target)
    folded = fold_constants(instances, structure)
    return structure, FoldedOrder(folded, still_read(instances, structure, folded, target))


def _repeated(instances: Instances, target: UnfoldedNode) -> FoldedOrder | None:
    """Return the order of a target far along the only axis, from that of one nearer by whole periods; None for others.

    From some step on, which nodes of a step are needed depends on the nodes needed in the last few steps after it, in
    the same way at all of them. So where these are the same at two steps, they are so again as many steps before.
    """
    name, place = target
    if not _looks_back(instances, target):
        return None
    statements = statements_before(instances, target)
    given = {one.name for one in statements}
    delays = [(one.name in given, -one.index[0].offset) for one in _reads(statements) if one.index[0].moves]
    # So far are places that numbers tell, and steps that read what lies before the first.
    first = max(by for _, by in delays) + max(_numbered(statements))
    longest = max(by for is_given, by in delays if is_given)
    # Constants may go on from step to step for a while, and so may what only the target needs.
    room = longest + 3
    while (probe := first + 2 * room + longest) < place[0]:
        cut = first + room
        period = _period(_needed(nodes_before(instances, (name, (probe,))), cut), longest)
        if period:
            near = probe + period + (place[0] - probe) % period
            more = place[0] - near
            found = _with_repeated(instances, (name, (near,)), cut, period, longest, more) if more > 0 else None
            if found is not None:
                return found
        room *= 4
    return None


def _needed(nodes: Iterable[UnfoldedNode], cut: int) -> list[set[str]]:
    """Return which names have nodes among some, at each step after one."""
    found: list[set[str]] = []
    for name, (at,) in nodes:
        found += (set() for _ in range(at - cut - len(found)))
        if at > cut:
            found[at - cut - 1].add(name)
    return found


def _period(needed: Sequence[set[str]], longest: int) -> int:
    """Return after how many steps as many as the longest delay come again; 0 where that is not seen."""
    periods = range(1, min(_PERIOD, len(needed) - longest) + 1)
    return next((by for by in periods if needed[:longest] == needed[by : by + longest]), 0)


def _with_repeated(
    instances: Instances, near: UnfoldedNode, cut: int, period: int, longest: int, more: int
) -> FoldedOrder | None:
    """Return the order of a target that is so many steps later, if one period may be repeated after a step.

    Parameters
    ----------
    cut : the step after which it is to repeat.
    longest : the longest delay.
    more : by how much the target is later, a multiple of the period.
    """
    structure, order = _listed(instances, near)
    folded, nodes = order.folded, order.nodes
    behind = [node for node in structure if node[1][0] > cut]
    before = [node for node in nodes if node[1][0] <= cut]
    needed = _needed(behind, cut)
    if (
        needed[:longest] != needed[period : period + longest]
        or nodes != [*before, *behind]
        or not _is_step_by_step(instances, structure)
        or any(node in folded.changed or node in folded.filling for node in behind)
    ):
        return None
    block = tuple(node for node in behind if node[1][0] <= cut + period)
    after = [(name, (at + more,)) for name, (at,) in behind[len(block) :]]
    return FoldedOrder(folded, before, RepeatedSteps(cut + 1, block, period, more // period + 1, longest), after)


def _looks_back(instances: Instances, target: UnfoldedNode) -> bool:
    """Say whether a target goes back along the only axis, over statements that folding may leave as they are.

    All variables have that axis then, and are read back, at the same step or at places that numbers tell.
    """
    statements = statements_before(instances, target)
    indices = [*(one.index for one in statements), *(read.index for read in _reads(statements))]
    return (
        len(instances.model.axes) == 1
        and all(len(index) == 1 for index in indices)
        and all(at.base == "" or (at.moves and not at.bound and at.offset <= 0) for (at,) in indices)
        and any(read.name == one.name for one in statements for read in _reads(statements) if read.index[0].moves)
        and not any(one.ranges for one in statements)
        and all(_stays(instances.form_of(one)) for one in statements)
    )


def _stays(form: StatementForm) -> bool:
    """Say whether folding may leave a statement as it is, wherever it stands at a step that no number tells."""
    if not form.statement.is_equation:
        return form.is_regular
    value = form.statement.value
    return form.plain and not form.fills and not constant_of(value) and not has_constants(value)


def _reads(statements: Iterable[Statement]) -> list[Read]:
    return [read for statement in statements for read in statement.reads]


def _numbered(statements: Sequence[Statement]) -> Iterator[int]:
    """Yield the places that numbers tell in some statements, and at least that of the first step."""
    yield 1
    indices = [*(one.index for one in statements), *(read.index for read in _reads(statements))]
    yield from (at.offset for index in indices for at in index if at.base == "")


def _is_step_by_step(instances: Instances, nodes: Sequence[UnfoldedNode]) -> bool:
    """Say whether some nodes stand in an order of the steps, the same in all of them."""
    statements = {node: instances.own_form(node).statement for node in nodes}
    orders = (
        [time(node, statement) for node, statement in statements.items()] for time in Timing(instances.model).steps(1)
    )
    return any(all(one < other for one, other in pairwise(times)) for times in orders)
