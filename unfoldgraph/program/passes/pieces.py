"""Piece after piece: a kernel that also returns what stands before the next steps, so that it may go on from there.

What has to hold is that a step goes by what came before it and by nothing else: signals are read at their own step and
so many steps back, inputs at their own, no value is the number of a step or of all steps, and whatever is read from
before the first step is an argument. Handed what it returned of these, the kernel does for the next steps what it
would have done if it had computed all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from unfoldgraph.base.affine import Affine, axis_of_length, index
from unfoldgraph.program.ir import (
    Access,
    Apply,
    Array,
    Assign,
    Buffer,
    Continuation,
    Dim,
    Each,
    Entry,
    For,
    IndexRange,
    Kernel,
    KernelStatement,
    Make,
    Number,
    Reduce,
    Remark,
    Strided,
    Value,
    WholeNumber,
    base_of,
    has_sequences,
    nodes,
    statements_in,
    targets_of,
    values_in,
)
from unfoldgraph.program.names import told_apart

MANY = 8
"""How many operations a turn has at least where it is worth while to leave out the sequences that have ended.

With fewer of them it is the calls that take the time, and not what they compute.
"""


def in_pieces(kernel: Kernel, shared: frozenset[str]) -> tuple[Kernel, Continuation] | None:
    """Return a kernel that may go on where it has ended, and with what; None where that is not certain.

    Parameters
    ----------
    shared : the arguments that all sequences have in common, which stand for nothing before the first step.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> from unfoldgraph.program.lower import lower
    >>> from unfoldgraph.program.schedule import schedule_of
    >>> kernel, pieces = in_pieces(lower(schedule_of(read("h(t) = tanh(w * h(t-1) + x(t))"), None)), frozenset("w"))
    >>> pieces, kernel.results[-1].name
    (Continuation(along=('x',), begins=('h0',), ends=('h0_next end',)), 'h0_next end')
    >>> in_pieces(lower(schedule_of(read("h(t) = tanh(w * h(t-1) + t)"), None)), frozenset("w")) is None
    True
    """
    loops = [one for one in kernel.body if isinstance(one, For)]
    if not loops or not isinstance(loops[0].last, Affine):
        return None
    reading = _StepsOfKernel(kernel, shared, loops[0].last + 1)
    return reading.pieces() if reading.is_certain() else None


def is_worth_while(kernel: Kernel) -> bool:
    """Say whether pieces need less memory than all steps at once, or less time where sequences end."""
    if any(_is_along_axis(one) and not has_sequences(one) for one in kernel.results):
        # What all sequences have in common has no place among those that are left.
        return False
    kept = {base_of(one).name for one in kernel.results}
    made = [one.buffer for one in kernel.body if isinstance(one, Make)]
    if any(_is_along_axis(buffer) for buffer in made if buffer.name not in kept):
        return True
    return any(
        sum(isinstance(one, Assign) for one in loop.body) >= MANY for loop in kernel.body if isinstance(loop, For)
    )


def _is_along_axis(array: Array) -> bool:
    return any(dim.role == "axis" for dim in array.dims)


class _StepsOfKernel:
    """Reads a kernel as the steps of one length."""

    def __init__(self, kernel: Kernel, shared: frozenset[str], steps: Affine) -> None:
        self.kernel, self.shared, self.steps = kernel, shared, steps
        #: How many places before the first step are read of each array.
        self.back: dict[str, int] = {}
        #: The argument that is put before the first step of an array.
        self.begins: dict[str, tuple[Buffer, Buffer]] = {}
        #: What the last step gives, and what is made of it.
        self.late: set[str] = set()

    def is_certain(self) -> bool:
        """Say whether the kernel may go on, and find with what."""
        if len(self.steps.terms) != 1 or self.steps.constant or not axis_of_length(self.steps.terms[0][0]):
            return False
        if not all(map(self._has_its_steps, self._buffers())) or not all(map(self._goes_on, self.kernel.body)):
            return False
        given = [argument.name for argument, _ in self.begins.values()]
        read = [node.array.name for node in self._values() if isinstance(node, Access)]
        # In the next piece they are what stands before its first step, and nothing else.
        if not given or any(read.count(name) > 1 for name in given):
            return False
        for name, count in self.back.items():
            if name not in self.begins or _places_of(self.begins[name][0]) < count:
                return False
        return True

    def pieces(self) -> tuple[Kernel, Continuation]:
        """Return the kernel with what stands before the next steps as its last results."""
        makes, ends = [], []
        for argument, owner in self.begins.values():
            (place,) = (dim.name for dim in owner.dims if self._is_along(dim))
            own = [dim for dim in argument.dims if dim.role == "axis"]
            at = self.steps - 1 if not own else index(own[0].name) + self.steps - own[0].extent
            dims = tuple(own[0] if own and dim.name == place else dim for dim in owner.dims if own or dim.name != place)
            buffer = Buffer(told_apart(f"{argument.name}_next", "end"), "result", dims)
            makes.append(Make(buffer, Access(owner, ((place, at),))))
            ends.append(buffer)
        along = tuple(argument.name for argument in self.kernel.arguments if self._dim(argument) is not None)
        begins = tuple(argument.name for argument, _ in self.begins.values())
        made = Kernel(self.kernel.arguments, (*self.kernel.body, *makes), (*self.kernel.results, *ends))
        return made, Continuation(along, begins, tuple(one.name for one in ends))

    def _buffers(self) -> Iterator[Array]:
        yield from (*self.kernel.arguments, *self.kernel.results)
        yield from (one.buffer for one in statements_in(self.kernel.body) if isinstance(one, Make))

    def _has_its_steps(self, array: Array) -> bool:
        """Say whether an array has the steps along one dimension at most, and is nowhere else as large as they tell."""
        dims = [dim for dim in array.dims if dim.role != "sequences"]
        others = [dim for dim in dims if not self._is_along(dim)]
        told = (end for dim in others for end in (dim.first, dim.last) if self._tells(end))
        return len(dims) - len(others) <= 1 and not any(told)

    def _values(self) -> Iterator[Value]:
        for statement in statements_in(self.kernel.body):
            yield from nodes(values_in(statement))

    # What holds -------------------------------------------------------------------------------------

    def _goes_on(self, statement: KernelStatement) -> bool:
        """Say whether a statement does the same for the steps of a piece as for all."""
        match statement:
            case Remark():
                return True
            case Make():
                dim = self._dim(statement.buffer)
                if statement.fill is None or isinstance(statement.fill, Number):
                    return True
                return self._is_read(statement.fill, statement.buffer, dim.name if dim else None)
            case Assign() if self._is_begin(statement):
                return True
            case Assign():
                return self._is_assigned(statement, None)
            case For() if not statement.is_of_terms and not statement.by_numbers and statement.step == 1:
                return self._is_whole(statement.range) and self._are_assigned(statement.body, statement.index)
            case Each() if len(statement.ranges) == 1 and not statement.on:
                (one,) = statement.ranges
                if all(map(self._is_begin, statement.body)):
                    return True
                return self._is_whole(one) and self._are_assigned(statement.body, one.index)
        return False

    def _is_whole(self, turns: IndexRange) -> bool:
        return turns == IndexRange(turns.index, Affine(), self.steps - 1)

    def _are_assigned(self, body: tuple[KernelStatement, ...], at: str) -> bool:
        return all(isinstance(one, Remark) or (isinstance(one, Assign) and self._is_assigned(one, at)) for one in body)

    def _is_begin(self, statement: KernelStatement) -> bool:
        """Say whether all that an argument holds is put before the first step of an array, and remember it."""
        if not isinstance(statement, Assign) or not isinstance(statement.value, Access):
            return False
        target, argument = statement.target, statement.value.array
        if not isinstance(target.array, Buffer) or not isinstance(argument, Buffer):
            return False
        if argument.kind != "argument" or argument.name in self.shared:
            return False
        dim = self._dim(target.array)
        if dim is None or target.array.kind == "argument" or [name for name, _ in target.places] != [dim.name]:
            return False
        own = [one for one in argument.dims if one.role == "axis"]
        place = dict(target.places)[dim.name]
        if own:
            (here,) = (index(one.name) for one in own[:1])
            is_all = len(own) == 1 and dict(statement.value.places) == {own[0].name: here}
            is_begin = is_all and place == here - own[0].extent
        else:
            is_begin = not statement.value.places and place == Affine((), -1)
        if is_begin and not statement.adds and target.array.name not in self.begins:
            self.begins[target.array.name] = argument, target.array
            return True
        return False

    def _is_assigned(self, statement: Assign, at: str | None) -> bool:
        target = statement.target
        dim = self._dim(target.array)
        if not isinstance(target.array, Buffer) or statement.adds or (dim is None) != (at is None):
            return False
        if dim is not None and at is not None and dict(target.places).get(dim.name) != index(at):
            return False
        places = [place for name, place in target.places if dim is None or name != dim.name]
        return not any(map(self._tells, places)) and self._is_read(statement.value, target.array, at)

    def _is_read(self, root: Value, target: Buffer, at: str | None) -> bool:
        """Say whether a value goes by what is at its own step and before it, or by the last step of all."""
        return all(self._may_be(node, target, at) for node in nodes([root]))

    def _may_be(self, node: Value, target: Buffer, at: str | None) -> bool:
        match node:
            case Number():
                return True
            case WholeNumber():
                return not self._tells(node.at)
            case Entry():
                return not any(map(self._tells, node.places))
            case Reduce():
                return not node.guard and not any(map(self._tells, (node.first, node.last)))
            case Apply():
                return not any(map(self._tells, node.shape or ()))
            case Access():
                return self._may_access(node, target, at)
        return False

    def _may_access(self, access: Access, target: Buffer, at: str | None) -> bool:
        array = access.array
        if not isinstance(array, Buffer):
            return False
        if array.name in self.late:
            # What the last step gives is not there yet in a step.
            self.late.add(target.name)
            if at is not None:
                return False
        dim = self._dim(array)
        if any(self._tells(place) for name, place in access.places if dim is None or name != dim.name):
            return False
        if dim is None:
            return True
        place = dict(access.places).get(dim.name)
        if at is None:
            self.late.add(target.name)
            return place == self.steps - 1 and array.kind != "argument"
        if not isinstance(place, Affine) or (place - index(at)).terms:
            return False
        offset = place.constant
        if offset < 0:
            self.back[array.name] = max(self.back.get(array.name, 0), -offset)
        return offset == 0 or (offset < 0 and array.kind != "argument")

    def _tells(self, place: object) -> bool:
        """Say whether a number goes by that of the step, or by how many there are; what is not known may."""
        if isinstance(place, Strided):
            return self._tells(place.first) or self._tells(place.extent)
        if not isinstance(place, Affine):
            return True
        return any(axis_of_length(name) or self._is_step(name) for name, _ in place.terms)

    def _is_step(self, name: str) -> bool:
        return any(isinstance(one, For | Each) and name in _indices(one) for one in statements_in(self.kernel.body))

    def _is_along(self, dim: Dim) -> bool:
        return dim.role == "axis" and dim.extent == self.steps

    def _dim(self, array: object) -> Dim | None:
        """Return the dimension of the steps of an array."""
        return next((dim for dim in getattr(array, "dims", ()) if self._is_along(dim)), None)


def _indices(statement: For | Each) -> Iterator[str]:
    yield from [statement.index] if isinstance(statement, For) else [one.index for one in statement.ranges]


def _places_of(begin: Buffer) -> int:
    """Return how many places an argument has that stands before the first step."""
    axes = [dim for dim in begin.dims if dim.role == "axis"]
    return axes[0].extent.constant if axes and not axes[0].extent.terms else int(not axes)


def parted(kernel: Kernel) -> tuple[tuple[KernelStatement, ...], tuple[KernelStatement, ...]]:
    """Return the statements that are the same for all steps and sequences, and those that are not.

    >>> from unfoldgraph.base.affine import length
    >>> from unfoldgraph.program.ir import Dim
    >>> k, h = Buffer("k", "scratch"), Buffer("h", "result", (Dim("t", length("t"), "axis"),))
    >>> [[one.buffer.name for one in part] for part in parted(Kernel((), (Make(h), Make(k, Number(1))), (h,)))]
    [['k'], ['h']]
    """
    alike: list[KernelStatement] = []
    others: list[KernelStatement] = []
    told: list[KernelStatement] = []
    for statement in kernel.body:
        if isinstance(statement, Remark):
            told.append(statement)
            continue
        is_apart = any(map(_is_apart, _arrays_in(statement)))
        if isinstance(statement, Make) and not is_apart:
            # The loop that it was taken out of does not come next any more.
            statement = replace(statement, is_hoisted=False)
        part = others if is_apart else alike
        part += [*told, statement]
        told = []
    return tuple(alike), tuple(others)


def _arrays_in(statement: KernelStatement) -> Iterator[Array]:
    for one in statements_in([statement]):
        yield from [one.buffer] if isinstance(one, Make) else [target.array for target in targets_of(one)]
        yield from (node.array for node in nodes(values_in(one)) if isinstance(node, Access))


def _is_apart(array: Array) -> bool:
    return any(dim.role in ("axis", "sequences") for one in (array, base_of(array)) for dim in one.dims)
