"""The length of a longest path of the unfolded graph, and when it is not told.

Where every variable runs over one axis at most it follows by arithmetic, however long that is, see `powers`, and
`forward` for delays that are too far for these. On several axes two bounds tell it where they meet, see `bounds`;
where they do not a small graph is walked. Nothing is concluded from how deep other graphs of the same circuit are:
what grows evenly at first may be overtaken by what grows faster.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import product
from math import prod
from typing import Any, NamedTuple

from unfoldgraph.base import boxes
from unfoldgraph.base.boxes import Place
from unfoldgraph.base.errors import CircuitError, number
from unfoldgraph.base.limits import POWER_MOVES, WALKED_READS
from unfoldgraph.causality.integer_program import OutOfEffort
from unfoldgraph.model.equations import Read, Statement
from unfoldgraph.model.regions import fixed_place, position_of
from unfoldgraph.unfolding.bounds import path_between_bounds
from unfoldgraph.unfolding.forward import forward_path, runs_forward
from unfoldgraph.unfolding.graph import UnfoldedGraph, UnfoldedNode
from unfoldgraph.unfolding.nearest import with_nearest
from unfoldgraph.unfolding.powers import Powers, has_lines

#: The numbers of no bound names.
_ONCE: tuple[Place, ...] = ((),)
#: Powers that take so few sums are found sooner than bounds.
_FEW_MOVES = 20_000_000
#: A graph with so few reads is walked sooner than bounds are found.
_FEW_READS = 2_000

_Goal = tuple[str, tuple[Any, ...]]
"""A node; or all nodes that a read runs over, with the number of a bound name and an offset in place of a number."""


def longest_path(unfolding: UnfoldedGraph) -> int:
    """Return the number of edges on a longest path; raises `CircuitError` instead of beginning what takes too long."""
    plain = unfolding.plain
    if plain is None and has_lines(unfolding.model):
        plain = with_nearest(unfolding)
    if plain is None:
        return _longest_walked(unfolding)
    unfolding = plain
    powers = Powers(unfolding) if has_lines(unfolding.model) else None
    if powers is not None and powers.moves <= _FEW_MOVES:
        return powers.depth()
    walk = _DepthWalk(unfolding)
    if walk.reads > _FEW_READS:
        found = path_between_bounds(unfolding)
        if found is not None:
            return found
    if powers is not None and powers.moves <= POWER_MOVES:
        return powers.depth()
    if walk.reads > WALKED_READS and runs_forward(unfolding.model):
        with suppress(OutOfEffort):
            return forward_path(unfolding.model, unfolding.lengths, lambda one: bool(unfolding.domain(one)))
    if walk.reads > WALKED_READS:
        # Some of what is looked up is not there, and a range is looked up once for all that read it.
        reads = unfolding.edges.size if unfolding.edges.size > WALKED_READS else walk.reads
        raise _too_deep(reads)
    return walk.deepest()


def _longest_walked(unfolding: UnfoldedGraph) -> int:
    """Return the number of edges on a longest path, found by following every edge."""
    edges = unfolding.edges.size
    if edges > WALKED_READS:
        raise _too_deep(edges)
    depths: dict[UnfoldedNode, int] = {}
    for goal in unfolding.nodes:
        waiting = [(goal, [source.node for source in unfolding.sources(goal)])]
        while waiting:
            node, sources = waiting[-1]
            missing = [] if node in depths else [source for source in sources if source not in depths]
            if missing:
                waiting += [(one, [source.node for source in unfolding.sources(one)]) for one in missing]
                continue
            waiting.pop()
            depths.setdefault(node, max((depths[source] + 1 for source in sources), default=0))
    return max(depths.values(), default=0)


def _too_deep(reads: int) -> CircuitError:
    return CircuitError(
        f"how deep this graph is cannot be told without walking it, and it has {number(reads)} reads; "
        f"the limit is {WALKED_READS}",
        help="take fewer steps",
    )


class _DepthRead(NamedTuple):
    """One read of a statement.

    Of each position there is the one of the statement that it follows, None if none, and what is added; for a bound
    name its number, counted on from the positions of the statement. `ranges` are theirs.
    """

    name: str
    positions: tuple[tuple[int | None, int], ...]
    ranges: tuple[int, ...]


class _StatementReads:
    """A statement and what it reads, made ready to be asked place by place."""

    def __init__(self, unfolding: UnfoldedGraph, statement: Statement) -> None:
        self.name = statement.name
        self.width = len(statement.index)
        self.domain = unfolding.domain(statement)
        self.least = 1 if statement.parameters else 0
        self.ways = [self._way(unfolding, statement, read) for read in statement.reads]

    def _way(self, unfolding: UnfoldedGraph, statement: Statement, read: Read) -> _DepthRead:
        bound: dict[str, int] = {}
        ranges: list[int] = []
        positions: list[tuple[int | None, int]] = []
        for at, axis in zip(read.index, unfolding.axes_of[read.name], strict=True):
            length = unfolding.lengths[axis]
            if at.bound:
                if at.base not in bound:
                    bound[at.base] = self.width + len(ranges)
                    ranges.append(length)
                positions.append((bound[at.base], at.offset))
            elif at.moves:
                positions.append((position_of(statement, at.base), at.offset))
            else:
                positions.append((None, fixed_place(at, length)))
        return _DepthRead(read.name, tuple(positions), tuple(ranges))

    @property
    def reads(self) -> int:
        """How many places are looked up, those that several places read in one range once for all.

        What reads parameters alone looks up nothing, and is still walked place by place.
        """
        count = boxes.volume(self.domain) * (len(self.ways) or self.least)
        for way in self.ways:
            if way.ranges:
                moving = {moves for moves, _ in way.positions}
                kept = [tuple(side for at, side in enumerate(box) if at in moving) for box in self.domain]
                count += boxes.volume(kept) * prod(way.ranges)
        return count


class _DepthWalk:
    """A walk over all nodes that read something.

    All places that a read runs over are one goal, which is walked once: `h(t, s) = sum(h(t-1, r) for r)` looks up
    as many places as there are twice over, not their square.
    """

    def __init__(self, unfolding: UnfoldedGraph) -> None:
        self.unfolding = unfolding
        readers = [_StatementReads(unfolding, statement) for statement in unfolding.model.statements]
        self.readers = [reader for reader in readers if reader.domain]
        #: How many places are looked up.
        self.reads = sum(reader.reads for reader in self.readers)
        self._reader_of: dict[_Goal, _StatementReads] = {}
        self._ranges: dict[_Goal, tuple[_DepthRead, Place]] = {}

    def deepest(self) -> int:
        """Return the depth of the deepest node, found with a stack of our own."""
        self._reader_of = {
            (reader.name, place): reader
            for reader in self.readers
            if reader.ways or reader.least
            for place in boxes.places(reader.domain)
        }
        depths: dict[_Goal, int] = {}
        for node in self._reader_of:
            waiting = [] if node in depths else [(node, *self._sources(node))]
            while waiting:
                goal, least, sources = waiting[-1]
                missing = [source for source in sources if source not in depths]
                if missing:
                    waiting += [(source, *self._sources(source)) for source in missing]
                    continue
                waiting.pop()
                more = 0 if goal in self._ranges else 1
                depths[goal] = max([least, *(depths[source] + more for source in sources)])
        return max(depths.values(), default=0)

    def _sources(self, goal: _Goal) -> tuple[int, list[_Goal]]:
        """Return what a goal reads, and how deep it is by what reads nothing: -1 where nothing lies in a range."""
        reader_of, is_given = self._reader_of, self.unfolding.is_given
        shared = self._ranges.get(goal)
        if shared is None:
            place = goal[1]
            reader = reader_of[goal]
            least, leaf, ways = reader.least, 1, reader.ways
        else:
            way, place = shared
            reader, least, leaf, ways = None, -1, 0, [way]
        found: list[_Goal] = []
        for way in ways:
            if reader and way.ranges:
                pattern = self._pattern(way, place, reader.width)
                self._ranges[pattern] = way, place
                found.append(pattern)
                continue
            for numbers in product(*(range(1, length + 1) for length in way.ranges)) if way.ranges else _ONCE:
                at = place + numbers
                source = way.name, tuple([more if moves is None else at[moves] + more for moves, more in way.positions])
                if source in reader_of:
                    # What an axis without places makes read itself is 0.
                    if source != goal:
                        found.append(source)
                elif least < leaf and is_given(*source):
                    least = leaf
        return least, found

    def _pattern(self, way: _DepthRead, place: Place, width: int) -> _Goal:
        """Return the goal that all places are that a read runs over, one goal for all readers that share them."""
        return way.name, tuple([
            more if moves is None else place[moves] + more if moves < width else (moves - width, more)
            for moves, more in way.positions
        ])  # fmt: skip
