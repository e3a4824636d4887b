"""A signal at one place as a formula, in every form: nested, step by step, one equation a node, or its signature.

Each form is a stream of text: lines, aligned LaTeX, SymPy's own text, or JSON. The JSON is one object, whose members
stay as they are: `version` (1), `target`, `form`, `notation`, and `lines`, a list with one object a line: `left` and
`right` of its equals sign as text, and the same in LaTeX, `left_latex` and `right_latex`. In the nested form and in
later lines of the steps form `left` is that of the first line.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, partial
from itertools import chain, islice, repeat
from typing import Any, Self

from unfoldgraph.algebra.expression import Expr
from unfoldgraph.algebra.pieces import Piece, joined
from unfoldgraph.base.collecting import without_collecting
from unfoldgraph.base.errors import CircuitError, require_within
from unfoldgraph.base.limits import SHOWN_NODES, SYMPY_NODES, TEXT_NODES
from unfoldgraph.formula.derivation import Derivation
from unfoldgraph.formula.options import check_notation, check_writing, no_closed_form
from unfoldgraph.formula.sympy_form import SymPyForm
from unfoldgraph.formula.target import find_target
from unfoldgraph.formula.writer import DerivationWriter
from unfoldgraph.model.equations import Model
from unfoldgraph.unfolding.graph import UnfoldedNode
from unfoldgraph.unfolding.unfolding import Unfolding

#: Sizes with more bits than this are no longer followed once they are over the limit.
_BITS = 40_000
#: Lines in one chunk of a stream.
_LINES = 1_000


class Line(str):
    """One line of a formula: a string, its text, that also knows its LaTeX."""

    __slots__ = ("_latex", "_of")
    _latex: Callable[..., str]
    _of: tuple[Any, ...]

    def __new__(cls, text: str, latex: Callable[..., str], *of: Any) -> Self:
        """Return a line of the text, whose LaTeX is made of what follows when it is asked for."""
        line = super().__new__(cls, text)
        line._latex = latex
        line._of = of
        return line

    @classmethod
    def several(cls, texts: Iterable[str], latex: Callable[[Any], str], of: Iterable[Any]) -> tuple[Self, ...]:
        """Return a line for each of some texts and what its LaTeX is made of.

        Examples
        --------
        >>> [line.latex for line in Line.several(["x1", "x2"], "x_{}".format, [1, 2])]
        ['x_1', 'x_2']
        """
        with without_collecting():
            # They may be hundreds of thousands: none of them is a call.
            lines = tuple(map(str.__new__, repeat(cls), texts))
            for line, own in zip(lines, zip(of), strict=True):
                line._latex = latex
                line._of = own
        return lines

    @property
    def latex(self) -> str:
        """The line in LaTeX."""
        return self._latex(*self._of)

    def __reduce__(self) -> tuple[type[Self], tuple[str, Callable[[], str]]]:
        # What makes the LaTeX holds the whole derivation; what it makes is a string.
        return type(self), (str(self), partial(str, self.latex))


def expand(
    model: Model,
    target: str | None = None,
    lengths: Mapping[str, int] | None = None,
    notation: str = "book",
    sizes: Mapping[str, int] | None = None,
) -> Expansion:
    r"""Return what a signal is at one place in terms of inputs, parameters and boundaries.

    Constants are folded, exactly. A name or a place stands for a finite number there: `0 * x` is 0, which is what makes
    `W @ h(0)` vanish where h(0) is 0, and `x + inf` is inf. In numbers, as `evaluate` and programs compute them,
    nothing is folded, and 0 times NaN is NaN.

    Parameters
    ----------
    model : the circuit.
    target : `"h(4)"`, `"h(end-1)"`, or `"h"` for its last place; by default the first signal with a delay.
    lengths : how many places each axis has; those on which the value does not depend may be left out.
    notation : `"book"`, `"subscript"` or `"bracket"`.
    sizes : how large the sizes are by which ranges and places go.

    Raises
    ------
    CircuitError : where there is no such place. That a form is too large is told when it is asked for.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> expansion = expand(read("s(t) = f(s(t-1); theta); s(1) = s1"), "s(3)")
    >>> expansion.text, expansion.size
    ('f(f(s(1); θ); θ)', 5)
    >>> print(*expansion.steps(), sep="\n")
    s(3) = f(s(2); θ)
         = f(f(s(1); θ); θ)
    """
    check_notation(notation)
    name, place, unfolding = find_target(model, target, lengths, sizes)
    return Expansion(unfolding, (name, place), notation)


class Expansion:
    """A signal at one place, as a formula. What is asked for is computed when it is asked for.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> expansion = expand(read("s(t) = r * s(t-1)"), "s(2)")
    >>> expansion.text, expansion.size, expansion.sympy
    ('r * (r * s(0))', 5, r**2*s(0))
    """

    def __init__(self, unfolding: Unfolding, target: UnfoldedNode, notation: str = "book") -> None:
        self.unfolding = unfolding
        self.target = target
        self.notation = notation
        self.derivation = Derivation(unfolding, target)
        self.writer = DerivationWriter(self.derivation, notation)

    def __reduce__(self) -> tuple[type[Self], tuple[Unfolding, UnfoldedNode, str]]:
        # What it has been asked so far is worked out again where it is asked again.
        return type(self), (self.unfolding, self.target, self.notation)

    # Sizes ------------------------------------------------------------------------------------------

    @cached_property
    def size(self) -> int:
        """The number of operations, names and numbers of the nested form, exactly; constants are folded.

        It is counted, not built: for `h(t) = h(t-1) * h(t-1)` and 64 steps it is 36893488147419103231.
        """
        return deque(self.derivation.growth(), maxlen=1).pop()

    def _require(self, form: str, limit: int, what: str, help: str) -> None:
        """Refuse a form that is too large, with its exact size."""
        total, size = 0, 0
        for size in self.derivation.growth():
            total += size if form == "steps" else 0
            if size > limit and size.bit_length() > _BITS:
                require_within(size, limit, f"{what} has more than {{}} nodes", help)
        require_within(total if form == "steps" else size, limit, f"{what} has {{}} nodes", help)

    # Forms ------------------------------------------------------------------------------------------

    def _require_nested(self) -> None:
        what = f"the nested form of {self.derivation.label}"
        self._require("nested", TEXT_NODES, what, "use --form let, whose size is linear in the steps")

    @property
    def text(self) -> str:
        """The nested form as text, in the language."""
        self._require_nested()
        return self.writer.nested()

    @property
    def latex(self) -> str:
        """The nested form in LaTeX."""
        return joined(self.pieces)

    @property
    def pieces(self) -> Iterator[Piece]:
        """What the nested form in LaTeX consists of, for whoever sets it."""
        self._require_nested()
        return self.writer.pieces(self._nested)

    @cached_property
    def _nested(self) -> Expr:
        return self.derivation.substituted()

    @cached_property
    def sympy(self) -> Any:
        """The nested form as a SymPy expression; each symbol stands for a finite number, so that `0 * x` is 0."""
        self._require(
            "nested",
            SYMPY_NODES,
            f"the nested form of {self.derivation.label}",
            "for SymPy take fewer steps, or --form let",
        )
        return self.sympy_form.expression(self.derivation.substituted())

    @cached_property
    def sympy_form(self) -> SymPyForm:
        """What writes its expressions in SymPy."""
        return SymPyForm(self.unfolding.model)

    @cached_property
    def signature(self) -> Line:
        """What it depends on, exactly: inputs, the latest first, then boundaries likewise, then parameters.

        >>> from unfoldgraph.language.text import read
        >>> print(expand(read("h(t) = f(h(t-1), x(t); theta)"), "h(3)").signature)
        h(3) = g(x(3), x(2), x(1), h(0); θ)
        """
        writer = self.writer
        right, right_latex = writer.signature()
        return Line(
            f"{writer.left(self.target)} = {right}", lambda: f"{writer.left_latex(self.target)} = {right_latex()}"
        )

    @property
    def closed(self) -> Any:
        """A formula in the number of the step; not available yet."""
        raise no_closed_form()

    def steps(self) -> tuple[Line, ...]:
        r"""Return one substitution a line, from the equation of the target to the nested form.

        Examples
        --------
        >>> from unfoldgraph.language.text import read
        >>> print(*expand(read("h(t) = f(h(t-1))"), "h(2)").steps(), sep="\n")
        h(2) = f(h(1))
             = f(f(h(0)))
        """
        return tuple(Line(text, latex) for text, latex in self.writer.steps(self.stages()))

    def let(self) -> tuple[Line, ...]:
        r"""Return one equation for each node that the target depends on, in the order of computation.

        Examples
        --------
        >>> from unfoldgraph.language.text import read
        >>> print(*expand(read("h(t) = f(h(t-1))"), "h(2)").let(), sep="\n")
        h(1) = f(h(0))
        h(2) = f(h(1))
        """
        writer = self.writer
        return Line.several(writer.let_text(), writer.equation_latex, writer.order)

    def stages(self) -> Iterator[Expr]:
        """Yield the right side of the target, then what it is with one more node substituted each time.

        Examples
        --------
        >>> from unfoldgraph.language.text import read
        >>> expansion = expand(read("h(t) = f(h(t-1))"), "h(2)")
        >>> [expansion.writer.text(stage) for stage in expansion.stages()]
        ['f(h(1))', 'f(f(h(0)))']
        """
        derivation = self.derivation
        self._require(
            "steps", TEXT_NODES, f"the steps form of {derivation.label}", "use --form let, which writes each step once"
        )
        yield from derivation.substitutions()

    # Output -----------------------------------------------------------------------------------------

    def render(self, form: str = "nested", format: str = "text", notation: str | None = None) -> Iterator[str]:
        r"""Return the chunks of a formula in a form and a format, ending in a line break.

        What is wrong is raised here, before the first chunk.

        >>> from unfoldgraph.language.text import read
        >>> "".join(expand(read("h(t) = r * h(t-1)"), "h(2)").render("let"))
        'h(1) = r * h(0)\nh(2) = r * h(1)\n'
        """
        check_writing(form, format)
        if form == "closed":
            return iter(self.closed)
        if notation not in (None, self.notation):
            return self.noted(str(notation)).render(form, format)
        lines = _LINES_OF[format](self, form)
        first = next(lines, "")
        return _joined(chain([first], lines))

    def noted(self, notation: str) -> Expansion:
        r"""Return the same expansion in another notation.

        Examples
        --------
        >>> from unfoldgraph.language.text import read
        >>> expand(read("h(t) = r * h(t-1)"), "h(1)").noted("subscript").latex
        'r \\, h_{0}'
        """
        check_notation(notation)
        return Expansion(self.unfolding, self.target, notation)

    def __repr__(self) -> str:
        return f"<Expansion of {self.derivation.label}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Return the nested form for a notebook, as text and as mathematics; where it is too large, what helps."""
        try:
            self._require("nested", SHOWN_NODES, "its nested form", "")
            writer = self.writer
            return {
                "text/plain": f"{writer.left(self.target)} = {self.text}",
                "text/latex": f"$$\n{writer.left_latex(self.target)} = {self.latex}\n$$",
            }
        except CircuitError as error:
            return {"text/plain": f"{self!r}\n({error.message}; .let() has a line for each step)"}


