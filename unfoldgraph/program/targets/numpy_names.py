"""What a NumPy function calls things, and what is known of an expression in it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from unfoldgraph.base.affine import Affine, is_index, whole
from unfoldgraph.program.ir import Bound, Whole, follows, is_natural
from unfoldgraph.program.names import Names, told_apart, written_name
from unfoldgraph.program.python_text.expressions import width
from unfoldgraph.program.python_text.nodes import OpenNumber, binary, call, constant, name, plus, unary
from unfoldgraph.program.python_text.words import Words

FRONT = ""
"""What stands for the places of a wavefront among leading dimensions: the index arrays of its axes share one."""


@dataclass(frozen=True, slots=True)
class Code:
    """An expression and what is known of its value.

    Attributes
    ----------
    indices : those of its leading dimensions, in order; `FRONT` for the places of a wavefront, and what an access
        leaves by its name in `remaining`.
    rank : of one value; None where it is unknown.
    is_truth : whether it is true or false, and not yet a number.
    number : the value of a constant.
    is_fresh : whether it is a new array, not a name or a view of another.
    is_full : whether it has the dimensions of the batch for certain.
    width : about how many characters it has.
    """

    tree: ast.expr
    indices: tuple[str, ...] = ()
    rank: int | None = 0
    is_truth: bool = False
    number: int | float | None = None
    is_fresh: bool = True
    is_full: bool = False
    width: int = 0

    @classmethod
    def of(cls, tree: ast.expr, **known: Any) -> Code:
        """Return an expression that is as wide as it is written."""
        return cls(tree, width=width(tree), **known)


@dataclass(slots=True)
class Scope:
    """Where a value is written.

    Attributes
    ----------
    body : takes the statements that give parts a name.
    ranges : the indices that are computed all at once, each a leading dimension: their first and last number.
    arrays : the indices of a wavefront, each an array of all its places; all others are a number here.
    numbers : the indices and lengths whose number is known.
    known : values that have a name here, by their identity.
    uses : how often each value is used, where that is counted over several statements.
    opened : in what is written out, the indices whose number only a turn tells.
    loops : how many loops there are around.
    facts : sums that are 0 or more in the loops around.
    in_terms : whether it is inside a reduction whose terms are computed one by one.
    lines : on a wavefront that is a line, the flat array and the slice of it for each array and its places; without
        a slice it is the same for all of them.
    """

    body: list[ast.stmt]
    ranges: Mapping[str, tuple[Whole, Whole]] = field(default_factory=dict)
    arrays: frozenset[str] = frozenset()
    numbers: Mapping[str, int] = field(default_factory=dict)
    known: dict[int, Code] = field(default_factory=dict)
    uses: Mapping[int, int] = field(default_factory=dict)
    opened: frozenset[str] = frozenset()
    loops: int = 0
    facts: tuple[Affine, ...] = ()
    in_terms: bool = False
    lines: Mapping[tuple[object, ...], tuple[ast.expr, ast.expr | None]] = field(default_factory=dict)

    def is_natural(self, count: Affine) -> bool:
        """Say whether a number is 0 or more for certain."""
        return follows(count, self.facts)

    def is_told(self, count: Affine, own: str) -> bool:
        """Say whether a number is 0 or more by what is known of other indices than one, or is no index at all."""
        facts = [fact for fact in self.facts if not fact.factor(own)]
        return any(is_natural(count - fact) and not (count - fact).terms for fact in [*facts, whole(0)])


@dataclass(slots=True)
class Called:
    """What a function calls the things of its kernel.

    Attributes
    ----------
    names : gives identifiers, no two alike.
    buffers : by the names of arguments, results and functions; what is only inside gets its own when it is made.
    sizes : sizes and lengths, by their names in sums; those that are known are numbers of a scope.
    indices : by the names of indices; those that have none yet get one.
    axes : the indices of the axes, in the order written.
    opened : the numbers so far that only turns tell, each with the sum that it is.
    words : what the function calls its own names, and those outside.
    """

    names: Names
    buffers: dict[str, str]
    sizes: Mapping[str, str]
    indices: dict[str, str]
    words: Words
    axes: tuple[str, ...]
    opened: list[tuple[OpenNumber, Affine]] = field(default_factory=list)

    def buffer(self, own: str) -> ast.expr:
        """Return a buffer; what is only inside by what its name is written like, or with a number."""
        if own not in self.buffers:
            self.buffers[own] = self.names.claim_numbered(written_name(own))
        return name(self.buffers[own])

    def index(self, own: str) -> ast.expr:
        """Return an index, likewise."""
        if own not in self.indices:
            self.indices[own] = self.names.claim_numbered(written_name(own))
        return name(self.indices[own])

    def new(self, hint: str) -> ast.expr:
        """Return a name that nothing has."""
        return name(self.names.claim_numbered(hint))

    def whole(self, at: Whole, scope: Scope) -> ast.expr:
        """Return a whole number where each index is a number, or an array of a wavefront."""
        if isinstance(at, Bound):
            found = [self._divided(part, at, scope) for part in at.parts]
            return call(self.words[at.of], *found) if len(found) > 1 else found[0]
        at = known_part(at, scope)
        if any(own in scope.opened for own, _ in at.terms):
            # What sizes tell, and indices of what is no turn, is told by these in every turn.
            told = Affine(tuple(term for term in at.terms if term[0] not in scope.opened))
            opened = self._open(at - told)
            if not told.terms:
                return opened
            is_less = all(factor < 0 for _, factor in told.terms)
            more = self.whole(told.times(-1) if is_less else told, Scope([]))
            return binary("-" if is_less else "+", opened, more)
        # The indices stand first, and what is subtracted last.
        terms = sorted(at.terms, key=lambda term: (term[1] < 0, not is_index(term[0])))
        rest = at.constant
        tree: ast.expr | None = None
        if terms and terms[0][1] < 0 < rest:
            tree, rest = constant(rest), 0
        for own, factor in terms:
            term = self.index(own) if is_index(own) else name(self.sizes[own])
            if tree is None:
                tree = term if factor == 1 else binary("*", constant(factor), term)
                tree = unary("-", term) if factor == -1 else tree
            else:
                term = term if abs(factor) == 1 else binary("*", constant(abs(factor)), term)
                tree = binary("+" if factor > 0 else "-", tree, term)
        return constant(rest) if tree is None else plus(tree, rest)

    def more(self, tree: ast.expr, by: int | Affine) -> ast.expr:
        """Return a number with another added."""
        if isinstance(by, int) or not by.terms:
            return plus(tree, by if isinstance(by, int) else by.constant)
        return plus(binary("+", tree, self.whole(by - by.constant, Scope([]))), by.constant)

    def _open(self, at: Affine) -> ast.expr:
        """Return a number that a turn tells."""
        number = OpenNumber()
        self.opened.append((number, at))
        return number

    def _divided(self, part: Affine, bound: Bound, scope: Scope) -> ast.expr:
        tree = self.whole(part, scope)
        if bound.divisor == 1:
            return tree
        divisor = constant(bound.divisor)
        if bound.rounded == "floor":
            return binary("//", tree, divisor)
        return unary("-", binary("//", unary("-", tree), divisor))


def known_part(at: Affine, scope: Scope) -> Affine:
    """Return a sum with the numbers of what is known in it."""
    known = {own: whole(scope.numbers[own]) for own, _ in at.terms if own in scope.numbers}
    return at.at(known) if known else at


def remaining(dim: str) -> str:
    """Return what stands for a dimension that an access leaves, among the indices of leading dimensions."""
    return told_apart(dim, "remaining")


def is_remaining(own: str) -> bool:
    """Say whether what stands among the indices of leading dimensions is a dimension that an access leaves.

    >>> is_remaining(remaining("t")), is_remaining("t")
    (True, False)
    """
    return own == remaining(written_name(own))
