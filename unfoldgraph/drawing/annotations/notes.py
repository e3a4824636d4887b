"""The notes on all nodes of one picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from unfoldgraph.algebra.expression import Expr, Index, written_size
from unfoldgraph.algebra.latex import Ends, equation_pieces, latex_pieces, place_pieces
from unfoldgraph.algebra.notation import ranges_text, read_text, require_writable, shown, text
from unfoldgraph.algebra.pieces import Piece, joined
from unfoldgraph.base.errors import number
from unfoldgraph.base.limits import LINE_SIZE, WRITTEN_ANCESTORS, WRITTEN_IN_PAGE, WRITTEN_IN_PART, WRITTEN_OUT
from unfoldgraph.drawing.annotations.dependencies import UNKNOWN, Dependencies, reach_of
from unfoldgraph.drawing.annotations.frames import growth_of
from unfoldgraph.drawing.annotations.right_sides import Rights, Where, where
from unfoldgraph.drawing.graphs.edge_labels import weights_of
from unfoldgraph.drawing.graphs.roles import vectors_of
from unfoldgraph.drawing.scene.scene import STEPS_VIEWS, Edge, Node, Scene
from unfoldgraph.model.equations import Model
from unfoldgraph.unfolding.graph import UnfoldedNode
from unfoldgraph.unfolding.unfolding import Unfolding

__all__ = [
    "NO_NOTES",
    "NO_STAGES",
    "Annotated",
    "Formula",
    "Note",
    "Notes",
    "Stages",
    "WrittenEquation",
    "notes_of",
]

#: The views whose nodes stand at places.
#: The roles of nodes that are no values of variables.
_NO_VALUES = frozenset(("sink", "ellipsis", "operation", "constant", "parameter"))


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as the language writes it, and the pieces of its LaTeX."""

    text: str
    pieces: tuple[Piece, ...]

    @property
    def latex(self) -> str:
        """The formula in LaTeX."""
        return joined(self.pieces)


