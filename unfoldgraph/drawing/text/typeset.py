"""LaTeX to glyph outlines, with exact ink boxes.

Typesetting is ziamath's (pure Python, it ships STIX Two Math). A label is
composed of base, superscript and subscript, each typeset once: typesetting
2,000 whole labels one by one costs 11 s, composing them costs milliseconds,
and the outlines of a letter are stored once in the file.
"""

from __future__ import annotations

import math
import re
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from unfoldgraph.algebra.latex import NameParts
from unfoldgraph.algebra.pieces import PRIME, Piece, Pieces, between, joined, sign, tight, word
from unfoldgraph.drawing.geometry import Rectangle
from unfoldgraph.drawing.text.line_breaking import Folded, folded

__all__ = [
    "VERTICAL_DOTS",
    "Glyph",
    "Label",
    "PlacedGlyph",
    "centred",
    "column",
    "compose",
    "instance_label",
    "is_turned",
    "lines",
    "stacked",
    "turned",
    "typeset",
    "width_of",
    "words",
]

# The size ziamath is asked for; outlines are kept at this size and scaled in use.
_EM = 12.0
# The size of which ziamath's least size is a fraction, whatever size it is asked for.
_BASE = 24.0
# Of the letter's size: the superscript, how far it rises, how far the subscript falls.
SCRIPT_SCALE = 0.72
_RISE = 0.41
_FALL = 0.22
_SCRIPT_GAP = 0.045
# How high capitals are, and the middle of a line.
_CAP, _AXIS = 0.69, 0.25
# The distance of the lines of a column.
_LEADING = 1.1
# The same of names, which have subscripts.
_LINE = 1.3
# How small scripts of scripts are, or all in an index would be too small to read in print.
_LEAST, _LEAST_IN_SCRIPTS = 0.7, 0.95

VERTICAL_DOTS: Pieces = (sign(r"\vdots"),)
"""The line that stands for what is left out of a column."""
_OPEN, _CLOSED, _FIRST, _LAST = map(sign, "()[]")

# ziamath takes an underscore in the name of a function for one in mathematics.
_NAMED = re.compile(r"\\operatorname\{(\w*\\_[\w\\]*)\}")
# A prime in a superscript of its own would stand too high, and far from a letter.
_PRIMES = re.compile(r"(?<=(.))\^\{((?:\\prime)+)\}")
# A hat would be made as wide as what it stands on.
_HAT, _PLAIN_HAT = "<mo>&#x00302;</mo>", '<mi mathvariant="normal">\u0302</mi>'
# The font has dotless letters that are slanted, none that are bold: these keep their dots.
_DOTLESS = (
    ('<mi mathvariant="bold-italic">&#x00131;', '<mi mathvariant="bold-italic">i'),
    ('<mi mathvariant="bold-italic">&#x00237;', '<mi mathvariant="bold-italic">j'),
    ("&#x00131;", "\U0001d6a4"),
    ("&#x00237;", "\U0001d6a5"),
)
_TOKEN = re.compile(r"[MLQCZHV]|-?\d*\.?\d+(?:e-?\d+)?")
_ZIAMATH = threading.Lock()
_TURNED: ContextVar[bool] = ContextVar("turned", default=False)


@contextmanager
def turned(is_turned: bool = True) -> Iterator[None]:
    """Have all labels made inside measured with their sides exchanged, for a picture whose time runs upward.

    Such a picture is laid out as if time ran to the right, and mirrored across the diagonal at the end, which puts
    the labels upright again: `Label.mirrored` undoes itself.

    >>> with turned():
    ...     x0, y0, x1, y1 = words("WWW", 15.0).box
    >>> x1 - x0 < y1 - y0
    True
    """
    before = _TURNED.set(is_turned)
    try:
        yield
    finally:
        _TURNED.reset(before)


def is_turned() -> bool:
    """Say whether labels are measured with their sides exchanged."""
    return _TURNED.get()


@dataclass(frozen=True, slots=True)
class Glyph:
    """One outline. ``commands`` are (letter, numbers), absolute, y downward, 12 units to the em."""

    key: str
    commands: tuple[tuple[str, tuple[float, ...]], ...]
    box: Rectangle


@dataclass(frozen=True, slots=True)
class PlacedGlyph:
    """A glyph at (x, y), its origin on the baseline, ``scale`` times its own units."""

    glyph: Glyph
    x: float
    y: float
    scale: float


