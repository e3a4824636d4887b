"""The edges of the circuit for ranges, conditions and any place: how many there are, and how far each reaches."""

from __future__ import annotations

import pytest

from unfoldgraph import Circuit
from unfoldgraph.drawing.draw import draw
from unfoldgraph.drawing.graphs.circuit import square_mark, told_links
from unfoldgraph.drawing.graphs.from_model import cell_of
from unfoldgraph.drawing.graphs.rolled import Link
from unfoldgraph.drawing.scene.scene import to_dictionary
from unfoldgraph.language.text import read


def edges(text: str) -> list[Link]:
    return told_links(cell_of(read(text)))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        # Along one axis a square says how many steps lie between, from the nearest to the farthest.
        ("C(n) = sum(C(k) * C(n-1-k) for k in 0..n-1); C(0) = 1", ["C -> C 1..n"]),
        ("y(t) = x(t) + sum(y(s) for s in 1..t-1)", ["x -> y", "y -> y 1..t-1"]),
        ("y(t) = x(t) + sum(y(s) for s if s < t)", ["x -> y", "y -> y 1..t-1"]),
        ("d(t) = x(t) + sum(d(s) for s in t+1..end(t))", ["x -> d", "d -> d -1..t-end(t)"]),
        ("h : M; y(t) = y(t-M) + sum(h)", ["y -> y M"]),
        # Where a lattice has several the places say it, and so they do where nothing tells a distance.
        (
            "c(i, j) = min(c(i, k) + c(k+1, j) for k in i..j-1) for j in i+1..end; c(i, i) = 0",
            ["c -> c c(i, i..j-1), c(i+1..j, j)"],
        ),
        ("T(n) = T(floor(n/2)) + n; T(0) = 1", ["T -> T T(floor(n / 2))"]),
        ("x(t), d(t) : (); y(t) = x(t) + x(t - d(t))", ["x -> y", "x -> y x(t - d(t))", "d -> y"]),
        ("x(n) : (); y(m) = (x(2*m-1) + x(2*m)) / 2", ["x -> y x(2*m-1), x(2*m)"]),
        ("b : M; x(n) : (); y(n) = sum(b[k] * x(n-k) for k in 0..M-1)", ["x -> y x(n-M+1..n)"]),
        ("x(t) : (); y(t) = x(end+1-t)", ["x -> y x(end-t+1)"]),
        # What is read alike over several ranges tells all of them.
        (
            "a(i, j) : (); y(i) = sum(a(i, j) for j in 1..i-1) + sum(a(i, j) for j in i+1..end(i))",
            ["a -> y a(i, 1..i-1), a(i, i+1..end(i))"],
        ),
        # A condition changes nothing of a delay, and an entry by value reads what tells it.
        ("x(t) : (); y(t) = y(t-1) + x(t) if t > 1 else s1", ["y -> y", "x -> y"]),
        ("x(t) : (); q(t) = B[q(t-1), x(t)]", ["q -> q", "x -> q"]),
    ],
)  # fmt: skip
def test_an_edge_says_how_far_it_reaches(text: str, told: list[str]) -> None:
    cell = cell_of(read(text))
    found = []
    for link in told_links(cell):
        mark = square_mark(cell, link)[1] if link.reach is not None else ""
        found.append(" ".join(filter(None, [f"{link.source} -> {link.target}", mark or link.text])))
    assert found == told
    assert all(link.delayed for link in told_links(cell) if link.source == link.target)


def test_each_term_of_a_short_range_is_an_edge_with_its_own_label() -> None:
    found = edges("x(t) : n; y(t) = tanh(sum(k[j] @ x(t-j) for j in 0..2))")
    assert [(link.delay, link.text) for link in found] == [((0,), "k[0]"), ((1,), "k[1]"), ((2,), "k[2]")]
    around = edges("x(i, j) : (); y(i, j) = sum(x(i+a, j+b) for a in -1..1, b in -1..1 if a != 0 or b != 0)")
    assert sorted(link.delay for link in around) == [
        (-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)
    ]  # fmt: skip


@pytest.mark.parametrize("last", [99, 999_999])
def test_a_long_range_is_one_edge_however_long_it_is(last: int) -> None:
    found = edges(f"x(t) : (); y(t) = sum(k * x(t-k) for k in 0..{last})")
    assert [link.text for link in found] == [f"x(t-{last}..t)"]
    scene = to_dictionary(draw(read(f"y(t) = sum(a * y(t-k) for k in 1..{last})"), view="circuit"))
    assert len([item for item in scene["items"] if item["kind"] in ("edge", "delay")]) == 2


def test_the_circuit_is_the_same_for_every_size() -> None:
    text = "b : M; x(n) : (); y(n) = sum(b[k] * x(n-k) for k in 0..M-1)"
    drawn = [Circuit(text).draw(view="circuit", sizes={"M": size}).svg for size in (3, 1_000_000)]
    assert drawn[0] == drawn[1]


def test_a_boundary_that_reads_over_a_range_is_an_edge_of_its_own() -> None:
    found = edges("x(t) : (); h(t) = h(t-1) + x(t); h(0) = sum(x(s) for s in 2..end(t))")
    assert [(link.source, link.text, link.is_usual) for link in found] == [
        ("h", "", True), ("x", "", True), ("x", "x(2..end(t))", False)
    ]  # fmt: skip
