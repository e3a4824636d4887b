"""A least or a greatest along an axis is no loop: what comes from the place before is a running result.

`c(i, j) = max(c(i, j-1), q)` is the running maximum of q along j, where q reads earlier rows alone. So is
`c(i, j) = min(c(i, j-1) + k, q)`, once `k * j` is subtracted: then a step along j adds nothing. What a step along
another axis always adds is left out as well, so that less is added in a turn: of the edit distance, c(i, j) - i - j is
computed, and i + j added at the end.

What has to hold: of what a place reads of its own signal, all but the one place before it along the last axis is in
earlier rows, and `k` is the same everywhere. Where nothing is added along two axes, it is a running result along one
and then along the other, plane by plane. Rows of more axes than two are left: they are more turns than wavefronts.

A running result without `k` is the same to the last digit, for nothing is added in another order. With it sums are
regrouped, and the same only where they are exact: for whole numbers, none of them too large. That is looked at when the
program is called (`WhereWhole`), and the loop computes all else: a traceback that compares the sums finds a different
path where only one of them is rounded otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from unfoldgraph.algebra.notation import shown
from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.base.affine import Affine, index, whole
from unfoldgraph.base.errors import listing
from unfoldgraph.program.ir import (
    SEQUENCES,
    Access,
    Accumulate,
    Apply,
    Assign,
    Buffer,
    Comparison,
    Dim,
    Each,
    For,
    Gather,
    Guard,
    IndexRange,
    Kernel,
    KernelStatement,
    Make,
    Number,
    Opaque,
    Remark,
    Strided,
    Value,
    WhereWhole,
    WholeNumber,
    has_sequences,
    indices_of,
    nodes,
    shape_of,
)
from unfoldgraph.program.names import told_apart, written_name
from unfoldgraph.program.passes.at_once import free_indices, stays_inside
from unfoldgraph.program.passes.sums import signed_terms, sum_of
from unfoldgraph.program.rewriting import with_parts_changed, with_values

Lag = tuple[int, ...]
"""How far along each axis what is read stands from the place that reads it."""
Terms = list[tuple[int, Value]]
"""The terms of a sum, each with its sign."""


def scans(kernel: Kernel) -> Kernel:
    """Return a kernel in which running results take the place of loops along an axis, where they can.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> from unfoldgraph.program.lower import lower
    >>> from unfoldgraph.program.schedule import schedule_of
    >>> kernel = scans(lower(schedule_of(read("m(t) = max(m(t-1), x(t)); x(t) : ()"), None)))
    >>> [type(statement).__name__ for statement in kernel.body]
    ['Make', 'Assign', 'Each', 'Remark', 'Accumulate']
    """
    body: list[KernelStatement] = []
    for number, statement in enumerate(kernel.body):
        found = _table_of(statement) if isinstance(statement, For) else None
        made = None
        if found is not None:
            made = found.in_planes() or found.running() or _WholeTable(found, number).statements()
        body += [statement] if made is None else made
    return replace(kernel, body=tuple(body))


@dataclass(frozen=True, slots=True)
class _Alternative:
    """One of the values that a least or a greatest is of, as a sum.

    Attributes
    ----------
    terms : its terms.
    value : the value, where no brackets had to be opened for it; None where they had.
    """

    terms: Terms
    value: Value | None


@dataclass(frozen=True, slots=True)
class _Table:
    """A loop that computes a least or a greatest at each place of some axes, from earlier ones.

    Attributes
    ----------
    loop : over the steps of one axis, or over wavefronts.
    statement : what it computes, at a place called by the names of the axes.
    array : where.
    axes : the axes that what it reads of itself lies along, in order; the last one is that of the running result.
    others : its other axes.
    alternatives : what it is the least or the greatest of, without what comes from the place before.
    before : that.
    """

    loop: For
    statement: Assign
    array: Buffer
    axes: tuple[Dim, ...]
    others: tuple[Dim, ...]
    alternatives: tuple[_Alternative, ...]
    before: _Alternative

    @property
    def last(self) -> Dim:
        """The axis of the running result."""
        return self.axes[-1]

    @property
    def row(self) -> str:
        """What it is: the least or the greatest."""
        assert isinstance(self.statement.value, Apply)  # so it was found
        return _choice_in(self.statement.value)

    def lag(self, access: Access) -> Lag:
        """Return how far along each axis what is read of itself stands."""
        found = _lag_of(access, self.axes)
        assert found is not None  # so it was found
        return found

    def own(self, value: Value) -> list[Access]:
        """Return what a value reads of the table itself."""
        return _own_reads(value, self.array)

    def whole_row(self, *, with_margin: bool) -> Access:
        """Return the access to all places of a turn, with the place before the first one or without."""
        last = self.last
        along = Strided(whole(-1), last.extent + 1) if with_margin else Strided(whole(0), last.extent)
        places = {dim.name: index(dim.name) for dim in self.axes[:-1]} | {last.name: along}
        places |= {dim.name: Strided(whole(0), dim.extent) for dim in self.others}
        return Access(self.array, tuple((dim.name, places[dim.name]) for dim in self.array.dims if dim.name in places))

    def accumulated(self, *, are_numbers: bool) -> Accumulate:
        """Return the statement that makes running results of what stands in a row."""
        row = self.whole_row(with_margin=True)
        return Accumulate(row, self.row, row, self.last.name, self.statement.equation, are_numbers)

    def in_rows(self, body: Iterable[KernelStatement], count: int = 1) -> list[KernelStatement]:
        """Return statements in loops over the rows, or over what more axes are left for at once."""
        found = [*body]
        for dim in reversed(self.axes[:-count]):
            found = [For(dim.name, whole(0), dim.extent - 1, tuple(found))]
        return found

    def in_planes(self) -> list[KernelStatement] | None:
        """Return the statements that compute what is a running result along its last two axes; None where it is not.

        It is so along one after the other, where nothing is added along either, and nothing else of the plane is read.
        """
        if len(self.axes) < 2 or self._costs(self.before):
            return None
        *_, column, row = self.axes
        step = (*[0] * (len(self.axes) - 2), -1, 0)
        above = [one for one in self.alternatives if not self._costs(one) and self._lags(one) == [step]]
        rest = [one for one in self.alternatives if one not in above]
        inside = [lag for one in rest for lag in self._lags(one) if not any(lag[:-2])]
        values = [one.value for one in rest if one.value is not None]
        if len(above) != 1 or inside or not values or len(values) < len(rest):
            return None
        shape = shape_of(self.statement.value)
        value = values[0] if len(values) == 1 else Apply(self.row, tuple(values), shape)
        dims = [dim for dim in self.array.dims if dim in (column, row, *self.others)]
        ranges = tuple(IndexRange(dim.name, whole(0), dim.extent - 1) for dim in dims)
        each = Each(ranges, (replace(self.statement, value=value),))
        places = dict(self.statement.target.places)
        first, before = (Access(self.array, tuple((places | {column.name: whole(at)}).items())) for at in (0, -1))
        joined = Assign(first, Apply(self.row, (first, before), shape))
        along = tuple(one for one in ranges if one.index != column.name)
        begun = Guard((Comparison(whole(1), "<=", column.extent),), (Each(along, (joined,)),))
        spans = {dim.name: Strided(whole(0), dim.extent) for dim in dims}
        plane = Access(self.array, tuple((places | spans).items()))
        from_edge = Access(self.array, tuple((places | spans | {row.name: Strided(whole(-1), row.extent + 1)}).items()))
        names = listing([shown(dim.name) for dim in (column, row)])
        told = Remark(f"Along {names} it is a running {OPERATORS[self.row].spelling}.")
        accumulated = (
            Accumulate(from_edge, self.row, from_edge, row.name),
            Accumulate(plane, self.row, plane, column.name),
        )
        return self.in_rows([each, told, begun, *accumulated], 2)

    def _lags(self, one: _Alternative) -> list[Lag]:
        return [self.lag(access) for _, term in one.terms for access in self.own(term)]

    def _costs(self, one: _Alternative) -> bool:
        """Say whether an alternative is more than what stands at another place of the table."""
        return len(one.terms) > 1 or not isinstance(one.terms[0][1], Access) or not self.own(one.terms[0][1])

    def running(self) -> list[KernelStatement] | None:
        """Return the statements that compute a running result to which nothing is added; None where it is another."""
        values = [one.value for one in self.alternatives if one.value is not None]
        if len(self.before.terms) > 1 or len(values) < len(self.alternatives) or self.before.value is None:
            return None
        if len(self.axes) > 2:
            # Rows of more axes than two are more turns than there are wavefronts.
            return None
        rest = values[0] if len(values) == 1 else Apply(self.row, tuple(values), shape_of(self.statement.value))
        dims = [dim for dim in self.array.dims if dim in (self.last, *self.others)]
        ranges = tuple(IndexRange(dim.name, whole(0), dim.extent - 1) for dim in dims)
        each = Each(ranges, (replace(self.statement, value=rest),))
        told = Remark(f"Along {shown(self.last.name)} it is a running {OPERATORS[self.row].spelling}.")
        return self.in_rows([each, told, replace(self.accumulated(are_numbers=False), equation=None)])


def _table_of(loop: For) -> _Table | None:
    """Return the table that a loop computes by running results; None where it is none, or is not known to be one."""
    if loop.step != 1 or loop.is_of_terms or len(loop.body) != 1:
        return None
    (inner,) = loop.body
    each = inner if isinstance(inner, Each) else Each((), (inner,))
    if len(each.body) != 1 or not isinstance(statement := each.body[0], Assign) or statement.adds:
        return None
    array = statement.target.array
    if not isinstance(array, Buffer) or not array.is_shaped or not _has_all_places(loop, each, statement.target):
        return None
    axes = tuple(dim for dim in array.dims if dim.role == "axis")
    reads = _own_reads(statement.value, array)
    lags = [_lag_of(one, axes) for one in reads]
    if not isinstance(statement.value, Apply) or not _choice_in(statement.value) or not lags or None in lags:
        return None
    if any(isinstance(node, Opaque) or shape_of(node) is None for node in nodes([statement.value])):
        return None
    moved = [any(lag is not None and lag[at] for lag in lags) for at in range(len(axes))]
    along = tuple(dim for dim, is_moved in zip(axes, moved, strict=True) if is_moved)
    # What is in no earlier row is the place before.
    own = [(one, _lag_of(one, along) or ()) for one in reads]
    here = (*[0] * (len(along) - 1), -1)
    if any(not lag < (0,) * len(lag) or (not any(lag[:-1]) and lag != here) for _, lag in own):
        return None
    before: list[_Alternative] = []
    others: list[_Alternative] = []
    for one in _alternatives(statement.value):
        inside = [_lag_of(access, along) for _, term in one.terms for access in _own_reads(term, array)]
        (before if here in inside else others).append(one)
    is_one = len(before) == 1 and sum(isinstance(t, Access) and t.array == array for _, t in before[0].terms) == 1
    if not is_one or not others or sum(lag == here for _, lag in own) > 1:
        return None
    if any(sign < 0 for sign, term in before[0].terms if _own_reads(term, array)):
        return None
    rest = tuple(dim for dim in axes if dim not in along)
    return _Table(loop, statement, array, along, rest, tuple(others), before[0])


def _has_all_places(loop: For, each: Each, target: Access) -> bool:
    """Say whether a loop computes each place of a target that is inside the edges once."""
    dims = [dim for dim in target.array.dims if dim.role == "axis"]
    if any(dim.kept is not None for dim in dims) or dict(target.places) != {dim.name: index(dim.name) for dim in dims}:
        return False
    by_name = {dim.name: dim for dim in dims}
    ranges = {one.index: one for one in each.ranges}
    if not each.on:
        ranges[loop.index] = loop.range
    # A wavefront is a number for each place, so that its turns are all places.
    is_front = not each.on or (loop.index not in by_name and [one.factor(loop.index) for one in each.on] == [-1])
    whole_axes = [
        one.first == whole(0) and name in by_name and one.last == by_name[name].extent - 1
        for name, one in ranges.items()
    ]
    return is_front and len(ranges) == len(dims) and all(whole_axes)


def _own_reads(value: Value, array: Buffer) -> list[Access]:
    return [node for node in nodes([value]) if isinstance(node, Access) and node.array == array]


def _lag_of(access: Access, axes: Sequence[Dim]) -> Lag | None:
    """Return how far an access stands from the place that reads it along some axes; None where that is not told."""
    places, found = dict(access.places), []
    for dim in access.array.dims:
        at = places.get(dim.name)
        if dim.role != "axis":
            if at is not None:
                return None
        elif not isinstance(at, Affine) or (at - index(dim.name)).terms:
            return None
        elif dim in axes:
            found.append((at - index(dim.name)).constant)
    return tuple(found)


def _choice_in(value: Value) -> str:
    """Return the row of the least or the greatest that a value is, or a sum with one; "" where it is none."""
    for sign, term in signed_terms(value):
        if sign > 0 and isinstance(term, Apply) and OPERATORS[term.row].laws.chooses:
            return term.row
    return ""


def _alternatives(value: Value) -> Iterator[_Alternative]:
    """Yield what a least or a greatest is of: what is added to it is added to each."""
    row = _choice_in(value)
    waiting: list[tuple[Value, Terms]] = [(value, [])]
    while waiting:
        one, more = waiting.pop(0)
        terms = signed_terms(one)
        chosen = [term for sign, term in terms if sign > 0 and isinstance(term, Apply) and term.row == row]
        if len(chosen) == 1 and isinstance(inner := chosen[0], Apply):
            rest = [(sign, term) for sign, term in terms if term is not inner]
            waiting[:0] = [(argument, [*rest, *more]) for argument in inner.arguments]
        else:
            yield _Alternative([*terms, *more], None if more else one)


# Sums that are exact ------------------------------------------------------------------------------------


class _NotExact(Exception):
    """Sums of something else than whole numbers may be rounded, or a step does not add the same everywhere."""


class _Sum:
    """A sum of values that whole numbers multiply, and of a whole number."""

    def __init__(self, terms: Terms = []) -> None:  # noqa: B006 (it is only read)
        self.number = 0
        self.terms: dict[object, tuple[int, Value]] = {}
        for sign, term in terms:
            if isinstance(term, Number):
                if not isinstance(term.value, int):
                    raise _NotExact
                self.number += sign * term.value
            else:
                self._add(sign, term)

    def _add(self, factor: int, term: Value) -> None:
        is_plain = isinstance(term, Access) and not any(isinstance(at, Gather) for _, at in term.places)
        key = (term.array, term.places) if isinstance(term, Access) and is_plain else id(term)
        known, _ = self.terms.pop(key, (0, term))
        if known + factor:
            self.terms[key] = known + factor, term

    def __bool__(self) -> bool:
        return bool(self.number or self.terms)

    def plus(self, other: _Sum, times: int = 1) -> _Sum:
        """Return the sum with another, so many times."""
        found = _Sum()
        found.number, found.terms = self.number + times * other.number, dict(self.terms)
        for factor, term in other.terms.values():
            found._add(factor * times, term)
        return found

    @property
    def value(self) -> Value:
        """The sum as a value."""
        terms = [(1 if factor > 0 else -1, term) for factor, term in self.terms.values() for _ in range(abs(factor))]
        number = [(1 if self.number > 0 else -1, Number(abs(self.number)))] if self.number or not terms else []
        # What is subtracted stands behind something.
        return sum_of(sorted([*terms, *number], key=lambda term: term[0] < 0))

    def at(self, place: Affine) -> Value:
        """Return what as many steps along an axis add as a place of it is from its first one."""
        if not place.terms:
            return _Sum().plus(self, place.constant).value
        parts: Terms = [(1, WholeNumber(place.times(self.number)))] if self.number else []
        for factor, term in self.terms.values():
            parts.append((1, Apply("mul", (term, WholeNumber(place.times(factor))), shape_of(term))))
        return sum_of(parts)


class _WholeTable:
    """Writes a table of whole numbers as running results, less what each step adds."""

    def __init__(self, table: _Table, number: int) -> None:
        self.table = table
        self.number = number
        self.before: list[KernelStatement] = []
        self.made: list[KernelStatement] = []
        #: The terms that are computed for all places, by identity.
        self.everywhere: dict[int, Access] = {}
        self.count = 0
        #: What may be added in all, by what is known now, and how often a term may be in a sum.
        self.known, self.most = 0, 1

    def statements(self) -> list[KernelStatement] | None:
        """Return the statements that look at the numbers and compute the table; None where sums are never exact."""
        table = self.table
        first, last = table.loop.first, table.loop.last
        if len(table.axes) != 2 or not isinstance(first, Affine) or not isinstance(last, Affine):
            return None
        if shape_of(table.statement.target) != ():
            return None
        try:
            added = self._added()
            rows = table.in_rows([*self._row(added), table.accumulated(are_numbers=True)])
        except _NotExact:
            return None
        names = listing([shown(dim.name) for dim in table.axes if dim.name in added])
        spelling = OPERATORS[table.row].spelling
        told = f"Whole numbers: without what a step along {names} adds, it is a running {spelling}"
        then = (
            Remark(f"{told} along {shown(table.last.name)}."),
            *self._edges(added),
            *self.made,
            *rows,
            *self._restored(added),
        )
        other = with_values((table.loop,), lambda root: with_parts_changed(root, dict(self.everywhere)))
        looked_at: list[Value] = [Number(self.known)]
        looked_at += (Access(one.array) for one in self.everywhere.values())
        looked_at += self._margins()
        # A sum has no more terms than there are wavefronts, less what so many steps add.
        count = (last - first + 3).times(4 * self.most)
        rounded = Remark("Sums of other numbers may be rounded, and stay in their order.")
        return [*self.before, WhereWhole(tuple(looked_at), count, then, (rounded, *other))]

    def _added(self) -> dict[str, _Sum]:
        """Return what a step along each axis always adds, by the name of the axis; of others nothing is left out."""
        found: dict[str, _Sum] = {}
        axes = self.table.axes
        for one in (self.table.before, *self.table.alternatives):
            lag, rest = self._parted(one)
            if lag is None or sorted(lag) != [-1] + [0] * (len(axes) - 1):
                continue
            axis = axes[lag.index(-1)]
            is_fixed = all(not self._indices(term) for _, term in rest.terms.values())
            if is_fixed:
                found.setdefault(axis.name, rest)
            elif axis == self.table.last:
                raise _NotExact
        return {name: rest for name, rest in found.items() if rest}

    def _parted(self, one: _Alternative) -> tuple[Lag | None, _Sum]:
        """Return how far away what a sum has of the table itself stands, and the rest of it."""
        own = [(sign, term) for sign, term in one.terms if self.table.own(term)]
        if len(own) > 1 or any(sign < 0 or not isinstance(term, Access) for sign, term in own):
            raise _NotExact
        rest = _Sum([(sign, term) for sign, term in one.terms if not self.table.own(term)])
        for _, term in own:
            assert isinstance(term, Access)  # so it was found
            return self.table.lag(term), rest
        return None, rest

    def _indices(self, value: Value) -> list[str]:
        return [name for name in free_indices(value) if any(dim.name == name for dim in self.table.array.dims)]

    def _row(self, added: dict[str, _Sum]) -> Iterator[KernelStatement]:
        """Yield the statements that compute a row without what comes along it."""
        table = self.table
        target, equation = table.whole_row(with_margin=False), table.statement.equation
        costs: list[Value] = []
        for one in (table.before, *table.alternatives):
            lag, rest = self._parted(one)
            self._note(rest)
            less = rest
            for at, dim in enumerate(table.axes):
                if dim.name in added and lag is not None:
                    less = less.plus(added[dim.name], lag[at])
            if lag is None:
                here = sum_of([(1, less.value), *((-1, own.at(index(name))) for name, own in added.items())])
                costs.append(self._in_row(self._made(here)))
            elif one is not table.before:
                read = next(term for _, term in one.terms if isinstance(term, Access) and table.own(term))
                cost = self._in_row(self._cost(less)) if less else None
                earlier = self._in_row(read)
                costs.append(earlier if cost is None else Apply("add", (earlier, cost), ()))
        # What is a sum comes first, into the row itself.
        costs.sort(key=lambda cost: not isinstance(cost, Apply))
        first, *others = costs
        if isinstance(first, Apply) or not others:
            yield Assign(target, first, equation=equation, in_place=True)
        else:
            yield Assign(target, Apply(table.row, (first, others.pop(0)), ()), equation=equation, in_place=True)
        for cost in others:
            if isinstance(cost, Apply):
                part = self._part()
                yield Assign(part, cost, equation=equation, in_place=True)
                cost = part
            yield Assign(target, Apply(table.row, (target, cost), ()), equation=equation, in_place=True)

    def _note(self, rest: _Sum) -> None:
        """Note what a sum has beside the table itself: numbers, what is 0 or 1, and what is looked at when called."""
        self.known += abs(rest.number)
        for factor, term in rest.terms.values():
            self.most = max(self.most, abs(factor))
            if isinstance(term, Apply) and OPERATORS[term.row].laws.gives_truth:
                self.known += abs(factor)
            elif id(term) not in self.everywhere:
                self.everywhere[id(term)] = self._as_it_stands(term) or self._made(term, self.before)

    def _cost(self, rest: _Sum) -> Access | Number:
        """Return a sum at all places."""
        terms: Terms = [(factor, self.everywhere.get(id(term), term)) for factor, term in rest.terms.values()]
        if not terms:
            return Number(rest.number)
        if not rest.number and len(terms) == 1 and terms[0][0] == 1 and isinstance(terms[0][1], Access):
            return terms[0][1]
        found = _Sum([])
        found.number = rest.number
        for factor, term in terms:
            found._add(factor, term)
        return self._made(found.value)

    def _as_it_stands(self, term: Value) -> Access | None:
        """Return a term that is an array along axes of the table; None where it is another value."""
        if not isinstance(term, Access):
            return None
        for name, at in term.places:
            dim = next(dim for dim in term.array.dims if dim.name == name)
            if not isinstance(at, Affine) or dim.role != "axis":
                return None
            if indices_of(at) and (at - index(name)).terms:
                return None
        return term

    def _made(self, value: Value, where: list[KernelStatement] | None = None) -> Access:
        """Return the access to an array of a value at all places, which is made before the loop."""
        used = self._indices(value)
        dims = [replace(dim, before=0, after=0) for dim in self.table.array.dims if dim.name in used]
        if not stays_inside(value, {dim.name: dim for dim in dims}) or shape_of(value) != ():
            raise _NotExact
        batch = (
            (SEQUENCES,) if any(has_sequences(one.array) for one in nodes([value]) if isinstance(one, Access)) else ()
        )
        called = told_apart(f"{written_name(self.table.array.name)}_added", f"{self.number}, {self.count}")
        self.count += 1
        buffer = Buffer(called, "scratch", (*dims, *batch))
        (self.made if where is None else where).append(Make(buffer, value, is_hoisted=where is None))
        return Access(buffer, tuple((dim.name, index(dim.name)) for dim in dims))

    def _in_row(self, one: Access | Number) -> Value:
        """Return what stands at a place, for all places of a row."""
        if isinstance(one, Number):
            return one
        table = self.table
        along = {dim.name: dim.extent for dim in (table.last, *table.others)}
        places: list[tuple[str, Affine | Strided]] = []
        for name, at in one.places:
            assert isinstance(at, Affine)  # so it was found
            is_along = name in along and at.factor(name)
            places.append((name, Strided(at.at({name: whole(0)}), along[name]) if is_along else at))
        return Access(one.array, tuple(places))

    def _part(self) -> Access:
        """Return a place for a sum of a row."""
        dims = [
            replace(dim, before=0, after=0)
            for dim in self.table.array.dims
            if dim in (self.table.last, *self.table.others)
        ]
        name = written_name(self.table.array.name)
        buffer = Buffer(told_apart(f"{name}_part", f"{self.number}"), "scratch", (*dims, SEQUENCES))
        if not any(isinstance(one, Make) and one.buffer == buffer for one in self.before):
            self.before.append(Make(buffer))
        return Access(buffer)

    # Off the edges --------------------------------------------------------------------------------------

    def _slabs(self) -> Iterator[dict[str, tuple[Affine, Affine]]]:
        """Yield the places off the edges, each once: the first and the last place along each axis."""
        dims = [dim for dim in self.table.array.dims if dim.role == "axis"]
        for at, dim in enumerate(dims):
            for first, last in ((dim.first, whole(-1)), (dim.extent, dim.last)):
                if first != last + 1:
                    found = {other.name: (whole(0), other.extent - 1) for other in dims[:at]}
                    found[dim.name] = first, last
                    yield found | {other.name: (other.first, other.last) for other in dims[at + 1 :]}

    def _margins(self) -> Iterator[Access]:
        for slab in self._slabs():
            along = ((name, Strided(first, last - first + 1)) for name, (first, last) in slab.items())
            yield Access(self.table.array, tuple(along))

    def _edges(self, added: Mapping[str, _Sum]) -> Iterator[KernelStatement]:
        """Yield the statements that subtract off the edges what steps add."""
        for slab in self._slabs():
            places = {name: first if first == last else index(name) for name, (first, last) in slab.items()}
            ranges = (IndexRange(name, *ends) for name, ends in slab.items() if places[name] == index(name))
            target = Access(self.table.array, tuple(places.items()))
            fixed, moving = _Sum(), []
            for name, rest in added.items():
                if places[name].terms:
                    moving.append((-1, rest.at(places[name])))
                else:
                    fixed = fixed.plus(rest, -places[name].constant)
            value = sum_of([(1, target), *([(1, fixed.value)] if fixed else []), *moving])
            put = Assign(target, value)
            yield Each(own, (put,)) if (own := tuple(ranges)) else put

    def _restored(self, added: Mapping[str, _Sum]) -> Iterator[KernelStatement]:
        """Yield the statements that add everywhere what steps add, axis by axis."""
        dims = [dim for dim in self.table.array.dims if dim.role == "axis"]
        target = Access(self.table.array, tuple((dim.name, index(dim.name)) for dim in dims))
        ranges = tuple(IndexRange(dim.name, dim.first, dim.last) for dim in dims)
        for name, rest in added.items():
            yield Each(ranges, (Assign(target, rest.at(index(name)), adds=True),))
