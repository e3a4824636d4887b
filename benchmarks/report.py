"""What was measured, as a table in Markdown and as JSON, and where others are ahead, from the numbers alone."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.measure import Measured, Spread, lost
from benchmarks.rows.row import COLUMNS

__all__ = ["as_json", "between_markers", "full", "short", "write_between"]

BEGIN, END = "<!-- benchmarks:begin -->", "<!-- benchmarks:end -->"
LIBRARIES = ("numpy", "scipy", "numba", "jax", "torch", "casadi")
KINDS = {
    "ratio": (
        "Time over that of the reference",
        "Lower is better. What a row grows by is a ratio too, to the same work where it is small.",
    ),
    "time": ("Time", "In the unit of the row."),
    "memory": (
        "Memory",
        "The largest resident size of a process of its own while it works, above what was there before the call, the "
        "results included. That of JAX includes what compiling takes.",
    ),
}


def figure(value: float) -> str:
    """Return a number with three digits at most, or as many as stand before the point.

    >>> figure(0.8213), figure(0.02345), figure(12.34), figure(1234.5)
    ('0.82', '0.023', '12.3', '1234')
    """
    if value >= 100:
        return f"{value:.0f}"
    if value >= 10:
        return f"{value:.1f}"
    if value >= 0.1:
        return f"{value:.2f}"
    return f"{value:.2g}"


def cell(spread: Spread, unit: str, with_quartiles: bool) -> str:
    """Return the median, with the quartiles behind it."""
    shown = f"{figure(spread.median)}{' ' * bool(unit)}{unit}"
    return f"{shown} ({figure(spread.low)}–{figure(spread.high)})" if with_quartiles else shown


def goal(measured: Measured) -> str:
    """Return the goal of a row, and whether it is met."""
    row = measured.row
    if row.goal is None:
        return ""
    told = f"≤ {figure(row.goal) if row.goal % 1 else int(row.goal)}{' ' * bool(row.unit.name)}{row.unit.name}"
    found = measured.cells().get(row.judged)
    if found is None or (row.unit.measure == "ratio" and measured.reference != row.reference):
        return told
    return f"{told} {'✓' if found.median <= row.goal else '✗'}"


def reference(measured: Measured) -> str:
    """Return what a row is measured against, and how long that takes."""
    row = measured.row
    if measured.reference is None or not row.reference_name:
        return row.reference_name if row.unit.measure == "memory" else ""
    told = row.reference_name
    if measured.reference != row.reference:
        told = f"{measured.reference}, without {row.reference}"
    spread = measured.values[measured.reference]
    return f"{told}, {duration(spread.median)}"


def table(rows: Sequence[Measured], columns: Sequence[str], *, with_quartiles: bool) -> str:
    """Return rows of one kind as a table; who is not there has an empty cell, the fastest of a row is bold."""
    head = ["work", "reference", "goal", *columns]
    lines = [f"| {' | '.join(head)} |", f"|{'|'.join([' --- '] * 3 + [' ---: '] * len(columns))}|"]
    for measured in rows:
        cells = {column: spread for column, spread in measured.cells().items() if column in columns}
        least = min((spread.median for spread in cells.values()), default=None)
        shown = []
        for column in columns:
            if column not in cells:
                shown.append("")
                continue
            written = cell(cells[column], measured.row.unit.name, with_quartiles)
            shown.append(f"**{written}**" if len(cells) > 1 and cells[column].median == least else written)
        lines.append(f"| {' | '.join([measured.row.name, reference(measured), goal(measured), *shown])} |")
    return "\n".join(lines)


def duration(seconds: float) -> str:
    """Return a time in the unit that suits it.

    >>> duration(2.5), duration(0.0123), duration(2.5e-7)
    ('2.50 s', '12.3 ms', '0.25 µs')
    """
    for unit, factor in (("s", 1.0), ("ms", 1e3)):
        if seconds * factor >= 1:
            return f"{figure(seconds * factor)} {unit}"
    return f"{figure(seconds * 1e6)} µs"


def tables(rows: Sequence[Measured], *, with_quartiles: bool) -> list[str]:
    """Return a table of each kind with its heading."""
    found = []
    for kind, (title, told) in KINDS.items():
        of_kind = [measured for measured in rows if measured.row.unit.measure == kind]
        if of_kind:
            asked = {column for measured in of_kind for column in measured.row.contenders}
            columns = [column for column in COLUMNS if column in asked]
            found += [f"### {title}", told, table(of_kind, columns, with_quartiles=with_quartiles)]
    return found


def behind(rows: Sequence[Measured]) -> str:
    """Return in which rows others are faster or smaller than ours, and by how much."""
    lines = []
    for measured in rows:
        is_memory = measured.row.unit.measure == "memory"
        ahead = [
            f"{column} {told(measured, column) if is_memory else f'by {figure(factor)}'}"
            f"{'' if apart else ' (the spreads meet)'}"
            for column, factor, apart in lost(measured)
        ]
        if ahead:
            lines.append(f"* {measured.row.name}: {', '.join(ahead)}")
    return "\n".join(lines) or "Nowhere."


def told(measured: Measured, column: str) -> str:
    """Return a cell as part of a sentence."""
    return f"with {cell(measured.cells()[column], measured.row.unit.name, False)}"


def missed(rows: Sequence[Measured]) -> str:
    """Return the goals that are not reached."""
    lines = [
        f"* {measured.row.name}: {cell(measured.cells()[measured.row.judged], measured.row.unit.name, True)}, "
        f"goal {goal(measured).removesuffix(' ✗')}"
        for measured in rows
        if goal(measured).endswith("✗")
    ]
    return "\n".join(lines) or "None."


def empty(rows: Sequence[Measured]) -> str:
    """Return why cells are empty that could be filled: by reason the columns and how many rows."""
    reasons: dict[tuple[str, str], int] = {}
    for measured in rows:
        for column, reason in measured.absent.items():
            reasons[column, reason] = reasons.get((column, reason), 0) + 1
    lines = [f"* {column}: {reason} (rows: {count})" for (column, reason), count in reasons.items()]
    return "\n".join(lines) or "None."


def machine() -> dict[str, str]:
    """Return what the numbers were measured on."""
    found = {"processor": _processor(), "system": platform.system(), "Python": platform.python_version()}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.machine()


def explanation(rows: Sequence[Measured]) -> str:
    """Return how the numbers came about."""
    counts = [measured.rounds for measured in rows]
    rounds = f"{min(counts)} to {max(counts)}" if counts else "0"
    told = ", ".join(f"{name} {value}" for name, value in machine().items() if name not in ("processor", "system"))
    return (
        f"Processor time of one thread on {machine()['processor']}, {told}. Each contender runs back to back with the "
        f"reference, in one process, with new data in each of {rounds} rounds, by turns before and after it; compiling "
        "and the first call are not counted. What stands there is the median, in brackets the quartiles. All "
        "contenders of a row were found to compute the same before they were timed. The programs are in "
        "`benchmarks/expert/` and `benchmarks/others/`; `python benchmarks/run.py` measures again."
    )


def full(rows: Sequence[Measured], yardsticks: str = "") -> str:
    """Return the whole report."""
    parts = ["## Benchmarks", explanation(rows)]
    if yardsticks:
        parts.append(yardsticks)
    parts += tables(rows, with_quartiles=True)
    parts += ["### Where others are ahead", behind(rows), "### Goals not reached", missed(rows)]
    parts += ["### Empty cells", empty(rows)]
    return "\n\n".join(parts) + "\n"


def short(rows: Sequence[Measured], picture: str = "") -> str:
    """Return the tables without quartiles and where others are ahead; `picture` is a path to the plot."""
    parts = [explanation(rows)]
    if picture:
        parts.append(f"![Time of each contender over that of the reference, row by row]({picture})")
    parts += tables(rows, with_quartiles=False)
    parts += ["### Where others are ahead", behind(rows)]
    return "\n\n".join(parts)


def as_json(rows: Sequence[Measured]) -> str:
    """Return everything that was measured."""
    found = []
    for measured in rows:
        row = measured.row
        found.append(
            {
                "name": row.name,
                "family": row.family,
                "measure": row.unit.measure,
                "unit": row.unit.name,
                "reference": measured.reference,
                "reference_name": row.reference_name,
                "goal": row.goal,
                "judged": row.judged,
                "rounds": measured.rounds,
                "cells": {column: _triple(spread) for column, spread in measured.cells().items()},
                "values": {column: _triple(spread) for column, spread in measured.values.items()},
                "absent": dict(measured.absent),
            }
        )
    return json.dumps({"version": 1, "machine": machine(), "rows": found}, indent=1, ensure_ascii=False) + "\n"


def _triple(spread: Spread) -> dict[str, float]:
    return {"low": spread.low, "median": spread.median, "high": spread.high}


def between_markers(page: str, text: str) -> str:
    """Return a page with what stands between the two markers replaced.

    Raises
    ------
    ValueError
        Where the page does not have each marker once, in order.
    """
    before, first, rest = page.partition(BEGIN)
    _, second, after = rest.partition(END)
    if not first or not second or BEGIN in rest or END in after:
        raise ValueError(f"the page has no {BEGIN} … {END}")
    return f"{before}{BEGIN}\n\n{text.strip()}\n\n{END}{after}"


def write_between(path: Path, rows: Sequence[Measured], plot: Path | None) -> None:
    """Write the short report between the markers of a page, which links to the plot from where it is."""
    picture = Path(os.path.relpath(plot, path.parent)).as_posix() if plot else ""
    path.write_text(between_markers(path.read_text(encoding="utf-8"), short(rows, picture)), encoding="utf-8")
