"""The functions that programs call: with a batch, without one, and what they say of what does not fit."""

from __future__ import annotations

import copy
import itertools
import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.special

from unfoldgraph.program import runtime

RANDOM = np.random.default_rng(13)
BATCHES: tuple[tuple[int, ...], ...] = ((), (3,), (2, 3))


def numbers(*shape: int) -> np.ndarray:
    return RANDOM.normal(size=shape)


def refused(call: Callable[[], object]) -> str:
    with pytest.raises((ValueError, TypeError)) as caught:
        call()
    return str(caught.value)


# Arguments ------------------------------------------------------------------------------------------


def test_results_are_attributes_and_may_be_copied() -> None:
    result = runtime._Result(h=1, keys=2)
    assert (result.h, result.keys, result["keys"]) == (1, 2, 2)
    for other in (copy.deepcopy(result), pickle.loads(pickle.dumps(result))):
        assert type(other) is runtime._Result and dict(other) == dict(result)


def test_plain_arrays_are_returned_as_they_are() -> None:
    x, W = numbers(5, 4), numbers(4, 4)
    found, sizes, batch, dtype = runtime._arrays(x=(x, "steps", "m"), W=(W, "m", "m"), h0=(0, "m"), _scalars=("h0",))
    assert found[0] is x and found[1] is W
    assert sizes == {"steps": 5, "m": 4} and batch == () and dtype is np.float64
    assert found[2].tolist() == [0.0] * 4
    assert runtime._plain_arrays({"x": (x, "steps", "m")}, (), ()) is not None


@pytest.mark.parametrize("value", [3, 2.5, -0.0, 2**60])
def test_plain_numbers_are_arrays_of_the_shape_that_others_tell(value: float) -> None:
    given = {"a": (value,), "h0": (value, "m", 3), "b": (numbers(4), "m"), "skipped": (value, "m")}
    for way in (runtime._plain_arrays, runtime._converted_arrays):
        made = way(given, ("h0", "skipped"), ("skipped",))
        assert made is not None
        found, sizes, batch, dtype = made
        assert [array.shape for array in found] == [(), (4, 3), (4,)]
        assert [array.dtype for array in found] == [np.float64] * 3
        assert (found[1] == value).all() and np.signbit(found[0]) == np.signbit(value)
        assert (sizes, batch, dtype) == ({"m": 4}, (), np.float64)


@pytest.mark.parametrize(
    "given",
    [
        {"x": (numbers(2, 3).astype(np.float32), 2, "m")},
        {"x": (numbers(2, 3).astype(">f8"), 2, "m")},
        {"x": (numbers(7, 2, 3), 2, "m")},
        {"x": (numbers(2, 3).tolist(), 2, "m")},
        {"x": (np.ma.array(numbers(2, 3)), 2, "m")},
        {"x": (np.arange(6).reshape(2, 3), 2, "m")},
        {"x": (numbers(2, 3), 2, ...)},
        {"x": (numbers(2, 3), 3, "m")},
        {"x": (numbers(2, 3), "m", "m")},
        {"x": (numbers(3), "m"), "y": (True,)},
        {"x": (numbers(3), "m"), "y": (None,)},
        {"x": (numbers(3), "m"), "y": (2**64,)},
        {"x": (numbers(3), "m"), "y": (0, "n")},
        {"x": (1.0, "m")},
    ],
)
def test_what_is_not_plain_takes_the_other_way(given: dict[str, Any]) -> None:
    assert runtime._plain_arrays(given, ("y",), ()) is None


def test_arrays_are_converted_to_one_type() -> None:
    single = numbers(3).astype(np.float32)
    found, _, batch, dtype = runtime._arrays(x=(single, "m"), a=([1, 2],), b=(0.5,))
    assert dtype is np.float32 and {array.dtype for array in found} == {np.dtype(np.float32)}
    assert batch == (2,)
    assert runtime._arrays(x=(single, "m"), y=(numbers(3), "m"))[3] is np.float64
    assert runtime._arrays(x=([1, 2], "m"))[3] is np.float64


