"""Every form of an expansion, read by a reader of its own, has the value that the circuit itself has."""

from __future__ import annotations

import numpy as np
import pytest
import sympy
from generators import circuits as made
from generators.ranged_texts import ranged_texts
from hypothesis import HealthCheck, assume, given
from hypothesis import strategies as st
from oracles.expansion_meaning import (
    assert_every_form_agrees,
    assert_it_means_what_the_circuit_means,
    assert_needed_exactly,
    node_values,
)
from support.profiles import examples

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.formula.sympy_form import SymPyForm

pytestmark = pytest.mark.filterwarnings("ignore::unfoldgraph.base.errors.CircuitWarning")

_SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


#: Circuits on one axis, and on two or in both directions.
AHEAD = st.one_of(made.circuits(), made.arrays_of_values(), made.arrays_of_values(), made.opaque(), made.renamed())
EVERY_WAY = st.one_of(made.two_way(), made.lattices(), made.masks())


@examples(200, suppress_health_check=_SLOW)
@given(text=AHEAD, sizes=st.tuples(st.integers(1, 4), st.integers(1, 3)), seed=st.integers(0, 1000), data=st.data())
def test_expansions_mean_what_the_circuit_means(
    text: str, sizes: tuple[int, int], seed: int, data: st.DataObject
) -> None:
    assert_it_means_what_the_circuit_means(text, sizes, seed, data)


@examples(150, suppress_health_check=_SLOW)
@given(
    text=EVERY_WAY,
    sizes=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    seed=st.integers(0, 1000),
    data=st.data(),
)
def test_they_do_in_every_direction(text: str, sizes: tuple[int, int], seed: int, data: st.DataObject) -> None:
    assert_it_means_what_the_circuit_means(text, sizes, seed, data)


@examples(100, suppress_health_check=_SLOW)
@given(
    text=ranged_texts(),
    sizes=st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3)),
    seed=st.integers(0, 1000),
    data=st.data(),
)
def test_they_do_over_ranges_and_of_any_place(
    text: str, sizes: tuple[int, int, int], seed: int, data: st.DataObject
) -> None:
    try:
        circuit = Circuit(text)
        unfolding = circuit.unfold(dict(zip(circuit.axes, sizes, strict=False)))
    except CircuitError:
        # What has no order, or would read beyond its end, is told elsewhere.
        assume(False)
    # An argmax is written out for numbers: what is none compares with nothing, where NumPy takes it for the greatest.
    assume(text.count("argmax") == 0 or (text.count("argmax") == 1 and "mean" not in text and "/" not in text))
    lengths = unfolding.lengths
    # Places are whole numbers.
    arrays = {name: np.round(2 * value) for name, value in made.arrays(circuit, lengths, seed).items()}
    values = node_values(unfolding, arrays)
    node = data.draw(st.sampled_from([node for node in unfolding.nodes if node[0] in circuit.signals] or [None]))
    assume(node is not None)
    name, place = node
    expansion = circuit.expand(f"{name}({', '.join(map(str, place))})", lengths)
    assert_every_form_agrees(circuit, expansion, values, arrays)
    assert_needed_exactly(circuit, expansion, lengths, arrays)


@examples(60, suppress_health_check=_SLOW)
@given(
    text=st.one_of(made.two_way(), made.lattices(), made.circuits(vectors=False)),
    sizes=st.tuples(st.integers(1, 3), st.integers(1, 2)),
    seed=st.integers(0, 1000),
    data=st.data(),
)
def test_sympy_has_the_same_numbers(text: str, sizes: tuple[int, int], seed: int, data: st.DataObject) -> None:
    circuit = Circuit(text)
    assume(not any(circuit.model.shapes.values()))
    lengths = made.lengths_of(circuit, sizes)
    assume(lengths is not None)
    values = node_values(circuit.unfold(lengths), made.arrays(circuit, lengths, seed))
    expansion = circuit.expand(data.draw(st.sampled_from(circuit.signals)), lengths)
    assume(expansion.size < 400)
    form = SymPyForm(circuit.model)
    places, parameters = expansion.writer.arguments()
    leaves = [*places, *((name, ()) for name in parameters)]
    symbols = {form._node(node).sympy: sympy.Float(float(values[node]), 30) for node in leaves}
    found = expansion.sympy.xreplace(symbols)
    assert not found.free_symbols
    np.testing.assert_allclose(float(found.evalf()), float(values[expansion.target]), rtol=1e-9, atol=1e-12)
