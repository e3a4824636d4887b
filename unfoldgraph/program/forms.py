"""The shape of every part of a statement, and what the sizes must satisfy.

Names have their shapes from the model. The rules of the operator table carry them to every operation, up
and down, as they did when the model was built; here they run on expressions, where no place in a source is
needed any more.
"""

from __future__ import annotations

from dataclasses import dataclass

from unfoldgraph.equations import Model, Statement
from unfoldgraph.expression import Expr, Index, Slice, places_of_entry, postorder
from unfoldgraph.operators import OPERATORS
from unfoldgraph.program.bound import as_written
from unfoldgraph.shapes import Shape, Size, Sizes, is_fresh, opaque, slice_length, to_scalar

_SCALARS = frozenset({"number", "size", "axis", "length"})


@dataclass(frozen=True, slots=True)
class Derived:
    """A size that follows from others: their sum, as `concat` makes it, or what a slice leaves of one."""

    size: str
    parts: tuple[Size, ...]
    cut: Slice | None = None

    @property
    def sources(self) -> tuple[Size, ...]:
        """The sizes that it is computed from."""
        bounds = [bound for bound in self.cut or () if bound is not None and bound.base]
        return (*self.parts, *(bound.base for bound in bounds))


@dataclass(frozen=True, slots=True)
class Least:
    """A size that an entry needs to be at least so large."""

    size: str
    least: int
    written: str


@dataclass(frozen=True, slots=True)
class Forms:
    """What is known of one statement.

    `shapes` are by the identity of the expression; None where only opaque functions touch it. `derived` are the sizes
    that follow from others, those first that others follow from.
    """

    shapes: dict[int, Shape | None]
    derived: tuple[Derived, ...]
    least: tuple[Least, ...]

    def rank(self, expression: Expr) -> int | None:
        """Return 0 for a scalar, 1 for a vector, …; None where it is unknown."""
        shape = self.shapes[id(expression)]
        return None if shape is None else len(shape)


def forms(model: Model, number: int) -> Forms:
    """Return the shapes of all parts of a statement."""
    work = _Work(model, model.statements[number])
    work.settle()
    work.demand()
    shapes = {
        key: None if shape is None else tuple(_of_statement(size, number) for size in work.sizes.resolve(shape))
        for key, shape in work.shapes.items()
    }
    return Forms(shapes, tuple(work.derived(shapes)), tuple(work.entries(shapes)))


def _of_statement(size: Size, number: int) -> Size:
    """Return a size under a name that no other statement has for one of its own."""
    return f"{size} of {number}" if is_fresh(size) else size


class _Work:
    def __init__(self, model: Model, statement: Statement) -> None:
        self.left = model.shapes[statement.name]
        self.right = statement.value
        self.nodes = list(postorder([statement.value]))
        self.sizes = Sizes()
        self.shapes: dict[int, Shape | None] = {}
        for node in self.nodes:
            if node.operator in ("read", "parameter"):
                name = node.data[0] if node.operator == "read" else node.data
                self.shapes[id(node)] = model.shapes[name]
            else:
                self.shapes[id(node)] = () if node.operator in _SCALARS else None

    def settle(self) -> None:
        """Refine until nothing new is learned."""
        changed = True
        while changed:
            changed = False
            for node in (*self.nodes, *reversed(self.nodes)):
                changed |= bool(node.arguments or node.operator in OPERATORS) and self._refine(node)
            if self.right.operator == "call" and self.shapes[id(self.right)] is None and self.left is not None:
                # What is computed from a call may still be a scalar, which fills any shape.
                self.shapes[id(self.right)] = self.left
                changed = True
            elif self.left and self.shapes[id(self.right)]:
                self.sizes.unify(self.left, self.shapes[id(self.right)] or ())

    def demand(self) -> None:
        """Give what an opaque function returns the rank that the operator around it asks for."""
        for node in self.nodes:
            row = OPERATORS.get(node.operator)
            if row is None or row.rule is to_scalar:
                continue
            for position, argument in enumerate(node.arguments if row.ranks else ()):
                if self.shapes[id(argument)] is None:
                    # As where shapes are inferred: the values of signals and functions are vectors to `@`.
                    rank = 1 if node.operator == "matmul" else row.ranks[min(position, len(row.ranks) - 1)]
                    self.shapes[id(argument)] = tuple(self.sizes.fresh() for _ in range(rank))
                    self.settle()

    def _refine(self, node: Expr) -> bool:
        row = OPERATORS.get(node.operator)
        rule = opaque if row is None else row.rule
        before = [self.shapes[id(argument)] for argument in node.arguments]
        arguments, result = rule(list(before), self.shapes[id(node)], node.data, self.sizes)
        changed = False
        for part, shape in ((node, result), *zip(node.arguments, arguments, strict=True)):
            if shape is not None and self.shapes[id(part)] is None:
                self.shapes[id(part)] = shape
                changed = True
        return changed

    def derived(self, shapes: dict[int, Shape | None]) -> list[Derived]:
        found: list[Derived] = []
        for node in self.nodes:
            shape = shapes[id(node)]
            parts = [shapes[id(argument)] for argument in node.arguments]
            if node.operator == "concat" and shape and isinstance(shape[0], str):
                sizes = [part[0] for part in parts if part]
                if len(sizes) == len(parts) and sizes != [shape[0]]:
                    found.append(Derived(shape[0], tuple(sizes)))
            elif node.operator == "entry" and shape and parts[0]:
                left = iter(shape)
                for item, size in zip(node.data, parts[0], strict=False):
                    if isinstance(item, Slice):
                        kept = next(left)
                        if isinstance(kept, str) and slice_length(item, size) is None:
                            found.append(Derived(kept, (size,), item))
        # What no size with a name follows from, NumPy finds by itself.
        wanted: set[Size] = set()
        used = []
        for one in reversed(found):
            if not is_fresh(one.size) or one.size in wanted:
                used.append(one)
                wanted.update(one.sources)
        return used[::-1]

    def entries(self, shapes: dict[int, Shape | None]) -> list[Least]:
        found = []
        for node in self.nodes:
            if node.operator == "entry":
                for item, size in zip(node.data, shapes[id(node.arguments[0])] or (), strict=False):
                    if isinstance(size, str) and not is_fresh(size) and (least := _least(item, size)):
                        found.append(Least(size, least, as_written(node)))
                # Only a negative number that is written counts from the end, as in `v[-1]`: no `v[m-2]` does.
                for bound in places_of_entry(node):
                    if bound.base and bound.offset < 0:
                        found.append(Least(bound.base, -bound.offset, as_written(node)))
        return found


def _least(item: Index | Slice, size: Size) -> int:
    """Return how many entries an index or a slice needs."""
    if isinstance(item, Slice):
        if slice_length(item, size) is None:
            # It takes what there is.
            return 0
        return max([abs(bound.offset) for bound in item if bound and not bound.base] or [0])
    if item.base:
        return 0
    return item.offset + 1 if item.offset >= 0 else -item.offset
