# Written by unfoldgraph.
"""Two-dimensional recurrent network

    h(i, j) = tanh(b + U @ x(i, j) + V @ h(i-1, j) + W @ h(i, j-1))
    h(0, j) = 0
    h(i, 0) = 0
"""

import numpy as np


def two_dimensional(*, x, b, U, V, W, lengths=None):
    """Return h at every step.

    Any array may have batch dimensions in front (*batch); they broadcast together.

    Parameters
    ----------
    x : array (*batch, steps_i, steps_j, n)
    b : array (*batch, m)
    U : array (*batch, m, n)
    V, W : array (*batch, m, m)
    lengths : dict of arrays of int, optional
        Where each sequence has a length of its own; beyond its end its results are 0: steps_i as {"i": ...}
        and steps_j as {"j": ...}.

    Returns
    -------
    dict, its keys also attributes
        h : array (*batch, steps_i, steps_j, m)
    """
    arrays, sizes, batch, dtype = _arrays(
        x=(x, "steps_i", "steps_j", "n"), b=(b, "m"), U=(U, "m", "n"), V=(V, "m", "m"), W=(W, "m", "m")
    )
    x, b, U, V, W = arrays
    steps_i = sizes["steps_i"]
    steps_j = sizes["steps_j"]
    m = sizes["m"]

    with np.errstate(all="ignore"):
        x = _time_first(x, 1, batch, axes=2)
        h = np.zeros((1 + steps_i, 1 + steps_j, *batch, m), dtype)

        # h(0, j) = 0
        h[0, 1:] = 0

        # h(i, 0) = 0
        h[1:, 0] = 0

        # What the loop over i and j does not change, computed at once.
        b_U_x = b + _apply(U, x)

        # The places of a wavefront are a slice of a flat array, from its first one on.
        h_flat = _flat(h)[steps_j + 2 :]
        b_U_x_flat = _flat(b_U_x)
        h_flat_2 = _flat(h)[1:]
        h_flat_3 = _flat(h)[steps_j + 1 :]
        V_columns = _by_columns(V)
        W_columns = _by_columns(W)
        fronts = _front_slices((steps_i, steps_j), (1, 1), (steps_j + 1, 1), (steps_j, 1))
        for front in range(steps_i + steps_j - 1):
            # h(i, j) = tanh(b + U @ x(i, j) + V @ h(i-1, j) + W @ h(i, j-1))
            [places, places_2] = fronts(front)
            h_part = b_U_x_flat[places_2] + _apply(V_columns, h_flat_2[places])
            h_part += _apply(W_columns, h_flat_3[places])
            np.tanh(h_part, out=h_flat[places])

    results = {"h": _batch_first(h[1:, 1:], 1, batch, axes=2)}
    if lengths is not None:
        # What comes after the end of a sequence changes nothing before it.
        results = _cut_off(results, lengths, {"i": steps_i, "j": steps_j}, batch, {"h": ("i", "j")})
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


def _front_slices(lengths, direction, *numbers):
    """Return a function that gives the places of a wavefront of two axes as slices of flat arrays.

    Place (i, j) is number a * i + b * j of such an array: `numbers` are an (a, b) for each slice.
    """
    least, (stride, other_stride), i, j, count = _lines(lengths, direction)
    slices = []
    for a, b in numbers:
        # A place alone has no next one.
        step = a * stride + b * other_stride or 1
        starts = np.where(count, a * i + b * j, 0)
        ends = zip(starts.tolist(), (starts + step * count).tolist())
        # An end below 0 would count from the end.
        slices.append([slice(start, None if stop < 0 else stop, step) for start, stop in ends])
    found = list(zip(*slices))
    nothing = (slice(0),) * len(numbers)

    def front(time):
        return found[time - least] if 0 <= time - least < len(found) else nothing

    return front


def _lines(lengths, direction):
    """Return what all wavefronts of two axes are: the number of the first, and how far it is to a next place.

    Then come arrays with where each begins, along i and along j, and how many places it has. The first
    index grows.
    """
    ends = [entry * (length - 1) for entry, length in zip(direction, lengths)]
    least = sum(min(0, end) for end in ends)
    divisor = int(np.gcd.reduce(direction))
    times, remainders = np.divmod(np.arange(least, sum(max(0, end) for end in ends) + 1), divisor)
    a, b = (int(entry) // divisor for entry in direction)
    stride, other_stride = (b, -a) if b > 0 else (-b, a)
    rows, columns = lengths if min(lengths) else (0, 1)
    # The second index stays between its ends, and so does time - a * i.
    low, high = sorted((0, b * (columns - 1)), reverse=a < 0)
    i = np.maximum(0, -((high - times) // a))
    i += (times * pow(a, -1, stride) - i) % stride
    count = (np.minimum(rows - 1, (times - low) // a) - i) // stride + 1
    count = np.where(remainders, 0, np.maximum(0, count))
    return least, (stride, other_stride), i, (times - a * i) // b, count


def _flat(values):
    """Return an array whose first two dimensions are one."""
    rows, columns, *others = values.shape
    return values.reshape(rows * columns, *others)


def _apply(matrix, vector):
    """Return matrix @ vector at every step, for every sequence."""
    if matrix.ndim == 2:
        return vector @ matrix.T
    return np.matmul(matrix, vector[..., None])[..., 0]


def _by_columns(matrix):
    """Return a matrix that lies in memory column by column, with which `_apply` is faster."""
    return np.asfortranarray(matrix) if matrix.ndim == 2 else matrix
