"""Kernels with other values, accesses or arrays in them: what every pass does with what it has found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from unfoldgraph.program.ir import (
    Access,
    Accumulate,
    Array,
    Assign,
    Buffer,
    Dim,
    Each,
    For,
    Guard,
    Kernel,
    KernelStatement,
    Make,
    Remark,
    Routine,
    Value,
    View,
    WhereWhole,
    nodes,
    statements_in,
    with_parts,
)

Body = tuple[KernelStatement, ...]
"""Statements in their order."""


def with_values(body: Iterable[KernelStatement], changed: Callable[[Value], Value]) -> Body:
    """Return statements that put other values in the same places; it calls itself once per nested block.

    What fills an array, what a routine is handed and what is looked at are left as they are.
    """
    found: list[KernelStatement] = []
    for statement in body:
        match statement:
            case For() | Each():
                found.append(replace(statement, body=with_values(statement.body, changed)))
            case Guard() | WhereWhole():
                then, other = with_values(statement.then, changed), with_values(statement.other, changed)
                found.append(replace(statement, then=then, other=other))
            case Assign():
                found.append(replace(statement, value=changed(statement.value)))
            case Routine():
                found.append(replace(statement, otherwise=with_values(statement.otherwise, changed)))
            case _:
                found.append(statement)
    return tuple(found)


def with_parts_changed(root: Value, changed: Mapping[int, Value]) -> Value:
    """Return a value with others in place of some of its parts, by their identity."""
    made = dict(changed)
    for node in nodes([root], stop=lambda node: id(node) in made):
        if id(node) not in made:
            made[id(node)] = with_parts(node, made)
    return made[id(root)]


def with_accesses(body: Iterable[KernelStatement], changed: Callable[[Access], Access]) -> Body:
    """Return statements in which every access is another; what is one value in them stays one.

    It calls itself once per nested block. Arrays that are made are to be changed by whoever asks.
    """
    return _Accesses(changed).body(body)


class _Accesses:
    def __init__(self, changed: Callable[[Access], Access]) -> None:
        self.changed = changed
        self.made: dict[int, Value] = {}
        #: What is known by its identity has to last.
        self.kept: list[Value] = []

    def value(self, root: Value) -> Value:
        self.kept.append(root)
        for node in nodes([root], stop=lambda node: id(node) in self.made):
            if id(node) not in self.made:
                other = with_parts(node, self.made)
                self.made[id(node)] = self.changed(other) if isinstance(other, Access) else other
        return self.made[id(root)]

    def access(self, one: Access) -> Access:
        found = self.value(one)
        assert isinstance(found, Access)  # so is what an access is changed to
        return found

    def body(self, body: Iterable[KernelStatement]) -> Body:
        return tuple(map(self.statement, body))

    def statement(self, one: KernelStatement) -> KernelStatement:
        match one:
            case Assign():
                return replace(one, target=self.access(one.target), value=self.value(one.value))
            case Accumulate():
                return replace(one, target=self.access(one.target), value=self.access(one.value))
            case Routine():
                values = tuple(
                    tuple(map(self.value, given)) if isinstance(given, tuple) else self.value(given)
                    for given in one.arguments
                )
                targets = tuple(map(self.access, one.targets))
                return replace(one, targets=targets, arguments=values, otherwise=self.body(one.otherwise))
            case Make():
                return replace(one, fill=None if one.fill is None else self.value(one.fill))
            case Guard():
                return replace(one, then=self.body(one.then), other=self.body(one.other))
            case WhereWhole():
                looked_at = tuple(map(self.value, one.values))
                return replace(one, values=looked_at, then=self.body(one.then), other=self.body(one.other))
            case For() | Each():
                return replace(one, body=self.body(one.body))
            case Remark():
                return one


def with_dims(kernel: Kernel, changed: Callable[[Array], tuple[Dim, ...]]) -> Kernel:
    """Return a kernel over arrays with other dimensions.

    >>> from unfoldgraph.base.affine import size
    >>> from unfoldgraph.program.ir import Buffer, Number
    >>> y, entries = Buffer("y", "result"), Dim("0", size("m"), "size")
    >>> kernel = with_dims(Kernel((), (Make(y, Number(1)),), (y,)), lambda _: (entries,))
    >>> kernel.results[0].dims == kernel.body[0].buffer.dims == (entries,)
    True
    """
    arrays: dict[Array, Array] = {}

    def array(one: Array) -> Array:
        below: list[Array] = [one]
        while isinstance(below[-1], View):
            below.append(below[-1].base)
        for own in reversed(below):
            if own not in arrays:
                other = replace(own, base=arrays[own.base]) if isinstance(own, View) else own
                arrays[own] = replace(other, dims=changed(own))
        return arrays[one]

    body = with_accesses(kernel.body, lambda one: replace(one, array=array(one.array)))
    made = {one.buffer: array(one.buffer) for one in statements_in(body) if isinstance(one, Make)}
    body = with_buffers(body, {one: other for one, other in made.items() if isinstance(other, Buffer)})
    return Kernel(tuple(map(array, kernel.arguments)), body, tuple(map(array, kernel.results)))  # type: ignore[arg-type]


def with_buffers(body: Iterable[KernelStatement], others: Mapping[Buffer, Buffer]) -> Body:
    """Return statements that make other buffers in place of some; it calls itself once per nested block.

    Accesses are left as they are.
    """
    found: list[KernelStatement] = []
    for one in body:
        match one:
            case Make():
                found.append(replace(one, buffer=others.get(one.buffer, one.buffer)))
            case For() | Each():
                found.append(replace(one, body=with_buffers(one.body, others)))
            case Guard() | WhereWhole():
                then, other = with_buffers(one.then, others), with_buffers(one.other, others)
                found.append(replace(one, then=then, other=other))
            case Routine():
                found.append(replace(one, otherwise=with_buffers(one.otherwise, others)))
            case _:
                found.append(one)
    return tuple(found)
