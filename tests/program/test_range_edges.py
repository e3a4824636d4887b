"""Programs where ranges reach off an edge, and where entries are taken by a range behind those left whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from unfoldgraph import Circuit, CircuitError

NUMBERS = np.random.default_rng(7)


@pytest.mark.parametrize(
    ("text", "lengths", "arrays"),
    [
        ("p(n, k) = p(n, k-1) + p(n-k, k) for n in 0..end; p(0, k) = 1; p(n, 0) = 0", {"n": 4, "k": 4}, {}),
        ("A : (m, n); x(t) : (); y(t) = sum(A[:, k] * x(t-k) for k in 0..n-1)", {"t": 5}, {"A": (3, 4), "x": (5,)}),
        ("T : (l, m, n); x(t) : (); y(t) = sum(T[0, :, k] * x(t-k) for k in 0..n-1)",
         {"t": 5}, {"T": (2, 3, 4), "x": (5,)}),
        (
            "A : (N, N); w(i), b(i, j) : N; b(i, i) = w(i); "
            "b(i, j) = sum(A[:, y] * b(i, k)[y] for k in i..j-1, y in 0..N-1) for j in i+1..end",
            {"i": 5, "j": 5},
            {"A": (2, 2), "w": (5, 2)},
        ),
    ],
)  # fmt: skip
def test_a_program_is_what_it_means(text: str, lengths: dict[str, int], arrays: dict[str, Any]) -> None:
    circuit = Circuit(text)
    given = {name: NUMBERS.normal(size=shape) for name, shape in arrays.items()}
    for batch in ((), (2,)):
        own = {name: np.broadcast_to(array, (*batch, *array.shape)) for name, array in given.items()}
        meant = circuit.unfold(lengths).evaluate(**own)
        found = circuit.compile()(**own, **({} if given else {"steps": lengths}))
        for name, value in meant.items():
            np.testing.assert_allclose(found[name], value, err_msg=name)


@pytest.mark.parametrize(
    "text",
    [
        "T : (l, n); x(t) : (); y(t) = sum(T[j, k] * x(t-k) * x(t-j) for k in 0..n-1, j in 0..l-1)",
        "a : n; b : l; x(t) : (); y(t) = sum(a[i]*x(t-i) for i in 0..n-1) + sum(b[j]*x(t-j) for j in 0..l-1)",
        "a : n; x(t) : (); y(t) = sum(a[i]*x(t-i) for i in 0..n-1) + x(t-2)",
        "a : n; b : l; x(t) : (); y(t) = x(t) + sum(a[i]*y(t-i) for i in 1..n-1) + sum(b[j]*y(t-j) for j in 1..l-1)",
    ],
)
def test_of_several_sizes_that_tell_a_depth_the_greatest_does(text: str) -> None:
    circuit = Circuit(text)
    (free,) = circuit.model.free
    program = circuit.compile()
    for n, size, batch in ((1, 1, ()), (1, 4, (2,)), (4, 1, ()), (3, 3, (2,))):
        shapes = {"T": (size, n), "a": (n,), "b": (size,), "x": (5,)}
        given = {name: NUMBERS.normal(size=(*batch, *shapes[name])) for name in (*circuit.inputs, *circuit.parameters)}
        for boundary in ({}, {free.argument: NUMBERS.normal(size=(*batch, free.count_at({"n": n, "l": size})))}):
            meant = circuit.unfold(5).evaluate(**given, **boundary)
            for one in (program, circuit.compile(steps=5)):
                np.testing.assert_allclose(one(**given, **boundary).y, meant.y)
        with pytest.raises(CircuitError, match=free.argument):
            program(**given, **{free.argument: np.zeros(9)})


def test_what_a_depth_is_called_is_told() -> None:
    told = Circuit("a : n; x(t) : (); y(t) = sum(a[i]*x(t-i) for i in 0..n-1) + x(t-2)").compile().source
    assert "x0 : array (*batch, x0_places), default 0" in told
    assert "x(1-x0_places) to x(0), oldest first, where x0_places is max(n - 1, 2)." in " ".join(told.split())
