"""What stands between the brackets of a read or an entry: an axis, `end` or a size, plus or minus a number."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from fractions import Fraction

from unfoldgraph.algebra.expression import Index, Slice, Term, postorder
from unfoldgraph.algebra.notation import shown
from unfoldgraph.base.errors import Problem, Span

_LAST = frozenset({"tau"})
"""What the last place of the axis t is called, besides `end`."""
BoundNames = Mapping[str, str]
"""Names inside a reduction: the axes and the constant ranges it binds, each with which of both it is."""


class Refusal(Exception):
    """A problem with one term; the pass notes it and goes on."""

    def __init__(
        self,
        message: str,
        span: Span | None,
        help: str | None = None,
        also: tuple[tuple[Span, str], ...] = (),
    ) -> None:
        super().__init__(message)
        self.problem = Problem(message, span, help, also)


class Indices:
    """Reads indices and entries of one text.

    Parameters
    ----------
    axes, sizes : the names that are axes and sizes there, which may become more.

    Examples
    --------
    >>> delayed = Term("sub", (Term("name", (), "t"), Term("number", (), 1)))
    >>> Indices({"t": None}, {}).place(delayed, {})
    Index(base='t', offset=-1, bound=False, variables=())
    """

    def __init__(self, axes: Container[str], sizes: Container[str]) -> None:
        self._axes = axes
        self._sizes = sizes

    def place(self, root: Term, scope: BoundNames, axis: str | None = None, sizes: Container[str] = ()) -> Index:
        """Return one place of an index: `axis ± integer`, `end ± integer` or an integer.

        `axis` is the one that is read there, if known; an entry may have one of `sizes` in place of an axis. Raises
        `Refusal`, with a sentence of its own for each other form.
        """
        base, bound, offset = "", False, 0
        variables: list[tuple[str, int]] = []
        stack = [(root, 1)]
        while stack:
            term, sign = stack.pop()
            match term.operator:
                case "add":
                    stack += [(term.arguments[1], sign), (term.arguments[0], sign)]
                    continue
                case "sub":
                    stack += [(term.arguments[1], -sign), (term.arguments[0], sign)]
                    continue
                case "neg":
                    stack.append((term.arguments[0], -sign))
                    continue
                case "number":
                    if isinstance(term.data, str):
                        raise Refusal(f"'{term.data}' is no place of an index", term.span, "the last place is end")
                    if isinstance(term.data, Fraction):
                        hint = "delays are whole numbers, such as t-1"
                        raise Refusal("an index moves by whole steps", term.span, hint)
                    offset += sign * term.data
                    continue
                case "end":
                    found = "end"
                case "name" if scope.get(term.data) == "range":
                    variables.append((term.data, sign))
                    continue
                case "name" if term.data in scope or term.data in self._axes or term.data in sizes:
                    found = term.data
                case "name" if term.data in _LAST and (axis == "t" or (axis is None and "t" in self._axes)):
                    found = "end"
                case "name":
                    hint = "the last place is end" if term.data in _LAST else "write the number of steps out"
                    raise Refusal(f"'{shown(term.data)}' in an index is neither an axis nor a number", term.span, hint)
                case "mul" | "div":
                    raise Refusal(
                        "an index is an axis plus or minus a number; it cannot be multiplied",
                        term.span,
                        "write h(t-1), not h(2*t)",
                    )
                case _:
                    raise Refusal("an index is an axis plus or minus a number", term.span, "write h(t-1)")
            if base:
                over = next((shown(name) for name in (found, base) if scope.get(name) == "axis"), None)
                hint = f"give {over} a range, as in for {over} in 1..3" if over else "write h(t-1)"
                raise Refusal("an index has one axis", root.span, hint)
            if sign < 0:
                raise Refusal(f"'{shown(found)}' cannot be subtracted in an index", term.span, "write h(t-1)")
            base, bound = found, scope.get(found) == "axis"
        return Index(base, offset, bound, tuple(sorted(variables)))

    def place_if_plain(self, index: Term, scope: BoundNames) -> Index | None:
        """Return a place of an index, None where it is not plain."""
        try:
            return self.place(index, scope)
        except Refusal:
            return None

    def entries(self, items: Sequence[Term], scope: BoundNames) -> tuple[Index | Slice, ...]:
        """Return what stands between the brackets of an entry; raises `Refusal` for what counts no entries."""
        found: list[Index | Slice] = []
        for item in items:
            if item.operator == "slice":
                parts = iter(item.arguments)
                bounds = [self._entry(next(parts), scope) if given else None for given in item.data]
                found.append(Slice(*bounds))
            else:
                found.append(self._entry(item, scope))
        return tuple(found)

    def _entry(self, term: Term, scope: BoundNames) -> Index:
        """Return the number of an entry: whole numbers, the variables of constant ranges, and a size."""
        numbered = "entries are numbered from 0, as in b[0]"
        try:
            place = self.place(term, scope, None, self._sizes)
        except Refusal as refusal:
            raise Refusal(
                "an entry is given by a whole number, or a size from a shape", refusal.problem.span, numbered
            ) from None
        if place.base and (place.bound or place.base not in self._sizes):
            what = "'end'" if place.base == "end" else f"the axis '{shown(place.base)}'"
            raise Refusal(f"{what} cannot count entries", term.span, numbered)
        return place


def bare_axes(index: Term) -> list[str]:
    """Return the axis that an index of a left side names: a name plus or minus a number."""
    names = [term.data for term in postorder([index]) if term.operator == "name"]
    plain = all(term.operator in ("name", "number", "add", "sub", "neg") for term in postorder([index]))
    return names if plain and len(names) == 1 and names[0] not in _LAST else []
