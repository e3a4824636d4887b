"""What the equations of a text mean, place by place: with a parser of its own, and nothing of the package.

Values are scalars and exact. Whatever a place needs is computed when it is asked for, by recursion, and each read is
noted: those that take place, and those that may, as what is computed of values may be any place.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

Place = tuple[int, ...]
Node = tuple[str, Place]
Tree = tuple[Any, ...]

_TOKEN = re.compile(r"\s*(\d+(?:\.\d+)?(?!\.\d)|\d+(?=\.\.)|\.\.|[A-Za-z_]\w*|<=|>=|==|!=|\*\*|[-+*/%()\[\],:;=<>])")
_REDUCTIONS = {"sum", "prod", "min", "max", "mean", "argmax"}


def _tokens(line: str) -> list[str]:
    found, at = [], 0
    while line[at:].strip():
        match = _TOKEN.match(line, at)
        assert match is not None, line[at:]
        found.append(match.group(1))
        at = match.end()
    return found


class _Parser:
    """A recursive descent over one line."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.at = 0

    @property
    def next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, expected: str = "") -> str:
        found = self.next
        assert found and (not expected or found == expected), (expected, self.tokens[self.at :])
        self.at += 1
        return found

    def expression(self) -> Tree:
        value = self.disjunction()
        if self.next == "if":
            self.take()
            condition = self.disjunction()
            self.take("else")
            return "where", condition, value, self.expression()
        return value

    def disjunction(self) -> Tree:
        return self.chain(self.conjunction, ("or",))

    def conjunction(self) -> Tree:
        return self.chain(self.negation, ("and",))

    def negation(self) -> Tree:
        if self.next == "not":
            self.take()
            return "not", self.negation()
        return self.chain(self.sum, ("<", ">", "<=", ">=", "==", "!="))

    def sum(self) -> Tree:
        return self.chain(self.product, ("+", "-"))

    def product(self) -> Tree:
        return self.chain(self.signed, ("*", "/", "%"))

    def chain(self, part: Any, signs: tuple[str, ...]) -> Tree:
        value: Tree = part()
        while self.next in signs:
            sign = self.take()
            value = (sign, value, part())
        return value

    def signed(self) -> Tree:
        if self.next == "-":
            self.take()
            return "-", ("number", Fraction(0)), self.signed()
        return self.postfix()

    def postfix(self) -> Tree:
        token = self.take()
        if token == "(":
            inside = self.expression()
            self.take(")")
            return inside
        if token[0].isdigit():
            return "number", Fraction(token)
        if token == "end":
            return ("end", self.bracketed()[0][1]) if self.next == "(" else ("end", None)
        if self.next not in ("(", "["):
            return "name", token
        if token in _REDUCTIONS:
            return self.reduction(token)
        return "apply", token, self.bracketed()

    def bracketed(self) -> list[Tree]:
        close = {"(": ")", "[": "]"}[self.take()]
        items = [self.expression()]
        while self.next == ",":
            self.take()
            items.append(self.expression())
        self.take(close)
        return items

    def reduction(self, kind: str) -> Tree:
        self.take("(")
        body = self.expression()
        if self.next == ",":
            # The minimum of two.
            items = [body]
            while self.next == ",":
                self.take()
                items.append(self.expression())
            self.take(")")
            return "apply", kind, items
        self.take("for")
        bindings = self.ranges()
        condition = None
        if self.next == "if":
            self.take()
            condition = self.disjunction()
        self.take(")")
        return "reduce", kind, body, bindings, condition

    def ranges(self) -> list[tuple[str, Tree | None, Tree | None]]:
        """Return names with what they run over; names that share one range come after each other."""
        found: list[tuple[str, Tree | None, Tree | None]] = []
        waiting = [self.take()]
        while True:
            if self.next == "in":
                self.take()
                first = self.sum()
                self.take("..")
                last = self.sum()
                found += [(name, first, last) for name in waiting]
                waiting = []
            if self.next != ",":
                return found + [(name, None, None) for name in waiting]
            self.take()
            waiting.append(self.take())


@dataclass
class Equation:
    """One line of a text."""

    name: str
    index: list[Tree]
    value: Tree
    ranges: dict[str, tuple[Tree, Tree]]


