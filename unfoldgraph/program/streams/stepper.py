"""A circuit that takes one input at a time, as a controller or a filter in use does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from typing import Any, NamedTuple, Protocol

import numpy as np

from unfoldgraph.algebra.notation import shown
from unfoldgraph.base.errors import CircuitError
from unfoldgraph.model.calling_convention import Result, as_array, by_own_names
from unfoldgraph.model.equations import Model
from unfoldgraph.program.streams.one_step import OneStep
from unfoldgraph.program.streams.state import Arrays, State, copied, place_at
from unfoldgraph.program.streams.stream import Stream


class StepCode(NamedTuple):
    """The function that computes a step, and what it takes before the batch and the type: arrays and sizes by name."""

    function: Callable[..., tuple[Any, ...]]
    arrays: Sequence[str]
    sizes: Sequence[str]


class Running(Protocol):
    """A program whose outputs tell its state."""

    def __call__(self, /, **arrays: Any) -> Result:
        """Return the results of a run."""


class Stepper:
    """A circuit that is run step by step: call it with the inputs of the next step, by name.

    It takes of each input what one step has, `(*batch, *shape)`, and returns what that step gives of each output. Its
    calls are those of one stream, one after the other. The first steps, in which boundaries and pins may matter, are
    run as any others are; from then on a step is a function of what it takes and of the last places.

    Parameters
    ----------
    stream : the circuit as one that can go on.
    running : its program, with all that the state needs among the outputs.
    coded : makes the function of one step, for some outputs.
    outputs : what a step is to return.
    public : what each argument is called, by the circuit's own name.
    given : parameters and functions, and boundary values where no state is given; by the circuit's own names.
    state : where it begins; None for the very first step.
    """

    def __init__(
        self,
        stream: Stream,
        running: Running,
        coded: Callable[[Model, Sequence[str]], StepCode],
        outputs: Sequence[str],
        public: Mapping[str, str],
        given: Arrays,
        state: State | None,
    ) -> None:
        self._stream, self._running, self._coded = stream, running, coded
        self._outputs, self._public = tuple(outputs), public
        self._given = {name: copied(value) for name, value in given.items()}
        self._state = state
        self._step: _FastStep | None = None

    @property
    def state(self) -> State | None:
        """Where it is, to go on from with its program or another stepper; None before the first step."""
        return self._state if self._step is None else self._step.state()

    def __call__(self, /, **inputs: Any) -> Result:
        """Return what the next step gives, each output without the dimension of the steps.

        Raises
        ------
        CircuitError
            For inputs that are missing, unknown or do not fit.
        """
        found = None if self._step is None else self._step.taken(inputs)
        return self._as_run(inputs) if found is None else found

    def _as_run(self, inputs: Mapping[str, Any]) -> Result:
        """Return what the next step gives as a run of one step."""
        stream, public = self._stream, self._public
        model = stream.model
        state = self.state
        given: dict[str, Any] = {public[name]: value for name, value in self._given.items()}
        own = by_own_names(public, inputs)
        steps: dict[str, Any] = {}
        for name, value in own.items():
            if name in model.inputs:
                steps[name] = as_array(value, f"'{shown(name)}' is to hold numbers")
                count = stream.ranks[name]
                if steps[name].ndim < count:
                    raise CircuitError(f"'{shown(name)}': expected what one step has, got shape {steps[name].shape}")
                given[public[name]] = np.expand_dims(steps[name], steps[name].ndim - count)
            else:
                given[public[name]] = value
        if not steps:
            given["steps"] = 1
        if state is not None:
            given["state"] = state
        results = self._running(**given)
        self._state, self._step = results.state, None
        if state is None:
            # From now on the state says what comes before.
            for boundary in model.free:
                self._given.pop(boundary.argument, None)
        found = {name: self._at_step(name, dict.__getitem__(results, name)) for name in dict.keys(results)}
        if self._state.begun is None and (one := stream.one_step) is not None:
            self._step = _FastStep(
                stream, one, self._coded, self._outputs, public, self._given, steps, found, self._state
            )
        return Result({name: found[name] for name in self._outputs})

    def _at_step(self, name: str, value: Any) -> Any:
        """Return the value of an output at the only step."""
        model = self._stream.model
        if not model.signals[name]:
            return value
        return place_at(value, 1, self._stream.ranks[name])[()]


def _silently(function: Callable[..., tuple[Any, ...]], *values: Any) -> tuple[Any, ...]:
    with np.errstate(all="ignore"):
        return function(*values)


class _FastStep:
    """The function of one step, with all that does not change, and the last places."""

    def __init__(
        self,
        stream: Stream,
        one: OneStep,
        coded: Callable[[Model, Sequence[str]], StepCode],
        outputs: Sequence[str],
        public: Mapping[str, str],
        given: Arrays,
        inputs: Arrays,
        found: Arrays,
        state: State,
    ) -> None:
        self.model, self.fixed, self.done, self.ranks = stream.model, state.fixed, state.done, stream.ranks
        continued = stream.continued
        self.names = tuple(dict.fromkeys([*outputs, *(name for name in state.places if name in stream.model.signals)]))
        code = coded(one.model, self.names)
        self.function, self.count = code.function, len(outputs)
        self.dtype = np.dtype(next(iter(found.values())).dtype)
        (batch,) = {value.shape[: value.ndim - self.ranks[name]] for name, value in found.items()}
        self.is_of_numbers = one.is_of_numbers and not batch and self.dtype == np.float64
        self.past = {name: self._last(value, self.ranks[name]) for name, value in state.places.items()}
        position = {name: at for at, name in enumerate(code.arrays)}
        known = {called: state.fixed[place] for place, called in continued.fixed.items()}
        for (name, at), called in one.entries.items():
            # It may be one of what stands at a fixed place.
            array = np.asarray(known.get(name, given.get(name)))
            known[called] = np.moveaxis(array, range(-len(at), 0), range(len(at)))[at]
        self.values: list[Any] = [None] * len(code.arrays)
        for name, value in {**given, **known}.items():
            if name in position:
                self.values[position[name]] = value if callable(value) else self._number(np.asarray(value, self.dtype))
        # To be silent in a context of its own costs a tenth of `np.errstate`; what a caller's function does is its own.
        context = copy_context()
        context.run(np.seterr, all="ignore")
        self.silent: Callable[..., tuple[Any, ...]] = _silently if stream.model.functions else context.run
        self.counter = position.get(continued.done) if continued.done is not None else None
        sizes = stream.sizes({**given, **inputs, **found})
        self.values += [sizes[size] for size in code.sizes]
        self.values += [batch, self.dtype.type]
        self.reads = [
            (position[called], self.past[name], back - 1)
            for (name, back), called in one.earlier.items()
            if called in position
        ]
        self.inputs = [
            (public[name], position.get(name), value.shape, self.past.get(name)) for name, value in inputs.items()
        ]
        self.kept = [(at, self.past[name]) for at, name in enumerate(self.names) if name in self.past]
        self.shapes = [found[name].shape for name in self.names]
        #: The outputs that are another name for something, and so its memory.
        values = {statement.name: statement.value for statement in one.model.statements}
        self.named = {at for at, name in enumerate(self.names) if values[name].operator in ("read", "parameter")}

    def _last(self, value: Any, rank: int) -> list[Any]:
        """Return the last places one by one, the latest first."""
        axis = value.ndim - 1 - rank
        places = range(value.shape[axis])
        return [self._number(place_at(value, place + 1, rank)) for place in reversed(places)]

    def _number(self, value: Any) -> Any:
        """Return a value as it is computed with: a number of Python is the fastest where nothing else is needed."""
        if value.ndim:
            return value
        return float(value) if self.is_of_numbers else value[()]

    def taken(self, inputs: Mapping[str, Any]) -> Result | None:
        """Return what the next step gives; None for inputs that are other than those before."""
        values = self.values
        if len(inputs) != len(self.inputs):
            return None
        fresh = []
        for name, position, shape, past in self.inputs:
            value = self._converted(inputs.get(name), shape)
            if value is None:
                return None
            if past is not None:
                fresh.append((past, value))
            if position is not None:
                values[position] = value
        for position, own, back in self.reads:
            values[position] = own[back]
        if self.counter is not None:
            values[self.counter] = self.dtype.type(self.done)
        found = self.function(*values) if self.is_of_numbers else self._computed(values)
        for own, value in fresh:
            own.insert(0, value)
            own.pop()
        for at, own in self.kept:
            value = found[at]
            own.insert(0, value if type(value) is float else value.copy())
            own.pop()
        self.done += 1
        if self.is_of_numbers:
            found = [np.float64(value) for value in found]
        return Result(zip(self.names[: self.count], found, strict=False))

    def _converted(self, value: Any, shape: tuple[int, ...]) -> Any:
        """Return an input as it is computed with; None where it is another than before."""
        if self.is_of_numbers and type(value) is float:
            return value
        if type(value) is not np.ndarray or value.dtype is not self.dtype or value.shape != shape:
            if not isinstance(value, int | float | np.number | np.ndarray) or isinstance(value, np.ma.MaskedArray):
                return None
            value = np.asarray(value)
            if value.shape != shape or value.dtype.kind not in "biuf":
                return None
            if value.dtype.kind == "f" and value.dtype != self.dtype:
                return None
        # The caller may write into it later.
        return self._number(np.array(value, self.dtype))

    def _computed(self, values: Sequence[Any]) -> Sequence[Any]:
        """Return what the function gives, each output with all dimensions and memory of its own."""
        found = list(self.silent(self.function, *values))
        for at, (value, shape) in enumerate(zip(found, self.shapes, strict=True)):
            is_own = type(value) is np.ndarray and value.base is None and at not in self.named
            if not is_own or value.shape != shape or value.dtype != self.dtype:
                found[at] = np.array(np.broadcast_to(value, shape), self.dtype)[()]
        return found

    def state(self) -> State:
        """Return where it is."""
        places = {}
        for name, own in self.past.items():
            last = [np.asarray(value, self.dtype) for value in reversed(own)]
            places[name] = np.stack(last, axis=last[0].ndim - self.ranks[name])
        return State(self.model, self.done, places, self.fixed)
