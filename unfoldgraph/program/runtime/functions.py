"""The functions of programs that compute with values: what NumPy has no function for, and what fits values together.

They stand in generated modules as those of `arrays` do, behind these.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from unfoldgraph.program.runtime.arrays import Numbers, _fits, _told


def _apply(matrix: Numbers, vector: Numbers) -> Numbers:
    """Return matrix @ vector at every step, for every sequence."""
    if matrix.ndim == 2:
        return vector @ matrix.T
    return np.matmul(matrix, vector[..., None])[..., 0]


def _by_columns(matrix: Numbers) -> Numbers:
    """Return a matrix that lies in memory column by column, with which `_apply` is faster."""
    return np.asfortranarray(matrix) if matrix.ndim == 2 else matrix


def _block(*rows: Sequence[Numbers]) -> Numbers:
    """Return rows of matrices below each other; a vector is a column, and so is 0."""
    found = []
    for row in rows:
        height, kind = len(row[0]), row[0].dtype
        parts = [np.asarray(part, kind) for part in row]
        parts = [part if part.ndim == 2 else np.broadcast_to(part, height)[:, None] for part in parts]
        found.append(np.concatenate(parts, axis=1))
    return np.concatenate(found)


def _outer(a: Numbers, b: Numbers) -> Numbers:
    """Return the product of every entry of a with every entry of b."""
    return a[..., :, None] * b[..., None, :]


def _concat(*vectors: Numbers, axis: int = -1) -> Numbers:
    """Return vectors end to end along an axis, which is counted from the end."""
    shapes = [(*vector.shape[:axis], 1, *vector.shape[vector.ndim + 1 + axis :]) for vector in vectors]
    if len(set(shapes)) == 1:
        return np.concatenate(vectors, axis=axis)
    common = np.broadcast_shapes(*shapes)
    before = common[:axis]
    after = common[len(common) + 1 + axis :]
    return np.concatenate([np.broadcast_to(v, (*before, v.shape[axis], *after)) for v in vectors], axis=axis)


def _stack(axis: int, *values: Numbers) -> Numbers:
    """Return values of one shape under a new first size."""
    return np.stack(np.broadcast_arrays(*values), axis)


def _sigmoid(v: Numbers) -> Numbers:
    """Return the logistic function, between 0 and 1."""
    return 1 / (1 + np.exp(-v))


def _softmax(v: Numbers, axis: int = -1) -> Numbers:
    """Return exp(v), scaled so that the entries along an axis add up to 1."""
    weights = np.exp(v - np.max(v, axis=axis, keepdims=True))
    return weights / np.sum(weights, axis=axis, keepdims=True)


def _logsoftmax(v: Numbers, axis: int = -1) -> Numbers:
    """Return the logarithm of the softmax along an axis."""
    shifted = v - np.max(v, axis=axis, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


def _logsumexp(v: Numbers, axis: int = -1) -> Numbers:
    """Return the logarithm of the sum of exp(v) along an axis, -inf of nothing."""
    greatest = np.max(v, axis=axis, keepdims=True, initial=-np.inf)
    # An infinity is not to be subtracted from itself: the largest number stands for it.
    scale = np.nan_to_num(greatest, nan=np.nan)
    return np.log(np.sum(np.exp(v - scale), axis=axis)) + np.squeeze(scale, axis)


def _erf(v: Numbers) -> Numbers:
    """Return the error function.

    Up to 1 it is v with a correction, a polynomial in the square of v that meets it at Chebyshev's nodes.
    Beyond, it is what the complementary error function leaves of 1, by the rational approximation of
    W. J. Cody, Mathematics of Computation 23 (1969), pages 631 to 637.
    """
    size = np.abs(v)
    near = np.clip(v, -1, 1)
    correction = _polynomial(
        (
            *(-7.795898827002142e-10, 1.3720064546777686e-8, -1.6208483801871705e-7, 1.6447424703317362e-6),
            *(-1.492473690741966e-5, 1.2055294904839707e-4, -8.548325975389692e-4, 5.2239776071164225e-3),
            *(-2.686617064323777e-2, 1.1283791670945006e-1, -3.7612638903183543e-1, 1.2837916709551256e-1),
        ),
        near * near,
    )
    # It is 1 from 6 on.
    beyond = np.clip(size, 1, 6)
    above = _polynomial(
        (
            *(2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1),
            *(2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3),
            1.23033935479799725e3,
        ),
        beyond,
    )
    below = _polynomial(
        (
            *(1, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3),
            *(3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3),
        ),
        beyond,
    )
    left = np.exp(-beyond * beyond) * above / below
    return np.where(size <= 1, near + near * correction, np.copysign(1 - left, v))


def _polynomial(coefficients: Sequence[float], v: Numbers) -> Numbers:
    """Return a polynomial at v, by Horner's rule; the coefficient of the highest power is the first."""
    found: Any = 0.0
    for coefficient in coefficients:
        found = found * v + coefficient
    return found


