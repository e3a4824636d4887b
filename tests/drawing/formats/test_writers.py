"""PDF, TikZ, DOT and Mermaid: valid for others' programs, safe for any text, and in agreement with the scene."""

from __future__ import annotations

import html
import io
import json
import math
import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from generators.drawing_cells import cell, model, unfolded
from PIL import Image, ImageChops, ImageDraw, ImageFilter
from support.tools import tool

from unfoldgraph import Circuit
from unfoldgraph.algebra.pieces import sign
from unfoldgraph.base.errors import CircuitError
from unfoldgraph.base.files import MARK
from unfoldgraph.drawing.draw import draw
from unfoldgraph.drawing.formats.pdf import pdf_pages
from unfoldgraph.drawing.formats.writers import WRITERS
from unfoldgraph.drawing.scene.scene import DOTS, Edge, Node, Scene, Square, Text
from unfoldgraph.drawing.scene.themes import THEMES
from unfoldgraph.drawing.text.typeset import centred, typeset
from unfoldgraph.drawing.views.figure import draw_scene
from unfoldgraph.language.text import read

#: Circuits of every kind of picture: loops, several delays, wide steps, long names, both directions, lattices, gaps.
STEPS: dict[str, int | dict[str, int] | None] = {
    "rnn": None,
    "lstm": 2,
    "two-delays": 100,
    "names": None,
    "bidirectional": None,
    "total-loss": 3,
    "edit-distance": {"i": 3, "j": 4},
    "pascal": {"n": 40, "k": 30},
}
HOSTILE = (
    '</title>\\end{tikzpicture} %% "quoted" \'&amp; <b>$x$ ^^M {[( \x00\x1b[31m\n\r\u2028\ud800 '
    "\u202eabc\u202c # _ ~ é Ω"
)


@cache
def scene(name: str, steps: int | None = None, **options: str) -> Scene:
    """Return a picture, of a circuit of `STEPS` with the steps that it has there."""
    lengths = STEPS.get(name) if steps is None else steps
    return draw(
        model(name), dict.fromkeys(model(name).axes, lengths) if isinstance(lengths, int) else lengths, **options
    )


#: What no name of the language has in it, but what a caption may have.
NAME = '"<b>&amp;</b> \\\\N \\n {a|b} [c] `d` %% -->|x| ; #35; \u202ee'


def strange_items() -> tuple[Node, Text]:
    """Return a node with a label that is as bad as it can be."""
    node = Node("unfolded", ('"<&>',), NAME, (), "state", 60.0, 60.0, 20.0, 20.0)
    return node, Text(node.id, NAME, centred(typeset([sign("h")], 14.5), node.x, node.y))


@cache
def hostile() -> Scene:
    """A picture whose title is as bad as it can be, and long."""
    return draw_scene(replace(cell("rnn"), title=HOSTILE + "long " * 400), unfolded("rnn", 3), description=HOSTILE * 3)


def look(content: bytes, hidden: Iterable[Text] = ()) -> Image.Image:
    """Return an image slightly blurred, for what edges look like is the renderer's affair, with some labels hidden."""
    image = Image.open(io.BytesIO(content)).convert("RGB")
    for text in hidden:
        # Wider than in the scene, for fonts differ.
        x0, y0, x1, y1 = text.label.box
        more = 2 + 0.12 * (x1 - x0)
        box = tuple(round(2 * value) for value in (x0 - more, y0 - 4, x1 + more, y1 + 4))
        ImageDraw.Draw(image).rectangle(box, "#808080")
    return image.filter(ImageFilter.GaussianBlur(2))


def assert_alike(one: Image.Image, other: Image.Image, most: int = 60) -> None:
    """Say that two images show the same, wherever one looks."""
    assert one.size == other.size
    worst = max(high for _, high in ImageChops.difference(one, other).getextrema())
    assert worst < most


def pdf_pixels(content: bytes, folder: Path, page: int = 1) -> bytes:
    """Return a page of a PDF as a PNG of two pixels to the unit."""
    (folder / "picture.pdf").write_bytes(content)
    which = ("-f", str(page), "-l", str(page))
    command = [tool("pdftoppm"), "-r", "192", *which, "-png", "-singlefile", "picture.pdf", "pixels"]
    assert subprocess.run(command, cwd=folder, check=True, capture_output=True).stderr == b""
    return (folder / "pixels.png").read_bytes()


