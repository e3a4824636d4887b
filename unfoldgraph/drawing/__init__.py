"""From one step of a circuit to pictures: cell, layout, routes, labels, scene, formats.

`draw_scene` and `FORMATS` are the way in; everything else is a stage of them. The package reads a
`Cell` (one step, see `cell`) and needs no model, so that it can be designed,
tested and looked at by itself.
"""

from __future__ import annotations

__all__ = ["FORMATS", "draw_scene"]

from unfoldgraph.drawing.figure import draw_scene
from unfoldgraph.drawing.writers import FORMATS
