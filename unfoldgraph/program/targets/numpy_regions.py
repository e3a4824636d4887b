"""Where statements are computed: which of their places can be arrays, and which need a turn of their own."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import product

from unfoldgraph.base.affine import Affine, index, whole
from unfoldgraph.program.ir import (
    SEQUENCES,
    Access,
    Accumulate,
    Assign,
    Bound,
    Buffer,
    Comparison,
    Each,
    Entry,
    For,
    Guard,
    IndexRange,
    Kernel,
    KernelStatement,
    Make,
    Opaque,
    Reduce,
    Routine,
    Strided,
    Value,
    Whole,
    WholeNumber,
    comparisons_in,
    indices_of,
    nodes,
    shape_of,
    statements_in,
    targets_of,
    values_in,
)
from unfoldgraph.program.targets.numpy_names import Scope, known_part
from unfoldgraph.program.targets.numpy_places import is_list, is_slice, resolved


def fronts_in(each: Each) -> tuple[list[IndexRange], list[IndexRange]]:
    """Return the ranges that a wavefront ties together, and the others."""
    fronts = [one for one in each.ranges if any(at.factor(one.index) for at in each.on)]
    return fronts, [one for one in each.ranges if one not in fronts]


def is_box(fronts: Sequence[IndexRange]) -> bool:
    """Say whether the places of wavefronts are those of a table, the same for every turn of every loop around."""
    return all(one.first == whole(0) and isinstance(one.last, Affine) and not indices_of(one.last) for one in fronts)


def is_at_once(each: Each, fronts: Sequence[IndexRange], scope: Scope) -> bool:
    """Say whether statements can be computed by arrays for all places of some ranges."""
    own = {one.index for one in each.ranges}
    if any(not own.isdisjoint([*indices_of(one.first), *indices_of(one.last)]) for one in each.ranges):
        return False
    if fronts and not is_box(fronts):
        return False
    if not fronts:
        scope = _along(scope, each.ranges)
    return all(_is_statement_at_once(one, each, fronts, own, scope) for one in each.body)


def _along(scope: Scope, ranges: Sequence[IndexRange]) -> Scope:
    inside = {one.index: (one.first, one.last) for one in ranges}
    return Scope([], ranges={**scope.ranges, **inside}, arrays=scope.arrays)


def _is_statement_at_once(
    statement: KernelStatement, each: Each, fronts: Sequence[IndexRange], own: set[str], scope: Scope
) -> bool:
    is_guarded = False
    while isinstance(statement, Guard):
        names = {name for one in comparisons_in(statement.all_of) for name, _ in one.left.terms}
        if len((*statement.then, *statement.other)) != 1:
            return False
        if fronts and (not names.isdisjoint(own - {one.index for one in fronts}) or names.isdisjoint(own)):
            return False
        if not fronts and not _is_of_slices(statement, each.ranges):
            return False
        is_guarded = True
        (statement,) = statement.then or statement.other
    if not isinstance(statement, Assign) or is_list(resolved(statement.target)[0]):
        return False
    if is_guarded and not fronts and (statement.adds or not is_slice(statement.target, scope)):
        return False
    values = (statement.target, *nodes(values_in(statement)))
    return all(_is_value_at_once(node, own, bool(fronts or scope.arrays)) for node in values)


def _is_value_at_once(node: object, own: set[str], on_fronts: bool) -> bool:
    """Say whether a value can be an array over some indices, what it is made of left out."""
    if isinstance(node, Opaque):
        return False
    if isinstance(node, WholeNumber):
        return isinstance(node.at, Affine) or own.isdisjoint(indices_of(node.at))
    if isinstance(node, Reduce):
        return own.isdisjoint([*indices_of(node.first), *indices_of(node.last)])
    if isinstance(node, Entry):
        found = [own.intersection(indices_of(place)) for place in node.places]
        return all(not one or (len(one) == 1 and not on_fronts) for one in found)
    if not isinstance(node, Access):
        return True
    if shape_of(node) is None:
        return False
    buffer, places, _ = resolved(node)
    for dim in buffer.dims:
        place = places.get(dim.name)
        if place is not None and (dim.role in ("size", "sequences") or isinstance(place, Bound)):
            if dim.role == "size" and isinstance(place, Affine) and not on_fronts:
                # One index moves along the entries.
                if len(own.intersection(indices_of(place))) > 1:
                    return False
                continue
            ends = [place.first, place.extent] if isinstance(place, Strided) else [place]
            if any(not own.isdisjoint(indices_of(end)) for end in ends):
                return False
    return True


def _is_of_slices(guard: Guard, ranges: Sequence[IndexRange]) -> bool:
    """Say whether a condition leaves out slices of some ranges, counted from their first place or from the last."""
    # Where all of some conditions hold, the places are to be left out.
    own = {one.index: one for one in ranges}

    def is_slice_of(one: Comparison, relation: str) -> bool:
        names = [name for name, _ in (*one.left.terms, *one.right.terms) if name in own]
        if one.relation != relation or len(names) > 1:
            return False
        if not names:
            return True
        along = own[names[0]]
        if one.left != index(along.index) or along.first != whole(0) or not isinstance(along.last, Affine):
            return False
        from_end = one.right - along.last - 1
        return (not one.right.terms and one.right.constant >= 0) or (not from_end.terms and from_end.constant < 0)

    return all(
        is_slice_of(one, "!=" if (one is condition) == bool(guard.then) else "==")
        for condition in guard.all_of
        for one in comparisons_in([condition])
    )


def is_empty(one: IndexRange, scope: Scope) -> bool:
    """Say whether a range is known to have no numbers."""
    if not isinstance(one.first, Affine) or not isinstance(one.last, Affine):
        return False
    count = known_part(one.last - one.first + 1, scope)
    return not count.terms and count.constant <= 0


def may_be_short(one: IndexRange, scope: Scope) -> bool:
    """Say whether a range may end more than one number before it begins, where a slice need not be empty."""
    if isinstance(one.first, Affine) and isinstance(one.last, Affine):
        return not scope.is_natural(one.last - one.first + 1)
    return True


def is_loop_around(one: IndexRange, each: Each, scope: Scope) -> bool:
    """Say whether statements can be computed by arrays in a loop over one of some ranges, for all places of the others.

    There are to be others, and the loop stands around them.
    """
    others = tuple(other for other in each.ranges if other != one)
    own = {other.index for other in others}
    if each.on or not others or not own.isdisjoint([*indices_of(one.first), *indices_of(one.last)]):
        return False
    return is_at_once(Each(others, each.body), [], scope)


def places_on(
    fronts: Sequence[IndexRange], on: Sequence[Affine], numbers: Mapping[str, int]
) -> Iterator[dict[str, int]]:
    """Yield the places at which some sums are 0, in order, as numbers beside those that are known.

    All indices but the last are tried; that one follows.
    """
    *outer, last = fronts
    solved = next((at for at in on if at.factor(last.index)), None)
    assert solved is not None  # the index of a front is in one of its sums
    factor = solved.factor(last.index)
    for found in _points(outer, numbers):
        ends = last.first.number(found), last.last.number(found)
        at, rest = divmod(-solved.at({last.index: whole(0)}).number(found), factor)
        if rest == 0 and ends[0] <= at <= ends[1]:
            place = {**found, last.index: at}
            if all(one.number(place) == 0 for one in on):
                yield place


def _points(ranges: Sequence[IndexRange], numbers: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """Yield the numbers of some indices, beside those that are known; it calls itself once per range."""
    if not ranges:
        yield dict(numbers)
        return
    first, *others = ranges
    for at in range(first.first.number(numbers), first.last.number(numbers) + 1):
        yield from _points(others, {**numbers, first.index: at})


def fills(buffer: Buffer, value: Value) -> bool:
    """Say whether a value is one for every place and every sequence of a buffer by itself, of its shape."""
    inside = list(nodes([value]))
    if any(isinstance(node, Opaque) or shape_of(node) is None for node in inside):
        return True
    used = {one for node in inside for one in _indices_in(node)}
    has_sequences = any(SEQUENCES in resolved(node)[0].dims for node in inside if isinstance(node, Access))
    is_complete = all(dim.name in used for dim in buffer.dims if dim.role in ("axis", "front"))
    # Two sizes may be equal without being called the same: only a number fills what has entries.
    rank = sum(dim.role == "size" for dim in buffer.dims)
    return is_complete and (has_sequences or SEQUENCES not in buffer.dims) and len(shape_of(value) or ()) == rank


def _indices_in(node: Value) -> list[str]:
    if isinstance(node, Access):
        return [one for _, place in node.places for one in indices_of(place)]
    if isinstance(node, Entry):
        return [one for place in node.places for one in indices_of(place)]
    return indices_of(node.at) if isinstance(node, WholeNumber) else []


def is_told(loop: For, numbers: Collection[str]) -> bool:
    """Say whether numbers tell the turns of a loop, and what is computed in which; the sizes of values may do so too.

    It looks at nested blocks as `_turns` of the writer does.
    """
    known = {*numbers, loop.index}
    waiting: list[KernelStatement] = [*loop.body]
    asked: list[Whole] = [loop.first, loop.last]
    while waiting:
        match waiting.pop():
            case For(is_of_terms=False) as inner:
                known.add(inner.index)
                asked += (inner.first, inner.last)
                waiting += inner.body
            case Guard() as guard:
                asked += [side for one in comparisons_in(guard.all_of) for side in (one.left, one.right)]
                waiting += (*guard.then, *guard.other)
            case Each(on=(_, *_)) as each:
                fronts, _ = fronts_in(each)
                known.update(one.index for one in fronts)
                asked += [*each.on, *(end for one in fronts for end in (one.first, one.last))]
    sums = [part for one in asked for part in (one.parts if isinstance(one, Bound) else (one,))]
    return all(name in known for one in sums for name, _ in one.terms)


def solved_by(each: Each) -> dict[str, Affine]:
    """Return the indices of a wavefront that follow from those of earlier ranges, each with what it is then."""
    order = [one.index for one in each.ranges]
    found: dict[str, Affine] = {}
    for at in each.on:
        own = [one for one in order if at.factor(one)]
        if own and own[-1] not in found and abs(at.factor(own[-1])) == 1:
            found[own[-1]] = at.solved(own[-1])
    return found


def together(each: Each) -> list[tuple[KernelStatement, ...]]:
    """Return statements in groups: those of one may be computed place by place, one after the other.

    Each statement is computed for all places before the next, which makes a difference where one reads or writes at a
    place what an earlier one does at another.
    """
    indices = [one.index for one in each.ranges]
    groups: list[list[KernelStatement]] = []
    for statement in each.body:
        if groups and all(_are_apart(earlier, statement, indices) for earlier in groups[-1]):
            groups[-1].append(statement)
        else:
            groups.append([statement])
    return [tuple(group) for group in groups]


def _are_apart(one: KernelStatement, other: KernelStatement, indices: Sequence[str]) -> bool:
    """Say whether what two statements do at different places of some indices has nothing to do with each other."""
    (writes, reads), (others_writes, others_reads) = _accesses_in(one), _accesses_in(other)
    pairs = [*product(writes, (*others_writes, *others_reads)), *product(reads, others_writes)]
    return all(_is_own_place(left, right, indices) for left, right in pairs)


def _accesses_in(statement: KernelStatement) -> tuple[list[Access], list[Access]]:
    """Return what a statement writes and what it reads."""
    inside = list(statements_in((statement,)))
    writes = [target for one in inside for target in targets_of(one)]
    writes += [Access(one.buffer) for one in inside if isinstance(one, Make)]
    values = [value for one in inside for value in (*values_in(one), *(_added_to(one)))]
    return writes, [node for node in nodes(values) if isinstance(node, Access)]


def _added_to(statement: KernelStatement) -> tuple[Access, ...]:
    """Return where a statement reads what it writes."""
    if isinstance(statement, Assign) and statement.adds:
        return (statement.target,)
    return (statement.value,) if isinstance(statement, Accumulate) else ()


def _is_own_place(one: Access, other: Access, indices: Sequence[str]) -> bool:
    """Say whether two accesses are of different arrays, or at one place for the same numbers of the indices alone."""
    if resolved(one)[0] != resolved(other)[0]:
        return True
    if one.array != other.array:
        return False
    places = dict(other.places)
    same = {
        tuple(name for name in indices_of(at) if name in indices)
        for name, at in one.places
        if isinstance(at, Affine) and places.get(name) == at
    }
    return all((name,) in same for name in indices)


def is_in_columns(kernel: Kernel) -> bool:
    """Say whether sequences stand last in arrays, behind the entries of values."""
    made = (one.buffer for one in statements_in(kernel.body) if isinstance(one, Make))
    for buffer in (*kernel.arguments, *made):
        roles = [dim.role for dim in buffer.dims]
        if "sequences" in roles and "size" in roles:
            return roles.index("size") < roles.index("sequences")
    return False


def hoisted_run(body: Sequence[KernelStatement], at: int) -> int:
    """Return where the loop stands before which what begins at a place is computed; the place where there is none."""
    end = at
    while (isinstance(made := body[end], Make) and made.is_hoisted) or (
        end > at and isinstance(made, For) and made.is_of_terms
    ):
        # What joins the terms of what is made belongs to it; a loop over steps comes behind.
        end += 1
    return end


def axes_of(loop: For, axes: Sequence[str]) -> list[str]:
    """Return the axes that a loop moves along, several where it goes by wavefronts."""
    if loop.index in axes:
        return [loop.index]
    moved = {
        one.index
        for statement in statements_in(loop.body)
        if isinstance(statement, Each)
        for at in statement.on
        if at.factor(loop.index)
        for one in statement.ranges
        if at.factor(one.index)
    }
    return [axis for axis in axes if axis in moved]


def equation_of(statement: KernelStatement) -> int | None:
    """Return the number of the equation that all of a statement is of; None for a loop, and for what is of none."""
    if isinstance(statement, For):
        return None
    if isinstance(statement, Routine):
        return statement.equation
    found = {
        one.equation for one in statements_in((statement,)) if isinstance(one, Make | Assign | Accumulate | Routine)
    }
    return found.pop() if len(found) == 1 else None


def values_always(statement: KernelStatement) -> tuple[Value, ...]:
    """Return the values of a statement that always runs, for single places or for whole axes; nothing of any other."""
    if isinstance(statement, Each) and not statement.on and len(statement.body) == 1:
        return values_always(statement.body[0])
    return (statement.value,) if isinstance(statement, Assign) else ()
