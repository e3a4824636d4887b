"""Where things stand, as NumPy indices: places as numbers, slices, or the index arrays of a wavefront."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace

from unfoldgraph.algebra.expression import Index, sum_of_entry
from unfoldgraph.base.affine import Affine, index, whole
from unfoldgraph.base.errors import CircuitError
from unfoldgraph.program.ir import (
    SEQUENCES,
    Access,
    Bound,
    Buffer,
    Dim,
    Gather,
    Strided,
    Subscript,
    View,
    Whole,
    has_sequences,
    indices_of,
    shape_of,
)
from unfoldgraph.program.python_text.expressions import width
from unfoldgraph.program.python_text.nodes import (
    binary,
    call,
    constant,
    item,
    list_of,
    plus,
    slice_of,
    starred,
    tuple_of,
    unary,
)
from unfoldgraph.program.targets.numpy_names import FRONT, Called, Code, Scope, is_remaining, known_part, remaining

EVERY = slice_of()
"""All along a dimension."""
_ALL = constant(...)


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
        at_once = _at_once(at, scope)
        is_array = any(one in scope.arrays for one in indices_of(at))
        if isinstance(at, Bound) and (at_once or is_array):
            raise NotImplementedError("the greatest or the least of numbers that are computed at once")
        if isinstance(at, Affine) and len(at_once) == 1 and not is_array and at.factor(at_once[0]) == 1:
            (own,) = at_once
            first, last = scope.ranges[own]
            moved = {own: whole(0)}
            start = self._sum(first, at.at(moved), scope)
            stop = plus(self._sum(last, at.at(moved), scope), 1)
            numbers = call(self.words.numpy("arange"), start, stop, dtype=self.words.dtype)
            return Code.of(self._spread(numbers, [self.count(first, last, scope)]), indices=(own,))
        if isinstance(at, Affine) and (at_once or is_array):
            grid = self._arrays_of(at_once, scope)
            numbers = call(ast.Attribute(self._array(at, at_once, grid, scope), "astype"), self.words.dtype)
            arrays = [self.called.index(one) for one in indices_of(at) if one in scope.arrays]
            counts = [call(self.words["len"], arrays[0])] if arrays else []
            counts += [self.count(*scope.ranges[one], scope) for one in at_once]
            return Code.of(self._spread(numbers, counts), indices=(*([FRONT] if is_array else []), *at_once))
        return Code.of(call(self.words.dtype, self.called.whole(at, scope)))

    def numbers(self, at: Affine, scope: Scope) -> Code:
        """Return a whole number as it is, for each place of what is computed at once: a place and not yet a value."""
        at_once = _at_once(at, scope)
        is_array = any(one in scope.arrays for one in indices_of(at))
        if not at_once and not is_array:
            return Code.of(self.called.whole(at, scope))
        if len(at_once) == 1 and not is_array and at.factor(at_once[0]) == 1:
            (own,) = at_once
            first, last = scope.ranges[own]
            rest = at.at({own: whole(0)})
            start, stop = self._sum(first, rest, scope), self._sum(last, rest + 1, scope)
            is_plain = isinstance(start, ast.Constant) and start.value == 0
            return Code.of(call(self.words.numpy("arange"), *([] if is_plain else [start]), stop), indices=(own,))
        tree = self._array(at, at_once, self._arrays_of(at_once, scope), scope)
        return Code.of(tree, indices=(*([FRONT] if is_array else []), *at_once))

    def _spread(self, numbers: ast.expr, counts: Sequence[ast.expr]) -> ast.expr:
        """Return an array of numbers with as many dimensions behind it as the batch has; `counts` are its own."""
        if self.in_columns or not self.words.has_batch:
            return numbers
        ones = binary("*", list_of(constant(1)), call(self.words["len"], self.words.batch))
        return call(ast.Attribute(numbers, "reshape"), *counts, starred(ones))

    def _sum(self, one: Whole, other: Affine, scope: Scope) -> ast.expr:
        """Return the sum of two whole numbers, of which the first may be a bound."""
        if isinstance(one, Affine):
            return self.called.whole(one + other, scope)
        if one.divisor == 1:
            return self.called.whole(_moved(one, other), scope)
        left, right = self.called.whole(one, scope), self.called.whole(other, scope)
        return plus(left, other.constant) if not other.terms else binary("+", left, right)

    def count(self, first: Whole, last: Whole, scope: Scope) -> ast.expr:
        """Return how many numbers there are from the first to the last."""
        if isinstance(first, Affine) and isinstance(last, Affine):
            return self.called.whole(last - first + 1, scope)
        return plus(binary("-", self.called.whole(last, scope), self.called.whole(first, scope)), 1)

    # Accesses ---------------------------------------------------------------------------------------

    def access(self, node: Access, scope: Scope, is_target: bool = False) -> Code:
        """Return what stands at some places, as what is read or what is assigned to.

        A dimension whose place is a value is whole.
        """
        buffer, places, left = resolved(node)
        shape = shape_of(node)
        tree = self.called.buffer(buffer.name)
        if is_list(buffer):
            for dim in buffer.dims:
                if dim.name in dict(node.places):
                    tree = item(tree, self._place(dim, places[dim.name], scope, {})[0])
            return Code.of(tree, rank=None, is_fresh=False, is_full=True)
        scope = replace(scope, ranges={**scope.ranges, **left})
        axes = [dim for dim in buffer.dims if dim.role in ("axis", "front")]
        gathers = [dim for dim in buffer.dims if isinstance(places.get(dim.name), Gather)]
        if is_target and gathers:
            raise NotImplementedError("a target at a place that is a value")
        placed = [(dim, places[dim.name]) for dim in axes if dim not in gathers]
        grid = self._arrays_of(_mixed(placed, scope, is_target), scope)
        leading: list[ast.expr] = []
        own: list[str | None] = []
        on_line = scope.lines.get(line_of(node))
        if on_line is not None:
            tree, at_places = on_line
            leading, own = ([], []) if at_places is None else ([at_places], [FRONT])
        for dim in axes if on_line is None else ():
            whole_dim = (EVERY, remaining(dim.name))
            at, index_name = whole_dim if dim in gathers else self._place(dim, places[dim.name], scope, grid)
            leading.append(at)
            own.append(index_name)
        inside = self._inside(buffer, places, scope)
        # What is gathered behind is whole so far.
        rank = None if shape is None else len(shape) + sum(dim.role == "size" for dim in gathers)
        ranged = self._ranged_entries(buffer, places, scope)
        is_array = any(one in scope.arrays for _, place in placed for one in indices_of(place))
        indices = _leading(own, [*([FRONT] if is_array else []), *grid], inside)
        items = [*leading, *inside]
        while items and items[-1] is EVERY and _ALL not in items:
            items.pop()
        if items:
            tree = item(tree, *items)
        if ranged:
            tree = self._before_the_rest(tree, buffer, places, scope)
            is_bare = all(dim.role == "size" for dim in buffer.dims)
            tree = self.entries_first(tree, len(ranged), indices, rank or 0, is_bare)
            indices = (*indices, *ranged)
        for one in [one for at, one in enumerate(indices) if one in indices[:at]]:
            first = indices.index(one)
            second = indices.index(one, first + 1)
            tree = call("_diagonal", tree, constant(first), constant(second))
            indices = (*indices[:second], *indices[second + 1 :])
        is_full = has_sequences(buffer)
        return Code.of(tree, indices=indices, rank=rank, is_fresh=False, is_full=is_full)

    def _inside(self, buffer: Buffer, places: Mapping[str, Subscript], scope: Scope) -> list[ast.expr]:
        """Return the items for the entries of a value and the sequences; none where all are left whole."""
        own = [dim for dim in buffer.dims if dim.role not in ("axis", "front")]
        named = {
            dim.name: places[dim.name] for dim in own if dim.name in places and not isinstance(places[dim.name], Gather)
        }
        if not named:
            return []
        items = [self.entry_at(dim, named[dim.name], scope) if dim.name in named else EVERY for dim in own]
        if self.in_columns or SEQUENCES.name in named:
            return items
        # A batch may have any number of dimensions.
        return [_ALL, *(at for dim, at in zip(own, items, strict=True) if dim.role == "size")]

    def _ranged_entries(self, buffer: Buffer, places: Mapping[str, Subscript], scope: Scope) -> list[str]:
        """Return the indices that are computed all at once and tell entries of a value, in the order of these."""
        found: list[str] = []
        for dim in buffer.dims:
            if dim.role == "size" and isinstance(place := places.get(dim.name), Affine):
                found += _at_once(place, scope)
        return found

    def _before_the_rest(
        self, tree: ast.expr, buffer: Buffer, places: Mapping[str, Subscript], scope: Scope
    ) -> ast.expr:
        """Return an array whose entries that are taken at several places stand before those that are left whole."""
        is_ranged: list[bool] = []
        for dim in buffer.dims:
            place = places.get(dim.name) if dim.role == "size" else None
            if dim.role == "size" and isinstance(place, Affine):
                is_ranged += [True] if _at_once(place, scope) else []
            elif dim.role == "size":
                is_ranged.append(False)
        own = [at - len(is_ranged) for at, one in enumerate(is_ranged) if one]
        first = [at - len(is_ranged) for at in range(len(own))]
        if own == first:
            return tree
        sources, targets = (
            constant(some[0]) if len(some) == 1 else tuple_of(*map(constant, some)) for some in (own, first)
        )
        return call(self.words.numpy("moveaxis"), tree, sources, targets)

    def entries_first(self, tree: ast.expr, count: int, indices: Sequence[str], rank: int, is_bare: bool) -> ast.expr:
        """Return an array whose entries are taken at several places, with these behind its leading dimensions.

        `count` is along how many dimensions they are; `is_bare` says whether it has no more than its own dimensions of
        the batch.
        """
        if self.in_columns or not self.words.has_batch:
            return tree
        if is_bare:
            # It has as many dimensions of the batch as it was given.
            several = {"axes": constant(count)} if count > 1 else {}
            return call("_time_first", tree, constant(rank), self.words.batch, **several)
        sources = [constant(at - count - rank) for at in range(count)]
        targets = [constant(len(indices) + at) for at in range(count)]
        move = self.words.numpy("moveaxis")
        if count == 1:
            return call(move, tree, sources[0], targets[0])
        return call(move, tree, tuple_of(*sources), tuple_of(*targets))

    def entry_at(self, dim: Dim, place: Subscript, scope: Scope) -> ast.expr:
        """Return the item of entries of a value, or of some of the sequences."""
        at_once = _at_once(place, scope)
        if (
            isinstance(place, Affine)
            and len(at_once) == 1
            and not any(one in scope.arrays for one in indices_of(place))
        ):
            found, _ = self._place(dim, place, scope, {})
            return found
        if at_once or any(one in scope.arrays for one in indices_of(place)):
            raise CircuitError(
                "a part of an array that is another at each place, as v[t:t+2] is, is computed by no program",
                help="name its entries, as in stack(v[t], v[t+1])",
            )
        if not isinstance(place, Strided):
            assert not isinstance(place, Gather)
            return self.called.whole(place, scope)
        if isinstance(place.first, Affine):
            return self._slice(dim, place.first, place.first + (place.extent - 1).times(place.step), place.step, scope)
        start = self.called.whole(place.first, scope)
        return slice_of(start, binary("+", start, self.called.whole(place.extent, scope)))

    def _place(
        self, dim: Dim, place: Subscript, scope: Scope, grid: Mapping[str, ast.expr]
    ) -> tuple[ast.expr, str | None]:
        """Return the item of a dimension, and the index that is a leading dimension there; None where none is.

        `grid` are the arrays of those indices that cannot be slices.
        """
        assert isinstance(place, Affine | Bound)
        at_once = _at_once(place, scope)
        is_array = any(one in scope.arrays for one in indices_of(place))
        if isinstance(place, Bound):
            if at_once or is_array:
                raise NotImplementedError("the greatest or the least of places that are computed at once")
            return self._in_memory(dim, self.called.whole(place, scope)), None
        if is_array or not grid.keys().isdisjoint(at_once):
            room = 0 if dim.kept is not None else dim.before
            tree = self._array(place + room, at_once, grid, scope)
            return (tree if dim.kept is None else self._in_memory(dim, tree)), FRONT
        if at_once:
            (own,) = at_once
            first, last = scope.ranges[own]
            if isinstance(first, Affine) and isinstance(last, Affine):
                step = place.factor(own)
                return self._slice(dim, place.at({own: first}), place.at({own: last}), step, scope), own
            rest = place.at({own: whole(0)}) + dim.before
            return slice_of(self._sum(first, rest, scope), self._sum(last, rest + 1, scope)), own
        if dim.kept is not None:
            return self._in_memory(dim, self.called.whole(place, scope)), None
        return self.called.whole(place + dim.before, scope), None

    def _in_memory(self, dim: Dim, place: ast.expr) -> ast.expr:
        """Return where a place of a dimension lies."""
        if dim.kept is None:
            return self.called.more(place, dim.before)
        return binary("%", place, self.called.whole(dim.kept, Scope([])))

    def _slice(self, dim: Dim, first: Affine, last: Affine, step: int, scope: Scope) -> ast.expr:
        """Return the slice from a first to a last place of a dimension."""
        first, last = (known_part(end + dim.before, scope) for end in (first, last))
        if step < 0:
            # What is last is not the first of all, or known to be: a stop of -1 would count from the end.
            stop = None if last == whole(0) else self.called.whole(last - 1, scope)
            is_all = first + 1 == known_part(dim.extent, scope) + (dim.after + dim.before)
            return slice_of(None if is_all else self.called.whole(first, scope), stop, constant(step))
        every = known_part(dim.extent, scope) + (dim.before + dim.after)
        start = None if first == whole(0) else self.called.whole(first, scope)
        stop = None if last + 1 == every else self.called.whole(last + 1, scope)
        if start is None and stop is None and step == 1:
            return EVERY
        return slice_of(start, stop, None if step == 1 else constant(step))

    def _arrays_of(self, indices: Sequence[str], scope: Scope) -> dict[str, ast.expr]:
        """Return arrays of the numbers of some indices, each along a dimension of its own."""
        found = {}
        for position, own in enumerate(indices):
            first, last = scope.ranges[own]
            stop = self._sum(last, whole(1), scope)
            start = [] if first == whole(0) else [self.called.whole(first, scope)]
            numbers = call(self.words.numpy("arange"), *start, stop)
            behind = len(indices) - 1 - position
            found[own] = item(numbers, EVERY, *[constant(None)] * behind) if behind else numbers
        return found

    def _array(self, at: Affine, at_once: Sequence[str], grid: Mapping[str, ast.expr], scope: Scope) -> ast.expr:
        """Return a sum as an array of numbers, along the places of a wavefront and then along those of `grid`."""
        rest = known_part(at.at(dict.fromkeys(at_once, whole(0))), scope)
        found: ast.expr | None = None
        if rest.terms or not at_once:
            found = self.called.whole(rest - rest.constant, scope)
            if grid and any(one in scope.arrays for one in indices_of(rest)):
                found = item(found, EVERY, *[constant(None)] * len(grid))
        for one in at_once:
            factor = at.factor(one)
            term = grid[one] if abs(factor) == 1 else binary("*", constant(abs(factor)), grid[one])
            if found is None:
                found = term if factor > 0 else unary("-", term)
            else:
                found = binary("+" if factor > 0 else "-", found, term)
        assert found is not None  # what has no index is no array
        return plus(found, rest.constant)

    def at_step(self, code: Code, scope: Scope) -> Code:
        """Return a named value of whole axes as it is inside the loops of a scope."""
        if all(one in scope.ranges or one == FRONT or is_remaining(one) for one in code.indices):
            return code
        items = []
        own: list[str | None] = []
        for one in code.indices:
            if one in scope.ranges or is_remaining(one):
                items.append(EVERY)
                own.append(one)
            else:
                items.append(self.called.whole(known_part(index(one), scope), scope))
                own.append(FRONT if one in scope.arrays else None)
        tree = item(code.tree, *items)
        return replace(code, tree=tree, indices=_leading(own, [FRONT]), is_fresh=False, width=width(tree))

    def entry(self, at: Index) -> ast.expr:
        """Return the place of an entry."""
        return self.size(sum_of_entry(at))

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


def resolved(access: Access) -> tuple[Buffer, dict[str, Subscript], dict[str, tuple[Whole, Whole]]]:
    """Return an access as one of the storage behind all views.

    Returns
    -------
    Buffer
        The storage.
    dict
        A place for each dimension of its axes, and for those of its entries and sequences that are not whole.
    dict
        The first and the last number of an index for each dimension that is left whole or taken by a stride, which
        the places are told by. It is called as the dimension, in `remaining`.
    """
    array, places = access.array, dict(access.places)
    left: dict[str, tuple[Whole, Whole]] = {}
    for dim in array.dims:
        place = places.get(dim.name, Strided(whole(0), dim.extent))
        if dim.role in ("axis", "front") and isinstance(place, Strided):
            own = remaining(dim.name)
            if isinstance(place.first, Affine):
                places[dim.name] = place.first + index(own).times(place.step)
                left[own] = whole(0), place.extent - 1
            elif place.step == 1:
                places[dim.name] = index(own)
                left[own] = place.first, _moved(place.first, place.extent - 1)
            else:
                raise NotImplementedError("every other place from the greatest or the least of several")
    while isinstance(array, View):
        own_dims = {dim.name: dim for dim in array.dims}
        named = {dim: _by_index(dim, place) for dim, place in array.places}
        used = {at for place in named.values() for at in indices_of(place) if at in own_dims}
        given = {at: places.pop(at, Strided(whole(0), own_dims[at].extent)) for at in used}
        places |= {dim: _composed(place, given) for dim, place in named.items()}
        array = array.base
    return array, places, left


def _by_index(dim: str, place: Subscript) -> Subscript:
    """Return the places that a view shows of a dimension, which its own of the same name counts, by its index."""
    if isinstance(place, Strided) and isinstance(place.first, Affine):
        return place.first + index(dim).times(place.step)
    return place


def _composed(place: Subscript, given: Mapping[str, Subscript]) -> Subscript:
    """Return a place of a base where the indices of a view stand at places of its own."""
    used = {at: given[at] for at in indices_of(place) if at in given}
    others = [at for at, own in used.items() if not isinstance(own, Affine)]
    if isinstance(place, Affine) and len(others) < 2:
        moved = place.at({at: own for at, own in used.items() if isinstance(own, Affine)})
        if not others:
            return moved
        (other,) = others
        own, factor = used[other], place.factor(other)
        rest = moved.at({other: whole(0)})
        if isinstance(own, Strided) and isinstance(own.first, Affine):
            return Strided(rest + own.first.times(factor), own.extent, own.step * factor)
        if isinstance(own, Bound) and factor == 1:
            return _moved(own, rest)
        if isinstance(own, Gather) and moved == index(other):
            return own
    if isinstance(place, Bound) and all(isinstance(own, Affine) for own in used.values()):
        return place.at({at: own for at, own in used.items() if isinstance(own, Affine)})
    raise NotImplementedError("a view that turns or stretches what is taken of it at once")


def _moved(bound: Bound, by: Affine) -> Bound:
    """Return a bound with a sum added."""
    return replace(bound, parts=tuple(part + by.times(bound.divisor) for part in bound.parts))


def _at_once(place: Subscript, scope: Scope) -> list[str]:
    """Return the indices in a place that are computed all at once, each once."""
    return list(dict.fromkeys(one for one in indices_of(place) if one in scope.ranges))


def _mixed(placed: Sequence[tuple[Dim, Subscript]], scope: Scope, is_target: bool) -> list[str]:
    """Return the indices that have to be arrays, for no slice is all the places that they give."""
    found: dict[str, None] = {}
    seen: set[str] = set()
    for dim, place in placed:
        at_once = _at_once(place, scope)
        is_array = any(one in scope.arrays for one in indices_of(place))
        bounds = [one for one in at_once if any(isinstance(end, Bound) for end in scope.ranges[one])]
        is_bent = isinstance(place, Affine) and any(place.factor(one) != 1 for one in bounds)
        is_bent |= any(not may_be_reversed(dim, place, one, scope) for one in at_once)
        is_twice = is_target and not seen.isdisjoint(at_once)
        seen.update(at_once)
        if at_once and (len(at_once) > 1 or dim.kept is not None or is_array or is_bent or is_twice):
            found.update(dict.fromkeys(at_once))
    while True:
        # What stands beside one of them in another place is one too.
        more = [one for _, place in placed if not found.keys().isdisjoint(own := _at_once(place, scope)) for one in own]
        if found.keys() >= set(more):
            return list(found)
        found.update(dict.fromkeys(more))


def may_be_reversed(dim: Dim, place: Subscript, own: str, scope: Scope) -> bool:
    """Say whether places that an index tells are a slice, also where they go backward: that may not end at -1."""
    if not isinstance(place, Affine) or place.factor(own) >= 0:
        return True
    first, last = scope.ranges[own]
    if not isinstance(first, Affine) or not isinstance(last, Affine):
        return False
    lowest, highest = (known_part(place.at({own: end}) + dim.before, scope) for end in (last, first))
    is_all = highest + 1 == known_part(dim.extent, scope) + dim.after + dim.before
    if not is_all and not scope.is_natural(highest):
        return False
    return lowest == whole(0) or scope.is_natural(lowest - 1)


def is_slice(target: Access, scope: Scope) -> bool:
    """Say whether a target is a part of its array that NumPy can show, and not one by arrays of indices."""
    buffer, places, left = resolved(target)
    scope = replace(scope, ranges={**scope.ranges, **left})
    placed = [(dim, places[dim.name]) for dim in buffer.dims if dim.role in ("axis", "front")]
    is_array = any(one in scope.arrays for _, place in placed for one in indices_of(place))
    return not is_array and not _mixed(placed, scope, is_target=True)


def no_less(last: Whole, first: Whole, scope: Scope) -> Whole:
    """Return the last of some numbers, or the one before the first where there are none."""
    if isinstance(last, Bound) or isinstance(first, Bound) or scope.is_natural(last - first + 1):
        return last
    return Bound("max", (last, first - 1))


def line_of(access: Access) -> tuple[object, ...]:
    """Return what tells an access that moves along a line from others: the array, and where it is along its axes."""
    places = dict(access.places)
    return (access.array.name, *(places.get(dim.name) for dim in access.array.dims if dim.role in ("axis", "front")))


def is_list(buffer: Buffer) -> bool:
    """Say whether a buffer is a list of values, place by place, and not an array."""
    axes = any(dim.role == "axis" for dim in buffer.dims)
    return not buffer.is_shaped and buffer.kind != "argument" and axes


def _leading(own: Sequence[str | None], arrays: Sequence[str], inside: Sequence[ast.expr] = ()) -> tuple[str, ...]:
    """Return the leading dimensions of an array at some places: of each dimension the index that it is along.

    Beside index arrays, which are along `arrays` together, a number counts as one: NumPy puts what they share first
    where a slice is between. `inside` are the items behind.
    """
    found = [one for one in own if one not in (None, FRONT)]
    if FRONT in own:
        is_slice = [one not in (None, FRONT) for one in own]
        is_slice += [
            isinstance(one, ast.Slice) or (isinstance(one, ast.Constant) and one.value is ...) for one in inside
        ]
        first, last = is_slice.index(False), len(is_slice) - is_slice[::-1].index(False)
        position = 0 if any(is_slice[first:last]) else first
        found[position:position] = arrays
    return tuple(one for one in found if one is not None)
