"""How many edges lead from the places of one name into the nodes of one statement, by arithmetic.

Each read relates the places of the statement to places of the name. In every position of the name the place
that is read either moves with an axis of the statement, or with another position of the name, as in
`sum(a(k, k-1) for k)`, or lies in a fixed range. Of two reads the places in common are again of this form, so their
union is counted by inclusion and exclusion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from unfoldgraph.base import boxes
from unfoldgraph.base.affine import Affine, index
from unfoldgraph.base.boxes import Box, Interval
from unfoldgraph.base.cut_boxes import CutBox
from unfoldgraph.base.lattice_points import TooManyCases, count_points, normalized, projected
from unfoldgraph.causality.integer_program import LinearSpan
from unfoldgraph.model.equations import Read, Statement
from unfoldgraph.model.regions import ConcreteRead, Lengths, fixed_place, position_of

#: How the place that is read moves: with which position of the statement, and how far from it; None where it does not.
#: With which position of the name itself is counted from -1 down.
Pattern = tuple[tuple[int, int] | None, ...]


@dataclass(frozen=True, slots=True)
class _ReadBoxes:
    """What some reads of one pattern reach: the moving positions, and boxes of the others, disjoint."""

    pattern: Pattern
    still: tuple[Box, ...]


def count_pairs(
    statement: Statement,
    reads: Sequence[Read],
    axes: Sequence[str],
    domain: Sequence[Box],
    places: Sequence[Box],
    lengths: Lengths,
) -> int:
    """Return how many pairs of a place of the statement and a place that it reads there are.

    Parameters
    ----------
    reads : the reads of one name.
    axes : those of the name.
    domain, places : where the statement gives values, and where the name has nodes, as disjoint boxes.
    """
    grouped: dict[Pattern, list[Box]] = {}
    for read in reads:
        pattern, still = _pattern(statement, read, axes, lengths)
        grouped.setdefault(pattern, []).append(still)
    reaches = [_ReadBoxes(pattern, tuple(boxes.union(still))) for pattern, still in grouped.items()]
    # Reads that move alike by different amounts never meet; only different kinds of motion do.
    by_motion: dict[tuple[int | None, ...], list[_ReadBoxes]] = {}
    for reach in reaches:
        motion = tuple(None if move is None else move[0] for move in reach.pattern)
        by_motion.setdefault(motion, []).append(reach)
    motions = list(by_motion.values())
    total = 0
    for size in range(1, len(motions) + 1):
        for chosen in combinations(motions, size):
            sign = 1 if size % 2 else -1
            meeting: list[tuple[_ReadBoxes, ...]] = [(one,) for one in chosen[0]]
            for others in chosen[1:]:
                meeting = [(*before, one) for before in meeting for one in others if _may_meet(before, one)]
            total += sign * sum(_count(together, domain, places) for together in meeting)
    return total


def _pattern(statement: Statement, read: Read, axes: Sequence[str], lengths: Lengths) -> tuple[Pattern, Box]:
    """Return how a read moves, and the ranges of the positions that do not."""
    pattern: list[tuple[int, int] | None] = []
    still: list[Interval] = []
    first: dict[str, tuple[int, int]] = {}
    for position, (at, axis) in enumerate(zip(read.index, axes, strict=True)):
        if at.moves and not at.bound:
            pattern.append((position_of(statement, at.base), at.offset))
        elif at.bound and at.base in first:
            # One bound name in two positions: the second moves with the first.
            moves, offset = first[at.base]
            pattern.append((moves, at.offset - offset))
        else:
            pattern.append(None)
            if at.bound:
                first[at.base] = -1 - position, at.offset
                still.append((1 + at.offset, lengths[axis] + at.offset))
            else:
                place = fixed_place(at, lengths[axis])
                still.append((place, place))
    return tuple(pattern), tuple(still)


def _may_meet(before: Sequence[_ReadBoxes], one: _ReadBoxes) -> bool:
    """Say whether reads can fall on one place: not where one position moves alike by different amounts."""
    return all(
        left is None or right is None or left[0] != right[0] or left[1] == right[1]
        for other in before
        for left, right in zip(other.pattern, one.pattern, strict=True)
    )


def _count(together: Sequence[_ReadBoxes], domain: Sequence[Box], places: Sequence[Box]) -> int:
    """Return how many pairs all of some reaches have in common."""
    total = 0
    for box in domain:
        for exists in places:
            stills: list[list[Interval | None]] = [[None] * len(exists)]
            for reach in together:
                met = (_merge(known, reach, still) for known in stills for still in reach.still)
                stills = [merged for merged in met if merged is not None]
            total += sum(_volume([reach.pattern for reach in together], box, exists, still) for still in stills)
    return total


def _merge(known: Sequence[Interval | None], reach: _ReadBoxes, still: Box) -> list[Interval | None] | None:
    """Return the ranges of both, None where they share no place."""
    found = list(known)
    ranges = iter(still)
    for position, move in enumerate(reach.pattern):
        if move is None:
            low, high = next(ranges)
            before = found[position]
            if before is not None:
                low, high = max(low, before[0]), min(high, before[1])
            if low > high:
                return None
            found[position] = low, high
    return found


def _volume(patterns: Sequence[Pattern], domain: Box, exists: Box, still: Sequence[Interval | None]) -> int:
    """Count the places of the statement and the free places that are read, under all constraints.

    A position that moves with an axis ties that axis to it: where it lies in a range, so does the axis; where it
    moves with two axes, these are tied to each other.
    """
    ranges: dict[int, Interval] = dict(enumerate(domain))
    tied: dict[int, tuple[int, int]] = {}

    def root(axis: int) -> tuple[int, int]:
        """Return the axis that another is tied to, and what is added to that one to get this one."""
        added = 0
        while axis in tied:
            axis, more = tied[axis]
            added += more
        return axis, added

    free = 1
    leading = {move[0] for pattern in patterns for move in pattern if move is not None and move[0] < 0}
    for position, (low, high) in enumerate(exists):
        at = still[position]
        if at is not None:
            low, high = max(low, at[0]), min(high, at[1])
        moves = list(dict.fromkeys(move for pattern in patterns if (move := pattern[position]) is not None))
        if -1 - position in leading:
            # Other positions move with this one, which comes before them.
            ranges[-1 - position] = low, high
            moves.append((-1 - position, 0))
        if not moves:
            free *= max(0, high - low + 1)
            continue
        first, first_offset = moves[0]
        own, added = root(first)
        _narrow(ranges, own, (low - first_offset - added, high - first_offset - added))
        for other, offset in moves[1:]:
            # first + first_offset == other + offset
            its, its_added = root(other)
            difference = added + first_offset - its_added - offset
            if own == its:
                if difference:
                    return 0
            else:
                tied[its] = own, difference
                low_, high_ = ranges.pop(its)
                _narrow(ranges, own, (low_ - difference, high_ - difference))
    for low, high in ranges.values():
        free *= max(0, high - low + 1)
    return free


def _narrow(ranges: dict[int, Interval], axis: int, to: Interval) -> None:
    low, high = ranges[axis]
    ranges[axis] = max(low, to[0]), min(high, to[1])


# Ranges and any place -------------------------------------------------------------------------------

#: So many sets of reads that meet are told apart.
_MEETINGS = 500


@dataclass(frozen=True, slots=True)
class _Relation:
    """Which places a statement reads from each of its own: one for all numbers of some names.

    Numbers of the names that differ are places that differ.
    """

    names: tuple[str, ...]
    sums: tuple[Affine, ...]
    rows: tuple[Affine, ...]


def instances(axes: Sequence[str], read: ConcreteRead, domain: Sequence[CutBox]) -> int:
    """Return how often a statement looks up a place of a read, its places counted too; at most, if that is not counted.

    Parameters
    ----------
    axes : those of the statement.
    domain : where the statement gives values, as disjoint pieces.
    """
    total = 0
    for piece in domain:
        total += boxes.volume([piece.box])
        try:
            total += count_points([*axes, *read.names], [*piece.all_rows(axes), *read.solutions.rows])
        except TooManyCases:
            total += boxes.volume([piece.box]) * read.solutions.most(dict(zip(axes, piece.box, strict=True)))
    return total


def count_reads(
    axes: Sequence[str],
    axes_read: Sequence[str],
    reads: Sequence[ConcreteRead],
    domain: Sequence[CutBox],
    places: Sequence[CutBox],
) -> int | None:
    """Return how many pairs of a place of a statement and a place of one name that it reads there are.

    Parameters
    ----------
    axes, axes_read : those of the statement and of the name.
    domain, places : where the statement gives values, and where the name has nodes, as disjoint pieces.

    Returns
    -------
    int : the count; None where no sums tell which places are read.

    Raises
    ------
    TooManyCases : where counting would take too long.
    """
    relations = []
    for order, read in enumerate(reads):
        relation = _relation(read, order)
        if relation is None:
            return None
        relations.append(relation)
    total = 0
    for piece in domain:
        for exists in places:
            beside = {axis: f"@{axis}" for axis in axes_read}
            rows = [row.at({axis: index(at) for axis, at in beside.items()}) for row in exists.all_rows(axes_read)]
            total += _united(axes, tuple(beside.values()), relations, [*piece.all_rows(axes), *rows])
    return total


def _united(axes: Sequence[str], places: Sequence[str], relations: Sequence[_Relation], rows: Sequence[Affine]) -> int:
    """Return how many pairs are in one of some relations, by inclusion and exclusion."""
    total = 0
    meetings = 0
    waiting: list[tuple[tuple[int, ...], list[str], list[Affine]]] = [((), [*axes], [*rows])]
    while waiting:
        chosen, names, known = waiting.pop()
        for number in range(chosen[-1] + 1 if chosen else 0, len(relations)):
            meetings += 1
            if meetings > _MEETINGS:
                raise TooManyCases
            one = relations[number]
            at = dict(zip(places, one.sums, strict=True))
            if chosen:
                first = relations[chosen[0]].sums
                same = [row for a, b in zip(first, one.sums, strict=True) for row in (a - b, b - a)]
            else:
                # The places are those of the first.
                known = [row.at(at) for row in rows]
                same = []
            both = normalized([*known, *same, *one.rows])
            if both is None:
                continue
            inside = [*names, *one.names]
            count = count_points(inside, both)
            if count:
                total += -count if len(chosen) % 2 else count
                waiting.append(((*chosen, number), inside, [*both]))
    return total


def _relation(read: ConcreteRead, order: int) -> _Relation | None:
    """Return a read with names of its own; None where no sums tell it."""
    if read.when:
        return None
    own = {name: index(f"{order}:{name}") for name in read.names}
    sums = [one.at(own) for one in read.sums]
    names = [f"{order}:{name}" for name in read.names]
    rows = tuple(row.at(own) for row in read.rows)
    told = [name for name in names if any(one.factor(name) for one in sums)]
    if len(told) < len(names):
        # What only says whether there is anything at all.
        left = projected(rows, [name for name in names if name not in told])
        if left is None:
            return None
        rows = left
    if LinearSpan([one.factor(name) for name in told] for one in sums).dimension < len(told):
        places = [f"{order}@{position}" for position in range(len(sums))]
        pairs = zip(places, sums, strict=True)
        left = projected([*rows, *(row for at, one in pairs for row in (index(at) - one, one - index(at)))], told)
        return None if left is None else _Relation(tuple(places), tuple(map(index, places)), left)
    return _Relation(tuple(told), tuple(sums), rows)