def pdf_information(content: bytes, folder: Path) -> dict[str, str]:
    (folder / "picture.pdf").write_bytes(content)
    said = subprocess.run([tool("pdfinfo"), "picture.pdf"], cwd=folder, check=True, capture_output=True)
    assert said.stderr == b""
    lines = said.stdout.decode().splitlines()
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}


# PDF --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STEPS)
def test_pdf_looks_like_png(name: str, tmp_path: Path) -> None:
    one = scene(name)
    assert_alike(look(pdf_pixels(WRITERS["pdf"](one), tmp_path)), look(WRITERS["png"](one)))


@pytest.mark.parametrize("theme", THEMES)
def test_pdf_has_every_paint(theme: str, tmp_path: Path) -> None:
    one = scene("rnn-loss", theme=theme)
    nodes = [item for item in one.items if isinstance(item, Node)]
    shown = zip(nodes, [*THEMES[theme].nodes, *THEMES[theme].nodes], strict=False)
    painted = {
        node.id: replace(node, role=role, shape="circle" if n % 2 else "rectangle", emphasis=emphasis)
        for n, ((node, role), emphasis) in enumerate(zip(shown, ("", "dim", "lit", "chosen") * 5, strict=False))
    }
    items = tuple(painted.get(item.id, item) if isinstance(item, Node) else item for item in one.items)
    one = replace(one, items=items)
    assert_alike(look(pdf_pixels(WRITERS["pdf"](one), tmp_path)), look(WRITERS["png"](one)))


def test_pdf_says_what_it_is(tmp_path: Path) -> None:
    one = replace(scene("rnn"), scale=0.5)
    content = WRITERS["pdf"](one)
    told = pdf_information(content, tmp_path)
    assert (told["Title"], told["Subject"]) == (one.title, one.description)
    assert (told["Tagged"], told["Pages"], told["Creator"]) == ("yes", "1", "unfoldgraph")
    assert told["Page size"] == f"{one.width * 0.375:g} x {one.height * 0.375:g} pts"
    assert MARK.encode() in content[:100]
    assert b"/Lang (en)" in content
    assert len(content) < 40_000


def test_pdf_has_pages_that_share_glyphs(tmp_path: Path) -> None:
    scenes = [scene("rnn", steps) for steps in (1, 2, 3)]
    content = pdf_pages(scenes)
    assert pdf_information(content, tmp_path)["Pages"] == "3"
    for page, one in enumerate(scenes, 1):
        assert_alike(look(pdf_pixels(content, tmp_path, page)), look(WRITERS["png"](one)))
    assert len(content) < 1.8 * len(WRITERS["pdf"](scenes[-1]))


def test_pdf_takes_any_text(tmp_path: Path) -> None:
    one = hostile()
    content = WRITERS["pdf"](one)
    assert pdf_information(content, tmp_path)["Title"] == one.title.strip()
    assert_alike(look(pdf_pixels(content, tmp_path)), look(WRITERS["png"](one)))


def test_a_transparent_pdf_paints_no_page() -> None:
    opaque, clear = (WRITERS["pdf"](scene("rnn", background=word)) for word in ("opaque", "transparent"))
    page = re.compile(rb"1 1 1 rg\n0 0 \d+ \d+ re f")
    assert page.search(opaque)
    assert not page.search(clear)


# TikZ -------------------------------------------------------------------------------------------------

DOCUMENT = r"""
\documentclass{article}
\usepackage{amsmath,tikz}
\usetikzlibrary{arrows.meta}
\makeatletter
\def\told#1{\pgfpointanchor{#1}{center}\edef\x{\the\pgf@x}\edef\y{\the\pgf@y}%
  \pgfpointanchor{#1}{east}\edef\r{\the\pgf@x}\pgfpointanchor{#1}{south}\typeout{node #1: \x,\y,\r,\the\pgf@y}}
\makeatother
\begin{document}
\pdfhorigin=0pt \pdfvorigin=0pt
PAGES
\end{document}
"""
PAGE = r"""
\typeout{next picture}
\setbox0\hbox{\input{%s}}
\pdfpagewidth=\wd0 \pdfpageheight=\dimexpr\ht0+\dp0\relax
\shipout\box0
"""


