"""A circuit unfolded for given lengths: its graph, and what it can be asked and turned into."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from unfoldgraph.algebra.notation import shown
from unfoldgraph.base.errors import require_within
from unfoldgraph.base.limits import DRAWN_NODES
from unfoldgraph.model.calling_convention import Result
from unfoldgraph.unfolding.depth import longest_path
from unfoldgraph.unfolding.evaluation import evaluate, values
from unfoldgraph.unfolding.graph import UnfoldedGraph, UnfoldedNode
from unfoldgraph.unfolding.networkx_form import fold, to_networkx

if TYPE_CHECKING:
    import graphviz
    import networkx

#: How the nodes of each kind look to Graphviz.
_LOOKS = {
    "parameter": {"shape": "box"},
    "input": {"shape": "circle", "style": "filled"},
    "signal": {"shape": "circle"},
}


class Unfolding(UnfoldedGraph):
    """A circuit unfolded for given lengths of its axes.

    Parameters
    ----------
    model : the circuit.
    lengths : how many places each axis has, from 0; 10**12 is as cheap as 3.
    sizes : how large the sizes are by which ranges and places go; `evaluate` takes them from arrays.

    Raises
    ------
    CircuitError : for an axis that does not exist, a length that is missing or none, and one below what is read by
        its number.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> unfolding = Unfolding(read("h(t) = tanh(W @ h(t-1) + U @ x(t))"), {"t": 2})
    >>> unfolding
    <circuit unfolded for t=2: 7 nodes>
    >>> unfolding.depth
    2
    """

    @cached_property
    def depth(self) -> int:
        """The number of edges on a longest path.

        Along one axis it costs the same for any length, and on several wherever two bounds of it meet. A graph for
        which it would have to be walked must be small; else this raises `CircuitError` before the walk is begun.
        """
        return longest_path(self)

    def to_networkx(self) -> networkx.DiGraph:
        """Return the acyclic graph, with `name`, `index`, `kind` and `axes` on nodes, `read` and `moves` on edges.

        `moves` tells for each way in which the source is read the axes along which the read moves with its target.

        Raises
        ------
        CircuitError : where there are too many nodes or edges to be listed.

        Examples
        --------
        >>> from unfoldgraph.language.text import read
        >>> graph = Unfolding(read("s(t) = f(s(t-1); theta)"), {"t": 2}).to_networkx()
        >>> graph.nodes["s", (1,)]["kind"], graph.edges[("s", (1,)), ("s", (2,))]["read"]
        ('signal', 'delay')
        """
        return to_networkx(self)

    def _kind(self, name: str) -> str:
        kinds: Sequence[tuple[str, Any]] = (("parameter", self.model.parameters), ("input", self.model.inputs))
        return next((kind for kind, names in kinds if name in names), "signal")

    def to_graphviz(self) -> graphviz.Digraph:
        """Return the graph as an object of the package graphviz, parameters included, for those who have Graphviz.

        Raises `CircuitError` where there are too many nodes to be drawn.

        >>> from unfoldgraph.language.text import read
        >>> print(Unfolding(read("s(t) = f(s(t-1))"), {"t": 1}).to_graphviz().source.expandtabs(4), end="")
        digraph circuit {
            graph [rankdir=LR]
            n0 [label="s(0)" shape=circle]
            n1 [label="s(1)" shape=circle]
            n0 -> n1
        }
        """
        import graphviz

        require_within(self.nodes.size, DRAWN_NODES, "the picture would have {} nodes", "take fewer steps")
        graph = graphviz.Digraph(self.model.name, graph_attr={"rankdir": "LR"})
        names: dict[UnfoldedNode, str] = {}
        for name, place in self.nodes:
            names[name, place] = f"n{len(names)}"
            label = f"{shown(name)}({', '.join(map(str, place))})" if place else shown(name)
            graph.node(names[name, place], graphviz.escape(label), **_LOOKS[self._kind(name)])
        for source, target in self.joined():
            graph.edge(names[source.node], names[target])
        return graph

    def evaluate(self, /, *, lengths: Any = None, **arrays: Any) -> Result:
        """Return the value of every signal: a plain walk over the nodes, one sequence at a time.

        Arrays are as for a compiled circuit: a signal over `t` is `(*batch, steps, *shape)`, a parameter has
        its own shape, and all may have leading batch dimensions, which broadcast together. Opaque functions
        are passed under their own names. Names that are Python's words, or `steps`, `lengths`, `state` and `sizes`,
        end in `_`, as in a program. `lengths`, one number for each sequence of the batch, or a dictionary
        of such for several axes, ends each sequence at its own length; beyond it values are 0, and nothing
        there is read.

        Raises
        ------
        CircuitError : for missing, extra or misshapen arrays, and where there are too many nodes to walk.

        Examples
        --------
        >>> from unfoldgraph.language.text import read
        >>> unfolding = Unfolding(read("s(t) = s(t-1) + x(t); s(0) = 0"), {"t": 3})
        >>> unfolding.evaluate(x=[[1, 2, 3], [10, 20, 30]], lengths=[3, 2]).s.tolist()
        [[1.0, 3.0, 6.0], [10.0, 30.0, 0.0]]
        """
        return evaluate(self, arrays, lengths)

    def values(self, /, **arrays: Any) -> dict[UnfoldedNode, Any]:
        """Return the value of every node, those off the edges too; arrays are those of one sequence.

        >>> from unfoldgraph.language.text import read
        >>> found = Unfolding(read("s(t) = 2 * s(t-1); s(0) = 1"), {"t": 2}).values()
        >>> {node: float(value) for node, value in found.items()}
        {('s', (0,)): 1.0, ('s', (1,)): 2.0, ('s', (2,)): 4.0}
        """
        return values(self, arrays)

    def fold(self) -> networkx.MultiDiGraph:
        """Return the circuit graph again, from the unfolded graph alone.

        Examples
        --------
        >>> from unfoldgraph.language.text import read
        >>> sorted(Unfolding(read("s(t) = f(s(t-1); theta)"), {"t": 5}).fold().edges(data="delay"))
        [('s', 's', (1,)), ('theta', 's', (0,))]
        """
        return fold(self.to_networkx())

    def __repr__(self) -> str:
        told = {**self.lengths, **self.sizes}
        lengths = ", ".join(f"{shown(name)}={number}" for name, number in told.items())
        if self.missing_sizes:
            return f"<{self.model.name} unfolded for {lengths or 'no axis'}, without sizes>"
        return f"<{self.model.name} unfolded for {lengths or 'no axis'}: {self.nodes.size} nodes>"
