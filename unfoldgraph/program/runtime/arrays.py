"""The functions of programs that handle arrays: arguments and results, the order of dimensions, places, a batch.

A generated module imports NumPy and nothing else. It holds those of the functions here and in `functions` that it
needs, as they stand here but for their annotations (`standalone`): so they use NumPy, what Python has and each other,
and nothing more.

Arrays have the dimensions of the steps, then those of the batch, then those of one value, except where a function
says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[Any]
"""An array of numbers of any type."""


class _Result(dict[str, Any]):
    """The results by name; every key is also an attribute."""

    def __getattribute__(self, name: str) -> Any:
        return self[name] if dict.__contains__(self, name) else super().__getattribute__(name)

    def __reduce__(self) -> tuple[Any, ...]:
        return _Result, (dict(self),)


def _is_masked(value: object) -> bool:
    """Return whether anything is masked in an array, or in one of those in lists."""
    waiting: list[Sequence[Any]] = [(value,)]
    seen: set[int] = set()
    while waiting:
        for one in waiting.pop():
            if isinstance(one, (list, tuple)):
                if id(one) not in seen:
                    seen.add(id(one))
                    waiting.append(one)
            elif isinstance(one, np.ma.MaskedArray) and np.ma.is_masked(one):
                return True
    return False


def _array(told: str, value: Any) -> Numbers:
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


def _arrays(
    *, _scalars: Sequence[str] = (), _optional: Sequence[str] = (), **given: tuple[Any, ...]
) -> tuple[list[Numbers], dict[Any, int], tuple[int, ...], Any]:
    """Return the arrays in one floating type, the sizes in their shapes, the batch they share, and that type.

    Each is given with its own shape, which the dimensions of a batch may precede; `...` is a dimension that
    there may be. Those named in `_scalars` may also be scalars; those in `_optional` may be None, and are
    only looked at.
    """
    # Most calls have nothing to convert.
    return _plain_arrays(given, _scalars, _optional) or _converted_arrays(given, _scalars, _optional)


def _plain_arrays(
    given: Mapping[str, tuple[Any, ...]], scalars: Sequence[str], optional: Sequence[str]
) -> tuple[list[Numbers], dict[Any, int], tuple[int, ...], Any] | None:
    """Return what `_arrays` does if all are arrays of float64 of one batch, or none, or numbers, that fit."""
    dtype = np.dtype(np.float64)
    sizes: dict[Any, int] = {}
    batch: tuple[int, ...] = ()
    found: list[Any] = []
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
        lengths: list[Any] = [sizes.get(size, size) for size in shape]
        if not all(type(length) is int for length in lengths):
            return None
        found[position] = np.empty(lengths)
        found[position].fill(value)
    return found, sizes, batch, np.float64


def _converted_arrays(
    given: Mapping[str, tuple[Any, ...]], scalars: Sequence[str], optional: Sequence[str]
) -> tuple[list[Numbers], dict[Any, int], tuple[int, ...], Any]:
    """Return what `_arrays` does, or say which array does not fit."""
    arrays: dict[str, Numbers] = {}
    types: set[type] = set()
    sizes: dict[Any, int] = {}
    batches: dict[str, tuple[int, ...]] = {}
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


def _number_of_steps(steps: Any, lengths: Any, axis: str, *others: str) -> int:
    """Return the number of steps of an axis, a whole number from 0; by default the greatest of the lengths.

    It is one number, or a dictionary with one for each axis where that of others is to be given too.
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
        steps = max(_whole_numbers(lengths[axis]).ravel().tolist(), default=0)
        told = "lengths"
    if isinstance(steps, bool) or not isinstance(steps, (int, np.integer)) or steps < 0:
        raise ValueError(f"{told}: expected a whole number from 0, got {steps!r}")
    return int(steps)


def _whole_numbers(lengths: Any) -> Numbers:
    """Return lengths of sequences as an array of whole numbers."""
    own = _array("lengths: expected whole numbers", lengths)
    if own.dtype.kind not in "iu" and own.size:
        raise ValueError(f"lengths: expected whole numbers, got {own.dtype}")
    return own.astype(int)


def _ends(lengths: Any, axes: Mapping[str, int], batch: tuple[int, ...]) -> Numbers:
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


def _cut_off(
    results: Mapping[str, Numbers],
    lengths: Any,
    axes: Mapping[str, int],
    batch: tuple[int, ...],
    axes_of: Mapping[str, Sequence[str]],
) -> dict[str, Numbers]:
    """Return results with zeros beyond the end of each sequence; `axes_of` are the axes of each.

    They are arrays of this call, into which the zeros are written. Only where lengths bring dimensions of a
    batch are they copied, for as many sequences.
    """
    ends = _ends(lengths, axes, batch)
    whole = ends.shape[:-1]
    found: dict[str, Numbers] = {}
    for name, value in results.items():
        if whole != batch:
            value = np.broadcast_to(value, (*whole, *value.shape[len(batch) :])).copy()
        found[name] = value
        for position, axis in enumerate(axes_of[name], len(whole)):
            places = np.moveaxis(value, (position, *range(len(whole))), range(1 + len(whole)))
            steps = np.arange(axes[axis]).reshape(-1, *[1] * len(whole))
            places[steps >= ends[..., list(axes).index(axis)]] = 0
    return found


