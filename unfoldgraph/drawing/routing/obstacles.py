"""What routes and labels run among, in arrays: segments, those near a box found by a look at their bounding boxes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from unfoldgraph.drawing.geometry import Array, Rectangle, segment_box_gap

__all__ = ["Segments"]


class Segments:
    """Segments of lines, as (m, 4), with the box around each."""

    def __init__(self, ends: Array) -> None:
        self.ends = ends
        # Sides apart, each in one row: they are asked one after the other.
        self._left, self._top = np.ascontiguousarray(np.minimum(ends[:, :2], ends[:, 2:]).T)
        self._right, self._bottom = np.ascontiguousarray(np.maximum(ends[:, :2], ends[:, 2:]).T)

    def are_near(self, box: Rectangle, room: float) -> NDArray[np.bool_]:
        """Say of each segment whether it may come nearer than ``room`` to a box."""
        near: NDArray[np.bool_] = self._right > box[0] - room
        near &= self._left < box[2] + room
        near &= self._bottom > box[1] - room
        near &= self._top < box[3] + room
        return near

    def near(self, box: Rectangle, room: float) -> Array:
        """Return the segments that may come nearer than ``room`` to a box."""
        found: Array = self.ends[self.are_near(box, room)]
        return found

    def pairs(self, boxes: Array, room: float | Array) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return which of some boxes (n, 4), in ascending order, and which segments may be nearer than the room.

        There may be one room for all, or one for each, as (n,).
        """
        # First what may be near any of them.
        (left, top), (right, bottom) = (boxes[:, :2].min(0, initial=np.inf), boxes[:, 2:].max(0, initial=-np.inf))
        some = np.flatnonzero(self.are_near((left, top, right, bottom), np.max(room, initial=0.0)))
        x0, y0, x1, y1 = boxes.T
        near = self._right[some] > (x0 - room)[:, None]
        near &= self._left[some] < (x1 + room)[:, None]
        near &= self._bottom[some] > (y0 - room)[:, None]
        near &= self._top[some] < (y1 + room)[:, None]
        box, segment = near.nonzero()
        return box, some[segment]

    def gaps(self, boxes: Array, room: float | Array) -> Array:
        """Return how far each of some boxes is from the nearest of the segments in its room; infinite without any."""
        box, segment = self.pairs(boxes, room)
        found = np.full(len(boxes), np.inf)
        np.minimum.at(found, box, segment_box_gap(self.ends[segment], boxes[box].T))
        return found

    def picked(self, keep: NDArray[np.bool_]) -> Segments:
        """Return some of the segments."""
        return Segments(self.ends[keep])
