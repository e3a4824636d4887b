"""What the NumPy target writes of a kernel computes what the kernel means, in rows and in columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np
import pytest
from generators.hand_made_kernels import HAND_MADE, HandMade, with_margins
from generators.small_kernels import SMALL, sorted_and_sum
from oracles.kernel_interpreter import run_kernel
from support.written_kernels import buffers_of, in_columns, in_rows, is_in_columns, numpy_text, run_as_numpy

from unfoldgraph.program.ir import SEQUENCES, Kernel

SEQUENCES_CALLED = SEQUENCES.extent.terms[0][0]
#: Those in which a function of the caller has a part, which gets the sequences first.
IN_ROWS_ONLY = ("opaque_function", "list_of_values")


def assert_close(found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Compare results number by number; those of unknown shape are arrays of arrays."""
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert np.shape(found[name]) == np.shape(value), name
        for own, other in zip(np.ravel(found[name]), np.ravel(value), strict=True):
            np.testing.assert_allclose(own, other, rtol=1e-12, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("name", HAND_MADE)
def test_a_kernel_gives_the_plain_answer(name: str) -> None:
    made, results = HAND_MADE[name](), dict[str, Any]()
    for numbers in made.runs:
        given = made.handed_in(results)
        results = run_as_numpy(made.kernel, numbers, given, functions=made.functions, routines=made.routines)
    assert_close(results, made.expected)


# Other lengths --------------------------------------------------------------------------------------------------------


def calls_of(made: HandMade, sequences: int) -> Iterator[dict[str, int]]:
    """Yield the numbers of calls of other lengths: short ones in all combinations."""
    known = made.runs[0]
    axes = [own for own in known if own.startswith("#") and " " not in own]
    for lengths in product((0, 1, 2, 3, 5, 9), repeat=len(axes)):
        if len(axes) > 1 and max(lengths) > 3 and sorted(lengths)[-2] > 2:
            continue
        numbers = {own: number for own, number in known.items() if own.startswith("# size")}
        numbers |= dict(zip(axes, lengths, strict=True))
        if SEQUENCES_CALLED in known:
            numbers[SEQUENCES_CALLED] = sequences
        if made.accepts({axis.removeprefix("#"): numbers[axis] for axis in axes}):
            yield from told_beside(made, numbers)


def told_beside(made: HandMade, numbers: dict[str, int]) -> Iterator[dict[str, int]]:
    """Yield the numbers of a call with those that it is told beside, all at their first and all at their last."""
    for is_last in (False, True) if made.told else (True,):
        found = dict(numbers)
        for one in made.told:
            first, last = one.first.number(found), one.last.number(found)
            found[one.index] = last if is_last else first
            if first > last:
                break
        else:
            yield found


def arguments_of(kernel: Kernel, numbers: Mapping[str, int], seed: int) -> dict[str, Any]:
    """Return small whole numbers and halves for all arguments, with margins of zeros."""
    random = np.random.default_rng(seed)
    found: dict[str, Any] = {}
    for buffer in kernel.arguments:
        shape = [dim.extent.number(numbers) for dim in buffer.dims]
        found[buffer.name] = with_margins(
            buffer, random.integers(0, 4, size=shape) / (1 if buffer.numbers == "whole" else 2)
        )
        if not buffer.is_shaped and not buffer.dims:
            found[buffer.name] = random.normal(size=2)
    return found


def checked_kernel(made: HandMade, kernel: Kernel, numbers: Mapping[str, int], **written: Any) -> None:
    """Compare what is written of a kernel with the interpreter."""
    given = arguments_of(kernel, numbers, sum(numbers.values()))
    called = {"functions": made.functions, "routines": made.routines}
    expected = run_kernel(kernel, numbers, given, **called)
    found = run_as_numpy(kernel, numbers, given, **called, **written)
    try:
        assert_close(found, expected)
    except AssertionError as error:
        raise AssertionError(f"{numbers}\n{numpy_text(kernel, numbers)}") from error


@pytest.mark.parametrize("name", HAND_MADE)
def test_a_kernel_means_the_same_at_all_lengths(name: str) -> None:
    made = HAND_MADE[name]()
    for sequences in (1, 3):
        for numbers in calls_of(made, sequences):
            checked_kernel(made, made.kernel, numbers)


@pytest.mark.parametrize("name", HAND_MADE)
def test_a_batch_of_several_dimensions_or_none(name: str) -> None:
    made = HAND_MADE[name]()
    kernel = in_rows(made.kernel)
    has_span = SEQUENCES_CALLED in {own for one in made.told for own, _ in getattr(one.last, "terms", ())}
    for numbers in calls_of(made, 4):
        if SEQUENCES_CALLED in numbers and not has_span and max(numbers.values()) < 6:
            checked_kernel(made, kernel, numbers, batch=(2, 2))
            alone = {**numbers, SEQUENCES_CALLED: 1}
            checked_kernel(made, kernel, alone, batch=())
            checked_kernel(made, kernel, alone, has_batch=False)
        elif SEQUENCES_CALLED not in numbers:
            checked_kernel(made, kernel, numbers, has_batch=False)


@pytest.mark.parametrize("laid_out", [in_rows, in_columns])
@pytest.mark.parametrize("name", SMALL)
def test_a_small_kernel_means_the_same_in_both_layouts(name: str, laid_out: Callable[[Kernel], Kernel]) -> None:
    kernel = laid_out(SMALL[name]())
    made = HandMade(kernel, (), {}, {}, routines={"sorted_and_sum": sorted_and_sum})
    for steps, rows, sequences in product((0, 1, 2, 4, 5), (0, 1, 2, 3), (1, 3)):
        numbers = {"#t": steps, "#i": rows, SEQUENCES_CALLED: sequences, "# size m": 3}
        checked_kernel(made, kernel, numbers)
        if laid_out is in_rows and sequences == 1:
            checked_kernel(made, kernel, numbers, batch=())
            checked_kernel(made, kernel, numbers, has_batch=False)


# The other layout -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in HAND_MADE if name not in IN_ROWS_ONLY])
def test_rows_and_columns_mean_the_same(name: str) -> None:
    made = HAND_MADE[name]()
    rows, columns = in_rows(made.kernel), in_columns(made.kernel)
    assert not is_in_columns(rows)
    with_both = [one for one in buffers_of(rows) if {"size", "sequences"} <= {dim.role for dim in one.dims}]
    assert is_in_columns(columns) == bool(with_both)
    for sequences in (1, 3):
        for numbers in calls_of(made, sequences):
            for kernel in (rows, columns):
                checked_kernel(made, kernel, numbers)
