"""The seven rules by which shapes are found, and what is said where they do not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.algebra.expression import Index, Slice
from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.algebra.shapes import Mismatch, Shape, Sizes, spell


def shapes(source: str) -> dict[str, Shape | None]:
    return dict(Circuit(source).model.shapes)


def ranks(source: str) -> dict[str, int | None]:
    return {name: None if shape is None else len(shape) for name, shape in shapes(source).items()}


def problem(source: str) -> Any:
    with pytest.raises(CircuitError) as caught:
        Circuit(source)
    return caught.value.problems[0]


# The rules ------------------------------------------------------------------------------------------


def test_rule_1_declarations_and_scalars() -> None:
    source = "x(t) : n; W : (m, n); r : (); k : (3, m, n); h(t) = r * W @ x(t) + k[0] @ x(t) + 2 * t"
    assert shapes(source) == {"x": ("n",), "W": ("m", "n"), "r": (), "k": (3, "m", "n"), "h": ("m",)}


@pytest.mark.parametrize(
    "scalar", ["sum(v(t))", "dot(v(t), v(t))", "norm(v(t))", "det(outer(v(t), v(t)))", "t", "2", "mean(v(t))"]
)
def test_rule_1_what_is_a_scalar_stays_one_beside_a_vector(scalar: str) -> None:
    """Whatever the order of the text."""
    for source in (f"s(t) = {scalar}; h(t) = s(t) * v(t)", f"h(t) = s(t) * v(t); s(t) = {scalar}"):
        assert ranks(source + "; v(t) = W @ x(t)") == {"s": 0, "h": 1, "v": 1, "W": 2, "x": 1}


def test_rule_2_parameters_are_matrices_and_signals_vectors_in_a_product() -> None:
    assert ranks("h(t) = W @ x(t)") == {"h": 1, "W": 2, "x": 1}
    assert ranks("h(t) = x(t) @ W") == {"h": 1, "W": 2, "x": 1}
    assert ranks("h(t) = x(t) @ W @ x(t)") == {"h": 0, "W": 2, "x": 1}
    assert ranks("h(t) = x(t) @ y(t)") == {"h": 0, "x": 1, "y": 1}
    assert ranks("h(t) = A @ B @ x(t)") == {"h": 1, "A": 2, "B": 2, "x": 1}
    assert ranks("h(t) = A.T @ x(t)") == {"h": 1, "A": 2, "x": 1}
    assert ranks("h(t) = (A + B) @ x(t)") == {"h": 1, "A": 2, "B": 2, "x": 1}
    assert ranks("h(t) = W @ tanh(V @ x(t) + b)") == {"h": 1, "W": 2, "V": 2, "x": 1, "b": 1}
    assert ranks("h(t) = W @ f(x(t))") == {"h": 1, "W": 2, "x": None}
    assert ranks("y(t) = sum(k[j] @ x(t-j) for j in 0..2)") == {"y": 1, "k": 3, "x": 1}


def test_rule_2_sizes_follow_the_product() -> None:
    assert shapes("h(t) = tanh(W @ h(t-1) + U @ x(t) + b)") == {
        "h": ("n_h",), "W": ("n_h", "n_h"), "U": ("n_h", "n_x"), "x": ("n_x",), "b": ("n_h",)
    }  # fmt: skip
    assert shapes("h(t) = A @ (B @ x(t))") == {
        "h": ("n_h",),
        "A": ("n_h", "n_A_2"),
        "B": ("n_A_2", "n_x"),
        "x": ("n_x",),
    }


def test_a_size_never_takes_a_name_that_there_is() -> None:
    found = shapes("h(t) = W @ x(t); n_x(t) = 1; n_h : n_h_; y(t) = n_h")
    assert found["x"] == ("n_x_",) and found["W"] == ("n_h__", "n_x_")


def test_rule_3_nothing_but_scalars_broadcasts() -> None:
    assert ranks("x(t) : n; r : (); h(t) = r * x(t) if r > 0 else 1") == {"x": 1, "r": 0, "h": 1}
    assert problem("x(t) : n; y(t) : m; h(t) = x(t) + y(t)").help == "size n is not size m"
    assert problem("x(t) : n; A : (n, n); h(t) = x(t) * A").help == "their shapes differ"
    assert problem("x(t) : 3; y(t) : 1; h(t) = x(t) * y(t)").help == "size 3 is not size 1"


def test_rule_4_an_unknown_operand_takes_the_shape_it_stands_beside() -> None:
    assert ranks("x(t) : n; h(t) = a * x(t) + tanh(b)") == {"x": 1, "h": 1, "a": 1, "b": 1}
    assert ranks("h(t) : n; h(t) = a + b * c(t)") == {"h": 1, "a": 1, "b": 1, "c": 1}
    assert ranks("h(t) = a; h(t) : n") == {"h": 1, "a": 1}
    # In the order of the text: c stands beside b, and only b beside what is known.
    assert ranks("x(t) : n; h(t) = x(t) * b; g(t) = b * c") == {"x": 1, "h": 1, "b": 1, "g": 1, "c": 1}


def test_rule_4_goes_back_through_many_equations() -> None:
    chain = "\n".join(f"s{number + 1}z(t) = tanh(s{number}z(t))" for number in range(300))
    found = ranks(f"s300z(t) : n\n{chain}")
    assert set(found.values()) == {1}


def test_rule_5_what_is_left_is_a_scalar_and_what_only_opaque_functions_touch_is_unknown() -> None:
    assert ranks("h(t) = a * h(t-1) + b") == {"h": 0, "a": 0, "b": 0}
    assert ranks("h(t) = f(h(t-1), x(t); theta)") == {"h": None, "x": None, "theta": None}
    assert ranks("h(t) = a(t); a(t) = f(h(t-1))") == {"h": None, "a": None}
    assert ranks("h(t) = f(h(t-1)) + x(t)") == {"h": None, "x": 0}
    assert ranks("h(t) = f(h(t-1)) + W @ x(t)") == {"h": 1, "W": 2, "x": 1}
    assert ranks("h(t) : m; h(t) = f(h(t-1), x(t))") == {"h": 1, "x": None}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("y(t) = b[0] * x(t) + b[1] * x(t-1)", {"y": 0, "b": 1, "x": 0}),
        ("y(t) = A[0, 1] * x(t)", {"y": 0, "A": 2, "x": 0}),
        ("y(t) = A[0][1] * x(t) + A[0, 0]", {"y": 0, "A": 2, "x": 0}),
        ("y(t) = x(t)[0]", {"y": 0, "x": 1}),
        ("x(t) : n; y(t) = A[0] * x(t)", {"x": 1, "y": 1, "A": 2}),
        ("v : 5; y(t) = v[1:3] + x(t)", {"v": 1, "y": 1, "x": 1}),
        ("y(t) = h(t-1)[0] + 1; h(t) = W @ x(t)", {"y": 0, "h": 1, "W": 2, "x": 1}),
    ],
)
def test_entries_take_a_size_away(source: str, expected: dict[str, int]) -> None:
    assert ranks(source) == expected


def test_slices_have_a_length() -> None:
    assert shapes("v : 5; y(t) = v[1:3]")["y"] == (2,)
    assert shapes("v : 5; y(t) = v[2:]")["y"] == (3,)
    assert shapes("v : 5; y(t) = v[-2:]")["y"] == (2,)
    assert shapes("v : n; y(t) = v[:2]")["y"] == (2,)
    assert shapes("v : n; y(t) = v[:]")["y"] == ("n",)
    assert shapes("A : (5, n); y(t) = A[1:3, 0]")["y"] == (2,)
    assert shapes("v : n; y(t) = v[-2:]")["y"] == (2,)


def test_slices_by_a_size() -> None:
    sizes = "v : n; u : m; w : 5; A : (m, n);"
    assert shapes(f"{sizes} y(t) = v[:m] + u")["y"] == ("m",)
    assert shapes(f"{sizes} y(t) = v[m-1] * u[0] + w[4]")["y"] == ()
    assert shapes(f"{sizes} y(t) = v[m:m+2] * v[m-2:m]")["y"] == (2,)
    assert shapes(f"{sizes} y(t) = A[m-1, 1:3]")["y"] == (2,)
    # How many these are is a size of its own, which what stands beside it may name or the data settle.
    assert shapes(f"{sizes} y(t) = v[1:m]")["y"] == ("n_y",)
    assert shapes(f"{sizes} y(t) = v[1:] + v[:n-1] + v[:-1]")["y"] == ("n_y",)
    assert shapes(f"{sizes} q : k; y(t) = v[m:] + q; z(t) = q[1:k]")["y"] == ("k",)
    assert problem(f"{sizes} y(t) = v[:m] + v").help == "size m is not size n"
    assert problem(f"{sizes} y(t) = u[m]").help == "entry m of m entries, which count from 0"
    assert problem(f"{sizes} y(t) = u[m+1]").help == "entry m+1 of m entries, which count from 0"


def test_slices_by_a_size_in_numbers() -> None:
    v, u, A = np.arange(5.0), np.ones(3), np.arange(15.0).reshape(3, 5)
    source = """
    v : n; u : m; A : (m, n)
    a(t) = v[:m] + u; b(t) = v[m:]; c(t) = v[1:m]; d(t) = v[m-1] + v[n-2]; e(t) = A[m-1, m:]; f(t) = v[m-2:n-1]
    g(t) = concat(v[:m], v[m:]) - v; h(t) = sum(v[n-j] for j in 1..2)
    """
    circuit = Circuit(source)
    assert Circuit(circuit.text()) == circuit and circuit.text().count("m-1") == 2
    found = circuit.unfold(1).evaluate(v=v, u=u, A=A)
    expected = {
        "a": v[:3] + u, "b": v[3:], "c": v[1:3], "d": v[2] + v[3], "e": A[2, 3:], "f": v[1:4], "g": 0 * v, "h": 7,
    }  # fmt: skip
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name][0], value)


def test_a_size_that_is_known_late_reaches_every_rule() -> None:
    chain = "\n".join(f"c{n}z(t) = concat(c{n + 1}z(t), c{n + 1}z(t))" for n in range(20))
    assert shapes(f"{chain}\nc20z(t) = x(t)\nx(t) : 1")["c0z"] == (2**20,)
    assert problem("y(t) = v[3] + dot(v, x(t)); x(t) : 2").help.startswith("entry 3 of 2 entries")
    assert shapes("y(t) = v[1:] + 0 * t; z(t) = dot(v, x(t)); x(t) : 4")["y"] == (3,)


def test_rule_6_a_scalar_fills_a_left_side_of_any_shape() -> None:
    assert ranks("x(t) : n; h(t) = h(t-1) + x(t); h(0) = 0; h(1) = r") == {"x": 1, "h": 1, "r": 1}
    c = Circuit("h(t) : 3; h(t) = h(t-1) + t; h(0) = 0")
    assert c.unfold(1).evaluate()["h"].tolist() == [[1, 1, 1]]
    # A boundary does not make a scalar of its signal, an equation does.
    assert ranks("h(0) = 0; h(t) = h(t-1) + W @ x(t)")["h"] == 1
    assert ranks("s(t) = 0; h(t) = s(t) + W @ x(t)")["s"] == 0


def test_rule_7_what_only_stands_beside_may_be_given_as_a_scalar() -> None:
    model = Circuit("h(t) = a * (W @ x(t) + b) + c @ x(t) + tanh(d)").model
    assert model.scalar_too == {"a", "b", "d"}
    assert Circuit("x(t) : n; h(t) = dot(x(t), w) + x(t)").model.scalar_too == frozenset()
    assert Circuit("x(t) : n; r : n; h(t) = r * x(t)").model.scalar_too == frozenset()


def test_rule_7_a_scalar_means_an_array_of_that_shape() -> None:
    unfolding = Circuit("h(t) = b + W @ x(t); L = sum(b)").unfold(1)
    x, W = np.ones((1, 2)), np.ones((3, 2))
    one, all_three = unfolding.evaluate(x=x, W=W, b=2.0), unfolding.evaluate(x=x, W=W, b=[2.0, 2, 2])
    assert one["L"] == all_three["L"] == 6
    np.testing.assert_array_equal(one["h"], all_three["h"])


# The rules of the operators -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operator", "arguments", "data", "expected"),
    [
        ("add", [("m",), ()], None, ("m",)),
        ("where", [(), ("m", "n"), ()], None, ("m", "n")),
        ("add", [(), ()], None, ()),
        ("add", [(), None], None, None),
        ("matmul", [("m", "n"), ("n",)], None, ("m",)),
        ("matmul", [("m",), ("m", "n")], None, ("n",)),
        ("matmul", [("m",), ("m",)], None, ()),
        ("matmul", [("m", "n"), ("n", 2)], None, ("m", 2)),
        ("transpose", [("m", "n")], None, ("n", "m")),
        ("outer", [("m",), ("n",)], None, ("m", "n")),
        ("dot", [("m",), ("m",)], None, ()),
        ("sum", [("m", "n")], None, ()),
        ("argmax", [("m",)], None, ()),
        ("softmax", [("m",)], None, ("m",)),
        ("logsumexp", [("m",)], None, ()),
        ("logsumexp", [("m", "n", 2)], None, ("m", "n")),
        ("logsumexp", [None], None, None),
        ("solve", [("m", "m"), ("m",)], None, ("m",)),
        ("solve", [("m", "m"), ("m", "n")], None, ("m", "n")),
        ("inv", [("m", "m")], None, ("m", "m")),
        ("det", [("m", "m")], None, ()),
        ("concat", [(2,), (3,)], None, (5,)),
        ("stack", [("m",), ("m",)], None, (2, "m")),
        ("stack", [(), (), ()], None, (3,)),
        ("one_hot", [()], ("m",), ("m",)),
        ("zeros", [], ("m", 2), ("m", 2)),
        ("eye", [], ("m", "m"), ("m", "m")),
        ("entry", [("m", "n")], (Index("", 0),), ("n",)),
        ("entry", [(5, "n")], (Slice(Index("", 1), None), Index("", 0)), (4,)),
        ("sum_over", [("m",)], None, ("m",)),
    ],
)
def test_rule_of_an_operator(operator: str, arguments: list[Shape | None], data: Any, expected: Shape | None) -> None:
    sizes = Sizes()
    _, found = OPERATORS[operator].rule(list(arguments), None, data, sizes)
    assert (None if found is None else sizes.resolve(found)) == expected


@pytest.mark.parametrize(
    ("operator", "arguments", "data", "sentence"),
    [
        ("add", [("m",), ("n",)], None, "size m is not size n"),
        ("add", [("m",), ("m", "m")], None, "their shapes differ"),
        ("matmul", [("m", "n"), ("m",)], None, "size n is not size m"),
        ("matmul", [(), ("m",)], None, "'@' needs matrices and vectors, not a scalar"),
        ("matmul", [("a", "b", "c"), ("m",)], None, "'@' needs matrices and vectors, not an array (a, b, c)"),
        ("transpose", [("m",)], None, "'.T' needs a matrix, not a vector (m)"),
        ("outer", [("m", "n"), ("m",)], None, "a vector is needed, not a matrix (m, n)"),
        ("dot", [("m",), ("n",)], None, "size m is not size n"),
        ("dot", [(), ()], None, "a vector is needed, not a scalar"),
        ("softmax", [()], None, "a vector is needed, not a scalar"),
        ("logsumexp", [()], None, "a vector is needed, not a scalar"),
        ("inv", [("m", "n")], None, "size m is not size n"),
        ("det", [("m",)], None, "a square matrix is needed, not a vector (m)"),
        ("solve", [("m", "m"), ("n",)], None, "size m is not size n"),
        ("solve", [("m", "m"), ()], None, "a vector or a matrix is needed, not a scalar"),
        ("concat", [("m",), ()], None, "concat joins vectors, not a scalar"),
        ("stack", [("m",), ()], None, "their shapes differ"),
        ("one_hot", [("m",)], (3,), "one_hot takes a scalar, not a vector (m)"),
        ("entry", [(3,)], (Index("", 3),), "entry 3 of 3 entries, which count from 0"),
        ("entry", [(3,)], (Index("", -4),), "entry -4 of 3 entries, which count from 0"),
        ("entry", [()], (Index("", 0),), "1 index into a scalar"),
        ("entry", [("m",)], (Index("", 0), Index("", 1)), "2 indices into a vector (m)"),
    ],
)
def test_what_does_not_fit(operator: str, arguments: list[Shape | None], data: Any, sentence: str) -> None:
    with pytest.raises(Mismatch) as caught:
        OPERATORS[operator].rule(list(arguments), None, data, Sizes())
    assert caught.value.sentence == sentence


@pytest.mark.parametrize(
    "source",
    [
        "h(t) = outer(x(t), y(t)) + x(t)",
        "h(t) = solve(x(t), y(t)); x(t) : n; y(t) : n",
        "x(t) : n; h(t) = x(t).T",
        "h(t) = det(x(t)); x(t) : n",
        "x(t) : 2; y(t) : 3; h(t) : 4; h(t) = concat(x(t), y(t))",
        "x(t) : n; h(t) = one_hot(x(t), 3)",
        "x(t) : n; h(t) = stack(x(t), t)",
    ],
)
def test_a_mismatch_names_operands_shapes_and_origins(source: str) -> None:
    found = problem(source)
    assert found.message.startswith("shapes do not fit")
    assert " is a " in found.message or " is an " in found.message
    assert found.span is not None
    assert all("declared here" in why or "taken for" in why or "takes th" in why for _, why in found.also)


def test_one_error_for_each_statement_that_fails() -> None:
    source = "x(t) : n; y(t) : m\na(t) = x(t) + y(t)\nb(t) = x(t) * y(t)\nc(t) = x(t)"
    with pytest.raises(CircuitError) as caught:
        Circuit(source)
    assert [item.message.split("'")[1] for item in caught.value.problems] == ["x(t) + y(t)", "x(t) * y(t)"]


def test_spelling() -> None:
    assert spell((2, 3, "n")) == "an array (2, 3, n)"
    assert spell(("?1", "m")) == "a matrix (?, m)"


# In numbers -----------------------------------------------------------------------------------------


def test_sizes_that_only_the_data_settle() -> None:
    found = Circuit("y(t) = concat(x(t), z(t))").unfold(2).evaluate(x=np.ones((2, 2)), z=np.zeros((2, 3)))
    assert found["y"].tolist() == [[1, 1, 0, 0, 0]] * 2
    empty = Circuit("y(t) = concat(x(t), z(t))").unfold(0).evaluate(x=np.ones((0, 2)), z=np.zeros((0, 3)))
    assert empty["y"].shape == (0, 5)
    free = Circuit("y(t) = y(t-1) * concat(x(t), x(t)) + 1").unfold(1).evaluate(x=np.ones((1, 2)))
    assert free["y"].tolist() == [[1, 1, 1, 1]]
