"""The functions that programs compute with: with a batch, without one, and what they say of what does not fit."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import scipy.special

from unfoldgraph.program.runtime import functions

RANDOM = np.random.default_rng(13)


def numbers(*shape: int) -> np.ndarray:
    return RANDOM.normal(size=shape)


def refused(call: Callable[[], object]) -> str:
    with pytest.raises((ValueError, TypeError)) as caught:
        call()
    return str(caught.value)


def test_numbers_beside_what_has_entries() -> None:
    number, vector = numbers(3), numbers(3, 4)
    assert functions._widen(number, (3,), vector).shape == (3, 1)
    assert functions._widen(number, (3,), (..., 2)).shape == (3, 1, 1)
    assert functions._widen(vector, (3,), number) is vector
    assert functions._widen(number, (3,), number) is number
    assert refused(lambda: functions._widen(vector, (3,), (5,))) == (
        "what a function returned made a value of shape (4,), beside one of (5,)"
    )


def test_entries_of_what_has_any_shape() -> None:
    values = numbers(3, 4, 2)
    np.testing.assert_array_equal(functions._entry(values, (3,), 1, slice(1)), values[:, 1, :1])
    assert functions._entries(values, (3,)).shape == (3, 8)
    assert functions._entries(numbers(3), (3,)).shape == (3, 1)


# Operations -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("leading", [(), (5,), (5, 4)])
def test_operations_on_the_last_dimensions(leading: tuple[int, ...]) -> None:
    W, v, w = numbers(3, 4), numbers(*leading, 4), numbers(*leading, 2)
    own = numbers(*leading, 3, 4)
    np.testing.assert_allclose(functions._apply(W, v), np.einsum("ij,...j->...i", W, v))
    np.testing.assert_allclose(functions._apply(own, v), np.einsum("...ij,...j->...i", own, v))
    np.testing.assert_allclose(functions._outer(v, w), np.einsum("...i,...j->...ij", v, w))
    joined = functions._concat(v, w, np.zeros(1))
    assert joined.shape == (*leading, 7) and not joined[..., 6].any()
    np.testing.assert_array_equal(joined[..., :4], v)
    np.testing.assert_array_equal(joined[..., 4:6], w)
    np.testing.assert_array_equal(functions._concat(v[..., None], w[..., None], axis=-2)[..., 0], joined[..., :6])
    assert functions._concat(numbers(2, 1), numbers(*leading, 4, 3), axis=-2).shape == (*leading, 6, 3)
    stacked = functions._stack(-2, v, v[..., :1])
    assert stacked.shape == (*leading, 2, 4)
    np.testing.assert_array_equal(stacked[..., 0, :], v)
    assert (stacked[..., 1, :] == v[..., :1]).all()
    np.testing.assert_allclose(functions._softmax(v).sum(-1), np.ones(leading))
    np.testing.assert_allclose(np.log(functions._softmax(v)), functions._logsoftmax(v))
    for function in (functions._softmax, functions._logsoftmax):
        turned = function(np.moveaxis(v, -1, 0), axis=0)
        np.testing.assert_allclose(np.moveaxis(turned, 0, -1), function(v))


def test_softmax_of_large_numbers() -> None:
    v = np.array([1000.0, 0.0])
    assert functions._softmax(v).tolist() == [1, 0] and functions._logsoftmax(v).tolist() == [0, -1000]


def test_the_logarithm_of_a_sum_of_large_and_of_infinite_numbers() -> None:
    rows = numbers(4, 3) * 1000
    rows[1:, 0] = [np.inf, -np.inf, np.nan]
    rows = np.concatenate([rows, np.full((1, 3), -np.inf)])
    with np.errstate(divide="ignore"):
        found = functions._logsumexp(rows)
        np.testing.assert_allclose(found, [scipy.special.logsumexp(row) for row in rows], rtol=1e-14)
        np.testing.assert_array_equal(functions._logsumexp(rows.T, axis=-2), found)
        assert functions._logsumexp(np.zeros((2, 0))).tolist() == [-np.inf, -np.inf]
    assert functions._logsumexp(rows[:1].astype(np.float32)).dtype == np.float32


def test_the_error_function_within_two_units_of_the_last_place() -> None:
    beside = [np.nextafter(edge, side) for edge in (1, 6) for side in (0, edge, 9)]
    sizes = np.concatenate(
        [np.linspace(0, 6.5, 200_001), np.linspace(0.999, 1.001, 20_001), np.geomspace(5e-324, 1e308, 100_001), beside]
    )
    values = np.concatenate([sizes, -sizes])
    wanted = np.array([math.erf(value) for value in values.tolist()])
    with np.errstate(all="raise", under="ignore"):
        found = functions._erf(values)
        assert np.all(np.abs(found - wanted) <= 2 * np.spacing(np.abs(wanted)))
        assert np.array_equal(np.signbit(found), np.signbit(values))
        np.testing.assert_array_equal(functions._erf(np.array([np.inf, -np.inf, np.nan])), [1, -1, np.nan])
    values = np.clip(values, -1e30, 1e30)
    single = functions._erf(values.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, wanted, rtol=1e-6, atol=1e-44)


def test_operations_entry_by_entry() -> None:
    a, b, c = numbers(3, 4), numbers(4), numbers(3, 1)
    assert functions._sigmoid(np.zeros(2)).tolist() == [0.5, 0.5]
    np.testing.assert_array_equal(functions._least(a, b, c), np.minimum(np.minimum(a, b), c))
    np.testing.assert_array_equal(functions._greatest(a, b, c), np.maximum(np.maximum(a, b), c))
    assert functions._least(a) is a


def test_whole_numbers_are_told_from_others_and_from_large_ones() -> None:
    whole = np.array([[-3.0, 0.0], [4.0, 7.0]])
    assert functions._are_whole(10, whole, 3, np.zeros((0, 2)))
    for odd in (0.5, np.nan, np.inf, -np.inf, 2.0**53):
        assert not functions._are_whole(10, whole, np.array([1.0, odd]))
    # It is what they add up to that counts, and how far the type counts.
    assert functions._are_whole(2**49, whole) and not functions._are_whole(2**49, whole, whole, whole)
    assert not functions._are_whole(2**22, whole.astype(np.float32)) and functions._are_whole(2**22, whole)
    assert functions._are_whole(1) and functions._are_whole(5, np.zeros((3, 0)))


def test_one_hot_and_the_greatest() -> None:
    found = functions._one_hot(np.array([0, 2, 5]), 3, np.float32)
    assert found.tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 0]] and found.dtype == np.float32
    v = np.array([[[1.0, 5.0], [5.0, 2.0]], [[3.0, 1.0], [2.0, 0.0]]])
    assert functions._argmax_entry(v, 2, np.float32).tolist() == [1, 0]
    assert functions._argmax_entry(v, 1, np.float64).tolist() == [[1, 0], [0, 0]]
    assert np.isnan(functions._argmax_entry(np.zeros((2, 0)), 1, np.float64)).tolist() == [True, True]
    assert functions._argmax_entry(np.zeros((0, 3)), 1, np.float64).shape == (0,)
    assert functions._argmax_step(v, 0, np.float64).tolist() == [[2, 1], [1, 1]]
    assert np.isnan(functions._argmax_step(np.zeros((3, 0)), 1, np.float64)).tolist() == [True] * 3


def test_what_is_the_same_at_every_step() -> None:
    assert functions._repeat(np.array([1.0, 2.0]), 3, 0).tolist() == [[1, 2]] * 3
    assert functions._repeat(np.array([1.0, 2.0]), 3, 1).tolist() == [[1, 1, 1], [2, 2, 2]]
