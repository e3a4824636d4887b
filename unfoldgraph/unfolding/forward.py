"""The length of a longest path where one axis runs forward, without walking it.

How deep a node lies is one more than the deepest node it reads: a recurrence in maximum and plus. Such a
recurrence becomes periodic: after some steps every depth grows by the same amount each period (Baccelli,
Cohen, Olsder and Quadrat 1992, section 3.7). So the first steps are computed, the period is found and
checked, and the last step follows by arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from unfoldgraph.base.limits import STEPPED_READS
from unfoldgraph.causality.integer_program import Effort
from unfoldgraph.model.equations import Model, Read, Statement

#: After how many steps to look for the period first.
_FIRST_CHECK = 32


@dataclass(slots=True)
class _Levels:
    """The depth of one signal at every place: computed ones, then growing by `rise` each `period`.

    `before` are the places that are not walked: boundaries, and pins of what is in no loop.
    """

    before: dict[int, int]
    computed: list[int]
    period: int = 1
    rise: int = 0

    def at(self, place: int) -> int | None:
        """Return the depth at a place; None where there is no node."""
        if place in self.before or place < 1 or not self.computed:
            return self.before.get(place)
        if place <= len(self.computed):
            return self.computed[place - 1]
        # The last computed period repeats.
        periods = -(-(place - len(self.computed)) // self.period)
        return self.computed[place - periods * self.period - 1] + periods * self.rise

    def deepest(self, first: int, last: int) -> int | None:
        """Return the greatest depth from one place to another."""
        found = [depth for place, depth in self.before.items() if first <= place <= last]
        walked = enumerate(self.computed[max(0, first - 1) : max(0, last)], max(1, first))
        found += [depth for place, depth in walked if place not in self.before]
        # Depth never falls over a period, so the last one holds the greatest.
        found += [self.at(place) or 0 for place in range(max(1, first, last - self.period + 1), last + 1)]
        return max(found, default=None)


def runs_forward(model: Model) -> bool:
    """Say whether a circuit has at most one axis, along which nothing looks ahead and no place counts from the end."""
    if len(model.axes) > 1 or any(one.ranges for one in model.statements):
        return False
    looks_ahead = any(at.moves and at.offset > 0 for one in model.statements for read in one.reads for at in read.index)
    reads_past_end = any(
        at.base == "end" and at.offset > 0 for one in model.statements for read in one.reads for at in read.index
    )
    gives_from_end = any(at.base == "end" for one in model.statements for at in one.index)
    return not (looks_ahead or reads_past_end or gives_from_end)


def forward_path(model: Model, lengths: Mapping[str, int], exists: Callable[[Statement], bool]) -> int:
    """Return the number of edges on a longest path of the unfolded graph of a circuit that runs forward.

    `exists` says of a boundary whether it is part of that graph. Raises `OutOfEffort` where `STEPPED_READS` are not
    enough to find the period.
    """
    effort = Effort(STEPPED_READS)
    length = lengths[model.axes[0]] if model.axes else 0
    levels: dict[str, _Levels] = {name: _Levels({}, [0] * min(length, 1)) for name in model.inputs}
    for boundary in model.free:
        known = levels.setdefault(boundary.name, _Levels({}, []))
        for ((first, last),) in boundary.boxes:
            # Deep boundaries are all at depth 0; the places that are read are all that matters.
            known.before.update(dict.fromkeys(range(first, last + 1), 0))
    values: dict[str, int] = {}
    deepest = 0
    for component in model.schedule:
        statements = [model.statements[number] for number in component.members]
        equations = [s for s in statements if s.axes]
        for statement in statements:
            # Pins in a loop are met on the walk; any other is known before it starts.
            if statement.axes or (statement.is_pin and equations) or not exists(statement):
                continue
            depth = _depth(statement, 0, levels, values, length)
            deepest = max(deepest, depth)
            if statement.place is None:
                values[statement.name] = depth
            else:
                levels.setdefault(statement.name, _Levels({}, [])).before[statement.place[0]] = depth
        if equations:
            _grow(model, statements, equations, levels, values, length, effort)
    # The pins of what is in no loop may come after the steps beside them, so all are compared at the end.
    return max([deepest, *(known.deepest(1, length) or 0 for known in levels.values())])


def _depth(
    statement: Statement,
    at: int,
    levels: Mapping[str, _Levels],
    values: Mapping[str, int],
    length: int,
) -> int:
    """Return the depth of a statement at a place: one more than the deepest node it reads."""
    found = [0 for _ in statement.parameters]
    for read in statement.reads:
        depth = _source_depth(read, at, levels, values, length)
        if depth is not None:
            found.append(depth)
    return 1 + max(found) if found else 0


def _source_depth(
    read: Read, at: int, levels: Mapping[str, _Levels], values: Mapping[str, int], length: int
) -> int | None:
    """Return how deep what is read lies; None where there is no node."""
    if not read.index:
        return values[read.name]
    (position,) = read.index
    known = levels.get(read.name)
    if known is None:
        return None
    if position.bound:
        return known.deepest(1 + position.offset, length + position.offset)
    if position.base == "end":
        return known.at(length + position.offset)
    return known.at((at if position.base else 0) + position.offset)


def _grow(
    model: Model,
    statements: Sequence[Statement],
    equations: Sequence[Statement],
    levels: dict[str, _Levels],
    values: Mapping[str, int],
    length: int,
    effort: Effort,
) -> None:
    """Compute the depths of the signals of one component, until they repeat or the steps end."""
    by_name = {s.name: s for s in equations}
    # In the order in which one step computes them: a pin may read what its own step has just computed.
    order = [s for s in statements if s.axes or s.is_pin]
    for statement in order:
        levels.setdefault(statement.name, _Levels({}, []))
    pinned = {(s.name, s.place[0]) for s in order if s.place is not None}
    offsets = (at.offset for s in equations for read in s.reads for at in read.index if at.base in s.axes)
    window = 1 - min(offsets, default=0)
    # What is read repeats only beyond the pins, and beyond what was computed of it one by one.
    read_here = dict.fromkeys(read.name for s in equations for read in s.reads if read.name in levels)
    special = (one for name in (*by_name, *read_here) for one in model.special.get(name, ()))
    unsettled = [one.place[0] for one in special if one.place is not None and one.place[0] <= length]
    unsettled += [len(levels[name].computed) for name in read_here if name not in by_name]
    settled = max([0, *unsettled]) + window
    check_at = settled + _FIRST_CHECK + 4 * window
    # All places but those of pins are alike; of pins there may be many.
    everywhere = [number for number, statement in enumerate(order) if statement.axes]
    at_pins: dict[int, list[int]] = {}
    for number, statement in enumerate(order):
        if statement.place is not None:
            at_pins.setdefault(statement.place[0], []).append(number)
    reads = sum(1 + len(statement.reads) for statement in equations)
    effort.spend(min(check_at, length) * reads)
    for t in range(1, length + 1):
        for number in sorted([*everywhere, *at_pins[t]]) if t in at_pins else everywhere:
            statement = order[number]
            known = levels[statement.name]
            if statement.place == (t,):
                depth = _depth(statement, t, levels, values, length)
                if statement.name in by_name:
                    known.computed.append(depth)
                else:
                    known.before[t] = depth
            elif statement.axes and (statement.name, t) not in pinned:
                before = known.before.get(t)
                known.computed.append(_depth(statement, t, levels, values, length) if before is None else before)
        if t == check_at:
            if _repeats(by_name, levels, t, window, settled):
                return
            effort.spend((min(2 * check_at - settled, length) - check_at) * reads)
            check_at += check_at - settled


def _repeats(
    equations: Mapping[str, Statement],
    levels: dict[str, _Levels],
    t: int,
    window: int,
    settled: int,
) -> bool:
    """Find a period that goes on for ever, and note it.

    It does when every signal has grown by its own constant over one period for a whole window, and no read
    that lies behind now grows faster than the signal it feeds.
    """
    outside = [
        levels[read.name]
        for s in equations.values()
        for read in s.reads
        if read.kind == "delay" and read.index and read.name not in equations and read.name in levels
    ]
    for period in range(1, (t - settled - window) // 2 + 1):
        if any(period % known.period for known in outside):
            continue
        rises = {}
        for name in equations:
            now = levels[name].computed
            rise = now[t - 1] - now[t - 1 - period]
            if any(now[t - 1 - back] - now[t - 1 - back - period] != rise for back in range(window + period)):
                break
            rises[name] = rise
        else:
            if all(_is_led(s, levels, rises, period) for s in equations.values()):
                for name, rise in rises.items():
                    levels[name].period, levels[name].rise = period, rise
                return True
    return False


def _is_led(statement: Statement, levels: Mapping[str, _Levels], rises: Mapping[str, int], period: int) -> bool:
    """Say whether nothing a statement reads grows faster than it does itself."""
    for read in statement.reads:
        if read.kind == "delay" and read.index and read.name in levels:
            known = levels[read.name]
            rise = rises.get(read.name, known.rise * (period // known.period))
            if rise > rises[statement.name]:
                return False
    return True
