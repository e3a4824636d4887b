"""Linear state spaces with constant matrices, s(t) = A @ s(t-1) + B @ x(t), and states that are matrices."""

from __future__ import annotations

import numpy as np

from benchmarks.rows.row import Array

__all__ = ["blocks", "by_blocks", "in_place", "matrix_chunks", "matrix_in_place", "plain"]


def plain(x: Array, A: Array, B: Array) -> Array:
    """Return s at every step (steps, m) as most write it.

    Parameters
    ----------
    x : array (steps, n)
    A : array (m, m)
    B : array (m, n)
    """
    s = np.zeros(len(A))
    found = []
    for value in x:
        s = A @ s + B @ value
        found.append(s)
    return np.array(found)


def in_place(x: Array, A: Array, B: Array) -> Array:
    """Return s with what comes from the inputs by one product, and each step in place."""
    found = x @ B.T
    product = np.empty(len(A))
    last = np.zeros(len(A))
    for now in found:
        np.dot(A, last, product)
        np.add(now, product, now)
        last = now
    return found


def blocks(x: Array, A: Array, B: Array, block: int = 16) -> Array:
    """Return s by blocks of steps: inside a block, what all its inputs do is one product with powers of A.

    The states at the ends of blocks follow one from the other by the power of A that is as long as a block; they
    are a state space themselves, so blocks of blocks do the same until few are left.
    """
    return by_blocks(x @ B.T, A, block)


def by_blocks(driven: Array, A: Array, block: int) -> Array:
    """Return s(t) = A @ s(t-1) + driven(t) (steps, m) by blocks of steps, of blocks, and so on."""
    steps, m = driven.shape
    if steps <= 4 * block:
        found = driven.copy()
        for t in range(1, steps):
            found[t] += A @ found[t - 1]
        return found
    count = -(-steps // block)
    powers = np.empty((block + 1, m, m))
    powers[0] = np.eye(m)
    for k in range(block):
        powers[k + 1] = A @ powers[k]
    triangle = np.zeros((block, m, block, m))
    for k in range(block):
        # What comes in at step k of a block is there at steps k, k+1, ….
        triangle[k, :, k:] = powers[: block - k].transpose(2, 0, 1)
    whole = np.zeros((count * block, m))
    whole[:steps] = driven
    found = whole.reshape(count, block * m) @ triangle.reshape(block * m, block * m)
    ends = by_blocks(np.ascontiguousarray(found[:-1, -m:]), powers[block], block)
    found[1:] += ends @ powers[1:].transpose(2, 0, 1).reshape(m, block * m)
    return found.reshape(-1, m)[:steps]


def matrix_in_place(a: Array, k: Array, v: Array, q: Array) -> Array:
    """Return o(t) = S(t) @ q(t) (steps, d) of S(t) = a(t) * S(t-1) + outer(v(t), k(t)), S kept in place.

    Parameters
    ----------
    a : array (steps)
    k, v, q : array (steps, d)
    """
    steps, d = v.shape
    S, product = np.zeros((d, d)), np.empty((d, d))
    found = np.empty((steps, d))
    for t in range(steps):
        S *= a[t]
        np.multiply(v[t][:, None], k[t], out=product)
        S += product
        np.dot(S, q[t], found[t])
    return found


def matrix_chunks(a: Array, k: Array, v: Array, q: Array, chunk: int = 32) -> Array:
    """Return the same by chunks, without the states inside them: what step s adds to o(t) is (k(s) @ q(t)) * v(s).

    So inside a chunk o is a product of small matrices, as attention is; S is needed at the ends of chunks only.
    The products of a between two steps are made row by row for all chunks at once, not by dividing, so that an a
    of 0 does no harm.
    """
    steps, d = v.shape
    count = -(-steps // chunk)
    gates = np.ones(count * chunk)
    gates[:steps] = a
    gates = np.ascontiguousarray(gates.reshape(count, chunk).T)
    by_row = np.zeros((chunk, chunk, count))
    by_row[0, 0] = 1
    for t in range(1, chunk):
        np.multiply(by_row[t - 1, :t], gates[t], out=by_row[t, :t])
        by_row[t, t] = 1
    decays = np.ascontiguousarray(np.moveaxis(by_row, 2, 0))
    since_start = np.ascontiguousarray(np.multiply.accumulate(gates, axis=0).T)
    found = np.empty((steps, d))
    S = np.zeros((d, d))
    for number, (decay, since) in enumerate(zip(decays, since_start, strict=True)):
        part = slice(number * chunk, min((number + 1) * chunk, steps))
        keys, values, queries, own = k[part], v[part], q[part], found[part]
        size = len(keys)
        gram = np.dot(queries, keys.T)
        gram *= decay[:size, :size]
        np.dot(queries, S.T, own)
        own *= since[:size, None]
        own += np.dot(gram, values)
        S *= since[size - 1]
        S += np.dot((decay[size - 1, :size, None] * values).T, keys)
    return found
