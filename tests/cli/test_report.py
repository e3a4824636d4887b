"""What `info` tells of circuits along several axes, backward and both ways."""

from __future__ import annotations

import json

import pytest

from unfoldgraph import Circuit
from unfoldgraph.cli.report import SignalCycle, in_words, loops, report, report_text

pytestmark = pytest.mark.filterwarnings("ignore::unfoldgraph.base.errors.CircuitWarning")


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("h(t) = h(t-1) + x(t); o(t) = h(t); L(t) = o(t) ** 2", ["h: forward in t", "o, L: all t at once"]),
        ("g(t) = g(t+1) + x(t); L = sum(g(t) for t); M = L ** 2", ["g: backward in t", "L, M: one value each"]),
        ("a(t) = b(t+1) + x(t); b(t) = a(t-2)", ["b, a: forward in t, b 1 ahead"]),
        ("h(i, j) = h(i-1, j) + h(i, j-1)", ["h: in wavefronts i + j"]),
        ("h(i, j) = h(i-1, j+1) + h(i, j-1)", ["h: in wavefronts 2 i + j"]),
        ("h(i, j) = h(i+1, j) + h(i, j-1)", ["h: in wavefronts j - i"]),
        ("C(n, k) = C(n-1, k-1) + C(n-1, k)", ["C: forward in n, all k at once"]),
        ("c(i, j) = c(i-1, j) * p; c(0, j) = c(0, j-1) + gap(j); c(0, 0) = 0",
         ["c(0, j): forward in j", "c: forward in i, all j at once"]),
        ("viterbi", ["b: all t and s at once", "v: forward in t, all s at once", "f: all t and s at once",
                     "P: one value", "q: backward in t"]),
        ("deep-bidirectional", ["h, g, z: forward in l (h: forward in t; g: backward in t; z: all t at once)",
                                "o: all t at once"]),
        ("attention", ["h: forward in t", "e, w, a, c, s: forward in u (e, w, a: all t at once)", "o: all u at once"]),
    ],
)  # fmt: skip
def test_the_order_in_words(text: str, order: list[str]) -> None:
    circuit = Circuit(text) if "=" in text else Circuit.gallery(text)
    assert in_words(circuit.model) == order


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("g(t) = g(t+1) + x(t)", [(("g",), (-1,))]),
        # Through all of an axis there is no one distance.
        ("v(t, s) = max(v(t-1, r) * A(r, s) for r); A(r, s) : ()", [(("v",), (1, None, 0))]),
        ("c(i, j) = c(i-1, j) + x(j); c(0, j) = c(0, j-1) + x(j)", [(("c",), (0, 1)), (("c",), (1, 0))]),
        ("h(l, t) = h(l, t-1) + x(t); h(l, 0) = h(l-1, end)", [(("h",), (0, 1)), (("h",), (1, None))]),
        ("a(i, j) = a(i, j-1) + y(i-1); y(i) = a(i, end)", [(("a",), (0, 1)), (("a", "y"), (1, None))]),
        ("o(t) = x(t-1) + x(t+1)", []),
    ],
)
def test_loops_and_their_delays(text: str, expected: list[SignalCycle]) -> None:
    found, complete = loops(Circuit(text).model)
    # Axes stand in the order in which the circuit has them.
    assert complete
    assert [tuple(loop) for loop in found] == expected


def test_what_is_given_on_edges_corners_and_far_edges() -> None:
    circuit = Circuit.gallery("edit-distance")
    told = report(circuit, {"i": 4, "j": 5})
    assert told["written"] == [
        {"name": "c", "place": ["i", 0], "text": "c(i, 0) = i"},
        {"name": "c", "place": [0, "j"], "text": "c(0, j) = j"},
        {"name": "c", "place": [0, 0], "text": "c(0, 0) = 0"},
    ]
    assert told["unfolded"]["lengths"] == {"i": 4, "j": 5}
    assert told["unfolded"]["nodes"] == 5 * 6 + 4 + 5 + 1
    assert told["unfolded"]["depth"] == 9
    assert json.loads(json.dumps(told)) == told
    printed = report_text(told)
    for line in ("given       c(i, 0) = i", "c -> c, delay (1, 1)", "i = 4, j = 5: 40 nodes", "order       c: in wave"):
        assert line in printed
    backward = report(Circuit("g(t) = g(t+1) + x(t); g(end+1) = 0; g(end) = p"))
    assert [one["place"] for one in backward["written"]] == [["end+1"], ["end"]]
    assert "v -> v, delay (1, any, 0)" in report_text(report(Circuit.gallery("viterbi")))


def test_an_edge_that_reads_its_neighbour_closes_no_loop_of_its_own() -> None:
    inside = "u(t, i) = u(t-1, i) + u(t-1, i-1) + u(t-1, i+1); u(0, i) = s(i); u(0, 0) = 0; u(0, end+1) = 0"
    for ends in (("u(t, 1)", "u(t, end)"), ("u(t, end)", "u(t, 1)")):
        circuit = Circuit(f"{inside}; u(t, 0) = {ends[0]}; u(t, end+1) = {ends[1]}")
        assert [one["delay"] for one in report(circuit)["loops"]] == [[1, -1], [1, 0], [1, 1]]
    # From the end of one row to the start of the next it goes on.
    rows = Circuit("u(t, i) = u(t, i-1) + x(t, i); u(t, 0) = u(t-1, end); u(0, 0) = 0; u(0, i) = 0")
    assert [one["delay"] for one in report(rows)["loops"]] == [[0, 1], [1, None]]


def test_one_axis_is_told_as_ever() -> None:
    told = report(Circuit("s(t) = f(s(t-1); theta); s(1) = s1"), {"t": 3})
    assert told == {
        "version": 1, "name": "circuit", "title": None, "axes": ["t"], "inputs": [],
        "parameters": [{"name": "theta", "shape": None}, {"name": "s1", "shape": None}],
        "signals": [{"name": "s", "axes": ["t"], "shape": None, "recurrent": True}],
        "functions": ["f"], "groups": [], "boundaries": [],
        "written": [{"name": "s", "place": [1], "text": "s(1) = s1"}],
        "delays": [{"source": "s", "target": "s", "delay": [1], "text": "s(t) reads s(t-1)"}],
        "places": [],
        "loops": [{"names": ["s"], "delay": [1]}], "loops_complete": True, "order": ["s: forward in t"],
        "unfolded": {"lengths": {"t": 3}, "nodes": 5, "edges": 5, "depth": 3, "uses": {"theta": 2, "s1": 1}},
    }  # fmt: skip
