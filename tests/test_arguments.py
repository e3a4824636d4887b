"""What callers give: every way of computing takes and refuses the same, and says the same of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from unfoldgraph import Circuit, CircuitError

MASKED = np.ma.array([1.0, 2.0, 3.0], mask=[0, 1, 0])
ITSELF: list[Any] = []
ITSELF.append(ITSELF)


class OnAnotherDevice:
    """An array as other libraries have them, which NumPy cannot take over."""

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("call .detach().cpu() first")


#: What somebody may give for an array, by what it is; made anew for each call, for a generator is used up.
VALUES: dict[str, Callable[[], Any]] = {
    "nothing": lambda: None,
    "a word": lambda: "a",
    "words": lambda: ["a", "b", "c"],
    "bytes": lambda: b"abc",
    "an object": object,
    "objects": lambda: [object(), 1.0, 2.0],
    "an array of objects": lambda: np.array([1.0, 2.0, 3.0], dtype=object),
    "a type": lambda: float,
    "a function": lambda: abs,
    "rows of different lengths": lambda: [[1.0], [1.0, 2.0], [3.0]],
    "a list of itself": lambda: ITSELF,
    "complex numbers": lambda: [1j, 2.0, 3.0],
    "a complex number": lambda: 1j,
    "a date": lambda: np.datetime64("2024-01-01"),
    "durations": lambda: np.array([1, 2, 3], "m8[s]"),
    "records": lambda: np.zeros(3, [("a", float)]),
    "a dictionary": lambda: {"t": 1.0},
    "a set": lambda: {1.0, 2.0, 3.0},
    "a generator": lambda: (one for one in (1.0, 2.0, 3.0)),
    "missing numbers": lambda: [1.0, None, 3.0],
    "a mask": lambda: MASKED,
    "a masked number": lambda: np.ma.masked,
    "a list with a mask": lambda: [np.ma.array(1.0, mask=True), 2.0, 3.0],
    "a list with a masked number": lambda: [np.ma.masked, 2.0, 3.0],
    "lists with a mask": lambda: [[MASKED], (MASKED,)],
    "a mask of nothing": lambda: np.ma.array([1.0, 2.0, 3.0]),
    "a mask that is all false": lambda: np.ma.array([1.0, 2.0, 3.0], mask=[0, 0, 0]),
    "another device": OnAnotherDevice,
    "a huge number": lambda: 10**400,
    "a large number": lambda: 10**30,
    "a number": lambda: 0.5,
    "a whole number": lambda: 2,
    "not a number": lambda: np.nan,
    "infinity": lambda: np.inf,
    "true": lambda: True,
    "truths": lambda: [True, False, True],
    "negative numbers": lambda: [-1, -2, -3],
    "short numbers": lambda: np.array([1, 2, 3], np.int8),
    "half precision": lambda: np.ones(3, np.float16),
    "single precision": lambda: np.ones(3, np.float32),
    "long numbers": lambda: np.ones(3, np.longdouble),
    "a tuple": lambda: (1.0, 2.0, 3.0),
    "a range": lambda: range(3),
    "nothing in a list": list,
    "no sequences": lambda: np.ones((0, 3)),
    "two sequences": lambda: np.ones((2, 3)),
    "two sequences of vectors": lambda: np.ones((2, 3, 3)),
    "matrices": lambda: np.ones((3, 3)),
    "too many entries": lambda: np.ones(4),
    "many dimensions": lambda: np.ones((1,) * 12 + (3, 3)),
    "no rows": lambda: np.ones((3, 0)),
}

#: Circuits of three steps, with arguments that fit; each argument in turn is given every value.
CIRCUITS: dict[str, tuple[str, Mapping[str, Any]]] = {
    "numbers": (
        "x(t) : (); h(t) = a * h(t-1) + x(t); o(t) = o(t-2) + h(t)",
        {"x": np.ones(3), "a": 0.5, "h0": 1.0, "o0": np.ones(2)},
    ),
    "vectors": (
        "x(t) : n; W : (m, m); U : (m, n); h(t) = tanh(W @ h(t-1) + U @ x(t)); o(t) = o(t-2) + h(t)",
        {"x": np.ones((3, 3)), "W": np.eye(3), "U": np.ones((3, 3)), "h0": np.ones(3), "o0": np.ones((2, 3))},
    ),
    "written boundaries": (
        "x(t) : n; h(t) = h(t-1) + x(t); h(0) = first; g(t) = g(t+1) * x(t); g(end+1) = last; k(t) = h(t); k(2) = pin",
        {"x": np.ones((3, 3)), "first": np.ones(3), "last": np.ones(3), "pin": np.ones(3)},
    ),
    "functions": (
        "x(t) : n; h(t) : n; h(t) = f(h(t-1), x(t); any)",
        {"x": np.ones((3, 3)), "f": lambda h, x, any: h + x, "any": 1.0, "h0": np.ones(3)},
    ),
    "unknown shapes": (
        "h(t) = f(h(t-1), x(t)); g(t) = f(v, x(t))",
        {"x": np.ones((3, 3)), "f": lambda h, x: h + x, "v": np.ones(3), "h0": np.ones(3)},
    ),
    "names": (
        "h(t) = lengths * h(t-1) + steps(t) + state; h(0) = lambda",
        {"lengths_": 0.5, "steps_": np.ones(3), "state_": 1.0, "lambda_": 1.0},
    ),
}


STEPS = 3


def outcomes(text: str, given: Mapping[str, Callable[[], Any]], **more: Any) -> list[Any]:
    """Return what each way of computing gives: results, the message of its error, or that a function failed."""
    circuit = Circuit(text)
    found: list[Any] = []
    lengths = dict.fromkeys(circuit.axes, STEPS)
    ways: list[tuple[Callable[..., Any], dict[str, Any]]] = [
        (circuit.unfold(lengths).evaluate, {}),
        (circuit.compile(), {"steps": STEPS} if lengths else {}),
        (circuit.compile(steps=lengths), {}),
    ]
    for run, told in ways:
        try:
            found.append(run(**{name: make() for name, make in given.items()}, **told, **more))
        except CircuitError as error:
            found.append(error.message)
        except Exception as error:
            # What a function of the caller raises stays as it is; nothing else is raised.
            assert circuit.model.functions, repr(error)
            found.append(type(error))
    return found


def check_alike(found: list[Any], *names: str) -> bool:
    """Check that all refuse, with the name of an argument, or give the same; return whether they give it."""
    messages = [one for one in found if isinstance(one, str)]
    results = [one for one in found if isinstance(one, Mapping)]
    raised = [one for one in found if isinstance(one, type)]
    assert len(found) in (len(messages), len(results), len(raised)) and len(set(raised)) < 2, found
    for message in messages:
        assert any(name in message for name in names), message
    for one in results[1:]:
        assert list(one) == list(results[0])
        for signal, value in dict.items(results[0]):
            assert one[signal].shape == value.shape and one[signal].dtype == value.dtype, signal
            np.testing.assert_allclose(one[signal], value, rtol=1e-12, err_msg=signal)
    return bool(results)


def _is(value: Any) -> Callable[[], Any]:
    return lambda: value


@pytest.mark.parametrize("what", VALUES)
@pytest.mark.parametrize("kind", CIRCUITS)
def test_every_way_of_computing_takes_and_refuses_the_same(kind: str, what: str) -> None:
    text, good = CIRCUITS[kind]
    for name in good:
        if (kind, name, what) == ("unknown shapes", "h0", "no sequences"):
            # What a function would return of a sequence is not known where there is none; a program asks it.
            continue
        given = {other: _is(one) for other, one in good.items()} | {name: VALUES[what]}
        # Of two shapes that do not fit, either may be named; functions say what they return, the inputs how long.
        others = good if what in _SHAPES else ("'f'", "f:") if "f" in good else ()
        check_alike(outcomes(text, given), name, "the inputs have", *others)


_SHAPES = (
    "nothing in a list", "no sequences", "two sequences", "two sequences of vectors", "matrices", "too many entries",
    "many dimensions", "no rows",
)  # fmt: skip


@pytest.mark.parametrize("kind", CIRCUITS)
def test_what_fits_is_taken(kind: str) -> None:
    text, good = CIRCUITS[kind]
    assert check_alike(outcomes(text, {name: _is(one) for name, one in good.items()}))


#: What somebody may give for the lengths of two sequences of three steps, and whether it can be taken.
LENGTHS: dict[str, tuple[Any, bool]] = {
    "nothing": (None, True),
    "a number": (3, True),
    "an array of one number": (np.array(3), True),
    "the same for both": ([3], True),
    "one for each": ([3, 3], True),
    "short numbers": (np.array([3, 3], np.uint8), True),
    "by axis": ({"t": [3, 3]}, True),
    "none by axis": ({}, True),
    "a mask of nothing": (np.ma.array([3, 3]), True),
    "more sequences": ([[3, 3], [3, 3]], True),
    "no sequences": ([], False),
    "too many": ([3, 3, 3], False),
    "too long": ([3, 4], False),
    "negative": ([3, -1], False),
    "enormous": ([3, 10**30], False),
    "large": ([3, 2**62], False),
    "fractions": ([3.0, 3.0], False),
    "not a number": ([3, np.nan], False),
    "true": (True, False),
    "truths": ([True, True], False),
    "a word": ("33", False),
    "a date": (np.datetime64("2024-01-01"), False),
    "a missing number": ([3, None], False),
    "nothing by axis": ({"t": None}, False),
    "rows of different lengths": ([[3], [3, 3]], False),
    "a mask": (np.ma.array([3, 3], mask=[0, 1]), False),
    "a masked number": (np.ma.masked, False),
    "a list with a masked number": ([3, np.ma.masked], False),
    "an object": (object(), False),
    "a set": ({3}, False),
    "a generator": ((one for one in (3, 3)), False),
    "another axis": ({"u": [3, 3]}, False),
    "a number for an axis": ({5: [3, 3]}, False),
    "another device": (OnAnotherDevice(), False),
}


@pytest.mark.parametrize("what", LENGTHS)
@pytest.mark.parametrize(
    ("text", "arrays"),
    [
        # Where what is beyond the end changes nothing, and where sequences of equal lengths are computed together.
        ("x(t) : n; h(t) = 0.5 * h(t-1) + x(t)", {"x": np.ones((2, 3, 3))}),
        ("x(t) : n; h(t) = 0.5 * h(t+1) + x(t); L = h(1)", {"x": np.ones((2, 3, 3))}),
        ("h(t) = a * h(t-1) + 1; L = sum(h(t) for t)", {"a": np.ones(2)}),
    ],
)
def test_lengths_that_are_taken_or_refused_by_all(text: str, arrays: dict[str, Any], what: str) -> None:
    lengths, is_taken = LENGTHS[what]
    found = outcomes(text, {name: _is(one) for name, one in arrays.items()}, lengths=lengths)
    assert check_alike(found, "lengths") is is_taken


@pytest.mark.parametrize("batch", [(), (0,), (1,), (2,), (2, 0), (0, 2)])
@pytest.mark.parametrize("shape", [(), (0,), (1,), (2,), (3,), (2, 1), (1, 0)])
def test_lengths_and_arrays_share_a_batch(batch: tuple[int, ...], shape: tuple[int, ...]) -> None:
    """One rule, whoever is asked: they broadcast. So [] is for a batch of no sequence."""
    try:
        whole = np.broadcast_shapes(batch, shape)
    except ValueError:
        whole = None
    for text, signal in (("h(t) = h(t-1) + x(t)", "h"), ("h(t) = h(t+1) + x(t)", "h"), ("o = sum(x(t) for t)", "o")):
        found = outcomes(text, {"x": _is(np.ones((*batch, 3)))}, lengths=np.full(shape, 3))
        assert check_alike(found, "lengths") is (whole is not None)
        if whole is not None:
            assert found[0][signal].shape == ((*whole, 3) if signal == "h" else whole)


def test_lengths_of_axes_that_share_one() -> None:
    text = "h(t) = h(t-1) + x(t); o(s) = h(s); L = sum(h(s) for s)"
    given = {"x": _is(np.ones(3))}
    assert check_alike(outcomes(text, given, lengths={"t": [3, 3], "s": [3, 3]}))
    assert not check_alike(outcomes(text, given, lengths={"t": [3, 3], "s": [3, 2]}), "lengths")
    two = "h(t) = h(t-1) + x(t); s(u) = s(u-1) + y(u)"
    both = {"x": _is(np.ones(3)), "y": _is(np.ones(3))}
    assert not check_alike(outcomes(two, both, lengths=[3, 3]), "lengths")
    assert check_alike(outcomes(two, both, lengths={"t": [3, 3], "u": 3}))
    assert not check_alike(outcomes("o = a", {"a": _is(1.0)}, lengths=[1]), "lengths")


@pytest.mark.parametrize(
    "steps",
    [
        -1, 1.5, np.nan, "3", b"3", True, np.True_, [3], (3,), {3}, object(), np.array(3), np.array([1, 2]), 3.0, 1j,
        np.ma.masked, np.datetime64("2024-01-01"), {"u": 3}, {5: 3}, {"t": "3"}, {"t": None}, {"t": [3]},
    ],
    ids=repr,
)  # fmt: skip
def test_steps_that_are_none(steps: Any) -> None:
    free, driven = Circuit("h(t) = h(t-1) + 1"), Circuit("h(t) = h(t-1) + x(t)")
    for program, arrays in ((free, {}), (driven, {"x": [1, 2, 3]})):
        for one in (program.compile(), program.compile(steps=3)):
            with pytest.raises(CircuitError, match=r"steps|axis"):
                one(steps=steps, **arrays)


def test_steps_that_are_some() -> None:
    program = Circuit("h(t) = h(t-1) + 1").compile()
    for steps in (3, np.int64(3), np.uint8(3), {"t": 3}, {"t": np.int64(3)}):
        assert program(steps=steps).h.tolist() == [1, 2, 3]
    for steps in (None, {}):
        assert Circuit("h(t) = x(t)").compile()(x=[1, 2], steps=steps).h.tolist() == [1, 2]
        with pytest.raises(CircuitError, match="steps"):
            program(steps=steps)
    for steps in (10**12, 10**18):
        with pytest.raises(CircuitError, match="this call needs more memory than there is"):
            Circuit("h(t) : 9; h(t) = f(h(t-1)); h(0) = 1").compile()(steps=steps, f=np.tanh)
    with pytest.raises(CircuitError, match="steps: 1000000000000000001 of them are asked for; the limit is"):
        program(steps=10**18 + 1)
