"""Edges between steps: along lanes between the rows of a step, and along tracks in the gutters between the columns.

All that one value flows into shares a trunk that branches, so that a value is seen to be one however often it is
used. No lane and no track meets a node, wherever the nodes stand.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, permutations

from unfoldgraph.drawing.geometry import Path, Point, Segment
from unfoldgraph.drawing.layout.step import LANE, Carried
from unfoldgraph.drawing.routing.candidates import corner

__all__ = [
    "SQUARES",
    "TRACK",
    "Cable",
    "ChannelTrunk",
    "Corridor",
    "Gutter",
    "Run",
    "gutters_of",
    "outer_tracks",
    "rounded",
]

#: The distance of neighbouring tracks.
TRACK = 10.0
# What tracks keep from the columns.
_MARGIN = 13.0
#: How much room a delay square has on its way to the gutter.
SQUARES = 22.0
_CORNER = 7.0
# How far apart the ends of two runs are that share a track.
_APART = 20.0
# Up to so many tracks, every order is tried.
_TRIED = 6
# How many crossings are better than two edges on one line.
_ONE_LINE = 100

ChannelTrunk = tuple[str, int, Carried]
"""What shares its way: all that leaves one node with one value, or all that arrives at one for a reduction."""


@dataclass(slots=True)
class Cable:
    """An edge between columns.

    Attributes
    ----------
    number : Of the edge.
    trunk : What it shares its way with.
    exit, entry : The numbers of the gutters through which it leaves and arrives.
    line : In which line it arrives.
    leaves, arrives : Its points up to the gutter, and from the gutter on.
    """

    number: int
    trunk: ChannelTrunk
    exit: int
    entry: int
    line: int
    leaves: list[Point]
    arrives: list[Point]

    @property
    def is_far(self) -> bool:
        """Whether it passes columns, between the lines or outside of all of them."""
        return self.exit != self.entry


@dataclass(slots=True)
class Run:
    """The part of a trunk in one gutter: the heights at which it is joined from the left and from the right."""

    trunk: ChannelTrunk
    left: set[float] = field(default_factory=set)
    right: set[float] = field(default_factory=set)
    outer: set[float] = field(default_factory=set)

    @property
    def extent(self) -> tuple[float, float]:
        """The upper and the lower end."""
        heights = self.left | self.right | self.outer
        return min(heights), max(heights)

    def is_near(self, other: Run) -> bool:
        """Say whether two runs would touch on one track."""
        (top, bottom), (upper, lower) = self.extent, other.extent
        return top < lower + _APART and upper < bottom + _APART


@dataclass(slots=True)
class Gutter:
    """The tracks between two columns, from left to right; what does not come near each other may share one."""

    runs: list[Run] = field(default_factory=list)
    track: dict[ChannelTrunk, int] = field(default_factory=dict)

    def arrange(self) -> None:
        """Put the tracks into the order with the fewest crossings."""
        self.runs = _ordered(self.runs)
        for n, run in enumerate(self.runs):
            near = (self.track[before.trunk] for before in self.runs[:n] if run.is_near(before))
            self.track[run.trunk] = max(near, default=-1) + 1

    @property
    def width(self) -> float:
        """How far the columns are apart."""
        return 2 * _MARGIN + TRACK * max(self.track.values(), default=0)

    def offset(self, trunk: ChannelTrunk) -> float:
        """Return how far the track of a trunk is from the left column."""
        return _MARGIN + TRACK * self.track[trunk]


Corridor = tuple[ChannelTrunk, int]
"""A trunk between two lines: below the line of that number."""


def outer_tracks(cables: Iterable[Cable], corridors: Mapping[Corridor, int]) -> dict[Corridor, int]:
    """Return for every trunk that passes columns its track in its corridor, short ones first.

    ``corridors`` says for each trunk and line in which corridor it does so.
    """
    spans: dict[Corridor, tuple[int, int]] = {}
    for cable in cables:
        if cable.is_far:
            key = cable.trunk, corridors[cable.trunk, cable.line]
            first, last = spans.get(key, (cable.exit, cable.exit))
            spans[key] = min(first, cable.exit, cable.entry), max(last, cable.exit, cable.entry)
    found: dict[Corridor, int] = {}
    taken: dict[int, list[list[tuple[int, int]]]] = {}
    for key, (first, last) in sorted(spans.items(), key=lambda item: (item[1][1] - item[1][0], item[1])):
        tracks = taken.setdefault(key[1], [])
        track = next(
            (n for n, others in enumerate(tracks) if all(last < a or b < first for a, b in others)), len(tracks)
        )
        if track == len(tracks):
            tracks.append([])
        tracks[track].append((first, last))
        found[key] = track
    return found


def gutters_of(
    count: int, cables: Sequence[Cable], from_left: Sequence[tuple[bool, bool]], outer: Sequence[float | None]
) -> list[Gutter]:
    """Return the tracks of every gutter, in the order with the fewest crossings.

    ``from_left`` says for each cable whether it comes into its first gutter, and leaves its last, on the left side;
    ``outer`` at which height it passes columns, if it does.
    """
    gutters = [Gutter() for _ in range(count)]
    for cable, (exit_left, entry_left), passes in zip(cables, from_left, outer, strict=True):
        for number, is_left, height in (
            (cable.exit, exit_left, cable.leaves[-1][1]),
            (cable.entry, entry_left, cable.arrives[0][1]),
        ):
            runs = gutters[number].runs
            run = next((run for run in runs if run.trunk == cable.trunk), None)
            if run is None:
                run = Run(cable.trunk)
                runs.append(run)
            (run.left if is_left else run.right).add(round(height, 3))
            if passes is not None:
                run.outer.add(passes)
    for gutter in gutters:
        gutter.arrange()
    return gutters


def _ordered(runs: Sequence[Run]) -> list[Run]:
    """Return tracks in the order with the fewest crossings, as far as it is looked for."""
    if len(runs) <= _TRIED:
        return list(min(permutations(runs), key=_crossings))
    cost = [[_crossed(left, right) for right in runs] for left in runs]
    found: list[int] = []
    rest = list(range(len(runs)))
    while rest:
        # Next comes what is best on the left of all others.
        found.append(min(rest, key=lambda n: (sum(cost[n][other] - cost[other][n] for other in rest), n)))
        rest.remove(found[-1])
    changed = True
    while changed:
        changed = False
        for n in range(len(runs)):
            # Take one out, and put it back where it crosses the fewest.
            before = found.index(n)
            others = [one for one in found if one != n]
            costs = [
                sum(cost[one][n] for one in others[:at]) + sum(cost[n][one] for one in others[at:])
                for at in range(len(runs))
            ]
            best = min(range(len(runs)), key=lambda at: (costs[at], at))
            if costs[best] < costs[before]:
                found = [*others[:best], n, *others[best:]]
                changed = True
    return [runs[n] for n in found]


def _crossings(runs: Iterable[Run]) -> int:
    return sum(_crossed(left, right) for left, right in combinations(runs, 2))


def _crossed(left: Run, right: Run) -> int:
    """Return how often two tracks cross on their ways to the sides; being one line with each other is far worse."""
    (top, bottom), (upper, lower) = left.extent, right.extent
    crossings = sum(upper < y < lower for y in left.right) + sum(top < y < bottom for y in right.left)
    return crossings + _ONE_LINE * sum(abs(y - other) < LANE / 2 for y in left.right for other in right.left)


def rounded(points: Sequence[Point]) -> Path:
    """Return the way along some points with round corners."""
    ways: list[Point] = []
    for point in points:
        if ways and math.dist(ways[-1], point) < 0.01:
            continue
        while len(ways) > 1 and _is_straight(ways[-2], ways[-1], point):
            ways.pop()
        ways.append(point)
    segments: list[Segment] = []
    at = ways[0]
    for before, turn, after in zip(ways, ways[1:], ways[2:], strict=False):
        # Corners that follow each other share what is between them.
        radius = min(_CORNER, math.dist(before, turn) / 2, math.dist(turn, after) / 2)
        first, last = _towards(turn, before, radius), _towards(turn, after, radius)
        segments += [(at, first), corner(first, turn, last)]
        at = last
    segments.append((at, ways[-1]))
    return Path(tuple(segment for segment in segments if math.dist(segment[0], segment[-1]) > 0.01))


def _is_straight(a: Point, b: Point, c: Point) -> bool:
    return (abs(a[0] - b[0]) < 0.01 and abs(b[0] - c[0]) < 0.01) or (
        abs(a[1] - b[1]) < 0.01 and abs(b[1] - c[1]) < 0.01
    )


def _towards(start: Point, end: Point, distance: float) -> Point:
    share = distance / math.dist(start, end)
    return (start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share)
