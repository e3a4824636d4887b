"""What `unfoldgraph info` tells: the parts of a circuit, its delays and loops, and its unfolding in numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from unfoldgraph.algebra.expression import Index
from unfoldgraph.algebra.notation import binding_text, index_text, read_text, shown, sum_text, text
from unfoldgraph.base.errors import CircuitError
from unfoldgraph.base.limits import LOOP_MOVES, LOOPS
from unfoldgraph.model.equations import moves_along

if TYPE_CHECKING:
    from unfoldgraph.algebra.shapes import Shape
    from unfoldgraph.causality.wavefronts import Component
    from unfoldgraph.circuit import Circuit
    from unfoldgraph.model.equations import Model, Read, Statement
    from unfoldgraph.unfolding.unfolding import Unfolding

#: How many of anything the text lists on a line of its own.
_LISTED = 12
#: How what has no axes is computed.
_SINGLE = "one value"


Delay = tuple[int | None, ...]
"""How far something looks back, one number per axis; None along an axis where that is not the same everywhere."""


class SignalCycle(NamedTuple):
    """A cycle of the circuit, from its first signal on, and its total delay."""

    names: tuple[str, ...]
    delay: Delay


def report(circuit: Circuit, lengths: Mapping[str, int] | None = None) -> dict[str, Any]:
    """Return all that is known of a circuit, in the members that `unfoldgraph info --json` promises."""
    model = circuit.model
    found, complete = loops(model)
    recurrent = model.recurrent()
    told: dict[str, Any] = {
        "version": 1,
        "name": model.name,
        "title": model.title,
        "axes": list(model.axes),
        "inputs": [
            {"name": name, "axes": list(axes), "shape": _shape(model, name)} for name, axes in model.inputs.items()
        ],
        "parameters": [{"name": name, "shape": _shape(model, name)} for name in model.parameters],
        "signals": [
            {"name": name, "axes": list(axes), "shape": _shape(model, name), "recurrent": name in recurrent}
            for name, axes in model.signals.items()
        ],
        "functions": list(model.functions),
        "groups": [{"title": group.title, "names": list(group.names)} for group in model.groups],
        "written": [
            {
                "name": one.name,
                "place": [at.offset if at.base == "" else index_text(at) for at in one.written_index],
                "text": f"{one.label} = {text(one.right)}",
            }
            for one in model.statements
            if not one.is_equation
        ],
        "boundaries": [
            {
                "name": boundary.name,
                "argument": boundary.argument,
                "places": [[list(side) for side in box] for box in boundary.boxes],
                "count": None if boundary.firsts else boundary.count,
                **({"first": [*map(sum_text, boundary.firsts)]} if boundary.firsts else {}),
                "text": f"{boundary.written}, given as {shown(boundary.argument)}, 0 unless given",
            }
            for boundary in model.free
        ],
        "delays": _delays(model),
        "places": _places(model),
        "loops": [{"names": list(loop.names), "delay": list(loop.delay)} for loop in found],
        "loops_complete": complete,
        "order": in_words(model),
    }
    if lengths is not None:
        unfolding = circuit.unfold(lengths)
        told["unfolded"] = {
            "lengths": dict(unfolding.lengths),
            "nodes": unfolding.nodes.size,
            "edges": unfolding.edges.size,
            **_depth(unfolding),
            "uses": {name: unfolding.uses(name) for name in model.parameters},
        }
    return told


def _depth(unfolding: Unfolding) -> dict[str, Any]:
    """Return the depth; where it is not told, None and why."""
    try:
        return {"depth": unfolding.depth}
    except CircuitError as error:
        return {"depth": None, "no_depth": error.message}


def _shape(model: Model, name: str) -> list[int | str] | None:
    shape: Shape | None = model.shapes.get(name)
    return None if shape is None else list(shape)


def _delays(model: Model) -> list[dict[str, Any]]:
    """Return every read that moves along an axis, each once."""
    found: dict[tuple[str, str, tuple[int, ...]], dict[str, Any]] = {}
    for statement in model.statements:
        for read in statement.reads:
            delay = model.delay(statement, read)
            if any(delay):
                found.setdefault(
                    (read.name, statement.name, delay),
                    {
                        "source": read.name,
                        "target": statement.name,
                        "delay": list(delay),
                        "text": f"{statement.label} reads {read.written}",
                    },
                )
    return list(found.values())


def _places(model: Model) -> list[dict[str, Any]]:
    """Return every read over a range, or of a place that lengths, sizes or values tell, each once."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for statement in model.statements:
        for read in statement.reads:
            if read.kind in ("range", "place"):
                ranges = ", ".join(binding_text(one) for one in read.within if one.ends)
                text = f"{statement.label} reads {read.written}{f' for {ranges}' if ranges else ''}"
                one = {"source": read.name, "target": statement.name, "read": read.kind, "text": text}
                found.setdefault((statement.label, text), one)
    return list(found.values())


