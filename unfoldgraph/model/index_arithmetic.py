"""The arithmetic of indices: what is known of whole numbers that indices, lengths and sizes tell.

A sum of multiples is known exactly. Of `floor(n/2)`, `t % 3`, `min(i, j)` and of comparisons inequalities are known:
each is one of several pieces, and a piece is a sum under some inequalities. Order, edges and boundaries go by these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from fractions import Fraction
from itertools import product
from math import prod
from typing import NamedTuple

from unfoldgraph.algebra.expression import Expr, Tree, fold, number, postorder
from unfoldgraph.algebra.operators import OPERATORS, is_reduction
from unfoldgraph.base.affine import Affine, end_here, index, length, length_name, size, size_name, whole

Inequalities = tuple[Affine, ...]
"""Sums that are all at least 0."""

#: So many pieces are told apart; of what has more, nothing is known.
_PIECES = 64


def sum_of(root: Tree) -> Affine | None:
    """Return a value as a sum of multiples of indices, lengths and sizes; None where it is none.

    >>> from unfoldgraph.algebra.expression import Expr, number
    >>> sum_of(Expr("mul", (number(2), Expr("axis", (), ("t", False)))))
    Affine(terms=(('t', 2),), constant=0)
    """
    # What is no sum is not looked into: what is computed in one another would be walked each time.
    nodes = list(postorder([root], stop=lambda node: node.operator not in SUMS))
    numbers: dict[int, int | None] = {}
    for node in nodes:
        if node.operator not in SUMS and _leaf_sum(node) is None:
            return None
        numbers[id(node)] = _whole_number(node, numbers)
    # From the root down, since a sum of many names that is added up from its parts would copy each of these sums.
    factors = {id(root): 1}
    terms: dict[str, int] = {}
    constant = 0
    for node in reversed(nodes):
        factor = factors[id(node)]
        if node.operator not in SUMS:
            form = _leaf_sum(node) or whole(0)
            constant += factor * form.constant
            for name, own in form.terms:
                terms[name] = terms.get(name, 0) + factor * own
            continue
        shares = _shares(node, numbers)
        if shares is None:
            return None
        for argument, own in zip(node.arguments, shares, strict=True):
            factors[id(argument)] = factors.get(id(argument), 0) + factor * own
    return Affine(tuple(sorted((name, factor) for name, factor in terms.items() if factor)), constant)


SUMS = frozenset({"add", "sub", "neg", "mul"})
"""What makes a sum of multiples of sums of multiples."""


def _leaf_sum(node: Tree) -> Affine | None:
    """Return a number, an index, a length or a size as a sum; None for all else."""
    match node.operator:
        case "number":
            return whole(node.data) if isinstance(node.data, int) else None
        case "axis":
            return index(node.data[0])
        case "length":
            return length(node.data) if node.data else end_here()
        case "size":
            return size(node.data)
    return None


def _whole_number(node: Tree, numbers: Mapping[int, int | None]) -> int | None:
    """Return the number that a part of a sum is made of numbers alone; None where names are in it."""
    if node.operator == "number":
        return int(node.data)
    parts = [numbers[id(argument)] for argument in node.arguments]
    match node.operator, parts:
        case "add", [int(one), int(other)]:
            return one + other
        case "sub", [int(one), int(other)]:
            return one - other
        case "neg", [int(one)]:
            return -one
        case "mul", [int(one), int(other)]:
            return one * other
    return None


def _shares(node: Tree, numbers: Mapping[int, int | None]) -> tuple[int, ...] | None:
    """Return how often each argument of a sum or a multiple counts; None for a product of names.

    Of a product of two numbers the first one counts.
    """
    match node.operator:
        case "add":
            return 1, 1
        case "sub":
            return 1, -1
        case "neg":
            return (-1,)
    left, right = (numbers[id(argument)] for argument in node.arguments)
    if right is not None:
        return right, 0
    return None if left is None else (0, left)


class Quotient(NamedTuple):
    """A sum divided by a whole number from 1, where some sums are at least 0."""

    sum: Affine
    divisor: int
    where: Inequalities


def quotients(root: Tree, fresh: Callable[[], Affine]) -> list[Quotient]:
    """Return a value as one of several quotients of sums.

    Of a part that is no sum nothing is known: it is a new index, which stands for any whole number. That is so of
    values read and of parameters; where such a value is no whole number, neither is what is made of it.

    Parameters
    ----------
    fresh : makes an index that nothing else has, which stands for a whole number.

    Examples
    --------
    >>> from unfoldgraph.algebra.expression import Expr, number
    >>> half = Expr("floor", (Expr("div", (Expr("axis", (), ("n", False)), number(2))),))
    >>> [(one.sum, len(one.where)) for one in quotients(half, lambda: index("q"))]
    [(Affine(terms=(('q', 1),), constant=0), 2)]
    >>> delay = Expr("maximum", (number(1), Expr("parameter", (), "d")))
    >>> [(one.sum, len(one.where)) for one in quotients(delay, lambda: index("d"))]
    [(Affine(terms=(), constant=1), 0), (Affine(terms=(('d', 1),), constant=0), 1)]
    """
    unknown: set[str] = set()

    def anything() -> Affine:
        made = fresh()
        unknown.update(name for name, _ in made.terms)
        return made

    def kept(piece: Quotient, operator: str) -> Quotient:
        """Return what is known of a piece: of an unknown value only by itself, plus or minus whole numbers."""
        names = [name for name, _ in piece.sum.terms if name in unknown]
        bounded = any(row.factor(name) for row in piece.where for name in names)
        is_one = len(names) == 1 and abs(piece.sum.factor(names[0])) == 1 and piece.divisor == 1
        if not names or (is_one and not (operator in ("floor", "ceil") and bounded)):
            return piece
        return Quotient(anything(), 1, tuple(row for row in piece.where if not _has(row, unknown)))

    found: dict[int, list[Quotient]] = {}
    for node in postorder([root]):
        parts = [found[id(argument)] for argument in node.arguments]
        pieces = _quotients(node, parts, fresh, unknown)
        if pieces is None or len(pieces) > _PIECES:
            pieces = [Quotient(anything(), 1, ())]
        found[id(node)] = [kept(piece, node.operator) for piece in pieces]
    # What is compared with an unknown value and is none itself may be there or not.
    return [
        one._replace(where=tuple(row for row in one.where if not _has(row, unknown - {n for n, _ in one.sum.terms})))
        for one in found[id(root)]
    ]


def _has(row: Affine, names: Set[str]) -> bool:
    return any(name in names for name, _ in row.terms)


def _quotients(
    node: Tree, parts: Sequence[list[Quotient]], fresh: Callable[[], Affine], unknown: set[str]
) -> list[Quotient] | None:
    """Return what a node is, where its arguments are these; None where nothing is known."""
    if node.operator == "number" and isinstance(node.data, Fraction):
        return [Quotient(whole(node.data.numerator), node.data.denominator, ())]
    if not node.arguments:
        plain = _leaf_sum(node)
        return None if plain is None else [Quotient(plain, 1, ())]
    if node.operator == "where":
        # What a condition is made of is no quotient itself.
        condition = node.arguments[0]
        return [
            one._replace(where=(*one.where, *rows))
            for truth, pieces in ((True, parts[1]), (False, parts[2]))
            for rows in inequalities(condition, truth)
            for one in pieces
        ]
    if prod(map(len, parts)) > _PIECES:
        return None
    made: list[Quotient] = []
    for chosen in product(*parts):
        results = _combined(node.operator, chosen, fresh, unknown)
        if results is None:
            return None
        where = tuple(row for one in chosen for row in one.where)
        made += [one._replace(where=(*where, *one.where)) for one in results]
    return made


def _combined(
    operator: str, parts: Sequence[Quotient], fresh: Callable[[], Affine], unknown: set[str]
) -> list[Quotient] | None:
    """Return an operation on quotients; what holds of these is added by the caller."""
    match operator, parts:
        case "neg", [one]:
            return [Quotient(one.sum.times(-1), one.divisor, ())]
        case "add" | "sub", [one, other]:
            sign = 1 if operator == "add" else -1
            together = one.sum.times(other.divisor) + other.sum.times(sign * one.divisor)
            return [Quotient(together, one.divisor * other.divisor, ())]
        case "mul", [one, other] if not one.sum.terms or not other.sum.terms:
            number, value = (one, other) if not one.sum.terms else (other, one)
            return [Quotient(value.sum.times(number.sum.constant), one.divisor * other.divisor, ())]
        case "div", [one, other] if not other.sum.terms and other.sum.constant:
            by = other.sum.constant
            sign = 1 if by > 0 else -1
            return [Quotient(one.sum.times(sign * other.divisor), one.divisor * abs(by), ())]
        case "floor", [one]:
            return [_floor(one, fresh)]
        case "ceil", [one]:
            below = _floor(one._replace(sum=one.sum.times(-1)), fresh)
            return [below._replace(sum=below.sum.times(-1))]
        case "mod", [one, other] if (
            not other.sum.terms and other.divisor == 1 == one.divisor and other.sum.constant > 0
        ):
            if _has(one.sum, unknown):
                rest = fresh()
                unknown.update(name for name, _ in rest.terms)
                return [Quotient(rest, 1, (rest, rest.times(-1) + (other.sum.constant - 1)))]
            rounds = _floor(Quotient(one.sum, other.sum.constant, ()), fresh)
            return [Quotient(one.sum - rounds.sum.times(other.sum.constant), 1, rounds.where)]
        case "clip", [one, low, high]:
            return [
                piece._replace(where=(*raised.where, *piece.where))
                for raised in _combined("maximum", (one, low), fresh, unknown) or ()
                for piece in _combined("minimum", (raised, high), fresh, unknown) or ()
            ]
        case "minimum" | "maximum", _:
            sign = 1 if operator == "maximum" else -1
            return [
                Quotient(
                    one.sum,
                    one.divisor,
                    tuple(
                        # Of those that are equal the first is taken.
                        _difference(one, other, sign) + (-1 if before else 0)
                        for at, other in enumerate(parts)
                        if at != number
                        for before in (at < number,)
                    ),
                )
                for number, one in enumerate(parts)
            ]
    return None


def _difference(one: Quotient, other: Quotient, sign: int) -> Affine:
    """Return something that has the sign of the difference, and is a whole number."""
    return (one.sum.times(other.divisor) - other.sum.times(one.divisor)).times(sign)


def _floor(one: Quotient, fresh: Callable[[], Affine]) -> Quotient:
    """Return the greatest whole number that is not above a quotient."""
    if one.divisor == 1:
        return one._replace(where=())
    found = fresh()
    below = one.sum - found.times(one.divisor)
    return Quotient(found, 1, (below, below.times(-1) + (one.divisor - 1)))


def inequalities(condition: Tree, truth: bool = True) -> list[Inequalities]:
    """Return what holds where a condition is true, or false: all of one of the alternatives that are returned.

    Of a part that is no comparison of sums nothing is known: it may be either. `is_exact` tells whether there is one.

    Examples
    --------
    >>> from unfoldgraph.algebra.expression import Expr, number
    >>> late = Expr("gt", (Expr("axis", (), ("t", False)), number(1)))
    >>> inequalities(late), inequalities(late, False)
    ([(Affine(terms=(('t', 1),), constant=-2),)], [(Affine(terms=(('t', -1),), constant=1),)])
    """
    found: dict[int, tuple[list[Inequalities], list[Inequalities]]] = {}
    for node in postorder([condition], stop=lambda one: one.operator not in _LOGIC):
        parts = [found[id(argument)] for argument in node.arguments] if node.operator in _LOGIC else []
        pair = _logic(node.operator, parts) if parts else (_compared(node, True), _compared(node, False))
        # Of what has too many alternatives nothing is known.
        pair = pair[0] if len(pair[0]) <= _PIECES else [()], pair[1] if len(pair[1]) <= _PIECES else [()]
        found[id(node)] = pair
    return found[id(condition)][0 if truth else 1]


_LOGIC = frozenset({"and", "or", "xor", "not"})


def is_exact(condition: Tree) -> bool:
    """Say whether all that a condition is made of are comparisons of sums."""
    leaves = postorder([condition], stop=lambda one: one.operator not in _LOGIC)
    return all(
        node.operator in _LOGIC or _compared(node, True) != [()] or _compared(node, False) != [()] for node in leaves
    )


def _logic(
    operator: str, parts: Sequence[tuple[list[Inequalities], list[Inequalities]]]
) -> tuple[list[Inequalities], list[Inequalities]]:
    """Return when a combination of conditions is true, and when it is false."""
    true = [part[0] for part in parts]
    false = [part[1] for part in parts]
    if operator == "not":
        return false[0], true[0]
    if operator == "and":
        return _both(true), [rows for pieces in false for rows in pieces]
    if operator == "or":
        return [rows for pieces in true for rows in pieces], _both(false)
    return (
        [*_both([true[0], false[1]]), *_both([false[0], true[1]])],
        [*_both([true[0], true[1]]), *_both([false[0], false[1]])],
    )


def _both(parts: Sequence[list[Inequalities]]) -> list[Inequalities]:
    return [tuple(row for rows in chosen for row in rows) for chosen in product(*parts)]


def _compared(node: Tree, truth: bool) -> list[Inequalities]:
    """Return what holds where a comparison is true, or false; [()] where nothing is known."""
    if node.operator not in _OPPOSITE:
        return [()]
    one, other = (sum_of(argument) for argument in node.arguments)
    if one is None or other is None:
        return [()]
    more = one - other
    match node.operator if truth else _OPPOSITE[node.operator]:
        case "lt":
            return [(more.times(-1) - 1,)]
        case "le":
            return [(more.times(-1),)]
        case "gt":
            return [(more - 1,)]
        case "ge":
            return [(more,)]
        case "eq":
            return [(more, more.times(-1))]
    return [(more - 1,), (more.times(-1) - 1,)]


_OPPOSITE = {"lt": "ge", "le": "gt", "gt": "le", "ge": "lt", "eq": "ne", "ne": "eq"}


# Conditions at given numbers ------------------------------------------------------------------------

_OF_INDICES = frozenset({"number", "axis", "length", "size"})


def is_of_indices(condition: Tree) -> bool:
    """Say whether a condition follows from indices, lengths and sizes alone.

    Examples
    --------
    >>> t = Expr("axis", (), ("t", False))
    >>> is_of_indices(Expr("gt", (t, t))), is_of_indices(Expr("gt", (t, Expr("parameter", (), "r"))))
    (True, False)
    """
    return all(
        node.operator in _OF_INDICES if not node.arguments else node.operator in OPERATORS and not is_reduction(node)
        for node in postorder([condition])
    )


def names_of(condition: Tree) -> list[str]:
    """Return what a condition goes by: the names that indices, lengths and sizes have in sums.

    Examples
    --------
    >>> names_of(Expr("gt", (Expr("axis", (), ("t", False)), Expr("length", (), "t"))))
    ['t', '#t']
    """
    found: dict[str, None] = {}
    for node in postorder([condition]):
        if node.operator == "axis":
            found[node.data[0]] = None
        elif node.operator == "length":
            found[length_name(node.data)] = None
        elif node.operator == "size":
            found[size_name(node.data)] = None
    return list(found)


def holds(condition: Expr, numbers: Mapping[str, int]) -> bool:
    """Say whether a condition that indices, lengths and sizes decide is true.

    Parameters
    ----------
    numbers : what indices, lengths and sizes are, by their names in sums.

    Examples
    --------
    >>> from unfoldgraph.algebra.expression import number
    >>> t = Expr("axis", (), ("t", False))
    >>> odd = Expr("eq", (Expr("mod", (t, number(2))), number(1)))
    >>> holds(odd, {"t": 3}), holds(odd, {"t": 4})
    (True, False)
    """
    return bool(value_at(condition, numbers))


def value_at(root: Expr, numbers: Mapping[str, int]) -> int | Fraction | float:
    """Return what follows from indices, lengths and sizes, exactly where that is a rational; see `holds`.

    Examples
    --------
    >>> from unfoldgraph.algebra.expression import number
    >>> half = Expr("div", (Expr("axis", (), ("t", False)), number(2)))
    >>> value_at(half, {"t": 3}), value_at(Expr("floor", (half,)), {"t": 3})
    (Fraction(3, 2), 1)
    """
    values: dict[int, int | Fraction | float] = {}
    for node in postorder([root]):
        if node.operator == "number":
            values[id(node)] = float(node.data) if isinstance(node.data, str) else node.data
        elif node.operator == "axis":
            values[id(node)] = numbers[node.data[0]]
        elif node.operator == "length":
            values[id(node)] = numbers[length_name(node.data)]
        elif node.operator == "size":
            values[id(node)] = numbers[size_name(node.data)]
        else:
            values[id(node)] = _applied(node.operator, [values[id(argument)] for argument in node.arguments])
    return values[id(root)]


def with_numbers(root: Expr, numbers: Mapping[str, int]) -> Expr:
    """Return an expression with numbers in place of some indices.

    Examples
    --------
    >>> t = Expr("axis", (), ("t", False))
    >>> with_numbers(Expr("neg", (t,)), {"t": 3}).arguments[0].data
    3
    """

    def put(node: Expr, arguments: list[Expr]) -> Expr:
        if node.operator == "axis" and node.data[0] in numbers:
            return number(numbers[node.data[0]])
        return Expr(node.operator, tuple(arguments), node.data)

    return fold(root, put)


def _applied(operator: str, values: Sequence[int | Fraction | float]) -> int | Fraction | float:
    """Return what an operator makes of numbers, exactly where that is a rational."""
    row = OPERATORS[operator]
    if row.exact.finite is not None and not any(isinstance(value, float) for value in values):
        try:
            found: int | Fraction | None = row.exact.finite(*values)
        except ZeroDivisionError:
            found = None
        if found is not None:
            return found
    import numpy

    with numpy.errstate(all="ignore"):
        return float(row.meaning(numpy, *(numpy.float64(value) for value in values)))
