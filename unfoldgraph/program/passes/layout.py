"""The order of the dimensions of arrays: the sequences last, so that every operation is on rows that lie together.

In rows what has no dimension of the sequences may still differ from one to another, and is broadcast. In columns it may
not: inputs, boundaries and all that is made of them have one then, and parameters are those of all.
"""

from __future__ import annotations

from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.algebra.table.operator_row import Operands
from unfoldgraph.program.ir import (
    SEQUENCES,
    Access,
    Apply,
    Array,
    Assign,
    Buffer,
    Dim,
    Entry,
    For,
    Gather,
    Guard,
    Kernel,
    KernelStatement,
    Make,
    Opaque,
    Reduce,
    Value,
    WhereWhole,
    base_of,
    has_sequences,
    is_over_axis,
    nodes,
    parts,
    shape_of,
    statements_in,
    targets_of,
    values_in,
)
from unfoldgraph.program.rewriting import with_dims


def can_be_in_columns(kernel: Kernel, shared: frozenset[str]) -> bool:
    """Say whether every operation of a kernel can be computed with the sequences last.

    A function of the caller gets them first, a matrix of each sequence is multiplied in rows only, and what goes by
    conditions, by ranges and by places that are looked up stays as it is: nothing is gained there.
    """
    body = list(statements_in(kernel.body))
    if any(isinstance(one, Guard | WhereWhole) or (isinstance(one, For) and one.is_of_terms) for one in body):
        return False
    values = list(nodes(value for statement in body for value in values_in(statement)))
    arrays = [node.array for node in values if isinstance(node, Access)] + [*kernel.arguments]
    if any(isinstance(one, Buffer) and not one.is_shaped for one in arrays):
        return False
    is_each: dict[int, bool] = {}
    for node in values:
        own = isinstance(node, Access) and (has_sequences(node.array) or _is_given(node, shared))
        is_each[id(node)] = own or any(is_each[id(part)] for part in parts(node))
        if isinstance(node, Opaque) or shape_of(node) is None or _is_gathered(node):
            return False
        if isinstance(node, Reduce) and (node.condition is not None or not is_over_axis(node)):
            return False
        if isinstance(node, Apply) and OPERATORS[node.row].kind != "entry":
            ranks = tuple(len(shape_of(one) or ()) for one in node.arguments)
            batched = tuple(is_each[id(one)] for one in node.arguments)
            if OPERATORS[node.row].numpy_form(Operands(ranks, True, batched)) is None:
                return False
    return True


def _is_gathered(node: Value) -> bool:
    """Say whether a place is looked up, because a value tells it or because it may lie beyond an end."""
    places = (
        node.places if isinstance(node, Entry) else [at for _, at in node.places] if isinstance(node, Access) else []
    )
    return any(isinstance(at, Gather) for at in places)


def _is_given(access: Access, shared: frozenset[str]) -> bool:
    """Say whether an access is of what the caller gives for each sequence."""
    base = base_of(access.array)
    return base.kind == "argument" and base.name not in shared


def in_columns(kernel: Kernel, shared: frozenset[str]) -> Kernel:
    """Return a kernel in which the sequences stand last in every array, behind the entries of values.

    Parameters
    ----------
    shared : the arguments that all sequences have in common.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> from unfoldgraph.program.lower import lower
    >>> from unfoldgraph.program.schedule import schedule_of
    >>> kernel = in_columns(lower(schedule_of(read("h(t) = tanh(W @ h(t-1)); W : (m, m)"), None)), frozenset("W"))
    >>> [dim.name for dim in kernel.results[0].dims]
    ['t', '0', 'sequences']
    """
    own = {buffer.name for buffer in kernel.arguments if buffer.name not in shared}
    while True:
        reached = {name for statement in statements_in(kernel.body) for name in _made_of(statement, own)}
        if reached <= own:
            break
        own |= reached

    def dims(array: Array) -> tuple[Dim, ...]:
        rows = [dim for dim in array.dims if dim.role != "sequences"]
        has_sequences = base_of(array).name in own or SEQUENCES in array.dims
        return (*rows, SEQUENCES) if has_sequences else tuple(rows)

    return with_dims(kernel, dims)


def _made_of(statement: KernelStatement, own: set[str]) -> list[str]:
    """Return the buffers that a statement writes, where any that it reads is one of some."""
    reads = [base_of(node.array).name for node in nodes(values_in(statement)) if isinstance(node, Access)]
    if own.isdisjoint(reads) or (isinstance(statement, Assign) and statement.adds):
        return []
    made = [statement.buffer.name] if isinstance(statement, Make) else []
    return [*made, *(base_of(target.array).name for target in targets_of(statement))]
