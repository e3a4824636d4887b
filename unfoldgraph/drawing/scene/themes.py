"""The looks: one row per theme, one paint per role. No colour is written anywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

__all__ = ["THEMES", "Paint", "Theme"]

# The space between an outline and the ring inside it.
_RING_SPACE = 1.9


@dataclass(frozen=True, slots=True)
class Paint:
    """How an outline or a line looks; lengths in units of the view box.

    Attributes
    ----------
    fill, outline : Colours; a line has the fill ``"none"``.
    width : Of the outline.
    dash : Lengths of the outline that are drawn and left out by turns, none for a solid one.
    ring : Width of a second outline that runs inside the first, 0 for none: kinds must
        differ by more than their colour.
    """

    fill: str
    outline: str
    width: float = 1.4
    dash: tuple[float, ...] = ()
    ring: float = 0.0

    @property
    def dash_array(self) -> str:
        """The dashes as SVG and PDF have them."""
        return " ".join(f"{length:g}" for length in self.dash)

    @property
    def inset(self) -> float:
        """How far inside the outline the ring runs."""
        return self.width / 2 + _RING_SPACE


@dataclass(frozen=True, slots=True)
class Theme:
    """One theme.

    Attributes
    ----------
    background : Of the page, where the picture is opaque.
    text : Colour of labels.
    inverse : Colour of the number inside a delay square.
    accent : Colour of the arrow between the two views, and of what is chosen.
    faint, faint_text, faint_inverse : The colours of lines, labels and numbers in squares that step back.
    weights : How much is added to the width of a line for each emphasis.
    dash : That of dashed edges.
    lines : A paint for each role of an edge.
    nodes : A paint for each role of a node.
    frame : Of what belongs together.
    """

    background: str
    text: str
    inverse: str
    accent: str
    faint: str
    faint_text: str
    faint_inverse: str
    weights: Mapping[str, float]
    dash: tuple[float, ...]
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
        """Return the colour of a label; ``inverse`` on a delay square."""
        if emphasis == "dim":
            return self.faint_inverse if inverse else self.faint_text
        return self.inverse if inverse else self.text

    def _emphasised(self, paint: Paint, emphasis: str) -> Paint:
        """Return the width of a line: what stands out has a heavier one, not only another colour."""
        if not emphasis:
            return paint
        colour = self.faint if emphasis == "dim" else self.accent
        # A sink is one black square, and stays in one colour.
        fill = colour if paint.fill == paint.outline else paint.fill
        return replace(paint, fill=fill, outline=colour, width=max(paint.width + self.weights[emphasis], 0.0))


_INK, _GREY, _WHITE, _BLACK = "#1a1a1a", "#d9d9d9", "#ffffff", "#000000"
_LIGHT, _NIGHT = "#e6e8ea", "#14171b"
_DASHES, _DOTS = (4.2, 2.6), (1.2, 1.8)
_WEIGHTS = {"chosen": 1.6, "lit": 0.6, "dim": 0.0}
# The colours of Okabe and Ito, which all kinds of colour vision tell apart.
_BLUE, _SKY, _VERMILLION = "#0072b2", "#56b4e9", "#d55e00"

# Kinds differ by width, dashes, ring or the grey of their fill, in every theme, so that a print without colour
# still tells them apart: outputs are heavier than states, losses are tinted outputs, what is given has a ring.

# Black, white and grey, as books are printed.
_BOOK = Theme(
    background=_WHITE,
    text=_INK,
    inverse=_WHITE,
    accent=_BLUE,
    faint="#b4b4b4",
    faint_text="#595959",
    faint_inverse=_INK,
    weights=_WEIGHTS,
    dash=_DASHES,
    lines={
        "data": Paint("none", _INK, 1.3),
        "gradient": Paint("none", _VERMILLION, 2.0),
        "parameter": Paint("none", "#767676", 0.8),
    },
    nodes={
        "input": Paint(_GREY, _INK),
        "state": Paint(_WHITE, _INK),
        "output": Paint(_WHITE, _INK, 2.1),
        "loss": Paint("#f0f0f0", _INK, 2.1),
        "boundary": Paint("#ececec", _INK, ring=0.7),
        "sink": Paint(_INK, _INK, 0.0),
        "ellipsis": Paint(_WHITE, _INK, dash=_DASHES),
        "parameter": Paint("#ececec", _INK, 0.8),
        "constant": Paint(_WHITE, _INK, 0.8, dash=_DOTS),
        "operation": Paint(_WHITE, _INK, 0.8),
    },
    frame=Paint("none", "#8c8c8c", 0.9, dash=(1.2, 2.4)),
)

THEMES: Mapping[str, Theme] = {
    "book": _BOOK,
    # Tints of Okabe and Ito's colours under black text, their full colours as outlines where these are dark enough.
    "color": replace(
        _BOOK,
        nodes={
            "input": Paint("#bbe1f6", _BLUE),
            "state": Paint("#def3ec", "#00855f"),
            "output": Paint("#fdefe4", _VERMILLION, 2.1),
            "loss": Paint("#efcfe0", "#a8507f", 2.1),
            "boundary": Paint("#faf5b4", "#00855f", ring=0.7),
            "sink": Paint(_INK, _INK, 0.0),
            "ellipsis": Paint(_WHITE, _INK, dash=_DASHES),
            "parameter": Paint("#f7dca4", "#8a5f00", 0.8),
            "constant": Paint(_WHITE, _INK, 0.8, dash=_DOTS),
            "operation": Paint(_WHITE, _INK, 0.8),
        },
    ),
    # Light lines on a dark page, fills a step above it.
    "dark": Theme(
        background=_NIGHT,
        text="#f2f3f4",
        inverse=_NIGHT,
        accent=_SKY,
        faint="#59626c",
        faint_text="#b9c0c7",
        faint_inverse="#f2f3f4",
        weights=_WEIGHTS,
        dash=_DASHES,
        lines={
            "data": Paint("none", _LIGHT, 1.3),
            "gradient": Paint("none", "#f0883e", 2.0),
            "parameter": Paint("none", "#8b959e", 0.8),
        },
        nodes={
            "input": Paint("#424a53", _LIGHT),
            "state": Paint("#1f242a", _LIGHT),
            "output": Paint("#1f242a", _LIGHT, 2.1),
            "loss": Paint("#343b43", _LIGHT, 2.1),
            "boundary": Paint("#2b3138", _LIGHT, ring=0.7),
            "sink": Paint(_LIGHT, _LIGHT, 0.0),
            "ellipsis": Paint(_NIGHT, _LIGHT, dash=_DASHES),
            "parameter": Paint("#363d45", _LIGHT, 0.8),
            "constant": Paint(_NIGHT, _LIGHT, 0.8, dash=_DOTS),
            "operation": Paint("#1f242a", _LIGHT, 0.8),
        },
        frame=Paint("none", "#6f7882", 0.9, dash=(1.2, 2.4)),
    ),
    # Black on white and nothing between, with heavy lines: for low vision, and for printers that lose greys.
    "contrast": Theme(
        background=_WHITE,
        text=_BLACK,
        inverse=_WHITE,
        accent=_BLACK,
        faint=_BLACK,
        faint_text=_BLACK,
        faint_inverse=_WHITE,
        weights={"chosen": 2.4, "lit": 1.0, "dim": -0.7},
        dash=(6, 4),
        lines={
            "data": Paint("none", _BLACK, 2.0),
            "gradient": Paint("none", _BLACK, 3.2),
            "parameter": Paint("none", _BLACK, 1.2),
        },
        nodes={
            "input": Paint(_WHITE, _BLACK, 2.0, ring=1.4),
            "state": Paint(_WHITE, _BLACK, 2.0),
            "output": Paint(_WHITE, _BLACK, 3.6),
            "loss": Paint(_WHITE, _BLACK, 3.6, ring=1.4),
            "boundary": Paint(_WHITE, _BLACK, 2.0, dash=(6, 2), ring=1.4),
            "sink": Paint(_BLACK, _BLACK, 0.0),
            "ellipsis": Paint(_WHITE, _BLACK, 2.0, dash=(6, 4)),
            "parameter": Paint(_WHITE, _BLACK, 1.6, dash=(8, 2.4, 1.6, 2.4)),
            "constant": Paint(_WHITE, _BLACK, 1.6, dash=(1.6, 2.6)),
            "operation": Paint(_WHITE, _BLACK, 1.2),
        },
        frame=Paint("none", _BLACK, 1.2, dash=(1.6, 3.2)),
    ),
}
