# Written by unfoldgraph.
"""Driven dynamical system

    h(t) = f(h(t-1), x(t); θ)
"""

import numpy as np


@np.errstate(all="ignore")
def driven_system(*, x, theta, f, h0=0):
    """Return h at every step.

    Any array may have batch dimensions in front (*batch); they broadcast together.

    Parameters
    ----------
    x : array (*batch, steps, ...)
    theta : anything
        Handed to the functions as it is.
    f : callable
        Takes arrays of one step, (*batch, m), and its shared parameters by name.
    h0 : array (*batch, ...), default 0
        What stands before the first step: h(0).

    Returns
    -------
    dict, its keys also attributes
        h : array (*batch, steps, ...)
    """
    if not callable(f):
        raise TypeError("f: expected a function")
    arrays, sizes, batch, dtype = _arrays(
        (),
        (),
        x=(x, "steps", *["size of x"] * _rank(x, 1)),
        h0=(h0, *["size of h0"] * _rank(h0, 0)),
    )
    x, h0 = arrays
    steps = sizes["steps"]

    x_rank = _rank(x, 1)
    x = _time_first(x, x_rank, batch)
    x = _with_room(x, x_rank, batch, 0)
    h = [np.zeros((), dtype)] * (1 + steps)
    h[0] = h0

    for t in range(steps):
        # h(t) = f(h(t-1), x(t); θ)
        h[t + 1] = np.asarray(f(h[t], x[t], theta=theta), dtype)

    return _Result({"h": _stacked(h[1:], batch)})


class _Result(dict):
    """The results by name; every key is also an attribute."""

    def __init__(self, values):
        super().__init__(values)
        self.__dict__.update(values)


def _arrays(scalars, optional, /, **given):
    """Return the arrays in one floating type, the sizes their shapes give, the batch they share, and that type.

    Each is given with its own shape, which the dimensions of a batch may precede. Those named in `scalars`
    may also be scalars; those in `optional` may be None, and are only looked at.
    """
    arrays, types, sizes, batches = {}, set(), {}, {}
    for name, (value, *shape) in given.items():
        if value is None and name in optional:
            continue
        expected = f"({', '.join(map(str, ['*batch', *shape]))})"
        try:
            array = np.asarray(value)
        except ValueError:
            raise ValueError(f"{name}: expected an array of shape {expected}, not rows of different lengths") from None
        if array.dtype.kind not in "biuf":
            found = "nothing" if value is None else f"dtype {array.dtype} of shape {array.shape}"
            raise TypeError(f"{name}: expected numbers of shape {expected}, got {found}")
        if array.dtype.kind == "f":
            types.add(array.dtype.type)
        arrays[name] = array
        if array.ndim == 0 and name in scalars:
            continue
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
        if name not in optional:
            array = arrays[name].astype(dtype, copy=False)
            if array.ndim == 0 and shape:
                for size in shape:
                    if isinstance(size, str) and size not in sizes:
                        raise ValueError(f"no array says how large {size} is")
                array = np.broadcast_to(array, [sizes.get(size, size) for size in shape])
            found.append(array)
    return found, sizes, batch, dtype


def _rank(values, over):
    """Return the rank of a value of any shape, behind `over` dimensions: a vector where there is room for one."""
    return min(1, max(0, np.ndim(values) - over))


def _time_first(values, rank, batch):
    """Return (*batch, steps, *shape) as (steps, *batch, *shape), with as many batch dimensions as all have."""
    own = values.ndim - rank - 1
    values = np.moveaxis(values, own, 0)
    return np.expand_dims(values, tuple(range(1, 1 + len(batch) - own)))


def _with_room(values, rank, batch, places):
    """Return values over steps for every sequence of the batch, with zeros before the first step."""
    roomy = np.zeros((places + len(values), *batch, *values.shape[values.ndim - rank :]), values.dtype)
    roomy[places:] = values
    return roomy


def _stacked(values, batch):
    """Return the values of all steps as one array, (*batch, steps, *shape)."""
    if not values:
        return np.zeros((*batch, 0))
    values = np.stack(np.broadcast_arrays(*values))
    if values.shape[1 : 1 + len(batch)] != batch:
        # No value depends on the batch.
        own = values.shape[1:]
        values = np.broadcast_to(np.expand_dims(values, tuple(range(1, 1 + len(batch)))), (len(values), *batch, *own))
    return np.moveaxis(values, 0, len(batch))
