"""Runs of a circuit that go on: what is noted of each, where it has ended, and the next one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import numpy as np

from unfoldgraph.algebra.notation import shown
from unfoldgraph.algebra.shapes import Size
from unfoldgraph.base.errors import CircuitError, listing
from unfoldgraph.model.equations import Model
from unfoldgraph.program.schedule import Schedule
from unfoldgraph.program.streams.continued import Continued, continued
from unfoldgraph.program.streams.needs import needs_of
from unfoldgraph.program.streams.one_step import OneStep, one_step
from unfoldgraph.program.streams.state import Arrays, State, copied, joined, last_places, place_at


class Runner(Protocol):
    """What runs a circuit."""

    def run(self, arrays: Arrays, steps: int | None, lengths: Any) -> Arrays:
        """Return what is computed; all arrays go by the circuit's own names."""

    def batch_of(self, arrays: Arrays) -> tuple[int, ...]:
        """Return the batch that arrays share."""


class Noted(NamedTuple):
    """What has to be noted of a run before its arrays may be changed.

    Attributes
    ----------
    steps : how many steps it had, counted from where it began.
    ends : how many each sequence had, where they differ.
    counts : how many of the last places a later run needs, by name.
    inputs : the inputs that it needs, whole or their last places.
    begun : all that was given, where so few steps are done that boundaries and pins may still matter.
    before : where the run began; None for the very first step.
    """

    steps: int
    ends: Any
    counts: Mapping[str, int]
    inputs: Arrays
    begun: Arrays | None
    before: State | None


