"""Several axes, and time that runs backward: what the names are, what is read off the edges, and what it all means."""

from __future__ import annotations

import math
import warnings
from typing import Any

import networkx
import numpy as np
import pytest

from unfoldgraph import Circuit, CircuitError, CircuitWarning, end, max_over, sum_over, tanh

RNN_2D = "h(i, j) = tanh(U @ x(i, j) + V @ h(i-1, j) + W @ h(i, j-1))"
TWO_WAY = "h(t) = tanh(h(t-1) + x(t)); g(t) = tanh(g(t+1) + x(t)); o(t) = h(t) + g(t)"
EDIT = (
    "c(i, j) = min(c(i-1, j) + 1, c(i, j-1) + 1, c(i-1, j-1) + (1 if a(i) != b(j) else 0))\n"
    "c(0, j) = j; c(i, 0) = i; c(0, 0) = 0; distance = c(end, end)"
)
ATTENTION = (
    "h(t) = tanh(h(t-1) + x(t)); s(u) = tanh(s(u-1) + c(u)); e(u, t) = exp(s(u-1) * h(t))\n"
    "c(u) = sum(e(u, t) * h(t) for t) / sum(e(u, k) for k)"
)


def axes(source: str) -> dict[str, tuple[str, ...]]:
    model = Circuit(source).model
    return {**model.inputs, **model.signals}


def message(source: str) -> str:
    with pytest.raises(CircuitError) as caught:
        Circuit(source)
    return str(caught.value)


# What runs over what --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (RNN_2D, {"x": ("i", "j"), "h": ("i", "j")}),
        (EDIT, {"a": ("i",), "b": ("j",), "c": ("i", "j"), "distance": ()}),
        (ATTENTION, {"x": ("t",), "h": ("t",), "s": ("u",), "c": ("u",), "e": ("u", "t")}),
        ("L = sum(x(t) for t)", {"x": ("t",), "L": ()}),
        ("h(t) = h(t-1) + x(end)", {"x": ("t",), "h": ("t",)}),
        ("o = sum(h(k) * y(k) for k); h(t) = x(t)", {"x": ("t",), "y": ("t",), "o": (), "h": ("t",)}),
        # One axis cannot number both places of A.
        ("v(t, k) = max(v(t-1, l) + A(l, k) for l)", {"A": ("l", "k"), "v": ("t", "k")}),
        ("o = sum(sum(B(i, j) for i) for j)", {"B": ("i", "j"), "o": ()}),
        ("y(u) = z(u) + sum(q(k) for k); z(u) = 1; q(t) = x(t)", {"x": ("t",), "y": ("u",), "z": ("u",), "q": ("t",)}),
    ],
)
def test_the_axes_of_a_name_are_those_of_its_equation_or_those_it_is_read_by(
    source: str, expected: dict[str, tuple[str, ...]]
) -> None:
    assert axes(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (RNN_2D, {"i": "i", "j": "j"}),
        (ATTENTION, {"t": "t", "u": "u"}),
        ("score(t, s) = dot(q(t), k(s)); q(t) = x(t); k(t) = x(t); x(t) : m", {"t": "t", "s": "t"}),
        ("d(t) = A(t, t); A(i, j) = x(i) * y(j)", {"t": "t", "i": "t", "j": "t"}),
        ("v(t, k) = max(v(t-1, l) + A(l, k) for l)", {"t": "t", "k": "k", "l": "k"}),
        # The name that a reduction binds hides the axis: nothing is said of the length of k.
        ("y(k) = x(k); o = sum(h(k) for k); h(t) = z(t)", {"k": "k", "t": "t"}),
    ],
)
def test_reading_by_another_axis_makes_two_lengths_one(source: str, expected: dict[str, str]) -> None:
    assert Circuit(source).model.length_of == expected


def test_a_length_that_is_shared_is_given_once() -> None:
    c = Circuit("score(t, s) = q(t) * q(s); q(t) = x(t)")
    assert c.unfold(3).lengths == c.unfold(t=3).lengths == c.unfold(s=3).lengths == {"t": 3, "s": 3}
    with pytest.raises(CircuitError, match="'t' and 's' have one length, and 3 and 4 are given"):
        c.unfold(t=3, s=4)
    with pytest.raises(CircuitError, match="this circuit has several axes: i, j"):
        Circuit(RNN_2D).unfold(3)
    with pytest.raises(CircuitError, match="the length of the axis 'j' is missing"):
        Circuit(RNN_2D).unfold(i=3)


