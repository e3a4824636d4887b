"""From a model to its picture: which variables and edges there are, their roles and labels, and the words.

`draw` is what the public circuit calls. The rest of the package knows cells only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any

from unfoldgraph.algebra.notation import canonical, latex_name, shown
from unfoldgraph.base.errors import CircuitError, did_you_mean, require_within
from unfoldgraph.base.limits import NODE_PARAMETERS, OFFSET
from unfoldgraph.drawing.annotations.describe import describe
from unfoldgraph.drawing.annotations.front_numbers import with_wavefronts
from unfoldgraph.drawing.annotations.highlight import highlighted
from unfoldgraph.drawing.annotations.legend import with_legend
from unfoldgraph.drawing.annotations.notes import Annotated, notes_of
from unfoldgraph.drawing.annotations.page_width import Try, fitted
from unfoldgraph.drawing.graphs import excerpt as views
from unfoldgraph.drawing.graphs.asked_steps import asked_steps
from unfoldgraph.drawing.graphs.cut import cut_of
from unfoldgraph.drawing.graphs.edge_labels import Through, factors_of, labels_of, weights_of
from unfoldgraph.drawing.graphs.operations import workings_of
from unfoldgraph.drawing.graphs.roles import roles_of, vectors_of
from unfoldgraph.drawing.graphs.rolled import Cell, Link, Unfolded, Use, Variable, by_axis
from unfoldgraph.drawing.graphs.values import with_values
from unfoldgraph.drawing.layout.grid import CLOSER, Closeness
from unfoldgraph.drawing.options import PARAMETERS, Options
from unfoldgraph.drawing.scene.scene import Scene, identified
from unfoldgraph.drawing.views.figure import NoWayError, axes_across, draw_scene, least_width
from unfoldgraph.model.equations import Model, Read, Statement
from unfoldgraph.unfolding.unfolding import Unfolding

__all__ = ["annotated", "cell_of", "draw", "unfolded_of"]

# By how many grades fewer steps may be shown than usual.
_GRADES = (1, 2)
# The length of every axis in symbolic time: around its middle nothing reaches an end.
_ENDLESS = 8 * OFFSET


def draw(model: Model, steps: int | Mapping[str, int] | None = None, **options: Any) -> Scene:
    """Return the picture of a circuit, to be written by one of `WRITERS`.

    Parameters
    ----------
    model : The circuit.
    steps : How many steps to unfold, by a number or by axis; symbolic time without.
    options : How the picture is to be, see `Options`.

    Raises `CircuitError` for an option that does not exist, and where the picture would be too large.

    >>> from unfoldgraph.language.text import read
    >>> draw(read("h(t) = tanh(W @ h(t-1) + U @ x(t))"), view="circuit").description
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


def _drawn(model: Model, steps: int | Mapping[str, int] | None, chosen: Options) -> Annotated:
    """Return the picture of a circuit with some options, and its notes."""
    of_operations = chosen.detail == "operations"
    as_nodes = _as_nodes(model, chosen.parameters)
    _require_few(model, () if of_operations else as_nodes)
    cell = cell_of(model, chosen.notation, of_operations, as_nodes)
    if chosen.view in ("circuit", "cut"):
        views.require_few_links(cell)
    lengths = None if steps is None else _lengths(model, steps)
    asked = asked_steps(chosen.show, cell.drawn_axes, lengths)

    # The circuit and a cut picture show one step, whatever the number of all.
    unfolding = None if lengths is None or chosen.view in ("circuit", "cut") else Unfolding(model, lengths)
    counts = {one.name: unfolding.uses(one.name) for one in cell.parameters} if unfolding else None
    across = frozenset[str]()
    if chosen.width is not None and chosen.view in ("both", "unfolded"):
        across = axes_across(cell, chosen.direction)

    workings = [workings_of(model, one) for one in model.statements] if of_operations else None

    @cache
    def steps_of(fewer: int) -> Unfolded | None:
        if chosen.view in ("circuit", "cut"):
            unfolded = cut_of(cell) if chosen.view == "cut" else None
        else:
            unfolded = unfolded_of(model, cell, lengths, asked, dict.fromkeys(across, fewer))
        return unfolded if chosen.values is None else _valued(model, cell, unfolded, lengths, chosen)

    def picture(fewer: int = 0, close: Closeness = CLOSER[0]) -> Scene:
        unfolded = steps_of(fewer)
        less = dict.fromkeys(across, fewer)
        description = describe(cell, unfolded, lengths, chosen.view, less, workings or (), counts)
        scene = draw_scene(cell, unfolded, chosen, description, close, workings)
        if chosen.highlight is not None:
            scene = highlighted(scene, cell, unfolded, unfolding, chosen.highlight)
        if chosen.wavefronts:
            scene = with_wavefronts(scene, cell)
        if chosen.legend:
            scene = with_legend(scene, cell, is_narrow=chosen.width is not None)
        return scene

    def with_notes(scene: Scene) -> Annotated:
        in_numbers = None if chosen.view == "cut" else lengths
        return Annotated(scene, partial(notes_of, model, in_numbers, chosen.notation, scene))

    if chosen.width is None:
        return with_notes(identified(picture()))
    tries = (
        Try(
            # What is a lower bound for variables is none for operations.
            (lambda: 0.0) if of_operations else partial(least_width, cell, steps_of(fewer), chosen, close),
            partial(picture, fewer, close),
        )
        for fewer, close in _narrower(chosen, steps_of)
    )
    return with_notes(identified(fitted(chosen.width, tries, _what_narrows(chosen))))


