"""The cut view drawn: one step, sources on one side, black squares as sinks on the other."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from unfoldgraph.drawing.geometry import Outline
from unfoldgraph.drawing.graphs.circuit import square_mark, square_number
from unfoldgraph.drawing.graphs.cut import SINK
from unfoldgraph.drawing.graphs.rolled import Cell, Connection, Instance, Link, Unfolded
from unfoldgraph.drawing.routing.candidates import Request
from unfoldgraph.drawing.routing.labelled_edges import (
    edge_text,
    mark_text,
    number_label,
    place,
    square_side,
)
from unfoldgraph.drawing.routing.router import Surroundings
from unfoldgraph.drawing.scene.scene import Edge, Node, Text, edge_id, node_id
from unfoldgraph.drawing.scene.style import Style
from unfoldgraph.drawing.text.typeset import centred
from unfoldgraph.drawing.views.canvas import label_of
from unfoldgraph.drawing.views.view import DrawnView

__all__ = ["cut_view"]

# How far a sink stands from the outline of its node, several from each other, and each from other nodes.
_AWAY, _APART, _CLEAR = 44.0, 24.0, 16.0
# By how much it stands farther where something else is in its place, and how often that is tried.
_FURTHER, _TRIES = 10.0, 40
# How much of the tip of an arrow a sink covers: it has no outline of its own to touch.
_COVERED = 0.5
# What ids have none of.
_NO_ID = re.compile(r"[^\w.+-]+")


def cut_view(cell: Cell, unfolded: Unfolded, shapes: Sequence[Outline], style: Style) -> DrawnView:
    """Return the cut view, given where each of its nodes has a place in the columns; sinks stand nearer."""
    outlines = _with_sinks(cell, unfolded, shapes)
    paths = [_path(instance) for instance in unfolded.instances]
    ids = [node_id("cut", path) for path in paths]
    requests = []
    for n, connection in enumerate(unfolded.connections):
        source, target = _ends(connection)
        start, end = outlines[source], outlines[target]
        # What leads to a sink is short and straight, so it chooses first.
        is_sink = unfolded.instances[target].role == SINK
        rank = (0 if is_sink else 1 + connection.link.delayed, -int(math.dist((start.x, start.y), (end.x, end.y))))
        mark = square_mark(cell, _entering(unfolded.instances[target]))[0] if is_sink else ()
        requests.append(Request(n, ids[source], ids[target], start, end, 0.0, rank, bool(connection.label), mark))
    placed = place(unfolded.connections, requests, Surroundings(outlines), style.margin)
    view = DrawnView(lost=placed.lost, unclear=placed.unclear, blocked=placed.blocked)
    for n, connection in enumerate(unfolded.connections):
        name, route, link = edge_id("cut", n), placed.routes[n], connection.link
        source, target = _ends(connection)
        ends = ids[source], ids[target]
        view.items.append(Edge(name, "cut", *ends, link.delay, route.path, connection.dashed, True))
        if n in placed.marks:
            view.items.append(mark_text(ids[target], cell, _entering(unfolded.instances[target]), placed.marks[n]))
        if n in placed.corners:
            view.items.append(edge_text(name, connection, placed.corners[n]))
    for instance, path, name, shape in zip(unfolded.instances, paths, ids, outlines, strict=True):
        size = shape.x, shape.y, shape.rx, shape.ry
        node = Node("cut", path, instance.name, instance.index, instance.role, *size, places=instance.places)
        if instance.role != SINK:
            view.items += [node, Text(name, instance.text, centred(label_of(cell, instance, style), shape.x, shape.y))]
            continue
        half = shape.rx + _COVERED
        view.items.append(replace(node, shape="rectangle", rx=half, ry=half))
        number = square_number(cell, _entering(instance))
        if number is not None:
            view.items.append(Text(name, str(number), centred(number_label(number), shape.x, shape.y), inverse=True))
    return view


def _ends(connection: Connection) -> tuple[int, int]:
    assert connection.source is not None and connection.target is not None
    return connection.source, connection.target


def _path(instance: Instance) -> tuple[str, ...]:
    """Return what tells a node of the cut view from the others."""
    index = ["all" if at == "\u2026" else _NO_ID.sub("_", str(at)) for at in instance.index]
    reach = [] if instance.reach is None else [_NO_ID.sub("_", word) for word, _ in instance.reach.places]
    return (instance.name, *(["sink"] if instance.role == SINK else []), *index, *reach)


def _entering(sink: Instance) -> Link:
    """Return a link with the delay of a sink, whose index that is."""
    return Link(sink.name, sink.name, tuple(int(by) for by in sink.index), reach=sink.reach)


def _with_sinks(cell: Cell, unfolded: Unfolded, shapes: Sequence[Outline]) -> list[Outline]:
    """Return the outlines of all nodes, sinks beside the nodes whose values enter them, where nothing else stands."""
    steps = {
        instance.name: shape
        for instance, shape in zip(unfolded.instances, shapes, strict=True)
        if instance.role not in (SINK, "boundary")
    }
    found = [shape for i, shape in zip(unfolded.instances, shapes, strict=True) if i.role != SINK]
    groups: dict[tuple[str, float], list[int]] = {}
    for n, (instance, shape) in enumerate(zip(unfolded.instances, shapes, strict=True)):
        if instance.role == SINK:
            own = steps[instance.name]
            groups.setdefault((instance.name, round(math.atan2(shape.y - own.y, shape.x - own.x), 3)), []).append(n)
    sinks: dict[int, Outline] = {}
    # Those that find a place nearest to their node choose first; those from behind another node go beyond.
    for further in range(_TRIES):
        for (name, angle), members in groups.items():
            if members[0] in sinks:
                continue
            own, ahead = steps[name], (math.cos(angle), math.sin(angle))
            far = own.reach(angle) + _AWAY + _FURTHER * further
            placed = []
            for order, n in enumerate(members):
                half = square_side(cell, _entering(unfolded.instances[n])) / 2 - _COVERED
                beside = (order - (len(members) - 1) / 2) * _APART
                x = own.x + far * ahead[0] - beside * ahead[1]
                placed.append(Outline(x, own.y + far * ahead[1] + beside * ahead[0], half, half, is_box=True))
            if further == _TRIES - 1 or all(_are_apart(one, other) for one in placed for other in found):
                found += placed
                sinks |= dict(zip(members, placed, strict=True))
    return [sinks.get(n, shape) for n, shape in enumerate(shapes)]


def _are_apart(one: Outline, other: Outline) -> bool:
    dx, dy = abs(one.x - other.x) - one.rx - other.rx, abs(one.y - other.y) - one.ry - other.ry
    return max(dx, dy) > _CLEAR
