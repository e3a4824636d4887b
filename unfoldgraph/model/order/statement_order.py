"""The order of the statements, from what each reads; or why there is none, told with its cure.

There are three verdicts. An order holds for all lengths: then the circuit is accepted. A cycle of the unfolded graph is
an algebraic loop. That is all that can be had exactly: fixed places and edges make counters, and whether such a
circuit has a cycle may be an open problem. Where neither is found, the error says just that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from unfoldgraph.algebra.expression import BY_VALUE, Binding, Index, indexed, postorder
from unfoldgraph.algebra.notation import binding_text, place_text, read_text, shown, text
from unfoldgraph.base.affine import index as affine_index
from unfoldgraph.base.affine import length, whole
from unfoldgraph.base.errors import CircuitError, Findings, Problem, Span, listing
from unfoldgraph.base.limits import CURED_READS, CYCLE_STEPS
from unfoldgraph.causality.cycles import components
from unfoldgraph.causality.wavefronts import Component, Dependence, NoOrder, TooLarge, schedule
from unfoldgraph.model.equations import Read, Statement, moves_along
from unfoldgraph.model.order.dependence import Domains
from unfoldgraph.model.order.places import is_told
from unfoldgraph.model.order.unfolded_cycles import LARGEST_SIZE, Cycle, Step, along, searched

#: How many reads of a cycle a message spells out.
_SHOWN_IN_CYCLE = 8
#: An edge and the read that it stands for.
_Pair = tuple[Dependence[int], Read]
_Told = list[_Pair]
#: How many of its reads are tried one step farther back, for a cure that is one.
_CURES_TRIED = 8


@dataclass(frozen=True, slots=True)
class Occurrences:
    """The statements of a circuit with their places in the source: of each left side, and of each read.

    `is_moved` says of each whether it was written some steps later, as `y(t+1) = …`.
    """

    statements: Sequence[Statement]
    left_spans: Sequence[Span | None]
    is_moved: Sequence[bool]
    read_spans: Sequence[Mapping[Read, Span | None]]
    findings: Findings


def order(
    occurrences: Occurrences,
    axes: Sequence[str],
    axes_of: Mapping[str, tuple[str, ...]],
    length_of: Mapping[str, str],
) -> list[Component[int]]:
    """Return the order of the statements, by number, which holds for all lengths.

    Raises `CircuitError` otherwise: with a cycle of the unfolded graph, and the lengths at which it exists; or, where
    neither an order nor a cycle was found, with the reads that conflict.
    """
    work = _Ordering(occurrences, axes, axes_of, length_of)
    try:
        return schedule(range(len(occurrences.statements)), work.edges, len(axes))
    except NoOrder as refusal:
        raise work.refusal(refusal) from None
    except TooLarge as refusal:
        names = [shown(occurrences.statements[number].name) for number in refusal.members]
        raise CircuitError(
            f"the order of a loop of {len(names)} statements along {refusal.axes} axes takes too long to find: "
            f"{', '.join(names[:_SHOWN_IN_CYCLE])}{', …' if len(names) > _SHOWN_IN_CYCLE else ''}",
            occurrences.left_spans[refusal.members[0]],
            "take the loop apart: name with fewer axes what does not need them all",
            source=occurrences.findings.source,
        ) from None


class _Ordering:
    """The edges between the statements of one circuit."""

    def __init__(
        self,
        occurrences: Occurrences,
        axes: Sequence[str],
        axes_of: Mapping[str, tuple[str, ...]],
        length_of: Mapping[str, str],
    ) -> None:
        self.occurrences = occurrences
        self.statements = occurrences.statements
        self.axes = axes
        self.axes_of = axes_of
        self.domains = Domains(self.statements, axes_of, length_of)
        self.by_name: dict[str, list[int]] = {}
        for number, statement in enumerate(self.statements):
            self.by_name.setdefault(statement.name, []).append(number)
        #: What gives one place of numbers, on one axis: there may be thousands of these.
        self.exactly = {
            (statement.name, statement.index): number
            for number, statement in enumerate(self.statements)
            if len(statement.index) == 1 and statement.index[0].base == ""
        }
        self.others = {
            name: [number for number in numbers if self._key(number) not in self.exactly]
            for name, numbers in self.by_name.items()
        }
        self.edges: dict[Dependence[int], Read] = {}
        for number, statement in enumerate(self.statements):
            for read in statement.reads:
                for source in self.domains.sources(number, read, self._candidates(read)):
                    for distances in self.domains.distances(number, read, source, axes):
                        for delay in distances.delays:
                            self.edges.setdefault(Dependence(source, number, delay, distances.rays), read)

    def _key(self, number: int) -> tuple[str, tuple[Index, ...]]:
        return self.statements[number].name, self.statements[number].index

    def _candidates(self, read: Read) -> list[int]:
        """Return the statements that a read may fall on; of those at numbers, on one axis, only the one at its own."""
        if len(read.index) == 1 and read.index[0].base == "":
            exact = self.exactly.get((read.name, read.index))
            return [*([] if exact is None else [exact]), *self.others.get(read.name, ())]
        return self.by_name.get(read.name, [])

    # The message ------------------------------------------------------------------------------------

    def refusal(self, refusal: NoOrder) -> CircuitError:
        """Return the error for what has no order: an algebraic loop, or that neither order nor cycle was found."""
        told = [[(edge, self.edges[edge]) for edge in cycle] for cycle in refusal.cycles]
        found = along(self.domains, _in_one_walk(told, refusal.times))
        for cycle, times in product(told, (1, 2)) if found is None else ():
            # Through places that bind each other one of the cycles may come back by itself.
            found = found or along(self.domains, _in_one_walk([cycle], [times]))
        if found is not None:
            is_plain = all(self.domains.is_plain(step.target, step.read) for step in found.steps)
            cycles, times = (told, refusal.times) if is_plain else self._simple(found)
            return self._loop(cycles, times, found)
        longest = []
        for members in self._loops(refusal.cycles[0][0]):
            found, tried = searched(self.domains, members)
            if found is not None:
                return self._loop(*self._simple(found), found)
            longest.append(tried)
        for edge, read in _as_told(told):
            if not is_told(self.domains, edge.target, read):
                return self._unbounded(edge, read)
        return self._unknown(told, min(longest))

    def _loops(self, first: Dependence[int]) -> list[list[int]]:
        """Return the statements of each loop of the circuit, those of the loop of one edge first."""
        following: list[list[int]] = [[] for _ in self.statements]
        for edge in self.edges:
            following[edge.source].append(edge.target)
        number = components(following)
        found: dict[int, list[int]] = {number[first.source]: []}
        for node, one in enumerate(number):
            found.setdefault(one, []).append(node)
        return [members for members in found.values() if len(members) > 1 or members[0] in following[members[0]]]

    def _simple(self, found: Cycle) -> tuple[list[_Told], tuple[int, ...]]:
        """Return a closed walk over places as the simple cycles over statements that it consists of, shortest first."""
        edges: list[_Pair] = []
        for number, step in enumerate(found.steps):
            own = dict(zip(self.axes_of[self.statements[step.source].name], found.places[number], strict=True))
            after = found.places[(number + 1) % len(found.steps)]
            its = dict(zip(self.axes_of[self.statements[step.target].name], after, strict=True))
            delay = tuple(its[axis] - own[axis] if axis in own and axis in its else 0 for axis in self.axes)
            edges.append((self._nearest(step, delay), step.read))
        counts: dict[tuple[_Pair, ...], int] = {}
        path: list[_Pair] = []
        for pair in edges:
            path.append(pair)
            start = next((at for at, (edge, _) in enumerate(path) if edge.source == pair[0].target), None)
            if start is not None:
                ring = _turned(path[start:])
                counts[tuple(ring)] = counts.get(tuple(ring), 0) + 1
                del path[start:]
        cycles = sorted(counts, key=lambda ring: (len(ring), [edge.source for edge, _ in ring]))
        return [list(ring) for ring in cycles], tuple(counts[ring] for ring in cycles)

    def _nearest(self, step: Step, delay: tuple[int, ...]) -> Dependence[int]:
        """Return the edge of a read with the distance that it has at some places; one with rays keeps its own."""
        found = self.domains.distances(step.target, step.read, step.source, self.axes)
        if not found or not found[0].rays:
            return Dependence(step.source, step.target, delay)
        return Dependence(step.source, step.target, found[0].delays[0], found[0].rays)

    def _loop(self, cycles: list[_Told], times: Sequence[int], found: Cycle) -> CircuitError:
        """Return the error that shows closed cycles with their delays, at what lengths they exist, and the cure."""
        told = [self._arrows(cycle, self._is_plain(cycles)) for cycle in cycles]
        if not all(self.domains.is_plain(step.target, step.read) for step in found.steps):
            way = f"the cycle is {self._places(found)}"
        elif len(told) == 1:
            way = f"the cycle is {told[0]}"
        else:
            counted = [f"{count} times {one}" if count > 1 else one for count, one in zip(times, told, strict=True)]
            way = f"the cycles {listing(counted)} add up to {self._written((0,) * len(self.axes))}"
        lengths = self._lengths(found)
        if not lengths and any(self.statements[edge.target].index for cycle in cycles for edge, _ in cycle):
            lengths = ", at any length"
        problem = self._problem(self._sentence(cycles), cycles, f"{way}{lengths}\n{self._cure(cycles)}")
        triples = [
            tuple(
                (self.statements[edge.source].name, self.statements[edge.target].name, edge.delay) for edge, _ in cycle
            )
            for cycle in cycles
        ]
        return CircuitError.of([problem], self.occurrences.findings.source, triples)

    def _unbounded(self, edge: Dependence[int], read: Read) -> CircuitError:
        """Return the error for a loop that reads itself at a place that is computed, which may be any."""
        bounded = next(self._bounded(edge, read), None)
        computed = () if read.node is None else read.node.arguments
        parameter = next((leaf.data for leaf in postorder(computed) if leaf.operator == "parameter"), None)
        if bounded is None:
            help = "compute what is read in a signal that the loop does not need"
        elif parameter is not None and not any(leaf.operator in ("read", "entry") for leaf in postorder(computed)):
            name = shown(parameter)
            help = f"'{name}' is a parameter, which may be anything: write its number, as in {name} = 4"
        else:
            # Where `y(t+1)` was written, it is told of `y(t)`: so the reads are too.
            left = f"{self._label(edge.target)} = … " if self.occurrences.is_moved[edge.target] else ""
            help = f"say which places these may be, as in {left}{bounded}"
        problem = Problem(
            f"{self._label(edge.target)} reads {read.written} in a loop, and nothing tells how far away that is",
            self.occurrences.read_spans[edge.target][read],
            help,
        )
        return CircuitError.of([problem], self.occurrences.findings.source)

    def _bounded(self, edge: Dependence[int], read: Read) -> Iterator[str]:
        """Yield what would be written to read any place before, or after, under the condition that it is the one."""
        computed = read.node.data[1] if read.node is not None else ()
        places = [position for position, at in enumerate(computed) if at.base == BY_VALUE]
        if len(places) != 1 or read.node is None:
            return
        (position,) = places
        axis = self.axes_of[read.name][position]
        if axis not in self.statements[edge.target].axes:
            return
        taken = {*self.axes, *self.axes_of, *(one.name for one in read.within)}
        taken.update(name for one in self.statements for name in one.parameters)
        name = next(one for one in ("s", "k", "j", *(f"s{at}" for at in range(len(taken) + 1))) if one not in taken)
        index = [*computed[:position], Index(name), *computed[position + 1 :]]
        value = text(read.node.arguments[computed[position].offset])
        own = affine_index(axis)
        # What is written off the edges may be meant too.
        off = [self.statements[one].index[position] for one in self.domains.named(read.name)]
        low = min((at.offset for at in off if at.base == "" and at.is_off_edge), default=1)
        high = max((at.offset for at in off if at.base == "end" and at.is_off_edge), default=0)
        for first, last in ((whole(low), own - 1), (own + 1, length(axis) + high)):
            binding = Binding(name, first, last)
            at = indexed(affine_index(name), (), (name,))
            other = read._replace(
                index=(*read.index[:position], at, *read.index[position + 1 :]), within=(*read.within, binding)
            )
            if self._orders(edge, {read: other}):
                yield f"sum({read_text(read.name, index)} for {binding_text(binding)} if {name} == {value})"

    def _orders(self, edge: Dependence[int], instead: Mapping[Read, Read]) -> bool:
        """Say whether the loop of an edge has an order when its statement reads other places instead of some."""
        edges = [
            Dependence(source, edge.target, delay, distances.rays)
            for read in instead.values()
            for source in self.domains.sources(edge.target, read, self._candidates(read))
            for distances in self.domains.distances(edge.target, read, source, self.axes)
            for delay in distances.delays
        ]
        kept = [one for one, read in self.edges.items() if one.target != edge.target or read not in instead]
        return self._has_order(edge, [*kept, *edges])

    def _unknown(self, cycles: list[_Told], longest: int) -> CircuitError:
        """Return the error that says that neither an order nor a cycle was found, and which reads conflict."""
        reads = list(dict.fromkeys(read.written for _, read in _as_told(cycles)))
        label = self._label(cycles[0][0][0].target)
        shown_reads = listing([*reads[:_SHOWN_IN_CYCLE], *(["others"] if len(reads) > _SHOWN_IN_CYCLE else [])])
        sizes = f" and any size up to {LARGEST_SIZE}" if self.domains.sizes else ""
        problem = self._problem(
            f"no order found for {label}, and no cycle either",
            cycles,
            f"there is no cycle at any length up to {longest}{sizes}; but no one order of loops serves {shown_reads}\n"
            "take one of these reads out, or give the places that it falls on by a statement of their own",
        )
        return CircuitError.of([problem], self.occurrences.findings.source)

    def _problem(self, sentence: str, cycles: Sequence[_Told], help: str) -> Problem:
        """Return a problem that shows each read of some cycles at its place."""
        told_of = {
            (span, f"{read.written} is read{self._how(edge, read)}"): None
            for edge, read in _as_told(cycles)
            if (span := self.occurrences.read_spans[edge.target][read]) is not None
        }
        places = list(told_of)
        return Problem(
            sentence,
            places[0][0] if places else None,
            help,
            tuple(places[1:_SHOWN_IN_CYCLE]),
            note=places[0][1] if places else "",
        )

    def _is_plain(self, cycles: Sequence[_Told]) -> bool:
        """Say whether names alone tell which equations are meant: no boundary or pin takes part."""
        return all(self.statements[edge.target].is_equation for cycle in cycles for edge, _ in cycle)

    def _places(self, found: Cycle) -> str:
        """Return a closed walk over places, what is read before what reads it."""
        names = [self.statements[step.source].name for step in found.steps]
        told = [place_text(shown(name), list(map(str, at))) for name, at in zip(names, found.places, strict=True)]
        closed = [*told, told[0]]
        if len(told) > _SHOWN_IN_CYCLE:
            closed[_SHOWN_IN_CYCLE // 2 : -_SHOWN_IN_CYCLE // 2] = ["…"]
        return " --> ".join(closed)

    def _lengths(self, found: Cycle) -> str:
        """Return at what lengths of axes, and what sizes, a cycle exists, in words."""
        told = [
            f"{shown(axis)} has {length} {'step' if length == 1 else 'steps'}" for axis, length in found.lengths.items()
        ]
        told += [f"{shown(name)} is {number}" for name, number in found.sizes.items()]
        return f", where {listing(told)}" if told else ""

    def _label(self, number: int) -> str:
        return self.statements[number].label

    def _sentence(self, cycles: Sequence[Sequence[tuple[Dependence[int], Read]]]) -> str:
        """Return in one sentence what needs what."""
        if len(cycles) > 1:
            reads = [read.written for cycle in cycles for _, read in cycle]
            through = listing(list(dict.fromkeys(reads))[:_SHOWN_IN_CYCLE])
            return f"algebraic loop: {self._label(cycles[0][0][0].source)} depends on itself through {through}"
        (cycle,) = cycles
        first, read = cycle[0]
        needs = [f"{self._label(edge.target)} needs {one.written}" for edge, one in cycle]
        if len(cycle) == 1 and not first.rays:
            when = "" if not read.index else " at the same step" if len(self.axes) == 1 else " at the same place"
            sentence = f"{self._label(first.target)} needs its own value{when}"
        elif len(cycle) > _SHOWN_IN_CYCLE:
            sentence = f"{needs[-1]}, …, {needs[0]}: {len(cycle)} reads in a circle"
        else:
            sentence = ", ".join(reversed(needs))
        return f"algebraic loop: {sentence}"

    def _arrows(self, cycle: Sequence[tuple[Dependence[int], Read]], plain: bool) -> str:
        """Return a closed cycle with the delay on each edge; the names alone where they are `plain` enough."""
        names = [shown(self.statements[e.target].name) if plain else self._label(e.target) for e, _ in cycle]
        arrows = [f"{names[at - 1]} --{self._passes(edge, read)}--> " for at, (edge, read) in enumerate(cycle)]
        if len(arrows) > _SHOWN_IN_CYCLE:
            arrows[_SHOWN_IN_CYCLE // 2 : -_SHOWN_IN_CYCLE // 2] = ["… "]
        return "".join(arrows) + names[-1]

    def _passes(self, edge: Dependence[int], read: Read) -> str:
        """Return what lies between the two ends of an edge, in words."""
        if edge.rays:
            if read.kind == "delay":
                return "by another axis"
            whole = "all steps" if len(self.axes) == 1 else "all of it"
            return {"all": whole, "end": "the end"}.get(read.kind, "one place")
        return f"delay {self._written(edge.delay)}"

    def _written(self, delay: Sequence[int]) -> str:
        """Return a delay along the axes: `1`, `(1, -1)`, `0`."""
        return str(delay[0] if delay else 0) if len(delay) < 2 else f"({', '.join(map(str, delay))})"

    def _how(self, edge: Dependence[int], read: Read) -> str:
        return f" with {self._passes(edge, read)}" if read.index and not edge.rays else ""

    def _cure(self, cycles: Sequence[Sequence[tuple[Dependence[int], Read]]]) -> str:
        """Return what makes a loop computable."""
        reads = [pair for cycle in cycles for pair in cycle]
        for edge, read in reads:
            for at, axis in zip(read.index, self.axes_of[read.name], strict=True):
                if edge.rays and at.moves and not at.bound and at.base != axis:
                    usual = read_text(read.name, [Index(own) for own in self.axes_of[read.name]])
                    return (
                        f"{read.written} has '{shown(at.base)}' where {usual} has '{shown(axis)}': "
                        "are its indices in the right order?"
                    )
        if any(not self.domains.is_plain(edge.target, read) for edge, read in reads):
            return self._cure_of_ranges(reads)
        far = [read for edge, read in reads if edge.rays]
        if any(read.kind == "all" or len(reads) > 1 for read in far):
            return "a loop cannot read all of itself: compute the whole in a signal that the loop does not need"
        if far:
            place = read_text(far[0].name, [Index(at.base) if at.moves else at for at in far[0].index])
            return f"a loop cannot read one place of itself, unless that has a statement of its own: {place} = …"
        if not all(self.statements[edge.target].is_equation for edge, _ in reads):
            return "what is given at one place cannot follow from itself: take one of these reads out"
        if len(cycles) > 1:
            return "a signal for each direction, or one more axis for the rounds of an iteration, would have an order"
        moved = list(self._moved(reads[::-1]))
        if not moved and len(reads) == 1:
            # Counted over and over, as in a program, or with an index in its name.
            name, _, axis = (re.sub(r"_([a-z])$", r" \1", reads[0][1].name)).partition(" ")
            now, before = (read_text(name, [Index(axis or "t", offset)]) for offset in (0, -1))
            return f"the value of the step before has an index: write {now} = … and {before}, or take this read out"
        if not moved:
            return "take one of these reads out"
        for edge, other, written in moved[:_CURES_TRIED]:
            if self._has_order(edge, [other if one == edge else one for one in self.edges]):
                return f"make one of these reads a delayed one, such as {written}"
        return f"make one of these reads a delayed one, such as {moved[0][2]}, and break the other loops through it"

    def _cure_of_ranges(self, reads: Sequence[_Pair]) -> str:
        """Return what makes a loop computable in which places are sums, or read over ranges."""
        ranges = dict.fromkeys((edge, one) for edge, read in reads[::-1] for one in read.within)
        for edge, one in ranges:
            for first, last, what in (
                (0, -1, "end the range one place before"),
                (1, 0, "begin the range one place after"),
                (1, -1, "leave both ends of the range out"),
            ):
                if one.first is None or one.last is None:
                    continue
                shorter = one._replace(first=one.first + first, last=one.last + last)
                instead = {
                    read: read._replace(within=tuple(shorter if its == one else its for its in read.within))
                    for read in self.statements[edge.target].reads
                    if one in read.within
                }
                if self._orders(edge, instead):
                    return f"{what}: {binding_text(shorter)}"
        return "take one of these reads out, or leave the place of the statement itself out of what it reads"

    def _moved(
        self, reads: Sequence[tuple[Dependence[int], Read]]
    ) -> Iterator[tuple[Dependence[int], Dependence[int], str]]:
        """Yield for each read and axis the edge, the same one step farther back, and what would be written then."""
        for edge, read in reads:
            for position, (at, axis) in enumerate(zip(read.index, self.axes_of[read.name], strict=True)):
                if moves_along(at, axis, self.statements[edge.target]):
                    index = [*read.index[:position], at._replace(offset=at.offset - 1), *read.index[position + 1 :]]
                    delay = tuple(step + (own == axis) for step, own in zip(edge.delay, self.axes, strict=True))
                    yield edge, edge._replace(delay=delay), read_text(read.name, index)

    def _has_order(self, edge: Dependence[int], edges: Iterable[Dependence[int]]) -> bool:
        """Say whether the loop of an edge has an order with other edges instead of all; not asked of large loops."""
        following: list[list[int]] = [[] for _ in self.statements]
        for one in self.edges:
            following[one.source].append(one.target)
        number = components(following)
        loop = [one for one in edges if number[one.source] == number[one.target] == number[edge.source]]
        if len(loop) > CURED_READS:
            return True
        members = [node for node, one in enumerate(number) if one == number[edge.source]]
        try:
            schedule(members, loop, len(self.axes))
        except (NoOrder, TooLarge):
            return False
        return True


def _as_told(cycles: Sequence[_Told]) -> list[_Pair]:
    """Return the reads of some cycles: of one circle in the order of its sentence, of several by their places."""
    reads = list(dict.fromkeys(pair for cycle in cycles for pair in reversed(cycle)))
    return reads if len(cycles) == 1 else sorted(reads, key=lambda pair: pair[0].target)


def _in_one_walk(cycles: Sequence[_Told], times: Sequence[int]) -> list[Step]:
    """Return one closed walk that passes some cycles, each so many times; they hang together (Hierholzer 1873)."""
    if sum(len(cycle) * count for cycle, count in zip(cycles, times, strict=True)) > CYCLE_STEPS:
        return []
    leaving: dict[int, list[Step]] = {}
    for cycle, count in zip(cycles, times, strict=True):
        for _ in range(count):
            for edge, read in cycle:
                leaving.setdefault(edge.source, []).append(Step(edge.source, edge.target, read))
    waiting: list[tuple[int, Step | None]] = [(cycles[0][0][0].source, None)]
    walk: list[Step] = []
    while waiting:
        node, came_by = waiting[-1]
        if leaving.get(node):
            step = leaving[node].pop(0)
            waiting.append((step.target, step))
        else:
            waiting.pop()
            if came_by is not None:
                walk.append(came_by)
    return walk[::-1]


def _turned(cycle: _Told) -> _Told:
    """Return a cycle from its first statement on; if it has rays, from the first statement that is reached over one."""
    _, last = min((not edge.rays, edge.target, at) for at, (edge, _) in enumerate(cycle))[1:]
    return cycle[last + 1 :] + cycle[: last + 1]
