# Written by unfoldgraph.
"""Fibonacci numbers

    F(t) = F(t-1) + F(t-2)
    F(1) = 1
    F(2) = 1
"""

import numpy as np


@np.errstate(all="ignore")
def fibonacci(*, steps=None):
    """Return F at every step.

    Parameters
    ----------
    steps : int
        How many steps to compute.

    Returns
    -------
    dict, its keys also attributes
        F : array (steps,)
    """
    steps = _number_of_steps(steps)

    F = np.empty(steps, np.float64)

    # F(1) = 1
    if steps >= 1:
        F[0] = 1

    # F(2) = 1
    if steps >= 2:
        F[1] = 1

    for t in range(2, steps):
        # F(t) = F(t-1) + F(t-2)
        F[t] = F[t - 1] + F[t - 2]

    return _Result({"F": F})


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
