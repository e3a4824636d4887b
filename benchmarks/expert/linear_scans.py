"""Linear recurrences with coefficients that change, h(t) = a(t) * h(t-1) + b(t), entry by entry."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.rows.row import Array

__all__ = ["blocks", "floats", "in_place"]

FEW = 64
"""So many blocks follow one from the other, one by one."""


def in_place(a: Array, b: Array) -> Array:
    """Return h at every step (steps, width) by one step at a time, nothing allocated in the loop.

    Parameters
    ----------
    a, b : array (steps, width)
    """
    h = np.empty_like(b)
    last = np.zeros(b.shape[1:])
    for now, factor, more in zip(h, a, b, strict=True):
        np.multiply(factor, last, out=now)
        now += more
        last = now
    return h


def floats(a: Array, b: Array) -> Array:
    """Return h of one number a step (steps) on Python's own numbers."""
    found = np.empty(len(b))
    values: Any = found.data
    h = 0.0
    for t, (factor, more) in enumerate(zip(a.tolist(), b.tolist(), strict=True)):
        h = factor * h + more
        values[t] = h
    return found


def blocks(a: Array, b: Array, block: int = 8, piece: int = 1 << 15) -> Array:
    """Return h, of one number or of vectors, by blocks of steps that advance side by side.

    Each of the steps of a block is done for many blocks at once, as if h were 0 before each, and the products of
    the coefficients beside it. The values at the ends of blocks are a linear recurrence themselves, so they are
    found in the same way until few are left; what they add inside each block is those products times them. No
    division, so that a coefficient of 0 does no harm. As many blocks are done at once as fit into `piece` numbers,
    which stay in the cache.
    """
    if not len(b):
        return np.empty_like(b)
    flat_a, flat_b = a.reshape(len(a), -1), b.reshape(len(b), -1)
    return _scan(flat_a, flat_b, np.zeros(flat_b.shape[1]), block, piece).reshape(b.shape)


def _scan(a: Array, b: Array, last: Array, block: int, piece: int) -> Array:
    """Return h (steps, width), which is `last` before the first step."""
    steps, width = b.shape
    found = np.empty_like(b)
    many = max(1, min(piece // (block * width), steps // block))
    # Steps inside a block lead, so that each of them works on contiguous numbers.
    factors_all, h_all = np.empty((block, many, width)), np.empty((block, many, width))
    product_all = np.empty((many, width))
    multiply, add = np.multiply, np.add
    whole = steps - steps % block
    for start in range(0, whole, many * block):
        count = min(many, (whole - start) // block)
        own_a, own_b, own = (
            values[start : start + count * block].reshape(count, block, width).swapaxes(0, 1)
            for values in (a, b, found)
        )
        factors, h, product = factors_all[:, :count], h_all[:, :count], product_all[:count]
        factors[...], h[...] = own_a, own_b
        for (all_before, factor), (before, now) in zip(pairwise(factors), pairwise(h), strict=True):
            multiply(factor, before, product)
            add(now, product, now)
            multiply(factor, all_before, factor)
        carried, last = _carried(factors[-1], h[-1], last, piece)
        multiply(factors, carried, factors)
        add(h, factors, h)
        own[...] = h
    for t in range(whole, steps):
        last = a[t] * last + b[t]
        found[t] = last
    return found


def _carried(factors: Array, ends: Array, last: Array, piece: int) -> tuple[Array, Array]:
    """Return what stands before each block (blocks, width), and what stands after the last."""
    carried = np.empty_like(ends)
    if len(ends) > FEW:
        h = _scan(factors, ends, last, 16, piece)
        carried[0], carried[1:] = last, h[:-1]
        return carried, h[-1]
    if len(last) == 1:
        value, values = float(last[0]), []
        for factor, end in zip(factors[:, 0].tolist(), ends[:, 0].tolist(), strict=True):
            values.append(value)
            value = factor * value + end
        carried[:, 0] = values
        return carried, np.array([value])
    for n, (factor, end) in enumerate(zip(factors, ends, strict=True)):
        carried[n] = last
        last = factor * last + end
    return carried, last
