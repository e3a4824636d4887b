"""A linear recurrence is no loop: a filter, a scan, or blocks of products compute all its steps at once.

What a loop computes is walked (`walk`): where it is a sum of what one signal was, with coefficients that do not
depend on it, a function of the runtime takes its place.

* Coefficients that are numbers and do not change, at any lags: `_filter`, with the delayed inputs inside.
* One lag, entry by entry, and coefficients of whatever has no past: `_scan`.
* One lag, and a matrix that does not change: `_matrix_scan`; so are several numbers that read each other's (`coupled`).
* A matrix that decays and gains the outer product of two vectors, of which only a product with a vector is read, as in
  linear attention: `_outer_scan`, which never makes the matrices. The first of the two may gain a product with the
  matrix, as in the delta rule.

What has to hold: each turn computes the same statements, at one place each, without conditions, and neither a function
of the caller nor a place that a value tells is among them. Sums are joined in another order, so that results are the
same to rounding. What is infinite, or no number, stays where it belongs: the functions look at the last steps and leave
what is not finite to the loop (`Routine.otherwise`), as they do what they are not for.
"""

from __future__ import annotations

from dataclasses import replace

from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.algebra.shapes import matrix_product
from unfoldgraph.algebra.table.laws import Entries
from unfoldgraph.base.affine import Affine, index, whole
from unfoldgraph.program.ir import (
    SEQUENCES,
    Access,
    Apply,
    Array,
    Assign,
    Buffer,
    Dim,
    Each,
    Extents,
    For,
    Kernel,
    KernelStatement,
    Make,
    Number,
    Opaque,
    Routine,
    Strided,
    Value,
    at_places,
    nodes,
    parts,
    shape_of,
    statements_in,
    values_in,
)
from unfoldgraph.program.names import told_apart, written_name
from unfoldgraph.program.passes.at_once import free_indices, stays_inside
from unfoldgraph.program.passes.linear.coupled import MATRIX_SCAN, coupled
from unfoldgraph.program.passes.linear.early import Parts, Room, accesses_of, is_in_place, reads_of
from unfoldgraph.program.passes.linear.loops import Recurrence, linear_loop, only_axis
from unfoldgraph.program.passes.linear.walk import (
    Coefficient,
    Linear,
    LinearWalk,
    NotLinear,
    Product,
    Taps,
    is_per_sequence,
    is_same,
    is_varied,
    named_indices,
    outer_of,
    value_of,
)
from unfoldgraph.program.rewriting import with_accesses, with_parts_changed

FILTER, SCAN, OUTER_SCAN = "_filter", "_scan", "_outer_scan"
"""What the functions of the runtime are called."""
#: The farthest lag of a filter with a coefficient for each: a loop is as fast as a filter with so many that are 0.
_FARTHEST = 256


def recurrences(kernel: Kernel) -> Kernel:
    """Return a kernel in which linear recurrences are computed at once, where that can be.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> from unfoldgraph.program.lower import lower
    >>> from unfoldgraph.program.schedule import schedule_of
    >>> kernel = recurrences(lower(schedule_of(read("y(n) = b * x(n) - a * y(n-1)"), None)))
    >>> [(one.name, len(one.otherwise)) for one in kernel.body if isinstance(one, Routine)]
    [('_filter', 4)]
    """
    at = 0
    while at < len(kernel.body):
        loop = kernel.body[at]
        if isinstance(loop, For) and (found := linear_loop(loop)):
            if len(found.recurrences) == 1:
                kernel, at = _Replacing(kernel, at, loop, *found.recurrences).replaced()
            else:
                kernel, at = coupled(kernel, at, loop, found)
        at += 1
    return kernel


