"""Where a run has ended: what a later one needs to go on, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from unfoldgraph.algebra.expression import Index
from unfoldgraph.algebra.notation import read_text, shown
from unfoldgraph.model.equations import Model

Arrays = Mapping[str, Any]
"""Arrays by the circuit's own names."""


@dataclass(frozen=True, eq=False, slots=True)
class State:
    """Where a run has ended. It shares no memory with results and arguments, and it can be pickled.

    Attributes
    ----------
    model : the circuit that it is of.
    done : how many steps are done; an array (*batch) where sequences have lengths of their own.
    places : the last places of what later steps read back, oldest first: `(*batch, places, *shape)` by name.
    fixed : what stands at places that are numbers, and which later steps read.
    begun : all that was given, where so few steps are done that boundaries and pins may still matter; then the rest
        is empty.
    """

    model: Model
    done: Any
    places: Arrays
    fixed: Mapping[tuple[str, int], Any]
    begun: Arrays | None = None

    def __repr__(self) -> str:
        held = [f"{count} of {shown(name)}" for name, count in self._counts().items()]
        held += [read_text(name, [Index("", place)]) for name, place in self.fixed]
        what = f": {', '.join(held)}" if held else ""
        return f"<State after {self.done} steps{what}>"

    def _counts(self) -> dict[str, int]:
        ranks = {name: self.model.rank(name) or 0 for name in self.places}
        return {name: value.shape[value.ndim - 1 - ranks[name]] for name, value in self.places.items()}


def of_steps(values: Any, steps: int | slice, rank: int) -> Any:
    """Return a step of an array `(*batch, steps, *shape)`, counted from 0, or some of them; `rank` is that of a value.

    >>> import numpy as np
    >>> of_steps(np.arange(12).reshape(2, 3, 2), 1, 1).tolist(), of_steps(np.arange(5), slice(2, 4), 0).tolist()
    ([[2, 3], [8, 9]], [2, 3])
    """
    places: Any = (..., steps, *[slice(None)] * rank)
    return values[places]


def last_places(values: Any, count: int, rank: int, ends: Any = None) -> Any:
    """Return a copy of the last places along the axis of the steps.

    Parameters
    ----------
    values : `(*batch, steps, *shape)`, with at least `count` steps.
    count : how many places.
    rank : how many dimensions the value at one step has.
    ends : `(*batch)` how many of the steps each sequence has, where they differ.

    >>> import numpy as np
    >>> last_places(np.arange(5), 2, 0), last_places(np.arange(6).reshape(2, 3), 1, 0, np.array([3, 2])).tolist()
    (array([3, 4]), [[2], [4]])
    """
    axis = values.ndim - 1 - rank
    if ends is None:
        steps = values.shape[axis]
        return of_steps(values, slice(steps - count, steps), rank).copy()
    batch = np.broadcast_shapes(values.shape[:axis], ends.shape)
    values = np.broadcast_to(values, (*batch, *values.shape[axis:]))
    at = np.broadcast_to(ends, batch)[..., None] - count + np.arange(count)
    return np.take_along_axis(values, at.reshape(*at.shape, *[1] * rank), axis=len(batch))


def place_at(values: Any, place: int, rank: int) -> Any:
    """Return a copy of what stands at one place, counted from 1.

    >>> import numpy as np
    >>> place_at(np.arange(12).reshape(2, 3, 2), 2, 1).tolist()
    [[2, 3], [8, 9]]
    """
    return of_steps(values, place - 1, rank).copy()


def joined(before: Any, after: Any, rank: int) -> Any:
    """Return the steps of two runs one behind the other, for the batch that they share.

    >>> import numpy as np
    >>> joined(np.zeros((1, 2)), np.ones((2, 1)), 0).tolist()
    [[0.0, 0.0, 1.0], [0.0, 0.0, 1.0]]
    """
    own = rank + 1
    batch = np.broadcast_shapes(before.shape[: before.ndim - own], after.shape[: after.ndim - own])
    both = [np.broadcast_to(one, (*batch, *one.shape[one.ndim - own :])) for one in (before, after)]
    return np.concatenate(both, axis=len(batch))


def copied(value: Any) -> Any:
    """Return an array that nobody else can change; plain numbers, which take the type of others, and functions stay.

    >>> copied(0.5), copied([0.5])
    (0.5, array([0.5]))
    """
    return value if callable(value) or isinstance(value, int | float) else np.array(value)
