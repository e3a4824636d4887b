# Written by unfoldgraph.
"""Stacked recurrent network

    h(t) = tanh(b_h + W_h @ h(t-1) + U_h @ x(t))
    z(t) = tanh(b_z + W_z @ z(t-1) + U_z @ h(t))
    o(t) = c + V @ z(t)
"""

import numpy as np


def stacked(*, x, b_h, b_z, c, W_h, W_z, U_h, U_z, V, h0=0, z0=0, lengths=None):
    """Return h, z and o at every step.

    Any array may have batch dimensions in front (*batch); they broadcast together.

    Parameters
    ----------
    x : array (*batch, steps, n)
    b_h, b_z : array (*batch, m)
    c : array (*batch, k)
    W_h, W_z, U_z : array (*batch, m, m)
    U_h : array (*batch, m, n)
    V : array (*batch, k, m)
    h0 : array (*batch, m), default 0
        What stands before the first step: h(0).
    z0 : array (*batch, m), default 0
        What stands before the first step: z(0).
    lengths : array (*batch) of int, optional
        Where each sequence has a length of its own; beyond its end its results are 0.

    Returns
    -------
    dict, its keys also attributes
        h, z : array (*batch, steps, m)
        o : array (*batch, steps, k)
    """
    arrays, sizes, batch, dtype = _arrays(
        x=(x, "steps", "n"),
        b_h=(b_h, "m"),
        b_z=(b_z, "m"),
        c=(c, "k"),
        W_h=(W_h, "m", "m"),
        W_z=(W_z, "m", "m"),
        U_h=(U_h, "m", "n"),
        U_z=(U_z, "m", "m"),
        V=(V, "k", "m"),
        h0=(h0, "m"),
        z0=(z0, "m"),
        _scalars=("h0", "z0"),
    )
    x, b_h, b_z, c, W_h, W_z, U_h, U_z, V, h0, z0 = arrays
    steps = sizes["steps"]
    n, m = sizes["n"], sizes["m"]

    with np.errstate(all="ignore"):
        if _are_shared(1, b_h, b_z, c) and _are_shared(2, W_h, W_z, U_h, U_z, V):
            batch, ends = _batch_and_ends(lengths, {"t": steps}, batch)
            sequences = _sequences(batch)
            x = _in_columns(x, 1, batch)
            h0 = _in_columns(h0, 1, batch, axes=0)
            z0 = _in_columns(z0, 1, batch, axes=0)
            # One column a sequence: h(t-1), x(t) and 1 below each other, so a step is one product.
            W_h_U_h_b_h = _block((W_h, U_h, b_h))
            # One column a sequence: z(t-1) and 1 below each other, so a step is one product.
            W_z_b_z = _block((W_z, b_z))

            def some_steps(x, h0, z0, steps, sequences):
                """Return the results of some steps, those at the last, and what the next steps begin with."""
                columns = np.zeros((steps + 1, m + n + 1, *sequences), dtype)
                columns[:steps, m + n] = 1
                columns[0, :m] = h0
                columns_2 = np.zeros((steps + 1, m + 1, *sequences), dtype)
                columns_2[:steps, m] = 1
                columns_2[0, :m] = z0
                columns[:steps, m : m + n] = x
                z_2 = np.empty((m, *sequences), dtype)

                for columns_t, h_t in zip(columns[:steps], columns[1:, :m]):
                    np.dot(W_h_U_h_b_h, columns_t, out=z_2)
                    # h(t) = tanh(b_h + W_h @ h(t-1) + U_h @ x(t))
                    np.tanh(z_2, out=h_t)
                z_3 = np.empty((m, *sequences), dtype)

                # What does not need earlier steps, for all steps at once.
                U_z_h = np.matmul(U_z, columns[1:, :m])

                for columns_t, U_z_h_t, z_t in zip(columns_2[:steps], U_z_h, columns_2[1:, :m]):
                    np.dot(W_z_b_z, columns_t, out=z_3)
                    # z(t) = tanh(b_z + W_z @ z(t-1) + U_z @ h(t))
                    np.add(z_3, U_z_h_t, out=z_3)
                    np.tanh(z_3, out=z_t)

                # o(t) = c + V @ z(t)
                o = c[:, None] + np.matmul(V, columns_2[1:, :m])
                h0_next = columns[steps, :m]
                z0_next = columns_2[steps, :m]
                h = columns[:, :m]
                z = columns_2[:, :m]
                return (h[1:], z[1:], o), (), (h0_next, z0_next)

            [h, z, o] = _in_pieces(some_steps, (x,), (h0, z0), steps, sequences, ends=ends)
            results = {
                "h": _out_of_columns(h, 1, batch),
                "z": _out_of_columns(z, 1, batch),
                "o": _out_of_columns(o, 1, batch),
            }
        else:
            x = _time_first(x, 1, batch)
            h = np.zeros((1 + steps, *batch, m), dtype)
            h[0] = h0
            z = np.zeros((1 + steps, *batch, m), dtype)
            z[0] = z0

            # What does not need earlier steps, for all steps at once.
            U_h_x = _apply(U_h, x)

            for t in range(steps):
                # h(t) = tanh(b_h + W_h @ h(t-1) + U_h @ x(t))
                h[t + 1] = np.tanh(b_h + _apply(W_h, h[t]) + U_h_x[t])

            # What does not need earlier steps, for all steps at once.
            U_z_h = _apply(U_z, h[1:])

            for t in range(steps):
                # z(t) = tanh(b_z + W_z @ z(t-1) + U_z @ h(t))
                z[t + 1] = np.tanh(b_z + _apply(W_z, z[t]) + U_z_h[t])

            # o(t) = c + V @ z(t)
            o = c + _apply(V, z[1:])
            results = {
                "h": _batch_first(h[1:], 1, batch),
                "z": _batch_first(z[1:], 1, batch),
                "o": _batch_first(o, 1, batch),
            }
            if lengths is not None:
                # What comes after the end of a sequence changes nothing before it.
                results = _cut_off(
                    results, lengths, {"t": steps}, batch, {"h": ("t",), "z": ("t",), "o": ("t",)}
                )

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


