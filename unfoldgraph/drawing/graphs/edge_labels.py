"""What each edge goes through: the parameter or the opaque function that its label names.

`P @ u(…)` labels the edge from u with P, where P is made of parameters alone, and `P @ (y(t) - C @ u(…))` with P C.
So does `P @ (r(t) * u(…))` for each edge that goes through nothing else before. An opaque function labels the
delayed edges of its arguments, all of them if none is delayed. Everything else, scale factors and biases and gates
among it, carries no label: the edge does not go through one thing that has a name.

W, U and V stand in italics beside the upright bold letters of the vectors, though they are matrices: so they do on
the edges of figure 10.3 of Deep Learning, which pictures here are to be read beside. Formulas have them in bold where
the book's have.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from unfoldgraph.algebra.expression import Expr, changed_item, entry_with, fold, indexed, number, postorder
from unfoldgraph.algebra.latex import latex_parts, name_pieces
from unfoldgraph.algebra.notation import printed, text_parts
from unfoldgraph.algebra.operators import OPERATORS, is_reduction, laws_of
from unfoldgraph.algebra.pieces import Piece, sign
from unfoldgraph.algebra.shape_engine import rule_of
from unfoldgraph.algebra.shapes import elementwise, matrix_product, transposed
from unfoldgraph.base.affine import whole
from unfoldgraph.drawing.graphs.reads import DrawnRead
from unfoldgraph.drawing.graphs.rolled import Through
from unfoldgraph.model.equations import Model, Statement

__all__ = ["factors_of", "labels_of", "weights_of"]

# What a matrix on an edge may be made of, besides what is linear in all its operands.
_SHARED = frozenset({"parameter", "number", "entry"})
# An edge with more labels than this cannot be read; expressions that share parts may have very many.
_MOST_WAYS = 16


class _WayUp(NamedTuple):
    """What happens to a read on the way up to the value of its statement.

    Attributes
    ----------
    before, after : The matrices that it is multiplied with from the left and from the right.
    beyond : What else it goes through after that and after something else, such as tanh: matrices, or the call of an
        opaque function. It counts only for what goes through no matrix before.
    """

    before: tuple[Expr, ...] = ()
    after: tuple[Expr, ...] = ()
    beyond: _WayUp | Expr | None = None

    @property
    def is_plain(self) -> bool:
        """Whether there is no matrix."""
        return not (self.before or self.after)


def weights_of(model: Model) -> frozenset[str]:
    """Return the inputs that are drawn like parameters: as labels, or as biases not at all.

    They are matrices that every reader multiplies by at its own place and that are the same along another axis of
    it: the weights `W(l)` of each layer of a network that also runs over time. With them go the vectors over the
    same axes that all readers of a layer add.

    >>> from unfoldgraph.language.text import read
    >>> model = read("W(l) : (m, m); b(l), h(l, t) : m; h(l, t) = tanh(b(l) + W(l) @ h(l-1, t))")
    >>> sorted(weights_of(model))
    ['W', 'b']
    """
    own = {name: axes for name, axes in model.inputs.items() if axes and all(_is_shared(model, name))}
    matrices = {name for name in own if model.rank(name) == 2 and _only_as(model, name, _is_product)}
    layers = {own[name] for name in matrices}
    vectors = {name for name, axes in own.items() if axes in layers and model.rank(name) == 1}
    return frozenset(matrices | {name for name in vectors if _only_as(model, name, _is_sum)})


def _is_shared(model: Model, name: str) -> Iterator[bool]:
    """Yield for each read of an input whether it is at the place of its reader, which has more axes."""
    for statement in model.statements:
        for read in statement.reads:
            if read.name == name:
                moved = all(at.moves and not at.bound and not at.offset for at in read.index)
                yield moved and len(statement.axes) > len(read.index)


def _is_product(node: Expr) -> bool:
    return rule_of(node) is matrix_product


def _is_sum(node: Expr) -> bool:
    row = OPERATORS.get(node.operator)
    return row is not None and row.commutes and _is_linear(node, tuple(range(len(node.arguments))))


def _is_linear(node: Expr, positions: tuple[int, ...]) -> bool:
    """Say whether a node takes operands at one place linearly, entry by entry or turned."""
    if is_reduction(node) or rule_of(node) not in (elementwise, transposed):
        return False
    return laws_of(node).is_linear_in(positions, len(node.arguments))


def _is_bilinear(node: Expr) -> bool:
    """Say whether a node is made of its operands as a matrix on an edge may be: of sums and products."""
    is_plain = rule_of(node) in (elementwise, transposed, matrix_product) and not is_reduction(node)
    return is_plain and laws_of(node).is_linear_in_all(len(node.arguments))


def _only_as(model: Model, name: str, holds: Callable[[Expr], bool]) -> bool:
    """Say whether an input is read as an operand of one kind of operation everywhere."""
    for statement in model.statements:
        for node in postorder([statement.value]):
            for argument in node.arguments:
                if argument.operator == "read" and argument.data[0] == name and not holds(node):
                    return False
    return True


def labels_of(
    statement: Statement,
    reads: Sequence[DrawnRead],
    weights: Collection[str] = (),
    notation: str = "book",
) -> list[tuple[Through, ...]]:
    r"""Return the labels of each of the reads of a statement; ``weights`` are labels too.

    The LaTeX is in a notation of `formula.options.NOTATIONS`, the text as in the equations.

    >>> from unfoldgraph.algebra.pieces import joined
    >>> from unfoldgraph.drawing.graphs.reads import drawn_reads
    >>> from unfoldgraph.drawing.graphs.rolled import through_pieces
    >>> from unfoldgraph.language.text import read
    >>> model = read("h(t) = tanh(W @ h(t-1) + U.T @ x(t) + b)")
    >>> reads = [*drawn_reads(model, model.statements[0])]
    >>> [joined(through_pieces(labels)) for labels in labels_of(model.statements[0], reads)]
    ['W', 'U^{\\top}']
    """
    delayed = {one.node for one in reads if one.is_delayed}
    ways: dict[Expr, list[_WayUp]] = {}
    for node, way in _ways_to_reads(statement.value, weights):
        ways.setdefault(node, []).append(way)
    # Of the arguments of a function those that are delayed carry its name, all of them if none is.
    moving = {way.beyond for node in delayed for way in ways.get(node, ()) if way.is_plain}
    found: list[tuple[Through, ...]] = []
    for one in reads:
        labels: dict[Through, None] = {}
        for way in ways.get(one.node, ()):
            if not way.is_plain:
                labels[_label(way, one.numbers, notation)] = None
            elif isinstance(way.beyond, _WayUp):
                labels[_label(way.beyond, one.numbers, notation)] = None
            elif way.beyond is not None and (one.is_delayed or way.beyond not in moving):
                name = way.beyond.data[0]
                labels[Through(tuple(name_pieces(name)), (printed(name),))] = None
        found.append(tuple(labels))
    return found


def _ways_to_reads(value: Expr, weights: Collection[str]) -> list[tuple[Expr, _WayUp]]:
    """Return what a value does to each read in it, once for every way from the value to the read."""
    shared: dict[int, bool] = {}
    for node in postorder([value]):
        is_made = node.operator in _SHARED or _is_bilinear(node)
        shared[id(node)] = (node.operator == "read" and node.data[0] in weights) or (
            is_made and all(shared[id(argument)] for argument in node.arguments)
        )
    found: list[tuple[Expr, _WayUp]] = []
    # Equal expressions are one object, which may be met by many ways.
    met: dict[int, set[_WayUp]] = {}
    waiting = [(value, _WayUp())]
    while waiting:
        node, way = waiting.pop()
        ways = met.setdefault(id(node), set())
        if shared[id(node)] or way in ways or len(ways) >= _MOST_WAYS:
            continue
        ways.add(way)
        if node.operator == "read":
            found.append((node, way))
        factors = [argument for argument in node.arguments if shared[id(argument)]]
        if factors and _is_product(node):
            is_before = factors[0] is node.arguments[0]
            way = (
                way._replace(before=(*way.before, *factors))
                if is_before
                else way._replace(after=(*factors, *way.after))
            )
        elif node.operator == "call":
            way = _WayUp(beyond=node)
        elif not _goes_on(node, shared):
            way = _WayUp(beyond=way.beyond if way.is_plain else way._replace(beyond=None))
        waiting.extend((argument, way) for argument in reversed(node.arguments))
    return found


def _goes_on(node: Expr, shared: Mapping[int, bool]) -> bool:
    """Say whether a matrix goes on through an operation: a sum to all it adds, a product past scale factors."""
    moving = tuple(at for at, argument in enumerate(node.arguments) if not shared[id(argument)])
    return _is_linear(node, tuple(range(len(node.arguments)))) or (len(moving) == 1 and _is_linear(node, moving))


def factors_of(statement: Statement, vector: str, notation: str = "book") -> list[Through]:
    """Return the labels of what a statement reads of a vector that is a parameter: R of `R @ x`.

    >>> from unfoldgraph.language.text import read
    >>> [factor.written() for factor in factors_of(read("x : n; h(t) = tanh(h(t-1) + R @ x)").statements[0], "x")]
    ['R']
    """
    found = [
        _product((node.arguments[0],), notation)
        for node in postorder([statement.value])
        if _is_product(node) and _is_parameter(node.arguments[1], vector)
    ]
    return list(dict.fromkeys(found))


def _is_parameter(node: Expr, name: str) -> bool:
    return node.operator == "parameter" and node.data == name


def _label(way: _WayUp, numbers: Mapping[str, int], notation: str) -> Through:
    """Return the matrices in the order written, with a dot where the read stands between them.

    ``numbers`` are what indices of ranges are.
    """
    own, behind = (tuple(_with_numbers(one, numbers) for one in some) for some in (way.before, way.after))
    if not own or not behind:
        return _product(own or behind, notation)
    before, after = _product(own, notation), _product(behind, notation)
    dot = Piece("space", " "), sign(r"\cdot"), Piece("space", " ")
    return Through((*before.latex, *dot, *after.latex), (*before.text, " · ", *after.text), notation)


def _with_numbers(root: Expr, numbers: Mapping[str, int]) -> Expr:
    """Return an expression with numbers in place of indices of ranges."""
    if not numbers:
        return root
    at = {name: whole(value) for name, value in numbers.items()}

    def fixed(node: Expr, arguments: list[Expr]) -> Expr:
        if node.operator == "axis" and node.data[0] in numbers:
            return number(numbers[node.data[0]])
        data = node.data
        if node.operator == "read":
            data = data[0], tuple(one if one.form is None else indexed(one.form.at(at)) for one in data[1])
        elif node.operator == "entry":
            data = tuple(changed_item(one, lambda place: entry_with(place, at)) for one in data)
        return Expr(node.operator, tuple(arguments), data)

    return fold(root, fixed)


def _product(factors: tuple[Expr, ...], notation: str) -> Through:
    product = factors[0]
    for factor in factors[1:]:
        product = Expr("matmul", (product, factor))
    pieces, parts = latex_parts(product, _is_open, notation=notation), text_parts(product, _is_open, named=printed)
    return Through(tuple(pieces), tuple(parts), notation, product.data if product.operator == "parameter" else "")


def _is_open(node: Expr) -> bool:
    """Say whether a label is another along the axis of what it names: W(l)."""
    return node.operator == "read" and len(node.data[1]) == 1
