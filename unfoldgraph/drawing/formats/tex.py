r"""TikZ as a person would write it: named styles and nodes, the user's LaTeX in the labels; for ``\input``.

One unit of x and y is one unit of the scene, so that all coordinates are those of the other formats, y downward.
A straight edge joins nodes by their names, so that they can be moved by hand; any other has the points of its
path. Labels are set by LaTeX in the fonts of the document, in the next smaller of its sizes. A white page is not
painted.
"""

from __future__ import annotations

import math
import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeVar

from unfoldgraph.base.files import MARK
from unfoldgraph.base.names import canonical
from unfoldgraph.drawing.formats.diagram import middle
from unfoldgraph.drawing.geometry import Path, Point, Segment
from unfoldgraph.drawing.scene.scene import (
    FRAME_CORNER,
    HEAD,
    BlockArrow,
    Edge,
    Frame,
    Item,
    Node,
    Scene,
    Square,
    Text,
    arrow_corners,
    corner,
    number,
)
from unfoldgraph.drawing.scene.themes import THEMES, Paint

__all__ = ["tex_frames", "write"]

_T = TypeVar("_T")

# The sizes of type that LaTeX's own fonts have, in its points.
_SIZES = (5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 10.95, 12.0, 14.4, 17.28, 20.74, 24.88)
# How much wider labels are in LaTeX's fonts than in the scene's, and the free space that they keep in their node.
_WIDER, _FREE = 1.2, 2.0
# How far a path may end from where TikZ would let a straight edge end, in units: arrowheads stop at the ink.
_NEAR = 1.1
# How wide comments and the coordinates of a path run before they go on in a new line.
_COMMENT, _PATH = 98, 104
_SECTIONS = {
    "circuit": "The circuit.",
    "cut": "The circuit, cut at its delays.",
    "arrow": "From the one to the other.",
    "unfolded": "The circuit unfolded.",
    "legend": "The legend.",
}
_ORDER = (Frame, Node, Edge, Square, BlockArrow, Text)


def write(scene: Scene) -> bytes:
    r"""LaTeX: a ``tikzpicture`` that needs the packages tikz and amsmath and the library arrows.meta."""
    return tex_frames([scene])[0]


def tex_frames(scenes: Sequence[Scene]) -> list[bytes]:
    """Several pictures that show one after the other, with the same sizes of type in all of them."""
    items = list(dict.fromkeys(item for scene in scenes for item in scene.items))
    return [("\n".join(_Picture(scene, items).lines()) + "\n").encode() for scene in scenes]