def test_batches_are_broadcast_and_a_last_dimension_may_be_there() -> None:
    found, sizes, batch, _ = runtime._arrays(
        x=(numbers(2, 1, 5, 4), "steps", "m"), W=(numbers(3, 4, 4), "m", "m"), h0=(1, "m"), p=(numbers(6), ...),
        q=(2.0, ...), skipped=(None, "m"), _scalars=("h0",), _optional=("skipped",),
    )  # fmt: skip
    assert batch == (2, 3) and len(found) == 5
    assert sizes == {"steps": 5, "m": 4, "size of p": 6}
    assert found[2].shape == (4,)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"x": (numbers(3), "steps", "n")}, "x: expected shape (*batch, steps, n), got (3,)"),
        (
            {"W": (numbers(4, 4), "m", "m"), "b": (numbers(3), "m")},
            "b: expected shape (*batch, m) with m = 4, got (3,)",
        ),
        ({"x": (numbers(3), 2)}, "x: expected shape (*batch, 2), got (3,)"),
        ({"x": ([[1], [1, 2]], "n")}, "x: expected numbers of shape (*batch, n), got rows of different lengths"),
        ({"x": (None, "n")}, "x: expected numbers of shape (*batch, n), got nothing"),
        ({"x": ("abc", ...)}, "x: expected numbers of shape (*batch, ...), got dtype <U3 of shape ()"),
        (
            {"x": ([np.ma.array([1, 2], mask=[0, 1])], "n")},
            "x: expected numbers of shape (*batch, n), got an array with a mask: fill it, as with array.filled(0)",
        ),
        (
            {"x": (numbers(2, 3), "n"), "y": (numbers(4, 3), "n")},
            "these batch dimensions do not broadcast together: x (2,), y (4,)",
        ),
        ({"z": (0, "k")}, "no array says how large 'k' is"),
    ],
)
def test_arrays_that_do_not_fit(given: dict[str, Any], words: str) -> None:
    assert refused(lambda: runtime._arrays(**given, _scalars=("z",))) == words


def test_what_refers_to_itself_holds_no_mask() -> None:
    value: list[Any] = [1]
    value.append(value)
    assert not runtime._is_masked(value)
    assert refused(lambda: runtime._array("x: expected numbers", value)).startswith("x: expected numbers, got ")


# Lengths --------------------------------------------------------------------------------------------


def test_the_number_of_steps() -> None:
    assert runtime._number_of_steps(4, None, "t") == 4
    assert runtime._number_of_steps(None, [3, 5, 1], "t") == 5
    assert runtime._number_of_steps(None, [], "t") == 0
    assert runtime._number_of_steps({"i": 2, "j": 3}, None, "j", "i") == 3
    assert type(runtime._number_of_steps(np.int32(3), None, "t")) is int


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((None, None, "t"), "steps: expected a whole number from 0, got None"),
        ((True, None, "t"), "steps: expected a whole number from 0, got True"),
        ((-1, None, "t"), "steps: expected a whole number from 0, got -1"),
        ((3, None, "i", "j"), "steps: expected a number for each of i, j, got 3"),
        (({"j": 3}, None, "i", "j"), "steps: expected a number for 'i', got {'j': 3}"),
        (({"i": 2.5}, None, "i", "j"), "steps['i']: expected a whole number from 0, got 2.5"),
        ((None, [1.5], "t"), "lengths: expected whole numbers, got float64"),
        ((None, "abc", "t"), "lengths: expected whole numbers, got dtype <U3 of shape ()"),
    ],
)
def test_steps_that_are_none(arguments: tuple[Any, ...], words: str) -> None:
    assert refused(lambda: runtime._number_of_steps(*arguments)) == words


def test_ends_of_sequences() -> None:
    assert runtime._ends([3, 1], {"t": 4}, ()).tolist() == [[3], [1]]
    assert runtime._ends({"j": [[1], [2]]}, {"i": 4, "j": 2}, (1, 3)).tolist() == [[[4, 1]] * 3, [[4, 2]] * 3]
    assert refused(lambda: runtime._ends(3, {"i": 4, "j": 2}, ())).endswith("a dictionary with those of i, j")
    assert refused(lambda: runtime._ends({"k": 3}, {"t": 4}, ())) == "lengths: 'k' is none of the axes t"
    assert refused(lambda: runtime._ends([5, 1], {"t": 4}, ())) == "lengths: expected numbers from 0 to 4, got 1 to 5"
    assert refused(lambda: runtime._ends([1, 1], {"t": 4}, (3,))) == (
        "lengths: (2,) do not broadcast with the batch (3,)"
    )


