"""The unfolded graph: what it holds, how it is counted, how it folds back, and its meaning in numbers."""

from __future__ import annotations

from typing import Any

import networkx
import numpy as np
import pytest

from unfoldgraph import Circuit, CircuitError, fold
from unfoldgraph.algebra.notation import text
from unfoldgraph.unfolding.unfolding import Unfolding

RNN = "h(t) = tanh(b + W @ h(t-1) + U @ x(t))"


def graph_of(source: str, steps: Any) -> tuple[Unfolding, networkx.DiGraph]:
    unfolding = Circuit(source).unfold(steps)
    return unfolding, unfolding.to_networkx()


# Nodes and edges ------------------------------------------------------------------------------------


def test_the_figure_of_the_book() -> None:
    """Figure 10.2: one node of f for each step, one of theta for all of them."""
    unfolding, graph = graph_of("h(t) = f(h(t-1), x(t); theta)", 3)
    assert list(unfolding.nodes) == [
        ("theta", ()), ("x", (1,)), ("x", (2,)), ("x", (3,)), ("h", (0,)), ("h", (1,)), ("h", (2,)), ("h", (3,))
    ]  # fmt: skip
    expected = {(("h", (t - 1,)), ("h", (t,))) for t in (1, 2, 3)} | {(("x", (t,)), ("h", (t,))) for t in (1, 2, 3)}
    expected |= {(("theta", ()), ("h", (t,))) for t in (1, 2, 3)}
    assert set(graph.edges) == expected
    assert unfolding.depth == 3
    assert unfolding.uses("theta") == 3


def test_equation_10_3() -> None:
    unfolding, graph = graph_of("s(t) = f(s(t-1); theta); s(1) = s1", 3)
    assert list(unfolding.nodes) == [("theta", ()), ("s1", ()), ("s", (1,)), ("s", (2,)), ("s", (3,))]
    assert set(graph.edges) == {
        (("s1", ()), ("s", (1,))), (("s", (1,)), ("s", (2,))), (("s", (2,)), ("s", (3,))),
        (("theta", ()), ("s", (2,))), (("theta", ()), ("s", (3,))),
    }  # fmt: skip
    assert unfolding.uses("theta") == 2


def test_attributes() -> None:
    _, graph = graph_of(RNN + "; L = sum(h(t) for t) + h(end)", 2)
    assert graph.graph == {"axes": ("t",)}
    assert graph.nodes["h", (1,)] == {"name": "h", "kind": "signal", "axes": ("t",), "index": (1,)}
    assert graph.nodes["h", (0,)]["kind"] == "signal"
    assert graph.nodes["x", (2,)] == {"name": "x", "kind": "input", "axes": ("t",), "index": (2,)}
    assert graph.nodes["W", ()] == {"name": "W", "kind": "parameter", "axes": (), "index": ()}
    assert graph.nodes["L", ()] == {"name": "L", "kind": "signal", "axes": (), "index": ()}
    assert graph.edges[("h", (1,)), ("h", (2,))]["read"] == "delay"
    assert graph.edges[("h", (1,)), ("L", ())]["read"] == "all"
    assert graph.edges[("h", (2,)), ("L", ())]["read"] == "end+all"
    assert graph.edges[("U", ()), ("h", (1,))]["read"] == "parameter"


@pytest.mark.parametrize(
    ("source", "steps", "nodes", "edges", "depth"),
    [
        ("h(t) = h(t-1)", 0, 0, 0, 0),
        ("h(t) = h(t-1)", 1, 2, 1, 1),
        (RNN, 0, 3, 0, 0),
        (RNN, 1, 6, 5, 1),
        ("h(t) = h(t-5)", 3, 6, 3, 1),
        ("h(t) = h(t-5); L = h(end)", 0, 2, 1, 1),
        ("h(t) = x(t); L = sum(h(t) for t)", 0, 1, 0, 0),
        ("h(t) = h(t-1) + h(t-2); h(1) = 1; h(2) = 1", 1, 1, 0, 0),
        ("h(t) = h(t-1) + h(t-2); h(1) = 1; h(2) = 1", 5, 5, 6, 3),
        ("h(t) = h(t-1) + h(2); h(2) = a", 4, 6, 6, 3),
        ("h(t) = h(t-1); h(3) = h(5); h(5) = 2", 6, 7, 5, 2),
        ("a(t) = a(t-1); b(t) = b(t-1) + a(t-1); a(3) = b(3)", 4, 10, 12, 5),
        ("L = a * 2", None, 2, 1, 1),
        ("L = 2; L : ()", None, 1, 0, 0),
    ],
)
def test_counts(source: str, steps: int | None, nodes: int, edges: int, depth: int) -> None:
    unfolding, graph = graph_of(source, steps)
    assert (len(unfolding), len(unfolding.edges), unfolding.depth) == (nodes, edges, depth)
    assert (len(graph), graph.number_of_edges()) == (nodes, edges)
    assert networkx.dag_longest_path_length(graph) == depth


