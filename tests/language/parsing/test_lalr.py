"""The lexer and the parser do with every text what Lark, which makes their tables, does with the grammar."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lark import Lark, Token
from lark.exceptions import UnexpectedCharacters
from lark.exceptions import UnexpectedToken as LarkUnexpected

from tests.generators.circuits import everything
from tests.generators.ranged_texts import ranged_texts
from tests.support import parser_tables
from tests.support.profiles import examples
from unfoldgraph.language.parsing import tables
from unfoldgraph.language.parsing.lalr import Lexeme, StatementParser, UnexpectedCharacter, UnexpectedToken, tokens

WORDS = [
    *"()[],;:=+-*/%@<>?.\"'$ ~\n\t#", "**", "==", "<=", "..", ".T", "end", "inf", "for", "in", "if", "else", "and",
    "or", "xor", "not", "def", "title", "group", "f", "h(t-1)", "θ", "h_t", "0x1", "1.5", "1..3", "2.e5",
    '"a \\" b"', "\r",
]  # fmt: skip


class Built:
    """Builds of each rule what it is called and what it is made of."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name.isupper():
            raise AttributeError(name)
        return (lambda part: part) if name == "only" else lambda *parts: (str(name), *parts)


class BuiltByLark:
    """The same for Lark, which hands over a list, and has no rule for what is its only part."""

    def __getattr__(self, name: str) -> Any:
        action = getattr(Built(), name)
        return lambda parts: action(*parts)


@cache
def lark() -> Lark:
    return parser_tables.lark(BuiltByLark())


def words_of(text: str) -> list[tuple[str, str, int, int]] | int:
    """Return the tokens of a text, with places; the place of the first character that begins none."""
    try:
        return [(one.type, str(one), one.start_pos, one.end_pos) for one in tokens(text)]
    except UnexpectedCharacter as foreign:
        return foreign.position


def words_by_lark(text: str) -> Any:
    try:
        return [(one.type, str(one), one.start_pos, one.end_pos) for one in lark().lex(text)]
    except UnexpectedCharacters as foreign:
        return foreign.pos_in_stream


def assert_alike(text: str) -> None:
    assert words_of(text) == words_by_lark(text)
    if isinstance(words_of(text), int):
        return
    written = [one for one in tokens(text) if one.type != "NEWLINE"]
    ours, its = StatementParser(Built()), lark().parse_interactive()
    for token in written:
        before = its.copy()
        try:
            its.feed_token(lark_token(token))
        except LarkUnexpected:
            assert ours.accepts() == before.accepts()
            with pytest.raises(UnexpectedToken):
                ours.feed(token)
            return
        ours.feed(token)
    accepted = its.accepts()
    assert ours.accepts() == accepted
    if "$END" in accepted:
        assert ours.end() == its.feed_eof()
    else:
        with pytest.raises(UnexpectedToken):
            ours.end()


def lark_token(token: Lexeme) -> Token:
    return Token(token.type, str(token), token.start_pos, end_pos=token.end_pos)


def statements_of(text: str) -> list[str]:
    return [one for line in text.splitlines() for one in line.split(";")]


@given(everything() | ranged_texts())
@examples(30)
def test_what_is_written_well(text: str) -> None:
    assert_alike(text)
    for statement in statements_of(text):
        assert_alike(statement)


@given(everything() | ranged_texts(), st.lists(st.tuples(st.integers(0, 400), st.sampled_from(WORDS))), st.booleans())
@examples(60)
def test_what_is_not(text: str, edits: list[tuple[int, str]], replaces: bool) -> None:
    for place, word in edits:
        place %= len(text) + 1
        text = text[:place] + word + text[place + len(word) * replaces :]
    for statement in statements_of(text):
        assert_alike(statement)


@given(st.lists(st.sampled_from(WORDS), max_size=12))
@examples(100)
def test_any_words(words: list[str]) -> None:
    assert_alike("".join(words))
    assert_alike(" ".join(words))


def test_the_tables_are_those_of_the_grammar() -> None:
    written = Path(tables.__file__).read_text("utf-8")
    assert written == parser_tables.text(), "run python tests/support/parser_tables.py"
