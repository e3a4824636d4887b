"""Routes: which way each edge runs, and where its delay square sits.

Every edge has a list of ways it could run: straight, an arc, a loop, a bend
through a square at the side. Each is scored against the nodes, the squares and
the other edges, and the cheapest is taken; a second round lets early edges react
to late ones. The unfolded view repeats with a fixed period, so it is routed for
one step among copies of itself, and no edge is ever routed twice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from unfoldgraph.drawing.geometry import (
    Array,
    Path,
    Point,
    Segment,
    Shape,
    crossings,
    distance_to_points,
)

__all__ = ["HEAD", "Request", "Route", "Surroundings", "Way", "blocked", "route"]

#: Length of an arrowhead; the last stretch of every route is straight for it.
HEAD = 8.0
#: Side of the black square of a delay.
SQUARE = 11.0
# The tip touches the outline, half of whose stroke lies outside the shape.
_TIP = 0.7
# An edge keeps this far from the outline of a node that is not its end.
_CLEAR = 6.0
# The second and third round let early edges react to late ones.
_ROUNDS = 3
# How a way is known: its kind and its numbers.
Way = tuple[str, tuple[float, ...]]
_HIT, _CROSSING, _NEAR, _CLOSE = 4000.0, 22.0, 7.0, 5.0


@dataclass(frozen=True, slots=True)
class Request:
    """An edge to be routed.

    Attributes:
        key: Of the edge; routes are kept by it.
        source, target: Names of the variables, for what their edges share.
        start, end: The outlines of the two nodes; equal for a loop.
        squared: Whether the route passes through a delay square.
        rank: Order of routing; edges of low rank choose first.
        labelled: Whether it will need room for a label.
        fan: Whether it is one of many into one node, which may arrive close together.
        nest: For one of several loops on a node, how many lie inside it.
    """

    key: int
    source: str
    target: str
    start: Shape
    end: Shape
    squared: bool
    rank: tuple[int, ...]
    labelled: bool = False
    nest: int = 0
    fan: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """A chosen way: its path up to the tip, its square, and the angles at which it leaves and arrives."""

    path: Path
    square: Point | None
    leaves: float
    arrives: float


@dataclass(slots=True)
class Surroundings:
    """What the routes of one view run among.

    Attributes:
        shapes: Every node outline in reach, copies included.
        shifts: The horizontal offsets of the copies of a route; ``(0.0,)`` where nothing repeats.
        fixed: Polylines that are there already, as segments (m, 4).
    """

    shapes: Sequence[Shape]
    shifts: tuple[float, ...] = (0.0,)
    fixed: list[Array] = field(default_factory=list)
    fixed_squares: list[Point] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Way:
    """One way an edge could run, described; it is built only if it may be the best."""

    cost: float
    kind: str
    numbers: tuple[float, ...]


def route(
    requests: Sequence[Request],
    around: Surroundings,
    banned: dict[int, set[Way]] | None = None,
    settled: tuple[dict[int, Route], dict[int, Way]] | None = None,
) -> tuple[dict[int, Route], dict[int, Way]]:
    """Route all requests, or all over again those with ``banned`` ways where others are ``settled``.

    ``banned`` are ways that turned out to leave no room for a label. Returns the
    routes and the way each took (to be banned in turn), by key.
    """
    banned = banned or {}
    routes, taken = ({**settled[0]}, {**settled[1]}) if settled else ({}, {})
    centres = np.array([(s.x, s.y) for s in around.shapes]).reshape(-1, 2)
    reaches = np.array([(s.rx, s.ry) for s in around.shapes]).reshape(-1, 2)
    ordered = sorted(requests, key=lambda r: (r.rank, r.key))
    if settled:
        ordered = [r for r in ordered if r.key in banned]
    by_key = {r.key: r for r in requests}
    for round_number in range(1 if settled else _ROUNDS):
        changed = False
        for request in ordered:
            others = {k: r for k, r in routes.items() if k != request.key}
            best = _best(
                request,
                others,
                by_key,
                around,
                centres,
                reaches,
                banned.get(request.key, set()),
            )
            if taken.get(request.key) != best[1]:
                changed = True
            routes[request.key], taken[request.key] = best
        if not changed and round_number:
            break
    return routes, taken


def blocked(request: Request, chosen: Route, shapes: Sequence[Shape]) -> bool:
    """Whether a route, for want of a better one, runs through a node."""
    centres = np.array([(s.x, s.y) for s in shapes]).reshape(-1, 2)
    reaches = np.array([(s.rx, s.ry) for s in shapes]).reshape(-1, 2)
    return _node_cost(request, chosen, centres, reaches) >= _HIT


def _best(
    request: Request,
    others: dict[int, Route],
    by_key: dict[int, Request],
    around: Surroundings,
    centres: Array,
    reaches: Array,
    banned: set[Way],
) -> tuple[Route, Way]:
    """The cheapest way for one edge, given the routes of the others."""
    lines: list[Array] = list(around.fixed)
    squares: list[Point] = list(around.fixed_squares)
    for other in others.values():
        points = other.path.points()
        segments = np.hstack([points[:-1], points[1:]])
        for shift in around.shifts:
            lines.append(segments + np.array([shift, 0.0, shift, 0.0]))
            if other.square:
                squares.append((other.square[0] + shift, other.square[1]))
    walls = _nearby(request, np.concatenate(lines)) if lines else np.zeros((0, 4))
    ends = [
        (
            by_key[k].source == request.source,
            by_key[k].target == request.source,
            by_key[k].source == request.target,
            by_key[k].target == request.target,
            r,
        )
        for k, r in others.items()
    ]
    best: tuple[float, Route, Way] | None = None
    for way in sorted(_ways(request), key=lambda w: (w.cost, w.kind, w.numbers)):
        if best is not None and way.cost >= best[0]:
            break
        name = (way.kind, way.numbers)
        cost = way.cost + (900.0 if name in banned else 0.0)
        candidate = _build(request, way)
        limit = best[0] if best is not None else math.inf
        cost += _shape_cost(request, candidate)
        if cost >= limit:
            continue
        cost += _node_cost(request, candidate, centres, reaches)
        if cost < limit:
            cost += _angle_cost(candidate, ends) * (0.1 if request.fan else 1.0)
        if cost < limit:
            cost += _square_cost(request, candidate, centres, reaches, squares, walls)
        if cost < limit:
            cost += _line_cost(request, candidate, walls, squares, around.shifts)
        if cost < limit:
            best = (cost, candidate, name)
    if best is None:  # cannot be: the straight way is always offered
        raise RuntimeError("no way for an edge")
    return best[1], best[2]


def _nearby(request: Request, lines: Array) -> Array:
    """The segments that a route of this edge could meet."""
    reach = 160.0
    low, high = sorted((request.start.x, request.end.x))
    near = (np.maximum(lines[:, 0], lines[:, 2]) > low - reach) & (np.minimum(lines[:, 0], lines[:, 2]) < high + reach)
    result: Array = lines[near]
    return result


# --- the ways --------------------------------------------------------------------


def _ways(request: Request) -> Iterator[_Way]:
    """All ways an edge could run, each with what it costs by itself."""
    start, end = request.start, request.end
    length = math.hypot(end.x - start.x, end.y - start.y)
    if length < 1e-6:
        # A larger loop on the same side before another side: nested loops read as a family.
        for side, extra in ((0, 0.0), (2, 75.0), (1, 150.0), (3, 150.0)):
            for size in range(5):
                for spread in (0.0, 1.0):
                    room = 26.0 * size if size <= request.nest else 26.0 * size + 20.0
                    inside = 200.0 * max(request.nest - size, 0) if side == 0 else 0.0
                    yield _Way(
                        extra + room + inside + 6.0 * spread,
                        "loop",
                        (side, size, spread),
                    )
        return
    level = abs(end.y - start.y) < 1e-6
    # A straight edge with a square on it is no loop, but where the line is free it is the clearest.
    yield _Way(24.0 if request.squared else 0.0, "arc", (0.0, 0.0, 1.0))
    penalty = 60.0 if request.squared else 0.0
    if not request.squared:
        # Lines of time are straight wherever they can be.
        penalty = 30.0 if level else 8.0
    # Level arcs rise, the others bulge to the left, in both views alike.
    below = 1 if end.x > start.x else -1
    right = 1 if end.y < start.y else -1
    for degrees in (14, 24, 34, 46, 58, 70, 84):
        for sign in (1, -1):
            angle = sign * math.radians(degrees)
            for fullness in (1.0, 1.35, 1.7):
                unusual = 4.0 if sign == (below if level else right) else 0.0
                cost = penalty + 7 + 0.42 * degrees + 8 * (fullness - 1) + unusual
                yield _Way(cost, "arc", (angle, angle, fullness))
    for first in (-75, -50, -25, 0, 25, 50, 75):
        for second in (-75, -50, -25, 0, 25, 50, 75):
            if first != second:
                cost = penalty + 16 + 0.3 * (abs(first) + abs(second)) + (14 if first * second < 0 else 0)
                yield _Way(cost, "arc", (math.radians(first), math.radians(second), 1.1))
    if request.squared:
        sides = ((0, 0.0), (2, 5.0), (1, 16.0), (3, 16.0))
        for side, extra in sides:
            for size in range(7):
                for leave in (10, 40, -25, 65):
                    for arrive in (30, 0, -30, 60):
                        for fraction in (0.5, 0.3, 0.7):
                            turn = 0.16 * (abs(leave - 10) + abs(arrive - 30))
                            cost = extra + 17 * size + turn + 40 * abs(fraction - 0.5)
                            yield _Way(cost, "bend", (side, size, leave, arrive, fraction))
    else:
        for side in (0, 2, 1, 3):
            for size in range(9):
                yield _Way(75.0 + 14 * size, "channel", (side, size))


def _build(request: Request, way: _Way) -> Route:
    """The route of a way."""
    return _BUILDERS[way.kind](request, *way.numbers)


def _finish(segments: list[Segment], end: Shape, arrives: float) -> Path:
    """Append the straight stretch under the arrowhead."""
    neck, tip = end.at(arrives, _TIP + HEAD), end.at(arrives, _TIP)
    return Path((*segments, (neck, tip)))


def _arc(request: Request, first: float, second: float, fullness: float) -> Route:
    """A straight line, or a cubic that leaves and arrives at an angle to it."""
    start, end = request.start, request.end
    towards = math.atan2(end.y - start.y, end.x - start.x)
    leaves, arrives = towards + first, towards + math.pi - second
    p, q = start.at(leaves), end.at(arrives, _TIP + HEAD)
    if first == second == 0.0:
        tip = end.at(arrives, _TIP)
        middle = ((p[0] + tip[0]) / 2, (p[1] + tip[1]) / 2)
        path = Path(((p, q), (q, tip)))
        return _squared(request, path, leaves, arrives, middle)
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
    return _squared(request, _finish([cubic], end, arrives), leaves, arrives, middle)


def _squared(request: Request, path: Path, leaves: float, arrives: float, middle: Point) -> Route:
    return Route(path, middle if request.squared else None, leaves, arrives)


def _turned(point: Point, side: float, centre: Point) -> Point:
    """A point given in a frame whose x axis points to ``side`` (0 right, 1 up, 2 left, 3 down)."""
    x, y = point
    # Left is the mirror image of right, and up of down, so that a loop keeps its sense.
    x, y = ((x, y), (y, -x), (-x, y), (y, x))[int(side)]
    return (centre[0] + x, centre[1] + y)


def _turned_angle(angle: float, side: float) -> float:
    x, y = _turned((math.cos(angle), math.sin(angle)), side, (0.0, 0.0))
    return math.atan2(y, x)


def _loop(request: Request, side: float, size: float, spread: float) -> Route:
    """A self loop as in the book: out, around, straight through the square, and back."""
    node = request.start
    centre = (node.x, node.y)
    radius = node.rx if side in (0, 2) else node.ry
    room = 48.0 + 40.0 * size
    angle = math.radians(38.0 + 9.0 * size + 12.0 * spread)
    height = 36.0 + (22.0 - 6.0 * spread) * size
    leaves, arrives = _turned_angle(-angle, side), _turned_angle(angle * 0.94, side)
    p, q = node.at(leaves), node.at(arrives, _TIP + HEAD)
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
    return Route(
        _finish([first, second], node, arrives),
        square if request.squared else None,
        leaves,
        arrives,
    )


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
    forth = {0: (1, 0), 1: (0, -1), 2: (-1, 0), 3: (0, 1)}[int(side)]
    # Local frame: u points to the side, v from the source to the target.
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

    def angle(degrees: float, towards: float) -> float:
        a = math.radians(degrees)
        x, y = plane(math.cos(a), math.sin(a) * towards)
        return math.atan2(y, x)

    leaves, arrives = angle(leave, sense), angle(arrive, -sense)
    p, q = start.at(leaves), end.at(arrives, _TIP + HEAD)
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
    return Route(_finish([first, second], end, arrives), square, leaves, arrives)


def _channel(request: Request, side: float, size: float) -> Route:
    """The same without a square: far around what stands between."""
    bent = _bend(request, side, size, 30.0, 30.0, 0.5)
    return Route(bent.path, None, bent.leaves, bent.arrives)


_BUILDERS: dict[str, Callable[..., Route]] = {
    "arc": _arc,
    "loop": _loop,
    "bend": _bend,
    "channel": _channel,
}


# --- what a way costs --------------------------------------------------------------


def _shape_cost(request: Request, candidate: Route) -> float:
    """Detours and sharp turns."""
    points = candidate.path.points()
    steps = np.diff(points, axis=0)
    lengths = np.hypot(steps[:, 0], steps[:, 1])
    direct = math.hypot(request.end.x - request.start.x, request.end.y - request.start.y)
    detour = max(float(lengths.sum()) - max(direct, 0.0), 0.0)
    steps = steps[lengths > 1e-6]
    headings = np.arctan2(steps[:, 1], steps[:, 0])
    turns = np.abs((np.diff(headings) + math.pi) % (2 * math.pi) - math.pi)
    kinks = float(np.clip(turns - 0.35, 0.0, None).sum())
    # Loops have their own scale of costs.
    return (0.0 if direct < 1e-6 else (0.12 if request.squared else 0.45) * detour) + 60.0 * kinks


def _node_cost(request: Request, candidate: Route, centres: Array, reaches: Array) -> float:
    """Running through a node is out of the question; running close to one is ugly."""
    points = candidate.path.points()
    squash = reaches[:, 1] / reaches[:, 0]
    cost = 0.0
    for flat in sorted(set(squash.tolist())):
        chosen = squash == flat
        scale = np.array([1.0, 1.0 / flat])
        gaps = distance_to_points(points * scale, centres[chosen] * scale) - reaches[chosen, 0]
        own = np.zeros(len(gaps), bool)
        for shape in (request.start, request.end):
            own |= (np.abs(centres[chosen] - np.array([shape.x, shape.y])) < 0.5).all(1)
        gaps = gaps[~own]
        cost += _HIT * float(((gaps < _CLEAR) * (1 + np.maximum(_CLEAR - gaps, 0) / 20)).sum())
        cost += float(np.clip(14.0 - gaps[gaps >= _CLEAR], 0.0, None).sum()) * 1.2
    # It must not come back over its own ends either.
    for shape in (request.start, request.end):
        inner = points[1:-1] if len(points) > 3 else (points[:-1] + points[1:]) / 2
        inside = np.hypot((inner[:, 0] - shape.x) / shape.rx, (inner[:, 1] - shape.y) / shape.ry) < 0.98
        cost += _HIT * float(inside.any())
    return cost


def _angle_cost(candidate: Route, ends: list[tuple[bool, bool, bool, bool, Route]]) -> float:
    """Edges at one node should leave and arrive well apart."""
    cost = 0.0
    for out_source, in_source, out_target, in_target, other in ends:
        for shared, mine, theirs, head in (
            (out_source, candidate.leaves, other.leaves, False),
            (in_source, candidate.leaves, other.arrives, True),
            (out_target, candidate.arrives, other.leaves, True),
            (in_target, candidate.arrives, other.arrives, True),
        ):
            if shared:
                apart = math.degrees(abs(math.remainder(mine - theirs, 2 * math.pi)))
                enough = 24.0 if head else 7.0
                if apart < enough:
                    cost += (60.0 if head else 22.0) * (1 - apart / enough)
                if head and apart < 13:
                    cost += 150.0
    return cost


def _square_cost(
    request: Request,
    candidate: Route,
    centres: Array,
    reaches: Array,
    squares: list[Point],
    walls: Array,
) -> float:
    """A square stands free of nodes, of other squares, and of other edges."""
    if candidate.square is None:
        return 0.0
    x, y = candidate.square
    points = candidate.path.points()
    # A square at the very end of an edge looks like part of the node or of the arrowhead.
    cost = 250.0 * float(math.dist((x, y), points[-1]) < 17) + 250.0 * float(math.dist((x, y), points[0]) < 12)
    gaps = np.hypot(centres[:, 0] - x, centres[:, 1] - y) - reaches.max(1)
    cost += 600.0 * float((gaps < SQUARE * 0.7 + 4).sum())
    for other in squares:
        gap = max(abs(other[0] - x), abs(other[1] - y))
        # Two squares side by side need room for a label between them.
        enough = 44.0 if request.labelled and abs(other[1] - y) < 16 else 30.0
        if gap < enough:
            cost += 8.0 * (enough - gap) * (1.0 if abs(other[1] - y) < 16 else 0.6)
    if len(walls):
        near = distance_to_points_of(walls, (x, y))
        cost += 40.0 * float((near < SQUARE * 0.7 + 4).any())
        if request.labelled:
            cost += 14.0 * float(((near >= SQUARE * 0.7 + 4) & (near < 24)).any())
    return cost


def distance_to_points_of(walls: Array, point: Point) -> Array:
    """The distance of each segment (m, 4) from a point."""
    a, step = walls[:, :2], walls[:, 2:] - walls[:, :2]
    towards = np.array(point) - a
    t = np.clip((towards * step).sum(1) / np.maximum((step**2).sum(1), 1e-12), 0.0, 1.0)
    result: Array = np.hypot(*(towards - t[:, None] * step).T)
    return result


def _line_cost(
    request: Request,
    candidate: Route,
    walls: Array,
    squares: list[Point],
    shifts: tuple[float, ...],
) -> float:
    """Crossings, and running alongside another edge so that the two look like one."""
    points = candidate.path.points()
    own = np.hstack([points[:-1], points[1:]])
    copies = [own + np.array([s, 0.0, s, 0.0]) for s in shifts if s]
    lines = np.concatenate([walls, *copies]) if copies else walls
    cost = 0.0
    if squares:
        gaps = distance_to_points(points, np.array(squares))
        cost += 300.0 * float((gaps < SQUARE * 0.7 + 3).sum())
    if not len(lines):
        return cost
    cost += _CROSSING * crossings(points, lines)
    samples = _resampled(points, 6.0)
    keep = np.ones(len(samples), bool)
    for shape in (request.start, request.end):
        keep &= np.hypot(samples[:, 0] - shape.x, samples[:, 1] - shape.y) > max(shape.rx, shape.ry) + 13
    samples = samples[keep]
    if len(samples):
        a, step = lines[:, :2], lines[:, 2:] - lines[:, :2]
        towards = samples[:, None, :] - a[None]
        squared = np.maximum((step**2).sum(1), 1e-12)
        t = np.clip((towards * step).sum(2) / squared, 0.0, 1.0)
        gap = np.sqrt(((towards - t[..., None] * step) ** 2).sum(2)).min(1)
        cost += _NEAR * float((gap < _CLOSE).sum())
    return cost


def _resampled(points: Array, spacing: float) -> Array:
    """Points every ``spacing`` units along a polyline."""
    lengths = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    at = np.arange(spacing / 2, along[-1], spacing)
    result: Array = np.column_stack([np.interp(at, along, points[:, 0]), np.interp(at, along, points[:, 1])])
    return result
