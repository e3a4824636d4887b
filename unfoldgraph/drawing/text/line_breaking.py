r"""Names too long for one line: set on several, so that nodes stay round and labels find room.

What stands in one piece, such as a word or the parts of a subscript, is broken between any two of its letters, a name
of several words between them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import groupby, pairwise
from typing import NamedTuple

from unfoldgraph.algebra.pieces import Piece, Pieces, joined, side_by_side

__all__ = ["Folded", "folded"]

# More letters than this are set on several lines, about so many times as long as there are lines.
_LONGEST, _LONGEST_LIST, _RATIO = 40, 30, 3.0
_BEGINNINGS = frozenset(("fraction", "root", "cases", "below", "above"))
# What is in no line of letters: words that are no names, and whatever has parts.
_APART = _BEGINNINGS | {"word", "left", "right", "next", "end"}

# What leaves no ink.
_UNSEEN = frozenset(("below", "above", "end"))

_LINE_BREAK = r" \\ "
#: What stands between the words of a name.
_WORD_SPACE = True, r"\ "

_Atom = tuple[bool, str]
"""What is not broken: whether it is a letter of a word, and its LaTeX."""


class Folded(NamedTuple):
    """LaTeX, and whether it stands on several lines."""

    latex: str
    is_broken: bool = False


@lru_cache(maxsize=4096)
def folded(pieces: Pieces, is_script: bool = False) -> Folded:
    r"""Return LaTeX with everything that is too long for a line on several; what is short is as it was.

    >>> from unfoldgraph.algebra.latex import name_pieces
    >>> folded(tuple(name_pieces("h_1"))).latex
    'h_{1}'
    >>> folded(tuple(name_pieces(48 * "h"))).latex == (
    ...     r"\begin{gathered}" + r" \\ ".join(4 * [r"\mathrm{hhhhhhhhhhhh}"]) + r"\end{gathered}"
    ... )
    True
    """
    latex = joined(pieces)
    if len(latex) <= _LONGEST:
        return Folded(latex)
    if is_script:
        atoms = None if any(_is_apart(piece) for piece in pieces) else _atoms(pieces)
        return Folded(latex) if atoms is None else _run(atoms, is_script)
    return _list(pieces) or _each(pieces)


def _list(pieces: Pieces) -> Folded | None:
    """Return a list of names that is too long for a line on several, broken after commas; None for anything else."""
    names = _split(pieces)
    if len(names) < 2:
        return None
    sizes = [_size(name) for name in names]
    found = [_each(name) for name in names]
    if sum(sizes) <= _LONGEST_LIST or any(name.is_broken for name in found):
        return None
    wide = math.sqrt(_RATIO * sum(sizes))
    lines, room = [""], wide
    for n, (name, size) in enumerate(zip(found, sizes, strict=True)):
        if size > room and lines[-1]:
            lines.append("")
            room = wide
        lines[-1] += name.latex + (", " if n < len(names) - 1 else "")
        room -= size + 1
    return _gathered([line.rstrip() for line in lines])


def _split(pieces: Pieces) -> list[Pieces]:
    """Return the names of a list, between commas that stand in no structure."""
    found: list[Pieces] = []
    first = depth = 0
    for n, (piece, after) in enumerate(pairwise(pieces)):
        depth += (piece.kind in _BEGINNINGS) - (piece.kind == "end")
        if piece.latex == "," and after.kind == "space" and not depth:
            found.append(pieces[first:n])
            first = n + 2
    return [*found, pieces[first:]]


def _size(pieces: Iterable[Piece]) -> int:
    """Return how many letters and signs there are in pieces."""
    seen = (piece for piece in pieces if piece.kind not in _UNSEEN)
    return sum(_size(piece.inside) if piece.inside else len(_atoms([piece])) for piece in seen)


def _each(pieces: Iterable[Piece]) -> Folded:
    """Return LaTeX with each of its words, runs of letters and scripts that is too long on several lines."""
    found: list[Folded] = []
    run: list[Piece] = []
    rest = list(pieces)[::-1]
    while rest:
        piece = rest.pop()
        if not (_is_apart(piece) or piece.is_word):
            run.append(piece)
            continue
        found += [_run(_atoms(run), False)] if run else []
        run = []
        if piece.inside:
            inside = _each(piece.inside)
            found.append(Folded(rf"\boldsymbol{{{inside.latex}}}", inside.is_broken))
        elif piece.kind in ("below", "above"):
            script = _script(rest)
            found.append(Folded(piece.latex + folded(script, True).latex))
        else:
            found.append(Folded(piece.latex) if _is_apart(piece) else _run(_atoms([piece]), False))
    found += [_run(_atoms(run), False)] if run else []
    return Folded(side_by_side(one.latex for one in found), any(one.is_broken for one in found))


def _script(rest: list[Piece]) -> Pieces:
    """Take a script off what is left, which is in reverse, and return it without its end."""
    found: list[Piece] = []
    depth = 1
    while True:
        depth += (rest[-1].kind in _BEGINNINGS) - (rest[-1].kind == "end")
        if not depth:
            return tuple(found)
        found.append(rest.pop())


def _is_apart(piece: Piece) -> bool:
    """Say whether a piece stands in no line of letters."""
    return piece.kind in _APART or bool(piece.inside)


def _atoms(pieces: Iterable[Piece]) -> list[_Atom]:
    """Return what is not broken of pieces in a line."""
    found: list[_Atom] = []
    for piece in pieces:
        if piece.is_word:
            found += [(True, letter) for letter in piece.letters]
        elif piece.kind == "space" and found and not found[-1][0] and found[-1][1][0] == "\\":
            # A space behind a command belongs to it.
            found[-1] = False, found[-1][1] + piece.latex
        else:
            found += [(False, letter) for letter in piece.letters or (piece.latex,)]
    return found


def _run(atoms: Sequence[_Atom], is_script: bool) -> Folded:
    """Return letters and signs on several lines, if they are too long for one."""
    if len(atoms) <= _LONGEST:
        return Folded(_line(atoms))
    count = max(2, round(math.sqrt(len(atoms) / _RATIO)))
    breaks = [len(atoms) * n // count for n in range(count + 1)]
    spaces = [n for n, atom in enumerate(atoms) if atom == _WORD_SPACE]
    if spaces:
        # Words stay whole: each line ends at the space that is nearest.
        inner = dict.fromkeys(min(spaces, key=lambda n: abs(n - at)) for at in breaks[1:-1])
        breaks = [0, *inner, len(atoms)]
    lines = [_line(atoms[first + (atoms[first] == _WORD_SPACE) : last]) for first, last in pairwise(breaks)]
    return Folded(rf"\substack{{{_LINE_BREAK.join(lines)}}}", True) if is_script else _gathered(lines)


def _gathered(lines: Iterable[str]) -> Folded:
    return Folded(rf"\begin{{gathered}}{_LINE_BREAK.join(lines)}\end{{gathered}}", True)


def _line(atoms: Sequence[_Atom]) -> str:
    """Return one line, neighbouring letters of words together in one."""
    parts = []
    for is_word, group in groupby(atoms, key=lambda atom: atom[0]):
        written = side_by_side(letter for _, letter in group)
        parts.append(rf"\mathrm{{{written.strip()}}}" if is_word else written)
    return side_by_side(parts)