def test_the_same_in_python() -> None:
    built = Circuit()
    i, j = built.axis("i"), built.axis("j")
    a, b, c = built.input("a", i), built.input("b", j), built.signal("c", i, j)
    from unfoldgraph import ne, where
    from unfoldgraph.language.python.functions import python_form

    c[i, j] = python_form("min")(c[i - 1, j] + 1, c[i, j - 1] + 1, c[i - 1, j - 1] + where(ne(a[i], b[j]), 1, 0))
    c[0, j] = j
    c[i, 0] = i
    c[0, 0] = 0
    distance = built.signal("distance")
    distance[()] = c[end, end]
    assert built == Circuit("a(i), b(j) : ?\n" + EDIT)
    two = Circuit()
    t = two.axis("t")
    x, g = two.input("x", t), two.signal("g", t)
    g[t] = tanh(g[t + 1] + x[t])
    g[end + 1] = 0
    most, total = two.signal("most"), two.signal("total")
    most[()] = max_over(g[t], t)
    total[()] = sum_over(g[t] * g[t + 1], t)
    assert two == Circuit(
        "x(t) : ?; g(t) = tanh(g(t+1) + x(t)); g(end+1) = 0; most = max(g(t) for t); total = sum(g(t) * g(t+1) for t)"
    )


# Off the edges --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "first_line"),
    [
        ("c(i, j) = c(i-1, j-1)\nc(0, j) = 1\nc(i, 0) = 2", "c(0, 0) is read and not given, while c(0, j) and c(i, 0)"),
        ("c(i, j) = c(i-2, j)\nc(0, j) = 1", "c(-1, j) is read and not given, while c(0, j) is"),
        ("c(i, j) = c(i-1, j)\nc(0, 3) = 1", "c(0, j) is read and not given, while c(0, 3) is"),
        ("g(t) = g(t+2)\ng(end+1) = 1", "g(end+2) is read and not given, while g(end+1) is"),
        ("c(i, j) = c(i-1, j+1)\nc(0, j) = 1\nc(i, end+1) = 1", "c(0, end+1) is read and not given, while c(0, j) and"),
        ("c(i, j) = c(i-1, j)\nc(0, k) = k", "c(0, k) names a place by 'k', where c(i, j) has 'j'"),
        ("h(i, j) = x(i, j)\nh(0) = 1", "h(0) does not have the axes of h(i, j)"),
        ("h(t, t) = 1", "h(t, t) names an axis twice"),
        ("g(end+1) = 0", "g(end+1) is given, but no equation says what g(t) is"),
        ("h(t) = z(end, 2)\nq(t) = z(t, 3)", "nothing says what 'z' runs over"),
        ("o = sum(1 for k)", "nothing says how long 'k' is"),
        ("h(i, j) = h(i, k-1)", "h(i, j) reads h(i, k - 1) in a loop, and nothing tells how far away that is"),
        ("o(t) = h(i); h(i) = x(i)", "h(i) needs a value of 'i', which o(t) does not have"),
        ("def f(x) = sum(x for t)\nh(t) = f(x(t))", "the body of 'f' runs over no axis"),
    ],
)  # fmt: skip
def test_what_is_wrong_at_an_edge(source: str, first_line: str) -> None:
    assert first_line in message(source).split("\n")[0]


def test_what_nobody_gives_off_an_edge_is_zero() -> None:
    one = Circuit("h(i, j) = h(i-1, j) + h(i, j+1) + 1")
    np.testing.assert_array_equal(one.unfold(i=2, j=3).evaluate().h, [[3, 2, 1], [9, 5, 2]])
    assert one.model.free == ()
    two = Circuit("g(t) = g(t+1) + x(t+1) + 1")
    np.testing.assert_array_equal(two.unfold(3).evaluate(x=[1.0, 2, 3]).g, [8, 5, 1])


def test_a_corner_alone_may_be_left_out_where_an_edge_beside_it_is() -> None:
    c = Circuit("p(n, k) = p(n-1, k-1) + p(n-1, k)\np(n, 0) = 1\np(0, 0) = 1")
    expected = [[math.comb(n, k) for k in range(1, 5)] for n in range(1, 6)]
    np.testing.assert_array_equal(c.unfold(n=5, k=4).evaluate().p, expected)


