"""The order that is found from the delays alone, against graphs that are unfolded and searched by brute force."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from operator import mul

import networkx
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, milp
from support.profiles import examples

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.causality.wavefronts import Component, Dependence, NoOrder, TooLarge, schedule

Place = tuple[int, ...]
Instance = tuple[int, Place]

#: The longest direction, in Σ|λ|, that is looked for by brute force.
LONGEST = 4


@st.composite
def systems(draw: st.DrawFn) -> tuple[int, list[Dependence[int]], int]:
    """Return a number of statements, their reads and the number of axes; short delays, a few rays."""
    axes = draw(st.sampled_from((1, 2, 2, 3)))
    count = draw(st.integers(1, 4))
    node = st.integers(0, count - 1)
    # Mostly ahead along the first axis: else nearly all systems would have no order.
    first = st.sampled_from((0, 0, 1, 1, 1, 2, 3, -1))
    delay = st.tuples(first, *[st.integers(-2, 2)] * (axes - 1)) if axes > 1 else st.tuples(st.integers(-1, 3))
    units = [tuple(int(at == axis) for at in range(axes)) for axis in range(axes)]
    # Across two axes as well, as a read of the transposed place has them.
    oblique = [(1, -1, 0)[:axes], (1, 1, 0)[:axes]] if axes > 1 else []
    ray = st.builds(
        lambda way, sign: tuple(sign * entry for entry in way), st.sampled_from([*units * 2, *oblique]),
        st.sampled_from((1, -1)),
    )  # fmt: skip
    # As reads over ranges have them, in any direction.
    entry = st.sampled_from((0, 0, 1, 1, 2, 3, -1, -2))
    ray = st.one_of(ray, st.tuples(*[entry] * axes).filter(any))
    both = ray.map(lambda one: (one, tuple(-entry for entry in one)))
    several = st.lists(ray, min_size=1, max_size=3, unique=True).map(tuple)
    rays = st.one_of(st.just(()), st.just(()), st.just(()), several, both)
    edges = draw(st.lists(st.builds(Dependence, node, node, delay, rays), min_size=1, max_size=7))
    return count, edges, axes


def unfolded(count: int, edges: Sequence[Dependence[int]], lengths: Place) -> networkx.DiGraph[Instance]:
    """Return the graph of all instances, by the definition: nothing here is clever."""
    box = list(itertools.product(*(range(length) for length in lengths)))
    graph: networkx.DiGraph[Instance] = networkx.DiGraph()
    graph.add_nodes_from((statement, place) for statement in range(count) for place in box)
    for edge in edges:
        distances = _distances(edge, lengths)
        for target in box:
            for source in box:
                if tuple(at - back for at, back in zip(target, source, strict=True)) in distances:
                    graph.add_edge((edge.source, source), (edge.target, target))
    return graph


def _distances(edge: Dependence[int], lengths: Place) -> set[Place]:
    """Return how far an instance may lie behind one that reads it: the delay, and that with multiples of the rays."""
    # Rays may lead out of the box and back into it.
    most = [2 * length + abs(entry) for length, entry in zip(lengths, edge.delay, strict=True)]
    found, waiting = {edge.delay}, [edge.delay]
    while waiting:
        before = waiting.pop()
        for ray in edge.rays:
            after = tuple(at + move for at, move in zip(before, ray, strict=True))
            if after not in found and all(abs(at) <= limit for at, limit in zip(after, most, strict=True)):
                found.add(after)
                waiting.append(after)
    return found


def _keys(order: Sequence[Component[int]], place: Place) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Give each statement with the moment at which nested loops come to its instance at a place."""
    for number, component in enumerate(order):
        if component.vector is None:
            yield component.members[0], (number,)
            continue
        leads = dict(zip(component.members, component.offsets, strict=True))
        wave = sum(entry * at for entry, at in zip(component.vector, place, strict=True))
        for member, inner in _keys(component.parts, place):
            yield member, (number, wave + leads[member], *inner)


#: One cycle alone comes back, but by its rays only when it is passed twice.
_TWICE = (2, [Dependence(0, 1, (0, 0), ((-1, -1),)), Dependence(1, 0, (1, 0), ((-1, 1),))], 2)


@examples(400)
@example(_TWICE)
@given(systems())
def test_an_order_computes_every_instance_after_those_it_reads_and_a_refusal_comes_back_to_its_instance(
    system: tuple[int, list[Dependence[int]], int],
) -> None:
    count, edges, axes = system
    try:
        order = schedule(range(count), edges, axes)
    except NoOrder as refusal:
        _comes_back(refusal, edges, axes)
        return
    assert sorted(member for component in order for member in component.members) == list(range(count))
    for lengths in [(size,) * axes for size in ((1, 2, 3, 4, 5, 6), (1, 2, 4), (1, 2, 3))[axes - 1]]:
        graph = unfolded(count, edges, lengths)
        assert networkx.is_directed_acyclic_graph(graph)
        moments = {
            (member, place): key
            for place in itertools.product(*map(range, lengths))
            for member, key in _keys(order, place)
        }
        for source, target in graph.edges:
            # Whole-array statements have their instances at one moment: none of them reads another.
            assert moments[source] < moments[target], (source, target)


