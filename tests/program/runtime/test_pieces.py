"""Steps in pieces: each goes on from the one before, and the sequences that have ended are left out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from unfoldgraph.program.runtime.pieces import _batch_and_ends, _in_pieces

SEEN: list[tuple[int, int]] = []


def running_sum(x: Any, before: Any, steps: int, sequences: tuple[int]) -> Any:
    """Return the running sums of x (steps, sequences), the last of them, and that once more for the next piece."""
    SEEN.append((steps, *sequences))
    assert x.shape == (steps, *sequences) and before.shape == sequences
    sums = np.cumsum(np.concatenate([before[None], x]), axis=0)
    return (sums[1:],), (sums[-1].copy(),), (sums[-1],)


def test_few_steps_are_one_piece() -> None:
    SEEN.clear()
    sums, last = _in_pieces(running_sum, (np.ones((5, 2)),), (np.array([0.0, 10.0]),), 5, (2,))
    assert sums.tolist() == [[1, 11], [2, 12], [3, 13], [4, 14], [5, 15]] and last.tolist() == [5, 15]
    assert SEEN == [(5, 2)]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_many_steps_are_pieces(count: int) -> None:
    SEEN.clear()
    steps = 70_000
    sums, last = _in_pieces(running_sum, (np.ones((steps, count)),), (np.zeros(count),), steps, (count,))
    np.testing.assert_array_equal(sums, np.arange(1, steps + 1)[:, None] * np.ones(count))
    np.testing.assert_array_equal(last, np.full(count, steps))
    assert not count or (len(SEEN) > 2 and sum(steps for steps, _ in SEEN) == steps)


@pytest.mark.parametrize("ends", [[9, 3, 0, 40, 40], [0, 0, 0, 0, 0], [40, 1, 2, 3, 4]])
def test_sequences_that_have_ended_are_left_out(ends: list[int]) -> None:
    SEEN.clear()
    x = np.ones((40, 5))
    for sequence, end in enumerate(ends):
        # What is beyond the end is looked at by nobody.
        x[end:, sequence] = np.nan
    sums, _ = _in_pieces(running_sum, (x,), (np.arange(5) * 100.0,), 40, (5,), ends=np.array(ends))
    for sequence, end in enumerate(ends):
        np.testing.assert_array_equal(sums[:end, sequence], 100 * sequence + np.arange(1, end + 1))
        assert not sums[end:, sequence].any()
    lives = [live for _, live in SEEN[1:]]
    assert lives == sorted(lives, reverse=True)


def test_no_steps_and_no_sequences() -> None:
    sums, _ = _in_pieces(running_sum, (np.ones((0, 2)),), (np.zeros(2),), 0, (2,), ends=np.array([0, 0]))
    assert sums.shape == (0, 2)
    sums, _ = _in_pieces(running_sum, (np.ones((4, 0)),), (np.zeros(0),), 4, (0,), ends=np.array([], int))
    assert sums.shape == (4, 0)


def test_lengths_may_bring_a_batch() -> None:
    assert _batch_and_ends(None, {"t": 4}, (2,)) == ((2,), None)
    batch, ends = _batch_and_ends([[1, 2], [3, 4]], {"t": 4}, ())
    assert batch == (2, 2) and ends is not None and ends.tolist() == [1, 2, 3, 4]
