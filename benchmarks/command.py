"""The command line of the benchmarks."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

from benchmarks.measure import Difference, Measured, measure, memory_of, seconds_of_children
from benchmarks.plot import write_plot
from benchmarks.report import as_json, figure, full, write_between
from benchmarks.rows import ROWS, texts
from benchmarks.rows.row import OWN, Row

__all__ = ["run"]

HERE = Path(__file__).resolve().parent


def run(arguments: Sequence[str] | None = None) -> int:
    """Measure what the command line asks for; 1 where a contender computes something else."""
    parser = argparse.ArgumentParser(
        prog="python benchmarks/run.py",
        description="Times and memory of ready programs beside those of experts and of other libraries.",
    )
    parser.add_argument("--rows", nargs="+", metavar="WORD", help="only rows whose name or family holds a word")
    parser.add_argument("--rounds", type=int, default=15, metavar="N", help="how many rounds at most (15)")
    parser.add_argument("--seconds", type=float, default=30, metavar="S", help="about how long a row may take (30)")
    parser.add_argument("--quick", action="store_true", help="three rounds: to see that all works, no more")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the data (0)")
    parser.add_argument("--list", action="store_true", help="print the names of the rows, and measure nothing")
    parser.add_argument("-o", "--output", type=Path, default=HERE / "results", metavar="PATH",
                        help="where PATH.md, PATH.json and PATH.svg go (benchmarks/results)")  # fmt: skip
    parser.add_argument("--write", type=Path, nargs="+", default=[], metavar="FILE",
                        help="also put the tables between the markers of these pages")  # fmt: skip
    parser.add_argument("--memory-of", nargs=3, metavar=("ROW", "COLUMN", "SEED"), help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    if asked.memory_of:
        name, column, seed = asked.memory_of
        print(memory_of(next(row for row in ROWS if row.name == name), column, int(seed)))
        return 0
    rows = chosen(asked.rows)
    if asked.list:
        print("\n".join(f"{row.family:10} {row.name}" for row in rows))
        return 0
    rounds, seconds = (3, 3.0) if asked.quick else (asked.rounds, asked.seconds)
    found, wrong = [], []
    for number, row in enumerate(rows, 1):
        # A row has the same data whichever rows are asked for.
        began = perf_counter()
        random = np.random.default_rng([asked.seed, *row.name.encode()])
        try:
            measured = measure(row, random, rounds, seconds)
        except Difference as difference:
            wrong.append(str(difference))
            print(f"[{number}/{len(rows)}] WRONG {difference}", file=sys.stderr, flush=True)
            continue
        found.append(measured)
        print(f"[{number}/{len(rows)}] {line(measured)} ({perf_counter() - began:.0f} s)", file=sys.stderr, flush=True)
    text = full(found, yardsticks())
    print(text)
    target: Path = asked.output
    target.with_suffix(".md").write_text(text, encoding="utf-8")
    target.with_suffix(".json").write_text(as_json(found), encoding="utf-8")
    plot = target.with_suffix(".svg")
    drawn = write_plot(found, plot)
    for page in asked.write:
        write_between(page, found, plot if drawn else None)
    for told in wrong:
        print(f"not the same, and not timed: {told}", file=sys.stderr)
    return 1 if wrong else 0


def chosen(words: Sequence[str] | None) -> list[Row]:
    """Return the rows whose name or family holds one of the words, in any case; without words all but the texts."""
    if not words:
        return list(ROWS)
    return [
        row
        for row in (*ROWS, *texts.rows())
        if any(word.casefold() in f"{row.family} {row.name}".casefold() for word in words)
    ]


def line(measured: Measured) -> str:
    """Return a row in a line, for those who wait."""
    unit = measured.row.unit.name
    cells = ", ".join(f"{column} {figure(spread.median)}{unit}" for column, spread in measured.cells().items())
    missing = sum(column in OWN for column in measured.absent)
    return f"{measured.row.name}: {cells or 'nothing'}{f'; {missing} of ours not there' if missing else ''}"


def yardsticks() -> str:
    """Return what times are to be held against on another machine: an empty loop, and Python that does nothing."""
    import subprocess

    loops = []
    for _ in range(5):
        began = process_time()
        for _ in range(1_000_000):
            pass
        loops.append(process_time() - began)
    starts = []
    for _ in range(5):
        began = seconds_of_children()
        subprocess.run([sys.executable, "-c", "pass"], check=True)
        starts.append(seconds_of_children() - began)
    return (
        f"On this machine an empty loop of 10⁶ turns takes {figure(float(np.median(loops)) * 1e3)} ms and "
        f"`python -c pass` {figure(float(np.median(starts)) * 1e3)} ms."
    )