def test_results_are_cut_off_at_the_ends() -> None:
    h, c = np.ones((2, 3, 5)), np.ones((3, 2))
    results = {"h": h}
    found = runtime._cut_off(results, [2, 0], {"t": 3}, (2,), {"h": ("t",)})
    assert found["h"].sum(axis=(1, 2)).tolist() == [10, 0]
    assert type(found) is dict and results["h"] is h and h.all()
    found = runtime._cut_off({"c": c}, {"i": [1, 3], "j": 1}, {"i": 3, "j": 2}, (), {"c": ("i", "j")})
    assert found["c"].tolist() == [[[1, 0], [0, 0], [0, 0]], [[1, 0], [1, 0], [1, 0]]]


def test_sequences_of_equal_lengths_are_computed_together() -> None:
    calls = []

    def program(x: np.ndarray, w: Any, steps: int, note: str) -> dict[str, np.ndarray]:
        calls.append((x.shape, steps, note))
        return {"h": w * x[..., ::-1], "last": x[..., :1].sum(-1)}

    x = numbers(3, 4)
    found = runtime._by_length(
        program, [2, 4, 2], {"t": ("steps", 4)}, {"x": (x, "steps"), "w": (2.0,)}, (3,), {"h": ("t",), "last": ()},
        {"note": "told"}, ("t",),
    )  # fmt: skip
    assert calls == [((2, 2), 2, "told"), ((1, 4), 4, "told")]
    for sequence, end in enumerate([2, 4, 2]):
        np.testing.assert_array_equal(found.h[sequence, :end], 2 * x[sequence, :end][::-1])
        assert not found.h[sequence, end:].any() and found.last[sequence] == x[sequence, 0]


def test_what_is_left_out_stays_so_for_sequences_of_every_length() -> None:
    def program(x: np.ndarray, z: Any = None) -> dict[str, np.ndarray]:
        assert z is None
        return {"h": x + 1}

    given = {"x": (np.zeros((2, 3)), "steps"), "z": (None, "steps")}
    found = runtime._by_length(program, [1, 3], {"t": ("steps", 3)}, given, (2,), {"h": ("t",)})
    assert found.h.tolist() == [[1, 0, 0], [1, 1, 1]]


def test_no_sequence_has_results_too() -> None:
    def program(x: np.ndarray) -> dict[str, np.ndarray]:
        return {"h": x}

    given = {"x": (np.zeros((0, 4)), "steps")}
    found = runtime._by_length(program, [], {"t": ("steps", 4)}, given, (0,), {"h": ("t",)})
    assert found.h.shape == (0, 4)


# The order of dimensions ----------------------------------------------------------------------------


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("rank", [0, 1, 2])
@pytest.mark.parametrize("axes", [1, 2])
def test_steps_first_and_back(batch: tuple[int, ...], rank: int, axes: int) -> None:
    steps, shape = (5, 6)[:axes], (2, 4)[:rank]
    values = numbers(*batch, *steps, *shape)
    first = runtime._time_first(values, rank, batch, axes)
    assert first.shape == (*steps, *batch, *shape)
    np.testing.assert_array_equal(runtime._batch_first(first, rank, batch, axes), values)
    # What has fewer dimensions than the batch has ones for the others.
    shared = numbers(*steps, *shape)
    first = runtime._time_first(shared, rank, batch, axes)
    assert first.shape == (*steps, *[1] * len(batch), *shape)
    np.testing.assert_array_equal(
        runtime._batch_first(first, rank, batch, axes), np.broadcast_to(shared, (*batch, *shared.shape))
    )
    before, after = (1, 2)[:axes], (3, 0)[:axes]
    sides = (before, after) if axes > 1 else (1, 3)
    whole = runtime._whole(shared, rank, batch, *sides, axes)
    inside = tuple(slice(first, first + length) for first, length in zip(before, steps, strict=True))
    assert whole.shape[:axes] == tuple(sum(each) for each in zip(before, steps, after, strict=True))
    np.testing.assert_array_equal(whole[inside], np.broadcast_to(first, (*steps, *batch, *shape)))
    whole[inside] = 0
    assert not whole.any() and shared.all()


