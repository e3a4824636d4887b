"""Texts of the user's stay texts in every format: what they say changes nothing of what the file is."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest
from generators.drawing_cells import cell, unfolded
from PIL import Image

from unfoldgraph.circuit import Circuit
from unfoldgraph.drawing.formats.svg import escape
from unfoldgraph.drawing.formats.writers import WRITERS
from unfoldgraph.drawing.options import Options
from unfoldgraph.drawing.scene.scene import Scene, plain
from unfoldgraph.drawing.scene.themes import THEMES
from unfoldgraph.drawing.views.figure import draw_scene

SVG = "{http://www.w3.org/2000/svg}"
#: All that a picture is made of; none of it runs, or loads anything.
ELEMENTS = {"svg", "title", "desc", "defs", "g", "path", "rect", "ellipse", "polygon", "use"}

HOSTILE = {
    "xml": "</title></desc></svg><script>alert(1)</script> & &amp; &#0; <!-- -- --> <![CDATA[ ]]> <?php ?>",
    "attributes": "\"' onload=\"alert(1)\" ' onload='alert(1)' href=javascript:alert(1) `",
    "html": "</script></style></textarea><img src=x onerror=alert(1)><svg/onload=alert(1)>",
    "tex": r"\input{/etc/passwd} \write18{ls} % $ _ ^ & # ~ { } } \end{document} \\ ^^5cinput \csname x\endcsname",
    "dot": '"]; digraph { evil [URL="javascript:alert(1)"] } // /* */ \\" \\N \\ <b>bold</b> node edge',
    "mermaid": '"] --> evil; click evil "javascript:alert(1)" %% end subgraph --- #quot; ```\n%%{init: {}}%%',
    "json": '\\", "items": [], "x": "\\u0000 \\',
    "python": "''' \"\"\" \\N{BULLET} {0} %s {evil!r} $(ls) `ls` ; ls",
    "lines": "one\ntwo\r\nthree\rfour\x0bfive\x0csix\x85seven\u2028eight\u2029nine\tten",
    "controls": "".join(map(chr, range(32))) + "\x7f\x80\x9f\x1b[31m",
    "surrogates": "\ud800 \udfff \ude00\ud83d \ufffe \uffff",
    "order": "\u202eevil\u202c \u2066evil\u2069 \u200f\u061c",
    "marks": "e\u0301\u0301\u0301\u0301 \u200d \ufeff \u00ad 👩‍🔬 漢字 عربي 𝔥",
    "long": "x<&\\" * 2_500,
    "empty": "",
    "spaces": "   ",
}

#: Names that the language allows and that mean something to someone.
NAMES = """
graph digraph subgraph strict node edge rank label click style class classDef linkStyle direction
constructor prototype hasOwnProperty script svg desc NaN Infinity null true undefined
begin document input write csname relax par fi None True lambda import global print
o x v a__b a_ GRAPH If and_ tikzpicture draw path coordinate
"""


def xml_structure(content: bytes) -> Any:
    root = ElementTree.fromstring(content)
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in ELEMENTS
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            assert name != "style"
            if name.endswith("href"):
                assert value.startswith("#")
    return [(element.tag, sorted(element.attrib)) for element in root.iter()]


def json_structure(content: bytes) -> Any:
    found = json.loads(content)
    del found["description"]
    return found


def pixels(content: bytes) -> Any:
    with Image.open(io.BytesIO(content)) as image:
        return image.info, image.size, image.tobytes()


def pdf_structure(content: bytes) -> Any:
    before, _, after = content.partition(b"\nxref\n")
    objects = re.findall(rb"^(\d+) 0 obj\n", before, re.MULTILINE)
    assert objects == [b"%d" % n for n in range(1, len(objects) + 1)]
    places = re.findall(rb"^(\d{10}) 00000 n $", after, re.MULTILINE)
    assert all(content[int(place) :].startswith(b"%s 0 obj" % n) for n, place in zip(objects, places, strict=True))
    assert b"/JavaScript" not in content
    assert b"/URI" not in content
    assert len(re.findall(rb"<FEFF(?:[0-9A-F]{4})*>", before)) == 3
    return re.sub(rb"<FEFF[0-9A-F]*>", b"", before)


def tex_structure(content: bytes) -> Any:
    """Texts of the user's stand in comments, of which LaTeX reads nothing; all else is the picture."""
    lines = content.decode().split("\n")
    assert lines[0].startswith("% Written by unfoldgraph.")
    found = [line for line in lines if not line.lstrip().startswith("%")]
    # No line but those begins one, and no text ends a picture.
    for sign in (r"\begin{tikzpicture}", r"\end{tikzpicture}"):
        assert sum(line.count(sign) for line in found) == 1
    return found


