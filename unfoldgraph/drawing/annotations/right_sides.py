"""What gives a drawn node its value: right sides at places in numbers and in symbols, and what they are unfolded."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from unfoldgraph.algebra.expression import (
    Expr,
    Index,
    changed_item,
    entry_with,
    fold,
    indexed,
    number,
    postorder,
    written_size,
)
from unfoldgraph.algebra.operators import is_reduction
from unfoldgraph.base.affine import Affine, end_name, whole
from unfoldgraph.base.errors import CircuitError
from unfoldgraph.drawing.scene.scene import AxisPlace
from unfoldgraph.formula.expansion import Expansion
from unfoldgraph.model.equations import Model, Statement
from unfoldgraph.unfolding.unfolding import Unfolding

__all__ = ["Rights", "Where", "where"]

Where = tuple[str, tuple[Index, ...]]
"""A name and its place, each index a number or so far from t or from the end."""


def where(model: Model, name: str, places: Sequence[AxisPlace]) -> Where | None:
    """Return a node of a scene as the model has it; None for dots, and for what is no variable.

    >>> from unfoldgraph.language.text import read
    >>> model = read("h(t) = f(h(t-1))")
    >>> where(model, "h", [("t", -1)]) == ("h", (Index("t", -1),)), where(model, "h", [("many places", 0)])
    (True, None)
    """
    axes = model.axes_of(name)
    # A vector that is drawn as an input is a parameter, which has no axes.
    if len(axes) != len(places) or name not in {*model.inputs, *model.signals, *model.parameters}:
        return None
    if any(base not in ("", axis, "end") for axis, (base, _) in zip(axes, places, strict=True)):
        return None
    return name, tuple(Index(base, offset) for base, offset in places)


class Rights:
    """The right sides of one circuit, unfolded in numbers, or in symbols where there is no unfolding."""

    def __init__(self, model: Model, unfolding: Unfolding | None, notation: str) -> None:
        self._model = model
        self._unfolding = unfolding
        self._notation = notation
        self._known: dict[Where, Expr | None] = {}

    def right(self, node: Where) -> Expr | None:
        """Return the right side that gives a node its value; None for inputs and what the caller gives."""
        if node not in self._known:
            self._known[node] = self._right(node)
        return self._known[node]

    def _right(self, node: Where) -> Expr | None:
        name, index = node
        if self._unfolding is None:
            statement = self._statement(node)
        else:
            statement = self._unfolding.statement((name, _numbers(index)))
        return None if statement is None else self._placed(statement, index)

    def _statement(self, node: Where) -> Statement | None:
        """Return the statement that holds at a place in symbols; None where symbols cannot tell which one does."""
        name, index = node
        for special in self._model.special.get(name, ()):
            if all(left.moves or left == at for left, at in zip(special.index, index, strict=True)):
                return special
        off_edge = any((at.base == "" and at.offset < 1) or (at.base == "end" and at.offset > 0) for at in index)
        own = self._model.equations.get(name, ())
        return own[0] if len(own) == 1 and not off_edge else None

    def _placed(self, statement: Statement, place: Sequence[Index]) -> Expr:
        """Return the right side of a statement at a place; what reductions bind stays as it is."""
        own = zip(statement.index, place, self._model.axes_of(statement.name), strict=True)
        at = {left.base: (here, axis) for left, here, axis in own if left.moves}
        sums = {name: here.sum_on(axis) for name, (here, axis) in at.items()}
        if self._unfolding is not None:
            sums |= self._unfolding.known

        def in_sums(place: Index) -> Index:
            return entry_with(place, sums)

        def placed(node: Expr, arguments: list[Expr]) -> Expr:
            if node.operator == "read":
                return self._read(node, arguments, {name: here for name, (here, _) in at.items()}, sums)
            if node.operator == "axis" and not node.data[1] and node.data[0] in at:
                return _number_of(at[node.data[0]][0], node)
            if node.operator == "length" and self._unfolding is not None:
                return number(self._unfolding.lengths[node.data])
            if is_reduction(node):
                return Expr(node.operator, tuple(arguments), tuple(one.at(sums) for one in node.data))
            if node.operator == "entry":
                return Expr("entry", tuple(arguments), tuple(changed_item(one, in_sums) for one in node.data))
            return Expr(node.operator, tuple(arguments), node.data) if arguments else node

        return fold(statement.value, placed)

    def _read(self, node: Expr, arguments: Sequence[Expr], at: Mapping[str, Index], sums: Mapping[str, Affine]) -> Expr:
        """Return what is read with the axes at some places, which are also told as sums; where nothing is given, 0."""
        name, index = node.data
        found = []
        for one, axis in zip(index, self._model.axes_of(name), strict=True):
            here = at.get(one.base) if one.is_plain and not one.bound else None
            place = one if here is None else Index(here.base, here.offset + one.offset)
            if one.form is not None:
                known = sums if self._unfolding is None else {**sums, end_name(): whole(self._unfolding.lengths[axis])}
                in_ranges = [name for name, _ in one.form.terms if name not in at]
                place = indexed(one.form.at(known), (), in_ranges, one.names)
            if place.base == "end" and self._unfolding is not None:
                place = Index("", self._unfolding.lengths[axis] + place.offset)
            found.append(place)
        is_fixed = self._unfolding is not None and not any(place.base or place.bound for place in found)
        if is_fixed and self._unfolding is not None and not self._unfolding.is_given(name, _numbers(found)):
            return number(0)
        return Expr("read", tuple(arguments), (name, tuple(found)))

    def in_full(self, node: Where, size: int) -> tuple[Expansion | None, int | None]:
        """Return a node in inputs, parameters and boundaries, if that is no larger than ``size``; and how large it is.

        Where that cannot be counted the size is None.
        """
        if self._unfolding is None:
            return None, None
        expansion = Expansion(self._unfolding, (node[0], _numbers(node[1])), self._notation)
        try:
            found = expansion.size
        except CircuitError:
            return None, None
        return (expansion if found <= size else None), found

    def in_part(self, node: Where, drawn: Collection[Where] | None, size: int) -> tuple[Expr | None, bool]:
        """Return a node with what it reads substituted, and what that reads, as often as ``size`` allows.

        Only ``drawn`` nodes are substituted, if that is given. The expression is None where there is no room for it
        even once; and it is said whether nothing is left to substitute.
        """
        best, current = None, self.right(node)
        while current is not None:
            further = self._substituted(current, drawn)
            if further is current:
                return best, not any(self._is_sum(node) for node in postorder([current]))
            if written_size(further) > size:
                break
            best = current = further
        return best, False

    def _is_sum(self, node: Expr) -> bool:
        """Say whether something reads a signal at places that a reduction runs over, or that are computed."""
        return node.operator == "read" and node.data[0] in self._model.signals and not _is_one_place(node)

    def _substituted(self, root: Expr, drawn: Collection[Where] | None) -> Expr:
        """Return an expression with each node that it reads, if it is ``drawn``, replaced by its right side."""

        def replaced(node: Expr, arguments: list[Expr]) -> Expr:
            if node.operator == "read" and _is_one_place(node):
                right = self.right(node.data) if drawn is None or node.data in drawn else None
                # A number says less than the name of the boundary that has it.
                return node if right is None or right.operator == "number" else right
            return Expr(node.operator, tuple(arguments), node.data) if arguments else node

        return fold(root, replaced)


def _is_one_place(node: Expr) -> bool:
    """Say whether a read is of one place that is known."""
    return all(at.is_plain and not at.bound for at in node.data[1])


def _numbers(index: Sequence[Index]) -> tuple[int, ...]:
    return tuple(at.offset for at in index)


def _number_of(place: Index, axis: Expr) -> Expr:
    """Return the number of a step in symbols; ``axis`` is the step t itself."""
    if place.base == "":
        return number(place.offset)
    base = Expr("length", (), axis.data[0]) if place.base == "end" else axis
    if not place.offset:
        return base
    return Expr("add" if place.offset > 0 else "sub", (base, number(abs(place.offset))))
