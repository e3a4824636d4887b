"""The length of a longest path of the unfolded graph.

Where one axis runs forward it follows by arithmetic, see `forward`. Any other graph is walked if it is small. How
deep a large one is follows from small ones of the same circuit: along a ray of growing lengths the depth of a
system of maxima and sums grows by a constant each period, once the beginning is behind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
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
#: How often the small graphs are made twice as long, as far as they are still small.
_DOUBLED = 10
#: The most steps along the shortest axis of a ray of small numbers.
_STEPS = 12
#: A small graph may be at least so many times longer along one axis than along another.
_STEEP = 16


def longest_path(unfolding: Unfolding) -> int:
    """Return the number of edges on a longest path."""
    model = unfolding.model
    if runs_forward(model):
        return forward_path(model, unfolding.lengths, lambda statement: bool(unfolding.domain(statement)))
    if unfolding.nodes.size <= WALKED_NODES:
        return _walked(unfolding)
    small = _Small(unfolding)
    ways: list[Callable[[int], int | None]] = [partial(small.along, direction) for direction in small.directions]
    for follow in (*ways, small.in_each):
        before = None
        for begin in small.beginnings:
            found = follow(begin)
            # What follows from smaller and from larger ones alike is past what is special at the beginning.
            if found is not None and found == before:
                return found
            before = found
    raise CircuitError("how deep this graph is cannot be told without walking it", help="take fewer steps")


class _Small:
    """Small graphs of the same circuit, from whose depth that of a large one follows.

    But for what happens near the edges the depth is a maximum of paths that each take as many turns as fit between
    them: it is linear in the lengths, in each of several cones of directions. So a small graph tells of a large one
    only where both lie in one cone: on one ray from the origin, or near it where no border is near.
    """

    def __init__(self, unfolding: Unfolding) -> None:
        self.unfolding = unfolding
        model = unfolding.model
        indices = [index for one in model.statements for index in (one.index, *(read.index for read in one.reads))]
        near = {abs(at.offset) for index in indices for at in index if 0 < abs(at.offset) <= _LONGEST_PERIOD}
        self.period = lcm(*near)
        #: The most nodes that a path adds a step; so far may one path be ahead of another at the beginning, too.
        self.rate = len(model.statements)
        # The borders between cones are no steeper than cycles are, which read each statement at most once.
        self.steep = max(_STEEP, 2 * self.rate * max(near, default=1))
        own = {axis: unfolding.lengths[axis] for axis in model.axes if model.length_of[axis] == axis}
        # Longer than what is short: all else that is special near the edges, and the short axes themselves.
        least = margin = 2 * max(near, default=1) + 2
        for length in sorted(own.values()):
            if length <= 4 * margin:
                margin = least + length
        self.long = {axis: length for axis, length in own.items() if length > 4 * margin}
        is_found = bool(self.long) and self.period <= _LONGEST_PERIOD
        self.beginnings = [(margin + 2 * self.rate) * 2**doubled for doubled in range(_DOUBLED)] if is_found else []
        shortest = min(self.long.values(), default=1)
        shared = gcd(*self.long.values()) or 1
        #: Of rays: the one that leads to the large graph, and those of small numbers that lead about there.
        self.directions = [{axis: length // shared for axis, length in self.long.items()}]
        for steps in range(1, _STEPS + 1):
            direction = {axis: round(steps * length / shortest) for axis, length in self.long.items()}
            if gcd(*direction.values()) == 1 and direction not in self.directions:
                self.directions.append(direction)

    def along(self, direction: Mapping[str, int], begin: int) -> int | None:
        """Return the depth if it grows evenly along a ray that leads to the large graph, or closely past it."""
        stride = {axis: step * self.period for axis, step in direction.items()}
        count = min((self.long[axis] - begin) // stride[axis] for axis in self.long)
        start = [(self.long[axis] - count * stride[axis]) / direction[axis] for axis in self.long]
        # Of two paths the one that is longer in the end is longer here if the ray is passed as closely as this.
        is_near = (max(start) - min(start)) * self.rate * max(direction.values()) <= begin
        if count <= _EQUAL or not is_near:
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
        """Return the depth if it is linear around a small graph of nearly the same proportions."""
        shortest = min(self.long.values())
        first = {}
        for axis, length in self.long.items():
            about = round(begin * min(self.steep, length / shortest))
            first[axis] = about + (length - about) % self.period
        if any(first[axis] > length for axis, length in self.long.items()):
            return None
        base = self.depth(first)
        if base is None:
            return None
        found, rise = base, {}
        for axis, length in self.long.items():
            depths = []
            for step in range(-_EQUAL + 1, _EQUAL):
                depth = base if not step else self.depth({**first, axis: first[axis] + step * self.period})
                if depth is None:
                    return None
                depths.append(depth)
            rises = {later - earlier for earlier, later in pairwise(depths)}
            if len(rises) > 1:
                return None
            rise[axis] = rises.pop()
            found += rise[axis] * ((length - first[axis]) // self.period)
        together = self.depth({axis: length + self.period for axis, length in first.items()})
        return found if together == base + sum(rise.values()) else None

    def depth(self, lengths: Mapping[str, int]) -> int | None:
        """Return the depth of the graph for some lengths; None where it is not small."""
        if min(lengths.values()) < 0:
            return None
        length_of = self.unfolding.model.length_of
        small = self.unfolding.unfolded(
            {axis: lengths.get(length_of[axis], length) for axis, length in self.unfolding.lengths.items()}
        )
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
