"""Sums of sizes in entries, slices and arguments, and what is placed where they say: one meaning in every reading."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import sympy

from unfoldgraph import Circuit, CircuitError, end, eye, one_hot, ones, place, zeros
from unfoldgraph.algebra.expression import Index, Slice, entry_of_sum, sum_of_entry
from unfoldgraph.algebra.shapes import Sizes, least_of, lies_within, slice_length
from unfoldgraph.base.affine import Affine, size, size_name, whole

SIZES = {"m": 4, "n": 3, "k": 9}
SUMS = [
    size(one).times(factor) + (size(other).times(times) + constant)
    for one, other in (("m", "n"), ("k", "m"))
    for factor, times, constant in itertools.product((0, 1, 2), (-1, 0, 1), (-2, 0, 1))
]


def in_numbers(form: Affine, sizes: dict[str, int]) -> int:
    return form.number({size_name(name): number for name, number in sizes.items()})


def test_how_many_entries_a_slice_takes() -> None:
    """Where its ends lie within the array, it takes what is said for all sizes."""
    found = 0
    bounds = [None, Index("", -2), Index("", 1), *map(entry_of_sum, SUMS)]
    for start, stop, length in itertools.product(bounds, bounds, ("k", 5)):
        taken = slice_length(Slice(start, stop), length)
        if taken is None:
            continue
        for m, n, k in itertools.product(range(1, 6), repeat=3):
            sizes = {"m": m, "n": n, "k": k}
            count = sizes.get(str(length), length)
            assert isinstance(count, int)
            ends = [None if bound is None else in_numbers(sum_of_entry(bound), sizes) for bound in (start, stop)]
            given = [end for bound, end in zip((start, stop), ends, strict=True) if bound is not None and bound.base]
            written = [abs(bound.offset) for bound in (start, stop) if bound is not None and not bound.base]
            if all(0 <= end <= count for end in given) and all(end <= count for end in written):
                expected = len(range(count)[slice(*ends)])
                # From a later place to an earlier one there is nothing.
                assert sizes.get(str(taken), taken) == expected or (ends[0] or 0) > (
                    count if ends[1] is None else ends[1]
                )
                found += 1
    assert found > 1000


@pytest.mark.parametrize("form", SUMS)
def test_what_is_needed_for_a_sum_not_to_be_negative(form: Affine) -> None:
    needed = least_of(form)
    for m, n, k in itertools.product(range(6), repeat=3):
        sizes = {"m": m, "n": n, "k": k}
        is_met = needed is None or in_numbers(needed[0], sizes) >= needed[1]
        assert is_met == (in_numbers(form, sizes) >= 0)


def test_what_lies_within() -> None:
    assert lies_within(entry_of_sum(size("m") - 2), "m") and lies_within(Index("", 7), "m")
    assert not lies_within(entry_of_sum(size("m") + 1), "m") and not lies_within(entry_of_sum(size("m")), 3)
    assert lies_within(entry_of_sum(whole(2)), 3)


DECLARED = "x(t) : m; u : n; v : k; A : (k, k)\n"
V, U = np.arange(9.0), np.array([5.0, -1.0, 2.0])
A = np.arange(81.0).reshape(9, 9)
X = np.array([[1.0, 2.0, -3.0, 0.5], [0.25, -1.0, 4.0, 2.0]])
#: What is written, and its value at the first step, with the sizes in numbers.
WRITTEN: dict[str, Any] = {
    "v[m:m+n] + u + x(t)[0]": V[4:7] + U + 1,
    "v[n:n+m] * x(t)": V[3:7] * X[0],
    "concat(x(t), u)[m-1:m+n-1]": np.array([0.5, 5, -1]),
    "v[2*m-n] * x(t)": V[5] * X[0],
    "v[k-m:] + x(t)": V[5:] + X[0],
    "v[m-1:2*m-1] * x(t)": V[3:7] * X[0],
    "A[m:m+n, n:n+m] @ x(t)": A[4:7, 3:7] @ X[0],
    "A[k-1, k-n:] + x(t)[0]": A[8, 6:] + 1,
    "x(t)[1:] + zeros(m-1)": X[0, 1:],
    "x(t)[0] * ones(m+n) + concat(x(t), u)": np.concatenate([X[0], U]) + 1,
    "x(t)[0] * eye(m-n+1)": np.eye(2),
    "x(t)[1] * eye(m-1, m+n)": 2 * np.eye(3, 7),
    "eye(m+1) @ v[0:m+1] + x(t)[0]": V[:5] + 1,
    "sum(ones(m+n, 2*m-1)) * x(t)[0]": np.array(49.0),
    "one_hot(x(t)[1], m-n+2) * x(t)[0]": np.array([0.0, 0, 1]),
    "concat(zeros(m-1), ones(n+1)) * x(t)[1] + v[0:m+n]": np.concatenate([np.zeros(3), np.ones(4)]) * 2 + V[:7],
    "place(u, v[m:m+n]) + x(t)[0]": np.concatenate([np.zeros(4), U, np.zeros(2)]) + 1,
    "place(x(t), A[m+n, n:m+n])[m+n]": np.concatenate([np.zeros(3), X[0], np.zeros(2)]),
}


def circuit_of(written: str) -> Circuit:
    names = [declared for declared in DECLARED.strip().split("; ") if declared[0] == "x" or f"{declared[0]}" in written]
    others = [f"{name} : {one}" for name, one in (("p", "m"), ("q", "n"), ("r", "k")) if one in written]
    used = "".join(f" + 0 * {line[0]}[0]" for line in others)
    return Circuit("; ".join([*names, *others]) + f"\ny(t) = {written}\nz(t) = x(t)[0]{used}")


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.filterwarnings("ignore::unfoldgraph.base.errors.CircuitWarning")
def test_sums_of_sizes_in_every_reading(written: str) -> None:
    circuit, expected = circuit_of(written), WRITTEN[written]
    assert Circuit(circuit.text()) == circuit and f"y(t) = {written}" in circuit.text()
    given = {"v": V, "u": U, "A": A, "p": np.ones(4), "q": np.ones(3), "r": np.ones(9)}
    arrays: dict[str, Any] = {name: given[name] for name in circuit.parameters} | {"x": X}
    found = circuit.unfold(2).evaluate(**arrays)["y"]
    np.testing.assert_allclose(found[0], expected)
    for batch in ((), (2,), (3,), (4,)):
        many = arrays | {"x": np.broadcast_to(X, (*batch, *X.shape))}
        for program in (circuit.compile(), circuit.compile(steps=2)):
            np.testing.assert_allclose(program(**many)["y"], np.broadcast_to(found, (*batch, *found.shape)))
    circuit.draw(detail="operations")
    assert "".join(circuit.expand("y", 1).render("nested", "latex"))


@pytest.mark.filterwarnings("ignore::unfoldgraph.base.errors.CircuitWarning")
def test_sums_of_sizes_in_sympy() -> None:
    m, n = (sympy.Symbol(name, integer=True, positive=True) for name in "mn")
    v = sympy.MatrixSymbol("v", sympy.Symbol("k", integer=True, positive=True), 1)
    head = "v : k; p : m; q : n; "
    assert Circuit(f"{head}y = v[m:m+n]").expand("y").sympy == v[m : m + n, :]
    assert Circuit(f"{head}y = v[2*m-n] * p[0]").expand("y").sympy.has(v[2 * m - n, 0])
    assert Circuit(f"{head}y = concat(p, zeros(m-1))").expand("y").sympy.blocks[1, 0] == sympy.ZeroMatrix(m - 1, 1)
    assert Circuit(f"{head}y = eye(m+n)").expand("y").sympy == sympy.Identity(m + n)
    stacked = Circuit(f"{head}y = concat(p, 2 * ones(m+n))").expand("y").sympy
    assert stacked.blocks[1, 0] == 2 * sympy.OneMatrix(m + n, 1)


@pytest.mark.parametrize(
    ("written", "sizes", "needs"),
    [
        ("x(t)[0] + sum(zeros(m-3))", {"m": 2}, "m of at least 3"),
        ("x(t)[0] * v[m-n]", {"m": 2, "n": 3}, "of at least 0"),
        ("x(t) * v[k-m:k]", {"k": 3, "m": 4}, None),
        ("x(t)[2*m-5]", {"m": 2}, "m of at least 3"),
        ("v[m:m+n] + u + x(t)[0]", {"k": 5}, None),
        ("x(t) + zeros(m-1)", {}, None),
        ("place(u, v[m:m+n]) + x(t)[0]", {"k": 5}, None),
    ],
)
@pytest.mark.filterwarnings("ignore::unfoldgraph.base.errors.CircuitWarning")
def test_sizes_that_do_not_fit(written: str, sizes: dict[str, int], needs: str | None) -> None:
    circuit = circuit_of(written)
    known = SIZES | sizes
    shapes = {"x": ("m",), "u": ("n",), "v": ("k",), "p": ("m",), "q": ("n",), "r": ("k",)}
    arrays = {name: np.ones([known[one] for one in shapes[name]]) for name in circuit.parameters}
    arrays["x"] = np.ones((2, known["m"]))
    for reading in (lambda **given: circuit.unfold(2).evaluate(**given), circuit.compile(), circuit.compile(steps=2)):
        with pytest.raises((CircuitError, ValueError), match=needs or "size|expected|needs"):
            reading(**arrays)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x(t) : m; y(t) = x(t)[0] + sum(zeros(m-m))", "'zeros' needs a size here"),
        ("x(t) : m; y(t) = x(t)[0] + sum(zeros(m/2))", "'zeros' needs a size here"),
        ("x(t) : m; y(t) = x(t)[0] + sum(zeros(t))", "'zeros' needs a size here"),
        ("x(t) : m; y(t) = x(t)[0] + sum(ones(m-j))", "'ones' needs a size here"),
        ("x(t) : m; y(t) = x(t)[m]", "shapes do not fit"),
        ("v : 3; y = place(1, v)", "'place' needs an entry or a slice here, and 'v' is none"),
        ("y(t) = place(1, x(t))", "'place' needs an entry or a slice here, and 'x(t)' is none"),
        ("y = place(1, 2)", "'place' needs an entry or a slice here, and '2' is none"),
        ("v : 3; y = place(1, v[3])", "shapes do not fit in 'place(1, v[3])'"),
        ("v : 3; r : 3; y = place(r, v[1:3])", "shapes do not fit in 'place(r, v[1:3])'"),
        ("v : 3; r : 2; y = place(r, v[0])", "shapes do not fit in 'place(r, v[0])'"),
        ("v : m; y = place(1, v[:, 0])", "shapes do not fit in 'place(1, v[:, 0])'"),
        ("v : 3; c(t) = place(1, v[x(t)])", "'place' takes no entry that a value tells, as 'v[x(t)]' is"),
    ],
)
def test_what_is_no_size_and_no_entry(source: str, message: str) -> None:
    with pytest.raises(CircuitError) as caught:
        Circuit(source)
    assert message in caught.value.message


def test_the_builder_says_the_same() -> None:
    circuit = Circuit()
    t, m, n = circuit.axis("t"), circuit.size("m"), circuit.size("n")
    x, y = circuit.input("x", t, shape="m"), circuit.signal("y", t)
    u, v = circuit.parameters("u : n", "v : k")
    y[t] = place(u, v[m : m + n]) + sum_of(zeros(m - 1), ones(m + n), eye(m + 1)) * x[t][m - 1] + one_hot(1, 2)[0]
    text = "x(t) : m; u : n; v : k\n"
    text += "y(t) = place(u, v[m:m+n]) + (zeros(m-1)[0] + ones(m+n)[0] + eye(m+1)[0, 0]) * x(t)[m-1] + one_hot(1, 2)[0]"
    assert circuit == Circuit(text)
    for wrong in (0, m - m, end, -1):
        with pytest.raises(CircuitError, match="a size is a name or a whole number from 1"):
            zeros(wrong)
    with pytest.raises(CircuitError, match="'place' needs an entry or a slice as its last argument, not v"):
        place(u, v)


def sum_of(a: Any, b: Any, c: Any) -> Any:
    return a[0] + b[0] + c[0, 0]


def test_what_is_placed_takes_its_shape_from_where() -> None:
    shapes = Circuit(
        "v : 5; x(t) : (); q(t) : ?; y(t) = place(q(t), v[1:3]) + place(x(t), v[3:]) + place(f(x(t)), v[0:1])"
    ).shapes
    assert shapes["q"] == (2,) and shapes["y"] == (5,)
    circuit = Circuit("A : (3, m); y(t) = place(f(x(t)), A[1])")
    given: dict[str, Any] = {
        "A": np.ones((3, 2)),
        "x": np.array([1.0, 2.0]),
        "f": lambda value: value * np.array([1, 3]),
    }
    for found in (circuit.unfold(2).evaluate(**given), circuit.compile()(**given)):
        assert found["y"].tolist() == [[[0, 0], [1, 3], [0, 0]], [[0, 0], [2, 6], [0, 0]]]


def test_sizes_that_are_one_after_another_are_all_known_by_the_name_of_the_last() -> None:
    sizes = Sizes()
    some = [sizes.fresh() for _ in range(500)]
    for one, other in itertools.pairwise(reversed(some)):
        sizes.same(other, one)
    assert len({sizes.find(one) for one in some}) == 1
    assert set(sizes.newly_known()) == set(some) - {sizes.find(some[0])}
    sizes.same(some[250], "m")
    assert {sizes.find(one) for one in some} == {"m"}
    # Those that were looked up before are known by it as well.
    assert sizes.resolve((some[0], some[-1], 3)) == ("m", "m", 3)
