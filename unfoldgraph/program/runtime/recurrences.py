"""Linear recurrences all at once: many steps by one operation, as a filter of SciPy or in blocks of products.

Each function returns None where it is not for what it is handed, and the loop in the program computes that: where
sequences have coefficients of their own, where a loop is as fast, and where a result is not finite. An infinity, or
what is no number, would reach earlier steps of its block; once there is one in a linear recurrence it stays, so that
the last steps tell.

They stand in generated modules as those of `arrays` do, behind these. Arrays have the dimension of the steps first.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from unfoldgraph.program.runtime.arrays import Numbers

try:
    from scipy.signal import lfilter as _lfilter
except ImportError:
    _lfilter = None


def _filter(b: Any, a: Any, x: Numbers, earlier_x: Any, earlier_y: Any, shape: tuple[int, ...]) -> Numbers | None:
    """Return y(n) = b[0] x(n) + b[1] x(n-1) + … - a[0] y(n-1) - … for all steps, of a shape; or None.

    The coefficients are numbers, in a sequence or an array. What x and y are before the first step comes
    oldest first; what is not given is 0.
    """
    if not all(np.size(one) == 1 for one in (*b, *a)) or x.ndim < len(shape) or len(x) < 64:
        return None
    b, a = (np.array([np.reshape(one, ()) for one in some], x.dtype) for some in (b, a))
    if np.prod(shape[1:]) > 100 * np.count_nonzero(a):
        # A loop over the steps computes so many at once as fast.
        return None
    if x.shape != shape:
        x = np.broadcast_to(x, shape)
    earlier_x, earlier_y = (_before(some, len(of), x) for some, of in ((earlier_x, b[1:]), (earlier_y, a)))
    if _lfilter is None:
        y = _filter_in_blocks(b, a, x, earlier_x, earlier_y)
    else:
        # It is four times as fast as blocks. Its delays hold what earlier steps add to the first ones.
        held = np.zeros((max(len(b) - 1, len(a)), *x.shape[1:]), x.dtype)
        for lag in range(1, len(b)):
            held[:lag] += b[lag] * earlier_x[-lag:]
        for lag in range(1, len(a) + 1):
            held[:lag] -= a[lag - 1] * earlier_y[-lag:]
        y, _ = _lfilter(b, np.concatenate([np.ones(1, x.dtype), a]), x, axis=0, zi=held)
    return y if y is not None and _are_finite(y[-len(a) :]) else None


def _before(given: Any, count: int, like: Numbers) -> Numbers:
    """Return what stands before the first step, oldest first, as an array of the entries of a step."""
    found = np.zeros((count, *like.shape[1:]), like.dtype)
    if count and len(given):
        found[:] = given if isinstance(given, np.ndarray) else np.stack(np.broadcast_arrays(*given))
    return found


def _are_finite(values: Numbers) -> bool:
    """Return whether all values are finite, as exact numbers are."""
    return values.dtype == object or bool(np.isfinite(values).all())


def _filter_in_blocks(b: Numbers, a: Numbers, x: Numbers, earlier_x: Numbers, earlier_y: Numbers) -> Numbers | None:
    """Return what `_filter` does: a product for all blocks of 64 steps, and one for what they begin with."""
    size, order, steps = 64, len(a), len(x)
    width = int(np.prod(x.shape[1:]))
    if width > 64 or not width or order > 16:
        return None
    blocks = -(-steps // size)
    driven = np.zeros((blocks * size, *x.shape[1:]), x.dtype)
    np.multiply(b[0], x, out=driven[:steps])
    before = np.concatenate([earlier_x, x]) if len(b) > 1 else x
    for lag in range(1, len(b)):
        driven[:steps] += b[lag] * before[len(b) - 1 - lag : len(b) - 1 - lag + steps]
    # What a step of 1, and what each of the steps before a block, add to the steps of that block.
    response = np.zeros((size, 1 + order), x.dtype)
    response[0, 0] = 1
    past = np.eye(order, dtype=x.dtype)[::-1]
    for step in range(size):
        for lag in range(1, order + 1):
            if step >= lag:
                response[step] -= a[lag - 1] * response[step - lag]
            else:
                response[step, 1:] -= a[lag - 1] * past[order - lag + step]
    steps_apart = np.subtract.outer(np.arange(size), np.arange(size))
    within = np.where(steps_apart < 0, 0 * response[0, 0], response[steps_apart.clip(0), 0])
    rows = driven.reshape(blocks, size, width)
    # One large product is faster than one a block.
    y = (rows[..., 0] @ within.T)[..., None] if width == 1 else np.matmul(within, rows)
    # Each block begins where the one before it ended: with its last steps, the latest first.
    carried, ends = response[size - order :, 1:][::-1], y[:, size - order :][:, ::-1]
    begin = earlier_y[::-1].reshape(1, order, width).swapaxes(1, 2)
    begins = np.concatenate([begin, _by_powers(carried, ends.swapaxes(1, 2), begin[0])[:-1]]).swapaxes(1, 2)
    y += (begins[..., 0] @ response[:, 1:].T)[..., None] if width == 1 else np.matmul(response[:, 1:], begins)
    return y.reshape(driven.shape)[:steps]


def _scan(a: Any, b: Numbers, before: Any, shape: tuple[int, ...]) -> Numbers | None:
    """Return h(t) = a(t) h(t-1) + b(t) for all steps, entry by entry, of a shape; or None.

    What is alone in a tuple is the a(t) of every step.
    Blocks of steps stand side by side: those of all blocks are computed together, one step after the
    other, with the product of their coefficients, and then what each block begins with. Nothing is divided.
    """
    size, steps = 64, len(b)
    width = int(np.prod(shape[1:]))
    if width > 100 or not width or steps * width < 16 * size or steps < 4 * size or b.ndim < len(shape):
        # A loop over the steps is as fast.
        return None
    a = np.broadcast_to(a[0], shape) if isinstance(a, tuple) else a
    h = np.empty(shape, b.dtype)
    first: Any = _before(before, 1, h)[0]
    # A piece stays in the cache.
    piece = size * max(1, 2**15 // (size * width))
    for start in range(0, steps, piece):
        here = slice(start, start + piece)
        own = h[here]
        count, rest = divmod(len(own), size)
        if count:
            whole = slice(start, start + count * size)
            factors, terms = (_in_blocks(one[whole], (count, size, *shape[1:])) for one in (a, b))
            first = _scan_of_blocks(factors, terms, first)
            own[: count * size] = terms.swapaxes(0, 1).reshape(count * size, *shape[1:])
        for step in range(count * size, count * size + rest):
            first = own[step] = a[start + step] * first + b[start + step]
    return h if _are_finite(h[-1:]) else None


def _in_blocks(values: Numbers, shape: tuple[int, ...]) -> Numbers:
    """Return the steps of blocks in an array of its own, those with one place in their blocks together."""
    blocks, size, *entries = shape
    values = np.broadcast_to(values, (blocks * size, *entries))
    return np.array(values.reshape(shape).swapaxes(0, 1), order="C")


def _scan_of_blocks(a: Numbers, b: Numbers, first: Any) -> Any:
    """Compute h(t) = a(t) h(t-1) + b(t) in place of b, in blocks side by side, and return the last."""
    product = np.empty_like(b[0])
    for step in range(1, len(b)):
        np.multiply(a[step], b[step - 1], out=product)
        b[step] += product
        a[step] *= a[step - 1]
    begins = np.empty_like(b[0])
    if begins.ndim == 1:
        # Python's own numbers are faster than arrays of one.
        carried, now = [], first.item() if isinstance(first, np.generic | np.ndarray) else first
        for factor, term in zip(a[-1].tolist(), b[-1].tolist()):
            carried.append(now)
            now = factor * now + term
        begins[:] = carried
        first = now
    else:
        for block, (factor, term) in enumerate(zip(a[-1], b[-1])):
            begins[block] = first
            first = factor * first + term
    a *= begins
    b += a
    return first


def _matrix_scan(A: Numbers, d: Numbers, before: Any, shape: tuple[int, ...]) -> Numbers | None:
    """Return y(t) = A y(t-1) + d(t) for all steps, vectors of a shape; or None."""
    entries = shape[-1]
    if A.ndim != 2 or entries > 16 or len(d) < 64 or d.ndim < len(shape) or 0 in shape:
        # Sequences with matrices of their own, large ones and few steps are as fast in a loop.
        return None
    terms = np.broadcast_to(d, shape).reshape(len(d), -1, entries)
    begin = _before(before, 1, np.empty((1, *shape[1:]), d.dtype)).reshape(-1, entries)
    y = _by_powers(A, terms, begin).reshape(shape)
    return y if _are_finite(y[-1:]) else None


def _by_powers(A: Numbers, d: Numbers, begin: Numbers) -> Numbers:
    """Return y(t) = A y(t-1) + d(t) for all steps, as (steps, sequences, entries).

    A block of steps is one product with a matrix of powers of A; then comes what each block begins with.
    """
    steps, sequences, entries = d.shape
    size = 16 if entries <= 8 else 8
    powers = [np.eye(entries, dtype=d.dtype)]
    for _ in range(size):
        powers.append(A @ powers[-1])
    within = np.zeros((size, entries, size, entries), d.dtype)
    for step in range(size):
        for earlier in range(step + 1):
            within[step, :, earlier] = powers[step - earlier]
    blocks = -(-steps // size)
    terms = np.zeros((blocks * size, sequences, entries), d.dtype)
    terms[:steps] = d
    rows = terms.reshape(blocks, size, sequences, entries).swapaxes(1, 2)
    # They are (blocks, sequences, steps of a block and their entries).
    y = rows.reshape(blocks, sequences, size * entries) @ within.reshape(size * entries, size * entries).T
    begins = np.empty((blocks, sequences, entries), d.dtype)
    ends, over = y[:, :, -entries:], powers[size].T
    for block in range(blocks):
        begins[block] = begin
        begin = ends[block] + begin @ over
    y += begins @ np.concatenate(powers[1:]).T
    found = y.reshape(blocks, sequences, size, entries).swapaxes(1, 2)
    return found.reshape(blocks * size, sequences, entries)[:steps]


def _outer_scan(
    a: Any, p: Any, v: Numbers, k: Numbers, q: Numbers, before: Any, shape: tuple[int, ...]
) -> Numbers | None:
    """Return S(t) q(t) for S(t) = a(t) S(t-1) + u(t) k(t)^T, where u(t) = v(t) + S(t-1) p(t); or None.

    They are of all steps, vectors of a shape. A block of 32 steps is the product of what k and q have in
    common with u, each as it has decayed, and what the block begins with. Where there is a p(t) the u(t) of
    a block come first, one row after the other in all blocks at once: they are linear in what the block
    begins with. Without an a(t) nothing decays.
    """
    size, steps = 32, shape[0]
    sequences, entries, columns = int(np.prod(shape[1:-1])), shape[-1], k.shape[-1]
    delta = [] if isinstance(p, tuple) else [p]
    least = min(one.ndim for one in (v, k, q, *delta))
    if steps < 4 * size or least < len(shape) or 0 in shape or not columns:
        return None
    blocks = -(-steps // size)
    u, k, q, *delta = (_side_by_side(one, blocks, size, shape[:-1]) for one in (v, k, q, *delta))
    decay, begun = _decays(a, blocks, size, shape[:-1], u.dtype)
    over = []
    for rows in delta:
        # Row i of u gains S(i-1) p(i): what is left of the rows before, and of what the block begins with.
        along = rows @ k.swapaxes(-1, -2)
        along[..., 1:, :] *= decay[..., :-1, :]
        rows[..., 1:, :] *= begun[..., :-1, None]
        for row in range(1, size):
            earlier = along[..., row, None, :row]
            u[..., row, None, :] += earlier @ u[..., :row, :]
            rows[..., row, None, :] += earlier @ rows[..., :row, :]
        over.append(rows)
    common = q @ k.swapaxes(-1, -2)
    common *= decay
    q *= begun[..., None]
    last = decay[..., -1, :, None]
    like = np.empty((1, *shape[1:], columns), u.dtype)
    state = _before(before, 1, like).reshape(sequences, entries, columns)
    found = np.empty_like(u) if over else common @ u
    added: Any = [] if over else (u * last).swapaxes(-1, -2) @ k
    for block in range(blocks):
        turned = state.swapaxes(-1, -2)
        if over:
            u[block] += over[0][block] @ turned
            found[block] = common[block] @ u[block]
            added.append((u[block] * last[block]).swapaxes(-1, -2) @ k[block])
        found[block] += q[block] @ turned
        state = state * begun[block, :, -1, None, None] + added[block]
    found = found.swapaxes(1, 2).reshape(blocks * size, *shape[1:])[:steps]
    # What is infinite in a q(t) is so at its own step alone.
    return found if _are_finite(found) and _are_finite(state) else None


def _decays(a: Any, blocks: int, size: int, shape: tuple[int, ...], dtype: Any) -> tuple[Numbers, Numbers]:
    """Return what is left in each step of a block of what each has added, and of what it begins with."""
    steps, sequences = shape[0], int(np.prod(shape[1:]))
    decay = np.zeros((blocks, sequences, size, size), dtype)
    # Behind the last step nothing decays, and nothing is added.
    every = np.ones((blocks * size, sequences), dtype)
    if not isinstance(a, tuple):
        every[:steps] = np.broadcast_to(a, shape).reshape(steps, sequences)
    factors = every.reshape(blocks, size, sequences).swapaxes(1, 2)
    decay[..., 0, 0] = 1
    for step in range(1, size):
        np.multiply(decay[..., step - 1, :step], factors[..., step, None], out=decay[..., step, :step])
        decay[..., step, step] = 1
    return decay, decay[..., 0] * factors[..., :1]


def _side_by_side(values: Numbers, blocks: int, size: int, shape: tuple[int, ...]) -> Numbers:
    """Return vectors of all steps as (blocks, sequences, steps of a block, entries), with zeros behind."""
    entries = values.shape[-1]
    values = np.broadcast_to(values, (*shape, entries)).reshape(shape[0], -1, entries)
    found = np.zeros((blocks * size, *values.shape[1:]), values.dtype)
    found[: shape[0]] = values
    return np.array(found.reshape(blocks, size, *values.shape[1:]).swapaxes(1, 2), order="C")
