"""The cut view: every delay cut open, so that one step is a graph without cycles.

What a delay gives out is a source beside the step, h(t-1); what the step puts into a delay ends in a sink on the
other side, a black square. So registers are cut to see the combinational circuit between them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from unfoldgraph.algebra.expression import Index
from unfoldgraph.drawing.graphs.circuit import circuit_links, saying
from unfoldgraph.drawing.graphs.places import DOTS_BEFORE, LAST, words_of
from unfoldgraph.drawing.graphs.rolled import (
    Cell,
    Column,
    Connection,
    Instance,
    Left,
    Link,
    Reach,
    Unfolded,
    Variable,
    reaches,
)
from unfoldgraph.drawing.scene.scene import AxisPlace

__all__ = ["SINK", "cut_of", "sources_of"]

#: The role of the black square in which a value of this step enters a delay.
SINK = "sink"
# In which order edges without delay are kept, where all of them together would close a cycle.
_KINDS = ("delay", "range", "place", "all", "end", "fixed")


@dataclass(frozen=True, slots=True)
class _CutPlace:
    """Where a node stands, for each of its axes: 0 is this step, and sources and sinks stand beside it."""

    instance: Instance
    offsets: tuple[int, ...]


def cut_of(cell: Cell) -> Unfolded:
    """Return one step, the sources that its delays give it, and the sinks in which its values enter delays.

    There is a source for each place that is read beside this step, and a sink for each delay of each variable.
    """
    places: dict[tuple[str, str], _CutPlace] = {}
    number: dict[tuple[str, str], int] = {}

    def add(key: tuple[str, str], place: _CutPlace) -> int:
        if key not in number:
            number[key] = len(number)
            places[key] = place
        return number[key]

    for variable in cell.variables:
        here = _instance(variable, [(axis, 0) for axis in variable.axes], variable.role)
        step = replace(here, left=Left(tuple(map(Index, variable.axes))))
        add((variable.name, ""), _CutPlace(step, (0,) * len(variable.axes)))
    edges: list[tuple[tuple[str, str], tuple[str, str], Link]] = []
    ways = _ways(cell)
    taken = {(one.instance.name, one.offsets) for one in places.values()}
    taken |= {(link.source, _before(cell, link)) for link, is_cut in ways if is_cut and _keeps_pace(link)}
    for link, is_cut in ways:
        variable = cell.variable(link.source)
        if is_cut:
            source = _instance(variable, _source(cell, variable, link), "boundary")
            if link.reach is not None:
                source = _over_range(source, variable, link.reach)
            key = (link.source, ", ".join(map(str, source.index)))
            if key not in number:
                offsets = _before(cell, link) if _keeps_pace(link) else _further(cell, link, taken)
                taken.add((link.source, offsets))
                add(key, _CutPlace(source, offsets))
        else:
            key = (link.source, "")
        edges.append((key, (link.target, ""), link))
        if link.delayed:
            delay = ",".join(map(str, link.delay))
            still = (0,) * len(cell.axes)
            sink = Instance(link.source, link.delay, (), SINK, (), f"delay of {variable.text}", reach=link.reach)
            key = (link.source, f"sink {delay} {link.reach.text if link.reach else ''}")
            if key not in number:
                add(key, _CutPlace(sink, _along(cell, variable, link.towards)))
                edges.append(((link.source, ""), key, Link(link.source, link.source, still)))
    tracks, instances = _tracks(cell, list(places.values()))
    joined = [Connection(number[source], number[target], link, not link.is_usual) for source, target, link in edges]
    return Unfolded(tracks, instances, joined)


def sources_of(unfolded: Unfolded) -> list[Instance]:
    """Return the sources of a cut view, in the order in which their delays are written."""
    return [instance for instance in unfolded.instances if instance.role == "boundary"]


def _ways(cell: Cell) -> list[tuple[Link, bool]]:
    """Return the edges of the circuit, and whether each is cut.

    Besides the delayed ones those are cut that read one place of another step where they would close a cycle; what
    gives only the value of one place is no part of a step then. What is cut at several places is an edge from each;
    and where some read of single places of a variable is cut all are, or one value would come from two nodes.
    """
    links = circuit_links(cell, by_place=True)
    after: dict[str, set[str]] = {variable.name: set() for variable in cell.variables}
    cyclic: set[Link] = set()
    for link in sorted(links, key=lambda link: (not link.is_usual, _KINDS.index(link.read))):
        if link.delayed:
            continue
        if reaches(after, link.target, link.source):
            cyclic.add(link)
        else:
            after[link.source].add(link.target)
    apart = {link.source for link in cyclic if link.is_usual and _is_of_one_place(link)}
    cyclic |= {link for link in links if link.is_usual and link.source in apart and _is_of_one_place(link)}
    found: dict[tuple[object, ...], tuple[Link, bool]] = {}
    for link in links:
        is_cut = link.delayed or link in cyclic
        if link.is_usual or link not in cyclic:
            source = tuple(_source(cell, cell.variable(link.source), link)) if is_cut else ()
            key = link.source, link.target, link.read, str(link.delay), link.labels, source
            found.setdefault(key, (link, is_cut))
    return [(link if is_cut else saying([link]), is_cut) for link, is_cut in found.values()]


def _along(cell: Cell, variable: Variable, delay: Sequence[int]) -> tuple[int, ...]:
    """Return a delay along the axes of a variable."""
    by_axis = dict(zip(cell.axes, delay, strict=True))
    return tuple(by_axis[axis] for axis in variable.axes)


def _before(cell: Cell, link: Link) -> tuple[int, ...]:
    """Return where what a link reads stands, for each axis of its source, seen from this step."""
    return tuple(-by for by in _along(cell, cell.variable(link.source), link.towards))


def _keeps_pace(link: Link) -> bool:
    """Say whether a link reads at a fixed distance from its own step."""
    return all(at.moves and not at.bound for at in link.index)


def _is_of_one_place(link: Link) -> bool:
    """Say whether a link reads at a place of its own, the same for all steps of some axis."""
    return not _keeps_pace(link) and link.is_of_place and not any(at.bound for at in link.index)


def _further(cell: Cell, link: Link, taken: Collection[tuple[str, tuple[int, ...]]]) -> tuple[int, ...]:
    """Return where what a link reads at a place of its own stands, beside this step and apart from all ``taken``.

    The end comes after this step, every other place before it, unless the link says how far they are apart.
    """
    offsets = list(_before(cell, link))
    axis, at = next((n, at) for n, at in enumerate(link.index) if not at.moves or at.bound)
    away = offsets[axis] or (1 if at.base == "end" else -1)
    while (link.source, tuple(offsets)) in taken:
        offsets[axis] += 1 if away > 0 else -1
    return tuple(offsets)


def _source(cell: Cell, variable: Variable, link: Link) -> list[AxisPlace]:
    """Return the place of a source along each axis of its variable."""
    found: list[AxisPlace] = []
    by_axis = dict(zip(cell.axes, link.delay, strict=True))
    for at, axis in zip(link.index, variable.axes, strict=True):
        if at.bound or not at.is_plain:
            found.append(DOTS_BEFORE)
        else:
            found.append((axis, -by_axis[axis]) if by_axis[axis] else (at.base, at.offset))
    return found


def _instance(variable: Variable, places: Sequence[AxisPlace], role: str) -> Instance:
    words = [words_of(place, LAST) for place in places]
    index, place = tuple(str(text) for text, _ in words), tuple(latex for _, latex in words)
    text = f"{variable.text}({', '.join(index)})" if index else variable.text
    return Instance(variable.name, index, (), role, place, text, places=tuple(places))


def _over_range(source: Instance, variable: Variable, reach: Reach) -> Instance:
    """Return a source with what is read at it in place of dots."""
    words = tuple(word for word, _ in reach.places)
    text = f"{variable.text}({', '.join(words)})"
    return replace(source, index=words, place=tuple(latex for _, latex in reach.places), text=text)


def _tracks(cell: Cell, places: Sequence[_CutPlace]) -> tuple[dict[str, tuple[Column, ...]], list[Instance]]:
    """Return the columns of each axis, those in use alone, and the nodes with their positions in them.

    Sinks stand next to the step, however long their delay is.
    """

    def offsets(place: _CutPlace) -> tuple[int, ...]:
        if place.instance.role == SINK:
            return tuple(max(-1, min(1, by)) for by in place.offsets)
        return place.offsets

    used: dict[str, set[int]] = {axis: {0} for axis in cell.drawn_axes}
    for place in places:
        for axis, by in zip(cell.variable(place.instance.name).axes, offsets(place), strict=True):
            used[axis].add(by)
    columns = {axis: sorted(found) for axis, found in used.items()}
    instances = []
    for place in places:
        one = place.instance
        axes = cell.variable(one.name).axes
        at = tuple(columns[axis].index(by) for axis, by in zip(axes, offsets(place), strict=True))
        instances.append(replace(one, at=at))
    tracks = {axis: tuple(Column("boundary" if by else "step") for by in found) for axis, found in columns.items()}
    return tracks, instances
