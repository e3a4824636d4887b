"""What the indices of a circuit run over: the axes of every name, and which axes have one length.

Left sides and declarations name the axes of signals and inputs. What else is read is an input, whose axes are
those that it is read by. A name that a reduction binds runs over the axis of what is read by it. Reading a
place by another axis than its own makes the lengths of the two one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from unfoldgraph.algebra.expression import BY_VALUE, Binding, Index, Term, postorder
from unfoldgraph.algebra.inlining import renamed, unlike
from unfoldgraph.algebra.notation import read_text, shown
from unfoldgraph.algebra.operators import OPERATORS, is_reduction
from unfoldgraph.algebra.table.operator_row import COMPARISON
from unfoldgraph.base.affine import Affine, axis_of_length, is_index, is_size, length, whole
from unfoldgraph.base.errors import Findings, Span
from unfoldgraph.model.equations import Statement
from unfoldgraph.model.index_arithmetic import is_of_indices, names_of

#: Reductions around a term, by the name that each binds; the innermost hides those outside.
Reductions = Mapping[str, "Reduction"]


@dataclass(slots=True, eq=False)
class Reduction:
    """One reduction: the places that are read by its index, and the axis that it runs over, once that is known."""

    term: Term
    binding: Binding
    read_at: list[tuple[str, int]] = field(default_factory=list)
    axis: str = ""

    @property
    def name(self) -> str:
        """What it binds."""
        return self.binding.name


@dataclass(slots=True)
class Axes:
    """The axes of one circuit, from its left sides and declarations on.

    Attributes
    ----------
    of : the axes of each signal and input.
    names : every axis, in the order written.
    """

    findings: Findings
    of: dict[str, tuple[str, ...]]
    names: dict[str, None]
    _reductions: dict[int, Reduction] = field(default_factory=dict)
    _read_at: dict[int, list[tuple[str, int]]] = field(default_factory=dict)
    _shares: dict[str, str] = field(default_factory=dict)

    # Inputs -----------------------------------------------------------------------------------------

    def find_inputs(self, values: Sequence[tuple[Sequence[Index], Term]]) -> None:
        """Find the axes of every name that is read and not known yet; `values` are index and right side."""
        reads: dict[str, list[tuple[Term, Reductions]]] = {}
        for _, value in values:
            for term, scope in self._reads(value, {}):
                name, index = term.data
                if name not in self.of:
                    reads.setdefault(name, []).append((term, scope))
                for position, at in enumerate(index):
                    bound = self._bound_alone(at, scope)
                    if bound is not None and not bound.binding.ends:
                        bound.read_at.append((name, position))
        known: dict[str, list[str | None]] = {}
        for name, terms in reads.items():
            known[name] = [None] * max(len(term.data[1]) for term, _ in terms)
            for term, scope in terms:
                for position, at in enumerate(term.data[1]):
                    axis = self._axis_of_place(at, scope)
                    if axis is not None:
                        _settle(known[name], position, axis)
                        bound = self._bound_alone(at, scope)
                        if bound is not None:
                            # One axis cannot number two places of a name; then the index is an axis of its own.
                            _settle(known[name], position, bound.name)
        self._find_by_reductions(known)
        for name, terms in reads.items():
            self.of[name] = self._whole(name, known[name], terms[0][0].span)

    def _bound_alone(self, at: Index, scope: Reductions) -> Reduction | None:
        """Return the reduction whose index a place is, plus or minus numbers and sizes; None where there is none."""
        if at.is_plain:
            return scope.get(at.base) if at.bound else None
        names = [name for name, _ in (at.form or whole(0)).terms if is_index(name)]
        return scope.get(names[0]) if len(names) == 1 and at.form and at.form.factor(names[0]) == 1 else None

    def _axis_of_place(self, at: Index, scope: Reductions) -> str | None:
        """Return the axis that a place is on, as far as its own index tells."""
        if at.is_plain:
            return at.base if at.moves and not at.bound else None
        if at.form is None:
            return None
        axes = [name for name, _ in at.form.terms if is_index(name) and name not in scope]
        if not axes:
            axes = [axis for name, _ in at.form.terms if name in scope for axis in self._axes_of_range(name, scope)]
        one = dict.fromkeys(axes)
        return axes[0] if len(one) == 1 and all(at.form.factor(axis) in (0, 1) for axis in one) else None

    def _axes_of_range(self, name: str, scope: Reductions) -> Iterator[str]:
        """Yield the axes that the ends of a range hold."""
        waiting, seen = [name], {name}
        while waiting:
            own = waiting.pop()
            for end in scope[own].binding.ends if own in scope else ():
                for one, _ in end.terms:
                    if axis_of_length(one):
                        yield axis_of_length(one)
                    elif one in scope and one not in seen:
                        seen.add(one)
                        waiting.append(one)
                    elif is_index(one) and one not in scope:
                        yield one

    def _find_by_reductions(self, known: dict[str, list[str | None]]) -> None:
        """Find axes from reductions and reductions from axes, until nothing more is learned."""
        waiting = [reduction for reduction in self._reductions.values() if not reduction.binding.ends]
        while waiting:
            left = [reduction for reduction in waiting if not self._settle_reduction(reduction, known)]
            if len(left) == len(waiting):
                # Nothing says what the first runs over: its name is an axis of its own.
                left[0].axis = left[0].name if left[0].read_at or left[0].name in self.names else ""
                for name, position in left[0].read_at:
                    if name in known:
                        _settle(known[name], position, left[0].name)
                left = left[1:]
            waiting = left
        for reduction in self._reductions.values():
            for name, position in reduction.read_at:
                if name in known and reduction.axis:
                    # One axis cannot number two places of a name; then the index is an axis of its own.
                    _settle(known[name], position, reduction.axis)
                    _settle(known[name], position, reduction.name)
        for places in known.values():
            self.names.update(dict.fromkeys(axis for axis in places if axis is not None))

    def _settle_reduction(self, reduction: Reduction, known: Mapping[str, Sequence[str | None]]) -> bool:
        """Find the axis of what is read by the index of a reduction, if that is known."""
        for name, position in reduction.read_at:
            own: Sequence[str | None] = self.of.get(name, known.get(name, ()))
            axis = own[position] if position < len(own) else None
            if axis is not None:
                reduction.axis = axis
                return True
        return False

    def _whole(self, name: str, found: Sequence[str | None], span: Span | None) -> tuple[str, ...]:
        """Return the axes of an input, all of which must be known by now."""
        if None in found and len(found) == 1 and len(self.names) <= 1:
            # It is read at fixed places only, and there is but one axis that these may be on.
            (axis,) = self.names or ("t",)
            self.names[axis] = None
            return (axis,)
        if None in found:
            free = (axis for axis in (*self.names, *"ijk") if axis not in found)
            which = [Index(axis or next(free, "l")) for axis in found]
            self.findings.error(
                f"nothing says what '{shown(name)}' runs over",
                span,
                f"declare it with its axes, as in {read_text(name, which)} : ()",
            )
        return tuple(axis or "" for axis in found)

    # Reductions and lengths -------------------------------------------------------------------------

    def resolved(self, root: Term, axes: Sequence[str]) -> Term:
        """Return a right side whose reductions know the axis that they run over, and `end(…)` too.

        What ranges bind has names there that are none of `axes`, those of the left side, nor bound farther out.
        """
        return self._resolved(root, {}, frozenset(axes))

    def _resolved(self, root: Term, scope: Reductions, taken: frozenset[str]) -> Term:
        """Do so inside some reductions; it calls itself once per nested one."""
        made: dict[int, Term] = {}
        for term in postorder([root], stop=is_reduction):
            if is_reduction(term):
                made[id(term)] = self._resolved_reduction(term, scope, taken)
                continue
            value = replace(term, arguments=tuple(made[id(argument)] for argument in term.arguments))
            if term.operator == "length" and term.data:
                value = replace(value, data=self._axis_of_length(term.data, term.span, scope))
            elif term.operator == "read":
                self._share(term, scope)
                value = self._resolved_read(value, scope)
            made[id(term)] = value
        return made[id(root)]

    def compared(self, statements: Sequence[Statement], inputs: Iterable[str]) -> dict[str, str]:
        """Return for axes that no input runs over the one that a range compares each with: they take its length.

        No range makes two lengths one: that is what each takes where nobody says how long it is. Both are the first
        of those that share their lengths.
        """
        told = {self.representative(axis) for name in inputs for axis in self.of[name]}
        pairs = [pair for statement in statements for pair in self._compared(statement)]
        found: dict[str, str] = {}
        for pair in pairs:
            one, other = map(self.representative, pair)
            for axis, its in ((one, other), (other, one)):
                # What takes its length from another, which takes it from this, would have none.
                if axis not in told and axis not in found and axis not in followed(its, found):
                    found[axis] = its
                    break
        return found

    def _compared(self, statement: Statement) -> Iterator[tuple[str, str]]:
        """Yield each axis with those that a range of it, or of what is read along it, goes by."""
        for one in statement.ranges:
            yield from ((one.name, axis) for end in one.ends for axis in _axes_in(end))
        for read in statement.reads:
            bound = {binding.name: binding for binding in read.within}
            for at, axis in zip(read.index, self.of[read.name], strict=True):
                for name, _ in at.form.terms if at.form is not None else ():
                    ends = bound[name].ends if name in bound else ()
                    yield from ((axis, other) for end in ends for other in _axes_in(end) if other in self.names)

    def _join(self, one: str, other: str) -> None:
        """Note that two axes, each the first of its length, have one length."""
        first, second = sorted((one, other), key=list(self.names).index)
        self._shares[second] = first

    def _axis_of_length(self, name: str, span: Span | None, scope: Reductions) -> str:
        """Return the axis of `end(…)`, which may be given by an index that is bound over it."""
        if name in scope and scope[name].axis:
            return scope[name].axis
        if name not in self.names:
            listed = ", ".join(map(shown, self.names)) or "none"
            self.findings.error(f"'{shown(name)}' is not an axis here", span, f"the axes are: {listed}")
        return name

    def _resolved_read(self, term: Term, scope: Reductions) -> Term:
        """Return a read in which what is computed knows whose end `end` is."""
        name, index = term.data
        computed = list(term.arguments)
        for at, axis in zip(index, self.of.get(name, ()), strict=False):
            if at.base == BY_VALUE:
                computed[at.offset] = _with_end_of(computed[at.offset], axis)
        places = tuple(at._replace(form=self._resolved_sum(at.form, term.span, scope)) for at in index)
        return replace(term, arguments=tuple(computed), data=(name, places))

    def _resolved_sum(self, form: Affine | None, span: Span | None, scope: Reductions) -> Affine | None:
        """Return a sum in which lengths are those of axes."""
        named = [(name, axis) for name, _ in (form or whole(0)).terms if (axis := axis_of_length(name))]
        return form and form.at({name: length(self._axis_of_length(axis, span, scope)) for name, axis in named})

    def _resolved_reduction(self, term: Term, scope: Reductions, taken: frozenset[str]) -> Term:
        reduction = self._reduction(term)
        (binding,) = term.data
        inner = {**scope, binding.name: reduction}
        parts = tuple(self._resolved(part, inner, taken | {binding.name}) for part in term.arguments)
        if binding.ends:
            first, last = (self._resolved_sum(end, term.span, scope) for end in binding.ends)
            binding = Binding(binding.name, first, last)
        elif not reduction.axis:
            self.findings.error(
                f"nothing says how long '{shown(binding.name)}' is",
                term.span,
                "read a signal by it, or give a range: for j in 0..2",
            )
        elif binding.name in scope or _is_compared(parts, binding.name):
            # It takes part in sums and comparisons, as the index of a range does, or hides one that may.
            binding = Binding(binding.name, whole(1), length(reduction.axis))
        else:
            return replace(term, arguments=parts, data=(binding._replace(axis=reduction.axis),))
        name = binding.name
        if name in taken:
            # In one sum it is told apart from an axis, and from an index that is bound farther out.
            name = unlike(name, taken, parts)
        parts = tuple(renamed(part, binding.name, name) for part in parts)
        return replace(term, arguments=parts, data=(binding._replace(name=name),))

    def _share(self, term: Term, scope: Reductions) -> None:
        """Note that an axis has the length of that of the places it is read at."""
        name, index = term.data
        for at, axis in zip(index, self.of.get(name, ()), strict=False):
            by = scope[at.base].axis if at.bound and at.base in scope else at.base
            if at.moves and axis and by and by in self.names and axis in self.names:
                one, other = self.representative(axis), self.representative(by)
                if one != other:
                    self._join(one, other)

    def representative(self, axis: str) -> str:
        """Return the first axis that has the same length."""
        while axis in self._shares:
            axis = self._shares[axis]
        return axis

    def _reads(self, root: Term, scope: Reductions) -> Iterator[tuple[Term, Reductions]]:
        """Yield the reads in a term, each with the reductions around it; it calls itself once per nested one."""
        for term in postorder([root], stop=is_reduction):
            if is_reduction(term):
                (binding,) = term.data
                inner = {**scope, binding.name: self._reduction(term)}
                for part in term.arguments:
                    yield from self._reads(part, inner)
            elif term.operator == "read":
                yield term, scope

    def _reduction(self, term: Term) -> Reduction:
        found = self._reductions.get(id(term))
        if found is None:
            # The mean over several indices is one sum over another, which bind the same: what is counted reads nothing.
            (binding,) = term.data
            read_at = self._read_at.setdefault(id(binding), [])
            found = self._reductions[id(term)] = Reduction(term, binding, read_at)
        return found


def followed(axis: str, found: Mapping[str, str]) -> list[str]:
    """Return an axis and all from which it takes its length, one from another."""
    axes = [axis]
    while axes[-1] in found:
        axes.append(found[axes[-1]])
    return axes


def _axes_in(end: Affine) -> list[str]:
    """Return the axes in an end of a range, and those whose lengths are."""
    return [axis_of_length(name) or name for name, _ in end.terms if not is_size(name)]


def _with_end_of(root: Term, axis: str) -> Term:
    """Return what is computed in an index with the length of the axis that is read where `end` stands."""
    made: dict[int, Term] = {}
    for term in postorder([root]):
        is_end = term.operator == "length" and not term.data
        arguments = tuple(made[id(argument)] for argument in term.arguments)
        made[id(term)] = replace(term, arguments=arguments, data=axis if is_end else term.data)
    return made[id(root)]


def _is_compared(parts: Sequence[Term], name: str) -> bool:
    """Say whether an index that is bound over an axis stands in a sum of an index, an end or a comparison."""
    for term in postorder(parts):
        if term.operator == "read" and any(at.form is not None and at.form.factor(name) for at in term.data[1]):
            return True
        if is_reduction(term) and any(end.factor(name) for binding in term.data for end in binding.ends):
            return True
        row = OPERATORS.get(term.operator)
        if row is not None and row.precedence == COMPARISON and is_of_indices(term) and name in names_of(term):
            return True
        if term.operator == "read" and any(
            leaf.operator == "axis" and leaf.data == (name, True) for leaf in postorder(term.arguments)
        ):
            return True
    return False


def _settle(places: list[str | None], position: int, axis: str) -> None:
    """Note the axis of a place, the first that is found for it; no axis is found for two places."""
    if places[position] is None and axis not in places:
        places[position] = axis
