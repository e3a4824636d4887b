"""The writers: of each format in `options.FORMATS` the function `write` of the module of that name, from the scene.

All take their coordinates from the scene and their looks from `themes`, so they agree in both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module

from unfoldgraph.drawing.options import FORMATS
from unfoldgraph.drawing.scene.scene import Scene

__all__ = ["WRITERS"]


def _written(format_: str, scene: Scene) -> bytes:
    """Return a scene in a format, whose module is loaded when it is first used."""
    content: bytes = import_module(f"unfoldgraph.drawing.formats.{format_}").write(scene)
    return content


WRITERS: Mapping[str, Callable[[Scene], bytes]] = {format_: partial(_written, format_) for format_ in FORMATS}
