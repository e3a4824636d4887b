"""One generator of circuits, which feeds every property test, and data for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st
from place_graph import At, Read, Statement, place_text, unwritten

from unfoldgraph import Circuit, CircuitError

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


@dataclass(frozen=True)
class Outline:
    """A circuit as what it reads: a text, and the statements that `place_graph` takes, had before it is accepted.

    Attributes
    ----------
    inputs : the axes of the inputs, all of which the text declares.
    lines : each statement with its right side.
    """

    inputs: Mapping[str, tuple[str, ...]]
    lines: tuple[tuple[Statement, str], ...]

    @property
    def statements(self) -> list[Statement]:
        """The statements, in the order written."""
        return [statement for statement, _ in self.lines]

    @property
    def text(self) -> str:
        """The text of the circuit."""
        declared = [f"{name}({', '.join(axes)}) : ()" for name, axes in self.inputs.items()]
        lines = [f"{place_text(one.name, one.index)} = {right}" for one, right in self.lines]
        return "\n".join([*declared, *lines])

    def __repr__(self) -> str:
        return f"Outline of\n{self.text}\n"


#: A term of a right side, and what it reads.
_Part = tuple[str, tuple[Read, ...]]
#: Where the axes of the names of an outline run, by how many axes the circuit has.
_OUTLINED = {
    1: {"a": ("t",), "b": ("t",), "c": ("t",), "v": ()},
    2: {"a": ("i", "j"), "b": ("i", "j"), "c": ("i",), "d": ("j",), "v": ()},
}
_OUTLINED_INPUTS = {1: {"x": ("t",)}, 2: {"x": ("i", "j"), "y": ("i",)}}
_NUMBERED = (At("", 1), At("end"), At("", 2), At("end", -1))
_BEYOND = (At("", 0), At("end", 1), At("", -1), At("end", 2))


@st.composite
def orders(draw: st.DrawFn, axes: int | None = None) -> Outline:
    """Return a circuit of reads in any order, many of them algebraic loops, on one axis or two.

    There are equations, fixed places, boundaries at one edge or both, pins beside them, reads back and ahead, of
    places by number and from the end, off the edges, along another axis, and reductions, some beside one another
    over one name. No text of them is refused for anything but its order.
    """
    count = draw(st.integers(1, 2)) if axes is None else axes
    inputs = _OUTLINED_INPUTS[count]
    all_names = _OUTLINED[count]
    names = {name: all_names[name] for name in all_names if name == "a" or draw(st.booleans())}
    # A direction of the whole circuit, which some reads do not keep, so that about half of them have an order.
    ways = {axis: draw(st.sampled_from([-1, -1, 1])) for axis in ("t", "i", "j")}
    lines: dict[tuple[str, tuple[At, ...]], tuple[Statement, str]] = {}

    def write(name: str, index: tuple[At, ...], parts: Sequence[_Part]) -> None:
        reads = tuple(dict.fromkeys(read for _, some in parts for read in some))
        lines.setdefault((name, index), (Statement(name, index, reads), " + ".join(text for text, _ in parts)))

    for position, (name, own) in enumerate(names.items()):
        parts = [draw(_read_by_way({name: own}, own, ways))] if own and draw(st.booleans()) else []
        earlier = {other: names[other] for other in list(names)[:position]}
        parts += draw(st.lists(_parts(names, earlier, inputs, own, ways), min_size=1, max_size=2))
        write(name, tuple(map(At, own)), parts)
    for name, own in [*names.items(), *inputs.items()]:
        if not own or (
            name in inputs and not any(read.name == name for one, _ in lines.values() for read in one.reads)
        ):
            continue
        for index, parts in draw(_special(name, own, names, inputs, name in inputs)):
            write(name, index, parts)
    while missing := unwritten([one for one, _ in lines.values()], inputs):
        for name, index in missing:
            write(name, index, [("0.5", ())])
    return Outline(inputs, tuple(lines.values()))


@st.composite
def _special(
    draw: st.DrawFn,
    name: str,
    own: tuple[str, ...],
    names: Mapping[str, tuple[str, ...]],
    inputs: Mapping[str, tuple[str, ...]],
    is_input: bool,
) -> list[tuple[tuple[At, ...], list[_Part]]]:
    """Return boundaries and pins of one name, with what each of them is; of an input only boundaries."""
    along = draw(st.integers(0, len(own) - 1))
    rest = tuple(map(At, own))
    kind = draw(st.sampled_from(["none", "none", "mirrored", "written", "pinned", "written and pinned"]))
    if is_input and kind != "none":
        kind = draw(st.sampled_from(["none", "mirrored", "written"]))

    def at(place: At) -> tuple[At, ...]:
        return (*rest[:along], place, *rest[along + 1 :])

    if kind == "mirrored":
        # The most usual edges: zero flux, or what leaves at one end comes in at the other.
        ends = draw(st.sampled_from([(At("", 1), At("end")), (At("end"), At("", 1)), (At("", 2), At("end", -1))]))
        pairs = list(zip((At("", 0), At("end", 1)), ends, strict=True))
        return [(at(edge), [_one_read(Read(name, at(inside)))]) for edge, inside in pairs]
    found = []
    for places, is_wanted in ((_BEYOND, "written" in kind), (_NUMBERED, "pinned" in kind)):
        for place in draw(st.lists(st.sampled_from(places), min_size=1, max_size=2, unique=True)) if is_wanted else ():
            index = at(place)
            if len(own) > 1 and draw(st.integers(0, 3)) == 0:
                other = draw(st.sampled_from(places))
                index = tuple(other if number != along else one for number, one in enumerate(index))
            kept = tuple(one.base for one in index if not one.is_number)
            part = draw(_parts(names, {}, inputs, kept, {}))
            found.append((index, [part]))
    return found


def _one_read(read: Read, factor: str = "") -> _Part:
    return f"{factor}{read}", (read,)


@st.composite
def _read_by_way(
    draw: st.DrawFn, names: Mapping[str, tuple[str, ...]], scope: tuple[str, ...], ways: Mapping[str, int]
) -> _Part:
    """Return a read that keeps the way of the circuit along all axes."""
    name = draw(st.sampled_from(list(names)))
    index = []
    for axis in names[name]:
        steps = draw(st.integers(0, 2))
        index.append(At(axis, steps * ways.get(axis, -1)) if axis in scope else draw(st.sampled_from(_NUMBERED)))
    if index and all(at == At(axis) for at, axis in zip(index, names[name], strict=True)):
        index[0] = At(index[0].base, ways.get(index[0].base, -1))
    return _one_read(Read(name, tuple(index)), "0.4*")


@st.composite
def _parts(
    draw: st.DrawFn,
    names: Mapping[str, tuple[str, ...]],
    earlier: Mapping[str, tuple[str, ...]],
    inputs: Mapping[str, tuple[str, ...]],
    scope: tuple[str, ...],
    ways: Mapping[str, int],
) -> _Part:
    """Return a term over the axes in scope: a number, a read of any sort, or a reduction."""
    kinds = ["number", "input", "input", "earlier", "way", "way", "fixed", "any", "reduced", "reduced apart"]
    kind = draw(
        st.sampled_from([kind for kind in kinds if (earlier or kind != "earlier") and (scope or kind != "way")])
    )
    if kind == "number":
        return draw(st.sampled_from(["1", "p"])), ()
    if kind == "way":
        return draw(_read_by_way(names, scope, ways))
    name = draw(st.sampled_from(list({"input": inputs, "earlier": earlier}.get(kind, names))))
    own = {**names, **inputs}[name]
    if kind in ("input", "earlier"):
        index = tuple(
            At(axis, draw(st.integers(-1, 1)) if kind == "input" else 0)
            if axis in scope
            else draw(st.sampled_from(_NUMBERED))
            for axis in own
        )
        return _one_read(Read(name, index), "0.4*")
    if kind in ("fixed", "any"):
        along = draw(st.integers(0, max(0, len(own) - 1)))
        index = tuple(
            draw(_any_place(axis, scope, kind == "fixed" and number == along)) for number, axis in enumerate(own)
        )
        return _one_read(Read(name, index), "0.4*")
    if not own:
        return _one_read(Read(name), "0.4*")
    bound = draw(st.sampled_from(["k", "k", own[-1]]))
    return draw(_reduction_of(names, name, scope, bound, is_pair=kind == "reduced apart"))


@st.composite
def _any_place(draw: st.DrawFn, axis: str, scope: tuple[str, ...], is_fixed: bool) -> At:
    """Return one place of a read: of its axis if that is in scope, now and then of another, or by number."""
    if is_fixed or not scope:
        return draw(st.sampled_from((*_NUMBERED, *_NUMBERED, *_BEYOND[:2])))
    base = axis if axis in scope and draw(st.integers(0, 7)) else draw(st.sampled_from(scope))
    return At(base, draw(st.integers(-2, 2)))


@st.composite
def _reduction_of(
    draw: st.DrawFn, names: Mapping[str, tuple[str, ...]], name: str, scope: tuple[str, ...], bound: str, is_pair: bool
) -> _Part:
    """Return a sum over one axis of a name, alone or times another name, with its places along the other axis."""

    def read(one: str, along: int) -> Read:
        index = []
        for number, axis in enumerate(names[one]):
            if number == along:
                index.append(At(bound, draw(st.sampled_from([0, 0, -1, 1]))))
            elif axis in scope and axis != bound:
                index.append(At(axis, draw(st.integers(-1, 1))))
            else:
                index.append(draw(st.sampled_from(_NUMBERED)))
        return Read(one, tuple(index), (bound,))

    axis = draw(st.integers(0, len(names[name]) - 1))
    reads = [read(name, axis)]
    if is_pair:
        others = [(one, own.index(names[name][axis])) for one, own in names.items() if names[name][axis] in own]
        reads.append(read(*draw(st.sampled_from(others))))
    return f"0.1*sum({' * '.join(map(str, reads))} for {bound})", tuple(reads)


def _shifted(axis: str, by: int) -> str:
    return f"{axis}{by:+d}" if by else axis


def arrays(circuit: Circuit, steps: int | Mapping[str, int], seed: int, batch: tuple[int, ...] = ()) -> dict[str, Any]:
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
        found[name] = numbers((*(steps if isinstance(steps, int) else steps[axis] for axis in axes), *shape))
    for name in model.parameters:
        found[name] = numbers(tuple(sizes.get(str(size), SIZE) for size in model.shapes[name] or ()))
    for boundary in model.free:
        shape = tuple(sizes.get(str(size), SIZE) for size in model.shapes[boundary.name] or ())
        if random.random() < 0.7:
            found[boundary.argument] = numbers((*((boundary.count,) if boundary.count > 1 else ()), *shape))
    return found


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
    model = circuit.model
    together = dict(data)
    cut: list[dict[str, Any]] = [{} for _ in alone]
    for name, value in data.items():
        owner = next((boundary.name for boundary in model.free if boundary.argument == name), name)
        axes = model.inputs.get(name, ())
        places = next((boundary.count > 1 for boundary in model.free if boundary.argument == name), False)
        rank = len(axes) + places + len(model.shapes[owner] or ())
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
