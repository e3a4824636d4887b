"""What is read off an edge by ranges and conditions, against places that are looked at one by one."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.profiles import examples
from unfoldgraph import Circuit, CircuitError


@st.composite
def sums(draw: st.DrawFn) -> tuple[str, dict[str, tuple[str, str]], str]:
    """A read of x over t in the text of Python: its place, what it is bound to, and a condition."""
    ends = ["0", "1", "2", "3", "t-1", "t", "M", "M-1", "end(t)-t", "end(t)"]
    first = draw(st.sampled_from(["0", "1", "-1", "t-2"]))
    last = draw(st.sampled_from(ends))
    place = draw(st.sampled_from(["t-k", "t-k-1", "t+k", "k", "k-2", "t-k+1"]))
    condition = draw(st.sampled_from(["", "k != 1", "t > 2", "k < t", "t > 1 or k > 0", "t + k > 3 and k <= t"]))
    return place, {"k": (first, last)}, condition


@examples(120)
@given(sums())
def test_what_the_caller_gives_is_what_is_read(read: tuple[str, dict[str, tuple[str, str]], str]) -> None:
    place, bound, condition = read
    (name, (first, last)) = next(iter(bound.items()))
    if first == last or (first.isdigit() and last.isdigit() and int(last) < int(first)):
        return
    behind = f" if {condition}" if condition else ""
    text = f"h : M; x(t) : (); y(t) = h[0] + sum(x({place}) for {name} in {first}..{last}{behind})"
    lowest = {}
    for length, size in product(range(11), range(1, 5)):
        found = []
        for t in range(1, length + 1):
            own = {"t": t, "M": size, "end": lambda t, length=length: length}
            for k in range(value(first, own), value(last, own) + 1):
                inside = {**own, "k": k}
                if (not condition or value(condition, inside)) and value(place, inside) < 1:
                    found.append(value(place, inside))
        lowest[length, size] = min(found, default=1)
    by_size = {size: min(lowest[length, size] for length in range(11)) for size in range(1, 5)}
    grows = any(lowest[10, size] < lowest[9, size] for size in range(1, 5))
    try:
        free = {one.name: one for one in Circuit(text).model.free}
    except CircuitError as error:
        assert "the longer the sequence is" in str(error)
        assert grows
        return
    assert not grows
    for size, least in by_size.items():
        boxes = free["x"].boxes_at({"M": size}) if "x" in free else ()
        first = boxes[0][0][0] if boxes else 1
        # Where a size is small, a range may be empty that the one formula for all sizes has.
        assert first == least if size == max(by_size) else first <= least, (text, size)


def value(text: str, names: dict[str, object]) -> int:
    """Return what a sum or a condition is, read by Python: nothing here is ours."""
    return eval(text, {"__builtins__": {}}, names)  # the texts are those above


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("y[n] = sum(b[k]*x[n-k] for k in 0..2)", {"x0": 2}),
        ("y[n] = sum(x[n-k] for k in 0..n-1)", {}),
        ("F(n) = sum(F(n-k) for k in 1..2); F(1) = 1; F(2) = 1", {}),
        ("y(t) = sum(y(s) for s in t-2..t-1); y(1) = a; y(2) = b", {}),
        ("y(t) = y(t-1) if t > 1 else s1", {}),
        ("s(t) = s(t-1) + x(t) for t in 2..end; s(1) = 3", {}),
        ("T(n) = T(floor(n/2)) + 1 if n > 1 else 0", {}),
        ("y(t) = x(t) + y(t - max(1, d(t)))", {}),
        ("y(t) = x(t) + y(min(t-1, d(t)))", {}),
        ("y(t) = y(t-1) + y(t - max(1, d(t)))", {"y0": 1}),
        ("y(t) = 0 for t in 1-end..0; y(t) = sum(y(t-k) for k in 1..end(t))", {}),
    ],
)
def test_how_many_places_the_caller_gives(text: str, places: dict[str, int]) -> None:
    assert {one.argument: one.count for one in Circuit(text).model.free} == places


def test_a_size_tells_how_far_it_reaches() -> None:
    (free,) = Circuit("h : M; y[n] = sum(h[k]*x[n-k] for k in 0..M-1)").model.free
    assert [free.count_at({"M": size}) for size in (1, 2, 5)] == [0, 1, 4]
    assert free.has_several


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("y(t) = sum(x(t-k) for k in 0..2*t)", "x(t-k) is read farther before the first step the longer the sequence"),
        (
            "c(i, j) = max(c(i-k, j-1) for k in 0..2); c(0, j) = 0; c(i, 0) = 0; c(0, 0) = 0",
            "c(-1, j) is read and not given, while c(0, j) is",
        ),
        (
            "c(i, j) = max(c(i-k, j-1) for k in 0..2); c(0, j) = 0; c(-1, j) = 0; c(i, 0) = 0; c(0, 0) = 0",
            "c(-1, 0) is read and not given",
        ),
        ("y(t) = 1 for t in 1..3; y(t) = 2 for t in end-2..end", "give the same place where t has 5 steps"),
        ("y(t) = 1; y(t) = 2 for t in 3..4", "give the same place where t has 3 steps"),
        ("c(i, j) = 0 for j in 1..i; c(i, j) = 1 for j in i..end", "where i has 1 step and j has 1 step"),
    ],
)
def test_what_is_wrong(text: str, told: str) -> None:
    with pytest.raises(CircuitError) as caught:
        Circuit(text)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("s(t) = s(t-1) + x(t) for t in 2..end", "s(1) is read and lies outside t in 2..end: it is 0"),
        (
            "c(i, j) = min(c(i, k) + c(k+1, j) for k in i..j-1) for j in i+1..end",
            "c(i, i) is read and lies outside j in i+1..end: it is 0",
        ),
    ],
)
def test_what_is_warned_of(text: str, told: str) -> None:
    (warning,) = Circuit(text).warnings
    assert told in str(warning)
    (place,) = (one.split("write ")[1].split(" =")[0] for one in [str(warning)])
    assert not Circuit(f"{text}; {place} = 0").warnings


def test_a_diagonal_holds_over_an_equation_whatever_their_order() -> None:
    one, other = "c(i, i) = 0", "c(i, j) = c(i, j-1) + 1"
    assert Circuit(f"{one}; {other}") == Circuit(f"{other}; {one}")


def test_where_two_boundaries_meet_the_order_tells_circuits_apart() -> None:
    text, one, other = "x(i, j) : (); y(i, j) = x(i, j)", "y(i, 1) = 5", "y(1, j) = 3"
    assert Circuit(f"{text}; {one}; {other}") != Circuit(f"{text}; {other}; {one}")
    assert Circuit(f"{text}; {one}; {other}") == Circuit(f"{one}; {text}; {other}")
    # Those that never meet may stand anywhere, and those that give the same.
    assert Circuit(f"{text}; {one}; y(i, 2) = 3") == Circuit(f"{text}; y(i, 2) = 3; {one}")
    assert Circuit(f"{text}; {one}; y(1, j) = 5") == Circuit(f"{text}; y(1, j) = 5; {one}")
    assert Circuit("h(t) = h(t-1); h(1) = 2; h(end) = 3") != Circuit("h(t) = h(t-1); h(end) = 3; h(1) = 2")


def test_what_two_sizes_bound_together_is_as_deep_as_the_first_says() -> None:
    for which in ("j in 0..m-1 if i != j", "j in i..m-1", "j in 0..m-1 if i < j"):
        (free,) = Circuit(f"x(t) : (); a : (n, m); y(t) = sum(a[i, j]*x(t-i) for i in 0..n-1, {which})").boundaries
        assert free.firsts == ("2-n",)
