# Written by unfoldgraph.
"""Dynamical system

    s(t) = f(s(t-1); θ)
    s(1) = s1
"""

import numpy as np


@np.errstate(all="ignore")
def dynamical_system(*, theta, s1, f, steps=None):
    """Return s at every step.

    Any array may have batch dimensions in front (*batch); they broadcast together.

    Parameters
    ----------
    theta : anything
        Handed to f as it is.
    s1 : array (*batch, ...)
        One value is a vector, or a number where there is no dimension left for one.
    f : callable
        Called with arrays of one step, (*batch, ...), and theta by name.
    steps : int
        How many steps to compute.

    Returns
    -------
    dict, its keys also attributes
        s : array (*batch, steps, ...)
    """
    if not callable(f):
        raise TypeError("f: expected a function")
    arrays, _, batch, dtype = _arrays(s1=(s1, ...))
    [s1] = arrays
    steps = _number_of_steps(steps)

    s1 = _for_each(s1, None, batch)
    s = [np.zeros((), dtype)] * steps

    # s(1) = s1
    if steps >= 1:
        s[0] = s1

    for t in range(1, steps):
        # s(t) = f(s(t-1); θ)
        s[t] = _numbers("f", f(s[t - 1], theta=theta), dtype)

    return _Result({"s": _stacked(s, batch, dtype)})


class _Result(dict):
    """The results by name; every key is also an attribute."""

    def __init__(self, values):
        super().__init__(values)
        self.__dict__.update(values)


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
        try:
            array = np.asarray(value)
        except ValueError:
            told = f"{name}: expected an array of shape {expected}, not rows of different lengths"
            raise ValueError(told) from None
        if array.dtype.kind not in "biuf":
            found = "nothing" if value is None else f"dtype {array.dtype} of shape {array.shape}"
            raise TypeError(f"{name}: expected numbers of shape {expected}, got {found}")
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
                        raise ValueError(f"no array says how large {size} is")
                array = np.broadcast_to(array, [sizes.get(size, size) for size in shape if size is not ...])
            found.append(array)
    return found, sizes, batch, dtype


def _number_of_steps(steps):
    """Return the number of steps, which must be a whole number from 0."""
    if isinstance(steps, bool) or not isinstance(steps, (int, np.integer)) or steps < 0:
        raise ValueError(f"steps: expected a whole number from 0, got {steps!r}")
    return int(steps)


def _for_each(value, rank, batch):
    """Return a value as every sequence of the batch reads it; a single number serves them all.

    Where the rank is None, it is a vector, or a number where there is no dimension left for a vector.
    """
    if value.ndim == 0:
        return value
    rank = 1 if rank is None else rank
    return np.broadcast_to(value, (*batch, *value.shape[value.ndim - rank :]))


def _stacked(values, batch, dtype):
    """Return the values of all steps, of whatever shape a function gave them, as (*batch, steps, *shape)."""
    if not values:
        return np.zeros((*batch, 0), dtype)
    entries = max(value.ndim for value in values) - len(batch)
    # A number for each sequence fills what has more entries at other steps.
    values = [value[(..., *(None,) * entries)] if value.ndim == len(batch) else value for value in values]
    values = np.stack(np.broadcast_arrays(*values))
    if values.shape[1 : 1 + len(batch)] != batch:
        # No value depends on the batch.
        own = values.shape[1:]
        values = np.expand_dims(values, tuple(range(1, 1 + len(batch))))
        values = np.broadcast_to(values, (len(values), *batch, *own)).copy()
    return np.moveaxis(values, 0, len(batch))


def _numbers(name, value, dtype):
    """Return what a function given by the caller returned, copied: it may hand out the same array at every step."""
    value = np.array(value)
    if value.dtype.kind not in "biuf":
        found = "nothing: has it no return?" if value.shape == () and value[()] is None else f"dtype {value.dtype}"
        raise TypeError(f"{name}: expected to get numbers from it, got {found}")
    return value.astype(dtype, copy=False)
