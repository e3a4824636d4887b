"""Ranges, diagonals, conditions and any place, unfolded and evaluated, against a reading of the text place by place."""

from __future__ import annotations

import random
from collections.abc import Mapping
from fractions import Fraction
from itertools import product
from typing import Any

import networkx
import numpy as np
import pytest
from generators.ranged_texts import ranged_texts
from hypothesis import given, reject
from hypothesis import strategies as st
from oracles.place_by_place import Meaning
from support.profiles import examples

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.algebra.finite_field import FINITE_FIELD, RATIONALS
from unfoldgraph.model.lengths import checked, complete
from unfoldgraph.unfolding.evaluation import evaluate
from unfoldgraph.unfolding.unfolding import Unfolding

pytestmark = pytest.mark.filterwarnings("ignore::unfoldgraph.base.errors.CircuitWarning")

#: Each with the lengths of its axes that are tried, and sizes.
TEXTS: list[tuple[str, dict[str, list[int]], dict[str, int]]] = [
    # Ranges between numbers, sizes and indices.
    ("x(t) : (); y(t) = sum(b[k]*x(t-k) for k in 0..2)", {"t": [0, 1, 2, 5]}, {}),
    ("x(t) : (); y(t) = sum(x(t+k) for k in -1..2)", {"t": [0, 1, 3, 6]}, {}),
    ("h : M; x(n) : (); y(n) = sum(h[k]*x(n-k) for k in 0..M-1)", {"n": [0, 1, 2, 6]}, {"M": 3}),
    ("h : M; x(n) : (); y(n) = sum(h[k]*x(n-k) for k in 0..M-1)", {"n": [2]}, {"M": 1}),
    ("x(t) : (); w(t, s) : (); y(t) = x(t) + sum(w(t, s)*y(s) for s in 1..t-1)",
     {"t": [0, 1, 2, 5], "s": [0, 2, 5]}, {}),
    ("C(n) = sum(C(k)*C(n-1-k) for k in 0..n-1); C(0) = 1", {"n": [0, 1, 6]}, {}),
    ("x(t) : (); y(t) = max(x(k) for k in 1..t)", {"t": [0, 1, 4]}, {}),
    ("x(t) : (); y(t) = min(x(k) for k in t..end(t))", {"t": [0, 1, 4]}, {}),
    ("x(t) : (); y(t) = mean(x(k) for k in 2..t-1)", {"t": [1, 2, 3, 6]}, {}),
    ("x(t) : (); y(t) = argmax(x(k) for k in t..end(t) if k != t)", {"t": [1, 2, 5]}, {}),
    ("x(t) : (); y(t) = prod(x(k) for k in t-1..t+1 if k > 0 and k <= end(t))", {"t": [1, 2, 5]}, {}),
    ("x(t) : (); y(t) = sum(x(s) * x(r) for s in 1..t, r in s..t)", {"t": [0, 1, 4]}, {}),
    ("x(t) : (); y(t) = mean(x(s) * x(r) for s in 1..t, r in s..t)", {"t": [1, 4]}, {}),
    ("x(t) : (); y(t) = sum(x(t-a-b) for a in 0..1, b in 0..2)", {"t": [0, 1, 2, 5]}, {}),
    ("x(t) : (); y(t) = sum(x(t-2*a-3*b) for a in 0..2, b in 0..1)", {"t": [0, 1, 2, 8, 12]}, {}),
    ("x(t) : (); L = sum(x(t) * y(s) for s in 1..2, t); y(s) : ()", {"t": [3], "s": [2, 3]}, {}),
    # Equations on ranges, pins and diagonals.
    ("d(t) = w*d(t+1) for t in 2..end; d(1) = 7", {"t": [1, 2, 3, 5]}, {}),
    ("d(t) = w*d(t+1) for t in 2..end", {"t": [0, 1, 2, 5]}, {}),
    ("d(t) = d(t+1) + x(t+1) for t in 0..end; d(end+1) = 2; x(t) : (); y(t) = d(t-1)", {"t": [0, 1, 4]}, {}),
    ("a(t) = 1 for t in 1..2; a(t) = a(t-1) + a(t-2) for t in 3..end", {"t": [0, 1, 2, 3, 7]}, {}),
    ("a(t) = a(t-1) + 1 for t in 3..end-1; a(2) = 5; y(t) = a(t)", {"t": [2, 3, 4, 6]}, {}),
    ("c(i, j) = min(c(i, k) + c(k+1, j) + p(i)*p(k)*p(j) for k in i..j-1) for j in i+1..end; c(i, i) = 0; p(i) : ()",
     {"i": [0, 1, 2, 5]}, {}),
    ("c(i, i) = q(i); c(i, j) = c(i, j-1) + c(i+1, j) for j in i..end; q(i) : ()", {"i": [0, 1, 2, 4]}, {}),
    ("c(i, i-1) = q(i); c(i, j) = 1 + c(i, j-1) for j in i..end; q(i) : ()", {"i": [1, 2, 4]}, {}),
    ("c(i, j) = x(i) + c(i-1, j-1) for i in 1..end, j in 1..i; x(i) : ()", {"i": [0, 1, 3], "j": [0, 2, 5]}, {}),
    ("c(i, j) = c(i-1, j) + c(i, j-1); c(i, i) = 1; c(0, j) = j; c(i, 0) = i; c(2, j) = 9", {"i": [1, 2, 4]}, {}),
    ("b(i, j) = x(i) + b(i-1, j+1) for j in i-1..i+1; x(i) : ()", {"i": [0, 1, 4], "j": [4]}, {}),
    # Conditions.
    ("x(t) : (); y(t) = sum(x(s) for s if s < t)", {"t": [0, 1, 4]}, {}),
    ("x(t) : (); y(t) = sum(x(s) for s if s != t)", {"t": [0, 1, 4]}, {}),
    ("x(t) : (); y(t) = sum(x(s) for s if x(s) > 0)", {"t": [0, 1, 4]}, {}),
    ("x(t) : (); y(t) = sum(1/x(s) for s if s <= t and x(s) != 0)", {"t": [1, 4]}, {}),
    ("y(t) = y(t-1) + 1 if t > 1 else s1", {"t": [0, 1, 4]}, {}),
    ("x(t) : (); y(t) = x(t) if t == end(t) else y(t+1)", {"t": [0, 1, 4]}, {}),
    ("x(t) : (); y(t) = y(t-1) if t % 2 == 0 else x(t)", {"t": [0, 1, 5]}, {}),
    ("x(t) : (); y(t) = sum(x(t-k) for k in 0..6 if k % 2 == 0)", {"t": [0, 1, 4, 9]}, {}),
    ("x(t) : (); y(t) = sum(x(s) for s if (s + t) % 3 == 1)", {"t": [0, 1, 7]}, {}),
    ("s(i, j) : (); y(i, j) = sum(s(i+a, j+b) for a in -1..1, b in -1..1 if a != 0 or b != 0)",
     {"i": [1, 3], "j": [1, 4]}, {}),
    ("s(i, j) : (); y(i, j) = sum(s(i+a, j+b) for a, b in -1..1 if not (a == 0 and b == 0)); "
     "s(0, j) = j; s(i, 0) = 2*i; s(0, 0) = 3", {"i": [1, 3], "j": [1, 4]}, {}),
    ("x(t) : (); z(t) : (); y(t) = sum(x(t) * z(s) for s if (s + t) % 3 == 1)", {"t": [0, 1, 7]}, {}),
    # Off the edges.
    ("x(t) : (); y(t) = 0 for t in 1-end..0; y(t) = x(t) + sum(y(t-k) for k in 1..end(t))", {"t": [0, 1, 2, 5]}, {}),
    ("x(t) : (); d(t) : (); y(t) = x(t-1) + x(t - d(t))", {"t": [0, 1, 5]}, {}),
    ("x(t) : (); y(t) = x(t-2) + x(t+1); x(end+1) = 3; x(0) = x(1); x(-1) = 2*x(end)", {"t": [1, 2, 5]}, {}),
    ("u(t, j) = u(t-1, j-1) + u(t-1, j+1) for j in 1..end; u(t, 0) = u(t, 1); u(t, end+1) = u(t, end); u(0, j) = j; "
     "u(0, 0) = 7; u(0, end+1) = 9", {"t": [0, 1, 3], "j": [1, 2, 4]}, {}),
    ("c(i, j) = c(i-1, j) + c(i, j-1); c(0, j) = j for j in 0..end; c(i, 0) = -i", {"i": [0, 1, 3], "j": [0, 2]}, {}),
    ("c(i, j) = c(i-1, j+1) + 1 for i in 0..end, j in 1..end-i; c(-1, j) = j", {"i": [0, 1, 3], "j": [0, 2, 4]}, {}),
    # Three axes.
    ("g(i, j, k) = g(i, j, k-1) + g(i-1, j, k) + 1 for j in i..end, k in i..j; g(i, i, k) = k",
     {"i": [0, 1, 3], "j": [3], "k": [2, 4]}, {}),
    ("x(t) : (); y(t) = sum(x(a) * x(b) * x(c) for a in 1..t, b in a..t, c in b+1..t)", {"t": [0, 2, 4]}, {}),
    # Any place.
    ("x(n) : (); y(m) = x(2*m)", {"m": [0, 1, 4], "n": [0, 3, 8]}, {}),
    ("x(t) : (); y(t) = x(end+1-t)", {"t": [0, 1, 5]}, {}),
    ("x(n) : (); y(n, k) = x(n-k)", {"n": [0, 3], "k": [0, 4]}, {}),
    ("x(t) : (); y(t) = sum(x(t - 2*a) if t > 3 else x(t - a) for a in 1..2)", {"t": [1, 6]}, {}),
    ("T(n) = T(floor(n/2)) + n; T(0) = 1", {"n": [0, 1, 2, 9]}, {}),
    ("x(i) : (); y(i, a) = x(i - 2*a) + x(2*i - a)", {"i": [0, 1, 4], "a": [0, 3]}, {}),
    ("x(t) : (); y(t) = sum(x(floor(k/2) + floor(t/3)) for k in 0..t)", {"t": [0, 1, 7]}, {}),
    ("x(t) : (); y(t) = x(t % 3) + x(floor(t*2/3))", {"t": [0, 1, 2, 8]}, {}),
    ("x(t) : (); y(t) = x(max(t-3, 1)) * x(min(t+1, end(t)))", {"t": [1, 2, 6]}, {}),
    ("x(t) : (); d(t) : (); y(t) = x(t - d(t))", {"t": [0, 1, 5]}, {}),
    ("x(t) : (); d(t) : (); y(t) = x(t - d(t)/2)", {"t": [1, 5]}, {}),
    ("x(t) : (); d(t) : (); y(t) = x(t - d(t)) + x(t-1); x(0) = 5", {"t": [0, 1, 5]}, {}),
    ("v(i) : (); w(i) : (); V(i, c) = max(V(i-1, c), V(i-1, c - w(i)) + v(i)); V(0, c) = 0",
     {"i": [1, 3], "c": [0, 5]}, {}),
    ("x(t) : (); s(t) = B[x(t)] + s(t-1); B : 3; s(0) = 0", {"t": [0, 1, 5]}, {}),
    ("x(t) : (); s(t) = A[x(t-1), x(t)]; A : (2, 3)", {"t": [0, 1, 5]}, {}),
    ("x(t) : (); s(t) = s(t-1) + p[t-1] - p[t]; p : 4", {"t": [0, 1, 6]}, {}),
]  # fmt: skip


