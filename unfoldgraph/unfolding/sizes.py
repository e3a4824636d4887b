"""How large the sizes of a circuit are: one invariant, kept here.

A size is known from an array of the caller, or it follows from sizes that are, as those of `concat` and slices do,
or it is an error. Nothing else tells one: neither what a value happens to come out with nor what an opaque function
returns.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from unfoldgraph.equations import Model, Statement
from unfoldgraph.errors import CircuitError
from unfoldgraph.expression import Expr, Index, Slice, postorder, sizes_of_entry
from unfoldgraph.notation import shown
from unfoldgraph.operators import OPERATORS
from unfoldgraph.shapes import Mismatch, Shape, Size, Sizes, opaque, spell

_GIVEN_SHAPE = frozenset({"zeros", "ones", "eye", "one_hot"})


def all_sizes(model: Model, told: Mapping[str, int], scalars: Collection[str]) -> dict[str, int]:
    """Return how large each size of a circuit is, from what the arrays of the caller told.

    `scalars` are the names whose array the caller gives as a number, or not at all. Raises `CircuitError` for a size
    that nothing tells.
    """
    known = _with_those_that_follow(model, told)
    for name in scalars:
        for size in _named(model.shapes[name]):
            if size not in known:
                raise CircuitError(f"no array says how large '{shown(size)}' is")
    used = {*model.signals, *(read.name for one in model.statements for read in one.reads)}
    used.update(name for statement in model.statements for name in statement.parameters)
    for name in (*model.inputs, *model.parameters, *model.signals):
        for size in _named(model.shapes[name]):
            if name in used and size not in known:
                raise CircuitError(
                    f"nothing says how large '{shown(size)}' is: '{shown(name)}' is {spell(model.shapes[name])}",
                    help=f"declare '{shown(name)}' with a number, or give a parameter of that size",
                )
    for size in _sizes_in_expressions(model):
        if size not in known:
            raise CircuitError(f"nothing says how large '{shown(size)}' is", help="use a number")
    return known


def _named(shape: Shape | None) -> list[str]:
    return [size for size in shape or () if isinstance(size, str)]


def _sizes_in_expressions(model: Model) -> Iterator[str]:
    """Yield the sizes that are numbers, bounds of entries, or shapes of arrays of zeros and the like."""
    for node in postorder(statement.value for statement in model.statements):
        if node.operator == "size":
            yield node.data
        elif node.operator == "entry":
            yield from sizes_of_entry(node)
        elif node.operator in _GIVEN_SHAPE:
            yield from _named(node.data)


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
    """Return the sizes that one statement tells: the rules of its operators, run on numbers."""
    sizes = Sizes()
    shapes: dict[int, Shape | None] = {}
    mentioned: dict[str, None] = {}

    def in_numbers(shape: Shape | None) -> Shape | None:
        mentioned.update(dict.fromkeys(_named(shape)))
        return None if shape is None else tuple(_in_numbers(size, known) for size in shape)

    try:
        for node in postorder([statement.value]):
            if node.operator in ("read", "parameter"):
                shapes[id(node)] = in_numbers(model.shapes[node.data[0] if node.operator == "read" else node.data])
                continue
            row = OPERATORS.get(node.operator)
            rule = opaque if row is None else row.rule
            before = [shapes[id(argument)] for argument in node.arguments]
            result = () if row is None and not node.arguments and node.operator != "call" else None
            _, shapes[id(node)] = rule(before, result, _data_in_numbers(node, known), sizes)
        value, left = shapes[id(statement.value)], in_numbers(model.shapes[statement.name])
        # A number fills a shape of any size, and says none.
        if value and left:
            sizes.unify(left, value)
    except Mismatch:
        # The arrays do not fit; what cannot be computed says so.
        return {}
    found = {size: sizes.find(f"?{size}") for size in mentioned if size not in known}
    return {size: number for size, number in found.items() if isinstance(number, int)}


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