@dataclass(frozen=True, slots=True)
class Label:
    """A typeset text with its origin at the left end of the baseline, y downward.

    ``box`` is the box of the ink: x0, y0 (top), x1, y1. ``words`` are those that it is where it is no mathematics.
    """

    latex: str
    glyphs: tuple[PlacedGlyph, ...]
    box: Rectangle
    words: str = ""

    def scaled(self, factor: float) -> Label:
        """Return the same text, ``factor`` times as large."""
        return Label(
            self.latex,
            tuple(PlacedGlyph(g.glyph, g.x * factor, g.y * factor, g.scale * factor) for g in self.glyphs),
            _scale_box(self.box, factor),
            self.words,
        )

    def moved(self, dx: float, dy: float) -> Label:
        """Return the same text, elsewhere."""
        x0, y0, x1, y1 = self.box
        return Label(
            self.latex,
            tuple(PlacedGlyph(g.glyph, g.x + dx, g.y + dy, g.scale) for g in self.glyphs),
            (x0 + dx, y0 + dy, x1 + dx, y1 + dy),
            self.words,
        )

    def mirrored(self) -> Label:
        """Return the same text at places mirrored across the diagonal from lower left to upper right, glyphs as before.

        A label that is moved between two of these is moved by the mirrored way.
        """
        x0, y0, x1, y1 = self.box
        return Label(
            self.latex,
            tuple(PlacedGlyph(g.glyph, -g.y, -g.x, g.scale) for g in self.glyphs),
            (-y1, -x1, -y0, -x0),
            self.words,
        )


def typeset(pieces: Sequence[Piece], size: float) -> Label:
    """Mathematics at ``size`` units to the em; what is too long for a line is on several.

    >>> typeset([sign("W")], 15.0).box[1] < 0   # above the baseline
    True
    """
    return _turned(_told(pieces, _typeset(folded(tuple(pieces)).latex, size)))


def _told(pieces: Sequence[Piece], label: Label) -> Label:
    """Return the label of some pieces, which knows the words that it is."""
    return replace(label, words="".join(pieces[0].letters)) if [piece.kind for piece in pieces] == ["word"] else label


@lru_cache(maxsize=4096)
def _typeset(latex: str, size: float, least: float = _LEAST) -> Label:
    """``least`` is the size of the smallest letters, of the size of the others."""
    return _at_em(latex, least).scaled(size / _EM)


def _turned(label: Label) -> Label:
    """Return a label as it is measured now."""
    return _mirrored(label) if _TURNED.get() else label


@lru_cache(maxsize=16384)
def _mirrored(label: Label) -> Label:
    return label.mirrored()


def words(text: str, size: float) -> Label:
    """Upright words, not mathematics, at ``size`` units to the em."""
    escaped = "".join(c if c.isalnum() or c in " .,:" else " " for c in text)
    return typeset([word(escaped)], size)


def compose(
    base: Sequence[Piece],
    superscript: Sequence[Piece],
    subscript: Sequence[Piece],
    size: float,
    after: Sequence[Piece] = (),
) -> Label:
    """Return a letter with its time and subscript, as ``h^{(t-1)}``, from parts typeset once each.

    ``after`` follows at full size: ``h[t-1]``.
    """
    return _turned(_composed(tuple(base), tuple(superscript), tuple(subscript), size, tuple(after)))


@lru_cache(maxsize=16384)
def _composed(base: Pieces, superscript: Pieces, subscript: Pieces, size: float, after: Pieces) -> Label:
    first, last = folded(base), folded(after)
    letter = _typeset(first.latex, size)
    parts = [letter]
    beside = letter.box[2]
    if PRIME in superscript:
        # They are raised by themselves, so that they are as large and as high as the letter has them.
        primes = _typeset(joined(piece for piece in superscript if piece == PRIME), size)
        parts.append(primes.moved(beside + _SCRIPT_GAP * size - primes.box[0], 0.0))
        beside = parts[-1].box[2]
    # Beside several lines scripts stand at the first and the last.
    top, bottom = (letter.box[1] + _CAP * size, letter.box[3]) if first.is_broken else (0.0, 0.0)
    above, below = folded(superscript, True), folded(subscript, True)
    raised = tuple(piece for piece in superscript if piece != PRIME)
    scripts = (raised, above, top / size - _RISE, True), (subscript, below, bottom / size + _FALL, False)
    for pieces, written, shift, is_above in scripts:
        if pieces:
            script = _script(pieces, size * SCRIPT_SCALE, True)
            # A slanted letter leans away from its subscript.
            tuck = 0.0 if is_above else -0.04
            x = (beside if is_above else letter.box[2]) + (_SCRIPT_GAP + tuck) * size - script.box[0]
            y = shift * size
            if written.is_broken:
                # Several lines of a script stand above the middle of the line, or below it.
                y = top - _AXIS * size - script.box[3] if is_above else bottom - _AXIS * size - script.box[1]
            parts.append(script.moved(x, y))
    if after:
        following = _script(after, size, False)
        x = max(part.box[2] for part in parts) + 0.06 * size - following.box[0]
        parts.append(following.moved(x, 0.0))
    latex = first.latex + _written("_", below) + _written("^", above) + last.latex
    return Label(latex, tuple(g for part in parts for g in part.glyphs), _union([p.box for p in parts]))