def parsed(source: str) -> tuple[list[Equation], dict[str, list[str]]]:
    """Return the equations of a text, and the axes of what it declares."""
    equations: list[Equation] = []
    declared: dict[str, list[str]] = {}
    for line in re.split(r"[\n;]", source):
        if not line.strip():
            continue
        parser = _Parser(_tokens(line))
        name = parser.take()
        index = parser.bracketed() if parser.next in ("(", "[") else []
        if parser.next == ":":
            # The shapes of arrays say nothing here.
            declared |= {name: [item[1] for item in index]} if index else {}
            continue
        parser.take("=")
        value = parser.expression()
        ranges = {}
        if parser.next == "for":
            parser.take()
            ranges = {axis: (first, last) for axis, first, last in parser.ranges() if first and last}
        assert not parser.next, parser.tokens[parser.at :]
        equations.append(Equation(name, index, value, ranges))
    return equations, declared


@dataclass
class Meaning:
    """The values of a text for given lengths, sizes and inputs.

    Attributes
    ----------
    given : inputs by place, numbers and arrays as nested lists by name, boundaries by node.
    reads : the nodes that each node reads, or may read.
    """

    source: str
    lengths: Mapping[str, int]
    given: Mapping[Any, Any]
    sizes: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.equations, self.declared = parsed(self.source)
        self.axes = dict(self.declared)
        for one in self.equations:
            names = [item[1] if item[0] == "name" else None for item in one.index]
            if all(name is not None for name in names) and len(set(names)) == len(names):
                self.axes.setdefault(one.name, [str(name) for name in names])
        self.values: dict[Node, Fraction | float] = {}
        self.reads: dict[Node, set[Node]] = {}
        self.signals = {one.name for one in self.equations}

    # Places -----------------------------------------------------------------------------------------

    def holder(self, node: Node) -> tuple[Equation, dict[str, int]] | None:
        """Return what gives a node its value, and what the indices are there."""
        best: tuple[int, int] | None = None
        found = None
        for order, one in enumerate(self.equations):
            if one.name != node[0]:
                continue
            fit = self.fit(one, node[1])
            if fit is not None and (best is None or (fit[0], order) < best):
                best, found = (fit[0], order), (one, fit[1])
        return found

    def fit(self, one: Equation, place: Place) -> tuple[int, dict[str, int]] | None:
        """Return how many indices of an equation are free, and what they are at a place; None where it is not there."""
        axes = self.axes[one.name]
        at: dict[str, int] = {}
        later = []
        for item, axis, number in zip(one.index, axes, place, strict=True):
            if item == ("name", axis):
                at[axis] = number
            else:
                later.append((item, axis, number))
        free = len(at)
        for axis in at:
            if axis in one.ranges:
                first, last = (self.index_value(end, at, axis) for end in one.ranges[axis])
                if not first <= at[axis] <= last:
                    return None
            elif not 1 <= at[axis] <= self.lengths[axis]:
                return None
        for item, axis, number in later:
            if self.index_value(item, at, axis) != number:
                return None
            is_diagonal = any(name in at for name in _names(item))
            written = item if not is_diagonal else None
            if written is not None and not _is_off_edge(written) and not 1 <= number <= self.lengths[axis]:
                return None
        return free, at

    def index_value(self, tree: Tree, at: Mapping[str, int], axis: str | None) -> int:
        found = self.value(tree, at, None, axis)
        assert found == int(found)
        return int(found)

    def is_there(self, node: Node) -> bool:
        """Say whether a place has a value of its own."""
        name, place = node
        if name in self.signals and self.holder(node) is not None:
            return True
        if name not in self.signals:
            inside = all(1 <= at <= self.lengths[axis] for at, axis in zip(place, self.axes[name], strict=True))
            return inside or node in self.given
        return node in self.given

    # Values -----------------------------------------------------------------------------------------

    def at(self, node: Node) -> Fraction | float:
        """Return the value of a node."""
        if node not in self.values:
            held = self.holder(node) if node[0] in self.signals else None
            if held is None:
                self.values[node] = self.given.get(node, Fraction(0))
            else:
                equation, at = held
                self.reads.setdefault(node, set())
                self.may_read(equation.value, at, node)
                self.values[node] = self.value(equation.value, at, node, None)
        return self.values[node]

    def value(self, tree: Tree, at: Mapping[str, int], node: Node | None, axis: str | None) -> Any:
        """Return the value of a tree where indices are these; `axis` is the one that an index around it is on."""
        match tree:
            case ("number", number):
                return number
            case ("end", None):
                assert axis is not None
                return Fraction(self.lengths[axis])
            case ("end", name):
                return Fraction(self.lengths[str(name)])
            case ("name", str(name)):
                if name in at:
                    return Fraction(at[name])
                return Fraction(self.sizes[name]) if name in self.sizes else self.named(name)
            case ("where", condition, true, false):
                return self.value(true if self.value(condition, at, node, axis) else false, at, node, axis)
            case ("and", one, other):
                return bool(self.value(one, at, node, axis)) and bool(self.value(other, at, node, axis))
            case ("or", one, other):
                return bool(self.value(one, at, node, axis)) or bool(self.value(other, at, node, axis))
            case ("not", one):
                return not self.value(one, at, node, axis)
            case ("apply", name, items):
                return self.applied(str(name), items, at, node, axis)
            case ("reduce", kind, body, bindings, condition):
                terms = [
                    (last, self.value(body, now, node, axis))
                    for last, now in self.terms(bindings, at, body)
                    if condition is None or self.value(condition, now, node, axis)
                ]
                return _reduced(str(kind), terms)
            case (sign, one, other):
                return _joined(str(sign), self.value(one, at, node, axis), self.value(other, at, node, axis))
        raise AssertionError(tree)

    def named(self, name: str) -> Any:
        return self.at((name, ())) if name in self.signals else self.given[name]

    def terms(self, bindings: list[Any], at: Mapping[str, int], body: Tree) -> Iterator[tuple[int, dict[str, int]]]:
        """Yield what some names run over, with the number of the last."""
        if not bindings:
            yield 0, dict(at)
            return
        (name, first, last), *others = bindings
        if first is None:
            low, high = 1, self.lengths[self.axis_of(name, body)]
        else:
            low, high = (self.index_value(end, at, None) for end in (first, last))
        for number in range(low, high + 1):
            for inner, now in self.terms(others, {**at, name: number}, body):
                yield (inner if others else number), now

    def axis_of(self, name: str, tree: Any) -> str:
        """Return the axis of what is read at an index alone."""
        if isinstance(tree, tuple) and tree[:1] == ("apply",) and tree[1] in self.axes:
            for item, axis in zip(tree[2], self.axes[tree[1]], strict=True):
                if item == ("name", name):
                    return axis
        for part in tree if isinstance(tree, tuple | list) else ():
            found = self.axis_of(name, part)
            if found:
                return found
        return ""

    def applied(self, name: str, items: list[Tree], at: Mapping[str, int], node: Node | None, axis: str | None) -> Any:
        if name in self.axes:
            numbers = [self.value(item, at, node, own) for item, own in zip(items, self.axes[name], strict=True)]
            if not all(_is_whole(number) for number in numbers):
                return Fraction(0)
            place = tuple(int(number) for number in numbers)
            return self.at((name, place)) if self.is_there((name, place)) else Fraction(0)
        values = [self.value(item, at, node, axis) for item in items]
        if name == "floor":
            return Fraction(math.floor(values[0]))
        if name == "abs":
            return abs(values[0])
        if name in ("min", "max"):
            return _reduced(name, [(0, value) for value in values])
        found = self.given[name]
        for number in values:
            # Entries count from 0, and what is none is 0.
            if not _is_whole(number) or not 0 <= number < len(found):
                return Fraction(0)
            found = found[int(number)]
        return found

    # What may be read -------------------------------------------------------------------------------

    def may_read(self, tree: Tree, at: Mapping[str, int], node: Node) -> None:
        """Note all places that a tree may read, whatever values are."""
        match tree:
            case ("where", condition, true, false):
                self.may_read(condition, at, node)
                known = self.of_indices(condition, at)
                if known is not False:
                    self.may_read(true, at, node)
                if known is not True:
                    self.may_read(false, at, node)
            case ("reduce", _, body, bindings, condition):
                for _, now in self.terms(bindings, at, body):
                    known = None if condition is None else self.of_indices(condition, now)
                    if condition is not None:
                        self.may_read(condition, now, node)
                    if known is not False:
                        self.may_read(body, now, node)
            case ("apply", name, items) if name in self.axes:
                choices: list[list[int]] = []
                for position, (item, axis) in enumerate(zip(items, self.axes[name], strict=True)):
                    self.may_read(item, at, node)
                    known = self.number_of_indices(item, at, axis)
                    if known is None:
                        choices.append(sorted({place[position] for place in self.places(name)}))
                    else:
                        choices.append([int(known)] if _is_whole(known) else [])
                for place in _product(choices):
                    if self.is_there((name, place)) and (name, place) != node:
                        self.reads[node].add((name, place))
            case ("name", str(name)) if name not in at and name in self.signals:
                self.reads[node].add((name, ()))
            case _:
                for part in tree:
                    for one in part if isinstance(part, list) else [part]:
                        if isinstance(one, tuple):
                            self.may_read(one, at, node)

    def places(self, name: str) -> list[Place]:
        """Return the places that have a value, near enough to the axes."""
        near = [range(-9, self.lengths[axis] + 10) for axis in self.axes[name]]
        return [place for place in _product([list(some) for some in near]) if self.is_there((name, place))]

    def of_indices(self, condition: Tree, at: Mapping[str, int]) -> bool | None:
        """Return whether a condition holds, where indices decide it."""
        match condition:
            case ("and", one, other):
                parts = {self.of_indices(one, at), self.of_indices(other, at)}
                return False if False in parts else None if None in parts else True
            case ("or", one, other):
                parts = {self.of_indices(one, at), self.of_indices(other, at)}
                return True if True in parts else None if None in parts else False
            case ("not", one):
                known = self.of_indices(one, at)
                return None if known is None else not known
        known_number = self.number_of_indices(condition, at, None)
        return None if known_number is None else bool(known_number)

    def number_of_indices(self, tree: Tree, at: Mapping[str, int], axis: str | None) -> Any:
        names = set(_names(tree))
        if any(name in self.axes or name in self.given for name in names) or "reduce" in str(tree):
            return None
        return self.value(tree, at, None, axis) if names <= {*at, *self.sizes, "floor", "min", "max", "abs"} else None


