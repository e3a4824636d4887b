"""The plain meaning of a circuit in numbers: the oracle that everything else must agree with.

One sequence at a time, one node at a time, each by walking its expression with the column `meaning` of the operator
table. It is slow, and shares with the programs it checks how a circuit is called, and nothing of how they compute.
The numbers are NumPy's floating-point ones, or those of an exact arithmetic, on which no rounding hides a difference.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from unfoldgraph.algebra.expression import BY_VALUE, Binding, Expr, Slice, postorder, sum_of_entry, sum_of_size
from unfoldgraph.algebra.finite_field import ExactArithmetic
from unfoldgraph.algebra.notation import shown, text
from unfoldgraph.algebra.operators import OPERATORS, is_conditional, is_reduction, joining_of
from unfoldgraph.algebra.shapes import Mismatch, Shape, Sizes, spell
from unfoldgraph.base import boxes
from unfoldgraph.base.affine import Affine
from unfoldgraph.base.boxes import Place
from unfoldgraph.base.errors import CircuitError, listing, require_within
from unfoldgraph.base.limits import ENUMERATED_NODES
from unfoldgraph.base.names import canonical
from unfoldgraph.model.calling_convention import Result, argument_names, as_array, by_own_names
from unfoldgraph.model.equations import Model, Statement
from unfoldgraph.model.index_arithmetic import holds, is_of_indices, value_at
from unfoldgraph.model.lengths import ended
from unfoldgraph.model.regions import known_numbers, place_on, sizes_of_places
from unfoldgraph.unfolding.graph import UnfoldedGraph, UnfoldedNode
from unfoldgraph.unfolding.sizes import all_sizes


class _StepValues(NamedTuple):
    """The values of a signal in one sequence, place by place, and where they belong among those of all sequences."""

    where: tuple[int | slice, ...]
    values: list[Any]


def evaluate(
    unfolding: UnfoldedGraph, arrays: Mapping[str, Any], lengths: Any = None, arithmetic: ExactArithmetic | None = None
) -> Result:
    """Return every signal that has an equation, as an array `(*batch, *lengths, *shape)`.

    `lengths` are those of each sequence; beyond its own, a sequence holds 0. With an exact arithmetic the arrays that
    are given and returned hold its numbers, and functions return such.

    >>> from unfoldgraph.algebra.finite_field import RATIONALS
    >>> from unfoldgraph.language.text import read
    >>> third = UnfoldedGraph(read("s(t) = s(t-1) / 3; s(0) = 1"), {"t": 2})
    >>> str(evaluate(third, {}, arithmetic=RATIONALS).s[-1])
    '1/9'
    """
    import numpy as np

    given = _Arguments(unfolding, arrays, lengths, arithmetic)
    with np.errstate(all="ignore"):
        sequences = [_of_sequence(given, position) for position in np.ndindex(given.batch)]
    names = given.unfolding.model.signals
    return Result({name: _together(name, given, [one[name] for one in sequences]) for name in names})


def values(unfolding: UnfoldedGraph, arrays: Mapping[str, Any]) -> dict[UnfoldedNode, Any]:
    """Return the value of every node for arrays of one sequence."""
    import numpy as np

    given = _Arguments(unfolding, arrays)
    if given.batch:
        raise CircuitError(
            f"each node has one value, and the arrays have the batch dimensions {given.batch}",
            help="give the arrays of one sequence",
        )
    with np.errstate(all="ignore"):
        return _of_nodes(given.unfolding, given, ())


def _require_few(unfolding: UnfoldedGraph) -> None:
    require_within(unfolding.nodes.size, ENUMERATED_NODES, "this needs {} nodes", "compile the circuit instead")


def _of_nodes(unfolding: UnfoldedGraph, given: _Arguments, position: tuple[int, ...]) -> dict[UnfoldedNode, Any]:
    """Return the value of every node for one element of the batch: what is given, then what is computed of it."""
    nodes = _NodeValues(unfolding, given, _given_values(unfolding, given, position))
    for name in unfolding.model.signals:
        for place in boxes.places(unfolding.places(name)):
            nodes.compute((name, place))
    return nodes.values


def _of_sequence(given: _Arguments, position: tuple[int, ...]) -> dict[str, _StepValues]:
    """Return the values of every signal for one element of the batch."""
    own = given.unfolding_of(position)
    found = _of_nodes(own, given, position)
    steps: dict[str, _StepValues] = {}
    for name in own.model.signals:
        box = own.extent(name)
        where: tuple[int | slice, ...] = (*position, *(slice(0, last) for _, last in box))
        # Places that no statement gives are 0.
        nothing = given.np.zeros(given.shape(own.model.shapes[name]) or (), given.dtype)
        steps[name] = _StepValues(where, [found.get((name, place), nothing) for place in boxes.places([box])])
    return steps


def _together(name: str, given: _Arguments, sequences: Sequence[_StepValues]) -> Any:
    """Return the values of a signal in all elements of the batch as one array, 0 where a sequence has ended."""
    np = given.np
    shape = given.shape(given.unfolding.model.shapes[name])
    if shape is None:
        shape = _common_shape(name, (step for one in sequences for step in one.values))
    lengths = tuple(last for _, last in given.unfolding.extent(name))
    found = np.zeros((*given.batch, *lengths, *shape), given.dtype)
    for where, steps in sequences:
        if steps:
            filled = np.array([np.broadcast_to(step, shape) for step in steps], given.dtype)
            own = found[(*where, ...)]
            own[...] = filled.reshape(own.shape)
    return found


def _common_shape(name: str, values: Iterable[Any]) -> tuple[int, ...]:
    """Return the shape of a signal of which only its values tell it.

    A number fills what has a shape at other steps, or in other sequences, as it does where the shape is known.
    """
    import numpy as np

    shapes = {np.shape(value) for value in values} - {()}
    if len(shapes) > 1:
        raise CircuitError(
            f"'{shown(name)}' came out with different shapes at different steps",
            help="check what the opaque functions return",
        )
    return next(iter(shapes), ())


class _Arguments:
    """The arrays of a call, checked, with their common batch dimensions."""

    def __init__(
        self,
        unfolding: UnfoldedGraph,
        arrays: Mapping[str, Any],
        lengths: Any = None,
        arithmetic: ExactArithmetic | None = None,
    ) -> None:
        import numpy as np

        model = unfolding.model
        if not unfolding.missing_sizes:
            _require_few(unfolding)
        self.unfolding = unfolding
        self._numpy = np
        self.np: Any = np if arithmetic is None else arithmetic
        self.as_array = as_array if arithmetic is None else lambda value, _: arithmetic.asarray(value)
        self._unfolded: dict[tuple[int, ...], UnfoldedGraph] = {}
        self.passed_on = _passed_on(model)
        self.functions: dict[str, Callable[..., Any]] = {}
        self.arrays: dict[str, Any] = {}
        self.ranks: dict[str, int] = {}
        self.names = argument_names(model)
        arrays = by_own_names(self.names, arrays)
        self._require_all(arrays)
        batches: dict[str, tuple[int, ...]] = {}
        floating = []
        self._told: dict[str, int] = dict(unfolding.sizes)
        self._counts: dict[str, int] = {}
        for name, value in arrays.items():
            if name in model.functions:
                self._take_function(name, value)
                continue
            if name in self.passed_on:
                self.arrays[name] = value
                continue
            array = self.arrays[name] = self.as_array(value, f"{self._shown(name)} is to hold numbers")
            # A plain number takes the type of the arrays beside it.
            if array.dtype.kind == "f" and type(value) is not float:
                floating.append(array.dtype)
            batches[self._shown(name)] = self._check(name, array)
        single = bool(floating) and all(dtype == np.float32 for dtype in floating)
        floats = np.float32 if single else np.float64
        self.dtype = np.dtype(floats if arithmetic is None else object)
        self.number: Callable[[Any], Any] = floats if arithmetic is None else arithmetic.element
        self.sizes, self.shapes = all_sizes(model, self._told, self._without_array())
        own = {size: self.sizes[size] for size in sizes_of_places(model)}
        if own != unfolding.sizes:
            self.unfolding = unfolding.unfolded(unfolding.lengths, own)
            _require_few(self.unfolding)
        self._check_counts()
        self.lengths = _lengths(unfolding, lengths)
        batches |= {f"lengths of '{shown(axis)}'": array.shape for axis, array in self.lengths.items()}
        try:
            self.batch = np.broadcast_shapes(*batches.values()) if batches else ()
        except ValueError:
            told = ", ".join(f"{name} {batch}" for name, batch in batches.items() if batch)
            raise CircuitError(f"the batch dimensions do not broadcast: {told}") from None

    def _shown(self, name: str) -> str:
        return f"'{self.names[name]}'"

    def _require_all(self, arrays: Mapping[str, Any]) -> None:
        """Raise for what is read and not given; what nothing reads may be left out."""
        model = self.unfolding.model
        read = {*model.functions, *(read.name for one in model.statements for read in one.reads)}
        read.update(name for statement in model.statements for name in statement.parameters)
        needed = [self.names[name] for name in self.names if name in read and name not in arrays]
        if needed:
            raise CircuitError(f"missing: {', '.join(needed)}", help=f"give {needed[0]}=…")

    def _take_function(self, name: str, value: Any) -> None:
        if not callable(value):
            raise CircuitError(f"{self._shown(name)} is a function: give a callable, not {type(value).__name__}")
        self.functions[name] = value

    def _without_array(self) -> list[str]:
        """Return the names for which there is one number that fills a shape, a boundary's 0 above all, or nothing."""
        model = self.unfolding.model
        boundaries = [boundary.name for boundary in model.free if self.ranks.get(boundary.argument, 0) == 0]
        return [*(name for name in (*model.inputs, *model.parameters) if self.ranks.get(name, 0) == 0), *boundaries]

    def _check(self, name: str, array: Any) -> tuple[int, ...]:
        """Check the trailing dimensions of an array, note the sizes they tell, and return its batch dimensions."""
        model = self.unfolding.model
        free = {boundary.argument: boundary for boundary in model.free}
        owner = free[name].name if name in free else name
        shape = model.shapes[owner]
        lead: tuple[int, ...] = tuple(self.unfolding.lengths[axis] for axis in model.inputs.get(name, ()))
        has_several = name in free and free[name].has_several
        if shape is None:
            # A vector where there is room for one; a scalar otherwise.
            shape = tuple(array.shape[len(lead) :][-1:])
        elif array.ndim == 0 and (name in model.scalar_too or name in free):
            self.ranks[name] = 0
            return ()
        if has_several:
            # How many places there are may be told by sizes that are not known yet.
            at = array.ndim - len(shape) - 1
            self._counts[name] = array.shape[at] if at >= 0 else 0
            lead = (self._counts[name] if free[name].firsts else free[name].count,)
        rank = len(lead) + len(shape)
        self.ranks[name] = rank
        own = tuple(array.shape[array.ndim - rank :]) if array.ndim >= rank else ()
        wanted = (*lead, *shape)
        fits = len(own) == rank and all(
            # The first array that has a size says how large it is; the others have to agree.
            size == (expected if isinstance(expected, int) else self._told.setdefault(expected, size))
            for size, expected in zip(own, wanted, strict=True)
        )
        if not fits:
            written = ", ".join(["…"] * bool(wanted) + [str(self._told.get(str(size), size)) for size in wanted])
            raise CircuitError(f"{self._shown(name)} has shape {array.shape}, not ({written})")
        return tuple(array.shape[: array.ndim - rank])

    def _check_counts(self) -> None:
        """Raise where a boundary does not have as many places as sizes say."""
        for boundary in self.unfolding.model.free:
            found = self._counts.get(boundary.argument)
            wanted = boundary.count_at(self.sizes)
            if found is not None and found != wanted:
                raise CircuitError(
                    f"{self._shown(boundary.argument)} holds {found} places before the first, and {wanted} are read"
                )

    def unfolding_of(self, position: tuple[int, ...]) -> UnfoldedGraph:
        """Return the unfolding of one element of the batch, for its own lengths."""
        if not self.lengths:
            return self.unfolding
        own = tuple(int(_at(array, position)) for array in self.lengths.values())
        if own not in self._unfolded:
            model, whole = self.unfolding.model, self.unfolding.lengths
            shared = ended(model, dict(zip(self.lengths, own, strict=True)), whole)
            lengths = {axis: shared.get(model.length_of[axis], length) for axis, length in whole.items()}
            self._unfolded[own] = self.unfolding.unfolded(lengths)
        return self._unfolded[own]

    def shape(self, shape: Shape | None) -> tuple[int, ...] | None:
        """Return a shape in numbers."""
        return None if shape is None else tuple(size if isinstance(size, int) else self.sizes[size] for size in shape)

    def exactly(self, value: Any) -> Any:
        """Return a number of the arithmetic as one that Python can tell to be whole."""
        return float(value) if self.np is self._numpy else self.np.whole(value)

    def one(self, name: str, position: tuple[int, ...]) -> Any:
        """Return what an argument is for one element of the batch."""
        array = self.arrays[name]
        return array if name in self.passed_on else _at(array, position, self.ranks[name]).astype(self.dtype)[()]

    def shape_before(self, name: str) -> tuple[int, ...]:
        """Return the shape of what stands before the first step where it is zero, or one number."""
        model = self.unfolding.model
        shape = self.shape(model.shapes[name])
        if shape is None and name in model.inputs:
            array = self.arrays[name]
            shape = tuple(array.shape[array.ndim - self.ranks[name] + len(model.inputs[name]) :])
        return shape or ()


