"""Expressions as NumPy source: ranks and steps are known here, so nothing is left to chance broadcasting.

An array has three groups of dimensions: first the steps it varies over, then the batch, then the shape of
one value. Whoever combines two arrays gives the one of lower rank trailing dimensions, and the one that
varies over fewer steps new ones among the leading.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from unfoldgraph.equations import Model
from unfoldgraph.expression import Expr, Index, Slice, postorder
from unfoldgraph.operators import AND, ATOM, COMPARISON, NEGATIVE, NOT, OPERATORS, OR, POSTFIX, XOR, Operator
from unfoldgraph.program.forms import Forms
from unfoldgraph.program.names import Names
from unfoldgraph.program.plan import Plan, varies_with
from unfoldgraph.shapes import elementwise

#: What an expression varies over: an axis of its statement, or a name bound by a reduction (True).
Variable = tuple[str, bool]

_LEAVES = frozenset({"number", "read", "parameter", "size", "axis", "length"})
_PLACEHOLDER = re.compile(r"<(\d+)\|(\d+)>|<(\*|dtype|sizes|axis|steps)>")
#: The longest part of a line that gets no name of its own, in characters.
_LONGEST_PART = 60
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
    """

    text: str
    level: int = ATOM
    dims: tuple[Variable, ...] = ()
    rank: int | None = 0
    truth: bool = False
    number: int | float | None = None
    fresh: bool = True


@dataclass(slots=True)
class Block:
    """Lines of source, each with its indentation; comments are told from statements."""

    lines: list[str] = field(default_factory=list)
    indent: int = 1

    def add(self, line: str = "") -> None:
        """Add a line."""
        self.lines.append("    " * self.indent + line if line else "")

    def comment(self, words: str) -> None:
        """Add a comment, cut where it is longer than a line."""
        room = 108 - 4 * self.indent
        self.add("# " + (words if len(words) <= room else words[: room - 4] + " ..."))

    @contextmanager
    def indented(self, line: str) -> Iterator[None]:
        """Add a line that opens a block, and indent what is added inside."""
        self.add(line)
        self.indent += 1
        yield
        self.indent -= 1


