"""Circuits evaluated exactly: on rationals, modulo a prime, and with functions that are hashes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from generators.circuits import SIZE, arrays, circuits, element, everything, lengths_of
from hypothesis import given
from hypothesis import strategies as st
from oracles.gallery_oracles import CASES, SIZES
from support.profiles import examples

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.algebra.finite_field import FINITE_FIELD, PRIME, RATIONALS, ExactArithmetic
from unfoldgraph.base.files import gallery_names
from unfoldgraph.unfolding.evaluation import evaluate

#: What compares, or is a hash: no function of rationals that a prime keeps.
COMPARES = re.compile(r"\b(max|min|if|argmax)\b")
HASHED = re.compile(r"\b(tanh|sigmoid|sin|abs|relu|floor|sign)\(")


def exactly(
    circuit: Circuit, steps: Any, data: Mapping[str, Any], exact: ExactArithmetic = FINITE_FIELD, **more: Any
) -> Any:
    return evaluate(circuit.unfold(steps), data, arithmetic=exact, **more)


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Say whether two results are the same number by number."""
    assert list(one) == list(other)
    return all(np.array_equal(one[name], other[name]) for name in one)


def rational(data: Mapping[str, Any], random: np.random.Generator) -> dict[str, Any]:
    """Return eighths below 1 in place of the numbers of some data: floating-point numbers that are exact."""
    return {name: random.integers(-8, 9, np.shape(value)) / 8 for name, value in data.items()}


def random_elements(data: Mapping[str, Any], random: np.random.Generator) -> dict[str, Any]:
    """Return numbers from the whole field in place of those of some data."""
    return {name: FINITE_FIELD.asarray(random.integers(PRIME, size=np.shape(value))) for name, value in data.items()}


@examples(60)
@given(circuits(), st.integers(1, 3), st.integers(0, 99))
def test_rationals_are_floats_without_rounding(source: str, steps: int, seed: int) -> None:
    circuit = Circuit(HASHED.sub("(", source))
    data = rational(arrays(circuit, steps, seed), np.random.default_rng(seed))
    if lengths_of(circuit, (steps,)) is None:
        return
    floats = circuit.unfold(steps).evaluate(**data)
    found = exactly(circuit, steps, data, RATIONALS)
    for name, value in floats.items():
        assert found[name].shape == value.shape
        scale = max(1, np.abs(value).max(initial=0))
        np.testing.assert_allclose(found[name].astype(float), value, rtol=1e-9, atol=1e-12 * scale)
    if not COMPARES.search(source):
        modulo = exactly(circuit, steps, data)
        assert same(modulo, {name: FINITE_FIELD.asarray(value) for name, value in found.items()})


#: The shapes of what the functions of generated circuits return, by those of their arguments.
RETURNED: dict[str, Callable[..., tuple[int, ...]]] = {
    "f": lambda *shapes: shapes[0],
    "e": lambda *shapes: shapes[0],
    "g": lambda *shapes: shapes[0][:-1],
    "F": lambda *shapes: shapes[0],
}
#: Unlike any length or size.
BATCH = 5


@examples(80)
@given(everything(), st.integers(0, 2), st.integers(0, 99))
def test_every_circuit_is_evaluated_exactly(source: str, steps: int, seed: int) -> None:
    circuit = Circuit(source)
    lengths = lengths_of(circuit, (steps, steps + 1))
    if lengths is None:
        return
    data = arrays(circuit, lengths, seed, (BATCH,))
    functions = {name: FINITE_FIELD.opaque_function(name, RETURNED[name]) for name in circuit.model.functions}
    numbers = random_elements(
        {name: value for name, value in data.items() if name not in functions}, np.random.default_rng(seed)
    )
    try:
        floats = circuit.unfold(lengths).evaluate(**data)
    except CircuitError as error:
        with pytest.raises(CircuitError, match=re.escape(error.message)):
            exactly(circuit, lengths, {**numbers, **functions})
        return
    found = exactly(circuit, lengths, {**numbers, **functions})
    assert [(name, found[name].shape) for name in found] == [(name, floats[name].shape) for name in floats]
    alone = exactly(circuit, lengths, {**element(circuit, numbers, (BATCH,), (1,)), **functions})
    own = {name: found[name][1] if BATCH in found[name].shape else found[name] for name in found}
    assert same(alone, own)


