"""The circuits that the drawing is designed and tested with, and what they look like as cells."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from unfoldgraph.base.files import gallery_names, gallery_source
from unfoldgraph.drawing.draw import draw
from unfoldgraph.drawing.graphs import excerpt
from unfoldgraph.drawing.graphs.from_model import cell_of, in_symbols
from unfoldgraph.drawing.graphs.rolled import Cell, Unfolded
from unfoldgraph.drawing.scene.scene import Scene
from unfoldgraph.language.text import read
from unfoldgraph.model.equations import Model
from unfoldgraph.unfolding.unfolding import Unfolding

CIRCUITS: dict[str, str] = {
    "dynamical": "s(t) = f(s(t-1); theta)",
    "driven": "s(t) = f(s(t-1), x(t); theta)",
    "rnn-loss": """
x(t):n; y(t):k
h(t) = tanh(b + W @ h(t-1) + U @ x(t)); o(t) = c + V @ h(t); L(t) = -sum(y(t) * logsoftmax(o(t)))
""",
    "output-recurrence": (
        "x(t):n; "
        "y(t):k; "
        "h(t) = tanh(b + W @ o(t-1) + U @ x(t)); "
        "o(t) = c + V @ h(t); "
        "L(t) = -sum(y(t) * logsoftmax(o(t)))"
    ),
    "two-delays": "h(t) = tanh(W @ h(t-1) + W_2 @ h(t-2) + U @ x(t)); o(t) = V @ h(t) + S @ x(t)",
    "three-delays": "h(t) = tanh(W_1 @ h(t-1) + W_2 @ h(t-2) + W_3 @ h(t-3) + U @ x(t))",
    "lstm": gallery_source("lstm")[0],
    "gru": """
