"""The LSTM of the gallery, by hand: gates i, f, o and g, a cell c, an output h."""

from __future__ import annotations

from itertools import islice

import numpy as np

from benchmarks.rows.row import Array

__all__ = ["GATES", "batch_last", "columns", "padded", "plain", "shrinking", "vectors"]

GATES = "ifog"
PIECE = 64


def stacked(parameters: dict[str, Array], letter: str) -> Array:
    """Return the arrays of all gates that are called by a letter, below each other."""
    return np.concatenate([parameters[f"{letter}_{gate}"] for gate in GATES])


def plain(x: Array, **parameters: Array) -> Array:
    """Return h at every step (batch, steps, m) as most write it: one line an equation.

    Parameters
    ----------
    x : array (batch, steps, n)
    **parameters : W_i, W_f, W_o, W_g (m, n), U_… (m, m) and b_… (m)
    """
    p = parameters
    batch, steps, _ = x.shape
    h = c = np.zeros((batch, len(p["b_i"])))
    found = []
    for t in range(steps):
        gates = {gate: x[:, t] @ p[f"W_{gate}"].T + h @ p[f"U_{gate}"].T + p[f"b_{gate}"] for gate in GATES}
        i, f, o = (1 / (1 + np.exp(-gates[gate])) for gate in "ifo")
        c = f * c + i * np.tanh(gates["g"])
        h = o * np.tanh(c)
        found.append(h)
    return np.stack(found, axis=1)


def batch_last(x: Array, **parameters: Array) -> Array:
    """Return h as an expert writes it: gates below each other and the batch last, so that each gate is contiguous."""
    W, U, b = (stacked(parameters, letter) for letter in "WUb")
    batch, steps, _ = x.shape
    units = len(b) // 4
    bias = b[:, None]
    last = np.ascontiguousarray(np.transpose(x, (1, 2, 0)))
    h = np.zeros((units, batch))
    c = np.zeros((units, batch))
    found = np.empty((steps, units, batch))
    for t in range(steps):
        z = U @ h
        z += W @ last[t]
        z += bias
        gates = z[: 3 * units]
        np.negative(gates, out=gates)
        np.exp(gates, out=gates)
        gates += 1
        np.reciprocal(gates, out=gates)
        i, f, o, g = (z[k * units : (k + 1) * units] for k in range(4))
        np.tanh(g, out=g)
        c *= f
        i *= g
        c += i
        np.tanh(c, out=found[t])
        found[t] *= o
        h = found[t]
    return np.moveaxis(found, 2, 0)


def vectors(x: Array, **parameters: Array) -> Array:
    """Return h (1, steps, m) of one sequence as an expert writes it: vectors, which are faster than one column."""
    W, U, b = (stacked(parameters, letter) for letter in "WUb")
    m = len(b) // 4
    driven = x[0] @ W.T
    driven += b
    c, h = np.zeros(m), np.zeros(m)
    found = np.empty((x.shape[1], m))
    for z, out in zip(driven, found, strict=True):
        z += U @ h
        gates = z[: 3 * m]
        np.negative(gates, out=gates)
        np.exp(gates, out=gates)
        gates += 1
        np.reciprocal(gates, out=gates)
        i, f, o, g = (z[k * m : (k + 1) * m] for k in range(4))
        np.tanh(g, out=g)
        c *= f
        i *= g
        c += i
        np.tanh(c, out=out)
        out *= o
        h = out
    return found[None]


