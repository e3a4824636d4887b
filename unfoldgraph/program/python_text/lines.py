"""Lines of generated Python: statements built as nodes of `ast`, written as a formatter would write them.

`ast.unparse` drops comments and blank lines, breaks no line and quotes with `'`. Here `Comment`, `Blank` and
`Docstring` are statements as any other, and a line that is longer than `WIDTH` is broken inside its brackets: the
arguments of a call on the next line or one a line, the terms of a sum one a line. The style is that of `ruff format`,
except that

* the only argument of a call stands at the brackets of the call, where it is broken at brackets of its own;
* a run of plain numbers fills its lines, and so do plain names that are assigned to;
* `a and b` stays on one line between lines that begin with `or`;
* what a long subscript is of is broken, not its short index;
* no blank lines come with a definition.

>>> from unfoldgraph.program.python_text.nodes import assign, call, constant, filled, item, name, plus
>>> update = filled("np.tanh(b + total)", total=call("_apply", name("W"), item(name("h"), plus(name("t"), -1))))
>>> body = [Comment("h(t) = tanh(b + W @ h(t-1))"), assign(item(name("h"), name("t")), update)]
>>> for line in lines([ast.For(name("t"), call("range", constant(1), name("steps")), body, [])]):
...     print(line)
for t in range(1, steps):
    # h(t) = tanh(b + W @ h(t-1))
    h[t] = np.tanh(b + _apply(W, h[t - 1]))
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from unfoldgraph.program.python_text.expressions import (
    COMPREHENSIONS,
    arguments,
    bare_text,
    base_text,
    clauses,
    entries,
    expression_text,
    operand_text,
)
from unfoldgraph.program.python_text.nodes import Beside, Blank, Comment, Docstring, Turn
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

#: The longest line of generated code.
WIDTH = 110

#: What stands for the rest of words that are cut.
_CUT = " ..."
#: What may stand at the brackets of a call, as its only argument.
_WITH_BRACKETS = (ast.Call, ast.Dict, ast.List, ast.Tuple, ast.Set, ast.ListComp, ast.SetComp, ast.DictComp)

# Expressions on several lines ------------------------------------------------------------------------


def _laid(
    node: ast.expr, before: str, after: str, depth: int, width: int, least: int = TEST, is_inside: bool = True
) -> list[str]:
    """Return an expression on as many lines as it needs.

    Parameters
    ----------
    before, after : what stands before it on its first line, indentation included, and after it on its last.
    depth : how far the line is indented on which it begins.
    least : what may stand here without parentheses.
    is_inside : whether it stands in brackets, so that it may be broken anywhere.
    """
    text = operand_text(node, least)
    if len(before) + len(text) + len(after) <= width:
        return [before + text + after]
    if rank(node) < least:
        return _enclosed(node, f"{before}(", f"){after}", depth, width)
    if isinstance(node, ast.UnaryOp):
        sign = UNARY[type(node.op)][1]
        return _laid(node.operand, before + sign, after, depth, width, least_after(node), is_inside)
    if isinstance(node, ast.Starred):
        return _laid(node.value, f"{before}*", after, depth, width, BITS, is_inside)
    if isinstance(node, (ast.Call, ast.Subscript, ast.Attribute)):
        return _laid_trailer(node, before, after, depth, width, is_inside)
    if (display := _display(node)) is not None:
        opening, items, closing = display
        if not items:
            return [before + text + after]
        comma = len(items) > 1 or isinstance(node, ast.Tuple)
        return _laid_items(items, before + opening, closing + after, depth, width, comma=comma)
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
        opening, closing = COMPREHENSIONS[type(node)]
        return _laid_clauses(node, before + opening, closing + after, depth, width)
    if isinstance(node, ast.Slice) and node.lower and not node.upper and not node.step:
        return _laid(node.lower, before, f" :{after}", depth, width)
    parts = _parts(node)
    if not is_inside and (hanging := _hanging(parts, before, after, depth, width)):
        return hanging
    if not is_inside:
        helps = len(parts) > 1 or 4 * (depth + 1) + len(text) <= width
        return _enclosed(node, f"{before}(", f"){after}", depth, width) if helps else [before + text + after]
    if parts[0][1] is node:
        return [before + text + after]
    found: list[str] = []
    indentation = "    " * depth
    for number, (sign, operand, at_least) in enumerate(parts):
        begin = f"{indentation if number else before}{sign}"
        end = after if number == len(parts) - 1 else ""
        found += _laid(operand, begin, end, depth, width, at_least)
    return found


def _enclosed(node: ast.expr, before: str, after: str, depth: int, width: int) -> list[str]:
    """Return an expression on lines of its own, between brackets."""
    indentation = "    " * depth
    return [before, *_laid(node, f"{indentation}    ", "", depth + 1, width), indentation + after]


def _parts(node: ast.expr) -> list[tuple[str, ast.expr, int]]:
    """Return the operands between which an expression is broken, with the operators before them."""
    if isinstance(node, ast.BinOp):
        tightness, sign = BINARY[type(node.op)]
        if tightness == POWER:
            return [("", node.left, ATOM), ("** ", node.right, SIGN)]
        found = [(f"{sign} ", node.right, tightness + 1)]
        left = node.left
        while isinstance(left, ast.BinOp) and BINARY[type(left.op)][0] == tightness:
            found.append((f"{BINARY[type(left.op)][1]} ", left.right, tightness + 1))
            left = left.left
        found.append(("", left, tightness))
        found.reverse()
        return found
    if isinstance(node, ast.BoolOp):
        tightness, word = BOOLEAN[type(node.op)]
        return [(f"{word} " if number else "", value, tightness + 1) for number, value in enumerate(node.values)]
    if isinstance(node, ast.Compare):
        pairs = zip(node.ops, node.comparators, strict=True)
        return [("", node.left, BITS), *((f"{RELATIONS[type(each)]} ", right, BITS) for each, right in pairs)]
    if isinstance(node, ast.IfExp):
        found = [("", node.body, OR), ("if ", node.test, OR)]
        while isinstance(node.orelse, ast.IfExp):
            node = node.orelse
            found += [("else ", node.body, OR), ("if ", node.test, OR)]
        return [*found, ("else ", node.orelse, TEST)]
    if isinstance(node, ast.Slice):
        bounds = [("", node.lower), (": ", node.upper), (": " if node.upper else ":: ", node.step)]
        return [(sign, each, TEST) for sign, each in bounds if each is not None] or [("", node, TEST)]
    return [("", node, TEST)]


def _hanging(
    parts: list[tuple[str, ast.expr, int]], before: str, after: str, depth: int, width: int
) -> list[str] | None:
    """Return two operands of which the last is broken in its brackets, the rest fitting before it; None otherwise.

    These are also brackets at the end of a last operand that binds its own operands more tightly: `a + k * (...)`.
    """
    if len(parts) != 2:
        return None
    begin = before
    while True:
        *others, (sign, last, least) = parts
        begin += "".join([f"{each}{operand_text(operand, at_least)} " for each, operand, at_least in others]) + sign
        is_enclosed = rank(last) < least
        if is_enclosed or not isinstance(last, (ast.BinOp, ast.BoolOp, ast.Compare)):
            break
        if isinstance(last, ast.BinOp) and BINARY[type(last.op)][0] == POWER:
            return None
        parts = _parts(last)
    display = _display(last)
    if is_enclosed:
        head = ""
    elif isinstance(last, ast.Call) and last.args + last.keywords:
        head = operand_text(last.func, ATOM)
    elif display is not None and display[1]:
        head = ""
    else:
        return None
    if len(begin) + len(head) + 1 > width:
        return None
    if is_enclosed:
        return _enclosed(last, f"{begin}(", f"){after}", depth, width)
    return _laid(last, begin, after, depth, width)


Element = tuple[str, ast.expr | None, int]
"""What stands between commas: words, and an expression after them."""


def _display(node: ast.expr) -> tuple[str, list[Element], str] | None:
    """Return the brackets and the entries of a tuple, a list, a set or a dictionary."""
    if isinstance(node, ast.Dict):
        return "{", list(entries(node)), "}"
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        opening, closing = "()" if isinstance(node, ast.Tuple) else "[]" if isinstance(node, ast.List) else "{}"
        return opening, [("", each, TEST) for each in node.elts], closing
    return None


def _laid_trailer(
    node: ast.Call | ast.Subscript | ast.Attribute, before: str, after: str, depth: int, width: int, is_inside: bool
) -> list[str]:
    """Return a call, a subscript or an attribute: what is called may be broken, or what stands in the brackets."""
    value = node.func if isinstance(node, ast.Call) else node.value
    head = base_text(node)
    tail = expression_text(node)[len(head) :]
    items, comma = _trailer_items(node)
    if _is_breakable(value):
        fits = 4 * depth + 1 + len(tail) + len(after) <= width
        is_last = isinstance(node, ast.Call) and len(before) + len(head) + 1 <= width
        if not items or (fits and len(head) >= len(tail) and not is_last):
            return _laid(value, before, tail + after, depth, width, ATOM, is_inside)
        if len(before) + len(head) + 1 > width:
            found = _laid(value, before, "", depth, width, ATOM, is_inside)
            if len(found[-1]) + len(tail) + len(after) <= width:
                return [*found[:-1], found[-1] + tail + after]
            return [*found[:-1], *_laid_brackets(node, items, comma, found[-1], after, depth, width)]
    elif (
        not is_inside
        and len(before + head) + (1 if items else len(tail + after)) > width
        and len(before) > 4 * (depth + 1)
    ):
        return _enclosed(node, f"{before}(", f"){after}", depth, width)
    elif not items:
        return [before + head + tail + after]
    return _laid_brackets(node, items, comma, before + head, after, depth, width)


def _is_breakable(node: ast.expr) -> bool:
    """Return whether an expression that is called, or taken from, has brackets in which it may be broken."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return not isinstance(node, (ast.Name, ast.Constant, ast.JoinedStr))