class Stream:
    """A circuit as one whose runs can go on.

    Parameters
    ----------
    model : the circuit.
    schedule : what is computed of it.
    compiled : makes what runs a circuit for some outputs.

    Raises
    ------
    CircuitError
        Where a run cannot go on, with the reason.
    """

    def __init__(self, model: Model, schedule: Schedule, compiled: Callable[[Model, Sequence[str]], Runner]) -> None:
        self.model, self.schedule, self.compiled = model, schedule, compiled
        self.needs = needs_of(schedule)
        self.names = dict.fromkeys([*self.needs.lags, *self.needs.ends, *(name for name, _ in self.needs.fixed)])
        #: The signals that have to be among the outputs.
        self.signals = [name for name in model.signals if name in self.names]
        self.inputs = [name for name in model.inputs if name in self.names]
        self.at_fixed = {name for name, _ in self.needs.fixed}
        self.by_sizes = self.needs.by_sizes

    @cached_property
    def continued(self) -> Continued:
        """The circuit of later steps."""
        return continued(self.schedule, self.needs)

    @cached_property
    def one_step(self) -> OneStep | None:
        """One later step; None where that reads places that no number tells."""
        return one_step(self.continued.model)

    @cached_property
    def later(self) -> Runner:
        """What runs the circuit of later steps."""
        return self.compiled(self.continued.model, self.continued.outputs)

    # What is noted of a run -------------------------------------------------------------------------

    def note(self, given: Arrays, steps: int | None, lengths: Any, before: State | None = None) -> Noted:
        """Return what has to be noted of a run for which these arrays were given."""
        ends = _of_only_axis(lengths)
        steps = self._steps(given, steps, ends)
        counts, settled = self._counts(self.sizes(given)) if self.by_sizes else self._known
        if before is None and (steps if ends is None else min(ends.ravel(), default=0)) < settled:
            return Noted(steps, ends, counts, {}, {name: copied(value) for name, value in given.items()}, None)
        inputs = {}
        for name in self.inputs:
            values = np.asarray(given[name])
            is_whole = ends is not None or steps < counts[name] or name in self.at_fixed
            inputs[name] = values.copy() if is_whole else last_places(values, counts[name], self.rank(name, values))
        return Noted(steps, ends, counts, inputs, None, before)

    @cached_property
    def _known(self) -> tuple[Mapping[str, int], int]:
        """How many places are needed, and after how many steps all are the same, where no size tells it."""
        return self._counts({})

    def _counts(self, sizes: Mapping[str, int]) -> tuple[Mapping[str, int], int]:
        return {name: self.needs.kept(name, sizes) for name in self.names}, self.needs.settled_at(sizes)

    def _steps(self, given: Arrays, steps: int | None, ends: Any) -> int:
        """Return how many steps a run has: as many as its inputs say, whoever reads them, or the caller."""
        for name in self.model.inputs:
            if given.get(name) is not None:
                return int(np.shape(given[name])[-1 - self.rank(name, given[name])])
        return int(max(ends.ravel(), default=0) if steps is None else steps)

    def rank(self, name: str, value: Any) -> int:
        """Return how many dimensions the value of a step has; one where nothing tells, if there is one."""
        rank = self.model.rank(name)
        return min(1, np.ndim(value) - 1) if rank is None else rank

    def rank_of_step(self, name: str, value: Any) -> int:
        """Return the same for a value at one step."""
        rank = self.model.rank(name)
        return min(1, value.ndim) if rank is None else rank

    def sizes(self, given: Arrays) -> dict[str, int]:
        """Return the sizes that the shapes of arrays tell."""
        found: dict[Size, int] = {}
        for name, value in given.items():
            shape = self.model.shapes.get(name) or ()
            if any(isinstance(size, str) for size in shape):
                found |= dict(zip(shape, np.shape(value)[-len(shape) :], strict=False))
        return {size: length for size, length in found.items() if isinstance(size, str)}

    # Where a run has ended --------------------------------------------------------------------------

    def state(self, results: Arrays, noted: Noted) -> State:
        """Return where a run has ended; raises `CircuitError` where that is not known.

        Parameters
        ----------
        results : what it has computed from where it began.
        """
        if noted.begun is not None and noted.ends is not None:
            raise CircuitError(
                "sequences of different lengths, some of them so short that boundaries and pins still matter, have no "
                "state to go on from together",
                help="let each go on by itself, or all after more steps",
            )
        if noted.begun is not None:
            return State(self.model, noted.steps, {}, {}, noted.begun)
        missing = [shown(name) for name in self.signals if name not in results]
        if missing:
            raise CircuitError(
                f"the state needs {listing(missing)}, which {'is' if len(missing) == 1 else 'are'} no output",
                help="name what it needs in outputs=, too",
            )
        values = {**{name: np.asarray(results[name]) for name in self.signals}, **noted.inputs}
        before, ends = noted.before, noted.ends
        fixed: Mapping[tuple[str, int], Any]
        if before is None:
            fixed = {
                one: place_at(values[one[0]], one[1], self.rank(one[0], values[one[0]])) for one in self.needs.fixed
            }
        else:
            fixed = before.fixed
        places: dict[str, Any] = {}
        for name, count in noted.counts.items():
            if count:
                value, until = values[name], ends
                rank = self.rank(name, value)
                if before is not None:
                    value = joined(before.places[name], value, rank)
                    until = None if ends is None else ends + count
                places[name] = last_places(value, count, rank, until)
        done = noted.steps if ends is None else ends
        return State(self.model, done if before is None else before.done + done, places, fixed)

    # The next run -----------------------------------------------------------------------------------

    def go_on(
        self, first: Runner, state: State, given: Arrays, steps: int | None, lengths: Any
    ) -> tuple[Arrays, Arrays, Noted]:
        """Return what is computed from a state on, what tells the next state, and what is noted of the run.

        Parameters
        ----------
        first : what runs the circuit from the very first step.
        given : inputs, parameters and functions.
        """
        if state.model != self.model:
            raise CircuitError("this state is of another circuit")
        boundaries = {boundary.argument for boundary in self.model.free}
        if again := [shown(name) for name in given if name in boundaries]:
            raise CircuitError(
                f"{listing(again)} {'is' if len(again) == 1 else 'are'} given, but a state says what comes before",
                help="give boundary values where a sequence begins",
            )
        if state.begun is not None:
            return self._from_the_beginning(first, state, state.begun, given, steps, lengths)
        own, model = self.continued, self.continued.model
        noted = self.note(given, steps, lengths, state)
        # What mattered in the first steps only is no argument any more.
        taken = {*model.inputs, *model.parameters, *model.functions}
        values = {name: value for name, value in given.items() if name in taken}
        for boundary in own.model.free:
            held = state.places[boundary.name]
            if not boundary.has_several:
                held = held[(..., -1, *[slice(None)] * self.rank(boundary.name, held))]
            values[boundary.argument] = held
        values |= {own.fixed[place]: value for place, value in state.fixed.items()}
        if own.done is not None:
            values[own.done] = state.done
        is_told = any(values.get(name) is not None for name in model.inputs)
        results = self.later.run(values, None if is_told else noted.steps, lengths)
        # A batch that only the first steps read is one of all.
        batch = first.batch_of(given)
        results = {name: self._for_batch(name, results[name], batch) for name in self.schedule.outputs}
        return results, results, noted

    def _for_batch(self, name: str, value: Any, batch: tuple[int, ...]) -> Any:
        """Return a result for a batch that it may lack."""
        axes = self.model.signals[name]
        count = len(axes) + (self.rank(name, value) if axes else self.model.rank(name) or 0)
        own = value.shape[: value.ndim - count]
        whole = np.broadcast_shapes(own, batch)
        return value if own == whole else np.broadcast_to(value, (*whole, *value.shape[len(own) :])).copy()

    def _from_the_beginning(
        self, first: Runner, state: State, begun: Arrays, given: Arrays, steps: int | None, lengths: Any
    ) -> tuple[Arrays, Arrays, Noted]:
        """Return the same where few steps are done: these are computed again, with all that was given."""
        together = {**begun, **given}
        for name, value in given.items():
            if name not in begun:
                continue
            if name in self.model.inputs:
                values = np.asarray(begun[name]), np.asarray(value)
                together[name] = joined(*values, self.rank(name, values[1]))
            elif not (callable(value) or np.array_equal(begun[name], value, equal_nan=True)):
                raise CircuitError(
                    f"{shown(name)} is another than before, after {state.done} steps",
                    help="it has to stay the same while boundaries and pins may still matter",
                )
        done = state.done
        told = None if steps is None else steps + done
        ends = _of_only_axis(lengths)
        until = None if ends is None else ends + done
        whole = first.run(together, told, until)
        cut = {}
        for name, value in whole.items():
            if self.model.signals[name]:
                value = value[(..., slice(done, None), *[slice(None)] * self.rank(name, value))]
            cut[name] = value
        return cut, whole, self.note(together, told, until)


def _of_only_axis(lengths: Any) -> Any:
    """Return the lengths of sequences as an array, which may be given by the name of the axis; None where none are."""
    if isinstance(lengths, Mapping):
        lengths = next(iter(lengths.values()), None)
    return None if lengths is None else np.asarray(lengths)