# The gallery ----------------------------------------------------------------------------------------------


def gallery_data(name: str, seed: int) -> dict[str, Any]:
    """Return numbers from the whole field for what a circuit reads, but classes where it reads classes."""
    circuit, case = Circuit.gallery(name), CASES[name]
    random, model = np.random.default_rng(seed), circuit.model

    def array(name: str, *places: int) -> Any:
        return np.zeros((*places, *(SIZES.get(str(size), size) for size in model.shapes[name] or ())))

    shaped = {name: array(name, *(case.lengths[axis] for axis in axes)) for name, axes in model.inputs.items()}
    shaped |= {name: array(name) for name in model.parameters}
    for boundary in model.free:
        shaped[boundary.argument] = array(boundary.name, *([boundary.count_at(SIZES)] if boundary.has_several else []))
    told = {name: value for name, value in case.numbers(random).items() if name in shaped}
    classes = {
        name: FINITE_FIELD.asarray(value) for name, value in told.items() if np.array_equal(value, np.floor(value))
    }
    functions = {name: FINITE_FIELD.opaque_function(name, lambda *shapes: shapes[0]) for name in model.functions}
    return {**random_elements(shaped, random), **classes, **functions}


@pytest.mark.parametrize("name", gallery_names())
def test_the_gallery_is_evaluated_exactly_and_tells_every_argument(name: str) -> None:
    circuit, lengths = Circuit.gallery(name), CASES[name].lengths
    data = gallery_data(name, 5)
    found = exactly(circuit, lengths, data)
    assert set(found) == set(circuit.model.signals)
    assert same(found, exactly(circuit, lengths, data))
    # In the field a comparison is no zero, whatever it compares, and a band has no end.
    for argument in (one for one in data if one not in circuit.model.functions and (name, one) != ("dtw", "r")):
        changed = {**data, argument: data[argument] + 1}
        assert not same(found, exactly(circuit, lengths, changed)), argument


@pytest.mark.parametrize("name", ["fibonacci", "pascal"])
def test_whole_numbers_stay_whole(name: str) -> None:
    circuit, lengths = Circuit.gallery(name), CASES[name].lengths
    found, floats = exactly(circuit, lengths, {}), circuit.unfold(lengths).evaluate()
    assert all((found[signal] == value.astype(int)).all() for signal, value in floats.items())


# Faults ---------------------------------------------------------------------------------------------------


def blocked(a: Any, x: Any, last: int) -> Any:
    """Return `h = a*h + x` in two blocks of 64, the second of which takes its carry up to a place of it only."""
    h = x.copy()
    for block in (slice(0, 64), slice(64, 128)):
        carry = 0 if block.start == 0 else h[block.start - 1]
        product, own = 1, 0
        for at in range(block.start, block.stop):
            product, own = product * a[at], own * a[at] + x[at]
            h[at] = own + (product * carry if at - block.start < last else 0)
    return h


def test_a_dropped_carry_that_rounding_hides_is_told() -> None:
    circuit = Circuit("h(t) = a(t) * h(t-1) + x(t)")
    random = np.random.default_rng(0)
    floats = {"a": random.uniform(0.4, 0.6, 128), "x": random.normal(size=128), "h0": 0.0}
    meant = circuit.unfold(128).evaluate(**floats)["h"]
    for last in (64, 48):
        np.testing.assert_allclose(blocked(floats["a"], floats["x"], last), meant, rtol=1e-12)
    numbers = {name: FINITE_FIELD.asarray(random.integers(PRIME, size=128)) for name in ("a", "x")}
    exact = exactly(circuit, 128, {**numbers, "h0": 0})["h"]
    assert (blocked(numbers["a"], numbers["x"], 64) == exact).all()
    assert not (blocked(numbers["a"], numbers["x"], 48) == exact).all()


