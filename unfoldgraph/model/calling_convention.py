"""How a circuit is called in numbers from Python: what its arguments go by, what an array is, what a result is."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from unfoldgraph.algebra.notation import shown
from unfoldgraph.base.errors import CircuitError, did_you_mean
from unfoldgraph.base.names import canonical

if TYPE_CHECKING:
    from unfoldgraph.model.equations import Model

#: What a call takes beside the names of a circuit.
_OURS = frozenset({"steps", "lengths", "state", "sizes"})
#: What is an attribute of a result, whatever signals are called.
_ATTRIBUTES = frozenset({"state"})


def public_names(names: Iterable[str]) -> dict[str, str]:
    """Return what a caller writes for each of the names of a circuit: Python's words and ours end in `_`.

    >>> public_names(["h", "lambda", "steps", "steps_"])
    {'h': 'h', 'lambda': 'lambda_', 'steps': 'steps__', 'steps_': 'steps_'}
    """
    listed = list(names)
    taken = {name for name in listed if not _is_reserved(name)}
    found: dict[str, str] = {}
    for name in listed:
        public = name
        while _is_reserved(name) and (public == name or public in taken):
            public += "_"
        taken.add(public)
        found[name] = public
    return found


def _is_reserved(name: str) -> bool:
    return name in _OURS or keyword.iskeyword(name)


def argument_names(model: Model) -> dict[str, str]:
    """Return what a caller writes for each argument of a circuit, by the circuit's own name; `h0` for a boundary."""
    arguments = [*model.inputs, *model.parameters, *model.functions, *(boundary.argument for boundary in model.free)]
    # Signals are results, under names of their own.
    public = public_names([*arguments, *model.signals])
    return {name: public[name] for name in arguments}


def as_called(model: Model, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments under the names of the circuit, as those of a file are, under what a call takes them by."""
    names = argument_names(model)
    found: dict[str, Any] = {}
    for written, value in arguments.items():
        own = written if written in names else canonical(written)
        _note(found, names.get(own, written), value)
    return found


def _note(found: dict[str, Any], name: str, value: Any) -> None:
    if name in found:
        raise CircuitError(f"'{shown(name)}' is given twice, in two spellings", help="give it once")
    found[name] = value


def by_own_names(names: Mapping[str, str], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments by the circuit's own names; `names` are what a caller writes for each.

    Any spelling of a name is taken (`θ` and `theta`), but none that is, or will be, a keyword of the call itself.
    Raises `CircuitError` for what is no argument and for what is given twice.
    """
    own_of = {public: name for name, public in names.items()}
    found: dict[str, Any] = {}
    for written, value in arguments.items():
        name = own_of.get(written) or own_of.get(canonical(written))
        if name is None:
            name = written if written in names else canonical(written)
            if name not in names or name in _OURS:
                hint = f"write {names[name]}=…" if name in names else did_you_mean(name, names.values())
                listed = ", ".join(names.values()) or "none"
                raise CircuitError(
                    f"'{shown(written)}' is not an argument of this circuit",
                    help=hint or f"the arguments are: {listed}",
                )
        _note(found, name, value)
    return found


def as_array(value: Any, told: str) -> Any:
    """Return what was given as an array of numbers.

    What a mask covers has no value: it is refused, never read in silence. Raises `CircuitError` for what holds
    anything but numbers; `told` begins its sentence, as in "'x' is to hold numbers".
    """
    import numpy as np

    if _is_masked(value):
        raise CircuitError(
            f"{told}, not an array with a mask", help="fill it, as with array.filled(0), or cut off what is masked"
        )
    try:
        array = np.asarray(value)
    except ValueError:
        raise CircuitError(
            f"{told}, not rows of different lengths", help="pad sequences to one length, and give lengths="
        ) from None
    except (TypeError, RuntimeError) as error:
        # As arrays on another device, or with gradients, say of themselves.
        raise CircuitError(f"{told}, not {type(value).__name__}: {error}") from None
    if array.dtype.kind not in "biuf":
        raise CircuitError(f"{told}, not {'nothing' if value is None else f'{array.dtype} of shape {array.shape}'}")
    return array


def shapes_of_inputs(model: Model, arrays: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the arrays that are given for inputs; raises `CircuitError` for what is none of numbers."""
    given = {name: arrays[name] for name in model.inputs if arrays.get(name) is not None}
    return {name: as_array(value, f"'{shown(name)}' is to hold numbers").shape for name, value in given.items()}


def _is_masked(value: Any) -> bool:
    """Say whether anything is masked in an array, or in one of those in lists."""
    import numpy as np

    waiting: list[Any] = [(value,)]
    seen: set[int] = set()
    while waiting:
        for one in waiting.pop():
            if isinstance(one, list | tuple):
                # A list may hold itself.
                if id(one) not in seen:
                    seen.add(id(one))
                    waiting.append(one)
            elif isinstance(one, np.ma.MaskedArray) and np.ma.is_masked(one):
                return True
    return False


def again(error: CircuitError) -> CircuitError:
    """Return an error as a new one: each that is raised has a traceback of its own."""
    return CircuitError(error.message, error.span, error.help)


class Result(dict[str, Any]):
    """Arrays by name; each is also an attribute: `r["h"]` is `r.h`.

    That holds for every name but one: where a signal is called `keys` or `values`, `r.keys` is that signal, and
    `dict.keys(r)` lists the names. `r.state` is where the run has ended, and a signal so called `r["state"]`.

    >>> found = Result({"h": 1, "keys": 2})
    >>> found.h, found.keys, list(found), list(dict.keys(found))
    (1, 2, ['h', 'keys'], ['h', 'keys'])
    """

    #: Where a run has ended, or why that is not known.
    _ended: Any = None

    def __getattribute__(self, name: str) -> Any:
        is_own = dict.__contains__(self, name) and name not in _ATTRIBUTES
        return dict.__getitem__(self, name) if is_own else super().__getattribute__(name)

    @property
    def state(self) -> Any:
        """Where the run has ended, to go on from: `p(x=more, state=r.state)`.

        Raises
        ------
        CircuitError
            For a circuit that cannot go on, with the reason, and for results of something else than a program.
        """
        ended = dict.__getattribute__(self, "_ended")
        if ended is None:
            raise CircuitError(
                "only what a program has returned, and not a copy of it, has a state",
                help="take r.state where p(…) is r",
            )
        if isinstance(ended, CircuitError):
            raise again(ended)
        return ended

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"there is no signal '{name}'; there are: {', '.join(self)}")

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self})

    def __reduce__(self) -> tuple[type[Result], tuple[dict[str, Any]]]:
        # Copying and pickling would ask for its items by a name that may be a signal's.
        return Result, (dict(self),)
