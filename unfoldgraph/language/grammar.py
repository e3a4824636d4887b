"""From text to syntax: tokens, one statement at a time, each token's place kept.

The grammar is LALR(1). Statements are parsed one by one, so that a mistake in one line hides none in the
others. What a name means is not decided here; see `names`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from unfoldgraph.errors import Findings, Source, Span
from unfoldgraph.expression import Term, exact, postorder
from unfoldgraph.limits import DIGITS, NESTING, TERMS
from unfoldgraph.notation import canonical

if TYPE_CHECKING:
    from lark import Lark, Token
    from lark.exceptions import UnexpectedToken

GRAMMAR = r"""
statement: NAME NUMBER                                  -> version
         | "title" STRING                               -> title
         | places ":" shape                             -> declaration
         | "def" NAME "(" names ")" "=" expression      -> definition
         | place "=" expression                         -> equation

places: place ("," place)*
place: NAME | NAME "(" arguments ")" | NAME "[" items "]"
names: NAME ("," NAME)*
shape: size | "(" ")" | "(" size ("," size)* ","? ")" | "?" -> open_shape
size: NAME | NUMBER

?expression: disjunction | disjunction "if" disjunction "else" expression -> where
?disjunction: exclusive | disjunction "or" exclusive    -> or_
?exclusive: conjunction | exclusive "xor" conjunction   -> xor
?conjunction: negation | conjunction "and" negation     -> and_
?negation: comparison | "not" negation                  -> not_
?comparison: sum | sum COMPARISON sum                   -> infix
?sum: product | sum (PLUS | MINUS) product              -> infix
?product: unary | product (STAR | SLASH | PERCENT | AT) unary -> infix
?unary: power | MINUS unary -> negative | PLUS unary    -> positive
?power: postfix | postfix POWER unary                   -> infix
?postfix: atom | postfix TRANSPOSE -> transpose | postfix "[" items "]" -> subscript
?atom: NUMBER -> number | NAME -> name | END -> end | NAME "(" arguments ")" -> apply
     | END "(" NAME ")" -> length | "(" expression ")" -> group

arguments: [list] [";" list] | expression "for" bindings -> over
list: expression ("," expression)*
bindings: binding ("," binding)*
binding: NAME | NAME "in" bound ".." bound
bound: NUMBER | MINUS NUMBER
items: item ("," item)*
?item: expression | [expression] COLON [expression]     -> slice

