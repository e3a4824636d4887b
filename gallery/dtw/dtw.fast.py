# Written by unfoldgraph.
"""Dynamic time warping

    D(i, j) = abs(x(i) - y(j)) + min(D(i-1, j), D(i, j-1), D(i-1, j-1)) if abs(i - j) <= r else inf
    D(i, 0) = inf
    D(0, j) = inf
    D(0, 0) = 0
    distance = D(end, end)
"""

import numpy as np


def dtw(*, x, y, r, lengths=None):
    """Return D at every step, and distance.

    Any array may have batch dimensions in front (*batch); they broadcast together.

    Parameters
    ----------
    x : array (*batch, steps_i)
    y : array (*batch, steps_j)
    r : array (*batch)
    lengths : dict of arrays of int, optional
        Where each sequence has a length of its own; beyond its end its results are 0: steps_i as {"i": ...}
        and steps_j as {"j": ...}.

    Returns
    -------
    dict, its keys also attributes
        D : array (*batch, steps_i, steps_j)
        distance : array (*batch)
    """
    given = {"x": (x, "steps_i"), "y": (y, "steps_j"), "r": (r,)}
    arrays, sizes, batch, dtype = _arrays(**given)
    x, y, r = arrays
    steps_i = sizes["steps_i"]
    steps_j = sizes["steps_j"]
    if lengths is not None:
        return _by_length(
            dtw,
            lengths,
            {"i": ("steps_i", steps_i), "j": ("steps_j", steps_j)},
            given,
            batch,
            {"D": ("i", "j"), "distance": ()},
        )

    with np.errstate(all="ignore"):
        x = _time_first(x, 0, batch)
        y = _time_first(y, 0, batch)
        step_i = np.arange(1, steps_i + 1, dtype=dtype).reshape(steps_i, *[1] * len(batch))  # numbers of i
        step_j = np.arange(1, steps_j + 1, dtype=dtype).reshape(steps_j, *[1] * len(batch))  # numbers of j
        D = np.zeros((1 + steps_i, 1 + steps_j, *batch), dtype)

        # D(i, 0) = inf
        D[1:, 0] = np.inf

        # D(0, j) = inf
        D[0, 1:] = np.inf

        # D(0, 0) = 0
        D[0, 0] = 0

        # What the loop over i and j does not change, computed at once.
        D_given = (np.abs(step_i[:, None] - step_j) <= r).astype(dtype)
        x_y = np.abs(x[:, None] - y)

        # The places of a wavefront are a slice of a flat array, from its first one on.
        D_flat = _flat(D)[steps_j + 2 :]
        D_given_flat = _flat(D_given)
        x_y_flat = _flat(x_y)
        D_flat_2 = _flat(D)[1:]
        D_flat_3 = _flat(D)[steps_j + 1 :]
        D_flat_4 = _flat(D)
        fronts = _front_slices((steps_i, steps_j), (1, 1), (steps_j + 1, 1), (steps_j, 1))
        for front in range(steps_i + steps_j - 1):
            # D(i, j) = abs(x(i) - y(j)) + min(D(i-1, j), D(i, j-1), D(i-1, j-1)) if abs(i - j) <= r else inf
            [places, places_2] = fronts(front)
            D_part = x_y_flat[places_2] + _least(D_flat_2[places], D_flat_3[places], D_flat_4[places])
            D_flat[places] = np.where(D_given_flat[places_2], D_part, np.inf)

        # distance = D(end, end)
        distance = D[steps_i, steps_j]

    return _Result({
        "D": _batch_first(D[1:, 1:], 0, batch, axes=2),
        "distance": _for_batch(distance, batch, dtype),
    })


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


def _by_length(function, lengths, axes, given, batch, results, others=None, steps_of=()):
    """Return the results of sequences that each end at their own length, with zeros beyond.

    Those of equal lengths are cut out of the arrays and computed together. The shapes of the arrays call the
    lengths of the `axes` by their names; the `results` are the axes of each. Of the axes `steps_of` the
    function is told the number of steps.
    """
    ends = _ends(lengths, {axis: steps for axis, (_, steps) in axes.items()}, batch)
    batch = ends.shape[:-1]
    groups = np.unique(ends.reshape(-1, len(axes)), axis=0).tolist()
    found = {}
    for group in groups or [[steps for _, steps in axes.values()]]:
        of = np.all(ends == group, axis=-1)
        length = dict(zip(axes, group))
        named = {name: length[axis] for axis, (name, _) in axes.items()}
        arrays = {}
        some = 0
        for name, (value, *shape) in given.items():
            if value is None:
                # What is not needed is left out.
                continue
            array = np.asarray(value)
            own = min(len(shape), array.ndim) if shape[-1:] == [...] else len(shape)
            if array.ndim > own:
                array = np.broadcast_to(array, (*batch, *array.shape[array.ndim - own :]))[of]
                value = array
                some = 1
            if any(size in named for size in shape if isinstance(size, str)):
                value = array[(..., *(slice(named.get(size)) for size in shape[:own]))]
            arrays[name] = value
        if steps_of:
            steps = {axis: length[axis] for axis in steps_of}
            arrays["steps"] = steps if len(axes) > 1 else steps[steps_of[0]]
        for name, value in dict(function(**arrays, **(others or {}))).items():
            over = results[name]
            whole = (*batch, *(axes[axis][1] for axis in over), *value.shape[some + len(over) :])
            # What a function would have returned at no step has no shape yet.
            if name not in found or found[name].ndim < len(whole):
                found[name] = np.zeros(whole, value.dtype)
            if value.size:
                found[name][(of, *(slice(length[axis]) for axis in over))] = value
    return _Result(found)


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


def _for_batch(value, shape, dtype):
    """Return a value of its own for every sequence of the batch."""
    whole = value if np.shape(value) == shape else np.broadcast_to(value, shape)
    if getattr(value, "dtype", None) == dtype:
        return np.array(whole)
    # A constant may be too large for the type.
    with np.errstate(over="ignore"):
        return np.array(whole, dtype)


def _least(first, *others):
    """Return the least of several values, entry by entry."""
    for other in others:
        first = np.minimum(first, other)
    return first
