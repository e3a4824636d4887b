"""What a row of the table is: one piece of work, the data for it, and who does it."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from unfoldgraph import Circuit, CircuitError

__all__ = [
    "BEST",
    "CASADI",
    "COLUMNS",
    "EXPERT",
    "JAX",
    "NUMBA",
    "OURS",
    "OURS_NUMBA",
    "OWN",
    "PLAIN",
    "PLAIN_NUMPY",
    "RATIO",
    "SCIPY",
    "TORCH",
    "YARDSTICK",
    "Array",
    "C",
    "Contender",
    "Data",
    "Make",
    "NotThere",
    "Row",
    "Unit",
    "by_hand",
    "feature",
    "needs_library",
    "normal",
    "ours",
]

Array: TypeAlias = NDArray[Any]
Data: TypeAlias = dict[str, Any]
"""The arguments of a circuit's program by name, new in every round."""
Contender: TypeAlias = Callable[[Data], Callable[[], Any]]
"""Takes the data, converts it as it likes, which is not timed, and returns the work that is."""
Make: TypeAlias = Callable[[], Contender]
"""Loads what a contender needs, or raises `NotThere`."""

OURS = "ours"
PLAIN = "ours, plain"
OURS_NUMBA = "ours, Numba"
YARDSTICK = "yardstick"
EXPERT = "expert"
BEST = "best by hand"
PLAIN_NUMPY = "plain NumPy"
JAX = "JAX"
TORCH = "PyTorch"
CASADI = "CasADi"
NUMBA = "Numba"
SCIPY = "SciPy"
C = "C"

OWN = (OURS, PLAIN, OURS_NUMBA)
"""The columns of this library."""
COLUMNS = (OURS, PLAIN, OURS_NUMBA, EXPERT, BEST, PLAIN_NUMPY, JAX, TORCH, CASADI, NUMBA, SCIPY, C)
"""All columns, in the order of the table. `YARDSTICK` is none: it is only ever a reference, of some other work."""


class NotThere(Exception):
    """A contender that cannot take part: its library is not installed, or its feature not there yet."""


@dataclass(frozen=True)
class Unit:
    """What the cells of a row say."""

    name: str
    """Empty for a ratio to the reference."""
    factor: float = 1.0
    """What a ratio, seconds or bytes are multiplied by."""
    measure: str = "ratio"
    """`ratio`, `time` or `memory`."""


RATIO = Unit("")


def _everything(found: Any) -> Any:
    return found


@dataclass(frozen=True)
class Row:
    """One piece of work and who does it."""

    name: str
    family: str
    data: Callable[..., Data]
    """Makes new data from a random generator and the sizes."""
    contenders: Mapping[str, Make]
    """Who takes part, by column."""
    reference: str = EXPERT
    """The column that ratios are to."""
    reference_name: str = "expert NumPy"
    """What the reference is, in words."""
    goal: float | None = None
    """What the judged column is to be at most, in the unit of the row."""
    judged: str = OURS
    unit: Unit = RATIO
    sizes: Mapping[str, int] = field(default_factory=dict)
    small: Mapping[str, int] = field(default_factory=dict)
    """Sizes for a test, where those of the row are too large."""
    checked: Callable[[Any], Any] = _everything
    """What of a result must agree; less than all where rounding grows along the steps."""
    tolerance: float = 1e-8
    """By how much results may differ, relative to the largest number of the row."""
    children: bool = False
    """Whether the work is done by processes of its own."""
    once: bool = False
    """Whether the work is done once a round even where it is short."""


def feature(ask: Callable[[], Any]) -> Any:
    """Return what is asked of the library, or raise `NotThere` where it has no such feature yet."""
    try:
        return ask()
    except (CircuitError, AttributeError, NotImplementedError, TypeError) as error:
        raise NotThere(f"not there: {str(error).splitlines()[0]}") from error


def needs_library(options: Mapping[str, Any]) -> None:
    """Raise `NotThere` for a target whose library is not installed."""
    if options.get("target") == "numba" and importlib.util.find_spec("numba") is None:
        raise NotThere("not installed: numba")


def ours(source: str, result: str | tuple[str, ...], **options: Any) -> Make:
    """Return the program of a circuit, its text or a name of the gallery, as a contender that gives some results."""

    def make() -> Contender:
        circuit = Circuit(source) if "=" in source else Circuit.gallery(source)
        needs_library(options)
        program = feature(lambda: circuit.compile(**options))
        if isinstance(result, str):
            return lambda data: lambda: program(**data)[result]

        def several(data: Data) -> tuple[Any, ...]:
            found = program(**data)
            return tuple(found[name] for name in result)

        return lambda data: lambda: several(data)

    return make


def by_hand(module: str, function: str, *, prepared: bool = False) -> Make:
    """Return a function of `benchmarks.expert` or `benchmarks.others` as a contender.

    It takes what the circuit's program takes and returns the result; or, if `prepared`, it takes the data and
    returns the work, so that what it converts is not timed. A module whose library is missing is not there.
    """

    def make() -> Contender:
        try:
            found = getattr(importlib.import_module(f"benchmarks.{module}"), function)
        except ImportError as error:
            raise NotThere(f"not installed: {error.name}") from error
        if prepared:
            return found
        return lambda data: partial(found, **data)

    return make


def normal(random: np.random.Generator, *shape: int, scale: float = 1.0) -> Array:
    """Return numbers of a normal distribution, as large as `scale` on average."""
    return random.normal(size=shape) * scale


def of(part: str, make: Make) -> Make:
    """Return a contender for one part of data that holds several."""

    def made() -> Contender:
        contender = make()
        return lambda data: contender(data[part])

    return made
