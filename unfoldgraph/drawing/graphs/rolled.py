"""What is drawn: one step of a circuit (`Cell`) and the columns it is unfolded into.

The layout is computed on the cell, once, and repeated; so nothing here, and
nothing that reads it, grows with the number of steps that are not drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from unfoldgraph.algebra.expression import Binding, Expr, Index
from unfoldgraph.algebra.latex import name_pieces, place_pieces
from unfoldgraph.algebra.notation import place_text, printed
from unfoldgraph.algebra.pieces import LISTED, Piece, Pieces, between, joined, tight
from unfoldgraph.drawing.scene.scene import AxisPlace
from unfoldgraph.model.equations import Read

__all__ = [
    "Cell",
    "Column",
    "Connection",
    "IndexedName",
    "Instance",
    "Left",
    "Link",
    "ParameterUse",
    "Reach",
    "Through",
    "Unfolded",
    "Variable",
    "WrittenValue",
    "by_axis",
    "reaches",
    "through_pieces",
]


PlacesByAxis = Mapping[str, tuple[str, Pieces]]
"""How places are written by their axis, as text and in LaTeX."""
NOWHERE: PlacesByAxis = MappingProxyType({})
"""No place in particular."""


class Through(NamedTuple):
    """What an edge goes through: a label, in which reads such as W(l) are open, to be written where their axis is.

    Attributes
    ----------
    latex, text : What it consists of, in LaTeX in a notation and as text.
    notation : That of the LaTeX.
    parameter : The parameter that it is, ``""`` where it is more, or a function.
    """

    latex: tuple[Piece | Expr, ...]
    text: tuple[str | Expr, ...]
    notation: str = "book"
    parameter: str = ""

    @property
    def axes(self) -> tuple[str, ...]:
        """The axes of its open reads."""
        return tuple(part.data[1][0].base for part in self.text if isinstance(part, Expr))

    def pieces(self, places: PlacesByAxis) -> Iterator[Piece]:
        """Yield the pieces of the LaTeX at some places of axes, others as they are called."""
        for part in self.latex:
            if isinstance(part, Piece):
                yield part
                continue
            name, (at,) = part.data
            place: Sequence[Piece] = places[at.base][1] if at.base in places else name_pieces(at.base)
            yield from place_pieces(name, [tight(place) if self.notation == "bracket" else place], 0, self.notation)

    def written(self, places: PlacesByAxis = NOWHERE) -> str:
        """Return the text likewise."""
        found = []
        for part in self.text:
            if isinstance(part, str):
                found.append(part)
                continue
            name, (at,) = part.data
            place = places[at.base][0] if at.base in places else printed(at.base)
            found.append(place_text(name, [place], named=printed))
        return "".join(found)


def through_pieces(labels: Sequence[Through], places: PlacesByAxis = NOWHERE) -> Pieces:
    """Return the pieces of several labels, with commas between them, at some places of axes."""
    return between((one.pieces(places) for one in labels), *LISTED)


@dataclass(frozen=True, slots=True)
class Variable:
    r"""One variable of the step.

    Attributes
    ----------
    name : As in the equations: ``"h"``.
    role : ``"input"``, ``"state"``, ``"output"`` or ``"loss"``.
    latex : The letter without time or subscript, in pieces: of ``r"\boldsymbol{h}"``.
    text : The same in plain characters, for JSON and descriptions: ``"h"``.
    sub : The pieces of the subscript.
    sup : Those of what is above it, such as a prime.
    axes : The axes it has; none for a value such as a total loss.
    """

    name: str
    role: str
    latex: Pieces
    text: str
    sub: Pieces = ()
    sup: Pieces = ()
    axes: tuple[str, ...] = ("t",)


class IndexedName(NamedTuple):
    """What is read: a variable, and where.

    Attributes
    ----------
    index : One place for each of its axes; what a reduction binds over a whole axis is its axis.
    node : The read as it stands in the right side, in place of the index, where that does not tell it.
    """

    name: str
    index: tuple[Index, ...] = ()  # type: ignore[assignment]  # the word of the language, not the method of tuples
    node: Expr | None = None


class Left(NamedTuple):
    """The left side of a statement, by which it is known.

    Attributes
    ----------
    index : Where it stands, for each axis of its variable.
    ranges : Along which axes it runs otherwise than from 1 to the end.
    written : Its index as it is written where that says it, as in `c(i, i)`.
    """

    index: tuple[Index, ...] = ()  # type: ignore[assignment]  # as above
    ranges: tuple[Binding, ...] = ()
    written: tuple[Index, ...] = ()

    @property
    def is_usual(self) -> bool:
        """Whether it is that of an equation, which holds at every step or in a range, not of a boundary or a pin."""
        return all(at.moves for at in self.written or self.index)


#: That of what no statement gives.
NO_LEFT = Left()


class Reach(NamedTuple):
    """How far a read over a range reaches, or one of a place that is a sum or computed: what the circuit says of it.

    Attributes
    ----------
    latex, text : The steps from the nearest to the farthest where it is delayed along the only axis, else the places
        that are read.
    direction : 1 for each axis of the circuit along which all it reads lies before its own step, -1 for those along
        which it lies behind, else 0.
    places : What is read along each axis of its own, as text and in LaTeX.
    """

    latex: Pieces
    text: str
    direction: tuple[int, ...]
    places: tuple[tuple[str, Pieces], ...]

    @property
    def is_delayed(self) -> bool:
        """Whether all it reads lies on one side of its own step."""
        return any(self.direction)


@dataclass(frozen=True, slots=True)
class Link:
    """One distinct way in which ``target`` reads ``source``.

    Attributes
    ----------
    source, target : Names of variables.
    delay : One integer per axis of the circuit; 0 where the read does not move.
    read : Its kind: ``"delay"``, ``"end"``, ``"all"`` (a reduction), ``"fixed"``, ``"range"`` or ``"place"``.
    labels : The parameters and functions on the edge.
    index : Where the source is read, one place for each of its axes; what a reduction
        binds is its axis.
    left : Of the statement that reads (``h(0) = tanh(C @ g(end))``).
    node : The read as it stands in that statement, where the index does not tell it.
    reads : What only lengths and sizes say of where it reads; none where it reads at every place of its statement.
    reach : What the circuit says of a read over a range, or of a place that is a sum or computed.
    """

    source: str
    target: str
    delay: tuple[int, ...]
    read: str = "delay"
    labels: tuple[Through, ...] = ()
    index: tuple[Index, ...] = ()
    left: Left = NO_LEFT
    node: Expr | None = None
    reads: tuple[Read, ...] = ()
    reach: Reach | None = None

    @property
    def delayed(self) -> bool:
        """Whether the edge passes through a black square."""
        return any(self.delay) or (self.reach is not None and self.reach.is_delayed)

    @property
    def towards(self) -> tuple[int, ...]:
        """The delay, of a range the direction of its delays."""
        return self.delay if self.reach is None or any(self.delay) else self.reach.direction

    @property
    def value(self) -> IndexedName:
        """What it reads."""
        return IndexedName(self.source, self.index) if self.node is None else IndexedName(self.source, (), self.node)

    @property
    def is_of_place(self) -> bool:
        """Whether it reads one place, or all of an axis, wherever its statement stands."""
        return all(at.is_plain for at in self.index)

    @property
    def pieces(self) -> Pieces:
        """The pieces of the labels."""
        return through_pieces(self.labels)

    @property
    def label(self) -> str:
        """LaTeX of the labels, ``""`` for none."""
        return joined(self.pieces)

    @property
    def text(self) -> str:
        """The labels in plain characters."""
        return ", ".join(one.written() for one in self.labels)

    @property
    def is_usual(self) -> bool:
        """Whether it is of an equation, which reads at every step, not of a boundary or a pin."""
        return self.left.is_usual

    @property
    def steps(self) -> int:
        """The delay where there is one axis; negative runs backward."""
        return sum(self.delay)


def by_axis(index: Sequence[Index], axes: Sequence[str]) -> tuple[Index, ...]:
    """Return the places of a read with what reductions bind called by the first of the axes that it runs over.

    Which name a reduction gives its index does not matter; but one name is one number wherever it stands.

    >>> [at.base for at in by_axis((Index("k", bound=True), Index("k", -1, bound=True), Index("t")), ("i", "j", "t"))]
    ['i', 'i', 't']
    """
    called: dict[str, str] = {}
    return tuple(
        at._replace(base=called.setdefault(at.base, axis)) if at.bound else at
        for at, axis in zip(index, axes, strict=True)
    )


@dataclass(frozen=True, slots=True)
class ParameterUse:
    """That a statement, which has the left side ``left`` for its variable, uses a parameter."""

    parameter: str
    target: str
    left: Left


@dataclass(frozen=True, slots=True)
class Cell:
    """One step of a circuit, variables and links in the order written.

    Attributes
    ----------
    name : Of the circuit; ids are made from it.
    title : Any text of the user's.
    axes : Those of the circuit, which delays follow.
    special : The boundaries and pins of each variable; where two meet, the first holds.
    parameters : Those that are drawn as nodes.
    uses : Which statements use them.
    ranged : The variables that exist only where their statements stand.
    """

    name: str
    title: str
    axes: tuple[str, ...]
    variables: tuple[Variable, ...]
    links: tuple[Link, ...]
    special: Mapping[str, tuple[Left, ...]] = field(default_factory=dict)
    parameters: tuple[Variable, ...] = ()
    uses: tuple[ParameterUse, ...] = ()
    ranged: frozenset[str] = frozenset()

    def variable(self, name: str) -> Variable:
        """Return the variable called ``name``, or the parameter."""
        return next(v for v in (*self.variables, *self.parameters) if v.name == name)

    def used(self, name: str, left: Left | None) -> tuple[str, ...]:
        """Return the parameters that a variable uses where a statement with that left side gives its value, or None."""
        own = (use for use in self.uses if use.target == name)
        return tuple(use.parameter for use in own if use.left == left)

    @property
    def needs_lengths(self) -> bool:
        """Whether only lengths and sizes tell which steps read which others, and where there are steps at all."""
        return bool(self.ranged) or any(link.reads for link in self.links)

    @property
    def drawn_axes(self) -> tuple[str, ...]:
        """The axes that variables run over, in the order of the circuit."""
        return tuple(axis for axis in self.axes if any(axis in v.axes for v in self.variables))

    def moves(self, link: Link) -> bool:
        """Whether a link leads from step to step by a fixed distance, so that it repeats."""
        places = (*link.index, *link.left.index)
        return bool(link.index and link.left.index) and all(at.moves and not at.bound for at in places)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the unfolded view; for an axis that runs downward or upward one row.

    Attributes
    ----------
    kind : ``"step"``, ``"boundary"`` (places before the first step or after the last), ``"dots"``
        (the nodes h(…) of symbolic time) or ``"gap"`` (the steps that an
        elided picture leaves out).
    omitted : For a gap, how many steps are left out; 0 if that is not known.
    """

    kind: str
    omitted: int = 0


