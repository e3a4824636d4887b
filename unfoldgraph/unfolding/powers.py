"""The length of a longest path where every variable runs over one axis at most, whatever the lengths.

How deep a node lies is one more than the deepest node it reads: everything here is a maximum of sums. One place of
an axis is a *cell*. Values come into it from the places before and, where something looks ahead, from those behind,
as far as delays reach; others come from the *hubs*, which stand for what is read from everywhere: values without
axes, fixed places, and the greatest over a range. What a stretch of cells does is told by the longest paths from
all that comes into it to all that leaves it. Of two stretches side by side it follows by a product of matrices in
maximum and plus, so that of a stretch of like cells is a power: a trillion of them are forty products (Baccelli,
Cohen, Olsder and Quadrat 1992). Nothing is concluded from what lengths tried would suggest.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, pairwise
from math import gcd, inf
from typing import Any, TypeVar

from unfoldgraph.base.boxes import Interval
from unfoldgraph.causality.wavefronts import topological
from unfoldgraph.model.equations import Model, Read, Statement
from unfoldgraph.model.regions import fixed_place
from unfoldgraph.unfolding.graph import UnfoldedGraph

AnyKey = TypeVar("AnyKey", bound=Hashable)
Matrix = Any
"""An array of two dimensions: from each column to each row the most edges on a path."""

#: Paths may begin and end at any node: the first hub leads to all, all lead to the second.
_BEGIN, _END = 0, 1
#: How many values may be carried from cell to cell.
_WIDEST = 2_000
#: How many sums take as long as all else that a product of small matrices costs.
_LEAST_MOVES = 40_000


def has_lines(model: Model) -> bool:
    """Say whether every variable of a circuit runs over one axis at most."""
    return all(len(axes) <= 1 for axes in (*model.signals.values(), *model.inputs.values()))


class Powers:
    """The powers of a circuit that `has_lines`.

    Attributes
    ----------
    moves : about how many sums they take, infinitely many where delays reach too far.
    """

    def __init__(self, unfolding: UnfoldedGraph) -> None:
        self._hubs = _Hubs(unfolding)
        self._lines = [_AxisLine(self._hubs, one) for one in unfolding.model.own_axes]
        self._numbers = _MaxPlus(unfolding.nodes.size)
        slowness = self._numbers.slowness
        self.moves = sum(line.moves(slowness) for line in self._lines)

    def depth(self) -> int:
        """Return the number of edges on a longest path."""
        longest: dict[tuple[int, int], int] = {}
        for source, target, length in chain(self._hubs.joined(), *(line.paths(self._numbers) for line in self._lines)):
            longest[source, target] = max(longest.get((source, target), 0), length)
        from_begin = {_BEGIN: 0}
        into: dict[int, list[int]] = {}
        for source, target in longest:
            into.setdefault(target, []).append(source)
        for hub in topological(range(len(self._hubs.all)), longest):
            found = (from_begin[source] + longest[source, hub] for source in into.get(hub, ()) if source in from_begin)
            deepest = max(found, default=None)
            if deepest is not None:
                from_begin[hub] = deepest
        # Parameters alone are on no path.
        return from_begin.get(_END, 0)


class _MaxPlus:
    """Arithmetic in maximum and plus on matrices, with numbers large enough for paths of all nodes.

    Numbers below `-bound` say that there is no path.
    """

    def __init__(self, nodes: int) -> None:
        import numpy

        self.np = numpy
        self.is_small = nodes < 2**60
        self.bound = 2**60 if self.is_small else 2 ** nodes.bit_length()
        self.none = -2 * self.bound
        #: How much longer a number takes that no machine word holds.
        self.slowness = 1 if self.is_small else 40

    def matrix(self, rows: int, columns: int) -> Matrix:
        """Return a matrix without paths."""
        return self.np.full((rows, columns), self.none, dtype=self.np.int64 if self.is_small else object)

    def greater(self, *some: Matrix) -> Matrix:
        """Return the greatest of some matrices entry by entry."""
        found = some[0]
        for one in some[1:]:
            found = self.np.maximum(found, one)
        return found

    def one_more(self, paths: Matrix) -> Matrix:
        """Return paths that are longer by an edge."""
        return self.np.where(paths > self.none, paths + 1, self.none)

    def times(self, later: Matrix, earlier: Matrix) -> Matrix:
        """Return the longest paths through one matrix and then another."""
        found = self.matrix(later.shape[0], earlier.shape[1])
        if found.size:
            for between in range(later.shape[1]):
                self.np.maximum(found, later[:, between, None] + earlier[None, between, :], out=found)
            found[found < -self.bound] = self.none
        return found

    def closed(self, around: Matrix) -> Matrix:
        """Return the longest paths through a matrix any number of times, none included; there are no cycles."""
        found = around.copy()
        for between in range(len(found)):
            if found[between, between] > self.none:
                raise RuntimeError("the unfolded graph has a cycle")
            column, row = found[:, between], found[between, :]
            if (column > self.none).any() and (row > self.none).any():
                self.np.maximum(found, column[:, None] + row[None, :], out=found)
                found[found < -self.bound] = self.none
        for at in range(len(found)):
            found[at, at] = max(found[at, at], 0)
        return found


class _Hubs:
    """What is read from everywhere: the beginning and the end of all paths, values, fixed places, ranges."""

    def __init__(self, unfolding: UnfoldedGraph) -> None:
        self.unfolding = unfolding
        self.model = model = unfolding.model
        given = {statement.name for statement in model.statements}
        #: Names that nothing defines: their nodes read nothing, and all that matters is where they are.
        self.leaves = {name for name in unfolding.axes_of if name not in given}
        self.all: dict[tuple[str, Interval | None], int] = {("", None): _BEGIN, ("", (0, 0)): _END}
        #: How far each name is read back and ahead by what runs along its line, and what divides all that is so far.
        self._reach: dict[tuple[str, bool], int] = {}
        self._step: dict[str, int] = {}
        for statement in model.statements:
            for read in statement.reads:
                for at in read.index:
                    if at.base in statement.axes and not at.bound and read.name not in self.leaves:
                        way, line = (read.name, at.offset > 0), model.length_of[at.base]
                        self._reach[way] = max(self._reach.get(way, 0), abs(at.offset))
                        self._step[line] = gcd(self._step.get(line, 0), at.offset)
        #: Of each statement the hubs that it reads.
        self.read: dict[int, set[int]] = {}
        for statement in model.statements:
            if unfolding.domain(statement):
                self.read[id(statement)] = set(self._of(statement))
        for name, axes in unfolding.axes_of.items():
            if not axes:
                self._number(name, None)

    def _of(self, statement: Statement) -> Iterator[int]:
        """Yield the hubs that a statement reads wherever it stands."""
        if statement.parameters:
            yield _BEGIN
        for read in statement.reads:
            if not read.index:
                yield _BEGIN if read.name in self.leaves else self._number(read.name, None)
            elif self.offset(statement, read) is None:
                first, last = self._covered(read)
                if read.name not in self.leaves:
                    yield self._number(read.name, (first, last))
                elif any(max(first, low) <= min(last, high) for low, high in self.places(read.name)):
                    yield _BEGIN

    def _place(self, statement: Statement) -> int | None:
        """Return the only place of a statement; None where it has several, or no axis."""
        sides = [side for box in self.unfolding.domain(statement) for side in box]
        return sides[0][0] if len(sides) == 1 and sides[0][0] == sides[0][1] else None

    def _number(self, name: str, part: Interval | None) -> int:
        return self.all.setdefault((name, part), len(self.all))

    def _covered(self, read: Read) -> Interval:
        """Return the places of a read that does not move."""
        (at,) = read.index
        (axis,) = self.unfolding.axes_of[read.name]
        length = self.unfolding.lengths[axis]
        if at.bound:
            return 1 + at.offset, length + at.offset
        place = fixed_place(at, length)
        return place, place

    def offset(self, statement: Statement, read: Read) -> int | None:
        """Return how far from its statement a read is, where that tells all; None where a hub stands for it.

        A pin that reads a place close by, `h(7) = h(6)`, is told as one that moves: there may be thousands of these.
        """
        (at,) = read.index
        if at.bound:
            return None
        if at.moves and at.base in statement.axes:
            return at.offset
        place = self._place(statement)
        (axis,) = self.unfolding.axes_of[read.name]
        line = self.model.length_of[axis]
        if place is None or self.model.length_of[self.unfolding.axes_of[statement.name][0]] != line:
            return None
        offset = self._covered(read)[0] - place
        is_near = abs(offset) <= self._reach.get((read.name, offset > 0), 0)
        return offset if not offset or (is_near and not offset % self._step[line]) else None

    def places(self, name: str) -> list[Interval]:
        """Return where a name has nodes, in order."""
        return sorted(side for (side,) in self.unfolding.places(name))

    def joined(self) -> Iterator[tuple[int, int, int]]:
        """Yield what leads from hub to hub: source, target, number of edges."""
        for (name, part), hub in self.all.items():
            if name and part is None:
                yield _BEGIN, hub, 0
                yield hub, _END, 0
        for statement in self.model.statements:
            if not statement.index:
                for source in self.read.get(id(statement), ()):
                    yield source, self.all[statement.name, None], 1


@dataclass(frozen=True)
class _Stretch:
    """What some cells side by side do: the longest paths that lead through them.

    `ahead` are what is carried from left to right, `back` from right to left, `hubs` neither: `ahead_back` is from
    what comes in from the right, carried back, to what leaves there, carried ahead.
    """

    ahead_ahead: Matrix
    ahead_back: Matrix
    ahead_hubs: Matrix
    back_ahead: Matrix
    back_back: Matrix
    back_hubs: Matrix
    hubs_ahead: Matrix
    hubs_back: Matrix
    hubs_hubs: Matrix

    def begun(self) -> _Stretch:
        """Return the same at the left end of a line, where nothing is carried in."""
        return replace(
            self,
            ahead_ahead=self.ahead_ahead[:, :0],
            back_ahead=self.back_ahead[:, :0],
            hubs_ahead=self.hubs_ahead[:, :0],
        )

    def then(self, other: _Stretch, numbers: _MaxPlus) -> _Stretch:
        """Return what both do together, the other one on the right."""
        times, greater = numbers.times, numbers.greater
        # What goes to and fro across the border between them.
        around = numbers.closed(times(self.ahead_back, other.back_ahead))
        to_ahead = times(around, self.ahead_ahead)
        to_hubs = times(around, greater(self.ahead_hubs, times(self.ahead_back, other.back_hubs)))
        to_back = times(around, times(self.ahead_back, other.back_back))
        from_ahead = times(other.back_ahead, to_ahead)
        from_hubs = greater(other.back_hubs, times(other.back_ahead, to_hubs))
        from_back = greater(other.back_back, times(other.back_ahead, to_back))
        return _Stretch(
            ahead_ahead=times(other.ahead_ahead, to_ahead),
            ahead_back=greater(other.ahead_back, times(other.ahead_ahead, to_back)),
            ahead_hubs=greater(other.ahead_hubs, times(other.ahead_ahead, to_hubs)),
            back_ahead=greater(self.back_ahead, times(self.back_back, from_ahead)),
            back_back=times(self.back_back, from_back),
            back_hubs=greater(self.back_hubs, times(self.back_back, from_hubs)),
            hubs_ahead=greater(self.hubs_ahead, times(other.hubs_ahead, to_ahead), times(self.hubs_back, from_ahead)),
            hubs_back=greater(other.hubs_back, times(other.hubs_ahead, to_back), times(self.hubs_back, from_back)),
            hubs_hubs=greater(
                self.hubs_hubs, other.hubs_hubs, times(other.hubs_ahead, to_hubs), times(self.hubs_back, from_hubs)
            ),
        )


#: What a cell holds: each name with a node there and the number of the statement that gives it, None where nothing
#: does; the numbers of the statements that read a leaf there; names with the hubs that stand for the place.
_CellKind = tuple[tuple[tuple[str, int | None], ...], frozenset[int], tuple[tuple[str, int], ...]]


class _AxisLine:
    """All places of the axes that have one length, from the first that has a node to the last."""

    def __init__(self, hubs: _Hubs, length_of: str) -> None:
        self.hubs = hubs
        unfolding = hubs.unfolding
        own = unfolding.model.length_of
        #: Where each name has nodes, in order.
        self.nodes = {
            name: hubs.places(name)
            for name, axes in unfolding.axes_of.items()
            if axes and own[axes[0]] == length_of and name not in hubs.leaves
        }
        self.statements = [
            one for one in unfolding.model.statements if one.name in self.nodes and unfolding.domain(one)
        ]
        self.length = next(unfolding.lengths[axis] for axis in own if own[axis] == length_of)
        #: The reads of each statement that move with it: a name, and how far from the statement its place is.
        self.moving: list[dict[tuple[str, int], None]] = []
        #: Where each statement stands if what it reads is a leaf.
        self.by_leaf: list[list[Interval]] = []
        moving = [
            dict.fromkeys(
                (read.name, offset)
                for read in statement.reads
                if read.index and (offset := hubs.offset(statement, read)) is not None
                # A node does not read itself.
                if offset or read.name != statement.name
            )
            for statement in self.statements
        ]
        loops = self._loops(moving)
        for statement, reads in zip(self.statements, moving, strict=True):
            kept: dict[tuple[str, int], None] = {}
            leaves: list[Interval] = []
            for name, offset in reads:
                if name in hubs.leaves:
                    leaves += [(first - offset, last - offset) for first, last in hubs.places(name)]
                elif not self._is_outrun(statement.name, reads, name, offset, loops):
                    kept[name, offset] = None
            self.moving.append(kept)
            self.by_leaf.append(leaves)
        #: Of statements of one name that read alike, as pins do of which there may be thousands, the first one.
        first: dict[object, int] = {}
        self.alike = [
            first.setdefault((one.name, frozenset(self.moving[number]), frozenset(hubs.read[id(one)])), number)
            for number, one in enumerate(self.statements)
        ]
        reach: dict[tuple[str, int], int] = {}
        for name, offset in (read for reads in self.moving for read in reads):
            way = name, 1 if offset > 0 else -1
            reach[way] = max(reach.get(way, 0), abs(offset))
        #: Only every so many cells hang together. All others are lines of their own, joined by the hubs.
        self.step = gcd(*(offset for reads in self.moving for _, offset in reads)) or 1
        self.is_wide = sum(far // self.step for far in reach.values()) > _WIDEST
        if self.is_wide:
            return
        # What is carried from cell to cell, ahead and back: a name, and how many cells away its place is.
        self.ahead, self.back = (
            {
                item: number
                for number, item in enumerate(
                    (name, away)
                    for (name, way), far in reach.items()
                    if way == sign
                    for away in range(1, far // self.step + 1)
                )
            }
            for sign in (-1, 1)
        )
        self.stretches = self._stretches()
        #: The hubs that something here reads, and those that stand for something here, each with its number.
        self.read = {
            hub: at for at, hub in enumerate(sorted({_BEGIN}.union(*(hubs.read[id(o)] for o in self.statements))))
        }
        fed = {hub for kind, _, _ in self.stretches for _, hub in kind[2]}
        self.fed = {hub: at for at, hub in enumerate(sorted({_END} | fed))}

    def _loops(self, moving: Sequence[Mapping[tuple[str, int], None]]) -> dict[str, list[int]]:
        """Return of each name that one statement gives from 1 to end, and none off the edges, how it reads itself."""
        known: dict[str, list[int]] = {one.name: [] for one in self.statements}
        for number, one in enumerate(self.statements):
            known[one.name].append(number)
        return {
            name: [offset for its, offset in moving[numbers[0]] if its == name]
            for name, numbers in known.items()
            if len(numbers) == 1 and self.hubs.unfolding.domain(self.statements[numbers[0]]) == [((1, self.length),)]
        }

    def _is_outrun(
        self, reader: str, reads: Iterable[tuple[str, int]], name: str, offset: int, loops: Mapping[str, list[int]]
    ) -> bool:
        """Say whether no longest path needs a read: `h(t-9)` beside `h(t-1)` in `h(t) = …`.

        That is so where the reader reads the same name nearer by, and a loop of one edge, of the name or of the
        reader, leads over the difference. Off the edge both are what the caller gives.
        """
        if name not in loops:
            return False
        rounds = [by for by in (*loops[name], *loops.get(reader, ())) if by * offset > 0]
        return any(
            its == name
            and abs(nearer) < abs(offset)
            and nearer * offset >= 0
            and any(abs(by) <= abs(offset - nearer) and not (offset - nearer) % by for by in rounds)
            for its, nearer in reads
        )

    def _stretches(self) -> list[tuple[_CellKind, int, int]]:
        """Return the kinds of cells from left to right, each with the first place and that after the last."""
        given = {
            number: [side for (side,) in self.hubs.unfolding.domain(one)] for number, one in enumerate(self.statements)
        }
        leaves = dict(enumerate(self.by_leaf))
        fed = {(name, hub): [part] for (name, part), hub in self.hubs.all.items() if part and name in self.nodes}
        ends = [side for places in self.nodes.values() for side in places]
        if not ends:
            return []
        lowest, highest = min(first for first, _ in ends), max(last for _, last in ends)
        sides = [side for one in (given, leaves, fed) for some in one.values() for side in some]
        cuts = {cut for first, last in (*ends, *sides) for cut in (first, last + 1) if lowest <= cut <= highest}
        begins = sorted(cuts)
        nodes_at, given_at, leaves_at, fed_at = (
            _held(one, begins) for one in (self.nodes, given, leaves, fed)
        )  # fmt: skip
        found: list[tuple[_CellKind, int, int]] = []
        for number, (begin, following) in enumerate(pairwise([*begins, highest + 1])):
            held: dict[str, int | None] = dict.fromkeys(nodes_at[number])
            held.update((self.statements[by].name, self.alike[by]) for by in given_at[number])
            kind = tuple(held.items()), frozenset(self.alike[by] for by in leaves_at[number]), tuple(fed_at[number])
            if found and found[-1][0] == kind:
                found[-1] = kind, found[-1][1], following
            else:
                found.append((kind, begin, following))
        return found

    @cached_property
    def lines(self) -> list[list[tuple[_CellKind, int]]]:
        """The lines of every so many cells, of alike ones one: the kinds of their cells and how many there are."""
        # Where a line has its cells changes how many there are of a kind only as a cell passes the end of a stretch.
        offsets = sorted({cut % self.step for _, begin, following in self.stretches for cut in (begin, following)})
        lines = []
        for first in offsets:
            counted = (
                (kind, (following - 1 - first) // self.step - (begin - 1 - first) // self.step)
                for kind, begin, following in self.stretches
            )
            lines.append([(kind, count) for kind, count in counted if count])
        return [line for line in lines if line]

    def moves(self, slowness: int) -> float:
        """Return about how many sums it takes to find what all cells do."""
        if self.is_wide:
            return inf
        border = len(self.ahead) + len(self.back)
        size = border + max(len(self.read), len(self.fed))
        longest: dict[_CellKind, int] = {}
        products = 0
        for kind, count in chain.from_iterable(self.lines):
            longest[kind] = max(longest.get(kind, 0), count.bit_length())
            products += count.bit_count()
        made = sum(len(held) for held, _, _ in longest)
        return (
            made * _LEAST_MOVES // 4
            + (products + sum(longest.values())) * (_LEAST_MOVES + slowness * size * size * (border + 1))
        )  # fmt: skip

    def paths(self, numbers: _MaxPlus) -> Iterator[tuple[int, int, int]]:
        """Yield the longest paths through all cells: from which hub, to which, and how many edges they have."""
        total = self._total(numbers)
        for target, row in self.fed.items():
            for source, column in self.read.items():
                if total[row, column] > numbers.none:
                    yield source, target, int(total[row, column])

    def _total(self, numbers: _MaxPlus) -> Matrix:
        """Return the longest paths from the hubs that are read to those that stand for something here."""
        powers: dict[_CellKind, list[_Stretch]] = {}
        found = numbers.matrix(len(self.fed), len(self.read))
        for line in self.lines:
            whole: _Stretch | None = None
            for kind, count in line:
                known = powers.setdefault(kind, [])
                for bit in range(count.bit_length()):
                    if bit == len(known):
                        known.append(known[-1].then(known[-1], numbers) if known else self._cell(kind, numbers))
                    if count >> bit & 1:
                        whole = known[bit].begun() if whole is None else whole.then(known[bit], numbers)
            if whole is not None:
                found = numbers.greater(found, whole.hubs_hubs)
        return found

    def _cell(self, kind: _CellKind, numbers: _MaxPlus) -> _Stretch:
        """Return what one cell does."""
        held, with_leaf, fed = kind
        back, hubs = len(self.ahead), len(self.ahead) + len(self.back)
        to = self._paths_to(dict(held), with_leaf, numbers)
        out = numbers.matrix(hubs + len(self.fed), hubs + len(self.read))
        for first, carried in ((0, self.ahead), (back, self.back)):
            for (name, away), number in carried.items():
                if away > 1:
                    out[first + number, first + carried[name, away - 1]] = 0
                elif name in to:
                    out[first + number] = to[name]
        for name, hub in (*fed, *((name, _END) for name in to)):
            if name in to:
                row = hubs + self.fed[hub]
                out[row] = numbers.greater(out[row], to[name])
        cuts = slice(0, back), slice(back, hubs), slice(hubs, None)
        return _Stretch(*(out[rows, columns] for rows in cuts for columns in cuts))

    def _paths_to(
        self, held: Mapping[str, int | None], with_leaf: frozenset[int], numbers: _MaxPlus
    ) -> dict[str, Matrix]:
        """Return the longest paths from all that comes into a cell to each of its nodes."""
        back, hubs = len(self.ahead), len(self.ahead) + len(self.back)
        begin = hubs + self.read[_BEGIN]
        still = (
            (name, target)
            for target, by in held.items()
            if by is not None
            for name, offset in self.moving[by]
            if not offset and name in held
        )
        to: dict[str, Matrix] = {}
        for target in topological(list(held), still):
            paths = numbers.matrix(1, hubs + len(self.read))[0]
            paths[begin] = 0
            by = held[target]
            if by is not None:
                for hub in self.hubs.read[id(self.statements[by])]:
                    paths[hubs + self.read[hub]] = 1
                if by in with_leaf:
                    paths[begin] = 1
                for name, offset in self.moving[by]:
                    if not offset and name in to:
                        paths = numbers.greater(paths, numbers.one_more(to[name]))
                    elif offset:
                        away = abs(offset) // self.step
                        carried = self.ahead[name, away] if offset < 0 else back + self.back[name, away]
                        paths[carried] = max(paths[carried], 1)
            to[target] = paths
        return to


def _held(places: Mapping[AnyKey, Sequence[Interval]], begins: Sequence[int]) -> list[list[AnyKey]]:
    """Return whose places hold each of some stretches, told by where they begin; places hold stretches whole."""
    found: list[list[AnyKey]] = [[] for _ in begins]
    for key, sides in places.items():
        for first, last in sides:
            for number in range(bisect_left(begins, first), bisect_right(begins, last)):
                if not found[number] or found[number][-1] != key:
                    found[number].append(key)
    return found