def test_vectors_or_numbers_of_each_step() -> None:
    assert runtime._whole(numbers(5), None, (3,)).shape == (5,)
    assert runtime._whole(numbers(5, 2), None, (3,), before=1).shape == (6, 3, 2)
    assert runtime._places(numbers(2), numbers(7, 3, 4), (3,)).shape == (2, 1, 1)
    assert runtime._places(numbers(2, 4), numbers(7, 3, 4), (3,)).shape == (2, 3, 4)


def test_values_are_put_beside_those_given() -> None:
    places = np.zeros((3, 3))
    runtime._put(places, 1, 0, (slice(None), 2))
    assert places.tolist() == [[0, 0, 0], [1, 1, 0], [1, 1, 0]]


def test_the_diagonal_of_two_axes() -> None:
    values = numbers(4, 3, 4, 2)
    np.testing.assert_array_equal(runtime._diagonal(values, 0, 2), [values[place, :, place] for place in range(4)])


# Wavefronts -----------------------------------------------------------------------------------------


def on_fronts(lengths: tuple[int, ...], directions: Any, times: Any) -> list[tuple[int, ...]]:
    """Return the places on wavefronts, in order, one by one."""
    return [place for place in np.ndindex(lengths) if (np.dot(directions, place) == times).all()]


def found_on(front: tuple[np.ndarray, ...]) -> list[tuple[int, ...]]:
    assert {each.dtype for each in front} == {np.dtype(np.intp)}
    return list(zip(*(each.tolist() for each in front), strict=True))


@pytest.mark.parametrize("lengths", [(0, 3), (3, 0), (1, 1), (4, 3), (3, 5)])
def test_fronts_of_two_axes_are_lines(lengths: tuple[int, int]) -> None:
    for direction in itertools.product((-4, -2, -1, 0, 1, 3, 6), (-3, -2, -1, 0, 1, 2)):
        fronts = runtime._fronts(lengths, direction)
        for time in range(-12, 13):
            assert found_on(fronts(time)) == on_fronts(lengths, direction, time)


@pytest.mark.parametrize(
    ("lengths", "directions"),
    [
        ((4, 3, 2), [(1, 1, 1)]),
        ((4, 3, 2), [(2, -1, 3)]),
        ((3, 2, 4), [(-1, -1, -2)]),
        ((3, 3), [(1, 1), (1, -1)]),
        ((3, 4, 2), [(1, 0, 1), (-2, 1, 0)]),
        ((2, 3, 2, 2), [(1, 1, 1, 1), (0, 1, 0, -1), (1, 0, 0, 0)]),
        ((5,), [(2,)]),
        ((3, 0, 2), [(1, 1, 1)]),
        # More fronts than sixteen bits number.
        ((3, 2, 3), [(40_000, 1, -30_000)]),
    ],
)
def test_fronts_of_several_axes_and_directions(lengths: tuple[int, ...], directions: list[tuple[int, ...]]) -> None:
    fronts = runtime._fronts(lengths, *directions)
    times = {tuple(np.dot(directions, place).tolist()) for place in np.ndindex(lengths)}
    times |= {tuple(time + change for time in each) for each in times for change in (-1, 1)}
    for each in times | {(0,) * len(directions), (-99,) * len(directions)}:
        assert found_on(fronts(*each)) == on_fronts(lengths, directions, each)


def test_places_are_grouped_in_few_words() -> None:
    import tracemalloc

    tracemalloc.start()
    fronts = runtime._fronts((30, 30, 30), (1, 1, 1))
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(fronts(87)[0]) == 1
    assert kept < 0.7 * 8 * 30**3 and peak < 3 * 8 * 30**3


# Sums over a batch ----------------------------------------------------------------------------------


def test_sums_over_all_dimensions_of_a_batch() -> None:
    values = numbers(5, 2, 3, 4)
    np.testing.assert_allclose(runtime._over_batch(values, 1, 1), values.sum(axis=(1, 2)))
    assert runtime._over_batch(values, 1, 1, keepdims=True).shape == (5, 1, 1, 4)
    assert runtime._over_batch(values[0, 0, 0], 0, 1).shape == (4,)


# Reads by value -------------------------------------------------------------------------------------


