"""One generator of circuits, which feeds every property test, and data for them."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from unfoldgraph import Circuit

SIGNALS = ("a", "b", "c")
INPUTS = ("x", "u")
ELEMENTWISE = ("tanh", "sigmoid", "sin", "abs", "relu", "floor", "sign")
BATCHES = ((), (3,), (2, 1), (4,))
SIZE = 3


@st.composite
def circuits(draw: st.DrawFn, vectors: bool | None = None, autonomous: bool = False) -> str:
    """Return the text of a circuit on one axis: mutually recurrent signals, delays of 0 to 3, shared parts,
    boundaries written, pinned or free, reductions and reads of the end; scalars or vectors of size 3.

    An autonomous one does the same at every step, wherever it starts: no boundaries or pins, no `t`, no end.
    """
    is_vector = draw(st.booleans()) if vectors is None else vectors
    count = draw(st.integers(1, 3))
    names = SIGNALS[:count]
    indexed = ", ".join(f"{name}(t)" for name in names)
    lines = ["x(t) : m", "u(t) : m", "W, V : (m, m)", "p, q : m", f"{indexed} : m"] if is_vector else []
    shared = draw(_expressions(names, 0, is_vector, 1))
    reads = dict.fromkeys((*names, *INPUTS), 0)
    for position, name in enumerate(names):
        right = draw(_expressions(names, position, is_vector, draw(st.integers(1, 3))))
        if draw(st.booleans()):
            # The same sub-expression twice in one statement and again in the next.
            right = f"{right} + ({shared}) * ({shared})"
        # A delay of its own makes most of the signals recurrent.
        right = f"0.5 * {name}(t-{draw(st.integers(1, 3))}) + {right}"
        lines.append(f"{name}(t) = {right}")
    text = "\n".join(lines)
    if autonomous:
        return text.replace("t / 8", "0.125")
    for name in reads:
        delays = [int(part[0]) for part in text.split(f"{name}(t-")[1:]]
        reads[name] = max(delays, default=0)
    for name in names:
        kind = draw(st.sampled_from(["free", "written", "pinned"]))
        if kind == "written":
            for place in range(reads[name]):
                lines.append(
                    f"{name}({-place}) = {draw(st.sampled_from(['0', '1.5', 'r', '-r', f'tanh(r) + {place}']))}"
                )
        elif kind == "pinned":
            for place in draw(st.sets(st.integers(1, 6), max_size=3)):
                earlier = f"{draw(st.sampled_from(names))}({place - draw(st.integers(1, 3))})" if place > 3 else "2 * r"
                lines.append(f"{name}({place}) = {draw(st.sampled_from(['1', 'r', earlier]))}")
    for number in range(draw(st.integers(0, 2))):
        name = draw(st.sampled_from(names))
        lines.append(f"o{number} = {draw(st.sampled_from(_WHOLES)).format(name)}")
    return "\n".join(lines)


_WHOLES = (
    "{0}(end)",
    "sum({0}(t) for t)",
    "mean({0}(t) * {0}(t-1) for t)",
    "max({0}(t) + t for t)",
    "{0}(end) - {0}(end-1)",
    "sum(sum({0}(t) ** 2) for t)",
    "sum(sum({0}(t) * {0}(end) for t))",
)


@st.composite
def _expressions(draw: st.DrawFn, names: tuple[str, ...], position: int, is_vector: bool, depth: int) -> str:
    """Return an expression; signals before `position` may be read without delay, the others with one."""
    if depth == 0:
        kind = draw(st.sampled_from(["signal", "input", "input", "parameter", "number", "step"]))
        if kind == "signal":
            name = draw(st.sampled_from(names))
            least = 0 if names.index(name) < position else 1
            delay = draw(st.integers(least, 3))
            return f"{name}(t-{delay})" if delay else f"{name}(t)"
        if kind == "input":
            delay = draw(st.integers(0, 2))
            name = draw(st.sampled_from(INPUTS))
            return f"{name}(t-{delay})" if delay else f"{name}(t)"
        if kind == "parameter":
            return draw(st.sampled_from(["p", "q"]))
        return draw(st.sampled_from(["2", "0.25", "1"])) if kind == "number" else "t / 8"
    inner = _expressions(names, position, is_vector, depth - 1)
    form = draw(
        st.sampled_from(
            [
                "{0} + {1}",
                "{0} - ({1})",
                "({0}) * ({1})",
                "call",
                "{0} if {1} > 0 else {0}",
                "product",
                "max({0}, {1})",
                "-({0})",
            ]
        )
    )
    left, right = draw(inner), draw(inner)
    if form == "call":
        return f"{draw(st.sampled_from(ELEMENTWISE))}({left})"
    if form == "product":
        if is_vector:
            operand = draw(_expressions(names, position, is_vector, 0))
            matrix = draw(st.sampled_from(["W", "V", "W.T"]))
            return f"0.3 * {matrix} @ ({operand} + p)"
        return f"({left}) * p"
    return f"({form.format(left, right)})"


def arrays(circuit: Circuit, steps: int, seed: int, batch: tuple[int, ...] = ()) -> dict[str, Any]:
    """Return data for a circuit: each array has the batch dimensions or, by chance, only some of them."""
    random = np.random.default_rng(seed)
    model = circuit.model
    sizes = {"m": SIZE, "n": SIZE + 1}
    found: dict[str, Any] = {}

    def numbers(shape: tuple[int, ...]) -> Any:
        lead = batch[random.integers(0, len(batch) + 1) :] if batch else ()
        return random.normal(size=(*lead, *shape)) * 0.7

    for name, axes in model.inputs.items():
        shape = tuple(sizes.get(str(size), SIZE) for size in model.shapes[name] or ())
        found[name] = numbers((*(steps for _ in axes), *shape))
    for name in model.parameters:
        found[name] = numbers(tuple(sizes.get(str(size), SIZE) for size in model.shapes[name] or ()))
    for boundary in model.free:
        shape = tuple(sizes.get(str(size), SIZE) for size in model.shapes[boundary.name] or ())
        if random.random() < 0.7:
            found[boundary.argument] = numbers((*((boundary.count,) if boundary.count > 1 else ()), *shape))
    return found
