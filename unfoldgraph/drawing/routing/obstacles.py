"""What routes and labels run among, in arrays: segments, those near a box found by a look at their bounding boxes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from unfoldgraph.drawing.geometry import Floats, Rectangle, segment_box_gap

__all__ = ["Segments"]


class Segments:
    """Segments of lines with the box around each.

    Attributes
    ----------
    ends : Where each begins and ends, as (m, 4): x0 y0 x1 y1.
    """

    def __init__(self, ends: Floats, sides: Floats | None = None) -> None:
        self.ends = ends
        # Left, top, right and bottom, each in one row: they are asked one after the other.
        self._sides = np.ascontiguousarray(_sides(ends).T) if sides is None else sides

    def are_near(self, box: Rectangle, room: float) -> NDArray[np.bool_]:
        """Say of each segment whether it may come nearer than ``room`` to a box."""
        left, top, right, bottom = self._sides
        near: NDArray[np.bool_] = right > box[0] - room
        near &= left < box[2] + room
        near &= bottom > box[1] - room
        near &= top < box[3] + room
        return near

    def near(self, box: Rectangle, room: float) -> Floats:
        """Return the segments that may come nearer than ``room`` to a box."""
        found: Floats = self.ends[self.are_near(box, room)]
        return found

    def pairs(self, boxes: Floats, room: float | Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return which of some boxes (n, 4), in ascending order, and which segments may be nearer than the room.

        There may be one room for all, or one for each, as (n,).
        """
        # First what may be near any of them.
        (x0, y0), (x1, y1) = (boxes[:, :2].min(0, initial=np.inf), boxes[:, 2:].max(0, initial=-np.inf))
        some = np.flatnonzero(self.are_near((x0, y0, x1, y1), np.max(room, initial=0.0)))
        left, top, right, bottom = self._sides[:, some]
        near = right > (boxes[:, 0] - room)[:, None]
        near &= left < (boxes[:, 2] + room)[:, None]
        near &= bottom > (boxes[:, 1] - room)[:, None]
        near &= top < (boxes[:, 3] + room)[:, None]
        box, segment = near.nonzero()
        return box, some[segment]

    def gaps(self, boxes: Floats, room: float | Floats) -> Floats:
        """Return how far each of some boxes is from the nearest of the segments in its room; infinite without any."""
        box, segment = self.pairs(boxes, room)
        found = np.full(len(boxes), np.inf)
        if len(box):
            np.minimum.at(found, box, segment_box_gap(self.ends[segment], boxes[box].T))
        return found

    def picked(self, keep: NDArray[np.bool_]) -> Segments:
        """Return some of the segments."""
        return Segments(self.ends[keep], self._sides[:, keep])


def _sides(ends: Floats) -> Floats:
    """Return the boxes around segments, as (m, 4)."""
    return np.hstack([np.minimum(ends[:, :2], ends[:, 2:]), np.maximum(ends[:, :2], ends[:, 2:])])
