"""Where the variables of one step stand: rows by dependence, then places within the rows.

Rows are the longest paths of the delay-free graph, inputs at the bottom. Places
within a row start from barycentres and are improved by trying single moves and
exchanges against one cost: edges that would run through a node, crossings, and
length, with the delayed edges to the next step counted too. Every choice is by
cost and then by the order written, so the same cell gives the same layout.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from unfoldgraph.drawing.graphs.rolled import Cell, Link, reaches

__all__ = ["Layout", "arrange"]

# Cells larger than this are placed by barycentres alone: the search is quadratic in the edges.
_SEARCHED = 16
# The distance of rows, in slots.
_TALL = 1.2
_ROUNDS = 6
# How near a node may come to an upright line from step to step, in slots.
_UPRIGHT = 0.7
# What one of each costs, in slots of edge length.
_HIT, _BEND, _CROSSING, _WIDTH, _SLANT, _ALIGNED = 14.0, 2.9, 3.0, 0.9, 1.0, 0.55


@dataclass(frozen=True, slots=True)
class Layout:
    """Row (0 is the bottom) and place (in slots, 0 is the left end) of every variable.

    ``spine`` is the row along which the step repeats: that of the first delayed edge.
    """

    row: dict[str, int]
    place: dict[str, float]
    rows: int
    width: float
    spine: int


def arrange(cell: Cell, along: tuple[str | None, str | None] | None = None) -> Layout:
    """Return the layout of one step.

    ``along`` are the axes that run to the right and in the direction of the rows; where there is one axis it
    runs to the right.
    """
    if not cell.variables:
        return Layout({}, {}, 0, 0.0, 0)
    right, up = along or (cell.axes[0] if cell.axes else None, None)
    shifts = [_shift(cell, link, right, up) for link in cell.links]
    row = _rows(cell)
    place = _places(cell, row, shifts)
    least = min(place.values())
    place = {name: x - least for name, x in place.items()}
    delayed = [link for link in cell.links if link.delayed]
    # Time runs along the states; along the inputs only where there is nothing else.
    delayed.sort(key=lambda link: cell.variable(link.source).role == "input")
    spine = row[delayed[0].source] if delayed else (max(row.values()) + 1) // 2
    return Layout(row, place, max(row.values()) + 1, max(place.values()), spine)


def _shift(cell: Cell, link: Link, right: str | None, up: str | None) -> tuple[int, int]:
    """How many steps a link leads to the right and along the rows; of very long ones two."""
    delay = dict(zip(cell.axes, link.delay, strict=True))
    return (
        max(-2, min(2, delay[right])) if right else 0,
        max(-2, min(2, delay[up])) if up else 0,
    )


def _flat(cell: Cell) -> list[Link]:
    """Return the delay-free links, without those that would close a cycle (fixed reads can)."""
    result: list[Link] = []
    after: dict[str, set[str]] = {v.name: set() for v in cell.variables}
    for link in cell.links:
        if link.delayed or link.source == link.target or reaches(after, link.target, link.source):
            continue
        after[link.source].add(link.target)
        result.append(link)
    return result


def _rows(cell: Cell) -> dict[str, int]:
    """Return the row of each variable."""
    flat = _flat(cell)
    inputs = {v.name for v in cell.variables if v.role == "input"}
    floor = 1 if inputs else 0
    row = {v.name: 0 if v.name in inputs else floor for v in cell.variables}
    # Longest paths, by relaxation in topological order (the list is acyclic by construction).
    for _ in range(len(cell.variables)):
        changed = False
        for link in flat:
            least = row[link.source] + 1
            if link.target not in inputs and row[link.target] < least:
                row[link.target] = least
                changed = True
        if not changed:
            break
    _one_recurrence_a_row(cell, flat, row, inputs)
    _sink(cell, flat, row, inputs)
    # A total over the steps stands above everything, so the top row is that of the steps.
    top = max((row[v.name] for v in cell.variables if v.axes), default=max(row.values()))
    _totals_apart(cell, row)
    lines = {row[k.source] for k in cell.links if k.delayed and row[k.source] == row[k.target]}
    for name in sorted(inputs, key=[v.name for v in cell.variables].index):
        readers = [link.target for link in cell.links if link.source == name and link.target != name]
        if not readers:
            continue
        # An input that only the top row reads stands above it, unless it is the foot of its reader.
        others = {link.source for link in flat if link.target in readers and link.source != name}
        feet = {link.source for link in flat if link.target in readers and link.source in inputs}
        supported = bool(others - inputs) or any(min(row[r] for r in readers) > floor for _ in feet)
        below = max(0, min(row[r] for r in readers) - 1)
        # What belongs to no step may stand above what belongs to none either.
        highest = top if cell.variable(name).axes else max(row.values())
        if all(row[r] == highest for r in readers) and supported and highest > floor and highest == max(row.values()):
            row[name] = highest + 1
        elif below in lines and below + 1 not in lines and supported:
            # Below it would stand in the way of a line of time; beside its reader it does not.
            row[name] = below + 1
        else:
            row[name] = below
    _values_apart(cell, row)
    used = sorted(set(row.values()))
    return {name: used.index(level) for name, level in row.items()}


def _values_apart(cell: Cell, row: dict[str, int]) -> None:
    """Put values that steps read, and that read no step, below all rows, where they would stand among the steps."""
    steps = [variable.name for variable in cell.variables if variable.axes]
    values = [variable.name for variable in cell.variables if not variable.axes]
    taken = {row[name] for name in steps}
    # How far below the steps each belongs: one row below what reads it.
    below: dict[str, int] = {}
    for _ in values:
        for name in values:
            reads = {link.source for link in cell.links if link.target == name}
            readers = {link.target for link in cell.links if link.source == name}
            depths = [below[reader] for reader in readers if reader in below]
            if reads.isdisjoint(steps) and (depths or readers.intersection(steps)):
                below[name] = max(depths, default=0) + 1
    if any(row[name] in taken for name in below):
        lowest = min(row.values())
        row.update({name: lowest - depth for name, depth in below.items()})


def _totals_apart(cell: Cell, row: dict[str, int]) -> None:
    """Lift what belongs to all steps above all rows of the steps, where it would stand among them."""
    for variable in cell.variables:
        name = variable.name
        reads = {link.read for link in cell.links if link.target == name}
        is_read = any(link.source == name for link in cell.links)
        if (
            not variable.axes
            and "all" in reads
            and not is_read
            and any(row[other.name] == row[name] for other in cell.variables if other.axes)
        ):
            row[name] = max(row.values()) + 1


def _one_recurrence_a_row(cell: Cell, flat: list[Link], row: dict[str, int], inputs: set[str]) -> None:
    """Move apart variables that both carry something along one row from step to step.

    Two lines of time in one row would run through each other's nodes.
    """
    carriers = [
        v.name
        for v in cell.variables
        if v.name not in inputs and any(k.delayed and k.source == v.name and k.target not in inputs for k in cell.links)
    ]
    for _ in range(len(carriers) ** 2):
        clash = next(
            (
                later
                for n, later in enumerate(carriers)
                for earlier in carriers[:n]
                if row[earlier] == row[later] and _share_line(cell, earlier, later)
            ),
            None,
        )
        if clash is None:
            return
        row[clash] += 1
        for _ in cell.variables:
            for link in flat:
                if link.target not in inputs and row[link.target] <= row[link.source]:
                    row[link.target] = row[link.source] + 1


def _share_line(cell: Cell, one: str, other: str) -> bool:
    pairs = {(k.source, k.target) for k in cell.links if k.delayed}
    return bool({(one, one), (one, other)} & pairs) and bool({(other, other), (other, one)} & pairs)


def _sink(cell: Cell, flat: list[Link], row: dict[str, int], inputs: set[str]) -> None:
    """Raise what nothing supports towards what reads it: edges get shorter."""
    for variable in cell.variables:
        name = variable.name
        if name in inputs or any(link.target == name for link in flat):
            continue
        if any(link.delayed and name in (link.source, link.target) for link in cell.links):
            continue
        readers = [row[link.target] for link in flat if link.source == name]
        if readers:
            row[name] = max(row[name], min(readers) - 1)


def _places(cell: Cell, row: dict[str, int], shifts: Sequence[tuple[int, int]]) -> dict[str, float]:
    """Return the place of each variable in its row, in slots."""
    names = [v.name for v in cell.variables]
    rows: dict[int, list[str]] = {}
    for name in names:
        rows.setdefault(row[name], []).append(name)
    flat = [link for link in cell.links if not link.delayed and link.source != link.target]
    near: dict[str, list[str]] = {name: [] for name in names}
    for link in flat:
        near[link.source].append(link.target)
        near[link.target].append(link.source)

    place: dict[str, float] = {}
    for members in rows.values():
        for n, name in enumerate(members):
            place[name] = n - (len(members) - 1) / 2
    for sweep in range(4):
        for level in sorted(rows, reverse=bool(sweep % 2)):
            members = rows[level]
            wish = {n: sum(place[m] for m in near[n]) / len(near[n]) if near[n] else place[n] for n in members}
            members.sort(key=lambda n, wish=wish: (round(wish[n], 6), names.index(n)))  # type: ignore[misc]
            for n, name in enumerate(members):
                place[name] = n - (len(members) - 1) / 2
    if len(names) <= _SEARCHED:
        _improve(cell, row, place, rows, shifts)
    return place


def _improve(
    cell: Cell,
    row: dict[str, int],
    place: dict[str, float],
    rows: dict[int, list[str]],
    shifts: Sequence[tuple[int, int]],
) -> None:
    """Try single moves and exchanges until none helps."""
    widest = max(len(members) for members in rows.values())
    reach = [n / 2 for n in range(-widest - 2, widest + 3)]
    best = _cost(cell, row, place, shifts)
    for _ in range(_ROUNDS):
        before = best
        for members in (rows[level] for level in sorted(rows)):
            for name in members:
                home, chosen = place[name], place[name]
                others = [place[m] for m in members if m != name]
                for x in sorted(reach, key=lambda x: (abs(x), x)):
                    if any(abs(x - other) < 1 for other in others):
                        continue
                    place[name] = x
                    cost = _cost(cell, row, place, shifts)
                    if cost < best - 1e-9:
                        best, chosen = cost, x
                place[name] = chosen if chosen != home else home
            if members is not rows[min(rows)]:
                # All that stands on this row and above, together.
                upper = [n for n in place if row[n] >= row[members[0]]]
                for step in (-1.0, -0.5, 0.5, 1.0):
                    for name in upper:
                        place[name] += step
                    cost = _cost(cell, row, place, shifts)
                    if cost < best - 1e-9:
                        best = cost
                        break
                    for name in upper:
                        place[name] -= step
            for i, one in enumerate(members):
                for other in members[:i]:
                    place[one], place[other] = place[other], place[one]
                    cost = _cost(cell, row, place, shifts)
                    if cost < best - 1e-9:
                        best = cost
                    else:
                        place[one], place[other] = place[other], place[one]
        if best >= before - 1e-9:
            return


def _cost(cell: Cell, row: dict[str, int], place: dict[str, float], shifts: Sequence[tuple[int, int]]) -> float:
    """Return what straight edges would cost in this arrangement, in two neighbouring steps."""
    low, high = min(place.values()), max(place.values())
    pitch = high - low + 1.5
    total = _WIDTH * (high - low)
    inputs = {variable.name for variable in cell.variables if variable.role == "input"}
    bends = 0
    lines: list[tuple[float, float, float, float]] = []
    rise = max(row.values()) - min(row.values()) + 1
    ups = (0, 1, 2) if any(up for _, up in shifts) else (0,)
    nodes = [(place[n] + k * pitch, row[n] + up * rise) for n in place for k in (0, 1, 2) for up in ups]
    for link, (right, up) in zip(cell.links, shifts, strict=True):
        if link.source == link.target and not (right or up):
            continue
        shift = right * pitch
        start = 0.0 if shift >= 0 else -shift
        below = 0 if up >= 0 else -up * rise
        x0, y0 = place[link.source] + start, row[link.source] + below
        x1, y1 = place[link.target] + start + shift, row[link.target] + below + up * rise
        if not (shift or up):
            # The spine of a step stands upright; inputs lean towards it.
            leans = 0.0 if x0 == x1 else _ALIGNED / 2 if link.source in inputs else _ALIGNED
            total += _SLANT * abs(x1 - x0) ** 1.5 + leans
            lines.append((x0, y0, x1, y1))
            lines.append((x0 + pitch, y0, x1 + pitch, y1))
        else:
            total += 0.15 * abs(x1 - x0)
            lines.append((x0, y0, x1, y1))
        # A skipped row with a node in the way makes the edge bend around it.
        for x, y in nodes:
            if (x, y) in ((x0, y0), (x1, y1)):
                continue
            if y0 == y1 == y:
                if min(x0, x1) < x < max(x0, x1):
                    total += _HIT / (3 if shift else 1)
            elif y0 != y1 and min(y0, y1) < y < max(y0, y1):
                gap = abs(x0 + (x1 - x0) * (y - y0) / (y1 - y0) - x)
                # Measured across the line: a shallow one comes close to what is far to its side.
                slope = (y1 - y0) * _TALL / math.hypot(x1 - x0, (y1 - y0) * _TALL)
                # Beside an upright line from step to step others arrive, so it needs more room.
                if gap * abs(slope) < (_UPRIGHT if up and not shift else 0.42):
                    bends += 1
    # One edge around the others is well read, several are not.
    total += _BEND * bends * (0.7 + 0.3 * bends)
    # Long straight chains read best, and symmetric ones look best.
    middle = (low + high) / 2
    total += 0.02 * sum(abs(x - middle) for x in place.values())
    return total + _CROSSING / 2 * _crossings(lines)


def _crossings(lines: list[tuple[float, float, float, float]]) -> int:
    """How many pairs of lines cross; lines that share an end do not."""
    starts, ends = np.array(lines).reshape(-1, 2, 2).transpose(1, 0, 2)
    step = ends - starts
    # side[i, j, k]: on which side of line i the start (k = 0) or the end of line j lies.
    towards = np.stack([starts, ends], axis=1)[None] - starts[:, None, None]
    side = step[:, None, None, 0] * towards[..., 1] - step[:, None, None, 1] * towards[..., 0]
    apart = side[..., 0] * side[..., 1] < 0
    return int((apart & apart.T).sum()) // 2
