"""Where statements stand and what they read, for all lengths and sizes at once, as inequalities.

Unknown are the indices of a statement, those that its reads bind, the lengths of axes and the sizes of values. What is
returned are sums of them that are at least 0. Which places these are at given numbers is for `regions`; here nothing is
a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from unfoldgraph.algebra.expression import Index
from unfoldgraph.base.affine import Affine, index, is_index, is_size, length, length_name
from unfoldgraph.model.equations import Read, Statement


class Unknowns:
    """The names that unknowns have, where axes may share their lengths.

    Parameters
    ----------
    length_of : the axis whose length each axis has.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> model = read("c(i, j) = c(i, j-1) for j in i+1..end")
    >>> [str(row.terms) for row in Unknowns(model.length_of).of_statement(model.statements[0], ("i", "j"))][-2:]
    ["(('i', -1), ('j', 1))", "(('#j', 1), ('j', -1))"]
    """

    def __init__(self, length_of: Mapping[str, str]) -> None:
        self._lengths = {length_name(axis): length(own) for axis, own in length_of.items() if axis != own}

    def plain(self, form: Affine) -> Affine:
        """Return a sum with one length for all axes that share it."""
        return form.at(self._lengths)

    def of_statement(self, statement: Statement, axes: Sequence[str]) -> Iterator[Affine]:
        """Yield what holds at the places of a statement, those that others give included; its indices are its axes."""
        ranges = {one.name: one for one in statement.ranges}
        for at, axis in zip(statement.index, axes, strict=True):
            place = self.plain(at.sum_on(axis))
            if at.moves and axis in ranges:
                first, last = map(self.plain, ranges[axis].ends)
                yield place - first
                yield last - place
            elif not at.is_off_edge:
                yield place - 1
                yield self.plain(length(axis)) - place

    def place(self, at: Index, axis: str) -> Affine:
        """Return one place of a read; an index that is bound over a whole axis has a name that no other has."""
        return self.plain(index(f"{at.base}*") + at.offset if at.bound else at.sum_on(axis))

    def of_read(self, read: Read, axes: Sequence[str]) -> Iterator[Affine]:
        """Yield what holds where a read takes place, inside its statement; `axes` are those of what is read."""
        for at, axis in zip(read.index, axes, strict=True):
            if at.bound:
                yield index(f"{at.base}*") - 1
                yield self.plain(length(axis)) - index(f"{at.base}*")
        for one in read.within:
            for end, sign in zip(one.ends, (1, -1), strict=False):
                yield (index(one.name) - self.plain(end)).times(sign)
        yield from map(self.plain, read.guard)


def at_least(forms: Iterable[Affine]) -> Iterator[Affine]:
    """Yield what holds of the lengths and sizes in some sums: lengths are from 0 and sizes from 1.

    >>> [row.constant for row in at_least([length("t") - index("k")])]
    [0]
    """
    names = dict.fromkeys(name for form in forms for name, _ in form.terms if not is_index(name))
    for name in names:
        own = Affine(((name, 1),))
        yield own - 1 if is_size(name) else own
