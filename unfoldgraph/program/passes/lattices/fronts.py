"""Wavefronts of two axes by ranges, and no more of them kept than are read back.

The places of a front are those of one axis, between two ends that the front tells; that of the other axis follows. A
signal that is not returned, and is read a few fronts back at most, is a ring of fronts: what stands on its edges is
written when a front comes by, and not for all of them before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from unfoldgraph.base.affine import Affine, index, is_index, whole
from unfoldgraph.program.ir import (
    Access,
    Assign,
    Bound,
    Buffer,
    Comparison,
    Dim,
    Each,
    For,
    Guard,
    IndexRange,
    Kernel,
    KernelStatement,
    Make,
    Number,
    Value,
    at_places,
    base_of,
    nodes,
    statements_in,
    targets_of,
    values_in,
)
from unfoldgraph.program.rewriting import with_accesses, with_buffers

__all__ = ["fronts"]

#: How many places off an edge are written one by one, and how many fronts a ring keeps, at most.
_MOST_OFF_EDGES, _MOST_KEPT = 4, 8


def fronts(kernel: Kernel) -> Kernel:
    """Return a kernel in which the places of a wavefront are a range, and signals that may be are rings of fronts.

    Must hold: a loop over all fronts i + j holds assignments for all places of a front, and nothing else. A ring
    besides: the signal is not returned; before the loop it is written alone, place by place or along one of the axes,
    by what nothing changes; behind it its last place is read alone.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> from unfoldgraph.program.lower import lower
    >>> from unfoldgraph.program.schedule import schedule_of
    >>> text = "x(i, j) : (); c(i, j) = min(c(i-1, j), c(i, j-1)) + x(i, j); last = c(end, end)"
    >>> kernel = fronts(lower(schedule_of(read(text), ["last"])))
    >>> [(dim.name, dim.kept.constant) for dim in kernel.body[0].buffer.dims if dim.kept is not None]
    [('front', 2)]
    """
    # What a nest becomes is none.
    while nests := [nest for nest in map(_nest_of, kernel.body) if nest is not None]:
        kernel = _with_rings(kernel, nests[0])
    return kernel


@dataclass(frozen=True)
class _FrontLoop:
    """A loop over the wavefronts of two axes, with the ranges of these, and what each turn computes, part by part."""

    loop: For
    parts: tuple[tuple[Assign, ...], ...]
    outer: IndexRange
    inner: IndexRange

    @property
    def front(self) -> Affine:
        """The front of a turn."""
        return index(self.loop.index)

    def by_ranges(self) -> tuple[Each, ...]:
        """Return the places of a front as ranges of the first axis, from which that of the second follows."""
        last, last_of_inner = self.outer.last, self.inner.last
        assert isinstance(last, Affine) and isinstance(last_of_inner, Affine)  # as `_nest_of` saw
        first, last = Bound("max", (whole(0), self.front - last_of_inner)), Bound("min", (last, self.front))
        here = IndexRange(self.outer.index, first, last)
        places = {self.inner.index: self.front - index(self.outer.index)}
        return tuple(Each((here,), tuple(_moved(one, places) for one in part)) for part in self.parts)


def _moved(one: Assign, places: dict[str, Affine]) -> Assign:
    """Return an assignment with other sums in place of some indices."""
    target = at_places(one.target, places)
    assert isinstance(target, Access)  # so is an access at other places
    return replace(one, target=target, value=at_places(one.value, places))


def _nest_of(statement: KernelStatement) -> _FrontLoop | None:
    """Return what a loop over all fronts of two axes is; None for all else."""
    if not isinstance(statement, For) or statement.step != 1 or not statement.body:
        return None
    first, *others = eaches = [one for one in statement.body if isinstance(one, Each)] or [Each((), ())]
    are_alike = all((one.ranges, one.on) == (first.ranges, first.on) for one in others)
    if not are_alike or len(eaches) < len(statement.body) or len(first.ranges) != 2 or len(first.on) != 1:
        return None
    outer, inner = first.ranges
    ends = [end for one in first.ranges for end in (one.first, one.last)]
    is_sum = first.on[0] == index(outer.index) + index(inner.index) - index(statement.index)
    if not is_sum or any(not isinstance(end, Affine) or any(is_index(own) for own, _ in end.terms) for end in ends):
        return None
    are_all = outer.first == inner.first == statement.first == whole(0)
    assert isinstance(outer.last, Affine) and isinstance(inner.last, Affine)
    parts = [tuple(one for one in each.body if isinstance(one, Assign) and not one.adds) for each in eaches]
    are_whole = all(len(part) == len(each.body) for part, each in zip(parts, eaches, strict=True))
    if not are_all or not are_whole or statement.last != outer.last + inner.last:
        return None
    return _FrontLoop(statement, tuple(parts), outer, inner)


# Rings ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _WrittenBefore:
    """A statement that writes places of a signal before the loop: one, or those along one axis."""

    statement: KernelStatement
    assign: Assign
    range: IndexRange | None


@dataclass(frozen=True)
class _Ring:
    """A signal of which a few fronts are kept.

    Attributes
    ----------
    buffer : with a place for all of its places.
    outer, inner : its dimensions along the two axes.
    edges : what writes it before the loop.
    fill : what stands where nothing is written; None where that is never read.
    kept : how many fronts.
    """

    buffer: Buffer
    outer: Dim
    inner: Dim
    edges: tuple[_WrittenBefore, ...]
    fill: Number | None
    kept: int

    @property
    def first(self) -> Affine:
        """Its first front, off both edges."""
        return self.outer.first + self.inner.first

    @property
    def made(self) -> Buffer:
        """The ring."""
        count = self.outer.extent + self.inner.extent - 1
        front = Dim("front", count, "front", before=whole(0) - self.first, kept=whole(self.kept))
        others = [dim for dim in self.buffer.dims if dim not in (self.outer, self.inner)]
        return replace(self.buffer, dims=(front, self.outer, *others))

    def access(self, one: Access) -> Access:
        """Return where a place of the signal is in the ring."""
        outer, inner = _at(one, self.outer), _at(one, self.inner)
        others = [(name, at) for name, at in one.places if name not in (self.outer.name, self.inner.name)]
        return Access(self.made, (("front", outer + inner), (self.outer.name, outer), *others))

    def on_edges(self, front: Affine) -> Iterator[KernelStatement]:
        """Yield what writes those places of a front that are off the edges, or that something else gives."""
        for one, other in ((self.outer, self.inner), (self.inner, self.outer)):
            assert isinstance(one.before, int)
            for off in range(1, one.before + 1):
                if self.fill is not None and not self._is_covered(one, whole(-off), other):
                    target = Access(self.buffer, ((one.name, whole(-off)), (other.name, front + off)))
                    is_there = _between(other.first, front + off, other.extent - 1)
                    yield Guard(is_there, (Assign(target, self.fill),))
        for edge in self.edges:
            target = edge.assign.target
            total = _at(target, self.outer) + _at(target, self.inner)
            if edge.range is None:
                yield Guard((Comparison(front, "==", total),), (edge.assign,))
            else:
                own, first, last = edge.range.index, edge.range.first, edge.range.last
                assert isinstance(first, Affine) and isinstance(last, Affine)  # as `_edge_of` saw
                here = front - (total - index(own))
                yield Guard(_between(first, here, last), (_moved(edge.assign, {own: here}),))

    def _is_covered(self, one: Dim, at: Affine, other: Dim) -> bool:
        """Say whether edges write all places of one dimension that are at a place of another."""
        along = [edge for edge in self.edges if _at(edge.assign.target, one) == at]
        written = {_at(edge.assign.target, other) for edge in along if edge.range is None}
        firsts = [
            edge.range.first
            for edge in along
            if edge.range is not None
            and edge.range.last == other.extent - 1
            and _at(edge.assign.target, other) == index(edge.range.index)
        ]
        assert isinstance(other.before, int)  # as `_ring_of` saw
        before = [whole(place) for place in range(-other.before, 1)]
        return any(first in before and written.issuperset(before[: before.index(first)]) for first in firsts)


def _at(access: Access, dim: Dim) -> Affine:
    """Return at which place of a dimension an access is that `_ring_of` has seen."""
    found = dict(access.places)[dim.name]
    assert isinstance(found, Affine)
    return found


def _between(first: Affine, here: Affine, last: Affine) -> tuple[Comparison, ...]:
    return Comparison(first, "<=", here), Comparison(here, "<=", last)


def _with_rings(kernel: Kernel, nest: _FrontLoop) -> Kernel:
    """Return a kernel in which the places of the fronts of a nest are a range, and some of its signals rings."""
    found = [_ring_of(kernel, nest, one.target) for part in nest.parts for one in part]
    rings = {ring.buffer: ring for ring in found if ring is not None}
    gone = {id(edge.statement) for ring in rings.values() for edge in ring.edges}
    edges = [one for ring in rings.values() for one in ring.on_edges(nest.front)]
    first = min((ring.first.constant for ring in rings.values()), default=0)
    loop = replace(nest.loop, first=whole(first), body=(*edges, *nest.by_ranges()))
    left = [loop if one is nest.loop else one for one in kernel.body if id(one) not in gone]
    body = [replace(one, fill=None) if isinstance(one, Make) and one.buffer in rings else one for one in left]
    moved = with_accesses(body, lambda one: rings[one.array].access(one) if one.array in rings else one)
    return replace(kernel, body=with_buffers(moved, {own: ring.made for own, ring in rings.items()}))


def _ring_of(kernel: Kernel, nest: _FrontLoop, target: Access) -> _Ring | None:
    """Return the ring that the signal of a target of a nest may be; None where it can't be one."""
    buffer = target.array
    axes = [dim for dim in buffer.dims if dim.role in ("axis", "front")]
    if not isinstance(buffer, Buffer) or buffer.kind != "scratch" or buffer in kernel.results or len(axes) != 2:
        return None
    by_place = {place: dim for dim in axes for name, place in target.places if name == dim.name}
    outer, inner = by_place.get(index(nest.outer.index)), by_place.get(index(nest.inner.index))
    if outer is None or inner is None or (outer.extent - 1, inner.extent - 1) != (nest.outer.last, nest.inner.last):
        return None
    if any(dim.kept is not None or dim.after != 0 or dim.before not in range(_MOST_OFF_EDGES + 1) for dim in axes):
        return None
    at = kernel.body.index(nest.loop)
    fills, edges = [], []
    written = {base_of(one.array) for inside in statements_in(kernel.body) for one in targets_of(inside)}
    for statement in kernel.body[:at]:
        if isinstance(statement, Make) and statement.buffer == buffer:
            fills.append(statement.fill)
        elif any(_accesses([statement], buffer)):
            edge = _edge_of(statement, buffer, written)
            if edge is None:
                return None
            edges.append(edge)
    here = {outer.name: index(nest.outer.index), inner.name: index(nest.inner.index)}
    backs = [_back(one, here) for one in _accesses([nest.loop], buffer)]
    if any(back is None or not 0 <= back < _MOST_KEPT for back in backs):
        return None
    last = {outer.name: outer.extent - 1, inner.name: inner.extent - 1}
    if any(_back(one, last) != 0 for one in _accesses(kernel.body[at + 1 :], buffer)):
        return None
    if len(fills) != 1 or not isinstance(fills[0], Number | None):
        return None
    return _Ring(buffer, outer, inner, tuple(edges), fills[0], 1 + max(back for back in backs if back is not None))


