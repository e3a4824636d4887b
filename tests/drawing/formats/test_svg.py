"""The written files: valid, marked, safe, and large enough to read."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree

from generators.drawing_cells import cell, unfolded

from unfoldgraph.algebra.latex import name_parts, name_pieces
from unfoldgraph.algebra.pieces import sign
from unfoldgraph.base.files import MARK
from unfoldgraph.drawing.formats.writers import WRITERS
from unfoldgraph.drawing.routing.labelled_edges import NUMBER_TYPE
from unfoldgraph.drawing.text.typeset import compose, typeset
from unfoldgraph.drawing.views.figure import draw_scene

NAMESPACE = "{http://www.w3.org/2000/svg}"
# A unit prints as 0.75 pt; the capitals of STIX Two are 0.656 em high.
POINTS = 0.75
CAPITAL = 0.656


def test_svg_says_what_it_is() -> None:
    content = WRITERS["svg"](draw_scene(cell("driven"), unfolded("driven"), description="words"))
    root = ElementTree.fromstring(content)
    assert root.attrib["viewBox"] == f"0 0 {root.attrib['width']} {root.attrib['height']}"
    assert root[1].text == "words"
    assert all(e.attrib["id"].startswith("driven-") for e in root.iter() if "id" in e.attrib)


def test_png_is_twice_the_size_and_marked() -> None:
    scene = draw_scene(cell("driven"), unfolded("driven"))
    content = WRITERS["png"](scene)
    assert int.from_bytes(content[16:20], "big") == 2 * scene.width
    assert int.from_bytes(content[20:24], "big") == 2 * scene.height
    assert b"Software\0" + MARK.encode() in content[:120]


def test_formats_agree() -> None:
    scene = draw_scene(cell("lstm"), unfolded("lstm", 3))
    items = json.loads(WRITERS["json"](scene))["items"]
    root = ElementTree.fromstring(WRITERS["svg"](scene))
    drawn = {e.attrib["id"].removeprefix("lstm-"): e for e in root.iter() if "id" in e.attrib}
    for item in items:
        if item["kind"] == "node":
            assert float(drawn[item["id"]].attrib["cx"]) == item["x"]
            assert float(drawn[item["id"]].attrib["cy"]) == item["y"]
        elif item["kind"] == "edge":
            # All but the stretch under the arrowhead, where the shaft stops short of the tip.
            shaft = drawn[item["id"]].attrib["d"].rpartition("L")[0]
            assert item["path"].startswith(shaft)


def test_the_smallest_text_prints_at_seven_points() -> None:
    base = name_parts("h", 1).base
    one = typeset([sign("1")], 12.0).glyphs[0].glyph
    raised = next(g for g in compose(base, [*map(sign, "(1)")], (), 14.5).glyphs if g.glyph.key == one.key)
    lowered = typeset(name_pieces("W_1"), 14.5).glyphs[-1]
    in_square = typeset([sign("1")], NUMBER_TYPE).glyphs[0]
    for digit in (raised, lowered, in_square):
        height = (digit.glyph.box[3] - digit.glyph.box[1]) * digit.scale
        assert height / CAPITAL * POINTS >= 7


def test_a_picture_does_not_grow_with_the_steps() -> None:
    content = WRITERS["svg"](draw_scene(cell("two-delays"), unfolded("two-delays", 10**12)))
    assert len(content) < 100_000


def test_long_names_make_wider_nodes() -> None:
    long = tuple(replace(v, latex=tuple(name_pieces(v.name * 9))) for v in cell("driven").variables)
    wide = replace(cell("driven"), variables=long)
    items = json.loads(WRITERS["json"](draw_scene(wide, unfolded("driven"))))["items"]
    nodes = {i["id"]: i for i in items if i["kind"] == "node"}
    for text in (i for i in items if i["kind"] == "text" and i["of"] in nodes):
        node = nodes[text["of"]]
        for x in (text["x0"], text["x1"]):
            for y in (text["y0"], text["y1"]):
                assert ((x - node["x"]) / node["rx"]) ** 2 + ((y - node["y"]) / node["ry"]) ** 2 < 1
