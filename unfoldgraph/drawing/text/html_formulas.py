r"""Formulas in lines that can be broken, from their pieces: words of glyphs, as many to a line as there is room for.

The words are made of the labels of the picture, so that a formula looks like it and shares its outlines. Fractions,
roots and what stands in high brackets are composed here too: ziamath would set a nested one again and again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from unfoldgraph.algebra.pieces import ABOVE, BELOW, Piece, Pieces, joined, script, sign
from unfoldgraph.drawing.geometry import Rectangle
from unfoldgraph.drawing.text.typeset import SCRIPT_SCALE, Glyph, Label, PlacedGlyph, compose, typeset

__all__ = ["AXIS", "Word", "tokens_of", "words_of"]

#: How high above the baseline signs are centred, in ems.
AXIS = 0.25

#: The space between two tokens, in ems between their inks, by their kinds; all others are as near as letters.
_NEAR = 0.09
_SPACES = {
    ("operator", "open"): 0.05, ("operator", "fenced"): 0.14, ("open", "*"): 0.05, ("*", "close"): 0.05,
    ("*", "punctuation"): 0.04, ("punctuation", "*"): 0.28, ("*", "binary"): 0.26, ("binary", "*"): 0.26,
    ("word", "*"): 0.32, ("*", "word"): 0.32, ("*", "relation"): 0.32, ("relation", "*"): 0.32,
    ("*", "operator"): 0.2, ("operator", "*"): 0.2, ("fraction", "*"): 0.15, ("*", "fraction"): 0.15,
    ("*", "root"): 0.12, ("*", "cases"): 0.2,
}  # fmt: skip
#: What spaces that are written add to it.
_SPACE_ADDED = {"space": 0.0, "thin space": 0.08, "wide space": 0.9}
#: Behind these a plus or a minus has nothing to be taken from: it is a sign.
_BEFORE_SIGNS = frozenset(("open", "binary", "relation", "punctuation", "operator", "word"))
_TALL = frozenset(("fraction", "root", "cases"))
_OPENINGS = _TALL | {"left", "below", "above"}
#: How large the parts of a fraction in a fraction are, and the smallest that anything gets.
_SMALLER, _SMALLEST = 0.84, 0.62
#: Structures deeper than this in one another are written as dots.
_DEEPEST = 10
# Lengths in ems: of bars, of the space around them, between rows, and what a root adds at its left.
_BAR, _CLEAR, _ROWS, _HOOK = 0.052, 0.14, 0.35, 0.62


@dataclass(frozen=True, slots=True)
class Word:
    """What is not broken: a label that begins at 0, and how far it is to the next one."""

    label: Label
    width: float


@dataclass(frozen=True, slots=True)
class Token:
    """One sign, name or structure with its scripts.

    Attributes
    ----------
    kind : That of its piece, ``"open"`` and ``"close"`` for high brackets that need not be high; or ``"fenced"``,
        what is in high brackets, with the opening, what is inside and the closing as its parts.
    nucleus : What it consists of without scripts: a single piece but for structures.
    below, above : The scripts.
    space : What is added to the space before it, in ems.
    parts : Its parts: two of a fraction, one of a root, two a row of cases.
    """

    kind: str
    nucleus: Pieces
    below: tuple[Piece, ...] = ()
    above: tuple[Piece, ...] = ()
    space: float = 0.0
    parts: tuple[tuple[Piece, ...], ...] = ()

    @property
    def pieces(self) -> Pieces:
        """The token as it is written."""
        return (*self.nucleus, *script(BELOW, self.below), *script(ABOVE, self.above))

    @property
    def latex(self) -> str:
        """Its LaTeX."""
        return joined(self.pieces)


def tokens_of(pieces: Sequence[Piece]) -> list[Token]:
    r"""Return what stands side by side in a formula.

    >>> from unfoldgraph.algebra.pieces import template_pieces
    >>> [token.kind for token in tokens_of(template_pieces(r"-a + f\left(b, \frac{1}{2}\right)^{2}"))]
    ['letter', 'letter', 'binary', 'letter', 'fenced']
    """
    ends, tall = _structures(pieces)
    found: list[Token] = []
    n, space = 0, 0.0
    while n < len(pieces):
        piece = pieces[n]
        if piece.kind in _SPACE_ADDED:
            space = max(space, _SPACE_ADDED[piece.kind])
            n += 1
            continue
        kind: str = {"left": "open", "right": "close"}.get(piece.kind, piece.kind)
        nucleus: Pieces = (piece._replace(latex=piece.bracket or piece.latex),)
        following = n + 1
        parts: tuple[tuple[Piece, ...], ...] = ()
        if n in ends and (piece.kind != "left" or n in tall):
            parts, following = tuple(_parts(pieces, n, ends)), ends[n] + 1
            nucleus = tuple(pieces[n:following])
            if piece.kind == "left":
                kind, parts = "fenced", ((piece,), *parts, (pieces[ends[n]],))
        elif kind == "binary" and piece.latex in ("+", "-") and (not found or found[-1].kind in _BEFORE_SIGNS):
            kind = "letter"
        scripts: dict[str, tuple[Piece, ...]] = {}
        while following in ends and pieces[following].kind in ("below", "above"):
            scripts[pieces[following].kind] = tuple(_tight(pieces[following + 1 : ends[following]]))
            following = ends[following] + 1
        found.append(Token(kind, nucleus, scripts.get("below", ()), scripts.get("above", ()), space, parts))
        n, space = following, 0.0
    return found


def _structures(pieces: Sequence[Piece]) -> tuple[dict[int, int], set[int]]:
    """Return where each structure ends, by where it begins, and which of them have something high inside."""
    ends: dict[int, int] = {}
    tall: set[int] = set()
    begun: list[int] = []
    for n, piece in enumerate(pieces):
        if piece.kind in _OPENINGS:
            begun.append(n)
        elif piece.kind in ("right", "end"):
            first = begun.pop()
            ends[first] = n
            if begun and (first in tall or pieces[first].kind in _TALL):
                tall.add(begun[-1])
    return ends, tall


def _parts(pieces: Sequence[Piece], start: int, ends: dict[int, int]) -> Iterator[tuple[Piece, ...]]:
    """Yield the parts of the structure that begins at a place."""
    first = n = start + 1
    while n < ends[start]:
        if pieces[n].kind == "next":
            yield tuple(pieces[first:n])
            first = n + 1
        n = ends.get(n, n) + 1
    yield tuple(pieces[first : ends[start]])


def _tight(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Yield a script as the labels of the picture have it, without spaces after commas and before signs."""
    n = 0
    while n < len(pieces):
        following = pieces[n + 1].kind if n + 1 < len(pieces) else ""
        if pieces[n].latex == "," and following == "space":
            yield sign("{,}")
            n += 1
        elif pieces[n].kind != "space" or following == "" or pieces[n + 1].latex not in ("+", "-"):
            yield pieces[n]
        n += 1