def _is_whole(number: Any) -> bool:
    return not (isinstance(number, float) and not math.isfinite(number)) and number == int(number)


def _is_off_edge(item: Tree) -> bool:
    match item:
        case ("number", number):
            return number < 1
        case ("+", ("end", None), ("number", number)):
            return number > 0
    return item[0] == "-" and item[1] == ("number", Fraction(0))


def _names(tree: Any) -> Iterator[str]:
    if isinstance(tree, tuple) and tree[:1] in (("name",), ("apply",)):
        yield tree[1]
    if isinstance(tree, tuple | list):
        for part in tree:
            yield from _names(part)


def _product(choices: list[list[int]]) -> Iterator[Place]:
    if not choices:
        yield ()
        return
    for first in choices[0]:
        for rest in _product(choices[1:]):
            yield (first, *rest)


def _joined(sign: str, one: Any, other: Any) -> Any:
    match sign:
        case "+":
            return one + other
        case "-":
            return one - other
        case "*":
            return one * other
        case "/":
            return one / other
        case "%":
            return one % other
        case "<":
            return one < other
        case ">":
            return one > other
        case "<=":
            return one <= other
        case ">=":
            return one >= other
        case "==":
            return one == other
        case "!=":
            return one != other
    raise AssertionError(sign)


def _reduced(kind: str, terms: list[tuple[int, Any]]) -> Any:
    values = [value for _, value in terms]
    if kind in ("min", "max") and any(value != value for value in values):
        return math.nan
    match kind:
        case "sum":
            return sum(values, Fraction(0))
        case "prod":
            return math.prod(values, start=Fraction(1))
        case "min":
            return min(values, default=math.inf)
        case "max":
            return max(values, default=-math.inf)
        case "mean":
            return sum(values, Fraction(0)) / len(values) if values else math.nan
        case "argmax":
            # What is no number counts as the greatest, as NumPy has it.
            return max(terms, key=lambda term: (term[1] != term[1], term[1], -term[0]))[0] if terms else math.nan
    raise AssertionError(kind)
