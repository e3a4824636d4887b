"""The formats: one function each, from the scene. `FORMATS` is the table.

All take their coordinates from the scene and their looks from `themes`, so they agree in both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from unfoldgraph.drawing.formats.dot import dot
from unfoldgraph.drawing.formats.html import html
from unfoldgraph.drawing.formats.json import json_text
from unfoldgraph.drawing.formats.mermaid import mermaid
from unfoldgraph.drawing.formats.pdf import pdf
from unfoldgraph.drawing.formats.png import png
from unfoldgraph.drawing.formats.svg import svg
from unfoldgraph.drawing.formats.tex import tex
from unfoldgraph.drawing.scene.scene import Scene

__all__ = ["FORMATS", "WITHOUT_LEGEND", "format_of", "suffix_of"]

FORMATS: Mapping[str, Callable[[Scene], bytes]] = {
    "svg": svg,
    "png": png,
    "pdf": pdf,
    "tex": tex,
    "dot": dot,
    "mermaid": mermaid,
    "html": html,
    "json": json_text,
}
#: Those that another program lays out, which would make a legend a part of the graph.
WITHOUT_LEGEND = frozenset({"dot", "mermaid"})
# Where files have another suffix than the name of the format.
_SUFFIXES = {"mermaid": "mmd"}


def suffix_of(format_: str) -> str:
    """Return the suffix of the files of a format, without its dot."""
    return _SUFFIXES.get(format_, format_)


def format_of(suffix: str) -> str:
    """Return the format that a suffix stands for, which may be none that there is.

    >>> format_of("mmd"), format_of("svg")
    ('mermaid', 'svg')
    """
    return next((format_ for format_, own in _SUFFIXES.items() if own == suffix), suffix)
