"""Whole numbers at which sums are at least 0, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from unfoldgraph.base.affine import Affine


class WholeSolutions:
    """Whole numbers for some names, one after the other, at which sums are at least 0.

    Parameters
    ----------
    rows : the sums, whose other names are known before.
    names : what is looked for. Where the sums bound some of them by others, in no circle, these come first.

    Examples
    --------
    >>> from unfoldgraph.base.affine import index
    >>> t, half = index("t"), index("half")
    >>> found = WholeSolutions([t - half.times(2), half.times(2) + 1 - t], ["half"])
    >>> [one["half"] for one in found.at({"t": 7})]
    [3]
    """

    def __init__(self, rows: Sequence[Affine], names: Sequence[str]) -> None:
        self.names: list[str] = []
        left = list(names)
        while left:
            name = next((one for one in left if self._is_bounded(one, rows, set(left) - {one})), None)
            if name is None:
                break
            left.remove(name)
            self.names.append(name)
        #: Whether there are finitely many.
        self.is_bounded = not left
        self.rows = tuple(rows)
        order = {name: at for at, name in enumerate(self.names, 1)}
        self._rows: list[list[Affine]] = [[] for _ in range(len(self.names) + 1)]
        for row in rows:
            self._rows[max((order.get(name, 0) for name, _ in row.terms), default=0)].append(row)

    def _is_bounded(self, name: str, rows: Sequence[Affine], others: set[str]) -> bool:
        """Say whether sums bound a name on both sides, none of which holds other names that are looked for."""
        factors = [row.factor(name) for row in rows if not any(one in others for one, _ in row.terms)]
        return any(factor > 0 for factor in factors) and any(factor < 0 for factor in factors)

    def at(self, known: Mapping[str, int]) -> Iterator[Mapping[str, int]]:
        """Yield the numbers of all names, where some are known before; the same mapping each time."""
        numbers = dict(known)
        if any(row.number(numbers) < 0 for row in self._rows[0]):
            return
        if not self.names:
            yield numbers
            return
        waiting = [iter(self._range(0, numbers))]
        while waiting:
            number = next(waiting[-1], None)
            if number is None:
                waiting.pop()
                continue
            numbers[self.names[len(waiting) - 1]] = number
            if len(waiting) == len(self.names):
                yield numbers
            else:
                waiting.append(iter(self._range(len(waiting), numbers)))

    def holds(self, numbers: Mapping[str, int]) -> bool:
        """Say whether numbers for all names are a solution."""
        return all(row.number(numbers) >= 0 for rows in self._rows for row in rows)

    def most(self, sides: Mapping[str, tuple[int, int]]) -> int:
        """Return a number of solutions that are no more where each name known before lies between two numbers."""
        found = 1
        known = dict(sides)
        for name, rows in zip(self.names, self._rows[1:], strict=True):
            first, last = [], []
            for row in rows:
                factor = row.factor(name)
                rest = row.constant + sum(its * known[one][its > 0] for one, its in row.terms if one != name)
                if factor > 0:
                    first.append(-(rest // factor))
                else:
                    last.append(rest // -factor)
            known[name] = max(first), min(last)
            found *= max(0, min(last) - max(first) + 1)
        return found

    def _range(self, level: int, numbers: Mapping[str, int]) -> range:
        name = self.names[level]
        first, last = [], []
        for row in self._rows[level + 1]:
            factor = row.factor(name)
            rest = row.constant + sum(its * numbers[one] for one, its in row.terms if one != name)
            if factor > 0:
                first.append(-(rest // factor))
            else:
                last.append(rest // -factor)
        return range(max(first), min(last) + 1)
