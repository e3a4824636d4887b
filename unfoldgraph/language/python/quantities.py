"""What stands in equations that are written in Python: quantities, axes, ranges, sizes, signals; each is a term."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import isinf, isnan
from numbers import Integral, Real
from sys import float_info
from typing import Any, NoReturn, Protocol, TypeAlias

from unfoldgraph.algebra.digits import number_level
from unfoldgraph.algebra.expression import INFINITY, Binding, SizeArgument, Term, exact, postorder
from unfoldgraph.algebra.notation import brief, shown
from unfoldgraph.algebra.shapes import Shape
from unfoldgraph.algebra.table.operator_row import ATOM
from unfoldgraph.base.affine import end_name, plain_name, whole
from unfoldgraph.base.errors import CircuitError, Findings, SourceText, Span
from unfoldgraph.language.grammar import Declared, parse
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
from unfoldgraph.language.text import check_name
from unfoldgraph.model.build import Equation
from unfoldgraph.model.index_arithmetic import sum_of

_GREATEST = int(float_info.max)
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
        return operation("add", self, other)

    def __radd__(self, other: Any) -> Quantity:
        return operation("add", other, self)

    def __sub__(self, other: Any) -> Quantity:
        return operation("sub", self, other)

    def __rsub__(self, other: Any) -> Quantity:
        return operation("sub", other, self)

    def __mul__(self, other: Any) -> Quantity:
        return operation("mul", self, other)

    def __rmul__(self, other: Any) -> Quantity:
        return operation("mul", other, self)

    def __truediv__(self, other: Any) -> Quantity:
        return operation("div", self, other)

    def __rtruediv__(self, other: Any) -> Quantity:
        return operation("div", other, self)

    def __mod__(self, other: Any) -> Quantity:
        return operation("mod", self, other)

    def __rmod__(self, other: Any) -> Quantity:
        return operation("mod", other, self)

    def __matmul__(self, other: Any) -> Quantity:
        return operation("matmul", self, other)

    def __rmatmul__(self, other: Any) -> Quantity:
        return operation("matmul", other, self)

    def __pow__(self, other: Any) -> Quantity:
        return operation("pow", self, other)

    def __rpow__(self, other: Any) -> Quantity:
        return operation("pow", other, self)

    def __and__(self, other: Any) -> Quantity:
        return operation("and", self, other)

    def __rand__(self, other: Any) -> Quantity:
        return operation("and", other, self)

    def __or__(self, other: Any) -> Quantity:
        return operation("or", self, other)

    def __ror__(self, other: Any) -> Quantity:
        return operation("or", other, self)

    def __xor__(self, other: Any) -> Quantity:
        return operation("xor", self, other)

    def __rxor__(self, other: Any) -> Quantity:
        return operation("xor", other, self)

    def __lt__(self, other: Any) -> Quantity:
        return operation("lt", self, other)

    def __le__(self, other: Any) -> Quantity:
        return operation("le", self, other)

    def __gt__(self, other: Any) -> Quantity:
        return operation("gt", self, other)

    def __ge__(self, other: Any) -> Quantity:
        return operation("ge", self, other)

    def __neg__(self) -> Quantity:
        return operation("neg", self)

    def __pos__(self) -> Quantity:
        return self

    def __invert__(self) -> Quantity:
        return operation("not", self)

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
        return operation("transpose", self)


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


class StatementCollector(Protocol):
    """Collects what a circuit is made of."""

    @property
    def constants(self) -> Collection[str]:
        """The names of the constants so far."""

    def add(self, item: Equation) -> None:
        """Append an equation."""


class Signal(Quantity):
    """A signal or an input: `h[t - 1]` reads it, `h[t] = …` and `h[0] = …` give it its values."""

    def __init__(
        self, collector: StatementCollector, name: str, axes: tuple[Axis, ...], is_input: bool = False
    ) -> None:
        super().__init__(Term("read", (), (name, ())))
        self.name, self.axes = name, axes
        self._collector = collector
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
        numbers = dict.fromkeys(self._collector.constants, whole(0))
        ranges: dict[str, Binding] = {}
        with _refusals():
            found, _ = places(terms)
            plain = [place_of_left_side((form := sum_of(term)) and form.at(numbers), term) for term in terms]
            own = [*numbers, *(at.base for at in plain if at.moves)]
            for one in within:
                add_range_after(self.name, ranges, one, own, None)
        self._collector.add(Equation(self.name, found, term_of(value), None, tuple(ranges.values())))

    def __repr__(self) -> str:
        return f"<{'input' if self._is_input else 'signal'} {self.name}>"


def _listed(items: Any) -> tuple[Any, ...]:
    """Return what stands in square brackets or in a shape, one or several, as a tuple."""
    return items if isinstance(items, tuple) else (items,)


def read_shape(shape: ShapeLike) -> Shape | None:
    """Return a shape from `"n"`, `"(m, n)"`, 3, `("m", 3)`, `()` or None."""
    if shape is None:
        return None
    if isinstance(shape, str):
        ((_, found),) = declared_parameters(f"x : {shape}")
        return found
    sizes = tuple(one.name if isinstance(one, NamedSize | NamedConstant) else one for one in _listed(shape))
    for one in sizes:
        if isinstance(one, bool) or not ((isinstance(one, int) and one > 0) or isinstance(one, str)):
            raise CircuitError(f"a size is a name or a whole number from 1, not {one!r}")
    return tuple(check_name(size) if isinstance(size, str) else size for size in sizes)


def declared_parameters(text: str) -> list[tuple[str, Shape | None]]:
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


def size_argument_of(value: Any) -> SizeArgument:
    """Return a size where one is an argument: a number, a name, or a sum of sizes."""
    if isinstance(value, Quantity) and not isinstance(value, NamedSize):
        # A constant is an index until it is a number.
        bound = {leaf.data[0] for leaf in postorder([value._term]) if leaf.operator == "axis" and leaf.data[1]}
        found = size_written(value._term, bound)
        if found is not None and not (isinstance(found, int) and found < 1):
            return found
    (size,) = read_shape((value,)) or ()
    return size


def term_of(value: Any) -> Term:
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


def operation(operator: str, *arguments: Any) -> Quantity:
    """Return an operation on quantities and numbers."""
    return Quantity(Term(operator, tuple(term_of(argument) for argument in arguments)))


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
    return term_of(value)


def _range(name: str, first: Any, last: Any, axis: str | None = None) -> Binding:
    """Return a range between two ends, in which `end` is that of an axis, if there is one."""
    with _refusals():
        ends = [end_of_range(sum_of(term), term, axis, "write end(t)") for term in map(_index, (first, last))]
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
    return term_of(value)
