"""The model: a circuit as an immutable set of equations, and the finite graph they are.

A statement gives a signal its value over the indices its left side names: an equation over all its axes, a
boundary off an edge (`h(0) = 0`, `c(0, j) = j`, `g(end+1) = 0`), or a pin that takes the recurrence's place
inside (`s(1) = s1`). Everything that is asked of one step is asked here, once, and costs nothing as the steps
grow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from itertools import groupby, product
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from unfoldgraph.algebra.expression import AFFINE, Binding, Expr, Index, read
from unfoldgraph.algebra.notation import place_text, read_text, shown, sum_text, text
from unfoldgraph.algebra.shapes import Shape
from unfoldgraph.base.affine import Affine, index, is_index, size_name, whole
from unfoldgraph.base.boxes import Box, volume
from unfoldgraph.base.errors import Problem, listing, require_within
from unfoldgraph.base.limits import CIRCUIT_EDGES
from unfoldgraph.causality.wavefronts import Component
from unfoldgraph.model.index_arithmetic import holds, names_of

if TYPE_CHECKING:
    import networkx

ReadKind = str
"""`"delay"`, `"end"`, `"all"`, `"range"`, `"place"`, `"fixed"`, or `"parameter"`."""


class Read(NamedTuple):
    """One place, relative or fixed, at which a statement reads a signal or an input, or all of those of a range.

    Attributes
    ----------
    index : the places, none of them computed: sums of the indices of the statement, of those that reductions bind, and
        of new ones in place of what is computed.
    within : over what such indices run, outermost first; what is computed is any place, and has no ends.
    guard : sums that are at least 0 wherever the read takes place.
    when : other conditions on indices, which are to hold as well.
    node : the read as it stands in the value of the statement, None where that is known from name and index.
    """

    name: str
    index: tuple[Index, ...]  # type: ignore[assignment]  # the word of the language, not the method of tuples
    kind: ReadKind
    within: tuple[Binding, ...] = ()
    guard: tuple[Affine, ...] = ()
    when: tuple[Expr, ...] = ()
    node: Expr | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it is of one place, or of a whole axis, wherever the statement has a place."""
        return not self.within and not self.guard and not self.when and all(at.is_plain for at in self.index)

    @property
    def written(self) -> str:
        """The read as text."""
        return read_text(self.name, self.index) if self.node is None else text(self.node)


