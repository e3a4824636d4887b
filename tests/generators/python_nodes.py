"""Expressions and statements of Python at random, of the kinds that generated code has."""

from __future__ import annotations

import ast
from typing import Any

from hypothesis import strategies as st

from unfoldgraph.program.python_text.nodes import Blank, Comment, function, name, parameters

LOAD = ast.Load()
OPERATORS: dict[Any, list[Any]] = {
    kind: [each() for each in kind.__subclasses__()] for kind in (ast.operator, ast.unaryop, ast.boolop, ast.cmpop)
}
NAMES = st.sampled_from(["a", "b", "x", "h_0", "np"]).map(name)
TARGETS = st.lists(NAMES, min_size=1, max_size=3).map(lambda entries: ast.Tuple(entries, LOAD))
WORDS = st.text(st.sampled_from("ab'\"\\\n{}# \x00éλ"), max_size=5)
NUMBERS = st.sampled_from([0, 1, 255, 0.5, 1e300]).map(ast.Constant)
LITERALS = st.one_of(
    st.sampled_from([True, False, None, ..., 10**20]),
    st.floats(0, allow_nan=False, allow_infinity=False),
    WORDS,
).map(ast.Constant)


def some(values: Any, least: int = 0) -> Any:
    return st.lists(values, min_size=least, max_size=3)


def starred(values: Any) -> Any:
    return values.map(lambda value: ast.Starred(value, LOAD))


def entries(values: Any, least: int = 0) -> Any:
    return some(values | starred(values), least)


def comparisons(values: Any) -> Any:
    pairs = some(st.tuples(st.sampled_from(OPERATORS[ast.cmpop]), values), 1)
    return st.builds(lambda left, right: ast.Compare(left, *map(list, zip(*right, strict=True))), values, pairs)


def dictionaries(keys: Any, values: Any) -> Any:
    found = some(st.tuples(st.none() | keys, values))
    return found.map(lambda pairs: ast.Dict([key for key, _ in pairs], [value for _, value in pairs]))


def calls(values: Any) -> Any:
    keywords = st.lists(st.sampled_from(["axis", "out", None]), unique=True).flatmap(
        lambda names: st.tuples(*[st.builds(ast.keyword, st.just(each), values) for each in names]).map(list)
    )
    return st.builds(ast.Call, values, entries(values), keywords)


def subscripts(values: Any) -> Any:
    bounds = st.none() | values
    slices = st.builds(ast.Slice, bounds, bounds, bounds)
    several = some(st.one_of(values, slices, starred(values))).map(lambda found: ast.Tuple(found, LOAD))
    return st.builds(lambda value, at: ast.Subscript(value, at, LOAD), values, slices | values | several)


def comprehensions(keys: Any, values: Any) -> Any:
    clauses = some(st.builds(ast.comprehension, NAMES | TARGETS, values, some(values), st.just(0)), 1)
    simple = [st.builds(kind, values, clauses) for kind in (ast.ListComp, ast.SetComp, ast.GeneratorExp)]
    return st.one_of(*simple, st.builds(ast.DictComp, keys, values, clauses))


def formats() -> Any:
    """Return f-strings; before Python 3.12 their values hold no backslash, and no quotes inside of quotes."""
    values = st.recursive(
        NAMES | st.sampled_from([1, "m", ", "]).map(ast.Constant),
        lambda inner: calls(inner) | subscripts(inner) | dictionaries(inner, inner) | comparisons(inner),
        max_leaves=4,
    )
    spec = st.just(ast.JoinedStr([ast.Constant(">"), ast.FormattedValue(name("b"), -1, None)]))
    parts = st.builds(ast.FormattedValue, values, st.sampled_from([-1, ord("r")]), st.none() | spec)
    return some(WORDS.map(ast.Constant) | parts).map(ast.JoinedStr)


