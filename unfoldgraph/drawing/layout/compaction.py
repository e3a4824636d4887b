"""How far the steps of a board are apart: as near as what stands in them allows.

A track is one step of a line of blocks, seen from the side: all the nodes at one place of its axis. Full steps keep
whole rows to themselves, so that they read as steps. A step where only some variables have a place, such as the one
before the first, comes as near to its neighbour as its nodes do to those that stand in the same blocks.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Spacing", "Track", "apart", "starts_of"]


@dataclass(frozen=True, slots=True)
class Track:
    """One step of one line of blocks.

    Attributes
    ----------
    line : The number of the line.
    extents : From where to where nodes stand in it, for each block it runs through; none for one without nodes.
    is_whole : Whether all variables of the line have a place in it, or whole ones are on both sides of it.
    is_gap : Whether it holds dots instead.
    """

    line: int
    extents: Mapping[int, tuple[float, float]]
    is_whole: bool
    is_gap: bool = False

    @property
    def extent(self) -> tuple[float, float]:
        """From where to where nodes stand in it at all."""
        return min(first for first, _ in self.extents.values()), max(last for _, last in self.extents.values())


@dataclass(frozen=True, slots=True)
class Spacing:
    """The distances of nodes in neighbouring steps, from those to dots, and in neighbouring lines."""

    steps: float
    dots: float
    lines: float

    def least(self, one: Track, other: Track) -> float:
        """Return how far the beginnings of two tracks are apart at least."""
        space = self.lines if one.line != other.line else self.dots if one.is_gap or other.is_gap else self.steps
        shared = one.extents.keys() & other.extents.keys()
        if (one.is_whole and other.is_whole) or (one.line == other.line and not shared):
            return one.extent[1] - other.extent[0] + space
        return max((one.extents[n][1] - other.extents[n][0] + space for n in shared), default=-math.inf)


def starts_of(tracks: Sequence[Track], spacing: Spacing) -> list[float]:
    """Return where each track begins, the first node at 0 or after it.

    >>> whole, first = Track(0, {0: (0.0, 90.0), 1: (45.0, 45.0)}, True), Track(0, {1: (45.0, 45.0)}, False)
    >>> starts_of([first, whole, whole], Spacing(100.0, 80.0, 120.0))
    [-45.0, 55.0, 245.0]
    """
    starts: list[float] = []
    # The last track in each block, and the last that is whole; what is before those is farther away.
    latest: dict[int | None, int] = {}
    for n, track in enumerate(tracks):
        if not track.extents:
            starts.append(starts[-1] if starts else 0.0)
            continue
        before = sorted({*latest.values()})
        least = max((starts[m] + spacing.least(tracks[m], track) for m in before), default=-math.inf)
        starts.append(least if before and least > -math.inf else -track.extent[0])
        latest.update(dict.fromkeys(track.extents, n))
        if track.is_whole:
            latest[None] = n
    for n in reversed(range(len(tracks))):
        # What comes before a step stands near it, not near the line before.
        after = [m for m in range(n + 1, len(tracks)) if tracks[m].line == tracks[n].line and tracks[m].extents]
        whole = next((m for m in after if tracks[m].is_whole), None)
        if tracks[n].extents and not tracks[n].is_whole and whole is not None:
            starts[n] = min(starts[m] - spacing.least(tracks[n], tracks[m]) for m in after if m <= whole)
    top = min(
        (start + track.extent[0] for start, track in zip(starts, tracks, strict=True) if track.extents), default=0.0
    )
    return [start - top for start in starts]


def apart(wishes: Iterable[float], least: float) -> list[float]:
    """Return places in the order of the wishes, at least so far apart, and altogether as near to them as can be.

    >>> apart([0.0, 5.0, 5.0, 40.0], 10.0)
    [-6.666666666666667, 3.333333333333333, 13.333333333333332, 40.0]
    """
    # Neighbours that would touch form a group, which stands around the mean of what its members wish.
    groups: list[list[float]] = []
    for n, wish in enumerate(wishes):
        groups.append([wish - n * least])
        while len(groups) > 1 and sum(groups[-2]) / len(groups[-2]) > sum(groups[-1]) / len(groups[-1]):
            groups[-2:] = [groups[-2] + groups[-1]]
    means = [sum(group) / len(group) for group in groups for _ in group]
    return [mean + n * least for n, mean in enumerate(means)]