def loops(model: Model) -> tuple[list[SignalCycle], bool]:
    """Return the cycles that pass no signal twice, and whether these are all of them.

    They come in the order in which the signals are written, short ones first.

    >>> from unfoldgraph.language.text import read
    >>> loops(read("a(t) = b(t) + a(t-2); b(t) = a(t-1)"))
    ([SignalCycle(names=('a',), delay=(2,)), SignalCycle(names=('a', 'b'), delay=(1,))], True)
    """
    found: dict[SignalCycle, None] = {}
    moves = 0
    names = list(model.signals)
    for component in model.schedule:
        following = _reads_within(model, component)
        before: dict[str, dict[str, None]] = {name: {} for name in following}
        for source, targets in following.items():
            for target, _ in targets:
                before[target][source] = None
        done: set[str] = set()
        for start in names:
            if start not in following:
                continue
            allowed = _leading_to(start, before, done)
            done.add(start)
            waiting: list[tuple[tuple[str, ...], Delay]] = [((start,), (0,) * len(model.axes))]
            while waiting:
                path, total = waiting.pop()
                for target, delay in following[path[-1]]:
                    moves += 1
                    if moves > LOOP_MOVES or len(found) >= LOOPS:
                        return _ordered(found, names), False
                    moved = tuple(map(_added, total, delay))
                    if target == start:
                        found[SignalCycle(path, moved)] = None
                    elif target in allowed and target not in path:
                        waiting.append(((*path, target), moved))
    return _ordered(found, names), True


def _reads_within(model: Model, component: Component[int]) -> dict[str, dict[tuple[str, Delay], None]]:
    """Return which signals of a loop read which, and how far back; nothing of what is no loop.

    A pin takes the place of an equation somewhere inside, which closes no loop of its own. Nor does a boundary that
    reads a place inside its own wavefront, as `u(t, 0) = u(t, 1)` does: it comes back along another axis only.
    """
    if component.vector is None:
        return {}
    members = [model.statements[number] for number in component.members]
    found: dict[str, dict[tuple[str, Delay], None]] = {one.name: {} for one in members if not one.is_pin}
    for statement in members:
        for read in statement.reads:
            if read.name in found and not statement.is_pin:
                delay = _distance(model, statement, read)
                is_inside = not any(at.is_off_edge for at in read.index)
                moves = any(entry and step != 0 for entry, step in zip(component.vector, delay, strict=True))
                if moves or not (statement.is_boundary and is_inside):
                    found[read.name][statement.name, delay] = None
    return found


def _distance(model: Model, statement: Statement, read: Read) -> Delay:
    """Return how far a read looks back along each axis, as far as its places say so."""
    found: dict[str, int | None] = dict(zip(model.axes, model.delay(statement, read), strict=True))
    own = dict(zip(model.axes_of(statement.name), statement.index, strict=True))
    for at, axis in zip(read.index, model.axes_of(read.name), strict=True):
        if axis in own and not at.moves and not own[axis].moves and at.base == own[axis].base:
            # Both places are counted from one end: c(0, j) reads c(0, j-1).
            found[axis] = own[axis].offset - at.offset
        elif not moves_along(at, axis, statement):
            found[axis] = None
    return tuple(found.values())


