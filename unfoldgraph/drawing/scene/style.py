"""How close together a picture is drawn, and how its labels are written."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CLOSER", "Closeness", "Style"]


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
