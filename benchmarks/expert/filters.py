"""The biquad filter without SciPy: second order, direct form I, constant coefficients."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.rows.row import Array

__all__ = ["biquad_blocks", "biquad_floats"]


def biquad_floats(x: Array, b: Array, a1: float, a2: float) -> Array:
    """Return y (steps): what comes from the inputs at once, the rest on Python's own numbers."""
    driven = b[0] * x
    driven[1:] += b[1] * x[:-1]
    driven[2:] += b[2] * x[:-2]
    found = np.empty(len(x))
    values: Any = found.data
    last = before = 0.0
    for n, value in enumerate(driven.tolist()):
        last, before = value - a1 * last - a2 * before, last
        values[n] = last
    return found


def biquad_blocks(x: Array, b: Array, a1: float, a2: float, block: int = 64) -> Array:
    """Return the same by blocks of steps: the answer to an input inside the block is one triangular product.

    The two values before each block are carried from block to block on Python's own numbers; what they add to a
    block is a second product, with the answers to each of them.
    """
    steps = len(x)
    blocks = -(-steps // block)
    driven = np.zeros(blocks * block)
    driven[:steps] = b[0] * x
    driven[1:steps] += b[1] * x[:-1]
    driven[2:steps] += b[2] * x[:-2]
    impulse = np.zeros(block + 1)
    impulse[0] = 1
    last, before = 1.0, 0.0
    for n in range(1, block + 1):
        last, before = -a1 * last - a2 * before, last
        impulse[n] = last
    triangle = np.zeros((block, block))
    for n in range(block):
        triangle[n, n:] = impulse[: block - n]
    from_last = impulse[1:]
    from_before = np.concatenate([[-a2], -a2 * impulse[1:block]])
    found = driven.reshape(blocks, block) @ triangle
    ends = found[:, -2:].tolist()
    carried = []
    last = before = 0.0
    last_1, last_2, before_1, before_2 = from_last[-1], from_last[-2], from_before[-1], from_before[-2]
    last_1, last_2, before_1, before_2 = map(float, (last_1, last_2, before_1, before_2))
    for own_2, own_1 in ends:
        carried.append((last, before))
        last, before = own_1 + last_1 * last + before_1 * before, own_2 + last_2 * last + before_2 * before
    found += np.array(carried) @ np.stack([from_last, from_before])
    return found.reshape(-1)[:steps]