class _Picture:
    """One picture under construction.

    Attributes
    ----------
    bp : Points (1/72 inch) to the unit.
    colours : Names of colours, by six hexadecimal digits.
    styles : Options by the name of a style, in the order in which they are needed.
    names : What nodes are called, by id.
    types : The size of type of labels, by their size in the scene, in nodes and elsewhere.
    type, shape, square : The size of type of most labels, the shape of most nodes, the side of most delay squares.
    inside : The labels that stand in the middle of a node or of a square, by what they belong to.

    Sizes are chosen by ``items``, those of all pictures that are to have the same.
    """

    def __init__(self, scene: Scene, items: Sequence[Item]) -> None:
        self.scene = scene
        self.theme = THEMES[scene.theme]
        self.bp = 0.75 * scene.scale
        self.colours = {"FFFFFF": "white", "000000": "black"}
        nodes = [item for item in items if isinstance(item, Node)]
        texts = [item for item in items if isinstance(item, Text)]
        squares = [item for item in items if isinstance(item, Square)]
        self.nodes = {node.id: node for node in nodes}
        self.names = _names(nodes)
        self.types: dict[tuple[float, bool], float] = {}
        for text in texts:
            key = _em(text), text.of in self.nodes
            self.types[key] = min(self.types.get(key, math.inf), self._fitting(text))
        self.type = _most(map(self._type, texts), 10.0)
        self.shape = _most(map(self._shape, nodes), "")
        self.square = _most((square.size for square in squares), 0.0)
        middles: dict[str, Node | Square] = {**self.nodes, **{square.of: square for square in squares}}
        self.inside = {text.of: text for text in texts if text.of in middles and _in_middle(text, middles[text.of])}
        base = [f"text={self._colour(self.theme.text, 'ink')}", _font(self.type), "inner sep=0pt", "outer sep=0pt"]
        self.styles = {"every node": ", ".join(base)}
        if self.shape:
            self.styles["vertex"] = self.shape

    def lines(self) -> list[str]:
        """Return the picture."""
        body = self._page()
        for section, lines in self._sections().items():
            if lines:
                body += ["", f"% {_SECTIONS.get(section, section)}", *lines]
        unit = f"x={self.bp:.6g}bp, y=-{self.bp:.6g}bp,"
        styles = [f"{name}/.style={{{options}}}," for name, options in self.styles.items()]
        defined = [f"\\definecolor{{{name}}}{{HTML}}{{{digits}}}" for digits, name in self.colours.items()][2:]
        return [
            *self._comments(),
            r"\begin{tikzpicture}[",
            *(f"    {line}" for line in (unit, *styles)),
            "  ]",
            *(f"  {line}".rstrip() for line in (*defined, *body)),
            r"\end{tikzpicture}%",
        ]

    def _comments(self) -> list[str]:
        """Return what the picture is and what it needs, in comments; no text of a scene has a line that ends."""
        lines = [f"{MARK}. Preamble: \\usepackage{{amsmath,tikz}} \\usetikzlibrary{{arrows.meta}}"]
        for text in (self.scene.title, self.scene.description):
            lines += textwrap.wrap(text, _COMMENT)
        return [f"% {line}" for line in lines]

    def _page(self) -> list[str]:
        """Return what gives the picture its size, and its background if that is not the white of paper."""
        has_colour = self.scene.is_opaque and self.theme.background != "#ffffff"
        fill = f", fill={self._colour(self.theme.background, 'page')}" if has_colour else ""
        size = _point((self.scene.width, self.scene.height))
        return [f"\\path[use as bounding box{fill}] (0, 0) rectangle {size};"]

    def _sections(self) -> dict[str, list[str]]:
        """Return the lines of each part of the picture: nodes before the edges that name them."""
        views = {item.id: item.view for item in self.scene.items if isinstance(item, Node | Edge)}
        sections: dict[str, list[str]] = {section: [] for section in _SECTIONS}
        for item in sorted(self.scene.items, key=lambda item: _ORDER.index(type(item))):
            if isinstance(item, Text | Square):
                view = views.get(item.of, "arrow" if item.of == "unfold" else "unfolded")
            else:
                view = "arrow" if isinstance(item, BlockArrow) else item.view
            sections.setdefault(view, []).extend(self._item(item))
        return sections

    # Items ----------------------------------------------------------------------------------------

    def _item(self, item: Item) -> list[str]:
        if isinstance(item, Node):
            return self._node(item)
        if isinstance(item, Edge):
            return self._edge(item)
        if isinstance(item, Square):
            return [self._square(item)]
        if isinstance(item, Text):
            return [] if self.inside.get(item.of) is item else [self._label(item, _point(middle(item)))]
        if isinstance(item, Frame):
            self._define("frame", self._rounded(FRAME_CORNER), *self._paint(self.theme.frame, "frame"))
            return [f"\\draw[frame] {_corners(item, 0.0)};"]
        return [self._arrow(item)]

    def _node(self, node: Node) -> list[str]:
        """Return a node with its label: a wide circle, for TikZ has no ellipses without a library, and its label."""
        paint = self.theme.node_paint(node.role, node.emphasis)
        style, shape = f"{node.emphasis} {node.role}".strip(), self._shape(node)
        is_usual, is_wide = shape == self.shape, node.shape == "circle" and node.rx != node.ry
        named = style if is_usual else f"{style} {number(2 * node.rx)} by {number(2 * node.ry)}"
        colour = self.theme.text_colour(False, node.emphasis)
        faint = [f"text={self._colour(colour, 'faintink')}"] * (colour != self.theme.text)
        self._define(named, "vertex" if is_usual else shape, *self._paint(paint, node.role), *faint)
        name, label = self.names[node.id], self.inside.get(node.id)
        options = [named, *(self._size(label) if label and not is_wide else [])]
        content = f"${label.label.latex}$" if label and not is_wide else ""
        lines = [f"\\node[{', '.join(options)}] ({name}) at {_point((node.x, node.y))} {{{content}}};"]
        if label and is_wide:
            lines.append(self._label(label, f"({name})"))
        if paint.ring:
            ring = Paint("none", paint.outline, paint.ring)
            self._define(f"{style} ring", *self._paint(ring, node.role))
            lines.append(f"\\draw[{style} ring{self._inner(node, paint.inset)};")
        return lines

    def _inner(self, node: Node, inset: float) -> str:
        """Return an outline that runs so far inside a node, with the end of the options before it."""
        if node.shape == "rectangle":
            return f", {self._rounded(corner(node))}] {_corners(node, inset)}"
        rx, ry = number(node.rx - inset), number(node.ry - inset)
        radii = f"radius={rx}" if rx == ry else f"x radius={rx}, y radius={ry}"
        return f"] ({self.names[node.id]}) circle[{radii}]"

    def _edge(self, edge: Edge) -> list[str]:
        paint = self.theme.line_paint(edge.role, edge.dashed, edge.emphasis)
        words = [edge.emphasis, "dashed" if edge.dashed else "", edge.role if edge.role != "data" else ""]
        style = " ".join(filter(None, (*words, "edge" if edge.head else "line")))
        (length, width), (inset, _) = (-HEAD[1][0], 2 * HEAD[1][1]), HEAD[2]
        sizes = f"length={self._bp(length)}, width={self._bp(width)}, inset={self._bp(length + inset)}"
        self._define(style, *self._paint(paint, "line"), *([f"-{{Stealth[{sizes}]}}"] if edge.head else []))
        path = _straightened(edge.path)
        if len(path.segments) == 1 and len(path.segments[0]) == 2:
            source, target = (self.nodes.get(end) for end in (edge.source, edge.target))
            if source and target and _joins(path.segments[0], source, target):
                return [f"\\draw[{style}] ({self.names[source.id]}) -- ({self.names[target.id]});"]
        return _wrapped(f"\\draw[{style}]", _pieces(path))

    def _square(self, square: Square) -> str:
        fill = self.theme.line_paint("data", False, square.emphasis).outline
        style, label = f"{square.emphasis} delay".strip(), self.inside.get(square.of)
        inverse = self._colour(self.theme.text_colour(True, square.emphasis), "paper")
        size = f"minimum size={self._bp(self.square)}"
        self._define(style, size, f"fill={self._colour(fill, 'line')}", f"text={inverse}")
        larger = [f"minimum size={self._bp(square.size)}"] * (square.size != self.square)
        options = [style, *larger, *(self._size(label) if label else [])]
        content = f"${label.label.latex}$" if label else ""
        return f"\\node[{', '.join(options)}] at {_point((square.x, square.y))} {{{content}}};"

    def _label(self, text: Text, place: str) -> str:
        """Return a label by itself."""
        colour = self.theme.text_colour(text.inverse, text.emphasis)
        options = self._size(text)
        if colour != self.theme.text:
            options.append(f"text={self._colour(colour, 'faintink')}")
        words = text.label.words
        written = words if words.isascii() and words else f"${text.label.latex}$"
        chosen = f"[{', '.join(options)}]" if options else ""
        return f"\\node{chosen} at {place} {{{written}}};"

    def _arrow(self, arrow: BlockArrow) -> str:
        left, left_neck, wing, tip, _, right_neck, right = arrow_corners(arrow)
        start, neck, shaft = _between(left, right), _between(left_neck, right_neck), math.dist(left, right)
        sizes = f"length={self._bp(math.dist(neck, tip))}, width={self._bp(2 * math.dist(neck, wing))}"
        colour = f"draw={self._colour(self.theme.accent, 'accent')}"
        self._define("unfold", colour, f"line width={self._bp(shaft)}", f"-{{Triangle[{sizes}]}}")
        return f"\\draw[unfold] {_point(start)} -- {_point(tip)};"

    # Options --------------------------------------------------------------------------------------

    def _define(self, style: str, *options: str) -> None:
        """Give a style its options."""
        self.styles[style] = ", ".join(options)

    def _colour(self, colour: str, name: str) -> str:
        """Return the name of a colour ``#rrggbb``: as proposed for a new one, with a number where that is taken."""
        digits = colour[1:].upper()
        if digits not in self.colours:
            taken = self.colours.values()
            new = (f"{name}{n or ''}" for n in range(len(self.colours) + 1))
            self.colours[digits] = next(one for one in new if one not in taken)
        return self.colours[digits]

    def _paint(self, paint: Paint, name: str) -> list[str]:
        fill = [] if paint.fill == "none" else [f"fill={self._colour(paint.fill, name)}"]
        lengths = map(self._bp, paint.dash)
        dashes = " ".join(f"{'off' if n % 2 else 'on'} {length}" for n, length in enumerate(lengths))
        dash = [f"dash pattern={dashes}"] if dashes else []
        return [f"draw={self._colour(paint.outline, 'line')}", *fill, f"line width={self._bp(paint.width)}", *dash]

    def _shape(self, node: Node) -> str:
        """Return the options for the shape and size of a node."""
        width, height = self._bp(2 * node.rx), self._bp(2 * node.ry)
        if node.shape == "rectangle":
            return f"rectangle, {self._rounded(corner(node))}, minimum width={width}, minimum height={height}"
        stretched = "" if node.rx == node.ry else f", xscale={node.rx / node.ry:.4g}"
        return f"circle{stretched}, minimum size={height}"

    def _rounded(self, turn: float) -> str:
        return f"rounded corners={self._bp(turn)}"

    def _bp(self, length: float) -> str:
        return f"{number(length * self.bp)}bp"

    def _type(self, text: Text) -> float:
        """Return the size of type of a label, which is the same for all that have one size in the scene."""
        return self.types[_em(text), text.of in self.nodes]

    def _fitting(self, text: Text) -> float:
        """Return the next size of LaTeX that is not visibly larger than in the scene, and fits into the node."""
        em, node = _em(text), self.nodes.get(text.of)
        x0, y0, x1, y1 = text.label.box
        fits = 1.01
        if node:
            # As in the scene the corners of the box are mostly empty.
            across, down = _WIDER * (x1 - x0) / 2 / (node.rx - _FREE), 0.8 * (y1 - y0) / 2 / (node.ry - _FREE)
            fits = min(fits, 1 / (max(across, down) if node.shape == "rectangle" else math.hypot(across, down)))
        return max((size for size in _SIZES if size <= fits * em * self.bp * 72.27 / 72), default=_SIZES[0])

    def _size(self, text: Text) -> list[str]:
        """Return the option for the size of a label where it is not the usual one."""
        size = self._type(text)
        if size == self.type:
            return []
        self._define(f"size {number(size)}", _font(size))
        return [f"size {number(size)}"]


