"""The neutral scene between layout and formats: shapes, paths and typeset text, nothing else.

Every format is written from it and agrees in its coordinates. Lengths are units
of the view box, one of which prints as 0.75 pt; y runs downward.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from unfoldgraph.drawing.geometry import Path, Point
from unfoldgraph.drawing.text.typeset import Label

__all__ = [
    "DOTS",
    "FRAME_CORNER",
    "HEAD",
    "STEPS_VIEWS",
    "AxisPlace",
    "BlockArrow",
    "Edge",
    "Frame",
    "Item",
    "Node",
    "Scene",
    "Square",
    "Text",
    "arrow_corners",
    "corner",
    "edge_id",
    "extent",
    "flipped",
    "head_corners",
    "identified",
    "mirrored",
    "moved",
    "node_id",
    "number",
    "path_text",
    "plain",
    "shaft",
    "stem",
    "to_dictionary",
]

#: How round the corners of a frame and of a rectangle are.
FRAME_CORNER, _NODE_CORNER, _OPERATION_CORNER = 10.0, 4.0, 10.0
#: The dots that stand for what is left out: to the right, downward, and where both meet, falling or rising.
DOTS = ("\u22ef", "\u22ee", "\u22f1", "\u22f0")
#: What the ids of the nodes of each view begin with.
_VIEWS = {"circuit": "c", "unfolded": "u", "cut": "k", "legend": "legend"}

# Scene coordinates are kept to this many decimals: a hundredth of a unit is far below ink.
_DECIMALS = 2
#: An arrowhead: how far behind the tip and how far beside the line its corners are.
HEAD = ((0.0, 0.0), (-8.0, 3.3), (-6.0, 0.0), (-8.0, -3.3))
# What no format can hold, what would end a line of it, and what would turn the order of its text around.
_SPACES = re.compile(r"[\t-\r\x85\u2028\u2029]+")
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
# How much of a circuit's name ids begin with, and how many digits tell pictures of one name apart.
_NAME, _DIGITS = 40, 6
# The shaft stops inside the head, or its square end would blunt the tip.
_SHAFT_STOPS = 5.5


STEPS_VIEWS = ("unfolded", "cut")
"""The views that have steps."""
AxisPlace = tuple[str, int]
"""What a place is counted from, and how far from there: ("", 3), ("t", -1), ("end", 0); many places from no axis."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node.

    Attributes
    ----------
    view : ``"circuit"``, ``"unfolded"``, ``"cut"`` or ``"legend"``.
    path : What tells it from the others of its view: of the graph the variable that it is, or helps to give; then the
        words of its place; then what it is besides. The id is made from it.
    index : Numbers, or the words of symbolic time.
    places : What the index says, of a variable along each of its axes; none of a delay that is cut.
    shape : ``"circle"`` (an ellipse, if rx and ry differ) or ``"rectangle"``.
    emphasis : Of all items that have it: ``"chosen"`` and ``"lit"`` stand out, ``"dim"`` steps back.
    """

    view: str
    path: tuple[str, ...]
    name: str
    index: tuple[int | str, ...]
    role: str
    x: float
    y: float
    rx: float
    ry: float
    shape: str = "circle"
    emphasis: str = ""
    places: tuple[AxisPlace, ...] = ()

    @property
    def id(self) -> str:
        """What edges and texts name it by."""
        return node_id(self.view, self.path)


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge; ``path`` ends at the tip of its arrowhead. An end that is not drawn is ``""``.

    ``leads_to`` is the variable at the end of an edge of the unfolded view, also where that end is not drawn.
    """

    id: str
    view: str
    source: str
    target: str
    delay: tuple[int, ...]
    path: Path
    dashed: bool
    head: bool
    role: str = "data"
    emphasis: str = ""
    leads_to: str = ""


