"""Tables of dynamic programming, by hand: edit distance, common subsequences of three words, a skewed stencil."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from benchmarks.rows.row import Array

__all__ = [
    "common_of_three",
    "common_of_three_scans",
    "edit_diagonals",
    "edit_distance",
    "edit_plain",
    "edit_rows",
    "stencil_fronts",
]


def edit_plain(a: Array, b: Array) -> Array:
    """Return the table of edit distances (len(a), len(b)) as most write it: two loops over lists."""
    first, second = a.tolist(), b.tolist()
    above = list(range(len(second) + 1))
    found = []
    for i, letter in enumerate(first, 1):
        row = [i]
        for j, other in enumerate(second, 1):
            row.append(min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (letter != other)))
        found.append(row[1:])
        above = row
    return np.array(found, dtype=float)


def edit_diagonals(a: Array, b: Array) -> Array:
    """Return the same as an expert writes it: one anti-diagonal at a time, each a strided slice of the flat table."""
    rows, columns = len(a), len(b)
    table = np.empty((rows + 1, columns + 1))
    table[0] = np.arange(columns + 1)
    table[:, 0] = np.arange(rows + 1)
    differs = np.zeros((rows + 1, columns + 1))
    differs[1:, 1:] = a[:, None] != b
    flat, other = table.reshape(-1), differs.reshape(-1)
    for front in range(2, rows + columns + 1):
        # Place (i, front - i) is number i * (columns + 1) + front - i of the flat table.
        low, high = max(1, front - columns), min(rows, front - 1)
        first, last = low * columns + front, high * columns + front + 1
        own = slice(first, last, columns)
        above = flat[first - columns - 1 : last - columns - 1 : columns]
        left = flat[first - 1 : last - 1 : columns]
        corner = flat[first - columns - 2 : last - columns - 2 : columns]
        nearest = np.minimum(above, left)
        nearest += 1
        np.minimum(nearest, corner + other[own], out=flat[own])
    return table[1:, 1:]


def edit_rows(a: Array, b: Array) -> Array:
    """Return the same row by row, of c(i, j) - i - j instead of c(i, j): then a step down or right costs nothing.

    What comes from the left is a running minimum, from above the value there, and only what comes from the corner
    is a sum, with -2 where letters agree and -1 where they do not. The edges are 0; i + j is added at the end. There
    is no NaN, so the minimum that passes over it will do, which is faster.
    """
    rows, columns = len(a), len(b)
    table = np.zeros((rows + 1, columns + 1))
    through = np.where(a[:, None] == b, -2.0, -1.0)
    add, minimum, running = np.add, np.minimum, np.fmin.accumulate
    for (above, own), costs in zip(pairwise(table), through, strict=True):
        inner = own[1:]
        add(above[:-1], costs, out=inner)
        minimum(inner, above[1:], out=inner)
        running(own, out=own)
    found = table[1:, 1:]
    found += np.arange(1.0, columns + 1)
    found += np.arange(1.0, rows + 1)[:, None]
    return found


def edit_distance(a: Array, b: Array) -> float:
    """Return the distance alone, in the same way, keeping two rows."""
    rows, columns = len(a), len(b)
    above, own = np.zeros(columns + 1), np.zeros(columns + 1)
    through = np.where(a[:, None] == b, -2.0, -1.0)
    add, minimum, running = np.add, np.minimum, np.fmin.accumulate
    for costs in through:
        inner = own[1:]
        add(above[:-1], costs, out=inner)
        minimum(inner, above[1:], out=inner)
        running(own, out=own)
        above, own = own, above
        own[0] = 0
    return float(above[-1]) + rows + columns


def common_of_three(a: Array, b: Array, d: Array) -> Array:
    """Return the lengths of common subsequences of three words by fronts i + j + k, their places grouped once."""
    lengths = len(a), len(b), len(d)
    table = np.zeros(tuple(length + 1 for length in lengths))
    same = ((a[:, None] == b)[:, :, None] & (b[:, None] == d)).astype(float)
    places = np.indices(lengths).reshape(3, -1)
    fronts = places.sum(0)
    order = np.argsort(fronts, kind="stable")
    ends = np.cumsum(np.bincount(fronts))[:-1]
    for i, j, k in np.split(places[:, order], ends, axis=1):
        best = table[i, j, k] + same[i, j, k]
        np.maximum(best, table[i, j + 1, k + 1], out=best)
        np.maximum(best, table[i + 1, j, k + 1], out=best)
        np.maximum(best, table[i + 1, j + 1, k], out=best)
        table[i + 1, j + 1, k + 1] = best
    return table[1:, 1:, 1:]


def common_of_three_scans(a: Array, b: Array, d: Array) -> Array:
    """Return the same plane by plane: along the last word it is a running maximum."""
    lengths = len(a), len(b), len(d)
    table = np.zeros(tuple(length + 1 for length in lengths))
    same = ((a[:, None] == b)[:, :, None] & (b[:, None] == d)).astype(float)
    for i in range(lengths[0]):
        before, plane = table[i], table[i + 1]
        best = before[:-1, :-1] + same[i]
        np.maximum(best, before[1:, 1:], out=best)
        for j, row in enumerate(best):
            np.maximum(row, plane[j, 1:], out=row)
            np.maximum.accumulate(row, out=plane[j + 1, 1:])
    return table[1:, 1:, 1:]


def stencil_fronts(x: Array, p: float, q: float) -> Array:
    """Return c(i, j) = tanh(p * c(i-1, j) + q * c(i+1, j-1) + x(i, j)) by fronts i + 2 * j.

    A front is a strided slice of the flat table, which has a row before and one after, and a column before.
    """
    rows, columns = x.shape
    table = np.zeros((rows + 2, columns + 1))
    table[1:-1, 1:] = x
    flat, width = table.reshape(-1), columns + 1
    step = 2 * width - 1
    for front in range(3, rows + 2 * columns + 1):
        # Place (i, j) with i + 2 * j == front, both counted from 1, from the last j down: i grows by 2.
        last = min(columns, (front - 1) // 2)
        first = max(1, -((rows - front) // 2))
        begin = (front - 2 * last) * width + last
        end = (front - 2 * first) * width + first + 1
        own = flat[begin:end:step]
        own += p * flat[begin - width : end - width : step]
        own += q * flat[begin + width - 1 : end + width - 1 : step]
        np.tanh(own, out=own)
    return table[1:-1, 1:]
