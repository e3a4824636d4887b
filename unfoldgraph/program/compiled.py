"""A generated module as a function to call."""

from __future__ import annotations

import itertools
import linecache
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from unfoldgraph.equations import Model
from unfoldgraph.errors import CircuitError, did_you_mean
from unfoldgraph.files import write_whole
from unfoldgraph.notation import canonical, shown
from unfoldgraph.program.module import Module, generate
from unfoldgraph.program.plan import plan

_NUMBER = itertools.count(1)


class Result(dict[str, Any]):
    """Arrays by name; every key is also an attribute, `r.h` and `r["h"]`."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.__dict__.update(values)


class Program:
    """A compiled circuit: call it with arrays, by name.

    >>> from unfoldgraph.language.text import read
    >>> fibonacci = compile_model(read("F(t) = F(t-1) + F(t-2); F(1) = 1; F(2) = 1"))
    >>> fibonacci(steps=10).F[-1]
    np.float64(55.0)

    Attributes
    ----------
    source : the generated module, which needs NumPy and nothing else.
    """

    def __init__(self, module: Module, steps: Mapping[str, int] | None) -> None:
        self.source = module.source
        self._module = module
        self._steps = steps
        self._call: Callable[..., Mapping[str, Any]] = _function(module)

    def __call__(
        self, /, *, steps: int | Mapping[str, int] | None = None, lengths: Any = None, **arrays: Any
    ) -> Result:
        """Return every signal that was asked for.

        Parameters
        ----------
        steps : how many steps to compute, where no input says it; for several axes a number for each, by name.
        lengths : how long each sequence of a batch is, where they differ; for several axes by name.
        arrays : inputs `(*batch, steps, *shape)`, parameters and boundaries `(*batch, *shape)`, and the
            opaque functions as callables.

        Raises
        ------
        CircuitError
            For arrays that are missing, unknown or do not fit.
        """
        import numpy as np

        given = self._named(arrays)
        told = self._steps_told(steps)
        if self._module.takes_steps:
            given["steps"] = told
        if lengths is not None:
            self._take_lengths(lengths, given)
        try:
            found = self._call(**given)
        except (ValueError, TypeError, IndexError, np.linalg.LinAlgError) as error:
            # What an opaque function raises is its own affair.
            if _is_foreign(error, self._call):
                raise
            raise CircuitError(str(error)) from error
        return Result({name: found[own] for name, own in self._module.outputs.items()})

    def _steps_told(self, steps: int | Mapping[str, int] | None) -> Any:
        """Return the number of steps as the function takes it; raises `CircuitError` where it is known otherwise."""
        taken = self._module.takes_steps
        if steps is None:
            return None
        axes = self._module.axes
        if isinstance(steps, Mapping):
            told = {canonical(axis): length for axis, length in steps.items()}
            for axis in told:
                if axis not in axes:
                    raise CircuitError(f"there is no axis '{shown(axis)}'", help=f"the axes are: {', '.join(axes)}")
            own = {axes[axis]: length for axis, length in told.items()}
        else:
            own = dict.fromkeys(taken or tuple(dict.fromkeys(axes.values())), steps)
        if self._steps is not None:
            known = ", ".join(f"{axis}={length}" for axis, length in self._steps.items())
            if any(self._steps[axis] != length for axis, length in own.items()):
                one = len(set(axes.values())) == 1
                what = f"{next(iter(self._steps.values()))} steps" if one else f"the steps {known}"
                raise CircuitError(f"steps={steps!r} is given, but this is for {what}", help="leave steps out")
            return None
        further = [axis for axis in own if axis not in taken]
        if further:
            which = "" if len(set(axes.values())) == 1 else f" of {', '.join(map(shown, further))}"
            raise CircuitError(
                f"steps={steps!r} is given, but the inputs say how many steps{which} there are", help="leave steps out"
            )
        return own if len(set(axes.values())) > 1 and isinstance(steps, Mapping) else next(iter(own.values()))

    def _take_lengths(self, lengths: Any, given: dict[str, Any]) -> None:
        """Note the lengths of sequences, for a program of any number of steps."""
        import numpy as np

        if self._module.takes_lengths:
            if isinstance(lengths, Mapping):
                axes = self._module.axes
                lengths = {axes.get(canonical(axis), axis): numbers for axis, numbers in lengths.items()}
            given["lengths"] = lengths
            return
        if self._steps is None:
            raise CircuitError("lengths is given, but this circuit has no axis", help="leave it out")
        told = lengths if isinstance(lengths, Mapping) else dict.fromkeys(self._steps, lengths)
        if any(not np.all(np.asarray(numbers) == self._steps.get(axis)) for axis, numbers in told.items()):
            known = ", ".join(f"{axis}={length}" for axis, length in self._steps.items())
            raise CircuitError(
                f"lengths: this is written out for {known}, and for no other lengths",
                help="compile without steps= for any lengths",
            )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the module to a file, whole or not at all."""
        write_whole({Path(path): self.source.encode()}, force=True)

    def __repr__(self) -> str:
        return f"<Program {self._module.function}({', '.join(self._module.arguments.values())})>"

    def _named(self, arrays: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments as the function calls them."""
        names = self._module.arguments
        given: dict[str, Any] = {}
        for name, value in arrays.items():
            own = name if name in names else canonical(name)
            found = names.get(own) or (name if name in names.values() else None)
            if found is None:
                raise CircuitError(
                    f"'{shown(name)}' is not an argument of this circuit",
                    help=did_you_mean(own, names) or f"the arguments are: {', '.join(names.values()) or 'none'}",
                )
            given[found] = value
        for name in self._module.required:
            # The function itself says what was expected.
            given.setdefault(names[name], None)
        return given


def compile_model(
    model: Model, *, steps: int | Mapping[str, int] | None = None, outputs: Sequence[str] | None = None
) -> Program:
    """Return a circuit as a program: loops for any number of steps, or straight-line code for exactly `steps`.

    Straight-line code of several axes is for a number of each, by its name. Raises `CircuitError` where it would be
    over the limit, or an output has no equation.
    """
    if steps is None:
        return Program(generate(plan(model, outputs), None), None)
    counts = dict(steps) if isinstance(steps, Mapping) else dict.fromkeys(model.axes, steps)
    for count in counts.values():
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise CircuitError(f"steps: expected a whole number from 0, got {count!r}")
    return Program(generate(plan(model, outputs), counts), counts)


def _function(module: Module) -> Callable[..., Mapping[str, Any]]:
    """Compile a module and return its function; tracebacks show the source."""
    filename = f"<unfoldgraph {module.function} {next(_NUMBER)}>"
    linecache.cache[filename] = (len(module.source), None, module.source.splitlines(keepends=True), filename)
    namespace: dict[str, Any] = {"__name__": module.function}
    exec(compile(module.source, filename, "exec"), namespace)  # written by us, from templates
    found: Callable[..., Mapping[str, Any]] = namespace[module.function]
    return found


def _is_foreign(error: BaseException, function: Callable[..., Any]) -> bool:
    """Say whether an error comes from a function of the caller."""
    code = function.__wrapped__.__code__.co_filename  # type: ignore[attr-defined]
    trace = error.__traceback__
    inside = False
    while trace is not None:
        filename = trace.tb_frame.f_code.co_filename
        inside |= filename == code
        if inside and filename != code and "numpy" not in Path(filename).parts:
            return True
        trace = trace.tb_next
    return False
