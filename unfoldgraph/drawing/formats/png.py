"""Pixels, rendered from the SVG."""

from __future__ import annotations

import struct
import zlib

from unfoldgraph.drawing.formats.svg import svg
from unfoldgraph.drawing.scene import Scene
from unfoldgraph.files import MARK

__all__ = ["png"]

_SCALE = 2


def png(scene: Scene) -> bytes:
    """Portable Network Graphics, two pixels to the unit, rendered by resvg from the SVG."""
    import resvg_py

    image = bytes(resvg_py.svg_to_bytes(svg_string=svg(scene).decode(), zoom=_SCALE, skip_system_fonts=True))
    # The mark goes behind the signature (8 bytes) and the header chunk (25).
    text = b"Software\0" + MARK.encode()
    chunk = struct.pack(">I", len(text)) + b"tEXt" + text + struct.pack(">I", zlib.crc32(b"tEXt" + text))
    return image[:33] + chunk + image[33:]
