"""A picture from a cell: the circuit, the arrow, the unfolded view.

Both views use one layout and one size of node, so a variable has the same row,
shape and colour in both. Where labels find no room the whole is drawn again with
more space between rows and columns.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from unfoldgraph.drawing.cell import (
    Cell,
    Connection,
    Instance,
    Link,
    Unfolded,
    Variable,
)
from unfoldgraph.drawing.geometry import Path, Point, Shape
from unfoldgraph.drawing.labels import Obstacles, place_label, segments_of
from unfoldgraph.drawing.layout import Layout, arrange
from unfoldgraph.drawing.routing import SQUARE, Request, Route, Surroundings, Way, blocked, route
from unfoldgraph.drawing.scene import (
    BlockArrow,
    Edge,
    Item,
    Node,
    Scene,
    Square,
    Text,
    extent,
    moved,
)
from unfoldgraph.drawing.typeset import Label, compose, typeset, words
from unfoldgraph.errors import CircuitError
from unfoldgraph.limits import DRAWN_NODES

__all__ = ["draw_scene"]

# Sizes of type, in units to the em: letters of the circuit, of the unfolded view, of edges.
_CIRCUIT_TYPE, _UNFOLDED_TYPE, _EDGE_TYPE, _WORD_TYPE, _NUMBER_TYPE = (
    17.0,
    14.5,
    14.5,
    14.0,
    9.4,
)
_RADIUS = 23.0
_WIDEST_CIRCLE = 36.0
_MARGIN = 8.0
_ARROW, _ARROW_SPACE = 72.0, 40.0
# How much the space between nodes grows from one attempt to the next.
_ATTEMPTS = (1.0, 1.2, 1.45, 1.75, 2.1)
_REROUTES = 4
# Delays longer than this are not laid out column by column.
_LONGEST = 5


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where rows and columns are: the geometry both views share."""

    layout: Layout
    rx: float
    ry: float
    slot: float
    row: float
    pitch: float

    def shape(self, name: str, column_x: float) -> Shape:
        """The outline of a variable in the column whose left-most place is at ``column_x``."""
        x = column_x + self.layout.place[name] * self.slot
        return Shape(x, self.y(self.layout.row[name]), self.rx, self.ry)

    def y(self, row: float) -> float:
        """The height of a row, measured from the top one."""
        return (self.layout.rows - 1 - row) * self.row

    @property
    def width(self) -> float:
        """From the left-most to the right-most centre of one step."""
        return self.layout.width * self.slot


@dataclass(slots=True)
class _View:
    """One view under construction."""

    items: list[Item] = field(default_factory=list)
    failures: int = 0


def draw_scene(
    cell: Cell,
    unfolded: Unfolded | None = None,
    *,
    view: str = "both",
    theme: str = "book",
    description: str = "",
) -> Scene:
    """The scene of a cell.

    Args:
        cell: One step.
        unfolded: Columns, nodes and edges of the unfolded view (see `views`); not needed for ``view="circuit"``.
        view: ``"both"``, ``"circuit"`` or ``"unfolded"``.
        theme: A row of `themes.THEMES`.
        description: The structure in words, for those who cannot see the picture.
    """
    drawn_nodes = len(cell.variables) + (len(unfolded.instances) if unfolded else 0)
    if drawn_nodes > DRAWN_NODES:
        raise CircuitError(
            f"the picture would have {drawn_nodes:,} nodes, the limit is {DRAWN_NODES:,}",
            help="draw fewer steps with --steps, or the circuit alone with --view circuit",
        )
    layout = arrange(cell)
    rx, ry = _node_size(cell, unfolded if view != "circuit" else None)
    drawn: list[tuple[int, _View, _View, _Grid]] = []
    for scale in _ATTEMPTS:
        slot = 2 * rx + 28 * scale
        # Wide steps are taller too, or their edges would fan out too flat to be told apart.
        row = 2 * ry + 46 * scale + 12 * max(layout.width - 1, 0)
        grid = _Grid(layout, rx, ry, slot, row, layout.width * slot + 2 * rx + 58 * scale)
        circuit = _circuit(cell, grid) if view != "unfolded" else _View()
        steps = _steps(cell, grid, unfolded) if view != "circuit" and unfolded else _View()
        drawn.append((circuit.failures + steps.failures, circuit, steps, grid))
        if not drawn[-1][0]:
            break
    _, circuit, steps, grid = min(drawn, key=lambda d: d[0])
    items = _side_by_side(circuit.items, steps.items, grid.y(layout.spine))
    return _framed(cell, items, theme, description)