def _added(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


def _ordered(found: Iterable[SignalCycle], names: list[str]) -> list[SignalCycle]:
    rank = {name: position for position, name in enumerate(names)}

    def in_order(loop: SignalCycle) -> tuple[int, int, list[int], list[tuple[bool, int]]]:
        delay = [(entry is None, entry or 0) for entry in loop.delay]
        return rank[loop.names[0]], len(loop.names), [rank[name] for name in loop.names], delay

    return sorted(found, key=in_order)


def _leading_to(goal: str, before: Mapping[str, Iterable[str]], without: set[str]) -> set[str]:
    """Return the names from which a path leads to one of them, without passing through some others."""
    reached, waiting = {goal}, [goal]
    while waiting:
        for name in before[waiting.pop()]:
            if name not in reached and name not in without:
                reached.add(name)
                waiting.append(name)
    return reached


# The order of computation -----------------------------------------------------------------------------


def in_words(model: Model) -> list[str]:
    """Return in which order the signals are computed, one loop or whole-array operation after the other.

    >>> from unfoldgraph.language.text import read
    >>> in_words(read("h(t) = h(t-1) + x(t); g(t) = g(t+1) * h(t); o(t) = h(t) + g(t); L = sum(o(t) for t)"))
    ['h: forward in t', 'g: backward in t', 'o: all t at once', 'L: one value']
    >>> in_words(read("h(i, j) = h(i-1, j) + h(i, j-1) + x(i, j)"))
    ['h: in wavefronts i + j']
    """
    told = _in_words(model, model.schedule, frozenset())
    return [f"{', '.join(names)}: {how}{' each' * (how == _SINGLE and len(names) > 1)}" for names, how in told]


def _in_words(model: Model, components: Iterable[Component[int]], moved: frozenset[str]) -> list[tuple[list[str], str]]:
    """Return names and how they are computed, inside loops that move along some axes already."""
    found: list[tuple[list[str], str]] = []
    for component in components:
        names = _computed(model, component)
        if not names:
            continue
        if component.vector is not None:
            how = _loop_in_words(model, component, component.vector, moved)
        else:
            own = model.statements[component.members[0]].axes
            left = [shown(axis) for axis in own if axis not in moved]
            how = f"all {' and '.join(left)} at once" if left else "" if own else _SINGLE
        if found and found[-1][1] == how and component.vector is None:
            found[-1][0].extend(names)
        else:
            found.append((names, how))
    return found


def _computed(model: Model, component: Component[int]) -> list[str]:
    """Return what a component is said to compute: its signals, or the boundaries that follow from each other."""
    members = [model.statements[number] for number in component.members]
    names = {one.name: shown(one.name) for one in members if one.is_equation}
    if component.recurrent:
        for one in members:
            names.setdefault(one.name, one.label)
    return list(names.values())


def _loop_in_words(model: Model, component: Component[int], vector: Sequence[int], moved: frozenset[str]) -> str:
    moving = [(entry, shown(axis)) for axis, entry in zip(model.axes, vector, strict=True) if entry]
    if len(moving) == 1:
        ((entry, axis),) = moving
        told = f"{'forward' if entry > 0 else 'backward'} in {axis}"
    else:
        # What is added comes first: j - i.
        terms: list[str] = []
        for entry, axis in sorted(moving, key=lambda term: term[0] < 0):
            if terms or entry < 0:
                terms.append("+" if entry > 0 else "-")
            terms += [axis] if abs(entry) == 1 else [str(abs(entry)), axis]
        told = f"in wavefronts {' '.join(terms)}"
    last = max(component.offsets)
    for lead in sorted(set(component.offsets) - {last}):
        ahead = [
            shown(model.statements[number].name)
            for number, offset in zip(component.members, component.offsets, strict=True)
            if offset == lead and model.statements[number].is_equation
        ]
        told += f", {' and '.join(ahead)} {last - lead} ahead" if ahead else ""
    inside = _in_words(
        model, component.parts, moved.union(a for a, entry in zip(model.axes, vector, strict=True) if entry)
    )
    telling = [(names, how) for names, how in inside if how]
    if len(inside) == 1 and telling and all(part.vector is None for part in component.parts):
        return f"{told}, {telling[0][1]}"
    listed = "; ".join(f"{', '.join(names)}: {how}" for names, how in telling)
    return f"{told} ({listed})" if listed else told


# As text ----------------------------------------------------------------------------------------------


def report_text(told: Mapping[str, Any]) -> str:
    """Return a report for people."""
    rows: list[tuple[str, list[str]]] = [
        ("axes", [", ".join(map(shown, told["axes"]))]),
        ("inputs", _quantities(told["inputs"])),
        ("parameters", _quantities(told["parameters"])),
        ("signals", _quantities(told["signals"])),
        ("functions", [", ".join(map(shown, told["functions"]))]),
        ("given", [one["text"] for one in told["written"]]),
        ("boundaries", [one["text"] for one in told["boundaries"]]),
        ("delays", [one["text"] for one in told["delays"]]),
        *([("places", [one["text"] for one in told["places"]])] if told["places"] else []),
        ("loops", [_loop(one) for one in told["loops"]]),
    ]
    if not told["loops_complete"]:
        rows.append(("", ["there are more loops than these"]))
    rows.append(("order", told["order"]))
    if told["groups"]:
        rows.append(("groups", [f"{one['title']}: {', '.join(map(shown, one['names']))}" for one in told["groups"]]))
    if unfolded := told.get("unfolded"):
        lengths = ", ".join(f"{shown(axis)} = {length}" for axis, length in unfolded["lengths"].items())
        sizes = f"{unfolded['nodes']} nodes, {unfolded['edges']} edges"
        if unfolded["depth"] is not None:
            sizes += f", depth {unfolded['depth']}"
        rows.append(("unfolded", [f"{lengths}: {sizes}" if lengths else sizes]))
        if unfolded["depth"] is None:
            rows.append(("", [unfolded["no_depth"]]))
        uses = _grouped((shown(name), str(count)) for name, count in unfolded["uses"].items())
        each = [f"{', '.join(names)}: {count}{' each' if len(names) > 1 else ''}" for count, names in uses]
        rows.append(("uses", each))
    lines = [told["name"] + (f": {told['title']}" if told["title"] else "")]
    for label, values in rows:
        shown_values = values[:_LISTED] if any(values) else ["none"]
        if len(values) > _LISTED:
            shown_values.append(f"and {len(values) - _LISTED} more")
        for position, value in enumerate(shown_values):
            lines.append(f"  {label if position == 0 else '':<11} {value}")
    return "\n".join(lines)


def _quantities(listed: Iterable[Mapping[str, Any]]) -> list[str]:
    grouped = _grouped((_place(one), _shape_text(one["shape"])) for one in listed)
    return [f"{', '.join(places)} : {shape}" for shape, places in grouped]


def _grouped(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """Return each value with the names that have it, in the order in which they come."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(value, []).append(name)
    return list(found.items())


def _place(one: Mapping[str, Any]) -> str:
    axes = one.get("axes") or []
    return read_text(one["name"], [Index(axis) for axis in axes]) if axes else shown(one["name"])


def _shape_text(shape: list[int | str] | None) -> str:
    if shape is None:
        return "?"
    sizes = [shown(str(size)) for size in shape]
    return sizes[0] if len(sizes) == 1 else f"({', '.join(sizes)})"


def _loop(one: Mapping[str, Any]) -> str:
    names = [shown(name) for name in one["names"]]
    entries = ["any" if entry is None else str(entry) for entry in one["delay"]]
    delay = entries[0] if len(entries) == 1 else f"({', '.join(entries)})"
    return f"{' -> '.join([*names, names[0]])}, delay {delay}"
