"""Cycles of the unfolded graph itself: places that need their own value, and the lengths at which they do.

That no order was found does not say that there is none; a cycle does. It is looked for along the cycles that forbid
an order, at whatever lengths these need, and among all places of short axes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from typing import NamedTuple

from unfoldgraph.base import boxes
from unfoldgraph.base.boxes import Box, Place
from unfoldgraph.base.limits import CYCLE_READS, CYCLE_STEPS, SEARCHED_NODES
from unfoldgraph.causality.cycles import components
from unfoldgraph.causality.difference_constraints import ZERO
from unfoldgraph.model.equations import Read
from unfoldgraph.model.order.dependence import Domains, Places, value
from unfoldgraph.model.regions import domains, fixed_place, lengths_asked, other_ends, too_short

#: The longest axes whose places are all looked at, by how many axes have a length of their own; 2 for more of them.
LONGEST = (0, 8, 5, 3)
_StatementPlace = tuple[int, Place]


class Step(NamedTuple):
    """One read on a walk: `target` reads `source`; both are numbers of statements."""

    source: int
    target: int
    read: Read


class Cycle(NamedTuple):
    """A closed walk over places, each read after what it reads: and the least lengths that it was found at.

    `places` are those of the sources of the steps.
    """

    steps: tuple[Step, ...]
    places: tuple[Place, ...]
    lengths: Mapping[str, int]


def along(known: Domains, steps: Sequence[Step]) -> Cycle | None:
    """Return the places of a closed walk over statements, at the least lengths; None where no places are so joined."""
    if len(steps) > CYCLE_STEPS:
        return None
    work = Places(known)
    instances = [work.instance(step.source) for step in steps]
    for number, step in enumerate(steps):
        target = instances[(number + 1) % len(steps)]
        for at, its in zip(work.read(target, step.read), instances[number].at, strict=True):
            work.system.equate(at, its)
    if len(steps) == 1:
        for axis in _other_ends(known, steps[0]):
            work.system.require(work.length(axis), ZERO, 1)
    while (found := work.least()) is not None:
        own = {axis: value(found, length) for axis, length in work.lengths.items()}
        lengths = {axis: own.get(its, 0) for axis, its in known.length_of.items()}
        given = domains(known.statements, known.axes_of, lengths)
        missing = _too_short(known, given, lengths)
        if not missing:
            break
        for axis, least in missing.items():
            work.system.require(work.length(axis), ZERO, least)
    else:
        return None
    places = tuple(tuple(value(found, at) for at in instance.at) for instance in instances)
    if not all(boxes.contains(given[step.source], place) for step, place in zip(steps, places, strict=True)):
        return None
    return Cycle(tuple(steps), places, own)


def _other_ends(known: Domains, step: Step) -> list[str]:
    """Return the axes along which a step goes from a boundary to itself at the other end."""
    statement = known.statements[step.target]
    return other_ends(statement, step.read, known.axes_of[statement.name]) if step.source == step.target else []


def _too_short(known: Domains, given: Sequence[Sequence[Box]], lengths: Mapping[str, int]) -> dict[str, int]:
    """Return the axes that are shorter than what is read on them by a number, and how long they are to be."""
    found: dict[str, int] = {}
    for asked in too_short(known.statements, known.axes_of, known.length_of, lengths, given):
        found[asked.axis] = max(asked.place, found.get(asked.axis, 0))
    return found


def searched(known: Domains, members: Sequence[int]) -> tuple[Cycle | None, int]:
    """Return a short cycle among the places of some statements, and up to what length it was looked for.

    All lengths up to one are tried before any is longer, and then those that are just long enough for what is read by
    a number; where there are very many reads, no longer ones are.
    """
    names = dict.fromkeys(known.statements[number].name for number in members)
    own = list(dict.fromkeys(known.length_of[axis] for name in names for axis in known.axes_of[name]))
    longest = LONGEST[len(own)] if len(own) < len(LONGEST) else 2
    # Where places are read by numbers, only axes that are so long have them; all others are just long enough.
    enough = dict.fromkeys(known.length_of.values(), 0)
    for asked in lengths_asked(known.statements, known.axes_of, known.length_of):
        enough[asked.axis] = max(asked.place, enough[asked.axis])
    ranges = [sorted({*range(longest + 1), *range(enough[axis], enough[axis] + longest + 1)}) for axis in own]
    left = CYCLE_READS
    done = 0
    for lengths in sorted(product(*ranges), key=lambda some: (max(some, default=0), sum(some), some)):
        whole = dict(zip(own, lengths, strict=True))
        graph = _PlaceGraph(
            known, members, {axis: (enough | whole)[its] for axis, its in known.length_of.items()}, left
        )
        left -= graph.reads + len(known.statements)
        if left < 0:
            return None, max(done - 1, 0)
        done = min(longest, max(lengths, default=0))
        if (found := graph.cycle()) is not None:
            steps, places = found
            return Cycle(steps, places, whole), done
    return None, done


class _PlaceGraph:
    """All places of some statements, and their reads of each other; no more reads than allowed are followed."""

    def __init__(self, known: Domains, members: Sequence[int], lengths: Mapping[str, int], allowed: int) -> None:
        self.known = known
        self.lengths = lengths
        self.reads = 0
        given = domains(known.statements, known.axes_of, lengths)
        self.nodes: list[_StatementPlace] = []
        for number in () if _too_short(known, given, lengths) else members:
            if self.reads + len(self.nodes) + boxes.volume(given[number]) > allowed:
                self.reads = allowed + 1
                return
            self.nodes += [(number, place) for place in boxes.places(given[number])]
        self.number = {(known.statements[one].name, place): at for at, (one, place) in enumerate(self.nodes)}
        self.steps: list[dict[int, Step]] = []
        for one, place in self.nodes:
            self.steps.append(dict(self._read(one, place)))
            if self.reads > allowed:
                return

    def _read(self, one: int, place: Place) -> Iterator[tuple[int, Step]]:
        """Yield the nodes that one reads, and how."""
        statement = self.known.statements[one]
        at = {own.base: number for own, number in zip(statement.index, place, strict=True) if own.moves}
        for read in statement.reads:
            axes = self.known.axes_of[read.name]
            bound = {its.base: self.lengths[axis] for its, axis in zip(read.index, axes, strict=True) if its.bound}
            for numbers in product(*(range(1, length + 1) for length in bound.values())):
                self.reads += 1
                now = {**at, **dict(zip(bound, numbers, strict=True))}
                where = tuple(
                    now[its.base] + its.offset if its.moves else fixed_place(its, self.lengths[axis])
                    for its, axis in zip(read.index, axes, strict=True)
                )
                found = self.number.get((read.name, where))
                if found is not None:
                    step = Step(self.nodes[found][0], one, read)
                    if where != place or all(self.lengths[axis] for axis in _other_ends(self.known, step)):
                        yield found, step

    def cycle(self) -> tuple[tuple[Step, ...], tuple[Place, ...]] | None:
        """Return a shortest cycle, or in large graphs a short one; None where there is none."""
        group = components([list(steps) for steps in self.steps])
        inside: dict[int, list[int]] = {}
        for node, one in enumerate(group):
            inside.setdefault(one, []).append(node)
        best: list[int] = []
        left = SEARCHED_NODES
        looped = (some for some in inside.values() if len(some) > 1 or some[0] in self.steps[some[0]])
        for start in islice((node for some in looped for node in some), SEARCHED_NODES):
            walk, moves = self._around(start, group, len(best))
            best = walk or best
            left -= moves
            if len(best) == 1 or (best and left < 0):
                break
        if not best:
            return None
        # Each node of the walk reads the next; a cycle goes from what is read to what reads it.
        walk = best[::-1]
        pairs = [(walk[at], walk[(at + 1) % len(walk)]) for at in range(len(walk))]
        return tuple(self.steps[target][source] for source, target in pairs), tuple(self.nodes[s][1] for s, _ in pairs)

    def _around(self, start: int, group: Sequence[int], shorter_than: int) -> tuple[list[int], int]:
        """Return the shortest walk from a node back to it, each node read by the one before; [] if it is no shorter."""
        came_by = {start: -1}
        length = {start: 0}
        queue = deque([start])
        moves = 0
        while queue:
            node = queue.popleft()
            if shorter_than and length[node] + 1 >= shorter_than:
                break
            for source in self.steps[node]:
                moves += 1
                if source == start:
                    walk = [node]
                    while (node := came_by[node]) >= 0:
                        walk.append(node)
                    return walk[::-1], moves
                if group[source] == group[start] and source not in came_by:
                    came_by[source] = node
                    length[source] = length[node] + 1
                    queue.append(source)
        return [], moves
