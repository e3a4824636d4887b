"""What a statement reads, and where: each place as sums of indices, under the inequalities that hold there.

A reduction over a range binds an index between two sums. A condition on indices leaves places out. What is computed,
as in `x(t - d(t))`, is any place, or one of some that are known, as of `x(floor(t/2))`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from unfoldgraph.algebra.expression import AFFINE, BY_VALUE, Binding, Expr, Index, Term, intern, postorder
from unfoldgraph.algebra.operators import is_conditional, is_reduction
from unfoldgraph.base.affine import Affine, index, is_index
from unfoldgraph.model.equations import Read, ReadKind
from unfoldgraph.model.index_arithmetic import Inequalities, inequalities, is_exact, is_of_indices, quotients

#: So many alternatives of one read are told apart; of one with more, all places are taken that its index has.
_ALTERNATIVES = 64


@dataclass(frozen=True, eq=False)
class _ReadContext:
    """What stands around a part of a right side.

    Attributes
    ----------
    bindings : the ranges that it is inside of, outermost first.
    alternatives : inequalities of which all of one hold.
    when : other conditions on indices, all of which hold.
    """

    bindings: tuple[Binding, ...] = ()
    alternatives: tuple[Inequalities, ...] = ((),)
    when: tuple[Expr, ...] = ()


class OccurrencesOfReads:
    """The reads in one right side, in the order written, each with what stands around it."""

    def __init__(self, value: Term) -> None:
        self._made: dict[tuple[int, int, bool], _ReadContext] = {}
        self._fresh = 0
        self.found: list[tuple[Term, list[Read]]] = []
        waiting = [(value, _ReadContext())]
        seen: set[tuple[int, int]] = set()
        while waiting:
            node, around = waiting.pop()
            if (id(node), id(around)) in seen:
                continue
            seen.add((id(node), id(around)))
            if node.operator == "read":
                self.found.append((node, list(self._reads(node, around))))
            waiting += reversed([*self._below(node, around)])

    def _below(self, node: Term, around: _ReadContext) -> Iterator[tuple[Term, _ReadContext]]:
        """Yield the arguments of a node, each with what stands around it."""
        if is_reduction(node):
            inner = self._bound(node, around)
            for condition in node.arguments[1:]:
                yield condition, inner
                inner = self._under(condition, inner, True)
            yield node.arguments[0], inner
        elif is_conditional(node):
            yield node.arguments[0], around
            for branch, truth in zip(node.arguments[1:], (True, False), strict=True):
                yield branch, self._under(node.arguments[0], around, truth)
        else:
            yield from ((argument, around) for argument in node.arguments)

    def _bound(self, node: Term, around: _ReadContext) -> _ReadContext:
        (binding,) = node.data
        if not binding.ends:
            return around
        key = id(node), id(around), True
        if key not in self._made:
            self._made[key] = _ReadContext((*around.bindings, binding), around.alternatives, around.when)
        return self._made[key]

    def _under(self, condition: Term, around: _ReadContext, truth: bool) -> _ReadContext:
        """Return what stands around a part that is evaluated only where a condition is true, or false."""
        key = id(condition), id(around), truth
        if key not in self._made:
            rows = inequalities(condition, truth)
            alternatives = tuple((*one, *other) for one, other in product(around.alternatives, rows))
            when = around.when
            if not is_exact(condition) and is_of_indices(condition):
                when = (*when, intern(condition if truth else Term("not", (condition,), None, condition.span)))
            if alternatives == around.alternatives and when == around.when:
                self._made[key] = around
            else:
                bounded = alternatives if len(alternatives) <= _ALTERNATIVES else around.alternatives
                self._made[key] = _ReadContext(around.bindings, bounded, when)
        return self._made[key]

    # One read ---------------------------------------------------------------------------------------

    def _reads(self, node: Term, around: _ReadContext) -> Iterator[Read]:
        """Yield the alternatives of one read."""
        places = node.data[1]
        options: list[list[tuple[Index, Inequalities, tuple[Binding, ...]]]] = []
        for at in places:
            options.append(self._computed(node.arguments[at.offset]) if at.base == BY_VALUE else [(at, (), ())])
        found: dict[Read, None] = {}
        for rows in around.alternatives:
            for chosen in product(*options):
                indices = tuple(one for one, _, _ in chosen)
                guard = (*rows, *(row for _, more, _ in chosen for row in more))
                fresh = tuple(binding for _, _, bindings in chosen for binding in bindings)
                read = _read(node, indices, (*around.bindings, *fresh), guard, around.when)
                if read is not None:
                    found[read] = None
        yield from found

    def _computed(self, value: Term) -> list[tuple[Index, Inequalities, tuple[Binding, ...]]]:
        """Return what is known of a place that is computed: indices, under inequalities, over indices that are new."""
        made: list[Binding] = []

        def fresh() -> Affine:
            self._fresh += 1
            made.append(Binding(f"?{self._fresh}"))
            return index(made[-1].name)

        found = []
        for piece in quotients(value, fresh):
            place, where = piece.sum, piece.where
            if piece.divisor > 1:
                # What is no whole number is no place.
                place = fresh()
                rest = piece.sum - place.times(piece.divisor)
                where = (*where, rest, rest.times(-1))
            found.append((Index(AFFINE, form=place), where))
        names = [name for one, where in found for form in (one.form, *where) if form for name, _ in form.terms]
        used = tuple(binding for binding in made if binding.name in names)
        return [(one, where, used) for one, where in found]


def _read(
    node: Term,
    places: tuple[Index, ...],
    bindings: Sequence[Binding],
    guard: Inequalities,
    when: tuple[Expr, ...],
) -> Read | None:
    """Return a read, with those of the ranges around it that it depends on; None where it never takes place."""
    if any(not row.terms and row.constant < 0 for row in guard):
        return None
    guard = tuple(dict.fromkeys(row for row in guard if row.terms))
    used = {name for form in (*(at.form for at in places), *guard) if form is not None for name, _ in form.terms}
    used |= {leaf.data[0] for one in when for leaf in postorder([one]) if leaf.operator == "axis"}
    within: list[Binding] = []
    for binding in reversed(bindings):
        # What is between two numbers is never empty, so that it matters only where it is used.
        if binding.name in used or (binding.ends and binding.numbers is None):
            within.append(binding)
            used |= {name for end in binding.ends for name, _ in end.terms}
    found = Read(node.data[0], places, _kind(node, places, within), tuple(within[::-1]), guard, when)
    return found if all(at.is_plain for at in places) else found._replace(node=intern(node))


def _kind(node: Term, places: Sequence[Index], within: Sequence[Binding]) -> ReadKind:
    """Return how a place is read."""
    if any(at.base == BY_VALUE for at in node.data[1]):
        return "place"
    bound = {binding.name: binding for binding in within}
    kinds: dict[ReadKind, None] = {}
    for at in places:
        if at.is_plain:
            plain: Mapping[str, ReadKind] = {"": "fixed", "end": "end"}
            kinds["all" if at.bound else plain.get(at.base, "delay")] = None
        elif at.form is not None:
            names = [name for name, _ in at.form.terms if name in bound]
            kinds[_kind_of_sum(at.form, names, bound)] = None
    return next((kind for kind in ("place", "range", "all", "end", "fixed") if kind in kinds), "delay")


def _kind_of_sum(form: Affine, names: Sequence[str], bound: Mapping[str, Binding]) -> ReadKind:
    """Return how a place that is a sum is read: between numbers, over a range, or only lengths or sizes tell."""
    rest = [(name, factor) for name, factor in form.terms if name not in names]
    if names and all(bound[name].numbers is not None for name in names):
        if not rest:
            return "fixed"
        if len(rest) == 1 and rest[0][1] == 1 and is_index(rest[0][0]):
            return "delay"
    return "range" if names else "place"
