"""The shapes of all parts of expressions, given those of the names in them: the rules of the operators, applied.

One engine for every reading. What a shape is and how an operator treats shapes is in `shapes` and in the operator
table; here the rules run over nodes, whether these are interned or stand in a source. Who asks says what shapes the
names have, what is to become of a misfit, and in what order the nodes are looked at; three kinds of asking there are:

- `ShapesFromLeaves` goes from the names up, and finds the shape of an operation from those of its arguments;
- `RankOf` does so with the ranks of names alone, which is what writing a product needs to know;
- `ShapeEngine` also goes down, from what an operation is known to be to what its arguments must be then. It is the
  ground of inference, which learns the shapes of names so, and of all that gives a value of an opaque function the
  shape that its use asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Generic

from unfoldgraph.algebra.expression import AnyTree, Tree, postorder
from unfoldgraph.algebra.operators import OPERATORS, indexed_operand
from unfoldgraph.algebra.shapes import (
    Mismatch,
    Rule,
    Shape,
    Shapes,
    Sizes,
    at_places,
    elementwise,
    entry,
    matrix_product,
    opaque,
    placed,
    reduced,
    to_scalar,
)

Rank = Callable[[str], int | None]
"""Which rank a name has: 0, 1, 2, …, or None where it is unknown."""
#: What is a number wherever it stands.
_SCALARS = frozenset({"number", "size", "axis", "length", "variable"})


def name_of(node: Tree) -> str | None:
    """Return the name whose shape a node has, None for what is no name.

    Examples
    --------
    >>> from unfoldgraph.algebra.expression import Expr, number
    >>> name_of(Expr("parameter", (), "W")), name_of(Expr("read", (), ("h", ()))), name_of(number(1))
    ('W', 'h', None)
    """
    if node.operator == "read":
        return str(node.data[0])
    return str(node.data) if node.operator == "parameter" else None


def is_scalar(node: Tree) -> bool:
    """Say whether a node is a number whatever names stand for, as constants, sizes and places are."""
    return node.operator in _SCALARS


def leaf_shape(node: Tree, of_name: Callable[[str], Shape | None]) -> Shape | None:
    """Return the shape of what is no operation: that of its name, or of a scalar; None for all else.

    Examples
    --------
    >>> from unfoldgraph.algebra.expression import Expr, number
    >>> leaf_shape(Expr("parameter", (), "W"), {"W": ("m", "m")}.get), leaf_shape(number(1), {}.get)
    (('m', 'm'), ())
    """
    name = name_of(node)
    if name is not None:
        return of_name(name)
    return () if is_scalar(node) else None


def rule_of(node: Tree) -> Rule:
    """Return the rule of an operation, or of a read; nothing is known of what the caller supplies."""
    if node.operator == "read":
        return at_places
    row = OPERATORS.get(node.operator)
    return opaque if row is None else row.rule


def needs_ranks(node: Tree) -> bool:
    """Say whether an operator needs a rank of each of its operands; not where any rank will do.

    Examples
    --------
    >>> from unfoldgraph.algebra.expression import Expr, parameter
    >>> a, b = parameter("a"), parameter("b")
    >>> needs_ranks(Expr("solve", (a, b))), needs_ranks(Expr("concat", (a, b))), needs_ranks(Expr("add", (a, b)))
    (True, True, False)
    """
    row = OPERATORS.get(node.operator)
    return row is not None and bool(row.ranks)


class ShapesFromLeaves(Generic[AnyTree]):
    """The shapes of expressions from those of their leaves, each found once and when it is asked for.

    Parameters
    ----------
    leaf : the shape of a node that is no operation, None where it is not known.
    operation : the shape of an operation from the shapes of its arguments.

    Examples
    --------
    >>> from unfoldgraph.algebra.expression import Expr
    >>> named = {"W": ("m", "n"), "x": ("n",)}
    >>> shape = ShapesFromLeaves(lambda node: leaf_shape(node, named.get))
    >>> shape(Expr("matmul", (Expr("parameter", (), "W"), Expr("parameter", (), "x"))))
    ('m',)
    """

    def __init__(
        self,
        leaf: Callable[[AnyTree], Shape | None],
        operation: Callable[[AnyTree, Shapes], Shape | None] | None = None,
    ) -> None:
        self._leaf = leaf
        self._operation = operation or (lambda node, arguments: result_shape(node.operator, arguments, node.data))
        self._known: dict[int, tuple[AnyTree, Shape | None]] = {}

    def __call__(self, root: AnyTree) -> Shape | None:
        """Return the shape of an expression, None where it is not known."""
        for node in postorder([root], stop=lambda node: id(node) in self._known):
            if id(node) not in self._known:
                # The node is kept beside its shape, so that its identity cannot be taken by another.
                self._known[id(node)] = node, self._shape(node)
        return self._known[id(root)][1]

    def forget(self) -> None:
        """Drop the shapes of the expressions seen so far, and with them the expressions."""
        self._known.clear()

    def _shape(self, node: AnyTree) -> Shape | None:
        if node.operator not in OPERATORS:
            return self._leaf(node)
        return self._operation(node, [self._known[id(argument)][1] for argument in node.arguments])


def result_shape(operator: str, arguments: Shapes, data: Any) -> Shape | None:
    """Return the shape of an operation from those of its arguments; None where it is not known, or they do not fit.

    Examples
    --------
    >>> result_shape("outer", [("m",), ("n",)], None), result_shape("outer", [("m",), None], None)
    (('m', 'n'), None)
    """
    try:
        return OPERATORS[operator].rule(arguments, None, data, Sizes())[1]
    except Mismatch:
        return None


class RankOf:
    """The rank of an expression, as far as writing a product needs to know it.

    It is found from the names up only: `v * f(x)` is no product entry by entry, since f may return a number.

    Examples
    --------
    >>> from unfoldgraph.algebra.expression import Expr, parameter
    >>> rank = RankOf({"W": 2, "v": 1}.get)
    >>> rank(Expr("matmul", (parameter("W"), parameter("v")))), rank(parameter("x"))
    (1, None)
    """

    def __init__(self, of_name: Rank) -> None:
        self.of_name = of_name
        self._sizes = Sizes()
        self._shape = ShapesFromLeaves[Any](self._leaf, self._operation)

    def __call__(self, root: Any) -> int | None:
        """Return the rank of an expression; None where it is not known."""
        shape = self._shape(root)
        return None if shape is None else len(shape)

    def _leaf(self, node: Any) -> Shape | None:
        if node.operator == "argument":
            return self._of_rank(self.of_name(node.data))
        return leaf_shape(node, lambda name: self._of_rank(self.of_name(name)))

    def _operation(self, node: Any, arguments: Shapes) -> Shape | None:
        row = OPERATORS[node.operator]
        if row.rank is not None:
            return self._of_rank(row.rank)
        if row.rule is matrix_product and () in arguments:
            # In the label of an edge matrices are plain letters, and so are said to be numbers; their product has
            # entries all the same.
            return self._of_rank(2)
        # What is unknown may have entries.
        is_open = row.rule is elementwise and None in arguments
        return None if is_open else result_shape(node.operator, arguments, node.data)

    def _of_rank(self, rank: int | None) -> Shape | None:
        """Return a shape of which the rank is all that is known."""
        return None if rank is None else tuple(self._sizes.fresh() for _ in range(rank))


class ShapeEngine(Generic[AnyTree]):
    """Shapes that are refined by the rules of the operators, up and down.

    It says what one node tells of those around it. In which order nodes are looked at, until nothing more is learned,
    is for `settle` of those who ask, who are also told of what is learned (`learned`) and word what does not fit.

    Attributes
    ----------
    sizes : the sizes that are not known yet.
    of : the shapes, by the identity of the node; None, or none, where it is not known.
    """

    def __init__(self, sizes: Sizes | None = None) -> None:
        self.sizes = Sizes() if sizes is None else sizes
        self.of: dict[int, Shape | None] = {}

    def settle(self) -> None:
        """Refine nodes until nothing more is learned."""
        raise NotImplementedError

    def learned(self, node: AnyTree) -> None:
        """Take note that a node has a shape now, and had none before."""

    def data_of(self, node: AnyTree) -> Any:
        """Return the data of an operation as its rule is to see them."""
        return node.data

    def learn(self, node: AnyTree, shape: Shape) -> bool:
        """Note the shape of a node, and say whether there was none; raises `Mismatch` where it is another."""
        known = self.of.get(id(node))
        if known is None:
            self.of[id(node)] = shape
            self.learned(node)
            return True
        if known != shape:
            self.sizes.unify(known, shape)
        return False

    def applied(self, node: AnyTree) -> tuple[Shapes, Shape | None]:
        """Return what the rule of an operation makes of what is known; raises `Mismatch` where that does not fit."""
        arguments = [self.of.get(id(argument)) for argument in node.arguments]
        return rule_of(node)(arguments, self.of.get(id(node)), self.data_of(node), self.sizes)

    def refine(self, node: AnyTree) -> bool:
        """Learn what the rule of an operation tells, up and down, and say whether that was anything."""
        if not node.arguments and node.operator not in OPERATORS:
            return False
        arguments, result = self.applied(node)
        changed = False
        for part, shape in zip((node, *node.arguments), (result, *arguments), strict=True):
            if shape is not None:
                changed |= self.learn(part, shape)
        if rule_of(node) in (elementwise, reduced, placed):
            for argument, shape in self.from_beside(node):
                changed |= self.learn(argument, shape)
        return changed

    def from_beside(self, node: AnyTree) -> Iterable[tuple[AnyTree, Shape]]:
        """Return the operands without a shape that take one from what stands beside them, each with that.

        An elementwise operation has the shape of the only one that may have entries, if the others are numbers. A
        number it makes of numbers alone. An unknown operand beside another or beside one with entries may be a number
        too.
        """
        if rule_of(node) is placed:
            return self.from_place(node)
        result = self.of.get(id(node))
        unknown = {id(one): one for one in node.arguments if self.of.get(id(one)) is None}
        if result is None or not unknown:
            return []
        is_theirs = not result or (len(unknown) == 1 and not any(self.of.get(id(one)) for one in node.arguments))
        return [(one, result) for one in unknown.values()] if is_theirs else []

    def from_place(self, node: AnyTree) -> Iterable[tuple[AnyTree, Shape]]:
        """Return what is placed, where it has no shape, with that of what is read there."""
        value, array = node.arguments
        shape = self.of.get(id(array))
        if shape is None or self.of.get(id(value)) is not None:
            return []
        _, read = entry([shape], None, self.data_of(node), self.sizes)
        return [] if read is None else [(value, read)]

    def equate(self, left: Shape | None, root: AnyTree) -> bool:
        """Learn from an equals sign, whose left side has a shape, and say whether that was anything.

        What is computed from a call may still be a scalar, which fills any shape, and alone fits a scalar.
        """
        right = self.of.get(id(root))
        if right is None:
            return left is not None and (root.operator == "call" or not left) and self.learn(root, left)
        return bool(left and right) and self.learn(root, left or ())

    def demand(self, nodes: Iterable[AnyTree]) -> None:
        """Give operands without a shape the rank that the operator around them asks for, one after the other.

        To `@` the values of signals and functions are vectors, what is made of parameters alone is a matrix.
        """
        for node in nodes:
            if (position := indexed_operand(node)) and self.of.get(id(node.arguments[position])) is None:
                # So many dimensions it has at least; an entry takes what is there.
                self.learn(node.arguments[position], self.unknown(len(self.data_of(node))))
                self.settle()
            if not self.asks_ranks(node):
                continue
            for position, argument in enumerate(node.arguments):
                if self.of.get(id(argument)) is None:
                    is_value = any(part.operator in ("call", "read") for part in postorder([argument]))
                    rank = OPERATORS[node.operator].needed_rank(position, not is_value)
                    self.learn(argument, self.unknown(rank))
                    self.settle()

    def asks_ranks(self, node: AnyTree) -> bool:
        """Say whether an operator asks its operands for the ranks it needs; not one that makes a scalar of them."""
        return needs_ranks(node) and rule_of(node) is not to_scalar

    def unknown(self, rank: int) -> Shape:
        """Return a shape of which the rank is all that is known."""
        return tuple(self.sizes.fresh() for _ in range(rank))
