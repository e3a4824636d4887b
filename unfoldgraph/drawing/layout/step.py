"""One step of operations: what stands in it, and where each of its nodes and inner edges is.

A column of the unfolded view is a `Content`: some variables, and the statements that give their values there.
Columns with equal contents are copies of one layout, and so is the circuit.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from unfoldgraph.drawing.geometry import TIP, Path, Point, Segment
from unfoldgraph.drawing.graphs.operations import Part, Workings
from unfoldgraph.drawing.graphs.rolled import IndexedName
from unfoldgraph.drawing.layout.coordinates import Layers
from unfoldgraph.drawing.layout.layering import PORTS, Vertex, Wire
from unfoldgraph.drawing.text.typeset import typeset

__all__ = [
    "LANE",
    "PART_TYPE",
    "Carried",
    "Content",
    "FlowKey",
    "Key",
    "Rows",
    "Spot",
    "StepGraph",
    "StepLayout",
    "part_size",
    "placed",
    "step_graph",
]

Key = str | tuple[int, int]
"""A node of a step: a variable by its name, or a part by the numbers of its statement and its own."""
FlowKey = tuple[int, int]
"""A flow, by the numbers of its statement and its own."""
Carried = tuple[IndexedName, tuple[int, ...]]
"""What an edge to another column carries: a value.

