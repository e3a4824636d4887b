"""Wavefronts by ranges and rings of fronts: what is found, what is left, and that it is the same, exactly."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.kernel_interpreter import FIELD, run_kernel
from support.profiles import examples

from unfoldgraph.algebra.finite_field import FINITE_FIELD, PRIME
from unfoldgraph.base.affine import whole
from unfoldgraph.language.text import read
from unfoldgraph.program.checking.check import BrokenKernel, check
from unfoldgraph.program.ir import Dim, Each, Kernel, base_of, statements_in
from unfoldgraph.program.lower import lower
from unfoldgraph.program.passes.lattices.fronts import fronts
from unfoldgraph.program.rewriting import with_dims
from unfoldgraph.program.schedule import schedule_of

EDIT = "c(i, j) = min(c(i-1, j) + 1, c(i, j-1) + 1, c(i-1, j-1) + (a(i) != b(j))); a(i), b(j) : (); d = c(end, end)"
EDGES = "c(i, 0) = i; c(0, j) = j; c(0, 0) = 0"
#: With how many fronts are kept of each signal, by its name.
CASES: dict[str, tuple[str, dict[str, int]]] = {
    "edit distance": (f"{EDIT}; {EDGES}", {"c": 3}),
    "zeros off the edges": (EDIT, {"c": 3}),
    "one edge is given": (f"{EDIT}; c(i, 0) = a(i) * 2", {"c": 3}),
    "two back, and numbers off one edge": ("c(i, j) = c(i-2, j) + c(i, j-1) * x(i, j); d = c(end, end)", {"c": 3}),
    "far back": ("c(i, j) = c(i-3, j-2) + c(i, j-1) + c(i-1, j) * x(i, j); d = c(end, end)", {"c": 6}),
    "two signals": (
        "c(i, j) = c(i-1, j) * x(i, j) + e(i, j-1); e(i, j) = e(i, j-1) + c(i-1, j-1) * i; "
        "d = c(end, end) + e(end, end)",
        {"c": 3, "e": 2},
    ),
    "two loops": (
        "c(i, j) = c(i-1, j) + c(i, j-1) * x(i, j); e(i, j) = e(i-1, j) * c(i, j) + e(i, j-1); d = e(end, end)",
        {"e": 2},
    ),
    "vectors": ("h(i, j) = h(i-1, j) * h(i, j-1) + x(i, j); x(i, j) : m; d = h(end, end)", {"h": 2}),
    "off one edge alone": ("c(i, j) = c(i-1, j) + c(i-1, j+1); c(i, end+1) = 5; d = c(end, end)", {}),
    "a place in the middle": ("c(i, j) = c(i-1, j) * c(i, j-1) + x(i, j); d = c(1, 1)", {}),
    "too far back": ("c(i, j) = c(i-9, j) + c(i, j-1) * c(i-1, j) + x(i, j); d = c(end, end)", {}),
    "a sum of all": ("c(i, j) = c(i-1, j) * c(i, j-1) + x(i, j); d = sum(c(i, j) for i, j)", {}),
}


def lowered(text: str) -> Kernel:
    model = read(text if "x(i, j)" not in text or "m;" in text else f"{text}; x(i, j) : ()")
    return lower(schedule_of(model, ["d"]))


def kept(kernel: Kernel) -> dict[str, int]:
    arrays = {base_of(one) for one in _arrays(kernel)}
    return {one.name: dim.kept.constant for one in arrays for dim in getattr(one, "dims", ()) if dim.kept is not None}


def _arrays(kernel: Kernel) -> list[Any]:
    return [one.buffer for one in statements_in(kernel.body) if hasattr(one, "buffer")]


@pytest.mark.parametrize("name", CASES)
def test_as_many_fronts_are_kept_as_are_read_back(name: str) -> None:
    text, expected = CASES[name]
    kernel = fronts(lowered(text))
    assert kept(kernel) == expected
    check(kernel)
    assert not any(isinstance(one, Each) and one.on for one in statements_in(kernel.body))


def test_what_is_returned_is_whole() -> None:
    model = read(f"{EDIT}; {EDGES}")
    kernel = fronts(lower(schedule_of(model, ["c"])))
    assert kept(kernel) == {}
    assert not any(isinstance(one, Each) and one.on for one in statements_in(kernel.body))


# Exactly --------------------------------------------------------------------------------------------------------------


def assert_exact(before: Kernel, after: Kernel, i: int, j: int, seed: int) -> None:
    """Compare what two kernels return, modulo a prime."""
    numbers = {"#i": i, "#j": j, "# sequences": 2, "# size m": 3}
    random = np.random.default_rng(seed)
    given_all = {}
    for buffer in before.arguments:
        room = [(dim.last - dim.first + 1).number(numbers) for dim in buffer.dims]
        # Few numbers, so that some are equal; nothing is read off the edges of an argument here.
        given_all[buffer.name] = FINITE_FIELD.asarray(random.integers(3 if seed % 2 else PRIME, size=room))
    expected = run_kernel(before, numbers, given_all, arithmetic=FIELD)
    found = run_kernel(after, numbers, given_all, arithmetic=FIELD)
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, name)


@examples(150)
@given(st.sampled_from([*CASES]), st.integers(0, 7), st.integers(0, 7), st.integers(0, 999))
def test_it_is_the_same_exactly(name: str, i: int, j: int, seed: int) -> None:
    text, _ = CASES[name]
    if name == "a place in the middle" and min(i, j) < 2:
        return
    kernel = lowered(text)
    assert_exact(kernel, fronts(kernel), i, j, seed)


def test_a_front_too_few_is_told() -> None:
    kernel = lowered(CASES["edit distance"][0])

    def fewer(dim: Dim) -> Dim:
        return dim if dim.kept is None else replace(dim, kept=dim.kept - whole(1))

    faulty = with_dims(fronts(kernel), lambda one: tuple(map(fewer, one.dims)))
    with pytest.raises(BrokenKernel, match="holds nothing"):
        check(faulty)
    with pytest.raises(AssertionError):
        assert_exact(kernel, faulty, 4, 5, 0)
