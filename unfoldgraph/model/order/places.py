"""Which places statements give and read where the lengths of axes and the sizes of values are numbers: one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from unfoldgraph.base.affine import Affine, is_index, length_name, size_name, whole
from unfoldgraph.base.boxes import Place
from unfoldgraph.base.whole_solutions import WholeSolutions
from unfoldgraph.model.equations import Read, Statement
from unfoldgraph.model.index_arithmetic import holds
from unfoldgraph.model.order.dependence import Domains
from unfoldgraph.model.regions import lengths_asked


class PlacesAt:
    """The places of statements where lengths and sizes are numbers.

    Parameters
    ----------
    lengths : of every axis.
    sizes : by their names.
    """

    def __init__(self, domains: Domains, lengths: Mapping[str, int], sizes: Mapping[str, int]) -> None:
        self.domains = domains
        self.lengths = lengths
        self.numbers = {length_name(axis): number for axis, number in lengths.items()}
        self.numbers |= {size_name(name): number for name, number in sizes.items()}
        self._numbers = {name: whole(number) for name, number in self.numbers.items()}
        self._given: dict[int, tuple[list[Affine], WholeSolutions]] = {}
        self._read: dict[tuple[int, Read], tuple[list[Affine], WholeSolutions]] = {}

    def given(self, number: int) -> Iterator[Place]:
        """Yield the places of the left side of a statement, those that others give included."""
        sums, solutions = self._left_side(number)
        for found in solutions.at(self.numbers):
            yield tuple(one.number(found) for one in sums)

    def gives(self, number: int, place: Place) -> bool:
        """Say whether it is a statement that gives a place of its signal."""
        holder = min(
            (one for one in self.domains.named(self.domains.statements[number].name) if self._covers(one, place)),
            key=self.domains.precedence,
            default=None,
        )
        return holder == number

    def _covers(self, number: int, place: Place) -> bool:
        statement = self.domains.statements[number]
        own = {at.base: its for at, its in zip(statement.index, place, strict=True) if at.moves}
        sums, solutions = self._left_side(number)
        numbers = {**self.numbers, **own}
        return all(one.number(numbers) == its for one, its in zip(sums, place, strict=True)) and solutions.holds(
            numbers
        )

    def read(self, number: int, place: Place, read: Read) -> Iterator[Place]:
        """Yield the places that a read falls on at one of its statement; none of those that are any place."""
        statement = self.domains.statements[number]
        own = {at.base: its for at, its in zip(statement.index, place, strict=True) if at.moves}
        sums, solutions = self._reads(number, read)
        if solutions.is_bounded:
            for found in solutions.at(self.numbers | own):
                if all(holds(one, found) for one in read.when):
                    yield tuple(one.number(found) for one in sums)

    def too_short(self) -> dict[str, int]:
        """Return the axes that are shorter than what is read on them by a number, and how long they are to be."""
        found: dict[str, int] = {}
        for asked in lengths_asked(self.domains.statements, self.domains.axes_of, self.domains.length_of):
            if asked.is_too_short(self.lengths) and (asked.statement.is_equation or self._is_there(asked.statement)):
                found[asked.axis] = max(asked.place, found.get(asked.axis, 0))
        return found

    def _is_there(self, statement: Statement) -> bool:
        number = next(at for at, one in enumerate(self.domains.statements) if one is statement)
        return any(self.gives(number, place) for place in self.given(number))

    def _left_side(self, number: int) -> tuple[list[Affine], WholeSolutions]:
        """Return the place of a statement as sums of its indices, and what these may be."""
        if number not in self._given:
            statement = self.domains.statements[number]
            axes = self.domains.axes_of[statement.name]
            place, _ = self.domains.instance(number)
            # It is there at lengths too that are short for what it reads: then these are refused.
            rows = self._known([*self.domains.unknowns.of_statement(statement, axes)])
            self._given[number] = self._known(place), WholeSolutions(rows, statement.axes)
        return self._given[number]

    def _reads(self, number: int, read: Read) -> tuple[list[Affine], WholeSolutions]:
        """Return the place of a read as sums of indices, and what those that it binds may be."""
        if (number, read) not in self._read:
            place, rows = self.domains.read(read)
            self._read[number, read] = (
                self._known(place),
                WholeSolutions(self._known(rows), bound(self.domains, number, read)),
            )
        return self._read[number, read]

    def _known(self, forms: Sequence[Affine]) -> list[Affine]:
        return [form.at(self._numbers) for form in forms]


def is_told(domains: Domains, number: int, read: Read) -> bool:
    """Say whether a read takes finitely many places, all of which follow from lengths, sizes and indices."""
    return WholeSolutions(domains.read(read)[1], bound(domains, number, read)).is_bounded


def bound(domains: Domains, number: int, read: Read) -> list[str]:
    """Return the indices that a read binds."""
    place, rows = domains.read(read)
    own = {*domains.statements[number].axes}
    names = dict.fromkeys(name for form in (*place, *rows) for name, _ in form.terms)
    return [name for name in names if is_index(name) and name not in own]
