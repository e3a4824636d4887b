"""Shared parameters as nodes: each once, below a view, with an edge to every node that uses it.

The edges of one parameter run along a line of its own below the view and rise from it through the free places of
the picture (see `drawing.routing.maze`), as the wires of a bus do. They end in arrows at whatever angle a node has
room for, the same for all steps of a variable if that can be.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from unfoldgraph.drawing.geometry import Floats, Outline, Point
from unfoldgraph.drawing.graphs.rolled import Cell, Variable, WrittenValue
from unfoldgraph.drawing.routing.candidates import HEAD
from unfoldgraph.drawing.routing.hyperedges import rounded
from unfoldgraph.drawing.routing.maze import DIRECTIONS, PICTURE, UNREACHED, Field, Maze, grid_lines
from unfoldgraph.drawing.scene.scene import Edge, Node, Square, Text, edge_id, extent, node_id
from unfoldgraph.drawing.scene.style import Style
from unfoldgraph.drawing.text.typeset import Label, compose
from unfoldgraph.drawing.views.canvas import with_value
from unfoldgraph.drawing.views.view import DrawnView

__all__ = ["draw_parameters"]

# Half the height of a parameter, the least half of its width, and the space around its letter and beside it.
_HALF, _INSIDE, _BETWEEN = 13.0, 7.0, 14.0
# How far the lines run below the view, from each other, and above the parameters.
_BELOW, _APART, _ABOVE = 14.0, 8.0, 16.0
# How far arrows keep from nodes, labels and squares, from arrowheads, and from lines that run along them.
_FROM_NODES, _FROM_LABELS, _FROM_HEADS, _FROM_LINES = 6.0, 3.6, 6.2, 5.0
# An arrowhead is wider than its line, and so keeps farther from labels.
_HEAD_ROOM = 4.8
# The ends of edges at a node stand so far apart, and what an arrow turns off to reach it, from its outline.
_ENDS, _OUTSIDE = 6.2, 10.0
_SPACING = 2.0
# So many samples in a row, close to another line, are no crossing of it.
_ALONG = 7
# How far from a node's outline an arrow begins at most.
_REACH = 40.0
# How sharply it may turn there, as the cosine of the angle.
_SHARPEST = -0.4
# What a unit of its length costs, a right angle, and to come from the side on which others should come.
_ARROW, _TURN, _SIDE = 6, 64, 60
# How fine the grid is on which ways are looked for. Where some find none it is tried again, and they come first.
_GRIDS = (5.5, 5.5, 3.5)
_ROUND = 7.0


@dataclass(slots=True)
class _Occupied:
    """What is there already, of one view.

    Attributes
    ----------
    nodes : Outlines (m, 4: centre and half axes).
    boxes : Labels and squares (m, 4), but for what is written in the node that an arrow leads to.
    lines : Segments of edges (m, 4), and the number of the edge of each.
    heads : The segments under arrowheads (m, 4).
    ends : Where edges meet outlines (m, 2).
    """

    nodes: Floats
    boxes: Floats
    lines: Floats
    owners: NDArray[np.int_]
    heads: Floats
    ends: Floats

    def near(self, node: Outline) -> _Occupied:
        """Return what an arrow to a node could meet."""
        reach = np.array([node.rx, node.ry]) + _REACH + 8.0
        low, high = np.array([node.x, node.y]) - reach, np.array([node.x, node.y]) + reach

        def within(least: Floats, most: Floats) -> NDArray[np.bool_]:
            kept: NDArray[np.bool_] = np.logical_and.reduce((*(most > low).T, *(least < high).T))
            return kept

        def crossed(segments: Floats) -> NDArray[np.bool_]:
            a, b = segments[:, :2], segments[:, 2:]
            return within(np.minimum(a, b), np.maximum(a, b))

        lines = crossed(self.lines)
        middles = (self.boxes[:, :2] + self.boxes[:, 2:]) / 2
        beside = np.hypot(*((middles - (node.x, node.y)) / (node.rx, node.ry)).T) > 1.0
        return _Occupied(
            self.nodes[within(self.nodes[:, :2] - self.nodes[:, 2:], self.nodes[:, :2] + self.nodes[:, 2:])],
            self.boxes[beside & within(self.boxes[:, :2], self.boxes[:, 2:])],
            self.lines[lines],
            self.owners[lines],
            self.heads[crossed(self.heads)],
            self.ends[within(self.ends, self.ends)],
        )


@dataclass(slots=True)
class _ParameterLines:
    """A parameter and the nodes of one variable that use it.

    Attributes
    ----------
    side : Whether it should come from the left (-1) or from the right (1).
    ways : How it reaches each node, from below the view on, the point on the outline last.
    """

    parameter: Variable
    side: int
    dashed: bool
    nodes: list[Node] = field(default_factory=list)
    ways: dict[str, Floats] = field(default_factory=dict)


def draw_parameters(
    cell: Cell,
    view: DrawnView,
    name: str,
    uses: Mapping[tuple[str, tuple[int | str, ...]], Collection[str]],
    places: Mapping[str, Point],
    values: Mapping[str, WrittenValue],
    style: Style,
) -> None:
    """Draw the parameters of a cell below a view, and an edge to each node that uses one.

    Parameters
    ----------
    cell : What is drawn.
    view : Nodes, edges and labels, to which the parameters are added.
    name : The view as it is called in the scene.
    uses : The parameters that a node uses, by its name and index.
    places : Where each variable stands in a step, in the same way for all views, so that parameters have one order.
    values : What is written below the letters of some.
    style : How labels are written.
    """
    order = _ordered(cell, places)
    found = _uses(cell, view, uses, order)
    if not found:
        return
    bottom = max(extent(item)[3] for item in view.items) + _BELOW / 2
    for step in _GRIDS:
        unled = _lead(view, found, bottom, step)
        if not unled:
            break
        found = [*unled, *(use for use in found if use not in unled)]
    view.unled += [use.parameter.name for use in found if len(use.nodes) > len(use.ways)]
    if led := [use for use in found if use.ways]:
        _draw(cell, view, name, led, [variable for variable, _ in order], bottom + _BELOW / 2, values, style)


def _ordered(cell: Cell, places: Mapping[str, Point]) -> list[tuple[Variable, int]]:
    """Return the parameters from left to right, each with the side from which it should come: -1 for the left, or 1.

    They stand below those that use them. Of several below one place half come from each side, those for upper
    variables outside, so that their lines need not cross.
    """
    levels: dict[float, dict[float, list[Variable]]] = {}
    for variable in cell.parameters:
        xs, ys = zip(*(places[use.target] for use in cell.uses if use.parameter == variable.name), strict=True)
        middle, top = round((min(xs) + max(xs)) / 2, 3), round(min(ys), 3)
        levels.setdefault(middle, {}).setdefault(top, []).append(variable)
    found: list[tuple[Variable, int]] = []
    for _, level in sorted(levels.items()):
        left: list[tuple[Variable, int]] = []
        right: list[tuple[Variable, int]] = []
        for _, own in sorted(level.items(), reverse=True):
            half = (len(own) + (len(left) <= len(right))) // 2
            left = [*((variable, -1) for variable in own[:half]), *left]
            right += [(variable, 1) for variable in own[half:]]
        found += left + right
    return found


def _uses(
    cell: Cell,
    view: DrawnView,
    uses: Mapping[tuple[str, tuple[int | str, ...]], Collection[str]],
    order: Sequence[tuple[Variable, int]],
) -> list[_ParameterLines]:
    """Return who uses what, variable by variable from below, so that short ways choose first, then inner ones."""
    nodes = [item for item in view.items if isinstance(item, Node) and item.role != "ellipsis"]
    # Of those that come from the left the last are the inner ones, of those from the right the first.
    inner = [*((one, side) for one, side in order[::-1] if side < 0), *((one, side) for one, side in order if side > 0)]
    found: dict[str, dict[str, _ParameterLines]] = {}
    for node in sorted(nodes, key=lambda node: (-node.y, node.x)):
        for variable, side in inner:
            if variable.name in uses.get((node.name, node.index), ()):
                # In the circuit what holds only at a place of its own is dashed, as its other edges are.
                usual = {use.parameter for use in cell.uses if use.target == node.name and use.left.is_usual}
                dashed = node.view == "circuit" and variable.name not in usual
                own = found.setdefault(node.name, {})
                own.setdefault(variable.name, _ParameterLines(variable, side, dashed)).nodes.append(node)
    return [use for own in found.values() for use in own.values()]


def _lead(view: DrawnView, uses: Sequence[_ParameterLines], bottom: float, step: float) -> list[_ParameterLines]:
    """Find a way to every node; return the uses of which some found none."""
    obstacles = _obstacles(view)
    maze = _maze(view, uses, bottom, step)
    for use in uses:
        use.ways.clear()
        waiting = list(use.nodes)
        while waiting:
            led = _ways(use, waiting, maze, obstacles)
            if not led:
                break
            use.ways |= led
            waiting = [node for node in waiting if node.id not in led]
            _add(obstacles, led.values())
            for points in led.values():
                maze.add_line(points, use.parameter.name, True)
    return [use for use in uses if len(use.ways) < len(use.nodes)]


def _maze(view: DrawnView, uses: Sequence[_ParameterLines], bottom: float, step: float) -> Maze:
    """Return the maze of a view, with room for all uses on every side of it."""
    boxes = np.array([extent(item) for item in view.items])
    (left, top), (right, _) = boxes[:, :2].min(0), boxes[:, 2:].max(0)
    room = 24.0 + 7.0 * len(uses)
    nodes = [item for item in view.items if isinstance(item, Node)]
    maze = Maze(
        grid_lines([node.x for node in nodes], left - room, right + room, step),
        grid_lines([node.y for node in nodes], top - room / 2, bottom, step),
    )
    for item in view.items:
        if isinstance(item, Node):
            maze.add_node(item.x, item.y, item.rx, item.ry)
        elif isinstance(item, Text | Square):
            maze.add_box(*extent(item))
        elif isinstance(item, Edge):
            maze.add_line(item.path.points(), PICTURE, item.head)
    return maze


def _shape(node: Node) -> Outline:
    return Outline(node.x, node.y, node.rx, node.ry, node.shape == "rectangle")


def _obstacles(view: DrawnView) -> _Occupied:
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
    return _Occupied(
        np.array(nodes), np.array(boxes).reshape(-1, 4), np.concatenate(lines), np.concatenate(owners),
        np.concatenate(heads), np.concatenate(ends),
    )  # fmt: skip


def _add(obstacles: _Occupied, ways: Iterable[Floats]) -> None:
    """Have later arrows keep from some more lines."""
    for points in ways:
        segments = np.hstack([points[:-1], points[1:]])
        tip, before = points[-1], points[-2]
        neck = tip + (before - tip) * min(1.0, HEAD / max(float(np.hypot(*(before - tip))), 1e-9))
        number = int(obstacles.owners.max(initial=0)) + 1
        obstacles.lines = np.concatenate([obstacles.lines, segments])
        obstacles.owners = np.concatenate([obstacles.owners, np.full(len(segments), number)])
        obstacles.heads = np.concatenate([obstacles.heads, [[*neck, *tip]]])
        obstacles.ends = np.concatenate([obstacles.ends, [tip]])


def _ways(use: _ParameterLines, nodes: Sequence[Node], maze: Maze, obstacles: _Occupied) -> dict[str, Floats]:
    """Return the best ways to as many of some nodes as can be reached in the same manner."""
    shapes = [_shape(node) for node in nodes]
    around = [obstacles.near(shape) for shape in shapes]
    ways = maze.field(use.parameter.name)
    arrows = _Arrows(maze, shapes[0])
    pairs = [arrows.costs(shape, near, ways, use.side) for shape, near in zip(shapes, around, strict=True)]
    costs = np.stack([cost for cost, _ in pairs])
    known: dict[tuple[int, int], bool] = {}
    while True:
        # As many nodes as possible, then the least cost.
        reached = costs < UNREACHED
        counts = reached.sum(0)
        if not counts.any():
            return {}
        best = int(
            np.where(counts == counts.max(), np.where(reached, costs, 0).sum(0), UNREACHED * len(nodes)).argmin()
        )
        led = np.flatnonzero(reached[:, best]).tolist()
        for n in led:
            if (n, best) not in known:
                corner = arrows.corner(shapes[n], best)
                known[n, best] = _is_free(np.array([corner, _tip(shapes[n], corner)]), around[n])
        failed = [n for n in led if not known[n, best]]
        if not failed:
            break
        costs[failed, best] = UNREACHED
    found = {}
    for n in led:
        row, column = arrows.crossing(shapes[n], best)
        corners = ways.way(int(pairs[n][1][best]), row, column)
        found[nodes[n].id] = np.array([*corners[::-1], _tip(shapes[n], corners[0])])
    return found


def _tip(node: Outline, corner: Point) -> Point:
    """Return where an arrow from a corner meets the outline of a node."""
    return node.at(math.atan2(corner[1] - node.y, corner[0] - node.x))


class _Arrows:
    """The crossings of the grid around a node from which an arrow could lead to it, and so around others like it."""

    def __init__(self, maze: Maze, node: Outline) -> None:
        self._maze = maze
        row, column = self._centre(node)
        rows = np.flatnonzero(np.abs(maze.ys - node.y) <= node.ry + _REACH) - row
        columns = np.flatnonzero(np.abs(maze.xs - node.x) <= node.rx + _REACH) - column
        across, along = np.meshgrid(columns, rows)
        outside = (across != 0) | (along != 0)
        self._rows, self._columns = along[outside], across[outside]

    def _centre(self, node: Outline) -> tuple[int, int]:
        return int(np.abs(self._maze.ys - node.y).argmin()), int(np.abs(self._maze.xs - node.x).argmin())

    def crossing(self, node: Outline, number: int) -> tuple[int, int]:
        """Return the row and column of the grid of one of them."""
        row, column = self._centre(node)
        return row + int(self._rows[number]), column + int(self._columns[number])

    def corner(self, node: Outline, number: int) -> Point:
        """Return where one of them is."""
        row, column = self.crossing(node, number)
        return float(self._maze.xs[column]), float(self._maze.ys[row])

    def costs(
        self, node: Outline, around: _Occupied, ways: Field, side: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return what it costs to reach a node from each, and in which direction a way arrives there."""
        maze = self._maze
        row, column = self._centre(node)
        rows, columns = self._rows + row, self._columns + column
        inside = (rows >= 0) & (rows < len(maze.ys)) & (columns >= 0) & (columns < len(maze.xs))
        rows, columns = np.where(inside, rows, 0), np.where(inside, columns, 0)
        centre = np.array([node.x, node.y])
        beside = np.column_stack([maze.xs[columns], maze.ys[rows]]) - centre
        gaps = np.hypot(*beside.T)
        towards = beside / gaps[:, None]
        reach = 1.0 / np.hypot(towards[:, 0] / node.rx, towards[:, 1] / node.ry)
        length = gaps - reach
        inside &= (length >= _OUTSIDE) & (length <= _REACH)
        tips = centre + towards * reach[:, None]
        if len(around.ends):
            inside &= np.hypot(*np.moveaxis(tips[:, None] - around.ends[None], 2, 0)).min(1) >= _ENDS
        shares = np.linspace(0.0, 1.0, 5)
        along = reach[:, None] + _OUTSIDE + (length[:, None] - _OUTSIDE) * shares
        inside &= ~maze.is_solid(centre + towards[:, None] * along[..., None]).any(1)
        # The way turns from how it arrives towards the node.
        turns = -np.array(DIRECTIONS, float) @ towards.T
        own = np.round(_ARROW * length + _TURN * (1.0 - turns)).astype(np.int64)
        own += _SIDE * (beside[:, 0] * side < 0)
        each = np.where((turns >= _SHARPEST) & inside, ways.costs[:, rows, columns] + own, UNREACHED)
        return np.minimum(each.min(0), UNREACHED), each.argmin(0)


