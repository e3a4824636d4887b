"""The edges of the circuit: one step drawn once, with what it reads of others through the squares of delays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from unfoldgraph.algebra.latex import name_pieces
from unfoldgraph.algebra.notation import printed
from unfoldgraph.algebra.pieces import LISTED, Pieces, between, sign
from unfoldgraph.drawing.graphs.rolled import Cell, Link, Through

__all__ = ["circuit_links", "saying", "square_mark", "square_number", "told_links"]


def circuit_links(cell: Cell, by_place: bool = False) -> list[Link]:
    """Return the edges of the circuit: a statement for one place adds only what no equation says.

    That is a read of another variable, or one through something else: of `s(0) = tanh(A @ C)` the edge through A
    is told, though `s(u)` reads C too, through R. ``by_place`` keeps apart what an equation reads at several places,
    and adds what it reads of itself at one.
    """
    usual = [link for link in cell.links if link.is_usual]
    found: dict[tuple[object, ...], Link] = {}
    for link in usual:
        # Reads at several places of the end, or by several numbers, are one edge where the places are not seen.
        where = link.index if by_place else ()
        key = (link.source, link.target, link.read, link.delay, link.labels, where, link.reach)
        found.setdefault(key, link)
    said = {(link.source, link.target, link.delay, labels) for link in usual for labels in ((), link.labels)}
    for link in cell.links:
        if link.is_usual:
            continue
        delay = _delay_of(cell, link)
        if link.reach is None and (link.source, link.target, delay, link.labels) in said:
            continue
        read = "delay" if any(delay) else link.read
        found.setdefault(
            (link.source, link.target, read, delay, link.labels, (), link.reach),
            replace(link, delay=delay, read=read),
        )
    return [link for link in found.values() if link.source != link.target or link.delayed or by_place]


def told_links(cell: Cell) -> list[Link]:
    """Return the edges of the circuit as they are drawn, each saying how far it reaches where that is no plain delay.

    It says it beside its square, or before its labels where it has none. What goes through the same from one variable
    to another is one edge, which says it of all.
    """
    found: dict[object, list[Link]] = {}
    for link in circuit_links(cell):
        alike = (link.source, link.target, link.delay, link.delayed, link.labels, link.is_usual)
        found.setdefault(len(found) if link.reach is None else alike, []).append(link)
    return [saying(links) for links in found.values()]


def saying(links: Sequence[Link]) -> Link:
    """Return several edges as one that says how far all of them reach: beside its square, or in its label."""
    reaches = list(dict.fromkeys(link.reach for link in links if link.reach is not None))
    if not reaches:
        return links[0]
    if not links[0].delayed:
        told = (Through(reach.latex, (reach.text,)) for reach in reaches)
        return replace(links[0], labels=(*told, *links[0].labels), reach=None)
    latex, text = between((reach.latex for reach in reaches), *LISTED), ", ".join(reach.text for reach in reaches)
    return replace(links[0], reach=reaches[0]._replace(latex=latex, text=text))


def _delay_of(cell: Cell, link: Link) -> tuple[int, ...]:
    """Return the delay of what a boundary or a pin reads.

    A fixed place before its own it reads with that delay; one after it, with none.
    """
    places = zip(cell.variable(link.target).axes, link.left.index, strict=True)
    own = {axis: at for axis, at in places if not at.moves}
    delay = dict(zip(cell.axes, link.delay, strict=True))
    for axis, at in zip(cell.variable(link.source).axes, link.index, strict=True):
        if axis in own and at.is_plain and not at.moves and own[axis].base == at.base:
            delay[axis] = max(0, own[axis].offset - at.offset)
    return tuple(delay.values())


def _is_lattice(cell: Cell) -> bool:
    """Say whether any variable has several axes, so that the squares say along which they delay."""
    return any(len(variable.axes) > 1 for variable in cell.variables)


def square_number(cell: Cell, link: Link) -> int | None:
    """Return what is written in a delay square: nothing for one step, -1 for one that runs backward."""
    if link.reach is not None:
        return None
    moved = [delay for delay in link.delay if delay]
    return moved[0] if moved != [1] and not _is_lattice(cell) else None


def square_mark(cell: Cell, link: Link) -> tuple[Pieces, str]:
    """Return what is written beside a delay square, in pieces and as text: along which axes it delays, and how far.

    That is ``t``, ``2t``, ``-i`` or ``t, -i``, the axes in the order in which the variable names them. Where no
    variable has several axes there is nothing to be said. Of a range it is how far it reaches, with a square or not.
    """
    if link.reach is not None:
        return link.reach.latex, link.reach.text
    if not link.delayed or not _is_lattice(cell):
        return (), ""
    delays = dict(zip(cell.axes, link.delay, strict=True))
    own = (cell.variable(link.target).axes, cell.variable(link.source).axes, cell.axes)
    ordered = dict.fromkeys(axis for axes in own for axis in axes if delays[axis])
    counts = {axis: str(abs(delays[axis])) if abs(delays[axis]) != 1 else "" for axis in ordered}
    marks = [
        (*[sign("{-}")] * (delays[axis] < 0), *([sign(count)] if count else []), *name_pieces(axis))
        for axis, count in counts.items()
    ]
    return (
        between(marks, sign("{,}"), sign(r"\,")),
        ", ".join(f"{'-' * (delays[axis] < 0)}{count}{printed(axis)}" for axis, count in counts.items()),
    )
