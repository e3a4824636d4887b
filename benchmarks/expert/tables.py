"""Tables of dynamic programming, by hand: edit distance, common subsequences of three words, a skewed stencil."""

from __future__ import annotations

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
    """Return the same row by row: what comes from the left, each step of which costs 1, is a running minimum."""
    rows, columns = len(a), len(b)
    table = np.empty((rows + 1, columns + 1))
    places = np.arange(columns + 1.0)
    table[0] = places
    differs = np.not_equal(a[:, None], b).astype(float)
    least, above_1 = np.empty(columns + 1), np.empty(columns)
    one = np.array(1.0)
    for i in range(rows):
        above = table[i]
        least[0] = i + 1
        np.add(above[:-1], differs[i], out=least[1:])
        np.add(above[1:], one, out=above_1)
        np.minimum(least[1:], above_1, out=least[1:])
        np.subtract(least, places, out=least)
        np.minimum.accumulate(least, out=least)
        np.add(least, places, out=table[i + 1])
    return table[1:, 1:]


def edit_distance(a: Array, b: Array) -> float:
    """Return the distance alone, by rows, of which only the last is kept."""
    places = np.arange(len(b) + 1.0)
    row = places.copy()
    least, above_1 = np.empty(len(b) + 1), np.empty(len(b))
    for i, letter in enumerate(a):
        least[0] = i + 1
        np.add(row[:-1], letter != b, out=least[1:])
        np.add(row[1:], 1, out=above_1)
        np.minimum(least[1:], above_1, out=least[1:])
        np.subtract(least, places, out=least)
        np.minimum.accumulate(least, out=least)
        np.add(least, places, out=row)
    return float(row[-1])


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
