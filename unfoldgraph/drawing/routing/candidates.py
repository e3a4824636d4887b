"""The ways an edge could run: straight, an arc, a loop, a lane between the rows, a bend at the side.

A way is described by a few numbers and costs something by itself; it is built only if it may be the best.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from itertools import pairwise, permutations, product

import numpy as np
from numpy.typing import NDArray

from unfoldgraph.algebra.pieces import Pieces
from unfoldgraph.drawing.geometry import (
    TIP,
    Floats,
    Outline,
    Path,
    Point,
    Rectangle,
    Segment,
    polylines,
    segments_of_line,
)

__all__ = ["HEAD", "SQUARE", "Candidate", "Candidates", "Request", "Route", "build", "corner", "ways_of"]

#: Length of an arrowhead; the last stretch of every route is straight for it.
HEAD = 8.0
#: Side of the black square of a delay of one step.
SQUARE = 11.0
# Where the sides of an edge are: right, up, left, down.
_SIDES = ((1, 0), (0, -1), (-1, 0), (0, 1))
# How round the corners of a lane are.
_CORNER = 16.0
# The angles at which the innermost and the outermost of so many loops leave their node, in degrees.
_LOOP_ANGLES = {1: (38.0, 38.0), 2: (36.0, 54.0), 3: (29.0, 63.0), 4: (24.0, 68.0)}


@dataclass(frozen=True, slots=True)
class Request:
    """An edge to be routed.

    Attributes
    ----------
    key : Of the edge; routes are kept by it.
    source, target : Names of the variables, for what their edges share.
    start, end : The outlines of the two nodes; equal for a loop.
    squared : The side of the delay square it passes through; 0 for none.
    rank : Order of routing; edges of low rank choose first.
    labelled : Whether it will need room for a label.
    mark : The pieces of what stands beside its square, or beside the square it ends at; none for nothing.
    fan : Whether it is one of many into one node, which may arrive close together.
    nest : For one of several loops on a node, how many lie inside it.
    nested : How many loops the node has.
    room : How wide the label of a loop is.
    loops : The side of a node on which there is most room for its loops: 0 right, 1 up, 2 left, 3 down.
    kin : How those edges of its link bulge that are drawn already (see `costs.bulge`), so that all nest on one side.
    straight : Whether all edges of its link are to be straight lines, as those of a mesh are.
    lanes : Heights between the rows, along which a long edge may run.
    """

    key: int
    source: str
    target: str
    start: Outline
    end: Outline
    squared: float
    rank: tuple[int, ...]
    labelled: bool = False
    mark: Pieces = ()
    nest: int = 0
    nested: int = 1
    room: float = 0.0
    loops: int = 0
    fan: bool = False
    kin: float = 0.0
    straight: bool = False
    lanes: tuple[float, ...] = ()


@dataclass(frozen=True)
class Route:
    """A built way: its path up to the tip, its square, and the angles at which it leaves and arrives.

    ``side`` is that of the square.
    """

    path: Path
    square: Point | None
    leaves: float
    arrives: float
    side: float = SQUARE

    @cached_property
    def points(self) -> Floats:
        """The path as a polyline."""
        return self.path.points()

    @cached_property
    def segments(self) -> Floats:
        """The segments of that, as (m, 4)."""
        return segments_of_line(self.points)

    @cached_property
    def box(self) -> Rectangle:
        """What holds that."""
        (x0, y0), (x1, y1) = np.minimum.reduce(self.points).tolist(), np.maximum.reduce(self.points).tolist()
        return (x0, y0, x1, y1)

    def moved(self, dx: float, dy: float = 0.0) -> Route:
        """Return the same route, elsewhere."""
        square = (self.square[0] + dx, self.square[1] + dy) if self.square else None
        return replace(self, path=self.path.moved(dx, dy), square=square)


class Candidates:
    """Some routes of one edge, to be measured at once: their polylines lie one after the other.

    Attributes
    ----------
    routes : The routes.
    lines : The polyline of each.
    segments : The segments of all, as (m, 4).
    owners, steps, lengths : The number of the route of each, where it leads and how long it is.
    low, high : The corners of the box of each route, as (n, 2).
    leaves, arrives : The angles at which each does.
    """

    def __init__(self, routes: Sequence[Route]) -> None:
        self.routes = routes
        points, lengths = polylines([route.path for route in routes])
        counts = np.array(lengths)
        begins = np.cumsum(counts) - counts
        self.lines = [points[begin : begin + count] for begin, count in zip(begins.tolist(), lengths, strict=True)]
        for route, line in zip(routes, self.lines, strict=True):
            # What is worked out together need not be worked out again alone.
            vars(route)["points"] = line
        self.owners = np.repeat(np.arange(len(routes)), counts - 1)
        # What leads from the end of one route to the beginning of the next is none.
        inside = np.ones(len(points), bool)
        inside[begins + counts - 1] = False
        self.segments = np.concatenate([points[:-1], points[1:]], axis=1)[inside[:-1]]
        self.steps = self.segments[:, 2:] - self.segments[:, :2]
        self.lengths = np.hypot(self.steps[:, 0], self.steps[:, 1])
        self.low, self.high = np.minimum.reduceat(points, begins), np.maximum.reduceat(points, begins)
        self.leaves = np.array([route.leaves for route in routes])
        self.arrives = np.array([route.arrives for route in routes])

    def sums(self, values: Floats, owners: NDArray[np.intp]) -> Floats:
        """Return for each route the sum of its values, given whose they are, in ascending order.

        Each is added up by itself: between ways that cost the same the last bit decides.
        """
        ends = np.searchsorted(owners, np.arange(len(self.routes) + 1)).tolist()
        return np.array([np.add.reduce(values[first:last]) for first, last in pairwise(ends)])


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way an edge could run; ``cost`` is what it costs by itself."""

    cost: float
    kind: str
    numbers: tuple[float, ...]


