"""The formats: one function each, from the scene. `FORMATS` is the table.

All take their coordinates from the scene and their looks from `themes`, so they agree in both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from unfoldgraph.drawing.formats.dot import dot
from unfoldgraph.drawing.formats.json import json_text
from unfoldgraph.drawing.formats.pdf import pdf
from unfoldgraph.drawing.formats.png import png
from unfoldgraph.drawing.formats.svg import svg
from unfoldgraph.drawing.formats.tex import tex
from unfoldgraph.drawing.scene import Scene

__all__ = ["FORMATS"]

FORMATS: Mapping[str, Callable[[Scene], bytes]] = {
    "svg": svg,
    "png": png,
    "pdf": pdf,
    "tex": tex,
    "dot": dot,
    "json": json_text,
}
