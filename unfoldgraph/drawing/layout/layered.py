"""A layered layout, for a graph without cycles drawn upward: ranks, an order within them, and places.

The three phases are those of Sugiyama. An edge over several ranks passes each of them at a place of its own, so no edge
runs through a node. What flows into a node arrives at its lower side: in the order of its arguments where that matters,
else in the order in which it comes.

There are two layouts: that of operations, whose ranks and places are optimal, and that of the variables of one step,
which knows what stands beside it in the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from unfoldgraph.drawing.graphs.rolled import Cell
from unfoldgraph.drawing.layout.coordinates import Layers, Layout, placed_in_ranks, placed_in_rows
from unfoldgraph.drawing.layout.layering import RankedGraph, Vertex, Wire, hung_ranks, rows_of, shortest_ranks
from unfoldgraph.drawing.layout.ordering import order_in_ranks, order_in_rows

__all__ = ["arrange", "arrange_layers"]


def arrange_layers(
    vertices: Sequence[Vertex],
    wires: Sequence[Wire],
    ceilings: Mapping[int, int] | None = None,
    hints: Sequence[Wire] = (),
) -> Layers:
    """Return the layout of a graph without cycles.

    Parameters
    ----------
    vertices, wires : The nodes and the edges.
    ceilings : Ranks that some nodes have if possible; the others are as high as they can be.
    hints : Edges that are not drawn, but keep together what they join.

    >>> small = Vertex(20.0, 20.0)
    >>> arrange_layers([small, small, Vertex(30.0, 20.0, 2, True)], [Wire(0, 2, 1), Wire(1, 2, 0)]).x
    [35.0, 0.0, 28.5]
    """
    if not vertices:
        return Layers([])
    every = [*wires, *hints]
    ranks = shortest_ranks(vertices, every) if ceilings is None else hung_ranks(vertices, every, ceilings)
    graph = RankedGraph(vertices, every, ranks)
    rows = order_in_ranks(graph)
    layers = placed_in_ranks(graph, rows)
    return replace(layers, passes=layers.passes[: len(wires)])


def arrange(cell: Cell, along: tuple[str | None, str | None] | None = None) -> Layout:
    """Return the layout of one step.

    ``along`` are the axes that run to the right and in the direction of the rows; where there is one axis it
    runs to the right.
    """
    if not cell.variables:
        return Layout({}, {}, 0, 0.0, 0)
    right, up = along or (cell.axes[0] if cell.axes else None, None)
    row = rows_of(cell)
    rows = order_in_rows(cell, row)
    place = placed_in_rows(cell, row, rows, (right, up))
    delayed = [link for link in cell.links if link.delayed]
    # Time runs along the states; along the inputs only where there is nothing else.
    delayed.sort(key=lambda link: cell.variable(link.source).role == "input")
    spine = row[delayed[0].source] if delayed else (max(row.values()) + 1) // 2
    return Layout(row, place, max(row.values()) + 1, max(place.values()), spine)
