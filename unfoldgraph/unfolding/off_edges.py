"""Which places off the edges are read, at given lengths and sizes: these are nodes of the graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from unfoldgraph.base import boxes, cut_boxes
from unfoldgraph.base.affine import Affine, index
from unfoldgraph.base.boxes import Place
from unfoldgraph.base.cut_boxes import CutBox
from unfoldgraph.base.errors import require_within
from unfoldgraph.base.lattice_points import projected
from unfoldgraph.base.limits import COUNTED_TERMS, LOOKED_UP_PLACES
from unfoldgraph.model.equations import Statement
from unfoldgraph.model.regions import ConcreteRead, Lengths, read_off_edges
from unfoldgraph.unfolding.counting import instances


def united(pieces: Iterable[CutBox], axes: Sequence[str]) -> list[CutBox]:
    """Return disjoint pieces that hold the same places as some that may overlap."""
    some = list(pieces)
    if any(piece.rows for piece in some):
        return cut_boxes.disjoint(some, axes)
    return [CutBox(box) for box in boxes.union(piece.box for piece in some)]


def shared(some: Sequence[CutBox], others: Sequence[CutBox], axes: Sequence[str]) -> list[CutBox]:
    """Return what two unions of disjoint pieces share."""
    found = (cut_boxes.intersect(one, other, axes) for one in some for other in others)
    return sorted((piece for piece in found if piece is not None), key=lambda piece: piece.box)


def read_places(
    statements: Sequence[Statement],
    axes_of: Mapping[str, Sequence[str]],
    lengths: Lengths,
    known: Mapping[str, Affine],
    given: Sequence[Sequence[CutBox]],
    beyond: Mapping[str, Sequence[CutBox]],
) -> dict[str, list[CutBox]]:
    """Return which of some places off the edges are read, by name, as disjoint pieces.

    Parameters
    ----------
    given : what each statement gives, see `model.regions.given_places`.
    beyond : the places, as disjoint pieces.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> model = read("s(t) = s(floor(t/2)); s(0) = 1")
    >>> from unfoldgraph.model.regions import given_places, known_numbers
    >>> known = known_numbers({"t": 3}, {})
    >>> given = given_places(model.statements, model.axes_by_name, {"t": 3}, known)
    >>> read_places(model.statements, model.axes_by_name, {"t": 3}, known, given, {"s": [CutBox(((0, 0),))]})
    {'s': [CutBox(box=((0, 0),), rows=())]}
    """
    whole_boxes = [[] if any(one.rows for one in some) else [one.box for one in some] for some in given]
    regions = read_off_edges(statements, axes_of, lengths, whole_boxes)
    read = {
        name: shared(
            [CutBox(box) for region in regions[name].values() for box in boxes.union(region)], pieces, axes_of[name]
        )
        for name, pieces in beyond.items()
        if name in regions
    }
    for statement, some, own in zip(statements, given, whole_boxes, strict=True):
        for one in statement.reads if some else ():
            if one.name in beyond and (not own or not one.is_plain):
                for target in beyond[one.name]:
                    reads = ConcreteRead(one, axes_of[one.name], known, target.box)
                    for part in reads.written_out(COUNTED_TERMS) if reads.when else [reads]:
                        image = _Image(statement, part, axes_of, target)
                        read.setdefault(one.name, []).extend(seen for piece in some for seen in image.of(piece))
    return {name: united(pieces, axes_of[name]) for name, pieces in read.items()}


class _Image:
    """What a read covers of some places."""

    def __init__(
        self,
        statement: Statement,
        reads: ConcreteRead,
        axes_of: Mapping[str, Sequence[str]],
        target: CutBox,
    ) -> None:
        self.statement = statement
        self.own = axes_of[statement.name]
        self.axes = axes_of[reads.read.name]
        self.target = target
        self.reads = reads

    def of(self, piece: CutBox) -> list[CutBox]:
        """Return the places that the statement reads from a piece of its own."""
        names = [f"@{axis}" for axis in self.axes]
        found_at = dict(zip(self.axes, map(index, names), strict=True))
        pairs = zip(names, self.reads.sums, strict=True)
        rows = (
            *piece.all_rows(self.own),
            *self.reads.rows,
            *(row.at(found_at) for row in self.target.all_rows(self.axes)),
            *(row for name, place in pairs for row in (index(name) - place, place - index(name))),
        )
        away = [*self.own, *self.reads.names]
        left = None if self.reads.when else projected(rows, away)
        if left is not None:
            back = {name: index(axis) for name, axis in zip(names, self.axes, strict=True)}
            found = cut_boxes.cut(self.target.box, [*self.target.rows, *(row.at(back) for row in left)], self.axes)
            return [] if found is None else [found]
        beside = projected(rows, [*self.reads.names, *names], is_exact=False)
        near = cut_boxes.cut(piece.box, beside or (), self.own)
        return [] if near is None else [CutBox(boxes.point(place)) for place in sorted(self._one_by_one(near))]

    def _one_by_one(self, piece: CutBox) -> set[Place]:
        """Return the places that are read from some places, each looked up."""
        count = instances(self.own, self.reads, [piece])
        what = f"which places {self.reads.read.written} reads off the edge is told only by looking up {{}} places"
        require_within(count, LOOKED_UP_PLACES, what, "take fewer steps")
        moving = [position for position, at in enumerate(self.statement.index) if at.moves]
        found: set[Place] = set()
        for box in cut_boxes.rows_of(piece, self.own):
            for place in boxes.places([box]):
                at = {self.own[position]: place[position] for position in moving}
                found.update(where for where in self.reads.places(at) if cut_boxes.holds(self.target, self.axes, where))
        return found