class Compiled:
    """Pictures that LaTeX has set, and what it says of them.

    Attributes:
        pixels: Each picture, two pixels to the unit.
        nodes: Of each picture the nodes by name: centre, half width and half height, in units.
    """

    def __init__(self, scenes: Sequence[Scene], folder: Path) -> None:
        pages = []
        for n, one in enumerate(scenes):
            text = WRITERS["tex"](one).decode()
            names = re.findall(r"\\node\[[^]]*\] \(([^)]+)\)", text)
            # What measures them at the end is not seen.
            measured = "".join(rf"\told{{{name}}}" for name in names)
            (folder / f"p{n}.tex").write_text(text.replace(r"\end{tikzpicture}", measured + r"\end{tikzpicture}"))
            pages.append(PAGE % f"p{n}")
        (folder / "all.tex").write_text(DOCUMENT.replace("PAGES", "".join(pages)))
        command = [tool("pdflatex"), "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
        said = done.stdout.decode(errors="replace")
        assert done.returncode == 0, said[-2000:]
        assert not re.search(r"^(!|.*Warning|Overfull)", said, re.MULTILINE), said[-2000:]
        self.nodes: list[dict[str, tuple[float, ...]]] = []
        for one, words in zip(scenes, said.replace("\n", "").split("next picture")[1:], strict=True):
            unit = 0.75 * one.scale * 72.27 / 72
            found = re.findall(r"node (.+?): ([-.\d]+)pt,([-.\d]+)pt,([-.\d]+)pt,([-.\d]+)pt", words)
            numbers = {name: [float(number) / unit for number in rest] for name, *rest in found}
            self.nodes.append({name: (x, -y, r - x, y - s) for name, (x, y, r, s) in numbers.items()})
        command = [tool("pdftoppm"), "-r", "192", "-png", "all.pdf", "page"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        self.pixels = [path.read_bytes() for path in sorted(folder.glob("page-*.png"))]


def test_tikz_is_set_by_latex_as_it_is_drawn(tmp_path: Path) -> None:
    scenes = [scene(name) for name in ("rnn", "lstm", "two-delays", "names", "total-loss", "edit-distance")]
    scenes.append(scene("rnn-loss", notation="subscript", theme="dark"))
    scenes.append(replace(scene("biquad", notation="bracket", theme="contrast"), scale=0.73))
    compiled = Compiled(scenes, tmp_path)
    for one, pixels, nodes in zip(scenes, compiled.pixels, compiled.nodes, strict=True):
        drawn = [item for item in one.items if isinstance(item, Node)]
        assert len(nodes) == len(drawn)
        # No label makes its node larger, and no node is elsewhere.
        for node in drawn:
            numbers = min(nodes.values(), key=lambda found, node=node: math.dist(found[:2], (node.x, node.y)))
            assert numbers == pytest.approx((node.x, node.y, node.rx, node.ry), abs=0.03)
        if one.scale == 1:
            texts = [item for item in one.items if isinstance(item, Text)]
            # Dashes around a circle run the other way in TikZ.
            most = 110 if any(node.role == "ellipsis" for node in drawn) else 60
            assert_alike(look(pixels, texts), look(WRITERS["png"](one), texts), most)


def test_tikz_reads_as_a_person_would_write_it() -> None:
    text = WRITERS["tex"](scene("rnn", 2)).decode()
    assert text.startswith(
        "% Written by unfoldgraph. Preamble: \\usepackage{amsmath,tikz} \\usetikzlibrary{arrows.meta}\n"
    )
    for line in (
        "    state/.style={vertex, draw=ink, fill=white, line width=1.05bp},",
        "  \\definecolor{ink}{HTML}{1A1A1A}",
        "  \\node[state] (h-1) at (391.16, 35.12) {$\\boldsymbol{h}^{(1)}$};",
        "  \\draw[edge] (h-1) -- (h-2);",
        "  \\node[delay] at (103, 35.12) {};",
    ):
        assert f"{line}\n" in text
    # Each style and each colour is defined where it is used, and used where it is defined.
    head, _, body = text.partition("  ]\n")
    styles = re.findall(r"^    ([\w ]+)/.style", head, re.MULTILINE)
    used = {word.strip() for options in re.findall(r"\\(?:node|draw)\[([^]]*)\]", body) for word in options.split(",")}
    assert used == {*styles} - {"every node", "vertex"}


def test_tikz_takes_any_text_and_any_name(tmp_path: Path) -> None:
    circuit = (
        "theta_1(t) = f(theta_1(t-1), theta1(t-1), x_a_b(t)); theta1(t) = theta_1(t-1) + end_2; Sum_1 = theta1(end)"
    )
    one = hostile()
    text = WRITERS["tex"](one).decode()
    comments = text[: text.index("\\begin{tikzpicture}[")].splitlines()
    assert all(line.startswith("% ") and line.isprintable() and len(line) <= 110 for line in comments)
    strange = replace(scene("rnn", 2), items=(*scene("rnn", 2).items, strange_items()[0]))
    nodes = Compiled([one, scene(circuit, 3), scene(circuit), strange], tmp_path).nodes
    assert {"theta1", "theta1-circuit", "theta1-2", "theta1-2-unfolded", "xab-3", "Sum1"} <= {*nodes[1]}
    assert "node" in nodes[3]


# Graphviz ---------------------------------------------------------------------------------------------


def graphviz(program: str, content: bytes, *options: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return what a program of Graphviz makes of a graph: its nodes and its edges."""
    done = subprocess.run([tool(program), "-Tjson", *options], input=content, capture_output=True, check=True)
    assert done.stderr == b""
    told = json.loads(done.stdout)
    return [item for item in told["objects"] if "shape" in item], told["edges"]


def middles(nodes: list[dict[str, Any]]) -> list[list[float]]:
    """Return where nodes are, in units."""
    return [[float(number) / 0.75 for number in node["pos"].split(",")] for node in nodes]


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("options", [("-n2",), ()])
def test_neato_draws_the_scene(name: str, options: tuple[str, ...]) -> None:
    one = scene(name)
    nodes, edges = graphviz("neato", WRITERS["dot"](one), *options)
    drawn = {f"{one.name}-{item.id}": item for item in one.items if isinstance(item, Node)}
    found = {node["id"]: place for node, place in zip(nodes, middles(nodes), strict=True) if "id" in node}
    # Graphviz may move all of it together.
    first = next(iter(drawn))
    dx, dy = found[first][0] - drawn[first].x, found[first][1] + drawn[first].y
    for key, node in drawn.items():
        assert (found[key][0] - dx, dy - found[key][1]) == pytest.approx((node.x, node.y), abs=0.05)
    assert len(found) == len(drawn)
    if options:
        tips = {edge["id"]: re.search(r"e,([-.\d]+),([-.\d]+)", edge["pos"]) for edge in edges if "id" in edge}
        for edge in (item for item in one.items if isinstance(item, Edge) and item.head):
            tip = tips[f"{one.name}-{edge.id}"]
            assert tip
            x, y = edge.path.segments[-1][-1]
            assert (float(tip[1]) / 0.75 - dx, dy - float(tip[2]) / 0.75) == pytest.approx((x, y), abs=0.05)


@pytest.mark.parametrize("name", STEPS)
def test_dot_draws_every_node_and_edge(name: str) -> None:
    one = scene(name)
    nodes, edges = graphviz("dot", WRITERS["dot"](one))
    count = Counter(type(item) for item in one.items)
    gaps = [item for item in one.items if isinstance(item, Text) and item.text in DOTS]
    assert len(nodes) == count[Node] + count[Square] + len(gaps)
    assert len(edges) == count[Edge] + count[Square]


def test_dot_has_every_paint() -> None:
    for theme, row in THEMES.items():
        text = WRITERS["dot"](scene("rnn-loss", 2, theme=theme)).decode()
        assert f'bgcolor="{row.background}"' in text
        assert f'fillcolor="{row.nodes["loss"].fill}"' in text
        assert re.search(r"peripheries=2", text)
    assert "bgcolor=transparent" in WRITERS["dot"](scene("rnn", background="transparent")).decode()


def test_dot_takes_any_text() -> None:
    one = replace(hostile(), name='a" -> b; "c', items=(*hostile().items, *strange_items()))
    content = WRITERS["dot"](one)
    nodes, _ = graphviz("neato", content, "-n2")
    # Graphviz has a language of its own in labels, in which a backslash is two.
    assert [node["label"] for node in nodes if "id" in node][-1] == NAME.replace("\\", "\\\\")
    assert f"// {one.title}".encode() in content


def test_graphs_have_values_and_no_legend() -> None:
    drawing = Circuit.gallery("logistic-map").draw(steps=2, values={"r": 2, "s0": 0.25}, legend=True)
    assert '<<I>s</I><SUP>(1)</SUP><BR/><FONT POINT-SIZE="8.25">0.375</FONT>>' in drawing.dot
    assert '(("s(1)<br>0.375")):::state' in drawing.mermaid
    assert "legend" not in drawing.dot + drawing.mermaid
    nodes, edges = graphviz("dot", drawing.dot.encode())
    assert (len(nodes), len(edges)) == (5, 4)
    read_mermaid(drawing.mermaid.encode())


def test_graphs_for_graphviz() -> None:
    circuit = Circuit.gallery("rnn")
    drawing = circuit.draw(steps=2)
    assert drawing.graphviz.source == drawing.dot
    unfolding = circuit.unfold(2)
    nodes, joined = graphviz("dot", unfolding.to_graphviz().source.encode())
    labels = {node["_gvid"]: node["label"] for node in nodes}
    assert sorted(labels.values()) == sorted(
        f"{name}({place[0]})" if place else name for name, place in unfolding.nodes
    )
    edges = {(labels[edge["tail"]], labels[edge["head"]]) for edge in joined}
    assert len(edges) == len(unfolding.edges)
    assert {("W", "h(2)"), ("h(1)", "h(2)"), ("x(2)", "h(2)")} <= edges
    with pytest.raises(CircuitError, match="the picture would have 2000000000004 nodes"):
        circuit.unfold(10**12).to_graphviz()


# Mermaid ----------------------------------------------------------------------------------------------

#: Every line that a file may have.
LABEL = r"(?:[^\"#;`<>%{}|\[\]&\\\\]|#\d+;|<br>)*"
STYLE = r"[\w#:., -]+"
GRAMMAR = {
    "comment": r"%% [\w :.,]+",
    "head": "flowchart LR",
    "words": rf"  acc(?:Title|Descr): ({LABEL})",
    "part": rf'  subgraph \w+\["{LABEL}"\]',
    "direction": "    direction LR",
    "end": "  end",
    "node": rf'    (n\d+)(?:\(\("({LABEL})"\)\)|\(\(\("({LABEL})"\)\)\)|\(\["({LABEL})"\]\)|\["({LABEL})"\]):::(\w+)',
    "edge": rf'  (n\d+) (-->|---|-\.->|-\.-)(?:\|"({LABEL})"\|)? (n\d+)',
    "class": rf"  classDef (\w+) {STYLE}",
    "style": rf"  style \w+ {STYLE}",
    "link": rf"  linkStyle \d+(?:,\d+)* {STYLE}",
}


def read_mermaid(content: bytes) -> dict[str, list[tuple[str, ...]]]:
    """Return the parts of each line by its kind, for lines of known kinds only."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for line in content.decode().split("\n")[:-1]:
        kind, match = next((k, m) for k, rule in GRAMMAR.items() if (m := re.fullmatch(rule, line)))
        parts = (html.unescape(re.sub(r"#(\d+);", r"&#\1;", part)) for part in match.groups() if part is not None)
        found.setdefault(kind, []).append(tuple(parts))
    return found


@pytest.mark.parametrize("name", STEPS)
def test_mermaid_has_every_node_and_edge(name: str) -> None:
    one = scene(name)
    found = read_mermaid(WRITERS["mermaid"](one))
    items = {item.id: item for item in one.items if isinstance(item, Node | Edge)}
    labels = {item.of: item.text for item in one.items if isinstance(item, Text) and not item.inverse}
    nodes = [(labels[key], item.role) for key, item in items.items() if isinstance(item, Node)]
    assert [node[1:] for node in found["node"] if node[2] != "gap"] != []
    assert Counter(node[1:] for node in found["node"] if node[2] != "gap") == Counter(nodes)
    names = {node[0]: node[1] for node in found["node"]}
    edges = [item for item in items.values() if isinstance(item, Edge)]
    assert len(found["edge"]) == len(edges)
    for edge, (source, arrow, *label, target) in zip(edges, found["edge"], strict=True):
        assert names[source] == labels.get(edge.source, names[source])
        assert names[target] == labels.get(edge.target, names[target])
        assert (arrow.endswith(">"), "." in arrow) == (edge.head, edge.dashed)
        assert (label[0] if label else "").startswith("\u25a0") == (edge.view == "circuit" and any(edge.delay))
        assert labels.get(edge.id, "") in (label[0] if label else "")
    assert {kind for (kind,) in found["class"]} == {node[2] for node in found["node"]}


def test_mermaid_takes_any_text() -> None:
    one = hostile()
    found = read_mermaid(WRITERS["mermaid"](replace(one, items=(*one.items, *strange_items()))))
    assert found["words"] == [(one.title,), (one.description,)]
    assert NAME in [node[1] for node in found["node"]]


def test_mermaid_says_what_it_loses() -> None:
    text = WRITERS["mermaid"](scene("rnn")).decode()
    assert text.startswith(
        f"%% {MARK}.\n%% Lost in this format: the places of nodes, the routes of edges, typeset labels"
    )


# All --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STEPS)
def test_all_formats_agree_in_coordinates(name: str) -> None:
    one = scene(name)
    told = {item["id"]: (item["x"], item["y"]) for item in json.loads(WRITERS["json"](one))["items"] if "rx" in item}
    drawn = sorted(told.values())
    number = r"(-?[\d.]+)"
    outlines = [
        tuple(float(value) for value in found)
        for found in re.findall(rf'<ellipse id="[^"]+" cx="{number}" cy="{number}"', WRITERS["svg"](one).decode())
    ]
    assert sorted(outlines) == drawn
    tex = re.findall(rf"\\node\[[^]]*\] \([^)]+\) at \({number}, {number}\)", WRITERS["tex"](one).decode())
    assert sorted((float(x), float(y)) for x, y in tex) == drawn
    # A round node begins at its right and has its left in the middle of its path; rings are painted after it.
    curve = rf"(?:{number} ){{6}}c\n"
    ellipse = rf"{number} {number} m\n{curve}(?:{number} ){{4}}{number} {number} c\n{curve}{curve}h\nB"
    pdf = re.findall(ellipse, WRITERS["pdf"](one).decode("latin-1"))
    middle = sorted(((float(found[0]) + float(found[-4])) / 2, float(found[1])) for found in pdf)
    assert np.allclose(middle, drawn, atol=0.011)
    dot = re.findall(rf'id="{one.name}-[cu]\.[^"]*" [^]]*pos="{number},{number}!"', WRITERS["dot"](one).decode())
    places = sorted((float(x) / 0.75, one.height - float(y) / 0.75) for x, y in dot)
    assert np.allclose(places, drawn, atol=0.02)


ACCENTS = """
C̃_1(t) = tanh(W_prime @ h′(t-1) + V_hat @ x̄(t))
h′(t) = ẋ_tau(t) + C̃_1(t) * h_star(t-1)
ẋ_tau(t) = exp(C̃_1(t))
h_star(t) = U @ h′(t)
hidden_state_of_the_encoder(t) = U @ h_star(t)
"""


def test_accents_are_in_every_format() -> None:
    found = draw(read(ACCENTS), 2)
    names = ("x̄", "C̃_1", "h′", "ẋ_τ", "h*", "hidden state of the encoder")
    texts = {item.text for item in found.items if isinstance(item, Text)}
    assert {*names, *(f"{name}(1)" for name in names), "W′", "V̂", "U"} <= texts
    items = json.loads(WRITERS["json"](found))["items"]
    assert {item["text"] for item in items if item["kind"] == "text"} == texts
    mermaid = WRITERS["mermaid"](found).decode()
    assert '"C̃_1(2)"' in mermaid and '"ẋ_τ"' in mermaid and '"h#42;(1)"' in mermaid and '"hidden state' in mermaid
    dot = WRITERS["dot"](found).decode()
    for label in (
        "<B><I>C̃</I></B><SUB>1</SUB><SUP>(2)</SUP>", "<B><I>h</I></B>′<SUP>(1)</SUP>", "<B><I>h</I></B><SUP>*</SUP>",
        "<B><I>h</I></B><SUP>*(2)</SUP>", "<B><I>ẋ</I></B><SUB>τ</SUB>", "<I>W</I>′", "<I>V̂</I>",
    ):  # fmt: skip
        assert f"label=<{label}>" in dot
    tex = WRITERS["tex"](found).decode()
    for latex in (
        r"$\tilde{\boldsymbol{C}}_{1}^{(2)}$", r"$\boldsymbol{h}^{\prime(1)}$", r"$\boldsymbol{h}^{*(2)}$",
        r"$\dot{\boldsymbol{x}}_{\tau}$", r"$\boldsymbol{\mathrm{hidden\ state\ of\ the\ encoder}}^{(1)}$",
        r"$\hat{V}$",
    ):  # fmt: skip
        assert latex in tex
    svg = WRITERS["svg"](found).decode()
    assert "C̃_1 depends on h′ one step before through W′ and on x̄ through V̂" in html.unescape(svg)
    for name in ("html", "pdf", "png"):
        assert WRITERS[name](found)