# --- sizes ---------------------------------------------------------------------------


def _node_size(cell: Cell, unfolded: Unfolded | None) -> tuple[float, float]:
    """Half axes of every node: a circle that holds the widest label, an ellipse for long names."""
    labels = [compose(v.latex, "", v.sub, _CIRCUIT_TYPE) for v in cell.variables]
    if unfolded:
        labels += [_instance_label(cell.variable(i.name), i) for i in unfolded.instances]
    half_width = max((label.box[2] - label.box[0] for label in labels), default=0.0) / 2
    half_height = max((label.box[3] - label.box[1] for label in labels), default=0.0) / 2
    radius = max(_RADIUS, math.hypot(half_width, half_height * 0.8) + 4.5)
    if radius <= _WIDEST_CIRCLE:
        return math.ceil(radius), math.ceil(radius)
    ry = max(26.0, half_height + 12)
    rx = (half_width + 4) / math.sqrt(1 - ((half_height + 3) / ry) ** 2)
    return math.ceil(rx), math.ceil(ry)


def _instance_label(variable: Variable, instance: Instance) -> Label:
    size = _UNFOLDED_TYPE if instance.superscript else _CIRCUIT_TYPE
    return compose(variable.latex, instance.superscript, variable.sub, size)


def _centred(label: Label, x: float, y: float) -> Label:
    """The label with its ink centred across, and its letters, not its superscript, about the middle."""
    x0, y0, x1, y1 = label.box
    return label.moved(x - (x0 + x1) / 2, y - (y0 + y1) / 2)


# --- the circuit -----------------------------------------------------------------------


def _circuit(cell: Cell, grid: _Grid) -> _View:
    """The cell once, its delayed edges bent back through squares."""
    shapes = {v.name: grid.shape(v.name, 0.0) for v in cell.variables}
    requests = [
        Request(
            n, link.source, link.target, shapes[link.source], shapes[link.target], link.delayed,
            _rank(link, grid.layout), bool(link.label), _nest(cell, n),
        )
        for n, link in enumerate(cell.links)
    ]  # fmt: skip
    around = Surroundings(list(shapes.values()))
    routes, places, failures = _routed(cell.links, requests, around, (0.0,))
    view = _View(failures=failures)
    for n, link in enumerate(cell.links):
        name = f"e.c.{n}"
        path = routes[n].path
        view.items.append(
            Edge(
                name,
                "circuit",
                f"c.{link.source}",
                f"c.{link.target}",
                link.delay,
                path,
                False,
                True,
            )
        )
        square = routes[n].square
        if square is not None:
            view.items.extend(_square(name, link, square))
        if n in places:
            view.items.append(_edge_text(name, link, places[n]))
    for variable in cell.variables:
        shape = shapes[variable.name]
        role = variable.role
        view.items.append(
            Node(
                f"c.{variable.name}",
                "circuit",
                variable.name,
                (),
                role,
                shape.x,
                shape.y,
                shape.rx,
                shape.ry,
            )
        )
        label = _centred(compose(variable.latex, "", variable.sub, _CIRCUIT_TYPE), shape.x, shape.y)
        view.items.append(Text(f"c.{variable.name}", variable.text, label))
    return view


def _rank(link: Link, layout: Layout) -> tuple[int, ...]:
    """Who chooses first: short delay-free edges, then loops, then the long way round."""
    rows = abs(layout.row[link.source] - layout.row[link.target])
    return (
        int(link.delayed),
        int(link.source != link.target) if link.delayed else rows,
        abs(link.steps),
    )


def _nest(cell: Cell, n: int) -> int:
    """How many loops on the same node go inside this one: those of smaller delay, then those written before."""
    link = cell.links[n]
    if link.source != link.target:
        return 0
    loops = [(abs(k.steps), m) for m, k in enumerate(cell.links) if k.source == k.target == link.source]
    return sorted(loops).index((abs(link.steps), n))