def _trailer_items(node: ast.Call | ast.Subscript | ast.Attribute) -> tuple[list[Element], bool]:
    """Return what stands in the brackets of a call or a subscript, and whether a comma may stand after it."""
    if isinstance(node, ast.Call):
        found = arguments(node)
        return [(sign, each, TEST) for sign, each in found], len(found) > 1
    if isinstance(node, ast.Attribute):
        return [], False
    if isinstance(node.slice, ast.Tuple) and node.slice.elts:
        return [("", each, TEST) for each in node.slice.elts], True
    return [("", node.slice, TEST)], False


def _laid_brackets(
    node: ast.Call | ast.Subscript | ast.Attribute,
    items: list[Element],
    comma: bool,
    before: str,
    after: str,
    depth: int,
    width: int,
) -> list[str]:
    """Return the brackets of a call or a subscript, with what they hold on lines of its own."""
    opening, closing = "()" if isinstance(node, ast.Call) else "[]"
    only = items[0][1] if len(items) == 1 and isinstance(node, ast.Call) and not items[0][0] else None
    if isinstance(only, ast.GeneratorExp):
        return _laid_clauses(only, before + opening, closing + after, depth, width)
    if isinstance(only, _WITH_BRACKETS) and (
        isinstance(only, ast.Dict) or 4 * (depth + 1) + len(expression_text(only)) > width
    ):
        return _laid(only, before + opening, closing + after, depth, width)
    return _laid_items(items, before + opening, closing + after, depth, width, comma=comma, may_join=True)


