"""What makes a picture wrong, looked for in a finished view, whoever drew it.

Routes are chosen by cost, so in a crowd the least bad one may still be bad. A picture with a fault is drawn again
with more space, and is refused where that does not help.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from unfoldgraph.drawing.geometry import Floats, crossings, gaps_to, polylines, segment_box_gap, segments_of_line
from unfoldgraph.drawing.graphs.rolled import Cell
from unfoldgraph.drawing.routing.obstacles import Segments
from unfoldgraph.drawing.scene.scene import Edge, Item, Node, Square, head_corners

__all__ = ["faulty"]

# All a little more than what one sees: the rules are kept after rounding too.
# How near an edge comes to a node, in radii, and half the width of a line.
_THROUGH, _HALF = 1.05, 0.7
# How far inside its own ends, in radii, no edge comes.
_INSIDE = 0.99
# How near two edges meet a node if either arrives and if both leave, and run beside each other.
_ONE_HEAD, _ONE_POINT, _ONE_LINE = 3.05, 2.05, 4.05
# What stays free around a square.
_BESIDE = 1.05
_SPACING = 4.0


def faulty(cell: Cell, items: Sequence[Item]) -> set[str]:
    """Return the ids of edges that run through a node, a square or an arrowhead, or into or along another edge.

    An edge may not run over its own ends either.
    """
    nodes = {item.id: item for item in items if isinstance(item, Node)}
    edges = [item for item in items if isinstance(item, Edge)]
    if not edges:
        return set()
    points, counts = polylines([edge.path for edge in edges])
    lines = np.split(points, np.cumsum(counts)[:-1])
    drawn = Segments(np.concatenate([segments_of_line(line) for line in lines]))
    owners = np.repeat(np.arange(len(lines)), np.array(counts) - 1)
    found = {
        edge.id
        for edge, line in zip(edges, lines, strict=True)
        if _runs_through(edge, line, nodes) or _comes_back(edge, line, nodes)
    }
    apart = _Apart(cell, edges, nodes)
    over = _over_heads(edges, drawn, owners, apart)
    for n, m in (*_meeting(edges, lines, apart), *over, *_along(lines, apart)):
        found |= {edges[n].id, edges[m].id}
    return found | set(_on_squares(items, edges, drawn, owners))


class _Apart:
    """Says which edges must not share a line: all but those of one read between variables over different axes.

    Of these every way along the line is to be an edge: from each of both sources to each of both targets.
    """

    def __init__(self, cell: Cell, edges: Sequence[Edge], nodes: Mapping[str, Node]) -> None:
        axes = {variable.name: variable.axes for variable in cell.variables}
        several = len(cell.drawn_axes) > 1
        self._ends = [(edge.source, edge.target) for edge in edges]
        self._joined = frozenset(self._ends)
        self._trunks: list[tuple[str, str, tuple[int, ...]] | None] = []
        for edge in edges:
            source, target = (nodes[end].name if end else "" for end in (edge.source, edge.target))
            is_trunk = several and edge.view != "circuit" and source and target and axes.get(source) != axes.get(target)
            self._trunks.append((source, target, edge.delay) if is_trunk else None)

    def __call__(self, one: int, other: int) -> bool:
        if self._trunks[one] is None or self._trunks[one] != self._trunks[other]:
            return True
        (source, target), (its_source, its_target) = self._ends[one], self._ends[other]
        return (source, its_target) not in self._joined or (its_source, target) not in self._joined


def _runs_through(edge: Edge, line: Floats, nodes: Mapping[str, Node]) -> bool:
    """Say whether an edge comes to a node that is not its end."""
    (x0, y0), (x1, y1) = line.min(0), line.max(0)
    for node in nodes.values():
        if node.id in (edge.source, edge.target) or not (
            x0 < node.x + node.rx + 2
            and x1 > node.x - node.rx - 2
            and y0 < node.y + node.ry + 2
            and y1 > node.y - node.ry - 2
        ):
            continue
        scaled = (line - (node.x, node.y)) / (node.rx, node.ry)
        if gaps_to(segments_of_line(scaled), np.zeros((1, 2))).min() <= _THROUGH:
            return True
    return False


def _comes_back(edge: Edge, line: Floats, nodes: Mapping[str, Node]) -> bool:
    """Say whether an edge runs over a node that it leaves or arrives at."""
    for end in dict.fromkeys((edge.source, edge.target)):
        if end:
            node = nodes[end]
            if (np.hypot(*((line[1:-1] - (node.x, node.y)) / (node.rx, node.ry)).T) < _INSIDE).any():
                return True
    return False


def _meeting(edges: Sequence[Edge], lines: Sequence[Floats], apart: _Apart) -> list[tuple[int, int]]:
    """Return the pairs of edges that meet a node at one point."""
    ends: dict[str, list[tuple[int, bool, float, float]]] = {}
    for n, (edge, line) in enumerate(zip(edges, lines, strict=True)):
        for node, (x, y), arrives in ((edge.source, line[0], False), (edge.target, line[-1], True)):
            if node:
                ends.setdefault(node, []).append((n, arrives, x, y))
    found = []
    for meeting in ends.values():
        points = np.array([end[2:] for end in meeting])
        comes = np.array([end[1] for end in meeting])
        gaps = np.hypot(*np.moveaxis(points[:, None] - points[None], 2, 0))
        least = np.where(comes[:, None] | comes[None], _ONE_HEAD, _ONE_POINT)
        for i, j in np.argwhere(np.triu(gaps < least, 1)).tolist():
            n, m = meeting[i][0], meeting[j][0]
            if meeting[i][1] != meeting[j][1] or apart(n, m):
                found.append((n, m))
    return found


def _over_heads(
    edges: Sequence[Edge], drawn: Segments, owners: NDArray[np.intp], apart: _Apart
) -> list[tuple[int, int]]:
    """Return the pairs of edges one of which runs over the arrowhead of the other."""
    found = []
    for n, edge in enumerate(edges):
        if not edge.head:
            continue
        corners = np.array(head_corners(edge.path))
        border = np.vstack([corners, corners[:1]])
        (left, top), (right, bottom) = corners.min(0).tolist(), corners.max(0).tolist()
        near = drawn.are_near((left, top, right, bottom), _HALF) & (owners != n)
        for m in dict.fromkeys(owners[near].tolist()):
            close = drawn.ends[near & (owners == m)]
            ends = close.reshape(-1, 2)
            gap = min(gaps_to(close, corners).min(), gaps_to(segments_of_line(border), ends).min())
            if apart(n, m) and (gap < _HALF or crossings(border, close)):
                found.append((n, m))
    return found


def _on_squares(
    items: Sequence[Item], edges: Sequence[Edge], drawn: Segments, owners: NDArray[np.intp]
) -> Iterator[str]:
    """Yield the edges whose delay square another edge runs through, or that touches a node or another square."""
    squares = [item for item in items if isinstance(item, Square)]
    nodes = [item for item in items if isinstance(item, Node)]
    for n, square in enumerate(squares):
        half = square.size / 2 + _BESIDE
        box = (square.x - half, square.y - half, square.x + half, square.y + half)
        near = np.flatnonzero(drawn.are_near(box, _HALF))
        over = owners[near[segment_box_gap(drawn.ends[near], box) == 0]]
        if any(edges[m].id != square.of for m in over.tolist()):
            yield square.of
        for node in nodes:
            dx, dy = (max(abs(gap) - square.size / 2, 0.0) for gap in (square.x - node.x, square.y - node.y))
            if math.hypot(dx / node.rx, dy / node.ry) < _THROUGH + 0.01:
                yield square.of
        for other in squares[:n]:
            least = (square.size + other.size) / 2 + 2 * _BESIDE
            if max(abs(square.x - other.x), abs(square.y - other.y)) < least:
                yield square.of


def _along(lines: Sequence[Floats], apart: _Apart) -> list[tuple[int, int]]:
    """Return the pairs of edges of which the middle of one lies on the other."""
    middles = [_middle(line) for line in lines]
    lows, highs = (np.array([side(line, 0) for line in lines]) for side in (np.min, np.max))
    found = []
    for n, middle in enumerate(middles):
        inside = (middle.min(0) > lows - _ONE_LINE).all(1) & (middle.max(0) < highs + _ONE_LINE).all(1)
        for m in np.flatnonzero(inside).tolist():
            if m != n and apart(n, m) and gaps_to(segments_of_line(lines[m]), middle).min(1).max() <= _ONE_LINE:
                found.append((n, m))
    return found


def _middle(line: Floats) -> Floats:
    """Return points along the middle half of a polyline."""
    starts, steps = line[:-1], line[1:] - line[:-1]
    many = np.maximum(2, (np.hypot(steps[:, 0], steps[:, 1]) / _SPACING).astype(int) + 2)
    segment = np.repeat(np.arange(len(steps)), many)
    number = np.arange(len(segment)) - np.repeat(np.cumsum(many) - many, many)
    along: Floats = starts[segment] + steps[segment] * (number / (many[segment] - 1))[:, None]
    quarter = len(along) // 4
    return along[quarter : len(along) - quarter]
