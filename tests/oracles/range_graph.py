"""The unfolded graph of statements over ranges, built place by place: an oracle of order that shares no code with it.

What `place_graph` is for plain places, this is for ranges, conditions and places that are sums or floors of them. A
statement stands on its ranges; a place that several give is that of the one with fewer free indices, then of the one
written first. A read takes place for all indices of its ranges at which its conditions hold, and falls on a place that
some statement gives, or on none.

>>> t, k = Sum((("t", 1),)), Sum((("k", 1),))
>>> before = RangedRead("y", (k,), (("k", Sum((), 1), Sum((("t", 1),), -1)),))
>>> graph = range_graph([RangedStatement("y", ("t",), reads=(before,))], {"y": ("t",)}, {"t": 3}, {})
>>> sorted((source[1], target[1]) for source, target in graph.edges)
[((1,), (2,)), ((1,), (3,)), ((2,), (3,))]
>>> str(before)
'sum(y(k) for k in 1..t-1)'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import networkx

Place = tuple[int, ...]
Node = tuple[int, Place]
"""The number of a statement, and one of its places."""
Numbers = Mapping[str, int]


class Sum(NamedTuple):
    """Multiples of names and a number, divided by a number and rounded down; `end` is the length of an axis."""

    terms: tuple[tuple[str, int], ...] = ()
    constant: int = 0
    divisor: int = 1

    def value(self, numbers: Numbers) -> int:
        """Return what it is where names are numbers."""
        return (self.constant + sum(factor * numbers[name] for name, factor in self.terms)) // self.divisor

    def __str__(self) -> str:
        """Return it as it is written."""
        text = ""
        for name, factor in self.terms:
            text += ("-" if factor < 0 else "+" if text else "") + (f"{abs(factor)}*" if abs(factor) > 1 else "") + name
        if self.constant or not text:
            text += f"{self.constant:+d}" if text else str(self.constant)
        return text if self.divisor == 1 else f"floor(({text})/{self.divisor})"


class RangedRead(NamedTuple):
    """What is read: places, the ranges of the indices that are bound around it, and conditions `sum sign 0`."""

    name: str
    places: tuple[Sum, ...]
    ranges: tuple[tuple[str, Sum, Sum], ...] = ()
    conditions: tuple[tuple[Sum, str], ...] = ()

    def __str__(self) -> str:
        """Return it as it is written: a sum over its ranges, or a choice."""
        text = f"{self.name}({', '.join(map(str, self.places))})"
        where = " and ".join(f"({one}) {sign} 0" for one, sign in self.conditions)
        if self.ranges:
            ranges = ", ".join(f"{name} in {first}..{last}" for name, first, last in self.ranges)
            return f"sum({text} for {ranges}{f' if {where}' if where else ''})"
        return f"({text} if {where} else 0)" if where else text


class RangedStatement(NamedTuple):
    """What gives a name its values along axes, or at a number or a sum of axes in the place of one, on some ranges."""

    name: str
    index: tuple[str | Sum, ...]
    ranges: tuple[tuple[str, Sum, Sum], ...] = ()
    reads: tuple[RangedRead, ...] = ()

    def __str__(self) -> str:
        """Return it as it is written."""
        right = " + ".join(["1.5", *(f"0.1*{one}" for one in self.reads)])
        ranges = ", ".join(f"{name} in {first}..{last}" for name, first, last in self.ranges)
        return f"{self.name}({', '.join(map(str, self.index))}) = {right}{f' for {ranges}' if ranges else ''}"


#: The last is one that order does not know.
_HOLDS = {
    "<": int.__lt__,
    "<=": int.__le__,
    ">": int.__gt__,
    ">=": int.__ge__,
    "==": int.__eq__,
    "!=": int.__ne__,
    "% 2 !=": lambda number, other: number % 2 != other,
}


def range_graph(
    statements: Sequence[RangedStatement], axes: Mapping[str, tuple[str, ...]], lengths: Numbers, sizes: Numbers
) -> networkx.DiGraph:
    """Return the graph of all places, an edge from each to those that read it.

    Parameters
    ----------
    axes : those of every name.
    lengths, sizes : numbers of axes and of sizes.
    """
    known = {f"end({axis})": number for axis, number in lengths.items()} | dict(sizes)
    holder: dict[tuple[str, Place], int] = {}
    for number in sorted(range(len(statements)), key=lambda one: _freedom(statements[one])):
        statement = statements[number]
        for place in _places(statement, axes[statement.name], known):
            holder.setdefault((statement.name, place), number)
    graph = networkx.DiGraph()
    graph.add_nodes_from((number, place) for (_, place), number in holder.items())
    for (name, place), number in holder.items():
        here = {**known, **dict(zip(axes[name], place, strict=True))}
        for read in statements[number].reads:
            for where in _read(read, axes[read.name], here):
                source = holder.get((read.name, where))
                if source is not None:
                    graph.add_edge((source, where), (number, place))
    return graph


def _freedom(statement: RangedStatement) -> int:
    """Return how many indices of a left side are free: axes, but not those along which others tell the place."""
    return sum(isinstance(at, str) for at in statement.index)


def _places(statement: RangedStatement, axes: Sequence[str], known: Numbers) -> Iterator[Place]:
    """Yield the places of a left side."""
    ranges = {name: (first, last) for name, first, last in statement.ranges}

    def along(number: int, here: Place) -> Iterator[Place]:
        if number == len(axes):
            yield here
            return
        at, axis, length = statement.index[number], axes[number], known[f"end({axes[number]})"]
        numbers = {**known, **dict(zip(axes, here, strict=False)), "end": length}
        if isinstance(at, str):
            first, last = ranges.get(axis, (Sum((), 1), Sum((("end", 1),))))
            places = range(first.value(numbers), last.value(numbers) + 1)
        else:
            places = range(at.value(numbers), at.value(numbers) + 1)
            if not at.terms or at.terms[0][0] == "end":
                # A pin is where the axis is; a diagonal gives what it says.
                places = [one for one in places if 1 <= one <= length]
        for place in places:
            yield from along(number + 1, (*here, place))

    return along(0, ())


def _read(read: RangedRead, axes: Sequence[str], here: Numbers) -> Iterator[Place]:
    """Yield the places that a read falls on at one place of its statement."""

    def inside(number: int, numbers: Numbers) -> Iterator[Place]:
        if number < len(read.ranges):
            name, first, last = read.ranges[number]
            for one in range(first.value(numbers), last.value(numbers) + 1):
                yield from inside(number + 1, {**numbers, name: one})
        elif all(_HOLDS[sign](one.value(numbers), 0) for one, sign in read.conditions):
            yield tuple(
                at.value({**numbers, "end": numbers[f"end({axis})"]})
                for at, axis in zip(read.places, axes, strict=True)
            )

    return inside(0, here)
