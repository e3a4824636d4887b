"""What is to be expanded: `h(4)`, `h` for its last place, or the signal that a reader would mean."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from unfoldgraph.algebra.expression import Index
from unfoldgraph.algebra.notation import place_text, ranges_text, read_text, shown
from unfoldgraph.base.boxes import Place
from unfoldgraph.base.errors import CircuitError, did_you_mean
from unfoldgraph.base.limits import PLACE_DIGITS
from unfoldgraph.base.names import canonical
from unfoldgraph.formula.timing import looks_ahead, statements_behind
from unfoldgraph.model.equations import Model, Statement
from unfoldgraph.model.lengths import checked, filled, settled
from unfoldgraph.model.regions import fixed_place
from unfoldgraph.unfolding.input_lengths import (
    ReadOn,
    is_read_beyond,
    lengths_as_read,
    lengths_used,
    read_ahead,
    reads_on,
)
from unfoldgraph.unfolding.unfolding import Unfolding

_FORM = re.compile(r"\s*([^\W\d]\w*)\s*(?:\(([^()\[\]]*)\)|\[([^()\[\]]*)\])?\s*")
_PLACE = re.compile(r"(end|tau|τ)(?:\s*([+-])\s*([0-9]+))?|([+-]?[0-9]+)")
#: How much of a target a message quotes, in characters.
_QUOTED = 60


class Target(NamedTuple):
    """A node, and the circuit unfolded for lengths at which it is what was meant."""

    name: str
    place: Place
    unfolding: Unfolding


def find_target(
    model: Model, written: str | None, lengths: Mapping[str, int] | None, sizes: Mapping[str, int] | None = None
) -> Target:
    """Return the node that is meant; raises `CircuitError` where there is none.

    The length of an axis may be missing where the value does not depend on it.

    >>> from unfoldgraph.language.text import read
    >>> model = read("s(t) = f(s(t-1); theta)")
    >>> find_target(model, "s(3)", None)[:2], find_target(model, None, {"t": 2}).place
    (('s', (3,)), (2,))
    """
    given = dict(lengths or {})
    # What is wrong with the lengths is told before what is wrong with a place in them.
    checked(model, filled(model, given, {}))
    if written is None:
        name, places = (*model.delayed(), *model.signals)[0], None
    else:
        name, places = split_target(written)
    _check_name(model, name)
    axes = model.signals[name]
    if not axes and places:
        raise CircuitError(
            f"'{shown(name)}' has no axes, so there is no {place_text(name, places)}", help=f"write {shown(name)}"
        )
    if places is not None and len(places) != len(axes):
        usual = read_text(name, [Index(axis) for axis in axes])
        raise CircuitError(f"{place_text(name, places)} does not have the places of {usual}")
    ends = settled(model, given)
    indices = [Index("end")] * len(axes) if places is None else _indices(model, name, places)
    statements = statements_behind(model, name)
    ahead = read_ahead(model, statements)
    used, beyond = _depends_on(model, statements)
    _require_known(model, name, indices, ends, [axis for axis in used if axis not in ends and axis not in ahead])
    place = tuple(fixed_place(at, ends.get(model.length_of[axis], 0)) for at, axis in zip(indices, axes, strict=True))
    lengths = filled(model, given, dict(zip(axes, place, strict=True)))
    unfolding = Unfolding(model, lengths, sizes)
    # What reads ahead, and never beyond a place that is as far as the farthest, stays inside of any longer axis.
    _require_known(model, name, indices, ends, [
        axis for axis, reads in beyond.items()
        if axis not in ends and axis not in ahead and is_read_beyond(unfolding, axis, reads)
    ])  # fmt: skip
    if untold := {axis: reads for axis, reads in ahead.items() if axis not in ends}:
        unfolding = unfolding.unfolded(lengths_as_read(unfolding, untold))
    _check_place(unfolding, name, place)
    return Target(name, place, unfolding)


def _depends_on(model: Model, statements: Sequence[Statement]) -> tuple[list[str], dict[str, list[ReadOn]]]:
    """Return the axes whose lengths stand in statements, and the reads ahead on others, which may lie beyond the end.

    Both are in the order written; of axes that share their length it is the first.
    """
    used = {model.length_of[axis] for axis in lengths_used(model, statements)}
    beyond: dict[str, list[ReadOn]] = {}
    for one in reads_on(model, statements):
        if looks_ahead(*one) and model.length_of[one.axis] not in used:
            beyond.setdefault(model.length_of[one.axis], []).append(one)
    return [axis for axis in model.axes if axis in used], {axis: beyond[axis] for axis in model.axes if axis in beyond}


def _require_known(
    model: Model, name: str, indices: Sequence[Index], ends: Mapping[str, int], depends: Sequence[str]
) -> None:
    """Raise where a value depends on lengths that are not given, or its place does."""
    axes = model.signals[name]
    places = dict.fromkeys(model.length_of[axis] for at, axis in zip(indices, axes, strict=True) if at.base == "end")
    unknown = [axis for axis in places if axis not in ends]
    missing = [axis for axis in model.axes if axis in unknown or axis in depends]
    if not missing:
        return
    if unknown and all(at == Index("end") for at in indices):
        what = f"the last place of '{shown(name)}'"
    elif unknown:
        what = read_text(name, indices)
    else:
        place = [fixed_place(at, ends.get(model.length_of[axis], 0)) for at, axis in zip(indices, axes, strict=True)]
        what = read_text(name, [Index("", at) for at in place])
    if len(model.own_axes) == 1:
        of, give = "the number of steps", "give the number of steps"
    else:
        quoted = [f"'{shown(axis)}'" for axis in missing]
        of = f"the length of {quoted[0]}" if len(quoted) == 1 else f"the lengths of {' and '.join(quoted)}"
        give = f"give the number of steps: {','.join(f'{shown(axis)}=4' for axis in missing)}"
    if unknown and not depends:
        give = f"write {place_text(name, ['3'] * len(axes))}, or {give}"
    raise CircuitError(f"{what} depends on {of}", help=give)


def split_target(written: str) -> tuple[str, list[str] | None]:
    """Return the name of a target and its places, which are still text; None where none are written."""
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
    same = next((signal for signal in signals if signal.lower() == shown(name).lower()), None)
    raise CircuitError(
        f"unknown signal '{shown(name)}'",
        help=(f"did you mean '{same}'?" if same else did_you_mean(shown(name), signals))
        or f"the signals are: {', '.join(signals)}",
    )


def _indices(model: Model, name: str, places: Sequence[str]) -> list[Index]:
    """Return the places that are written: whole numbers, or `end` with some added or taken off."""
    found = []
    for position, (written, axis) in enumerate(zip(places, model.signals[name], strict=True)):
        match = _PLACE.fullmatch(written)
        # As in the equations, τ is the last place of the axis t.
        if match is None or (match[1] in ("tau", "τ") and axis != "t"):
            example = place_text(name, ["3" if at == position else other for at, other in enumerate(places)])
            why = "a place is a whole number" if written else "its place is missing"
            raise CircuitError(
                f"{place_text(name, places)} cannot be expanded: {why}",
                help=f"write {example}, or {shown(name)} for its last place",
            )
        digits = match[4] or f"{match[2] or ''}{match[3] or 0}"
        if len(digits) > PLACE_DIGITS:
            raise CircuitError(f"a place of '{shown(name)}' has {len(digits)} digits; the limit is {PLACE_DIGITS}")
        found.append(Index("end" if match[1] else "", int(digits)))
    return found


def _check_place(unfolding: Unfolding, name: str, place: Place) -> None:
    """Check that a place is one of the axes, or one off their edges that is given."""
    if unfolding.is_given(name, place):
        return
    label = read_text(name, [Index("", at) for at in place])
    lengths = unfolding.lengths
    for at, axis in zip(place, unfolding.model.signals[name], strict=True):
        if at > lengths[axis]:
            if len(unfolding.model.axes) == 1:
                last, more = f"the last step, {lengths[axis]}", ""
            else:
                last, more = f"the last place of '{shown(axis)}', {lengths[axis]}", f": {shown(axis)}={at}"
            raise CircuitError(f"{label} lies beyond {last}", help=f"give {at} steps or more{more}")
    own = [statement for statement in unfolding.model.statements if statement.name == name]
    if any(statement.ranges for statement in own):
        listed = "; ".join(
            read_text(name, one.written_index)
            + ranges_text(binding for binding in one.ranges if binding.name not in one.diagonal)
            for one in own
        )
        raise CircuitError(
            f"there is no {label}: no equation stands there, so that it is 0", help=f"there is: {listed}"
        )
    first = read_text(name, [Index("", 1) for _ in place])
    raise CircuitError(f"there is no {label}: nothing reads it or gives it", help=f"{first} is the first place")
