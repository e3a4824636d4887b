"""How wide a picture prints: closer together, with fewer steps, one view above the other, but never in type too small.

Type is as large as it can be read: it shrinks to `POINTS` and no further. What is wider then is drawn closer, so that
it loses space before it loses type.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from unfoldgraph.base.errors import CircuitError, visible
from unfoldgraph.drawing.graphs.rolled import Unfolded
from unfoldgraph.drawing.options import Options
from unfoldgraph.drawing.scene.scene import Scene, Text, moved
from unfoldgraph.drawing.scene.style import CLOSER, Closeness

__all__ = ["POINTS", "Try", "fitted", "in_pixels", "narrower", "what_narrows"]

#: The smallest type in print, in points.
POINTS = 7.0
#: How many CSS pixels there are to each unit of length.
_UNITS = {"cm": 96 / 2.54, "mm": 96 / 25.4, "in": 96.0, "pt": 96 / 72, "px": 1.0}
_WIDTH = re.compile(r"([0-9]{1,6}(?:\.[0-9]{0,6})?|\.[0-9]{1,6})\s*([A-Za-z]*)")
_WRITTEN = "write --width 12cm; the units are cm, mm, in, pt and px"
# The size of outlines of glyphs, in units to the em.
_EM = 12.0
# No type is larger than this where it matters most, so that no picture fits that is wider by more.
_LARGEST_SMALL = 10.44
_PRINTED = 300.0
# By how many grades fewer steps may be shown than usual.
_GRADES = (1, 2)


class Try(NamedTuple):
    """One way to draw a picture.

    Attributes
    ----------
    least : Returns a width that it will not fall below, in units, soon.
    draw : Draws it.
    """

    least: Callable[[], float]
    draw: Callable[[], Scene]


def in_pixels(width: str) -> float:
    """Return a width in CSS pixels, of which an inch has 96.

    >>> in_pixels("1in"), in_pixels("36 pt"), round(in_pixels("2.54cm"), 6)
    (96.0, 48.0, 96.0)
    """
    matched = _WIDTH.fullmatch(width.strip())
    if matched is None:
        raise CircuitError(f"{visible(width[:40])!r} is no width", help=_WRITTEN)
    number, unit = matched[1], matched[2]
    if not unit:
        raise CircuitError(f"the width {number} has no unit", help=f"write --width {number}cm, or mm, in, pt, px")
    if unit not in _UNITS:
        raise CircuitError(f"a width has no unit {visible(unit[:20])!r}", help=_WRITTEN)
    found = float(number) * _UNITS[unit]
    if found <= 0:
        raise CircuitError("a picture has some width", help=_WRITTEN)
    return found


def narrower(options: Options, steps_of: Callable[[int], Unfolded | None]) -> Iterator[tuple[int, Closeness]]:
    """Yield by how many grades fewer steps are shown, and how close all is drawn, from the natural picture on.

    First all comes closer together, then fewer steps are shown, then the circuit stands above its unfolding if it does
    not yet.
    """
    grades = [0]
    if options.show is None:
        grades += [grade for grade in _GRADES if steps_of(grade) != steps_of(grade - 1)]
    # Operations are as close together as they can be.
    closer = CLOSER[:1] if options.detail == "operations" else CLOSER
    for is_stacked in (None, True) if options.view == "both" and options.direction == "right" else (None,):
        for fewer in grades:
            for close in closer:
                yield fewer, replace(close, is_stacked=is_stacked)


def what_narrows(options: Options) -> str:
    """Return what makes a picture narrower that is not said yet."""
    helps = []
    if options.detail == "operations":
        helps.append("the picture of the variables, --detail variables")
    elif options.direction == "right" and options.view != "circuit":
        helps.append("time upward, --direction up")
    if options.view in ("both", "unfolded"):
        helps.append("fewer steps, --show")
    if options.view == "both":
        helps.append("one view, --view")
    return f"narrower is {' or '.join(helps)}" if helps else "shorter names are narrower"


def fitted(width: str, tries: Iterable[Try], helps: str) -> Scene:
    """Return the first picture that prints in a width with its type large enough.

    A picture that is narrower by itself keeps its size; any other is exactly so wide. ``helps`` is what makes
    pictures narrower.

    Raises `CircuitError` where none fits, with the width that would do.
    """
    pixels = in_pixels(width)
    wanted = math.inf
    failed: CircuitError | None = None
    too_wide: list[tuple[float, Try]] = []
    for n, one in enumerate(tries):
        least = one.least() * _least_scale(_LARGEST_SMALL)
        if least > pixels:
            # Nothing is drawn in vain; but an error tells what the narrowest that can be drawn would need.
            too_wide.append((least, one))
            continue
        try:
            scene = one.draw()
        except CircuitError as error:
            failed = failed or error
            continue
        needed = _needed(scene)
        if needed <= pixels:
            return _printed(scene, pixels, is_natural=n == 0)
        wanted = min(wanted, needed)
    for least, one in sorted(too_wide, key=lambda pair: pair[0]):
        if least >= wanted:
            break
        try:
            wanted = min(wanted, _needed(one.draw()))
            break
        except CircuitError as error:
            failed = failed or error
    if math.isinf(wanted):
        assert failed is not None, "something was tried"
        raise failed
    unit = _WIDTH.fullmatch(width.strip())
    assert unit is not None, "the width was read"
    raise CircuitError(
        f"this picture does not fit in {width.strip()} with type of {POINTS:g} pt, the smallest that prints well",
        help=f"--width {_rounded_up(wanted / _UNITS[unit[2]])}{unit[2]} would do; {helps}",
    )


def _rounded_up(value: float) -> str:
    """Return a width with one decimal, not narrower."""
    return f"{math.ceil(value * 10) / 10:g}"


def _needed(scene: Scene) -> float:
    """Return in how many pixels a picture can be printed, so that its smallest letters can be read."""
    sizes = [glyph.scale * _EM for item in scene.items if isinstance(item, Text) for glyph in item.label.glyphs]
    return scene.width * _least_scale(min(sizes, default=math.inf))


def _least_scale(size: float) -> float:
    """Return at how many pixels to the unit letters of a size can be read; larger than natural they are never."""
    return min(POINTS * 96 / 72 / size, 1.0)


def _printed(scene: Scene, pixels: float, is_natural: bool) -> Scene:
    """Return a picture that fits at its size in print."""
    scene = replace(scene, resolution=_PRINTED)
    if scene.width > pixels:
        return replace(scene, scale=pixels / scene.width)
    if is_natural:
        return scene
    # What was drawn closer than it need be stands in the middle of the width that was asked for.
    beside = (pixels - scene.width) / 2
    return replace(scene, width=pixels, items=tuple(moved(item, beside, 0.0) for item in scene.items))
