"""Ends of ranges are told by what really bounds them: what loops make sure of needs no `min` and no `max`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from unfoldgraph.base.affine import Affine
from unfoldgraph.program.ir import Bound, Each, For, Guard, Kernel, KernelStatement, Whole

__all__ = ["ends"]


def ends(kernel: Kernel) -> Kernel:
    """Return a kernel in which no range ends at the least, or begins at the greatest, of more sums than it takes.

    Must hold: a sum is left out where another is no farther, by what is 0 or more in the loops around and the
    conditions there. Values and their order stay as they are.

    Examples
    --------
    >>> from unfoldgraph.base.affine import index, length, whole
    >>> from unfoldgraph.program.ir import IndexRange
    >>> inner = Each((IndexRange("i", whole(0), Bound("min", (length("t") - 1, index("j") - 1))),), ())
    >>> kernel = Kernel((), (For("j", whole(1), length("t") - 1, (inner,)),), ())
    >>> ends(kernel).body[0].body[0].ranges[0].last == index("j") - 1
    True
    """
    return replace(kernel, body=_narrowed(kernel.body, ()))


def _narrowed(body: Iterable[KernelStatement], facts: tuple[Affine, ...]) -> tuple[KernelStatement, ...]:
    """Return statements where some sums are 0 or more; it calls itself once per nested block."""
    found: list[KernelStatement] = []
    for statement in body:
        match statement:
            case For():
                first, last = _end(statement.first, facts), _end(statement.last, facts)
                loop = replace(statement, first=first, last=last)
                found.append(replace(loop, body=_narrowed(loop.body, (*facts, *loop.range.facts))))
            case Each():
                inside, ranges = facts, []
                for one in statement.ranges:
                    ranges.append(replace(one, first=_end(one.first, inside), last=_end(one.last, inside)))
                    inside = (*inside, *ranges[-1].facts)
                found.append(replace(statement, ranges=tuple(ranges), body=_narrowed(statement.body, inside)))
            case Guard():
                then = _narrowed(statement.then, (*facts, *statement.facts))
                found.append(replace(statement, then=then, other=_narrowed(statement.other, facts)))
            case _:
                found.append(statement)
    return tuple(found)


def _end(end: Whole, facts: tuple[Affine, ...]) -> Whole:
    return end.narrowed(facts) if isinstance(end, Bound) else end
