"""Running results take the place of loops along an axis, with the loop's own numbers: exactly, or not at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from generators.rewritings import rewritten
from hypothesis import given
from hypothesis import strategies as st
from oracles.kernel_interpreter import FIELD, FLOATS, ROUTINES, Arithmetic, run_kernel
from support.profiles import examples

from unfoldgraph import Circuit
from unfoldgraph.base.affine import length
from unfoldgraph.language.text import read
from unfoldgraph.program.checking.check import check
from unfoldgraph.program.ir import SEQUENCES, Accumulate, For, Kernel, KernelStatement, WhereWhole, statements_in
from unfoldgraph.program.lower import lower
from unfoldgraph.program.passes.lattices.scans import scans
from unfoldgraph.program.schedule import schedule_of

#: To which nothing is added along the axis.
PLAIN = {
    "the greatest so far": "m(t) = max(m(t-1), x(t)); x(t) : ()",
    "the least so far of three": "m(t) = min(x(t), m(t-1), abs(y(t))); x(t), y(t) : ()",
    "vectors": "c(i, j) = max(c(i, j-1), c(i-1, j), x(i, j)); x(i, j) : 2",
    "rows of their own": "m(t, s) = max(m(t-1, s), x(t, s)); x(t, s) : ()",
    "a path": "c(i, j) = max(c(i, j-1), c(i-1, j) + x(i, j), c(i-1, j-1) * 2); x(i, j) : ()",
    "with what comes from above and the right": "c(i, j) = min(c(i, j-1), tanh(c(i-1, j+1) + x(i, j))); x(i, j) : ()",
    "three words": (
        "c(i, j, k) = max(c(i-1, j, k), c(i, j-1, k), c(i, j, k-1), c(i-1, j-1, k-1) + (a(i) == b(j) and b(j) == d(k)))"
        "; a(i), b(j), d(k) : ()"
    ),
}
#: Along two axes, one after the other.
PLANES = {
    "three words": PLAIN.pop("three words"),
    "vectors": PLAIN.pop("vectors"),
    "the greatest of all before": "c(i, j) = max(c(i-1, j), x(i, j), c(i, j-1)); x(i, j) : ()",
    "given edges": (
        "c(i, j) = min(c(i-1, j), c(i, j-1), x(i, j), y(j)); x(i, j), y(j) : (); c(i, 0) = p(i); c(0, j) = q(j);"
        "c(0, 0) = -99; p(i), q(j) : ()"
    ),
    "planes of planes": (
        "c(i, j, k) = min(c(i, j-1, k), c(i, j, k-1), c(i-1, j+1, k) + x(i, j, k), 2 * c(i-1, j, k-1)); x(i, j, k) : ()"
    ),
}
#: To which the same is added in each step, which is exact for whole numbers.
EXACT = {
    "edit distance": (
        "c(i, j) = min(c(i-1, j) + 1, c(i, j-1) + 1, c(i-1, j-1) + (a(i) != b(j))); c(i, 0) = i; c(0, j) = j;"
        "c(0, 0) = 0; a(i), b(j) : ()"
    ),
    "an alignment": (
        "c(i, j) = max(c(i-1, j) - g, c(i, j-1) - g, c(i-1, j-1) + s(i, j)); c(i, 0) = -g * i; c(0, j) = -g * j;"
        "c(0, 0) = 0; s(i, j), g : ()"
    ),
    "a local alignment": "c(i, j) = max(c(i-1, j) - 2, c(i, j-1) - 3, c(i-1, j-1) + s(i, j), 0); s(i, j) : ()",
    "with more than one term": (
        "c(i, j) = max(c(i-1, j) - g - 1, c(i, j-1) - g, c(i-1, j-1) + s(i, j) - t(j) * 2 + sum(u(i, k) for k));"
        "s(i, j), t(j), u(i, k), g : ()"
    ),
    "what rows cost": "c(i, j) = min(c(i-1, j) + p(i), c(i, j-1) + 2, c(i-1, j-1) + s(i, j)); p(i), s(i, j) : ()",
    "with brackets": "c(i, j) = 1 + min(c(i-1, j), c(i, j-1), c(i-1, j-1) - (a(i) == b(j))); a(i), b(j) : ()",
    "two rows above": "c(i, j) = min(c(i-2, j+1) + s(i, j), c(i, j-1) + 1, c(i-1, j-2)); s(i, j) : ()",
    "sequences of their own": "c(i, j) = min(c(i-1, j) + p, c(i, j-1) + q, c(i-1, j-1) + x(i) - y(j)); x(i), y(j) : ()",
}
CASES = {**PLAIN, **PLANES, **EXACT}


def lowered(text: str) -> Kernel:
    return lower(schedule_of(read(text), None))


def inside(kernel: Kernel) -> tuple[int, int]:
    """Return how many running results there are, and how many times it is looked at whether numbers are whole."""
    found = list(statements_in(kernel.body))
    return sum(isinstance(one, Accumulate) for one in found), sum(isinstance(one, WhereWhole) for one in found)


@examples(200)
@given(st.sampled_from([*CASES]), st.integers(0, 10**6))
def test_it_is_found_however_it_is_written(name: str, seed: int) -> None:
    written = rewritten(CASES[name], seed)
    kernel = scans(lowered(written))
    assert inside(kernel) == (1 + (name in PLANES), int(name in EXACT)), written
    assert not any(isinstance(one, For) and one.index.startswith("front") for one in kernel.body), written


@pytest.mark.parametrize("name", CASES)
def test_it_keeps_the_rules(name: str) -> None:
    check(scans(lowered(CASES[name])), routines=ROUTINES)


@pytest.mark.parametrize(
    "text",
    [
        # What is added along the axis changes, or is no whole number in any call.
        "c(i, j) = min(c(i-1, j), c(i, j-1)) + x(i, j); x(i, j) : ()",
        "c(i, j) = min(c(i-1, j) + 1, c(i, j-1) + x(j)); x(j) : ()",
        "c(i, j) = min(c(i-1, j) + 1, c(i, j-1) + 0.5)",
        # More of its own row is read, or none of it.
        "c(i, j) = min(c(i-1, j), c(i, j-1), c(i, j-2))",
        "c(i, j) = max(c(i-1, j), c(i-1, j-1) + x(j)); x(j) : ()",
        "c(i, j) = max(c(i, j-2), c(i-1, j))",
        "c(i, j) = max(c(i, j-1), c(i-1, j), c(i+1, j-1)); x(i, j) : ()",
        # Rows of more than two axes.
        "c(i, j, k) = max(c(i-1, j, k), c(i, j-1, k) * 2, c(i, j, k-1))",
        "c(i, j, k) = max(c(i-1, j, k), c(i, j-1, k), c(i, j, k-1), c(i, j-1, k-1))",
        # No running result of its own.
        "c(i, j) = min(c(i, j-1) * 2, c(i-1, j)) + c(i-1, j-1)",
        "c(i, j) = min(c(i, j-1), c(i, j-1) + 1, c(i-1, j))",
        "c(i, j) = min(-c(i, j-1), c(i-1, j))",
        "c(i, j) = max(f(c(i, j-1)), c(i-1, j))",
        "c(i, j) = max(c(i, j-1), c(i-1, j)) if x(i) > 0 else c(i-1, j-1); x(i) : ()",
        "c(i, j) = min(c(i, j-1) + 1, c(i-1, j) + c(i-1, j-1)); x(i) : ()",
        # Entries of values.
        "c(i, j) = min(c(i-1, j) + 1, c(i, j-1) + 1, c(i-1, j-1) + x(i, j)); x(i, j) : m",
        # Places that are given in another way.
        "c(i, j) = max(c(i, j-1), c(i-1, j)); c(2, 2) = 7",
        "m(t) = max(m(t-1) + 1, x(t)); x(t) : ()",
        "m(t) = max(m(t+1), x(t)); x(t) : ()",
    ],
)
def test_what_is_left_to_the_loop(text: str) -> None:
    kernel = lowered(text)
    assert scans(kernel).body == kernel.body


# Exactly --------------------------------------------------------------------------------------------------------------


def run(kernel: Kernel, steps: tuple[int, int, int], seed: int, arithmetic: Arithmetic, largest: int) -> dict[str, Any]:
    numbers = {name: count for count, axis in zip(steps, "ijk", strict=True) for name, _ in length(axis).terms}
    numbers |= {name: count for count, axis in zip(steps, "ts", strict=False) for name, _ in length(axis).terms}
    numbers |= {name: 2 for name, _ in SEQUENCES.extent.terms}
    random, given_all = np.random.default_rng(seed), {}
    for buffer in kernel.arguments:
        room = [(dim.last - dim.first + 1).number(numbers) for dim in buffer.dims]
        given_all[buffer.name] = arithmetic.array(random.integers(-largest, largest + 1, size=room))
    return run_kernel(kernel, numbers, given_all, routines=ROUTINES, arithmetic=arithmetic)


def assert_the_same(one: Kernel, other: Kernel, *told: Any) -> None:
    expected, found = run(one, *told), run(other, *told)
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, name)


@pytest.mark.parametrize("arithmetic", [FIELD, FLOATS], ids=["exact", "floats"])
@pytest.mark.parametrize("steps", [(0, 0, 0), (0, 3, 1), (3, 0, 2), (1, 1, 1), (2, 1, 3), (4, 6, 2), (6, 3, 3)])
@pytest.mark.parametrize("name", CASES)
def test_it_is_the_same_exactly(name: str, steps: tuple[int, int, int], arithmetic: Arithmetic) -> None:
    kernel = lowered(CASES[name])
    for seed, largest in ((1, 3), (2, 2**52)):
        assert_the_same(kernel, scans(kernel), steps, seed, arithmetic, largest)


def faulty(statement: KernelStatement) -> KernelStatement:
    match statement:
        case WhereWhole():
            return replace(statement, then=tuple(map(faulty, statement.then)))
        case For(body=(*others, Accumulate(), Accumulate())):
            # It is a running result along one axis of a plane alone.
            return replace(statement, body=(*others, statement.body[-1]))
        case For():
            # It begins with the second row.
            return replace(statement, first=statement.first + 1)
    return statement


@pytest.mark.parametrize("name", ["edit distance", "a path", "an alignment", "planes of planes"])
def test_a_fault_is_told(name: str) -> None:
    kernel = lowered(CASES[name])
    made = scans(kernel)
    broken = replace(made, body=tuple(map(faulty, made.body)))
    with pytest.raises(AssertionError, match=r"not equal|never written"):
        assert_the_same(kernel, broken, (4, 5, 6), 1, FIELD, 1)


# Programs -------------------------------------------------------------------------------------------------------------


def data_of(
    circuit: Circuit, lengths: dict[str, int], batch: tuple[int, ...], random: Any, kind: str
) -> dict[str, Any]:
    found = {}
    for name in (*circuit.model.inputs, *circuit.model.parameters):
        places = tuple(lengths.get(axis, 2) for axis in circuit.model.inputs.get(name, ()))
        shape = (*batch, *places, *(circuit.model.shapes[name] or ()))
        numbers = random.normal(size=shape) if kind == "any" else random.integers(-3, 4, size=shape).astype(float)
        found[name] = numbers * (2.0**51 if kind == "large" else 1)
    return found


@examples(150)
@given(
    st.sampled_from([*CASES]),
    st.tuples(*[st.integers(0, 7)] * 3),
    st.integers(0, 999),
    st.sampled_from([(), (1,), (3,), (2, 2), (0,)]),
    st.sampled_from(["whole", "any", "large"]),
    st.sampled_from([None, np.inf, -np.inf, np.nan, 0.5]),
    st.sampled_from([np.float64, np.float32]),
)
def test_it_means_what_the_plain_loop_means(
    name: str,
    steps: tuple[int, int, int],
    seed: int,
    batch: tuple[int, ...],
    kind: str,
    odd: float | None,
    dtype: type,
) -> None:
    circuit = Circuit(CASES[name])
    lengths = dict(zip(circuit.model.axes, steps, strict=False))
    random = np.random.default_rng(seed)
    data = {own: value.astype(dtype) for own, value in data_of(circuit, lengths, batch, random, kind).items()}
    if odd is not None and data:
        chosen = data[random.choice([*data])]
        chosen.flat[: min(1, chosen.size)] = odd
    told = {} if circuit.model.inputs else {"steps": lengths}
    meant, found = circuit.compile(plain=True)(**data, **told), circuit.compile()(**data, **told)
    for signal, value in meant.items():
        assert found[signal].dtype == value.dtype
        np.testing.assert_array_equal(found[signal], value, signal)


def test_boundaries_that_are_given_are_looked_at() -> None:
    circuit = Circuit("c(i, j) = min(c(i-1, j) + 1, c(i, j-1) + 1, c(i-1, j-1) + x(i, j)); x(i, j) : (); c(0, 0) = q")
    for q in (0.0, 0.1, 2.0**52, np.nan, np.inf):
        data = {"x": np.arange(12.0).reshape(3, 4) % 3, "q": q}
        np.testing.assert_array_equal(circuit.compile()(**data).c, circuit.compile(plain=True)(**data).c)


def test_what_compares_the_sums_finds_the_same_path() -> None:
    text = "c(i, j) = min(c(i-1, j) + g, c(i, j-1) + g, c(i-1, j-1) + s(i, j)); up(i, j) = c(i, j) == c(i-1, j) + g"
    circuit = Circuit(f"{text}; s(i, j) : ()")
    data = {"s": np.random.default_rng(0).normal(size=(40, 50)), "g": 0.3}
    np.testing.assert_array_equal(circuit.compile()(**data).up, circuit.compile(plain=True)(**data).up)
