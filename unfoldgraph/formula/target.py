"""What is to be expanded: `h(4)`, `h` for its last place, or the signal that a reader would mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from unfoldgraph import boxes
from unfoldgraph.boxes import Place
from unfoldgraph.equations import Model
from unfoldgraph.errors import CircuitError, did_you_mean
from unfoldgraph.expression import Index
from unfoldgraph.limits import PLACE_DIGITS
from unfoldgraph.notation import canonical, place_text, read_text, shown

_FORM = re.compile(r"\s*([^\W\d]\w*)\s*(?:\(([^()\[\]]*)\)|\[([^()\[\]]*)\])?\s*")
_WHOLE = re.compile(r"[+-]?[0-9]+")
#: How much of a target a message quotes, in characters.
_QUOTED = 60


class Target(NamedTuple):
    """A node, and the lengths that the circuit is unfolded for."""

    name: str
    place: Place
    lengths: dict[str, int]


def find_target(model: Model, written: str | None, lengths: Mapping[str, int] | None) -> Target:
    """Return the node that is meant; raises `CircuitError` where there is none.

    Without lengths every axis ends at the place that is written.

    >>> from unfoldgraph.language.text import read
    >>> model = read("s(t) = f(s(t-1); theta)")
    >>> find_target(model, "s(3)", None), find_target(model, None, {"t": 2}).place
    (Target(name='s', place=(3,), lengths={'t': 3}), (2,))
    """
    if written is None:
        name, places = (*model.delayed(), *model.signals)[0], None
    else:
        name, places = _parse(written)
    _check_name(model, name)
    axes = model.signals[name]
    if not axes and places:
        raise CircuitError(
            f"'{shown(name)}' has no axes, so there is no {place_text(name, places)}", help=f"write {shown(name)}"
        )
    if axes and places is not None and len(places) != len(axes):
        usual = read_text(name, [Index(axis) for axis in axes])
        raise CircuitError(f"{place_text(name, places)} does not have the places of {usual}")
    numbers: list[int] | None = None
    if places is not None:
        numbers = [_number(model, name, places, position, lengths) for position in range(len(places))]
    if lengths is None and (numbers is None or not axes) and model.axes:
        wanted = place_text(name, ["3"] * len(axes))
        how = f"write {wanted}, or give the number of steps" if axes else "give the number of steps"
        raise CircuitError(f"the last place of '{shown(name)}' depends on the number of steps", help=how)
    known = dict(zip(axes, (max(0, at) for at in numbers or ()), strict=False)) if lengths is None else dict(lengths)
    last = tuple(known.get(axis, 0) for axis in axes)
    place = last if numbers is None else tuple(numbers)
    _check_place(model, name, place, known)
    return Target(name, place, known)


def _parse(written: str) -> tuple[str, list[str] | None]:
    """Split a target into its name and its places, which are still text; None where none are written."""
    match = _FORM.fullmatch(written)
    if match is None:
        raise CircuitError(
            f"'{written.strip()[:_QUOTED]}' is not a place of a signal", help="write h(4), or h for its last place"
        )
    inside = match[2] if match[2] is not None else match[3]
    if inside is not None and len(inside) > _QUOTED * 2:
        raise CircuitError(f"'{written.strip()[:_QUOTED]}…' is not a place of a signal", help="write h(4)")
    return canonical(match[1]), None if inside is None else [part.strip() for part in inside.split(",")]


def _check_name(model: Model, name: str) -> None:
    if name in model.signals:
        return
    if name in model.inputs or name in model.parameters:
        kind = "an input" if name in model.inputs else "a parameter"
        raise CircuitError(
            f"'{shown(name)}' is {kind}: there is nothing to expand",
            help=f"the signals are: {', '.join(shown(signal) for signal in model.signals)}",
        )
    signals = [shown(signal) for signal in model.signals]
    raise CircuitError(
        f"unknown signal '{shown(name)}'",
        help=did_you_mean(shown(name), signals) or f"the signals are: {', '.join(signals)}",
    )


def _number(model: Model, name: str, places: list[str], position: int, lengths: Mapping[str, int] | None) -> int:
    """Return one place as a number; `end` is the last one."""
    written = places[position]
    axis = model.signals[name][position]
    if written == "end" and lengths is not None and axis in lengths:
        return lengths[axis]
    if _WHOLE.fullmatch(written):
        if len(written) > PLACE_DIGITS:
            raise CircuitError(f"a place of '{shown(name)}' has {len(written)} digits; the limit is {PLACE_DIGITS}")
        return int(written)
    if written == "end":
        raise CircuitError(
            f"the last place of '{shown(name)}' depends on the number of steps", help="give the number of steps"
        )
    example = place_text(name, ["3" if at == position else other for at, other in enumerate(places)])
    why = "a place is a whole number" if written else "its place is missing"
    raise CircuitError(
        f"{place_text(name, places)} cannot be expanded: {why}",
        help=f"write {example}, or {shown(name)} for its last place",
    )


def _check_place(model: Model, name: str, place: Place, lengths: Mapping[str, int]) -> None:
    """Check that a place is one of the axis, or one before it that is given."""
    label = read_text(name, [Index("", at) for at in place])
    for at, axis in zip(place, model.signals[name], strict=True):
        if axis in lengths and at > lengths[axis]:
            raise CircuitError(f"{label} lies beyond the last step, {lengths[axis]}", help=f"give {at} steps or more")
    if place and min(place) < 1:
        free = model.free_by_name.get(name)
        if place not in model.fixed.get(name, {}) and (free is None or not boxes.contains(free.boxes, place)):
            first = read_text(name, [Index("", 1) for _ in place])
            raise CircuitError(f"there is no {label}: nothing reads it or gives it", help=f"{first} is the first place")
