"""The two-dimensional network, h(i, j) = tanh(b + U @ x(i, j) + V @ h(i-1, j) + W @ h(i, j-1)), by hand."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import as_strided

from benchmarks.rows.row import Array

__all__ = ["index_arrays", "plain", "skewed"]


def plain(x: Array, b: Array, U: Array, V: Array, W: Array) -> Array:
    """Return h at every place (rows, columns, m) as most write it: two loops.

    Parameters
    ----------
    x : array (rows, columns, n)
    b : array (m)
    U : array (m, n)
    V, W : array (m, m)
    """
    rows, columns, _ = x.shape
    h = np.zeros((rows + 1, columns + 1, len(b)))
    for i in range(rows):
        for j in range(columns):
            h[i + 1, j + 1] = np.tanh(b + U @ x[i, j] + V @ h[i, j + 1] + W @ h[i + 1, j])
    return h[1:, 1:]


def index_arrays(x: Array, b: Array, U: Array, V: Array, W: Array) -> Array:
    """Return h front by front, the places of a front picked and set by two arrays of indices."""
    rows, columns, _ = x.shape
    h = np.zeros((rows + 1, columns + 1, len(b)))
    driven = x @ U.T + b
    from_above, from_left = np.ascontiguousarray(V.T), np.ascontiguousarray(W.T)
    for front in range(rows + columns - 1):
        i = np.arange(max(0, front - columns + 1), min(rows, front + 1))
        j = front - i
        z = driven[i, j]
        z += h[i, j + 1] @ from_above
        z += h[i + 1, j] @ from_left
        h[i + 1, j + 1] = np.tanh(z, out=z)
    return h[1:, 1:]


def skewed(x: Array, b: Array, U: Array, V: Array, W: Array) -> Array:
    """Return h front by front in storage where a front is a row: S[i + j, i] is h(i, j), and h a view of S.

    A front and both that it reads are slices without gaps, so nothing is picked and each is computed in place.
    """
    rows, columns, _ = x.shape
    m = len(b)
    S = np.zeros((rows + columns + 1, rows + 1, m))
    front_stride, row_stride, entry = S.strides
    h = as_strided(S[2:, 1:], (rows, columns, m), (front_stride + row_stride, front_stride, entry))
    h[...] = x @ U.T
    h += b
    from_above, from_left = np.ascontiguousarray(V.T), np.ascontiguousarray(W.T)
    product = np.empty((rows, m))
    for front in range(2, rows + columns + 1):
        low, high = max(1, front - columns), min(rows, front - 1) + 1
        own, part = S[front, low:high], product[: high - low]
        np.dot(S[front - 1, low - 1 : high - 1], from_above, part)
        own += part
        np.dot(S[front - 1, low:high], from_left, part)
        own += part
        np.tanh(own, own)
    return h