def test_boundaries_that_nothing_reads_warn() -> None:
    for source in ("h(i, j) = h(i-1, j); h(i, 0) = 1", "g(t) = g(t+1); g(0) = 1", "h(t) = h(t-1); h(end+1) = 0"):
        with pytest.warns(CircuitWarning, match="is never read"):
            Circuit(source)


def test_the_narrower_statement_holds_then_the_one_written_first() -> None:
    c = Circuit("h(i, j) = 0; h(i, end) = 1; h(2, j) = 2; h(2, 2) = 3; h(end, end) = 4")
    np.testing.assert_array_equal(c.unfold(i=3, j=3).evaluate().h, [[0, 0, 1], [2, 3, 1], [0, 0, 4]])
    # Both places are one where the axis is that short.
    np.testing.assert_array_equal(c.unfold(i=2, j=2).evaluate().h, [[0, 1], [2, 3]])
    both = Circuit("h(t) = 0; h(end) = 1; h(1) = 2")
    np.testing.assert_array_equal(both.unfold(1).evaluate().h, [1])


# What it means --------------------------------------------------------------------------------------


def test_backward_beside_forward() -> None:
    x = np.random.default_rng(1).normal(size=6)
    found = Circuit(TWO_WAY).unfold(6).evaluate(x=x)
    h = g = 0.0
    forward, backward = [], []
    for value, mirrored in zip(x, x[::-1], strict=True):
        forward.append(h := math.tanh(h + value))
        backward.append(g := math.tanh(g + mirrored))
    np.testing.assert_allclose(found.o, np.add(forward, backward[::-1]), rtol=1e-15)


def test_a_boundary_may_come_from_the_far_end_of_another_signal() -> None:
    c = Circuit("g(t) = g(t+1) + x(t); h(t) = 2 * h(t-1); h(0) = g(1); g(end+1) = y(end); y(u) = y(u-1) + 1")
    found = c.unfold(t=2, u=3).evaluate(x=[1.0, 2.0])
    np.testing.assert_array_equal(found.h, [12, 24])
    assert found.y.shape == (3,)


def test_a_ring() -> None:
    c = Circuit("u(t, i) = u(t-1, i-1)\nu(t, 0) = u(t, end)\nu(0, i) = seed(i)\nu(0, 0) = seed(end)")
    found = c.unfold(t=4, i=3).evaluate(seed=[1.0, 2, 3]).u
    np.testing.assert_array_equal(found, [[3, 1, 2], [2, 3, 1], [1, 2, 3], [3, 1, 2]])
    assert c.unfold(t=2, i=0).evaluate(seed=[]).u.shape == (2, 0)


def test_one_signal_ahead_of_another() -> None:
    c = Circuit("a(t) = b(t+1) + 1; b(t) = 2 * a(t-2)")
    found = c.unfold(4).evaluate(a0=[1.0, 3.0])
    # b(1) = 2 a(-1), a(1) = b(2) + 1 = 2 a(0) + 1, …; b(5) is off the edge and 0.
    np.testing.assert_array_equal(found.a, [7, 15, 31, 1])
    np.testing.assert_array_equal(found.b, [2, 6, 14, 30])


def test_transposed_and_diagonal_reads() -> None:
    c = Circuit("a(i, j) = x(i) * y(j); b(i, j) = a(j, i); d(t) = a(t, t) + a(t-1, t-1); s = sum(a(k, k) for k)")
    x, y = np.array([1.0, 2, 3]), np.array([5.0, 7, 11])
    found = c.unfold(3).evaluate(x=x, y=y)
    np.testing.assert_array_equal(found.b, np.outer(x, y).T)
    np.testing.assert_array_equal(found.d, [5, 19, 47])
    assert found.s == 52


def test_a_deep_two_way_network_with_layers_as_an_axis() -> None:
    c = Circuit(
        "f(l, t) = tanh(f(l, t-1) + o(l-1, t)); g(l, t) = tanh(g(l, t+1) + o(l-1, t))\n"
        "o(l, t) = f(l, t) + g(l, t); o(0, t) = x(t)"
    )
    (loop,) = [one for one in c.model.schedule if one.recurrent]
    assert loop.vector == (1, 0) and sorted(part.vector or () for part in loop.parts if part.recurrent) == [
        (0, -1),
        (0, 1),
    ]
    x = np.random.default_rng(2).normal(size=4)
    layer = x
    for _ in range(3):
        f = g = 0.0
        ahead, back = [], []
        for value, mirrored in zip(layer, layer[::-1], strict=True):
            ahead.append(f := math.tanh(f + value))
            back.append(g := math.tanh(g + mirrored))
        layer = np.add(ahead, back[::-1])
    np.testing.assert_allclose(c.unfold(l=3, t=4).evaluate(x=x).o[-1], layer, rtol=1e-14)


