"""What stands before the first step of an array: it may have an array of its own, and the steps need no room for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from unfoldgraph.base.affine import Affine, index, whole
from unfoldgraph.program.ir import (
    SEQUENCES,
    Access,
    Array,
    Assign,
    Buffer,
    Dim,
    Each,
    IndexRange,
    KernelStatement,
    Make,
    Number,
    Strided,
    Subscript,
    Value,
    indices_of,
    nodes,
    statements_in,
    targets_of,
    values_in,
)
from unfoldgraph.program.names import told_apart
from unfoldgraph.program.rewriting import with_accesses


@dataclass(frozen=True, slots=True)
class Room:
    """The room before the first step of an array, with places of its own: the array can do without.

    Attributes
    ----------
    buffer : the array with the room.
    dim : its dimension along the steps.
    count : how many places there are.
    """

    buffer: Buffer
    dim: Dim
    count: int

    @property
    def early(self) -> Buffer:
        """The places before the first step alone."""
        axis = Dim(self.dim.name, whole(self.count), "axis")
        return self._with("earlier", axis)

    @property
    def inside(self) -> Buffer:
        """The array with its room under another name."""
        return self._with("whole", self.dim)

    def _with(self, called: str, axis: Dim) -> Buffer:
        dims = tuple(axis if dim == self.dim else dim for dim in self.buffer.dims)
        return replace(self.buffer, name=told_apart(f"{self.buffer.name}_{called}", "1"), kind="scratch", dims=dims)

    def without_room(self, keeps_sequences: bool) -> Buffer:
        """Return the array without the room."""
        axis = replace(self.dim, before=0)
        dims = (axis if dim == self.dim else dim for dim in self.buffer.dims if keeps_sequences or dim != SEQUENCES)
        return replace(self.buffer, dims=tuple(dims))


@dataclass(slots=True)
class Parts:
    """The statements of a kernel around a loop, and what it takes, as they are changed."""

    arguments: tuple[Buffer, ...]
    before: list[KernelStatement]
    otherwise: list[KernelStatement]
    after: list[KernelStatement]

    def part(self, room: Room, plain: Buffer, fill: Value | None) -> None:
        """Put the places before the first step into an array of their own, and back for the loop."""
        name, dim = room.dim.name, room.dim

        def early(one: Access) -> Access:
            if one.array != room.buffer:
                return one
            if is_in_place(one, dim):
                return replace(one, array=plain)
            moved = tuple((own, _behind(at, room.count) if own == name else at) for own, at in one.places)
            return Access(room.early, moved)

        def inside(one: Access) -> Access:
            return replace(one, array=room.inside) if one.array == room.buffer else one

        def outside(one: Access) -> Access:
            return replace(one, array=plain) if one.array == room.buffer else one

        places = Strided(whole(-room.count), whole(room.count))
        back = Assign(Access(room.inside, ((name, places),)), Access(room.early))
        self.before = [Make(room.early, fill), *with_accesses(self.before, early)]
        self.otherwise = [Make(room.inside, Number(0)), back, *with_accesses(self.otherwise, inside)]
        self.after = list(with_accesses(self.after, outside))

    def given(self, room: Room) -> Value | tuple[Value, ...]:
        """Return what stands before the first step; as the caller gives it, where that is all."""
        early = room.early
        used = [one for one in self.before if any(accesses_of([one], early))]
        makes = [one for one in self.before if isinstance(one, Make) and one.buffer == early]
        if not used and makes:
            is_nothing = isinstance(makes[0].fill, Number) and makes[0].fill.value == 0
            return () if is_nothing else Access(early)
        given = _given(used[0], early) if len(used) == 1 else None
        if given is None:
            return Access(early)
        self.before = [one for one in self.before if one not in (*used, *makes)]
        back = self.otherwise[1]
        assert isinstance(back, Assign)
        if isinstance(given, tuple):
            (one,) = given
            at = ((room.dim.name, whole(-1)),)
            self.otherwise[1] = Assign(Access(room.inside, at), one)
        else:
            place = index("place")
            target = Access(room.inside, ((room.dim.name, place - room.count),))
            value = Access(given.array, (("place", place),))
            put = Assign(target, value)
            self.otherwise[1] = Each((IndexRange("place", whole(0), whole(room.count - 1)),), (put,))
        return given


def _given(statement: KernelStatement, early: Buffer) -> Access | tuple[Access] | None:
    """Return what fills an array, where it is an array of the caller's, or its only place."""
    count = early.dims[0].extent
    match statement:
        case Assign(value=Access(places=()) as value) if count == whole(1):
            return (value,) if _is_argument(value) else None
        case Each(ranges=(one,), body=(Assign(value=Access(places=(("place", at),)) as value),)):
            is_all = one == IndexRange("place", whole(0), count - 1) and at == index("place")
            return Access(value.array) if is_all and _is_argument(value) else None
    return None


def _is_argument(access: Access) -> bool:
    return isinstance(access.array, Buffer) and access.array.kind == "argument"


def _behind(at: Subscript, count: int) -> Subscript:
    assert isinstance(at, Affine)  # so are the places of statements before the first step
    return at + count


def is_in_place(access: Access, dim: Dim) -> bool:
    """Say whether an access is along a whole dimension, or at the place of an index."""
    at = dict(access.places).get(dim.name)
    return at is None or (isinstance(at, Affine) and not at.constant and at == index((indices_of(at) or [""])[0]))


def accesses_of(body: Iterable[KernelStatement], array: Array) -> Iterator[Access]:
    """Yield the accesses of an array in some statements, targets too."""
    for statement in statements_in(body):
        yield from (target for target in targets_of(statement) if target.array == array)
    yield from reads_of(body, array)


def reads_of(body: Iterable[KernelStatement], array: Array) -> Iterator[Access]:
    """Yield where some statements read an array."""
    for node in nodes(value for statement in statements_in(body) for value in values_in(statement)):
        if isinstance(node, Access) and node.array == array:
            yield node
