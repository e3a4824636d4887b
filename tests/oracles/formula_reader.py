"""A small reader of printed formulas, which shares nothing with the parser, the operator table or the shape rules.

It reads what an expansion prints, the right side of one equation, straight to NumPy arrays: every place that is read
is looked up, every operation is computed in NumPy, and shapes are kept. Nothing broadcasts but scalars, so `b + 0` is
fine and `concat(b, 0)` is an error; what `zeros(m)` is depends on the size m alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from typing import Any

import numpy as np
import scipy.special

Place = tuple[int, ...]

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)|(?P<name>[^\W\d]\w*)"
    r"|(?P<sign>\*\*|[<>=!]=|\.T\b|[-+*/%@<>()\[\],;:]))"
)
#: How tightly what stands between two values binds, from loosest to tightest.
_BINDS = {
    "if": 1, "or": 2, "xor": 3, "and": 4,
    "<": 6, "<=": 6, ">": 6, ">=": 6, "==": 6, "!=": 6,
    "+": 7, "-": 7, "*": 8, "/": 8, "%": 8, "@": 8, "**": 10, ".T": 11, "[": 11,
}  # fmt: skip
_NOT, _NEGATIVE = 5, 9
_GREEK = {
    letter: unicodedata.name(letter).rpartition(" ")[2].replace("LAMDA", "LAMBDA").lower()
    for letter in "αβγδεζηθικλμνξοπρστυφχψω"
}
_GREEK |= {letter.upper(): word.capitalize() for letter, word in _GREEK.items()}


class Misread(Exception):
    """A formula that means nothing."""


@dataclass
class Reader:
    """What the names of a formula stand for.

    Attributes
    ----------
    places : the values of signals and inputs, by name and place; those without an axis at ().
    parameters : the values of parameters by name.
    sizes : the numbers of sizes by name.
    functions : the opaque functions by name.
    """

    places: Mapping[tuple[str, Place], Any]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)

    @cached_property
    def read(self) -> frozenset[str]:
        """The names that are read at places."""
        return frozenset(name for name, place in self.places if place)

    def value(self, formula: str) -> Any:
        """Return the value of a formula."""
        with np.errstate(all="ignore"):
            return _Formula(self, formula).whole()

    def sides(self, formula: str, shape: Sequence[int]) -> Any:
        """Return the value of the right side of an equation whose left side has a shape, which a scalar fills."""
        found = self.value(formula)
        if np.shape(found) not in ((), tuple(shape)):
            raise Misread(f"{formula}: it has the shape {np.shape(found)}, not {tuple(shape)}")
        return np.broadcast_to(found, shape)


def canonical(name: str) -> str:
    """Return a name as the circuit knows it."""
    parts = [re.fullmatch(r"(\D?)(\d*)", part) for part in name.split("_")]
    return "_".join(
        _GREEK.get(match[1], match[1]) + match[2] if match else part
        for match, part in zip(parts, name.split("_"), strict=True)
    )


class _Formula:
    """One formula, token by token: operators by how tightly they bind."""

    def __init__(self, reader: Reader, text: str) -> None:
        self.reader = reader
        self.text = text
        self.tokens: list[tuple[str, str]] = []
        end = 0
        while end < len(text.rstrip()):
            match = _TOKEN.match(text, end)
            if match is None or match.lastgroup is None:
                raise Misread(f"{text[end : end + 20]!r} in {text}")
            self.tokens.append((match.lastgroup, match[match.lastgroup]))
            end = match.end()
        self.at = 0

    def whole(self) -> Any:
        found = self.expression(0)
        if self.at < len(self.tokens):
            raise Misread(f"{self.peek()!r} is left over in {self.text}")
        return found

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def take(self, *wanted: str) -> str:
        found = self.peek()
        if not found or (wanted and found not in wanted):
            raise Misread(f"{found!r} where {wanted} was expected in {self.text}")
        self.at += 1
        return found

    def expression(self, level: int) -> Any:
        left = self.first()
        while (binds := _BINDS.get(self.peek(), 0)) > level:
            sign = self.take()
            if sign == "if":
                condition = self.expression(1)
                self.take("else")
                left = _each(np.where, condition, left, self.expression(0))
            elif sign == ".T":
                left = np.transpose(_ranked(left, 2))
            elif sign == "[":
                left = self.entry(left)
            elif sign == "**":
                # Its exponent may have a sign.
                left = _each(np.power, left, self.expression(_NEGATIVE))
            else:
                left = _OPERATORS[sign](left, self.expression(binds))
                if binds == 6 and _BINDS.get(self.peek()) == 6:
                    raise Misread(f"comparisons in a row in {self.text}")
        return left

    def first(self) -> Any:
        kind, token = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        self.take()
        match kind, token:
            case "number", _:
                return np.float64(token)
            case _, "-":
                return np.negative(self.expression(_NEGATIVE))
            case _, "not":
                return np.asarray(np.logical_not(self.expression(_NOT)), float)
            case _, "(":
                found = self.expression(0)
                self.take(")")
                return found
            case _, "inf":
                return np.float64(np.inf)
            case "name", _:
                return self.called(canonical(token)) if self.peek() == "(" else self.named(canonical(token))
        raise Misread(f"{token!r} in {self.text}")

    def named(self, name: str) -> Any:
        for known in (self.reader.parameters, self.reader.sizes):
            if name in known:
                return np.asarray(known[name], float)
        if (name, ()) in self.reader.places:
            return self.reader.places[name, ()]
        raise Misread(f"nothing is known of {name} in {self.text}")

    def called(self, name: str) -> Any:
        """Return what `name(…)` is: a place that is read, a function of the language, or one that is given."""
        if name in _OF_SIZES:
            return self.of_sizes(name)
        self.take("(")
        if name == "place":
            return self.placed()
        given: list[Any] = []
        is_numbered = True
        shared: dict[str, Any] = {}
        while self.peek() != ")":
            if self.peek() == ";":
                self.take()
                while self.peek() != ")":
                    parameter = canonical(self.take())
                    shared[parameter] = self.reader.parameters[parameter]
                    if self.peek() == ",":
                        self.take()
                break
            before = self.at
            given.append(self.expression(0))
            is_numbered &= all(kind == "number" or token == "-" for kind, token in self.tokens[before : self.at])
            if self.peek() == ",":
                self.take()
        self.take(")")
        if name in self.reader.read:
            if shared:
                raise Misread(f"{name} has shared parameters in {self.text}")
            return self.at_place(name, given, is_numbered)
        if name in _FUNCTIONS:
            return _FUNCTIONS[name](*given)
        return np.asarray(self.reader.functions[name](*given, **shared), float)

    def at_place(self, name: str, given: Sequence[Any], is_numbered: bool) -> Any:
        """Return what is read at a place; one that is computed need not exist, and is 0 there."""
        place = tuple(int(number) if float(number).is_integer() else None for number in given)
        if (name, place) in self.reader.places:
            return self.reader.places[name, place]
        if is_numbered:
            raise Misread(f"there is no {name}{place} in {self.text}")
        return np.zeros(next(np.shape(value) for (own, _), value in self.reader.places.items() if own == name))

    def placed(self) -> Any:
        """Return the zeros of an array with a value where an entry of it is written."""
        value = self.expression(0)
        self.take(",")
        self.expression(0)
        self.take(")")
        array, items = self.last_entry
        found = np.zeros(np.shape(array))
        if np.shape(value) not in ((), np.shape(found[items])):
            raise Misread(f"what is placed has the shape {np.shape(value)} in {self.text}")
        found[items] = value
        return found

    def of_sizes(self, name: str) -> Any:
        """Return an array of sizes that are written: `zeros(m, 3)`, `one_hot(k, n)`."""
        self.take("(")
        first = self.expression(0) if name == "one_hot" else None
        sizes: list[int] = []
        while self.peek() != ")":
            if sizes or first is not None:
                self.take(",")
            sizes.append(self.size())
        self.take(")")
        if first is not None:
            return (np.arange(sizes[0]) == _ranked(first, 0)) * 1.0
        return np.eye(*sizes) if name == "eye" else np.full(sizes, float(name == "ones"))

    def size(self) -> int:
        """Return a size that is an argument; a sum of sizes may be 0."""
        at = self.at
        found = self.bound()
        if found < (1 if self.at == at + 1 else 0):
            raise Misread(f"a size of {found} in {self.text}")
        return found

    def entry(self, value: Any) -> Any:
        items: list[int | slice] = []
        is_missing = False
        while True:
            if self.is_computed():
                number = float(self.expression(0))
                is_missing |= not (number.is_integer() and 0 <= number < np.shape(value)[len(items)])
                items.append(0 if is_missing else int(number))
                if self.take(",", "]") == "]":
                    break
                continue
            start = None if self.peek() == ":" else self.bound()
            if self.peek() == ":":
                self.take()
                stop = None if self.peek() in (",", "]") else self.bound()
                items.append(slice(start, stop))
            elif start is not None:
                items.append(start)
            if self.take(",", "]") == "]":
                break
        if len(items) > np.ndim(value):
            raise Misread(f"{len(items)} entries of the shape {np.shape(value)} in {self.text}")
        self.last_entry = value, tuple(items)
        found = np.asarray(value)[tuple(items)]
        return np.zeros(np.shape(found)) if is_missing else found

    def is_computed(self) -> bool:
        """Say whether the next entry is told by a value: it has more in it than numbers and sizes."""
        for at in range(self.at, len(self.tokens)):
            kind, token = self.tokens[at]
            if token in (",", ":", "]"):
                break
            if not (
                kind == "number" or token in ("+", "-") or (kind == "name" and canonical(token) in self.reader.sizes)
            ):
                return True
        return False

    def bound(self) -> int:
        """Return where an entry stands: a number, or a size and a number."""
        found, sign, is_counted = 0, 1, False
        while True:
            if self.peek() in ("+", "-"):
                sign = -1 if self.take() == "-" else 1
            token = self.take()
            if token.isdigit() and self.peek() == "*":
                self.take()
                sign, token = sign * int(token), self.take()
            is_counted |= not token.isdigit()
            found += sign * (int(token) if token.isdigit() else self.reader.sizes[canonical(token)])
            if self.peek() not in ("+", "-"):
                break
        if is_counted and found < 0:
            raise Misread(f"an entry at {found} in {self.text}: only what is written so counts from the end")
        return found


# Operations, with the shapes that they need ---------------------------------------------------------


def _each(function: Callable[..., Any], *values: Any) -> Any:
    """Compute entry by entry; a scalar stands beside anything, and nothing else beside what has another shape."""
    shapes = {np.shape(value) for value in values} - {()}
    if len(shapes) > 1:
        raise Misread(f"{function.__name__} of the shapes {shapes}")
    return np.asarray(function(*values), float)


def _ranked(value: Any, *ranks: int) -> Any:
    if np.ndim(value) not in ranks:
        raise Misread(f"the shape {np.shape(value)} where the rank is to be {ranks}")
    return np.asarray(value)


def _entrywise(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *values: _each(function, *values)


def _matmul(a: Any, b: Any) -> Any:
    a, b = _ranked(a, 1, 2), _ranked(b, 1, 2)
    if a.shape[-1] != b.shape[0]:
        raise Misread(f"@ of the shapes {a.shape} and {b.shape}")
    return np.tensordot(a, b, 1)


def _dot(a: Any, b: Any) -> Any:
    if np.shape(a) != np.shape(b):
        raise Misread(f"dot of the shapes {np.shape(a)} and {np.shape(b)}")
    return np.tensordot(_ranked(a, 1), _ranked(b, 1), 1)


def _stack(*values: Any) -> Any:
    if len({np.shape(value) for value in values}) != 1:
        raise Misread(f"stack of the shapes {[np.shape(value) for value in values]}")
    return np.stack([np.asarray(value, float) for value in values])


def _softmax(v: Any) -> Any:
    weights = np.exp(v - np.max(_ranked(v, 1, 2, 3), axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def _logsoftmax(v: Any) -> Any:
    least = np.max(_ranked(v, 1, 2, 3), axis=-1, keepdims=True)
    return v - least - np.log(np.sum(np.exp(v - least), axis=-1, keepdims=True))


def _logsumexp(v: Any) -> Any:
    return scipy.special.logsumexp(_ranked(v, 1, 2, 3), axis=-1)


def _extreme(pair: Callable[..., Any], whole: Callable[..., Any]) -> Callable[..., Any]:
    """Return `max` and `min`: over the entries of one value, or entry by entry of several."""

    def found(*values: Any) -> Any:
        return whole(*values) if len(values) == 1 else _each(lambda *each: reduce(pair, each), *values)

    return found


def _solve(a: Any, b: Any) -> Any:
    return np.linalg.solve(_ranked(a, 2), _ranked(b, 1, 2))


_OPERATORS: dict[str, Callable[..., Any]] = {
    **{
        sign: _entrywise(function)
        for sign, function in {
            "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "%": np.mod, "<": np.less,
            "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal, "==": np.equal, "!=": np.not_equal,
            "or": np.logical_or, "and": np.logical_and, "xor": np.logical_xor,
        }.items()
    },
    "@": _matmul,
}  # fmt: skip
_OF_SIZES = frozenset({"zeros", "ones", "eye", "one_hot"})
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{
        name: _entrywise(getattr(np, name))
        for name in (
            *("tanh", "exp", "log", "sqrt", "abs", "sign", "floor", "ceil", "sin", "cos", "tan", "sinh", "cosh"),
            *("round", "clip", "isnan", "arcsin", "arccos", "arctan", "arctan2"),
        )
    },
    "erf": _entrywise(scipy.special.erf),
    "sigmoid": _entrywise(lambda a: 1 / (1 + np.exp(-a))),
    "relu": _entrywise(lambda a: np.where(np.isnan(a), a, np.where(a > 0, a, 0))),
    "softplus": _entrywise(lambda a: np.logaddexp(0, a)),
    "where": _entrywise(np.where),
    "max": _extreme(np.maximum, np.max),
    "min": _extreme(np.minimum, np.min),
    "sum": np.sum,
    "prod": np.prod,
    "mean": lambda v: np.mean(v) if np.size(v) else np.nan,
    "argmax": lambda v: np.float64(np.argmax(v)) if np.size(v) else np.nan,
    "norm": lambda v: np.sqrt(np.sum(np.square(v))),
    "dot": _dot,
    "outer": lambda a, b: np.multiply.outer(_ranked(a, 1), _ranked(b, 1)),
    "concat": lambda *values: np.concatenate([_ranked(value, 1) for value in values]),
    "stack": _stack,
    "softmax": _softmax,
    "logsoftmax": _logsoftmax,
    "logsumexp": _logsumexp,
    "solve": _solve,
    "inv": lambda a: np.linalg.inv(_ranked(a, 2)),
    "det": lambda a: np.linalg.det(_ranked(a, 2)),
}
