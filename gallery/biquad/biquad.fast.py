# Written by unfoldgraph.
"""Biquad filter

    y(n) = b[0] * x(n) + b[1] * x(n-1) + b[2] * x(n-2) - a1 * y(n-1) - a2 * y(n-2)
"""

import numpy as np

try:
    from scipy.signal import lfilter as _lfilter
except ImportError:
    _lfilter = None


def biquad(*, x, b, a1, a2, x0=0, y0=0, lengths=None):
    """Return y at every step.

    Any array may have batch dimensions in front (*batch); they broadcast together.

    Parameters
    ----------
    x : array (*batch, steps)
    b : array (*batch, 3)
    a1, a2 : array (*batch)
    x0 : array (*batch, 2), default 0
        What stands before the first step: x(-1) to x(0), oldest first.
    y0 : array (*batch, 2), default 0
        What stands before the first step: y(-1) to y(0), oldest first.
    lengths : array (*batch) of int, optional
        Where each sequence has a length of its own; beyond its end its results are 0.

    Returns
    -------
    dict, its keys also attributes
        y : array (*batch, steps)
    """
    arrays, sizes, batch, dtype = _arrays(
        x=(x, "steps"), b=(b, 3), a1=(a1,), a2=(a2,), x0=(x0, 2), y0=(y0, 2), _scalars=("x0", "y0")
    )
    x, b, a1, a2, x0, y0 = arrays
    steps = sizes["steps"]

    with np.errstate(all="ignore"):
        x = _time_first(x, 0, batch)
        x0 = _time_first(x0, 0, batch)
        y0 = _time_first(y0, 0, batch)

        # y(n) = b[0] * x(n) + b[1] * x(n-1) + b[2] * x(n-2) - a1 * y(n-1) - a2 * y(n-2)
        y = _filter((b[..., 0], b[..., 1], b[..., 2]), (a1, a2), x, x0, y0, (steps, *batch))
        if y is None:
            # Few steps, coefficients of each sequence, or results that are not finite: step by step.
            y_whole = np.zeros((2 + steps, *batch), dtype)
            y_whole[:2] = y0
            x_whole = np.zeros((2 + steps, *batch), dtype)
            x_whole[:2] = x0
            x_whole[2:] = x
            # What does not need earlier steps, for all steps at once.
            y_whole_2 = (
                b[..., 0] * x_whole[2:] + b[..., 1] * x_whole[1 : steps + 1] + b[..., 2] * x_whole[:steps]
            )
            for n in range(steps):
                # y(n) = b[0] * x(n) + b[1] * x(n-1) + b[2] * x(n-2) - a1 * y(n-1) - a2 * y(n-2)
                y_whole[n + 2] = y_whole_2[n] - a1 * y_whole[n + 1] - a2 * y_whole[n]
            y = y_whole[2:]

    results = {"y": _batch_first(y, 0, batch)}
    if lengths is not None:
        # What comes after the end of a sequence changes nothing before it.
        results = _cut_off(results, lengths, {"n": steps}, batch, {"y": ("n",)})
    return _Result(results)


class _Result(dict):
    """The results by name; every key is also an attribute."""

    def __getattribute__(self, name):
        return self[name] if dict.__contains__(self, name) else super().__getattribute__(name)

    def __reduce__(self):
        return _Result, (dict(self),)


def _is_masked(value):
    """Return whether anything is masked in an array, or in one of those in lists."""
    waiting = [(value,)]
    seen = set()
    while waiting:
        for one in waiting.pop():
            if isinstance(one, (list, tuple)):
                if id(one) not in seen:
                    seen.add(id(one))
                    waiting.append(one)
            elif isinstance(one, np.ma.MaskedArray) and np.ma.is_masked(one):
                return True
    return False


def _array(told, value):
    """Return what was given as an array of numbers; what a mask covers is none.

    The sentence that an error says is begun.
    """
    if type(value) is np.ndarray and value.dtype.kind in "biuf":
        return value
    if _is_masked(value):
        raise ValueError(f"{told}, got an array with a mask: fill it, as with array.filled(0)")
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{told}, got rows of different lengths: pad sequences, and give lengths=") from None
    except (TypeError, RuntimeError) as error:
        raise TypeError(f"{told}, got {type(value).__name__}: {error}") from None
    if array.dtype.kind not in "biuf":
        found = "nothing" if value is None else f"dtype {array.dtype} of shape {array.shape}"
        raise TypeError(f"{told}, got {found}")
    return array


