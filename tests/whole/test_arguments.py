"""What callers give: every way of computing takes and refuses the same, and says the same of it."""

from __future__ import annotations

import copy
import pickle
import runpy
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import strategies as st
from support.profiles import examples

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.cli.arrays import evaluate

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


@cache
def ways_of(text: str) -> tuple[Circuit, tuple[tuple[Callable[..., Any], dict[str, Any]], ...]]:
    """Return a circuit and each way of computing it, with the steps that it is to be told."""
    circuit = Circuit(text)
    lengths = dict.fromkeys(circuit.axes, STEPS)
    return circuit, (
        (circuit.unfold(lengths).evaluate, {}),
        (circuit.compile(), {"steps": STEPS} if lengths else {}),
        (circuit.compile(steps=lengths), {}),
    )


def outcomes(text: str, arguments: Mapping[str, Callable[[], Any]], **more: Any) -> list[Any]:
    """Return what each way of computing gives: results, the message of its error, or that a function failed."""
    circuit, ways = ways_of(text)
    found: list[Any] = []
    for run, told in ways:
        try:
            found.append(run(**{name: make() for name, make in arguments.items()}, **told, **more))
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
        arguments = {other: _is(one) for other, one in good.items()} | {name: VALUES[what]}
        # Of two shapes that do not fit, either may be named; functions say what they return, the inputs how long.
        others = good if what in _SHAPES else ("'f'", "f:") if "f" in good else ()
        check_alike(outcomes(text, arguments), name, "the inputs have", *others)


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
    arguments = {"x": _is(np.ones(3))}
    assert check_alike(outcomes(text, arguments, lengths={"t": [3, 3], "s": [3, 3]}))
    assert not check_alike(outcomes(text, arguments, lengths={"t": [3, 3], "s": [3, 2]}), "lengths")
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
    # The same in every process that shares the tests: an object shows where it is.
    ids=lambda steps: "an object" if type(steps) is object else repr(steps),
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
    with pytest.raises(CircuitError, match="this call needs more memory than there is"):
        program(steps=10**17)
    with pytest.raises(CircuitError, match="steps: 1000000000000000001 of them are asked for; the limit is"):
        program(steps=10**18 + 1)


# Numbers for arrays ----------------------------------------------------------------------------------

#: Circuits with a vector that may be given as a number, the name of that argument, and the other arrays.
FILLED: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("x(t) : n; h(t) = h(t-1) + x(t)", "h0", {}),
    ("x(t) : n; h(t) = h(t-1) + x(t); h(0) = h0", "h0", {}),
    ("x(t) : n; h(t) = h(t-1) + x(t); h(0) = h0; h0 : n", "h0", {}),
    ("x(t) : n; h(t) = h(t-1) + h(t-2) + x(t)", "h0", {}),
    ("x(t) : n; h(t) = h(t-1) + h(t-2) + x(t); h(0) = late; h(-1) = late", "late", {}),
    ("x(t) : n; h(t) = h(t-1) * x(t); h(1) = s1", "s1", {}),
    ("x(t) : n; h(t) = h(t-1) * x(t); h(end) = last", "last", {}),
    ("x(t) : n; g(t) = g(t+1) + x(t); g(end+1) = g_last", "g_last", {}),
    ("x(t) : n; h(t) = h(t-1) + x(t); h(0) = s; g(t) = g(t+1) * h(t); g(end+1) = s", "s", {}),
    ("x(i, j) : n; c(i, j) = c(i-1, j) + c(i, j-1) + x(i, j); c(0, j) = edge; c(i, 0) = edge", "edge", {}),
    # It is a matrix operand elsewhere, too: there it is the vector that it fills.
    ("x(t), v : n; W : (n, n); h(t) = h(t-1) + W @ v + x(t); h(0) = v", "v", {"W": np.arange(9.0).reshape(3, 3)}),
    ("x(t), v : n; h(t) = (h(t-1) @ v) * x(t); h(0) = v", "v", {}),
    ("P(t) : (n, n); P(t) = A @ P(t-1) @ A.T; P(0) = P_first", "P_first", {"A": np.arange(9.0).reshape(3, 3) / 9}),
    # Its shape came from what it stands beside.
    ("x(t) : n; h(t) = 0.5 * h(t-1) + x(t) * gain", "gain", {}),
    # Its size follows from those of others.
    ("x(t) : n; y(t) : m; h(t) = h(t-1) + concat(x(t), y(t)); h(0) = both", "both", {"y": np.ones((3, 2))}),
    ("x(t) : n; h(t) = h(t-1) + x(t)[1:]; h(0) = fewer", "fewer", {}),
)