def expressions(leaves: Any, keys: Any = None, max_leaves: int = 8) -> Any:
    """Return expressions of all kinds; `keys` are those of dictionaries, any unless given."""

    def larger(values: Any) -> Any:
        own = values if keys is None else keys
        return st.one_of(
            st.builds(ast.BinOp, values, st.sampled_from(OPERATORS[ast.operator]), values),
            st.builds(ast.UnaryOp, st.sampled_from(OPERATORS[ast.unaryop]), values),
            st.builds(ast.BoolOp, st.sampled_from(OPERATORS[ast.boolop]), some(values, 2)),
            st.builds(ast.IfExp, values, values, values),
            comparisons(values),
            calls(values),
            subscripts(values),
            st.builds(ast.Attribute, values, st.sampled_from(["T", "shape"]), st.just(LOAD)),
            st.builds(ast.Tuple, entries(values), st.just(LOAD)),
            st.builds(ast.List, entries(values), st.just(LOAD)),
            st.builds(ast.Set, entries(values, 1)),
            dictionaries(own, values),
            comprehensions(own, values),
        )

    return st.recursive(leaves, larger, max_leaves=max_leaves)


EXPRESSIONS = expressions(NAMES | NUMBERS | LITERALS | formats())


def _simple() -> Any:
    places = st.one_of(NAMES, TARGETS, st.builds(lambda at: ast.Subscript(name("h"), at, LOAD), EXPRESSIONS))
    return st.one_of(
        st.builds(ast.Assign, st.lists(places, min_size=1, max_size=2), EXPRESSIONS),
        st.builds(ast.AugAssign, NAMES, st.sampled_from(OPERATORS[ast.operator]), EXPRESSIONS),
        st.builds(ast.Expr, EXPRESSIONS),
        st.builds(ast.Return, st.none() | EXPRESSIONS),
        st.builds(ast.Raise, EXPRESSIONS, st.none() | EXPRESSIONS),
        st.builds(ast.Pass),
        st.builds(Comment, WORDS),
        st.builds(Blank),
    )


def _parameters(names: list[str], defaults: list[ast.expr]) -> list[Any]:
    """Return names of which the last have the defaults."""
    without = len(names) - len(defaults)
    return [*names[:without], *zip(names[without:], defaults, strict=True)]


def _functions(body: Any) -> Any:
    def made(names: list[str], defaults: list[ast.expr], named: list[str], others: str | None, block: Any) -> ast.stmt:
        positional = _parameters(names, defaults[: len(names)])
        keyword_only = [(each, defaults[0]) if defaults else each for each in named]
        taken = parameters(*positional, keyword_only=keyword_only, others=others, other_keywords=others and "more")
        return function("f", taken, block)

    names, named = st.sampled_from([[], ["x"], ["x", "y"]]), st.sampled_from([[], ["h0"], ["h0", "c0"]])
    return st.builds(made, names, some(EXPRESSIONS), named, st.sampled_from([None, "arrays"]), body)


def _blocks(statements: Any) -> Any:
    body = st.lists(statements, max_size=2).map(lambda found: [*found, ast.Pass()])
    # A tuple opens no block.
    opening = EXPRESSIONS.map(lambda found: name("np") if isinstance(found, ast.Tuple) else found)
    managers = some(st.builds(ast.withitem, opening, st.none() | NAMES), 1)
    conditions = st.builds(ast.If, EXPRESSIONS, body, st.just([]) | body)
    return st.one_of(
        st.builds(ast.For, NAMES | TARGETS, EXPRESSIONS, body, st.just([]) | body),
        st.builds(ast.If, EXPRESSIONS, body, conditions.map(lambda found: [found])),
        conditions,
        st.builds(ast.With, managers, body),
        _functions(body),
    )


STATEMENTS = st.recursive(_simple(), _blocks, max_leaves=3)


def structure(node: Any) -> Any:
    """Return what a node says: not whether it is read or written, nor comments, nor how its words are parted."""
    if isinstance(node, list):
        return [structure(each) for each in node if not isinstance(each, (Comment, Blank))]
    if isinstance(node, ast.Constant):
        return type(node.value).__name__, repr(node.value)
    if not isinstance(node, ast.AST):
        return node
    fields = {field: structure(getattr(node, field, None)) for field in node._fields if field != "ctx"}
    if isinstance(node, ast.JoinedStr):
        fields["values"] = _in_one_piece(node.values)
    return type(node).__name__, {field: value for field, value in fields.items() if value not in (None, [])}


def _in_one_piece(parts: list[ast.expr]) -> list[Any]:
    """Return the parts of an f-string with words that are beside each other as one."""
    found: list[Any] = [""]
    for part in parts:
        if isinstance(part, ast.Constant):
            found[-1] += part.value
        else:
            found += [structure(part), ""]
    return found
