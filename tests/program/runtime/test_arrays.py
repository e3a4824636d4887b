"""The functions that programs call: with a batch, without one, and what they say of what does not fit."""

from __future__ import annotations

import copy
import itertools
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from unfoldgraph.program.runtime import arrays

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
    result = arrays._Result(h=1, keys=2)
    assert (result.h, result.keys, result["keys"]) == (1, 2, 2)
    for other in (copy.deepcopy(result), pickle.loads(pickle.dumps(result))):
        assert type(other) is arrays._Result and dict(other) == dict(result)


def test_plain_arrays_are_returned_as_they_are() -> None:
    x, W = numbers(5, 4), numbers(4, 4)
    found, sizes, batch, dtype = arrays._arrays(x=(x, "steps", "m"), W=(W, "m", "m"), h0=(0, "m"), _scalars=("h0",))
    assert found[0] is x and found[1] is W
    assert sizes == {"steps": 5, "m": 4} and batch == () and dtype is np.float64
    assert found[2].tolist() == [0.0] * 4
    assert arrays._plain_arrays({"x": (x, "steps", "m")}, (), ()) is not None


@pytest.mark.parametrize("value", [3, 2.5, -0.0, 2**60])
def test_plain_numbers_are_arrays_of_the_shape_that_others_tell(value: float) -> None:
    given = {"a": (value,), "h0": (value, "m", 3), "b": (numbers(4), "m"), "skipped": (value, "m")}
    for way in (arrays._plain_arrays, arrays._converted_arrays):
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
        {"x": (numbers(7, 2, 3), 2, "m"), "b": (numbers(5, 3), "m")},
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
    assert arrays._plain_arrays(given, ("y",), ()) is None


def test_a_batch_that_all_share_is_plain() -> None:
    given = {"x": (numbers(7, 2, 3), "steps", "m"), "b": (numbers(3), "m"), "s": (numbers(7),)}
    for way in (arrays._plain_arrays, arrays._converted_arrays):
        made = way(given, (), ())
        assert made is not None
        found, sizes, batch, _ = made
        assert all(one is value[0] for one, value in zip(found, given.values(), strict=True))
        assert (sizes, batch) == ({"steps": 2, "m": 3}, (7,))


def test_arrays_are_converted_to_one_type() -> None:
    single = numbers(3).astype(np.float32)
    found, _, batch, dtype = arrays._arrays(x=(single, "m"), a=([1, 2],), b=(0.5,))
    assert dtype is np.float32 and {array.dtype for array in found} == {np.dtype(np.float32)}
    assert batch == (2,)
    assert arrays._arrays(x=(single, "m"), y=(numbers(3), "m"))[3] is np.float64
    assert arrays._arrays(x=([1, 2], "m"))[3] is np.float64


