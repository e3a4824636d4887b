"""Circuits of ranges, conditions and places that are sums, as statements that `range_graph` knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hypothesis import strategies as st
from oracles.range_graph import RangedRead, RangedStatement, Sum

_INPUTS = {1: {"x": ("t",)}, 2: {"x": ("i", "j")}}


@dataclass(frozen=True)
class RangedSketch:
    """A circuit as text and as statements; `axes` are those of every signal, `sizes` those that its sums hold."""

    axes: Mapping[str, tuple[str, ...]]
    statements: tuple[RangedStatement, ...]
    sizes: tuple[str, ...]

    @property
    def text(self) -> str:
        """The text of the circuit."""
        own = next(iter(self.axes.values()))
        return "\n".join(
            [
                f"x({', '.join(own)}) : ()",
                *(f"h_{size} : {size}" for size in self.sizes),
                *(f"z_{size}({', '.join(own)}) = x({', '.join(own)}) * sum(h_{size})" for size in self.sizes),
                f"z({', '.join(own)}) = x({', '.join(own)})",
                *map(str, self.statements),
            ]
        )

    @property
    def first(self) -> int:
        """The number of the first of the statements in the circuit, which has some before them."""
        return 1 + len(self.sizes)

    def __repr__(self) -> str:
        return f"Sketch of\n{self.text}\n"


@st.composite
def ranged_orders(draw: st.DrawFn, has_remainders: bool = False) -> RangedSketch:
    """Return a circuit whose reads keep a direction, most of them, along up to three axes.

    With remainders there are conditions of which order knows nothing.
    """
    own = draw(st.sampled_from([("t",), ("t",), ("i", "j"), ("i", "j"), ("t", "i", "j")]))
    names = draw(st.sampled_from([("a",), ("a", "b")]))
    axes = dict.fromkeys(names, own)
    # How far away lies what is read: behind along some axes, ahead along others, and now and then in no order.
    ways = {axis: draw(st.sampled_from([-1, -1, 1])) for axis in own}
    size = draw(st.sampled_from(["", "", "M"]))
    statements: list[RangedStatement] = []
    for number, name in enumerate(names):
        reads = [
            draw(_read(names, names[: number + 1], own, ways, size, has_remainders=has_remainders))
            for _ in range(draw(st.integers(1, 2)))
        ]
        ranges = draw(_standing(own))
        statements.append(RangedStatement(name, own, ranges, tuple(reads)))
        if draw(st.integers(0, 3)) == 0:
            statements.append(draw(_pin(name, names, own, ways, size)))
    used = size and any(f"{size}" in str(one) for one in statements)
    return RangedSketch(axes, tuple(statements), (size,) if used else ())


def _plus(axis: str, constant: int = 0) -> Sum:
    return Sum(((axis, 1),), constant)


def _end(axis: str, constant: int = 0) -> Sum:
    return Sum(((f"end({axis})", 1),), constant)


@st.composite
def _standing(draw: st.DrawFn, own: Sequence[str]) -> tuple[tuple[str, Sum, Sum], ...]:
    """Return the ranges after an equation; mostly none."""
    first, end = Sum((), draw(st.integers(1, 3))), Sum((("end", 1),), draw(st.integers(-1, 0)))
    if len(own) == 1:
        return draw(st.sampled_from([(), (), ((own[0], first, end),), ((own[0], Sum((), 0), end),)]))
    one, other, *_ = own
    return draw(
        st.sampled_from(
            [
                (),
                (),
                ((other, _plus(one, draw(st.integers(0, 1))), end),),
                ((other, first, _plus(one, draw(st.integers(-1, 0)))),),
                ((one, first, end),),
            ]
        )
    )


@st.composite
def _pin(
    draw: st.DrawFn, name: str, names: Sequence[str], own: Sequence[str], ways: Mapping[str, int], size: str
) -> RangedStatement:
    """Return a statement at a number, from the end, or on a diagonal; it reads nothing, or as the others do."""
    index: list[str | Sum] = list(own)
    if len(own) == 1:
        index[0] = draw(st.sampled_from([Sum((), 1), Sum((), 2), Sum((("end", 1),))]))
    else:
        index[1] = draw(st.sampled_from([_plus(own[0]), _plus(own[0], -1), Sum((), 1), Sum((("end", 1),))]))
    scope = [at for at in index if isinstance(at, str)]
    is_fed = bool(scope) and draw(st.booleans())
    reads = (draw(_read(names, names, own, ways, size, scope=tuple(scope))),) if is_fed else ()
    return RangedStatement(name, tuple(index), (), reads)


@st.composite
def _read(
    draw: st.DrawFn,
    names: Sequence[str],
    earlier: Sequence[str],
    own: Sequence[str],
    ways: Mapping[str, int],
    size: str,
    scope: tuple[str, ...] | None = None,
    has_remainders: bool = False,
) -> RangedRead:
    """Return a read, mostly in the direction of the circuit along one axis at least."""
    within = own if scope is None else scope
    name = draw(st.sampled_from([*names, *earlier]))
    places: list[Sum] = []
    ranges: list[tuple[str, Sum, Sum]] = []
    conditions: list[tuple[Sum, str]] = []
    for position, axis in enumerate(own):
        if axis not in within:
            places.append(draw(st.sampled_from([Sum((), 1), Sum(((within[0], 2),)), Sum((("end", 1),))])))
            continue
        kind = draw(
            st.sampled_from(
                ["delay", "delay", "taps", "history", "history", "compared", "size", "half", "mirrored", "twice"]
            )
        )
        way = ways[axis] if draw(st.integers(0, 7)) else -ways[axis]
        bound = "klm"[position]
        least = draw(st.sampled_from([1, 1, 1, 0] if position == 0 else [0, 1, 1, -1]))
        if kind == "delay":
            places.append(_plus(axis, way * least))
        elif kind == "taps":
            sign = 1 if way > 0 else -1
            places.append(Sum(((axis, 1), (bound, sign))))
            ranges.append((bound, Sum((), least), Sum((), least + draw(st.integers(0, 2)))))
        elif kind == "history":
            places.append(_plus(bound))
            ends = (Sum((), 1), _plus(axis, -least)) if way < 0 else (_plus(axis, least), _end(axis))
            ranges.append((bound, *ends))
        elif kind == "compared":
            places.append(_plus(bound))
            ranges.append((bound, Sum((), 1), _end(axis)))
            difference = Sum(((bound, 1), (axis, -1)), least) if way < 0 else Sum(((bound, 1), (axis, -1)), -least)
            conditions.append((difference, "<=" if way < 0 else ">="))
        elif kind == "size" and size:
            places.append(Sum(((axis, 1), (size, way)), draw(st.integers(-1, 1))))
        elif kind == "half" and way < 0:
            places.append(Sum(((axis, 1),), draw(st.integers(-1, 0)), draw(st.integers(2, 3))))
        elif kind == "mirrored":
            places.append(Sum((("end", 1), (axis, -1)), draw(st.integers(0, 2))))
        elif kind == "twice":
            places.append(Sum(((axis, 2),), draw(st.integers(-1, 1))))
        else:
            places.append(_plus(axis, way * least))
    if len(within) > 1 and draw(st.integers(0, 3)) == 0:
        one, other = within[:2]
        conditions.append(
            (Sum(((one, 1), (other, -1)), draw(st.integers(-1, 1))), draw(st.sampled_from(["<", ">=", "!="])))
        )
    elif has_remainders and draw(st.integers(0, 3)) == 0:
        about = ranges[0][0] if ranges else within[0]
        conditions.append((_plus(about, draw(st.integers(0, 1))), "% 2 !="))
    elif draw(st.integers(0, 4)) == 0:
        conditions.append((_plus(within[0], -draw(st.integers(1, 3))), draw(st.sampled_from([">", "<=", "!=", "=="]))))
    return RangedRead(name, tuple(places), tuple(ranges), tuple(conditions))
