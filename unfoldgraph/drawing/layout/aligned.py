"""The layouts of the columns of a picture: those that are alike share their nodes' places, those of an axis its rows.

A family has a main content, such as the whole step. A content that is a part of it takes its places from there; any
other, such as a boundary with a statement of its own, is laid out by itself, its variables in the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from unfoldgraph.drawing.graphs.operations import Workings
from unfoldgraph.drawing.layout.coordinates import Layers
from unfoldgraph.drawing.layout.layered import arrange_layers
from unfoldgraph.drawing.layout.step import (
    LANE,
    Carried,
    Content,
    FlowKey,
    Key,
    Rows,
    StepGraph,
    StepLayout,
    placed,
    step_graph,
)

__all__ = ["Family", "Lanes", "LayoutOf"]

LayoutOf = Callable[[StepGraph], Layers]
"""Lays a graph out."""

Side = int
"""1 for the right, -1 for the left."""


@dataclass(slots=True)
class Lanes:
    """The ways between the nodes of a content and its sides.

    Attributes
    ----------
    entries : For each value that comes in from a side below a rank, where it goes up.
    exits : For each variable whose value leaves to a side, in which columns it does.
    straight : Those that leave straight.
    """

    entries: dict[tuple[Carried, Side, int], set[float]] = field(default_factory=dict)
    exits: dict[tuple[str, Carried, Side], set[int]] = field(default_factory=dict)
    straight: set[tuple[str, Carried, Side]] = field(default_factory=set)


class Family:
    """Contents that share ranks and rows."""

    def __init__(
        self,
        main: Content,
        workings: Sequence[Workings],
        size: tuple[float, float],
        late: frozenset[FlowKey],
        layout: LayoutOf | None,
        spread: float = LANE,
    ) -> None:
        self.workings = workings
        self.size = size
        self.late = late
        self.rows = Rows(spread)
        self.main = main
        graph = step_graph(main, workings, size, late)
        layers = layout(graph) if layout else arrange_layers(graph.vertices, graph.wires, None, graph.hints)
        self.nominal: Mapping[str, int] = {
            key: rank for key, rank in zip(graph.keys, layers.rank, strict=True) if isinstance(key, str)
        }
        self._found: dict[Content, tuple[StepGraph, Layers]] = {main: (graph, layers)}
        self.lanes: dict[Content, Lanes] = {}
        self._layouts: dict[Content, StepLayout] = {}
        # The lanes: of entries by value and channel, of exits by variable, value and channel.
        self._ins: dict[tuple[Carried, int], int] = {}
        self._outs: dict[tuple[str, Carried, int], int] = {}

    def include(self, content: Content) -> None:
        """Lay out a content."""
        self.lanes.setdefault(content, Lanes())
        self._of(content)

    def _of(self, content: Content) -> tuple[StepGraph, Layers]:
        """Return the graph and the layout from which a content takes its places."""
        source = self.main if self._is_part(content) else content
        if source not in self._found:
            graph = step_graph(source, self.workings, self.size, self.late)
            ceilings = {
                n: self.nominal[key] for n, key in enumerate(graph.keys) if isinstance(key, str) and key in self.nominal
            }
            self._found[source] = graph, arrange_layers(graph.vertices, graph.wires, ceilings, graph.hints)
        return self._found[source]

    def _is_part(self, content: Content) -> bool:
        """Say whether a content takes its places from the main one; what has no statements stands close together."""
        main = self.main
        return content == main or bool(
            content.statements
            and {*content.variables} <= {*main.variables}
            and {*content.statements} <= {*main.statements}
            and content.inside <= main.inside
        )

    def _keys(self, content: Content) -> set[Key]:
        parts = {(s, n) for s in content.statements for n in range(len(self.workings[s].parts))}
        return {*content.variables, *parts}

    # Ways to the sides ------------------------------------------------------------------------------

    def rank(self, content: Content, key: Key) -> int:
        """Return the rank of a node."""
        graph, layers = self._of(content)
        return layers.rank[graph.keys.index(key)]

    def leave(self, content: Content, column: int, name: str, value: Carried, side: Side) -> None:
        """Have a value leave one column to a side."""
        self.lanes[content].exits.setdefault((name, value, side), set()).add(column)

    def _straighten(self, content: Content) -> None:
        """Find what leaves straight: where nothing stands in its row, and no other value of the variable does."""
        lanes = self.lanes[content]
        for key, columns in lanes.exits.items():
            name, _, side = key
            rivals = [lanes.exits[other] for other in lanes.straight if (other[0], other[2]) == (name, side)]
            if self.is_free(content, name, side) and not any(columns & others for others in rivals):
                lanes.straight.add(key)

    def is_free(self, content: Content, name: str, side: Side) -> bool:
        """Say whether nothing stands beside a variable on one side."""
        graph, layers = self._of(content)
        own = graph.keys.index(name)
        there = self._keys(content)
        return not any(
            layers.rank[n] == layers.rank[own] and (layers.x[n] - layers.x[own]) * side > 0
            for n, key in enumerate(graph.keys)
            if key in there
        )

    def enter(self, content: Content, flow: FlowKey, value: Carried, side: Side) -> None:
        """Have a value come in from one side, to where a flow arrives."""
        graph, layers = self._of(content)
        target, port = graph.ports[flow]
        x = layers.x[target] + layers.offsets[target][port]
        self.lanes[content].entries.setdefault((value, side, layers.rank[target] - 1), set()).add(x)

    def enter_variable(self, content: Content, name: str, value: Carried, side: Side) -> None:
        """Have a value come in to a variable that no statement gives."""
        graph, layers = self._of(content)
        n = graph.keys.index(name)
        self.lanes[content].entries.setdefault((value, side, layers.rank[n] - 1), set()).add(layers.x[n])

    # Heights ----------------------------------------------------------------------------------------

    def settle(self, spine: int) -> None:
        """Compute the height of every row and lane, now that all is known that needs room; that of a rank is 0."""
        for graph, layers in self._found.values():
            self.rows.include(layers, graph)
        entries: dict[int, dict[Carried, float]] = {}
        exits: dict[int, dict[tuple[str, Carried], float]] = {}
        for content, lanes in self.lanes.items():
            self._straighten(content)
            self._measure(content, lanes, entries, exits)
        # In all contents a value has the same lane, and no other has it, which might come from the other side there.
        for channel, ways in entries.items():
            self.rows.need(channel, len(ways), 0)
            self._ins.update({(value, channel): n for n, value in enumerate(sorted(ways, key=ways.__getitem__))})
        for channel, leaving in exits.items():
            self.rows.need(channel, 0, len(leaving))
            self._outs.update({(*key, channel): n for n, key in enumerate(sorted(leaving, key=leaving.__getitem__))})
        self.rows.settle(spine)

    def _measure(
        self, content: Content, lanes: Lanes, entries: dict[int, dict[Carried, float]],
        exits: dict[int, dict[tuple[str, Carried], float]],
    ) -> None:  # fmt: skip
        """Tell for each channel how long the ways are that need a lane: short ones are next to their nodes."""
        if not (lanes.entries or lanes.exits):
            return
        graph, layers = self._of(content)
        there = self._keys(content)
        places = [x for key, x in zip(graph.keys, layers.x, strict=True) if key in there]
        low, high = min(places), max(places)
        for (value, side, channel), xs in lanes.entries.items():
            reach = high - min(xs) if side > 0 else max(xs) - low
            entries.setdefault(channel, {}).setdefault(value, reach)
        for name, value, side in lanes.exits:
            if (name, value, side) not in lanes.straight:
                n = graph.keys.index(name)
                reach = high - layers.x[n] if side > 0 else layers.x[n] - low
                exits.setdefault(layers.rank[n], {}).setdefault((name, value), reach)

    def exit_lane(self, content: Content, name: str, value: Carried, side: Side) -> float | None:
        """Return the height of the lane in which a value leaves; None if it leaves straight."""
        if (name, value, side) in self.lanes[content].straight:
            return None
        rank = self.rank(content, name)
        return self.rows.exit(rank, self._outs[name, value, rank])

    def entry_lane(self, content: Content, value: Carried, channel: int) -> float:
        """Return the height of the lane in which a value comes in below the rank above a channel."""
        return self.rows.entry(channel, self._ins[value, channel])

    def layout(self, content: Content) -> StepLayout:
        """Return the places of everything in a content."""
        if content not in self._layouts:
            graph, layers = self._of(content)
            whole = placed(graph, layers, self.rows)
            inner = {
                (s, n)
                for s in content.statements
                for n, flow in enumerate(self.workings[s].flows)
                if isinstance(flow.source, int) or (s, n) in content.inside
            }
            self._layouts[content] = whole.part(self._keys(content), inner)
        return self._layouts[content]

    def extent(self, content: Content) -> tuple[float, float]:
        """Return the upper and the lower end of a content with its lanes."""
        spots = self.layout(content).spots.values()
        heights = [spot.y - spot.ry for spot in spots] + [spot.y + spot.ry for spot in spots]
        lanes = self.lanes[content]
        for name, value, side in lanes.exits:
            lane = self.exit_lane(content, name, value, side)
            heights += [] if lane is None else [lane]
        heights += [self.entry_lane(content, value, channel) for value, _, channel in lanes.entries]
        return min(heights), max(heights)
