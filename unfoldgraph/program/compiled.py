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

    def __init__(self, module: Module, steps: int | None) -> None:
        self.source = module.source
        self._module = module
        self._steps = steps
        self._call: Callable[..., Mapping[str, Any]] = _function(module)

    def __call__(self, /, *, steps: int | None = None, **arrays: Any) -> Result:
        """Return every signal that was asked for.

        Parameters
        ----------
        steps : how many steps to compute, where no input says it.
        arrays : inputs `(*batch, steps, *shape)`, parameters and boundaries `(*batch, *shape)`, and the
            opaque functions as callables.

        Raises
        ------
        CircuitError
            For arrays that are missing, unknown or do not fit.
        """
        import numpy as np

        given = self._named(arrays)
        if self._module.takes_steps:
            given["steps"] = steps
        elif steps is not None and steps != self._steps:
            sentence = (
                "the inputs say how many steps there are" if self._steps is None else f"this is for {self._steps} steps"
            )
            raise CircuitError(f"steps={steps!r} is given, but {sentence}", help="leave steps out")
        try:
            found = self._call(**given)
        except (ValueError, TypeError, IndexError, np.linalg.LinAlgError) as error:
            # What an opaque function raises is its own affair.
            if _is_foreign(error, self._call):
                raise
            raise CircuitError(str(error)) from error
        return Result({name: found[own] for name, own in self._module.outputs.items()})

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
                if name == "lengths":
                    raise CircuitError("lengths= is not supported yet", help="give sequences of one length")
                raise CircuitError(
                    f"'{shown(name)}' is not an argument of this circuit",
                    help=did_you_mean(own, names) or f"the arguments are: {', '.join(names.values()) or 'none'}",
                )
            given[found] = value
        for name in self._module.required:
            # The function itself says what was expected.
            given.setdefault(names[name], None)
        return given


def compile_model(model: Model, *, steps: int | None = None, outputs: Sequence[str] | None = None) -> Program:
    """Return a circuit as a program: a loop for any number of steps, or straight-line code for exactly `steps`.

    Raises `CircuitError` where the straight-line program would be over the limit, or an output has no equation.
    """
    if steps is not None and (isinstance(steps, bool) or not isinstance(steps, int) or steps < 0):
        raise CircuitError(f"steps: expected a whole number from 0, got {steps!r}")
    return Program(generate(plan(model, outputs), steps), steps)


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
