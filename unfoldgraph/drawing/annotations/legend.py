"""A legend below a picture: one sample of each kind that is drawn, with a word.

Samples are items like any others, of the view ``"legend"``, so that every format draws them as it draws the picture.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from unfoldgraph.base.errors import number
from unfoldgraph.drawing.geometry import Path
from unfoldgraph.drawing.graphs.rolled import Cell
from unfoldgraph.drawing.scene.scene import Edge, Frame, Item, Node, Scene, Square, Text, extent, moved, node_id
from unfoldgraph.drawing.text.typeset import words

__all__ = ["with_legend"]

#: Of each role of a node its word, in the order of the legend.
_ROLES: Mapping[str, str] = {
    "input": "input",
    "state": "state",
    "output": "output",
    "loss": "loss",
    "operation": "operation",
    "parameter": "parameter",
    "constant": "constant",
    "boundary": "boundary value",
    "ellipsis": "steps not shown",
}
#: Of each role of an edge its word; plain edges need none.
_LINES: Mapping[str, str] = {"gradient": "gradient", "parameter": "use of a parameter"}
_EMPHASES: Mapping[str, str] = {"chosen": "highlighted", "lit": "what it depends on"}
# Samples: half axes of a node, of a rectangle and of a frame, and the length of an edge.
_CIRCLE, _RECTANGLE, _FRAME, _EDGE = (9.5, 9.5), (12.0, 8.5), (13.0, 9.5), 38.0
_TYPE = 13.0
# The legend stands so far below the picture and above its lower edge; then rows, entries, a sample and its word.
_ABOVE, _BELOW, _ROW, _BETWEEN, _BESIDE = 20.0, 8.0, 28.0, 26.0, 7.0
_SIDE = 8.0
# How far the middle of a sample is above the baseline of its word.
_MIDDLE = 4.2
# A picture that is narrower than this is made wider, so that the legend is no column.
_NARROWEST = 300.0
# More different delays than this are one entry.
_DELAYS = 4


@dataclass(frozen=True, slots=True)
class _LegendEntry:
    """A sample that begins at (0, 0), so wide, and its word."""

    sample: tuple[Item, ...]
    width: float
    word: str


def with_legend(scene: Scene, cell: Cell, is_narrow: bool = False) -> Scene:
    """Return a scene with a legend below, in rows no wider than the picture.

    Parameters
    ----------
    scene : The finished picture.
    cell : What it shows.
    is_narrow : Whether a narrow picture stays as narrow as the longest entry allows.
    """
    placed: list[Item] = []
    right = max(scene.width, 0.0 if is_narrow else _NARROWEST) - _SIDE
    x, y, widest = _SIDE, scene.height + _ABOVE, scene.width
    for entry in _entries(scene, cell):
        word = words(entry.word, _TYPE)
        width = entry.width + _BESIDE + word.box[2] - word.box[0]
        if x > _SIDE and x + width > right:
            x, y = _SIDE, y + _ROW
        placed += [moved(item, x, y) for item in entry.sample]
        label = word.moved(x + entry.width + _BESIDE - word.box[0], y + _MIDDLE)
        placed.append(Text("legend", entry.word, label))
        x += width + _BETWEEN
        widest = max(widest, x - _BETWEEN + _SIDE)
    if not placed:
        return scene
    height = max(extent(item)[3] for item in placed) + _BELOW
    return replace(scene, width=math.ceil(widest), height=math.ceil(height), items=(*scene.items, *placed))


def _entries(scene: Scene, cell: Cell) -> Iterator[_LegendEntry]:
    """Yield what the legend says, kind by kind."""
    nodes = [item for item in scene.items if isinstance(item, Node)]
    edges = [item for item in scene.items if isinstance(item, Edge)]
    for role, word in _ROLES.items():
        for node in _first(nodes, lambda node, role=role: node.role == role):  # type: ignore[misc]
            # Where the delays are cut open, what comes out of one is no boundary.
            word = "from another step" if (role, node.view) == ("boundary", "cut") else word
            yield _node(role, node, "", word)
    yield from _delays(scene, cell)
    for role, word in _LINES.items():
        if any(edge.role == role for edge in edges):
            yield _edge(f"legend.{role}-edge", role, False, word)
    if any(edge.dashed and edge.view == "circuit" for edge in edges):
        yield _edge("legend.special", "data", True, "at one place only")
    if any(edge.dashed and edge.view != "circuit" for edge in edges) and all(node.role != "ellipsis" for node in nodes):
        yield _edge("legend.gap", "data", True, "from or to steps not shown")
    for frame in [item for item in scene.items if isinstance(item, Frame)][:1]:
        rx, ry = _FRAME
        sample = Frame("legend.step", "legend", frame.name, (), rx, 0.0, rx, ry)
        yield _LegendEntry((sample,), 2 * rx, "one step")
    if any(isinstance(item, Text) and item.numbers for item in scene.items):
        label = words("1", _TYPE)
        one = Text("legend.wavefront", "1", label.moved(-label.box[0], _MIDDLE), emphasis="dim")
        yield _LegendEntry((one,), label.box[2] - label.box[0], "wavefront in which it is computed")
    for emphasis, word in _EMPHASES.items():
        for node in _first(nodes, lambda node, emphasis=emphasis: node.emphasis == emphasis):  # type: ignore[misc]
            yield _node(emphasis, node, emphasis, word)


def _first(nodes: Sequence[Node], fits: Callable[[Node], bool]) -> list[Node]:
    """Return the first node that fits, or nothing."""
    return [node for node in nodes if fits(node)][:1]


def _node(name: str, like: Node, emphasis: str, word: str) -> _LegendEntry:
    """Return the entry of a kind of node, in the shape of one that is drawn."""
    rx, ry = _CIRCLE if like.shape == "circle" else _RECTANGLE
    sample = Node("legend", (name,), word, (), like.role, rx, 0.0, rx, ry, like.shape, emphasis)
    return _LegendEntry((sample,), 2 * rx, word)


def _edge(name: str, role: str, dashed: bool, word: str, delay: tuple[int, ...] = ()) -> _LegendEntry:
    """Return the entry of a kind of edge."""
    path = Path((((0.0, 0.0), (_EDGE, 0.0)),))
    return _LegendEntry((Edge(name, "legend", "", "", delay, path, dashed, True, role),), _EDGE, word)


def _delays(scene: Scene, cell: Cell) -> Iterator[_LegendEntry]:
    """Yield an entry for each delay that is drawn, with what its square says; one for all that have marks beside."""
    ends = {item.index: item for item in reversed(scene.items) if isinstance(item, Node) and item.role == "sink"}
    squares: dict[tuple[int | str, ...], Node | Square] = {**ends}
    squares |= {item.steps: item for item in reversed(scene.items) if isinstance(item, Square)}
    delays = {tuple(int(by) for by in steps): square for steps, square in squares.items()}
    if not delays:
        return
    numbers = {item.of: item for item in scene.items if isinstance(item, Text) and item.inverse}
    counts = {next(filter(None, steps)): square for steps, square in delays.items()}
    if any(len(variable.axes) > 1 for variable in cell.variables):
        told = {_along(delays): next(iter(delays.values()))}
    elif len(counts) > _DELAYS:
        told = {"delay of one step, or of what the square says": counts[min(counts, key=abs)]}
    else:
        # One step first, then more, then those that run backward.
        told = {_delay_words(count): counts[count] for count in sorted(counts, key=lambda n: (n < 0, abs(n)))}
    for n, (word, square) in enumerate(told.items()):
        path = "delay", str(n)
        name = node_id("legend", path)
        if isinstance(square, Node):
            # Where delays are cut open a value ends in the square.
            x, width, of = square.rx, 2 * square.rx, square.id
            like = replace(square, view="legend", path=path, name=word, index=(), emphasis="")
            sample: list[Item] = [replace(like, x=x, y=0.0)]
        else:
            x, width, of = (_EDGE - 6.0) / 2, _EDGE, square.of
            edge = _edge(name, "data", False, word, square.steps)
            sample = [*edge.sample, replace(square, of=name, x=x, y=0.0)]
        if of in numbers:
            sample.append(moved(replace(numbers[of], of=name), x - square.x, -square.y))
        yield _LegendEntry(tuple(sample), width, word)


def _delay_words(count: int) -> str:
    """Say a delay: ``one step of delay``, ``2 steps of delay``, ``one step backward``."""
    many = "one step" if abs(count) == 1 else f"{number(abs(count))} steps"
    return f"{many} {'of delay' if count > 0 else 'backward'}"


def _along(delays: Collection[Sequence[int]]) -> str:
    """Say what the marks beside squares mean, which name the axes of a delay."""
    axes = "axis" if all(sum(map(bool, steps)) == 1 for steps in delays) else "axes"
    return f"delay along the {axes} beside it" + (", minus: backward" if min(map(min, delays)) < 0 else "")
