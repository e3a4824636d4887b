"""Maps of a few numbers: the logistic map, the Lorenz attractor, and sweeps over many parameters at once."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.rows.row import Array

__all__ = [
    "logistic",
    "logistic_arrays",
    "logistic_memory",
    "lorenz",
    "lorenz_arrays",
    "lorenz_memory",
    "sweep",
    "sweep_in_place",
    "sweep_last",
    "sweep_last_in_cache",
]


def logistic(r: float, s0: float, steps: int) -> Array:
    """Return s(t) = r * s(t-1) * (1 - s(t-1)) at every step (steps), on Python's own numbers, which beat arrays."""
    value = s0
    found = []
    for _ in range(steps):
        value = r * value * (1 - value)
        found.append(value)
    return np.array(found)


def logistic_memory(r: float, s0: float, steps: int) -> Array:
    """Return the same without a list: a memoryview takes Python's numbers straight into the array."""
    found = np.empty(steps)
    values: Any = found.data
    value = s0
    for t in range(steps):
        value = r * value * (1 - value)
        values[t] = value
    return found


def logistic_arrays(r: float, s0: float, steps: int) -> Array:
    """Return the same as most write it: entries of an array."""
    found = np.empty(steps + 1)
    found[0] = s0
    for t in range(steps):
        found[t + 1] = r * found[t] * (1 - found[t])
    return found[1:]


def lorenz(h: float, sigma: float, rho: float, beta: float, x0: float, y0: float, z0: float, steps: int) -> Array:
    """Return x of the Lorenz attractor by Euler steps (steps), three coupled numbers on Python's own."""
    x, y, z = x0, y0, z0
    xs, ys, zs = [], [], []
    for _ in range(steps):
        x, y, z = (
            x + h * sigma * (y - x),
            y + h * (x * (rho - z) - y),
            z + h * (x * y - beta * z),
        )
        xs.append(x)
        ys.append(y)
        zs.append(z)
    return np.array([xs, ys, zs])


def lorenz_memory(
    h: float, sigma: float, rho: float, beta: float, x0: float, y0: float, z0: float, steps: int
) -> Array:
    """Return the same without lists, through memoryviews, what does not change computed before the loop."""
    found = np.empty((3, steps))
    xs: Any
    ys: Any
    zs: Any
    xs, ys, zs = (row.data for row in found)
    x, y, z = x0, y0, z0
    rate = h * sigma
    for t in range(steps):
        x, y, z = x + rate * (y - x), y + h * (x * (rho - z) - y), z + h * (x * y - beta * z)
        xs[t] = x
        ys[t] = y
        zs[t] = z
    return found


def lorenz_arrays(
    h: float, sigma: float, rho: float, beta: float, x0: float, y0: float, z0: float, steps: int
) -> Array:
    """Return the same as most write it: rows of an array, one vector a step."""
    found = np.empty((steps + 1, 3))
    found[0] = x0, y0, z0
    for t in range(steps):
        x, y, z = found[t]
        found[t + 1] = found[t] + h * np.array([sigma * (y - x), x * (rho - z) - y, x * y - beta * z])
    return found[1:].T


def sweep(r: Array, s0: Array, steps: int) -> Array:
    """Return the logistic map for many r at once (many, steps): one line a step."""
    found = np.empty((steps + 1, len(r)))
    found[0] = s0
    for t in range(steps):
        found[t + 1] = r * found[t] * (1 - found[t])
    return found[1:].T


def sweep_in_place(r: Array, s0: Array, steps: int) -> Array:
    """Return the same, each step by three operations in place: nothing is allocated in the loop."""
    found = np.empty((steps + 1, len(r)))
    found[0] = s0
    one, rest = np.array(1.0), np.empty(len(r))
    subtract, multiply = np.subtract, np.multiply
    for before, now in pairwise(found):
        subtract(one, before, rest)
        multiply(r, before, now)
        multiply(now, rest, now)
    return found[1:].T


def sweep_last(r: Array, s0: Array, steps: int) -> Array:
    """Return the last value of the map for many r (many), rolling two arrays: no step is kept."""
    one, now, rest = np.array(1.0), s0.copy(), np.empty(len(r))
    for _ in range(steps):
        np.subtract(one, now, out=rest)
        np.multiply(r, now, out=now)
        np.multiply(now, rest, out=now)
    return now


def sweep_last_in_cache(r: Array, s0: Array, steps: int, piece: int = 8192) -> Array:
    """Return the same with all steps of some r before those of the next, so that they stay in the cache."""
    found = s0.copy()
    one, rest_all = np.array(1.0), np.empty(piece)
    subtract, multiply = np.subtract, np.multiply
    for start in range(0, len(r), piece):
        now, rates = found[start : start + piece], r[start : start + piece]
        rest = rest_all[: len(now)]
        for _ in range(steps):
            subtract(one, now, rest)
            multiply(rates, now, now)
            multiply(now, rest, now)
    return found
