"""Which places of a name are read and given by no statement, where ranges or conditions say what is read.

The places of one read are the whole solutions of inequalities between places, lengths and sizes. What statements give
is taken away piece by piece; how far what is left reaches may be told by sizes, and not by lengths.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from unfoldgraph.algebra.expression import Index
from unfoldgraph.base.affine import Affine, index, is_size, length, length_name, plain_name, whole
from unfoldgraph.base.boxes import Box
from unfoldgraph.causality.polyhedra import Generators, Polyhedron
from unfoldgraph.model.equations import Read, Statement
from unfoldgraph.model.index_arithmetic import Inequalities
from unfoldgraph.model.inequalities import Unknowns, at_least
from unfoldgraph.model.order.dependence import Domains
from unfoldgraph.model.regions import INSIDE, LOWER, UPPER, Sides

#: From so many statements of one name its others take places away.
_TAKEN = 12
#: Stands for the read of a statement itself.
_NOTHING = Read("", (), "fixed")


@dataclass(frozen=True, slots=True)
class ReadPlaces:
    """Places that one read falls on: `places`, one sum for each axis of the name, under inequalities.

    `lengths` are those of the axes.
    """

    number: int
    read: Read
    places: tuple[Affine, ...]
    lengths: tuple[Affine, ...]
    rows: Inequalities

    def under(self, more: Iterable[Affine]) -> ReadPlaces | None:
        """Return those under more inequalities; None where there is none."""
        rows = (*self.rows, *more)
        if any(not row.terms and row.constant < 0 for row in rows):
            return None
        found = ReadPlaces(self.number, self.read, self.places, self.lengths, rows)
        return None if found.generators(()) is None else found

    def generators(self, image: Sequence[Affine]) -> Generators | None:
        """Return the nearest values of some sums and the directions in which they go on, see `Polyhedron`."""
        system = Polyhedron()
        for row in (*self.rows, *at_least([*self.rows, *image])):
            system.require(row)
        return system.generators(image)

    def on(self, sides: Sides) -> ReadPlaces | None:
        """Return those that lie on some sides of the axes."""
        rows: list[Affine] = []
        for side, place, last in zip(sides, self.places, self.lengths, strict=True):
            if side == LOWER:
                rows.append(place.times(-1))
            elif side == UPPER:
                rows.append(place - last - 1)
            else:
                rows += (place - 1, last - place)
        return self.under(rows)

    def without(self, pieces: Sequence[Inequalities]) -> list[ReadPlaces]:
        """Return those for which in each piece something does not hold, as disjoint pieces."""
        left = [self]
        for piece in pieces:
            found: list[ReadPlaces] = []
            for one in left:
                kept: list[Affine] = []
                for row in piece:
                    # Up to here all hold, and this does not.
                    if (outside := one.under([*kept, row.times(-1) - 1])) is not None:
                        found.append(outside)
                    kept.append(row)
            left = found
        return left

    def written_index(self, axes: Sequence[str]) -> list[Index]:
        """Return the place that is nearest to the edges, as it would be written."""
        found = []
        for place, last, axis in zip(self.places, self.lengths, axes, strict=True):
            from_end = self._only(place - last, 1)
            at = self._only(place, -1)
            if at is not None and (at < 1 or from_end is None):
                found.append(Index("", at))
            elif from_end is not None and from_end > 0:
                found.append(Index("end", from_end))
            else:
                found.append(self._along(place, found, axis, axes))
        return found

    def _along(self, place: Affine, before: Sequence[Index], axis: str, axes: Sequence[str]) -> Index:
        """Return a place as another index plus a number where it is that, as on a diagonal; else its own axis."""
        for at, other, its in zip(before, self.places, axes, strict=False):
            found = self.generators([place - other])
            if at == Index(its) and found is not None and not found.rays and len(found.points) == 1:
                ((distance,),) = found.points
                return Index(its, distance)
        return Index(axis)

    def _only(self, form: Affine, sign: int) -> int | None:
        """Return the nearest value of a sum where that is the greatest, or the least; None where there is none."""
        generators = self.generators([form])
        if generators is None or any(sign * ray < 0 for (ray,) in generators.rays):
            return None
        is_one = not generators.rays and len(generators.points) == 1
        nearest = min(sign * point for (point,) in generators.points) * sign
        return nearest if is_one or (nearest < 1) == (sign < 0) else None


class EdgesOfName:
    """What is read of one name, and what its statements give."""

    def __init__(self, name: str, axes: Sequence[str], domains: Domains) -> None:
        self.name = name
        self.axes = axes
        self._domains = domains
        self._unknowns = domains.unknowns
        self.statements = [(at, domains.statements[at]) for at in domains.named(name)]
        self.reads = [*self._all_reads()]

    def _all_reads(self) -> Iterator[ReadPlaces]:
        lengths = tuple(self._unknowns.plain(length(axis)) for axis in self.axes)
        for number, statement in enumerate(self._domains.statements):
            own = [read for read in statement.reads if read.name == self.name]
            if own:
                domain = self._domain(number, statement)
                for read in own:
                    pairs = zip(read.index, self.axes, strict=True)
                    places = tuple(self._unknowns.place(at, axis) for at, axis in pairs)
                    # A place from the end lies inside: of an axis that is too short for it nothing is asked.
                    inside = (
                        p - 1 for at, p in zip(read.index, places, strict=True) if at.base == "end" and at.offset <= 0
                    )
                    rows = (*self._unknowns.of_read(read, self.axes), *inside)
                    for piece in domain:
                        found = ReadPlaces(number, read, places, lengths, ()).under((*piece.rows, *rows))
                        yield from () if found is None else (found,)

    def _domain(self, number: int, statement: Statement) -> list[ReadPlaces]:
        """Return where a statement gives the value, as disjoint pieces: pins and diagonals take places from it."""
        axes = self._domains.axes_of[statement.name]
        places = tuple(self._unknowns.plain(at.sum_on(axis)) for at, axis in zip(statement.index, axes, strict=True))
        lengths = tuple(self._unknowns.plain(length(axis)) for axis in axes)
        whole_domain = ReadPlaces(number, _NOTHING, places, lengths, ()).under(
            self._unknowns.of_statement(statement, axes)
        )
        if whole_domain is None:
            return []
        others = [self._domains.statements[at] for at in self._domains.holding(number)]
        # Of very many pins nothing is taken away: then more is read than there may be.
        if len(others) > _TAKEN:
            return [whole_domain]
        return whole_domain.without([_given(other, axes, places, self._unknowns) for other in others])

    def missing(self, read: ReadPlaces, sides: Sides) -> list[ReadPlaces]:
        """Return the places of a read on some sides that no statement gives."""
        found = read.on(sides)
        return (
            []
            if found is None
            else found.without([_given(one, self.axes, read.places, self._unknowns) for _, one in self.statements])
        )

    def is_read(self, one: Statement) -> bool:
        """Say whether some read falls on a statement."""
        return any(read.under(_given(one, self.axes, read.places, self._unknowns)) is not None for read in self.reads)

    def sides(self) -> Iterator[Sides]:
        """Yield all sides that are off an edge, edges before corners."""
        yield from sorted(
            (sides for sides in product((LOWER, INSIDE, UPPER), repeat=len(self.axes)) if any(sides)),
            key=lambda sides: sum(map(bool, sides)),
        )

    @property
    def begins_later(self) -> bool:
        """Whether an equation stands on a range that begins after 1: then nothing is asked of the caller."""
        return any(
            one.is_equation and binding.first is not None and (binding.first.terms or binding.first.constant > 1)
            for _, one in self.statements
            for binding in one.ranges
        )


def _given(one: Statement, axes: Sequence[str], places: Sequence[Affine], unknowns: Unknowns) -> Inequalities:
    """Return what holds where some places are among those of a statement."""
    rows: list[Affine] = []
    own = dict(zip(axes, places, strict=True))
    for at, axis, place in zip(one.index, axes, places, strict=True):
        if not at.moves:
            fixed = unknowns.plain(at.sum_on(axis))
            rows += (place - fixed, fixed - place)
    return (*rows, *(row.at(own) for row in unknowns.of_statement(one, axes)))


def meeting(
    one: Statement, other: Statement, axes: Sequence[str], length_of: Mapping[str, str]
) -> tuple[dict[str, int], dict[str, int]] | None:
    """Return lengths, by axis, and sizes at which two statements of one name give the same place; None for none.

    They are the greatest where there is one for each of them, else the least.
    """
    unknowns = Unknowns(length_of)
    places = tuple(map(index, axes))
    rows = (*_given(one, axes, places, unknowns), *_given(other, axes, places, unknowns))
    system = Polyhedron()
    for row in (*rows, *at_least(rows)):
        system.require(row)
    if system.is_empty():
        return None
    own = {axis: length_name(length_of[axis]) for axis in axes}
    sizes = {name: plain_name(name) for row in rows for name, _ in row.terms if is_size(name)}
    names = list(dict.fromkeys(name for name in (*own.values(), *sizes) if any(row.factor(name) for row in rows)))
    greatest = [system.generators([Affine(((name, 1),))]) for name in names]
    if all(one is not None and not one.rays for one in greatest):
        known = {name: one.points[-1][0] for name, one in zip(names, greatest, strict=True) if one is not None}
    else:
        known = system.point({}) or {}
    lengths = {axis: known[name] for axis, name in own.items() if name in known}
    return lengths, {called: known[name] for name, called in sizes.items() if name in known}


class Depth:
    """How far before the first step some places reach.

    Attributes
    ----------
    boxes : the places, where numbers tell them.
    firsts : sums of sizes of which the least is the first place, where these tell it.
    grows : whether no number of places is enough for all lengths.
    """

    def __init__(self, pieces: Sequence[ReadPlaces]) -> None:
        self.boxes: list[Box] = []
        self.firsts: list[Affine] = []
        self.grows = False
        for piece in pieces:
            self._take(piece)
        if self.firsts:
            self.firsts += [whole(first) for ((first, _),) in self.boxes]

    def _take(self, piece: ReadPlaces) -> None:
        (place,) = piece.places
        sizes = list(dict.fromkeys(name for row in (*piece.rows, place) for name, _ in row.terms if is_size(name)))
        found = piece.generators([place, *(Affine(((name, 1),)) for name in sizes)])
        if found is None:
            return
        slopes = dict.fromkeys(range(len(sizes)), 0)
        for down, *along in found.rays:
            growing = [at for at, step in enumerate(along) if step > 0]
            if down < 0 and not growing:
                self.grows = True
                return
            if down < 0 and len(growing) == 1:
                (at,) = growing
                slopes[at] = min(slopes[at], -(-down // along[at]))
        for down, *along in found.rays:
            # Where only several sizes together reach farther, the first of them takes it all.
            beyond = sum(slopes[at] * step for at, step in enumerate(along)) - down
            if beyond > 0:
                at = next(at for at, step in enumerate(along) if step > 0)
                slopes[at] -= -(-beyond // along[at])
        if not any(slopes.values()):
            places = [point[0] for point in found.points]
            self.boxes.append(((min(places), max([*places, *([0] if found.rays else [])])),))
            return
        least = min(at - sum(slopes[n] * size for n, size in enumerate(along)) for at, *along in found.points)
        first = whole(least)
        for at, name in enumerate(sizes):
            first += Affine(((name, 1),)).times(slopes[at])
        self.firsts.append(first)
