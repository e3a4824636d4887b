"""Shared parameters as nodes: each once, below a view, with an edge to every node that uses it.

The edges of one parameter run along a line of its own below the view and rise from it beside the nodes, as the
wires of a bus do. How a riser reaches the nodes of a variable is found once and the same for all of its steps.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from unfoldgraph.drawing.buses import rounded
from unfoldgraph.drawing.cell import Cell, Variable
from unfoldgraph.drawing.geometry import Array, Point, Shape
from unfoldgraph.drawing.grid import Style, View
from unfoldgraph.drawing.scene import Edge, Node, Square, Text, extent
from unfoldgraph.drawing.typeset import centred, compose
from unfoldgraph.drawing.ways import HEAD
from unfoldgraph.expression import Index

__all__ = ["draw_parameters"]

# Half the height of a parameter, the least half of its width, and the space around its letter and beside it.
_HALF, _INSIDE, _BETWEEN = 13.0, 7.0, 14.0
# How far the lines run below the view, from each other, and above the parameters.
_BELOW, _APART, _ABOVE = 14.0, 8.0, 16.0
# How far risers keep from nodes, labels and squares, from arrowheads, and from lines that run along them.
_FROM_NODES, _FROM_LABELS, _FROM_HEADS, _FROM_LINES = 6.0, 3.6, 6.2, 5.0
# The ends of edges at a node stand so far apart, and risers so far from the outline of theirs.
_ENDS, _OUTSIDE = 6.2, 7.0
_SPACING = 2.0
# So many samples in a row, close to another line, are no crossing of it.
_ALONG = 7
_ANGLES = (150, 142, 134, 126, 118, 110, 158, 166, 174, 186, 194, 202, 210)
# How many distances from a node are tried, how far apart they are, and how far out the last is.
_REACHES, _STEP = 18, 3.5
_WIDE = _OUTSIDE + _REACHES * _STEP
# How far above the middle of a node a line beside it may rise.
_RISEN = 60.0
_ROUND = 7.0


@dataclass(slots=True)
class _Obstacles:
    """What is there already, of one view.

    Attributes:
        nodes: Outlines (m, 4: centre and half axes).
        boxes: Labels and squares (m, 4).
        lines: Segments of edges (m, 4), and the number of the edge of each.
        heads: The segments under arrowheads (m, 4).
        ends: Where edges meet outlines (m, 2).
    """

    nodes: Array
    boxes: Array
    lines: Array
    owners: NDArray[np.int_]
    heads: Array
    ends: Array

    def near(self, node: Shape, bottom: float) -> _Obstacles:
        """Return what a riser to a node could meet."""
        low = np.array([node.x - node.rx - _WIDE, node.y - node.ry - _RISEN])
        high = np.array([node.x + node.rx + _WIDE, bottom])

        def within(least: Array, most: Array) -> NDArray[np.bool_]:
            kept: NDArray[np.bool_] = np.logical_and.reduce((*(most > low).T, *(least < high).T))
            return kept

        def crossed(segments: Array) -> NDArray[np.bool_]:
            return within(
                np.minimum(segments[:, :2], segments[:, 2:]) - 8.0, np.maximum(segments[:, :2], segments[:, 2:]) + 8.0
            )

        nodes = self.nodes[
            within(self.nodes[:, :2] - self.nodes[:, 2:] - 8.0, self.nodes[:, :2] + self.nodes[:, 2:] + 8.0)
        ]
        lines = crossed(self.lines)
        return _Obstacles(
            nodes,
            self.boxes[within(self.boxes[:, :2] - 8.0, self.boxes[:, 2:] + 8.0)],
            self.lines[lines],
            self.owners[lines],
            self.heads[crossed(self.heads)],
            self.ends[within(self.ends - 8.0, self.ends + 8.0)],
        )


@dataclass(frozen=True, slots=True)
class _Riser:
    """How the edges of one parameter reach the nodes of one variable: ``across`` from the centre, then at an angle."""

    across: float
    angle: float

    def corner(self, node: Shape) -> Point:
        """Return where it turns towards a node."""
        along = abs(self.across) / abs(math.cos(self.angle))
        return (node.x + self.across, node.y + along * math.sin(self.angle))

    def points(self, node: Shape, bottom: float) -> Array:
        """Return its corners, from below the view up to the outline."""
        x, y = self.corner(node)
        return np.array([(x, bottom), (x, y), node.at(self.angle)])


@dataclass(slots=True)
class _Use:
    """A parameter and the nodes of one variable that use it."""

    parameter: Variable
    nodes: list[Node] = field(default_factory=list)
    dashed: bool = False
    riser: _Riser | None = None


def draw_parameters(
    cell: Cell, view: View, name: str, uses: Mapping[tuple[str, tuple[int | str, ...]], Collection[str]], style: Style
) -> None:
    """Draw the parameters of a cell below a view, and an edge to each node that uses one.

    Args:
        cell: What is drawn.
        view: Nodes, edges and labels, to which the parameters are added.
        name: The view as it is called in the scene.
        uses: The parameters that a node uses, by its name and index.
        style: How labels are written.
    """
    found = _uses(cell, view, uses)
    if not found:
        return
    obstacles = _obstacles(view)
    bottom = max(extent(item)[3] for item in view.items) + _BELOW / 2
    for use in found:
        use.riser = _best(use, obstacles, bottom)
        if use.riser is None:
            view.unled += 1
            continue
        _add(obstacles, [use.riser.points(_shape(node), bottom) for node in use.nodes])
    if led := [use for use in found if use.riser is not None]:
        _draw(cell, view, name, led, bottom + _BELOW / 2, style)


def _uses(cell: Cell, view: View, uses: Mapping[tuple[str, tuple[int | str, ...]], Collection[str]]) -> list[_Use]:
    """Return who uses what, variable by variable from below, so that short risers choose first."""
    nodes = [item for item in view.items if isinstance(item, Node) and item.role != "ellipsis"]
    found: dict[tuple[str, str], _Use] = {}
    for node in sorted(nodes, key=lambda node: (-node.y, node.x)):
        for variable in cell.parameters:
            if variable.name in uses.get((node.name, node.index), ()):
                # In the circuit what holds only at a place of its own is dashed, as its other edges are.
                usual = cell.used(node.name, tuple(map(Index, cell.variable(node.name).axes)))
                dashed = node.view == "circuit" and variable.name not in usual
                found.setdefault((variable.name, node.name), _Use(variable, dashed=dashed)).nodes.append(node)
    return list(found.values())


def _shape(node: Node) -> Shape:
    return Shape(node.x, node.y, node.rx, node.ry, node.shape == "rectangle")


def _obstacles(view: View) -> _Obstacles:
    nodes, boxes, lines, heads, ends = [], [], [np.zeros((0, 4))], [np.zeros((0, 4))], [np.zeros((0, 2))]
    owners: list[NDArray[np.int_]] = [np.zeros(0, int)]
    for item in view.items:
        if isinstance(item, Node):
            nodes.append((item.x, item.y, item.rx, item.ry))
        elif isinstance(item, Text | Square):
            boxes.append(extent(item))
        elif isinstance(item, Edge):
            points = item.path.points()
            lines.append(np.hstack([points[:-1], points[1:]]))
            owners.append(np.full(len(points) - 1, len(owners)))
            ends.append(points[[0, -1]])
            if item.head:
                heads.append(lines[-1][-1:])
    return _Obstacles(
        np.array(nodes), np.array(boxes).reshape(-1, 4), np.concatenate(lines), np.concatenate(owners),
        np.concatenate(heads), np.concatenate(ends),
    )  # fmt: skip


def _add(obstacles: _Obstacles, risers: Iterable[Array]) -> None:
    """Have later risers keep from some more."""
    for points in risers:
        segments = np.hstack([points[:-1], points[1:]])
        tip, before = points[-1], points[-2]
        neck = tip + (before - tip) * min(1.0, HEAD / max(float(np.hypot(*(before - tip))), 1e-9))
        number = int(obstacles.owners.max(initial=0)) + 1
        obstacles.lines = np.concatenate([obstacles.lines, segments])
        obstacles.owners = np.concatenate([obstacles.owners, np.full(len(segments), number)])
        obstacles.heads = np.concatenate([obstacles.heads, [[*neck, *tip]]])
        obstacles.ends = np.concatenate([obstacles.ends, [tip]])


def _best(use: _Use, obstacles: _Obstacles, bottom: float) -> _Riser | None:
    """Return the cheapest riser that is free beside all nodes of a variable."""
    shapes = [_shape(node) for node in use.nodes]
    around = [obstacles.near(shape, bottom) for shape in shapes]
    free: dict[float, float] = {}
    for riser in _risers(shapes[0]):
        if riser.across not in free:
            # Up to what height a line beside the nodes meets nothing, measured from their middles.
            pairs = zip(shapes, around, strict=True)
            free[riser.across] = max(
                _free_height(shape.x + riser.across, shape.y - _RISEN, bottom, near) - shape.y for shape, near in pairs
            )
        _, up = riser.corner(shapes[0])
        if up - shapes[0].y < free[riser.across]:
            continue
        if all(_is_free(riser.points(shape, bottom), near) for shape, near in zip(shapes, around, strict=True)):
            return riser
    return None


def _risers(node: Shape) -> Iterator[_Riser]:
    """Yield the ways to reach a node from below, those nearest to it first."""
    tried = []
    for n in range(_REACHES):
        for order, degrees in enumerate(_ANGLES):
            for side in (0, 1):
                angle = math.radians(degrees if side == 0 else 180 - degrees)
                across = (node.rx + _OUTSIDE + _STEP * n) * (-1 if side == 0 else 1)
                tried.append((_STEP * n + 2.0 * order + 9.0 * side, n, order, side, _Riser(across, angle)))
    yield from (riser for *_, riser in sorted(tried, key=lambda item: item[:4]))


def _free_height(x: float, top: float, bottom: float, obstacles: _Obstacles) -> float:
    """Return how high an upright line may rise from below before it meets a node, a label, a square or a head."""
    if bottom <= top:
        return math.inf
    heights = np.arange(bottom, top, -_SPACING)
    points = np.column_stack([np.full(len(heights), x), heights])
    met = _meets(points, obstacles)
    return float(heights[int(met.argmax())]) if met.any() else top


def _meets(points: Array, obstacles: _Obstacles) -> NDArray[np.bool_]:
    """Say of each point whether it is too near to a node, a label, a square or an arrowhead."""
    nodes, boxes, heads = obstacles.nodes, obstacles.boxes, obstacles.heads
    nodes = nodes[_in_reach([points], nodes[:, :2] - nodes[:, 2:], nodes[:, :2] + nodes[:, 2:], _FROM_NODES)]
    boxes = boxes[_in_reach([points], boxes[:, :2], boxes[:, 2:], _FROM_LABELS)]
    scaled = (points[:, None] - nodes[None, :, :2]) / (nodes[None, :, 2:] + _FROM_NODES)
    found: NDArray[np.bool_] = ((scaled**2).sum(2) < 1.0).any(1)
    beyond = np.maximum(np.maximum(boxes[None, :, :2] - points[:, None], points[:, None] - boxes[None, :, 2:]), 0.0)
    found |= (np.hypot(beyond[..., 0], beyond[..., 1]) < _FROM_LABELS).any(1)
    found |= (_gaps(points, heads[_lines_in_reach([points], heads, _FROM_HEADS)]) < _FROM_HEADS).any(1)
    return found


def _in_reach(parts: Iterable[Array], low: Array, high: Array, reach: float) -> NDArray[np.bool_]:
    """Say of each box, given by its corners, whether any part of a line may come so near; boxes are soon compared."""
    found = np.zeros(len(low), bool)
    for points in parts:
        if len(points):
            found |= ((high > points.min(0) - reach) & (low < points.max(0) + reach)).all(1)
    return found


def _lines_in_reach(parts: Iterable[Array], segments: Array, reach: float) -> NDArray[np.bool_]:
    """Say of each segment whether any part of a line may come so near."""
    a, b = segments[:, :2], segments[:, 2:]
    return _in_reach(parts, np.minimum(a, b), np.maximum(a, b), reach)


def _is_free(corners: Array, obstacles: _Obstacles) -> bool:
    """Say whether a riser meets nothing, but for edges that it crosses."""
    tip = corners[-1]
    if (np.hypot(*(obstacles.ends - tip).T) < _ENDS).any():
        return False
    points = _samples(corners)
    gaps = np.hypot(*(points - tip).T)
    # No other edge runs over its arrowhead; that is soon seen.
    head = points[gaps < HEAD + 2.0]
    lines = obstacles.lines[_lines_in_reach([head], obstacles.lines, _FROM_LINES)]
    if (_gaps(head, lines) < _FROM_LINES).any():
        return False
    # Where it ends it meets its own node.
    near = gaps <= _FROM_NODES + 2.0
    if _meets(points[~near], obstacles).any() or (_gaps(points[near], obstacles.heads) < _FROM_HEADS).any():
        return False
    return not _runs_along(points, obstacles)


def _runs_along(points: Array, obstacles: _Obstacles) -> bool:
    """Say whether a riser runs along another edge."""
    # Its upright part and the one towards the node are compared each by itself: both together are in a wide box.
    is_upright = points[:, 0] == points[0, 0]
    near = _lines_in_reach([points[is_upright], points[~is_upright]], obstacles.lines, _FROM_LINES)
    lines, owners = obstacles.lines[near], obstacles.owners[near]
    if not len(lines):
        return False
    # The segments of one edge stand together.
    first = np.flatnonzero(np.diff(owners, prepend=-1))
    close = np.minimum.reduceat(_gaps(points, lines), first, axis=1) < _FROM_LINES
    counts = np.vstack([np.zeros((1, close.shape[1]), int), np.cumsum(close, 0)])
    return bool((counts[_ALONG + 1 :] - counts[: -_ALONG - 1] > _ALONG).any())


def _samples(corners: Array) -> Array:
    """Return points along a polyline, its end last."""
    found = []
    for a, b in pairwise(corners):
        count = max(1, math.ceil(float(np.hypot(*(b - a))) / _SPACING))
        found.append(a + (b - a) * np.arange(count)[:, None] / count)
    return np.concatenate([*found, corners[-1:]])


def _gaps(points: Array, segments: Array) -> Array:
    """Return the distance of each point from each segment, (n, m)."""
    if not len(points) or not len(segments):
        return np.zeros((len(points), len(segments)))
    step_x, step_y = (segments[:, 2:] - segments[:, :2]).T
    x = points[:, :1] - segments[:, 0]
    y = points[:, 1:] - segments[:, 1]
    t = np.clip((x * step_x + y * step_y) / np.maximum(step_x**2 + step_y**2, 1e-12), 0.0, 1.0)
    found: Array = np.hypot(x - t * step_x, y - t * step_y)
    return found


# Below the view -----------------------------------------------------------------------------------------------------


def _draw(cell: Cell, view: View, name: str, uses: Sequence[_Use], top: float, style: Style) -> None:
    """Draw the parameters in a row, and their edges."""
    drawn = [variable for variable in cell.parameters if any(use.parameter is variable for use in uses)]
    labels = {v.name: compose(v.latex, "", v.sub, style.unfolded_type) for v in drawn}
    risers: dict[str, list[float]] = {variable.name: [] for variable in drawn}
    for use in uses:
        assert use.riser is not None
        risers[use.parameter.name] += [use.riser.corner(_shape(node))[0] for node in use.nodes]
    widths = {v: max(_HALF, (labels[v].box[2] - labels[v].box[0]) / 2 + _INSIDE) for v in labels}
    heights = {v: max(_HALF, (labels[v].box[3] - labels[v].box[1]) / 2 + _INSIDE) for v in labels}
    order = sorted(labels, key=lambda v: (round((min(risers[v]) + max(risers[v])) / 2, 3), list(labels).index(v)))
    y = {v: top + _APART * n for n, v in enumerate(order)}
    row = top + _APART * (len(order) - 1) + _ABOVE + max(heights.values())
    x = _spread(order, widths, risers, y)
    prefix = {"circuit": "c", "unfolded": "u", "cut": "k"}[name]
    places = {v: Shape(x[v], row, widths[v], heights[v], is_box=True) for v in order}
    number = 0
    for use in uses:
        assert use.riser is not None
        v = use.parameter.name
        for node in use.nodes:
            shape = _shape(node)
            corner = use.riser.corner(shape)
            points = [(x[v], y[v]), (corner[0], y[v]), corner] if abs(x[v] - corner[0]) > 0.5 else [corner]
            route = rounded(places[v], shape, points, _ROUND)
            ends = f"{prefix}.{v}", node.id
            still = (0,) * len(cell.axes)
            view.items.append(
                Edge(f"p.{prefix}.{number}", name, *ends, still, route.path, use.dashed, True, "parameter")
            )
            number += 1
    for variable in drawn:
        v, place = variable.name, places[variable.name]
        size = place.x, place.y, place.rx, place.ry
        view.items.append(Node(f"{prefix}.{v}", name, v, (), "parameter", *size, shape="rectangle"))
        view.items.append(Text(f"{prefix}.{v}", variable.text, centred(labels[v], place.x, place.y)))


def _spread(
    order: Sequence[str], widths: Mapping[str, float], risers: Mapping[str, Sequence[float]], y: Mapping[str, float]
) -> dict[str, float]:
    """Return where the parameters stand: as near as they can to the middle of their risers, and apart."""
    # Without the room that those before it take, each would stand where it wishes or, with its neighbours that
    # wish to stand in disorder, in the middle of all their wishes.
    before, room = [], 0.0
    for one, following in pairwise([*order, None]):
        before.append(room)
        room += widths[one or ""] + _BETWEEN + (widths[following] if following else 0.0)
    groups: list[tuple[float, int]] = []
    for v, taken in zip(order, before, strict=True):
        groups.append(((min(risers[v]) + max(risers[v])) / 2 - taken, 1))
        while len(groups) > 1 and groups[-2][0] > groups[-1][0]:
            (first, m), (second, n) = groups[-2:]
            groups[-2:] = [((first * m + second * n) / (m + n), m + n)]
    wishes = [middle for middle, count in groups for _ in range(count)]
    found: dict[str, float] = {}
    least = -math.inf
    for v, wish, taken in zip(order, wishes, before, strict=True):
        x = max(wish + taken, least + widths[v])
        # The line up from a parameter would run along a riser that comes down farther than its own.
        others = [riser for w in order if y[w] > y[v] for riser in risers[w]]
        while any(abs(x - riser) < _FROM_LINES + 1.0 for riser in others):
            x += 2.0
        found[v] = x
        least = x + widths[v] + _BETWEEN
    return found
