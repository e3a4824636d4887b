"""How wide a picture prints: exactly as wide as asked, or as wide as it is, with no type too small to read."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from functools import cache
from typing import Any
from xml.etree import ElementTree

import pytest
from generators.drawing_cells import GALLERY

from unfoldgraph import Circuit
from unfoldgraph.algebra.pieces import sign
from unfoldgraph.base.errors import CircuitError
from unfoldgraph.base.files import gallery_source
from unfoldgraph.drawing.annotations.page_width import in_pixels
from unfoldgraph.drawing.draw import draw
from unfoldgraph.drawing.formats.writers import WRITERS
from unfoldgraph.drawing.scene.scene import Node, Scene, Text
from unfoldgraph.drawing.text.typeset import typeset
from unfoldgraph.language.text import read

SVG = "{http://www.w3.org/2000/svg}"
NUMBER = re.compile(r"-?[\d.]+")
CENTIMETRE = 96 / 2.54
#: Of the gallery in print, whose pictures fit in a column, and some that fit in a page only.
COLUMN = ("rnn", "driven-system", "dynamical-system", "leaky-units", "fibonacci", "logistic-map", "stacked", "biquad")
PAGE = ("lstm", "gru", "output-recurrence", "rnn-with-loss", "pascal", "hidden-markov", "teacher-forcing")


def picture(name: str, steps: int | Mapping[str, int] | None = None, **options: Any) -> Scene:
    return draw(read(gallery_source(name)[0], name=name), steps, **options)


def outline(path: str) -> tuple[str, float, float]:
    """The letters of a path, its width and its height, from its points."""
    numbers = [float(number) for number in NUMBER.findall(path)]
    xs, ys = numbers[0::2], numbers[1::2]
    return re.sub(r"[^A-Z]", "", path), max(xs) - min(xs), max(ys) - min(ys)


@cache
def letters() -> dict[str, list[tuple[float, float]]]:
    """Width and height of outlines of one em, by the letters of their paths; scripts have outlines of their own."""
    every = [*string.ascii_letters, *string.digits, *"()+-,=;.:/[]<>!|*"]
    every += [rf"\\{name}".replace("\\\\", "\\") for name in (
        "theta", "tau", "alpha", "beta", "rho", "sigma", "lambda", "mu", "epsilon", "top", "ldots", "cdot", "vdots",
        "cdots", "infty", "prime", "delta", "gamma", "pi", "phi", "omega", "eta", "kappa", "nu", "xi", "psi", "zeta",
    )]  # fmt: skip
    styles = ("{}", "x_{{{}}}", r"x_{{y_{{{}}}}}", r"\boldsymbol{{{}}}", r"\mathrm{{{}}}", r"\text{{{}}}")
    found: dict[str, list[tuple[float, float]]] = {}
    for letter in every:
        for style in styles if letter.isalnum() else styles[:3]:
            for placed in typeset([sign(style.format(letter))], 1.0).glyphs:
                drawn = "".join(
                    command + " ".join(f"{number / 12:.9f}" for number in numbers)
                    for command, numbers in placed.glyph.commands
                )
                kind, width, height = outline(drawn)
                found.setdefault(kind, []).append((width, height))
    return found


def type_sizes(svg: bytes) -> list[float]:
    """The size of every glyph of a picture in print, in points to the em, measured on the outlines in the file."""
    root = ElementTree.fromstring(svg)
    scale = float(root.attrib["width"]) / float(root.attrib["viewBox"].split()[2])
    sizes = []
    for path in root.iter(f"{SVG}path"):
        if re.search(r"-g\d+$", path.attrib.get("id", "")):
            kind, width, height = outline(path.attrib["d"])
            known = min(letters()[kind], key=lambda one: abs(one[0] * height - one[1] * width))
            # Of a flat glyph the width is measured more exactly.
            em = width / known[0] if known[0] > known[1] else height / known[1]
            sizes.append(em * scale * 0.75)
    return sizes


def check_prints(scene: Scene, width: str) -> None:
    """The file is exactly so wide, or natural, and nothing in it is smaller than 7 pt."""
    svg = WRITERS["svg"](scene)
    root = ElementTree.fromstring(svg)
    asked = in_pixels(width)
    assert float(root.attrib["width"]) == round(asked, 2) or (scene.scale == 1 and scene.width < asked)
    assert float(root.attrib["height"]) == pytest.approx(scene.height * scene.scale, abs=0.01)
    # The file keeps two decimals of an outline.
    assert min(type_sizes(svg)) > 7 - 0.05
    assert scene.scale <= 1


@pytest.mark.parametrize("width", ["17cm", "12cm", "8.5cm"])
@pytest.mark.parametrize("name", COLUMN)
def test_small_pictures_fit_in_a_column(name: str, width: str) -> None:
    check_prints(picture(name, width=width), width)
    check_prints(picture(name, 4, width=width), width)


@pytest.mark.parametrize("name", PAGE)
def test_large_pictures_fit_in_a_page(name: str) -> None:
    check_prints(picture(name, GALLERY.get(name, 4), width="17cm"), "17cm")


def test_the_sizes_are_measured() -> None:
    """What measures the type finds that of a picture that is known, and that too small type is too small."""
    sizes = type_sizes(WRITERS["svg"](picture("rnn", 4)))
    assert min(sizes) == pytest.approx(14.5 * 0.72 * 0.75, rel=0.01)
    assert max(sizes) == pytest.approx(17 * 0.75, rel=0.01)


def test_a_circuit_stands_above_its_unfolding_where_both_would_be_very_wide() -> None:
    def is_above(scene: Scene) -> bool:
        rows = {
            view: [item.y for item in scene.items if isinstance(item, Node) and item.view == view]
            for view in ("circuit", "unfolded")
        }
        return max(rows["circuit"]) < min(rows["unfolded"])

    natural = picture("encoder-decoder")
    assert is_above(natural)
    assert natural.width < 4 * natural.height
    assert picture("encoder-decoder", width="300cm").items == natural.items
    assert not any(is_above(picture(name)) for name in ("dynamical-system", "logistic-map", "lstm"))
    upward = picture("encoder-decoder", direction="up")
    assert upward.height > upward.width


def test_space_is_lost_before_steps_and_steps_before_the_arrangement() -> None:
    def shown(scene: Scene) -> tuple[int, bool]:
        steps = {item.index[0] for item in scene.items if isinstance(item, Node) and item.view == "unfolded"}
        circuit = [item.y for item in scene.items if isinstance(item, Node) and item.view == "circuit"]
        unfolded = [item.y for item in scene.items if isinstance(item, Node) and item.view == "unfolded"]
        return len(steps), max(circuit) < min(unfolded)

    found = [shown(picture("rnn", 8, width=f"{width}cm")) for width in (40, 26, 18, 14, 8)]
    assert found[0] == found[1] == (9, False)
    assert found[-1][1]
    # The narrower, the fewer steps or the more compact: never the other way around.
    beside = [steps for steps, is_above in found if not is_above]
    assert beside == sorted(beside, reverse=True)
    assert beside[-1] < beside[0]
    texts = [item.text for item in picture("rnn", 8, width="14cm").items if isinstance(item, Text)]
    assert "5 steps" in texts


def test_steps_that_are_asked_for_are_shown_however_narrow_it_is() -> None:
    scene = picture("rnn", 8, width="9cm", show="1-3,8")
    assert {item.index for item in scene.items if isinstance(item, Node) and item.name == "x"} == {
        (), (1,), (2,), (3,), (8,),
    }  # fmt: skip


def test_fewer_steps_are_told_in_words() -> None:
    scene = picture("rnn", 8, width="14cm")
    assert "of which five steps are left out" in scene.description
    circuit = Circuit("a(t) = tanh(A @ a(t-1) + B @ b(t-1) + U @ x(t)); b(t) = tanh(C @ a(t-1) + D @ b(t-1))")
    offsets = {
        width: {
            item.index[0]
            for item in circuit.draw(width=width).scene.items
            if isinstance(item, Node) and item.view == "unfolded" and item.role != "ellipsis"
        }
        for width in ("30cm", "13cm")
    }
    assert offsets["30cm"] == {"t-1", "t", "t+1"}
    if offsets["13cm"] != offsets["30cm"]:
        assert "Unfolded at t-1 and t, with what comes before and after." in circuit.draw(width="13cm").alt_text


@pytest.mark.parametrize(("name", "width"), [("lstm", "9cm"), ("kalman", "6cm"), ("rnn", "2cm")])
def test_what_does_not_fit_says_how_wide_it_must_be(name: str, width: str) -> None:
    with pytest.raises(CircuitError) as caught:
        picture(name, 4, width=width)
    assert caught.value.message == (
        f"this picture does not fit in {width} with type of 7 pt, the smallest that prints well"
    )
    help = caught.value.help or ""
    advised = re.match(r"--width ([\d.]+cm) would do; narrower is ", help)
    assert advised
    assert "--direction up" in help
    assert "--show" in help
    assert "--view" in help
    check_prints(picture(name, 4, width=advised[1]), advised[1])


@pytest.mark.parametrize(
    ("width", "message", "help"),
    [
        ("12", "the width 12 has no unit", "write --width 12cm, or mm, in, pt, px"),
        ("12km", "a width has no unit 'km'", "write --width 12cm; the units are cm, mm, in, pt and px"),
        ("", "'' is no width", "write --width 12cm; the units are cm, mm, in, pt and px"),
        ("wide", "'wide' is no width", None),
        ("-3cm", "'-3cm' is no width", None),
        ("1e3cm", "'1e3cm' is no width", None),
        ("٣cm", "'٣cm' is no width", None),
        ("12 cm cm", "'12 cm cm' is no width", None),
        ("9999999cm", "'9999999cm' is no width", None),
        ("0cm", "a picture has some width", None),
    ],
)
def test_widths_that_are_none(width: str, message: str, help: str | None) -> None:
    with pytest.raises(CircuitError) as caught:
        picture("rnn", width=width)
    assert caught.value.message == message
    assert help is None or caught.value.help == help


def test_units() -> None:
    assert in_pixels("2.54cm") == pytest.approx(in_pixels("25.4mm")) == pytest.approx(in_pixels("1in")) == 96
    assert in_pixels("72pt") == pytest.approx(in_pixels("96px")) == 96
    assert in_pixels(" .5 in ") == 48


def test_pixels_are_as_wide_in_print() -> None:
    content = WRITERS["png"](picture("rnn", 4, width="12cm"))
    at = content.index(b"pHYs") + 4
    per_metre, unit = int.from_bytes(content[at : at + 4], "big"), content[at + 8]
    assert unit == 1
    width = int.from_bytes(content[16:20], "big")
    assert width / per_metre == pytest.approx(0.12, abs=0.0001)
    assert per_metre == pytest.approx(300 / 0.0254, abs=1)