def words_of(pieces: Sequence[Piece], size: float) -> tuple[Word, ...]:
    r"""Return the words of a formula at ``size`` units to the em.

    >>> from unfoldgraph.algebra.pieces import template_pieces
    >>> [word.label.latex for word in words_of(template_pieces(r"a + f\left(b, c\right)"), 15.0)]
    ['a', '+f(b,', 'c)']
    """
    tokens = tokens_of(pieces)
    words: list[Word] = []
    start = 0
    for n in range(1, len(tokens) + 1):
        if n == len(tokens) or tokens[n].kind in ("binary", "relation") or tokens[n - 1].kind == "punctuation":
            space = _space(tokens[n - 1], tokens[n]) * size if n < len(tokens) else 0.0
            label = _row(tuple(tokens[start:n]), size, 0)
            words.append(Word(label, label.box[2] + space))
            start = n
    return tuple(words)


@lru_cache(maxsize=8192)
def _row(tokens: tuple[Token, ...], size: float, depth: int) -> Label:
    """Return tokens set side by side, from 0."""
    found: list[Label] = []
    x = 0.0
    for n, token in enumerate(tokens):
        label = _label(token, size, depth)
        x += _space(tokens[n - 1], token) * size if n else 0.0
        found.append(label.moved(x - label.box[0], 0.0))
        x = found[-1].box[2]
    return _together("".join(token.latex for token in tokens), found)


