"""Which instances of two statements meet in a read, and how far apart they are, for all lengths at once.

A statement gives its signal at the places of its left side, less those that another statement gives: a pin holds
where the equation would, a corner where two edges would. A read counts only where the places of its reader, so
narrowed, meet those of what it reads. Which places these are is a system of differences between places and lengths;
so how far apart they are is the image of a polyhedron, of which the nearest points and the directions are exact.
Ranges, conditions and places that are sums make it a polyhedron of any kind: of `causality.polyhedra`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations, product
from math import inf
from operator import mul, sub
from typing import NamedTuple

from unfoldgraph.algebra.expression import Index
from unfoldgraph.base.affine import Affine, axis_of_length, index, is_index, is_size, length
from unfoldgraph.base.limits import DOMAIN_PIECES
from unfoldgraph.causality.cycles import Vector
from unfoldgraph.causality.difference_constraints import ZERO, Closed, Differences, Shifted, raised
from unfoldgraph.causality.polyhedra import Polyhedron, narrowest
from unfoldgraph.model.equations import Read, Statement
from unfoldgraph.model.index_arithmetic import names_of
from unfoldgraph.model.inequalities import Unknowns, at_least
from unfoldgraph.model.regions import Asked, farthest_by_number, is_other_end, lengths_asked, other_ends

#: With more unknowns than these the distances along each axis are taken by themselves.
_TOGETHER = 6


class StatementExtent(NamedTuple):
    """The places of a statement along one of its axes: from `first` to so many from the end, less some on the way.

    `gaps` are numbers, `gaps_from_end` are counted from the end.
    """

    first: int = 1
    last: int = 0
    gaps: frozenset[int] = frozenset()
    gaps_from_end: frozenset[int] = frozenset()


class Distances(NamedTuple):
    """How far a reader lies behind what it reads: any of the delays, plus any multiples of the rays."""

    delays: tuple[Vector, ...]
    rays: tuple[Vector, ...] = ()


@dataclass(slots=True)
class SymbolicInstance:
    """The place of a statement as unknowns: `at` has one entry for each of its indices."""

    statement: Statement
    at: list[Shifted]


@dataclass(slots=True)
class _ExcludedPlace:
    """A place that is none of those that an extent leaves out."""

    at: Shifted
    extent: StatementExtent
    length: Shifted

    def taken(self) -> tuple[tuple[Shifted, frozenset[int]], ...]:
        """Return what is left out, as distances from zero and from the length."""
        return (ZERO, self.extent.gaps), (self.length, self.extent.gaps_from_end)


class Places:
    """The places of statements in one system of differences, with the lengths of their axes.

    Where a statement has a place, the axes are as long as the farthest place that it reads by a number.
    """

    def __init__(self, domains: Domains) -> None:
        self.domains = domains
        self.system = Differences()
        self.lengths: dict[str, Shifted] = {}
        self._gaps: list[_ExcludedPlace] = []

    def length(self, axis: str) -> Shifted:
        """Return the length of an axis."""
        own = self.domains.length_of[axis]
        if own not in self.lengths:
            self.lengths[own] = self.system.unknown()
            self.system.require(self.lengths[own], ZERO)
        return self.lengths[own]

    def instance(self, number: int) -> SymbolicInstance:
        """Return any place of a statement."""
        statement = self.domains.statements[number]
        found = [
            self.system.unknown() if at.moves else self._fixed(at, self._axis(number, position))
            for position, at in enumerate(statement.index)
        ]
        self._hold(number, found)
        return SymbolicInstance(statement, found)

    def read(self, instance: SymbolicInstance, read: Read) -> list[Shifted]:
        """Return the place that an instance reads, any one where a reduction reads several."""
        own = {at.base: its for at, its in zip(instance.statement.index, instance.at, strict=True) if at.moves}
        bound: dict[str, Shifted] = {}
        found = []
        for at, axis in zip(read.index, self.domains.axes_of[read.name], strict=True):
            if at.bound:
                if at.base not in bound:
                    bound[at.base] = self.system.unknown()
                    self.system.require(bound[at.base], ZERO, 1)
                    self.system.require(self.length(axis), bound[at.base])
                found.append(bound[at.base].plus(at.offset))
            elif at.moves:
                found.append(own[at.base].plus(at.offset))
            else:
                found.append(self._fixed(at, axis))
        return found

    def meet(self, place: Sequence[Shifted], number: int) -> None:
        """Require that a place is one of those that a statement gives."""
        for position, at in enumerate(self.domains.statements[number].index):
            if not at.moves:
                self.system.equate(place[position], self._fixed(at, self._axis(number, position)))
        self._hold(number, place)

    def _fixed(self, at: Index, axis: str) -> Shifted:
        return self.length(axis).plus(at.offset) if at.base == "end" else ZERO.plus(at.offset)

    def _axis(self, number: int, position: int) -> str:
        return self.domains.axes_of[self.domains.statements[number].name][position]

    def _hold(self, number: int, place: Sequence[Shifted]) -> None:
        """Require that a place lies within what a statement gives along each axis."""
        statement = self.domains.statements[number]
        for axis, least in self.domains.least(number).items():
            self.system.require(self.length(axis), ZERO, least)
        for position, at in enumerate(statement.index):
            if at.is_off_edge:
                continue
            length = self.length(self._axis(number, position))
            extent = self.domains.extent(number, position) if at.moves else StatementExtent()
            self.system.require(place[position], ZERO, extent.first)
            self.system.require(length, place[position], -extent.last)
            if extent.gaps or extent.gaps_from_end:
                self._gaps.append(_ExcludedPlace(place[position], extent, length))

    def closed(self) -> Closed | None:
        """Return all that follows; None where there is no solution.

        What is there by the least lengths asks for longer ones, where it reads a place by a number. A nearest or a
        farthest place that is left out is taken away, until there is none: what is left out in between changes neither.
        """
        while (found := self.system.closed()) is not None:
            moved = self._ask({axis: int(found.range(length)[0]) for axis, length in self.lengths.items()})
            for gap in self._gaps:
                for origin, taken in gap.taken():
                    low, high = found.range(gap.at, origin)
                    if low in taken:
                        self.system.require(gap.at, origin, int(raised(low, taken)))
                        moved = True
                    if high in taken:
                        self.system.require(origin, gap.at, -int(raised(high, taken, -1)))
                        moved = True
            if not moved:
                return found
        return None

    def _ask(self, least: Mapping[str, int]) -> bool:
        """Require the lengths that statements ask for where axes are so long; say whether any is new."""
        short = self.domains.too_short(least)
        for asked in short:
            self.system.require(self.lengths[asked.axis], ZERO, asked.place)
        return bool(short)

    def least(self) -> list[int] | None:
        """Return the least of all unknowns together at which no place is left out; None where none was found."""
        while (found := self.system.least()) is not None:
            moved = self._ask({axis: value(found, length) for axis, length in self.lengths.items()})
            for gap in self._gaps:
                for origin, taken in gap.taken():
                    by = value(found, gap.at) - value(found, origin)
                    if by in taken:
                        self.system.require(gap.at, origin, int(raised(by, taken)))
                        moved = True
            if not moved:
                return found
        return None


@dataclass(frozen=True)
class Domains:
    """The statements of a circuit, and the places that each of them gives.

    Attributes
    ----------
    axes_of : the axes of every signal and input.
    length_of : the axis whose length each axis has.
    asked : what lengths the statements ask for, but for those whose own places others may take.
    """

    statements: Sequence[Statement]
    axes_of: Mapping[str, Sequence[str]]
    length_of: Mapping[str, str]
    asked: list[Asked] = field(default_factory=list)
    _ranged: set[str] = field(default_factory=set)
    _by_name: dict[str, list[int]] = field(default_factory=dict)
    _extents: dict[tuple[int, int], StatementExtent] = field(default_factory=dict)
    _pins: dict[str, list[int]] = field(default_factory=dict)
    _least: dict[int, dict[str, int]] = field(default_factory=dict)
    _pieces: dict[int, list[list[Affine]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number, statement in enumerate(self.statements):
            self._by_name.setdefault(statement.name, []).append(number)
            if statement.ranges:
                self._ranged.add(statement.name)
            if any(not at.moves and not at.is_off_edge for at in statement.index):
                self._pins.setdefault(statement.name, []).append(number)
        farthest: dict[tuple[object, ...], Asked] = {}
        for one in lengths_asked(self.statements, self.axes_of, self.length_of):
            key = one.axis, *sorted(one.where.items())
            is_there = one.statement.is_equation or (one.statement.is_boundary and len(one.statement.index) == 1)
            if is_there and (key not in farthest or farthest[key].place < one.place):
                farthest[key] = one
        self.asked.extend(farthest.values())

    @cached_property
    def unknowns(self) -> Unknowns:
        """The names that unknowns have."""
        return Unknowns(self.length_of)

    def extent(self, number: int, position: int) -> StatementExtent:
        """Return the places of a statement along one of its axes, less those that a pin gives wherever else it is."""
        key = number, position
        if key not in self._extents:
            own = self.statements[number].index
            fixed = [
                its[position]
                for its in (self.statements[other].index for other in self._holding(number))
                if not its[position].moves
                and all(
                    _covers(one, at) for place, (one, at) in enumerate(zip(its, own, strict=True)) if place != position
                )
            ]
            numbers = frozenset(at.offset for at in fixed if at.base == "" and at.offset >= 1)
            from_end = frozenset(at.offset for at in fixed if at.base == "end" and at.offset <= 0)
            first, last = int(raised(1, numbers)), int(raised(0, from_end, -1))
            self._extents[key] = StatementExtent(
                first,
                last,
                frozenset(at for at in numbers if at > first),
                frozenset(at for at in from_end if at < last),
            )
        return self._extents[key]

    def least(self, number: int) -> dict[str, int]:
        """Return how long axes are at least where a statement has a place, by the axis whose length each has."""
        if number not in self._least:
            self._least[number] = farthest_by_number(self.statements[number], self.axes_of, self.length_of)
        return self._least[number]

    def too_short(self, least: Mapping[str, int]) -> list[Asked]:
        """Return what asks for longer axes where some have lengths, each the axis of its own length."""
        lengths = {axis: least.get(own, 0) for axis, own in self.length_of.items()}
        return [asked for asked in self.asked if asked.axis in least and asked.is_too_short(lengths)]

    def named(self, name: str) -> Sequence[int]:
        """Return the statements of a name."""
        return self._by_name.get(name, ())

    @cached_property
    def told_by(self) -> tuple[str, ...]:
        """The lengths and sizes that tell where statements stand and what they read, as they are called in sums."""
        forms: list[Affine] = []
        for number, one in enumerate(self.statements):
            for place, rows in (self.instance(number), *map(self.read, one.reads)):
                forms += (*place, *rows)
        names = dict.fromkeys(name for form in forms for name, _ in form.terms)
        names |= dict.fromkeys(
            name for one in self.statements for read in one.reads for when in read.when for name in names_of(when)
        )
        return tuple(name for name in names if not is_index(name))

    @cached_property
    def sizes(self) -> tuple[str, ...]:
        """The sizes among them."""
        return tuple(name for name in self.told_by if is_size(name))

    def instance(self, number: int, mark: str = "") -> tuple[list[Affine], list[Affine]]:
        """Return any place of a statement as sums, and what holds of these: more sums, that are at least 0.

        A mark at the end of their names tells its indices apart from those of other places.
        """
        statement = self.statements[number]
        axes = self.axes_of[statement.name]
        place = [self.unknowns.place(at, axis) for at, axis in zip(statement.index, axes, strict=True)]
        rows = [*self.unknowns.of_statement(statement, axes)]
        rows += (length(axis) - least for axis, least in self.least(number).items())
        return marked(place, mark), marked([*rows, *at_least([*place, *rows])], mark)

    def given_at(self, number: int, place: Mapping[str, Affine]) -> Iterator[Affine]:
        """Yield what holds where a place, which is a sum along each axis, is one of a statement's left side."""
        statement = self.statements[number]
        axes = self.axes_of[statement.name]
        for row in self.unknowns.of_statement(statement, axes):
            yield row.at(place)
        for at, axis in zip(statement.index, axes, strict=True):
            if not at.moves:
                off = place[axis] - self.unknowns.place(at, axis)
                yield off
                yield off.times(-1)

    def pieces(self, number: int) -> list[list[Affine]]:
        """Return the places of a statement, less those that others give, as sums that are at least 0.

        Where there would be very many pieces, some places are left in them that others give.
        """
        if number not in self._pieces:
            place, rows = self.instance(number)
            found = [rows]
            own = dict(zip(self.axes_of[self.statements[number].name], place, strict=True))
            holes = sorted(
                self.holding(number), key=lambda one: all(at.base == "" for at in self.statements[one].index)
            )
            for other in holes:
                if self.statements[number].is_apart(self.statements[other]):
                    continue
                cut = [piece for rows in found for piece in _without(rows, [*self.given_at(other, own)])]
                if len(cut) <= DOMAIN_PIECES:
                    found = cut
            self._pieces[number] = found
        return self._pieces[number]

    def read(self, read: Read, mark: str = "") -> tuple[list[Affine], list[Affine]]:
        """Return any place that a read falls on in the same way, at that place of its statement with the same mark."""
        axes = self.axes_of[read.name]
        place = [self.unknowns.place(at, axis) for at, axis in zip(read.index, axes, strict=True)]
        rows = [*self.unknowns.of_read(read, axes)]
        return marked(place, mark), marked([*rows, *at_least([*place, *rows])], mark)

    def holding(self, number: int) -> Iterator[int]:
        """Yield the statements that hold where they meet another."""
        for other in self._by_name[self.statements[number].name]:
            if self.precedence(other) < self.precedence(number):
                yield other

    def _holding(self, number: int) -> Iterator[int]:
        """Yield the pins that hold where they meet a statement."""
        for other in self._pins.get(self.statements[number].name, ()):
            if self.precedence(other) < self.precedence(number):
                yield other

    def precedence(self, number: int) -> tuple[int, int]:
        """Return what tells which of two statements holds where they meet: fewer free indices, then written before."""
        return self.statements[number].freedom, number

    def is_plain(self, reader: int, read: Read) -> bool:
        """Say whether a read is of plain places, and all places of both names from 1 to the end, less fixed ones."""
        return read.is_plain and read.name not in self._ranged and self.statements[reader].name not in self._ranged

    def sources(self, reader: int, read: Read, candidates: Sequence[int]) -> list[int]:
        """Return those of some statements that a read may fall on, as none before them holds wherever they meet."""
        if not self.is_plain(reader, read):
            return list(candidates)
        whole = [
            number
            for number in candidates
            if all(its.moves or its == at for at, its in zip(read.index, self.statements[number].index, strict=True))
        ]
        found = []
        for number in candidates:
            own = self.statements[number].index
            if not any(
                self.precedence(other) < self.precedence(number)
                and all(
                    not its.moves or at.moves or not at.is_off_edge
                    for at, its in zip(own, self.statements[other].index, strict=True)
                )
                for other in whole
                if other != number
            ):
                found.append(number)
        return found

    def may_meet(self, reader: int, read: Read, source: int) -> bool:
        """Say whether a read may fall on a statement, as far as each index tells by itself: a quick look."""
        statement, other = self.statements[reader], self.statements[source]
        for position, (at, its) in enumerate(zip(read.index, other.index, strict=True)):
            if its.moves:
                if not at.moves:
                    extent = self.extent(source, position)
                    taken = extent.gaps if at.base == "" else extent.gaps_from_end
                    if at.is_off_edge or at.offset in taken:
                        return False
                    if at.offset < extent.first if at.base == "" else at.offset > extent.last:
                        return False
            elif at.bound or not at.moves:
                if at.base == its.base and at.offset != its.offset:
                    return False
            else:
                place = its.offset - at.offset
                own = next(number for number, one in enumerate(statement.index) if one.base == at.base)
                extent = self.extent(reader, own)
                if its.base == "":
                    if place < extent.first or place in extent.gaps:
                        return False
                elif place > extent.last or place in extent.gaps_from_end:
                    return False
        return True

    def distances(self, reader: int, read: Read, source: int, axes: Sequence[str]) -> tuple[Distances, ...]:
        """Return how far a statement lies behind another that it reads, along all axes; () where they never meet.

        Where there are several, the distances are of any of them.
        """
        if self.is_plain(reader, read):
            found = self._plain_distances(reader, read, source, axes)
            return () if found is None else (found,)
        return tuple(MeetingPlaces(self, reader, read, source).distances(axes))

    def _plain_distances(self, reader: int, read: Read, source: int, axes: Sequence[str]) -> Distances | None:
        if not self.may_meet(reader, read, source):
            return None
        statement = self.statements[reader]
        names = self.axes_of[read.name]
        if all(
            at.base == axis and not at.bound and its.moves
            for at, its, axis in zip(read.index, self.statements[source].index, names, strict=True)
        ) and all(axis in statement.axes for axis in names):
            # The same distance everywhere, and places enough on axes that are long.
            by = dict(zip(names, (-at.offset for at in read.index), strict=True))
            return Distances((tuple(by.get(axis, 0) for axis in axes),))
        places = Places(self)
        instance = places.instance(reader)
        place = places.read(instance, read)
        places.meet(place, source)
        if reader == source and is_other_end(statement, read):
            # Without steps the one end is the other, which is 0 then.
            for axis in other_ends(statement, read, names):
                places.system.require(places.length(axis), ZERO, 1)
        closed = places.closed()
        if closed is None:
            return None
        own = dict(zip(self.axes_of[statement.name], instance.at, strict=True))
        pairs = [(own.get(axis), its) for axis, its in zip(names, place, strict=True)]
        return _image(closed, dict(zip(names, pairs, strict=True)), axes)


