"""The loop program: what is known of a program between its schedule and its text.

A kernel is a list of statements over buffers. Two things are kept apart in it:

* *where* something stands are whole numbers: affine in the indices of loops, in sizes and in lengths. Places are
  counted from 0, so that `h(t-1)` is the place `t - 1` of `h` and what is before the first step has places below 0;
* *what* stands there are values. A value is that of one place in one sequence: an array of the shape of one value,
  under the operators of the table. It is pure, and knows neither how arrays are laid out nor how many places are
  computed at once.

The layout is the order of the dimensions of a buffer and nothing else. An access names them, so that they may be put
in another order without a word of what reads them.

The nodes say more than the language reaches yet: kernels made by hand test those that no stage makes now.

One value object is one value: what stands in two statements, as the same object, is the same in both, and may be
computed once. Values are compared by identity and walked by loops, for a sum may have ten thousand terms.

A program of the usual recurrent network, by hand:

>>> from unfoldgraph.base.affine import length, size, whole
>>> t, steps = index("t"), length("t")
>>> time = Dim("t", steps, "axis")
>>> m, n = Dim("0", size("m"), "size"), Dim("0", size("n"), "size")
>>> x, U = Buffer("x", "argument", (time, n)), Buffer("U", "argument", (m, replace(n, name="1")))
>>> h = Buffer("h", "result", (replace(time, before=1), SEQUENCES, m))
>>> product = Apply("matmul", (Access(U), Access(x, (("t", t),))), (m.extent,))
>>> value = Apply("tanh", (Apply("add", (Access(h, (("t", t - 1),)), product), (m.extent,)),), (m.extent,))
>>> loop = For("t", whole(0), steps - 1, (Assign(Access(h, (("t", t),)), value, equation=0),))
>>> kernel = Kernel((x, U), (Make(h, Number(0)), loop), (h,))
>>> [access.array.name for access in nodes([value]) if isinstance(access, Access)]
['h', 'U', 'x']
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal

from unfoldgraph.algebra.expression import Expr
from unfoldgraph.base.affine import Affine, axis_of_length, index, is_index, is_size, whole

# Whole numbers --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bound:
    """The greatest or the least of some sums, each divided: the ends of fronts, triangles and pieces.

    >>> from unfoldgraph.base.affine import length, whole
    >>> Bound("max", (whole(0), index("f") - length("j") + 1)).number({"f": 5, "#j": 4})
    2
    >>> Bound("min", (index("f"),), divisor=2, rounded="ceil").number({"f": 5})
    3
    """

    of: Literal["max", "min"]
    parts: tuple[Affine, ...]
    divisor: int = 1
    rounded: Literal["floor", "ceil"] = "floor"

    def at(self, places: Mapping[str, Affine]) -> Bound:
        """Return the bound with other sums in place of some names."""
        return replace(self, parts=tuple(part.at(places) for part in self.parts))

    def number(self, numbers: Mapping[str, int]) -> int:
        """Return what it is where each name is a number."""
        parts = [part.number(numbers) for part in self.parts]
        rounded = [-(-part // self.divisor) if self.rounded == "ceil" else part // self.divisor for part in parts]
        return max(rounded) if self.of == "max" else min(rounded)

    def narrowed(self, facts: Sequence[Affine]) -> Whole:
        """Return the same without the parts that another makes needless, where some sums are 0 or more.

        >>> from unfoldgraph.base.affine import length
        >>> Bound("min", (length("t") - 1, index("j") - 1)).narrowed([length("t") - 1 - index("j")]) == index("j") - 1
        True
        """
        kept: list[Affine] = []
        for number, part in enumerate(self.parts):
            others = (*kept, *self.parts[number + 1 :])
            if not any(follows(part - one if self.of == "min" else one - part, facts) for one in others):
                kept.append(part)
        return kept[0] if len(kept) == 1 and self.divisor == 1 else replace(self, parts=tuple(kept))


Whole = Affine | Bound
"""A whole number that indices, lengths and sizes tell."""


def is_natural(count: Affine) -> bool:
    """Say whether a number is 0 or more for certain: lengths are, and so are the numbers of indices; sizes are from 1.

    Of an index that may be below 0 it is for whoever asks to know.

    >>> from unfoldgraph.base.affine import size
    >>> is_natural(index("t")), is_natural(size("M") - 1), is_natural(index("t") - 1)
    (True, True, False)
    """
    least = count.constant + sum(factor * is_size(name) for name, factor in count.terms)
    return least >= 0 and all(factor > 0 for _, factor in count.terms)


def follows(count: Affine, facts: Sequence[Affine]) -> bool:
    """Say whether a number is 0 or more for certain where some sums are.

    Indices are, but for those that a fact lets begin below 0.

    >>> follows(index("t") - 1, [index("t") - 2]), follows(index("t"), [index("t") + 1])
    (True, False)
    """
    return any(_is_sum_of_naturals(count - fact, facts) for fact in (whole(0), *facts))


def _is_sum_of_naturals(count: Affine, facts: Sequence[Affine]) -> bool:
    return is_natural(count) and not any(_may_be_negative(name, facts) for name, _ in count.terms if is_index(name))


def _may_be_negative(name: str, facts: Sequence[Affine]) -> bool:
    firsts = [index(name) - fact for fact in facts if fact.factor(name) == 1]
    return bool(firsts) and not any(is_natural(first) for first in firsts)


def least_in(form: Affine, ranges: dict[str, tuple[Affine, Affine]]) -> Affine:
    """Return what a sum is not below, where indices are in some ranges, of which later ones may go by earlier ones.

    >>> least_in(index("t") - index("s"), {"t": (whole(1), whole(9)), "s": (whole(1), index("t"))})
    Affine(terms=(), constant=0)
    """
    for name in reversed(ranges):
        if factor := form.factor(name):
            form = form.at({name: ranges[name][0 if factor > 0 else 1]})
    return form


# Arrays ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Dim:
    """A dimension of a buffer.

    Attributes
    ----------
    name : what an access calls it; in a buffer no two have one name.
    extent : how many places it has, those of the margins not counted.
    role : "axis" for places of an axis, "front" for those of wavefronts in skewed storage, "sequences" for the batch,
        "size" for entries of a value.
    before, after : how many places off the edges it has as well; sums of sizes may tell.
    kept : where it is a ring, how many places are kept: place p is where p modulo `kept` was.
    """

    name: str
    extent: Affine
    role: Literal["axis", "front", "sequences", "size"]
    before: int | Affine = 0
    after: int | Affine = 0
    kept: Affine | None = None

    @property
    def first(self) -> Affine:
        """Its first place, before the edge where it has some there."""
        return whole(0) - self.before

    @property
    def last(self) -> Affine:
        """Its last place, after the edge where it has some there."""
        return self.extent + self.after - 1


SEQUENCES = Dim("sequences", Affine((("# sequences", 1),)), "sequences")
"""The batch: what has it holds a value for every sequence, what has it not one that they share.