def _by_length(
    function: Callable[..., Any],
    lengths: Any,
    axes: Mapping[str, tuple[str, int]],
    given: Mapping[str, Any],
    batch: tuple[int, ...],
    results: Mapping[str, Sequence[str]],
    others: Mapping[str, Any] | None = None,
    steps_of: Sequence[str] = (),
) -> _Result:
    """Return the results of sequences that each end at their own length, with zeros beyond.

    Those of equal lengths are cut out of the arrays and computed together. The shapes of the arrays call the
    lengths of the `axes` by their names; the `results` are the axes of each. Of the axes `steps_of` the
    function is told the number of steps.
    """
    ends = _ends(lengths, {axis: steps for axis, (_, steps) in axes.items()}, batch)
    batch = ends.shape[:-1]
    groups = np.unique(ends.reshape(-1, len(axes)), axis=0).tolist()
    found: dict[str, Numbers] = {}
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
            array: Any = np.asarray(value)
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


def _time_first(values: Numbers, rank: int, batch: tuple[int, ...], axes: int = 1) -> Numbers:
    """Return (*batch, *steps, *shape) as (*steps, *batch, *shape), with as many batch dimensions as all."""
    if not batch:
        return values
    own = values.ndim - rank - axes
    values = np.moveaxis(values, range(own, own + axes), range(axes))
    return np.expand_dims(values, tuple(range(axes, axes + len(batch) - own)))


def _whole(
    values: Numbers, rank: int | None, batch: tuple[int, ...], before: Any = 0, after: Any = 0, axes: int = 1
) -> Numbers:
    """Return (*batch, *steps, *shape) as (*steps, *batch, *shape), with zeros before and after each axis.

    This is an array of its own, whole for every sequence. Where the rank is None, it holds vectors, or
    numbers where there is no dimension left for a vector; these are the same for every sequence.
    """
    if rank is None:
        rank = min(1, values.ndim - axes)
        batch = batch if rank else ()
    values = _time_first(values, rank, batch, axes)
    before = (before,) * axes if isinstance(before, int) else before
    after = (after,) * axes if isinstance(after, int) else after
    steps = values.shape[:axes]
    room = [first + count + last for first, count, last in zip(before, steps, after)]
    whole = np.zeros((*room, *batch, *values.shape[values.ndim - rank :]), values.dtype)
    whole[tuple(slice(first, first + count) for first, count in zip(before, steps))] = values
    return whole


def _places(values: Numbers, steps: Numbers, batch: tuple[int, ...]) -> Numbers:
    """Return (*batch, places, *shape) as `_whole` does, with as many dimensions as the steps behind them."""
    values = _whole(values, None, batch)
    return values[(..., *(None,) * (steps.ndim - values.ndim))]


def _batch_first(values: Numbers, rank: int, batch: tuple[int, ...], axes: int = 1) -> Numbers:
    """Return (*steps, *batch, *shape) as (*batch, *steps, *shape)."""
    if not batch:
        return values
    whole = (*values.shape[:axes], *batch, *values.shape[values.ndim - rank :])
    if values.shape != whole:
        values = np.broadcast_to(values, whole).copy()
    return np.moveaxis(values, range(axes), range(len(batch), len(batch) + axes))


def _are_shared(rank: int, *values: Numbers) -> bool:
    """Return whether all sequences have some values of a rank in common."""
    return all(value.ndim == rank for value in values)


def _sequences(batch: tuple[int, ...]) -> tuple[int]:
    """Return the shape of a batch as one dimension."""
    count = 1
    for length in batch:
        count *= length
    return (count,)


def _in_columns(
    values: Numbers, rank: int, batch: tuple[int, ...], axes: int = 1, before: Any = 0, after: Any = 0
) -> Numbers:
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


def _out_of_columns(values: Numbers, rank: int, batch: tuple[int, ...], axes: int = 1) -> Numbers:
    """Return (*steps, *shape, sequences) as (*batch, *steps, *shape), and what all share for each of them.

    What has no steps may be a part of what has some, and is an array of its own then.
    """
    if not axes:
        values = values.copy()
    if values.ndim == axes + rank:
        return np.broadcast_to(values, (*batch, *values.shape)).copy()
    values = values.transpose(values.ndim - 1, *range(values.ndim - 1))
    return values if len(batch) == 1 else values.reshape(batch + values.shape[1:])


