"""How long the largest texts take to read: each gives a circuit or an error, and soon.

They are many, and told only to those who ask for them: `python benchmarks/run.py --rows texts`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from random import Random
from typing import Any

from benchmarks.rows.row import OURS, Contender, Data, Row, Unit
from unfoldgraph import Circuit, CircuitError
from unfoldgraph.base.limits import AXES, NESTING, SOURCE_BYTES, TERMS

__all__ = ["cases", "rows"]

MILLISECONDS = Unit("ms", 1e3, "time")


def lines(one: str, count: int) -> str:
    """Return a line many times, `{0}` being its number and `{1}` the next."""
    return "\n".join(one.format(number, number + 1) for number in range(count))


def filled(one: str, before: str = "") -> str:
    """Return as many copies of a line as a source may have."""
    return before + one * ((SOURCE_BYTES - len(before)) // len(one))


def tangle(size: int, reads: int, offsets: tuple[int, ...], seed: int = 1) -> str:
    """Return one loop of many equations, each of which reads a few others."""
    random = Random(seed)
    rows = []
    for number in range(size):
        others = [f"a{random.randrange(size)}x(t{random.choice(offsets):+})" for _ in range(reads)]
        rows.append(f"a{number}x(t) = a{(number + 1) % size}x(t-1) + {' + '.join(others)}")
    return "\n".join(rows)


def lattice_tangle(size: int, reads: int, axes: int, seed: int = 1) -> str:
    """Return the same over several axes, with offsets both ways."""
    random = Random(seed)
    names = "ijklmnop"[:axes]
    rows = []
    for number in range(size):
        others = []
        for _ in range(reads):
            moved = ", ".join(f"{axis}{random.choice((-2, -1, -1, 0, 1)):+}" for axis in names)
            others.append(f"a{random.randrange(size)}x({moved})")
        rows.append(f"a{number}x({', '.join(names)}) = {' + '.join(others)}")
    return "\n".join(rows)


def cases() -> Iterator[tuple[str, str]]:
    """Yield names and texts."""
    eight = ", ".join("ijklmnop"[:AXES])
    back = ", ".join(f"{axis}-1" for axis in "ijklmnop"[:AXES])
    yield "256 kB of digits", "h(t) = " + filled("1")
    yield "256 kB of one name", filled("a") + "(t) = 1"
    yield "256 kB of unknown characters", filled("$")
    yield "256 kB of lines with unknown characters", filled("a = $\n")
    yield "256 kB of brackets", "h(t) = " + filled("(")
    yield "256 kB of line breaks", filled("\n", "h(t) = 1")
    yield "256 kB of semicolons", filled(";", "h(t) = 1")
    yield "256 kB of words", filled("a ")
    yield "256 kB of a comment", filled("#", "h(t) = 1 ")
    yield "256 kB of an open title", 'title "' + filled("\\")
    yield "256 kB of one equation again", filled("h(t) = h(t-1)\n")
    yield "256 kB of declarations", filled("W : (m, m)\n")
    yield "256 kB of declarations of one line", "h(t) = 1\nb : (" + filled("m, ") + "m)"
    yield "256 kB of arguments", "h(t) = max(" + filled("a, ") + "a)"
    yield "256 kB of different names", "h(t) = f(" + ", ".join(f"x{n}(t)" for n in range(20_000)) + ")"
    yield "256 kB of entries", "h(t) = v" + filled("[0]")
    yield "256 kB of transposes", "h(t) = v" + filled(".T")
    yield "256 kB of minus signs", "h(t) = " + filled("-") + "1"
    yield "256 kB of not", "h(t) = " + filled("not ") + "1"
    yield "256 kB of powers", "h(t) = 1" + filled("**1")
    yield "256 kB of conditions", "h(t) = 1" + filled(" if a else 1")
    yield "a sum of the most terms", "h(t) = h(t-1)" + " + W @ x(t)" * (TERMS // 2)
    yield "a sum of different reads", "h(t) = 0" + "".join(f" + h(t-{n})" for n in range(1, TERMS))
    yield "the most brackets", "h(t) = " + "(" * NESTING + "h(t-1)" + ")" * NESTING
    yield "brackets on many lines", lines("a{0}x(t) = " + "(1 + " * NESTING + "a{0}x(t-1)" + ")" * NESTING, 200)
    yield "nested reductions over ranges", "h(t) = " + "sum(" * 50 + "x(t)" + " for j in 0..0)" * 50
    yield (
        "nested reductions over axes",
        ("h(t) = 1\no = " + "sum(" * 199 + "h(i0)" + "".join(f" * h(i{n}) for i{n})" for n in range(199))),
    )
    yield "a range of the most terms", f"h(t) = sum(x(t-j) for j in 1..{TERMS})"
    yield "many large ranges", lines("a{0}x(t) = sum(a{0}x(t-j) * j for j in 1..9000)", 10)
    yield "a range in a range", "h(t) = sum(x(t-j) * y(t-k) for j in 0..99, k in 0..99)"
    yield (
        "functions that double",
        (
            "def f0(x) = x + x\n"
            + "\n".join(f"def f{n}(x) = f{n - 1}(f{n - 1}(x))" for n in range(1, 60))
            + "\nh(t) = f59(1)"
        ),
    )
    yield (
        "many functions",
        lines("def f{0}(x, y) = tanh(x) @ y", 3000) + "\n" + lines("a{0}x(t) = f{0}(W, a{0}x(t-1))", 3000),
    )
    yield "5000 equations in a chain", lines("a{0}x(t) = a{1}x(t)", 5000)
    yield "5000 equations in one loop", lines("a{0}x(t) = a{1}x(t)", 4999) + "\na4999x(t) = a0x(t-1)"
    yield "5000 equations in one algebraic loop", lines("a{0}x(t) = a{1}x(t)", 4999) + "\na4999x(t) = a0x(t)"
    yield "5000 loops", lines("a{0}x(t) = a{0}x(t-1) + a{1}x(t)", 5000)
    yield "5000 loops of two axes", lines("a{0}x(i, j) = a{0}x(i-1, j) + a{1}x(i, j-1)", 5000)
    yield "5000 loops both ways", lines("a{0}x(t) = a{0}x(t-1) + a{0}x(t+1)", 5000)
    yield "5000 equations of one input", lines("a{0}x(t) = tanh(W @ x(t-{0}) + b)", 5000)
    yield "5000 vectors in a chain", "a0x(t) : n\n" + lines("a{1}x(t) = tanh(a{0}x(t))", 4999)
    yield "5000 vectors in a chain from its end", "a4999x(t) : n\n" + lines("a{1}x(t) = tanh(a{0}x(t))", 4999)
    yield "5000 products in a chain", lines("a{1}x(t) = W{0} @ a{0}x(t)", 4999)
    yield "5000 unknown shapes", lines("a{0}x(t) = b{0} * a{1}x(t)", 5000)
    yield "5000 mismatches", "x(t) : n; y(t) : m\n" + lines("a{0}x(t) = x(t) + y(t)", 5000)
    yield "5000 sums over the loop before", lines("a{1}x(t) = a{1}x(t-1) + sum(a{0}x(s) for s)", 3000)
    yield "5000 ends", lines("a{1}x(t) = a{1}x(t-1) + a{0}x(end)", 5000)
    yield "5000 axes", lines("a{0}x(i{0}) = a{0}x(i{0}-1)", 5000)
    yield "5000 axes of one length", lines("a{0}x(i{0}) = b{0}(i{0}) + b{1}(i{0})", 3000)
    yield "5000 joint axes", "x(t) : ()\n" + lines("a{0}x(i{0}) = a{0}x(i{0}-1) + x(i{0})", 5000)
    yield "2000 boundaries", "h(t) = h(t-2000)\n" + "\n".join(f"h({-n}) = {n}" for n in range(2000))
    yield "2000 boundaries, one missing", "h(t) = h(t-2001)\n" + "\n".join(f"h({-n}) = {n}" for n in range(2000))
    yield "2000 pins", "h(t) = h(t-1)\n" + "\n".join(f"h({n}) = {n}" for n in range(1, 2001))
    yield "10000 pins", "h(t) = h(t-1)\n" + "\n".join(f"h({n}) = h({n - 1})" for n in range(1, 10001))
    yield "2000 pins from the end", "h(t) = h(t+1)\n" + "\n".join(f"h(end-{n}) = h(end-{n + 1})" for n in range(2000))
    yield (
        "2000 pins both ways",
        "h(t) = h(t-1)\n" + "\n".join(f"h(end-{n}) = h({n})\nh({n}) = h(end-{n + 1})" for n in range(1, 1000)),
    )
    yield "500 boundaries of two axes", "c(i, j) = c(i-1, j-500)\n" + "\n".join(f"c(i, {-n}) = {n}" for n in range(500))
    yield "500 corners", "c(i, j) = c(i-500, j-500)\n" + "\n".join(f"c({-n}, {-n}) = {n}" for n in range(500))
    yield (
        "500 crossing boundaries",
        "c(i, j) = c(i-500, j-500)\n" + "\n".join(f"c(i, {-n}) = {n}\nc({-n}, j) = {n}" for n in range(250)),
    )
    yield (
        "500 pins that boundaries cross",
        "c(i, j) = c(i-1, j-1)\n" + "\n".join(f"c(i, {n}) = {n}\nc({n}, j) = {n}" for n in range(1, 250)),
    )
    yield "eight axes", f"a({eight}) = a({back})"
    yield (
        "eight axes, reads along each",
        f"a({eight}) = "
        + " + ".join(
            "a(" + ", ".join(f"{axis}-{int(axis == one)}" for axis in "ijklmnop"[:AXES]) + ")"
            for one in "ijklmnop"[:AXES]
        ),
    )
    yield (
        "eight axes, 500 corners",
        f"a({eight}) = a({back})\n"
        + "\n".join(
            "a(" + ", ".join(str(-((n >> bit) & 1)) if bit < 8 else "" for bit in range(8)) + f") = {n}"
            for n in range(256)
        ),
    )
    yield (
        "eight axes, edges",
        f"a({eight}) = a({back})\n"
        + "\n".join(
            "a(" + ", ".join("0" if n >> bit & 1 else "ijklmnop"[bit] for bit in range(8)) + f") = {n}"
            for n in range(1, 256)
        ),
    )
    yield (
        "eight axes with rays",
        lines(f"a{{0}}x({eight}) = a{{0}}x({back}) + a{{1}}x(end, " + ", ".join("ijklmnop"[1:AXES]) + ")", 500),
    )
    yield (
        "one loop of 16 axes",
        "\n".join(
            f"a{n}({eight if n % 2 else ', '.join('abcdefgh')}) = a{1 - n}({', '.join(['1'] * 8)})" for n in range(2)
        ),
    )
    yield (
        "rays in a loop",
        lines("a{0}x(i, j) = a{0}x(i-1, j) + a{1}x(i-1, end)", 999) + "\na999x(i, j) = a0x(i-1, end)",
    )
    yield (
        "sums in a loop",
        lines("a{0}x(t, i) = a{0}x(t-1, i) + sum(a{1}x(t-1, k) for k)", 999) + "\na999x(t, i) = a0x(t, i)",
    )
    for size, reads in ((1000, 5), (2000, 5), (300, 30)):
        yield f"tangle of {size} × {reads}, forward", tangle(size, reads, (-1, -2, -3))
        yield f"tangle of {size} × {reads}, same step too", tangle(size, reads, (0, -1, -2))
        yield f"tangle of {size} × {reads}, both ways", tangle(size, reads, (-3, -2, -1, 1))
        yield f"tangle of {size} × {reads}, far", tangle(size, reads, (-1, -999_999, -500_000))
    for axes in (2, 3, 8):
        yield f"tangle of 500 × 4, {axes} axes", lattice_tangle(500, 4, axes)
    yield (
        "every equation reads every other",
        "\n".join(f"a{n}x(t) = " + " + ".join(f"a{m}x(t-1)" for m in range(140)) for n in range(140)),
    )
    yield (
        "every equation reads the next ones",
        "\n".join(
            f"a{n}x(t) = " + " + ".join(f"a{m}x(t)" for m in range(n + 1, 170)) + " + a0x(t-1)" for n in range(170)
        ),
    )
    yield (
        "layers forward and backward",
        lines("f{1}x(t) = f{1}x(t-1) + f{0}x(t) + g{0}x(t)\ng{1}x(t) = g{1}x(t+1) + f{0}x(t) + g{0}x(t)", 2000),
    )


def found(text: str) -> Any:
    """Return how many statements a text has, or the error that it gives."""
    try:
        return len(Circuit(text).model.statements)
    except CircuitError as error:
        return str(error).splitlines()[0]


def read() -> Contender:
    """Return the reading of a text."""
    return lambda data: lambda: found(data["text"])


def rows() -> Iterator[Row]:
    """Yield a row for each text."""
    for name, text in cases():
        yield Row(
            f"texts: {name}", "texts", partial(given, text[:SOURCE_BYTES]), {OURS: read}, OURS, "", unit=MILLISECONDS
        )


def given(text: str, random: object) -> Data:
    """Return the text, which is the same in every round."""
    assert random
    return {"text": text}