In the plain style a batch may have any number of dimensions, or none, and what an argument without it holds may still
differ from sequence to sequence: it is broadcast. With places of axes it has a dimension of length 1 for each of the
batch in their stead, and without axes none. Where the sequences stand last, what has not got it is the same for all.
"""


BufferKind = Literal["argument", "result", "scratch"]
"""What a buffer is to its kernel."""


@dataclass(frozen=True, slots=True)
class Buffer:
    """An array, or a list where only functions of the caller tell what a value is.

    Attributes
    ----------
    kind : "argument" of the kernel, "result" or "scratch".
    dims : their order is the layout; those of the role "size" are the shape of a value, in the order of it.
    numbers : "floating" is the type of the call, float32 or float64.
    is_shaped : whether the shape of a value is known; where it is not, `dims` has no sizes, an argument is an array
        of numbers or vectors, or whatever its functions take, and all else is a list of values, place by place.
    """

    name: str
    kind: BufferKind
    dims: tuple[Dim, ...] = ()
    numbers: Literal["floating", "whole"] = "floating"
    is_shaped: bool = True


@dataclass(frozen=True, slots=True)
class View:
    """Another name for places of an array, without storage of its own: `columns[t, :m]`, skewed `S[i + j, i]`.

    `dims` are its own, and their names are the indices by which `places` tells where in the base each place is;
    dimensions of the base that are not named there are those of the same name.
    """

    name: str
    base: Buffer | View
    dims: tuple[Dim, ...]
    places: tuple[tuple[str, Subscript], ...]


Array = Buffer | View


@dataclass(frozen=True, slots=True)
class Strided:
    """Some places of a dimension at once: `extent` of them, `first`, `first + step` and so on."""

    first: Whole
    extent: Affine
    step: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Gather:
    """A place that is a value: `x(t - d(t))`, `B[y(t)]`; where there is none stands `off`, 0 unless given."""

    value: Value
    off: Value | None = None


Subscript = Affine | Bound | Strided | Gather
"""Where along one dimension."""

Extents = tuple[Affine, ...]
"""The shape of a value."""


# Values ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Access:
    """What stands in an array: at a place of each dimension that is named, and all along every other, margins left out.

    What is left of a dimension is no index, even where one has its name; two accesses share it by that name.

    Entries of a value are left whole, or taken in strides or at a place; the sequences are left whole or, where
    fewer and fewer of a batch go on, taken in strides.
    """

    array: Array
    places: tuple[tuple[str, Subscript], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Number:
    """A constant; `"inf"` and `"-inf"` are the two that no fraction is, as in expressions."""

    value: int | Fraction | float | str


@dataclass(frozen=True, slots=True, eq=False)
class WholeNumber:
    """A whole number as a value: that of a step, a length, a size."""

    at: Whole


@dataclass(frozen=True, slots=True, eq=False)
class Apply:
    """An operation: a row of the operator table, which is no reduction, on its arguments.

    Attributes
    ----------
    row : the name of the row.
    shape : that of the result; None where functions of the caller leave it open.
    data : what the row is told beside its arguments: the sizes of `zeros(m)`, the places of an entry.
    expression : what is written there, where an argument has a shape that nothing tells before the call: the result
        has `shape` because its use asks for it, which is to be checked, and the error says so.
    """

    row: str
    arguments: tuple[Value, ...]
    shape: Extents | None
    data: Any = None
    expression: Expr | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """Entries of a value at places that indices or values tell, one along each of its first dimensions."""

    value: Value
    places: tuple[Subscript, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Reduce:
    """A reduction over `index` from `first` to `last`, both included; with `last` below `first` over nothing.

    `row` is the name of a row of the operator table that is a reduction. Where there is a condition, it is over those
    numbers at which that is not 0; `guard` is the same as conditions on whole numbers, where it is that. `size` is how
    many terms there are where these are the entries of an array, and none are joined.
    """

    row: str
    index: str
    first: Whole
    last: Whole
    value: Value
    condition: Value | None = None
    guard: tuple[Condition, ...] = ()
    size: Affine | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Opaque:
    """A call of a function of the caller: of values, and of parameters shared by name.

    `shape` is what it has to return, None where nothing tells. A size that starts with `?` may be any.
    """

    function: str
    arguments: tuple[Value, ...]
    shared: tuple[tuple[str, Value], ...] = ()
    shape: Extents | None = None


Value = Access | Number | WholeNumber | Apply | Entry | Reduce | Opaque


# Statements -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Comparison:
    """A condition on whole numbers."""

    left: Affine
    relation: Literal["<", "<=", "==", "!="]
    right: Affine

    def at(self, places: Mapping[str, Affine]) -> Comparison:
        """Return the condition with other sums in place of some names."""
        return replace(self, left=self.left.at(places), right=self.right.at(places))

    def holds(self, numbers: Mapping[str, int]) -> bool:
        """Say whether it holds where each name is a number.

        >>> from unfoldgraph.base.affine import length
        >>> Comparison(index("t"), "<", length("t")).holds({"t": 2, "#t": 2})
        False
        """
        left, right = self.left.number(numbers), self.right.number(numbers)
        return {"<": left < right, "<=": left <= right, "==": left == right, "!=": left != right}[self.relation]


@dataclass(frozen=True, slots=True)
class NotAll:
    """The condition that of some others one does not hold: a place of several axes is not a certain one."""

    conditions: tuple[Comparison, ...]

    def at(self, places: Mapping[str, Affine]) -> NotAll:
        """Return the condition with other sums in place of some names."""
        return NotAll(tuple(one.at(places) for one in self.conditions))

    def holds(self, numbers: Mapping[str, int]) -> bool:
        """Say whether it holds where each name is a number."""
        return not all(one.holds(numbers) for one in self.conditions)


Condition = Comparison | NotAll
"""What a guard asks."""


def comparisons_in(conditions: Iterable[Condition]) -> Iterator[Comparison]:
    """Yield the comparisons that conditions are made of."""
    for one in conditions:
        yield from one.conditions if isinstance(one, NotAll) else (one,)


@dataclass(frozen=True, slots=True, eq=False)
class Assign:
    """A value put in its place, or added to what stands there, over all that the target has no dimension for.

    `equation` is the number of the one that it is of. What is computed `in_place` is one operation of what stands in
    arrays, or of numbers, and makes no new array.
    """

    target: Access
    value: Value
    adds: bool = False
    equation: int | None = None
    in_place: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Accumulate:
    """All the running results of an operation of two arguments along a dimension, as `ufunc.accumulate`.

    `along` is the name of one that the value has left. `are_numbers` says that it is known that none of them is NaN.
    """

    target: Access
    row: str
    value: Access
    along: str
    equation: int | None = None
    are_numbers: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Routine:
    """A call of a library, or of a numerical method of the runtime: what no few statements are.

    It takes arrays in the order of their buffers, of one sequence or of all at once; several values as one argument
    are a tuple. Where there are statements to be run `otherwise`, it may find that what it is handed is not for it,
    and then these compute what stands in the targets. They have to compute the same.
    One that `takes_shape` is handed the shape of its target as well. One that `goes_back` gets what is along the axis
    of its target from the last step to the first, and returns the steps so.
    """

    targets: tuple[Access, ...]
    name: str
    arguments: tuple[Value | tuple[Value, ...], ...]
    equation: int | None = None
    otherwise: tuple[KernelStatement, ...] = ()
    takes_shape: bool = False
    goes_back: bool = False

    @property
    def axis(self) -> str:
        """The name of the first dimension that its target leaves."""
        return dims_of(self.targets[0])[0].name

    def is_along(self, given: Value | tuple[Value, ...]) -> bool:
        """Say whether an argument is along the axis of the target."""
        return isinstance(given, Access) and any(dim.name == self.axis for dim in dims_of(given))

    @property
    def values(self) -> tuple[Value, ...]:
        """All that it is handed."""
        return tuple(one for given in self.arguments for one in (given if isinstance(given, tuple) else (given,)))


@dataclass(frozen=True, slots=True)
class IndexRange:
    """An index and its numbers, both ends included; none where the last is below the first, by however much."""

    index: str
    first: Whole
    last: Whole

    @property
    def facts(self) -> tuple[Affine, ...]:
        """Sums that are 0 or more at all its numbers.

        >>> [fact.terms for fact in IndexRange("s", whole(1), index("t")).facts]
        [(('s', 1),), (('s', -1), ('t', 1))]

        It is at or above all that it begins at the largest of, but not below all that it ends at the largest of:

        >>> IndexRange("s", whole(0), Bound("max", (index("t"), whole(3)))).facts
        (Affine(terms=(('s', 1),), constant=0),)
        """
        firsts, lasts = _all_of(self.first, "max"), _all_of(self.last, "min")
        here = index(self.index)
        return *(here - first for first in firsts), *(last - here for last in lasts)


def _all_of(end: Whole, of: Literal["max", "min"]) -> tuple[Affine, ...]:
    """Return the sums that an end of a range is at or beyond all of."""
    if isinstance(end, Bound):
        return end.parts if end.of == of and end.divisor == 1 else ()
    return (end,) if isinstance(end, Affine) else ()


@dataclass(frozen=True, slots=True, eq=False)
class For:
    """A loop, one turn after the other: from `first` up to `last`, or with a negative step from `first` down to it.

    `is_of_terms` says that its turns are the terms of a reduction, and not steps. One `by_numbers` computes single
    numbers of one sequence.
    """

    index: str
    first: Whole
    last: Whole
    body: tuple[KernelStatement, ...]
    step: int = 1
    is_of_terms: bool = False
    by_numbers: bool = False

    @property
    def range(self) -> IndexRange:
        """The numbers of its turns, in whatever order."""
        first, last = (self.first, self.last) if self.step > 0 else (self.last, self.first)
        return IndexRange(self.index, first, last)

    def is_all_along(self, dim: Dim) -> bool:
        """Say whether it has one turn for each place of a dimension, those of the margins not counted.

        >>> from unfoldgraph.base.affine import length
        >>> steps = length("t")
        >>> loops = For("t", whole(0), steps - 1, ()), For("t", whole(0), steps - 3, ())
        >>> [loop.is_all_along(Dim("t", steps, "axis")) for loop in loops]
        [True, False]
        """
        return abs(self.step) == 1 and self.range == IndexRange(self.index, whole(0), dim.extent - 1)


@dataclass(frozen=True, slots=True, eq=False)
class Each:
    """Statements for all places of some ranges at which every sum of `on` is 0, in any order.

    A later range may end where an earlier index says. Each statement is computed for all places before the next, which
    may read any of them, and its targets are disjoint: slices, wavefronts or nested loops will do. A wavefront is
    `Each((i, j), on=(i + j - front,))`. `in_lines` says that its places are as far apart from one to the next in each
    array, so that they are slices of flat ones.
    """

    ranges: tuple[IndexRange, ...]
    body: tuple[KernelStatement, ...]
    on: tuple[Affine, ...] = ()
    in_lines: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Guard:
    """Statements for where all conditions hold, and others for where one does not."""

    all_of: tuple[Condition, ...]
    then: tuple[KernelStatement, ...]
    other: tuple[KernelStatement, ...] = ()

    @property
    def facts(self) -> tuple[Affine, ...]:
        """Sums that are 0 or more where all conditions hold."""
        compared = [one for one in self.all_of if isinstance(one, Comparison)]
        return (
            *(one.right - one.left for one in compared if one.relation in ("<=", "==")),
            *(one.left - one.right for one in compared if one.relation == "=="),
            *(one.right - one.left - 1 for one in compared if one.relation == "<"),
        )


@dataclass(frozen=True, slots=True, eq=False)
class WhereWhole:
    """Statements for where sums of values are exact, and others that compute the same where they may not be.

    They are where all of the values are whole numbers, and `count` times the sum of the largest of each is no more than
    the floating type can count to. The values may leave dimensions, and the numbers of all places are looked at.
    """

    values: tuple[Value, ...]
    count: Affine
    then: tuple[KernelStatement, ...]
    other: tuple[KernelStatement, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Make:
    """A new buffer, filled with a value in which the names of its axes are the indices of the place.

    Without one it holds anything, but zeros in its margins are to be asked for; a buffer that nothing else writes to is
    a value with a name. Of a ring the first places that it keeps are filled. `is_hoisted` says that a pass took it out
    of the loop that comes next.
    """

    buffer: Buffer
    fill: Value | None = None
    equation: int | None = None
    is_hoisted: bool = False


@dataclass(frozen=True, slots=True)
class Remark:
    """What is said of the statements that come next, and the equations that they are of; it computes nothing."""

    text: str
    equations: tuple[int, ...] = ()


KernelStatement = Assign | Accumulate | Routine | For | Each | Guard | WhereWhole | Make | Remark


@dataclass(frozen=True, slots=True, eq=False)
class Kernel:
    """A program: what it takes, what it does, what it returns.

    An argument with margins is handed in with room for them, of zeros; a result is returned without.
    """

    arguments: tuple[Buffer, ...]
    body: tuple[KernelStatement, ...]
    results: tuple[Array, ...]


Holds = Literal["always", "shared", "one", "several"]
"""When a kernel computes what is asked for: in any call, where all sequences have the parameters in common, where there
is one sequence in double precision, or where there is a batch."""


@dataclass(frozen=True, slots=True)
class Continuation:
    """What is another in each piece of the steps of a kernel that may go on where it has ended, by name.

    Attributes
    ----------
    along : the arguments of which a piece takes those of its own steps.
    begins : those that are what stands before its first step.
    ends : the results that are what stands before the first step of the next piece, one for each of `begins`.
    """

    along: tuple[str, ...]
    begins: tuple[str, ...]
    ends: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Variant:
    """A kernel for the calls in which something holds.

    `shared` are the arguments that all sequences have in common then. Where it is in columns, the sequences stand last
    and are one dimension. One with `pieces` may be run for some of the steps, and then for the next ones.
    """

    holds: Holds
    kernel: Kernel
    shared: tuple[Buffer, ...] = ()
    in_columns: bool = False
    pieces: Continuation | None = None


# Walking and changing -------------------------------------------------------------------------------


def parts(value: Value) -> tuple[Value, ...]:
    """Return the values that a value is made of, those of its places included."""
    match value:
        case Apply():
            return value.arguments
        case Reduce():
            return (value.value,) if value.condition is None else (value.value, value.condition)
        case Opaque():
            return (*value.arguments, *(shared for _, shared in value.shared))
        case Access():
            return _values_of([place for _, place in value.places]) if value.places else ()
        case Entry():
            return (value.value, *_values_of(value.places))
        case Number() | WholeNumber():
            return ()


def _values_of(places: Iterable[Subscript]) -> tuple[Value, ...]:
    """Return the values in some places."""
    # It is asked for every access, of which few are at places that values tell.
    gathers = [place for place in places if type(place) is Gather]
    if not gathers:
        return ()
    return tuple(one for gather in gathers for one in (gather.value, gather.off) if one is not None)


def nodes(roots: Iterable[Value], stop: Callable[[Value], bool] | None = None) -> Iterator[Value]:
    """Yield every value below the roots once, what it is made of first; below one for which `stop` holds, nothing."""
    seen: set[int] = set()
    for root in roots:
        waiting: list[tuple[Value, bool]] = [(root, False)]
        while waiting:
            value, is_done = waiting.pop()
            if is_done:
                yield value
            elif id(value) not in seen:
                seen.add(id(value))
                waiting.append((value, True))
                if stop is None or not stop(value):
                    waiting += [(part, False) for part in reversed(parts(value))]


def with_parts(value: Value, made: Mapping[int, Value]) -> Value:
    """Return a value with other parts, by the identity of each; the same object where none is another."""
    if all(made[id(part)] is part for part in parts(value)):
        return value

    def place(at: Subscript) -> Subscript:
        if not isinstance(at, Gather):
            return at
        return Gather(made[id(at.value)], None if at.off is None else made[id(at.off)])

    match value:
        case Apply():
            return replace(value, arguments=tuple(made[id(one)] for one in value.arguments))
        case Reduce():
            condition = None if value.condition is None else made[id(value.condition)]
            return replace(value, value=made[id(value.value)], condition=condition)
        case Opaque():
            arguments = tuple(made[id(one)] for one in value.arguments)
            return replace(
                value, arguments=arguments, shared=tuple((name, made[id(one)]) for name, one in value.shared)
            )
        case Access():
            return replace(value, places=tuple((name, place(at)) for name, at in value.places))
        case Entry():
            return Entry(made[id(value.value)], tuple(map(place, value.places)))
    return value


def moved(at: Subscript, places: Mapping[str, Affine]) -> Subscript:
    """Return a place with other sums in place of some names; values in it are left as they are."""
    if isinstance(at, Strided):
        return replace(at, first=at.first.at(places), extent=at.extent.at(places))
    return at if isinstance(at, Gather) else at.at(places)


def indices_of(at: Subscript) -> list[str]:
    """Return the indices in a place, those in values of it left out."""
    if isinstance(at, Strided):
        return [*indices_of(at.first), *indices_of(at.extent)]
    sums = at.parts if isinstance(at, Bound) else (at,) if isinstance(at, Affine) else ()
    return [name for one in sums for name, _ in one.terms if is_index(name)]


def at_places(root: Value, places: Mapping[str, Affine], made: dict[int, Value] | None = None) -> Value:
    """Return a value with other sums in place of some indices; the same object where that changes nothing.

    `made` keeps what has been made for the same places, by identity, so that it is made once.

    >>> from unfoldgraph.base.affine import length
    >>> value = Access(Buffer("x", "argument", (Dim("t", length("t"), "axis"),)), (("t", index("t") - 1),))
    >>> at_places(value, {"t": index("s")}).places
    (('t', Affine(terms=(('s', 1),), constant=-1)),)
    """
    places = {name: place for name, place in places.items() if place != index(name)}
    found: dict[int, Value] = {} if made is None else made
    for node in nodes([root], stop=lambda node: id(node) in found) if places else ():
        if id(node) not in found:
            found[id(node)] = _moved(with_parts(node, found), places)
    return found[id(root)] if places else root


def _moved(value: Value, places: Mapping[str, Affine]) -> Value:
    """Return a value with other sums in its own places."""
    match value:
        case Access():
            own = tuple((name, moved(at, places)) for name, at in value.places)
            return value if own == value.places else replace(value, places=own)
        case Entry():
            others = tuple(moved(at, places) for at in value.places)
            return value if others == value.places else replace(value, places=others)
        case WholeNumber():
            at = value.at.at(places)
            return value if at == value.at else WholeNumber(at)
        case Reduce():
            first, last = value.first.at(places), value.last.at(places)
            guard = tuple(one.at(places) for one in value.guard)
            size = value.size and value.size.at(places)
            if (first, last, guard, size) == (value.first, value.last, value.guard, value.size):
                return value
            return replace(value, first=first, last=last, guard=guard, size=size)
    return value


def base_of(array: Array) -> Buffer:
    """Return the buffer that an array, which may be a view, is of."""
    while isinstance(array, View):
        array = array.base
    return array


def rows_of(access: Access) -> tuple[Buffer, dict[str, Strided]]:
    """Return the storage of an access, and which entries of each dimension are taken, where strides of 1 tell.

    >>> from unfoldgraph.base.affine import size
    >>> z = Buffer("z", "scratch", (Dim("0", size("m").times(2), "size"),))
    >>> last = View("f", z, (Dim("0", size("m"), "size"),), (("0", index("0") + size("m")),))
    >>> rows_of(Access(last))[1]["0"].first == rows_of(Access(last))[1]["0"].extent == size("m")
    True
    """
    array, taken = access.array, dict(access.places)
    found = {}
    for dim in array.dims:
        at = taken.get(dim.name, Strided(whole(0), dim.extent))
        if dim.role == "size" and isinstance(at, Strided) and at.step == 1:
            found[dim.name] = at
    while isinstance(array, View):
        places, below = dict(array.places), {}
        for dim in array.base.dims:
            moved = places.get(dim.name, index(dim.name))
            names = indices_of(moved)
            own = found.get(names[0]) if len(names) == 1 else None
            if own is not None and isinstance(moved, Affine) and isinstance(own.first, Affine):
                below[dim.name] = Strided(own.first + (moved - index(names[0])), own.extent)
        array, found = array.base, below
    return array, found


def has_sequences(array: Array) -> bool:
    """Say whether an array has a value for every sequence of the batch, and not one that they share."""
    return any(dim.role == "sequences" for dim in array.dims)


def dims_of(access: Access) -> tuple[Dim, ...]:
    """Return the dimensions that an access leaves, in the order of the buffer; those of spans with their extent."""
    places = dict(access.places)
    found = []
    for dim in access.array.dims:
        place = places.get(dim.name)
        if place is None:
            found.append(dim)
        elif isinstance(place, Strided):
            found.append(replace(dim, extent=place.extent))
    return tuple(found)


def is_over_axis(value: Reduce) -> bool:
    """Say whether a reduction is over about as many terms as an axis has places, and not as a range tells."""
    sums = value.last.parts if isinstance(value.last, Bound) else (value.last,)
    return any(axis_of_length(name) for one in sums for name, _ in one.terms)


def shape_of(value: Value) -> Extents | None:
    """Return the shape of a value, None where functions of the caller leave it open.

    It calls itself once per reduction, or entry, inside another.
    """
    if isinstance(value, Entry):
        shape = shape_of(value.value)
        left = tuple(place.extent for place in value.places if isinstance(place, Strided))
        return None if shape is None else (*left, *shape[len(value.places) :])
    if isinstance(value, Reduce):
        shape = shape_of(value.value)
        return shape if value.size is None or shape is None else (value.size, *shape)
    match value:
        case Apply() | Opaque():
            return value.shape
        case Access():
            if isinstance(value.array, Buffer) and not value.array.is_shaped:
                return None
            return tuple(dim.extent for dim in dims_of(value) if dim.role == "size")
    return ()


def statements_in(body: Iterable[KernelStatement]) -> Iterator[KernelStatement]:
    """Yield statements and what is inside them, in order; it calls itself once per nested block."""
    for statement in body:
        yield statement
        match statement:
            case For() | Each():
                yield from statements_in(statement.body)
            case Guard() | WhereWhole():
                yield from statements_in((*statement.then, *statement.other))
            case Routine():
                yield from statements_in(statement.otherwise)


def values_in(statement: KernelStatement) -> tuple[Value, ...]:
    """Return the values that a statement computes itself, not those of the statements inside it."""
    match statement:
        case Assign() | Accumulate():
            return (statement.value,)
        case Routine() | WhereWhole():
            return statement.values
        case Make():
            return () if statement.fill is None else (statement.fill,)
    return ()


def targets_of(statement: KernelStatement) -> tuple[Access, ...]:
    """Return where a statement itself puts what it computes; nowhere for a `Make`, which makes what it fills."""
    match statement:
        case Assign() | Accumulate():
            return (statement.target,)
        case Routine():
            return statement.targets
    return ()
