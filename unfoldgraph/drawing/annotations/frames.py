"""In which order a picture grows: for slides and on a page, the circuit alone, then its unfolding step by step.

With one axis a step is one of it, as a lecturer draws it, from whichever end its recurrence begins; what is given off
that end comes with the first step, and off the other with the last. With several axes, and where recurrences begin at
both ends, what can be computed next is added, a wavefront. What is read and computes nothing, such as an input, comes
with the first that reads it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from unfoldgraph.base.errors import CircuitError
from unfoldgraph.drawing.geometry import Point
from unfoldgraph.drawing.graphs.rolled import reaches
from unfoldgraph.drawing.scene.scene import BlockArrow, Edge, Frame, Item, Node, Scene, Text

__all__ = ["Growth", "beginnings", "frames", "growth_of"]

# Nodes of these roles are there without being computed in a step.
_GIVEN = frozenset({"input", "parameter", "constant", "boundary", "ellipsis"})
# Nodes of these roles do not make a step of their own.
_OUTSIDE = frozenset({"boundary", "ellipsis"})


@dataclass(frozen=True, slots=True)
class Growth:
    """The order in which a picture grows.

    Attributes
    ----------
    step : By the id of a node, from 1 on: the step, or the wavefront, in which it is there.
    places : The place of each step along the only axis; none of wavefronts.
    """

    step: Mapping[str, int]
    places: tuple[int | str, ...] = ()

    @property
    def last(self) -> int:
        """The last step; 0 where nothing is unfolded."""
        return max(self.step.values(), default=0)


def frames(scene: Scene) -> dict[int, Scene]:
    """Return the frames of a picture by their numbers, of one size; the first is the circuit, 0, if it is drawn.

    Raises `CircuitError` where nothing is unfolded.
    """
    growth = growth_of(scene)
    last = growth.last
    if not last:
        raise CircuitError("there are no steps that the picture could grow by", help="draw the unfolded view of some")
    beginning = beginnings(scene, growth)
    has_circuit = any(isinstance(item, Node) and item.view in ("circuit", "cut") for item in scene.items)
    found: dict[int, Scene] = {}
    for n in range(0 if has_circuit else 1, last + 1):
        items = tuple(item for item, first in zip(scene.items, beginning, strict=True) if first <= n)
        told = f"Step {n} of {last}" if n else "The circuit alone"
        description = f"{told}, of this picture: {scene.description}"
        found[n] = replace(scene, name=f"{scene.name}-{n}", description=description, items=items)
    return found


def growth_of(scene: Scene) -> Growth:
    """Return in which order the unfolded nodes of a picture are there."""
    nodes = {item.id: item for item in scene.items if isinstance(item, Node) and item.view == "unfolded"}
    edges = _edges(scene)
    several = any(len(item.delay) > 1 for item in edges) or any(len(node.index) > 1 for node in nodes.values())
    directions = set() if several else _directions(nodes, edges)
    if several or len(directions) > 1:
        return Growth(_levels(nodes, edges, {}))
    columns, places = _columns(nodes, is_backward=directions == {-1})
    return Growth(_levels(nodes, edges, columns), places)


def _edges(scene: Scene) -> list[Edge]:
    return [item for item in scene.items if isinstance(item, Edge) and item.view == "unfolded"]


def _directions(nodes: Mapping[str, Node], edges: Sequence[Edge]) -> set[int]:
    """Return in which directions of the only axis something rests on itself: 1 for ahead, -1 for back."""
    after: dict[str, set[str]] = {}
    moves: set[tuple[str, str, int]] = set()
    for edge in edges:
        if edge.source and edge.target:
            # An operation belongs to the variable that it is an operation of.
            (source, *_), (target, *_) = nodes[edge.source].path, nodes[edge.target].path
            after.setdefault(source, set()).add(target)
            after.setdefault(target, set())
            if any(edge.delay):
                moves.add((source, target, 1 if sum(edge.delay) > 0 else -1))
    return {direction for source, target, direction in moves if reaches(after, target, source)}


def _columns(nodes: Mapping[str, Node], is_backward: bool) -> tuple[dict[str, int], tuple[int | str, ...]]:
    """Return the steps of the nodes along one axis, from the order of their columns, and the place of each step."""
    columns: dict[tuple[tuple[int | str, ...], str], list[Node]] = {}
    for node in nodes.values():
        if node.index:
            # The dots before and those after have one index.
            _, word, *_ = node.path
            columns.setdefault((node.index, word), []).append(node)
    computed = [key for key, column in columns.items() if any(node.role not in _OUTSIDE for node in column)]
    last = max((at for (at,), _ in computed if isinstance(at, int)), default=math.inf)
    ordered = list(columns.items())
    if is_backward:
        ordered.reverse()
    steps: dict[str, int] = {}
    places: list[int | str] = []
    # A place that is pinned, such as s(1), is a step like any other.
    inside = [key in computed or (isinstance(key[0][0], int) and 1 <= key[0][0] <= last) for key, _ in ordered]
    for (((place,), _), column), is_inside in zip(ordered, inside, strict=True):
        step = max(1, min(len(places) + 1, sum(inside)))
        if is_inside:
            places.append(place)
        steps.update((node.id, step) for node in column)
    return steps, tuple(places)


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


def beginnings(scene: Scene, growth: Growth) -> list[int]:
    """Return for each item of a picture the step in which it is seen first; 0 for what is there with the circuit."""
    steps, last = growth.step, growth.last
    of = dict(steps)
    into_gaps: list[tuple[Point, int]] = []
    for edge in _edges(scene):
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
        numbered = item.numbers if isinstance(item, Text) else ""
        return of.get(numbered or item.of, int(item.of == "unfold"))

    return [beginning(item) for item in scene.items]
