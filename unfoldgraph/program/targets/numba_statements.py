"""The kernel of a program as one function of loops over numbers, for Numba: one sequence after the other.

It takes arrays that are made outside, of which the first dimension is that of the sequences. The outermost loops run
in pieces, and between two of them it is looked whether somebody has asked to stop: compiled code is not interrupted
otherwise. A signal that a loop computes step by step has its last values in variables.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from unfoldgraph.base.affine import Affine, index
from unfoldgraph.base.errors import CircuitError
from unfoldgraph.program.checking.never_nan import NeverNaN
from unfoldgraph.program.ir import (
    Access,
    Assign,
    Buffer,
    Dim,
    Each,
    For,
    Guard,
    IndexRange,
    Kernel,
    KernelStatement,
    Make,
    Number,
    Opaque,
    Value,
    WholeNumber,
    base_of,
    nodes,
    shape_of,
    statements_in,
    targets_of,
    values_in,
)
from unfoldgraph.program.python_text.nodes import (
    Comment,
    assign,
    attribute,
    binary,
    call,
    compared,
    constant,
    function,
    item,
    name,
    names_used,
    parameters,
    plus,
    slice_of,
)
from unfoldgraph.program.targets.numba_values import LoopValueWriter, Made, Registers
from unfoldgraph.program.targets.numpy_names import Called
from unfoldgraph.program.wrapper.loop_kernel import KERNEL, STOPPED, LoopKernel

#: How many turns of a loop are run before it is looked whether somebody has asked to stop: of single numbers, others.
_LONG_PIECE, _SHORT_PIECE = 65536, 64
#: How many of the last values of a signal are kept in variables.
_KEPT = 4


Begins = Callable[[ast.expr], list[ast.stmt]]
"""What comes before the turns of a loop, from the first of them on."""


def loop_kernel(kernel: Kernel, called: Called, equations: Mapping[int, str]) -> LoopKernel:
    """Return a kernel as a function that Numba compiles.

    Parameters
    ----------
    called : what things are called, outside and in the function.
    equations : what comments say of each.

    Raises
    ------
    CircuitError
        For functions of the caller, and operations that have no form in loops.
    """
    return _KernelWriter(kernel, called, equations).written()


class _KernelWriter:
    def __init__(self, kernel: Kernel, called: Called, equations: Mapping[int, str]) -> None:
        self.kernel, self.called, self.equations = kernel, called, equations
        self.made = Made()
        self.depth = 0
        for statement in statements_in(kernel.body):
            for node in nodes(values_in(statement)):
                if isinstance(node, Opaque):
                    raise CircuitError(
                        f"the function '{node.function}' is one of Python, which the target 'numba' cannot compile",
                        help='the target "numpy" calls functions',
                    )
        #: What is called how for all sequences, of arguments and results.
        self.all: dict[str, str] = {}
        for buffer in (*kernel.arguments, *self._made()):
            if buffer.kind != "scratch":
                own = ast.unparse(called.buffer(buffer.name))
                self.all[buffer.name] = called.names.claim_numbered(f"{own}_all")
        self.sequence = called.new("sequence")
        self.values = LoopValueWriter(called, self.made, NeverNaN(kernel))
        written = {
            base_of(target.array).name for statement in statements_in(kernel.body) for target in targets_of(statement)
        }
        self.values.fixed = frozenset(one.name for one in kernel.arguments if one.name not in written)
        for buffer in kernel.arguments:
            if self._is_read_in_passing(buffer):
                edge = called.new(f"before_{ast.unparse(called.buffer(buffer.name))}")
                self.values.edges[buffer.name] = edge
                self.made.scratch[ast.unparse(edge)] = (Affine() + _own(buffer)[0].before,)

    def _is_read_in_passing(self, buffer: Buffer) -> bool:
        """Say whether loops over its places alone read an argument, no more than a few places back.

        Then they keep these in variables, and what stands before the first place is an array of its own: the argument
        is not copied into one with room for it.
        """
        dims = _own(buffer)
        if len(dims) != 1 or dims[0].role != "axis":
            return False
        (dim,) = dims
        if not isinstance(dim.before, int) or not 0 < dim.before <= _KEPT or dim.after != 0:
            return False
        passing = [
            one
            for one in self.kernel.body
            if isinstance(one, For) and _is_plain(one) and one.step == 1 and one.last == dim.extent - 1
        ]
        # A value may be read by several statements.
        inside = {id(one) for loop in passing for one in loop.body}
        lags = [_lag(loop, node) for loop in passing for node in _accesses_of(buffer, loop.body)]
        others = [one for one in statements_in(self.kernel.body) if id(one) not in inside]
        return all(lag in range(dim.before + 1) for lag in lags) and not _accesses_of(buffer, others)

    def _made(self) -> list[Buffer]:
        return [one.buffer for one in statements_in(self.kernel.body) if isinstance(one, Make)]

    def written(self) -> LoopKernel:
        kernel, values, called = self.kernel, self.values, self.called
        made = {buffer.name: buffer for buffer in self._made()}
        results = {self.all[one.name]: one for one in made.values() if one.kind == "result"}
        scratch: dict[str, tuple[Affine, ...]] = {}
        zeros: set[str] = set()
        with values.inside() as body:
            for buffer in made.values():
                if buffer.kind == "scratch" and _own(buffer):
                    scratch[ast.unparse(called.buffer(buffer.name))] = tuple(
                        dim.last - dim.first + 1 if dim.kept is None else dim.kept for dim in _own(buffer)
                    )
            for edge in values.edges.values():
                values.put(item(edge, slice_of()), values.number(0).tree)
            for statement in kernel.body:
                self.statement(statement, zeros)
        used = names_used(body)
        opened: list[ast.stmt] = []
        for buffer in (*kernel.arguments, *results.values()):
            own = called.buffer(buffer.name)
            places = [(ast.unparse(own), self.all[buffer.name])]
            if buffer.name in self.made.turned:
                other = self.made.turned[buffer.name]
                places.append((other, f"{other}_all"))
            for public, of_all in places:
                if public in used and buffer.name not in values.variables:
                    opened.append(assign(name(public), item(name(of_all), self._row(name(of_all), buffer))))
        turned = {own: f"{public}_all" for own, public in self.made.turned.items()}
        arrays = [self.all[one.name] for one in kernel.arguments if ast.unparse(called.buffer(one.name)) in used]
        scratch |= {own: extents for own, extents in self.made.scratch.items() if own in used or own in scratch}
        scratch = {own: extents for own, extents in scratch.items() if own in used}
        first = next(iter(results))
        taken = [*arrays, *turned.values(), *results, *scratch]
        sizes = [one for one in called.sizes.values() if one in used]
        loop = ast.For(
            self.sequence,
            call(called.words["range"], item(attribute(name(first), "shape"), constant(0))),
            [*opened, *body],
            [],
        )
        types = [assign(values.real, attribute(name(first), "dtype", "type"))]
        if ast.unparse(values.unsigned) in used:
            types.append(Comment("Of an index without a sign it is not asked whether it counts from the end."))
            types.append(assign(values.unsigned, called.words.numpy("uint64")))
        whole_body = [*types, loop, ast.Return(constant(False))]
        everything = (*taken, *dict.fromkeys(sizes))
        definition = function(KERNEL, parameters(*everything), whole_body)
        return LoopKernel(
            definition,
            {
                self.all[one.name]: self._without_edge(one)
                for one in kernel.arguments
                if self.all[one.name] in arrays or one.name in turned
            },
            results,
            turned,
            scratch,
            frozenset(zeros),
            everything,
        )

    def _without_edge(self, buffer: Buffer) -> Buffer:
        """Return an argument as it is handed in."""
        if buffer.name not in self.values.edges:
            return buffer
        return replace(buffer, dims=tuple(replace(dim, before=0) for dim in buffer.dims))

    def _row(self, of_all: ast.expr, buffer: Buffer) -> ast.expr:
        """Return which sequence of an array it is: what all share has one."""
        if buffer.kind == "result":
            return self.sequence
        last = plus(call(self.called.words["len"], of_all), -1)
        return call(self.called.words["min"], self.sequence, last)

    # Statements -------------------------------------------------------------------------------------

    def statement(self, statement: KernelStatement, zeros: set[str] | None = None) -> None:
        """Write a statement; it calls itself once per nested block."""
        values = self.values
        match statement:
            case Make():
                self.make(statement, set() if zeros is None else zeros)
            case For():
                self.loop(statement)
            case Each():
                for one in statement.body:
                    self.each(statement, one)
            case Guard():
                self.guard(statement)
            case Assign():
                self.assign(statement)
            case _:
                raise AssertionError(f"{type(statement).__name__} is made by no pass of this target")
        # What was computed for a statement is not for the next: it may have changed.
        values.stored, values.known, values.gathered = {}, {}, {}

    def told(self, equation: int | None) -> None:
        """Write the equation that comes next."""
        if equation is not None and equation in self.equations:
            self.values.block.append(Comment(self.equations[equation]))

    def make(self, statement: Make, zeros: set[str]) -> None:
        """Write what a new array begins with."""
        buffer, fill = statement.buffer, statement.fill
        values = self.values
        if not buffer.is_shaped:
            raise CircuitError(
                f"the shape of '{buffer.name}' is not known, which the target 'numba' needs",
                help="declare it, or use the target 'numpy'",
            )
        if isinstance(fill, WholeNumber) and buffer.kind == "scratch" and len(_own(buffer)) == 1:
            values.numbers[buffer.name] = fill
            return
        if not _own(buffer):
            # A number is a variable, wherever else it is put as well.
            values.variables[buffer.name] = values.buffer(buffer)
            fill = Number(0) if fill is None else fill
        if fill is None:
            return
        if isinstance(fill, Number) and self.is_given(buffer):
            # All but what is off its edges is written anyway.
            self.filled_off_edges(buffer, fill)
            return
        if _own(buffer) and buffer.kind == "result" and isinstance(fill, Number) and fill.value == 0:
            zeros.add(self.all[buffer.name])
            return
        axes = [dim for dim in _own(buffer) if dim.role == "axis"]
        self.told(statement.equation)
        with self.nested([(dim.name, dim.first, dim.last) for dim in axes]):
            places = tuple((dim.name, index(dim.name)) for dim in axes)
            self.put(Access(buffer, places), fill)

    def is_given(self, buffer: Buffer) -> bool:
        """Say whether a loop writes every place of a signal of one axis, in whatever order."""
        dims = [dim for dim in _own(buffer) if dim.role == "axis"]
        if len(dims) != 1 or _own(buffer)[0] is not dims[0]:
            return False
        (dim,) = dims
        return any(
            isinstance(loop, For)
            and abs(loop.step) == 1
            and (loop.range.first, loop.range.last) == (Affine(), dim.extent - 1)
            and any(
                isinstance(one, Assign)
                and not one.adds
                and one.target.array == buffer
                and one.target.places == ((dim.name, index(loop.index)),)
                for one in loop.body
            )
            for loop in self.kernel.body
        )

    def filled_off_edges(self, buffer: Buffer, fill: Number) -> None:
        """Write a number to the places off the edges of a signal."""
        values, dim = self.values, _own(buffer)[0]
        value = values.number(fill.value).tree
        for count, first in ((dim.before, None), (dim.after, dim.extent + dim.before)):
            if count:
                before = values.whole(Affine() + count) if first is None else None
                cut = slice_of(None if first is None else values.whole(first), before)
                values.put(item(values.buffer(buffer), cut), value)

    @contextmanager
    def nested(self, ranges: Sequence[tuple[str, Affine, Affine]]) -> Iterator[None]:
        """Write loops, one inside the other; it calls itself once per loop."""
        if not ranges:
            yield
            return
        (own, first, last), *others = ranges
        values = self.values
        with (
            self.turns(self.called.index(own), values.whole(first), plus(values.whole(last), 1), _SHORT_PIECE),
            self.nested(others),
        ):
            yield

    @contextmanager
    def turns(
        self, own: ast.expr, first: ast.expr, stop: ast.expr, piece: int, begins: Begins | None = None, step: int = 1
    ) -> Iterator[None]:
        """Write a loop, the outermost in pieces; what `begins` gives for the first turn comes before those of each."""
        values, words = self.values, self.called.words
        # A few turns are over before anybody asks.
        is_outermost = not self.depth and not (isinstance(first, ast.Constant) and isinstance(stop, ast.Constant))
        self.depth += 1
        with values.inside() as body:
            yield
        self.depth -= 1
        body = body or [ast.Pass()]
        if step < 0:
            # From the last, which is `first` here, down to what is before `stop`.
            numbers = call(words["range"], first, plus(stop, -2), constant(-1))
            condition = compared(first, ">=", plus(stop, -1))
        else:
            numbers = values.range(first, stop)
            condition = compared(first, "<", stop)
        if not is_outermost:
            loop = ast.For(own, numbers, body, [])
            begun = begins(first) if begins else []
            values.block += [ast.If(condition, [*begun, loop], [])] if begun else [loop]
            return
        start = self.called.new("start")
        asked = ast.If(call(STOPPED), [ast.Return(constant(True))], [])
        if step < 0:
            least = call(words["max"], binary("-", start, constant(piece)), plus(stop, -2))
            inner = call(words["range"], start, least, constant(-1))
            outer = call(words["range"], first, plus(stop, -2), constant(-piece))
        else:
            inner = call(words["range"], start, call(words["min"], binary("+", start, constant(piece)), stop))
            outer = call(words["range"], first, stop, constant(piece))
        values.block.append(
            ast.For(start, outer, [asked, *(begins(start) if begins else []), ast.For(own, inner, body, [])], [])
        )

    def loop(self, loop: For) -> None:
        """Write a loop over steps."""
        values = self.values
        own = self.called.index(loop.index)
        first = values.whole(loop.first)
        stop = plus(values.whole(loop.last), 1)
        begins, shifted, names = self.registers(loop)
        read = self.read_in_passing(loop, names, shifted)
        around = values.registers

        def begun_with(start: ast.expr) -> list[ast.stmt]:
            return [*begins(start), *self.begun_before(start, read)]

        values.registers = {**around, **names}
        is_light = all(isinstance(one, Assign) and not _has_loops(one) for one in loop.body)
        with self.turns(own, first, stop, _LONG_PIECE if is_light else _SHORT_PIECE, begun_with, loop.step):
            values.block += [assign(own_names[0], item(values.buffer(buffer), own)) for buffer, own_names in read]
            for statement in loop.body:
                self.statement(statement)
            values.block += shifted
        values.registers = around

    def registers(self, loop: For) -> tuple[Begins, list[ast.stmt], dict[str, Registers]]:
        """Return what keeps the last values of signals in variables: before the turns, after each, and the names."""
        shifted: list[ast.stmt] = []
        found: dict[str, Registers] = {}
        kept: list[tuple[Buffer, Dim, Mapping[int, ast.expr]]] = []
        for statement in loop.body if _is_plain(loop) else ():
            assert isinstance(statement, Assign)
            buffer = statement.target.array
            if not isinstance(buffer, Buffer) or [dim.role for dim in _own(buffer)] != ["axis"]:
                continue
            lags = self._lags(loop, statement, buffer)
            if not lags:
                continue
            called = ast.unparse(self.called.buffer(buffer.name))
            names = {lag: self.called.new(f"{called}_{lag}") for lag in range(max(lags) + 1)}
            shifted += [assign(names[lag], names[lag - 1]) for lag in range(max(lags), 0, -1)]
            found[buffer.name] = Registers(loop.index, {lag * loop.step: own for lag, own in names.items()})
            kept.append((buffer, _own(buffer)[0], names))

        def begins(first: ast.expr) -> list[ast.stmt]:
            begun = []
            for buffer, dim, names in kept:
                for lag, own in names.items():
                    if lag:
                        place = self.called.more(plus(first, -lag * loop.step), dim.before)
                        begun.append(assign(own, item(self.values.buffer(buffer), place)))
            return begun

        return begins, shifted, found

    def read_in_passing(
        self, loop: For, names: dict[str, Registers], shifted: list[ast.stmt]
    ) -> list[tuple[Buffer, Mapping[int, ast.expr]]]:
        """Return the arguments of which a loop keeps the last places in variables, with these, and note the names."""
        found: list[tuple[Buffer, Mapping[int, ast.expr]]] = []
        for buffer in self.kernel.arguments if self.values.edges else ():
            if buffer.name not in self.values.edges:
                continue
            lags = [_lag(loop, node) for node in _accesses_of(buffer, loop.body)]
            if lags:
                called = ast.unparse(self.called.buffer(buffer.name))
                own = {lag: self.called.new(f"{called}_{lag}") for lag in range(max(lags) + 1)}
                names[buffer.name] = Registers(loop.index, own)
                shifted += [assign(own[lag], own[lag - 1]) for lag in range(max(lags), 0, -1)]
                found.append((buffer, own))
        return found

    def begun_before(self, first: ast.expr, read: Sequence[tuple[Buffer, Mapping[int, ast.expr]]]) -> list[ast.stmt]:
        """Return what reads the places of arguments before the first turn, which may be before the first place."""
        found: list[ast.stmt] = []
        for buffer, names in read:
            before = _own(buffer)[0].before
            assert isinstance(before, int)
            for lag, own in names.items():
                if lag:
                    inside = item(self.values.buffer(buffer), plus(first, -lag))
                    edge = item(self.values.edges[buffer.name], plus(first, before - lag))
                    if isinstance(first, ast.Constant) and isinstance(first.value, int):
                        found.append(assign(own, inside if first.value >= lag else edge))
                    else:
                        found.append(assign(own, ast.IfExp(compared(first, ">=", constant(lag)), inside, edge)))
        return found

    def _lags(self, loop: For, statement: Assign, buffer: Buffer) -> set[int]:
        """Return how many turns ago the values were computed that a loop reads of a signal that it computes."""
        here, at = index(loop.index), loop.body.index(statement)
        ((_, written),) = statement.target.places
        others = [one for one in loop.body for target in targets_of(one) if base_of(target.array).name == buffer.name]
        if written != here or len(others) > 1:
            return set()
        lags = set()
        for position, one in enumerate(loop.body):
            for node in nodes(values_in(one)):
                if isinstance(node, Access) and base_of(node.array).name == buffer.name and node.places:
                    ((_, place),) = node.places
                    back = (here - place) if isinstance(place, Affine) else index(loop.index)
                    if not back.terms:
                        lags.add(back.constant * loop.step)
                        if not back.constant and position <= at:
                            return set()
        return {lag for lag in lags if 0 <= lag <= _KEPT}

    def each(self, statement: Each, inner: KernelStatement) -> None:
        """Write one of the statements for all places of some ranges."""
        ranges = list(statement.ranges)
        on = list(statement.on)
        self._each(ranges, on, inner)

    def _each(self, ranges: list[IndexRange], on: list[Affine], inner: KernelStatement) -> None:
        """Write the loops that are left; it calls itself once per loop."""
        values = self.values
        if not ranges:
            if on:
                zero = [compared(values.whole(one), "==", constant(0)) for one in on]
                with values.inside() as body:
                    self.statement(inner)
                condition = zero[0] if len(zero) == 1 else ast.BoolOp(ast.And(), zero)
                values.block.append(ast.If(condition, body, []))
            else:
                self.statement(inner)
            return
        own, *others = ranges
        index_name = self.called.index(own.index)
        later = [one.index for one in others]
        solved = [one for one in on if abs(one.factor(own.index)) == 1 and not any(map(one.factor, later))]
        first, last = values.whole(own.first), values.whole(own.last)
        if solved:
            place = solved[0].solved(own.index)
            left = [one for one in on if one is not solved[0]]
            values.put(index_name, values.whole(place))
            inside = ast.Compare(first, [ast.LtE(), ast.LtE()], [index_name, last])
            with values.inside() as body:
                self._each(others, left, inner)
            values.block.append(ast.If(inside, body, []))
            return
        is_of_numbers = isinstance(inner, Assign) and not _has_loops(inner)
        around, values.side_by_side = values.side_by_side, own.index if self.depth and is_of_numbers else None
        with self.turns(index_name, first, plus(last, 1), _SHORT_PIECE):
            self._each(others, on, inner)
        values.side_by_side = around

    def guard(self, statement: Guard) -> None:
        """Write statements under conditions."""
        values = self.values
        with values.inside() as then:
            for one in statement.then:
                self.statement(one)
        with values.inside() as other:
            for one in statement.other:
                self.statement(one)
        values.block.append(ast.If(values.conditions(statement.all_of), then or [ast.Pass()], other))

    def assign(self, statement: Assign) -> None:
        """Write a value in its place."""
        self.told(statement.equation)
        assert not statement.adds
        self.put(statement.target, statement.value)

    def put(self, target: Access, value: Value) -> None:
        """Write a value in a place of an array, entry by entry."""
        values = self.values
        array = target.array
        assert isinstance(array, Buffer)
        values.uses = {}
        values.prepare(value)
        own = shape_of(target) or ()
        if own and all(dim.role == "size" for dim in _own(array)) and _reads(value, array):
            # It is written in the place of what is read.
            values.store(value)
        is_shaped = bool(shape_of(value))
        register = values.register(target)
        with values.entries(own) as at:
            found = values.numeric(values.entry(value, at if is_shaped else ()))
            if array.name in values.variables:
                values.put(values.variables[array.name], found)
                if array.kind == "result":
                    values.put(item(name(self.all[array.name]), self.sequence), values.variables[array.name])
                return
            if register is not None:
                values.put(register, found)
                found = register
            values.put(item(values.written_to(array), *values.indices(target, at)), found)


def _is_plain(loop: For) -> bool:
    """Say whether a loop is of assignments alone, each in every turn."""
    return abs(loop.step) == 1 and all(isinstance(one, Assign) and not one.adds for one in loop.body)


def _accesses_of(buffer: Buffer, statements: Iterable[KernelStatement]) -> list[Access]:
    """Return where some statements, not those inside them, read a buffer."""
    read = nodes(value for one in statements for value in values_in(one))
    return [node for node in read if isinstance(node, Access) and node.array == buffer]


def _lag(loop: For, access: Access) -> int:
    """Return how many places before that of the turn an access is; -1 where it is no number."""
    if len(access.places) != 1 or not isinstance(access.places[0][1], Affine):
        return -1
    back = index(loop.index) - access.places[0][1]
    return -1 if back.terms else back.constant


def _has_loops(statement: Assign) -> bool:
    """Say whether a statement computes more than a number."""
    return any(shape_of(node) or type(node).__name__ == "Reduce" for node in nodes([statement.value]))


def _reads(value: Value, buffer: Buffer) -> bool:
    return any(isinstance(node, Access) and base_of(node.array).name == buffer.name for node in nodes([value]))


def _own(buffer: Buffer) -> list[Dim]:
    """Return the dimensions of a buffer in one sequence."""
    return [dim for dim in buffer.dims if dim.role != "sequences"]
