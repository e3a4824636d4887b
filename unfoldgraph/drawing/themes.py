"""The looks: one row per theme, one paint per role. No colour is written anywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

__all__ = ["THEMES", "Paint", "Theme"]


@dataclass(frozen=True, slots=True)
class Paint:
    """How an outline or a line looks; lengths in units of the view box.

    Attributes:
        fill, outline: Colours; a line has the fill ``"none"``.
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
        text: Colour of labels.
        inverse: Colour of the number inside a delay square.
        accent: Colour of the arrow between the two views, and of what is chosen.
        faint, faint_text: Colours of lines and labels that step back.
        dash: Pattern of dashed edges.
        lines: A paint for each role of an edge.
        nodes: A paint for each role of a node.
        frame: Of what belongs together.
    """

    background: str
    text: str
    inverse: str
    accent: str
    faint: str
    faint_text: str
    dash: str
    lines: Mapping[str, Paint]
    nodes: Mapping[str, Paint]
    frame: Paint

    def node_paint(self, role: str, emphasis: str = "") -> Paint:
        """How the outline of a node looks."""
        return self._emphasised(self.nodes[role], emphasis)

    def line_paint(self, role: str, dashed: bool, emphasis: str = "") -> Paint:
        """How an edge looks; its outline is the colour of its arrowhead and of its delay square too."""
        paint = self._emphasised(self.lines[role], emphasis)
        return replace(paint, dash=self.dash) if dashed else paint

    def text_colour(self, inverse: bool = False, emphasis: str = "") -> str:
        """The colour of a label; ``inverse`` on a delay square."""
        if inverse:
            return self.inverse
        return self.faint_text if emphasis == "dim" else self.text

    def _emphasised(self, paint: Paint, emphasis: str) -> Paint:
        """What stands out has a heavier line, not only another colour."""
        if emphasis == "dim":
            return replace(paint, outline=self.faint)
        if emphasis == "chosen":
            return replace(paint, outline=self.accent, width=paint.width + 1.6)
        return replace(paint, outline=self.accent, width=paint.width + 0.6) if emphasis == "lit" else paint


_INK = "#1a1a1a"
_GREY = "#d9d9d9"

THEMES: Mapping[str, Theme] = {
    "book": Theme(
        background="#ffffff",
        text=_INK,
        inverse="#ffffff",
        accent="#0072b2",
        faint="#b4b4b4",
        faint_text="#707070",
        dash="4.2 2.6",
        lines={"data": Paint("none", _INK, 1.3), "gradient": Paint("none", "#d55e00", 1.3)},
        nodes={
            "input": Paint(_GREY, _INK),
            "state": Paint("#ffffff", _INK),
            # Outputs have a heavier outline, losses a tint too: kinds differ by more than where they stand.
            "output": Paint("#ffffff", _INK, 2.1),
            "loss": Paint("#f0f0f0", _INK, 2.1),
            "boundary": Paint("#ececec", _INK, ring=True),
            "ellipsis": Paint("#ffffff", _INK, dash="4.2 2.6"),
            "parameter": Paint("#f4f4f4", _INK, 1.0),
            "constant": Paint("#ffffff", _INK, 0.8, dash="1.2 1.8"),
            "operation": Paint("#ffffff", _INK, 1.0),
        },
        frame=Paint("none", "#b4b4b4", 0.9, dash="1.2 2.4"),
    ),
}