x(t) : n
z(t) = sigmoid(W_z @ x(t) + U_z @ h(t-1) + b_z)
r(t) = sigmoid(W_r @ x(t) + U_r @ h(t-1) + b_r)
n(t) = tanh(W_n @ x(t) + U_n @ (r(t) * h(t-1)) + b_n)
h(t) = (1 - z(t)) * n(t) + z(t) * h(t-1)
""",
    "tdnn": "x(t) : n; k : (3, m, n); y(t) = tanh(sum(k[j] @ x(t-j) for j in 0..2))",
    "biquad": "y[n] = b[0]*x[n] + b[1]*x[n-1] + b[2]*x[n-2] - a1*y[n-1] - a2*y[n-2]",
    "logistic": "s(t) = r * s(t-1) * (1 - s(t-1))",
    "fibonacci": "F(t) = F(t-1) + F(t-2); F(1) = 1; F(2) = 1",
    "last-output": "h(t) = tanh(W @ h(t-1) + U @ x(t)); o = c + V @ h(end)",
    "total-loss": (
        "h(t) = tanh(W @ h(t-1) + U @ x(t)); o(t) = V @ h(t); loss(t) = norm(o(t) - y(t)); L = sum(loss(t) for t)"
    ),
    "encoder": (
        "g(t) = tanh(G @ g(t-1) + P @ x(t)); h(t) = tanh(W @ h(t-1)); h(0) = tanh(C @ g(end)); o(t) = V @ h(t)"
    ),
    "mutual": "a(t) = tanh(A @ a(t-1) + B @ b(t-1) + U @ x(t)); b(t) = tanh(C @ a(t-1) + D @ b(t-1))",
    "hmm": ("prior : m; o(t) : n; a(t) = (B @ o(t)) * (A.T @ a(t-1)); a(1) = B @ o(1) * prior; p = sum(a(end))"),
    "first-input": "x(t) : n; y(t) = tanh(W @ y(t-1) + U @ x(1))",
    "context": "g(t) = tanh(G @ g(t-1) + P @ x(t)); c = C @ g(end); h(t) = tanh(W @ h(t-1) + R @ c)",
    "ends": "h(t) = tanh(W @ h(t-1) + U @ x(t)); o = A @ h(end) + B @ h(end-1)",
    "long": "y(t) = 0.5 * y(t-100) + x(t)",
    "average": (
        "m(t) = b * m(t-1) + (1 - b) * g(t); "
        "v(t) = c * v(t-1) + (1 - c) * g(t) ** 2; "
        "w(t) = w(t-1) - a * m(t) / sqrt(v(t))"
    ),
    # Edges over several columns, alone and beside others: with an input below, an output above, without labels.
    "delays-3": "h(t) = tanh(A @ h(t-3) + U @ x(t))",
    "delays-1-3": "h(t) = tanh(A @ h(t-1) + B @ h(t-3) + U @ x(t)); o(t) = V @ h(t)",
    "delays-2-3": "h(t) = tanh(A @ h(t-2) + B @ h(t-3) + U @ x(t))",
    "delays-1-4": "h(t) = tanh(A @ h(t-1) + B @ h(t-4))",
    "delays-scalar": "y(n) = a1*y(n-1) + a3*y(n-3) + x(n)",
    "delayed-input": "h(t) = tanh(A @ h(t-1) + U @ x(t) + P @ x(t-1) + Q @ x(t-3))",
    "delayed-output": "h(t) = tanh(A @ h(t-1) + W @ o(t-3) + U @ x(t)); o(t) = V @ h(t)",
    "two-way": "h(t) = tanh(W @ h(t-1) + U @ x(t)); g(t) = tanh(Q @ g(t+1) + P @ x(t)); o(t) = V @ h(t) + R @ g(t)",
    "two-way-given": (
        "h(t) = tanh(W @ h(t-1) + U @ x(t)); g(t) = tanh(Q @ g(t+1) + P @ x(t)); g(end+1) = tanh(C @ h(end)); "
        "o = V @ g(1)"
    ),
    "ahead": "g(t) = tanh(A @ g(t+2) + B @ g(t+1) + U @ x(t+1)); o(t) = V @ g(t)",
    "wide-loops": ("W_hidden, B : (n, n); u(t) : n; x(t) = W_hidden @ x(t-1) + B @ x(t-2) + B @ u(t-1) + u(t)"),
    "names": "temperature(t) = a * temperature(t-1) + heating(t)",
}


NAMES = tuple(CIRCUITS)


#: The circuits of the gallery, each with the steps of its picture in numbers.
GALLERY: dict[str, int | dict[str, int]] = {
    "attention": {"t": 3, "u": 2},
    "causal-attention": {"t": 3, "s": 3},
    "ctc": {"t": 3, "s": 5},
    "decimation": {"n": 6, "m": 3},
    "deep-bidirectional": {"l": 2, "t": 3},
    "dtw": {"i": 4, "j": 4},
    "edit-distance": {"i": 3, "j": 4},
    "encoder-decoder": {"t": 3, "u": 3},
    "heat": {"t": 3, "i": 4},
    "knapsack": {"i": 2, "c": 3},
    "lcs": {"i": 3, "j": 4},
    "matrix-chain": {"i": 3, "j": 3},
    "pascal": {"n": 4, "k": 4},
    "rule-110": {"t": 3, "i": 5},
    "two-dimensional": {"i": 3, "j": 4},
    "viterbi": {"t": 3, "s": 2, "r": 2},
}
#: Sizes by which ranges go in them.
GALLERY_SIZES = {"fir": {"M": 3}, "decimation": {"K": 3}}
GALLERY |= {name: 4 for name in gallery_names() if name not in GALLERY and name not in CIRCUITS}
#: Those of which pictures show what delays alone do not tell: ranges, computed places, or steps in numbers only.
BEYOND_DELAYS = {
    "catalan", "causal-attention", "ctc", "decimation", "fir", "heat", "knapsack", "matrix-chain", "moving-delay"
}  # fmt: skip
BY_DELAYS = tuple(name for name in GALLERY if name not in BEYOND_DELAYS)


def several_axes(one: Cell) -> bool:
    return len(one.drawn_axes) > 1


@cache
def model(name: str) -> Model:
    """A circuit by its name, or any other by its text."""
    if name not in GALLERY and name not in CIRCUITS:
        return read(name)
    return read(gallery_source(name)[0] if name in GALLERY else CIRCUITS[name], name=name)


@cache
def cell(name: str) -> Cell:
    return cell_of(model(name))


def lengths(name: str, steps: int | Mapping[str, int] | None) -> Mapping[str, int] | None:
    """How many steps along each axis: one number is that of all."""
    return dict.fromkeys(model(name).axes, steps) if isinstance(steps, int) else steps


def unfolded_of(
    model: Model,
    cell: Cell,
    lengths: Mapping[str, int] | None = None,
    asked: Mapping[str, Collection[int]] | None = None,
    fewer: Mapping[str, int] | None = None,
    sizes: Mapping[str, int] | None = None,
) -> Unfolded:
    """The unfolded view, in symbols without lengths."""
    if lengths is None:
        return in_symbols(model, cell, fewer)
    return excerpt.numeric(cell, Unfolding(model, lengths, sizes), asked, fewer)


def unfolded(
    name: str, steps: int | Mapping[str, int] | None = None, fewer: Mapping[str, int] | None = None
) -> Unfolded:
    return unfolded_of(model(name), cell(name), lengths(name, steps), fewer=fewer)


#: Pictures with all kinds of what is drawn, each of a circuit with its options.
PICTURES: dict[str, tuple[str, dict[str, Any]]] = {
    "loss": ("rnn-with-loss", {}),
    "numbers": ("rnn-with-loss", {"steps": 3}),
    "elided": ("lstm", {"steps": 100}),
    "backward": ("bidirectional", {"steps": 3}),
    "delays": ("three-delays", {"view": "circuit"}),
    "many delays": ("y(t) = x(t) + x(t-1) + x(t-2) + x(t-3) + x(t-4) + x(t-5)", {"view": "circuit"}),
    "lattice": ("edit-distance", {"steps": {"i": 2, "j": 3}}),
    "layers": ("deep-bidirectional", {"view": "circuit"}),
    "given": ("encoder", {}),
    "apart": ("encoder-decoder", {"steps": {"t": 2, "u": 2}}),
    "cut": ("dynamical", {"view": "cut"}),
    "narrow": ("logistic", {"view": "circuit"}),
    "highlight": ("rnn-with-loss", {"steps": 4, "highlight": "h(2)"}),
    "heavy": ("rnn-with-loss", {"theme": "contrast"}),
}

#: Where names are written in every way, with an index or several.
INDEXED = ("rnn-with-loss", "lstm", "time-delay", "deep-bidirectional", "encoder-decoder")
#: Where steps are left out, and what is read and drawn beside them differs.
HUNDRED = ("rnn-loss", "two-delays", "biquad", "last-output", "two-way", "names", "total-loss")
MORE_PICTURES: dict[str, tuple[str, dict[str, Any]]] = {
    **{f"{name} in symbols": (name, {}) for name in INDEXED},
    **{f"{name} in numbers": (name, {"steps": GALLERY.get(name, 3)}) for name in INDEXED},
    **{f"{name}, 100 steps": (name, {"steps": 100}) for name in HUNDRED},
    "four steps": ("rnn", {"steps": 4}),
    "a range": ("b : M; x(n) : (); y(n) = sum(b[k] * x(n-k) for k in 0..M-1)", {"steps": 4}),
    "eight steps": ("rnn", {"steps": 8}),
    "operations": ("rnn-with-loss", {"steps": 2, "detail": "operations", "layout": "own"}),
}


@cache
def picture(name: str, **more: Any) -> Scene:
    """Return a picture of these, with more options."""
    circuit, options = (PICTURES | MORE_PICTURES)[name]
    return draw(model(circuit), **{**options, **more})