class _Replacing:
    """Puts a function in the place of one loop."""

    def __init__(self, kernel: Kernel, at: int, loop: For, found: Recurrence) -> None:
        self.kernel, self.at, self.loop, self.found = kernel, at, loop, found
        self.parts = Parts(kernel.arguments, [*kernel.body[:at]], [loop], [*kernel.body[at + 1 :]])
        #: What is made for the function.
        self.made: list[KernelStatement] = []
        self.results = kernel.results
        values = (value for statement in statements_in(kernel.body) for value in values_in(statement))
        self.has_functions = any(isinstance(node, Opaque) for node in nodes(values))

    def replaced(self) -> tuple[Kernel, int]:
        """Return the kernel and where the function stands; the loop where no function is for it."""
        try:
            read = self._only_read()
            if read is not None:
                return self._of_read(*read)
            is_plain = self.found.form.is_plain
            arguments = (self._filter() or self._scan() or self._matrix_scan()) if is_plain else None
        except NotLinear:
            # What drives it is computed turn by turn.
            arguments = None
        if arguments is None:
            return self.kernel, self.at
        name, given, count = arguments
        earlier, target = self._early_state(count)
        routine = Routine(
            (target,),
            name,
            (*given, earlier),
            self.found.statement.equation,
            tuple(self.parts.otherwise),
            takes_shape=True,
            goes_back=self.loop.step < 0,
        )
        others = with_accesses(
            (Each((self.loop.range,), (one,)) for one in self.found.others),
            lambda one: replace(one, array=target.array) if one.array == self.found.state else one,
        )
        before = [*self.parts.before, *self.made, routine]
        body = (*before, *others, *self.parts.after)
        return Kernel(self.parts.arguments, body, self.results), len(before) - 1

    # Which function -----------------------------------------------------------------------------------

    def _filter(self) -> tuple[str, list[Value | tuple[Value, ...]], int | Affine] | None:
        """Return the arguments of a filter, and how many earlier steps it reads."""
        form, state = self.found.form, self.found.state.name
        feedback = self._taps_of(form, state, 1, -1)
        if feedback is None:
            return None
        a, count = feedback
        return FILTER, [*self._driven(a)], count

    def _taps_of(
        self, form: Linear, name: str, first: int, sign: int
    ) -> tuple[Value | tuple[Value, ...], int | Affine] | None:
        """Return the coefficients of a signal from its first lag on, and how many they are; None where they change.

        Those of a sum over a range are an array.
        """
        if any(own != name for own in (*form.sums, *(own for own, _ in form.past))):
            return None
        if form.sums:
            return None if form.past else self._array_of(form.sums[name], first, sign)
        count = 1 + max(lag for _, lag in form.past) - first
        if count > _FARTHEST:
            return None
        own = [form.past.get((name, lag)) for lag in range(first, first + count)]
        if any(one is not None and not self._is_fixed_number(one) for one in own):
            return None
        return tuple(value_of(one, sign) for one in own), count

    def _is_fixed_number(self, one: Coefficient) -> bool:
        return one.kind == "entries" and (one.value is None or self._is_fixed(one.value, ()))

    def _is_fixed(self, value: Value, shape: tuple[Affine, ...] | None = None) -> bool:
        """Say whether a value is the same in each turn, and has a shape."""
        if shape is not None and shape_of(value) != shape:
            return False
        own = {self.loop.index}
        return all(own.isdisjoint(named_indices(node)) and not is_varied(node) for node in nodes([value]))

    def _array_of(self, taps: Taps, first: int, sign: int) -> tuple[Value, int | Affine] | None:
        """Return the coefficients of a sum over a range as an array made before the loop."""
        if taps.lag.at({taps.index: taps.first}) != whole(first):
            return None
        value = Number(1) if taps.coefficient is None else taps.coefficient
        if not self._is_fixed(value, ()):
            return None
        extent = taps.last - taps.first + 1
        called = told_apart(f"{_first_name(value)}_taps", str(len(self.made)))
        buffer = Buffer(called, "scratch", (Dim(taps.index, extent, "axis"),))
        fill = at_places(value, {taps.index: index(taps.index) + taps.first})
        if taps.sign * sign < 0:
            fill = Apply("neg", (fill,), ())
        self.made.append(Make(buffer, fill))
        return Access(buffer), extent if extent.terms else extent.constant

    def _driven(self, a: Value | tuple[Value, ...]) -> list[Value | tuple[Value, ...]]:
        """Return the coefficients of a filter, what drives it at all steps, and what that was before them."""
        found = self._delayed_input()
        if found is None:
            return [(Number(1),), a, self._at_once(self.found.form.rest, "driven"), ()]
        access, b, count = found
        if count == 1:
            return [b, a, self._steps_of(access), ()]
        earlier, steps = self._early_input(access, count - 1)
        return [b, a, steps, earlier]

    def _delayed_input(self) -> tuple[Access, Value | tuple[Value, ...], int | Affine] | None:
        """Return the one array of which a rest is a sum of delayed values, with numbers; None where it is no such."""
        rest = self.found.form.rest
        if rest is None:
            return None
        read = {
            node.array.name: node
            for node in nodes([rest])
            if isinstance(node, Access) and self.loop.index in named_indices(node)
        }
        if len(read) != 1:
            return None
        ((name, access),) = read.items()
        own = [dim for dim in access.array.dims if dim.role == "axis"]
        if len(own) != 1 or shape_of(access) != self.found.shape or not isinstance(access.array, Buffer):
            return None
        if own[0].extent != self.found.dim.extent or access.array.numbers != "floating":
            return None
        try:
            form = LinearWalk(self.loop.index, {name}, self.loop.step, least=0).form(rest)
        except NotLinear:
            return None
        if form.rest is not None or form.is_free or not form.is_plain:
            return None
        taps = self._taps_of(form, name, 0, 1)
        return None if taps is None else (access, *taps)

    def _scan(self) -> tuple[str, list[Value | tuple[Value, ...]], int] | None:
        """Return the arguments of a scan."""
        own = self._only_lag("entries")
        if own is None:
            return None
        factor = value_of(own, 1)
        kept = (factor,) if self._is_fixed(factor, self.found.shape) else self._at_once(factor, "kept")
        return SCAN, [kept, self._at_once(self.found.form.rest, "driven")], 1

    def _matrix_scan(self) -> tuple[str, list[Value | tuple[Value, ...]], int] | None:
        """Return the arguments of a scan with a matrix."""
        own = self._only_lag("matrix")
        if own is None or own.value is None or not self._is_fixed(own.value):
            return None
        return MATRIX_SCAN, [value_of(own, 1), self._at_once(self.found.form.rest, "driven")], 1

    def _only_lag(self, kind: str) -> Coefficient | None:
        """Return the only coefficient of a recurrence with one lag, which is 1."""
        form = self.found.form
        own = form.past.get((self.found.state.name, 1))
        return own if own is not None and len(form.past) == 1 and not form.sums and own.kind == kind else None

    def _delta(self, right: Value) -> Product | None:
        """Return the vector by which the matrix is multiplied in what an outer product with another adds to it."""
        outers = self.found.form.outers
        if [*outers] != [(self.found.state.name, 1)]:
            return None
        ((product, other),) = outers.values()
        return product if is_same(other, right) else None

    # Matrices of which a product is read -----------------------------------------------------------------

    def _only_read(self) -> tuple[Apply, list[Value | tuple[Value, ...]], int, bool] | None:
        """Return the only product with a matrix that is read, and the arguments of a function that computes it.

        With them comes where in the program it is read, and whether the vector stands first, so that the matrix is
        turned. None where more is read, or the matrix is another.
        """
        own, rest = self._only_lag("entries"), self.found.form.rest
        array = self.found.state
        if len(self.found.shape) != 2 or own is None or rest is None or array in self.kernel.results:
            return None
        outer = outer_of(rest)
        reads = [
            (at, node)
            for at, one in enumerate(self.parts.after)
            for node in nodes(values_in(one))
            if any(isinstance(part, Access) and part.array == array for part in parts(node))
        ]
        decay = value_of(own, 1)
        if outer is None or len(reads) != 1 or shape_of(decay) != () or self.loop.step < 0 or self._are_others_read():
            return None
        ((at, product),) = reads
        made = self.parts.after[at]
        is_product = isinstance(product, Apply) and OPERATORS[product.row].rule is matrix_product
        if not isinstance(made, Make) or not is_product or not isinstance(product, Apply):
            return None
        first, second = product.arguments
        (one, other), vector = (
            (outer, second) if isinstance(first, Access) and first.array == array else (outer[::-1], first)
        )
        if len(shape_of(vector) or ()) != 1 or not _is_of_each_turn(product, array, self.loop.index):
            return None
        delta = self._delta(other)
        if self.found.form.outers and (delta is None or delta.turned != (vector is first)):
            return None
        kept: Value | tuple[Value, ...] = () if own.value is None else self._at_steps(decay, "kept", ())
        given = [
            self._at_steps(value, hint, shape_of(value) or ())
            for value, hint in ((one, "left"), (other, "right"), (vector, "read"))
        ]
        gained = () if delta is None else self._at_steps(delta.vector, "gained", shape_of(delta.vector) or ())
        return product, [kept, gained, *given], at, vector is first

    def _are_others_read(self) -> bool:
        """Say whether something outside of the loop reads what it computes beside the state."""
        others = {one.target.array for one in self.found.others}
        around = (*self.parts.before, *self.parts.after)
        return any(array in self.kernel.results or any(reads_of(around, array)) for array in others)

    def _of_read(
        self, product: Apply, given: list[Value | tuple[Value, ...]], at: int, is_turned: bool
    ) -> tuple[Kernel, int]:
        """Return the kernel in which the products with a matrix are computed at once, and where that is done."""
        state, loop = self.found.state, self.loop
        # What the loop computes beside the state nothing else reads.
        others = {one.target.array for one in self.found.others}
        self.found = replace(self.found, others=())
        room = self._room(state, 1)
        makes = [one for one in self.parts.before if isinstance(one, Make) and one.buffer == state]
        if room is None or len(makes) != 1:
            return self.kernel, self.at
        axis = Dim(loop.index, self.found.dim.extent, "axis")
        sizes = tuple(Dim(str(number), extent, "size") for number, extent in enumerate(product.shape or ()))
        called = told_apart(f"{written_name(state.name)}_product", str(self.at))
        target = Buffer(called, "scratch", (axis, SEQUENCES, *sizes))
        here = Access(target, ((axis.name, index(loop.index)),))
        put = Each((loop.range,), (Assign(here, product),))
        reader = self.parts.after[at]
        assert isinstance(reader, Make) and reader.fill is not None  # so it was found
        self.parts.after[at] = replace(reader, fill=with_parts_changed(reader.fill, {id(product): here}))
        self.parts.before.remove(makes[0])
        self.parts.otherwise.append(put)
        own = [one for one in self.parts.before if isinstance(one, Make) and one.buffer in others]
        self.parts.before = [one for one in self.parts.before if one not in own]
        self.parts.part(room, room.without_room(keeps_sequences=True), makes[0].fill)
        self.parts.otherwise[2:2] = own
        earlier = self.parts.given(room)
        if is_turned:
            earlier = tuple(map(_turned, earlier)) if isinstance(earlier, tuple) else _turned(earlier)
        routine = Routine(
            (Access(target),),
            OUTER_SCAN,
            (*given, earlier),
            self.found.statement.equation,
            tuple(self.parts.otherwise),
            takes_shape=True,
        )
        before = (*self.parts.before, *self.made, Make(target), routine)
        return Kernel(self.parts.arguments, (*before, *self.parts.after), self.results), len(before) - 1

    # What it takes --------------------------------------------------------------------------------------

    def _at_once(self, value: Value | None, hint: str) -> Value:
        """Return what drives a recurrence at all steps."""
        return self._at_steps(Number(0) if value is None else value, hint, self.found.shape)

    def _at_steps(self, value: Value, hint: str, shape: Extents) -> Value:
        """Return a value at all steps: what stands in an array as it stands there, all else in an array of its own."""
        if isinstance(value, Access) and shape_of(value) == shape and self._is_of_steps(value):
            return self._steps_of(value)
        axis = Dim(self.loop.index, self.found.dim.extent, "axis")
        if not stays_inside(value, {self.loop.index: axis}):
            raise NotLinear
        sizes = tuple(Dim(str(number), extent, "size") for number, extent in enumerate(shape))
        called = told_apart(f"{written_name(self.found.state.name)}_{hint}", str(len(self.made)))
        # What is the same in every turn, or fills entries, is laid out for each sequence.
        is_laid_out = self.loop.index not in free_indices(value) or shape_of(value) != shape
        batch = (SEQUENCES,) if is_laid_out or is_per_sequence(value) else ()
        buffer = Buffer(called, "scratch", (axis, *batch, *sizes))
        self.made.append(Make(buffer, value))
        return self._steps_of(Access(buffer, ((self.loop.index, index(self.loop.index)),)))

    def _is_of_steps(self, access: Access) -> bool:
        """Say whether an access is at the place of its turn, of all that there is."""
        own = only_axis(access.array)
        is_here = own is not None and dict(access.places) == {own.name: index(self.loop.index)}
        return is_here and own is not None and own.extent == self.found.dim.extent

    def _steps_of(self, access: Access) -> Access:
        """Return what an access is at all steps."""
        (own,) = (dim for dim in access.array.dims if dim.role == "axis")
        if not own.before and not own.after:
            return Access(access.array)
        return Access(access.array, ((own.name, Strided(whole(0), own.extent)),))

    def _earlier(self, access: Access, count: int | Affine) -> Access:
        """Return what an array was before the first turn, where it has room for that."""
        (own,) = (dim for dim in access.array.dims if dim.role == "axis")
        extent = whole(0) + count
        first = whole(0) - extent if self.loop.step > 0 else own.extent
        return Access(access.array, ((own.name, Strided(first, extent)),))

    def _early_input(self, access: Access, count: int | Affine) -> tuple[Value | tuple[Value, ...], Access]:
        """Return what an input was before the first step, and the access to all its steps."""
        room = self._room(access.array, count)
        if room is None or room.buffer not in self.parts.arguments:
            return self._earlier(access, count), self._steps_of(access)
        # It is taken as it comes, without a copy in which there is room.
        plain = room.without_room(keeps_sequences=self.has_functions)
        self.parts.arguments = tuple(plain if one == room.buffer else one for one in self.parts.arguments)
        steps = Access(room.inside, ((room.dim.name, Strided(whole(0), room.dim.extent)),))
        self.parts.part(room, plain, Number(0))
        self.parts.otherwise.insert(2, Assign(steps, Access(plain)))
        return self.parts.given(room), Access(plain)

    def _early_state(self, count: int | Affine) -> tuple[Value | tuple[Value, ...], Access]:
        """Return what the state was before the first step, and the access to all its steps."""
        state = Access(self.found.state)
        room = self._room(self.found.state, count)
        makes = [one for one in self.parts.before if isinstance(one, Make) and one.buffer == self.found.state]
        if room is None or len(makes) != 1:
            return self._earlier(state, count), self._steps_of(state)
        plain = room.without_room(keeps_sequences=True)
        self.parts.before.remove(makes[0])
        self.parts.part(room, plain, makes[0].fill)
        steps = Access(room.inside, ((room.dim.name, Strided(whole(0), room.dim.extent)),))
        self.parts.otherwise.append(Assign(Access(plain), steps))
        given = self.parts.given(room)
        self.made.append(Make(plain))
        self.results = tuple(plain if array == self.found.state else array for array in self.results)
        return given, Access(plain)

    def _room(self, array: Array, count: int | Affine) -> Room | None:
        """Return the room off an edge that an array could do without; None where something else reads it."""
        if not isinstance(array, Buffer) or self.loop.step < 0:
            return None
        (own,) = (dim for dim in array.dims if dim.role == "axis")
        if not isinstance(count, int) or own.after or own.before != count:
            return None
        others = (*self.made, *self.parts.after, *self.found.others)
        if any(not is_in_place(access, own) for access in accesses_of(others, array)):
            return None
        reads = [one for one in reads_of(self.parts.before, array) if not is_in_place(one, own)]
        return None if reads else Room(array, own, count)


def _turned(value: Value) -> Value:
    """Return a matrix with rows for columns."""
    return Apply(_TURN.name, (value,), (shape_of(value) or ())[::-1])


(_TURN,) = (row for row in OPERATORS.values() if row.laws.entries is Entries.TURNED)
"""What makes columns of the rows of a matrix."""


def _is_of_each_turn(product: Value, array: Array, own: str) -> bool:
    """Say whether a product reads a matrix at the place of each turn."""
    reads = [part for part in parts(product) if isinstance(part, Access) and part.array == array]
    return len(reads) == 1 and [at for _, at in reads[0].places] == [index(own)]


def _first_name(value: Value) -> str:
    """Return what the first array in a value is called."""
    return next((written_name(node.array.name) for node in nodes([value]) if isinstance(node, Access)), "past")