@pytest.mark.parametrize(("text", "name", "more"), FILLED)
def test_a_number_fills_the_shape_of_a_boundary_however_it_is_written(
    text: str, name: str, more: dict[str, Any]
) -> None:
    circuit = Circuit(text)
    arrays = more | {one: np.full((3,) * (len(axes) + 1), 0.25) for one, axes in circuit.model.inputs.items()} | more
    arguments = {one: _is(value) for one, value in arrays.items()}
    as_number = outcomes(text, arguments | {name: _is(0.5)})
    assert check_alike(as_number)
    owner = next((one.name for one in circuit.model.free if one.argument == name), name)
    count = next((one.count for one in circuit.model.free if one.argument == name), 1)
    size = {"both": 5, "fewer": 2}.get(name, 3)
    whole = np.full((*(count,) * (count > 1), *(size for _ in circuit.model.shapes[owner] or ())), 0.5)
    as_array = outcomes(text, arguments | {name: _is(whole)})
    assert check_alike([as_number[0], *as_array])
    lengths = dict.fromkeys(circuit.axes, STEPS)
    values = circuit.unfold(lengths).values(**arrays, **{name: 0.5})
    assert all(np.ndim(one) == len(circuit.model.shapes[node[0]] or ()) for node, one in values.items())
    assert circuit.draw(steps=lengths, values={**arrays, name: 0.5}).alt_text
    if owner == name:
        assert ", or a scalar" in circuit.compile().source


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("x(t), first : n; h(t) = h(t-1) + x(t); h(0) = -first", "first"),
        ("x(t), first : n; h(t) = h(t-1) + x(t); h(0) = tanh(first)", "first"),
        ("x(t) : n; first : n; h(t) = h(t-1) + x(t) * first", "first"),
        ("x(t) : n; h(t) = W @ h(t-1) + x(t); h(0) = first", "W"),
    ],
)
def test_what_is_no_boundary_is_no_number(text: str, name: str) -> None:
    model = Circuit(text).model
    good = {"x": np.ones((3, 3)), **{one: np.ones([3] * (model.rank(one) or 0)) for one in model.parameters}}
    arguments = {one: _is(value) for one, value in good.items()}
    assert check_alike(outcomes(text, arguments))
    assert not check_alike(outcomes(text, arguments | {name: _is(0.5)}), name)


def test_a_number_whose_shape_nothing_tells() -> None:
    for text in ("h(t) : m; h(t) = 2 * h(t-1)", "h(t) : m; h(t) = 2 * h(t-1); h(0) = h0"):
        assert check_alike(outcomes(text, {"h0": _is([1.0, 2.0])}))
        assert not check_alike(outcomes(text, {"h0": _is(1.0)}), "no array says how large")


# Sizes -----------------------------------------------------------------------------------------------

