"""The statements of a circuit as they are written in Python: `h[t] = tanh(b + W @ h[t - 1] + U @ x[t])`.

What Python objects build here is what the parser builds from text, so both go through the same checks and
give equal circuits.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import count
from numbers import Integral
from typing import Any, TypeVar

from unfoldgraph.algebra.expression import BY_VALUE, Index, Slice, Term, intern, postorder
from unfoldgraph.algebra.inlining import Function
from unfoldgraph.algebra.notation import shown
from unfoldgraph.base.affine import whole
from unfoldgraph.base.errors import CircuitError, Findings, Span
from unfoldgraph.language.constants import settled, settled_place
from unfoldgraph.language.grammar import LeftSide, Related
from unfoldgraph.language.indices import entries, places
from unfoldgraph.language.python.checks import check
from unfoldgraph.language.python.quantities import (
    Axis,
    NamedConstant,
    NamedSize,
    Quantity,
    Range,
    ShapeLike,
    Signal,
    declared_parameters,
    number_term,
    read_shape,
    term_of,
)
from unfoldgraph.language.standard_form import about, solved
from unfoldgraph.language.terms import count_text
from unfoldgraph.language.text import check_name
from unfoldgraph.model.build import Declaration, Draft, Equation, WrittenGroup
from unfoldgraph.model.equations import Constant
from unfoldgraph.model.index_arithmetic import sum_of

ItemOrPlace = TypeVar("ItemOrPlace", Index, Index | Slice)
#: What a name is that stands for the index of a range.
_RANGE = "a range"


class Builder:
    """Collects what a circuit is made of, in the order it is written."""

    def __init__(self, name: str, title: str | None) -> None:
        self.name = name
        self.title = title
        self._items: list[Declaration | Equation | Function | Related] = []
        self._groups: list[WrittenGroup] = []
        self._constants: dict[str, Constant] = {}
        self._kinds: dict[str, str] = {}

    def draft(self) -> Draft:
        """Return what has been collected so far."""
        items = self._solved([self._with_numbers(item) for item in self._items])
        check(items, {name for name, kind in self._kinds.items() if kind == _RANGE})
        constants = list(self._constants.values())
        return Draft(self.name, self.title, items, Findings(), list(self._groups), constants)

    def _solved(
        self, items: Sequence[Declaration | Equation | Function | Related]
    ) -> list[Declaration | Equation | Function]:
        """Return the statements, those in standard form solved for the signal that each is about."""
        related = {number: item for number, item in enumerate(items) if isinstance(item, Related)}
        equations = [item for item in items if isinstance(item, Equation)]
        defined = {
            item.name: _left_side(item.name, item.index) for item in equations if all(at.moves for at in item.index)
        }
        candidates = {number: self._candidates(item.left) for number, item in related.items()}
        findings = Findings()
        lefts = {number: item.left for number, item in related.items()}
        places = about(lefts, candidates, defined, (), findings)
        findings.stop()
        found: list[Declaration | Equation | Function] = []
        for number, item in enumerate(items):
            if isinstance(item, Related):
                name, written = places[number].name, self._items[number]
                edges = [other.index for other in equations if other.name == name]
                index_, value = solved(item.left, item.right, name, edges)
                sides = (written.left, written.right, ()) if isinstance(written, Related) else None
                found.append(Equation(name, index_, value, written=sides))
            else:
                found.append(item)
        return found

    def _candidates(self, left: Term) -> dict[str, LeftSide]:
        """Return the signals that a left side reads by an axis, or those without one where it reads none so."""
        reads = [term for term in postorder([left]) if term.operator == "read"]
        signals = [term for term in reads if self._kinds.get(term.data[0]) == "a signal"]
        moving = [term for term in signals if any(at.moves and not at.bound for at in term.data[1])]
        return {term.data[0]: _left_side(*term.data) for term in moving or [one for one in signals if not one.data[1]]}

    def _with_numbers(
        self, item: Declaration | Equation | Function | Related
    ) -> Declaration | Equation | Function | Related:
        """Return a statement with numbers in place of constants, which keeps how it was written."""
        if not self._constants:
            return item
        values = {name: constant.value for name, constant in self._constants.items()}
        if isinstance(item, Declaration):
            if item.shape is None or not any(size in values for size in item.shape):
                return item
            shape = tuple(values.get(size, size) if isinstance(size, str) else size for size in item.shape)
            return replace(item, shape=shape, written=item.shape)
        if isinstance(item, Function):
            return replace(item, body=_with_sums(settled(item.body, values, {})), written=item.body)
        if isinstance(item, Related):
            left, right = (_with_sums(settled(side, values, {})) for side in (item.left, item.right))
            return Related(left, right)
        numbers = {name: whole(value) for name, value in values.items()}
        return replace(
            item,
            index=tuple(settled_place(place, values, {}) for place in item.index),
            right=_with_sums(settled(item.right, values, {})),
            ranges=tuple(one.at(numbers) for one in item.ranges),
            written=(Term("read", (), (item.name, item.index)), item.right, item.ranges),
        )

    @property
    def constants(self) -> Collection[str]:
        """The names of the constants so far."""
        return self._constants.keys()

    @property
    def has_equations(self) -> bool:
        """Whether there is anything to read yet."""
        return any(isinstance(item, Equation | Related) for item in self._items)

    def add(self, item: Declaration | Equation | Function | Related) -> None:
        """Append a statement."""
        self._items.append(item)

    def _named(self, name: str, kind: str) -> str:
        found = check_name(name)
        first = self._kinds.setdefault(found, kind)
        if first != kind:
            raise CircuitError(f"'{shown(found)}' is {first} already and cannot be {kind}", help="choose another name")
        return found

    def axis(self, name: str) -> Axis:
        """Return an axis."""
        return Axis(self._named(name, "an axis"))

    def range(self, name: str, first: Quantity | int, last: Quantity | int) -> Range:
        """Return an index over whole numbers."""
        return Range(self._named(name, _RANGE), first, last)

    def equation(self, left: Any, right: Any) -> None:
        """Append an equation in standard form."""
        self.add(Related(term_of(left), term_of(right)))

    def constant(self, name: str, value: Any) -> NamedConstant:
        """Return a whole number with a name."""
        found = NamedConstant(self._named(name, "a constant"))
        if isinstance(value, bool) or not isinstance(value, Integral):
            raise CircuitError(
                f"{value!r} is not the value of a constant", help="a constant is a whole number, such as 8"
            )
        if found.name in self._constants:
            raise CircuitError(f"{shown(found.name)} is defined twice")
        self._constants[found.name] = Constant(found.name, intern(number_term(Fraction(int(value)))), int(value))
        return found

    def size(self, name: str) -> NamedSize:
        """Return a size."""
        return NamedSize(self._named(name, "a size"))

    def signal(self, name: str, axes: tuple[Axis, ...], shape: ShapeLike, is_input: bool) -> Signal:
        """Return a new signal or input, declared where it is an input or has a shape."""
        found = self._named(name, "an input" if is_input else "a signal")
        sizes = read_shape(shape)
        if is_input or sizes is not None:
            self.add(Declaration(found, tuple(axis.name for axis in axes), sizes))
        return Signal(self, found, axes, is_input)

    def parameter(self, name: str, shape: ShapeLike) -> Quantity:
        """Return a new shared parameter."""
        found = self._named(name, "a parameter")
        self.add(Declaration(found, (), read_shape(shape)))
        return Quantity(Term("parameter", (), found))

    def function(self, name: str) -> Callable[..., Quantity]:
        """Return an opaque function: positional arguments, and shared parameters by name."""
        found = self._named(name, "an opaque function")

        def call(*arguments: Any, **shared: Any) -> Quantity:
            given = [term_of(argument) for argument in arguments]
            for keyword, value in shared.items():
                term = term_of(value)
                if term.operator != "parameter" or term.data != check_name(keyword):
                    raise CircuitError(
                        f"'{keyword}=' of {shown(found)} takes the parameter of that name", help=f"{keyword}={keyword}"
                    )
                given.append(term)
            return Quantity(Term("call", tuple(given), (found, len(arguments))))

        return call

    def define(self, name: str, body: Callable[..., Any]) -> Callable[..., Quantity]:
        """Return a function with a body, which a Python function of the same arguments writes."""
        from inspect import signature

        found = self._named(name, "a function")
        arguments = tuple(check_name(argument) for argument in signature(body).parameters)
        written = term_of(body(*(Quantity(Term("argument", (), argument)) for argument in arguments)))
        self.add(Function(found, arguments, written))

        def call(*given: Any) -> Quantity:
            if len(given) != len(arguments):
                raise CircuitError(f"'{shown(found)}' takes {count_text(len(arguments))}, not {len(given)}")
            return Quantity(Term("defined", tuple(term_of(one) for one in given), found))

        return call

    def group(self, title: str, *signals: Any) -> None:
        """Show signals and inputs together under a title, which changes no meaning."""
        if not signals or not all(isinstance(signal, Signal) for signal in signals):
            raise CircuitError("a group is of signals and inputs", help='write group("cell", i, f, o)')
        if not isinstance(title, str):
            raise CircuitError(f"{title!r} is not the title of a group")
        names = tuple(signal.name for signal in signals)
        self._groups.append(WrittenGroup(title, names, (None,) * len(names)))

    def parameters(self, *declarations: str) -> tuple[Quantity, ...]:
        """Return parameters from declarations such as `"W: (m, m)"` and `"b, c: m"`."""
        found = []
        for text in declarations:
            for place, shape in declared_parameters(text):
                found.append(self.parameter(place, shape))
        return tuple(found)


def _left_side(name: str, index: Sequence[Index]) -> LeftSide:
    """Return a read at its axes as a left side, which has no place in a text."""
    nowhere = Span(0, 0)
    axes = tuple(Term("name", (), at.base) if at.moves else Term("number", (), at.offset) for at in index)
    return LeftSide(name, axes or None, nowhere, nowhere)


def _with_sums(root: Term) -> Term:
    """Return a term in which what is computed between brackets is a sum where it has become one, as of `x[M * t]`."""
    made: dict[int, Term] = {}
    for term in postorder([root]):
        parts = tuple(made[id(argument)] for argument in term.arguments)
        data = term.data
        if term.operator == "read" and parts:
            found = [places([parts[at.offset]])[0][0] if at.base == BY_VALUE else at for at in data[1]]
            parts = tuple(part for part in parts if sum_of(part) is None)
            data = data[0], _counted(found, 0)
        elif term.operator == "entry" and len(parts) > 1:
            items = [
                entries([parts[at.offset]])[0][0] if isinstance(at, Index) and at.base == BY_VALUE else at
                for at in data
            ]
            parts = (parts[0], *(part for part in parts[1:] if sum_of(part) is None))
            data = _counted(items, 1)
        made[id(term)] = replace(term, arguments=parts, data=data)
    return made[id(root)]


def _counted(items: Sequence[ItemOrPlace], first: int) -> tuple[ItemOrPlace, ...]:
    """Return places of which those that are computed are numbered one after the other."""
    numbers = count(first)
    return tuple(
        at._replace(offset=next(numbers)) if isinstance(at, Index) and at.base == BY_VALUE else at for at in items
    )
