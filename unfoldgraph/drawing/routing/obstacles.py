"""What routes and labels run among, in arrays: segments, those near a box found by a look at their bounding boxes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from unfoldgraph.drawing.geometry import Array, Rectangle

__all__ = ["Segments"]


class Segments:
    """Segments of lines, as (m, 4), with the box around each."""

    def __init__(self, lines: Array) -> None:
        self.lines = lines
        # Sides apart, each in one row: they are asked one after the other.
        self._left, self._top = np.ascontiguousarray(np.minimum(lines[:, :2], lines[:, 2:]).T)
        self._right, self._bottom = np.ascontiguousarray(np.maximum(lines[:, :2], lines[:, 2:]).T)

    def are_near(self, box: Rectangle, room: float) -> NDArray[np.bool_]:
        """Say of each segment whether it may come nearer than ``room`` to a box."""
        near: NDArray[np.bool_] = self._right > box[0] - room
        near &= self._left < box[2] + room
        near &= self._bottom > box[1] - room
        near &= self._top < box[3] + room
        return near

    def near(self, box: Rectangle, room: float) -> Array:
        """Return the segments that may come nearer than ``room`` to a box."""
        found: Array = self.lines[self.are_near(box, room)]
        return found
