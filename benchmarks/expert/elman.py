"""Elman networks, h(t) = tanh(b + W @ h(t-1) + U @ x(t)), by hand."""

from __future__ import annotations

from itertools import islice

import numpy as np

from benchmarks.rows.row import Array

__all__ = ["columns", "one_step", "padded", "plain", "rows", "step"]

PIECE = 64
"""How many steps are prepared at once where all of them would not stay in the cache."""


def plain(x: Array, W: Array, U: Array, b: Array) -> Array:
    """Return h at every step (batch, steps, m) as most write it: one line a step, nothing thought about.

    Parameters
    ----------
    x : array (batch, steps, n)
    W : array (m, m)
    U : array (m, n)
    b : array (m)
    """
    batch, steps, _ = x.shape
    h = np.zeros((batch, len(b)))
    found = []
    for t in range(steps):
        h = np.tanh(b + h @ W.T + x[:, t] @ U.T)
        found.append(h)
    return np.stack(found, axis=1)


def rows(x: Array, W: Array, U: Array, b: Array) -> Array:
    """Return h as an expert writes it: what comes from the inputs by one product, time first, each step in place."""
    z = np.ascontiguousarray(np.swapaxes(x, 0, 1)) @ U.T
    z += b
    h = np.zeros((len(x), len(b)))
    transposed = np.ascontiguousarray(W.T)
    for row in z:
        row += h @ transposed
        np.tanh(row, out=row)
        h = row
    return np.swapaxes(z, 0, 1)


def columns(x: Array, W: Array, U: Array, b: Array) -> Array:
    """Return h by one product a step: a column holds h(t-1), x(t) and 1, and tanh writes into the next column.

    The columns of long sequences are made in pieces, so that they stay in the cache; of one sequence they are
    vectors. Nothing is allocated in the loop, and no operand is strided.
    """
    batch, steps, n = x.shape
    m = len(b)
    beside = np.concatenate([W, U, b[:, None]], axis=1)
    by_time = np.moveaxis(x, 0, 2)
    found = np.empty((steps, m, batch))
    piece = np.empty((1 + min(steps, PIECE), m + n + 1, batch))
    piece[:, -1] = 1
    piece[0, :m] = 0
    z = np.empty((m, batch))
    now_all, h = piece, piece[1:, :m]
    if batch == 1:
        now_all, h, z = piece[..., 0], piece[1:, :m, 0], z[:, 0]
    dot, tanh = np.dot, np.tanh
    for start in range(0, steps, PIECE):
        count = min(PIECE, steps - start)
        piece[:count, m:-1] = by_time[start : start + count]
        for now, after in zip(islice(now_all, count), h, strict=False):
            dot(beside, now, z)
            tanh(z, after)
        found[start : start + count] = piece[1 : 1 + count, :m]
        piece[0, :m] = piece[count, :m]
    return np.moveaxis(found, 2, 0)


def padded(x: Array, W: Array, U: Array, b: Array, lengths: Array) -> Array:
    """Return h of sequences of different lengths: all are computed to the end, then zeroed beyond their own."""
    h = rows(x, W, U, b)
    h[np.arange(x.shape[1]) >= lengths[:, None]] = 0
    return h


def one_step(x: Array, W: Array, U: Array, b: Array) -> Array:
    """Return h of a single step (1, m) of one sequence, from x (1, n)."""
    return np.tanh(b + W @ np.zeros(len(b)) + U @ x[0])[None]


def step(h: Array, x: Array, W: Array, U: Array, b: Array) -> Array:
    """Return the next h of one sequence (m) from the last one and the next input (n)."""
    z = W @ h
    z += U @ x
    z += b
    return np.tanh(z, out=z)
