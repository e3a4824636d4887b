"""Which steps of an axis a picture shows: those that are asked for, else the first and the last of many."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from unfoldgraph.algebra.expression import Index
from unfoldgraph.algebra.notation import shown
from unfoldgraph.base.errors import CircuitError, number, require_within, visible
from unfoldgraph.base.limits import DRAWN_NODES
from unfoldgraph.base.names import canonical
from unfoldgraph.drawing.graphs.rolled import Cell, Left

__all__ = ["ELIDED_ABOVE", "TOO_MANY", "along_axis", "asked_steps", "shown_steps"]

#: More steps than this are elided: the first few, a gap, the last two.
ELIDED_ABOVE = 8
#: What helps where a picture would have too many nodes.
TOO_MANY = "show fewer steps with --show, or draw the circuit alone with --view circuit"
# The same where a variable runs over two axes and is drawn as often as their product says.
_ELIDED_LATTICE = 6
_LAST = 2
# A step with more variables than this is wide, and fewer of its copies are shown.
_WIDE = 5
# Places that are read by their number are shown among the elided, up to this many.
_FIXED_SHOWN = 6
_RANGE = re.compile(r"([0-9]{1,25})(?:-([0-9]{1,25}))?")
_WRITTEN = "write --show 1-3,98-100, or for several axes --show i=1-2,5,j=1-3"


def asked_steps(
    asked: str | Mapping[str, str] | None, axes: Collection[str], lengths: Mapping[str, int] | None
) -> dict[str, frozenset[int]]:
    """Return the steps that are asked for, by axis; what is chosen freely is left out.

    Parameters
    ----------
    asked : Numbers and ranges with commas between, ``"1-3,98-100"``; where there are several axes each has its
        name before, ``"i=1-2,5,j=1-3"``, or they are in a mapping, ``{"i": "1-2,5", "j": "1-3"}``.
    axes : Those that are drawn.
    lengths : Of each axis; None in symbolic time, which has no numbers.

    Raises `CircuitError` for steps that are none, or that there are not.

    >>> sorted(asked_steps("1-3,99", ["t"], {"t": 100})["t"])
    [1, 2, 3, 99]
    >>> {axis: sorted(steps) for axis, steps in asked_steps("i=1-2,5,j=3", ["i", "j"], {"i": 9, "j": 9}).items()}
    {'i': [1, 2, 5], 'j': [3]}
    """
    if asked is None:
        return {}
    if lengths is None:
        raise CircuitError("steps are shown by their number, and symbolic time has none", help="give --steps too")
    found = {}
    for axis, ranges in _by_axis(asked, axes).items():
        steps: set[int] = set()
        for part in ranges.split(","):
            first, last = _range(part.strip(), axis, lengths[axis], len(axes) > 1)
            require_within(last - first + 1 + len(steps), DRAWN_NODES, "the picture would show {} steps", "show fewer")
            steps.update(range(first, last + 1))
        found[axis] = frozenset(steps)
    return found


def _by_axis(asked: str | Mapping[str, str], axes: Collection[str]) -> dict[str, str]:
    """Return the ranges of each axis, as they are written."""
    if isinstance(asked, Mapping):
        pairs = [(str(axis), str(ranges)) for axis, ranges in asked.items()]
    elif "=" not in asked:
        if len(axes) != 1:
            raise _not_an_axis(axes)
        return {next(iter(axes)): asked}
    else:
        # A part without a name goes on with the axis before it.
        pairs = []
        for part in asked.split(","):
            axis, sign, ranges = part.rpartition("=")
            if sign:
                pairs.append((axis.strip(), ranges))
            elif not pairs:
                raise CircuitError(f"--show {visible(asked)!r} begins with steps of no axis", help=_WRITTEN)
            else:
                pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]},{ranges}")
    found: dict[str, str] = {}
    for name, ranges in pairs:
        axis = canonical(name)
        if axis not in axes:
            raise _not_an_axis(axes)
        if axis in found:
            raise CircuitError(f"--show names the axis '{shown(axis)}' twice", help=_WRITTEN)
        found[axis] = ranges
    return found


def _not_an_axis(axes: Collection[str]) -> CircuitError:
    named = ", ".join(map(shown, axes)) or "none"
    example = ",".join(f"{shown(axis)}=1-2" for axis in axes)
    return CircuitError(
        f"--show gives steps of each axis by its name, and the axes are: {named}",
        help=f"write --show {example}" if axes else "leave --show out",
    )


def _range(part: str, axis: str, length: int, is_named: bool) -> tuple[int, int]:
    """Return the first and the last step of a range, checked against the length of its axis."""
    matched = _RANGE.fullmatch(part)
    if matched is None:
        raise CircuitError(f"{visible(part[:40])!r} is no step and no range of steps", help=_WRITTEN)
    first, last = int(matched[1]), int(matched[2] or matched[1])
    if last < first:
        raise CircuitError(f"the range {part} ends before it begins", help=f"write --show {last}-{first}")
    if not 1 <= first <= last <= length:
        along = f" of {shown(axis)}" if is_named else ""
        there = f"the steps are 1 to {number(length)}" if length else "there are no steps"
        raise CircuitError(f"there is no step {first if first < 1 else last}{along}", help=there)
    return first, last


def shown_steps(cell: Cell, axis: str, steps: int, asked: Collection[int] | None = None, fewer: int = 0) -> set[int]:
    """Return the steps to show: those asked for; else all of a few, of many the first and the last.

    With them come those that are read by their number, and boundaries and pins, asked for or not. ``fewer``, 1 or 2,
    where there is room for less: for the first two and the last, or the first and the last.
    """
    if asked is not None:
        return {*asked, *_fixed(cell, axis, steps, asked)}
    beside = sum(1 for v in cell.variables if axis in v.axes)
    is_lattice = any(axis in v.axes and len(v.axes) > 1 for v in cell.variables)
    first, last = 3 if beside > _WIDE or is_lattice else 4, _LAST
    most = _ELIDED_LATTICE if is_lattice else ELIDED_ABOVE
    if fewer:
        first, last = 3 - fewer, 1
        most = first + last + 1
    if steps <= most:
        return set(range(1, steps + 1))
    found = {*range(1, first + 1), *range(steps - last + 1, steps + 1)}
    found |= _fixed(cell, axis, steps, found)
    # A gap of one step takes the room of the step.
    return found | {place + 1 for place in found if place + 2 in found}


def _fixed(cell: Cell, axis: str, steps: int, beside: Collection[int]) -> set[int]:
    """Return the steps with a number of their own that others need, so many as a picture has room for.

    First come those that are read by their number, then those at the end, then boundaries and pins. A boundary or a
    pin far from all steps that are shown is needed by none of them.
    """

    def is_near(name: str, left: Left) -> bool:
        along = cell.axes.index(axis)
        reach = max((abs(link.delay[along]) for link in cell.links if link.source == name), default=0)
        own = [_number(at, steps) for at in along_axis(cell, name, left.index, axis) if not at.moves]
        return not own or any(abs(step - place) <= reach for step in beside for place in own)

    near = {(name, left) for name, lefts in cell.special.items() for left in lefts if is_near(name, left)}
    links = [link for link in cell.links if link.is_usual or (link.target, link.left) in near]
    read = [
        at for link in links for at in along_axis(cell, link.source, link.index, axis) if at.is_plain and not at.moves
    ]
    written = {at for name, left in near for at in along_axis(cell, name, left.index, axis) if not at.moves}
    ordered = [*(at for at in read if not at.base), *(at for at in read if at.base), *sorted(written)]
    numbers = dict.fromkeys(_number(at, steps) for at in ordered)
    return set([place for place in numbers if 1 <= place <= steps and place not in beside][:_FIXED_SHOWN])


def _number(at: Index, steps: int) -> int:
    """Return the number of a fixed place."""
    return at.offset + (steps if at.base == "end" else 0)


def along_axis(cell: Cell, name: str, index: tuple[Index, ...], axis: str) -> Iterator[Index]:
    """Yield what an index of a variable is along one axis, if it has that."""
    return (at for at, own in zip(index, cell.variable(name).axes, strict=True) if own == axis)
