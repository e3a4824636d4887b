"""The cells that the drawing is designed and tested with."""

from __future__ import annotations

from unfoldgraph.drawing.cell import Cell, Link, Variable


def vector(name: str, role: str = "state", axes: tuple[str, ...] = ("t",), sub: str = "") -> Variable:
    letter = name.split("_", maxsplit=1)[0]
    return Variable(name, role, rf"\boldsymbol{{{letter}}}", name, sub, axes)


def scalar(
    name: str,
    role: str = "state",
    axes: tuple[str, ...] = ("t",),
    sub: str = "",
    latex: str = "",
) -> Variable:
    return Variable(name, role, latex or name.split("_", maxsplit=1)[0], name, sub, axes)


def link(source: str, target: str, delay: int = 0, label: str = "", read: str = "delay") -> Link:
    return Link(source, target, (delay,), read, label, label.replace("_", ""))


def cell(name: str, variables: list[Variable], links: list[Link]) -> Cell:
    return Cell(name, name.replace("-", " "), ("t",), tuple(variables), tuple(links))


_GATES = ("i", "f", "o", "g")

CELLS: dict[str, Cell] = {
    c.name: c
    for c in (
        cell("dynamical", [vector("s")], [link("s", "s", 1, "f")]),
        cell(
            "driven",
            [vector("x", "input"), vector("h")],
            [link("h", "h", 1, "f"), link("x", "h")],
        ),
        cell(
            "loss",
            [
                vector("x", "input"),
                vector("h"),
                vector("o", "output"),
                scalar("y", "input"),
                scalar("L", "loss"),
            ],
            [
                link("h", "h", 1, "W"),
                link("x", "h", 0, "U"),
                link("h", "o", 0, "V"),
                link("o", "L"),
                link("y", "L"),
            ],
        ),
        cell(
            "output-recurrence",
            [
                vector("x", "input"),
                vector("h"),
                vector("o", "output"),
                vector("y", "input"),
                scalar("L", "loss"),
            ],
            [
                link("o", "h", 1, "W"),
                link("x", "h", 0, "U"),
                link("h", "o", 0, "V"),
                link("o", "L"),
                link("y", "L"),
            ],
        ),
        cell(
            "two-delays",
            [vector("x", "input"), vector("h"), vector("o", "output")],
            [
                link("h", "h", 1, "W_1"),
                link("h", "h", 2, "W_2"),
                link("x", "h", 0, "U"),
                link("h", "o", 0, "V"),
                link("x", "o", 0, "S"),
            ],
        ),
        cell(
            "lstm",
            [
                vector("x", "input"),
                *(vector(g) for g in _GATES),
                vector("c"),
                vector("h"),
            ],
            [
                *(k for g in _GATES for k in (link("x", g, 0, f"W_{g}"), link("h", g, 1, f"U_{g}"))),
                link("f", "c"),
                link("c", "c", 1),
                link("i", "c"),
                link("g", "c"),
                link("o", "h"),
                link("c", "h"),
            ],
        ),
        cell(
            "gru",
            [
                vector("x", "input"),
                vector("z"),
                vector("r"),
                Variable("n", "state", r"\boldsymbol{n}", "n"),
                vector("h"),
            ],
            [
                link("x", "z", 0, "W_z"),
                link("h", "z", 1, "U_z"),
                link("x", "r", 0, "W_r"),
                link("h", "r", 1, "U_r"),
                link("x", "n", 0, "W_n"),
                link("r", "n"),
                link("h", "n", 1, "U_n"),
                link("z", "h"),
                link("n", "h"),
                link("h", "h", 1),
            ],
        ),
        cell(
            "time-delay",
            [vector("x", "input"), vector("y", "output")],
            [link("x", "y", j, rf"\boldsymbol{{k}}_{j}") for j in range(3)],
        ),
        cell(
            "biquad",
            [scalar("x", "input"), scalar("y", "output")],
            [
                link("x", "y"),
                link("x", "y", 1),
                link("x", "y", 2),
                link("y", "y", 1),
                link("y", "y", 2),
            ],
        ),
        cell(
            "last-output",
            [vector("x", "input"), vector("h"), vector("o", "output", ())],
            [
                link("x", "h", 0, "U"),
                link("h", "h", 1, "W"),
                link("h", "o", 0, "V", "end"),
            ],
        ),
        cell(
            "total-loss",
            [
                vector("x", "input"),
                vector("h"),
                scalar("y", "input"),
                scalar("l", "loss", latex=r"\ell"),
                scalar("L", "loss", ()),
            ],
            [
                link("x", "h", 0, "U"),
                link("h", "h", 1, "W"),
                link("h", "l"),
                link("y", "l"),
                link("l", "L", 0, "", "all"),
            ],
        ),
        cell(
            "skip-lines",
            [vector("x", "input"), vector("h")],
            [link("x", "h", 0, "U"), *(link("h", "h", d, f"W_{d}") for d in (1, 2, 3))],
        ),
        cell(
            "mutual",
            [vector("x", "input"), vector("a"), vector("b")],
            [
                link("x", "a", 0, "U"),
                link("a", "a", 1, "A"),
                link("b", "a", 1, "B"),
                link("a", "b", 1, "C"),
                link("b", "b", 1, "D"),
            ],
        ),
        cell("fibonacci", [scalar("F")], [link("F", "F", 1), link("F", "F", 2)]),
        cell(
            "two-way",
            [vector("x", "input"), vector("h"), vector("g"), vector("o", "output")],
            [
                link("x", "h", 0, "U"),
                link("h", "h", 1, "W"),
                link("x", "g", 0, "P"),
                link("g", "g", -1, "Q"),
                link("h", "o", 0, "V"),
                link("g", "o", 0, "R"),
            ],
        ),
    )
}

PINS: dict[str, dict[str, tuple[int, ...]]] = {"fibonacci": {"F": (1, 2)}}
