"""Which columns, nodes and edges the unfolded view has, for symbolic and for numeric time.

Both are one walk: from the nodes that are drawn anyway to what they read, whose nodes may in turn be
boundaries with a statement of their own. Only what an axis says of its columns and places differs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import product
from math import prod

from unfoldgraph.algebra.expression import Index
from unfoldgraph.algebra.pieces import Pieces
from unfoldgraph.base import boxes
from unfoldgraph.base.boxes import Box, Interval, Place
from unfoldgraph.base.errors import require_within
from unfoldgraph.base.limits import DRAWN_NODES, SINGLE_EDGES, STEP_EDGES
from unfoldgraph.drawing.graphs.asked_steps import TOO_MANY, along_axis, shown_steps
from unfoldgraph.drawing.graphs.left_out import Counts
from unfoldgraph.drawing.graphs.places import (
    DOTS_AFTER,
    DOTS_BEFORE,
    HIDDEN,
    MANY,
    Along,
    NumberedPlaces,
    SymbolicPlaces,
    moved,
    stands_for_others,
)
from unfoldgraph.drawing.graphs.rolled import Cell, Column, Connection, Instance, Left, Link, Unfolded
from unfoldgraph.drawing.scene.scene import AxisPlace
from unfoldgraph.unfolding.unfolding import Unfolding

__all__ = ["around", "numeric", "require_few_links", "symbolic"]

# With more variables than this at each place of a lattice, symbolic time shows two steps of each axis, not three.
_SMALL_LATTICE = 2

ShownNode = tuple[str, tuple[AxisPlace, ...]]
"""A variable at a place of each of its axes."""
# By how many grades fewer steps are shown, one after the other, and with more edges than this.
_GRADES, _CROWDED = (0, 1, 2), 250
# So far off an edge is shown what ranges and computed places read there.
_OFF_EDGE = 16
IsGiven = Callable[[str, tuple[AxisPlace, ...]], bool]


def require_few_links(cell: Cell) -> None:
    """Raise where one step has more edges than can be told apart, or led around each other in a while."""
    require_within(
        len(cell.links), STEP_EDGES, "one step of the picture would have {} edges",
        "draw parts of the circuit by themselves, or give circuit.graph to another program",
    )  # fmt: skip


class _EdgeSearch:
    """The nodes and edges between shown places, found from the targets back."""

    def __init__(
        self,
        cell: Cell,
        axes: Mapping[str, Along],
        given: IsGiven,
        more: Iterable[ShownNode] = (),
        counts: Counts | None = None,
    ) -> None:
        self.cell = cell
        self.axes = axes
        self.given = given
        self.counts = counts
        self.axes_of = {variable.name: variable.axes for variable in cell.variables}
        self.nodes: dict[ShownNode, None] = {}
        self.joined: dict[tuple[ShownNode | None, ShownNode | None, Link], None] = {}
        self._waiting: list[ShownNode] = []
        shown = sum(prod(len(axes[axis].steps) for axis in variable.axes) for variable in cell.variables)
        require_within(shown, DRAWN_NODES, "the picture would have {} nodes", TOO_MANY)
        require_few_links(cell)
        least = shown + self._reduced_off_edges()
        require_within(least, DRAWN_NODES, "the picture would have at least {} nodes", TOO_MANY)
        self._find(more)

    def _reduced_off_edges(self) -> int:
        """Return how many places off the edges of names with one axis are read by reductions."""
        most: dict[tuple[str, str], int] = {}
        for link in self.cell.links:
            if len(link.index) == 1 and link.index[0].bound and not link.reads:
                (axis,) = self.axes_of[link.source]
                base, places = self.axes[axis].off_edge(link.index[0].offset)
                if places and self.given(link.source, ((base, places[0]),)):
                    side = link.source, base if places[0] > 0 else ""
                    most[side] = max(most.get(side, 0), len(places))
        return sum(most.values())

    def led(self) -> list[bool]:
        """Return the edges but for short stubs, each as whether it does not repeat, so that it is led by itself."""
        is_alone = len(self.axes) < 2
        found: dict[tuple[ShownNode | None, ShownNode | None, Link | None], bool] = {}
        for source, target, link in self.joined:
            moves = self.cell.moves(link)
            if target is None and source is not None:
                is_beside = is_alone and self._is_off_edge(self.axes_of[source[0]], source[1])
                if is_beside or not moves:
                    continue
            key = source, target, link if None in (source, target) else None
            found[key] = found.get(key, True) and not (is_alone and moves)
        return list(found.values())

    def require_few(self) -> None:
        """Raise where more edges do not repeat than can be led one by one, before any of them is."""
        count = sum(self.led())
        require_within(count, SINGLE_EDGES, "the picture would have {} edges that do not repeat", TOO_MANY)

    def _find(self, more: Iterable[ShownNode]) -> None:
        for variable in self.cell.variables:
            # What has ranges is off an edge too where these say it, whether it is read or not.
            is_ranged = self.counts is not None and variable.name in self.cell.ranged
            for places in product(
                *(self._near(axis) if is_ranged else self.axes[axis].steps for axis in variable.axes)
            ):
                if self._is_there((variable.name, places)):
                    self._add((variable.name, places))
        for node in more:
            self._add(node)
        self._follow()
        for link in self.cell.links:
            if any(link.delay) and not link.reads:
                self._connect_forward(link)
        self._follow()
        if self.counts is not None:
            self._add_stubs(self.counts)

    def _follow(self) -> None:
        """Join the nodes that are not looked at yet with what they read, and so on."""
        by_target: dict[str, list[Link]] = {}
        for link in self.cell.links:
            by_target.setdefault(link.target, []).append(link)
        # What is read is found on the way.
        for node in self._waiting:
            left = self.left_side(node)
            for link in by_target.get(node[0], []):
                if left == link.left:
                    self._connect(link, node)
        self._waiting.clear()

    def _add_stubs(self, counts: Counts) -> None:
        """Add a stub where a node has more edges along a link than are drawn: the others lead to what is left out."""
        into, out_of = Counter[tuple[ShownNode, Link]](), Counter[tuple[ShownNode, Link]]()
        for source, target, link in self.joined:
            assert source is not None and target is not None
            into[target, link] += 1
            out_of[source, link] += 1
        is_whole = self._is_whole(counts)
        for node in self.nodes:
            name, place = node[0], _numbers(node[1])
            for link in self.cell.links:
                if link.reads and is_whole:
                    continue
                if link.target == name and counts.sources(link, place) > into[node, link]:
                    self.joined[None, node, link] = None
                if link.source == name and counts.readers(link, place) > out_of[node, link]:
                    self.joined[node, None, link] = None

    def _add(self, node: ShownNode) -> None:
        """Show a node, and have it looked at once.

        Dots stand for many steps, of which what they read is not shown. So there is an end: what is looked at is at
        shown places or where a fixed distance or number leads from them, and nothing leads on from off an edge but
        a statement for that very place.
        """
        if node not in self.nodes:
            self.nodes[node] = None
            if not any(place[0] == MANY for place in node[1]):
                self._waiting.append(node)

    def _is_off_edge(self, axes: Sequence[str], places: Sequence[AxisPlace]) -> bool:
        return any(self.axes[axis].side(place) for axis, place in zip(axes, places, strict=True))

    def _is_inside(self, node: ShownNode) -> bool:
        """Say whether the equation holds at a node, as far as its place says."""
        return not any(
            place[0] == MANY or self.axes[axis].side(place)
            for axis, place in zip(self.axes_of[node[0]], node[1], strict=True)
        )

    def _is_there(self, node: ShownNode) -> bool:
        """Say whether there is a node, given that there is one at every step of what has no ranges."""
        name, places = node
        if name in self.cell.ranged and self.counts is not None:
            return self.counts.has(name, _numbers(places))
        return not self._is_off_edge(self.axes_of[name], places) or self.given(name, places)

    def left_side(self, node: ShownNode) -> Left | None:
        """Return the left side of the statement that gives a node; of an input its own axes, None of what is given."""
        name, places = node
        if self.counts is not None and self.cell.variable(name).role != "input":
            return self.counts.left(name, _numbers(places))
        axes = [self.axes[axis] for axis in self.axes_of[name]]
        for left in self.cell.special.get(name, ()):
            if all(axis.are(place, at) for axis, place, at in zip(axes, places, left.index, strict=True)):
                return left
        return Left(tuple(map(Index, self.axes_of[name]))) if self._is_inside(node) else None

    def _is_whole(self, counts: Counts) -> bool:
        """Say whether every node is shown."""
        for variable in self.cell.variables:
            for axis, (first, last) in zip(variable.axes, counts.bounds(variable.name) or (), strict=False):
                if not any(low <= first and last <= high for low, high in self._runs(axis)):
                    return False
        return True

    @cached_property
    def _boxes(self) -> dict[str, list[Box]]:
        """The places of each variable that are shown, or so near to an edge that they are shown where they are read."""
        return {name: [*product(*map(self._runs, axes))] for name, axes in self.axes_of.items()}

    def _near(self, axis: str) -> list[AxisPlace]:
        """Return the same along one axis."""
        along = self.axes[axis]
        last = along.end()[1]
        beside = (*range(1 - _OFF_EDGE, 1), *range(last + 1, last + 1 + _OFF_EDGE))
        return [*along.steps, *(("", number) for number in beside)]

    def _runs(self, axis: str) -> list[Interval]:
        """Return these places as the first and the last of each stretch without a gap."""
        runs: list[Interval] = []
        for number in sorted(number for _, number in self._near(axis)):
            if runs and runs[-1][1] == number - 1:
                runs[-1] = runs[-1][0], number
            else:
                runs.append((number, number))
        return runs

    def _connect(self, link: Link, target: ShownNode) -> None:
        """Join one target with all that a link reads there."""
        axes = self.axes_of[link.source]
        if link.reads:
            assert self.counts is not None
            for numbers in self.counts.read(link, _numbers(target[1]), self._boxes[link.source]):
                node = (link.source, tuple(("", number) for number in numbers))
                if node != target:
                    self._add(node)
                    self.joined[node, target, link] = None
            return
        places = {at.base: place for at, place in zip(link.left.index, target[1], strict=True) if at.moves}
        hidden = False
        for read in self._reads(link, places):
            found = tuple(self._shown(place, self.axes[axis]) for place, axis in zip(read, axes, strict=True))
            if HIDDEN in found:
                hidden = True
                continue
            node = (link.source, found)
            if node == target or not self._is_there(node):
                continue
            self._add(node)
            self.joined[node, target, link] = None
        if hidden and self.counts is None:
            self.joined[None, target, link] = None

    def _reads(self, link: Link, places: Mapping[str, AxisPlace]) -> Iterator[tuple[AxisPlace, ...]]:
        """Yield the places that a link reads, with the axes of its statement at some places.

        An index that a reduction binds is one number wherever it stands: of `a(k, k)` only the diagonal is read.
        """
        axes = [self.axes[axis] for axis in self.axes_of[link.source]]
        own = dict.fromkeys(at.base for at in link.index if at.bound)
        if sum(at.bound for at in link.index) == len(own):
            yield from product(*(self._read(at, axis, places) for at, axis in zip(link.index, axes, strict=True)))
            return
        numbers = [self._bound(name, list(zip(link.index, axes, strict=True))) for name in own]
        for chosen in product(*numbers):
            bound = dict(zip(own, chosen, strict=True))
            yield from product(
                *(
                    [moved(bound[at.base], at.offset)] if at.bound else self._read(at, axis, places)
                    for at, axis in zip(link.index, axes, strict=True)
                )
            )

    def _bound(self, name: str, index: Sequence[tuple[Index, Along]]) -> Iterable[AxisPlace]:
        """Return what an index bound by a reduction is, where any of the places that it stands in is told apart."""
        own = [(at, axis) for at, axis in index if at.bound and at.base == name]
        return dict.fromkeys(moved(place, -at.offset) for at, axis in own for place in axis.all(at.offset))

    def _read(self, at: Index, axis: Along, places: Mapping[str, AxisPlace]) -> Iterable[AxisPlace]:
        """Return the places of one axis that an index reads, with the axes of the statement at some places."""
        if at.bound:
            return axis.all(at.offset)
        if at.moves:
            base, offset = places[at.base]
            return [(base, offset + at.offset)]
        if at.base == "end":
            base, last = axis.end()
            return [(base, last + at.offset)]
        return [("", at.offset)]

    def _shown(self, place: AxisPlace, axis: Along) -> AxisPlace:
        """Return the place itself if it has a column, else the column that stands for it."""
        if place in axis.steps or stands_for_others(place) or axis.side(place):
            return place
        return axis.hidden(place)

    def _connect_forward(self, link: Link) -> None:
        """Draw what leads from a shown place to one that is not: in an equation, or along a boundary."""
        own, others = self.axes_of[link.source], self.axes_of[link.target]
        moving = {at.base for at in link.left.index if at.moves}
        if any(at.bound for at in link.index) or {at.base for at in link.index if at.moves} != moving or not moving:
            return
        for name, places in list(self.nodes):
            if name != link.source or any(
                place[0] == MANY or not (at.moves or place in self._read(at, self.axes[axis], {}))
                for at, axis, place in zip(link.index, own, places, strict=True)
            ):
                continue
            at = {
                one.base: (place[0], place[1] - one.offset)
                for one, place in zip(link.index, places, strict=True)
                if one.moves
            }
            axes = [self.axes[axis] for axis in others]
            target = tuple(
                at[one.base] if one.moves else next(iter(self._read(one, axis, {})))
                for one, axis in zip(link.left.index, axes, strict=True)
            )
            sides = zip(link.left.index, axes, target, strict=True)
            if any(one.moves and axis.side(place) for one, axis, place in sides):
                continue
            found = tuple(self._shown(place, axis) for axis, place in zip(axes, target, strict=True))
            holds = self.left_side((link.target, target))
            if found == target or holds != link.left:
                continue
            node = None if HIDDEN in found else (link.target, found)
            if node is not None:
                self._add(node)
            elif self.counts is not None or (self._is_off_edge(own, places) and len(self.axes) == 1):
                # Beside what is given along one axis stand the first steps.
                continue
            self.joined[(link.source, places), node, link] = None

    def complete(self) -> None:
        """Join what is drawn anyway, where there are several axes: no more nodes, but all edges between those.

        What a reduction reads comes from all the dots of its axis, not from those behind alone; and what reads the
        places of one axis at many of another reads from the last shown place as from those before it.
        """
        for source, target, link in list(self.joined):
            if source is None or target is None:
                continue
            along = zip(link.index, source[1], strict=True)
            others = tuple(DOTS_BEFORE if at.bound and place == DOTS_AFTER else place for at, place in along)
            if others != source[1] and (link.source, others) in self.nodes:
                self.joined[(link.source, others), target, link] = None
        for link in self.cell.links:
            if any(link.delay) and link.is_usual:
                self._fan_forward(link)
        self._join_pieces()

    def _join_pieces(self) -> None:
        """Join dots that end what comes before them with dots, at the same place, that begin what comes after.

        Dots stand for steps like all others, so what leads from variable to variable within one step leads so there.
        """
        begun = {source for source, _, _ in self.joined}
        ended = {target for _, target, _ in self.joined}
        for link in self.cell.links:
            if not self.cell.moves(link) or any(link.delay):
                continue
            for node in [node for node in self.nodes if node[0] == link.target and node in begun and node not in ended]:
                at = {one.base: place for one, place in zip(link.left.index, node[1], strict=True)}
                source = (link.source, tuple(at[one.base] for one in link.index))
                if source in ended and source not in begun and any(base == MANY for base, _ in node[1]):
                    self.joined[source, node, link] = None

    def _fan_forward(self, link: Link) -> None:
        """Join shown places with the dots that read them, where source and target run over different axes."""
        own, others = self.axes_of[link.source], self.axes_of[link.target]
        moving = {at.base for at in link.index if at.moves and not at.bound}
        if not moving or not moving < {at.base for at in link.left.index}:
            return
        free = [axis for axis in others if axis not in moving]
        read = (
            (*self.axes[axis].steps, DOTS_BEFORE, DOTS_AFTER)
            if at.bound
            else self.axes[axis].steps
            if at.moves
            else self._read(at, self.axes[axis], {})
            for at, axis in zip(link.index, own, strict=True)
        )
        for places in product(*read):
            if (link.source, places) not in self.nodes:
                continue
            moved = {
                at.base: (place[0], place[1] - at.offset)
                for at, place in zip(link.index, places, strict=True)
                if at.base in moving and not at.bound
            }
            if any(self.axes[axis].side(place) for axis, place in moved.items()):
                continue
            shown = {axis: self._shown(place, self.axes[axis]) for axis, place in moved.items()}
            if shown == moved or HIDDEN in shown.values():
                continue
            for beside in product(*(self.axes[axis].steps for axis in free)):
                at_target = {**shown, **dict(zip(free, beside, strict=True))}
                node = (link.target, tuple(at_target[axis] for axis in others))
                if node in self.nodes:
                    self.joined[(link.source, places), node, link] = None

    def leave_out_unread(self) -> None:
        """Leave out what is given at a place of its own and never read, where other places of it are.

        Numbers show every node there is; symbols need not show what is joined to nothing.
        """
        ends = {node for source, target, _ in self.joined for node in (source, target) if node is not None}
        read = {name for name, _ in ends}
        for node in [node for node in self.nodes if node not in ends and node[0] in read]:
            left = self.left_side(node)
            if self.cell.variable(node[0]).role == "input" or (left is not None and not left.is_usual):
                del self.nodes[node]

    def unfolded(self) -> Unfolded:
        """Return the view, its nodes ordered by column and then as written."""
        tracks = {axis: self._columns(axis) for axis in self.axes}
        position = {
            axis: {place: n for n, (place, _) in enumerate(columns) if place is not None}
            for axis, columns in tracks.items()
        }
        order = {variable.name: n for n, variable in enumerate(self.cell.variables)}
        placed = []
        for name, places in self.nodes:
            at = tuple(position[axis][place] for axis, place in zip(self.axes_of[name], places, strict=True))
            at = at or self._beside(name, tracks, position)
            placed.append((at or (-1,), order[name], (name, places), at))
        placed.sort(key=lambda item: item[:2])
        number = {node: n for n, (_, _, node, _) in enumerate(placed)}
        instances = [self._instance(node, at) for _, _, node, at in placed]
        connections: dict[tuple[int | None, int | None, object], Connection] = {}
        links = {link: n for n, link in enumerate(self.cell.links)}
        for source, target, link in sorted(
            self.joined, key=lambda e: (links[e[2]], _rank(e[1], number), _rank(e[0], number))
        ):
            ends = [None if node is None else number[node] for node in (source, target)]
            dotted = any(place[0] == MANY for node in (source, target) if node is not None for place in node[1])
            # What one node reads of another is one edge, however many links it stands for; and so are several ranges
            # that lead into a gap alike.
            into_gap = link if link.reach is None else (link.source, link.target, link.towards, link.labels)
            key = (ends[0], ends[1], into_gap if None in ends else None)
            before = connections.get(key)
            if before is None:
                where, far = self._where(link, target), self._apart(link, source, target)
                connections[key] = Connection(ends[0], ends[1], link, dotted or None in ends, where=where, apart=far)
            elif None in ends:
                connections[key] = replace(before, also=(*before.also, link))
            else:
                known = (before.link, *before.also, link)
                columns_apart = [instances[end].column for end in ends if end is not None]
                apart = columns_apart[1] - columns_apart[0]
                # The link whose delay is the distance of the columns has a route already.
                first = next((one for one in known if self.cell.moves(one) and one.steps == apart), known[0])
                connections[key] = replace(before, link=first, also=tuple(one for one in known if one is not first))
        columns_of = {axis: tuple(column for _, column in columns) for axis, columns in tracks.items()}
        return Unfolded(columns_of, tuple(instances), tuple(connections.values()))

    def _where(self, link: Link, target: ShownNode | None) -> tuple[tuple[str, str, Pieces], ...]:
        """Return what the axes are that the label of an edge names, as in W(l)."""
        if target is None:
            return ()
        named = {axis for label in link.labels for axis in label.axes}
        own = zip(self.axes_of[link.target], target[1], strict=True)
        words = ((axis, self.axes[axis].words(place)) for axis, place in own if axis in named)
        return tuple((axis, str(text), latex) for axis, (text, latex) in words)

    def _apart(self, link: Link, source: ShownNode | None, target: ShownNode | None) -> tuple[int, ...]:
        """Return how far the ends of an edge are apart that stands for a delay of a range."""
        if source is None or target is None or link.reach is None or not link.reach.is_delayed:
            return ()
        own, its = (dict(zip(self.axes_of[name], _numbers(places), strict=True)) for name, places in (source, target))
        return tuple(its[axis] - own[axis] if axis in own and axis in its else 0 for axis in self.cell.axes)

    def _columns(self, axis: str) -> list[tuple[AxisPlace | None, Column]]:
        """Return the columns of one axis."""
        along = self.axes[axis]
        used = {
            place
            for name, places in self.nodes
            for own, place in zip(self.axes_of[name], places, strict=True)
            if own == axis
        }
        off_edge = {place for place in used if along.side(place)}
        return along.columns(off_edge, len(self.axes) == 1 or any(place[0] == MANY for place in used))

    def _beside(
        self,
        name: str,
        tracks: Mapping[str, list[tuple[AxisPlace | None, Column]]],
        position: Mapping[str, Mapping[AxisPlace, int]],
    ) -> tuple[int, ...]:
        """Return where a value without axes stands: with the last column, or above all of them."""
        reads = {link.read for link in self.cell.links if link.target == name}
        if len(tracks) != 1 or "all" in reads:
            return ()
        if self._leads_to_steps(name):
            return ()
        (found,) = position.values()
        (axis,) = self.axes.values()
        return (max((found[place] for place in axis.steps), default=max(found.values(), default=-1)),)

    def _leads_to_steps(self, name: str) -> bool:
        """Say whether steps read a value without axes, or another value that reads it."""
        found = [name]
        for value in found:
            readers = [link.target for link in self.cell.links if link.source == value]
            if any(self.axes_of[reader] for reader in readers):
                return True
            found += [reader for reader in dict.fromkeys(readers) if reader not in found]
        return False

    def _instance(self, node: ShownNode, at: tuple[int, ...]) -> Instance:
        name, places = node
        variable = self.cell.variable(name)
        if not places:
            return Instance(name, (), at, variable.role, (), variable.text, left=Left())
        axes = [self.axes[axis] for axis in variable.axes]
        words = [axis.words(place) for axis, place in zip(axes, places, strict=True)]
        role = variable.role
        dotted = any(place[0] == MANY for place in places)
        left = None if dotted else self.left_side(node)
        if dotted:
            role = "ellipsis"
        elif left is None or not left.is_usual:
            role = "boundary"
        text = ", ".join(str(word) for word, _ in words)
        latex = tuple(latex for _, latex in words)
        return Instance(
            name,
            tuple(word for word, _ in words),
            at,
            role,
            latex,
            f"{variable.text}({text})",
            dotted,
            left=left,
            places=places,
        )


def _numbers(places: Sequence[AxisPlace]) -> Place:
    """Return places in numbers without what they are counted from."""
    return tuple(at for _, at in places)


def _rank(node: ShownNode | None, number: Mapping[ShownNode, int]) -> int:
    return -1 if node is None else number[node]


# --- numbers ------------------------------------------------------------------------------


def numeric(
    cell: Cell,
    unfolding: Unfolding,
    asked: Mapping[str, Collection[int]] | None = None,
    fewer: Mapping[str, int] | None = None,
) -> Unfolded:
    """Return steps 1 to the length of each axis, with the values off the edges that they read.

    What is drawn are the edges of the unfolded graph between the nodes shown, and a stub for every link along which
    a node has more. ``asked`` are the steps that are to be shown, of those axes where that is said; of those in
    ``fewer`` there are fewer.
    """
    asked, fewer = asked or {}, fewer or {}
    lengths, counts = unfolding.lengths, Counts(unfolding)
    _require_near_edges(cell, counts, lengths)

    def given(name: str, places: tuple[AxisPlace, ...]) -> bool:
        return unfolding.is_given(name, tuple(at for _, at in places))

    every = {axis: shown_steps(cell, axis, lengths[axis], asked.get(axis)) for axis in cell.drawn_axes}
    elided = [axis for axis, steps in every.items() if axis not in asked and len(steps) < lengths[axis]]
    for grade in _GRADES if elided else _GRADES[:1]:
        grades = {axis: max(fewer.get(axis, 0), grade if axis in elided else 0) for axis in every}
        axes = {
            axis: NumberedPlaces(lengths[axis], shown_steps(cell, axis, lengths[axis], asked.get(axis), grades[axis]))
            for axis in every
        }
        edges = _EdgeSearch(cell, axes, given, counts=counts)
        # Of what is elided anyway fewer steps are shown where their edges are too many to be told apart.
        if len(edges.led()) <= _CROWDED:
            break
    edges.require_few()
    return edges.unfolded()


def _require_near_edges(cell: Cell, counts: Counts, lengths: Mapping[str, int]) -> None:
    """Raise where ranges or computed places read farther off an edge than is shown."""
    for name in dict.fromkeys(link.source for link in cell.links if link.reads):
        for axis, (first, last) in zip(cell.variable(name).axes, counts.bounds(name) or (), strict=False):
            require_within(
                max(1 - first, last - lengths[axis]), _OFF_EDGE, f"{name} would have {{}} places off an edge",
                "take a smaller size, or draw the circuit alone with --view circuit",
            )  # fmt: skip


# --- symbols ------------------------------------------------------------------------------


def symbolic(cell: Cell, unfolding: Unfolding, fewer: Mapping[str, int] | None = None) -> Unfolded:
    """Return ``h(…) h(t-1) h(t) h(t+1) h(…)``, and what is read by number before, at the end after.

    ``unfolding`` has axes so long that no place is near two of these. Of the axes in ``fewer`` there are fewer steps.
    """
    drawn = cell.drawn_axes
    axes = {axis: _symbols(cell, axis, (fewer or {}).get(axis, 0)) for axis in drawn}

    def given(name: str, places: tuple[AxisPlace, ...]) -> bool:
        own = [axes[axis] for axis in cell.variable(name).axes]
        if any(all(map(SymbolicPlaces.are, own, places, left.index)) for left in cell.special.get(name, ())):
            return True
        # Off any other edge what is not written is 0.
        return len(own) == 1 and own[0].side(places[0]) < 0

    more: list[ShownNode] = []
    for link in cell.links:
        if not link.is_usual and any(at.is_off_edge for at in link.left.index):
            own = cell.variable(link.target).axes
            steps = (
                axes[axis].steps if at.moves else [(at.base, at.offset)]
                for at, axis in zip(link.left.index, own, strict=True)
            )
            lengths = [unfolding.lengths[axis] for axis in own]
            for places in product(*steps):
                numbers = tuple(map(_far_apart, places, lengths))
                # A boundary that nothing reads is no node.
                if boxes.contains(unfolding.places(link.target), numbers):
                    more.append((link.target, places))
    edges = _EdgeSearch(cell, axes, given, dict.fromkeys(more))
    if len(axes) > 1:
        edges.complete()
        edges.leave_out_unread()
    edges.require_few()
    return edges.unfolded()


def _far_apart(place: AxisPlace, length: int) -> int:
    """Return the number of a place of symbolic time, if the first step, those around t and the last are far apart."""
    base, offset = place
    return offset + {"": 0, "end": length}.get(base, length // 2)


def _symbols(cell: Cell, axis: str, fewer: int) -> SymbolicPlaces:
    """Return the places of one axis that are shown in symbols."""
    read = [at for link in cell.links for at in along_axis(cell, link.source, link.index, axis)]
    read += [at for link in cell.links for at in along_axis(cell, link.target, link.left.index, axis) if not at.moves]
    numbers = [at.offset for at in read if at.base == ""]
    ends = [at.offset for at in read if at.base == "end"]
    is_alone = len(cell.drawn_axes) == 1
    if is_alone:
        ends += [0 for at in read if at.bound]
    return SymbolicPlaces(axis, numbers, around(cell, axis, fewer), ends, is_alone)


def around(cell: Cell, axis: str, fewer: int = 0) -> tuple[int, ...]:
    """Return which steps of an axis are shown in symbols, as offsets: t-1, t and t+1.

    Of a large lattice they are two, and one along an axis that nothing moves along. ``fewer`` makes them two or
    one where there is little room.
    """
    if fewer > 1:
        return (0,)
    if not fewer and sum(len(variable.axes) > 1 for variable in cell.variables) <= _SMALL_LATTICE:
        return (-1, 0, 1)
    moving = any(link.delay[cell.axes.index(axis)] for link in cell.links)
    return (-1, 0) if moving else (0,)
