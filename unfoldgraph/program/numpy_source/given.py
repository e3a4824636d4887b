"""Places that are given in another way: where a boundary or a pin holds in place of what it interrupts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from unfoldgraph.algebra.expression import Index
from unfoldgraph.algebra.notation import read_text
from unfoldgraph.base.errors import listing
from unfoldgraph.model.equations import Statement
from unfoldgraph.program.numpy_source.lines import open_place, sum_text
from unfoldgraph.program.numpy_source.source import Variable, Writer
from unfoldgraph.program.schedule import winners

#: How many pins are named in a comment.
_PINS_TOLD = 4

#: The axes that are a number inside loops: what it is called, and what to add to it for the place.
Loops = Mapping[Variable, tuple[str, int]]
#: Where another statement fixes a place of one: the index of the one, that of the other, and the axis.
Fixed = Sequence[tuple[Index, Index, str]]


class Given:
    """Writes which places of a statement other statements give."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.model = writer.plan.model

    def among(self, statement: Statement, loops: Loops) -> list[str]:
        """Return which of the places that a statement gives at once are given in another way, as indices."""
        found = []
        for fixed in self.each(statement):
            whole = {axis: at for own, at, axis in fixed if own.moves and (axis, False) not in loops}
            if not whole:
                continue
            axes = [axis for axis in statement.axes if (axis, False) not in loops]
            items = [_slice(whole[axis]) if axis in whole else ":" for axis in axes]
            while items[-1] == ":":
                items.pop()
            index = f"np.s_[{', '.join(items)}]"
            conditions = [self._is_at(own, at, axis, loops) for own, at, axis in fixed if axis not in whole]
            found.append(f"{index} if {' and '.join(conditions)} else np.s_[:0]" if conditions else index)
        return found

    def elsewhere(self, statement: Statement, loops: Loops, ends: Mapping[str, tuple[int, int]]) -> list[Fixed]:
        """Return what is fixed where other statements give places of one that are taken one by one here.

        Of the first and the last places of an axis, loops leave out as many as `ends` say anyway.
        """
        found = []
        for fixed in self.each(statement):
            if any(own.moves and (axis, False) not in loops for own, _, axis in fixed):
                continue
            _, at, axis = fixed[0]
            first, last = ends.get(axis, (0, 0)) if len(fixed) == 1 else (0, 0)
            if not (0 < at.offset <= first if at.base == "" else -last < at.offset <= 0):
                found.append(fixed)
        return found

    def conditions(self, given: Sequence[Fixed], loops: Loops) -> list[str]:
        """Return the conditions under which a place is none of those that are given in another way."""
        numbers: dict[str, list[int]] = {}
        others = []
        for fixed in given:
            own, at, axis = fixed[0]
            if len(fixed) == 1 and own.moves and at.base == "":
                numbers.setdefault(axis, []).append(at.offset)
                continue
            conditions = [self._is_at(*one, loops) for one in fixed]
            if len(conditions) == 1:
                others.append(conditions[0].replace(" == ", " != "))
            else:
                others.append(f"not ({' and '.join(conditions)})")
        found = []
        for axis, places in numbers.items():
            name, shift = loops[axis, False]
            zero = [str(place - 1 - shift) for place in sorted(places)]
            condition = f"!= {zero[0]}" if len(zero) == 1 else f"not in {{{', '.join(zero)}}}"
            found.append(f"{open_place(name, 0)} {condition}")
        return found + others

    def arrays_condition(self, fixed: Fixed, loops: Loops) -> str:
        """Return the condition that places are not given in another way, for whole index arrays."""
        conditions = [f"({self._is_at(*one, loops)})" for one in fixed]
        if len(conditions) == 1:
            return conditions[0].replace(" == ", " != ")
        return f"~({' & '.join(conditions)})"

    def told(self, statement: Statement, given: Sequence[Fixed]) -> str:
        """Return the comment on what is given in another way: nothing where that is much, or not at fixed numbers."""
        told = {}
        for fixed in given:
            if len(fixed) > 1 or fixed[0][1].base != "":
                return ""
            (_, at, axis) = fixed[0]
            index = [at if one == axis else Index(one) for one in self.model.axes_of(statement.name)]
            told[at.offset] = read_text(statement.name, index)
        if not told or len(told) > _PINS_TOLD:
            return ""
        return f"  # {listing([told[place] for place in sorted(told)])} {'is' if len(told) == 1 else 'are'} given"

    def _is_at(self, own: Index, at: Index, axis: str, loops: Loops) -> str:
        """Return the condition that the place of a statement is a fixed one."""
        length = self.writer.lengths[axis]
        if own.moves:
            name, shift = loops[axis, False]
            fixed = at.offset - 1 - shift
            return f"{open_place(name, 0)} == {fixed if at.base == '' else sum_text(length, fixed)}"
        number, from_end = (own, at) if own.base == "" else (at, own)
        return f"{length} == {number.offset - from_end.offset}"

    def each(self, statement: Statement) -> Iterator[Fixed]:
        """Yield, for each other statement that may give places of one, what is fixed there: own index, its, axis."""
        axes = self.model.axes_of(statement.name)
        for other in winners(self.model, statement):
            pairs = zip(statement.index, other.index, axes, strict=True)
            yield [(own, at, axis) for own, at, axis in pairs if not at.moves and own != at]


def from_edge(at: Index) -> int:
    """Return which place from its edge an index is, counted from 1."""
    return at.offset if at.base == "" else 1 - at.offset


def _slice(at: Index) -> str:
    """Return the slice that holds a fixed place where there is one, and else is empty."""
    if at.base == "":
        return f"{at.offset - 1}:{at.offset}"
    return f"{at.offset - 1}:{at.offset or ''}"
