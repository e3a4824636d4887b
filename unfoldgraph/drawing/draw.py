"""From a model to its picture, stage by stage: its graphs, the scene, what an option adds, the width, the notes.

`draw` is what the public circuit calls.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cache, partial
from typing import Any

from unfoldgraph.algebra.notation import shown
from unfoldgraph.base.errors import CircuitError
from unfoldgraph.drawing.annotations.describe import describe
from unfoldgraph.drawing.annotations.front_numbers import with_wavefronts
from unfoldgraph.drawing.annotations.highlight import highlighted
from unfoldgraph.drawing.annotations.legend import with_legend
from unfoldgraph.drawing.annotations.notes import Annotated, notes_of
from unfoldgraph.drawing.annotations.page_width import Try, fitted, narrower, what_narrows
from unfoldgraph.drawing.graphs.from_model import Graphs, graphs_of, parameters_as_nodes
from unfoldgraph.drawing.graphs.operations import workings_of
from unfoldgraph.drawing.graphs.rolled import Unfolded
from unfoldgraph.drawing.options import Options
from unfoldgraph.drawing.scene.scene import Scene, identified
from unfoldgraph.drawing.scene.style import CLOSER, Closeness
from unfoldgraph.drawing.views.figure import NoWayError, axes_across, draw_scene, least_width
from unfoldgraph.model.equations import Model

__all__ = ["annotated", "draw"]


def draw(model: Model, steps: int | Mapping[str, int] | None = None, **options: Any) -> Scene:
    """Return the picture of a circuit, to be written by one of `WRITERS`.

    Parameters
    ----------
    model : The circuit.
    steps : How many steps to unfold, by a number or by axis; symbolic time without.
    options : How the picture is to be, see `Options`.

    Raises `CircuitError` for an option that does not exist, and where the picture would be too large.

    >>> from unfoldgraph.language.text import read
    >>> draw(read("h(t) = tanh(W @ h(t-1) + U @ x(t)); h(0) = 0"), view="circuit").description
    'Circuit: h depends on itself one step before through W and on x through U. x is an input; h is a state.'
    """
    return annotated(model, steps, **options).scene


def annotated(model: Model, steps: int | Mapping[str, int] | None = None, **options: Any) -> Annotated:
    """Return the same picture as `draw`, with the notes on its nodes, for formats that tell them."""
    chosen = Options(**options)
    chosen.check_time(steps is not None)
    chosen.check_detail()
    try:
        return _drawn(model, steps, chosen)
    except NoWayError as error:
        raise CircuitError(error.message, help=_what_finds_ways(model, steps, chosen, error.unled)) from None


def _drawn(model: Model, steps: int | Mapping[str, int] | None, options: Options) -> Annotated:
    """Return the picture of a circuit with some options, and its notes."""
    graphs = graphs_of(model, steps, options)
    try:
        return _picture_of(graphs)
    except CircuitError:
        # Steps that nobody asked for may be fewer where their edges find no way.
        fewer = graphs.of_fewer_steps()
        if fewer is None:
            raise
    return _picture_of(fewer)


def _picture_of(graphs: Graphs) -> Annotated:
    """Return the picture of some graphs, and its notes."""
    model, options = graphs.model, graphs.options
    counts = graphs.counts
    across = _axes_to_shorten(graphs)
    of_operations = options.detail == "operations"
    workings = [workings_of(model, one) for one in model.statements] if of_operations else None

    @cache
    def unfolded_with(fewer: int) -> Unfolded | None:
        return graphs.unfolded(dict.fromkeys(across, fewer))

    def picture(fewer: int = 0, close: Closeness = CLOSER[0]) -> Scene:
        unfolded, less = unfolded_with(fewer), dict.fromkeys(across, fewer)
        description = describe(
            graphs.cell,
            unfolded,
            graphs.lengths,
            options.view,
            less,
            workings or (),
            counts,
            graphs.assumed,
            model.free,
        )
        scene = draw_scene(graphs.cell, unfolded, options, description, close, workings)
        return _with_additions(scene, graphs, unfolded)

    def width_of(fewer: int, close: Closeness) -> float:
        # What is a lower bound for variables is none for operations.
        return 0.0 if of_operations else least_width(graphs.cell, unfolded_with(fewer), options, close)

    if options.width is None:
        scene = picture()
    else:
        ways = narrower(options, unfolded_with)
        tries = (Try(partial(width_of, *way), partial(picture, *way)) for way in ways)
        scene = fitted(options.width, tries, what_narrows(options))
    return _with_notes(identified(scene), graphs)


def _axes_to_shorten(graphs: Graphs) -> frozenset[str]:
    """Return the axes along which fewer steps make the picture narrower, where its width is given."""
    options = graphs.options
    if options.width is None or options.view not in ("both", "unfolded"):
        return frozenset()
    return axes_across(graphs.cell, options.direction)


def _with_additions(scene: Scene, graphs: Graphs, unfolded: Unfolded | None) -> Scene:
    """Return a scene with what options add to it: a highlighted way, the numbers of wavefronts, a legend."""
    options = graphs.options
    if options.highlight is not None:
        scene = highlighted(scene, graphs.cell, unfolded, graphs.unfolding, options.highlight)
    if options.wavefronts:
        scene = with_wavefronts(scene, graphs.cell)
    if options.legend:
        scene = with_legend(scene, graphs.cell, is_narrow=options.width is not None)
    return scene


def _with_notes(scene: Scene, graphs: Graphs) -> Annotated:
    """Return a scene with the notes on its nodes, which are made when they are asked for."""
    in_numbers = None if graphs.options.view == "cut" else graphs.lengths
    sizes = None if graphs.unfolding is None else graphs.unfolding.sizes
    return Annotated(scene, partial(notes_of, graphs.model, in_numbers, graphs.options.notation, scene, sizes))


def _what_finds_ways(
    model: Model, steps: int | Mapping[str, int] | None, options: Options, unled: Collection[str]
) -> str:
    """Return what of all that could help does, where some parameters find no way to what uses them."""
    asked = parameters_as_nodes(model, options.parameters)
    led = [name for name in asked if name not in unled]
    tries: list[tuple[str, dict[str, Any]]] = []
    for fewer in dict.fromkeys((*led[: len(led) >> halved],) for halved in range(3)):
        if fewer:
            names = ",".join(map(shown, fewer))
            tries.append((f"draw fewer of them as nodes, as with --parameters {names}", {"parameters": names}))
    if options.view == "both":
        tries += [(f"draw one view by itself, with --view {view}", {"view": view}) for view in ("unfolded", "circuit")]
    tries.append(("write them on the edges, without --parameters", {"parameters": "labels"}))
    for words, change in tries:
        try:
            _drawn(model, steps, replace(options, **change))
        except CircuitError:
            continue
        return words
    return "draw parts of the circuit by themselves"