def _written(mark: str, script: Folded) -> str:
    return f"{mark}{{{script.latex}}}" if script.latex else ""


def instance_label(name: NameParts, place: Sequence[Pieces], notation: str, size: float) -> Label:
    """Return the label of a variable at a place along each axis, in one of `formula.options.NOTATIONS`."""
    base, below, above = name
    places = between(place, sign("{,}"))
    if notation == "subscript":
        return compose(base, above, between([part for part in (below, places) if part], sign(",")), size)
    if notation == "bracket":
        return compose(base, above, below, size, (sign("["), *places, sign("]")))
    return compose(base, (*above, sign("("), *places, sign(")")), below, size)


def width_of(label: Label) -> float:
    """How wide the ink of a label is on the page, however it is measured now."""
    x0, y0, x1, y1 = label.box
    return y1 - y0 if _TURNED.get() else x1 - x0


def column(lines: tuple[Pieces, ...], size: float, has_brackets: bool) -> Label:
    """Numbers below each other, their last figures in line; in brackets, a vector."""
    return _turned(_column(lines, size, has_brackets))


@lru_cache(maxsize=16384)
def _column(lines: tuple[Pieces, ...], size: float, has_brackets: bool) -> Label:
    parts: list[Label] = []
    for n, line in enumerate(lines):
        one = _figures(line, size)
        # Dots stand in the middle of the others.
        parts.append(one.moved(-one.box[2] if line != VERTICAL_DOTS else 0.0, n * _LEADING * size))
    left = min(part.box[0] for part in parts)
    parts = [
        part.moved((left - part.box[0] - part.box[2]) / 2, 0.0) if line == VERTICAL_DOTS else part
        for part, line in zip(parts, lines, strict=True)
    ]
    latex = joined(lines[0])
    if has_brackets:
        # As close as the lines are here.
        latex = r"\begin{bmatrix}" + r" \\[-0.2em] ".join(map(joined, lines)) + r"\end{bmatrix}"
        x0, y0, x1, y1 = _union([part.box for part in parts])
        room, reach, width = 0.2 * size, 0.28 * size, 0.055 * size
        for x, inward in ((x0 - room, reach), (x1 + room, -reach)):
            low, high = min(x, x + inward), max(x, x + inward)
            upright = (x, y0 - width, x + math.copysign(width, inward), y1 + width)
            upright = (min(upright[0], upright[2]), upright[1], max(upright[0], upright[2]), upright[3])
            for bar in (upright, (low, y0 - 2 * width, high, y0 - width), (low, y1 + width, high, y1 + 2 * width)):
                parts.append(_bar(*bar))
    label = Label(latex, tuple(g for part in parts for g in part.glyphs), _union([part.box for part in parts]))
    return label if has_brackets else _told(lines[0], label)


def lines(pieces: Sequence[Sequence[Piece]], size: float) -> Label:
    r"""Several formulas, each on a line of its own.

    >>> lines([[sign("W"), sign(",")], [sign("U")]], 15.0).latex
    '\\begin{aligned}&W, \\\\ &U\\end{aligned}'
    """
    latex = [joined(line) for line in pieces]
    parts = [_typeset(line, size) for line in latex]
    parts = [part.moved(-part.box[0], n * _LINE * size) for n, part in enumerate(parts)]
    written = r" \\ ".join(f"&{line}" for line in latex)
    glyphs = tuple(glyph for part in parts for glyph in part.glyphs)
    return _turned(Label(rf"\begin{{aligned}}{written}\end{{aligned}}", glyphs, _union([part.box for part in parts])))


