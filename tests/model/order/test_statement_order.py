"""The three verdicts on the order of a circuit, against the graph that is built place by place from its statements."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import product

import networkx
import numpy as np
import pytest
from generators.sketches import Sketch, orders
from hypothesis import HealthCheck, given, settings
from oracles.place_graph import Lengths, axes_of, giving, lengths_up_to, one_length, place_graph, read_by
from scipy.optimize import linprog
from support.profiles import examples

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.model.order.dependence import Domains
from unfoldgraph.model.order.statement_order import Occurrences, _Ordering

#: Up to what lengths a verdict is checked, by how many axes there are; an error promises 8 and 5.
CHECKED = {1: 7, 2: 4}
PROMISED = {1: 8, 2: 5}
_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large)


def verdict_on(text: str) -> tuple[str, CircuitError | None]:
    """Return what is said of the order of a circuit, and the error that says so."""
    try:
        Circuit(text)
    except CircuitError as error:
        words = ("algebraic loop", "no order found")
        return next(word for word in words if error.message.startswith(word)), error
    return "accepted", None


@examples(250, suppress_health_check=_SLOW)
@given(orders())
def test_each_verdict_is_true_of_the_graph_built_place_by_place(sketch: Sketch) -> None:
    verdict, error = verdict_on(sketch.text)
    if error is not None and verdict == "algebraic loop":
        assert_loops(sketch, error)
        return
    most = (CHECKED if error is None else PROMISED)[len(sketch.inputs)]
    accepted = None if error is not None else Circuit(sketch.text)
    for lengths in (
        lengths_up_to(most, sketch.statements, sketch.inputs) if accepted is None else unfolded(accepted, most)
    ):
        assert networkx.is_directed_acyclic_graph(place_graph(sketch.statements, lengths, sketch.inputs)), lengths
    if error is not None:
        assert not error.cycles and "loop" not in error.message


def unfolded(circuit: Circuit, most: int) -> Iterator[dict[str, int]]:
    """Yield all lengths up to one for which a circuit is unfolded: for some, what it reads by a number is not there."""
    own = list(dict.fromkeys(circuit.model.length_of.values()))
    for sizes in product(range(most + 1), repeat=len(own)):
        lengths = {axis: sizes[own.index(its)] for axis, its in circuit.model.length_of.items()}
        with suppress(CircuitError):
            yield circuit.unfold(lengths).lengths


def assert_loops(sketch: Sketch, error: CircuitError) -> None:
    """The cycles of an error can be walked, as one closed walk, over places at the lengths that it names."""
    lengths = lengths_named(sketch, str(error))
    graph = place_graph(sketch.statements, lengths, sketch.inputs)
    edges = {(source, target) for cycle in error.cycles for source, target, _ in cycle}
    shown = networkx.DiGraph((source, target) for source, target in graph.edges if (source[0], target[0]) in edges)
    rings = [ring for ring in networkx.strongly_connected_components(shown) if is_cyclic(shown, ring)]
    passed = [{(u[0], v[0]) for u, v in shown.subgraph(ring).edges} for ring in rings]
    assert any(edges <= some for some in passed), (lengths, error.cycles)


def is_cyclic(graph: networkx.DiGraph, ring: set[object]) -> bool:
    node = next(iter(ring))
    return len(ring) > 1 or graph.has_edge(node, node)


def lengths_named(sketch: Sketch, message: str) -> dict[str, int]:
    """Return the lengths that an error names; axes that it does not name have any."""
    axes = list(dict.fromkeys(axis for own in axes_of(sketch.statements, sketch.inputs).values() for axis in own))
    shared = one_length(sketch.statements, sketch.inputs)
    told = re.findall(r"(\w+) has (\d+) steps?(?=,| and |$)", "".join(re.findall(r", where (.*)$", message, re.M)))
    found = {shared[axis]: int(length) for axis, length in told}
    return {axis: found.get(shared[axis], 0) for axis in axes}


def test_at_most_one_circuit_in_a_hundred_is_left_without_a_verdict() -> None:
    verdicts: Counter[str] = Counter()

    # So many in every profile: what is asked is a share of them.
    @settings(max_examples=600, deadline=None, database=None, derandomize=True, suppress_health_check=_SLOW)
    @given(orders())
    def count(sketch: Sketch) -> None:
        verdicts[verdict_on(sketch.text)[0]] += 1

    count()
    assert verdicts["no order found"] <= 0.01 * verdicts.total()
    # The generator makes enough of both others for that to mean something.
    assert min(verdicts["accepted"], verdicts["algebraic loop"]) > 0.3 * verdicts.total()


def test_a_cycle_is_at_lengths_that_are_not_refused() -> None:
    # With one step a(1) is meant, which reads what is not there.
    verdict, error = verdict_on("x(t) : (); a(t) = 1.5; a(1) = x(2); a(end) = sum(a(k) for k)")
    assert verdict == "algebraic loop" and ", where t has 2 steps" in str(error)


# Distances ------------------------------------------------------------------------------------------


@examples(60, suppress_health_check=_SLOW)
@given(orders())
def test_the_distances_of_a_read_are_those_between_places_that_meet(sketch: Sketch) -> None:
    """Every distance that occurs lies between the nearest ones, plus rays; and every nearest one occurs."""
    statements, names = sketch.statements, axes_of(sketch.statements, sketch.inputs)
    axes = list(dict.fromkeys(axis for own in names.values() for axis in own))
    told = distances_told(sketch, axes)
    met: dict[tuple[int, int], set[tuple[int, ...]]] = {}
    for lengths in lengths_up_to(CHECKED[len(sketch.inputs)] - 1, statements, sketch.inputs):
        for pair, distance in distances_met(sketch, axes, lengths):
            met.setdefault(pair, set()).add(distance)
    for pair, distances in met.items():
        delays = [delay for delay, _ in told.get(pair, ())]
        rays = list(dict.fromkeys(ray for _, some in told.get(pair, ()) for ray in some))
        for distance in distances:
            assert lies_in(distance, delays, rays), (pair, distance, delays, rays)


def distances_told(sketch: Sketch, axes: Sequence[str]) -> dict[tuple[int, int], list[tuple[tuple[int, ...], ...]]]:
    """Return the edges of the order, by the statements that they join."""
    found: dict[tuple[int, int], list[tuple[tuple[int, ...], ...]]] = {}
    for edge in edges_of(sketch.text, axes):
        found.setdefault((edge.source, edge.target), []).append((edge.delay, edge.rays))
    return found


def edges_of(text: str, axes: Sequence[str]) -> list:
    """Return the edges by which a text is ordered, whether it has an order or not."""
    import unfoldgraph.model.build

    kept = []

    def order(occurrences: Occurrences, own: Sequence[str], axes_of: Mapping, length_of: Mapping) -> list:
        kept.extend(_Ordering(occurrences, axes, axes_of, length_of).edges)
        raise CircuitError("that is enough")

    saved, unfoldgraph.model.build.order = unfoldgraph.model.build.order, order
    try:
        with pytest.raises(CircuitError, match="enough"):
            Circuit(text)
    finally:
        unfoldgraph.model.build.order = saved
    return kept


def distances_met(
    sketch: Sketch, axes: Sequence[str], lengths: Lengths
) -> Iterator[tuple[tuple[int, int], tuple[int, ...]]]:
    """Yield every pair of statements of which one reads the other at some places, and how far these are apart."""
    statements, names = sketch.statements, axes_of(sketch.statements, sketch.inputs)
    given = giving(statements, names, lengths)
    number = {id(statement): at for at, statement in enumerate(statements)}
    for (name, place), statement in given.items():
        for source, where in read_by(statement, place, names, lengths):
            holder = given.get((source, where))
            if holder is not None:
                own, its = dict(zip(names[name], place, strict=True)), dict(zip(names[source], where, strict=True))
                # Along an axis that the reader does not have it stands anywhere.
                distance = tuple(own[axis] - its[axis] if axis in own and axis in its else 0 for axis in axes)
                yield (number[id(holder)], number[id(statement)]), distance


def lies_in(distance: Sequence[int], delays: Sequence[Sequence[int]], rays: Sequence[Sequence[int]]) -> bool:
    """Say whether a vector is a mean of some, plus multiples of others."""
    if not delays:
        return False
    matrix = np.vstack([np.array([*delays, *rays]).T, [1] * len(delays) + [0] * len(rays)])
    return bool(linprog(np.zeros(len(delays) + len(rays)), A_eq=matrix, b_eq=[*distance, 1]).status == 0)


@pytest.mark.parametrize(
    ("text", "reader", "delays", "rays"),
    [
        # Back and ahead; a pin that is read; all that is after a pin; the whole of a row.
        ("h(t) = h(t-2)", 0, {(2,)}, set()),
        ("h(t) = h(t-1); h(1) = 3", 0, {(1,)}, set()),
        ("h(t) = g(t); g(t) = h(3) + h(t-1)", 1, {(-2,), (1,)}, {(1,)}),
        ("h(t) = g(t); g(t) = h(end) + h(t-1); g(end) = 0; g(end-1) = 0", 1, {(-2,), (1,)}, {(-1,)}),
        ("h(i, j) = sum(h(i-1, k) for k)", 0, {(1, 0)}, {(0, 1), (0, -1)}),
        # Across the diagonal both axes move together.
        ("h(i, j) = h(j, i-1)", 0, {(0, 1)}, {(1, -1), (-1, 1)}),
    ],
)
def test_distances(text: str, reader: int, delays: set[tuple[int, ...]], rays: set[tuple[int, ...]]) -> None:
    axes = "t" if "t" in text else "ij"
    edges = [edge for edge in edges_of(text, axes) if edge.target == reader and edge.source != 2 and edge.source != 1]
    assert {edge.delay for edge in edges} == delays
    assert {ray for edge in edges for ray in edge.rays} == rays


@pytest.mark.parametrize(
    ("text", "loops"),
    [
        # All that is before, in both ways of writing it; the parts of what is divided; Catalan's numbers.
        ("y(t) = x(t) + sum(w(t, s) * y(s) for s in 1..t-1)", [(1, 0)]),
        ("x(t) : (); y(t) = x(t) + sum(y(s) for s if s < t)", [(1,)]),
        ("T(n) = 2*T(floor(n/2)) + n; T(0) = 0", [(1,)]),
        ("C(n) = sum(C(k) * C(n-1-k) for k in 0..n-1); C(0) = 1", [(1,)]),
        # The intervals of a table by their lengths.
        ("c(i, j) = min(c(i, k) + c(k+1, j) for k in i..j-1) for j in i+1..end; c(i, i) = x(i)", [(-1, 1)]),
        ("y[n] = y[n-M] + x[n]; h : M; z[n] = sum(h) * y[n]", [(1,)]),
        ("g(t) = W @ g(t+1) for t in 2..end; g(end+1) = g0", [(-1,)]),
        ("u(t, i) = sum(u(t-1, i+a) for a in -1..1)", [(1, 0)]),
        ("u(t, i) = sum(u(t-a, i-b) for a in 0..1, b in 0..1 if a + b > 0)", [(1, 1)]),
        # What a place is computed to be is any along one axis, and known along the other.
        ("V(i, c) = max(V(i-1, c), V(i-1, c - wt(i)) + v(i)); wt(i), v(i) : ()", [(1, 0)]),
        ("y(t) = x(t) + (y(t-1) if t > 1 else s1)", [(1,)]),
        ("T(n) = T(floor(n/2)) + T(ceil(n/2)) + n; T(1) = 0", [(1,)]),
        # What is computed is any place, but where the text bounds it.
        ("x(t), d(t) : (); y(t) = x(t) + y(t - max(1, d(t)))", [(1,)]),
        ("x(t), d(t) : (); y(t) = x(t) + y(min(t-1, d(t)))", [(1,)]),
        ("x(t), d(t) : (); y(t) = x(t) + y(t - clip(d(t), 1, 5))", [(1,)]),
        ("x(t), d(t) : (); y(t) = x(t) + y(t - 1 - d(t) % 5)", [(1,)]),
        ("x(t), d(t) : (); g(t) = x(t) + g(t + max(1, floor(d(t))))", [(-1,)]),
        ("x(t), d(t) : (); y(t) = x(t) + y(t - (3 if d(t) > 0 else 1))", [(1,)]),
        ("y(t) = x(t) + (y(t-1) if t % 2 == 0 else y(t-2))", [(1,)]),
    ],
)
def test_the_loops_over_ranges_and_places(text: str, loops: list[tuple[int, ...]]) -> None:
    assert [one.vector for one in Circuit(text).model.schedule if one.recurrent] == loops


# Examples -------------------------------------------------------------------------------------------


HELD = "x(i) : (); x(0) = x(1); x(end+1) = x(end); y(i) = x(i-1) + x(i+1)"
HEAT = (
    "u(t, i) = u(t-1, i) + a * (u(t-1, i-1) - 2*u(t-1, i) + u(t-1, i+1)); u(0, i) = s(i)\n"
    "u(0, 0) = s(1); u(0, end+1) = s(end); u(t, 0) = {}; u(t, end+1) = {}"
)


@pytest.mark.parametrize(
    "text",
    [
        # No flux through the ends, and what leaves at one end coming in at the other.
        HEAT.format("u(t, 1)", "u(t, end)"),
        HEAT.format("u(t, end)", "u(t, 1)"),
        HELD,
        "q(t) = a*d(t); q(1) = 0; d(t) = w*d(t+1) + x(t); d(1) = w*d(2) + sum(q(s) for s)",
        "h(t) = tanh(w*h(t-1) + a*h(1) + x(t)); h(1) = s1",
        # What a pin gives is read by nothing that the pin needs.
        "a(t) = d(t-1) + x(t); d(t) = a(t) * 2; d(end) = sum(a(k) for k)",
        "h(i, j) = h(j, i-1) + x(i, j)",
        # Where it would read itself there are no places.
        "p(i) = x(i); p(0) = p(end); y(i) = p(i-1) + p(0)",
        "a(t) = a(t+1) + x(t); a(1) = a(end); a(0) = a(2); y(t) = a(t-1)",
        # A read of the third place does not fall on what is last, though that may be the third.
        "b(t) = b(t+1) + a(t); b(3) = 1; b(end) = sum(c(k) for k); c(t) = b(3); a(t) = x(t)",
    ],
)
def test_what_has_an_order_is_accepted_and_its_programs_mean_the_same(text: str) -> None:
    circuit = Circuit(text)
    random = np.random.default_rng(3)
    for length in range(6):
        lengths = dict.fromkeys(circuit.axes, length)
        try:
            unfolded = circuit.unfold(lengths)
        except CircuitError as error:
            assert length < 3 and "has only" in error.message
            continue
        assert networkx.is_directed_acyclic_graph(unfolded.to_networkx())
        arrays = {
            name: random.normal(size=[length] * len(circuit.model.inputs.get(name, ())))
            for name in (*circuit.inputs, *circuit.parameters)
        }
        expected = unfolded.evaluate(**arrays)
        for program in (circuit.compile(), circuit.compile(steps=lengths)):
            found = program(**arrays, steps=lengths)
            for name in circuit.signals:
                np.testing.assert_allclose(found[name], expected[name], rtol=1e-12, atol=1e-12)


def test_the_edges_of_a_row_hold_its_ends() -> None:
    circuit = Circuit(HELD)
    assert circuit.unfold(3).evaluate(x=[1.0, 2, 5]).y.tolist() == [3, 6, 7]
    assert circuit.compile()(x=[1.0, 2, 5]).y.tolist() == [3, 6, 7]
    assert circuit.expand("y(1)", 3).text == "x(1) + x(2)"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("f(t) = x(t); f(1) = f(end)", "t has 1 step"),
        # At one step the place before the end is the boundary itself.
        ("a(t) = a(t+1); a(0) = a(end-1) + 1; y(t) = a(t-1)", "t has 1 step"),
        # The cycle needs room for the delay, more than is searched place by place.
        ("h(t) = g(t+100); g(t) = h(t-100)", "t has 101 steps"),
        ("h(t) = h(t-1) + h(t+1)", "t has 2 steps"),
        ("a(t) = d(2); d(t) = a(t-1)", "t has 2 steps"),
        ("u(i, j) = u(i, j-1) + u(i, j+1)", "i has 1 step and j has 2 steps"),
    ],
)
def test_an_algebraic_loop_names_the_lengths_at_which_it_exists(text: str, named: str) -> None:
    verdict, error = verdict_on(text)
    assert verdict == "algebraic loop" and f", where {named}\n" in str(error)


def test_where_neither_is_found_the_error_says_just_that() -> None:
    # With one step v needs the boundary, with more the boundary needs all of a, and a needs v.
    text = "x(t) : (); a(t) = a(t-2) + v; v = x(end-1) + x(1); x(0) = sum(a(k-1) * a(k+1) for k)"
    verdict, error = verdict_on(text)
    assert verdict == "no order found" and error is not None and not error.cycles
    assert str(error) == (
        "<equations>:1:35: error: no order found for a(t), and no cycle either\n"
        "  1 | x(t) : (); a(t) = a(t-2) + v; v = x(end-1) + x(1); x(0) = sum(a(k-1) * a(k+1) for k)\n"
        "    |                                   ^^^^^^^^ x(end-1) is read\n"
        "  1 | x(t) : (); a(t) = a(t-2) + v; v = x(end-1) + x(1); x(0) = sum(a(k-1) * a(k+1) for k)\n"
        "    |                                                               ^^^^^^ a(k-1) is read\n"
        "  1 | x(t) : (); a(t) = a(t-2) + v; v = x(end-1) + x(1); x(0) = sum(a(k-1) * a(k+1) for k)\n"
        "    |                            ^ v is read\n"
        "  help: there is no cycle at any length up to 8; but no one order of loops serves x(end-1), a(k-1) and v\n"
        "  help: take one of these reads out, or give the places that it falls on by a statement of their own"
    )


def test_what_reads_a_place_by_its_number_asks_for_so_many_steps_where_it_has_a_place_itself() -> None:
    # Where no length reaches h(5) it is not there, and reads nothing.
    circuit = Circuit("x(t) : (); h(t) = h(t-1) + x(2); h(5) = x(4)")
    assert circuit.unfold(2).evaluate(x=[1.0, 10]).h.tolist() == [10, 20]
    # One rule for the plain meaning and for programs, whether the equation has a place of its own or not.
    for text, lengths in (
        ("a(t) = b(2); a(end) = 1; b(t) = b(t-1) + 1", {"t": 1}),
        ("a(t) = a(t-1) + 1; a(end+1) = a(2)", {"t": 1}),
        ("a(i, j) = a(2, j-1) + 1; a(end, j) = 3", {"i": 1, "j": 2}),
    ):
        for call in (
            lambda text=text, lengths=lengths: Circuit(text).unfold(lengths),
            lambda text=text, lengths=lengths: Circuit(text).compile()(steps=lengths),
            lambda text=text, lengths=lengths: Circuit(text).compile(steps=lengths)(),
        ):
            with pytest.raises(CircuitError, match="at least 2"):
                call()
    # Without steps both ends are one place: read by nothing but itself it asks for none.
    periodic = Circuit("p(t, i) = 1; p(t, end+1) = p(t, 1); q(t, i) = p(t, i+1)")
    assert periodic.unfold(t=2, i=0).evaluate().q.shape == periodic.compile()(steps={"t": 2, "i": 0}).q.shape == (2, 0)
    for call in (
        lambda: circuit.unfold(1),
        lambda: circuit.compile()(x=[1.0]),
        lambda: circuit.compile(steps=1)(x=[1.0]),
        lambda: circuit.compile()(x=[1.0, 2], lengths=1),
        lambda: circuit.unfold(2).evaluate(x=[[1.0, 2]] * 2, lengths=[2, 1]),
        lambda: circuit.compile()(x=[[1.0, 2]] * 2, lengths=[2, 1]),
        lambda: Circuit("z = h(1); h(t) = x(t)").unfold(0),
        lambda: Circuit("z = h(1); h(t) = x(t)").compile()(x=[]),
        lambda: Circuit("z = h(1); h(t) = x(t)").compile()(x=[[1.0], [2]], lengths=[1, 0]),
        lambda: Circuit(HELD).unfold(0),
        lambda: Circuit("p(t, i) = 1; p(t, end+1) = p(1, 1); q(t, i) = p(t, i+1)").unfold(t=2, i=0),
        lambda: Circuit(HELD).compile()(x=[]),
        lambda: Circuit(HELD).compile(steps=0)(x=[]),
    ):
        with pytest.raises(CircuitError, match=r"at least [12]"):
            call()


def test_domains_leave_out_what_pins_give() -> None:
    pins = "h(1) = 1; h(2) = 2; h(7) = 3; h(end) = 4; c(2, j) = 1; c(1, 1) = 0"
    model = Circuit(f"h(t) = x(t); c(i, j) = y(i, j); {pins}").model
    domains = Domains(model.statements, {**model.inputs, **model.signals}, model.length_of)
    assert domains.extent(0, 0) == (3, -1, {7}, frozenset())
    assert domains.extent(1, 0) == (1, 0, {2}, frozenset()) and domains.extent(1, 1) == (1, 0, frozenset(), frozenset())


def test_a_delay_by_a_parameter_is_given_a_number() -> None:
    text = "y[n] = x[n] + 0.5*(y[n-P] + y[n-P-1])"
    with pytest.raises(CircuitError, match="'P' is a parameter, which may be anything: write its number, as in P = 4"):
        Circuit(text)
    assert Circuit(f"{text}; P = 4").boundaries[0].places == (((-4, 0),),)
