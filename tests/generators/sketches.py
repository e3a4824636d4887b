"""Circuits that are known as statements before they are accepted, so that they can be compared with `place_graph`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hypothesis import strategies as st
from oracles.place_graph import At, Read, Statement, place_text, unwritten


@dataclass(frozen=True)
class Sketch:
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
        return f"Sketch of\n{self.text}\n"


#: A term of a right side, and what it reads.
_Part = tuple[str, tuple[Read, ...]]
#: Where the axes of the names of a sketch run, by how many axes the circuit has.
_SKETCHED = {
    1: {"a": ("t",), "b": ("t",), "c": ("t",), "v": ()},
    2: {"a": ("i", "j"), "b": ("i", "j"), "c": ("i",), "d": ("j",), "v": ()},
}
_SKETCHED_INPUTS = {1: {"x": ("t",)}, 2: {"x": ("i", "j"), "y": ("i",)}}
_NUMBERED = (At("", 1), At("end"), At("", 2), At("end", -1))
_BEYOND = (At("", 0), At("end", 1), At("", -1), At("end", 2))


@st.composite
def orders(draw: st.DrawFn, axes: int | None = None) -> Sketch:
    """Return a circuit of reads in any order, many of them algebraic loops, on one axis or two.

    There are equations, fixed places, boundaries at one edge or both, pins beside them, reads back and ahead, of
    places by number and from the end, off the edges, along another axis, and reductions, some beside one another
    over one name. No text of them is refused for anything but its order.
    """
    count = draw(st.integers(1, 2)) if axes is None else axes
    inputs = _SKETCHED_INPUTS[count]
    all_names = _SKETCHED[count]
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
    return completed(inputs, list(lines.values()))


def completed(inputs: Mapping[str, tuple[str, ...]], lines: Sequence[tuple[Statement, str]]) -> Sketch:
    """Return the circuit of some lines, with the boundaries and corners that must be written beside them."""
    found = list(lines)
    while missing := unwritten([one for one, _ in found], inputs):
        found += [(Statement(name, index), "0.5") for name, index in missing]
    return Sketch(inputs, tuple(found))


#: What lies beyond an edge: the same value as inside, that of the other end, the one before, or a number.
_EDGES = {
    "mirrored": (At("", 1), At("end")),
    "around": (At("end"), At("", 1)),
    "reflected": (At("", 2), At("end", -1)),
    "number": (None, None),
}


@st.composite
def edges_written(draw: st.DrawFn) -> Sketch:
    """Return a circuit whose names are read off both edges of an axis, all of which are written, with pins beside them.

    On one axis a filter reads before and behind; on two an equation of heat steps forward over a line or a ring.
    """
    if draw(st.booleans()):
        inputs, own, along, axis = {"x": ("i",)}, ("i",), 0, "i"
        stencil, name = [Read("x", (At(axis, by),)) for by in (-1, 0, 1)], "y"
        bent = draw(st.sampled_from(["x", "b"]))
    else:
        inputs, own, along, axis = {"x": ("i",)}, ("t", "i"), 1, "i"
        stencil, name, bent = [Read("u", (At("t", -1), At(axis, by))) for by in (-1, 0, 1)], "u", "u"
    stencil = [read._replace(name=bent) for read in stencil] if len(own) == 1 else stencil
    index = tuple(map(At, own))
    right = draw(st.sampled_from(["{0} + {2}", "{1} + 0.1*({0} - 2*{1} + {2})", "0.5*{2} - 0.3*{0} + {1}"]))
    lines = [(Statement(name, index, tuple(stencil)), right.format(*stencil))]
    if bent == "b":
        source = Read("x", (At("i", -1),))
        lines.append((Statement("b", index, (source,)), f"0.5 * {source} + i / 4"))
    for edge, inside in zip((At("", 0), At("end", 1)), _EDGES[draw(st.sampled_from(list(_EDGES)))], strict=True):
        left = (*index[:along], edge)
        read = None if inside is None else Read(bent, (*index[:along], inside))
        factor = draw(st.sampled_from(["", "2 * ", "1 - "]))
        lines.append((Statement(bent, left, (read,) if read else ()), f"{factor}{read}" if read else "1.5"))
    if len(own) > 1:
        first = draw(st.sampled_from([None, (At("", 0), At("i")), (At("", 1), At("i"))]))
        if first is not None:
            lines.append((Statement("u", first, (Read("x", (At("i"),)),)), "x(i)"))
    for place in draw(st.lists(st.sampled_from(_NUMBERED), max_size=2, unique=True)) if bent != "x" else ():
        lines.append((Statement(bent, (*index[:along], place)), draw(st.sampled_from(["1", "r", "2 * r"]))))
    return completed(inputs, lines)


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
        return draw(st.sampled_from(["1.5", "p"])), ()
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
    text = f"0.1*sum({' * '.join(map(str, reads))} for {bound})"
    return text, tuple(read._replace(reduction=text) for read in reads)
