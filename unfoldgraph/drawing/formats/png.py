"""Pixels, rendered from the SVG."""

from __future__ import annotations

import math
import struct
import zlib
from dataclasses import replace

from unfoldgraph.base.files import MARK
from unfoldgraph.drawing.formats import svg
from unfoldgraph.drawing.scene.scene import Scene
from unfoldgraph.drawing.scene.themes import THEMES

__all__ = ["write"]


def write(scene: Scene) -> bytes:
    """Portable Network Graphics, rendered by resvg from the SVG, as wide in print as that."""
    import resvg_py

    pixels = scene.scale * scene.resolution / 96
    # A page of whole pixels, or those at the edges would be half transparent.
    width, height = (math.ceil(side * pixels - 0.01) for side in (scene.width, scene.height))
    page = replace(scene, width=width / pixels, height=height / pixels, scale=pixels)
    background = THEMES[scene.theme].background if scene.is_opaque else None
    image = bytes(
        resvg_py.svg_to_bytes(svg_string=svg.write(page).decode(), background=background, skip_system_fonts=True)
    )
    # The mark goes behind the signature (8 bytes) and the header chunk (25); with it how many pixels a metre has.
    density = round(scene.resolution / 0.0254)
    more = _chunk(b"pHYs", struct.pack(">IIB", density, density, 1)) + _chunk(b"tEXt", b"Software\0" + MARK.encode())
    return image[:33] + more + image[33:]


def _chunk(name: bytes, content: bytes) -> bytes:
    """Return a part of a file: its length, its name, its content and a sum to check it by."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
