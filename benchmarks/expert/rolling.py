"""Recurrences of which only some results are wanted: what nobody reads again is overwritten."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.rows.row import Array

__all__ = ["last_logistic", "last_read_out", "read_out"]

PIECE = 64


def last_logistic(r: float, s0: float, steps: int) -> float:
    """Return the last value of the logistic map."""
    value = s0
    for _ in range(steps):
        value = r * value * (1 - value)
    return value


def read_out(x: Array, W: Array, U: Array, b: Array, V: Array, c: Array) -> Array:
    """Return o(t) = c + V @ h(t) (1, steps, outputs) of an Elman network over one sequence, h in pieces."""
    found = np.empty((1, x.shape[1], len(c)))
    for start, h in _pieces(x[0], W, U, b):
        np.dot(h, V.T, found[0, start : start + len(h)])
    found += c
    return found


def last_read_out(x: Array, W: Array, U: Array, b: Array, V: Array, c: Array) -> Array:
    """Return the last o (1, outputs)."""
    h = np.zeros((1, len(b)))
    for _, piece in _pieces(x[0], W, U, b):
        h = piece
    return c + h[-1:] @ V.T


def _pieces(x: Array, W: Array, U: Array, b: Array) -> Iterator[tuple[int, Array]]:
    """Yield the first step of each piece and its h, which is overwritten by the next."""
    store, last = np.empty((PIECE, len(b))), np.zeros(len(b))
    from_inputs = np.ascontiguousarray(U.T)
    product = np.empty(len(b))
    for start in range(0, len(x), PIECE):
        part = x[start : start + PIECE]
        h = store[: len(part)]
        np.dot(part, from_inputs, h)
        h += b
        for now in h:
            np.dot(W, last, product)
            np.add(now, product, now)
            np.tanh(now, now)
            last = now
        last = last.copy()
        yield start, h
