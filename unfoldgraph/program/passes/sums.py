"""Values as sums of terms with signs, and products entry by entry: what several passes read in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard

from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.algebra.shapes import elementwise
from unfoldgraph.algebra.table.laws import IN_EACH
from unfoldgraph.program.ir import Apply, Number, Value, shape_of


def signed_terms(root: Value) -> list[tuple[int, Value]]:
    """Return the terms of a sum, each with its sign.

    >>> one, two = Number(1), Number(2)
    >>> terms = signed_terms(Apply("sub", (one, Apply("add", (two, Apply("neg", (one,), ())), ())), ()))
    >>> [(sign, term.value) for sign, term in terms]
    [(1, 1), (-1, 2), (1, 1)]
    """
    found: list[tuple[int, Value]] = []
    waiting = [(1, root)]
    while waiting:
        sign, node = waiting.pop()
        signs = OPERATORS[node.row].laws.signs if isinstance(node, Apply) else ()
        if isinstance(node, Apply) and signs:
            waiting += reversed([(sign * own, one) for own, one in zip(signs, node.arguments, strict=True)])
        else:
            found.append((sign, node))
    return found


def sum_of(terms: Sequence[tuple[int, Value]]) -> Value:
    """Return the sum of some terms of one shape with their signs, 0 of none.

    >>> sum_of([(-1, Number(1)), (1, Number(2))]).row, sum_of([]).value
    ('add', 0)
    """
    if not terms:
        return Number(0)
    (sign, term), *others = terms
    found = term if sign > 0 else negative(term)
    for sign, term in others:
        found = Apply("add" if sign > 0 else "sub", (found, term), shape_of(found) or shape_of(term))
    return found


def negative(value: Value) -> Value:
    """Return a value with the other sign.

    >>> value = Number(2)
    >>> negative(negative(value)) is value
    True
    """
    if isinstance(value, Apply) and OPERATORS[value.row].laws.signs == (-1,):
        return value.arguments[0]
    return Apply("neg", (value,), shape_of(value))


def is_product(value: Value) -> TypeGuard[Apply]:
    """Say whether a value is a product entry by entry.

    >>> is_product(Apply("mul", (Number(2), Number(3)), ())), is_product(Apply("add", (Number(2), Number(3)), ()))
    (True, False)
    """
    if not isinstance(value, Apply):
        return False
    row = OPERATORS[value.row]
    return row.rule is elementwise and row.laws.linear_in == IN_EACH