def _square(edge: str, link: Link, at: Point) -> list[Item]:
    """A delay square; more than one step is written in it."""
    steps = [d for d in link.delay if d]
    shown = str(abs(steps[0])) if len(steps) == 1 else ",".join(str(d) for d in link.delay)
    if shown == "1":
        return [Square(edge, link.delay, at[0], at[1], SQUARE)]
    label = typeset(shown, _NUMBER_TYPE)
    size = max(SQUARE, label.box[2] - label.box[0] + 5)
    return [
        Square(edge, link.delay, at[0], at[1], size),
        Text(edge, shown, _centred(label, at[0], at[1]), inverse=True),
    ]


def _edge_text(edge: str, link: Link, corner: Point) -> Text:
    label = typeset(link.label, _EDGE_TYPE)
    return Text(edge, link.text, label.moved(corner[0] - label.box[0], corner[1] - label.box[1]))


def _routed(
    links: Sequence[Link],
    requests: Sequence[Request],
    around: Surroundings,
    shifts: tuple[float, ...],
    label_shapes: Sequence[Shape] | None = None,
    more: Obstacles | None = None,
) -> tuple[dict[int, Route], dict[int, Point], int]:
    """Routes and label corners by key of the request; a way that leaves no room for its label is banned and retried."""
    banned: dict[int, set[Way]] = {}
    settled: tuple[dict[int, Route], dict[int, Way]] | None = None
    best: tuple[int, dict[int, Route], dict[int, Point]] | None = None
    for _ in range(_REROUTES):
        settled = route(requests, around, banned, settled)
        routes, taken = settled
        obstacles = _obstacles(routes, label_shapes or around.shapes, shifts, more)
        places: dict[int, Point] = {}
        unplaced: list[int] = []
        # Labels with the fewest places to go are those at squares; they choose first.
        for request in sorted(requests, key=lambda r: (not r.squared, r.key)):
            link = links[request.key]
            if not link.label:
                continue
            box = typeset(link.label, _EDGE_TYPE).box
            size = (box[2] - box[0], box[3] - box[1])
            corner = place_label(request.key, routes[request.key], size, obstacles, shifts)
            if corner is None:
                unplaced.append(request.key)
            else:
                places[request.key] = corner
        failures = len(unplaced) + sum(blocked(r, routes[r.key], around.shapes) for r in requests)
        if best is None or failures < best[0]:
            best = (failures, routes, places)
        if not unplaced:
            break
        banned = {key: banned.get(key, set()) for key in unplaced}
        for key in unplaced:
            banned.setdefault(key, set()).add(taken[key])
    if best is None:
        return {}, {}, 0
    return best[1], best[2], best[0]


def _obstacles(
    routes: dict[int, Route],
    shapes: Sequence[Shape],
    shifts: tuple[float, ...],
    more: Obstacles | None,
) -> Obstacles:
    lines, heads, owners = [], [], []
    squares: list[Point] = []
    for key, item in routes.items():
        segments, head = segments_of(item)
        for shift in shifts:
            offset = np.array([shift, 0.0, shift, 0.0])
            lines.append(segments + offset)
            owners.append(np.full(len(segments), key if not shift else -1))
            heads.append(head + offset)
            if item.square:
                squares.append((item.square[0] + shift, item.square[1]))
    boxes: list[tuple[float, float, float, float]] = []
    if more is not None:
        lines.append(more.lines)
        owners.append(np.full(len(more.lines), -1))
        heads.append(more.heads)
        squares.extend(more.squares)
        boxes.extend(more.boxes)
    empty = np.zeros((0, 4))
    return Obstacles(
        shapes,
        np.concatenate(lines) if lines else empty,
        np.concatenate(heads) if heads else empty,
        squares,
        np.concatenate(owners) if owners else np.zeros(0, int),
        boxes,
    )


# --- the unfolded view -------------------------------------------------------------------


