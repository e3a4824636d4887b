"""What a program computes and how it keeps it: everything that is decided before a line is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from unfoldgraph.causality import Component
from unfoldgraph.equations import FreeBoundary, Model, Statement
from unfoldgraph.errors import CircuitError, did_you_mean
from unfoldgraph.expression import Expr, postorder, sizes_of_entry
from unfoldgraph.notation import canonical, shown
from unfoldgraph.program.forms import Forms, forms
from unfoldgraph.shapes import is_fresh, spell


@dataclass(frozen=True, slots=True)
class Plan:
    """How a circuit becomes a program.

    Attributes
    ----------
    outputs : the signals that are returned.
    needed : every signal, input and parameter that they depend on, in the order written.
    components : what is computed, in order; those that go step by step are recurrent here.
    lead : how many places before the first step are kept of each name.
    buffered : the signals that are kept in an array made beforehand.
    passed_on : the parameters that only opaque functions touch, so that they may be anything.
    forms : the shapes inside each statement, by its number.
    """

    model: Model
    outputs: tuple[str, ...]
    needed: tuple[str, ...]
    components: tuple[Component[int], ...]
    lead: dict[str, int]
    buffered: frozenset[str]
    passed_on: frozenset[str]
    forms: dict[int, Forms]

    @property
    def free(self) -> tuple[FreeBoundary, ...]:
        """The boundaries that the caller gives to what is needed."""
        return tuple(boundary for boundary in self.model.free if boundary.name in self.needed)

    @property
    def calls(self) -> tuple[Expr, ...]:
        """The calls of opaque functions."""
        numbers = (number for component in self.components for number in component.members)
        nodes = postorder(self.model.statements[number].value for number in numbers)
        return tuple(node for node in nodes if node.operator == "call")

    @property
    def functions(self) -> tuple[str, ...]:
        """The opaque functions that are called."""
        called = {call.data[0] for call in self.calls}
        return tuple(name for name in self.model.functions if name in called)

    def is_over_axis(self, name: str) -> bool:
        """Say whether a name has a value at every step."""
        return bool(self.model.axes_of(name))

    def pins(self, name: str) -> list[int]:
        """Return the steps at which a signal is given, in order."""
        return sorted(place[0] for place in self.model.fixed.get(name, {}) if place[0] >= 1)


def plan(model: Model, outputs: Sequence[str] | None) -> Plan:
    """Return the plan of a program; raises `CircuitError` for outputs that do not exist."""
    if isinstance(outputs, str):
        raise CircuitError("outputs is one word", help=f'write outputs=["{outputs}"]')
    chosen = tuple(model.signals) if outputs is None else tuple(dict.fromkeys(canonical(name) for name in outputs))
    if not chosen:
        raise CircuitError("outputs names no signal", help=f"the signals are: {', '.join(map(shown, model.signals))}")
    for name in chosen:
        if name not in model.signals:
            raise CircuitError(f"no equation gives '{shown(name)}'", help=did_you_mean(name, model.signals))
    needed = _needed(model, chosen)
    numbers = {number for number, statement in enumerate(model.statements) if statement.name in needed}
    found = {number: forms(model, model.statements[number]) for number in sorted(numbers)}
    components = []
    # The signals of the loop that a statement is in, by its number.
    loop_of: dict[int, frozenset[str]] = {}
    for component in model.schedule:
        members = tuple(number for number in component.members if number in numbers)
        if members:
            recurrent = component.recurrent or any(
                model.statements[number].axes and _goes_by_steps(model.statements[number], found[number])
                for number in members
            )
            components.append(Component(members, (component.vector or (1,)) if recurrent else None))
            if recurrent:
                inside = frozenset(model.statements[number].name for number in members)
                loop_of |= dict.fromkeys(members, inside)
    stepwise = {name for inside in loop_of.values() for name in inside}
    lead = {name: _lead(model, name, numbers, loop_of) for name in needed if model.axes_of(name)}
    buffered = {
        name
        for name in model.signals
        if name in needed and model.signals[name] and (name in stepwise or lead[name] or model.fixed.get(name))
    }
    for number in numbers:
        statement = model.statements[number]
        if statement.axes and not _fills(model, statement, found[number]):
            buffered.add(statement.name)
    made = Plan(model, chosen, needed, tuple(components), lead, frozenset(buffered), _passed_on(model), found)
    _check_sizes(made)
    return made


def varies_with(node: Expr, bound: bool) -> bool:
    """Say whether a leaf depends on an axis: of the statement, or bound by a reduction around it."""
    if node.operator == "axis":
        return bool(node.data[1]) is bound
    if node.operator == "read":
        return any(at.base not in ("", "end") and at.bound is bound for at in node.data[1])
    return False


def shared_names(call: Expr) -> tuple[str, ...]:
    """Return the parameters that a call of an opaque function shares, those behind the `;`."""
    return tuple(argument.data for argument in call.arguments[call.data[1] :])


def _needed(model: Model, outputs: Sequence[str]) -> tuple[str, ...]:
    """Return the names that some signals depend on, themselves included."""
    sources: dict[str, set[str]] = {}
    for statement in model.statements:
        read = {read.name for read in statement.reads} | set(statement.parameters)
        sources.setdefault(statement.name, set()).update(read)
    found: set[str] = set()
    waiting = list(outputs)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += sources.get(name, ())
    return tuple(name for name in (*model.inputs, *model.parameters, *model.signals) if name in found)


def _passed_on(model: Model) -> frozenset[str]:
    """Return the parameters that only opaque functions touch."""
    read = set()
    for statement in model.statements:
        values = [statement.value]
        for node in postorder([statement.value]):
            values += () if node.operator == "call" else node.arguments
        read |= {value.data for value in values if value.operator == "parameter"}
    return frozenset(name for name in model.parameters if model.shapes[name] is None and name not in read)


def _goes_by_steps(statement: Statement, known: Forms) -> bool:
    """Say whether a statement cannot be computed for all steps at once.

    An opaque function takes the values of one step, and what has an unknown shape is never put in an array.
    """
    return any(node.operator == "call" or known.rank(node) is None for node in postorder([statement.value]))


def _fills(model: Model, statement: Statement, known: Forms) -> bool:
    """Say whether the right side already is a value for every step, of the shape of the left side."""
    shape = model.shapes[statement.name]
    return (
        shape is not None
        and known.rank(statement.value) == len(shape)
        and any(varies_with(node, bound=False) for node in postorder([statement.value]))
    )


def _lead(model: Model, name: str, numbers: set[int], loop_of: Mapping[int, frozenset[str]]) -> int:
    """Return how many places before the first step a program has to keep."""
    first = 1
    for place in model.fixed.get(name, {}):
        first = min(first, place[0])
    if name in model.free_by_name:
        first = min(first, *(box[0][0] for box in model.free_by_name[name].boxes))
    for number in numbers:
        statement = model.statements[number]
        for read in statement.reads:
            if read.name != name:
                continue
            (at,) = read.index
            if at.base == "":
                first = min(first, at.offset)
            elif at.base == "end":
                # With no steps this is a place before the first.
                first = min(first, at.offset)
            elif at.bound or name not in loop_of.get(number, ()):
                # All steps are read at once, also those where a pin makes the read superfluous.
                first = min(first, 1 + at.offset)
    return 1 - first


def _check_sizes(made: Plan) -> None:
    """Refuse a size that no array of the caller can settle."""
    model = made.model
    given = {size for name in (*model.inputs, *model.parameters) for size in model.shapes.get(name) or ()}
    given |= {size for boundary in made.free for size in model.shapes.get(boundary.name) or ()}
    totals = [total for known in made.forms.values() for total in known.totals]
    for _ in totals:
        given |= {total.size for total in totals if all(isinstance(p, int) or p in given for p in total.parts)}
    for name in made.needed:
        for size in model.shapes.get(name) or ():
            if isinstance(size, str) and size not in given:
                raise CircuitError(
                    f"nothing says how large '{shown(size)}' is: '{shown(name)}' is {spell(model.shapes[name])}",
                    help=f"declare '{shown(name)}' with a number, or give a parameter of that size",
                )
    for number in made.forms:
        for node in postorder([model.statements[number].value]):
            sizes = [node.data] if node.operator == "size" else list(sizes_of_entry(node))
            if node.operator in ("zeros", "ones", "eye", "one_hot"):
                sizes = [size for size in node.data if isinstance(size, str)]
            for size in sizes:
                if size not in given and not is_fresh(size):
                    raise CircuitError(f"nothing says how large '{shown(size)}' is", help="use a number")
