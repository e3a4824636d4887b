"""The page as a file: whole in itself, safe with any text, and not too large."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from generators.drawing_cells import cell, unfolded

from unfoldgraph import Circuit
from unfoldgraph.algebra.latex import Ends, equation_pieces
from unfoldgraph.algebra.pieces import Piece, joined, sign
from unfoldgraph.base.files import MARK
from unfoldgraph.drawing.formats.writers import WRITERS
from unfoldgraph.drawing.scene.themes import THEMES
from unfoldgraph.drawing.text.html_formulas import tokens_of, words_of
from unfoldgraph.drawing.views.figure import draw_scene

RNN = "h(t) = tanh(b + W @ h(t-1) + U @ x(t))"
HOSTILE = """</script><script>alert('1')</script><img src=x onerror=alert(2)> & " ' </title>]]>"""
#: Elements that have no end.
VOID = {"meta", "link", "input", "wbr"}


class Reader(HTMLParser):
    """Every element of a page with its attributes, and the text of scripts and styles; tags must match."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[str, list[str]] = {"script": [], "style": [], "title": [], "h1": []}
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)
            if tag in self.inside:
                self.inside[tag].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in self.inside:
            self.inside[self._open[-1]][-1] += data


def page(circuit: Circuit, steps: int | None = None, **options: Any) -> str:
    return circuit.draw(steps, **options).html


def test_a_page_is_whole_in_itself() -> None:
    text = page(Circuit(RNN), 3)
    reader = Reader(text)
    assert text.startswith(f"<!doctype html>\n<!-- {MARK} -->\n")
    ids = [attributes["id"] for _, attributes in reader.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in reader.elements:
        assert tag not in {"img", "iframe", "object", "embed", "base", "form", "a"}
        for name, value in attributes.items():
            assert not name.startswith("on") and name not in ("src", "style", "action")
            if name == "href":
                assert value == "data:," if tag == "link" else (value or "").removeprefix("#") in ids
    assert not re.search(r"@import|url\(|https?://(?!www\.w3\.org)", text)
    assert [attributes.get("lang") for tag, attributes in reader.elements if tag == "html"] == ["en"]


def test_its_own_policy_lets_nothing_run_but_its_script_and_its_style() -> None:
    reader = Reader(page(Circuit(RNN), 3))
    policies = [a["content"] or "" for tag, a in reader.elements if tag == "meta" and "http-equiv" in a]
    (policy,) = policies
    (_, script), (style,) = reader.inside["script"], reader.inside["style"]
    for kind, content in (("script", script), ("style", style)):
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ") and "unsafe" not in policy


def test_any_text_is_only_text() -> None:
    text = page(Circuit(f"title {json.dumps(HOSTILE)}\n{RNN}"), 2)
    reader = Reader(text)
    assert (reader.inside["title"], reader.inside["h1"]) == ([HOSTILE], [HOSTILE])
    assert len(reader.inside["script"]) == 2 and "alert" not in reader.inside["script"][1]
    assert "img" not in [tag for tag, _ in reader.elements]


def test_nothing_in_the_data_ends_its_element() -> None:
    text = page(Circuit("h(t) = λ_β if h(t-1) < x(t) and h(t-1) > 0 else 1"), 2)
    data = Reader(text).inside["script"][0]
    assert not set("<>&") & set(data)
    assert json.loads(data)["nodes"]["u.h.2"]["rights"][0][0] == "= λ_β if h(1) < x(2) and h(1) > 0 else 1"


@pytest.mark.parametrize("theme", THEMES)
def test_the_page_has_the_colours_of_the_theme(theme: str) -> None:
    text = page(Circuit(RNN), 2, theme=theme)
    (style,) = Reader(text).inside["style"]
    row = THEMES[theme]
    for name, colour in (("background", row.background), ("text", row.text), ("accent", row.accent)):
        assert f"--{name}: {colour};" in style
    # All others are written with these.
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb", style.partition("\n")[2])
    assert f"color-scheme: {'dark' if theme == 'dark' else 'light'};" in style


def test_a_page_is_small() -> None:
    assert len(page(Circuit(RNN), 6).encode()) < 90_000
    assert len(page(Circuit.gallery("lstm"), 3).encode()) < 200_000


def test_a_picture_of_no_model_is_a_page() -> None:
    text = WRITERS["html"](draw_scene(cell("lstm"), unfolded("lstm", 3))).decode()
    assert json.loads(Reader(text).inside["script"][0])["nodes"]["u.h.3"]["label"] == "h(3)"


def test_a_page_is_saved_by_its_suffix(tmp_path: Path) -> None:
    drawing = Circuit(RNN).draw(2)
    drawing.save(tmp_path / "rnn.html")
    assert (tmp_path / "rnn.html").read_text(encoding="utf-8") == drawing.html


# Formulas -----------------------------------------------------------------------------------------------------------


def pieces(text: str) -> list[Piece]:
    """Return the pieces of the first equation of a circuit."""
    model = Circuit(text).model
    first = model.statements[0]
    ends = Ends(model.axes_of, model.length_of)
    left, right = equation_pieces(first.as_written, model.rank, ends)
    return [*left, sign("="), *right]


def right(text: str) -> list[Piece]:
    """Return the pieces of a right side in x, y and parameters, all scalars."""
    found = pieces(f"x(t), y(t), a, b, c: ()\nh(t) = {text}")
    return found[found.index(sign("=")) + 1 :]


def test_formulas_are_broken_before_signs_and_after_commas() -> None:
    found = pieces("h(t) = tanh(b + W @ h(t-1)) + f(-x(t), a, b - c)")
    assert [word.label.latex for word in words_of(found, 15.0)] == [
        r"\boldsymbol{h}^{(t)}",
        r"=\tanh(\boldsymbol{b}",
        r"+\boldsymbol{W}\boldsymbol{h}^{(t-1)})",
        "+f(-x^{(t)},",
        r"\boldsymbol{a},",
        r"\boldsymbol{b}",
        r"-\boldsymbol{c})",
    ]


def test_what_is_higher_than_a_line_is_one_word() -> None:
    (word,) = words_of(right("(1 + (a + b) / sqrt(c))**2"), 15.0)
    x0, top, x1, bottom = word.label.box
    assert top < -15 and bottom > 8 and x0 >= 0 and word.width == x1


def test_an_entry_of_what_is_high_has_its_subscript() -> None:
    def box(entry: str) -> tuple[float, ...]:
        found = pieces(f"a(t), b(t): 3\nh(t) = (a(t) / b(t)){entry}")
        (word,) = words_of(found[found.index(sign("=")) + 1 :], 15.0)
        return word.label.box

    without, with_one = box(""), box("[0]")
    assert with_one[2] > without[2] + 3 and with_one[3] > without[3]


def test_tokens() -> None:
    def found(pieces: list[Piece]) -> list[str]:
        return [f"{token.kind} {token.latex}" for token in tokens_of(pieces)]

    assert found(pieces("h(l, t) = h_1(l-1, t)\nh_1(l, t) = x(l, t)"))[2] == r"letter h_{1}^{(l-1{,}t)}"
    assert found(right("-(a + b)")) == ["letter -", "open (", "letter a", "binary +", "letter b", "close )"]
    (token,) = tokens_of(right("a if b > 0 else 1 / 2"))
    assert [joined(part).strip() for part in token.parts] == [
        "a", r"\text{if } b > 0", r"\frac{1}{2}", r"\text{otherwise}",
    ]  # fmt: skip


def test_scripts_have_no_spaces_after_commas_and_before_signs_and_keep_those_of_products() -> None:
    assert [token.latex for token in tokens_of(right("a**(b - c)"))] == ["a^{b- c}"]
    assert [token.latex for token in tokens_of(right("a**f(x(t), b)"))] == [r"a^{f\left(x^{(t)}{,}b\right)}"]
    # A product in a script has a thin space, whose comma is none.
    assert [token.latex for token in tokens_of(right("a**(b * c)"))] == [r"a^{b \, c}"]


def test_deep_formulas_end_in_dots() -> None:
    found = [sign("a")]
    for _ in range(60):
        found = [sign(r"\frac{"), sign("1"), sign("}{"), sign("1"), sign("+"), *found, sign("}")]
    (word,) = words_of(found, 15.0)
    assert word.label.box[3] < 250
