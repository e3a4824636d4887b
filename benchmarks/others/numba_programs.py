"""Numba: the loop as it is, compiled; results are allocated with NumPy and passed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from benchmarks.rows.row import Array, Data

__all__ = [
    "biquad",
    "edit_distance",
    "edit_table",
    "elman",
    "elman_batch",
    "elman_jit",
    "linear_state",
    "logistic",
    "lorenz",
    "lstm",
    "scan",
    "sweep",
    "two_dimensional",
]

njit: Any = numba.njit


@njit(fastmath={"contract"})
def _logistic(r: float, s: float, found: Array) -> None:
    for t in range(len(found)):
        s = r * s * (1 - s)
        found[t] = s


def logistic(r: float, s0: float, steps: int) -> Array:
    """Return the logistic map of one r."""
    found = np.empty(steps)
    _logistic(r, s0, found)
    return found


@njit(fastmath={"contract"})
def _sweep(r: Array, s0: Array, found: Array) -> None:
    last = s0
    for t in range(len(found)):
        now = found[t]
        for n in range(len(r)):
            now[n] = r[n] * last[n] * (1 - last[n])
        last = now


def sweep(r: Array, s0: Array, steps: int) -> Array:
    """Return the logistic map of many r."""
    found = np.empty((steps, len(r)))
    _sweep(r, s0, found)
    return found.T


@njit(fastmath={"contract"})
def _lorenz(h: float, sigma: float, rho: float, beta: float, x: float, y: float, z: float, found: Array) -> None:
    for t in range(found.shape[1]):
        x, y, z = x + h * sigma * (y - x), y + h * (x * (rho - z) - y), z + h * (x * y - beta * z)
        found[0, t] = x
        found[1, t] = y
        found[2, t] = z


def lorenz(h: float, sigma: float, rho: float, beta: float, x0: float, y0: float, z0: float, steps: int) -> Array:
    """Return x, y and z of the Lorenz attractor."""
    found = np.empty((3, steps))
    _lorenz(h, sigma, rho, beta, x0, y0, z0, found)
    return found


@njit(fastmath={"contract"})
def _elman(x: Array, W: Array, U: Array, b: Array, found: Array) -> None:
    m, n = len(b), x.shape[1]
    last = np.zeros(m)
    for t in range(len(x)):
        now = found[t]
        now[:] = b
        for k in range(n):
            value = x[t, k]
            for i in range(m):
                now[i] += U[k, i] * value
        for k in range(m):
            value = last[k]
            for i in range(m):
                now[i] += W[k, i] * value
        for i in range(m):
            now[i] = np.tanh(now[i])
        last = now


def elman(x: Array, W: Array, U: Array, b: Array) -> Array:
    """Return the forward pass of an Elman network over one sequence."""
    found = np.empty((x.shape[1], len(b)))
    _elman(x[0], np.ascontiguousarray(W.T), np.ascontiguousarray(U.T), b, found)
    return found[None]


@njit(fastmath={"contract"})
def _elman_batch(driven: Array, W: Array) -> None:
    for t in range(1, len(driven)):
        driven[t] += driven[t - 1] @ W
        driven[t] = np.tanh(driven[t])


def elman_batch(x: Array, W: Array, U: Array, b: Array) -> Array:
    """Return the forward pass of an Elman network over a batch, the products by BLAS."""
    driven = np.ascontiguousarray(np.swapaxes(x, 0, 1)) @ U.T + b
    np.tanh(driven[0], out=driven[0])
    _elman_batch(driven, np.ascontiguousarray(W.T))
    return np.swapaxes(driven, 0, 1)


def elman_jit(data: Data) -> Callable[[], Any]:
    """Return the compilation of the loop over one sequence, anew each time."""
    loop = _elman.py_func
    types = "void(f8[:, ::1], f8[:, ::1], f8[:, ::1], f8[::1], f8[:, ::1])"
    assert data
    return lambda: njit(types, fastmath={"contract"})(loop)


@njit(fastmath={"contract"})
def _lstm(x: Array, W: Array, U: Array, b: Array, found: Array) -> None:
    m = found.shape[1]
    z, c, last = np.empty(4 * m), np.zeros(m), np.zeros(m)
    for t in range(len(x)):
        z[:] = b
        for k in range(x.shape[1]):
            value = x[t, k]
            for i in range(4 * m):
                z[i] += W[k, i] * value
        for k in range(m):
            value = last[k]
            for i in range(4 * m):
                z[i] += U[k, i] * value
        now = found[t]
        for i in range(m):
            gate_i, gate_f, gate_o = (
                1 / (1 + np.exp(-z[i])),
                1 / (1 + np.exp(-z[m + i])),
                1 / (1 + np.exp(-z[2 * m + i])),
            )
            c[i] = gate_f * c[i] + gate_i * np.tanh(z[3 * m + i])
            now[i] = gate_o * np.tanh(c[i])
        last = now


def lstm(x: Array, **parameters: Array) -> Array:
    """Return the forward pass of an LSTM over one sequence."""
    W, U, b = (np.concatenate([parameters[f"{letter}_{gate}"] for gate in "ifog"]) for letter in "WUb")
    found = np.empty((x.shape[1], len(b) // 4))
    _lstm(x[0], np.ascontiguousarray(W.T), np.ascontiguousarray(U.T), b, found)
    return found[None]


@njit(fastmath={"contract"})
def _biquad(x: Array, b0: float, b1: float, b2: float, a1: float, a2: float, found: Array) -> None:
    x1 = x2 = y1 = y2 = 0.0
    for n in range(len(x)):
        now = x[n]
        # Only one multiplication and one sum wait for the value before.
        value = (b0 * now + b1 * x1 + b2 * x2 - a2 * y2) - a1 * y1
        x2, x1, y2, y1 = x1, now, y1, value
        found[n] = value


def biquad(x: Array, b: Array, a1: float, a2: float) -> Array:
    """Return the filtered signal."""
    found = np.empty(len(x))
    _biquad(x, b[0], b[1], b[2], a1, a2, found)
    return found


@njit(fastmath={"contract"})
def _scan(a: Array, b: Array, found: Array) -> None:
    h = 0.0
    for t in range(len(b)):
        h = a[t] * h + b[t]
        found[t] = h


@njit(fastmath={"contract"})
def _scan_vectors(a: Array, b: Array, found: Array) -> None:
    found[0] = b[0]
    for t in range(1, len(b)):
        now, last, factor, more = found[t], found[t - 1], a[t], b[t]
        for i in range(len(now)):
            now[i] = factor[i] * last[i] + more[i]


def scan(a: Array, b: Array) -> Array:
    """Return h(t) = a(t) * h(t-1) + b(t), of numbers or of vectors."""
    found = np.empty_like(b)
    (_scan if b.ndim == 1 else _scan_vectors)(a, b, found)
    return found


@njit(fastmath={"contract"})
def _linear_state(driven: Array, A: Array) -> None:
    m = len(A)
    for t in range(1, len(driven)):
        now, last = driven[t], driven[t - 1]
        for k in range(m):
            value = last[k]
            for i in range(m):
                now[i] += A[k, i] * value


def linear_state(x: Array, A: Array, B: Array) -> Array:
    """Return the states of a linear state space."""
    driven = x @ B.T
    _linear_state(driven, np.ascontiguousarray(A.T))
    return driven


@njit
def _edit_table(a: Array, b: Array, table: Array) -> None:
    for i in range(1, len(a) + 1):
        above, row = table[i - 1], table[i]
        for j in range(1, len(b) + 1):
            row[j] = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1]))


def edit_table(a: Array, b: Array) -> Array:
    """Return the table of edit distances, by indices."""
    table = np.empty((len(a) + 1, len(b) + 1))
    table[0] = np.arange(len(b) + 1)
    table[:, 0] = np.arange(len(a) + 1)
    _edit_table(a, b, table)
    return table[1:, 1:]


@njit(fastmath={"nnan", "nsz"})
def _edit_front(before: Array, last: Array, now: Array, letters: Array, others: Array) -> None:
    # A function of its own over slices that begin at 0, which is what LLVM can vectorise.
    for k in range(len(now)):
        left, above = last[k], last[k + 1]
        nearest = (left if left < above else above) + 1.0
        through = before[k] + (letters[k] != others[k])
        now[k] = through if through < nearest else nearest


@njit
def _edit_diagonals(a: Array, backward: Array, store: Array) -> float:
    rows, columns = len(a), len(backward)
    before, last, now = store[0], store[1], store[2]
    before[0] = 0
    last[0] = 1
    last[1] = 1
    for front in range(2, rows + columns + 1):
        low, high = max(1, front - columns), min(rows, front - 1)
        shift = columns - front
        _edit_front(
            before[low - 1 : high],
            last[low - 1 : high + 1],
            now[low : high + 1],
            a[low - 1 : high],
            backward[shift + low : shift + high + 1],
        )
        if front <= columns:
            now[0] = front
        if front <= rows:
            now[front] = front
        before, last, now = last, now, before
    return float(last[rows])


def edit_distance(a: Array, b: Array) -> float:
    """Return the edit distance, by anti-diagonals of which three are kept."""
    return float(_edit_diagonals(a, b[::-1].copy(), np.empty((3, len(a) + 1))))


@njit(fastmath={"contract"})
def _two_dimensional(h: Array, V: Array, W: Array) -> None:
    rows, columns, m = h.shape
    for i in range(rows):
        for j in range(columns):
            own = h[i, j]
            if i:
                above = h[i - 1, j]
                for k in range(m):
                    for unit in range(m):
                        own[unit] += V[k, unit] * above[k]
            if j:
                left = h[i, j - 1]
                for k in range(m):
                    for unit in range(m):
                        own[unit] += W[k, unit] * left[k]
            for unit in range(m):
                own[unit] = np.tanh(own[unit])


def two_dimensional(x: Array, b: Array, U: Array, V: Array, W: Array) -> Array:
    """Return the network over rows and columns, by indices."""
    h = x @ U.T + b
    _two_dimensional(h, np.ascontiguousarray(V.T), np.ascontiguousarray(W.T))
    return h
