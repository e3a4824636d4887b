"""Typeset names: accents stand above their letters as a typographer would set them, primes beside them."""

from __future__ import annotations

from functools import cache

import pytest

from unfoldgraph.algebra.latex import name_parts, name_pieces
from unfoldgraph.algebra.pieces import sign
from unfoldgraph.drawing.geometry import Rectangle
from unfoldgraph.drawing.text.typeset import Label, compose, instance_label, typeset

SIZE = 100.0


@cache
def inks(name: str, rank: int = 0) -> list[Rectangle]:
    """Return the boxes of the glyphs of a name, from left to right."""
    return boxes_of(typeset(list(name_parts(name, rank).base), SIZE))


def boxes_of(label: Label) -> list[Rectangle]:
    found = []
    for placed in label.glyphs:
        x0, y0, x1, y1 = (value * placed.scale for value in placed.glyph.box)
        found.append((x0 + placed.x, y0 + placed.y, x1 + placed.x, y1 + placed.y))
    return found


@pytest.mark.parametrize("rank", [0, 1])
@pytest.mark.parametrize("accent", ["hat", "bar", "tilde", "dot"])
@pytest.mark.parametrize("letter", ["y", "x", "C", "h", "W", "f", "theta", "Omega"])
def test_an_accent_stands_above_its_letter_and_is_as_wide_as_on_any_other(letter: str, accent: str, rank: int) -> None:
    on, above = inks(f"{letter}_{accent}", rank)
    assert 0.02 * SIZE < on[1] - above[3] < 0.2 * SIZE
    # Above the middle of the letter, or to the right of that where it leans.
    middle = (above[0] + above[2]) / 2
    assert on[0] + 0.35 * (on[2] - on[0]) < middle < on[2] + 0.02 * SIZE
    usual = inks(f"x_{accent}", rank)[1]
    assert above[2] - above[0] == pytest.approx(usual[2] - usual[0], abs=0.01 * SIZE)


@pytest.mark.parametrize("letter", ["i", "j"])
def test_under_an_accent_there_is_no_dot(letter: str) -> None:
    (dotted,), (on, _) = inks(letter), inks(f"{letter}_hat")
    assert on[1] > dotted[1] + 0.1 * SIZE and on[2] - on[0] == pytest.approx(dotted[2] - dotted[0], abs=0.1 * SIZE)


def test_a_prime_is_as_large_beside_a_place_as_in_a_formula() -> None:
    letter, prime = boxes_of(typeset(name_pieces("h_prime"), SIZE))
    parts = name_parts("h_prime")
    for label in (
        compose(parts.base, parts.above, (), SIZE),
        instance_label(parts, [(sign("t"),)], "book", SIZE),
        instance_label(parts, [(sign("t"),)], "bracket", SIZE),
    ):
        own, composed, *place = boxes_of(label)
        assert own == pytest.approx(letter, abs=0.01 * SIZE)
        assert composed[3] - composed[1] == pytest.approx(prime[3] - prime[1], abs=0.05 * SIZE)
        assert composed[1] == pytest.approx(prime[1], abs=0.05 * SIZE)
        assert all(box[0] > composed[2] for box in place)


def test_what_is_below_stands_at_the_letter_and_not_behind_its_prime() -> None:
    plain, primed = name_parts("h_1"), name_parts("h_prime_1")
    below = boxes_of(compose(plain.base, (), plain.below, SIZE))[1]
    assert boxes_of(compose(primed.base, primed.above, primed.below, SIZE))[2] == pytest.approx(below)
    latex = r"h_{1}^{\prime(t)}"
    assert instance_label(primed, [(sign("t"),)], "book", SIZE).latex == latex


def test_what_follows_a_prime_is_a_letter_of_its_own() -> None:
    letters = [*name_pieces("V_prime"), *name_pieces("h"), *name_pieces("h_prime_prime"), *name_pieces("x")]
    found = boxes_of(typeset(letters, SIZE))
    assert len(found) == len("V′hh′′x") and [box[0] for box in found] == sorted(box[0] for box in found)
