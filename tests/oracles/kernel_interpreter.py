"""Runs a kernel place by place and sequence by sequence: the plain meaning of the loop program.

It knows the nodes and the column `meaning` of the operator table, and nothing of schedules, passes or targets. What it
goes by:

* a value is computed for one place in one sequence. The dimensions that accesses leave whole or take by a span, other
  than those of sizes, are told apart by name, and position by position: what is at position k of `t` in the target is
  computed from what is at position k of `t` in each access that has it. What an access lacks is the same for all;
* where a target that adds lacks a dimension of its value, it adds what is at each position;
* in one statement the places may be visited in any order. They are, in one that nobody would expect, and no place may
  read what another place of the same statement writes;
* a ring holds what was last put in each of its places; what fills one when it is made are its first places, those
  before the first included;
* a routine is called for each sequence, with arrays over the axes that are left, in the order of the buffer.

What no kernel may do is an `AssertionError`: to read what was never written, or lies outside; to write a place twice
in one statement without adding; to return what is not all there.

>>> from unfoldgraph.base.affine import index, length
>>> t, time = index("t"), Dim("t", length("t"), "axis", before=1)
>>> y = Buffer("y", "result", (time,))
>>> half = Apply("mul", (Access(y, (("t", t - 1),)), Number(2)), ())
>>> body = (Make(y, Number(1)), For("t", whole(0), length("t") - 1, (Assign(Access(y, (("t", t),)), half),)))
>>> run_kernel(Kernel((), body, (y,)), {"#t": 3})["y"]
array([2., 4., 8.])
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Any, Protocol
from unittest.mock import patch

import numpy

from unfoldgraph.algebra.finite_field import FINITE_FIELD, PRIME, RATIONALS, ExactArithmetic, Residue
from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.base.affine import size as size_of
from unfoldgraph.base.affine import whole
from unfoldgraph.program.ir import (
    SEQUENCES,
    Access,
    Accumulate,
    Apply,
    Array,
    Assign,
    Buffer,
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
    Strided,
    Value,
    View,
    WhereWhole,
    Whole,
    WholeNumber,
    dims_of,
    nodes,
    shape_of,
)
from unfoldgraph.program.passes.columns import BLOCK
from unfoldgraph.program.passes.linear.recurrences import FILTER, MATRIX_SCAN, OUTER_SCAN, SCAN
from unfoldgraph.program.runtime import functions, recurrences

Places = Sequence[Mapping[str, int]]
"""Where a statement is computed: the numbers of the indices around it, once for each place."""
Position = Mapping[str, int]
"""Where along each dimension that is left whole, or taken by a span."""
_NOBODY, _SEVERAL = -1, -2


class Arithmetic(Protocol):
    """The numbers that a kernel is run in.

    Attributes
    ----------
    np : what the column `meaning` of the operator table is handed for NumPy.
    """

    np: Any

    def empty(self, shape: tuple[int, ...]) -> Any:
        """Return an array to be written; it takes NumPy's arrays of indices."""

    def array(self, given: Any) -> Any:
        """Return numbers, arrays of them or lists of such arrays as one array; no dimensions for a number."""

    def number(self, number: int | Fraction | float | str) -> Any:
        """Return a constant; `"inf"` and `"-inf"` are two."""

    def whole(self, number: Any) -> int | None:
        """Return a number as a place, None where it is no whole number."""


class Floats:
    """The numbers of NumPy, in double precision."""

    np: Any = numpy

    def empty(self, shape: tuple[int, ...]) -> Any:
        return numpy.empty(shape)

    def array(self, given: Any) -> Any:
        return numpy.asarray(given, numpy.float64)

    def number(self, number: int | Fraction | float | str) -> Any:
        return numpy.float64(float(number))

    def whole(self, number: Any) -> int | None:
        return int(number) if numpy.isfinite(number) and number == numpy.floor(number) else None


