"""How tightly the expressions of Python hold together, and the signs of its operators."""

from __future__ import annotations

import ast

# How tightly an expression holds together; where less tightly than its place asks, it stands in parentheses.
TEST, OR, AND, NOT, COMPARISON, BITS, SUM, PRODUCT, SIGN, POWER, ATOM = (0, 1, 2, 3, 4, 5, 9, 10, 11, 12, 13)

BINARY: dict[type[ast.operator], tuple[int, str]] = {
    ast.BitOr: (BITS, "|"),
    ast.BitXor: (6, "^"),
    ast.BitAnd: (7, "&"),
    ast.LShift: (8, "<<"),
    ast.RShift: (8, ">>"),
    ast.Add: (SUM, "+"),
    ast.Sub: (SUM, "-"),
    ast.Mult: (PRODUCT, "*"),
    ast.Div: (PRODUCT, "/"),
    ast.FloorDiv: (PRODUCT, "//"),
    ast.Mod: (PRODUCT, "%"),
    ast.MatMult: (PRODUCT, "@"),
    ast.Pow: (POWER, "**"),
}
UNARY: dict[type[ast.unaryop], tuple[int, str]] = {
    ast.USub: (SIGN, "-"),
    ast.UAdd: (SIGN, "+"),
    ast.Invert: (SIGN, "~"),
    ast.Not: (NOT, "not "),
}
BOOLEAN: dict[type[ast.boolop], tuple[int, str]] = {ast.And: (AND, "and"), ast.Or: (OR, "or")}
RELATIONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}
"""The sign of each comparison."""


def rank(node: ast.expr) -> int:
    """Return how tightly an expression holds together."""
    if isinstance(node, ast.BinOp):
        return BINARY[type(node.op)][0]
    if isinstance(node, ast.UnaryOp):
        return UNARY[type(node.op)][0]
    if isinstance(node, ast.BoolOp):
        return BOOLEAN[type(node.op)][0]
    if isinstance(node, ast.Compare):
        return COMPARISON
    return TEST if isinstance(node, ast.IfExp) else ATOM


def least_after(node: ast.UnaryOp) -> int:
    """Return what may stand after a sign: -(a**b) and -(-a) say what is what, though nothing needs it."""
    is_sign = isinstance(node.operand, ast.UnaryOp) and rank(node.operand) == SIGN
    return ATOM if is_sign or isinstance(node.operand, ast.BinOp) else UNARY[type(node.op)][0]
