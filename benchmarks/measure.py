"""Pairs of times, back to back in one process, with new data in each round; memory in processes of their own."""

from __future__ import annotations

import gc
import math
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

from benchmarks.rows.row import BEST, COLUMNS, EXPERT, OWN, YARDSTICK, Array, Contender, Data, NotThere, Row

__all__ = ["Difference", "Measured", "Spread", "agree", "agreement", "lost", "measure", "memory_of", "start"]

LEAST = 0.0002
"""What is shorter than this many seconds is repeated, so that the clock weighs little.

Not longer: what is repeated finds its data and its memory in the cache, which a call of a user does not.
"""
ROOT = Path(__file__).resolve().parent.parent


class Difference(Exception):
    """A contender whose result is another one, which is a wrong benchmark and no time."""


@dataclass(frozen=True)
class Spread:
    """The median of the rounds, and the quartiles."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> Spread:
        """Return the spread of the values of all rounds, of which there is at least one."""
        low, median, high = np.quantile(values, (0.25, 0.5, 0.75)).tolist()
        return cls(median, low, high)

    def times(self, factor: float) -> Spread:
        """Return it in another unit."""
        return Spread(self.median * factor, self.low * factor, self.high * factor)


@dataclass(frozen=True)
class Measured:
    """What the rounds of a row found."""

    row: Row
    ratios: Mapping[str, Spread]
    """To the reference, by column, pair by pair; none without a reference."""
    values: Mapping[str, Spread]
    """Seconds or bytes by column."""
    absent: Mapping[str, str] = field(default_factory=dict)
    """Why a column is empty."""
    rounds: int = 0
    reference: str | None = None
    """What the ratios are to: where the reference of the row is absent, what stands in for it."""

    def cells(self) -> Mapping[str, Spread]:
        """Return what the table shows, in the unit of the row."""
        found = self.ratios if self.row.unit.measure == "ratio" else self.values
        return {column: spread.times(self.row.unit.factor) for column, spread in found.items()}


def start(row: Row) -> tuple[dict[str, Contender], dict[str, str]]:
    """Return the contenders that are there, and why others are not."""
    contenders, absent = {}, {}
    for column, make in row.contenders.items():
        try:
            contenders[column] = make()
        except NotThere as reason:
            absent[column] = str(reason)
    return contenders, absent


def numbers(found: Any) -> Array | None:
    """Return a result as an array of numbers, or None where it is none."""
    try:
        array = np.asarray(found)
    except ValueError:
        return None
    return array.astype(float) if array.dtype.kind in "biuf" else None


def agree(one: Any, other: Any, tolerance: float) -> bool:
    """Return whether two results are the same, numbers to rounding.

    >>> agree([1.0, 100.0], [1.0, 100.0000001], 1e-8), agree([1.0], [1.0, 1.0], 1e-8), agree("a", "b", 1e-8)
    (True, False, False)
    """
    first, second = numbers(one), numbers(other)
    if first is None or second is None:
        return bool(one == other)
    if first.shape != second.shape:
        return False
    scale = float(np.max(np.abs(first), initial=0.0))
    return bool(np.allclose(first, second, rtol=0, atol=tolerance * scale))


def agreement(row: Row, data: Data, contenders: Mapping[str, Contender]) -> None:
    """Raise `Difference` unless all contenders compute the same as ours, or as each other where ours is missing."""
    first: tuple[str, Any] | None = None
    for column in sorted((column for column in contenders if column != YARDSTICK), key=COLUMNS.index):
        found = row.checked(contenders[column](data)())
        if found is None:
            continue
        if first is None:
            first = column, found
        elif not agree(first[1], found, row.tolerance):
            raise Difference(f"{row.name}: {column} is not {first[0]}")


def seconds() -> float:
    """Return the processor time of this process."""
    return process_time()


def seconds_of_children() -> float:
    """Return the processor time of the processes that have ended."""
    import resource

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed(work: Callable[[], Any], repeats: int, clock: Callable[[], float]) -> float:
    """Return the seconds of one run; freeing the last result is not counted."""
    gc.collect()
    began = clock()
    for _ in range(repeats):
        result = work()
    taken = clock() - began
    del result
    return taken / repeats


def measure(row: Row, random: np.random.Generator, rounds: int, budget: float = math.inf) -> Measured:
    """Return what the rounds of a row find, at least three of them, and no more than fit into so many seconds."""
    if row.unit.measure == "memory":
        return _memory(row, max(1, min(3, rounds // 3)))
    contenders, absent = start(row)
    sizes = row.sizes
    clock = seconds_of_children if row.children else seconds
    data = row.data(random, **sizes)
    agreement(row, data, contenders)
    reference = next((column for column in (row.reference, EXPERT, BEST) if column in contenders), None)
    # What the libraries have loaded is nobody's, and is not to be walked through at every collection.
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    first = {column: timed(contender(data), 1, clock) for column, contender in contenders.items()}
    repeats = {
        column: 1 if row.once else max(1, math.ceil(LEAST / max(taken, 1e-9))) for column, taken in first.items()
    }
    costs = {column: max(first[column], LEAST) for column in contenders}
    whole = sum(costs.values()) + (len(costs) * costs[reference] if reference else 0)
    rounds = max(min(rounds, 3), int(min(rounds, budget / max(whole, 1e-9))))
    ratios: dict[str, list[float]] = {column: [] for column in contenders}
    times: dict[str, list[float]] = {column: [] for column in contenders}
    for number in range(rounds):
        data = row.data(random, **sizes)
        columns = list(contenders)
        if number % 2:
            columns.reverse()
        for place, column in enumerate(columns):
            pair = [column] if reference in (None, column) else [reference, column]
            if (number + place) % 2:
                pair.reverse()
            taken = {one: timed(contenders[one](data), repeats[one], clock) for one in pair if one is not None}
            times[column].append(taken[column])
            if reference is not None:
                ratios[column].append(taken[column] / max(taken[reference], 1e-9))
    return Measured(
        row,
        {column: Spread.of(values) for column, values in ratios.items() if values},
        {column: Spread.of(values) for column, values in times.items()},
        absent,
        rounds,
        reference,
    )


def memory_of(row: Row, column: str, seed: int) -> int:
    """Return by how many bytes this process grows at most while a contender works; only to be asked once a process."""
    random = np.random.default_rng(seed)
    contender = row.contenders[column]()
    contender(row.data(random, **row.small))()
    work = contender(row.data(random, **row.sizes))
    gc.collect()
    before = _resident("VmRSS")
    # The highest mark so far is that of the data; it is set back to what is there now.
    Path("/proc/self/clear_refs").write_text("5")
    result = work()
    peak = _resident("VmHWM")
    del result
    return peak - before


def _resident(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise NotThere("the system does not tell the memory of a process")


def _memory(row: Row, rounds: int) -> Measured:
    contenders, absent = start(row)
    agreement(row, row.data(np.random.default_rng(0), **row.small), contenders)
    found: dict[str, list[float]] = {}
    for column in contenders:
        for seed in range(rounds):
            command = [sys.executable, str(ROOT / "benchmarks" / "run.py"), "--memory-of", row.name, column, str(seed)]
            answer = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=False)
            if answer.returncode:
                absent[column] = answer.stderr.strip().splitlines()[-1]
                break
            found.setdefault(column, []).append(float(answer.stdout))
    return Measured(row, {}, {column: Spread.of(values) for column, values in found.items()}, absent, rounds)


def lost(measured: Measured) -> list[tuple[str, float, bool]]:
    """Return who is ahead of the best of ours, by which factor, and whether the spreads are apart; the first first."""
    own = [spread for column, spread in measured.values.items() if column in OWN]
    if not own:
        return []
    best = min(own, key=lambda spread: spread.median)
    found = [
        (column, best.median / spread.median if spread.median > 0 else math.inf, spread.high < best.low)
        for column, spread in measured.values.items()
        if column in COLUMNS and column not in OWN and spread.median < best.median
    ]
    return sorted(found, key=lambda one: -one[1])