def _meets(points: Floats, obstacles: _Occupied) -> NDArray[np.bool_]:
    """Say of each point whether it is too near to a node, a label, a square or an arrowhead."""
    nodes, boxes, heads = obstacles.nodes, obstacles.boxes, obstacles.heads
    nodes = nodes[_in_reach([points], nodes[:, :2] - nodes[:, 2:], nodes[:, :2] + nodes[:, 2:], _FROM_NODES)]
    boxes = boxes[_in_reach([points], boxes[:, :2], boxes[:, 2:], _FROM_LABELS)]
    scaled = (points[:, None] - nodes[None, :, :2]) / (nodes[None, :, 2:] + _FROM_NODES)
    found: NDArray[np.bool_] = ((scaled**2).sum(2) < 1.0).any(1)
    found |= (_box_gaps(points, boxes) < _FROM_LABELS).any(1)
    found |= (_gaps(points, heads[_lines_in_reach([points], heads, _FROM_HEADS)]) < _FROM_HEADS).any(1)
    return found


def _box_gaps(points: Floats, boxes: Floats) -> Floats:
    """Return the distance of each point from each box, (n, m)."""
    beyond = np.maximum(np.maximum(boxes[None, :, :2] - points[:, None], points[:, None] - boxes[None, :, 2:]), 0.0)
    found: Floats = np.hypot(beyond[..., 0], beyond[..., 1])
    return found