class Exact:
    """Exact numbers: those modulo a prime, or the rationals."""

    def __init__(self, arithmetic: ExactArithmetic) -> None:
        self.np: Any = arithmetic

    def empty(self, shape: tuple[int, ...]) -> Any:
        return numpy.empty(shape, object)

    def array(self, given: Any) -> Any:
        return self.np.asarray(given)

    def number(self, number: int | Fraction | float | str) -> Any:
        return self.np.element(number)

    def whole(self, number: Any) -> int | None:
        element = self.np.element(number)
        if isinstance(element, Residue):
            # What is next to 0 from below is written from above.
            return element.value if element.value <= PRIME // 2 else element.value - PRIME
        return int(element) if element.denominator == 1 else None


FLOATS: Arithmetic = Floats()
FIELD: Arithmetic = Exact(FINITE_FIELD)
RATIONAL: Arithmetic = Exact(RATIONALS)


def direct_form(b: Any, a: Any, x: Any, axis: int, zi: Any) -> tuple[Any, Any]:
    """Return what SciPy's filter does, of any numbers: it takes no exact ones."""
    assert axis == 0
    held, found = list(zi), numpy.empty_like(x)
    for step, value in enumerate(x):
        found[step] = b[0] * value + held[0]
        held.append(0 * value)
        for at in range(len(held) - 1):
            into = b[at + 1] * value if at + 1 < len(b) else 0
            held[at] = held[at + 1] + into - (a[at + 1] * found[step] if at + 1 < len(a) else 0)
        held.pop()
    return found, held


def _filter(b: Any, a: Any, x: Any, *others: Any) -> Any:
    is_exact = numpy.asarray(x).dtype == object and recurrences._lfilter is not None
    with patch.object(recurrences, "_lfilter", direct_form if is_exact else recurrences._lfilter):
        return recurrences._filter(b, a, x, *others)


ROUTINES: Mapping[str, Callable[..., Any]] = {
    FILTER: _filter,
    SCAN: recurrences._scan,
    MATRIX_SCAN: recurrences._matrix_scan,
    OUTER_SCAN: recurrences._outer_scan,
    BLOCK: functions._block,
}
"""The functions that passes call: their products and sums are those of whatever numbers an array holds."""


def run_kernel(
    kernel: Kernel,
    numbers: Mapping[str, int],
    arguments: Mapping[str, Any] | None = None,
    *,
    functions: Mapping[str, Callable[..., Any]] | None = None,
    routines: Mapping[str, Callable[..., Any]] | None = None,
    apart: Collection[str] = (),
    arithmetic: Arithmetic = FLOATS,
) -> dict[str, Any]:
    """Return the results of a kernel by name, without their margins.

    Parameters
    ----------
    numbers : that of every name in sums which is no index: a length, a size, how many sequences there are.
    arguments : an array for each argument, in the order of its dimensions, with room for its margins; for one of which
        the shape of a value is not known, whatever has its places along the first dimensions.
    functions : those of the caller; each gets the values of one place in one sequence.
    routines : what is called for each sequence, by name.
    apart : the arguments without a dimension of sequences that differ from sequence to sequence all the same; those
        have one before all others, and so have the results that are made of nothing else.
    """
    run = _Run(numbers, functions or {}, routines or {}, arithmetic)
    given = dict(arguments or {})
    for buffer in kernel.arguments:
        assert buffer.kind == "argument", f"{buffer.name} is handed in, and is no argument"
        run.take(buffer, given.pop(buffer.name), buffer.name in apart)
    assert not given, f"no arguments: {sorted(given)}"
    run.block(kernel.body, [{}])
    return {array.name: run.result(array) for array in kernel.results}


class _Storage:
    """What stands in one buffer, and what is known of each of its places.

    `values` are an array, or for what has no shape a dictionary by places.
    """

    def __init__(self, dims: tuple[Dim, ...], shape: tuple[int, ...], values: Any) -> None:
        self.dims = dims
        self.values = values
        self.written = numpy.zeros(shape, bool)
        #: In a ring, which place stands in each.
        self.holds = {at: numpy.zeros(shape, int) for at, dim in enumerate(dims) if dim.kept is not None}
        #: Who wrote it last and in which statement, and who read it.
        self.writers, self.writes, self.readers, self.reads = (numpy.full(shape, _NOBODY) for _ in range(4))


