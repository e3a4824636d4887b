"""A picture from a cell: the circuit, the arrow, the unfolded view.

Both views use one layout and one size of node, so a variable has the same row, shape and colour in both.
Where labels find no room the whole is drawn again with more space between rows and columns.
"""

from __future__ import annotations

import math
import re

from unfoldgraph.drawing.canvas import label_of
from unfoldgraph.drawing.cell import Cell, Unfolded
from unfoldgraph.drawing.circuit_view import circuit_view
from unfoldgraph.drawing.grid import Grid, Style, View
from unfoldgraph.drawing.layout import Layout, arrange
from unfoldgraph.drawing.scene import BlockArrow, Edge, Item, Node, Scene, Square, Text, extent, moved
from unfoldgraph.drawing.typeset import centred, compose, words
from unfoldgraph.drawing.unfolded_view import unfolded_view
from unfoldgraph.errors import CircuitError, require_within
from unfoldgraph.limits import DRAWN_NODES

__all__ = ["draw_scene"]

# Type of words, in units to the em.
_WORD_TYPE = 14.0
_RADIUS, _WIDEST_CIRCLE = 23.0, 36.0
_MARGIN = 8.0
_ARROW, _ARROW_SPACE = 72.0, 40.0
# How much the space between nodes grows from one attempt to the next, and what labels then keep clear.
_ATTEMPTS = ((1.0, 2.2), (1.3, 2.0), (1.9, 1.6), (3.0, 1.3))
# With more edges than this a picture is crowded whatever its size.
_CROWDED = 120


def draw_scene(
    cell: Cell,
    unfolded: Unfolded | None = None,
    *,
    view: str = "both",
    theme: str = "book",
    notation: str = "book",
    description: str = "",
) -> Scene:
    """Return the scene of a cell.

    Args:
        cell: One step.
        unfolded: Columns, nodes and edges of the unfolded view (see `views`); not needed for ``view="circuit"``.
        view: ``"both"``, ``"circuit"`` or ``"unfolded"``.
        theme: A row of `themes.THEMES`.
        notation: How an index is written.
        description: The structure in words, for those who cannot see the picture.

    Raises `CircuitError` if there are too many nodes, or if a label finds no room.
    """
    nodes = len(cell.variables) * (view != "unfolded") + (len(unfolded.instances) if unfolded else 0)
    cure = "draw fewer steps with --steps, or the circuit alone with --view circuit"
    require_within(nodes, DRAWN_NODES, "the picture would have {} nodes", cure)
    layout = arrange(cell)
    rx, ry = _node_size(cell, unfolded, Style(0.0, notation))
    best: tuple[tuple[int, int], View, View, Grid] | None = None
    for scale, margin in _ATTEMPTS:
        grid = _grid(layout, rx, ry, scale, Style(margin, notation))
        circuit = circuit_view(cell, grid) if view != "unfolded" else View()
        steps = unfolded_view(cell, grid, unfolded) if unfolded else View()
        failures = (circuit.lost + steps.lost, circuit.blocked + steps.blocked)
        better = best is None or failures < best[0]
        if better:
            best = failures, circuit, steps, grid
        # Edges that more space did not keep out of nodes will not be kept out by still more.
        crowded = unfolded is not None and len(unfolded.connections) > _CROWDED
        if not any(failures) or (not failures[0] and (crowded or not better)):
            break
    assert best is not None
    (lost, _), circuit, steps, grid = best
    if lost:
        plural = "label finds" if lost == 1 else "labels find"
        raise CircuitError(
            f"{lost} {plural} no room in this picture", help="draw the two views by themselves, with --view"
        )
    if unfolded is not None and not unfolded.instances:
        steps.items.append(Text("none", "no steps", centred(words("no steps", _WORD_TYPE), 0.0, grid.y(layout.spine))))
    items = _side_by_side(circuit.items, steps.items, grid.y(layout.spine))
    return _framed(cell, items, theme, description)


def _grid(layout: Layout, rx: float, ry: float, scale: float, style: Style) -> Grid:
    """Return the geometry at one scale of the space between nodes."""
    slot = 2 * rx + 28 * scale
    # Wide steps are taller too, or their edges would fan out too flat to be told apart.
    row = 2 * ry + 46 * scale + 12 * max(layout.width - 1, 0)
    pitch = layout.width * slot + 2 * rx + 58 * scale
    return Grid(layout, rx, ry, slot, row, pitch, style)


def _node_size(cell: Cell, unfolded: Unfolded | None, style: Style) -> tuple[float, float]:
    """Return the half axes of every node: a circle that holds the widest label, an ellipse for long names."""
    labels = [compose(v.latex, "", v.sub, style.circuit_type) for v in cell.variables]
    if unfolded:
        labels += [label_of(cell, i, style) for i in unfolded.instances]
    half_width = max((label.box[2] - label.box[0] for label in labels), default=0.0) / 2
    half_height = max((label.box[3] - label.box[1] for label in labels), default=0.0) / 2
    radius = max(_RADIUS, math.hypot(half_width, half_height * 0.8) + 4.5)
    if radius <= _WIDEST_CIRCLE:
        return math.ceil(radius), math.ceil(radius)
    ry = max(26.0, half_height + 12)
    rx = (half_width + 4) / math.sqrt(1 - ((half_height + 3) / ry) ** 2)
    return math.ceil(rx), math.ceil(ry)


def _side_by_side(circuit: list[Item], steps: list[Item], spine: float) -> list[Item]:
    """Return circuit, arrow and unfolded view, from left to right."""
    if not circuit or not steps:
        return [*circuit, *steps]
    right = max(extent(item)[2] for item in circuit)
    left = min(extent(item)[0] for item in steps)
    x = right + _ARROW_SPACE * 0.6
    word = centred(words("Unfold", _WORD_TYPE), x + _ARROW / 2, spine - 19)
    shift = x + _ARROW + _ARROW_SPACE - left
    arrow: list[Item] = [BlockArrow(x, spine, _ARROW), Text("unfold", "Unfold", word)]
    return [*circuit, *arrow, *(moved(item, shift, 0.0) for item in steps)]


def _framed(cell: Cell, items: list[Item], theme: str, description: str) -> Scene:
    """Return the scene, moved so that everything lies inside, painted edges first and text last."""
    boxes = [extent(item) for item in items] or [(0.0, 0.0, 0.0, 0.0)]
    left, top = min(b[0] for b in boxes) - _MARGIN, min(b[1] for b in boxes) - _MARGIN
    right, bottom = max(b[2] for b in boxes) + _MARGIN, max(b[3] for b in boxes) + _MARGIN
    order = (Edge, Square, BlockArrow, Node, Text)
    painted = sorted(items, key=lambda item: order.index(type(item)))
    placed = tuple(moved(item, -left, -top) for item in painted)
    size = math.ceil(right - left), math.ceil(bottom - top)
    return Scene(_identifier(cell.name), cell.title, description, theme, *size, placed)


def _identifier(name: str) -> str:
    """Return a name as the prefix of ids: letters, digits, hyphens, beginning with a letter."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")
    return plain if re.match(r"[A-Za-z]", plain) else f"circuit-{plain}".rstrip("-")
