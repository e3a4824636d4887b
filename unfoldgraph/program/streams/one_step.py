"""One step as a circuit without axes: what it reads of earlier steps are parameters.

Its program is straight-line code of the same operations, without arrays along the steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from unfoldgraph.algebra.expression import Expr, Index, fold, number, parameter, postorder, read, term_of
from unfoldgraph.algebra.operators import OPERATORS, is_reduction
from unfoldgraph.algebra.shapes import elementwise
from unfoldgraph.algebra.table.laws import IN_EACH
from unfoldgraph.base.names import untaken
from unfoldgraph.model.build import Declaration, Draft, Equation, build
from unfoldgraph.model.equations import Model


@dataclass(frozen=True, slots=True)
class OneStep:
    """One step of a circuit.

    Attributes
    ----------
    model : the circuit; the inputs and the signals of the step have their names in it.
    earlier : the parameters that are earlier places, by the name and how many steps back it is.
    entries : the parameters that are entries of others, by the name and the number of the entry: numbers do not change.
    is_of_numbers : whether sums and products of single numbers are all that it computes.
    """

    model: Model
    earlier: Mapping[tuple[str, int], str]
    entries: Mapping[tuple[str, tuple[int, ...]], str]
    is_of_numbers: bool


def one_step(model: Model) -> OneStep | None:
    """Return one step of the circuit of later steps; None where it reads places that no number tells.

    Examples
    --------
    >>> from unfoldgraph.language.text import read, write
    >>> step = one_step(read("y(n) = b * x(n) - a * y(n-1); o = y(end)"))
    >>> print(write(step.model).splitlines()[-2], step.earlier, step.is_of_numbers)
    y = b * x - a * y_1 {('y', 1): 'y_1'} True
    """
    taken = {*model.shapes, *model.functions}
    earlier: dict[tuple[str, int], str] = {}
    entries: dict[tuple[str, tuple[int, ...]], str] = {}

    def changed(node: Expr, arguments: list[Expr]) -> Expr:
        match node.operator:
            case "read" if node.data[1]:
                name, (at,) = node.data
                back = -at.offset
                if back:
                    if (name, back) not in earlier:
                        earlier[name, back] = untaken(f"{name}_{back}", taken)
                    return parameter(earlier[name, back])
                return read(name, ()) if name in model.signals else parameter(name)
            case "axis" if not node.data[1]:
                return number(1)
            case "length":
                return number(1)
            case "entry" if arguments[0].operator == "parameter" and arguments[0].data in model.parameters:
                own = arguments[0].data
                at = tuple(item.offset for item in node.data if isinstance(item, Index) and item.base == "")
                if len(at) == len(node.data) == model.rank(own):
                    if (own, at) not in entries:
                        entries[own, at] = untaken("_".join(map(str, (own, *at))), taken)
                    return parameter(entries[own, at])
        return Expr(node.operator, tuple(arguments), node.data)

    if any(_has_no_number(model, node) for statement in model.statements for node in postorder([statement.value])):
        return None
    equations = [Equation(one.name, (), term_of(fold(one.value, changed))) for one in model.statements]
    owners = {called: name for (name, _), called in earlier.items()}
    declared = [Declaration(name, (), model.declared.get(name, shape)) for name, shape in model.shapes.items()]
    declared += [Declaration(called, (), model.shapes[name]) for called, name in owners.items()]
    declared += [Declaration(called, (), ()) for called in entries.values()]
    found = build(Draft(name=model.name, items=[*declared, *equations]))
    nodes = [node for statement in found.statements for node in postorder([statement.value])]
    read_names = [node.data for node in nodes if node.operator == "parameter"]
    shapes = [found.shapes[name] for name in (*read_names, *found.signals)]
    is_of_numbers = all(shape == () for shape in shapes) and all(map(_is_safe, nodes))
    return OneStep(found, earlier, entries, is_of_numbers)


def _has_no_number(model: Model, node: Expr) -> bool:
    """Say whether a node reads a place that is no number of steps before its own."""
    if node.operator == "read" and node.data[1]:
        return not node.data[1][0].is_plain
    if is_reduction(node):
        return any(end.factor(axis) for one in node.data for end in one.ends for axis in model.axes)
    return False


def _is_safe(node: Expr) -> bool:
    """Say whether numbers of Python are as good as those of NumPy for an operation: no error is raised."""
    if node.operator in ("number", "read", "parameter"):
        return True
    row = OPERATORS.get(node.operator)
    return row is not None and row.rule is elementwise and bool(row.laws.signs or row.laws.linear_in == IN_EACH)
