"""Kernels of a few statements, each for one thing that a target has to get right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from generators.hand_made_kernels import added, apply, at, entries, i, j, k, m, rows, steps, t, time

from unfoldgraph.base.affine import index, whole
from unfoldgraph.program.ir import (
    SEQUENCES,
    Access,
    Accumulate,
    Array,
    Assign,
    Bound,
    Buffer,
    Comparison,
    Dim,
    Each,
    For,
    Gather,
    Guard,
    IndexRange,
    Kernel,
    KernelStatement,
    Make,
    Number,
    Reduce,
    Routine,
    Strided,
    Value,
    View,
    WholeNumber,
    nodes,
    statements_in,
    targets_of,
    values_in,
)

line = Dim("i", rows, "axis")
s = index("s")
x = Buffer("x", "argument", (time,))
xs = Buffer("xs", "argument", (time, SEQUENCES))
xv = Buffer("xv", "argument", (time, SEQUENCES, entries))
v = Buffer("v", "argument", (entries,))
vs = Buffer("vs", "argument", (SEQUENCES, entries))
lag = Buffer("lag", "argument", (time,), "whole")
lags = Buffer("lags", "argument", (time, SEQUENCES), "whole")
lines = Buffer("lines", "argument", (line, time, SEQUENCES, entries))
square = Buffer("square", "argument", (line, Dim("j", rows, "axis")))
y = Buffer("y", "result", (time,))
ys = Buffer("ys", "result", (time, SEQUENCES))
yv = Buffer("yv", "result", (time, SEQUENCES, entries))
table = Buffer("table", "result", (line, Dim("j", rows, "axis")))
number = Buffer("number", "result")
numbers = Buffer("numbers", "result", (SEQUENCES,))
vector = Buffer("vector", "result", (entries,))
every, each_line = IndexRange("t", whole(0), steps - 1), IndexRange("i", whole(0), rows - 1)
each_column = IndexRange("j", whole(0), rows - 1)


def kernel(body: tuple[KernelStatement, ...], *results: Any) -> Kernel:
    """Return a kernel that takes whatever of the arguments above it reads."""
    values = [value for one in statements_in(body) for value in (*targets_of(one), *values_in(one))]
    read = [_base(node.array) for node in nodes(values) if isinstance(node, Access)]
    return Kernel(tuple(dict.fromkeys(one for one in read if one.kind == "argument")), body, results)


def _base(array: Array) -> Buffer:
    while isinstance(array, View):
        array = array.base
    return array


def twice(value: Value, shape: Any = ()) -> Value:
    return apply("mul", Number(2), value, shape=shape)


def summed_over_a_batch() -> Kernel:
    body = (
        Make(number, Number(1)),
        Make(numbers, Number(2)),
        Make(vector, Number(0)),
        Assign(at(number), at(xs), adds=True),
        Assign(at(numbers), at(xs), adds=True),
        Assign(at(vector), twice(at(xv), (m,)), adds=True),
        For("t", whole(0), steps - 1, (Assign(at(vector), at(xv, t=t), adds=True),)),
    )
    return kernel(body, number, numbers, vector)


def added_where_all_share() -> Kernel:
    shared = Buffer("shared", "result", (time, entries))
    body = (
        Make(shared, Number(1)),
        Assign(at(shared), at(xv), adds=True),
        For("t", whole(0), steps - 1, (Assign(at(shared, t=t), at(xv, t=t), adds=True),)),
        Make(y, Number(0)),
        Assign(at(y), at(x), adds=True),
    )
    return kernel(body, shared, y)


def running_results() -> Kernel:
    body = (
        Make(ys),
        Accumulate(at(ys), "add", at(x), "t"),
        Make(yv),
        Accumulate(at(yv), "maximum", at(xv), "t"),
        Accumulate(at(yv), "add", at(yv), "t"),
    )
    return kernel(body, ys, yv)


def ring_filled_and_read_at_once() -> Kernel:
    ring = Buffer("ring", "scratch", (replace(time, before=2, kept=whole(3)),))
    recent = Buffer("recent", "result", (Dim("p", whole(3), "axis"),))
    body = (
        Make(ring, twice(WholeNumber(t + 5))),
        Make(recent),
        For("t", whole(1), steps - 1, (Assign(at(ring, t=t), added(at(ring, t=t - 3), at(x, t=t))),)),
        Guard(
            (Comparison(whole(1), "<=", steps),),
            (
                Each(
                    (IndexRange("p", whole(0), whole(2)),),
                    (Assign(at(recent, p=index("p")), at(ring, t=steps - 1 - index("p"))),),
                ),
                Assign(at(ring, t=Strided(steps - 3, whole(2))), Number(4)),
                Assign(at(ring, t=Strided(steps - 3, whole(2))), Number(1), adds=True),
                Assign(at(recent, p=1), at(ring, t=steps - 2)),
            ),
            (Assign(at(recent), Number(0)),),
        ),
    )
    return kernel(body, recent)


def backwards_and_in_strides() -> Kernel:
    half = Buffer("half", "result", (time,))
    body = (
        Make(y),
        Each((every,), (Assign(at(y, t=t), at(x, t=steps - 1 - t)),)),
        Make(ys),
        Each((every,), (Assign(at(ys, t=steps - 1 - t), at(xs, t=t)),)),
        Make(half, Number(0)),
        Each(
            (IndexRange("s", whole(0), Bound("min", (steps - 1,), divisor=2)),),
            (Assign(at(half, t=s.times(2)), at(x, t=s)),),
        ),
    )
    return kernel(body, y, ys, half)


def numbers_of_places() -> Kernel:
    body = (
        Make(y),
        Each((every,), (Assign(at(y, t=t), twice(WholeNumber(t.times(3) - steps))),)),
        Make(table),
        Each((each_line, each_column), (Assign(at(table, i=i, j=j), WholeNumber(i.times(2) - j + 1)),)),
        Make(ys, WholeNumber(Bound("max", (steps, whole(2))))),
    )
    return kernel(body, y, table, ys)


def fronts_outside_of_loops() -> Kernel:
    tied = (i + j - 2,)
    places = (
        Assign(at(table, i=i, j=j), added(WholeNumber(i), twice(at(square, i=j, j=i)))),
        Guard((Comparison(i, "!=", whole(1)),), (Assign(at(table, i=i, j=j), Number(7)),)),
        Assign(at(table, i=i, j=j), Number(1), adds=True),
    )
    return kernel((Make(table, Number(0)), Each((each_line, each_column), places, on=tied)), table)


def fronts_with_a_row_at_each_place() -> Kernel:
    cube = Buffer("cube", "result", (replace(line, before=1), Dim("j", rows, "axis"), time))
    value = added(at(cube, i=i - 1, j=j, t=t), at(square, i=i, j=j), at(x, t=t), WholeNumber(i - t))
    places = (Assign(at(cube, i=i, j=j, t=t), value),)
    front = Each((each_line, each_column, every), places, on=(i + j - index("f"),))
    return kernel((Make(cube, Number(1)), For("f", whole(0), rows.times(2) - 2, (front,))), cube)


def triangle() -> Kernel:
    below = IndexRange("j", whole(0), i)
    total = Reduce("sum_over", "k", j, i, at(square, i=i, j=k))
    body = (
        Make(table, Number(0)),
        Each((each_line, below), (Assign(at(table, i=i, j=j), total),)),
        Each(
            (each_line, below),
            (Assign(at(table, i=i, j=j), twice(at(table, i=i, j=j))),),
            on=(i - j.times(2),),
        ),
    )
    return kernel(body, table)


def statements_one_after_the_other() -> Kernel:
    """The second statement reads at each place what the first has put at another one."""
    limit = Bound("min", (t, whole(2)))
    total = Reduce("sum_over", "s", whole(0), limit, at(x, t=s))
    places = (
        Assign(at(y, t=t), total),
        Assign(at(ys, t=t), at(y, t=steps - 1 - t)),
        Assign(at(ys, t=t), total, adds=True),
    )
    return kernel((Make(y), Make(ys), Each((every,), places)), y, ys)


def places_left_out() -> Kernel:
    later = IndexRange("t", whole(1), steps - 1)
    body = (
        Make(y, Number(0)),
        Each((later,), (Guard((Comparison(t, "!=", whole(2)),), (Assign(at(y, t=t), at(x, t=t)),)),)),
        Each((every,), (Guard((Comparison(t, "<", whole(2)),), (Assign(at(y, t=t), Number(3), adds=True),)),)),
        Make(ys, Number(0)),
        Each((every,), (Guard((Comparison(t, "!=", whole(1)),), (Assign(at(ys, t=t), at(xs, t=t)),)),)),
        Each((every,), (Guard((Comparison(t, "!=", steps - 1),), (Assign(at(ys, t=t), Number(9), adds=True),)),)),
        Make(table, Number(5)),
        Each(
            (each_line, each_column),
            (
                Guard(
                    (Comparison(j, "==", whole(0)), Comparison(i, "==", rows - 1)),
                    (),
                    (Assign(at(table, i=j, j=i), at(square, i=i, j=j)),),
                ),
            ),
        ),
        Each((each_line,), (Guard((Comparison(i, "!=", whole(1)),), (Assign(at(table, i=i, j=i), Number(8)),)),)),
    )
    return kernel(body, y, ys, table)


def ranges_that_are_too_short() -> Kernel:
    roomy = Buffer("roomy", "argument", (replace(time, name="t", after=4),))
    late = IndexRange("t", whole(3), steps - 1)
    average = Reduce("mean_over", "s", whole(2), t - 1, at(roomy, t=s))
    largest = Reduce("max_over", "s", t + 1, steps - 1, at(xs, t=s))
    body = (
        Make(y, Number(1)),
        Each((late,), (Assign(at(y, t=t), added(at(roomy, t=t - 3), at(roomy, t=t + 1))),)),
        Make(ys),
        For("t", whole(0), steps - 1, (Assign(at(ys, t=t), added(average, largest)),)),
    )
    return kernel(body, y, ys)


def diagonals() -> Kernel:
    body = (
        Make(table, Number(0)),
        Each((each_line,), (Assign(at(table, i=i, j=i), at(square, i=i, j=i)),)),
        Each((each_line,), (Assign(at(table, i=i, j=rows - 1 - i), at(square, i=rows - 1 - i, j=i), adds=True),)),
    )
    return kernel(body, table)


def turned_views() -> Kernel:
    turned_dims = Dim("p", rows, "axis"), Dim("q", rows, "axis")
    turned = View("turned", square, turned_dims, (("i", index("q")), ("j", index("p"))))
    last = View("last", xv, (Dim("p", steps, "axis"), SEQUENCES, entries), (("t", steps - 1 - index("p")),))
    some = View("some", xv, (time, SEQUENCES, Dim("0", m - 1, "size")), (("0", Strided(whole(1), m - 1)),))
    skewed_room = Buffer("skewed", "scratch", (Dim("f", rows.times(2), "front"), line))
    skewed = View("shown", skewed_room, (line, Dim("j", rows, "axis")), (("f", i + j), ("i", i)))
    ends = Buffer("ends", "result", (time, SEQUENCES, Dim("0", m - 1, "size")))
    body = (
        Make(table),
        Each((each_line, each_column), (Assign(at(table, i=i, j=j), at(turned, p=i, q=j)),)),
        Make(yv),
        Each((every,), (Assign(at(yv, t=t), at(last, p=t)),)),
        Make(ends),
        Assign(at(ends), at(some)),
        Make(skewed_room, Number(2)),
        Each((each_line, each_column), (Assign(at(skewed, i=i, j=j), at(square, i=i, j=j), adds=True),)),
    )
    return kernel(body, table, yv, ends, skewed, some, last)


def made_of_values() -> Kernel:
    plain, made = Buffer("plain", "scratch", (time,)), Buffer("made", "result", (time, SEQUENCES, entries))
    body = (
        Make(plain, at(x, t=t)),
        Assign(at(plain, t=Strided(whole(0), steps)), Number(1), adds=True),
        Make(made, apply("mul", at(xs, t=t), at(v), shape=(m,)), equation=0),
        Make(y, added(at(plain, t=t), at(x, t=t)), equation=1),
    )
    return kernel(body, made, y)


def made_of_what_all_share() -> Kernel:
    body = (
        Make(yv, at(v), equation=0),
        Make(ys, Number(3), equation=1),
        Make(table, WholeNumber(j), equation=2),
        Make(numbers, Number(1), equation=3),
        Make(vector, at(v), equation=4),
    )
    return kernel(body, yv, ys, table, numbers, vector)


def delays() -> Kernel:
    """Places that are values: shared and for each sequence, of numbers and of vectors, in loops and at once."""
    own = apply("sub", WholeNumber(t), at(lag, t=t))
    theirs = apply("sub", WholeNumber(t), at(lags, t=t))
    gathered = {
        "of_x": (ys, at(x, t=Gather(theirs))),
        "of_xs": (ys, at(xs, t=Gather(own, Number(2)))),
        "of_each": (ys, at(xs, t=Gather(theirs, at(x, t=t)))),
        "of_vectors": (yv, at(xv, t=Gather(theirs, Number(-1)))),
        "of_shared": (yv, at(xv, t=Gather(own))),
    }
    body: list[KernelStatement] = []
    results = []
    for name, (shape, value) in gathered.items():
        for way in ("looped", "at_once"):
            result = replace(shape, name=f"{name}_{way}")
            put = Assign(at(result, t=t), value)
            body += [Make(result), For("t", whole(0), steps - 1, (put,)) if way == "looped" else Each((every,), (put,))]
            results.append(result)
    return kernel(tuple(body), *results)


def delays_on_one_of_two_axes() -> Kernel:
    own, theirs = (apply("sub", WholeNumber(t), at(one, t=t)) for one in (lag, lags))
    result = Buffer("result", "result", (line, time, SEQUENCES, entries))
    other = replace(result, name="other")
    places = (each_line, every)
    body = (
        *(Make(result), Make(other)),
        Each(places, (Assign(at(result, i=i, t=t), at(lines, i=i, t=Gather(theirs, Number(5)))),)),
        For("i", whole(0), rows - 1, (Each((every,), (Assign(at(other, i=i, t=t), at(lines, i=i, t=Gather(own))),)),)),
    )
    return kernel(body, result, other)


def delays_at_a_place_of_two() -> Kernel:
    """Where along one axis is told by the place on the other, which both have."""
    along = apply("sub", WholeNumber(i), at(square, i=i, j=j))
    body = (
        Make(table),
        Each((each_line, each_column), (Assign(at(table, i=i, j=j), at(square, i=Gather(along), j=j)),)),
    )
    return kernel(body, table)


def entries_that_are_told() -> Kernel:
    found = replace(ys, name="found")
    rest = replace(ys, name="rest")
    loop = (
        Assign(at(found, t=t), at(v, _0=Gather(at(lags, t=t), Number(9)))),
        Assign(at(rest, t=t), at(xv, t=t, _0=Gather(at(lag, t=t)))),
    )
    body = (
        *(Make(found), Make(rest)),
        For("t", whole(0), steps - 1, loop),
        Make(ys),
        Each((every,), (Assign(at(ys, t=t), at(xv, t=t, _0=Gather(at(lags, t=t)))),)),
        Each((every,), (Assign(at(ys, t=t), at(v, _0=Gather(at(lag, t=t))), adds=True),)),
    )
    return kernel(body, found, rest, ys)


def routine_of_two_results() -> Kernel:
    return kernel((Make(ys), Make(numbers), Routine((at(ys), at(numbers)), "sorted_and_sum", (at(xs),))), ys, numbers)


def ends_of_values() -> Kernel:
    part = Buffer("part", "result", (time, SEQUENCES, Dim("0", m - 1, "size")))
    loop = (
        Assign(at(part, t=t), at(xv, t=t, _0=Strided(whole(1), m - 1))),
        Assign(at(part, t=t, _0=0), at(xv, t=t, _0=m - 1)),
        Assign(at(part, t=t), at(vs, _0=Strided(m - 1, m - 1, -1)), adds=True),
    )
    return kernel((Make(part), For("t", whole(0), steps - 1, loop)), part)


def bounded_places() -> Kernel:
    near = Bound("max", (t - 2, whole(0)))
    body = (
        Make(y),
        Each((every,), (Assign(at(y, t=t), at(x, t=near)),)),
        Make(ys),
        For("t", whole(0), steps - 1, (Assign(at(ys, t=t), added(at(xs, t=near), WholeNumber(near))),)),
        For("s", steps - 1, whole(0), (Assign(at(y, t=s), at(x, t=s), adds=True),), step=-2),
    )
    return kernel(body, y, ys)


def sorted_and_sum(values: Any) -> Any:
    return np.sort(values, axis=0), np.sum(values, axis=0)


SMALL: dict[str, Callable[[], Kernel]] = {
    made.__name__: made
    for made in (
        summed_over_a_batch,
        added_where_all_share,
        running_results,
        ring_filled_and_read_at_once,
        backwards_and_in_strides,
        numbers_of_places,
        fronts_outside_of_loops,
        fronts_with_a_row_at_each_place,
        triangle,
        statements_one_after_the_other,
        places_left_out,
        ranges_that_are_too_short,
        diagonals,
        turned_views,
        made_of_values,
        made_of_what_all_share,
        delays,
        delays_on_one_of_two_axes,
        delays_at_a_place_of_two,
        entries_that_are_told,
        routine_of_two_results,
        ends_of_values,
        bounded_places,
    )
}
"""The kernels by name."""
