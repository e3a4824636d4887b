"""One product a step: what matrices are multiplied by stands below each other, and the matrices beside each other.

`W @ h(t-1) + U @ x(t) + b` is one matrix `[W U b]` times one column of h(t-1), x(t) and 1. The columns of all steps are
one array, whose first rows are the h that is returned: what a step computes lies where the next one reads it.

What has to hold: the vectors are known when a turn begins, and the matrices are the same in each and for all sequences.
A block holds only rows that read the same vectors: a block of zeros times what is infinite is no number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.algebra.shapes import matrix_product
from unfoldgraph.base.affine import Affine, index, whole
from unfoldgraph.base.errors import listing
from unfoldgraph.program.ir import (
    SEQUENCES,
    Access,
    Apply,
    Array,
    Assign,
    Buffer,
    Dim,
    Each,
    For,
    IndexRange,
    Kernel,
    KernelStatement,
    Make,
    Number,
    Remark,
    Routine,
    Strided,
    Value,
    View,
    base_of,
    indices_of,
    nodes,
    parts,
    shape_of,
    statements_in,
    targets_of,
    values_in,
)
from unfoldgraph.program.names import told_apart, written_name
from unfoldgraph.program.passes.sums import signed_terms, sum_of
from unfoldgraph.program.rewriting import with_accesses, with_parts_changed, with_values

BLOCK = "_block"
"""What the function of the runtime is called that puts matrices beside and below each other."""


def columns(kernel: Kernel, shared: frozenset[str]) -> Kernel:
    """Return a kernel whose loops compute one product a step; the same where no loop is so.

    Parameters
    ----------
    kernel : in the layout of columns.
    shared : the arguments that all sequences have in common.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> from unfoldgraph.program.lower import lower
    >>> from unfoldgraph.program.passes.layout import in_columns
    >>> from unfoldgraph.program.schedule import schedule_of
    >>> kernel = lower(schedule_of(read("h(t) = tanh(W @ h(t-1) + U @ x(t) + b)"), None))
    >>> shared = frozenset(["W", "U", "b"])
    >>> kernel = columns(in_columns(kernel, shared), shared)
    >>> kernel.results[0].base.name, [dim.name for dim in kernel.results[0].base.dims]
    ('columns 0', ['t', 'row', 'sequences'])
    """
    count = 0
    # What is stacked is no array of its own any more, so that there are fewer each time.
    while groups := [group for one in kernel.body if isinstance(one, For) for group in _groups(one, shared)]:
        kernel = _Stacking(kernel, groups[0], count).stacked()
        count += 1
    return kernel


def has_products(kernel: Kernel, shared: frozenset[str]) -> bool:
    """Say whether a loop multiplies a matrix by what an earlier turn has computed, so that columns are worth it."""
    return any(
        vector.is_carried
        for loop in kernel.body
        if isinstance(loop, For) and _is_plain(loop)
        for row in _rows(loop, shared, _written(loop))
        for vector, _, _ in row.products
    )


def _is_plain(loop: For) -> bool:
    """Say whether a loop over steps computes the same statements in each turn."""
    return not loop.is_of_terms and abs(loop.step) == 1 and all(isinstance(one, Assign) for one in loop.body)


def _written(loop: For) -> set[str]:
    return {base_of(target.array).name for one in loop.body for target in targets_of(one)}


@dataclass(frozen=True, slots=True)
class _KnownVector:
    """A vector that a turn begins with: an array at the place of the turn and so many places further."""

    array: Buffer
    dim: Dim
    offset: int
    is_carried: bool

    @property
    def extent(self) -> Affine:
        """How many entries it has."""
        (size,) = (dim for dim in self.array.dims if dim.role == "size")
        return size.extent


@dataclass(frozen=True, slots=True, eq=False)
class _SumRow:
    """A sum of products of matrices with vectors, of vectors that do not change, and of what else there is."""

    node: Value
    products: tuple[tuple[_KnownVector, int, Value], ...]
    fixed: tuple[tuple[int, Value], ...]
    others: tuple[tuple[int, Value], ...]
    signal: str
    is_gate: bool

    @property
    def extent(self) -> Affine:
        """How many entries it has."""
        (extent,) = shape_of(self.node) or ()
        return extent


@dataclass(frozen=True, slots=True)
class _Stack:
    """Rows that read the same vectors, and the turns of the loop that they are in."""

    turns: IndexRange
    vectors: tuple[_KnownVector, ...]
    rows: tuple[_SumRow, ...]

    @property
    def has_one(self) -> bool:
        """Whether something that does not change is added to a row."""
        return any(row.fixed for row in self.rows)


def _groups(loop: For, shared: frozenset[str]) -> list[_Stack]:
    """Return the rows of a loop in groups, the largest first; those whose signals are in no other group."""
    if not _is_plain(loop):
        return []
    found: dict[frozenset[_KnownVector], list[_SumRow]] = {}
    for row in _rows(loop, shared, _written(loop)):
        found.setdefault(frozenset(vector for vector, _, _ in row.products), []).append(row)
    groups: list[_Stack] = []
    taken: set[str] = set()
    for vectors, rows in sorted(found.items(), key=lambda one: -len(one[1])):
        carried = [vector for vector in vectors if vector.is_carried]
        names = {vector.array.name for vector in carried}
        is_alone = len(vectors) == len(rows) == 1 and not rows[0].fixed
        # One signal is in one place of one block; a matrix alone is a product as it stands.
        if not carried or is_alone or names & taken or len(names) < len(carried):
            continue
        order = dict.fromkeys(vector for row in rows for vector, _, _ in row.products)
        ordered = sorted(order, key=lambda vector: not vector.is_carried)
        # Gates stand first, so that they lie together.
        rows.sort(key=lambda row: not row.is_gate)
        groups.append(_Stack(loop.range, tuple(ordered), tuple(rows)))
        taken |= names
    return groups


def _rows(loop: For, shared: frozenset[str], written: set[str]) -> Iterator[_SumRow]:
    """Yield the largest sums with products in them, each once."""
    seen: set[int] = set()
    reading = _Reading(loop, shared, written)
    gated = _only_in_gates(loop)
    for statement in loop.body:
        waiting = [*values_in(statement)]
        signal = written_name(base_of(targets_of(statement)[0].array).name)
        while waiting:
            node = waiting.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            row = reading.row(node, signal, id(node) in gated)
            if row is None:
                waiting += reversed(parts(node))
            else:
                yield row
                waiting += [other for _, other in row.others]


def _only_in_gates(loop: For) -> set[int]:
    """Return the values of a loop that are read by one logistic function and nothing else."""
    values = [value for one in loop.body for value in values_in(one)]
    read: dict[int, list[Value]] = {id(value): [] for value in values}
    for node in nodes(values):
        for part in parts(node):
            read.setdefault(id(part), []).append(node)
    return {
        own
        for own, by in read.items()
        if len(by) == 1 and isinstance(by[0], Apply) and OPERATORS[by[0].row].laws.logistic
    }


class _Reading:
    """Reads the sums of one loop."""

    def __init__(self, loop: For, shared: frozenset[str], written: set[str]) -> None:
        self.loop, self.shared, self.written = loop, shared, written

    def row(self, node: Value, signal: str, is_gate: bool) -> _SumRow | None:
        """Return a value as a sum; None where no product is in it that a turn begins with."""
        if len(shape_of(node) or ()) != 1:
            return None
        products, fixed, others = [], [], []
        for sign, term in signed_terms(node):
            vector = self._vector(term)
            if vector is not None and isinstance(term, Apply):
                products.append((vector, sign, term.arguments[0]))
            elif self._is_fixed(term) and len(shape_of(term) or ()) == 1:
                fixed.append((sign, term))
            else:
                others.append((sign, term))
        if not products:
            return None
        return _SumRow(node, tuple(products), tuple(fixed), tuple(others), signal, is_gate and not others)

    def _vector(self, term: Value) -> _KnownVector | None:
        """Return the vector that a matrix is multiplied by, where that is known when a turn begins."""
        if not isinstance(term, Apply) or OPERATORS[term.row].rule is not matrix_product:
            return None
        matrix, access = term.arguments
        if len(shape_of(matrix) or ()) != 2 or not self._is_fixed(matrix) or not isinstance(access, Access):
            return None
        array, places = access.array, dict(access.places)
        axes = [dim for dim in array.dims if dim.role == "axis"]
        if not isinstance(array, Buffer) or len(axes) != 1 or len(places) != 1 or len(shape_of(access) or ()) != 1:
            return None
        (dim,), (at,) = axes, places.values()
        offset = at - index(self.loop.index) if isinstance(at, Affine) else index(self.loop.index)
        is_carried = array.name in self.written
        if offset.terms or dim.kept is not None or array.dims.index(dim) or SEQUENCES not in array.dims:
            return None
        if not isinstance(dim.before, int) or not isinstance(dim.after, int):
            return None
        if is_carried and offset.constant * self.loop.step >= 0:
            return None
        return _KnownVector(array, dim, offset.constant, is_carried)

    def _is_fixed(self, value: Value) -> bool:
        """Say whether a value is the same in each turn, and for all sequences."""
        for node in nodes([value]):
            if isinstance(node, Access):
                if node.array.name not in self.shared or any(indices_of(at) for _, at in node.places):
                    return False
            elif not isinstance(node, Apply | Number):
                return False
        return True


class _Stacking:
    """Puts the rows of one group below each other."""

    def __init__(self, kernel: Kernel, group: _Stack, count: int) -> None:
        self.kernel, self.group = kernel, group
        (extent,) = {vector.dim.extent for vector in group.vectors if vector.is_carried}
        one = whole(int(group.has_one))
        self.total = sum((vector.extent for vector in group.vectors), start=one)
        self.height = sum((row.extent for row in group.rows), start=whole(0))
        carried = [vector for vector in group.vectors if vector.is_carried]
        self.time = carried[0].dim.name
        before = max(0, *(_number(vector.dim.before) + vector.offset for vector in carried))
        after = max(0, *(_number(vector.dim.after) - vector.offset for vector in carried))
        dim = Dim(self.time, extent, "axis", before, after)
        self.columns = Buffer(
            told_apart("columns", str(count)), "scratch", (dim, Dim("row", self.total, "size"), SEQUENCES)
        )
        names = _joined([written_name(node.array.name) for row in group.rows for node in _matrices(row)])
        sizes = Dim("0", self.height, "size"), Dim("1", self.total, "size")
        self.weights = Buffer(told_apart(names, "beside", str(count)), "scratch", sizes)
        self.product = Buffer(told_apart("z", str(count)), "scratch", (sizes[0], SEQUENCES))
        #: Where the rows of each vector begin.
        self.first: dict[_KnownVector, Affine] = {}
        begin = whole(0)
        for vector in group.vectors:
            self.first[vector] = begin
            begin += vector.extent
        self.views = {vector.array: self._view(vector) for vector in carried}

    def _view(self, vector: _KnownVector) -> View:
        """Return a signal as rows of the columns."""
        size, sequences = (one for one in vector.array.dims if one.role != "axis")
        rows = index(size.name) + self.first[vector]
        places = ((self.time, index(vector.dim.name) - vector.offset), ("row", rows))
        return View(vector.array.name, self.columns, (vector.dim, size, sequences), places)

    def stacked(self) -> Kernel:
        """Return the kernel with one product for the group."""
        body = with_accesses(self.kernel.body, self._of_columns)
        found: list[KernelStatement] = []
        is_made = False
        for before, statement in zip(self.kernel.body, body, strict=True):
            if isinstance(before, Make) and before.buffer in self.views:
                # The first of them makes the columns of all.
                found += [] if is_made else [*self._weights(), Make(self.columns, Number(0)), *self._ones()]
                is_made = True
            elif isinstance(before, For) and isinstance(statement, For) and self._is_own(before):
                found += [*self._given(), Make(self.product), self._loop(before, statement)]
            else:
                found.append(statement)
        results = tuple(self.views.get(one, one) if isinstance(one, Buffer) else one for one in self.kernel.results)
        return replace(self.kernel, body=tuple(found), results=results)

    def _is_own(self, loop: For) -> bool:
        names = {base_of(target.array).name for one in statements_in([loop]) for target in targets_of(one)}
        return any(array.name in names for array in self.views)

    def _of_columns(self, one: Access) -> Access:
        view = self.views.get(one.array) if isinstance(one.array, Buffer) else None
        return one if view is None else replace(one, array=view)

    def _weights(self) -> list[KernelStatement]:
        """Return the statements that put the matrices beside each other."""
        told = listing([*_names(self.group), *(["1"] if self.group.has_one else [])])
        several = f", so one product a step gives all {len(self.group.rows)} sums" if len(self.group.rows) > 1 else ""
        remark = f"One column a sequence: {told} below each other{several or ', so a step is one product'}."
        rows = []
        for row in self.group.rows:
            own: dict[_KnownVector, list[tuple[int, Value]]] = {vector: [] for vector in self.group.vectors}
            for vector, sign, matrix in row.products:
                own[vector].append((sign, matrix))
            last = [sum_of(row.fixed)] if self.group.has_one else []
            rows.append((*map(sum_of, own.values()), *last))
        beside = Routine((Access(self.weights),), BLOCK, tuple(rows))
        return [Remark(remark), Make(self.weights), beside]

    def _ones(self) -> list[KernelStatement]:
        if not self.group.has_one:
            return []
        turns = self.group.turns
        one = Access(self.columns, ((self.time, index(turns.index)), ("row", self.total - 1)))
        return [Each((turns,), (Assign(one, Number(1)),))]

    def _given(self) -> list[KernelStatement]:
        """Return the statements that put what the loop does not compute into the columns."""
        turns = self.group.turns
        here = index(turns.index)
        found: list[KernelStatement] = []
        for vector in self.group.vectors:
            if not vector.is_carried:
                rows = ("row", Strided(self.first[vector], vector.extent))
                value = Access(vector.array, ((vector.dim.name, here + vector.offset),))
                put = Assign(Access(self.columns, ((self.time, here), rows)), value)
                found.append(Each((turns,), (put,)))
        return found

    def _loop(self, before: For, loop: For) -> For:
        """Return the loop with the product first, and the rows of that where sums were."""
        column = Access(self.columns, ((self.time, index(loop.index)),))
        product = Apply(_PRODUCT.name, (Access(self.weights), column), (self.height,))
        made: dict[int, Value] = {}
        begin = whole(0)
        changed = _matched(before, loop)
        for row in self.group.rows:
            own: Value = Access(self._rows(row, begin))
            others = [(sign, changed[id(other)]) for sign, other in row.others]
            made[id(changed[id(row.node)])] = sum_of([(1, own), *others]) if others else own
            begin += row.extent
        body = with_values(loop.body, lambda root: with_parts_changed(root, made))
        return replace(loop, body=(Assign(Access(self.product), product), *body))

    def _rows(self, row: _SumRow, begin: Affine) -> Array:
        """Return the rows of the product that a sum is, called as the signal that it is of."""
        if len(self.group.rows) == 1:
            return self.product
        entries, sequences = Dim("0", row.extent, "size"), SEQUENCES
        called = told_apart(row.signal, "rows", self.product.name)
        return View(called, self.product, (entries, sequences), (("0", index("0") + begin),))


def _matched(before: For, after: For) -> Mapping[int, Value]:
    """Return the values of a loop in which accesses were changed, by the identity of those that they were."""
    found: dict[int, Value] = {}
    pairs = [
        pair
        for one, other in zip(before.body, after.body, strict=True)
        for pair in zip(values_in(one), values_in(other), strict=True)
    ]
    while pairs:
        one, other = pairs.pop()
        if id(one) not in found:
            found[id(one)] = other
            pairs += zip(parts(one), parts(other), strict=True)
    return found


def _names(group: _Stack) -> Iterator[str]:
    """Yield the vectors of a group as equations read them."""
    for vector in group.vectors:
        at = f"{group.turns.index}{vector.offset:+d}" if vector.offset else group.turns.index
        yield f"{vector.array.name}({at})"


def _matrices(row: _SumRow) -> list[Access]:
    values = [matrix for _, _, matrix in row.products] + [value for _, value in row.fixed]
    return [node for node in nodes(values) if isinstance(node, Access)]


def _joined(names: Sequence[str]) -> str:
    """Return a name for matrices beside each other: theirs where they are few."""
    own = list(dict.fromkeys(names))
    return "_".join(own) if len(own) <= 3 else "weights"


def _number(margin: int | Affine) -> int:
    """Return a margin that no size tells."""
    assert isinstance(margin, int)
    return margin


(_PRODUCT,) = (row for row in OPERATORS.values() if row.rule is matrix_product)
"""The product of matrices."""
