"""What SciPy has a compiled loop for."""

from __future__ import annotations

from scipy.signal import lfilter

from benchmarks.rows.row import Array

__all__ = ["biquad"]


def biquad(x: Array, b: Array, a1: float, a2: float) -> Array:
    """Return the filtered signal (steps)."""
    return lfilter(b, [1.0, a1, a2], x)
