"""From a schedule to a loop program: every statement in its loops, every value at one place, nothing moved yet.

What a pass may change is left as plain as it can be: all that a loop does not change still stands inside it, and what
a statement computes for whole axes is an `Each` over their places, or the filling of a new buffer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from unfoldgraph.algebra.expression import Expr, Index, postorder
from unfoldgraph.algebra.operators import OPERATORS, is_reduction
from unfoldgraph.algebra.shapes import Shape, elementwise
from unfoldgraph.base.affine import Affine, index, size, whole
from unfoldgraph.model.equations import FreeBoundary
from unfoldgraph.program.ir import (
    SEQUENCES,
    Access,
    Apply,
    Assign,
    Buffer,
    BufferKind,
    Comparison,
    Condition,
    Dim,
    Each,
    Extents,
    For,
    Guard,
    IndexRange,
    Kernel,
    KernelStatement,
    Make,
    NotAll,
    Number,
    Opaque,
    Reduce,
    Subscript,
    Value,
    WholeNumber,
    has_sequences,
    nodes,
    parts,
    shape_of,
)
from unfoldgraph.program.names import told_apart
from unfoldgraph.program.schedule import Loop, Schedule, Single, far_reads
from unfoldgraph.program.turns import Fixed, Nest, Turns


def lower(schedule: Schedule) -> Kernel:
    """Return the loop program of a schedule.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> from unfoldgraph.program.schedule import schedule_of
    >>> kernel = lower(schedule_of(read("s(t) = s(t-1) + x(t)"), None))
    >>> [type(statement).__name__ for statement in kernel.body]
    ['Make', 'Assign', 'For']
    """
    return _Lowering(schedule).kernel()


class _Lowering:
    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.model = schedule.model
        self.nest = Nest(schedule.model)
        #: What is known of every name so far: arguments, what is made beforehand, and then what is defined, in order.
        self.buffers: dict[str, Buffer] = {}
        self.values = _Values(self)

    def kernel(self) -> Kernel:
        arguments = tuple(self._arguments())
        self.buffers |= {buffer.name: buffer for buffer in arguments}
        body: list[KernelStatement] = []
        for name in self.model.inputs:
            body += self._filled(name)
        for name in self.model.signals:
            if name in self.schedule.buffered:
                body += self._made(name)
                body += self._filled(name)
        work: list[KernelStatement] = []
        for task in self.schedule.work:
            work += self._at_once(task.number) if isinstance(task, Single) else [self._loop(task, ())]
        numbers = [Make(buffer, fill) for buffer, fill in self.values.numbers.values()]
        return Kernel(arguments, (*numbers, *body, *work), tuple(self.buffers[name] for name in self.schedule.outputs))

    # Arrays -----------------------------------------------------------------------------------------

    def _arguments(self) -> Iterator[Buffer]:
        """Yield what the kernel takes: inputs, parameters and boundaries that the results depend on."""
        model, schedule = self.model, self.schedule
        for name in model.inputs:
            if name in schedule.needed:
                # Functions of the caller get an array for every sequence.
                has_room = any(map(any, schedule.margins[name]))
                whole_batch = has_room or model.shapes[name] is None or bool(schedule.functions)
                yield self._buffer(name, "argument", whole_batch)
        for name in model.parameters:
            if name in schedule.needed:
                is_anything = name in schedule.passed_on
                yield self._buffer(name, "argument", model.shapes[name] is None and not is_anything)
        for boundary in schedule.free:
            shape = model.shapes[boundary.name]
            places = (Dim("place", whole(boundary.count), "axis"),) if boundary.count > 1 else ()
            batch = () if shape is not None else (SEQUENCES,)
            yield Buffer(boundary.argument, "argument", (*places, *batch, *_sizes(shape)), is_shaped=shape is not None)

    def _buffer(self, name: str, kind: BufferKind, has_sequences: bool) -> Buffer:
        """Return the buffer of a name; of unknown shape, it is a list of what every sequence has at each place."""
        shape = self.model.shapes[name]
        batch = (SEQUENCES,) if has_sequences else ()
        return Buffer(name, kind, (*self._axes(name), *batch, *_sizes(shape)), is_shaped=shape is not None)

    def _axes(self, name: str) -> tuple[Dim, ...]:
        axes = self.model.axes_of(name)
        margins = self.schedule.margins.get(name, ())
        return tuple(
            Dim(dim, self.nest.length(axis), "axis", before, after)
            for dim, axis, (before, after) in zip(self.dims(name), axes, margins, strict=True)
        )

    def dims(self, name: str) -> tuple[str, ...]:
        """Return what the dimensions of a name's axes are called: as these, by position where one is there twice."""
        axes = self.model.axes_of(name)
        return axes if len(set(axes)) == len(axes) else tuple(told_apart(axis, str(at)) for at, axis in enumerate(axes))

    def _made(self, name: str) -> list[KernelStatement]:
        """Return the statement that makes an array which is filled place by place."""
        buffer = self.buffers[name] = self._buffer(name, self._kind(name), True)
        has_room = any(map(any, self.schedule.margins[name]))
        equations = [one for one in self.model.statements if one.name == name and one.is_equation]
        # Places that nothing gives are read as 0: off the edges, and where what an equation reads does not exist.
        is_zero = has_room or any(far_reads(self.model, one) for one in equations)
        return [Make(buffer, Number(0) if is_zero else None)]

    def _kind(self, name: str) -> BufferKind:
        return "result" if name in self.schedule.outputs else "scratch"

    def _filled(self, name: str) -> list[KernelStatement]:
        """Return the statements that put what the caller gives for places before the first step where it belongs."""
        boundary = self.model.free_by_name.get(name)
        if boundary is None or name not in self.buffers:
            return []
        return [self._part_filled(boundary, first, last, start) for first, last, start in _parts_of(boundary)]

    def _part_filled(self, boundary: FreeBoundary, first: int, last: int, start: int) -> KernelStatement:
        target, given = self.buffers[boundary.name], self.buffers[boundary.argument]
        (axis,) = self.dims(boundary.name)
        if boundary.count == 1:
            return Assign(Access(target, ((axis, whole(first - 1)),)), Access(given))
        here = index("place")
        value = Access(given, (("place", here + start),))
        put = Assign(Access(target, ((axis, here + (first - 1)),)), value)
        return Each((IndexRange("place", whole(0), whole(last - first)),), (put,))

    # Statements -------------------------------------------------------------------------------------

    def _at_once(self, number: int) -> list[KernelStatement]:
        """Return a statement that needs no loop."""
        statement = self.model.statements[number]
        places = {axis: index(axis) for axis in statement.axes}
        value = self.values.lowered(number, places)
        if not statement.index or (statement.is_equation and statement.name not in self.schedule.buffered):
            return [self._defined(number, value)]
        conditions = self.nest.at_least(self.nest.least_lengths(statement, self.nest.pinned(statement)))
        return self._put(number, value, places, (), conditions)

    def _defined(self, number: int, value: Value) -> KernelStatement:
        """Return the statement that makes a signal as one new array, a value of it at every place."""
        name = self.model.statements[number].name
        buffer = self.buffers[name] = self._buffer(name, self._kind(name), self.values.is_per_sequence(value))
        return Make(buffer, value, number)

    def _loop(self, loop: Loop, outer: tuple[Turns, ...]) -> KernelStatement:
        """Return a loop; it calls itself once per nested loop."""
        turns = self.nest.turns(loop, outer)
        around = (*outer, turns)
        body: list[KernelStatement] = []
        for task in loop.body:
            body += [self._loop(task, around)] if isinstance(task, Loop) else self._inside(task.number, around)
        first, last = self.nest.ends(turns)
        if not turns.is_front and turns.level.vector[turns.axis] < 0:
            return For(turns.index, last, first, tuple(body), -1)
        return For(turns.index, first, last, tuple(body))

    def _inside(self, number: int, around: tuple[Turns, ...]) -> list[KernelStatement]:
        """Return a statement inside loops."""
        statement = self.model.statements[number]
        places = {**{axis: index(axis) for axis in statement.axes}, **self.nest.places(number, around)}
        value = self.values.lowered(number, places)
        return self._put(number, value, places, around, self.nest.conditions(number, around))

    def _put(
        self,
        number: int,
        value: Value,
        places: Mapping[str, Affine],
        around: Sequence[Turns],
        conditions: Sequence[Comparison],
    ) -> list[KernelStatement]:
        """Return the statements that put a value in its place, on every axis that no loop moves along in each.

        Where other statements give a place, they do so in its stead.
        """
        statement = self.model.statements[number]
        axes = self.model.axes_of(statement.name)
        target = tuple(
            (dim, places[axis] if at.moves else self.fixed(at, axis))
            for dim, at, axis in zip(self.dims(statement.name), statement.index, axes, strict=True)
        )
        looped = {one.axis for one in around if not one.is_front}
        fronts = self.nest.front_axes(statement, around)
        own = [*fronts, *(axis for axis in statement.axes if axis not in looped and axis not in fronts)]
        given = self.nest.given(statement, places, around)
        inside = [fixed for fixed in given if any(one.left.factor(axis) for one in fixed for axis in own)]
        found = _unless(inside, (), [Assign(Access(self.buffers[statement.name], target), value, equation=number)])
        if own:
            ranges = tuple(IndexRange(axis, whole(0), self.nest.length(axis) - 1) for axis in own)
            found = [Each(ranges, tuple(found), self.nest.on_fronts(number, around))]
        return _unless([fixed for fixed in given if fixed not in inside], conditions, found)

    def fixed(self, at: Index, axis: str) -> Affine:
        """Return a fixed place of an axis."""
        return (whole(0) if at.base == "" else self.nest.length(axis)) + (at.offset - 1)