def _space(before: Token, after: Token) -> float:
    kinds = ((before.kind, after.kind), (before.kind, "*"), ("*", after.kind))
    return after.space + next((_SPACES[pair] for pair in kinds if pair in _SPACES), _NEAR)


def _label(token: Token, size: float, depth: int) -> Label:
    """Return one token set."""
    if not token.parts:
        if token.kind == "operator" or not (token.below or token.above):
            return typeset(token.pieces, size)
        # Names and their places are composed of parts that all of them share.
        return compose(token.nucleus, token.above, token.below, size)
    if depth >= _DEEPEST:
        return typeset([sign(r"\cdots")], size)
    match token.kind:
        case "fraction":
            body = _fraction(token, size, depth)
        case "root":
            body = _root(token, size, depth)
        case "fenced":
            (first,), inside, (last,) = token.parts
            body = _fenced(first.bracket, _line(inside, size, depth), last.bracket, size)
        case _:
            body = _fenced(r"\{", _table(token.parts, size, depth), "", size)
    scripts = [body]
    for pieces, height in ((token.above, body.box[1] + 0.2 * size), (token.below, body.box[3] - 0.2 * size)):
        if pieces:
            script = _line(pieces, size * SCRIPT_SCALE, depth)
            x, y = body.box[2] + 0.05 * size - script.box[0], height - (script.box[1] + script.box[3]) / 2
            scripts.append(script.moved(x, y))
    return _together(token.latex, scripts) if scripts[1:] else body


def _line(pieces: Sequence[Piece], size: float, depth: int) -> Label:
    return _row(tuple(tokens_of(pieces)), size, depth + 1)


def _fraction(token: Token, size: float, depth: int) -> Label:
    """Return one part above the other, a bar between them on the axis."""
    smaller = max(size * _SMALLER, _SMALLEST * size) if depth else size
    over, under = (_line(part, smaller, depth) for part in token.parts)
    width = max(over.box[2], under.box[2]) + 0.2 * size
    bar = _bar(0.0, -AXIS * size - _BAR * size / 2, width, _BAR * size)
    up, down = bar.box[1] - _CLEAR * size, bar.box[3] + _CLEAR * size
    parts = [
        over.moved((width - over.box[2]) / 2, up - over.box[3]),
        bar,
        under.moved((width - under.box[2]) / 2, down - under.box[1]),
    ]
    return _together(token.latex, parts)


def _root(token: Token, size: float, depth: int) -> Label:
    """Return what is inside a root under its sign."""
    inside = _line(token.parts[0], size, depth)
    thick, left = _BAR * size, _HOOK * size
    top, bottom = min(inside.box[1], -0.6 * size) - _CLEAR * size, max(inside.box[3], 0.05 * size)
    height = bottom - top
    points = (
        (0.02 * size, top + 0.58 * height), (0.16 * size, top + 0.5 * height), (0.33 * size, bottom - 1.6 * thick),
        (left - thick, top - thick), (left + inside.box[2] + 0.1 * size, top - thick),
        (left + inside.box[2] + 0.1 * size, top), (left - 0.3 * thick, top), (0.33 * size, bottom + 0.6 * thick),
        (0.13 * size, top + 0.58 * height), (0.04 * size, top + 0.63 * height),
    )  # fmt: skip
    return _together(token.latex, [_polygon(points), inside.moved(left + 0.04 * size, 0.0)])