Where the circuit reads one value by several delays, all but the first are told, since each has a square of its own.
"""

#: The distance of neighbouring lanes, which lie between the rows.
LANE = 9.0
# What a lane keeps from the row above, whose arrowheads reach down, and from the row below.
_HEADROOM, _FOOTROOM = 17.0, 7.0
# How high the room for one delay square on an inner edge is.
_SQUARES = 17.0
# Inner edges cross lanes upright: how far beyond a lane, and over which height they curve at least.
_BEYOND, _CURVE = 4.0, 25.0
# How much higher a channel is for the edges that lead farther to the side than a short one, and at most.
_STEEP, _SHORT, _MOST_MORE = 0.16, 60.0, 40.0
# An edge arrives straight over this length, which holds its arrowhead.
_STRAIGHT = 11.0
#: Type of what is written in operations, parameters and constants, in units to the em.
PART_TYPE = 14.0
_OPERATION, _ROUND = 28.0, 14.0
_WIDEST_CIRCLE = 24.0
# Arrows from below meet a circle no farther from its middle than this share of its radius.
_FLANK = 0.85


@dataclass(frozen=True, slots=True)
class Content:
    """What stands in a column.

    Attributes
    ----------
    variables : In the order written.
    statements : The numbers of those that give values here.
    inside : The flows from a variable that stands here too.
    delayed : Those of them that run through a delay square.
    """

    variables: tuple[str, ...]
    statements: tuple[int, ...] = ()
    inside: frozenset[FlowKey] = frozenset()
    delayed: frozenset[FlowKey] = frozenset()


@dataclass(frozen=True, slots=True)
class Spot:
    """The outline of a node: a circle (or an ellipse), or a rectangle."""

    x: float
    y: float
    rx: float
    ry: float
    is_round: bool

    def lower(self, dx: float) -> float:
        """Return the height of the lower side of the outline, so far from the middle."""
        return self.y + (self.ry * math.sqrt(1 - (dx / self.rx) ** 2) if self.is_round else self.ry)


@dataclass(slots=True)
class StepGraph:
    """The graph of a content, numbered for a layout.

    Attributes
    ----------
    keys : The nodes.
    round, vertices : Which of them are circles, and what a layout is told of each.
    wires, flows : The inner edges, and the flow that each stands for.
    ports : For every flow into a node that number of its argument.
    delayed : The flows with a delay square.
    hints : From what no inner edge leaves, to where its value is read.
    """

    keys: list[Key]
    round: list[bool]
    vertices: list[Vertex]
    wires: list[Wire]
    flows: list[FlowKey]
    ports: dict[FlowKey, tuple[int, int]]
    delayed: frozenset[FlowKey]
    hints: list[Wire]

    def levels(self, layers: Layers) -> dict[FlowKey, int]:
        """Return for every delay square at which of two heights it is: those of neighbouring arguments differ."""
        found: dict[FlowKey, int] = {}
        counted: dict[int, int] = {}
        arriving = sorted((*self.ports[flow], flow) for flow in self.delayed)
        for target, _, flow in sorted(arriving, key=lambda one: layers.offsets[one[0]][one[1]]):
            found[flow] = counted.get(target, 0) % 2
            counted[target] = counted.get(target, 0) + 1
        return found


def part_size(part: Part) -> tuple[float, float]:
    """Return the half axes of a part: a circle for a constant, or an ellipse for a long one, else a rectangle."""
    x0, y0, x1, y1 = typeset(part.latex, PART_TYPE).box
    half_width, half_height = (x1 - x0) / 2, (y1 - y0) / 2
    if part.role == "operation":
        wide = max(_OPERATION / 2, half_width + 6.5, (part.inputs - 1) / 2 * PORTS + 7.0)
        return math.ceil(wide), math.ceil(max(_OPERATION / 2, half_height + 4.5))
    if part.role == "parameter":
        return math.ceil(max(_OPERATION / 2, half_width + 5.0)), math.ceil(max(_OPERATION / 2, half_height + 4.5))
    radius = max(_ROUND, math.hypot(half_width, 0.8 * half_height) + 3.5)
    if radius <= _WIDEST_CIRCLE:
        return math.ceil(radius), math.ceil(radius)
    ry = max(_ROUND + 2, half_height + 7)
    return math.ceil((half_width + 3.5) / math.sqrt(1 - ((half_height + 2) / ry) ** 2)), math.ceil(ry)


def step_graph(
    content: Content, workings: Sequence[Workings], size: tuple[float, float], late: frozenset[FlowKey]
) -> StepGraph:
    """Return the graph of a content; ``size`` is that of variables, ``late`` are the flows from later steps."""
    keys: list[Key] = [*content.variables]
    keys += [(s, n) for s in content.statements for n in range(len(workings[s].parts))]
    number = {key: n for n, key in enumerate(keys)}
    wires: list[Wire] = []
    flows: list[FlowKey] = []
    ports: dict[FlowKey, tuple[int, int]] = {}
    given: dict[str, int] = {}
    read: dict[str, Wire] = {}
    early_of: dict[int, list[int]] = {}
    late_of: dict[int, list[int]] = {}
    for s in content.statements:
        own = workings[s]
        if own.name not in content.variables:
            continue
        for n, flow in enumerate(own.flows):
            if flow.target is None:
                target, port = number[own.name], given.setdefault(own.name, 0)
                given[own.name] += 1
            else:
                target, port = number[s, flow.target], flow.port
            ports[s, n] = target, port
            if isinstance(flow.source, int):
                wires.append(Wire(number[s, flow.source], target, port))
                flows.append((s, n))
            elif (s, n) in content.inside:
                wires.append(Wire(number[flow.source[0]], target, port))
                flows.append((s, n))
            else:
                (late_of if (s, n) in late else early_of).setdefault(target, []).append(port)
                name = flow.source[0]
                if name in number:
                    read.setdefault(name, Wire(number[name], target, port))
    vertices: list[Vertex] = []
    is_round: list[bool] = []
    for n, key in enumerate(keys):
        is_round.append(isinstance(key, str) or workings[key[0]].parts[key[1]].role == "constant")
        if isinstance(key, str):
            count = given.get(key, 0)
            # The first statement arrives in the middle; all others may arrive on one side of it.
            rx = max(size[0], (count - 1) * PORTS / _FLANK)
            vertex = Vertex(2 * rx, 2 * size[1], count, main=0)
        else:
            part = workings[key[0]].parts[key[1]]
            rx, ry = part_size(part)
            weight = 3 if part.role == "operation" else 1
            vertex = Vertex(2 * rx, 2 * ry, part.inputs, part.ordered, weight=weight)
        vertices.append(replace(vertex, early=tuple(early_of.get(n, ())), late=tuple(late_of.get(n, ()))))
    joined = {wire.source for wire in wires}
    hints = [wire for name, wire in read.items() if name not in given and wire.source not in joined]
    return StepGraph(keys, is_round, vertices, wires, flows, ports, content.delayed, hints)


@dataclass(slots=True)
class Rows:
    """The heights of the ranks, upward, and of the channels between them in which lanes run.

    From the top, a channel has the lanes of what comes in from the sides, then the squares of delays, then the curves
    of the inner edges, then the lanes of what leaves to the sides. So inner edges cross all lanes upright, and cannot
    be taken for their branches.

    Attributes
    ----------
    spread : The distance of neighbouring lanes of what leaves.
    half : Half the height of each rank.
    entries, exits : How many lanes there are in the channel above each rank.
    squares : At how many heights squares stand there.
    reach : How far an inner edge leads sideways there.
    y : The middle of each rank.
    """

    spread: float = LANE
    half: dict[int, float] = field(default_factory=dict)
    entries: dict[int, int] = field(default_factory=dict)
    exits: dict[int, int] = field(default_factory=dict)
    squares: dict[int, int] = field(default_factory=dict)
    reach: dict[int, float] = field(default_factory=dict)
    y: dict[int, float] = field(default_factory=dict)

    def include(self, layers: Layers, graph: StepGraph) -> None:
        """Make room for the nodes and the edges of a layout."""
        for rank, vertex in zip(layers.rank, graph.vertices, strict=True):
            self.half[rank] = max(self.half.get(rank, 0.0), vertex.height / 2)
        for wire, passes in zip(graph.wires, layers.passes, strict=True):
            end = layers.x[wire.target] + layers.offsets[wire.target][wire.port]
            for n, (one, other) in enumerate(pairwise((layers.x[wire.source], *passes, end))):
                channel = layers.rank[wire.source] + n
                self.reach[channel] = max(self.reach.get(channel, 0.0), abs(other - one))
        for flow, level in graph.levels(layers).items():
            channel = layers.rank[graph.ports[flow][0]] - 1
            self.squares[channel] = max(self.squares.get(channel, 0), level + 1)

    def need(self, channel: int, entries: int, exits: int) -> None:
        """Make room for so many lanes above a rank."""
        self.entries[channel] = max(self.entries.get(channel, 0), entries)
        self.exits[channel] = max(self.exits.get(channel, 0), exits)

    def upper(self, rank: int) -> float:
        """Return how far down from the next rank the squares above a rank reach, or lanes, or an arrowhead."""
        return self._lanes(rank) + _SQUARES * self.squares.get(rank, 0)

    def _lanes(self, rank: int) -> float:
        """Return how far down from the next rank the lanes of what comes in above a rank reach, or an arrowhead."""
        count = self.entries.get(rank, 0)
        return _HEADROOM + LANE * (count - 1) + _BEYOND if count else _STRAIGHT

    def lower(self, rank: int) -> float:
        """Return how far up from a rank the lanes of what leaves it reach."""
        count = self.exits.get(rank, 0)
        return _FOOTROOM + self.spread * (count - 1) + _BEYOND if count else 0.0

    def channel(self, rank: int) -> float:
        """Return the height of the channel above a rank."""
        # Edges that lead far to the side would be too flat to be told from lanes.
        more = min(_MOST_MORE, _STEEP * max(0.0, self.reach.get(rank, 0.0) - _SHORT))
        return self.upper(rank) + _CURVE + more + self.lower(rank)

    def settle(self, spine: int) -> None:
        """Compute the heights of those ranks that have none, beside or below those that have; that of one is 0."""
        if not self.half:
            return
        low, high = min(self.half), max(self.half)
        for rank in range(low, high + 1):
            self.half.setdefault(rank, _OPERATION / 2)
        if not self.y:
            self.y[0 if low <= 0 <= high else low] = 0.0
        for below, above in pairwise(range(min(self.y), high + 1)):
            self.y.setdefault(above, self.y[below] - self.half[below] - self.channel(below) - self.half[above])
        for rank in range(min(self.y) - 1, low - 1, -1):
            self.y[rank] = self.y[rank + 1] + self.half[rank + 1] + self.channel(rank) + self.half[rank]
        middle = self.y[spine]
        self.y = {rank: height - middle for rank, height in self.y.items()}

    def entry(self, rank: int, track: int) -> float:
        """Return the height of a lane above a rank in which something comes in; track 0 is the uppermost."""
        return self.y[rank + 1] + self.half[rank + 1] + _HEADROOM + LANE * track

    def square(self, rank: int, level: int) -> float:
        """Return the height of a delay square above a rank."""
        return self.y[rank + 1] + self.half[rank + 1] + self._lanes(rank) + _SQUARES * (level + 0.5)

    def exit(self, rank: int, track: int) -> float:
        """Return the height of a lane above a rank in which something leaves; track 0 is the lowest."""
        return self.y[rank] - self.half[rank] - _FOOTROOM - self.spread * track


@dataclass(slots=True)
class StepLayout:
    """A content with a place for everything.

    Attributes
    ----------
    spots : The outline of every node.
    rank : Its rank.
    paths : The inner edges, by their flows.
    ports : Where each flow arrives, and in what.
    squares : The middle of the delay square of each flow that has one.
    """

    spots: dict[Key, Spot]
    rank: dict[Key, int]
    paths: dict[FlowKey, Path]
    ports: dict[FlowKey, tuple[Key, Point]]
    squares: dict[FlowKey, Point]

    @property
    def left(self) -> float:
        """The left end of the outlines and of the edges."""
        return min([spot.x - spot.rx for spot in self.spots.values()] + [x for x, _ in self._points])

    @property
    def right(self) -> float:
        """The right end."""
        return max([spot.x + spot.rx for spot in self.spots.values()] + [x for x, _ in self._points])

    @property
    def _points(self) -> list[Point]:
        return [point for path in self.paths.values() for segment in path.segments for point in segment]

    def part(self, keys: Collection[Key], flows: Collection[FlowKey]) -> StepLayout:
        """Return some of its nodes and of its edges, everything at its place."""
        return StepLayout(
            {key: spot for key, spot in self.spots.items() if key in keys},
            {key: rank for key, rank in self.rank.items() if key in keys},
            {flow: path for flow, path in self.paths.items() if flow in flows},
            {flow: port for flow, port in self.ports.items() if port[0] in keys},
            {flow: square for flow, square in self.squares.items() if flow in flows},
        )


def placed(graph: StepGraph, layers: Layers, rows: Rows) -> StepLayout:
    """Return a layout at the heights of the rows."""
    spots = [
        Spot(x, rows.y[rank], vertex.width / 2, vertex.height / 2, is_round)
        for x, rank, vertex, is_round in zip(layers.x, layers.rank, graph.vertices, graph.round, strict=True)
    ]
    ports: dict[FlowKey, tuple[Key, Point]] = {}
    for flow, (target, port) in graph.ports.items():
        dx = layers.offsets[target][port]
        ports[flow] = graph.keys[target], (spots[target].x + dx, spots[target].lower(dx) + TIP)
    paths = {}
    for flow, wire, passes in zip(graph.flows, graph.wires, layers.passes, strict=True):
        start = spots[wire.source]
        paths[flow] = _rising((start.x, start.y - start.ry), layers.rank[wire.source], passes, ports[flow][1], rows)
    squares = {
        flow: (ports[flow][1][0], rows.square(layers.rank[graph.ports[flow][0]] - 1, level))
        for flow, level in graph.levels(layers).items()
    }
    ranks = dict(zip(graph.keys, layers.rank, strict=True))
    return StepLayout(dict(zip(graph.keys, spots, strict=True)), ranks, paths, ports, squares)


def _rising(start: Point, rank: int, passes: Sequence[float], tip: Point, rows: Rows) -> Path:
    """Return the path of an inner edge: upright within ranks and across lanes, and curved between them."""
    corners = [start]
    for x in (*passes, tip[0]):
        corners.append((corners[-1][0], rows.y[rank] - rows.half[rank] - rows.lower(rank)))
        rank += 1
        corners.append((x, rows.y[rank] + rows.half[rank] + rows.upper(rank - 1)))
    corners.append(tip)
    segments: list[Segment] = []
    for (x0, y0), (x1, y1) in pairwise(corners):
        if abs(x0 - x1) > 0.01:
            middle = (y0 + y1) / 2
            segments.append(((x0, y0), (x0, middle), (x1, middle), (x1, y1)))
        elif segments and len(segments[-1]) == 2:
            segments[-1] = (segments[-1][0], (x1, y1))
        elif abs(y0 - y1) > 0.01:
            segments.append(((x0, y0), (x1, y1)))
    return Path(tuple(segments))
