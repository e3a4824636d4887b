"""Which nodes are constants, and what that leaves of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from unfoldgraph.algebra.expression import Expr, postorder
from unfoldgraph.formula.instances import Instances, as_read, constant_of, may_mean, node_of
from unfoldgraph.formula.simplifying import has_constants
from unfoldgraph.unfolding.graph import UnfoldedNode


@dataclass(frozen=True, slots=True)
class FoldedNodes:
    """What folding the constants changes.

    Attributes
    ----------
    constants : the nodes whose value is a number.
    fewer : what a node still reads, where folding made it less.
    changed : the nodes whose right side is not just their statement's with other places.
    filling : the nodes of another shape than the scalar that gives their value.
    """

    constants: dict[UnfoldedNode, Expr]
    fewer: dict[UnfoldedNode, tuple[UnfoldedNode, ...]]
    changed: set[UnfoldedNode]
    filling: set[UnfoldedNode]


def fold_constants(instances: Instances, nodes: Sequence[UnfoldedNode]) -> FoldedNodes:
    """Return what folding the constants changes of some nodes, each of which comes after those that it reads."""
    found = FoldedNodes({}, {}, set(), set())
    constants = found.constants
    arrays: set[UnfoldedNode] = set()
    for node in nodes:
        form = instances.own_form(node)
        sources = tuple(instances.sources(node, form))
        own = form.statement.value
        changed = not form.plain_at(instances.indices(node, form)) or constant_of(own) or has_constants(own)
        if not changed and all(
            source not in constants and source not in arrays and source != node and instances.exists(source)
            for source in sources
        ):
            if form.fills:
                found.filling.add(node)
            continue
        found.changed.add(node)
        right = instances.right(node, form, constants)
        if constant_of(right.value):
            constants[node] = right.value
        elif has_constants(right.value):
            arrays.add(node)
            instances.folder.learn(as_read(node), right.value)
        elif right.fills:
            found.filling.add(node)
        reads = [node for node in postorder([right.value]) if node.operator == "read"]
        read = {node_of(leaf) for leaf in reads if not leaf.arguments}
        computed = [one for one in reads if one.arguments]
        kept = tuple(
            source
            for source in sources
            if source in read or source in constants or any(may_mean(one, source) for one in computed)
        )
        if len(kept) < len(sources):
            found.fewer[node] = kept
    return found


def still_read(
    instances: Instances, nodes: list[UnfoldedNode], folded: FoldedNodes, target: UnfoldedNode
) -> list[UnfoldedNode]:
    """Return those of some nodes that a target depends on once constants are folded; constants that it read too."""
    fewer = folded.fewer
    if not fewer:
        return nodes
    wanted = {target}
    for node in reversed(nodes):
        if node in wanted:
            wanted.update(fewer[node] if node in fewer else instances.sources(node, instances.own_form(node)))
    return [node for node in nodes if node in wanted]
