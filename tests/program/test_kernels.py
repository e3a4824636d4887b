"""Kernels written by hand mean what they are to mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from generators.hand_made_kernels import (
    HAND_MADE,
    SIZES,
    HandMade,
    apply,
    at,
    edit_distance_by_rows,
    edit_distance_skewed,
    elman,
    elman_columns,
    elman_data,
)
from oracles.kernel_interpreter import FIELD, RATIONAL, Arithmetic, run_kernel

from unfoldgraph.base.affine import index, length, whole
from unfoldgraph.program.checking.check import check
from unfoldgraph.program.ir import (
    SEQUENCES,
    Assign,
    Bound,
    Buffer,
    Dim,
    Each,
    For,
    IndexRange,
    Kernel,
    KernelStatement,
    Make,
    Number,
)


def results_of(made: HandMade) -> dict[str, Any]:
    """Return the results of the last call, interpreted."""
    results: dict[str, Any] = {}
    for numbers in made.runs:
        arguments = made.handed_in(results)
        results = run_kernel(made.kernel, numbers, arguments, functions=made.functions, routines=made.routines)
    return results


@pytest.mark.parametrize("name", HAND_MADE)
def test_a_kernel_gives_the_plain_answer(name: str) -> None:
    made = HAND_MADE[name]()
    results = results_of(made)
    assert results.keys() == made.expected.keys()
    for result, expected in made.expected.items():
        assert results[result].shape == expected.shape
        for own, other in zip(results[result].ravel(), expected.ravel(), strict=True):
            np.testing.assert_allclose(own, other, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", HAND_MADE)
def test_a_kernel_keeps_the_rules(name: str) -> None:
    made = HAND_MADE[name]()
    check(made.kernel, told=made.told, routines=made.routines, accepts=made.accepts)


# Exactly --------------------------------------------------------------------------------------------------


def exactly(made: HandMade, arithmetic: Arithmetic, numbers: Mapping[str, int]) -> dict[str, Any]:
    """Return what a kernel gives for whole numbers of its own, which depend on names and sizes alone."""
    given = {}
    for buffer in made.kernel.arguments:
        shape = [dim.before + dim.extent.number(numbers) + dim.after for dim in buffer.dims]
        counted = np.arange(int(np.prod(shape, dtype=int)), dtype=object).reshape(shape)
        given[buffer.name] = arithmetic.array(counted * (7 + len(buffer.dims)) % 11)
    return run_kernel(made.kernel, numbers, given, arithmetic=arithmetic)


@pytest.mark.parametrize("lengths", [(0, 0), (1, 3), (4, 1), (6, 5)])
def test_two_kernels_of_the_edit_distance_agree_digit_by_digit(lengths: tuple[int, int]) -> None:
    numbers = dict(zip(("#i", "#j"), lengths, strict=True))
    skewed, by_rows = (
        exactly(made(), RATIONAL, numbers)["c"] for made in (edit_distance_skewed, edit_distance_by_rows)
    )
    assert np.array_equal(skewed, by_rows)


@pytest.mark.parametrize("steps", [0, 1, 5])
def test_rows_and_columns_of_a_network_agree_digit_by_digit(steps: int) -> None:
    data = {name: FIELD.array(np.round(array * 1000).astype(int)) for name, array in elman_data().items()}
    data["x"] = data["x"][:steps]
    numbers = {**SIZES, "#t": steps}
    columns = run_kernel(elman_columns().kernel, numbers, {**data, "x": data["x"].transpose(0, 2, 1)}, arithmetic=FIELD)
    found = run_kernel(elman().kernel, numbers, data, arithmetic=FIELD)
    assert np.array_equal(found["h"], columns["h"].transpose(0, 2, 1))
    assert found["h"].shape == (steps, *found["h"].shape[1:])


def test_loops_and_ranges_stand_in_one_another() -> None:
    """Every line of a table by itself, and in it one place after the other; then all of it up to the diagonal."""
    i, j = index("i"), index("j")
    c = Buffer("c", "result", (Dim("i", length("i"), "axis"), Dim("j", length("j"), "axis", before=1)))
    rows, below = (
        IndexRange("i", whole(0), length("i") - 1),
        IndexRange("j", whole(0), Bound("min", (i, length("j") - 1))),
    )
    counted = For("j", whole(0), i, (Assign(at(c, i=i, j=j), apply("add", at(c, i=i, j=j - 1), Number(1))),))
    counted = replace(counted, last=below.last)
    doubled = Each((below,), (Assign(at(c, i=i, j=j), at(c, i=i, j=j), adds=True),))
    kernel = Kernel((), (Make(c, Number(0)), Each((rows,), (counted, doubled))), (c,))
    check(kernel)
    expected = 2 * np.tril(np.arange(1, 4) * np.ones((5, 1)))
    np.testing.assert_array_equal(run_kernel(kernel, {"#i": 5, "#j": 3})["c"], expected)


# What no kernel may do ------------------------------------------------------------------------------------


def test_what_no_kernel_may_do_is_told_by_name() -> None:
    t, s = index("t"), index("s")
    y = Buffer("y", "result", (Dim("t", length("t"), "axis"),))
    numbers = {"#t": 3}

    def told(*body: KernelStatement, results: tuple[Buffer, ...] = (y,)) -> str:
        with pytest.raises(AssertionError) as caught:
            run_kernel(Kernel((), body, results), numbers)
        return str(caught.value).splitlines()[0]

    every = IndexRange("s", whole(0), length("t") - 1)
    assert told(Make(y)) == "y is read at ([0],) and never written"
    assert told(Assign(at(y, t=0), Number(0))) == "y is not made"
    assert told(Make(y, Number(0)), Assign(at(y, t=3), Number(0))) == "y at t = 3, outside 0..2"
    assert told(Make(y, Number(0)), Each((every,), (Assign(at(y, t=0), Number(0)),))).endswith(
        "which another place of the statement writes"
    )
    assert told(
        Make(y, Number(0)), Each((replace(every, first=whole(1)),), (Assign(at(y, t=s), at(y, t=s - 1)),))
    ).endswith(("which another place of the statement writes", "which another place of the statement reads"))
    ring = Buffer("r", "scratch", (Dim("t", length("t"), "axis", kept=whole(2)),))
    for_all = For("t", whole(0), whole(2), (Assign(at(ring, t=t), Number(0)),))
    assert told(Make(y), Make(ring), for_all, Assign(at(y, t=0), at(ring, t=0))).endswith("no longer holds it")


def test_places_are_added_up_where_a_target_lacks_them() -> None:
    x = Buffer("x", "argument", (Dim("t", length("t"), "axis"), SEQUENCES))
    total = Buffer("total", "result")
    kernel = Kernel((x,), (Make(total, Number(1)), Assign(at(total), at(x), adds=True)), (total,))
    check(kernel)
    numbers = {"#t": 2, "# sequences": 3}
    assert run_kernel(kernel, numbers, {"x": np.arange(6.0).reshape(2, 3)})["total"] == 16


def test_an_argument_may_differ_from_sequence_to_sequence_where_the_kernel_has_none() -> None:
    x, y = (Buffer(name, kind, (Dim("t", length("t"), "axis"),)) for name, kind in (("x", "argument"), ("y", "result")))
    twice = apply("mul", at(x, t=index("t")), Number(2))
    numbers, given = {"#t": 2, "# sequences": 3}, np.arange(6.0).reshape(3, 2)
    found = run_kernel(Kernel((x,), (Make(y, twice),), (y,)), numbers, {"x": given}, apart={"x"})
    np.testing.assert_array_equal(found["y"], 2 * given)
