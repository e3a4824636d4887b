"""What is not returned keeps no more than what is read back: a signal of one turn is one place, and not one a step.

A signal may lose its dimension along the steps where one loop over all of them writes it, at the place of its turn, and
all that is read is either what the turn has computed, or what the one before it has and the turn has not replaced yet.
Behind the loop its last place may be read, which is what it holds then, and what it began with where there was no step.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from unfoldgraph.base.affine import Affine, index
from unfoldgraph.program.ir import (
    Access,
    Assign,
    Buffer,
    Dim,
    For,
    Kernel,
    KernelStatement,
    Make,
    base_of,
    nodes,
    statements_in,
    targets_of,
    values_in,
)
from unfoldgraph.program.rewriting import with_accesses, with_buffers


def contract(kernel: Kernel) -> Kernel:
    """Return a kernel in which signals that are not returned have one place where that is enough.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> from unfoldgraph.program.lower import lower
    >>> from unfoldgraph.program.schedule import schedule_of
    >>> text = "s(t) = r * s(t-1) * (1 - s(t-1)); last = s(end)"
    >>> kernel = contract(lower(schedule_of(read(text), ["last"])))
    >>> [dim.name for dim in kernel.body[0].buffer.dims]
    ['sequences']
    """
    made = [one.buffer for one in kernel.body if isinstance(one, Make) and one.equation is None]
    for buffer in made:
        dim = _axis_of_turns(kernel, buffer)
        if dim is not None:
            kernel = _without(kernel, buffer, dim)
    return kernel


def _axis_of_turns(kernel: Kernel, buffer: Buffer) -> Dim | None:
    """Return the only dimension of places of a buffer where it can do without; None where it can't."""
    axes = [dim for dim in buffer.dims if dim.role == "axis"]
    if buffer.kind == "argument" or buffer in kernel.results or len(axes) != 1 or not buffer.is_shaped:
        return None
    (dim,) = axes
    writers = [one for one in kernel.body if isinstance(one, For) and _writes(one, buffer)]
    if len(writers) != 1 or dim.kept is not None:
        return None
    (loop,) = writers
    if not loop.is_all_along(dim):
        return None
    at = kernel.body.index(loop)
    early, late = kernel.body[:at], kernel.body[at + 1 :]
    is_early = all(_place(one, dim) == _before(loop, dim) for one in _accesses(early, buffer))
    is_late = all(_place(one, dim) == _last(loop, dim) for one in _accesses(late, buffer))
    return dim if is_early and is_late and _is_of_turns(loop, buffer, dim) else None


def _is_of_turns(loop: For, buffer: Buffer, dim: Dim) -> bool:
    """Say whether a loop reads what a turn has written, and before it writes what the turn before it has."""
    here = index(loop.index)
    is_written = False
    for statement in loop.body:
        if not isinstance(statement, Assign) or statement.adds:
            # Whether it runs in a turn, and in which order, is not known.
            if any(_accesses([statement], buffer)):
                return False
            continue
        for one in _reads(statement, buffer):
            if _place(one, dim) != (here if is_written else here - loop.step):
                return False
        for target in targets_of(statement):
            if base_of(target.array) == buffer:
                if is_written or _place(target, dim) != here or len(target.places) > 1:
                    return False
                is_written = True
    return is_written


def _before(loop: For, dim: Dim) -> Affine:
    """Return the place before the first turn."""
    return Affine((), -1) if loop.step > 0 else dim.extent


def _last(loop: For, dim: Dim) -> Affine:
    return dim.extent - 1 if loop.step > 0 else Affine((), 0)


def _place(access: Access, dim: Dim) -> object:
    return dict(access.places).get(dim.name)


def _writes(loop: For, buffer: Buffer) -> bool:
    return any(base_of(one.array) == buffer for inner in statements_in([loop]) for one in targets_of(inner))


def _accesses(body: list[KernelStatement] | tuple[KernelStatement, ...], buffer: Buffer) -> Iterator[Access]:
    for statement in statements_in(body):
        yield from (target for target in targets_of(statement) if base_of(target.array) == buffer)
        yield from _reads(statement, buffer)


def _reads(statement: KernelStatement, buffer: Buffer) -> Iterator[Access]:
    for node in nodes(values_in(statement)):
        if isinstance(node, Access) and base_of(node.array) == buffer:
            yield node


def _without(kernel: Kernel, buffer: Buffer, dim: Dim) -> Kernel:
    """Return a kernel in which a buffer lacks a dimension."""
    other = replace(buffer, dims=tuple(one for one in buffer.dims if one != dim))

    def changed(one: Access) -> Access:
        if one.array != buffer:
            return one
        return Access(other, tuple((name, at) for name, at in one.places if name != dim.name))

    body = with_accesses(kernel.body, changed)
    return replace(kernel, body=with_buffers(body, {buffer: other}))
