"""Numbers that read what others were a turn before: together they are a vector times a matrix that does not change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.algebra.table.laws import Entries
from unfoldgraph.base.affine import Affine, index, whole
from unfoldgraph.program.ir import (
    SEQUENCES,
    Access,
    Apply,
    Assign,
    Buffer,
    Dim,
    Each,
    For,
    Kernel,
    KernelStatement,
    Make,
    Number,
    Remark,
    Routine,
    Value,
    nodes,
)
from unfoldgraph.program.names import told_apart
from unfoldgraph.program.passes.at_once import stays_inside
from unfoldgraph.program.passes.linear.loops import LinearLoop
from unfoldgraph.program.passes.linear.walk import Coefficient, Tap, is_varied, named_indices, value_of

MATRIX_SCAN = "_matrix_scan"
"""What the function of the runtime is called."""
#: How many numbers a product of powers of their matrix is worth it for.
_MOST = 16


def coupled(kernel: Kernel, at: int, loop: For, found: LinearLoop) -> tuple[Kernel, int]:
    """Return a kernel in which some numbers are computed together, and where; the loop where they can't be.

    Parameters
    ----------
    at : where the loop stands.
    found : what it computes.
    """
    states = {one.state.name: one for one in found.recurrences}
    if not 1 < len(states) <= _MOST or not all(_is_of_last(one.form.past) for one in states.values()):
        return kernel, at
    first, *_ = states.values()
    axis = Dim(loop.index, first.dim.extent, "axis")
    driven = [one.form.rest or Number(0) for one in states.values()]
    is_one = all(one.form.is_plain and not one.form.sums and not one.shape for one in states.values())
    fixed = [value for one in states.values() for value in one.form.past.values()]
    if not is_one or not all(_is_fixed(one, loop) for one in fixed):
        return kernel, at
    if not all(stays_inside(value, {loop.index: axis}) for value in driven):
        return kernel, at
    count = whole(len(states))
    size, name = Dim("0", count, "size"), str(at)
    here, back = index(loop.index), index(loop.index) - loop.step
    rows = [
        _stacked([value_of(one.form.past.get((state, 1)), 1) for state in states], (count,)) for one in states.values()
    ]
    matrix = Buffer(told_apart("coupling", name), "scratch", (size, Dim("1", count, "size")))
    rest = Buffer(told_apart("driven", name), "scratch", (axis, SEQUENCES, size))
    target = Buffer(told_apart("together", name), "scratch", (axis, SEQUENCES, size))
    begin = whole(0) if loop.step > 0 else axis.extent - 1
    before = _stacked(
        [Access(one.state, ((one.dim.name, back.at({loop.index: begin})),)) for one in states.values()], (count,)
    )
    own: list[Value] = [Access(one.state, ((one.dim.name, here),)) for one in states.values()]
    apart = [
        Assign(Access(one.state, ((one.dim.name, here),)), Access(target, ((axis.name, here), ("0", whole(number)))))
        for number, one in enumerate(states.values())
    ]
    routine = Routine(
        (Access(target),),
        MATRIX_SCAN,
        (Access(matrix), Access(rest), (before,)),
        None,
        (loop, Each((loop.range,), (Assign(Access(target, ((axis.name, here),)), _stacked(own, (count,))),))),
        takes_shape=True,
        goes_back=loop.step < 0,
    )
    told = tuple(one.statement.equation for one in states.values() if one.statement.equation is not None)
    made: tuple[KernelStatement, ...] = (
        Remark("Together they are a vector, multiplied by one matrix in every step.", told),
        Make(matrix, _stacked(rows, (count, count))),
        Make(rest, _stacked(driven, (count,))),
        Make(target),
        routine,
        *(Each((loop.range,), (one,)) for one in apart),
    )
    others = tuple(Each((loop.range,), (one,)) for one in found.others)
    body = (*kernel.body[:at], *made, *others, *kernel.body[at + 1 :])
    return replace(kernel, body=body), at + len(made) - 1


def _is_of_last(past: Mapping[Tap, Coefficient]) -> bool:
    """Say whether only what the turn before has computed is read."""
    return all(lag == 1 for _, lag in past)


def _is_fixed(one: Coefficient, loop: For) -> bool:
    """Say whether a coefficient is one number for all turns and sequences."""
    if one.kind != "entries":
        return False
    own = [] if one.value is None else list(nodes([one.value]))
    return not any(is_varied(node) or loop.index in named_indices(node) for node in own)


def _stacked(values: list[Value], shape: tuple[Affine, ...]) -> Value:
    return Apply(_STACK.name, tuple(values), shape)


(_STACK,) = (row for row in OPERATORS.values() if row.laws.entries is Entries.STACKED)
"""What makes an array of others."""