SIZED = (
    ("L : n; x(t) : m; L = 2; Q = outer(x(end), L)", {"x": 1}),
    ("L : n; L = 2", {}),
    ("L : n; L = a; a : n", {"a": 1}),
    ("L : n; x(t) : m; L = f(x(end))", {"x": 1}),
    ("h(t) : n; h(t) = tanh(f(h(t-1))); h(0) = 0", {}),
    ("h(t) : n; h(t) = tanh(f(h(t-1)))", {"h0": 1}),
    ("p : m; b : m; b = tanh(f(sum(p))); c = softmax(b); d = sum(b)", {"p": 1}),
    ("p : m; a : m; c : n; a = f(p); c = f(p)", {"p": 1}),
    ("x(t) : m; y(t) : k; h(t) : n; h(t) = concat(x(t), y(t))", {"x": 1, "y": 1}),
    ("x(t) : m; h(t) : n; h(t) = concat(x(t), L); L : k; L = 1", {"x": 1}),
    ("x(t) : m; h(t) : n; h(t) = concat(x(t), g(t)); g(t) : k; g(t) = x(t)[1:]", {"x": 1}),
    ("g(t) : k; h(t) : n; h(t) = concat(x(t), g(t)); x(t) : m; g(t) = concat(x(t), x(t))[1:]", {"x": 1}),
    ("x(t) : m; h(t) : n; h(t) = x(t)[1:]", {"x": 1}),
    ("x(t) : m; g(t) = x(t)[1:]; h(t) = x(t)[1:]", {"x": 1}),
    ("x(t) : m; y(t) : n; g(t) = concat(x(t), y(t)); h(t) = concat(x(t), y(t)) + g(t-1)", {"x": 1, "y": 1}),
    ("x(t) : m; g(t) = x(t)[1:] + x(t)[2:]", {"x": 1}),
    ("x(t) : m; h(t) : n; h(t) = L[1:]; L : k; L = 1", {"x": 1}),
    ("x(t) : m; h(t) : n; h(t) = zeros(n)", {"x": 1}),
    ("x(t) : m; V : n; o = sum(zeros(n)) + sum(x(end))", {"x": 1, "V": 1}),
    ("x(t) : m; V : n; o = sum(zeros(n)) + sum(x(end))", {"x": 1}),
    ("x(t) : m; V : n; o(t) = x(t) / n", {"x": 1}),
    ("x(t) : m; V : n; o(t) = x(t)", {"x": 1}),
    ("x(t) : m; o(t) = one_hot(1, n); o(t) : n", {"x": 1}),
    ("x(t) : m; V : n; o(t) = sum(x(t)[0:n])", {"x": 1}),
    ("x(t) : m; o(t) = sum(x(t)[1:6])", {"x": 1}),
    ("x(t) : m; o(t) = sum(x(t)[-6:])", {"x": 1}),
    ("x(t) : m; o(t) = x(t)[m-6]", {"x": 1}),
    ("x(t) : m; o(t) = x(t)[6]", {"x": 1}),
    ("x(t) : m; o(t) = x(t)[1:] + b; b : n", {"x": 1, "b": 1}),
    ("x(t) : m; o(t) = concat(x(t), x(t)) + b; b : n", {"x": 1, "b": 1}),
    ("x(t) : m; h(t) : n; h(t) = h(t-1) + x(t)[1:]", {"x": 1, "h0": 1}),
    ("L : n; L = 1; R = L @ L", {}),
    ("L : n; L = 1; R : (n, n); R = outer(L, L)", {}),
    ("L : n; L = 1; x(t) : n; R = L @ x(end)", {"x": 1}),
    ("L : n; x(t) : n; L = sum(x(t) for t)", {"x": 1}),
    ("L : n; L = sum(h(t) for t); h(t) : n; h(t) = 1", {}),
    ("S(t) : (n, m); S(t) = S(t-1) + x(t); x(t) : ()", {"x": 0}),
    ("S(t) : (n, m); S(t) = S(t-1) + x(t); x(t) : (); S(0) = eye(n, m)", {"x": 0}),
    ("S(t) = outer(x(t), g(t)); x(t) : n; g(t) : m; g(t) = 1", {"x": 1}),
)


