"""A turn makes no new arrays: each operation puts what it computes where something lies that is not read any more.

A value is written out as its operations, one a statement. The last one computes in the place of the value; one before
that in the place of an operand that nothing reads after it, or else in scratch that all turns share. The operations are
the same, in the same order, so that results are the same digit by digit.

What has to hold of an operand's place: the whole turn reads nothing there after the operation, no other place that is
read overlaps it, and it holds nothing that the next turn or what comes after the loop reads. Only operations entry by
entry compute in the place of an operand; a product never does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.algebra.shapes import elementwise, matrix_product
from unfoldgraph.base.affine import Affine
from unfoldgraph.program.ir import (
    SEQUENCES,
    Access,
    Apply,
    Array,
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
    Remark,
    Routine,
    Strided,
    Value,
    WholeNumber,
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
from unfoldgraph.program.rewriting import with_accesses


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
    [('h', 'matmul', True), ('h', 'tanh', True)]
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


def are_in_place(kernel: Kernel) -> bool:
    """Say whether a kernel has loops over steps, and all of one of them computes in place."""
    loops = [one for one in kernel.body if isinstance(one, For) and not one.is_of_terms]
    return any(
        all(isinstance(one, Remark) or (isinstance(one, Assign) and one.in_place) for one in loop.body)
        for loop in loops
    )


def are_of_numbers(kernel: Kernel) -> bool:
    """Say whether the loops over steps of a kernel compute single numbers of each sequence, and no vectors."""
    loops = [one for one in kernel.body if isinstance(one, For) and not one.is_of_terms]
    return all(shape_of(target) == () for loop in loops for one in loop.body for target in targets_of(one))


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

    def changed(self) -> tuple[For, list[Buffer]]:
        """Return the loop and the arrays that are to be made for it."""
        body: list[KernelStatement] = []
        waiting = [*self.loop.body]
        while waiting:
            statement = waiting.pop(0)
            if not isinstance(statement, Assign) or not self._has_places(statement):
                body.append(statement)
                continue
            written = list(self._written_out(statement, body, list(_reads(waiting))))
            other = self._other_name(written[-1], body, waiting)
            if other is not None:
                # What is computed stays where it was computed from, under that name.
                waiting = [*with_accesses(waiting, _renaming(statement.target.array, other))]
                written[-1] = replace(written[-1], target=other)
            body += written
        return replace(self.loop, body=tuple(body)), self.made

    def _other_name(
        self, last: Assign, body: Sequence[KernelStatement], waiting: Sequence[KernelStatement]
    ) -> Access | None:
        """Return the place of an operand for a signal of one turn, where nothing else reads that place from then on."""
        array, value = last.target.array, last.value
        is_of_turn = isinstance(array, Buffer) and not last.target.places and self._is_of_turn(array, body)
        if not is_of_turn or not isinstance(value, Apply) or OPERATORS[value.row].rule is not elementwise:
            return None
        later = list(_reads(waiting))
        for operand in value.arguments:
            if not isinstance(operand, Access) or not _is_full(operand) or shape_of(operand) != value.shape:
                continue
            if not any(_overlap(operand, one) for one in later) and self._is_ours(operand, body):
                return operand
        return None

    def _has_places(self, statement: Assign) -> bool:
        """Say whether every operation of a statement can be told where to put what it computes."""
        target, root = statement.target, statement.value
        if statement.adds or not isinstance(root, Apply | Access) or not _is_full(target) or not _is_of_each(root):
            return False
        for node in nodes([root], stop=_is_leaf):
            if _is_leaf(node):
                if not all(map(_is_small, nodes([node]))):
                    return False
            elif isinstance(node, Apply):
                row = OPERATORS[node.row]
                if not _has_ufunc(node) or node.shape is None:
                    return False
                if row.rule is matrix_product and not _is_product_with_columns(node):
                    return False
        return shape_of(root) == shape_of(target)

    def _written_out(
        self, statement: Assign, body: Sequence[KernelStatement], later: Sequence[Access]
    ) -> Iterator[Assign]:
        """Yield the operations of a statement, each in its place."""
        order = list(nodes([statement.value], stop=_is_leaf))
        if isinstance(statement.value, Access):
            yield replace(statement, in_place=True)
        uses: dict[int, int] = {}
        for node in order:
            for part in parts(node):
                uses[id(part)] = uses.get(id(part), 0) + 1
        where: dict[int, Value] = {id(node): node for node in order if _is_leaf(node)}
        for node in order:
            if not isinstance(node, Apply) or _is_leaf(node):
                continue
            for part in parts(node):
                uses[id(part)] -= 1
            # What is computed and waits, and what is not read yet.
            waiting = [where[id(one)] for one in order if uses.get(id(one)) and id(one) in where]
            operands = tuple(where[id(part)] for part in node.arguments)
            own = replace(node, arguments=operands)
            place = statement.target
            if node is not statement.value:
                place = self._place(own, statement.target, _accesses(waiting), later, body)
            where[id(node)] = place
            yield Assign(place, own, equation=statement.equation, in_place=True)

    def _place(
        self,
        node: Apply,
        target: Access,
        waiting: Sequence[Access],
        later: Sequence[Access],
        body: Sequence[KernelStatement],
    ) -> Access:
        """Return where an operation puts what it computes on the way to a target."""
        operands = _accesses(node.arguments)
        in_place = OPERATORS[node.row].rule is elementwise
        # What stands in the target is replaced in any case.
        is_free = shape_of(target) == node.shape and not any(_overlap(target, one) for one in waiting)
        is_operand = any(_overlap(target, one) for one in operands)
        if is_free and is_operand and in_place and any(_is_same(target, one) for one in operands):
            return target
        for operand in operands if in_place else ():
            if _is_full(operand) and shape_of(operand) == node.shape:
                read = (*waiting, *later)
                if not any(_overlap(operand, one) for one in read) and self._is_ours(operand, body):
                    return operand
        if is_free and not is_operand:
            return target
        wanted = self.scratch.new(target.array.name, node.shape or ())
        for own in self.made:
            access = Access(own)
            if own.dims == wanted.dims and not any(_overlap(access, one) for one in (*waiting, *later, *operands)):
                return access
        self.made.append(wanted)
        return Access(wanted)

    def _is_ours(self, place: Access, body: Sequence[KernelStatement]) -> bool:
        """Say whether a place holds nothing that is read in another turn, or behind the loop."""
        buffer = base_of(place.array)
        return buffer in self.made or self._is_of_turn(buffer, body)

    def _is_of_turn(self, buffer: Buffer, body: Sequence[KernelStatement]) -> bool:
        """Say whether each turn writes a buffer before it reads it; `body` is what the turn has computed so far."""
        if buffer.kind != "scratch" or buffer.name in self.outside:
            return False
        if any(dim.role in ("axis", "front") for dim in buffer.dims):
            return False
        for statement in (*body, *self.loop.body):
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


def _renaming(array: Array, other: Access) -> Callable[[Access], Access]:
    """Return what puts one access in the place of those of an array."""
    return lambda one: other if one.array == array else one


def _is_same(one: Access, other: Access) -> bool:
    """Say whether two accesses are of one place."""
    return one.array == other.array and one.places == other.places


def _overlap(one: Access, other: Access) -> bool:
    """Say whether two accesses may be of one place."""
    if base_of(one.array) != base_of(other.array):
        return False
    if one.array == other.array and _are_at_other_places(one, other):
        return False
    (_, mine), (_, theirs) = rows_of(one), rows_of(other)
    return not any(name in theirs and _are_apart(at, theirs[name]) for name, at in mine.items())


def _are_at_other_places(one: Access, other: Access) -> bool:
    """Say whether two accesses of an array are at two places of a dimension that always differ."""
    places = dict(other.places)
    for name, at in one.places:
        theirs = places.get(name)
        if isinstance(at, Affine) and isinstance(theirs, Affine):
            gap = at - theirs
            if not gap.terms and gap.constant:
                return True
    return False


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


def _is_leaf(node: Value) -> bool:
    """Say whether a value is no operation on what each sequence has, and small: it stands where it is used."""
    return not isinstance(node, Apply) or not _is_of_each(node)


def _is_small(node: Value) -> bool:
    """Say whether a value may stand where it is used: a number, what has a place by sums, or an operation on such."""
    if isinstance(node, Access):
        return not any(isinstance(at, Gather | Bound) for _, at in node.places)
    return isinstance(node, Number | WholeNumber | Apply)


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
