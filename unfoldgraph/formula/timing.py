"""What a target depends on, in the order in which that is computed.

It is the order in which formulas are listed, and the reverse of which they are substituted in.

With one axis it is step by step along that axis, ahead or back, wherever that computes all there is; within a step
in the order written, if that does. Otherwise it is the order of the loops that the circuit is: one component after
the other, wavefront by wavefront, and within one wavefront by what reads what and by place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import inf, lcm, prod
from operator import mul
from typing import Any, NamedTuple

from unfoldgraph.algebra.expression import Binding, Index
from unfoldgraph.base.affine import Affine, index
from unfoldgraph.base.collecting import without_collecting
from unfoldgraph.base.errors import require_within
from unfoldgraph.base.lattice_points import projected
from unfoldgraph.base.limits import ENUMERATED_NODES, TEXT_NODES
from unfoldgraph.causality.wavefronts import Component
from unfoldgraph.formula.instances import Instances, StatementForm, label_of
from unfoldgraph.model.equations import Model, Read, Statement, moves_along
from unfoldgraph.model.regions import written_out
from unfoldgraph.unfolding.graph import UnfoldedNode

#: Periods and delays beyond which counting without walking is not tried.
_PERIOD = 2_000

Time = Callable[[UnfoldedNode, Statement], tuple[Any, ...]]
"""When a node is computed, given the statement that gives its value: what is less comes first."""


class StatementTime(NamedTuple):
    """Where a statement stands in one loop: instance `i` is computed at `vector`·i + `lead`, in part `part` of that."""

    vector: tuple[int, ...]
    lead: int
    part: int


class Timing:
    """The orders in which the nodes of one circuit may be computed."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._ranks: dict[int, int] = {}
        self._paths: dict[int, tuple[StatementTime, ...]] = {}
        for position, component in enumerate(model.schedule):
            self._enter(component, position)

    def _enter(self, component: Component[int], position: int) -> None:
        """Note where the statements of a component stand: in which loops, and in which part of each."""
        for number in component.members:
            self._ranks[id(self._model.statements[number])] = len(self._ranks)
        waiting: list[tuple[Component[int], dict[int, tuple[StatementTime, ...]]]] = [
            (component, {number: (StatementTime((), 0, position),) for number in component.members})
        ]
        while waiting:
            one, paths = waiting.pop()
            if one.vector is None:
                (number,) = one.members
                self._paths[id(self._model.statements[number])] = paths[number]
                continue
            leads = dict(zip(one.members, one.offsets, strict=True))
            for at, part in enumerate(one.parts):
                inside = {
                    number: (*paths[number], StatementTime(one.vector, leads[number], at)) for number in part.members
                }
                waiting.append((part, inside))

    def candidates(self) -> Iterator[Time]:
        """Yield the orders to try, the one that a reader expects first; the last computes any circuit."""
        if len(self._model.axes) == 1:
            yield from self.steps(1)
            yield from self.steps(-1)
        yield self._scheduled

    def steps(self, direction: int) -> Iterator[Time]:
        """Yield the orders that go along the only axis, ahead for 1 and back for -1, in the order to try them."""
        written = {id(statement): position for position, statement in enumerate(self._model.statements)}
        yield _steps(direction, written)
        yield _steps(direction, self._ranks)

    def _scheduled(self, node: UnfoldedNode, statement: Statement) -> tuple[Any, ...]:
        name, place = node
        at = dict(zip(self._model.axes_of(name), place, strict=True))
        numbers = [at.get(axis, 0) for axis in self._model.axes]
        levels = self._paths[id(statement)]
        return tuple((sum(map(mul, level.vector, numbers)) + level.lead, level.part) for level in levels), place


def _steps(direction: int, ranks: Mapping[int, int]) -> Time:
    """Return the order of the steps along the only axis; values that have none come last."""
    return lambda node, statement: (node[1][0] * direction if node[1] else inf, ranks[id(statement)])


# What a target depends on -----------------------------------------------------------------------------


def nodes_before(instances: Instances, target: UnfoldedNode) -> list[UnfoldedNode]:
    """Return every node to substitute, the target last, each after those that it reads; constants among them.

    They are in the first order of all candidates that computes them. `require_few` is to be asked before.
    """
    with without_collecting():
        return _walked(instances, target)


def _walked(instances: Instances, target: UnfoldedNode) -> list[UnfoldedNode]:
    if instances.form(target) is None:
        return []
    found = {target: instances.own_form(target)}
    waiting = [target]
    while waiting:
        node = waiting.pop()
        for source, form in _opened(instances, node, found[node]):
            if source not in found:
                found[source] = form
                waiting.append(source)
    for time in Timing(instances.model).candidates():
        times = {node: time(node, form.statement) for node, form in found.items()}
        if all(times[source] < times[node] for node in found for source, _ in _opened(instances, node, found[node])):
            return sorted(found, key=times.__getitem__)
    raise AssertionError("the order of the circuit does not compute it")


def _opened(
    instances: Instances, node: UnfoldedNode, form: StatementForm
) -> Iterator[tuple[UnfoldedNode, StatementForm]]:
    """Yield the nodes that a node reads and that are substituted there."""
    for source in instances.sources(node, form):
        source_form = instances.opened(source)
        if source_form is not None and source != node:
            yield source, source_form


