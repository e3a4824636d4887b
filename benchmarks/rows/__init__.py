"""The rows of the table, family by family."""

from __future__ import annotations

from benchmarks.rows import calls, growth, maps, memory, networks, tables
from benchmarks.rows.row import Row

__all__ = ["ROWS"]

FAMILIES = (
    "networks",
    "lengths",
    "gradients",
    "maps",
    "filters",
    "linear",
    "tables",
    "Numba",
    "growth",
    "calls",
    "compiling",
    "start",
    "memory",
)
ROWS: tuple[Row, ...] = tuple(
    sorted(
        (row for module in (networks, maps, tables, calls, memory, growth) for row in module.rows()),
        key=lambda row: FAMILIES.index(row.family),
    )
)
"""All rows, in the order of the table."""
