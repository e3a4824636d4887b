"""What holds for every circuit, over generated ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise, product
from typing import Any

import networkx
import numpy as np
import pytest
from generators.circuits import (
    BATCHES,
    arrays,
    arrays_of_values,
    circuits,
    edges_written,
    element,
    everything,
    lattices,
    lengths_of,
    masks,
    networks,
    on_parts,
    opaque,
    orders,
    padded_and_cut,
    renamed,
    two_way,
)
from generators.sketches import Sketch
from hypothesis import assume, given
from hypothesis import strategies as st
from oracles.place_graph import one_length, place_graph
from support.profiles import examples

from unfoldgraph import Circuit, CircuitError, fold
from unfoldgraph.algebra.expression import postorder
from unfoldgraph.cli.report import loops

_MANY = examples(60)
ANY = everything()
#: Circuits by what they are made of; of those with edges some are refused.
KINDS = {
    "one axis": circuits(),
    "two ways": two_way(),
    "two axes": lattices(),
    "values": arrays_of_values(),
    "opaque": opaque(),
    "masks": masks(),
    "edges": edges_written().map(lambda sketch: sketch.text),
    "parts": on_parts(),
    "networks": networks(),
    "names": renamed(),
}
_KINDS = pytest.mark.parametrize("kind", KINDS)
#: Names change nothing that a batch or lengths could.
_BUT_NAMES = pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "names"])
_PAIR = st.tuples(st.integers(0, 4), st.integers(0, 4))


@_MANY
@given(ANY)
def test_text_reads_back_as_the_same_circuit(text: str) -> None:
    circuit = Circuit(text)
    assert Circuit(circuit.text()) == circuit
    assert Circuit(circuit.text()).text() == circuit.text()


@_MANY
@given(
    st.one_of(st.tuples(circuits(), st.tuples(st.integers(0, 9))), st.tuples(st.one_of(two_way(), lattices()), _PAIR))
)
def test_the_unfolded_graph_is_acyclic_and_counted_without_being_built(case: tuple[str, tuple[int, ...]]) -> None:
    circuit = Circuit(case[0])
    lengths = lengths_of(circuit, case[1])
    assume(lengths is not None)
    unfolding = circuit.unfold(lengths)
    graph = unfolding.to_networkx()
    assert networkx.is_directed_acyclic_graph(graph)
    assert len(unfolding) == len(graph) == len(set(unfolding.nodes))
    assert len(unfolding.edges) == graph.number_of_edges()
    assert unfolding.depth == networkx.dag_longest_path_length(graph)


@_MANY
@given(orders(), _PAIR)
def test_the_unfolded_graph_is_the_one_built_place_by_place(sketch: Sketch, sizes: tuple[int, int]) -> None:
    try:
        circuit = Circuit(sketch.text)
    except CircuitError as error:
        assert any(verdict in error.message for verdict in ("algebraic loop", "order")), error
        assume(False)
    assert circuit.model.length_of == one_length(sketch.statements, sketch.inputs)
    lengths = lengths_of(circuit, sizes)
    assume(lengths is not None)
    graph = circuit.unfold(lengths).to_networkx()
    graph.remove_nodes_from([node for node in graph if node[0] in circuit.parameters])
    expected = place_graph(sketch.statements, lengths, sketch.inputs)
    assert set(graph) == set(expected)
    assert set(graph.edges()) == set(expected.edges)


@_MANY
@given(circuits(), st.integers(40, 140))
def test_depth_is_found_by_arithmetic(text: str, steps: int) -> None:
    unfolding = Circuit(text).unfold(steps)
    assert unfolding.depth == networkx.dag_longest_path_length(unfolding.to_networkx())


@examples(20)
@given(st.one_of(two_way(), lattices()), st.tuples(st.integers(10, 30), st.integers(8, 20)))
def test_depth_that_follows_from_small_graphs_is_never_wrong(text: str, sizes: tuple[int, int]) -> None:
    circuit = Circuit(text)
    lengths = lengths_of(circuit, sizes)
    assume(lengths is not None)
    unfolding = circuit.unfold(lengths)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("unfoldgraph.unfolding.depth.WALKED_READS", 400)
        try:
            found = unfolding.depth
        except CircuitError as error:
            assert "cannot be told without walking it" in error.message
            return
    assert found == networkx.dag_longest_path_length(unfolding.to_networkx())


@_MANY
@given(circuits())
def test_loops_are_the_cycles_of_the_graph(text: str) -> None:
    model = Circuit(text).model
    delays: dict[tuple[str, str], set[int]] = {}
    for statement in (one for one in model.statements if one.is_equation):
        for read in statement.reads:
            if read.name in model.signals and read.kind == "delay":
                delays.setdefault((read.name, statement.name), set()).update(model.delay(statement, read))
    names = list(model.signals)
    expected = []
    for cycle in networkx.simple_cycles(networkx.DiGraph(list(delays))):
        first = cycle.index(min(cycle, key=names.index))
        around = (*cycle[first:], *cycle[:first])
        for chosen in product(*(delays[pair] for pair in pairwise((*around, around[0])))):
            expected.append((around, (sum(chosen),)))
    found, complete = loops(model)
    assert complete
    # Two ways around may be as long as one another.
    assert sorted(found) == sorted(set(expected))


@_MANY
@given(ANY)
def test_folding_the_unfolded_graph_gives_the_circuit_back(text: str) -> None:
    circuit = Circuit(text)
    steps = 12 if len(circuit.axes) == 1 else 7
    unfolding = circuit.unfold(dict.fromkeys(circuit.axes, steps))
    # A boundary that nothing reads has no node.
    assume(all(unfolding.domain(statement) for statement in circuit.model.statements))
    graph, expected = unfolding.to_networkx(), circuit.graph
    statements = circuit.model.statements
    # On a part of an axis a delay may lead to no place that is computed.
    is_always_read = not any(one.ranges or read.guard or read.when for one in statements for read in one.reads)
    del circuit, unfolding
    folded = fold(graph)
    if is_always_read:
        assert networkx.utils.graphs_equal(folded, expected)
    else:
        # What a condition on indices, or a range, leaves out everywhere is no edge.
        assert {*folded.edges(data="delay")} <= {*expected.edges(data="delay")}


Data = dict[str, Any]
_CRASHED = "crashed:"


def accepted(text: str) -> Circuit:
    """Return the circuit of a text; what is refused counts for nothing here."""
    try:
        return Circuit(text)
    except CircuitError:
        assume(False)
        raise


def steps_of(circuit: Circuit, lengths: Mapping[str, int]) -> dict[str, Any]:
    """Return the lengths that no input tells, as a program is given them."""
    shared = circuit.model.length_of
    told = {shared[axis] for axes in circuit.model.inputs.values() for axis in axes}
    rest = {axis: length for axis, length in lengths.items() if shared[axis] not in told and shared[axis] == axis}
    return {"steps": rest} if rest else {}


def outcome(compute: Callable[[], Data]) -> Data | str:
    """Return what is computed, or the sentence with which it is refused: no array may tell how large a size is."""
    try:
        return compute()
    except CircuitError as error:
        return error.message
    except NameError as error:
        # The file of a program is another each time, which is no other failure.
        return f"{_CRASHED} {error}"


def is_open(circuit: Circuit, found: Data | str) -> bool:
    """Say whether a size was not told that only functions tell: neither side guesses one, but one may find it."""
    return isinstance(found, str) and bool(circuit.model.functions) and "nothing says how large" in found


def assert_same(circuit: Circuit, found: Data | str, expected: Data | str) -> None:
    """Check that the same was computed, place by place."""
    assert not isinstance(found, str) or not found.startswith(_CRASHED), found
    if is_open(circuit, found) or is_open(circuit, expected):
        return
    if isinstance(expected, str):
        assert isinstance(found, str), f"computed, not refused: {expected}"
        return
    assert not isinstance(found, str), found
    assert list(found) == list(expected)
    for name, value in dict.items(expected):
        if circuit.model.shapes[name] is None and not found[name].size and not value.size:
            # What a function would have returned at no step is not known.
            continue
        assert found[name].shape == value.shape, name
        np.testing.assert_allclose(found[name], value, rtol=1e-9, atol=1e-9, err_msg=name)


def tells_all_shapes(circuit: Circuit, lengths: Mapping[str, int]) -> bool:
    """Say whether no reduction over no steps is of what only a function tells the shape of.

    Programs take the shape that its use asks for; the plain meaning has no term to see, and may refuse it.
    """
    return not any(
        (lengths[node.data[0].axis] == 0 if not node.data[0].ends else node.data[0].numbers is None)
        and any(part.operator == "call" for part in postorder([node]))
        for node in postorder(statement.value for statement in circuit.model.statements)
        if node.operator.endswith("_over")
    )


@_KINDS
@_MANY
@given(st.data(), _PAIR, st.integers(0, 2**32), st.sampled_from(BATCHES))
def test_rolled_unrolled_and_evaluate_agree(
    kind: str, data: st.DataObject, sizes: tuple[int, int], seed: int, batch: tuple[int, ...]
) -> None:
    circuit = accepted(data.draw(KINDS[kind]))
    lengths = lengths_of(circuit, sizes)
    assume(lengths is not None and tells_all_shapes(circuit, lengths))
    given_ = arrays(circuit, lengths, seed, batch)
    expected = outcome(lambda: circuit.unfold(lengths).evaluate(**given_))
    if not isinstance(expected, str):
        assert all(getattr(expected, name) is expected[name] for name in circuit.signals)
    assert_same(circuit, outcome(lambda: circuit.compile()(**given_, **steps_of(circuit, lengths))), expected)
    assert_same(circuit, outcome(lambda: circuit.compile(steps=lengths)(**given_)), expected)
    # What is not returned may be kept for one turn only.
    some = data.draw(st.lists(st.sampled_from(circuit.signals), min_size=1, unique=True))
    alone = outcome(lambda: circuit.compile(outputs=some)(**given_, **steps_of(circuit, lengths)))
    if isinstance(expected, str):
        # What is refused may be another signal.
        assert not isinstance(alone, str) or not alone.startswith(_CRASHED), alone
    else:
        assert_same(circuit, alone, {name: expected[name] for name in some})


@_BUT_NAMES
@_MANY
@given(st.data(), _PAIR, st.integers(0, 2**32), st.sampled_from(BATCHES[1:]))
def test_each_element_of_a_batch_is_as_it_is_alone(
    kind: str, data: st.DataObject, sizes: tuple[int, int], seed: int, batch: tuple[int, ...]
) -> None:
    circuit = accepted(data.draw(KINDS[kind]))
    lengths = lengths_of(circuit, sizes)
    assume(lengths is not None and tells_all_shapes(circuit, lengths))
    given_ = arrays(circuit, lengths, seed, batch)
    unfolding = circuit.unfold(lengths)
    alone_at = {
        at: outcome(lambda at=at: unfolding.evaluate(**element(circuit, given_, batch, at)))
        for at in np.ndindex(*batch)
    }
    for compute in (unfolding.evaluate, lambda **some: circuit.compile()(**some, **steps_of(circuit, lengths))):
        whole = outcome(lambda compute=compute: compute(**given_))
        for at, alone in alone_at.items():
            if isinstance(whole, str) or isinstance(alone, str):
                assert_same(circuit, whole, alone)
                continue
            own = {}
            for name, value in dict.items(alone):
                # What nothing with a batch reaches may have none.
                lead = whole[name].shape[: whole[name].ndim - value.ndim]
                own[name] = np.broadcast_to(whole[name], (*batch, *whole[name].shape[len(lead) :]))[at]
            assert_same(circuit, own, alone)


@_BUT_NAMES
@_MANY
@given(st.data(), st.lists(_PAIR, min_size=1, max_size=4), st.integers(0, 2**32))
def test_sequences_of_different_lengths_are_each_as_it_is_alone(
    kind: str, data: st.DataObject, sizes: list[tuple[int, int]], seed: int
) -> None:
    circuit = accepted(data.draw(KINDS[kind]))
    alone = [lengths_of(circuit, one) for one in sizes]
    longest = lengths_of(circuit, (4, 4))
    assume(None not in alone and longest is not None)
    assume(all(tells_all_shapes(circuit, one) for one in alone))
    given_ = arrays(circuit, longest, seed, (len(sizes),))
    own = [axis for axis in circuit.axes if circuit.model.length_of[axis] == axis]
    padded, cut = padded_and_cut(circuit, given_, alone)
    lengths = {axis: [one[axis] for one in alone] for axis in own}
    evaluated = outcome(lambda: circuit.unfold(longest).evaluate(**padded, lengths=lengths))
    compiled = outcome(lambda: circuit.compile()(**padded, lengths=lengths, **steps_of(circuit, longest)))
    for number, (one, given_alone) in enumerate(zip(alone, cut, strict=True)):
        expected = outcome(lambda one=one, given_alone=given_alone: circuit.unfold(one).evaluate(**given_alone))
        if isinstance(expected, str):
            assert_same(circuit, evaluated, expected)
            assert_same(circuit, compiled, expected)
            return
        for name, value in dict.items(expected):
            if circuit.model.shapes[name] is None and not value.size:
                continue
            inside = tuple(slice(0, one[axis]) for axis in circuit.model.axes_of(name))
            for found in (evaluated, compiled):
                if is_open(circuit, found):
                    continue
                assert not isinstance(found, str), found
                part = found[name][number][inside]
                # A number, as of a sum over nothing, fills what a function returned in other sequences.
                whole = np.broadcast_to(value[(..., *(None,) * (part.ndim - value.ndim))], part.shape)
                np.testing.assert_allclose(part, whole, rtol=1e-9, atol=1e-9, err_msg=name)
                beyond = np.array(found[name][number])
                beyond[inside] = 0
                assert not beyond.any()


@_MANY
@given(circuits(autonomous=True), st.integers(0, 5), st.integers(0, 5), st.integers(0, 2**32))
def test_unfolding_a_and_b_steps_is_unfolding_b_from_where_a_ended(text: str, a: int, b: int, seed: int) -> None:
    circuit = Circuit(text)
    data = arrays(circuit, a + b, seed)
    whole = circuit.unfold(a + b).evaluate(**data)
    first = {name: value[:a] if name in circuit.inputs else value for name, value in data.items()}
    second = {name: value[a:] if name in circuit.inputs else value for name, value in data.items()}
    start = circuit.unfold(a).evaluate(**first)
    for boundary in circuit.model.free:
        # What the second part finds before its first step: the last of the first part, after what came before that.
        steps = first[boundary.name] if boundary.name in circuit.inputs else start[boundary.name]
        before = np.asarray(data.get(boundary.argument, np.zeros((boundary.count, *steps.shape[1:]))))
        past = np.concatenate([before.reshape(boundary.count, *steps.shape[1:]), steps])[-boundary.count :]
        second[boundary.argument] = past if boundary.count > 1 else past[0]
    rest = circuit.unfold(b).evaluate(**second)
    for name in circuit.signals:
        np.testing.assert_array_equal(whole[name], np.concatenate([start[name], rest[name]]))
