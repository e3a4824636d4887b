"""From text to syntax: tokens, one statement at a time, each token's place kept.

The grammar is LALR(1), and read by tables that are made from it beforehand. Statements are parsed one by one, so that
a mistake in one line hides none in the others. What a name means is not decided here; see `resolving`.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from unfoldgraph.algebra.expression import INFINITY, Term, exact
from unfoldgraph.algebra.operators import FUNCTIONS, INFIX, REDUCTIONS
from unfoldgraph.base.errors import Findings, SourceText, Span
from unfoldgraph.base.limits import DIGITS, NAME_CHARACTERS, NESTING, TERMS, WORDS
from unfoldgraph.base.names import INFINITY_RESERVED, NAME_PATTERN, canonical, misplaced_accent, name_characters
from unfoldgraph.language.indices import is_sum
from unfoldgraph.language.parsing.lalr import (
    Lexeme,
    StatementParser,
    UnexpectedCharacter,
    UnexpectedToken,
    span_of,
    tokens,
)

GRAMMAR = r"""
statement: NAME NUMBER                                  -> version
         | "title" STRING                               -> title
         | GROUP STRING ":" names                       -> grouped
         | list ":" shape                               -> declaration
         | "def" NAME "(" names ")" "=" expression      -> definition
         | expression "=" expression ["for" bindings]   -> equation

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
?postfix: atom | postfix TRANSPOSE -> transpose | postfix "[" items RSQB -> subscript
?atom: NUMBER -> number | INF -> infinity | NAME -> name | END -> end | NAME "(" arguments RPAR -> apply
     | END "(" NAME RPAR -> length | LPAR expression RPAR -> group

