"""The functions, comparisons and reductions of the language in Python, made from the operator table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from unfoldgraph.algebra.expression import Binding, Term, postorder
from unfoldgraph.algebra.notation import brief
from unfoldgraph.algebra.operators import FUNCTIONS, OPERATORS
from unfoldgraph.algebra.table.operator_row import COMPARISON
from unfoldgraph.base.errors import CircuitError
from unfoldgraph.language.python.quantities import Axis, Quantity, Range, operation, size_argument_of, term_of
from unfoldgraph.language.terms import LEAVES_NOTHING_OUT, arity_text


def _function(name: str) -> Callable[..., Quantity]:
    """Return the Python form of a function of the operator table."""
    rows = FUNCTIONS[name]

    def call(*arguments: Any) -> Quantity:
        row = next((row for row in rows if row.accepts(len(arguments))), None)
        if row is None:
            raise CircuitError(f"'{name}' takes {arity_text(rows)}, not {len(arguments)}")
        if row.indexed is not None:
            *others, entry = map(term_of, arguments)
            if entry.operator != "entry":
                told = f"'{name}' needs an entry or a slice as its last argument, not {brief(entry)}"
                raise CircuitError(told, help=f"{name}(r, v[1:3])")
            if len(entry.arguments) > 1:
                told = f"'{name}' takes no entry that a value tells, as '{brief(entry)}' is"
                raise CircuitError(told, help=f"of a vector: r * one_hot({brief(entry.arguments[1])}, n)")
            return Quantity(Term(row.name, (*others, *entry.arguments), entry.data))
        sizes = len(arguments) if row.sizes is None else row.sizes
        values, given = arguments[: len(arguments) - sizes], arguments[len(arguments) - sizes :]
        data = row.all_sizes(tuple(map(size_argument_of, given))) if sizes else None
        return Quantity(Term(row.name, tuple(term_of(value) for value in values), data))

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"Return `{name}(…)` of quantities of a circuit; see the operators of the language."
    return call


def _comparison(operator: str) -> Callable[[Any, Any], Quantity]:
    """Return the Python form of a comparison."""

    def call(left: Any, right: Any) -> Quantity:
        return operation(operator, left, right)

    call.__name__ = call.__qualname__ = operator
    call.__doc__ = f"Return `left {OPERATORS[operator].spelling} right`: 1 where it holds, else 0."
    return call


def _reduction(name: str) -> Callable[..., Quantity]:
    """Return the Python form of a reduction: `sum_over(e, t)` is `sum(e for t)`."""
    row = OPERATORS[name]

    def call(value: Any, *indices: Any, where: Any = None) -> Quantity:
        if not indices or not all(isinstance(index, Axis | Range) for index in indices):
            raise CircuitError(f"{name} takes a value and the axes or ranges it runs over", help=f"{name}(h[t], t)")
        axes = [index.name for index in indices if isinstance(index, Axis)]
        # What is bound without a range is written last, behind what has one.
        bindings = [index.binding for index in indices if isinstance(index, Range)]
        for binding in bindings:
            if bound := [other for one in binding.ends for other, _ in one.terms if other in axes]:
                hint = f"{name}({name}(…, {binding.name}), {bound[0]})"
                told = f"the range '{binding.name}' goes by '{bound[0]}', which is bound with it"
                raise CircuitError(told, help=hint)
        bindings += [Binding(axis) for axis in axes]
        parts = [_bound(term_of(part), set(axes)) for part in (value, where) if part is not None]
        if not row.accepts(len(parts)):
            hint = f"{name}(where(condition, e, 0), {indices[0].name})"
            raise CircuitError(LEAVES_NOTHING_OUT.format(name), help=hint)
        return Quantity(Term(name, tuple(parts), tuple(bindings)))

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"Return the reduction of a value over axes and ranges, `{name}(h[t], t)`, where a condition holds."
    return call


def _bound(root: Term, axes: set[str]) -> Term:
    """Return a term in which the given axes belong to the reduction around it."""
    made: dict[int, Term] = {}
    for term in postorder([root]):
        if term.operator == "read":
            name, index = term.data
            places = tuple(place._replace(bound=True) if place.base in axes else place for place in index)
            arguments = tuple(made[id(argument)] for argument in term.arguments)
            made[id(term)] = replace(term, arguments=arguments, data=(name, places))
        elif term.operator == "axis" and term.data[0] in axes:
            made[id(term)] = replace(term, data=(term.data[0], True))
        else:
            made[id(term)] = replace(term, arguments=tuple(made[id(argument)] for argument in term.arguments))
    return made[id(root)]


def python_names() -> list[str]:
    """Return the Python name of every function, comparison and reduction of the operator table."""
    by_row = (row.name for row in OPERATORS.values() if row.kind == "reduction" or row.precedence == COMPARISON)
    return [*FUNCTIONS, *by_row]


@cache
def python_form(name: str) -> Callable[..., Quantity]:
    """Return what a function, a comparison or a reduction of the language is in Python, by its Python name.

    Examples
    --------
    >>> python_form("sum_over").__name__
    'sum_over'
    """
    if name in FUNCTIONS:
        found = _function(name)
    else:
        found = (_reduction if OPERATORS[name].kind == "reduction" else _comparison)(name)
    # Where it is found, also by what unpickles it.
    found.__module__ = "unfoldgraph"
    return found
