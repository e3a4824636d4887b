"""What is drawn: one step of a circuit (`Cell`) and the columns it is unfolded into.

The layout is computed on the cell, once, and repeated; so nothing here, and
nothing that reads it, grows with the number of steps that are not drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Cell", "Column", "Connection", "Instance", "Link", "Unfolded", "Variable"]


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of the step.

    Attributes:
        name: As in the equations: ``"h"``.
        role: ``"input"``, ``"state"``, ``"output"`` or ``"loss"``.
        latex: The letter without time or subscript: ``r"\\boldsymbol{h}"``.
        text: The same in plain characters, for JSON and descriptions: ``"h"``.
        sub: LaTeX of the subscript, ``""`` for none.
        axes: The axes it has; none for a value such as a total loss.
    """

    name: str
    role: str
    latex: str
    text: str
    sub: str = ""
    axes: tuple[str, ...] = ("t",)


@dataclass(frozen=True, slots=True)
class Link:
    """One distinct way in which ``target`` reads ``source``.

    Attributes:
        source, target: Names of variables.
        delay: One integer per axis of the cell; 0 where the read does not move.
        read: ``"delay"``, ``"end"``, ``"all"`` (a reduction) or ``"fixed"``.
        label: LaTeX of the parameter or function on the edge, ``""`` for none.
        text: The label in plain characters.
        offset: For a fixed read its place; for one at the end or of all places
            how far it lies from there, 0 or less.
        at: The place whose own statement reads (``h(0) = tanh(C @ g(end))``);
            None for an equation, which reads at every step.
    """

    source: str
    target: str
    delay: tuple[int, ...]
    read: str = "delay"
    label: str = ""
    text: str = ""
    offset: int = 0
    at: int | None = None

    @property
    def delayed(self) -> bool:
        """Whether the edge passes through a black square."""
        return self.read == "delay" and any(self.delay)

    @property
    def steps(self) -> int:
        """The delay along the drawn axis, in columns; negative runs backward."""
        return self.delay[0] if self.read == "delay" and self.delay else 0


@dataclass(frozen=True, slots=True)
class Cell:
    """One step of a circuit, variables and links in the order written.

    Attributes:
        name: Of the circuit; ids are made from it.
        title: Any text of the user's.
        fixed: The places that have a statement of their own, a boundary or a pin.
    """

    name: str
    title: str
    axes: tuple[str, ...]
    variables: tuple[Variable, ...]
    links: tuple[Link, ...]
    fixed: frozenset[tuple[str, int]] = frozenset()

    def variable(self, name: str) -> Variable:
        """The variable called ``name``."""
        return next(v for v in self.variables if v.name == name)

    def moves(self, link: Link) -> bool:
        """Whether a link leads from step to step by a fixed distance, so that it repeats."""
        both = self.variable(link.source).axes and self.variable(link.target).axes
        return link.read == "delay" and link.at is None and bool(both)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the unfolded view.

    Attributes:
        kind: ``"step"``, ``"boundary"`` (places before the first step), ``"dots"``
            (the nodes h(…) of symbolic time) or ``"gap"`` (the steps that an
            elided picture leaves out).
        omitted: For a gap, how many steps are left out; 0 if that is not known.
    """

    kind: str
    omitted: int = 0


@dataclass(frozen=True, slots=True)
class Instance:
    """One node of the unfolded view: a variable at a place.

    Attributes:
        name: Of the variable.
        index: As in the scene's JSON; empty for a variable without axes.
        column: Position in `Unfolded.columns`; -1 for a variable that belongs to
            all columns (a total over the steps).
        role: That of the variable, or ``"boundary"`` or ``"ellipsis"``.
        place: LaTeX of its index, ``"t-1"``; empty for none.
        text: The whole label in plain characters: ``"h(t-1)"``.
        dashed: Whether the outline is dashed.
    """

    name: str
    index: tuple[int | str, ...]
    column: int
    role: str
    place: str
    text: str
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Connection:
    """One edge of the unfolded view; an end that is not drawn is ``None``.

    ``source`` and ``target`` are positions in `Unfolded.instances`. An edge with
    one end missing is a dashed stub that runs into a gap. ``also`` are further links
    that the same edge stands for: all that leads from the dots to one node is one edge.
    """

    source: int | None
    target: int | None
    link: Link
    dashed: bool = False
    also: tuple[Link, ...] = ()

    @property
    def label(self) -> str:
        """LaTeX of the labels of all its links."""
        return ", ".join(dict.fromkeys(link.label for link in (self.link, *self.also) if link.label))

    @property
    def text(self) -> str:
        """The same in plain characters."""
        return ", ".join(dict.fromkeys(link.text for link in (self.link, *self.also) if link.text))


@dataclass(frozen=True, slots=True)
class Unfolded:
    """The unfolded view, as explicit columns, nodes and edges."""

    columns: Sequence[Column]
    instances: Sequence[Instance]
    connections: Sequence[Connection]
