"""Where rows and columns are: the geometry that both views share."""

from __future__ import annotations

from dataclasses import dataclass

from unfoldgraph.drawing.geometry import Outline
from unfoldgraph.drawing.layout.coordinates import Layout
from unfoldgraph.drawing.scene.style import Style

__all__ = ["Grid"]


@dataclass(frozen=True, slots=True)
class Grid:
    """One layout at one size.

    Attributes
    ----------
    layout : Row and place of every variable of the step.
    rx, ry : Half axes of every node.
    slot, row : The distance of neighbouring places, and of rows.
    pitch : The distance of neighbouring steps.
    style : How labels are written.
    """

    layout: Layout
    rx: float
    ry: float
    slot: float
    row: float
    pitch: float
    style: Style

    def shape(self, name: str, column_x: float) -> Outline:
        """Return the outline of a variable in the column whose left-most place is at ``column_x``."""
        x = column_x + self.layout.place[name] * self.slot
        return Outline(x, self.y(self.layout.row[name]), self.rx, self.ry)

    def y(self, row: float) -> float:
        """Return the height of a row, measured from the top one."""
        return (self.layout.rows - 1 - row) * self.row

    @property
    def width(self) -> float:
        """From the left-most to the right-most centre of one step."""
        return self.layout.width * self.slot

    @property
    def lanes(self) -> tuple[float, ...]:
        """The heights between the rows, above the top one and below the bottom one."""
        between = [self.y(row + 0.5) for row in range(self.layout.rows - 1)]
        outside = self.ry + 24.0
        return (*between, self.y(self.layout.rows - 1) - outside, self.y(0) + outside)