# Streams of text --------------------------------------------------------------------------------------


def _joined(lines: Iterator[str]) -> Iterator[str]:
    while some := list(islice(lines, _LINES)):
        yield "\n".join(some) + "\n"


def _text_lines(expansion: Expansion, form: str) -> Iterator[str]:
    match form:
        case "nested":
            yield expansion.text
        case "steps":
            yield from (text for text, _ in expansion.writer.steps(expansion.stages()))
        case "let":
            yield from expansion.writer.let_text()
        case _:
            yield expansion.signature


def _sides(expansion: Expansion, form: str) -> Iterator[tuple[str, str]]:
    """Yield both sides of every line in LaTeX."""
    writer = expansion.writer
    left = writer.left_latex(expansion.target)
    match form:
        case "let":
            yield from writer.let_latex()
        case "steps":
            yield from ((left, writer.latex(stage)) for stage in expansion.stages())
        case "nested":
            yield left, expansion.latex
        case _:
            yield left, writer.signature()[1]()


def _latex_lines(expansion: Expansion, form: str) -> Iterator[str]:
    if form == "nested":
        yield expansion.latex
        return
    sides = _sides(expansion, form)
    first = next(sides)
    second = next(sides, None)
    if second is None:
        yield " = ".join(first)
        return
    yield r"\begin{aligned}"
    before = first
    for pair in chain([second], sides):
        yield f"{before[0]} &= {before[1]} \\\\"
        # The lines of a substitution have their left side once.
        before = ("" if form == "steps" else pair[0]), pair[1]
    yield f"{before[0]} &= {before[1]}"
    yield r"\end{aligned}"