# Numbers of nodes and edges, and depth --------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "lengths", "depth"),
    [
        # h adds a level a step; o one more on top.
        (TWO_WAY, {"t": 10**12}, 10**12 + 1),
        (RNN_2D, {"i": 10**9, "j": 10**9}, 2 * 10**9 - 1),
        (RNN_2D, {"i": 10**9, "j": 3}, 10**9 + 2),
        (EDIT, {"i": 10**6, "j": 10**7}, 10**6 + 10**7),
        ("u(t, i) = u(t-1, i-1) + u(t-1, i+1); u(0, i) = seed(i)", {"t": 10**9, "i": 10**4}, 10**9 + 1),
        ("a(t) = b(t+1); b(t) = a(t-2)", {"t": 10**12}, 2 * (10**12 - 1)),
    ],
)
def test_depth_of_what_could_never_be_walked(source: str, lengths: dict[str, int], depth: int) -> None:
    assert Circuit(source).unfold(lengths).depth == depth


def test_depth_that_follows_from_small_ones_is_that_of_the_walked_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    from unfoldgraph.unfolding import depth

    for source, lengths in (
        (TWO_WAY, {"t": 1500}),
        (RNN_2D, {"i": 61, "j": 80}),
        (EDIT, {"i": 60, "j": 125}),
    ):
        unfolding = Circuit(source).unfold(lengths)
        expected = networkx.dag_longest_path_length(unfolding.to_networkx())
        monkeypatch.setattr(depth, "WALKED_READS", 4_000)
        assert unfolding.depth == expected
        monkeypatch.undo()


def test_depth_where_one_of_two_chains_is_the_longer_in_the_end() -> None:
    """The depth is a maximum: what grows evenly at the beginning may be overtaken."""
    c = Circuit("a(t) = c(t-1); b(t) = a(t) + x(t); c(t) = b(t); p(u) = q(u-1) + z(u); q(u) = p(u)")
    for t, u in ((100_000, 145_000), (100_001, 150_003), (100_001, 100_003), (100_000, 150_000), (90_000, 170_000)):
        try:
            assert c.unfold(t=t, u=u).depth == max(3 * t, 2 * u)
        except CircuitError as error:
            assert "cannot be told" in error.message


def test_depth_with_axes_of_one_length() -> None:
    c = Circuit("a(i, j) = a(i-1, j+1) + x(i, j); b(i, j) = b(i-1, j) + a(j, i)")
    assert c.unfold(7).depth == networkx.dag_longest_path_length(c.unfold(7).to_networkx()) == 14
    assert c.unfold(1000).depth == 2000


def test_sizes_of_what_could_never_be_built() -> None:
    u = Circuit(RNN_2D).unfold(i=10**6, j=10**7)
    assert u.nodes.size == 2 * 10**13 + 3
    # Three parameters and x each, and the neighbours but for those at the two edges.
    assert u.edges.size == 4 * 10**13 + 2 * 10**13 - 10**6 - 10**7
    assert u.uses("V") == 10**13


def test_a_read_that_moves_along_one_axis_and_runs_over_the_other() -> None:
    c = Circuit("a(u, t) = x(t) + sum(a(u-1, k) for k)")
    assert [(kind, delay) for _, _, kind, delay in _edges(c) if kind == "all"] == [("all", (1, 0))]
    assert networkx.utils.graphs_equal(c.unfold(u=3, t=2).fold(), c.graph)
    assert c.model.delayed() == ("a",)


def _edges(circuit: Circuit) -> list[tuple[str, str, str, Any]]:
    return [(source, target, data["read"], data["delay"]) for source, target, data in circuit.graph.edges(data=True)]


# Different lengths ----------------------------------------------------------------------------------