def _comes_back(refusal: NoOrder, edges: Sequence[Dependence[int]], axes: int) -> None:
    """Walk the cycles as one closed walk in the unfolded graph, at the size of its own extent."""
    walk: networkx.MultiDiGraph[int] = networkx.MultiDiGraph()
    assert len(refusal.cycles) == len(refusal.times) and all(times >= 1 for times in refusal.times)
    for cycle, times in zip(refusal.cycles, refusal.times, strict=True):
        assert [edge.target for edge in cycle] == [*(edge.source for edge in cycle[1:]), cycle[0].source]
        assert all(edge in edges for edge in cycle)
        for _ in range(times):
            walk.add_edges_from((edge.source, edge.target, {"edge": edge}) for edge in cycle)
    # They hang together: one walk passes them all.
    assert networkx.is_eulerian(walk)
    passed = [walk.edges[step]["edge"] for step in networkx.eulerian_circuit(walk, keys=True)]
    # How often each ray is taken is for a solver of its own to find.
    total = np.sum([edge.delay for edge in passed], axis=0)
    rays = [(at, ray) for at, edge in enumerate(passed) for ray in edge.rays]
    steps = [list(edge.delay) for edge in passed]
    if total.any():
        matrix = np.array([ray for _, ray in rays]).T
        solved = milp(np.ones(len(rays)), constraints=LinearConstraint(matrix, -total, -total), integrality=1)
        assert solved.success
        for (at, ray), count in zip(rays, np.rint(solved.x).astype(int).tolist(), strict=True):
            steps[at] = [one + count * move for one, move in zip(steps[at], ray, strict=True)]
    places = [(0,) * axes]
    for step in steps:
        places.append(tuple(at + move for at, move in zip(places[-1], step, strict=True)))
    assert places[-1] == places[0]


@examples(400)
@given(systems())
def test_the_wavefront_is_the_first_of_the_shortest_directions(system: tuple[int, list[Dependence[int]], int]) -> None:
    count, edges, axes = system
    try:
        order = schedule(range(count), edges, axes)
    except NoOrder:
        order = None
    bests = []
    group = networkx.DiGraph([(edge.source, edge.target) for edge in edges])
    for members in networkx.strongly_connected_components(group):
        inside = [edge for edge in edges if edge.source in members and edge.target in members]
        if not inside:
            continue
        best = next((one for one in _directions(axes) if _orders(one, inside)), None)
        bests.append(best)
        if order is None:
            continue
        (component,) = [one for one in order if set(one.members) == members]
        nested = any(part.recurrent for part in component.parts)
        if best is not None:
            assert component.vector == best and not nested
        else:
            # None is positive on all cycles: then there are loops inside, or the shortest is longer than was tried.
            assert nested or sum(map(abs, component.vector or ())) > LONGEST
    assert order is not None or None in bests


def _directions(axes: int) -> list[Place]:
    every = itertools.product(range(-LONGEST, LONGEST + 1), repeat=axes)
    return sorted((one for one in every if sum(map(abs, one)) <= LONGEST), key=lambda one: (sum(map(abs, one)), one))


def _orders(direction: Place, edges: Sequence[Dependence[int]]) -> bool:
    """Say whether a direction is positive on every simple cycle and never negative on a ray."""
    graph: networkx.MultiDiGraph[int] = networkx.MultiDiGraph()
    for number, edge in enumerate(edges):
        cost = sum(entry * delay for entry, delay in zip(direction, edge.delay, strict=True))
        graph.add_edge(edge.source, edge.target, key=number, cost=cost)
    if any(sum(map(mul, direction, ray)) < 0 for edge in edges for ray in edge.rays):
        return False
    # Cycles of the multigraph are those of the graph of its cheapest edges, where the cost is all that matters.
    cheapest: networkx.DiGraph[int] = networkx.DiGraph()
    for source, target, cost in graph.edges(data="cost"):
        if not cheapest.has_edge(source, target) or cheapest.edges[source, target]["cost"] > cost:
            cheapest.add_edge(source, target, cost=cost)
    return all(
        sum(cheapest.edges[pair]["cost"] for pair in zip(cycle, [*cycle[1:], cycle[0]], strict=True)) >= 1
        for cycle in networkx.simple_cycles(cheapest)
    )


# Examples -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "vectors"),
    [
        ("h(t) = h(t-1)", [(1,)]),
        ("g(t) = g(t+1)", [(-1,)]),
        ("a(t) = b(t+1); b(t) = a(t-2)", [(1,)]),
        ("h(i, j) = h(i-1, j) + h(i, j-1)", [(1, 1)]),
        ("u(t, i) = u(t-1, i-1) + u(t-1, i+1)", [(1, 0)]),
        # Gauss-Seidel: the new value on the left, the old one on the right.
        ("u(t, i) = u(t, i-1) + u(t-1, i+1)", [(2, 1)]),
        ("v(t, k) = max(v(t-1, l) + A(l, k) for l)", [(1, 0, 0)]),
        ("u(t, i) = u(t-1, i-1); u(t, 0) = u(t, end); u(0, i) = seed(i); u(0, 0) = seed(end)", [(1, 0)]),
        ("h(t) = h(t-1); c(u) = sum(h(t) for t) + c(u-1)", [(1, 0), (0, 1)]),
    ],
)
def test_the_loops_of_a_circuit(source: str, vectors: list[Place]) -> None:
    assert [one.vector for one in Circuit(source).model.schedule if one.recurrent] == vectors


def test_what_has_no_order_says_its_cycles() -> None:
    with pytest.raises(CircuitError) as caught:
        Circuit("h(t) = h(t-1) + g(t); g(t) = g(t+1) + h(t-1)")
    assert caught.value.cycles == ((("g", "g", (-1,)),), (("h", "g", (1,)), ("g", "h", (0,))))
    assert caught.value.cycle == caught.value.cycles[0]


def test_a_loop_along_too_many_axes_is_refused_as_such() -> None:
    delays = [tuple(int(at == one) for at in range(17)) for one in range(17)]
    with pytest.raises(TooLarge) as caught:
        schedule(["h"], [Dependence("h", "h", delay) for delay in delays], 17)
    assert caught.value.axes == 17