class _Values:
    """Expressions as values at the place of a statement; an expression at one place is one object."""

    def __init__(self, lowering: _Lowering) -> None:
        self.lowering = lowering
        self.schedule = lowering.schedule
        self.model = lowering.schedule.model
        #: The numbers of the places of each axis, where they are used, and the value that fills them.
        self.numbers: dict[str, tuple[Buffer, Value]] = {}
        self.made: dict[tuple[int, tuple[Affine, ...]], Value] = {}
        #: The axes of a statement that each expression depends on.
        self.axes: dict[int, tuple[str, ...]] = {}
        self.for_each: dict[int, bool] = {}

    def lowered(self, number: int, places: Mapping[str, Affine]) -> Value:
        """Return the right side of a statement at a place along each of its axes."""
        root = self.model.statements[number].value

        def key(node: Expr) -> tuple[int, tuple[Affine, ...]]:
            return id(node), tuple(places[axis] for axis in self.axes[id(node)])

        shapes = self.schedule.shapes[number]
        for node in postorder([root], stop=lambda node: id(node) in self.axes and key(node) in self.made):
            if id(node) not in self.axes:
                found = dict.fromkeys(_own_axes(node))
                for argument in node.arguments:
                    found.update(dict.fromkeys(self.axes[id(argument)]))
                self.axes[id(node)] = tuple(found)
            if key(node) not in self.made:
                arguments = tuple(self.made[key(argument)] for argument in node.arguments)
                self.made[key(node)] = self._value(node, arguments, _extents(shapes.of[id(node)]), places)
        return self.made[key(root)]

    def _value(
        self, node: Expr, arguments: tuple[Value, ...], shape: Extents | None, places: Mapping[str, Affine]
    ) -> Value:
        match node.operator:
            case "number":
                return Number(node.data)
            case "parameter":
                return Access(self.lowering.buffers[node.data])
            case "size":
                return WholeNumber(size(node.data))
            case "length":
                return WholeNumber(self.lowering.nest.length(node.data))
            case "axis":
                name, is_bound = node.data
                axis = self.schedule.bound[name] if is_bound else name
                return self._number_of(index(name) if is_bound else places[name], axis)
            case "read":
                return self._read(node, places)
            case "call":
                name, count = node.data
                shared = zip((leaf.data for leaf in node.arguments[count:]), arguments[count:], strict=True)
                return Opaque(name, arguments[:count], tuple(shared), shape)
        if is_reduction(node):
            binding = node.data[0]
            last = self.lowering.nest.length(binding.axis) - 1
            return Reduce(node.operator, binding.name, whole(0), last, arguments[0])
        # Only where every argument fills the others may one be a number beside one with entries.
        is_open = shape is not None and OPERATORS[node.operator].rule is elementwise
        is_open = is_open and any(shape_of(argument) is None for argument in arguments)
        return Apply(node.operator, arguments, shape, node.data, node if is_open else None)

    def _number_of(self, place: Affine, axis: str) -> Value:
        """Return the number of a place of an axis, counted from 1 as in the equations."""
        if axis not in self.numbers:
            # Several axes have an array each, which is none of the circuit's, however it is called.
            called = "step" if len(self.model.axes) == 1 else f"step_{axis}"
            dim = Dim(axis, self.lowering.nest.length(axis), "axis")
            self.numbers[axis] = Buffer(told_apart(called, "numbers"), "scratch", (dim,)), WholeNumber(index(axis) + 1)
        buffer, _ = self.numbers[axis]
        return Access(buffer, ((axis, place),))

    def _read(self, node: Expr, places: Mapping[str, Affine]) -> Value:
        name, indices = node.data
        found: list[tuple[str, Subscript]] = []
        for dim, at, axis in zip(self.lowering.dims(name), indices, self.model.axes_of(name), strict=True):
            if at.bound:
                found.append((dim, index(at.base) + at.offset))
            elif at.moves:
                found.append((dim, places[at.base] + at.offset))
            else:
                found.append((dim, self.lowering.fixed(at, axis)))
        return Access(self.lowering.buffers[name], tuple(found))

    def is_per_sequence(self, root: Value) -> bool:
        """Say whether a value is one for every sequence for certain, and not one that they may share."""
        for node in nodes([root]):
            if id(node) not in self.for_each:
                self.for_each[id(node)] = self._is_per_sequence(node)
        return self.for_each[id(root)]

    def _is_per_sequence(self, node: Value) -> bool:
        match node:
            case Access():
                return has_sequences(node.array)
            case Opaque():
                # Functions get what stands in arrays for every sequence, and return as much.
                return node.shape is None or any(map(self._varies, node.arguments))
        return any(self.for_each[id(part)] for part in parts(node))

    def _varies(self, root: Value) -> bool:
        """Say whether an argument of a function is made of an array, and not a constant or handed on as it is."""
        if isinstance(root, Access) and root.array.name in self.schedule.passed_on:
            return False
        return any(not isinstance(node, Number) for node in nodes([root]) if not parts(node))


