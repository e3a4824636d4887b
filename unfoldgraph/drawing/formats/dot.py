"""DOT for Graphviz, built with the package of that name, which needs no program of Graphviz.

Places and routes are written along: ``neato -n2`` draws the scene as it is. ``dot`` lays the same graph out by
itself, in layers from left to right; it is not told which nodes stand in one row, for together with labels and
parts that makes it lose edges. A delay square is a node in the middle of its edge.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from unfoldgraph.base.files import MARK
from unfoldgraph.drawing.formats.diagram import Joint, diagram_of, middle
from unfoldgraph.drawing.geometry import Path, Point
from unfoldgraph.drawing.scene.scene import HEAD, Scene, Square, Text, corner, number, shaft
from unfoldgraph.drawing.scene.themes import THEMES, Paint

if TYPE_CHECKING:
    import graphviz

__all__ = ["digraph", "write"]

# What Graphviz draws an arrow long at its usual size, in points.
_ARROW = 10.0
# How far apart two outlines of a node are, in points.
_PERIPHERY = 4.0
# A word or a letter, which may have an accent; primes and stars; what is below; the place.
_NAME = re.compile(r"(?:([^\W\d_]{2,})|([^\W\d_][\u0300-\u036f]?))([\u2032*]*)(\w*?)(?:\((.*)\))?")


def write(scene: Scene) -> bytes:
    """DOT, the language of Graphviz, with positions for ``neato -n2``."""
    source: str = digraph(scene).source
    return source.encode()


def digraph(scene: Scene) -> graphviz.Digraph:
    """Return the picture as a graph of the package graphviz."""
    return _DotWriter(scene).written()


class _DotWriter:
    """One graph under construction; ``points`` are those (1/72 inch) to the unit."""

    def __init__(self, scene: Scene) -> None:
        import graphviz

        self.scene = scene
        self.theme = THEMES[scene.theme]
        self.points = 0.75 * scene.scale
        self.graph = diagram_of(scene)
        self.plain = graphviz.escape
        comment = f"{MARK}. Drawn as it is by: neato -n2\n// {scene.title}"
        self.digraph = graphviz.Digraph(scene.name, comment=comment)

    def written(self) -> graphviz.Digraph:
        """Return the graph."""
        page = self.theme.background if self.scene.is_opaque else "transparent"
        box = f"0,0,{self._length(self.scene.width)},{self._length(self.scene.height)}"
        # Positions are in points; without -n neato would take them for inches.
        self.digraph.attr(bb=box, bgcolor=page, inputscale="72", outputorder="edgesfirst", rankdir="LR")
        self.digraph.attr("node", fixedsize="shape", fontcolor=self.theme.text)
        size = number(self._points(-HEAD[1][0]) / _ARROW)
        self.digraph.attr("edge", arrowhead="vee", arrowsize=size, fontcolor=self.theme.text)
        for view, names in self.graph.views.items():
            with self.digraph.subgraph(name=f"cluster_{view}") as part:
                part.attr(peripheries="0")
                for name in names:
                    part.node(name, **(self._node(name) if name in self.graph.nodes else self._gap(name)))
        for n, joint in enumerate(self.graph.joints):
            self._edge(joint, f"d{n}")
        return self.digraph

    # Nodes ----------------------------------------------------------------------------------------

    def _node(self, name: str) -> dict[str, str]:
        node = self.graph.nodes[name]
        paint = self.theme.node_paint(node.role, node.emphasis)
        texts = self.graph.labels[name]
        # A second outline runs outside of what Graphviz takes for the size.
        ring = 2 * _PERIPHERY if paint.ring else 0.0
        style = "filled,rounded" if node.shape == "rectangle" and corner(node) else "filled"
        return {
            "label": self._label(texts, "\n"),
            "id": f"{self.scene.name}-{node.id}",
            "pos": f"{self._at((node.x, node.y))}!",
            "shape": "box" if node.shape == "rectangle" else "ellipse",
            "width": self._inches(2 * node.rx, ring),
            "height": self._inches(2 * node.ry, ring),
            "style": f"{style},dashed" if paint.dash else style,
            "peripheries": "2" if paint.ring else "1",
            **self._paint(paint),
            **self._type(texts, node.emphasis),
        }

    def _gap(self, name: str) -> dict[str, str]:
        gap = self.graph.gaps[name]
        place = f"{self._at((gap.x, gap.y))}!"
        return {
            "label": self.plain(gap.text),
            "shape": "plain",
            "fixedsize": "false",
            "pos": place,
            "fontsize": self._length(14.0),
        }

    def _square(self, joint: Joint, square: Square) -> dict[str, str]:
        ink = self.theme.line_paint("data", False, square.emphasis).outline
        side = self._inches(square.size)
        return {
            "label": self.plain(joint.number),
            "shape": "square",
            "pos": f"{self._at((square.x, square.y))}!",
            "width": side,
            "height": side,
            "style": "filled",
            "color": ink,
            "fillcolor": ink,
            "fontcolor": self.theme.text_colour(True, square.emphasis),
            "fontsize": number(self._points(square.size) * 0.75),
        }

    # Edges ----------------------------------------------------------------------------------------

    def _edge(self, joint: Joint, name: str) -> None:
        """Add an edge; one with a delay square leads to that first, and from there on."""
        edge = joint.edge
        paint = self.theme.line_paint(edge.role, edge.dashed, edge.emphasis)
        line = {"color": paint.outline, "penwidth": number(self._points(paint.width))}
        if paint.dash:
            line["style"] = "dashed"
        told: dict[str, str] = {}
        if joint.labels:
            told = {"label": self._label(joint.labels, ", ")}
            told |= {"lp": self._at(middle(joint.labels[0])), **self._type(joint.labels, edge.emphasis)}
        source, path = joint.source, shaft(edge)
        if joint.square:
            self.digraph.node(name, **self._square(joint, joint.square))
            before, path = path.cut((joint.square.x, joint.square.y))
            self.digraph.edge(source, name, arrowhead="none", pos=self._splines(before), **line, **told)
            source, told = name, {}
        tip = f"e,{self._at(edge.path.segments[-1][-1])} " if edge.head else ""
        head = {} if edge.head else {"arrowhead": "none"}
        place = {"id": f"{self.scene.name}-{edge.id}", "pos": tip + self._splines(path)}
        self.digraph.edge(source, joint.target, **place, **head, **line, **told)

    def _splines(self, path: Path) -> str:
        """Return a path as Graphviz writes its own: cubic curves, end to end."""
        runs: list[list[Point]] = []
        for segment in path.segments:
            if not runs or math.dist(runs[-1][-1], segment[0]) > 1e-6:
                runs.append([segment[0]])
            runs[-1] += segment[1:] if len(segment) == 4 else (*_thirds(*segment), segment[1])
        return "; ".join(" ".join(map(self._at, run)) for run in runs)

    # Attributes -----------------------------------------------------------------------------------

    def _label(self, texts: Sequence[Text], between: str) -> str:
        """Return labels as one: of a name and a place as Graphviz sets it, with smaller ones below it, else plain."""
        first, *others = [_written(text) for text in texts] or [""]
        if not first or (others and between != "\n"):
            return str(self.plain(between.join(text.text for text in texts)))
        below = [f'<BR/><FONT POINT-SIZE="{self._size(text)}">{html.escape(text.text)}</FONT>' for text in texts[1:]]
        return f"<{first}{''.join(below)}>"

    def _size(self, text: Text) -> str:
        return self._length(max((placed.scale for placed in text.label.glyphs), default=1.0) * 12)

    def _paint(self, paint: Paint) -> dict[str, str]:
        return {"fillcolor": paint.fill, "color": paint.outline, "penwidth": number(self._points(paint.width))}

    def _type(self, texts: Sequence[Text], emphasis: str) -> dict[str, str]:
        """Return the attributes of labels, as far as they are not the usual ones."""
        colour = self.theme.text_colour(False, emphasis)
        faint = {"fontcolor": colour} if colour != self.theme.text else {}
        return faint | ({"fontsize": self._size(texts[0])} if texts else {})

    def _points(self, length: float) -> float:
        return length * self.points

    def _inches(self, length: float, less: float = 0.0) -> str:
        return f"{(self._points(length) - less) / 72:.4g}"

    def _length(self, length: float) -> str:
        return number(self._points(length))

    def _at(self, point: Point) -> str:
        """Return a place as Graphviz counts it: in points, upward."""
        return f"{self._length(point[0])},{self._length(self.scene.height - point[1])}"


def _thirds(start: Point, end: Point) -> tuple[Point, Point]:
    """Return the control points of a line."""
    (x0, y0), (x1, y1) = start, end
    return ((2 * x0 + x1) / 3, (2 * y0 + y1) / 3), ((x0 + 2 * x1) / 3, (y0 + 2 * y1) / 3)


def _written(text: Text) -> str:
    """Return a label of a name and a place as Graphviz sets it, slanted and with the place raised; else nothing."""
    found = _NAME.fullmatch(text.text)
    latex = text.label.latex
    if not found or text.label.words:
        return ""
    word, letter, marks, tail, place = found.groups()
    name = html.escape(word) if word else f"<I>{html.escape(letter)}</I>"
    if r"\boldsymbol" in latex:
        name = f"<B>{name}</B>"
    lower = [part for part in tail.split("_") if part]
    above, after = marks, ""
    if place is not None and latex.endswith("]"):
        after = f"[{html.escape(place)}]"
    elif place is not None and latex.endswith(")}"):
        above += f"({html.escape(place)})"
    elif place is not None:
        lower.append(place)
    below = f"<SUB>{html.escape(','.join(lower))}</SUB>" if lower else ""
    # A prime is raised already.
    primes, above = above[: len(above) - len(above.lstrip("\u2032"))], above.lstrip("\u2032")
    raised = f"<SUP>{above}</SUP>" if above else ""
    return f"{name}{below}{primes}{raised}{after}"
