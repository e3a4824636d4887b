"""Which places a statement gives and reads, as boxes, for given lengths of the axes.

Both what is asked of a circuit (which boundaries are read? is one missing?) and what is asked of its unfolding
(how many nodes?) are answered here, by arithmetic on boxes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product
from math import prod
from typing import NamedTuple

from unfoldgraph.algebra.expression import Expr, Index, indexed, postorder
from unfoldgraph.algebra.notation import read_text, shown
from unfoldgraph.base import boxes, cut_boxes
from unfoldgraph.base.affine import Affine, index, is_size, length_name, plain_name, size_name, whole
from unfoldgraph.base.boxes import Box, Interval, Place
from unfoldgraph.base.cut_boxes import CutBox
from unfoldgraph.base.errors import CircuitError
from unfoldgraph.base.lattice_points import projected
from unfoldgraph.base.names import canonical
from unfoldgraph.base.whole_solutions import WholeSolutions
from unfoldgraph.model.equations import Model, Read, Statement
from unfoldgraph.model.index_arithmetic import holds, names_of, with_numbers

Lengths = Mapping[str, int]
NumbersOfSizes = Mapping[str, int]
#: On which side of the places from 1 to the length something lies, axis by axis: -1 before, 0 inside, 1 after.
Sides = tuple[int, ...]
LOWER, INSIDE, UPPER = -1, 0, 1


def extent(axes: Sequence[str], lengths: Lengths) -> Box:
    """Return the box of the places from 1 to end."""
    return tuple((1, lengths[axis]) for axis in axes)


def fixed_place(at: Index, length: int) -> int:
    """Return the place of an index that no axis moves; raises `ValueError` for a sum, and for what is computed.

    >>> fixed_place(Index("end", -1), 5), fixed_place(Index("", 0), 5)
    (4, 0)
    """
    if not at.is_plain:
        raise ValueError(f"{at} is no fixed place")
    return at.offset + (length if at.base == "end" else 0)


def box_given(statement: Statement, axes: Sequence[str], lengths: Lengths) -> Box | None:
    """Return the box of a statement's left side; None where it lies beyond the lengths.

    Along each axis on which it stands on a range this holds all places from 1 to the end: `left_side` knows these.
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
    """Return for each statement the disjoint boxes of the places whose value it gives, ranges not looked at.

    Where several statements meet, the one that runs over fewer axes holds, then the one written first. Statements on
    ranges are taken to stand from 1 to the end: where lengths and sizes are numbers, `given_places` knows these.
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
            if not read.is_plain or (len(axes) > 1 and read.name not in given):
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
        # What is read only under a condition asks for nothing where that does not hold.
        for at, axis in zip(read.index, axes_of[read.name], strict=True) if read.is_plain else ():
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
    found_domains: Sequence[Sequence[object]],
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
        and read.is_plain
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


def known_numbers(lengths: Lengths, sizes: NumbersOfSizes) -> dict[str, Affine]:
    """Return what the names of lengths and sizes in sums are as numbers."""
    return {
        **{length_name(axis): whole(length) for axis, length in lengths.items()},
        **{size_name(name): whole(number) for name, number in sizes.items()},
    }


def sizes_of_places(model: Model) -> tuple[str, ...]:
    """Return the sizes that tell where a circuit has places, in the order written.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> sizes_of_places(read("h : M; y[n] = sum(h[k]*x[n-k] for k in 0..M-1)"))
    ('M',)
    """
    found: dict[str, None] = {}
    for statement in model.statements:
        sums = [end for one in statement.ranges for end in one.ends]
        conditions: list[Expr] = []
        for read in statement.reads:
            sums += [at.form for at in read.index if at.form is not None]
            sums += [end for one in read.within for end in one.ends]
            sums += read.guard
            conditions += read.when
        found.update({plain_name(name): None for one in sums for name, _ in one.terms if is_size(name)})
        found.update({node.data: None for node in postorder(conditions) if node.operator == "size"})
    return tuple(found)


def checked_sizes(model: Model, told: Mapping[str, int]) -> dict[str, int]:
    """Return the sizes that are told, by their own names; raises `CircuitError` for what is none, or no size here.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> checked_sizes(read("h : M; y[n] = sum(h[k]*x[n-k] for k in 0..M-1)"), {"M": 3})
    {'M': 3}
    """
    named = {size: None for shape in model.shapes.values() for size in shape or () if isinstance(size, str)}
    named |= dict.fromkeys((*model.sizes, *sizes_of_places(model)))
    found = {}
    for written, value in told.items():
        name = canonical(str(written))
        if name not in named:
            listed = f"the sizes are: {', '.join(map(shown, named)) or 'none'}"
            if name in model.parameters:
                listed = f"'{shown(name)}' is a parameter: a value like all others"
            raise CircuitError(f"there is no size '{shown(name)}'", help=listed)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise CircuitError(f"the size '{shown(name)}' is a whole number from 1, not {value!r}")
        found[name] = value
    return found


# Ranges, diagonals and any place --------------------------------------------------------------------


def left_side(
    statement: Statement, axes: Sequence[str], lengths: Lengths, known: Mapping[str, Affine]
) -> CutBox | None:
    """Return the places of a statement's left side, those that others give included; None where there are none.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> model = read("c(i, j) = x(i, j) for j in i..end")
    >>> left_side(model.statements[0], ("i", "j"), {"i": 3, "j": 3}, known_numbers({"i": 3, "j": 3}, {})).box
    ((1, 3), (1, 3))
    """
    if not statement.ranges:
        box = box_given(statement, axes, lengths)
        return None if box is None or boxes.is_empty(box) else CutBox(box)
    ranges = {one.name: tuple(end.at(known) for end in one.ends) for one in statement.ranges}
    sides: dict[str, Interval | tuple[int | None, int | None]] = {}
    for at, axis in zip(statement.index, axes, strict=True):
        if not at.moves:
            box = box_given(statement, axes, lengths)
            if box is None:
                return None
            sides[axis] = box[axes.index(axis)]
        else:
            sides[axis] = (None, None) if axis in ranges else (1, lengths[axis])
    # An end that goes by another index reaches as far as that does.
    for axis in [*ranges] * len(ranges):
        first, last = ranges[axis]
        sides[axis] = _extreme(first, sides, 0), _extreme(last, sides, 1)
    found: list[Interval] = []
    for axis in axes:
        low, high = sides[axis]
        if low is None or high is None:
            raise CircuitError(
                f"nothing says how far {read_text(statement.name, statement.index)} reaches along '{shown(axis)}'",
                help="give the range an end that is a number, or the end of the axis",
            )
        found.append((low, high))
    rows = (row for axis, (first, last) in ranges.items() for row in (index(axis) - first, last - index(axis)))
    return cut_boxes.cut(tuple(found), rows, axes)


def _extreme(end: Affine, sides: Mapping[str, Interval | tuple[int | None, int | None]], greatest: int) -> int | None:
    """Return the least or the greatest that an end of a range may be; None where that is not known yet."""
    total = end.constant
    for name, factor in end.terms:
        bound = sides[name][greatest if factor > 0 else 1 - greatest]
        if bound is None:
            return None
        total += factor * bound
    return total


def given_places(
    statements: Sequence[Statement],
    axes_of: Mapping[str, Sequence[str]],
    lengths: Lengths,
    known: Mapping[str, Affine],
) -> list[list[CutBox]]:
    """Return for each statement the places whose value it gives, as disjoint pieces.

    Where several statements meet, the one with fewer indices that are free holds, then the one written first.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> model = read("c(i, i) = 0; c(i, j) = x(i, j)")
    >>> known = known_numbers({"i": 3, "j": 3}, {})
    >>> found = given_places(model.statements, model.axes_by_name, {"i": 3, "j": 3}, known)
    >>> [cut_boxes.volume(pieces, ("i", "j")) for pieces in found]
    [3, 6]
    """
    found: list[list[CutBox]] = [[] for _ in statements]
    points: dict[str, dict[Box, None]] = {}
    # What runs over an axis is compared with what lies on the same sides only; there are few of these.
    lines: dict[tuple[str, object], list[CutBox]] = {}
    ranged = {statement.name for statement in statements if statement.ranges}
    for number in sorted(range(len(statements)), key=lambda one: statements[one].freedom):
        statement = statements[number]
        axes = axes_of[statement.name]
        piece = left_side(statement, axes, lengths, known)
        if piece is None:
            continue
        others = points.setdefault(statement.name, {})
        if not statement.axes:
            if piece.box not in others:
                others[piece.box] = None
                found[number] = [piece]
            continue
        beside = lines.setdefault((statement.name, statement.name in ranged or sides_of(statement)), [])
        if piece.rows or any(one.rows for one in beside):
            holes = [*map(CutBox, others), *beside]
            found[number] = cut_boxes.without([piece], holes, axes)
        else:
            found[number] = [CutBox(box) for box in boxes.without([piece.box], [*others, *(one.box for one in beside)])]
        beside.append(piece)
    return found


class ConcreteRead:
    """A read at given lengths and sizes.

    Parameters
    ----------
    read : one of a statement.
    axes : those of what is read.
    known : the numbers, see `known_numbers`.
    bounds : a box that holds all places which what is read has.

    Attributes
    ----------
    names : the indices that it binds, outermost first.
    sums : the places, as sums of these and of the indices of the statement.
    rows : sums that are at least 0 where it takes place, the ends of ranges included.
    when : other conditions, which `known` and indices decide.
    """

    def __init__(self, read: Read, axes: Sequence[str], known: Mapping[str, Affine], bounds: Box) -> None:
        self.read = read
        self._of = axes, known, bounds
        self.when = read.when
        self._known = {name: value.constant for name, value in known.items()}
        bound: dict[str, tuple[Affine, ...]] = {}
        sums = []
        for at, axis in zip(read.index, axes, strict=True):
            if at.bound:
                # It may go by the name of an index of the statement.
                bound[f"*{at.base}"] = whole(1), known[length_name(axis)]
                sums.append(index(f"*{at.base}") + at.offset)
            else:
                sums.append(place_on(at, axis, known))
        self.sums = tuple(sums)
        bound |= {one.name: tuple(end.at(known) for end in one.ends) for one in read.within}
        self.names = tuple(bound)
        self.rows = (
            *(row for name, (first, last) in _ranges(bound) for row in (index(name) - first, last - index(name))),
            *(row.at(known) for row in read.guard),
        )
        # What lies where no place is is not looked for.
        inside = (
            row
            for place, (first, last) in zip(self.sums, bounds, strict=True)
            if any(name in bound for name, _ in place.terms)
            for row in (place - first, whole(last) - place)
        )
        #: Which numbers the indices that it binds have.
        self.solutions = WholeSolutions((*self.rows, *inside), self.names)
        if not self.solutions.is_bounded:
            raise ValueError(f"nothing bounds the places of {read.written}")

    def places(self, at: Mapping[str, int]) -> Iterator[Place]:
        """Yield the places that are read where the indices of the statement are these, some perhaps more than once.

        Examples
        --------
        >>> from unfoldgraph.language.text import read
        >>> model = read("y[n] = sum(b[k]*x[n-k] for k in 0..2)")
        >>> reads = ConcreteRead(model.statements[0].reads[0], ("n",), known_numbers({"n": 9}, {}), ((1, 9),))
        >>> list(reads.places({"n": 2}))
        [(2,), (1,)]
        """
        if not (self.names or self.rows or self.when):
            yield tuple(place.number(at) for place in self.sums)
            return
        for numbers in self._distinct.at(at):
            told = {**self._known, **numbers} if self.when else numbers
            if all(holds(one, told) for one in self.when):
                yield tuple(place.number(numbers) for place in self.sums)

    @cached_property
    def _distinct(self) -> WholeSolutions:
        """Which numbers the indices have that tell a place; those that only say how often it is read are taken away."""
        telling = {name for form in self.sums for name, _ in form.terms}
        telling.update(name for one in self.when for name in names_of(one))
        away = [name for name in self.names if name not in telling]
        left = projected(self.solutions.rows, away) if away else None
        if left is None:
            return self.solutions
        found = WholeSolutions(left, [name for name in self.names if name in telling])
        return found if found.is_bounded else self.solutions

    def written_out(self, limit: int) -> list[ConcreteRead]:
        """Return one for each term of its ranges between two numbers; itself where these are more than a limit."""
        parts = written_out(self.read, limit)
        return [self] if parts == [self.read] else [ConcreteRead(part, *self._of) for part in parts]


def written_out(read: Read, limit: int) -> list[Read]:
    """Return a read as one for each term of its ranges between two numbers; itself where these are more than a limit.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> model = read("y[n] = sum(b[k]*x[n-k] for k in 0..2)")
    >>> [one.index[0].offset for one in written_out(model.statements[0].reads[0], 100)]
    [0, -1, -2]
    """
    terms = {one.name: one.numbers for one in read.within if one.numbers is not None}
    if not terms or prod(map(len, terms.values())) > limit:
        return [read]
    found: dict[Read, None] = {}
    open_names = [one.name for one in read.within if one.name not in terms]
    for numbers in product(*terms.values()):
        at_terms = dict(zip(terms, numbers, strict=True))
        places = {name: whole(number) for name, number in at_terms.items()}
        guard = tuple(row.at(places) for row in read.guard)
        told = [all(name in terms for name in names_of(one)) for one in read.when]
        if any(not row.terms and row.constant < 0 for row in guard) or not all(
            holds(one, at_terms) for one, is_told in zip(read.when, told, strict=True) if is_told
        ):
            continue
        found[
            read._replace(
                index=tuple(
                    at if at.form is None else indexed(at.form.at(places), (), open_names) for at in read.index
                ),
                within=tuple(one.at(places) for one in read.within if one.name not in terms),
                guard=tuple(row for row in guard if row.terms),
                when=tuple(
                    with_numbers(one, at_terms) for one, is_told in zip(read.when, told, strict=True) if not is_told
                ),
            )
        ] = None
    return list(found)


def _ranges(bound: Mapping[str, tuple[Affine, ...]]) -> Iterator[tuple[str, tuple[Affine, Affine]]]:
    """Yield the indices that have ends; what is computed has none."""
    for name, ends in bound.items():
        if ends:
            first, last = ends
            yield name, (first, last)


def place_on(at: Index, axis: str, known: Mapping[str, Affine]) -> Affine:
    """Return a place on an axis as a sum of indices, where lengths and sizes are known.

    Examples
    --------
    >>> place_on(Index("end", -1), "t", known_numbers({"t": 5}, {}))
    Affine(terms=(), constant=4)
    """
    return at.sum_on(axis).at(known)


def bounding_box(pieces: Iterable[Box]) -> Box | None:
    """Return the smallest box that holds some others; None where there are none.

    >>> bounding_box([((1, 2), (3, 3)), ((0, 1), (5, 6))])
    ((0, 2), (3, 6))
    """
    some = list(pieces)
    if not some:
        return None
    return tuple((min(low for low, _ in side), max(high for _, high in side)) for side in zip(*some, strict=True))
