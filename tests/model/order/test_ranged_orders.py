"""The three verdicts on circuits of ranges, conditions and sums as places, against graphs built place by place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, product

import networkx
from generators.ranged_sketches import RangedSketch, ranged_orders
from hypothesis import HealthCheck, given, settings
from oracles.range_graph import Place, range_graph
from support.profiles import examples

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.causality.wavefronts import Component

#: Up to what lengths a verdict is checked, by how many axes there are; an error promises 8 and 5.
CHECKED = {1: 7, 2: 4}
PROMISED = {1: 8, 2: 5}
_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large)


def verdict_on(text: str) -> tuple[str, CircuitError | None]:
    """Return what is said of the order of a circuit, and the error that says so."""
    try:
        Circuit(text)
    except CircuitError as error:
        return next(word for word in ("algebraic loop", "no order found") if error.message.startswith(word)), error
    return "accepted", None


@examples(300, suppress_health_check=_SLOW)
@given(ranged_orders())
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
