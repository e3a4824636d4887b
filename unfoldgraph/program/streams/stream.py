"""Runs of a circuit that go on: where each has ended, and the next one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from unfoldgraph.algebra.notation import shown
from unfoldgraph.algebra.shapes import Size
from unfoldgraph.base.errors import CircuitError, listing, mistakes_told
from unfoldgraph.model.calling_convention import as_array
from unfoldgraph.model.equations import Model
from unfoldgraph.program.runtime.arrays import _ends, _number_of_steps
from unfoldgraph.program.schedule import Schedule
from unfoldgraph.program.streams.continued import Continued, continued
from unfoldgraph.program.streams.needs import needs_of
from unfoldgraph.program.streams.one_step import OneStep, one_step
from unfoldgraph.program.streams.state import Arrays, State, copied, joined, last_places, of_steps, place_at


class Runner(Protocol):
    """What runs a circuit."""

    def run(self, arrays: Arrays, steps: Any, lengths: Any) -> Arrays:
        """Return what is computed; all arrays go by the circuit's own names."""

    def batch_of(self, arrays: Arrays) -> tuple[int, ...]:
        """Return the batch that arrays share."""


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
        self.ranks = {name: model.rank(name) or 0 for name in (*model.signals, *model.inputs)}
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

    # Where a run has ended --------------------------------------------------------------------------

    def ended(
        self, given: Arrays, results: Arrays, steps: Any, lengths: Any, before: State | None = None
    ) -> State | CircuitError:
        """Return where a run has ended, or why that is not known.

        Parameters
        ----------
        given : what was given to it, and found to be right.
        results : what it has computed.
        before : where it began; None for the very first step.
        """
        ends = _of_only_axis(lengths)
        count = self._steps(given, steps, ends)
        counts, settled = self._counts(self.sizes(given)) if self.by_sizes else self._known
        if before is None and ends is not None and min(ends.ravel(), default=0) < settled:
            return CircuitError(
                "sequences of different lengths, some of them so short that boundaries and pins still matter, have no "
                "state to go on from together",
                help="let each go on by itself, or all after more steps",
            )
        if before is None and count < settled:
            return State(self.model, count, {}, {}, {name: copied(value) for name, value in given.items()})
        missing = [shown(name) for name in self.signals if name not in results]
        if missing:
            return CircuitError(
                f"the state needs {listing(missing)}, which {'is' if len(missing) == 1 else 'are'} no output",
                help="name what it needs in outputs=, too",
            )
        values = {name: results[name] if name in results else np.asarray(given[name]) for name in self.names}
        fixed: Mapping[tuple[str, int], Any]
        if before is None:
            at = self.needs.fixed
            fixed = {(name, place): place_at(values[name], place, self.ranks[name]) for name, place in at}
        else:
            fixed = before.fixed
        places: dict[str, Any] = {}
        for name, kept in counts.items():
            if kept:
                value, until = values[name], ends
                if before is not None:
                    value = joined(before.places[name], value, self.ranks[name])
                    until = None if ends is None else ends + kept
                places[name] = last_places(value, kept, self.ranks[name], until)
        done = count if ends is None else ends
        return State(self.model, done if before is None else before.done + done, places, fixed)

    @cached_property
    def _known(self) -> tuple[Mapping[str, int], int]:
        """How many places are needed, and after how many steps all are the same, where no size tells it."""
        return self._counts({})

    def _counts(self, sizes: Mapping[str, int]) -> tuple[Mapping[str, int], int]:
        return {name: self.needs.kept(name, sizes) for name in self.names}, self.needs.settled_at(sizes)

    def _steps(self, given: Arrays, steps: Any, ends: Any) -> int:
        """Return how many steps a run has: as many as its inputs say, whoever reads them, or the caller."""
        for name in self.model.inputs:
            if given.get(name) is not None:
                return int(np.shape(given[name])[-1 - self.ranks[name]])
        told = next(iter(steps.values()), None) if isinstance(steps, Mapping) else steps
        return int(max(ends.ravel(), default=0) if told is None else told)

    def sizes(self, given: Arrays) -> dict[str, int]:
        """Return the sizes that the shapes of arrays tell."""
        found: dict[Size, int] = {}
        for name, value in given.items():
            shape = self.model.shapes.get(name) or ()
            if any(isinstance(size, str) for size in shape):
                found |= dict(zip(shape, np.shape(value)[-len(shape) :], strict=False))
        return {size: length for size, length in found.items() if isinstance(size, str)}

    # The next run -----------------------------------------------------------------------------------

    def go_on(
        self, first: Runner, state: State, given: Arrays, steps: Any, lengths: Any
    ) -> tuple[Arrays, State | CircuitError]:
        """Return what is computed from a state on, and where that has ended.

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
        # What mattered in the first steps only is no argument any more.
        taken = {*model.inputs, *model.parameters, *model.functions}
        values = {name: value for name, value in given.items() if name in taken}
        for boundary in own.model.free:
            held = state.places[boundary.name]
            if not boundary.has_several:
                held = of_steps(held, -1, self.ranks[boundary.name])
            values[boundary.argument] = held
        values |= {own.fixed[place]: value for place, value in state.fixed.items()}
        if own.done is not None:
            values[own.done] = state.done
        results = self.later.run(values, steps, lengths)
        # A batch that only the first steps read is one of all.
        batch = first.batch_of(given)
        results = {name: self._for_batch(name, results[name], batch) for name in self.schedule.outputs}
        return results, self.ended(given, results, steps, lengths, state)

    def _for_batch(self, name: str, value: Any, batch: tuple[int, ...]) -> Any:
        """Return a result for a batch that it may lack."""
        own = value.shape[: value.ndim - len(self.model.signals[name]) - self.ranks[name]]
        whole = np.broadcast_shapes(own, batch)
        return value if own == whole else np.broadcast_to(value, (*whole, *value.shape[len(own) :])).copy()

    def _from_the_beginning(
        self, first: Runner, state: State, begun: Arrays, given: Arrays, steps: Any, lengths: Any
    ) -> tuple[Arrays, State | CircuitError]:
        """Return the same where few steps are done: these are computed again, with all that was given."""
        done = state.done
        together, counts = {**begun, **given}, []
        for name, before in begun.items():
            if name in self.model.inputs:
                together[name] = joined(before, self._checked(name, given.get(name), before), self.ranks[name])
                counts.append(together[name].shape[-1 - self.ranks[name]] - done)
            elif name in given and not (callable(before) or _are_equal(name, before, given[name])):
                raise CircuitError(
                    f"{shown(name)} is another than before, after {done} steps",
                    help="it has to stay the same while boundaries and pins may still matter",
                )
        ends, axis = _of_only_axis(lengths), self.needs.axis
        with mistakes_told():
            told = None if steps is None else done + _number_of_steps(steps, None, axis)
            if ends is not None:
                _ends(ends, {axis: counts[0] if counts else (told or done) - done}, ())
                ends = ends + done
        whole = first.run(together, told, ends)
        cut = {}
        for name, value in whole.items():
            if self.model.signals[name]:
                value = of_steps(value, slice(done, None), self.ranks[name])
            cut[name] = value
        return cut, self.ended(together, whole, told, ends)

    def _checked(self, name: str, value: Any, before: Any) -> Any:
        """Return an input as an array that goes on where another ends."""
        own = self.ranks[name]
        array = as_array(value, f"'{shown(name)}' is to hold numbers")
        shape = before.shape[before.ndim - own :]
        if array.ndim <= own or array.shape[array.ndim - own :] != shape:
            wanted = ", ".join(map(str, ("*batch", "steps", *shape)))
            raise CircuitError(f"{shown(name)}: expected shape ({wanted}), got {array.shape}")
        return array


def _are_equal(name: str, before: Any, value: Any) -> bool:
    own = as_array(value, f"'{shown(name)}' is to hold numbers")
    return bool(np.array_equal(before, own, equal_nan=True))


def _of_only_axis(lengths: Any) -> Any:
    """Return the lengths of sequences as an array, which may be given by the name of the axis; None where none are."""
    if isinstance(lengths, Mapping):
        lengths = next(iter(lengths.values()), None)
    return None if lengths is None else np.asarray(lengths)
