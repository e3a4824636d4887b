"""The order of a lattice made visible: beside each node the number of the wavefront in which it is computed.

All nodes of one wavefront can be computed at once. Lines through them, which textbooks draw where a lattice has
nothing but its nodes, would run over the inputs that stand between them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from unfoldgraph.base.errors import CircuitError
from unfoldgraph.drawing.annotations.frames import growth_of
from unfoldgraph.drawing.geometry import Floats, Outline, Rectangle, boxes_apart, segment_box_gap, segments_of_line
from unfoldgraph.drawing.graphs.rolled import Cell
from unfoldgraph.drawing.scene.scene import Edge, Node, Scene, Square, Text, extent, head_corners
from unfoldgraph.drawing.text.typeset import Label, centred, words

__all__ = ["with_wavefronts"]

_TYPE = 12.0
# How far a number keeps from its node and from all else, and the directions in which it is tried, best first.
_BESIDE, _CLEAR = 2.6, 2.4
_ANGLES = tuple(math.radians(angle) for angle in (40, 45, 35, 50, 30, 55, 135, 140, 130, -45, -40, -50, -135, 60, 120))


def with_wavefronts(scene: Scene, cell: Cell) -> Scene:
    """Return a picture with the numbers of wavefronts.

    Raises `CircuitError` where it shows no recurrence over two axes in numbers, all of it.
    """
    computed = {link.target for link in cell.links if link.delayed}
    nodes = [item for item in scene.items if isinstance(item, Node) and item.view == "unfolded"]
    waves = [node for node in nodes if node.name in computed and len(node.index) == 2 and node.role != "boundary"]
    if not waves or any(isinstance(word, str) for node in waves for word in node.index):
        raise CircuitError(
            "wavefronts are those of a recurrence over two axes, unfolded in numbers",
            help="give steps of both axes, such as --steps i=3,j=4, or leave the wavefronts out",
        )
    if any(isinstance(item, Text) and item.of == "gap" for item in scene.items):
        raise CircuitError("wavefronts are numbered where no step is left out", help="draw fewer steps with --steps")
    levels = growth_of(scene).step
    # Counted from the first that is computed: what only feeds the lattice may come earlier.
    first = min(levels[node.id] for node in waves) - 1
    numbers = {node.id: levels[node.id] - first for node in waves}
    boxes, lines = _obstacles(scene)
    placed: list[Text] = []
    for name in dict.fromkeys(node.name for node in waves):
        placed += _beside([node for node in waves if node.name == name], numbers, boxes, lines)
    told = f"{scene.description} Numbers beside nodes are those of {max(numbers.values())} wavefronts."
    return replace(scene, items=(*scene.items, *placed), description=told)


def _obstacles(scene: Scene) -> tuple[list[Rectangle], Floats]:
    """Return what a number must not touch: boxes of what has an extent and of arrowheads, and segments of edges."""
    boxes = [extent(item) for item in scene.items if isinstance(item, Node | Text | Square)]
    edges = [item for item in scene.items if isinstance(item, Edge)]
    heads = [np.array(head_corners(item.path)) for item in edges if item.head]
    boxes += [(*map(float, head.min(0)), *map(float, head.max(0))) for head in heads]  # type: ignore[misc]
    lines = [segments_of_line(item.path.points()) for item in edges]
    return boxes, np.concatenate(lines) if lines else np.zeros((0, 4))


def _beside(
    nodes: Sequence[Node], numbers: Mapping[str, int], boxes: Sequence[Rectangle], lines: Floats
) -> Iterator[Text]:
    """Yield the numbers of the nodes of one variable, on the same side of all where one side is free at all."""
    labels = {node.id: words(str(numbers[node.id]), _TYPE) for node in nodes}
    free = {
        angle: [node for node in nodes if _is_free(_at(node, labels[node.id], angle), node, boxes, lines)]
        for angle in _ANGLES
    }
    best = max(_ANGLES, key=lambda angle: (len(free[angle]), -_ANGLES.index(angle)))
    for node in nodes:
        angle = best if node in free[best] else next((one for one in _ANGLES if node in free[one]), None)
        if angle is None:
            raise CircuitError(
                "the number of a wavefront finds no room beside its node", help="leave the wavefronts out"
            )
        label = _at(node, labels[node.id], angle)
        yield Text(f"wavefront.{node.id}", str(numbers[node.id]), label, emphasis="dim", numbers=node.id)


def _at(node: Node, label: Label, angle: float) -> Label:
    """Return the number outside a node, in one direction from it."""
    x0, y0, x1, y1 = label.box
    reach = _BESIDE + math.hypot((x1 - x0) * math.cos(angle), (y1 - y0) * math.sin(angle)) / 2
    # Angles run downward, as y does.
    return centred(label, *Outline(node.x, node.y, node.rx + 1, node.ry + 1).at(angle, reach + 1.5))


def _is_free(label: Label, own: Node, boxes: Sequence[Rectangle], lines: Floats) -> bool:
    """Say whether a number touches nothing."""
    dx = max(label.box[0] - own.x, own.x - label.box[2], 0.0)
    dy = max(label.box[1] - own.y, own.y - label.box[3], 0.0)
    if math.hypot(dx / (own.rx + 2), dy / (own.ry + 2)) < 1.0:
        return False
    # Inside the box of its own node, of which only the corners are empty, no other number can be.
    others = [box for box in boxes if box != extent(own)]
    if any(boxes_apart(label.box, box) < _CLEAR for box in others):
        return False
    return not len(lines) or float(segment_box_gap(lines, label.box).min()) >= _CLEAR
