"""Expressions of generated Python on one line."""

from __future__ import annotations

import ast
import copy
import math
from collections.abc import Callable, Iterable
from types import EllipsisType
from typing import Any

from unfoldgraph.program.python_text.nodes import OpenNumber
from unfoldgraph.program.python_text.precedence import (
    ATOM,
    BINARY,
    BITS,
    BOOLEAN,
    OR,
    POWER,
    RELATIONS,
    SIGN,
    TEST,
    UNARY,
    least_after,
    rank,
)


def expression_text(node: ast.expr) -> str:
    """Return an expression on one line, with the parentheses that it needs and double quotes.

    Raises
    ------
    TypeError
        For a node that generated code has no use for.
    ValueError
        For a number that is no literal, and for a string inside of an f-string that cannot stand there.

    >>> expression_text(ast.parse("(a+b)*c**2 if x['h'] else y[1:n+1]", mode="eval").body)
    '(a + b) * c**2 if x["h"] else y[1 : n + 1]'
    """
    try:
        write = _WRITERS[type(node)]
    except KeyError:
        raise TypeError(f"no expression of generated code: {type(node).__name__}") from None
    return write(node)


def width(node: ast.expr) -> int:
    """Return how many characters an expression has on one line.

    >>> width(ast.Name("steps"))
    5
    """
    return len(expression_text(node))


def operand_text(node: ast.expr, least: int) -> str:
    """Return an expression where nothing may stand that holds less tightly."""
    text = expression_text(node)
    return text if type(node) in _ATOMS or rank(node) >= least else f"({text})"


def _of_name(node: ast.Name) -> str:
    return node.id


def _of_open_number(node: OpenNumber) -> str:
    return repr(node.value)


def _of_constant(node: ast.Constant) -> str:
    value: Any = node.value
    kind = type(value)
    if kind is str:
        return _quoted(value)
    if kind is int and value >= 0:
        # The decimal digits of a literal are limited, those of a hexadecimal one are not.
        return repr(value) if value < 1 << 10_000 else hex(value)
    if kind is float and 0 <= value < math.inf:
        return repr(value).replace("e+", "e")
    if value is None or kind is bool:
        return repr(value)
    if value is ...:
        return "..."
    raise ValueError(f"no literal of generated code: {value!r}")


def _quoted(value: str, quote: str = '"') -> str:
    """Return a string in quotes; where it has double quotes and no single ones, in these."""
    if '"' in value and "'" not in value and quote == '"':
        quote = "'"
    return f"{quote}{_escaped(value, quote)}{quote}"


def _escaped(value: str, quote: str) -> str:
    if value.isprintable() and quote not in value and "\\" not in value:
        return value
    return "".join(
        "\\" + each if each == quote else each if each.isprintable() and each != "\\" else repr(each)[1:-1]
        for each in value
    )


def _of_attribute(node: ast.Attribute) -> str:
    return f"{base_text(node)}.{node.attr}"


def base_text(node: ast.Call | ast.Subscript | ast.Attribute) -> str:
    """Return what is called, taken from, or has the attribute."""
    value = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, ast.Attribute) and isinstance(value, ast.Constant) and isinstance(value.value, (int, float)):
        return f"({expression_text(value)})"
    return operand_text(value, ATOM)


def _of_subscript(node: ast.Subscript) -> str:
    at = node.slice
    if isinstance(at, ast.Tuple) and at.elts:
        comma = "," if len(at.elts) == 1 and not isinstance(at.elts[0], ast.Starred) else ""
        return f"{operand_text(node.value, ATOM)}[{_listed(at.elts)}{comma}]"
    return f"{operand_text(node.value, ATOM)}[{expression_text(at)}]"


def _of_slice(node: ast.Slice) -> str:
    space = "" if all(each is None or _is_simple_bound(each) for each in (node.lower, node.upper, node.step)) else " "
    text = ":" if node.lower is None else f"{expression_text(node.lower)}{space}:"
    if node.upper is not None:
        text += space + expression_text(node.upper)
    if node.step is not None:
        text += (space if node.upper is not None else "") + ":" + space + expression_text(node.step)
    return text