class AsWritten(NamedTuple):
    """Both sides of a statement as they were written, and the ranges behind them."""

    left: Expr
    right: Expr
    ranges: tuple[Binding, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """`name(index) = right`.

    Attributes
    ----------
    right : the right side as it was written.
    value : the same with functions inlined, and reductions over one index each; what everything but the
        text of the equations goes by.
    reads, parameters : what `value` reads, each once, in the order written.
    ranges : where it stands along those axes on which it does not run from 1 to the end.
    written : how it was written, where that is another form of the same, which is what is printed.
    """

    name: str
    index: tuple[Index, ...]
    right: Expr
    value: Expr
    reads: tuple[Read, ...]
    parameters: tuple[str, ...]
    ranges: tuple[Binding, ...] = ()
    written: AsWritten | None = None

    @property
    def axes(self) -> tuple[str, ...]:
        """The axes its left side runs over."""
        return tuple(at.base for at in self.index if at.moves)

    @property
    def diagonal(self) -> tuple[str, ...]:
        """The axes along which its other indices say where it stands, as in `c(i, i-1)`."""
        return tuple(
            one.name
            for one in self.ranges
            if one.first is not None and one.first == one.last and any(is_index(name) for name, _ in one.first.terms)
        )

    @property
    def as_written(self) -> AsWritten:
        """What is printed of it."""
        if self.written is not None:
            return self.written
        ranges = tuple(one for one in self.ranges if one.name not in self.diagonal)
        return AsWritten(read(self.name, self.written_index), self.right, ranges)

    def is_apart(self, other: Statement) -> bool:
        """Say whether another of the same name stands at other numbers, as some index tells by itself: a quick look."""
        pairs = zip(self.index, other.index, strict=True)
        return any(
            not one.moves and not its.moves and one.base == its.base and one.offset != its.offset for one, its in pairs
        )

    @property
    def freedom(self) -> int:
        """Along how many axes it runs, less those along which its other indices say where it is.

        Where statements of one name meet, the one with the least holds, and of these the one written first.
        """
        return len(self.axes) - len(self.diagonal)

    @property
    def is_equation(self) -> bool:
        """Whether it holds at every place of its signal, or of its ranges, that no pin, boundary or diagonal gives."""
        return all(at.moves for at in self.index) and not self.diagonal

    @property
    def label(self) -> str:
        """Its left side as text."""
        return read_text(self.name, self.written_index)

    @property
    def written_index(self) -> tuple[Index, ...]:
        """Its left side as it is written: `c(i, i-1)` for a range of one place."""
        along = {one.name: one.first for one in self.ranges if one.name in self.diagonal}
        return tuple(Index(AFFINE, form=along[at.base]) if at.moves and at.base in along else at for at in self.index)

    @property
    def place(self) -> tuple[int, ...] | None:
        """Its place where that is one of numbers, as in `h(0)` and `c(0, 0)`; None for any other statement."""
        is_numbered = self.index and all(at.base == "" for at in self.index)
        return tuple(at.offset for at in self.index) if is_numbered else None

    @property
    def is_boundary(self) -> bool:
        """Whether it gives values off an edge: `h(0)`, `c(0, j)`, `g(end+1)`."""
        return any(at.is_off_edge for at in self.index)

    @property
    def is_pin(self) -> bool:
        """Whether it takes the place of the recurrence somewhere from 1 to end: `s(1)`, `u(t, end)`, `c(i, i)`."""
        return not self.is_equation and not self.is_boundary


@dataclass(frozen=True, slots=True)
class Definition:
    """`def name(arguments) = body`; `written` is the body where that has constants."""

    name: str
    arguments: tuple[str, ...]
    body: Expr
    written: Expr | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Constant:
    """`M = 8`: a name that stands for a whole number; `right` is how that is written."""

    name: str
    right: Expr
    value: int


class Group(NamedTuple):
    """`group "…": i, f, o`: signals and inputs that are shown together under a title, which changes no meaning."""

    title: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FreeBoundary:
    """Places off the lower edge that are read and not written: the caller's, 0 unless given.

    Attributes
    ----------
    argument : what the caller calls it (`h0`).
    boxes : the places, where numbers tell them.
    firsts : sums of sizes, where these tell how far back it goes: it is all places from the least of them to 0.
    """

    name: str
    argument: str
    boxes: tuple[Box, ...]
    firsts: tuple[Affine, ...] = ()

    @property
    def count(self) -> int:
        """How many places they are, where numbers tell them."""
        return volume(self.boxes)

    @property
    def has_several(self) -> bool:
        """Whether its array has a dimension for places: it has wherever a size tells how many, even if that is one."""
        return bool(self.firsts) or self.count > 1

    @property
    def written(self) -> str:
        """The places as they are written, of several beside one another the first and the last.

        Examples
        --------
        >>> from unfoldgraph.base.affine import size, whole
        >>> FreeBoundary("x", "x0", (), (whole(2) - size("M"),)).written, FreeBoundary("h", "h0", (((0, 0),),)).written
        ('x(2-M) to x(0)', 'h(0)')
        """
        if self.firsts:
            # It is the least of several where no one size tells it.
            told = ", ".join(map(sum_text, self.firsts))
            least = told if len(self.firsts) == 1 else f"min({told})"
            return f"{place_text(self.name, [least])} to {read_text(self.name, [Index('', 0)])}"
        places = []
        for box in self.boxes:
            first, last = box[0]
            ends = [first] if first == last or len(box) > 1 else [first, last]
            others = [Index("", at) for at, _ in box[1:]]
            places.append(" to ".join(read_text(self.name, [Index("", end), *others]) for end in ends))
        return listing(places)

    @property
    def told(self) -> str:
        """What the caller may give, in a sentence without its dot."""
        return f"{self.written} {'are' if self.has_several else 'is'} 0 unless given as {shown(self.argument)}"

    def boxes_at(self, sizes: Mapping[str, int]) -> tuple[Box, ...]:
        """Return the places where sizes are known.

        Examples
        --------
        >>> from unfoldgraph.base.affine import size, whole
        >>> FreeBoundary("x", "x0", (), (whole(2) - size("M"),)).boxes_at({"M": 4})
        (((-2, 0),),)
        """
        if not self.firsts:
            return self.boxes
        numbers = {size_name(name): value for name, value in sizes.items()}
        first = min(one.number(numbers) for one in self.firsts)
        return (((first, 0),),) if first <= 0 else ()

    def count_at(self, sizes: Mapping[str, int]) -> int:
        """Return how many places they are where sizes are known."""
        return volume(self.boxes_at(sizes))


@dataclass(frozen=True, eq=False)
class Model:
    """A circuit that has passed every check.

    Attributes
    ----------
    name : what the circuit goes by; also the name of its generated function.
    axes : the axes, in the order written.
    signals, inputs : the axes of each, in the order written.
    parameters : the shared values, in the order written.
    functions : the opaque functions, which the caller supplies.
    sizes : the names of sizes that are also used as numbers.
    shapes : the shape of every signal, input and parameter; None where only opaque functions touch it.
    declared : the shapes as they were declared, None where the declaration leaves it open.
    scalar_too : names whose array may also be given as a scalar.
    length_of : the axis whose length each axis has: its own, or the first of those it shares one with.
    length_from : of axes that no input runs over the one whose length each takes where nobody says how long it is.
    statements : in the order written.
    schedule : components of statements, by number, in an order that computes them.
    free : boundaries left to the caller.
    groups : what is shown together, in the order written.
    warnings : what is allowed but probably not meant.
    constants : names of whole numbers, which stand where they were written in what is printed, and nowhere else.
    written_shapes : shapes as they are printed, where constants are among their sizes.
    """

    name: str
    title: str | None
    axes: tuple[str, ...]
    signals: Mapping[str, tuple[str, ...]]
    inputs: Mapping[str, tuple[str, ...]]
    parameters: tuple[str, ...]
    functions: tuple[str, ...]
    sizes: tuple[str, ...]
    shapes: Mapping[str, Shape | None]
    declared: Mapping[str, Shape | None]
    scalar_too: frozenset[str]
    length_of: Mapping[str, str]
    length_from: Mapping[str, str]
    definitions: tuple[Definition, ...]
    statements: tuple[Statement, ...]
    schedule: tuple[Component[int], ...]
    free: tuple[FreeBoundary, ...]
    groups: tuple[Group, ...] = ()
    warnings: tuple[Problem, ...] = field(default=())
    constants: tuple[Constant, ...] = ()
    written_shapes: Mapping[str, Shape] = field(default_factory=dict)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Model) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    def __getstate__(self) -> dict[str, Any]:
        # What follows from the fields is found again where it is asked for.
        return {one.name: getattr(self, one.name) for one in fields(self)}

    @cached_property
    def _identity(self) -> tuple[object, ...]:
        """What makes two circuits equal; titles, groups and comments do not count, nor does the order of statements.

        Only where two boundaries or pins may meet the order tells which gives the value.
        """

        def told(one: Statement) -> tuple[object, ...]:
            return one.name, one.index, one.ranges, one.right

        first_of_two = [
            (told(one), told(other))
            for of_name in self.special.values()
            for one, other in _pairs(of_name)
            if one.right is not other.right
        ]
        return (
            frozenset(self.axes),
            frozenset(map(told, self.statements)),
            frozenset(first_of_two),
            frozenset(self.shapes.items()),
            frozenset(self.definitions),
        )

    @cached_property
    def axes_by_name(self) -> Mapping[str, tuple[str, ...]]:
        """The axes of every input and signal."""
        return {**self.inputs, **self.signals}

    @cached_property
    def own_axes(self) -> tuple[str, ...]:
        """The axes that share the length of none before them, in the order written."""
        return tuple(axis for axis in self.axes if self.length_of[axis] == axis)

    @cached_property
    def equations(self) -> Mapping[str, tuple[Statement, ...]]:
        """The equations of each signal over its axes: several where each stands at other places."""
        found: dict[str, list[Statement]] = {}
        for statement in self.statements:
            if statement.is_equation:
                found.setdefault(statement.name, []).append(statement)
        return {name: tuple(statements) for name, statements in found.items()}

    @cached_property
    def special(self) -> Mapping[str, tuple[Statement, ...]]:
        """Boundaries and pins by name; where two of them meet at one place, the first gives its value.

        Those with less freedom come first, then those written before.
        """
        found: dict[str, list[Statement]] = {}
        for statement in sorted(self.statements, key=lambda one: one.freedom):
            if not statement.is_equation:
                found.setdefault(statement.name, []).append(statement)
        return {name: tuple(statements) for name, statements in found.items()}

    @cached_property
    def free_by_name(self) -> Mapping[str, FreeBoundary]:
        """The boundary that the caller gives, by the name it belongs to."""
        return {boundary.name: boundary for boundary in self.free}

    def axes_of(self, name: str) -> tuple[str, ...]:
        """Return the axes of a signal or an input; none for a parameter."""
        return self.signals.get(name) or self.inputs.get(name) or ()

    def rank(self, name: str) -> int | None:
        """Return 0 for a scalar, 1 for a vector, …; None where it is unknown."""
        shape = self.shapes.get(name)
        return None if shape is None else len(shape)

    def moves(self, statement: Statement, read: Read) -> tuple[str, ...]:
        """Return the axes along which a read moves with its statement."""
        own = self.axes_of(read.name)
        return tuple(
            axis for at, axis in zip(read.index, own, strict=True) if ahead_of(at, axis, statement, read) is not None
        )

    def delays(self, statement: Statement, read: Read) -> Iterator[tuple[int, ...]]:
        """Yield the delays of a read, as `delay` has them: one for each term of a range between two numbers.

        Raises `CircuitError` where these are too many to be listed.

        Examples
        --------
        >>> from unfoldgraph.language.text import read
        >>> model = read("y[n] = sum(b[k]*x[n-k] for k in 0..2)")
        >>> list(model.delays(model.statements[0], model.statements[0].reads[0]))
        [(0,), (1,), (2,)]
        """
        ahead = {
            axis: found
            for at, axis in zip(read.index, self.axes_of(read.name), strict=True)
            if (found := ahead_of(at, axis, statement, read)) is not None
        }
        terms = {one.name: one.numbers for one in read.within if one.numbers is not None}
        # What holds between these ranges alone tells which terms there are.
        rows = [row for row in read.guard if all(name in terms for name, _ in row.terms)]
        when = [one for one in read.when if all(name in terms for name in names_of(one))]
        used = dict.fromkeys(name for row in (*ahead.values(), *rows) for name, _ in row.terms)
        used |= dict.fromkeys(name for one in when for name in names_of(one))
        count = prod(len(terms[name]) for name in used)
        require_within(count, CIRCUIT_EDGES, f"{read.written} is {{}} edges of the circuit", "give the range a size")
        for numbers in product(*(terms[name] for name in used)):
            at_terms = dict(zip(used, numbers, strict=True))
            if all(row.number(at_terms) >= 0 for row in rows) and all(holds(one, at_terms) for one in when):
                yield tuple(-ahead[axis].number(at_terms) if axis in ahead else 0 for axis in self.axes)

    def delay(self, statement: Statement, read: Read) -> tuple[int, ...]:
        """Return the delay of a read, one integer per axis of the circuit, 0 where it does not move.

        It is negative where the read looks ahead.
        """
        moved = dict.fromkeys(self.axes, 0)
        for at, axis in zip(read.index, self.axes_of(read.name), strict=True):
            if moves_along(at, axis, statement):
                moved[axis] = -at.offset
        return tuple(moved.values())

    def recurrent(self) -> tuple[str, ...]:
        """Return the signals that depend on themselves, in the order written."""
        looped = {
            self.statements[number].name
            for component in self.schedule
            if component.recurrent
            for number in component.members
        }
        return tuple(name for name in self.signals if name in looped)

    def delayed(self) -> tuple[str, ...]:
        """Return the signals that are read with a delay, in the order written."""
        found = {
            read.name
            for statement in self.statements
            for read in statement.reads
            for at, axis in zip(read.index, self.axes_of(read.name), strict=True)
            if ahead_of(at, axis, statement, read) not in (None, whole(0))
        }
        return tuple(name for name in self.signals if name in found)

    def graph(self) -> networkx.MultiDiGraph:
        """Return the circuit as a graph: a node per name, an edge per distinct read."""
        import networkx

        graph = networkx.MultiDiGraph(axes=self.axes)
        for kind, names in (("parameter", self.parameters), ("input", self.inputs), ("signal", self.signals)):
            for name in names:
                graph.add_node(name, kind=kind, axes=self.axes_of(name))
        still = (0,) * len(self.axes)
        for statement in self.statements:
            edges = [
                (read.name, delay, read.kind) for read in statement.reads for delay in self.delays(statement, read)
            ]
            edges += [(name, still, "parameter") for name in statement.parameters]
            for source, delay, kind in edges:
                # The key makes equal graphs equal whatever the order in which they were built.
                graph.add_edge(source, statement.name, key=(delay, kind), delay=delay, read=kind)
        return graph


