"""Every form of an expansion, read again as a circuit, has the value that the circuit itself has."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import circuits as made
import numpy as np
import pytest
import sympy
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.formula import Expansion
from unfoldgraph.formula.sympy_form import SymPyForm
from unfoldgraph.unfolding import Node, Unfolding
from unfoldgraph.unfolding.evaluation import _Arguments, _Walk

pytestmark = pytest.mark.filterwarnings("ignore::unfoldgraph.errors.CircuitWarning")

_SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
_READ = re.compile(r"\b([a-z]\w*)\(([-\d, ]+)\)")


def node_values(unfolding: Unfolding, arrays: Mapping[str, Any]) -> dict[Node, Any]:
    """Return the value of every node, those off the edges too."""
    return _Walk(unfolding, _Arguments(unfolding, arrays), ()).values


def value_of(right: str, circuit: Circuit, values: Mapping[Node, Any]) -> Any:
    """Return the value of a formula, each place that it reads put in as a parameter of its own."""
    model = circuit.model
    given = {name: values[name, ()] for name in model.parameters}
    given |= {name: values[name, ()] for name, axes in model.signals.items() if not axes}
    shapes = {name: model.shapes[name] for name in given}

    def own_name(match: re.Match[str]) -> str:
        if match[1] not in (*model.inputs, *model.signals):
            return match[0]
        place = tuple(int(number) for number in match[2].split(","))
        name = f"{match[1]}_at_{'_'.join(str(number).replace('-', 'minus') for number in place)}"
        given[name], shapes[name] = values[match[1], place], model.shapes[match[1]]
        return name

    text = f"yy = {_READ.sub(own_name, right)}"
    used = {name: value for name, value in given.items() if re.search(rf"\b{name}\b", text)}
    declared = [f"{name} : {shapes[name][0] if len(shapes[name]) == 1 else spelled(shapes[name])}" for name in used]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        alone = Circuit("\n".join([*declared, "mm : m", text, "zz = mm"]))
    # The sizes are known from an argument of their own where nothing else says them.
    return alone.unfold({}).evaluate(**used, mm=np.zeros(made.SIZE))["yy"]


def spelled(shape: Sequence[int | str]) -> str:
    return f"({', '.join(map(str, shape))})"


def node_of(left: str) -> Node:
    match = _READ.fullmatch(left.strip())
    return (left.strip(), ()) if match is None else (match[1], tuple(int(number) for number in match[2].split(",")))


def assert_every_form_agrees(circuit: Circuit, expansion: Expansion, values: Mapping[Node, Any]) -> None:
    wanted = values[expansion.target]

    def agree(right: str, wanted: Any) -> None:
        found = np.broadcast_to(value_of(right, circuit, values), np.shape(wanted))
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12, err_msg=right)

    if expansion.size < 3000:
        assert expansion.size == count(expansion)
        agree(expansion.text, wanted)
    try:
        lines = expansion.steps()
    except CircuitError:
        lines = ()
    for line in (*lines[:6], *lines[-1:]):
        agree(line.partition(" = ")[2], wanted)
    if lines:
        assert lines[-1].partition(" = ")[2] == expansion.text
    known: set[Node] = set()
    for line in expansion.let():
        left, _, right = line.partition(" = ")
        agree(right, values[node_of(left)])
        # Each is computed from what stands above it; what has a line of its own is never read before.
        known.add(node_of(left))
    assert_listed_in_order(expansion)


def assert_listed_in_order(expansion: Expansion) -> None:
    lines = [(node_of(line.partition(" = ")[0]), line.partition(" = ")[2]) for line in expansion.let()]
    position = {node: number for number, (node, _) in enumerate(lines)}
    assert lines[-1][0] == expansion.target
    assert len(position) == len(lines)
    for number, (node, right) in enumerate(lines):
        for match in _READ.finditer(right):
            source = node_of(match[0])
            assert source == node or position.get(source, -1) < number


@settings(max_examples=80, deadline=None, suppress_health_check=_SLOW)
@given(text=made.circuits(), seed=st.integers(0, 1000), steps=st.integers(1, 4), data=st.data())
def test_expansions_mean_what_the_circuit_means(text: str, seed: int, steps: int, data: st.DataObject) -> None:
    circuit = Circuit(text)
    lengths = made.lengths_of(circuit, (steps,))
    assume(lengths is not None)
    values = node_values(circuit.unfold(lengths), made.arrays(circuit, lengths, seed))
    name = data.draw(st.sampled_from(circuit.signals))
    assert_every_form_agrees(circuit, circuit.expand(name, lengths), values)


@settings(max_examples=150, deadline=None, suppress_health_check=_SLOW)
@given(
    text=st.one_of(made.two_way(), made.lattices()),
    sizes=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    seed=st.integers(0, 1000),
    data=st.data(),
)
def test_they_do_in_every_direction(text: str, sizes: tuple[int, int], seed: int, data: st.DataObject) -> None:
    circuit = Circuit(text)
    lengths = made.lengths_of(circuit, sizes)
    assume(lengths is not None)
    unfolding = circuit.unfold(lengths)
    values = node_values(unfolding, made.arrays(circuit, lengths, seed))
    # Any place of any signal, those off the edges that are read too.
    name = data.draw(st.sampled_from(circuit.signals))
    places = [place for node, place in unfolding.nodes if node == name]
    place = data.draw(st.sampled_from(places))
    target = f"{name}({', '.join(map(str, place))})" if place else name
    assert_every_form_agrees(circuit, circuit.expand(target, lengths), values)
    assert_needed_exactly(circuit, circuit.expand(target, lengths), lengths, seed)


def assert_needed_exactly(circuit: Circuit, expansion: Expansion, lengths: Mapping[str, int], seed: int) -> None:
    """What is not in the signature changes nothing."""
    places, parameters = expansion.writer.arguments()
    arrays = made.arrays(circuit, lengths, seed)
    changed = dict(arrays)
    for name, axes in circuit.model.inputs.items():
        changed[name] = np.array(arrays[name])
        for place in np.ndindex(*(lengths[axis] for axis in axes)):
            if (name, tuple(at + 1 for at in place)) not in places:
                changed[name][place] += 1
    for name in circuit.parameters:
        stays = any(
            one.value.operator == "parameter" and one.value.data == name
            for node in places
            if (one := circuit.unfold(lengths).statement(node)) is not None
        )
        if name not in parameters and not stays:
            changed[name] = arrays[name] + 1
    before, after = (node_values(circuit.unfold(lengths), one)[expansion.target] for one in (arrays, changed))
    np.testing.assert_array_equal(before, after)


@settings(max_examples=60, deadline=None, suppress_health_check=_SLOW)
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


def count(expansion: Expansion) -> int:
    """Count the nodes of the nested form by walking it as a tree."""
    total, stack = 0, [expansion.derivation.substituted()]
    while stack:
        node = stack.pop()
        total += 1
        stack.extend(node.arguments)
    return total