def test_gathered_from_every_sequence() -> None:
    values, places = numbers(5, 3, 2), np.array([[0, 4, 2], [5, -1, 1]])
    found = runtime._gather(values, 0, places, shared=1)
    for row, sequence in np.ndindex(2, 3):
        place = places[row, sequence]
        expected = values[place, sequence] if 0 <= place < 5 else np.zeros(2)
        np.testing.assert_array_equal(found[row, sequence], expected)
    # The sequences of either may be one.
    np.testing.assert_array_equal(
        runtime._gather(values[:, :1], 0, places, shared=1),
        runtime._gather(np.repeat(values[:, :1], 3, axis=1), 0, places, shared=1),
    )
    np.testing.assert_array_equal(runtime._gather(values, 0, np.array([3]), shared=1), values[3])


def test_gathered_from_what_all_share() -> None:
    values = numbers(4, 2)
    np.testing.assert_array_equal(runtime._gather(values, 0, np.array([[3, 0], [1, 1]])), values[[[3, 0], [1, 1]]])
    np.testing.assert_array_equal(runtime._gather(values, -1, 1.0), values[:, 1])
    assert runtime._gather(values, -1, 2, off=7).tolist() == [7] * 4


def test_gathered_entries_of_values() -> None:
    tables = numbers(3, 4, 2)
    np.testing.assert_array_equal(
        runtime._gather(tables, -2, np.array([1, 0, 3]), shared=1), tables[[0, 1, 2], [1, 0, 3]]
    )


def test_what_is_no_place_is_off() -> None:
    values = np.array([1.0, 2.0, 3.0], np.float32)
    found = runtime._gather(values, 0, np.array([0.5, np.nan, np.inf, -1, 3, 1e300, 2]), off=np.arange(7) + 10.0)
    assert found.tolist() == [10, 11, 12, 13, 14, 15, 3] and found.dtype == np.float32
    found = runtime._gather(np.zeros((0, 3, 2), np.float32), 0, np.array([[1], [0]]), shared=1, off=5)
    assert found.shape == (2, 3, 2) and (found == 5).all() and found.dtype == np.float32


# Values for every sequence --------------------------------------------------------------------------


def test_numbers_that_are_too_large_for_a_type_are_infinite_without_a_word() -> None:
    with np.errstate(all="raise"):
        (_, number), *_ = runtime._arrays(x=(np.ones(2, np.float32), "m"), a=(1e300,))
        assert number.dtype == np.float32 and number == np.inf
        assert runtime._for_batch(-1e300, (2,), np.float32).tolist() == [-np.inf, -np.inf]


@pytest.mark.parametrize("batch", BATCHES)
def test_values_for_every_sequence(batch: tuple[int, ...]) -> None:
    value = numbers(4)
    whole = np.broadcast_to(value, (*batch, 4))
    own = runtime._for_batch(value, (*batch, 4), np.float32)
    np.testing.assert_array_equal(own, whole.astype(np.float32))
    assert own.dtype == np.float32 and not np.shares_memory(own, value)
    kept = runtime._for_batch(whole, (*batch, 4), np.float64)
    assert not np.shares_memory(kept, value)
    assert runtime._for_batch(2.5, (*batch, 4), np.float64).shape == (*batch, 4)
    np.testing.assert_array_equal(runtime._for_each(value, None, batch), whole)
    np.testing.assert_array_equal(runtime._for_each(value, 1, batch), whole)
    assert runtime._for_each(np.array(2.0), None, batch).shape == ()
    assert not runtime._for_each(value, None, batch).flags.writeable
    np.testing.assert_array_equal(runtime._for_all(value, batch), whole)
    assert runtime._of_any_shape(2.0, batch).shape == batch
    assert runtime._of_any_shape(whole, batch).flags.writeable


@pytest.mark.parametrize("batch", BATCHES)
def test_values_of_all_steps(batch: tuple[int, ...]) -> None:
    vectors = [numbers(*batch, 2) for _ in range(3)]
    np.testing.assert_array_equal(runtime._stacked(vectors, batch, np.float64), np.stack(vectors, len(batch)))
    mixed = runtime._stacked([vectors[0], np.ones(batch)], batch, np.float64)
    assert mixed.shape == (*batch, 2, 2) and (mixed[..., 1, :] == 1).all()
    two = runtime._stacked([vectors, vectors], batch, np.float64, (2, 3))
    assert two.shape == (*batch, 2, 3, 2)
    np.testing.assert_array_equal(two[..., 1, 2, :], vectors[2])
    assert runtime._stacked([], batch, np.float32).shape == (*batch, 0)
    assert runtime._stacked([[], []], batch, np.float32, (2, 0)).dtype == np.float32


