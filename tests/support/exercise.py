"""What is asked of a circuit to see that an answer or a `CircuitError` comes, whatever it is."""

from __future__ import annotations

import json
from collections.abc import Callable

import networkx

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.cli.report import report, report_text
from unfoldgraph.formula.expansion import Expansion
from unfoldgraph.unfolding.unfolding import Unfolding


def text_again(circuit: Circuit) -> None:
    again = Circuit(circuit.text())
    assert again == circuit
    assert (again.text(), again.title) == (circuit.text(), circuit.title)


def threes(circuit: Circuit) -> dict[str, int]:
    """Return three steps along every axis."""
    return dict.fromkeys(circuit.axes, 3)


def of_three(circuit: Circuit) -> Unfolding:
    """Return the circuit unfolded for three steps along every axis."""
    return circuit.unfold(threes(circuit))


def unfolded(circuit: Circuit) -> None:
    unfolding = of_three(circuit)
    graph = unfolding.to_networkx()
    assert (len(unfolding), len(unfolding.edges)) == (len(graph), graph.number_of_edges())
    assert unfolding.depth == networkx.dag_longest_path_length(graph)
    for name, place in unfolding.nodes:
        unfolding.instance(name, place)


def told(circuit: Circuit) -> None:
    json.dumps(report(circuit))
    report_text(report(circuit, of_three(circuit).lengths))


def formula(ask: Callable[[Expansion], object]) -> Callable[[Circuit], object]:
    return lambda circuit: ask(circuit.expand(circuit.signals[0], threes(circuit)))


READINGS: tuple[Callable[[Circuit], object], ...] = (
    text_again,
    lambda circuit: circuit.latex,
    lambda circuit: circuit.graph,
    unfolded,
    told,
    formula(lambda expansion: expansion.size),
    formula(lambda expansion: expansion.text),
    formula(lambda expansion: expansion.latex),
    formula(lambda expansion: expansion.sympy),
    formula(lambda expansion: [line.latex for line in expansion.let()]),
    formula(lambda expansion: [line.latex for line in expansion.steps()]),
    formula(lambda expansion: expansion.signature.latex),
    formula(lambda expansion: list(expansion.render("let", "json"))),
    lambda circuit: circuit.compile(),
    lambda circuit: circuit.compile(steps=threes(circuit)),
)


def exercise(text: str, readings: tuple[Callable[[Circuit], object], ...] = READINGS) -> Circuit | None:
    """Read a text and ask everything of what comes out: any exception but a `CircuitError` goes through."""
    try:
        circuit = Circuit(text)
    except CircuitError as error:
        assert str(error)
        return None
    for reading in readings:
        try:
            reading(circuit)
        except CircuitError as error:
            # What was read can always be written and read again.
            assert reading is not text_again, error
            assert str(error)
    return circuit