class Page(HTMLParser):
    """The elements of a page with the names of their attributes, and what runs in it."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, list[str]]] = []
        self.scripts: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            assert not name.startswith("on")
            if name in ("href", "src"):
                assert value is not None and (value.startswith("#") or value == "data:,")
        self.elements.append((tag, sorted(name for name, _ in attrs)))
        self.inside = tag

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "script":
            self.scripts.append(data)


def html_structure(content: bytes) -> Any:
    page = Page()
    page.feed(content.decode())
    page.close()
    data, script = page.scripts
    # What runs is let run by its hash; what it goes by is data.
    (allowed,) = re.findall(r"script-src 'sha256-([^']+)'", content.decode())
    assert allowed == base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return page.elements, sorted(json.loads(data)), script


def dot_structure(content: bytes) -> Any:
    lines = content.decode().split("\n")
    assert lines[1].startswith("// ")
    (name,) = re.findall(r'^digraph "?([\w-]+)"? \{$', lines[2])
    return [line.replace(f"{name}-", "") for line in lines[3:]]


def mermaid_structure(content: bytes) -> Any:
    lines = content.decode().split("\n")
    told = [line for line in lines if line.startswith(("  accTitle: ", "  accDescr: "))]
    # What a text holds beside letters is written by number.
    assert all(re.fullmatch(r"(?:[A-Za-z0-9 .,:()+='/_\x80-\U0010ffff-]|#\d+;)*", line) for line in told)
    assert len(told) == 2
    return [line for line in lines if line not in told]


#: Of each format what a file is, apart from the texts in it; it fails where the file is not one of the format.
STRUCTURES: Mapping[str, Callable[[bytes], Any]] = {
    "svg": xml_structure,
    "png": pixels,
    "pdf": pdf_structure,
    "tex": tex_structure,
    "html": html_structure,
    "dot": dot_structure,
    "mermaid": mermaid_structure,
    "json": json_structure,
}


@cache
def scene(text: str) -> Scene:
    """A picture whose title, name and words are any text."""
    one = replace(cell("driven"), name=text, title=text)
    return draw_scene(one, unfolded("driven", 2), Options(), text)


@cache
def structure(format_: str) -> Any:
    """What a file without anything hostile is."""
    return STRUCTURES[format_](WRITERS[format_](scene("harmless")))


def test_every_format_is_checked() -> None:
    assert set(WRITERS) == set(STRUCTURES), "give each format its row in STRUCTURES"


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("format_", WRITERS)
def test_texts_change_nothing_of_a_file(format_: str, kind: str) -> None:
    content = WRITERS[format_](scene(HOSTILE[kind]))
    assert STRUCTURES[format_](content) == structure(format_)


@pytest.mark.parametrize("format_", WRITERS)
def test_names_change_nothing_of_a_file(format_: str) -> None:
    """Any name of the language is drawn, whatever it means to those who read the file."""
    equations = [f"{name}(t) = {name}(t-1) + 1" for name in NAMES.split()]
    for some in (equations[n : n + 8] for n in range(0, len(equations), 8)):
        content = Circuit("; ".join(some), name=some[0].split("(")[0]).draw(view="circuit").render(format_)
        assert STRUCTURES[format_](content)


def test_the_words_of_an_svg_say_what_was_meant() -> None:
    for text in HOSTILE.values():
        root = ElementTree.fromstring(WRITERS["svg"](scene(text)))
        assert (root[0].text or "", root[1].text or "") == (plain(text), plain(text))
    assert json.loads(WRITERS["json"](scene(HOSTILE["json"])))["description"] == HOSTILE["json"]


def test_plain_texts_are_one_line_that_can_be_written() -> None:
    for text in HOSTILE.values():
        found = plain(text)
        assert len(found.splitlines()) <= 1
        assert not any(character < " " or "\x7f" <= character <= "\x9f" for character in found)
        assert not set(found) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029")
        assert ElementTree.fromstring(f"<x>{escape(found)}</x>").text in (found, None)
    for fine in ("Long short-term memory, 1997: “LSTM” – ü 漢字 عربي 👩‍🔬", "a\u0301 \u200f"):
        assert plain(fine) == fine


def ids(equations: str, **options: Any) -> tuple[set[str], str]:
    """All ids of a picture, and its SVG."""
    svg = Circuit(equations).draw(**options).svg
    return {e.attrib["id"] for e in ElementTree.fromstring(svg).iter() if "id" in e.attrib}, svg


def test_pictures_share_a_page() -> None:
    """No two that differ have an id in common; one that is shown twice has the same ids for the same things."""
    one, other = "h(t) = tanh(h(t-1) + x(t))", "s(t) = f(s(t-1); theta)"
    options: list[dict[str, Any]] = [{}, {"steps": 2}, {"steps": 3}, {"view": "circuit"}, {"background": "transparent"}]
    options += [{"theme": theme} for theme in THEMES if theme != "book"] + [{"highlight": name} for name in ("h", "x")]
    shown = [ids(other), ids(f'title "Another"; {one}'), *(ids(one, **each) for each in options)]
    assert len(set().union(*(found for found, _ in shown))) == sum(len(found) for found, _ in shown)
    assert ids(one) == ids(one)


def test_ids_are_short_and_of_plain_letters() -> None:
    for text in HOSTILE.values():
        prefix = scene(text).name
        assert prefix.isascii()
        assert prefix[0].isalpha()
        assert prefix.replace("-", "").replace("_", "").isalnum()
        assert len(prefix) <= 60
