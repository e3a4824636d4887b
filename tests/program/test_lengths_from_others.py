"""Axes whose length nobody says: they are as long as the one that a range compares them with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from unfoldgraph import Circuit, CircuitError

TABLE = "c(i, j) = min(c(i, k) + c(k+1, j) for k in i..j-1) + 1 for j in i+1..end; c(i, i) = q(i)"
COSTS = np.array([3.0, 1, 4, 1, 5])


def table(costs: np.ndarray, columns: int) -> np.ndarray:
    """Return the table by hand; what is read beside its rows is 0."""
    rows = len(costs)
    c = np.zeros((max(rows, columns) + 2, columns))
    for j in range(min(rows, columns)):
        c[j, j] = costs[j]
    for width in range(1, columns):
        for i in range(min(rows, columns - width)):
            j = i + width
            c[i, j] = min(c[i, k] + c[k + 1, j] for k in range(i, j)) + 1
    return c[:rows]


@pytest.mark.parametrize("columns", [None, 1, 3, 5, 8])
def test_a_program_takes_what_is_said_and_else_the_other_length(columns: int | None) -> None:
    program = Circuit(TABLE).compile()
    found = program(q=COSTS, **({} if columns is None else {"steps": columns})).c
    assert found.tolist() == table(COSTS, columns or 5).tolist()
    lengths = {"i": 5} if columns is None else {"i": 5, "j": columns}
    assert found.tolist() == Circuit(TABLE).unfold(lengths).evaluate(q=COSTS).c.tolist()


def test_sequences_end_together_where_only_one_length_is_said() -> None:
    both = np.array([COSTS, COSTS])
    found = Circuit(TABLE).compile()(q=both, lengths={"i": [5, 2]}).c
    assert found[1, :2, :2].tolist() == table(COSTS[:2], 2).tolist()
    assert not found[1, 2:].any()
    assert not found[1, :, 2:].any()
    assert found.tolist() == Circuit(TABLE).unfold(5).evaluate(q=both, lengths={"i": [5, 2]}).c.tolist()


@pytest.mark.parametrize("axes", ["i, j, k", "i, k, j", "j, i, k", "j, k, i", "k, i, j", "k, j, i"])
def test_a_chain_of_axes_ends_together_in_whichever_order_they_are_written(axes: str) -> None:
    circuit = Circuit(f"c({axes}) = x(i) + 1 for j in 1..i, k in 1..j; e(k) = e(k-1) + 1")
    x, ends = np.ones((2, 5)), {"i": [5, 2]}
    assert circuit.model.length_from == {"j": "i", "k": "j"}
    expected = [[1, 2, 3, 4, 5], [1, 2, 0, 0, 0]]
    assert circuit.compile()(x=x, lengths=ends).e.tolist() == expected
    assert circuit.unfold(i=5).evaluate(x=x, lengths=ends).e.tolist() == expected


@pytest.mark.parametrize("steps", [{"j": 4}, {"k": 4}, {"j": 3, "k": 4}, {"j": 5}])
@pytest.mark.parametrize("ends", [None, {"i": [5, 2]}, {"j": [3, 0]}, {"k": [4, 2]}, {"i": 1, "k": [3, 2]}])
def test_where_some_lengths_of_a_chain_are_said_the_rest_is_taken(
    steps: dict[str, int], ends: dict[str, Any] | None
) -> None:
    circuit = Circuit("c(i, j, k) = x(i) + 1 for j in 1..i, k in 1..j; e(k) = e(k-1) + 1")
    x = np.arange(10.0).reshape(2, 5)
    found = circuit.compile()(x=x, steps=steps, lengths=ends)
    # The longest sequence says how many steps there are where nothing else does.
    longest = {axis: max(own) for axis, own in (ends or {}).items() if axis != "i"}
    expected = circuit.unfold({"i": 5, **longest, **steps}).evaluate(x=x, lengths=ends)
    assert found.c.tolist() == expected.c.tolist()
    assert found.e.tolist() == expected.e.tolist()


def test_without_inputs_one_number_says_both() -> None:
    program = Circuit("c(i, j) = c(i, j-1) + 1 for j in i+1..end; c(i, i) = 0").compile()
    assert program(steps=3).c.tolist() == [[0, 1, 2], [0, 0, 1], [0, 0, 0]]
    assert program(steps={"i": 2, "j": 3}).c.tolist() == [[0, 1, 2], [0, 0, 1]]
    with pytest.raises(CircuitError, match="no input says how many steps"):
        program()
