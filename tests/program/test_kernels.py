"""Kernels written by hand mean what they are to mean."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from generators.hand_made_kernels import HAND_MADE, HandMade
from oracles.kernel_interpreter import run_kernel

from unfoldgraph.program.checking.check import check


def results_of(made: HandMade) -> dict[str, Any]:
    """Return the results of the last call, interpreted."""
    results: dict[str, Any] = {}
    for numbers in made.runs:
        arguments = made.handed_in(results)
        results = run_kernel(made.kernel, numbers, arguments, functions=made.functions, routines=made.routines)
    return results


@pytest.mark.parametrize("name", HAND_MADE)
def test_a_kernel_gives_the_plain_answer(name: str) -> None:
    made = HAND_MADE[name]()
    results = results_of(made)
    assert results.keys() == made.expected.keys()
    for result, expected in made.expected.items():
        assert results[result].shape == expected.shape
        for own, other in zip(results[result].ravel(), expected.ravel(), strict=True):
            np.testing.assert_allclose(own, other, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", HAND_MADE)
def test_a_kernel_keeps_the_rules(name: str) -> None:
    made = HAND_MADE[name]()
    check(made.kernel, told=made.told, routines=made.routines, least=made.least)
