"""The standard form of a difference equation: `y[n] + a1*y[n-1] = b0*x[n]` is `y[n] = b0*x[n] - a1*y[n-1]`.

Two questions are answered here, one before names are resolved and one after: which name a left side is about, and what
the equation says of it, written as a person would who takes one term after the other to the right.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import NamedTuple

from unfoldgraph.algebra.expression import BY_VALUE, INFINITY, Binding, Index, Term, postorder
from unfoldgraph.algebra.notation import brief, read_text, shown
from unfoldgraph.algebra.operators import OPERATORS, is_reduction
from unfoldgraph.algebra.shapes import elementwise
from unfoldgraph.algebra.table.laws import Laws, Undone
from unfoldgraph.base.affine import Affine, index, is_size
from unfoldgraph.base.errors import CircuitError, Findings, listing
from unfoldgraph.base.names import INFINITY_RESERVED
from unfoldgraph.language.grammar import Declared, Equated, LeftSide, Related, Syntax, name_and_indices, place_of
from unfoldgraph.language.indices import bare_axes, is_sum

# Which name it is about -----------------------------------------------------------------------------


def unknowns(syntax: Sequence[Syntax], functions: Container[str], findings: Findings) -> dict[int, LeftSide]:
    """Return the place, as a left side, that each equation in standard form is about, by the number of its statement.

    It is of the one name of the left side that nothing else defines; which that is may hang on the other equations in
    standard form. Equations without such a name go to `findings`.

    Parameters
    ----------
    syntax : all statements of a text.
    functions : what is called and not read.
    findings : where to tell what is wrong.

    Examples
    --------
    >>> index, before = Term("name", (), "n"), Term("sub", (Term("name", (), "n"), Term("number", (), 1)))
    >>> now, then = (Term("subscript", (Term("name", (), "y"), at)) for at in (index, before))
    >>> unknowns([Related(Term("sub", (now, then)), Term("number", (), 1))], (), Findings())[0].name
    'y'
    """
    equations = [statement.place for statement in syntax if isinstance(statement, Equated)]
    defined = {place.name: place for place in reversed(equations) if _is_equation(place)}
    declared = {place.name for statement in syntax if isinstance(statement, Declared) for place in statement.places}
    sizes = {size for statement in syntax if isinstance(statement, Declared) for size in statement.shape or ()}
    axes = {axis for place in equations for index in place.indices or () for axis in bare_axes(index)}
    waiting: dict[int, dict[str, LeftSide]] = {}
    for number, statement in enumerate(syntax):
        if isinstance(statement, Related):
            indexed, bare = _candidates(statement.left, functions, sizes)
            waiting[number] = indexed or {name: at for name, at in bare.items() if name not in axes | sizes}
    lefts = {number: one.left for number, one in enumerate(syntax) if isinstance(one, Related)}
    return about(lefts, waiting, defined, declared, findings)


def about(
    lefts: Mapping[int, Term],
    candidates: Mapping[int, Mapping[str, LeftSide]],
    defined: Mapping[str, LeftSide],
    declared: Container[str],
    findings: Findings,
) -> dict[int, LeftSide]:
    """Return the place that each equation in standard form is about, by its number.

    Parameters
    ----------
    lefts : the left sides.
    candidates : the names on each that may be the one, each at its axes.
    defined : what has an equation already.
    declared : names that have a declaration.
    findings : where to tell of equations that have no such name, or several.

    Examples
    --------
    >>> from unfoldgraph.base.errors import Span
    >>> here = {name: LeftSide(name, None, Span(0, 1), Span(0, 1)) for name in "ab"}
    >>> left = Term("add", (Term("name", (), "a"), Term("name", (), "b")))
    >>> about({0: left}, {0: here}, {"b": here["b"]}, (), Findings())[0].name
    'a'
    """
    found = _settled(candidates, defined, declared)
    for number, left in lefts.items():
        if number not in found:
            _report(left, candidates[number], defined, findings)
    return found


def _is_equation(place: LeftSide) -> bool:
    """Say whether a left side gives a name its values at all places, and not at fixed ones only."""
    return all(bare_axes(index) for index in place.indices or ())


def _candidates(
    left: Term, functions: Container[str], sizes: Container[int | str]
) -> tuple[dict[str, LeftSide], dict[str, LeftSide]]:
    """Return what is read by an axis on a left side, at its axes, and the names that stand there without an index."""
    indexed: dict[str, LeftSide] = {}
    bare: dict[str, LeftSide] = {}
    indexed_names: set[int] = set()
    waiting: list[tuple[Term, frozenset[str]]] = [(left, frozenset())]
    while waiting:
        root, bound = waiting.pop()
        for node in postorder([root], stop=lambda node: node.operator == "over"):
            if node.operator == "over":
                waiting += ((part, bound | {binding.name for binding in node.data[1]}) for part in node.arguments)
            place = place_of(node)
            if place is None or place.name in functions or place.name in bound:
                continue
            if place.indices is None:
                bare.setdefault(place.name, place)
            elif (call := name_and_indices(node)) is not None:
                indexed_names.update(id(argument) for argument in node.arguments[:1] if node.operator == "subscript")
                own = [_axis_of(index, bound, sizes) for index in call[1]]
                if any(axis is not None for axis in own) and all(map(is_sum, call[1])):
                    at = (axis or index for axis, index in zip(own, call[1], strict=True))
                    indexed.setdefault(place.name, replace(place, indices=tuple(at)))
        for node in postorder([root], stop=lambda node: node.operator == "over"):
            if id(node) in indexed_names:
                bare.pop(node.data, None)
    return indexed, bare


def _axis_of(index: Term, bound: Container[str], sizes: Container[int | str]) -> Term | None:
    """Return the axis that a place of an index holds besides sizes and what reductions bind."""
    names = [term for term in postorder([index]) if term.operator == "name" and term.data not in bound]
    others = [term for term in names if len(names) == 1 or term.data not in sizes]
    return others[0] if len(others) == 1 and bare_axes(others[0]) else None


def _settled(
    waiting: Mapping[int, Mapping[str, LeftSide]], defined: Mapping[str, LeftSide], declared: Container[str]
) -> dict[int, LeftSide]:
    """Return the place of each equation that has one name left, taking those away that others turn out to define.

    What is declared and has no equation is an input, where the other name may be the one that is meant.
    """
    known = dict.fromkeys(defined)
    found: dict[int, LeftSide] = {}
    users: dict[str, list[int]] = {}
    for number, candidates in waiting.items():
        for name in candidates:
            users.setdefault(name, []).append(number)
    later = [*waiting][::-1]
    queue = [*later]
    while queue or later:
        is_last = not queue
        number = queue.pop() if queue else later.pop()
        left = [name for name in waiting[number] if name not in known]
        if is_last and len(left) > 1:
            left = [name for name in left if name not in declared]
        if number not in found and len(left) == 1:
            found[number] = waiting[number][left[0]]
            known[left[0]] = None
            queue += reversed(users[left[0]])
    return found


def _report(
    left: Term, candidates: Mapping[str, LeftSide], defined: Mapping[str, LeftSide], findings: Findings
) -> None:
    """Say why nothing tells which name an equation is about."""
    open_ = {name: place for name, place in candidates.items() if name not in defined}
    names = listing([shown(name) for name in open_ or candidates])
    if len(open_) > 1:
        asked = " or ".join(f"{_written(place)} = …" for place in open_.values())
        hint = f"write which one this is for: {asked}"
        findings.error(f"nothing says which of {names} this is an equation for", left.span, hint)
    elif candidates:
        also = [(place.span, "here") for name, place in defined.items() if name in candidates]
        has = "has an equation" if len(candidates) == 1 else "have equations"
        findings.error(f"{names} {has} already", left.span, None, also)
    elif left.operator == "number" and left.data == INFINITY:
        findings.error(INFINITY_RESERVED, left.span, "choose another name")
    else:
        findings.error("the left side has no name that this could be an equation for", left.span, "write name(…) = …")


def _written(place: LeftSide) -> str:
    """Return a left side as it is asked for, at the axes of the place."""
    axes = [shown(axis) for index in place.indices or () for axis in bare_axes(index) or ["…"]]
    return f"{shown(place.name)}({', '.join(axes)})" if axes else shown(place.name)


# What it says of it -----------------------------------------------------------------------------------


def solved(left: Term, right: Term, name: str, edges: Iterable[Sequence[Index]]) -> tuple[tuple[Index, ...], Term]:
    """Return the left and the right side of an equation in standard form, solved for the latest place of a name.

    Parameters
    ----------
    left, right : both sides, names resolved.
    name : the one that the equation is about.
    edges : the indices at which other statements give the name its values. If only places past the end are among
        them along the axis that matters, the equation is solved for the earliest place.

    Raises
    ------
    CircuitError : where that place does not stand alone on the left, or where the places differ along several axes.

    Examples
    --------
    >>> y = [Term("read", (), ("y", (Index("n", offset),))) for offset in (0, -1)]
    >>> a, x = Term("parameter", (), "a"), Term("read", (), ("x", (Index("n"),)))
    >>> index, right = solved(Term("sub", (y[0], Term("mul", (a, y[1])))), x, "y", [])
    >>> read_text("y", index), brief(right)
    ('y(n)', 'x(n) + a * y(n-1)')
    """
    index = _place_to_solve_for(left, name, list(edges))
    for term in postorder([right]):
        if _is_at(term, name, index):
            label = read_text(name, index)
            raise CircuitError(f"{label} stands on both sides", term.span, f"bring {label} to the left side")
    return index, _Solver(name, index, left).right(right)


def _is_at(term: Term, name: str, index: tuple[Index, ...]) -> bool:
    return term.operator == "read" and term.data == (name, index)


class _LeftPlace(NamedTuple):
    """A read of the name on the left side: its index, how far from the axes it is, and what reductions bind there."""

    index: tuple[Index, ...]  # type: ignore[assignment]  # the word of the language, not the method of tuples
    distances: tuple[Affine, ...]
    bindings: Mapping[str, Binding]


def _place_to_solve_for(left: Term, name: str, edges: Sequence[Sequence[Index]]) -> tuple[Index, ...]:
    """Return the latest place of a name on the left side, or the earliest."""
    reads = list(_reads(left, name))
    axes = next((tuple(at.base for at in term.data[1]) for term, _ in reads if _moves(term)), None)
    if axes is None:
        hint = "write name(…) = …, with the name that this is an equation for"
        raise CircuitError(f"'{shown(name)}' stands only inside a reduction on the left side", left.span, hint)
    places = [place for term, bindings in reads if (place := _place(term, bindings, axes)) is not None]
    usual = read_text(name, [Index(axis) for axis in axes])
    along = [axis for at, axis in enumerate(axes) if len({place.distances[at] for place in places}) > 1]
    if len(along) > 1:
        message = f"the places of '{shown(name)}' on the left side differ along {listing(list(map(shown, along)))}"
        raise CircuitError(message, left.span, f"write {usual} = …")
    position = axes.index(along[0]) if along else 0
    at_edge = [index[position] for index in edges if position < len(index) and index[position].is_off_edge]
    direction = -1 if at_edge and all(at.base for at in at_edge) else 1
    last = places[0]
    for place in places:
        if axes and _most(place, last, position, -direction) < 0:
            last = place
    is_alone = all(at.moves for at in last.index) and not last.bindings
    for place in places:
        if place.index == last.index and is_alone:
            continue
        most = _most(place, last, position, direction) if axes else 0
        if most >= 0 or not is_alone:
            which = "latest" if direction > 0 else "earliest"
            label = read_text(name, place.index if is_alone else last.index)
            what = "perhaps the" if most == inf else "the"
            message = f"{label}, {what} {which} place of '{shown(name)}' on the left side, does not stand alone there"
            raise CircuitError(message, left.span, f"write {usual} = …")
    return last.index


def _moves(term: Term) -> bool:
    """Say whether a read moves with the equation, whatever is added to that."""
    return all(at.moves and not at.bound for at in term.data[1])


def _reads(left: Term, name: str) -> Iterator[tuple[Term, Mapping[str, Binding]]]:
    """Yield the reads of a name on a left side, with what the reductions around them bind."""
    waiting: list[tuple[Term, Mapping[str, Binding]]] = [(left, {})]
    while waiting:
        root, bindings = waiting.pop()
        for term in postorder([root], stop=is_reduction):
            if is_reduction(term):
                inner = {**bindings, **{one.name: one for one in term.data}}
                waiting += ((part, inner) for part in term.arguments)
            elif term.operator == "read" and term.data[0] == name:
                yield term, bindings


def _place(term: Term, bindings: Mapping[str, Binding], axes: Sequence[str]) -> _LeftPlace | None:
    """Return a read that moves along all axes; None for one at a fixed or a computed place, or of a whole axis."""
    if len(term.data[1]) != len(axes):
        # What is wrong there is said where all reads are checked.
        return None
    distances = []
    for at, axis in zip(term.data[1], axes, strict=True):
        if at.base == BY_VALUE or at.bound or axis in bindings:
            return None
        distance = at.sum_on(axis) - index(axis)
        if any(not is_size(name) and name not in bindings for name, _ in distance.terms):
            return None
        distances.append(distance)
    return _LeftPlace(term.data[1], tuple(distances), bindings)


def _most(place: _LeftPlace, other: _LeftPlace, position: int, direction: int) -> float:
    """Return how much later than another a place is at most, or earlier; infinite where nothing says that."""
    found = (place.distances[position] - other.distances[position]).times(direction)
    bindings = {**other.bindings, **place.bindings}
    for _ in range(len(bindings) + 1):
        ends = {name: bindings[name].ends[factor > 0] for name, factor in found.terms if _is_in_range(name, bindings)}
        found = found.at(ends)
    # A size is at least 1, and nothing says how large it may be.
    is_bounded = all(is_size(name) and factor < 0 for name, factor in found.terms)
    return found.constant + sum(factor for _, factor in found.terms) if is_bounded else inf


def _is_in_range(name: str, bindings: Mapping[str, Binding]) -> bool:
    return name in bindings and bool(bindings[name].ends)


class _Solver:
    """Solves one equation for a place, from the outside of its left side to the inside."""

    def __init__(self, name: str, index: tuple[Index, ...], left: Term) -> None:
        self.name = name
        self.index = index
        self.left = left
        self.label = read_text(name, index)
        self._holding: set[int] = set()
        for term in postorder([left]):
            if _is_at(term, name, index) or any(id(argument) in self._holding for argument in term.arguments):
                self._holding.add(id(term))

    def right(self, right: Term) -> Term:
        """Return what the place is."""
        left = self.left
        while not _is_at(left, self.name, self.index):
            laws = _laws(left)
            if laws.signs:
                terms = list(_terms(left))
                held = [(sign, term) for sign, term in terms if self._holds(term)]
                others = [(sign, term) for sign, term in terms if not self._holds(term)]
                if len(held) > 1:
                    return self._gathered(held, _sum([(1, right), *_times(-1, others)]))
                ((sign, left),) = held
                # What is subtracted as a whole would stand in brackets.
                rest = [(1, right)] if sign > 0 else _times(-1, _terms(right))
                right = _sum([*rest, *_times(-sign, others)])
            else:
                undone = self._undone(left, laws)
                left, other = left.arguments[undone.position], left.arguments[1 - undone.position]
                right = _applied(undone, other, right)
        return right

    def _holds(self, term: Term) -> bool:
        return id(term) in self._holding

    def _undone(self, term: Term, laws: Laws) -> Undone:
        """Return how to get the operand of a product or a quotient that holds the place."""
        held = [position for position, argument in enumerate(term.arguments) if self._holds(argument)]
        for undone in laws.undone:
            if held == [undone.position]:
                return undone
        alone = f"stands alone only as it is, times scalars, or in A @ {self.label}"
        raise self._refusal(f"{alone}, and not in {brief(term)}", term)

    def _refusal(self, why: str, term: Term) -> CircuitError:
        return CircuitError(f"{self.label} {why}", term.span, f"write {self.label} = …")

    def _gathered(self, held: Sequence[tuple[int, Term]], right: Term) -> Term:
        """Return what the place is where several terms hold it: the rest divided by the sum of its coefficients."""
        coefficients: list[tuple[int, Term]] = []
        rest: list[tuple[int, Term]] = []
        for sign, term in held:
            found, left_over = self._split(term)
            coefficients += _times(sign, found)
            rest += _times(-sign, left_over)
        coefficient = _sum(coefficients)
        return _divided(_sum([(1, right), *rest]), coefficient)

    def _split(self, root: Term) -> tuple[list[tuple[int, Term]], list[tuple[int, Term]]]:
        """Return the terms that the place is multiplied by, and those of the rest."""
        found: dict[int, tuple[list[tuple[int, Term]], list[tuple[int, Term]]]] = {}
        for term in postorder([root], stop=lambda term: not self._holds(term)):
            if not self._holds(term):
                found[id(term)] = [], [(1, term)]
                continue
            if _is_at(term, self.name, self.index):
                found[id(term)] = [(1, Term("number", (), 1, term.span))], []
                continue
            laws = _laws(term)
            parts = [found[id(argument)] for argument in term.arguments]
            if laws.signs:
                found[id(term)] = (
                    [one for sign, part in zip(laws.signs, parts, strict=True) for one in _times(sign, part[0])],
                    [one for sign, part in zip(laws.signs, parts, strict=True) for one in _times(sign, part[1])],
                )
                continue
            at = self._undone(term, laws).position
            if OPERATORS[term.operator].rule is not elementwise:
                several = f"stands in several terms, and {brief(term)} is not a scalar times {self.label}"
                raise self._refusal(several, term)
            found[id(term)] = (
                [(sign, _with_operand(term, at, one)) for sign, one in parts[at][0]],
                [(sign, _with_operand(term, at, one)) for sign, one in parts[at][1]],
            )
        return found[id(root)]


def _laws(term: Term) -> Laws:
    """Return the laws of an operation, those of nothing for a leaf."""
    row = OPERATORS.get(term.operator)
    return Laws() if row is None else row.laws


def _terms(root: Term) -> Iterator[tuple[int, Term]]:
    """Yield the terms of a sum, each with its sign, in the order written."""
    waiting = [(1, root)]
    while waiting:
        sign, term = waiting.pop()
        signs = _laws(term).signs
        if signs:
            waiting += [(sign * own, one) for own, one in zip(signs, term.arguments, strict=True)][::-1]
        else:
            yield sign, term


def _times(sign: int, terms: Iterable[tuple[int, Term]]) -> list[tuple[int, Term]]:
    return [(sign * own, term) for own, term in terms]


def _is_number(term: Term, value: int) -> bool:
    return term.operator == "number" and term.data == value


def _with_operand(term: Term, position: int, operand: Term) -> Term:
    """Return an operation with another operand; beside a 1 that says nothing, the other one alone."""
    for identity in _laws(term).identities:
        if identity.position == position and _is_number(operand, 1) and identity.constant == 1:
            return term.arguments[1 - position]
    if position and _laws(term).associative:
        return _with_first(operand, lambda first: replace(term, arguments=(term.arguments[0], first)), True)
    arguments = list(term.arguments)
    arguments[position] = operand
    return replace(term, arguments=tuple(arguments))


def _sum(terms: Iterable[tuple[int, Term]]) -> Term:
    """Return a sum, what is subtracted not first where anything else could be, and a zero only where it is all."""
    told = [(sign * own, term) for sign, whole in terms for own, term in [_unsigned(whole)] if not _is_number(term, 0)]
    if not told:
        return Term("number", (), 0)
    first = next((at for at, (sign, _) in enumerate(told) if sign > 0), 0)
    told.insert(0, told.pop(first))
    (sign, found), *others = told
    found = found if sign > 0 else _with_first(found, _negated)
    for sign, term in others:
        found = Term("add" if sign > 0 else "sub", (found, term), None, term.span)
    return found


def _unsigned(term: Term) -> tuple[int, Term]:
    """Return the sign of a product and the product without it."""
    spine = _spine(term)
    if _laws(spine[-1]).signs != (-1,):
        return 1, term
    return -1, _with_first(term, lambda first: first.arguments[0])


def _negated(term: Term) -> Term:
    return Term("neg", (term,), None, term.span)


def _applied(undone: Undone, other: Term, result: Term) -> Term:
    """Return an operand from the result and the other one; nothing is done to 0."""
    if _is_number(result, 0):
        return result
    if undone.result_first:
        return Term(undone.operator, (result, other), None, result.span)
    if OPERATORS[undone.operator].laws.associative:
        return _with_first(result, lambda first: Term(undone.operator, (other, first), None, result.span), True)
    return Term(undone.operator, (other, result), None, result.span)


def _divided(value: Term, divisor: Term) -> Term:
    return value if _is_number(divisor, 1) or _is_number(value, 0) else Term("div", (value, divisor), None, value.span)


def _spine(term: Term, by_entries: bool = False) -> list[Term]:
    """Return a product, its first factor if that is a product, and so on to the first factor of all."""
    found = [term]
    while True:
        row = OPERATORS.get(found[-1].operator)
        if row is None or row.kind != "infix" or not row.laws.is_linear_in((0,), 2):
            return found
        if by_entries and row.rule is not elementwise:
            return found
        found.append(found[-1].arguments[0])


def _with_first(term: Term, change: Callable[[Term], Term], by_entries: bool = False) -> Term:
    """Return a product whose first factor is changed."""
    *products, first = _spine(term, by_entries)
    found = change(first)
    for product in reversed(products):
        found = replace(product, arguments=(found, *product.arguments[1:]))
    return found
