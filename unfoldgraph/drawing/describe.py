"""A picture in words, for those who cannot see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from unfoldgraph.drawing.cell import Cell, Link, Unfolded
from unfoldgraph.errors import number

__all__ = ["describe"]

_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def describe(cell: Cell, unfolded: Unfolded | None, lengths: Mapping[str, int] | None, view: str) -> str:
    """Return the structure of a picture in sentences."""
    sentences = [_circuit(cell)]
    if view != "circuit" and unfolded is not None:
        sentences += _unfolding(cell, unfolded, lengths)
    return " ".join(sentence for sentence in sentences if sentence)


def _circuit(cell: Cell) -> str:
    """Say what depends on what, variable by variable."""
    parts = []
    for variable in cell.variables:
        reads = [_read(cell, link) for link in cell.links if link.target == variable.name and link.at is None]
        if reads:
            parts.append(f"{variable.text} depends on {_listed(reads, 'on ')}")
    for link in cell.links:
        if link.at is not None:
            target = cell.variable(link.target)
            parts.append(f"{target.text}({link.at}) depends on {_read(cell, link)}")
    inputs = [v.text for v in cell.variables if v.role == "input" and all(k.source != v.name for k in cell.links)]
    if inputs:
        parts.append(f"nothing reads {_listed(inputs)}")
    if not parts:
        parts = [f"{_listed([v.text for v in cell.variables])}, which nothing connects"]
    return f"Circuit: {'; '.join(parts)}."


def _read(cell: Cell, link: Link) -> str:
    """Say one read: what, when, and through what."""
    source = cell.variable(link.source)
    name = source.text
    if link.read == "end":
        name = f"{name}(end{link.offset or ''})"
    elif link.read == "fixed":
        name = f"{name}({link.offset})"
    elif link.read == "all":
        name = f"{name} at all steps"
    elif link.delayed:
        steps = abs(link.steps)
        name += f" {_count(steps, 'step')} {'before' if link.steps > 0 else 'after'}"
    return f"{name} through {link.text}" if link.text else name


def _unfolding(cell: Cell, unfolded: Unfolded, lengths: Mapping[str, int] | None) -> list[str]:
    """Say which steps are drawn, and what is given before the first."""
    if lengths is None:
        axis = cell.axes[0] if cell.axes else "t"
        return [f"Unfolded at {axis}-1, {axis} and {axis}+1, with what comes before and after."] if cell.axes else []
    steps = lengths[cell.axes[0]] if cell.axes else 0
    sentences = [f"Unfolded over {_count(steps, 'step')}."] if cell.axes else []
    omitted = sum(column.omitted for column in unfolded.columns if column.kind == "gap")
    if omitted:
        sentences = [f"Unfolded over {_count(steps, 'step')}, of which {_count(omitted, 'step')} are left out."]
    given = [instance.text for instance in unfolded.instances if instance.role == "boundary"]
    if given:
        sentences.append(f"{_listed(given)} {'is' if len(given) == 1 else 'are'} given.")
    return sentences


def _count(count: int, what: str) -> str:
    """Return a number and its noun: ``"two steps"``."""
    word = _WORDS[count] if count < len(_WORDS) else number(count)
    return f"{word} {what}" if count == 1 else f"{word} {what}s"


def _listed(items: Sequence[str], before: str = "") -> str:
    """Return ``"a, b and c"``; `before` is repeated before each but the first: ``"on a and on b"``."""
    items = list(dict.fromkeys(items))
    told = items[:1] + [before + item for item in items[1:]]
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"