def _fenced(first: str, inside: Label, last: str, size: float) -> Label:
    """Return a label between two signs as high as it is."""
    half = max(inside.box[3] + AXIS * size, -AXIS * size - inside.box[1], 0.5 * size) + 0.06 * size
    opening = _high(first, half, size)
    found = [opening, inside.moved(opening.box[2] + 0.1 * size - inside.box[0], 0.0)]
    if last:
        closing = _high(last, half, size)
        found.append(closing.moved(found[-1].box[2] + 0.08 * size, 0.0))
    return _together(first + inside.latex + last, found)


def _table(cells: Sequence[Sequence[Piece]], size: float, depth: int) -> Label:
    """Return rows of two cells, one below the other, centred on the axis."""
    labels = [_line(cell, size, depth) for cell in cells]
    second = max((label.box[2] for label in labels[0::2]), default=0.0) + 1.0 * size
    found: list[Label] = []
    y = 0.0
    for row in (labels[n : n + 2] for n in range(0, len(labels), 2)):
        y -= min(label.box[1] for label in row) if found else 0.0
        found += [label.moved(second * n, y) for n, label in enumerate(row)]
        y = max(label.box[3] for label in found) + _ROWS * size
    whole = _together("", found)
    return whole.moved(0.0, -AXIS * size - (whole.box[1] + whole.box[3]) / 2)


# --- shapes -------------------------------------------------------------------------------


def _high(bracket: str, half: float, size: float) -> Label:
    """Return a bracket that reaches so far above and below the axis, from 0."""
    label = typeset([sign(bracket)], size)
    factor = max(1.0, 2 * half / (label.box[3] - label.box[1]))
    placed = [_stretched(one, factor) for one in label.glyphs]
    found = _together(bracket, [Label(bracket, (one,), _box_of(one)) for one in placed])
    return found.moved(-found.box[0], -AXIS * size - (found.box[1] + found.box[3]) / 2)


def _stretched(placed: PlacedGlyph, factor: float) -> PlacedGlyph:
    """Return a glyph made higher; it gets a little wider too, or it would look thin."""
    wide, high = factor**0.25, factor
    commands = tuple(
        (letter, tuple(value * (wide, high)[n % 2] for n, value in enumerate(numbers)))
        for letter, numbers in placed.glyph.commands
    )
    x0, y0, x1, y1 = placed.glyph.box
    box = x0 * wide, y0 * high, x1 * wide, y1 * high
    key = f"{placed.glyph.key}*{factor:.3f}"
    return PlacedGlyph(Glyph(key, commands, box), placed.x, placed.y * factor, placed.scale)


def _box_of(placed: PlacedGlyph) -> Rectangle:
    x0, y0, x1, y1 = (value * placed.scale for value in placed.glyph.box)
    return x0 + placed.x, y0 + placed.y, x1 + placed.x, y1 + placed.y


def _bar(x: float, y: float, width: float, height: float) -> Label:
    return _polygon(((x, y), (x + width, y), (x + width, y + height), (x, y + height)))


def _polygon(points: Sequence[tuple[float, float]]) -> Label:
    """Return a filled shape."""
    commands = (*(("M" if n == 0 else "L", point) for n, point in enumerate(points)), ("Z", ()))
    xs, ys = zip(*points, strict=True)
    box = min(xs), min(ys), max(xs), max(ys)
    key = "shape" + ",".join(f"{x:.2f} {y:.2f}" for x, y in points)
    return Label("", (PlacedGlyph(Glyph(key, commands, box), 0.0, 0.0, 1.0),), box)


def _together(latex: str, labels: Sequence[Label]) -> Label:
    """Return several labels as one."""
    boxes = [label.box for label in labels] or [(0.0, 0.0, 0.0, 0.0)]
    box = min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)
    return Label(latex, tuple(glyph for label in labels for glyph in label.glyphs), box)
