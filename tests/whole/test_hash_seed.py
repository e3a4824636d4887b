"""The same input gives the same bytes, whatever the order in which Python's hashes put things."""

from __future__ import annotations

import os
import subprocess
import sys

from support.paths import ROOT

SEEDS = ("1", "4242")
#: Prints a digest of every reading of many circuits, and of what is wrong with some.
PROGRAM = r"""
import hashlib, json, warnings
from unfoldgraph import Circuit, CircuitError
from unfoldgraph.base.files import gallery_names
from unfoldgraph.formula.options import FORMATS
from unfoldgraph.cli.report import report, report_text

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


def tell(name, what, read):
    try:
        found = read()
    except CircuitError as error:
        found = f"refused: {error}"
    print(name, what, hashlib.sha256(str(found).encode()).hexdigest()[:16])


for name, c in circuits:
    small, few, two = (dict.fromkeys(c.axes, length) for length in (5, 3, 2))
    tell(name, "text", c.text)
    tell(name, "latex", lambda: c.latex)
    tell(name, "report", lambda: json.dumps(report(c, dict.fromkeys(c.axes, 9))))
    tell(name, "sympy", lambda: c.sympy)
    tell(name, "from sympy", lambda: Circuit.from_sympy(c.sympy).text())
    tell(name, "graph", lambda: list(c.graph.edges(keys=True, data=True)))
    tell(name, "unfolded", lambda: list(c.unfold(small).edges))
    tell(name, "rolled", lambda: c.compile().source)
    tell(name, "straight", lambda: c.compile(steps=few).source)
    tell(name, "symbolic", lambda: c.draw().svg)
    tell(name, "numeric", lambda: c.draw(steps=few).json)
    for form in ("nested", "steps", "let", "signature"):
        for format_ in FORMATS:
            tell(name, f"{form} {format_}", lambda: "".join(c.expand(None, two).render(form, format_)))
for source in wrong:
    tell(source[:9], "wrong", lambda: Circuit(source))
"""


def test_the_same_bytes_under_every_hash_seed() -> None:
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in SEEDS
    ]
    first, *others = (process.communicate()[0].splitlines() for process in running)
    assert all(process.returncode == 0 for process in running)
    assert len(first) > 400
    for lines in others:
        assert [line for line, expected in zip(lines, first, strict=True) if line != expected] == []