def _sympy_lines(expansion: Expansion, form: str) -> Iterator[str]:
    sympy_form = expansion.sympy_form
    match form:
        case "nested":
            yield sympy_form.written(expansion.sympy)
        case "let":
            yield from map(sympy_form.written, sympy_form.let(expansion.derivation))
        case "steps":
            yield from map(sympy_form.written, sympy_form.steps(expansion.target, expansion.stages()))
        case _:
            writer = expansion.writer
            yield sympy_form.written(sympy_form.signature(expansion.target, writer.function, *writer.arguments()))


def _json_lines(expansion: Expansion, form: str) -> Iterator[str]:
    writer = expansion.writer
    left = writer.left(expansion.target)
    rights: Iterable[tuple[str, str]]
    match form:
        case "nested":
            rights = [(left, expansion.text)]
        case "steps":
            rights = ((left, writer.text(stage)) for stage in expansion.stages())
        case "let":
            rights = zip(map(writer.left, writer.order), writer.rights(writer.order), strict=True)
        case _:
            rights = [(left, writer.signature()[0])]
    head = {"version": 1, "target": left, "form": form, "notation": expansion.notation}
    opening = json.dumps(head, ensure_ascii=False)[:-1] + ', "lines": ['
    before = ""
    for (text_left, text_right), (latex_left, latex_right) in zip(rights, _sides(expansion, form), strict=True):
        line = {"left": text_left, "right": text_right, "left_latex": latex_left, "right_latex": latex_right}
        yield f"{before}," if before else opening
        before = json.dumps(line, ensure_ascii=False)
    yield before
    yield "]}"


#: What writes each format, a chunk of a line or so at a time.
_LINES_OF: Mapping[str, Callable[[Expansion, str], Iterator[str]]] = {
    "text": _text_lines,
    "latex": _latex_lines,
    "sympy": _sympy_lines,
    "json": _json_lines,
}
