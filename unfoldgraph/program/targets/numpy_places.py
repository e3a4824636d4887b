"""Where things stand, as NumPy indices: places as numbers, slices, or the index arrays of a wavefront."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace

from unfoldgraph.algebra.expression import Index
from unfoldgraph.program.ir import (
    SEQUENCES,
    Access,
    Affine,
    Bound,
    Buffer,
    Dim,
    Gather,
    Strided,
    Subscript,
    View,
    Whole,
    has_sequences,
    index,
    indices_of,
    shape_of,
    size,
    whole,
)
from unfoldgraph.program.python_text.expressions import width
from unfoldgraph.program.python_text.nodes import binary, call, constant, item, list_of, plus, slice_of, starred
from unfoldgraph.program.targets.numpy_names import FRONT, Called, Code, Scope, known_part

EVERY = slice_of()
"""All along a dimension."""


class AccessWriter:
    """Writes the accesses of one kernel, and numbers of places.

    Parameters
    ----------
    called : what things are called.
    in_columns : whether the sequences stand last, behind the entries of a value, and not before them.
    """

    def __init__(self, called: Called, in_columns: bool) -> None:
        self.called = called
        self.words = called.words
        self.in_columns = in_columns

    def whole_number(self, at: Whole, scope: Scope) -> Code:
        """Return a whole number as one of the floating type of the call, for each place of what is computed at once."""
        at_once = [one for one in indices_of(at) if one in scope.ranges]
        if at_once and isinstance(at, Affine):
            (own,) = at_once
            first, last = scope.ranges[own]
            moved = {own: whole(0)}
            start = self._sum(first, at.at(moved), scope)
            stop = plus(self._sum(last, at.at(moved), scope), 1)
            numbers = call(self.words.numpy("arange"), start, stop, dtype=self.words.dtype)
            return Code.of(self._spread(numbers, first, last, scope), indices=(own,))
        numbers = self.called.whole(at, scope)
        if any(one in scope.arrays for one in indices_of(at)):
            numbers = call(ast.Attribute(numbers, "astype"), self.words.dtype)
            return Code.of(self._spread(numbers, whole(0), whole(-2), scope), indices=(FRONT,))
        return Code.of(call(self.words.dtype, numbers))

    def _spread(self, numbers: ast.expr, first: Whole, last: Whole, scope: Scope) -> ast.expr:
        """Return a row of numbers with as many dimensions behind it as the batch has."""
        if self.in_columns or not self.words.has_batch:
            return numbers
        ones = binary("*", list_of(constant(1)), call(self.words["len"], self.words.batch))
        return call(ast.Attribute(numbers, "reshape"), self.count(first, last, scope), starred(ones))

    def _sum(self, one: Whole, other: Affine, scope: Scope) -> ast.expr:
        """Return the sum of two whole numbers, of which the first may be a bound."""
        if isinstance(one, Affine):
            return self.called.whole(one + other, scope)
        left, right = self.called.whole(one, scope), self.called.whole(other, scope)
        return plus(left, other.constant) if not other.terms else binary("+", left, right)

    def count(self, first: Whole, last: Whole, scope: Scope) -> ast.expr:
        """Return how many numbers there are from the first to the last."""
        if isinstance(first, Affine) and isinstance(last, Affine):
            return self.called.whole(last - first + 1, scope)
        return plus(binary("-", self.called.whole(last, scope), self.called.whole(first, scope)), 1)

    # Accesses ---------------------------------------------------------------------------------------

    def access(self, node: Access, scope: Scope, made: Mapping[int, Code]) -> Code:
        """Return what stands at some places, as what is read or what is assigned to.

        `made` are the values of places that are values themselves, by their identity.
        """
        buffer, places = resolved(node)
        shape = shape_of(node)
        tree = self.called.buffer(buffer.name)
        if is_list(buffer):
            for dim in buffer.dims:
                if dim.name in places:
                    tree = item(tree, self._place(dim, places[dim.name], scope)[0])
            return Code.of(tree, rank=None, is_fresh=False, is_full=True)
        gathers = [dim for dim in buffer.dims if isinstance(places.get(dim.name), Gather)]
        grid = self._grid(places, scope)
        leading: list[ast.expr] = []
        own: list[str | None] = []
        for dim in buffer.dims:
            if dim.role in ("axis", "front"):
                place = places.get(dim.name, Strided(whole(0), dim.extent))
                at, index_name = (EVERY, dim.name) if dim in gathers else self._place(dim, place, scope, grid)
                leading.append(at)
                own.append(index_name)
        inside = self._inside(buffer, places, scope)
        indices = _leading(own, grid)
        items = [*leading, *inside]
        while items and items[-1] is EVERY:
            items.pop()
        if items:
            tree = item(tree, *items)
        for one in [one for at, one in enumerate(indices) if one in indices[:at]]:
            first = indices.index(one)
            second = indices.index(one, first + 1)
            tree = call("_diagonal", tree, constant(first), constant(second))
            indices = (*indices[:second], *indices[second + 1 :])
        is_full = has_sequences(buffer)
        found = Code.of(
            tree, indices=indices, rank=None if shape is None else len(shape), is_fresh=False, is_full=is_full
        )
        for dim in gathers:
            place = places[dim.name]
            if isinstance(place, Gather):
                found = self._gathered(found, dim, place, made)
        return found

    def _inside(self, buffer: Buffer, places: Mapping[str, Subscript], scope: Scope) -> list[ast.expr]:
        """Return the items for the entries of a value and the sequences; none where all are left whole."""
        own = [dim for dim in buffer.dims if dim.role not in ("axis", "front")]
        if not any(dim.name in places for dim in own):
            return []
        items = [self._place(dim, places[dim.name], scope)[0] if dim.name in places else EVERY for dim in own]
        if self.in_columns or SEQUENCES.name in places:
            return items
        # A batch may have any number of dimensions.
        return [constant(...), *(at for dim, at in zip(own, items, strict=True) if dim.role == "size")]

    def _place(
        self, dim: Dim, place: Subscript, scope: Scope, grid: Mapping[str, ast.expr] | None = None
    ) -> tuple[ast.expr, str | None]:
        """Return the item of a dimension, and the index that is a leading dimension there; None where none is."""
        if isinstance(place, Gather):
            raise NotImplementedError("a target at a place that is a value")
        if isinstance(place, Strided):
            if isinstance(place.first, Bound):
                start = plus(self.called.whole(place.first, scope), dim.before)
                return slice_of(start, binary("+", start, self.called.whole(place.extent, scope))), None
            end = place.first + (place.extent - 1).times(place.step)
            return self._slice(dim, place.first, end, place.step, scope), dim.name
        if isinstance(place, Bound):
            return plus(self.called.whole(place, scope), dim.before), None
        at_once = [one for one in indices_of(place) if one in scope.ranges]
        if grid and any(one in grid for one in at_once):
            tree = self.called.whole(place.at(dict.fromkeys(at_once, whole(0))) + dim.before, scope)
            for one in at_once:
                tree = binary("+", grid[one], tree)
            return tree, FRONT
        if at_once:
            (own,) = at_once
            first, last = scope.ranges[own]
            if isinstance(first, Affine) and isinstance(last, Affine):
                step = place.factor(own)
                return self._slice(dim, place.at({own: first}), place.at({own: last}), step, scope), own
            rest = place.at({own: whole(0)}) + dim.before
            return slice_of(self._sum(first, rest, scope), self._sum(last, rest + 1, scope)), own
        if dim.kept is not None:
            return binary("%", self.called.whole(place, scope), self.called.whole(dim.kept, scope)), None
        is_array = any(one in scope.arrays for one in indices_of(place))
        return self.called.whole(place + dim.before, scope), FRONT if is_array else None

    def _slice(self, dim: Dim, first: Affine, last: Affine, step: int, scope: Scope) -> ast.expr:
        """Return the slice from a first to a last place of a dimension."""
        first, last = (known_part(end + dim.before, scope) for end in (first, last))
        if step < 0:
            stop = None if last == whole(0) else self.called.whole(last - 1, scope)
            return slice_of(self.called.whole(first, scope), stop, constant(step))
        every = known_part(dim.extent, scope) + (dim.before + dim.after)
        start = None if first == whole(0) else self.called.whole(first, scope)
        stop = None if last + 1 == every else self.called.whole(last + 1, scope)
        if start is None and stop is None and step == 1:
            return EVERY
        return slice_of(start, stop, None if step == 1 else constant(step))

    def _grid(self, places: Mapping[str, Subscript], scope: Scope) -> dict[str, ast.expr]:
        """Return arrays of the indices of which several stand in one place, each along a dimension of its own."""
        mixed: dict[str, None] = {}
        for place in places.values():
            at_once = [one for one in indices_of(place) if one in scope.ranges]
            if len(at_once) > 1:
                mixed.update(dict.fromkeys(at_once))
        found = {}
        for position, own in enumerate(mixed):
            first, last = scope.ranges[own]
            stop = self._sum(last, whole(1), scope)
            numbers = call(self.words.numpy("arange"), self.called.whole(first, scope), stop)
            behind = len(mixed) - 1 - position
            found[own] = item(numbers, EVERY, *[constant(None)] * behind) if behind else numbers
        return found

    def _gathered(self, code: Code, dim: Dim, place: Gather, made: Mapping[int, Code]) -> Code:
        """Return what stands at the places that a value says, along a dimension that is whole so far."""
        at = made[id(place.value)]
        position = code.indices.index(dim.name)
        tree, arguments = code.tree, [constant(position), at.tree]
        is_shared = code.is_full and (at.is_full or at.indices) and self.words.has_batch
        keywords = {"shared": call(self.words["len"], self.words.batch)} if is_shared else {}
        if place.off is not None:
            keywords["off"] = made[id(place.off)].tree
        indices = (*at.indices, *(one for one in code.indices if one != dim.name))
        tree = call("_gather", tree, *arguments, **keywords)
        return replace(code, tree=tree, indices=indices, is_full=code.is_full or at.is_full, width=width(tree))

    def at_step(self, code: Code, scope: Scope) -> Code:
        """Return a named value of whole axes as it is inside the loops of a scope."""
        if all(one in scope.ranges or one == FRONT for one in code.indices):
            return code
        items = []
        own: list[str | None] = []
        for one in code.indices:
            if one in scope.ranges:
                items.append(EVERY)
                own.append(one)
            else:
                items.append(self.called.whole(known_part(index(one), scope), scope))
                own.append(FRONT if one in scope.arrays else None)
        tree = item(code.tree, *items)
        return replace(code, tree=tree, indices=_leading(own, {}), is_fresh=False, width=width(tree))

    def entry(self, at: Index) -> ast.expr:
        """Return the place of an entry."""
        return plus(self.size(size(at.base)), at.offset) if at.base else constant(at.offset)

    def bound(self, at: Index | None) -> ast.expr | None:
        """Return an end of a slice; nothing where there is none."""
        return None if at is None else self.entry(at)

    def size(self, extent: Affine) -> ast.expr:
        """Return a size of values."""
        return self.called.whole(extent, Scope([]))

    def turns(self, first: Whole, last: Whole, scope: Scope) -> ast.expr:
        """Return the numbers from a first to a last."""
        start = self.called.whole(first, scope)
        stop = self._sum(last, whole(1), scope)
        is_plain = isinstance(start, ast.Constant) and start.value == 0
        return call(self.words["range"], *([] if is_plain else [start]), stop)


def resolved(access: Access) -> tuple[Buffer, dict[str, Subscript]]:
    """Return an access as one of the storage behind all views: the buffer, and a place for each dimension named."""
    array, places = access.array, dict(access.places)
    while isinstance(array, View):
        own = {dim.name: dim for dim in array.dims}
        names = {at for _, place in array.places for at in indices_of(place) if at in own}
        given = {at: places.pop(at, Strided(whole(-own[at].before), own[at].extent + own[at].before)) for at in names}
        places |= {dim: _composed(place, given) for dim, place in array.places}
        array = array.base
    return array, places


def _composed(place: Subscript, given: Mapping[str, Subscript]) -> Subscript:
    """Return a place of a base where the indices of a view stand at places of its own."""
    if not isinstance(place, Affine):
        return place
    sums = {at: own for at in indices_of(place) if isinstance(own := given.get(at), Affine)}
    spans = {at: own for at in indices_of(place) if isinstance(own := given.get(at), Strided)}
    place = place.at(sums)
    for at, span in spans.items():
        if place.factor(at) != 1 or not isinstance(span.first, Affine):
            raise NotImplementedError("a view that turns or stretches what is taken of it at once")
        return replace(span, first=place.at({at: span.first}))
    return place


def is_list(buffer: Buffer) -> bool:
    """Say whether a buffer is a list of values, place by place, and not an array."""
    axes = any(dim.role == "axis" for dim in buffer.dims)
    return not buffer.is_shaped and buffer.kind != "argument" and axes


def _leading(own: Sequence[str | None], grid: Mapping[str, ast.expr]) -> tuple[str, ...]:
    """Return the leading dimensions of an array at some places: of each dimension the index that it is along.

    Beside index arrays a number counts as one: NumPy puts what they share first where a slice is between.
    """
    found = [one for one in own if one not in (None, FRONT)]
    if FRONT in own:
        is_slice = [one not in (None, FRONT) for one in own]
        first, last = is_slice.index(False), len(is_slice) - is_slice[::-1].index(False)
        position = 0 if any(is_slice[first:last]) else first
        found[position:position] = list(grid) or [FRONT]
    return tuple(one for one in found if one is not None)