def _in_reach(parts: Iterable[Floats], low: Floats, high: Floats, reach: float) -> NDArray[np.bool_]:
    """Say of each box, given by its corners, whether any part of a line may come so near; boxes are soon compared."""
    found = np.zeros(len(low), bool)
    for points in parts:
        if len(points):
            found |= ((high > points.min(0) - reach) & (low < points.max(0) + reach)).all(1)
    return found


def _lines_in_reach(parts: Iterable[Floats], segments: Floats, reach: float) -> NDArray[np.bool_]:
    """Say of each segment whether any part of a line may come so near."""
    a, b = segments[:, :2], segments[:, 2:]
    return _in_reach(parts, np.minimum(a, b), np.maximum(a, b), reach)


def _is_free(arrow: Floats, obstacles: _Occupied) -> bool:
    """Say whether an arrow meets nothing, but for edges that it crosses."""
    tip = arrow[-1]
    points = _samples(arrow)
    gaps = np.hypot(*(points - tip).T)
    # No other edge runs over its arrowhead; that is soon seen.
    head = points[gaps < HEAD + 2.0]
    lines = obstacles.lines[_lines_in_reach([head], obstacles.lines, _FROM_LINES)]
    if (_gaps(head, lines) < _FROM_LINES).any() or (_box_gaps(head, obstacles.boxes) < _HEAD_ROOM).any():
        return False
    # Where it ends it meets its own node.
    near = gaps <= _FROM_NODES + 2.0
    if _meets(points[~near], obstacles).any() or (_gaps(points[near], obstacles.heads) < _FROM_HEADS).any():
        return False
    return not _runs_along(points, obstacles)


