"""The operator table, put together: one row per operator holds all that is known of it, and here one asks for it.

A row says how the operator is spelled and parsed, what shapes fit, what it means in NumPy for one sequence
at one place and how a program computes it for many, how it is written in LaTeX, and what it is in SymPy;
`table.operator_row` says what each column is, and the rows stand beside it.
"""

from __future__ import annotations

from unfoldgraph.algebra import shapes
from unfoldgraph.algebra.expression import BY_VALUE, Tree, places_of_entry, sizes_of_indices, sum_of_entry, sum_of_size
from unfoldgraph.algebra.table.arrays import ARRAYS
from unfoldgraph.algebra.table.elementwise import ELEMENTWISE
from unfoldgraph.algebra.table.laws import NO_LAWS, Joining, Laws
from unfoldgraph.algebra.table.operator_row import Operator
from unfoldgraph.algebra.table.reductions import OVER_INDICES
from unfoldgraph.algebra.table.signs import SIGNS
from unfoldgraph.base.affine import Affine, is_size, plain_name

_ROWS = (*SIGNS, *ELEMENTWISE, *ARRAYS, *OVER_INDICES)

OPERATORS: dict[str, Operator] = {row.name: row for row in _ROWS}
"""Every operator by name."""

FUNCTIONS: dict[str, tuple[Operator, ...]] = {
    row.spelling: tuple(other for other in _ROWS if other.spelling == row.spelling and other.kind == row.kind)
    for row in (*(row for row in _ROWS if row.kind == "function"), OPERATORS["where"])
}
"""What `name(…)` may be, by the name written: `max` of one value and `max` of several are two rows."""

REDUCTIONS: dict[str, Operator] = {row.spelling: row for row in _ROWS if row.kind == "reduction"}
"""What `name(… for t)` is, by the name written."""

SYMPY_CLASSES: dict[str, Operator] = {row.sympy_class: row for row in _ROWS if row.sympy_class}
"""What a class of SymPy is read as, by its name."""

INFIX: dict[str, Operator] = {row.spelling: row for row in _ROWS if row.kind == "infix"}
"""The operators between two arguments, by their spelling."""

FILLS: dict[int, Operator] = {row.laws.fill: row for row in _ROWS if row.laws.fill is not None}
"""The operators that make arrays of one number, by that number."""


def laws_of(node: Tree) -> Laws:
    """Return the laws of the operator of a node, none for what is no operation.

    Examples
    --------
    >>> from unfoldgraph.algebra.expression import Expr, number
    >>> laws_of(Expr("ones", (), (3,))).fill, laws_of(number(1)).fill
    (1, None)
    """
    row = OPERATORS.get(node.operator)
    return NO_LAWS if row is None else row.laws


def joining_of(node: Tree) -> Joining | None:
    """Return how the terms of a reduction are joined, None for what is no reduction.

    Examples
    --------
    >>> from unfoldgraph.algebra.expression import Expr, number
    >>> joining_of(Expr("prod_over", (number(2),))).nothing
    1
    """
    row = OPERATORS.get(node.operator)
    return None if row is None else row.joining


def keeps_sizes(node: Tree) -> bool:
    """Say whether the data of a node are sizes, as those of `zeros(m, n)` and of `one_hot(k, n)`.

    Examples
    --------
    >>> from unfoldgraph.algebra.expression import Expr, number
    >>> keeps_sizes(Expr("eye", (), ("m", "m"))), keeps_sizes(number(1))
    (True, False)
    """
    row = OPERATORS.get(node.operator)
    return row is not None and row.sizes != 0


def sizes_named(node: Tree) -> list[str]:
    """Return the names of the sizes that a node mentions itself: as a number, between brackets, in a range, as data.

    Examples
    --------
    >>> from unfoldgraph.algebra.expression import Expr, Index, parameter
    >>> sizes_named(Expr("size", (), "m")), sizes_named(Expr("entry", (parameter("v"),), (Index("n", -1),)))
    (['m'], ['n'])
    >>> sizes_named(Expr("zeros", (), ("m", 3)))
    ['m']
    """
    if node.operator == "size":
        return [node.data]
    if not keeps_sizes(node):
        return list(sizes_of_indices(node))
    return [plain_name(name) for size in node.data for name, _ in sum_of_size(size).terms]


def sums_of_sizes(node: Tree) -> list[Affine]:
    """Return the sums of sizes that a node mentions itself and that are not to be negative: ends and arguments.

    Examples
    --------
    >>> from unfoldgraph.algebra.expression import Expr, Index, parameter
    >>> [form.constant for form in sums_of_sizes(Expr("entry", (parameter("v"),), (Index("n", -1),)))]
    [-1]
    """
    if keeps_sizes(node):
        return [sum_of_size(size) for size in node.data]
    # Only a negative number that is written counts from the end; one that a size makes is no entry.
    sums = [sum_of_entry(bound) for bound in places_of_entry(node) if bound.base != BY_VALUE]
    return [form for form in sums if form.terms and all(is_size(name) for name, _ in form.terms)]


def inverts(node: Tree) -> bool:
    """Say whether an operation divides by a matrix, and so fails on some matrices.

    Examples
    --------
    >>> from unfoldgraph.algebra.expression import Expr, number, parameter
    >>> inverts(Expr("inv", (parameter("A"),))), inverts(Expr("div", (number(1), parameter("a"))))
    (True, False)
    """
    row = OPERATORS.get(node.operator)
    return row is not None and row.laws.divides_by is not None and row.rule is not shapes.elementwise


def indexed_operand(node: Tree) -> int | None:
    """Return which operand it is of which the data of a node tell some entries; None where they tell none.

    Examples
    --------
    >>> from unfoldgraph.algebra.expression import Expr, Index, number, parameter
    >>> at, v = (Index("", 0),), parameter("v")
    >>> indexed_operand(Expr("entry", (v,), at)), indexed_operand(Expr("placed", (number(2), v), at))
    (0, 1)
    """
    row = OPERATORS.get(node.operator)
    return None if row is None else row.indexed


def is_conditional(node: Tree) -> bool:
    """Say whether a node is one of two values, as the value before these tells.

    Examples
    --------
    >>> from unfoldgraph.algebra.expression import Expr, number
    >>> is_conditional(Expr("where", (number(1), number(2), number(3)))), is_conditional(number(1))
    (True, False)
    """
    row = OPERATORS.get(node.operator)
    return row is not None and row.kind == "conditional"


def is_reduction(node: Tree) -> bool:
    """Say whether a node is a reduction over an axis or a range, by its row of the table.

    Examples
    --------
    >>> from unfoldgraph.algebra.expression import Expr, number
    >>> is_reduction(Expr("sum_over", (number(1),))), is_reduction(number(1))
    (True, False)
    """
    row = OPERATORS.get(node.operator)
    return row is not None and row.kind == "reduction"