def ways_of(request: Request) -> Sequence[Candidate]:
    """Return all ways an edge could run, each with what it costs by itself, the cheapest first."""
    start, end = request.start, request.end
    if math.hypot(end.x - start.x, end.y - start.y) < 1e-6:
        return _loops(request.nest, request.nested, request.loops)
    is_level = abs(end.y - start.y) < 1e-6
    # Level arcs rise, the others bulge to the left, in both views alike.
    is_usual = end.x <= start.x if is_level else end.y >= start.y
    is_bent = request.squared > 0
    ways = _ways_between(is_bent, is_level, 1 if is_usual else -1, bool(request.lanes))
    lanes = [] if is_bent else [*_lanes(request)]
    return sorted((*ways, *lanes), key=_by_cost) if lanes else ways


def _by_cost(way: Candidate) -> tuple[float, str, tuple[float, ...]]:
    return (way.cost, way.kind, way.numbers)


@cache
def _ways_between(is_bent: bool, is_level: bool, usual: int, is_far: bool) -> Sequence[Candidate]:
    """Return the ways between two nodes whose numbers are the same wherever those are, the cheapest first."""
    # A straight edge with a square on it is no loop, but where the line is free it is the clearest.
    ways = [Candidate(24.0 if is_bent else 0.0, "arc", (0.0, 0.0, 1.0))]
    penalty = 60.0
    if not is_bent:
        # Lines of time are straight wherever they can be.
        penalty = 30.0 if is_level else 8.0
    for degrees in (14, 24, 34, 46, 58, 70, 84):
        for sign in (1, -1):
            angle = sign * math.radians(degrees)
            for fullness in (1.0, 1.35, 1.7):
                unusual = 4.0 if sign != usual else 0.0
                cost = penalty + 7 + 0.42 * degrees + 8 * (fullness - 1) + unusual
                ways.append(Candidate(cost, "arc", (angle, angle, fullness)))
    if is_far:
        # Over several columns straight lines to one node come in close together; a few degrees set them apart.
        for first, second in permutations((-14, -7, 0, 7, 14), 2):
            cost = penalty + 17 + 0.5 * (abs(first) + abs(second))
            ways.append(Candidate(cost, "arc", (math.radians(first), math.radians(second), 1.0)))
    for first, second in permutations((-75, -50, -25, 0, 25, 50, 75), 2):
        cost = penalty + 16 + 0.3 * (abs(first) + abs(second)) + (14 if first * second < 0 else 0)
        ways.append(Candidate(cost, "arc", (math.radians(first), math.radians(second), 1.1)))
    return sorted((*ways, *(_bends() if is_bent else _channels())), key=_by_cost)


def _bends() -> Iterator[Candidate]:
    for side, extra in ((0, 0.0), (2, 5.0), (1, 16.0), (3, 16.0)):
        for size in range(7):
            for leave, arrive, fraction in product((10, 40, -25, 65), (30, 0, -30), (0.5, 0.3, 0.7)):
                turn = 0.16 * (abs(leave - 10) + abs(arrive - 30))
                cost = extra + 17 * size + turn + 40 * abs(fraction - 0.5)
                yield Candidate(cost, "bend", (side, size, leave, arrive, fraction))


def _channels() -> Iterator[Candidate]:
    for side, size in product((0, 2, 1, 3), range(9)):
        yield Candidate(75.0 + 14 * size, "channel", (side, size))


def _lanes(request: Request) -> Iterator[Candidate]:
    start, end = request.start, request.end
    for lane in request.lanes:
        # A lane is for what would run along a row of nodes, and the nearest is the best.
        beyond = max(min(start.y, end.y) - lane, lane - max(start.y, end.y), 0.0)
        for spread in (0.0, 9.0, -9.0):
            yield Candidate(34.0 + 0.12 * beyond + 0.4 * abs(spread), "lane", (lane, spread))