@dataclass(frozen=True, slots=True)
class WrittenValue:
    """What is written below the name of a node.

    Attributes
    ----------
    text : In plain characters: ``"0.462"``, ``"(1.00, -0.25)"``.
    lines : The pieces of each line.
    is_column : Whether the lines are the entries of a vector.
    """

    text: str
    lines: tuple[Pieces, ...]
    is_column: bool = False


@dataclass(frozen=True, slots=True)
class Instance:
    """One node of the unfolded view: a variable at a place.

    Attributes
    ----------
    name : Of the variable.
    index, places : As in the scene; empty for a variable without axes.
    at : Position in the columns of each of its axes. A variable without axes has none where it belongs to
        all columns (a total over the steps), else that of the one column it stands in.
    role : That of the variable, or ``"boundary"`` or ``"ellipsis"``.
    place : LaTeX of its index, one for each of its axes: of ``t-1``.
    text : The whole label in plain characters: ``"h(t-1)"``.
    dashed : Whether the outline is dashed.
    value : What is written below the name, if anything is.
    left : Of the statement that gives its value, if one does; of an input, its own axes.
    reach : Of what a delay begins with that is one of a range.
    """

    name: str
    index: tuple[int | str, ...]
    at: tuple[int, ...]
    role: str
    place: tuple[Pieces, ...]
    text: str
    dashed: bool = False
    value: WrittenValue | None = None
    left: Left | None = None
    places: tuple[AxisPlace, ...] = ()
    reach: Reach | None = None

    @property
    def column(self) -> int:
        """Position in the columns where there is one axis; -1 for all of them."""
        return self.at[0] if self.at else -1


