"""Portable Document Format: vectors, text as outlines, each glyph stored once; also of several pages.

The file is written here and by no library. A picture needs lines, curves, fills and shared outlines, a dozen
operators whose arguments are the coordinates of the scene, so that this is shorter than a canvas of reportlab
would be to drive, and needs neither that nor the Pillow that it brings. Glyphs are form objects and not a font:
publishers refuse fonts of type 3. Streams are left as text, as long as an SVG: what a compressor makes of them
depends on the zlib that is installed, and the same picture is to be the same bytes everywhere.

A picture is one tagged figure with its description as the alternate text.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from unfoldgraph.base.files import MARK
from unfoldgraph.drawing.geometry import Path, Point
from unfoldgraph.drawing.scene.scene import (
    FRAME_CORNER,
    BlockArrow,
    Edge,
    Frame,
    Node,
    Scene,
    Square,
    Text,
    arrow_corners,
    corner,
    head_corners,
    number,
    shaft,
)
from unfoldgraph.drawing.scene.themes import THEMES, Paint, Theme
from unfoldgraph.drawing.text.typeset import Glyph

__all__ = ["pdf_pages", "write"]

# Points to the unit, times the scale of the scene.
_POINTS = 0.75
# How far the control points of a quarter of a circle are, in radii.
_ROUND = 0.5523


def write(scene: Scene) -> bytes:
    """Portable Document Format, one page."""
    return pdf_pages((scene,))


def pdf_pages(scenes: Sequence[Scene]) -> bytes:
    """Return one document with a page for each scene; its title and its subject are those of the first."""
    file = _File()
    catalog, pages, tree, document = (file.reserve() for _ in range(4))
    glyphs = _Outlines(file)
    numbers, figures = [], []
    for n, scene in enumerate(scenes):
        page, figure = file.reserve(), file.reserve()
        numbers.append(page)
        figures.append(figure)
        points = _POINTS * scene.scale
        box = f"[0 0 {number(scene.width * points)} {number(scene.height * points)}]"
        content = file.stream("", _PdfPage(scene, glyphs).lines)
        used = f"/Resources << /XObject {glyphs.resources} 0 R >>"
        where = f"/Parent {pages} 0 R /MediaBox {box} /StructParents {n}"
        file.define(page, f"<< /Type /Page {where} {used} /Contents {content} 0 R >>")
        told = f"/Alt {_string(scene.description)} /A << /O /Layout /Placement /Block /BBox {box} >>"
        file.define(figure, f"<< /Type /StructElem /S /Figure /P {document} 0 R /Pg {page} 0 R /K 0 {told} >>")
    glyphs.define()
    parents = " ".join(f"{n} [{figure} 0 R]" for n, figure in enumerate(figures))
    marked = f"/Lang (en) /MarkInfo << /Marked true >> /StructTreeRoot {tree} 0 R"
    shown = "/ViewerPreferences << /DisplayDocTitle true >>"
    file.define(catalog, f"<< /Type /Catalog /Pages {pages} 0 R {marked} {shown} >>")
    file.define(pages, f"<< /Type /Pages /Count {len(numbers)} /Kids {_references(numbers)} >>")
    file.define(tree, f"<< /Type /StructTreeRoot /K {document} 0 R /ParentTree << /Nums [{parents}] >> >>")
    file.define(document, f"<< /Type /StructElem /S /Document /P {tree} 0 R /K {_references(figures)} >>")
    about = f"/Title {_string(scenes[0].title)} /Subject {_string(scenes[0].description)}"
    information = file.add(f"<< {about} /Creator (unfoldgraph) /Producer (unfoldgraph) >>")
    return file.written(catalog, information)


class _File:
    """The numbered objects of a document."""

    def __init__(self) -> None:
        self.objects: list[str] = []

    def reserve(self) -> int:
        """Return the number of an object that is defined later."""
        self.objects.append("")
        return len(self.objects)

    def define(self, which: int, content: str) -> None:
        """Say what a reserved object is."""
        self.objects[which - 1] = content

    def add(self, content: str) -> int:
        """Return the number of a new object."""
        which = self.reserve()
        self.define(which, content)
        return which

    def stream(self, entries: str, lines: Sequence[str]) -> int:
        """Return the number of a new object with lines of operators, and more entries in its dictionary."""
        content = "\n".join(lines)
        return self.add(f"<< {entries}/Length {len(content)} >>\nstream\n{content}\nendstream")

    def written(self, catalog: int, information: int) -> bytes:
        """Return the document."""
        # Bytes above 127 near the beginning tell programs that copy files that this is no plain text.
        content = bytearray(f"%PDF-1.7\n% {MARK}\n%\xe2\xe3\xcf\xd3\n".encode("latin-1"))
        places = []
        for n, what in enumerate(self.objects, 1):
            places.append(len(content))
            content += f"{n} 0 obj\n{what}\nendobj\n".encode("ascii")
        table = "".join(f"{place:010d} 00000 n \n" for place in places)
        size = len(self.objects) + 1
        trailer = f"trailer\n<< /Size {size} /Root {catalog} 0 R /Info {information} 0 R >>"
        ending = f"xref\n0 {size}\n0000000000 65535 f \n{table}{trailer}\nstartxref\n{len(content)}\n%%EOF\n"
        return bytes(content) + ending.encode("ascii")


class _Outlines:
    """The outlines of a document, each once for all pages."""

    def __init__(self, file: _File) -> None:
        self.file = file
        self.resources = file.reserve()
        self.numbers: dict[tuple[str, str], int] = {}

    def name(self, glyph: Glyph, scale: float) -> str:
        """Return the name of a glyph at a size."""
        key = (glyph.key, f"{scale:.4f}")
        if key not in self.numbers:
            x0, y0, x1, y1 = (value * scale for value in glyph.box)
            box = " ".join(map(number, (x0 - 1, y0 - 1, x1 + 1, y1 + 1)))
            entries = f"/Type /XObject /Subtype /Form /BBox [{box}] /Resources << >> "
            self.numbers[key] = self.file.stream(entries, [*_outline(glyph, scale), "f"])
        return f"/G{self.numbers[key]}"

    def define(self) -> None:
        """Write the list of all glyphs that were named."""
        listed = " ".join(f"/G{n} {n} 0 R" for n in self.numbers.values())
        self.file.define(self.resources, f"<< {listed} >>")


class _PdfPage:
    """The operators of one page, in the coordinates of the scene."""

    def __init__(self, scene: Scene, glyphs: _Outlines) -> None:
        self.theme: Theme = THEMES[scene.theme]
        self.glyphs = glyphs
        self.state: dict[str, str] = {}
        points = _POINTS * scene.scale
        # From here on y runs downward. SVG cuts off mitres at 4 times the width of a line.
        turned = f"{points:.6g} 0 0 {-points:.6g} 0 {number(scene.height * points)} cm"
        self.lines = ["/Figure << /MCID 0 >> BDC", turned, "4 M"]
        if scene.is_opaque:
            self.fill(self.theme.background)
            self.lines.append(f"0 0 {number(scene.width)} {number(scene.height)} re f")
        for item in scene.items:
            if isinstance(item, Node):
                self.node(item)
            elif isinstance(item, Edge):
                self.edge(item)
            elif isinstance(item, Square):
                self.fill(self.theme.line_paint("data", False, item.emphasis).outline)
                half = item.size / 2
                self.lines.append(
                    f"{_point((item.x - half, item.y - half))} {number(item.size)} {number(item.size)} re f"
                )
            elif isinstance(item, Text):
                self.text(item)
            elif isinstance(item, Frame):
                self.shape(_rectangle(item, 0.0, FRAME_CORNER), self.theme.frame)
            else:
                self.arrow(item)
        self.lines.append("EMC")

    def set(self, operator: str, operands: str) -> None:
        """Change the state of the pen where it is not so already."""
        if self.state.get(operator) != operands:
            self.state[operator] = operands
            self.lines.append(f"{operands} {operator}")

    def fill(self, colour: str) -> None:
        """Choose the colour of what is filled."""
        self.set("rg", _colour(colour))

    def shape(self, outline: list[str], paint: Paint) -> None:
        """Paint an outline."""
        self.set("RG", _colour(paint.outline))
        self.set("w", number(paint.width))
        self.set("d", f"[{paint.dash_array}] 0")
        if paint.fill != "none":
            self.fill(paint.fill)
        self.lines += [*outline, "S" if paint.fill == "none" else "B"]

    def node(self, node: Node) -> None:
        """Paint a node, with its second outline if it has one."""
        paint = self.theme.node_paint(node.role, node.emphasis)
        self.shape(_node(node, 0.0), paint)
        if paint.ring:
            self.shape(_node(node, paint.inset), Paint("none", paint.outline, paint.ring))

    def edge(self, edge: Edge) -> None:
        """Paint an edge and its arrowhead."""
        paint = self.theme.line_paint(edge.role, edge.dashed, edge.emphasis)
        self.shape(_path(shaft(edge)), paint)
        if edge.head:
            self.polygon(head_corners(edge.path), paint.outline)

    def arrow(self, arrow: BlockArrow) -> None:
        """Paint the arrow between the views."""
        self.polygon(arrow_corners(arrow), self.theme.accent)

    def polygon(self, corners: Sequence[Point], colour: str) -> None:
        """Fill a polygon."""
        self.fill(colour)
        first, *others = map(_point, corners)
        self.lines.append(" ".join([f"{first} m", *(f"{corner} l" for corner in others), "f"]))

    def text(self, text: Text) -> None:
        """Paint a label, glyph by glyph."""
        self.fill(self.theme.text_colour(text.inverse, text.emphasis))
        for placed in text.label.glyphs:
            name = self.glyphs.name(placed.glyph, placed.scale)
            self.lines.append(f"q 1 0 0 1 {_point((placed.x, placed.y))} cm {name} Do Q")


def _point(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"


def _colour(colour: str) -> str:
    """Return a colour ``#rrggbb`` as three numbers from 0 to 1."""
    return " ".join(f"{int(colour[n : n + 2], 16) / 255:.4g}" for n in (1, 3, 5))