def _is_number(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def _is_name(node: ast.expr) -> bool:
    return isinstance(node, ast.Name)


def _laid_items(
    items: list[Element],
    before: str,
    after: str,
    depth: int,
    width: int,
    *,
    comma: bool,
    may_join: bool = False,
    fills: Callable[[ast.expr], bool] = _is_number,
) -> list[str]:
    """Return what stands between brackets: all on one line if it may and fits, one a line otherwise.

    Where all are what `fills` says, by default plain numbers, as many stand on a line as it has room for.
    """
    inside = "    " * (depth + 1)
    texts = [sign if value is None else sign + operand_text(value, least) for sign, value, least in items]
    single = "," if comma and len(items) == 1 else ""
    if may_join and len(inside) + sum(map(len, texts)) + 2 * len(texts) - 2 + len(single) <= width:
        return [before, f"{inside}{', '.join(texts)}{single}", "    " * depth + after]
    found = [before]
    if len(items) > 1 and all(not sign and isinstance(value, ast.expr) and fills(value) for sign, value, _ in items):
        found += _filled_lines(texts, inside, width)
    else:
        end = "," if comma else ""
        for text, (sign, value, least) in zip(texts, items, strict=True):
            if value is None or len(inside) + len(text) + len(end) <= width:
                found.append(inside + text + end)
            else:
                found += _laid(value, inside + sign, end, depth + 1, width, least)
    found.append("    " * depth + after)
    return found


def _filled_lines(texts: Sequence[str], inside: str, width: int) -> list[str]:
    """Return numbers or names, as many on a line as it has room for."""
    found: list[str] = []
    line: list[str] = []
    room = width - len(inside)
    taken = 0
    for text in texts:
        if line and taken + len(text) + 2 > room:
            found.append(f"{inside}{', '.join(line)},")
            line, taken = [], 0
        line.append(text)
        taken += len(text) + 2
    return [*found, inside + ", ".join(line)]


def _laid_clauses(
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, before: str, after: str, depth: int, width: int
) -> list[str]:
    """Return a comprehension on a line of its own, or each of its clauses on one."""
    inside = "    " * (depth + 1)
    parts = clauses(node)
    whole = inside + " ".join([sign + operand_text(value, least) for sign, value, least in parts])
    if len(whole) <= width:
        return [before, whole, "    " * depth + after]
    found = [before]
    for sign, value, least in parts:
        found += _laid(value, inside + sign, "", depth + 1, width, least)
    return [*found, "    " * depth + after]


# Statements ------------------------------------------------------------------------------------------


def lines(statements: Iterable[ast.stmt], indent: int = 0, width: int = WIDTH) -> list[str]:
    """Return statements as lines.

    Parameters
    ----------
    statements : those of `ast`, and `Comment`, `Beside`, `Blank`, `Docstring` and `Turn`.
    indent : how many levels they are indented by.
    width : the longest line.

    Raises
    ------
    TypeError
        For a statement that generated code has no use for.

    >>> lines([Blank(), ast.Return(ast.Name("h"))], indent=1)
    ['', '    return h']
    """
    found: list[str] = []
    for statement in statements:
        try:
            write = _STATEMENTS[type(statement)]
        except KeyError:
            raise TypeError(f"no statement of generated code: {type(statement).__name__}") from None
        write(statement, indent, width, found)
    return found


def _printable(words: str) -> str:
    """Return words that end no line and hide nothing."""
    if words.isprintable():
        return words
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in words)