def _bar(x0: float, y0: float, x1: float, y1: float) -> Label:
    """Return a filled rectangle."""
    width, height = x1 - x0, y1 - y0
    corners = ((0.0, 0.0), (width, 0.0), (width, height), (0.0, height))
    outline = (*(("M" if n == 0 else "L", corner) for n, corner in enumerate(corners)), ("Z", ()))
    glyph = Glyph(f"bar{width:.3f}x{height:.3f}", outline, (0.0, 0.0, width, height))
    return Label("", (PlacedGlyph(glyph, x0, y0, 1.0),), (x0, y0, x1, y1))


def _figures(line: Pieces, size: float) -> Label:
    """Return a number, figure by figure, so that all numbers share ten figures; what is no figure in one piece."""
    count = next((n for n, piece in enumerate(line) if not _is_figures(piece)), len(line))
    figures = [figure for piece in line[:count] for figure in piece.letters or (piece.latex,)]
    # A sign and a point stand closer to what follows.
    return _closely([*figures, *filter(None, [joined(line[count:]).strip()])], size, joined(line))


def _is_figures(piece: Piece) -> bool:
    """Say whether a piece is a sign or figures."""
    return piece.latex == "-" or (piece.kind == "letter" and bool(piece.letters))


def _closely(written: Sequence[str], size: float, latex: str) -> Label:
    """Return LaTeX in parts that are set by themselves and stand close together."""
    pieces: list[Label] = []
    x = 0.0
    for part in written:
        piece = _typeset(part, size)
        pieces.append(piece.moved(x - piece.box[0], 0.0))
        x += piece.box[2] - piece.box[0] + 0.07 * size
    return Label(latex, tuple(g for p in pieces for g in p.glyphs), _union([p.box for p in pieces]))


def stacked(first: Label, second: Label, gap: float) -> tuple[Label, Label]:
    """Two labels, one below the other, which are centred together about the origin."""
    upper, lower = _turned(first), _turned(second)
    (x0, y0, x1, y1), (u0, v0, u1, v1) = upper.box, lower.box
    top = -(y1 - y0 + gap + v1 - v0) / 2
    upper = upper.moved(-(x0 + x1) / 2, top - y0)
    lower = lower.moved(-(u0 + u1) / 2, top + y1 - y0 + gap - v0)
    return _turned(upper), _turned(lower)


def centred(label: Label, x: float, y: float) -> Label:
    """Return the label with its ink centred about a point."""
    x0, y0, x1, y1 = label.box
    return label.moved(x - (x0 + x1) / 2, y - (y0 + y1) / 2)


def _script(pieces: Pieces, size: float, is_script: bool) -> Label:
    """Return a script, or what follows in its place; ``(123)`` figure by figure, so that every step shares ten."""
    number = max(pieces, key=lambda piece: len(piece.letters))
    is_number = pieces in ((number,), (_OPEN, number, _CLOSED), (_FIRST, number, _LAST)) and _is_long(number)
    if is_number and not folded(pieces, is_script).is_broken:
        latex = joined(pieces)
        return _closely(latex, size, latex)
    # In braces a sign is not spaced as an operator: scripts are set tight.
    return _typeset(folded(tight(pieces), is_script).latex, size, _LEAST_IN_SCRIPTS)


def _is_long(piece: Piece) -> bool:
    """Say whether a piece is a whole number of three figures or more."""
    return len(piece.letters) > 2 and piece.latex.isdigit()


@lru_cache(maxsize=4096)
def _at_em(latex: str, least: float) -> Label:
    """``latex`` typeset at `_EM`, taken apart into glyphs."""
    root = _mathematics(latex, least)
    outlines: dict[str, tuple[Glyph, Rectangle]] = {}
    placed: list[PlacedGlyph] = []
    for element in root.iter():
        tag = element.tag.rpartition("}")[2]
        if tag == "symbol":
            key = element.attrib["id"]
            view = tuple(float(n) for n in element.attrib["viewBox"].split())
            commands = _commands(" ".join(child.attrib["d"] for child in element if "d" in child.attrib))
            outlines[key] = (
                Glyph(key, commands, _ink(commands)),
                (view[0], view[1], view[2], view[3]),
            )
        elif tag == "use":
            glyph, view_box = outlines[element.attrib["href"].lstrip("#")]
            scale = float(element.attrib["width"]) / view_box[2] if view_box[2] else 1.0
            x = float(element.attrib["x"]) - view_box[0] * scale
            y = float(element.attrib["y"]) - view_box[1] * scale
            if glyph.commands:
                placed.append(PlacedGlyph(glyph, x, y, scale))
        elif tag == "rect" and element.attrib.get("fill") != "none":
            x, y, width, height = (float(element.attrib[a]) for a in ("x", "y", "width", "height"))
            corners = ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
            bar = (*(("M" if n == 0 else "L", corner) for n, corner in enumerate(corners)), ("Z", ()))
            key = f"bar{width:.3f}x{height:.3f}@{x:.3f},{y:.3f}"
            placed.append(PlacedGlyph(Glyph(key, bar, _ink(bar)), 0.0, 0.0, 1.0))
    if not placed:
        return Label(latex, (), (0.0, 0.0, 0.0, 0.0))
    boxes = []
    for p in placed:
        x0, y0, x1, y1 = _scale_box(p.glyph.box, p.scale)
        boxes.append((x0 + p.x, y0 + p.y, x1 + p.x, y1 + p.y))
    return Label(latex, tuple(placed), _union(boxes))


