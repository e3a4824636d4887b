"""A generated module as a function to call."""

from __future__ import annotations

import inspect
import itertools
import linecache
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from unfoldgraph.algebra.expression import postorder
from unfoldgraph.algebra.notation import shown
from unfoldgraph.algebra.operators import inverts
from unfoldgraph.base.errors import CircuitError, listing, mistakes_told, require_within
from unfoldgraph.base.files import write_whole
from unfoldgraph.base.limits import STEPS
from unfoldgraph.base.names import canonical
from unfoldgraph.model.axes import followed
from unfoldgraph.model.calling_convention import Result, again, as_array, by_own_names, shapes_of_inputs
from unfoldgraph.model.equations import Model
from unfoldgraph.model.lengths import ended, resolve, unknown_steps
from unfoldgraph.program.bound import as_written
from unfoldgraph.program.pipeline import Module, generate, generate_step
from unfoldgraph.program.runtime import arrays, functions, pieces, sequences
from unfoldgraph.program.schedule import Schedule, schedule_of
from unfoldgraph.program.standalone import runtime_names
from unfoldgraph.program.streams.state import State
from unfoldgraph.program.streams.stepper import StepCode, Stepper
from unfoldgraph.program.streams.stream import Stream
from unfoldgraph.program.targets.numba_kernels import CompiledKernel
from unfoldgraph.program.wrapper.loop_kernel import KERNEL

_NUMBER = itertools.count(1)


