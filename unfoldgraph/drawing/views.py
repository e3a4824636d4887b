"""Which columns, nodes and edges the unfolded view has, for symbolic and for numeric time.

Both are one walk: from the nodes that are drawn anyway to what they read, whose nodes may in turn be
boundaries with a statement of their own. Only what `_Places` says of columns and places differs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Protocol

from unfoldgraph.drawing.cell import Cell, Column, Connection, Instance, Link, Unfolded

__all__ = ["ELIDED_ABOVE", "numeric", "symbolic"]

#: More steps than this are elided: the first few, a gap, the last two.
ELIDED_ABOVE = 8
_LAST = 2
# A step with more variables than this is wide, and fewer of its copies are shown.
_WIDE = 5
# Places that are read by their number are shown among the elided, up to this many.
_FIXED_SHOWN = 6

Place = tuple[str, int]
"""What a place is counted from, and how far from there: ("", 3), ("t", -1), ("end", 0)."""
DOTS_BEFORE, DOTS_AFTER = ("dots", 0), ("dots", 1)
Given = Callable[[str, int], bool]
Words = Callable[[Place], tuple[int | str, str]]
"""How the index of a place is written, as text and in LaTeX."""


class _Places(Protocol):
    """The columns of a view, and where a read of one falls.

    Attributes:
        steps: The places at which every variable is shown.
        boundaries: Nodes before the first step that are shown even if no step that is shown reads them.
    """

    steps: list[Place]
    boundaries: list[tuple[str, Place]]

    def end(self) -> Place:
        """Return the last place."""

    def hidden_source(self, place: Place) -> Place | None:
        """Return the column of dots that stands for a place that is not shown; None for a gap."""

    def hidden_target(self, place: Place) -> Place | None:
        """Return the same for what is read by a place that is not shown."""

    def is_before(self, place: Place) -> bool:
        """Say whether a place lies before the first step."""

    def exists(self, place: Place) -> bool:
        """Say whether a place, shown or not, is one of the steps."""


class _Edges:
    """The nodes and edges between shown places, found from the targets back."""

    def __init__(self, cell: Cell, places: _Places, given: Given) -> None:
        self.cell = cell
        self.places = places
        self.given = given
        self.nodes: dict[tuple[str, Place | None], None] = {}
        self.joined: dict[tuple[tuple[str, Place | None] | None, tuple[str, Place | None] | None, Link], None] = {}
        self._waiting: list[tuple[str, Place | None]] = []
        self._find()

    def _find(self) -> None:
        for variable in self.cell.variables:
            for place in self.places.steps if variable.axes else [None]:
                self._add((variable.name, place))
        for name, place in self.places.boundaries:
            self._add((name, place))
        by_target: dict[str, list[Link]] = {}
        for link in self.cell.links:
            by_target.setdefault(link.target, []).append(link)
        while self._waiting:
            node = self._waiting.pop(0)
            for link in by_target.get(node[0], []):
                if self._applies(link, node[1]):
                    self._connect(link, node)
        for link in self.cell.links:
            if self.cell.moves(link) and link.steps:
                self._connect_forward(link)

    def _add(self, node: tuple[str, Place | None]) -> None:
        if node not in self.nodes:
            self.nodes[node] = None
            self._waiting.append(node)

    def _applies(self, link: Link, place: Place | None) -> bool:
        """Say whether a link leads to its target at a place: by the equation, or by a statement of its own."""
        if place is None:
            return True
        if place[0] == "dots" or (place[0] == "" and (link.target, place[1]) in self.cell.fixed):
            return place == ("", link.at)
        return link.at is None and not self.places.is_before(place)

    def _connect(self, link: Link, target: tuple[str, Place | None]) -> None:
        """Join one target with all that a link reads there."""
        hidden = False
        for source in self._sources(link, target[1]):
            if source is None or source in self.places.steps:
                node: tuple[str, Place | None] = (link.source, source)
            elif self.places.is_before(source):
                if not self.given(link.source, source[1]):
                    continue
                node = (link.source, source)
            elif (dots := self.places.hidden_source(source)) is not None and link.read == "delay":
                node = (link.source, dots)
            else:
                hidden = True
                continue
            self._add(node)
            self.joined[node, target, link] = None
        if hidden:
            self.joined[None, target, link] = None

    def _sources(self, link: Link, place: Place | None) -> Iterator[Place | None]:
        """Yield the places that a link reads; of very many those that are shown and one that is not."""
        if not self.cell.variable(link.source).axes:
            yield None
        elif link.read == "fixed":
            yield ("", link.offset)
        elif link.read == "end":
            base, last = self.places.end()
            yield (base, last + link.offset)
        elif link.read == "all":
            end = self.places.end()
            past = 1 if end[0] else min(0, end[1] + link.offset) + 1
            yield from (("", before) for before in range(1 + link.offset, past))
            for base, offset in self.places.steps:
                if base != end[0] or offset <= end[1] + link.offset:
                    yield (base, offset)
            yield from self._left_out(end, link.offset)
        elif place is not None:
            yield (place[0], place[1] - link.steps)

    def _left_out(self, last: Place, offset: int) -> Iterator[Place]:
        """Yield one place that is not shown, if there is any."""
        if last[0] == "end":
            yield DOTS_AFTER
        elif self.places.exists(last):
            shown = {place[1] for place in self.places.steps}
            hidden = next((n for n in range(1, ELIDED_ABOVE * 4) if n not in shown and n <= last[1] + offset), None)
            if hidden is not None:
                yield ("", hidden)

    def _connect_forward(self, link: Link) -> None:
        """Draw what leads from a shown place to one that is not."""
        for place in self.places.steps:
            target = (place[0], place[1] + link.steps)
            if target in self.places.steps or not self.places.exists(target):
                continue
            if target[0] == "" and (link.target, target[1]) in self.cell.fixed:
                continue
            dots = self.places.hidden_target(target)
            node = (link.target, dots) if dots is not None else None
            if node is not None:
                self.nodes[node] = None
            self.joined[(link.source, place), node, link] = None

    def unfolded(self, columns: list[tuple[Place | None, Column]], words: Words) -> Unfolded:
        """Return the view, its nodes ordered by column and then as written."""
        position = {place: n for n, (place, _) in enumerate(columns) if place is not None}
        order = {variable.name: n for n, variable in enumerate(self.cell.variables)}
        everywhere = {k.target for k in self.cell.links if k.read == "all" and not self.cell.variable(k.target).axes}
        everywhere |= {
            k.source for k in self.cell.links
            if not self.cell.variable(k.source).axes and self.cell.variable(k.target).axes
        }  # fmt: skip
        # A value without axes stands with the last column, or above all of them.
        last = max((position[place] for place in self.places.steps), default=max(position.values(), default=-1))
        placed: list[tuple[int, int, tuple[str, Place | None]]] = []
        for name, place in self.nodes:
            column = position[place] if place is not None else -1 if name in everywhere else last
            placed.append((column, order[name], (name, place)))
        placed.sort(key=lambda item: item[:2])
        number = {node: n for n, (_, _, node) in enumerate(placed)}
        instances = [self._instance(*node, column, words) for column, _, node in placed]
        connections: dict[tuple[int | None, int | None, Link | None], Connection] = {}
        links = {link: n for n, link in enumerate(self.cell.links)}
        for source, target, link in sorted(
            self.joined, key=lambda e: (links[e[2]], _rank(e[1], number), _rank(e[0], number))
        ):
            ends = [None if node is None else number[node] for node in (source, target)]
            dotted = any(node is not None and (node[1] or ("",))[0] == "dots" for node in (source, target))
            # What one node reads of another is one edge, however many links it stands for.
            key = (ends[0], ends[1], link if None in ends else None)
            before = connections.get(key)
            if before is None:
                connections[key] = Connection(ends[0], ends[1], link, dotted or None in ends)
            else:
                known = (before.link, *before.also, link)
                columns_apart = [placed[end][0] for end in ends if end is not None]
                apart = columns_apart[1] - columns_apart[0]
                # The link whose delay is the distance of the columns has a route already.
                first = next((one for one in known if self.cell.moves(one) and one.steps == apart), known[0])
                connections[key] = replace(before, link=first, also=tuple(one for one in known if one is not first))
        return Unfolded(tuple(column for _, column in columns), tuple(instances), tuple(connections.values()))

    def _instance(self, name: str, place: Place | None, column: int, words: Words) -> Instance:
        variable = self.cell.variable(name)
        if place is None:
            return Instance(name, (), column, variable.role, "", variable.text)
        index, latex = words(place)
        role = variable.role
        if place[0] == "dots":
            role = "ellipsis"
        elif self.places.is_before(place) or (place[0] == "" and (name, place[1]) in self.cell.fixed):
            role = "boundary"
        return Instance(name, (index,), column, role, latex, f"{variable.text}({index})", place[0] == "dots")


def _rank(node: tuple[str, Place | None] | None, number: dict[tuple[str, Place | None], int]) -> int:
    return -1 if node is None else number[node]


# --- numbers ------------------------------------------------------------------------------


class _Numbered:
    """Places 1 to the number of steps, of which some are shown."""

    def __init__(self, length: int, shown: Iterable[int]) -> None:
        self.length = length
        self.boundaries: list[tuple[str, Place]] = []
        self.steps: list[Place] = [("", place) for place in sorted(shown)]

    def end(self) -> Place:
        return ("", self.length)

    def hidden_source(self, place: Place) -> Place | None:
        return None

    def hidden_target(self, place: Place) -> Place | None:
        return None

    def is_before(self, place: Place) -> bool:
        return place[1] < 1

    def exists(self, place: Place) -> bool:
        return 1 <= place[1] <= self.length


def numeric(cell: Cell, steps: int, given: Given = lambda name, place: True) -> Unfolded:
    """Return steps 1 to ``steps`` with the values before the first that they read.

    ``given`` says which places before the first step have a value; what is read
    at any other is 0 and not drawn.
    """
    places = _Numbered(steps, _shown(cell, steps) if cell.axes else [])
    edges = _Edges(cell, places, given)
    before = sorted({node[1][1] for node in edges.nodes if node[1] is not None and node[1][1] < 1})
    columns: list[tuple[Place | None, Column]] = []
    numbers = [*before, *(place for _, place in places.steps)]
    for place, following in pairwise([*numbers, None]):
        assert place is not None
        columns.append((("", place), Column("boundary" if place < 1 else "step")))
        if following is not None and following - place > 1:
            # Only steps are counted: between places before the first nothing need lie.
            columns.append((None, Column("gap", max(0, following - max(place, 0) - 1))))
    return edges.unfolded(columns, lambda place: (place[1], str(place[1])))


def _shown(cell: Cell, steps: int) -> set[int]:
    """Return the steps to show: all of a few; of many the first, the last, and those read by number."""
    if steps <= ELIDED_ABOVE:
        return set(range(1, steps + 1))
    first = 3 if sum(1 for v in cell.variables if v.axes) > _WIDE else 4
    shown = {*range(1, first + 1), *range(steps - _LAST + 1, steps + 1)}
    special = [link.offset for link in cell.links if link.read == "fixed"]
    special += [steps + link.offset for link in cell.links if link.read == "end"]
    special += [place for _, place in sorted(cell.fixed)]
    inside = [place for place in dict.fromkeys(special) if 1 <= place <= steps and place not in shown]
    shown.update(inside[:_FIXED_SHOWN])
    # A gap of one step takes the room of the step.
    return shown | {place + 1 for place in shown if place + 2 in shown}


# --- symbols ------------------------------------------------------------------------------


class _Symbolic:
    """Places around t, with those that are read by number before and those at the end after."""

    def __init__(self, cell: Cell, axis: str) -> None:
        self.axis = axis
        numbers = {link.offset for link in cell.links if link.read == "fixed"}
        numbers |= {link.at for link in cell.links if link.at is not None}
        ends = {link.offset for link in cell.links if link.read == "end" and cell.variable(link.source).axes}
        ends |= {0 for link in cell.links if link.read == "all" and cell.variable(link.source).axes}
        self.numbers = sorted(place for place in numbers if place >= 1)
        self.ends = sorted(ends)
        own = ((link.target, link.at) for link in cell.links if link.at is not None and link.at < 1)
        self.boundaries: list[tuple[str, Place]] = [(name, ("", at)) for name, at in dict.fromkeys(own)]
        self.steps: list[Place] = [
            *(("", place) for place in self.numbers),
            *((axis, offset) for offset in (-1, 0, 1)),
            *(("end", offset) for offset in self.ends),
        ]

    def end(self) -> Place:
        return ("end", 0)

    def hidden_source(self, place: Place) -> Place | None:
        return {"": None, self.axis: DOTS_BEFORE, "dots": None}.get(place[0], DOTS_AFTER)

    def hidden_target(self, place: Place) -> Place | None:
        return DOTS_BEFORE if place[0] == "" else DOTS_AFTER

    def is_before(self, place: Place) -> bool:
        return place[0] == "" and place[1] < 1

    def exists(self, place: Place) -> bool:
        return place[0] != "end" or place[1] <= 0


def symbolic(cell: Cell) -> Unfolded:
    """Return ``h(…) h(t-1) h(t) h(t+1) h(…)``, and what is read by number before, at the end after."""
    if not cell.axes:
        return numeric(cell, 0)
    axis = cell.axes[0]
    places = _Symbolic(cell, axis)
    edges = _Edges(cell, places, lambda name, place: True)
    _enter(cell, places, edges)
    before = sorted({node[1] for node in edges.nodes if node[1] is not None and places.is_before(node[1])})
    columns: list[tuple[Place | None, Column]] = []
    for place in [*before, *(("", number) for number in places.numbers)]:
        if columns and (found := columns[-1][0]) is not None and place[1] - found[1] > 1:
            columns.append((None, Column("gap")))
        columns.append((place, Column("boundary" if places.is_before(place) else "step")))
    columns.append((DOTS_BEFORE, Column("dots")))
    columns += [((axis, offset), Column("step")) for offset in (-1, 0, 1)]
    columns.append((DOTS_AFTER, Column("dots")))
    columns += [(("end", offset), Column("step")) for offset in places.ends]
    return edges.unfolded(columns, _words)


def _enter(cell: Cell, places: _Symbolic, edges: _Edges) -> None:
    """Join the boundaries that are shown with the dots that stand for the first steps."""
    boundaries = [node for node in edges.nodes if node[1] is not None and places.is_before(node[1])]
    for name, place in boundaries:
        for link in cell.links:
            if place is not None and link.source == name and cell.moves(link) and link.steps > -place[1]:
                target = ("", place[1] + link.steps)
                if target not in places.steps:
                    edges.nodes[link.target, DOTS_BEFORE] = None
                    edges.joined[(name, place), (link.target, DOTS_BEFORE), link] = None


def _words(place: Place) -> tuple[str | int, str]:
    """Return the index of a place as text and in LaTeX."""
    base, offset = place
    if base == "":
        return offset, str(offset)
    if base == "dots":
        return "\u2026", r"\ldots"
    signed = f"{offset:+d}" if offset else ""
    return (f"\u03c4{signed}", rf"\tau{signed}") if base == "end" else (f"{base}{signed}", f"{base}{signed}")
