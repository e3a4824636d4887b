"""The functions of programs that handle arrays for a kernel that computes one sequence after the other.

Its arrays have the dimension of the sequences first, then those of the steps, then those of one value, in this order
in memory. What all sequences share has one there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from unfoldgraph.program.runtime.arrays import Numbers


def _by_sequence(
    values: Numbers, rank: int, batch: tuple[int, ...], before: Sequence[int] = (), after: Sequence[int] = ()
) -> Numbers:
    """Return (*batch, *dimensions) as (sequences, *dimensions), or (1, *dimensions) of what all share.

    The rank is that of one sequence. Where there are places before and after the first of its dimensions, it
    is an array of its own for every sequence, with zeros there.
    """
    lead, own = values.shape[: values.ndim - rank], values.shape[values.ndim - rank :]
    if not before and (not lead or lead == batch) and values.flags.c_contiguous:
        # The common case.
        return values.reshape((_count(lead), *own))
    if before or any(length != 1 for length in lead):
        values = np.broadcast_to(values, (*batch, *own))
    count = _count(values.shape[: values.ndim - rank])
    values = np.reshape(values, (count, *own))
    if not before:
        return np.ascontiguousarray(values)
    room = [first + length + last for first, length, last in zip(before, own, after)]
    whole = np.zeros((count, *room, *own[len(room) :]), values.dtype)
    whole[(slice(None), *(slice(first, first + length) for first, length in zip(before, own)))] = values
    return whole


def _turned(values: Numbers) -> Numbers:
    """Return matrices with their dimensions in the other order, in memory too."""
    return np.ascontiguousarray(np.swapaxes(values, -1, -2))


def _count(batch: tuple[int, ...]) -> int:
    """Return how many sequences there are."""
    count = 1
    for length in batch:
        count *= length
    return count


def _in_batch(values: Numbers, batch: tuple[int, ...]) -> Numbers:
    """Return (sequences, *dimensions) as (*batch, *dimensions)."""
    if len(batch) < 2:
        # A view, whatever the strides are; a number is an array, not a scalar.
        return values if batch else values[0, ...]
    return values.reshape((*batch, *values.shape[1:]))
