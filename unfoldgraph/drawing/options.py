"""What can be asked of a picture: one field per option, checked before any work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unfoldgraph.algebra.notation import NOTATIONS
from unfoldgraph.base.errors import CircuitError, did_you_mean
from unfoldgraph.drawing.scene.themes import THEMES

__all__ = ["BACKGROUNDS", "DETAILS", "DIRECTIONS", "LAYOUTS", "PARAMETERS", "TIMES", "VIEWS", "Options"]

VIEWS = ("both", "circuit", "unfolded", "cut")
DETAILS = ("variables", "operations")
TIMES = ("symbolic", "numeric")
DIRECTIONS = ("right", "up")
PARAMETERS = ("labels", "nodes")
BACKGROUNDS = ("opaque", "transparent")
LAYOUTS = ("auto", "own", "graphviz")


@dataclass(frozen=True, slots=True)
class Options:
    """How a picture is to be.

    Attributes
    ----------
    view : ``"both"``, ``"circuit"``, ``"unfolded"``, or ``"cut"``: the delays split into source and sink.
    time : ``"symbolic"`` or ``"numeric"``; None where the number of steps says it.
    theme : A row of `themes.THEMES`.
    notation : How an index is written, see `notation.NOTATIONS`.
    detail : ``"variables"``, a node per variable, or ``"operations"``, a node per operation.
    direction : Where time runs: ``"right"``, or ``"up"`` with inputs on the left and outputs on the right.
    show : Which steps are shown, ``"1-3,98-100"``; for several axes by name, ``"i=1-2,5,j=1-3"`` or a mapping,
        ``{"i": "1-2,5", "j": "1-3"}``. The others are gaps that are counted. What is read by its number is shown
        too. None to choose them: up to eight, of more the first and the last.
    width : How wide the picture prints: ``"12cm"``, ``"340pt"``, ``"5in"``; a narrower one keeps its own width, as
        all do with None. It is drawn closer, with fewer steps, or with the circuit above its unfolding, before its
        type gets smaller than 7 pt.
    highlight : A node, ``"h(4)"``, whose ancestors stand out.
    parameters : ``"labels"`` on the edges, or ``"nodes"``: each a node with its uses; ``"W,U"`` for these alone.
    values : Arrays by name, from which the values of the nodes are written beside their names.
    wavefronts : Whether the nodes of a lattice are numbered by the wavefront in which they are computed.
    legend : Whether a legend of the kinds that are drawn stands below.
    background : ``"opaque"``, that of the theme, or ``"transparent"``.
    layout : What lays out operations: ``"auto"``, Graphviz where it is on the machine, else the own layout;
        ``"own"``, the same everywhere; or ``"graphviz"``.
    """

    view: str = "both"
    time: str | None = None
    theme: str = "book"
    notation: str = "book"
    detail: str = "variables"
    direction: str = "right"
    show: str | Mapping[str, str] | None = None
    width: str | None = None
    highlight: str | None = None
    parameters: str = "labels"
    values: Mapping[str, Any] | None = None
    wavefronts: bool = False
    legend: bool = False
    background: str = "opaque"
    layout: str = "auto"

    def __post_init__(self) -> None:
        _check("view", self.view, VIEWS)
        _check("detail", self.detail, DETAILS)
        _check("theme", self.theme, tuple(THEMES))
        _check("notation", self.notation, NOTATIONS)
        _check("direction", self.direction, DIRECTIONS)
        _check("background", self.background, BACKGROUNDS)
        _check("layout", self.layout, LAYOUTS)
        if self.time is not None:
            _check("time", self.time, TIMES)

    def check_time(self, has_steps: bool) -> None:
        """Raise where the time that is asked for and the number of steps contradict each other."""
        if self.time == "symbolic" and has_steps:
            raise CircuitError("symbolic time has no number of steps", help="leave out the steps, or the time")
        if self.time == "numeric" and not has_steps:
            raise CircuitError("numeric time needs a number of steps", help="give steps, such as --steps 4")

    def check_detail(self) -> None:
        """Raise where other options cannot be combined with the detail."""
        if self.detail != "operations":
            if self.layout != "auto":
                raise CircuitError("only operations have layouts to choose from", help="add --detail operations")
            return
        if self.view == "cut":
            raise CircuitError("the cut view is of variables", help="draw another view, or leave --detail out")
        if self.direction != "right":
            raise CircuitError(
                "operations are drawn upward within a step, so time runs to the right",
                help="leave out --direction, or --detail",
            )
        if self.parameters != "labels":
            raise CircuitError(
                "among operations every parameter is a node already", help="leave out --parameters, or --detail"
            )


def _check(option: str, value: str, known: Sequence[str]) -> None:
    """Raise where an option has a value that does not exist."""
    if value not in known:
        listed = f"there is: {', '.join(known)}" if len(known) == 1 else f"there are: {', '.join(known)}"
        guess = did_you_mean(str(value), known)
        raise CircuitError(f"no {option} '{value}'", help=f"{guess} {listed}" if guess else listed)
