"""What stands where in a picture of operations: in which lot, and what leads from lot to lot.

A lot is a step or what stands beside one. With one axis lots stand side by side, as with several axes that nothing
runs over at once; else they stand on the board of the lattice, in columns and lines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

from unfoldgraph.drawing.graphs.circuit import circuit_links, square_mark
from unfoldgraph.drawing.graphs.operations import Workings
from unfoldgraph.drawing.graphs.rolled import Cell, Column, IndexedName, Left, Link, Unfolded, reaches
from unfoldgraph.drawing.layout.aligned import Family
from unfoldgraph.drawing.layout.lattice import Block, board_of, by_dependence
from unfoldgraph.drawing.layout.step import Carried, Content, FlowKey

__all__ = ["Columns", "Join", "Lot", "circuit_columns", "step_columns"]


@dataclass(slots=True)
class Lot:
    """Some variables at one place, to be drawn together.

    Attributes
    ----------
    kind : ``"step"``, ``"boundary"``, ``"dots"``, ``"gap"``, ``"values"`` without axes, or ``"circuit"``.
    axes, block : Along which it is one of many, and which block of a board repeats there.
    column, line : Where it stands; columns from the left, lines in the direction in which values flow.
    members : The variables in it, each with the number of its instance.
    along, omitted : For a gap, of which axis steps are left out, and how many if that is told here.
    """

    kind: str
    axes: tuple[str, ...] = ()
    block: int = 0
    column: int = 0
    line: int = 0
    along: str = ""
    omitted: int = 0
    members: dict[str, int] = field(default_factory=dict)
    content: Content = field(default_factory=lambda: Content(()))
    family: Family | None = None
    left: float = 0.0
    right: float = 0.0
    x: float = 0.0
    y: float = 0.0

    @property
    def is_framed(self) -> bool:
        """Whether it is a step with anything to be grouped."""
        return self.kind == "step" and bool(self.content.statements)


@dataclass(frozen=True, slots=True)
class Join:
    """An edge from lot to lot.

    Attributes
    ----------
    source, target : Numbers of lots.
    name : The variable that it comes from.
    into : A flow, or a variable whose statement is not shown.
    value : What it carries.
    delay : How far it leads along each axis of the circuit; empty for any distance.
    leaves, arrives : The sides on which it leaves and arrives: 1 for the right.
    is_late : Whether it arrives behind all else: from a later step, or from one above or below.
    hidden : Which end is not drawn: ``"source"``, ``"target"``, or ``""``.
    """

    source: int
    target: int
    name: str
    into: FlowKey | str
    value: Carried
    link: Link
    delay: tuple[int, ...]
    leaves: int
    arrives: int
    is_late: bool
    dashed: bool = False
    hidden: str = ""

    @property
    def gathers(self) -> bool:
        """Whether many edges like it come together."""
        return any(at.bound for at in self.value[0][1])


@dataclass(frozen=True, slots=True)
class Columns:
    """The lots of one view, from left to right, and the edges between them.

    Attributes
    ----------
    within : The delayed edges that do not leave their lot.
    flows_down : Whether lines follow each other downward, and with them all that is computed within one.
    """

    lots: list[Lot]
    joins: list[Join]
    within: Mapping[FlowKey, Link] = field(default_factory=dict)
    flows_down: bool = False

    @property
    def late(self) -> frozenset[FlowKey]:
        """The flows that arrive behind all others."""
        return frozenset(join.into for join in self.joins if join.is_late and isinstance(join.into, tuple))


def circuit_columns(cell: Cell, workings: Sequence[Workings]) -> Columns:
    """Return the circuit as one column; delayed edges lead back to it, or forward to what they come before."""
    drawn = circuit_links(cell)
    # What is read over a short range are several links, one for each of its terms.
    links, usual = _by_read(drawn), _by_read(cell.links)
    special = {(link.target, link.left) for link in drawn if not link.is_usual}
    kept = [s for s, own in enumerate(workings) if own.is_usual or (own.name, own.left) in special]
    flows: list[tuple[FlowKey, IndexedName, Link]] = []
    for s in kept:
        own = workings[s]
        for n, flow in enumerate(own.flows):
            if not isinstance(flow.source, int):
                key = (flow.source, own.name, own.left)
                flows += [((s, n), flow.source, link) for link in links.get(key) or usual[key]]
    after: dict[str, set[str]] = {variable.name: set() for variable in cell.variables}
    # The same with all that is delayed.
    ever: dict[str, set[str]] = {variable.name: set() for variable in cell.variables}
    for flow_key, (name, *_), _ in flows:
        ever[name].add(workings[flow_key[0]].name)
    counts = Counter(flow_key for flow_key, _, _ in flows)
    inside: dict[FlowKey, Link] = {}
    within: dict[FlowKey, Link] = {}
    for flow_key, (name, *_), link in flows:
        target = workings[flow_key[0]].name
        # What is delayed leads back only where it is part of a cycle, or where a mark must stand beside its square.
        if name == target or reaches(ever if link.delayed else after, target, name) or any(square_mark(cell, link)):
            continue
        # Of several terms each that is delayed has a line of its own.
        if flow_key in inside or (link.delayed and counts[flow_key] > 1):
            continue
        after[name].add(target)
        inside[flow_key] = link
        if link.delayed:
            within[flow_key] = link
    first: dict[IndexedName, tuple[int, ...]] = {}
    joins: list[Join] = []
    for flow_key, value, link in flows:
        if inside.get(flow_key) != link:
            is_first = first.setdefault(value, link.delay) == link.delay
            carried = (value, () if is_first else link.delay)
            is_late = sum(link.towards) < 0
            side = -1 if is_late else 1
            joins.append(
                Join(0, 0, value[0], flow_key, carried, link, link.delay, side, side, is_late, not link.is_usual)
            )
    lot = Lot("circuit", members=dict.fromkeys((variable.name for variable in cell.variables), -1))
    lot.content = Content(tuple(lot.members), tuple(kept), frozenset(inside), frozenset(within))
    return Columns([lot], joins, within)


def _by_read(links: Iterable[Link]) -> dict[tuple[IndexedName, str, Left], list[Link]]:
    """Return links by what they read, and for which statement."""
    found: dict[tuple[IndexedName, str, Left], list[Link]] = {}
    for link in links:
        found.setdefault((link.value, link.target, link.left), []).append(link)
    return found


def step_columns(cell: Cell, unfolded: Unfolded, workings: Sequence[Workings]) -> Columns:
    """Return the lots of the unfolded view, and what joins them."""
    is_lattice = any(len(variable.axes) > 1 for variable in cell.variables)
    lots, lot_of, flows_down = _on_board(cell, unfolded) if is_lattice else _in_strips(cell, unfolded)
    for n, number in enumerate(lot_of):
        lots[number].members[unfolded.instances[n].name] = n
    number_of = {(own.name, own.left): s for s, own in enumerate(workings)}
    joins: list[Join] = []
    inside: dict[int, set[FlowKey]] = {}

    def join(source: int, target: int, into: FlowKey | str, link: Link, hidden: str = "") -> None:
        start, end = lots[source].column, lots[target].column
        is_late = sum(link.towards) < 0
        side = 1 if start < end or (start == end and not is_late) else -1
        arrives = side if start == end else -side
        beside = start == end and source != target
        value = (link.value, ())
        delay = replace(connection, link=link).delay
        dashed = connection.dashed or hidden == "source"
        late = is_late or beside
        joins.append(Join(source, target, link.source, into, value, link, delay, side, arrives, late, dashed, hidden))

    for connection in unfolded.connections:
        source, target = connection.source, connection.target
        for link in (connection.link, *connection.also):
            value = link.value
            ends = [None if end is None else lot_of[end] for end in (source, target)]
            if target is None or unfolded.instances[target].left is None:
                # Of a step that is not shown the operations are not shown either.
                at = _hidden(cell, lots, ends[0], link) if ends[1] is None else ends[1]
                assert ends[0] is not None
                join(ends[0], at, link.target, link, "target" if target is None else "")
                break
            s = number_of[link.target, link.left]
            for n, flow in enumerate(workings[s].flows):
                if flow.source != value:
                    continue
                assert ends[1] is not None
                if source is None:
                    at = _hidden(cell, lots, ends[1], link, arriving=True)
                    join(at, ends[1], (s, n), link, "source")
                elif ends[0] == ends[1] and not link.delayed and _stays(cell, link):
                    inside.setdefault(ends[1], set()).add((s, n))
                else:
                    assert ends[0] is not None
                    join(ends[0], ends[1], (s, n), link)
    for n, lot in enumerate(lots):
        kept = []
        for name, m in lot.members.items():
            left = unfolded.instances[m].left
            if left is not None and (name, left) in number_of:
                kept.append(number_of[name, left])
        lot.content = Content(tuple(lot.members), tuple(kept), frozenset(inside.get(n, ())))
    return Columns(lots, joins, flows_down=flows_down)


def _stays(cell: Cell, link: Link) -> bool:
    """Say whether what a statement reads of its own lot is inside of it, as it is in all lots with that statement."""
    return cell.moves(link) or not link.index or not (link.is_usual or any(at.bound for at in link.index))


def _in_strips(cell: Cell, unfolded: Unfolded) -> tuple[list[Lot], list[int], bool]:
    """Return the lots of axes side by side, in which of them each instance stands, and that values flow upward."""
    lots: list[Lot] = []
    first: dict[str, int] = {}
    keys = dict.fromkeys(axis for variable in cell.variables for axis in variable.axes or (f" {variable.name}",))
    before = ""
    for key in by_dependence(cell, keys):
        is_value = key not in unfolded.tracks
        if is_value and before and before not in unfolded.tracks:
            first[key] = first[before]
        else:
            first[key] = len(lots)
            columns: Sequence[Column] = () if is_value else unfolded.tracks[key]
            lots += [Lot(column.kind, (key,), along=key, omitted=column.omitted) for column in columns]
            lots += [Lot("values")] if is_value else []
        before = key
    for n, lot in enumerate(lots):
        lot.column = n
    axes_of = {variable.name: variable.axes for variable in cell.variables}
    lot_of = [
        first[axes[0]] + instance.at[0] if (axes := axes_of[instance.name]) else first[f" {instance.name}"]
        for instance in unfolded.instances
    ]
    return lots, lot_of, False


def _on_board(cell: Cell, unfolded: Unfolded) -> tuple[list[Lot], list[int], bool]:
    """Return the lots of a lattice and of what stands beside it, where each instance stands, and if values flow down.

    Raises `CircuitError` where the board does.
    """
    board = board_of(cell)
    flows_down = not board.upward
    single = (Column("values"),)
    tracks = [[unfolded.tracks.get(axis or "", single) for axis in axes] for axes in (board.columns, board.lines)]
    starts = [[sum(map(len, some[:n])) for n in range(len(some))] for some in tracks]
    block_of = {name: block for block in board.blocks for name in block.names}
    found: dict[tuple[int, int], Lot] = {}
    places: list[tuple[int, int]] = []

    def put(block: Block, at: tuple[int, int]) -> tuple[int, int]:
        """Have a lot where a block has one of its steps."""
        kinds, place = [], []
        for side, (number, n) in enumerate(zip((block.column, block.line), at, strict=True)):
            some = tracks[side][number]
            axis = (block.x, block.y)[side]
            kinds.append(some[n].kind if axis else "")
            is_upward = axis in board.upward
            place.append(starts[side][number] + (len(some) - 1 - n if is_upward else n))
        kind = next((one for one in ("gap", "dots", "boundary", "step") if one in kinds), "values")
        axes = tuple(axis for axis in (block.x, block.y) if axis)
        found.setdefault((place[0], place[1]), Lot(kind, axes, board.blocks.index(block)))
        return place[0], place[1]

    for instance in unfolded.instances:
        block = block_of[instance.name]
        along = dict(zip(cell.variable(instance.name).axes, instance.at, strict=False))
        places.append(put(block, (along.get(block.x or "", 0), along.get(block.y or "", 0))))
    values = {n for n, one in enumerate(unfolded.instances) if not cell.variable(one.name).axes}
    joined = sorted(
        places[end][1]
        for one in unfolded.connections
        if values & {one.source, one.target}
        for end in (one.source, one.target)
        if end is not None and end not in values
    )
    if values and joined:
        # Values without axes stand in a column of their own, beside what they are joined to.
        (before,) = {places[n] for n in values}
        after = before[0], joined[len(joined) // 2]
        found[after] = found.pop(before)
        places = [after if n in values else place for n, place in enumerate(places)]
    told: set[tuple[str, int]] = set()
    for side, block in ((side, block) for block in board.blocks for side in (0, 1)):
        axis = (block.x, block.y)[side]
        gaps = [n for n, track in enumerate(unfolded.tracks.get(axis or "", ())) if track.kind == "gap"]
        across = (block.y, block.x)[side]
        beside = [n for n, track in enumerate(unfolded.tracks.get(across or "", single)) if track.kind != "gap"]
        for gap, other in product(gaps, beside):
            place = put(block, (gap, other) if side == 0 else (other, gap))
            assert axis is not None
            found[place].along = axis
            if (axis, gap) not in told:
                told.add((axis, gap))
                found[place].omitted = unfolded.tracks[axis][gap].omitted
    columns, lines = (sorted({place[side] for place in found}) for side in (0, 1))
    if board.upward:
        lines.reverse()
    for place, lot in found.items():
        lot.column, lot.line = columns.index(place[0]), lines.index(place[1])
    ordered = sorted(found, key=lambda place: (found[place].column, found[place].line))
    return [found[place] for place in ordered], [ordered.index(place) for place in places], flows_down


def _hidden(cell: Cell, lots: Sequence[Lot], known: int | None, link: Link, arriving: bool = False) -> int:
    """Return the lot that stands for the other end of an edge, which is not drawn: the next gap, or the dots."""
    assert known is not None
    here = lots[known]
    towards = -1 if (sum(link.towards) >= 0) == arriving else 1
    moving = {axis for axis, delay in zip(cell.axes, link.towards, strict=True) if delay}

    def distance(n: int) -> tuple[bool, bool, bool, bool, int]:
        dx, dy = lots[n].column - here.column, lots[n].line - here.line
        is_behind = (dx or dy) * towards < 0
        is_aside = bool(dx and dy) or bool(moving and lots[n].along not in moving)
        return lots[n].kind == "dots", is_aside, is_behind, not (dx or dy), -n if is_behind else abs(dx) + abs(dy)

    return min((n for n, lot in enumerate(lots) if lot.kind in ("gap", "dots")), key=distance, default=known)
