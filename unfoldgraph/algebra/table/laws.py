"""The laws of operators: what a reading may do with an operation without knowing which one it is.

Of a reduction that is how its terms become one value: `a + b + c` for a sum, the greatest so far for an argmax.
A formula writes them out as expressions, which a `TermBuilder` makes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from unfoldgraph.algebra.table.exact_rules import ExactNumber


class Operand(NamedTuple):
    """One of the operands, by its position."""

    position: int


class Applied(NamedTuple):
    """An operator of one argument, by its name, applied to the operand at a position."""

    operator: str
    position: int


class Identity(NamedTuple):
    """What an operation is beside one constant, whatever its other operands are: `x + 0` is `x`, `1**x` is 1.

    Attributes
    ----------
    position, constant : where which constant stands.
    result : what the operation is then.
    """

    position: int
    constant: ExactNumber
    result: Operand | Applied | ExactNumber


def neutral(constant: ExactNumber) -> tuple[Identity, Identity]:
    """Return the laws of a constant beside which the other of two operands is the result, on either side.

    Examples
    --------
    >>> neutral(1)[0].result
    Operand(position=1)
    """
    return Identity(0, constant, Operand(1)), Identity(1, constant, Operand(0))


def absorbing(constant: ExactNumber) -> tuple[Identity, Identity]:
    """Return the laws of a constant that is the result itself, on either side."""
    return Identity(0, constant, constant), Identity(1, constant, constant)


class Undone(NamedTuple):
    """What gives one of two operands of an operation from its result and the other operand.

    Attributes
    ----------
    position : the operand that is given.
    operator : what is applied to the other operand and the result.
    result_first : whether the result is its first operand.
    """

    position: int
    operator: str
    result_first: bool = False


class EqualEntries(NamedTuple):
    """What an operator over all entries of a value is where these are all equal.

    Attributes
    ----------
    result : what it is of at least one entry, however many and whatever they are; `Operand(0)` is that entry.
    fixed : the entries of which it is that entry itself, however many there are.
    nothing : what it is of no entries; None where that is no number.
    repeated : the operator that takes how many entries there are, and the entry; "" for none.
    """

    result: Operand | ExactNumber | None = None
    fixed: tuple[ExactNumber, ...] = ()
    nothing: ExactNumber | None = None
    repeated: str = ""


class Entries(Enum):
    """Of which entries of its operands an entry of an operation is made, where it does not work entry by entry.

    Attributes
    ----------
    STACKED : of the operand that the first index counts, by the indices left.
    JOINED : of the operand that the index falls into, for they lie end to end.
    CROSSED : the product of one of each of two vectors.
    TURNED : the one with its indices in the other order.
    DIAGONAL : none, for it is 1 where both indices are the same, and 0 elsewhere.
    """

    STACKED = auto()
    JOINED = auto()
    CROSSED = auto()
    TURNED = auto()
    DIAGONAL = auto()


Together = tuple[int, ...] | None
"""The positions of operands that are taken together; None for all there are."""

IN_ALL: tuple[Together, ...] = (None,)
"""Linear in all operands at once, as a sum is."""
IN_EACH: tuple[Together, ...] = ((0,), (1,))
"""Linear in either of two operands while the other stays, as a product is."""


@dataclass(frozen=True, slots=True)
class Laws:
    """The laws of one operator.

    Attributes
    ----------
    linear_in : the operands in which it is linear at once, while the others stay.
    associative : whether brackets in a chain of it do not matter.
    truths : the operands of which no more counts than whether they are 0.
    gives_truth : whether it is 0 or 1 whatever it is of; an operand that is the result by an identity is so too.
    identities : what it is beside one constant.
    equal_entries : of what runs over all entries of a value, what it is where these are equal; None for all else.
    partial : whether of some finite operands it is no finite number.
    divides_by : the operand that it divides by, which is not to be 0, and no singular matrix; None for none.
    entries : of what its entries are made; None where it works entry by entry, and where nothing is known.
    fill : the number that all its entries are; None for all else.
    signs : of what adds up, the sign with which each operand counts.
    undone : what gives an operand from the result and the other one.
    logistic : whether it is 1 / (1 + exp(-a)), so that what it multiplies is divided by that sum.
    chooses : whether it is one of its operands, the least or the greatest: what is added to it is added to each.
    """

    linear_in: tuple[Together, ...] = ()
    associative: bool = False
    truths: tuple[int, ...] = ()
    gives_truth: bool = False
    identities: tuple[Identity, ...] = ()
    equal_entries: EqualEntries | None = None
    partial: bool = False
    divides_by: int | None = None
    entries: Entries | None = None
    fill: int | None = None
    signs: tuple[int, ...] = ()
    undone: tuple[Undone, ...] = ()
    logistic: bool = False
    chooses: bool = False

    def is_linear_in(self, positions: tuple[int, ...], count: int) -> bool:
        """Say whether it is linear in some of so many operands at once.

        Examples
        --------
        >>> Laws(linear_in=IN_ALL).is_linear_in((0, 1), 2), Laws(linear_in=IN_EACH).is_linear_in((0, 1), 2)
        (True, False)
        """
        return any(positions == (tuple(range(count)) if group is None else group) for group in self.linear_in)

    def is_linear_in_all(self, count: int) -> bool:
        """Say whether there is none of so many operands in which it is not linear.

        Examples
        --------
        >>> Laws(linear_in=IN_EACH).is_linear_in_all(2), Laws(linear_in=((0,),)).is_linear_in_all(2)
        (True, False)
        """
        found = {one for group in self.linear_in for one in (range(count) if group is None else group)}
        return len(found) == count


NO_LAWS = Laws()
"""Of an operator of which nothing is known."""


# How the terms of a reduction are joined ----------------------------------------------------------------

Joined = TypeVar("Joined")


class NumberedTerm(NamedTuple, Generic[Joined]):
    """A term with the number at which it stands in its range or on its axis.

    `condition` is a value that says whether it takes part, None where it does.
    """

    number: int
    term: Joined
    condition: Joined | None = None


class TermBuilder(Protocol[Joined]):
    """Makes the operations with which terms are joined."""

    def operation(self, operator: str, arguments: Sequence[Joined]) -> Joined:
        """Return an operator of the table, applied."""

    def constant(self, value: ExactNumber) -> Joined:
        """Return a number."""

    def first_number(self, terms: Sequence[NumberedTerm[Joined]]) -> Joined:
        """Return the number of the first term in the shape of the terms, which it has to take from nothing else."""


@dataclass(frozen=True, slots=True)
class Joining:
    """How the terms of a reduction are joined.

    Attributes
    ----------
    join : `join(writer, numbered terms)` of one term or more.
    nothing : what the reduction is over no terms; None where that is no number.
    operator : the operator of two arguments that joins one more term to others, from `nothing` on; "" where none does.
    is_average : whether `join` makes a sum that is divided by how many terms there are.
    total : of an average, the reduction that makes that sum; "" for all else.
    has_one_index : whether it makes sense over one index only, the number of which it gives.
    """

    join: Callable[[TermBuilder[Any], Sequence[NumberedTerm[Any]]], Any]
    nothing: ExactNumber | None = None
    operator: str = ""
    is_average: bool = False
    total: str = ""
    has_one_index: bool = False

    def written(self, writer: TermBuilder[Joined], terms: Sequence[NumberedTerm[Joined]]) -> Joined:
        """Return one term or more, joined."""
        if self.has_one_index:
            found: Joined = self.join(writer, terms)
            return found
        neutral = writer.constant(0 if self.nothing is None else self.nothing)
        taken = [
            NumberedTerm(at, term if condition is None else writer.operation("where", [condition, term, neutral]))
            for at, term, condition in terms
        ]
        joined: Joined = self.join(writer, taken)
        return writer.operation("div", [joined, _count(writer, terms)]) if self.is_average else joined


def _count(writer: TermBuilder[Joined], terms: Sequence[NumberedTerm[Joined]]) -> Joined:
    """Return how many terms take part."""
    some = [condition for _, _, condition in terms if condition is not None]
    found = writer.constant(len(terms) - len(some))
    for condition in some:
        one_or_none = writer.operation("where", [condition, writer.constant(1), writer.constant(0)])
        found = writer.operation("add", [found, one_or_none])
    return found


def chained(operator: str) -> Callable[[TermBuilder[Any], Sequence[NumberedTerm[Any]]], Any]:
    """Return what joins terms by an operator of two arguments, from the left."""

    def join(writer: TermBuilder[Any], terms: Sequence[NumberedTerm[Any]]) -> Any:
        joined = terms[0].term
        for _, term, _ in terms[1:]:
            joined = writer.operation(operator, [joined, term])
        return joined

    return join


def together(operator: str) -> Callable[[TermBuilder[Any], Sequence[NumberedTerm[Any]]], Any]:
    """Return what joins terms by an operator of any number of arguments; one term is itself."""
    return lambda writer, terms: (
        terms[0].term if len(terms) == 1 else writer.operation(operator, [one.term for one in terms])
    )


def gathered(writer: TermBuilder[Any], terms: Sequence[NumberedTerm[Any]]) -> Any:
    """Return the terms as entries of an array, in their order."""
    return writer.operation("stack", [one.term for one in terms])


def first_greatest(writer: TermBuilder[Any], terms: Sequence[NumberedTerm[Any]]) -> Any:
    """Return the first number at which the term is greatest: compare one after the other; NaN where none takes part.

    The terms are numbers: NaN compares with nothing, where NumPy takes it for the greatest.
    """
    found = writer.first_number(terms)
    _, greatest, any_before = terms[0]
    if any_before is not None:
        zero = writer.constant(0)
        found = writer.operation("where", [any_before, found, writer.operation("div", [zero, zero])])
        greatest = writer.operation("where", [any_before, greatest, writer.constant(-math.inf)])
    for at, term, condition in terms[1:]:
        takes = writer.operation("gt", [term, greatest])
        if any_before is not None:
            takes = writer.operation("or", [takes, writer.operation("not", [any_before])])
            any_before = None if condition is None else writer.operation("or", [any_before, condition])
        if condition is not None:
            takes = writer.operation("and", [condition, takes])
            term = writer.operation("where", [condition, term, writer.constant(-math.inf)])
        found = writer.operation("where", [takes, writer.constant(at), found])
        greatest = writer.operation("maximum", [greatest, term])
    return found
