"""Values as loops over single numbers, for Numba: what is computed entry by entry is one expression.

What is not, a product of matrices, a softmax, a sum over steps, is computed before the statement that reads it: as a
number in a variable, or as an array that is made outside, once. A value is written for one place in one sequence.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any

from unfoldgraph.algebra import shapes
from unfoldgraph.algebra.expression import Index, Slice, sum_of_entry
from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.algebra.table.laws import Entries
from unfoldgraph.algebra.table.operator_row import Operator
from unfoldgraph.base.affine import Affine, is_index, is_open, whole
from unfoldgraph.base.errors import CircuitError
from unfoldgraph.program.checking.never_nan import NeverNaN
from unfoldgraph.program.ir import (
    Access,
    Apply,
    Bound,
    Buffer,
    Comparison,
    Condition,
    Entry,
    Extents,
    Gather,
    NotAll,
    Number,
    Opaque,
    Reduce,
    Strided,
    Value,
    Whole,
    WholeNumber,
    nodes,
    shape_of,
)
from unfoldgraph.program.python_text.nodes import (
    assign,
    attribute,
    augmented,
    binary,
    call,
    compared,
    constant,
    filled,
    item,
    joined,
    name,
    parsed,
    plus,
    unary,
)
from unfoldgraph.program.targets.numpy_names import Called, Scope

#: What is deeper than this is a variable of its own: compilers of expressions call themselves once per level.
_DEEPEST = 12
#: Whole numbers up to this are the same in every type.
_PLAIN_INTEGER = 2**53
_NOTHING = Scope([])
EntryIndices = tuple[ast.expr, ...]
"""Which entry of a value."""


@dataclass(frozen=True, slots=True)
class LoopCode:
    """One number of a value.

    Attributes
    ----------
    tree : the expression.
    is_truth : whether it is true or false, and not yet a number.
    depth : how deep it is nested.
    """

    tree: ast.expr
    is_truth: bool = False
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Registers:
    """The last values of a signal in a loop, kept in variables: by how many turns ago each was computed."""

    index: str
    names: Mapping[int, ast.expr]


@dataclass(slots=True)
class Made:
    """What is made outside of a kernel: arrays that it fills, and matrices turned over, with what they are called."""

    scratch: dict[str, Extents] = field(default_factory=dict)
    turned: dict[str, str] = field(default_factory=dict)


class LoopValueWriter:
    """Writes the values of one kernel into the block that is open.

    Parameters
    ----------
    called : what things are called.
    made : what is made outside; more is added.
    never_nan : which values are numbers for certain.
    """

    def __init__(self, called: Called, made: Made, never_nan: NeverNaN) -> None:
        self.called, self.made, self.never_nan = called, made, never_nan
        self.real, self.unsigned = called.new("real"), called.new("unsigned")
        self.block: list[ast.stmt] = []
        #: What has been computed in this block or around it: by the value, what gives an entry.
        self.stored: dict[int, Callable[[EntryIndices], LoopCode]] = {}
        #: Expressions that have a variable in this block, or around it.
        self.known: dict[tuple[int, tuple[str, ...]], LoopCode] = {}
        #: The variables in which the places are that values tell.
        self.gathered: dict[int, ast.expr] = {}
        self.uses: dict[int, int] = {}
        self.registers: dict[str, Registers] = {}
        #: Signals of one place that are variables.
        self.variables: dict[str, ast.expr] = {}
        #: Arrays that are numbers of places, and what they are there.
        self.numbers: dict[str, Value] = {}
        #: What stands before the first place of arguments, where that is an array of its own.
        self.edges: dict[str, ast.expr] = {}
        #: The index of a loop over numbers that lie side by side, of which several are computed at once.
        self.side_by_side: str | None = None
        #: Arguments that nothing writes to.
        self.fixed: frozenset[str] = frozenset()

    # Blocks -----------------------------------------------------------------------------------------

    @contextmanager
    def inside(self) -> Iterator[list[ast.stmt]]:
        """Open a block; what is computed in it is known in it alone."""
        around = self.block, self.stored, self.known, self.gathered
        self.block = []
        self.stored, self.known, self.gathered = {**around[1]}, {**around[2]}, {**around[3]}
        try:
            yield self.block
        finally:
            self.block, self.stored, self.known, self.gathered = around

    @contextmanager
    def loop(self, index: ast.expr, first: ast.expr, stop: ast.expr) -> Iterator[None]:
        """Write a loop around what is written inside."""
        with self.inside() as body:
            yield
        self.block.append(ast.For(index, self.range(first, stop), body or [ast.Pass()], []))

    @contextmanager
    def entries(self, extents: Extents, hint: str = "i") -> Iterator[EntryIndices]:
        """Write loops over all entries of a shape; it calls itself once per dimension."""
        if not extents:
            yield ()
            return
        own = self.called.new(hint)
        following = chr(ord(hint) + 1)
        with self.loop(own, constant(0), self.whole(extents[0])), self.entries(extents[1:], following) as others:
            yield (own, *others)

    def range(self, first: ast.expr, stop: ast.expr) -> ast.expr:
        """Return a range."""
        is_from_0 = isinstance(first, ast.Constant) and first.value == 0
        return call(self.called.words["range"], *([] if is_from_0 else [first]), stop)

    def whole(self, at: Whole) -> ast.expr:
        """Return a whole number."""
        for one in at.parts if isinstance(at, Bound) else (at,):
            self.require_known(one)
        return self.called.whole(at, _NOTHING)

    def require_known(self, extent: Affine) -> None:
        """Raise where a size has no name, so that a loop over it has no end."""
        if any(is_open(own) for own, _ in extent.terms):
            raise CircuitError(
                "nothing tells one of the sizes, which the target 'numba' needs",
                help='declare the shapes, as in W : (m, n), or use the target "numpy"',
            )

    def put(self, target: ast.expr, value: ast.expr) -> None:
        """Write an assignment."""
        self.block.append(assign(target, value))

    def new(self, hint: str, value: ast.expr) -> ast.expr:
        """Write a variable of its own with a value, and return it."""
        found = self.called.new(hint)
        self.put(found, value)
        return found

    def array(self, hint: str, extents: Extents) -> ast.expr:
        """Return a new array to fill: made outside, or here where an index tells how large it is."""
        found = self.called.new(hint)
        assert isinstance(found, ast.Name)
        for extent in extents:
            self.require_known(extent)
        if any(is_index(own) for extent in extents for own, _ in extent.terms):
            shape = ast.Tuple([self.whole(extent) for extent in extents], ast.Load())
            self.put(found, call(self.called.words.numpy("empty"), shape, self.real))
        else:
            self.made.scratch[found.id] = extents
        return found

    def conditions(self, all_of: Sequence[Condition]) -> ast.expr:
        """Return conditions on whole numbers that all hold."""
        return joined("and", *map(self._condition, all_of))

    def _condition(self, one: Condition) -> ast.expr:
        if isinstance(one, NotAll):
            return unary("not", joined("and", *map(self._compared, one.conditions)))
        return self._compared(one)

    def _compared(self, one: Comparison) -> ast.expr:
        return compared(self.whole(one.left), one.relation, self.whole(one.right))

    # Numbers ----------------------------------------------------------------------------------------

    def number(self, value: int | Fraction | float | str) -> LoopCode:
        """Return a constant of the type of the numbers."""
        if isinstance(value, str):
            infinity = self.called.words.numpy("inf")
            return LoopCode(call(self.real, unary("-", infinity) if float(value) < 0 else infinity))
        found = float(value)
        is_plain = found.is_integer() and abs(found) < _PLAIN_INTEGER and str(found) != "-0.0"
        if found in (float("inf"), -float("inf")):
            return self.number("inf" if found > 0 else "-inf")
        return LoopCode(call(self.real, constant(int(found) if is_plain else found)))

    def numeric(self, code: LoopCode) -> ast.expr:
        """Return truth as 0 or 1."""
        return call(self.real, code.tree) if code.is_truth else code.tree

    def truth(self, code: LoopCode) -> ast.expr:
        """Return whether a number is not 0."""
        return code.tree if code.is_truth else compared(code.tree, "!=", self.number(0).tree)

    # Entry by entry ---------------------------------------------------------------------------------

    def entry(self, root: Value, at: EntryIndices) -> LoopCode:
        """Return an entry of a value, of which all that is not computed entry by entry is stored already.

        It calls itself where an entry is one of other entries, as that of a transpose.
        """
        told = tuple(map(ast.unparse, at))
        found: dict[int, LoopCode] = {}
        for node in nodes([root], stop=lambda node: not self._is_by_entry(node)):
            own = at if shape_of(node) else ()
            key = id(node), told if own else ()
            if key in self.known:
                found[id(node)] = self.known[key]
                continue
            if self._is_by_entry(node):
                assert isinstance(node, Apply)
                parts = [found[id(one)] for one in node.arguments]
                code = self.formed(OPERATORS[node.row], parts, are_numbers=self.never_nan.is_certain(node))
            else:
                code = self._leaf(node, own)
            is_often = self.uses.get(id(node), 0) > 1 and code.depth
            if code.depth > _DEEPEST or is_often:
                code = LoopCode(self.new("v", self.numeric(code)))
                self.known[key] = code
            found[id(node)] = code
        return found[id(root)]

    def _is_by_entry(self, node: Value) -> bool:
        """Say whether an entry of a value is an operation on the same entry of others."""
        if not isinstance(node, Apply) or id(node) in self.stored:
            return False
        row = OPERATORS[node.row]
        return row.rule is shapes.elementwise and row.indexed is None

    def formed(
        self, row: Operator, arguments: Sequence[LoopCode], are_numbers: bool = False, **more: ast.expr
    ) -> LoopCode:
        """Return an operation on numbers, none of which is NaN where `are_numbers` says so."""
        form = row.numba_of_numbers if are_numbers else ""
        form = form or row.loop_form(len(arguments))
        if not form:
            raise refused(row)
        truths, most = row.laws.truths, row.arity[1]
        if most is None and len(arguments) > 2:
            first, second, *others = arguments
            return self.formed(row, [self.formed(row, [first, second], are_numbers), *others], are_numbers)
        trees = [self.truth(code) if at in truths else self.numeric(code) for at, code in enumerate(arguments)]
        depth = 1 + max((code.depth for code in arguments), default=0)
        template = _typed(form)
        named: dict[str, Any] = dict(zip("abc", trees, strict=False))
        tree = filled(template, **named, **more, args=trees, real=self.real, np=name(self.called.words["np"]))
        # A chain of truths is true or false; of what is not compared it is a number.
        return LoopCode(tree, row.laws.gives_truth, depth)

    def _leaf(self, node: Value, at: EntryIndices) -> LoopCode:
        """Return an entry of a value that is no operation entry by entry."""
        if id(node) in self.stored:
            return self.stored[id(node)](at)
        match node:
            case Number():
                return self.number(node.value)
            case WholeNumber():
                return LoopCode(call(self.real, self.whole(node.at)))
            case Access():
                return self._access(node, at)
            case Entry():
                return self._entry(node, at)
            case Apply():
                return self._applied(node, at)
        raise AssertionError(f"{node} is not computed yet")

    def _applied(self, node: Apply, at: EntryIndices) -> LoopCode:
        """Return an entry of what is made of certain entries of others."""
        row = OPERATORS[node.row]
        if row.laws.fill is not None:
            return self.number(row.laws.fill)
        if row.indexed is not None:
            return self._told(node, row, at)
        arguments = node.arguments
        match row.laws.entries:
            case Entries.TURNED:
                return self.entry(arguments[0], at[::-1])
            case Entries.DIAGONAL:
                return LoopCode(call(self.real, compared(at[0], "==", at[1])), depth=1)
            case Entries.CROSSED:
                left, right = self.entry(arguments[0], at[:1]), self.entry(arguments[1], at[1:])
                return LoopCode(
                    binary("*", self.numeric(left), self.numeric(right)), depth=1 + max(left.depth, right.depth)
                )
        # What gives a vector of numbers.
        code = self.formed(row, [self.entry(one, ()) for one in arguments], i=at[0])
        is_compared = isinstance(parsed(row.numba), ast.Compare)
        return LoopCode(call(self.real, code.tree), depth=code.depth) if is_compared else code

    def _told(self, node: Apply, row: Operator, at: EntryIndices) -> LoopCode:
        """Return an entry of an entry, or of an array that holds a value at one."""
        assert row.indexed is not None
        base = node.arguments[row.indexed]
        extents = shape_of(base) or ()
        if row.kind == "entry":
            others, places = list(at), []
            for one, extent in zip(node.data, extents, strict=False):
                if isinstance(one, Slice):
                    places.append(self._added(others.pop(0), _end(one.start, whole(0), extent)))
                else:
                    places.append(self.whole(_end(one, whole(0), extent)))
            return self.entry(base, (*places, *others))
        conditions, own = [], []
        for one, extent, here in zip(node.data, extents, at, strict=False):
            if isinstance(one, Slice):
                first, stop = _end(one.start, whole(0), extent), _end(one.stop, extent, extent)
                conditions += [compared(here, ">=", self.whole(first)), compared(here, "<", self.whole(stop))]
                own.append(self._added(here, whole(0) - first))
            else:
                conditions.append(compared(here, "==", self.whole(_end(one, whole(0), extent))))
        value = node.arguments[0]
        inner = (*own, *at[len(node.data) :]) if shape_of(value) else ()
        tree = ast.IfExp(joined("and", *conditions), self._pure(value, inner), self.number(0).tree)
        return LoopCode(tree, depth=2)

    def _pure(self, value: Value, at: EntryIndices) -> ast.expr:
        """Return an entry as an expression that is computed only where it is asked for: it is stored already."""
        return self.numeric(self.entry(value, at))

    def _added(self, at: ast.expr, more: Affine) -> ast.expr:
        return self.called.more(at, more) if more.terms else plus(at, more.constant)

    # Arrays -----------------------------------------------------------------------------------------

    def _access(self, access: Access, at: EntryIndices) -> LoopCode:
        """Return an entry of what stands in an array."""
        array = access.array
        assert isinstance(array, Buffer)
        if array.name in self.numbers:
            return self._leaf(self._number_of(access), ())
        register = self.register(access)
        if register is not None:
            return LoopCode(register)
        indices, conditions, off = self._indices(access, at)
        tree = item(self.buffer(array), *indices) if indices else self.buffer(array)
        if not conditions:
            return LoopCode(tree)
        instead = self.number(0).tree if off is None else self.numeric(self.entry(off, at if shape_of(off) else ()))
        return LoopCode(ast.IfExp(joined("and", *conditions), tree, instead), depth=1)

    def _number_of(self, access: Access) -> Value:
        """Return the number that stands in an array of numbers of places."""
        value = self.numbers[access.array.name]
        ((own, place),) = access.places
        assert isinstance(value, WholeNumber) and isinstance(place, Affine)
        return WholeNumber(value.at.at({own: place}))

    def register(self, access: Access) -> ast.expr | None:
        """Return the variable in which a value of a signal is kept; None where it is in none."""
        array = access.array
        if array.name in self.variables:
            return self.variables[array.name]
        kept = self.registers.get(array.name)
        if kept is None or len(access.places) != 1:
            return None
        ((_, place),) = access.places
        if not isinstance(place, Affine):
            return None
        back = Affine(((kept.index, 1),)) - place
        return None if back.terms else kept.names.get(back.constant)

    def _indices(self, access: Access, at: EntryIndices) -> tuple[list[ast.expr], list[ast.expr], Value | None]:
        """Return where in memory an entry is, under which conditions there is one, and what stands elsewhere."""
        places, others = dict(access.places), list(at)
        indices, conditions = [], []
        off: Value | None = None
        for dim in access.array.dims:
            place = places.get(dim.name)
            if dim.role == "sequences":
                assert place is None
                continue
            if place is None:
                indices.append(self.called.more(others.pop(0), dim.before))
            elif isinstance(place, Gather):
                found = self.gathered[id(place)]
                indices.append(found)
                conditions.append(compared(found, ">=", constant(0)))
                off = place.off
            elif isinstance(place, Strided):
                own = others.pop(0)
                own = own if place.step == 1 else binary("*", constant(place.step), own)
                assert isinstance(place.first, Affine)
                indices.append(self._added(own, place.first + dim.before))
            elif dim.kept is not None:
                # Python's remainder is none below 0, and so is Numba's.
                indices.append(binary("%", self.whole(place), self.whole(dim.kept)))
            elif isinstance(place, Affine):
                indices.append(self._without_sign(self.whole(place + dim.before), place))
            else:
                indices.append(self.called.more(self.whole(place), dim.before))
        return indices, conditions, off

    def _without_sign(self, at: ast.expr, place: Affine) -> ast.expr:
        """Return an index so that it is not looked whether it counts from the end, where that is in the way."""
        return call(self.unsigned, at) if self.side_by_side is not None and place.factor(self.side_by_side) else at

    def indices(self, target: Access, at: EntryIndices) -> list[ast.expr]:
        """Return where in memory an entry is that is written."""
        return self._indices(target, at)[0]

    def buffer(self, array: Buffer) -> ast.expr:
        """Return what an array of one sequence is called."""
        return self.called.buffer(array.name)

    def written_to(self, array: Buffer) -> ast.expr:
        """Return likewise what a statement writes to: of an argument that is what stands before it."""
        return self.edges.get(array.name) or self.buffer(array)

    def _entry(self, node: Entry, at: EntryIndices) -> LoopCode:
        """Return an entry of entries that indices or values tell."""
        others, places, conditions = list(at), [], []
        for place in node.places:
            if isinstance(place, Gather):
                found = self.gathered[id(place)]
                conditions.append(compared(found, ">=", constant(0)))
                places.append(found)
            elif isinstance(place, Strided):
                own = others.pop(0)
                own = own if place.step == 1 else binary("*", constant(place.step), own)
                assert isinstance(place.first, Affine)
                places.append(self._added(own, place.first))
            else:
                places.append(self.whole(place))
        tree = self.numeric(self.entry(node.value, (*places, *others)))
        if not conditions:
            return LoopCode(tree)
        return LoopCode(ast.IfExp(joined("and", *conditions), tree, self.number(0).tree), depth=1)

    # What is computed before it is read -------------------------------------------------------------

    def prepare(self, root: Value) -> None:
        """Compute all parts of a value that are not computed entry by entry."""
        for node in nodes([root], stop=self._is_ready):
            for part in _parts(node):
                self.uses[id(part)] = self.uses.get(id(part), 0) + 1
        for node in nodes([root], stop=self._is_ready):
            if id(node) in self.stored:
                continue
            match node:
                case Access():
                    by_name = {dim.name: dim for dim in node.array.dims}
                    for own, place in node.places:
                        if isinstance(place, Gather):
                            dim = by_name[own]
                            self._gather(place, dim.first, dim.last)
                case Entry():
                    if any(isinstance(place, Gather) for place in node.places):
                        self.store(node.value)
                    for place, extent in zip(node.places, shape_of(node.value) or (), strict=False):
                        if isinstance(place, Gather):
                            self._gather(place, whole(0), extent - 1)
                case Reduce():
                    self._reduced(node)
                case Apply():
                    self._operation(node)
                case Opaque():
                    raise CircuitError(
                        f"the function '{node.function}' is one of Python, which Numba cannot compile",
                        help='the target "numpy" has functions',
                    )

    def _is_ready(self, node: Value) -> bool:
        return isinstance(node, Reduce) or id(node) in self.stored

    def _gather(self, place: Gather, first: Affine, last: Affine) -> None:
        """Compute where in memory a place is that a value tells."""
        if id(place) not in self.gathered:
            told = self.numeric(self.entry(place.value, ()))
            count = self.whole(last - first + 1)
            self.gathered[id(place)] = self.new("at", call("_place", told, self.whole(first), count))

    def _operation(self, node: Apply) -> None:
        """Compute an operation that is none entry by entry."""
        row = OPERATORS[node.row]
        if self._is_by_entry(node) or row.laws.fill is not None:
            return
        if row.indexed is not None:
            if row.kind != "entry":
                self.store(node.arguments[0])
            return
        rule = row.rule
        if rule is shapes.matrix_product or rule is shapes.same_vectors_to_scalar:
            self._product(node)
        elif row.laws.entries in (Entries.JOINED, Entries.STACKED):
            self._joined(node, row)
        elif rule in (shapes.to_scalar, shapes.over_last, shapes.same_shape) and row.numba:
            self._over_entries(node, row)
        elif rule in (shapes.solution, shapes.square, shapes.square_to_scalar):
            self._eliminated(node, row)
        elif row.laws.entries is None and not row.loop_form(len(node.arguments)):
            raise refused(row)

    def _keep(self, node: Value, tree: ast.expr) -> None:
        """Note what a value is called that has been computed."""
        self.stored[id(node)] = lambda at: LoopCode(item(tree, *at) if at else tree)

    def store(self, value: Value) -> None:
        """Compute a value that may be an operation, as a variable or an array."""
        if id(value) in self.stored or isinstance(value, Access | Number | WholeNumber):
            return
        extents = shape_of(value) or ()
        if not extents:
            self._keep(value, self.new("v", self.numeric(self.entry(value, ()))))
            return
        found = self.array("values", extents)
        with self.entries(extents) as at:
            self.put(item(found, *at), self.numeric(self.entry(value, at)))
        self._keep(value, found)

    def vector(self, value: Value) -> ast.expr:
        """Return a value as an array that lies in memory as it is."""
        extents = shape_of(value) or ()
        if isinstance(value, Access) and extents and id(value) not in self.stored:
            places = dict(value.places)
            dims = [dim for dim in value.array.dims if dim.role != "sequences"]
            taken = [places.get(dim.name) for dim in dims]
            lead = [at for at in taken if at is not None]
            is_plain = taken[: len(lead)] == lead and all(isinstance(at, Affine) for at in lead)
            if is_plain and not any(dim.before or dim.after for dim in dims[len(lead) :]):
                assert isinstance(value.array, Buffer)
                indices = [
                    self.whole(at + dim.before) for at, dim in zip(lead, dims, strict=False) if isinstance(at, Affine)
                ]
                return item(self.buffer(value.array), *indices) if indices else self.buffer(value.array)
        if extents and id(value) in self.stored:
            tree = self.stored[id(value)](()).tree
            if isinstance(tree, ast.Name):
                return tree
        found = self.array("values", extents or (whole(1),))
        with self.entries(extents) as at:
            self.put(item(found, *(at or (constant(0),))), self.numeric(self.entry(value, at)))
        return found

    # Operations of arrays ---------------------------------------------------------------------------

    def _over_entries(self, node: Apply, row: Operator) -> None:
        """Compute what runs over all entries of a value, or over those along its last dimension."""
        (argument,) = node.arguments
        given, extents = self.vector(argument), shape_of(argument) or ()
        if row.rule is shapes.to_scalar:
            if len(extents) > 1:
                given = call(attribute(given, "reshape"), constant(-1))
            self._keep(node, self.new("v", self.formed(row, [LoopCode(given)]).tree))
            return
        is_number = row.rule is shapes.over_last
        lead = extents[:-1]
        if is_number and not lead:
            self._keep(node, self.new("v", self.formed(row, [LoopCode(given)]).tree))
            return
        found = self.array("values", shape_of(node) or ())
        with self.entries(lead) as at:
            one = item(given, *at) if at else given
            if is_number:
                self.put(item(found, *at), self.formed(row, [LoopCode(one)]).tree)
            else:
                out = item(found, *at) if at else found
                self.block.append(ast.Expr(self.formed(row, [LoopCode(one)], out=out).tree))
        self._keep(node, found)

    def _eliminated(self, node: Apply, row: Operator) -> None:
        """Compute what eliminates the entries of a matrix, in a copy of it; vectors are columns."""
        matrix, *right = node.arguments
        copy = self._copied("matrix", matrix, shape_of(matrix) or ())
        extents = shape_of(node) or ()
        if not extents:
            self._keep(node, self.new("v", self.formed(row, [LoopCode(copy)]).tree))
            return
        is_vector = len(extents) == 1
        room = (*extents, whole(1)) if is_vector else extents
        found = self._copied("solution", right[0], room) if right else self.array("inverse", room)
        self.block.append(ast.Expr(self.formed(row, [LoopCode(copy)], out=found).tree))
        self.stored[id(node)] = lambda at: LoopCode(item(found, *at, *([constant(0)] if is_vector else [])))

    def _copied(self, hint: str, value: Value, room: Extents) -> ast.expr:
        """Return an array of its own with the entries of a value; that of a vector has one column."""
        found = self.array(hint, room)
        extents = shape_of(value) or ()
        with self.entries(extents) as at:
            column = [constant(0)] * (len(room) - len(extents))
            self.put(item(found, *at, *column), self.numeric(self.entry(value, at)))
        return found

    def _joined(self, node: Apply, row: Operator) -> None:
        """Compute vectors end to end, or values under a new first size."""
        found = self.array("values", shape_of(node) or ())
        is_stacked = row.laws.entries is Entries.STACKED
        before = whole(0)
        for number, one in enumerate(node.arguments):
            extents = shape_of(one) or ()
            own = (shape_of(node) or ())[1:] if is_stacked else extents
            with self.entries(own) as at:
                code = self.numeric(self.entry(one, at if extents else ()))
                target = (constant(number), *at) if is_stacked else (self._added(at[0], before),)
                self.put(item(found, *target), code)
            before = before + extents[0] if extents and not is_stacked else before
        self._keep(node, found)

    def _product(self, node: Apply) -> None:
        """Compute a product of vectors and matrices, the inner loop over what lies side by side in memory."""
        left, right = node.arguments
        for one in node.arguments:
            if self._is_by_entry(one) or isinstance(one, Apply):
                self._as_array(one)
        lefts, rights = shape_of(left) or (), shape_of(right) or ()
        between = lefts[-1]
        if not shape_of(node):
            total = self.new("total", self.number(0).tree)
            with self._terms(between) as k:
                self._add(total, left, (k,), right, (k,))
            self._keep(node, total)
            return
        found = self.array("product", shape_of(node) or ())
        self._product_into(node, found)
        self._keep(node, found)
        assert rights

    def _product_into(self, node: Apply, found: ast.expr) -> None:
        """Put a product, of which the operands are arrays, in an array."""
        left, right = node.arguments
        lefts, rights = shape_of(left) or (), shape_of(right) or ()
        between = lefts[-1]
        turned = self._turned(left) if len(lefts) == 2 and len(rights) == 1 else None
        if len(lefts) == 2 and len(rights) == 1 and turned is None and not self._lies_turned(left):
            with self.entries(lefts[:1]) as at:
                total = self.new("total", self.number(0).tree)
                with self._terms(between) as k:
                    self._add(total, left, (*at, k), right, (k,))
                self.put(item(found, *at), total)
            return
        with self.entries(shape_of(node) or ()) as at:
            self.put(item(found, *at), self.number(0).tree)
        if len(lefts) == 2 and len(rights) == 2:
            with self.entries(lefts[:1]) as (row,), self._terms(between) as k:
                value = self.new("value", self.numeric(self.entry(left, (row, k))))
                with self.entries(rights[1:], "j") as (column,):
                    self._add_to(item(found, row, column), value, self.numeric(self.entry(right, (k, column))))
            return
        vector, matrix = (right, left) if len(lefts) == 2 else (left, right)
        with self._terms(between) as k:
            value = self.new("value", self.numeric(self.entry(vector, (k,))))
            with self.entries((shape_of(node) or ())[:1]) as (at,):
                if turned is not None:
                    other = item(turned, k, at)
                else:
                    other = self.numeric(self.entry(matrix, (at, k) if matrix is left else (k, at)))
                self._add_to(item(found, at), other, value)

    def _as_array(self, value: Value) -> None:
        """Compute an operand that is an operation, so that it is not computed once per term."""
        if id(value) in self.stored or self._is_turned(value):
            return
        self.store(value)

    def _is_turned(self, value: Value) -> bool:
        """Say whether a value is an array with its dimensions in the other order."""
        if not isinstance(value, Apply) or OPERATORS[value.row].laws.entries is not Entries.TURNED:
            return False
        return isinstance(value.arguments[0], Access)

    def _lies_turned(self, matrix: Value) -> bool:
        """Say whether what lies side by side in memory are the entries of a column."""
        return id(matrix) not in self.stored and self._is_turned(matrix)

    def _turned(self, matrix: Value) -> ast.expr | None:
        """Return the matrix, turned over, that is made outside of one that is handed in; None where it is none."""
        if not isinstance(matrix, Access) or matrix.places or matrix.array.name not in self.fixed:
            return None
        own = matrix.array.name
        if own not in self.made.turned:
            self.made.turned[own] = self.called.names.claim_numbered(f"{self.called.buffers[own]}_T")
        return name(self.made.turned[own])

    @contextmanager
    def _terms(self, count: Affine) -> Iterator[ast.expr]:
        own = self.called.new("k")
        with self.loop(own, constant(0), self.whole(count)):
            yield own

    def _add(self, total: ast.expr, left: Value, at: EntryIndices, right: Value, other: EntryIndices) -> None:
        self._add_to(total, self.numeric(self.entry(left, at)), self.numeric(self.entry(right, other)))

    def _add_to(self, target: ast.expr, left: ast.expr, right: ast.expr) -> None:
        self.block.append(augmented(target, "+", binary("*", left, right)))

    # Reductions -------------------------------------------------------------------------------------

    def _reduced(self, node: Reduce) -> None:
        """Compute a reduction over the numbers of an index."""
        row = OPERATORS[node.row]
        joining = row.joining
        assert joining is not None
        extents = shape_of(node.value) or ()
        first, stop = self.whole(node.first), plus(self.whole(node.last), 1)
        own = self.called.index(node.index)
        if node.size is not None:
            found = self.array("values", (node.size, *extents))
            with self.loop(own, first, stop):
                self.prepare(node.value)
                with self.entries(extents) as at:
                    place = self._added(own, whole(0) - _affine(node.first))
                    self.put(item(found, place, *at), self.numeric(self.entry(node.value, at if extents else ())))
            self._keep(node, found)
            return
        if joining.has_one_index:
            self._first_greatest(node, extents)
            return
        joining_row = OPERATORS[joining.operator or (OPERATORS[joining.total].joining or joining).operator]
        nothing = self.number(0 if joining.nothing is None else joining.nothing).tree
        total = self.called.new("total") if not extents else self.array("total", extents)
        with self.entries(extents) as at:
            self.put(item(total, *at) if at else total, nothing)
        with self.loop(own, first, stop):
            self._term(node, extents, total, joining_row)
        if joining.is_average:
            terms = call(self.called.words["max"], binary("-", stop, first), constant(0))
            count = self.new("count", call(self.real, terms))
            with self.entries(extents) as at:
                self.block.append(augmented(item(total, *at) if at else total, "/", count))
        self._keep(node, total)

    def _term(self, node: Reduce, extents: Extents, total: ast.expr, row: Operator) -> None:
        """Join one more term to others, where it takes part."""
        with self._kept(node):
            self.prepare(node.value)
            with self.entries(extents) as at:
                target = item(total, *at) if at else total
                joined_value = self.formed(row, [LoopCode(target), self.entry(node.value, at)])
                self.put(target, self.numeric(joined_value))

    @contextmanager
    def _kept(self, node: Reduce) -> Iterator[None]:
        """Write a condition around what is for the numbers that take part in a reduction."""
        if node.condition is None:
            yield
            return
        if node.guard:
            condition = self.conditions(node.guard)
        else:
            self.prepare(node.condition)
            condition = self.truth(self.entry(node.condition, ()))
        with self.inside() as body:
            yield
        self.block.append(ast.If(condition, body, []))

    def _first_greatest(self, node: Reduce, extents: Extents) -> None:
        """Compute the first number at which a value is greatest, entry by entry."""
        found = self.called.new("place") if not extents else self.array("place", extents)
        is_nan = self.called.words.numpy("isnan")
        greatest = self.called.new("greatest")
        own = self.called.index(node.index)
        with self.entries(extents) as at:
            target = item(found, *at) if at else found
            self.put(target, call(self.real, self.called.words.numpy("nan")))
            self.put(greatest, self.number("-inf").tree)
            with self.loop(own, self.whole(node.first), plus(self.whole(node.last), 1)), self._kept(node):
                self.prepare(node.value)
                term = self.new("term", self.numeric(self.entry(node.value, at)))
                is_more = joined("or", compared(term, ">", greatest), call(is_nan, term))
                is_next = joined(
                    "or", call(is_nan, target), joined("and", unary("not", call(is_nan, greatest)), is_more)
                )
                place = self._added(own, whole(1) - _affine(node.first))
                self.block.append(ast.If(is_next, [assign(target, call(self.real, place)), assign(greatest, term)], []))
        self._keep(node, found)


def refused(row: Operator) -> CircuitError:
    """Return the error for an operation that is not compiled."""
    return CircuitError(
        f"the target 'numba' does not have '{row.spelling}'", help='the target "numpy" has all operations'
    )


def _affine(at: Whole) -> Affine:
    assert isinstance(at, Affine)
    return at


def _parts(node: Value) -> tuple[Value, ...]:
    return node.arguments if isinstance(node, Apply) else ()


def _end(at: Index | None, otherwise: Affine, extent: Affine) -> Affine:
    """Return an entry, or an end of a slice, counted from the first entry."""
    if at is None:
        return otherwise
    found = sum_of_entry(at)
    return extent + found if at.form is None and not at.base and at.offset < 0 else found


@cache
def _typed(form: str) -> str:
    """Return a form with its constants of the type of the numbers.

    >>> _typed("1 / (1 + np.exp(-a))")
    'real(1) / (real(1) + np.exp(-a))'
    """

    class Typed(ast.NodeTransformer):
        def visit_Constant(self, node: ast.Constant) -> ast.expr:
            return ast.Call(ast.Name("real"), [node], [])

    return ast.unparse(Typed().visit(ast.parse(form, mode="eval")))
