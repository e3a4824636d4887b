# Written by unfoldgraph.
"""Biquad filter

    y(n) = b[0] * x(n) + b[1] * x(n-1) + b[2] * x(n-2) - a1 * y(n-1) - a2 * y(n-2)
"""

import numpy as np


@np.errstate(all="ignore")
def biquad(*, x, b, a1, a2, x0=0, y0=0):
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

    Returns
    -------
    dict, its keys also attributes
        y : array (*batch, steps)
    """
    arrays, sizes, batch, dtype = _arrays(
        x=(x, "steps"),
        b=(b, 3),
        a1=(a1,),
        a2=(a2,),
        x0=(x0, 2),
        y0=(y0, 2),
        _scalars=("x0", "y0"),
    )
    x, b, a1, a2, x0, y0 = arrays
    steps = sizes["steps"]

    x = _whole(x, 0, batch, before=2)  # x[0] is x(-1)
    x[:2] = _time_first(x0, 0, batch)
    y = np.zeros((2 + steps, *batch), dtype)  # y[0] is y(-1)
    y[:2] = _time_first(y0, 0, batch)

    # What does not need earlier steps, for all steps at once.
    b_x = b[..., 0] * x[2:] + b[..., 1] * x[1 : steps + 1] + b[..., 2] * x[:steps]

    for n in range(steps):
        # y(n) = b[0] * x(n) + b[1] * x(n-1) + b[2] * x(n-2) - a1 * y(n-1) - a2 * y(n-2)
        y[n + 2] = b_x[n] - a1 * y[n + 1] - a2 * y[n]

    return _Result({"y": _batch_first(y[2:], 0, batch)})


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


def _time_first(values, rank, batch):
    """Return (*batch, steps, *shape) as (steps, *batch, *shape), with as many batch dimensions as all have."""
    own = values.ndim - rank - 1
    values = np.moveaxis(values, own, 0)
    return np.expand_dims(values, tuple(range(1, 1 + len(batch) - own)))


def _whole(values, rank, batch, before=0):
    """Return (*batch, steps, *shape) as (before + steps, *batch, *shape), with zeros before the first step.

    This is an array of its own, whole for every sequence. Where the rank is None, it holds vectors, or numbers
    where there is no dimension left for a vector; these are the same for every sequence.
    """
    if rank is None:
        rank = min(1, values.ndim - 1)
        batch = batch if rank else ()
    values = _time_first(values, rank, batch)
    whole = np.zeros((before + len(values), *batch, *values.shape[values.ndim - rank :]), values.dtype)
    whole[before:] = values
    return whole


def _batch_first(values, rank, batch):
    """Return (steps, *batch, *shape) as (*batch, steps, *shape)."""
    whole = (len(values), *batch, *values.shape[values.ndim - rank :])
    if values.shape != whole:
        values = np.broadcast_to(values, whole).copy()
    return np.moveaxis(values, 0, len(batch))
