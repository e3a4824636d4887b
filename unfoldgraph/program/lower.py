"""From a schedule to a loop program: every statement in its loops, every value at one place, nothing moved yet.

What a pass may change is left as plain as it can be: all that a loop does not change still stands inside it, and what
a statement computes for whole axes is an `Each` over their places, or the filling of a new buffer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from unfoldgraph.algebra.expression import BY_VALUE, Expr, Index, Slice, places_of_entry, postorder
from unfoldgraph.algebra.operators import OPERATORS, is_reduction, joining_of
from unfoldgraph.algebra.shapes import Shape, elementwise, stacked_over
from unfoldgraph.base.affine import Affine, index, is_index, size, whole
from unfoldgraph.model.equations import FreeBoundary, Model
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
    Entry,
    Extents,
    For,
    Gather,
    Guard,
    IndexRange,
    Kernel,
    KernelStatement,
    Make,
    NotAll,
    Number,
    Opaque,
    Reduce,
    Strided,
    Subscript,
    Value,
    WholeNumber,
    has_sequences,
    is_over_axis,
    nodes,
    parts,
    shape_of,
)
from unfoldgraph.program.names import told_apart
from unfoldgraph.program.reach import Domain, count_of, first_of
from unfoldgraph.program.schedule import Loop, Schedule, Single, far_reads, names_in
from unfoldgraph.program.turns import Fixed, Nest, Turns, comparison_of, conditions_of, ends_of, range_of


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


#: All of a dimension.
_WHOLE = Strided(whole(0), whole(0))


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
        by_entry = _read_by_entry(self.model, schedule.members)
        for name in model.parameters:
            if name in schedule.needed:
                is_anything = name in schedule.passed_on
                buffer = self._buffer(name, "argument", model.shapes[name] is None and not is_anything)
                # Entries that an index tells stand first, as the places of axes do.
                dims = (
                    replace(dim, role="axis" if at < by_entry.get(name, 0) else "size")
                    for at, dim in enumerate(buffer.dims)
                )
                yield replace(buffer, dims=tuple(dims)) if name in by_entry else buffer
        for boundary in schedule.free:
            shape = model.shapes[boundary.name]
            places = (Dim("place", whole(0) + count_of(boundary), "axis"),) if boundary.has_several else ()
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
        has_room = any(map(any, self.schedule.margins.get(name, ())))
        equations = self.model.equations.get(name, ())
        # Places that nothing gives are read as 0: off the edges, outside of all ranges, and where what an equation
        # reads does not exist.
        is_zero = has_room or any(one.ranges or far_reads(self.model, one) for one in equations)
        return [Make(buffer, Number(0) if is_zero else None)]

    def _kind(self, name: str) -> BufferKind:
        return "result" if name in self.schedule.outputs else "scratch"

    def _filled(self, name: str) -> list[KernelStatement]:
        """Return the statements that put what the caller gives for places before the first step where it belongs."""
        boundary = self.model.free_by_name.get(name)
        if boundary is None or name not in self.buffers:
            return []
        return [self._part_filled(boundary, first, last, start) for first, last, start in _parts_of(boundary)]

    def _part_filled(self, boundary: FreeBoundary, first: Affine, last: Affine, start: int) -> KernelStatement:
        target, given = self.buffers[boundary.name], self.buffers[boundary.argument]
        (axis,) = self.dims(boundary.name)
        if not boundary.has_several:
            return Assign(Access(target, ((axis, first - 1),)), Access(given))
        here = index("place")
        value = Access(given, (("place", here + start),))
        put = Assign(Access(target, ((axis, first - 1 + here),)), value)
        return Each((IndexRange("place", whole(0), last - first),), (put,))

    # Statements -------------------------------------------------------------------------------------

    def _at_once(self, number: int) -> list[KernelStatement]:
        """Return a statement that needs no loop."""
        statement = self.model.statements[number]
        places = {axis: index(axis) for axis in statement.axes}
        places |= self.nest.diagonal(statement, places)
        value = self.values.lowered(number, places)
        if statement.is_equation and statement.name not in (*self.schedule.buffered, *self.model.inputs):
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
        looped = self.nest.places(number, around)
        places = {**{axis: index(axis) for axis in statement.axes}, **looped}
        fronts = self.nest.front_axes(statement, around)
        told = self.nest.diagonal(statement, places)
        places |= {axis: at for axis, at in told.items() if axis not in looped or axis in fronts}
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
        own = [axis for axis in own if places[axis] == index(axis)]
        on = self.nest.on_fronts(number, around, places)
        # Where the others tell the place along an axis, the turn itself may be told.
        conditions = [*conditions, *(Comparison(one, "==", whole(0)) for one in on if not _has_any(one, own))]
        given = self.nest.given(statement, places, around)
        if not all(given):
            # Another statement gives all of its places.
            return []
        inside = [
            fixed for fixed in given if any(_has_any(side, own) for one in fixed for side in (one.left, one.right))
        ]
        ranges, rows = self._ranges(number, own, places, on)
        put = [Assign(Access(self.buffers[statement.name], target), value, equation=number)]
        found = _unless(inside, rows, put)
        if own:
            found = [Each(ranges, tuple(found), tuple(one for one in on if _has_any(one, own)))]
        return _unless([fixed for fixed in given if fixed not in inside], conditions, found)

    def _ranges(
        self, number: int, own: Sequence[str], places: Mapping[str, Affine], on: Sequence[Affine]
    ) -> tuple[tuple[IndexRange, ...], list[Comparison]]:
        """Return the ranges of a statement along some axes, and what else has to hold of their places.

        On a wavefront all sums of `on` are 0, so that the ends of its last range are ends of those before as well.
        """
        left = [row.at(places) for row in self.nest.rows(number)]
        if not left:
            return tuple(IndexRange(axis, whole(0), self.nest.length(axis) - 1) for axis in own), []
        left = [row for row in left if _has_any(row, own)]
        for one in on:
            if own and abs(factor := one.factor(own[-1])) == 1:
                solved = {own[-1]: (one - Affine(((own[-1], factor),))).times(-factor)}
                left += [row.at(solved) for row in left if row.factor(own[-1])]
        left = [row for row in dict.fromkeys(left) if _has_any(row, own)]
        found = []
        for position, axis in enumerate(own):
            told = [row for row in left if not _has_any(row, own[position + 1 :])]
            ends = ends_of(index(axis), told)
            used = [row for row in told if abs(row.factor(axis)) == 1]
            lows, highs = (ends[0] or [whole(0)]), (ends[1] or [self.nest.length(axis) - 1])
            found.append(IndexRange(axis, *range_of(lows, highs)))
            left = [row for row in left if row not in used]
        return tuple(found), [comparison_of(row) for row in left]

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
        self.made: dict[tuple[int, int, tuple[Affine, ...]], Value] = {}
        #: The axes of a statement that each expression depends on.
        self.axes: dict[int, tuple[str, ...]] = {}
        #: The expressions that are not the same wherever a statement stands: what lies off an edge hangs on its ranges.
        self.local: set[int] = set()
        self.for_each: dict[int, bool] = {}

    def lowered(self, number: int, places: Mapping[str, Affine]) -> Value:
        """Return the right side of a statement at a place along each of its axes."""
        statement = self.model.statements[number]
        domain = Domain(self.model, statement)

        def key(node: Expr) -> tuple[int, int, tuple[Affine, ...]]:
            of = number if statement.ranges or id(node) in self.local else -1
            return id(node), of, tuple(places[axis] for axis in self.axes[id(node)])

        shapes = self.schedule.shapes[number]
        # What a reduction binds over a whole axis is a place as well.
        here = _Here({**{name: index(name) for name in self.schedule.bound}, **places}, domain)
        for node in postorder([statement.value], stop=lambda node: id(node) in self.axes and key(node) in self.made):
            if id(node) not in self.axes:
                found = dict.fromkeys(self._own_axes(node))
                for argument in node.arguments:
                    found.update(dict.fromkeys(self.axes[id(argument)]))
                self.axes[id(node)] = tuple(found)
                if names_in(node) or any(id(argument) in self.local for argument in node.arguments):
                    self.local.add(id(node))
            if key(node) not in self.made:
                arguments = tuple(self.made[key(argument)] for argument in node.arguments)
                self.made[key(node)] = self._value(node, arguments, _extents(shapes.of[id(node)]), here)
        return self.made[key(statement.value)]

    def _own_axes(self, node: Expr) -> list[str]:
        """Return the axes of a statement that a node depends on by itself."""
        if node.operator == "axis":
            name, is_bound = node.data
            return [] if is_bound else [name]
        found = [name for name in names_in(node) if name in self.model.axes]
        if node.operator == "read":
            found += [at.base for at in node.data[1] if at.moves and not at.bound]
        return found

    def _value(self, node: Expr, arguments: tuple[Value, ...], shape: Extents | None, here: _Here) -> Value:
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
                return self._number(node, here)
            case "read":
                return self._read(node, arguments, here)
            case "call":
                name, count = node.data
                shared = zip((leaf.data for leaf in node.arguments[count:]), arguments[count:], strict=True)
                return Opaque(name, arguments[:count], tuple(shared), shape)
            case "entry" if self._is_by_index(node, arguments[0]):
                return self._entry(node, arguments, here)
        if is_reduction(node):
            return self._reduction(node, arguments, here)
        # Only where every argument fills the others may one be a number beside one with entries.
        is_open = shape is not None and OPERATORS[node.operator].rule is elementwise
        is_open = is_open and any(shape_of(argument) is None for argument in arguments)
        return Apply(node.operator, arguments, shape, node.data, node if is_open else None)

    def _reduction(self, node: Expr, arguments: tuple[Value, ...], here: _Here) -> Value:
        """Return a reduction over an axis, or over a range."""
        (binding,) = node.data
        body, condition = arguments if len(arguments) > 1 else (arguments[0], None)
        joining = joining_of(node)
        assert joining is not None  # it is a reduction
        if binding.ends:
            first, last = (here.number(end) for end in binding.ends)
        else:
            first, last = whole(0), self.lowering.nest.length(binding.axis) - 1
        if condition is not None and joining.is_average:
            total, count = (
                Reduce(joining.total, binding.name, first, last, one, condition) for one in (body, Number(1))
            )
            return Apply("div", (total, count), shape_of(body))
        if not binding.ends:
            return Reduce(node.operator, binding.name, first, last, body, condition)
        guard = () if condition is None else conditions_of(node.arguments[1], here.number)
        is_array = OPERATORS[node.operator].rule is stacked_over
        size_of_array = last - first + 1 if is_array else None
        found = Reduce(node.operator, binding.name, first, last, body, condition, guard, size_of_array)
        # It counts from 1 as the places of an axis do.
        before = first - 1
        if not joining.has_one_index or before == whole(0):
            return found
        if before.constant < 0 and not before.terms:
            return Apply("sub", (found, Number(-before.constant)), shape_of(body))
        told = WholeNumber(before) if before.terms else Number(before.constant)
        return Apply("add", (found, told), shape_of(body))

    def _number(self, node: Expr, here: _Here) -> Value:
        """Return the number of a place of an axis, counted from 1 as in the equations, or that of a bound index."""
        name, is_bound = node.data
        if is_bound and name not in self.schedule.bound:
            return WholeNumber(index(name))
        place = index(name) if is_bound else here.places[name]
        axis = self.schedule.bound[name] if is_bound else name
        if not is_bound and not here.domain.is_on_axis(name):
            return WholeNumber(place + 1)
        return self._number_of(place, axis)

    def _number_of(self, place: Affine, axis: str) -> Value:
        """Return the number of a place of an axis, counted from 1 as in the equations."""
        if axis not in self.numbers:
            # Several axes have an array each, which is none of the circuit's, however it is called.
            called = "step" if len(self.model.axes) == 1 else f"step_{axis}"
            dim = Dim(axis, self.lowering.nest.length(axis), "axis")
            self.numbers[axis] = Buffer(told_apart(called, "numbers"), "scratch", (dim,)), WholeNumber(index(axis) + 1)
        buffer, _ = self.numbers[axis]
        return Access(buffer, ((axis, place),))

    def _read(self, node: Expr, computed: tuple[Value, ...], here: _Here) -> Value:
        name, indices = node.data
        buffer = self.lowering.buffers[name]
        found: list[tuple[str, Subscript]] = []
        for dim, at, axis in zip(self.lowering.dims(name), indices, self.model.axes_of(name), strict=True):
            own = next(one for one in buffer.dims if one.name == dim)
            if at.base == BY_VALUE:
                # In the equations places are counted from 1.
                found.append((dim, Gather(Apply("sub", (computed[at.offset], Number(1)), ()))))
            elif at.bound:
                found.append((dim, index(at.base) + at.offset))
            elif at.is_plain and (here.domain.is_on_axis(at.base) if at.moves else not self._may_be_off(at, here)):
                found.append((dim, here.places[at.base] + at.offset if at.moves else self.lowering.fixed(at, axis)))
            else:
                found.append((dim, self._place(here.domain.place(at, axis), own, here)))
        return Access(buffer, tuple(found))

    def _may_be_off(self, at: Index, here: _Here) -> bool:
        """Say whether a place with a number may be read from places off the end of an axis, which ask for no steps."""
        return at.base == "" and at.offset > 0 and here.domain.may_stand_off

    def _place(self, form: Affine, dim: Dim, here: _Here) -> Subscript:
        """Return a place that is counted from 1: where it may lie beyond the room off the edges, it is looked at."""
        place, domain = here.number(form) - 1, here.domain
        if domain.is_inside(form, dim.first + 1, dim.last + 1):
            return place
        return Gather(WholeNumber(place))

    def _is_by_index(self, node: Expr, base: Value) -> bool:
        """Say whether an index, or a value, tells which entry it is, or may of others of the same array."""
        if isinstance(base, Access) and any(isinstance(place, Strided) for _, place in base.places):
            return True
        if isinstance(base, Access) and not base.places and any(dim.role == "axis" for dim in base.array.dims):
            return True
        forms = (at.form for at in places_of_entry(node) if at.form is not None)
        is_by_index = any(is_index(name) for form in forms for name, _ in form.terms)
        return is_by_index or any(at.base == BY_VALUE for at in places_of_entry(node))

    def _entry(self, node: Expr, arguments: tuple[Value, ...], here: _Here) -> Value:
        """Return entries of which an index, or a value, tells the place."""
        base, *computed = arguments
        taken = dict(base.places) if isinstance(base, Access) else {}
        if isinstance(base, Access) and isinstance(base.array, Buffer) and base.array.is_shaped:
            # An entry of an entry goes on behind it, and that of a slice is counted from where the slice begins.
            has_axes = bool(self.model.axes_of(base.array.name))
            dims = [dim for dim in base.array.dims if dim.role == "size" or (dim.role == "axis" and not has_axes)]
            dims = [dim for dim in dims if isinstance(taken.get(dim.name, _WHOLE), Strided)]
        else:
            dims = [Dim(str(at), extent, "size") for at, extent in enumerate(shape_of(base) or ())]
        found: dict[str, Subscript] = {}
        for item, dim in zip(node.data, dims, strict=False):
            own = taken.get(dim.name)
            if isinstance(own, Strided):
                found[dim.name] = _inside(own, self._entry_place(item, own.extent, computed, here))
            else:
                found[dim.name] = self._entry_place(item, dim.extent, computed, here)
        if isinstance(base, Access):
            return Access(base.array, tuple((taken | found).items()))
        return Entry(base, tuple(found.values()))

    def _entry_place(self, item: Index | Slice, extent: Affine, computed: Sequence[Value], here: _Here) -> Subscript:
        """Return an entry, or a slice, of a dimension of some extent; what may lie beyond is looked at."""
        if isinstance(item, Slice):
            first = _end_of_slice(item.start, whole(0), extent, here)
            return Strided(first, _end_of_slice(item.stop, extent, extent, here) - first)
        if item.base == BY_VALUE:
            return Gather(computed[item.offset - 1])
        if item.form is None:
            return _end_of_slice(item, whole(0), extent, here)
        form, domain, place = here.domain.at_lengths(item.form), here.domain, here.number(item.form)
        is_inside = domain.never_below(form) and domain.never_below(extent - 1 - form)
        return place if is_inside else Gather(WholeNumber(place))

    def is_per_sequence(self, root: Value) -> bool:
        """Say whether a value is one for every sequence for certain, and not one that they may share."""
        for node in nodes([root]):
            if id(node) not in self.for_each:
                self.for_each[id(node)] = self._is_per_sequence(node)
        return self.for_each[id(root)]

    def _is_per_sequence(self, node: Value) -> bool:
        match node:
            case Access() if has_sequences(node.array):
                return True
            case Opaque():
                # Functions get what stands in arrays for every sequence, and return as much.
                return node.shape is None or any(map(self._varies, node.arguments))
            case Reduce() if not is_over_axis(node):
                # Terms are joined in an array for every sequence.
                return True
        return any(self.for_each[id(part)] for part in parts(node))

    def _varies(self, root: Value) -> bool:
        """Say whether an argument of a function is made of an array, and not a constant or handed on as it is."""
        if isinstance(root, Access) and root.array.name in self.schedule.passed_on:
            return False
        return any(not isinstance(node, Number) for node in nodes([root]) if not parts(node))


def _inside(cut: Strided, place: Subscript) -> Subscript:
    """Return a place in a slice as one of the dimension that it is a slice of."""
    assert isinstance(cut.first, Affine) and cut.step == 1  # so are the slices of the language
    if isinstance(place, Affine):
        return place + cut.first
    if isinstance(place, Strided):
        assert isinstance(place.first, Affine)
        return replace(place, first=place.first + cut.first)
    assert isinstance(place, Gather)
    # What is no entry of the slice is none of the whole.
    value, first = place.value, WholeNumber(cut.first)
    is_there = Apply(
        "and", (Apply("ge", (value, Number(0)), ()), Apply("lt", (value, WholeNumber(cut.extent)), ())), ()
    )
    return Gather(Apply("where", (is_there, Apply("add", (value, first), ()), Number(-1)), ()))


def _extents(shape: Shape | None) -> Extents | None:
    return None if shape is None else tuple(map(size, shape))


def _sizes(shape: Shape | None) -> tuple[Dim, ...]:
    """Return the dimensions of the entries of a value, called by their position."""
    return tuple(Dim(str(at), size(one), "size") for at, one in enumerate(shape or ()))


@dataclass(frozen=True, slots=True)
class _Here:
    """The place at which a value is: along each axis of its statement, counted from 0, somewhere in its domain."""

    places: Mapping[str, Affine]
    domain: Domain

    def number(self, form: Affine) -> Affine:
        """Return a sum of the numbers of the equations, in which places are counted from 1."""
        return self.domain.at_lengths(form).at({axis: place + 1 for axis, place in self.places.items()})


def _end_of_slice(at: Index | None, otherwise: Affine, extent: Affine, here: _Here) -> Affine:
    """Return an entry, or an end of a slice, counted from the first entry."""
    if at is None:
        return otherwise
    if at.form is not None:
        return here.number(at.form)
    if not at.base:
        return extent + at.offset if at.offset < 0 else whole(at.offset)
    return size(at.base) + at.offset


def _read_by_entry(model: Model, members: Iterable[int]) -> dict[str, int]:
    """Return the parameters of which only entries are read, some where an index or a value tells.

    With each comes how many of its dimensions these are counted along.
    """
    told: dict[str, int] = {}
    least: dict[str, int] = {}
    for node in postorder(model.statements[number].value for number in members):
        for position, argument in enumerate(node.arguments):
            if argument.operator != "parameter":
                continue
            is_entry = node.operator == "entry" and not position
            items = node.data if is_entry else ()
            count = next((at for at, item in enumerate(items) if isinstance(item, Slice)), len(items))
            least[argument.data] = min(count, least.get(argument.data, count))
            moved = [at + 1 for at, item in enumerate(items) if not isinstance(item, Slice) and _is_moved(item)]
            told[argument.data] = max([told.get(argument.data, 0), *moved])
    values = [model.statements[number].value for number in members]
    whole_values = {value.data for value in values if value.operator == "parameter"}
    return {name: count for name, count in told.items() if 0 < count <= least[name] and name not in whole_values}


def _is_moved(at: Index) -> bool:
    """Say whether an index, or a value, tells an entry."""
    return at.base == BY_VALUE or any(is_index(name) for name, _ in (at.form or whole(0)).terms)


def _parts_of(boundary: FreeBoundary) -> Iterator[tuple[Affine, Affine, int]]:
    """Yield the first and the last place of each run of places that the caller gives, and where it begins in those."""
    if boundary.firsts:
        yield first_of(boundary), whole(0), 0
        return
    start = 0
    for ((first, last),) in boundary.boxes:
        yield whole(first), whole(last), start
        start += last - first + 1


def _has_any(one: Affine, names: Iterable[str]) -> bool:
    """Say whether a sum mentions one of some names."""
    return any(one.factor(name) for name in names)


def _unless(
    given: Sequence[Fixed], conditions: Sequence[Comparison], body: Sequence[KernelStatement]
) -> list[KernelStatement]:
    """Return statements for where some conditions hold, and a place is none of those that are given in another way."""
    held: list[Condition] = list(conditions)
    held += [_negated(one) for fixed in given if len(fixed) == 1 for one in fixed]
    held += [NotAll(fixed) for fixed in given if len(fixed) > 1]
    return [Guard(tuple(held), tuple(body))] if held else list(body)


def _negated(one: Comparison) -> Comparison:
    """Return the condition that another does not hold: that a place is not another, or lies behind it."""
    if one.relation == "==":
        return Comparison(one.left, "!=", one.right)
    return Comparison(one.right, "<", one.left)
