"""The walk by which expressions are written, as text and as LaTeX.

It has a stack of its own: an operator's template from the table says what stands between its arguments and which of
them need parentheses. So a chain of 100,000 operations prints like one of ten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar, cast

from unfoldgraph.algebra.expression import Expr, SizeArgument, Tree
from unfoldgraph.algebra.operators import OPERATORS, indexed_operand
from unfoldgraph.algebra.pieces import Hole

T = TypeVar("T")


class Argument(NamedTuple):
    """An argument among the pieces of an operator, and how tightly it has to bind."""

    node: Any
    level: int


def but_for(
    is_open: Callable[[Expr], bool], pieces: Callable[[Any], tuple[int, Sequence[T | Argument]]]
) -> Callable[[Any], tuple[int, Sequence[T | Expr | Argument]]]:
    """Return what gives the pieces of a node, itself where it is open: it binds as what will stand for it."""

    def found(node: Expr) -> tuple[int, Sequence[T | Expr | Argument]]:
        binds, written = pieces(node)
        return binds, [node] if is_open(node) else written

    return found


def write(
    root: Tree, pieces: Callable[[Any], tuple[int, Sequence[T | Argument]]], opening: T, closing: T
) -> Iterator[T]:
    """Yield the pieces of an expression one after the other, with the parentheses that are needed."""
    # Without holes there is no argument among them.
    return cast("Iterator[T]", write_with_holes(root, pieces, opening, closing))


def write_with_holes(
    root: Tree,
    pieces: Callable[[Any], tuple[int, Sequence[T | Argument]]],
    opening: T,
    closing: T,
    is_hole: Callable[[Any], bool] | None = None,
) -> Iterator[T | Argument]:
    """Yield the same, and in place of each hole itself, with how tightly what fills it has to bind."""
    stack: list[T | Argument] = [Argument(root, 0)]
    while stack:
        piece = stack.pop()
        if not isinstance(piece, Argument) or (is_hole is not None and is_hole(piece.node)):
            yield piece
            continue
        binds, parts = pieces(piece.node)
        if binds < piece.level:
            stack.append(closing)
        stack.extend(reversed(parts))
        if binds < piece.level:
            stack.append(opening)


def fill(
    parts: Sequence[T | Hole],
    arguments: Sequence[Any],
    extra: Sequence[Sequence[T | Argument]],
    comma: Sequence[T | Argument],
) -> list[T | Argument]:
    """Return the pieces of a template; `extra` are further arguments that are written already."""
    pieces: list[T | Argument] = []
    for part in parts:
        if not isinstance(part, Hole):
            pieces.append(part)
        elif part.position >= 0:
            pieces.append(Argument(arguments[part.position], part.level))
        else:
            pieces += separated([*plain_arguments(arguments), *extra], comma)
    return pieces


def plain_arguments(nodes: Sequence[Any]) -> list[list[Argument]]:
    """Return arguments that stand between commas or brackets, and need no parentheses."""
    return [[Argument(node, 0)] for node in nodes]


def separated(items: Sequence[Sequence[T]], separator: Sequence[T]) -> list[T]:
    """Return the items with a separator between them."""
    pieces: list[T] = []
    for n, item in enumerate(items):
        pieces += [*separator, *item] if n else item
    return pieces


def call_arguments(node: Tree, comma: Sequence[T | Argument], semicolon: T) -> list[T | Argument]:
    """Return the arguments of a function, the shared parameters of an opaque one after a semicolon."""
    positional = node.data[1] if node.operator == "call" else len(node.arguments)
    pieces: list[T | Argument] = separated(plain_arguments(node.arguments[:positional]), comma)
    shared: list[T | Argument] = separated(plain_arguments(node.arguments[positional:]), comma)
    return [*pieces, semicolon, *comma[1:], *shared] if shared else pieces


def sizes_as_given(node: Tree) -> Sequence[SizeArgument]:
    """Return the sizes that a row keeps as data, as they were given."""
    row = OPERATORS.get(node.operator)
    if row is None or row.sizes == 0:
        return ()
    return row.written_sizes(node.data)


def operands_as_written(node: Any) -> Sequence[Any]:
    """Return the operands of a node as they are written: with the entries of one that its data tell."""
    kept = [*node.arguments]
    if (position := indexed_operand(node)) is not None:
        kept[position] = type(node)("entry", (kept[position],), node.data)
    return kept