@pytest.mark.parametrize(
    "fault",
    ["h(t) = tanh(W.T @ h(t-1) + x(t))", "h(t) = tanh(W @ h(t-1) + x(t)) if t < 4 else tanh(W @ h(t-2) + x(t))",
     "h(t) = tanh(W @ h(t-1) - x(t))", "h(t) = sin(W @ h(t-1) + x(t))", "h(t) = tanh(W @ h(t-1)) + tanh(x(t))"],
)  # fmt: skip
def test_a_fault_in_an_equation_is_told(fault: str) -> None:
    declared = "x(t), h(t) : m; W : (m, m); "
    circuit = Circuit(f"{declared} h(t) = tanh(W @ h(t-1) + x(t)); h(0) = 0")
    faulty = Circuit(f"{declared} {fault}; h(0) = 0{'; h(-1) = 0' if 't-2' in fault else ''}")
    random = np.random.default_rng(1)
    shapes = {"x": np.zeros((5, SIZE)), "W": np.zeros((SIZE, SIZE))}
    data = random_elements(shapes, random)
    assert same(
        exactly(circuit, 5, data), exactly(Circuit(f"{declared} h(t) = tanh(x(t) + W @ h(t-1)); h(0) = 0"), 5, data)
    )
    assert not same(exactly(circuit, 5, data), exactly(faulty, 5, data))


def test_sums_in_any_order_are_the_same() -> None:
    forward, backward = Circuit("s = sum(x(t) for t)"), Circuit("r(t) = r(t+1) + x(t); r(end+1) = 0; s = r(1)")
    data = {"x": FINITE_FIELD.asarray(np.random.default_rng(2).integers(PRIME, size=50))}
    assert exactly(forward, 50, data).s == exactly(backward, 50, data).s == sum(data["x"])


# How it is called -----------------------------------------------------------------------------------------


def test_constants_are_what_is_written() -> None:
    circuit = Circuit("y = 0.1 * 3 + 1e-2; z = max(-inf, 2) + n")
    found = exactly(circuit, {}, {"n": Fraction(1, 3)}, RATIONALS)
    assert found.y == Fraction(31, 100) and found.z == Fraction(7, 3)
    assert exactly(circuit, {}, {"n": Fraction(1, 3)}).y == FINITE_FIELD.element(Fraction(31, 100))


def test_batches_lengths_and_boundaries_are_as_ever() -> None:
    circuit = Circuit("s(t) = s(t-1) * a + x(t)")
    x = np.array([[1, 2, 3], [10, 20, 30]])
    given_all: dict[str, Any] = {"x": x, "a": 2, "s0": np.array([1, 0])}
    found = exactly(circuit, 3, given_all, lengths=[3, 2])
    assert found.s.tolist() == [[3, 8, 19], [10, 40, 0]]
    assert found.s.tolist() == circuit.unfold(3).evaluate(**given_all, lengths=[3, 2]).s.tolist()


def test_what_functions_return_is_checked_as_ever() -> None:
    circuit = Circuit("x(t), h(t) : m; h(t) = f(h(t-1), x(t); theta)")
    data = {"x": np.ones((2, 3)), "theta": [1, 2], "h0": 0}
    f = FINITE_FIELD.opaque_function("f", lambda *shapes: shapes[1])
    (first, second) = exactly(circuit, 2, {**data, "f": f}).h
    assert (first == f([0] * 3, [1] * 3, theta=[1, 2])).all() and (second == f(first, [1] * 3, theta=[1, 2])).all()
    with pytest.raises(CircuitError, match=r"came out with shape \(2,\), not \(3,\)"):
        exactly(circuit, 2, {**data, "f": FINITE_FIELD.opaque_function("f", (2,))})


def test_a_singular_matrix_is_refused_as_ever() -> None:
    circuit = Circuit("A : (m, m); y = sum(inv(A))")
    with pytest.raises(CircuitError, match=r"'inv\(A\)' cannot be computed"):
        exactly(circuit, {}, {"A": [[1, 2], [2, 4]]})
