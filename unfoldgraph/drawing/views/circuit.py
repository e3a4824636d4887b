"""The circuit: one step drawn once, its delayed edges bent back through squares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from unfoldgraph.drawing.geometry import Outline
from unfoldgraph.drawing.graphs.circuit import square_mark, told_links
from unfoldgraph.drawing.graphs.rolled import Cell, Link
from unfoldgraph.drawing.routing.candidates import Request
from unfoldgraph.drawing.routing.labelled_edges import (
    EDGE_TYPE,
    edge_text,
    place,
    square_items,
    square_side,
)
from unfoldgraph.drawing.routing.router import Surroundings
from unfoldgraph.drawing.scene.scene import Edge, Node, Text, edge_id, node_id
from unfoldgraph.drawing.scene.style import Style
from unfoldgraph.drawing.text.typeset import centred, compose, typeset, width_of
from unfoldgraph.drawing.views.view import DrawnView

__all__ = ["circuit_view"]

# How far a node may stand so that loops would meet it.
_LOOP_ROOM = 190.0


def circuit_view(cell: Cell, shapes: Mapping[str, Outline], row: float, style: Style) -> DrawnView:
    """Return the circuit, its nodes at given places and its rows so far apart.

    What holds only at a place of its own is dashed.
    """
    links = told_links(cell)
    requests = []
    for n, link in enumerate(links):
        loops = sorted((_length(k), m) for m, k in enumerate(links) if k.source == k.target == link.source)
        is_loop = link.source == link.target
        requests.append(
            Request(
                n,
                link.source,
                link.target,
                shapes[link.source],
                shapes[link.target],
                square_side(cell, link),
                _rank(link, shapes, row),
                bool(link.label),
                square_mark(cell, link)[0],
                # Loops of smaller delay go inside, then those written before.
                nest=loops.index((_length(link), n)) if is_loop else 0,
                nested=len(loops),
                room=width_of(typeset(link.pieces, EDGE_TYPE)) if is_loop and link.label else 0.0,
                loops=_free_side(shapes[link.source], list(shapes.values())) if len(cell.drawn_axes) > 1 else 0,
            )
        )
    placed = place(links, requests, Surroundings(list(shapes.values())), style.margin)
    view = DrawnView(lost=placed.lost, unclear=placed.unclear)
    ids = {variable.name: node_id("circuit", (variable.name,)) for variable in cell.variables}
    for n, link in enumerate(links):
        name, route = edge_id("circuit", n), placed.routes[n]
        ends = ids[link.source], ids[link.target]
        view.items.append(Edge(name, "circuit", *ends, link.delay, route.path, not link.is_usual, True))
        if route.square is not None:
            view.items.extend(square_items(name, cell, link, route.square, placed.marks.get(n)))
        if n in placed.corners:
            view.items.append(edge_text(name, link, placed.corners[n]))
    for variable in cell.variables:
        shape = shapes[variable.name]
        name = ids[variable.name]
        size = shape.x, shape.y, shape.rx, shape.ry
        view.items.append(Node("circuit", (variable.name,), variable.name, (), variable.role, *size))
        label = centred(compose(variable.latex, variable.sup, variable.sub, style.circuit_type), shape.x, shape.y)
        view.items.append(Text(name, variable.text, label))
    return view


def _free_side(node: Outline, others: Sequence[Outline]) -> int:
    """Return the side of a node on which its loops meet no other: right if possible, else below, left or above."""

    def is_free(side: int) -> bool:
        across, along = ((1, 0), (0, -1), (-1, 0), (0, 1))[side]
        for other in others:
            dx, dy = other.x - node.x, other.y - node.y
            ahead, beside = dx * across + dy * along, abs(dx * along) + abs(dy * across)
            if 0 < ahead < _LOOP_ROOM and beside < 2.2 * node.ry:
                return False
        return True

    return next((side for side in (0, 3, 2, 1) if is_free(side)), 0)


def _rank(link: Link, shapes: Mapping[str, Outline], row: float) -> tuple[int, ...]:
    """Who chooses first: short edges without delay, then loops, then the long way round."""
    rows = round(abs(shapes[link.source].y - shapes[link.target].y) / row)
    return (int(link.delayed), int(link.source != link.target) if link.delayed else rows, _length(link))


def _length(link: Link) -> int:
    return sum(map(abs, link.towards))
