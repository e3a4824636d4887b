"""Constants of a text, `M = 8`: names of whole numbers, which they are wherever they stand.

They are put in before any name is resolved, so that everything after knows numbers only: offsets, ends of ranges and
sizes too.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace

from unfoldgraph.algebra.expression import (
    Binding,
    Index,
    SizeArgument,
    SizeSum,
    Term,
    changed_item,
    entry_with,
    indexed,
    items_of,
    postorder,
    size_argument,
    sum_of_size,
)
from unfoldgraph.algebra.notation import shown
from unfoldgraph.algebra.operators import is_reduction, sizes_named
from unfoldgraph.base.affine import size_name, whole
from unfoldgraph.base.errors import Findings, Span, listing
from unfoldgraph.base.limits import DIGITS
from unfoldgraph.language.grammar import Declared, Defined, Equated, LeftSide, Related, Syntax, Valued, WrittenBinding
from unfoldgraph.model.index_arithmetic import sum_of


def constants(syntax: Sequence[Syntax], findings: Findings) -> dict[str, int]:
    """Return the constants of a text and their values; those that are given by one another go to `findings`.

    A constant is a name without a declaration and with one equation, whose right side adds, subtracts and multiplies
    whole numbers and constants.

    Examples
    --------
    >>> from unfoldgraph.base.errors import SourceText
    >>> from unfoldgraph.language.grammar import parse
    >>> findings = Findings(SourceText("", "M = 2*N; N = 4; y(t) = x(t-M)"))
    >>> constants(parse(findings.source, findings), findings)
    {'M': 8, 'N': 4}
    """
    values = [one for one in syntax if isinstance(one, Equated) and one.place.indices is None and not one.ranges]
    equated = Counter(one.place.name for one in syntax if isinstance(one, Equated) and one.place.indices is None)
    declared = {place.name for one in syntax if isinstance(one, Declared) for place in one.places}
    _refuse_two(values, declared, findings)
    open_: dict[str, Equated] = {}
    needed: dict[str, list[str]] = {}
    users: dict[str, list[str]] = {}
    for statement in values:
        name = statement.place.name
        if name not in declared and equated[name] == 1 and _is_whole(statement.right):
            open_[name] = statement
    # What goes by a name that is no constant is none.
    for name, statement in open_.items():
        needed[name] = [term.data for term in postorder([statement.right]) if term.operator == "name"]
        for other in needed[name]:
            users.setdefault(other, []).append(name)
    waiting = [name for name in users if name not in open_]
    while waiting:
        for name in users.get(waiting.pop(), ()):
            if open_.pop(name, None) is not None:
                waiting.append(name)
    found: dict[str, int] = {}
    left = {name: len(set(needed[name])) for name in open_}
    ready = [name for name in open_ if not left[name]]
    while ready:
        name = ready.pop()
        value = _number(open_[name].right, found)
        if abs(value) >= 10**DIGITS:
            findings.error("this number is out of range", open_[name].right.span, f"at most {DIGITS} digits")
            value = 0
        found[name] = value
        for user in dict.fromkeys(users.get(name, ())):
            if user in open_:
                left[user] -= 1
                if not left[user]:
                    ready.append(user)
    circular = [name for name in open_ if name not in found]
    if not names_used(syntax, only_places=True).isdisjoint(circular):
        listed = listing([f"'{shown(name)}'" for name in circular])
        message = f"{listed} is given by itself" if len(circular) == 1 else f"{listed} are given by one another"
        first, *others = [open_[name].place.span for name in circular]
        findings.error(message, first, f"write {shown(circular[0])} as a number", [(span, "here") for span in others])
    return {name: found[name] for name in open_ if name in found}


def _refuse_two(values: Sequence[Equated], declared: Container[str], findings: Findings) -> None:
    """Note constants that are given twice."""
    first: dict[str, Equated] = {}
    for statement in values:
        name = statement.place.name
        if name not in declared and _is_whole(statement.right):
            earlier = first.setdefault(name, statement)
            if earlier is not statement:
                also = [(earlier.place.span, "first here")]
                findings.error(f"{shown(name)} is defined twice", statement.place.span, None, also)


def _is_whole(right: Term) -> bool:
    """Say whether a right side adds, subtracts and multiplies whole numbers and names."""
    names = {term.data: 1 for term in postorder([right]) if term.operator == "name"}
    return sum_of(with_numbers(right, names)) is not None


def _number(right: Term, values: Mapping[str, int]) -> int:
    """Return the number that a right side is."""
    found = sum_of(with_numbers(right, values))
    return 0 if found is None else found.constant


# Putting them in ------------------------------------------------------------------------------------


def with_numbers(root: Term, values: Mapping[str, int]) -> Term:
    """Return what was parsed with numbers in place of some names, unless these are bound there; itself without them.

    It calls itself once per nested reduction, which the limit on brackets bounds.

    Examples
    --------
    >>> delayed = Term("sub", (Term("name", (), "t"), Term("name", (), "M")))
    >>> with_numbers(delayed, {"M": 8}).arguments[1].data
    8
    """
    made: dict[int, Term] = {}
    for term in postorder([root], stop=lambda term: term.operator == "over"):
        if term.operator == "name":
            made[id(term)] = _literal(values[term.data], term.span) if term.data in values else term
            continue
        data, inner = term.data, values
        if term.operator == "over" and data is not None:
            name, bindings, span = data
            bindings, inner = _ranges(bindings, values)
            data = name, bindings, span
        arguments = tuple(
            with_numbers(part, inner) if term.operator == "over" else made[id(part)] for part in term.arguments
        )
        if term.operator == "subscript" and term.arguments[0].operator == "name":
            # What has entries is no number.
            arguments = (term.arguments[0], *arguments[1:])
        is_same = all(one is other for one, other in zip(arguments, term.arguments, strict=True)) and data == term.data
        made[id(term)] = term if is_same else replace(term, arguments=arguments, data=data)
    return made[id(root)]


def _literal(value: int, span: Span | None) -> Term:
    found = Term("number", (), abs(value), span)
    return found if value >= 0 else Term("neg", (found,), None, span)


def _ranges(
    bindings: Sequence[WrittenBinding], values: Mapping[str, int]
) -> tuple[tuple[WrittenBinding, ...], Mapping[str, int]]:
    """Return ranges with numbers in their ends, and the values that their names do not hide."""
    found = []
    for one in bindings:
        first, last = (end and with_numbers(end, values) for end in (one.first, one.last))
        found.append(one if first is one.first and last is one.last else one._replace(first=first, last=last))
        values = {name: value for name, value in values.items() if name != one.name}
    return tuple(found), values


def settled(root: Term, values: Mapping[str, int], scope: Mapping[str, Binding]) -> Term:
    """Return a term whose names are resolved with numbers in place of constants, inside reductions.

    There a constant is an index that is bound in a range. It calls itself once per nested reduction.

    Examples
    --------
    >>> from unfoldgraph.algebra.expression import AFFINE
    >>> from unfoldgraph.base.affine import index
    >>> delayed = Term("read", (), ("x", (Index(AFFINE, form=index("t") - index("M")),)))
    >>> settled(delayed, {"M": 8}, {}).data[1][0].offset
    -8
    """
    made: dict[int, Term] = {}
    numbers = {name: whole(value) for name, value in values.items()}
    for term in postorder([root], stop=is_reduction):
        data = term.data
        if is_reduction(term):
            data = tuple(binding.at(numbers) for binding in data)
            inner = {**scope, **{binding.name: binding for binding in data}}
            arguments = tuple(settled(part, values, inner) for part in term.arguments)
            made[id(term)] = replace(term, arguments=arguments, data=data)
            continue
        if term.operator == "axis" and term.data[0] in values:
            made[id(term)] = _literal(values[term.data[0]], term.span)
            continue
        if term.operator == "read":
            data = data[0], tuple(settled_place(place, values, scope) for place in data[1])
        elif items_of(term):
            data = tuple(changed_item(item, lambda place: entry_with(place, numbers)) for item in data)
        elif any(size in values for size in sizes_named(term)):
            data = tuple(_settled_size(one, values) for one in data)
        made[id(term)] = replace(term, arguments=tuple(made[id(part)] for part in term.arguments), data=data)
    return made[id(root)]


def settled_place(place: Index, values: Mapping[str, int], scope: Mapping[str, Binding]) -> Index:
    """Return one place of an index with numbers in place of constants."""
    if place.form is None:
        return place
    form = place.form.at({name: whole(value) for name, value in values.items()})
    ranges = {name for name, binding in scope.items() if binding.ends}
    return indexed(form, scope.keys() - ranges, ranges, tuple(name for name in place.names if form.factor(name)))


def _settled_size(one: SizeArgument, values: Mapping[str, int]) -> SizeArgument:
    # Alone a constant is a name as a size is; in a sum it is an index.
    numbers = {name: whole(value) for constant, value in values.items() for name in (constant, size_name(constant))}
    form = sum_of_size(one).at(numbers)
    return size_argument(
        form, tuple(name for name in one.names if form.factor(name)) if isinstance(one, SizeSum) else ()
    )


def numbered(statement: Syntax, values: Mapping[str, int]) -> Syntax:
    """Return a statement with numbers in place of constants; itself where there are none of them.

    Examples
    --------
    >>> here = LeftSide("y", None, Span(0, 1), Span(0, 1))
    >>> numbered(Equated(here, Term("name", (), "M")), {"M": 8}).right.data
    8
    """
    match statement:
        case Equated(place, right) if place.indices is None and place.name in values:
            return Valued(place, right)
        case Equated(place, right, ranges):
            ends, _ = _ranges(ranges, values)
            return _changed(statement, Equated(_place(place, values), with_numbers(right, values), ends))
        case Related(left, right, ranges):
            ends, _ = _ranges(ranges, values)
            return _changed(statement, Related(with_numbers(left, values), with_numbers(right, values), ends))
        case Defined(name, arguments, body, span):
            inner = {one: value for one, value in values.items() if one not in arguments}
            return _changed(statement, Defined(name, arguments, with_numbers(body, inner), span))
        case Declared(places, shape) if shape is not None:
            sizes = tuple(values.get(size, size) if isinstance(size, str) else size for size in shape)
            return _changed(
                statement, replace(statement, places=tuple(_place(one, values) for one in places), shape=sizes)
            )
    return statement


def _place(place: LeftSide, values: Mapping[str, int]) -> LeftSide:
    if place.indices is None:
        return place
    indices = tuple(with_numbers(index, values) for index in place.indices)
    return place if all(map(operator.is_, indices, place.indices)) else replace(place, indices=indices)


def _changed(statement: Syntax, made: Syntax) -> Syntax:
    """Return a statement that was made of another one, the other one where it is the same."""
    return statement if statement == made else made


def names_used(syntax: Sequence[Syntax], only_places: bool = False) -> set[str]:
    """Return the names that stand by themselves somewhere, in shapes too; or only those in brackets, ranges and shapes.

    Examples
    --------
    >>> from unfoldgraph.base.errors import SourceText
    >>> from unfoldgraph.language.grammar import parse
    >>> findings = Findings(SourceText("", "y(t) = a*x(t-M)"))
    >>> sorted(names_used(parse(findings.source, findings))), sorted(names_used(parse(findings.source, findings), True))
    (['M', 'a', 't'], ['M', 't'])
    """
    terms: list[Term] = []
    places: list[Term] = []
    found: set[str] = set()
    for statement in syntax:
        match statement:
            case Equated(place, right):
                places += place.indices or ()
                terms.append(right)
            case Valued(_, right):
                terms.append(right)
            case Related(left, right):
                terms += [left, right]
            case Defined(_, _, body):
                terms.append(body)
            case Declared(_, shape):
                found.update(size for size in shape or () if isinstance(size, str))
        if isinstance(statement, Equated | Related):
            places += _ends(statement.ranges)
    for term in postorder(terms):
        if term.operator in ("apply", "subscript"):
            places += term.arguments
        elif term.operator == "over" and term.data is not None:
            places += _ends(term.data[1])
    found.update(term.data for term in postorder(places) if term.operator == "name")
    if not only_places:
        found.update(term.data for term in postorder(terms) if term.operator == "name")
    return found


def _ends(bindings: Iterable[WrittenBinding]) -> list[Term]:
    return [end for one in bindings for end in (one.first, one.last) if end is not None]