@lru_cache(maxsize=64)
def _loops(nest: int, nested: int, best: int) -> Sequence[Candidate]:
    """Return the loops of one node, the cheapest first: several nest on one side, where they read as a family."""
    first, last = _LOOP_ANGLES.get(nested, _LOOP_ANGLES[4])
    share = nest / max(nested - 1, 1)
    own = first + (last - first) * min(share, 1.0)
    elsewhere = 75.0 if nested == 1 else 110.0
    extras = {0: 0.0, 2: elsewhere, 1: 2 * elsewhere, 3: 2 * elsewhere} | {best: 0.0}
    ways = []
    for (side, extra), size in product(extras.items(), range(6)):
        outside = 26.0 * size + (0.0 if size <= nest else 20.0)
        inside = 200.0 * max(nest - size, 0)
        for angle in (own, own + 12.0, own - 8.0):
            cost = extra + outside + inside + 0.5 * abs(angle - own)
            ways.append(Candidate(cost, "loop", (side, size, angle)))
    return sorted(ways, key=_by_cost)


def build(request: Request, way: Candidate) -> Route:
    """Return the route of a way."""
    return _BUILDERS[way.kind](request, *way.numbers)


def _finish(segments: list[Segment], end: Outline, arrives: float) -> Path:
    """Append the straight stretch under the arrowhead."""
    neck, tip = end.at(arrives, TIP + HEAD), end.at(arrives, TIP)
    return Path((*segments, (neck, tip)))


def _arc(request: Request, first: float, second: float, fullness: float) -> Route:
    """Return a straight line, or a cubic that leaves and arrives at an angle to it."""
    start, end = request.start, request.end
    towards = math.atan2(end.y - start.y, end.x - start.x)
    leaves, arrives = towards + first, towards + math.pi - second
    p, q = start.at(leaves), end.at(arrives, TIP + HEAD)
    if first == second == 0.0:
        tip = end.at(arrives, TIP)
        middle = ((p[0] + tip[0]) / 2, (p[1] + tip[1]) / 2)
        path = Path(((p, q), (q, tip)))
        return _route(request, path, leaves, arrives, middle)
    chord = math.dist(p, q)
    bend = max(abs(first), abs(second), 0.2)
    # Control points that pass each other would make a peak.
    k = min(
        chord * (2 / 3) * math.tan(bend / 2) / math.sin(bend) * fullness,
        0.56 * chord / max(math.cos(bend), 0.2),
    )
    cubic = (
        p,
        (p[0] + k * math.cos(leaves), p[1] + k * math.sin(leaves)),
        (q[0] + k * math.cos(arrives), q[1] + k * math.sin(arrives)),
        q,
    )
    middle = (
        (cubic[0][0] + 3 * cubic[1][0] + 3 * cubic[2][0] + cubic[3][0]) / 8,
        (cubic[0][1] + 3 * cubic[1][1] + 3 * cubic[2][1] + cubic[3][1]) / 8,
    )
    return _route(request, _finish([cubic], end, arrives), leaves, arrives, middle)


def _route(request: Request, path: Path, leaves: float, arrives: float, middle: Point) -> Route:
    """Return a route with the delay square of its request, if there is one, in the middle."""
    return Route(path, middle if request.squared else None, leaves, arrives, request.squared)


def _turned(point: Point, side: float, centre: Point) -> Point:
    """Return a point given in a frame whose x axis points to ``side`` (0 right, 1 up, 2 left, 3 down)."""
    x, y = point
    # Left is the mirror image of right, and up of down, so that a loop keeps its sense.
    x, y = ((x, y), (y, -x), (-x, y), (y, x))[int(side)]
    return (centre[0] + x, centre[1] + y)


def _turned_angle(angle: float, side: float) -> float:
    x, y = _turned((math.cos(angle), math.sin(angle)), side, (0.0, 0.0))
    return math.atan2(y, x)


def _loop(request: Request, side: float, size: float, degrees: float) -> Route:
    """Return a self loop as in the book: out, around, straight through the square, and back."""
    node = request.start
    centre = (node.x, node.y)
    radius = node.rx if side in (0, 2) else node.ry
    room = 48.0 + 44.0 * size + (request.squared - SQUARE) / 2
    angle = math.radians(degrees)
    height = 36.0 + (22.0 - 0.5 * (degrees - 38.0 - 9.0 * size)) * size
    leaves, arrives = _turned_angle(-angle, side), _turned_angle(angle * 0.94, side)
    p, q = node.at(leaves), node.at(arrives, TIP + HEAD)
    far = radius + room
    reach = 0.5 * room
    square = _turned((far, 0.0), side, centre)
    first = (
        p,
        (p[0] + reach * math.cos(leaves), p[1] + reach * math.sin(leaves)),
        _turned((far, -height), side, centre),
        square,
    )
    second = (
        square,
        _turned((far, height), side, centre),
        (
            q[0] + 0.7 * reach * math.cos(arrives),
            q[1] + 0.7 * reach * math.sin(arrives),
        ),
        q,
    )
    return _route(request, _finish([first, second], node, arrives), leaves, arrives, square)


