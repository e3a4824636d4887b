"""What stands where in a picture of operations: in which column, and what leads from column to column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from unfoldgraph.drawing.blocks import by_dependence
from unfoldgraph.drawing.cell import Cell, Column, Link, Unfolded
from unfoldgraph.drawing.circuit_view import circuit_links
from unfoldgraph.drawing.families import Family
from unfoldgraph.drawing.layout import reaches
from unfoldgraph.drawing.operations import Value, Workings
from unfoldgraph.drawing.step import Carried, Content, FlowKey

__all__ = ["Columns", "Join", "Lot", "circuit_columns", "step_columns"]


@dataclass(slots=True)
class Lot:
    """A column to be drawn.

    Attributes:
        kind: ``"step"``, ``"boundary"``, ``"dots"``, ``"gap"``, ``"values"`` without axes, or ``"circuit"``.
        axis: Along which it is a column.
        members: The variables in it, each with the number of its instance.
        omitted: For a gap, how many steps are left out.
    """

    kind: str
    axis: str = ""
    omitted: int = 0
    members: dict[str, int] = field(default_factory=dict)
    content: Content = field(default_factory=lambda: Content(()))
    family: Family | None = None
    left: float = 0.0
    right: float = 0.0
    x: float = 0.0


@dataclass(frozen=True, slots=True)
class Join:
    """An edge from column to column.

    Attributes:
        source, target: Numbers of columns.
        name: The variable that it comes from.
        into: A flow, or a variable whose statement is not shown.
        value: What it carries.
        hidden: Which end is not drawn: ``"source"``, ``"target"``, or ``""``.
    """

    source: int
    target: int
    name: str
    into: FlowKey | str
    value: Carried
    link: Link
    dashed: bool = False
    hidden: str = ""

    @property
    def gathers(self) -> bool:
        """Whether many edges like it come together."""
        return any(at.bound for at in self.value[0][1])

    @property
    def is_late(self) -> bool:
        """Whether what it carries comes from a later step."""
        return sum(self.link.delay) < 0

    @property
    def leaves(self) -> int:
        """The side on which it leaves: 1 for the right."""
        if self.source == self.target:
            return -1 if self.is_late else 1
        return 1 if self.source < self.target else -1

    @property
    def arrives(self) -> int:
        """The side on which it arrives."""
        return self.leaves if self.source == self.target else -self.leaves


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one view, from left to right, and the edges between them."""

    lots: list[Lot]
    joins: list[Join]

    @property
    def late(self) -> frozenset[FlowKey]:
        """The flows of what comes from later steps."""
        return frozenset(join.into for join in self.joins if join.is_late and isinstance(join.into, tuple))


def circuit_columns(cell: Cell, workings: Sequence[Workings]) -> Columns:
    """Return the circuit as one column whose delayed edges lead back to it."""
    links = {(link.source, link.index, link.target, link.left): link for link in circuit_links(cell)}
    usual = {(link.source, link.index, link.target, link.left): link for link in cell.links}
    special = {(link.target, link.left) for link in links.values() if not link.is_usual}
    kept = [s for s, own in enumerate(workings) if own.is_usual or (own.name, own.left) in special]
    after: dict[str, set[str]] = {variable.name: set() for variable in cell.variables}
    inside: set[FlowKey] = set()
    first: dict[Value, tuple[int, ...]] = {}
    joins: list[Join] = []
    for s in kept:
        own = workings[s]
        for n, flow in enumerate(own.flows):
            if isinstance(flow.source, int):
                continue
            name, index = flow.source
            key = (name, index, own.name, own.left)
            link = links.get(key) or usual[key]
            if not link.delayed and name != own.name and not reaches(after, own.name, name):
                after[name].add(own.name)
                inside.add((s, n))
            else:
                is_first = first.setdefault(flow.source, link.delay) == link.delay
                carried = (flow.source, () if is_first else link.delay)
                joins.append(Join(0, 0, name, (s, n), carried, link, not link.is_usual))
    lot = Lot("circuit", members=dict.fromkeys((variable.name for variable in cell.variables), -1))
    lot.content = Content(tuple(lot.members), tuple(kept), frozenset(inside))
    return Columns([lot], joins)


def step_columns(cell: Cell, unfolded: Unfolded, workings: Sequence[Workings]) -> Columns:
    """Return the columns of the unfolded view, and what joins them."""
    lots: list[Lot] = []
    first: dict[str, int] = {}
    keys = dict.fromkeys(axis for variable in cell.variables for axis in variable.axes or (f" {variable.name}",))
    before = ""
    for key in by_dependence(cell, keys):
        if key.startswith(" ") and before.startswith(" "):
            first[key] = first[before]
        else:
            first[key] = len(lots)
            columns: Sequence[Column] = () if key.startswith(" ") else unfolded.tracks[key]
            lots += [Lot(column.kind, key, column.omitted) for column in columns]
            lots += [Lot("values")] if key.startswith(" ") else []
        before = key
    lot_of: list[int] = []
    for n, instance in enumerate(unfolded.instances):
        axes = cell.variable(instance.name).axes
        lot_of.append(first[axes[0]] + instance.at[0] if axes else first[f" {instance.name}"])
        lots[lot_of[-1]].members[instance.name] = n
    number_of = {(own.name, own.left): s for s, own in enumerate(workings)}
    joins: list[Join] = []
    inside: dict[int, set[FlowKey]] = {}
    for connection in unfolded.connections:
        source, target = connection.source, connection.target
        for link in (connection.link, *connection.also):
            value = (link.source, link.index)
            ends = [None if end is None else lot_of[end] for end in (source, target)]
            if target is None or unfolded.instances[target].left is None:
                # Of a step that is not shown the operations are not shown either.
                at = _hidden(lots, ends[0], link) if ends[1] is None else ends[1]
                assert ends[0] is not None
                hidden = "target" if target is None else ""
                joins.append(Join(ends[0], at, link.source, link.target, (value, ()), link, connection.dashed, hidden))
                break
            s = number_of[link.target, link.left]
            for n, flow in enumerate(workings[s].flows):
                if flow.source != value:
                    continue
                assert ends[1] is not None
                if source is None:
                    at = _hidden(lots, ends[1], link, arriving=True)
                    joins.append(Join(at, ends[1], link.source, (s, n), (value, ()), link, True, "source"))
                elif ends[0] == ends[1] and not link.delayed and cell.moves(link) | (not link.index):
                    inside.setdefault(ends[1], set()).add((s, n))
                else:
                    assert ends[0] is not None
                    joins.append(Join(ends[0], ends[1], link.source, (s, n), (value, ()), link, connection.dashed))
    for n, lot in enumerate(lots):
        kept = []
        for name, m in lot.members.items():
            left = unfolded.instances[m].left
            if left is not None and (name, left) in number_of:
                kept.append(number_of[name, left])
        lot.content = Content(tuple(lot.members), tuple(kept), frozenset(inside.get(n, ())))
    return Columns(lots, joins)


def _hidden(lots: Sequence[Lot], known: int | None, link: Link, arriving: bool = False) -> int:
    """Return the column that stands for the other end of an edge, which is not drawn: the next gap, or the dots."""
    assert known is not None
    towards = -1 if (sum(link.delay) >= 0) == arriving else 1
    order = [*range(known + towards, len(lots) if towards > 0 else -1, towards), *range(len(lots) - 1, -1, -1)]
    return next(
        (n for kind in ("gap", "dots") for n in order if lots[n].kind == kind),
        known,
    )
