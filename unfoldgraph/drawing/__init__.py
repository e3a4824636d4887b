"""From one step of a circuit to pictures: cell, layout, routes, labels, scene, formats.

`draw` is the way in for a model, `FORMATS` writes what it returns. All but `binding` and `through` know
cells only (one step, see `cell`), so that a picture can be designed, tested and looked at by itself.
"""

from __future__ import annotations

__all__ = ["FORMATS", "WITHOUT_LEGEND", "Options", "draw", "draw_scene", "format_of", "suffix_of"]

from unfoldgraph.drawing.binding import draw
from unfoldgraph.drawing.figure import draw_scene
from unfoldgraph.drawing.formats import FORMATS, WITHOUT_LEGEND, format_of, suffix_of
from unfoldgraph.drawing.options import Options