def test_steps_on_which_no_sequence_had_a_part() -> None:
    assert runtime._stacked([np.ones((2, 5))] * 4, (), np.float64).shape == (4, 2, 5)
    assert runtime._stacked([np.ones(7)] * 4, (3,), np.float64).shape == (3, 4, 7)


def test_what_functions_return() -> None:
    value = numbers(3)
    found = runtime._numbers("f", value, np.float32)
    assert found.dtype == np.float32 and not np.shares_memory(found, value)
    assert runtime._numbers("f", 2, np.float64).shape == ()
    assert runtime._numbers("f", 2, np.float64, (3,)).tolist() == [2, 2, 2]
    assert runtime._returned("f", value, (3,), np.float64).shape == (3,)
    assert runtime._returned("f", value, (...,), np.float64).shape == (3,)
    assert runtime._of_shape("f(x)", value, (...,)) is value
    for call, words in (
        (lambda: runtime._numbers("f", None, float), "f: expected to get numbers from it, got nothing: has it no ret"),
        (lambda: runtime._numbers("f", "a", float), "f: expected to get numbers from it, got dtype <U1 of shape ()"),
        (lambda: runtime._numbers("f", value, float, (2,)), "f: expected to get an array of shape (2, ...) from it, g"),
        (lambda: runtime._returned("f", value, (..., 2), float), "f: expected to get an array of shape (..., 2) from"),
        (lambda: runtime._of_shape("f(x)", value, (4,)), "f(x): expected an array of shape (4,), got (3,)"),
    ):
        assert refused(call).startswith(words)


def test_numbers_beside_what_has_entries() -> None:
    number, vector = numbers(3), numbers(3, 4)
    assert runtime._widen(number, (3,), vector).shape == (3, 1)
    assert runtime._widen(number, (3,), (..., 2)).shape == (3, 1, 1)
    assert runtime._widen(vector, (3,), number) is vector
    assert runtime._widen(number, (3,), number) is number
    assert refused(lambda: runtime._widen(vector, (3,), (5,))) == (
        "what a function returned made a value of shape (4,), beside one of (5,)"
    )


def test_entries_of_what_has_any_shape() -> None:
    values = numbers(3, 4, 2)
    np.testing.assert_array_equal(runtime._entry(values, (3,), 1, slice(1)), values[:, 1, :1])
    assert runtime._entries(values, (3,)).shape == (3, 8)
    assert runtime._entries(numbers(3), (3,)).shape == (3, 1)


# Operations -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("leading", [(), (5,), (5, 4)])
def test_operations_on_the_last_dimensions(leading: tuple[int, ...]) -> None:
    W, v, w = numbers(3, 4), numbers(*leading, 4), numbers(*leading, 2)
    own = numbers(*leading, 3, 4)
    np.testing.assert_allclose(runtime._apply(W, v), np.einsum("ij,...j->...i", W, v))
    np.testing.assert_allclose(runtime._apply(own, v), np.einsum("...ij,...j->...i", own, v))
    np.testing.assert_allclose(runtime._outer(v, w), np.einsum("...i,...j->...ij", v, w))
    joined = runtime._concat(v, w, np.zeros(1))
    assert joined.shape == (*leading, 7) and not joined[..., 6].any()
    np.testing.assert_array_equal(joined[..., :4], v)
    np.testing.assert_array_equal(joined[..., 4:6], w)
    np.testing.assert_array_equal(runtime._concat(v[..., None], w[..., None], axis=-2)[..., 0], joined[..., :6])
    assert runtime._concat(numbers(2, 1), numbers(*leading, 4, 3), axis=-2).shape == (*leading, 6, 3)
    stacked = runtime._stack(-2, v, v[..., :1])
    assert stacked.shape == (*leading, 2, 4)
    np.testing.assert_array_equal(stacked[..., 0, :], v)
    assert (stacked[..., 1, :] == v[..., :1]).all()
    np.testing.assert_allclose(runtime._softmax(v).sum(-1), np.ones(leading))
    np.testing.assert_allclose(np.log(runtime._softmax(v)), runtime._logsoftmax(v))
    for function in (runtime._softmax, runtime._logsoftmax):
        turned = function(np.moveaxis(v, -1, 0), axis=0)
        np.testing.assert_allclose(np.moveaxis(turned, 0, -1), function(v))


