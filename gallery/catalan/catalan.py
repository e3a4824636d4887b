# Written by unfoldgraph.
"""Catalan's numbers

    C(n) = sum(C(k) * C(n-1-k) for k in 0..n-1)
    C(0) = 1
"""

import numpy as np


def catalan(*, steps=None, lengths=None):
    """Return C at every step.

    Parameters
    ----------
    steps : int
        How many steps to compute.
    lengths : array (*batch) of int, optional
        Where each sequence has a length of its own; beyond its end its results are 0.

    Returns
    -------
    dict, its keys also attributes
        C : array (steps,)
    """
    steps = _number_of_steps(steps, lengths, "n")

    with np.errstate(all="ignore"):
        C = np.zeros(1 + steps, np.float64)

        # C(0) = 1
        C[0] = 1

        for n in range(steps):
            # C(n) = sum(C(k) * C(n-1-k) for k in 0..n-1)
            C[n + 1] = np.sum(C[: n + 1] * C[n::-1], axis=0)

    results = {"C": C[1:]}
    if lengths is not None:
        # What comes after the end of a sequence changes nothing before it.
        results = _cut_off(results, lengths, {"n": steps}, (), {"C": ("n",)})
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


def _number_of_steps(steps, lengths, axis, *others):
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
