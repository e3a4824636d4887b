"""How long pictures take, in processor seconds.

Beside the seconds stands how many times as long that is as the picture of the book's network over three steps,
measured in the same run, which tells a slow picture from a slow machine.

Run `python benchmarks/draw.py`, or with a word that the cases to run contain.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import pairwise
from time import process_time
from typing import Any

from unfoldgraph import Circuit
from unfoldgraph.base.files import gallery_names

RNN = "h(t) = tanh(b + W @ h(t-1) + U @ x(t)); o(t) = c + V @ h(t)"
LATTICE = (
    "a(i, j) = tanh(a(i-1, j) + a(i, j-1) + x(i, j)); b(i, j) = a(i, j) * b(i-1, j-1); c(i, j) = b(i, j) + c(i, j-1)"
)


def stacked(layers: int) -> str:
    """Return layers of recurrences, each read by the next."""
    letters = [chr(ord("a") + n) for n in range(layers)]
    rows = ["x(t) : n", "h_a(t) = tanh(W_a @ h_a(t-1) + U_a @ x(t))"]
    for below, own in pairwise(letters):
        rows.append(f"h_{own}(t) = tanh(W_{own} @ h_{own}(t-1) + U_{own} @ h_{below}(t))")
    return "\n".join(rows)


def cases() -> Iterator[tuple[str, str, int | dict[str, int] | None, str, dict[str, Any]]]:
    """Yield a name, a circuit, how many steps, the format and the other options of a picture."""
    for name in gallery_names():
        yield f"gallery: {name}", name, None, "svg", {}
    for steps in (8, 100, 100_000, 10**12):
        yield f"{steps} steps", RNN, steps, "svg", {}
    yield "a delay of 1000", "y(t) = 0.5 * y(t-1000) + x(t)", 10**6, "svg", {}
    yield "20 layers, one above the other", stacked(20), 100, "svg", {}
    yield "a lattice of 6 by 6, three variables", LATTICE, {"i": 6, "j": 6}, "svg", {}
    yield "lstm, every operation", "lstm", 4, "svg", {"detail": "operations"}
    yield "lstm, parameters as nodes", "lstm", 2, "svg", {"parameters": "nodes", "view": "circuit"}
    for suffix in ("png", "pdf", "tex", "html"):
        yield f"8 steps as {suffix}", RNN, 8, suffix, {}


def seconds(source: str, steps: int | dict[str, int] | None, suffix: str, options: dict[str, Any]) -> float:
    """Return how long reading, drawing and writing takes."""
    start = process_time()
    circuit = Circuit(source) if "=" in source else Circuit.gallery(source)
    circuit.draw(steps, **options).render(suffix)
    return process_time() - start


def main() -> None:
    """Print one line for each case."""
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    # The first pays for the libraries and for the outlines of letters.
    seconds(RNN, 3, "svg", {})
    unit = seconds(RNN, 3, "svg", {})
    for name, source, steps, suffix, options in cases():
        if wanted in name:
            taken = seconds(source, steps, suffix, options)
            print(f"{taken:8.2f} s {taken / unit:8.1f} times  {name}")


if __name__ == "__main__":
    main()
