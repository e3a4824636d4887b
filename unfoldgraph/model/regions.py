"""Which places a statement gives and reads, as boxes, for given lengths of the axes.

Both what is asked of a circuit (which boundaries are read? is one missing?) and what is asked of its unfolding
(how many nodes?) are answered here, by arithmetic on boxes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from unfoldgraph.algebra.expression import Index
from unfoldgraph.base import boxes
from unfoldgraph.base.boxes import Box, Place
from unfoldgraph.model.equations import Read, Statement

Lengths = Mapping[str, int]
#: On which side of the places from 1 to the length something lies, axis by axis: -1 before, 0 inside, 1 after.
Sides = tuple[int, ...]
LOWER, INSIDE, UPPER = -1, 0, 1


def extent(axes: Sequence[str], lengths: Lengths) -> Box:
    """Return the box of the places from 1 to end."""
    return tuple((1, lengths[axis]) for axis in axes)


def fixed_place(at: Index, length: int) -> int:
    """Return the place of an index that no axis moves.

    >>> fixed_place(Index("end", -1), 5), fixed_place(Index("", 0), 5)
    (4, 0)
    """
    return at.offset + (length if at.base == "end" else 0)


def box_given(statement: Statement, axes: Sequence[str], lengths: Lengths) -> Box | None:
    """Return the box of a statement's left side; None where it lies beyond the lengths.

    A boundary stays off its edge and a pin inside, however short the axes are.
    """
    sides = []
    for at, axis in zip(statement.index, axes, strict=True):
        if at.moves:
            sides.append((1, lengths[axis]))
            continue
        place = fixed_place(at, lengths[axis])
        if not at.is_off_edge and not 1 <= place <= lengths[axis]:
            return None
        sides.append((place, place))
    return tuple(sides)


def domains(statements: Sequence[Statement], axes_of: Mapping[str, Sequence[str]], lengths: Lengths) -> list[list[Box]]:
    """Return for each statement the disjoint boxes of the places whose value it gives.

    Where several statements meet, the one that runs over fewer axes holds, then the one written first.
    """
    found: list[list[Box]] = [[] for _ in statements]
    points: dict[str, dict[Box, None]] = {}
    # What runs over an axis is compared with what lies on the same sides only; there are few of these.
    lines: dict[tuple[str, Sides], list[Box]] = {}
    for number in sorted(range(len(statements)), key=lambda one: len(statements[one].axes)):
        statement = statements[number]
        box = box_given(statement, axes_of[statement.name], lengths)
        if box is None or boxes.is_empty(box):
            continue
        known = points.setdefault(statement.name, {})
        others = lines.setdefault((statement.name, sides_of(statement)), [])
        if not statement.axes:
            if box not in known:
                known[box] = None
                found[number] = [box]
            continue
        found[number] = boxes.without([box], [*known, *others])
        others.append(box)
    return found


def box_read(statement: Statement, read: Read, axes: Sequence[str], domain: Box, lengths: Lengths) -> Box:
    """Return the box that a read covers while its statement runs over a box of its own places.

    `axes` are those of the name that is read. Where one axis moves two places, as in `A(t, t)`, the box holds
    more than the diagonal.
    """
    sides = []
    for at, axis in zip(read.index, axes, strict=True):
        if at.bound:
            sides.append((1 + at.offset, lengths[axis] + at.offset))
        elif at.moves:
            first, last = domain[position_of(statement, at.base)]
            sides.append((first + at.offset, last + at.offset))
        else:
            place = fixed_place(at, lengths[axis])
            sides.append((place, place))
    return tuple(sides)


def position_of(statement: Statement, axis: str) -> int:
    """Return which index of a statement's left side is an axis."""
    return next(position for position, at in enumerate(statement.index) if at.base == axis)


def boxes_read_off_edge(
    statement: Statement, read: Read, axes: Sequence[str], domain: Box, lengths: Lengths
) -> Iterator[Box]:
    """Yield boxes that hold all that a read covers off the edges, and nothing else off them."""
    moving = [at.base for at in read.index if at.moves and not at.bound]
    shared = next((axis for axis in moving if moving.count(axis) > 1), None)
    if shared is None:
        yield box_read(statement, read, axes, domain, lengths)
        return
    # A diagonal leaves the square at few places, which are taken one by one.
    position = position_of(statement, shared)
    offsets = [at.offset for at in read.index if at.base == shared and not at.bound]
    first, last = domain[position]
    length = lengths[shared]
    for low, high in ((first, min(last, -min(offsets))), (max(first, length + 1 - max(offsets)), last)):
        for place in range(low, high + 1):
            yield box_read(
                statement, read, axes, (*domain[:position], (place, place), *domain[position + 1 :]), lengths
            )