class Program:
    """A compiled circuit: call it with arrays, by name.

    >>> from unfoldgraph.language.text import read
    >>> fibonacci = compile_model(read("F(t) = F(t-1) + F(t-2); F(1) = 1; F(2) = 1"))
    >>> fibonacci(steps=10).F[-1]
    np.float64(55.0)

    It is called by any number of threads at a time, and by the functions that it calls: nothing is kept between calls.
    `inspect.signature` and `help` show its own arguments with their shapes.

    Attributes
    ----------
    source : the generated module, which needs NumPy and nothing else.
    """

    __name__: str

    def __init__(
        self,
        written: Model,
        model: Model,
        schedule: Schedule,
        module: Module,
        steps: Mapping[str, int] | None,
        plain: bool = False,
        target: str = "numpy",
    ) -> None:
        self.source = module.source
        self._written = written
        self._model = model
        self._module = module
        self._schedule = schedule
        self._steps = steps
        self._plain = plain
        self._target = target
        self._own_axes = model.own_axes
        self._takes_steps = module.signature.takes_steps
        # Where no input says how many steps there are, a number says it of all axes.
        self._is_told_all_steps = bool(self._takes_steps) and model is written and not model.inputs
        self._call: Callable[..., Mapping[str, Any]] = _function(module)
        self._arguments = frozenset(module.arguments.values())
        self._required = frozenset(module.arguments[name] for name in module.required)
        self._functions = tuple(module.arguments[name] for name in model.functions)
        self._outputs = tuple(module.outputs.items())
        # What Python asks a function for where it shows it.
        self.__name__ = module.signature.function
        self.__doc__ = self._call.__doc__
        self.__signature__ = _with_kinds(inspect.signature(self._call), module.signature.kinds())

    def __reduce__(self) -> tuple[Callable[[Model], Program], tuple[Model]]:
        # Where it is read again it is compiled again: a function that was generated has no module to be found in.
        outputs = self._schedule.outputs
        again = partial(compile_model, steps=self._steps, outputs=outputs, plain=self._plain, target=self._target)
        return again, (self._written,)

    def __call__(
        self,
        /,
        *,
        steps: int | Mapping[str, int] | None = None,
        lengths: Any = None,
        state: State | None = None,
        **arrays: Any,
    ) -> Result:
        """Return every signal that was asked for.

        Parameters
        ----------
        steps : how many steps to compute; for several axes a number for each, by name. Where an input says it, it
            may be left out. Axes that ranges compare are as long as one another, unless two numbers tell them apart.
        lengths : how long each sequence of a batch is, where they differ; for several axes by name.
        state : where an earlier run has ended, `r.state` of its results: this one goes on there, and both are as one
            run. Parameters are given again, and boundary values are not. It is for circuits on one axis whose indices
            look back only.
        arrays : inputs `(*batch, steps, *shape)`, parameters and boundaries `(*batch, *shape)`, and the
            opaque functions as callables.

        Raises
        ------
        CircuitError
            For arrays that are missing, unknown or do not fit, and for a circuit that cannot go on.

        Examples
        --------
        >>> import numpy as np
        >>> from unfoldgraph.language.text import read
        >>> total = compile_model(read("s(t) = s(t-1) + x(t)"))
        >>> first = total(x=np.array([1.0, 2.0]))
        >>> total(x=np.array([3.0]), state=first.state).s
        array([6.])
        """
        if state is not None:
            return self._going_on(state, steps, lengths, arrays)
        ended = None
        if lengths is None and self._takes_as_they_are(steps, arrays):
            given = arrays if steps is None else {**arrays, "steps": steps}
        else:
            is_number = steps is not None and not isinstance(steps, Mapping)
            # A number of steps that no axis here asks for is that of an axis that is as long as an input says.
            is_apart = self._model is not self._written and is_number and not self._takes_steps and self._steps is None
            if is_apart or self._is_told_apart(steps) or self._is_told_apart(lengths):
                return self._called_apart(steps, lengths, arrays)
            given = self._named(arrays)
            told = self._steps_told(steps, given, lengths)
            if self._takes_steps:
                given["steps"] = told
            if lengths is not None:
                ended = self._take_lengths(lengths, given)
        found = self._called(given)
        results = {name: found[own] for name, own in self._outputs}
        results = Result(results if ended is None else self._for_sequences(results, ended, given))
        self._note(results, given, steps, lengths)
        return results

    # Runs that go on ----------------------------------------------------------------------------------

    @cached_property
    def _stream(self) -> Stream | CircuitError:
        """What makes runs go on, or why they cannot."""
        schedule = self._schedule

        def compiled(model: Model, outputs: Sequence[str]) -> _ByOwnNames:
            return _ByOwnNames(
                compile_model(model, steps=self._steps, outputs=outputs, plain=self._plain, target=self._target)
            )

        try:
            return Stream(self._model, schedule, compiled)
        except CircuitError as error:
            return error

    @property
    def goes_on(self) -> bool:
        """Whether a run of it can go on where another ended: it is on one axis, and looks back only.

        >>> from unfoldgraph.language.text import read
        >>> [compile_model(read(text)).goes_on for text in ("y(t) = y(t-1) + x(t)", "y(t) = y(t+1) + x(t)")]
        [True, False]
        """
        return not isinstance(self._stream, CircuitError) and set(self._stream.signals) <= {*self._schedule.outputs}

    def _stream_or_error(self) -> Stream:
        if isinstance(self._stream, CircuitError):
            raise again(self._stream)
        return self._stream

    def _note(self, results: Result, given: Mapping[str, Any], steps: Any, lengths: Any) -> None:
        """Note in results where the run has ended, before anybody changes an array."""
        stream = self._stream
        if isinstance(stream, CircuitError):
            results._ended = stream
        else:
            own = {name: given[public] for name, public in self._module.arguments.items() if public in given}
            results._ended = stream.ended(own, dict(results), self._steps if steps is None else steps, lengths)

    def _going_on(self, state: State, steps: Any, lengths: Any, arrays: Mapping[str, Any]) -> Result:
        """Return the results of a run from where another has ended."""
        if not isinstance(state, State):
            if "state" in self._module.arguments:
                # One that is so called goes by another name in a call, which the error says.
                by_own_names(self._module.arguments, {"state": state})
            raise CircuitError(f"state: expected that of a result, got {type(state).__name__}", help="give r.state")
        stream = self._stream_or_error()
        given = by_own_names(self._module.arguments, arrays)
        if isinstance(steps, Mapping):
            steps = self._steps_of_axes(steps)
        found, ended = stream.go_on(_ByOwnNames(self), state, given, steps, lengths)
        results = Result(found)
        results._ended = ended
        return results

    def stepper(self, /, *, state: State | None = None, **arrays: Any) -> Stepper:
        """Return the circuit as one that takes the inputs of one step at a time.

        Parameters
        ----------
        state : where it begins, as in a call; the very first step where it is left out.
        arrays : parameters and functions, and boundary values where no state is given.

        Raises
        ------
        CircuitError
            For arrays that are no such arguments, and for a circuit that cannot go on.

        Examples
        --------
        >>> from unfoldgraph.language.text import read
        >>> step = compile_model(read("y(n) = b * x(n) - a * y(n-1)")).stepper(b=1.0, a=-0.5)
        >>> [float(step(x=x).y) for x in (4.0, 0.0, 1.0)]
        [4.0, 2.0, 2.0]
        """
        stream = self._stream_or_error()
        given = by_own_names(self._module.arguments, arrays)
        if inputs := [name for name in given if name in self._model.inputs]:
            told = listing([shown(name) for name in inputs])
            raise CircuitError(f"{told}: a stepper takes inputs when it is called", help="give it parameters here")
        outputs = tuple(dict.fromkeys([*self._schedule.outputs, *stream.signals]))
        running = self
        # What is written out for some steps is for no other number of them.
        if outputs != self._schedule.outputs or self._steps is not None:
            running = compile_model(self._written, outputs=outputs, plain=self._plain, target=self._target)
        public = self._module.arguments
        return Stepper(stream, running, _coded, self._schedule.outputs, public, given, state)

    # Lengths that ranges compare ----------------------------------------------------------------------

    def _is_told_apart(self, told: Any) -> bool:
        """Say whether a length is told of an axis that is taken to be as long as one that ranges compare it with."""
        if self._model is self._written or not isinstance(told, Mapping):
            return False
        axes = {self._written.length_of.get(canonical(str(axis))) for axis in told}
        return not axes.isdisjoint(self._written.length_from)

    @cached_property
    def _apart(self) -> Program:
        """The program for lengths that may differ, though ranges compare them."""
        model = replace(self._written, length_from={})
        schedule = schedule_of(model, self._schedule.outputs)
        module = generate(schedule, self._steps, self._plain, self._target)
        return Program(model, model, schedule, module, self._steps, self._plain, self._target)

    def _called_apart(self, steps: Any, lengths: Any, arrays: Mapping[str, Any]) -> Result:
        """Return the results where lengths differ that ranges compare; what is not told is as it is otherwise."""
        apart, model = self._apart, self._written
        if self._steps is None:
            told = {} if steps is None else apart._steps_of_axes(steps)
            try:
                shapes = shapes_of_inputs(model, {name: arrays.get(name) for name in model.inputs})
            except CircuitError:
                # The function itself says what is wrong with an array, and what was expected.
                shapes = {}
            if isinstance(lengths, Mapping):
                lengths = apart._by_own_axes(lengths)
                # The longest sequence says how many steps there are where nothing else does.
                longest = {axis: _longest(own, axis) for axis, own in lengths.items()}
                told = {**longest, **resolve(model, told, shapes).known, **told}
            found = resolve(model, told, shapes)
            whole = {**found.taken, **found.known, **told}
            steps = {axis: whole[axis] for axis in apart._takes_steps if axis in whole} or None
            if isinstance(lengths, Mapping):
                lengths = ended(model, lengths, whole)
        return apart(steps=steps, lengths=lengths, **arrays)

    def _takes_as_they_are(self, steps: Any, arrays: Mapping[str, Any]) -> bool:
        """Say whether the function takes just these, and finds in them all that it needs: the common case."""
        names = arrays.keys()
        if not self._required <= names or not names <= self._arguments:
            return False
        if steps is None:
            return not self._takes_steps
        return self._is_told_all_steps and type(steps) is int and steps <= STEPS

    def _called(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what the function returns; every mistake of the caller's is a `CircuitError`."""
        raised: list[Exception] = []
        if self._functions:
            noting = {name: _noting(given[name], raised) for name in self._functions if callable(given.get(name))}
            given = {**given, **noting}
        try:
            return self._call(**given)
        except (ValueError, TypeError, LookupError, OverflowError, MemoryError) as error:
            # What an opaque function raises is its own affair.
            told = None if any(error is one for one in raised) else self._told(error)
            if told is None:
                raise
            raise told from error

    def _told(self, error: Exception) -> CircuitError | None:
        """Return the mistake of the caller's that made the function raise; None where it is ours."""
        from numpy.linalg import LinAlgError

        if isinstance(error, KeyError):
            # The only array that has this size could be left out, and was; any other name was looked for by mistake.
            size = error.args[0]
            sizes = {size for shape in self._schedule.model.shapes.values() for size in shape or ()}
            return CircuitError(f"no array says how large '{size}' is") if size in sizes else None
        if isinstance(error, MemoryError):
            told = f"this call needs more memory than there is: {error}".rstrip(": ")
            return CircuitError(told, help="take fewer steps, or fewer sequences at once")
        blamed = self._inverted() if isinstance(error, LinAlgError) else ""
        return CircuitError(f"{blamed} cannot be computed: {error}" if blamed else str(error))

    def _inverted(self) -> str:
        """Return the operations that fail on some matrices, as they are written; nothing where there are none."""
        statements = self._schedule.model.statements
        nodes = postorder(statements[number].value for number in self._schedule.members)
        written = dict.fromkeys(f"'{as_written(node)}'" for node in nodes if inverts(node))
        return " or ".join(written)

    def _steps_told(self, steps: int | Mapping[str, int] | None, given: Mapping[str, Any], lengths: Any) -> Any:
        """Return the number of steps as the function takes it; raises `CircuitError` where it is known otherwise.

        `given` are the arrays, which may say it too, and `lengths` those of sequences, of which the longest says it.
        """
        taken, model, public = self._takes_steps, self._model, self._module.arguments
        try:
            shapes = shapes_of_inputs(model, {name: given.get(public[name]) for name in model.inputs})
        except CircuitError:
            # The function itself says what is wrong with an array, and what was expected.
            shapes = {}
        known = resolve(model, {}, shapes).known
        if steps is None:
            self._require_steps(known, lengths)
            return None
        own = self._steps_of_axes(steps)
        for length in filter(_is_count, own.values()):
            require_within(int(length), STEPS, "steps: {} of them are asked for", "take fewer steps")
        if self._steps is not None:
            self._require_written_out(steps, own)
            return None
        self._require_as_known(steps, own, known)
        own = {axis: length for axis, length in own.items() if axis in taken}
        if not own:
            self._require_steps(known, lengths)
            return None
        return own if len(self._own_axes) > 1 and isinstance(steps, Mapping) else next(iter(own.values()))

    def _require_steps(self, known: Mapping[str, int], lengths: Any) -> None:
        """Raise where neither an input nor the length of a sequence says how many steps there are."""
        taken, axes = self._takes_steps, self._model.length_of
        said = (
            {axes.get(canonical(str(axis)), axis) for axis in lengths} if isinstance(lengths, Mapping) else set(taken)
        )
        said = set() if lengths is None else said
        missing = [axis for axis in taken if axis not in {*known, *said}]
        if missing:
            several = len(self._own_axes) > 1
            wanted = ", ".join(f'"{shown(axis)}": …' for axis in missing)
            raise unknown_steps(self._model, missing, f"give steps={{{wanted}}}" if several else "give steps=…")

    def _steps_of_axes(self, steps: int | Mapping[str, int]) -> dict[str, int]:
        """Return the steps that are asked for, by the axes that have a length of their own."""
        taken, axes = self._takes_steps, self._model.length_of
        if not isinstance(steps, Mapping):
            return dict.fromkeys(taken or self._own_axes, steps)
        told = {canonical(str(axis)): length for axis, length in steps.items()}
        for axis in told:
            if axis not in axes:
                raise CircuitError(f"there is no axis '{shown(axis)}'", help=f"the axes are: {', '.join(axes)}")
        return {axes[axis]: length for axis, length in told.items()}

    def _require_written_out(self, steps: int | Mapping[str, int], own: Mapping[str, int]) -> None:
        """Raise where other steps are asked for than those for which the program is written out."""
        counts = self._steps or {}
        if any(not _is_count(length) or counts[axis] != length for axis, length in own.items()):
            one = len(self._own_axes) == 1
            written = ", ".join(f"{axis}={length}" for axis, length in counts.items())
            what = f"{next(iter(counts.values()))} steps" if one else f"the steps {written}"
            raise CircuitError(f"steps={steps!r} is given, but this is for {what}", help="leave steps out")

    def _require_as_known(
        self, steps: int | Mapping[str, int], own: Mapping[str, int], known: Mapping[str, int]
    ) -> None:
        """Raise where other steps are asked for than the inputs have."""
        for axis, length in known.items():
            # What is no number of steps differs from any.
            if axis in own and (not _is_count(own[axis]) or own[axis] != length):
                which = "" if len(self._own_axes) == 1 else f" of {shown(axis)}"
                raise CircuitError(
                    f"steps={steps!r} is given, but the inputs have {length} steps{which}", help="leave steps out"
                )

    def _take_lengths(self, lengths: Any, given: dict[str, Any]) -> Any:
        """Note the lengths of sequences, for a program of any number of steps.

        One that is written out for some steps takes no lengths but these, and its function none at all: they are
        checked here, and returned for the batch that they may make.
        """
        axes = self._model.length_of
        if not axes:
            raise CircuitError("lengths is given, but this circuit has no axis", help="leave it out")
        if isinstance(lengths, Mapping):
            lengths = self._by_own_axes(lengths)
        if self._steps is None:
            given["lengths"] = lengths
            return None
        steps = self._steps_by_own_axes()
        ends = _ends(lengths, steps, ())
        if ends.size and (ends != [*steps.values()]).any():
            known = ", ".join(f"{axis}={length}" for axis, length in steps.items())
            raise CircuitError(
                f"lengths: this is written out for {known}, and for no other lengths",
                help="compile without steps= for any lengths",
            )
        return lengths

    def _steps_by_own_axes(self) -> dict[str, int]:
        """Return for how many steps it is written out, by the axes that have a length of their own."""
        counts = self._steps or {}
        return {axis: counts[axis] for axis in self._own_axes}

    def _by_own_axes(self, lengths: Mapping[Any, Any]) -> dict[str, Any]:
        """Return lengths by the axis that has each length of its own; raises where one is given two."""
        import numpy as np

        axes = self._model.length_of
        found: dict[str, Any] = {}
        for written, numbers in lengths.items():
            axis = canonical(str(written))
            own = axes.get(axis, axis)
            if own in found:
                told = "lengths: expected whole numbers"
                if not np.array_equal(as_array(found[own], told), as_array(numbers, told)):
                    raise CircuitError(
                        f"lengths: '{shown(axis)}' and '{shown(own)}' have one length, and are given two"
                    )
            found[own] = numbers
        return found

    def _for_sequences(self, results: Mapping[str, Any], lengths: Any, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return results of a program that takes no lengths for every sequence that some lengths are of."""
        import numpy as np

        batch = self._batch(given)
        whole = _ends(lengths, self._steps_by_own_axes(), batch).shape[:-1]
        if whole == batch:
            return dict(results)
        return {name: np.broadcast_to(one, (*whole, *one.shape[len(batch) :])).copy() for name, one in results.items()}

    def _batch(self, given: Mapping[str, Any]) -> tuple[int, ...]:
        """Return the batch that arrays share, which fit; `given` are those of the function."""
        import numpy as np

        model = self._model
        owners = {boundary.argument: boundary for boundary in model.free}
        batches = []
        for name, public in self._module.arguments.items():
            value = given.get(public)
            if value is None or name in model.functions or name in self._schedule.passed_on:
                continue
            own = owners.get(name)
            lead = len(model.inputs.get(name, ())) if own is None else int(own.has_several)
            shape, rank = np.shape(value), model.rank(name if own is None else own.name)
            count = max(0, len(shape) - lead)
            batches.append(shape[: count - (min(1, count) if rank is None else min(rank, count))])
        return np.broadcast_shapes(*batches)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the module to a file, whole or not at all; a file that is there is replaced.

        Its function takes axes that ranges compare as one length.

        Raises
        ------
        OSError : where it cannot be written; what was there is then as it was.

        Examples
        --------
        >>> from tempfile import TemporaryDirectory
        >>> from unfoldgraph.language.text import read
        >>> with TemporaryDirectory() as folder:
        ...     compile_model(read("s(t) = s(t-1) + x(t)")).save(Path(folder, "total.py"))
        ...     "import numpy as np" in Path(folder, "total.py").read_text()
        True
        """
        write_whole({Path(path): self.source.encode()}, force=True)

    def __repr__(self) -> str:
        return f"<Program {self.__name__}({', '.join(self._module.arguments.values())})>"

    def _named(self, arrays: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments as the function calls them."""
        names = self._module.arguments
        given = {names[name]: value for name, value in by_own_names(names, arrays).items()}
        for name in self._module.required:
            # The function itself says what was expected.
            given.setdefault(names[name], None)
        return given


class _ByOwnNames:
    """A program that is called with arrays by the circuit's own names."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def run(self, arrays: Mapping[str, Any], steps: Any, lengths: Any) -> dict[str, Any]:
        """Return what a call does."""
        return dict(self.program(steps=steps, lengths=lengths, **self._public(arrays)))

    def batch_of(self, arrays: Mapping[str, Any]) -> tuple[int, ...]:
        """Return the batch that arrays share, which fit."""
        return self.program._batch(self._public(arrays))

    def _public(self, arrays: Mapping[str, Any]) -> dict[str, Any]:
        public = self.program._module.arguments
        return {public[name]: value for name, value in arrays.items()}


def compile_model(
    model: Model,
    *,
    steps: int | Mapping[str, int] | None = None,
    outputs: Sequence[str] | None = None,
    plain: bool = False,
    target: str = "numpy",
) -> Program:
    """Return a circuit as a program: loops for any number of steps, or straight-line code for exactly `steps`.

    Straight-line code of several axes is for a number of each, by its name. It has one style; a loop has two, of which
    `plain` is the textbook's. Raises `CircuitError` where it would be over the limit, or an output has no equation.
    """
    counts = None if steps is None else _counts(model, steps)
    own = _as_long(model, counts)
    schedule = schedule_of(own, outputs)
    module = generate(schedule, counts, plain, target)
    return Program(model, own, schedule, module, counts, plain, target)


def _as_long(model: Model, counts: Mapping[str, int] | None) -> Model:
    """Return a circuit in which axes are as long as those that ranges compare them with, unless others are told."""
    if not model.length_from:
        return model
    ends = {axis: followed(own, model.length_from)[-1] for axis, own in model.length_of.items()}
    if counts is not None and any(counts.get(axis) != counts.get(other) for axis, other in ends.items()):
        return replace(model, length_from={})
    return replace(model, length_of=ends, length_from={})


def _counts(model: Model, steps: int | Mapping[str, int]) -> dict[str, int]:
    """Return for how many steps of each axis code is written out, checked."""
    counts = dict(steps) if isinstance(steps, Mapping) else dict.fromkeys(model.axes, steps)
    for count in counts.values():
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise CircuitError(f"steps: expected a whole number from 0, got {count!r}")
    return counts


def _is_count(value: Any) -> bool:
    """Say whether something is a whole number, as a number of steps is."""
    import numpy as np

    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _longest(lengths: Any, axis: str) -> int:
    """Return the greatest of the lengths of sequences along an axis; raises `CircuitError` where they are none."""
    with mistakes_told():
        return arrays._number_of_steps(None, lengths, axis)


def _ends(lengths: Any, steps: Mapping[str, int], batch: tuple[int, ...]) -> Any:
    """Return the lengths of each sequence of a batch, (*batch, axes), checked as a module does that takes them."""
    with mistakes_told():
        return arrays._ends(lengths, steps, batch)


def _coded(model: Model, outputs: Sequence[str]) -> StepCode:
    """Return the function of a circuit without axes that checks nothing."""
    made = generate_step(schedule_of(model, outputs))
    return StepCode(_defined(made.source, made.name, _runtime())[made.name], made.arrays, made.sizes)


def _function(module: Module) -> Callable[..., Mapping[str, Any]]:
    """Compile a module and return its function; tracebacks show the source."""
    called, text = module.signature.function, module.text
    namespace = _runtime(with_recurrences=text.compiled is None)
    if text.compiled is not None:
        namespace[KERNEL] = CompiledKernel(text.compiled, called)
    found: Callable[..., Mapping[str, Any]] = _defined(text.own, called, namespace, module.source)[called]
    return found


def _runtime(with_recurrences: bool = False) -> dict[str, Any]:
    """Return the functions of the runtime by name, compiled once for all programs."""
    import numpy as np

    runtime = vars(arrays) | vars(functions) | vars(sequences) | vars(pieces)
    if with_recurrences:
        # SciPy, which these look for, takes long to load: loops have no use for it.
        from unfoldgraph.program.runtime import recurrences

        runtime = runtime | vars(recurrences)
    return {"np": np, **{name: runtime[name] for name in runtime_names() if name in runtime}}


def _defined(text: str, called: str, namespace: dict[str, Any], source: str | None = None) -> dict[str, Any]:
    """Compile what defines a function in a namespace, and return that; tracebacks show the source."""
    filename = f"<unfoldgraph {called} {next(_NUMBER)}>"
    source = text if source is None else source
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    namespace["__name__"] = called
    try:
        code = compile(text, filename, "exec")
    except SyntaxError:
        # Python takes no more than twenty blocks in one another, and a hundred levels of brackets and lines.
        raise CircuitError(
            "the loops of this program would be nested deeper than Python takes",
            help="give the parts names of their own, as signals",
        ) from None
    exec(code, namespace)  # written by us, of nodes
    return namespace


class _InWords(str):
    """What an argument is in words, which a signature shows without quotes."""

    __slots__ = ()
    __repr__ = str.__str__


def _with_kinds(signature: inspect.Signature, kinds: Mapping[str, str]) -> inspect.Signature:
    """Return a signature that says of each argument what it is."""
    named = signature.parameters.items()
    return signature.replace(parameters=[one.replace(annotation=_InWords(kinds[name])) for name, one in named])


def _noting(function: Callable[..., Any], raised: list[Exception]) -> Callable[..., Any]:
    """Return a function of the caller that notes what it raises."""

    def noting(*arguments: Any, **shared: Any) -> Any:
        try:
            return function(*arguments, **shared)
        except Exception as error:
            raised.append(error)
            raise

    return noting