def _runs_along(points: Floats, obstacles: _Occupied) -> bool:
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


def _samples(corners: Floats) -> Floats:
    """Return points along a polyline, its end last."""
    found = []
    for a, b in pairwise(corners):
        count = max(1, math.ceil(float(np.hypot(*(b - a))) / _SPACING))
        found.append(a + (b - a) * np.arange(count)[:, None] / count)
    return np.concatenate([*found, corners[-1:]])


def _gaps(points: Floats, segments: Floats) -> Floats:
    """Return the distance of each point from each segment, (n, m)."""
    if not len(points) or not len(segments):
        return np.zeros((len(points), len(segments)))
    step_x, step_y = (segments[:, 2:] - segments[:, :2]).T
    x = points[:, :1] - segments[:, 0]
    y = points[:, 1:] - segments[:, 1]
    t = np.clip((x * step_x + y * step_y) / np.maximum(step_x**2 + step_y**2, 1e-12), 0.0, 1.0)
    found: Floats = np.hypot(x - t * step_x, y - t * step_y)
    return found


# Below the view -----------------------------------------------------------------------------------------------------


def _draw(
    cell: Cell,
    view: DrawnView,
    name: str,
    uses: Sequence[_ParameterLines],
    order: Sequence[Variable],
    top: float,
    values: Mapping[str, WrittenValue],
    style: Style,
) -> None:
    """Draw the parameters in a row, and their edges."""
    risers: dict[str, list[float]] = {}
    for use in uses:
        risers.setdefault(use.parameter.name, []).extend(float(way[0, 0]) for way in use.ways.values())
    drawn = [variable for variable in order if variable.name in risers]
    labels = {v.name: _labels(v, values.get(v.name), style) for v in drawn}
    sizes = {v: _half_size(label for _, label in own) for v, own in labels.items()}
    widths = {v: size[0] for v, size in sizes.items()}
    names = [variable.name for variable in drawn]
    lanes = _lanes(names, _spread(names, widths, risers, dict.fromkeys(names, 0.0)), risers)
    y = {v: top + _APART * lane for v, lane in lanes.items()}
    row = max(y.values()) + _ABOVE + max(size[1] for size in sizes.values())
    x = _spread(names, widths, risers, y)
    places = {v: Outline(x[v], row, *sizes[v], is_box=True) for v in names}
    number = 0
    for use in uses:
        v = use.parameter.name
        for node in use.nodes:
            if node.id not in use.ways:
                continue
            below, *corners = (tuple(point) for point in use.ways[node.id][:-1].tolist())
            points = [(x[v], y[v]), (below[0], y[v]), *corners] if abs(x[v] - below[0]) > 0.5 else corners
            route = rounded(places[v], _shape(node), points, _ROUND)
            ends = node_id(name, (v,)), node.id
            still = (0,) * len(cell.axes)
            view.items.append(
                Edge(edge_id(name, number, "p"), name, *ends, still, route.path, use.dashed, True, "parameter")
            )
            number += 1
    for v, place in places.items():
        size = place.x, place.y, place.rx, place.ry
        node = Node(name, (v,), v, (), "parameter", *size, shape="rectangle")
        view.items.append(node)
        for text, label in labels[v]:
            view.items.append(Text(node.id, text, label.moved(place.x, place.y)))