def _write_comment(node: Comment, depth: int, width: int, found: list[str]) -> None:
    before = f"{'    ' * depth}# "
    found.append(before + _cut(_printable(node.words), width - len(before)))


def _cut(words: str, room: int) -> str:
    """Return words that are too long without their end: cut off behind a sign of a sum, or else behind a word."""
    if len(words) <= room:
        return words
    room = max(room - len(_CUT), 0)
    # A space may stand where the words are cut.
    begin = words[: room + 1]
    sign = max(begin.rfind(" + "), begin.rfind(" - "))
    # At a sign far in front too much would be left out.
    at = sign + len(" +") if 2 * sign >= room else begin.rfind(" ")
    return begin[: at if at > 0 else room] + _CUT


def _write_blank(node: Blank, depth: int, width: int, found: list[str]) -> None:
    found.append("")


def _write_beside(node: Beside, depth: int, width: int, found: list[str]) -> None:
    own = lines([node.statement], depth, width)
    beside = f"{own[0]}  # {_printable(node.words)}"
    is_whole = len(own) == 1 or isinstance(node.statement, ast.If)
    if is_whole and own[0].endswith(":") == isinstance(node.statement, ast.If) and len(beside) <= width:
        found += [beside, *own[1:]]
    else:
        _write_comment(Comment(node.words), depth, width, found)
        found += own


