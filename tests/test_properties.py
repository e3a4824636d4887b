"""What holds for every circuit, over generated ones."""

from __future__ import annotations

import networkx
import numpy as np
from circuits import BATCHES, arrays, circuits
from hypothesis import given, settings
from hypothesis import strategies as st

from unfoldgraph import Circuit, fold

_MANY = settings(max_examples=60, deadline=None)


@_MANY
@given(circuits())
def test_text_reads_back_as_the_same_circuit(text: str) -> None:
    circuit = Circuit(text)
    assert Circuit(circuit.text()) == circuit
    assert Circuit(circuit.text()).text() == circuit.text()


@_MANY
@given(circuits(), st.integers(0, 9))
def test_the_unfolded_graph_is_acyclic_and_counted_without_being_built(text: str, steps: int) -> None:
    unfolding = Circuit(text).unfold(steps)
    graph = unfolding.to_networkx()
    assert networkx.is_directed_acyclic_graph(graph)
    assert len(unfolding) == len(graph) == len(set(unfolding.nodes))
    assert len(unfolding.edges) == graph.number_of_edges()
    assert unfolding.depth == networkx.dag_longest_path_length(graph)


@_MANY
@given(circuits(), st.integers(40, 140))
def test_depth_is_found_by_arithmetic(text: str, steps: int) -> None:
    unfolding = Circuit(text).unfold(steps)
    assert unfolding.depth == networkx.dag_longest_path_length(unfolding.to_networkx())


@_MANY
@given(circuits())
def test_folding_the_unfolded_graph_gives_the_circuit_back(text: str) -> None:
    circuit = Circuit(text)
    graph, expected = circuit.unfold(12).to_networkx(), circuit.graph
    del circuit
    assert networkx.utils.graphs_equal(fold(graph), expected)


@_MANY
@given(circuits(), st.integers(0, 7), st.integers(0, 2**32), st.sampled_from(BATCHES))
def test_rolled_unrolled_and_evaluate_agree(text: str, steps: int, seed: int, batch: tuple[int, ...]) -> None:
    circuit = Circuit(text)
    data = arrays(circuit, steps, seed, batch)
    expected = circuit.unfold(steps).evaluate(**data)
    length = {} if circuit.inputs else {"steps": steps}
    for found in (circuit.compile()(**data, **length), circuit.compile(steps=steps)(**data)):
        assert list(found) == list(expected)
        for name, value in expected.items():
            assert found[name].shape == value.shape, name
            np.testing.assert_allclose(found[name], value, rtol=1e-9, atol=1e-9, err_msg=name)


@_MANY
@given(circuits(), st.integers(1, 5), st.integers(1, 5), st.integers(0, 2**32))
def test_unfolding_in_two_parts_is_unfolding_at_once(text: str, first: int, second: int, seed: int) -> None:
    circuit = Circuit(text)
    steps = first + second
    data = arrays(circuit, steps, seed)
    whole = circuit.unfold(steps).evaluate(**data)
    part = circuit.unfold(first).evaluate(**{k: v[:first] if k in circuit.inputs else v for k, v in data.items()})
    for name, axes in circuit.model.signals.items():
        reads_end = any(read.kind == "end" for s in circuit.model.statements if s.name == name for read in s.reads)
        if axes and not reads_end:
            np.testing.assert_array_equal(whole[name][:first], part[name])
