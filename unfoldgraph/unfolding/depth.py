"""The length of a longest path of the unfolded graph.

Where one axis runs forward it follows by arithmetic, see `forward`. Any other graph is walked if it is small. How
deep a large one is follows from small ones of the same circuit: along a straight line of growing lengths the
depth of a system of maxima and sums grows by a constant each period, once the beginning is behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from math import gcd, lcm
from typing import TYPE_CHECKING

from unfoldgraph.errors import CircuitError
from unfoldgraph.limits import WALKED_NODES
from unfoldgraph.unfolding.forward import forward_path, runs_forward

if TYPE_CHECKING:
    from unfoldgraph.unfolding.graph import Node, Unfolding

#: How many equal increments in a row are taken for constant growth.
_EQUAL = 3
#: Periods longer than this are not looked for.
_LONGEST_PERIOD = 60
#: A small graph is at most so many times longer along one axis than along another.
_STEEPEST = 16


def longest_path(unfolding: Unfolding) -> int:
    """Return the number of edges on a longest path."""
    model = unfolding.model
    if runs_forward(model):
        return forward_path(model, unfolding.lengths, lambda statement: bool(unfolding.domain(statement)))
    if unfolding.nodes.size <= WALKED_NODES:
        return _walked(unfolding)
    small = _Small(unfolding)
    for begin in small.beginnings:
        for found in (small.along(small.exact, begin), small.along(small.rounded, begin), small.in_each(begin)):
            if found is not None:
                return found
    raise CircuitError("how deep this graph is cannot be told without walking it", help="take fewer steps")


class _Small:
    """Small graphs of the same circuit, from whose depth that of a large one follows."""

    def __init__(self, unfolding: Unfolding) -> None:
        self.unfolding = unfolding
        statements = unfolding.model.statements
        indices = [index for one in statements for index in (one.index, *(read.index for read in one.reads))]
        offsets = {abs(at.offset) for index in indices for at in index if at.offset}
        near = [offset for offset in offsets if offset <= _LONGEST_PERIOD]
        self.period = lcm(*near)
        margin = 2 * max(near, default=1) + 2
        self.long = {axis: length for axis, length in unfolding.lengths.items() if length > 4 * margin}
        is_found = bool(self.long) and self.period <= _LONGEST_PERIOD
        self.beginnings = (margin, 2 * margin, 4 * margin, 8 * margin) if is_found else ()
        shortest = min(self.long.values(), default=1)
        shared = gcd(*self.long.values()) or 1
        self.exact = {axis: length // shared for axis, length in self.long.items()}
        self.rounded = {axis: max(1, round(length / shortest)) for axis, length in self.long.items()}

    def along(self, direction: Mapping[str, int], begin: int) -> int | None:
        """Return the depth if it grows evenly along a straight line that leads to the large graph."""
        stride = {axis: step * self.period for axis, step in direction.items()}
        count = min((self.long[axis] - begin) // stride[axis] for axis in self.long)
        if count <= _EQUAL:
            return None
        depths = []
        for step in range(_EQUAL, -1, -1):
            depth = self.depth({axis: self.long[axis] - (count - step) * stride[axis] for axis in self.long})
            if depth is None:
                return None
            depths.append(depth)
        rises = {earlier - later for earlier, later in pairwise(depths)}
        return depths[-1] + count * rises.pop() if len(rises) == 1 else None

    def in_each(self, begin: int) -> int | None:
        """Return the depth if it grows evenly along each axis, and along all of them by the sum of that."""
        first = {
            axis: begin * min(_STEEPEST, ratio) + (self.long[axis] - begin * min(_STEEPEST, ratio)) % self.period
            for axis, ratio in self.rounded.items()
        }
        base, total = self.depth(first), 0
        together = self.depth({axis: length + self.period for axis, length in first.items()})
        if base is None or together is None:
            return None
        found = base
        for axis, length in self.long.items():
            depths = [base, *(self.depth({**first, axis: first[axis] + k * self.period}) for k in range(1, _EQUAL))]
            rises = {None if None in pair else pair[1] - pair[0] for pair in pairwise(depths)}  # type: ignore[operator]
            rise = rises.pop()
            if rises or rise is None:
                return None
            total += rise
            found += rise * ((length - first[axis]) // self.period)
        return found if together == base + total else None

    def depth(self, lengths: Mapping[str, int]) -> int | None:
        """Return the depth of the graph for some lengths; None where it is not small."""
        small = self.unfolding.unfolded({**self.unfolding.lengths, **lengths})
        return _walked(small) if small.nodes.size <= WALKED_NODES else None


def _walked(unfolding: Unfolding) -> int:
    """Return the depth of a small graph, found node by node with a stack of our own."""
    depth: dict[Node, int] = {}
    for goal in unfolding.nodes:
        stack = [goal]
        while stack:
            node = stack[-1]
            if node in depth:
                stack.pop()
                continue
            sources = [source.node for source in unfolding.sources(node)]
            missing = [source for source in sources if source not in depth]
            if missing:
                stack += missing
                continue
            stack.pop()
            depth[node] = 1 + max(depth[source] for source in sources) if sources else 0
    return max(depth.values(), default=0)
