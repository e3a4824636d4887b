"""The unfolded graph built place by place from the statements alone: an oracle of order and of pictures.

It knows nothing of the package: no model, no boxes, no arithmetic on delays. Each statement is asked at each of its
places which places it reads, so that it also tells of circuits that the package refuses. What it goes by are
the rules of the language:

* an axis runs from 1 to its length; what lies off it exists where a boundary gives it;
* where several statements give one place, the one over fewer axes holds, of those the first that is written;
* a pin whose place the lengths do not reach is not there; a boundary stays off its edge;
* what reads a place that nothing gives reads 0, which is no edge; so does a boundary whose other end falls on its
  own place, as that of `u(0) = u(end)` does where there are no steps.

>>> moving, first = At("t", -1), At("", 0)
>>> recurrence = Statement("h", (At("t"),), (Read("h", (moving,)), Read("x", (At("t"),))))
>>> sorted(place_graph([recurrence, Statement("h", (first,))], {"t": 2}).edges)
[(('h', (0,)), ('h', (1,))), (('h', (1,)), ('h', (2,)))]
>>> sorted(place_graph([recurrence], {"t": 2}, {"x": ("t",)}).edges)
[(('h', (0,)), ('h', (1,))), (('h', (1,)), ('h', (2,))), (('x', (1,)), ('h', (1,))), (('x', (2,)), ('h', (2,)))]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

import networkx

Place = tuple[int, ...]
Node = tuple[str, Place]
Lengths = Mapping[str, int]
Axes = Mapping[str, tuple[str, ...]]


class At(NamedTuple):
    """One place of an index: an axis, a bound name, `end`, or "" for a number alone; plus or minus whole steps."""

    base: str = ""
    offset: int = 0

    def __str__(self) -> str:
        """Return it as it is written: `t-1`, `end`, `3`."""
        return f"{self.base}{self.offset:+d}" if self.base and self.offset else self.base or str(self.offset)

    @property
    def is_number(self) -> bool:
        """Whether it is the same place at every step, counted from the first or from the last."""
        return self.base in ("", "end")

    @property
    def is_off_edge(self) -> bool:
        """Whether it lies before the first place or after the last, whatever the length."""
        return self.offset < 1 if not self.base else self.base == "end" and self.offset > 0


class Read(NamedTuple):
    """What a statement reads; it covers all places that the names bound around it run over."""

    name: str
    index: tuple[At, ...] = ()
    bound: tuple[str, ...] = ()
    #: The reduction around it, as it is written: those of one share what their bound name runs over.
    reduction: str = ""

    def __str__(self) -> str:
        """Return it as it is written: `h(t-1)`."""
        return place_text(self.name, self.index)


class Statement(NamedTuple):
    """What gives a name its values, at the places of its left side: an equation, a boundary or a pin."""

    name: str
    index: tuple[At, ...] = ()
    reads: tuple[Read, ...] = ()

    @property
    def axes(self) -> tuple[str, ...]:
        """The axes of its left side."""
        return tuple(at.base for at in self.index if not at.is_number)

    @property
    def is_boundary(self) -> bool:
        """Whether it gives places off an edge."""
        return any(at.is_off_edge for at in self.index)


def place_text(name: str, index: Sequence[At]) -> str:
    """Return a name at a place as it is written."""
    return f"{name}({', '.join(map(str, index))})" if index else name


def axes_of(statements: Sequence[Statement], inputs: Axes | None = None) -> dict[str, tuple[str, ...]]:
    """Return the axes of every name: of a signal those of its equation, of an input those given."""
    return {**(inputs or {}), **{one.name: one.axes for one in statements if len(one.axes) == len(one.index)}}


def one_length(statements: Sequence[Statement], inputs: Axes | None = None) -> dict[str, str]:
    """Return for each axis the one whose length it has: reading one by another makes their lengths one.

    >>> one_length([Statement("d", (At("s"),), (Read("x", (At("s"),)),))], {"x": ("t",)})
    {'t': 't', 's': 't'}
    >>> over_t, over_s = (Read(name, (At("k"),), ("k",), f"sum({name}(k) for k)") for name in "xy")
    >>> one_length([Statement("d", (), (over_t, over_s))], {"x": ("t",), "y": ("s",)})
    {'t': 't', 's': 's'}
    """
    axes = axes_of(statements, inputs)
    group = {axis: [axis] for own in axes.values() for axis in own}

    def join(one: str, other: str) -> None:
        if group[one] is not group[other]:
            group[one] += group[other]
            for axis in group[other]:
                group[axis] = group[one]

    for statement in statements:
        # What a bound name runs over is told by the reads of its reduction; in another it is another name.
        bound: dict[tuple[str, str], str] = {}
        for read in statement.reads:
            for at, axis in zip(read.index, axes.get(read.name, ()), strict=False):
                if at.base in read.bound:
                    join(bound.setdefault((read.reduction, at.base), axis), axis)
                elif not at.is_number:
                    join(axis, at.base)
    order = list(group)
    return {axis: min(members, key=order.index) for axis, members in group.items()}


def least_lengths(statements: Sequence[Statement], inputs: Axes | None = None) -> dict[str, int]:
    """Return the least length of each axis: that of the largest place that is read there by number."""
    axes, shared = axes_of(statements, inputs), one_length(statements, inputs)
    least = dict.fromkeys(shared.values(), 0)
    for statement in statements:
        for read in statement.reads:
            for at, axis in zip(read.index, axes.get(read.name, ()), strict=False):
                if not at.base:
                    least[shared[axis]] = max(least[shared[axis]], at.offset)
    return {axis: least[first] for axis, first in shared.items()}


def lengths_up_to(most: int, statements: Sequence[Statement], inputs: Axes | None = None) -> Iterator[dict[str, int]]:
    """Yield lengths of the axes, shortest first: from the least to `most`, or the least alone where that is more."""
    least, shared = least_lengths(statements, inputs), one_length(statements, inputs)
    own = list(dict.fromkeys(shared.values()))
    chosen = product(*(range(least[axis], max(most, least[axis]) + 1) for axis in own))
    for lengths in sorted(chosen, key=sum):
        found = dict(zip(own, lengths, strict=True))
        yield {axis: found[first] for axis, first in shared.items()}


def place_graph(statements: Sequence[Statement], lengths: Lengths, inputs: Axes | None = None) -> networkx.DiGraph:
    """Return the graph of the places that have a value, an edge from each place to those whose statement reads it.

    Parameters
    ----------
    statements : those of the circuit, in the order written; of what each reads, parameters are left out.
    lengths : how many places each axis has.
    inputs : the axes of inputs, whose places are nodes too; without it the graph is that of the signals, none of
        the statements may be one of an input, and what the caller gives before the first place (read and not
        written, of a name with one axis) is no node.

    Of what lies off the edges, the nodes are the places that something reads.
    """
    axes = axes_of(statements, inputs)
    given = giving(statements, axes, lengths)
    read = {node for (name, place), one in given.items() for node in read_by(one, place, axes, lengths)}
    inside = {(name, place) for name, own in axes.items() for place in _inside(own, lengths)}
    beyond = given.keys() - inside if inputs is None else (given.keys() | _free(statements, axes)) - inside
    graph = networkx.DiGraph()
    graph.add_nodes_from(sorted(inside | (beyond & read)))
    for node in list(graph):
        if node in given:
            sources = read_by(given[node], node[1], axes, lengths)
            graph.add_edges_from((source, node) for source in sources if source in graph)
    return graph


def _inside(own: Sequence[str], lengths: Lengths) -> Iterator[Place]:
    return product(*(range(1, lengths[axis] + 1) for axis in own))


def giving(statements: Sequence[Statement], axes: Axes, lengths: Lengths) -> dict[Node, Statement]:
    """Return the statement that holds at each place that one gives."""
    found: dict[Node, Statement] = {}
    for statement in sorted(statements, key=lambda one: len(one.axes)):
        sides = [_given(at, axis, lengths) for at, axis in zip(statement.index, axes[statement.name], strict=True)]
        for place in product(*sides):
            found.setdefault((statement.name, place), statement)
    return found


def _given(at: At, axis: str, lengths: Lengths) -> Sequence[int]:
    """Return the places that one index of a left side gives."""
    if not at.is_number:
        return range(1, lengths[axis] + 1)
    place = _number(at, axis, lengths)
    return [place] if at.is_off_edge or 1 <= place <= lengths[axis] else []


def _number(at: At, axis: str, lengths: Lengths) -> int:
    """Return the place of an index that is the same at every step."""
    return at.offset + (lengths[axis] if at.base == "end" else 0)


def read_by(statement: Statement, place: Place, axes: Axes, lengths: Lengths) -> Iterator[Node]:
    """Yield the places that a statement reads at one of its own, whether they exist or not."""
    here = {at.base: number for at, number in zip(statement.index, place, strict=True) if not at.is_number}
    for read in statement.reads:
        if read.name not in axes or _is_other_end(read, statement, axes, lengths):
            continue
        own = axes[read.name]
        runs = {at.base: lengths[axis] for at, axis in zip(read.index, own, strict=True) if at.base in read.bound}
        for numbers in product(*(range(1, length + 1) for length in runs.values())):
            now = {**here, **dict(zip(runs, numbers, strict=True))}
            yield (
                read.name,
                tuple(
                    _number(at, axis, lengths) if at.is_number else now[at.base] + at.offset
                    for at, axis in zip(read.index, own, strict=True)
                ),
            )


def _is_other_end(read: Read, statement: Statement, axes: Axes, lengths: Lengths) -> bool:
    """Say whether a boundary without steps reads by `end` the place that it gives by number, or the other way round."""
    if read.name != statement.name or read.index == statement.index or not statement.is_boundary:
        return False
    return all(
        # A name that a reduction binds is not the axis, though it may be called like it.
        (one == other and one.base not in read.bound)
        or (
            one.is_number
            and other.is_number
            and lengths[axis] == 0
            and _number(one, axis, lengths) == _number(other, axis, lengths)
        )
        for one, other, axis in zip(read.index, statement.index, axes[read.name], strict=True)
    )


def _free(statements: Sequence[Statement], axes: Axes) -> set[Node]:
    """Return the places that the caller gives: those before the first of one axis, read and not written.

    What `h(end-3)` meets before the first step of a short axis is 0, so it is asked how far a long one reaches.
    """
    return {node for node in _read_and_not_given(statements, axes) if len(node[1]) == 1 and node[1][0] < 1}


def unwritten(statements: Sequence[Statement], inputs: Axes | None = None) -> list[tuple[str, tuple[At, ...]]]:
    """Return left sides that must be written too: of the places read off one edge all are, or none, and the corner
    between two edges that are.

    >>> behind = Read("h", (At("t", -2),))
    >>> [place_text(*one) for one in unwritten([Statement("h", (At("t"),), (behind,)), Statement("h", (At(),))])]
    ['h(-1)']
    """
    axes = axes_of(statements, inputs)
    length = next(iter(_long(statements, axes).values()), 0)
    written = {(one.name, tuple(map(_side, one.index))) for one in statements if one.is_boundary}
    found: dict[tuple[str, tuple[At, ...]], None] = {}
    for name, place in sorted(_read_and_not_given(statements, axes)):
        sides = tuple((at > length) - (at < 1) for at in place)
        alone = [tuple(side * (own == at) for at, side in enumerate(sides)) for own, side in enumerate(sides) if side]
        if alone and all((name, edge) in written for edge in alone):
            index = (
                At(axis) if not side else At("", at) if side < 0 else At("end", at - length)
                for at, side, axis in zip(place, sides, axes[name], strict=True)
            )
            found[name, tuple(index)] = None
    return list(found)


def _side(at: At) -> int:
    """Return -1 for a place before the first, 1 for one after the last, 0 for one between."""
    return (1 if at.base else -1) if at.is_off_edge else 0


def _long(statements: Sequence[Statement], axes: Axes) -> dict[str, int]:
    """Return lengths that are longer than every delay, so that no edge is met from the other end."""
    numbers = [abs(at.offset) for one in statements for part in (one, *one.reads) for at in part.index]
    return dict.fromkeys((axis for own in axes.values() for axis in own), 3 * max(numbers, default=0) + 3)


def _read_and_not_given(statements: Sequence[Statement], axes: Axes) -> set[Node]:
    """Return the places off the edges that are read where axes are long, and that no statement gives."""
    long = _long(statements, axes)
    given = giving(statements, axes, long)
    return {
        source
        for node, statement in given.items()
        for source in read_by(statement, node[1], axes, long)
        if source not in given
        and not all(1 <= at <= long[axis] for at, axis in zip(source[1], axes[source[0]], strict=True))
    }