def _least(first: Numbers, *others: Numbers) -> Numbers:
    """Return the least of several values, entry by entry."""
    for other in others:
        first = np.minimum(first, other)
    return first


def _greatest(first: Numbers, *others: Numbers) -> Numbers:
    """Return the greatest of several values, entry by entry."""
    for other in others:
        first = np.maximum(first, other)
    return first


def _are_whole(count: int, *values: Any) -> bool:
    """Return whether all values are whole numbers, and sums of `count` of each of them exact."""
    largest: Any = 0
    limit = 2**53
    for value in map(np.asarray, values):
        if value.size:
            largest = largest + np.abs(value).max()
            if value.dtype == np.float32:
                limit = 2**24
            if not (np.floor(value) == value).all():
                return False
    return bool(largest * count < limit)


def _one_hot(k: Any, size: int, dtype: Any) -> Numbers:
    """Return vectors that are 1 at entry k, counted from 0, and 0 elsewhere."""
    return (np.arange(size) == np.asarray(k)[..., None]).astype(dtype)


def _argmax_entry(v: Numbers, rank: int, dtype: Any) -> Numbers:
    """Return which entry is the greatest, counted from 0; not a number where there are no entries."""
    shape = v.shape[: v.ndim - rank]
    own = v.shape[v.ndim - rank :]
    if 0 in own:
        return np.full(shape, np.nan, dtype)
    # How many entries there are cannot be left to NumPy where there are no sequences.
    return np.argmax(np.reshape(v, (*shape, int(np.prod(own)))), axis=-1).astype(dtype)


def _argmax_step(v: Numbers, axis: int, dtype: Any) -> Numbers:
    """Return the step of the greatest value, counted from 1; not a number where there are no steps."""
    if v.shape[axis] == 0:
        return np.full(np.delete(v.shape, axis), np.nan, dtype)
    return (np.argmax(v, axis=axis) + 1).astype(dtype)


def _argmax_kept(v: Numbers, kept: Numbers, axis: int, dtype: Any) -> Numbers:
    """Return the step of the greatest value among those that are kept, likewise."""
    v, kept = np.broadcast_arrays(v, kept)
    if v.shape[axis] == 0:
        return _argmax_step(v, axis, dtype)
    at: Any = np.argmax(np.where(kept, v, -np.inf), axis=axis, keepdims=True)
    # One that is left out comes first only where all that is kept is as small as a number can be.
    at = np.where(np.take_along_axis(kept, at, axis), at, np.argmax(kept, axis=axis, keepdims=True))
    return np.where(np.any(kept, axis=axis), np.squeeze(at, axis) + 1, np.nan).astype(dtype)


def _repeat(value: Numbers, steps: int, axis: int) -> Numbers:
    """Return a value that is the same at every step, once for each."""
    return np.repeat(np.expand_dims(value, axis), steps, axis)


def _widen(value: Numbers, batch: tuple[int, ...], *others: Any) -> Numbers:
    """Return a number for each sequence with as many dimensions as the entries of what it stands beside need.

    Those are values, or a shape that one has for certain, where `...` is a size that may be any. What has
    entries of its own stays as it is; the others with entries have the same shape.
    """
    own = value.shape[len(batch) :]
    for other in others:
        shape = other if isinstance(other, tuple) else other.shape[len(batch) :]
        if own and shape and not _fits(own, shape):
            beside = _told(shape)
            raise ValueError(f"what a function returned made a value of shape {own}, beside one of {beside}")
        if shape and not own:
            return value[(..., *(None,) * len(shape))]
    return value


def _placed(
    value: Numbers, rank: int, array: Numbers, array_rank: int, dtype: Any, *items: Any, after: int = 0
) -> Numbers:
    """Return arrays like another that hold values at some of its entries, and 0 elsewhere.

    The ranks are those of one value and of one array; `after` dimensions stand behind them. A number
    fills a slice.
    """
    value = np.asarray(value)
    end = value.ndim - after
    array_end = array.ndim - after
    leading = np.broadcast_shapes(value.shape[: end - rank], array.shape[: array_end - array_rank])
    behind = np.broadcast_shapes(value.shape[end:], array.shape[array_end:])
    found = np.zeros((*leading, *array.shape[array_end - array_rank : array_end], *behind), dtype)
    left = array_rank - len(items)
    count = left + sum(isinstance(item, slice) for item in items)
    if rank < count:
        value = np.expand_dims(value, tuple(range(end, end + count)))
    found[(..., *items, *(slice(None),) * (left + after))] = value
    return found


def _entry(value: Numbers, batch: tuple[int, ...], *items: Any) -> Numbers:
    """Return an entry or a slice of a value of whatever shape a function gave it."""
    return value[(*(slice(None),) * len(batch), *items)]


def _entries(value: Numbers, batch: tuple[int, ...]) -> Numbers:
    """Return all entries of a value of whatever shape a function gave it, as one vector."""
    own = value.shape[len(batch) :]
    return np.reshape(value, (*value.shape[: len(batch)], int(np.prod(own))))