def _write_turn(node: Turn, depth: int, width: int, found: list[str]) -> None:
    found += lines([node.told()], depth, width)


def _write_docstring(node: Docstring, depth: int, width: int, found: list[str]) -> None:
    indentation = "    " * depth
    # Only three quotes end it, or one at its own end.
    quotes = '"' if len(node.lines) == 1 and node.lines[0].endswith('"') else '"""'
    escaped = '\\"' * len(quotes)
    words = [_printable(line.replace("\\", "\\\\").replace(quotes, escaped)) for line in node.lines]
    if len(words) == 1:
        found.append(f'{indentation}"""{words[0]}"""')
        return
    found.append(f'{indentation}"""{words[0]}')
    found += [indentation + line if line else "" for line in words[1:]]
    found.append(f'{indentation}"""')


def _write_broken(before: str, node: ast.expr, after: str, depth: int, width: int, found: list[str]) -> None:
    """Write an expression between words: on one line if it fits, else broken."""
    found += _laid(node, before, after, depth, width, is_inside=False)


def _write_assign(node: ast.Assign, depth: int, width: int, found: list[str]) -> None:
    indentation = "    " * depth
    targets = node.targets
    before = indentation + "".join([f"{bare_text(target)} = " for target in targets])
    value = node.value
    text = bare_text(value) if isinstance(targets[0], ast.Tuple) else expression_text(value)
    if len(before) + len(text) <= width:
        found.append(before + text)
        return
    first = targets[0]
    is_one_name = isinstance(value, (ast.Name, ast.Attribute))
    if len(before) > width or (isinstance(first, ast.Tuple) and is_one_name):
        if isinstance(first, ast.Tuple):
            entries_of: list[Element] = [("", each, TEST) for each in first.elts]
            opened = _laid_items(entries_of, f"{indentation}(", ")", depth, width, comma=True, fills=_is_name)
        else:
            opened = _laid(first, indentation, "", depth, width - len(" = "))
        *broken, last = opened
        found += broken
        before = f"{last} = " + "".join([f"{bare_text(target)} = " for target in targets[1:]])
        if len(before) + len(text) <= width:
            found.append(before + text)
            return
    _write_broken(before, value, "", depth, width, found)


def _write_augmented(node: ast.AugAssign, depth: int, width: int, found: list[str]) -> None:
    before = f"{'    ' * depth}{expression_text(node.target)} {BINARY[type(node.op)][1]}= "
    _write_broken(before, node.value, "", depth, width, found)


def _write_expression(node: ast.Expr, depth: int, width: int, found: list[str]) -> None:
    _write_broken("    " * depth, node.value, "", depth, width, found)


def _write_return(node: ast.Return, depth: int, width: int, found: list[str]) -> None:
    before = f"{'    ' * depth}return"
    if node.value is None:
        found.append(before)
    elif len(text := f"{before} {bare_text(node.value)}") <= width:
        found.append(text)
    else:
        _write_broken(f"{before} ", node.value, "", depth, width, found)


def _write_raise(node: ast.Raise, depth: int, width: int, found: list[str]) -> None:
    cause = "" if node.cause is None else f" from {expression_text(node.cause)}"
    if node.exc is None:
        found.append(f"{'    ' * depth}raise")
    else:
        _write_broken(f"{'    ' * depth}raise ", node.exc, cause, depth, width, found)


def _write_pass(node: ast.Pass, depth: int, width: int, found: list[str]) -> None:
    found.append(f"{'    ' * depth}pass")


def _write_for(node: ast.For, depth: int, width: int, found: list[str]) -> None:
    before = f"{'    ' * depth}for {bare_text(node.target)} in "
    _write_broken(before, node.iter, ":", depth, width, found)
    found += lines(node.body, depth + 1, width)
    if node.orelse:
        found.append(f"{'    ' * depth}else:")
        found += lines(node.orelse, depth + 1, width)