@pytest.mark.parametrize(("text", "ranks"), SIZED)
@pytest.mark.parametrize("batch", [(), (2,), (0,)])
def test_a_size_that_nothing_tells_is_refused_by_all(text: str, ranks: dict[str, int], batch: tuple[int, ...]) -> None:
    """A program is refused when it is made, and the plain meaning when it is computed, in the same sentence."""
    circuit = Circuit(text)
    lengths = dict.fromkeys(circuit.axes, STEPS)
    arrays: dict[str, Any] = {"f": np.tanh} if circuit.model.functions else {}
    for name, rank in ranks.items():
        arrays[name] = np.ones((*batch, *(STEPS for _ in circuit.model.inputs.get(name, ())), *(4,) * rank))
    arguments = {name: _is(one) for name, one in arrays.items()}
    try:
        circuit.compile()
    except CircuitError as error:
        with pytest.raises(CircuitError) as refusal:
            circuit.unfold(lengths).evaluate(**arrays)
        assert (refusal.value.message, refusal.value.help) == (error.message, error.help)
        return
    found = outcomes(text, arguments)
    if not check_alike(found, "") and "no array says" in found[1]:
        assert found[0] == found[1] == found[2]


_VECTORS = ("x(end)", "p", "a", "b", "c", "d(end)", "d(1)", "2")
_RIGHT_SIDES = (
    "{0}", "2", "{0} + {1}", "2 * {0}", "tanh({0})", "concat({0}, {1})", "concat({0}, {1}, {0})", "{0}[1:]", "{0}[:2]",
    "{0}[1:3]", "{0}[k:]", "concat({0}, {1})[1:]", "{0} + concat({1}, {2})", "f({0})", "tanh(f({0}))", "zeros(n)",
    "stack({0}, {1})[0]", "outer({0}, {1})[0]", "outer({0}, {1}) @ {2}", "sum({0}) * {1}", "softmax({0})",
    "{0} if sum({1}) > 0 else {2}", "one_hot(1, k)", "{0} * m", "{0}[:n]", "sum({0}[:n])", "sum({0}[1:3])", "{0}[k-2]",
    "sum({0}[k-1:k])", "{0}[1:] + {1}[2:]", "concat({0}, {1})[2:] + {2}", "{0}[-2:]", "sum(concat({0}, {1})[1:] * {2})",
)  # fmt: skip


@st.composite
def sized(draw: st.DrawFn) -> str:
    """Return the text of a circuit of vectors, some of which have sizes that no array tells."""
    declared = {name: draw(st.sampled_from(["", "m", "n", "k", "j", "3"])) for name in ("x(t)", "p", *"abc", "d(t)")}
    lines = [f"{name} : {size}" for name, size in declared.items() if size]
    for name in ("a", "b", "c"):
        right = draw(st.sampled_from(_RIGHT_SIDES))
        lines.append(f"{name} = {right.format(*(draw(st.sampled_from(_VECTORS)) for _ in range(3)))}")
    delay = draw(st.sampled_from(["d(t-1)", "d(t-2)", "concat(d(t-1), x(t))[1:]", "x(t)"]))
    lines.append(f"d(t) = {delay} + {draw(st.sampled_from(['1', 'p', 'x(t)', 'x(t)[1:]', 'sum(p)', 'f(x(t))']))}")
    lines += draw(st.sampled_from([[], ["d(0) = p; d(-1) = p"], ["d(1) = 1"], ["d(0) = 0; d(-1) = x(1)"]]))
    return "; ".join(lines)


@examples(120, suppress_health_check=[HealthCheck.filter_too_much])
@given(sized(), st.integers(0, 2**32))
def test_programs_and_the_plain_meaning_refuse_the_same_sizes(text: str, seed: int) -> None:
    try:
        circuit = Circuit(text)
    except CircuitError:
        assume(False)
    # x may come to be read at one place only, and is a function then.
    assume("x" in circuit.inputs)
    random = np.random.default_rng(seed)
    model, sizes = circuit.model, {"m": 3, "n": 4, "k": 2, "j": 6}
    arrays: dict[str, Any] = {"f": np.tanh} if model.functions else {}

    def shape(name: str) -> list[int]:
        return [size if isinstance(size, int) else sizes.get(size, 3) for size in model.shapes[name] or ()]

    for name in (*model.inputs, *model.parameters):
        arrays[name] = random.normal(size=(*([STEPS] * (name in model.inputs)), *shape(name)))
    for boundary in model.free:
        places = [boundary.count] * (boundary.count > 1)
        if random.random() < 0.6:
            arrays[boundary.argument] = random.normal(
                size=(*places, *shape(boundary.name)) if random.random() < 0.7 else ()
            )
    arguments = {name: _is(one) for name, one in arrays.items()}
    try:
        circuit.compile()
    except CircuitError as error:
        with pytest.raises(CircuitError) as refusal:
            circuit.unfold(STEPS).evaluate(**arrays)
        # Of several, either may name another; sizes that never fit are told when a program is made.
        if error.message.startswith("nothing says how large "):
            assert refusal.value.message.startswith("nothing says how large ")
        else:
            assert error.message.startswith("shapes do not fit in ")
        return
    check_alike(outcomes(text, arguments), "")


