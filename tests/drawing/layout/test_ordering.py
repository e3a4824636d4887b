"""The second phase of a layered layout: which order the ranks have."""

from __future__ import annotations

from itertools import combinations

import pytest
from generators.layered_graphs import Graph, graphs
from hypothesis import given
from support.profiles import examples

from unfoldgraph import Circuit
from unfoldgraph.base.files import gallery_names
from unfoldgraph.drawing.graphs.from_model import cell_of
from unfoldgraph.drawing.layout.layering import RankedGraph, Vertex, Wire, rows_of, shortest_ranks
from unfoldgraph.drawing.layout.ordering import order_in_ranks, order_in_rows


def crossings(graph: RankedGraph, rows: dict[int, list[int]]) -> int:
    """Return how many pairs of edges between neighbouring ranks cross, pair by pair; those that meet do not."""
    place = {point: n for row in rows.values() for n, point in enumerate(row)}
    lines = [(graph.level[low], place[low], place[high] + at) for high in graph.below for low, at in graph.below[high]]
    return sum(
        rank == its and (start - other) * (end - its_end) < 0
        for (rank, start, end), (its, other, its_end) in combinations(lines, 2)
    )


@given(graphs())
@examples(60)
def test_everything_stands_once_on_its_rank(graph: Graph) -> None:
    ranked = RankedGraph(*graph, shortest_ranks(*graph))
    rows = order_in_ranks(ranked)
    assert sorted(point for row in rows.values() for point in row) == sorted(ranked.level)
    assert all(ranked.level[point] == level for level, row in rows.items() for point in row)


@given(graphs(most=9, is_tree=True))
@examples(60)
def test_the_edges_of_a_tree_do_not_cross(graph: Graph) -> None:
    ranked = RankedGraph(*graph, shortest_ranks(*graph))
    assert crossings(ranked, order_in_ranks(ranked)) == 0


@pytest.mark.parametrize(
    "pairs", [[(1, 2), (0, 3), (1, 4)], [(1, 2), (0, 3), (0, 3), (3, 4), (3, 5), (1, 5)]], ids=["apart", "joined"]
)
def test_what_crosses_in_the_order_written_is_exchanged(pairs: list[tuple[int, int]]) -> None:
    targets = [target for _, target in pairs]
    vertices = [Vertex(20.0, 20.0, targets.count(number)) for number in range(max(targets) + 1)]
    wires = [Wire(source, target, targets[:n].count(target)) for n, (source, target) in enumerate(pairs)]
    ranked = RankedGraph(vertices, wires, shortest_ranks(vertices, wires))
    written: dict[int, list[int]] = {}
    for point, level in ranked.level.items():
        written.setdefault(level, []).append(point)
    assert crossings(ranked, written) > 0
    assert crossings(ranked, order_in_ranks(ranked)) == 0


def test_arguments_that_come_in_their_order_stand_in_it() -> None:
    vertices = [Vertex(20.0, 20.0), Vertex(20.0, 20.0), Vertex(30.0, 20.0, 2, True)]
    wires = [Wire(0, 2, 1), Wire(1, 2, 0)]
    ranked = RankedGraph(vertices, wires, shortest_ranks(vertices, wires))
    assert order_in_ranks(ranked) == {0: [1, 0], 1: [2]}


@pytest.mark.parametrize("name", gallery_names())
def test_every_variable_stands_once_in_its_row(name: str) -> None:
    cell = cell_of(Circuit.gallery(name).model)
    row = rows_of(cell)
    rows = order_in_rows(cell, row)
    assert sorted(name for members in rows.values() for name in members) == sorted(row)
    assert all(row[name] == level for level, members in rows.items() for name in members)
