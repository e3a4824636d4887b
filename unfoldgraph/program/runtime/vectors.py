"""The functions of kernels that Numba compiles: of single numbers, vectors and matrices, by loops.

A generated module holds those that it needs as they stand here but for their annotations, each compiled: so they use
NumPy, what Python has of numbers, and each other. What they compute is what NumPy does, NaN and infinities included.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Vector = Any
"""A vector of numbers of one floating type."""
Matrix = Any
"""A matrix of such."""


def _place(value: Any, first: int, count: int) -> int:
    """Return where in memory a place that a value tells is, counted from the first; -1 where there is none."""
    at = value - first
    return int(at) if at >= 0 and at < count and at == np.floor(at) else -1


def _lesser(a: Any, b: Any) -> Any:
    """Return the lesser of two numbers, NaN where one is."""
    return a if a < b or np.isnan(a) else b


def _greater(a: Any, b: Any) -> Any:
    """Return the greater of two numbers, NaN where one is."""
    return a if a > b or np.isnan(a) else b


def _lesser_number(a: Any, b: Any) -> Any:
    """Return the lesser of two numbers that are never NaN, which is one instruction for several at once."""
    return a if a < b else b


def _greater_number(a: Any, b: Any) -> Any:
    """Return the greater of two numbers that are never NaN, likewise."""
    return a if a > b else b


def _sum(v: Vector) -> Any:
    """Return the sum of all entries."""
    total = v.dtype.type(0)
    for one in v:
        total += one
    return total


def _prod(v: Vector) -> Any:
    """Return the product of all entries."""
    total = v.dtype.type(1)
    for one in v:
        total *= one
    return total


def _mean(v: Vector) -> Any:
    """Return the mean of all entries; of none it is not a number."""
    return _sum(v) / v.dtype.type(len(v))


def _min(v: Vector) -> Any:
    """Return the least entry, NaN where one is."""
    if len(v) == 0:
        raise ValueError("zero-size array to reduction operation minimum which has no identity")
    least = v[0]
    for one in v:
        least = _lesser(least, one)
    return least


def _max(v: Vector) -> Any:
    """Return the greatest entry, NaN where one is."""
    if len(v) == 0:
        raise ValueError("zero-size array to reduction operation maximum which has no identity")
    greatest = v[0]
    for one in v:
        greatest = _greater(greatest, one)
    return greatest


def _argmax_of(v: Vector) -> Any:
    """Return which entry is the first of the greatest, counted from 0; NaN is greater than all; of none it is NaN."""
    if len(v) == 0:
        return v.dtype.type(np.nan)
    at = 0
    for other in range(1, len(v)):
        if not np.isnan(v[at]) and (v[other] > v[at] or np.isnan(v[other])):
            at = other
    return v.dtype.type(at)


def _norm(v: Vector) -> Any:
    """Return the square root of the sum of squares."""
    total = v.dtype.type(0)
    for one in v:
        total += one * one
    return np.sqrt(total)


def _greatest_entry(v: Vector) -> Any:
    """Return the greatest entry, of none the least there is."""
    greatest = v.dtype.type(-np.inf)
    for one in v:
        greatest = _greater(greatest, one)
    return greatest


def _softmax_into(v: Vector, out: Vector) -> None:
    """Put exp(v) in an array, scaled so that its entries add up to 1."""
    greatest = _greatest_entry(v)
    total = v.dtype.type(0)
    for at in range(len(v)):
        out[at] = np.exp(v[at] - greatest)
        total += out[at]
    for at in range(len(v)):
        out[at] /= total


def _logsoftmax_into(v: Vector, out: Vector) -> None:
    """Put the logarithm of the softmax in an array."""
    greatest = _greatest_entry(v)
    total = v.dtype.type(0)
    for at in range(len(v)):
        out[at] = v[at] - greatest
        total += np.exp(out[at])
    total = np.log(total)
    for at in range(len(v)):
        out[at] -= total


def _logsumexp_of(v: Vector) -> Any:
    """Return the logarithm of the sum of exp(v), -inf of nothing."""
    greatest = _greatest_entry(v)
    if np.isinf(greatest):
        # An infinity is not to be subtracted from itself.
        return greatest
    total = v.dtype.type(0)
    for at in range(len(v)):
        total += np.exp(v[at] - greatest)
    return np.log(total) + greatest


def _erf_of(a: Any) -> Any:
    """Return the error function of a number."""
    return math.erf(a)


def _factorise(a: Matrix, b: Matrix) -> int:
    """Put two triangles whose product is a matrix in its place, the rows of both arrays in another order.

    Return 0 for one that is singular; else 1, or -1 where an odd number of rows have changed places with others.
    """
    sign = 1
    # Column by column, and by the inverse of a pivot, as LAPACK does it: what is 0 there is 0 here as well.
    for k in range(len(a)):
        for i in range(1, len(a)):
            total = a.dtype.type(0)
            for j in range(min(i, k)):
                total += a[i, j] * a[j, k]
            a[i, k] -= total
        largest = k
        for i in range(k + 1, len(a)):
            if abs(a[i, k]) > abs(a[largest, k]):
                largest = i
        if a[largest, k] == 0:
            return 0
        if largest != k:
            sign = -sign
            for j in range(len(a)):
                a[k, j], a[largest, j] = a[largest, j], a[k, j]
            for j in range(b.shape[1]):
                b[k, j], b[largest, j] = b[largest, j], b[k, j]
        inverse = a.dtype.type(1) / a[k, k]
        for i in range(k + 1, len(a)):
            a[i, k] *= inverse
    return sign


def _solve_into(a: Matrix, out: Matrix) -> None:
    """Put the solutions of a @ x = out, column by column, in the place of what they solve; the matrix is used up."""
    if _factorise(a, out) == 0:
        raise np.linalg.LinAlgError("Singular matrix")
    for i in range(len(a)):
        for k in range(i):
            for j in range(out.shape[1]):
                out[i, j] -= a[i, k] * out[k, j]
    for i in range(len(a) - 1, -1, -1):
        for k in range(i + 1, len(a)):
            for j in range(out.shape[1]):
                out[i, j] -= a[i, k] * out[k, j]
        for j in range(out.shape[1]):
            out[i, j] /= a[i, i]


def _inverse_into(a: Matrix, out: Matrix) -> None:
    """Put the inverse of a matrix, which is used up, in an array."""
    for i in range(len(a)):
        for j in range(len(a)):
            out[i, j] = i == j
    _solve_into(a, out)


def _det_of(a: Matrix) -> Any:
    """Return the determinant of a matrix, which is used up."""
    found = a.dtype.type(_factorise(a, a[:, :0]))
    for k in range(len(a)):
        found *= a[k, k]
    return found