class _Run:
    def __init__(
        self,
        numbers: Mapping[str, int],
        functions: Mapping[str, Callable[..., Any]],
        routines: Mapping[str, Callable[..., Any]],
        arithmetic: Arithmetic,
    ) -> None:
        self.numbers, self.functions, self.routines, self.arithmetic = numbers, functions, routines, arithmetic
        self.storages: dict[str, _Storage] = {}
        #: Arguments that differ from sequence to sequence without a dimension for them.
        self.apart: dict[str, Buffer] = {}
        self.mixed = random.Random(0)
        #: The number of the statement that is computed, counted as they come, and of the place it is computed for.
        self.turn = self.who = 0
        #: What was called and was not for what it was handed.
        self.declined: list[Routine | WhereWhole] = []

    # Buffers

    def number(self, number: Whole, indices: Mapping[str, Any]) -> Any:
        return number.number({**self.numbers, **indices})

    def extent(self, dim: Dim) -> int:
        found = self.number(dim.extent, {})
        assert found >= 0, f"{dim.name} has {found} places"
        return found

    def room(self, dim: Dim) -> int:
        """Return how many places a dimension has in memory."""
        return self.number(dim.last - dim.first + 1 if dim.kept is None else dim.kept, {})

    def take(self, buffer: Buffer, given: Any, is_apart: bool) -> None:
        """Store an argument."""
        if is_apart:
            assert SEQUENCES not in buffer.dims
            self.apart[buffer.name] = buffer
            buffer = self.widened(buffer)
        shape = tuple(self.room(dim) for dim in buffer.dims)
        if buffer.is_shaped:
            array = self.arithmetic.array(given)
            assert array.shape == shape, f"{buffer.name} is {array.shape}, not {shape}"
            values = self.arithmetic.empty(shape)
            values[...] = array
        else:
            values = {}
            for place in numpy.ndindex(shape):
                values[place] = given
                for at in place:
                    values[place] = values[place][at]
        self.storages[buffer.name] = _Storage(buffer.dims, shape, values)
        self.storages[buffer.name].written[...] = True

    def widened(self, buffer: Buffer) -> Buffer:
        return Buffer(buffer.name, buffer.kind, (SEQUENCES, *buffer.dims), buffer.numbers, buffer.is_shaped)

    def array_of(self, access: Access) -> Array:
        """Return the array of an access, with the dimension of sequences that an argument may have all the same."""
        name = access.array.name
        return self.widened(self.apart[name]) if name in self.apart else access.array

    def result(self, array: Array) -> Any:
        access = Access(array)
        dims = self.array_of(access).dims
        if not dims:
            return self.read(access, {}, {})
        shape = tuple(self.extent(dim) for dim in dims)
        found = self.arithmetic.empty(shape) if _is_shaped(array) else numpy.empty(shape, object)
        self.turn += 1
        for position in _positions(self.left(access, {})):
            at = tuple(position.get(dim.name, slice(None)) for dim in dims)
            found[at] = self.read(access, {}, position)
        return found

    def left(self, access: Access, indices: Mapping[str, int]) -> dict[str, int]:
        """Return the dimensions that an access leaves, other than sizes, with the number of their places."""
        places, found = dict(access.places), {}
        for dim in self.array_of(access).dims:
            place = places.get(dim.name)
            if dim.role != "size" and (place is None or isinstance(place, Strided)):
                assert place is not None or dim.kept is None, f"the ring {access.array.name} is left whole"
                found[dim.name] = self.extent(dim) if place is None else self.number(place.extent, indices)
        return found

    def entries(
        self, access: Access, indices: Mapping[str, int], position: Position, gathered: Mapping[str, int]
    ) -> tuple[_Storage, tuple[Any, ...], tuple[Any, ...]]:
        """Return where in memory an access is: indices that broadcast to the shape of the value, and the places."""
        array, places = self.array_of(access), dict(access.places)
        strange = set(places) - {dim.name for dim in array.dims}
        assert not strange, f"{array.name} has no {sorted(strange)}"
        at: dict[str, Any] = {}
        kept: list[str] = []
        for dim in array.dims:
            place = places.get(dim.name)
            if isinstance(place, Gather):
                at[dim.name] = gathered[dim.name]
            elif place is not None and not isinstance(place, Strided):
                at[dim.name] = self.number(place, indices)
            else:
                first, step, count = 0, 1, self.extent(dim)
                if isinstance(place, Strided):
                    first, step, count = (
                        self.number(place.first, indices),
                        place.step,
                        self.number(place.extent, indices),
                    )
                if dim.role == "size":
                    kept.append(dim.name)
                    at[dim.name] = first + step * numpy.arange(count)
                else:
                    at[dim.name] = first + step * position[dim.name]
        for number, name in enumerate(kept):
            at[name] = at[name].reshape([-1 if other == number else 1 for other in range(len(kept))])
        shape = numpy.broadcast_shapes((), *(at[name].shape for name in kept))
        self.require_inside(array, at)
        while isinstance(array, View):
            named, below = dict(array.places), {}
            for dim in array.base.dims:
                place = named.get(dim.name)
                if isinstance(place, Strided):
                    below[dim.name] = self.number(place.first, indices) + place.step * at[dim.name]
                elif place is None:
                    below[dim.name] = at[dim.name]
                else:
                    assert not isinstance(place, Gather), f"the view {array.name} gathers"
                    below[dim.name] = self.number(place, {**indices, **at})
            array, at = array.base, below
            self.require_inside(array, at)
        assert array.name in self.storages, f"{array.name} is not made"
        storage = self.storages[array.name]
        logical = tuple(numpy.broadcast_to(at[dim.name], shape) for dim in array.dims)
        memory = tuple(
            one - self.number(dim.first, {}) if dim.kept is None else one % self.number(dim.kept, {})
            for one, dim in zip(logical, array.dims, strict=True)
        )
        return storage, memory, logical

    def require_inside(self, array: Array, at: Mapping[str, Any]) -> None:
        for dim in array.dims:
            first, last = self.number(dim.first, {}), self.number(dim.last, {})
            assert numpy.all((first <= at[dim.name]) & (at[dim.name] <= last)), (
                f"{array.name} at {dim.name} = {at[dim.name]}, outside {first}..{last}"
            )

    def read(
        self, access: Access, indices: Mapping[str, int], position: Position, found: Mapping[int, Any] | None = None
    ) -> Any:
        gathered = {}
        for name, place in access.places:
            if isinstance(place, Gather):
                dim = next(dim for dim in access.array.dims if dim.name == name)
                number = self.arithmetic.whole((found or {})[id(place.value)])
                if number is None or not self.number(dim.first, {}) <= number <= self.number(dim.last, {}):
                    shape = self.shape(access, indices)
                    off = self.arithmetic.number(0) if place.off is None else (found or {})[id(place.off)]
                    return off if shape is None else self.filled(off, shape)
                gathered[name] = number
        storage, memory, logical = self.entries(access, indices, position, gathered)
        assert numpy.all(storage.written[memory]), f"{access.array.name} is read at {_told(logical)} and never written"
        for at, holds in storage.holds.items():
            assert numpy.array_equal(holds[memory], logical[at]), (
                f"the ring {access.array.name} is read at {_told(logical)} and no longer holds it"
            )
        assert not numpy.any((storage.writes[memory] == self.turn) & (storage.writers[memory] != self.who)), (
            f"{access.array.name} is read at {_told(logical)}, which another place of the statement writes"
        )
        is_read = (storage.reads[memory] == self.turn) & (storage.readers[memory] != self.who)
        storage.readers[memory] = numpy.where(is_read, _SEVERAL, self.who)
        storage.reads[memory] = self.turn
        return storage.values[memory if _is_shaped(access.array) else tuple(map(int, memory))]

    def write(
        self, access: Access, indices: Mapping[str, int], position: Position, value: Any, adds: bool = False
    ) -> None:
        assert not any(isinstance(place, Gather) for _, place in access.places), "what is written is gathered"
        storage, memory, logical = self.entries(access, indices, position, {})
        others = f"{access.array.name} is written at {_told(logical)}, which another place of the statement"
        is_written = (storage.writes[memory] == self.turn) & (storage.writers[memory] != self.who)
        is_read = (storage.reads[memory] == self.turn) & (storage.readers[memory] != self.who)
        assert adds or not numpy.any(is_written), f"{others} writes"
        assert not numpy.any(is_read), f"{others} reads"
        if not _is_shaped(access.array):
            assert not adds, "what has no shape is added to"
            storage.values[tuple(map(int, memory))] = value
        else:
            shape = logical[0].shape if logical else ()
            value = self.filled(value, shape)
            if adds:
                assert numpy.all(storage.written[memory]), f"{access.array.name} at {_told(logical)} was never written"
                for at, holds in storage.holds.items():
                    assert numpy.array_equal(holds[memory], logical[at]), "the ring no longer holds what is added to"
                value = self.arithmetic.np.add(storage.values[memory], value)
            storage.values[memory] = value
        storage.written[memory] = True
        for at, holds in storage.holds.items():
            holds[memory] = logical[at]
        storage.writes[memory], storage.writers[memory] = self.turn, self.who

    def filled(self, value: Any, shape: tuple[int, ...]) -> Any:
        """Return a value in a shape, which only a number takes on."""
        value = self.arithmetic.array(value)
        assert value.shape in ((), shape), f"a value is {value.shape}, where {shape} is asked for"
        found = self.arithmetic.empty(shape)
        found[...] = value
        return found

    # Values

    def shape(self, value: Value, indices: Mapping[str, int]) -> tuple[int, ...] | None:
        extents = shape_of(value)
        return None if extents is None else tuple(self.number(extent, indices) for extent in extents)

    def value(self, root: Value, indices: Mapping[str, int], position: Position) -> Any:
        """Return a value at one place; it calls itself once per reduction inside another."""
        found: dict[int, Any] = {}
        for node in nodes([root], stop=lambda value: isinstance(value, Reduce)):
            found[id(node)] = self.node(node, indices, position, found)
        return found[id(root)]

    def node(self, node: Value, indices: Mapping[str, int], position: Position, found: Mapping[int, Any]) -> Any:
        arithmetic = self.arithmetic
        match node:
            case Access():
                return self.read(node, indices, position, found)
            case Number():
                return arithmetic.number(node.value)
            case WholeNumber():
                return arithmetic.number(self.number(node.at, indices))
            case Reduce():
                row = OPERATORS[node.row]
                assert row.kind == "reduction", f"{row.name} is no reduction"
                first, last = self.number(node.first, indices), self.number(node.last, indices)
                kept = [
                    at for at in range(first, last + 1) if self.is_kept(node, {**indices, node.index: at}, position)
                ]
                terms = [self.value(node.value, {**indices, node.index: at}, position) for at in kept]
                if not terms:
                    empty = arithmetic.empty((0, *(self.shape(node.value, {**indices, node.index: first}) or ())))
                    return arithmetic.array(row.meaning(arithmetic.np, empty))
                found = row.meaning(arithmetic.np, arithmetic.array(terms))
                if row.joining.has_one_index and kept != [*range(first, last + 1)]:
                    # It tells which of the terms it is, counted from 1.
                    which = [arithmetic.number(at - first + 1) for at in kept]
                    found = [which[arithmetic.whole(one) - 1] for one in numpy.ravel(found)]
                    return arithmetic.array(found).reshape(numpy.shape(terms[0]))
                return arithmetic.array(found)
            case Opaque():
                arguments = [found[id(one)] for one in node.arguments]
                value = self.functions[node.function](*arguments, **{name: found[id(one)] for name, one in node.shared})
                if node.shape is not None:
                    value = arithmetic.array(value)
                    asked = [None if _is_open(extent) else self.number(extent, indices) for extent in node.shape]
                    assert len(asked) == value.ndim, f"{node.function} returned {value.shape}"
                    assert all(one in (None, own) for one, own in zip(asked, value.shape, strict=True))
                return value
            case Entry():
                return self.entry(node, indices, found)
            case Apply():
                row = OPERATORS[node.row]
                assert row.kind != "reduction", f"{row.name} is a reduction"
                arguments = [found[id(one)] for one in node.arguments]
                if row.kind == "entry":
                    value = arguments[0][tuple(self.item(item, indices) for item in node.data)]
                elif row.indexed is not None:
                    value = row.meaning(arithmetic.np, *arguments, tuple(self.item(one, indices) for one in node.data))
                elif row.sizes == 0:
                    value = row.meaning(arithmetic.np, *arguments)
                else:
                    value = row.meaning(arithmetic.np, *arguments, tuple(self.size(one, indices) for one in node.data))
                value = arithmetic.array(value)
                if node.shape is not None and not any(map(_is_open, node.shape)):
                    shape = self.shape(node, indices)
                    assert value.shape == shape, f"{node.row} is {value.shape}, where {shape} is said"
                return value

    def entry(self, node: Entry, indices: Mapping[str, int], found: Mapping[int, Any]) -> Any:
        """Return entries of a value, zeros where a value tells of none."""
        value = found[id(node.value)]
        items: list[Any] = []
        for place, count in zip(node.places, value.shape, strict=False):
            if isinstance(place, Strided):
                first, extent = self.number(place.first, indices), self.number(place.extent, indices)
                items.append(slice(first, first + place.step * extent, place.step))
                continue
            number = (
                self.arithmetic.whole(found[id(place.value)])
                if isinstance(place, Gather)
                else self.number(place, indices)
            )
            if number is None or not 0 <= number < count:
                assert isinstance(place, Gather), f"there is no entry {number} of {count}"
                return self.filled(self.arithmetic.number(0), self.shape(node, indices) or ())
            items.append(number)
        return value[tuple(items)]

    def is_kept(self, node: Reduce, indices: Mapping[str, int], position: Position) -> bool:
        """Say whether a reduction has a term for some number of its index."""
        if node.condition is None:
            return True
        return bool(self.value(node.condition, indices, position) != 0)

    def size(self, size: Any, indices: Mapping[str, int]) -> int:
        """Return a size that an operator is told: a number, a name, or a sum."""
        if isinstance(size, str):
            return size_of(size).number(self.numbers)
        if hasattr(size, "form"):
            return size.form.number({**self.numbers, **indices})
        return size if isinstance(size, int) else self.number(size, indices)

    def item(self, item: Any, indices: Mapping[str, int]) -> Any:
        """Return an entry, or a slice, as NumPy takes it: a number, a sum, or an index of the language."""
        if item is None or isinstance(item, int):
            return item
        if hasattr(item, "base") and item.form is not None:
            return item.form.number({**self.numbers, **indices})
        if hasattr(item, "base"):
            return item.offset + (size_of(item.base).number(self.numbers) if item.base else 0)
        return (
            slice(*(self.item(one, indices) for one in item)) if isinstance(item, tuple) else self.number(item, indices)
        )

    def left_by(self, values: Iterable[Value], indices: Mapping[str, int]) -> dict[str, int]:
        """Return the dimensions that the accesses in some values leave, in the order in which they come."""
        found: dict[str, int] = {}
        for access in nodes(values):
            if isinstance(access, Access):
                for name, count in self.left(access, indices).items():
                    assert found.setdefault(name, count) == count, f"{name} has {found[name]} places and {count}"
        return found

    # Statements

    def block(self, body: Iterable[KernelStatement], places: Places) -> None:
        """Compute statements, each for all places before the next; it calls itself once per nested block."""
        for statement in body:
            match statement:
                case For():
                    turns = [self.turns(statement, place) for place in places]
                    for number in range(max(map(len, turns), default=0)):
                        going = zip(places, turns, strict=True)
                        inside = [{**at, statement.index: own[number]} for at, own in going if number < len(own)]
                        self.block(statement.body, inside)
                case Each():
                    inside = [at for place in places for at in self.points(statement.ranges, place)]
                    on = [at for at in inside if all(self.number(one, at) == 0 for one in statement.on)]
                    self.block(statement.body, on)
                case Guard():
                    met = [all(one.holds({**self.numbers, **at}) for one in statement.all_of) for at in places]
                    self.block(statement.then, [at for at, holds in zip(places, met, strict=True) if holds])
                    self.block(statement.other, [at for at, holds in zip(places, met, strict=True) if not holds])
                case WhereWhole():
                    assert len(places) < 2, "what is looked at decides for all places"
                    for place in places:
                        chosen = statement.then if self.are_whole(statement, place) else statement.other
                        self.block(chosen, [place])
                case Make():
                    assert len(places) < 2, f"{statement.buffer.name} is made at several places at once"
                    for place in places:
                        self.make(statement, place)
                case Assign():
                    self.assign(statement, places)
                case Accumulate():
                    self.accumulate(statement, places)
                case Routine():
                    self.routine(statement, places)

    def are_whole(self, statement: WhereWhole, indices: Mapping[str, int]) -> bool:
        """Say whether values are whole numbers, and small enough."""
        self.turn += 1
        total = 0
        for value in statement.values:
            every = (self.value(value, indices, at) for at in _positions(self.left_by([value], indices)))
            numbers = [self.arithmetic.whole(one) for array in every for one in numpy.ravel(array)]
            if None in numbers:
                self.declined.append(statement)
                return False
            total += max((abs(one) for one in numbers if one is not None), default=0)
        if total * self.number(statement.count, indices) < 2**53:
            return True
        self.declined.append(statement)
        return False

    def turns(self, loop: For, indices: Mapping[str, int]) -> range:
        assert loop.step != 0, "a loop without a step"
        first, last = self.number(loop.first, indices), self.number(loop.last, indices)
        return range(first, last + (1 if loop.step > 0 else -1), loop.step)

    def points(self, ranges: tuple[IndexRange, ...], indices: Mapping[str, int]) -> Iterator[dict[str, int]]:
        """Yield the indices of all points of some ranges; it calls itself once per range."""
        if not ranges:
            yield dict(indices)
            return
        own = ranges[0]
        for at in range(self.number(own.first, indices), self.number(own.last, indices) + 1):
            yield from self.points(ranges[1:], {**indices, own.index: at})

    def begin(self, work: list[Any]) -> Iterator[Any]:
        """Yield the places of a new statement, scrambled."""
        self.turn += 1
        self.mixed.shuffle(work)
        yield from self.numbered(work)

    def numbered(self, work: Iterable[Any]) -> Iterator[Any]:
        for self.who, one in enumerate(work):
            yield one

    def assign(self, statement: Assign, places: Places) -> None:
        work = []
        for at in places:
            own, theirs = self.left(statement.target, at), self.left_by([statement.value], at)
            # The target may add up what it has no dimension for.
            assert statement.adds or set(theirs) <= set(own), (
                f"{statement.target.array.name} lacks {sorted(set(theirs) - set(own))}"
            )
            assert all(own.get(name, count) == count for name, count in theirs.items()), f"{own} are not {theirs}"
            work += [(at, position) for position in _positions({**theirs, **own})]
        for at, position in self.begin(work):
            self.write(statement.target, at, position, self.value(statement.value, at, position), statement.adds)

    def accumulate(self, statement: Accumulate, places: Places) -> None:
        row, arithmetic, along = OPERATORS[statement.row], self.arithmetic, statement.along
        assert row.accepts(2), f"{row.name} does not join two"
        work = []
        for at in places:
            own, theirs = self.left(statement.target, at), self.left(statement.value, at)
            assert along in own and along in theirs, f"{along} is not left"
            assert set(theirs) <= set(own), f"{statement.target.array.name} lacks some of {theirs}"
            assert all(own[name] == count for name, count in theirs.items()), f"{own} are not {theirs}"
            count = own.pop(along)
            work += [(at, position, count) for position in _positions(own)]
        for at, position, count in self.begin(work):
            lines = [{**position, along: number} for number in range(count)]
            terms = [self.value(statement.value, at, line) for line in lines]
            for number, line in enumerate(lines):
                if number:
                    terms[number] = arithmetic.array(row.meaning(arithmetic.np, terms[number - 1], terms[number]))
                self.write(statement.target, at, line, terms[number])

    def routine(self, statement: Routine, places: Places) -> None:
        work = []
        for at in places:
            arguments = [self.left_by([one], at) for one in statement.values]
            targets = [self.left(target, at) for target in statement.targets]
            sequences = {own["sequences"] for own in (*arguments, *targets) if "sequences" in own}
            assert len(sequences) < 2, f"{statement.name} is called for {sequences} sequences"
            count = {"sequences": sequences.pop()} if sequences else {}
            assert all(count.keys() <= own.keys() for own in targets), f"{statement.name} lacks sequences"
            for own in (*arguments, *targets):
                own.pop("sequences", None)
            work += [(at, position, arguments, targets) for position in _positions(count)]
        for at, position, arguments, targets in self.begin(work):
            values = []
            for value, own in zip(statement.values, arguments, strict=True):
                all_along = [self.value(value, at, {**position, **line}) for line in _positions(own)]
                array = self.arithmetic.array(all_along)
                values.append(array.reshape((*own.values(), *array.shape[1:])))
            if statement.goes_back:
                along = [statement.is_along(one) for one in statement.arguments for _ in _as_tuple(one)]
                values = [one[::-1] if is_along else one for one, is_along in zip(values, along, strict=True)]
            waiting = iter(values)
            given = [
                tuple(next(waiting) for _ in one) if isinstance(one, tuple) else next(waiting)
                for one in statement.arguments
            ]
            if statement.takes_shape:
                (target,), (own,) = statement.targets, targets
                entries = (self.number(dim.extent, at) for dim in dims_of(target) if dim.role == "size")
                given.append((*own.values(), *entries))
            returned = self.routines[statement.name](*given)
            if returned is None:
                self.declined.append(statement)
                self.block(statement.otherwise, [{**at}])
                break
            returned = returned[::-1] if statement.goes_back else returned
            returned = returned if isinstance(returned, tuple) else (returned,)
            for target, own, value in zip(statement.targets, targets, returned, strict=True):
                for line in _positions(own):
                    self.write(target, at, {**position, **line}, value[tuple(line.values())])

    def make(self, statement: Make, indices: Mapping[str, int]) -> None:
        buffer, fill = statement.buffer, statement.fill
        assert buffer.kind != "argument", f"the argument {buffer.name} is made"
        theirs = {} if fill is None else self.left_by([fill], indices)
        if self.apart and SEQUENCES.name in theirs and SEQUENCES not in buffer.dims:
            # It is as the argument that it is made of.
            self.apart[buffer.name] = buffer
            buffer = self.widened(buffer)
        own = {dim.name: self.extent(dim) for dim in buffer.dims if dim.role == "sequences"}
        assert theirs.items() <= own.items(), f"{buffer.name} is filled with values along {theirs}"
        axes = [dim for dim in buffer.dims if dim.role in ("axis", "front")]
        names = [dim.name for dim in axes]
        filled = []
        if fill is not None:
            places = [{**indices, **dict(zip(names, at, strict=True))} for at in product(*map(self.first_places, axes))]
            work = [(at, position) for at in places for position in _positions(own)]
            # What fills it may be read from the buffer of its name that was.
            filled = [(at, position, self.value(fill, at, position)) for at, position in self.begin(work)]
        shape = tuple(self.room(dim) for dim in buffer.dims)
        values = self.arithmetic.empty(shape) if buffer.is_shaped else {}
        self.storages[buffer.name] = _Storage(buffer.dims, shape, values)
        for at, position, value in self.numbered(filled):
            self.write(Access(buffer, tuple((name, whole(at[name])) for name in names)), at, position, value)

    def first_places(self, dim: Dim) -> range:
        """Return the places that a fill gives: all, and of a ring the first that it holds."""
        first, stop = self.number(dim.first, {}), self.number(dim.last, {}) + 1
        return range(first, stop if dim.kept is None else min(stop, self.number(dim.kept, {}) + first))


def _as_tuple(given: Value | tuple[Value, ...]) -> tuple[Value, ...]:
    return given if isinstance(given, tuple) else (given,)


def _positions(counts: Mapping[str, int]) -> Iterator[dict[str, int]]:
    for at in product(*map(range, counts.values())):
        yield dict(zip(counts, at, strict=True))


def _is_shaped(array: Array) -> bool:
    while isinstance(array, View):
        array = array.base
    return array.is_shaped


def _is_open(extent: Any) -> bool:
    """Say whether a size may be any."""
    return any("size ?" in name for name, _ in extent.terms)


def _told(logical: tuple[Any, ...]) -> str:
    return str(tuple(numpy.asarray(one).ravel().tolist() for one in logical))