def require_few(instances: Instances, target: UnfoldedNode) -> None:
    """Refuse a target that depends on too much to list it; the number is exact where arithmetic gives it.

    Raises
    ------
    CircuitError : where there are too many nodes, or too many terms.
    """
    label = label_of(target)
    statements = statements_before(instances, target)
    bound, reached = _bound(instances, target, statements)
    if bound > TEXT_NODES:
        count = _count(instances, target, statements, reached)
        what = f"{label} takes {'{}' if count is not None else 'up to {}'} equations"
        require_within(bound if count is None else count, TEXT_NODES, what, "take fewer steps")
    terms = sum(
        instances.form_of(statement).terms * min(bound, _instances_of(instances, statement)) for statement in statements
    )
    is_regular = all(instances.form_of(statement).is_regular for statement in statements)
    what = "the sums over an axis in {} have {{}} terms" if is_regular else "the sums in {} have up to {{}} terms"
    require_within(terms, ENUMERATED_NODES, f"written out, {what.format(label)}", "take fewer steps")


def statements_before(instances: Instances, target: UnfoldedNode) -> list[Statement]:
    """Return every statement that the target may depend on."""
    return [] if instances.form(target) is None else statements_behind(instances.model, target[0])


def statements_behind(model: Model, name: str) -> list[Statement]:
    """Return every statement that a signal may depend on, its own among them."""
    names = [name]
    for one in names:
        for statement in model.statements:
            if statement.name == one:
                names += dict.fromkeys(read.name for read in statement.reads if read.name not in names)
    return [statement for statement in model.statements if statement.name in names]


def _bound(instances: Instances, target: UnfoldedNode, statements: list[Statement]) -> tuple[int, dict[str, int]]:
    """Return a number of nodes that is not exceeded, and the last place of each axis that the target may need."""
    model = instances.model
    own = dict(zip(model.axes_of(target[0]), target[1], strict=True))
    last = dict(instances.unfolding.lengths)
    for axis in last:
        read_on = [
            (statement, read, at)
            for statement in statements
            for read in statement.reads
            for at, its in zip(read.index, model.axes_of(read.name), strict=True)
            if its == axis
        ]
        # Delays never lead forward: nothing after the target's own place is needed.
        if not any(looks_ahead(statement, read, at, axis) for statement, read, at in read_on):
            fixed = [at.offset for _, _, at in read_on if at.base == ""]
            last[axis] = min(last[axis], max(0, own.get(axis, 0), *fixed))
    read = {read.name for statement in statements for read in statement.reads}
    return sum(
        1
        if statement.name not in read
        else min(_instances_of(instances, statement), prod(max(1, last[axis]) for axis in statement.axes))
        for statement in statements
    ), last


def looks_ahead(statement: Statement, read: Read, at: Index, axis: str) -> bool:
    """Say whether a read may be of a place after that of its statement, or of one that goes by how long the axis is.

    Parameters
    ----------
    at : one of its places, which is on `axis`.
    """
    if at.is_plain:
        return at.offset > 0 if moves_along(at, axis, statement) else at.base != ""
    if axis not in statement.axes:
        return True
    rows = [end for one in (*read.within, *statement.ranges) for end in ends_of(one)]
    rows += [*read.guard, *(index(own) - 1 for own in statement.axes)]
    names = [one.name for one in read.within]
    left = projected([*rows, at.sum_on(axis) - index(axis) - 1], [*names, *statement.axes], is_exact=False)
    return left is None or all(row.terms or row.constant >= 0 for row in left)


def ends_of(binding: Binding) -> Iterator[Affine]:
    """Yield what is at least 0 in a range."""
    if binding.ends:
        first, last = binding.ends
        yield from (index(binding.name) - first, last - index(binding.name))


def _instances_of(instances: Instances, statement: Statement) -> int:
    """Return at how many places a statement gives a value that is read; at least one, which may be the target."""
    return max(1, instances.unfolding.count(statement))


def _count(
    instances: Instances, target: UnfoldedNode, statements: list[Statement], reached: Mapping[str, int]
) -> int | None:
    """Count the equations of very many steps exactly, None where that is not cheap.

    How many there are grows by a constant each period, once the beginning is behind; the period divides
    a common multiple of the delays. So two short walks tell.
    """
    unfolding = instances.unfolding
    if len(instances.model.axes) != 1:
        return None
    (axis,) = instances.model.axes
    last = reached[axis]
    reads = [one for statement in statements for read in statement.reads for one in written_out(read, _PERIOD)]
    if not all(read.is_plain for read in reads) or any(statement.ranges for statement in statements):
        return None
    delays = {abs(at.offset) for read in reads if read.kind == "delay" for at in read.index if at.offset}
    fixed = {abs(at.offset) for read in reads for at in read.index}
    fixed |= {abs(at.offset) for statement in statements for at in statement.index}
    greatest = max(fixed | delays, default=0)
    period = lcm(*delays)
    short = (greatest + 2) ** 2 * (len(statements) + 1)
    # A sum over an axis in every step takes a square of the steps.
    most = 100 if any(instances.form_of(statement).terms for statement in statements) else _PERIOD
    # A place near the end stays as far from there, one near the beginning stays where it is.
    from_end = all(at - last + short >= 1 for at in target[1])
    if max(period, short) > most or not (from_end or all(at <= short for at in target[1])):
        return None
    short += (last - short) % period
    beyond = min(unfolding.lengths[axis] - last, greatest)

    def count(steps: int) -> int:
        place = tuple(at - last + steps if from_end else at for at in target[1])
        return len(_walked(Instances(unfolding.unfolded({axis: steps + beyond})), (target[0], place)))

    counts = [count(short + periods * period) for periods in range(3)]
    grows = counts[1] - counts[0]
    return counts[0] + (last - short) // period * grows if counts[2] - counts[1] == grows else None
