"""From the equations to their operations: for each statement a graph of operations, parameters and constants.

What is equal within one statement is one node, as expressions are interned; only constants are repeated at every
use, since a 1 that two distant operations share says nothing. A sum or a product of several terms is one node.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from unfoldgraph.algebra.expression import BY_VALUE, INFINITY, Expr, Index, Slice, items_of, postorder
from unfoldgraph.algebra.latex import latex_pieces, name_pieces
from unfoldgraph.algebra.notation import binding_text, entry_text, index_text, printed, text
from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.algebra.pieces import BELOW, LISTED, Piece, Pieces, between, script, sign, template_pieces
from unfoldgraph.algebra.shape_engine import RankOf
from unfoldgraph.drawing.graphs.reads import left_of
from unfoldgraph.drawing.graphs.rolled import IndexedName, Left, by_axis
from unfoldgraph.model.equations import Model, Statement

__all__ = ["Flow", "Part", "Workings", "workings_of"]

# What is no operation, besides what is made of sizes alone.
_CONSTANTS = frozenset({"number", "size", "axis", "end", "length"})


@dataclass(frozen=True, slots=True)
class Part:
    """An operation, a parameter or a constant in a statement.

    Attributes
    ----------
    role : ``"operation"``, ``"parameter"`` or ``"constant"``.
    name : What it is in plain characters: ``"tanh"``, ``"+"``, ``"W"``.
    latex : The pieces of what is written in it.
    inputs : How many values it takes.
    ordered : Whether their order matters.
    axis : Of a constant that is the place along an axis, that axis.
    sign : What is written in it in plain characters, if that is not its name.
    """

    role: str
    name: str
    latex: Pieces
    inputs: int = 0
    ordered: bool = False
    axis: str = ""
    sign: str = ""

    @property
    def text(self) -> str:
        """What is written in it in plain characters."""
        return self.sign or self.name


@dataclass(frozen=True, slots=True)
class Flow:
    """What flows into an argument: from a part, by its number, or from a variable.

    ``target`` is the number of a part, None for the variable that the statement gives; ``port`` is which of its
    arguments.
    """

    source: int | IndexedName
    target: int | None
    port: int = 0


@dataclass(frozen=True, slots=True)
class Workings:
    """How one statement gives its value: ``name`` at the place ``left``."""

    name: str
    left: Left
    parts: tuple[Part, ...]
    flows: tuple[Flow, ...]

    @property
    def reads(self) -> frozenset[IndexedName]:
        """Every value that flows in."""
        return frozenset(flow.source for flow in self.flows if not isinstance(flow.source, int))

    @property
    def is_usual(self) -> bool:
        """Whether it holds at every step, not at a boundary or a fixed place alone."""
        return self.left.is_usual


def workings_of(model: Model, statement: Statement) -> Workings:
    """Return the graph of one statement.

    >>> from unfoldgraph.language.text import read
    >>> model = read("h(t) = tanh(b + W @ h(t-1) + U @ x(t))")
    >>> found = workings_of(model, model.statements[0])
    >>> [part.name for part in found.parts]
    ['b', 'W', '@', 'U', '@', '+', 'tanh']
    >>> [flow.source for flow in found.flows if flow.target == 5]
    [0, 2, 4]
    """
    return _OperationGraph(model, statement).workings


class _OperationGraph:
    """Walks one right side and numbers its parts."""

    def __init__(self, model: Model, statement: Statement) -> None:
        self.model = model
        self.parts: list[Part] = []
        self.flows: list[Flow] = []
        self._ranks = RankOf(model.rank)
        self._number: dict[int, int] = {}
        root = statement.value
        self._uses = Counter(id(argument) for node in postorder([root], _is_leaf) for argument in node.arguments)
        inside = set(self._inside_chains(root))
        for node in postorder([root], _is_leaf):
            if id(node) not in inside and not _is_of_place(node) and not _is_constant(node):
                self._number[id(node)] = self._add(node)
        self._flow(root, None, 0)
        self.workings = Workings(statement.name, left_of(statement), tuple(self.parts), tuple(self.flows))

    def _inside_chains(self, root: Expr) -> Iterator[int]:
        """Yield the sums that are terms of a longer one and nothing else."""
        for node in postorder([root], _is_leaf):
            if _is_chained(node) and self._continues(node):
                yield id(node.arguments[0])

    def _continues(self, node: Expr) -> bool:
        """Say whether the first term of a sum is a sum that is used nowhere else."""
        first = node.arguments[0]
        return first.operator == node.operator and self._uses[id(first)] == 1

    def _arguments(self, node: Expr) -> list[Expr]:
        """Return the arguments of an operation, of a chain all its terms."""
        if not _is_chained(node):
            return list(node.arguments)
        found = []
        while self._continues(node):
            found.append(node.arguments[1])
            node = node.arguments[0]
        return [*node.arguments, *reversed(found)]

    def _add(self, node: Expr) -> int:
        """Add a part with all that flows into it, and return its number."""
        arguments = [] if _is_leaf(node) else self._arguments(node)
        own = self._part(node, arguments)
        sources = [self._source(argument) for argument in arguments]
        if node.operator == "read":
            sources.insert(0, self._read(node))
        self.parts.append(own)
        number = len(self.parts) - 1
        self.flows += [Flow(source, number, port) for port, source in enumerate(sources)]
        return number

    def _flow(self, node: Expr, target: int | None, port: int) -> None:
        self.flows.append(Flow(self._source(node), target, port))

    def _source(self, node: Expr) -> int | IndexedName:
        """Return where a value comes from: constants are made anew for every use."""
        if _is_of_place(node):
            return self._read(node)
        if _is_constant(node):
            return self._add(node)
        return self._number[id(node)]

    def _read(self, node: Expr) -> IndexedName:
        """Return what is read, whatever place that is."""
        name, index = node.data
        if not all(at.is_plain for at in index):
            return IndexedName(name, (), node)
        return IndexedName(name, by_axis(index, self.model.axes_of(name)))

    def _part(self, node: Expr, arguments: list[Expr]) -> Part:
        """Return what one node of an expression is."""
        written = tuple(latex_pieces(node, self.model.rank)) if _is_leaf(node) else ()
        if _is_constant(node):
            is_place = node.operator == "axis" and not node.data[1]
            written_sign = "∞" if node.data == INFINITY else ""
            axis = node.data[0] if is_place else ""
            return Part("constant", text(node, named=printed), written, axis=axis, sign=written_sign)
        if _is_leaf(node):
            return Part("parameter", text(node, named=printed), written)
        count = len(arguments)
        if node.operator == "read":
            # Where it is read is one of the values that it takes.
            return Part("operation", "place", (sign("("), sign(r"\cdot"), sign(")")), count + 1, True, sign="(\u00b7)")
        if node.operator == "call":
            name = node.data[0]
            return Part("operation", printed(name), tuple(name_pieces(name)), count, count > 1)
        row = OPERATORS[node.operator]
        glyph, name, written_sign = _glyph(row.glyph), row.spelling, row.sign
        if node.operator == "entry":
            name, glyph = _entry_name(node.data), tuple(_entry_pieces(node.data))
        elif items_of(node):
            name, glyph = f"{name}{_entry_name(node.data)}", (*glyph, *_entry_pieces(node.data))
        elif row.kind == "reduction":
            names = [binding.name for binding in node.data]
            written_sign = f"{written_sign or name}_{','.join(map(printed, names))}"
            runs = [binding_text(one) if one.ends else printed(one.name) for one in node.data]
            name = f"{name} over {', '.join(runs)}"
            below = between(map(name_pieces, names), sign(","))
            glyph = (*glyph, *script(BELOW, below))
        elif row.glyph_of_arrays and sum(bool(self._ranks(argument)) for argument in arguments) > 1:
            # As in formulas: entry by entry.
            glyph = (sign(row.glyph_of_arrays),)
        return Part("operation", name, glyph, count, count > 1 and not row.commutes, sign=written_sign)


def _glyph(template: str) -> Pieces:
    return tuple(part for part in template_pieces(template) if isinstance(part, Piece))


def _entry_name(items: Sequence[Index | Slice]) -> str:
    """Return an entry as text, a dot for what is computed."""
    written = (
        "\u00b7" if isinstance(item, Index) and item.base == BY_VALUE else entry_text([item])[1:-1] for item in items
    )
    return f"[{', '.join(written)}]"


def _entry_pieces(items: Sequence[Index | Slice]) -> Iterator[Piece]:
    """Yield an entry as the language writes it, its colons set close."""
    yield sign("[")
    for n, item in enumerate(items):
        yield from LISTED if n else ()
        for m, bound in enumerate(item if isinstance(item, Slice) else (item,)):
            yield from (sign("{:}"),) if m else ()
            if bound is not None and bound.base == BY_VALUE:
                yield sign(r"\cdot")
                continue
            written = "" if bound is None else index_text(bound)
            yield Piece("letter", written, letters=tuple(written))
    yield sign("]")


def _is_chained(node: Expr) -> bool:
    """Say whether a chain of an operator is one node, however many terms it has."""
    row = OPERATORS.get(node.operator)
    return row is not None and row.is_chained


def _is_constant(node: Expr) -> bool:
    row = OPERATORS.get(node.operator)
    return node.operator in _CONSTANTS or (row is not None and row.sizes is None)


def _is_leaf(node: Expr) -> bool:
    """Say whether a node has no arguments here: an entry of a parameter is a parameter by its own name."""
    if node.operator == "entry":
        of = node
        while of.operator == "entry" and len(of.arguments) == 1:
            of = of.arguments[0]
        return of.operator == "parameter"
    return not node.arguments


def _is_of_place(node: Expr) -> bool:
    """Say whether a node is a read of places that are not computed: no operation, but what it reads."""
    return node.operator == "read" and not node.arguments
