"""The same input gives the same bytes, whatever the order in which Python's hashes put things."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping

import pytest
from support.paths import ROOT

from unfoldgraph.base.files import gallery_names

#: What is told of many circuits, and of a few.
MANY = (
    "text", "latex", "report", "sympy", "from sympy", "graph", "unfolded", "rolled", "straight", "symbolic", "numeric",
    "nested", "steps", "let", "signature",
)  # fmt: skip
FEW = ("wrong", "formats", "page", "programs", "command line")
PARTS = (*MANY, *FEW)
#: The parts that are told under each seed; those that take long under two.
SEEDS = {"1": PARTS, "4242": PARTS, "0": FEW}
#: Prints of each part that it is asked for what it is of and a digest.
PROGRAM = r"""
import hashlib, io, json, sys, warnings
from unfoldgraph import Circuit, CircuitError
from unfoldgraph.base.files import gallery_names
from unfoldgraph.cli.main import main
from unfoldgraph.cli.report import report
from unfoldgraph.formula.options import FORMATS

sys.path.insert(0, "tests")
from generators.drawing_cells import cell, unfolded
from unfoldgraph.drawing.formats.writers import WRITERS
from unfoldgraph.drawing.views.figure import draw_scene

warnings.simplefilter("ignore")
sources = [
    "h(t) = a*h(t-1) + b*h(t-3) + x(t-2); o = sum(h(t) for t) + h(end); m = max(o, h(2))",
    "a(t) = b(t-1) + c(t-1); b(t) = c(t) + a(t-2); c(t) = a(t-1) * x(t); a(0) = 1; a(-1) = 2",
    "x(t) : n; W, V : (m, m); h(t) = tanh(W @ h(t-1) + V.T @ g(t-1) + U @ x(t)); g(t) = f(h(t); theta); L = g(end)",
    "def act(a, b) = tanh(W @ a + b); h(t) = act(h(t-1), x(t)); y(t) = softmax(V @ h(t))",
    "F(t) = F(t-1) + F(t-2); F(1) = 1; F(2) = 1",
    "u(t, i) = u(t-1, i-1) + u(t-1, i+1); u(t, 0) = u(t, end); u(0, i) = seed(i); u(0, 0) = seed(end)",
]
wrong = [
    "a(t) = b(t) + d(t); b(t) = c(t); c(t) = a(t); d(t) = a(t)",
    "x(t) : n; y(t) : k; W : (m, m); h(t) = x(t) + y(t); g(t) = W @ x(t); e(t) = y(t) * W",
    "x(t) : n; h(t) = tanh(hx(t-1) + xx(t) + hh(t)); g(t) = tanh(q(t)); g(t) = 1",
    "h(t) = tahn(h(t-1), 1; 2",
    "h(i, j) = h(i-1, j+1) + g(i, j-1); g(i, j) = h(i+1, j) + g(i-2, j)",
]
circuits = [(name, Circuit.gallery(name)) for name in gallery_names()]
circuits += [(str(number), Circuit(source)) for number, source in enumerate(sources)]


def tell(part, of, read):
    if part not in sys.argv:
        return
    try:
        found = read()
    except CircuitError as error:
        found = f"refused: {error}"
    content = found if isinstance(found, bytes) else str(found).encode()
    print(part, of, hashlib.sha256(content).hexdigest()[:16], sep="\t")


def said(*arguments):
    true, sys.stdout = sys.stdout, io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    try:
        main(arguments)
        sys.stdout.flush()
        return sys.stdout.buffer.getvalue()
    finally:
        sys.stdout = true


for name, c in circuits:
    small, few, two = (dict.fromkeys(c.axes, length) for length in (5, 3, 2))
    tell("text", name, c.text)
    tell("latex", name, lambda: c.latex)
    tell("report", name, lambda: json.dumps(report(c, dict.fromkeys(c.axes, 9))))
    tell("sympy", name, lambda: c.sympy)
    tell("from sympy", name, lambda: Circuit.from_sympy(c.sympy).text())
    tell("graph", name, lambda: list(c.graph.edges(keys=True, data=True)))
    tell("unfolded", name, lambda: list(c.unfold(small).edges))
    tell("rolled", name, lambda: c.compile().source)
    tell("straight", name, lambda: c.compile(steps=few).source)
    tell("symbolic", name, lambda: c.draw().svg)
    tell("numeric", name, lambda: c.draw(steps=few).json)
    for form in ("nested", "steps", "let", "signature"):
        for format_ in FORMATS:
            tell(form, f"{name} {format_}", lambda: "".join(c.expand(None, two).render(form, format_)))
for source in wrong:
    tell("wrong", source, lambda: Circuit(source))
for name in ("two-delays", "gru", "total-loss", "encoder"):
    scene = draw_scene(cell(name), unfolded(name, 100))
    for format_, write in WRITERS.items():
        tell("formats", f"{name} {format_}", lambda: write(scene))
tell("page", "rnn", lambda: Circuit("h(t) = tanh(b + W @ h(t-1) + U @ x(t))").draw(40).html)
tell("programs", "gru", lambda: Circuit.gallery("gru").compile(steps=2).source)
for arguments in (("draw", "lstm", "-o", "-"), ("compile", "gru"), ("info", "lstm", "--json")):
    tell("command line", " ".join(arguments), lambda: said(*arguments))
"""


@pytest.fixture(scope="module")
def told() -> Mapping[str, Mapping[str, list[str]]]:
    """Return the lines of each part under each seed."""
    running = {
        seed: subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *parts],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        for seed, parts in SEEDS.items()
    }
    found: dict[str, dict[str, list[str]]] = {}
    for seed, process in running.items():
        lines = process.communicate()[0].splitlines()
        assert process.returncode == 0
        found[seed] = {part: [line for line in lines if line.startswith(f"{part}\t")] for part in SEEDS[seed]}
        assert sum(map(len, found[seed].values())) == len(lines), "each line is of a part"
    return found


@pytest.mark.parametrize("part", PARTS)
def test_the_same_bytes_under_every_hash_seed(part: str, told: Mapping[str, Mapping[str, list[str]]]) -> None:
    first, *others = (lines[part] for lines in told.values() if part in lines)
    assert others and len(first) >= (len(gallery_names()) if part in MANY else 1)
    for lines in others:
        assert [line for line, expected in zip(lines, first, strict=True) if line != expected] == []
