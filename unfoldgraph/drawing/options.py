"""What can be asked of a picture: one field per option, checked before any work, and one row per format.

The command line reads them here too, so nothing heavy is loaded for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from unfoldgraph.base.errors import CircuitError, did_you_mean
from unfoldgraph.base.option import Option
from unfoldgraph.drawing.scene.themes import THEMES
from unfoldgraph.formula.options import OPTIONS as FORMULA_OPTIONS

__all__ = ["BACKGROUNDS", "FORMAT", "FORMATS", "OPTIONS", "PARAMETERS", "Format", "Options", "format_of"]

PARAMETERS = ("labels", "nodes")
BACKGROUNDS = ("opaque", "transparent")


@dataclass(frozen=True, slots=True)
class Format:
    """What is known of a format without its writer, the function `write` of the module of its name in `formats`.

    Attributes
    ----------
    suffix : Of its files, without the dot.
    takes_legend : Not where another program lays it out, which would make a legend a part of the graph.
    has_pages : Whether one file holds all frames.
    """

    suffix: str
    takes_legend: bool = True
    has_pages: bool = False


FORMATS: Mapping[str, Format] = {
    "svg": Format("svg"),
    "png": Format("png"),
    "pdf": Format("pdf", has_pages=True),
    "tex": Format("tex"),
    "dot": Format("dot", takes_legend=False),
    "mermaid": Format("mmd", takes_legend=False),
    "html": Format("html"),
    "json": Format("json"),
}
FORMAT = Option("the format, where the suffix does not say it", tuple(FORMATS))
"""The format as an option, which is one of writing a picture."""


def format_of(suffix: str) -> str:
    """Return the format that a suffix stands for, which may be none that there is.

    >>> format_of("mmd"), format_of("svg")
    ('mermaid', 'svg')
    """
    return next((name for name, format_ in FORMATS.items() if format_.suffix == suffix), suffix)


def _option(option: Option) -> Any:
    """Return the field of an option, whose default is that of its row."""
    return field(default=option.default, metadata={"option": option})


def _choice(summary: str, *values: str) -> Any:
    """Return the field of an option that is one of some values, the first where nothing is said."""
    return _option(Option(summary, values, values[0]))


@dataclass(frozen=True, slots=True)
class Options:
    """How a picture is to be.

    Attributes
    ----------
    view : ``"both"``, ``"circuit"``, ``"unfolded"``, or ``"cut"``: the delays split into source and sink.
    detail : ``"variables"``, a node per variable, or ``"operations"``, a node per operation.
    layout : What lays out operations: ``"auto"``, Graphviz where it is on the machine, else the own layout;
        ``"own"``, the same everywhere; or ``"graphviz"``.
    time : ``"symbolic"`` or ``"numeric"``; None where the number of steps says it.
    theme : A row of `themes.THEMES`.
    background : ``"opaque"``, that of the theme, or ``"transparent"``.
    notation : How an index is written, see `formula.options.NOTATIONS`.
    direction : Where time runs: ``"right"``, or ``"up"`` with inputs on the left and outputs on the right.
    parameters : ``"labels"`` on the edges, or ``"nodes"``: each a node with its uses; ``"W,U"`` for these alone.
    show : Which steps are shown, ``"1-3,98-100"``; for several axes by name, ``"i=1-2,5,j=1-3"`` or a mapping,
        ``{"i": "1-2,5", "j": "1-3"}``. The others are gaps that are counted. What is read by its number is shown
        too. None to choose them: up to eight, of more the first and the last.
    width : How wide the picture prints: ``"12cm"``, ``"340pt"``, ``"5in"``; a narrower one keeps its own width, as
        all do with None. It is drawn closer, with fewer steps, or with the circuit above its unfolding, before its
        type gets smaller than 7 pt.
    highlight : A node, ``"h(4)"``, whose ancestors stand out.
    values : Arrays by name, from which the values of the nodes are written beside their names.
    sizes : How large sizes are by which ranges and places go; 3 where it is not said.
    wavefronts : Whether the nodes of a lattice are numbered by the wavefront in which they are computed.
    legend : Whether a legend of the kinds that are drawn stands below.
    """

    view: str = _choice("what to draw", "both", "circuit", "unfolded", "cut")
    detail: str = _choice("what is a node", "variables", "operations")
    layout: str = _choice(
        "what lays out operations; auto is Graphviz where it is there, own else", "auto", "own", "graphviz"
    )
    time: str | None = _option(Option("how time is written; numeric needs --steps", ("symbolic", "numeric")))
    theme: str = _choice("black on white, colours, light on dark, or heavy lines without grey", *THEMES)
    background: str = _choice("that of the theme, or none", *BACKGROUNDS)
    notation: str = _option(FORMULA_OPTIONS["notation"])
    direction: str = _choice("where time runs", "right", "up")
    parameters: str = _option(
        Option(
            "labels, on the edges; nodes, each with an edge to its uses; or W,U: these as nodes",
            default="labels",
            metavar="NAMES",
        )
    )
    show: str | Mapping[str, str] | None = _option(
        Option(
            "which steps to show, numbers and ranges, 1-3,98-100; for several axes each after its name, "
            "i=1-2,5,j=1-3 (default: up to eight, of more the first and the last)",
            metavar="STEPS",
        )
    )
    width: str | None = _option(
        Option("how wide it prints at most, with type of 7 pt or more: 12cm, 120mm, 5in, 340pt", metavar="WIDTH")
    )
    highlight: str | None = _option(Option("a node, h(4), whose ancestors stand out", metavar="NODE"))
    values: Mapping[str, Any] | None = None
    sizes: Mapping[str, int] | None = None
    wavefronts: bool = _option(Option("number the nodes of a lattice by their wavefront", default=False))
    legend: bool = _option(
        Option(
            "a legend of the kinds of nodes that are drawn; not in "
            + " and ".join(name for name, format_ in FORMATS.items() if not format_.takes_legend),
            default=False,
        )
    )

    def __post_init__(self) -> None:
        # Each message is that of one option: the first that is wrong.
        for name, option in OPTIONS.items():
            given = getattr(self, name)
            if option.values and (given is not None or option.default is not None):
                _check(name, given)

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


OPTIONS: Mapping[str, Option] = {
    field_.name: field_.metadata["option"] for field_ in fields(Options) if "option" in field_.metadata
}
"""What can be written on a line, by the names of the fields."""


def _check(option: str, value: str) -> None:
    """Raise where an option has a value that does not exist."""
    known = OPTIONS[option].values
    if value not in known:
        listed = f"there is: {', '.join(known)}" if len(known) == 1 else f"there are: {', '.join(known)}"
        guess = did_you_mean(str(value), known)
        raise CircuitError(f"no {option} '{value}'", help=f"{guess} {listed}" if guess else listed)
