"""What a scene is to programs that lay graphs out themselves: nodes, what joins them, and words; without a legend."""

from __future__ import annotations

import math
from dataclasses import dataclass

from unfoldgraph.drawing.geometry import Point
from unfoldgraph.drawing.scene.scene import DOTS, Edge, Node, Scene, Square, Text

__all__ = ["Diagram", "Gap", "Joint", "diagram_of", "middle"]


@dataclass(slots=True)
class Gap:
    """What is left out, an end of edges that lead there: dots, and how many steps they stand for.

    ``(x, y)`` is the middle of the dots; ``size`` is that of their type.
    """

    x: float
    y: float
    size: float
    text: str


@dataclass(frozen=True, slots=True)
class Joint:
    """An edge between two nodes or gaps, by their names; with its labels, its delay square and what stands in that."""

    edge: Edge
    source: str
    target: str
    labels: tuple[Text, ...]
    square: Square | None
    number: str


@dataclass(frozen=True, slots=True)
class Diagram:
    """Nodes, gaps and edges, in the order of the scene; nodes and gaps have short names, ``n0``, ``n1``, ….

    Attributes
    ----------
    labels : The texts of each node, by its name.
    views : The names of the nodes of each part of the picture.
    """

    nodes: dict[str, Node]
    gaps: dict[str, Gap]
    joints: tuple[Joint, ...]
    labels: dict[str, list[Text]]
    views: dict[str, list[str]]


def diagram_of(scene: Scene) -> Diagram:
    """Return the graph of a scene; an edge that ends beside no node ends at the dots that are nearest."""
    found = [item for item in scene.items if isinstance(item, Node) and item.view != "legend"]
    names = {node.id: f"n{n}" for n, node in enumerate(found)}
    texts: dict[str, list[Text]] = {}
    squares: dict[str, Square] = {}
    for item in scene.items:
        if isinstance(item, Text):
            texts.setdefault(item.of, []).append(item)
        elif isinstance(item, Square):
            squares[item.of] = item
    edges = [item for item in scene.items if isinstance(item, Edge) and item.view != "legend"]
    ends = {edge.id: (edge.path.segments[0][0], edge.path.segments[-1][-1]) for edge in edges}
    free = [
        at for edge in edges for node, at in zip((edge.source, edge.target), ends[edge.id], strict=True) if not node
    ]
    gaps = {f"n{n}": gap for n, gap in enumerate(_gaps(texts.get("gap", []), free), len(names))}
    joints = []
    for edge in edges:
        source, target = (
            names.get(node) or _nearest(gaps, at)
            for node, at in zip((edge.source, edge.target), ends[edge.id], strict=True)
        )
        own = texts.get(edge.id, [])
        number = " ".join(text.text for text in own if text.inverse)
        labels = tuple(text for text in own if not text.inverse)
        joints.append(Joint(edge, source, target, labels, squares.get(edge.id), number))
    nodes = {names[node.id]: node for node in found}
    views: dict[str, list[str]] = {}
    for name, node in nodes.items():
        views.setdefault(node.view, []).append(name)
    if gaps:
        views.setdefault("unfolded", []).extend(gaps)
    return Diagram(nodes, gaps, tuple(joints), {name: texts.get(node.id, []) for name, node in nodes.items()}, views)


def _gaps(texts: list[Text], free: list[Point]) -> list[Gap]:
    """Return the gaps: dots with the counts beside them, or where edges end at none a gap of its own."""
    gaps = []
    for text in texts:
        if text.text in DOTS:
            x, y = middle(text)
            gaps.append(Gap(x, y, text.label.glyphs[0].scale * 12, text.text))
    if free and not gaps:
        gaps = [Gap(*free[0], 24.0, DOTS[0])]
    for text in texts:
        if text.text not in DOTS and gaps:
            x, y = middle(text)
            min(gaps, key=lambda gap: math.dist((gap.x, gap.y), (x, y))).text += f"\n{text.text}"
    return gaps


def middle(text: Text) -> Point:
    """Return the middle of the ink of a label."""
    x0, y0, x1, y1 = text.label.box
    return (x0 + x1) / 2, (y0 + y1) / 2


def _nearest(gaps: dict[str, Gap], at: Point) -> str:
    """Return the name of the gap that is nearest to a point."""
    return min(gaps, key=lambda name: math.dist((gaps[name].x, gaps[name].y), at))
