"""Gates by their exponentials: what a gate multiplies is divided by 1 + exp(-v), for all gates of a step at once.

`sigmoid(v)` is 1 / (1 + exp(-v)). The sign of v goes into the matrix; the rows of the gates stand first in the product
of a step, so that exp and the sum are one operation each on rows that lie together; a product with a gate is a quotient
then. Results are the same to rounding.

What has to hold: nothing else reads the sum that a gate is of, and the gate itself is read as a factor only and is not
returned. Of any other gate the reciprocal is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.algebra.shapes import matrix_product
from unfoldgraph.base.affine import Affine, index, whole
from unfoldgraph.program.ir import (
    Access,
    Apply,
    Assign,
    Buffer,
    For,
    Kernel,
    KernelStatement,
    Number,
    Remark,
    Routine,
    Strided,
    Value,
    View,
    base_of,
    nodes,
    parts,
    rows_of,
    shape_of,
    values_in,
    with_parts,
)
from unfoldgraph.program.names import told_apart
from unfoldgraph.program.passes.sums import is_product, negative
from unfoldgraph.program.rewriting import with_values


def gates(kernel: Kernel) -> Kernel:
    """Return a kernel in which the gates of a product are computed together."""
    found = kernel
    for at, loop in enumerate(kernel.body):
        if isinstance(loop, For) and loop.body and isinstance(loop.body[0], Assign):
            product = loop.body[0]
            gated = _gates_of(loop, product)
            if gated:
                found = _with_gates(found, at, gated)
    return replace(found, body=with_values(found.body, written_out))


def written_out(root: Value) -> Value:
    """Return a value in which a logistic function is written by exp.

    >>> value = written_out(Apply("sigmoid", (Number(0),), ()))
    >>> value.row, value.arguments[1].row
    ('div', 'add')
    """
    made: dict[int, Value] = {}
    for node in nodes([root]):
        if isinstance(node, Apply) and OPERATORS[node.row].laws.logistic:
            (own,) = (made.get(id(one), one) for one in node.arguments)
            negative = Apply("neg", (own,), node.shape)
            total = Apply("add", (Number(1), Apply("exp", (negative,), node.shape)), node.shape)
            made[id(node)] = Apply("div", (Number(1), total), node.shape)
        else:
            made[id(node)] = with_parts(node, made)
    return made[id(root)]


@dataclass(frozen=True, slots=True)
class _Gates:
    """The gates that are the first rows of a product.

    Attributes
    ----------
    product : the statement that computes it.
    rows : the rows of each gate, and the operation that it is.
    height : how many rows there are together.
    """

    product: Assign
    rows: tuple[tuple[Access, Apply], ...]
    height: Affine


def _gates_of(loop: For, product: Assign) -> _Gates | None:
    """Return the gates of a product that begins a turn, as many as stand first and beside each other."""
    value = product.value
    if not isinstance(value, Apply) or OPERATORS[value.row].rule is not matrix_product or product.target.places:
        return None
    z = product.target.array
    reads: dict[int, Access] = {}
    parents: dict[int, list[Value]] = {}
    for node in nodes(one for statement in loop.body[1:] for one in values_in(statement)):
        for part in parts(node):
            parents.setdefault(id(part), []).append(node)
        if isinstance(node, Access) and base_of(node.array) == z:
            reads[id(node)] = node
    rows: list[tuple[Access, Apply]] = []
    height = whole(0)
    own = {id(one): _rows_of(one) for one in reads.values()}
    while True:
        here = [one for one in reads.values() if (at := own[id(one)]) is not None and at.first == height]
        if len(here) != 1 or len(gate := parents.get(id(here[0]), [])) != 1:
            break
        if not isinstance(gate[0], Apply) or not OPERATORS[gate[0].row].laws.logistic:
            break
        rows.append((here[0], gate[0]))
        strided = own[id(here[0])]
        assert strided is not None
        height += strided.extent
    if not rows or any(one is None for one in own.values()):
        return None
    return _Gates(product, tuple(rows), height)


def _rows_of(access: Access) -> Strided | None:
    """Return which rows of a product are read."""
    buffer, rows = rows_of(access)
    return rows.get(buffer.dims[0].name)


def _with_gates(kernel: Kernel, at: int, gated: _Gates) -> Kernel:
    """Return a kernel in which some gates are computed together."""
    loop = kernel.body[at]
    assert isinstance(loop, For) and isinstance(gated.product.value, Apply)
    weights = gated.product.value.arguments[0]
    assert isinstance(weights, Access)
    z = gated.product.target.array
    size = replace(z.dims[0], extent=gated.height)
    first = View(told_apart("gates", z.name), z, (size, *z.dims[1:]), ((size.name, index(size.name)),))
    rows = Access(z if size == z.dims[0] else first)
    shape = (gated.height,)
    together = [
        Assign(rows, Apply("exp", (rows,), shape)),
        Assign(rows, Apply("add", (Number(1), rows), shape)),
    ]
    body, told = _divided(loop.body[1:], kernel, gated)
    remark = Remark(_TOLD, told)
    inside = replace(loop, body=(gated.product, remark, *together, *body))
    before = [_negated(one, weights, len(gated.rows)) for one in kernel.body[:at]]
    return replace(kernel, body=(*before, inside, *kernel.body[at + 1 :]))


_TOLD = "Of a gate 1 + exp(-v) is kept, and what it multiplies is divided by that; the sign of v is in the matrix."


def _negated(statement: KernelStatement, weights: Access, count: int) -> KernelStatement:
    """Return the statement that puts a matrix together, with the other sign in so many of its first rows.

    What is 0 stays as it is.
    """
    if not isinstance(statement, Routine) or statement.targets[0].array != weights.array:
        return statement
    rows: list[tuple[Value, ...]] = []
    for row in statement.arguments:
        assert isinstance(row, tuple)
        turned = (one if isinstance(one, Number) else negative(one) for one in row)
        rows.append(tuple(turned) if len(rows) < count else row)
    return replace(statement, arguments=tuple(rows))


def _divided(
    body: Sequence[KernelStatement], kernel: Kernel, gated: _Gates
) -> tuple[list[KernelStatement], tuple[int, ...]]:
    """Return the statements of a turn with quotients for products with gates, and the equations of what is left out."""
    kept = {id(gate): rows for rows, gate in gated.rows}
    #: Signals that are a gate and no more, and are read as factors.
    signals: dict[Buffer, Access] = {}
    told: list[int] = []
    for one in body:
        if isinstance(one, Assign) and id(one.value) in kept and _is_only_a_factor(one, body, kernel):
            assert isinstance(one.target.array, Buffer)
            signals[one.target.array] = kept[id(one.value)]
            told += [] if one.equation is None else [one.equation]

    def changed(root: Value) -> Value:
        made: dict[int, Value] = {}
        for node in nodes([root]):
            made[id(node)] = with_parts(node, made)
            if id(node) in kept:
                rows = kept[id(node)]
                made[id(node)] = Apply("div", (Number(1), rows), shape_of(node))
            elif is_product(node):
                for gate, other in (node.arguments, node.arguments[::-1]):
                    rows_of_gate = kept.get(id(gate))
                    if rows_of_gate is None and isinstance(gate, Access) and not gate.places:
                        rows_of_gate = signals.get(gate.array) if isinstance(gate.array, Buffer) else None
                    if rows_of_gate is not None:
                        made[id(node)] = Apply("div", (made[id(other)], rows_of_gate), node.shape)
                        break
        return made[id(root)]

    left = [
        one
        for one in body
        if not (
            isinstance(one, Assign)
            and isinstance(one.target.array, Buffer)
            and one.target.array in signals
            and id(one.value) in kept
        )
    ]
    return list(with_values(left, changed)), tuple(told)


def _is_only_a_factor(statement: Assign, body: Sequence[KernelStatement], kernel: Kernel) -> bool:
    """Say whether all that reads a signal multiplies something by it, in the turn that computes it."""
    array = statement.target.array
    if statement.target.places or array in kernel.results:
        return False
    others = [one for one in kernel.body if not isinstance(one, For) or statement not in one.body]
    values = [value for one in others for value in values_in(one)]
    if any(isinstance(node, Access) and node.array == array for node in nodes(values)):
        return False
    inside = [value for one in body for value in values_in(one)]
    reads = {id(node) for node in nodes(inside) if isinstance(node, Access) and node.array == array}
    for node in nodes(inside):
        used = [part for part in parts(node) if id(part) in reads]
        if used and not (is_product(node) and len(used) == 1):
            return False
        if used and isinstance(node, Apply) and shape_of(used[0]) != node.shape:
            return False
    roots = {id(value) for value in inside}
    return not roots & reads