def test_softmax_of_large_numbers() -> None:
    v = np.array([1000.0, 0.0])
    assert runtime._softmax(v).tolist() == [1, 0] and runtime._logsoftmax(v).tolist() == [0, -1000]


def test_the_logarithm_of_a_sum_of_large_and_of_infinite_numbers() -> None:
    rows = numbers(4, 3) * 1000
    rows[1:, 0] = [np.inf, -np.inf, np.nan]
    rows = np.concatenate([rows, np.full((1, 3), -np.inf)])
    with np.errstate(divide="ignore"):
        found = runtime._logsumexp(rows)
        np.testing.assert_allclose(found, [scipy.special.logsumexp(row) for row in rows], rtol=1e-14)
        np.testing.assert_array_equal(runtime._logsumexp(rows.T, axis=-2), found)
        assert runtime._logsumexp(np.zeros((2, 0))).tolist() == [-np.inf, -np.inf]
    assert runtime._logsumexp(rows[:1].astype(np.float32)).dtype == np.float32


def test_the_error_function_within_two_units_of_the_last_place() -> None:
    beside = [np.nextafter(edge, side) for edge in (1, 6) for side in (0, edge, 9)]
    sizes = np.concatenate(
        [np.linspace(0, 6.5, 200_001), np.linspace(0.999, 1.001, 20_001), np.geomspace(5e-324, 1e308, 100_001), beside]
    )
    values = np.concatenate([sizes, -sizes])
    wanted = np.array([math.erf(value) for value in values.tolist()])
    with np.errstate(all="raise", under="ignore"):
        found = runtime._erf(values)
        assert np.all(np.abs(found - wanted) <= 2 * np.spacing(np.abs(wanted)))
        assert np.array_equal(np.signbit(found), np.signbit(values))
        np.testing.assert_array_equal(runtime._erf(np.array([np.inf, -np.inf, np.nan])), [1, -1, np.nan])
    values = np.clip(values, -1e30, 1e30)
    single = runtime._erf(values.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, wanted, rtol=1e-6, atol=1e-44)


def test_operations_entry_by_entry() -> None:
    a, b, c = numbers(3, 4), numbers(4), numbers(3, 1)
    assert runtime._sigmoid(np.zeros(2)).tolist() == [0.5, 0.5]
    np.testing.assert_array_equal(runtime._least(a, b, c), np.minimum(np.minimum(a, b), c))
    np.testing.assert_array_equal(runtime._greatest(a, b, c), np.maximum(np.maximum(a, b), c))
    assert runtime._least(a) is a


def test_one_hot_and_the_greatest() -> None:
    found = runtime._one_hot(np.array([0, 2, 5]), 3, np.float32)
    assert found.tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 0]] and found.dtype == np.float32
    v = np.array([[[1.0, 5.0], [5.0, 2.0]], [[3.0, 1.0], [2.0, 0.0]]])
    assert runtime._argmax_entry(v, 2, np.float32).tolist() == [1, 0]
    assert runtime._argmax_entry(v, 1, np.float64).tolist() == [[1, 0], [0, 0]]
    assert np.isnan(runtime._argmax_entry(np.zeros((2, 0)), 1, np.float64)).tolist() == [True, True]
    assert runtime._argmax_entry(np.zeros((0, 3)), 1, np.float64).shape == (0,)
    assert runtime._argmax_step(v, 0, np.float64).tolist() == [[2, 1], [1, 1]]
    assert np.isnan(runtime._argmax_step(np.zeros((3, 0)), 1, np.float64)).tolist() == [True] * 3


def test_what_is_the_same_at_every_step() -> None:
    assert runtime._repeat(np.array([1.0, 2.0]), 3, 0).tolist() == [[1, 2]] * 3
    assert runtime._repeat(np.array([1.0, 2.0]), 3, 1).tolist() == [[1, 1, 1], [2, 2, 2]]
