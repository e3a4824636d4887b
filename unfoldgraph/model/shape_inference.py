"""The shape of every name, from declarations and from how the name is used.

The seven rules of the language, run to a fixed point by the shape engine, statement by statement in the order of the
text; what has been learned of a name sends the statements that mention it round again. What is certain comes first;
only then does an unknown operand take the shape of what it stands beside. Terms still know their places here, so
that two shapes that do not fit are shown with where each came from.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import NamedTuple

from unfoldgraph.algebra.expression import BY_VALUE, Binding, Index, Slice, Term, postorder, sum_of_entry
from unfoldgraph.algebra.notation import brief, shown, sum_text
from unfoldgraph.algebra.operators import OPERATORS, indexed_operand, is_conditional, is_reduction, laws_of
from unfoldgraph.algebra.shape_engine import ShapeEngine, is_scalar, name_of, needs_ranks, rule_of
from unfoldgraph.algebra.shapes import (
    Mismatch,
    Shape,
    Shapes,
    Size,
    as_size,
    entry,
    is_fresh,
    joined,
    matrix_product,
    placed,
    spell,
)
from unfoldgraph.algebra.table.laws import Entries
from unfoldgraph.base import affine
from unfoldgraph.base.affine import Affine
from unfoldgraph.base.errors import Findings, Span

_ALONE = "stands alone"


@dataclass(frozen=True, slots=True)
class Sided:
    """One equation for the rules: the name on its left side, its place, and its right side.

    `is_fixed` says that it gives one place only, as `h(0) = 0` does.
    """

    name: str
    right: Term
    span: Span | None
    label: str
    is_fixed: bool = False


@dataclass(frozen=True, slots=True)
class Inferred:
    """What was found: shapes by name (None for unknown), and names that may also be given as scalars."""

    shapes: dict[str, Shape | None]
    scalar_too: frozenset[str]


def infer(
    equations: Sequence[Sided],
    names: Sequence[str],
    parameters: frozenset[str],
    declared: Mapping[str, tuple[Shape, Span | None]],
    findings: Findings,
) -> Inferred:
    """Return the shape of each of `names`; problems go to `findings`.

    `names` are in the order of the text. `declared` holds shapes with the places of their declarations.
    """
    work = _Inference(equations, names, parameters, declared, findings)
    work.seed()
    work.settle()
    work.seed_signals()
    work.demand(work.sound_terms())
    work.settle(may_stand_beside=True)
    work.finish()
    work.check_ranges()
    # Rule 7, whichever way a boundary is written: `h0` left to the caller, or a parameter in `h(0) = h0`.
    edges = {one.right.data for one in equations if one.is_fixed and one.right.operator == "parameter"}
    return Inferred(work.named(), frozenset({*work.beside, *edges}))


def sizes_counted(values: Iterable[Term]) -> dict[tuple[str, int], Size]:
    """Return the sizes of names whose entries a range runs over from the first to the last, by name and position.

    In `sum(b[k]*x(t-k) for k in 0..M-1)` b has M entries, and so has it where b[0] stands beside a sum from 1. Nothing
    is told where something else is read that reaches further, or may.

    Examples
    --------
    >>> from unfoldgraph.base.affine import index, size, whole
    >>> entry = Term("entry", (Term("parameter", (), "b"),), (Index("+", form=index("k")),))
    >>> sizes_counted([Term("sum_over", (entry,), (Binding("k", whole(0), size("M") - 1),))])
    {('b', 0): 'M'}
    """
    reached: dict[tuple[str, int], dict[tuple[Affine, Affine], None]] = {}
    for entry_, scope, _ in _entries_in_ranges(values):
        if name := name_of(entry_.arguments[0]):
            for position, item in enumerate(entry_.data):
                if (ends := _entries_reached(item, scope)) is not None:
                    reached.setdefault((name, position), {})[ends] = None
    told = {key: _size_counted(list(ends)) for key, ends in reached.items()}
    return {key: size for key, size in told.items() if size is not None}


def _entries_in_ranges(values: Iterable[Term]) -> Iterator[tuple[Term, Mapping[str, Binding], bool]]:
    """Yield the entries in some right sides, with the ranges around each and whether a condition may leave it out."""
    nothing: Mapping[str, Binding] = {}
    waiting: list[tuple[Term, Mapping[str, Binding], bool]] = [(value, nothing, False) for value in values]
    seen: set[tuple[int, int, bool]] = set()
    kept: list[Mapping[str, Binding]] = []
    while waiting:
        root, scope, may_be_left_out = waiting.pop()
        if (id(root), id(scope), may_be_left_out) in seen:
            continue
        seen.add((id(root), id(scope), may_be_left_out))
        for term in postorder([root], stop=lambda term: is_reduction(term) or is_conditional(term)):
            if is_reduction(term):
                inner = {**scope, **{one.name: one for one in term.data}}
                # While it is kept, no other has its identity.
                kept.append(inner)
                is_guarded = may_be_left_out or len(term.arguments) > 1
                waiting += [(part, inner, is_guarded) for part in term.arguments]
            elif is_conditional(term):
                waiting += [(part, scope, True) for part in term.arguments]
            elif term.operator == "entry":
                yield term, scope, may_be_left_out


def _entries_reached(item: Index | Slice, scope: Mapping[str, Binding]) -> tuple[Affine, Affine] | None:
    """Return the first and the last entry that is counted inside some ranges; None where these do not tell."""
    if isinstance(item, Slice) or item.base == BY_VALUE or (not item.base and item.offset < 0):
        return None
    low = high = sum_of_entry(item)
    while names := [name for name, _ in (*low.terms, *high.terms) if affine.is_index(name)]:
        if any(name not in scope or not scope[name].ends for name in names):
            return None
        first, last = scope[names[0]].ends
        low = low.at({names[0]: first if low.factor(names[0]) > 0 else last})
        high = high.at({names[0]: last if high.factor(names[0]) > 0 else first})
    return low, high


def _size_counted(reached: Sequence[tuple[Affine, Affine]]) -> Size | None:
    """Return how many entries there are where all that are counted are all there are; None where nothing says so."""
    alone = {low.constant for low, high in reached if low == high and not low.terms}
    counts = {
        high + 1
        for low, high in reached
        if low != high and not low.terms and all(before in alone for before in range(low.constant))
    }
    beyond = {high + 1 for _, high in reached} - counts
    if any(one.terms for one in counts):
        (*others, count) = counts
        return None if others or any(one.terms for one in beyond) else as_size(count)
    most = max((one.constant for one in counts), default=0)
    return most if counts and all(not one.terms and one.constant <= most for one in beyond) else None


class _Misfit(Exception):
    """Shapes that do not fit, and the operation they do not fit in; None for the two sides of an equation."""

    def __init__(self, term: Term | None, mismatch: Mismatch) -> None:
        super().__init__(mismatch.sentence)
        self.term = term
        self.mismatch = mismatch


_At = tuple[int, int]
"""Where a term stands: the number of its statement, and its position there, arguments first."""


class _Guess(NamedTuple):
    """What a name is taken for where nothing says more: its rank, with the place and the sentence that tell why."""

    rank: int
    span: Span | None
    why: str


class _Queue:
    """Positions of terms to look at, by statement, the first in the order of the text first; all of them to begin."""

    def __init__(self, terms: Sequence[Sequence[Term]]) -> None:
        self._positions: list[set[int]] = [set(range(len(some))) for some in terms]
        # In ascending order, which is a heap.
        self._numbers = [number for number, positions in enumerate(self._positions) if positions]

    def __bool__(self) -> bool:
        return bool(self._numbers)

    def push(self, number: int, position: int) -> None:
        """Put one in, unless it is there."""
        if not self._positions[number]:
            heappush(self._numbers, number)
        self._positions[number].add(position)

    def pop(self) -> tuple[int, set[int]]:
        """Take the first statement out with what there is to look at."""
        number = heappop(self._numbers)
        positions, self._positions[number] = self._positions[number], set()
        return number, positions


class _Sweep:
    """The terms of one statement that are to be looked at, upward and then downward in turn."""

    def __init__(self, number: int, positions: Iterable[int], may_stand_beside: bool) -> None:
        self.number = number
        self.may_stand_beside = may_stand_beside
        self._step = 1
        self._last = -1
        self._ahead = sorted(positions)
        self._behind: list[int] = []
        self._waiting = set(self._ahead)

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, position: int) -> None:
        """Put one in, unless it is there; what the sweep has passed waits for the next one."""
        if position not in self._waiting:
            self._waiting.add(position)
            is_ahead = (position - self._last) * self._step > 0
            heappush(self._ahead if is_ahead else self._behind, position * (self._step if is_ahead else -self._step))

    def next(self) -> int | None:
        """Return the next one; None at the end of a sweep, when the other way begins."""
        if self._ahead:
            self._last = heappop(self._ahead) * self._step
            self._waiting.discard(self._last)
            return self._last
        self._step = -self._step
        self._ahead, self._behind = self._behind, []
        return None


class _Inference(ShapeEngine[Term]):
    """The shapes known so far, of names and of the terms of each statement."""

    def __init__(
        self,
        equations: Sequence[Sided],
        names: Sequence[str],
        parameters: frozenset[str],
        declared: Mapping[str, tuple[Shape, Span | None]],
        findings: Findings,
    ) -> None:
        super().__init__()
        self.equations = equations
        self.names = names
        self.parameters = parameters
        self.findings = findings
        self.shapes: dict[str, Shape] = {name: shape for name, (shape, _) in declared.items()}
        #: The names whose shape is a guess.
        self.guessed: set[str] = set()
        self.origin: dict[str, tuple[Span | None, str]] = {
            name: (span, "is declared here") for name, (_, span) in declared.items()
        }
        self.beside: dict[str, None] = {}
        self.terms = [list(postorder([equation.right])) for equation in equations]
        self.failed: set[int] = set()
        self.by_neighbour: set[int] = set()
        #: Where each term stands, and each that it is an argument of; and where each name does.
        self.rules_about: dict[int, list[_At]] = {}
        self.mentions: dict[str, list[_At]] = {}
        for number, terms in enumerate(self.terms):
            for position, term in enumerate(terms):
                for about in (term, *term.arguments):
                    self.rules_about.setdefault(id(about), []).append((number, position))
                if name := name_of(term):
                    self.mentions.setdefault(name, []).append((number, position))
                elif is_scalar(term):
                    self.of[id(term)] = ()
            self.mentions.setdefault(equations[number].name, []).append((number, len(terms)))
        #: Terms whose rule depends on how large a size is, by sizes that are not known yet.
        self.rules_of_size: dict[str, list[Term]] = {}
        #: What to look at again: for what is certain, and for what stands beside something known.
        self.waiting = _Queue(self.terms)
        self.later = _Queue(self.terms)
        self.sweep: _Sweep | None = None
        #: What each signal is made of, and those signals that are taken for vectors where nothing says what they are.
        self.rights: dict[str, set[str]] = {}
        for equation, terms in zip(equations, self.terms, strict=True):
            self.rights.setdefault(equation.name, set()).update(filter(None, map(name_of, terms)))
        self.undecided: dict[str, _Guess] = {}

    def seed(self) -> None:
        """Rule 2: in `a @ b` an undeclared parameter is a matrix, an undeclared input a vector.

        So is a signal where its own equations show no shape, which `seed_signals` asks.
        """
        for term in filter(needs_ranks, itertools.chain.from_iterable(self.terms)):
            row = OPERATORS[term.operator]
            for position, argument in enumerate(term.arguments):
                entries = 0
                if argument.operator == "entry" and all(isinstance(item, Index) for item in argument.data):
                    entries, argument = len(argument.data), argument.arguments[0]
                rank = row.needed_rank(position, argument.operator == "parameter")
                if laws_of(argument).entries is Entries.TURNED:
                    rank, argument = OPERATORS[argument.operator].needed_rank(0), argument.arguments[0]
                name = name_of(argument)
                if name and name not in self.shapes:
                    kind = "a matrix" if rank == 2 else "a vector"
                    guess = _Guess(rank + entries, argument.span, f"is taken for {kind}, as '{row.spelling}' needs one")
                    if rank == 1 and name in self.rights:
                        self.undecided.setdefault(name, guess)
                    else:
                        self.undecided.pop(name, None)
                        self._guess(name, guess)

    def seed_signals(self) -> None:
        """Take signals for vectors whose own equations show no shape, those first that are made of no others of these.

        What is a number for all that its equations show fills the vector that it is used as.
        """
        while self.undecided:
            left = {name for name in self.undecided if name not in self.shapes}
            name = next(
                (one for one in self.undecided if self.rights[one].isdisjoint(left - {one})), next(iter(self.undecided))
            )
            guess = self.undecided.pop(name)
            if name in left:
                self._guess(name, guess)
                self._look_again(self.mentions.get(name, ()))
                self.settle()

    def _guess(self, name: str, guess: _Guess) -> None:
        self.shapes[name] = self.unknown(guess.rank)
        self.origin[name] = guess.span, guess.why
        self.guessed.add(name)

    def settle(self, may_stand_beside: bool = False) -> None:
        """Run the rules until nothing more is learned, always on the first statement that may change."""
        while True:
            queue = self.waiting if self.waiting else self.later
            if not queue or (queue is self.later and not may_stand_beside):
                return
            number, positions = queue.pop()
            if number not in self.failed:
                self._visit(number, positions, queue is self.later)

    def sound_terms(self) -> Iterator[Term]:
        """Yield the terms of all statements in which no shapes have been found that do not fit."""
        for number, terms in enumerate(self.terms):
            for term in terms:
                if number not in self.failed:
                    yield term

    def asks_ranks(self, node: Term) -> bool:
        """Say whether an operator asks its operands for ranks: `norm` does too here, it tells names what they are."""
        return needs_ranks(node)

    def finish(self) -> None:
        """Rule 5: what is left is a scalar; what only opaque functions touch stays unknown."""
        touched: dict[str, int] = {}
        opaque_names: dict[str, None] = {}
        same: list[tuple[str, str]] = []
        for equation, terms in zip(self.equations, self.terms, strict=True):
            for term in terms:
                for position, argument in enumerate(term.arguments):
                    name = name_of(argument)
                    if name and term.operator == "call":
                        opaque_names[name] = None
                    elif name:
                        # An entry of it is the scalar, so it has as many sizes as the entry has indices.
                        rank = len(term.data) if indexed_operand(term) == position else 0
                        touched[name] = max(rank, touched.get(name, 0))
            if any(term.operator == "call" for term in terms):
                opaque_names[equation.name] = None
            if name := name_of(equation.right):
                same.append((equation.name, name))
        # A scalar may settle what stands beside it, so these are told one by one, in the order of the text; but
        # what has entries is none, and first tells what stands beside one of them.
        for name in sorted(self.names, key=lambda name: not touched.get(name)):
            if name not in self.shapes and name in touched:
                self._learn_name(name, self.unknown(touched[name]), None, _ALONE)
                self.settle(may_stand_beside=True)
        grown = True
        while grown:
            before = len(opaque_names)
            for one, other in same:
                if one in opaque_names or other in opaque_names:
                    opaque_names[one] = opaque_names[other] = None
            grown = len(opaque_names) > before
        for name in self.names:
            if name not in self.shapes and name not in opaque_names:
                self._learn_name(name, (), None, _ALONE)
                self.settle(may_stand_beside=True)
        for (name, position), size in sizes_counted(one.right for one in self.equations).items():
            shape = self.shapes.get(name, ())
            if position < len(shape) and is_fresh(self.sizes.find(shape[position])):
                self.sizes.same(shape[position], size)
        self._use_new_sizes()
        self.settle(may_stand_beside=True)

    def check_ranges(self) -> None:
        """Refuse entries that a range counts beyond the last, where no condition may leave them out."""
        for entry_, scope, may_be_left_out in _entries_in_ranges(one.right for one in self.equations):
            shape = self.sizes.resolve(self.of.get(id(entry_.arguments[0])) or ())
            for item, length in zip(entry_.data, shape, strict=False):
                ends = None if may_be_left_out else _entries_reached(item, scope)
                if ends is None or ends[0] == ends[1] or is_fresh(length):
                    continue
                beyond = ends[1] - affine.size(length)
                if not beyond.terms and beyond.constant >= 0:
                    last = sum_text(ends[1])
                    self._report(entry_, Mismatch(f"entry {last} of {length} entries, which count from 0", 0))

    def named(self) -> dict[str, Shape | None]:
        """Return the shapes, with a name for every size that nobody named: `n_h` for the size of h."""
        taken = {str(size) for shape in self.shapes.values() for size in self.sizes.resolve(shape)} | set(self.names)
        # A size is best named after the signal that has it: vectors first, then the rest. The order in which they
        # are written does not count, so that it does not tell two circuits apart.
        ranked = sorted(self.names, key=lambda name: (name in self.parameters, name))
        vectors = [name for name in ranked if len(self.shapes.get(name, ())) == 1 and name not in self.parameters]
        for name in [*vectors, *ranked]:
            shape = self.sizes.resolve(self.shapes.get(name, ()))
            for position, size in enumerate(shape):
                if is_fresh(self.sizes.find(size)):
                    chosen = f"n_{name}" if len(shape) == 1 else f"n_{name}_{position + 1}"
                    while chosen in taken:
                        chosen += "_"
                    taken.add(chosen)
                    self.sizes.same(size, chosen)
        return {name: self.sizes.resolve(self.shapes[name]) if name in self.shapes else None for name in self.names}

    def _visit(self, number: int, positions: Iterable[int], may_stand_beside: bool) -> None:
        """Refine some terms of a statement, and those that this changes, upward and downward until it is still."""
        equation, terms = self.equations[number], self.terms[number]
        self.sweep = sweep = _Sweep(number, positions, may_stand_beside)
        try:
            while sweep:
                while (position := sweep.next()) is not None:
                    if position < len(terms):
                        self.refine(terms[position])
                        self._use_new_sizes()
                self._across(equation)
                self._use_new_sizes()
        except _Misfit as misfit:
            self.failed.add(number)
            if misfit.term is None:
                self._report_sides(equation)
            else:
                self._report(misfit.term, misfit.mismatch)
        finally:
            self.sweep = None

    def refine(self, node: Term) -> bool:
        """Apply the rule of one term; a name tells its shape to each of its terms, or takes it from one."""
        name = name_of(node)
        changed = False
        try:
            if name is None or node.arguments:
                # What a place is computed of has shapes of its own.
                changed = super().refine(node)
            if name is None:
                return changed
            known, here = self.shapes.get(name), self.of.get(id(node))
            if known is not None:
                return self.learn(node, known) or changed
            if here is not None:
                self._learn_name(name, here, node.span, "takes this shape from what it stands beside")
                if id(node) in self.by_neighbour:
                    self.beside[name] = None
            return changed
        except Mismatch as mismatch:
            raise _Misfit(node, mismatch) from None

    def applied(self, node: Term) -> tuple[Shapes, Shape | None]:
        """Apply the rule of an operation; one that goes by how large sizes are waits for those not known yet."""
        found = super().applied(node)
        if rule_of(node) in (joined, entry, placed):
            for size in {self.sizes.find(size) for one in node.arguments for size in self.of.get(id(one)) or ()}:
                if is_fresh(size):
                    self.rules_of_size.setdefault(str(size), []).append(node)
        return found

    def from_beside(self, node: Term) -> Iterable[tuple[Term, Shape]]:
        """Return the unknown operands with the shape that they stand beside, when all that is certain is known."""
        if self.sweep is None or not self.sweep.may_stand_beside:
            return []
        if rule_of(node) is placed:
            found = list(self.from_place(node))
            self.by_neighbour.update(id(one) for one, _ in found)
            return found
        unknown = [one for one in node.arguments if self.of.get(id(one)) is None]
        self.by_neighbour.update(map(id, unknown))
        shape = next(filter(None, (self.of.get(id(one)) for one in (*node.arguments, node))), None)
        return [] if shape is None else [(one, shape) for one in unknown]

    def _across(self, equation: Sided) -> None:
        """Read the equals sign: both sides have one shape, but a scalar fills a left side of any shape."""
        left, right = self.shapes.get(equation.name), self.of.get(id(equation.right))
        if right is None:
            # A name alone that gives a scalar its value is one.
            if left or (left == () and name_of(equation.right)):
                self.learn(equation.right, left)
        elif left is None and (right or not (equation.is_fixed or equation.name in self.undecided)):
            self._learn_name(equation.name, right, equation.span, "takes the shape of its right side here")
        elif left is not None and right:
            try:
                self.sizes.unify(left, right)
            except Mismatch as mismatch:
                raise _Misfit(None, mismatch) from None

    def learned(self, node: Term) -> None:
        """Look again at a term of which something is known now, and at those that it is an argument of."""
        self._look_again(self.rules_about[id(node)])

    def _use_new_sizes(self) -> None:
        """Look again at what depends on sizes that have become known."""
        for size in self.sizes.newly_known():
            for term in self.rules_of_size.pop(size, ()):
                self.learned(term)

    def _learn_name(self, name: str, shape: Shape, span: Span | None, why: str) -> None:
        self.shapes[name] = shape
        self.origin[name] = span, why
        self.guessed.discard(name)
        self._look_again(self.mentions.get(name, ()))

    def _look_again(self, places: Iterable[_At]) -> None:
        """Have the rules of some terms applied again, those of the statement in hand as its sweep comes by."""
        for number, position in places:
            sweep = self.sweep if self.sweep is not None and self.sweep.number == number else None
            if sweep is not None:
                sweep.add(position)
            else:
                self.waiting.push(number, position)
            if sweep is None or not sweep.may_stand_beside:
                self.later.push(number, position)

    def _report(self, term: Term, mismatch: Mismatch) -> None:
        """Tell which operands do not fit, their shapes, and where each came from."""
        if (name := name_of(term)) and not mismatch.positions:
            known, here = self._resolved(self.shapes[name]), self._resolved(self.of[id(term)])
            self.findings.error(
                f"shapes do not fit: {brief(term)} is {spell(known)}, and {spell(here)} is needed here",
                term.span,
                self._cure([term], mismatch.sentence),
                self._origins([term]),
            )
            return
        positions = list(dict.fromkeys(mismatch.positions)) or list(range(len(term.arguments)))
        operands = [term.arguments[position] for position in positions if position < len(term.arguments)]
        told = []
        for operand in operands:
            told.append(f"{brief(operand)} is {spell(self._resolved(self.of.get(id(operand))))}")
        self.findings.error(
            f"shapes do not fit in '{brief(term)}': {', '.join(told) or mismatch.sentence}",
            term.span,
            self._cure(operands, mismatch.sentence if told else None),
            self._origins(operands),
        )

    def _cure(self, operands: Sequence[Term], sentence: str | None) -> str | None:
        """Return what is wrong, and the name whose shape was only a guess: the right factor of a product above all."""
        factors = (part.arguments[-1] for part in postorder(operands) if rule_of(part) is matrix_product)
        for operand in (*operands, *factors):
            name = name_of(operand)
            if name in self.guessed:
                cure = f"declare the shape of {shown(name)} if it is another one"
                return f"{sentence}; {cure}" if sentence else cure
        return sentence

    def _report_sides(self, equation: Sided) -> None:
        left, right = self._resolved(self.shapes[equation.name]), self._resolved(self.of[id(equation.right)])
        also = self._origins([equation.right])
        span, why = self.origin.get(equation.name, (None, ""))
        if span is not None and span != equation.span:
            also.insert(0, (span, f"{shown(equation.name)} {why}"))
        self.findings.error(
            f"shapes do not fit: {equation.label} is {spell(left)}, its right side is {spell(right)}",
            equation.span,
            self._cure([equation.right], None),
            also,
        )

    def _origins(self, operands: Sequence[Term]) -> list[tuple[Span, str]]:
        """Return where the shapes of the names in some operands came from."""
        found: dict[str, tuple[Span, str]] = {}
        for term in postorder(operands):
            name = name_of(term)
            span, why = self.origin.get(name or "", (None, ""))
            if name and span is not None:
                found.setdefault(name, (span, f"{shown(name)} {why}"))
        return list(found.values())[:4]

    def _resolved(self, shape: Shape | None) -> Shape | None:
        return None if shape is None else self.sizes.resolve(shape)