@dataclass(frozen=True, slots=True)
class Square:
    """The black square of a delay: ``of`` is its edge, (x, y) its centre."""

    of: str
    steps: tuple[int, ...]
    x: float
    y: float
    size: float
    emphasis: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A typeset text at its final place.

    Attributes
    ----------
    of : The id of what it belongs to, or what else it is.
    inverse : Whether it is on a delay square.
    numbers : The id of the node beside it whose wavefront it numbers.
    """

    of: str
    text: str
    label: Label
    inverse: bool = False
    emphasis: str = ""
    numbers: str = ""


@dataclass(frozen=True, slots=True)
class BlockArrow:
    """The arrow between the two views, from (x, y) as far as its length, in the direction of a unit vector."""

    x: float
    y: float
    length: float
    direction: tuple[int, int] = (1, 0)


@dataclass(frozen=True, slots=True)
class Frame:
    """A rounded rectangle behind what belongs together, such as the operations of one step; (x, y) is its centre."""

    id: str
    view: str
    name: str
    index: tuple[int | str, ...]
    x: float
    y: float
    rx: float
    ry: float


Item = Node | Edge | Square | Text | BlockArrow | Frame


@dataclass(frozen=True, slots=True)
class Scene:
    """A finished picture.

    Attributes
    ----------
    name : Prefix of ids, another for every other picture, so that any two can share a page.
    title : Any text of the user's, on one line and without control characters.
    description : The structure in words.
    theme : A row of `themes.THEMES`.
    items : In the order they are painted.
    scale : How many CSS pixels (1/96 inch) a unit prints as.
    resolution : How many pixels to the inch it has where it is painted in pixels.
    is_opaque : Whether the page has the background of the theme; else what is behind it shows through.
    """

    name: str
    title: str
    description: str
    theme: str
    width: float
    height: float
    items: tuple[Item, ...]
    scale: float = 1.0
    is_opaque: bool = True
    resolution: float = 192.0


def edge_id(view: str, number: int, kind: str = "e") -> str:
    """Return the id of an edge of a view by its number; ``kind`` is ``"p"`` for those of parameters."""
    return f"{kind}.{_VIEWS[view]}.{number}"


def node_id(view: str, path: Sequence[str]) -> str:
    """Return the id of the node of a view that a path tells from the others."""
    return ".".join((_VIEWS[view], *path))


def number(value: float) -> str:
    """Return a coordinate as text: rounded, no trailing zeros, never ``-0``."""
    text = f"{value:.{_DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def plain(text: str) -> str:
    r"""Return a text of the user's on one line; what no format can hold, or would reorder its source, becomes U+FFFD.

    >>> plain("one\n two\x00\u202e")
    'one  two��'
    """
    return _UNWRITABLE.sub("\ufffd", _SPACES.sub(" ", text))


def stem(name: str) -> str:
    """Return a name as ids begin: letters, digits, hyphens, beginning with a letter."""
    found = re.sub(r"[^A-Za-z0-9_]+", "-", name[:_NAME]).strip("-")
    return found if re.match(r"[A-Za-z]", found) else f"circuit-{found}".rstrip("-")


def identified(scene: Scene) -> Scene:
    """Return the finished scene with a name that only pictures which look the same have.

    A page may show one circuit in symbols and in numbers, or two that have no name. Glyphs and the words for screen
    readers are found by id, so that with the same ids the second picture would take those of the first.
    """
    content = json.dumps([scene.title, scene.theme, scene.is_opaque, scene.scale, to_dictionary(scene)])
    return replace(scene, name=f"{scene.name}-{hashlib.sha256(content.encode()).hexdigest()[:_DIGITS]}")


def moved(item: Item, dx: float, dy: float) -> Item:
    """Return the same item, elsewhere."""
    if isinstance(item, Edge):
        return replace(item, path=item.path.moved(dx, dy))
    if isinstance(item, Text):
        return replace(item, label=item.label.moved(dx, dy))
    return replace(item, x=item.x + dx, y=item.y + dy)


def mirrored(item: Item) -> Item:
    """Return the same item, mirrored across the diagonal from lower left to upper right; text stays upright."""
    if isinstance(item, Edge):
        return replace(item, path=item.path.mirrored())
    if isinstance(item, Text):
        return replace(item, label=item.label.mirrored())
    if isinstance(item, Node | Frame):
        return replace(item, x=-item.y, y=-item.x, rx=item.ry, ry=item.rx)
    if isinstance(item, BlockArrow):
        dx, dy = item.direction
        return replace(item, x=-item.y, y=-item.x, direction=(-dy, -dx))
    return replace(item, x=-item.y, y=-item.x)


def flipped(items: Iterable[Item]) -> list[Item]:
    """Return the same items upside down; texts stay upright, and those of nodes in line with each other."""
    items = list(items)
    heights = {item.id: item.y for item in items if isinstance(item, Node)}
    found: list[Item] = []
    for item in items:
        if isinstance(item, Edge):
            path = Path(tuple(tuple((x, -y) for x, y in segment) for segment in item.path.segments))
            found.append(replace(item, path=path))
        elif isinstance(item, Text):
            _, y0, _, y1 = item.label.box
            dy = -2 * heights[item.of] if item.of in heights else -(y0 + y1)
            found.append(replace(item, label=item.label.moved(0.0, dy)))
        else:
            found.append(replace(item, y=-item.y))
    return found


def corner(node: Node) -> float:
    """How round the corners of a rectangle are: a sink is as square as the squares of delays, an operation is round."""
    return {"sink": 0.0, "operation": _OPERATION_CORNER}.get(node.role, _NODE_CORNER)


def extent(item: Item) -> tuple[float, float, float, float]:
    """Return the box of an item with its strokes."""
    if isinstance(item, Node | Frame):
        return (
            item.x - item.rx - 1,
            item.y - item.ry - 1,
            item.x + item.rx + 1,
            item.y + item.ry + 1,
        )
    if isinstance(item, Edge):
        points = item.path.points()
        (x0, y0), (x1, y1) = points.min(0), points.max(0)
        return (float(x0) - 1, float(y0) - 1, float(x1) + 1, float(y1) + 1)
    if isinstance(item, Square):
        half = item.size / 2
        return (item.x - half, item.y - half, item.x + half, item.y + half)
    if isinstance(item, Text):
        return item.label.box
    xs, ys = zip(*arrow_corners(item), strict=True)
    return (min(xs), min(ys), max(xs), max(ys))


def path_text(path: Path) -> str:
    """Return a path as ``M x y L x y C x y x y x y``, absolute."""
    return " ".join(
        f"{letter} {' '.join(f'{number(x)} {number(y)}' for x, y in points)}" for letter, points in path.commands()
    )


def head_corners(path: Path) -> list[Point]:
    """Return the corners of the arrowhead at the end of a path, the tip first."""
    (x, y), (ux, uy) = _tip(path)
    return [(x + a * ux - b * uy, y + a * uy + b * ux) for a, b in HEAD]


def shaft(edge: Edge) -> Path:
    """Return the line of an edge as it is painted: with an arrowhead it stops inside that."""
    if not edge.head:
        return edge.path
    (x, y), (ux, uy) = _tip(edge.path)
    *before, last = edge.path.segments
    return Path((*before, (*last[:-1], (x - _SHAFT_STOPS * ux, y - _SHAFT_STOPS * uy))))


def _tip(path: Path) -> tuple[Point, Point]:
    """Return the end of a path and the unit vector in which it points."""
    a, b = path.segments[-1][-2:]
    length = ((b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2) ** 0.5 or 1.0
    return b, ((b[0] - a[0]) / length, (b[1] - a[1]) / length)


def arrow_corners(arrow: BlockArrow) -> list[Point]:
    """Return the corners of the arrow between the views."""
    end, neck = arrow.length, arrow.length - 13
    corners = [(0.0, -3.0), (neck, -3.0), (neck, -9.0), (end, 0.0), (neck, 9.0), (neck, 3.0), (0.0, 3.0)]
    dx, dy = arrow.direction
    return [(arrow.x + along * dx - across * dy, arrow.y + along * dy + across * dx) for along, across in corners]


def to_dictionary(scene: Scene) -> dict[str, Any]:
    """Return the scene as JSON has it; the arrow between the views is decoration and left out."""
    items: list[dict[str, Any]] = []
    for item in scene.items:
        if isinstance(item, Node):
            items.append(
                {
                    "kind": "node", "id": item.id, "view": item.view, "name": item.name, "index": list(item.index),
                    "role": item.role, "shape": item.shape,
                    "x": _rounded(item.x), "y": _rounded(item.y), "rx": _rounded(item.rx), "ry": _rounded(item.ry),
                }
            )  # fmt: skip
        elif isinstance(item, Edge):
            items.append(
                {
                    "kind": "edge", "id": item.id, "view": item.view, "source": item.source, "target": item.target,
                    "role": item.role, "delay": list(item.delay), "path": path_text(item.path),
                }
            )  # fmt: skip
        elif isinstance(item, Square):
            items.append(
                {
                    "kind": "delay", "of": item.of, "steps": list(item.steps),
                    "x": _rounded(item.x), "y": _rounded(item.y), "size": _rounded(item.size),
                }
            )  # fmt: skip
        elif isinstance(item, Frame):
            items.append(
                {
                    "kind": "group", "id": item.id, "view": item.view, "name": item.name, "index": list(item.index),
                    "x": _rounded(item.x), "y": _rounded(item.y), "rx": _rounded(item.rx), "ry": _rounded(item.ry),
                }
            )  # fmt: skip
        elif isinstance(item, Text):
            x0, y0, x1, y1 = (_rounded(value) for value in item.label.box)
            items.append(
                {
                    "kind": "text", "of": item.of, "latex": item.label.latex, "text": item.text,
                    "x0": x0, "y0": y0, "x1": x1, "y1": y1,
                }
            )  # fmt: skip
        if not isinstance(item, BlockArrow | Frame) and item.emphasis:
            items[-1]["emphasis"] = item.emphasis
    return {
        "version": 1,
        "width": _rounded(scene.width),
        "height": _rounded(scene.height),
        "description": scene.description,
        "items": items,
    }


def _rounded(value: float) -> float | int:
    result = round(value, _DECIMALS)
    return int(result) if result == int(result) else result
