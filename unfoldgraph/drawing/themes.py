"""The looks: one row per theme, one style per role. No colour is written anywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["THEMES", "Style", "Theme"]


@dataclass(frozen=True, slots=True)
class Style:
    """How the nodes of one role look; lengths in units of the view box.

    Attributes:
        fill, outline: Colours.
        width: Of the outline.
        dash: Pattern of the outline, ``""`` for a solid one.
        ring: Whether a second, thin outline runs inside the first: kinds must
            differ by more than their colour.
    """

    fill: str
    outline: str
    width: float = 1.4
    dash: str = ""
    ring: bool = False


@dataclass(frozen=True, slots=True)
class Theme:
    """One theme.

    Attributes:
        background: Of the page; always opaque.
        line: Colour of edges and delay squares.
        text: Colour of labels.
        inverse: Colour of the number inside a delay square.
        accent: Colour of the arrow between the two views.
        line_width: Of edges.
        dash: Pattern of dashed edges.
        styles: A style for each role.
    """

    background: str
    line: str
    text: str
    inverse: str
    accent: str
    line_width: float
    dash: str
    styles: Mapping[str, Style]


_INK = "#1a1a1a"
_GREY = "#d9d9d9"

THEMES: Mapping[str, Theme] = {
    "book": Theme(
        background="#ffffff",
        line=_INK,
        text=_INK,
        inverse="#ffffff",
        accent="#0072b2",
        line_width=1.3,
        dash="4.2 2.6",
        styles={
            "input": Style(_GREY, _INK),
            "state": Style("#ffffff", _INK),
            # Outputs have a heavier outline, losses a tint too: kinds differ by more than where they stand.
            "output": Style("#ffffff", _INK, 2.1),
            "loss": Style("#f0f0f0", _INK, 2.1),
            "boundary": Style("#ececec", _INK, ring=True),
            "ellipsis": Style("#ffffff", _INK, dash="4.2 2.6"),
        },
    ),
}
