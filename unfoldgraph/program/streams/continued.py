"""The circuit of later steps: what stood before its first step is the caller's, and so is what stands at fixed places.

It is a circuit as any other, so that every style and target computes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from unfoldgraph.algebra.expression import BY_VALUE, Expr, Index, Term, fold, items_of, number, parameter, term_of
from unfoldgraph.base.affine import Affine, is_index, plain_name
from unfoldgraph.base.names import untaken
from unfoldgraph.model.build import Declaration, Draft, Equation, build
from unfoldgraph.model.equations import Model
from unfoldgraph.program.schedule import Schedule
from unfoldgraph.program.streams.needs import Needs


@dataclass(frozen=True, slots=True)
class Continued:
    """The circuit of later steps, and what is given to it.

    Attributes
    ----------
    model : the circuit; its free boundaries are what stood before its first step.
    fixed : the parameters that are what stands at fixed places, by the name and the place.
    done : the parameter that is how many steps are done; None where nothing counts them.
    outputs : the signals to compute: those of the schedule, and what only keeps room before the first step.
    """

    model: Model
    fixed: Mapping[tuple[str, int], str]
    done: str | None
    outputs: tuple[str, ...]


def continued(schedule: Schedule, needs: Needs) -> Continued:
    """Return the circuit of the steps after `needs.settled`.

    Examples
    --------
    >>> from unfoldgraph.language.text import read, write
    >>> from unfoldgraph.program.schedule import schedule_of
    >>> from unfoldgraph.program.streams.needs import needs_of
    >>> schedule = schedule_of(read("y(t) = t * y(t-1) - y(1); y(1) = 5"), None)
    >>> found = continued(schedule, needs_of(schedule))
    >>> print(write(found.model).splitlines()[-1])
    y(t) = (t + done) * y(t-1) - y_1
    """
    model = schedule.model
    taken = {*model.shapes, *model.functions, *model.axes}
    fixed = {place: untaken(f"{place[0]}_{place[1]}", taken) for place in needs.fixed}
    done = untaken("done", taken) if needs.counts else None
    items: list[Declaration | Equation] = []
    # Inputs tell how many steps there are, whoever reads them, and what nothing reads may tell a size.
    for name, shape in {**{one: model.shapes[one] for one in model.inputs}, **model.declared}.items():
        if name in schedule.needed or name not in model.signals:
            items.append(Declaration(name, model.axes_of(name), shape))
    items += [Declaration(called, (), model.shapes[name]) for (name, _), called in fixed.items()]
    if done is not None:
        items.append(Declaration(done, (), ()))
    given = set()
    for at, moving in needs.later.items():
        statement = model.statements[at]
        value = fold(statement.value, _Later(needs.axis, moving, fixed, done).changed)
        given.add(statement.name)
        items.append(Equation(statement.name, statement.index, term_of(value)))
    # What no equation gives any more is 0.
    for name in schedule.needed:
        if name in model.signals and name not in given:
            shape = model.shapes[name] or ()
            nothing = Term("zeros", (), shape) if shape else Term("number", (), 0)
            items.append(Equation(name, tuple(map(Index, model.axes_of(name))), nothing))
    # What is read from the end may lie before the first step of a short run.
    outputs = [*schedule.outputs]
    for name, count in needs.ends.items():
        if count > max((lag.constant for lag in needs.lags.get(name, ()) if not lag.terms), default=0):
            outputs.append(untaken(f"{name}_before", taken))
            before = Term("read", (), (name, (Index(needs.axis, -count),)))
            items.append(Equation(outputs[-1], (Index(needs.axis),), before))
    found = build(Draft(name=model.name, items=[*items]))
    found = replace(found, scalar_too=model.scalar_too & frozenset(found.parameters))
    return Continued(found, fixed, done, tuple(outputs))


class _Later:
    """Changes what a statement computes to what it computes in later steps."""

    def __init__(
        self, axis: str, moving: frozenset[str], fixed: Mapping[tuple[str, int], str], done: str | None
    ) -> None:
        self.axis = axis
        self.moving = moving
        self.fixed = fixed
        self.done = number(0) if done is None else parameter(done)

    def changed(self, node: Expr, arguments: list[Expr]) -> Expr:
        """Return a node of the value with its arguments changed."""
        same = Expr(node.operator, tuple(arguments), node.data)
        match node.operator:
            case "read":
                name, places = node.data
                if places and not places[0].base:
                    return parameter(self.fixed[name, places[0].offset])
            case "axis" if node.data[0] in self.moving:
                return Expr("add", (same, self.done))
            case "length":
                return Expr("add", (same, self.done))
            case _ if items_of(node):
                return self._entry(node, arguments)
        return same

    def _entry(self, node: Expr, arguments: list[Expr]) -> Expr:
        """Return an entry, or what an operator does to one, whose number may go by the number of the step."""
        items: list[object] = []
        for item in items_of(node):
            if isinstance(item, Index) and item.form is not None and any(map(item.form.factor, self.moving)):
                items.append(Index(BY_VALUE, len(arguments)))
                arguments.append(Expr("add", (_value_of(item.form, self.axis), self.done)))
            else:
                items.append(item)
        return Expr(node.operator, tuple(arguments), tuple(items))


def _value_of(form: Affine, axis: str) -> Expr:
    """Return a sum of indices and sizes as an expression."""
    found = number(form.constant)
    for name, factor in form.terms:
        own = Expr("axis", (), (name, name != axis)) if is_index(name) else Expr("size", (), plain_name(name))
        found = Expr("add", (found, Expr("mul", (number(factor), own))))
    return found