@dataclass(frozen=True, slots=True)
class Connection:
    """One edge of the unfolded view; an end that is not drawn is ``None``.

    ``source`` and ``target`` are positions in `Unfolded.instances`. An edge with
    one end missing is a dashed stub that runs into a gap. ``also`` are further links
    that the same edge stands for: all that leads from the dots to one node is one edge. ``where`` tells for axes
    what they are at the target, as text and in LaTeX, for labels such as W(l). ``apart`` is how far the ends are
    apart where the link reads over a range with a delay.
    """

    source: int | None
    target: int | None
    link: Link
    dashed: bool = False
    also: tuple[Link, ...] = ()
    where: tuple[tuple[str, str, Pieces], ...] = ()
    apart: tuple[int, ...] = ()

    @property
    def delay(self) -> tuple[int, ...]:
        """How far it leads, along each axis of the circuit; 0 where it does not move, none at all for any distance."""
        is_any = self.link.reach is not None and None in (self.source, self.target)
        return () if is_any else self.apart or self.link.delay

    @property
    def pieces(self) -> Pieces:
        """The pieces of the labels of all its links."""
        return between(self.labels, *LISTED)

    @property
    def label(self) -> str:
        """The same in LaTeX."""
        return joined(self.pieces)

    @property
    def labels(self) -> list[Pieces]:
        """The pieces of the labels of each of its links that has any."""
        return [through_pieces(labels, self._places()) for labels in self._labels()]

    @property
    def text(self) -> str:
        """The label in plain characters."""
        places = self._places()
        return ", ".join(one.written(places) for labels in self._labels() for one in labels)

    def _labels(self) -> Iterable[tuple[Through, ...]]:
        return dict.fromkeys(link.labels for link in (self.link, *self.also) if link.labels)

    def _places(self) -> PlacesByAxis:
        return {axis: (word, pieces) for axis, word, pieces in self.where}


