"""From a model to its graphs: which variables and edges there are, their roles and labels, rolled and unfolded.

What is drawn of a graph afterwards knows cells only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from types import MappingProxyType
from typing import Any, NamedTuple

from unfoldgraph.algebra.latex import name_parts
from unfoldgraph.algebra.notation import printed, shown
from unfoldgraph.algebra.pieces import Pieces
from unfoldgraph.base.errors import CircuitError, did_you_mean, require_within
from unfoldgraph.base.limits import NODE_PARAMETERS, OFFSET
from unfoldgraph.base.names import canonical
from unfoldgraph.drawing.graphs import excerpt
from unfoldgraph.drawing.graphs.asked_steps import asked_steps
from unfoldgraph.drawing.graphs.cut import cut_of
from unfoldgraph.drawing.graphs.edge_labels import factors_of, labels_of, weights_of
from unfoldgraph.drawing.graphs.reads import DrawnRead, drawn_reads, left_of
from unfoldgraph.drawing.graphs.roles import roles_of, vectors_of
from unfoldgraph.drawing.graphs.rolled import Cell, Left, Link, ParameterUse, Through, Unfolded, Variable
from unfoldgraph.drawing.graphs.values import sizes_of_arrays, with_values
from unfoldgraph.drawing.options import PARAMETERS, Options
from unfoldgraph.model.equations import Model, Statement
from unfoldgraph.model.lengths import checked, leading
from unfoldgraph.model.regions import checked_sizes, sizes_of_places
from unfoldgraph.unfolding.input_lengths import lengths_as_read, read_ahead
from unfoldgraph.unfolding.unfolding import Unfolding

__all__ = ["Assumed", "Graphs", "cell_of", "graphs_of", "in_symbols", "parameters_as_nodes"]

# The length of every axis in symbolic time: around its middle nothing reaches an end.
_ENDLESS = 8 * OFFSET
# How many steps stand for any where symbols cannot, of a lattice and else, and how many more are tried.
_FEW_OF_LATTICE, _FEW, _MOST_OF_FEW = 3, 4, 12
# How large a size is that nobody has told.
_SIZE = 3


class Assumed(NamedTuple):
    """What a picture in numbers goes by that nobody has told.

    Attributes
    ----------
    steps : Whether the numbers of steps are chosen, since symbols cannot tell which steps the circuit reads.
    sizes : Those by which ranges and places go.
    """

    steps: bool = False
    sizes: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class Graphs:
    """The graphs of a model that a picture with some options shows.

    Attributes
    ----------
    model, options : What they are made from.
    cell : One step.
    lengths : The number of steps by axis; None in symbolic time.
    asked : The steps to be shown, by axis.
    unfolding : All steps, where the picture shows those of a number.
    assumed : What nobody has told of it.
    """

    model: Model
    options: Options
    cell: Cell
    lengths: Mapping[str, int] | None
    asked: Mapping[str, Collection[int]]
    unfolding: Unfolding | None
    assumed: Assumed

    @property
    def counts(self) -> Mapping[str, int] | None:
        """How often all steps use each parameter that is a node, where there is a number of steps."""
        if self.unfolding is None:
            return None
        return {one.name: self.unfolding.uses(one.name) for one in self.cell.parameters}

    def unfolded(self, fewer: Mapping[str, int]) -> Unfolded | None:
        """Return what stands beside the circuit or instead of it, with values where they are asked for.

        ``fewer`` says of some axes by how many grades fewer steps are shown.
        """
        if self.options.view == "circuit":
            unfolded = None
        elif self.options.view == "cut":
            unfolded = cut_of(self.cell)
        elif self.unfolding is not None:
            unfolded = excerpt.numeric(self.cell, self.unfolding, self.asked, fewer)
        else:
            unfolded = in_symbols(self.model, self.cell, fewer)
        return unfolded if self.options.values is None else self._valued(unfolded, self.options.values)

    def of_fewer_steps(self) -> Graphs | None:
        """Return the graphs of one step less along each axis, as an example has less edges; None of two or none."""
        if not self.assumed.steps or self.lengths is None or self.unfolding is None or min(self.lengths.values()) <= 2:
            return None
        try:
            fewer = self.unfolding.unfolded({axis: length - 1 for axis, length in self.lengths.items()})
            lengths = _as_read(fewer)
            return replace(self, lengths=lengths, unfolding=fewer.unfolded(lengths))
        except CircuitError:
            return None

    def _valued(self, unfolded: Unfolded | None, values: Mapping[str, Any]) -> Unfolded:
        """Return the unfolded view with the values of its nodes."""
        view = self.options.view
        if unfolded is None or view == "cut":
            raise CircuitError(
                f"values are those of steps, and the view '{view}' shows none",
                help="draw the view 'both' or 'unfolded', or leave the values out",
            )
        if self.unfolding is None:
            raise CircuitError("values need a number of steps", help="give steps, such as --steps 4")
        return with_values(unfolded, self.unfolding, values)


def graphs_of(model: Model, steps: int | Mapping[str, int] | None, options: Options) -> Graphs:
    """Return the graphs of a model, for so many steps by a number or by axis, or for symbolic time.

    Raises `CircuitError` for parameters, steps or lengths that do not exist, and where there is too much to draw.
    """
    of_operations = options.detail == "operations"
    as_nodes = parameters_as_nodes(model, options.parameters)
    _require_few(model, () if of_operations else as_nodes)
    cell = cell_of(model, options.notation, of_operations, as_nodes)
    # The circuit and a cut picture show one step, whatever the number of all.
    is_one_step = options.view in ("circuit", "cut")
    if is_one_step:
        excerpt.require_few_links(cell)
    told = steps if steps is None or isinstance(steps, Mapping) else dict.fromkeys(model.axes, steps)
    known = checked_sizes(model, options.sizes or {})
    if options.values is not None:
        known = {**sizes_of_arrays(model, options.values, known), **known}
    untold = dict.fromkeys((name for name in sizes_of_places(model) if name not in known), _SIZE)
    sizes = {**known, **untold}
    is_chosen = told is None and not is_one_step and cell.needs_lengths
    if is_chosen:
        told = _few_steps(model, cell, sizes)
    lengths = None if told is None else checked(model, told)
    asked = asked_steps(options.show, cell.drawn_axes, lengths)
    if lengths is None or is_one_step:
        return Graphs(model, options, cell, lengths, asked, None, Assumed())
    return Graphs(model, options, cell, lengths, asked, Unfolding(model, lengths, sizes), Assumed(is_chosen, untold))


def _few_steps(model: Model, cell: Cell, sizes: Mapping[str, int]) -> dict[str, int]:
    """Return as few steps of each axis as show what a circuit does, where symbols cannot."""
    first = _FEW_OF_LATTICE if any(len(variable.axes) > 1 for variable in cell.variables) else _FEW
    for steps in range(first, _MOST_OF_FEW):
        told = dict.fromkeys(leading(model), steps)
        try:
            return _as_read(Unfolding(model, told, sizes))
        except CircuitError:
            continue
    raise CircuitError(
        "symbols cannot tell which steps this circuit reads, and it has no few steps to be drawn in their place",
        help="give steps, such as --steps 30",
    )


def _as_read(unfolding: Unfolding) -> dict[str, int]:
    """Return the lengths of an example; axes that only inputs have are as long as they are read."""
    return lengths_as_read(unfolding, read_ahead(unfolding.model, unfolding.model.statements))


def _require_few(model: Model, as_nodes: Collection[str]) -> None:
    """Raise where one value uses more parameters that are nodes than have room beside it."""
    used = {(name, one.name) for one in model.statements for name in one.parameters if name in as_nodes}
    most = max(Counter(target for _, target in used).values(), default=0)
    help = "draw fewer of them as nodes, with --parameters, or write them on the edges"
    require_within(most, NODE_PARAMETERS, "one value would have {} parameters as nodes", help)


def in_symbols(model: Model, cell: Cell, fewer: Mapping[str, int] | None = None) -> Unfolded:
    """Return the unfolded view of a model whose cell needs no lengths, for symbolic time.

    ``fewer`` says of some axes by how many grades fewer steps are shown.
    """
    return excerpt.symbolic(cell, Unfolding(model, dict.fromkeys(model.axes, _ENDLESS)), fewer)


def parameters_as_nodes(model: Model, asked: str) -> tuple[str, ...]:
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
    links: dict[Link, list[tuple[Through, ...]]] = {}
    # What holds at every step comes first: the layout follows it.
    for statement in sorted(model.statements, key=lambda one: not one.is_equation):
        left = left_of(statement)
        reads = [*drawn_reads(model, statement, notation)]
        for read, label in zip(reads, labels_of(statement, reads, weights, notation), strict=True):
            if read.name in weights:
                continue
            found = links.setdefault(_link(read, statement, left, with_weights), [])
            if label not in found and any(one.parameter not in as_nodes for one in label):
                found.append(label)
        for name in statement.parameters:
            if name in vectors:
                link = Link(name, statement.name, (0,) * len(model.axes), left=left)
                factors = factors_of(statement, name, notation)
                links.setdefault(link, [(one,) for one in factors if one.parameter not in as_nodes])
    joined = (replace(link, labels=tuple(chain.from_iterable(labels))) for link, labels in links.items())
    special = {name: tuple(map(left_of, statements)) for name, statements in model.special.items()}
    uses = tuple(
        ParameterUse(name, statement.name, left_of(statement))
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
    ranged = frozenset(one.name for one in model.statements if one.ranges)
    return Cell(model.name, title, model.axes, tuple(variables), tuple(joined), special, parameters, uses, ranged)


def _letter(model: Model, name: str) -> tuple[Pieces, str, Pieces, Pieces]:
    """Return how a name is written: in LaTeX, as text, its subscript and what is above that."""
    parts = name_parts(name, model.rank(name))
    return parts.base, printed(name), parts.below, parts.above


def _link(read: DrawnRead, statement: Statement, left: Left, of_operations: bool) -> Link:
    """Return the link of one read, its label still open.

    Among operations it is known by the node that it is there, else by where it reads.
    """
    is_plain = all(at.is_plain for at in read.node.data[1])
    node = None if is_plain or (not of_operations and read.reach is None) else read.node
    return Link(
        read.name,
        statement.name,
        read.delay,
        read.kind,
        index=read.index,
        left=left,
        node=node,
        reads=read.reads,
        reach=read.reach,
    )