def _given_values(unfolding: UnfoldedGraph, given: _Arguments, position: tuple[int, ...]) -> dict[UnfoldedNode, Any]:
    """Return what the caller gives for one element of the batch, node by node."""
    np, model = given.np, unfolding.model
    found: dict[UnfoldedNode, Any] = {}
    for name in (name for name in model.parameters if name in given.arrays):
        value = given.one(name, position)
        shape = given.shape(model.shapes[name])
        # A scalar that is given for a parameter of another shape fills that.
        found[name, ()] = np.full(shape, value) if shape and not np.ndim(value) else value
    for name in (name for name in model.inputs if name in given.arrays):
        array = given.one(name, position)
        for place in boxes.places([unfolding.extent(name)]):
            found[name, place] = array[tuple(at - 1 for at in place)]
    for boundary in model.free:
        whole: Any = given.one(boundary.argument, position) if boundary.argument in given.arrays else None
        shape = given.shape_before(boundary.name) if whole is None or np.ndim(whole) == 0 else None
        for order, place in enumerate(boxes.places(boundary.boxes_at(given.sizes))):
            if unfolding.statement((boundary.name, place)) is not None:
                # Sizes let an equation on a range stand there too.
                continue
            if shape is not None:
                value = np.full(shape, 0 if whole is None else whole, given.dtype)
            else:
                value = whole[order] if boundary.has_several else whole
            found[boundary.name, place] = value
    return found