def _write_if(node: ast.If, depth: int, width: int, found: list[str]) -> None:
    indentation = "    " * depth
    word = "if"
    while True:
        _write_broken(f"{indentation}{word} ", node.test, ":", depth, width, found)
        found += lines(node.body, depth + 1, width)
        if len(node.orelse) != 1 or not isinstance(node.orelse[0], ast.If):
            break
        node, word = node.orelse[0], "elif"
    if node.orelse:
        found.append(f"{indentation}else:")
        found += lines(node.orelse, depth + 1, width)


def _write_with(node: ast.With, depth: int, width: int, found: list[str]) -> None:
    indentation = "    " * depth
    texts = [_manager(each) for each in node.items]
    header = f"{indentation}with {', '.join(texts)}:"
    if len(header) <= width:
        found.append(header)
    elif len(texts) == 1 and node.items[0].optional_vars is None:
        _write_broken(f"{indentation}with ", node.items[0].context_expr, ":", depth, width, found)
    else:
        found += _laid_items(
            [(text, None, TEST) for text in texts], f"{indentation}with (", "):", depth, width, comma=True
        )
    found += lines(node.body, depth + 1, width)


def _manager(each: ast.withitem) -> str:
    # In the brackets of a tuple would stand several.
    if isinstance(each.context_expr, ast.Tuple):
        raise TypeError("no tuple is entered in generated code")
    text = expression_text(each.context_expr)
    if each.optional_vars is None:
        return text
    return f"{text} as {expression_text(each.optional_vars)}"


def _write_function(node: ast.FunctionDef, depth: int, width: int, found: list[str]) -> None:
    indentation = "    " * depth
    declared = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
    if node.returns is not None or any(each is not None and each.annotation is not None for each in declared):
        raise TypeError(f"no annotation in generated code: {node.name}")
    for decorator in node.decorator_list:
        _write_broken(f"{indentation}@", decorator, "", depth, width, found)
    parameters = _parameters(node.args)
    texts = [sign if value is None else sign + expression_text(value) for sign, value, _ in parameters]
    header = f"{indentation}def {node.name}({', '.join(texts)}):"
    if len(header) <= width:
        found.append(header)
    else:
        before = f"{indentation}def {node.name}("
        comma = len(parameters) > 1
        found += _laid_items(parameters, before, "):", depth, width, comma=comma, may_join=True)
    found += lines(node.body, depth + 1, width)


def _parameters(arguments: ast.arguments) -> list[Element]:
    """Return what stands between the commas of a signature."""
    positional = [each.arg for each in arguments.posonlyargs + arguments.args]
    without = len(positional) - len(arguments.defaults)
    found: list[Element] = [(each, None, TEST) for each in positional[:without]]
    found += [
        (f"{each}=", default, TEST) for each, default in zip(positional[without:], arguments.defaults, strict=True)
    ]
    if arguments.posonlyargs:
        found.insert(len(arguments.posonlyargs), ("/", None, TEST))
    if arguments.vararg is not None:
        found.append((f"*{arguments.vararg.arg}", None, TEST))
    elif arguments.kwonlyargs:
        found.append(("*", None, TEST))
    for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        found.append((each.arg if default is None else f"{each.arg}=", default, TEST))
    if arguments.kwarg is not None:
        found.append((f"**{arguments.kwarg.arg}", None, TEST))
    return found


_STATEMENTS: dict[type[ast.stmt], Callable[[Any, int, int, list[str]], None]] = {
    Comment: _write_comment,
    Beside: _write_beside,
    Blank: _write_blank,
    Docstring: _write_docstring,
    Turn: _write_turn,
    ast.Assign: _write_assign,
    ast.AugAssign: _write_augmented,
    ast.Expr: _write_expression,
    ast.Return: _write_return,
    ast.Raise: _write_raise,
    ast.Pass: _write_pass,
    ast.For: _write_for,
    ast.If: _write_if,
    ast.With: _write_with,
    ast.FunctionDef: _write_function,
}
