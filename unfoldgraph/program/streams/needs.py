"""What a later run needs of an earlier one, so that both together are the whole run.

A circuit on one axis whose indices look back only needs the last places of what it reads back, what stands at fixed
places, and how many steps are done where it counts them. From some step on no boundary, no pin and no end of a range
matters any more: from there on every step is the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from unfoldgraph.algebra.expression import BY_VALUE, Expr, Index, items_of, places_of_entry, postorder
from unfoldgraph.algebra.notation import read_text, shown
from unfoldgraph.algebra.operators import is_reduction
from unfoldgraph.base.affine import Affine, axis_of_length, index, length, plain_name, size_name, whole
from unfoldgraph.base.errors import CircuitError
from unfoldgraph.model.equations import Model, Statement
from unfoldgraph.program.bound import as_written
from unfoldgraph.program.reach import Domain
from unfoldgraph.program.schedule import Schedule


@dataclass(slots=True)
class Needs:
    """What is needed to go on.

    Attributes
    ----------
    axis : that of the steps.
    lags : how many places before a step are read, by the name of a signal or an input; sums of sizes may tell.
    ends : how many of the last places are read from the end, by name.
    fixed : the places from 1 on that other steps read, each with its name.
    settled : after how many steps no boundary, no pin and no end of a range matters; `settled_at` counts lags too.
    counts : whether the number of a step is read as a number.
    later : the statements that give the values of all later steps, by number, each with the indices that move with
        the step.
    """

    axis: str
    lags: dict[str, dict[Affine, None]] = field(default_factory=dict)
    ends: dict[str, int] = field(default_factory=dict)
    fixed: dict[tuple[str, int], None] = field(default_factory=dict)
    settled: int = 0
    counts: bool = False
    later: dict[int, frozenset[str]] = field(default_factory=dict)

    def lag(self, name: str, sizes: Mapping[str, int]) -> int:
        """Return how many places before a step are read of a name, where sizes are known."""
        numbers = {size_name(size): value for size, value in sizes.items()}
        return max((one.number(numbers) for one in self.lags.get(name, ())), default=0)

    def kept(self, name: str, sizes: Mapping[str, int]) -> int:
        """Return how many of the last places of a name a later run needs."""
        return max(self.lag(name, sizes), self.ends.get(name, 0))

    def settled_at(self, sizes: Mapping[str, int]) -> int:
        """Return after how many steps every step is the same, and all that it reads back is of steps."""
        return max(self.settled, *(self.kept(name, sizes) for name in (*self.lags, *self.ends)), 0)

    @property
    def by_sizes(self) -> set[str]:
        """The sizes that tell how far back something is read."""
        return {plain_name(name) for lags in self.lags.values() for lag in lags for name, _ in lag.terms}


def needs_of(schedule: Schedule) -> Needs:
    """Return what is needed to go on where a run of a circuit ended.

    Raises
    ------
    CircuitError
        Where a run cannot go on, with the reason: there are several axes, or a value depends on what comes later, on
        the length, or on ever more of the past.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> from unfoldgraph.program.schedule import schedule_of
    >>> needs = needs_of(schedule_of(read("y(n) = a*y(n-2) + x(n) - x(1); y(1) = 0; y(2) = 1"), None))
    >>> needs.lag("y", {}), list(needs.fixed), needs.settled, needs.counts
    (2, [('x', 1)], 2, False)
    """
    model = schedule.model
    axes = {axis for name in schedule.needed for axis in model.axes_of(name)}
    if not axes:
        raise _refused("it has no axis")
    if len(axes) > 1:
        listed = ", ".join(shown(axis) for axis in model.axes if axis in axes)
        raise _refused(f"it has the axes {listed}, and a run goes on along one")
    (axis,) = axes
    for name in schedule.needed:
        if model.axes_of(name) and model.shapes[name] is None:
            raise _refused(f"nothing tells the shape of {name}", f"declare it, as in {shown(name)}({shown(axis)}) : n")
    found = Needs(axis)
    for number in schedule.members:
        statement = model.statements[number]
        if not statement.index or _is_later(found, statement):
            found.later[number] = _NeedsOfStatement(found, model, statement).noted()
        else:
            _look_back(axis, model, statement)
    found.settled = max(found.settled, *(place for _, place in found.fixed), 0)
    return found


def _refused(reason: str, help: str | None = None) -> CircuitError:
    return CircuitError(f"a run of this circuit has no state to go on from: {reason}", help=help)


def _is_later(found: Needs, statement: Statement) -> bool:
    """Say whether a statement gives later steps too, and note after how many steps that is known."""
    (at,) = statement.index
    if at.base == "end" and at.offset <= 0:
        raise _refused(f"{statement.label} stands at the end, and a later run has another one")
    if not at.moves:
        found.settled = max(found.settled, 0 if at.base else at.offset)
        return False
    if not statement.ranges:
        return True
    (own,) = statement.ranges
    first, last = own.ends
    if not last.terms:
        found.settled = max(found.settled, last.constant)
        return False
    if first.terms or last != length(found.axis):
        raise _refused(f"where {statement.label} stands goes by more than a number")
    found.settled = max(found.settled, first.constant - 1)
    return True


def _look_back(axis: str, model: Model, statement: Statement) -> None:
    """Raise where what stands in the first steps only, or before them, goes by what comes later."""
    read = Needs(axis)
    _NeedsOfStatement(read, model, statement, is_first=True).noted()
    (at,) = statement.index
    place = at.offset if not at.moves else min((one.first.constant for one in statement.ranges if one.first), default=0)
    for name, other in read.fixed:
        if other > place:
            raise _refused(f"{read_text(name, [Index('', other)])} is later than {statement.label}, which reads it")


class _NeedsOfStatement:
    """Notes what one statement needs; `is_first` is one that gives no later steps."""

    def __init__(self, found: Needs, model: Model, statement: Statement, is_first: bool = False) -> None:
        self.found, self.model, self.statement, self.is_first = found, model, statement, is_first
        self.domain = Domain(model, statement)
        self.is_of_steps = bool(statement.index)
        #: The indices that move with the step.
        self.moving = {found.axis}

    def noted(self) -> frozenset[str]:
        """Note what the statement reads, and return the indices that move with the step."""
        order = list(postorder([self.statement.value]))
        # What is bound outside tells what is bound inside.
        for node in reversed(order):
            if is_reduction(node):
                self._binding(node)
        for node in order:
            match node.operator:
                case "read":
                    self._read(node)
                case "axis":
                    self.found.counts |= node.data[0] in self.moving
                case "length":
                    if self.is_of_steps:
                        raise _refused(f"{self.statement.label} goes by how many steps there are")
                    self.found.counts = True
            for at in places_of_entry(node):
                self._entry(node, at)
        return frozenset(self.moving)

    def _binding(self, node: Expr) -> None:
        (binding,) = node.data
        if not binding.ends:
            raise self._of_all(node)
        moved = [self._moved(end) for end in binding.ends]
        if any(axis_of_length(name) for end in binding.ends for name, _ in end.terms) or moved not in ([0, 0], [1, 1]):
            raise self._of_all(node)
        if moved[0]:
            self.moving.add(binding.name)

    def _moved(self, form: Affine) -> int:
        """Return by how many places a sum moves in a step."""
        return sum(form.factor(name) for name in self.moving)

    def _of_all(self, node: Expr) -> CircuitError:
        return _refused(
            f"{as_written(node)} is of ever more steps",
            "write what is summed as a signal that goes on, as in total(t) = total(t-1) + x(t)",
        )

    def _read(self, node: Expr) -> None:
        name, places = node.data
        if not places:
            return
        (at,) = places
        if not at.base:
            self._fixed(node, name, at)
        elif at.base == BY_VALUE:
            raise _refused(f"{as_written(node)} may be any step")
        elif self.is_of_steps:
            self._before(node, name, at)
        elif at.base != "end":
            raise _refused(f"{as_written(node)} goes by how many steps there are")
        else:
            self.found.ends[name] = max(self.found.ends.get(name, 0), 1 - at.offset)

    def _fixed(self, node: Expr, name: str, at: Index) -> None:
        if at.offset < 1 and not self.is_first:
            help_ = f"give what {read_text(name, [at])} is as a parameter"
            raise _refused(f"{as_written(node)} lies before the first step, and is read later on", help_)
        self.found.fixed[name, at.offset] = None

    def _before(self, node: Expr, name: str, at: Index) -> None:
        place = at.sum_on(self.found.axis)
        back = index(self.found.axis) - place
        if any(axis_of_length(one) for one, _ in back.terms):
            raise _refused(f"{as_written(node)} goes by how many steps there are")
        if self._moved(place) != 1:
            raise _refused(f"{as_written(node)} is not always so many steps before")
        if not self.domain.never_below(back):
            raise _refused(f"{as_written(node)} may be a later step")
        greatest = self.domain.greatest(back)
        if greatest != whole(0):
            self.found.lags.setdefault(name, {})[greatest] = None

    def _entry(self, node: Expr, at: Index) -> None:
        if at.form is None or not self._moved(at.form):
            return
        if at not in items_of(node):
            raise _refused(f"{as_written(node)} is another part in every step")
        self.found.counts = True
