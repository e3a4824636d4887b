"""PDF: valid for others' programs, safe for any text, and in agreement with the scene."""

from __future__ import annotations

import io
import re
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from drawing_cells import model
from PIL import Image, ImageChops, ImageFilter
from tools import tool

from unfoldgraph.drawing import FORMATS, draw
from unfoldgraph.drawing.formats.pdf import pdf_pages
from unfoldgraph.drawing.scene import Node, Scene
from unfoldgraph.drawing.themes import THEMES
from unfoldgraph.files import MARK

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


def hostile() -> Scene:
    """A picture whose title and description are as bad as they can be, and long."""
    return replace(scene("rnn", 3), title=HOSTILE + "long " * 400, description=HOSTILE * 3)


def look(content: bytes) -> Image.Image:
    """Return an image slightly blurred, for what the edges of lines look like is the renderer's affair."""
    return Image.open(io.BytesIO(content)).convert("RGB").filter(ImageFilter.GaussianBlur(2))


def assert_alike(one: bytes, other: bytes, most: int = 60) -> None:
    """Say that two images show the same, wherever one looks."""
    first, second = look(one), look(other)
    assert first.size == second.size
    worst = max(high for _, high in ImageChops.difference(first, second).getextrema())
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
    assert_alike(pdf_pixels(FORMATS["pdf"](one), tmp_path), FORMATS["png"](one))


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
    assert_alike(pdf_pixels(FORMATS["pdf"](one), tmp_path), FORMATS["png"](one))


def test_pdf_says_what_it_is(tmp_path: Path) -> None:
    one = replace(scene("rnn"), scale=0.5)
    content = FORMATS["pdf"](one)
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
        assert_alike(pdf_pixels(content, tmp_path, page), FORMATS["png"](one))
    assert len(content) < 1.8 * len(FORMATS["pdf"](scenes[-1]))


def test_pdf_takes_any_text(tmp_path: Path) -> None:
    one = hostile()
    content = FORMATS["pdf"](one)
    title = pdf_information(content, tmp_path)["Title"]
    assert title.startswith('</title>\\end{tikzpicture} %% "quoted" \'&amp; <b>$x$ ^^M {[( \ufffd\ufffd[31m\ufffd')
    assert title.endswith("long")
    assert_alike(pdf_pixels(content, tmp_path), FORMATS["png"](one))


def test_a_transparent_pdf_paints_no_page() -> None:
    opaque, clear = (FORMATS["pdf"](scene("rnn", background=word)) for word in ("opaque", "transparent"))
    page = re.compile(rb"1 1 1 rg\n0 0 \d+ \d+ re f")
    assert page.search(opaque)
    assert not page.search(clear)
