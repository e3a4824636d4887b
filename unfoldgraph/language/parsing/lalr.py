"""A lexer and an LALR(1) parser that go by tables.

The tables are made from the grammar beforehand: to make them takes longer than all else that `check` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Self

from unfoldgraph.base.errors import Span
from unfoldgraph.language.parsing.tables import IGNORED, KEYWORDS, REDUCTIONS, ROWS, RULES, TERMINALS

END = "$END"
"""The kind of the token behind the last."""


class Lexeme(str):
    """A word of a text: its kind is a terminal of the grammar.

    Attributes
    ----------
    type : the kind.
    start_pos, end_pos : where it stands in the text, in characters.

    Examples
    --------
    >>> token = Lexeme("NAME", "h", 0, 1)
    >>> token, token.type
    ('h', 'NAME')
    """

    __slots__ = ("end_pos", "start_pos", "type")
    type: str
    start_pos: int
    end_pos: int

    def __new__(cls, kind: str, text: str, start: int, end: int) -> Self:
        """Return a word of a kind that stands between two places."""
        token = super().__new__(cls, text)
        token.type, token.start_pos, token.end_pos = kind, start, end
        return token


def span_of(token: Lexeme) -> Span:
    """Return where a token stands in the text.

    >>> span_of(Lexeme("NAME", "h", 3, 4))
    Span(start=3, end=4)
    """
    return Span(token.start_pos, token.end_pos)


class UnexpectedCharacter(Exception):
    """A character with which no token begins, at a place."""

    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.position = position


class UnexpectedToken(Exception):
    """A token that does not fit behind those before it."""


@cache
def _lexer() -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in TERMINALS))


def tokens(text: str, position: int = 0) -> Iterator[Lexeme]:
    """Yield the tokens of a text from a place on; raises `UnexpectedCharacter`.

    Examples
    --------
    >>> [token.type for token in tokens("h(t) = end")]
    ['NAME', 'LPAR', 'NAME', 'RPAR', 'EQUAL', 'END']
    """
    match = _lexer().match
    while position < len(text):
        found = match(text, position)
        if found is None:
            raise UnexpectedCharacter(position)
        kind, end = found.lastgroup or "", found.end()
        if kind not in IGNORED:
            written = found[0]
            yield Lexeme(KEYWORDS.get(written, kind) if kind == "NAME" else kind, written, position, end)
        position = end


class StatementParser:
    """Reads the tokens of one statement, one after the other.

    Parameters
    ----------
    actions : has for each rule a function by its name, which builds its value from those of its parts.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> parser = StatementParser(SimpleNamespace(name=str, list=list, size=str, shape=tuple, declaration=dict))
    """

    def __init__(self, actions: Any) -> None:
        self._actions = actions
        self._states = [0]
        self._values: list[Any] = []

    def feed(self, token: Lexeme) -> None:
        """Read one more token; raises `UnexpectedToken` where it does not fit."""
        kind, states, values = token.type, self._states, self._values
        while (following := ROWS[states[-1]].get(kind)) is None:
            if REDUCTIONS[states[-1]] < 0:
                raise UnexpectedToken(token)
            origin, size, name, parts = RULES[REDUCTIONS[states[-1]]]
            # What a rule is made of lies on top.
            children = values[len(values) - size :]
            del states[len(states) - size :], values[len(values) - size :]
            states.append(ROWS[states[-1]][origin])
            values.append(self._built(name, parts, children))
        states.append(following)
        values.append(token)

    def end(self) -> Any:
        """Return what all tokens are together; raises `UnexpectedToken` where some are missing."""
        self.feed(Lexeme(END, "", 0, 0))
        return self._values[-2]

    def accepts(self) -> set[str]:
        """Return the kinds of the tokens that would fit next.

        Examples
        --------
        >>> sorted(StatementParser(lambda name: lambda *parts: None).accepts())[:3]
        ['DEF', 'END', 'GROUP']
        """
        return {kind for row in ROWS for kind in row if kind.isupper() and self._fits(kind)}

    def _fits(self, kind: str) -> bool:
        states = list(self._states)
        while kind not in ROWS[states[-1]]:
            if REDUCTIONS[states[-1]] < 0:
                return False
            origin, size, _, _ = RULES[REDUCTIONS[states[-1]]]
            del states[len(states) - size :]
            states.append(ROWS[states[-1]][origin])
        return True

    def _built(self, name: str, parts: tuple[tuple[int, bool], ...], children: list[Any]) -> Any:
        """Return the value of a rule: what its action builds, a list where it only repeats, or its only part."""
        given: list[Any] = []
        for position, is_list in parts:
            if is_list:
                given += children[position]
            else:
                given.append(None if position < 0 else children[position])
        if name:
            return getattr(self._actions, name)(*given)
        return given
