"""How long the axes of a circuit are: what the caller says, what the shapes of inputs say, and what fits the circuit.

Shapes are tuples of numbers, so nothing here needs an array. Each reading words what is missing or contradicts itself
as its caller wrote it; what holds for all of them is said here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from unfoldgraph.algebra.notation import read_text, shown
from unfoldgraph.base.errors import CircuitError
from unfoldgraph.model.axes import followed
from unfoldgraph.model.equations import Model
from unfoldgraph.model.regions import Lengths, domains, reads_by_number, too_short


@dataclass(frozen=True, slots=True)
class Resolved:
    """The lengths of the axes of a circuit, as far as they are said, by the axis whose length each has.

    Attributes
    ----------
    told : what the caller says.
    known : what the shapes of inputs say.
    taken : what axes of which neither says anything take from others.
    untold : the axes of which the caller says nothing, in the order written.
    """

    told: Mapping[str, int]
    known: Mapping[str, int]
    taken: Mapping[str, int]
    untold: tuple[str, ...]

    @property
    def missing(self) -> list[str]:
        """The axes whose length nothing tells."""
        return [axis for axis in self.untold if axis not in self.known and axis not in self.taken]

    @property
    def contradicted(self) -> list[str]:
        """The axes of which the two say different lengths."""
        return [axis for axis, length in self.known.items() if axis in self.told and self.told[axis] != length]


def resolve(model: Model, told: Lengths, shapes: Mapping[str, Sequence[int]]) -> Resolved:
    """Return what is said of the lengths of the axes.

    Parameters
    ----------
    model : the circuit.
    told : lengths by axis, checked by `complete` only.
    shapes : those of the arrays of inputs, as far as they are given: ``(*batch, *lengths, *shape)``. Of one with too
        few dimensions nothing follows.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> model = read("h(t) = tanh(W @ h(t-1) + U @ x(t))")
    >>> resolve(model, {}, {"x": (5, 2)}).known, resolve(model, {}, {}).missing
    ({'t': 5}, ['t'])
    >>> resolve(model, {"t": 4}, {"x": (5, 2)}).contradicted
    ['t']
    """
    length_of = model.length_of
    known: dict[str, int] = {}
    for name, axes in model.inputs.items():
        if name not in shapes:
            continue
        shape, rank = shapes[name], model.rank(name)
        first = len(shape) - len(axes) - (min(1, len(shape) - len(axes)) if rank is None else rank)
        if first >= 0:
            for axis, length in zip(axes, shape[first:], strict=False):
                known.setdefault(length_of[axis], length)
    own = {length_of.get(axis, axis): length for axis, length in told.items()}
    said = {**known, **own}
    found = {axis: _taken(model, axis, said) for axis in model.own_axes if axis not in said}
    taken = {axis: length for axis, length in found.items() if length is not None}
    return Resolved(own, known, taken, tuple(axis for axis in model.own_axes if axis not in own))


def leading(model: Model) -> tuple[str, ...]:
    """Return the axes whose lengths have to be said: those that take it from no other.

    >>> from unfoldgraph.language.text import read
    >>> leading(read("c(i, j) = c(i, j-1) + 1 for j in i+1..end; c(i, i) = 0"))
    ('i',)
    """
    return tuple(axis for axis in model.own_axes if axis not in model.length_from)


def _taken(model: Model, axis: str, known: Lengths) -> int | None:
    """Return the length that an axis has, by itself or from another; None where nobody says it."""
    return next((known[one] for one in followed(axis, model.length_from) if one in known), None)


def unknown_steps(model: Model, missing: Sequence[str], help: str) -> CircuitError:
    """Return the error that nothing says how long some axes are; `help` says how the caller would."""
    which = f" of {' and '.join(map(shown, missing))}" if len(model.own_axes) > 1 else ""
    return CircuitError(f"no input says how many steps{which} there are", help=help)


def complete(model: Model, told: Lengths) -> dict[str, int]:
    """Return the length of every axis, where those that share one need not all be named.

    Raises
    ------
    CircuitError : for an axis that does not exist, a length that is missing or none, and two for one.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> complete(read("h(t) = h(t-1)"), {"t": 3})
    {'t': 3}
    """
    for axis, length in told.items():
        if axis not in model.axes:
            known = ", ".join(shown(name) for name in model.axes) or "none"
            raise CircuitError(f"there is no axis '{shown(str(axis))}'", help=f"the axes are: {known}")
        if isinstance(length, bool) or not isinstance(length, int) or length < 0:
            raise CircuitError(f"the length of '{shown(axis)}' is a whole number from 0, not {length!r}")
    found = settled(model, told)
    for axis in model.axes:
        alike = [other for other in _alike(model, axis) if other in told]
        given = dict.fromkeys(told[other] for other in alike)
        if model.length_of[axis] not in found:
            raise CircuitError(f"the length of the axis '{shown(axis)}' is missing", help=f"give {axis}=…")
        if len(given) > 1:
            names = " and ".join(f"'{shown(other)}'" for other in alike)
            raise CircuitError(f"{names} have one length, and {' and '.join(map(str, given))} are given")
    return {axis: found[model.length_of[axis]] for axis in model.axes}


def checked(model: Model, told: Lengths) -> dict[str, int]:
    """Return the length of every axis, see `complete`, none of them too short for what is read by a number.

    Raises
    ------
    CircuitError : as `complete` does, and where a place is read by a number that lies beyond its axis.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> checked(read("h(t) = h(t-1) + x(2)"), {"t": 3})
    {'t': 3}
    """
    lengths = complete(model, told)
    require_long_enough(model, lengths, domains(model.statements, model.axes_by_name, lengths))
    return lengths


def require_long_enough(model: Model, lengths: Lengths, given: Sequence[Sequence[object]]) -> None:
    """Raise `CircuitError` where a place is read by a number that lies beyond its axis.

    `given` are the places that each statement gives at these lengths, see `regions.domains`: one that has none reads
    nothing.
    """
    for asked in too_short(model.statements, model.axes_by_name, model.length_of, lengths, given):
        length = lengths[asked.axis]
        raise CircuitError(
            f"{asked.statement.label} reads "
            f"{read_text(asked.read.name, asked.read.index)}, but '{shown(asked.axis)}' has only {length} "
            f"{'step' if length == 1 else 'steps'}; it needs at least {asked.place}"
        )


def settled(model: Model, told: Lengths) -> dict[str, int]:
    """Return the lengths that are told, and those that axes take from these, by the axis whose length each is.

    >>> from unfoldgraph.language.text import read
    >>> settled(read("c(i, j) = c(i, j-1) + 1 for j in i+1..end; c(i, i) = 0"), {"i": 4})
    {'i': 4, 'j': 4}
    """
    own = {model.length_of.get(axis, axis): length for axis, length in told.items()}
    taken = {axis: _taken(model, axis, own) for axis in model.own_axes}
    return {axis: length for axis, length in taken.items() if length is not None}


def ended(model: Model, ends: Mapping[str, Any], lengths: Lengths) -> dict[str, Any]:
    """Return where sequences end, and where axes end with others: what takes its length from one that is as long.

    Parameters
    ----------
    model : the circuit.
    ends : where sequences end along some axes, each by the axis whose length it has.
    lengths : how long the axes are in the arrays, as far as that is known.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> table = read("c(i, j) = c(i, j-1) + 1 for j in i+1..end; c(i, i) = 0")
    >>> ended(table, {"i": 2}, {"i": 4, "j": 4}), ended(table, {"i": 2}, {"i": 4, "j": 5})
    ({'i': 2, 'j': 2}, {'i': 2})
    """
    found = dict(ends)
    for axis in model.own_axes:
        # Of a chain the farthest is told first, in whichever order the axes are written.
        for other, own in pairwise(reversed(followed(axis, model.length_from))):
            if own not in found and other in found and lengths.get(own) == lengths.get(other):
                found[own] = found[other]
    return found


def filled(model: Model, told: Lengths, places: Mapping[str, int]) -> dict[str, int]:
    """Return the lengths that are told or taken, and for other axes one that holds a place on it and all fixed reads.

    It holds those on the axes too that take their length from it.

    >>> from unfoldgraph.language.text import read
    >>> filled(read("h(t) = h(t-1) + x(t) * x(2)"), {}, {"t": 1})
    {'t': 2}
    """
    length_of = model.length_of
    known = settled(model, told)
    needed = dict.fromkeys(model.own_axes, 0)
    for axis, place in places.items():
        needed[length_of[axis]] = max(needed[length_of[axis]], place)
    for statement in model.statements:
        for axis, place, _ in reads_by_number(statement, model.axes_by_name, length_of):
            needed[axis] = max(needed[axis], place)
    for axis in model.own_axes:
        leader = followed(axis, model.length_from)[-1]
        needed[leader] = max(needed[leader], needed[axis])
    needed = {axis: needed[followed(axis, model.length_from)[-1]] for axis in needed}
    found = {**needed, **known}
    return {**{axis: found[length_of[axis]] for axis in model.axes}, **told}


def _alike(model: Model, axis: str) -> list[str]:
    """Return the axes that have the length of one."""
    return [other for other in model.axes if model.length_of[other] == model.length_of[axis]]