@dataclass(frozen=True, slots=True)
class WrittenEquation:
    """A left side and what it is equal to, one line or several."""

    left: Formula
    rights: tuple[Formula, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """What is told of one node.

    Attributes
    ----------
    equation : Its equation; then, where that says more, what it is with what it reads substituted.
    remark : What else there is to say, in a sentence; ``""`` for nothing.
    reach : What it rests on.
    """

    equation: WrittenEquation
    remark: str = ""
    reach: Dependencies = UNKNOWN


@dataclass(frozen=True, slots=True)
class Stages:
    """The stages in which a picture grows.

    Attributes
    ----------
    names : What each stage goes by, the first of them that of the circuit alone, where there is a circuit.
    stage : By id, the stage at which a node is there.
    """

    names: tuple[str, ...]
    stage: Mapping[str, int]


#: That of a picture in which all is there at once.
NO_STAGES = Stages(("",), {})


@dataclass(frozen=True, slots=True)
class Notes:
    """What is told of a picture.

    Attributes
    ----------
    equations : Those of the circuit, in the order written.
    notes : By the ids of nodes.
    stages : In which order the unfolded nodes are there.
    """

    equations: tuple[WrittenEquation, ...]
    notes: Mapping[str, Note]
    stages: Stages


#: Those of a picture of no model.
NO_NOTES = Notes((), {}, NO_STAGES)


@dataclass(frozen=True, slots=True)
class Annotated:
    """A finished picture with what its model says of it, which is worked out only for formats that tell it.

    Attributes
    ----------
    scene : The picture.
    notes : Works out what is told of it.
    """

    scene: Scene
    notes: Callable[[], Notes]


def notes_of(
    model: Model,
    lengths: Mapping[str, int] | None,
    notation: str,
    scene: Scene,
    sizes: Mapping[str, int] | None = None,
) -> Notes:
    """Return what is told of a picture of a model, unfolded for some lengths and sizes or in symbols."""
    unfolding = None if lengths is None else Unfolding(model, lengths, sizes)
    return _NotesWriter(model, unfolding, notation, scene).notes()


class _NotesWriter:
    """Writes the notes of one picture."""

    def __init__(
        self,
        model: Model,
        unfolding: Unfolding | None,
        notation: str,
        scene: Scene,
    ) -> None:
        self._model = model
        self._notation = notation
        self._unfolding = unfolding
        self._rights = Rights(model, self._unfolding, notation)
        self._ends = Ends(model.axes_of, model.length_of)
        self._scene = scene
        self._nodes = {item.id: item for item in scene.items if isinstance(item, Node) and item.view != "legend"}
        self._edges = [item for item in scene.items if isinstance(item, Edge) and item.view in STEPS_VIEWS]
        self._places = {
            node.id: where(model, node.name, node.places) if node.role not in _NO_VALUES else None
            for node in self._nodes.values()
            if node.view in STEPS_VIEWS
        }
        # What a cut picture takes from another step is given there.
        self._drawn = {
            place for name, place in self._places.items() if place is not None and self._nodes[name].view != "cut"
        }
        # How much may still be written out in full.
        self._room = WRITTEN_IN_PAGE

    def notes(self) -> Notes:
        """Return the notes."""
        reach = self._reach()
        # An operation has no equation of its own.
        known = {*self._model.inputs, *self._model.signals, *self._model.parameters}
        notes: dict[str, Note] = {}
        for name, node in self._nodes.items():
            place = self._places.get(name)
            if place is not None:
                notes[name] = self._note(place, reach.get(name, UNKNOWN))
            elif node.name in known:
                equation = self._general(node.name)
                notes[name] = Note(equation, "" if equation.rights else self._given(node.name))
        return Notes(self._statements, notes, self._stages())

    def _stages(self) -> Stages:
        """Return the stages in which the picture grows, as it does frame by frame; a single step does not."""
        growth = growth_of(self._scene)
        if not growth.step:
            return NO_STAGES
        places = [place for name, place in self._places.items() if name in growth.step and place is not None]
        axes = [axis for name, _ in places for axis in self._model.axes_of(name)]
        names = [f"{n} of {growth.last}" for n in range(growth.last + 1)]
        # Steps in symbols are told by themselves: "t = t+1" would say nothing.
        for n, place in enumerate(growth.places, 1):
            names[n] = place if isinstance(place, str) else f"{shown(axes[0])} = {place}"
        # Where there is no circuit to begin with, the first step is there from the beginning.
        begun = int(all(node.view != "circuit" for node in self._nodes.values()))
        return Stages(tuple(names[begun:]), {name: step - begun for name, step in growth.step.items()})

    # Equations --------------------------------------------------------------------------------------

    @cached_property
    def _statements(self) -> tuple[WrittenEquation, ...]:
        """The equations of the circuit, as written."""
        found = []
        for statement in self._model.statements:
            written = statement.as_written
            require_writable(written.left)
            require_writable(written.right)
            left, right = equation_pieces(written, self._model.rank, self._ends, self._notation)
            right_text = text(written.right, self._notation) + ranges_text(written.ranges)
            found.append(
                WrittenEquation(
                    Formula(text(written.left, self._notation), tuple(left)), (Formula(right_text, tuple(right)),)
                )
            )
        return tuple(found)

    def _general(self, name: str) -> WrittenEquation:
        """Return the equation of a variable of the circuit, at no place in particular; of several all right sides."""
        own = [pair for pair in zip(self._model.statements, self._statements, strict=True) if pair[0].name == name]
        found = [equation for statement, equation in own if statement.is_equation] or [one for _, one in own[:1]]
        if found:
            return replace(found[0], rights=tuple(right for one in found for right in one.rights))
        return WrittenEquation(self._left((name, tuple(Index(axis) for axis in self._model.axes_of(name)))))

    def _left(self, node: Where) -> Formula:
        name, index = node
        written = place_pieces(name, self._ends.of_read(name, index), self._model.rank(name), self._notation)
        return Formula(read_text(name, index, self._notation), tuple(written))

    def _formula(self, expression: Expr) -> Formula:
        pieces = latex_pieces(expression, self._model.rank, self._notation, self._ends)
        return Formula(text(expression, self._notation), tuple(pieces))

    def _note(self, place: Where, reach: Dependencies) -> Note:
        """Return the note on a variable at a place."""
        left = self._left(place)
        right = self._rights.right(place)
        if right is None:
            # In symbols nothing tells which of several equations holds at a step.
            is_any = all(at.moves and not at.offset for at in place[1])
            return Note(self._general(place[0]) if is_any else WrittenEquation(left), self._given(place[0]), reach)
        if written_size(right) > LINE_SIZE:
            return Note(
                WrittenEquation(left), f"Its equation has {number(written_size(right))} operations and names.", reach
            )
        first = self._formula(right)
        unfolded, remark = self._unfolded_form(place, reach)
        rights = (first,) if unfolded is None or unfolded.text == first.text else (first, unfolded)
        return Note(WrittenEquation(left, rights), remark, reach)

    def _unfolded_form(self, place: Where, reach: Dependencies) -> tuple[Formula | None, str]:
        """Return what a node is with what it reads substituted, and what there is to say of that."""
        size = None
        if reach.ancestors is not None and reach.ancestors <= min(WRITTEN_ANCESTORS, self._room):
            self._room -= reach.ancestors
            expansion, size = self._rights.in_full(place, WRITTEN_OUT)
            if expansion is not None:
                return Formula(expansion.text, tuple(expansion.pieces)), ""
        part, is_whole = self._rights.in_part(place, self._drawn if self._unfolding is None else None, WRITTEN_IN_PART)
        formula = None if part is None else self._formula(part)
        if is_whole or self._unfolding is None:
            return formula, ""
        in_full = f"in full it has {number(size)} operations and names" if size is not None else ""
        told = [*(["substituted in part"] if formula else []), *([in_full] if in_full else [])]
        return formula, f"{'; '.join(told).capitalize()}." if told else ""

    def _given(self, name: str) -> str:
        """Say of what has no equation where its value comes from."""
        model = self._model
        if name in model.inputs:
            return "Given from outside."
        if name in model.parameters:
            return "The same at every step."
        if name in model.free_by_name:
            return f"Given as {shown(model.free_by_name[name].argument)}, otherwise 0."
        return ""

    # What a node rests on ---------------------------------------------------------------------------

    def _reach(self) -> Mapping[str, Dependencies]:
        """Return what each drawn node rests on; in symbols the drawn edges say all that is known."""
        if self._unfolding is None:
            return {}
        drawn: dict[str, UnfoldedNode] = {
            name: (place[0], tuple(at.offset for at in place[1]))
            for name, place in self._places.items()
            if place is not None
        }
        undrawn = {*self._model.parameters, *weights_of(self._model)} - {*vectors_of(self._model)}
        return reach_of(self._unfolding, drawn, self._edges, lambda name: name not in undrawn)
