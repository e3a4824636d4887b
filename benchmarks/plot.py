"""The table as a picture: a line a row, a mark a contender, time over that of the reference on a logarithmic scale."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.measure import Measured
from benchmarks.rows.row import (
    BEST,
    CASADI,
    EXPERT,
    JAX,
    NUMBA,
    OURS,
    OURS_NUMBA,
    PLAIN,
    PLAIN_NUMPY,
    SCIPY,
    TORCH,
    C,
)

__all__ = ["write_plot"]

INK, GRID, BACKGROUND = "#222222", "#dddddd", "#ffffff"
STYLES = {
    OURS: ("o", "#c1121f", 64, "full"),
    PLAIN: ("o", "#c1121f", 40, "empty"),
    OURS_NUMBA: ("D", "#c1121f", 46, "full"),
    EXPERT: ("|", INK, 90, "full"),
    BEST: ("|", "#1b7f4b", 90, "full"),
    PLAIN_NUMPY: ("s", "#8a8a8a", 30, "full"),
    JAX: ("^", "#0072b2", 42, "full"),
    TORCH: ("v", "#e07b00", 42, "full"),
    CASADI: ("P", "#8e44ad", 42, "full"),
    NUMBA: ("D", "#009e9e", 30, "full"),
    SCIPY: ("X", "#5b6abf", 42, "full"),
    C: ("*", INK, 70, "full"),
}
"""By column: the mark, its colour, its size in square points, and whether it is filled."""


def write_plot(rows: Sequence[Measured], path: Path) -> bool:
    """Write the plot as SVG; False where matplotlib is not installed or there is no row with a ratio."""
    shown = [measured for measured in rows if measured.row.unit.measure == "ratio" and measured.cells()]
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError:
        return False
    if not shown:
        return False
    # The same numbers give the same bytes; letters are outlines, so no font is needed.
    options = {"svg.hashsalt": "unfoldgraph", "svg.fonttype": "path", "font.family": "DejaVu Sans", "font.size": 9}
    with matplotlib.rc_context(options):
        figure: Any = Figure(figsize=(9.2, 1.3 + 0.25 * len(shown)), facecolor=BACKGROUND, layout="constrained")
        _draw(figure.subplots(), shown)
        figure.savefig(path, format="svg", metadata={"Date": None})
    return True


def _draw(axes: Any, shown: Sequence[Measured]) -> None:
    axes.set_xscale("log")
    axes.axvline(1, color=INK, linewidth=0.8, zorder=1)
    for column, (mark, colour, size, filled) in STYLES.items():
        points = [
            (measured.cells()[column], height) for height, measured in enumerate(shown) if column in measured.cells()
        ]
        if not points:
            continue
        axes.hlines(
            [height for _, height in points],
            [spread.low for spread, _ in points],
            [spread.high for spread, _ in points],
            color=colour,
            linewidth=1.2,
            zorder=2,
        )
        axes.scatter(
            [spread.median for spread, _ in points],
            [height for _, height in points],
            marker=mark,
            s=size,
            color=colour if filled == "full" else BACKGROUND,
            edgecolors=colour if mark != "|" else None,
            linewidths=1.8 if mark == "|" else 1.0,
            label=column,
            zorder=4 if column in (OURS, OURS_NUMBA) else 3,
        )
    goals = [(measured.row.goal, height) for height, measured in enumerate(shown) if measured.row.goal is not None]
    if goals:
        axes.scatter(
            [goal for goal, _ in goals],
            [height for _, height in goals],
            marker=7,
            s=26,
            color="#c1121f",
            alpha=0.45,
            label="goal of ours",
            zorder=2,
        )
    for height, (before, measured) in enumerate(pairwise(shown)):
        if before.row.family != measured.row.family:
            axes.axhline(height + 0.5, color=GRID, linewidth=1.2, zorder=0)
    axes.set_yticks(range(len(shown)), [one.row.name.replace("`", "") for one in shown])
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set_xlabel("time over that of the reference (1); further left is faster")
    axes.grid(axis="x", which="major", color=GRID, linewidth=0.7, zorder=0)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.tick_params(axis="y", length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.figure.legend(loc="outside upper center", ncols=6, frameon=False, fontsize=8, handletextpad=0.3)
