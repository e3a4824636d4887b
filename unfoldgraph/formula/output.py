"""Formulas as streams of text: lines, aligned LaTeX, SymPy's own text, and JSON.

The JSON is one object, whose members stay as they are: `version` (1), `target`, `form`, `notation`, and
`lines`, a list with one object a line: `left` and `right` of its equals sign as text, and the same in LaTeX,
`left_latex` and `right_latex`. In the nested form and in later lines of the steps form `left` is that of the
first line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unfoldgraph.formula.expansion import Expansion

#: Lines in one chunk of a stream.
_LINES = 1_000


def render(expansion: Expansion, form: str, format: str) -> Iterator[str]:
    """Return the chunks of a formula, the first of them made: what is wrong is raised here."""
    lines = {"text": _text, "latex": _latex, "sympy": _sympy, "json": _json}[format](expansion, form)
    first = next(lines, "")
    return _joined(chain([first], lines))


def _joined(lines: Iterator[str]) -> Iterator[str]:
    while some := list(islice(lines, _LINES)):
        yield "\n".join(some) + "\n"


def _text(expansion: Expansion, form: str) -> Iterator[str]:
    match form:
        case "nested":
            yield expansion.text
        case "steps":
            yield from (text for text, _ in expansion.writer.steps(expansion.stages()))
        case "let":
            yield from (text for text, _ in expansion.writer.let())
        case _:
            yield expansion.signature


def _sides(expansion: Expansion, form: str) -> Iterator[tuple[str, str]]:
    """Yield both sides of every line in LaTeX."""
    writer = expansion.writer
    left = writer.left_latex(expansion.target)
    match form:
        case "let":
            yield from writer.let_latex()
        case "steps":
            yield from ((left, writer.latex(stage)) for stage in expansion.stages())
        case "nested":
            yield left, expansion.latex
        case _:
            yield left, expansion.signature.latex.removeprefix(f"{left} = ")


def _latex(expansion: Expansion, form: str) -> Iterator[str]:
    if form == "nested":
        yield expansion.latex
        return
    sides = _sides(expansion, form)
    first = next(sides)
    second = next(sides, None)
    if second is None:
        yield " = ".join(first)
        return
    yield r"\begin{aligned}"
    before = first
    for pair in chain([second], sides):
        yield f"{before[0]} &= {before[1]} \\\\"
        # The lines of a substitution have their left side once.
        before = ("" if form == "steps" else pair[0]), pair[1]
    yield f"{before[0]} &= {before[1]}"
    yield r"\end{aligned}"


def _sympy(expansion: Expansion, form: str) -> Iterator[str]:
    sympy_form = expansion.sympy_form
    match form:
        case "nested":
            yield sympy_form.written(expansion.sympy)
        case "let":
            yield from map(sympy_form.written, sympy_form.let(expansion.derivation))
        case "steps":
            yield from map(sympy_form.written, sympy_form.steps(expansion.target, expansion.stages()))
        case _:
            writer = expansion.writer
            yield sympy_form.written(sympy_form.signature(expansion.target, writer.function, *writer.arguments()))


def _json(expansion: Expansion, form: str) -> Iterator[str]:
    writer = expansion.writer
    left = writer.left(expansion.target)
    rights: Iterable[tuple[str, str]]
    match form:
        case "nested":
            rights = [(left, expansion.text)]
        case "steps":
            rights = ((left, writer.text(stage)) for stage in expansion.stages())
        case "let":
            order = expansion.derivation.equations or [expansion.target]
            rights = zip(map(writer.left, order), writer.rights(order, writer.text), strict=True)
        case _:
            rights = [(left, expansion.signature.removeprefix(f"{left} = "))]
    head = {"version": 1, "target": left, "form": form, "notation": expansion.notation}
    opening = json.dumps(head, ensure_ascii=False)[:-1] + ', "lines": ['
    separator = ""
    for (text_left, text_right), (latex_left, latex_right) in zip(rights, _sides(expansion, form), strict=True):
        line = {"left": text_left, "right": text_right, "left_latex": latex_left, "right_latex": latex_right}
        if not separator:
            yield opening
        else:
            yield separator
        separator = json.dumps(line, ensure_ascii=False) + ","
    yield separator.rstrip(",")
    yield "]}"