def ahead_of(at: Index, axis: str, statement: Statement, read: Read) -> Affine | None:
    """Return how far a place of a read lies ahead of its statement along the axis it is a place of.

    It is a sum of indices that run between two numbers; None where it does not move as the statement does.
    """
    if moves_along(at, axis, statement):
        return whole(at.offset)
    if at.form is None or axis not in statement.axes or at.form.factor(axis) != 1:
        return None
    found = at.form - index(axis)
    terms = {one.name for one in read.within if one.numbers is not None}
    return found if all(name in terms for name, _ in found.terms) else None


def moves_along(at: Index, axis: str, statement: Statement) -> bool:
    """Say whether one place of a read moves along the axis that it is a place of, as its statement moves there."""
    return not at.bound and at.base == axis and axis in statement.axes


def _pairs(special: Sequence[Statement]) -> Iterator[tuple[Statement, Statement]]:
    """Yield which boundaries and pins of one name may meet, of those that run over as many axes: the first before."""
    for freedom, some in groupby(special, key=lambda one: one.freedom):
        before: list[Statement] = []
        meeting: list[Statement] = []
        for each in some:
            # Single places that numbers tell are apart, however many there are.
            may_meet = freedom > 0 or any(at.base == "end" for at in each.index)
            yield from ((one, each) for one in (before if may_meet else meeting) if not one.is_apart(each))
            before.append(each)
            meeting += [each] if may_meet else []