def _require_few(model: Model, as_nodes: Collection[str]) -> None:
    """Raise where one value uses more parameters that are nodes than have room beside it."""
    used = {(name, one.name) for one in model.statements for name in one.parameters if name in as_nodes}
    most = max(Counter(target for _, target in used).values(), default=0)
    help = "draw fewer of them as nodes, with --parameters, or write them on the edges"
    require_within(most, NODE_PARAMETERS, "one value would have {} parameters as nodes", help)


def _what_finds_ways(
    model: Model, steps: int | Mapping[str, int] | None, options: Options, unled: Collection[str]
) -> str:
    """Return what of all that could help does, where some parameters find no way to what uses them."""
    asked = _as_nodes(model, options.parameters)
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


def _narrower(options: Options, steps_of: Callable[[int], Unfolded | None]) -> Iterator[tuple[int, Closeness]]:
    """Yield by how many grades fewer steps are shown, and how close all is drawn, from the natural picture on.

    First all comes closer together, then fewer steps are shown, then the circuit stands above its unfolding if it does
    not yet.
    """
    grades = [0]
    if options.show is None:
        grades += [grade for grade in _GRADES if steps_of(grade) != steps_of(grade - 1)]
    # Operations are as close together as they can be.
    closer = CLOSER[:1] if options.detail == "operations" else CLOSER
    for is_stacked in (None, True) if options.view == "both" and options.direction == "right" else (None,):
        for fewer in grades:
            for close in closer:
                yield fewer, replace(close, is_stacked=is_stacked)


def _what_narrows(options: Options) -> str:
    """Return what makes a picture narrower that is not said yet."""
    helps = []
    if options.detail == "operations":
        helps.append("the picture of the variables, --detail variables")
    elif options.direction == "right" and options.view != "circuit":
        helps.append("time upward, --direction up")
    if options.view in ("both", "unfolded"):
        helps.append("fewer steps, --show")
    if options.view == "both":
        helps.append("one view, --view")
    return f"narrower is {' or '.join(helps)}" if helps else "shorter names are narrower"


def _valued(
    model: Model, cell: Cell, unfolded: Unfolded | None, lengths: Mapping[str, int] | None, options: Options
) -> Unfolded:
    """Return the unfolded view with the values of its nodes."""
    assert options.values is not None
    if unfolded is None or options.view == "cut":
        raise CircuitError(
            f"values are those of steps, and the view '{options.view}' shows none",
            help="draw the view 'both' or 'unfolded', or leave the values out",
        )
    if lengths is None:
        raise CircuitError("values need a number of steps", help="give steps, such as --steps 4")
    return with_values(unfolded, Unfolding(model, lengths), options.values)


def _lengths(model: Model, steps: int | Mapping[str, int]) -> Mapping[str, int]:
    """Return the number of steps by axis, checked."""
    lengths = steps if isinstance(steps, Mapping) else dict.fromkeys(model.axes, steps)
    # Building the unfolding costs nothing and checks that the lengths fit the circuit.
    Unfolding(model, lengths)
    return lengths