def _put(places: Numbers, values: Numbers, *given: Any) -> None:
    """Put values in the places of an array, but not in those that are given in another way."""
    own = np.ones(places.shape, bool)
    for index in given:
        own[index] = False
    np.copyto(places, values, where=own)


def _diagonal(values: Numbers, one: int, other: int) -> Numbers:
    """Return the values at which two of the first axes are at the same place."""
    return np.moveaxis(np.diagonal(values, axis1=one, axis2=other), -1, one)


def _fronts(lengths: tuple[int, ...], *directions: tuple[int, ...]) -> Callable[..., tuple[Numbers, ...]]:
    """Return a function that gives the places of a wavefront: `i, j = _fronts((m, n), (1, 1))(time)`.

    These are the places with direction @ place == time, in order, as an array of indices for each axis. With
    several directions the function takes as many times, and they are the places on all these wavefronts.
    """
    if len(lengths) == 2 and len(directions) == 1 and min(lengths) > 0 and all(directions[0]):
        return _fronts_of_lines(lengths, directions[0])
    return _fronts_of_places(lengths, directions)


def _fronts_of_lines(lengths: tuple[int, ...], direction: tuple[int, ...]) -> Callable[[int], tuple[Numbers, ...]]:
    """Return the function of `_fronts` for two axes and one direction without a 0: fronts are lines."""
    least, (stride, other_stride), *lines = _lines(lengths, direction)
    found = list(zip(*(one.tolist() for one in lines)))

    def front(time: int) -> tuple[Numbers, ...]:
        i, j, count = found[time - least] if 0 <= time - least < len(found) else (0, 0, 0)
        return np.arange(i, i + stride * count, stride), np.arange(j, j + other_stride * count, other_stride)

    return front


def _front_slices(
    lengths: tuple[int, int], direction: tuple[int, int], *numbers: tuple[int, int]
) -> Callable[[int], tuple[slice, ...]]:
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

    def front(time: int) -> tuple[slice, ...]:
        return found[time - least] if 0 <= time - least < len(found) else nothing

    return front


def _lines(lengths: tuple[int, ...], direction: tuple[int, ...]) -> tuple[Any, ...]:
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


def _flat(values: Numbers) -> Numbers:
    """Return an array whose first two dimensions are one."""
    rows, columns, *others = values.shape
    return values.reshape(rows * columns, *others)


def _fronts_of_places(
    lengths: tuple[int, ...], directions: Sequence[tuple[int, ...]]
) -> Callable[..., tuple[Numbers, ...]]:
    """Return the function of `_fronts` for any axes and directions: places are sorted by their fronts."""
    lows = [sum(min(0, entry * (length - 1)) for entry, length in zip(row, lengths)) for row in directions]
    highs = [sum(max(0, entry * (length - 1)) for entry, length in zip(row, lengths)) for row in directions]
    # Times of all directions make one number, which is linear in the place too.
    factors = [0] * len(lengths)
    least = 0
    numbers = 1
    for row, low, high in zip(directions, lows, highs):
        count = max(0, high - low + 1)
        factors = [factor * count + entry for factor, entry in zip(factors, row)]
        least = least * count + low
        numbers *= count
    # Sixteen bits are sorted in linear time. Sums on the way may overflow, and then the last one comes back.
    kind = np.uint16 if numbers <= 2**16 else np.int64
    number_of = np.array(-least).astype(kind)
    for factor, length in zip(factors, lengths):
        number_of = number_of[..., None] + (factor * np.arange(length)).astype(kind)
    number_of = number_of.ravel()
    places: Any = np.argsort(number_of, kind="stable").astype(np.int32 if number_of.size < 2**31 else np.int64)
    ends = np.cumsum(np.bincount(number_of, minlength=numbers)).astype(places.dtype)

    def front(*times: int) -> tuple[Numbers, ...]:
        number = 0
        for time, low, high in zip(times, lows, highs):
            if not low <= time <= high:
                return np.unravel_index(places[:0], lengths)
            number = number * (high - low + 1) + int(time) - low
        return np.unravel_index(places[ends[number - 1] if number else 0 : ends[number]], lengths)

    return front


def _gather(values: Numbers, dimension: int, places: Any, shared: int = 0, off: Any = 0) -> Numbers:
    """Return the values at some places along a dimension; `off` where a place is not whole, or off the end.

    Places are counted from 0. The last `shared` dimensions of `places` are the first ones of the values but
    for `dimension`, as those of the batch are, and the two broadcast together. The result has the dimensions
    of `places`, then the others of the values; `off` broadcasts to it.
    """
    values = np.moveaxis(values, dimension, 0)
    places = np.asarray(places)
    inside = (places >= 0) & (places < len(values)) & (places == np.floor(places))
    others = values.ndim - 1 - shared
    if not len(values):
        whole = np.broadcast_shapes(np.shape(places), values.shape[1 : 1 + shared])
        return np.array(np.broadcast_to(off, (*whole, *values.shape[1 + shared :])), values.dtype)
    at = np.where(inside, places, 0).astype(np.intp)
    found = values[(at, *np.ogrid[tuple(slice(length) for length in values.shape[1 : 1 + shared])])]
    if np.all(inside):
        return found
    return np.where(inside[(..., *(None,) * others)], found, np.asarray(off, values.dtype))


