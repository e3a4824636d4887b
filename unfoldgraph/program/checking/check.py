"""Whether a kernel keeps the rules of the loop program, as every pass has to leave it.

What shapes and names are is told by reading; where accesses lie is tried (`trial`). A trial runs over numbers: each
axis is 0 to 4 steps long, in all combinations, and each also so long once that the largest distance in the kernel, but
none over 64, fits into it twice; sizes are 1 to 3. This is no proof for all lengths. It needs no case for fronts,
triangles, pieces and rings, tells exactly which place was never written, and what a kernel does at its edges, where
passes go wrong, it does at these lengths already, for all ends are sums of an index, a length and distances that are
tried.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from unfoldgraph.algebra.expression import SizeSum
from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.algebra.shapes import Mismatch, Shape, Size, Sizes, elementwise
from unfoldgraph.algebra.table.laws import Entries
from unfoldgraph.algebra.table.operator_row import Operator
from unfoldgraph.base.affine import Affine, is_index, is_open, is_size, plain_name, whole
from unfoldgraph.program.checking.trial import (
    DISJOINT,
    INSIDE,
    KEPT,
    MADE,
    ORDER,
    RETURNED,
    WRITTEN,
    Fault,
    Trial,
    nodes_around,
)
from unfoldgraph.program.ir import (
    SEQUENCES,
    Access,
    Accumulate,
    Apply,
    Array,
    Assign,
    Bound,
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
    Opaque,
    Reduce,
    Routine,
    Strided,
    Subscript,
    Value,
    View,
    WhereWhole,
    Whole,
    WholeNumber,
    base_of,
    comparisons_in,
    indices_of,
    moved,
    nodes,
    parts,
    shape_of,
    targets_of,
    values_in,
)

_LENGTHS = range(5)
#: The largest distance that a trial is made long enough for, and the most places for all axes to be so long at once.
_FARTHEST, _MOST_PLACES = 64, 1000
#: What the number of sequences is called in sums.
((_BATCH, _),) = SEQUENCES.extent.terms

Scoped = tuple[KernelStatement, tuple[str, ...]]
"""A statement with the indices that are bound around it."""


class BrokenKernel(Exception):
    """A kernel breaks a rule of the loop program: a fault of ours, and not of who wrote the circuit.

    Attributes
    ----------
    rule : the name of the rule.
    """

    def __init__(self, rule: KernelRule, sentence: str) -> None:
        super().__init__(f"{rule.name}: {sentence}")
        self.rule = rule.name


@dataclass(frozen=True)
class Examined:
    """A kernel with what is to be known of a call of it.

    Attributes
    ----------
    told : the numbers that are neither indices nor lengths nor sizes, each with what it may be, in their order.
    routines : the names of what may be called.
    accepts : says whether a call may have some lengths, by axis; None where it may have any.
    """

    kernel: Kernel
    told: tuple[IndexRange, ...] = ()
    routines: Collection[str] = ()
    accepts: Callable[[Mapping[str, int]], bool] | None = None

    @cached_property
    def statements(self) -> tuple[Scoped, ...]:
        """All statements, with the indices around them."""
        return tuple(_scoped(self.kernel.body, ()))

    @cached_property
    def arrays(self) -> tuple[Array, ...]:
        """All arrays that are named anywhere, once for each time."""
        found: list[Array] = [*self.kernel.arguments, *self.kernel.results]
        for statement, _ in self.statements:
            found += [target.array for target in targets_of(statement)]
            if isinstance(statement, Make):
                found.append(statement.buffer)
            found += [node.array for node, _ in nodes_around(values_in(statement)) if isinstance(node, Access)]
        for array in found:
            if isinstance(array, View):
                found.append(array.base)
        return tuple(found)

    @cached_property
    def fault(self) -> Fault | None:
        """What the first trial finds that finds anything."""
        for numbers in _tried_numbers(self):
            try:
                Trial(self.kernel, numbers).run()
            except Fault as fault:
                told = ", ".join(f"{plain_name(name)} = {number}" for name, number in numbers.items())
                return Fault(fault.rule, f"{fault.sentence}, where {told}")
        return None

    def sizes_of(self, root: Value) -> Sizes:
        """Return what compares the sizes in a value: by name, or where only data tell some, as far as these may."""
        return _SizesOfData() if id(root) in self.told_by_data else Sizes()

    @cached_property
    def told_by_data(self) -> set[int]:
        """The values, by identity, in which sizes come from functions of the caller, slices or what is joined."""
        found: set[int] = set()
        arrays: set[str] = set()
        for statement, _ in self.statements:
            values = values_in(statement)
            for node in nodes(values):
                is_own = isinstance(node, Opaque) or (isinstance(node, Access) and base_of(node.array).name in arrays)
                if isinstance(node, Apply) and node.row in OPERATORS:
                    row = OPERATORS[node.row]
                    is_own = row.indexed is not None or row.laws.entries is Entries.JOINED or _has_sums(row, node)
                if is_own or any(id(part) in found for part in parts(node)):
                    found.add(id(node))
            if any(id(value) in found for value in values):
                made = [statement.buffer] if isinstance(statement, Make) else []
                arrays |= {base_of(array).name for array in (*made, *(one.array for one in targets_of(statement)))}
        return found


def _has_sums(row: Operator, node: Apply) -> bool:
    """Say whether a size of an operation is told as a sum of others."""
    return row.sizes != 0 and any(isinstance(one, SizeSum) for one in node.data)


@dataclass(frozen=True, slots=True)
class KernelRule:
    """One rule: its name, what it says, and what tells where it is broken, in a sentence each."""

    name: str
    sentence: str
    broken: Callable[[Examined], Iterator[str]]


def check(
    kernel: Kernel,
    *,
    told: Sequence[IndexRange] = (),
    routines: Collection[str] = (),
    accepts: Callable[[Mapping[str, int]], bool] | None = None,
) -> None:
    """Check that a kernel keeps every rule, so that a pass that breaks one is found where it does.

    Parameters
    ----------
    kernel : as it stands between two passes.
    told : the numbers of a call that are neither lengths nor sizes, each with the range that it may come from; an end
        may be told by lengths, and by those before it.
    routines : the names of the routines that there are.
    accepts : says whether a call may have some lengths, by axis, as one that reads `x(2)` needs two steps; by default
        it may have any.

    Raises
    ------
    BrokenKernel : for the first rule that is broken. It is no `CircuitError`, so that the command line reports a bug.

    Examples
    --------
    >>> from unfoldgraph.base.affine import index, length
    >>> from unfoldgraph.program.ir import Buffer, Dim, Number
    >>> t, y = index("t"), Buffer("y", "result", (Dim("t", length("t"), "axis"),))
    >>> def repeated(first):
    ...     put = Assign(Access(y, (("t", t),)), Access(y, (("t", t - 1),)))
    ...     return Kernel((), (Make(y, Number(0)), For("t", whole(first), length("t") - 1, (put,))), (y,))
    >>> check(repeated(1))
    >>> check(repeated(0))
    Traceback (most recent call last):
        ...
    unfoldgraph.program.checking.check.BrokenKernel: inside: 'y' at t = -1 lies outside 0..0, where t = 1
    """
    examined = Examined(kernel, tuple(told), routines, accepts)
    for rule in RULES:
        for sentence in rule.broken(examined):
            raise BrokenKernel(rule, sentence)


def _scoped(body: Sequence[KernelStatement], around: tuple[str, ...]) -> Iterator[Scoped]:
    """Yield statements with the indices around them; it calls itself once per nested block."""
    for statement in body:
        yield statement, around
        match statement:
            case For():
                yield from _scoped(statement.body, (*around, statement.index))
            case Each():
                yield from _scoped(statement.body, (*around, *(one.index for one in statement.ranges)))
            case Guard() | WhereWhole():
                yield from _scoped((*statement.then, *statement.other), around)


def _own_indices(statement: KernelStatement) -> tuple[str, ...]:
    """Return the indices of which a statement tells the values that it computes itself."""
    dims = statement.buffer.dims if isinstance(statement, Make) and statement.fill is not None else ()
    return tuple(dim.name for dim in dims if dim.role in ("axis", "front"))


# Names ----------------------------------------------------------------------------------------------


def _arrays_of_one_name(examined: Examined) -> Iterator[str]:
    known: dict[str, Array] = {}
    for array in examined.arrays:
        if known.setdefault(array.name, array) != array:
            yield f"two arrays are called '{array.name}'"


def _indices_bound_twice(examined: Examined) -> Iterator[str]:
    told = tuple(one.index for one in examined.told)
    for statement, around in examined.statements:
        scopes = [(around, _bound(statement))]
        for node, reductions in nodes_around(values_in(statement)):
            if isinstance(node, Reduce):
                inside = (*around, *_own_indices(statement), *(one.index for one in reductions))
                scopes.append((inside, (node.index,)))
        for outer, own in scopes:
            taken = {*told, *outer}
            for name in own:
                if name in taken:
                    yield f"the index '{name}' is bound inside itself"
                if not is_index(name):
                    yield f"the index '{name}' has the name of a length or a size"
                taken.add(name)


def _bound(statement: KernelStatement) -> tuple[str, ...]:
    match statement:
        case For():
            return (statement.index,)
        case Each():
            return tuple(one.index for one in statement.ranges)
    # What fills a buffer with one value for all places may have its names for others.
    used = {name for value in values_in(statement) for name in _indices_in(value)}
    return tuple(name for name in _own_indices(statement) if name in used)


def _indices_in(root: Value) -> Iterator[str]:
    """Yield the indices that a value mentions, those that its own reductions bind as well."""
    for node, _ in nodes_around([root]):
        for place in _places_of(node):
            yield from indices_of(place)


def _places_of(node: Value) -> tuple[Subscript, ...]:
    """Return the places and the other whole numbers that a value has itself."""
    match node:
        case Access():
            return tuple(place for _, place in node.places)
        case Entry():
            return node.places
        case WholeNumber():
            return (node.at,)
        case Reduce():
            return node.first, node.last
        case Apply():
            return node.shape or ()
    return ()


def _unknown_indices(examined: Examined) -> Iterator[str]:
    told = {one.index for one in examined.told}
    for array in examined.arrays:
        for dim in array.dims:
            yield from _strange([dim.extent, *([] if dim.kept is None else [dim.kept])], told)
        if isinstance(array, View):
            # Places of a view may follow the loops around it too; there the access itself tells where it is.
            for name, place in array.places:
                if isinstance(place, Gather):
                    yield f"the view '{array.name}' has a place along {name} that is a value"
    for statement, around in examined.statements:
        known = {*told, *around}
        match statement:
            case For():
                yield from _strange([statement.first, statement.last], known)
            case Each():
                for one in statement.ranges:
                    yield from _strange([one.first, one.last], known)
                    known = {*known, one.index}
                yield from _strange(statement.on, known)
            case Guard():
                compared = comparisons_in(statement.all_of)
                yield from _strange([side for one in compared for side in (one.left, one.right)], known)
        for target in targets_of(statement):
            yield from _strange(_all_places(target), known)
        known |= set(_own_indices(statement))
        for node, reductions in nodes_around(values_in(statement)):
            inside = known | {one.index for one in reductions}
            yield from _strange(_all_places(node) if isinstance(node, Access) else _places_of(node), inside)


def _all_places(access: Access) -> list[Subscript]:
    """Return the places of an access, and those of its views without what is an index of these themselves."""
    found, array = list(_places_of(access)), access.array
    while isinstance(array, View):
        own = {dim.name: whole(0) for dim in array.dims}
        found += [moved(place, own) for _, place in array.places]
        array = array.base
    return found


def _strange(places: Sequence[Subscript], known: Collection[str]) -> Iterator[str]:
    for place in places:
        for name in indices_of(place):
            if name not in known:
                yield f"nothing tells the index '{name}'"


# Arrays ---------------------------------------------------------------------------------------------


def _dims_not_distinct(examined: Examined) -> Iterator[str]:
    for array in examined.arrays:
        names = [dim.name for dim in array.dims]
        if len(set(names)) < len(names):
            yield f"'{array.name}' has two dimensions of one name"
        if [dim.role for dim in array.dims].count("sequences") > 1:
            yield f"'{array.name}' has its sequences twice"
        if not base_of(array).is_shaped and any(dim.role == "size" for dim in array.dims):
            yield f"'{array.name}' has sizes, and nothing tells its shape"
        if isinstance(array, View):
            below = {dim.name for dim in array.base.dims}
            strange = [name for name, _ in array.places if name not in below]
            named = {name for name, _ in array.places}
            missing = [name for name in below - named if name not in names]
            for name in (*strange, *missing):
                yield f"the view '{array.name}' does not tell where along {name} it is"
        for dim in array.dims:
            if dim.kept is not None and (isinstance(array, View) or base_of(array).kind == "argument"):
                yield f"'{array.name}' is a ring along {dim.name}, and has no places of its own"


def _places_not_there(examined: Examined) -> Iterator[str]:
    for statement, _ in examined.statements:
        accesses = [node for node, _ in nodes_around(values_in(statement)) if isinstance(node, Access)]
        for access in (*targets_of(statement), *accesses):
            dims = {dim.name: dim for dim in access.array.dims}
            named = [name for name, _ in access.places]
            for name, place in access.places:
                if name not in dims:
                    yield f"'{access.array.name}' has no dimension {name}"
                elif dims[name].role == "sequences" and not isinstance(place, Strided):
                    yield f"'{access.array.name}' is taken at one sequence"
                elif isinstance(place, Strided) and dims[name].kept is not None:
                    yield f"'{access.array.name}' is a ring along {name}, and taken along it"
            for name in set(dims) - set(named):
                if dims[name].kept is not None:
                    yield f"'{access.array.name}' is a ring along {name}, and left whole"
            if len(set(named)) < len(named):
                yield f"'{access.array.name}' is taken at two places along one dimension"
        for target in targets_of(statement):
            if any(isinstance(place, Gather) for _, place in target.places):
                yield f"'{target.array.name}' is written where a value tells"


def _results_that_are_not(examined: Examined) -> Iterator[str]:
    made = {statement.buffer.name for statement, _ in examined.statements if isinstance(statement, Make)}
    made |= {buffer.name for buffer in examined.kernel.arguments}
    for array in examined.kernel.results:
        if base_of(array).name not in made:
            yield f"'{array.name}' is returned, and nothing makes it"
    names = [array.name for array in examined.kernel.results]
    if len(set(names)) < len(names):
        yield "one result is returned twice"


# Values ---------------------------------------------------------------------------------------------


def _rows_that_are_not(examined: Examined) -> Iterator[str]:
    for statement, _ in examined.statements:
        if isinstance(statement, Accumulate):
            row = OPERATORS.get(statement.row)
            if row is None or not row.accepts(2) or row.rule is not elementwise:
                yield f"'{statement.row}' is no row that joins two values, entry by entry"
        for node, _ in nodes_around(values_in(statement)):
            if isinstance(node, Apply | Reduce):
                row = OPERATORS.get(node.row)
                if row is None:
                    yield f"there is no row '{node.row}'"
                elif (row.kind == "reduction") != isinstance(node, Reduce):
                    yield f"the row '{node.row}' is {'' if row.kind == 'reduction' else 'no '}reduction"
                elif isinstance(node, Apply):
                    count = len(node.arguments) + (len(node.data or ()) if row.sizes != 0 else 0)
                    if not row.accepts(count):
                        yield f"the row '{node.row}' does not take {count} arguments"


def _routines_that_are_not(examined: Examined) -> Iterator[str]:
    for statement, _ in examined.statements:
        if isinstance(statement, Routine) and statement.name not in examined.routines:
            yield f"there is no routine '{statement.name}'"


def _misshapen_values(examined: Examined) -> Iterator[str]:
    for statement, _ in examined.statements:
        for node, _ in nodes_around(values_in(statement)):
            if isinstance(node, Apply) and node.row in OPERATORS:
                try:
                    _require_shape(node, examined.sizes_of(node))
                except Mismatch as mismatch:
                    yield f"the shape of '{node.row}' does not follow from its arguments: {mismatch.sentence}"
            elif isinstance(node, Access):
                for name, place in node.places:
                    if isinstance(place, Gather) and shape_of(place.value):
                        yield f"'{node.array.name}' is taken along {name} where an array tells"


class _SizesOfData(Sizes):
    """Sizes of which two with different names may be one, where only a call can tell."""

    def same(self, one: Size, other: Size, *positions: int) -> None:
        """Make two sizes one; raises `Mismatch` where they are different numbers."""
        try:
            super().same(one, other, *positions)
        except Mismatch:
            if isinstance(self.find(one), int) and isinstance(self.find(other), int):
                raise


def _require_shape(node: Apply, sizes: Sizes) -> None:
    """Raise `Mismatch` where the rule of an operation gives its arguments another shape than it has."""
    shapes = [_shape(shape_of(argument)) for argument in node.arguments]
    said = _shape(node.shape)
    _, found = OPERATORS[node.row].rule(shapes, said, node.data, sizes)
    if found is None or said is None:
        if found is not None and None not in shapes:
            raise Mismatch("it has one, and none is said")
        return
    sizes.unify(found, said)


def _shape(extents: Extents | None) -> Shape | None:
    return None if extents is None else tuple(map(_size, extents))


def _size(extent: Affine) -> Size:
    """Return a size as the rules of shapes know it: a number, a name, or a name for a sum."""
    if not extent.terms:
        return extent.constant
    ((name, factor), *more) = extent.terms
    if more or factor != 1 or extent.constant or not is_size(name):
        return repr(extent)
    # One that may be any is not to be taken for one that a rule makes.
    return f"? {plain_name(name)[1:]}" if is_open(name) else plain_name(name)


def _values_that_do_not_fit(examined: Examined) -> Iterator[str]:
    for statement, _ in examined.statements:
        match statement:
            case Assign():
                yield from _misfits(examined, statement.target, statement.value, statement.adds)
            case Accumulate():
                yield from _misfits(examined, statement.target, statement.value, False)
                for access in (statement.target, statement.value):
                    if statement.along not in _left(access):
                        yield f"'{access.array.name}' has no places along {statement.along}"
            case Make(fill=fill) if fill is not None:
                buffer = statement.buffer
                sizes = tuple(dim.extent for dim in buffer.dims if dim.role == "size")
                if buffer.is_shaped and not _fits(sizes, shape_of(fill), examined.sizes_of(fill)):
                    yield f"'{buffer.name}' is filled with values of another shape"
                theirs = {name for access in _accesses([fill]) for name in _left(access)}
                for name in theirs - {dim.name for dim in buffer.dims if dim.role == "sequences"}:
                    yield f"'{buffer.name}' is filled with values that differ along {name}"


def _misfits(examined: Examined, target: Access, value: Value, adds: bool) -> Iterator[str]:
    wanted = shape_of(target) or ()
    if base_of(target.array).is_shaped and not _fits(wanted, shape_of(value), examined.sizes_of(value)):
        yield f"'{target.array.name}' is given values of another shape"
    own = _left(target)
    for access in _accesses([value]):
        for name, extent in _left(access).items():
            if name not in own and not adds:
                yield f"'{target.array.name}' is given values that differ along {name}"
            elif own.setdefault(name, extent) != extent:
                yield f"'{target.array.name}' and '{access.array.name}' have other places along {name}"


def _fits(target: Extents, value: Extents | None, sizes: Sizes) -> bool:
    """Say whether a value fits where it is put; a number fills any shape, and what nothing tells may fit."""
    if not value:
        return True
    try:
        sizes.unify(_shape(target) or (), _shape(value) or ())
    except Mismatch:
        return False
    return True


def _accesses(values: Sequence[Value]) -> Iterator[Access]:
    return (node for node, _ in nodes_around(values) if isinstance(node, Access))


def _left(access: Access) -> dict[str, Affine]:
    """Return the dimensions that an access leaves, those of a value left out, with the number of their places."""
    places, found = dict(access.places), {}
    for dim in access.array.dims:
        place = places.get(dim.name)
        if dim.role != "size" and (place is None or isinstance(place, Strided)):
            found[dim.name] = dim.extent if place is None else place.extent
    return found


# Trials ---------------------------------------------------------------------------------------------


def _tried(rule: str) -> Callable[[Examined], Iterator[str]]:
    """Return what tells whether the trials find that a rule is broken."""

    def broken(examined: Examined) -> Iterator[str]:
        if examined.fault is not None and examined.fault.rule == rule:
            yield examined.fault.sentence

    return broken


def _tried_numbers(examined: Examined) -> Iterator[dict[str, int]]:
    """Yield the numbers of each trial."""
    names = {name for one, _ in _wholes(examined) for name, _ in _terms(one) if not is_index(name)}
    sizes = sorted(name for name in names if is_size(name))
    batch = names & {_BATCH}
    axes = sorted(name for name in names - {*sizes, _BATCH})
    # Sizes are told apart, and once they are alike.
    apart = {name: number % 3 + 1 for number, name in enumerate(sizes)} | dict.fromkeys(batch, 2)
    alike = dict.fromkeys(sizes, 2) | dict.fromkeys(batch, 1)
    last = None
    for lengths in _tried_lengths(len(axes), min(_farthest(examined), _FARTHEST)):
        own = dict(zip(axes, lengths, strict=True))
        called = {plain_name(axis): number for axis, number in own.items()}
        if examined.accepts is None or examined.accepts(called):
            if last is None or {*lengths} <= {*_LENGTHS}:
                last = own
            yield from _with_told(examined.told, own | apart)
    if last is not None and sizes:
        yield from _with_told(examined.told, last | alike)


def _tried_lengths(count: int, farthest: int) -> Iterator[tuple[int, ...]]:
    """Yield the lengths of so many axes in each trial."""
    yield from product(_LENGTHS, repeat=count)
    far = 2 * farthest + 1
    if far not in _LENGTHS:
        for own in range(count):
            yield tuple(far if own == other else 2 for other in range(count))
        if count > 1 and far**count <= _MOST_PLACES:
            yield (far,) * count


def _with_told(told: Sequence[IndexRange], numbers: dict[str, int]) -> Iterator[dict[str, int]]:
    """Yield numbers with all that the others may be; it calls itself once for each of these."""
    if not told:
        yield numbers
        return
    for number in range(told[0].first.number(numbers), told[0].last.number(numbers) + 1):
        yield from _with_told(told[1:], {**numbers, told[0].index: number})


def _farthest(examined: Examined) -> int:
    """Return the largest distance in a kernel: what is added to indices, what they are multiplied or divided by."""
    found = 0
    for one, is_distance in _wholes(examined):
        if is_distance:
            numbers = [part.constant for part in _sums(one)] + [factor for _, factor in _terms(one)]
            found = max(found, one.divisor if isinstance(one, Bound) else 0, *map(abs, numbers))
    return found


def _sums(one: Whole) -> tuple[Affine, ...]:
    return one.parts if isinstance(one, Bound) else (one,)


def _terms(one: Whole) -> Iterator[tuple[str, int]]:
    return (term for part in _sums(one) for term in part.terms)


def _wholes(examined: Examined) -> Iterator[tuple[Whole, bool]]:
    """Yield all whole numbers of a kernel, each with whether it says where along an axis something is."""
    for told in examined.told:
        yield from ((told.first, True), (told.last, True))
    for array in set(examined.arrays):
        for dim in array.dims:
            yield dim.extent, False
            yield from ((one, True) for one in (dim.first, dim.last - dim.extent, dim.kept) if one is not None)
        if isinstance(array, View):
            yield from _along(array.base, array.places)
    for statement, _ in examined.statements:
        match statement:
            case For():
                yield from ((statement.first, True), (statement.last, True))
            case Each():
                yield from ((end, True) for one in statement.ranges for end in (one.first, one.last))
                yield from ((one, True) for one in statement.on)
            case Guard():
                yield from ((side, True) for one in comparisons_in(statement.all_of) for side in (one.left, one.right))
        for target in targets_of(statement):
            yield from _along(target.array, target.places)
        for node, _ in nodes_around(values_in(statement)):
            if isinstance(node, Access):
                yield from _along(node.array, node.places)
            elif isinstance(node, Reduce):
                yield from ((node.first, True), (node.last, True))


def _along(array: Array, places: Sequence[tuple[str, Subscript]]) -> Iterator[tuple[Whole, bool]]:
    """Yield the whole numbers in places, each with whether it counts along no size."""
    sizes = {dim.name for dim in array.dims if dim.role == "size"}
    for name, place in places:
        if isinstance(place, Strided):
            yield from ((place.first, name not in sizes), (place.extent, name not in sizes))
        elif not isinstance(place, Gather):
            yield place, name not in sizes


RULES: tuple[KernelRule, ...] = (
    KernelRule("names", "one name is one array", _arrays_of_one_name),
    KernelRule("indices", "an index is bound once on the way to what mentions it", _indices_bound_twice),
    KernelRule(
        "scopes", "what a sum mentions is an index around it, a length, a size or told by the call", _unknown_indices
    ),
    KernelRule(
        "dimensions", "the dimensions of an array are told apart, and all of them are known", _dims_not_distinct
    ),
    KernelRule(
        "accesses", "an access names dimensions that are there, and takes rings place by place", _places_not_there
    ),
    KernelRule("results", "results are arguments or made, each returned once", _results_that_are_not),
    KernelRule(
        "rows", "rows are those of the operator table, and reductions are in `Reduce` alone", _rows_that_are_not
    ),
    KernelRule("routines", "routines are those that there are", _routines_that_are_not),
    KernelRule("shapes", "a shape is what the rule of the row gives for the arguments", _misshapen_values),
    KernelRule("values", "a value fits where it is put; a number fills any shape", _values_that_do_not_fit),
    KernelRule(MADE, "a buffer is made before it is used, and arguments are not made", _tried(MADE)),
    KernelRule(INSIDE, "places lie inside the extent and the margins", _tried(INSIDE)),
    KernelRule(WRITTEN, "what is read was written before", _tried(WRITTEN)),
    KernelRule(DISJOINT, "the places of an `Each` write each its own", _tried(DISJOINT)),
    KernelRule(ORDER, "the places of an `Each` read nothing that another of the same statement writes", _tried(ORDER)),
    KernelRule(KEPT, "of an argument that is not returned only the margins are written", _tried(KEPT)),
    KernelRule(RETURNED, "results are written everywhere", _tried(RETURNED)),
)
"""All rules; those that are tried come last, for a trial takes the others for granted."""