def _arrays(*, _scalars=(), _optional=(), **given):
    """Return the arrays in one floating type, the sizes in their shapes, the batch they share, and that type.

    Each is given with its own shape, which the dimensions of a batch may precede; `...` is a dimension that
    there may be. Those named in `_scalars` may also be scalars; those in `_optional` may be None, and are
    only looked at.
    """
    # Most calls have nothing to convert.
    return _plain_arrays(given, _scalars, _optional) or _converted_arrays(given, _scalars, _optional)


def _plain_arrays(given, scalars, optional):
    """Return what `_arrays` does if all are arrays of float64 of one batch, or none, or numbers, that fit."""
    dtype = np.dtype(np.float64)
    sizes = {}
    batch = ()
    found = []
    unfilled = []
    for name, (value, *shape) in given.items():
        if type(value) is np.ndarray:
            own = value.shape
            lead = len(own) - len(shape)
            if value.dtype is not dtype or lead < 0 or ... in shape:
                return None
            if lead:
                if batch and batch != own[:lead]:
                    return None
                batch, own = own[:lead], own[lead:]
            for size, length in zip(shape, own):
                known = sizes.setdefault(size, length) if type(size) is str else size
                if known != length:
                    return None
        elif type(value) is float or (type(value) is int and abs(value) < 2**63):
            if shape and name not in scalars:
                return None
            if shape and name not in optional:
                unfilled.append((len(found), value, shape))
            elif not shape:
                value = np.array(float(value))
        elif value is not None or name not in optional:
            return None
        if name not in optional:
            found.append(value)
    # A number may fill a shape that a later array tells.
    for position, value, shape in unfilled:
        lengths = [sizes.get(size, size) for size in shape]
        if not all(type(length) is int for length in lengths):
            return None
        found[position] = np.empty(lengths)
        found[position].fill(value)
    return found, sizes, batch, np.float64


def _converted_arrays(given, scalars, optional):
    """Return what `_arrays` does, or say which array does not fit."""
    arrays = {}
    types = set()
    sizes = {}
    batches = {}
    for name, (value, *shape) in given.items():
        if value is None and name in optional:
            continue
        expected = f"({', '.join(map(str, ['*batch', *shape]))})".replace("Ellipsis", "...")
        array = _array(f"{name}: expected numbers of shape {expected}", value)
        # A plain number takes the type of the arrays beside it.
        if array.dtype.kind == "f" and type(value) is not float:
            types.add(array.dtype.type)
        arrays[name] = array
        if array.ndim == 0 and name in scalars:
            continue
        if shape[-1:] == [...]:
            shape[-1:] = [f"size of {name}"] * (array.ndim >= len(shape))
        known = {size: sizes[size] for size in shape if size in sizes}
        own = array.shape[array.ndim - len(shape) :] if array.ndim >= len(shape) else ()
        fits = len(own) == len(shape)
        for size, length in zip(shape, own):
            fits = fits and (sizes.setdefault(size, length) if isinstance(size, str) else size) == length
        if not fits:
            told = ", ".join(f"{size} = {length}" for size, length in known.items())
            where = f" with {told}" if told else ""
            raise ValueError(f"{name}: expected shape {expected}{where}, got {array.shape}")
        batches[name] = array.shape[: array.ndim - len(shape)]
    try:
        batch = np.broadcast_shapes(*batches.values())
    except ValueError:
        told = ", ".join(f"{name} {shape}" for name, shape in batches.items() if shape)
        raise ValueError(f"these batch dimensions do not broadcast together: {told}") from None
    dtype = np.float32 if types == {np.float32} else np.float64
    # A number may be too large for the type of the others.
    with np.errstate(over="ignore"):
        typed = {name: one.astype(dtype, copy=False) for name, one in arrays.items() if name not in optional}
    found = []
    for name, (_, *shape) in given.items():
        if name not in optional:
            array = typed[name]
            if array.ndim == 0 and name in scalars:
                for size in shape:
                    if isinstance(size, str) and size not in sizes:
                        raise ValueError(f"no array says how large '{size}' is")
                own = tuple(sizes.get(size, size) for size in shape if size is not ...)
                array = np.broadcast_to(array, own)
            found.append(array)
    return found, sizes, batch, dtype


