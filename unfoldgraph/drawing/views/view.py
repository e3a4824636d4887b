"""What a view is drawn into: its items, and how far it kept to what a picture must."""

from __future__ import annotations

from dataclasses import dataclass, field

from unfoldgraph.drawing.scene.scene import Item

__all__ = ["DrawnView"]


@dataclass(slots=True)
class DrawnView:
    """One view under construction.

    Attributes
    ----------
    items : What is drawn.
    lost : How many labels found no room.
    unclear : How many labels read as those of other edges.
    blocked : How many edges run through a node.
    unled : The parameters that found no way to all nodes of a variable, for each such variable.
    """

    items: list[Item] = field(default_factory=list)
    lost: int = 0
    unclear: int = 0
    blocked: int = 0
    unled: list[str] = field(default_factory=list)
