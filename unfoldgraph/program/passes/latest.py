"""What waits for the value of the turn before stands last in a sum, so that one operation waits for it and not all."""

from __future__ import annotations

from dataclasses import replace

from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.base.affine import index
from unfoldgraph.program.ir import (
    Access,
    Apply,
    Assign,
    Each,
    For,
    Guard,
    Kernel,
    KernelStatement,
    Reduce,
    Value,
    nodes,
    statements_in,
    values_in,
)
from unfoldgraph.program.passes.sums import signed_terms, sum_of

__all__ = ["latest"]


def latest(kernel: Kernel) -> Kernel:
    """Return a kernel in which terms of sums that read what the turn before has computed stand behind all others.

    Must hold: no value hangs on the last digit of another, as one that is compared does; the terms are those of a sum
    of numbers, which may be added in any order but for rounding.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> from unfoldgraph.program.lower import lower
    >>> from unfoldgraph.program.schedule import schedule_of
    >>> made = latest(lower(schedule_of(read("x(t) : (); y(t) = a*y(t-1) + b*x(t) + x(t-1)"), None)))
    >>> (statement,) = made.body[-1].body
    >>> statement.value.arguments[1].arguments[0].array.name, statement.value.arguments[0].row
    ('a', 'add')
    """
    if any(_is_abrupt(node) for one in statements_in(kernel.body) for node in nodes(values_in(one))):
        return kernel
    return replace(kernel, body=tuple(map(_ordered, kernel.body)))


def _is_abrupt(node: Value) -> bool:
    """Say whether a value may leap where another changes in its last digit."""
    if isinstance(node, Reduce):
        joining = OPERATORS[node.row].joining
        return joining is not None and joining.has_one_index
    if not isinstance(node, Apply):
        return False
    row = OPERATORS[node.row]
    # Signs, of numbers and of truths, are told by operators of places; sums, products and the like are no leaps.
    return (
        row.laws.gives_truth
        or bool(row.laws.truths)
        or (row.of_places and not row.laws.signs and row.kind == "function")
    )


def _ordered(statement: KernelStatement) -> KernelStatement:
    """Return a statement with its sums in order where it is a loop; it calls itself once per nested loop."""
    if not isinstance(statement, For):
        return statement
    body: list[KernelStatement] = []
    for one in statement.body:
        if isinstance(one, Assign) and not one.adds:
            body.append(replace(one, value=_last_at_last(one.value, one.target, statement)))
        elif isinstance(one, For | Each | Guard):
            body.append(_ordered(one))
        else:
            body.append(one)
    return replace(statement, body=tuple(body))


def _last_at_last(value: Value, target: Access, loop: For) -> Value:
    """Return a sum with the terms behind that read what the turn before has put in the same array."""
    terms = signed_terms(value)
    before = index(loop.index) - loop.step

    def waits(term: Value) -> bool:
        return any(
            isinstance(node, Access) and node.array == target.array and any(place == before for _, place in node.places)
            for node in nodes([term])
        )

    late = [waits(term) for _, term in terms]
    if len(terms) < 3 or not any(late) or all(late):
        return value
    ordered = [one for one, is_late in zip(terms, late, strict=True) if not is_late]
    ordered += [one for one, is_late in zip(terms, late, strict=True) if is_late]
    return sum_of(ordered)
