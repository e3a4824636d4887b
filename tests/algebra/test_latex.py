"""Equations in LaTeX as a textbook writes them: ranges, conditions, diagonals and places of any kind."""

from __future__ import annotations

import pytest

from unfoldgraph import Circuit

pytestmark = pytest.mark.filterwarnings("ignore::unfoldgraph.base.errors.CircuitWarning")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("b : M; y[n] = sum(b[k]*x[n-k] for k in 0..M-1)",
         r"y^{(n)} = \sum_{k=0}^{M-1} \boldsymbol{b}_{k} \, x^{(n-k)}"),
        ("y(t) = sum(y(s) for s in 1..t-1)", r"y^{(t)} = \sum_{s=1}^{t-1} y^{(s)}"),
        ("y(t) = sum(x(s) for s in 1..t if s != 2)", r"y^{(t)} = \sum_{1 \le s \le t,\, s \ne 2} x^{(s)}"),
        ("y(t) = min(x(s) for s in t..end(t))", r"y^{(t)} = \min_{t \le s \le \tau}\left(x^{(s)}\right)"),
        ("y(t) = x(t) for t in 2..end", r"y^{(t)} = x^{(t)}, \quad t = 2, \ldots, \tau"),
        ("y(t) = x(t) for t in end-1..end", r"y^{(t)} = x^{(t)}, \quad t = \tau-1, \tau"),
        ("y(t) = x(t) for t in -1..1", r"y^{(t)} = x^{(t)}, \quad t = -1, 0, 1"),
        ("y(t) = x(t) for t in 2..2", r"y^{(t)} = x^{(t)}, \quad t = 2"),
        ("y(t) = x(t) for t in 2..5", r"y^{(t)} = x^{(t)}, \quad t = 2, \ldots, 5"),
        (
            "c(i, j) = x(i) for i in 2..9, j in i+1..end",
            r"c^{(i, j)} = x^{(i)}, \quad i = 2, \ldots, 9, \; j = i+1, \ldots, \tau_{j}",
        ),
        ("c(i, j) = x(i, j); c(i, i-1) = 0", r"c^{(i, i-1)} = 0"),
        ("u(t) = x(t); y(t) = u(2*t) + u(end-t)", r"y^{(t)} = u^{(2t)} + u^{(\tau-t)}"),
        ("u(t) = x(t); y(t) = u(floor(t/2))", r"y^{(t)} = u^{(\left\lfloor\frac{t}{2}\right\rfloor)}"),
        ("y(t) = B[x(t)]", r"y^{(t)} = \boldsymbol{B}_{x^{(t)}}"),
    ],
)  # fmt: skip
def test_an_equation_in_latex(text: str, line: str) -> None:
    written = [part.replace("&", "").rstrip("\\ ") for part in Circuit(text).latex.splitlines()]
    assert line in written, written


def test_a_page_has_the_ranges_of_its_equations() -> None:
    page = Circuit("y(t) = y(t-1) + x(t) for t in 2..end; y(1) = 0").draw(steps=2).html
    assert 'aria-label="= y(t-1) + x(t) for t in 2..end"' in page
