"""One generator of circuits, which feeds every property test, and data for them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from generators.networks import PARTS
from generators.networks import networks as networks
from generators.right_sides import (
    CALLS,
    FORMS,
    INDEX,
    LITERAL,
    MATRIX,
    OBLONG,
    OTHER,
    SCALAR,
    VECTOR,
    Scope,
    Shape,
    Table,
    filled,
    right_sides,
)
from generators.sketches import edges_written as edges_written
from generators.sketches import orders as orders
from hypothesis import strategies as st

from unfoldgraph import Circuit, CircuitError

SIGNALS = ("a", "b", "c")
INPUTS = ("x", "u")
ELEMENTWISE = ("tanh", "sigmoid", "sin", "abs", "relu", "floor", "sign")
BATCHES: tuple[tuple[int, ...], ...] = ((), (3,), (2, 1), (4,), (3, 3), (0,))
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


@st.composite
def two_way(draw: st.DrawFn) -> str:
    """Return the text of a circuit on one axis some of whose signals run backward, and some ahead of others."""
    is_vector = draw(st.booleans())
    lines = ["x(t) : m", "p, q : m", "f(t), g(t), a(t), b(t), o(t) : m"] if is_vector else []
    names = ["f", "g", *(["a", "b"] if draw(st.booleans()) else []), "o"]
    forward, backward = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    ahead = draw(st.integers(1, 2))
    other = draw(st.sampled_from(["p", "x(t+1)", "x(t-2)", "x(end)"]))
    lines.append(f"f(t) = tanh(0.5 * f(t-{forward}) + x(t) - {other})")
    lines.append(f"g(t) = 0.3 * g(t+{backward}) + {draw(st.sampled_from(['x(t)', 'f(t)', 'f(t-1) * q', 'x(t+1)']))}")
    if "a" in names:
        lines += [f"a(t) = b(t+{ahead}) * p + x(t)", f"b(t) = 0.5 * a(t-{ahead + draw(st.integers(1, 2))}) - g(t)"]
    reads = ["f(t)", "g(t)", "g(t+1)", "f(t-1)", "f(end)", "g(1)", *(["a(t-1)", "b(t)"] if "a" in names else [])]
    lines.append(f"o(t) = {' + '.join(draw(st.lists(st.sampled_from(reads), min_size=1, max_size=3)))}")
    if draw(st.booleans()):
        lines += [f"g(end+{place}) = {draw(st.sampled_from(['r', '1', 'x(end) * 2']))}" for place in range(1, 3)]
    if draw(st.booleans()):
        lines.append(draw(st.sampled_from(["g(end) = r", "g(end-1) = 2", "f(2) = r", "g(1) = f(1)", "f(end) = q * r"])))
    for number in range(draw(st.integers(0, 2))):
        name = draw(st.sampled_from(names))
        whole = draw(st.sampled_from([*_WHOLES, "{0}(1)", "sum({0}(k) * {0}(k+1) for k)"]))
        lines.append(f"v{number} = {whole.format(name)}")
    return "\n".join(lines)


#: Directions in which two axes may be computed, and delays along them that each allows.
_DIRECTIONS = ((1, 0), (0, 1), (1, 1), (1, -1), (-1, 1), (2, 1), (-1, 0))


@st.composite
def lattices(draw: st.DrawFn) -> str:
    """Return the text of a circuit on two axes: signals over both or one, boundaries on edges and corners, pins."""
    is_vector = draw(st.booleans())
    lines = ["x(i, j), y(i), z(j) : ()"]
    if is_vector:
        lines = ["x(i, j), y(i), z(j) : m", "p : m", "a(i, j), b(i, j), c(i), d(j) : m"]
    way = draw(st.sampled_from(_DIRECTIONS))
    moves = [(i, j) for i in range(-1, 3) for j in range(-1, 3) if way[0] * i + way[1] * j > 0]
    reach: dict[str, list[tuple[int, int]]] = {"a": [], "b": []}

    def moved(name: str) -> str:
        delay = draw(st.sampled_from(moves))
        reach[name].append(delay)
        return f"{name}({_shifted('i', -delay[0])}, {_shifted('j', -delay[1])})"

    more = draw(st.sampled_from(["x(i-1, j+1)", "y(i)", "z(j+1)", "p", "i / 4", "z(end)", "x(i, 1)"]))
    lines.append(f"a(i, j) = tanh(0.4 * {moved('a')} + x(i, j) - {more}) + 0.2 * {moved(draw(st.sampled_from('ab')))}")
    if draw(st.booleans()) and (way[0] == 0 or way[1] == 0):
        # The whole of what came one step before.
        step = way[0] + way[1]
        whole = f"a(i-{step}, k)" if way[0] else f"a(k, j-{step})"
        lines[-1] += f" + 0.1 * sum({whole.replace('--', '+')} for k)"
    lines.append(f"b(i, j) = 0.5 * {moved('b')} + a(i, j) * {draw(st.sampled_from(['p', 'y(i)', 'x(j, i)', '0.5']))}")
    lines.append(f"c(i) = {draw(st.sampled_from(['sum(a(i, j) for j)', 'b(i, end)', '0.5 * c(i-1) + a(i, 1)']))}")
    lines.append(f"d(j) = {draw(st.sampled_from(['max(a(k, j) for k)', 'b(1, j)', 'd(j+1) - a(end, j)', 'b(j, j)']))}")
    for name, delays in reach.items():
        lines += draw(_boundary_lines(name, delays))
        if draw(st.integers(0, 3)) == 0:
            lines.append(
                draw(st.sampled_from(["{0}(2, j) = p", "{0}(i, end) = y(i)", "{0}(1, 1) = 2", "{0}(end-1, 2) = p * 3"]))
                .format(name)
            )  # fmt: skip
    for number in range(draw(st.integers(0, 2))):
        whole = draw(st.sampled_from(["sum(a(i, j) for i, j)", "b(end, end)", "max(max(b(i, k) for k) for i)", "c(1)"]))
        lines.append(f"v{number} = {whole}")
    return "\n".join(lines)


@st.composite
def _boundary_lines(draw: st.DrawFn, name: str, delays: list[tuple[int, int]]) -> list[str]:
    """Return boundaries on some edges of two axes, as deep as they are read, and the corners between them."""
    places: list[list[str]] = []
    for along in range(2):
        lower = max(0, *(delay[along] for delay in delays))
        upper = max(0, *(-delay[along] for delay in delays))
        found = [str(-depth) for depth in range(lower)] if draw(st.booleans()) else []
        found += [f"end+{depth + 1}" for depth in range(upper)] if draw(st.booleans()) else []
        places.append(found)
    lines = [f"{name}({place}, j) = {draw(st.sampled_from(['0', 'j / 2', 'z(j)', 'p']))}" for place in places[0]]
    lines += [f"{name}(i, {place}) = {draw(st.sampled_from(['1', 'i / 2', 'y(i)']))}" for place in places[1]]
    lines += [f"{name}({one}, {other}) = 0.5" for one in places[0] for other in places[1]]
    return lines


def _shifted(axis: str, by: int) -> str:
    return f"{axis}{by:+d}" if by else axis


# Values of every shape --------------------------------------------------------------------------------

#: What the names of a circuit on one axis are.
_SHAPES: Mapping[str, Shape] = {
    "x": VECTOR, "u": VECTOR, "s": SCALAR, "z": OTHER, "P": MATRIX,
    "p": VECTOR, "q": VECTOR, "r": SCALAR, "W": MATRIX, "V": MATRIX, "U": OBLONG,
    "h": VECTOR, "a": SCALAR, "S": MATRIX, "L": OTHER, "b0": VECTOR, "c0": SCALAR, "theta": SCALAR,
}  # fmt: skip
_INDEXED = frozenset("xuszPhaS")
_PARAMETERS = (("r", "r"), ("p", "p"), ("q", "q"), ("W", "W"), ("V", "V"), ("W", "W.T"), ("U", "U"))
_STEPS = ("2", "0.25", "t / 8", "(t > 1)", "(t == end(t))")
#: Equations that keep a signal bounded.
_BOUNDED = st.sampled_from(["tanh({1})", "0.5 * {0}(t-1) + tanh({1})", "0.3 * {0}(t-2) + sin({1})"])


def _by_shape(reads: Sequence[tuple[str, str]]) -> dict[Shape, list[str]]:
    """Return what is read, each with its name, by the shape of that; some numbers always."""
    found: dict[Shape, list[str]] = {SCALAR: []}
    for name, text in reads:
        found.setdefault(_SHAPES[name], []).append(text)
    return found


def _declared(lines: Sequence[str], names: Sequence[str] = tuple(_SHAPES), size: str = "m") -> str:
    """Return the text of these lines below the declarations of those of some names that they mention."""
    text = "\n".join(lines)
    declared = []
    for name in names:
        if re.search(rf"\b{name}\b", text):
            shape = _SHAPES[name]
            written = shape[0] if len(shape) == 1 else f"({', '.join(shape)})"
            declared.append(f"{name}{'(t)' if name in _INDEXED else ''} : {written}")
    for own, witness in (("m", "q"), ("n", "L")):
        # A size is one of some name.
        if re.search(rf"\b{own}\b", text) and not any(re.search(rf"\b{own}\b", line) for line in declared):
            declared.append(f"{witness} : {own}")
    return re.sub(r"\bm\b", size, "\n".join([*declared, text]))


@st.composite
def arrays_of_values(draw: st.DrawFn) -> str:
    """Return the text of a circuit on one axis whose signals and inputs are numbers, vectors and matrices.

    Every operator may stand anywhere: slices, entries, concat, stack, outer, solve, reductions beside one another and
    in one another, conditions on the step.
    """
    size = draw(st.sampled_from(["m", "m", "3"]))
    forms = FORMS if size == "m" else {shape: (*rows, *LITERAL.get(shape, ())) for shape, rows in FORMS.items()}
    names = draw(st.lists(st.sampled_from(["h", "a", "S"]), min_size=1, max_size=2, unique=True))
    inputs = [(name, f"{name}({at})") for at in ("t", "t-1", "t+1", "end") for name in "xszP"]
    run = _by_shape([(name, f"{name}({INDEX}{by})") for by in ("", "-1") for name in "xszP"])
    lines = []
    for position, name in enumerate(names):
        earlier = [(other, f"{other}(t)") for other in names[:position]]
        delayed = [(other, f"{other}(t-{delay})") for delay in (1, 2) for other in names]
        leaves = _by_shape([*delayed, *earlier, *inputs, *_PARAMETERS])
        leaves[SCALAR] += _STEPS
        scope = Scope(leaves, (run,), forms=forms, counted=(INDEX, f"({INDEX} == t)", f"{INDEX} / 4"))
        right = draw(right_sides(scope, _SHAPES[name], draw(st.integers(1, 2))))
        lines.append(f"{name}(t) = {draw(_BOUNDED).format(name, right)}")
    for name in names:
        deepest = max(map(int, re.findall(rf"\b{name}\(t-(\d)\)", "\n".join(lines))), default=0)
        lines += draw(_before(name, deepest, forms))
    return _declared([*lines, *draw(_outputs(names, forms))], size=size)


@st.composite
def _before(draw: st.DrawFn, name: str, deepest: int, forms: Table) -> list[str]:
    """Return what a signal is before its first step and at a place inside, or nothing: then the caller gives it."""
    kind = draw(st.sampled_from(["free", "written", "pinned", "both"]))
    places = [str(-place) for place in range(deepest)] if kind in ("written", "both") else []
    places += [draw(st.sampled_from(["1", "2", "end", "end-1"]))] if kind in ("pinned", "both") else []
    leaves = _by_shape([("x", "x(1)"), ("s", "s(end)"), ("P", "P(1)"), *_PARAMETERS])
    leaves[SCALAR] += ["0", "1.5"]
    scope = Scope(leaves, forms=forms)
    shapes = st.sampled_from([SCALAR, _SHAPES[name]])
    return [f"{name}({place}) = {draw(right_sides(scope, draw(shapes), 1))}" for place in places]


@st.composite
def _outputs(draw: st.DrawFn, names: Sequence[str], forms: Table) -> list[str]:
    """Return values without an index, the later of which may read the earlier."""
    leaves = _by_shape([*((name, f"{name}({at})") for name in names for at in ("end", "1")), *_PARAMETERS])
    leaves[SCALAR] += ["2", "end(t)"]
    run = _by_shape([(name, f"{name}({INDEX}{by})") for by in ("", "-1", "+1") for name in (*names, "x", "s")])
    lines = []
    if draw(st.booleans()):
        # A number fills a vector whose size another array tells, or none does.
        lines.append(f"L = {draw(st.sampled_from(['2', 'r', 'z(end)']))}")
        leaves[OTHER] = ["L"]
        product = st.sampled_from(["outer(L, L)", "outer(L, stack(r, r))", f"outer({leaves[VECTOR][0]}, 2 * L)"])
        lines += draw(st.one_of(st.just([]), product.map(lambda right: [f"Q = {right}"])))
    for number in range(draw(st.integers(0, 2))):
        shape = draw(st.sampled_from([SCALAR, _SHAPES[names[0]], *([OBLONG] if OTHER in leaves else [])]))
        scope = Scope(leaves, (run,), forms=forms, counted=(INDEX, f"({INDEX} > 1)"), indices=("k", "t"))
        lines.append(f"v{number} = {draw(right_sides(scope, shape, 2))}")
        leaves[shape] = [f"v{number}", *leaves.get(shape, [])]
    return lines


@st.composite
def opaque(draw: st.DrawFn) -> str:
    """Return the text of a circuit on one axis with opaque functions inside every operator.

    All shapes are declared; or only functions touch h, x and theta, so that nothing tells theirs.
    """
    if draw(st.booleans()):
        return draw(_opaque_and_declared())
    given = ["x(t)", "x(t); theta", "x(t-1), x(t)"]
    run = {VECTOR: [form.format(f"f({one})") for form in _CLOSED for one in (f"x({INDEX})", f"x({INDEX}), x({INDEX})")]}

    def right(read: Sequence[str], depth: int) -> str:
        calls = [form.format(f"f({one})", "f(x(t))") for form in _BESIDE for one in read]
        leaves = {VECTOR: calls, SCALAR: ["r", "t / 8", "2"], MATRIX: ["W"]}
        return draw(right_sides(Scope(leaves, (run,)), VECTOR, depth))

    own = right(["h(t-1)", "h(t-1), x(t)", "h(t-1), x(t); theta", "h(t-2), h(t-1)", *given], draw(st.integers(0, 2)))
    own = filled(draw(st.sampled_from(["?", "0.3 * W @ ?", "solve(eye(m) + 0.1 * tanh(W), ?)", "W.T @ ? + r"])), [own])
    lines = [f"h(t) = tanh({own})" if "h(t" in own else f"h(t) = {own}"]
    if "h(t" in own:
        lines += draw(_started("h", ["b0"], 2 if "h(t-2" in own else 1))
    if draw(st.booleans()):
        lines.append(f"o(t) = {right(['h(t)', 'h(t), x(t)', *given], draw(st.integers(1, 2)))}")
    return _declared(lines, ["W", "r"])


#: Operators that do not tell the shape of what they are of.
_CLOSED = ("{0}", "tanh({0})", "relu({0})")
_BESIDE = (*_CLOSED, "2 * {0}", "max({0}, {1})", "({0} if t > 1 else {1})", "abs({0}) - {1}")


@st.composite
def _opaque_and_declared(draw: st.DrawFn) -> str:
    names = draw(st.lists(st.sampled_from(["h", "a"]), min_size=1, max_size=2, unique=True))
    reads = [*((name, f"{name}(t-1)") for name in names), ("x", "x(t)"), ("s", "s(t)"), ("x", "x(t-1)")]
    calls = [("x", "f(x(t))"), ("x", "f(x(t-1), x(t); theta)")]
    calls += [("h", "f(h(t-1), x(t); theta)")] if "h" in names else []
    leaves = _by_shape([*calls, *reads, *_PARAMETERS])
    leaves[SCALAR] = [*leaves[SCALAR], "t / 8", "(t > 1)"]
    run = {VECTOR: [f"f(x({INDEX}))", f"x({INDEX})"], SCALAR: [f"s({INDEX})"]}
    scope = Scope(leaves, (run,), calls=CALLS)
    lines = []
    for name in names:
        right = draw(right_sides(scope, _SHAPES[name], draw(st.integers(1, 2))))
        lines.append(f"{name}(t) = {draw(_BOUNDED).format(name, right)}")
        given = {"h": ["b0", "f(p)", "f(q; theta)"], "a": ["c0", "e(r)", "g(p; theta)"]}[name]
        lines += draw(_started(name, given, 2 if f"{name}(t-2" in lines[-1] else 1))
    told = [name for name in _SHAPES if name not in ("b0", "c0", "theta") or draw(st.booleans())]
    return _declared(lines, told)


@st.composite
def _started(draw: st.DrawFn, name: str, given: Sequence[str], depth: int) -> list[str]:
    """Return lines that say what a signal is before its first step, or at it, or none."""
    places = draw(st.sampled_from([[], ["1"], [str(-place) for place in range(depth)]]))
    return [f"{name}({place}) = {draw(st.sampled_from(given))}" for place in places]


@st.composite
def masks(draw: st.DrawFn) -> str:
    """Return the text of a circuit on two axes, mostly of different lengths, with bound indices as numbers.

    Each step of i reads all places of c in the step before; masks and weights tell which of them matter. Other
    reductions run over either axis, beside these or inside them, often by the same name.
    """
    is_vector = draw(st.booleans())
    shape = VECTOR if is_vector else SCALAR
    before = [f"b(i-1, {INDEX})", f"(b(i-1, {INDEX}) + x({INDEX}))", f"(b(i-1, {INDEX}) - 0.1 * ({INDEX} - c)**2)"]
    counted = (f"({INDEX} == c)", f"({INDEX} < c)", INDEX, f"({INDEX} == i)", f"abs({INDEX} - c)", f"({INDEX} > 1)")
    over_c = {shape: [f"x({INDEX})", *before]}
    over_c[SCALAR] = [*over_c.get(SCALAR, []), f"w({INDEX})"]
    runs = (over_c, {shape: [f"y({INDEX})", f"y({INDEX}-1)"]})
    leaves = {shape: ["b(i-1, c)", "x(c)", "y(i)", "b(i-1, 1)", "b(i-1, c-1)", "p"]}
    leaves[SCALAR] = [*leaves.get(SCALAR, []), "w(c)", "c / 4", "i / 4", "end(c) / 8", "(c == end(c))", "(i > 1)"]
    scope = Scope(leaves, runs, counted=counted, indices=("d", "d", "k"))
    masked = f"{draw(st.sampled_from(before))} * {draw(st.sampled_from(counted[:3]))}".replace(INDEX, "d")
    masked = f"{draw(st.sampled_from(['sum', 'max', 'min', 'sum', 'mean']))}({masked} for d)"
    rest = draw(right_sides(scope, shape, draw(st.integers(0, 2))))
    form = draw(st.sampled_from(["{0}", "0.3 * {0} + tanh({1})", "tanh({1}) + sin({0})"]))
    lines = [f"b(i, c) = {form.format(masked, rest)}"]
    lines += draw(
        st.sampled_from([["b(0, c) = x(c)"], ["b(0, c) = w(c) * p"], ["b(1, c) = x(c)"], ["b(0, c) = c"], []])
    )
    if draw(st.booleans()):
        over_c = {shape: [f"b(i, {INDEX})", f"x({INDEX})", f"b(i, {INDEX}-1)"]}
        leaves = {shape: ["y(i)", "p", "b(i, end)"], SCALAR: ["i / 4", "2", "end(i) / 8"]}
        inner = Scope(leaves, (over_c, runs[1]), counted=(f"({INDEX} == i)", INDEX), indices=("d", "k", "c"))
        lines.append(f"a(i) = {draw(right_sides(inner, shape, 2))}")
    if draw(st.booleans()):
        both = ({shape: [f"x({INDEX})"], SCALAR: [f"w({INDEX})"]}, {shape: [f"y({INDEX})"]})
        scope = Scope({shape: ["p", "b(end, end)"], SCALAR: ["2", "end(c)"]}, both, indices=("d", "k", "c", "i"))
        lines.append(f"v = {draw(right_sides(scope, shape, 2))}")
    if draw(st.booleans()):
        # Before the others, by an index that they use too.
        lines.insert(0, f"o = {draw(st.sampled_from(['sum(y(d) * d for d)', 'sum(x(d) * d for d)']))}")
    size = "m" if is_vector else "()"
    text = "\n".join(lines)
    inputs = [name for name in ("x(c)", "y(i)") if f"{name[0]}(" in text]
    declared = [f"{', '.join([*inputs, 'b(i, c)', *(['a(i)'] if 'a(i)' in text else [])])} : {size}"]
    declared += ["w(c) : ()"] if "w(" in text else []
    declared += [f"p : {size}"] if re.search(r"\bp\b", text) else []
    return "\n".join([*declared, text])


#: Names that begin alike, as in a network of twelve layers; and those that programs and results have uses for.
_ALIKE = {"a": "h_1", "b": "h_10", "c": "h_12"}
_IN_USE = {"a": "values", "b": "keys", "c": "items", "r": "lengths", "p": "steps", "q": "batch"}


@st.composite
def renamed(draw: st.DrawFn) -> str:
    """Return the text of a circuit on one axis with names that might be taken for something else."""
    names = draw(st.sampled_from([_ALIKE, _IN_USE]))
    return re.sub(rf"\b[{''.join(names)}]\b", lambda match: names[match[0]], draw(circuits()))


def argument(name: str) -> str:
    """Return what a program and `evaluate` call a parameter."""
    return f"{name}_" if name in ("lengths", "steps") else name


def on_parts() -> st.SearchStrategy[str]:
    """Return the texts of circuits on one axis, some of whose signals are given on a part of it, 0 elsewhere.

    What then is read off an edge may be too far from what is written there, which is refused: these are left out.
    """
    return _on_parts().filter(_is_accepted)


@st.composite
def _on_parts(draw: st.DrawFn) -> str:
    lines = draw(st.one_of(circuits(), circuits(vectors=True), two_way())).split("\n")
    for at, line in enumerate(lines):
        if "(t) = " in line and draw(st.booleans()):
            lines[at] += f" for t in {draw(st.sampled_from(PARTS))}"
    return "\n".join(lines)


def everything() -> st.SearchStrategy[str]:
    """Return the texts of circuits of every sort, all of which are accepted.

    Of a hundred that are made one at most is not: where nothing declares a matrix, `@` takes it for a vector.
    """
    made = st.one_of(
        circuits(), arrays_of_values(), opaque(), masks(), two_way(), lattices(), renamed(), on_parts(),
        networks(),
    )  # fmt: skip
    return made.filter(_is_accepted)


def _is_accepted(text: str) -> bool:
    try:
        Circuit(text)
    except CircuitError:
        return False
    return True


def like(ranks: Mapping[str, int | None], rank: int, by: int) -> Callable[..., Any]:
    """Return an opaque function of values of a rank that gives one of as many dimensions or, `by` -1, one fewer.

    It may have a batch, and so may what it shares by name, whose own ranks are those given.
    """

    def function(*values: Any, **shared: Any) -> Any:
        found = sum((np.asarray(value) * (0.5 + number) for number, value in enumerate(values)), np.array(0.25))
        for name, value in shared.items():
            own = ranks[name] or 0
            found = found + np.asarray(value)[(..., *[None] * (rank - own))]
        return np.tanh(found.sum(-1) if by else found)

    return function


#: Opaque functions: the rank of what each takes, and how many dimensions more what it gives has.
_FUNCTIONS = {"f": (1, 0), "g": (1, -1), "e": (0, 0), "F": (2, 0)}


def arrays(circuit: Circuit, steps: int | Mapping[str, int], seed: int, batch: tuple[int, ...] = ()) -> dict[str, Any]:
    """Return data for a circuit: each array has the batch dimensions or, by chance, only some of them.

    What only opaque functions get, as it is, has no batch.
    """
    random = np.random.default_rng(seed)
    model = circuit.model
    found: dict[str, Any] = {}

    def numbers(name: str, lead: Sequence[int] = (), has_batch: bool = True) -> Any:
        some = batch[random.integers(0, len(batch) + 1) :] if batch and has_batch else ()
        return random.normal(size=(*some, *lead, *shape_of(circuit, name))) * 0.7

    for name, axes in model.inputs.items():
        found[name] = numbers(name, [steps if isinstance(steps, int) else steps[axis] for axis in axes])
    for name in model.parameters:
        found[argument(name)] = numbers(name, has_batch=not _is_shared(circuit, name))
    for boundary in model.free:
        if random.random() < 0.7 or model.shapes[boundary.name] is None:
            found[boundary.argument] = numbers(boundary.name, [boundary.count] if boundary.count > 1 else [])
    ranks = {name: model.rank(name) for name in model.parameters}
    return {**found, **{name: like(ranks, *_FUNCTIONS[name]) for name in model.functions}}


def shape_of(circuit: Circuit, name: str) -> tuple[int, ...]:
    """Return the shape that data have for a name; where nothing tells it that of its name here."""
    sizes = {"m": SIZE, "n": SIZE + 1}
    shape = circuit.model.shapes[name]
    return tuple(
        size if isinstance(size, int) else sizes.get(size, SIZE) for size in (_SHAPES[name] if shape is None else shape)
    )


def _is_shared(circuit: Circuit, name: str) -> bool:
    """Say whether functions alone get a parameter, as it is."""
    return name == "theta" and circuit.model.shapes[name] is None


def lengths_of(circuit: Circuit, sizes: tuple[int, ...]) -> dict[str, int] | None:
    """Return a length for each axis, those that share one alike; None where a fixed read lies beyond them."""
    own = [axis for axis in circuit.axes if circuit.model.length_of[axis] == axis]
    shared = dict(zip(own, sizes, strict=False))
    lengths = {axis: shared[circuit.model.length_of[axis]] for axis in circuit.axes}
    try:
        return circuit.unfold(lengths).lengths
    except CircuitError as error:
        assert "has only" in error.message
        return None


def padded_and_cut(
    circuit: Circuit, data: Mapping[str, Any], alone: list[dict[str, int]]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return data for sequences of different lengths: all together, NaN beyond each one's end, and each by itself."""
    together = dict(data)
    cut: list[dict[str, Any]] = [{} for _ in alone]
    for name, value in data.items():
        axes = circuit.model.inputs.get(name, ())
        if (rank := rank_of(circuit, name)) is None:
            for one in cut:
                one[name] = value
            continue
        each = np.broadcast_to(value, (len(alone), *value.shape[value.ndim - rank :]))
        if axes:
            whole = np.full(each.shape, np.nan)
            for number, lengths in enumerate(alone):
                inside = (number, *(slice(0, lengths[axis]) for axis in axes))
                whole[inside] = each[inside]
            each = together[name] = whole
        for number, lengths in enumerate(alone):
            cut[number][name] = each[(number, *(slice(0, lengths[axis]) for axis in axes))]
    return together, cut


def rank_of(circuit: Circuit, name: str) -> int | None:
    """Return how many dimensions an argument has without a batch; None for what functions get as it is."""
    model, name = circuit.model, name.removesuffix("_")
    if name in model.functions or _is_shared(circuit, name):
        return None
    boundary = next((boundary for boundary in model.free if boundary.argument == name), None)
    owner = name if boundary is None else boundary.name
    places = boundary is not None and boundary.count > 1
    return len(model.inputs.get(name, ())) + places + len(shape_of(circuit, owner))


def element(circuit: Circuit, data: Mapping[str, Any], batch: tuple[int, ...], at: tuple[int, ...]) -> dict[str, Any]:
    """Return the data of one element of a batch."""
    found = dict(data)
    for name, value in data.items():
        if (rank := rank_of(circuit, name)) is not None:
            found[name] = np.broadcast_to(value, (*batch, *value.shape[value.ndim - rank :]))[at]
    return found