def _steps(cell: Cell, grid: _Grid, unfolded: Unfolded) -> _View:
    """The cell once per column; what repeats is routed once."""
    column_x = _column_places(grid, unfolded)
    periodic = [n for n, k in enumerate(cell.links) if _repeats(cell, k)]
    most = max((abs(_span(cell.links[n])) for n in periodic), default=0)
    shifts = tuple(k * grid.pitch for k in range(-most - 1, most + 2))
    names = [v.name for v in cell.variables if v.axes]
    window = [grid.shape(name, shift) for name in names for shift in shifts]
    requests = []
    for n in periodic:
        link = cell.links[n]
        start = grid.shape(link.source, 0.0)
        end = grid.shape(link.target, _span(link) * grid.pitch)
        rank = (
            abs(link.steps) > 1,
            abs(link.steps),
            abs(grid.layout.row[link.source] - grid.layout.row[link.target]),
        )
        requests.append(
            Request(
                n,
                link.source,
                link.target,
                start,
                end,
                False,
                tuple(map(int, rank)),
                bool(link.label),
            )
        )
    routes, places, failures = _routed(cell.links, requests, Surroundings(window, shifts), shifts)
    view = _View(failures=failures)

    shapes = [_instance_shape(grid, unfolded, n, column_x) for n in range(len(unfolded.instances))]
    ids = _ids(unfolded.instances)
    index = {id(c): n for n, c in enumerate(unfolded.connections)}
    of_link = {id(k): n for n, k in enumerate(cell.links)}
    single: list[Connection] = []
    drawn: list[Edge] = []
    for connection in unfolded.connections:
        n = of_link[id(connection.link)] if id(connection.link) in of_link else cell.links.index(connection.link)
        if n not in routes or not _in_step(grid, unfolded, connection, column_x):
            single.append(connection)
            continue
        piece, dx = _repeated(grid, unfolded, connection, routes[n].path, column_x)
        if not piece.segments:
            continue
        name = f"e.u.{index[id(connection)]}"
        edge = Edge(
            name, "unfolded",
            ids[connection.source] if connection.source is not None else "",
            ids[connection.target] if connection.target is not None else "",
            connection.link.delay, piece, connection.dashed, connection.target is not None,
        )  # fmt: skip
        drawn.append(edge)
        view.items.append(edge)
        if n in places and connection.source is not None and connection.target is not None:
            corner = places[n]
            view.items.append(_edge_text(name, connection.link, (corner[0] + dx, corner[1])))
    if single:
        _draw_single(cell, grid, unfolded, single, shapes, ids, index, column_x, view)
    for n, instance in enumerate(unfolded.instances):
        shape, variable = shapes[n], cell.variable(instance.name)
        view.items.append(
            Node(
                ids[n], "unfolded", instance.name, instance.index, instance.role,
                shape.x, shape.y, shape.rx, shape.ry,
            )
        )  # fmt: skip
        view.items.append(
            Text(
                ids[n],
                instance.text,
                _centred(_instance_label(variable, instance), shape.x, shape.y),
            )
        )
    view.items.extend(_gaps(grid, unfolded, column_x))
    return view


def _span(link: Link) -> int:
    """The columns over which a repeated route is laid; of longer ones only stubs are drawn from it."""
    return max(-_LONGEST, min(_LONGEST, link.steps))


def _in_step(grid: _Grid, unfolded: Unfolded, connection: Connection, column_x: list[float]) -> bool:
    """Whether the columns of an edge are as far apart as those of the repeated route: no gap between them."""
    if connection.source is None or connection.target is None:
        return True
    start, end = (unfolded.instances[n].column for n in (connection.source, connection.target))
    return abs(column_x[end] - column_x[start] - _span(connection.link) * grid.pitch) < 1e-6


def _repeats(cell: Cell, link: Link) -> bool:
    return link.read == "delay" and bool(cell.variable(link.source).axes) and bool(cell.variable(link.target).axes)


def _gap_width(grid: _Grid) -> float:
    return grid.pitch - grid.width + 92.0


def _column_places(grid: _Grid, unfolded: Unfolded) -> list[float]:
    """The x of the left-most place of each column; a gap has the x of its middle."""
    result: list[float] = []
    x = 0.0
    for n, column in enumerate(unfolded.columns):
        before = unfolded.columns[n - 1] if n else None
        if column.kind == "gap":
            x += grid.width + _gap_width(grid) / 2
        elif before is not None and before.kind == "gap":
            x += _gap_width(grid) / 2
        elif before is not None:
            x += grid.pitch * (column.place - before.place)
        result.append(x)
    return result