# Nodes and text ---------------------------------------------------------------------------------------


def _names(nodes: Sequence[Node]) -> dict[str, str]:
    """Return what each node is called: letters, digits and signs that TikZ takes for nothing else, all different."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for node in nodes:
        plain = "-".join(re.sub(r"[^A-Za-z0-9+-]", "", canonical(part)) for part in node.path).strip("-") or "node"
        tries = (plain, f"{plain}-{node.view}", *(f"{plain}-{node.view}-{n}" for n in range(2, len(nodes) + 2)))
        names[node.id] = next(name for name in tries if name not in taken)
        taken.add(names[node.id])
    return names


def _in_middle(text: Text, of: Node | Square) -> bool:
    x, y = middle(text)
    return math.hypot(x - of.x, y - of.y) < 0.5


def _em(text: Text) -> float:
    """Return the size of a label in the scene."""
    return round(max((placed.scale for placed in text.label.glyphs), default=1.0) * 12, 2)


def _font(size: float) -> str:
    return rf"font=\fontsize{{{number(size)}}}{{{number(size * 1.2)}}}\selectfont"


def _most(values: Iterable[_T], default: _T) -> _T:
    """Return the value that occurs most often, of equals the first."""
    found = Counter(values).most_common(1)
    return found[0][0] if found else default


# Paths ------------------------------------------------------------------------------------------------


def _point(point: Point) -> str:
    return f"({number(point[0])}, {number(point[1])})"


def _between(one: Point, other: Point) -> Point:
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2


def _corners(item: Node | Frame, inset: float) -> str:
    rx, ry = item.rx - inset, item.ry - inset
    return f"{_point((item.x - rx, item.y - ry))} rectangle {_point((item.x + rx, item.y + ry))}"


def _straightened(path: Path) -> Path:
    """Return the path with lines joined that go on in the same direction."""
    joined: list[Segment] = []
    for segment in path.segments:
        before = joined[-1] if joined else segment
        if joined and len(before) == len(segment) == 2 and before[1] == segment[0]:
            (x0, y0), (x1, y1), (x2, y2) = *before, segment[1]
            length = math.hypot(x2 - x0, y2 - y0) or 1.0
            across = abs((x1 - x0) * (y2 - y0) - (y1 - y0) * (x2 - x0)) / length
            ahead = (x1 - x0) * (x2 - x1) + (y1 - y0) * (y2 - y1)
            if across < 0.01 and ahead > 0:
                joined[-1] = (before[0], segment[1])
                continue
        joined.append(segment)
    return Path(tuple(joined))


def _joins(line: Segment, source: Node, target: Node) -> bool:
    """Say whether a line is the one that TikZ draws between two nodes."""
    ends = _border(source, target), _border(target, source)
    return all(math.dist(point, end) < _NEAR for point, end in zip(line, ends, strict=True))


def _border(node: Node, towards: Node) -> Point:
    """Return where the line between the centres of two nodes leaves the first."""
    dx, dy = towards.x - node.x, towards.y - node.y
    if node.shape == "rectangle":
        reach = max(abs(dx) / node.rx, abs(dy) / node.ry)
    else:
        reach = math.hypot(dx / node.rx, dy / node.ry)
    return (node.x + dx / reach, node.y + dy / reach) if reach else (node.x, node.y)


def _pieces(path: Path) -> list[str]:
    """Return the steps of a path."""
    pieces: list[str] = []
    for letter, points in path.commands():
        if letter == "C":
            first, second, end = map(_point, points)
            pieces.append(f".. controls {first} and {second} .. {end}")
        else:
            pieces.append(f"{'-- ' if letter == 'L' else ''}{_point(points[0])}")
    return pieces


def _wrapped(start: str, pieces: Sequence[str]) -> list[str]:
    """Return a path, over several lines where it is long."""
    lines = [start]
    for piece in pieces:
        if len(lines[-1]) + len(piece) < _PATH:
            lines[-1] += f" {piece}"
        else:
            lines.append(f"  {piece}")
    return [*lines[:-1], f"{lines[-1]};"]