def _bend(
    request: Request,
    side: float,
    size: float,
    leave: float,
    arrive: float,
    fraction: float,
) -> Route:
    """Out to one side, through the square along the side, and back in."""
    start, end = request.start, request.end
    # Local frame: u points to the side, v from the source to the target.
    forth = _SIDES[int(side)]
    u_start = start.x * forth[0] + start.y * forth[1]
    u_end = end.x * forth[0] + end.y * forth[1]
    along = (abs(forth[1]), abs(forth[0]))
    v_start, v_end = (
        start.x * along[0] + start.y * along[1],
        end.x * along[0] + end.y * along[1],
    )
    sense = 1.0 if v_end >= v_start else -1.0
    reach = max(u_start + start.rx, u_end + end.rx)
    u = reach + 34.0 + 22.0 * size
    v = v_start + fraction * (v_end - v_start)

    def plane(du: float, dv: float) -> Point:
        return (du * forth[0] + dv * along[0], du * forth[1] + dv * along[1])

    leaves, arrives = _angle_of_bend(side, leave, sense), _angle_of_bend(side, arrive, -sense)
    p, q = start.at(leaves), end.at(arrives, TIP + HEAD)
    square = plane(u, v)
    k1 = 0.6 * max(u - u_start - start.rx, 18.0)
    k2 = 0.6 * max(u - u_end - end.rx, 18.0)
    up = max(0.55 * abs(v - v_start), 14.0) * sense
    down = max(0.55 * abs(v_end - v), 14.0) * sense
    first = (
        p,
        (p[0] + k1 * math.cos(leaves), p[1] + k1 * math.sin(leaves)),
        plane(u, v - up),
        square,
    )
    second = (
        square,
        plane(u, v + down),
        (q[0] + k2 * math.cos(arrives), q[1] + k2 * math.sin(arrives)),
        q,
    )
    return _route(request, _finish([first, second], end, arrives), leaves, arrives, square)


@cache
def _angle_of_bend(side: float, degrees: float, towards: float) -> float:
    """Return the angle of a bend to one side that begins, or ends, at some degrees to that; there are some dozens."""
    forth, a = _SIDES[int(side)], math.radians(degrees)
    x, y = math.cos(a), math.sin(a) * towards
    return math.atan2(x * forth[1] + y * abs(forth[0]), x * forth[0] + y * abs(forth[1]))


def _channel(request: Request, side: float, size: float) -> Route:
    """Return the same without a square: far around what stands between."""
    return _bend(request, side, size, 30.0, 30.0, 0.5)


def _lane(request: Request, lane: float, spread: float) -> Route:
    """Up or down to a lane between two rows, along it with round corners, and on to the target."""
    start, end = request.start, request.end
    y = lane + spread
    leaves = math.pi / 2 if y > start.y else -math.pi / 2
    arrives = math.pi / 2 if y > end.y else -math.pi / 2
    p, q = start.at(leaves), end.at(arrives, TIP + HEAD)
    towards = 1.0 if q[0] > p[0] else -1.0
    into, out = math.copysign(1.0, y - p[1]), math.copysign(1.0, q[1] - y)
    half = abs(q[0] - p[0]) / 2
    one, other = min(_CORNER, abs(y - p[1]), half), min(_CORNER, abs(q[1] - y), half)
    corners = (
        (p, (p[0], y - into * one)),
        corner((p[0], y - into * one), (p[0], y), (p[0] + towards * one, y)),
        ((p[0] + towards * one, y), (q[0] - towards * other, y)),
        corner((q[0] - towards * other, y), (q[0], y), (q[0], y + out * other)),
        ((q[0], y + out * other), q),
    )
    segments = [segment for segment in corners if math.dist(segment[0], segment[-1]) > 0.01]
    return Route(_finish(segments, end, arrives), None, leaves, arrives)


def corner(start: Point, peak: Point, end: Point) -> Segment:
    """Return a turn towards a peak and away from it."""

    def towards_peak(point: Point) -> Point:
        return (point[0] + 0.56 * (peak[0] - point[0]), point[1] + 0.56 * (peak[1] - point[1]))

    return (start, towards_peak(start), towards_peak(end), end)


_BUILDERS: dict[str, Callable[..., Route]] = {
    "arc": _arc,
    "loop": _loop,
    "bend": _bend,
    "channel": _channel,
    "lane": _lane,
}
