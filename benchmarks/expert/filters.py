"""The biquad filter without SciPy: second order, direct form I, constant coefficients."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.expert.state_space import by_blocks
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


def biquad_blocks(x: Array, b: Array, a1: float, a2: float, block: int = 32, piece: int = 1 << 16) -> Array:
    """Return the same by blocks of steps: the answer to an input inside the block is one triangular product.

    The two values at the ends of blocks are a state space, of which the same is true; what they add to the next
    block is a second product, with the answers to each of them. Pieces of so many steps stay in the cache.
    """
    impulse = np.zeros(block + 1)
    impulse[0] = last = 1.0
    before = 0.0
    for n in range(1, block + 1):
        last, before = -a1 * last - a2 * before, last
        impulse[n] = last
    triangle = np.zeros((block, block))
    for n in range(block):
        triangle[n, n:] = impulse[: block - n]
    # What a block answers to a 1 that stands directly before it, and to one before that.
    answers = np.stack([impulse[1:], -a2 * impulse[:-1]])
    to_ends = np.ascontiguousarray(answers[:, :-3:-1].T)
    steps = len(x)
    count = -(-min(piece, max(steps, 1)) // block)
    size = count * block
    found = np.empty(-(-steps // size) * size)
    driven, product = np.empty(size), np.empty(size)
    carried = np.zeros((count, 2))
    for start in range(0, steps, size):
        part = x[start : start + size]
        driven[len(part) :] = 0
        now = driven[: len(part)]
        np.multiply(part, b[0], out=now)
        for delay in (1, 2):
            earlier = part[:-delay]
            now[delay:] += np.multiply(earlier, b[delay], out=product[: len(earlier)])
            known = x[max(0, start - delay) : start]
            now[delay - len(known) : delay] += b[delay] * known[: len(now)]
        own = found[start : start + size].reshape(count, block)
        np.dot(driven.reshape(count, block), triangle, own)
        ends = own[:, :-3:-1].copy()
        ends[0] += to_ends @ carried[0]
        states = by_blocks(ends, to_ends, 16)
        carried[1:] = states[:-1]
        own += np.dot(carried, answers, product.reshape(count, block))
        carried[0] = states[-1]
    return found[:steps]
