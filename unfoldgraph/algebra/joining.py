"""How the terms of a reduction become one value: `a + b + c` for a sum, the greatest so far for an argmax.

Constant ranges are written out as terms of a source, axes as expressions of a formula; a `TermBuilder` makes either.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from unfoldgraph.algebra.exact_rules import ExactNumber

Joined = TypeVar("Joined")

NumberedTerm = tuple[int, Joined]
"""A term with the number at which it stands in its range or on its axis."""


class TermBuilder(Protocol[Joined]):
    """Makes the operations with which terms are joined."""

    def operation(self, operator: str, arguments: Sequence[Joined]) -> Joined:
        """Return an operator of the table, applied."""

    def integer(self, value: int) -> Joined:
        """Return a whole number."""

    def first_number(self, terms: Sequence[NumberedTerm[Joined]]) -> Joined:
        """Return the number of the first term in the shape of the terms, which it has to take from nothing else."""


@dataclass(frozen=True, slots=True)
class Joining:
    """How the terms of a reduction are joined.

    Attributes
    ----------
    join : `join(writer, numbered terms)` of one term or more.
    nothing : what the reduction is over no terms; None where that is no number.
    is_average : whether `join` makes a sum that is divided by how many terms there are.
    has_one_index : whether it makes sense over one index only, the number of which it gives.
    """

    join: Callable[[TermBuilder[Any], Sequence[NumberedTerm[Any]]], Any]
    nothing: ExactNumber | None = None
    is_average: bool = False
    has_one_index: bool = False

    def written(self, writer: TermBuilder[Joined], terms: Sequence[NumberedTerm[Joined]]) -> Joined:
        """Return one term or more, joined."""
        joined: Joined = self.join(writer, terms)
        return writer.operation("div", [joined, writer.integer(len(terms))]) if self.is_average else joined


def chained(operator: str) -> Callable[[TermBuilder[Any], Sequence[NumberedTerm[Any]]], Any]:
    """Return what joins terms by an operator of two arguments, from the left."""

    def join(writer: TermBuilder[Any], terms: Sequence[NumberedTerm[Any]]) -> Any:
        joined = terms[0][1]
        for _, term in terms[1:]:
            joined = writer.operation(operator, [joined, term])
        return joined

    return join


def together(operator: str) -> Callable[[TermBuilder[Any], Sequence[NumberedTerm[Any]]], Any]:
    """Return what joins terms by an operator of any number of arguments; one term is itself."""
    return lambda writer, terms: (
        terms[0][1] if len(terms) == 1 else writer.operation(operator, [term for _, term in terms])
    )


def first_greatest(writer: TermBuilder[Any], terms: Sequence[NumberedTerm[Any]]) -> Any:
    """Return the first number at which the term is greatest: compare one after the other."""
    found = writer.first_number(terms)
    greatest = terms[0][1]
    for at, term in terms[1:]:
        greater = writer.operation("gt", [term, greatest])
        found = writer.operation("where", [greater, writer.integer(at), found])
        greatest = writer.operation("maximum", [greatest, term])
    return found
