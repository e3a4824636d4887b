"""What one node depends on, made to stand out: it and its ancestors, and the edges between them.

A picture shows all edges between the nodes that it shows, so ancestors are found along its own edges. Where steps
are left out, what leads through them comes from the unfolded graph itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from unfoldgraph.algebra.notation import place_text, shown
from unfoldgraph.base.errors import CircuitError, did_you_mean, listing
from unfoldgraph.drawing.graphs.rolled import Cell, Unfolded
from unfoldgraph.drawing.scene.scene import STEPS_VIEWS, Edge, Item, Node, Scene, Square, Text
from unfoldgraph.formula.target import split_target
from unfoldgraph.unfolding.ancestry import Ancestry, is_so_far
from unfoldgraph.unfolding.unfolding import Unfolding

__all__ = ["highlighted"]

_END = re.compile(r"(?:end|tau)(?=$|[+-])")
# More separate stretches of places than this are told by the first and the last.
_STRETCHES = 3


def highlighted(scene: Scene, cell: Cell, unfolded: Unfolded | None, unfolding: Unfolding | None, asked: str) -> Scene:
    """Return a scene in which a node and its ancestors stand out, with a sentence that says what they are.

    Parameters
    ----------
    scene : The finished picture.
    cell : What it shows.
    unfolded : The unfolded view, if there is one.
    unfolding : The circuit unfolded, where time is numeric.
    asked : The node: ``"h(4)"``, ``"h[4]"``, ``"h(t)"``, or ``"h"`` for its last place, in symbols this one.

    Raises `CircuitError` for a node that there is not, or that the picture does not show.
    """
    nodes = [item for item in scene.items if isinstance(item, Node) and item.view != "legend"]
    chosen = _chosen(nodes, cell, unfolding, asked)
    ancestry = None
    place = chosen.index
    if unfolding is not None and unfolded is not None and chosen.name in unfolding.axes_of:
        numbers = tuple(at for at in place if isinstance(at, int))
        ancestry = Ancestry(unfolding, (chosen.name, numbers), _shown_places(cell, unfolded))
    lit = _lit(scene.items, nodes, chosen, ancestry)
    sentence = _sentence(cell, nodes, chosen, lit, ancestry)
    marked = _Marks(scene.items, chosen, lit, ancestry)
    items = [marked.item(item) for item in scene.items]
    # What stands out is painted over what steps back.
    edges = iter(sorted((item for item in items if isinstance(item, Edge)), key=lambda edge: edge.emphasis != "dim"))
    painted = tuple(next(edges) if isinstance(item, Edge) else item for item in items)
    return replace(scene, items=painted, description=f"{scene.description} {sentence}")


# Which node it is ---------------------------------------------------------------------------------------------------


def _chosen(nodes: Sequence[Node], cell: Cell, unfolding: Unfolding | None, asked: str) -> Node:
    """Return the node that is asked for."""
    name, written = split_target(asked)
    own = [node for node in nodes if node.name == name]
    if not own:
        names = dict.fromkeys(shown(node.name) for node in nodes if node.role != "operation")
        listed = f"the picture has: {', '.join(names)}"
        raise CircuitError(
            f"there is no '{shown(name)}' in the picture", help=did_you_mean(shown(name), list(names)) or listed
        )
    steps = [node for node in own if node.view in STEPS_VIEWS and node.role != "ellipsis"]
    if not steps:
        if written is not None and written != list(cell.variable(name).axes):
            raise CircuitError(f"the circuit alone has no {place_text(name, written)}", help=f"highlight {shown(name)}")
        return own[0]
    if written is None:
        return _last(steps, cell, unfolding)
    axes = cell.variable(name).axes if name in {variable.name for variable in cell.variables} else ()
    found: list[Node] = []
    if len(written) == len(axes):
        places = [_in_words(part, axis, steps, unfolding) for part, axis in zip(written, axes, strict=True)]
        found = [node for node in steps if list(map(str, node.index)) == places]
    if not found:
        there = [place_text(name, list(map(str, node.index))) for node in steps]
        some = there if len(there) < 7 else [*there[:3], "\u2026", *there[-2:]]
        raise CircuitError(f"the picture does not show {place_text(name, written)}", help=f"it shows {', '.join(some)}")
    return found[0]


def _last(steps: Sequence[Node], cell: Cell, unfolding: Unfolding | None) -> Node:
    """Return the node at the last place of a variable; in symbolic time at this one."""
    axes = cell.variable(steps[0].name).axes
    here = tuple(axes) if unfolding is None else tuple(unfolding.lengths[axis] for axis in axes)
    return next((node for node in steps if node.index == here), steps[-1])


def _in_words(written: str, axis: str, steps: Sequence[Node], unfolding: Unfolding | None) -> str:
    """Return a place as the picture writes it: ``end`` is a number, or in symbols τ."""
    plain = written.replace(" ", "")
    match = _END.match(plain)
    if match is None:
        return plain.lstrip("+")
    rest = plain[match.end() :]
    if unfolding is not None:
        return str(unfolding.lengths[axis] + int(rest or 0))
    words = {str(at) for node in steps for at in node.index}
    return next((word for word in (f"\u03c4{rest}", f"\u03c4_{axis}{rest}") if word in words), plain)


# What it depends on -------------------------------------------------------------------------------------------------


def _shown_places(cell: Cell, unfolded: Unfolded) -> dict[str, list[int]]:
    """Return the places at which nodes are shown, by axis."""
    found: dict[str, dict[int, None]] = {axis: {} for axis in cell.axes}
    for instance in unfolded.instances:
        for axis, at in zip(cell.variable(instance.name).axes, instance.index, strict=True):
            found[axis][int(at)] = None
    return {axis: list(places) for axis, places in found.items()}


def _lit(items: Iterable[Item], nodes: Sequence[Node], chosen: Node, ancestry: Ancestry | None) -> dict[str, None]:
    """Return the ids of the chosen node and of its ancestors: along the edges, and through what is left out."""
    sources: dict[str, list[str]] = {}
    for item in items:
        if isinstance(item, Edge) and item.source and item.target:
            sources.setdefault(item.target, []).append(item.source)
    waiting = [chosen.id]
    if ancestry is not None:
        waiting += [
            node.id
            for node in nodes
            if node.view == "unfolded" and node.role != "operation" and _is_ancestor(ancestry, node)
        ]
    found = dict.fromkeys(waiting)
    while waiting:
        for source in sources.get(waiting.pop(), ()):
            if source not in found:
                found[source] = None
                waiting.append(source)
    return found


def _is_ancestor(ancestry: Ancestry, node: Node) -> bool:
    place = tuple(at for at in node.index if isinstance(at, int))
    return node.name in ancestry.unfolding.axes_of and ancestry.has((node.name, place))


class _Marks:
    """The emphasis of every item."""

    def __init__(self, items: Iterable[Item], chosen: Node, lit: Mapping[str, None], ancestry: Ancestry | None) -> None:
        self.chosen = chosen
        self.lit = lit
        self.ancestry = ancestry
        self.nodes = {item.id: item for item in items if isinstance(item, Node)}
        edges = [item for item in items if isinstance(item, Edge)]
        self.reads = set(ancestry.reads) if ancestry else set()
        for edge in edges:
            if edge.target in lit and edge.source in lit:
                self.reads.add((self.nodes[edge.source].name, self.nodes[edge.target].name))
        self.names = {source for source, _ in self.reads}
        self.edges = {edge.id: self._edge(edge) for edge in edges}

    def item(self, item: Item) -> Item:
        """Return an item with its emphasis."""
        if isinstance(item, Node) and item.view != "legend":
            return replace(item, emphasis=self._node(item))
        if isinstance(item, Edge):
            return replace(item, emphasis=self.edges[item.id])
        if isinstance(item, Square):
            return replace(item, emphasis=self.edges.get(item.of, "dim"))
        if isinstance(item, Text):
            if item.of in self.edges:
                return replace(item, emphasis=self.edges[item.of])
            owner = self.nodes.get(item.of)
            return item if owner is None or owner.view == "legend" else replace(item, emphasis=self._node(owner))
        return item

    def _node(self, node: Node) -> str:
        if node.id == self.chosen.id or (node.view == "circuit" and node.name == self.chosen.name):
            return "chosen"
        is_lit = node.id in self.lit or (node.view == "circuit" and node.name in self.names)
        return "lit" if is_lit else "dim"

    def _edge(self, edge: Edge) -> str:
        if edge.view == "circuit" and self.chosen.view != "circuit":
            names = self.nodes[edge.source].name, self.nodes[edge.target].name
            return "lit" if names in self.reads else "dim"
        if not edge.source:
            return "lit" if edge.target in self.lit else "dim"
        if not edge.target:
            return "lit" if edge.source in self.lit and self._leads_on(edge) else "dim"
        return "lit" if edge.source in self.lit and edge.target in self.lit else "dim"

    def _leads_on(self, edge: Edge) -> bool:
        """Say whether an ancestor that is not shown reads along an edge that runs into a gap."""
        if self.ancestry is None:
            return True
        node = self.nodes[edge.source]
        source = node.name, tuple(at for at in node.index if isinstance(at, int))
        readers = [one for one in self.ancestry.readers(source) if one[0] == edge.leads_to or not edge.leads_to]
        return any(is_so_far(self.ancestry.unfolding, source, reader, edge.delay) for reader in readers)


# In words -----------------------------------------------------------------------------------------------------------


def _sentence(
    cell: Cell, nodes: Sequence[Node], chosen: Node, lit: Mapping[str, None], ancestry: Ancestry | None
) -> str:
    """Say what the chosen node depends on."""
    told = []
    for variable in cell.variables:
        if ancestry is not None:
            told += _stretches(variable.text, ancestry, variable.name)
            continue
        own = [node for node in nodes if node.name == variable.name and node.id in lit and node.id != chosen.id]
        itself = [node for node in own if node.view == chosen.view]
        told += list(dict.fromkeys(_written(variable.text, node.index) for node in itself))
    name = _written(cell.variable(chosen.name).text, chosen.index) if chosen.role != "parameter" else shown(chosen.name)
    if not told:
        return f"{name} stands out, which depends on nothing else here."
    return f"What stands out: {name} depends on {listing(told)}."


def _written(text: str, index: Sequence[int | str]) -> str:
    return f"{text}({', '.join(map(str, index))})" if index else text


def _stretches(text: str, ancestry: Ancestry, name: str) -> list[str]:
    """Tell the places of one name: stretches without a hole, or the first and the last of what has many."""
    places = ancestry.places(name)
    if not places or places == [()]:
        return [text] * len(places)
    if len(places[0]) > 1:
        first, last = (tuple(map(side, zip(*places, strict=True))) for side in (min, max))
        count = 1
        for low, high in zip(first, last, strict=True):
            count *= high - low + 1
        if len(places) == 1:
            return [_written(text, first)]
        every = "every" if count == len(places) else f"{len(places)} places of"
        return [f"{every} {text} from {_written('', first)} to {_written('', last)}"]
    runs = [[places[0]]]
    for before, place in pairwise(places):
        if ancestry.is_next(name, before, place):
            runs[-1].append(place)
        else:
            runs.append([place])
    if len(runs) > _STRETCHES:
        return [f"some of {_written(text, places[0])} to {_written(text, places[-1])}"]
    return [
        _written(text, run[0]) if len(run) == 1 else f"{_written(text, run[0])} to {_written(text, run[-1])}"
        for run in runs
    ]
