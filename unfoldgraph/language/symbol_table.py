"""What each name of a text is, as far as the whole text says it: axis, signal, input, parameter, size, function.

Nothing has to be declared. A first look over the text finds what it defines; what it only reads is noted as it is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from unfoldgraph.algebra.expression import Binding, Index, Term, postorder
from unfoldgraph.algebra.notation import read_text, shown
from unfoldgraph.base.affine import Affine, whole
from unfoldgraph.base.errors import Findings, Span
from unfoldgraph.language.grammar import (
    BUILT_IN,
    Declared,
    Defined,
    Equated,
    LeftSide,
    Related,
    Syntax,
    Valued,
    WrittenBinding,
    name_and_indices,
)
from unfoldgraph.language.indices import (
    LAST_PLACES,
    BoundNames,
    Refusal,
    axis_counted,
    bare_axes,
    end_of_range,
    is_plain_place,
    raw_sum,
)
from unfoldgraph.language.standard_form import unknowns


@dataclass(frozen=True, slots=True)
class _FirstUse:
    """What a name was first found to be, and where."""

    kind: str
    span: Span | None


class SymbolTable:
    """The names of one text.

    Attributes
    ----------
    findings : where problems go.
    axes, sizes, values, functions : the names of each kind; `values` are signals without an index.
    indexed : the axes of what has an index, None for a place where only fixed ones are written.
    left_sides : what each statement gives values, by its number; an equation in standard form says it only in the end.
    """

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.uses: dict[str, _FirstUse] = {}
        self.axes: dict[str, None] = {}
        self.sizes: dict[str, None] = {}
        self.values: dict[str, None] = {}
        self.functions: dict[str, Defined] = {}
        self.indexed: dict[str, tuple[str | None, ...]] = {}
        self.read_by_axis: dict[str, None] = {}
        self.declared_parameters: dict[str, None] = {}
        self.declared_inputs = False
        self.left_sides: dict[int, LeftSide] = {}

    # What the text defines --------------------------------------------------------------------------

    def survey(self, syntax: Sequence[Syntax]) -> None:
        """Look over the whole text for what it defines."""
        own = {number: one.place for number, one in enumerate(syntax) if isinstance(one, Equated)}
        functions = {statement.name for statement in syntax if isinstance(statement, Defined)} | {*BUILT_IN}
        self.left_sides = {**own, **unknowns(syntax, functions, self.findings)}
        self.findings.stop()
        for number, statement in enumerate(syntax):
            places = [self.left_sides[number]] if number in self.left_sides else []
            places += statement.places if isinstance(statement, Declared) else []
            for place in places:
                for index in place.indices or ():
                    self.axes.update(dict.fromkeys(bare_axes(index)))
        terms = [statement.right for statement in syntax if isinstance(statement, Equated | Related)]
        terms += [statement.left for statement in syntax if isinstance(statement, Related)]
        terms += [statement.body for statement in syntax if isinstance(statement, Defined)]
        written: list[Sequence[WrittenBinding]]
        written = [with_ranges(term.data[1]) for term in postorder(terms) if term.operator == "over"]
        self.axes.update({one.name: None for bindings in written for one in bindings if one.first is None})
        equated = {place.name for place in self.left_sides.values()}
        for number, statement in enumerate(syntax):
            if isinstance(statement, Valued):
                self.note(statement.place.name, "a constant", statement.place.span)
            elif number in self.left_sides:
                self._note_place(self.left_sides[number], "a signal")
            elif isinstance(statement, Declared):
                for place in statement.places:
                    self._note_place(place, "a signal" if place.indices else "a parameter", place.name in equated)
                    self.declared_inputs |= bool(place.indices) and place.name not in equated
                self.sizes.update({size: None for size in statement.shape or () if isinstance(size, str)})
            elif isinstance(statement, Defined):
                if statement.name in self.functions:
                    also = [(self.functions[statement.name].span, "first here")]
                    self.findings.error(
                        f"the function '{shown(statement.name)}' is defined twice", statement.span, None, also
                    )
                self.note(statement.name, "a function", statement.span)
                self.functions.setdefault(statement.name, statement)
        written += [statement.ranges for statement in syntax if isinstance(statement, Equated | Related)]
        self._note_sizes(written)
        for statement in syntax:
            if isinstance(statement, Equated | Related):
                self._note_inputs(statement.right, {})
            if isinstance(statement, Related):
                self._note_inputs(statement.left, {})

    def _note_sizes(self, written: Sequence[Sequence[WrittenBinding]]) -> None:
        """Note as sizes the names in the ends of ranges that are nothing else."""
        bound = {one.name for bindings in written for one in bindings}
        ends = [end for bindings in written for one in bindings for end in (one.first, one.last) if end is not None]
        for term in postorder(ends):
            is_free = term.operator == "name" and term.data not in bound and term.data not in LAST_PLACES
            if is_free and term.data not in self.axes and term.data not in self.uses:
                self.sizes[term.data] = None

    def _note_inputs(self, root: Term, scope: BoundNames) -> None:
        """Note the names that are read by an axis somewhere: `x` of `x(t)`, so that `x(1)` reads it too."""
        for node in postorder([root], stop=lambda node: node.operator == "over"):
            if node.operator == "over":
                for part in node.arguments:
                    self._note_inputs(part, self._inside(scope, node))
            elif (call := name_and_indices(node)) is not None:
                name, indices = call
                # In this order: what is read has short indices, but functions in one another would be walked each time.
                if self.is_read(node, scope, frozenset()) and any(self._is_by_axis(index, scope) for index in indices):
                    self.read_by_axis[name] = None

    def _is_by_axis(self, index: Term, scope: BoundNames) -> bool:
        """Say whether an index that is a sum holds an axis."""
        form = self.place_sum_or_none(index, scope)
        return form is not None and bool(axis_counted(form, scope))

    def _inside(self, scope: BoundNames, node: Term) -> BoundNames:
        """Return the scope inside a reduction, as far as its ranges can be read."""
        inner = dict(scope)
        for one in with_ranges(node.data[1]):
            # What is wrong with an end is told where the reduction is resolved.
            first, last = (
                None if end is None else self.place_sum_or_none(end, inner) or whole(0) for end in (one.first, one.last)
            )
            inner[one.name] = Binding(one.name, first, last)
        return inner

    def _note_place(self, place: LeftSide, kind: str, also_equated: bool = False) -> None:
        """Note a left side or a declared name."""
        if place.indices:
            axes = tuple(next(iter(bare_axes(index)), None) for index in place.indices)
            # The equation says it all; boundaries only how many places there are.
            known = self.indexed.setdefault(place.name, axes)
            if None in known and axes.count(None) < known.count(None):
                self.indexed[place.name] = axes
            self.note(place.name, "a signal", place.name_span)
        elif kind == "a signal":
            self.values[place.name] = None
            self.note(place.name, "a value without an index", place.name_span)
        elif not also_equated:
            self.declared_parameters[place.name] = None
            self.note(place.name, kind, place.name_span)

    def note(self, name: str, kind: str, span: Span | None) -> None:
        """Note what a name is used as; two different uses are an error that shows both places."""
        if name in BUILT_IN and kind != "built-in":
            self.findings.error(f"'{name}' is a built-in function and cannot be {kind}", span, "choose another name")
            return
        first = self.uses.setdefault(name, _FirstUse(kind, span))
        if first.kind != kind:
            also = [(first.span, f"{first.kind} here")] if first.span else []
            self.findings.error(
                f"'{shown(name)}' is {kind} here and {first.kind} elsewhere",
                span,
                "give one of them another name",
                also,
            )

    # What is asked of it ----------------------------------------------------------------------------

    def place_sum(self, index: Term, scope: BoundNames, axis: str | None = None) -> Affine | None:
        """Return one place of an index, or the end of a range, as a sum; None where it is computed.

        Raises `Refusal` for what cannot be a place.
        """

        def leaf(name: str, span: Span | None) -> Term | None:
            if name in scope:
                return Term("axis", (), (name, True), span)
            if name in self.axes:
                return Term("axis", (), (name, False), span)
            if name in self.sizes and name not in self.uses:
                return Term("size", (), name, span)
            return Term("length", (), "", span) if self._is_end(name, axis) else None

        return raw_sum(index, leaf)

    def place_sum_or_none(self, index: Term, scope: BoundNames, axis: str | None = None) -> Affine | None:
        """Return the same, None for what cannot be a place as well."""
        try:
            return self.place_sum(index, scope, axis)
        except Refusal:
            return None

    def _is_end(self, name: str, axis: str | None) -> bool:
        """Say whether a name is the last place of the axis that is read."""
        is_t = axis == "t" or (axis is None and "t" in self.axes)
        return name in LAST_PLACES and is_t and name not in self.uses

    def end_of_range(self, term: Term, scope: BoundNames, axis: str | None, instead: str = "") -> Affine:
        """Return an end of a range; `end` in it is that of an axis, else what is to be written `instead` is told."""
        return end_of_range(self.place_sum_or_none(term, scope, axis), term, axis, instead)

    def ends_of_range(self, one: WrittenBinding, scope: BoundNames, parts: Iterable[Term]) -> tuple[Affine, Affine]:
        """Return the ends of the range of a reduction, whose parts may read by its index."""
        assert one.first is not None and one.last is not None
        axis = self._axis_read_by(one.name, parts) or next(iter(self.axes), "t")
        instead = f"write end({shown(axis)})"
        if one.first.operator == "number" and one.first.data == 1 and one.last.operator == "end":
            instead += f"; all places are just … for {shown(one.name)}"
        first, last = (self.end_of_range(end, scope, None, instead) for end in (one.first, one.last))
        return first, last

    def _axis_read_by(self, name: str, parts: Iterable[Term]) -> str | None:
        """Return the axis that some index reads first; None where nothing tells it."""
        for node in postorder(parts):
            call = name_and_indices(node)
            for index, axis in zip(call[1], self.indexed.get(call[0], ()), strict=False) if call else ():
                if axis is not None and any(one.operator == "name" and one.data == name for one in postorder([index])):
                    return axis
        return None

    def is_read(self, node: Term, scope: BoundNames, arguments: frozenset[str]) -> bool:
        """Say whether `name(…)` or `name[…]` reads a signal or an input."""
        call = name_and_indices(node)
        if call is None:
            return False
        name, indices = call
        if name in arguments or name in scope:
            return False
        if name in self.indexed or name in self.read_by_axis:
            return True
        if name in self.values or name in self.functions or name in BUILT_IN:
            return False
        if self.uses.get(name, _FirstUse("an input", None)).kind != "an input" and node.operator == "subscript":
            return False
        axis_found = False
        for index in indices:
            form = self.place_sum_or_none(index, scope)
            if form is None or not is_plain_place(form, scope):
                return False
            axis_found |= axis_counted(form, scope) is not None
        return axis_found

    def axes_in(self, index: Term, scope: BoundNames) -> list[str]:
        """Return the axes that a place holds outside of reads, and the indices that are bound as such."""

        def is_value(node: Term) -> bool:
            return node.operator in ("subscript", "over") or self.is_read(node, scope, frozenset())

        names = [term.data for term in postorder([index], stop=is_value) if term.operator == "name"]
        return [name for name in names if (not scope[name].ends if name in scope else name in self.axes)]

    def declared_by(self, name: str, indices: Sequence[Term], scope: BoundNames) -> str:
        """Return how to declare a name that is read by some indices, each with the first axis that it holds."""
        axes: list[str | None] = []
        for index in indices:
            axes.append(next((axis for axis in self.axes_in(index, scope) if axis not in axes), None))
        return self.declaration(name, axes, "()")

    def declaration(self, name: str, axes: Sequence[str | None], shape: str = "n") -> str:
        """Return how to declare a name as an input, over the axes that it is read by as far as these are known."""
        others = iter([axis for axis in dict.fromkeys((*self.axes, "t", *"ijklmnop")) if axis not in axes])
        axes = [axis if axis not in axes[:position] else None for position, axis in enumerate(axes)]
        return f"{read_text(name, [Index(axis or next(others)) for axis in axes])} : {shape}"

    def usual(self, name: str) -> str:
        """Return the read of a name at its own axes: `h(t)`."""
        return read_text(name, [Index("", 1) if axis is None else Index(axis) for axis in self.indexed[name]])


def with_ranges(raw: Sequence[WrittenBinding]) -> list[WrittenBinding]:
    """Return what a reduction binds, where names before one `in` share its range: `for a, b in -1..1`."""
    found: list[WrittenBinding] = []
    following: WrittenBinding | None = None
    for one in reversed(raw):
        following = one if one.first is not None else following
        found.append(one if following is None else one._replace(first=following.first, last=following.last))
    return found[::-1]
