"""From an unfolded graph back to the circuit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unfoldgraph.base.errors import CircuitError

if TYPE_CHECKING:
    import networkx


def fold(graph: networkx.DiGraph) -> networkx.MultiDiGraph:
    """Return the circuit graph of an unfolded graph, from that graph alone.

    Nodes of one name become one; the delay of an edge is the difference of the indices at its ends. The
    result equals the graph of the circuit once every statement has an interior instance: enough steps for
    the longest delay and the last pin.

    Parameters
    ----------
    graph : what `Unfolding.to_networkx` returns, or a graph of the same form: nodes `(name, index)` with
        `kind` and `axes`, edges with `read`, and the axes of the circuit in `graph.graph["axes"]`. Edges may
        have `moves`, pairs of a kind of read and the axes along which it moves with its target; else a read of
        kind "delay" moves along all axes that both nodes have, and no other does.

    Raises
    ------
    CircuitError : where a node or an edge lacks what is needed.

    Examples
    --------
    >>> from unfoldgraph import Circuit, fold
    >>> c = Circuit("h(t) = tanh(W @ h(t-1) + U @ x(t))")
    >>> list(fold(c.unfold(3).to_networkx()).edges(data="delay"))
    [('W', 'h', (0,)), ('U', 'h', (0,)), ('x', 'h', (0,)), ('h', 'h', (1,))]
    """
    import networkx

    axes = graph.graph.get("axes")
    if axes is None:
        raise CircuitError("this graph does not say its axes", help="give one that Unfolding.to_networkx made")
    folded = networkx.MultiDiGraph(axes=tuple(axes))
    for node, attributes in graph.nodes(data=True):
        try:
            folded.add_node(node[0], kind=attributes["kind"], axes=attributes["axes"])
        except (KeyError, TypeError, IndexError):
            raise CircuitError(f"the node {node!r} has no name, kind and axes") from None
    for source, target, read in graph.edges(data="read"):
        if read is None:
            raise CircuitError(f"the edge from {source!r} to {target!r} does not say how it is read")
        for kind, moves in _ways(graph, source, target, read):
            delay = dict.fromkeys(axes, 0)
            at = dict(zip(graph.nodes[target]["axes"], target[1], strict=True))
            for axis, place in zip(graph.nodes[source]["axes"], source[1], strict=True):
                if axis in moves:
                    delay[axis] = at[axis] - place
            delays = tuple(delay.values())
            folded.add_edge(source[0], target[0], key=(delays, kind), delay=delays, read=kind)
    return folded


def _ways(graph: networkx.DiGraph, source: Any, target: Any, read: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return the ways in which one node reads another: kinds, and the axes along which each moves."""
    moves = graph.edges[source, target].get("moves")
    kinds = read.split("+")
    if moves is None:
        both = [axis for axis in graph.nodes[source]["axes"] if axis in graph.nodes[target]["axes"]]
        return [(kind, tuple(both) if kind == "delay" else ()) for kind in kinds]
    return [*moves, *((kind, ()) for kind in kinds if kind == "parameter")]
