"""The tables of the parser, made from the grammar by `tests/support/parser_tables.py`: not to be edited."""

from __future__ import annotations

from unfoldgraph.base.names import NAME_PATTERN

# fmt: off
#: The tokens, in the order in which they are tried.
TERMINALS = (
    ("NAME", NAME_PATTERN),
    ("NUMBER", r"(?:[0-9]+\.(?!\.)[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][+-]?[0-9]+)?"),
    ("STRING", r'"(?:[^"\\\n]|\\.)*"'),
    ("NEWLINE", r"[\r\n][\r\n \t\f]*"),
    ("__IGNORE_1", r"#[^\n\r]*"),
    ("__IGNORE_0", r"[ \t\f]+"),
    ("COMPARISON", r"(?:<=|>=|==|!=|<|>)"),
    ("TRANSPOSE", r"\.T(?!\w)"),
    ("POWER", r"\*\*"),
    ("__ANON_0", r"\.\."),
    ("AT", r"@"),
    ("COLON", r":"),
    ("COMMA", r","),
    ("EQUAL", r"="),
    ("LPAR", r"\("),
    ("LSQB", r"\["),
    ("MINUS", r"\-"),
    ("PERCENT", r"%"),
    ("PLUS", r"\+"),
    ("QMARK", r"\?"),
    ("RPAR", r"\)"),
    ("RSQB", r"\]"),
    ("SEMICOLON", r";"),
    ("SLASH", r"/"),
    ("STAR", r"\*"),
)
#: Those that are passed over.
IGNORED = frozenset(["__IGNORE_0", "__IGNORE_1"])
#: What looks like a name and is none.
KEYWORDS = {
    "end": "END", "inf": "INF", "for": "FOR", "title": "TITLE", "def": "DEF", "if": "IF", "else": "ELSE", "or": "OR",
    "xor": "XOR", "and": "AND", "not": "NOT", "in": "IN",
}
#: Of each rule what it makes, of how many parts, the name of its action, and what that is given: the part
#: at a position, -1 for one that is missing, and whether it is a list of its own.
RULES: tuple[tuple[str, int, str, tuple[tuple[int, bool], ...]], ...] = (
    ("__bindings_star_3", 2, "", ((1, False),)),
    ("__bindings_star_3", 3, "", ((0, True), (2, False))),
    ("__items_star_4", 2, "", ((1, False),)),
    ("__items_star_4", 3, "", ((0, True), (2, False))),
    ("__list_star_2", 2, "", ((1, False),)),
    ("__list_star_2", 3, "", ((0, True), (2, False))),
    ("__names_star_0", 2, "", ((1, False),)),
    ("__names_star_0", 3, "", ((0, True), (2, False))),
    ("__shape_star_1", 2, "", ((1, False),)),
    ("__shape_star_1", 3, "", ((0, True), (2, False))),
    ("arguments", 3, "arguments", ((0, False), (1, False), (2, False))),
    ("arguments", 2, "arguments", ((0, False), (1, False), (-1, False))),
    ("arguments", 1, "arguments", ((0, False), (-1, False), (-1, False))),
    ("arguments", 2, "arguments", ((-1, False), (0, False), (1, False))),
    ("arguments", 1, "arguments", ((-1, False), (0, False), (-1, False))),
    ("arguments", 0, "arguments", ((-1, False), (-1, False), (-1, False))),
    ("arguments", 5, "over", ((0, False), (2, False), (4, False))),
    ("arguments", 3, "over", ((0, False), (2, False), (-1, False))),
    ("atom", 1, "number", ((0, False),)),
    ("atom", 1, "infinity", ((0, False),)),
    ("atom", 1, "name", ((0, False),)),
    ("atom", 1, "end", ((0, False),)),
    ("atom", 4, "apply", ((0, False), (2, False), (3, False))),
    ("atom", 4, "length", ((0, False), (2, False), (3, False))),
    ("atom", 3, "group", ((0, False), (1, False), (2, False))),
    ("binding", 1, "binding", ((0, False),)),
    ("binding", 5, "binding", ((0, False), (2, False), (4, False))),
    ("bindings", 2, "bindings", ((0, False), (1, True))),
    ("bindings", 1, "bindings", ((0, False),)),
    ("comparison", 1, "only", ((0, False),)),
    ("comparison", 3, "infix", ((0, False), (1, False), (2, False))),
    ("conjunction", 1, "only", ((0, False),)),
    ("conjunction", 3, "and_", ((0, False), (2, False))),
    ("disjunction", 1, "only", ((0, False),)),
    ("disjunction", 3, "or_", ((0, False), (2, False))),
    ("exclusive", 1, "only", ((0, False),)),
    ("exclusive", 3, "xor", ((0, False), (2, False))),
    ("expression", 1, "only", ((0, False),)),
    ("expression", 5, "where", ((0, False), (2, False), (4, False))),
    ("item", 1, "only", ((0, False),)),
    ("item", 3, "slice", ((0, False), (1, False), (2, False))),
    ("item", 2, "slice", ((0, False), (1, False), (-1, False))),
    ("item", 2, "slice", ((-1, False), (0, False), (1, False))),
    ("item", 1, "slice", ((-1, False), (0, False), (-1, False))),
    ("items", 2, "items", ((0, False), (1, True))),
    ("items", 1, "items", ((0, False),)),
    ("list", 2, "list", ((0, False), (1, True))),
    ("list", 1, "list", ((0, False),)),
    ("names", 2, "names", ((0, False), (1, True))),
    ("names", 1, "names", ((0, False),)),
    ("negation", 1, "only", ((0, False),)),
    ("negation", 2, "not_", ((1, False),)),
    ("postfix", 1, "only", ((0, False),)),
    ("postfix", 2, "transpose", ((0, False), (1, False))),
    ("postfix", 4, "subscript", ((0, False), (2, False), (3, False))),
    ("power", 1, "only", ((0, False),)),
    ("power", 3, "infix", ((0, False), (1, False), (2, False))),
    ("product", 1, "only", ((0, False),)),
    ("product", 3, "infix", ((0, False), (1, False), (2, False))),
    ("product", 3, "infix", ((0, False), (1, False), (2, False))),
    ("product", 3, "infix", ((0, False), (1, False), (2, False))),
    ("product", 3, "infix", ((0, False), (1, False), (2, False))),
    ("shape", 1, "shape", ((0, False),)),
    ("shape", 2, "shape", ()),
    ("shape", 5, "shape", ((1, False), (2, True))),
    ("shape", 4, "shape", ((1, False), (2, True))),
    ("shape", 4, "shape", ((1, False),)),
    ("shape", 3, "shape", ((1, False),)),
    ("shape", 1, "open_shape", ()),
    ("size", 1, "size", ((0, False),)),
    ("size", 1, "size", ((0, False),)),
    ("statement", 2, "version", ((0, False), (1, False))),
    ("statement", 2, "title", ((1, False),)),
    ("statement", 4, "grouped", ((0, False), (1, False), (3, False))),
    ("statement", 3, "declaration", ((0, False), (2, False))),
    ("statement", 7, "definition", ((1, False), (3, False), (6, False))),
    ("statement", 5, "equation", ((0, False), (2, False), (4, False))),
    ("statement", 3, "equation", ((0, False), (2, False), (-1, False))),
    ("sum", 1, "only", ((0, False),)),
    ("sum", 3, "infix", ((0, False), (1, False), (2, False))),
    ("sum", 3, "infix", ((0, False), (1, False), (2, False))),
    ("unary", 1, "only", ((0, False),)),
    ("unary", 2, "negative", ((0, False), (1, False))),
    ("unary", 2, "positive", ((0, False), (1, False))),
)
#: Of each state the one that follows a token or what a rule makes.
ROWS: tuple[dict[str, int], ...] = (
    {
        "DEF": 1, "END": 2, "GROUP": 3, "INF": 4, "LPAR": 5, "MINUS": 6, "NAME": 7, "NOT": 8, "NUMBER": 9,
        "PLUS": 10, "TITLE": 11, "atom": 12, "comparison": 13, "conjunction": 14, "disjunction": 15, "exclusive": 16,
        "expression": 17, "list": 18, "negation": 19, "postfix": 20, "power": 21, "product": 22, "statement": 23,
        "sum": 24, "unary": 25,
    },
    {
        "NAME": 26,
    },
    {
        "LPAR": 27,
    },
    {
        "STRING": 28,
    },
    {
    },
    {
        "END": 2, "INF": 4, "LPAR": 5, "MINUS": 6, "NAME": 29, "NOT": 8, "NUMBER": 9, "PLUS": 10, "atom": 12,
        "comparison": 13, "conjunction": 14, "disjunction": 15, "exclusive": 16, "expression": 30, "negation": 19,
        "postfix": 20, "power": 21, "product": 22, "sum": 24, "unary": 25,
    },
    {
        "END": 2, "INF": 4, "LPAR": 5, "MINUS": 6, "NAME": 29, "NUMBER": 9, "PLUS": 10, "atom": 12, "postfix": 20,
        "power": 21, "unary": 31,
    },
    {
        "LPAR": 32, "NUMBER": 33,
    },
    {
        "END": 2, "INF": 4, "LPAR": 5, "MINUS": 6, "NAME": 29, "NOT": 8, "NUMBER": 9, "PLUS": 10, "atom": 12,
        "comparison": 13, "negation": 34, "postfix": 20, "power": 21, "product": 22, "sum": 24, "unary": 25,
    },
    {
    },
    {
        "END": 2, "INF": 4, "LPAR": 5, "MINUS": 6, "NAME": 29, "NUMBER": 9, "PLUS": 10, "atom": 12, "postfix": 20,
        "power": 21, "unary": 35,
    },
    {
        "STRING": 36,
    },
    {
    },
    {
    },
    {
        "AND": 37,
    },
    {
        "IF": 38, "OR": 39,
    },
    {
        "XOR": 40,
    },
    {
        "COMMA": 41, "EQUAL": 42, "__list_star_2": 43,
    },
    {
        "COLON": 44,
    },
    {
    },
    {
        "LSQB": 45, "POWER": 46, "TRANSPOSE": 47,
    },
    {
    },
    {
        "AT": 48, "PERCENT": 49, "SLASH": 50, "STAR": 51,
    },
    {
        "$END": 0,
    },
    {
        "COMPARISON": 52, "MINUS": 53, "PLUS": 54,
    },
    {
    },
    {
        "LPAR": 55,
    },
    {
        "NAME": 56,
    },
    {
        "COLON": 57,
    },
    {
        "LPAR": 32,
    },
    {
        "RPAR": 58,
    },
    {
    },
    {
        "END": 2, "INF": 4, "LPAR": 5, "MINUS": 6, "NAME": 29, "NOT": 8, "NUMBER": 9, "PLUS": 10, "SEMICOLON": 59,
        "arguments": 60, "atom": 12, "comparison": 13, "conjunction": 14, "disjunction": 15, "exclusive": 16,
        "expression": 61, "list": 62, "negation": 19, "postfix": 20, "power": 21, "product": 22, "sum": 24,
        "unary": 25,
    },
    {
    },
    {
    },
    {
    },
    {
    },
    {
        "END": 2, "INF": 4, "LPAR": 5, "MINUS": 6, "NAME": 29, "NOT": 8, "NUMBER": 9, "PLUS": 10, "atom": 12,
        "comparison": 13, "negation": 63, "postfix": 20, "power": 21, "product": 22, "sum": 24, "unary": 25,
    },
    {
        "END": 2, "INF": 4, "LPAR": 5, "MINUS": 6, "NAME": 29, "NOT": 8, "NUMBER": 9, "PLUS": 10, "atom": 12,
        "comparison": 13, "conjunction": 14, "disjunction": 64, "exclusive": 16, "negation": 19, "postfix": 20,
        "power": 21, "product": 22, "sum": 24, "unary": 25,
    },
    {
        "END": 2, "INF": 4, "LPAR": 5, "MINUS": 6, "NAME": 29, "NOT": 8, "NUMBER": 9, "PLUS": 10, "atom": 12,
        "comparison": 13, "conjunction": 14, "exclusive": 65, "negation": 19, "postfix": 20, "power": 21,
        "product": 22, "sum": 24, "unary": 25,
    },
    {
        "END": 2, "INF": 4, "LPAR": 5, "MINUS": 6, "NAME": 29, "NOT": 8, "NUMBER": 9, "PLUS": 10, "atom": 12,
        "comparison": 13, "conjunction": 66, "negation": 19, "postfix": 20, "power": 21, "product": 22, "sum": 24,
        "unary": 25,
    },
    {
        "END": 2, "INF": 4, "LPAR": 5, "MINUS": 6, "NAME": 29, "NOT": 8, "NUMBER": 9, "PLUS": 10, "atom": 12,
        "comparison": 13, "conjunction": 14, "disjunction": 15, "exclusive": 16, "expression": 67, "negation": 19,
        "postfix": 20, "power": 21, "product": 22, "sum": 24, "unary": 25,
    },
    {
        "END": 2, "INF": 4, "LPAR": 5, "MINUS": 6, "NAME": 29, "NOT": 8, "NUMBER": 9, "PLUS": 10, "atom": 12,
        "comparison": 13, "conjunction": 14, "disjunction": 15, "exclusive": 16, "expression": 68, "negation": 19,
        "postfix": 20, "power": 21, "product": 22, "sum": 24, "unary": 25,
    },
    {
        "COMMA": 69,
    },
    {
        "LPAR": 70, "NAME": 71, "NUMBER": 72, "QMARK": 73, "shape": 74, "size": 75,
    },
    {
        "COLON": 76, "END": 2, "INF": 4, "LPAR": 5, "MINUS": 6, "NAME": 29, "NOT": 8, "NUMBER": 9, "PLUS": 10,
        "atom": 12, "comparison": 13, "conjunction": 14, "disjunction": 15, "exclusive": 16, "expression": 77,
        "item": 78, "items": 79, "negation": 19, "postfix": 20, "power": 21, "product": 22, "sum": 24, "unary": 25,
    },
    {
        "END": 2, "INF": 4, "LPAR": 5, "MINUS": 6, "NAME": 29, "NUMBER": 9, "PLUS": 10, "atom": 12, "postfix": 20,
        "power": 21, "unary": 80,
    },
    {
    },
    {
        "END": 2, "INF": 4, "LPAR": 5, "MINUS": 6, "NAME": 29, "NUMBER": 9, "PLUS": 10, "atom": 12, "postfix": 20,
        "power": 21, "unary": 81,
    },
    {
        "END": 2, "INF": 4, "LPAR": 5, "MINUS": 6, "NAME": 29, "NUMBER": 9, "PLUS": 10, "atom": 12, "postfix": 20,
        "power": 21, "unary": 82,
    },
    {
        "END": 2, "INF": 4, "LPAR": 5, "MINUS": 6, "NAME": 29, "NUMBER": 9, "PLUS": 10, "atom": 12, "postfix": 20,
        "power": 21, "unary": 83,
    },
    {
        "END": 2, "INF": 4, "LPAR": 5, "MINUS": 6, "NAME": 29, "NUMBER": 9, "PLUS": 10, "atom": 12, "postfix": 20,
        "power": 21, "unary": 84,
    },
    {
        "END": 2, "INF": 4, "LPAR": 5, "MINUS": 6, "NAME": 29, "NUMBER": 9, "PLUS": 10, "atom": 12, "postfix": 20,
        "power": 21, "product": 22, "sum": 85, "unary": 25,
    },
    {
        "END": 2, "INF": 4, "LPAR": 5, "MINUS": 6, "NAME": 29, "NUMBER": 9, "PLUS": 10, "atom": 12, "postfix": 20,
        "power": 21, "product": 86, "unary": 25,
    },
    {
        "END": 2, "INF": 4, "LPAR": 5, "MINUS": 6, "NAME": 29, "NUMBER": 9, "PLUS": 10, "atom": 12, "postfix": 20,
        "power": 21, "product": 87, "unary": 25,
    },
    {
        "NAME": 88, "names": 89,
    },
    {
        "RPAR": 90,
    },
    {
        "NAME": 88, "names": 91,
    },
    {
    },
    {
        "END": 2, "INF": 4, "LPAR": 5, "MINUS": 6, "NAME": 29, "NOT": 8, "NUMBER": 9, "PLUS": 10, "atom": 12,
        "comparison": 13, "conjunction": 14, "disjunction": 15, "exclusive": 16, "expression": 92, "list": 93,
        "negation": 19, "postfix": 20, "power": 21, "product": 22, "sum": 24, "unary": 25,
    },
    {
        "RPAR": 94,
    },
    {
        "COMMA": 41, "FOR": 95, "__list_star_2": 43,
    },
    {
        "SEMICOLON": 96,
    },
    {
    },
    {
        "ELSE": 97, "OR": 39,
    },
    {
        "XOR": 40,
    },
    {
        "AND": 37,
    },
    {
    },
    {
        "FOR": 98,
    },
    {
        "END": 2, "INF": 4, "LPAR": 5, "MINUS": 6, "NAME": 29, "NOT": 8, "NUMBER": 9, "PLUS": 10, "atom": 12,
        "comparison": 13, "conjunction": 14, "disjunction": 15, "exclusive": 16, "expression": 99, "negation": 19,
        "postfix": 20, "power": 21, "product": 22, "sum": 24, "unary": 25,
    },
    {
        "NAME": 71, "NUMBER": 72, "RPAR": 100, "size": 101,
    },
    {
    },
    {
    },
    {
    },
    {
    },
    {
    },
    {
        "END": 2, "INF": 4, "LPAR": 5, "MINUS": 6, "NAME": 29, "NOT": 8, "NUMBER": 9, "PLUS": 10, "atom": 12,
        "comparison": 13, "conjunction": 14, "disjunction": 15, "exclusive": 16, "expression": 102, "negation": 19,
        "postfix": 20, "power": 21, "product": 22, "sum": 24, "unary": 25,
    },
    {
        "COLON": 103,
    },
    {
        "COMMA": 104, "__items_star_4": 105,
    },
    {
        "RSQB": 106,
    },
    {
    },
    {
    },
    {
    },
    {
    },
    {
    },
    {
        "MINUS": 53, "PLUS": 54,
    },
    {
        "AT": 48, "PERCENT": 49, "SLASH": 50, "STAR": 51,
    },
    {
        "AT": 48, "PERCENT": 49, "SLASH": 50, "STAR": 51,
    },
    {
        "COMMA": 107, "__names_star_0": 108,
    },
    {
        "RPAR": 109,
    },
    {
    },
    {
    },
    {
        "COMMA": 41, "__list_star_2": 43,
    },
    {
    },
    {
    },
    {
        "NAME": 110, "binding": 111, "bindings": 112,
    },
    {
        "END": 2, "INF": 4, "LPAR": 5, "MINUS": 6, "NAME": 29, "NOT": 8, "NUMBER": 9, "PLUS": 10, "atom": 12,
        "comparison": 13, "conjunction": 14, "disjunction": 15, "exclusive": 16, "expression": 92, "list": 113,
        "negation": 19, "postfix": 20, "power": 21, "product": 22, "sum": 24, "unary": 25,
    },
    {
        "END": 2, "INF": 4, "LPAR": 5, "MINUS": 6, "NAME": 29, "NOT": 8, "NUMBER": 9, "PLUS": 10, "atom": 12,
        "comparison": 13, "conjunction": 14, "disjunction": 15, "exclusive": 16, "expression": 114, "negation": 19,
        "postfix": 20, "power": 21, "product": 22, "sum": 24, "unary": 25,
    },
    {
        "NAME": 110, "binding": 111, "bindings": 115,
    },
    {
    },
    {
    },
    {
        "COMMA": 116, "RPAR": 117, "__shape_star_1": 118,
    },
    {
    },
    {
        "END": 2, "INF": 4, "LPAR": 5, "MINUS": 6, "NAME": 29, "NOT": 8, "NUMBER": 9, "PLUS": 10, "atom": 12,
        "comparison": 13, "conjunction": 14, "disjunction": 15, "exclusive": 16, "expression": 119, "negation": 19,
        "postfix": 20, "power": 21, "product": 22, "sum": 24, "unary": 25,
    },
    {
        "COLON": 76, "END": 2, "INF": 4, "LPAR": 5, "MINUS": 6, "NAME": 29, "NOT": 8, "NUMBER": 9, "PLUS": 10,
        "atom": 12, "comparison": 13, "conjunction": 14, "disjunction": 15, "exclusive": 16, "expression": 77,
        "item": 120, "negation": 19, "postfix": 20, "power": 21, "product": 22, "sum": 24, "unary": 25,
    },
    {
        "COMMA": 121,
    },
    {
    },
    {
        "NAME": 122,
    },
    {
        "COMMA": 123,
    },
    {
        "EQUAL": 124,
    },
    {
        "IN": 125,
    },
    {
        "COMMA": 126, "__bindings_star_3": 127,
    },
    {
        "IF": 128,
    },
    {
    },
    {
    },
    {
    },
    {
        "NAME": 71, "NUMBER": 72, "RPAR": 129, "size": 130,
    },
    {
    },
    {
        "COMMA": 131, "RPAR": 132,
    },
    {
    },
    {
    },
    {
        "COLON": 76, "END": 2, "INF": 4, "LPAR": 5, "MINUS": 6, "NAME": 29, "NOT": 8, "NUMBER": 9, "PLUS": 10,
        "atom": 12, "comparison": 13, "conjunction": 14, "disjunction": 15, "exclusive": 16, "expression": 77,
        "item": 133, "negation": 19, "postfix": 20, "power": 21, "product": 22, "sum": 24, "unary": 25,
    },
    {
    },
    {
        "NAME": 134,
    },
    {
        "END": 2, "INF": 4, "LPAR": 5, "MINUS": 6, "NAME": 29, "NOT": 8, "NUMBER": 9, "PLUS": 10, "atom": 12,
        "comparison": 13, "conjunction": 14, "disjunction": 15, "exclusive": 16, "expression": 135, "negation": 19,
        "postfix": 20, "power": 21, "product": 22, "sum": 24, "unary": 25,
    },
    {
        "END": 2, "INF": 4, "LPAR": 5, "MINUS": 6, "NAME": 29, "NUMBER": 9, "PLUS": 10, "atom": 12, "postfix": 20,
        "power": 21, "product": 22, "sum": 136, "unary": 25,
    },
    {
        "NAME": 110, "binding": 137,
    },
    {
        "COMMA": 138,
    },
    {
        "END": 2, "INF": 4, "LPAR": 5, "MINUS": 6, "NAME": 29, "NOT": 8, "NUMBER": 9, "PLUS": 10, "atom": 12,
        "comparison": 13, "conjunction": 14, "disjunction": 139, "exclusive": 16, "negation": 19, "postfix": 20,
        "power": 21, "product": 22, "sum": 24, "unary": 25,
    },
    {
    },
    {
    },
    {
        "NAME": 71, "NUMBER": 72, "RPAR": 140, "size": 141,
    },
    {
    },
    {
    },
    {
    },
    {
    },
    {
        "MINUS": 53, "PLUS": 54, "__ANON_0": 142,
    },
    {
    },
    {
        "NAME": 110, "binding": 143,
    },
    {
        "OR": 39,
    },
    {
    },
    {
    },
    {
        "END": 2, "INF": 4, "LPAR": 5, "MINUS": 6, "NAME": 29, "NUMBER": 9, "PLUS": 10, "atom": 12, "postfix": 20,
        "power": 21, "product": 22, "sum": 144, "unary": 25,
    },
    {
    },
    {
        "MINUS": 53, "PLUS": 54,
    },
)
#: The rule that ends in a state; -1 for none.
REDUCTIONS = (
    -1, -1, 21, -1, 19, -1, -1, 20, -1, 18, -1, -1, 52, 50, 35, 37, 33, 47, -1, 31, 55, 81, 78, -1, 29, 57, -1, -1,
    -1, 20, -1, 82, 15, 71, 51, 83, 72, -1, -1, -1, -1, -1, -1, 46, -1, -1, -1, 53, -1, -1, -1, -1, -1, -1, -1, -1,
    -1, -1, 24, 14, -1, 47, 12, 32, -1, 34, 36, 4, 77, -1, -1, 69, 70, 68, 74, 62, 43, 39, 45, -1, 56, 61, 60, 59,
    58, 30, 80, 79, 49, -1, 23, 73, 47, 13, 22, -1, 11, -1, -1, 5, 63, -1, 42, 41, -1, 44, 54, -1, 48, -1, 25, 28,
    17, 10, 38, 76, -1, 67, -1, 40, 2, -1, 6, -1, -1, -1, -1, 27, -1, 66, 8, -1, 65, 3, 7, 75, -1, 0, -1, 16, 64, 9,
    -1, 1, 26,
)