class _NodeValues:
    """The values of nodes for one element of the batch: those that are given, then each after what it reads."""

    def __init__(self, unfolding: UnfoldedGraph, given: _Arguments, values: dict[UnfoldedNode, Any]) -> None:
        self.np = given.np
        self.unfolding = unfolding
        self.given = given
        self.values = values
        self._known = {**unfolding.known, **known_numbers({}, given.sizes)}
        self._numbers_known = {name: value.constant for name, value in self._known.items()}
        self._orders: dict[int, list[tuple[Expr, list[int]]]] = {}
        self._sums: dict[int, list[Affine | None]] = {}

    def compute(self, goal: UnfoldedNode) -> None:
        """Compute a node and, before it, all that it reads; a stack of our own walks the chain."""
        stack = [goal]
        while stack:
            node = stack[-1]
            if node in self.values:
                stack.pop()
                continue
            missing = [source.node for source in self.unfolding.sources(node) if source.node not in self.values]
            if missing:
                stack.extend(missing)
                continue
            stack.pop()
            statement = self.unfolding.statement(node)
            if statement is None:
                raise CircuitError(f"nothing gives {node} a value")
            self.values[node] = self._value(statement, node[1])

    def _value(self, statement: Statement, place: Place) -> Any:
        value = self._expression(statement.value, self.unfolding.indices(statement, place))
        model = self.unfolding.model
        known = model.shapes[statement.name]
        if known is None:
            return self.np.asarray(value, self.given.dtype)
        shape = self.given.shape(known) or ()
        # A scalar right side fills a left side of any shape; what a function returns is to have that shape.
        if self.np.shape(value) not in ((), shape) or (
            self.np.shape(value) != shape and statement.value.operator == "call"
        ):
            raise CircuitError(
                f"'{shown(statement.name)}' came out with shape {self.np.shape(value)}, not {shape}",
                help=f"{'check what the opaque functions return, or ' if model.functions else ''}declare the shape",
            )
        return self.np.broadcast_to(self.np.asarray(value, self.given.dtype), shape)

    def _expression(self, root: Expr, at: Mapping[str, int]) -> Any:
        """Return the value of an expression; it calls itself once per nested reduction.

        Of the two branches of a condition those are evaluated that some entry takes.
        """
        values: dict[int, Any] = {}
        for node, below in self._in_order(root):
            values[id(node)] = self._node(node, [values[one] for one in below], at)
        waiting = [] if id(root) in values else [root]
        while waiting:
            node = waiting[-1]
            if id(node) in values:
                waiting.pop()
                continue
            needed = self._needed(node, values, at)
            missing = [argument for argument in needed if id(argument) not in values]
            if missing:
                waiting += missing[::-1]
                continue
            waiting.pop()
            if is_conditional(node) and len(needed) < len(node.arguments):
                values[id(node)] = self._filled(node, values[id(needed[-1])], at)
            else:
                values[id(node)] = self._node(node, [values[id(argument)] for argument in needed], at)
        return values[id(root)]

    def _in_order(self, root: Expr) -> list[tuple[Expr, list[int]]]:
        """Return the parts of an expression, each after what is below it; none where conditions tell what is needed."""
        found = self._orders.get(id(root))
        if found is None:
            parts = list(postorder([root], stop=is_reduction))
            if any(is_conditional(node) for node in parts):
                parts = []
            found = [(node, [] if is_reduction(node) else [id(one) for one in node.arguments]) for node in parts]
            self._orders[id(root)] = found
        return found

    def _needed(self, node: Expr, values: Mapping[int, Any], at: Mapping[str, int]) -> Sequence[Expr]:
        """Return the arguments of a node that are evaluated before it, as far as is known by now."""
        if is_reduction(node):
            return ()
        if not is_conditional(node):
            return node.arguments
        condition, true, false = node.arguments
        if is_of_indices(condition):
            return (true,) if holds(condition, self._numbers(at)) else (false,)
        if id(condition) not in values:
            return (condition,)
        taken = self.np.asarray(values[id(condition)]) != 0
        return (condition, *((true,) if taken.any() else ()), *((false,) if not taken.all() else ()))

    def _filled(self, node: Expr, value: Any, at: Mapping[str, int]) -> Any:
        """Return a branch of a condition that all entries take, in the shape that both branches have."""
        shape = self.given.shapes.numbers(node)
        if shape is None:
            # What a function returns of zeros has that shape too.
            shapes = [self._shape_of(argument, at) for argument in node.arguments]
            shape = self.np.broadcast_shapes(self.np.shape(value), *shapes)
        return self.np.array(self.np.broadcast_to(value, shape), self.given.dtype)

    def _numbers(self, at: Mapping[str, int]) -> Mapping[str, int]:
        """Return what indices, lengths and sizes are, by their names in sums."""
        return {**self._numbers_known, **at}

    def _node(self, node: Expr, arguments: list[Any], at: Mapping[str, int]) -> Any:
        dtype, number, np = self.given.dtype, self.given.number, self.np
        match node.operator:
            case "number":
                return number(node.data)
            case "parameter":
                return self.values[node.data, ()]
            case "axis":
                return number(at[node.data[0]])
            case "length":
                return number(self.unfolding.lengths[node.data])
            case "size":
                return number(self.given.sizes[node.data])
            case "read":
                return self._read(node, arguments, at)
            case "entry":
                return self._entry(node, arguments, at)
            case "call":
                name, positional = node.data
                shared = {a.data: v for a, v in zip(node.arguments[positional:], arguments[positional:], strict=True)}
                returned = self.given.functions[name](*arguments[:positional], **shared)
                # A copy: a function may hand out the same array at every step.
                found = np.array(self.given.as_array(returned, f"'{shown(name)}' is to return numbers"), dtype)
                asked = self.given.shapes.of[id(node)]
                if asked is not None and found.ndim != len(asked):
                    raise CircuitError(
                        f"'{shown(name)}' returned an array of shape {found.shape}, and is {spell(asked)} here",
                        help=f"where it is something else, name it: M : (m, m); M = {text(node)}",
                    )
                return found
        if is_reduction(node):
            return self._reduction(node, at)
        row = OPERATORS[node.operator]
        told: list[Any] = []
        if row.sizes != 0:
            told = [tuple(sum_of_size(size).number(self._numbers(at)) for size in node.data)]
        elif row.indexed is not None:
            items = self._items(node, np.shape(arguments[row.indexed]), [], at)
            if items is None:
                return np.zeros(np.shape(arguments[row.indexed]), dtype)
            told = [items]
        try:
            if self.given.functions and row.sizes == 0:
                # What functions return is seen only here, and NumPy would stretch what is not to be.
                data = self.given.shapes.data_of(node)
                row.rule([np.shape(argument) for argument in arguments], None, data, Sizes())
            arguments = [*arguments, *told]
            return np.asarray(row.meaning(np, *arguments), dtype)
        except (ValueError, Mismatch, np.linalg.LinAlgError) as error:
            raise CircuitError(f"'{text(node)}' cannot be computed: {error}") from error

    # Reductions ---------------------------------------------------------------------------------------

    def _reduction(self, node: Expr, at: Mapping[str, int]) -> Any:
        import numpy

        np, dtype = self.np, self.given.dtype
        body, *conditions = node.arguments
        (binding,) = node.data
        numbers = []
        terms = []
        for place in self._places(binding, at):
            now = {**at, binding.name: place}
            if all(self._is_true(one, now) for one in conditions):
                numbers.append(place)
                terms.append(self._expression(body, now))
        shape = np.shape(terms[0]) if terms else self._shape_of(body, {**at, binding.name: 1})
        found = OPERATORS[node.operator].meaning(np, np.array(terms, dtype).reshape((len(terms), *shape)))
        joining = joining_of(node)
        if terms and joining is not None and joining.has_one_index:
            # Which of the terms it is tells which number.
            found = numpy.asarray(numbers)[numpy.asarray(found, int) - 1]
        return np.asarray(found, dtype)

    def _places(self, binding: Binding, at: Mapping[str, int]) -> Iterable[int]:
        """Return what a reduction runs over."""
        if not binding.ends:
            return range(1, self.unfolding.lengths[binding.axis] + 1)
        first, last = (end.number(self._numbers(at)) for end in binding.ends)
        return range(first, last + 1)

    def _is_true(self, condition: Expr, at: Mapping[str, int]) -> bool:
        if is_of_indices(condition):
            return holds(condition, self._numbers(at))
        return bool(self._expression(condition, at) != 0)

    def _shape_of(self, body: Expr, at: Mapping[str, int]) -> tuple[int, ...]:
        """Return the shape of a value that no step has; where its use asks for none, that of zeros put through it."""
        asked = self.given.shapes.numbers(body)
        if asked is not None:
            return asked
        bound = (node.data[0].name for node in postorder([body]) if is_reduction(node))
        beside = _ShapeValues(self.unfolding, self.given, self.values)
        shape: tuple[int, ...] = self.np.shape(beside._expression(body, {**dict.fromkeys(bound, 1), **at}))
        return shape

    # Any place ----------------------------------------------------------------------------------------

    def _read(self, node: Expr, arguments: Sequence[Any], at: Mapping[str, int]) -> Any:
        """Return what is read; `arguments` are what is computed of its places."""
        name, index = node.data
        sums = self._sums.get(id(node))
        if sums is None:
            places = zip(index, self.unfolding.axes_of[name], strict=True)
            sums = [None if one.base == BY_VALUE else place_on(one, axis, self._known) for one, axis in places]
            self._sums[id(node)] = sums
        # What indices alone tell is told without rounding.
        whole = [
            _as_whole(value_at(one, self._numbers(at)) if is_of_indices(one) else self.given.exactly(value))
            for one, value in zip(node.arguments, arguments, strict=True)
        ]
        if None not in whole:
            place = tuple(
                (whole[one.offset] or 0) if form is None else form.number(at)
                for one, form in zip(index, sums, strict=True)
            )
            if (name, place) in self.values:
                return self.values[name, place]
            if self.unfolding.is_given(name, place):
                raise RuntimeError(f"{text(node)} reads {name}{place}, which is no source there")
        # Where nothing is given.
        return self.np.zeros(self.given.shape_before(name), self.given.dtype)

    def _entry(self, node: Expr, arguments: Sequence[Any], at: Mapping[str, int]) -> Any:
        array, *computed = arguments
        items = self._items(node, self.np.shape(array), computed, at)
        if items is None:
            # Of what has no such entry, the shape alone.
            some = self.np.zeros([max(1, size) for size in self.np.shape(array)], self.given.dtype)
            kept = tuple(self._item(item, at) if isinstance(item, Slice) else 0 for item in node.data)
            return self.np.zeros(self.np.shape(some[kept]), self.given.dtype)
        try:
            return array[items]
        except IndexError as error:
            raise CircuitError(f"'{text(node)}' cannot be computed: {error}") from error

    def _items(
        self, node: Expr, shape: Sequence[int], computed: Sequence[Any], at: Mapping[str, int]
    ) -> tuple[Any, ...] | None:
        """Return what stands between the brackets of an entry as NumPy takes it; None where there is no such entry."""
        found = []
        for position, item in enumerate(node.data):
            if isinstance(item, Slice) or item.is_plain:
                found.append(self._item(item, at))
                continue
            if item.base == BY_VALUE:
                number = _as_whole(self.given.exactly(computed[item.offset - 1]))
            else:
                number = item.form.number(self._numbers(at))
            if number is None or not 0 <= number < shape[position]:
                return None
            found.append(number)
        return tuple(found)

    def _item(self, item: Any, at: Mapping[str, int]) -> Any:
        if item is None:
            return None
        if isinstance(item, Slice):
            return slice(*(self._item(bound, at) for bound in item))
        return sum_of_entry(item).number(self._numbers(at))


