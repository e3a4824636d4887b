"""What is wrong with the syntax of a text, in words: the character or the token that does not fit, and what would.

The parser finds the place and says what it would have taken there; here this becomes a sentence and a help.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

from unfoldgraph.base.errors import Findings, Span

if TYPE_CHECKING:
    from lark import Token

#: The end of a value; what follows it is an operator.
_VALUES = frozenset({"NAME", "NUMBER", "INF", "RPAR", "RSQB", "TRANSPOSE"})
#: What to type for a character that is not in the language.
_PLAIN = {
    "−": "-", "–": "-", "—": "-", "×": "*", "·": "*", "⋅": "*", "∗": "*", "÷": "/", "≤": "<=", "≥": ">=",
    "≠": "!=", "²": "**2", "³": "**3", "“": '"', "”": '"', "„": '"', "⊙": "*", "∧": "and",
    "∨": "or", "¬": "not", "…": "..", "\u00a0": "a space", "√": "sqrt(…)", "^": "**", "&": "and", "|": "or",
    "~": "not", "!": "not", "∞": "inf",
}  # fmt: skip
#: What is typed for a prime.
_PRIMES = frozenset("'’‘")
_PRIMED = re.compile(r"([^\W\d]\w*)(\([^()\n]*\)|\[[^\[\]\n]*\])?\Z")
_GROUPED = re.compile(r"[0-9]+(?:_[0-9]+)+")
#: Cyrillic letters that look like Latin ones.
_LOOKALIKE = dict(zip("АВЕКМНОРСТХасеорхуіј", "ABEKMHOPCTXaceopxyij", strict=True))
#: What the terminals of the grammar are called in messages.
_WORDS = {
    "RPAR": "')'", "RSQB": "']'", "LPAR": "'('", "LSQB": "'['", "COMMA": "','", "EQUAL": "'='", "COLON": "':'",
    "SEMICOLON": "';'", "IN": "'in'", "ELSE": "'else'", "STRING": 'a title in "quotes"', "__ANON_0": "'..'",
}  # fmt: skip


def span_of(token: Any) -> Span:
    """Return where a token stands in the text; for the parser it may have no place, here each has."""
    return Span(token.start_pos, token.end_pos)


def report_token(tokens: list[Token], position: int, accepted: set[str], findings: Findings) -> None:
    """Say which token of a statement stands in the wrong place, or what is missing at its end.

    `position` is that of the first token that does not fit; `accepted` are the terminals that would have fitted.
    """
    opened: list[Token] = []
    for token in tokens[:position]:
        if token.type in ("LPAR", "LSQB"):
            opened.append(token)
        elif token.type in ("RPAR", "RSQB"):
            opened.pop()
    also = [(span_of(opened[-1]), "opened here")] if opened else []
    if position == len(tokens):
        closing = "RPAR" if opened and opened[-1] == "(" else "RSQB"
        needed = next((word for word in (closing, "EQUAL", "ELSE") if word in accepted), None)
        missing = _WORDS[needed] if needed else _expected(accepted)
        end = span_of(tokens[-1]).end
        compares = needed == "EQUAL" and any(token == "==" for token in tokens)
        help_ = "== compares; an equation is written with one =" if compares else None
        findings.error(f"this ends too early: {missing} is missing", Span(end, end + 1), help_, also)
        return
    token, before = tokens[position], tokens[:position]
    if token == "inf" and _is_told_of_infinity(token, accepted, findings):
        return
    if token.type == "COMPARISON" and any(other.type == "COMPARISON" for other in before):
        findings.error("comparisons do not chain", span_of(token), "write a < b and b < c", also)
        return
    help_ = None
    if token.type == "EQUAL" and any(other.type == "EQUAL" for other in before):
        help_ = "to compare, write =="
    elif token.type == "EQUAL" and any(other.type == "COMMA" for other in before):
        help_ = "an equation has one name on its left side"
    elif token.type == "NAME" and position == 1 and [other.type for other in tokens[2:3]] == ["EQUAL"]:
        help_ = f"write {tokens[0]}({token}) = …"
    elif token.type in ("NAME", "NUMBER") and before and before[-1].type in _VALUES and "STAR" in accepted:
        help_ = "is an operator missing? a product is written with *"
    findings.error(f"unexpected '{token}'; expected {_expected(accepted)}", span_of(token), help_, also)


def _is_told_of_infinity(token: Token, accepted: set[str], findings: Findings) -> bool:
    """Say where `inf`, a number of its own kind, stands in the place of a name or of a whole number."""
    is_number, is_name = "NUMBER" in accepted, "NAME" in accepted
    if is_number and is_name:
        findings.error("'inf' is no size", span_of(token), "a size is a name or a whole number from 1")
    elif is_number:
        findings.error("'inf' is no end of a range", span_of(token), "a range runs over whole numbers, as in 0..2")
    elif is_name:
        findings.error("'inf' is reserved: it is the number", span_of(token), "choose another name")
    return is_number or is_name


def _expected(accepted: set[str]) -> str:
    """Return in words what the grammar would have taken."""
    words: list[str] = []
    if {"NUMBER", "NAME", "MINUS"} <= accepted:
        # A statement may begin with any value, and nearly always begins with a name.
        return "a name" if "DEF" in accepted else "a value"
    elif "STAR" in accepted:
        words.append("an operator")
        accepted = accepted - {"LPAR", "LSQB"}
    elif {"NAME", "NUMBER"} <= accepted:
        words.append("a name or a number")
    elif "EQUAL" not in accepted:
        words += [word for terminal, word in (("NAME", "a name"), ("NUMBER", "a number")) if terminal in accepted]
    words += [word for terminal, word in _WORDS.items() if terminal in accepted]
    if "$END" in accepted:
        words.append("the end of the line")
    return " or ".join(filter(None, [", ".join(words[:-1]), *words[-1:]])) or "nothing more"


def report_character(text: str, position: int, findings: Findings) -> None:
    """Name a character that is not in the language, and the plain one to type instead."""
    character = text[position]
    span = Span(position, position + 1)
    if character == "_":
        _report_underscore(text, position, findings)
        return
    if character in _PRIMES and (primed := _PRIMED.search(text, 0, position)) is not None:
        _report_prime(primed, span, findings)
        return
    plain = _PLAIN.get(character) or _LOOKALIKE.get(character)
    normal = unicodedata.normalize("NFKC", character)
    if plain is None and normal != character and normal.isascii() and normal.isprintable():
        plain = normal
    if (character.isascii() and character.isprintable()) or character in _PRIMES:
        hint = f"write {plain}" if plain else None
        if character == '"' or character in _PRIMES:
            hint = 'only a title is quoted: title "…"'
        findings.error(f"unexpected '{character}'", span, hint)
        return
    name = unicodedata.name(character, "")
    point = f"U+{ord(character):04X}{' ' + name if name else ''}"
    hint = f"write {plain}" if plain else "names are made of letters, digits and _"
    findings.error(f"unexpected character {point}", span, hint)


def _report_prime(primed: re.Match[str], span: Span, findings: Findings) -> None:
    """Refuse `h'`, which means three things."""
    written, place = primed[1], primed[2] or ""
    findings.error(
        f"unexpected '{primed.string[span.start]}'",
        span,
        f"write {written}{place}.T for the transpose, {written}_prime{place} for another name, "
        f"or a difference equation, {written}(t) = {written}(t-1) + …",
    )


def _report_underscore(text: str, position: int, findings: Findings) -> None:
    """Refuse `1_000` at the number, and names that begin with `_`."""
    start = position
    while start and text[start - 1].isdigit():
        start -= 1
    grouped = _GROUPED.match(text, start)
    if start < position and grouped is not None:
        plain = grouped[0].replace("_", "")
        findings.error(f"'{grouped[0]}' is not a number", Span(start, grouped.end()), f"write {plain}")
    else:
        findings.error("unexpected '_'", Span(position, position + 1), "a name begins with a letter")
