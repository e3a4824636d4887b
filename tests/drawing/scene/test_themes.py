"""The looks: what is written can be read, what is drawn can be seen, and kinds differ without colour."""

from __future__ import annotations

import io
from itertools import combinations, product

import pytest
from generators.drawing_cells import cell, unfolded
from PIL import Image

from unfoldgraph.base.errors import CircuitError
from unfoldgraph.drawing.formats.writers import WRITERS
from unfoldgraph.drawing.options import BACKGROUNDS, OPTIONS, Options
from unfoldgraph.drawing.scene.themes import THEMES, Paint, Theme
from unfoldgraph.drawing.views.figure import draw_scene

EMPHASES = ("", "chosen", "lit", "dim")
ROLES = ("input", "state", "output", "loss", "boundary", "sink", "ellipsis", "parameter", "constant", "operation")
LINES = ("data", "gradient", "parameter")
#: What each kind of colour vision makes of a colour (Machado, Oliveira and Fernandes, 2009, severity 1).
VISION = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
Linear = tuple[float, ...]


def linear(colour: str) -> Linear:
    """The light of a colour, from 0 to 1."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    return tuple(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)


def seen(light: Linear, vision: str) -> Linear:
    return tuple(
        min(1.0, max(0.0, sum(a * b for a, b in zip(row, light, strict=True)))) for row in VISION.get(vision, ())
    ) or tuple(light)


def luminance(light: Linear) -> float:
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]


def contrast(one: str, other: str, vision: str = "") -> float:
    """The ratio of WCAG, from 1 to 21."""
    low, high = sorted(luminance(seen(linear(colour), vision)) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def lightness(colour: str) -> float:
    """The grey that a print without colour makes of a colour, from 0 to 100."""
    light = luminance(linear(colour))
    return 116 * light ** (1 / 3) - 16 if light > 0.008856 else 903.3 * light


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.fixture(params=THEMES)
def theme(request: pytest.FixtureRequest) -> Theme:
    return THEMES[request.param]


@pytest.fixture(params=["", *VISION])
def vision(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_command_line_knows_them() -> None:
    assert OPTIONS["theme"].values == tuple(THEMES)
    assert OPTIONS["background"].values == BACKGROUNDS


def test_each_has_a_paint_for_everything(theme: Theme) -> None:
    assert tuple(theme.nodes) == ROLES
    assert tuple(theme.lines) == LINES
    assert set(theme.weights) == set(EMPHASES) - {""}


def test_text_can_be_read(theme: Theme, vision: str) -> None:
    fills = [theme.background, *(paint.fill for role, paint in theme.nodes.items() if role != "sink")]
    for fill, emphasis in product(fills, EMPHASES):
        assert contrast(theme.text_colour(emphasis=emphasis), fill, vision) >= 4.5
    for emphasis in EMPHASES:
        for square in (theme.line_paint("data", False, emphasis).outline, theme.node_paint("sink", emphasis).fill):
            assert contrast(theme.text_colour(inverse=True, emphasis=emphasis), square, vision) >= 4.5


def test_lines_can_be_seen(theme: Theme, vision: str) -> None:
    assert contrast(theme.frame.outline, theme.background, vision) >= 3
    assert contrast(theme.accent, theme.background, vision) >= 3
    for emphasis in EMPHASES:
        least = 1.5 if emphasis == "dim" else 3
        for paint in (
            *(theme.node_paint(role, emphasis) for role in ROLES),
            *(theme.line_paint(role, False, emphasis) for role in LINES),
        ):
            assert contrast(paint.outline, theme.background, vision) >= least
            if paint.fill == paint.outline:
                continue
            assert paint.width >= 0.5
            # What lies on the other side of the outline is the fill.
            if paint.fill != "none":
                assert contrast(paint.outline, paint.fill, vision) >= (1.2 if emphasis == "dim" else 3)


def distinguishable(one: Paint, other: Paint) -> bool:
    """Whether two outlines differ in a print without colour."""
    fills = [0.0 if paint.fill == "none" else lightness(paint.fill) for paint in (one, other)]
    return (
        one.dash != other.dash
        or bool(one.ring) != bool(other.ring)
        or abs(one.width - other.width) >= 0.5
        or abs(fills[0] - fills[1]) >= 5
    )


def test_kinds_differ_without_colour(theme: Theme) -> None:
    for one, other in combinations(ROLES, 2):
        assert distinguishable(theme.nodes[one], theme.nodes[other]), (one, other)
    for one, other in combinations(LINES, 2):
        assert distinguishable(theme.lines[one], theme.lines[other]), (one, other)
        for role in (one, other):
            assert distinguishable(theme.line_paint(role, True), theme.line_paint(role, False))


def test_emphasis_shows_without_colour(theme: Theme) -> None:
    for role in ROLES:
        if role == "sink":
            continue
        chosen, lit, dim = (theme.node_paint(role, emphasis) for emphasis in ("chosen", "lit", "dim"))
        assert chosen.width >= lit.width + 0.9 > theme.nodes[role].width + 0.9
        assert lit.width >= dim.width + 0.5
        # Its kind can still be told.
        assert (chosen.dash, chosen.ring) == (dim.dash, dim.ring)
        assert chosen.fill == dim.fill or role == "sink"


def test_rings_stand_clear_of_the_outline(theme: Theme) -> None:
    for paint in theme.nodes.values():
        assert not paint.ring or paint.inset - paint.ring / 2 - paint.width / 2 >= 1.1


def test_contrast_has_no_greys() -> None:
    theme = THEMES["contrast"]
    used = {paint.fill for paint in theme.nodes.values()} | {paint.outline for paint in theme.nodes.values()}
    used |= {paint.outline for paint in (*theme.lines.values(), theme.frame)}
    used |= {theme.background, theme.text, theme.inverse, theme.accent}
    used |= {theme.faint, theme.faint_text, theme.faint_inverse}
    assert used == {"#000000", "#ffffff"}
    assert min(theme.lines["data"].width, theme.nodes["state"].width) >= 2


@pytest.mark.parametrize("name", THEMES)
def test_a_picture_has_no_other_colours(name: str) -> None:
    content = WRITERS["svg"](draw_scene(cell("rnn-loss"), unfolded("rnn-loss", 4), Options(theme=name))).decode()
    theme = THEMES[name]
    known = {theme.background, theme.text, theme.accent, "none"}
    known |= {
        colour for paint in (*theme.nodes.values(), *theme.lines.values()) for colour in (paint.fill, paint.outline)
    }
    used = {part.split('"')[0] for key in ('fill="', 'stroke="') for part in content.split(key)[1:]}
    assert used <= known


def test_the_page_is_opaque_unless_asked_otherwise() -> None:

    for background in BACKGROUNDS:
        scene = draw_scene(cell("driven"), unfolded("driven"), Options(theme="dark", background=background))
        with Image.open(io.BytesIO(WRITERS["png"](scene))) as image:
            corner = image.convert("RGBA").getpixel((0, 0))
        assert corner == ((0x14, 0x17, 0x1B, 255) if background == "opaque" else (0, 0, 0, 0))
        page = f'<rect width="{scene.width}" height="{scene.height}" fill="#14171b"/>'
        assert (page.encode() in WRITERS["svg"](scene)) == (background == "opaque")


def test_another_background_is_refused() -> None:
    with pytest.raises(CircuitError, match="no background 'white'"):
        Options(background="white")