def read_off_edges(
    statements: Sequence[Statement],
    axes_of: Mapping[str, Sequence[str]],
    lengths: Lengths,
    found_domains: Sequence[Sequence[Box]],
) -> dict[str, dict[Sides, list[Box]]]:
    """Return the places that are read off the edges, by name and by the sides on which they lie, as boxes.

    The boxes may overlap: there can be so many sides that these are better made disjoint only where that matters.
    What is read of a name with several axes is told only if some statement gives values off its edges: for others
    it is 0, and there may be thousands of such sides.
    """
    found: dict[str, dict[Sides, list[Box]]] = {}
    given = {statement.name for statement in statements if statement.is_boundary}
    for statement, domain in zip(statements, found_domains, strict=True):
        for read in statement.reads:
            axes = axes_of[read.name]
            if len(axes) > 1 and read.name not in given:
                continue
            if falls_on_itself(statement, read, axes, lengths):
                continue
            for box in domain:
                for seen in boxes_read_off_edge(statement, read, axes, box, lengths):
                    for sides, piece in by_side(seen, axes, lengths):
                        if any(sides):
                            found.setdefault(read.name, {}).setdefault(sides, []).append(piece)
    return {
        name: {sides: list(dict.fromkeys(pieces)) for sides, pieces in sorted(regions.items())}
        for name, regions in found.items()
    }


def falls_on_itself(statement: Statement, read: Read, axes: Sequence[str], lengths: Lengths) -> bool:
    """Say whether a read is of the very place that its statement gives, as an axis has no steps: then it is 0.

    That is so for `u(t, 0) = u(t, end)` where there are no places from 1 to end.
    """
    return (
        read.name == statement.name
        and is_other_end(statement, read)
        and all(
            at == own or (lengths[axis] == 0 and fixed_place(at, 0) == fixed_place(own, 0))
            for at, own, axis in zip(read.index, statement.index, axes, strict=True)
        )
    )


def reads_by_number(
    statement: Statement, axes_of: Mapping[str, Sequence[str]], length_of: Mapping[str, str]
) -> Iterator[tuple[str, int, Read]]:
    """Yield each place from 1 on that a statement reads by a number, with the axis whose length it asks for, first.

    All that is said of lengths comes from these: how far they reach, `farthest_by_number`, and at which lengths there
    is somebody who asks, `lengths_asked`.
    """
    for read in statement.reads:
        for at, axis in zip(read.index, axes_of[read.name], strict=True):
            if at.base == "" and at.offset >= 1:
                yield length_of[axis], at.offset, read


def farthest_by_number(
    statement: Statement, axes_of: Mapping[str, Sequence[str]], length_of: Mapping[str, str]
) -> dict[str, int]:
    """Return the farthest place that a statement reads by a number, by the axis whose length it asks for.

    So long are axes at least where the statement has a place: for shorter ones nothing is promised, no order and no
    value, and whoever is asked for them says so.
    """
    found: dict[str, int] = {}
    for axis, place, _ in reads_by_number(statement, axes_of, length_of):
        found[axis] = max(place, found.get(axis, 0))
    return found


class Asked(NamedTuple):
    """A place that a statement reads by a number: how long an axis has to be where the statement has a place itself.

    `axis` is the one whose length it is; `where` tells how long axes are, at least, where the statement has a place.
    """

    statement: Statement
    read: Read
    axis: str
    place: int
    where: Mapping[str, int]

    def is_too_short(self, lengths: Lengths) -> bool:
        """Say whether a statement would read a place that an axis does not have: such lengths are refused."""
        return lengths[self.axis] < self.place and all(lengths[axis] >= least for axis, least in self.where.items())


