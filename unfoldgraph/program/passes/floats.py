"""A loop over single numbers runs on Python's own: an array of one number costs ten times as much in every operation.

What has to hold of a call: there is one sequence, in double precision. What has to hold of a loop: it puts numbers in
places of its turns, without conditions, and computes them by sums, products, comparisons and choices alone. Those are
the same in Python, infinities and what is no number included; a division by 0, a power or a function is not, or may
differ in its last digits. What is read is a number of this or of an earlier turn, one of an array at the place of the
turn, or the same in all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.algebra.shapes import elementwise
from unfoldgraph.algebra.table.laws import IN_EACH
from unfoldgraph.base.affine import Affine, index
from unfoldgraph.program.ir import (
    Access,
    Apply,
    Assign,
    Buffer,
    For,
    Kernel,
    KernelStatement,
    Number,
    Value,
    nodes,
    parts,
    shape_of,
)

#: The most operations of one line.
_MOST = 60
#: How many turns ago what is read was computed, at most: each has a name.
_FARTHEST = 8


def floats(kernel: Kernel) -> Kernel:
    """Return a kernel in which loops over single numbers are marked as such; the same where there are none.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> from unfoldgraph.program.lower import lower
    >>> from unfoldgraph.program.schedule import schedule_of
    >>> *_, loop = floats(lower(schedule_of(read("s(t) = r * s(t-1) * (1 - s(t-1))"), None))).body
    >>> loop.by_numbers
    True
    """
    body: list[KernelStatement] = []
    for one in kernel.body:
        is_marked = isinstance(one, For) and not one.is_of_terms and _is_of_numbers(one)
        body.append(replace(one, by_numbers=True) if isinstance(one, For) and is_marked else one)
    is_same = all(one is other for one, other in zip(body, kernel.body, strict=True))
    return kernel if is_same else replace(kernel, body=tuple(body))


def _is_of_numbers(loop: For) -> bool:
    if abs(loop.step) != 1 or not isinstance(loop.first, Affine) or not isinstance(loop.last, Affine):
        return False
    written: set[str] = set()
    targets = [one.target.array for one in loop.body if isinstance(one, Assign)]
    own = {array.name for array in targets}
    if len(own) < len(loop.body):
        return False
    for statement in loop.body:
        if not isinstance(statement, Assign) or statement.adds or not _is_target(statement.target, loop):
            return False
        if not _are_of_numbers(statement.value, loop, own, written):
            return False
        written.add(statement.target.array.name)
    return True


def _is_target(target: Access, loop: For) -> bool:
    array = target.array
    if not isinstance(array, Buffer) or not array.is_shaped or shape_of(target) != ():
        return False
    if not target.places:
        # It has one place for all turns.
        return all(dim.role == "sequences" for dim in array.dims)
    return [at for _, at in target.places] == [index(loop.index)] and _is_along(target)


def _is_along(access: Access) -> bool:
    """Say whether an array has one dimension of places, and the access is at one."""
    axes = [dim for dim in access.array.dims if dim.role == "axis"]
    return len(axes) == 1 and axes[0].kept is None and dict(access.places).keys() == {axes[0].name}


def _are_of_numbers(root: Value, loop: For, own: Iterable[str], written: set[str]) -> bool:
    """Say whether a value is computed of single numbers, by operations that Python has as NumPy does."""
    order = list(nodes([root]))
    chosen_by = {id(node.arguments[0]) for node in order if isinstance(node, Apply) and _is_choice(node)}
    if len(order) > _MOST:
        return False
    for node in order:
        match node:
            case Access():
                if not _is_number(node, loop, set(own), written):
                    return False
            case Apply():
                row = OPERATORS[node.row]
                is_condition = row.laws.gives_truth and row.kind == "infix" and not row.laws.truths
                if is_condition and id(node) in chosen_by:
                    continue
                is_product = row.laws.linear_in == IN_EACH
                if row.rule is not elementwise or not (row.laws.signs or is_product or _is_choice(node)):
                    return False
            case Number():
                if isinstance(node.value, str):
                    return False
            case _:
                return False
    # A condition is no number elsewhere.
    others = [part for node in order if not (isinstance(node, Apply) and _is_choice(node)) for part in parts(node)]
    others += [part for node in order if isinstance(node, Apply) and _is_choice(node) for part in node.arguments[1:]]
    return not any(_is_comparison(one) for one in (root, *others))


def _is_choice(node: Apply) -> bool:
    return OPERATORS[node.row].kind == "conditional"


def _is_comparison(node: Value) -> bool:
    return isinstance(node, Apply) and OPERATORS[node.row].laws.gives_truth


def _is_number(access: Access, loop: For, own: set[str], written: set[str]) -> bool:
    """Say whether an access is of a single number that is at hand in a turn."""
    array = access.array
    if not isinstance(array, Buffer) or not array.is_shaped or shape_of(access) != ():
        return False
    if not access.places:
        return all(dim.role == "sequences" for dim in array.dims) and array.numbers == "floating"
    if not _is_along(access):
        return False
    (at,) = (place for _, place in access.places)
    offset = at - index(loop.index) if isinstance(at, Affine) else index(loop.index)
    if offset.terms:
        return False
    if array.name not in own:
        return True
    lag = -offset.constant * loop.step
    return 0 < lag <= _FARTHEST or (lag == 0 and array.name in written)
