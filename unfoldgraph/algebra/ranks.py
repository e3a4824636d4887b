"""The rank of an expression, as far as writing it needs to know it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from unfoldgraph.algebra.expression import Tree
from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.algebra.shape_engine import result_shape
from unfoldgraph.algebra.shapes import Shapes, Sizes, elementwise

__all__ = ["Rank", "RankOf"]

#: Which rank a name has: 0, 1, 2, …, or None where it is unknown.
Rank = Callable[[str], int | None]


@dataclass(slots=True)
class RankOf:
    """The rank of an expression, as far as writing a product needs to know it."""

    of_name: Rank
    known: dict[int, tuple[Any, int | None]]

    def __init__(self, of_name: Rank) -> None:
        self.of_name = of_name
        self.known = {}

    def __call__(self, root: Tree) -> int | None:
        """Return the rank of an expression; None where it is not known."""
        stack: list[Any] = [root]
        while stack:
            node = stack[-1]
            if id(node) in self.known:
                stack.pop()
                continue
            missing = [argument for argument in node.arguments if id(argument) not in self.known]
            if missing:
                stack.extend(missing)
                continue
            stack.pop()
            # The node is kept beside its rank, so that its identity cannot be taken by another.
            self.known[id(node)] = node, self._rank(node, [self.known[id(a)][1] for a in node.arguments])
        return self.known[id(root)][1]

    def _rank(self, node: Any, arguments: list[int | None]) -> int | None:
        match node.operator:
            case "read":
                return self.of_name(node.data[0])
            case "parameter" | "argument":
                return self.of_name(node.data)
            case "call" | "defined":
                return None
        row = OPERATORS.get(node.operator)
        if row is None:
            return 0
        if row.rank is not None:
            return row.rank
        if row.rule is elementwise:
            # What is unknown may have entries.
            return None if None in arguments else max(filter(None, arguments), default=0)
        sizes = Sizes()
        shapes: Shapes = [None if rank is None else tuple(sizes.fresh() for _ in range(rank)) for rank in arguments]
        shape = result_shape(node.operator, shapes, node.data)
        return None if shape is None else len(shape)