def unfolded_of(
    model: Model,
    cell: Cell,
    lengths: Mapping[str, int] | None = None,
    asked: Mapping[str, Collection[int]] | None = None,
    fewer: Mapping[str, int] | None = None,
) -> Unfolded:
    """Return the unfolded view of a model: symbolic without lengths.

    ``asked`` are the steps to be shown, by axis; ``fewer`` says of some axes by how many grades fewer are shown.
    """
    if lengths is None:
        return views.symbolic(cell, Unfolding(model, dict.fromkeys(model.axes, _ENDLESS)), fewer)
    return views.numeric(cell, Unfolding(model, lengths), asked, fewer)


def _as_nodes(model: Model, asked: str) -> tuple[str, ...]:
    """Return the parameters that are drawn as nodes, in the order written."""
    if asked in PARAMETERS:
        return model.parameters if asked == "nodes" else ()
    names = {canonical(name.strip()) for name in asked.split(",")}
    for name in sorted(names - {*model.parameters}):
        known = [shown(parameter) for parameter in model.parameters]
        guess = did_you_mean(shown(name), [*known, *PARAMETERS])
        raise CircuitError(
            f"there is no parameter '{shown(name)}' to be drawn as a node",
            help=guess or f"write nodes for all, labels for none, or some of: {', '.join(known) or 'none'}",
        )
    return tuple(name for name in model.parameters if name in names)


def cell_of(model: Model, notation: str = "book", with_weights: bool = False, as_nodes: Sequence[str] = ()) -> Cell:
    """Return one step of a model: its variables, and every way in which one reads another, labels in a notation.

    Inputs that are drawn like parameters (see `weights_of`) are variables only ``with_weights``; ``as_nodes`` are
    the parameters that are drawn as nodes, so that no edge need name them. Some vectors without axes are inputs
    (see `vectors_of`).
    """
    roles = roles_of(model)
    # Operations have a node for every parameter anyway.
    vectors = () if with_weights else vectors_of(model)
    as_nodes = [name for name in as_nodes if name not in vectors]
    weights = frozenset[str]() if with_weights else weights_of(model)
    variables = []
    for name in (*model.inputs, *model.signals):
        if name in weights:
            continue
        variables.append(Variable(name, roles[name], *_letter(model, name), model.axes_of(name)))
    variables += [Variable(name, "input", *_letter(model, name), ()) for name in vectors]
    named = {shown(name) for name in as_nodes}
    links: dict[Link, list[Through]] = {}
    # What holds at every step comes first: the layout follows it.
    for statement in sorted(model.statements, key=lambda one: not one.is_equation):
        labels = labels_of(
            statement,
            lambda read, one=statement: any(model.delay(one, read)),  # type: ignore[misc]
            weights,
            notation,
        )
        for read in statement.reads:
            if read.name in weights:
                continue
            found = links.setdefault(_link(model, statement, read), [])
            label = labels.get((read.name, read.index))
            if label is not None and label not in found and not named.issuperset(label.text.split(", ")):
                found.append(label)
        for name in statement.parameters:
            if name in vectors:
                link = Link(name, statement.name, (0,) * len(model.axes), left=statement.index)
                factors = factors_of(statement, name, notation)
                links.setdefault(link, [one for one in factors if not named.issuperset(one.text.split(", "))])
    joined = (
        replace(link, label=", ".join(one.latex for one in labels), text=", ".join(one.text for one in labels))
        for link, labels in links.items()
    )
    special = {name: tuple(one.index for one in statements) for name, statements in model.special.items()}
    uses = tuple(
        Use(name, statement.name, statement.index)
        for statement in model.statements
        for name in statement.parameters
        if name in as_nodes
    )
    parameters = tuple(
        Variable(name, "parameter", *_letter(model, name), ())
        for name in as_nodes
        if name in {u.parameter for u in uses}
    )
    title = model.title or model.name
    return Cell(model.name, title, model.axes, tuple(variables), tuple(joined), special, parameters, uses)


def _letter(model: Model, name: str) -> tuple[str, str, str]:
    """Return how a name is written: in LaTeX, as text, and its subscript."""
    latex, subscript = latex_name(name, model.rank(name))
    return latex, shown(name), subscript


def _link(model: Model, statement: Statement, read: Read) -> Link:
    """Return the link of one read, its label still open."""
    index = by_axis(read.index, model.axes_of(read.name))
    delay = model.delay(statement, read)
    return Link(read.name, statement.name, delay, read.kind, index=index, left=statement.index)