def _over_batch(value: Any, axes: int, rank: int, keepdims: bool = False) -> Numbers:
    """Return the sum over all sequences of values of a rank, whose dimensions stand behind those of axes."""
    return np.asarray(np.sum(value, axis=tuple(range(axes, np.ndim(value) - rank)), keepdims=keepdims))


def _for_batch(value: Any, shape: tuple[int, ...], dtype: Any) -> Numbers:
    """Return a value of its own for every sequence of the batch."""
    whole = value if np.shape(value) == shape else np.broadcast_to(value, shape)
    if getattr(value, "dtype", None) == dtype:
        return np.array(whole)
    # A constant may be too large for the type.
    with np.errstate(over="ignore"):
        return np.array(whole, dtype)


def _for_each(value: Numbers, rank: int | None, batch: tuple[int, ...]) -> Numbers:
    """Return a value as every sequence of the batch reads it; a single number serves them all.

    Where the rank is None, it is a vector, or a number where there is no dimension left for a vector.
    """
    if value.ndim == 0:
        return value
    # Functions of the caller get it, and may not write into what the caller gave.
    rank = 1 if rank is None else rank
    return np.broadcast_to(value, (*batch, *value.shape[value.ndim - rank :]))


def _for_all(value: Numbers, batch: tuple[int, ...]) -> Numbers:
    """Return a value of whatever shape, in which no sequence had a part, for every sequence of the batch."""
    return np.broadcast_to(value, (*batch, *value.shape))


def _of_any_shape(value: Any, batch: tuple[int, ...]) -> Numbers:
    """Return a value of whatever shape a function gave it, for every sequence of the batch."""
    return np.array(value if np.ndim(value) or not batch else np.broadcast_to(value, batch))


def _stacked(values: list[Any], batch: tuple[int, ...], dtype: Any, lengths: tuple[int, ...] | None = None) -> Numbers:
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
    found = np.stack(np.broadcast_arrays(*values))
    if found.shape[1 : 1 + len(batch)] != batch:
        # No value depends on the batch.
        own = found.shape[1:]
        found = np.expand_dims(found, tuple(range(1, 1 + len(batch))))
        found = np.broadcast_to(found, (len(found), *batch, *own)).copy()
    found = np.reshape(found, (*lengths, *found.shape[1:]))
    if not batch:
        return found
    return np.moveaxis(found, range(len(lengths)), range(len(batch), len(batch) + len(lengths)))


def _numbers(name: str, value: Any, dtype: Any, batch: tuple[int, ...] = ()) -> Numbers:
    """Return what a function given by the caller returned, copied: it may be the same array at every step.

    It holds a value for every sequence of the batch; a number alone is the same for all.
    """
    if value is None:
        raise TypeError(f"{name}: expected to get numbers from it, got nothing: has it no return?")
    value = np.array(_array(f"{name}: expected to get numbers from it", value), dtype)
    if value.ndim == 0:
        return np.full(batch, value) if batch else value
    if value.shape[: len(batch)] != batch:
        expected = f"({', '.join(map(str, batch))}, ...)"
        raise ValueError(f"{name}: expected to get an array of shape {expected} from it, got {value.shape}")
    return value


def _returned(name: str, value: Any, shape: tuple[Any, ...], dtype: Any) -> Numbers:
    """Return what a function given by the caller returned, an array of its shape; `...` may be any size."""
    value = _numbers(name, value, dtype)
    if not _fits(value.shape, shape):
        expected = _told(shape)
        raise ValueError(f"{name}: expected to get an array of shape {expected} from it, got {value.shape}")
    return value


def _of_shape(written: str, value: Numbers, shape: tuple[Any, ...]) -> Numbers:
    """Return what was made of what functions returned, an array of a shape that only its use has told."""
    if not _fits(value.shape, shape):
        raise ValueError(f"{written}: expected an array of shape {_told(shape)}, got {value.shape}")
    return value


def _fits(shape: tuple[int, ...], wanted: tuple[Any, ...]) -> bool:
    """Return whether a shape is the wanted one; `...` is a size that may be any."""
    return len(shape) == len(wanted) and all(size in (..., found) for size, found in zip(wanted, shape))


def _told(shape: tuple[Any, ...]) -> str:
    """Return a shape in words."""
    return str(shape).replace("Ellipsis", "...")
