"""A kernel is tried on places alone: what it makes, reads and writes where, for lengths and sizes that are numbers.

No value is computed. All places of a statement are looked at together, as arrays of whole numbers, so that a trial is
quick; what is found first ends it. The places that values tell (`Gather`) may be any, so nothing is found of those.

In one statement of an `Each`, or along the dimensions that its accesses leave, the places come in any order: each
writes what is its own, and reads nothing that is another's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from unfoldgraph.base.affine import whole
from unfoldgraph.program.ir import (
    Access,
    Accumulate,
    Array,
    Assign,
    Bound,
    Buffer,
    Condition,
    Dim,
    Each,
    For,
    Gather,
    Guard,
    IndexRange,
    Kernel,
    KernelStatement,
    Make,
    NotAll,
    Reduce,
    Routine,
    Strided,
    Value,
    View,
    WhereWhole,
    Whole,
    base_of,
    comparisons_in,
    nodes,
    parts,
    statements_in,
    targets_of,
    values_in,
)

MADE, INSIDE, WRITTEN, DISJOINT, ORDER = "made", "inside", "written", "disjoint", "order"
KEPT, RETURNED = "kept", "returned"
"""What may be found: the rules of which a trial tells."""
_NOBODY, _EVERYBODY = -1, -2

Inside = tuple[Access, tuple[Reduce, ...]]
"""An access and the reductions around it, the outermost first."""


class Fault(Exception):
    """What a trial finds: the rule that is broken, and how."""

    def __init__(self, rule: str, sentence: str) -> None:
        super().__init__(sentence)
        self.rule, self.sentence = rule, sentence


@dataclass(frozen=True)
class _Points:
    """Where a statement is computed: how many places, and an array of the number of each index."""

    count: int
    indices: Mapping[str, Any]

    def where(self, chosen: Any) -> _Points:
        """Return those that an array of truths, or of numbers of places, picks."""
        found = {name: numbers[chosen] for name, numbers in self.indices.items()}
        return _Points(int(chosen.sum()) if chosen.dtype == bool else len(chosen), found)


class _Storage:
    """Which places of a buffer are written, laid out one after the other; of an argument all are."""

    def __init__(self, trial: Trial, buffer: Buffer) -> None:
        import numpy as np

        self.dims = buffer.dims
        self.shape = [trial.room(dim) for dim in buffer.dims]
        count = int(np.prod(self.shape, dtype=int))
        self.written = np.full(count, buffer.kind == "argument")
        #: In a ring, which place stands in each.
        self.holds = {at: np.zeros(count, int) for at, dim in enumerate(buffer.dims) if dim.kept is not None}
        #: By whom each is written in this statement.
        self.owners = np.full(count, _NOBODY)


@dataclass(frozen=True)
class _AccessedEntries:
    """Where an access is at some places: along the first dimension these, then along each that it leaves.

    `at` are the numbers in memory, and `places` what broadcasts to the place along each dimension.
    """

    storage: _Storage
    at: Any
    places: tuple[Any, ...]
    left: tuple[Dim, ...]

    def along(self, dim: int, chosen: Any) -> Any:
        """Return the places of some entries along a dimension."""
        import numpy as np

        return np.broadcast_to(self.places[dim], self.at.shape)[chosen]


class Trial:
    """One run of a kernel over places.

    Parameters
    ----------
    kernel : whose indices and names are known to be in order.
    numbers : that of every name in sums which is no index.
    """

    def __init__(self, kernel: Kernel, numbers: Mapping[str, int]) -> None:
        import numpy as np

        self.np = np
        self.kernel = kernel
        self.numbers = numbers
        self.storages: dict[str, _Storage] = {}
        self.accesses: dict[int, list[Inside]] = {}
        self.returned = {base_of(array).name for array in kernel.results}
        #: What is not as the caller gives it.
        self.changed: set[str] = set()
        for statement in statements_in(kernel.body):
            made = [statement.buffer] if isinstance(statement, Make) else []
            self.changed |= {base_of(array).name for array in (*made, *(one.array for one in targets_of(statement)))}

    def run(self) -> None:
        """Try the kernel; raises `Fault` for the first thing that is wrong."""
        unchanged = _Storage(self, Buffer("", "argument"))
        for buffer in self.kernel.arguments:
            self.storages[buffer.name] = _Storage(self, buffer) if buffer.name in self.changed else unchanged
        start = _Points(1, {})
        self.block(self.kernel.body, start)
        for array in self.kernel.results:
            for entries in self.entries(Access(array), start):
                self.require_written(entries, array, RETURNED, "returned")

    # Numbers

    def number(self, one: Whole, indices: Mapping[str, Any]) -> Any:
        """Return a whole number, or an array of it where its indices are arrays."""
        known = {**self.numbers, **indices}
        if not isinstance(one, Bound):
            return one.number(known)
        sums = [part.number(known) for part in one.parts]
        parts = [-(-part // one.divisor) if one.rounded == "ceil" else part // one.divisor for part in sums]
        return reduce(self.np.maximum if one.of == "max" else self.np.minimum, parts)

    def numbers_at(self, one: Whole, places: _Points) -> Any:
        """Return the number at each place."""
        return self.np.broadcast_to(self.number(one, places.indices), (places.count,))

    def room(self, dim: Dim) -> int:
        """Return how many places a dimension has in memory."""
        found = (dim.last - dim.first + 1).number(self.numbers)
        return max(0, found if dim.kept is None else dim.kept.number(self.numbers))

    # Places

    def within(self, places: _Points, ranges: Iterable[IndexRange]) -> tuple[_Points, Any]:
        """Return the points of some ranges at each place, and the place of each point."""
        np = self.np
        owners = np.arange(places.count)
        for one in ranges:
            first, last = self.numbers_at(one.first, places), self.numbers_at(one.last, places)
            counts = np.maximum(last - first + 1, 0)
            of = np.repeat(np.arange(places.count), counts)
            steps = np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts)
            places = places.where(of)
            places = _Points(len(of), {**places.indices, one.index: first[of] + steps})
            owners = owners[of]
        return places, owners

    def entries(self, access: Access, places: _Points) -> Iterator[_AccessedEntries]:
        """Yield where an access is; raises `Fault` where that is outside.

        There are several where a span is longer at some places than at others, and none where a value tells a place,
        or where nothing but the caller has written.
        """
        named = dict(access.places)
        spans = {name: place for name, place in access.places if isinstance(place, Strided)}
        if len(spans) and places.count > 1:
            of_each = self.np.stack([self.numbers_at(span.extent, places) for span in spans.values()])
            for one in self.np.unique(of_each, axis=1).T:
                alike = places.where((of_each == one[:, None]).all(axis=0))
                yield from self._entries(access, named, dict(zip(spans, one.tolist(), strict=True)), alike)
        else:
            extents = {name: int(self.numbers_at(span.extent, places)[0]) for name, span in spans.items()}
            yield from self._entries(access, named, extents, places)

    def _entries(
        self, access: Access, named: Mapping[str, Any], extents: Mapping[str, int], places: _Points
    ) -> Iterator[_AccessedEntries]:
        np, array = self.np, access.array
        left = tuple(dim for dim in array.dims if isinstance(named.get(dim.name), Strided | None))

        def along(numbers: Any, position: int) -> Any:
            """Return numbers as a dimension of their own, the first being that of the places."""
            return numbers.reshape([-1 if other == position else 1 for other in range(len(left) + 1)])

        indices = {name: along(numbers, 0) for name, numbers in places.indices.items()}
        at: dict[str, Any] = {}
        shape = [places.count]
        for dim in array.dims:
            place = named.get(dim.name)
            if isinstance(place, Strided):
                shape.append(extents[dim.name])
                positions = along(np.arange(shape[-1]), len(shape) - 1)
                at[dim.name] = self.number(place.first, indices) + place.step * positions
            elif place is None:
                shape.append(max(0, dim.extent.number(self.numbers)))
                at[dim.name] = along(np.arange(shape[-1]), len(shape) - 1)
            elif not isinstance(place, Gather):
                at[dim.name] = self.number(place, indices)
        self.require_inside(array, {name: at[name] for name in named if name in at})
        while isinstance(array, View):
            own, below = dict(array.places), {}
            for dim in array.base.dims:
                place = own.get(dim.name)
                if isinstance(place, Strided) and dim.name in at:
                    below[dim.name] = self.number(place.first, indices) + place.step * at[dim.name]
                elif place is None and dim.name in at:
                    below[dim.name] = at[dim.name]
                elif isinstance(place, Whole) and all(one.name in at for one in array.dims if _mentions(place, one)):
                    below[dim.name] = self.number(place, {**indices, **at})
            array, at = array.base, below
            self.require_inside(array, at)
        if array.name not in self.storages:
            raise Fault(MADE, f"'{array.name}' is used before it is made")
        if len(at) == len(array.dims) and array.name in self.changed:
            storage = self.storages[array.name]
            found = tuple(at[dim.name] for dim in array.dims)
            memory = np.zeros(shape, int)
            for dim, room, one in zip(array.dims, storage.shape, found, strict=True):
                memory *= room
                memory += one - dim.first.number(self.numbers) if dim.kept is None else one % room
            yield _AccessedEntries(storage, memory, found, left)

    def require_inside(self, array: Array, at: Mapping[str, Any]) -> None:
        """Raise `Fault` where a place lies outside the extent and the margins."""
        for dim in array.dims:
            if dim.name in at:
                first, last = dim.first.number(self.numbers), dim.last.number(self.numbers)
                numbers = self.np.asarray(at[dim.name])
                if numbers.size and not first <= numbers.min() <= numbers.max() <= last:
                    outside = numbers[(numbers < first) | (numbers > last)].flat[0]
                    where = f"'{array.name}' at {dim.name} = {outside}"
                    raise Fault(INSIDE, f"{where} lies outside {first}..{last}")

    def require_written(self, entries: _AccessedEntries, array: Array, rule: str, how: str) -> None:
        """Raise `Fault` where a place does not hold what is read there."""
        storage = entries.storage
        missing = ~storage.written[entries.at]
        for number, holds in storage.holds.items():
            missing |= holds[entries.at] != entries.places[number]
        if missing.any():
            place = self.first_place(entries, missing)
            raise Fault(rule, f"'{array.name}' at {place} is {how} and holds nothing")

    def require_kept(self, entries: _AccessedEntries, array: Array) -> None:
        """Raise `Fault` where a place that the caller gives is written, and not one of the margins."""
        buffer = base_of(array)
        if buffer.kind == "argument" and buffer.name not in self.returned:
            given = self.np.ones(entries.at.shape, bool)
            for dim, one in zip(buffer.dims, entries.places, strict=True):
                given &= (one >= 0) & (one < dim.extent.number(self.numbers))
            if given.any():
                raise Fault(KEPT, f"'{array.name}' at {self.first_place(entries, given)} is overwritten")

    def first_place(self, entries: _AccessedEntries, chosen: Any) -> str:
        """Return the first place of some of the entries as a sentence tells it."""
        told = enumerate(entries.storage.dims)
        return ", ".join(f"{dim.name} = {entries.along(at, chosen)[0]}" for at, dim in told) or "its only place"

    def mark_written(self, entries: _AccessedEntries) -> None:
        """Note that places hold what is theirs."""
        entries.storage.written[entries.at] = True
        for number, holds in entries.storage.holds.items():
            holds[entries.at] = entries.places[number]

    # Statements

    def holds(self, condition: Condition, places: _Points) -> Any:
        """Return at which places a condition holds."""
        numbers = {**self.numbers, **places.indices}
        found = self.np.ones(places.count, bool)
        for one in comparisons_in([condition]):
            found &= self.np.asarray(one.holds(numbers))
        return ~found if isinstance(condition, NotAll) else found

    def block(self, body: Iterable[KernelStatement], places: _Points) -> None:
        """Try statements, each at all places before the next; it calls itself once per nested block."""
        np = self.np
        for statement in body if places.count else ():
            match statement:
                case For():
                    first, last = (self.numbers_at(end, places) for end in (statement.first, statement.last))
                    turns = np.maximum((last - first) // statement.step + 1, 0)
                    for turn in range(turns.max()):
                        going = turns > turn
                        inside = places.where(going)
                        at = first[going] + turn * statement.step
                        self.block(statement.body, _Points(inside.count, {**inside.indices, statement.index: at}))
                case Each():
                    inside, _ = self.within(places, statement.ranges)
                    for one in statement.on:
                        inside = inside.where(self.numbers_at(one, inside) == 0)
                    self.block(statement.body, inside)
                case Guard():
                    holds = np.ones(places.count, bool)
                    for condition in statement.all_of:
                        holds &= self.holds(condition, places)
                    self.block(statement.then, places.where(holds))
                    self.block(statement.other, places.where(~holds))
                case WhereWhole():
                    self.either(statement, places)
                case Make():
                    self.make(statement, places)
                case Assign() | Accumulate() | Routine():
                    if isinstance(statement, Routine):
                        # Either may come to pass, and both write the same.
                        self.block(statement.otherwise, places)
                    self.compute(statement, places)

    def either(self, statement: WhereWhole, places: _Points) -> None:
        """Try both of what may come to pass; what only one of them writes is not written."""
        for access, _ in self.reads(statement):
            for entries in self.entries(access, places):
                self.require_written(entries, access.array, WRITTEN, "read")
        before = {name: storage.written.copy() for name, storage in self.storages.items()}
        self.block(statement.other, places)
        others = {name: self.storages[name].written for name in before}
        for name, written in before.items():
            self.storages[name].written = written
        self.block(statement.then, places)
        for name, written in others.items():
            self.storages[name].written &= written

    def reads(self, statement: KernelStatement) -> list[Inside]:
        """Return what a statement reads."""
        if id(statement) not in self.accesses:
            found = accesses_in(values_in(statement))
            # What is read twice at one place is looked at once.
            alike = {(one.array, one.places, tuple(map(id, around))): (one, around) for one, around in found}
            self.accesses[id(statement)] = list(alike.values())
        return self.accesses[id(statement)]

    def compute(self, statement: Assign | Accumulate | Routine, places: _Points) -> None:
        """Try what computes values and puts them in their places."""
        targets = [(one, target) for target in targets_of(statement) for one in self.entries(target, places)]
        # Along the dimensions that they leave, running results and routines have an order of their own.
        in_any_order = isinstance(statement, Assign)
        adds = isinstance(statement, Assign) and statement.adds
        shared = []
        for entries, target in targets:
            self.require_kept(entries, target.array)
            if adds:
                self.require_written(entries, target.array, WRITTEN, "added to")
            if places.count > 1 or (in_any_order and self.are_many(entries, target)):
                shared.append(entries)
                self.own(entries, target.array, adds)
        for access, reductions in self.reads(statement):
            if not access.places and isinstance(access.array, Buffer) and access.array.name not in self.changed:
                continue
            inside, owners = self.within(places, [IndexRange(one.index, one.first, one.last) for one in reductions])
            for entries in self.entries(access, inside) if inside.count else ():
                self.require_written(entries, access.array, WRITTEN, "read")
                for mine in shared if in_any_order else ():
                    if mine.storage is entries.storage:
                        self.require_own(entries, mine, owners, access.array)
        for entries, _ in targets:
            self.mark_written(entries)
        for entries in shared:
            entries.storage.owners[entries.at] = _NOBODY

    def are_many(self, entries: _AccessedEntries, target: Access) -> bool:
        """Say whether a target leaves places of which two could be one, or one read what another writes."""
        is_taken = isinstance(target.array, View) or any(isinstance(place, Strided) for _, place in target.places)
        left = any(dim.role in ("axis", "front") for dim in entries.left)
        return is_taken or left

    def identities(self, entries: _AccessedEntries, mine: _AccessedEntries, owners: Any) -> Any:
        """Return who has each entry: the place, and the position along each dimension that the target leaves.

        What reads one entry at several positions of the target is everybody.
        """
        np = self.np
        names = [dim.name for dim in entries.left]
        shape = [1] * len(names)
        found = owners.reshape([-1, *shape])
        for position, dim in enumerate(mine.left, 1):
            count = mine.at.shape[position]
            if dim.role != "size" and count > 1:
                if dim.name not in names:
                    return np.full(entries.at.shape, _EVERYBODY)
                own = names.index(dim.name)
                here = [1, *shape]
                here[own + 1] = -1
                found = found * count + np.arange(entries.at.shape[own + 1]).reshape(here)
        return np.broadcast_to(found, entries.at.shape)

    def own(self, entries: _AccessedEntries, array: Array, adds: bool) -> None:
        """Note who writes what; raises `Fault` where two write one place, and do not add."""
        owners = entries.storage.owners
        counts = self.np.bincount(entries.at.ravel(), minlength=len(owners))
        is_shared = (counts > 1) | ((counts > 0) & (owners != _NOBODY))
        owners[entries.at] = self.identities(entries, entries, self.np.arange(len(entries.at)))
        # What several add to, nobody may read.
        owners[is_shared] = _EVERYBODY
        if is_shared.any() and not adds:
            place = self.first_place(entries, is_shared[entries.at])
            raise Fault(DISJOINT, f"'{array.name}' at {place} is written at two places at once")

    def require_own(self, entries: _AccessedEntries, mine: _AccessedEntries, owners: Any, array: Array) -> None:
        """Raise `Fault` where what is read is what another place of the statement writes."""
        found = entries.storage.owners[entries.at]
        others = (found != _NOBODY) & (found != self.identities(entries, mine, owners))
        if others.any():
            place = self.first_place(entries, others)
            raise Fault(ORDER, f"'{array.name}' at {place} is read, and written at another place of one statement")

    def make(self, statement: Make, places: _Points) -> None:
        """Try the making of a buffer, and what fills it."""
        buffer = statement.buffer
        if places.count > 1:
            raise Fault(MADE, f"'{buffer.name}' is made at several places at once")
        if buffer.kind == "argument":
            raise Fault(MADE, f"the argument '{buffer.name}' is made")
        storage = _Storage(self, buffer)
        if statement.fill is not None:
            ranges = []
            for number, dim in enumerate(buffer.dims):
                first, last = dim.first.number(self.numbers), dim.last.number(self.numbers)
                if dim.kept is not None:
                    # It fills the first places of a ring.
                    last = min(last, first + storage.shape[number] - 1)
                    slots = self.np.indices(storage.shape)[number].ravel()
                    storage.holds[number][:] = first + (slots - first) % max(1, storage.shape[number])
                if dim.role in ("axis", "front"):
                    ranges.append(IndexRange(dim.name, whole(first), whole(last)))
            filled, _ = self.within(places, ranges)
            for access, reductions in self.reads(statement):
                inside, _ = self.within(filled, [IndexRange(one.index, one.first, one.last) for one in reductions])
                for entries in self.entries(access, inside) if inside.count else ():
                    self.require_written(entries, access.array, WRITTEN, "read")
            storage.written[:] = True
        self.storages[buffer.name] = storage


def accesses_in(values: Sequence[Value]) -> Iterator[Inside]:
    """Yield every access in some values with the reductions around it, those in the places of others too."""
    for node, around in nodes_around(values):
        if isinstance(node, Access):
            yield node, around


def nodes_around(values: Sequence[Value]) -> Iterator[tuple[Value, tuple[Reduce, ...]]]:
    """Yield every value below some with the reductions around it."""
    waiting: list[tuple[Value, tuple[Reduce, ...]]] = [(value, ()) for value in reversed(values)]
    while waiting:
        root, around = waiting.pop()
        for node in nodes([root], stop=lambda value: isinstance(value, Reduce)):
            yield node, around
            if isinstance(node, Reduce):
                waiting += [(part, (*around, node)) for part in parts(node)]


def _mentions(place: Whole, dim: Dim) -> bool:
    sums = place.parts if isinstance(place, Bound) else (place,)
    return any(one.factor(dim.name) for one in sums)
