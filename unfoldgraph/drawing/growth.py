"""A picture as it grows, for slides: the circuit alone, then its unfolding step by step, all at the same places.

With one axis a frame adds one step of it, as a lecturer draws it; what is given before the first step or after the
last comes with that step. With several axes a frame adds what can be computed next, a wavefront. What is read and
computes nothing, such as an input, comes with the first that reads it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from unfoldgraph.drawing.geometry import Point
from unfoldgraph.drawing.scene import WAVEFRONT, BlockArrow, Edge, Frame, Item, Node, Scene, Text
from unfoldgraph.errors import CircuitError

__all__ = ["frames", "steps_of"]

# Nodes of these roles are there without being computed in a step.
_GIVEN = frozenset({"input", "parameter", "constant", "boundary", "ellipsis"})
# Nodes of these roles do not make a step of their own.
_OUTSIDE = frozenset({"boundary", "ellipsis"})


def frames(scene: Scene) -> tuple[Scene, ...]:
    """Return the frames of a picture, of one size; the first is the circuit, where the picture has it.

    Raises `CircuitError` where nothing is unfolded.
    """
    steps = steps_of(scene)
    if not steps:
        raise CircuitError("there are no steps that the picture could grow by", help="draw the unfolded view of some")
    last = max(steps.values())
    beginning = _beginnings(scene, steps, _edges(scene), last)
    has_circuit = any(isinstance(item, Node) and item.view in ("circuit", "cut") for item in scene.items)
    found = []
    for n in range(0 if has_circuit else 1, last + 1):
        items = tuple(item for item, first in zip(scene.items, beginning, strict=True) if first <= n)
        told = f"Step {n} of {last}" if n else "The circuit alone"
        description = f"{told}, of this picture: {scene.description}"
        found.append(replace(scene, name=f"{scene.name}-{n}", description=description, items=items))
    return tuple(found)


def steps_of(scene: Scene) -> dict[str, int]:
    """Return by id the step, or where there are several axes the wavefront, in which a node is there."""
    nodes = {item.id: item for item in scene.items if isinstance(item, Node) and item.view == "unfolded"}
    edges = _edges(scene)
    several = any(len(item.delay) > 1 for item in edges) or any(len(node.index) > 1 for node in nodes.values())
    return _levels(nodes, edges, {} if several else _columns(nodes))


def _edges(scene: Scene) -> list[Edge]:
    return [item for item in scene.items if isinstance(item, Edge) and item.view == "unfolded"]


def _columns(nodes: Mapping[str, Node]) -> dict[str, int]:
    """Return the steps of the nodes along one axis, from the order of their columns."""
    columns: dict[tuple[tuple[int | str, ...], bool], list[Node]] = {}
    for node in nodes.values():
        if node.index:
            # The dots before and those after have one index.
            columns.setdefault((node.index, "before" in node.id.split(".")), []).append(node)
    computed = [key for key, column in columns.items() if any(node.role not in _OUTSIDE for node in column)]
    last = max((at for (at,), _ in computed if isinstance(at, int)), default=math.inf)
    # A place that is pinned, such as s(1), is a step like any other.
    inside = [key in computed or (isinstance(key[0][0], int) and 1 <= key[0][0] <= last) for key in columns]
    steps: dict[str, int] = {}
    before = 0
    for column, is_inside in zip(columns.values(), inside, strict=True):
        step = max(1, min(before + 1, sum(inside)))
        before += is_inside
        steps.update((node.id, step) for node in column)
    return steps


def _levels(nodes: Mapping[str, Node], edges: Sequence[Edge], known: Mapping[str, int]) -> dict[str, int]:
    """Return the step of every node: what is known, else one after the latest that it reads with a delay."""
    reads: dict[str, list[tuple[str, int]]] = {name: [] for name in nodes}
    for edge in edges:
        if edge.source and edge.target:
            weight = int(any(edge.delay) and nodes[edge.target].role not in _OUTSIDE)
            reads[edge.target].append((edge.source, weight))
        elif edge.target and edge.target not in known:
            reads[edge.target] += [(name, 1) for name in _hidden(nodes, nodes[edge.target], edge.delay)]
    levels = dict(known)
    for name in _ordered(reads):
        if name not in known:
            least = 0 if nodes[name].role in _GIVEN else 1
            levels[name] = max([least, *(levels.get(source, 0) + weight for source, weight in reads[name])])
    # What reads nothing comes with the first that reads it.
    readers: dict[str, list[str]] = {}
    for name, found in reads.items():
        for source, _ in found:
            readers.setdefault(source, []).append(name)
    last = max(levels.values(), default=1)
    for name, node in nodes.items():
        if name not in known and not reads[name] and node.role in _GIVEN:
            levels[name] = min((levels[reader] for reader in readers.get(name, ())), default=last)
    used = sorted({max(level, 1) for level in levels.values()})
    return {name: used.index(max(level, 1)) + 1 for name, level in levels.items()}


def _hidden(nodes: Mapping[str, Node], target: Node, delay: Sequence[int]) -> list[str]:
    """Return the nodes on this side of the gap from which an edge comes, of the name of its target."""
    found = []
    for node in nodes.values():
        if node.name == target.name and len(node.index) == len(target.index) == len(delay):
            moves = [
                (there - here, by)
                for here, there, by in zip(node.index, target.index, delay, strict=True)
                if isinstance(here, int) and isinstance(there, int)
            ]
            if len(moves) == len(delay) and all(move * by > 0 if by else not move for move, by in moves):
                found.append(node.id)
    return found


def _ordered(reads: Mapping[str, Sequence[tuple[str, int]]]) -> list[str]:
    """Return the nodes, each after what it reads; where dots close a cycle, as they stand."""
    waiting = {name: {source for source, _ in found} for name, found in reads.items()}
    readers: dict[str, list[str]] = {}
    for name, sources in waiting.items():
        for source in sources:
            readers.setdefault(source, []).append(name)
    ready = [name for name, sources in waiting.items() if not sources]
    order: list[str] = []
    done: set[str] = set()
    rest = iter(list(waiting))
    while len(order) < len(waiting):
        name = ready.pop() if ready else next(rest)
        if name in done:
            continue
        done.add(name)
        order.append(name)
        for reader in readers.get(name, ()):
            waiting[reader].discard(name)
            if not waiting[reader]:
                ready.append(reader)
    return order


def _beginnings(scene: Scene, steps: Mapping[str, int], edges: Sequence[Edge], last: int) -> list[int]:
    """Return for each item of the picture the frame in which it is seen first; 0 is that of the circuit."""
    of = dict(steps)
    into_gaps: list[tuple[Point, int]] = []
    for edge in edges:
        if edge.target:
            of[edge.id] = max(steps.get(edge.source, 1), steps[edge.target])
            if not edge.source:
                into_gaps.append((edge.path.segments[0][0], of[edge.id]))
        else:
            # What leads on into a gap is seen with what comes after it.
            of[edge.id] = min(steps[edge.source] + 1, last)
    nodes = [item for item in scene.items if isinstance(item, Node) and item.id in steps]
    for item in scene.items:
        if isinstance(item, Frame):
            inside = [node for node in nodes if abs(node.x - item.x) < item.rx and abs(node.y - item.y) < item.ry]
            of[item.id] = min((steps[node.id] for node in inside), default=0)

    def beginning(item: Item) -> int:
        if isinstance(item, Node | Edge | Frame):
            return of.get(item.id, 0)
        if isinstance(item, BlockArrow):
            return 1
        if isinstance(item, Text) and item.of == "gap":
            x0, y0, x1, y1 = item.label.box
            middle = (x0 + x1) / 2, (y0 + y1) / 2
            return min(into_gaps, key=lambda end: math.dist(end[0], middle), default=((0.0, 0.0), last))[1]
        return of.get(item.of.removeprefix(WAVEFRONT), int(item.of == "unfold"))

    return [beginning(item) for item in scene.items]
