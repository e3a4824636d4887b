"""Back-propagation through time by hand: loss sum(h(t)**2) over steps and sequences, gradients of all arguments."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from benchmarks.expert.lstm import stacked
from benchmarks.rows.row import Array

__all__ = ["elman", "elman_checkpointed", "elman_in_pieces", "flat", "lstm_in_pieces"]


def flat(gradients: tuple[Array, ...]) -> Array:
    """Return gradients one after the other, as one array of numbers."""
    return np.concatenate([np.ravel(gradient) for gradient in gradients])


def elman(x: Array, W: Array, U: Array, b: Array) -> tuple[Array, ...]:
    """Return the gradients of W, U, b and x as an expert writes them: time first, in place, one product for each.

    Parameters
    ----------
    x : array (batch, steps, n)
    W : array (m, m)
    U : array (m, n)
    b : array (m)
    """
    batch, steps, n = x.shape
    m = len(W)
    by_time = np.ascontiguousarray(x.swapaxes(0, 1))
    H = (by_time.reshape(steps * batch, n) @ U.T + b).reshape(steps, batch, m)
    transposed = np.ascontiguousarray(W.T)
    h = np.zeros((batch, m))
    for row in H:
        row += h @ transposed
        np.tanh(row, out=row)
        h = row
    D = 2 * H
    slopes = 1 - H * H
    later = np.zeros((batch, m))
    product = np.empty((batch, m))
    for t in range(steps - 1, -1, -1):
        own = D[t]
        np.matmul(later, W, out=product)
        own += product
        own *= slopes[t]
        later = own
    rows = D.reshape(steps * batch, m)
    of_W = rows[batch:].T @ H.reshape(steps * batch, m)[:-batch]
    of_x = (rows @ U).reshape(steps, batch, n).swapaxes(0, 1)
    return of_W, rows.T @ by_time.reshape(steps * batch, n), rows.sum(0), of_x


def elman_in_pieces(x: Array, W: Array, U: Array, b: Array, piece: int = 64, kept: bool = True) -> tuple[Array, ...]:
    """Return the same in pieces of steps that stay in the cache, the gradients of parameters added up by piece.

    Where h is not `kept`, only those at the ends of pieces are, and each piece is run again on the way back.
    """
    batch, steps, n = x.shape
    m = len(W)
    to_rows, from_inputs = np.ascontiguousarray(W.T), np.ascontiguousarray(U.T)
    by_time = x.swapaxes(0, 1)
    product = np.empty((batch, m))
    H = np.empty(((steps if kept else min(piece, steps)) + 1, batch, m))
    dot, tanh, add, multiply, subtract = np.dot, np.tanh, np.add, np.multiply, np.subtract
    starts = range(0, steps, piece)
    marks = np.zeros((len(starts) + 1, batch, m))

    def part_of(number: int) -> Array:
        start = starts[number]
        first = start if kept else 0
        return H[first : first + min(piece, steps - start) + 1]

    def forward(number: int) -> None:
        part, start = part_of(number), starts[number]
        part[0] = marks[number]
        np.matmul(by_time[start : start + piece], from_inputs, out=part[1:])
        part[1:] += b
        for h, now in pairwise(part):
            dot(h, to_rows, product)
            add(now, product, now)
            tanh(now, now)
        marks[number + 1] = part[-1]

    for number in range(len(starts)):
        forward(number)
    of_W, of_U, of_b = np.zeros((m, m)), np.zeros((m, n)), np.zeros(m)
    of_x = np.empty((steps, batch, n))
    later = np.zeros((batch, m))
    gradients, slopes = np.empty((piece, batch, m)), np.empty((piece, batch, m))
    one, two = np.array(1.0), np.array(2.0)
    for number in reversed(range(len(starts))):
        if not kept and number < len(starts) - 1:
            forward(number)
        part, start = part_of(number), starts[number]
        count = len(part) - 1
        D, S = gradients[:count], slopes[:count]
        multiply(part[1:], two, D)
        multiply(part[1:], part[1:], S)
        subtract(one, S, S)
        for own, slope in zip(D[::-1], S[::-1], strict=True):
            dot(later, W, product)
            add(own, product, own)
            multiply(own, slope, own)
            later = own
        later = later.copy()
        rows = D.reshape(count * batch, m)
        of_W += rows.T @ part[:-1].reshape(count * batch, m)
        of_U += rows.T @ np.ascontiguousarray(by_time[start : start + count]).reshape(count * batch, n)
        of_b += rows.sum(0)
        dot(rows, U, of_x[start : start + count].reshape(count * batch, n))
    return of_W, of_U, of_b, of_x.swapaxes(0, 1)


def elman_checkpointed(x: Array, W: Array, U: Array, b: Array) -> tuple[Array, ...]:
    """Return the same, keeping h at the ends of pieces only: little memory, a third more time."""
    return elman_in_pieces(x, W, U, b, kept=False)


def lstm_in_pieces(x: Array, piece: int = 32, **parameters: Array) -> tuple[Array, ...]:
    """Return the gradients of W, U and b, gates i, f, o and g below each other, and of x, for the LSTM of the gallery.

    Forward it keeps h and c at the ends of pieces only; backward it runs each piece again, which stays in the
    cache. A column holds h(t-1), x(t) and 1, so that forward and backward are one product a step each.
    """
    batch, steps, n = x.shape
    U, W, b = (stacked(parameters, letter) for letter in "UWb")
    m = len(b) // 4
    beside = np.concatenate([U, W, b[:, None]], axis=1)
    signed = beside * np.repeat([-1.0, -1.0, -1.0, 1.0], m)[:, None]
    backward = np.ascontiguousarray(beside[:, : m + n].T)
    starts = range(0, steps, piece)
    by_time = np.moveaxis(x, 0, 2)
    one, two = np.array(1.0), np.array(2.0)
    dot, tanh, exp, add, multiply, subtract = np.dot, np.tanh, np.exp, np.add, np.multiply, np.subtract
    marks_h, marks_c = np.zeros((len(starts) + 1, m, batch)), np.zeros((len(starts) + 1, m, batch))
    columns = np.empty((piece + 1, m + n + 1, batch))
    columns[:, -1] = 1
    gates, cells, outs = np.empty((piece, 4 * m, batch)), np.empty((piece + 1, m, batch)), np.empty((piece, m, batch))

    def forward(number: int) -> int:
        start = starts[number]
        count = min(piece, steps - start)
        columns[:count, m:-1] = by_time[start : start + count]
        columns[0, :m] = marks_h[number]
        cells[0] = marks_c[number]
        for t in range(count):
            z, before, cell, out = gates[t], cells[t], cells[t + 1], outs[t]
            dot(signed, columns[t], z)
            sigmoids, g = z[: 3 * m], z[3 * m :]
            exp(sigmoids, sigmoids)
            add(sigmoids, one, sigmoids)
            np.reciprocal(sigmoids, sigmoids)
            tanh(g, g)
            multiply(z[:m], g, out)
            multiply(z[m : 2 * m], before, cell)
            add(cell, out, cell)
            tanh(cell, out)
            multiply(z[2 * m : 3 * m], out, columns[t + 1, :m])
        marks_h[number + 1] = columns[count, :m]
        marks_c[number + 1] = cells[count]
        return count

    for number in range(len(starts)):
        forward(number)
    of_all = np.zeros((4 * m, m + n + 1))
    of_x = np.empty((steps, n, batch))
    of_h, of_c = np.zeros((m, batch)), np.zeros((m, batch))
    column, spare, slopes, own = (np.empty((size, batch)) for size in (m + n, m, 3 * m, 4 * m))
    own_all, columns_all = np.empty((4 * m, piece, batch)), np.empty((m + n + 1, piece, batch))
    for number in reversed(range(len(starts))):
        start = starts[number]
        count = forward(number) if number < len(starts) - 1 else min(piece, steps - start)
        for t in reversed(range(count)):
            z, out = gates[t], outs[t]
            i, f, o, g, sigmoids = z[:m], z[m : 2 * m], z[2 * m : 3 * m], z[3 * m :], z[: 3 * m]
            multiply(columns[t + 1, :m], two, spare)
            add(of_h, spare, of_h)
            multiply(of_h, out, own[2 * m : 3 * m])
            multiply(out, out, spare)
            subtract(one, spare, spare)
            multiply(spare, o, spare)
            multiply(spare, of_h, spare)
            add(of_c, spare, of_c)
            multiply(of_c, g, own[:m])
            multiply(of_c, cells[t], own[m : 2 * m])
            multiply(of_c, i, own[3 * m :])
            subtract(one, sigmoids, slopes)
            multiply(slopes, sigmoids, slopes)
            multiply(own[: 3 * m], slopes, own[: 3 * m])
            multiply(g, g, spare)
            subtract(one, spare, spare)
            multiply(own[3 * m :], spare, own[3 * m :])
            multiply(of_c, f, of_c)
            dot(backward, own, column)
            of_h[:] = column[:m]
            of_x[start + t] = column[m:]
            own_all[:, t] = own
            columns_all[:, t] = columns[t]
        of_all += own_all[:, :count].reshape(4 * m, -1) @ columns_all[:, :count].reshape(m + n + 1, -1).T
    return of_all[:, m : m + n], of_all[:, :m], of_all[:, -1], np.moveaxis(of_x, 2, 0)
