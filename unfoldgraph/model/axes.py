"""What the indices of a circuit run over: the axes of every name, and which axes have one length.

Left sides and declarations name the axes of signals and inputs. What else is read is an input, whose axes are
those that it is read by. A name that a reduction binds runs over the axis of what is read by it. Reading a
place by another axis than its own makes the lengths of the two one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from unfoldgraph.algebra.expression import Binding, Index, Term, postorder
from unfoldgraph.algebra.notation import read_text, shown
from unfoldgraph.algebra.operators import is_reduction
from unfoldgraph.base.errors import Findings, Span

#: Reductions around a term, by the name that each binds; the innermost hides those outside.
Reductions = Mapping[str, "Reduction"]


@dataclass(slots=True, eq=False)
class Reduction:
    """One reduction over an axis: the places that are read by its index, and the axis, once it is known."""

    term: Term
    name: str
    read_at: list[tuple[str, int]] = field(default_factory=list)
    axis: str = ""


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
    _shares: dict[str, str] = field(default_factory=dict)

    # Inputs -----------------------------------------------------------------------------------------

    def find_inputs(self, values: Sequence[tuple[Sequence[Index], Term]]) -> None:
        """Find the axes of every name that is read and not known yet; `values` are index and right side."""
        reads: dict[str, list[tuple[Term, Reductions]]] = {}
        for _, value in values:
            for term, scope in self._leaves(value, {}):
                if term.operator != "read":
                    continue
                name, index = term.data
                if name not in self.of:
                    reads.setdefault(name, []).append((term, scope))
                for position, at in enumerate(index):
                    if at.bound and at.base in scope:
                        scope[at.base].read_at.append((name, position))
        known: dict[str, list[str | None]] = {}
        for name, terms in reads.items():
            known[name] = [None] * max(len(term.data[1]) for term, _ in terms)
            for term, _ in terms:
                for position, at in enumerate(term.data[1]):
                    if at.moves and not at.bound:
                        _settle(known[name], position, at.base)
        self._find_by_reductions(known)
        for name, terms in reads.items():
            self.of[name] = self._whole(name, known[name], terms[0][0].span)

    def _find_by_reductions(self, known: dict[str, list[str | None]]) -> None:
        """Find axes from reductions and reductions from axes, until nothing more is learned."""
        waiting = list(self._reductions.values())
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

    def resolved(self, root: Term) -> Term:
        """Return a right side whose reductions know the axis that they run over, and `end(…)` too."""
        return self._resolved(root, {})

    def _resolved(self, root: Term, scope: Reductions) -> Term:
        """Do so inside some reductions; it calls itself once per nested one."""
        made: dict[int, Term] = {}
        for term in postorder([root], stop=is_reduction):
            if is_reduction(term):
                reduction = self._reduction(term)
                (binding,) = term.data
                body = self._resolved(term.arguments[0], {**scope, binding.name: reduction})
                if not reduction.axis:
                    self.findings.error(
                        f"nothing says how long '{shown(binding.name)}' is",
                        term.span,
                        "read a signal by it, or give a range: for j in 0..2",
                    )
                made[id(term)] = replace(term, arguments=(body,), data=(binding._replace(axis=reduction.axis),))
                continue
            value = replace(term, arguments=tuple(made[id(argument)] for argument in term.arguments))
            if term.operator == "length" and term.data in scope:
                value = replace(value, data=scope[term.data].axis)
            elif term.operator == "length" and term.data not in self.names:
                self.findings.error(
                    f"'{shown(term.data)}' is not an axis here",
                    term.span,
                    f"the axes are: {', '.join(map(shown, self.names)) or 'none'}",
                )
            elif term.operator == "read":
                self._share(term, scope)
            made[id(term)] = value
        return made[id(root)]

    def _share(self, term: Term, scope: Reductions) -> None:
        """Note that an axis has the length of that of the places it is read at."""
        name, index = term.data
        for at, axis in zip(index, self.of.get(name, ()), strict=False):
            by = scope[at.base].axis if at.bound and at.base in scope else at.base
            if at.moves and axis and by and by in self.names and axis in self.names:
                one, other = self.representative(axis), self.representative(by)
                if one != other:
                    self._shares[max(one, other, key=list(self.names).index)] = min(
                        one, other, key=list(self.names).index
                    )

    def representative(self, axis: str) -> str:
        """Return the first axis that has the same length."""
        while axis in self._shares:
            axis = self._shares[axis]
        return axis

    def _leaves(self, root: Term, scope: Reductions) -> Iterator[tuple[Term, Reductions]]:
        """Yield the leaves of a term, each with the reductions around it; it calls itself once per nested one."""
        for term in postorder([root], stop=is_reduction):
            if is_reduction(term):
                (binding,) = term.data
                yield from self._leaves(term.arguments[0], {**scope, binding.name: self._reduction(term)})
            elif not term.arguments:
                yield term, scope

    def _reduction(self, term: Term) -> Reduction:
        found = self._reductions.get(id(term))
        if found is None:
            binding: Binding = term.data[0]
            found = self._reductions[id(term)] = Reduction(term, binding.name)
        return found


def _settle(places: list[str | None], position: int, axis: str) -> None:
    """Note the axis of a place, the first that is found for it; no axis is found for two places."""
    if places[position] is None and axis not in places:
        places[position] = axis
