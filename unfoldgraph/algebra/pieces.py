r"""What a formula in LaTeX consists of: a sequence of signs, names and structures, each known for what it is.

One after the other the pieces are the LaTeX. Whoever sets a formula goes by their kinds: where it may be broken, what
belongs together and what is higher than a line. What has parts begins with a piece of its own, such as ``\frac{``, its
parts are separated by ``"next"``, and it is closed by ``"end"``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Literal, NamedTuple

__all__ = [
    "ABOVE", "BELOW", "CLOSING", "END", "LISTED", "OPENING", "PRIME", "SPACE", "Hole", "Kind", "Piece", "Pieces",
    "between", "figures", "joined", "script", "side_by_side", "sign", "template_pieces", "tight", "word",
]  # fmt: skip

Kind = Literal[
    "letter", "operator", "word", "binary", "relation", "punctuation", "open", "close", "space", "thin space",
    "wide space", "left", "right", "fraction", "root", "cases", "below", "above", "next", "end",
]  # fmt: skip
"""What a piece is. ``"left"`` and ``"right"`` are brackets as high as what they enclose, and ``"below"`` and
``"above"`` begin scripts of what is before them."""


class Piece(NamedTuple):
    r"""A piece of a formula.

    Attributes
    ----------
    kind : What it is.
    latex : What it adds to the LaTeX.
    bracket : Of a high bracket the sign alone: ``(`` of ``\left(``.
    letters : Of a word, or a number, each of its letters or figures.
    inside : Of what is bold the same as it would be written otherwise.
    """

    kind: Kind
    latex: str
    bracket: str = ""
    letters: tuple[str, ...] = ()
    inside: tuple[Piece, ...] = ()

    @property
    def is_word(self) -> bool:
        """Whether its letters are upright."""
        return bool(self.letters) and self.latex != "".join(self.letters)


Pieces = tuple[Piece, ...]
"""What stands side by side in a formula."""


class Hole(NamedTuple):
    """Where an argument stands in a template: its position, -1 for all of them, and how tightly it has to bind."""

    position: int
    level: int


OPENING, CLOSING = Piece("left", r"\left(", "("), Piece("right", r"\right)", ")")
"""Parentheses around what binds too loosely."""

_RELATIONS = frozenset(("=", "<", ">", r"\le", r"\ge", r"\ne"))
_BINARY = frozenset(("+", "-", r"\cdot", r"\odot", r"\land", r"\lor", r"\oplus", r"\bmod"))
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(_RELATIONS, "relation"), **dict.fromkeys(_BINARY, "binary"), "(": "open", "[": "open",
    ")": "close", "]": "close", ",": "punctuation", ";": "punctuation", r"\,": "thin space", r"\;": "thin space",
    r"\quad": "wide space", r"\frac{": "fraction", r"\sqrt{": "root", r"\begin{cases}": "cases", "_{": "below",
    "^{": "above",
    "}{": "next", "&": "next", r"\\": "next", "}": "end", r"\end{cases}": "end",
}  # fmt: skip
_WORD = re.compile(r"\\text\{(.*)\}")
#: A command without a space behind it.
_COMMAND_AT_END = re.compile(r"\\[A-Za-z]+$")
#: Commands of small letters that are one letter; any other is the name of an operator.
_LETTER = re.compile(
    r"\\(var)?(alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho|"
    r"sigma|tau|upsilon|phi|chi|psi|omega|infty|top|lnot|ldots|cdots)"
)
_OPERATOR = re.compile(r"\\operatorname\{.*|\\mathrm\{\w{2,}.*|\\[a-z]{2,}")
_SIGN = r"\\[A-Za-z]+|\\?[^A-Za-z]"
_PART = re.compile(
    r"<(?P<position>\d+)\|(?P<level>\d+)>|(?P<all><\*>)"
    rf"|(?P<fence>\\(?P<side>left|right)(?P<bracket>{_SIGN}))"
    r"|\\(?:begin|end)\{\w+\}|\\(?:text|operatorname|mathrm)\{[^{}]*\}|\\(?:frac|sqrt)\{|[_^]\{|\}\{"
    r"|[0-9.]+|(?P<space>\s+)|\\[A-Za-z]+|\\.|."
)


def sign(latex: str) -> Piece:
    r"""Return one sign, command, number or word as a piece.

    >>> [sign(latex).kind for latex in ("+", r"\tanh", r"\theta", r"\le", r"\text{if }", ",")]
    ['binary', 'operator', 'letter', 'relation', 'word', 'punctuation']
    """
    known = _KINDS.get(latex)
    if known is not None:
        return Piece(known, latex)
    written = _WORD.fullmatch(latex)
    if written:
        return word(written[1])
    return Piece("operator" if _OPERATOR.fullmatch(latex) and not _LETTER.fullmatch(latex) else "letter", latex)


def word(written: str) -> Piece:
    r"""Return words that are no mathematics as a piece.

    >>> word("if ").latex
    '\\text{if }'
    """
    return Piece("word", rf"\text{{{written}}}", letters=tuple(written))


SPACE = Piece("space", " ")
BELOW, ABOVE, END = sign("_{"), sign("^{"), sign("}")
PRIME = sign(r"\prime")
"""What stands above and behind a name; as a character it is raised already."""
LISTED = sign(","), SPACE
"""What stands between the items of a list."""


def script(opening: Piece, inside: Iterable[Piece]) -> Pieces:
    """Return what stands below or above what is before it, nothing without anything inside.

    >>> joined(script(BELOW, [sign("n")])), script(ABOVE, [])
    ('_{n}', ())
    """
    found = tuple(inside)
    return (opening, *found, END) if found else ()


def figures(written: str) -> Pieces:
    """Return the figures of a number as one piece, nothing without any.

    >>> figures("12")[0].letters
    ('1', '2')
    """
    return (Piece("letter", written, letters=tuple(written)),) if written else ()


@cache
def template_pieces(template: str) -> tuple[Piece | Hole, ...]:
    r"""Return what a template of the operators' table consists of; each is read once.

    >>> [part.kind if isinstance(part, Piece) else part.position for part in template_pieces(r"\frac{<0|0>}{<1|0>}")]
    ['fraction', 0, 'next', 1, 'end']
    """
    found: list[Piece | Hole] = []
    for match in _PART.finditer(template):
        if match["all"]:
            found.append(Hole(-1, 0))
        elif match["position"]:
            found.append(Hole(int(match["position"]), int(match["level"])))
        elif match["fence"]:
            found.append(Piece("left" if match["side"] == "left" else "right", match["fence"], match["bracket"]))
        else:
            found.append(Piece("space", match[0]) if match["space"] else sign(match[0]))
    return tuple(found)


def joined(pieces: Iterable[Piece]) -> str:
    r"""Return the LaTeX of pieces side by side.

    >>> joined([Piece("open", r"\left\lfloor"), Piece("letter", "u"), Piece("close", r"\right\rfloor")])
    '\\left\\lfloor u\\right\\rfloor'
    """
    return side_by_side(piece.latex for piece in pieces)


def between(parts: Iterable[Iterable[Piece]], *separator: Piece) -> Pieces:
    """Return parts side by side with a separator between them.

    >>> joined(between([[sign("a")], [sign("b")]], *LISTED))
    'a, b'
    """
    return tuple(piece for n, part in enumerate(parts) for piece in (*(separator if n else ()), *part))


def tight(pieces: Iterable[Piece]) -> Pieces:
    r"""Return pieces whose signs are set as close as those of numbers.

    >>> joined(tight([sign("t"), sign("-"), sign("1")]))
    't{-}1'
    """
    return tuple(Piece("letter", f"{{{piece.latex}}}") if piece.latex in ("+", "-", "*") else piece for piece in pieces)


def side_by_side(written: Iterable[str]) -> str:
    r"""Return LaTeX that is written in parts; a letter that follows a command stays a letter of its own.

    >>> side_by_side([r"2 \cdot", "h"])
    '2 \\cdot h'
    """
    found: list[str] = []
    before = ""
    for part in written:
        if part[:1].isalpha() and _COMMAND_AT_END.search(before):
            found.append(" ")
        found.append(part)
        before = part or before
    return "".join(found)
