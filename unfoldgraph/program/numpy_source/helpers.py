"""The private helpers of generated modules. A module holds those that it calls, and no others."""

from __future__ import annotations

import re

_CALLED = re.compile(r"(?<!\w)(_[A-Za-z]\w*)\(")

_TEXTS = '''
class _Result(dict):
    """The results by name; every key is also an attribute."""

    def __getattribute__(self, name):
        return self[name] if dict.__contains__(self, name) else super().__getattribute__(name)

    def __reduce__(self):
        return _Result, (dict(self),)


def _is_masked(value):
    """Return whether anything is masked in an array, or in one of those in lists."""
    waiting, seen = [(value,)], set()
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
    """Return what was given as an array of numbers; what a mask covers is none. The sentence of an error is begun."""
    if _is_masked(value):
        raise ValueError(f"{told}, got an array with a mask: fill it, as with array.filled(0)")
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{told}, got rows of different lengths") from None
    except (TypeError, RuntimeError) as error:
        raise TypeError(f"{told}, got {type(value).__name__}: {error}") from None
    if array.dtype.kind not in "biuf":
        found = "nothing" if value is None else f"dtype {array.dtype} of shape {array.shape}"
        raise TypeError(f"{told}, got {found}")
    return array


def _arrays(*, _scalars=(), _optional=(), **given):
    """Return the arrays in one floating type, the sizes their shapes give, the batch they share, and that type.

    Each is given with its own shape, which the dimensions of a batch may precede; `...` is a dimension that there
    may be. Those named in `_scalars` may also be scalars; those in `_optional` may be None, and are only looked at.
    """
    arrays, types, sizes, batches = {}, set(), {}, {}
    for name, (value, *shape) in given.items():
        if value is None and name in _optional:
            continue
        expected = f"({', '.join(map(str, ['*batch', *shape]))})".replace("Ellipsis", "...")
        array = _array(f"{name}: expected numbers of shape {expected}", value)
        # A plain number takes the type of the arrays beside it.
        if array.dtype.kind == "f" and type(value) is not float:
            types.add(array.dtype.type)
        arrays[name] = array
        if array.ndim == 0 and name in _scalars:
            continue
        if shape[-1:] == [...]:
            shape[-1:] = [f"size of {name}"] * (array.ndim >= len(shape))
        known = {size: sizes[size] for size in shape if size in sizes}
        own = array.shape[array.ndim - len(shape) :] if array.ndim >= len(shape) else ()
        fits = len(own) == len(shape)
        for size, length in zip(shape, own):
            fits = fits and (sizes.setdefault(size, length) if isinstance(size, str) else size) == length
        if not fits:
            where = " with " + ", ".join(f"{size} = {length}" for size, length in known.items()) if known else ""
            raise ValueError(f"{name}: expected shape {expected}{where}, got {array.shape}")
        batches[name] = array.shape[: array.ndim - len(shape)]
    try:
        batch = np.broadcast_shapes(*batches.values())
    except ValueError:
        told = ", ".join(f"{name} {shape}" for name, shape in batches.items() if shape)
        raise ValueError(f"these batch dimensions do not broadcast together: {told}") from None
    dtype = np.float32 if types == {np.float32} else np.float64
    found = []
    for name, (_, *shape) in given.items():
        if name not in _optional:
            array = arrays[name].astype(dtype, copy=False)
            if array.ndim == 0 and name in _scalars:
                for size in shape:
                    if isinstance(size, str) and size not in sizes:
                        raise ValueError(f"no array says how large '{size}' is")
                array = np.broadcast_to(array, [sizes.get(size, size) for size in shape if size is not ...])
            found.append(array)
    return found, sizes, batch, dtype


def _number_of_steps(steps, lengths, axis, *others):
    """Return the number of steps of an axis, a whole number from 0; by default the greatest of the lengths.

    It is one number, or a dictionary with one for each axis where there are others whose number is to be given.
    """
    told = f"steps[{axis!r}]" if others else "steps"
    if isinstance(steps, dict):
        if axis not in steps:
            raise ValueError(f"steps: expected a number for {axis!r}, got {steps!r}")
        steps = steps[axis]
    elif steps is not None and others:
        raise ValueError(f"steps: expected a number for each of {', '.join([axis, *others])}, got {steps!r}")
    if lengths is not None and not isinstance(lengths, dict):
        lengths = {axis: lengths}
    if steps is None and lengths is not None and axis in lengths:
        steps, told = max(_whole_numbers(lengths[axis]).ravel().tolist(), default=0), "lengths"
    if isinstance(steps, bool) or not isinstance(steps, (int, np.integer)) or steps < 0:
        raise ValueError(f"{told}: expected a whole number from 0, got {steps!r}")
    return int(steps)


def _whole_numbers(lengths):
    """Return lengths of sequences as an array of whole numbers."""
    own = _array("lengths: expected whole numbers", lengths)
    if own.dtype.kind not in "iu" and own.size:
        raise ValueError(f"lengths: expected whole numbers, got {own.dtype}")
    return own.astype(int)


def _ends(lengths, axes, batch):
    """Return the lengths of each sequence of the batch, (*batch, axes); at most those of the arrays, by axis."""
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


def _cut_off(found, lengths, axes, batch, results):
    """Return results with zeros beyond the end of each sequence; `results` are the axes of each."""
    ends = _ends(lengths, axes, batch)
    for name, over in results.items():
        value = np.broadcast_to(found[name], (*ends.shape[:-1], *found[name].shape[len(batch) :])).copy()
        for position, axis in enumerate(over, ends.ndim - 1):
            places = np.moveaxis(value, (position, *range(ends.ndim - 1)), range(ends.ndim))
            beyond = np.arange(axes[axis]).reshape(-1, *[1] * (ends.ndim - 1)) >= ends[..., list(axes).index(axis)]
            places[beyond] = 0
        found[name] = value
    return _Result(found)


def _by_length(function, lengths, axes, given, batch, results, others=None, steps_of=()):
    """Return the results of sequences that each end at their own length, with zeros beyond.

    Those of equal lengths are cut out of the arrays and computed together. The shapes of the arrays call the lengths
    of the `axes` by their names; the `results` are the axes of each. Of the axes `steps_of` the function is told the
    number of steps.
    """
    ends = _ends(lengths, {axis: steps for axis, (_, steps) in axes.items()}, batch)
    batch = ends.shape[:-1]
    groups = np.unique(ends.reshape(-1, len(axes)), axis=0).tolist()
    found = {}
    for group in groups or [[steps for _, steps in axes.values()]]:
        of = np.all(ends == group, axis=-1)
        length = dict(zip(axes, group))
        named = {name: length[axis] for axis, (name, _) in axes.items()}
        arrays, some = {}, 0
        for name, (value, *shape) in given.items():
            array = np.asarray(value)
            own = min(len(shape), array.ndim) if shape[-1:] == [...] else len(shape)
            if value is not None and array.ndim > own:
                array = np.broadcast_to(array, (*batch, *array.shape[array.ndim - own :]))[of]
                value, some = array, 1
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
    """Return (*batch, *steps, *shape) as (*steps, *batch, *shape), with as many batch dimensions as all have."""
    own = values.ndim - rank - axes
    values = np.moveaxis(values, range(own, own + axes), range(axes))
    return np.expand_dims(values, tuple(range(axes, axes + len(batch) - own)))


def _whole(values, rank, batch, before=0, after=0, axes=1):
    """Return (*batch, *steps, *shape) as (*steps, *batch, *shape), with zeros before and after the steps of each axis.

    This is an array of its own, whole for every sequence. Where the rank is None, it holds vectors, or numbers
    where there is no dimension left for a vector; these are the same for every sequence.
    """
    if rank is None:
        rank = min(1, values.ndim - axes)
        batch = batch if rank else ()
    values = _time_first(values, rank, batch, axes)
    before, after = np.broadcast_to(before, axes), np.broadcast_to(after, axes)
    steps = values.shape[:axes]
    whole = np.zeros((*(before + steps + after), *batch, *values.shape[values.ndim - rank :]), values.dtype)
    whole[tuple(slice(first, first + count) for first, count in zip(before, steps))] = values
    return whole


def _places(values, steps, batch):
    """Return (*batch, places, *shape) as `_whole` does, with as many dimensions as the steps behind them have."""
    values = _whole(values, None, batch)
    return values[(..., *(None,) * (steps.ndim - values.ndim))]


def _batch_first(values, rank, batch, axes=1):
    """Return (*steps, *batch, *shape) as (*batch, *steps, *shape)."""
    whole = (*values.shape[:axes], *batch, *values.shape[values.ndim - rank :])
    if values.shape != whole:
        values = np.broadcast_to(values, whole).copy()
    return np.moveaxis(values, range(axes), range(len(batch), len(batch) + axes))


def _put(places, values, *given):
    """Put values in the places of an array, but not in those that are given in another way."""
    own = np.ones(places.shape, bool)
    for index in given:
        own[index] = False
    np.copyto(places, values, where=own)


def _diagonal(values, one, other):
    """Return the values at which two of the first axes are at the same place."""
    return np.moveaxis(np.diagonal(values, axis1=one, axis2=other), -1, one)


def _front(time, lengths, direction):
    """Return the places of a wavefront, those with direction @ place == time: an array of indices for each axis.

    With several times and directions they are the places that lie on all these wavefronts.
    """
    times, directions = np.atleast_1d(time), np.atleast_2d(direction)
    if directions.shape == (1, 2) and abs(direction[1]) == 1 and min(lengths) > 0:
        # The places are on a line, those of the first axis next to each other.
        a, b = direction
        least, most = sorted((time * a, (time - b * (lengths[1] - 1)) * a))
        i = np.arange(max(0, -(-least // a**2)), min(lengths[0], most // a**2 + 1))
        return i, (time - a * i) * b
    places = np.indices(lengths).reshape(len(lengths), -1)
    return places[:, np.all(directions @ places == times[:, None], axis=0)]


def _for_batch(value, shape, dtype):
    """Return a value of its own for every sequence of the batch."""
    return np.array(np.broadcast_to(value, shape), dtype)


def _for_each(value, rank, batch):
    """Return a value as every sequence of the batch reads it; a single number serves them all.

    Where the rank is None, it is a vector, or a number where there is no dimension left for a vector.
    """
    if value.ndim == 0:
        return value
    rank = 1 if rank is None else rank
    return np.broadcast_to(value, (*batch, *value.shape[value.ndim - rank :]))


def _for_all(value, batch):
    """Return a value of whatever shape, in which no sequence had a part, for every sequence of the batch."""
    return np.broadcast_to(value, (*batch, *value.shape))


def _of_any_shape(value, batch):
    """Return a value of whatever shape a function gave it, for every sequence of the batch."""
    return np.array(value if np.ndim(value) else np.broadcast_to(value, batch))


def _stacked(values, batch, dtype, lengths=None):
    """Return the values of all steps, of whatever shape a function gave them, as (*batch, *steps, *shape).

    Those of several axes, whose lengths are given, are lists of lists.
    """
    lengths = (len(values),) if lengths is None else lengths
    for _ in lengths[1:]:
        values = [value for row in values for value in row]
    if not values:
        return np.zeros((*batch, *lengths), dtype)
    entries = max(value.ndim for value in values) - len(batch)
    # A number for each sequence fills what has more entries at other steps.
    values = [value[(..., *(None,) * entries)] if value.ndim == len(batch) else value for value in values]
    values = np.stack(np.broadcast_arrays(*values))
    if values.shape[1 : 1 + len(batch)] != batch:
        # No value depends on the batch.
        own = values.shape[1:]
        values = np.expand_dims(values, tuple(range(1, 1 + len(batch))))
        values = np.broadcast_to(values, (len(values), *batch, *own)).copy()
    values = np.reshape(values, (*lengths, *values.shape[1:]))
    return np.moveaxis(values, range(len(lengths)), range(len(batch), len(batch) + len(lengths)))


def _numbers(name, value, dtype, batch=()):
    """Return what a function given by the caller returned, copied: it may hand out the same array at every step.

    It holds a value for every sequence of the batch; a number alone is the same for all.
    """
    if value is None:
        raise TypeError(f"{name}: expected to get numbers from it, got nothing: has it no return?")
    value = np.array(_array(f"{name}: expected to get numbers from it", value), dtype)
    if value.ndim == 0:
        return np.full(batch, value)
    if value.shape[: len(batch)] != batch:
        expected = f"({', '.join(map(str, batch))}, ...)"
        raise ValueError(f"{name}: expected to get an array of shape {expected} from it, got {value.shape}")
    return value


def _returned(name, value, shape, dtype):
    """Return what a function given by the caller returned, an array of its shape; `...` is a size that may be any."""
    value = _numbers(name, value, dtype)
    if not _fits(value.shape, shape):
        raise ValueError(f"{name}: expected to get an array of shape {_told(shape)} from it, got {value.shape}")
    return value


def _of_shape(written, value, shape):
    """Return what was made of what functions returned, an array of a shape that nothing but its use has told."""
    if not _fits(value.shape, shape):
        raise ValueError(f"{written}: expected an array of shape {_told(shape)}, got {value.shape}")
    return value


def _fits(shape, wanted):
    """Return whether a shape is the wanted one; `...` is a size that may be any."""
    return len(shape) == len(wanted) and all(size in (..., found) for size, found in zip(wanted, shape))


def _told(shape):
    """Return a shape in words."""
    return str(shape).replace("Ellipsis", "...")


def _apply(matrix, vector):
    """Return matrix @ vector at every step, for every sequence."""
    if matrix.ndim == 2:
        return vector @ matrix.T
    return np.matmul(matrix, vector[..., None])[..., 0]


def _outer(a, b):
    """Return the product of every entry of a with every entry of b."""
    return a[..., :, None] * b[..., None, :]


def _concat(*vectors):
    """Return vectors end to end."""
    leading = np.broadcast_shapes(*(vector.shape[:-1] for vector in vectors))
    return np.concatenate([np.broadcast_to(vector, (*leading, vector.shape[-1])) for vector in vectors], axis=-1)


def _stack(axis, *values):
    """Return values of one shape under a new first size."""
    return np.stack(np.broadcast_arrays(*values), axis)


def _sigmoid(v):
    """Return the logistic function, between 0 and 1."""
    return 1 / (1 + np.exp(-v))


def _softmax(v):
    """Return exp(v), scaled so that the entries add up to 1."""
    weights = np.exp(v - np.max(v, axis=-1, keepdims=True))
    return weights / np.sum(weights, axis=-1, keepdims=True)


def _logsoftmax(v):
    """Return the logarithm of the softmax."""
    shifted = v - np.max(v, axis=-1, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))


def _least(first, *others):
    """Return the least of several values, entry by entry."""
    for other in others:
        first = np.minimum(first, other)
    return first


def _greatest(first, *others):
    """Return the greatest of several values, entry by entry."""
    for other in others:
        first = np.maximum(first, other)
    return first


def _one_hot(k, size, dtype):
    """Return vectors that are 1 at entry k, counted from 0, and 0 elsewhere."""
    return (np.arange(size) == np.asarray(k)[..., None]).astype(dtype)


def _argmax_entry(v, rank, dtype):
    """Return which entry is the greatest, counted from 0; not a number where there are no entries."""
    shape, own = v.shape[: v.ndim - rank], v.shape[v.ndim - rank :]
    if 0 in own:
        return np.full(shape, np.nan, dtype)
    # How many entries there are cannot be left to NumPy where there are no sequences.
    return np.argmax(np.reshape(v, (*shape, int(np.prod(own)))), axis=-1).astype(dtype)


def _argmax_step(v, axis, dtype):
    """Return the step of the greatest value, counted from 1; not a number where there are no steps."""
    if v.shape[axis] == 0:
        return np.full(np.delete(v.shape, axis), np.nan, dtype)
    return (np.argmax(v, axis=axis) + 1).astype(dtype)


def _repeat(value, steps, axis):
    """Return a value that is the same at every step, once for each."""
    return np.repeat(np.expand_dims(value, axis), steps, axis)


def _widen(value, batch, *others):
    """Return a number for each sequence with as many dimensions as the entries of what it stands beside need.

    Those are values, or a shape that one has for certain, where `...` is a size that may be any. What has entries of
    its own stays as it is; the others with entries have the same shape.
    """
    own = value.shape[len(batch) :]
    for other in others:
        shape = other if isinstance(other, tuple) else other.shape[len(batch) :]
        if own and shape and not _fits(own, shape):
            raise ValueError(f"what a function returned made a value of shape {own}, beside one of {_told(shape)}")
        if shape and not own:
            return value[(..., *(None,) * len(shape))]
    return value


def _entry(value, batch, *items):
    """Return an entry or a slice of a value of whatever shape a function gave it."""
    return value[(*(slice(None),) * len(batch), *items)]


def _entries(value, batch):
    """Return all entries of a value of whatever shape a function gave it, as one vector."""
    own = value.shape[len(batch) :]
    return np.reshape(value, (*value.shape[: len(batch)], int(np.prod(own))))
'''

HELPERS: dict[str, str] = {
    match[1]: part
    for part in _TEXTS.strip().split("\n\n\n")
    if (match := re.match(r"(?:def|class) (\w+)", part)) is not None
}
"""The helpers by name, in the order in which a module holds them."""


def helpers_called(source: str) -> list[str]:
    """Return the texts of the helpers that a source calls, and of those that these call."""
    needed: set[str] = set()
    waiting = [source]
    while waiting:
        for name in _CALLED.findall(waiting.pop()):
            if name in HELPERS and name not in needed:
                needed.add(name)
                waiting.append(HELPERS[name])
    if "_Result(" in source:
        needed.add("_Result")
    return [part for name, part in HELPERS.items() if name in needed]
