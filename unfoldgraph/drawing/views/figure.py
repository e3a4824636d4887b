"""A picture from a cell: the circuit, the arrow, the unfolded view.

Both views use one layout and one size of node, so a variable has the same row, shape and colour in both.
Where labels find no room the whole is drawn again with more space between rows and columns.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from unfoldgraph.base.errors import CircuitError, require_within
from unfoldgraph.base.limits import DRAWN_NODES, SINGLE_EDGES
from unfoldgraph.drawing.geometry import Outline, Point, Rectangle
from unfoldgraph.drawing.graphs.asked_steps import TOO_MANY
from unfoldgraph.drawing.graphs.operations import Workings
from unfoldgraph.drawing.graphs.rolled import Cell, Unfolded
from unfoldgraph.drawing.layout.coordinates import Layout
from unfoldgraph.drawing.layout.graphviz import chosen_layout
from unfoldgraph.drawing.layout.grid import Grid
from unfoldgraph.drawing.layout.lattice import Board, Spots, board_of, circuit_board
from unfoldgraph.drawing.layout.layered import arrange
from unfoldgraph.drawing.options import Options
from unfoldgraph.drawing.routing.labelled_edges import edge_labels
from unfoldgraph.drawing.routing.rules import faulty
from unfoldgraph.drawing.scene.scene import (
    BlockArrow,
    Edge,
    Frame,
    Item,
    Node,
    Scene,
    Square,
    Text,
    extent,
    mirrored,
    moved,
    plain,
    stem,
)
from unfoldgraph.drawing.scene.style import CLOSER, Closeness, Style
from unfoldgraph.drawing.text.typeset import centred, compose, is_turned, turned, width_of, words
from unfoldgraph.drawing.views.canvas import label_of, labels_of_node
from unfoldgraph.drawing.views.circuit import circuit_view
from unfoldgraph.drawing.views.cut import cut_view
from unfoldgraph.drawing.views.lattice import board_view
from unfoldgraph.drawing.views.operations import operation_views
from unfoldgraph.drawing.views.parameters import draw_parameters
from unfoldgraph.drawing.views.unfolded import column_places, unfolded_view
from unfoldgraph.drawing.views.view import DrawnView

__all__ = ["NoWayError", "axes_across", "draw_scene", "least_width"]

# Type of words, in units to the em.
_WORD_TYPE = 14.0
_WIDEST_CIRCLE, _WIDEST_VALUED = 36.0, 46.0
# How far values stay from the outlines of their nodes.
_INSIDE = 3.0
# How far a label stays from an outline that has a second one inside, whatever the theme.
_IN_RING = 4.7
_MARGIN = 8.0
# Half as high as this, a name is on several lines.
_LINES = 24.0
# So wide a label finds room in a lattice as wide as usual.
_BOARD_ROOM = 160.0
_ARROW, _SHORTEST_ARROW, _ARROW_SPACE = 72.0, 46.0, 40.0
# How much the space between nodes grows from one attempt to the next, that between rows, and what labels then keep
# clear.
_ATTEMPTS = ((1.0, 1.0, 2.2), (1.3, 1.3, 2.0), (1.9, 1.9, 1.6), (3.0, 3.0, 1.3))
# How much both grow where labels read as those of other edges and nothing else is wrong: long edges have room.
_CLEARER = ((1.0, 1.3), (1.15, 1.4), (1.3, 1.7), (1.6, 1.7))
# The same where the picture may not become wider.
_CLEARER_AS_WIDE = ((1.0, 1.3), (1.0, 1.7))
# So many lines from parameters rise between two steps, and each that is more takes so much room.
_FITTING, _RISER = 6, 6.0
# With more edges than this a picture is crowded whatever its size.
_CROWDED = 120
# A circuit stands beside its unfolding unless the picture is wider than this, and so many times as wide as high.
_WIDEST, _LOW = 1500.0, 5.0
# What helps where neither view finds ways.
_COUPLED = "write what is coupled as one vector, x(t) = A @ x(t-1), or draw parts of the circuit by themselves"
# The views that show the circuit.
_CIRCUIT = ("both", "circuit")


class NoWayError(CircuitError):
    """Some parameters, which are named by ``unled``, find no way to what uses them."""

    def __init__(self, message: str, unled: frozenset[str]) -> None:
        super().__init__(message)
        self.unled = unled


def draw_scene(
    cell: Cell,
    unfolded: Unfolded | None = None,
    options: Options | None = None,
    description: str = "",
    close: Closeness = CLOSER[0],
    workings: Sequence[Workings] | None = None,
) -> Scene:
    """Return the scene of a cell.

    Parameters
    ----------
    cell : One step.
    unfolded : Columns, nodes and edges of the unfolded view (see `drawing.graphs.excerpt`); not needed for the circuit
        alone.
    options : How the picture is to be.
    description : The structure in words, for those who cannot see the picture.
    close : How close together all is drawn.
    workings : The operations of each variable, if they are to be drawn.

    Raises `CircuitError` if there are too many nodes, or if a label or an edge finds no room.
    """
    options = options or Options()
    _require_drawable(cell, unfolded, options.view)
    is_up = options.direction == "up"
    size = _node_size(cell, unfolded, Style(0.0, options.notation), close)
    # Time that runs upward is laid out as if it ran to the right, and mirrored at the end.
    with turned(is_up):
        if workings is None:
            circuit, steps, spine = _views(cell, unfolded, options, size[::-1] if is_up else size, close)
        else:
            style, layout = Style(0.0, options.notation), chosen_layout(options.layout)
            circuit, steps, spine = operation_views(cell, unfolded, workings, options.view, style, size, layout)
        if unfolded is not None and not unfolded.instances:
            steps.items.append(Text("none", "no steps", centred(words("no steps", _WORD_TYPE), 0.0, spine)))
        items = _joined(circuit, steps, spine, is_up, close)
    return _framed(cell, [mirrored(item) for item in items] if is_up else items, options, description)


def least_width(cell: Cell, unfolded: Unfolded | None, options: Options, close: Closeness) -> float:
    """Return a width that a picture will not fall below: that of its nodes, without any edge or label."""
    is_up = options.direction == "up"
    size = _node_size(cell, unfolded, Style(0.0, options.notation), close)
    with turned(is_up):
        rx, ry = size[::-1] if is_up else size
        placed = _layout_of(cell, unfolded)
        style = Style(0.0, space=close.space)
        views: list[list[Outline]] = []
        if isinstance(placed, Board):
            once = Spots(cell, placed, rx, ry, close.space)
            views.append([once.shape(variable.name) for variable in cell.variables])
            if unfolded is not None:
                spots = Spots(cell, placed, rx, ry, close.space, unfolded)
                views.append([spots.shape(one.name, spots.tracks_of(one)) for one in unfolded.instances])
        else:
            grid = _grid(cell, placed, rx, ry, close.space, style)
            views.append([grid.shape(variable.name, 0.0) for variable in cell.variables])
            if unfolded is not None:
                places = column_places(grid, unfolded)
                views.append([grid.shape(one.name, places[one.column]) for one in unfolded.instances if one.at])
        if options.view not in _CIRCUIT:
            del views[0]
    nodes = [[(s.x - s.rx, s.y - s.ry, s.x + s.rx, s.y + s.ry) for s in shapes] for shapes in views]
    across = [_reach(boxes, int(is_up)) + 2 for boxes in nodes if boxes]
    if is_up or len(across) < 2 or _is_stacked(nodes, close):
        return max(across, default=0.0) + 2 * _MARGIN
    return sum(across) + _between(close) + 2 * _MARGIN


def _require_drawable(cell: Cell, unfolded: Unfolded | None, view: str) -> None:
    """Raise where there are too many nodes, or more edges than can be told apart, or led around each other in time."""
    nodes = len(cell.variables) * (view in _CIRCUIT) + (len(unfolded.instances) if unfolded else 0)
    require_within(nodes, DRAWN_NODES, "the picture would have {} nodes", TOO_MANY)
    is_alone = len(cell.drawn_axes) < 2
    connections = [one for one in unfolded.connections if not unfolded.is_short(one, cell)] if unfolded else []
    single = sum(not (is_alone and cell.moves(connection.link)) for connection in connections)
    require_within(single, SINGLE_EDGES, "the picture would have {} edges that do not repeat", TOO_MANY)


def axes_across(cell: Cell, direction: str) -> frozenset[str]:
    """Return the axes that run from side to side of the page."""
    is_up = direction == "up"
    if len(cell.drawn_axes) < 2:
        return frozenset() if is_up else frozenset(cell.drawn_axes)
    board = board_of(cell, is_up)
    return frozenset(axis for axis in (board.lines if is_up else board.columns) if axis is not None)


def _reach(boxes: Sequence[Rectangle], side: int) -> float:
    """Return how far boxes reach to the right, or downward."""
    return max(box[side + 2] for box in boxes) - min(box[side] for box in boxes)


def _between(close: Closeness) -> float:
    """Return how far apart two views are at least that stand side by side."""
    return (_ARROW + 1.6 * _ARROW_SPACE) * close.space


def _is_stacked(views: Sequence[Sequence[Rectangle]], close: Closeness) -> bool:
    """Say whether the circuit stands above its unfolding, given the boxes of the nodes of both views.

    By itself it does where they are too wide for a page or a screen side by side, and so low that both have room left.
    """
    if close.is_stacked is not None or not all(views):
        return bool(close.is_stacked)
    width = sum(_reach(boxes, 0) for boxes in views) + _between(close)
    return width > _WIDEST and width > _LOW * max(_reach(boxes, 1) for boxes in views)


@dataclass(frozen=True)
class _Attempt:
    """Both views as drawn with some space.

    Attributes
    ----------
    circuit, steps : The views.
    spine : The height of the arrow between them.
    wrong : How many edges of either find no way.
    """

    circuit: DrawnView
    steps: DrawnView
    spine: float
    wrong: tuple[int, int]

    @property
    def unled(self) -> list[str]:
        """The parameters that find no way to what uses them."""
        return self.circuit.unled + self.steps.unled

    @property
    def failures(self) -> tuple[int, int, int]:
        """How much finds no room, how many edges find no way, and how many labels read as those of others."""
        lost = self.circuit.lost + self.steps.lost + len(self.unled)
        return lost, sum(self.wrong), self.circuit.unclear + self.steps.unclear


def _views(
    cell: Cell, unfolded: Unfolded | None, options: Options, size: tuple[float, float], close: Closeness
) -> tuple[DrawnView, DrawnView, float]:
    """Return both views, and the height of the arrow between them, with as much space as the labels need."""
    placed = _layout_of(cell, unfolded)
    best = _best_attempt(cell, unfolded, options, placed, size, close)
    _require_whole(best, options.view)
    return best.circuit, best.steps, best.spine


def _best_attempt(
    cell: Cell,
    unfolded: Unfolded | None,
    options: Options,
    placed: Layout | Board,
    size: tuple[float, float],
    close: Closeness,
) -> _Attempt:
    """Return the attempt that fails least, with more and more space while that helps."""
    # Edges that more space did not keep apart will not be kept apart by still more.
    crowded = max(len(cell.links), len(unfolded.connections) if unfolded is not None else 0) > _CROWDED
    more = _label_room(cell)
    best: _Attempt | None = None
    attempts, is_clearer = list(_ATTEMPTS), False
    while attempts:
        space, rows, margin = attempts.pop(0)
        attempt = _attempt(cell, unfolded, options, placed, size, close, more, (space, rows, margin))
        better = best is None or attempt.failures < best.failures
        if better:
            best = attempt
        lost = attempt.failures[0]
        is_done = not any(attempt.failures) or (not lost and (crowded or not (better or is_clearer)))
        if not is_clearer and not any(attempt.failures[:2]):
            clearer = _clearer(placed, options)
            attempts, is_clearer = [(space * wider, rows * taller, margin) for wider, taller in clearer], True
        # Nor do parameters find more ways where they found none with some.
        if is_done or (attempt.unled and not (better or is_clearer)):
            break
    assert best is not None
    return best


def _attempt(
    cell: Cell,
    unfolded: Unfolded | None,
    options: Options,
    placed: Layout | Board,
    size: tuple[float, float],
    close: Closeness,
    more: tuple[float, float],
    spaces: tuple[float, float, float],
) -> _Attempt:
    """Return both views as drawn with some space between nodes and between rows, and some that labels keep clear.

    ``more`` is what long labels need besides, to the right and downward.
    """
    (rx, ry), (space, rows, margin), view = size, spaces, options.view
    scale = space * close.space
    style = Style(margin, options.notation, space=scale)
    if isinstance(placed, Board):
        board_size = (rx, ry, rows * close.space * (1 + max(more) / _BOARD_ROOM))
        once = Spots(cell, placed, *board_size)
        circuit, steps, spine = _on_board(cell, unfolded, view, placed, board_size, style, once)
        shapes = {variable.name: once.shape(variable.name) for variable in cell.variables}
    else:
        grid = _grid(cell, placed, rx, ry, scale, style, rows / space, more)
        circuit, steps, spine = _in_rows(cell, unfolded, view, grid)
        shapes = {variable.name: grid.shape(variable.name, 0.0) for variable in cell.variables}
    # Parameters have trunks of their own, and say themselves where they find no way.
    wrong = len(faulty(cell, circuit.items)), len(faulty(cell, steps.items))
    places = {name: (shape.x, shape.y) for name, shape in shapes.items()}
    _with_parameters(cell, circuit, steps, unfolded, view, places, style)
    return _Attempt(circuit, steps, spine, wrong)


def _require_whole(best: _Attempt, view: str) -> None:
    """Raise where an edge, a parameter or a label of the best attempt finds no way or no room."""
    lost, wrongly, _ = best.failures
    of_circuit, of_steps = best.wrong
    if wrongly:
        raise CircuitError(
            f"{wrongly} {'edges find' if wrongly > 1 else 'edge finds'} no way around the nodes and the other edges of "
            "this picture",
            help=_COUPLED
            if of_circuit and (of_steps or view != "both")
            else "draw the unfolding alone with --view unfolded"
            if of_circuit
            else "show fewer steps with --show, or draw the circuit alone with --view circuit",
        )
    if unled := best.unled:
        uses = "use of a parameter finds" if len(unled) == 1 else "uses of parameters find"
        raise NoWayError(f"{len(unled)} {uses} no way through this picture", frozenset(unled))
    if lost:
        plural = "label finds" if lost == 1 else "labels find"
        raise CircuitError(
            f"{lost} {plural} no room in this picture", help="draw the two views by themselves, with --view"
        )


def _clearer(placed: Layout | Board, options: Options) -> Sequence[tuple[float, float]]:
    """Return how much the space between nodes and that between rows may grow so that labels have room."""
    if options.width is None:
        return _CLEARER
    if isinstance(placed, Board):
        return ()
    return [(across, along) if options.direction == "right" else (along, across) for across, along in _CLEARER_AS_WIDE]


def _with_parameters(
    cell: Cell,
    circuit: DrawnView,
    steps: DrawnView,
    unfolded: Unfolded | None,
    view: str,
    places: Mapping[str, Point],
    style: Style,
) -> None:
    """Draw the parameters that are nodes below each view."""
    once: dict[tuple[str, tuple[int | str, ...]], set[str]] = {}
    for use in cell.uses:
        once.setdefault((use.target, ()), set()).add(use.parameter)
    draw_parameters(cell, circuit, "circuit", once, places, {}, style)
    if unfolded is not None:
        often = {(one.name, one.index): cell.used(one.name, one.left) for one in unfolded.instances}
        draw_parameters(cell, steps, "cut" if view == "cut" else "unfolded", often, places, unfolded.values, style)


def _layout_of(cell: Cell, unfolded: Unfolded | None) -> Layout | Board:
    """Return the layout of one step, or where there are several axes the board of all."""
    if len(cell.drawn_axes) < 2:
        return arrange(cell)
    if unfolded is None and any(len(variable.axes) > 2 for variable in cell.variables):
        return circuit_board(cell)
    return board_of(cell, is_turned())


def _in_rows(cell: Cell, unfolded: Unfolded | None, view: str, grid: Grid) -> tuple[DrawnView, DrawnView, float]:
    """Return both views of a circuit with one axis, and the height of the arrow between them."""
    shapes = {variable.name: grid.shape(variable.name, 0.0) for variable in cell.variables}
    circuit = circuit_view(cell, shapes, grid.row, grid.style) if view in _CIRCUIT else DrawnView()
    steps = DrawnView()
    if unfolded and view == "cut":
        # A value without axes stands with the step.
        step = next((n for n, column in enumerate(unfolded.columns) if column.kind == "step"), 0)
        columns = [one.column if one.at else step for one in unfolded.instances]
        places = [
            grid.shape(one.name, column * grid.pitch) for one, column in zip(unfolded.instances, columns, strict=True)
        ]
        steps = cut_view(cell, unfolded, places, grid.style)
    elif unfolded:
        steps = unfolded_view(cell, grid, unfolded)
    return circuit, steps, grid.y(grid.layout.spine)


def _on_board(
    cell: Cell,
    unfolded: Unfolded | None,
    view: str,
    board: Board,
    size: tuple[float, float, float],
    style: Style,
    once: Spots,
) -> tuple[DrawnView, DrawnView, float]:
    """Return both views of a circuit with several axes, and the height of the arrow between them."""
    circuit, steps = DrawnView(), DrawnView()
    if view in _CIRCUIT:
        shapes = {variable.name: once.shape(variable.name) for variable in cell.variables}
        circuit = circuit_view(cell, shapes, 2 * size[1] + 46 * size[2], style)
    if unfolded:
        spots = Spots(cell, board, *size, unfolded)
        if view == "cut":
            places = [spots.shape(instance.name, spots.tracks_of(instance)) for instance in unfolded.instances]
            steps = cut_view(cell, unfolded, places, style)
        else:
            steps = board_view(cell, spots, unfolded, style)
    if not board.is_lattice:
        return circuit, steps, once.spine
    if not (circuit.items and steps.items):
        return circuit, steps, 0.0
    # A lattice is higher than one step of it: they stand with their middles side by side.
    middles = [_middle(circuit.items), _middle(steps.items)]
    circuit.items = [moved(item, 0.0, middles[1] - middles[0]) for item in circuit.items]
    return circuit, steps, middles[1]


def _middle(items: list[Item]) -> float:
    """Return the height of the middle of some nodes."""
    boxes = [extent(item) for item in items if isinstance(item, Node)]
    return (min(box[1] for box in boxes) + max(box[3] for box in boxes)) / 2


def _label_room(cell: Cell) -> tuple[float, float]:
    """Return how much farther apart nodes are for labels of edges that are on several lines."""
    boxes = [label.box for link in cell.links if link.label for label in edge_labels(link)[:1]]
    wide = max((x1 - x0 for x0, _, x1, _ in boxes), default=0.0)
    high = max((y1 - y0 for _, y0, _, y1 in boxes), default=0.0)
    return (wide, high) if min(wide, high) > _LINES else (0.0, 0.0)


def _grid(
    cell: Cell,
    layout: Layout,
    rx: float,
    ry: float,
    scale: float,
    style: Style,
    taller: float = 1.0,
    more: tuple[float, float] = (0.0, 0.0),
) -> Grid:
    """Return the geometry at one scale of the space between nodes, that between rows so many times as large.

    ``more`` is what long labels need besides, to the right and downward.
    """
    slot = 2 * rx + 28 * scale
    # Wide steps are taller too, or their edges would fan out too flat to be told apart.
    row = 2 * ry + 46 * scale * taller + 12 * min(scale, 1.0) * max(layout.width - 1, 0) + more[1]
    pitch = more[0] + layout.width * slot + 2 * rx + 58 * scale + max(_rising(cell, layout) - _FITTING, 0) * _RISER
    return Grid(layout, rx, ry, slot, row, pitch, style)


def _rising(cell: Cell, layout: Layout) -> int:
    """Return how many lines from parameters rise beside nodes of a step to others above them, at most at one place."""
    rows: dict[float, list[int]] = {}
    for name, place in layout.place.items():
        rows.setdefault(place, []).append(layout.row[name])
    uses = {(use.parameter, use.target) for use in cell.uses}
    places = [(layout.place[target], layout.row[target]) for _, target in uses]
    counts = Counter(place for place, row in places if row > min(rows[place]))
    return max(counts.values(), default=0)


def _node_size(cell: Cell, unfolded: Unfolded | None, style: Style, close: Closeness) -> tuple[float, float]:
    """Return the half axes of every node: a circle that holds the widest label, an ellipse for long names."""
    labels = [compose(v.latex, v.sup, v.sub, style.circuit_type) for v in cell.variables]
    instances = unfolded.instances if unfolded else ()
    labels += [label_of(cell, instance, style) for instance in instances]
    half_width = max((label.box[2] - label.box[0] for label in labels), default=0.0) / 2
    half_height = max((label.box[3] - label.box[1] for label in labels), default=0.0) / 2
    radius = max(close.radius, math.hypot(half_width, half_height * 0.8) + 4.5)
    # What is given has a second outline, inside the first.
    given = [label_of(cell, instance, style).box for instance in instances if instance.role == "boundary"]
    radius = max([radius, *(math.hypot(x1 - x0, y1 - y0) / 2 + _IN_RING for x0, y0, x1, y1 in given)])
    if radius <= _WIDEST_CIRCLE:
        rx = ry = float(math.ceil(radius))
    else:
        # Several lines fill an ellipse best where they touch it halfway up.
        ry = max(26.0, half_height + 12) if half_height < _LINES else math.sqrt(2) * (half_height + 3)
        rx = math.ceil((half_width + 4) / math.sqrt(1 - ((half_height + 3) / ry) ** 2))
    valued = [labels_of_node(cell, instance, style) for instance in instances if instance.value]
    boxes = [label.box for pair in valued for _, label in pair]
    return _around(boxes, rx, math.ceil(ry))


def _around(boxes: Sequence[Rectangle], rx: float, ry: float) -> tuple[float, float]:
    """Return half axes, from some on, that hold boxes around the origin: those of a circle unless it were large."""
    corners = [(abs(x) + _INSIDE, abs(y) + _INSIDE) for box in boxes for x in box[::2] for y in box[1::2]]
    if not corners:
        return rx, ry
    radius = max(rx, ry, *(math.hypot(x, y) for x, y in corners))
    if radius <= _WIDEST_VALUED:
        return math.ceil(radius), math.ceil(radius)
    wide, high = (max(side) for side in zip(*corners, strict=True))
    scale = max(math.hypot(x / wide, y / high) for x, y in corners)
    return math.ceil(max(rx, wide * scale)), math.ceil(max(ry, high * scale))


def _joined(circuit: DrawnView, steps: DrawnView, spine: float, is_up: bool, close: Closeness) -> list[Item]:
    """Return both views with the arrow between them, side by side or one above the other."""
    boxes = [[extent(item) for item in view.items if isinstance(item, Node)] for view in (circuit, steps)]
    if not is_up and _is_stacked(boxes, close):
        return _one_above_the_other(circuit.items, steps.items, close)
    return _side_by_side(circuit.items, steps.items, spine, close)


def _side_by_side(circuit: list[Item], steps: list[Item], spine: float, close: Closeness) -> list[Item]:
    """Return circuit, arrow and unfolded view, from left to right."""
    if not circuit or not steps:
        return [*circuit, *steps]
    space, length = _ARROW_SPACE * close.space, max(_ARROW * close.space, _SHORTEST_ARROW)
    right = max(extent(item)[2] for item in circuit)
    left = min(extent(item)[0] for item in steps)
    x = right + space * 0.6
    label = words("Unfold", _WORD_TYPE)
    # The word stands above an arrow that lies, and to the right of one that stands.
    above = 14.0 + (label.box[3] - label.box[1]) / 2 if is_turned() else 19.0
    word = centred(label, x + length / 2, spine - above)
    shift = x + length + space - left
    arrow: list[Item] = [BlockArrow(x, spine, length), Text("unfold", "Unfold", word)]
    return [*circuit, *arrow, *(moved(item, shift, 0.0) for item in steps)]


def _one_above_the_other(circuit: list[Item], steps: list[Item], close: Closeness) -> list[Item]:
    """Return circuit, arrow and unfolded view, from top to bottom, with their middles in one line."""
    if not circuit or not steps:
        return [*circuit, *steps]
    length = max(_ARROW * close.space, _SHORTEST_ARROW) * 0.75
    boxes = [extent(item) for item in circuit], [extent(item) for item in steps]
    middles = [(min(box[0] for box in one) + max(box[2] for box in one)) / 2 for one in boxes]
    y = max(box[3] for box in boxes[0]) + 10.0
    top = min(box[1] for box in boxes[1])
    label = words("Unfold", _WORD_TYPE)
    word = centred(label, middles[0] + 14.0 + width_of(label) / 2, y + length / 2)
    arrow: list[Item] = [BlockArrow(middles[0], y, length, (0, 1)), Text("unfold", "Unfold", word)]
    dx, dy = middles[0] - middles[1], y + length + 14.0 - top
    return [*circuit, *arrow, *(moved(item, dx, dy) for item in steps)]


def _framed(cell: Cell, items: list[Item], options: Options, description: str) -> Scene:
    """Return the scene, moved so that everything lies inside, painted frames first and text last."""
    boxes = [extent(item) for item in items] or [(0.0, 0.0, 0.0, 0.0)]
    left, top = min(b[0] for b in boxes) - _MARGIN, min(b[1] for b in boxes) - _MARGIN
    right, bottom = max(b[2] for b in boxes) + _MARGIN, max(b[3] for b in boxes) + _MARGIN
    order = (Frame, Edge, Square, BlockArrow, Node, Text)
    painted = sorted(items, key=lambda item: order.index(type(item)))
    placed = tuple(moved(item, -left, -top) for item in painted)
    size = math.ceil(right - left), math.ceil(bottom - top)
    is_opaque = options.background == "opaque"
    title, words = plain(cell.title), plain(description)
    return Scene(stem(cell.name), title, words, options.theme, *size, placed, is_opaque=is_opaque)
