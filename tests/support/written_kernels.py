"""Kernels written as NumPy and run, and kernels in the other layout."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from unfoldgraph.base.affine import is_index
from unfoldgraph.program.ir import (
    SEQUENCES,
    Access,
    Array,
    Assign,
    Buffer,
    Dim,
    Kernel,
    KernelStatement,
    Make,
    Opaque,
    Remark,
    Value,
    base_of,
    nodes,
    statements_in,
    targets_of,
    values_in,
)
from unfoldgraph.program.names import Names
from unfoldgraph.program.python_text.lines import lines
from unfoldgraph.program.python_text.nodes import dict_of, function, name, parameters
from unfoldgraph.program.python_text.words import words_of
from unfoldgraph.program.rewriting import with_dims
from unfoldgraph.program.standalone import runtime_source
from unfoldgraph.program.targets.numpy_names import Called
from unfoldgraph.program.targets.numpy_statements import Comments, statements_of
from unfoldgraph.program.wrapper.function import names_used

((_BATCH, _),) = SEQUENCES.extent.terms


def values_of(kernel: Kernel) -> list[Value]:
    """Return all values of a kernel, each once."""
    return list(nodes(value for statement in statements_in(kernel.body) for value in values_in(statement)))


def buffers_of(kernel: Kernel) -> list[Buffer]:
    """Return the arguments of a kernel and what it makes."""
    return [*kernel.arguments, *(one.buffer for one in statements_in(kernel.body) if isinstance(one, Make))]


def numpy_text(kernel: Kernel, numbers: Mapping[str, int], has_batch: bool = True, steps: str = "") -> str:
    """Return a module with a function `run` of all that a kernel takes, by names, and of the numbers that sums mention.

    With `steps` in words it is written out for exactly these numbers.
    """
    names = Names()
    functions = [one.function for one in values_of(kernel) if isinstance(one, Opaque)]
    arrays = [one.name for one in (*kernel.arguments, *kernel.results)]
    public = {own: names.claim(own) for own in dict.fromkeys([*arrays, *functions])}
    equations = {getattr(one, "equation", None) for one in statements_in(kernel.body)}
    equations |= {number for one in statements_in(kernel.body) if isinstance(one, Remark) for number in one.equations}
    axes = dict.fromkeys(dim.name for one in buffers_of(kernel) for dim in one.dims if dim.role == "axis")
    called = Called(
        names,
        dict(public),
        {own: names.claim(_called(own)) for own in numbers if not is_index(own)},
        {own: names.claim(own) for own in numbers if is_index(own)},
        words_of(names, has_batch),
        tuple(axes),
    )
    known = dict(numbers) if steps else {}
    told = Comments({number: f"equation {number}" for number in equations if number is not None}, steps)
    work = statements_of(kernel, called, told, known)
    taken = [public[one] for one in dict.fromkeys([*(one.name for one in kernel.arguments), *functions])]
    taken += [(called.indices if is_index(own) else called.sizes)[own] for own in numbers]
    taken += [called.words["batch"], called.words["dtype"]] if has_batch else []
    returned = ast.Return(dict_of({one.name: name(called.buffers[one.name]) for one in kernel.results}))
    defined = function("run", parameters(*taken), [*work, returned])
    return "\n".join([*lines([defined]), *runtime_source(names_used([defined]))])


def _called(number: str) -> str:
    """Return what a length, a size or the number of sequences is called."""
    return (
        f"{number.removeprefix('#')}_steps" if number.startswith("#") and " " not in number else number.split(" ")[-1]
    )


def run_as_numpy(
    kernel: Kernel,
    numbers: Mapping[str, int],
    arguments: Mapping[str, Any],
    *,
    functions: Mapping[str, Callable[..., Any]] | None = None,
    routines: Mapping[str, Callable[..., Any]] | None = None,
    batch: tuple[int, ...] | None = None,
    has_batch: bool = True,
    steps: str = "",
) -> dict[str, Any]:
    """Return the results of a kernel by name, without their margins, from what the target writes of it.

    Parameters
    ----------
    arguments : as the interpreter takes them, with room for margins.
    batch : the shape that the sequences have, by default one dimension.
    has_batch : whether what is written has a batch at all; where it has none, there is one sequence.
    """
    batch = ((numbers[_BATCH],) if _BATCH in numbers else ()) if batch is None else batch
    batch = batch if has_batch else ()
    given: list[Any] = []
    for buffer in kernel.arguments:
        value = arguments[buffer.name]
        if buffer.is_shaped:
            # What is handed in may be written to.
            value = np.array(value, float)
            at = _place_of_sequences(buffer)
            if at is not None:
                value = value.reshape((*value.shape[:at], *batch, *value.shape[at + 1 :]))
            elif not is_in_columns(kernel) and (axes := _axes(buffer)):
                # What they share may be one for each sequence as well, behind the places.
                value = np.expand_dims(value, tuple(range(len(axes), len(axes) + len(batch))))
        given.append(value)
    space: dict[str, Any] = {"np": np, **(routines or {})}
    with np.errstate(all="ignore"):
        exec(numpy_text(kernel, numbers, has_batch, steps), space)
        callables = {one.function: None for one in values_of(kernel) if isinstance(one, Opaque)}
        given += [(functions or {})[one] for one in callables]
        given += [*numbers.values(), *([batch, np.float64] if has_batch else [])]
        results = space["run"](*given)
    return {array.name: _trimmed(array, results[array.name], numbers, batch) for array in kernel.results}


def _axes(array: Array) -> list[Dim]:
    return [dim for dim in array.dims if dim.role in ("axis", "front")]


def is_in_columns(kernel: Kernel) -> bool:
    """Say whether a kernel has the sequences behind the entries of values."""
    roles = ["".join(dim.role[:2] for dim in buffer.dims) for buffer in buffers_of(kernel)]
    return any("sise" in one for one in roles)


def _place_of_sequences(array: Array) -> int | None:
    return next((at for at, dim in enumerate(array.dims) if dim.role == "sequences"), None)


def _trimmed(array: Array, value: Any, numbers: Mapping[str, int], batch: tuple[int, ...]) -> Any:
    """Return a result without its margins, its sequences as one dimension."""
    axes = _axes(array)
    if isinstance(array, Buffer) and not array.is_shaped:
        assert len(axes) == 1
        found = np.empty(axes[0].extent.number(numbers), object)
        for at in range(len(found)):
            found[at] = value[axes[0].before + at]
        return found
    at = _place_of_sequences(array)
    if at is not None:
        value = np.reshape(value, (*value.shape[:at], int(np.prod(batch)), *value.shape[at + len(batch) :]))
    elif np.ndim(value) > len(array.dims):
        # What all share has dimensions of one place for the batch, or is there for each and the same then.
        first = value[(slice(None),) * len(axes) + (0,) * len(batch)]
        behind = tuple(range(len(axes), len(axes) + len(batch)))
        np.testing.assert_array_equal(np.broadcast_to(np.expand_dims(first, behind), value.shape), value)
        value = first
    return np.asarray(value)[
        tuple(slice(dim.before, dim.before + dim.extent.number(numbers)) for dim in array.dims if dim in axes)
    ]


# Other layouts ------------------------------------------------------------------------------------------------------


def in_columns(kernel: Kernel) -> Kernel:
    """Return a kernel in which the sequences stand last in every array, behind the entries of values."""
    return with_dims(kernel, lambda one: tuple(sorted(one.dims, key=lambda dim: dim.role == "sequences")))


def in_rows(kernel: Kernel) -> Kernel:
    """Return a kernel in which the sequences stand behind the places of axes, before the entries of values."""
    return with_dims(kernel, lambda one: (*(dim for dim in one.dims if dim.role != "size"), *_sizes(one.dims)))


def for_each(kernel: Kernel, given: set[str]) -> Kernel:
    """Return a kernel whose arguments of some names, and all that is made of them, have the sequences.

    In rows what has them not may still differ from sequence to sequence, and is broadcast; in columns it may not.
    """
    own = {buffer.name for buffer in buffers_of(kernel) if buffer.name in given or SEQUENCES in buffer.dims}
    while True:
        reached = {one for statement in statements_in(kernel.body) for one in _made_of(statement, own)}
        if reached <= own:
            break
        own |= reached
    return with_dims(kernel, lambda one: _with_sequences(one.dims) if base_of(one).name in own else one.dims)


def _with_sequences(dims: tuple[Dim, ...]) -> tuple[Dim, ...]:
    return dims if SEQUENCES in dims else (*(one for one in dims if one.role != "size"), SEQUENCES, *_sizes(dims))


def _sizes(dims: tuple[Dim, ...]) -> tuple[Dim, ...]:
    return tuple(one for one in dims if one.role == "size")


def _made_of(statement: KernelStatement, own: set[str]) -> list[str]:
    """Return the buffers that a statement writes, where any that it reads is one of some."""
    reads = [base_of(node.array).name for node in nodes(values_in(statement)) if isinstance(node, Access)]
    if own.isdisjoint(reads) or (isinstance(statement, Assign) and statement.adds):
        return []
    made = [statement.buffer.name] if isinstance(statement, Make) else []
    return [*made, *(base_of(target.array).name for target in targets_of(statement))]