def marked(forms: Iterable[Affine], mark: str) -> list[Affine]:
    """Return sums in which all indices have a mark."""
    found = list(forms)
    names = dict.fromkeys(name for form in found for name, _ in form.terms if is_index(name)) if mark else {}
    return [form.at({name: index(f"{name}{mark}") for name in names}) for form in found]


def _without(rows: list[Affine], hole: Sequence[Affine]) -> Iterator[list[Affine]]:
    """Yield the places where some sums are all at least 0, less those where others are, as disjoint pieces."""
    if Polyhedron([*rows, *hole]).is_empty():
        yield rows
        return
    for number, row in enumerate(hole):
        piece = narrowest([*rows, *hole[:number], row.times(-1) - 1])
        if not Polyhedron(piece).is_empty():
            yield piece


class MeetingPlaces:
    """Where a read falls on a statement, as polyhedra of the indices of its reader, of those it binds and of lengths.

    Each of `pieces` is sums that are at least 0.
    """

    def __init__(self, domains: Domains, reader: int, read: Read, source: int) -> None:
        self.domains = domains
        statement = domains.statements[reader]
        names = domains.axes_of[read.name]
        self.own = dict(zip(domains.axes_of[statement.name], domains.instance(reader)[0], strict=True))
        place, rows = domains.read(read)
        self.place = dict(zip(names, place, strict=True))
        if reader == source and is_other_end(statement, read):
            # Without steps the one end is the other, which is 0 then.
            rows += [domains.unknowns.plain(length(axis)) - 1 for axis in other_ends(statement, read, names)]
        rows += domains.given_at(source, self.place)
        here, there = domains.pieces(reader), domains.pieces(source)
        if len(here) * len(there) > DOMAIN_PIECES:
            # An order of more places than there are is one of these.
            there = [domains.instance(source)[1]]
        self.pieces: list[list[Affine]] = []
        for one, other in product(here, there):
            self.pieces += self._asking(narrowest([*one, *rows, *(row.at(self.place) for row in other)]))

    def distances(self, axes: Sequence[str]) -> Iterator[Distances]:
        """Yield how far the reader lies behind what it reads, along all axes, in each piece."""
        known = {axis: self.own[axis] - place for axis, place in self.place.items() if axis in self.own}
        any_way = [
            tuple(sign * int(axis == one) for axis in axes)
            for one in self.place
            if one not in known
            for sign in (1, -1)
        ]
        for rows in self.pieces:
            found = Polyhedron(rows).generators(list(known.values()))
            if found is not None:
                delays, rays = (
                    tuple(tuple(dict(zip(known, one, strict=True)).get(axis, 0) for axis in axes) for one in some)
                    for some in found
                )
                yield Distances(delays, (*rays, *any_way))

    def _asking(self, rows: list[Affine]) -> list[list[Affine]]:
        """Return the sums with the lengths that statements ask for which have places there; nothing for no solution."""
        axes = {axis_of_length(name): None for row in rows for name, _ in row.terms if axis_of_length(name)}
        while self.domains.asked:
            least: dict[str, int] = {}
            for axis in axes:
                found = Polyhedron(rows).generators([length(axis)])
                if found is None:
                    return []
                least[axis] = min(at for (at,) in found.points)
            short = self.domains.too_short(least)
            if not short:
                break
            rows = [*rows, *(length(asked.axis) - asked.place for asked in short)]
        return [rows]