def _is_simple_bound(node: ast.expr) -> bool:
    """Return whether no space stands between a bound and the colon."""
    if isinstance(node, ast.UnaryOp):
        return not isinstance(node.op, ast.Not) and _is_simple_bound(node.operand)
    return isinstance(node, (ast.Name, ast.Constant))


def _listed(nodes: Iterable[ast.expr]) -> str:
    return ", ".join([expression_text(node) for node in nodes])


def _of_call(node: ast.Call) -> str:
    called = operand_text(node.func, ATOM)
    if not node.keywords:
        if len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp):
            return called + expression_text(node.args[0])
        return f"{called}({_listed(node.args)})"
    return f"{called}({', '.join([before + expression_text(value) for before, value in arguments(node)])})"


def arguments(node: ast.Call) -> list[tuple[str, ast.expr]]:
    """Return the arguments of a call, each with what precedes it."""
    named = [("**" if each.arg is None else f"{each.arg}=", each.value) for each in node.keywords]
    return [("", each) for each in node.args] + named


def _of_starred(node: ast.Starred) -> str:
    return f"*{operand_text(node.value, BITS)}"


def _of_binary(node: ast.BinOp) -> str:
    # A sum of ten thousand terms leans to the left, where it is walked, from its last term to its first.
    found: list[str] = []
    opened = 0
    while True:
        tightness, sign = BINARY[type(node.op)]
        left = node.left
        if tightness == POWER:
            space = "" if _is_simple_operand(left) and _is_simple_exponent(node.right) else " "
            found.append(f"{space}**{space}{operand_text(node.right, SIGN)}")
            tightness = ATOM
        else:
            found.append(f" {sign} {operand_text(node.right, tightness + 1)}")
        if type(left) is not ast.BinOp:
            break
        if BINARY[type(left.op)][0] < tightness:
            opened += 1
            found.append(")")
        node = left
    found.append("(" * opened + operand_text(left, tightness))
    found.reverse()
    return "".join(found)


