"""How a circuit is written in Python: its axes, inputs, signals, parameters and functions, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Self

from unfoldgraph.base.errors import CircuitError

if TYPE_CHECKING:
    from unfoldgraph.language.python.builder import Builder
    from unfoldgraph.language.python.quantities import (
        Axis,
        NamedConstant,
        NamedSize,
        Quantity,
        Range,
        ShapeLike,
        Signal,
    )


class Construction:
    """What a circuit is made of, as it is written in Python; one that was read from text is complete."""

    _builder: Builder | None

    def axis(self, name: str) -> Axis:
        """Return an axis of the circuit, along which signals and inputs run from 1 to its end.

        Examples
        --------
        >>> from unfoldgraph import Circuit
        >>> c = Circuit()
        >>> t = c.axis("t")
        >>> x, s = c.input("x", t), c.signal("s", t)
        >>> s[t] = s[t - 1] + x[t]
        >>> print(c.text(), end="")
        x(t) : ?
        s(t) = s(t-1) + x(t)
        """
        return self._writing().axis(name)

    def range(self, name: str, first: Quantity | int, last: Quantity | int) -> Range:
        """Return an index over the whole numbers from `first` to `last`, both included, for reductions.

        Parameters
        ----------
        name : what the index is called.
        first, last : sums of whole numbers, sizes, axes, their ends (`end(t)`) and other ranges.

        Examples
        --------
        >>> from unfoldgraph import Circuit, sum_over
        >>> c = Circuit()
        >>> t, j = c.axis("t"), c.range("j", 0, 2)
        >>> x, y = c.input("x", t), c.signal("y", t)
        >>> y[t] = sum_over(x[t - j], j)
        >>> print(c.text(), end="")
        x(t) : ?
        y(t) = sum(x(t-j) for j in 0..2)

        Such a range may end at a size or an index, and a condition may leave some of it out:

        >>> from unfoldgraph import Circuit, ne
        >>> c = Circuit()
        >>> n, M = c.axis("n"), c.size("M")
        >>> k = c.range("k", 0, M - 1)
        >>> h, x, y = c.parameter("h", M), c.input("x", n), c.signal("y", n)
        >>> y[n] = sum_over(h[k] * x[n - k], k, where=ne(k, 2))
        >>> print(c.text(), end="")
        h : M
        x(n) : ?
        y(n) = sum(h[k] * x(n-k) for k in 0..M-1 if k != 2)
        """
        return self._writing().range(name, first, last)

    def equation(self, left: Any, right: Any) -> None:
        """Add an equation in the standard form of a difference equation, with terms of a signal on its left side.

        It is for the one signal there that has no other equation, solved for its latest place.

        Examples
        --------
        >>> from unfoldgraph import Circuit
        >>> c = Circuit()
        >>> n, a, b = c.axis("n"), c.parameter("a"), c.parameter("b")
        >>> x, y = c.input("x", n), c.signal("y", n)
        >>> c.equation(y[n] + a * y[n - 1], b * x[n])
        >>> c == Circuit("x(n) : ?; y(n) = b*x(n) - a*y(n-1)")
        True
        """
        self._writing().equation(left, right)

    def constant(self, name: str, value: int) -> NamedConstant:
        """Return a whole number with a name, which stands in offsets, ends of ranges and shapes too.

        Examples
        --------
        >>> from unfoldgraph import Circuit
        >>> c = Circuit()
        >>> t, M = c.axis("t"), c.constant("M", 8)
        >>> x, y = c.input("x", t), c.signal("y", t)
        >>> y[t] = x[t - M]
        >>> print(c.text(), end="")
        M = 8
        x(t) : ?
        y(t) = x(t-M)
        """
        return self._writing().constant(name, value)

    def size(self, name: str) -> NamedSize:
        """Return a size that shapes have, as a number: `x[t] / sqrt(m)`, `v[1:m]`.

        Examples
        --------
        >>> from unfoldgraph import Circuit
        >>> c = Circuit()
        >>> t, m = c.axis("t"), c.size("m")
        >>> x, y = c.input("x", t, shape="m"), c.signal("y", t)
        >>> y[t] = x[t] / m
        >>> print(c.text(), end="")
        x(t) : m
        y(t) = x(t) / m
        """
        return self._writing().size(name)

    def input(self, name: str, *axes: Axis, shape: ShapeLike = None) -> Signal:
        """Return an input over axes.

        Parameters
        ----------
        name : what it goes by, also among the arguments of programs.
        axes : at least one.
        shape : that of one place: `"n"`, `"(m, n)"`, `()` for a scalar, 3; None where nothing need say it.

        Raises
        ------
        CircuitError : where there is no axis, and for a name or a shape that is none.

        Examples
        --------
        >>> from unfoldgraph import Circuit
        >>> c = Circuit()
        >>> c.input("x", c.axis("t"), shape="n")
        <input x>
        """
        if not axes:
            raise CircuitError(f"the input '{name}' needs an axis", help="what has none is a parameter")
        return self._writing().signal(name, axes, shape, is_input=True)

    def signal(self, name: str, *axes: Axis, shape: ShapeLike = None) -> Signal:
        """Return a signal, whose equations follow: `h[t] = …`, `h[0] = 0`; without axes `o[()] = …`.

        Parameters are those of `input`; without an axis it has one value for the whole sequence.

        Examples
        --------
        >>> from unfoldgraph import Circuit
        >>> c = Circuit()
        >>> t = c.axis("t")
        >>> h = c.signal("h", t)
        >>> h[t], h[0] = h[t - 1] / 2, 1
        >>> c.signals
        ('h',)
        """
        return self._writing().signal(name, axes, shape, is_input=False)

    def parameter(self, name: str, shape: ShapeLike = None) -> Quantity:
        """Return a parameter, one value shared by every step; `shape` is as for `input`.

        Examples
        --------
        >>> from unfoldgraph import Circuit
        >>> c = Circuit()
        >>> t, r = c.axis("t"), c.parameter("r", shape=())
        >>> s = c.signal("s", t)
        >>> s[t] = r * s[t - 1]
        >>> c.parameters
        ('r',)
        """
        return self._writing().parameter(name, shape)

    def function(self, name: str) -> Callable[..., Quantity]:
        """Return an opaque function, which the caller supplies in numbers; what it shares goes by name.

        Examples
        --------
        >>> from unfoldgraph import Circuit
        >>> c = Circuit()
        >>> t, theta, f = c.axis("t"), c.parameter("theta"), c.function("f")
        >>> s = c.signal("s", t)
        >>> s[t] = f(s[t - 1], theta=theta)
        >>> print(c.text(), end="")
        s(t) = f(s(t-1); θ)
        """
        return self._writing().function(name)

    def group(self, title: str, *signals: Signal) -> None:
        """Show signals and inputs together under a title, as `group "…": i, f, o` in the text; no meaning changes.

        Examples
        --------
        >>> from unfoldgraph import Circuit
        >>> c = Circuit()
        >>> t = c.axis("t")
        >>> a, b = c.signal("a", t), c.signal("b", t)
        >>> a[t] = b[t - 1]
        >>> b[t] = a[t] + 1
        >>> c.group("Both", a, b)
        >>> print(c.text(), end="")
        a(t) = b(t-1)
        b(t) = a(t) + 1
        group "Both": a, b
        """
        check_title(title)
        self._writing().group(title, *signals)

    def define(self, name: str, body: Callable[..., Any]) -> Callable[..., Quantity]:
        """Return a function with a body, as `def name(…) = …` in the text.

        Examples
        --------
        >>> from unfoldgraph import Circuit, exp
        >>> c = Circuit()
        >>> t = c.axis("t")
        >>> s, swish = c.signal("s", t), c.define("swish", lambda v: v / (1 + exp(-v)))
        >>> s[t] = swish(s[t - 1])
        >>> print(c.text(), end="")
        def swish(v) = v / (1 + exp(-v))
        s(t) = swish(s(t-1))
        """
        return self._writing().define(name, body)

    def _writing(self) -> Builder:
        if self._builder is None:
            raise CircuitError("this circuit was read from text and is complete", help="write a new one: Circuit()")
        return self._builder


class Parameters(tuple[str, ...]):
    """The names of the parameters; called, it declares parameters of a circuit that is written in Python."""

    _circuit: Construction

    def __new__(cls, circuit: Construction, names: Iterable[str]) -> Self:
        """Return the names of the parameters that a circuit has so far."""
        found = super().__new__(cls, names)
        found._circuit = circuit
        return found

    def __reduce__(self) -> tuple[type[tuple[str, ...]], tuple[tuple[str, ...]]]:
        # A copy is the names: what declares more is the circuit.
        return tuple, (tuple(self),)

    def __call__(self, *declarations: str) -> tuple[Quantity, ...]:
        """Return new parameters from declarations: `"W: (m, m)"`, `"b, c: m"`."""
        return self._circuit._writing().parameters(*declarations)


def check_title(title: str | None) -> str | None:
    """Return a title if it can be written on one line of text."""
    if title is not None and not title.isprintable():
        raise CircuitError("a title is one line of printable text")
    return title