def _extents(shape: Shape | None) -> Extents | None:
    return None if shape is None else tuple(map(size, shape))


def _sizes(shape: Shape | None) -> tuple[Dim, ...]:
    """Return the dimensions of the entries of a value, called by their position."""
    return tuple(Dim(str(at), size(one), "size") for at, one in enumerate(shape or ()))


def _own_axes(node: Expr) -> list[str]:
    """Return the axes of a statement that a leaf depends on."""
    if node.operator == "axis":
        name, is_bound = node.data
        return [] if is_bound else [name]
    return [at.base for at in node.data[1] if at.moves and not at.bound] if node.operator == "read" else []


def _parts_of(boundary: FreeBoundary) -> Iterator[tuple[int, int, int]]:
    """Yield the first and the last place of each run of places that the caller gives, and where it begins in those."""
    start = 0
    for ((first, last),) in boundary.boxes:
        yield first, last, start
        start += last - first + 1


def _unless(
    given: Sequence[Fixed], conditions: Sequence[Comparison], body: Sequence[KernelStatement]
) -> list[KernelStatement]:
    """Return statements for where some conditions hold, and a place is none of those that are given in another way."""
    held: list[Condition] = list(conditions)
    held += [Comparison(one.left, "!=", one.right) for fixed in given if len(fixed) == 1 for one in fixed]
    held += [NotAll(fixed) for fixed in given if len(fixed) > 1]
    return [Guard(tuple(held), tuple(body))] if held else list(body)
