"""The rows of the table, family by family."""

from __future__ import annotations

from benchmarks.rows import calls, growth, maps, memory, networks, tables
from benchmarks.rows.row import Row

__all__ = ["ROWS"]

ROWS: tuple[Row, ...] = tuple(
    row for family in (networks, maps, tables, calls, memory, growth) for row in family.rows()
)
"""All rows, in the order of the table."""
