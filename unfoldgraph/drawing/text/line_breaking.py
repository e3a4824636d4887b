r"""Names too long for one line, in LaTeX: set on several, so that nodes stay round and labels find room.

What stands in one piece, such as a word or the parts of a subscript, is broken between any two of its letters.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby, pairwise

__all__ = ["folded"]

# More letters than this are set on several lines, about so many times as long as there are lines.
_LONGEST, _LONGEST_LIST, _RATIO = 40, 30, 3.0
_WORD = r"\\mathrm\{(?P<letters>(?:[^{}\\]|\\[A-Za-z]+ ?)*)\}"
_ATOM = re.compile(r"\\[A-Za-z]+ ?|\\.|\{[^{}\\]\}|[^{}\\]")
_PIECE = re.compile(rf"{_WORD}|{_ATOM.pattern}")
_SCRIPT = re.compile(r"[_^]\{")
# Words that are no names.
_WORDS = re.compile(r"\\(?:text|operatorname)\{[^{}]*\}")
# What is not seen.
_PLAIN = re.compile(r"\\(?:boldsymbol|mathrm|operatorname)|[{}_^]")
# Letters and signs, and commands that have no argument.
_LETTERS = re.compile(r"(?:\\(?!left|right|begin|end)[A-Za-z]+(?![A-Za-z{]) ?|[^{}\\_^])+")


@lru_cache(maxsize=4096)
def folded(latex: str, is_script: bool = False) -> str:
    r"""Return LaTeX with everything that is too long for a line on several; what is short is as it was.

    >>> folded(r"\boldsymbol{h}_{1}")
    '\\boldsymbol{h}_{1}'
    >>> folded(r"\mathrm{" + 48 * "h" + "}") == (
    ...     r"\begin{gathered}" + r" \\ ".join(4 * [r"\mathrm{hhhhhhhhhhhh}"]) + r"\end{gathered}"
    ... )
    True
    """
    if len(latex) <= _LONGEST:
        return latex
    if is_script:
        return _run(latex, is_script) or latex
    return _list(latex) or _pieces(latex)


def _list(latex: str) -> str | None:
    """Return a list of names that is too long for a line on several, broken after commas; None for anything else."""
    names = [_pieces(name) for name in _split(latex)]
    sizes = [len(_ATOM.findall(_PLAIN.sub("", name))) for name in names]
    if len(names) < 2 or sum(sizes) <= _LONGEST_LIST or any("gathered" in name for name in names):
        return None
    wide = math.sqrt(_RATIO * sum(sizes))
    lines, room = [""], wide
    for n, (name, size) in enumerate(zip(names, sizes, strict=True)):
        if size > room and lines[-1]:
            lines.append("")
            room = wide
        lines[-1] += name + (", " if n < len(names) - 1 else "")
        room -= size + 1
    joined = r" \\ ".join(line.rstrip() for line in lines)
    return rf"\begin{{gathered}}{joined}\end{{gathered}}"


def _split(latex: str) -> list[str]:
    """Return the names of a list, between commas that stand in no braces."""
    found, depth = [""], 0
    for part in re.split(r"(\\.|[{}]|, )", latex):
        depth += {"{": 1, "}": -1}.get(part, 0)
        if part == ", " and not depth:
            found.append("")
        else:
            found[-1] += part
    return found


def _pieces(latex: str) -> str:
    """Return LaTeX with each of its words, runs of letters and scripts that is too long on several lines."""
    found, at = [], 0
    while at < len(latex):
        words, script = _WORDS.match(latex, at), _SCRIPT.match(latex, at)
        run = re.match(_WORD, latex[at:]) or _LETTERS.match(latex[at:])
        if words is not None:
            found.append(words[0])
            at = words.end()
        elif script is not None:
            end = _closing(latex, script.end())
            found.append(script[0] + folded(latex[script.end() : end], True) + latex[end : end + 1])
            at = end + 1
        elif run is not None:
            found.append(_run(run[0], False) or run[0])
            at += run.end()
        else:
            found.append(latex[at])
            at += 1
    return "".join(found)


def _closing(latex: str, at: int) -> int:
    """Return where the brace is that closes what begins at a place."""
    depth = 1
    while at < len(latex):
        if latex[at] == "\\":
            at += 1
        elif latex[at] in "{}":
            depth += 1 if latex[at] == "{" else -1
            if not depth:
                return at
        at += 1
    return at


def _run(latex: str, is_script: bool) -> str | None:
    """Return a run of words, letters and signs on several lines; None where it is short, or more than a run."""
    atoms: list[tuple[bool, str]] = []
    at = 0
    while at < len(latex):
        piece = _PIECE.match(latex, at)
        if piece is None:
            return None
        letters = piece["letters"]
        atoms += [(letters is not None, atom) for atom in _ATOM.findall(piece[0] if letters is None else letters)]
        at = piece.end()
    if len(atoms) <= _LONGEST:
        return None
    count = max(2, round(math.sqrt(len(atoms) / _RATIO)))
    breaks = [len(atoms) * n // count for n in range(count + 1)]
    lines = [_line(atoms[first:last]) for first, last in pairwise(breaks)]
    joined = r" \\ ".join(lines)
    return rf"\substack{{{joined}}}" if is_script else rf"\begin{{gathered}}{joined}\end{{gathered}}"


def _line(atoms: Sequence[tuple[bool, str]]) -> str:
    """Return one line, neighbouring letters of words together in one."""
    parts = []
    for is_word, group in groupby(atoms, key=lambda atom: atom[0]):
        written = "".join(atom for _, atom in group)
        parts.append(rf"\mathrm{{{written.strip()}}}" if is_word else written)
    return "".join(parts)
