"""What `unfoldgraph info` tells: the parts of a circuit, its delays and loops, and its unfolding in numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from unfoldgraph.expression import Index
from unfoldgraph.limits import LOOP_MOVES, LOOPS
from unfoldgraph.notation import read_text, shown, text

if TYPE_CHECKING:
    from unfoldgraph.circuit import Circuit
    from unfoldgraph.equations import Model
    from unfoldgraph.shapes import Shape

#: How many of anything the text lists on a line of its own.
_LISTED = 12


class Loop(NamedTuple):
    """A cycle of the circuit, from its first signal on, and its total delay, one number per axis."""

    names: tuple[str, ...]
    delay: tuple[int, ...]


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
        "written": [
            {
                "name": one.name,
                "place": list(one.place),
                "text": f"{read_text(one.name, one.index)} = {text(one.right)}",
            }
            for one in model.statements
            if one.place is not None
        ],
        "boundaries": [
            {
                "name": boundary.name,
                "argument": boundary.argument,
                "places": [[list(side) for side in box] for box in boundary.boxes],
                "count": boundary.count,
            }
            for boundary in model.free
        ],
        "delays": _delays(model),
        "loops": [{"names": list(loop.names), "delay": list(loop.delay)} for loop in found],
        "loops_complete": complete,
    }
    if lengths is not None:
        unfolding = circuit.unfold(lengths)
        told["unfolded"] = {
            "lengths": dict(unfolding.lengths),
            "nodes": unfolding.nodes.size,
            "edges": unfolding.edges.size,
            "depth": unfolding.depth,
            "uses": {name: unfolding.uses(name) for name in model.parameters},
        }
    return told


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
                target = read_text(statement.name, statement.index)
                found.setdefault(
                    (read.name, statement.name, delay),
                    {
                        "source": read.name,
                        "target": statement.name,
                        "delay": list(delay),
                        "text": f"{target} reads {read_text(read.name, read.index)}",
                    },
                )
    return list(found.values())


def loops(model: Model) -> tuple[list[Loop], bool]:
    """Return the cycles that pass no signal twice, and whether these are all of them.

    They come in the order in which the signals are written, short ones first.

    >>> from unfoldgraph.language.text import read
    >>> loops(read("a(t) = b(t) + a(t-2); b(t) = a(t-1)"))
    ([Loop(names=('a',), delay=(2,)), Loop(names=('a', 'b'), delay=(1,))], True)
    """
    component = {
        model.statements[number].name: position
        for position, one in enumerate(model.schedule)
        for number in one.members
        if one.recurrent and model.statements[number].place is None
    }
    following: dict[str, dict[tuple[str, tuple[int, ...]], None]] = {name: {} for name in component}
    before: dict[str, dict[str, None]] = {name: {} for name in component}
    for statement in model.equations.values():
        for read in statement.reads:
            if read.kind == "delay" and component.get(read.name, -1) == component.get(statement.name):
                following[read.name][statement.name, model.delay(statement, read)] = None
                before[statement.name][read.name] = None
    found: list[Loop] = []
    moves = 0
    names = list(model.signals)
    still = (0,) * len(model.axes)
    done: set[str] = set()
    for start in names:
        if start not in component:
            continue
        allowed = _leading_to(start, before, done)
        done.add(start)
        waiting: list[tuple[tuple[str, ...], tuple[int, ...]]] = [((start,), still)]
        while waiting:
            path, total = waiting.pop()
            for target, delay in following[path[-1]]:
                moves += 1
                if moves > LOOP_MOVES or len(found) >= LOOPS:
                    return _ordered(found, names), False
                moved = tuple(one + other for one, other in zip(total, delay, strict=True))
                if target == start:
                    found.append(Loop(path, moved))
                elif target in allowed and target not in path:
                    waiting.append(((*path, target), moved))
    return _ordered(found, names), True


def _ordered(found: Iterable[Loop], names: list[str]) -> list[Loop]:
    rank = {name: position for position, name in enumerate(names)}
    return sorted(
        found, key=lambda loop: (rank[loop.names[0]], len(loop.names), [rank[name] for name in loop.names], loop.delay)
    )


def _leading_to(goal: str, before: Mapping[str, Iterable[str]], without: set[str]) -> set[str]:
    """Return the names from which a path leads to one of them, without passing through some others."""
    reached, waiting = {goal}, [goal]
    while waiting:
        for name in before[waiting.pop()]:
            if name not in reached and name not in without:
                reached.add(name)
                waiting.append(name)
    return reached


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
        ("boundaries", [_boundary(one) for one in told["boundaries"]]),
        ("delays", [one["text"] for one in told["delays"]]),
        ("loops", [_loop(one) for one in told["loops"]]),
    ]
    if not told["loops_complete"]:
        rows.append(("", ["there are more loops than these"]))
    if unfolded := told.get("unfolded"):
        lengths = ", ".join(f"{shown(axis)} = {length}" for axis, length in unfolded["lengths"].items())
        sizes = f"{unfolded['nodes']} nodes, {unfolded['edges']} edges, depth {unfolded['depth']}"
        rows.append(("unfolded", [f"{lengths}: {sizes}" if lengths else sizes]))
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


def _boundary(one: Mapping[str, Any]) -> str:
    places = []
    for box in one["places"]:
        (first, last), *others = box
        ends = [first] if first == last or others else [first, last]
        places += [read_text(one["name"], [Index("", end), *(Index("", side[0]) for side in others)]) for end in ends]
    return f"{' to '.join(places)}, given as {shown(one['argument'])}, 0 unless given"


def _loop(one: Mapping[str, Any]) -> str:
    names = [shown(name) for name in one["names"]]
    delay = one["delay"][0] if len(one["delay"]) == 1 else tuple(one["delay"])
    return f"{' -> '.join([*names, names[0]])}, delay {delay}"