COMPARISON: "<=" | ">=" | "==" | "!=" | "<" | ">"
POWER: "**"
PLUS: "+"
MINUS: "-"
STAR: "*"
SLASH: "/"
PERCENT: "%"
AT: "@"
COLON: ":"
END: "end"
TRANSPOSE: /\.T(?!\w)/
NAME: /[A-Za-zΑ-Ωα-ω][A-Za-zΑ-Ωα-ω0-9_]*/
NUMBER: /(?:[0-9]+\.(?!\.)[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][+-]?[0-9]+)?/
STRING: /"(?:[^"\\\n]|\\.)*"/
NEWLINE: /\r\n|\n|\r/
%ignore /[ \t\f\ufeff]+/
%ignore /#[^\n\r]*/
"""
RESERVED = frozenset("def title for in if else and or xor not end".split())

_INFIX = {
    "<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq", "!=": "ne", "+": "add", "-": "sub",
    "*": "mul", "/": "div", "%": "mod", "@": "matmul", "**": "pow",
}  # fmt: skip
_CLOSING = {"(": ")", "[": "]"}
#: What to type for a character that is not in the language.
_PLAIN = {
    "−": "-", "–": "-", "—": "-", "×": "*", "·": "*", "⋅": "*", "∗": "*", "÷": "/", "≤": "<=", "≥": ">=",
    "≠": "!=", "²": "**2", "³": "**3", "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "⊙": "*", "∧": "and",
    "∨": "or", "¬": "not", "…": "..", "\u00a0": "a space", "√": "sqrt(…)", "^": "**", "&": "and", "|": "or",
    "~": "not", "!": "not",
}  # fmt: skip
#: Cyrillic letters that look like Latin ones.
_LOOKALIKE = dict(zip("АВЕКМНОРСТХасеорхуіј", "ABEKMHOPCTXaceopxyij", strict=True))


@dataclass(frozen=True, slots=True)
class Place:
    """A left side or a declared name: `h(t)`, `b`."""

    name: str
    indices: tuple[Term, ...] | None
    span: Span
    name_span: Span


@dataclass(frozen=True, slots=True)
class Declared:
    """`x(t), y(t) : n`; the shape is None for `?`."""

    places: tuple[Place, ...]
    shape: tuple[int | str, ...] | None


@dataclass(frozen=True, slots=True)
class Defined:
    """`def f(h, x) = …`."""

    name: str
    arguments: tuple[str, ...]
    body: Term
    span: Span


@dataclass(frozen=True, slots=True)
class Equated:
    """`h(t) = …`."""

    place: Place
    right: Term


@dataclass(frozen=True, slots=True)
class Titled:
    """`title "…"`."""

    title: str


@dataclass(frozen=True, slots=True)
class Versioned:
    """`unfoldgraph 1`."""

    word: str
    number: Term
    span: Span


Syntax = Declared | Defined | Equated | Titled | Versioned


def parse(source: Source, findings: Findings) -> list[Syntax]:
    """Return the statements of a text; what cannot be read goes to `findings`.

    The terms of the result have the operators of the table and, for what only `names` can decide, `name`,
    `apply`, `over`, `subscript`, `end`, and `slice`.
    """
    from lark.exceptions import UnexpectedToken

    found: list[Syntax] = []
    for tokens in _statements(_tokens(source, findings), findings):
        parser = _parser().parse_interactive()
        opened: list[Token] = []
        try:
            for token in tokens:
                parser.feed_token(token)
                if str(token) in _CLOSING:
                    opened.append(token)
                elif str(token) in _CLOSING.values() and opened:
                    opened.pop()
            statement = parser.feed_eof(tokens[-1])
        except UnexpectedToken as unexpected:
            _report(unexpected, tokens, opened, findings)
            continue
        if _is_bounded(statement, findings):
            found.append(statement)
    return found


@lru_cache(maxsize=1)
def _parser() -> Lark:
    """Return the parser, built when the first text is read."""
    from lark import Lark

    return Lark(GRAMMAR, parser="lalr", lexer="basic", start="statement", transformer=_Actions(), postlex=_KeepLines())


class _KeepLines:
    """Keeps the line breaks that no rule of the grammar mentions: statements are split before parsing."""

    always_accept = ("NEWLINE",)

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """Return the tokens as they are."""
        return stream


def _tokens(source: Source, findings: Findings) -> Iterator[Token]:
    """Yield the tokens of a text; a character that is not in the language ends the statement it is in."""
    from lark import Token
    from lark.exceptions import UnexpectedCharacters

    text, start = source.text, 0
    while start < len(text):
        # The lexer starts afresh after a foreign character, on the same text, so that places stay true.
        try:
            for token in _parser().lex(text[start:]):
                assert token.start_pos is not None and token.end_pos is not None
                token.start_pos += start
                token.end_pos += start
                yield token
            return
        except UnexpectedCharacters as foreign:
            position = start + foreign.pos_in_stream
            _report_character(text, position, findings)
            stop = min((at for mark in "\n\r" if (at := text.find(mark, position)) >= 0), default=len(text))
            yield Token("BROKEN", "", position, end_pos=position)
            start = stop


def _statements(tokens: Iterator[Token], findings: Findings) -> Iterator[list[Token]]:
    """Split at line breaks and semicolons that are not inside brackets."""
    statement: list[Token] = []
    opened: list[Token] = []
    broken = False
    previous: Token | None = None
    for token in tokens:
        ends = token.type == "NEWLINE" or token == ";"
        if token.type == "BROKEN":
            broken, opened = True, []
        elif ends and not opened:
            if statement and not broken:
                yield statement
            statement, broken = [], False
        elif token.type != "NEWLINE":
            broken |= not _is_plain(token, previous, findings)
            if token in _CLOSING:
                opened.append(token)
                if len(opened) == NESTING + 1:
                    findings.error(f"brackets are nested more than {NESTING} deep", _span(token), "name the parts")
                    findings.stop()
            elif token in _CLOSING.values() and not broken:
                if not opened:
                    findings.error(f"'{token}' closes nothing", _span(token), "remove it, or write its opening bracket")
                    broken = True
                elif _CLOSING[opened[-1]] != token:
                    also = [(_span(opened[-1]), "opened here")]
                    findings.error(f"'{token}' where '{_CLOSING[opened[-1]]}' was expected", _span(token), None, also)
                    broken, opened = True, []
                else:
                    opened.pop()
            statement.append(token)
        previous = token
    if statement and not broken:
        yield statement


def _is_plain(token: Token, previous: Token | None, findings: Findings) -> bool:
    """Check a token by itself: numbers must end where they end, and be finite and of bearable length."""
    touches = previous is not None and previous.end_pos == token.start_pos
    if touches and previous is not None and previous.type == "NUMBER" and token.type in {"NAME", "NUMBER", "END"}:
        written = f"{previous}{token}"
        span = Span(_span(previous).start, _span(token).end)
        example = f"write {previous}*{token}" if token.type == "NAME" and not token.startswith(("_", "x", "e")) else None
        if token.type == "NAME" and token == "x" or token.startswith("x") and not token[1:].isalnum():
            example = f"write {previous}*{token}"
        findings.error(f"'{written}' is neither a number nor a name", span, example or "numbers are decimal: 10, 0.5, 1e-3")
        return False
    if token.type == "NUMBER":
        mantissa, _, exponent = token.lower().partition("e")
        too_long = len(token) > DIGITS or len(exponent.strip("+-0")) > 3 or abs(int(exponent or 0)) > DIGITS
        if too_long:
            findings.error("this number is out of range", _span(token), f"at most {DIGITS} digits, between 1e-308 and 1e308")
            return False
        try:
            float(Fraction(Decimal(token)))
        except OverflowError:
            findings.error(f"{token} is out of range", _span(token), "numbers lie between -1.8e308 and 1.8e308")
            return False
        if len(mantissa) > 1 and mantissa.isdigit() and mantissa.startswith("0") and mantissa.strip("0"):
            findings.error(f"{token} starts with a zero", _span(token), f"write {mantissa.lstrip('0')}")
            return False
    return True


def _is_bounded(statement: Syntax, findings: Findings) -> bool:
    """Check the length of the sums of a statement."""
    right = statement.right if isinstance(statement, Equated) else statement.body if isinstance(statement, Defined) else None
    if right is None:
        return True
    terms = 1 + sum(term.operator in ("add", "sub") for term in postorder([right]))
    if terms > TERMS:
        findings.error(f"this statement adds up {terms} terms; the limit is {TERMS}", right.span, "use a reduction: sum(… for t)")
    return terms <= TERMS


def _report(unexpected: UnexpectedToken, tokens: list[Token], opened: list[Token], findings: Findings) -> None:
    """Say what stands in the wrong place and what was expected there."""
    expected = _expected(set(unexpected.accepts or unexpected.expected))
    token = unexpected.token
    also = [(_span(opened[-1]), "opened here")] if opened else []
    if token.type == "$END":
        end = _span(tokens[-1]).end
        findings.error(f"this ends too early: {expected} is missing", Span(end, end + 1), None, also)
        return
    help_ = None
    values = [other for other in tokens if other.type == "COMPARISON"]
    if token.type == "COMPARISON" and values and values[0] is not token:
        help_ = "comparisons do not chain: write a < b and b < c"
    elif token.type == "EQUAL" and "_EQUAL" not in expected and tokens[0] is not token:
        help_ = "to compare, write =="
    findings.error(f"unexpected '{token}'; expected {expected}", _span(token), help_, also)


_WORDS = {
    "RPAR": "')'", "RSQB": "']'", "LPAR": "'('", "LSQB": "'['", "COMMA": "','", "EQUAL": "'='", "COLON": "':'",
    "SEMICOLON": "';'", "IN": "'in'", "ELSE": "'else'", "STRING": 'a title in "quotes"', "__ANON_0": "'..'",
}  # fmt: skip


def _expected(accepted: set[str]) -> str:
    """Return in words what the grammar would have taken."""
    if {"NUMBER", "NAME", "MINUS"} <= accepted:
        words = ["a value"]
    elif "STAR" in accepted:
        words = ["an operator"]
    elif "EQUAL" in accepted:
        words = []
    elif {"NAME", "NUMBER"} <= accepted:
        words = ["a name or a number"]
    else:
        words = [word for terminal, word in (("NAME", "a name"), ("NUMBER", "a number")) if terminal in accepted]
    words += [word for terminal, word in _WORDS.items() if terminal in accepted and words[:1] != ["a value"]]
    if "$END" in accepted:
        words.append("the end of the line")
    return " or ".join(filter(None, [", ".join(words[:-1]), *words[-1:]])) or "nothing more"


def _report_character(text: str, position: int, findings: Findings) -> None:
    """Name a character that is not in the language, and the plain one to type instead."""
    character = text[position]
    span = Span(position, position + 1)
    plain = _PLAIN.get(character) or _LOOKALIKE.get(character)
    normal = unicodedata.normalize("NFKC", character)
    if plain is None and normal != character and normal.isascii() and normal.isprintable():
        plain = normal
    if character.isascii() and character.isprintable():
        hint = f"write {plain}" if plain else None
        if character == '"' or character == "'":
            hint = 'only a title is quoted: title "…"'
        findings.error(f"unexpected '{character}'", span, hint)
        return
    name = unicodedata.name(character, "")
    point = f"U+{ord(character):04X}{' ' + name if name else ''}"
    findings.error(f"unexpected character {point}", span, f"write {plain}" if plain else "names are made of letters, digits and _")


def _span(token: Any) -> Span:
    return Span(token.start_pos, token.end_pos)


class _Actions:
    """Hands each rule of the grammar, with its children, to the function that builds its syntax."""

    def __getattr__(self, rule: str) -> Callable[[list[Any]], Any]:
        action = getattr(_Rules, rule)
        return lambda children: action(*children)


class _Rules:
    """What each rule builds; called from the leaves up, so nothing recurses."""

    @staticmethod
    def number(token: Token) -> Term:
        return Term("number", (), exact(Fraction(Decimal(token))), _span(token))

    @staticmethod
    def name(token: Token) -> Term:
        return Term("name", (), canonical(token), _span(token))

    @staticmethod
    def end(token: Token) -> Term:
        return Term("end", (), None, _span(token))

    @staticmethod
    def length(token: Token, name: Token) -> Term:
        return Term("length", (), canonical(name), Span(token.start_pos or 0, (name.end_pos or 0) + 1))

    @staticmethod
    def group(inside: Term) -> Term:
        return inside

    @staticmethod
    def infix(left: Term, token: Token, right: Term) -> Term:
        return _operation(_INFIX[str(token)], left, right)

    @staticmethod
    def or_(left: Term, right: Term) -> Term:
        return _operation("or", left, right)

    @staticmethod
    def xor(left: Term, right: Term) -> Term:
        return _operation("xor", left, right)

    @staticmethod
    def and_(left: Term, right: Term) -> Term:
        return _operation("and", left, right)

    @staticmethod
    def not_(value: Term) -> Term:
        return _operation("not", value)

    @staticmethod
    def where(value: Term, condition: Term, other: Term) -> Term:
        span = Span(_start(value), _stop(other))
        return Term("where", (condition, value, other), None, span)

    @staticmethod
    def negative(token: Token, value: Term) -> Term:
        return Term("neg", (value,), None, Span(token.start_pos or 0, _stop(value)))

    @staticmethod
    def positive(token: Token, value: Term) -> Term:
        return value

    @staticmethod
    def transpose(value: Term, token: Token) -> Term:
        return Term("transpose", (value,), None, Span(_start(value), token.end_pos or 0))

    @staticmethod
    def subscript(value: Term, items: list[Term]) -> Term:
        return Term("subscript", (value, *items), None, Span(_start(value), _stop(items[-1]) + 1))

    @staticmethod
    def apply(token: Token, arguments: tuple[Any, ...]) -> Term:
        kind, content, extra = arguments
        name = canonical(token)
        last = [*content, *extra][-1:] if kind == "list" else content
        stop = _stop(last[0]) + 1 if last else (token.end_pos or 0) + 2
        if kind == "over":
            stop = extra[-1][1] + 1
            return Term("over", tuple(content), (name, tuple(b for b, _ in extra), _span(token)), Span(token.start_pos or 0, stop))
        data = (name, len(content), _span(token))
        return Term("apply", (*content, *extra), data, Span(token.start_pos or 0, stop))

    @staticmethod
    def arguments(first: list[Term] | None = None, shared: list[Term] | None = None) -> tuple[Any, ...]:
        return "list", first or [], shared or []

    @staticmethod
    def over(body: Term, bindings: list[Any]) -> tuple[Any, ...]:
        return "over", [body], bindings

    @staticmethod
    def list(*items: Term) -> list[Term]:
        return [*items]

    @staticmethod
    def bindings(*bindings: Any) -> list[Any]:
        return [*bindings]

    @staticmethod
    def binding(name: Token, first: Any = None, last: Any = None) -> Any:
        stop = name.end_pos if last is None else last[1]
        return (canonical(name), first and first[0], last and last[0], _span(name)), stop

    @staticmethod
    def bound(*tokens: Token) -> tuple[str, int]:
        return "".join(tokens), tokens[-1].end_pos or 0

    @staticmethod
    def items(*items: Term) -> list[Term]:
        return [*items]

    @staticmethod
    def slice(start: Term | None, colon: Token, stop: Term | None) -> Term:
        parts = tuple(part for part in (start, stop) if part is not None)
        at = Span(_start(start) if start else colon.start_pos or 0, _stop(stop) if stop else colon.end_pos or 0)
        return Term("slice", parts, (start is not None, stop is not None), at)

    @staticmethod
    def place(token: Token, arguments: Any = None) -> Place:
        span = _span(token)
        if arguments is None:
            return Place(canonical(token), None, span, span)
        if isinstance(arguments, list):
            indices = arguments
        else:
            kind, content, extra = arguments
            # What is no list of places is refused when the left side is read.
            indices = content if kind == "list" and not extra else [Term("over", (), None, span)]
        stop = _stop(indices[-1]) + 1 if indices else span.end + 2
        return Place(canonical(token), tuple(indices), Span(span.start, stop), span)

    @staticmethod
    def places(*places: Place) -> tuple[Place, ...]:
        return places

    @staticmethod
    def names(*tokens: Token) -> tuple[Token, ...]:
        return tokens

    @staticmethod
    def size(token: Token) -> int | str:
        if token.type == "NAME":
            return canonical(token)
        return int(token) if token.isdigit() else str(token)

    @staticmethod
    def shape(*sizes: int | str) -> tuple[int | str, ...]:
        return sizes

    @staticmethod
    def open_shape() -> None:
        return None

    @staticmethod
    def declaration(places: tuple[Place, ...], shape: tuple[int | str, ...] | None) -> Declared:
        return Declared(places, shape)

    @staticmethod
    def definition(name: Token, arguments: tuple[Token, ...], body: Term) -> Defined:
        return Defined(canonical(name), tuple(canonical(argument) for argument in arguments), body, _span(name))

    @staticmethod
    def equation(place: Place, right: Term) -> Equated:
        return Equated(place, right)

    @staticmethod
    def title(token: Token) -> Titled:
        return Titled(token[1:-1].replace('\\"', '"').replace("\\\\", "\\"))

    @staticmethod
    def version(word: Token, number: Token) -> Versioned:
        return Versioned(str(word), _Rules.number(number), _span(word))


def _operation(operator: str, *arguments: Term) -> Term:
    return Term(operator, arguments, None, Span(_start(arguments[0]), _stop(arguments[-1])))


def _start(term: Term) -> int:
    return term.span.start if term.span else 0


def _stop(term: Term) -> int:
    return term.span.end if term.span else 0
