"""A written SVG read back: outlines, lines, arrowheads, squares and the ink of texts, as what a viewer would see.

Nothing here is shared with the drawing. Curves become polylines fine enough for a tenth of a unit; the box of a
text is that of the outlines of its glyphs, at the extrema of their curves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Box = tuple[float, float, float, float]

NAMESPACE = "{http://www.w3.org/2000/svg}"
_NUMBERS = {"M": 2, "L": 2, "Q": 4, "C": 6, "Z": 0}
# Into how many pieces a curve is cut: of the longest arc, 600 units, each strays a tenth of a unit from it.
_PIECES = 48
_STEPS = np.linspace(0.0, 1.0, _PIECES + 1)[1:, None]
_CUBIC = np.hstack([(1 - _STEPS) ** 3, 3 * _STEPS * (1 - _STEPS) ** 2, 3 * _STEPS**2 * (1 - _STEPS), _STEPS**3])
_CIRCLE = np.linspace(0.0, 2 * np.pi, 181)


@dataclass(frozen=True)
class Outline:
    """A node: an ellipse or a rectangle around (x, y); ``half`` is half of its stroke."""

    id: str
    x: float
    y: float
    rx: float
    ry: float
    half: float
    is_ellipse: bool

    @cached_property
    def box(self) -> Box:
        return self.x - self.rx, self.y - self.ry, self.x + self.rx, self.y + self.ry

    @cached_property
    def segments(self) -> Array:
        """The outline as segments (m, 4)."""
        if self.is_ellipse:
            return joined(np.column_stack([self.x + self.rx * np.cos(_CIRCLE), self.y + self.ry * np.sin(_CIRCLE)]))
        x0, y0, x1, y1 = self.box
        return joined(np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)]))


@dataclass(frozen=True)
class Line:
    """An edge: its stretches between lifts of the pen, and the corners of its arrowhead, tip first, if it has one.

    An end that is not drawn is ``""``.
    """

    id: str
    source: str
    target: str
    half: float
    stretches: tuple[Array, ...]
    head: Array | None

    @property
    def start(self) -> Array:
        first: Array = self.stretches[0][0]
        return first

    @property
    def tip(self) -> Array:
        last: Array = self.stretches[-1][-1] if self.head is None else self.head[0]
        return last

    @cached_property
    def shaft(self) -> Array:
        """The line itself as segments (m, 4)."""
        return np.concatenate([joined(stretch) for stretch in self.stretches])

    @cached_property
    def border(self) -> Array:
        """The sides of the arrowhead as segments, none without one."""
        return np.zeros((0, 4)) if self.head is None else joined(np.vstack([self.head, self.head[:1]]))

    @cached_property
    def segments(self) -> Array:
        """The line up to the tip, as segments."""
        return np.concatenate([self.shaft, joined(np.array([self.stretches[-1][-1], self.tip]))])

    @cached_property
    def box(self) -> Box:
        """The box of the line up to the tip."""
        return box_of(self.segments)


@dataclass(frozen=True)
class Square:
    """A delay square and the edge it is on."""

    of: str
    box: Box

    @property
    def centre(self) -> tuple[float, float]:
        return ((self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2)

    @property
    def half(self) -> float:
        return (self.box[2] - self.box[0]) / 2


@dataclass(frozen=True)
class Label:
    """A text: what it belongs to (``""`` for words beside the views), the box of its ink, and its glyphs."""

    of: str
    box: Box
    glyphs: tuple[str, ...]


@dataclass(frozen=True)
class Picture:
    """All that is drawn; ``rings`` are second outlines, ``arrows`` the segments of the arrow between the views."""

    width: float
    height: float
    nodes: tuple[Outline, ...]
    rings: tuple[Outline, ...]
    lines: tuple[Line, ...]
    squares: tuple[Square, ...]
    labels: tuple[Label, ...]
    arrows: Array

    @cached_property
    def node(self) -> dict[str, Outline]:
        return {node.id: node for node in self.nodes}

    @cached_property
    def line(self) -> dict[str, Line]:
        return {line.id: line for line in self.lines}


def joined(points: Array) -> Array:
    """The segments of a polyline, as (m, 4)."""
    return np.hstack([points[:-1], points[1:]])


def box_of(segments: Array) -> Box:
    """The box of some segments, at least one."""
    points = segments.reshape(-1, 2)
    (x0, y0), (x1, y1) = points.min(0).tolist(), points.max(0).tolist()
    return x0, y0, x1, y1


def read_svg(content: bytes) -> Picture:
    """Return what an SVG shows, its ids without the prefix of the circuit."""
    root = ElementTree.fromstring(content)
    prefix = next(e.attrib["id"] for e in root if _tag(e) == "title").removesuffix("title")
    glyphs = {e.attrib["id"]: e.attrib["d"] for e in next(e for e in root if _tag(e) == "defs")}
    nodes: list[Outline] = []
    rings: list[Outline] = []
    lines: list[Line] = []
    squares: list[Square] = []
    labels: list[Label] = []
    arrows: list[Array] = [np.zeros((0, 4))]
    waiting: Line | None = None
    # The first rectangle is the background.
    for element in list(_drawn(root))[1:]:
        tag, name = _tag(element), element.get("id", "").removeprefix(prefix)
        of = element.get("data-of", "").removeprefix(prefix)
        if tag == "polygon":
            numbers = np.array([float(n) for n in re.split("[ ,]", element.attrib["points"])]).reshape(-1, 2)
            if waiting is None:
                arrows.append(joined(np.vstack([numbers, numbers[:1]])))
            else:
                lines[-1] = Line(waiting.id, waiting.source, waiting.target, waiting.half, waiting.stretches, numbers)
        elif tag == "path":
            ends = (element.get(f"data-{end}", "").removeprefix(prefix) for end in ("from", "to"))
            half = float(element.attrib["stroke-width"]) / 2
            lines.append(Line(name, *ends, half, tuple(stretches(element.attrib["d"])), None))
        elif tag == "ellipse":
            x, y, rx, ry = (float(element.attrib[key]) for key in ("cx", "cy", "rx", "ry"))
            half = float(element.attrib["stroke-width"]) / 2
            (nodes if name else rings).append(Outline(name, x, y, rx, ry, half, True))
        elif tag == "rect":
            x, y, width, height = (float(element.attrib[key]) for key in ("x", "y", "width", "height"))
            if of:
                squares.append(Square(of, (x, y, x + width, y + height)))
            elif element.attrib["fill"] != "none":
                half = float(element.attrib["stroke-width"]) / 2
                nodes.append(Outline(name, x + width / 2, y + height / 2, width / 2, height / 2, half, False))
        elif tag == "g":
            labels.append(_label(of, element, glyphs))
        else:
            raise AssertionError(f"a picture has no {tag}")
        waiting = lines[-1] if tag == "path" and lines[-1].target else None
    width, height = (float(n) for n in root.attrib["viewBox"].split()[2:])
    found = tuple(nodes), tuple(rings), tuple(lines), tuple(squares), tuple(labels)
    return Picture(width, height, *found, np.concatenate(arrows))


def _tag(element: ElementTree.Element) -> str:
    return element.tag.removeprefix(NAMESPACE)


def _drawn(parent: ElementTree.Element) -> Iterator[ElementTree.Element]:
    """Yield what is painted, in order; a text is one element, other groups are what they hold."""
    for element in parent:
        if _tag(element) == "g" and not any(_tag(child) == "use" for child in element):
            yield from _drawn(element)
        elif _tag(element) not in ("title", "desc", "defs"):
            yield element


def _commands(path: str) -> Iterator[tuple[str, list[float]]]:
    """Yield the commands of a path, which are absolute, with their numbers."""
    for letter, text in re.findall(r"([A-Za-z])([^A-Za-z]*)", path):
        numbers = [float(n) for n in re.findall(r"-?\d*\.?\d+", text)]
        assert len(numbers) == _NUMBERS[letter], f"{letter} takes {_NUMBERS[letter]} numbers"
        yield letter, numbers


def stretches(path: str) -> Iterator[Array]:
    """Yield a path as polylines, one for each stretch between lifts of the pen."""
    points: list[Array] = []
    for letter, numbers in _commands(path):
        if letter == "M" and points:
            yield np.concatenate(points)
            points = []
        given = np.array(numbers).reshape(-1, 2)
        if letter == "C":
            given = _CUBIC @ np.vstack([points[-1][-1:], given])
        points.append(given)
    yield np.concatenate(points)


def _label(of: str, group: ElementTree.Element, glyphs: dict[str, str]) -> Label:
    """Return a text with the box of its ink."""
    boxes = []
    names = []
    for use in group:
        outline = glyphs[use.attrib["href"].removeprefix("#")]
        x, y = float(use.attrib["x"]), float(use.attrib["y"])
        x0, y0, x1, y1 = _ink(outline)
        boxes.append((x + x0, y + y0, x + x1, y + y1))
        names.append(outline)
    least, most = np.array(boxes).min(0), np.array(boxes).max(0)
    return Label(of, (float(least[0]), float(least[1]), float(most[2]), float(most[3])), tuple(names))


@lru_cache(maxsize=4096)
def _ink(outline: str) -> Box:
    """Return the box of a glyph at its origin."""
    found: list[tuple[float, float]] = []
    pen = (0.0, 0.0)
    for letter, numbers in _commands(outline):
        if letter == "Z":
            continue
        points = [pen, *zip(numbers[::2], numbers[1::2], strict=True)]
        for t in (0.0, 1.0, *_turns([p[0] for p in points]), *_turns([p[1] for p in points])):
            if letter != "M":
                found.append(_at(points, t))
        pen = points[-1]
    xs, ys = zip(*found, strict=True)
    return (min(xs), min(ys), max(xs), max(ys))


def _turns(values: list[float]) -> list[float]:
    """Return where one coordinate of a Bézier curve turns, by the roots of its derivative."""
    if len(values) == 3:
        a, b, c = values
        coefficients = [a - 2 * b + c, b - a]
    elif len(values) == 4:
        a, b, c, d = values
        coefficients = [d - 3 * c + 3 * b - a, 2 * (c - 2 * b + a), b - a]
    else:
        return []
    roots = np.roots(coefficients)
    return [float(root.real) for root in roots if abs(root.imag) < 1e-12 and 0 < root.real < 1]


def _at(points: list[tuple[float, float]], t: float) -> tuple[float, float]:
    """Return a point of a Bézier curve."""
    level = points
    while len(level) > 1:
        level = [(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for a, b in pairwise(level)]
    return level[0]