def test_an_argument_that_nothing_reads_may_be_left_out() -> None:
    assert check_alike(outcomes("x(t), y(t) : n; W : (n, n); h(t) = h(t-1) + x(t)", {"x": _is(np.ones((3, 2)))}))


# Names and results -----------------------------------------------------------------------------------

NAMED = (
    "h(t) = lengths * h(t-1) + steps(t) + state + sizes + lambda; keys(t) = h(t) * 2; items = h(end); values = 3; "
    "values : ()"
)


def test_arguments_go_by_one_name_everywhere() -> None:
    arguments = {"lengths_": 0.5, "steps_": np.ones(3), "state_": 1.0, "sizes_": 1.0}
    for greek in ("lambda_", "λ"):
        assert check_alike(outcomes(NAMED, {name: _is(one) for name, one in {**arguments, greek: 2.0}.items()}))
    for name in ("state", "sizes"):
        wrong = {other: one for other, one in arguments.items() if other != f"{name}_"} | {name: 1.0, "lambda_": 2.0}
        found = outcomes(NAMED, {other: _is(one) for other, one in wrong.items()})
        assert not check_alike(found, f"'{name}' is not an argument of this circuit")
    twice = {name: _is(one) for name, one in {**arguments, "lambda_": 2.0, "λ": 2.0}.items()}
    assert not check_alike(outcomes(NAMED, twice), "'λ' is given twice")
    # Data of a file, and the values of a picture, go by the names of the circuit.
    own = {"lengths": 0.5, "steps": np.ones(3), "state": 1.0, "sizes": 1.0, "lambda": 2.0}
    expected = outcomes(NAMED, {name: _is(one) for name, one in {**arguments, "lambda_": 2.0}.items()})[0]
    np.testing.assert_allclose(evaluate(Circuit(NAMED), own, None)["h"], expected.h)
    assert "values = 3" in Circuit(NAMED).draw(values=own).alt_text


def test_names_that_already_end_in_the_mark() -> None:
    text = "h(t) = lengths * h(t-1) + lengths_ * x(t)"
    found = outcomes(text, {"lengths_": _is(2.0), "lengths__": _is(0.5), "x": _is(np.ones(3))})
    assert check_alike(found)
    assert found[0].h.tolist() == [2, 3, 3.5]


def test_a_result_is_its_signals_whatever_they_are_called(tmp_path: Path) -> None:
    text = "keys(t) = x(t); items(t) = keys(t) + 1; values(t) = 2 * x(t); update = sum(x(t) for t); h(t) = x(t-1)"
    lengths = {"x": _is(np.ones((2, 3))), "lengths": _is([3, 2])}
    module = runpy.run_path(_saved(Circuit(text), tmp_path))["circuit"]
    circuit = Circuit(text)
    x = np.ones((2, 3))
    for one in (
        *outcomes(text, {"x": lengths["x"]}),
        circuit.unfold(3).evaluate(x=x, lengths=[3, 2]),
        circuit.compile()(x=x, lengths=[3, 2]),
        module(x=x),
        module(x=x, lengths=[3, 2]),
    ):
        assert list(dict.keys(one)) == ["keys", "items", "values", "update", "h"]
        for name, value in dict.items(one):
            assert getattr(one, name) is value is one[name]
            assert name in dir(one) or type(one).__name__ == "_Result"
        for other in (copy.copy(one), copy.deepcopy(one)):
            assert type(other) is type(one)
            np.testing.assert_array_equal(other.items, one.items)
        with pytest.raises(AttributeError):
            _ = one.other
    result = circuit.compile()(x=x)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(result)).items, result.items)


