"""Which values of a kernel are numbers for certain, and never NaN: what is the least of them asks no more."""

from __future__ import annotations

from enum import IntEnum

from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.program.ir import (
    Access,
    Apply,
    Assign,
    Entry,
    Gather,
    Kernel,
    KernelStatement,
    Make,
    Number,
    Value,
    WholeNumber,
    base_of,
    nodes,
    statements_in,
    targets_of,
)

__all__ = ["NeverNaN"]

#: What is smaller is finite in every floating type.
_FINITE_IN_ALL = 2**100


class _Certainty(IntEnum):
    """What is known of a number, from the most to the least."""

    FINITE = 0
    NEVER_NAN = 1
    NOTHING = 2


class NeverNaN:
    """What is known of the numbers of a kernel.

    It is assumed of all that the kernel computes that it is finite, and given up where a statement may put something
    else there, until nothing changes: what is read has been written before.

    Examples
    --------
    >>> from unfoldgraph.language.text import read
    >>> from unfoldgraph.program.ir import values_in
    >>> from unfoldgraph.program.lower import lower
    >>> from unfoldgraph.program.schedule import schedule_of
    >>> text = "a(i), b(j) : (); c(i, j) = min(c(i-1, j) + 1, c(i, j-1) + (a(i) == b(j))); d(i) = min(a(i), 1)"
    >>> kernel = lower(schedule_of(read(text), None))
    >>> computed = [node for one in statements_in(kernel.body) for node in nodes(values_in(one))]
    >>> least = [node for node in computed if isinstance(node, Apply) and node.row == "minimum"]
    >>> sorted(NeverNaN(kernel).is_certain(one) for one in least)
    [False, True]
    """

    def __init__(self, kernel: Kernel) -> None:
        self._arrays = {one.name: _Certainty.NOTHING for one in kernel.arguments}
        statements = list(statements_in(kernel.body))
        before = None
        while before != self._arrays:
            before = dict(self._arrays)
            for one in statements:
                self._note(one)
        self._values: dict[int, _Certainty] = {}

    def is_certain(self, value: Value) -> bool:
        """Say whether a value of the kernel is never NaN, in any of its entries."""
        return self._of(value, self._values) < _Certainty.NOTHING

    def _note(self, statement: KernelStatement) -> None:
        """Note what a statement may put in arrays."""
        match statement:
            case Make(fill=fill) if fill is not None:
                self._put(statement.buffer.name, self._of(fill, {}))
            case Assign(adds=False):
                self._put(base_of(statement.target.array).name, self._of(statement.value, {}))
            case _:
                for target in targets_of(statement):
                    self._put(base_of(target.array).name, _Certainty.NOTHING)

    def _put(self, array: str, known: _Certainty) -> None:
        self._arrays[array] = max(known, self._arrays.get(array, _Certainty.FINITE))

    def _of(self, root: Value, found: dict[int, _Certainty]) -> _Certainty:
        """Return what is known of a value; `found` has what is known of others, by their identity."""
        for node in nodes([root], stop=lambda node: id(node) in found):
            if id(node) not in found:
                found[id(node)] = self._by_parts(node, found)
        return found[id(root)]

    def _by_parts(self, node: Value, found: dict[int, _Certainty]) -> _Certainty:
        match node:
            case Number():
                number = float(node.value)
                is_small = abs(number) < _FINITE_IN_ALL
                return (
                    _Certainty.FINITE if is_small else _Certainty.NOTHING if number != number else _Certainty.NEVER_NAN
                )
            case WholeNumber():
                return _Certainty.FINITE
            case Access():
                off = [found[id(at.off)] for _, at in node.places if isinstance(at, Gather) and at.off is not None]
                return max([self._arrays.get(base_of(node.array).name, _Certainty.FINITE), *off])
            case Entry():
                return found[id(node.value)]
            case Apply():
                return _applied(node, [found[id(one)] for one in node.arguments])
        return _Certainty.NOTHING


def _applied(node: Apply, arguments: list[_Certainty]) -> _Certainty:
    """Return what is known of an operation, by what is known of its arguments."""
    row = OPERATORS[node.row]
    if row.laws.gives_truth or row.laws.fill is not None:
        return _Certainty.FINITE
    if row.numba_of_numbers:
        # It is one of them.
        return max(arguments)
    if row.kind == "conditional":
        return max(arguments[1:])
    if row.laws.signs and sum(arguments) <= _Certainty.NEVER_NAN:
        # A sum of finite numbers may be infinite; two infinities may add up to NaN.
        return _Certainty.NEVER_NAN
    return _Certainty.NOTHING