class _ShapeValues(_NodeValues):
    """Values of which only the shapes count: what is read is 0, and ranges have one term."""

    def _needed(self, node: Expr, values: Mapping[int, Any], at: Mapping[str, int]) -> Sequence[Expr]:
        return () if is_reduction(node) else node.arguments

    def _read(self, node: Expr, arguments: Sequence[Any], at: Mapping[str, int]) -> Any:
        name, _ = node.data
        shape = self.given.shape(self.unfolding.model.shapes[name])
        if shape is None:
            shape = next((self.np.shape(value) for (its, _), value in self.values.items() if its == name), ())
        return self.np.zeros(shape, self.given.dtype)

    def _places(self, binding: Binding, at: Mapping[str, int]) -> Iterable[int]:
        return (1,)

    def _is_true(self, condition: Expr, at: Mapping[str, int]) -> bool:
        return True


def _as_whole(value: Any) -> int | None:
    """Return a number as a whole one; None for one that is not."""
    return int(value) if math.isfinite(value) and value == int(value) else None


def _at(array: Any, position: tuple[int, ...], rank: int = 0) -> Any:
    """Return what an array holds for one element of the batch, which it may have only some dimensions of."""
    own = array.ndim - rank
    at = position[len(position) - own :]
    return array[(*(0 if size == 1 else index for size, index in zip(array.shape[:own], at, strict=True)), ...)]


