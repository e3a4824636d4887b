"""Scalable Vector Graphics: text as outlines, each glyph stored once, no script, no reference outside.

Nodes and edges have ids; an edge says from which node to which it leads (`data-from`, `data-to`), a text and a
delay square to what they belong (`data-of`). So a picture can be read back by those who style, move or check it.
"""

from __future__ import annotations

from unfoldgraph.base.files import MARK
from unfoldgraph.drawing.scene.scene import (
    FRAME_CORNER,
    BlockArrow,
    Edge,
    Frame,
    Node,
    Scene,
    Square,
    Text,
    arrow_corners,
    corner,
    head_corners,
    number,
    path_text,
    shaft,
)
from unfoldgraph.drawing.scene.themes import THEMES, Paint, Theme
from unfoldgraph.drawing.text.typeset import Glyph, Label

__all__ = ["Glyphs", "drawing", "escape", "write"]


def write(scene: Scene) -> bytes:
    """Scalable Vector Graphics."""
    width, height = number(scene.width), number(scene.height)
    size = f'width="{number(scene.width * scene.scale)}" height="{number(scene.height * scene.scale)}"'
    role = f'role="img" aria-labelledby="{scene.name}-title {scene.name}-desc"'
    page = [f'<rect width="{width}" height="{height}" fill="{THEMES[scene.theme].background}"/>'] * scene.is_opaque
    glyphs = Glyphs(scene.name)
    body = drawing(scene, glyphs)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<!-- {MARK} -->",
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width} {height}" {role}>',
        f'<title id="{scene.name}-title">{escape(scene.title)}</title>',
        f'<desc id="{scene.name}-desc">{escape(scene.description)}</desc>',
        "<defs>",
        *glyphs.definitions(),
        "</defs>",
        *page,
        *body,
        "</svg>",
    ]
    return ("\n".join(lines) + "\n").encode()


class Glyphs:
    """The outlines that a file needs, each stored once under an id; ``prefix`` begins every id."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._found: dict[tuple[str, str], tuple[str, Glyph, float]] = {}

    def uses(self, label: Label) -> str:
        """Return the elements that write a label at its place."""
        uses = []
        for placed in label.glyphs:
            key = (placed.glyph.key, f"{placed.scale:.4f}")
            if key not in self._found:
                self._found[key] = (f"{self._prefix}-g{len(self._found)}", placed.glyph, placed.scale)
            uses.append(f'<use href="#{self._found[key][0]}" x="{number(placed.x)}" y="{number(placed.y)}"/>')
        return "".join(uses)

    def definitions(self) -> list[str]:
        """Return the outlines of all that was written."""
        return [f'<path id="{name}" d="{_outline(glyph, scale)}"/>' for name, glyph, scale in self._found.values()]


def drawing(scene: Scene, glyphs: Glyphs) -> list[str]:
    """Return the elements of all items in the order they are painted, their text written with ``glyphs``."""
    theme = THEMES[scene.theme]
    ids = {item.id for item in scene.items if isinstance(item, Node | Edge)}
    body: list[str] = []
    for item in scene.items:
        if isinstance(item, Node):
            body.extend(_node(item, theme, scene.name))
        elif isinstance(item, Edge):
            body.extend(_edge(item, theme, scene.name))
        elif isinstance(item, Square):
            body.append(_square(item, theme, scene.name))
        elif isinstance(item, Text):
            # Words beside the views belong to no element.
            owner = _reference("of", item.of if item.of in ids else "", scene.name)
            body.append(_text(item, theme, glyphs, owner))
        elif isinstance(item, Frame):
            body.append(_frame(item, theme, scene.name))
        else:
            body.append(_block_arrow(item, theme))
    return body


def escape(text: str) -> str:
    """Text for XML content or a quoted attribute; a scene holds no character that XML does not."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _paint(paint: Paint) -> str:
    dash = f' stroke-dasharray="{paint.dash_array}"' if paint.dash else ""
    return f'fill="{paint.fill}" stroke="{paint.outline}" stroke-width="{number(paint.width)}"{dash}'


def _node(node: Node, theme: Theme, prefix: str) -> list[str]:
    paint = theme.node_paint(node.role, node.emphasis)
    lines = [_shape(node, f'id="{prefix}-{escape(node.id)}" ', 0.0, _paint(paint))]
    if paint.ring:
        ring = f'fill="none" stroke="{paint.outline}" stroke-width="{number(paint.ring)}"'
        lines.append(_shape(node, "", paint.inset, ring))
    return lines


def _shape(node: Node, name: str, inset: float, paint: str) -> str:
    """Return the outline of a node, or one that runs so far inside it."""
    rx, ry = node.rx - inset, node.ry - inset
    if node.shape == "circle":
        place = f'cx="{number(node.x)}" cy="{number(node.y)}"'
        return f'<ellipse {name}{place} rx="{number(rx)}" ry="{number(ry)}" {paint}/>'
    place = f'x="{number(node.x - rx)}" y="{number(node.y - ry)}"'
    size = f'width="{number(2 * rx)}" height="{number(2 * ry)}" rx="{number(corner(node))}"'
    return f"<rect {name}{place} {size} {paint}/>"


def _frame(frame: Frame, theme: Theme, prefix: str) -> str:
    place = f'x="{number(frame.x - frame.rx)}" y="{number(frame.y - frame.ry)}"'
    size = f'width="{number(2 * frame.rx)}" height="{number(2 * frame.ry)}" rx="{number(FRAME_CORNER)}"'
    return f'<rect id="{prefix}-{escape(frame.id)}" {place} {size} {_paint(theme.frame)}/>'


def _square(square: Square, theme: Theme, prefix: str) -> str:
    corner = f'x="{number(square.x - square.size / 2)}" y="{number(square.y - square.size / 2)}"'
    size = f'width="{number(square.size)}" height="{number(square.size)}"'
    fill = theme.line_paint("data", False, square.emphasis).outline
    return f'<rect {corner} {size} fill="{fill}"{_reference("of", square.of, prefix)}/>'


def _reference(name: str, to: str, prefix: str) -> str:
    """Return an attribute that names the id of another element, where there is one."""
    return f' data-{name}="{prefix}-{escape(to)}"' if to else ""


def _edge(edge: Edge, theme: Theme, prefix: str) -> list[str]:
    paint = theme.line_paint(edge.role, edge.dashed, edge.emphasis)
    ends = _reference("from", edge.source, prefix) + _reference("to", edge.target, prefix)
    lines = [f'<path id="{prefix}-{escape(edge.id)}" d="{path_text(shaft(edge))}" {_paint(paint)}{ends}/>']
    if edge.head:
        corners = " ".join(f"{number(x)},{number(y)}" for x, y in head_corners(edge.path))
        lines.append(f'<polygon points="{corners}" fill="{paint.outline}"/>')
    return lines


def _text(text: Text, theme: Theme, glyphs: Glyphs, owner: str) -> str:
    colour = theme.text_colour(text.inverse, text.emphasis)
    return f'<g fill="{colour}"{owner}>{glyphs.uses(text.label)}</g>'


def _outline(glyph: Glyph, scale: float) -> str:
    return "".join(letter + " ".join(number(n * scale) for n in numbers) for letter, numbers in glyph.commands)


def _block_arrow(arrow: BlockArrow, theme: Theme) -> str:
    points = " ".join(f"{number(x)},{number(y)}" for x, y in arrow_corners(arrow))
    return f'<polygon points="{points}" fill="{theme.accent}"/>'
