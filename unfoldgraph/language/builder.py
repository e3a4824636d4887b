"""The language in Python: `h[t] = tanh(b + W @ h[t - 1] + U @ x[t])`.

What Python objects build here is what the parser builds from text, so both go through the same checks and
give equal circuits.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import count
from math import isinf, isnan
from numbers import Integral, Real
from sys import float_info
from typing import Any, NoReturn, TypeAlias, TypeVar

from unfoldgraph.algebra.digits import number_level
from unfoldgraph.algebra.expression import (
    BY_VALUE,
    INFINITY,
    Binding,
    Index,
    SizeArgument,
    Slice,
    Term,
    exact,
    intern,
    places_of_entry,
    postorder,
)
from unfoldgraph.algebra.inlining import Function
from unfoldgraph.algebra.notation import brief, shown
from unfoldgraph.algebra.operators import FUNCTIONS, OPERATORS, is_reduction, sizes_named
from unfoldgraph.algebra.shapes import Shape
from unfoldgraph.algebra.table.operator_row import ATOM, COMPARISON
from unfoldgraph.base.affine import end_name, is_size, plain_name, whole
from unfoldgraph.base.errors import CircuitError, Findings, SourceText, Span
from unfoldgraph.base.limits import NESTING
from unfoldgraph.language.constants import settled, settled_place
from unfoldgraph.language.grammar import Declared, LeftSide, Related, parse
from unfoldgraph.language.indices import (
    Refusal,
    add_range_after,
    end_of_range,
    entries,
    place_of_left_side,
    places,
    range_between,
    size_written,
)
from unfoldgraph.language.standard_form import about, solved
from unfoldgraph.language.terms import LEAVES_NOTHING_OUT, arity_text, count_text
from unfoldgraph.language.text import check_name
from unfoldgraph.model.build import Declaration, Draft, Equation, WrittenGroup
from unfoldgraph.model.equations import Constant
from unfoldgraph.model.index_arithmetic import sum_of

ItemOrPlace = TypeVar("ItemOrPlace", Index, Index | Slice)
_GREATEST = int(float_info.max)
#: What a name is that stands for the index of a range.
_RANGE = "a range"

ShapeLike: TypeAlias = (
    "str | int | NamedSize | NamedConstant | tuple[int | str | NamedSize | NamedConstant, ...] | None"
)


class Quantity:
    """A value in the equations: what `x[t]`, `W @ h[t - 1]` and `tanh(…)` are.

    Arithmetic builds larger ones; `&`, `|`, `^` and `~` are and, or, xor and not. `==` raises, because two
    quantities cannot be told equal before they have values: `eq` builds the comparison.
    """

    #: NumPy numbers on the left leave the operation to the quantity.
    __array_ufunc__ = None
    __hash__ = object.__hash__

    def __init__(self, term: Term) -> None:
        self._term = term

    def __add__(self, other: Any) -> Quantity:
        return _operation("add", self, other)

    def __radd__(self, other: Any) -> Quantity:
        return _operation("add", other, self)

    def __sub__(self, other: Any) -> Quantity:
        return _operation("sub", self, other)

    def __rsub__(self, other: Any) -> Quantity:
        return _operation("sub", other, self)

    def __mul__(self, other: Any) -> Quantity:
        return _operation("mul", self, other)

    def __rmul__(self, other: Any) -> Quantity:
        return _operation("mul", other, self)

    def __truediv__(self, other: Any) -> Quantity:
        return _operation("div", self, other)

    def __rtruediv__(self, other: Any) -> Quantity:
        return _operation("div", other, self)

    def __mod__(self, other: Any) -> Quantity:
        return _operation("mod", self, other)

    def __rmod__(self, other: Any) -> Quantity:
        return _operation("mod", other, self)

    def __matmul__(self, other: Any) -> Quantity:
        return _operation("matmul", self, other)

    def __rmatmul__(self, other: Any) -> Quantity:
        return _operation("matmul", other, self)

    def __pow__(self, other: Any) -> Quantity:
        return _operation("pow", self, other)

    def __rpow__(self, other: Any) -> Quantity:
        return _operation("pow", other, self)

    def __and__(self, other: Any) -> Quantity:
        return _operation("and", self, other)

    def __rand__(self, other: Any) -> Quantity:
        return _operation("and", other, self)

    def __or__(self, other: Any) -> Quantity:
        return _operation("or", self, other)

    def __ror__(self, other: Any) -> Quantity:
        return _operation("or", other, self)

    def __xor__(self, other: Any) -> Quantity:
        return _operation("xor", self, other)

    def __rxor__(self, other: Any) -> Quantity:
        return _operation("xor", other, self)

    def __lt__(self, other: Any) -> Quantity:
        return _operation("lt", self, other)

    def __le__(self, other: Any) -> Quantity:
        return _operation("le", self, other)

    def __gt__(self, other: Any) -> Quantity:
        return _operation("gt", self, other)

    def __ge__(self, other: Any) -> Quantity:
        return _operation("ge", self, other)

    def __neg__(self) -> Quantity:
        return _operation("neg", self)

    def __pos__(self) -> Quantity:
        return self

    def __invert__(self) -> Quantity:
        return _operation("not", self)

    def __eq__(self, other: object) -> NoReturn:
        raise TypeError("'==' does not compare quantities of a circuit: use eq(a, b)")

    def __ne__(self, other: object) -> NoReturn:
        raise TypeError("'!=' does not compare quantities of a circuit: use ne(a, b)")

    def __bool__(self) -> NoReturn:
        raise TypeError("a quantity of a circuit has no truth value yet: use where(condition, a, b), &, | and ~")

    def __repr__(self) -> str:
        return f"<quantity {brief(self._term)}>"

    def __iter__(self) -> NoReturn:
        raise TypeError("a quantity of a circuit cannot be iterated over: use sum_over(…, t)")

    def _sympy_(self) -> Any:
        """Return an index in SymPy, where `g(end + 1)` of a SymPy function asks for it."""
        import sympy

        form = sum_of(self._term)
        if form is None:
            raise sympy.SympifyError(repr(self))
        names = ("end" if name == end_name() else plain_name(name) for name, _ in form.terms)
        terms = [factor * sympy.Symbol(name) for name, (_, factor) in zip(names, form.terms, strict=True)]
        return sympy.Add(*terms, form.constant)

    def __getitem__(self, items: Any) -> Quantity:
        """Return an entry, counted from 0, or a slice."""
        with _refusals():
            found, computed = entries([_entry(item) for item in _listed(items)])
        return Quantity(Term("entry", (self._term, *computed), found))

    @property
    def T(self) -> Quantity:
        """The transpose of a matrix."""
        return _operation("transpose", self)


class Axis(Quantity):
    """An index that runs from 1 to its length, such as time."""

    def __init__(self, name: str) -> None:
        self.name = check_name(name)
        super().__init__(Term("axis", (), (self.name, False)))

    def __repr__(self) -> str:
        return f"<axis {self.name}>"

    def within(self, first: Any, last: Any) -> Within:
        """Return the range in which an equation stands along the axis, both ends included.

        Parameters
        ----------
        first, last : sums of whole numbers, sizes and the other axes of the equation; `end` is that of this axis.

        Examples
        --------
        >>> from unfoldgraph import Circuit, end
        >>> c = Circuit()
        >>> i, j = c.axis("i"), c.axis("j")
        >>> d = c.signal("d", i, j)
        >>> d[i, j, j.within(i + 1, end)] = d[i, j - 1] + 1
        >>> d[i, i] = 0
        >>> print(c.text(), end="")
        d(i, j) = d(i, j-1) + 1 for j in i+1..end
        d(i, i) = 0
        """
        return Within(_range(self.name, first, last, self.name))


@dataclass(frozen=True, slots=True)
class Within:
    """The range in which an equation stands along an axis, as in `c[i, j, j.within(i + 1, end)] = …`."""

    binding: Binding


class Range(Quantity):
    """An index that runs over whole numbers from `first` to `last`, both included: sums of indices and sizes."""

    def __init__(self, name: str, first: Any, last: Any) -> None:
        self.name = check_name(name)
        self.binding = _range(self.name, first, last)
        super().__init__(Term("axis", (), (self.name, True)))

    def __repr__(self) -> str:
        return f"<range {self.name}>"


class NamedSize(Quantity):
    """A size from the shape of a name: a number, and the bound of a slice, as in `v[1:m]`."""

    def __init__(self, name: str) -> None:
        self.name = check_name(name)
        super().__init__(Term("size", (), self.name))

    def __repr__(self) -> str:
        return f"<size {self.name}>"


class NamedConstant(Quantity):
    """A whole number with a name, in offsets, ends of ranges and shapes too: `x[t - M]`."""

    def __init__(self, name: str) -> None:
        self.name = check_name(name)
        super().__init__(Term("axis", (), (self.name, True)))

    def __repr__(self) -> str:
        return f"<constant {self.name}>"


class End(Quantity):
    """The last place of an axis: `h[end]`; `end(t)` is the length as a number."""

    def __init__(self) -> None:
        super().__init__(Term("length", (), ""))

    def __call__(self, axis: Axis) -> Quantity:
        """Return the length of an axis."""
        if not isinstance(axis, Axis):
            hint = "of a symbol of SymPy it is Function('end')(t)"
            raise CircuitError(f"{axis!r} is not an axis of a circuit", help=hint)
        return Quantity(Term("length", (), axis.name))


end = End()
"""The last place of the axis that is read: `h[end]`, `h[end - 1]`; `end(t)` is the length of an axis."""


class Signal(Quantity):
    """A signal or an input: `h[t - 1]` reads it, `h[t] = …` and `h[0] = …` give it its values."""

    def __init__(self, builder: Builder, name: str, axes: tuple[Axis, ...], is_input: bool = False) -> None:
        super().__init__(Term("read", (), (name, ())))
        self.name, self.axes = name, axes
        self._builder = builder
        self._is_input = is_input

    def __getitem__(self, index: Any) -> Quantity:
        if not self.axes and index != ():
            return super().__getitem__(index)
        with _refusals():
            found, computed = places([_index(one) for one in _listed(index)])
        return Quantity(Term("read", computed, (self.name, found)))

    def __setitem__(self, index: Any, value: Any) -> None:
        within = [one.binding for one in _listed(index) if isinstance(one, Within)]
        terms = [_index(one) for one in _listed(index) if not isinstance(one, Within)]
        # A constant is an index until it is a number.
        numbers = dict.fromkeys(self._builder.constants, whole(0))
        ranges: dict[str, Binding] = {}
        with _refusals():
            found, _ = places(terms)
            plain = [place_of_left_side((form := sum_of(term)) and form.at(numbers), term) for term in terms]
            own = [*numbers, *(at.base for at in plain if at.moves)]
            for one in within:
                add_range_after(self.name, ranges, one, own, None)
        self._builder.add(Equation(self.name, found, _term(value), None, tuple(ranges.values())))

    def __repr__(self) -> str:
        return f"<{'input' if self._is_input else 'signal'} {self.name}>"


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
        _check(items, {name for name, kind in self._kinds.items() if kind == _RANGE})
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
        self.add(Related(_term(left), _term(right)))

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
            given = [_term(argument) for argument in arguments]
            for keyword, value in shared.items():
                term = _term(value)
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
        written = _term(body(*(Quantity(Term("argument", (), argument)) for argument in arguments)))
        self.add(Function(found, arguments, written))

        def call(*given: Any) -> Quantity:
            if len(given) != len(arguments):
                raise CircuitError(f"'{shown(found)}' takes {count_text(len(arguments))}, not {len(given)}")
            return Quantity(Term("defined", tuple(_term(one) for one in given), found))

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
            for place, shape in _declared(text):
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


def _check(items: Sequence[Declaration | Equation | Function], ranges: Container[str]) -> None:
    """Check what Python can build and the text cannot say; the first such thing raises `CircuitError`.

    `ranges` are the names of those that have been made.
    """
    declared = [item for item in items if isinstance(item, Declaration)]
    equations = [item for item in items if isinstance(item, Equation)]
    values = [item.right for item in equations] + [item.body for item in items if isinstance(item, Function)]
    bindings = [one for item in equations for one in item.ranges]
    bindings += [one for term in postorder(values) if is_reduction(term) for one in term.data]
    names = [name for one in bindings for end in one.ends for name, _ in end.terms]
    sizes = {str(size) for item in declared for size in item.shape or ()}
    sizes |= {plain_name(name) for name in names if is_size(name)}
    for item in items:
        if isinstance(item, Function):
            _check_value(item.body, ranges, sizes)
            for term in postorder([item.body]):
                if term.operator in ("read", "length") or (term.operator == "axis" and not term.data[1]):
                    raise CircuitError(
                        f"the body of '{shown(item.name)}' has arguments and parameters only, not {brief(term)}",
                        help="make the indexed value an argument",
                    )
                if is_reduction(term) and any(binding.first is None for binding in term.data):
                    raise CircuitError(
                        f"the body of '{shown(item.name)}' runs over no axis",
                        help="reduce where the function is called",
                    )
        elif isinstance(item, Equation):
            _check_value(item.right, ranges, sizes)
            left = [name for at in item.index if at.form is not None for name, _ in at.form.terms]
            _check_bound({name for name in left if name in ranges}, frozenset())
            for one in item.ranges:
                _check_bound({name for end in one.ends for name, _ in end.terms if name in ranges}, frozenset())
    signals = {item.name for item in equations}
    inputs = {item.name for item in declared if item.axes} - signals
    for term in postorder([item.right for item in equations]):
        if inputs and term.operator == "read" and term.data[0] not in signals | inputs:
            raise CircuitError(
                f"nothing says what '{shown(term.data[0])}' is in this circuit", help="give it an equation"
            )


@dataclass(frozen=True, slots=True)
class _Around:
    """What stands around a part of a right side: the indices that are bound, how many reductions, and an index."""

    bound: frozenset[str] = frozenset()
    depth: int = 0
    in_index: bool = False


def _check_value(root: Term, ranges: Container[str], sizes: Container[str]) -> None:
    """Check one right side."""

    def opens(term: Term) -> bool:
        return is_reduction(term) or (term.operator == "read" and bool(term.arguments))

    waiting = [(root, _Around())]
    seen: set[tuple[int, _Around]] = set()
    while waiting:
        part, around = waiting.pop()
        if (id(part), around) in seen:
            continue
        seen.add((id(part), around))
        if around.depth > NESTING:
            raise CircuitError(f"reductions are nested more than {NESTING} deep", help="name the parts")
        for term in postorder([part], stop=opens):
            inner = _inside(term, ranges, around) if is_reduction(term) else replace(around, in_index=True)
            if opens(term):
                waiting += [(argument, inner) for argument in term.arguments]
            if term.operator == "length" and not term.data and not around.in_index:
                raise CircuitError("'end' stands only inside an index", help="the length of an axis is end(t)")
            at = [*term.data[1]] if term.operator == "read" else [*places_of_entry(term)]
            free = {name for one in at if one.form is not None for name, _ in one.form.terms if name in ranges}
            _check_bound(free | ({term.data[0]} if term.operator == "axis" and term.data[1] else set()), around.bound)
            unknown = [size for size in sizes_named(term) if size not in sizes]
            if unknown:
                hint = "declare it in the shape of a name"
                raise CircuitError(f"no shape has the size '{shown(unknown[0])}'", help=hint)


def _inside(term: Term, ranges: Container[str], around: _Around) -> _Around:
    """Return what stands around the parts of a reduction, once its indices are checked."""
    row = OPERATORS[term.operator]
    if row.joining is not None and row.joining.has_one_index and len(term.data) > 1:
        raise CircuitError(f"{row.spelling} runs over one index")
    bound = around.bound
    for binding in term.data:
        if [one.name for one in term.data].count(binding.name) > 1:
            raise CircuitError(f"{brief(term)} binds an index twice")
        _check_bound({name for end in binding.ends for name, _ in end.terms if name in ranges}, bound)
        bound |= {binding.name}
    return _Around(bound, around.depth + 1, around.in_index)


def _check_bound(names: set[str], bound: frozenset[str]) -> None:
    """Refuse the indices of ranges where nothing around binds them."""
    if free := names - bound:
        name = min(free)
        raise CircuitError(f"the range '{name}' is used outside a reduction over it", help=f"sum_over(…, {name})")


def _listed(items: Any) -> tuple[Any, ...]:
    """Return what stands in square brackets or in a shape, one or several, as a tuple."""
    return items if isinstance(items, tuple) else (items,)


def read_shape(shape: ShapeLike) -> Shape | None:
    """Return a shape from `"n"`, `"(m, n)"`, 3, `("m", 3)`, `()` or None."""
    if shape is None:
        return None
    if isinstance(shape, str):
        ((_, found),) = _declared(f"x : {shape}")
        return found
    sizes = tuple(one.name if isinstance(one, NamedSize | NamedConstant) else one for one in _listed(shape))
    for one in sizes:
        if isinstance(one, bool) or not ((isinstance(one, int) and one > 0) or isinstance(one, str)):
            raise CircuitError(f"a size is a name or a whole number from 1, not {one!r}")
    return tuple(check_name(size) if isinstance(size, str) else size for size in sizes)


def _declared(text: str) -> list[tuple[str, Shape | None]]:
    """Return the names and the shape of a declaration of parameters."""
    if not isinstance(text, str):
        raise CircuitError(f"{text!r} is not a declaration", help='write one as in "W: (m, n)"')
    findings = Findings(SourceText("<declaration>", text))
    statements = parse(SourceText("<declaration>", text), findings)
    findings.stop()
    if len(statements) != 1 or not isinstance(statements[0], Declared):
        raise CircuitError(f"{text!r} is not a declaration", help='write one as in "W: (m, n)"')
    declared = statements[0]
    if any(place.indices is not None for place in declared.places):
        raise CircuitError(f"{text!r} declares a signal", help="use input(…) or signal(…)")
    return [(place.name, declared.shape) for place in declared.places]


def _size_argument(value: Any) -> SizeArgument:
    """Return a size where one is an argument: a number, a name, or a sum of sizes."""
    if isinstance(value, Quantity) and not isinstance(value, NamedSize):
        # A constant is an index until it is a number.
        bound = {leaf.data[0] for leaf in postorder([value._term]) if leaf.operator == "axis" and leaf.data[1]}
        found = size_written(value._term, bound)
        if found is not None and not (isinstance(found, int) and found < 1):
            return found
    (size,) = read_shape((value,)) or ()
    return size


def _term(value: Any) -> Term:
    """Return the term of a quantity or of a number, exactly as the text of that number would be read."""
    if isinstance(value, Signal) and value.axes:
        raise CircuitError(f"'{shown(value.name)}' is a signal and needs an index", help=f"write {value.name}[…]")
    if isinstance(value, Quantity):
        return value._term
    if isinstance(value, bool) or not isinstance(value, Real):
        if callable(value):
            raise CircuitError("a function needs arguments", help="write f(h[t - 1])")
        hint = "a number, a parameter or a signal at an index"
        raise CircuitError(f"{value!r} is not a quantity of a circuit", help=hint)
    number = Fraction(0)
    if isinstance(value, Integral):
        number = Fraction(int(value))
    elif isinstance(value, Fraction):
        number = value
    elif isinf(value):
        return infinity_term(value < 0)
    elif isnan(value):
        raise CircuitError(f"{value!r} is not a number of a circuit")
    else:
        number = Fraction(Decimal(repr(float(value))))
    return number_term(number)


def infinity_term(is_negative: bool, span: Span | None = None) -> Term:
    """Return the term of infinity or of its negative, as its text would be read."""
    literal = Term("number", (), INFINITY, span)
    return Term("neg", (literal,), None, span) if is_negative else literal


def number_term(number: Fraction, span: Span | None = None) -> Term:
    """Return the term of an exact number, as its text would be read."""
    if number and not 1e-323 < abs(number) <= _GREATEST:
        raise CircuitError("this number is out of range", help="numbers lie between 1e-308 and 1.8e308, or are 0")
    if number_level(exact(abs(number))) != ATOM:
        # A third has no decimal; the text would be a division.
        over = Term("number", (), number.denominator, span)
        return Term("div", (number_term(Fraction(number.numerator), span), over), None, span)
    literal = Term("number", (), exact(abs(number)), span)
    return Term("neg", (literal,), None, span) if number < 0 else literal


def _operation(operator: str, *arguments: Any) -> Quantity:
    return Quantity(Term(operator, tuple(_term(argument) for argument in arguments)))


@contextmanager
def _refusals() -> Iterator[None]:
    """Raise as a `CircuitError` what is refused in a text as well."""
    try:
        yield
    except Refusal as refusal:
        raise CircuitError(refusal.problem.message, help=refusal.problem.help) from None


def _index(value: Any) -> Term:
    """Return the term of one place of an index."""
    if isinstance(value, Within):
        raise CircuitError("a range stands on the left side of an equation", help="sum_over(…, k) with k = range(…)")
    if isinstance(value, slice) or not isinstance(value, Quantity | Real) or isinstance(value, bool):
        hint = "an axis plus or minus a whole number, such as h[t - 1], or end"
        raise CircuitError(f"{value!r} is not an index", help=hint)
    return _term(value)


def _range(name: str, first: Any, last: Any, axis: str | None = None) -> Binding:
    """Return a range between two ends, in which `end` is that of an axis, if there is one."""
    with _refusals():
        ends = [end_of_range(sum_of(term), term, axis, "t") for term in map(_index, (first, last))]
        return range_between(name, ends[0], ends[1], None)


def _entry(value: Any) -> Term:
    """Return the term of one item of an entry."""
    if isinstance(value, slice):
        if value.step is not None:
            raise CircuitError("slices have no step", help="write v[1:3]")
        parts = tuple(_entry(bound) for bound in (value.start, value.stop) if bound is not None)
        return Term("slice", parts, (value.start is not None, value.stop is not None))
    if value is end:
        raise CircuitError("'end' cannot count entries", help="entries are numbered from 0, as in b[0]")
    if not isinstance(value, Quantity | Real) or isinstance(value, bool):
        raise CircuitError(f"{value!r} counts no entries", help="entries are numbered from 0, as in b[0]")
    return _term(value)


def _function(name: str) -> Callable[..., Quantity]:
    """Return the Python form of a function of the operator table."""
    rows = FUNCTIONS[name]

    def call(*arguments: Any) -> Quantity:
        row = next((row for row in rows if row.accepts(len(arguments))), None)
        if row is None:
            raise CircuitError(f"'{name}' takes {arity_text(rows)}, not {len(arguments)}")
        if row.indexed is not None:
            *others, entry = map(_term, arguments)
            if entry.operator != "entry":
                told = f"'{name}' needs an entry or a slice as its last argument, not {brief(entry)}"
                raise CircuitError(told, help=f"{name}(r, v[1:3])")
            if len(entry.arguments) > 1:
                told = f"'{name}' takes no entry that a value tells, as '{brief(entry)}' is"
                raise CircuitError(told, help=f"of a vector: r * one_hot({brief(entry.arguments[1])}, n)")
            return Quantity(Term(row.name, (*others, *entry.arguments), entry.data))
        sizes = len(arguments) if row.sizes is None else row.sizes
        values, given = arguments[: len(arguments) - sizes], arguments[len(arguments) - sizes :]
        data = row.all_sizes(tuple(map(_size_argument, given))) if sizes else None
        return Quantity(Term(row.name, tuple(_term(value) for value in values), data))

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"Return `{name}(…)` of quantities of a circuit; see the operators of the language."
    return call


def _comparison(operator: str) -> Callable[[Any, Any], Quantity]:
    """Return the Python form of a comparison."""

    def call(left: Any, right: Any) -> Quantity:
        return _operation(operator, left, right)

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
        parts = [_bound(_term(part), set(axes)) for part in (value, where) if part is not None]
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
