"""The programs of `programs.c` as functions of arrays; there is no such module where no C compiler is."""

from __future__ import annotations

import atexit
import shutil
import subprocess
import tempfile
from ctypes import CDLL, c_double, c_long, c_void_p
from pathlib import Path

import numpy as np

from benchmarks.rows.row import Array, NotThere

__all__ = ["biquad", "edit", "elman", "logistic", "lorenz", "scan", "state_space"]

FLAGS = ["-O3", "-march=native", "-shared", "-fPIC"]
"""Without -ffast-math, which makes chains that depend on each other slower."""


def _library() -> CDLL:
    compiler = shutil.which("gcc") or shutil.which("clang") or shutil.which("cc")
    if compiler is None:
        raise NotThere("no C compiler")
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    target = Path(folder.name) / "programs.so"
    source = Path(__file__).with_name("programs.c")
    subprocess.run([compiler, *FLAGS, str(source), "-o", str(target), "-lm"], check=True)
    return CDLL(str(target))


_programs = _library()
for _name, _types in {
    "logistic": [c_double, c_double, c_long, c_void_p],
    "lorenz": [*[c_double] * 7, c_long, c_void_p],
    "elman": [*[c_long] * 3, *[c_void_p] * 5],
    "biquad": [c_long, c_void_p, *[c_double] * 5, c_void_p],
    "scan": [c_long, c_long, *[c_void_p] * 3],
    "edit": [c_long, c_long, c_void_p, c_void_p],
    "state_space": [*[c_long] * 3, *[c_void_p] * 4],
}.items():
    getattr(_programs, _name).argtypes = _types
    getattr(_programs, _name).restype = c_double if _name == "edit" else None


def logistic(r: float, s0: float, steps: int) -> Array:
    """Return the logistic map (steps)."""
    found = np.empty(steps)
    _programs.logistic(r, s0, steps, found.ctypes.data)
    return found


def lorenz(h: float, sigma: float, rho: float, beta: float, x0: float, y0: float, z0: float, steps: int) -> Array:
    """Return x, y and z of the Lorenz attractor (3, steps)."""
    found = np.empty((3, steps))
    _programs.lorenz(h, sigma, rho, beta, x0, y0, z0, steps, found.ctypes.data)
    return found


def elman(x: Array, W: Array, U: Array, b: Array) -> Array:
    """Return h of one sequence (1, steps, m) from x (1, steps, n)."""
    _, steps, n = x.shape
    found = np.empty((1, steps, len(b)))
    to_units = [np.ascontiguousarray(matrix.T) for matrix in (W, U)]
    pointers = (array.ctypes.data for array in (x, *to_units, b, found))
    _programs.elman(steps, n, len(b), *pointers)
    return found


def biquad(x: Array, b: Array, a1: float, a2: float) -> Array:
    """Return y (steps)."""
    found = np.empty(len(x))
    _programs.biquad(len(x), x.ctypes.data, *map(float, b), a1, a2, found.ctypes.data)
    return found


def scan(a: Array, b: Array) -> Array:
    """Return h(t) = a(t) * h(t-1) + b(t), of numbers or of vectors."""
    found = np.empty_like(b)
    steps = len(b)
    _programs.scan(steps, b.size // max(steps, 1), *(array.ctypes.data for array in (a, b, found)))
    return found


def edit(a: Array, b: Array) -> float:
    """Return the edit distance of two words."""
    return float(_programs.edit(len(a), len(b), a.ctypes.data, b.ctypes.data))


def state_space(x: Array, A: Array, B: Array) -> Array:
    """Return s(t) = A @ s(t-1) + B @ x(t) (steps, m)."""
    steps, n = x.shape
    found = np.empty((steps, len(A)))
    to_units = [np.ascontiguousarray(matrix.T) for matrix in (A, B)]
    _programs.state_space(steps, n, len(A), *(array.ctypes.data for array in (x, *to_units, found)))
    return found
