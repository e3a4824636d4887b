"""Cycles of the unfolded graph itself: places that need their own value, and the lengths at which they do.

That no order was found does not say that there is none; a cycle does. It is looked for along the cycles that forbid
an order, at whatever lengths these need, and among all places of short axes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from types import MappingProxyType
from typing import NamedTuple

from unfoldgraph.base.affine import Affine, length, length_name, plain_name, size_name
from unfoldgraph.base.boxes import Place
from unfoldgraph.base.limits import CYCLE_READS, CYCLE_STEPS, SEARCHED_NODES, SOLVED_STEPS
from unfoldgraph.causality.cycles import components
from unfoldgraph.causality.difference_constraints import ZERO
from unfoldgraph.causality.integer_program import OutOfEffort
from unfoldgraph.causality.polyhedra import Polyhedron
from unfoldgraph.model.equations import Read
from unfoldgraph.model.index_arithmetic import names_of
from unfoldgraph.model.order.dependence import Domains, Places, marked, value
from unfoldgraph.model.order.places import PlacesAt, is_told
from unfoldgraph.model.regions import lengths_asked, other_ends

#: The longest axes whose places are all looked at, by how many axes have a length of their own; 2 for more of them.
LONGEST = (0, 8, 5, 3)
#: The largest of each size, and of each other number, that is tried with them.
LARGEST_SIZE = 3
#: How much more lengths and sizes count than places, where the smallest solution is looked for.
_LENGTHS_FIRST = 1000
#: In how many ways the places of a walk may lie in pieces of those of their statements.
_WALK_PIECES = 16
_StatementPlace = tuple[int, Place]


class Step(NamedTuple):
    """One read on a walk: `target` reads `source`; both are numbers of statements."""

    source: int
    target: int
    read: Read


class Cycle(NamedTuple):
    """A closed walk over places, each read after what it reads: and the least lengths and sizes that it was found at.

    `places` are those of the sources of the steps.
    """

    steps: tuple[Step, ...]
    places: tuple[Place, ...]
    lengths: Mapping[str, int]
    sizes: Mapping[str, int] = MappingProxyType({})


def along(known: Domains, steps: Sequence[Step]) -> Cycle | None:
    """Return the places of a closed walk over statements, at the least lengths; None where no places are so joined."""
    if not all(known.is_plain(step.target, step.read) for step in steps):
        return _along_sums(known, steps) if len(steps) <= SOLVED_STEPS else None
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
        own = {axis: value(found, at) for axis, at in work.lengths.items()}
        lengths = {axis: own.get(its, 0) for axis, its in known.length_of.items()}
        given = PlacesAt(known, lengths, {})
        missing = given.too_short()
        if not missing:
            break
        for axis, least in missing.items():
            work.system.require(work.length(axis), ZERO, least)
    else:
        return None
    places = tuple(tuple(value(found, at) for at in instance.at) for instance in instances)
    if not all(given.gives(step.source, place) for step, place in zip(steps, places, strict=True)):
        return None
    return Cycle(tuple(steps), places, own)


def _along_sums(known: Domains, steps: Sequence[Step]) -> Cycle | None:
    """Return the same where places are sums: the smallest whole solution, if no statement but these gives its places.

    A place that is computed may be any: no cycle is shown over it.
    """
    if not all(is_told(known, step.target, step.read) for step in steps):
        return None
    pieces = islice(product(*(known.pieces(step.source) for step in steps)), _WALK_PIECES)
    found = [cycle for chosen in pieces if (cycle := _along_pieces(known, steps, chosen)) is not None]
    return min(found, key=lambda one: sum((*one.lengths.values(), *one.sizes.values())), default=None)


def _along_pieces(known: Domains, steps: Sequence[Step], pieces: Sequence[Sequence[Affine]]) -> Cycle | None:
    """Return it where the place of the source of each step lies in one piece of those of its statement."""
    system = Polyhedron(row for number, piece in enumerate(pieces) for row in marked(piece, f" {number}"))
    here = [known.instance(step.source, f" {number}")[0] for number, step in enumerate(steps)]
    for number, step in enumerate(steps):
        read, rows = known.read(step.read, f" {(number + 1) % len(steps)}")
        for row in rows:
            system.require(row)
        for at, its in zip(here[number], read, strict=True):
            system.equate(at - its)
    for axis in _other_ends(known, steps[0]) if len(steps) == 1 else ():
        system.require(known.unknowns.plain(length(axis)) - 1)
    own_lengths = dict.fromkeys(known.length_of.values())
    weights = {length_name(axis): _LENGTHS_FIRST for axis in own_lengths} | dict.fromkeys(known.sizes, _LENGTHS_FIRST)
    while True:
        try:
            found = system.point(weights)
        except OutOfEffort:
            return None
        if found is None:
            return None
        own = {axis: found[length_name(axis)] for axis in own_lengths if length_name(axis) in found}
        sizes = {plain_name(name): found.get(name, 1) for name in known.sizes}
        given = PlacesAt(known, {axis: own.get(its, 0) for axis, its in known.length_of.items()}, sizes)
        missing = given.too_short()
        if not missing:
            break
        for axis, least in missing.items():
            system.require(length(axis) - least)
    places = tuple(tuple(one.number(found) for one in place) for place in here)
    for step, place, after in zip(steps, places, (*places[1:], places[0]), strict=True):
        # Other conditions decide too whether a read takes place.
        if not given.gives(step.source, place) or place not in given.read(step.target, after, step.read):
            return None
    asked = {name for step in steps for when in step.read.when for name in names_of(when)}
    told = {name: number for name, number in sizes.items() if size_name(name) in found or size_name(name) in asked}
    return Cycle(tuple(steps), places, own, told)


def _other_ends(known: Domains, step: Step) -> list[str]:
    """Return the axes along which a step goes from a boundary to itself at the other end."""
    statement = known.statements[step.target]
    return other_ends(statement, step.read, known.axes_of[statement.name]) if step.source == step.target else []


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
    ranges: list[Sequence[int]] = [
        sorted({*range(longest + 1), *range(enough[axis], enough[axis] + longest + 1)}) for axis in own
    ]
    # Lengths that no statement of the loop has may tell where its reads are, as sizes do.
    others = [axis for axis in enough if axis not in own and length_name(axis) in known.told_by]
    ranges += [range(enough[axis], enough[axis] + LARGEST_SIZE + 1) for axis in others]
    ranges += [range(1, LARGEST_SIZE + 1) for _ in known.sizes]
    left = CYCLE_READS
    done = 0
    for numbers in sorted(product(*ranges), key=lambda some: (max(some, default=0), sum(some), some)):
        lengths = numbers[: len(own)]
        whole = dict(zip((*own, *others), numbers, strict=False))
        sizes = dict(zip(map(plain_name, known.sizes), numbers[len(whole) :], strict=True))
        all_lengths = {axis: (enough | whole)[its] for axis, its in known.length_of.items()}
        graph = _PlaceGraph(PlacesAt(known, all_lengths, sizes), members, left)
        left -= graph.reads + len(known.statements)
        if left < 0:
            return None, max(done - 1, 0)
        done = min(longest, max(lengths, default=0))
        if (found := graph.cycle()) is not None:
            steps, places = found
            return Cycle(steps, places, whole, sizes), done
    return None, done


class _PlaceGraph:
    """All places of some statements, and their reads of each other; no more reads than allowed are followed."""

    def __init__(self, at: PlacesAt, members: Sequence[int], allowed: int) -> None:
        self.at = at
        self.reads = 0
        holders: dict[tuple[str, Place], int] = {}
        statements = at.domains.statements
        if not at.too_short():
            inside = {statements[number].name for number in members}
            numbers = (number for name in sorted(inside) for number in at.domains.named(name))
            for number in sorted(numbers, key=at.domains.precedence):
                for place in at.given(number):
                    holders.setdefault((statements[number].name, place), number)
                    self.reads += 1
                    if self.reads > allowed:
                        return
        chosen = set(members)
        self.nodes: list[_StatementPlace] = sorted(
            (number, place) for (_, place), number in holders.items() if number in chosen
        )
        self.number = {(statements[one].name, place): at for at, (one, place) in enumerate(self.nodes)}
        self.steps: list[dict[int, Step]] = []
        for one, place in self.nodes:
            self.steps.append(dict(self._read(one, place)))
            if self.reads > allowed:
                return

    def _read(self, one: int, place: Place) -> Iterator[tuple[int, Step]]:
        """Yield the nodes that one reads, and how."""
        for read in self.at.domains.statements[one].reads:
            for where in self.at.read(one, place, read):
                self.reads += 1
                found = self.number.get((read.name, where))
                if found is not None:
                    step = Step(self.nodes[found][0], one, read)
                    ends = _other_ends(self.at.domains, step)
                    if where != place or all(self.at.lengths[axis] for axis in ends):
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