def _cases() -> list[Any]:
    cases = []
    for source, lengths, sizes in TEXTS:
        for chosen in product(*lengths.values()):
            told = dict(zip(lengths, chosen, strict=True))
            cases.append(pytest.param(source, told, sizes, id=f"{source}-{'-'.join(map(str, chosen))}"))
    return cases


def made(circuit: Circuit, lengths: Mapping[str, int], sizes: Mapping[str, int], seed: int) -> dict[str, Any]:
    """Return whole numbers for all that a circuit is given, as arrays."""
    rng = random.Random(seed)
    model = circuit.model
    found: dict[str, Any] = {}
    for name in (*model.inputs, *model.parameters):
        if name in model.sizes or name in sizes:
            continue
        shape = [lengths[axis] for axis in model.inputs.get(name, ())]
        shape += [sizes[one] if isinstance(one, str) else one for one in model.shapes[name] or ()]
        found[name] = np.array([rng.randint(-1, 3) for _ in range(int(np.prod(shape)))], float).reshape(shape)
    for boundary in model.free:
        count = boundary.count_at(sizes)
        found[boundary.argument] = np.array([rng.randint(1, 5) for _ in range(count)], float)
        if not boundary.has_several:
            found[boundary.argument] = found[boundary.argument][0]
    return found


