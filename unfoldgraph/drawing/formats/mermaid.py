"""Mermaid, for pages that draw it: what is joined to what, in kinds and colours; the rest is lost and said to be."""

from __future__ import annotations

import re

from unfoldgraph.base.files import MARK
from unfoldgraph.drawing.formats.diagram import Joint, diagram_of
from unfoldgraph.drawing.scene.scene import Node, Scene
from unfoldgraph.drawing.scene.themes import THEMES, Paint, Theme

__all__ = ["write"]

_LOST = (
    "Lost in this format: the places of nodes, the routes of edges, typeset labels, arrowheads and sizes.",
    "The squares of delays are a part of the label of their edge.",
)
_TITLES = {
    "circuit": "The circuit",
    "cut": "The circuit, cut at its delays",
    "unfolded": "Unfolded",
    "legend": "Legend",
}
# What stands for itself in a label; anything else of ASCII is written as the number of its character.
_PLAIN = re.compile(r"[^A-Za-z0-9 .,:()+='/_\x80-\U0010ffff-]")


def write(scene: Scene) -> bytes:
    """Mermaid, a flowchart without places and typeset labels."""
    theme, graph = THEMES[scene.theme], diagram_of(scene)
    lines = [f"%% {MARK}.", *(f"%% {line}" for line in _LOST), "flowchart LR"]
    lines += [f"  accTitle: {_text(scene.title)}", f"  accDescr: {_text(scene.description)}"]
    styles: dict[str, str] = {}
    for view, names in graph.views.items():
        # A part that nothing joins to another would turn its direction.
        lines += [f'  subgraph {view}["{_text(_TITLES.get(view, view))}"]', "    direction LR"]
        for name in names:
            if name in graph.gaps:
                lines.append(f'    {name}["{_lines(graph.gaps[name].text)}"]:::gap')
                continue
            node = graph.nodes[name]
            kind = f"{node.role}_{node.emphasis}" if node.emphasis else node.role
            paint = theme.node_paint(node.role, node.emphasis)
            styles[kind] = _node_style(paint, theme.text_colour(False, node.emphasis))
            label = _lines("\n".join(text.text for text in graph.labels[name]))
            lines.append(f"    {name}{_shaped(node, paint, label)}:::{kind}")
        lines.append("  end")
    lines += [f"  {_edge(joint)}" for joint in graph.joints]
    lines += [f"  classDef {kind} {style}" for kind, style in styles.items()]
    page = theme.background if scene.is_opaque else "none"
    lines += [f"  style {view} fill:{page},stroke:{theme.frame.outline},color:{theme.text}" for view in graph.views]
    if graph.gaps:
        lines.append(f"  classDef gap fill:none,stroke:none,color:{theme.text}")
    return "\n".join([*lines, *_edge_styles(graph.joints, theme)]).encode() + b"\n"


def _shaped(node: Node, paint: Paint, label: str) -> str:
    """Return a label in the brackets of a shape: a circle, with two outlines for a ring, or wider than high."""
    if node.shape == "rectangle":
        return f'["{label}"]'
    if node.rx != node.ry:
        return f'(["{label}"])'
    return f'((("{label}")))' if paint.ring else f'(("{label}"))'


def _edge(joint: Joint) -> str:
    edge = joint.edge
    square = " ".join(filter(None, ("\u25a0", joint.number))) if joint.square else ""
    label = " ".join(filter(None, (square, ", ".join(text.text for text in joint.labels))))
    arrow = ("-.->" if edge.head else "-.-") if edge.dashed else "-->" if edge.head else "---"
    return (
        f'{joint.source} {arrow}|"{_text(label)}"| {joint.target}'
        if label
        else f"{joint.source} {arrow} {joint.target}"
    )


def _node_style(paint: Paint, colour: str) -> str:
    dash = f",stroke-dasharray:{paint.dash_array}" if paint.dash else ""
    return f"fill:{paint.fill},stroke:{paint.outline},stroke-width:{paint.width:g}px,color:{colour}{dash}"


def _edge_styles(joints: tuple[Joint, ...], theme: Theme) -> list[str]:
    """Return the looks of edges, by their numbers."""
    alike: dict[str, list[str]] = {}
    for n, joint in enumerate(joints):
        paint = theme.line_paint(joint.edge.role, joint.edge.dashed, joint.edge.emphasis)
        alike.setdefault(f"stroke:{paint.outline},stroke-width:{paint.width:g}px", []).append(str(n))
    return [f"  linkStyle {','.join(numbers)} {style}" for style, numbers in alike.items()]


def _lines(text: str) -> str:
    return "<br>".join(map(_text, text.split("\n")))


def _text(text: str) -> str:
    """Return any text as one that Mermaid reads as nothing else."""
    return _PLAIN.sub(lambda found: f"#{ord(found[0])};", text)
