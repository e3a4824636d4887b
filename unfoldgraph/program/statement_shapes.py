"""The shape of every part of a statement, and what the sizes must satisfy.

Names have their shapes from the model. The rules of the operator table carry them to every operation, up
and down, as they did when the model was built; here they run on expressions, where no place in a source is
needed any more.

What a function of the caller returns has no shape but the one that its use asks for. Where an operator needs a
rank, this goes down to the calls, which then return just that. An unknown operand beside another or beside one with
entries may be a number for each sequence too, and stays unknown; it is checked where it meets the others, and what
they make together has the shape that is asked for: no operator that needs a rank meets a value without one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from unfoldgraph.algebra.expression import Expr, Index, SizeSum, Slice, postorder, sum_of_entry
from unfoldgraph.algebra.notation import brief
from unfoldgraph.algebra.operators import indexed_operand, keeps_sizes, laws_of, sums_of_sizes
from unfoldgraph.algebra.shape_engine import ShapeEngine, leaf_shape, rule_of
from unfoldgraph.algebra.shapes import (
    Mismatch,
    Shape,
    Shapes,
    Size,
    Sizes,
    is_fresh,
    least_of,
    lies_within,
    size_of_range,
    slice_length,
    stacked_over,
)
from unfoldgraph.algebra.table.laws import Entries
from unfoldgraph.base.affine import Affine, is_index, plain_name
from unfoldgraph.base.affine import size as size_sum
from unfoldgraph.base.errors import CircuitError
from unfoldgraph.model.equations import Model
from unfoldgraph.program.bound import as_written, restored


@dataclass(frozen=True, slots=True)
class Derived:
    """A size that follows from others: their sum, as `concat` makes it, or what a slice leaves of one.

    Without parts it is what a slice takes from its one end to its other. Told in an argument, or by the range of an
    index over which an array is built, it is any sum, `m-1`. Of as many places as several reads ask for it is the
    greatest.

    Where the size is a number, or known otherwise, the two have to agree.
    """

    size: Size
    parts: tuple[Size, ...]
    cut: Slice | None = None
    told: Affine | None = None
    greatest: tuple[Affine, ...] = ()

    @property
    def sources(self) -> tuple[Size, ...]:
        """The sizes that it is computed from."""
        sums = [sum_of_entry(bound) for bound in self.cut or () if bound is not None]
        sums += [*self.greatest, *([] if self.told is None else [self.told])]
        return (*self.parts, *(plain_name(name) for form in sums for name, _ in form.terms))


@dataclass(frozen=True, slots=True)
class Least:
    """A size, or a sum of sizes, that an entry or an argument needs to be at least so large."""

    form: Affine
    least: int
    written: str


@dataclass(frozen=True, slots=True)
class StatementShapes:
    """What is known of one statement.

    Attributes
    ----------
    of : the shapes, by the identity of the expression, the same in all statements; None where only opaque functions
        touch it, and what it is combined with leaves open whether it has entries.
    derived : the sizes that follow from others, those first that others follow from.
    least : the sizes that entries need to be so large at least.
    """

    of: dict[int, Shape | None]
    derived: tuple[Derived, ...]
    least: tuple[Least, ...]

    def rank(self, expression: Expr) -> int | None:
        """Return 0 for a scalar, 1 for a vector, …; None where it is unknown."""
        shape = self.of[id(expression)]
        return None if shape is None else len(shape)


def shapes_of_statements(model: Model, numbers: Sequence[int]) -> dict[int, StatementShapes]:
    """Return the shapes of all parts of some statements, by number; what these have in common has one shape.

    Raises `CircuitError` where what a function returns would have to have two: equal calls are one.
    """
    work = _StatementEngine(model, numbers)
    work.settle()
    work.demand(node for nodes in work.nodes.values() for node in nodes)
    shapes = {key: None if shape is None else work.sizes.resolve(shape) for key, shape in work.of.items()}
    found = {}
    for number in numbers:
        derived = [*work.derived(number, shapes), *(Derived(*pair) for pair in work.equal_sizes.equal.pop(number, ()))]
        found[number] = StatementShapes(shapes, tuple(derived), tuple(work.entries(number, shapes)))
    return found


class _EqualSizes(Sizes):
    """Sizes of which two with different names may be one where the uses of one call meet; that is for the data to say.

    Attributes
    ----------
    equal : each such size with the other, by the number of the statement in which they met.
    """

    def __init__(self) -> None:
        super().__init__()
        self.number = 0
        self.equal: dict[int, dict[tuple[str, tuple[Size]], None]] = {}

    def same(self, one: Size, other: Size, *positions: int) -> None:
        """Make two sizes one; raises `Mismatch` where they are different numbers."""
        try:
            super().same(one, other, *positions)
        except Mismatch:
            one, other = self.find(one), self.find(other)
            if isinstance(one, int):
                one, other = other, one
            if isinstance(one, int):
                raise
            found = self.equal.setdefault(self.number, {})
            found[one, (other,)] = None
            if isinstance(other, str):
                # Whichever is known tells the other.
                found[other, (one,)] = None


class _StatementEngine(ShapeEngine[Expr]):
    def __init__(self, model: Model, numbers: Sequence[int]) -> None:
        self.equal_sizes = _EqualSizes()
        super().__init__(self.equal_sizes)
        self.statements = {number: model.statements[number] for number in numbers}
        self.left = {number: model.shapes[statement.name] for number, statement in self.statements.items()}
        self.nodes = {number: list(postorder([one.value])) for number, one in self.statements.items()}
        #: The sizes that arrays of the caller tell.
        self.told = {size for name in (*model.inputs, *model.parameters) for size in model.shapes[name] or ()}
        #: The statements that each part belongs to, and those to look at again.
        self.sharing: dict[int, list[int]] = {}
        self.waiting = dict.fromkeys(numbers)
        for number, nodes in self.nodes.items():
            for node in nodes:
                self.sharing.setdefault(id(node), []).append(number)
                self.of[id(node)] = leaf_shape(node, model.shapes.__getitem__)

    def settle(self) -> None:
        """Refine until nothing new is learned of any statement."""
        while self.waiting:
            number = self.equal_sizes.number = next(iter(self.waiting))
            changed = True
            while changed:
                changed = False
                for node in (*self.nodes[number], *reversed(self.nodes[number])):
                    changed |= self.refine(node)
                changed |= self.equate(self.left[number], self.statements[number].value)
            # It is still, whatever has been learned of it on the way.
            del self.waiting[number]

    def learned(self, node: Expr) -> None:
        """Look at the statements again that a part belongs to."""
        self.waiting.update(dict.fromkeys(self.sharing[id(node)]))

    def learn(self, node: Expr, shape: Shape) -> bool:
        """Note a shape, and say whether there was none; raises `CircuitError` where it is another."""
        try:
            return super().learn(node, shape)
        except Mismatch as mismatch:
            raise _refusal(node, mismatch) from None

    def applied(self, node: Expr) -> tuple[Shapes, Shape | None]:
        """Apply the rule of an operation; raises `CircuitError` where its arguments do not fit."""
        try:
            return super().applied(node)
        except Mismatch as mismatch:
            raise _refusal(node, mismatch) from None

    def derived(self, number: int, shapes: dict[int, Shape | None]) -> list[Derived]:
        found: list[Derived] = []
        for node in self.nodes[number]:
            shape = shapes[id(node)]
            parts = [shapes[id(argument)] for argument in node.arguments]
            if laws_of(node).entries is Entries.JOINED and shape:
                sizes = [part[0] for part in parts if part]
                is_told = all(isinstance(size, int) for size in sizes)
                if len(sizes) == len(parts) and sizes != [shape[0]] and not is_told:
                    found.append(Derived(shape[0], tuple(sizes)))
                continue
            if keeps_sizes(node) and shape:
                sums = [(own, one.form) for own, one in zip(shape, node.data, strict=True) if isinstance(one, SizeSum)]
                found += [Derived(own, (), told=form) for own, form in sums]
                continue
            if rule_of(node) is stacked_over and shape and size_of_range(node.data[0]) is None:
                first, last = node.data[0].ends
                found.append(Derived(shape[0], (), told=last - first + 1))
                continue
            indexed = indexed_operand(node)
            # How many entries are read is the shape of the entry, or of what is placed there.
            read = None if indexed is None else parts[0] if indexed else shape
            if indexed is not None and read and (of := parts[indexed]):
                left = iter(read)
                for item, size in zip(node.data, of, strict=False):
                    if isinstance(item, Slice):
                        kept = next(left)
                        # As many as the bounds say are left only where they are no further than the end.
                        is_far = any(bound and not lies_within(bound, size) for bound in item)
                        if not _goes_by_index(item) and (slice_length(item, size) is None or is_far):
                            # Where no array tells how long a function's value is, both ends of a slice of it do.
                            is_called = _is_called(node.arguments[indexed])
                            is_open = size not in self.told and is_called and _has_both_ends(item)
                            found.append(Derived(kept, () if is_open else (size,), item))
        # What no other size follows from, and none is to be like, NumPy finds by itself.
        wanted = {one for one, count in Counter(one.size for one in found).items() if count > 1}
        used = []
        for one in reversed(found):
            if not is_fresh(one.size) or one.size in wanted:
                used.append(one)
                wanted.update(one.sources)
        return used[::-1]

    def entries(self, number: int, shapes: dict[int, Shape | None]) -> list[Least]:
        found = []
        for node in self.nodes[number]:
            if (indexed := indexed_operand(node)) is not None:
                for item, size in zip(node.data, shapes[id(node.arguments[indexed])] or (), strict=False):
                    if isinstance(size, str) and not is_fresh(size) and (least := _least(item, size)):
                        found.append(Least(size_sum(size), least, as_written(node)))
            found += [Least(*needed, as_written(node)) for needed in filter(None, map(least_of, sums_of_sizes(node)))]
        return found


def _refusal(node: Expr, mismatch: Mismatch) -> CircuitError:
    return CircuitError(
        f"shapes do not fit in '{brief(restored(node))}': {mismatch.sentence}",
        help="equal calls are one value: a function that returns two shapes is two functions, with two names",
    )


def _is_called(node: Expr) -> bool:
    """Say whether an opaque function has a part in a value."""
    return any(part.operator == "call" for part in postorder([node]))


def _goes_by_index(item: Slice) -> bool:
    """Say whether an end of a slice goes by an index, so that nothing is known of it before a place is."""
    sums = [sum_of_entry(bound) for bound in item if bound is not None]
    return any(is_index(name) for form in sums for name, _ in form.terms)


def _has_both_ends(item: Slice) -> bool:
    """Say whether both ends of a slice are counted from the first entry."""
    start, stop = item.start or Index("", 0), item.stop
    return stop is not None and all(bound.base or bound.offset >= 0 for bound in (start, stop))


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
