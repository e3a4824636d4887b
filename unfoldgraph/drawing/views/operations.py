"""Both views of the operations: every operation a node, steps side by side, values from step to step around them.

`operation_views` lays both out together, so that they are alike; a `Yard` is one of them drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from unfoldgraph.algebra.latex import name_pieces
from unfoldgraph.algebra.notation import printed
from unfoldgraph.algebra.pieces import CLOSING, OPENING, SPACE, between, sign
from unfoldgraph.base.errors import require_within
from unfoldgraph.base.limits import DRAWN_NODES, STEP_FLOWS, STEP_NODES
from unfoldgraph.drawing.geometry import TIP, Path, Point
from unfoldgraph.drawing.graphs.asked_steps import TOO_MANY
from unfoldgraph.drawing.graphs.operations import Workings
from unfoldgraph.drawing.graphs.rolled import Cell, Instance, Link, Unfolded
from unfoldgraph.drawing.layout.aligned import Family, LayoutOf
from unfoldgraph.drawing.layout.columns import Columns, Join, Lot, circuit_columns, step_columns
from unfoldgraph.drawing.layout.step import LANE, PART_TYPE, Carried, Content, FlowKey, Key
from unfoldgraph.drawing.routing.candidates import SQUARE
from unfoldgraph.drawing.routing.channels import (
    SQUARES,
    TRACK,
    Cable,
    ChannelTrunk,
    Corridor,
    Gutter,
    gutters_of,
    outer_tracks,
    rounded,
)
from unfoldgraph.drawing.routing.labelled_edges import mark_label, square_items
from unfoldgraph.drawing.scene.scene import Edge, Frame, Item, Node, Text, edge_id, extent, flipped, moved, node_id
from unfoldgraph.drawing.scene.style import Style
from unfoldgraph.drawing.text.typeset import Label, centred, compose, typeset, width_of
from unfoldgraph.drawing.views.canvas import ACROSS, DOWN, dots, instance_paths, labels_of_node, steps_left_out
from unfoldgraph.drawing.views.view import DrawnView

__all__ = ["operation_views"]

_PAD, _FOOT = 13.0, 21.0
# The least distance of lines, and half the height of one of dots alone.
_BETWEEN, _GAP_HIGH = 34.0, 20.0
_STUB, _GAP = 22.0, 62.0
_BARE = 34.0
_OUTER = 12.0
_STEP_TYPE = 14.5
# How far marks are above their squares, and what they keep from whatever is above them.
_MARK_APART = 2.0
# Squares on lanes that are closer than this do not stand above each other.
_NEAR = 18.0


def operation_views(
    cell: Cell, unfolded: Unfolded | None, workings: Sequence[Workings], view: str, style: Style,
    size: tuple[float, float], layout: LayoutOf | None,
) -> tuple[DrawnView, DrawnView, float]:  # fmt: skip
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
    whole = Family(step.content, workings, size, late, layout, _spread_of(cell, circuit.joins))
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
    views = [DrawnView(yard.draw()) for yard in yards]
    if len(views) == 2:
        middles = [_middle(one.items) for one in views]
        if all(lot.line == 0 for lot in yards[1].lots):
            return views[0], views[1], 0.0
        # A lattice is higher than one step of it: they stand with their middles side by side.
        views[0].items = [moved(item, 0.0, middles[1] - middles[0]) for item in views[0].items]
        return views[0], views[1], middles[1]
    return (views[0], DrawnView(), 0.0) if view == "circuit" else (DrawnView(), views[0], 0.0)


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


def _spread_of(cell: Cell, joins: Sequence[Join]) -> float:
    """Return the distance of neighbouring lanes with squares: between them there is room for marks, if there are any.

    >>> _spread_of(Cell("c", "", ("t",), (), ()), [])
    9.0
    """
    marks = [label.box for join in joins if (label := mark_label(cell, join.link))]
    return max([LANE, *(SQUARE + 2 * _MARK_APART + y1 - y0 for _, y0, _, y1 in marks)])


class Yard:
    """One view: columns side by side, and the edges between them."""

    def __init__(
        self, cell: Cell, workings: Sequence[Workings], style: Style, columns: Columns, unfolded: Unfolded | None
    ) -> None:
        self.cell = cell
        self.workings = workings
        self.style = style
        self.lots, self.joins = columns.lots, columns.joins
        self.within = columns.within
        self.flows_down = columns.flows_down
        self.unfolded = unfolded
        self.view = "circuit" if unfolded is None else "unfolded"
        self.paths = instance_paths(cell, unfolded) if unfolded else []
        self.items: list[Item] = []
        self.families = list(dict.fromkeys(self._family(lot) for lot in self.lots))
        self._edges = 0
        # What ends in one row of a gap on one side, each with its own height; what comes straight first.
        self._stubs: dict[tuple[int, int, int], list[tuple[str, Carried]]] = {}
        for join in sorted((one for one in self.joins if one.hidden), key=lambda one: one.hidden == "source"):
            stubs = self._stubs.setdefault(self._stub(join), [])
            if (join.hidden, join.value) not in stubs:
                stubs.append((join.hidden, join.value))
        # Of several values that come into one variable from the side, its own goes straight, else the first.
        self._straight: dict[tuple[int, FlowKey | str, int], Carried] = {}
        for join in sorted(self.joins, key=lambda one: one.name != one.into):
            self._straight.setdefault((join.target, join.into, join.arrives), join.value)

        # The sides of variables on which something leaves.
        self._leaving = {(join.source, join.name, join.leaves) for join in self.joins if join.hidden != "source"}

    @staticmethod
    def _family(lot: Lot) -> Family:
        assert lot.family is not None
        return lot.family

    def prepare(self) -> None:
        """Tell the families of all columns and lanes."""
        for lot in self.lots:
            if lot.kind != "gap":
                self._family(lot).include(lot.content)
        for join in self.joins:
            source, target = self.lots[join.source], self.lots[join.target]
            if join.hidden != "source":
                self._family(source).leave(source.content, join.source, join.name, join.value, join.leaves)
            if isinstance(join.into, tuple):
                self._family(target).enter(target.content, join.into, join.value, join.arrives)
            elif not join.hidden and not self._goes_straight(join):
                self._family(target).enter_variable(target.content, join.into, join.value, join.arrives)

    def _goes_straight(self, join: Join) -> bool:
        """Say whether an edge comes into a variable from the side."""
        target = self.lots[join.target]
        name = join.into
        if not isinstance(name, str) or self._straight[join.target, name, join.arrives] != join.value:
            return False
        if (join.target, name, join.arrives) in self._leaving:
            return False
        return self._family(target).is_free(target.content, name, join.arrives)

    def draw(self) -> list[Item]:
        """Return the items of the view."""
        self._measure()
        for lot in self.lots:
            self._sides(lot)
        self._wire()
        for n, lot in enumerate(self.lots):
            if lot.kind == "gap":
                self._gap(lot)
            else:
                self._lot(n, lot)
        return flipped(self.items) if self.flows_down else self.items

    # Lots -------------------------------------------------------------------------------------------

    def _measure(self) -> None:
        """Find how high the frames are, all those of one family alike, and how high each line is."""
        self.frames: dict[Family, tuple[float, float]] = {}
        # The upper and the lower end of each line.
        self.ends: list[tuple[float, float]] = [(0.0, 0.0)] * (1 + max((lot.line for lot in self.lots), default=0))
        for lot in self.lots:
            if lot.is_framed:
                top, bottom = self._family(lot).extent(lot.content)
                first, last = self.frames.get(self._family(lot), (top - _PAD, bottom + _PAD + _FOOT))
                self.frames[self._family(lot)] = min(first, top - _PAD), max(last, bottom + _PAD + _FOOT)
        for n, lot in enumerate(self.lots):
            stubs = max((len(found) for place, found in self._stubs.items() if place[0] == n), default=0)
            top, bottom = -_GAP_HIGH - LANE * stubs, _GAP_HIGH
            if lot.is_framed:
                top, bottom = self.frames[self._family(lot)]
            elif lot.content.variables:
                top, bottom = self._family(lot).extent(lot.content)
            first, last = self.ends[lot.line]
            self.ends[lot.line] = min(first, top), max(last, bottom)

    def _sides(self, lot: Lot) -> None:
        """Find how wide a lot is."""
        if lot.kind == "gap":
            counted = width_of(steps_left_out(lot.omitted).label) if lot.omitted else 0.0
            lot.right = 2 * _STUB + max(_GAP, counted + 24.0)
        elif lot.content.variables:
            placed = self._family(lot).layout(lot.content)
            pad = _PAD if lot.is_framed else 0.0
            lot.left, lot.right = placed.left - pad, placed.right + pad

    def _stack(self, tracks: Mapping[Corridor, int]) -> dict[Corridor, float]:
        """Give every line its height, above the one before, and return those of tracks between them."""
        high = dict.fromkeys(range(len(self.ends) + 1), 0)
        for (_, corridor), track in tracks.items():
            high[corridor] = max(high[corridor], track + 1)
        y = 0.0
        heights = [0.0]
        for n in range(1, len(self.ends)):
            between = max(_BETWEEN, 2 * _OUTER + TRACK * (high[n] - 1))
            y += self.ends[n - 1][0] - between - self.ends[n][1]
            heights.append(y)
        for lot in self.lots:
            lot.y = heights[lot.line]
        found: dict[Corridor, float] = {}
        for (trunk, corridor), track in tracks.items():
            distance = _OUTER + TRACK * track
            if corridor:
                found[trunk, corridor] = heights[corridor - 1] + self.ends[corridor - 1][0] - distance
            else:
                found[trunk, corridor] = self.ends[0][1] + distance
        return found

    def _wire(self) -> None:
        """Find the way of every edge between lots, and then how far the columns are apart."""
        self._stack({})
        level = [self._cable(n, join) for n, join in enumerate(self.joins)]
        corridors = self._corridors(level)
        outer = self._stack(outer_tracks(level, corridors))
        cables = [self._cable(n, join) for n, join in enumerate(self.joins)]
        passes = [outer[cable.trunk, corridors[cable.trunk, cable.line]] if cable.is_far else None for cable in cables]
        sides = [(join.leaves > 0, join.arrives > 0) for join in self.joins]
        columns = 1 + max((lot.column for lot in self.lots), default=-1)
        gutters = gutters_of(columns + 1, cables, sides, passes)
        squares = self._squares(cables)
        marks = [label.box for join in self.joins if (label := mark_label(self.cell, join.link))]
        slot = max([SQUARES, *(x1 - x0 + 2 * _MARK_APART for x0, _, x1, _ in marks)])
        room = slot * (1 + max(squares.values(), default=-1)) if self.unfolded is None else 0.0
        starts = self._spread(columns, gutters, room)
        for cable, join, height in zip(cables, self.joins, passes, strict=True):
            leaves = [(px + self.lots[join.source].x, py) for px, py in cable.leaves]
            arrives = [(px + self.lots[join.target].x, py) for px, py in cable.arrives]
            first = starts[cable.exit] + gutters[cable.exit].offset(cable.trunk)
            last = starts[cable.entry] + gutters[cable.entry].offset(cable.trunk)
            points = [*leaves, (first, leaves[-1][1])]
            if height is not None:
                points += [(first, height), (last, height)]
            points += [(last, arrives[0][1]), *arrives]
            name = self._edge(
                self._id(join.source, join.name) if join.hidden != "source" else "",
                self._target(join),
                rounded(points),
                join.delay,
                join.dashed,
                join.link.target,
            )
            if cable.number in squares:
                side = join.leaves
                lot = self.lots[join.source]
                x = (lot.x + lot.right if side > 0 else lot.x + lot.left) + side * slot * (squares[cable.number] + 0.5)
                self._square(name, join.link, (x, leaves[-1][1]))

    def _spread(self, columns: int, gutters: Sequence[Gutter], room: float) -> list[float]:
        """Give every lot its place in its column, and return where each gutter begins.

        ``room`` is what squares take beside a circuit.
        """
        x = 0.0
        starts = []
        for n in range(columns):
            own = [lot for lot in self.lots if lot.column == n]
            bare = [lot for lot in self.lots if lot.column in (n - 1, n) and lot.kind == "gap"]
            gutter = gutters[n]
            width = gutter.width if gutter.runs else 0.0
            if n:
                width = max(width, 0.0 if bare else _BARE)
            starts.append(x + (width - gutter.width) / 2 if n else x)
            x += width + (0.0 if n else room)
            wide = max(lot.right - lot.left for lot in own)
            for lot in own:
                lot.x = x + (wide - lot.right + lot.left) / 2 - lot.left
            x += wide
        return [*starts, x + room]

    def _square(self, edge: str, link: Link, at: Point) -> None:
        """Draw a delay square, if the edge has one, with its mark above it."""
        label = mark_label(self.cell, link)
        corner = None
        if label is not None:
            x0, y0, x1, y1 = label.box
            corner = at[0] - (x1 - x0) / 2, at[1] - link.delayed * SQUARE / 2 - _MARK_APART - (y1 - y0)
        self.items.extend(square_items(edge, self.cell, link, at, corner))

    def _cable(self, number: int, join: Join) -> Cable:
        """Return the ends of one edge, in the coordinates of its columns."""
        source, target = self.lots[join.source], self.lots[join.target]
        trunk: ChannelTrunk = ("from", join.source, join.value)
        if join.gathers:
            trunk = ("to", join.target, join.value)
        exit_ = source.column + (join.leaves > 0)
        entry = target.column + (join.arrives > 0)
        leaves = [(x, y + source.y) for x, y in self._leaves(source, join)]
        arrives = [(x, y + target.y) for x, y in self._arrives(target, join)]
        return Cable(number, trunk, exit_, entry, target.line, leaves, arrives)

    def _leaves(self, lot: Lot, join: Join) -> list[tuple[float, float]]:
        family = self._family(lot)
        if join.hidden == "source":
            y = self._hidden_height(join)
            return [(lot.right - _STUB if join.leaves > 0 else lot.left + _STUB, y)]
        spot = family.layout(lot.content).spots[join.name]
        lane = family.exit_lane(lot.content, join.name, join.value, join.leaves)
        if lane is None:
            return [(spot.x + join.leaves * spot.rx, spot.y)]
        return [(spot.x, spot.y - spot.ry), (spot.x, lane)]

    def _arrives(self, lot: Lot, join: Join) -> list[tuple[float, float]]:
        family = self._family(lot)
        if join.hidden == "target":
            y = self._hidden_height(join)
            return [(lot.left + _STUB if join.arrives < 0 else lot.right - _STUB, y)]
        placed = family.layout(lot.content)
        if isinstance(join.into, tuple):
            key, (x, y) = placed.ports[join.into]
        else:
            key = join.into
            spot = placed.spots[key]
            if self._goes_straight(join):
                return [(spot.x + join.arrives * (spot.rx + TIP), spot.y)]
            x, y = spot.x, spot.y + spot.ry + TIP
        lane = family.entry_lane(lot.content, join.value, family.rank(lot.content, key) - 1)
        return [(x, lane), (x, y)]

    def _stub(self, join: Join) -> tuple[int, int, int]:
        """Return where an edge ends that is not drawn whole: in which column, on which side, and in which row."""
        is_source = join.hidden == "source"
        n, side = (join.source, join.leaves) if is_source else (join.target, join.arrives)
        name = join.name if is_source else join.link.target
        return n, side, self._family(self.lots[n]).nominal.get(name, 0)

    def _hidden_height(self, join: Join) -> float:
        """Return the height of what is not shown: in the row of its variable, one value above the other."""
        place = self._stub(join)
        rows = self._family(self.lots[place[0]]).rows
        return rows.y.get(place[2], 0.0) - LANE * self._stubs[place].index((join.hidden, join.value))

    def _corridors(self, cables: Sequence[Cable]) -> dict[Corridor, int]:
        """Return for every trunk that passes columns, and every line that it leads to, the corridor in which it does.

        That is the one below the line, or the next one, above it: the nearer of both.
        """
        distance: dict[Corridor, float] = {}
        for cable in cables:
            if cable.is_far:
                key = cable.trunk, cable.line
                y = next(lot.y for lot in self.lots if lot.line == cable.line)
                ends = cable.leaves[-1][1] + cable.arrives[0][1] - 2 * y
                distance[key] = distance.get(key, 0.0) + ends - sum(self.ends[cable.line])
        return {(trunk, line): line + (trunk[0] == "to" or total <= 0) for (trunk, line), total in distance.items()}

    def _squares(self, cables: Sequence[Cable]) -> dict[int, int]:
        """Return for every edge that has a delay square or a mark of its own where that stands: one trunk has one."""
        if self.unfolded is not None:
            return {}
        found: dict[int, int] = {}
        told: set[ChannelTrunk] = set()
        standing: list[tuple[float, int, int]] = []
        near = max(_NEAR, _spread_of(self.cell, self.joins) - 0.1)
        for cable, join in zip(cables, self.joins, strict=True):
            has_mark = join.link.delayed or mark_label(self.cell, join.link) is not None
            if not has_mark or cable.trunk in told:
                continue
            told.add(cable.trunk)
            y = cable.leaves[-1][1]
            taken = {slot for height, slot, side in standing if abs(height - y) < near and side == join.leaves}
            slot = next(n for n in range(len(taken) + 1) if n not in taken)
            standing.append((y, slot, join.leaves))
            found[cable.number] = slot
        return found

    def _gap(self, lot: Lot) -> None:
        """Draw the dots of a gap, and how many steps they stand for."""
        x = lot.x + (lot.left + lot.right) / 2
        beside = {other.kind for other in self.lots if other.line == lot.line and other is not lot}
        self.items.append(dots(x, lot.y, ACROSS if beside != {"gap"} else DOWN))
        if lot.omitted:
            text = steps_left_out(lot.omitted)
            self.items.append(replace(text, label=centred(text.label, x, lot.y + 19.0)))

    def _lot(self, n: int, lot: Lot) -> None:
        """Draw the nodes of a lot and the edges inside."""
        placed = self._family(lot).layout(lot.content)
        if lot.is_framed:
            self._frame(lot)
        for flow, path in placed.paths.items():
            own = self.workings[flow[0]]
            source = own.flows[flow[1]].source
            key: Key = (flow[0], source) if isinstance(source, int) else source[0]
            dashed = self.unfolded is None and not own.is_usual
            link = self.within.get(flow)
            delay = link.delay if link else (0,) * len(self.cell.axes)
            target = self._id(n, placed.ports[flow][0])
            name = self._edge(self._id(n, key), target, path.moved(lot.x, lot.y), delay, dashed, own.name)
            if link:
                x, y = placed.squares[flow]
                self._square(name, link, (lot.x + x, lot.y + y))
        for key, spot in placed.spots.items():
            x, y = lot.x + spot.x, lot.y + spot.y
            instance, role, texts = self._words(lot, key)
            index, places = (instance.index, instance.places) if instance else ((), ())
            shape = "circle" if spot.is_round else "rectangle"
            word = key if isinstance(key, str) else self.workings[key[0]].parts[key[1]].name
            node = Node(self.view, self._path(n, key), word, index, role, x, y, spot.rx, spot.ry, shape, places=places)
            self.items.append(node)
            self.items.extend(Text(node.id, text, label.moved(x, y)) for text, label in texts)

    def _frame(self, lot: Lot) -> None:
        """Draw the frame of a step with its label."""
        assert self.unfolded is not None
        top, bottom = (height + lot.y for height in self.frames[self._family(lot)])
        instance = self.unfolded.instances[next(iter(lot.members.values()))]
        index, latex = instance.index, between(instance.place, sign("{,}"))
        text = ", ".join(map(str, index))
        if len(index) > 1:
            latex, text = (OPENING, *latex, CLOSING), f"({text})"
        elif isinstance(index[0], int):
            (axis,) = lot.axes
            latex, text = (*name_pieces(axis), SPACE, sign("="), SPACE, *latex), f"{printed(axis)} = {text}"
        x, half = lot.x + (lot.left + lot.right) / 2, (lot.right - lot.left) / 2
        axes = self.cell.variable(instance.name).axes
        name = ".".join(["step", *(f"{axis}.{place}" for axis, place in zip(axes, index, strict=True))])
        middle = (top + bottom) / 2
        self.items.append(Frame(name, "unfolded", ",".join(axes), index, x, middle, half, (bottom - top) / 2))
        self.items.append(Text(name, text, centred(typeset(latex, _STEP_TYPE), x, bottom - _FOOT / 2 - 2)))

    def _words(self, lot: Lot, key: Key) -> tuple[Instance | None, str, list[tuple[str, Label]]]:
        """Return the instance that a node is or helps to give, its role, and its texts with labels about the origin.

        The instance is None in the circuit.
        """
        name = key if isinstance(key, str) else self.workings[key[0]].name
        instance = None if self.unfolded is None else self.unfolded.instances[lot.members[name]]
        if isinstance(key, str):
            if instance is not None:
                return instance, instance.role, labels_of_node(self.cell, instance, self.style)
            variable = self.cell.variable(key)
            label = compose(variable.latex, variable.sup, variable.sub, self.style.circuit_type)
            return None, variable.role, [(variable.text, centred(label, 0.0, 0.0))]
        part = self.workings[key[0]].parts[key[1]]
        latex, text = part.latex, part.text
        if part.axis and instance is not None:
            place = self.cell.variable(name).axes.index(part.axis)
            latex, text = instance.place[place], str(instance.index[place])
        return instance, part.role, [(text, centred(typeset(latex, PART_TYPE), 0.0, 0.0))]

    # Edges and names ----------------------------------------------------------------------------------

    def _edge(self, source: str, target: str, path: Path, delay: tuple[int, ...], dashed: bool, leads_to: str) -> str:
        name = edge_id(self.view, self._edges)
        self._edges += 1
        self.items.append(Edge(name, self.view, source, target, delay, path, dashed, bool(target), leads_to=leads_to))
        return name

    def _target(self, join: Join) -> str:
        if join.hidden == "target":
            return ""
        if isinstance(join.into, str):
            return self._id(join.target, join.into)
        placed = self._family(self.lots[join.target]).layout(self.lots[join.target].content)
        return self._id(join.target, placed.ports[join.into][0])

    def _id(self, n: int, key: Key) -> str:
        return node_id(self.view, self._path(n, key))

    def _path(self, n: int, key: Key) -> tuple[str, ...]:
        """Return what tells a node from the others: a part is told by the variable whose statement it is in."""
        if isinstance(key, str):
            return (key,) if self.unfolded is None else self.paths[self.lots[n].members[key]]
        name = self.workings[key[0]].name
        mark = "o" if self.unfolded is not None or self.workings[key[0]].is_usual else f"s{key[0]}o"
        return (*self._path(n, name), f"{mark}{key[1]}")