@dataclass(slots=True)
class Scope:
    """Where an expression is written.

    Attributes
    ----------
    block : takes the lines that give parts a name.
    loops : the variables that are a number here and what that number is; others are leading dimensions.
    known : values that have a name here.
    uses : how often each expression is used, where that is counted over several statements.
    """

    block: Block
    loops: dict[Variable, str] = field(default_factory=dict)
    known: dict[int, Value] = field(default_factory=dict)
    uses: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class Writer:
    """Writes the expressions of one program.

    Attributes
    ----------
    public : the names of signals, inputs, parameters and functions in the program.
    sizes : the names of sizes.
    words : what `dtype`, `steps`, `step`, `range` and `batch` are called.
    has_batch : whether any argument is an array, and could have a batch.
    everywhere : values over all steps that have a name already.
    used : which words and sizes have been written.
    """

    plan: Plan
    names: Names
    public: Mapping[str, str]
    sizes: Mapping[str, str]
    words: Mapping[str, str]
    has_batch: bool
    everywhere: dict[int, Value] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    @property
    def model(self) -> Model:
        return self.plan.model

    def word(self, name: str) -> str:
        """Return what a name of the program's own is called, and note that it is used."""
        self.used.add(name)
        return self.words[name]

    # Values -----------------------------------------------------------------------------------------

    def value(self, root: Expr, forms: Forms, scope: Scope, hint: str) -> Value:
        """Return an expression as source; parts that need a name get one, in the block of the scope."""
        inner: set[int] = set()

        def is_closed(node: Expr) -> bool:
            if id(node) in scope.known or id(node) in self.everywhere:
                return True
            if node.operator.endswith("_over") and self._goes_by_steps(node, forms):
                inner.add(id(node))
                return True
            return False

        nodes = list(postorder([root], stop=is_closed))
        uses = dict(scope.uses)
        if not uses:
            uses = count_uses(nodes)
        values: dict[int, Value] = {}
        for node in nodes:
            known = scope.known.get(id(node)) or self.everywhere.get(id(node))
            if known is not None:
                values[id(node)] = self.at_step(known, scope)
                continue
            if id(node) in inner:
                made = self._inner_loop(node, forms, scope, hint)
            else:
                made = self._node(node, [values[id(argument)] for argument in node.arguments], forms, scope)
            if self._needs_name(node, made, uses.get(id(node), 0), node is root):
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
        """Return a value over all steps as it is inside the loops of a scope."""
        inside = [dim for dim in value.dims if dim in scope.loops]
        if not inside:
            return value
        if len(inside) == 1 and value.dims[0] == inside[0]:
            index = self.place(scope.loops[inside[0]], 0)
        else:
            index = ", ".join(self.place(scope.loops[dim], 0) if dim in scope.loops else ":" for dim in value.dims)
        outside = tuple(dim for dim in value.dims if dim not in scope.loops)
        return replace(value, text=f"{value.text}[{index}]", level=POSTFIX, dims=outside, fresh=False)

    def place(self, loop: str, offset: int) -> str:
        """Return an index some places from that of a loop: `t + 1`, or a number where steps are written out."""
        return f"\0{loop}{offset:+d}\0"

    def numeric(self, value: Value) -> Value:
        """Return truth as 0 and 1."""
        if not value.truth:
            return value
        return replace(
            value, text=f"{_bracketed(value, POSTFIX)}.astype({self.word('dtype')})", level=POSTFIX, truth=False
        )

    def array(self, value: Value) -> Value:
        """Return a value that is an array, or a NumPy scalar, of the floating type of the program."""
        if value.number is None:
            return self.numeric(value)
        return replace(value, text=f"{self.word('dtype')}({value.text})", level=POSTFIX, number=None)

    def aligned(self, value: Value, dims: Sequence[Variable], rank: int | None) -> Value:
        """Return a value with dimensions of length 1 where the others vary and it does not."""
        if value.number is not None:
            return value
        missing = [dim not in value.dims for dim in dims]
        # What it lacks in front of all that it has, broadcasting adds by itself.
        while missing and missing[0]:
            missing.pop(0)
        items = ["None" if lacks else ":" for lacks in missing] if any(missing) else []
        trailing = 0 if rank is None or value.rank is None else rank - value.rank
        if trailing:
            items += ["...", *["None"] * trailing]
        if not items:
            return value
        value = self.numeric(value)
        text = f"{_bracketed(value, POSTFIX)}[{', '.join(items)}]"
        return replace(
            value, text=text, level=POSTFIX, dims=tuple(dims), rank=rank if trailing else value.rank, fresh=False
        )

    # One operation ----------------------------------------------------------------------------------

    def _node(self, node: Expr, arguments: list[Value], forms: Forms, scope: Scope) -> Value:
        match node.operator:
            case "number":
                return constant(node.data)
            case "parameter":
                return Value(self.public[node.data], rank=forms.rank(node), fresh=False)
            case "size":
                return Value(f"{self.word('dtype')}({self.size(node.data)})", POSTFIX)
            case "length":
                return Value(f"{self.word('dtype')}({self.word('steps')})", POSTFIX)
            case "axis":
                whole = Value(self.word("step"), dims=((node.data[0], bool(node.data[1])),), fresh=False)
                return self.at_step(whole, scope)
            case "read":
                return self._read(node, forms, scope)
            case "entry":
                return self._entry(node, arguments[0], forms)
            case "call":
                return self._call(node, arguments, forms)
        row = OPERATORS[node.operator]
        if row.kind == "reduction":
            return self._reduction(node, row, arguments[0])
        if arguments and all(argument.number is not None for argument in arguments) and forms.rank(node) == 0:
            return _folded(row, arguments)
        return self._operation(node, row, arguments, forms)

    def _operation(self, node: Expr, row: Operator, arguments: list[Value], forms: Forms) -> Value:
        truths = row.name == "where"
        arguments = [
            argument
            if (truths and position == 0) or row.name in ("or", "and", "xor", "not")
            else self.numeric(argument)
            for position, argument in enumerate(arguments)
        ]
        if row.name == "stack" or (row.name == "where" and all(a.number is not None for a in arguments[1:])):
            # Two plain numbers would settle the type, and settle it wrong.
            first = 0 if row.name == "stack" else 1
            arguments = [*arguments[:first], *(self.array(argument) for argument in arguments[first:])]
        if row.name == "where" and arguments[0].number is not None:
            arguments[0] = self.array(arguments[0])
        ranks = [argument.rank for argument in arguments]
        dims = self._dims(arguments)
        rank = forms.rank(node)
        common = None
        if row.rule is elementwise:
            common = None if None in ranks else max((known for known in ranks if known is not None), default=0)
            if None in ranks:
                arguments = self._widened(arguments)
            rank = common
        arguments = [
            self.aligned(argument, dims, common if row.rule is elementwise else None) for argument in arguments
        ]
        template = row.program(tuple(-1 if known is None else known for known in ranks))
        if template == "<0|0>":
            return arguments[0]
        infix = template == row.text or row.name in ("neg", "pow")
        return Value(
            self.fill(template, arguments, sizes=node.data if row.sizes != 0 else ()),
            row.precedence if infix else POSTFIX,
            dims,
            rank,
            row.precedence in _TRUTHS,
            fresh=row.name != "transpose",
        )

    def _widened(self, arguments: list[Value]) -> list[Value]:
        """Give scalars of a batch the dimensions that an operand of unknown rank turns out to have."""
        like = next(argument for argument in arguments if argument.rank is None)
        batch = self.word("batch")
        return [
            replace(argument, text=f"_widen({argument.text}, {like.text}, {batch})", level=POSTFIX)
            if argument.rank == 0 and argument.number is None
            else argument
            for argument in (self.numeric(argument) for argument in arguments)
        ]

    def _reduction(self, node: Expr, row: Operator, body: Value) -> Value:
        variable = (node.data[0].name, True)
        body = self.array(body)
        if variable not in body.dims:
            dims = self._ordered((*body.dims, variable))
            repeated = f"_repeat({body.text}, {self.word('steps')}, {dims.index(variable)})"
            body = replace(body, text=repeated, level=POSTFIX, dims=dims)
        axis = body.dims.index(variable)
        text = self.fill(row.program((body.rank or 0,)), [body], axis=axis)
        return Value(text, POSTFIX, tuple(dim for dim in body.dims if dim != variable), body.rank)

    def _read(self, node: Expr, forms: Forms, scope: Scope) -> Value:
        name, index = node.data
        text, rank = self.public[name], forms.rank(node)
        if not index:
            return Value(text, rank=rank, fresh=False)
        (at,) = index
        lead = self.plan.lead[name]
        if at.base == "":
            return Value(f"{text}[{lead + at.offset - 1}]", POSTFIX, rank=rank, fresh=False)
        if at.base == "end":
            place = sum_text(self.word("steps"), lead + at.offset - 1)
            return Value(f"{text}[{place}]", POSTFIX, rank=rank, fresh=False)
        variable = (at.base, at.bound)
        if variable in scope.loops:
            place = self.place(scope.loops[variable], lead + at.offset)
            return Value(f"{text}[{place}]", POSTFIX, rank=rank, fresh=False)
        first = lead + at.offset
        if at.offset == 0:
            whole = text if first == 0 else f"{text}[{first}:]"
        else:
            stop = sum_text(self.word("steps"), first)
            # Spaces around the colon where a bound is a sum, as formatters write it.
            whole = f"{text}[{first} : {stop}]" if first else f"{text}[:{stop}]"
        return Value(whole, ATOM if whole == text else POSTFIX, (variable,), rank, fresh=False)

    def _entry(self, node: Expr, value: Value, forms: Forms) -> Value:
        items = [_item(item) for item in node.data]
        rank = value.rank if value.rank is not None else len(items)
        items += [":"] * (rank - len(items))
        text = f"{_bracketed(self.numeric(value), POSTFIX)}[..., {', '.join(items)}]"
        return Value(text, POSTFIX, value.dims, forms.rank(node), fresh=False)

    def _call(self, node: Expr, arguments: list[Value], forms: Forms) -> Value:
        name, positional = node.data
        written = [self.array(value).text for value in arguments[:positional]]
        for argument, value in zip(node.arguments[positional:], arguments[positional:], strict=True):
            if argument.operator == "parameter":
                written.append(f"{self.public[argument.data]}={value.text}")
            else:
                written.append(self.array(value).text)
        call = f"{self.public[name]}({', '.join(written)})"
        shape = forms.shapes[id(node)]
        dims = self._dims(arguments)
        if shape is None or any(isinstance(size, str) and size not in self.sizes for size in shape):
            text = f"np.asarray({call}, {self.word('dtype')})"
            return Value(text, POSTFIX, dims, None if shape is None else len(shape), fresh=False)
        whole = self.shape_text(shape)
        return Value(
            f'_returned("{self.public[name]}", {call}, {whole}, {len(shape)}, {self.word("dtype")})',
            POSTFIX, dims, len(shape), fresh=False,
        )  # fmt: skip

    def _inner_loop(self, node: Expr, forms: Forms, scope: Scope, hint: str) -> Value:
        """Return a reduction whose terms have to be computed one by one.

        It calls `value` again for the body; the limit on nested reductions bounds how deep.
        """
        binding = node.data[0]
        variable = (binding.name, True)
        index = self.names.claim_numbered(binding.name)
        terms = self.names.claim_numbered(f"{hint}_terms")
        scope.block.add(f"{terms} = []")
        with scope.block.indented(f"for {index} in {self.word('range')}({self.word('steps')}):"):
            inside = Scope(scope.block, {**scope.loops, variable: index}, dict(scope.known))
            body = self.array(self.value(node.arguments[0], forms, inside, hint))
            scope.block.add(f"{terms}.append({body.text})")
        stacked = Value(f"np.array({terms}, {self.word('dtype')})", POSTFIX, (variable,), body.rank)
        return self._reduction(node, OPERATORS[node.operator], stacked)

    # Small parts ------------------------------------------------------------------------------------

    def _goes_by_steps(self, reduction: Expr, forms: Forms) -> bool:
        return any(node.operator == "call" or forms.rank(node) is None for node in postorder([reduction]))

    def _needs_name(self, node: Expr, made: Value, uses: int, is_root: bool) -> bool:
        if made.number is not None or node.operator in _LEAVES or made.text.isidentifier():
            return False
        if node.operator == "entry" and node.arguments[0].operator in _LEAVES:
            return False
        return uses > 1 or (not is_root and len(made.text) > _LONGEST_PART) or (made.rank is None and not is_root)

    def _dims(self, values: Iterable[Value]) -> tuple[Variable, ...]:
        return self._ordered(dim for value in values for dim in value.dims)

    def _ordered(self, dims: Iterable[Variable]) -> tuple[Variable, ...]:
        """Return the variables once each, those of the statement first."""
        bound = list(self.model.bound)
        return tuple(sorted(set(dims), key=lambda dim: (dim[1], bound.index(dim[0]) if dim[1] else 0)))

    def size(self, size: int | str) -> str:
        """Return a size as source."""
        if isinstance(size, int):
            return str(size)
        self.used.add(f"size {size}")
        return self.sizes[size]

    def shape_text(self, shape: Sequence[int | str], steps: str | None = None) -> str:
        """Return the shape of a value for every sequence, behind the steps where they are given."""
        batch = [f"*{self.word('batch')}"] if self.has_batch else []
        parts = [*([steps] if steps else []), *batch, *(self.size(size) for size in shape)]
        return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"

    def fill(
        self, template: str, arguments: Sequence[Value], *, sizes: Sequence[int | str] = (), axis: int | None = None
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
            return self.word(match[3])

        return _PLACEHOLDER.sub(part, template)


def count_uses(nodes: Iterable[Expr]) -> dict[int, int]:
    """Return how often each node is an argument of another."""
    uses: dict[int, int] = {}
    for node in nodes:
        for argument in node.arguments:
            uses[id(argument)] = uses.get(id(argument), 0) + 1
    return uses


def with_loop(line: str, index: Callable[[str, int], str]) -> str:
    """Return a line with the places of its loops written out by `index(loop, offset)`."""
    return re.sub(r"\0(\w+?)([+-]\d+)\0", lambda match: index(match[1], int(match[2])), line)


def sum_text(word: str, offset: int) -> str:
    """Return `t`, `t + 1` or `t - 1`."""
    return f"{word} {'+' if offset > 0 else '-'} {abs(offset)}" if offset else word


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

    with numpy.errstate(all="ignore"):
        numbers = [numpy.float64(argument.number) for argument in arguments if argument.number is not None]
        return constant(float(row.meaning(numpy, *numbers)))


def _bracketed(value: Value, level: int) -> str:
    return f"({value.text})" if value.level < level else value.text


def _item(item: Any) -> str:
    if isinstance(item, Slice):
        return ":".join("" if bound is None else str(bound.offset) for bound in item)
    assert isinstance(item, Index)
    return str(item.offset)


def depends_on_steps(root: Expr) -> bool:
    """Say whether an expression has a value of its own at every step of its statement."""
    return any(varies_with(node, bound=False) for node in postorder([root]))