def _instance_shape(grid: _Grid, unfolded: Unfolded, n: int, column_x: list[float]) -> Shape:
    """The outline of an instance; a value of all steps stands above the middle of what it is joined to."""
    instance = unfolded.instances[n]
    if instance.column >= 0:
        return grid.shape(instance.name, column_x[instance.column])
    joined = [c.source if c.target == n else c.target for c in unfolded.connections if n in (c.source, c.target)]
    beside = [unfolded.instances[m] for m in joined if m is not None and unfolded.instances[m].column >= 0]
    steps = [grid.shape(i.name, column_x[i.column]).x for i in beside] or [0.0]
    middle = (min(steps) + max(steps)) / 2
    shape = grid.shape(instance.name, 0.0)
    # High enough for straight edges to pass over the neighbours of the outermost step.
    nearest = min(grid.slot if grid.width else grid.pitch, grid.pitch - grid.width)
    steep = (max(steps) - min(steps)) / 2 / nearest * (grid.ry + 12.0)
    return Shape(
        middle,
        shape.y - min(max(steep - grid.row, 0.0), 1.5 * grid.row),
        shape.rx,
        shape.ry,
    )


def _ids(instances: Sequence[Instance]) -> list[str]:
    """An id for each instance; the dots before and after are told apart by what stands between."""
    result: list[str] = []
    for instance in instances:
        if instance.role == "ellipsis":
            base = f"u.{instance.name}." + ("before" if instance.column == 0 else "after")
        else:
            base = ".".join(["u", instance.name, *(str(i) for i in instance.index)])
        result.append(base)
    return result


def _repeated(
    grid: _Grid,
    unfolded: Unfolded,
    connection: Connection,
    path: Path,
    column_x: list[float],
) -> tuple[Path, float]:
    """A copy of a repeated route at its column, clipped if one end is missing; and how far it was moved."""
    steps = connection.link.steps
    if connection.source is not None:
        column = unfolded.instances[connection.source].column
        dx = column_x[column]
    else:
        column = unfolded.instances[connection.target or 0].column
        dx = column_x[column] - _span(connection.link) * grid.pitch
    placed = path.moved(dx)
    if connection.source is not None and connection.target is not None:
        return placed, dx
    outward = (steps > 0) == (connection.source is not None)
    low, high = -math.inf, math.inf
    room = grid.rx + 34.0
    if outward:
        high = _limit(unfolded, column_x, column, 1) + grid.width + room
    else:
        low = _limit(unfolded, column_x, column, -1) - room
    return placed.clipped(low, high), dx


def _limit(unfolded: Unfolded, column_x: list[float], column: int, direction: int) -> float:
    """The x of the last column before a gap or the edge of the picture, in one direction."""
    at = column
    while 0 <= at + direction < len(unfolded.columns):
        following = unfolded.columns[at + direction]
        if following.kind == "gap":
            break
        at += direction
        if following.kind == "dots":
            break
    return column_x[at]


