"""Where the variables of a circuit with several axes stand.

Variables that run over the same axes are one block, laid out like a step of one axis. Blocks stand in a board.
Two axes that one variable runs over make a lattice: the last axis runs to the right and the first one downward,
as the columns and rows of a matrix do, because that is how `c(i, j)` is read. There are two exceptions. If
something moves along the first axis only, that one is the time and runs to the right, as time does everywhere
else. And if what stands at the end of the first axis is read along the other one, as `z(end, t)` is, the first
numbers the layers of a network, which grow upward like all else that is computed. What runs over one axis of a
lattice stands beside it: on the side where the lattice begins if it only feeds it, else where it ends. Without a
lattice each axis is a strip of its own, and the strips stand side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from unfoldgraph.algebra.expression import Index
from unfoldgraph.algebra.notation import read_text, shown
from unfoldgraph.base.errors import CircuitError
from unfoldgraph.drawing.geometry import Outline
from unfoldgraph.drawing.graphs.rolled import Cell, Column, Instance, Unfolded, Variable
from unfoldgraph.drawing.layout.compaction import Spacing, Track, apart, starts_of
from unfoldgraph.drawing.layout.coordinates import Layout
from unfoldgraph.drawing.layout.layered import arrange

__all__ = ["Block", "Board", "Spots", "board_of", "by_dependence", "circuit_board"]


# The space between the outlines of neighbouring steps, to the right and downward.
_ACROSS, _DOWN = 58.0, 50.0


@dataclass(frozen=True, slots=True)
class Block:
    """Variables that run over the same axes, and where in the board they stand.

    Attributes
    ----------
    names : The variables.
    layout : Of the variables among themselves.
    x, y : The axes along which they repeat to the right and downward (or upward).
    column, line : Of the board.
    turned : Whether rows follow each other from left to right instead of upward.
    flipped : Whether rows follow each other downward instead of upward.
    """

    names: tuple[str, ...]
    layout: Layout
    x: str | None
    y: str | None
    column: int
    line: int
    turned: bool
    flipped: bool


@dataclass(frozen=True, slots=True)
class Board:
    """All blocks.

    Attributes
    ----------
    columns, lines : The axis of each column and line of blocks, None for those without.
    upward : The axes that run upward.
    is_lattice : Whether any variable runs over two axes.
    """

    blocks: tuple[Block, ...]
    columns: tuple[str | None, ...]
    lines: tuple[str | None, ...]
    upward: frozenset[str]
    is_lattice: bool


def board_of(cell: Cell, is_turned: bool = False) -> Board:
    """Return the board of a circuit with several axes; ``is_turned`` for a picture that is mirrored at the end.

    There the first of two axes runs upward on the page and the second to the right; layers run to the right, and
    time upward.
    """
    for variable in cell.variables:
        if len(variable.axes) > 2:
            raise CircuitError(
                f"{read_text(variable.name, [Index(axis) for axis in variable.axes])} runs over "
                f"{len(variable.axes)} axes, and a picture has two",
                help="draw the circuit alone with --view circuit, or write the circuit for one place of an axis",
            )
    pairs = list(dict.fromkeys(v.axes for v in _signals_first(cell) if len(v.axes) == 2))
    if not pairs:
        return _strips(cell)
    down = _down(cell, pairs)
    upward = _upward(cell, down)
    if is_turned:
        # What runs to the right here runs upward on the page, and what runs upward here to the right.
        down = down if upward else _down(cell, pairs, first_to_the_right=True)
        upward = frozenset(down)
    return _lattice(cell, down, upward)


def circuit_board(cell: Cell) -> Board:
    """Return the board of the circuit alone, which may have any number of axes."""
    block = _block(cell, cell.variables, None, None, 0, 0)
    return Board((block,), (None,), (None,), frozenset(), False)


def _signals_first(cell: Cell) -> list[Variable]:
    return sorted(cell.variables, key=lambda variable: variable.role == "input")


def _down(cell: Cell, pairs: Sequence[tuple[str, ...]], first_to_the_right: bool = False) -> set[str]:
    """Return the axes that run down or up; the others run to the right."""
    moving = {axis for link in cell.links for axis, delay in zip(cell.axes, link.towards, strict=True) if delay}
    down: dict[str, bool] = {}
    for first, second in pairs:
        if first not in down and second not in down:
            is_time = first_to_the_right or (first in moving and second not in moving)
            down[first], down[second] = not is_time, is_time
        # What one lattice says of an axis holds for the others that share it.
        for _ in pairs:
            for one, other in pairs:
                for known, open_ in ((one, other), (other, one)):
                    if known in down and open_ not in down:
                        down[open_] = not down[known]
    for one, other in pairs:
        if down[one] == down[other]:
            names = ", ".join(dict.fromkeys(shown(axis) for pair in pairs for axis in pair))
            raise CircuitError(
                f"no two directions are enough for the axes {names}, each of which is paired with the others",
                help="draw the circuit alone with --view circuit",
            )
    return {axis for axis, is_down in down.items() if is_down}


def _upward(cell: Cell, down: set[str]) -> frozenset[str]:
    """Return the axes whose last place is read along another: those of layers."""
    found = set()
    for link in cell.links:
        for at, axis in zip(link.index, cell.variable(link.source).axes, strict=True):
            if axis in down and at.base == "end" and not at.moves and cell.variable(link.target).axes:
                found.add(axis)
    return frozenset(found)


def _lattice(cell: Cell, down: set[str], upward: frozenset[str]) -> Board:
    """Return the board around one or several lattices."""
    rights = [axis for axis in by_dependence(cell, cell.drawn_axes) if axis not in down]
    downs = [axis for axis in cell.drawn_axes if axis in down]
    # Left, the axes to the right, right, beyond; above, the axes downward, below.
    columns = [None, *rights, None, None]
    lines = [None, *downs, None]
    groups: dict[tuple[str | None, str | None, int, int], list[Variable]] = {}
    begins = len(lines) - 1 if upward else 0
    for variable in cell.variables:
        x = next((axis for axis in variable.axes if axis not in down), None)
        y = next((axis for axis in variable.axes if axis in down), None)
        feeds = _feeds(cell, variable) and not _is_read_at_end(cell, variable)
        if x and y:
            column, line = columns.index(x), lines.index(y)
        elif x:
            column, line = columns.index(x), begins if feeds else len(lines) - 1 - begins
        elif y:
            column, line = 0 if feeds else len(columns) - 2, lines.index(y)
        else:
            column, line = len(columns) - 1, 1
        groups.setdefault((x, y, column, line), []).append(variable)
    inside = [
        _block(cell, variables, x, y, column, line, flipped=not upward)
        for (x, y, column, line), variables in groups.items()
        if x and y
    ]
    beside = [
        _block(
            cell, _in_line(cell, variables, inside, bool(x)), x, y, column, line, turned=x is None, flipped=not upward
        )
        for (x, y, column, line), variables in groups.items()
        if not (x and y)
    ]
    blocks = [*inside, *beside]
    return _without_empty(Board(tuple(blocks), tuple(columns), tuple(lines), upward, True))


def _in_line(cell: Cell, variables: Sequence[Variable], inside: Sequence[Block], is_level: bool) -> list[Variable]:
    """Return variables that stand beside lattices in the order of what they are joined to there, if that says one."""

    def height(variable: Variable) -> float:
        joined = [
            (block.layout.place[other] if is_level else (1 if block.flipped else -1) * block.layout.row[other])
            for link in cell.links
            for one, other in ((link.source, link.target), (link.target, link.source))
            for block in inside
            if one == variable.name and other in block.names
        ]
        return sum(joined) / len(joined) if joined else 0.0

    return sorted(variables, key=height)


def _is_read_at_end(cell: Cell, variable: Variable) -> bool:
    """Say whether all that reads a variable is at the end of another axis: what a boundary there is given by."""
    readers = [link for link in cell.links if link.source == variable.name]
    at_end = [any(at.base == "end" for at in link.left.index) for link in readers]
    return bool(at_end) and all(at_end)


def _feeds(cell: Cell, variable: Variable) -> bool:
    """Say whether a variable, with all that it is joined to over its own axes, reads nothing over others."""
    alike = {v.name for v in cell.variables if v.axes == variable.axes}
    group, waiting = {variable.name}, [variable.name]
    while waiting:
        name = waiting.pop()
        for link in cell.links:
            for one, other in ((link.source, link.target), (link.target, link.source)):
                if one == name and other in alike and other not in group:
                    group.add(other)
                    waiting.append(other)
    return not any(link.target in group and link.source not in group for link in cell.links)


def _strips(cell: Cell) -> Board:
    """Return the board of axes that stand side by side, in the order in which they need each other."""
    groups: dict[str, list[Variable]] = {}
    for variable in cell.variables:
        groups.setdefault(variable.axes[0] if variable.axes else f" {variable.name}", []).append(variable)
    blocks = []
    columns: list[str | None] = []
    for number, key in enumerate(by_dependence(cell, groups)):
        axis = key if key in cell.axes else None
        blocks.append(_block(cell, groups[key], axis, None, number, 0))
        columns.append(axis)
    return Board(tuple(blocks), tuple(columns), (None,), frozenset(), False)


def by_dependence(cell: Cell, keys: Iterable[str]) -> list[str]:
    """Return axes, and values without, each after those that it reads from, as far as that goes."""
    keys = list(keys)

    def keys_of(name: str) -> set[str]:
        return {*cell.variable(name).axes} & {*keys} or {f" {name}"} & {*keys}

    before = {key: set[str]() for key in keys}
    for link in cell.links:
        for source in keys_of(link.source):
            for target in keys_of(link.target) - keys_of(link.source):
                before[target].add(source)
    ordered: list[str] = []
    while len(ordered) < len(keys):
        left = [key for key in keys if key not in ordered]
        ordered.append(next((key for key in left if before[key] <= {*ordered}), left[0]))
    return ordered


def _block(
    cell: Cell, variables: Sequence[Variable], x: str | None, y: str | None, column: int, line: int,
    turned: bool = False, flipped: bool = False,
) -> Block:  # fmt: skip
    """Return the block of some variables, laid out by the links among themselves."""
    names = tuple(variable.name for variable in variables)
    links = tuple(link for link in cell.links if link.source in names and link.target in names)
    step = replace(cell, variables=tuple(variables), links=links)
    along = (y, None) if turned else (x, y)
    return Block(names, arrange(step, along), x, y, column, line, turned, flipped and not turned)


def _without_empty(board: Board) -> Board:
    """Return the board without the columns and lines that hold no block."""
    columns = sorted({block.column for block in board.blocks})
    lines = sorted({block.line for block in board.blocks})
    return replace(
        board,
        blocks=tuple(
            replace(block, column=columns.index(block.column), line=lines.index(block.line)) for block in board.blocks
        ),
        columns=tuple(board.columns[column] for column in columns),
        lines=tuple(board.lines[line] for line in lines),
    )


class Spots:
    """Where everything is at one size.

    Attributes
    ----------
    rx, ry : Half axes of every node.
    xs, ys : For each column and line of blocks, where its tracks begin; for a gap, its middle.
    lanes, ducts : Heights and places between nodes, along which a long edge may run.
    """

    def __init__(
        self, cell: Cell, board: Board, rx: float, ry: float, scale: float, unfolded: Unfolded | None = None
    ) -> None:
        self.cell = cell
        self.board = board
        self.rx, self.ry = rx, ry
        self.scale = scale
        self._tracks = unfolded.tracks if unfolded else {}
        self._block_of = {name: block for block in board.blocks for name in block.names}
        self._within = self._local()
        self.widths = self._extents(0)
        self.heights = self._extents(1)
        # Who stands in each track of a column or line. What has neither axis stands in none of them.
        self._names: dict[tuple[int, int, int], set[str]] = {}
        for instance in unfolded.instances if unfolded else ():
            block, at = self._block_of[instance.name], self.tracks_of(instance)
            for side, axis, number in ((0, block.x, block.column), (1, block.y, block.line)):
                if axis == (board.columns, board.lines)[side][number]:
                    self._names.setdefault((side, number, at[side]), set()).add(instance.name)
        self.xs = self._places(0, self.widths, 2 * rx, _ACROSS * scale)
        self.ys = self._places(1, self.heights, 2 * ry, _DOWN * scale)

    def _slot(self, block: Block) -> tuple[float, float]:
        """Return the distances of neighbouring places and of rows."""
        wide = 12 * max(block.layout.width - 1, 0)
        if block.turned:
            return 2 * self.ry + 28 * self.scale, 2 * self.rx + 46 * self.scale + wide
        return 2 * self.rx + 28 * self.scale, 2 * self.ry + 46 * self.scale + wide

    def _local(self) -> dict[str, tuple[float, float]]:
        """Return where every variable stands in the step of its column and line of blocks, which begins at 0."""
        found: dict[str, tuple[float, float]] = {}
        # Blocks of lattices come first; what stands beside one stands in line with what it is joined to.
        for block in sorted(self.board.blocks, key=lambda block: not (block.x and block.y)):
            inside = {name: self._inside(block, name) for name in block.names}
            middle = [(min(side) + max(side)) / 2 for side in zip(*inside.values(), strict=True)]
            if not self.board.is_lattice:
                middle[1] = self._spine(block)
            moved = {name: (x - middle[0], y - middle[1]) for name, (x, y) in inside.items()}
            if bool(block.x) != bool(block.y) and self.board.is_lattice:
                moved = self._towards(block, moved, found)
            found.update(moved)
        for side, number in (
            (side, n) for side in (0, 1) for n in range(max(len(self.board.columns), len(self.board.lines)))
        ):
            names = [
                name
                for block in self.board.blocks
                if (block.column, block.line)[side] == number
                for name in block.names
            ]
            least = min((found[name][side] for name in names), default=0.0)
            for name in names:
                x, y = found[name]
                found[name] = (x, y - least) if side else (x - least, y)
        return found

    def _towards(
        self, block: Block, own: Mapping[str, tuple[float, float]], others: Mapping[str, tuple[float, float]]
    ) -> dict[str, tuple[float, float]]:
        """Return where the variables of a block beside a lattice stand along it: in line with what they are joined to.

        Where each place of the block has something to be in line with, each is moved by itself, else all together.
        """
        side = 0 if block.x else 1
        axis = block.x or block.y
        gaps: dict[float, list[float]] = {place: [] for place in sorted(at[side] for at in own.values())}
        for link in self.cell.links:
            for one, other in ((link.source, link.target), (link.target, link.source)):
                if one in own and other in others and axis in (self._block_of[other].x, self._block_of[other].y):
                    gaps[own[one][side]].append(others[other][side] - own[one][side])
        if all(gaps.values()):
            least = min((after - before for before, after in pairwise(gaps)), default=0.0)
            wishes = [place + sum(by) / len(by) for place, by in gaps.items()]
            places = dict(zip(gaps, apart(wishes, least), strict=True))
        else:
            known = [by for several in gaps.values() for by in several]
            places = {place: place + (sum(known) / len(known) if known else 0.0) for place in gaps}
        return {name: (x, places[y]) if side else (places[x], y) for name, (x, y) in own.items()}

    def _extents(self, side: int) -> list[float]:
        """Return the extent of one step of each column or line of blocks."""
        found = [0.0] * len(self.board.columns if side == 0 else self.board.lines)
        for name, block in self._block_of.items():
            number = block.column if side == 0 else block.line
            found[number] = max(found[number], self._within[name][side])
        return found

    def _spine(self, block: Block) -> float:
        """Return how far the line of time is below the top of a block."""
        return (block.layout.rows - 1 - block.layout.spine) * self._slot(block)[1]

    def _places(self, side: int, extents: Sequence[float], node: float, space: float) -> list[list[float]]:
        """Return where each track of each column or line begins, for a gap where its middle is."""
        spacing = Spacing(node + space, (node + space + 40.0) / 2 + 8.0, node + space + 34.0 * self.scale)
        axes = (self.board.columns, self.board.lines)[side]
        found: list[list[float]] = []
        tracks: list[Track] = []
        for number, (axis, size) in enumerate(zip(axes, extents, strict=True)):
            found.append([0.0] * len(self._columns(axis)))
            tracks += self._tracks_in(side, number, size < 1.5 * (node + space), size)
        starts = iter(starts_of(tracks, spacing))
        for axis, places in zip(axes, found, strict=True):
            order = range(len(places))
            for n in reversed(order) if axis in self.board.upward else order:
                places[n] = next(starts)
        return found

    def _columns(self, axis: str | None) -> Sequence[Column]:
        return self._tracks.get(axis or "", (Column("step"),))

    def _tracks_in(self, side: int, number: int, is_small: bool, size: float) -> list[Track]:
        """Return the tracks of one column or line in the order in which they follow each other on the page."""
        axis = (self.board.columns, self.board.lines)[side][number]
        columns = list(enumerate(self._columns(axis)))
        if axis in self.board.upward:
            columns.reverse()
        names = [self._names.get((side, number, n), set()) for n, _ in columns]
        whole = [n for n, there in enumerate(names) if there == set[str]().union(*names)] or [0]
        across = {self._number(block, 1 - side) for block in self.board.blocks if self._number(block, side) == number}
        found = []
        for n, ((_, column), there) in enumerate(zip(columns, names, strict=True)):
            is_gap, is_whole = column.kind == "gap", whole[0] <= n <= whole[-1] or column.kind == "gap"
            extents: dict[int, tuple[float, float]] = {}
            for name in there:
                block, within = self._block_of[name], self._within[name][side]
                first, last = extents.get(self._number(block, 1 - side), (within, within))
                extents[self._number(block, 1 - side)] = min(first, within), max(last, within)
            if not there and (column.kind != "dots" or not self._names):
                extents = dict.fromkeys(across, (0.0, 0.0 if is_gap else size))
            if column.kind == "dots" and n and columns[n - 1][1].kind == "step" and is_small:
                # As far behind the last step as that is behind the one before it.
                extents, is_whole = {key: (0.0, last) for key, (_, last) in extents.items()}, True
            found.append(Track(number, extents, is_whole, is_gap))
        return found

    @staticmethod
    def _number(block: Block, side: int) -> int:
        """Return the number of the column or of the line of a block."""
        return block.line if side else block.column

    def tracks_of(self, instance: Instance) -> tuple[int, int]:
        """Return the positions of an instance along x and y."""
        block = self._block_of[instance.name]
        along = dict(zip(self.cell.variable(instance.name).axes, instance.at, strict=False))
        return along.get(block.x or "", 0), along.get(block.y or "", 0)

    def shape(self, name: str, at: tuple[int, int] = (0, 0)) -> Outline:
        """Return the outline of a variable, given its positions along x and y."""
        block = self._block_of[name]
        x, y = self._within[name]
        return Outline(self.xs[block.column][at[0]] + x, self.ys[block.line][at[1]] + y, self.rx, self.ry)

    def within(self, name: str) -> tuple[float, float]:
        """Return where a variable stands in the step of its column and line."""
        return self._within[name]

    def pitch(self, block: Block) -> tuple[float, float]:
        """Return how far neighbouring steps of a block are apart."""
        return (
            self.widths[block.column] + 2 * self.rx + _ACROSS * self.scale,
            self.heights[block.line] + 2 * self.ry + _DOWN * self.scale,
        )

    def middle(self, block: Block) -> tuple[float, float]:
        """Return the middle of a block in the step of its column and line."""
        x, y = zip(*(self._within[name] for name in block.names), strict=True)
        return (min(x) + max(x)) / 2, (min(y) + max(y)) / 2

    def _inside(self, block: Block, name: str) -> tuple[float, float]:
        slot, row = self._slot(block)
        place, level = block.layout.place[name] * slot, block.layout.row[name]
        if block.turned:
            return level * row, place
        return place, (level if block.flipped else block.layout.rows - 1 - level) * row

    @property
    def spine(self) -> float:
        """The height of the lines of time of strips."""
        block = max(self.board.blocks, key=self._spine)
        return self._spine(block)

    def block(self, name: str) -> Block:
        """Return the block of a variable."""
        return self._block_of[name]
