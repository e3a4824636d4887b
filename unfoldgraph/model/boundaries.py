"""What is read off the edges: which boundaries the caller gives, which must be written, which nobody reads.

Of the places that are read off one edge all are written or none. Where an axis is asked how far it reaches, it
is taken to be longer than any delay; what `h(end-3)` meets before the first step of a short sequence is 0
unless it is given anyway.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from unfoldgraph.algebra.expression import Index
from unfoldgraph.algebra.notation import read_text
from unfoldgraph.base import boxes
from unfoldgraph.base.boxes import Box
from unfoldgraph.base.limits import OFFSET
from unfoldgraph.model.equations import FreeBoundary
from unfoldgraph.model.regions import INSIDE, LOWER, Sides, domains, first_places, read_off_edges, sides_of

if TYPE_CHECKING:
    from unfoldgraph.model.statement_order import Occurrences

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

    def __init__(self, occurrences: Occurrences, axes_of: Mapping[str, tuple[str, ...]], axes: Sequence[str]) -> None:
        self.occurrences = occurrences
        self.statements = occurrences.statements
        self.axes_of = axes_of
        self.lengths = dict.fromkeys(axes, _ENDLESS)
        self.domains = domains(self.statements, axes_of, self.lengths)

    @cached_property
    def read(self) -> dict[str, dict[Sides, list[Box]]]:
        """What is read off the edges, by name and side; these boxes may overlap."""
        return read_off_edges(self.statements, self.axes_of, self.lengths, self.domains)

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
        found = []
        for name in self.axes_of:
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
                    self._report_corner(name, missing, beside)
                elif given:
                    self._report_partial(name, missing, given[0])
                elif sides == (LOWER,):
                    found.append(FreeBoundary(name, argument_names(name)[0], tuple(missing)))
                if self.occurrences.findings.are_many:
                    return found
        return found

    def _beside(self, name: str, sides: Sides) -> list[list[tuple[int, Box]]]:
        """Return what is written on the edges that meet at a corner; of an edge, what is written on it."""
        edges = [
            tuple(side if position == own else INSIDE for position, side in enumerate(sides))
            for own in range(len(sides))
            if sides[own]
        ]
        return [self.written.get(name, {}).get(edge, []) for edge in edges]

    def _report_partial(self, name: str, missing: Sequence[Box], given: int) -> None:
        """Tell that one place off an edge is read and not given, while another is."""
        label = self._label(name, missing)
        other = self.statements[given]
        is_left_to_caller = sides_of(other) == (LOWER,)
        self.occurrences.findings.error(
            f"{label} is read and not given, while {read_text(name, other.index)} is",
            self.occurrences.left_spans[given],
            f"write {label} = … too, or leave all of them " + ("to the caller" if is_left_to_caller else "out: 0"),
        )

    def _report_corner(self, name: str, missing: Sequence[Box], beside: Sequence[Sequence[tuple[int, Box]]]) -> None:
        """Require each corner, no part of the edges beside it: where all of these are written it must be, too."""
        label = self._label(name, missing)
        numbers = [edge[0][0] for edge in beside]
        lines = " and ".join(read_text(name, self.statements[number].index) for number in numbers)
        self.occurrences.findings.error(
            f"{label} is read and not given, while {lines} are",
            self.occurrences.left_spans[numbers[-1]],
            f"a corner is a statement of its own: write {label} = …",
        )

    def _label(self, name: str, pieces: Sequence[Box]) -> str:
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
        return read_text(name, written)

    def warn_unread(self) -> None:
        """Warn of boundaries that nothing reads."""
        # With no steps, a read of the end falls before the first.
        to_end = {
            read.name for one in self.statements for read in one.reads if any(at.base == "end" for at in read.index)
        }
        for number, statement in enumerate(self.statements):
            if not statement.is_boundary:
                continue
            read = self.read.get(statement.name, {}).get(sides_of(statement), [])
            if statement.name not in to_end and not any(_meet(box, read) for box in self.domains[number]):
                self.occurrences.findings.warn(
                    f"{read_text(statement.name, statement.index)} is never read",
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


def _meet(box: Box, others: Sequence[Box]) -> bool:
    return any(not boxes.is_empty(boxes.intersect(box, other)) for other in others)