def _whole_numbers(lengths):
    """Return lengths of sequences as an array of whole numbers."""
    own = _array("lengths: expected whole numbers", lengths)
    if own.dtype.kind not in "iu" and own.size:
        raise ValueError(f"lengths: expected whole numbers, got {own.dtype}")
    return own.astype(int)


def _ends(lengths, axes, batch):
    """Return the lengths of each sequence, (*batch, axes); at most those of the arrays, by axis."""
    if not isinstance(lengths, dict):
        if len(axes) != 1:
            raise ValueError(f"lengths: expected a dictionary with those of {', '.join(axes)}")
        lengths = dict.fromkeys(axes, lengths)
    for axis in lengths:
        if axis not in axes:
            raise ValueError(f"lengths: {axis!r} is none of the axes {', '.join(axes)}")
    ends = []
    for axis, steps in axes.items():
        own = _whole_numbers(lengths.get(axis, steps))
        if own.size and (own.min() < 0 or own.max() > steps):
            raise ValueError(f"lengths: expected numbers from 0 to {steps}, got {own.min()} to {own.max()}")
        ends.append(own)
    try:
        batch = np.broadcast_shapes(batch, *(own.shape for own in ends))
    except ValueError:
        told = " and ".join(str(own.shape) for own in ends)
        raise ValueError(f"lengths: {told} do not broadcast with the batch {batch}") from None
    return np.stack([np.broadcast_to(own, batch) for own in ends], axis=-1)


def _cut_off(results, lengths, axes, batch, axes_of):
    """Return results with zeros beyond the end of each sequence; `axes_of` are the axes of each.

    They are arrays of this call, into which the zeros are written. Only where lengths bring dimensions of a
    batch are they copied, for as many sequences.
    """
    ends = _ends(lengths, axes, batch)
    whole = ends.shape[:-1]
    found = {}
    for name, value in results.items():
        if whole != batch:
            value = np.broadcast_to(value, (*whole, *value.shape[len(batch) :])).copy()
        found[name] = value
        for position, axis in enumerate(axes_of[name], len(whole)):
            places = np.moveaxis(value, (position, *range(len(whole))), range(1 + len(whole)))
            steps = np.arange(axes[axis]).reshape(-1, *[1] * len(whole))
            places[steps >= ends[..., list(axes).index(axis)]] = 0
    return found


def _time_first(values, rank, batch, axes=1):
    """Return (*batch, *steps, *shape) as (*steps, *batch, *shape), with as many batch dimensions as all."""
    if not batch:
        return values
    own = values.ndim - rank - axes
    values = np.moveaxis(values, range(own, own + axes), range(axes))
    return np.expand_dims(values, tuple(range(axes, axes + len(batch) - own)))


def _batch_first(values, rank, batch, axes=1):
    """Return (*steps, *batch, *shape) as (*batch, *steps, *shape)."""
    if not batch:
        return values
    whole = (*values.shape[:axes], *batch, *values.shape[values.ndim - rank :])
    if values.shape != whole:
        values = np.broadcast_to(values, whole).copy()
    return np.moveaxis(values, range(axes), range(len(batch), len(batch) + axes))


def _filter(b, a, x, earlier_x, earlier_y, shape):
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


def _before(given, count, like):
    """Return what stands before the first step, oldest first, as an array of the entries of a step."""
    found = np.zeros((count, *like.shape[1:]), like.dtype)
    if count and len(given):
        found[:] = given if isinstance(given, np.ndarray) else np.stack(np.broadcast_arrays(*given))
    return found


def _are_finite(values):
    """Return whether all values are finite, as exact numbers are."""
    return values.dtype == object or bool(np.isfinite(values).all())


def _filter_in_blocks(b, a, x, earlier_x, earlier_y):
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


def _by_powers(A, d, begin):
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
