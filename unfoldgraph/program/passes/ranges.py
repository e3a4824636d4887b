"""A reduction over a range, of terms that are whole arrays, is a loop that joins them one by one.

All terms at once would be as many arrays as the range is long, made by arrays of indices where two of them meet in one
place, as in `x(n-k)`. A loop takes slices, and as few lines for five hundred terms as for three. What remains are the
reductions of one place, whose terms are a slice themselves; where their places go backward, the range does, for a slice
that goes backward has to be known not to end at the first place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.algebra.table.laws import Joining
from unfoldgraph.algebra.table.operator_row import Operator
from unfoldgraph.base.affine import Affine, index, whole
from unfoldgraph.program.ir import (
    SEQUENCES,
    Access,
    Apply,
    Assign,
    Buffer,
    Condition,
    Dim,
    Each,
    Entry,
    For,
    Gather,
    Guard,
    IndexRange,
    Kernel,
    KernelStatement,
    Make,
    Number,
    Opaque,
    Reduce,
    Routine,
    Value,
    WhereWhole,
    WholeNumber,
    at_places,
    comparisons_in,
    indices_of,
    is_natural,
    is_over_axis,
    nodes,
    shape_of,
    with_parts,
)
from unfoldgraph.program.names import told_apart, written_name
from unfoldgraph.program.rewriting import with_values


def ranges(kernel: Kernel) -> Kernel:
    """Return a kernel in which reductions over ranges are loops, where their terms are arrays, or slices.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> from unfoldgraph.program.lower import lower
    >>> from unfoldgraph.program.schedule import schedule_of
    >>> kernel = ranges(lower(schedule_of(read("b : 512; y(t) = sum(b[k] * x(t) for k in 0..511); x(t) : ()"), None)))
    >>> [type(statement).__name__ for statement in kernel.body], kernel.body[1].body[0].body[0].adds
    (['Make', 'For'], True)
    """
    return replace(kernel, body=_Loops().body(kernel.body, ()))


class _Loops:
    def __init__(self) -> None:
        #: How many results of reductions there are, which tells their names from all others.
        self.count = 0

    def body(self, body: Iterable[KernelStatement], around: tuple[IndexRange, ...]) -> tuple[KernelStatement, ...]:
        """Return statements that are computed for all places of some ranges; it calls itself once per nested block."""
        found: list[KernelStatement] = []
        for statement in body:
            match statement:
                case For():
                    found.append(replace(statement, body=self.body(statement.body, around)))
                case Guard() if not around:
                    then, other = self.body(statement.then, ()), self.body(statement.other, ())
                    found.append(replace(statement, then=then, other=other))
                case WhereWhole():
                    then, other = self.body(statement.then, around), self.body(statement.other, around)
                    found.append(replace(statement, then=then, other=other))
                case Each() if not statement.on:
                    found += self.each(statement)
                case Make() if statement.fill is not None:
                    found += self.make(statement, statement.fill)
                case Assign():
                    found.append(replace(statement, value=turned(statement.value)))
                case Routine():
                    found.append(replace(statement, otherwise=self.body(statement.otherwise, around)))
                case _:
                    found += with_values((statement,), turned)
        return tuple(found)

    def make(self, made: Make, fill: Value) -> list[KernelStatement]:
        """Return the making of a buffer behind the loops over ranges in what fills it."""
        buffer = made.buffer
        dims = [dim for dim in buffer.dims if dim.role == "axis"]
        places = tuple(IndexRange(dim.name, dim.first, dim.last) for dim in dims)
        has_room = any(dim.before or dim.after or dim.kept is not None for dim in dims)
        if isinstance(fill, Reduce) and not has_room and SEQUENCES in buffer.dims and _is_loop(fill, places):
            start = Make(buffer, _nothing(fill), made.equation, made.is_hoisted)
            return [start, self.loop(fill, buffer, places)]
        if any(dim.role == "front" for dim in buffer.dims) or SEQUENCES not in buffer.dims:
            return [replace(made, fill=turned(fill))]
        before, value = self.value(fill, places, dims, written_name(buffer.name), made.equation, made.is_hoisted)
        return [*before, replace(made, fill=value)]

    def each(self, each: Each) -> list[KernelStatement]:
        """Return statements for all places of some ranges behind the loops over ranges in their values."""
        statement = each.body[0]
        if len(each.body) > 1 or not isinstance(statement, Assign):
            return list(with_values((each,), turned))
        target = statement.target
        dims = {dim.name: dim for dim in target.array.dims if dim.role == "axis"}
        own: list[Dim] = []
        for one in each.ranges:
            at = next(
                (name for name, place in target.places if name in dims and indices_of(place) == [one.index]), None
            )
            if at is None or any(indices_of(end) for end in (one.first, one.last)):
                return list(with_values((each,), turned))
            own.append(replace(dims[at], name=one.index, kept=None))
            if _is_inside(one, dims[at]):
                own[-1] = replace(own[-1], before=0, after=0)
        before, value = self.value(
            statement.value, each.ranges, own, written_name(target.array.name), statement.equation
        )
        return [*before, replace(each, body=(replace(statement, value=value),))]

    def value(
        self,
        root: Value,
        places: Sequence[IndexRange],
        dims: Sequence[Dim],
        hint: str,
        equation: int | None,
        is_hoisted: bool = False,
    ) -> tuple[list[KernelStatement], Value]:
        """Return a value in which reductions are results of loops, and these loops.

        What is made for a value that stands before a loop stands there as well.

        The outermost reductions become loops; what is inside one is joined in them.
        """
        before: list[KernelStatement] = []
        made: dict[int, Value] = {}
        for node in nodes([root], stop=lambda node: isinstance(node, Reduce)):
            if isinstance(node, Reduce) and _is_loop(node, places):
                self.count += 1
                called = told_apart(f"{hint}_{OPERATORS[node.row].spelling}", str(self.count))
                sizes = tuple(Dim(str(at), extent, "size") for at, extent in enumerate(shape_of(node) or ()))
                total = Buffer(called, "scratch", (*dims, SEQUENCES, *sizes))
                before += [Make(total, _nothing(node), equation, is_hoisted), self.loop(node, total, places)]
                made[id(node)] = Access(total, tuple((one.name, index(one.name)) for one in dims))
            elif isinstance(node, Reduce):
                made[id(node)] = turned(node)
            else:
                made[id(node)] = with_parts(node, made)
        return before, made[id(root)]

    def loop(self, node: Reduce, total: Buffer, places: Sequence[IndexRange]) -> For:
        """Return the loop that joins the terms of a reduction to what there is; one inside another is a loop in it."""
        row = OPERATORS[node.row]
        target = Access(total, tuple((one.index, index(one.index)) for one in places))
        inner, guard = node.value, node.guard
        if any(_mentions(one, {place.index for place in places}) for one in guard):
            # It holds at some of the places only.
            guard = ()
        is_kept_apart = node.condition is not None and not guard
        body: tuple[KernelStatement, ...]
        if isinstance(inner, Reduce) and inner.row == node.row and _is_loop(inner, places) and not is_kept_apart:
            body = (self.loop(inner, total, places),)
        else:
            if is_kept_apart and node.condition is not None:
                inner = Apply(_CHOICE.name, (node.condition, inner, _nothing(node)), shape_of(inner))
            body = (Each(tuple(places), (_joined(row, target, turned(inner)),)),)
        if guard:
            body = (Guard(guard, body),)
        return For(node.index, node.first, node.last, body, is_of_terms=True)


# Which reductions are loops -------------------------------------------------------------------------


def _is_loop(node: Reduce, places: Sequence[IndexRange]) -> bool:
    """Say whether the terms of a reduction, for all places of some ranges, are joined one by one."""
    row = OPERATORS[node.row]
    own = {one.index for one in places}
    if not own or row.joining is None or not row.joining.operator:
        return False
    if not own.isdisjoint([*indices_of(node.first), *indices_of(node.last)]):
        return False
    inside = [node.value, *([] if node.condition is None else [node.condition])]
    found = list(nodes(inside))
    if any(isinstance(one, Opaque) or shape_of(one) is None for one in found):
        return False
    used = {name for one in found for name in _indices_in(one)}
    if own.isdisjoint(used):
        return False
    return not is_over_axis(node) or any(_meets(one, node.index, own) for one in found)


def _is_inside(one: IndexRange, dim: Dim) -> bool:
    """Say whether a range is known to lie inside the edges of a dimension."""
    if not isinstance(one.first, Affine) or not isinstance(one.last, Affine):
        return False
    return is_natural(one.first) and is_natural(dim.extent - 1 - one.last)


def _meets(node: Value, own: str, others: Iterable[str]) -> bool:
    """Say whether an index meets one of some others in one place, of which no slices are all places then."""
    if not isinstance(node, Access) or any(isinstance(place, Gather) for _, place in node.places):
        return False
    return any(own in (names := indices_of(place)) and not {*names}.isdisjoint(others) for _, place in node.places)


def _mentions(condition: Condition, own: Collection[str]) -> bool:
    """Say whether a condition mentions one of some indices."""
    sums = [side for one in comparisons_in([condition]) for side in (one.left, one.right)]
    return any(one.factor(name) for one in sums for name in own)


def _indices_in(node: Value) -> list[str]:
    match node:
        case Access():
            return [name for _, place in node.places for name in indices_of(place)]
        case Entry():
            return [name for place in node.places for name in indices_of(place)]
        case WholeNumber():
            return indices_of(node.at)
        case Reduce():
            return [*indices_of(node.first), *indices_of(node.last)]
    return []


# Terms ----------------------------------------------------------------------------------------------

(_CHOICE,) = (row for row in OPERATORS.values() if row.kind == "conditional")
"""What chooses between two values."""


def _joining(row: Operator) -> Joining:
    assert row.joining is not None  # it is a reduction
    return row.joining


def _nothing(node: Reduce) -> Number:
    """Return what a reduction is over no terms."""
    nothing = _joining(OPERATORS[node.row]).nothing
    assert nothing is not None  # what is joined term by term starts with it
    return Number(nothing)


def _joined(row: Operator, target: Access, term: Value) -> Assign:
    """Return the statement that joins a term to what stands somewhere."""
    operator = OPERATORS[_joining(row).operator]
    if operator.laws.signs == (1, 1):
        return Assign(target, term, adds=True)
    return Assign(target, Apply(operator.name, (target, term), shape_of(target)))


# Ranges that go backward ----------------------------------------------------------------------------


def turned(root: Value) -> Value:
    """Return a value in which reductions of one place run through their range backward where more are slices then.

    >>> from unfoldgraph.base.affine import length
    >>> t, k = index("t"), index("k")
    >>> y = Buffer("y", "result", (Dim("t", length("t"), "axis", before=3),))
    >>> total = turned(Reduce("sum_over", "k", whole(1), whole(3), Access(y, (("t", t - k),))))
    >>> total.first, total.last.constant, total.value.places[0][1] == t + k
    (Affine(terms=(), constant=-3), -1, True)
    """
    made: dict[int, Value] = {}
    for node in nodes([root]):
        made[id(node)] = with_parts(node, made)
        if isinstance(node, Reduce):
            made[id(node)] = _turned(made[id(node)])
    return made[id(root)]


def _turned(node: Value) -> Value:
    """Return a reduction over minus its index, where that makes more of what it reads slices."""
    assert isinstance(node, Reduce)
    row, first, last = OPERATORS[node.row], node.first, node.last
    if row.joining is None or not row.joining.operator:
        return node
    if not isinstance(first, Affine) or not isinstance(last, Affine):
        return node
    back = at_places(node.value, {node.index: index(node.index).times(-1)})
    condition = node.condition and at_places(node.condition, {node.index: index(node.index).times(-1)})
    other = replace(node, first=last.times(-1), last=first.times(-1), value=back, condition=condition, guard=())
    return other if _bent(other) < _bent(node) else node


def _bent(node: Reduce) -> int:
    """Return how many places go backward along the index of a reduction, and may do so up to the first of all."""
    assert isinstance(node.first, Affine) and isinstance(node.last, Affine)
    found = 0
    for one in nodes([node.value]):
        if isinstance(one, Access):
            dims = {dim.name: dim for dim in one.array.dims}
            for name, place in one.places:
                if isinstance(place, Affine) and place.factor(node.index) < 0:
                    lowest = place.at({node.index: node.last}) + dims[name].before
                    highest = place.at({node.index: node.first}) + dims[name].before
                    is_safe = is_natural(highest) and (lowest == whole(0) or is_natural(lowest - 1))
                    found += not is_safe
    return found
