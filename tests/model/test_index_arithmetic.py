"""What is known of whole numbers that indices tell: sums against a reading of the same text by Python's own numbers."""

from __future__ import annotations

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.profiles import examples

from unfoldgraph.algebra.expression import Expr, number
from unfoldgraph.model.index_arithmetic import sum_of

NAMES = {"t": 7, "s": -3, "k": 11}


def axis(name: str) -> Expr:
    return Expr("axis", (), (name, False))


_LEAVES = st.integers(-3, 3).map(number) | st.sampled_from(sorted(NAMES)).map(axis)


def _larger(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    both = st.tuples(st.sampled_from(["add", "sub", "mul"]), inner, inner)
    return both.map(lambda parts: Expr(parts[0], parts[1:])) | inner.map(lambda one: Expr("neg", (one,)))


def value(node: Expr) -> int:
    parts = [value(argument) for argument in node.arguments]
    match node.operator:
        case "number":
            return int(node.data)
        case "axis":
            return NAMES[node.data[0]]
        case "neg":
            return -parts[0]
    return {"add": parts[0] + parts[1], "sub": parts[0] - parts[1], "mul": parts[0] * parts[1]}[node.operator]


@examples(300)
@given(st.recursive(_LEAVES, _larger, max_leaves=12))
def test_a_sum_has_the_value_of_what_it_is_of(root: Expr) -> None:
    form = sum_of(root)
    if form is not None:
        assert form.number(NAMES) == value(root)
        assert list(form.terms) == sorted((name, factor) for name, factor in form.terms if factor)


@pytest.mark.parametrize(
    "root",
    [
        Expr("mul", (axis("t"), axis("s"))), Expr("div", (axis("t"), number(2))), Expr("parameter", (), "p"),
        Expr("add", (axis("t"), Expr("floor", (axis("t"),)))), Expr("mul", (number(0), Expr("parameter", (), "p"))),
    ],
)  # fmt: skip
def test_what_is_no_sum(root: Expr) -> None:
    assert sum_of(root) is None


def test_what_is_shared_counts_as_often_as_it_is_written() -> None:
    doubled = axis("t")
    for _ in range(60):
        doubled = Expr("add", (doubled, doubled))
    form = sum_of(doubled)
    assert form is not None and form.factor("t") == 2**60


def test_a_sum_of_many_names_takes_time_that_grows_with_it() -> None:
    def seconds(count: int) -> float:
        root = axis("n0")
        for at in range(1, count):
            root = Expr("add", (root, axis(f"n{at}")))
        start = perf_counter()
        form = sum_of(root)
        assert form is not None and len(form.terms) == count
        return perf_counter() - start

    seconds(500)
    # Thirty-two times as many names: a thousand times the time, were it to grow with the square.
    assert min(seconds(16_000) for _ in range(3)) < 400 * max(min(seconds(500) for _ in range(3)), 1e-3)