arguments: [list] [SEMICOLON [list]] | expression "for" bindings ["if" disjunction] -> over
list: expression ("," expression)*
bindings: binding ("," binding)*
binding: NAME | NAME "in" sum ".." sum
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
SEMICOLON: ";"
LPAR: "("
RPAR: ")"
RSQB: "]"
END: "end"
INF: "inf"
TRANSPOSE: /\.T(?!\w)/
NAME: /<NAME>/
NUMBER: /(?:[0-9]+\.(?!\.)[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][+-]?[0-9]+)?/
STRING: /"(?:[^"\\\n]|\\.)*"/
NEWLINE: /[\r\n][\r\n \t\f]*/
%declare GROUP
%ignore /[ \t\f]+/
%ignore /#[^\n\r]*/
""".replace("<NAME>", NAME_PATTERN)
RESERVED = frozenset({"def", "title", "for", "in", "if", "else", "and", "or", "xor", "not", "end", "inf"})

BUILT_IN: Mapping[str, object] = ChainMap[str, object](FUNCTIONS, REDUCTIONS)  # type: ignore[arg-type]
"""What the names of the operator table are, functions before reductions."""

SHORTER = "choose a shorter name; a title may be long"
"""What helps where a name is over the limit."""

ACCENT = "only a name of one letter has an accent, and one only, before its subscript"
"""Where accents are."""

_CLOSING = {"(": ")", "[": "]"}
#: Tokens that make an expression longer or deeper.
_OPERATIONS = frozenset(
    {
        "PLUS", "MINUS", "STAR", "SLASH", "PERCENT", "AT", "POWER", "COMPARISON", "AND", "OR", "XOR", "NOT", "IF",
        "TRANSPOSE", "LSQB",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LeftSide:
    """A left side or a declared name: `h(t)`, `b`."""

    name: str
    indices: tuple[Term, ...] | None
    span: Span
    name_span: Span


@dataclass(frozen=True, slots=True)
class Declared:
    """`x(t), y(t) : n`; the shape is None for `?`. `refused` are the places of what is no name to declare."""

    places: tuple[LeftSide, ...]
    shape: tuple[int | str, ...] | None
    size_spans: tuple[Span, ...] = ()
    refused: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Defined:
    """`def f(h, x) = …`."""

    name: str
    arguments: tuple[str, ...]
    body: Term
    span: Span


class WrittenBinding(NamedTuple):
    """`k in 0..M-1`, or `t` alone, whose ends are None."""

    name: str
    first: Term | None
    last: Term | None
    span: Span


@dataclass(frozen=True, slots=True)
class Equated:
    """`h(t) = …`, or `h(t) = … for t in 2..end`."""

    place: LeftSide
    right: Term
    ranges: tuple[WrittenBinding, ...] = ()


@dataclass(frozen=True, slots=True)
class Related:
    """`y(t) - y(t-1) = …`, the standard form: a left side that is no place."""

    left: Term
    right: Term
    ranges: tuple[WrittenBinding, ...] = ()


@dataclass(frozen=True, slots=True)
class Valued:
    """`M = 8`, once it is known that M is a constant."""

    place: LeftSide
    right: Term


@dataclass(frozen=True, slots=True)
class Titled:
    """`title "…"`."""

    title: str


@dataclass(frozen=True, slots=True)
class Grouped:
    """`group "…": i, f, o`."""

    title: str
    names: tuple[str, ...]
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Versioned:
    """`unfoldgraph 1`."""

    word: str
    number: Term
    span: Span


Syntax = Declared | Defined | Equated | Valued | Grouped | Related | Titled | Versioned


def parse(source: SourceText, findings: Findings) -> list[Syntax]:
    """Return the statements of a text; what cannot be read goes to `findings`.

    The terms of the result have the operators of the table and, for what only `resolving` can decide, `name`,
    `apply`, `over`, `subscript`, `end`, and `slice`.
    """
    found: list[Syntax] = []
    for words in _statements(_tokens(source, findings), findings):
        written = _with_keyword(words)
        parser = StatementParser(_Rules)
        fed = 0
        try:
            for token in written:
                parser.feed(token)
                fed += 1
            statement: Syntax = parser.end()
        except UnexpectedToken:
            # What mistakes look like is loaded where there is one.
            from unfoldgraph.language.syntax_errors import report_token

            report_token(source.text, written, fed, _accepted(written[:fed]), findings)
        else:
            for span in statement.refused if isinstance(statement, Declared) else ():
                if source.text[span.start : span.end] == "inf":
                    findings.error(INFINITY_RESERVED, span, "choose another name")
                    continue
                findings.error("only a name has a shape, with its axes if it has some", span, "write x(t) : n or b : n")
            if isinstance(statement, Related):
                from unfoldgraph.language.syntax_errors import is_derivative

                if is_derivative(source.text, written, findings):
                    continue
            found.append(statement)
        if findings.are_many:
            break
    return found


def _with_keyword(written: list[Lexeme]) -> list[Lexeme]:
    """Return a statement in which `group` is a keyword where a title follows it; anywhere else it is a name."""
    word, *others = written
    if word != "group" or [token.type for token in others[:1]] != ["STRING"]:
        return written
    return [Lexeme("GROUP", word, word.start_pos, word.end_pos), *others]


def _tokens(source: SourceText, findings: Findings) -> Iterator[Lexeme]:
    """Yield the tokens of a text; a character that is not in the language ends the statement it is in."""
    text, start = source.text, 0
    while start < len(text):
        try:
            yield from tokens(text, start)
            return
        except UnexpectedCharacter as foreign:
            from unfoldgraph.language.syntax_errors import report_character

            position = foreign.position
            report_character(text, position, findings)
            stop = min((at for mark in "\n\r" if (at := text.find(mark, position)) >= 0), default=len(text))
            yield Lexeme("BROKEN", "", position, position)
            start = stop
            if findings.are_many:
                return


def _statements(tokens: Iterator[Lexeme], findings: Findings) -> Iterator[list[Lexeme]]:
    """Split at line breaks and semicolons that are not inside brackets."""
    statement: list[Lexeme] = []
    opened: list[Lexeme] = []
    operations = [0]
    broken, words = False, 0
    previous: Lexeme | None = None
    for token in tokens:
        if token.type == "BROKEN":
            broken, opened, operations = True, [], [0]
        elif not opened and token.type in ("NEWLINE", "SEMICOLON"):
            if statement and not broken:
                yield statement
            statement, broken, operations = [], False, [0]
        elif token.type != "NEWLINE":
            words += 1
            if words > WORDS:
                findings.error(
                    f"more than {WORDS} names, numbers and signs in one source",
                    span_of(token),
                    "say what repeats once: by one more axis, or a function with a body",
                )
                findings.stop()
            broken |= not _is_plain(token, previous, findings)
            if token.type == "NUMBER" and previous == ".." and token.startswith(".") and findings.source is not None:
                from unfoldgraph.language.syntax_errors import report_points

                report_points(previous, token, findings.source.text, findings)
                broken = True
            if token.type in _OPERATIONS:
                operations[-1] += 1
                if operations[-1] > TERMS:
                    findings.error(
                        f"more than {TERMS} operations in one expression",
                        span_of(token),
                        "use a reduction, such as sum(… for t), or name the parts",
                    )
                    findings.stop()
            if token.type in ("LPAR", "LSQB"):
                opened.append(token)
                operations.append(0)
                if len(opened) > NESTING:
                    findings.error(f"brackets are nested more than {NESTING} deep", span_of(token), "name the parts")
                    findings.stop()
            elif token.type in ("RPAR", "RSQB") and not broken:
                if not opened:
                    findings.error(
                        f"'{token}' closes nothing", span_of(token), "remove it, or write its opening bracket"
                    )
                    broken = True
                elif _CLOSING[opened[-1]] != token:
                    also = [(span_of(opened[-1]), "opened here")]
                    findings.error(f"'{token}' where '{_CLOSING[opened[-1]]}' was expected", span_of(token), None, also)
                    broken, opened, operations = True, [], [0]
                else:
                    opened.pop()
                    operations.pop()
            statement.append(token)
        previous = token
    if statement and not broken:
        yield statement


def _is_plain(token: Lexeme, previous: Lexeme | None, findings: Findings) -> bool:
    """Check a token by itself: a number ends where it ends, and is finite and of bearable length."""
    if previous is not None and previous.type == "NUMBER" and previous.end_pos == token.start_pos:
        span = Span(span_of(previous).start, span_of(token).end)
        if token.type == "NUMBER" or (previous == "0" and token.type == "NAME" and token[0] in "xXoO"):
            findings.error(f"'{previous}{token}' is not a number", span, "numbers are decimal: 10, 0.5, 1e-3")
            return False
        if token.type in ("NAME", "END", "INF"):
            findings.error(f"'{previous}{token}' is neither a number nor a name", span, f"write {previous}*{token}")
            return False
    if token.type == "NAME":
        return _is_short(token, findings) and _is_accented_well(token, findings)
    return token.type != "NUMBER" or _is_number(token, findings)


def _is_short(token: Lexeme, findings: Findings) -> bool:
    """Check that a name is of bearable length."""
    length = name_characters(token)
    if length > NAME_CHARACTERS:
        findings.error(f"this name has {length} characters; the limit is {NAME_CHARACTERS}", span_of(token), SHORTER)
        return False
    return True


def _is_accented_well(token: Lexeme, findings: Findings) -> bool:
    """Check that a name has accents only where they belong."""
    plain = misplaced_accent(token)
    if plain is not None:
        findings.error(ACCENT, span_of(token), f"write {plain}")
    return plain is None


def _is_number(token: Lexeme, findings: Findings) -> bool:
    """Check that a number is in range and written as Python would write it."""
    mantissa, _, exponent = token.lower().partition("e")
    if len(mantissa) > 1 and mantissa.isdigit() and mantissa.startswith("0") and mantissa.strip("0"):
        plain = mantissa.lstrip("0") + token[len(mantissa) :]
        findings.error(f"{token} starts with a zero", span_of(token), f"write {plain}")
        return False
    if len(token) < 16 and not exponent:
        return True
    digits = mantissa.replace(".", "").lstrip("0")
    is_bearable = len(digits) <= DIGITS and len(token) <= 2 * DIGITS and abs(int(exponent or 0)) <= DIGITS
    try:
        value = Fraction(Decimal(token)) if is_bearable else None
        if value is not None and bool(float(value)) == bool(value):
            return True
    except OverflowError:
        pass
    findings.error(
        "this number is out of range", span_of(token), f"at most {DIGITS} digits, between 1e-308 and 1.8e308 or 0"
    )
    return False


def _accepted(fed: list[Lexeme]) -> set[str]:
    """Return the kinds of the tokens that may follow some others."""
    parser = StatementParser(_Rules)
    for token in fed:
        parser.feed(token)
    return parser.accepts()


class _Rules:
    """What each rule builds, by its name; called from the leaves up, so nothing recurses."""

    @staticmethod
    def only(part: Any) -> Any:
        """Return the part of a rule that has no other."""
        return part

    @staticmethod
    def number(token: Lexeme) -> Term:
        return Term("number", (), exact(Fraction(Decimal(token))), span_of(token))

    @staticmethod
    def infinity(token: Lexeme) -> Term:
        return Term("number", (), INFINITY, span_of(token))

    @staticmethod
    def name(token: Lexeme) -> Term:
        return Term("name", (), canonical(token), span_of(token))

    @staticmethod
    def end(token: Lexeme) -> Term:
        return Term("end", (), None, span_of(token))

    @staticmethod
    def length(token: Lexeme, name: Lexeme, closing: Lexeme) -> Term:
        return Term("length", (), canonical(name), _between(token, closing))

    @staticmethod
    def group(opening: Lexeme, inside: Term, closing: Lexeme) -> Term:
        # A name or a number in brackets keeps its own place, which is what an error is about.
        is_operation = bool(inside.arguments) and inside.operator not in ("apply", "over", "subscript")
        return replace(inside, span=_between(opening, closing)) if is_operation else inside

    @staticmethod
    def infix(left: Term, token: Lexeme, right: Term) -> Term:
        return _operation(INFIX[str(token)].name, left, right)

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
    def negative(token: Lexeme, value: Term) -> Term:
        return Term("neg", (value,), None, Span(token.start_pos or 0, _stop(value)))

    @staticmethod
    def positive(token: Lexeme, value: Term) -> Term:
        return value

    @staticmethod
    def transpose(value: Term, token: Lexeme) -> Term:
        return Term("transpose", (value,), None, Span(_start(value), token.end_pos or 0))

    @staticmethod
    def subscript(value: Term, items: tuple[Term, ...], closing: Lexeme) -> Term:
        return Term("subscript", (value, *items), None, Span(_start(value), closing.end_pos or 0))

    @staticmethod
    def apply(token: Lexeme, arguments: tuple[Any, ...], closing: Lexeme) -> Term:
        kind, content, extra = arguments
        if kind == "over":
            return Term("over", content, (canonical(token), extra, span_of(token)), _between(token, closing))
        # What has a `;`, even with nothing behind it, is a call of a function and no read.
        data = (canonical(token), len(content), span_of(token), extra is not None)
        return Term("apply", (*content, *(extra or ())), data, _between(token, closing))

    @staticmethod
    def arguments(
        first: tuple[Term, ...] | None = None,
        semicolon: Lexeme | None = None,
        shared: tuple[Term, ...] | None = None,
    ) -> tuple[str, tuple[Term, ...], tuple[Any, ...] | None]:
        return "list", first or (), None if semicolon is None else shared or ()

    @staticmethod
    def over(
        body: Term, bindings: tuple[WrittenBinding, ...], condition: Term | None = None
    ) -> tuple[str, tuple[Term, ...], tuple[WrittenBinding, ...]]:
        return "over", (body,) if condition is None else (body, condition), bindings

    @staticmethod
    def list(*items: Term) -> tuple[Term, ...]:
        return items

    @staticmethod
    def bindings(*bindings: WrittenBinding) -> tuple[WrittenBinding, ...]:
        return bindings

    @staticmethod
    def binding(name: Lexeme, first: Term | None = None, last: Term | None = None) -> WrittenBinding:
        return WrittenBinding(canonical(name), first, last, span_of(name))

    @staticmethod
    def items(*items: Term) -> tuple[Term, ...]:
        return items

    @staticmethod
    def slice(start: Term | None, colon: Lexeme, stop: Term | None) -> Term:
        parts = tuple(part for part in (start, stop) if part is not None)
        at = Span(_start(start) if start else colon.start_pos or 0, _stop(stop) if stop else colon.end_pos or 0)
        return Term("slice", parts, (start is not None, stop is not None), at)

    @staticmethod
    def names(*tokens: Lexeme) -> tuple[Lexeme, ...]:
        return tokens

    @staticmethod
    def size(token: Lexeme) -> tuple[int | str, Span]:
        if token.type == "NAME":
            return canonical(token), span_of(token)
        return int(token) if token.isdigit() else str(token), span_of(token)

    @staticmethod
    def shape(*sizes: tuple[int | str, Span]) -> tuple[tuple[int | str, Span], ...]:
        return sizes

    @staticmethod
    def open_shape() -> None:
        return None

    @staticmethod
    def declaration(listed: tuple[Term, ...], shape: tuple[tuple[int | str, Span], ...] | None) -> Declared:
        places = [(term, place_of(term)) for term in listed]
        found = tuple(place for _, place in places if place is not None)
        refused = tuple(Span(_start(term), _stop(term)) for term, place in places if place is None)
        if shape is None:
            return Declared(found, None, (), refused)
        return Declared(found, tuple(size for size, _ in shape), tuple(span for _, span in shape), refused)

    @staticmethod
    def definition(name: Lexeme, arguments: tuple[Lexeme, ...], body: Term) -> Defined:
        return Defined(canonical(name), tuple(canonical(argument) for argument in arguments), body, span_of(name))

    @staticmethod
    def equation(left: Term, right: Term, ranges: tuple[WrittenBinding, ...] | None = None) -> Equated | Related:
        place = place_of(left)
        # What a function of the language is applied to a value is no place that is called as the function is.
        if place is None or (place.name in BUILT_IN and not all(map(is_sum, place.indices or ()))):
            return Related(left, right, ranges or ())
        return Equated(place, right, ranges or ())

    @staticmethod
    def title(token: Lexeme) -> Titled:
        return Titled(_unquoted(token))

    @staticmethod
    def grouped(word: Lexeme, title: Lexeme, names: tuple[Lexeme, ...]) -> Grouped:
        return Grouped(_unquoted(title), tuple(map(canonical, names)), tuple(map(span_of, names)))

    @staticmethod
    def version(word: Lexeme, number: Lexeme) -> Versioned:
        return Versioned(str(word), _Rules.number(number), span_of(word))


def place_of(term: Term) -> LeftSide | None:
    """Return a name or a name with an index as a left side or a declared name; None for any other term.

    >>> place_of(Term("name", (), "b", Span(0, 1))).name
    'b'
    """
    span = Span(_start(term), _stop(term))
    match term.operator:
        case "name":
            return LeftSide(term.data, None, span, span)
        case "apply":
            name, _, name_span, is_marked = term.data
            # What is no list of places is refused when the left side is read.
            return LeftSide(name, (Term("over", (), None, span),) if is_marked else term.arguments, span, name_span)
        case "over":
            return LeftSide(term.data[0], (Term("over", (), None, span),), span, term.data[2])
        case "subscript" if term.arguments[0].operator == "name":
            name, *items = term.arguments
            return LeftSide(name.data, tuple(items), span, Span(_start(name), _stop(name)))
    return None


def name_and_indices(term: Term) -> tuple[str, Sequence[Term]] | None:
    """Return the name and the indices of what may be a read: `x(t)`, `x[t]`; None for anything else.

    >>> name_and_indices(Term("name", (), "b")) is None
    True
    """
    if term.operator == "apply":
        name, _, _, is_marked = term.data
        return None if is_marked else (name, term.arguments)
    if term.operator == "subscript" and term.arguments[0].operator == "name":
        return term.arguments[0].data, term.arguments[1:]
    return None


def _unquoted(token: Lexeme) -> str:
    return token[1:-1].replace('\\"', '"').replace("\\\\", "\\")


def _between(first: Lexeme, last: Lexeme) -> Span:
    return Span(first.start_pos or 0, last.end_pos or 0)


def _operation(operator: str, *arguments: Term) -> Term:
    return Term(operator, arguments, None, Span(_start(arguments[0]), _stop(arguments[-1])))


def _start(term: Term) -> int:
    return term.span.start if term.span else 0


def _stop(term: Term) -> int:
    return term.span.end if term.span else 0