def test_each_sequence_ends_at_its_own_length() -> None:
    sums = "last = h(end); all_ = sum(x(t) for t); n = end_; end_ = 1; end_ : ()"
    c = Circuit(f"h(t) = h(t-1) + x(t); g(t) = g(t+1) + x(t); {sums}")
    x = np.array([[1.0, 2, 4], [1, 2, np.nan], [np.nan, np.inf, 8]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = c.unfold(3).evaluate(x=x, lengths=[3, 2, 0])
    np.testing.assert_array_equal(found.h, [[1, 3, 7], [1, 3, 0], [0, 0, 0]])
    np.testing.assert_array_equal(found.g, [[7, 6, 4], [3, 2, 0], [0, 0, 0]])
    np.testing.assert_array_equal(found.last, [7, 3, 0])
    np.testing.assert_array_equal(found.all_, [7, 3, 0])


def test_the_end_of_an_axis_without_steps_is_a_place_before_its_start() -> None:
    """What a network of two directions says of an empty sequence."""
    c = Circuit("f(t) = f(t-1) + x(t); g(t) = g(t+1) + x(t); f(0) = p; g(end+1) = q; z = 10 * f(end) + g(end+1)")
    assert c.unfold(0).evaluate(x=np.zeros(0), p=2.0, q=3.0).z == 23
    assert c.compile()(x=np.zeros(0), p=2.0, q=3.0).z == c.compile(steps=0)(x=np.zeros(0), p=2.0, q=3.0).z == 23
    padded = np.array([[1.0, 4], [1, np.nan], [np.nan, np.nan]])
    for found in (c.unfold(2).evaluate, c.compile()):
        np.testing.assert_array_equal(found(x=padded, p=2.0, q=3.0, lengths=[2, 1, 0]).z, [73, 33, 23])
    assert c.expand("z", 0).text == "10 * f(0) + g(1)"
    with pytest.raises(CircuitError, match="z reads x\\(2\\), but 't' has only 1 step; it needs at least 2"):
        Circuit("z = x(2) + sum(x(t) for t)").unfold(1)
    with pytest.raises(CircuitError, match="algebraic loop"):
        Circuit("g(t) = g(t+1) + x(t); g(end+1) = h(1); h(t) = h(t+1); h(end+1) = g(1)")


def test_lengths_of_two_axes() -> None:
    c = Circuit(EDIT)
    word = np.array([[1.0, 2, 3, 4], [1, 2, np.nan, np.nan]])
    other = np.array([[1.0, 3, 4], [2, np.nan, np.nan]])
    found = c.unfold(i=4, j=3).evaluate(a=word, b=other, lengths={"i": [4, 2], "j": [3, 1]})
    np.testing.assert_array_equal(found.distance, [1, 1])
    assert found.c[1, 2:].sum() == found.c[1, :, 1:].sum() == 0


@pytest.mark.parametrize(
    ("lengths", "sentence"),
    [
        ([3, 4], "expected numbers from 0 to 3"),
        ([-1, 2], "expected numbers from 0 to 3"),
        ([1.5, 2], "expected whole numbers"),
        ([1, 2, 3], "the batch dimensions do not broadcast"),
        ({"u": [1, 2]}, "there is no axis 'u'"),
    ],
)
def test_lengths_that_do_not_fit(lengths: Any, sentence: str) -> None:
    with pytest.raises(CircuitError, match=sentence):
        Circuit("h(t) = h(t-1) + x(t)").unfold(3).evaluate(x=np.zeros((2, 3)), lengths=lengths)


def test_ranges_make_no_two_lengths_one() -> None:
    lags = Circuit("x(t) : (); r(k) = sum(x(t) * x(t+k) for t in 1..end(t)-k)")
    assert lags.model.length_from == {"k": "t"}
    assert lags.unfold(t=9, k=5).lengths == {"t": 9, "k": 5}
    # Where nobody says how long it is, it is as long as what it is compared with.
    assert lags.unfold(4).lengths == {"t": 4, "k": 4}
    values = list(range(9))
    expected = [sum(values[t] * values[t + k] for t in range(9 - k)) for k in range(1, 6)]
    assert lags.unfold(t=9, k=5).evaluate(x=values).r.tolist() == expected
    differences = Circuit("d(k, i) = d(k-1, i+1) - d(k-1, i) for i in 1..end-k; d(0, i) = y(i)")
    assert differences.unfold(k=2, i=4).evaluate(y=[1, 4, 9, 16]).d.tolist() == [[3, 5, 7, 0], [2, 2, 0, 0]]


def test_two_axes_that_go_by_each_other_do_not_wait_for_each_other() -> None:
    c = Circuit("c(i, j) = c(i, j-1) + 1 for j in i+1..end; c(i, i) = 0; d(j, i) = c(i, j) for i in 1..j")
    assert len(c.model.length_from) <= 1
    with pytest.raises(CircuitError):
        c.unfold({})
    assert set(c.unfold(3).lengths.values()) == {3}
