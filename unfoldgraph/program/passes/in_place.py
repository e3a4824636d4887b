"""A turn makes no new arrays: each operation puts what it computes where something lies that is not read any more.

A value is written out as its operations, one a statement. The last one computes in the place of the value; one before
that in the place of an operand that nothing reads after it, or else in scratch that all turns share. The operations are
the same, in the same order, so that results are the same digit by digit.

What has to hold of an operand's place: the whole turn reads nothing there after the operation, no other place that is
read overlaps it, and it holds nothing that the next turn or what comes after the loop reads. Only operations entry by
entry compute in the place of an operand; a product never does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.algebra.shapes import elementwise, matrix_product
from unfoldgraph.base.affine import Affine
from unfoldgraph.program.ir import (
    SEQUENCES,
    Access,
    Apply,
    Assign,
    Bound,
    Buffer,
    Dim,
    Extents,
    For,
    Gather,
    Kernel,
    KernelStatement,
    Make,
    Number,
    Routine,
    Strided,
    Value,
    base_of,
    has_sequences,
    is_natural,
    nodes,
    parts,
    rows_of,
    shape_of,
    statements_in,
    targets_of,
    values_in,
)
from unfoldgraph.program.names import told_apart, written_name
from unfoldgraph.program.python_text.ufuncs import takes_out


def in_place(kernel: Kernel) -> Kernel:
    """Return a kernel whose loops over steps make no new arrays, where their operations have places.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> from unfoldgraph.program.lower import lower
    >>> from unfoldgraph.program.passes.layout import in_columns
    >>> from unfoldgraph.program.schedule import schedule_of
    >>> kernel = lower(schedule_of(read("h(t) = tanh(W @ h(t-1)); W : (m, m)"), None))
    >>> *_, loop = in_place(in_columns(kernel, frozenset("W"))).body
    >>> [(one.target.array.name, one.value.row, one.in_place) for one in loop.body]
    [('h_part 0', 'matmul', True), ('h', 'tanh', True)]
    """
    found: list[KernelStatement] = []
    scratch = _Scratch()
    for statement in kernel.body:
        if isinstance(statement, For) and not statement.is_of_terms:
            loop, made = _InPlace(kernel, statement, scratch).changed()
            found += [*map(Make, made), loop]
        else:
            found.append(statement)
    return replace(kernel, body=tuple(found))


class _Scratch:
    """Names for what all turns of a loop share."""

    def __init__(self) -> None:
        self.count = 0

    def new(self, like: str, shape: Extents) -> Buffer:
        """Return a new array for a value of every sequence."""
        called = told_apart(f"{written_name(like)}_part", str(self.count))
        self.count += 1
        sizes = tuple(Dim(str(at), extent, "size") for at, extent in enumerate(shape))
        return Buffer(called, "scratch", (*sizes, SEQUENCES))


class _InPlace:
    """Writes out the statements of one loop."""

    def __init__(self, kernel: Kernel, loop: For, scratch: _Scratch) -> None:
        self.loop, self.scratch = loop, scratch
        others = [one for one in kernel.body if one is not loop]
        #: What is read outside of the loop, or returned.
        self.outside = {base_of(one.array).name for one in _reads(others)}
        self.outside |= {base_of(array).name for array in kernel.results}
        self.made: list[Buffer] = []
        #: Scratch that nothing reads any more in this turn.
        self.free: list[Access] = []

    def changed(self) -> tuple[For, list[Buffer]]:
        """Return the loop and the arrays that are to be made for it."""
        body: list[KernelStatement] = []
        for at, statement in enumerate(self.loop.body):
            if isinstance(statement, Assign) and self._has_places(statement):
                later = [*_reads(self.loop.body[at + 1 :])]
                body += self._written_out(statement, at, later)
            else:
                body.append(statement)
        return replace(self.loop, body=tuple(body)), self.made

    def _has_places(self, statement: Assign) -> bool:
        """Say whether every operation of a statement can be told where to put what it computes."""
        target, root = statement.target, statement.value
        if statement.adds or not isinstance(root, Apply) or not _is_full(target):
            return False
        for node in nodes([root]):
            if isinstance(node, Apply):
                row = OPERATORS[node.row]
                if not _has_ufunc(node) or node.shape is None:
                    return False
                if row.rule is matrix_product and not _is_product_with_columns(node):
                    return False
                if not _is_of_each(node):
                    # It is the same for all sequences, and small.
                    return False
            elif isinstance(node, Access):
                if any(isinstance(at, Gather | Bound) for _, at in node.places):
                    return False
            elif not isinstance(node, Number):
                return False
        return shape_of(root) == shape_of(target)

    def _written_out(self, statement: Assign, at: int, later: Sequence[Access]) -> Iterator[KernelStatement]:
        """Yield the operations of a statement, each in its place."""
        order = list(nodes([statement.value]))
        uses: dict[int, int] = {}
        for node in order:
            for part in parts(node):
                uses[id(part)] = uses.get(id(part), 0) + 1
        where: dict[int, Value] = {id(node): node for node in order if not isinstance(node, Apply)}
        for node in order:
            if not isinstance(node, Apply):
                continue
            for part in parts(node):
                uses[id(part)] -= 1
            # What is computed and waits, and what is not read yet.
            waiting = [one for one in order if uses.get(id(one)) and id(one) in where]
            read = [own for one in waiting if isinstance(own := where[id(one)], Access)]
            place = self._place(node, statement, where, uses, [*read, *later], at)
            operands = tuple(where[id(part)] for part in node.arguments)
            where[id(node)] = place
            yield Assign(place, replace(node, arguments=operands), equation=statement.equation, in_place=True)

    def _place(
        self,
        node: Apply,
        statement: Assign,
        where: Mapping[int, Value],
        uses: Mapping[int, int],
        later: Sequence[Access],
        at: int,
    ) -> Access:
        """Return where an operation puts what it computes."""
        operands = [where[id(part)] for part in node.arguments]
        if node is statement.value:
            return statement.target
        if OPERATORS[node.row].rule is elementwise:
            for part, operand in zip(node.arguments, operands, strict=True):
                if not isinstance(operand, Access) or uses[id(part)] or not _is_full(operand):
                    continue
                is_read = shape_of(operand) != node.shape or any(_overlap(operand, other) for other in later)
                if not is_read and self._is_ours(operand, statement, at):
                    return operand
        wanted = self.scratch.new(statement.target.array.name, node.shape or ())
        for own in self.made:
            access = Access(own)
            if own.dims == wanted.dims and not any(_overlap(access, one) for one in (*later, *_accesses(operands))):
                return access
        self.made.append(wanted)
        return Access(wanted)

    def _is_ours(self, place: Access, own: Assign, at: int) -> bool:
        """Say whether a place holds nothing that is read in another turn, or behind the loop."""
        buffer = base_of(place.array)
        if buffer in self.made:
            return True
        if buffer.kind == "argument" or buffer.name in self.outside:
            return False
        if any(dim.role in ("axis", "front") for dim in buffer.dims):
            return False
        target = own.target
        if place.array == target.array and place.places == target.places:
            # What it held is replaced here.
            return True
        # It is written anew in each turn before it is read.
        for statement in self.loop.body[:at]:
            if any(base_of(one.array) == buffer for one in _reads([statement])):
                return False
            if any(buffer == one.array and not one.places for one in targets_of(statement)):
                return True
        return False


def _reads(body: Sequence[KernelStatement]) -> Iterator[Access]:
    """Yield what statements read."""
    for statement in statements_in(body):
        values = [*values_in(statement)]
        if isinstance(statement, Assign) and statement.adds:
            values.append(statement.target)
        if isinstance(statement, Routine):
            values += statement.targets
        yield from (node for node in nodes(values) if isinstance(node, Access))


def _accesses(values: Sequence[Value]) -> list[Access]:
    return [one for one in values if isinstance(one, Access)]


def _overlap(one: Access, other: Access) -> bool:
    """Say whether two accesses may be of one place."""
    if base_of(one.array) != base_of(other.array):
        return False
    (_, mine), (_, theirs) = rows_of(one), rows_of(other)
    return not any(name in theirs and _are_apart(at, theirs[name]) for name, at in mine.items())


def _are_apart(one: Strided, other: Strided) -> bool:
    for low, high in ((one, other), (other, one)):
        if isinstance(low.first, Affine) and isinstance(high.first, Affine):
            gap = high.first - low.first - low.extent
            if is_natural(gap):
                return True
    return False


def _is_full(access: Access) -> bool:
    return has_sequences(access.array)


def _is_of_each(root: Value) -> bool:
    """Say whether a value is one of every sequence."""
    return any(isinstance(node, Access) and _is_full(node) for node in nodes([root]))


def _has_ufunc(node: Apply) -> bool:
    """Say whether NumPy has a function for an operation that can be told where to put its result."""
    row = OPERATORS[node.row]
    if row.rule is matrix_product:
        return True
    return row.rule is elementwise and not row.laws.truths and takes_out(node.row, len(node.arguments))


def _is_product_with_columns(node: Apply) -> bool:
    """Say whether a product is of a matrix that all share with vectors of each sequence."""
    matrix, vector = node.arguments
    return not _is_of_each(matrix) and len(shape_of(matrix) or ()) == 2 and len(shape_of(vector) or ()) == 1