def _is_simple_operand(node: ast.expr) -> bool:
    """Return whether a power of it, or to it, needs no spaces."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) or (
        isinstance(node, ast.Constant) and not isinstance(node.value, (str, EllipsisType))
    )


def _is_simple_exponent(node: ast.expr) -> bool:
    """Return whether a power to it needs no spaces."""
    while isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.Not):
        node = node.operand
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        node = node.left
    return _is_simple_operand(node)


def _of_unary(node: ast.UnaryOp) -> str:
    return f"{UNARY[type(node.op)][1]}{operand_text(node.operand, least_after(node))}"


def _of_boolean(node: ast.BoolOp) -> str:
    tightness, word = BOOLEAN[type(node.op)]
    return f" {word} ".join([operand_text(value, tightness + 1) for value in node.values])


def _of_comparison(node: ast.Compare) -> str:
    text = operand_text(node.left, BITS)
    for relation, right in zip(node.ops, node.comparators, strict=True):
        text += f" {RELATIONS[type(relation)]} {operand_text(right, BITS)}"
    return text


def _of_choice(node: ast.IfExp) -> str:
    return f"{operand_text(node.body, OR)} if {operand_text(node.test, OR)} else {expression_text(node.orelse)}"


def _of_tuple(node: ast.Tuple) -> str:
    return f"({_listed(node.elts)}{',' if len(node.elts) == 1 else ''})"


def bare_text(node: ast.expr) -> str:
    """Return an expression where a tuple needs no parentheses."""
    if isinstance(node, ast.Tuple) and len(node.elts) > 1:
        return _listed(node.elts)
    return expression_text(node)


def _of_list(node: ast.List) -> str:
    return f"[{_listed(node.elts)}]"


def _of_set(node: ast.Set) -> str:
    return f"{{{_listed(node.elts)}}}"


def _of_dict(node: ast.Dict) -> str:
    return f"{{{', '.join([before + operand_text(value, least) for before, value, least in entries(node)])}}}"


def entries(node: ast.Dict) -> list[tuple[str, ast.expr, int]]:
    """Return what precedes each value of a dictionary, the value, and what may stand there."""
    return [
        ("**", value, BITS) if key is None else (f"{expression_text(key)}: ", value, TEST)
        for key, value in zip(node.keys, node.values, strict=True)
    ]


def _of_comprehension(node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> str:
    opening, closing = COMPREHENSIONS[type(node)]
    parts = [before + operand_text(value, least) for before, value, least in clauses(node)]
    return f"{opening}{' '.join(parts)}{closing}"


def clauses(node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> list[tuple[str, ast.expr, int]]:
    """Return what is collected, what it is collected from, and the conditions, each with the words before it."""
    if isinstance(node, ast.DictComp):
        found: list[tuple[str, ast.expr, int]] = [(f"{expression_text(node.key)}: ", node.value, TEST)]
    else:
        found = [("", node.elt, TEST)]
    for clause in node.generators:
        found.append((f"for {bare_text(clause.target)} in ", clause.iter, OR))
        found += [("if ", condition, OR) for condition in clause.ifs]
    return found


def _of_format(node: ast.JoinedStr) -> str:
    words = "".join([part.value for part in node.values if isinstance(part, ast.Constant) and type(part.value) is str])
    quote = "'" if '"' in words and "'" not in words else '"'
    return f"f{quote}{_format_pieces(node.values, quote)}{quote}"


def _format_pieces(values: Iterable[ast.expr], quote: str) -> str:
    found = ""
    for value in values:
        if isinstance(value, ast.FormattedValue):
            # No quote and no backslash of an f-string may stand in its own values, before Python 3.12.
            text = expression_text(_Requoted("'" if quote == '"' else '"').visit(copy.deepcopy(value.value)))
            if quote in text or "\\" in text or "#" in text:
                raise ValueError(f"this cannot stand in an f-string: {text}")
            # Two braces would be one of the words.
            text = f"{' ' if text.startswith('{') else ''}{text}"
            conversion = "" if value.conversion == -1 else f"!{chr(value.conversion)}"
            spec = value.format_spec
            after = f":{_format_pieces(spec.values, quote)}" if isinstance(spec, ast.JoinedStr) else ""
            found += f"{{{text}{conversion}{after}}}"
        elif isinstance(value, ast.Constant) and isinstance(value.value, str):
            found += _escaped(value.value, quote).replace("{", "{{").replace("}", "}}")
        else:
            raise TypeError(f"no part of an f-string: {type(value).__name__}")
    return found


class _Requoted(ast.NodeTransformer):
    """Strings in other quotes: they are replaced by names, which are written as they are."""

    def __init__(self, quote: str) -> None:
        self.quote = quote

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if not isinstance(node.value, str):
            return node
        return ast.Name(f"{self.quote}{_escaped(node.value, self.quote)}{self.quote}", ast.Load())

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        return ast.Name(f"f{self.quote}{_format_pieces(node.values, self.quote)}{self.quote}", ast.Load())


COMPREHENSIONS: dict[type[ast.expr], tuple[str, str]] = {
    ast.ListComp: ("[", "]"),
    ast.SetComp: ("{", "}"),
    ast.GeneratorExp: ("(", ")"),
    ast.DictComp: ("{", "}"),
}
_WRITERS: dict[type[ast.expr], Callable[[Any], str]] = {
    OpenNumber: _of_open_number,
    ast.Name: _of_name,
    ast.Constant: _of_constant,
    ast.Attribute: _of_attribute,
    ast.Subscript: _of_subscript,
    ast.Slice: _of_slice,
    ast.Call: _of_call,
    ast.Starred: _of_starred,
    ast.BinOp: _of_binary,
    ast.UnaryOp: _of_unary,
    ast.BoolOp: _of_boolean,
    ast.Compare: _of_comparison,
    ast.IfExp: _of_choice,
    ast.Tuple: _of_tuple,
    ast.List: _of_list,
    ast.Set: _of_set,
    ast.Dict: _of_dict,
    ast.JoinedStr: _of_format,
    **dict.fromkeys(COMPREHENSIONS, _of_comprehension),
}
_ATOMS = frozenset(_WRITERS) - {ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp}