def _lengths(unfolding: UnfoldedGraph, given: Any) -> dict[str, Any]:
    """Return the lengths of every sequence, as whole numbers for each axis that has its own; none for None."""
    import numpy as np

    model = unfolding.model
    if given is None:
        return {}
    own = model.own_axes
    if not own:
        raise CircuitError("lengths is given, but this circuit has no axis", help="leave it out")
    if not isinstance(given, Mapping):
        if len(own) > 1:
            listed = ", ".join(f'"{axis}": …' for axis in own)
            raise CircuitError(f"lengths: expected those of {listing(own)}", help=f"give lengths={{{listed}}}")
        given = {own[0]: given}
    found: dict[str, Any] = {}
    for written, numbers in given.items():
        axis = canonical(str(written))
        if axis not in model.axes:
            raise CircuitError(f"lengths: there is no axis '{shown(axis)}'", help=f"the axes are: {', '.join(own)}")
        array = as_array(numbers, "lengths: expected whole numbers")
        most = unfolding.lengths[axis]
        if array.dtype.kind not in "iu" and array.size:
            raise CircuitError(f"lengths: expected whole numbers, got {array.dtype}")
        if array.size and (array.min() < 0 or array.max() > most):
            raise CircuitError(f"lengths: expected numbers from 0 to {most}, got {array.min()} to {array.max()}")
        same = found.setdefault(model.length_of[axis], array)
        if same is not array and not np.array_equal(same, array):
            raise CircuitError(
                f"lengths: '{shown(axis)}' and '{shown(model.length_of[axis])}' have one length, and are given two"
            )
    return {axis: array.astype(np.int64) for axis, array in found.items()}


def _passed_on(model: Model) -> frozenset[str]:
    """Return the parameters that only opaque functions touch, so that they may be anything."""
    read: set[str] = set()
    for statement in model.statements:
        values = [statement.value]
        for node in postorder([statement.value]):
            values += () if node.operator == "call" else node.arguments
        read.update(value.data for value in values if value.operator == "parameter")
    return frozenset(name for name in model.parameters if model.shapes[name] is None and name not in read)