def _labels(variable: Variable, value: WrittenValue | None, style: Style) -> list[tuple[str, Label]]:
    """Return the texts and labels in a parameter, about the origin."""
    return with_value(variable.text, compose(variable.latex, variable.sup, variable.sub, style.unfolded_type), value)


def _half_size(labels: Iterable[Label]) -> tuple[float, float]:
    """Return the half axes of a parameter around some labels."""
    boxes = np.array([label.box for label in labels])
    across, along = np.maximum(np.abs(boxes[:, :2]), np.abs(boxes[:, 2:])).max(0).tolist()
    return max(_HALF, across + _INSIDE), max(_HALF, along + _INSIDE)


def _lanes(names: Sequence[str], x: Mapping[str, float], risers: Mapping[str, Sequence[float]]) -> dict[str, int]:
    """Return which line below the view each parameter has, from above.

    Of lines that lead to the right those that begin on the left are above, of lines that lead to the left those
    that begin on the right: so they do not cross.
    """
    leads_right = {v: x[v] < (min(risers[v]) + max(risers[v])) / 2 for v in names}
    ranks = {}
    for v, n in zip(names, range(len(names)), strict=True):
        alike = [m for m, w in enumerate(names) if leads_right[w] == leads_right[v]]
        ranks[v] = alike.index(n) if leads_right[v] else alike[::-1].index(n)
    return {v: n for n, v in enumerate(sorted(names, key=lambda v: ranks[v]))}


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
