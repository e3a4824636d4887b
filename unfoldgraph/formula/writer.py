"""How the lines of a formula are written, as text and as LaTeX."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain

from unfoldgraph.algebra.expression import Expr
from unfoldgraph.algebra.latex import latex_parts, latex_pieces, place_latex
from unfoldgraph.algebra.notation import (
    around_places,
    place_text,
    require_writable,
    shown,
    text,
    text_parts,
    text_with_holes,
)
from unfoldgraph.algebra.pieces import Piece, joined, side_by_side
from unfoldgraph.algebra.possible_reads import may_be_read
from unfoldgraph.algebra.table.operator_row import ATOM
from unfoldgraph.formula.derivation import Derivation
from unfoldgraph.formula.folded_order import RepeatedSteps
from unfoldgraph.formula.instances import StatementForm
from unfoldgraph.unfolding.graph import UnfoldedNode

TextAndLatex = tuple[str, Callable[[], str]]
"""A line as text, and what gives its LaTeX."""


class Template:
    """A right side written once, but for the steps and the places it reads."""

    def __init__(self, form: StatementForm, writer: DerivationWriter, in_latex: bool) -> None:
        self._sources = form.sources
        self._writer = writer
        self._place = writer.left_latex if in_latex else writer.left
        self._join: Callable[[Iterable[str]], str] = side_by_side if in_latex else "".join
        value, notation = form.statement.value, writer.notation
        parts: Iterable[str | Expr] = text_parts(value, _is_open, notation)
        if in_latex:
            pieces = latex_parts(value, _is_open, writer.model.rank, notation)
            parts = (part.latex if isinstance(part, Piece) else part for part in pieces)
        self._parts: list[str | Expr] = [""]
        for part in parts:
            last = self._parts[-1]
            if isinstance(part, str) and isinstance(last, str):
                self._parts[-1] = self._join([last, part])
            else:
                self._parts.append(part)

    def fill(self, indices: dict[str, int]) -> str:
        """Return the right side at a place."""
        return self._join(self._at(part, indices) if isinstance(part, Expr) else part for part in self._parts)

    def along_an_axis(self) -> tuple[str, list[int]]:
        """Return a format for numbers, and how far from a place on the only axis each of them is.

        That is for places which lie, as all that is read beside them, from 1 on.
        """
        written: list[str] = []
        ahead: list[int] = []
        for part in self._parts:
            if isinstance(part, str):
                written.append(escaped(part))
                continue
            if part.operator == "axis":
                written.append("%d")
                ahead.append(0)
                continue
            ((axis, offset),) = self._sources[part.data].moves
            if axis:
                written.append(self._writer.format_of(part.data[0]))
                ahead.append(offset)
            else:
                written.append(escaped(self._place((part.data[0], (offset,)))))
        return "".join(written), ahead

    def _at(self, node: Expr, indices: dict[str, int]) -> str:
        if node.operator == "axis":
            return str(indices[node.data[0]])
        source = self._sources[node.data]
        return self._place((source.name, source.at(indices)))


class NestedForm:
    """A right side on the only axis, in which what it reads is to be substituted.

    Parameters
    ----------
    form : that of its statement.
    substituted : the names of what is substituted.
    inside : returns a node of the steps before those that are repeated, with how tightly it binds.

    Attributes
    ----------
    binds : how tightly it binds.
    """

    def __init__(
        self,
        form: StatementForm,
        writer: DerivationWriter,
        substituted: Container[str],
        inside: Callable[[UnfoldedNode], tuple[int, str]],
    ) -> None:
        value = form.statement.value
        self.binds, parts = text_with_holes(value, _is_open, writer.notation)
        # What is nothing but another value binds as that does.
        self._passes_on = value.operator == "read"
        self._parts: list[tuple[str, list[int]] | tuple[str, int, int]] = []
        written, ahead = "", list[int]()
        for part in parts:
            if isinstance(part, str):
                written += escaped(part)
                continue
            if part.node.operator == "axis":
                written += "%d"
                ahead.append(0)
                continue
            name = part.node.data[0]
            ((axis, offset),) = form.sources[part.node.data].moves
            if not axis:
                written += escaped(in_parentheses(*inside((name, (offset,))), part.level))
            elif name not in substituted:
                written += writer.format_of(name)
                ahead.append(offset)
            else:
                self._parts += [(written, ahead), (name, offset, part.level)]
                written, ahead = "", []
        self._parts.append((written, ahead))
        self._parts.reverse()

    def backwards(self, at: int, level: int) -> Iterator[str | tuple[str, int, int]]:
        """Yield its parts at a place, the last one first: text, and names with their places and how they bind."""
        for part in self._parts:
            if len(part) == 2:
                written, ahead = part
                yield written % tuple([at + by for by in ahead])
            else:
                name, by, its_level = part
                yield name, at + by, level if self._passes_on else its_level


def in_parentheses(binds: int, written: str, level: int) -> str:
    """Return what is written in parentheses where it binds less tightly than it has to."""
    return f"({written})" if binds < level else written


def _is_open(node: Expr) -> bool:
    return node.operator in ("axis", "read")


def escaped(written: str) -> str:
    """Return what a format writes as it is."""
    return written.replace("%", "%%")


class DerivationWriter:
    """Writes the nodes and right sides of one derivation in one notation."""

    def __init__(self, derivation: Derivation, notation: str) -> None:
        self.derivation = derivation
        self.model = derivation.model
        self.notation = notation

    def text(self, expression: Expr) -> str:
        """Return an expression as text."""
        return text(expression, self.notation)

    def latex(self, expression: Expr) -> str:
        """Return an expression in LaTeX."""
        return joined(self.pieces(expression))

    def pieces(self, expression: Expr) -> Iterator[Piece]:
        """Yield what the LaTeX of an expression consists of."""
        return latex_pieces(expression, self.model.rank, self.notation)

    def left(self, node: UnfoldedNode) -> str:
        """Return a node as text."""
        return place_text(node[0], [str(at) for at in node[1]], self.notation)

    def left_latex(self, node: UnfoldedNode) -> str:
        """Return a node in LaTeX."""
        return place_latex(node[0], node[1], self.model.rank(node[0]), self.notation)

    # Forms ------------------------------------------------------------------------------------------

    @property
    def order(self) -> list[UnfoldedNode]:
        """The nodes that have an equation in the let form."""
        return self.derivation.equations or [self.derivation.target]

    def let_text(self) -> Iterator[str]:
        """Return the equation of every node as text, in the order of computation."""
        found = self.derivation.found
        if found.stretch is None:
            return self._equations(self.order)
        before = self._equations(self.derivation.with_lines(found.before))
        return chain(before, self._repeated(found.stretch), self._equations(found.after))

    def _equations(self, order: Sequence[UnfoldedNode]) -> Iterator[str]:
        return (f"{self.left(node)} = {right}" for node, right in zip(order, self.rights(order), strict=True))

    def _repeated(self, stretch: RepeatedSteps) -> Iterator[str]:
        """Yield the equations of a stretch: those of a node in each period are one format, filled with numbers."""
        columns = []
        for name, (at,) in stretch.block:
            form = self.derivation.instances.own_form((name, (at,)))
            right, ahead = self._template(form).along_an_axis()
            numbers = zip(*(stretch.places(at + by) for by in (0, *ahead)), strict=True)
            columns.append(map(f"{self.format_of(name)} = {right}".__mod__, numbers))
        yield from chain.from_iterable(zip(*columns, strict=True))

    def format_of(self, name: str) -> str:
        """Return a format for the place of a name on the only axis, from 1 on."""
        before, after = around_places(self.notation, is_word=True)
        return f"{escaped(shown(name))}{before}%d{after}"

    def _template(self, form: StatementForm, in_latex: bool = False) -> Template:
        require_writable(form.statement.value)
        return Template(form, self, in_latex)

    def let_latex(self) -> Iterator[tuple[str, str]]:
        """Yield both sides of every equation in LaTeX."""
        order = self.order
        for node, right in zip(order, self.rights(order, in_latex=True), strict=True):
            yield self.left_latex(node), right

    def rights(self, order: Iterable[UnfoldedNode], in_latex: bool = False) -> Iterator[str]:
        """Yield right sides as they are written; statements that look alike at every place are written once."""
        derivation, write = self.derivation, self.latex if in_latex else self.text
        templates: dict[int, Template] = {}
        for node in order:
            if derivation.instances.form(node) is None:
                yield write(derivation.substituted())
                continue
            form = derivation.rights.plain(node)
            # LaTeX writes products with a number in their own way.
            if form is None or (form.stepped and in_latex):
                value = derivation.rights.right(node).value
                require_writable(value)
                yield write(value)
                continue
            template = templates.get(id(form))
            if template is None:
                template = templates[id(form)] = self._template(form, in_latex)
            yield template.fill(derivation.instances.indices(node, form))

    def equation_latex(self, node: UnfoldedNode) -> str:
        """Return the equation of a node in LaTeX."""
        (right,) = self.rights([node], in_latex=True)
        return f"{self.left_latex(node)} = {right}"

    def nested(self) -> str:
        """Return the target with everything substituted."""
        derivation = self.derivation
        steps = derivation.found.stretch
        if steps is None or derivation.folded.filling or derivation.rights.made_of_parts:
            return self.text(derivation.substituted())
        forms = {
            name: derivation.instances.own_form((name, at)) for name, at in (*steps.block, *derivation.found.after)
        }
        # A call at an index could be a read, and is written so that it is none; at a number it could not.
        calls = [node for form in forms.values() for node in form.nodes if node.operator == "call"]
        if any(may_be_read(node.arguments) for node in calls):
            return self.text(derivation.substituted())
        return "".join(self._substituted(steps, forms))

    def _substituted(self, steps: RepeatedSteps, forms: Mapping[str, StatementForm]) -> Iterator[str]:
        """Yield the parts of the target with everything substituted, of which some steps are repeated."""
        before = self.derivation.substituted_before()

        @cache
        def inside(node: UnfoldedNode) -> tuple[int, str]:
            """Return a node of the steps before, and how tightly it binds."""
            if node not in before:
                return ATOM, self.left(node)
            binds, parts = text_with_holes(before[node], lambda node: False, self.notation)
            return binds, "".join(map(str, parts))

        nested = {name: NestedForm(form, self, forms, inside) for name, form in forms.items()}
        name, (at,) = self.derivation.target
        waiting: list[str | tuple[str, int, int]] = [(name, at, 0)]
        while waiting:
            part = waiting.pop()
            if isinstance(part, str):
                yield part
                continue
            name, at, level = part
            if at < steps.first:
                yield in_parentheses(*inside((name, (at,))), level)
                continue
            form = nested[name]
            if form.binds < level:
                yield "("
                waiting.append(")")
            # The part that is written first is the last of them.
            waiting += form.backwards(at, level)

    def steps(self, stages: Iterable[Expr]) -> Iterator[TextAndLatex]:
        """Yield the stages of a substitution, the first with the target on its left."""
        target = self.derivation.target
        left, left_latex = self.left(target), self.left_latex(target)
        for number, stage in enumerate(stages):
            shown_left = left if number == 0 else " " * len(left)
            shown_latex = f"{left_latex} = " if number == 0 else "= "
            yield f"{shown_left} = {self.text(stage)}", lambda lead=shown_latex, stage=stage: lead + self.latex(stage)  # type: ignore[misc]

    def signature(self) -> TextAndLatex:
        """Return what the target is as a function of what it depends on: the right side of its signature."""
        places, parameters = self.arguments()
        name = self.function
        listed = ", ".join(self.left(node) for node in places)
        shared = ", ".join(shown(parameter) for parameter in parameters)
        written = f"{name}({'; '.join(part for part in (listed, shared) if part)})"

        def in_latex() -> str:
            listed = ", ".join(self.left_latex(node) for node in places)
            shared = ", ".join(place_latex(parameter, [], self.model.rank(parameter)) for parameter in parameters)
            function = place_latex(name, self.derivation.target[1], 0, self.notation)
            arguments = "; ".join(part for part in (listed, shared) if part)
            return rf"{function}\left({arguments}\right)"

        return written, in_latex

    @property
    def function(self) -> str:
        """What the unfolded function goes by: g, as in the book, unless the circuit has a g."""
        model = self.model
        taken = {*model.signals, *model.inputs, *model.parameters, *model.functions}
        return next(name for name in ("g", "G", *(f"g_{number}" for number in range(len(taken)))) if name not in taken)

    def arguments(self) -> tuple[list[UnfoldedNode], list[str]]:
        """Return the places the target depends on, and the parameters, in the order in which they are listed.

        Inputs come before boundaries; then what has the same axes stands together, in the order written, and in it
        the latest first: by the first place, then by the second. So `x(2, 2), x(2, 1), x(1, 2), x(1, 1)`.
        """
        model = self.model
        places, parameters = self.derivation.leaves()
        written = {name: position for position, name in enumerate((*model.inputs, *model.signals))}
        together = {axes: position for position, axes in enumerate(dict.fromkeys(map(model.axes_of, written)))}

        def latest_first(node: UnfoldedNode) -> tuple[bool, int, tuple[int, ...], int]:
            name, place = node
            later = tuple(-at for at in place)
            return name not in model.inputs, together[model.axes_of(name)], later, written[name]

        return sorted(places, key=latest_first), [name for name in model.parameters if name in parameters]
