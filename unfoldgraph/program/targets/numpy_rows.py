"""Loops over the rows of arrays: what a turn reads and writes has a name, and no place is looked up in it.

`for x_t, h_before, h_t in zip(x, h, h[1:])` costs a turn less than five lookups by number. What is the same in every
turn and is a part of an array, as the rows of one gate, has a name before the loop.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from unfoldgraph.base.affine import Affine, index
from unfoldgraph.program.ir import (
    Access,
    Accumulate,
    Apply,
    Assign,
    Buffer,
    For,
    Gather,
    Number,
    Remark,
    Strided,
    Subscript,
    Value,
    View,
    WholeNumber,
    base_of,
    dims_of,
    indices_of,
    is_natural,
    nodes,
    targets_of,
    values_in,
)
from unfoldgraph.program.names import told_apart, written_name
from unfoldgraph.program.rewriting import with_accesses, with_values


@dataclass(slots=True)
class RowLoop:
    """A loop over rows.

    Attributes
    ----------
    loop : with rows, and names for parts, in place of accesses.
    rows : each with what it is of, all along the loop, in the order of reading.
    parts : each with what it is the same as in every turn.
    numbers : the constants in it: as arrays they are read faster.
    needs_number : whether the number of the turn is read as well.
    """

    loop: For
    rows: dict[Buffer, Access] = field(default_factory=dict)
    parts: dict[Buffer, Access] = field(default_factory=dict)
    numbers: dict[Buffer, Number] = field(default_factory=dict)
    needs_number: bool = False


#: What constants are called.
_CALLED: Mapping[object, str] = {0: "zero", 1: "one", 2: "two"}


def over_rows(loop: For) -> RowLoop | None:
    """Return a loop as one over rows; None where it is none: each statement makes no new array, or is a remark.

    >>> from unfoldgraph.base.affine import length, whole
    >>> from unfoldgraph.program.ir import SEQUENCES, Dim
    >>> t, dims = index("t"), (Dim("t", length("t"), "axis"), SEQUENCES)
    >>> x, y = Buffer("x", "argument", dims), Buffer("y", "result", dims)
    >>> doubled = Apply("add", (Access(x, (("t", t),)), Access(x, (("t", t),))), ())
    >>> put = Assign(Access(y, (("t", t),)), doubled, in_place=True)
    >>> rows = over_rows(For("t", whole(0), length("t") - 1, (put,)))
    >>> [row.name for row in rows.rows]
    ['x_t 0', 'y_t 1']
    """
    if abs(loop.step) != 1 or not isinstance(loop.first, Affine) or not isinstance(loop.last, Affine):
        return None
    if not all(isinstance(one, Remark | Accumulate) or (isinstance(one, Assign) and one.in_place) for one in loop.body):
        return None
    accesses = list(_accesses(loop))
    if not all(_is_row(one, loop) or _is_same(one, loop) for one in accesses):
        return None
    found = RowLoop(loop)
    made: dict[tuple[object, ...], Buffer] = {}

    def changed(one: Access) -> Access:
        if _is_row(one, loop):
            return _row_of(one, loop, found, made)
        return _part_of(one, found, made)

    # They stand in the order in which they are read, and then written.
    for access in accesses:
        changed(access)
    body = with_accesses(loop.body, changed)
    found.loop = replace(loop, body=with_values(body, lambda root: _with_numbers(root, found)))
    values = (value for one in loop.body for value in values_in(one))
    found.needs_number = any(loop.index in _indices_in(node) for node in nodes(values))
    return found


def _with_numbers(root: Value, found: RowLoop) -> Value:
    """Return an operation whose constants are arrays of no dimension."""
    if not isinstance(root, Apply):
        return root
    arguments: list[Value] = []
    for one in root.arguments:
        if isinstance(one, Number) and not isinstance(one.value, str):
            called = told_apart(_CALLED.get(one.value, "number"), str(one.value))
            buffer = Buffer(called, "scratch")
            found.numbers[buffer] = one
            arguments.append(Access(buffer))
        else:
            arguments.append(one)
    return replace(root, arguments=tuple(arguments))


def _accesses(loop: For) -> Iterator[Access]:
    for statement in loop.body:
        yield from (node for node in nodes(values_in(statement)) if isinstance(node, Access))
        yield from targets_of(statement)


def _is_row(access: Access, loop: For) -> bool:
    """Say whether an access is at the place of a turn, or so many before or behind it, along its first dimension."""
    moved = [(name, at) for name, at in access.places if loop.index in indices_of(at)]
    if len(moved) != 1:
        return False
    ((name, at),) = moved
    dim = access.array.dims[0]
    if not all(_is_there(access, other, place) for other, place in access.places if other != name):
        return False
    if not isinstance(at, Affine) or (offset := at - index(loop.index)).terms:
        return False
    # A slice whose end is below 0 would count from the end, where the loop has no turn.
    low, high = _ends(loop)
    is_slice = is_natural(low + offset - dim.first) and is_natural(high + offset + 1 - dim.first)
    return is_slice and dim.name == name and dim.role == "axis" and dim.kept is None


def _ends(loop: For) -> tuple[Affine, Affine]:
    """Return the lowest and the highest turn of a loop whose ends are sums."""
    turns = loop.range
    assert isinstance(turns.first, Affine) and isinstance(turns.last, Affine)
    return turns.first, turns.last


def _is_same(access: Access, loop: For) -> bool:
    """Say whether an access is the same in every turn, and is there when there is none."""
    return all(loop.index not in indices_of(at) and _is_there(access, name, at) for name, at in access.places)


def _is_there(access: Access, name: str, at: Subscript) -> bool:
    """Say whether a place is there also where axes have no places."""
    (own,) = (dim for dim in access.array.dims if dim.name == name)
    if isinstance(at, Gather):
        return False
    if own.role not in ("axis", "front") or isinstance(at, Strided):
        return True
    return isinstance(at, Affine) and is_natural(at - own.first) and is_natural(own.last - at)


def _row_of(one: Access, loop: For, found: RowLoop, made: dict[tuple[object, ...], Buffer]) -> Access:
    first = one.array.dims[0]
    places = dict(one.places)
    at = places.pop(first.name)
    assert isinstance(at, Affine)
    offset = (at - index(loop.index)).constant
    key = one.array, offset, *places.items()
    if key not in made:
        earlier = -offset * loop.step
        when = loop.index if not earlier else ("before" if earlier > 0 else "after")
        more = [str(abs(earlier))] if abs(earlier) > 1 else []
        called = told_apart("_".join([written_name(one.array.name), when, *more]), str(len(made)))
        low, high = _ends(loop)
        all_along = Strided(low + offset, high - low + 1)
        whole_of_it = Access(one.array, ((first.name, all_along), *places.items()))
        # What is taken by a span is all of a row.
        dims = tuple(
            replace(dim, before=0, after=0) if dim.name in places else dim
            for dim in dims_of(whole_of_it)
            if dim.name != first.name
        )
        made[key] = Buffer(called, "scratch", dims, base_of(one.array).numbers)
        found.rows[made[key]] = whole_of_it
    return Access(made[key])


def _part_of(one: Access, found: RowLoop, made: dict[tuple[object, ...], Buffer]) -> Access:
    if isinstance(one.array, Buffer) and not one.places:
        return one
    key = one.array, *one.places
    if key not in made:
        called = written_name(one.array.name)
        called = called if isinstance(one.array, View) else f"{called}_part"
        numbers = base_of(one.array).numbers
        made[key] = Buffer(told_apart(called, "part", str(len(made))), "scratch", dims_of(one), numbers)
        found.parts[made[key]] = one
    return Access(made[key])


def _indices_in(node: Value) -> list[str]:
    return indices_of(node.at) if isinstance(node, WholeNumber) else []
