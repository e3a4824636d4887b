"""The first phase of a layered layout: ranks against all ranks that there are, rows by what they promise."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
from generators.layered_graphs import Graph, graphs
from hypothesis import given
from hypothesis import strategies as st
from support.profiles import examples

from unfoldgraph import Circuit
from unfoldgraph.base.files import gallery_names
from unfoldgraph.drawing.graphs.from_model import cell_of
from unfoldgraph.drawing.layout.layering import RankedGraph, Vertex, Wire, hung_ranks, rows_of, shortest_ranks


@given(graphs(most=5))
@examples(60)
def test_ranks_make_the_edges_as_short_as_possible(graph: Graph) -> None:
    vertices, wires = graph

    def length(ranks: tuple[int, ...]) -> int:
        return sum(vertices[wire.source].weight * (ranks[wire.target] - ranks[wire.source]) for wire in wires)

    every = product(range(len(vertices)), repeat=len(vertices))
    rising = [ranks for ranks in every if all(ranks[wire.source] < ranks[wire.target] for wire in wires)]
    found = tuple(shortest_ranks(vertices, wires))
    assert found in rising
    assert length(found) == min(map(length, rising))


@pytest.mark.parametrize(("into", "out_of", "rank"), [(1, 3, 2), (3, 1, 1)])
def test_of_two_edges_the_heavier_is_the_shorter(into: int, out_of: int, rank: int) -> None:
    sizes = (20.0, 20.0)
    chain = [Vertex(*sizes, weight=into), Vertex(*sizes, 1), Vertex(*sizes, 1), Vertex(*sizes, 2)]
    wires = [Wire(0, 1), Wire(1, 2), Wire(2, 3), Wire(0, 4), Wire(4, 3, 1)]
    assert shortest_ranks([*chain, Vertex(*sizes, 1, weight=out_of)], wires) == [0, 1, 2, 3, rank]


@given(graphs(), st.data())
@examples(60)
def test_what_hangs_is_as_high_as_its_ceilings_and_readers_let_it(graph: Graph, data: st.DataObject) -> None:
    vertices, wires = graph
    ceilings = data.draw(st.dictionaries(st.integers(0, len(vertices) - 1), st.integers(0, 4)))
    found = hung_ranks(vertices, wires, ceilings)
    top = max(ceilings.values(), default=0)
    for number, rank in enumerate(found):
        readers = [found[wire.target] - 1 for wire in wires if wire.source == number]
        assert rank == min([ceilings.get(number, top), *readers])


@given(graphs())
@examples(60)
def test_an_edge_passes_every_rank_between_its_ends(graph: Graph) -> None:
    vertices, wires = graph
    ranked = RankedGraph(vertices, wires, shortest_ranks(vertices, wires))
    for wire, chain in zip(wires, ranked.chains, strict=True):
        assert (chain[0], chain[-1]) == (wire.source, wire.target)
        assert all(ranked.level[upper] == ranked.level[lower] + 1 for lower, upper in pairwise(chain))
        assert all(point >= len(vertices) for point in chain[1:-1])


@pytest.mark.parametrize("name", gallery_names())
def test_the_rows_of_a_step_have_no_hole_and_what_is_not_delayed_rises(name: str) -> None:
    cell = cell_of(Circuit.gallery(name).model)
    row = rows_of(cell)
    assert set(row.values()) == set(range(len(set(row.values()))))
    inputs = {variable.name for variable in cell.variables if variable.role == "input"}
    within = [link for link in cell.links if not link.delayed and link.is_usual and link.source not in inputs]
    assert all(row[link.source] < row[link.target] for link in within if cell.moves(link))
