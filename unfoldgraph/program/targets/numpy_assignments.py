"""Arrays that are made, and values that are put in their places, as NumPy statements."""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from dataclasses import replace

from unfoldgraph.algebra.notation import shown
from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.algebra.table.operator_row import Operands
from unfoldgraph.base.affine import index
from unfoldgraph.base.errors import listing
from unfoldgraph.program.ir import (
    Access,
    Accumulate,
    Array,
    Assign,
    Bound,
    Buffer,
    Dim,
    KernelStatement,
    Make,
    Number,
    Routine,
    Value,
    Whole,
    WholeNumber,
    dims_of,
    nodes,
    shape_of,
)
from unfoldgraph.program.names import written_name
from unfoldgraph.program.python_text.nodes import (
    Beside,
    assign,
    augmented,
    call,
    compared,
    constant,
    item,
    parsed,
    slice_of,
    tuple_of,
)
from unfoldgraph.program.python_text.ufuncs import as_call
from unfoldgraph.program.targets.numpy_buffers import BufferWriter
from unfoldgraph.program.targets.numpy_names import Scope, remaining
from unfoldgraph.program.targets.numpy_places import EVERY, is_list, is_slice, resolved
from unfoldgraph.program.targets.numpy_regions import fills
from unfoldgraph.program.targets.numpy_values import ValueWriter, form_of


