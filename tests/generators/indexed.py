"""Right sides with sums of indices, places and entries by value, ranges and conditions, in the text and in Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from hypothesis import strategies as st

import unfoldgraph
from unfoldgraph import Circuit, end, floor

Made = Mapping[str, Any]
"""What Python has made so far, by name."""


class Part(NamedTuple):
    """A part of a right side: its text, and what makes it in Python."""

    text: str
    make: Callable[[Made], Any]


@dataclass(frozen=True)
class IndexedRightSide:
    """The right side of `y(n)`, and where that equation stands.

    Inputs x and d run over n, b is a vector and A a matrix of size M, s is another axis.
    """

    right: Part
    ends: tuple[Part, Part] | None

    @property
    def text(self) -> str:
        """The whole circuit as text."""
        behind = "" if self.ends is None else f" for n in {self.ends[0].text}..{self.ends[1].text}"
        return f"x(n), d(n) : (); b : M; A : (M, M); y(n) = {self.right.text}{behind}"

    def build(self, c: Circuit) -> None:
        """Write the same in Python."""
        n = c.axis("n")
        made = {"c": c, "n": n, "s": c.axis("s"), "M": c.size("M"), "x": c.input("x", n, shape=())}
        made |= {"d": c.input("d", n, shape=()), "b": c.parameter("b", "M"), "A": c.parameter("A", ("M", "M"))}
        y = c.signal("y", n)
        index = (n,) if self.ends is None else (n, n.within(self.ends[0].make(made), self.ends[1].make(made)))
        y[index] = self.right.make(made)


def _named(name: str) -> Part:
    return Part(name, lambda made: made[name])


def _number(value: int) -> Part:
    return Part(str(value), lambda made: value)


@st.composite
def sums(draw: st.DrawFn, names: Sequence[str], least: int = 0) -> Part:
    """Return a sum of multiples of names, of some at least, and a number."""
    chosen = draw(st.lists(st.sampled_from(names), min_size=least, max_size=2, unique=True))
    terms = [(name, draw(st.sampled_from([1, 1, -1, 2, -3]))) for name in chosen]
    constant = draw(st.integers(-3, 3))
    if not terms:
        return _number(constant)

    def make(made: Made) -> Any:
        (first, factor), *others = terms
        value = made[first] if factor == 1 else -made[first] if factor == -1 else factor * made[first]
        for name, more in others:
            by = made[name] if abs(more) == 1 else abs(more) * made[name]
            value = value + by if more > 0 else value - by
        return value + constant if constant > 0 else value - -constant if constant else value

    written = ""
    for name, factor in terms:
        sign = "-" if factor < 0 else "+" if written else ""
        written += f" {sign} " if written else sign
        written += name if abs(factor) == 1 else f"{abs(factor)}*{name}"
    return Part(written + (f" {'+' if constant > 0 else '-'} {abs(constant)}" if constant else ""), make)


@st.composite
def _places(draw: st.DrawFn, names: Sequence[str]) -> Part:
    """Return a place on the axis n: a sum, or what is computed."""
    place = draw(sums(names))
    match draw(st.sampled_from(["sum", "sum", "sum", "end", "value", "least", "half"])):
        case "end":
            return Part(f"end - ({place.text})", lambda made: end - place.make(made))
        case "value":
            return Part(f"({place.text}) - d(n)", lambda made: place.make(made) - made["d"][made["n"]])
        case "least":
            return Part(f"min({place.text}, end)", lambda made: unfoldgraph.min(place.make(made), end))
        case "half":
            return Part(f"floor((n + ({place.text})) / 2)", lambda made: floor((made["n"] + place.make(made)) / 2))
    return place


@st.composite
def _entries(draw: st.DrawFn, ranges: Sequence[str]) -> Part:
    """Return what counts an entry of b."""
    by_value = Part("d(n)", lambda made: made["d"][made["n"]])
    choices = [_number(0), Part("M - 1", lambda made: made["M"] - 1), by_value]
    for name in ranges:
        choices += [
            _named(name),
            Part(f"M - 1 - {name}", lambda made, name=name: made["M"] - 1 - made[name]),  # type: ignore[misc]
            Part(f"{name} - d(n)", lambda made, name=name: made[name] - by_value.make(made)),  # type: ignore[misc]
        ]
    return draw(st.sampled_from(choices))


@st.composite
def _conditions(draw: st.DrawFn, names: Sequence[str]) -> Part:
    """Return comparisons of sums, and what joins them."""
    kind = draw(st.sampled_from(["<", "<=", ">", ">=", "==", "!=", "and", "or", "not"]))
    if kind == "not":
        inner = draw(_conditions(names))
        return Part(f"not ({inner.text})", lambda made: ~inner.make(made))
    if kind in ("and", "or"):
        one, other = draw(_conditions(names)), draw(_conditions(names))
        joined = f"({one.text}) {kind} ({other.text})"
        if kind == "and":
            return Part(joined, lambda made: one.make(made) & other.make(made))
        return Part(joined, lambda made: one.make(made) | other.make(made))
    left, right = draw(sums(names)), draw(sums(names))
    by_sign = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq", "!=": "ne"}
    compare = getattr(unfoldgraph, by_sign[kind])
    return Part(f"{left.text} {kind} {right.text}", lambda made: compare(left.make(made), right.make(made)))


@st.composite
def _ends(draw: st.DrawFn, ranges: Sequence[str]) -> tuple[Part, Part]:
    """Return both ends of the range of a reduction."""
    first = [_number(0), _number(1), _named("n"), *map(_named, ranges)]
    last = [_number(2), Part("M - 1", lambda made: made["M"] - 1), _named("n")]
    last += [Part("end(n)", lambda made: end(made["n"]))]
    last += [Part(f"{name} + 2", lambda made, name=name: made[name] + 2) for name in ranges]  # type: ignore[misc]
    return draw(st.sampled_from(first)), draw(st.sampled_from(last))


@st.composite
def _right_sides(draw: st.DrawFn, names: tuple[str, ...], ranges: tuple[str, ...], depth: int) -> Part:
    """Return an expression in which some names stand for indices, of which some are bound in ranges."""
    inner = _right_sides(names, ranges, depth - 1)
    match draw(st.sampled_from(["read", "entry", "entries", "sum"] + ["product", "if", *["reduce"] * 4] * (depth > 0))):
        case "read":
            place = draw(_places(names))
            return Part(f"x({place.text})", lambda made: made["x"][place.make(made)])
        case "entry":
            entry = draw(_entries(ranges))
            return Part(f"b[{entry.text}]", lambda made: made["b"][entry.make(made)])
        case "entries":
            one, other = draw(_entries(ranges)), draw(_entries(ranges))
            return Part(f"A[{one.text}, {other.text}]", lambda made: made["A"][one.make(made), other.make(made)])
        case "sum":
            added = draw(sums(names, 1))
            return Part(f"({added.text})", added.make)
        case "product":
            left, right = draw(inner), draw(inner)
            return Part(f"({left.text}) * ({right.text})", lambda made: left.make(made) * right.make(made))
        case "if":
            condition, yes, no = draw(_conditions(names)), draw(inner), draw(inner)
            return Part(
                f"({yes.text} if {condition.text} else {no.text})",
                lambda made: unfoldgraph.where(condition.make(made), yes.make(made), no.make(made)),
            )
    return draw(_reductions(names, ranges, depth))


@st.composite
def _reductions(draw: st.DrawFn, names: tuple[str, ...], ranges: tuple[str, ...], depth: int) -> Part:
    """Return a reduction over one range or two, perhaps over the axis s as well, and perhaps under a condition."""
    spelling = draw(st.sampled_from(["sum", "prod", "mean", "max", "min", "argmax", "stack"]))
    own = [f"k{depth}", f"j{depth}"][: 1 if spelling in ("argmax", "stack") else draw(st.integers(1, 2))]
    bound: list[tuple[str, tuple[Part, Part]]] = []
    for name in own:
        is_plain = spelling == "stack"
        ends = (_number(0), Part("M - 1", lambda made: made["M"] - 1)) if is_plain else draw(_ends(ranges))
        bound.append((name, ends))
        ranges = (*ranges, name)
    over_axis = spelling not in ("argmax", "stack") and "s" not in names and draw(st.booleans())
    names = (*names, *own, *["s"] * over_axis)
    body = draw(_right_sides(names, ranges, depth - 1))
    if over_axis:
        body = Part(f"x(s) * ({body.text})", lambda made, body=body: made["x"][made["s"]] * body.make(made))  # type: ignore[misc]
    condition = draw(_conditions(names)) if spelling != "stack" and draw(st.booleans()) else None
    reduce = getattr(unfoldgraph, f"{spelling}_over")

    def make(made: Made) -> Any:
        inside = dict(made)
        for name, (first, last) in bound:
            inside[name] = made["c"].range(name, first.make(inside), last.make(inside))
        indices = [inside[name] for name in own]
        # Axes may stand anywhere in Python, and are written last.
        indices = [made["s"], *indices] if over_axis else indices
        return reduce(body.make(inside), *indices, where=condition and condition.make(inside))

    written = [f"{name} in {first.text}..{last.text}" for name, (first, last) in bound] + ["s"] * over_axis
    behind = f" if {condition.text}" if condition else ""
    found = Part(f"{spelling}({body.text} for {', '.join(written)}{behind})", make)
    if spelling != "stack":
        return found
    return Part(f"sum({found.text})", lambda made: unfoldgraph.sum(found.make(made)))


@st.composite
def indexed_right_sides(draw: st.DrawFn) -> IndexedRightSide:
    """Return the right side of y(n), and perhaps a range in which it stands."""
    right = draw(_right_sides(("n", "M"), (), 2))
    ends = None
    if draw(st.booleans()):
        first = draw(st.sampled_from([_number(2), _number(0), _named("M"), Part("end - 2", lambda made: end - 2)]))
        last = draw(st.sampled_from([_number(7), Part("end", lambda made: end), Part("end + 1", lambda made: end + 1)]))
        ends = first, last
    return IndexedRightSide(right, ends)
