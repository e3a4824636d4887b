"""What the nodes of a picture rest on: along the edges that are drawn, and through steps that are left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from unfoldgraph.base.limits import LIT_NODES
from unfoldgraph.drawing.scene.scene import Edge
from unfoldgraph.unfolding.ancestry import Ancestry, is_so_far
from unfoldgraph.unfolding.graph import UnfoldedNode
from unfoldgraph.unfolding.unfolding import Unfolding

__all__ = ["UNKNOWN", "Dependencies", "reach_of"]


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What one node of a picture rests on.

    Attributes
    ----------
    ancestors : How many nodes its value depends on, drawn or not, parameters not counted; None where that is not
        known: in symbols, and where there are too many nodes to walk.
    through : The ids of drawn nodes that it depends on, and of the edges that lead from them, only by way of
        nodes that are left out, as far as none of the nodes in ``through`` or along its edges says so already.
    """

    ancestors: int | None = None
    through: tuple[str, ...] = ()


#: What is told of nodes that nothing is known of but the edges that are drawn.
UNKNOWN = Dependencies()


def reach_of(
    unfolding: Unfolding,
    drawn: Mapping[str, UnfoldedNode],
    edges: list[Edge],
    is_counted: Callable[[str], bool],
) -> Mapping[str, Dependencies]:
    """Return what each drawn node rests on.

    Parameters
    ----------
    unfolding : The whole of what the picture shows a part of.
    drawn : The nodes of the picture, by their ids.
    edges : Its edges.
    is_counted : Whether the nodes of a name count as ancestors.

    Where there are too many nodes to walk, nothing is known that the drawn edges do not say.
    """
    stubs = [edge for edge in edges if edge.source in drawn and not edge.target]
    if unfolding.nodes.size <= LIT_NODES:
        known = _walked(unfolding, drawn, stubs, is_counted)
    elif all(len(axes) < 2 for axes in unfolding.axes_of.values()):
        known = _traced(unfolding, drawn, stubs)
    else:
        return {}
    return _least(drawn, edges, known)


@dataclass(frozen=True, slots=True)
class _Below:
    """What one drawn node depends on.

    Attributes
    ----------
    ancestors : How many nodes that is, drawn or not; None where that is not known.
    nodes : The drawn ones, as the bits of an integer: unions of such sets cost next to nothing.
    ways : The edges into what is left out that lead to it.
    """

    ancestors: int | None
    nodes: int
    ways: tuple[str, ...]


def _walked(
    unfolding: Unfolding,
    drawn: Mapping[str, UnfoldedNode],
    stubs: Iterable[Edge],
    is_counted: Callable[[str], bool],
) -> dict[str, _Below]:
    """Return what drawn nodes depend on, from a walk over all that there is."""
    walked = _walk(unfolding, drawn.values())
    # The drawn ones come first.
    bit = {node: 1 << n for n, node in enumerate(dict.fromkeys((*drawn.values(), *walked)))}
    counted = sum(bit[node] for node in walked if is_counted(node[0]))
    shown = (1 << len(drawn)) - 1
    below: dict[UnfoldedNode, int] = {}
    readers: dict[UnfoldedNode, list[UnfoldedNode]] = {}
    for node, sources in walked.items():
        mask = 0
        for source in sources:
            mask |= below[source] | bit[source]
            readers.setdefault(source, []).append(node)
        below[node] = mask
    ends = {
        edge.id: sum(
            bit[reader]
            for reader in readers.get(drawn[edge.source], ())
            if reader[0] == edge.leads_to
            and not bit[reader] & shown
            and is_so_far(unfolding, drawn[edge.source], reader, edge.delay)
        )
        for edge in stubs
    }
    found = {}
    for name, node in drawn.items():
        mask = below[node]
        ways = tuple(edge for edge, into in ends.items() if mask & into)
        found[name] = _Below((mask & counted).bit_count(), mask & shown, ways)
    return found


def _traced(
    unfolding: Unfolding,
    drawn: Mapping[str, UnfoldedNode],
    stubs: Sequence[Edge],
) -> dict[str, _Below]:
    """Return the same without a walk over all steps; how many ancestors there are is then not known."""
    asked: dict[str, list[int]] = {axis: [] for axis in unfolding.lengths}
    for name, place in drawn.values():
        for axis, at in zip(unfolding.axes_of[name], place, strict=True):
            asked[axis].append(at)
    shown = set(drawn.values())
    found = {}
    for name, node in drawn.items():
        ancestry = Ancestry(unfolding, node, asked)
        mask = sum(1 << n for n, other in enumerate(drawn.values()) if ancestry.has(other))
        ways = tuple(
            edge.id
            for edge in stubs
            if any(
                reader[0] == edge.leads_to
                and reader not in shown
                and is_so_far(unfolding, drawn[edge.source], reader, edge.delay)
                for reader in ancestry.readers(drawn[edge.source])
            )
        )
        found[name] = _Below(None, mask, ways)
    return found


def _least(
    drawn: Mapping[str, UnfoldedNode], edges: Iterable[Edge], known: Mapping[str, _Below]
) -> dict[str, Dependencies]:
    """Return what the drawn edges do not say of what is known."""
    names = list(drawn)
    bit = {name: 1 << n for n, name in enumerate(names)}
    into: dict[str, list[str]] = {}
    for edge in edges:
        if edge.source in drawn and edge.target in drawn:
            into.setdefault(edge.target, []).append(edge.source)
    said: dict[str, tuple[int, frozenset[str]]] = {}
    found: dict[str, Dependencies] = {}
    # What has fewer ancestors comes before what depends on it.
    for name in sorted(drawn, key=lambda one: known[one].nodes.bit_count()):
        nodes, ways = 0, frozenset[str]()

        def say(other: str) -> None:
            nonlocal nodes, ways
            nodes |= bit[other] | said[other][0]
            ways |= said[other][1]

        for source in into.get(name, ()):
            say(source)
        through: list[str] = []
        rest = known[name].nodes & ~nodes
        others = [other for other in names if rest & bit[other]] if rest else []
        # The nearest first: what they rest on need not be said again.
        for other in sorted(others, key=lambda one: -known[one].nodes.bit_count()):
            if not nodes & bit[other]:
                through.append(other)
                say(other)
        more = [edge for edge in known[name].ways if edge not in ways]
        said[name] = nodes, ways.union(more)
        found[name] = Dependencies(known[name].ancestors, (*through, *more))
    return found


def _walk(unfolding: Unfolding, targets: Iterable[UnfoldedNode]) -> dict[UnfoldedNode, list[UnfoldedNode]]:
    """Return some nodes and all that they depend on with what each reads, sources first."""
    found: dict[UnfoldedNode, list[UnfoldedNode]] = {}
    sources: dict[UnfoldedNode, list[UnfoldedNode]] = {}
    for target in targets:
        waiting = [target]
        while waiting:
            node = waiting[-1]
            if node in found:
                waiting.pop()
            elif node in sources:
                found[waiting.pop()] = sources[node]
            else:
                sources[node] = [source.node for source in unfolding.sources(node)]
                waiting.extend(source for source in sources[node] if source not in sources)
    return found
