"""The scene itself, as JSON."""

from __future__ import annotations

import json

from unfoldgraph.base.files import MARK
from unfoldgraph.drawing.scene.scene import Scene, to_dictionary

__all__ = ["write"]


def write(scene: Scene) -> bytes:
    """JavaScript Object Notation: the scene, for those who draw with something else."""
    content = {"generator": MARK, **to_dictionary(scene)}
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()
