"""How large the sizes of a circuit are: one invariant, kept here.

A size is known from an array of the caller, or it follows from sizes that are, as those of `concat` and slices do,
or it is an error. Nothing else tells one: neither what a value happens to come out with nor what an opaque function
returns. Where an array tells a size that also follows, the two agree. All that is decided before a value is computed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from unfoldgraph.equations import Model, Statement
from unfoldgraph.errors import CircuitError
from unfoldgraph.expression import Expr, Index, Slice, places_of_entry, postorder, sizes_of_entry
from unfoldgraph.notation import read_text, shown, text
from unfoldgraph.operators import OPERATORS
from unfoldgraph.shapes import Mismatch, Shape, Size, Sizes, opaque, spell

#: What a size that an array could tell is taken for, to see which others would follow from it.
_ANY = 1_000_000
_GIVEN_SHAPE = frozenset({"zeros", "ones", "eye", "one_hot"})


def all_sizes(model: Model, told: Mapping[str, int], without: Collection[str]) -> dict[str, int]:
    """Return how large each size of a circuit is, from what the arrays of the caller told.

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
    for statement in model.statements:
        _check(statement, model, known)
    return known


def _told_by_nothing(model: Model, size: str, name: str | None) -> CircuitError:
    if name is None:
        return CircuitError(f"nothing says how large '{shown(size)}' is", help="use a number")
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
        if node.operator == "size":
            yield node.data, None
        elif node.operator == "entry":
            yield from ((size, None) for size in sizes_of_entry(node))
        elif node.operator in _GIVEN_SHAPE:
            yield from ((size, None) for size in _named(node.data))


def _named(shape: Shape | None) -> list[str]:
    return [size for size in shape or () if isinstance(size, str)]


def _with_those_that_follow(model: Model, told: Mapping[str, int]) -> dict[str, int]:
    known = dict(told)
    wanted = {size for shape in model.shapes.values() for size in _named(shape)}
    growing = not wanted <= known.keys()
    while growing:
        before = len(known)
        # One round is enough unless a size follows from one that a later statement gives.
        for component in model.schedule:
            for number in component.members:
                known |= _that_follow_in(model.statements[number], model, known)
        growing = before < len(known) and not wanted <= known.keys()
    return known


def _that_follow_in(statement: Statement, model: Model, known: Mapping[str, int]) -> dict[str, int]:
    """Return the sizes that one statement tells, by the shapes of its parts."""
    # What does not fit is told where all sizes are known.
    _, sizes = _shapes_in(statement, model, known, [])
    names = [statement.name, *(read.name for read in statement.reads), *statement.parameters]
    wanted = {size for name in names for size in _named(model.shapes[name]) if size not in known}
    found = {size: sizes.find(f"?{size}") for size in wanted}
    return {size: number for size, number in found.items() if isinstance(number, int)}


def _check(statement: Statement, model: Model, known: Mapping[str, int]) -> None:
    """Raise where the sizes that arrays told are not what the statement makes them, or not enough for its entries."""
    for node in postorder([statement.value]):
        for bound in places_of_entry(node):
            # Only a negative number that is written counts from the end; one that a size makes is no entry.
            if bound.base and known[bound.base] + bound.offset < 0:
                raise CircuitError(
                    f"'{text(node)}' cannot be computed: it needs {shown(bound.base)} of at least {-bound.offset}, "
                    f"and that is {known[bound.base]}"
                )
    misfits: list[tuple[str, str]] = []
    shapes, _ = _shapes_in(statement, model, known, misfits)
    for what, sentence in misfits:
        raise CircuitError(f"'{what}' cannot be computed: {sentence}")
    slices = [node for node in postorder([statement.value]) if any(isinstance(item, Slice) for item in _items(node))]
    expected, sizes = _shapes_in(statement, model, {}, []) if slices else ({}, Sizes())
    names = {f"?{size}": size for size in known}
    for node in slices:
        for size, found in zip(sizes.resolve(expected[id(node)] or ()), shapes[id(node)] or (), strict=False):
            wanted = known.get(names.get(str(size), ""), size)
            if isinstance(wanted, int) and isinstance(found, int) and wanted != found:
                raise CircuitError(
                    f"'{text(node)}' cannot be computed: it takes {wanted} entries, and there are {found}"
                )


def _items(node: Expr) -> Sequence[Any]:
    return node.data if node.operator == "entry" else ()


def _shapes_in(
    statement: Statement, model: Model, known: Mapping[str, int], misfits: list[tuple[str, str]]
) -> tuple[dict[int, Shape | None], Sizes]:
    """Return the shape of each part of a statement: the rules of the operators, run on numbers as far as known.

    What does not fit is noted, as it is written and in a sentence; it is taken for the first of its arguments then.
    """
    sizes = Sizes()
    shapes: dict[int, Shape | None] = {}

    def in_numbers(name: str) -> Shape | None:
        shape = model.shapes[name]
        return None if shape is None else tuple(_in_numbers(size, known) for size in shape)

    for node in postorder([statement.value]):
        if node.operator in ("read", "parameter"):
            shapes[id(node)] = in_numbers(node.data[0] if node.operator == "read" else node.data)
            continue
        row = OPERATORS.get(node.operator)
        rule = opaque if row is None else row.rule
        before = [shapes[id(argument)] for argument in node.arguments]
        result = () if row is None and node.operator != "call" else None
        try:
            _, shapes[id(node)] = rule(before, result, _data_in_numbers(node, known), sizes)
        except Mismatch as mismatch:
            misfits.append((text(node), mismatch.sentence))
            shapes[id(node)] = next(filter(None, before), None)
    left, value = in_numbers(statement.name), shapes[id(statement.value)]
    # A number fills a shape of any size, and says none.
    if value and left:
        try:
            sizes.unify(left, value)
        except Mismatch as mismatch:
            misfits.append((read_text(statement.name, statement.index), mismatch.sentence))
    return shapes, sizes


def _in_numbers(size: Size, known: Mapping[str, int]) -> Size:
    """Return a size as its number, or as one of which nothing is known."""
    return known.get(size, f"?{size}") if isinstance(size, str) else size


def _data_in_numbers(node: Expr, known: Mapping[str, int]) -> Any:
    """Return the data of an operation with sizes as numbers, as far as they are known."""
    if node.operator in _GIVEN_SHAPE:
        return tuple(_in_numbers(size, known) for size in node.data)
    return tuple(_item_in_numbers(item, known) for item in node.data) if node.operator == "entry" else node.data


def _item_in_numbers(item: Any, known: Mapping[str, int]) -> Any:
    if isinstance(item, Slice):
        return Slice(*(_item_in_numbers(bound, known) for bound in item))
    if item is None or not item.base:
        return item
    base = _in_numbers(item.base, known)
    return Index("", base + item.offset) if isinstance(base, int) else item._replace(base=base)