def test_sequences_of_different_lengths_are_padded_and_their_lengths_given() -> None:
    circuit = Circuit("y(t) = x(t) + y(t-1)")
    for run in (circuit.compile(), circuit.unfold(3).evaluate):
        with pytest.raises(CircuitError) as caught:
            run(x=[[1.0, 2.0], [1.0, 2.0, 3.0]])
        assert "pad sequences" in str(caught.value) and str(caught.value).endswith("and give lengths=")
        found = run(x=[[1.0, 2.0, 0.0], [1.0, 2.0, 3.0]], lengths=[2, 3])["y"]
        assert found[0][:2].tolist() == [1, 3] and found[1].tolist() == [1, 3, 6]


@pytest.mark.parametrize("written", ["h(0) = h0", "h(0) = h0; h0 : m", "h(0) = 1 * h0", ""])
def test_a_boundary_may_be_a_number_however_it_is_written(written: str) -> None:
    circuit = Circuit(f"W : (m, m); h(t) = tanh(W @ h(t-1) + U @ x(t)); {written}")
    arrays: dict[str, Any] = {"W": np.eye(2), "U": np.ones((2, 3)), "x": np.ones((4, 3))}
    whole = circuit.compile()(**arrays, h0=np.full(2, 0.5))["h"]
    for run in (circuit.compile(), circuit.unfold(4).evaluate):
        np.testing.assert_array_equal(run(**arrays, h0=0.5)["h"], whole)


def test_a_module_alone_refuses_masks_too(tmp_path: Path) -> None:
    module = runpy.run_path(_saved(Circuit("h(t) = h(t-1) + x(t)"), tmp_path))["circuit"]
    for arguments in ({"x": MASKED}, {"x": [1, 2], "h0": np.ma.masked}, {"x": [1, 2], "lengths": np.ma.masked}):
        with pytest.raises(ValueError, match="an array with a mask: fill it"):
            module(**arguments)
    assert module(x=np.ma.array([1, 2])).h.tolist() == [1, 3]


def _saved(circuit: Circuit, folder: Path) -> str:
    circuit.compile().save(folder / "made.py")
    return str(folder / "made.py")


# argmax ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch", [(), (0,), (2,), (2, 0)])
@pytest.mark.parametrize("length", [0, 1, 3])
@pytest.mark.parametrize("size", [0, 1, 2])
@pytest.mark.parametrize(
    "text",
    [
        "x(t) : m; y(t) = argmax(x(t))",
        "x(t) : (m, m); y(t) = argmax(x(t))",
        "x(t) : m; y = argmax(x(t) for t)",
        "x(t) : (); y = argmax(x(t) for t)",
        "x(t) : m; y = argmax(h(end)); h(t) = h(t-1) + x(t)",
        "x(t) : m; y(t) = argmax(h(t)); h(t) = h(t-1) + x(t)",
        "x(i, j) : m; y(i) = argmax(x(i, j) for j)",
    ],
)
def test_argmax_where_there_is_nothing(text: str, size: int, length: int, batch: tuple[int, ...]) -> None:
    circuit = Circuit(text)
    lengths = dict.fromkeys(circuit.axes, length)
    shape = (*batch, *(length for _ in circuit.axes), *(size for _ in circuit.model.shapes["x"] or ()))
    x = np.random.default_rng(0).normal(size=shape)
    found = [circuit.unfold(lengths).evaluate(x=x), circuit.compile()(x=x), circuit.compile(steps=lengths)(x=x)]
    assert check_alike(found)
    if "for t" in text and not length:
        assert np.isnan(found[0].y).all()