def columns(x: Array, **parameters: Array) -> Array:
    """Return h by one product a step: a column holds h(t-1), x(t) and 1, and the next h is written into the next one.

    The sign of sigmoid(v) = 1 / (1 + exp(-v)) is in the parameters, and instead of a gate its reciprocal is kept,
    so that a product with the gate is one division. Columns are made in pieces that stay in the cache.
    """
    batch, steps, n = x.shape
    m = len(parameters["b_i"])
    beside = np.concatenate([stacked(parameters, "U"), stacked(parameters, "W"), stacked(parameters, "b")[:, None]], 1)
    beside[: 3 * m] *= -1
    by_time = np.moveaxis(x, 0, 2)
    found = np.empty((steps, m, batch))
    piece = np.empty((1 + min(steps, PIECE), m + n + 1, batch))
    piece[:, -1] = 1
    piece[0, :m] = 0
    z, c = np.empty((4 * m, batch)), np.zeros((m, batch))
    now_all, h = piece, piece[1:, :m]
    if batch == 1:
        now_all, h, z, c = piece[..., 0], piece[1:, :m, 0], z[:, 0], c[:, 0]
    i, f, o, g, gates = z[:m], z[m : 2 * m], z[2 * m : 3 * m], z[3 * m :], z[: 3 * m]
    one = np.array(1.0)
    dot, exp, add, tanh, divide = np.dot, np.exp, np.add, np.tanh, np.divide
    for start in range(0, steps, PIECE):
        count = min(PIECE, steps - start)
        piece[:count, m:-1] = by_time[start : start + count]
        for now, after in zip(islice(now_all, count), h, strict=False):
            dot(beside, now, z)
            exp(gates, gates)
            add(gates, one, gates)
            tanh(g, g)
            divide(c, f, c)
            divide(g, i, g)
            add(c, g, c)
            tanh(c, after)
            divide(after, o, after)
        found[start : start + count] = piece[1 : 1 + count, :m]
        piece[0, :m] = piece[count, :m]
    return np.moveaxis(found, 2, 0)


def padded(x: Array, lengths: Array, **parameters: Array) -> Array:
    """Return h of sequences of different lengths: all are computed to the end, then zeroed beyond their own."""
    h = batch_last(x, **parameters)
    h[np.arange(x.shape[1]) >= lengths[:, None]] = 0
    return h


def shrinking(x: Array, lengths: Array, **parameters: Array) -> Array:
    """Return the same with the longest sequence first: the batch shrinks as sequences end, two at a time.

    Each stretch of steps has columns of its own, as many as sequences are left, so that all stay contiguous.
    """
    order = np.argsort(-lengths, kind="stable")
    batch, steps, n = x.shape
    m = len(parameters["b_i"])
    beside = np.concatenate([stacked(parameters, "U"), stacked(parameters, "W"), stacked(parameters, "b")[:, None]], 1)
    beside[: 3 * m] *= -1
    ends = lengths[order]
    by_time = np.take(np.moveaxis(x, 0, 2), order, axis=2)
    found = np.zeros((steps, m, batch))
    last, c_last = np.zeros((m, batch)), np.zeros((m, batch))
    one = np.array(1.0)
    dot, exp, add, tanh, divide = np.dot, np.exp, np.add, np.tanh, np.divide
    start, longest = 0, int(ends[0])
    while start < longest:
        live = int(np.count_nonzero(ends > start))
        # Two sequences have ended where this stretch does, or all.
        end = max(int(ends[live - 2]), start + 1) if live > 2 else longest
        c, z = np.ascontiguousarray(c_last[:, :live]), np.empty((4 * m, live))
        i, f, o, g, gates = z[:m], z[m : 2 * m], z[2 * m : 3 * m], z[3 * m :], z[: 3 * m]
        piece = np.empty((1 + min(end - start, PIECE), m + n + 1, live))
        piece[:, -1] = 1
        piece[0, :m] = last[:, :live]
        for first in range(start, end, PIECE):
            count = min(PIECE, end - first)
            piece[:count, m:-1] = by_time[first : first + count, :, :live]
            for now, after in zip(islice(piece, count), piece[1:, :m], strict=False):
                dot(beside, now, z)
                exp(gates, gates)
                add(gates, one, gates)
                tanh(g, g)
                divide(c, f, c)
                divide(g, i, g)
                add(c, g, c)
                tanh(c, after)
                divide(after, o, after)
            found[first : first + count, :, :live] = piece[1 : 1 + count, :m]
            piece[0, :m] = piece[count, :m]
        last, c_last, start = piece[0, :m], c, end
    inverse = np.empty_like(order)
    inverse[order] = np.arange(batch)
    h = np.moveaxis(np.take(found, inverse, axis=2), 2, 0)
    h[np.arange(steps) >= lengths[:, None]] = 0
    return h