class AssignmentWriter:
    """Writes the arrays of one kernel, and what is put in them.

    Parameters
    ----------
    values : writes values.
    written_to : the names of the arrays that statements write to.
    """

    def __init__(self, values: ValueWriter, written_to: Collection[str]) -> None:
        self.values = values
        self.called = values.called
        self.words = values.words
        self.places = values.places
        self.written_to = written_to
        self.buffers = BufferWriter(values)
        #: What makes the numbers of the places of axes, by what they are called.
        self.numbers: dict[str, ast.stmt] = {}
        #: What makes arrays to be filled that are not returned, by identity, each with its name.
        self.scratch: dict[int, str] = {}
        #: The arrays that a routine makes, or what computes the same: until then there is none to be filled.
        self.defined: set[str] = set()
        #: How many values have been put in their places.
        self.count = 0

    def make(self, statement: Make, scope: Scope) -> None:
        """Write an array: one to be filled, or one that is a value."""
        buffer, fill = statement.buffer, statement.fill
        is_filled = isinstance(fill, Number) and (statement.equation is None or buffer.name in self.written_to)
        if fill is None or (isinstance(fill, Number) and is_filled):
            made = self.buffers.allocated(buffer, fill, scope)
            scope.body += made
            if buffer.kind == "scratch":
                self.scratch |= {id(one): self.called.buffers[buffer.name] for one in made}
        elif self._is_storage(statement, fill):
            scope.body += self.buffers.allocated(buffer, None, scope)
            axes = [dim for dim in buffer.dims if dim.role in ("axis", "front")]
            ranges = {dim.name: (dim.first, _last_filled(dim)) for dim in axes}
            target = Access(buffer, tuple((dim.name, index(dim.name)) for dim in axes))
            self.assign(Assign(target, fill), replace(scope, ranges={**scope.ranges, **ranges}, uses={}))
        else:
            self._defined(statement, fill, scope)

    def _is_storage(self, statement: Make, fill: Value) -> bool:
        """Say whether what is made and filled is more than a value with a name.

        It is where it is written to as well, is a ring, or where the value is the same at several of its places.
        """
        buffer = statement.buffer
        is_plain = buffer.name not in self.written_to and all(dim.kept is None for dim in buffer.dims)
        # In rows what is in arrays may differ from sequence to sequence: one value is spread over its entries for each.
        is_one = not any(dim.role in ("axis", "front") for dim in buffer.dims) and statement.equation is not None
        is_spread = is_one and not self.values.in_columns and any(isinstance(node, Access) for node in nodes([fill]))
        if is_plain and (not buffer.is_shaped or is_spread or fills(buffer, fill)):
            return False
        if any(isinstance(node, Access) and resolved(node)[0] == buffer for node in nodes([fill])):
            raise NotImplementedError("an array that is made anew of what it was")
        return True

    def _defined(self, statement: Make, fill: Value, scope: Scope) -> None:
        """Write a new array that is one value, at all places of its axes."""
        buffer = statement.buffer
        axes = [dim for dim in buffer.dims if dim.role in ("axis", "front")]
        ranges = {dim.name: (dim.first, dim.last) for dim in axes}
        inside = replace(scope, ranges={**scope.ranges, **ranges})
        hint = written_name(buffer.name) if statement.equation is None else self._hint(buffer)
        code = self.values.written(fill, inside, f"{hint}_part")
        rank = sum(dim.role == "size" for dim in buffer.dims) if buffer.is_shaped else None
        if statement.equation is None:
            code = self.values.numeric(code)
            order = (*scope.ranges, *(dim.name for dim in axes))
            if not isinstance(code.tree, ast.Name) or code.indices != order:
                code = self.values.aligned(code, order, None)
                target = self.called.buffer(buffer.name)
                made = assign(target, code.tree)
                if isinstance(fill, WholeNumber) and isinstance(target, ast.Name):
                    self.numbers[target.id] = Beside(made, self._told_of_numbers(axes))
                else:
                    scope.body.append(made)
                code = replace(code, tree=target, is_fresh=False)
            assert isinstance(code.tree, ast.Name)
            # What is computed already goes by the name that it has.
            self.called.buffers[buffer.name] = code.tree.id
            scope.known[id(fill)] = code
            return
        target = self.called.buffer(buffer.name)
        sizes = tuple(dim.extent for dim in buffer.dims if dim.role == "size") if buffer.is_shaped else None
        if axes:
            code = self.values.numeric(self.values.aligned(self.values.filling(code, sizes), [*ranges], rank))
            is_new = code.is_fresh and not isinstance(code.tree, ast.Name)
            scope.body.append(assign(target, code.tree if is_new else call(self.words.numpy("array"), code.tree)))
            return
        may_be_number = code.rank is None
        code = self.values.filling(self.values.array(code), sizes)
        if rank is not None and code.rank is not None and (code.rank < rank or (may_be_number and rank)):
            code = self.values.aligned(code, (), rank)
            shape = self.values.shape(sizes or ())
            scope.body.append(assign(target, call("_for_batch", code.tree, shape, self.words.dtype)))
        else:
            scope.body.append(assign(target, code.tree))

    def _told_of_numbers(self, axes: Sequence[Dim]) -> str:
        """Return the comment on the numbers of the places of an axis."""
        if len(self.called.axes) == 1:
            return "the number of each step"
        return f"numbers of {listing([shown(dim.name) for dim in axes])}"

    def _hint(self, buffer: Buffer) -> str:
        target = self.called.buffer(buffer.name)
        return target.id if isinstance(target, ast.Name) else buffer.name

    # Values in their places -------------------------------------------------------------------------

    def assign(self, statement: Assign, scope: Scope, given: Sequence[ast.expr] = ()) -> None:
        """Write a value into its place; `given` are places of it that are given in another way."""
        buffer, _, _ = resolved(statement.target)
        self.count += 1
        code = self.values.written(statement.value, scope, f"{self._hint(buffer)}_part")
        target = self.places.access(statement.target, scope, is_target=True)
        if statement.in_place:
            scope.body.append(ast.Expr(self._into(target.tree, code.tree)))
            return
        code = self.values.filling(code, shape_of(statement.target))
        if is_list(buffer):
            tree = self.values.whole(code)
        else:
            if statement.adds:
                code = self.values.summed(code, target, any(dim.role in ("axis", "front") for dim in buffer.dims))
            tree = self.values.aligned(code, target.indices, target.rank, target.is_full).tree
        if given:
            scope.body.append(ast.Expr(call("_put", target.tree, tree, *given)))
        elif statement.adds:
            scope.body.append(augmented(target.tree, "+", tree))
        else:
            is_defined = buffer.name in self.defined and isinstance(target.tree, ast.Name)
            scope.body.append(assign(target.tree if is_defined else _whole(buffer, target.tree), tree))

    def _into(self, target: ast.expr, value: ast.expr) -> ast.expr:
        """Return the call of a function of NumPy that puts a value where something stands."""
        operation = as_call(value)
        if operation is None:
            return call(self.words.numpy("copyto"), target, value)
        called, arguments = operation
        if called == "matmul" and self.values.in_columns:
            # It takes the same two matrices, and is called faster.
            called = "dot"
        return call(self.words.numpy(called), *arguments, out=target)

    def accumulate(self, statement: Accumulate, scope: Scope) -> None:
        """Write running results along an axis."""
        ufunc = self._ufunc(statement.row, statement.are_numbers)
        value = self.places.access(statement.value, scope)
        target = self.places.access(statement.target, scope, is_target=True)
        accumulate, axis = ast.Attribute(ufunc, "accumulate"), constant(value.indices.index(remaining(statement.along)))
        is_same = (value.indices, value.rank, value.is_full) == (target.indices, target.rank, target.is_full)
        if is_same and is_slice(statement.target, scope):
            scope.body.append(ast.Expr(call(accumulate, value.tree, axis=axis, out=target.tree)))
            return
        code = replace(value, tree=call(accumulate, value.tree, axis=axis))
        code = self.values.aligned(code, target.indices, target.rank, target.is_full)
        scope.body.append(assign(_whole(resolved(statement.target)[0], target.tree), code.tree))

    def _ufunc(self, row: str, are_numbers: bool) -> ast.expr:
        """Return the function of NumPy that an operation of two arguments is; one that passes over NaN is faster."""
        tree = parsed(form_of(OPERATORS[row], Operands((0, 0))))
        if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Attribute):
            called = tree.func.attr
            return self.words.numpy(_OF_NUMBERS.get(called, called) if are_numbers else called)
        assert isinstance(tree, ast.BinOp)  # nothing else has running results
        return self.words.numpy(_UFUNCS[type(tree.op)])

    def routine(self, statement: Routine, scope: Scope) -> None:
        """Write a call whose results are put in their places; what is to be run otherwise stands under its condition.

        That comes first: the writer of blocks fills it.
        """
        buffers = [resolved(target)[0] for target in statement.targets]
        hint = self._hint(buffers[0])
        arguments = [self._handed(one, scope, hint) for one in statement.arguments]
        if statement.goes_back:
            whole = zip(arguments, statement.arguments, strict=True)
            arguments = [item(tree, _BACKWARD) if statement.is_along(one) else tree for tree, one in whole]
        if statement.takes_shape:
            arguments.append(self._shape_of_target(statement.targets[0]))
        called = call(statement.name, *arguments)
        is_new = is_defined_by(statement, statement.targets[0].array)
        targets = [
            self.places.access(target, scope, is_target=True).tree
            if is_new
            else _whole(buffer, self.places.access(target, scope, is_target=True).tree)
            for buffer, target in zip(buffers, statement.targets, strict=True)
        ]
        self.count += 1
        if statement.otherwise and isinstance(targets[0], ast.Name):
            # It is the array, or none.
            self.defined.add(buffers[0].name)
            scope.body += [assign(targets[0], called), self._unless_found(targets[0])]
            return
        if statement.otherwise:
            found = self.called.new(f"{hint}_found")
            steps = item(found, _BACKWARD) if statement.goes_back else found
            scope.body += [assign(found, called), self._unless_found(found, assign(targets[0], steps))]
            return
        target = targets[0] if len(targets) == 1 else tuple_of(*targets)
        scope.body.append(assign(target, called))

    def _unless_found(self, found: ast.expr, *put: ast.stmt) -> ast.stmt:
        """Return the condition that a routine found nothing, and what puts what it found in its place."""
        return ast.If(compared(found, "is", constant(None)), [], [*put])

    def _handed(self, given: Value | tuple[Value, ...], scope: Scope, hint: str) -> ast.expr:
        """Return an argument of a routine."""
        if isinstance(given, tuple):
            return tuple_of(*(self.values.written(one, scope, hint).tree for one in given))
        return self.values.array(self.values.written(given, scope, hint)).tree

    def _shape_of_target(self, target: Access) -> ast.expr:
        """Return the shape of all that a routine computes."""
        lengths = [self.places.size(dim.extent) for dim in dims_of(target) if dim.role in ("axis", "front")]
        shape = self.values.shape(shape_of(target) or (), lengths)
        return shape if isinstance(shape, ast.Tuple) else tuple_of(shape)


_BACKWARD = slice_of(None, None, constant(-1))
"""From the last place of a dimension to the first."""


def is_defined_by(statement: KernelStatement, array: Array) -> bool:
    """Say whether a statement makes all of an array at once, so that none has to be there."""
    if not isinstance(statement, Routine) or statement.goes_back or len(statement.targets) > 1:
        return False
    has_room = any(dim.before or dim.after for dim in array.dims)
    return not has_room and any(one.array == array and not one.places for one in statement.targets)


#: Functions that are the same where there is no NaN.
_OF_NUMBERS = {"minimum": "fmin", "maximum": "fmax"}
_UFUNCS: dict[type[ast.operator], str] = {ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply"}


def _last_filled(dim: Dim) -> Whole:
    """Return the last place of a dimension that a fill gives: of a ring the last of the first that it holds."""
    return dim.last if dim.kept is None else Bound("min", (dim.last, dim.kept - dim.before - 1))


def _whole(buffer: Buffer, target: ast.expr) -> ast.expr:
    """Return what is assigned to, so that an array that is named alone is filled."""
    if not isinstance(target, ast.Name):
        return target
    # The batch may have no dimensions.
    return item(target, EVERY if any(dim.role != "sequences" for dim in buffer.dims) else constant(...))
