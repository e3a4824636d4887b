"""How fast generated code is beside what an expert writes by hand: ratios measured side by side in one run.

    python benchmarks/evaluate.py [--rounds 9]

Each round times the expert's NumPy and the generated program one after the other; what is printed is the
median of the rounds' ratios (generated / expert, lower is better) and the expert's median time.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from unfoldgraph import Circuit

Work = Callable[[], Any]
RANDOM = np.random.default_rng(0)


def elman(batch: int, steps: int, inputs: int, units: int) -> tuple[Work, Work]:
    """Return the expert's and the generated Elman network."""
    x = RANDOM.normal(size=(batch, steps, inputs))
    W = RANDOM.normal(size=(units, units)) / np.sqrt(units)
    U = RANDOM.normal(size=(units, inputs)) / np.sqrt(inputs)
    b = RANDOM.normal(size=units)
    program = Circuit("h(t) = tanh(b + W @ h(t-1) + U @ x(t))").compile()

    def expert() -> Any:
        z = np.ascontiguousarray(np.swapaxes(x, 0, 1)) @ U.T
        z += b
        h = np.zeros((batch, units))
        transposed = np.ascontiguousarray(W.T)
        for row in z:
            row += h @ transposed
            np.tanh(row, out=row)
            h = row
        return np.swapaxes(z, 0, 1)

    return expert, lambda: program(x=x, W=W, U=U, b=b).h


def lstm(batch: int, steps: int, inputs: int, units: int) -> tuple[Work, Work]:
    """Return the expert's LSTM, stacked gates with the batch last, and the generated one."""
    x = RANDOM.normal(size=(batch, steps, inputs))
    W = {gate: RANDOM.normal(size=(units, inputs)) / np.sqrt(inputs) for gate in "ifog"}
    U = {gate: RANDOM.normal(size=(units, units)) / np.sqrt(units) for gate in "ifog"}
    b = {gate: RANDOM.normal(size=units) for gate in "ifog"}
    program = Circuit.gallery("lstm").compile()
    arrays = {f"{letter}_{gate}": array[gate] for letter, array in (("W", W), ("U", U), ("b", b)) for gate in "ifog"}

    def expert() -> Any:
        stacked_w = np.concatenate([W[gate] for gate in "ifog"])
        stacked_u = np.concatenate([U[gate] for gate in "ifog"])
        bias = np.concatenate([b[gate] for gate in "ifog"])[:, None]
        last = np.ascontiguousarray(np.transpose(x, (1, 2, 0)))
        h = np.zeros((units, batch))
        c = np.zeros((units, batch))
        found = np.empty((steps, units, batch))
        for t in range(steps):
            z = stacked_u @ h
            z += stacked_w @ last[t]
            z += bias
            gates = z[: 3 * units]
            np.negative(gates, out=gates)
            np.exp(gates, out=gates)
            gates += 1
            np.reciprocal(gates, out=gates)
            i, f, o, g = (z[k * units : (k + 1) * units] for k in range(4))
            np.tanh(g, out=g)
            c *= f
            i *= g
            c += i
            np.tanh(c, out=found[t])
            found[t] *= o
            h = found[t]
        return found

    return expert, lambda: program(x=x, **arrays).h


def logistic(steps: int) -> tuple[Work, Work]:
    """Return the logistic map on Python floats and the generated one."""
    program = Circuit("x(t) = r * x(t-1) * (1 - x(t-1))").compile()

    def expert() -> Any:
        value, rate, found = 0.2, 3.7, []
        for _ in range(steps):
            value = rate * value * (1 - value)
            found.append(value)
        return np.array(found)

    return expert, lambda: program(r=3.7, x0=0.2, steps=steps).x


def edit_distance(length: int) -> tuple[Work, Work]:
    """Return the edit distance row by row, each row by one running minimum, and the generated wavefronts."""
    a, b = RANDOM.integers(0, 4, (2, length)).astype(float)
    program = Circuit.gallery("edit-distance").compile()

    def expert() -> Any:
        places = np.arange(length + 1.0)
        row = places.copy()
        for letter in a:
            least = np.minimum(row[1:] + 1, row[:-1] + (b != letter))
            # What comes from the left is a running minimum, each step of which costs 1.
            row = np.minimum.accumulate(np.concatenate([[row[0] + 1], least]) - places) + places
        return row[-1]

    return expert, lambda: program(a=a, b=b).D


def ragged(batch: int, steps: int, inputs: int, units: int) -> tuple[Work, Work]:
    """Return an Elman network over sequences of different lengths, as a batch and a mask, and the generated one."""
    x = RANDOM.normal(size=(batch, steps, inputs))
    lengths = RANDOM.integers(1, steps + 1, batch)
    W = RANDOM.normal(size=(units, units)) / np.sqrt(units)
    U = RANDOM.normal(size=(units, inputs)) / np.sqrt(inputs)
    program = Circuit("x(t) : n; h(t) = tanh(W @ h(t-1) + U @ x(t)); W : (m, m)").compile()

    def expert() -> Any:
        z = np.ascontiguousarray(np.swapaxes(x, 0, 1)) @ U.T
        h = np.zeros((batch, units))
        for row in z:
            row += h @ W.T
            np.tanh(row, out=row)
            h = row
        z[np.arange(steps)[:, None] >= lengths] = 0
        return np.swapaxes(z, 0, 1)

    return expert, lambda: program(x=x, W=W, U=U, lengths=lengths).h


CASES: dict[str, Callable[[], tuple[Work, Work]]] = {
    "Elman, batch 16, 1000 steps, 32 to 64": lambda: elman(16, 1000, 32, 64),
    "Elman, batch 1, 1000 steps, 4 to 8": lambda: elman(1, 1000, 4, 8),
    "LSTM, batch 16, 500 steps, 32 to 64": lambda: lstm(16, 500, 32, 64),
    "logistic map, 100,000 steps": lambda: logistic(100_000),
    "edit distance, 1000 by 1000": lambda: edit_distance(1000),
    "Elman, batch 32, lengths 1 to 300, 16 to 32": lambda: ragged(32, 300, 16, 32),
}


def main() -> None:
    """Print one line a case."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    for name, make in CASES.items():
        expert, generated = make()
        times = []
        for _ in range(rounds):
            started = perf_counter()
            expert()
            between = perf_counter()
            generated()
            times.append((between - started, perf_counter() - between))
        ratio = median(ours / theirs for theirs, ours in times)
        print(f"{name:45} {ratio:6.2f}   (expert {1000 * median(theirs for theirs, _ in times):.1f} ms)")


if __name__ == "__main__":
    main()
