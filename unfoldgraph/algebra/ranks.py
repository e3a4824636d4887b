"""The rank of an expression, as far as writing it needs to know it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.algebra.shape_engine import ShapesFromLeaves, result_shape
from unfoldgraph.algebra.shapes import Shape, Shapes, Sizes, elementwise

__all__ = ["Rank", "RankOf"]

#: Which rank a name has: 0, 1, 2, …, or None where it is unknown.
Rank = Callable[[str], int | None]


class RankOf:
    """The rank of an expression, as far as writing a product needs to know it.

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
        match node.operator:
            case "read":
                return self._of_rank(self.of_name(node.data[0]))
            case "parameter" | "argument":
                return self._of_rank(self.of_name(node.data))
            case "call" | "defined":
                return None
        return ()

    def _operation(self, node: Any, arguments: Shapes) -> Shape | None:
        row = OPERATORS[node.operator]
        if row.rank is not None:
            return self._of_rank(row.rank)
        # What is unknown may have entries.
        is_open = row.rule is elementwise and None in arguments
        return None if is_open else result_shape(node.operator, arguments, node.data)

    def _of_rank(self, rank: int | None) -> Shape | None:
        """Return a shape of which the rank is all that is known."""
        return None if rank is None else tuple(self._sizes.fresh() for _ in range(rank))
