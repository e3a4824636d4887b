"""What is wrong with the syntax of a text, in words: the character or the token that does not fit, and what would.

The parser finds the place and says what it would have taken there; here this becomes a sentence and a help.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from unfoldgraph.base.errors import Findings, Span
from unfoldgraph.base.names import INFINITY_RESERVED
from unfoldgraph.language.common_mistakes import (
    GOES_ON,
    find,
    plain_character,
    side_by_side,
)
from unfoldgraph.language.parsing.lalr import Lexeme, span_of
from unfoldgraph.language.typed_values import value_after, value_before

#: The end of a value; what follows it is an operator.
_VALUES = frozenset({"NAME", "NUMBER", "INF", "RPAR", "RSQB", "TRANSPOSE"})
#: A line that is set in under the one before.
_GOES_ON = re.compile(r"[ \t]*(?:#[^\n]*)?\n[ \t]+[^\s#]")
_GROUPED = re.compile(r"[0-9]+(?:_[0-9]+)+")
#: Signs that have a value on both sides.
_JOINING = frozenset({"PLUS", "MINUS", "STAR", "SLASH", "PERCENT", "AT", "POWER", "COMPARISON", "AND", "OR", "XOR"})
#: What the terminals of the grammar are called in messages.
_WORDS = {
    "RPAR": "')'", "RSQB": "']'", "LPAR": "'('", "LSQB": "'['", "COMMA": "','", "EQUAL": "'='", "COLON": "':'",
    "SEMICOLON": "';'", "IN": "'in'", "ELSE": "'else'", "STRING": 'a title in "quotes"', "__ANON_0": "'..'",
}  # fmt: skip


def report_points(previous: Lexeme, token: Lexeme, text: str, findings: Findings) -> None:
    """Refuse the three points of a range, `0...3`."""
    start = _start_of(text, span_of(previous).start)
    if not _is_told(text, start, [span_of(previous).start], findings, ()):
        findings.error("a range is written with two points", Span(span_of(previous).start, span_of(token).end))


def report_token(text: str, tokens: list[Lexeme], position: int, accepted: set[str], findings: Findings) -> None:
    """Say which token of a statement stands in the wrong place, or what is missing at its end.

    `position` is that of the first token that does not fit; `accepted` are the terminals that would have fitted.
    """
    start = span_of(tokens[0]).start
    opened: list[Lexeme] = []
    for token in tokens[:position]:
        if token.type in ("LPAR", "LSQB"):
            opened.append(token)
        elif token.type in ("RPAR", "RSQB"):
            opened.pop()
    also = [(span_of(opened[-1]), "opened here")] if opened else []
    if position == len(tokens):
        closing = "RPAR" if opened and opened[-1] == "(" else "RSQB"
        needed = next((word for word in (closing, "EQUAL", "ELSE") if word in accepted), None)
        if needed == "EQUAL":
            # Something may stand for it, or the statement belongs to the line before.
            signs = [span_of(token).start for token in tokens if token.type == "COMPARISON"]
            if _is_told(text, start, [*signs[:1], *([start] if text[:start].strip() else [])], findings, also):
                return
        missing = _WORDS[needed] if needed else _expected(accepted)
        end = span_of(tokens[-1]).end
        is_open = tokens[-1].type in _JOINING or (tokens[-1].type == "EQUAL" and _GOES_ON.match(text, end))
        help_ = GOES_ON if needed is None and is_open and "\n" in text[end:] else None
        for place in _last_of("IF", tokens) if needed == "ELSE" else ():
            condition = find(text, start, place)
            help_ = condition.help if condition else None
        findings.error(f"this ends too early: {missing} is missing", Span(end, end + 1), help_, also)
        return
    token, before = tokens[position], tokens[:position]
    if token == "inf" and _is_told_of_infinity(token, accepted, findings):
        return
    if token.type in ("LPAR", "LSQB") and before and before[-1] == "inf":
        findings.error(INFINITY_RESERVED, span_of(before[-1]), "choose another name")
        return
    if token.type == "COMPARISON" and any(other.type == "COMPARISON" for other in before):
        findings.error("comparisons do not chain", span_of(token), "write a < b and b < c", also)
        return
    # What cannot be the end of a range may be known from where it begins.
    ends = _last_of("IN", before, 1) if "__ANON_0" in accepted else []
    if _is_told(text, start, [span_of(token).start, *ends], findings, also):
        return
    help_ = None
    if token.type == "EQUAL" and any(other.type == "EQUAL" for other in before):
        help_ = "to compare, write =="
    elif token.type == "EQUAL" and opened:
        help_ = "is the bracket to be closed before this?"
    elif token.type == "EQUAL" and any(other.type == "COMMA" for other in before):
        help_ = "an equation has one name on its left side"
    elif token.type == "NAME" and position == 1 and [other.type for other in tokens[2:3]] == ["EQUAL"]:
        help_ = f"write {tokens[0]}({token}) = …"
    elif token.type in ("NAME", "NUMBER", "LPAR") and before and before[-1].type in _VALUES and "STAR" in accepted:
        place = span_of(token).start
        value = value_before(text[start:place], place - start)
        if "\n" in text[span_of(before[-1]).end : place]:
            help_ = "is the bracket to be closed before this line?"
        elif "EQUAL" in accepted:
            help_ = f"write {value} = … for an equation, {value} : … for a shape"
        elif "COLON" in accepted and not opened:
            help_ = f"write {value}, {token} : … to declare several names"
        else:
            help_ = side_by_side(value, value_after(text, place).strip())
    findings.error(f"unexpected '{token}'; expected {_expected(accepted)}", span_of(token), help_, also)


def is_derivative(text: str, tokens: list[Lexeme], findings: Findings) -> bool:
    """Say whether the left side of a statement is a derivative, `dh/dt`, and refuse it."""
    slash = next((token for token in tokens if token.type == "SLASH"), None)
    if slash is None or not tokens[0].startswith("d"):
        return False
    return _is_told(text, span_of(tokens[0]).start, [span_of(slash).start], findings, ())


def _is_told(
    text: str, start: int, places: Sequence[int], findings: Findings, also: Sequence[tuple[Span, str]]
) -> bool:
    """Say whether one of some places of a statement holds a mistake that is known, and refuse it."""
    found = next(filter(None, (find(text, start, place) for place in places)), None)
    if found is not None:
        findings.error(f"unexpected {_quoted(text[slice(*found.span)])}", found.span, found.help, also)
    return found is not None


def _last_of(kind: str, tokens: Sequence[Lexeme], after: int = 0) -> list[int]:
    """Return where the last token of a kind stands, or the one so many after it; nothing where there is none."""
    found = [number + after for number, token in enumerate(tokens) if token.type == kind]
    return [span_of(tokens[found[-1]]).start] if found and found[-1] < len(tokens) else []


def _quoted(typed: str) -> str:
    return f'"{typed}"' if "'" in typed else f"'{typed}'"


def _is_told_of_infinity(token: Lexeme, accepted: set[str], findings: Findings) -> bool:
    """Say where `inf`, a number of its own kind, stands in the place of a name or of a whole number."""
    is_number, is_name = "NUMBER" in accepted, "NAME" in accepted
    if is_number and is_name:
        findings.error("'inf' is no size", span_of(token), "a size is a name or a whole number from 1")
    elif is_number:
        findings.error("'inf' is no end of a range", span_of(token), "a range runs over whole numbers, as in 0..2")
    elif is_name:
        findings.error(INFINITY_RESERVED, span_of(token), "choose another name")
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
    found = find(text, _start_of(text, position), position)
    plain = plain_character(character)
    help_ = f"write {plain}" if plain else None
    if found is not None:
        help_ = found.help
    elif character in "\"'":
        help_ = 'only a title is quoted: title "…"'
    elif plain is None and not (character.isascii() and character.isprintable()):
        help_ = "names are made of letters, digits and _"
    if character.isascii() and character.isprintable():
        whole = found.span if found else span
        findings.error(f"unexpected {_quoted(text[slice(*whole)])}", whole, help_)
        return
    name = unicodedata.name(character, "")
    point = f"U+{ord(character):04X}{' ' + name if name else ''}"
    findings.error(f"unexpected character {point}", span, help_)


def _start_of(text: str, position: int) -> int:
    """Return where the statement of a place begins, as far as its line tells."""
    line = max(text.rfind("\n", 0, position), text.rfind("\r", 0, position)) + 1
    depth, start = 0, line
    for place in range(line, position):
        depth += (text[place] in "([") - (text[place] in ")]")
        if text[place] == ";" and depth <= 0:
            start = place + 1
    return start


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
