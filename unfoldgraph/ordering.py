"""The order of the statements, from what each reads; or the cycles that forbid any, told with their cure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from unfoldgraph.causality import Component, Edge, NoOrder, TooLarge, schedule
from unfoldgraph.equations import Read, Statement, moves_along
from unfoldgraph.errors import CircuitError, Findings, Problem, Span, listing
from unfoldgraph.expression import Index
from unfoldgraph.limits import CURED_READS
from unfoldgraph.loops import components
from unfoldgraph.notation import read_text, shown

#: How many reads of a cycle a message spells out.
_SHOWN_IN_CYCLE = 8
#: How many of its reads are tried one step farther back, for a cure that is one.
_CURES_TRIED = 8


@dataclass(frozen=True, slots=True)
class Occurrences:
    """The statements of a circuit with their places in the source: of each left side, and of each read."""

    statements: Sequence[Statement]
    left_spans: Sequence[Span | None]
    read_spans: Sequence[Mapping[Read, Span | None]]
    findings: Findings


def order(
    occurrences: Occurrences, axes: Sequence[str], axes_of: Mapping[str, tuple[str, ...]]
) -> list[Component[int]]:
    """Return the order of the statements, by number; raises `CircuitError` with the cycles that forbid any."""
    work = _Ordering(occurrences, axes, axes_of)
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


class _Distance(NamedTuple):
    """How far a read looks back along one axis, and whether it may look farther back (1) or ahead (-1)."""

    least: int
    rays: tuple[int, ...] = ()


class _Ordering:
    """The edges between the statements of one circuit."""

    def __init__(self, occurrences: Occurrences, axes: Sequence[str], axes_of: Mapping[str, tuple[str, ...]]) -> None:
        self.occurrences = occurrences
        self.statements = occurrences.statements
        self.axes = axes
        self.position = {axis: number for number, axis in enumerate(axes)}
        self.axes_of = axes_of
        self.by_name: dict[str, list[int]] = {}
        self.exactly: dict[tuple[str, tuple[Index, ...]], int] = {}
        for number, statement in enumerate(self.statements):
            self.by_name.setdefault(statement.name, []).append(number)
            self.exactly[statement.name, statement.index] = number
        self.edges: dict[Edge[int], Read] = {}
        for number, statement in enumerate(self.statements):
            for read in statement.reads:
                for source in self._sources(read):
                    if source == number and _counts_from_other_end(statement, read):
                        # It meets itself at one length of the axis only, where the axis is too short, and then is 0.
                        continue
                    self.edges.setdefault(self._edge(statement, number, read, source), read)

    def _sources(self, read: Read) -> list[int]:
        """Return the statements that a read may fall on."""
        exact = self.exactly.get((read.name, read.index)) if not any(at.moves for at in read.index) else None
        if exact is not None:
            return [exact]
        return [
            number
            for number in self.by_name.get(read.name, ())
            if all(map(_may_meet, read.index, self.statements[number].index))
        ]

    def _edge(self, statement: Statement, number: int, read: Read, source: int) -> Edge[int]:
        """Return the edge of a read that falls on a source: its distance along every axis of the circuit."""
        delay = [0] * len(self.axes)
        rays = []
        for at, axis in zip(read.index, self.axes_of[read.name], strict=True):
            distance = self._distance(statement, at, axis)
            delay[self.position[axis]] = distance.least
            rays += [(self.position[axis], sign) for sign in distance.rays]
        return Edge(source, number, tuple(delay), tuple(rays))

    def _distance(self, statement: Statement, at: Index, axis: str) -> _Distance:
        """Return how far one place of a read lies behind that of its statement, along the axis it is a place of.

        The lengths are not known: between `t` and `end` there may be any number of steps, from none on.
        """
        if moves_along(at, axis, statement):
            return _Distance(-at.offset)
        own = next(
            (one for one, its in zip(statement.index, self.axes_of[statement.name], strict=True) if its == axis), None
        )
        if own is None or at.moves:
            # All of it, or a place that has nothing to do with the statement's own.
            return _Distance(0, (1, -1))
        if own.base == at.base:
            return _Distance(own.offset - at.offset)
        if own.moves:
            return _Distance(-at.offset, (-1,)) if at.base == "end" else _Distance(1 - at.offset, (1,))
        return _Distance(own.offset - at.offset, (-1 if at.base == "end" else 1,))

    # The message ------------------------------------------------------------------------------------

    def refusal(self, refusal: NoOrder) -> CircuitError:
        """Return the error that shows the closed cycles, the delay of each read, and the cure."""
        cycles = [[(edge, self.edges[edge]) for edge in cycle] for cycle in refusal.cycles]
        # One circle is told in the order of its sentence, several by their places.
        reads = list(dict.fromkeys(pair for cycle in cycles for pair in reversed(cycle)))
        if len(cycles) > 1:
            reads.sort(key=lambda pair: pair[0].target)
        told_of = {
            (span, f"{read_text(read.name, read.index)} is read{self._how(edge, read)}"): None
            for edge, read in reads
            if (span := self.occurrences.read_spans[edge.target][read]) is not None
        }
        places = list(told_of)
        # Where a boundary or a pin takes part, the name alone would not tell which equation is meant.
        plain = all(self.statements[edge.target].is_equation for edge, _ in reads)
        told = [self._arrows(cycle, plain) for cycle in cycles]
        if len(told) == 1:
            way = f"the cycle is {told[0]}"
        else:
            told = [
                f"{count} times {one}" if count > 1 else one for count, one in zip(refusal.times, told, strict=True)
            ]
            way = f"the cycles {listing(told)} add up to {self._written((0,) * len(self.axes))}"
        problem = Problem(
            self._sentence(cycles),
            places[0][0] if places else None,
            f"{way}\n{self._cure(cycles)}",
            tuple(places[1:_SHOWN_IN_CYCLE]),
            note=places[0][1] if places else "",
        )
        triples = [
            tuple(
                (self.statements[edge.source].name, self.statements[edge.target].name, edge.delay) for edge, _ in cycle
            )
            for cycle in cycles
        ]
        return CircuitError.of([problem], self.occurrences.findings.source, triples)

    def _label(self, number: int) -> str:
        return read_text(self.statements[number].name, self.statements[number].index)

    def _sentence(self, cycles: Sequence[Sequence[tuple[Edge[int], Read]]]) -> str:
        """Return in one sentence what needs what."""
        if len(cycles) > 1:
            reads = [read_text(read.name, read.index) for cycle in cycles for _, read in cycle]
            through = listing(list(dict.fromkeys(reads))[:_SHOWN_IN_CYCLE])
            return f"no order computes {self._label(cycles[0][0][0].source)}: it depends on itself through {through}"
        (cycle,) = cycles
        first, read = cycle[0]
        needs = [f"{self._label(edge.target)} needs {read_text(one.name, one.index)}" for edge, one in cycle]
        if len(cycle) == 1 and not first.rays:
            when = "" if not read.index else " at the same step" if len(self.axes) == 1 else " at the same place"
            sentence = f"{self._label(first.target)} needs its own value{when}"
        elif len(cycle) > _SHOWN_IN_CYCLE:
            sentence = f"{needs[-1]}, …, {needs[0]}: {len(cycle)} reads in a circle"
        else:
            sentence = ", ".join(reversed(needs))
        return f"algebraic loop: {sentence}"

    def _arrows(self, cycle: Sequence[tuple[Edge[int], Read]], plain: bool) -> str:
        """Return a closed cycle with the delay on each edge; the names alone where they are `plain` enough."""
        names = [shown(self.statements[e.target].name) if plain else self._label(e.target) for e, _ in cycle]
        arrows = [f"{names[at - 1]} --{self._passes(edge, read)}--> " for at, (edge, read) in enumerate(cycle)]
        if len(arrows) > _SHOWN_IN_CYCLE:
            arrows[_SHOWN_IN_CYCLE // 2 : -_SHOWN_IN_CYCLE // 2] = ["… "]
        return "".join(arrows) + names[-1]

    def _passes(self, edge: Edge[int], read: Read) -> str:
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

    def _how(self, edge: Edge[int], read: Read) -> str:
        return f" with {self._passes(edge, read)}" if read.index and not edge.rays else ""

    def _cure(self, cycles: Sequence[Sequence[tuple[Edge[int], Read]]]) -> str:
        """Return what makes a loop computable."""
        reads = [pair for cycle in cycles for pair in cycle]
        for edge, read in reads:
            for at, axis in zip(read.index, self.axes_of[read.name], strict=True):
                if edge.rays and at.moves and not at.bound and at.base != axis:
                    usual = read_text(read.name, [Index(own) for own in self.axes_of[read.name]])
                    return (
                        f"{read_text(read.name, read.index)} has '{shown(at.base)}' where {usual} has '{shown(axis)}': "
                        "are its indices in the right order?"
                    )
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
        if not moved:
            return "take one of these reads out"
        working = next((text for edge, other, text in moved[:_CURES_TRIED] if self._has_order(edge, other)), None)
        if working is None:
            return f"make one of these reads a delayed one, such as {moved[0][2]}, and break the other loops through it"
        return f"make one of these reads a delayed one, such as {working}"

    def _moved(self, reads: Sequence[tuple[Edge[int], Read]]) -> Iterator[tuple[Edge[int], Edge[int], str]]:
        """Yield for each read and axis the edge, the same one step farther back, and what would be written then."""
        for edge, read in reads:
            for position, (at, axis) in enumerate(zip(read.index, self.axes_of[read.name], strict=True)):
                if moves_along(at, axis, self.statements[edge.target]):
                    index = [*read.index[:position], at._replace(offset=at.offset - 1), *read.index[position + 1 :]]
                    delay = tuple(step + (own == axis) for step, own in zip(edge.delay, self.axes, strict=True))
                    yield edge, edge._replace(delay=delay), read_text(read.name, index)

    def _has_order(self, edge: Edge[int], other: Edge[int]) -> bool:
        """Say whether the loop of an edge has an order when another stands in its place; not asked of large loops."""
        following: list[list[int]] = [[] for _ in self.statements]
        for one in self.edges:
            following[one.source].append(one.target)
        number = components(following)
        loop = [one for one in self.edges if number[one.source] == number[one.target] == number[edge.source]]
        if len(loop) > CURED_READS:
            return True
        members = [node for node, one in enumerate(number) if one == number[edge.source]]
        try:
            schedule(members, [other if one == edge else one for one in loop], len(self.axes))
        except (NoOrder, TooLarge):
            return False
        return True


def _counts_from_other_end(statement: Statement, read: Read) -> bool:
    """Say whether a boundary reads a place that is counted from the other end of its axis: `u(t, 0) = u(t, end)`."""
    return any(
        own.is_off_edge and not at.moves and at.base != own.base
        for at, own in zip(read.index, statement.index, strict=True)
    )


def _may_meet(at: Index, own: Index) -> bool:
    """Say whether a place of a read can be one that a statement gives, for some length of the axis."""
    if not own.moves:
        if at.moves:
            # It runs over 1 to the length, plus its offset.
            return own.offset - at.offset >= 1 if own.base == "" else own.offset <= at.offset
        if at.base == own.base:
            return at.offset == own.offset
        number, from_end = (at, own) if at.base == "" else (own, at)
        # The axis is as long as lets the two meet. A pin lies inside then; past the end no number but 1 is read.
        length = number.offset - from_end.offset
        if own.is_off_edge:
            # Past the end of an axis without steps is its first place.
            return length >= 0 and (own.base == "" or number.offset == 1)
        return 1 <= number.offset <= length
    if at.base == "":
        # Before the first step nothing but its own statement gives a value; the caller may.
        return at.offset >= 1
    return at.base != "end" or at.offset <= 0
