"""A legend below a picture: one sample of each kind that is drawn, with a word.

Samples are items like any others, of the view ``"legend"``, so that every format draws them as it draws the picture.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from unfoldgraph.drawing.geometry import Path
from unfoldgraph.drawing.scene import Edge, Frame, Item, Node, Scene, Square, Text, extent, moved
from unfoldgraph.drawing.typeset import Label, typeset, words
from unfoldgraph.errors import number
from unfoldgraph.notation import latex_name, shown

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
class _Entry:
    """A sample that begins at (0, 0), so wide, and its word."""

    sample: tuple[Item, ...]
    width: float
    word: str


def with_legend(scene: Scene, axes: Sequence[str]) -> Scene:
    """Return a scene with a legend below, in rows no wider than the picture.

    Args:
        scene: The finished picture.
        axes: Of the circuit, which delays follow.
    """
    placed: list[Item] = []
    right = max(scene.width, _NARROWEST) - _SIDE
    x, y, widest = _SIDE, scene.height + _ABOVE, scene.width
    for entry in _entries(scene, axes):
        text, word = _typeset(entry.word)
        width = entry.width + _BESIDE + word.box[2] - word.box[0]
        if x > _SIDE and x + width > right:
            x, y = _SIDE, y + _ROW
        placed += [moved(item, x, y) for item in entry.sample]
        label = word.moved(x + entry.width + _BESIDE - word.box[0], y + _MIDDLE)
        placed.append(Text("legend", text, label))
        x += width + _BETWEEN
        widest = max(widest, x - _BETWEEN + _SIDE)
    if not placed:
        return scene
    height = max(extent(item)[3] for item in placed) + _BELOW
    return replace(scene, width=math.ceil(widest), height=math.ceil(height), items=(*scene.items, *placed))


def _entries(scene: Scene, axes: Sequence[str]) -> Iterator[_Entry]:
    """Yield what the legend says, kind by kind."""
    nodes = [item for item in scene.items if isinstance(item, Node)]
    edges = [item for item in scene.items if isinstance(item, Edge)]
    for role, word in _ROLES.items():
        for node in _first(nodes, lambda node, role=role: node.role == role):  # type: ignore[misc]
            # Where the delays are cut open, what comes out of one is no boundary.
            word = "from another step" if (role, node.view) == ("boundary", "cut") else word
            yield _node(f"legend.{role}", node, "", word)
    yield from _delays(scene, axes)
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
        yield _Entry((sample,), 2 * rx, "one step")
    for emphasis, word in _EMPHASES.items():
        for node in _first(nodes, lambda node, emphasis=emphasis: node.emphasis == emphasis):  # type: ignore[misc]
            yield _node(f"legend.{emphasis}", node, emphasis, word)


def _first(nodes: Sequence[Node], fits: Callable[[Node], bool]) -> list[Node]:
    """Return the first node that fits, or nothing."""
    return [node for node in nodes if fits(node)][:1]


def _node(name: str, like: Node, emphasis: str, word: str) -> _Entry:
    """Return the entry of a kind of node, in the shape of one that is drawn."""
    rx, ry = _CIRCLE if like.shape == "circle" else _RECTANGLE
    sample = Node(name, "legend", word, (), like.role, rx, 0.0, rx, ry, like.shape, emphasis)
    return _Entry((sample,), 2 * rx, word)


def _edge(name: str, role: str, dashed: bool, word: str, delay: tuple[int, ...] = ()) -> _Entry:
    """Return the entry of a kind of edge."""
    path = Path((((0.0, 0.0), (_EDGE, 0.0)),))
    return _Entry((Edge(name, "legend", "", "", delay, path, dashed, True, role),), _EDGE, word)


def _delays(scene: Scene, axes: Sequence[str]) -> Iterator[_Entry]:
    """Yield an entry for each delay that is drawn, with what its square says."""
    numbers = {item.of: item for item in scene.items if isinstance(item, Text) and item.inverse}
    squares = {item.steps: item for item in reversed(scene.items) if isinstance(item, Square)}
    # One step first, then more, then those that run ahead.
    ordered = sorted(squares.values(), key=lambda square: (min(square.steps) < 0, [abs(n) for n in square.steps[::-1]]))
    several = len({axis for square in ordered for axis, n in zip(axes, square.steps, strict=True) if n}) > 1
    told = [_delay_words(square.steps, axes, several) for square in ordered]
    if len(ordered) > _DELAYS:
        ordered, told = ordered[:1], ["delay of one step, or of what the square says"]
    for n, (square, word) in enumerate(zip(ordered, told, strict=True)):
        edge = _edge(f"legend.delay.{n}", "data", False, word, square.steps)
        x = (_EDGE - 6.0) / 2
        sample: list[Item] = [*edge.sample, moved(replace(square, of=f"legend.delay.{n}"), x - square.x, -square.y)]
        if square.of in numbers:
            text = numbers[square.of]
            sample.append(moved(replace(text, of=f"legend.delay.{n}"), x - square.x, -square.y))
        yield replace(edge, sample=tuple(sample))


def _delay_words(steps: Sequence[int], axes: Sequence[str], several: bool) -> str:
    """Say a delay, names of axes in dollars: ``one step of delay``, ``2 steps of delay along $i$``."""
    along: dict[int, list[str]] = {}
    for axis, count in zip(axes, steps, strict=True):
        if count:
            along.setdefault(count, []).append(f"${axis}$")
    parts = []
    for count, moved_along in along.items():
        many = "one step" if abs(count) == 1 else f"{number(abs(count))} steps"
        where = f" along {' and '.join(moved_along)}" if several else ""
        parts.append(f"{many} {'of delay' if count > 0 else 'backward'}{where}")
    return ", ".join(parts)


def _typeset(word: str) -> tuple[str, Label]:
    """Return a word in plain characters and typeset, names of axes in it as mathematics."""
    pieces = word.split("$")
    if len(pieces) == 1:
        return word, words(word, _TYPE)
    latex = "".join(latex_name(piece)[0] if n % 2 else rf"\text{{{piece}}}" for n, piece in enumerate(pieces) if piece)
    return "".join(shown(piece) if n % 2 else piece for n, piece in enumerate(pieces)), typeset(latex, _TYPE)
