"""Linear recurrences with coefficients that change, h(t) = a(t) * h(t-1) + b(t), entry by entry."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.rows.row import Array

__all__ = ["blocks", "floats", "in_place"]


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


def blocks(a: Array, b: Array, block: int = 32, piece: int = 1 << 15) -> Array:
    """Return h, of one number or of vectors, by blocks of steps that advance side by side.

    Each of the steps of a block is done for many blocks at once, as if h were 0 before each, and the products of
    the coefficients beside it; then h at the ends of blocks follows one from the other, and what it adds inside
    each block is that product times it. No division, so that a coefficient of 0 does no harm. As many blocks are
    done at once as fit into `piece` numbers, which stay in the cache.
    """
    shape = b.shape
    a, b = a.reshape(len(a), -1), b.reshape(len(b), -1)
    steps, width = b.shape
    found = np.empty_like(b)
    many = max(1, piece // (block * width))
    # Steps inside a block lead, so that each of them works on contiguous numbers.
    factors_all, h_all = np.empty((block, many, width)), np.empty((block, many, width))
    product_all, carried_all = np.empty((many, width)), np.empty((many, width))
    last = np.zeros(width)
    multiply, add = np.multiply, np.add
    whole = steps - steps % block
    for start in range(0, whole, many * block):
        count = min(many, (whole - start) // block)
        part = slice(start, start + count * block)
        own_a, own_b = (values[part].reshape(count, block, width).swapaxes(0, 1) for values in (a, b))
        factors, h = factors_all[:, :count], h_all[:, :count]
        product, carried = product_all[:count], carried_all[:count]
        factors[0], h[0] = own_a[0], own_b[0]
        for factor, more, all_before, before, all_now, now in zip(
            own_a[1:], own_b[1:], factors, h, factors[1:], h[1:], strict=False
        ):
            multiply(factor, before, product)
            add(more, product, now)
            multiply(factor, all_before, all_now)
        last = _carry(factors[-1], h[-1], last, carried)
        multiply(factors, carried, factors)
        add(h.swapaxes(0, 1), factors.swapaxes(0, 1), found[part].reshape(count, block, width))
    for t in range(whole, steps):
        last = a[t] * last + b[t]
        found[t] = last
    return found.reshape(shape)


def _carry(factors: Array, ends: Array, last: Array, carried: Array) -> Array:
    """Set what stands before each block, and return what stands after the last."""
    if len(last) == 1:
        value, values = float(last[0]), []
        for factor, end in zip(factors[:, 0].tolist(), ends[:, 0].tolist(), strict=True):
            values.append(value)
            value = factor * value + end
        carried[:, 0] = values
        return np.array([value])
    for n, (factor, end) in enumerate(zip(factors, ends, strict=True)):
        carried[n] = last
        last = factor * last + end
    return last
