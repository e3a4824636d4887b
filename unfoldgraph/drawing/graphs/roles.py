"""What the variables of a circuit are: inputs, states, outputs and losses; and which parameters look like inputs."""

from __future__ import annotations

from collections.abc import Mapping

from unfoldgraph.algebra.expression import Expr, postorder
from unfoldgraph.algebra.shape_engine import rule_of
from unfoldgraph.algebra.shapes import matrix_product
from unfoldgraph.model.equations import Model, Statement

__all__ = ["roles_of", "vectors_of"]

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
    # What others than losses read is a hidden layer, as states are.
    hidden = {name for name in model.signals if readers[name] - {*losses}} - {*losses}
    roles = dict.fromkeys(model.inputs, "input")
    for name in model.signals:
        roles[name] = "loss" if name in losses else "state" if name in states | hidden else "output"
    return roles


def _reads_target(model: Model, name: str, sources: Mapping[str, set[str]], readers: Mapping[str, set[str]]) -> bool:
    """Say whether a scalar compares a signal with an input that nothing else reads."""
    targets = [source for source in sources[name] if source in model.inputs and readers[source] == {name}]
    return model.rank(name) == 0 and bool(targets) and any(source in model.signals for source in sources[name])


def vectors_of(model: Model) -> tuple[str, ...]:
    """Return the vectors without axes that are drawn as inputs, in the order written.

    By the language they are parameters. But a reader looks for what a loss compares the output with beside the
    output, as in figure 10.5, and for what a matrix maps into the network below it, as in figure 10.9.
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
        if statements
        and (
            all(roles[one.name] == "loss" and _compares(one, name) for one in statements)
            or all(_is_mapped(model, one, name) for one in statements)
        )
    )


def _compares(statement: Statement, vector: str) -> bool:
    """Say whether a statement that reads signals takes the difference or the product of a vector and another."""
    return bool(statement.reads) and any(node.operator in ("sub", "mul") for node, _ in _uses(statement, vector))


def _is_mapped(model: Model, statement: Statement, vector: str) -> bool:
    """Say whether all that a statement takes of a vector is its product with a matrix before it, as in `R @ x`."""
    uses = _uses(statement, vector)
    return bool(uses) and all(
        rule_of(node) is matrix_product and position == 1 and _is_matrix(model, node.arguments[0])
        for node, position in uses
    )


def _is_matrix(model: Model, node: Expr) -> bool:
    return node.operator == "parameter" and model.rank(node.data) == 2


def _uses(statement: Statement, vector: str) -> list[tuple[Expr, int]]:
    """Return each operation that takes a vector, and the position at which it does."""
    return [
        (node, position)
        for node in postorder([statement.value])
        for position, one in enumerate(node.arguments)
        if one.operator == "parameter" and one.data == vector
    ]
