"""A wavefront of two axes is a line: from a place to the next it is as far in each array, whatever its direction.

So its places are a slice of an array whose two axes are one, `flat[start:stop:step]`, where any other order would need
arrays of their indices. Nothing is copied on the way: arrays stay as they are, and a step is the length of a row less
one place where all `i + j` are the same. That takes no more memory than there are places, unlike storage in which each
front is a row: that would have as many rows as both axes have places.

What has to hold: each array has no axes but the two, or one of them, and is read and written at places that move along
a front; all that is computed is so entry by entry or of values as a whole. A last operation entry by entry puts what it
computes where it belongs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.algebra.shapes import elementwise
from unfoldgraph.base.affine import Affine, whole
from unfoldgraph.program.ir import (
    Access,
    Apply,
    Assign,
    Buffer,
    Each,
    For,
    Guard,
    Kernel,
    KernelStatement,
    Make,
    Number,
    Value,
    WhereWhole,
    WholeNumber,
    indices_of,
    nodes,
    shape_of,
    statements_in,
)
from unfoldgraph.program.python_text.ufuncs import takes_out


def lines(kernel: Kernel) -> Kernel:
    """Return a kernel in which wavefronts of two axes are lines, where they can be.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> from unfoldgraph.program.lower import lower
    >>> from unfoldgraph.program.schedule import schedule_of
    >>> kernel = lines(lower(schedule_of(read("h(i, j) = tanh(h(i-1, j) + h(i, j-1) + x(i, j)); x(i, j) : ()"), None)))
    >>> kernel.body[-1].body[0].in_lines
    True
    """
    loops = [one for one in statements_in(kernel.body) if isinstance(one, For)]
    made = {one.buffer.name for one in statements_in(loops) if isinstance(one, Make)}
    return replace(kernel, body=_in_lines(kernel.body, made))


def _in_lines(body: Iterable[KernelStatement], made: set[str]) -> tuple[KernelStatement, ...]:
    """Return statements in which wavefronts are lines; it calls itself once per nested block.

    `made` are the arrays that loops make anew.
    """
    found: list[KernelStatement] = []
    for one in body:
        match one:
            case For():
                found.append(replace(one, body=_in_lines(one.body, made)))
            case Guard() | WhereWhole():
                found.append(replace(one, then=_in_lines(one.then, made), other=_in_lines(one.other, made)))
            case Each() if _is_line(one) and all(_moves(each, one, made) for each in one.body):
                found.append(replace(one, body=tuple(map(_into_place, one.body)), in_lines=True))
            case _:
                found.append(one)
    return tuple(found)


def _is_line(each: Each) -> bool:
    """Say whether the places of a statement are a wavefront of two axes, each of them from end to end."""
    if len(each.ranges) != 2 or len(each.on) != 1:
        return False
    are_whole = all(
        one.first == whole(0) and isinstance(one.last, Affine) and not indices_of(one.last) for one in each.ranges
    )
    return are_whole and all(each.on[0].factor(one.index) for one in each.ranges)


def _moves(statement: KernelStatement, each: Each, made: set[str]) -> bool:
    """Say whether all that a statement reads and writes moves along a line, or stands still."""
    if not isinstance(statement, Assign) or statement.adds:
        return False
    own = {one.index for one in each.ranges}
    for node in nodes([statement.target, statement.value]):
        match node:
            case Access():
                if not _is_access_along(node, each, made):
                    return False
            case WholeNumber():
                if not own.isdisjoint(indices_of(node.at)):
                    return False
            case Number():
                pass
            case Apply():
                if node.shape is None:
                    return False
            case _:
                return False
    return True


def _is_access_along(access: Access, each: Each, made: set[str]) -> bool:
    array = access.array
    if not isinstance(array, Buffer) or not array.is_shaped or array.name in made:
        return False
    own = [one.index for one in each.ranges]
    places = dict(access.places)
    if not any(name in own for at in places.values() for name in indices_of(at)):
        return True
    axes = [dim for dim in array.dims if dim.role in ("axis", "front")]
    if len(axes) > 2 or list(array.dims[: len(axes)]) != axes:
        return False
    if any(name in own for dim in array.dims if dim not in axes for name in indices_of(places.get(dim.name, whole(0)))):
        return False
    # From a place on the line to the next.
    one, other = each.on[0].factor(own[1]), -each.on[0].factor(own[0])
    is_moved = False
    for dim in axes:
        at = places.get(dim.name)
        if dim.kept is not None or not isinstance(at, Affine) or not set(indices_of(at)) <= set(own):
            return False
        is_moved |= at.factor(own[0]) * one + at.factor(own[1]) * other != 0
    return is_moved


def _into_place(statement: KernelStatement) -> KernelStatement:
    """Return a statement whose last operation is told where to put what it computes, if it can be."""
    assert isinstance(statement, Assign)  # so it was found
    value: Value = statement.value
    if not isinstance(value, Apply) or OPERATORS[value.row].rule is not elementwise:
        return statement
    is_whole = shape_of(statement.target) == value.shape and takes_out(value.row, len(value.arguments))
    return replace(statement, in_place=is_whole)