def _draw_single(
    cell: Cell,
    grid: _Grid,
    unfolded: Unfolded,
    single: list[Connection],
    shapes: list[Shape],
    ids: list[str],
    index: dict[int, int],
    column_x: list[float],
    view: _View,
) -> None:
    """Edges that do not repeat: to and from values that belong to no step."""
    existing = [item for item in view.items if isinstance(item, Edge)]
    lines, heads = [np.zeros((0, 4))], [np.zeros((0, 4))]
    for edge in existing:
        points = edge.path.points()
        lines.append(np.hstack([points[:-1], points[1:]]))
        heads.append(lines[-1][-1:])
    boxes = [item.label.box for item in view.items if isinstance(item, Text)]
    gap_texts = _gaps(grid, unfolded, column_x)
    boxes += [item.label.box for item in gap_texts if isinstance(item, Text)]
    requests, links = [], []
    for n, connection in enumerate(single):
        end = shapes[connection.target or 0]
        if connection.source is not None:
            start = shapes[connection.source]
        else:
            start = _hidden(grid, unfolded, connection, column_x)
        links.append(connection.link)
        requests.append(
            Request(n, ids[connection.source] if connection.source is not None else "", ids[connection.target or 0],
                    start, end, False, (n,), bool(connection.link.label), fan=connection.link.read == "all")
        )  # fmt: skip
    around = Surroundings(shapes, (0.0,), [line for line in lines if len(line)])
    more = Obstacles([], np.concatenate(lines), np.concatenate(heads), [], np.zeros(0, int), boxes)
    routes, places, failures = _routed(links, requests, around, (0.0,), shapes, more)
    view.failures += failures
    for n, connection in enumerate(single):
        name = f"e.u.{index[id(connection)]}"
        view.items.append(
            Edge(name, "unfolded", ids[connection.source] if connection.source is not None else "",
                 ids[connection.target or 0], connection.link.delay, routes[n].path, connection.dashed, True)
        )  # fmt: skip
        if connection.source is None:
            dots = requests[n].start
            view.items.append(Text("gap", "\u22ef", _centred(typeset(r"\cdots", 24.0), dots.x, dots.y)))
        if n in places:
            view.items.append(_edge_text(name, connection.link, places[n]))


def _hidden(grid: _Grid, unfolded: Unfolded, connection: Connection, column_x: list[float]) -> Shape:
    """Where the steps that are left out would be: the dots of the gap, in the row of the source."""
    gaps = [x for x, c in zip(column_x, unfolded.columns, strict=True) if c.kind == "gap"]
    dots = [x + grid.width / 2 for x, c in zip(column_x, unfolded.columns, strict=True) if c.kind == "dots"]
    y = grid.y(grid.layout.row[connection.link.source])
    return Shape(gaps[0] if gaps else dots[-1], y, 12.0, 12.0)


def _gaps(grid: _Grid, unfolded: Unfolded, column_x: list[float]) -> list[Item]:
    """The dots of a gap, and how many steps they stand for."""
    items: list[Item] = []
    y = grid.y(grid.layout.spine)
    for x, column in zip(column_x, unfolded.columns, strict=True):
        if column.kind == "gap":
            items.append(Text("gap", "\u22ef", _centred(typeset(r"\cdots", 24.0), x, y)))
            if column.omitted:
                text = f"{column.omitted} steps" if column.omitted > 1 else "1 step"
                items.append(Text("gap", text, _centred(words(text, 12.5), x, y + 17)))
    return items


# --- together ------------------------------------------------------------------------------


def _side_by_side(circuit: list[Item], steps: list[Item], spine: float) -> list[Item]:
    """Circuit, arrow, unfolded view, from left to right."""
    if not circuit or not steps:
        return [*circuit, *steps]
    right = max(extent(item)[2] for item in circuit)
    left = min(extent(item)[0] for item in steps)
    x = right + _ARROW_SPACE * 0.6
    word = _centred(words("Unfold", _WORD_TYPE), x + _ARROW / 2, spine - 19)
    shift = x + _ARROW + _ARROW_SPACE - left
    return [
        *circuit,
        BlockArrow(x, spine, _ARROW),
        Text("unfold", "Unfold", word),
        *(moved(item, shift, 0.0) for item in steps),
    ]


def _framed(cell: Cell, items: list[Item], theme: str, description: str) -> Scene:
    """The scene, moved so that everything lies inside, painted edges first and text last."""
    boxes = [extent(item) for item in items] or [(0.0, 0.0, 0.0, 0.0)]
    left, top = min(b[0] for b in boxes) - _MARGIN, min(b[1] for b in boxes) - _MARGIN
    right, bottom = (
        max(b[2] for b in boxes) + _MARGIN,
        max(b[3] for b in boxes) + _MARGIN,
    )
    order = (Edge, Square, BlockArrow, Node, Text)
    painted = sorted(items, key=lambda item: order.index(type(item)))
    placed = tuple(moved(item, -left, -top) for item in painted)
    return Scene(
        cell.name,
        cell.title,
        description,
        theme,
        math.ceil(right - left),
        math.ceil(bottom - top),
        placed,
    )
