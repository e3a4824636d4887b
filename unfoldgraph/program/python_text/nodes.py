"""Nodes of generated Python: those of `ast`, built by functions that read well, or cut from a template.

Nodes are never changed, so that one may stand in several places; only the number of an `OpenNumber` is told anew by
each `Turn` that it stands in, just before that is written. They are only written, never compiled: what is assigned to
has the context of what is read.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from types import EllipsisType
from typing import Any

from unfoldgraph.program.python_text.precedence import BINARY, BOOLEAN, RELATIONS, UNARY


class Comment(ast.stmt):
    """One line of comment, cut where it is longer than a line."""

    # Nodes are copied by making an empty one.
    def __init__(self, words: str = "") -> None:
        super().__init__()
        self.words = words


class Beside(ast.stmt):
    """A statement with words beside it: behind its only line or the first of a block, above where they do not fit."""

    _fields = ("statement",)

    def __init__(self, statement: ast.stmt, words: str) -> None:
        super().__init__()
        self.statement = statement
        self.words = words


class Blank(ast.stmt):
    """An empty line."""


class OpenNumber(ast.expr):
    """A whole number that is told only when what it stands in is written: by a `Turn`."""

    value = 0


class Turn(ast.stmt):
    """A statement as it is in one turn of a loop that is written out: each of its open numbers has a value.

    >>> from unfoldgraph.program.python_text.lines import lines
    >>> place = OpenNumber()
    >>> turns = [Turn(assign(item(name("s"), place), constant(0)), [place], [value]) for value in (3, 4)]
    >>> for turn in turns:
    ...     print(turn.told().targets[0].slice.value)
    3
    4
    """

    _fields = ("statement",)

    def __init__(self, statement: ast.stmt, numbers: Sequence[OpenNumber], values: Sequence[int]) -> None:
        super().__init__()
        self.statement = statement
        self.numbers = numbers
        self.values = values

    def told(self) -> ast.stmt:
        """Return the statement, its open numbers told; they hold until the next turn tells them."""
        for number, value in zip(self.numbers, self.values, strict=True):
            number.value = value
        return self.statement


class Docstring(ast.stmt):
    """What a function or a module says of itself: the lines as a reader of `__doc__` sees them, not indented."""

    def __init__(self, lines: Sequence[str] = ()) -> None:
        super().__init__()
        self.lines = lines


_LOAD = ast.Load()
_BINARY_OPERATORS = {sign: kind() for kind, (_, sign) in BINARY.items()}
_UNARY_OPERATORS = {sign.strip(): kind() for kind, (_, sign) in UNARY.items()}
_BOOLEAN_OPERATORS = {word: kind() for kind, (_, word) in BOOLEAN.items()}
_COMPARISONS = {sign: kind() for kind, sign in RELATIONS.items()}

Parameter = str | tuple[str, ast.expr]
"""The name of a parameter, or its name and its default."""


def name(identifier: str) -> ast.expr:
    """Return a name.

    >>> ast.unparse(name("steps"))
    'steps'
    """
    return ast.Name(identifier, _LOAD)


def constant(value: float | str | EllipsisType | None) -> ast.expr:
    """Return a finite number, a string, a truth value, None or `...`.

    >>> [ast.unparse(constant(value)) for value in (3, -1.5, "h", None)]
    ['3', '-1.5', "'h'", 'None']
    """
    # The sign of a zero counts, too.
    if (type(value) is int and value < 0) or (type(value) is float and math.copysign(1, value) < 0):
        return unary("-", constant(-value))
    return ast.Constant(value)


def attribute(value: ast.expr, *names: str) -> ast.expr:
    """Return an attribute of a value, or one of an attribute.

    >>> ast.unparse(attribute(item(name("x"), constant(0)), "shape"))
    'x[0].shape'
    """
    for each in names:
        value = ast.Attribute(value, each, _LOAD)
    return value


def call(function: str | ast.expr, *arguments: ast.expr, **keywords: ast.expr) -> ast.expr:
    """Return a call of a function, or of one that has a name.

    >>> ast.unparse(call("_softmax", name("x"), axis=constant(-1)))
    '_softmax(x, axis=-1)'
    """
    called = name(function) if isinstance(function, str) else function
    return ast.Call(called, list(arguments), [ast.keyword(each, value) for each, value in keywords.items()])


def item(value: ast.expr, *indices: ast.expr) -> ast.expr:
    """Return what stands at indices or slices.

    >>> ast.unparse(item(name("x"), slice_of(None, name("m")), constant(0)))
    'x[:m, 0]'
    """
    return ast.Subscript(value, indices[0] if len(indices) == 1 else ast.Tuple(list(indices), _LOAD), _LOAD)


def slice_of(first: ast.expr | None = None, last: ast.expr | None = None, step: ast.expr | None = None) -> ast.expr:
    """Return a slice, to be an index.

    >>> ast.unparse(item(name("x"), slice_of(constant(1), plus(name("t"), 1))))
    'x[1:t + 1]'
    """
    return ast.Slice(first, last, step)


def starred(value: ast.expr) -> ast.expr:
    """Return `*value`, to be an argument or an entry.

    >>> ast.unparse(tuple_of(name("steps"), starred(name("batch"))))
    '(steps, *batch)'
    """
    return ast.Starred(value, _LOAD)


def tuple_of(*entries: ast.expr) -> ast.expr:
    """Return a tuple.

    >>> ast.unparse(tuple_of(name("m")))
    '(m,)'
    """
    return ast.Tuple(list(entries), _LOAD)


def list_of(*entries: ast.expr) -> ast.expr:
    """Return a list.

    >>> ast.unparse(list_of(name("m"), name("n")))
    '[m, n]'
    """
    return ast.List(list(entries), _LOAD)


def dict_of(entries: Mapping[str, ast.expr]) -> ast.expr:
    """Return a dictionary whose keys are strings.

    >>> ast.unparse(dict_of({"h": name("h")}))
    "{'h': h}"
    """
    return ast.Dict([ast.Constant(key) for key in entries], list(entries.values()))


def unary(operator: str, operand: ast.expr) -> ast.expr:
    """Return an operator before an operand.

    >>> ast.unparse(unary("-", binary("+", name("a"), name("b"))))
    '-(a + b)'
    """
    return ast.UnaryOp(_UNARY_OPERATORS[operator], operand)


def binary(operator: str, left: ast.expr, right: ast.expr) -> ast.expr:
    """Return an operator between two operands.

    >>> ast.unparse(binary("-", name("a"), binary("-", name("b"), name("c"))))
    'a - (b - c)'
    """
    return ast.BinOp(left, _BINARY_OPERATORS[operator], right)


def compared(left: ast.expr, relation: str, right: ast.expr) -> ast.expr:
    """Return a comparison.

    >>> ast.unparse(compared(name("lengths"), "is not", constant(None)))
    'lengths is not None'
    """
    return ast.Compare(left, [_COMPARISONS[relation]], [right])


def joined(operator: str, *values: ast.expr) -> ast.expr:
    """Return values joined by `and` or `or`; one is itself.

    >>> ast.unparse(joined("and", name("a"), joined("or", name("b"), name("c"))))
    'a and (b or c)'
    """
    return values[0] if len(values) == 1 else ast.BoolOp(_BOOLEAN_OPERATORS[operator], list(values))


def plus(value: ast.expr, number: int) -> ast.expr:
    """Return a value with a whole number added.

    >>> [ast.unparse(plus(value, -1)) for value in (name("t"), plus(name("t"), 1), constant(0))]
    ['t - 1', 't', '-1']
    """
    if (whole := _whole_number(value)) is not None:
        return constant(whole + number)
    if isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Add, ast.Sub)):
        added = _whole_number(value.right)
        if added is not None:
            return plus(value.left, number + (added if isinstance(value.op, ast.Add) else -added))
    if not number:
        return value
    return binary("+" if number > 0 else "-", value, constant(abs(number)))


def _whole_number(value: ast.expr) -> int | None:
    if isinstance(value, ast.Constant):
        return value.value if type(value.value) is int else None
    if isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub):
        found = _whole_number(value.operand)
        return None if found is None else -found
    return None


def augmented(target: ast.expr, operator: str, value: ast.expr) -> ast.stmt:
    """Return the statement that adds a value to what stands somewhere, or does another operation with it.

    >>> ast.unparse(augmented(item(name("s"), name("t")), "+", name("x")))
    's[t] += x'
    """
    return ast.AugAssign(target, _BINARY_OPERATORS[operator], value)  # type: ignore[arg-type]  # a place, as written


def assign(target: ast.expr, value: ast.expr) -> ast.stmt:
    """Return an assignment.

    >>> shapes = assign(tuple_of(name("m"), name("n")), parsed("W.shape"))
    >>> ast.unparse(ast.fix_missing_locations(shapes))
    'm, n = W.shape'
    """
    return ast.Assign([target], value)


def parameters(
    *positional: Parameter,
    keyword_only: Sequence[Parameter] = (),
    others: str | None = None,
    other_keywords: str | None = None,
) -> ast.arguments:
    """Return what a function takes; `others` is the name of `*args`, `other_keywords` that of `**keywords`.

    >>> ast.unparse(parameters("x", keyword_only=["h0", ("steps", constant(None))]))
    'x, *, h0, steps=None'
    """
    return ast.arguments(
        posonlyargs=[],
        args=[ast.arg(_parameter_name(each)) for each in positional],
        vararg=None if others is None else ast.arg(others),
        kwonlyargs=[ast.arg(_parameter_name(each)) for each in keyword_only],
        kw_defaults=[None if isinstance(each, str) else each[1] for each in keyword_only],
        kwarg=None if other_keywords is None else ast.arg(other_keywords),
        defaults=[each[1] for each in positional if not isinstance(each, str)],
    )


def function(identifier: str, taken: ast.arguments, body: Sequence[ast.stmt]) -> ast.stmt:
    """Return the definition of a function.

    >>> same = function("same", parameters("x"), [ast.Return(name("x"))])
    >>> print(ast.unparse(ast.fix_missing_locations(same)))
    def same(x):
        return x
    """
    return ast.FunctionDef(name=identifier, args=taken, body=list(body), decorator_list=[])


def _parameter_name(parameter: Parameter) -> str:
    return parameter if isinstance(parameter, str) else parameter[0]


@cache
def parsed(template: str) -> ast.expr:
    """Return the expression that a template is; it is not to be changed.

    >>> ast.unparse(parsed("np.sqrt(x)"))
    'np.sqrt(x)'
    """
    return ast.parse(template, mode="eval").body


def filled(template: str, **parts: ast.expr | Sequence[ast.expr]) -> ast.expr:
    """Return the expression that a template is with expressions in place of names.

    Parameters
    ----------
    template : an expression.
    **parts : what stands for each name; for `args` of `*args` several expressions.

    >>> ast.unparse(filled("v * np.maximum(*args)", v=parsed("a + b"), args=[name("c"), name("d")]))
    '(a + b) * np.maximum(c, d)'
    """
    found: ast.expr = _filled(parsed(template), parts)
    return found


def _filled(node: Any, parts: Mapping[str, ast.expr | Sequence[ast.expr]]) -> Any:
    """Return a node of a template with its names replaced; templates are written by hand, so they are not deep."""
    if isinstance(node, list):
        found: list[Any] = []
        for each in node:
            several = parts.get(each.value.id) if type(each) is ast.Starred and type(each.value) is ast.Name else None
            found += [_filled(each, parts)] if several is None or isinstance(several, ast.expr) else several
        return found
    if isinstance(node, ast.Name):
        return parts.get(node.id, node)
    if not isinstance(node, ast.AST) or not node._fields:
        return node
    return type(node)(**{field: _filled(getattr(node, field), parts) for field in node._fields})


def names_used(nodes: Iterable[ast.AST]) -> set[str]:
    """Return the names that are read in some code; one that is assigned to is not.

    >>> sorted(names_used([assign(tuple_of(name("h"), item(name("s"), name("t"))), plus(name("x"), 1))]))
    ['s', 't', 'x']
    """
    found: set[str] = set()
    waiting = list(nodes)
    # A statement may stand in many turns.
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.stmt):
            if id(node) in seen:
                continue
            seen.add(id(node))
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Assign):
            waiting += [node.value, *(part for target in node.targets for part in _read_in_target(target))]
        else:
            waiting += ast.iter_child_nodes(node)
    return found


def _read_in_target(target: ast.expr) -> list[ast.expr]:
    """Return what is read where a value is assigned: the arrays and places of items, but no names."""
    parts = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
    return [part for part in parts if not isinstance(part, ast.Name)]
