"""JAX: `lax.scan` under `jit`, in float64, time first inside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from benchmarks.rows.row import Data

__all__ = [
    "biquad",
    "edit_distance",
    "elman",
    "elman_gradient",
    "elman_jit",
    "linear_state",
    "logistic",
    "lorenz",
    "lstm",
    "lstm_gradient",
    "lstm_jit",
    "matrix_state",
    "scan",
    "sweep",
    "sweep_last",
    "two_dimensional",
]

jax.config.update("jax_enable_x64", True)

Work = Callable[[], Any]


def _ready(function: Callable[..., Any], *arguments: Any) -> Work:
    """Return the call of a function, its arguments on the device, that waits for the result."""
    there = [jnp.asarray(argument) for argument in arguments]
    return lambda: jax.block_until_ready(function(*there))


def _elman(x: Any, W: Any, U: Any, b: Any) -> Any:
    driven = jnp.swapaxes(x, 0, 1) @ U.T + b

    def step(h: Any, z: Any) -> tuple[Any, Any]:
        h = jnp.tanh(h @ W.T + z)
        return h, h

    return jnp.swapaxes(lax.scan(step, jnp.zeros((x.shape[0], b.shape[0])), driven)[1], 0, 1)


_elman_jit = jax.jit(_elman)
_elman_gradient = jax.jit(jax.grad(lambda W, U, b, x: (_elman(x, W, U, b) ** 2).sum(), (0, 1, 2, 3)))


def elman(data: Data) -> Work:
    """Return the forward pass of an Elman network."""
    return _ready(_elman_jit, data["x"], data["W"], data["U"], data["b"])


def elman_gradient(data: Data) -> Work:
    """Return the gradients of sum(h**2) to W, U, b and x."""
    return _ready(_elman_gradient, data["W"], data["U"], data["b"], data["x"])


def elman_jit(data: Data) -> Work:
    """Return the compilation of the forward pass, anew each time."""
    arrays = [jnp.asarray(data[name]) for name in ("x", "W", "U", "b")]
    return lambda: jax.jit(lambda *arguments: _elman(*arguments)).lower(*arrays).compile()


def _lstm(x: Any, W: Any, U: Any, b: Any) -> Any:
    driven = jnp.swapaxes(x, 0, 1) @ W.T + b
    m = b.shape[0] // 4

    def step(state: Any, z: Any) -> tuple[Any, Any]:
        h, c = state
        i, f, o, g = jnp.split(h @ U.T + z, 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    zero = jnp.zeros((x.shape[0], m))
    return jnp.swapaxes(lax.scan(step, (zero, zero), driven)[1], 0, 1)


_lstm_jit = jax.jit(_lstm)
_lstm_gradient = jax.jit(jax.grad(lambda W, U, b, x: (_lstm(x, W, U, b) ** 2).sum(), (0, 1, 2, 3)))


def _gates(data: Data, letter: str) -> Any:
    return jnp.concatenate([jnp.asarray(data[f"{letter}_{gate}"]) for gate in "ifog"])


def lstm(data: Data) -> Work:
    """Return the forward pass of an LSTM, its gates stacked beforehand."""
    return _ready(_lstm_jit, data["x"], *(_gates(data, letter) for letter in "WUb"))


def lstm_gradient(data: Data) -> Work:
    """Return the gradients of sum(h**2) to the stacked W, U and b, and to x."""
    return _ready(_lstm_gradient, *(_gates(data, letter) for letter in "WUb"), data["x"])


def lstm_jit(data: Data) -> Work:
    """Return the compilation of the forward pass, anew each time."""
    arrays = [jnp.asarray(data["x"]), *(_gates(data, letter) for letter in "WUb")]
    return lambda: jax.jit(lambda *arguments: _lstm(*arguments)).lower(*arrays).compile()


def _logistic(r: Any, s0: Any, steps: int) -> Any:
    def step(s: Any, _: Any) -> tuple[Any, Any]:
        s = r * s * (1 - s)
        return s, s

    return lax.scan(step, s0, None, length=steps)[1]


_logistic_jit = jax.jit(_logistic, static_argnums=2)
_sweep_jit = jax.jit(lambda r, s0, steps: _logistic(r, s0, steps).T, static_argnums=2)
_sweep_last_jit = jax.jit(
    lambda r, s0, steps: lax.fori_loop(0, steps, lambda _, s: r * s * (1 - s), s0),
    static_argnums=2,
)


def logistic(data: Data) -> Work:
    """Return the logistic map of one r."""
    r, s0 = jnp.asarray(data["r"]), jnp.asarray(data["s0"])
    return lambda: jax.block_until_ready(_logistic_jit(r, s0, data["steps"]))


def sweep(data: Data) -> Work:
    """Return the logistic map of many r."""
    r, s0 = jnp.asarray(data["r"]), jnp.asarray(data["s0"])
    return lambda: jax.block_until_ready(_sweep_jit(r, s0, data["steps"]))


def sweep_last(data: Data) -> Work:
    """Return the last value of the map of many r."""
    r, s0 = jnp.asarray(data["r"]), jnp.asarray(data["s0"])
    return lambda: jax.block_until_ready(_sweep_last_jit(r, s0, data["steps"]))


def _lorenz(h: Any, sigma: Any, rho: Any, beta: Any, start: Any, steps: int) -> Any:
    def step(state: Any, _: Any) -> tuple[Any, Any]:
        x, y, z = state
        state = (x + h * sigma * (y - x), y + h * (x * (rho - z) - y), z + h * (x * y - beta * z))
        return state, state

    return jnp.stack(lax.scan(step, start, None, length=steps)[1])


_lorenz_jit = jax.jit(_lorenz, static_argnums=5)


def lorenz(data: Data) -> Work:
    """Return x, y and z of the Lorenz attractor."""
    numbers = [jnp.asarray(data[name]) for name in ("h", "sigma", "rho", "beta")]
    start = tuple(jnp.asarray(data[name]) for name in ("x0", "y0", "z0"))
    return lambda: jax.block_until_ready(_lorenz_jit(*numbers, start, data["steps"]))


@jax.jit
def _biquad_jit(x: Any, b: Any, a1: Any, a2: Any) -> Any:
    def step(state: Any, now: Any) -> tuple[Any, Any]:
        x1, x2, y1, y2 = state
        y = b[0] * now + b[1] * x1 + b[2] * x2 - a2 * y2 - a1 * y1
        return (now, x1, y, y1), y

    zero = jnp.zeros(())
    return lax.scan(step, (zero, zero, zero, zero), x)[1]


def biquad(data: Data) -> Work:
    """Return the filtered signal."""
    return _ready(_biquad_jit, data["x"], data["b"], data["a1"], data["a2"])


@jax.jit
def _scan_jit(a: Any, b: Any) -> Any:
    def step(h: Any, now: Any) -> tuple[Any, Any]:
        h = now[0] * h + now[1]
        return h, h

    return lax.scan(step, jnp.zeros(b.shape[1:]), (a, b))[1]


def scan(data: Data) -> Work:
    """Return the linear recurrence, one step after the other."""
    return _ready(_scan_jit, data["a"], data["b"])


@jax.jit
def _linear_state_jit(x: Any, A: Any, B: Any) -> Any:
    def step(s: Any, driven: Any) -> tuple[Any, Any]:
        s = A @ s + driven
        return s, s

    return lax.scan(step, jnp.zeros(A.shape[0]), x @ B.T)[1]


def linear_state(data: Data) -> Work:
    """Return the states of a linear state space."""
    return _ready(_linear_state_jit, data["x"], data["A"], data["B"])


@jax.jit
def _matrix_state_jit(a: Any, k: Any, v: Any, q: Any) -> Any:
    def step(S: Any, now: Any) -> tuple[Any, Any]:
        a, k, v, q = now
        S = a * S + jnp.outer(v, k)
        return S, S @ q

    return lax.scan(step, jnp.zeros((v.shape[1], k.shape[1])), (a, k, v, q))[1]


def matrix_state(data: Data) -> Work:
    """Return what is read of a state that is a matrix."""
    return _ready(_matrix_state_jit, data["a"], data["k"], data["v"], data["q"])


@jax.jit
def _edit_jit(a: Any, b: Any) -> Any:
    places = jnp.arange(b.shape[0] + 1.0)

    def step(row: Any, letter: Any) -> tuple[Any, None]:
        least = jnp.minimum(row[1:] + 1, row[:-1] + (b != letter))
        least = jnp.concatenate([row[:1] + 1, least]) - places
        return lax.cummin(least) + places, None

    return lax.scan(step, places, a)[0][-1]


def edit_distance(data: Data) -> Work:
    """Return the edit distance, row by row."""
    return _ready(_edit_jit, data["a"], data["b"])


@jax.jit
def _two_dimensional_jit(x: Any, b: Any, U: Any, V: Any, W: Any) -> Any:
    driven = x @ U.T + b

    def row(above: Any, own: Any) -> tuple[Any, Any]:
        def place(left: Any, now: Any) -> tuple[Any, Any]:
            h = jnp.tanh(now + W @ left)
            return h, h

        h = lax.scan(place, jnp.zeros(V.shape[0]), own + above @ V.T)[1]
        return h, h

    return lax.scan(row, jnp.zeros((x.shape[1], V.shape[0])), driven)[1]


def two_dimensional(data: Data) -> Work:
    """Return the network over rows and columns, a scan inside a scan."""
    return _ready(_two_dimensional_jit, *(data[name] for name in ("x", "b", "U", "V", "W")))
