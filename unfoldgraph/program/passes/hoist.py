"""What a loop does not change is computed before it, for all its places at once.

One product over all steps is faster than one a step, and the loop that is left is what really is a recurrence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.base.affine import Affine, index, whole
from unfoldgraph.program.ir import (
    SEQUENCES,
    Access,
    Apply,
    Assign,
    Buffer,
    Dim,
    Each,
    Entry,
    For,
    Gather,
    Guard,
    Kernel,
    KernelStatement,
    Make,
    Number,
    Opaque,
    Reduce,
    Routine,
    Subscript,
    Value,
    WhereWhole,
    WholeNumber,
    at_places,
    base_of,
    comparisons_in,
    follows,
    has_sequences,
    indices_of,
    is_natural,
    nodes,
    parts,
    shape_of,
    statements_in,
    targets_of,
)
from unfoldgraph.program.names import told_apart, written_name
from unfoldgraph.program.passes.at_once import free_indices, stays_inside
from unfoldgraph.program.rewriting import with_parts_changed, with_values

#: The longest name that is made of others.
_LONGEST_HINT = 20


def hoist(kernel: Kernel) -> Kernel:
    """Return a kernel in which each loop computes only what changes in it.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> from unfoldgraph.program.lower import lower
    >>> from unfoldgraph.program.schedule import schedule_of
    >>> kernel = hoist(lower(schedule_of(read("h(t) = tanh(W @ h(t-1) + U @ x(t)); W : (m, m)"), None)))
    >>> [type(statement).__name__ for statement in kernel.body]
    ['Make', 'Assign', 'Make', 'For']
    >>> kernel.body[2].buffer.name
    'U_x 1'
    """
    return replace(kernel, body=_Hoisting().body(kernel.body))


@dataclass(slots=True)
class _Known:
    """What has been computed before some loops, by the identity of the value, and the indices of those loops."""

    buffers: dict[int, Buffer] = field(default_factory=dict)
    around: frozenset[str] = frozenset()


class _Hoisting:
    def __init__(self) -> None:
        #: How many buffers there are, which tells their names from all others.
        self.count = 0
        #: Values at the places of buffers, by how these are counted.
        self.moved: dict[tuple[tuple[str, Affine], ...], dict[int, Value]] = {}
        #: Values that are known by their identity have to last.
        self.kept: list[Value] = []

    def body(self, body: Iterable[KernelStatement]) -> tuple[KernelStatement, ...]:
        """Return the statements of a kernel, each loop behind what is computed before it."""
        known = _Known()
        found: list[KernelStatement] = []
        for statement in body:
            if isinstance(statement, Routine):
                found.append(replace(statement, otherwise=self.body(statement.otherwise)))
            elif isinstance(statement, WhereWhole):
                then, other = self.body(statement.then), self.body(statement.other)
                found.append(replace(statement, then=then, other=other))
            else:
                found += self.before(statement, known) if isinstance(statement, For) else [statement]
        return tuple(found)

    def before(self, loop: For, known: _Known) -> list[KernelStatement]:
        """Return a loop behind what is computed before it; it calls itself once per nested loop."""
        made: list[KernelStatement] = []
        changed: dict[int, Value] = {}
        written = _Written(loop)
        for statement, facts in _with_facts((loop,), ()):
            if isinstance(statement, Assign) and (
                own := _own_places(statement.target, facts) or _turn(statement, loop)
            ):
                bound = _bound_in(statement.value)
                for node in written.outermost(statement.value):
                    if id(node) not in changed and (access := self._computed(node, statement, own, bound, known, made)):
                        changed[id(node)] = access
        body = with_values(loop.body, lambda root: with_parts_changed(root, changed))
        inner = _Known(dict(known.buffers), known.around | {loop.index})
        is_front = any(isinstance(one, Each) and one.on for one in statements_in(body))
        found: list[KernelStatement] = []
        for part in body:
            if isinstance(part, For) and not is_front and not _is_guarded(part):
                found += self.before(part, inner)
            else:
                found.append(part)
        return [*made, replace(loop, body=tuple(found))]

    def _computed(
        self,
        node: Value,
        statement: Assign,
        own: Mapping[str, tuple[Dim, Affine]],
        bound: Mapping[str, tuple[Dim, Affine]],
        known: _Known,
        made: list[KernelStatement],
    ) -> Access | None:
        """Have a value computed before a loop, and return where it stands; None where it cannot be.

        It is computed for all the places that a statement has along its own axes; `bound` are those of its reductions.
        """
        counted = {**own, **bound}
        free = [name for name in free_indices(node) if name not in known.around]
        if any(name not in counted for name in free):
            return None
        counted = {name: one for name, one in counted.items() if name in free}
        places = {name: index(dim.name) - (place - index(name)) for name, (dim, place) in counted.items()}
        axes = {dim.name: (dim, place) for dim, place in counted.values()}
        self.kept.append(node)
        here = at_places(node, places, self.moved.setdefault(tuple(places.items()), {}))
        if not stays_inside(here, {name: dim for name, (dim, _) in axes.items()}):
            return None
        order = _order(here, list(axes))
        buffer = known.buffers.get(id(here))
        if buffer is None:
            self.count += 1
            called = told_apart(_hint(here, statement.target.array.name), str(self.count))
            batch = (SEQUENCES,) if _is_per_sequence(here) else ()
            sizes = tuple(Dim(str(at), extent, "size") for at, extent in enumerate(shape_of(here) or ()))
            dims = (*(replace(axes[name][0], before=0, after=0) for name in order), *batch, *sizes)
            buffer = known.buffers[id(here)] = Buffer(called, "scratch", dims)
            made.append(Make(buffer, here, is_hoisted=True))
        return Access(buffer, tuple((name, axes[name][1]) for name in order))


class _Written:
    """What a loop writes, and so what changes in it."""

    def __init__(self, loop: For) -> None:
        self.targets: dict[str, list[Access]] = {}
        #: What is made anew in every turn.
        self.made: set[str] = set()
        for statement in statements_in(loop.body):
            for target in targets_of(statement):
                self.targets.setdefault(base_of(target.array).name, []).append(target)
            if isinstance(statement, Make):
                self.made.add(statement.buffer.name)

    def outermost(self, root: Value) -> list[Value]:
        """Return the largest operations in a value that do not change, in the order written."""
        inside: set[int] = set()
        for node in nodes([root]):
            is_open = isinstance(node, Opaque) or shape_of(node) is None
            if is_open or any(id(part) in inside for part in parts(node)) or self._may_be_read(node):
                inside.add(id(node))
        found = nodes([root], stop=lambda node: id(node) not in inside)
        return [node for node in found if id(node) not in inside and _is_worth_it(node)]

    def _may_be_read(self, node: Value) -> bool:
        """Say whether an access may read what the loop writes, or what is not there when the loop has no turn."""
        if not isinstance(node, Access):
            return False
        axes = {dim.name for dim in node.array.dims if dim.role != "size"}
        fixed = [at for name, at in node.places if name in axes and isinstance(at, Affine) and not at.terms]
        if any(at.constant >= 0 for at in fixed) or base_of(node.array).name in self.made:
            return True
        return any(_may_meet(node, target) for target in self.targets.get(base_of(node.array).name, ()))


def _may_meet(one: Access, other: Access) -> bool:
    """Say whether two accesses of one buffer may be at one place."""
    if one.array != other.array:
        return True
    places = dict(other.places)
    return all(_may_be_one(at, places[name]) for name, at in one.places if name in places)


def _may_be_one(one: Subscript, other: Subscript) -> bool:
    """Say whether two places may be one: two fixed ones that differ are not, nor are an index and one off an edge."""
    if not isinstance(one, Affine) or not isinstance(other, Affine):
        return True
    if indices_of(one) or indices_of(other):
        fixed = other if indices_of(one) else one
        return bool(indices_of(fixed)) or not _is_off_edge(fixed)
    return one.terms != other.terms or one.constant == other.constant


def _is_off_edge(at: Affine) -> bool:
    """Say whether a fixed place is before the first or behind the last, for some length or other."""
    return at.constant < 0 if not at.terms else at.constant >= 0


def _with_facts(
    body: Iterable[KernelStatement], facts: tuple[Affine, ...]
) -> Iterator[tuple[KernelStatement, tuple[Affine, ...]]]:
    """Yield statements inside others with the sums that are 0 or more there; it calls itself once per nested block."""
    for statement in body:
        yield statement, facts
        match statement:
            case For():
                yield from _with_facts(statement.body, (*facts, *statement.range.facts))
            case Each():
                inside = [fact for one in statement.ranges for fact in one.facts]
                yield from _with_facts(statement.body, (*facts, *inside))
            case Guard():
                yield from _with_facts(statement.then, (*facts, *statement.facts))
                yield from _with_facts(statement.other, facts)


def _own_places(target: Access, facts: Sequence[Affine]) -> dict[str, tuple[Dim, Affine]]:
    """Return the dimension and the place of each index of a target; nothing where one of its places is fixed.

    Nor where one may be off the edges: what is computed before a loop is computed for the places inside them.
    """
    found: dict[str, tuple[Dim, Affine]] = {}
    places = dict(target.places)
    for dim in target.array.dims:
        if dim.role != "axis":
            continue
        at = places.get(dim.name)
        if not isinstance(at, Affine) or at - at.constant != index(indices_of(at)[0] if indices_of(at) else ""):
            return {}
        if (dim.before or dim.after) and not _is_inside(at, dim, facts):
            return {}
        found[indices_of(at)[0]] = dim, at
    return found


def _turn(statement: Assign, loop: For) -> dict[str, tuple[Dim, Affine]]:
    """Return the turn of a loop as the place of what has one place for all turns; nothing of any other."""
    has_places = any(dim.role in ("axis", "front") for dim in statement.target.array.dims)
    first, last = loop.range.first, loop.range.last
    if has_places or statement not in loop.body or first != whole(0) or not isinstance(last, Affine):
        return {}
    return {loop.index: (Dim(loop.index, last + 1, "axis"), index(loop.index))}


def _is_inside(at: Affine, dim: Dim, facts: Sequence[Affine]) -> bool:
    """Say whether a place is known to lie inside the edges, by what is 0 or more."""
    return all(follows(side, facts) for side in (at, dim.extent - 1 - at))


def _bound_in(root: Value) -> dict[str, tuple[Dim, Affine]]:
    """Return the dimension and the place of the index of each reduction that a buffer can be along."""
    found: dict[str, tuple[Dim, Affine]] = {}
    for one in nodes([root]):
        if not isinstance(one, Reduce) or not (isinstance(one.first, Affine) and isinstance(one.last, Affine)):
            continue
        count = one.last - one.first + 1
        if not indices_of(one.first) and not indices_of(one.last) and (one.first == whole(0) or is_natural(count)):
            found[one.index] = Dim(one.index, count, "axis"), index(one.index) - one.first
    return found


def _is_worth_it(node: Value) -> bool:
    """Say whether a value is an operation on more than numbers, or looks entries up, and is no mere view of some."""
    if isinstance(node, Access):
        gathered = [place for _, place in node.places if isinstance(place, Gather)]
        # What a value looks up may be large, and another in each turn.
        return bool(gathered) and all(isinstance(one.value, WholeNumber) for one in gathered)
    if isinstance(node, Apply):
        is_view = OPERATORS[node.row].kind == "entry" and not parts(node.arguments[0])
        return not is_view and not all(
            isinstance(one, Number) or parts(one) for one in nodes([node]) if one is not node
        )
    return isinstance(node, Reduce) or (isinstance(node, Entry) and len(parts(node)) > 1)


def _order(root: Value, free: Sequence[str]) -> Sequence[str]:
    """Return the indices of a new buffer in the order that something in it has, so that nothing is turned around."""
    for node in nodes([root]):
        if isinstance(node, Access):
            places = dict(node.places)
            order = [name for dim in node.array.dims if dim.name in places for name in indices_of(places[dim.name])]
            if set(order) == set(free) and len(order) == len(free):
                return order
    return free


def _is_per_sequence(root: Value) -> bool:
    """Say whether a value is one for every sequence; no function of the caller is in it, for none is hoisted."""
    return any(has_sequences(node.array) for node in nodes([root]) if isinstance(node, Access))


def _is_guarded(loop: For) -> bool:
    """Say whether a condition inside a loop is not on the places of the loop, but on something around it."""
    inside = {loop.index}
    for statement in statements_in(loop.body):
        match statement:
            case For():
                inside.add(statement.index)
            case Each():
                inside.update(one.index for one in statement.ranges)
            case Guard():
                sides = [(one.left, one.right) for one in comparisons_in(statement.all_of)]
                names = [{name for side in both for name, _ in side.terms} for both in sides]
                if any(not inside.intersection(own) for own in names):
                    return True
    return False


def _hint(node: Value, otherwise: str) -> str:
    """Return a name for a value: what it is made of, where that is short."""
    arrays = (one.array.name for one in nodes([node]) if isinstance(one, Access))
    # What is told apart is no name of the circuit.
    names = list(dict.fromkeys(name.strip("_") for name in arrays if name == written_name(name)))
    if len(names) == 1 and isinstance(node, Apply) and len(node.arguments) == 1 and not parts(node.arguments[0]):
        # An operation on one name: `W_T`, `exp_a`.
        row = OPERATORS[node.row]
        names = [*names, row.spelling.lstrip(".")] if row.kind == "postfix" else [row.name, *names]
    elif len(names) == 1 and isinstance(node, Access):
        names = [*names, "entries"]
    short = "_".join(names)
    return short if len(names) > 1 and len(short) <= _LONGEST_HINT else f"{otherwise}_given"
