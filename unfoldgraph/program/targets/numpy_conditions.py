"""Conditions on whole numbers: as conditions of a statement, as masks of a wavefront, as slices that may be empty."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import reduce

from unfoldgraph.algebra.expression import Index
from unfoldgraph.algebra.notation import read_text
from unfoldgraph.base.affine import Affine, whole
from unfoldgraph.base.errors import listing
from unfoldgraph.program.ir import Assign, Comparison, Condition, Guard, NotAll
from unfoldgraph.program.python_text.nodes import (
    binary,
    compared,
    constant,
    joined,
    slice_of,
    unary,
)
from unfoldgraph.program.targets.numpy_names import Called, Scope

#: How many places that are given in another way are named in a comment.
_GIVEN_TOLD = 4
_TURNED = {"<=": ">=", "<": ">", "==": "==", "!=": "!="}


class ConditionWriter:
    """Writes the conditions of one kernel.

    Parameters
    ----------
    called : what things are called.
    """

    def __init__(self, called: Called) -> None:
        self.called = called

    def condition(self, all_of: Sequence[Condition], scope: Scope) -> ast.expr:
        """Return conditions that all hold: ends of one number are one comparison, and so are places that it is not."""
        found: list[ast.expr] = []
        waiting = [one for one in all_of if isinstance(one, Comparison)]
        while waiting:
            one = waiting.pop(0)
            after = waiting[0] if waiting else None
            if one.relation == "<=" and after is not None and after.relation == "<" and after.left == one.right:
                waiting.pop(0)
                sides = [self.called.whole(side, scope) for side in (one.right, after.right)]
                found.append(ast.Compare(self.called.whole(one.left, scope), [ast.LtE(), ast.Lt()], sides))
                continue
            same = [other for other in waiting if _is_not_one_of(one, other)]
            if same:
                waiting = [other for other in waiting if other not in same]
                numbers = sorted(other.right.constant for other in (one, *same))
                members = ast.Set([constant(number) for number in numbers])
                found.append(compared(self.called.whole(one.left, scope), "not in", members))
                continue
            found.append(self.compared(one, scope))
        others = [one for one in all_of if isinstance(one, NotAll)]
        found += [
            unary("not", joined("and", *(self.compared(part, scope) for part in one.conditions))) for one in others
        ]
        return joined("and", *found)

    def compared(self, one: Comparison, scope: Scope) -> ast.expr:
        """Return one condition."""
        left, right = (self.called.whole(side, scope) for side in (one.left, one.right))
        if not one.left.terms and one.relation in _TURNED:
            # What is asked about stands first.
            return compared(right, _TURNED[one.relation], left)
        return compared(left, one.relation, right)

    def mask(self, guards: Sequence[Guard], scope: Scope) -> ast.expr:
        """Return which places of a wavefront some conditions hold for, one inside the other."""
        found = []
        for guard in guards:
            tree = _all_of([self._masked(one, scope) for one in guard.all_of])
            found.append(tree if guard.then else unary("~", tree))
        return _all_of(found)

    def _masked(self, one: Condition, scope: Scope) -> ast.expr:
        if isinstance(one, Comparison):
            return self.compared(one, scope)
        return unary("~", _all_of([self.compared(part, scope) for part in one.conditions]))


def _all_of(masks: Sequence[ast.expr]) -> ast.expr:
    """Return where all of some masks hold."""
    return reduce(lambda one, other: binary("&", one, other), masks)


def slice_at(at: Affine, last: Affine) -> ast.expr:
    """Return the slice that holds a fixed place where there is one, and else is empty; `last` is that of all."""
    if not at.terms:
        return slice_of(constant(at.constant), constant(at.constant + 1))
    # Counted from the end; none is left of an axis that is too short.
    from_end = (at - last - 1).constant
    return slice_of(constant(from_end), None if from_end == -1 else constant(from_end + 1))


def told_of_given(guard: Guard) -> str:
    """Return the comment on the places that are given in another way; nothing where they are many, or no numbers."""
    inner = guard.then[0] if len(guard.then) == 1 else None
    given = [
        one for one in guard.all_of if isinstance(one, Comparison) and one.relation == "!=" and not one.right.terms
    ]
    if not isinstance(inner, Assign) or len(given) < len(guard.all_of) or len(given) > _GIVEN_TOLD:
        return ""
    told = []
    for one in sorted(given, key=lambda one: one.right.constant):
        places = []
        for dim in inner.target.array.dims:
            at = dict(inner.target.places).get(dim.name)
            if dim.role == "axis":
                is_here = isinstance(at, Affine) and at - at.constant == one.left
                number = at.at({own: one.right for own, _ in one.left.terms}) if isinstance(at, Affine) else whole(0)
                places.append(Index("", number.constant + 1) if is_here else Index(dim.name))
        told.append(read_text(inner.target.array.name, places))
    return f"{listing(told)} {'is' if len(told) == 1 else 'are'} given"


def _is_not_one_of(one: Comparison, other: Comparison) -> bool:
    """Say whether two conditions are that one index is not at two numbers."""
    is_same = one.relation == other.relation == "!=" and one.left == other.left
    return is_same and not one.right.terms and not other.right.terms
