"""In which order an unfolding grows: the step, or the wavefront, at which each node of a picture is computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

from unfoldgraph.drawing.notes.rights import Where
from unfoldgraph.equations import Model
from unfoldgraph.expression import Index
from unfoldgraph.notation import index_text, shown

__all__ = ["NO_GROWTH", "Growth", "Way", "growth_of"]

Way = tuple[str, str, bool]
"""The ids of two nodes, source and target, and whether what leads from one to the other takes steps."""
_Order = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Growth:
    """The stages in which a picture grows.

    Attributes:
        names: What each stage goes by, the first of them that at which there is only what is given.
        stage: By id, the stage at which a node is there.
    """

    names: tuple[str, ...]
    stage: Mapping[str, int]


#: That of a picture in which all is there at once.
NO_GROWTH = Growth(("",), {})


def growth_of(
    model: Model, places: Mapping[str, Where | None], dots: Mapping[str, bool], ways: Sequence[Way]
) -> Growth:
    """Return the stages of a picture.

    Args:
        model: The circuit.
        places: The nodes of the picture by their ids; None for what is no variable at one place.
        dots: Of those that stand for steps left out, whether these come last.
        ways: What leads from node to node, along edges and through steps that are left out.

    Along one axis they are its steps, from whichever end the recurrence begins; where it begins at both, and along
    several axes, a node is there as soon as what it reads is, each delay counted as one.
    """
    shown_axes = {axis for where in places.values() if where is not None for axis in model.axes_of(where[0])}
    axes = [axis for axis in model.axes if axis in shown_axes]
    directions = _directions(model)
    if len(axes) == 1 and len(set(directions.values())) < 2:
        return _along(model, axes[0], places, dots, ways, sign=-1 if -1 in directions.values() else 1)
    stage = _waves(model, places, ways)
    if max(stage.values(), default=0) < 2 and axes:
        return _along(model, axes[0], places, dots, ways, sign=1)
    rank = {number: n for n, number in enumerate(sorted({0, *stage.values()}))}
    counted = tuple(f"{n} of {len(rank) - 1}" for n in rank.values())
    return Growth(counted, {name: rank[at] for name, at in stage.items()})


def _directions(model: Model) -> Mapping[str, int]:
    """Return for each signal of a loop along the only axis whether it runs ahead, 1, or back, -1."""
    return {
        model.statements[number].name: component.vector[0]
        for component in model.schedule
        if component.vector is not None and len(component.vector) == 1
        for number in component.members
    }


def _along(
    model: Model,
    axis: str,
    places: Mapping[str, Where | None],
    dots: Mapping[str, bool],
    ways: Sequence[Way],
    sign: int,
) -> Growth:
    """Return the steps along one axis; what has no place on it is there with the last that it reads."""
    key: dict[str, _Order] = {}
    word: dict[_Order, str] = {}
    for name, place in places.items():
        if name in dots:
            key[name] = (3, 0) if dots[name] else (1, 0)
            word[key[name]] = "\u2026"
        elif place is not None and axis in model.axes_of(place[0]):
            at = place[1][model.axes_of(place[0]).index(axis)]
            key[name] = _order(at)
            word[key[name]] = index_text(at).replace("end", "\u03c4")
    inside = sorted({at for at in key.values() if not _is_off_edge(at)}, reverse=sign < 0)
    rank = {at: n for n, at in enumerate(inside, 1)}
    stage = {name: rank.get(at, 0) for name, at in key.items()}
    sources = _sources(places, ways)
    for name in TopologicalSorter(sources).static_order():
        if name not in stage:
            stage[name] = max((stage[source] for source in sources[name]), default=0)
    # Steps in symbols are told by themselves: "t = t+1" would say nothing.
    names = [f"{shown(axis)} = {word[at]}" if at[0] == 0 else word[at] for at in inside]
    return Growth((f"0 of {len(inside)}", *names), stage)


def _order(at: Index) -> _Order:
    """Return a key by which places sort: numbers, those about t, those about the end."""
    return (0 if at.base == "" else 4 if at.base == "end" else 2), at.offset


def _is_off_edge(at: _Order) -> bool:
    return (at[0] == 0 and at[1] < 1) or (at[0] == 4 and at[1] > 0)


def _sources(places: Mapping[str, Where | None], ways: Iterable[Way]) -> dict[str, dict[str, bool]]:
    """Return what leads to each node, and whether that takes steps."""
    found: dict[str, dict[str, bool]] = {name: {} for name in places}
    for source, target, takes in ways:
        if source in found and target in found:
            found[target][source] = found[target].get(source, False) or takes
    return found


def _waves(model: Model, places: Mapping[str, Where | None], ways: Sequence[Way]) -> dict[str, int]:
    """Return how many delays lead to each node at most; inputs are there with the first that reads them."""
    sources = _sources(places, ways)
    readers: dict[str, list[str]] = {}
    stage: dict[str, int] = {}
    for name in TopologicalSorter(sources).static_order():
        stage[name] = max((stage[source] + takes for source, takes in sources[name].items()), default=0)
        for source in sources[name]:
            readers.setdefault(source, []).append(name)
    for name, place in places.items():
        if place is not None and place[0] in model.inputs:
            stage[name] = min((stage[reader] for reader in readers.get(name, ())), default=0)
    return stage
