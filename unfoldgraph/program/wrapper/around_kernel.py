"""A generated function around a kernel of loops: what it hands in, and what it returns."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from unfoldgraph.base.affine import Affine, whole
from unfoldgraph.program.ir import Buffer, Dim
from unfoldgraph.program.python_text.nodes import (
    Blank,
    Docstring,
    assign,
    binary,
    call,
    constant,
    dict_of,
    function,
    item,
    name,
    plus,
    slice_of,
    tuple_of,
)
from unfoldgraph.program.python_text.words import Words
from unfoldgraph.program.signature import Signature
from unfoldgraph.program.wrapper.function import opening, returning
from unfoldgraph.program.wrapper.loop_kernel import KERNEL, LoopKernel


def function_around_kernel(signature: Signature, words: Words, sequences: str, kernel: LoopKernel) -> ast.stmt:
    """Return the function that a module is for.

    Parameters
    ----------
    signature : what it takes and returns.
    words : what it calls what is not the circuit's.
    sequences : what it calls the number of sequences.
    kernel : what it calls to compute.
    """
    work = _handed_in(signature, words, sequences, kernel)
    stopped = ast.Raise(name(words["KeyboardInterrupt"]), None)
    work.append(ast.If(call(KERNEL, *map(name, kernel.parameters)), [stopped], []))
    results = {
        signature.public[buffer.name]: call("_in_batch", _inside(signature, name(own), buffer), words.batch)
        for own, buffer in kernel.results.items()
    }
    work.append(assign(name(words["results"]), dict_of(results)))
    returned = returning(signature, words, None)
    body: list[ast.stmt] = [Docstring(signature.docstring())]
    if checked := opening(signature, words, [*work, *returned]):
        body += [*checked, Blank()]
    return function(signature.function, signature.head(), [*body, *work, Blank(), *returned])


def _handed_in(signature: Signature, words: Words, sequences: str, kernel: LoopKernel) -> list[ast.stmt]:
    """Return the statements that make what the kernel takes."""
    found: list[ast.stmt] = []
    for own, buffer in kernel.arguments.items():
        found.append(assign(name(own), _by_sequence(signature, words, buffer)))
    of_all = {buffer.name: own for own, buffer in kernel.arguments.items()}
    found += [assign(name(turned), call("_turned", name(of_all[own]))) for own, turned in kernel.turned.items()]
    found.append(assign(name(sequences), call("_count", words.batch)))
    for own, buffer in kernel.results.items():
        made = words.numpy("zeros" if own in kernel.zeros else "empty")
        sizes = [signature.whole(_room(dim)) for dim in _own(buffer)]
        found.append(assign(name(own), call(made, tuple_of(name(sequences), *sizes), words.dtype)))
    for own, extents in kernel.scratch.items():
        shape = tuple_of(*map(signature.whole, extents))
        found.append(assign(name(own), call(words.numpy("empty"), shape, words.dtype)))
    return found


def _by_sequence(signature: Signature, words: Words, buffer: Buffer) -> ast.expr:
    """Return an argument as the kernel takes it."""
    dims = _own(buffer)
    arguments = [name(signature.public[buffer.name]), constant(len(dims)), words.batch]
    if any(dim.before or dim.after for dim in dims):
        arguments += [tuple_of(*(signature.whole(whole(0) + one) for one in side)) for side in _margins(dims)]
    return call("_by_sequence", *arguments)


def _margins(dims: Sequence[Dim]) -> tuple[list[int | Affine], list[int | Affine]]:
    """Return the places before and after each dimension, up to the last that has some."""
    count = max(at + 1 for at, dim in enumerate(dims) if dim.before or dim.after)
    return [dim.before for dim in dims[:count]], [dim.after for dim in dims[:count]]


def _inside(signature: Signature, of_all: ast.expr, buffer: Buffer) -> ast.expr:
    """Return a result without its places off the edges."""
    slices: list[ast.expr] = []
    for dim in _own(buffer):
        if not dim.before and not dim.after:
            slices.append(slice_of())
            continue
        before, length = signature.whole(whole(0) + dim.before), signature.whole(dim.extent)
        last = plus(length, dim.before) if isinstance(dim.before, int) else binary("+", length, before)
        slices.append(slice_of(before if dim.before else None, last if dim.after else None))
    while slices and isinstance(slices[-1], ast.Slice) and slices[-1].lower is None and slices[-1].upper is None:
        slices.pop()
    return item(of_all, slice_of(), *slices) if slices else of_all


def _room(dim: Dim) -> Affine:
    return dim.last - dim.first + 1


def _own(buffer: Buffer) -> list[Dim]:
    """Return the dimensions of a buffer in one sequence."""
    return [dim for dim in buffer.dims if dim.role != "sequences"]
