"""CasADi: one step as a function, repeated by `mapaccum`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import casadi
import numpy as np

from benchmarks.rows.row import Data

__all__ = ["biquad", "elman", "logistic", "lorenz"]

Work = Callable[[], Any]


@cache
def _elman_program(steps: int, n: int, m: int) -> Any:
    h, x, b = (casadi.MX.sym(name, size) for name, size in (("h", m), ("x", n), ("b", m)))
    W, U = casadi.MX.sym("W", m, m), casadi.MX.sym("U", m, n)
    step = casadi.Function("step", [h, x, W, U, b], [casadi.tanh(b + W @ h + U @ x)])
    return step.mapaccum(steps)


def elman(data: Data) -> Work:
    """Return the forward pass of an Elman network over one sequence."""
    (x,), W, U, b = data["x"], data["W"], data["U"], data["b"]
    steps, n = x.shape
    program = _elman_program(steps, n, len(b))
    given = [casadi.DM.zeros(len(b)), *(casadi.DM(array) for array in (x.T, np.tile(W, steps), np.tile(U, steps)))]
    given.append(casadi.DM(np.tile(b[:, None], steps)))
    return lambda: np.asarray(program(*given)).T[None]


@cache
def _logistic_program(steps: int) -> Any:
    s, r = casadi.SX.sym("s"), casadi.SX.sym("r")
    return casadi.Function("step", [s, r], [r * s * (1 - s)]).mapaccum(steps)


def logistic(data: Data) -> Work:
    """Return the logistic map of one r."""
    program = _logistic_program(data["steps"])
    s0, r = casadi.DM(data["s0"]), casadi.DM(np.full((1, data["steps"]), data["r"]))
    return lambda: np.asarray(program(s0, r))[0]


@cache
def _lorenz_program(steps: int) -> Any:
    state, numbers = casadi.SX.sym("state", 3), casadi.SX.sym("numbers", 4)
    x, y, z = casadi.vertsplit(state)
    h, sigma, rho, beta = casadi.vertsplit(numbers)
    after = casadi.vertcat(x + h * sigma * (y - x), y + h * (x * (rho - z) - y), z + h * (x * y - beta * z))
    return casadi.Function("step", [state, numbers], [after]).mapaccum(steps)


def lorenz(data: Data) -> Work:
    """Return x, y and z of the Lorenz attractor."""
    program = _lorenz_program(data["steps"])
    start = casadi.DM([data[name] for name in ("x0", "y0", "z0")])
    numbers = np.array([data[name] for name in ("h", "sigma", "rho", "beta")])
    repeated = casadi.DM(np.tile(numbers[:, None], data["steps"]))
    return lambda: np.asarray(program(start, repeated))


@cache
def _biquad_program(steps: int) -> Any:
    state, x, numbers = casadi.SX.sym("state", 4), casadi.SX.sym("x"), casadi.SX.sym("numbers", 5)
    x1, x2, y1, y2 = casadi.vertsplit(state)
    b0, b1, b2, a1, a2 = casadi.vertsplit(numbers)
    y = b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2
    return casadi.Function("step", [state, x, numbers], [casadi.vertcat(x, x1, y, y1)]).mapaccum(steps)


def biquad(data: Data) -> Work:
    """Return the filtered signal."""
    x = data["x"]
    program = _biquad_program(len(x))
    numbers = np.array([*data["b"], data["a1"], data["a2"]])
    given = casadi.DM.zeros(4), casadi.DM(x[None]), casadi.DM(np.tile(numbers[:, None], len(x)))
    return lambda: np.asarray(program(*given))[2]