def _path(path: Path) -> list[str]:
    """Return a path in operators."""
    return [f"{' '.join(map(_point, points))} {letter.lower()}" for letter, points in path.commands()]


def _node(node: Node, inset: float) -> list[str]:
    """Return the outline of a node, or one that runs so far inside it."""
    return _ellipse(node, inset) if node.shape == "circle" else _rectangle(node, inset, corner(node))


def _ellipse(node: Node, inset: float) -> list[str]:
    """Return the outline of a round node, or one that runs so far inside it, beginning at the right as in SVG."""
    rx, ry = node.rx - inset, node.ry - inset
    corners = [(1, 0), (0, 1), (-1, 0), (0, -1), (1, 0)]
    lines = [f"{_point((node.x + rx, node.y))} m"]
    for (ax, ay), (bx, by) in pairwise(corners):
        controls = [(ax + _ROUND * bx, ay + _ROUND * by), (bx + _ROUND * ax, by + _ROUND * ay), (bx, by)]
        lines.append(f"{' '.join(_point((node.x + rx * x, node.y + ry * y)) for x, y in controls)} c")
    return [*lines, "h"]


def _rectangle(item: Node | Frame, inset: float, turn: float) -> list[str]:
    """Return the outline of a rounded rectangle, or one that runs so far inside it, beginning as in SVG."""
    rx, ry = item.rx - inset, item.ry - inset
    reaches = turn, turn * (1 - _ROUND)
    lines = [f"{_point((item.x - rx + turn, item.y - ry))} m"]
    # Each side runs along (ux, uy) and its corner bends into (vx, vy).
    for ux, uy, vx, vy in ((1, 0, 0, 1), (0, 1, -1, 0), (-1, 0, 0, -1), (0, -1, 1, 0)):
        x, y = item.x + rx * (ux - vx), item.y + ry * (uy - vy)
        back, on = ([(x + r * dx, y + r * dy) for r in reaches] for dx, dy in ((-ux, -uy), (vx, vy)))
        lines.append(f"{_point(back[0])} l {' '.join(map(_point, (back[1], on[1], on[0])))} c")
    return [*lines, "h"]


def _outline(glyph: Glyph, scale: float) -> list[str]:
    """Return the outline of a glyph; its quadratic curves become cubic ones, which are the only ones that PDF has."""
    lines: list[str] = []
    at = (0.0, 0.0)
    for letter, numbers in glyph.commands:
        points = [(x * scale, y * scale) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
        if letter == "Q":
            (cx, cy), end = points
            thirds = [((x + 2 * cx) / 3, (y + 2 * cy) / 3) for x, y in (at, end)]
            lines.append(f"{' '.join(map(_point, (*thirds, end)))} c")
        else:
            lines.append(" ".join([*map(_point, points), "h" if letter == "Z" else letter.lower()]))
        at = points[-1] if points else at
    return lines


def _references(numbers: Sequence[int]) -> str:
    return f"[{' '.join(f'{n} 0 R' for n in numbers)}]"


def _string(text: str) -> str:
    """Return a text as a string of PDF, in UTF-16."""
    return f"<FEFF{text.encode('utf-16-be').hex().upper()}>"