@dataclass(frozen=True, slots=True)
class Unfolded:
    """The unfolded view, as explicit nodes and edges, and for each axis the columns they stand in.

    ``values`` are what is written below the letters of parameters.
    """

    tracks: Mapping[str, Sequence[Column]]
    instances: Sequence[Instance]
    connections: Sequence[Connection]
    values: Mapping[str, WrittenValue] = field(default_factory=dict)

    @property
    def columns(self) -> Sequence[Column]:
        """The columns of the first axis."""
        return next(iter(self.tracks.values()), ())

    def is_short(self, connection: Connection, cell: Cell) -> bool:
        """Whether of an edge only a short line is drawn, which needs no way: no edge like it begins there whole.

        Such are those from a value that many steps read, and from what is given beside an axis, to what is left out.
        """
        if connection.source is None or connection.target is not None:
            return False
        source = self.instances[connection.source]
        is_beside = len(self.tracks) == 1 and source.column >= 0 and self.columns[source.column].kind == "boundary"
        return is_beside or not cell.moves(connection.link)


def reaches(after: Mapping[str, set[str]], start: str, goal: str) -> bool:
    """Whether a goal can be reached from a start, where it is known what comes after each."""
    seen, stack = {start}, [start]
    while stack:
        name = stack.pop()
        if name == goal:
            return True
        stack.extend(sorted(after[name] - seen))
        seen |= after[name]
    return False
