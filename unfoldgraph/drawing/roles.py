"""What the variables of a circuit are: inputs, states, outputs, losses, and what these are compared with."""

from __future__ import annotations

from collections.abc import Mapping

from unfoldgraph.equations import Model, Statement
from unfoldgraph.expression import postorder

__all__ = ["roles_of", "targets_of"]

# A signal that nothing reads and that goes by one of these names is a loss.
_LOSSES = frozenset({"L", "J", "E", "C", "l", "ell", "loss", "cost", "error", "err", "objective", "total", "nll"})


def roles_of(model: Model) -> dict[str, str]:
    """Return what each variable is: input, state, output or loss."""
    readers: dict[str, set[str]] = {name: set() for name in (*model.inputs, *model.signals)}
    only_reduced = dict.fromkeys(readers, True)
    for statement in model.statements:
        for read in statement.reads:
            if read.name != statement.name:
                readers[read.name].add(statement.name)
            only_reduced[read.name] &= read.kind == "all"
    states = {*model.delayed(), *model.recurrent()}
    # What a state needs within the step belongs to the state.
    waiting = sorted(states)
    sources: dict[str, set[str]] = {name: set() for name in readers}
    for source, targets in readers.items():
        for target in targets:
            sources[target].add(source)
    while waiting:
        for source in sorted(sources[waiting.pop()] - states):
            if source in model.signals:
                states.add(source)
                waiting.append(source)
    losses = [name for name in model.signals if name not in states and only_reduced[name]]
    losses = [name for name in losses if name.split("_")[0] in _LOSSES or _reads_target(model, name, sources, readers)]
    roles = dict.fromkeys(model.inputs, "input")
    for name in model.signals:
        roles[name] = "state" if name in states else "loss" if name in losses else "output"
    return roles


def _reads_target(model: Model, name: str, sources: Mapping[str, set[str]], readers: Mapping[str, set[str]]) -> bool:
    """Say whether a scalar compares a signal with an input that nothing else reads."""
    targets = [source for source in sources[name] if source in model.inputs and readers[source] == {name}]
    return model.rank(name) == 0 and bool(targets) and any(source in model.signals for source in sources[name])


def targets_of(model: Model) -> tuple[str, ...]:
    """Return the vectors without axes that losses compare a signal with, as in figure 10.5: nothing else reads them.

    By the language they are parameters, and a circuit has as many of them as it has letters; but a reader looks for
    what the output should be beside the output.
    """
    roles = roles_of(model)
    readers: dict[str, list[Statement]] = {name: [] for name in model.parameters if model.rank(name) == 1}
    for statement in model.statements:
        for name in statement.parameters:
            if name in readers:
                readers[name].append(statement)
    return tuple(
        name
        for name, statements in readers.items()
        if statements and all(roles[one.name] == "loss" and _compares(one, name) for one in statements)
    )


def _compares(statement: Statement, parameter: str) -> bool:
    """Say whether a statement that reads signals takes the difference or the product of a parameter and another."""
    return bool(statement.reads) and any(
        node.operator in ("sub", "mul")
        and any(one.operator == "parameter" and one.data == parameter for one in node.arguments)
        for node in postorder([statement.value])
    )