def _mathematics(latex: str, least: float) -> Any:
    """``latex`` as ziamath's SVG element, each glyph a symbol that is used.

    ziamath keeps these settings for everyone; they are put back before anyone else can see them.
    """
    with _ZIAMATH, warnings.catch_warnings():
        # It reads its font by a function that Python is about to drop.
        warnings.simplefilter("ignore", DeprecationWarning)
        import ziamath

        library: Any = ziamath
        config = library.config
        before = config.svg2, config.precision, config.minsizefraction
        config.svg2, config.precision, config.minsizefraction = True, 4, least * _EM / _BASE
        try:
            upright = _NAMED.sub(lambda named: rf"\text{{{named[1]}}}".replace(r"\_", "_"), latex)
            upright = _PRIMES.sub(_beside_letter, upright)
            return library.Math(_with_accents(library.tex.tex2mml(upright, inline=True)), size=_EM).svgxml()
        finally:
            config.svg2, config.precision, config.minsizefraction = before


def _beside_letter(primes: re.Match[str]) -> str:
    """Return primes as they stand close to a letter, or behind its subscript."""
    return primes[2].replace(r"\prime", "'") if primes[1] == "}" else f"{primes[2]} "


def _with_accents(mathml: str) -> str:
    """Return MathML whose accents stand above slanted letters as those of the font, none wider than the others."""
    mathml = mathml.replace(_HAT, _PLAIN_HAT)
    for upright, slanted in _DOTLESS:
        mathml = mathml.replace(upright, slanted)
    return mathml


def _commands(path: str) -> tuple[tuple[str, tuple[float, ...]], ...]:
    """Return an SVG path of M L Q C Z, absolute, taken apart."""
    result: list[tuple[str, tuple[float, ...]]] = []
    letter = ""
    numbers: list[float] = []
    for token in _TOKEN.findall(path):
        if token.isalpha():
            if letter:
                result.append((letter, tuple(numbers)))
            letter, numbers = token, []
        else:
            numbers.append(float(token))
    if letter:
        result.append((letter, tuple(numbers)))
    return tuple(result)


def _ink(commands: tuple[tuple[str, tuple[float, ...]], ...]) -> Rectangle:
    """Return the exact box of an outline: the extrema of its curves, not of their control points."""
    xs: list[float] = []
    ys: list[float] = []
    at = (0.0, 0.0)
    for letter, numbers in commands:
        if letter in "ML":
            at = (numbers[0], numbers[1])
            xs.append(at[0])
            ys.append(at[1])
        elif letter == "Q":
            end = (numbers[2], numbers[3])
            for axis, values in enumerate((xs, ys)):
                a, b, c = at[axis], numbers[axis], end[axis]
                values.append(c)
                bend = a - 2 * b + c
                if abs(bend) > 1e-12 and 0 < (a - b) / bend < 1:
                    t = (a - b) / bend
                    values.append((1 - t) ** 2 * a + 2 * t * (1 - t) * b + t * t * c)
            at = end
        elif letter == "C":
            xs.extend(numbers[0::2])
            ys.extend(numbers[1::2])
            at = (numbers[4], numbers[5])
    return (min(xs), min(ys), max(xs), max(ys)) if xs else (0.0, 0.0, 0.0, 0.0)


def _scale_box(box: Rectangle, factor: float) -> Rectangle:
    return (box[0] * factor, box[1] * factor, box[2] * factor, box[3] * factor)


def _union(boxes: list[Rectangle]) -> Rectangle:
    return (
        min(b[0] for b in boxes),
        min(b[1] for b in boxes),
        max(b[2] for b in boxes),
        max(b[3] for b in boxes),
    )
