"""The functions of kernels that Numba compiles: of single numbers and of vectors, by loops.

A generated module holds those that it needs as they stand here but for their annotations, each compiled: so they use
NumPy, what Python has of numbers, and each other. What they compute is what NumPy does, NaN and infinities included.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Vector = Any
"""A vector of numbers of one floating type."""


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
