"""The check that every form of an expansion, read by a reader of its own, has the value that the circuit itself has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from generators import circuits as made
from hypothesis import assume
from hypothesis import strategies as st
from oracles.formula_reader import Reader

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.formula.expansion import Expansion
from unfoldgraph.unfolding import evaluation
from unfoldgraph.unfolding.graph import UnfoldedNode
from unfoldgraph.unfolding.unfolding import Unfolding

_READ = re.compile(r"\b([A-Za-z]\w*)\(([-\d, ]+)\)")


def node_values(unfolding: Unfolding, arrays: Mapping[str, Any]) -> dict[UnfoldedNode, Any]:
    """Return the value of every node, those off the edges too."""
    return evaluation.values(unfolding, arrays)


def reader_of(circuit: Circuit, values: Mapping[UnfoldedNode, Any], arrays: Mapping[str, Any]) -> Reader:
    """Return a reader that knows the value of every node, and how large each size is."""
    model = circuit.model
    sizes: dict[str, int] = {"m": made.SIZE}
    for (name, _), value in values.items():
        shape = model.shapes[name] or ()
        sizes |= {str(size): length for size, length in zip(shape, np.shape(value), strict=False)}
    parameters = {name: values[name, ()] for name in model.parameters}
    functions = {name: arrays[name] for name in model.functions}
    return Reader(
        {node: value for node, value in values.items() if node[0] not in parameters}, parameters, sizes, functions
    )


def node_of(left: str) -> UnfoldedNode:
    match = _READ.fullmatch(left.strip())
    return (left.strip(), ()) if match is None else (match[1], tuple(int(number) for number in match[2].split(",")))


def assert_every_form_agrees(
    circuit: Circuit, expansion: Expansion, values: Mapping[UnfoldedNode, Any], arrays: Mapping[str, Any]
) -> None:
    wanted = values[expansion.target]
    reader = reader_of(circuit, values, arrays)

    def agree(right: str, wanted: Any) -> None:
        found = reader.sides(right, np.shape(wanted))
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
    known: set[UnfoldedNode] = set()
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


def assert_it_means_what_the_circuit_means(text: str, sizes: tuple[int, ...], seed: int, data: st.DataObject) -> None:
    try:
        circuit = Circuit(text)
    except CircuitError as error:
        # What an opaque function returns is taken for a vector; and some are called as if they were read.
        assert "shapes do not fit" in error.message or "nothing says whether" in error.message
        assume(False)
    lengths = made.lengths_of(circuit, sizes)
    assume(lengths is not None)
    unfolding = circuit.unfold(lengths)
    arrays = made.arrays(circuit, lengths, seed)
    try:
        values = node_values(unfolding, arrays)
    except CircuitError as error:
        assert "how large" in error.message
        assume(False)
    # A name stands for a finite number in a formula.
    assume(all(np.all(np.isfinite(value)) for value in values.values()))
    # Any place of any signal, those off the edges that are read too.
    name = data.draw(st.sampled_from(circuit.signals))
    places = [place for node, place in unfolding.nodes if node == name]
    assume(places)
    place = data.draw(st.sampled_from(places))
    target = f"{name}({', '.join(map(str, place))})" if place else name
    assert_every_form_agrees(circuit, circuit.expand(target, lengths), values, arrays)
    assert_needed_exactly(circuit, circuit.expand(target, lengths), lengths, arrays)


def assert_needed_exactly(
    circuit: Circuit, expansion: Expansion, lengths: Mapping[str, int], arrays: Mapping[str, Any]
) -> None:
    """What is not in the signature changes nothing."""
    places, parameters = expansion.writer.arguments()
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
            argument = made.argument(name)
            changed[argument] = arrays[argument] + 1
    before, after = (node_values(circuit.unfold(lengths), one)[expansion.target] for one in (arrays, changed))
    np.testing.assert_array_equal(before, after)


def count(expansion: Expansion) -> int:
    """Count the nodes of the nested form by walking it as a tree."""
    total, stack = 0, [expansion.derivation.substituted()]
    while stack:
        node = stack.pop()
        total += 1
        stack.extend(node.arguments)
    return total
