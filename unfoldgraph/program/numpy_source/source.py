"""Expressions as NumPy source: ranks and steps are known here, so nothing is left to chance broadcasting.

An array has three groups of dimensions: first the axes it varies over, then the batch, then the shape of
one value. Whoever combines two arrays gives the one of lower rank trailing dimensions, and the one that
varies over fewer axes new ones among the leading.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from unfoldgraph.algebra.expression import Expr, Index, Slice, postorder
from unfoldgraph.algebra.notation import brief
from unfoldgraph.algebra.operator_row import AND, ATOM, COMPARISON, NEGATIVE, NOT, OR, POSTFIX, XOR, Operator
from unfoldgraph.algebra.operators import OPERATORS, is_reduction
from unfoldgraph.algebra.shapes import Shape, elementwise, is_fresh, to_scalar
from unfoldgraph.model.equations import Model
from unfoldgraph.program.bound import restored, written_name
from unfoldgraph.program.names import Names
from unfoldgraph.program.numpy_source.lines import Block, open_place, quoted, sum_text, tuple_text, with_places
from unfoldgraph.program.schedule import Margin, Schedule, shared_names
from unfoldgraph.program.statement_shapes import StatementShapes

#: What an expression varies over: an axis of its statement, or a name bound by a reduction (True).
Variable = tuple[str, bool]
#: The places of a wavefront, which the index arrays of its axes have in common.
FRONT: Variable = ("", False)

_LEAVES = frozenset({"number", "read", "parameter", "size", "axis", "length"})
_PLACEHOLDER = re.compile(r"<(\d+)\|(\d+)>|<(\*|dtype|sizes|axis|steps)>")
#: The longest part of a line that gets no name of its own, in characters.
_LONGEST_PART = 60
#: The longest beginning of a sum that gets no name of its own.
_LONGEST_SUM = 300
_SUMS = frozenset({"add", "sub"})
#: Integers up to here are written without a point.
_PLAIN_INTEGER = 10**15
_TRUTHS = frozenset({OR, XOR, AND, NOT, COMPARISON})


@dataclass(frozen=True, slots=True)
class Value:
    """A piece of source and what is known of its value.

    Attributes
    ----------
    dims : the variables of its leading dimensions.
    rank : of one value; None where it is unknown.
    truth : whether it is true or false, and not yet a number.
    number : the value of a constant.
    fresh : whether it is a new array, not a name or a view of another.
    full : whether it holds a value for every sequence of the batch.
    """

    text: str
    level: int = ATOM
    dims: tuple[Variable, ...] = ()
    rank: int | None = 0
    truth: bool = False
    number: int | float | None = None
    fresh: bool = True
    full: bool = False


@dataclass(slots=True)
class Scope:
    """Where an expression is written.

    Attributes
    ----------
    block : takes the lines that give parts a name.
    loops : the variables that are a number here: what it is called, and what to add to it for the place, counted
        from 0; others are leading dimensions.
    known : values that have a name here.
    uses : how often each expression is used, where that is counted over several statements.
    fronts : those of the loops that are arrays of indices, one for each place of a wavefront.
    """

    block: Block
    loops: Mapping[Variable, tuple[str, int]] = field(default_factory=dict)
    known: dict[int, Value] = field(default_factory=dict)
    uses: dict[int, int] = field(default_factory=dict)
    fronts: frozenset[Variable] = frozenset()

    def place(self, variable: Variable, more: int = 0) -> str:
        """Return the place of a variable that is a number here, counted from 0, and some more."""
        name, shift = self.loops[variable]
        return open_place(name, shift + more)


@dataclass(slots=True)
class Writer:
    """Writes the expressions of one program.

    Attributes
    ----------
    public : the names of signals, inputs, parameters and functions in the program.
    sizes : the names of sizes.
    words : what the program's own names and the builtins are called.
    lengths, places, loops : what the length of each axis is called, the array of its numbers, and the place in a loop.
    has_batch : whether any argument is an array, and could have a batch.
    everywhere : values over all steps that have a name already.
    full : the names whose arrays hold a value for every sequence of the batch.
    """

    plan: Schedule
    names: Names
    public: Mapping[str, str]
    sizes: Mapping[str, str]
    words: Mapping[str, str]
    lengths: Mapping[str, str]
    places: Mapping[str, str]
    loops: Mapping[str, str]
    has_batch: bool
    everywhere: dict[int, Value] = field(default_factory=dict)
    full: set[str] = field(default_factory=set)
    #: What the numbers of wavefronts are called, in loops one inside the other.
    fronts: list[str] = field(default_factory=list)

    @property
    def model(self) -> Model:
        """The circuit that is written."""
        return self.plan.model

    # Values -----------------------------------------------------------------------------------------

    def value(self, root: Expr, shapes: StatementShapes, scope: Scope, hint: str) -> Value:
        """Return an expression as source; parts that need a name get one, in the block of the scope."""
        inner: set[int] = set()

        def is_closed(node: Expr) -> bool:
            if id(node) in scope.known or id(node) in self.everywhere:
                return True
            if is_reduction(node) and self._goes_by_steps(node, shapes):
                inner.add(id(node))
                return True
            return False

        nodes = list(postorder([root], stop=is_closed))
        uses = scope.uses or count_uses(nodes)
        # What only begins a longer sum stays part of it.
        summed = {
            id(node.arguments[0]) for node in nodes if node.operator in _SUMS and node.arguments[0].operator in _SUMS
        }
        values: dict[int, Value] = {}
        for node in nodes:
            known = scope.known.get(id(node)) or self.everywhere.get(id(node))
            if known is not None:
                values[id(node)] = self.at_step(known, scope)
                continue
            if id(node) in inner:
                made = self._inner_loop(node, shapes, scope, hint)
            else:
                made = self._node(node, [values[id(argument)] for argument in node.arguments], shapes, scope)
            made = self._settled(made, node, shapes)
            longest = math.inf if node is root else _LONGEST_SUM if id(node) in summed else _LONGEST_PART
            if self._needs_name(node, made, uses.get(id(node), 0), longest):
                made = self.named(made, hint, scope.block)
                scope.known[id(node)] = made
            values[id(node)] = made
        return values[id(root)]

    def named(self, value: Value, hint: str, block: Block) -> Value:
        """Give a value a name of its own."""
        name = self.names.claim_numbered(hint)
        block.add(f"{name} = {value.text}")
        return replace(value, text=name, level=ATOM, fresh=False)

    def at_step(self, value: Value, scope: Scope) -> Value:
        """Return a value over whole axes as it is inside the loops of a scope."""
        if not any(dim in scope.loops for dim in value.dims):
            return value
        items = [(scope.place(dim), dim) if dim in scope.loops else (":", dim) for dim in value.dims]
        text, dims = indexed(value.text, items, scope)
        return replace(value, text=text, level=POSTFIX, dims=dims, fresh=False)

    def numeric(self, value: Value) -> Value:
        """Return truth as 0 and 1."""
        if not value.truth:
            return value
        return replace(
            value, text=f"{_bracketed(value, POSTFIX)}.astype({self.words['dtype']})", level=POSTFIX, truth=False
        )

    def array(self, value: Value) -> Value:
        """Return a value that is an array, or a NumPy scalar, of the floating type of the program."""
        if value.number is None:
            return self.numeric(value)
        return replace(value, text=f"{self.words['dtype']}({value.text})", level=POSTFIX, number=None)

    def aligned(self, value: Value, dims: Sequence[Variable], rank: int | None) -> Value:
        """Return a value with its dimensions in this order, and of length 1 where the others vary and it does not."""
        if value.number is not None:
            return value
        value = self.ordered(value, [dim for dim in dims if dim in value.dims])
        missing = [dim not in value.dims for dim in dims]
        # What it lacks in front of all that it has, broadcasting adds by itself.
        while missing and missing[0]:
            missing.pop(0)
        items = ["None" if lacks else ":" for lacks in missing] if any(missing) else []
        while items and items[-1] == ":":
            items.pop()
        trailing = 0 if rank is None or value.rank is None else rank - value.rank
        if trailing:
            items += ["...", *["None"] * trailing]
        if not items:
            return value
        text = f"{_bracketed(value, POSTFIX)}[{', '.join(items)}]"
        return replace(
            value, text=text, level=POSTFIX, dims=tuple(dims), rank=rank if trailing else value.rank, fresh=False
        )

    def ordered(self, value: Value, dims: Sequence[Variable]) -> Value:
        """Return a value with all its leading dimensions in another order."""
        moved = [at for at, dim in enumerate(dims) if value.dims[at] != dim]
        if not moved:
            return value
        if len(moved) == 2:
            text = f"np.swapaxes({value.text}, {moved[0]}, {moved[1]})"
        else:
            sources = ", ".join(str(value.dims.index(dim)) for dim in dims)
            text = f"np.moveaxis({value.text}, ({sources}), ({', '.join(map(str, range(len(dims))))}))"
        return replace(value, text=text, level=POSTFIX, dims=tuple(dims), fresh=False)

    # One operation ----------------------------------------------------------------------------------

    def _node(self, node: Expr, arguments: list[Value], shapes: StatementShapes, scope: Scope) -> Value:
        match node.operator:
            case "number":
                return constant(node.data)
            case "parameter":
                return Value(self.public[node.data], rank=shapes.rank(node), fresh=False)
            case "size":
                return Value(f"{self.words['dtype']}({self.size(node.data)})", POSTFIX)
            case "length":
                return Value(f"{self.words['dtype']}({self.lengths[node.data]})", POSTFIX)
            case "axis":
                name, is_bound = node.data
                numbers = self.places[self.plan.bound[name] if is_bound else name]
                return self.at_step(Value(numbers, dims=((name, bool(is_bound)),), fresh=False), scope)
            case "read":
                return self._read(node, shapes, scope)
            case "entry":
                return self._entry(node, arguments[0], shapes)
            case "call":
                return self._call(node, arguments, shapes)
        row = OPERATORS[node.operator]
        if row.kind == "reduction":
            return self._reduction(node, row, arguments[0])
        if arguments and all(argument.number is not None for argument in arguments) and shapes.rank(node) == 0:
            return _folded(row, arguments)
        return self._operation(node, row, arguments, shapes)

    def _operation(self, node: Expr, row: Operator, arguments: list[Value], shapes: StatementShapes) -> Value:
        truths = row.name == "where"
        arguments = [
            argument
            if (truths and position == 0) or row.name in ("or", "and", "xor", "not")
            else self.numeric(argument)
            for position, argument in enumerate(arguments)
        ]
        if row.rule is to_scalar:
            arguments = [self._with_entries(argument) for argument in arguments]
        ranks = [argument.rank for argument in arguments]
        dims = self._dims(arguments)
        rank = shapes.rank(node)
        common = None
        if row.rule is elementwise:
            common = max((known for known in ranks if known is not None), default=0)
            if None in ranks:
                arguments = self._widened(arguments, shapes.of[id(node)] if common else None)
            rank = common or (None if None in ranks else 0)
        arguments = [self.aligned(argument, dims, common) for argument in arguments]
        if row.name == "stack" or (row.name == "where" and all(a.number is not None for a in arguments[1:])):
            # Two plain numbers would settle the type, and settle it wrong.
            first = 0 if row.name == "stack" else 1
            arguments = [*arguments[:first], *(self.array(argument) for argument in arguments[first:])]
        if row.name == "where" and arguments[0].number is not None:
            arguments[0] = self.array(arguments[0])
        if row.name == "neg" and arguments[0].text.startswith("-"):
            # Two signs in a row read like an operator of their own.
            arguments = [replace(arguments[0], level=0)]
        if row.name == "stack" and None in ranks:
            # All have one shape, whatever it is, and a value for every sequence.
            template = f"np.stack([<*>], {self.words['len']}({self.words['batch']}))"
        else:
            template = row.program(tuple(-1 if known is None else known for known in ranks))
        if template == "<0|0>":
            return arguments[0]
        sizes = node.data if row.sizes != 0 else ()
        if row.name == "eye":
            # A square one needs its size only once.
            sizes = tuple(dict.fromkeys(sizes))
        infix = template == row.text or row.name in ("neg", "pow")
        return Value(
            self.fill(template, arguments, sizes=sizes),
            row.precedence if infix else POSTFIX,
            dims,
            rank,
            row.precedence in _TRUTHS,
            fresh=row.name != "transpose",
            full=any(argument.full for argument in arguments),
        )

    def filling(self, value: Value, shape: Shape | None) -> Value:
        """Return a value that may be a number as one that fills a shape, where its rank is unknown."""
        if value.rank is not None or shape is None:
            return value
        text = f"_widen({value.text}, {self.words['batch']}, {tuple_text(self._sizes(shape))})"
        return replace(value, text=text, level=POSTFIX, rank=len(shape))

    def _widened(self, arguments: list[Value], shape: Shape | None) -> list[Value]:
        """Give numbers for each sequence the dimensions of what stands beside them, where some rank is unknown.

        `shape` is that of those that have entries for certain; None where none has.
        """
        if shape is not None:
            return [self.filling(argument, shape) for argument in arguments]
        unknown = dict.fromkeys(argument.text for argument in arguments if argument.rank is None)
        found = []
        for argument in arguments:
            others = [text for text in unknown if text != argument.text]
            if others and argument.number is None:
                text = f"_widen({', '.join([argument.text, self.words['batch'], *others])})"
                argument = replace(argument, text=text, level=POSTFIX)
            found.append(argument)
        return found

    def _settled(self, value: Value, node: Expr, shapes: StatementShapes) -> Value:
        """Return a value with the shape that its use asks for, where what it is made of leaves it open."""
        shape = shapes.of[id(node)]
        if value.rank is not None or shape is None:
            return value
        written = quoted(brief(restored(node)))
        text = f"_of_shape({written}, {value.text}, {self._whole(shape)})"
        return replace(value, text=text, level=POSTFIX, rank=len(shape), full=True)

    def _with_entries(self, value: Value) -> Value:
        """Return a value of unknown rank as the vector of its entries."""
        if value.rank is not None:
            return value
        text = f"_entries({self.numeric(value).text}, {self.words['batch']})"
        return replace(value, text=text, level=POSTFIX, rank=1, truth=False)

    def _reduction(self, node: Expr, row: Operator, body: Value) -> Value:
        variable = (node.data[0].name, True)
        body = self.array(body)
        length = self.lengths[node.data[0].axis]
        if variable not in body.dims:
            dims = (*body.dims, variable)
            repeated = f"_repeat({body.text}, {length}, {dims.index(variable)})"
            body = replace(body, text=repeated, level=POSTFIX, dims=dims)
        axis = body.dims.index(variable)
        text = self.fill(row.program((body.rank or 0,)), [body], axis=axis, steps=length)
        outside = tuple(dim for dim in body.dims if dim != variable)
        return Value(text, POSTFIX, outside, body.rank, full=body.full)

    def _read(self, node: Expr, shapes: StatementShapes, scope: Scope) -> Value:
        name, index = node.data
        public = self.public[name]
        whole = Value(public, rank=shapes.rank(node), fresh=False, full=name in self.full)
        if not index:
            return whole
        axes = self.model.axes_of(name)
        items: list[tuple[str, Variable | None]] = []
        for at, axis, margin in zip(index, axes, self.plan.margins[name], strict=True):
            variable = (at.base, at.bound)
            place = self.place(at, axis, margin)
            if not at.moves:
                items.append((place, None))
            elif variable in scope.loops:
                items.append((scope.place(variable, margin[0] + at.offset), variable))
            else:
                items.append((place, variable))
        text, dims = indexed(public, items, scope, self.plan.is_kept_one_by_one(name))
        twice = [dim for at, dim in enumerate(dims) if dim in dims[:at]]
        for dim in twice:
            one = dims.index(dim)
            other = dims.index(dim, one + 1)
            text = f"_diagonal({text}, {one}, {other})"
            dims = (*dims[:other], *dims[other + 1 :])
        level = ATOM if text == public else POSTFIX
        return replace(whole, text=text, level=level, dims=dims, fresh=False)

    def place(self, at: Index, axis: str, margin: Margin) -> str:
        """Return one place of a name in the array that holds it, or all the places of an axis moved by an offset."""
        before, after = margin
        first = before + at.offset
        if at.base == "":
            return str(first - 1)
        if at.base == "end":
            return sum_text(self.lengths[axis], first - 1)
        if not first and at.offset == after:
            return ":"
        stop = "" if at.offset == after else sum_text(self.lengths[axis], first)
        # Spaces around the colon where a bound is a sum, as formatters write it.
        return f"{first} : {stop}" if first and stop else f"{first or ''}:{stop}"

    def _entry(self, node: Expr, value: Value, shapes: StatementShapes) -> Value:
        value = self.numeric(value)
        if value.rank is None:
            named = self.words["slice"]
            items = [self._item(item) or f"{named}({', '.join(self.bounds(item, 'None'))})" for item in node.data]
            text = f"_entry({value.text}, {self.words['batch']}, {', '.join(items)})"
        else:
            items = [self._item(item) or self.slice_text(item) for item in node.data]
            items += [":"] * (value.rank - len(node.data))
            text = f"{_bracketed(value, POSTFIX)}[..., {', '.join(items)}]"
        return Value(text, POSTFIX, value.dims, shapes.rank(node), fresh=False, full=value.full)

    def slice_text(self, item: Slice) -> str:
        """Return a slice as it stands in an index."""
        return ":".join(self.bounds(item, ""))

    def bounds(self, item: Slice, missing: str) -> list[str]:
        """Return the two ends of a slice as source."""
        return [missing if bound is None else self._item(bound) for bound in item]

    def _item(self, item: Index | Slice) -> str:
        """Return the place of an entry as source; nothing for a slice."""
        if isinstance(item, Slice):
            return ""
        if not item.base:
            return str(item.offset)
        moved = f" {'+' if item.offset > 0 else '-'} {abs(item.offset)}" if item.offset else ""
        return f"{self.size(item.base)}{moved}"

    def _call(self, node: Expr, arguments: list[Value], shapes: StatementShapes) -> Value:
        name, batch, dtype = self.public[node.data[0]], self.words["batch"], self.words["dtype"]
        by_name = shared_names(node)
        values = arguments[: len(arguments) - len(by_name)]
        # Numbers broadcast with whatever stands beside them; alone they are to show the batch.
        are_numbers = all(value.rank == 0 for value in values)
        written = [self._for_each(value, are_numbers) for value in values]
        written += [f"{self.public[own]}={self.public[own]}" for own in by_name]
        call = f"{name}({', '.join(written)})"
        shape = shapes.of[id(node)]
        has_batch = self.has_batch and any(
            value.number is None and not (argument.operator == "parameter" and argument.data in self.plan.passed_on)
            for argument, value in zip(node.arguments, values, strict=False)
        )
        value = Value("", POSTFIX, self._dims(values), shapes.rank(node), full=has_batch or shape is None)
        if shape is None:
            made = f'_numbers("{name}", {call}, {dtype}{f", {batch}" if has_batch else ""})'
            return replace(value, text=made if has_batch or not self.has_batch else f"_for_all({made}, {batch})")
        whole = self._whole(shape) if has_batch else tuple_text(self._sizes(shape))
        return replace(value, text=f'_returned("{name}", {call}, {whole}, {dtype})', fresh=False)

    def _sizes(self, shape: Shape) -> list[str]:
        """Return the sizes of a value as generated checks take them: `...` is one that may be any."""
        return ["..." if is_fresh(size) else self.size(size) for size in shape]

    def _whole(self, shape: Shape) -> str:
        """Return the shape of what has a value for every sequence, as generated checks take it."""
        batch = [f"*{self.words['batch']}"] if self.has_batch else []
        return tuple_text([*batch, *self._sizes(shape)])

    def _for_each(self, value: Value, are_numbers: bool) -> str:
        """Return an argument of an opaque function, which gets an array for every sequence."""
        is_given = value.full or value.rank is None or value.number is not None or not self.has_batch
        if are_numbers and not is_given:
            return f"np.broadcast_to({self.array(value).text}, {self.words['batch']})"
        return self.whole(value)

    def whole(self, value: Value) -> str:
        """Return a value that is kept alone: what has no known rank has a value for every sequence, or is a number."""
        text = self.array(value).text
        if value.full or value.rank is None or value.number is not None or not self.has_batch:
            return text
        return f"_for_each({text}, {value.rank}, {self.words['batch']})"

    def _inner_loop(self, node: Expr, shapes: StatementShapes, scope: Scope, hint: str) -> Value:
        """Return a reduction whose terms have to be computed one by one.

        It calls `value` again for the body; the limit on nested reductions bounds how deep.
        """
        binding = node.data[0]
        variable = (binding.name, True)
        index = self.names.claim_numbered(written_name(binding.name))
        length = self.lengths[binding.axis]
        terms = self.names.claim_numbered(f"{hint}_terms")
        scope.block.add(f"{terms} = []")
        with scope.block.indented(f"for {index} in {self.words['range']}({length}):"):
            inside = Scope(scope.block, {**scope.loops, variable: (index, 0)}, dict(scope.known), fronts=scope.fronts)
            body = self.array(self.value(node.arguments[0], shapes, inside, hint))
            scope.block.add(f"{terms}.append({body.text})")
        text = f"np.array({terms}, {self.words['dtype']})"
        shape = shapes.of[id(node.arguments[0])]
        if body.full and shape is not None and all(isinstance(size, int) or size in self.sizes for size in shape):
            # Without steps there is no term that has the shape.
            text += f".reshape({self.shape_text(shape, [length])})"
        stacked = Value(text, POSTFIX, (variable,), body.rank, full=body.full)
        return self._reduction(node, OPERATORS[node.operator], stacked)

    def front_name(self, depth: int) -> str:
        """Return what the number of a wavefront is called, inside so many other loops over wavefronts."""
        if depth == len(self.fronts):
            self.fronts.append(self.names.claim_numbered("front"))
        return self.fronts[depth]

    # Small parts ------------------------------------------------------------------------------------

    def _goes_by_steps(self, reduction: Expr, shapes: StatementShapes) -> bool:
        return any(node.operator == "call" or shapes.rank(node) is None for node in postorder([reduction]))

    def _needs_name(self, node: Expr, made: Value, uses: int, longest: float) -> bool:
        if made.number is not None or node.operator in _LEAVES or made.text.isidentifier():
            return False
        if node.operator == "entry" and node.arguments[0].operator in _LEAVES:
            return False
        return uses > 1 or len(with_places(made.text, sum_text)) > longest or (made.rank is None and longest < math.inf)

    def _dims(self, values: Iterable[Value]) -> tuple[Variable, ...]:
        """Return the dimensions that values have together: in the order of one that has all, if there is one."""
        orders = [value.dims for value in values]
        found = {dim for dims in orders for dim in dims}
        complete = next((dims for dims in orders if len(dims) == len(found)), None)
        return complete if complete is not None else self.sorted(found)

    def sorted(self, dims: Iterable[Variable]) -> tuple[Variable, ...]:
        """Return variables in the usual order: a wavefront, the axes as written, what reductions bind."""
        axes = ["", *self.model.axes]
        return tuple(sorted(dims, key=lambda dim: (1, 0, dim[0]) if dim[1] else (0, axes.index(dim[0]), "")))

    def size(self, size: int | str) -> str:
        """Return a size as source."""
        return str(size) if isinstance(size, int) else self.sizes[size]

    def shape_text(self, shape: Sequence[int | str], lengths: Sequence[str] = ()) -> str:
        """Return the shape of a value for every sequence, behind the lengths of axes where they are given."""
        own = [*lengths, *(self.size(size) for size in shape)]
        batch = self.words["batch"]
        if not own:
            return batch
        if not self.has_batch:
            return own[0] if len(own) == 1 and lengths else tuple_text(own)
        return tuple_text([*lengths, f"*{batch}", *own[len(lengths) :]])

    def fill(
        self,
        template: str,
        arguments: Sequence[Value],
        *,
        sizes: Sequence[int | str] = (),
        axis: int | None = None,
        steps: str = "",
    ) -> str:
        """Return a template of the operator table with its arguments put in."""

        def part(match: re.Match[str]) -> str:
            if match[1]:
                return _bracketed(arguments[int(match[1])], int(match[2]))
            match match[3]:
                case "*":
                    return ", ".join(argument.text for argument in arguments)
                case "sizes":
                    return ", ".join(self.size(size) for size in sizes)
                case "axis":
                    return str(axis)
                case "steps":
                    return steps
            return self.words[match[3]]

        return _PLACEHOLDER.sub(part, template)


def indexed(
    text: str, items: Sequence[tuple[str, Variable | None]], scope: Scope, one_by_one: bool = False
) -> tuple[str, tuple[Variable, ...]]:
    """Return an array at some places, and the leading dimensions that are left.

    Each item is an index and the variable that it is of: a slice is a dimension, a loop or a fixed place is none,
    and the index arrays of a wavefront share one. What is kept one by one is in lists of lists.
    """
    places = [place for place, _ in items]
    if one_by_one:
        return text + "".join(f"[{place}]" for place in places), ()
    dims = [dim for _, dim in items if dim is not None and dim not in scope.loops]
    if any(dim in scope.fronts for _, dim in items):
        # Beside index arrays a number counts as one: NumPy puts what they share first where a slice is between.
        whole = [dim is not None and dim not in scope.loops for _, dim in items]
        first, last = whole.index(False), len(whole) - whole[::-1].index(False)
        dims.insert(0 if any(whole[first:last]) else first, FRONT)
    while places and places[-1] == ":":
        places.pop()
    return (f"{text}[{', '.join(places)}]" if places else text), tuple(dims)


def count_uses(nodes: Iterable[Expr]) -> dict[int, int]:
    """Return how often each node is an argument of another."""
    uses: dict[int, int] = {}
    for node in nodes:
        for argument in node.arguments:
            uses[id(argument)] = uses.get(id(argument), 0) + 1
    return uses


def constant(value: float | Fraction | str) -> Value:
    """Return an exact constant, or one that was computed, as a literal."""
    if not isinstance(value, int) or abs(value) >= _PLAIN_INTEGER:
        try:
            value = float(value)
        except OverflowError:
            value = math.inf if value > 0 else -math.inf  # type: ignore[operator]
    text = str(value) if isinstance(value, int) else repr(value)
    if isinstance(value, float) and not math.isfinite(value):
        text = {"inf": "np.inf", "-inf": "-np.inf"}.get(text, "np.nan")
    return Value(text, NEGATIVE if text.startswith("-") else ATOM, number=value)


def _folded(row: Operator, arguments: Sequence[Value]) -> Value:
    """Return an operation on constants as one constant, as NumPy computes it."""
    import numpy

    numbers = [argument.number for argument in arguments if argument.number is not None]
    with numpy.errstate(all="ignore"):
        found = float(row.meaning(numpy, *map(numpy.float64, numbers)))
    # Whole numbers stay so where that is exact; a negative zero is not one.
    is_whole = all(isinstance(number, int) for number in numbers) and found.is_integer() and str(found) != "-0.0"
    return constant(int(found) if is_whole and abs(found) < _PLAIN_INTEGER else found)


def _bracketed(value: Value, level: int) -> str:
    return f"({value.text})" if value.level < level else value.text
