"""Loops that are linear recurrences: which signal is one, and what a step of it is."""

from __future__ import annotations

from dataclasses import dataclass

from unfoldgraph.base.affine import Affine, index
from unfoldgraph.program.ir import (
    Access,
    Array,
    Assign,
    Buffer,
    Dim,
    Entry,
    For,
    Gather,
    Opaque,
    Subscript,
    Value,
    WholeNumber,
    indices_of,
    nodes,
    shape_of,
)
from unfoldgraph.program.passes.linear.walk import Linear, LinearWalk, NotLinear


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A linear recurrence that a loop is.

    Attributes
    ----------
    state : the signal whose past is read.
    dim : its dimension along the steps.
    form : what a step of it is.
    others : the statements of what else is computed in a turn.
    statement : that of the state.
    """

    state: Buffer
    dim: Dim
    form: Linear
    others: tuple[Assign, ...]
    statement: Assign

    @property
    def shape(self) -> tuple[Affine, ...]:
        """The shape of a step."""
        return tuple(dim.extent for dim in self.state.dims if dim.role == "size")


@dataclass(frozen=True, slots=True)
class LinearLoop:
    """A loop each of whose statements is linear in what earlier turns have computed.

    Attributes
    ----------
    recurrences : those whose past is read, in the order of the loop.
    others : the other statements.
    """

    recurrences: tuple[Recurrence, ...]
    others: tuple[Assign, ...]


def linear_loop(loop: For) -> LinearLoop | None:
    """Return what is computed in a loop of linear recurrences; None where it is none, or is not known to be one."""
    if loop.is_of_terms:
        return None
    assigned = [one for one in loop.body if isinstance(one, Assign) and not one.adds]
    if len(assigned) < len(loop.body):
        return None
    buffers: dict[str, tuple[Buffer, Dim]] = {}
    for one in assigned:
        array = one.target.array
        own = only_axis(array)
        if not isinstance(array, Buffer) or not array.is_shaped or own is None or own.kept is not None:
            return None
        if dict(one.target.places) != {own.name: index(loop.index)} or array.name in buffers:
            return None
        if not loop.is_all_along(own):
            return None
        buffers[array.name] = array, own
    if any(_is_in_the_way(node) for node in nodes(one.value for one in assigned)):
        return None
    walk = LinearWalk(loop.index, buffers.keys(), loop.step)
    forms: dict[str, Linear] = {}
    try:
        for one in assigned:
            forms[one.target.array.name] = walk.known[one.target.array.name] = walk.form(one.value)
    except NotLinear:
        return None
    taps = [tap for form in forms.values() for of_it in (form.past, form.products, form.outers) for tap in of_it]
    states = {name for name, _ in taps} | {name for form in forms.values() for name in form.sums}
    read = [one for one in assigned if one.target.array.name in states]
    others = tuple(one for one in assigned if one.target.array.name not in states)
    found = [(*buffers[one.target.array.name], forms[one.target.array.name], one) for one in read]
    return LinearLoop(tuple(Recurrence(state, dim, form, others, one) for state, dim, form, one in found), others)


def only_axis(array: Array) -> Dim | None:
    """Return the only dimension of places of axes; None where there are none, or several."""
    found = [dim for dim in array.dims if dim.role == "axis"]
    return found[0] if len(found) == 1 else None


def _is_in_the_way(node: Value) -> bool:
    """Say whether a value can only be computed in its own turn, or reads what is not there when there is none."""
    if isinstance(node, Opaque) or shape_of(node) is None:
        return True
    if isinstance(node, Entry):
        return any(map(_is_told_by_value, node.places))
    if not isinstance(node, Access):
        return False
    axes = {dim.name for dim in node.array.dims if dim.role != "size"}
    fixed = [at for name, at in node.places if name in axes and isinstance(at, Affine) and not indices_of(at)]
    is_there = all(not at.terms and at.constant < 0 for at in fixed)
    return not is_there or any(_is_told_by_value(place) for _, place in node.places)


def _is_told_by_value(place: Subscript) -> bool:
    """Say whether a value tells a place, and not a whole number that may lie beyond an end."""
    return isinstance(place, Gather) and not isinstance(place.value, WholeNumber)
