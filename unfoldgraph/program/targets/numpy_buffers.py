"""Buffers as NumPy arrays, or lists where only functions of the caller tell what a value is."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from unfoldgraph.program.ir import Buffer, Dim, Number
from unfoldgraph.program.names import written_name
from unfoldgraph.program.python_text.nodes import (
    Beside,
    assign,
    binary,
    call,
    constant,
    list_of,
    name,
    starred,
    tuple_of,
)
from unfoldgraph.program.python_text.prose import first_place
from unfoldgraph.program.targets.numpy_names import Scope
from unfoldgraph.program.targets.numpy_places import is_list
from unfoldgraph.program.targets.numpy_values import ValueWriter


class BufferWriter:
    """Writes the arrays of one kernel that are made to be filled.

    Parameters
    ----------
    values : writes values.
    """

    def __init__(self, values: ValueWriter) -> None:
        self.values = values
        self.called = values.called
        self.words = values.words
        self.places = values.places

    def allocated(self, buffer: Buffer, fill: Number | None, scope: Scope) -> list[ast.stmt]:
        """Return the statements that make an array, or a list, to be filled."""
        target = self.called.buffer(buffer.name)
        lengths = [self._room(dim, scope) for dim in buffer.dims if dim.role in ("axis", "front")]
        if is_list(buffer):
            room = list_of(call(self.words.numpy("zeros"), tuple_of(), self.words.dtype))
            *outer, last = lengths
            room = binary("*", room, last)
            for one in reversed(outer):
                room = _repeated(room, call(self.words["range"], one))
        else:
            shape = self._shape(buffer, lengths)
            kind = self.words.numpy("int64") if buffer.numbers == "whole" else self.words.dtype
            if fill is None:
                room = call(self.words.numpy("empty"), shape, kind)
            elif fill.value == 0:
                room = call(self.words.numpy("zeros"), shape, kind)
            else:
                room = call(self.words.numpy("full"), shape, self.values.constant(fill.value).tree, kind)
        made = assign(target, room)
        # A ring holds its places anywhere.
        befores = [dim.before for dim in buffer.dims if dim.role == "axis" and dim.kept is None]
        is_of_circuit = written_name(buffer.name) == buffer.name
        told = first_place(self.called.buffers[buffer.name], buffer.name, befores) if is_of_circuit else ""
        return [Beside(made, told) if told else made]

    def _room(self, dim: Dim, scope: Scope) -> ast.expr:
        """Return how many places of a dimension are kept."""
        if dim.kept is not None:
            return self.called.whole(dim.kept, scope)
        length = self.called.whole(dim.extent, scope)
        if isinstance(length, ast.Constant):
            return self.called.more(length, dim.after + dim.before)
        if isinstance(dim.before, int):
            return self.called.more(binary("+", constant(dim.before), length) if dim.before else length, dim.after)
        return self.called.more(self.called.more(length, dim.before), dim.after)

    def _shape(self, buffer: Buffer, lengths: Sequence[ast.expr]) -> ast.expr:
        """Return the shape of an array."""
        waiting = iter(lengths)
        entries: list[ast.expr] = []
        for dim in buffer.dims:
            if dim.role == "sequences":
                entries += [starred(self.words.batch)] if self.words.has_batch else []
            else:
                if dim.role == "size" and not any(isinstance(one, ast.Starred) for one in entries):
                    entries += self._ones(buffer)
                entries.append(self.places.size(dim.extent) if dim.role == "size" else next(waiting))
        if not any(dim.role in ("size", "sequences") for dim in buffer.dims):
            entries += self._ones(buffer)
        is_one = len(entries) == 1 and not isinstance(entries[0], ast.Starred)
        if len(entries) == 1 and isinstance(entries[0], ast.Starred):
            return self.words.batch
        return entries[0] if is_one and lengths else tuple_of(*entries)

    def _ones(self, buffer: Buffer) -> list[ast.expr]:
        """Return the dimensions in the stead of the batch of what all sequences share at the places of axes."""
        roles = [dim.role for dim in buffer.dims]
        if (
            self.values.in_columns
            or not self.words.has_batch
            or "sequences" in roles
            or not {"axis", "front"} & {*roles}
        ):
            return []
        return [starred(binary("*", list_of(constant(1)), call(self.words["len"], self.words.batch)))]


def _repeated(room: ast.expr, turns: ast.expr) -> ast.expr:
    return ast.ListComp(room, [ast.comprehension(name("_"), turns, [], 0)])
