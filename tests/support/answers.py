"""What the public objects say of themselves, as plain data: equal objects give equal answers, in any process."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from unfoldgraph import Circuit, CircuitError, Drawing, Unfolding
from unfoldgraph.formula.expansion import Expansion, Line
from unfoldgraph.model.calling_convention import Result
from unfoldgraph.program.compiled import Program
from unfoldgraph.unfolding.graph import CountedView

#: Of what has more nodes only their number is asked, and of a longer formula its size.
_LISTED = 1_000


def answers(thing: Any) -> Any:
    """Return what can be asked of a public object, a list of such or plain data."""
    match thing:
        case Circuit():
            return _of_circuit(thing)
        case Unfolding():
            return _of_unfolding(thing)
        case Expansion():
            return _of_expansion(thing)
        case Line():
            return type(thing).__name__, str(thing), thing.latex
        case Drawing():
            return thing.svg, thing.html, thing.json, thing.alt_text, _frames(thing)
        case Program():
            told = thing.__name__, thing.__doc__, str(inspect.signature(thing))
            return told, thing.source, repr(thing), thing._steps
        case Result():
            return {name: (value.dtype.str, value.tolist()) for name, value in dict.items(thing)}
        case CircuitError():
            return str(thing), thing.args, thing.problems, thing.source, thing.cycles, thing.help, thing.span
        case list() | tuple():
            return [answers(one) for one in thing]
        case CountedView():
            return repr(thing), list(thing)
        case np.ndarray():
            return thing.tolist()
    return thing


def _of_circuit(circuit: Circuit) -> Any:
    try:
        text = circuit.text()
    except CircuitError as error:
        return repr(circuit), answers(error)
    graph = sorted(circuit.graph.nodes(data=True)), sorted(circuit.graph.edges(data=True, keys=True))
    names = circuit.axes, circuit.inputs, tuple(circuit.parameters), circuit.signals
    told = circuit.name, circuit.title, circuit.shapes, circuit.boundaries, circuit.warnings, circuit.model.declared
    return repr(circuit), text, circuit.latex, graph, names, told


def _of_unfolding(unfolding: Unfolding) -> Any:
    sizes = len(unfolding), unfolding.nodes.size, unfolding.edges.size, unfolding.depth, unfolding.lengths
    if unfolding.nodes.size > _LISTED:
        return repr(unfolding), sizes
    return repr(unfolding), sizes, list(unfolding.nodes), list(unfolding.edges)


def _of_expansion(expansion: Expansion) -> Any:
    told = repr(expansion), expansion.size, expansion.target, expansion.notation, answers(expansion.signature)
    if expansion.size > _LISTED:
        return told
    return told, expansion.text, expansion.latex, answers(expansion.steps()), answers(expansion.let())


def _frames(drawing: Drawing) -> int:
    try:
        return len(drawing.frames)
    except CircuitError:
        return 0