def _edge_of(statement: KernelStatement, buffer: Buffer, written: set[Buffer]) -> _WrittenBefore | None:
    """Return what writes some places of a signal and reads nothing that changes; None for all else."""
    around: IndexRange | None = None
    one: KernelStatement = statement
    if isinstance(statement, Each) and len(statement.ranges) == len(statement.body) == 1 and not statement.on:
        (around,), (one,) = statement.ranges, statement.body
        if not isinstance(around.first, Affine) or not isinstance(around.last, Affine):
            return None
    if not isinstance(one, Assign) or one.adds or one.target.array != buffer:
        return None
    read = [node for node in nodes([one.value]) if isinstance(node, Access)]
    if any(base_of(node.array) in written for node in read):
        return None
    places = [dict(one.target.places).get(dim.name) for dim in buffer.dims if dim.role == "axis"]
    if not all(isinstance(place, Affine) for place in places):
        return None
    indices = [term for place in places if isinstance(place, Affine) for term in place.terms if is_index(term[0])]
    return (
        _WrittenBefore(statement, one, around) if indices == ([] if around is None else [(around.index, 1)]) else None
    )


def _back(access: Access, here: dict[str, Affine]) -> int | None:
    """Return by how many fronts a place is before another, one below it along neither axis; None where it may be."""
    places = dict(access.places)
    back = 0
    for name, at in here.items():
        place = places.get(name)
        off = at - place if isinstance(place, Affine) else None
        if off is None or off.terms:
            return None
        back += off.constant
    return back


def _accesses(body: Sequence[KernelStatement], buffer: Buffer) -> Iterator[Access]:
    """Yield where statements read or write a signal."""
    for statement in statements_in(body):
        found: list[Value] = [*targets_of(statement), *nodes(values_in(statement))]
        yield from (one for one in found if isinstance(one, Access) and base_of(one.array) == buffer)
