"""Every form of an expansion, read again as a circuit, has the value that the circuit itself has."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import circuits as made
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.formula import Expansion
from unfoldgraph.notation import text as written

pytestmark = pytest.mark.filterwarnings("ignore::unfoldgraph.errors.CircuitWarning")


def declarations(circuit: Circuit, as_inputs: bool) -> list[str]:
    """Return the declarations that let an expansion stand alone; signals are inputs where they are read only."""
    model = circuit.model
    lines = []
    for name, shape in model.shapes.items():
        if name in model.signals and not (as_inputs and model.signals[name]):
            continue
        sizes = ", ".join(map(str, shape or ()))
        spelled = sizes if len(shape or ()) == 1 else f"({sizes})"
        lines.append(f"{name}{'(t)' if model.axes_of(name) else ''} : {spelled}")
    return lines


def value_of(right: str, circuit: Circuit, arrays: Mapping[str, Any], known: Mapping[str, Any], steps: int) -> Any:
    """Return the value of a formula: what it reads comes from the arrays and from the known signals."""
    text = "\n".join([*declarations(circuit, True), f"yy = {right}", "zz(t) = t"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        alone = Circuit(text)
    model = alone.model
    given: dict[str, Any] = {}
    for name in (*model.inputs, *model.parameters):
        given[name] = known[name] if name in circuit.signals else arrays[name]
    before = places_before(circuit, arrays)
    for boundary in model.free:
        wanted = [place for ((first, last),) in boundary.boxes for place in range(first, last + 1)]
        shape = (made.SIZE,) * len(model.shapes[boundary.name] or ())
        values = [np.broadcast_to(before.get((boundary.name, place), 0.0), shape) for place in wanted]
        given[boundary.argument] = np.array(values) if len(values) > 1 else values[0]
    return alone.unfold(steps).evaluate(**given)["yy"]


def places_before(circuit: Circuit, arrays: Mapping[str, Any]) -> dict[tuple[str, int], Any]:
    """Return the values off the edge that stay in a formula: those the caller gives, and bare names."""
    found: dict[tuple[str, int], Any] = {}
    for boundary in circuit.model.free:
        places = [place for ((first, last),) in boundary.boxes for place in range(first, last + 1)]
        if boundary.argument in arrays:
            rows = arrays[boundary.argument] if len(places) > 1 else [arrays[boundary.argument]]
            found.update({(boundary.name, place): row for place, row in zip(places, rows, strict=True)})
    for name, fixed in circuit.model.fixed.items():
        for (place,), statement in fixed.items():
            if place >= 1:
                continue
            # The boundaries that are drawn are made of r alone.
            alone = Circuit(f"yy = {written(statement.value)}\nzz(t) = t").unfold(1)
            found[name, place] = alone.evaluate(**{key: arrays[key] for key in alone.model.parameters})["yy"]
    return found


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=made.circuits(), seed=st.integers(0, 1000), steps=st.integers(1, 4), data=st.data())
def test_expansions_mean_what_the_circuit_means(text: str, seed: int, steps: int, data: st.DataObject) -> None:
    try:
        circuit = Circuit(text)
        unfolding = circuit.unfold(steps)
    except CircuitError:
        return
    arrays = made.arrays(circuit, steps, seed)
    values = unfolding.evaluate(**arrays)
    name = data.draw(st.sampled_from(circuit.signals))
    expansion = circuit.expand(name, steps)
    wanted = values[name][-1] if circuit.model.signals[name] else values[name]
    known = dict(values)
    shape = np.shape(wanted)

    def agree(right: str) -> None:
        found = np.broadcast_to(value_of(right, circuit, arrays, known, steps), shape)
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12, err_msg=right)

    if expansion.size < 3000:
        assert expansion.size == count(expansion)
        agree(expansion.text)
    try:
        lines = expansion.steps()
    except CircuitError:
        lines = ()
    for line in lines[:6]:
        agree(line.split(" = ", 1)[1] if " = " in line else line)
    for line in expansion.let():
        left, right = line.split(" = ", 1)
        found = value_of(right, circuit, arrays, known, steps)
        place = left.partition("(")[2].rstrip(")")
        if place and int(place) < 1:
            continue
        value = values[left.partition("(")[0]]
        np.testing.assert_allclose(
            np.broadcast_to(found, np.shape(value[int(place) - 1] if place else value)),
            value[int(place) - 1] if place else value,
            rtol=1e-9,
            atol=1e-12,
            err_msg=str(line),
        )


def count(expansion: Expansion) -> int:
    """Count the nodes of the nested form by walking it as a tree."""
    total, stack = 0, [expansion.derivation.substituted()]
    while stack:
        node = stack.pop()
        total += 1
        stack.extend(node.arguments)
    return total
