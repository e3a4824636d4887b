"""Where rows and columns are: the geometry that both views share."""

from __future__ import annotations

from dataclasses import dataclass

from unfoldgraph.drawing.geometry import Outline
from unfoldgraph.drawing.layout.coordinates import Layout

__all__ = ["CLOSER", "Closeness", "Grid", "Style"]


@dataclass(frozen=True, slots=True)
class Closeness:
    """How close together a picture is drawn; by default as it looks best.

    Attributes
    ----------
    space : The space between nodes and between views, of the natural one.
    radius : The least half axis of nodes.
    is_stacked : Whether the circuit stands above its unfolding instead of beside it; None where it does only if
        the picture would be very wide and low.
    """

    space: float = 1.0
    radius: float = 23.0
    is_stacked: bool | None = None


#: From the natural picture to the closest that keeps all rules, each narrower than the one before by a tenth or so.
CLOSER = (
    Closeness(),
    Closeness(0.84, 22.0),
    Closeness(0.7, 20.0),
    Closeness(0.58, 18.0),
    Closeness(0.47, 16.0),
)


@dataclass(frozen=True, slots=True)
class Style:
    """How labels are written.

    Attributes
    ----------
    margin : The space that labels keep around them.
    space : The space between nodes, of the natural one.
    notation : How an index is written.
    circuit_type, unfolded_type : Type of the letters in each view, in units to the em.
    """

    margin: float
    notation: str = "book"
    circuit_type: float = 17.0
    unfolded_type: float = 14.5
    space: float = 1.0


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
