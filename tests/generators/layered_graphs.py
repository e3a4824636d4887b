"""Graphs without cycles for a layered layout: as a step of operations is, each argument of a node comes from one."""

from __future__ import annotations

from hypothesis import strategies as st

from unfoldgraph.drawing.layout.layering import Vertex, Wire

Graph = tuple[list[Vertex], list[Wire]]


@st.composite
def graphs(draw: st.DrawFn, most: int = 7, is_tree: bool = False) -> Graph:
    """Return nodes, and for each of their arguments an edge from a node before; in a tree each is read once."""
    vertices, wires = [Vertex(20.0, 20.0)], []
    unread = [0]
    for number in range(1, draw(st.integers(1, most))):
        sources = unread if is_tree else list(range(number))
        read = draw(st.lists(st.sampled_from(sources), max_size=3, unique=is_tree)) if sources else []
        width = draw(st.sampled_from((20.0, 30.5, 46.0)))
        is_ordered = not is_tree and draw(st.booleans())
        vertices.append(Vertex(width, 20.0, len(read), is_ordered, weight=draw(st.sampled_from((1, 3)))))
        wires += [Wire(source, number, port) for port, source in enumerate(read)]
        unread = [*(source for source in unread if source not in read), number]
    return vertices, wires