def _are_shared(rank, *values):
    """Return whether all sequences have some values of a rank in common."""
    return all(value.ndim == rank for value in values)


def _sequences(batch):
    """Return the shape of a batch as one dimension."""
    count = 1
    for length in batch:
        count *= length
    return (count,)


def _in_columns(values, rank, batch, axes=1, before=0, after=0):
    """Return (*batch, *steps, *shape) as (*steps, *shape, sequences), with zeros off the ends of axes."""
    own = values.shape[values.ndim - rank - axes :]
    if len(batch) != 1 or values.shape != batch + own:
        values = np.broadcast_to(values, batch + own).reshape(_sequences(batch) + own)
    values = values.transpose(*range(1, values.ndim), 0)
    if before == after == 0:
        return values
    before = (before,) * axes if isinstance(before, int) else before
    after = (after,) * axes if isinstance(after, int) else after
    room = [first + count + last for first, count, last in zip(before, own, after)]
    whole = np.zeros((*room, *values.shape[axes:]), values.dtype)
    whole[tuple(slice(first, first + count) for first, count in zip(before, own))] = values
    return whole


def _out_of_columns(values, rank, batch, axes=1):
    """Return (*steps, *shape, sequences) as (*batch, *steps, *shape), and what all share for each of them.

    What has no steps may be a part of what has some, and is an array of its own then.
    """
    if not axes:
        values = values.copy()
    if values.ndim == axes + rank:
        return np.broadcast_to(values, (*batch, *values.shape)).copy()
    values = values.transpose(values.ndim - 1, *range(values.ndim - 1))
    return values if len(batch) == 1 else values.reshape(batch + values.shape[1:])


def _apply(matrix, vector):
    """Return matrix @ vector at every step, for every sequence."""
    if matrix.ndim == 2:
        return vector @ matrix.T
    return np.matmul(matrix, vector[..., None])[..., 0]


def _block(*rows):
    """Return rows of matrices below each other; a vector is a column, and so is 0."""
    found = []
    for row in rows:
        height, kind = len(row[0]), row[0].dtype
        parts = [np.asarray(part, kind) for part in row]
        parts = [part if part.ndim == 2 else np.broadcast_to(part, height)[:, None] for part in parts]
        found.append(np.concatenate(parts, axis=1))
    return np.concatenate(found)


def _batch_and_ends(lengths, axes, batch):
    """Return the batch with the dimensions that lengths bring, and those of all sequences; None without."""
    if lengths is None:
        return batch, None
    ends = _ends(lengths, axes, batch)
    return ends.shape[:-1], ends.ravel()


def _in_pieces(work, along, begin, steps, sequences, ends=None):
    """Return what `work` gives for all steps, and then what it gives at the last.

    It takes arrays along the steps, what stands before the first, how many steps there are and the shape of
    the batch; it gives arrays along the steps, others, and what stands before the next step. Few steps are
    one piece, and many are pieces that stay in the cache. Where sequences have their `ends`, the longest come
    first and those that have ended are left out; what is along the steps is 0 beyond.
    """
    if ends is None and steps < 4096:
        found, last, _ = work(*along, *begin, steps, sequences)
        return [*found, *last]
    (count,) = sequences
    ends = np.full(count, steps) if ends is None else ends
    order = np.argsort(-ends, kind="stable")
    begin = [one[..., order] for one in begin]
    # No step tells the shapes.
    found, last, _ = work(*(one[:0] for one in along), *begin, 0, sequences)
    whole = [np.zeros((count, steps, *one.shape[1:-1]), one.dtype) for one in found]
    # Sequences that end shortly after each other do so in one piece.
    least = max(8, steps // 16)
    stops = np.unique(np.minimum(-(-ends // least) * least, steps)).tolist()
    if steps >= 4096:
        # A piece stays in the cache, and is long enough for what it takes to begin one.
        numbers = sum(one.size for one in (*along, *whole)) // steps
        piece = max(64, 2**15 // max(1, numbers))
        stops = sorted({*stops, *range(piece, max(stops, default=0), piece)})
    first = 0
    for stop in stops:
        of = order[: np.count_nonzero(ends > first)]
        # The sequences come first where they are chosen, for there each of them lies together.
        own = [np.moveaxis(np.moveaxis(one[first:stop], -1, 0)[of], 0, -1) for one in along]
        found, last, begin = work(*own, *(one[..., : len(of)] for one in begin), stop - first, of.shape)
        for target, value in zip(whole, found):
            target[of, first:stop] = np.moveaxis(value, -1, 0)
        first = stop
    for target in whole:
        for sequence, end in enumerate(ends.tolist()):
            target[sequence, end : end + least] = 0
    return [*(np.moveaxis(one, 0, -1) for one in whole), *last]
