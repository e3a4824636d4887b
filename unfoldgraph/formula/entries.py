"""Entries of what is put together: `stack(a, b)[0]` is `a`, and `(s + stack(a, b))[0]` is `s[0] + a`.

An entry goes through what works entry by entry to what was put together, as long as it meets such a thing; else it
stays where it stands. Entries of a condition stay too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from unfoldgraph.algebra import shapes
from unfoldgraph.algebra.expression import Expr, Index, Slice, number, postorder
from unfoldgraph.algebra.operators import OPERATORS, laws_of
from unfoldgraph.algebra.shapes import Shape
from unfoldgraph.algebra.table.laws import Entries

Items = tuple[Index | Slice, ...]
"""What stands between the brackets of one entry."""

_ALL = Slice(None, None)


class ItemsOf(NamedTuple):
    """Some items of an expression; the expression itself without any."""

    of: Expr
    items: Items


class EntryRule(NamedTuple):
    """How an entry is made of entries of what is below: of which, and how they are put together.

    `arrives` says that something that was put together has been taken apart; otherwise that lies further below.
    """

    parts: tuple[ItemsOf, ...]
    join: Callable[[Sequence[Expr]], Expr]
    arrives: bool


class Picker:
    """Takes entries of expressions.

    Attributes
    ----------
    shape : the shape of an expression, None where it is unknown.
    operation : makes an operation, folding constants.
    array : what is read, if some of its entries are constants.
    is_put_together : whether what is read, or an entry of it, will be known once it is substituted.
    """

    def __init__(
        self,
        shape: Callable[[Expr], Shape | None],
        operation: Callable[[str, Sequence[Expr], object], Expr],
        array: Callable[[Expr], Expr | None],
        is_put_together: Callable[[Expr], bool] = lambda read: False,
    ) -> None:
        self.shape = shape
        self.operation = operation
        self.array = array
        self.is_put_together = is_put_together

    def picked(self, root: Expr, items: Items) -> Expr | None:
        """Return what stands at an entry of an expression; None where nothing below is put together."""
        made: dict[tuple[int, Items], tuple[Expr, bool]] = {}
        waiting = [ItemsOf(root, items)]
        while waiting:
            part = waiting[-1]
            key = id(part.of), part.items
            if key in made:
                waiting.pop()
                continue
            step = self._step(part) if part.items else None
            if step is None:
                waiting.pop()
                kept = Expr("entry", (part.of,), part.items) if part.items else self._constant_again(part.of)
                made[key] = kept, bool(part.items) and self.is_put_together(part.of)
                continue
            missing = [below for below in step.parts if (id(below.of), below.items) not in made]
            if missing:
                waiting.extend(missing)
                continue
            waiting.pop()
            below = [made[id(below.of), below.items] for below in step.parts]
            made[key] = step.join([value for value, _ in below]), step.arrives or any(known for _, known in below)
        value, arrives = made[id(root), items]
        return value if arrives else None

    def _constant_again(self, of: Expr) -> Expr:
        """Return an array that is written out as what fills it, so that it folds."""
        return self.operation(of.operator, (), of.data) if laws_of(of).fill is not None else of

    def is_made_of_parts(self, root: Expr) -> bool:
        """Say whether an expression is put together, or works entry by entry on something that is."""
        found: dict[int, bool] = {}
        for node in postorder([root], stop=lambda node: not self._leads_on(node)):
            if self._leads_on(node):
                found[id(node)] = any(found[id(argument)] for argument in node.arguments)
            else:
                found[id(node)] = puts_together(node) or self.is_put_together(node)
        return found[id(root)]

    def _leads_on(self, node: Expr) -> bool:
        return laws_of(node).entries is Entries.TURNED or self._is_entrywise(node)

    def _is_entrywise(self, node: Expr) -> bool:
        row = OPERATORS.get(node.operator)
        if row is None or row.rule is not shapes.elementwise or row.kind == "conditional":
            return False
        return bool(self.shape(node)) and all(self.shape(argument) is not None for argument in node.arguments)

    def _step(self, part: ItemsOf) -> EntryRule | None:
        """Return how an entry of an operation is made of those of its arguments."""
        node, items = part
        if node.operator == "read":
            known = _constant_entry(self.array(node), items)
            return None if known is None else EntryRule((), lambda values: known, True)
        if self._is_entrywise(node):
            own = tuple(ItemsOf(argument, items if self.shape(argument) else ()) for argument in node.arguments)
            return EntryRule(own, lambda values: self.operation(node.operator, values, node.data), False)
        laws = laws_of(node)
        if laws.fill is not None:
            return self._constant(node, items, laws.fill)
        return None if laws.entries is None else _STEPS[laws.entries](self, node, items)

    # What is put together ---------------------------------------------------------------------------

    def _stack(self, node: Expr, items: Items) -> EntryRule | None:
        """Take one of those that are stacked, or some of them."""
        first, *rest = items
        count = len(node.arguments)
        if isinstance(first, Index):
            if first.base or not -count <= first.offset < count:
                return None
            return EntryRule((ItemsOf(node.arguments[first.offset], tuple(rest)),), _only, True)
        chosen = range(count)[_plain(first)] if _is_plain(first) else range(0)
        parts = tuple(ItemsOf(node.arguments[at], tuple(rest)) for at in chosen)
        return EntryRule(parts, lambda values: self.operation(node.operator, values, None), True) if parts else None

    def _concat(self, node: Expr, items: Items) -> EntryRule | None:
        """Take an entry of the vector that it is in, where the sizes of those before are numbers."""
        (item,) = items
        sizes = [(self.shape(argument) or ("?",))[0] for argument in node.arguments]
        if isinstance(item, Slice) or item.base:
            return None
        at = item.offset
        for argument, size in zip(node.arguments, sizes, strict=True) if at >= 0 else ():
            if not isinstance(size, int):
                # A vector whose size has a name has a first entry.
                is_first = at == 0 and not shapes.is_fresh(size)
                return EntryRule((ItemsOf(argument, (Index("", 0),)),), _only, True) if is_first else None
            if at < size:
                return EntryRule((ItemsOf(argument, (Index("", at),)),), _only, True)
            at -= size
        for argument, size in zip(reversed(node.arguments), reversed(sizes), strict=True) if item.offset < 0 else ():
            if not isinstance(size, int):
                is_last = at == -1 and not shapes.is_fresh(size)
                return EntryRule((ItemsOf(argument, (Index("", -1),)),), _only, True) if is_last else None
            if -at <= size:
                return EntryRule((ItemsOf(argument, (Index("", at),)),), _only, True)
            at += size
        return None

    def _outer(self, node: Expr, items: Items) -> EntryRule | None:
        """Multiply entries of both vectors."""
        row, column = (*items, _ALL)[:2]
        parts = tuple(
            ItemsOf(argument, () if item == _ALL else (item,))
            for argument, item in zip(node.arguments, (row, column), strict=True)
        )
        is_matrix = isinstance(row, Slice) and isinstance(column, Slice)

        def join(values: Sequence[Expr]) -> Expr:
            return self.operation(node.operator if is_matrix else "mul", values, None)

        return EntryRule(parts, join, True)

    def _transpose(self, node: Expr, items: Items) -> EntryRule | None:
        """Take the entry with its places in the other order."""
        row, column = (*items, _ALL)[:2]
        swapped = (column,) if row == _ALL else (column, row)
        is_matrix = isinstance(row, Slice) and isinstance(column, Slice)

        def join(values: Sequence[Expr]) -> Expr:
            return self.operation(node.operator, values, None) if is_matrix else values[0]

        return EntryRule((ItemsOf(node.arguments[0], swapped),), join, False)

    def _constant(self, node: Expr, items: Items, fill: int) -> EntryRule | None:
        """Take an entry of an array that has only zeros, or only ones."""
        shape = self.shape(node) or ()
        is_entry = len(items) == len(shape) and all(isinstance(item, Index) for item in items)
        return EntryRule((), lambda values: number(fill), True) if is_entry else None

    def _eye(self, node: Expr, items: Items) -> EntryRule | None:
        """Take an entry of the unit matrix."""
        if len(items) < 2 or any(isinstance(item, Slice) or item.base or item.offset < 0 for item in items):
            return None
        return EntryRule((), lambda values: number(int(items[0] == items[1])), True)


_STEPS: dict[Entries, Callable[[Picker, Expr, Items], EntryRule | None]] = {
    Entries.STACKED: Picker._stack,
    Entries.JOINED: Picker._concat,
    Entries.CROSSED: Picker._outer,
    Entries.TURNED: Picker._transpose,
    Entries.DIAGONAL: Picker._eye,
}


def puts_together(node: Expr) -> bool:
    """Say whether an operation makes an array of parts."""
    laws = laws_of(node)
    return laws.fill is not None or laws.entries not in (None, Entries.TURNED)


def is_stacked(node: Expr) -> bool:
    """Say whether an operation stacks its operands."""
    return laws_of(node).entries is Entries.STACKED


def _constant_entry(array: Expr | None, items: Items) -> Expr | None:
    """Return the number at an entry of stacked values; None where it is none."""
    for item in items:
        if array is None or not is_stacked(array) or isinstance(item, Slice) or item.base:
            return None
        array = array.arguments[item.offset]
    return array if array is not None and array.operator == "number" else None


def _only(values: Sequence[Expr]) -> Expr:
    return values[0]


def _is_plain(item: Slice) -> bool:
    return all(bound is None or not bound.base for bound in item)


def _plain(item: Slice) -> slice:
    """Return a slice whose ends are numbers."""
    return slice(*(None if bound is None else bound.offset for bound in item))
