"""The public face: a circuit. Each method calls down to the part that does the work."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from unfoldgraph.algebra.notation import sum_text
from unfoldgraph.algebra.shapes import Shape
from unfoldgraph.base.boxes import Box
from unfoldgraph.base.errors import CircuitError, CircuitWarning, Problem
from unfoldgraph.construction import Construction, Parameters, check_title
from unfoldgraph.language.text import check_name, read, write
from unfoldgraph.model.calling_convention import shapes_of_inputs
from unfoldgraph.model.equations import Group, Model
from unfoldgraph.model.lengths import checked, leading, resolve, unknown_steps

if TYPE_CHECKING:
    from pathlib import Path

    import networkx

    from unfoldgraph.drawing.scene.scene import Scene
    from unfoldgraph.formula.expansion import Expansion
    from unfoldgraph.picture import Drawing
    from unfoldgraph.program.compiled import Program
    from unfoldgraph.unfolding.unfolding import Unfolding


class Boundary(NamedTuple):
    """Values before the first step that a circuit reads and does not give: the caller may, or they are 0.

    Attributes
    ----------
    name : the signal or the input that is read there.
    argument : what programs and `evaluate` take the values by.
    places : boxes of places, with the first and the last of each axis; 0 is the last place before the first step.
    firsts : where sizes tell how far back they reach, the first place as a sum of them, or several of which the least
        is meant; then there are no boxes.

    Examples
    --------
    >>> Circuit("F(t) = F(t-1) + F(t-2)").boundaries
    (Boundary(name='F', argument='F0', places=(((-1, 0),),), firsts=()),)
    """

    name: str
    argument: str
    places: tuple[Box, ...]
    firsts: tuple[str, ...] = ()


class Circuit(Construction):
    """A recurrence: equations that refer to themselves one or more steps back.

    Parameters
    ----------
    text : the equations, in the language of the text files; None to write them in Python.
    name : what the circuit goes by; its generated function has this name.
    title : for a circuit written in Python, what its pictures are titled.

    Raises
    ------
    CircuitError : with every mistake in the text, each at its place.

    Examples
    --------
    >>> c = Circuit("h(t) = tanh(b + W @ h(t-1) + U @ x(t))")
    >>> c.inputs, c.parameters, c.signals
    (('x',), ('b', 'W', 'U'), ('h',))

    The same in Python:

    >>> from unfoldgraph import tanh
    >>> d = Circuit()
    >>> t = d.axis("t")
    >>> x, h = d.input("x", t), d.signal("h", t)
    >>> b, W, U = d.parameter("b"), d.parameter("W"), d.parameter("U")
    >>> h[t] = tanh(b + W @ h[t - 1] + U @ x[t])
    >>> c == d
    True
    """

    __hash__ = None  # type: ignore[assignment]  # it grows while it is written in Python

    def __init__(self, text: str | None = None, *, name: str = "circuit", title: str | None = None) -> None:
        self._builder = None
        self._built: Model | None = None
        self._built_from = -1
        if text is None:
            from unfoldgraph.language.python.builder import Builder

            self._builder = Builder(name, check_title(title))
        elif not isinstance(text, str):
            raise TypeError(f"the equations are a string, not {type(text).__name__}")
        elif text.strip() and "=" not in text:
            raise CircuitError(
                f"{text.strip()[:60]!r} is not an equation: it has no '='",
                help="Circuit.load(path) reads a file, Circuit.gallery(name) takes one of the gallery",
            )
        else:
            self._built = read(text, "<equations>", name)
            _warn(self._built)

    @classmethod
    def _of(cls, model: Model) -> Circuit:
        circuit = cls.__new__(cls)
        circuit._builder, circuit._built, circuit._built_from = None, model, -1
        return circuit

    @classmethod
    def load(cls, path: str | Path) -> Circuit:
        """Return the circuit in a `.circuit` file; its name is that of the file.

        Parameters
        ----------
        path : the file, in UTF-8.

        Raises
        ------
        CircuitError : where the file cannot be read, and with every mistake in its text.

        Examples
        --------
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "walk.circuit")
        ...     _ = path.write_text("s(t) = s(t-1) + x(t)")
        ...     Circuit.load(path)
        <Circuit walk: s>
        """
        from pathlib import Path

        from unfoldgraph.base.files import read_source

        model = read(read_source(path), Path(path).name, Path(path).stem)
        _warn(model)
        return cls._of(model)

    @classmethod
    def gallery(cls, name: str) -> Circuit:
        """Return a circuit of the gallery.

        Raises
        ------
        CircuitError : for a name that is not in it, with the nearest that is.

        Examples
        --------
        >>> Circuit.gallery("lstm").signals
        ('i', 'f', 'o', 'g', 'c', 'h')
        """
        from unfoldgraph.base.files import gallery_source

        text, source_name = gallery_source(name)
        return cls._of(read(text, source_name, name))

    @classmethod
    def from_sympy(cls, equations: Any, *, name: str = "circuit", title: str | None = None) -> Circuit:
        """Return the circuit of equations of SymPy, one or a list of them, as they are.

        Signals are applied functions or indexed bases, `h(t - 1)` or `IndexedBase("h")[t - 1]`; what a name is, is
        decided as in text: a function all of whose arguments are an axis plus or minus a whole number, a whole
        number or the end is an input, any other that SymPy does not know is a function of the language where it has
        that name (`Function("sigmoid")`), else an opaque one; one whose arguments are computed of an axis, `f(2*t)`,
        might be either and is an error. Its last arguments are its shared parameters if they
        are the same parameters in all its calls, after something that is none: `f(s(t - 1), theta)` is
        `f(s(t-1); theta)`.

        The last place of an axis is `unfoldgraph.end` or `Symbol("end")`: `g(end + 1)`, `Sum(x(t), (t, 1, end))`; on
        the axis t it is `tau` too. Its length, as a number, is `Function("end")(t)`. Constants such as `pi` are
        numbers, of the precision of a float.

        Parameters
        ----------
        equations : one `Eq` of SymPy or a list of them.
        name, title : as of any circuit.

        Raises
        ------
        CircuitError : for what is no circuit, and for what the language has no form for, with the equation.

        Examples
        --------
        >>> from sympy import Eq, Function, symbols
        >>> s, f, (t, theta) = Function("s"), Function("f"), symbols("t theta")
        >>> c = Circuit.from_sympy(Eq(s(t), f(s(t - 1), theta)))
        >>> c == Circuit("s(t) = f(s(t-1); theta)")
        True
        >>> F = Function("F")
        >>> c = Circuit.from_sympy([Eq(F(t), F(t - 1) + F(t - 2)), Eq(F(0), 0), Eq(F(1), 1)])
        >>> print(c.text(), end="")
        F(t) = F(t-1) + F(t-2)
        F(0) = 0
        F(1) = 1
        >>> try:
        ...     Circuit.from_sympy(Eq(F(t), F(t).diff(t)))
        ... except CircuitError as error:
        ...     print(error.message)
        the language has no form for Derivative(F(t), t), a Derivative of SymPy
        """
        from unfoldgraph.language.from_sympy import read_sympy

        model = read_sympy(equations, name, check_title(title))
        _warn(model)
        return cls._of(model)

    # Reading it -------------------------------------------------------------------------------------

    @property
    def model(self) -> Model:
        """The equations, checked."""
        if self._builder is not None:
            draft = self._builder.draft()
            written = len(draft.items) + len(draft.groups)
            if self._built is None or self._built_from != written:
                from unfoldgraph.model.build import build

                self._built, self._built_from = build(draft), written
                _warn(self._built)
        if self._built is None:
            raise CircuitError("no equations")
        return self._built

    @property
    def name(self) -> str:
        """What the circuit goes by."""
        return self.model.name

    @property
    def title(self) -> str | None:
        """The title of its pictures."""
        return self.model.title

    @property
    def groups(self) -> tuple[Group, ...]:
        """What is shown together, by its title, in the order written; each is a title and the names of signals.

        Examples
        --------
        >>> c = Circuit('h(t) = tanh(c(t)); c(t) = c(t-1) + x(t); group "Cell": c, h')
        >>> c.groups[0].title, c.groups[0].names
        ('Cell', ('c', 'h'))
        """
        return self.model.groups

    @property
    def axes(self) -> tuple[str, ...]:
        """The names of the axes, in the order written."""
        return self.model.axes

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs, in the order written."""
        return tuple(self.model.inputs)

    @property
    def parameters(self) -> Parameters:
        """The names of the parameters, in the order written.

        While a circuit is written in Python, calling it declares some: `circuit.parameters("W: (m, m)")`.
        """
        complete = self._builder is None or self._builder.has_equations
        return Parameters(self, self.model.parameters if complete else ())

    @property
    def signals(self) -> tuple[str, ...]:
        """The names of the signals, in the order written."""
        return tuple(self.model.signals)

    @property
    def shapes(self) -> dict[str, Shape | None]:
        """The shape of every input, parameter and signal at one place: sizes by name or by number, `()` for a scalar.

        None stands where only opaque functions touch a value, so that nothing but the data tells. A size that nobody
        named is called after what has it.

        >>> Circuit("x(t) : n; h(t) = tanh(W @ h(t-1) + x(t)); o = f(h(end))").shapes
        {'x': ('n',), 'W': ('n', 'n'), 'h': ('n',), 'o': None}
        """
        return {name: self.model.shapes[name] for name in (*self.inputs, *self.parameters, *self.signals)}

    @property
    def boundaries(self) -> tuple[Boundary, ...]:
        """What is read before the first step and no equation gives: of inputs, then of signals, in the order written.

        >>> [boundary.argument for boundary in Circuit("h(t) = tanh(W @ h(t-1) + x(t))").boundaries]
        ['h0']
        """
        return tuple(
            Boundary(one.name, one.argument, one.boxes, tuple(map(sum_text, one.firsts))) for one in self.model.free
        )

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What is allowed but probably not meant."""
        return self.model.warnings

    @property
    def graph(self) -> networkx.MultiDiGraph:
        """The circuit as a graph, a copy: a node per name with `kind`, an edge per read with `delay` and `read`."""
        return self.model.graph()

    def text(self) -> str:
        """Return the equations again, in the language of the text files.

        Examples
        --------
        >>> c = Circuit("h(t)=tanh(W@h(t-1)+x(t))")
        >>> print(c.text(), end="")
        h(t) = tanh(W @ h(t-1) + x(t))
        >>> Circuit(c.text()) == c
        True
        """
        return write(self.model)

    @property
    def latex(self) -> str:
        r"""The equations as LaTeX, aligned where there are several.

        >>> Circuit("s(t) = f(s(t-1); theta)").latex
        '\\boldsymbol{s}^{(t)} = f\\left(\\boldsymbol{s}^{(t-1)}; \\boldsymbol{\\theta}\\right)'
        """
        from unfoldgraph.algebra.expression import Expr
        from unfoldgraph.algebra.latex import Ends, EquationSides, equations_latex
        from unfoldgraph.algebra.notation import require_writable

        written = [statement.as_written for statement in self.model.statements]
        constants = [(Expr("size", (), constant.name), constant.right, ()) for constant in self.model.constants]
        equations: list[EquationSides] = [*constants, *written]
        for left, right, _ in equations:
            require_writable(left)
            require_writable(right)
        return equations_latex(
            equations,
            self.model.rank,
            Ends(self.model.axes_of, self.model.length_of),
        )

    @property
    def sympy(self) -> tuple[Any, ...]:
        """The equations as equations of SymPy, in the order written; `Circuit.from_sympy` reads them again.

        SymPy keeps its own order of terms and simplifies as it goes, so that what comes back has the same values,
        but not always the same form. Raises `CircuitError` for signals and inputs that are vectors.

        >>> Circuit("s(t) = r * s(t-1) * (1 - s(t-1)); s(0) = 0.5").sympy
        (Eq(s(t), r*(1 - s(t - 1))*s(t - 1)), Eq(s(0), 1/2))
        """
        from unfoldgraph.formula.equations_sympy import equations

        return equations(self.model)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Circuit) and self.model == other.model

    def __repr__(self) -> str:
        try:
            return f"<Circuit {self.model.name}: {', '.join(self.model.signals)}>"
        except CircuitError as error:
            # One that is being written in Python need not be right yet.
            return f"<Circuit: {error.message}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from unfoldgraph.notebook import bundle

        try:
            plain = self.text().rstrip()
        except CircuitError:
            return {"text/plain": repr(self)}
        return bundle(plain, {"text/latex": lambda: f"$$\n{self.latex}\n$$"}, self._scene)

    def _scene(self) -> Scene:
        """Return the picture of a notebook: that of the circuit alone where the unfolding cannot be drawn."""
        try:
            return self.draw().scene
        except CircuitError:
            return self.draw(view="circuit").scene

    # Its readings -----------------------------------------------------------------------------------

    def unfold(
        self,
        steps: int | Mapping[str, int] | None = None,
        sizes: Mapping[str, int] | None = None,
        **lengths: int,
    ) -> Unfolding:
        """Return the unfolded graph: `unfold(3)`, or `unfold(i=4, j=5)` for several axes.

        Where ranges end at a size, or places go by one, `unfold(3, sizes={"M": 4})` says how large it is; `evaluate`
        takes it from the arrays. Nodes, edges, length and depth cost the same for 3 steps and for 10**12.

        >>> u = Circuit("s(t) = f(s(t-1); theta)").unfold(3)
        >>> len(u), u.depth
        (5, 3)
        """
        from unfoldgraph.notebook import ShownUnfolding

        return ShownUnfolding(self.model, self._lengths(steps, lengths), sizes)

    def expand(
        self,
        target: str | None = None,
        steps: int | Mapping[str, int] | None = None,
        *,
        sizes: Mapping[str, int] | None = None,
        **lengths: int,
    ) -> Expansion:
        """Return what a signal is in terms of inputs, parameters and boundaries: `expand("h", 3)`, `expand("h(3)")`.

        Of several axes `expand("C(4, 2)")`, or `expand("C", n=4, k=2)`.

        Each name in it stands for a finite number, so that `0 * x` is 0; in numbers it is computed. Where ranges end
        at a size, or places go by one, `expand("y", 3, sizes={"M": 4})` says how large it is.

        >>> print(Circuit("s(t) = f(s(t-1); theta); s(1) = s1").expand("s", 3).text)
        f(f(s(1); θ); θ)
        """
        from unfoldgraph.formula.expansion import expand

        given = self._lengths(steps, lengths) if steps is not None or lengths else None
        return expand(self.model, target, given, sizes=sizes)

    def draw(self, steps: int | Mapping[str, int] | None = None, **options: Any) -> Drawing:
        """Return a picture; keywords as on the command line, see `unfoldgraph.drawing.options.Options`.

        Without steps time is symbolic: … t-1, t, t+1 …; for several axes give `steps={"i": 4, "j": 5}`.
        With `values=` time is numeric, and its arrays say how many steps there are where the inputs do. Where ranges
        end at a size, or places go by one, `draw(sizes={"M": 5})` says how large it is; else it is drawn for 3.

        >>> c = Circuit("s(t) = r * s(t-1) * (1 - s(t-1)); s(0) = 0.5")
        >>> c.draw(steps=2, values={"r": 3.2}).alt_text.split(". ")[-1]
        'With the values s(1) = 0.8 and s(2) = 0.512.'
        """
        from unfoldgraph.drawing.draw import annotated
        from unfoldgraph.picture import Drawing

        values = options.get("values")
        if values is not None:
            options["values"] = values = {check_name(name): value for name, value in values.items()}
        lengths = None if steps is None and values is None else checked(self.model, self._told(steps, values or {}))
        picture = annotated(self.model, lengths, **options)
        return Drawing(picture.scene, picture.notes)

    def _told(self, steps: int | Mapping[str, int] | None, values: Mapping[str, Any]) -> dict[str, int]:
        """Return the length of each axis from the steps, and where they do not say it from arrays."""
        told = {} if steps is None else self._lengths(steps, {})
        found = resolve(self.model, told, shapes_of_inputs(self.model, values))
        if found.missing and values:
            raise unknown_steps(self.model, found.missing, "give steps=…")
        return {**{axis: length for axis, length in found.known.items() if axis not in found.told}, **told}

    def compile(
        self,
        steps: int | Mapping[str, int] | None = None,
        outputs: Sequence[str] | None = None,
        *,
        plain: bool = False,
        gradient: str | None = None,
        target: str = "numpy",
    ) -> Program:
        """Return the circuit as a NumPy program, for any number of steps, or straight-line code for exactly `steps`.

        Parameters
        ----------
        steps : for several axes `{"i": 4, "j": 5}`.
        outputs : the signals that are returned, all where it is left out; what they do not need is not computed, and
            of what else they need no more is kept than is read back. Of many steps the last is one that `end` gives.
        plain : the textbook style, a loop with one equation a line, for reading and teaching. The default is fast, and
            may join sums in another order: the two agree to rounding. Straight-line code has one style.
        gradient : as on the command line, where later versions have it.
        target : "numpy", or "numba" for loops that Numba compiles when they are first called, and keeps for the user.

        Raises
        ------
        CircuitError
            For an option that is not available, an output that no equation gives, straight-line code that would be
            too long, what the target does not have, and a target that is not installed.

        Examples
        --------
        >>> r = Circuit("F(t) = F(t-1) + F(t-2); F(1) = 1; F(2) = 1").compile()(steps=10)
        >>> float(r.F[-1])
        55.0
        >>> network = Circuit("h(t) = tanh(w * h(t-1) + x(t)); o(t) = 2 * h(t); last = o(end)")
        >>> list(network.compile()(w=0.5, x=[1, 2]))
        ['h', 'o', 'last']
        >>> list(network.compile(outputs=["last"])(w=0.5, x=[1] * 100_000))
        ['last']
        """
        from unfoldgraph.program.options import TARGETS

        found = program_of(self, steps, outputs, plain=plain, gradient=gradient, target=target)
        if target != TARGETS[0]:
            from unfoldgraph.program.targets.numba_kernels import require_numba

            require_numba()
        return found

    def _lengths(self, steps: int | Mapping[str, int] | None, lengths: Mapping[str, int]) -> dict[str, int]:
        """Return the length of each axis from what a method was given."""
        found = {check_name(axis): length for axis, length in lengths.items()}
        if isinstance(steps, Mapping):
            found.update({check_name(axis): length for axis, length in steps.items()})
        elif steps is not None:
            own = leading(self.model)
            if len(own) > 1:
                listed = ", ".join(f"'{axis}': …" for axis in own)
                raise CircuitError(
                    f"this circuit has several axes: {', '.join(self.model.own_axes)}",
                    help=f"give the length of each: {{{listed}}}",
                )
            found.update(dict.fromkeys(own, steps))
        return found


def program_of(
    circuit: Circuit,
    steps: int | Mapping[str, int] | None = None,
    outputs: Sequence[str] | None = None,
    *,
    plain: bool = False,
    gradient: str | None = None,
    target: str = "numpy",
) -> Program:
    """Return a circuit as `Circuit.compile` does, also where what it runs on is not installed: it can be written."""
    from unfoldgraph.program.compiled import compile_model
    from unfoldgraph.program.options import check_options

    check_options(gradient, target, steps is not None)
    model = circuit.model
    lengths = None if steps is None else checked(model, circuit._lengths(steps, {}))
    return compile_model(model, steps=lengths, outputs=outputs, plain=plain, target=target)


def _warn(model: Model) -> None:
    for problem in model.warnings:
        hint = f"; {problem.help}" if problem.help else ""
        warnings.warn(f"{problem.message}{hint}", CircuitWarning, stacklevel=3)
