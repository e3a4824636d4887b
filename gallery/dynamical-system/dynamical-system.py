# Written by unfoldgraph.
"""Dynamical system

    s(t) = f(s(t-1); θ)
    s(1) = s1
"""

import numpy as np


@np.errstate(all="ignore")
def dynamical_system(*, theta, s1, f, steps=None):
    """Return s at every step.

    Parameters
    ----------
    theta, s1 : anything
        Handed to the functions as it is.
    f : callable
        Takes arrays of one step, (*batch, m), and its shared parameters by name.
    steps : int
        How many steps to compute.

    Returns
    -------
    dict, its keys also attributes
        s : array (steps, ...)
    """
    if not callable(f):
        raise TypeError("f: expected a function")
    dtype = np.float64
    steps = _number_of_steps(steps)

    s = [np.zeros((), dtype)] * steps

    # s(1) = s1
    if steps >= 1:
        s[0] = np.asarray(s1, dtype)

    for t in range(1, steps):
        # s(t) = f(s(t-1); θ)
        s[t] = np.asarray(f(s[t - 1], theta=theta), dtype)

    return _Result({"s": _stacked(s, ())})


class _Result(dict):
    """The results by name; every key is also an attribute."""

    def __init__(self, values):
        super().__init__(values)
        self.__dict__.update(values)


def _number_of_steps(steps):
    """Return the number of steps, which must be a whole number from 0."""
    if isinstance(steps, bool) or not isinstance(steps, (int, np.integer)) or steps < 0:
        raise ValueError(f"steps: expected a whole number from 0, got {steps!r}")
    return int(steps)


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