def test_batches_are_broadcast_and_a_last_dimension_may_be_there() -> None:
    found, sizes, batch, _ = arrays._arrays(
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
        (
            {"x": ([[1], [1, 2]], "n")},
            "x: expected numbers of shape (*batch, n), got rows of different lengths: pad sequences, and give lengths=",
        ),
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
    assert refused(lambda: arrays._arrays(**given, _scalars=("z",))) == words


def test_what_refers_to_itself_holds_no_mask() -> None:
    value: list[Any] = [1]
    value.append(value)
    assert not arrays._is_masked(value)
    assert refused(lambda: arrays._array("x: expected numbers", value)).startswith("x: expected numbers, got ")


# Lengths --------------------------------------------------------------------------------------------


def test_the_number_of_steps() -> None:
    assert arrays._number_of_steps(4, None, "t") == 4
    assert arrays._number_of_steps(None, [3, 5, 1], "t") == 5
    assert arrays._number_of_steps(None, [], "t") == 0
    assert arrays._number_of_steps({"i": 2, "j": 3}, None, "j", "i") == 3
    assert type(arrays._number_of_steps(np.int32(3), None, "t")) is int


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
    assert refused(lambda: arrays._number_of_steps(*arguments)) == words


def test_ends_of_sequences() -> None:
    assert arrays._ends([3, 1], {"t": 4}, ()).tolist() == [[3], [1]]
    assert arrays._ends({"j": [[1], [2]]}, {"i": 4, "j": 2}, (1, 3)).tolist() == [[[4, 1]] * 3, [[4, 2]] * 3]
    assert refused(lambda: arrays._ends(3, {"i": 4, "j": 2}, ())).endswith("a dictionary with those of i, j")
    assert refused(lambda: arrays._ends({"k": 3}, {"t": 4}, ())) == "lengths: 'k' is none of the axes t"
    assert refused(lambda: arrays._ends([5, 1], {"t": 4}, ())) == "lengths: expected numbers from 0 to 4, got 1 to 5"
    assert refused(lambda: arrays._ends([1, 1], {"t": 4}, (3,))) == (
        "lengths: (2,) do not broadcast with the batch (3,)"
    )


def test_results_are_cut_off_at_the_ends() -> None:
    h, c = np.ones((2, 3, 5)), np.ones((3, 2))
    results = {"h": h}
    found = arrays._cut_off(results, [2, 0], {"t": 3}, (2,), {"h": ("t",)})
    assert found["h"].sum(axis=(1, 2)).tolist() == [10, 0]
    # The zeros are written into the arrays of the call.
    assert type(found) is dict and found["h"] is h
    found = arrays._cut_off({"c": c}, {"i": [1, 3], "j": 1}, {"i": 3, "j": 2}, (), {"c": ("i", "j")})
    assert found["c"].tolist() == [[[1, 0], [0, 0], [0, 0]], [[1, 0], [1, 0], [1, 0]]]


def test_sequences_of_equal_lengths_are_computed_together() -> None:
    calls = []

    def program(x: np.ndarray, w: Any, steps: int, note: str) -> dict[str, np.ndarray]:
        calls.append((x.shape, steps, note))
        return {"h": w * x[..., ::-1], "last": x[..., :1].sum(-1)}

    x = numbers(3, 4)
    found = arrays._by_length(
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
    found = arrays._by_length(program, [1, 3], {"t": ("steps", 3)}, given, (2,), {"h": ("t",)})
    assert found.h.tolist() == [[1, 0, 0], [1, 1, 1]]


def test_no_sequence_has_results_too() -> None:
    def program(x: np.ndarray) -> dict[str, np.ndarray]:
        return {"h": x}

    given = {"x": (np.zeros((0, 4)), "steps")}
    found = arrays._by_length(program, [], {"t": ("steps", 4)}, given, (0,), {"h": ("t",)})
    assert found.h.shape == (0, 4)


# The order of dimensions ----------------------------------------------------------------------------


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("rank", [0, 1, 2])
@pytest.mark.parametrize("axes", [1, 2])
def test_steps_first_and_back(batch: tuple[int, ...], rank: int, axes: int) -> None:
    steps, shape = (5, 6)[:axes], (2, 4)[:rank]
    values = numbers(*batch, *steps, *shape)
    first = arrays._time_first(values, rank, batch, axes)
    assert first.shape == (*steps, *batch, *shape)
    np.testing.assert_array_equal(arrays._batch_first(first, rank, batch, axes), values)
    # What has fewer dimensions than the batch has ones for the others.
    shared = numbers(*steps, *shape)
    first = arrays._time_first(shared, rank, batch, axes)
    assert first.shape == (*steps, *[1] * len(batch), *shape)
    np.testing.assert_array_equal(
        arrays._batch_first(first, rank, batch, axes), np.broadcast_to(shared, (*batch, *shared.shape))
    )
    before, after = (1, 2)[:axes], (3, 0)[:axes]
    sides = (before, after) if axes > 1 else (1, 3)
    whole = arrays._whole(shared, rank, batch, *sides, axes)
    inside = tuple(slice(first, first + length) for first, length in zip(before, steps, strict=True))
    assert whole.shape[:axes] == tuple(sum(each) for each in zip(before, steps, after, strict=True))
    np.testing.assert_array_equal(whole[inside], np.broadcast_to(first, (*steps, *batch, *shape)))
    whole[inside] = 0
    assert not whole.any() and shared.all()


def test_vectors_or_numbers_of_each_step() -> None:
    assert arrays._whole(numbers(5), None, (3,)).shape == (5,)
    assert arrays._whole(numbers(5, 2), None, (3,), before=1).shape == (6, 3, 2)
    assert arrays._places(numbers(2), numbers(7, 3, 4), (3,)).shape == (2, 1, 1)
    assert arrays._places(numbers(2, 4), numbers(7, 3, 4), (3,)).shape == (2, 3, 4)


def test_values_are_put_beside_those_given() -> None:
    places = np.zeros((3, 3))
    arrays._put(places, 1, 0, (slice(None), 2))
    assert places.tolist() == [[0, 0, 0], [1, 1, 0], [1, 1, 0]]


def test_the_diagonal_of_two_axes() -> None:
    values = numbers(4, 3, 4, 2)
    np.testing.assert_array_equal(arrays._diagonal(values, 0, 2), [values[place, :, place] for place in range(4)])


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
        fronts = arrays._fronts(lengths, direction)
        for time in range(-12, 13):
            assert found_on(fronts(time)) == on_fronts(lengths, direction, time)


@pytest.mark.parametrize("lengths", [(0, 3), (3, 0), (1, 1), (1, 4), (4, 1), (4, 3), (3, 5)])
def test_lines_are_slices_of_flat_arrays(lengths: tuple[int, int]) -> None:
    rows, columns = lengths
    straight = np.arange(rows * columns).reshape(lengths)
    numbers = ((columns, 1), (1, rows), (1, 0), (columns + 2, 1))
    flat = arrays._flat(straight), arrays._flat(straight.T), np.arange(rows), np.arange(rows * (columns + 2))
    for direction in itertools.product((-4, -2, -1, 1, 3, 6), (-3, -2, -1, 1, 2)):
        fronts = arrays._front_slices(lengths, direction, *numbers)
        for time in range(-12, 13):
            places = on_fronts(lengths, direction, time)
            own, turned, row, wide = (values[at].tolist() for values, at in zip(flat, fronts(time), strict=True))
            assert own == turned == [i * columns + j for i, j in places]
            assert row == [i for i, _ in places] and wide == [i * (columns + 2) + j for i, j in places]


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
    fronts = arrays._fronts(lengths, *directions)
    times = {tuple(np.dot(directions, place).tolist()) for place in np.ndindex(lengths)}
    times |= {tuple(time + change for time in each) for each in times for change in (-1, 1)}
    for each in times | {(0,) * len(directions), (-99,) * len(directions)}:
        assert found_on(fronts(*each)) == on_fronts(lengths, directions, each)


def test_places_are_grouped_in_few_words() -> None:
    import tracemalloc

    tracemalloc.start()
    fronts = arrays._fronts((30, 30, 30), (1, 1, 1))
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(fronts(87)[0]) == 1
    assert kept < 0.7 * 8 * 30**3 and peak < 3 * 8 * 30**3


# Sums over a batch ----------------------------------------------------------------------------------


def test_sums_over_all_dimensions_of_a_batch() -> None:
    values = numbers(5, 2, 3, 4)
    np.testing.assert_allclose(arrays._over_batch(values, 1, 1), values.sum(axis=(1, 2)))
    assert arrays._over_batch(values, 1, 1, keepdims=True).shape == (5, 1, 1, 4)
    assert arrays._over_batch(values[0, 0, 0], 0, 1).shape == (4,)


# Reads by value -------------------------------------------------------------------------------------


def test_gathered_from_every_sequence() -> None:
    values, places = numbers(5, 3, 2), np.array([[0, 4, 2], [5, -1, 1]])
    found = arrays._gather(values, 0, places, shared=1)
    for row, sequence in np.ndindex(2, 3):
        place = places[row, sequence]
        expected = values[place, sequence] if 0 <= place < 5 else np.zeros(2)
        np.testing.assert_array_equal(found[row, sequence], expected)
    # The sequences of either may be one.
    np.testing.assert_array_equal(
        arrays._gather(values[:, :1], 0, places, shared=1),
        arrays._gather(np.repeat(values[:, :1], 3, axis=1), 0, places, shared=1),
    )
    np.testing.assert_array_equal(arrays._gather(values, 0, np.array([3]), shared=1), values[3])


def test_gathered_from_what_all_share() -> None:
    values = numbers(4, 2)
    np.testing.assert_array_equal(arrays._gather(values, 0, np.array([[3, 0], [1, 1]])), values[[[3, 0], [1, 1]]])
    np.testing.assert_array_equal(arrays._gather(values, -1, 1.0), values[:, 1])
    assert arrays._gather(values, -1, 2, off=7).tolist() == [7] * 4


def test_gathered_entries_of_values() -> None:
    tables = numbers(3, 4, 2)
    np.testing.assert_array_equal(
        arrays._gather(tables, -2, np.array([1, 0, 3]), shared=1), tables[[0, 1, 2], [1, 0, 3]]
    )


def test_what_is_no_place_is_off() -> None:
    values = np.array([1.0, 2.0, 3.0], np.float32)
    found = arrays._gather(values, 0, np.array([0.5, np.nan, np.inf, -1, 3, 1e300, 2]), off=np.arange(7) + 10.0)
    assert found.tolist() == [10, 11, 12, 13, 14, 15, 3] and found.dtype == np.float32
    found = arrays._gather(np.zeros((0, 3, 2), np.float32), 0, np.array([[1], [0]]), shared=1, off=5)
    assert found.shape == (2, 3, 2) and (found == 5).all() and found.dtype == np.float32


# Values for every sequence --------------------------------------------------------------------------


def test_numbers_that_are_too_large_for_a_type_are_infinite_without_a_word() -> None:
    with np.errstate(all="raise"):
        (_, number), *_ = arrays._arrays(x=(np.ones(2, np.float32), "m"), a=(1e300,))
        assert number.dtype == np.float32 and number == np.inf
        assert arrays._for_batch(-1e300, (2,), np.float32).tolist() == [-np.inf, -np.inf]


@pytest.mark.parametrize("batch", BATCHES)
def test_values_for_every_sequence(batch: tuple[int, ...]) -> None:
    value = numbers(4)
    whole = np.broadcast_to(value, (*batch, 4))
    own = arrays._for_batch(value, (*batch, 4), np.float32)
    np.testing.assert_array_equal(own, whole.astype(np.float32))
    assert own.dtype == np.float32 and not np.shares_memory(own, value)
    kept = arrays._for_batch(whole, (*batch, 4), np.float64)
    assert not np.shares_memory(kept, value)
    assert arrays._for_batch(2.5, (*batch, 4), np.float64).shape == (*batch, 4)
    np.testing.assert_array_equal(arrays._for_each(value, None, batch), whole)
    np.testing.assert_array_equal(arrays._for_each(value, 1, batch), whole)
    assert arrays._for_each(np.array(2.0), None, batch).shape == ()
    assert not arrays._for_each(value, None, batch).flags.writeable
    np.testing.assert_array_equal(arrays._for_all(value, batch), whole)
    assert arrays._of_any_shape(2.0, batch).shape == batch
    assert arrays._of_any_shape(whole, batch).flags.writeable


@pytest.mark.parametrize("batch", BATCHES)
def test_values_of_all_steps(batch: tuple[int, ...]) -> None:
    vectors = [numbers(*batch, 2) for _ in range(3)]
    np.testing.assert_array_equal(arrays._stacked(vectors, batch, np.float64), np.stack(vectors, len(batch)))
    mixed = arrays._stacked([vectors[0], np.ones(batch)], batch, np.float64)
    assert mixed.shape == (*batch, 2, 2) and (mixed[..., 1, :] == 1).all()
    two = arrays._stacked([vectors, vectors], batch, np.float64, (2, 3))
    assert two.shape == (*batch, 2, 3, 2)
    np.testing.assert_array_equal(two[..., 1, 2, :], vectors[2])
    assert arrays._stacked([], batch, np.float32).shape == (*batch, 0)
    assert arrays._stacked([[], []], batch, np.float32, (2, 0)).dtype == np.float32


def test_steps_on_which_no_sequence_had_a_part() -> None:
    assert arrays._stacked([np.ones((2, 5))] * 4, (), np.float64).shape == (4, 2, 5)
    assert arrays._stacked([np.ones(7)] * 4, (3,), np.float64).shape == (3, 4, 7)


def test_what_functions_return() -> None:
    value = numbers(3)
    found = arrays._numbers("f", value, np.float32)
    assert found.dtype == np.float32 and not np.shares_memory(found, value)
    assert arrays._numbers("f", 2, np.float64).shape == ()
    assert arrays._numbers("f", 2, np.float64, (3,)).tolist() == [2, 2, 2]
    assert arrays._returned("f", value, (3,), np.float64).shape == (3,)
    assert arrays._returned("f", value, (...,), np.float64).shape == (3,)
    assert arrays._of_shape("f(x)", value, (...,)) is value
    for call, words in (
        (lambda: arrays._numbers("f", None, float), "f: expected to get numbers from it, got nothing: has it no ret"),
        (lambda: arrays._numbers("f", "a", float), "f: expected to get numbers from it, got dtype <U1 of shape ()"),
        (lambda: arrays._numbers("f", value, float, (2,)), "f: expected to get an array of shape (2, ...) from it, g"),
        (lambda: arrays._returned("f", value, (..., 2), float), "f: expected to get an array of shape (..., 2) from"),
        (lambda: arrays._of_shape("f(x)", value, (4,)), "f(x): expected an array of shape (4,), got (3,)"),
    ):
        assert refused(call).startswith(words)
