"""When each node is computed: the order in which formulas are listed, and the reverse of which they are substituted in.

With one axis it is step by step along that axis, ahead or back, wherever that computes all there is; within a step
in the order written, if that does. Otherwise it is the order of the loops that the circuit is: one component after
the other, wavefront by wavefront, and within one wavefront by what reads what and by place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import inf
from operator import mul
from typing import Any, NamedTuple

from unfoldgraph.causality.wavefronts import Component
from unfoldgraph.model.equations import Model, Statement
from unfoldgraph.unfolding.graph import UnfoldedNode

Time = Callable[[UnfoldedNode, Statement], tuple[Any, ...]]
"""When a node is computed, given the statement that gives its value: what is less comes first."""


class StatementTime(NamedTuple):
    """Where a statement stands in one loop: instance `i` is computed at `vector`·i + `lead`, in part `part` of that."""

    vector: tuple[int, ...]
    lead: int
    part: int


class Timing:
    """The orders in which the nodes of one circuit may be computed."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._ranks: dict[int, int] = {}
        self._paths: dict[int, tuple[StatementTime, ...]] = {}
        for position, component in enumerate(model.schedule):
            self._enter(component, position)

    def _enter(self, component: Component[int], position: int) -> None:
        """Note where the statements of a component stand: in which loops, and in which part of each."""
        for number in component.members:
            self._ranks[id(self._model.statements[number])] = len(self._ranks)
        waiting: list[tuple[Component[int], dict[int, tuple[StatementTime, ...]]]] = [
            (component, {number: (StatementTime((), 0, position),) for number in component.members})
        ]
        while waiting:
            one, paths = waiting.pop()
            if one.vector is None:
                (number,) = one.members
                self._paths[id(self._model.statements[number])] = paths[number]
                continue
            leads = dict(zip(one.members, one.offsets, strict=True))
            for at, part in enumerate(one.parts):
                inside = {
                    number: (*paths[number], StatementTime(one.vector, leads[number], at)) for number in part.members
                }
                waiting.append((part, inside))

    def candidates(self) -> Iterator[Time]:
        """Yield the orders to try, the one that a reader expects first; the last computes any circuit."""
        if len(self._model.axes) == 1:
            written = {id(statement): position for position, statement in enumerate(self._model.statements)}
            for direction in (1, -1):
                yield _steps(direction, written)
                yield _steps(direction, self._ranks)
        yield self._scheduled

    def _scheduled(self, node: UnfoldedNode, statement: Statement) -> tuple[Any, ...]:
        name, place = node
        at = dict(zip(self._model.axes_of(name), place, strict=True))
        numbers = [at.get(axis, 0) for axis in self._model.axes]
        levels = self._paths[id(statement)]
        return tuple((sum(map(mul, level.vector, numbers)) + level.lead, level.part) for level in levels), place


def _steps(direction: int, ranks: Mapping[int, int]) -> Time:
    """Return the order of the steps along the only axis; values that have none come last."""
    return lambda node, statement: (node[1][0] * direction if node[1] else inf, ranks[id(statement)])