def meaning(
    circuit: Circuit, source: str, lengths: Mapping[str, int], sizes: Mapping[str, int], arrays: Any
) -> Meaning:
    """Return the oracle for the same numbers."""
    model = circuit.model
    given: dict[Any, Any] = {}
    for name, array in arrays.items():
        if name in model.inputs:
            places = product(*(range(1, lengths[axis] + 1) for axis in model.inputs[name]))
            given |= {(name, place): Fraction(array[tuple(at - 1 for at in place)]) for place in places}
        else:
            given[name] = _fractions(array.tolist())
    for boundary in model.free:
        values = np.ravel(arrays[boundary.argument])
        places = [place for box in boundary.boxes_at(sizes) for place in range(box[0][0], box[0][1] + 1)]
        given |= {(boundary.name, (place,)): Fraction(value) for place, value in zip(places, values, strict=True)}
    return Meaning(source, lengths, given, sizes)


def _fractions(values: Any) -> Any:
    return [_fractions(value) for value in values] if isinstance(values, list) else Fraction(values)


@pytest.mark.parametrize(("source", "told", "sizes"), _cases())
def test_graph_and_values_are_those_of_the_text(source: str, told: dict[str, int], sizes: dict[str, int]) -> None:
    circuit = Circuit(source)
    compare(circuit, source, complete(circuit.model, told), sizes)


