"""What a node depends on, also where the graph is far too long to be walked.

Far from everything that a circuit names by a number or by the end, each step is joined to its neighbours as every
other is. What a walk over so many steps can reach then repeats with a period, so a long stretch may be shortened by
whole periods, and what depends on what stays the same: of a trillion steps a few dozen are walked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from math import gcd, lcm

from unfoldgraph.base.affine import length_name
from unfoldgraph.base.boxes import Place
from unfoldgraph.base.errors import CircuitError
from unfoldgraph.base.limits import TRACED_NODES, TRACED_READS
from unfoldgraph.model.equations import Model, Statement
from unfoldgraph.unfolding.graph import UnfoldedGraph, UnfoldedNode

__all__ = ["Ancestry", "is_so_far"]


class Ancestry:
    """The ancestors of one node: all that its value depends on.

    Parameters
    ----------
    unfolding : the circuit, unfolded.
    node : any of its nodes.
    asked : by axis, the places that will be asked about.

    Attributes
    ----------
    reads : the pairs of names, source and target, of all edges between the node and its ancestors.

    Raises
    ------
    CircuitError : where more than `limits.TRACED_NODES` nodes would have to be walked, or more than
        `limits.TRACED_READS` reads followed.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> unfolding = UnfoldedGraph(read("h(t) = tanh(W @ h(t-2) + U @ x(t))"), {"t": 10**12})
    >>> ancestry = Ancestry(unfolding, ("h", (10**12,)), {"t": [1, 2]})
    >>> ancestry.has(("x", (1,))), ancestry.has(("x", (2,)))
    (False, True)
    """

    def __init__(self, unfolding: UnfoldedGraph, node: UnfoldedNode, asked: Mapping[str, Iterable[int]]) -> None:
        self.unfolding = unfolding
        plain = unfolding.plain
        # What goes by ranges, or by values, need not repeat from step to step.
        self._cuts = {} if plain is None else _cuts(plain, node, asked)
        unfolding = plain or unfolding
        lengths = {axis: self._short(axis, length) for axis, length in unfolding.lengths.items()}
        self._walked = unfolding if lengths == unfolding.lengths else unfolding.unfolded(lengths)
        start = self._shortened(node)
        self._readers: dict[UnfoldedNode, list[UnfoldedNode]] = {}
        self.reads: set[tuple[str, str]] = set()
        waiting = [start]
        reads_of = {id(one): self._walked.most_reads(one) for one in self._walked.model.statements}
        followed = 0
        while waiting:
            target = waiting.pop()
            statement = self._walked.statement(target)
            followed += 0 if statement is None else reads_of[id(statement)]
            if followed > TRACED_READS:
                # A node that reads a whole axis, or two, reads more than all the rest: it is counted before.
                raise _too_many(f"{TRACED_READS} reads would be followed", node)
            for source in self._walked.sources(target):
                self.reads.add((source.node[0], target[0]))
                readers = self._readers.setdefault(source.node, [])
                if not readers:
                    waiting.append(source.node)
                    if len(self._readers) > TRACED_NODES:
                        raise _too_many(f"{TRACED_NODES} nodes would be walked", node)
                readers.append(target)

    def has(self, node: UnfoldedNode) -> bool:
        """Say whether the chosen node depends on another, at one of the places asked about."""
        return self._shortened(node) in self._readers

    def readers(self, node: UnfoldedNode) -> list[UnfoldedNode]:
        """Return which ancestors, or the chosen node itself, read a node at one of the places asked about.

        Those that were not asked about may stand at the place of another in a like position.
        """
        return [(name, self._long(name, place)) for name, place in self._readers.get(self._shortened(node), [])]

    def places(self, name: str) -> list[Place]:
        """Return the places of all ancestors of one name in order; of long stretches those near their ends."""
        return sorted(self._long(name, place) for found, place in self._readers if found == name)

    def is_next(self, name: str, place: Place, other: Place) -> bool:
        """Say whether no place of a name with one axis lies between two that `places` returned one after another."""
        axes = self.unfolding.model.axes_of(name)
        return len(axes) == 1 and self._short(axes[0], other[0]) - self._short(axes[0], place[0]) == 1

    def _short(self, axis: str, place: int) -> int:
        """Return where a place is on the shortened axis."""
        return place - sum(removed for after, removed in self._cuts.get(axis, ()) if place > after)

    def _shortened(self, node: UnfoldedNode) -> UnfoldedNode:
        name, place = node
        axes = self.unfolding.model.axes_of(name)
        return name, tuple(self._short(axis, at) for axis, at in zip(axes, place, strict=True))

    def _long(self, name: str, place: Place) -> Place:
        """Return a place of the shortened graph as one of the whole graph."""
        found = []
        for axis, at in zip(self.unfolding.model.axes_of(name), place, strict=True):
            for after, removed in self._cuts.get(axis, ()):
                # The middle of a shortened stretch is where it was cut.
                at += removed if at > after else 0
            found.append(at)
        return tuple(found)


def is_so_far(unfolding: UnfoldedGraph, source: UnfoldedNode, reader: UnfoldedNode, delay: Sequence[int]) -> bool:
    """Say whether a reader stands as far from what it reads as a delay leads, along the axes that both have.

    No delay at all, not even one of 0, leads any distance.

    >>> from unfoldgraph.language.text import read
    >>> unfolding = UnfoldedGraph(read("h(t) = f(h(t-1))"), {"t": 5})
    >>> is_so_far(unfolding, ("h", (1,)), ("h", (2,)), (1,)), is_so_far(unfolding, ("h", (1,)), ("h", (3,)), (1,))
    (True, False)
    """
    if not delay:
        return True
    own, its = (dict(zip(unfolding.axes_of[name], place, strict=True)) for name, place in (source, reader))
    moved = zip(unfolding.model.axes, delay, strict=True)
    return all(its[axis] - own[axis] == by for axis, by in moved if axis in own and axis in its)


def _too_many(what: str, node: UnfoldedNode) -> CircuitError:
    return CircuitError(
        f"more than {what} to find what {_label(node)} depends on",
        help="take fewer steps, or a node with fewer before it",
    )


def _label(node: UnfoldedNode) -> str:
    return f"{node[0]}({', '.join(map(str, node[1]))})" if node[1] else node[0]


def _cuts(
    unfolding: UnfoldedGraph, node: UnfoldedNode, asked: Mapping[str, Iterable[int]]
) -> dict[str, list[tuple[int, int]]]:
    """Return for each axis after which places how many are taken out, in order.

    Nothing is taken out where variables run over two axes, or where axes share their length: there a place along
    one axis says something of the other.
    """
    model = unfolding.model
    axes_of = unfolding.axes_of.values()
    if any(len(axes) > 1 for axes in axes_of) or any(model.length_of[axis] != axis for axis in model.axes):
        return {}
    ranges = [one for statement in model.statements for one in statement.ranges]
    if any(end.terms and end.terms != ((length_name(one.name), 1),) for one in ranges for end in one.ends):
        return {}
    found: dict[str, list[tuple[int, int]]] = {}
    for axis in model.axes:
        length = unfolding.lengths[axis]
        numbers, ends = _named(model, axis)
        chosen = [at for at, own in zip(node[1], model.axes_of(node[0]), strict=True) if own == axis]
        first, last = max([1, *numbers]), length + min([0, *ends])
        if first > last:
            # Numbers and distances from the end take turns: what either names lies all along the axis.
            continue
        kept = sorted({first, last, *(at for at in (*asked.get(axis, ()), *chosen) if first <= at <= last)})
        # All that is named lies before the first and after the last: what stands between two stands all along.
        room, period = _rhythm(model, axis, [one for one in model.statements if _stands(one, axis, first + 1, length)])
        for before, after in pairwise(kept):
            spare = after - before - 1 - room
            if spare >= period:
                found.setdefault(axis, []).append((before + room // 2, spare - spare % period))
    return found


def _named(model: Model, axis: str) -> tuple[list[int], list[int]]:
    """Return the places of an axis that are written as numbers, and as distances from the end."""
    numbers: list[int] = []
    ends: list[int] = []
    for statement in model.statements:
        for one in statement.ranges:
            for end in one.ends if one.name == axis else ():
                (ends if end.terms else numbers).append(end.constant)
        for name, index in ((statement.name, statement.index), *((read.name, read.index) for read in statement.reads)):
            for at, own in zip(index, model.axes_of(name), strict=True):
                if own == axis and not at.moves and not at.bound:
                    (ends if at.base == "end" else numbers).append(at.offset)
    return numbers, ends


def _stands(statement: Statement, axis: str, place: int, length: int) -> bool:
    """Say whether the range of a statement along an axis holds a place; where it has none it does."""
    numbers = {length_name(axis): length}
    ends = next((one.ends for one in statement.ranges if one.name == axis), ())
    return not ends or ends[0].number(numbers) <= place <= ends[1].number(numbers)


def _rhythm(model: Model, axis: str, statements: Iterable[Statement]) -> tuple[int, int]:
    """Return how long a stretch must stay for what is reached across it to repeat, and with what period.

    Let every value be carried from step to step until nothing reads it any more: of `n` such carriers the powers of
    the matrix that says what follows from what repeat after at most (n - 1)² + 1 of them (Schwarz 1970), and their
    period is the least common multiple of those of its strongly connected parts. A stretch is passed from both ends,
    and a walk may turn within it.
    """
    import networkx

    graph = networkx.MultiDiGraph()
    position = model.axes.index(axis)
    for statement in statements:
        for read in statement.reads:
            # What is read at one place, or everywhere, carries nothing from step to step.
            if axis in model.moves(statement, read):
                graph.add_edge(read.name, statement.name, by=model.delay(statement, read)[position])
    held = {name: max([1, *(abs(by) for _, _, by in graph.out_edges(name, data="by"))]) for name in graph.nodes}
    carriers = sum(held.values())
    period = 1
    for part in networkx.strongly_connected_components(graph):
        inside = graph.subgraph(part)
        root = min(part)
        at = {root: 0}
        waiting, common = [root], 0
        while waiting:
            source = waiting.pop()
            for _, target, by in inside.out_edges(source, data="by"):
                if target not in at:
                    at[target] = at[source] + by
                    waiting.append(target)
                common = gcd(common, at[source] + by - at[target])
        period = lcm(period, common or 1)
    return 2 * ((carriers - 1) ** 2 + 1 + max(held.values(), default=0) + period), period
