"""Both views of the operations: every operation a node, steps side by side, values from step to step around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from unfoldgraph.base.errors import require_within
from unfoldgraph.base.limits import DRAWN_NODES, STEP_FLOWS, STEP_NODES
from unfoldgraph.drawing.graphs.asked_steps import TOO_MANY
from unfoldgraph.drawing.graphs.operations import Workings
from unfoldgraph.drawing.graphs.rolled import Cell, Unfolded
from unfoldgraph.drawing.layout.aligned import Family, LayoutOf
from unfoldgraph.drawing.layout.columns import Lot, circuit_columns, step_columns
from unfoldgraph.drawing.layout.grid import Style
from unfoldgraph.drawing.layout.step import Content, FlowKey
from unfoldgraph.drawing.scene.scene import Item, Node, extent, moved
from unfoldgraph.drawing.views.view import View
from unfoldgraph.drawing.views.yard import Yard, spread_of

__all__ = ["operation_views"]


def operation_views(
    cell: Cell, unfolded: Unfolded | None, workings: Sequence[Workings], view: str, style: Style,
    size: tuple[float, float], layout: LayoutOf | None,
) -> tuple[View, View, float]:  # fmt: skip
    """Return both views, and the height of the arrow between them; ``size`` is that of variables.

    Raises `CircuitError` where there are too many nodes, or more directions than a picture has.
    """
    circuit = circuit_columns(cell, workings)
    (step,) = circuit.lots
    _require_few(step.content, workings)
    steps = step_columns(cell, unfolded, workings) if unfolded is not None else None
    late = circuit.late
    if steps is not None:
        _require_drawable([step, *steps.lots] if view == "both" else steps.lots, workings)
        # In both views arguments arrive in one order, and values flow in one direction.
        late |= steps.late
        circuit = replace(circuit, flows_down=steps.flows_down)
    whole = Family(step.content, workings, size, late, layout, spread_of(cell, circuit.joins))
    shared = whole if len(cell.drawn_axes) < 2 else None
    yards: list[Yard] = []
    if view != "unfolded":
        step.family = whole
        yards.append(Yard(cell, workings, style, circuit, None))
    if steps is not None:
        _join_families(steps.lots, workings, size, late, layout, shared)
        yards.append(Yard(cell, workings, style, steps, unfolded))
    for yard in yards:
        yard.prepare()
    for family in dict.fromkeys(family for yard in yards for family in yard.families):
        family.settle(_spine(cell, family))
    views = [View(yard.draw()) for yard in yards]
    if len(views) == 2:
        middles = [_middle(one.items) for one in views]
        if all(lot.line == 0 for lot in yards[1].lots):
            return views[0], views[1], 0.0
        # A lattice is higher than one step of it: they stand with their middles side by side.
        views[0].items = [moved(item, 0.0, middles[1] - middles[0]) for item in views[0].items]
        return views[0], views[1], middles[1]
    return (views[0], View(), 0.0) if view == "circuit" else (View(), views[0], 0.0)


def _middle(items: Sequence[Item]) -> float:
    """Return the height of the middle of some nodes."""
    boxes = [extent(item) for item in items if isinstance(item, Node)]
    return (min(box[1] for box in boxes) + max(box[3] for box in boxes)) / 2 if boxes else 0.0


def _spine(cell: Cell, family: Family) -> int:
    """Return the rank along which time runs: that of the first delayed variable; the middle where there is none."""
    delayed = [link for link in cell.links if link.delayed and link.source in family.nominal]
    delayed.sort(key=lambda link: cell.variable(link.source).role == "input")
    if delayed:
        return family.nominal[delayed[0].source]
    ranks = sorted(family.nominal.values())
    return ranks[len(ranks) // 2] if ranks else 0


def _require_few(content: Content, workings: Sequence[Workings]) -> None:
    """Raise where one step is too large to be laid out."""
    count = len(content.variables) + sum(len(workings[s].parts) for s in content.statements)
    help = "draw the variables with --detail variables"
    require_within(count, STEP_NODES, "one step would have {} nodes", help)
    count = sum(len(workings[s].flows) for s in content.statements)
    require_within(count, STEP_FLOWS, "one step would have {} edges between operations", help)


def _require_drawable(lots: Sequence[Lot], workings: Sequence[Workings]) -> None:
    """Raise where all columns together have too many nodes."""
    count = sum(
        len(lot.content.variables) + sum(len(workings[s].parts) for s in lot.content.statements) for lot in lots
    )
    require_within(count, DRAWN_NODES, "the picture would have {} nodes", TOO_MANY)


def _join_families(
    lots: Sequence[Lot], workings: Sequence[Workings], size: tuple[float, float], late: frozenset[FlowKey],
    layout: LayoutOf | None, shared: Family | None,
) -> None:  # fmt: skip
    """Give every lot its family: those of the same axes and block share one."""
    families: dict[tuple[str | int, ...], Family] = {}
    for n, lot in enumerate(lots):
        key: tuple[str | int, ...] = (lot.block, *lot.axes) if lot.axes else (n,)
        if shared is None and key not in families:
            alike = (
                [other.content for other in lots if (other.block, *other.axes) == key] if lot.axes else [lot.content]
            )
            main = max(alike, key=lambda content: len(content.statements))
            families[key] = Family(main, workings, size, late, layout)
        lot.family = shared or families[key]
