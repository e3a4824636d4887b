"""The formats: one function each, from the scene. `FORMATS` is the table."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable, Mapping

from unfoldgraph.drawing.scene import (
    BlockArrow,
    Edge,
    Node,
    Scene,
    Square,
    Text,
    number,
    path_text,
    tip,
    to_dictionary,
)
from unfoldgraph.drawing.themes import THEMES, Theme
from unfoldgraph.drawing.typeset import Glyph
from unfoldgraph.files import MARK

__all__ = ["FORMATS", "json_text", "png", "svg"]

_PNG_SCALE = 2
_HEAD = ((0.0, 0.0), (-8.0, 3.3), (-6.0, 0.0), (-8.0, -3.3))


def json_text(scene: Scene) -> bytes:
    """The scene itself."""
    content = {"generator": MARK, **to_dictionary(scene)}
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def svg(scene: Scene) -> bytes:
    """Scalable Vector Graphics: text as outlines, each glyph stored once, no script, no reference outside."""
    theme = THEMES[scene.theme]
    prefix = scene.name
    glyphs: dict[tuple[str, str], tuple[str, Glyph, float]] = {}
    body: list[str] = []
    for item in scene.items:
        if isinstance(item, Node):
            body.extend(_node(item, theme, prefix))
        elif isinstance(item, Edge):
            body.extend(_edge(item, theme, prefix))
        elif isinstance(item, Square):
            corner = f'x="{number(item.x - item.size / 2)}" y="{number(item.y - item.size / 2)}"'
            body.append(
                f'<rect {corner} width="{number(item.size)}" height="{number(item.size)}" fill="{theme.line}"/>'
            )
        elif isinstance(item, Text):
            body.append(_text(item, theme, prefix, glyphs))
        else:
            body.append(_block_arrow(item, theme))
    width, height = number(scene.width), number(scene.height)
    size = f'width="{width}" height="{height}"'
    role = f'role="img" aria-labelledby="{prefix}-title {prefix}-desc"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<!-- {MARK} -->",
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width} {height}" {role}>',
        f'<title id="{prefix}-title">{escape(scene.title)}</title>',
        f'<desc id="{prefix}-desc">{escape(scene.description)}</desc>',
        "<defs>",
        *(f'<path id="{name}" d="{_outline(glyph, scale)}"/>' for name, glyph, scale in glyphs.values()),
        "</defs>",
        f'<rect {size} fill="{theme.background}"/>',
        *body,
        "</svg>",
    ]
    return ("\n".join(lines) + "\n").encode()


def png(scene: Scene) -> bytes:
    """Portable Network Graphics, two pixels to the unit, rendered by resvg from the SVG."""
    import resvg_py

    image = bytes(resvg_py.svg_to_bytes(svg_string=svg(scene).decode(), zoom=_PNG_SCALE, skip_system_fonts=True))
    # The mark goes behind the signature (8 bytes) and the header chunk (25).
    text = b"Software\0" + MARK.encode()
    chunk = struct.pack(">I", len(text)) + b"tEXt" + text + struct.pack(">I", zlib.crc32(b"tEXt" + text))
    return image[:33] + chunk + image[33:]


FORMATS: Mapping[str, Callable[[Scene], bytes]] = {
    "svg": svg,
    "png": png,
    "json": json_text,
}


def escape(text: str) -> str:
    """Text for XML content or a quoted attribute; characters XML cannot hold become U+FFFD."""
    legal = "".join(
        c if c in "\t\n\r" or "\x20" <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c >= "\U00010000" else "\ufffd"
        for c in text
    )
    return legal.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _node(node: Node, theme: Theme, prefix: str) -> list[str]:
    style = theme.styles[node.role]
    dash = f' stroke-dasharray="{style.dash}"' if style.dash else ""
    place = f'cx="{number(node.x)}" cy="{number(node.y)}"'
    size = f'rx="{number(node.rx)}" ry="{number(node.ry)}"'
    paint = f'fill="{style.fill}" stroke="{style.outline}" stroke-width="{number(style.width)}"{dash}'
    lines = [f'<ellipse id="{prefix}-{escape(node.id)}" {place} {size} {paint}/>']
    if style.ring:
        lines.append(
            f'<ellipse {place} rx="{number(node.rx - 2.6)}" ry="{number(node.ry - 2.6)}" '
            f'fill="none" stroke="{style.outline}" stroke-width="0.7"/>'
        )
    return lines


def _edge(edge: Edge, theme: Theme, prefix: str) -> list[str]:
    dash = f' stroke-dasharray="{theme.dash}"' if edge.dashed else ""
    path = path_text(edge.path)
    lines: list[str] = []
    if edge.head:
        (x, y), (ux, uy) = tip(edge.path)
        # The shaft stops inside the head, or its square end would blunt the tip.
        path = f"{path.rpartition('L')[0]}L {number(x - 5.5 * ux)} {number(y - 5.5 * uy)}"
        corners = " ".join(f"{number(x + a * ux - b * uy)},{number(y + a * uy + b * ux)}" for a, b in _HEAD)
        lines.append(f'<polygon points="{corners}" fill="{theme.line}"/>')
    name = f'id="{prefix}-{escape(edge.id)}"'
    line = f'fill="none" stroke="{theme.line}" stroke-width="{number(theme.line_width)}"'
    return [f'<path {name} d="{path}" {line}{dash}/>', *lines]


def _text(
    text: Text,
    theme: Theme,
    prefix: str,
    glyphs: dict[tuple[str, str], tuple[str, Glyph, float]],
) -> str:
    colour = theme.inverse if text.inverse else theme.text
    uses = []
    for placed in text.label.glyphs:
        key = (placed.glyph.key, f"{placed.scale:.4f}")
        if key not in glyphs:
            glyphs[key] = (f"{prefix}-g{len(glyphs)}", placed.glyph, placed.scale)
        uses.append(f'<use href="#{glyphs[key][0]}" x="{number(placed.x)}" y="{number(placed.y)}"/>')
    return f'<g fill="{colour}">{"".join(uses)}</g>'


def _outline(glyph: Glyph, scale: float) -> str:
    return "".join(letter + " ".join(number(n * scale) for n in numbers) for letter, numbers in glyph.commands)


def _block_arrow(arrow: BlockArrow, theme: Theme) -> str:
    x, y, end = arrow.x, arrow.y, arrow.x + arrow.length
    corners = (
        (x, y - 3), (end - 13, y - 3), (end - 13, y - 9), (end, y), (end - 13, y + 9), (end - 13, y + 3), (x, y + 3)
    )  # fmt: skip
    points = " ".join(f"{number(a)},{number(b)}" for a, b in corners)
    return f'<polygon points="{points}" fill="{theme.accent}"/>'