def compare(circuit: Circuit, source: str, lengths: dict[str, int], sizes: dict[str, int]) -> None:
    """Compare nodes, edges, depth and values with what the text says."""
    arrays = made(circuit, lengths, sizes, seed=len(source))
    expected = meaning(circuit, source, lengths, sizes, arrays)
    unfolding = Unfolding(circuit.model, lengths, sizes)

    # Nodes: all that has a value of its own, off the edges as far as something reads it.
    nodes = set(unfolding.nodes)
    assert len(nodes) == len(unfolding)
    signals = [node for node in nodes if node[0] in expected.signals]
    for node in signals:
        expected.at(node)
    for name, axes in circuit.model.signals.items():
        inside = set(product(*(range(1, lengths[axis] + 1) for axis in axes)))
        assert {at for at in inside if expected.holder((name, at))} == {at for its, at in nodes if its == name} & inside
    read = {source for sources in expected.reads.values() for source in sources}
    assert read <= nodes

    # Edges: what may be read, and no more.
    edges = {(one, other) for one, other, kinds in unfolding.edges if kinds != "parameter"}
    assert edges == {(one, other) for other in signals for one in expected.reads.get(other, ())}
    assert len(list(unfolding.edges)) == unfolding.edges.size
    graph = unfolding.to_networkx()
    assert networkx.is_directed_acyclic_graph(graph)
    assert unfolding.depth == networkx.dag_longest_path_length(graph)

    # Values.
    found = unfolding.values(**arrays)
    for node in signals:
        np.testing.assert_allclose(found[node], float(expected.at(node)), rtol=1e-12, err_msg=str(node))
    result = unfolding.evaluate(**arrays)
    exact = {field: evaluate(unfolding, arrays, arithmetic=field) for field in (RATIONALS, FINITE_FIELD)}
    is_finite = all(np.isfinite(float(value)) for value in expected.values.values())
    for name, axes in circuit.model.signals.items():
        assert result[name].shape == tuple(lengths[axis] for axis in axes)
        for place in product(*(range(1, lengths[axis] + 1) for axis in axes)):
            at = tuple(number - 1 for number in place)
            own = expected.at((name, place))
            np.testing.assert_allclose(result[name][at], float(own), rtol=1e-12)
            # Elsewhere there are numbers in place of the infinite ones and of what is none.
            for field, values in exact.items() if is_finite else ():
                assert values[name][at] == field.element(own)


@pytest.mark.parametrize(("source", "sizes"), [(source, sizes) for source, _, sizes in TEXTS])
def test_folded_it_is_the_circuit_again(source: str, sizes: dict[str, int]) -> None:
    circuit = Circuit(source)
    unfolding = Unfolding(circuit.model, dict.fromkeys(circuit.axes, 9), sizes)
    folded, graph = unfolding.fold(), circuit.graph
    assert dict(folded.nodes(data=True)) == dict(graph.nodes(data=True))
    assert sorted(folded.edges(keys=True, data=True)) == sorted(graph.edges(keys=True, data=True))


@examples(60)
@given(ranged_texts(), st.tuples(st.integers(0, 5), st.integers(0, 4), st.integers(0, 4)))
def test_graph_and_values_of_random_texts(source: str, own: tuple[int, int, int]) -> None:
    try:
        circuit = Circuit(source)
    except CircuitError:
        reject()
    axes = dict(zip(circuit.model.own_axes, own, strict=False))
    lengths = {axis: axes[circuit.model.length_of[axis]] for axis in circuit.axes}
    try:
        checked(circuit.model, lengths)
    except CircuitError:
        reject()
    compare(circuit, source, lengths, {})
    # Short sequences need not have all of it, and nothing that the circuit does not have.
    assert set(circuit.unfold(lengths).fold().edges(keys=True)) <= set(circuit.graph.edges(keys=True))
