"""The written files: valid, marked, safe, the same every time, and large enough to read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from drawing_cells import CELLS

from unfoldgraph.drawing import views
from unfoldgraph.drawing.figure import draw_scene
from unfoldgraph.drawing.typeset import compose, typeset
from unfoldgraph.drawing.writers import FORMATS, MARK

TESTS = Path(__file__).parent
NAMESPACE = "{http://www.w3.org/2000/svg}"
# A unit prints as 0.75 pt; the capitals of STIX Two are 0.656 em high.
POINTS = 0.75
CAPITAL = 0.656


@pytest.mark.parametrize("name", CELLS)
def test_svg_is_valid_and_self_contained(name: str) -> None:
    content = FORMATS["svg"](draw_scene(CELLS[name], views.symbolic(CELLS[name]), description="words"))
    root = ElementTree.fromstring(content)
    assert root.attrib["viewBox"] == f"0 0 {root.attrib['width']} {root.attrib['height']}"
    assert root.attrib["role"] == "img"
    title, description = root[0], root[1]
    assert (title.tag, description.tag) == (f"{NAMESPACE}title", f"{NAMESPACE}desc")
    assert description.text == "words"
    ids = [e.attrib["id"] for e in root.iter() if "id" in e.attrib]
    assert len(ids) == len(set(ids))
    assert all(i.startswith(f"{name}-") for i in ids)
    for element in root.iter():
        assert "style" not in element.attrib
        assert element.tag.removeprefix(NAMESPACE) != "script"
        if "href" in element.attrib:
            assert element.attrib["href"].removeprefix("#") in ids
    assert root[3].attrib["fill"] == "#ffffff"
    assert MARK.encode() in content[:200]


def test_titles_are_any_text() -> None:
    hostile = replace(CELLS["driven"], title='</title><script>alert("1")</script>&\x00\x1b[31m\ud800 "\u202e')
    content = FORMATS["svg"](draw_scene(hostile, views.symbolic(hostile), description="\x07<&>"))
    root = ElementTree.fromstring(content)
    assert (root[0].text or "").startswith('</title><script>alert("1")</script>&\ufffd\ufffd[31m\ufffd')
    assert b"<script" not in content
    assert FORMATS["png"](draw_scene(hostile, views.symbolic(hostile))).startswith(b"\x89PNG")


def test_png_is_twice_the_size_and_marked() -> None:
    scene = draw_scene(CELLS["driven"], views.symbolic(CELLS["driven"]))
    content = FORMATS["png"](scene)
    assert int.from_bytes(content[16:20], "big") == 2 * scene.width
    assert int.from_bytes(content[20:24], "big") == 2 * scene.height
    assert b"Software\0" + MARK.encode() in content[:120]


def test_formats_agree() -> None:
    scene = draw_scene(CELLS["lstm"], views.numeric(CELLS["lstm"], 3))
    items = json.loads(FORMATS["json"](scene))["items"]
    root = ElementTree.fromstring(FORMATS["svg"](scene))
    drawn = {e.attrib["id"].removeprefix("lstm-"): e for e in root.iter() if "id" in e.attrib}
    for item in items:
        if item["kind"] == "node":
            assert float(drawn[item["id"]].attrib["cx"]) == item["x"]
            assert float(drawn[item["id"]].attrib["cy"]) == item["y"]
        elif item["kind"] == "edge":
            # All but the stretch under the arrowhead, where the shaft stops short of the tip.
            shaft = drawn[item["id"]].attrib["d"].rpartition("L")[0]
            assert item["path"].startswith(shaft)


def test_same_bytes_under_every_hash_seed() -> None:
    program = (
        "import sys, hashlib; sys.path[:0] = sys.argv[1:]\n"
        "from drawing_cells import CELLS\n"
        "from unfoldgraph.drawing import views\n"
        "from unfoldgraph.drawing.figure import draw_scene\n"
        "from unfoldgraph.drawing.writers import FORMATS\n"
        "for n in ('two-delays', 'gru', 'total-loss'):\n"
        "    s = draw_scene(CELLS[n], views.numeric(CELLS[n], 100))\n"
        "    for f in FORMATS: print(n, f, hashlib.sha256(FORMATS[f](s)).hexdigest())\n"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", program, str(TESTS), str(TESTS.parent)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "42")
    }
    assert len(seen) == 1


def test_the_smallest_text_prints_at_seven_points() -> None:
    label = compose(r"\boldsymbol{h}", "(1)", "", 14.5)
    digit = next(g for g in label.glyphs if g.glyph.key == typeset("1", 12.0).glyphs[0].glyph.key)
    height = (digit.glyph.box[3] - digit.glyph.box[1]) * digit.scale
    assert height / CAPITAL * POINTS >= 7


def test_any_number_of_steps_is_drawn_in_a_second() -> None:
    cell = CELLS["two-delays"]
    draw_scene(cell, views.numeric(cell, 5))
    start = time.perf_counter()
    content = FORMATS["svg"](draw_scene(cell, views.numeric(cell, 10**12)))
    assert time.perf_counter() - start < 1
    assert len(content) < 100_000


def test_long_names_make_wider_nodes() -> None:
    cell = CELLS["driven"]
    wide = replace(cell, variables=tuple(replace(v, latex=rf"\mathrm{{{v.name * 9}}}") for v in cell.variables))
    items = json.loads(FORMATS["json"](draw_scene(wide, views.symbolic(wide))))["items"]
    nodes = {i["id"]: i for i in items if i["kind"] == "node"}
    for text in (i for i in items if i["kind"] == "text" and i["of"] in nodes):
        node = nodes[text["of"]]
        for x in (text["x0"], text["x1"]):
            for y in (text["y0"], text["y1"]):
                assert ((x - node["x"]) / node["rx"]) ** 2 + ((y - node["y"]) / node["ry"]) ** 2 < 1