def lengths_asked(
    statements: Sequence[Statement], axes_of: Mapping[str, Sequence[str]], length_of: Mapping[str, str]
) -> list[Asked]:
    """Return what lengths the statements of a circuit ask for: whoever is asked for shorter ones says so.

    A circuit that reads x(2) has at least two steps. What is only given by a number asks for nothing: where the length
    does not reach s(5), it is not there, and reads nothing. A boundary is there where its axis has steps; without any,
    where a statement that needs none reads it.
    """
    found: dict[tuple[str, tuple[Index, ...], str, int], Asked] = {}
    for statement in statements:
        for axis, place, read in reads_by_number(statement, axes_of, length_of):
            where = _where_it_is(statement, statements, axes_of, length_of)
            if where.get(axis, 0) < place:
                key = statement.name, statement.index, axis, place
                found.setdefault(key, Asked(statement, read, axis, place, where))
    return list(found.values())


def too_short(
    statements: Sequence[Statement],
    axes_of: Mapping[str, Sequence[str]],
    length_of: Mapping[str, str],
    lengths: Lengths,
    found_domains: Sequence[Sequence[Box]],
) -> Iterator[Asked]:
    """Yield what statements read by a number beyond the lengths; one that gives no place at these reads nothing."""
    places_of = dict(zip(map(id, statements), found_domains, strict=True))
    for asked in lengths_asked(statements, axes_of, length_of):
        if asked.is_too_short(lengths) and (asked.statement.is_equation or places_of[id(asked.statement)]):
            yield asked


def is_other_end(statement: Statement, read: Read) -> bool:
    """Say whether a boundary may read its own place, counted from the other end, as `u(t, 0) = u(t, end)` does."""
    pairs = zip(read.index, statement.index, strict=True)
    return (
        statement.is_boundary
        and read.index != statement.index
        and all(at == own or not (at.moves or own.moves) for at, own in pairs)
    )


def other_ends(statement: Statement, read: Read, axes: Sequence[str]) -> list[str]:
    """Return the axes along which a boundary reads itself from the other end: without steps it reads 0 there.

    `axes` are those of the boundary.
    """
    if not statement.is_boundary:
        return []
    pairs = zip(read.index, statement.index, axes, strict=True)
    return [axis for at, own, axis in pairs if at != own and not (at.moves or own.moves)]


def _where_it_is(
    statement: Statement,
    statements: Sequence[Statement],
    axes_of: Mapping[str, Sequence[str]],
    length_of: Mapping[str, str],
) -> dict[str, int]:
    """Return how long axes are at least where a statement has a place, by the axis of the length."""
    least = {length_of[axis]: 1 for axis in statement.axes}
    for position, (at, axis) in enumerate(zip(statement.index, axes_of[statement.name], strict=True)):
        if at.moves:
            continue
        own = length_of[axis]
        alike = {one for one in length_of if length_of[one] == own}
        needs = 1 if at.is_off_edge else at.offset if at.base == "" else 1 - at.offset
        if at.is_off_edge and any(
            read.name == statement.name
            and not read.index[position].moves
            and read.index[position].offset == at.offset
            and (other is not statement or (read.index[position] != at and not is_other_end(statement, read)))
            for other in statements
            if other is statement or not alike.intersection(other.axes)
            for read in other.reads
        ):
            needs = 0
        least[own] = max(needs, least.get(own, 0))
    return least


def by_side(box: Box, axes: Sequence[str], lengths: Lengths) -> Iterator[tuple[Sides, Box]]:
    """Yield the parts of a box before, inside and after the lengths of its axes.

    >>> list(by_side(((0, 3),), ["t"], {"t": 2}))
    [((-1,), ((0, 0),)), ((0,), ((1, 2),)), ((1,), ((3, 3),))]
    """
    parts = []
    for (first, last), axis in zip(box, axes, strict=True):
        length = lengths[axis]
        cuts = (
            (LOWER, (first, min(last, 0))),
            (INSIDE, (max(first, 1), min(last, length))),
            (UPPER, (max(first, length + 1), last)),
        )
        parts.append([(side, cut) for side, cut in cuts if cut[0] <= cut[1]])
    for chosen in product(*parts):
        yield tuple(side for side, _ in chosen), tuple(cut for _, cut in chosen)


def sides_of(statement: Statement) -> Sides:
    """Return on which sides a statement gives its values."""
    return tuple(INSIDE if not at.is_off_edge else LOWER if at.base == "" else UPPER for at in statement.index)


def first_places(pieces: Iterable[Box]) -> Place:
    """Return the place of some boxes that is nearest to where the axes begin and end: the one to name in a message."""
    box = next(iter(pieces))
    return tuple(last if last < 1 else first for first, last in box)