@pytest.mark.parametrize(
    ("source", "nodes", "edges", "depth"),
    [
        (RNN, 3 + 10**12 + 10**12 + 1, 5 * 10**12, 10**12),
        ("h(t) = h(t-1) * h(t-1)", 10**12 + 1, 10**12, 10**12),
        ("h(t) = h(t-3); L = sum(h(t) for t)", 10**12 + 3 + 1, 2 * 10**12, -(-(10**12) // 3) + 1),
        ("a(t) = b(t-1); b(t) = a(t-2) + c(t); c(t) = x(t)", 4 * 10**12 + 3, 4 * 10**12, 2 * 10**12 // 3 + 2),
        ("h(t) = h(t-1); h(7) = 0", 10**12 + 1, 10**12 - 1, 10**12 - 7),
        ("y(t) = sum(x(t-j) for j in 0..3)", 2 * 10**12 + 3, 4 * 10**12, 1),
    ],
)
def test_a_million_million_steps_are_arithmetic(source: str, nodes: int, edges: int, depth: int) -> None:
    unfolding = Circuit(source).unfold(10**12)
    assert (len(unfolding), unfolding.edges.size) == (nodes, edges)
    assert unfolding.depth == depth
    for listing in (lambda: list(unfolding.nodes), unfolding.to_networkx, unfolding.fold):
        with pytest.raises(CircuitError, match=rf"{nodes} (items|nodes); the limit is 5000000|nodes; the limit"):
            listing()
    with pytest.raises(CircuitError, match="the limit is 5000000"):
        unfolding.evaluate()


@pytest.mark.parametrize(
    "source",
    [
        # Pins of what is in no loop, computed after the steps beside them or before, far and near, read and not.
        "h(t) = x(t-3); h(3) = r; o = h(end)",
        "z(t) = y(t); y(t) = y(t-2) - p; z(3) = r; z(40) = 2",
        "h(t) = x(t); h(60) = g(59) * 2; g(t) = g(t-1); y(t) = h(t-1) + y(t-2)",
        "g(t) = g(t-1) + p; h(t) = 1; h(50) = g(50); y(t) = h(t-1); z(t) = max(z(t-2), y(t-1))",
        # A pin in the loop of another signal.
        "h(t) = cosh(u(-1)); y(t) = tanh(h(t-1)); h(2) = y(2)",
        "h(t) = x(t); y(t) = h(t-1) + y(t-3); h(9) = y(8); h(45) = y(44)",
    ],
)
def test_depth_beside_pins(source: str) -> None:
    for steps in (1, 2, 3, 5, 12, 39, 40, 41, 61, 75, 150):
        try:
            unfolding, graph = graph_of(source, steps)
        except CircuitError as error:
            # A place that is read by its number lies beyond the end.
            assert steps < 61 and "has only" in error.message
            continue
        assert unfolding.depth == networkx.dag_longest_path_length(graph), steps


def test_the_length_of_an_axis_by_the_name_that_a_reduction_binds() -> None:
    unfolding = Circuit("h(t) = t; o = sum(h(j) * end(j) for j)").unfold(3)
    instance = unfolding.instance("o", ())
    assert instance is not None and text(instance) == "sum(h(j) * 3 for j)"
    assert unfolding.evaluate()["o"] == 18


def test_lengths() -> None:
    c = Circuit(RNN)
    assert len(c.unfold(t=3)) == len(c.unfold({"t": 3})) == len(c.unfold(3))
    for bad, sentence in [
        (-1, "the length of 't' is a whole number from 0, not -1"),
        (1.5, "the length of 't' is a whole number from 0, not 1.5"),
        (True, "the length of 't' is a whole number from 0, not True"),
        ("3", "the length of 't' is a whole number from 0, not '3'"),
        (None, "the length of the axis 't' is missing"),
        ({}, "the length of the axis 't' is missing"),
        ({"u": 3}, "there is no axis 'u'"),
        ({"t": 3, "u": 3}, "there is no axis 'u'"),
    ]:
        with pytest.raises(CircuitError, match=sentence):
            c.unfold(bad)  # type: ignore[arg-type]


def test_an_instance_is_a_right_side_with_every_place_fixed() -> None:
    source = "h(t) = h(t-1) * t + x(t-2) + g(end-9) * end(t) + sum(x(s) for s); h(0) = a; h(2) = 7; g(t) = g(t-1)"
    unfolding = Circuit(source).unfold(3)
    written = {place: unfolding.instance("h", (place,)) for place in (-5, 0, 1, 2, 3, 4)}
    assert written[-5] is None and written[4] is None
    assert text(written[0]) == "a"  # type: ignore[arg-type]
    assert text(written[2]) == "7"  # type: ignore[arg-type]
    assert text(written[3]) == "h(2) * 3 + x(1) + 0 * 3 + sum(x(s) for s)"  # type: ignore[arg-type]


# Back again -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        RNN,
        "s(t) = f(s(t-1); theta); s(1) = s1",
        "h(t) = h(t-1) + h(t-3) + x(t-2); h(4) = 0",
        "L = sum(e(t) for t) + e(end) + e(end-1) + e(2); e(t) = x(t) * L2; L2 = mean(x(t) for t)",
        "h(t) = sum(h2(s) * h2(t) for s); h2(t) = h2(t-1) + h2(1); h2(1) = 3",
    ],
)
def test_folding_is_the_inverse(source: str) -> None:
    unfolding, graph = graph_of(source, 9)
    expected = Circuit(source).graph
    assert networkx.utils.graphs_equal(fold(graph), expected)
    assert networkx.utils.graphs_equal(unfolding.fold(), expected)


def test_folding_reads_the_indices_and_nothing_else() -> None:
    graph = networkx.DiGraph(axes=("t",))
    for place in (1, 2, 3):
        graph.add_node(("a", (place,)), kind="signal", axes=("t",))
    graph.add_edge(("a", (1,)), ("a", (3,)), read="delay")
    assert list(fold(graph).edges(data="delay")) == [("a", "a", (2,))]


def test_folding_something_else() -> None:
    with pytest.raises(CircuitError, match="this graph does not say its axes"):
        fold(networkx.DiGraph())
    with pytest.raises(CircuitError, match="has no name, kind and axes"):
        fold(networkx.DiGraph([(0, 1)], axes=("t",)))
    graph = networkx.DiGraph(axes=("t",))
    graph.add_node(("a", (1,)), kind="signal", axes=("t",))
    graph.add_edge(("a", (1,)), ("a", (1,)))
    with pytest.raises(CircuitError, match="does not say how it is read"):
        fold(graph)


def test_the_graph_of_the_circuit() -> None:
    graph = Circuit("h(t) = h(t-1) + x(t) + x(t-2) + a; L = h(end) + sum(h(t) for t) + h(2)").graph
    assert dict(graph.nodes(data="kind")) == {"a": "parameter", "x": "input", "h": "signal", "L": "signal"}
    assert sorted(graph.edges(data="read")) == [
        ("a", "h", "parameter"), ("h", "L", "all"), ("h", "L", "end"), ("h", "L", "fixed"), ("h", "h", "delay"),
        ("x", "h", "delay"), ("x", "h", "delay"),
    ]  # fmt: skip
    graph.clear()
    assert len(Circuit(RNN).graph) == 5


# In numbers -----------------------------------------------------------------------------------------


def run(source: str, steps: Any, **arrays: Any) -> dict[str, Any]:
    return {name: value.tolist() for name, value in Circuit(source).unfold(steps).evaluate(**arrays).items()}


@pytest.mark.parametrize("steps", [0, 1, 2, 7])
def test_an_rnn_by_hand(steps: int) -> None:
    random = np.random.default_rng(0)
    x, h0 = random.normal(size=(steps, 4)), random.normal(size=3)
    W, U, b = random.normal(size=(3, 3)), random.normal(size=(3, 4)), random.normal(size=3)
    expected, h = [], h0
    for t in range(steps):
        h = np.tanh(b + W @ h + U @ x[t])
        expected.append(h)
    found = Circuit(RNN).unfold(steps).evaluate(x=x, W=W, U=U, b=b, h0=h0)
    np.testing.assert_allclose(found.h, np.reshape(expected, (steps, 3)), rtol=1e-13)
    assert found["h"] is found.h


def test_delays_longer_than_the_sequence() -> None:
    assert run("h(t) = h(t-3) + 1", 2, h0=[1, 2, 3]) == {"h": [2, 3]}
    assert run("h(t) = h(t-3) + 1", 2) == {"h": [1, 1]}
    assert run("h(t) = x(t-3)", 2, x=[5, 6], x0=[1, 2, 3]) == {"h": [1, 2]}


def test_the_far_end_before_there_are_steps() -> None:
    assert run("L = h(end) + h(end-1); h(t) = h(t-1) + h(t-2)", 0, h0=[3, 4]) == {"L": 7, "h": []}
    assert run("L = h(end-1); h(t) = h(t-1) + 1", 0, h0=4) == {"L": 0, "h": []}
    assert run("L = h(end-1); h(t) = h(t-1) + 1", 1, h0=4) == {"L": 4, "h": [5]}


def test_reductions_over_no_steps() -> None:
    names = ("sum", "prod", "mean", "max", "min")
    found = run("; ".join(f"{name}_ = {name}(x(t) for t)" for name in names), 0, x=[])
    assert [found[f"{name}_"] for name in names] == [0, 1, pytest.approx(np.nan, nan_ok=True), -np.inf, np.inf]
    assert np.isnan(run("k = argmax(x(t) for t)", 0, x=[])["k"])
    vector = Circuit("L = sum(W @ x(t) for t)").unfold(0).evaluate(W=np.ones((3, 2)), x=np.ones((0, 2)))
    assert vector["L"].tolist() == [0, 0, 0]


def test_pins_and_boundaries() -> None:
    assert run("h(t) = 2 * h(t-1); h(1) = 3; h(3) = h(1)", 5) == {"h": [3, 6, 3, 6, 12]}
    assert run("h(t) = h(t-1) + 1; h(3) = h(5); h(5) = 2", 6) == {"h": [1, 2, 2, 3, 2, 3]}
    assert run("h(t) = h(t-2); h(0) = 1; h(-1) = h(0) + 1", 3) == {"h": [2, 1, 2]}
    assert run("h(t) : 2; h(t) = h(t-1); h(0) = 5", 1) == {"h": [[5, 5]]}


def test_batches_broadcast() -> None:
    c = Circuit("h(t) = a * h(t-1) + x(t)")
    found = c.unfold(2).evaluate(x=np.ones((3, 2)), a=np.array([1.0, 2, 3]), h0=np.array([[0.0], [10]]))
    assert found["h"].shape == (2, 3, 2)
    assert found["h"][1].tolist() == [[11, 12], [21, 43], [31, 94]]
    assert c.unfold(2).evaluate(x=np.ones((0, 2)), a=1)["h"].shape == (0, 2)
    with pytest.raises(CircuitError, match=r"the batch dimensions do not broadcast"):
        c.unfold(2).evaluate(x=np.ones((3, 2)), a=np.ones(2))


def test_types() -> None:
    c = Circuit("h(t) = h(t-1) / 2 + x(t)")
    single = c.unfold(1).evaluate(x=np.ones(1, np.float32), h0=np.float32(1))
    assert single["h"].dtype == np.float32
    assert c.unfold(1).evaluate(x=np.ones(1, np.float32), h0=1.0)["h"].dtype == np.float32
    assert c.unfold(1).evaluate(x=np.ones(1, np.float32), h0=np.float64(1))["h"].dtype == np.float64
    assert c.unfold(1).evaluate(x=np.ones(1, np.float32), h0=[1.0])["h"].dtype == np.float64
    assert c.unfold(1).evaluate(x=[1], h0=1.0)["h"].dtype == np.float64
    assert c.unfold(1).evaluate(x=np.ones(1, np.int8), h0=1)["h"].tolist() == [1.5]
    assert c.unfold(1).evaluate(x=[True], h0=1)["h"].tolist() == [1.5]
    x = np.ones((4, 2))[::2]
    x.flags.writeable = False
    before = x.copy()
    c.unfold(2).evaluate(x=x)
    np.testing.assert_array_equal(x, before)


def test_ieee_results() -> None:
    assert run("h(t) = 1 / x(t)", 2, x=[0, -0.0]) == {"h": [np.inf, -np.inf]}
    assert np.isnan(run("h(t) = log(x(t))", 1, x=[-1])["h"][0])
    assert run("h(t) = exp(x(t))", 1, x=[1000]) == {"h": [np.inf]}


def test_opaque_functions() -> None:
    found = (
        Circuit("h(t) = f(h(t-1), x(t); theta)")
        .unfold(2)
        .evaluate(f=lambda h, x, theta: theta * h + x, theta=2, x=[[1, 2], [3, 4]], h0=[1, 1])
    )
    assert found["h"].tolist() == [[3, 4], [9, 12]]
    kept = object()
    assert Circuit("h(t) = f(; theta)").unfold(1).evaluate(f=lambda theta: theta is kept, theta=kept)["h"].tolist() == [
        1
    ]


@pytest.mark.parametrize(
    ("source", "arrays", "message"),
    [
        ("h(t) = h(t-1) + x(t)", {}, "missing: x"),
        ("h(t) = f(h(t-1); a)", {}, "missing: a, f"),
        ("h(t) = h(t-1) + x(t)", {"x": [1, 2], "y": 3}, "'y' is not an argument of this circuit"),
        (
            "h(t) = h(t-1) + x(t)",
            {"x": [1, 2], "h1": 3},
            "'h1' is not an argument of this circuit\n  help: did you mean 'h0'?",
        ),
        ("h(t) = h(t-1) + x(t)", {"x": [1, 2, 3]}, r"'x' has shape \(3,\), not \(…, 2\)"),
        ("h(t) = h(t-1) + x(t)", {"x": 1}, r"'x' has shape \(\), not \(…, 2\)"),
        ("h(t) = h(t-2)", {"h0": [1, 2, 3]}, r"'h0' has shape \(3,\), not \(…, 2\)"),
        ("h(t) = W @ x(t)", {"x": np.ones((2, 3)), "W": np.ones((4, 2))}, r"'W' has shape \(4, 2\), not \(…, 4, 3\)"),
        ("h(t) = W @ x(t)", {"x": np.ones((2, 3)), "W": np.ones(3)}, r"'W' has shape \(3,\), not \(…, n_h, 3\)"),
        (
            "W : (3, 3); h(t) = W @ x(t)",
            {"x": np.ones((2, 4)), "W": np.eye(3)},
            r"'x' has shape \(2, 4\), not \(…, 2, 3\)",
        ),
        ("h(t) = x(t)", {"x": ["a", "b"]}, "'x' is to hold numbers, not <U1 of shape"),
        ("h(t) = x(t)", {"x": [object(), 1]}, "'x' is to hold numbers, not object of shape"),
        ("h(t) = x(t)", {"x": [1j, 1]}, "'x' is to hold numbers, not complex128 of"),
        ("h(t) = f(h(t-1))", {"f": 3}, "'f' is a function: give a callable, not int"),
        (
            "h(t) : m; h(t) = f(h(t-1))",
            {"f": lambda h: np.ones(3), "h0": [1, 2]},
            r"'h' came out with shape \(3,\), not \(2,\)",
        ),
        ("h(t) : m; h(t) = f(h(t-1))", {"f": lambda h: h}, "no array says how large 'm' is"),
        ("h(t) = f(x(t))", {"f": lambda x: np.ones(int(x)), "x": [2, 3]}, "'h' came out with different shapes"),
        ("h(t) = v[5]", {"v": [1, 2]}, r"'v\[5\]' cannot be computed: entry 5 of 2 entries"),
        (
            "h(t) = inv(A) @ x(t)",
            {"A": np.zeros((2, 2)), "x": np.ones((2, 2))},
            r"'inv\(A\)' cannot be computed: Singular",
        ),
    ],
)
def test_wrong_arguments(source: str, arrays: dict[str, Any], message: str) -> None:
    with pytest.raises(CircuitError, match=message):
        Circuit(source).unfold(2).evaluate(**arrays)


def test_an_error_of_an_opaque_function_is_its_own() -> None:
    def broken(_: Any) -> Any:
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        Circuit("h(t) = f(h(t-1))").unfold(1).evaluate(f=broken, h0=1)


def test_a_chain_of_many_steps() -> None:
    assert run("h(t) = h(t-1) + 1; L = h(end)", 20_000)["L"] == 20_000


def test_a_result_that_is_not_there() -> None:
    found = Circuit("h(t) = h(t-1)").unfold(1).evaluate()
    with pytest.raises(AttributeError, match="there is no signal 'g'; there are: h"):
        _ = found.g