def _image(closed: Closed, pairs: Mapping[str, tuple[Shifted | None, Shifted]], axes: Sequence[str]) -> Distances:
    """Return the distances between pairs of places: along an axis that the reader does not have they are any."""
    units = {axis: tuple(int(other == axis) for other in axes) for axis in axes}
    rays: dict[Vector, None] = {}
    for axis, (at, _) in pairs.items():
        if at is None:
            rays |= dict.fromkeys((units[axis], _negative(units[axis])))
    known = {axis: (at, its) for axis, (at, its) in pairs.items() if at is not None}
    ranges = {axis: closed.range(at, its) for axis, (at, its) in known.items()}
    varying = [axis for axis, (low, high) in ranges.items() if low < high]
    if len(varying) > 1 and len(closed.far) - 1 <= _TOGETHER:
        delays = set()
        for corner in closed.corners():
            by = {axis: value(corner, at) - value(corner, its) for axis, (at, its) in known.items()}
            delays.add(tuple(by.get(axis, 0) for axis in axes))
        for rising in closed.rising():
            ray = tuple(
                (known[axis][0].unknown in rising) - (known[axis][1].unknown in rising) if axis in known else 0
                for axis in axes
            )
            if any(ray):
                rays[ray] = None
        return Distances(tuple(_nearest(sorted(delays), rays)), tuple(rays))
    sides: dict[str, list[int]] = {}
    for axis, (low, high) in ranges.items():
        sides[axis] = sorted({int(end) for end in (low, high) if abs(end) < inf}) or [0]
        if high == inf:
            rays[units[axis]] = None
        if low == -inf:
            rays[_negative(units[axis])] = None
    return Distances(tuple(product(*(sides.get(axis, [0]) for axis in axes))), tuple(rays))


def _covers(at: Index, own: Index) -> bool:
    """Say whether an index of a pin takes all places that the same index of another statement has."""
    return at == own or (at.moves and (own.moves or not own.is_off_edge))


def _nearest(delays: Iterable[Vector], rays: Iterable[Vector]) -> list[Vector]:
    """Return the delays that lie on none of the rays from another."""
    kept: list[Vector] = []
    for delay in delays:
        apart = [(tuple(map(sub, delay, one)), ray) for one in kept for ray in rays]
        if not any(sum(map(mul, way, ray)) > 0 and _is_parallel(way, ray) for way, ray in apart):
            kept.append(delay)
    return kept


def _is_parallel(one: Vector, other: Vector) -> bool:
    return all(a * d == b * c for (a, b), (c, d) in combinations(zip(one, other, strict=True), 2))


def _negative(vector: Vector) -> Vector:
    return tuple(-entry for entry in vector)


def value(found: Sequence[int], at: Shifted) -> int:
    """Return what something is where all unknowns are known."""
    return found[at.unknown] + at.offset
