"""What is called with arguments and might be read at places: `f(2*t)` is either, which is for the text to say."""

from __future__ import annotations

from collections.abc import Sequence

from unfoldgraph.algebra.expression import Tree, postorder
from unfoldgraph.algebra.operators import OPERATORS

#: What a place may be computed of.
_OF_PLACES = frozenset(
    {"number", "size", "parameter", "argument", "axis", "variable", "end", "length", "read", "entry"}
)


def may_be_read(arguments: Sequence[Tree]) -> bool:
    """Say whether what is called with these arguments could be read at them: `x(2*t)`, `x(t - d(t))`, `W(k)`.

    Each could be a place, by whole numbers and what is computed of them, and one moves with an axis, with its end or
    with an index that is bound. What is made of values alone, as in `f(h(t-1), t)`, is no place.
    """
    moves = False
    for argument in arguments:
        # What is no place is not looked into, so that of functions in one another each is looked at once.
        nodes = list(postorder([argument], stop=lambda node: not _is_of_places(node)))
        if not all(map(_is_of_places, nodes)):
            return False
        found = {node.operator for node in nodes}
        is_moved = not found.isdisjoint({"axis", "variable", "length", "end"})
        if not is_moved and not found.isdisjoint({"read", "entry"}):
            return False
        moves |= is_moved
    return moves


def _is_of_places(node: Tree) -> bool:
    """Say whether a place may be computed of what a node is."""
    row = OPERATORS.get(node.operator)
    return node.operator in _OF_PLACES or (row is not None and row.of_places)
