"""The third phase of a layered layout: neighbours keep their distance and their order."""

from __future__ import annotations

from itertools import pairwise

import pytest
from generators.layered_graphs import Graph, graphs
from hypothesis import given
from support.profiles import examples

from unfoldgraph import Circuit
from unfoldgraph.base.files import gallery_names
from unfoldgraph.drawing.graphs.from_model import cell_of
from unfoldgraph.drawing.layout.coordinates import placed_in_ranks, placed_in_rows
from unfoldgraph.drawing.layout.layered import arrange_layers
from unfoldgraph.drawing.layout.layering import RankedGraph, Vertex, Wire, rows_of, shortest_ranks
from unfoldgraph.drawing.layout.ordering import order_in_ranks, order_in_rows


@given(graphs())
@examples(60)
def test_neighbours_on_a_rank_keep_their_order_and_do_not_touch(graph: Graph) -> None:
    vertices, wires = graph
    ranked = RankedGraph(vertices, wires, shortest_ranks(vertices, wires))
    rows = order_in_ranks(ranked)
    layers = placed_in_ranks(ranked, rows)
    x = dict(enumerate(layers.x))
    for chain, passes in zip(ranked.chains, layers.passes, strict=True):
        x.update(zip(chain[1:-1], passes, strict=True))
    half = {number: vertex.width / 2 for number, vertex in enumerate(vertices)}
    for row in rows.values():
        for left, right in pairwise(row):
            assert x[right] - x[left] > half.get(left, 0.0) + half.get(right, 0.0)
    assert min(x.values()) == 0.0


def test_a_chain_is_straight() -> None:
    vertices = [Vertex(20.0, 20.0), *(Vertex(width, 20.0, 1) for width in (46.0, 30.5, 20.0))]
    layers = arrange_layers(vertices, [Wire(number, number + 1) for number in range(3)])
    assert layers.x == [0.0] * 4


@pytest.mark.parametrize("name", gallery_names())
def test_variables_of_one_row_stand_a_slot_apart_at_least(name: str) -> None:
    cell = cell_of(Circuit.gallery(name).model)
    row = rows_of(cell)
    rows = order_in_rows(cell, row)
    place = placed_in_rows(cell, row, rows, (cell.axes[0] if cell.axes else None, None))
    assert place.keys() == row.keys()
    assert min(place.values()) == 0.0
    for members in rows.values():
        assert all(after - before >= 1 for before, after in pairwise(sorted(place[name] for name in members)))
