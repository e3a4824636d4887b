"""How large the sizes of a circuit are: one invariant, kept here.

A size is known from an array of the caller, or it follows from sizes that are, as those of `concat` and slices do,
or it is an error. Nothing else tells one: neither what a value happens to come out with nor what an opaque function
returns. Where an array tells a size that also follows, the two agree. All that is decided before a value is computed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from unfoldgraph.algebra.expression import (
    BY_VALUE,
    Expr,
    Index,
    SizeArgument,
    SizeSum,
    Slice,
    changed_item,
    entry_of_sum,
    items_of,
    postorder,
    size_argument,
    sum_of_entry,
)
from unfoldgraph.algebra.notation import read_text, shown, sum_text, text
from unfoldgraph.algebra.operators import is_reduction, keeps_sizes, sizes_named, sums_of_sizes
from unfoldgraph.algebra.shape_engine import ShapeEngine, leaf_shape, rule_of
from unfoldgraph.algebra.shapes import Mismatch, Shape, Shapes, Size, elementwise, least_of, spell
from unfoldgraph.base.affine import Affine, is_size, plain_name, size_name
from unfoldgraph.base.affine import size as size_sum
from unfoldgraph.base.errors import CircuitError
from unfoldgraph.model.equations import Model, Statement

#: What a size that an array could tell is taken for, to see which others would follow from it.
_ANY = 1_000_000


def all_sizes(model: Model, told: Mapping[str, int], without: Collection[str]) -> tuple[dict[str, int], NumericShapes]:
    """Return how large each size of a circuit is, from what the arrays of the caller told, and all shapes.

    `without` are the names for which there is a number in place of an array, or nothing. Raises `CircuitError` for a
    size that nothing tells, and for arrays that tell what does not fit.
    """
    known = _with_those_that_follow(model, told)
    could = {size: _ANY for name in without for size in _named(model.shapes[name]) if size not in known}
    tellable = _with_those_that_follow(model, known | could) if could else known
    needed = list(_needed(model))
    for size, name in needed:
        if size not in tellable:
            raise _told_by_nothing(model, size, name)
    for size, _ in needed:
        if size not in known:
            raise CircuitError(f"no array says how large '{shown(size)}' is")
    return known, _check(model, known)


def _told_by_nothing(model: Model, size: str, name: str | None) -> CircuitError:
    if name is None:
        return CircuitError(
            f"nothing says how large '{shown(size)}' is",
            help=f"give sizes={{{size!r}: …}}, or write {shown(size)} = 4 in the equations",
        )
    return CircuitError(
        f"nothing says how large '{shown(size)}' is: '{shown(name)}' is {spell(model.shapes[name])}",
        help=f"declare '{shown(name)}' with a number, or give a parameter of that size",
    )


def _needed(model: Model) -> Iterator[tuple[str, str | None]]:
    """Yield the sizes that values have, each with the name of one, and those that expressions mention."""
    used = {*model.signals, *(read.name for one in model.statements for read in one.reads)}
    used.update(name for statement in model.statements for name in statement.parameters)
    for name in (*model.inputs, *model.parameters, *model.signals):
        if name in used:
            yield from ((size, name) for size in _named(model.shapes[name]))
    for node in postorder(statement.value for statement in model.statements):
        yield from ((size, None) for size in sizes_named(node))


def _named(shape: Shape | None) -> list[str]:
    return [size for size in shape or () if isinstance(size, str)]


def _with_those_that_follow(model: Model, told: Mapping[str, int]) -> dict[str, int]:
    """Return the sizes with all that follow from them; a size may follow from one that was found so itself."""
    known = dict(told)
    wanted = {size for shape in model.shapes.values() for size in _named(shape)}
    growing = not wanted <= known.keys()
    while growing:
        sizes = NumericShapes(model, known).sizes
        found = {size: sizes.find(f"?{size}") for size in wanted if size not in known}
        news = {size: number for size, number in found.items() if isinstance(number, int)}
        known |= news
        growing = bool(news)
    return known


def _check(model: Model, known: Mapping[str, int]) -> NumericShapes:
    """Return the shapes in numbers; raises where arrays told other sizes than statements make, or too small ones."""
    nodes = list(postorder(statement.value for statement in model.statements))
    numbers = {size_name(size): number for size, number in known.items()}
    for node in nodes:
        for needed, least in filter(None, map(least_of, sums_of_sizes(node))):
            if needed.number(numbers) < least:
                raise CircuitError(
                    f"'{text(node)}' cannot be computed: it needs {sum_text(needed)} of at least {least}, "
                    f"and that is {needed.number(numbers)}"
                )
    found = NumericShapes(model, known)
    for what, sentence in found.misfits.items():
        raise CircuitError(f"'{what}' cannot be computed: {sentence}")
    slices = [node for node in nodes if node.operator == "entry" and any(isinstance(one, Slice) for one in node.data)]
    expected = NumericShapes(model, {}) if slices else found
    names = {f"?{size}": size for size in known}
    for node in slices:
        sizes = expected.sizes.resolve(expected.of[id(node)] or ())
        for size, number in zip(sizes, found.of[id(node)] or (), strict=False):
            wanted = known.get(names.get(str(size), ""), size)
            if isinstance(wanted, int) and isinstance(number, int) and wanted != number:
                raise CircuitError(
                    f"'{text(node)}' cannot be computed: it takes {wanted} entries, and there are {number}"
                )
    return found


class NumericShapes(ShapeEngine[Expr]):
    """The shape of each part of all statements: the rules of the operators, run on numbers as far as they are known.

    Equal parts are one value, calls of functions too; these have the shape that their uses ask for.

    Attributes
    ----------
    of : the shapes, by the identity of the expression; None where nothing asks for one.
    misfits : what does not fit, as it is written, each with a sentence.
    """

    def __init__(self, model: Model, known: Mapping[str, int]) -> None:
        super().__init__()
        self.model = model
        self.known = known
        self.misfits: dict[str, str] = {}
        statements = [model.statements[number] for component in model.schedule for number in component.members]
        self.statements: list[Statement] = statements
        self.nodes = list(postorder(statement.value for statement in statements))
        for node in self.nodes:
            self.of[id(node)] = leaf_shape(node, self._named)
        self.settle()
        self.demand(self.nodes)

    def numbers(self, node: Expr) -> tuple[int, ...] | None:
        """Return the shape of a part in numbers; None where that is not known."""
        shape = self.of[id(node)]
        found = None if shape is None else self.sizes.resolve(shape)
        return None if found is None or _has_names(found) else tuple(map(int, found))

    def _named(self, name: str) -> Shape | None:
        shape = self.model.shapes[name]
        return None if shape is None else tuple(_in_numbers(size, self.known) for size in shape)

    def settle(self) -> None:
        """Apply the rules, up and down, until nothing more is learned."""
        changed = True
        while changed:
            changed = False
            for node in self.nodes:
                changed |= self.refine(node)
            # What comes down has a use only where something is without a shape.
            for node in reversed(self.nodes if None in self.of.values() else ()):
                changed |= self.refine(node)
            for statement in self.statements:
                changed |= self._across(statement)
            changed |= bool(self.sizes.newly_known())

    def _across(self, statement: Statement) -> bool:
        """Compare the two sides of a statement; a number fills a shape of any size, and says none."""
        left, value = self._named(statement.name), self.of[id(statement.value)]
        if not value or not left:
            return self.equate(left, statement.value)
        try:
            self.sizes.unify(left, value)
        except Mismatch as mismatch:
            self.misfits[read_text(statement.name, statement.index)] = mismatch.sentence
        return False

    def learn(self, node: Expr, shape: Shape) -> bool:
        """Note the shape of a part that has none; where what a function returns has another, its value will tell."""
        return self.of[id(node)] is None and super().learn(node, shape)

    def data_of(self, node: Expr) -> Any:
        """Return the data of an operation in numbers."""
        return _data_in_numbers(node, self.known)

    def applied(self, node: Expr) -> tuple[Shapes, Shape | None]:
        """Apply the rule of an operation; of what does not fit beside each other the first counts."""
        try:
            return super().applied(node)
        except Mismatch as mismatch:
            self.misfits.setdefault(text(node), mismatch.sentence)
        before = [self.of[id(argument)] for argument in node.arguments]
        return before, next(filter(None, before), None) if rule_of(node) is elementwise else None


def _has_names(shape: Shape) -> bool:
    return any(isinstance(size, str) for size in shape)


def _in_numbers(size: Size, known: Mapping[str, int]) -> Size:
    """Return a size as its number, or as one of which nothing is known."""
    return known.get(size, f"?{size}") if isinstance(size, str) else size


def _data_in_numbers(node: Expr, known: Mapping[str, int]) -> Any:
    """Return the data of an operation with sizes as numbers, as far as they are known."""
    if keeps_sizes(node):
        return tuple(_size_in_numbers(size, known) for size in node.data)
    if is_reduction(node):
        return tuple(one.at({size_name(name): size_sum(number) for name, number in known.items()}) for one in node.data)
    return tuple(changed_item(item, lambda at: _entry_in_numbers(at, known)) for item in items_of(node)) or node.data


def _size_in_numbers(one: SizeArgument, known: Mapping[str, int]) -> SizeArgument:
    """Return a size that is an argument as a number; a sum of what is not known is one still."""
    if not isinstance(one, SizeSum):
        return _in_numbers(one, known)
    return size_argument(_sum_in_numbers(one.form, known))


def _entry_in_numbers(at: Index, known: Mapping[str, int]) -> Index:
    if not at.base or at.base == BY_VALUE:
        return at
    return entry_of_sum(_sum_in_numbers(sum_of_entry(at), known))


def _sum_in_numbers(form: Affine, known: Mapping[str, int]) -> Affine:
    """Return a sum with the sizes as numbers, or as some of which nothing is known."""
    return form.at({name: size_sum(_in_numbers(plain_name(name), known)) for name, _ in form.terms if is_size(name)})
