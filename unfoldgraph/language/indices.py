"""What stands between the brackets of a read or an entry: sums of indices, sizes and numbers, or what is computed."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Protocol

from unfoldgraph.algebra.digits import number_text
from unfoldgraph.algebra.expression import (
    AFFINE,
    BY_VALUE,
    INFINITY,
    Binding,
    Index,
    SizeArgument,
    Slice,
    Term,
    entry_of_sum,
    indexed,
    postorder,
    size_argument,
)
from unfoldgraph.algebra.notation import read_text, shown
from unfoldgraph.base.affine import Affine, axis_of_length, end_name, is_index, is_size, length, plain_name
from unfoldgraph.base.errors import Problem, Span
from unfoldgraph.model.index_arithmetic import SUMS, sum_of

LAST_PLACES = frozenset({"tau"})
"""What the last place of the axis t is called, besides `end`."""

BoundNames = Mapping[str, Binding]
"""Names inside a reduction: what each runs over."""


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


class Leaves(Protocol):
    """Knows what a name stands for in an index."""

    def __call__(self, name: str, span: Span | None) -> Term | None:
        """Return the axis, the size or the end that a name is, None where it is something else."""


def raw_sum(root: Term, leaf: Leaves) -> Affine | None:
    """Return what stands for one place, as it was parsed, as a sum; None where it is computed.

    Raises `Refusal` for what cannot be a place.

    Examples
    --------
    >>> delayed = Term("sub", (Term("name", (), "t"), Term("number", (), 1)))
    >>> raw_sum(delayed, lambda name, span: Term("axis", (), (name, False), span))
    Affine(terms=(('t', 1),), constant=-1)
    """
    made: dict[int, Term] = {}
    # What is no sum is not looked into: functions in one another would be walked each time.
    for term in postorder([root], stop=lambda term: term.operator not in SUMS):
        if term.operator == "name":
            known = leaf(term.data, term.span)
            if known is None:
                return None
            made[id(term)] = known
        elif term.operator == "end":
            made[id(term)] = Term("length", (), "", term.span)
        elif term.operator not in (*SUMS, "number", "length"):
            return None
        else:
            made[id(term)] = replace(term, arguments=tuple(made[id(argument)] for argument in term.arguments))
    found = sum_of(made[id(root)])
    if found is None:
        _refuse(root)
    return found


def as_index(form: Affine, scope: BoundNames, root: Term) -> Index:
    """Return a sum as an index, where some names are bound; `root` is how it was parsed."""
    return indexed(
        form,
        [name for name, binding in scope.items() if not binding.ends],
        [name for name, binding in scope.items() if binding.ends],
        names_written(root, form),
    )


def places(items: Sequence[Term]) -> tuple[tuple[Index, ...], tuple[Term, ...]]:
    """Return the places of a read, and what is computed of it.

    `items` have their names resolved; the indices that are bound in ranges are known by their terms. Raises `Refusal`
    for what can be no place.

    Examples
    --------
    >>> t, shift = Term("axis", (), ("t", False)), Term("parameter", (), "p")
    >>> found, computed = places([t, Term("sub", (t, shift))])
    >>> found[0].base, found[1].base, len(computed)
    ('t', '?', 1)
    """
    found: list[Index] = []
    values: list[Term] = []
    for item in items:
        form = sum_of(item)
        if form is None:
            _refuse(item)
            found.append(Index(BY_VALUE, len(values)))
            values.append(item)
            continue
        leaves = postorder([item], stop=lambda term: term.operator not in SUMS)
        ranges = {term.data[0] for term in leaves if term.operator == "axis" and term.data[1]}
        found.append(indexed(form, (), ranges, names_written(item, form)))
    return tuple(found), tuple(values)


def place_of_left_side(form: Affine | None, root: Term) -> Index:
    """Return a place of a left side; raises `Refusal` for what is none. `root` is how it was parsed."""
    if form is None:
        _refuse(root)
    if form is None or not is_plain_place(form, {}) or (found := as_index(form, {}, root)).base == AFFINE:
        raise Refusal(
            "on the left an index is an axis plus or minus a number, or a fixed place",
            root.span,
            "write h(t) on the left, and what is computed on the right",
        )
    return found


def end_of_range(form: Affine | None, root: Term, axis: str | None, instead: str) -> Affine:
    """Return an end of a range, in which `end` is that of an axis, if there is one.

    Raises `Refusal` for what is no end. `root` is how it was written, `instead` the help where `end` is of no axis.
    """
    if form is None:
        if any(part.operator == "number" and part.data == INFINITY for part in postorder([root])):
            raise Refusal("'inf' is no end of a range", root.span, "the last place is end(t)")
        if root.operator == "number":
            raise Refusal("a range goes from one whole number to another", root.span, "as in 0..2, both ends included")
        raise Refusal(
            "a range goes from one sum of whole numbers, sizes and indices to another",
            root.span,
            "run over more, and compare: sum(… for k in 1..t if k < n(t)), or k >= t/2",
        )
    if axis is None and form.factor(end_name()):
        raise Refusal(
            "'end' alone says not whose end it is in the range of a reduction",
            root.span,
            instead,
        )
    return form if axis is None else form.at({end_name(): length(axis)})


def range_between(name: str, first: Affine, last: Affine, span: Span | None) -> Binding:
    """Return a range; raises `Refusal` for one between two numbers that is empty."""
    if not first.terms and not last.terms and last.constant < first.constant:
        raise Refusal(f"the range {first.constant}..{last.constant} is empty", span, "both ends are included")
    return Binding(name, first, last)


def add_range_after(
    name: str, found: dict[str, Binding], one: Binding, own: Collection[str], span: Span | None
) -> None:
    """Add a range that stands after an equation to those found; raises `Refusal` where it cannot.

    Parameters
    ----------
    name : that of the left side.
    own : the axes that the left side names.
    """
    label = shown(one.name)
    if one.name not in own:
        raise Refusal(f"'{label}' is no index of the left side", span, "a range after an equation is of one")
    if one.name in found:
        usual = read_text(name, [Index(axis) for axis in sorted(own)])
        raise Refusal(f"'{label}' is given two ranges", span, f"write several equations of {usual}")
    found[one.name] = one
    for other in [other for end in one.ends for other, _ in end.terms if is_index(other)]:
        if other not in own:
            raise Refusal(
                f"the range of '{label}' goes by '{shown(other)}', which is no index of the left side",
                span,
                "its ends are sums of the other indices of the left side, sizes and numbers",
            )
        back = [] if other not in found else [back for end in found[other].ends for back, _ in end.terms]
        if one.name in (other, *back):
            raise Refusal(
                f"the range of '{label}' goes by itself",
                span,
                "let one index run from end to end, and the other by it: for j in i+1..end",
            )


def names_written(root: Term, form: Affine) -> tuple[str, ...]:
    """Return the names in a sum in the order in which they were written, what is added first, as it is printed.

    Where a number is taken away before a name is, as in `n-1-k`, it stands between them as "".
    """
    # The end of the axis that is read has no name; "" is a number.
    own = {plain_name(name): name for name, _ in form.terms if name != end_name()}
    terms = list(postorder([root]))
    products = [one for term in terms if term.operator == "mul" for one in term.arguments]
    factors = {id(one) for one in postorder(products)}
    leaves = (
        "" if term.operator == "number" else term.data if isinstance(term.data, str) else term.data[0]
        for term in terms
        if term.operator in ("name", "axis", "size") or (term.operator == "number" and id(term) not in factors)
    )
    if form.constant < 0:
        own[""] = ""
    names = dict.fromkeys(own[name] for name in leaves if name in own)
    ordered = sorted(names, key=lambda name: (form.factor(name) if name else form.constant) < 0)
    return tuple(ordered[:-1] if ordered[-1:] == [""] else ordered)


def _refuse(root: Term, counts: bool = False) -> None:
    """Raise `Refusal` where an index can be no whole number: what is added to it is none.

    What it `counts` are entries, or else it is a place.
    """
    waiting = [root]
    while waiting:
        term = waiting.pop()
        if term.operator in ("add", "sub", "neg"):
            waiting += term.arguments[::-1]
        elif term.operator == "number" and counts and not isinstance(term.data, int):
            hint = "entries are numbered from 0, as in b[0]"
            raise Refusal(f"{number_text(term.data)} counts no entries", term.span, hint)
        elif term.operator == "number" and isinstance(term.data, str):
            raise Refusal(f"'{term.data}' is no place of an index", term.span, "the last place is end")
        elif term.operator == "number" and isinstance(term.data, Fraction):
            raise Refusal("an index moves by whole steps", term.span, "delays are whole numbers, such as t-1")


def is_plain_place(form: Affine, scope: BoundNames) -> bool:
    """Say whether a sum is an axis or `end` plus or minus numbers, sizes and indices of ranges, or has neither."""
    ends = 0
    for name, factor in form.terms:
        if name == end_name() or (is_index(name) and not (name in scope and scope[name].ends)):
            ends += 1
            if factor != 1 or ends > 1:
                return False
        elif abs(factor) != 1 or not (is_index(name) or is_size(name)):
            return False
    return True


def axis_counted(form: Affine, scope: BoundNames) -> str | None:
    """Return the axis or the index bound over one that a plain place holds, "" for `end` alone; None for none.

    An index of a range, alone or plus a number, counts as the one axis that the ends of its range hold.
    """
    for name, _ in form.terms:
        if name == end_name():
            return ""
        if is_index(name) and not (name in scope and scope[name].ends):
            return name
    if len(form.terms) == 1:
        ((name, factor),) = form.terms
        axes = list(dict.fromkeys(_axes_of_range(name, scope)))
        if factor == 1 and len(axes) == 1:
            return axes[0]
    return None


def _axes_of_range(name: str, scope: BoundNames) -> Iterator[str]:
    """Yield the axes that the ends of a range hold."""
    waiting, seen = [name], {name}
    while waiting:
        binding = scope.get(waiting.pop())
        for end in () if binding is None else binding.ends:
            for one, _ in end.terms:
                if axis_of_length(one):
                    yield axis_of_length(one)
                elif is_index(one) and one in scope and scope[one].ends:
                    if one not in seen:
                        seen.add(one)
                        waiting.append(one)
                elif is_index(one):
                    yield one


def entries(items: Sequence[Term]) -> tuple[tuple[Index | Slice, ...], tuple[Term, ...]]:
    """Return what stands between the brackets of an entry, and what is computed of it.

    `items` have their names resolved. Raises `Refusal` for what counts no entries.
    """
    found: list[Index | Slice] = []
    values: list[Term] = []
    for item in items:
        if item.operator == "slice":
            parts = iter(item.arguments)
            bounds = [_entry(next(parts)) if given else None for given in item.data]
            if any(bound is not None and bound.base == BY_VALUE for bound in bounds):
                raise Refusal(
                    "a slice is given by whole numbers, sizes and indices", item.span, "entries are numbered from 0"
                )
            found.append(Slice(*bounds))
        else:
            entry = _entry(item)
            if entry.base == BY_VALUE:
                entry = entry._replace(offset=len(values) + 1)
                values.append(item)
            found.append(entry)
    return tuple(found), tuple(values)


def _entry(term: Term) -> Index:
    """Return the number of an entry: a sum of whole numbers, sizes and indices, or what is computed."""
    found = sum_of(term)
    if found is None:
        _refuse(term, counts=True)
        return Index(BY_VALUE)
    return entry_of_sum(found, names_written(term, found))


def size_written(term: Term, constants: Container[str] = ()) -> SizeArgument | None:
    """Return a size that is an argument, its names resolved: a sum of whole numbers and sizes; None for all else.

    In what is only printed there are names of constants.

    Examples
    --------
    >>> size_written(Term("size", (), "m")), size_written(Term("parameter", (), "m"))
    ('m', None)
    """
    found = sum_of(term)
    if found is None or not all(is_size(name) or name in constants for name, _ in found.terms):
        return None
    return size_argument(found, names_written(term, found))


def is_sum(index: Term) -> bool:
    """Say whether an index adds and subtracts names and numbers, and does nothing else."""
    return all(term.operator in ("name", "number", "add", "sub", "neg") for term in postorder([index]))


def bare_axes(index: Term) -> list[str]:
    """Return the axis that an index of a left side names: a name plus or minus a number."""
    names = [term.data for term in postorder([index]) if term.operator == "name"]
    return names if is_sum(index) and len(names) == 1 and names[0] not in LAST_PLACES else []
