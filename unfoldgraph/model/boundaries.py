"""What is read off the edges: which boundaries the caller gives, which must be written, which nobody reads.

Of the places that are read off one edge all are written or none. Where an axis is asked how far it reaches, it
is taken to be longer than any delay; what `h(end-3)` meets before the first step of a short sequence is 0
unless it is given anyway.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from unfoldgraph.algebra.expression import BY_VALUE, Index
from unfoldgraph.algebra.notation import range_text, read_text, shown
from unfoldgraph.base import boxes
from unfoldgraph.base.affine import is_size
from unfoldgraph.base.boxes import Box
from unfoldgraph.base.limits import OFFSET
from unfoldgraph.model.equations import FreeBoundary, Read
from unfoldgraph.model.missing_places import Depth, EdgesOfName, ReadPlaces
from unfoldgraph.model.order.dependence import Domains
from unfoldgraph.model.regions import INSIDE, LOWER, Sides, domains, first_places, read_off_edges, sides_of

if TYPE_CHECKING:
    from unfoldgraph.model.order.statement_order import Occurrences

#: The length of every axis: more than any delay.
_ENDLESS = 2 * OFFSET


def argument_names(name: str) -> list[str]:
    """Return what the caller may know the boundary of a name by, the first that is not taken.

    >>> argument_names("h"), argument_names("h_1")
    (['h0'], ['h_10', 'h_1_0'])
    """
    # Beside a name that ends in a digit the next ones are counted: h_10 stands beside h_1.
    return [f"{name}0", f"{name}_0"] if name[-1].isdigit() else [f"{name}0"]


class Boundaries:
    """The edges of a circuit, and what lies beyond them."""

    def __init__(
        self, occurrences: Occurrences, axes_of: Mapping[str, tuple[str, ...]], length_of: Mapping[str, str]
    ) -> None:
        self.occurrences = occurrences
        self.statements = occurrences.statements
        self.axes_of = axes_of
        self.lengths = dict.fromkeys(length_of, _ENDLESS)
        self.domains = domains(self.statements, axes_of, self.lengths)
        known = Domains(self.statements, axes_of, length_of)
        #: Names of which ranges, conditions or sums say what is read.
        self.by_sums = {name: EdgesOfName(name, axes_of[name], known) for name in self._names_by_sums()}

    def _names_by_sums(self) -> Iterator[str]:
        found = {one.name for one in self.statements if one.ranges}
        for one in self.statements:
            found.update(read.name for read in one.reads if one.ranges or not read.is_plain)
        return (name for name in self.axes_of if name in found)

    @cached_property
    def read(self) -> dict[str, dict[Sides, list[Box]]]:
        """What is read off the edges, by name and side, but for names by sums; these boxes may overlap."""
        plain = [
            replace(one, reads=tuple(read for read in one.reads if read.name not in self.by_sums))
            for one in self.statements
        ]
        return read_off_edges(plain, self.axes_of, self.lengths, self.domains)

    @cached_property
    def written(self) -> dict[str, dict[Sides, list[tuple[int, Box]]]]:
        """What boundaries give, each with the number of its statement."""
        found: dict[str, dict[Sides, list[tuple[int, Box]]]] = {}
        for number, statement in enumerate(self.statements):
            if statement.is_boundary:
                for box in self.domains[number]:
                    found.setdefault(statement.name, {}).setdefault(sides_of(statement), []).append((number, box))
        return found

    def free(self) -> list[FreeBoundary]:
        """Return what is left to the caller; what is given in part is an error."""
        found: list[FreeBoundary] = []
        for name in self.axes_of:
            if name in self.by_sums:
                found += self._free_by_sums(self.by_sums[name])
            for sides, read in self.read.get(name, {}).items():
                written = self.written.get(name, {}).get(sides, [])
                beside = self._beside(name, sides)
                is_corner = len(beside) > 1
                # Most sides are 0 as nobody writes them, and need no more work.
                if not (all(beside) if is_corner else written or sides == (LOWER,)):
                    continue
                missing = boxes.without(boxes.union(read), [box for _, box in written])
                if not missing:
                    continue
                given = [number for number, box in written if _meet(box, read)]
                if is_corner:
                    self._report_corner(name, self._nearest(name, missing), beside)
                elif given:
                    self._report_partial(name, self._nearest(name, missing), given[0])
                elif sides == (LOWER,):
                    found.append(FreeBoundary(name, argument_names(name)[0], tuple(missing)))
                if self.occurrences.findings.are_many:
                    return found
        return found

    # Where ranges, conditions or sums say what is read ------------------------------------------------

    def _free_by_sums(self, edges: EdgesOfName) -> Iterator[FreeBoundary]:
        """Yield what is left to the caller of one name, and note what is given in part, or lies outside ranges."""
        name = edges.name
        if edges.begins_later:
            self._warn_outside(edges)
            return
        for sides in edges.sides():
            written = [number for number, one in edges.statements if one.is_boundary and sides_of(one) == sides]
            beside = self._beside(name, sides)
            is_corner = len(beside) > 1
            if not (all(beside) if is_corner else written or sides == (LOWER,)):
                continue
            reads = [read for read in edges.reads if _asks_for_boundary(read.read)]
            missing = [piece for read in reads for piece in edges.missing(read, sides)]
            if not missing:
                continue
            if is_corner:
                self._report_corner(name, missing[0].written_index(edges.axes), beside)
            elif any(edges.is_read(self.statements[number]) for number in written):
                self._report_partial(name, missing[0].written_index(edges.axes), written[0])
            elif sides == (LOWER,):
                yield from self._depth(edges, missing)
            if self.occurrences.findings.are_many:
                return

    def _depth(self, edges: EdgesOfName, missing: Sequence[ReadPlaces]) -> Iterator[FreeBoundary]:
        """Yield what the caller gives of one name, as far as it is read; note where that grows with the length."""
        depth = Depth(missing)
        if not depth.grows:
            boundary = FreeBoundary(edges.name, argument_names(edges.name)[0], tuple(boxes.union(depth.boxes)))
            yield replace(boundary, boxes=(), firsts=tuple(dict.fromkeys(depth.firsts))) if depth.firsts else boundary
            return
        read = next(one for one in missing if Depth([one]).grows)
        (axis,) = edges.axes
        label = read_text(edges.name, [Index(axis)])
        self.occurrences.findings.error(
            f"{read.read.written} is read farther before the first step the longer the sequence is",
            self.occurrences.read_spans[read.number].get(read.read),
            f"write what is there, as in {label} = 0 for {shown(axis)} in 1-end..0, or end the range where it begins",
        )

    def _warn_outside(self, edges: EdgesOfName) -> None:
        """Warn of a place that the equation of a name reads, and that lies outside the ranges of the name."""
        for read in edges.reads:
            if self.statements[read.number].name != edges.name or not _asks_for_boundary(read.read):
                continue
            # Off an edge of an axis that no range says anything of is no place outside a range.
            ranged = {one.name for _, statement in edges.statements for one in statement.ranges}
            all_sides = ((INSIDE,) * len(edges.axes), *edges.sides())
            missing = [
                piece
                for sides in all_sides
                if not any(side and axis not in ranged for side, axis in zip(sides, edges.axes, strict=True))
                for piece in edges.missing(read, sides)
            ]
            if missing:
                label = read_text(edges.name, missing[0].written_index(edges.axes))
                statement = next(one for _, one in edges.statements if one.is_equation and one.ranges)
                ranges = ", ".join(map(range_text, statement.ranges))
                self.occurrences.findings.warn(
                    f"{label} is read and lies outside {ranges}: it is 0",
                    self.occurrences.read_spans[read.number].get(read.read),
                    f"write {label} = …",
                )
                return

    def _beside(self, name: str, sides: Sides) -> list[list[tuple[int, Box]]]:
        """Return what is written on the edges that meet at a corner; of an edge, what is written on it."""
        edges = [
            tuple(side if position == own else INSIDE for position, side in enumerate(sides))
            for own in range(len(sides))
            if sides[own]
        ]
        return [self.written.get(name, {}).get(edge, []) for edge in edges]

    def _report_partial(self, name: str, missing: Sequence[Index], given: int) -> None:
        """Tell that one place off an edge is read and not given, while another is."""
        label = read_text(name, missing)
        other = self.statements[given]
        is_left_to_caller = sides_of(other) == (LOWER,)
        self.occurrences.findings.error(
            f"{label} is read and not given, while {read_text(name, other.index)} is",
            self.occurrences.left_spans[given],
            f"write {label} = … too, or leave all of them " + ("to the caller" if is_left_to_caller else "out: 0"),
        )

    def _report_corner(self, name: str, missing: Sequence[Index], beside: Sequence[Sequence[tuple[int, Box]]]) -> None:
        """Require each corner, no part of the edges beside it: where all of these are written it must be, too."""
        label = read_text(name, missing)
        numbers = [edge[0][0] for edge in beside]
        lines = " and ".join(read_text(name, self.statements[number].index) for number in numbers)
        self.occurrences.findings.error(
            f"{label} is read and not given, while {lines} are",
            self.occurrences.left_spans[numbers[-1]],
            f"a corner is a statement of its own: write {label} = …",
        )

    def _nearest(self, name: str, pieces: Sequence[Box]) -> list[Index]:
        """Return the place of some boxes that is nearest to the edge, as it would be written: `c(0, j)`."""
        written = []
        for (first, last), near, axis in zip(pieces[0], first_places(pieces), self.axes_of[name], strict=True):
            if near > OFFSET:
                # No index that is written is so large: it is counted from the end.
                written.append(Index("end", near - _ENDLESS))
            elif last < 1 or first == last:
                written.append(Index("", near))
            else:
                written.append(Index(axis))
        return written

    def warn_unread(self) -> None:
        """Warn of boundaries that nothing reads."""
        # With no steps, a read of the end falls before the first.
        to_end = {
            read.name for one in self.statements for read in one.reads if any(at.base == "end" for at in read.index)
        }
        for number, statement in enumerate(self.statements):
            if not statement.is_boundary:
                continue
            if statement.name in self.by_sums and self.by_sums[statement.name].is_read(statement):
                continue
            read = self.read.get(statement.name, {}).get(sides_of(statement), [])
            if statement.name not in to_end and not any(_meet(box, read) for box in self.domains[number]):
                self.occurrences.findings.warn(
                    f"{statement.label} is never read",
                    self.occurrences.left_spans[number],
                    self._read_instead(statement.name, read) if sides_of(statement) == (LOWER,) else None,
                )

    def _read_instead(self, name: str, read: Sequence[Box]) -> str | None:
        """Return which places before the first step are read; None where none is."""
        if not read:
            return None
        first, last = (read_text(name, [Index("", at)]) for at in (min(box[0][0] for box in read), 0))
        if first == last:
            return f"axes start at 1: the value before the first step is {last}"
        return f"axes start at 1: the values before the first step are {first} to {last}"


def _asks_for_boundary(read: Read) -> bool:
    """Say whether what a read falls on off an edge is the caller's: of an axis plus or minus what ranges bind.

    Any other place touches only what is there anyway, one that is computed also where an alternative of it is plain, as
    that of `max(1, d(t))` which is 1.
    """
    if read.node is not None and any(at.base == BY_VALUE for at in read.node.data[1]):
        return False
    bound = {one.name: one for one in read.within}
    for at in read.index:
        terms = [] if at.form is None else at.form.terms
        if any(abs(factor) != 1 or (name in bound and not bound[name].ends) for name, factor in terms):
            return False
        if [factor for name, factor in terms if name not in bound and not is_size(name)] not in ([], [1]):
            return False
    return True


def _meet(box: Box, others: Sequence[Box]) -> bool:
    return any(not boxes.is_empty(boxes.intersect(box, other)) for other in others)
