"""The three verdicts on circuits of ranges, conditions and sums as places, against graphs built place by place."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, product

import networkx
import pytest
from generators.ranged_sketches import RangedSketch, ranged_orders
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracles.range_graph import Place, range_graph
from support.profiles import examples

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.causality.wavefronts import Component

#: Up to what lengths a verdict is checked, by how many axes there are; an error promises 8, 5 and 3.
CHECKED = {1: 7, 2: 4, 3: 3}
PROMISED = {1: 8, 2: 5, 3: 3}
_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large)


def verdict_on(text: str) -> tuple[str, CircuitError | None]:
    """Return what is said of the order of a circuit, and the error that says so."""
    try:
        Circuit(text)
    except CircuitError as error:
        return next(word for word in ("algebraic loop", "no order found") if error.message.startswith(word)), error
    return "accepted", None


@examples(120, suppress_health_check=_SLOW)
@given(st.one_of(ranged_orders(), ranged_orders(), ranged_orders(has_remainders=True)))
def test_each_verdict_is_true_of_the_graph_built_place_by_place(sketch: RangedSketch) -> None:
    verdict, error = verdict_on(sketch.text)
    if error is None:
        schedule = Circuit(sketch.text).model.schedule
        for lengths, sizes in numbers(sketch, CHECKED):
            assert_ordered(sketch, schedule, lengths, sizes)
    elif verdict == "algebraic loop":
        assert_loops(sketch, str(error))
    else:
        for lengths, sizes in numbers(sketch, PROMISED):
            assert networkx.is_directed_acyclic_graph(range_graph(sketch.statements, sketch.axes, lengths, sizes))


def numbers(sketch: RangedSketch, most: Mapping[int, int]) -> Iterator[tuple[dict[str, int], dict[str, int]]]:
    """Yield all lengths up to some, and sizes from 1."""
    own = next(iter(sketch.axes.values()))
    for lengths in product(range(most[len(own)] + 1), repeat=len(own)):
        for sizes in product(range(1, 4), repeat=len(sketch.sizes)):
            yield dict(zip(own, lengths, strict=True)), dict(zip(sketch.sizes, sizes, strict=True))


def assert_ordered(
    sketch: RangedSketch, schedule: Sequence[Component[int]], lengths: dict[str, int], sizes: dict[str, int]
) -> None:
    """Every value is computed after those that it reads."""
    graph = range_graph(sketch.statements, sketch.axes, lengths, sizes)
    assert networkx.is_directed_acyclic_graph(graph), (lengths, sizes)
    moments: dict[tuple[int, Place], tuple[int, ...]] = {}
    for number, place in graph.nodes:
        moments[number, place] = moment(schedule, number + sketch.first, place)
    for source, target in graph.edges:
        assert moments[source] < moments[target], (source, target, lengths, sizes)


def moment(schedule: Sequence[Component[int]], number: int, place: Place) -> tuple[int, ...]:
    """Return when nested loops come to a place of a statement."""
    for position, component in enumerate(schedule):
        if number not in component.members:
            continue
        if component.vector is None:
            return (position,)
        wave = sum(entry * at for entry, at in zip(component.vector, place, strict=True))
        lead = component.offsets[component.members.index(number)]
        return (position, wave + lead, *moment(component.parts, number, place))
    raise AssertionError(f"statement {number} is computed nowhere")


def assert_loops(sketch: RangedSketch, message: str) -> None:
    """A cycle that an error shows can be walked at the lengths and sizes that it names."""
    lengths = {axis: int(found) for axis, found in re.findall(r"(\w+) has (\d+) steps?", message)}
    sizes = {size: int(found) for size, found in re.findall(r"(\w+) is (\d+)(?: and|,|$)", message, re.MULTILINE)}
    own = next(iter(sketch.axes.values()))
    graph = range_graph(
        sketch.statements,
        sketch.axes,
        {axis: lengths.get(axis, 0) for axis in own},
        {size: sizes.get(size, 1) for size in sketch.sizes},
    )
    joined = {
        ((sketch.statements[one].name, here), (sketch.statements[other].name, there))
        for (one, here), (other, there) in graph.edges
    }
    walk = re.search(r"the cycle is (\w+\([-\d, ]+\)(?: --> (?:\w+\([-\d, ]+\)|…))+)", message)
    if walk is None:
        # Of plain places it is told by delays.
        assert not networkx.is_directed_acyclic_graph(graph)
        return
    # A long one is told by how it begins and ends.
    told = [
        [(name, tuple(map(int, at.split(", ")))) for name, at in re.findall(r"(\w+)\(([-\d, ]+)\)", part)]
        for part in walk.group(1).split("…")
    ]
    assert told[0][0] == told[-1][-1]
    for places in told:
        assert all(pair in joined for pair in pairwise(places)), (message, sorted(joined))
    followed = networkx.DiGraph(joined)
    assert all(networkx.has_path(followed, one[-1], other[0]) for one, other in pairwise(told))


def test_at_most_one_circuit_in_a_hundred_is_left_without_a_verdict() -> None:
    verdicts: Counter[str] = Counter()

    # So many in every profile: what is asked is a share of them.
    @settings(max_examples=500, deadline=None, database=None, derandomize=True, suppress_health_check=_SLOW)
    @given(ranged_orders())
    def count(sketch: RangedSketch) -> None:
        verdicts[verdict_on(sketch.text)[0]] += 1

    count()
    assert verdicts["no order found"] <= 0.01 * verdicts.total()
    # The generator makes enough of both others for that to mean something.
    assert min(verdicts["accepted"], verdicts["algebraic loop"]) > 0.25 * verdicts.total()


def test_many_pins_take_little_time_beside_a_history() -> None:
    pins = "\n".join(f"y({place}) = {place}.5" for place in range(1, 151))
    begun = time.perf_counter()
    schedule = Circuit(f"y(t) = x(t) + sum(y(s) for s in 1..t-1)\n{pins}").model.schedule
    # It takes a third of a second.
    assert time.perf_counter() - begun < 10
    assert [one.vector for one in schedule if one.recurrent] == [(1,)]


def test_a_condition_that_order_does_not_know_is_asked_before_a_cycle_is_shown() -> None:
    # Every second place reads its neighbours, which read nothing.
    verdict, error = verdict_on("x(t) : (); y(t) = x(t) + (y(t-1) + y(t+1) if t % 2 == 0 else 0)")
    assert verdict == "no order found" and "there is no cycle at any length up to 8;" in str(error)
    verdict, error = verdict_on("x(t) : (); y(t) = x(t) + (y(t-1) + y(t+1) if t % 3 != 1 else 0)")
    assert verdict == "algebraic loop" and "y(3) --> y(2) --> y(3), where t has 3 steps" in str(error)


# Messages -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message", "told", "cured"),
    [
        (
            "y(t) = x(t) + sum(y(s) for s in 1..t)",
            "algebraic loop: y(t) needs y(s)",
            ("the cycle is y(1) --> y(1), where t has 1 step", "end the range one place before: s in 1..t-1"),
            "y(t) = x(t) + sum(y(s) for s in 1..t-1)",
        ),
        (
            "g(t) = x(t) + sum(g(s) for s in t..end(t))",
            "algebraic loop: g(t) needs g(s)",
            ("the cycle is g(1) --> g(1), where t has 1 step", "begin the range one place after: s in t+1..end(t)"),
            "g(t) = x(t) + sum(g(s) for s in t+1..end(t))",
        ),
        (
            "c(i, j) = x(i, j) + sum(c(i, k) + c(k, j) for k in i..j)",
            "algebraic loop: c(i, j) needs c(i, k)",
            ("the cycle is c(1, 1) --> c(1, 1)", "leave both ends of the range out: k in i+1..j-1"),
            "c(i, j) = x(i, j) + sum(c(i, k) + c(k, j) for k in i+1..j-1)",
        ),
        (
            "y(t) = y(end+1-t) for t in 1..3; y(t) = y(t-1) for t in 4..end",
            "algebraic loop: y(t) needs y(end-t+1), y(t) needs y(t-1)",
            ("the cycle is y(3) --> y(4) --> y(3), where t has 6 steps",),
            "",
        ),
        (
            "x(n) : (); h : M; y[n] = y[n-M+2] + x[n] * sum(h)",
            "algebraic loop: y(n) needs y(n-M+2)",
            ("the cycle is y(1) --> y(1), where n has 1 step and M is 2",),
            "",
        ),
        (
            "x(t), d(t) : (); y(t) = x(t) + y(t - d(t))",
            "y(t) reads y(t - d(t)) in a loop, and nothing tells how far away that is",
            ("say which places these may be, as in sum(y(s) for s in 1..t-1 if s == t - d(t))",),
            "x(t), d(t) : (); y(t) = x(t) + sum(y(s) for s in 1..t-1 if s == t - d(t))",
        ),
        (
            "x(t), d(t) : (); y(t) = x(t) + y(t - d(t)); y(0) = 1; y(-1) = 1",
            "y(t) reads y(t - d(t)) in a loop, and nothing tells how far away that is",
            ("say which places these may be, as in sum(y(s) for s in -1..t-1 if s == t - d(t))",),
            "x(t), d(t) : (); y(t) = x(t) + sum(y(s) for s in -1..t-1 if s == t - d(t)); y(0) = 1; y(-1) = 1",
        ),
    ],
)
def test_a_loop_over_ranges_is_told_with_its_places_and_a_cure(
    text: str, message: str, told: Sequence[str], cured: str
) -> None:
    with pytest.raises(CircuitError) as caught:
        Circuit(text)
    assert caught.value.message == message
    for part in told:
        assert part in str(caught.value)
    if cured:
        Circuit(cured)
