"""Exact arithmetic: the laws of a field, rationals as the measure, and hashes that tell any two arguments apart."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.paths import ROOT
from support.profiles import examples

from unfoldgraph.algebra import shapes
from unfoldgraph.algebra.finite_field import FINITE_FIELD, PRIME, RATIONALS, ExactArithmetic, Residue, keyed_hash
from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.algebra.table.operator_row import Operator

element = FINITE_FIELD.element
fractions = st.fractions(-50, 50, max_denominator=30)
residues = st.one_of(
    st.integers(0, PRIME - 1).map(Residue), st.integers(-3, 3).map(Residue), fractions.map(element),
    st.sampled_from(["inf", "-inf", "nan"]).map(element),
)  # fmt: skip
matrices = st.integers(1, 4).flatmap(
    lambda size: st.lists(st.lists(fractions, min_size=size, max_size=size), min_size=size, max_size=size)
)
ARITHMETICS = pytest.mark.parametrize("exact", [FINITE_FIELD, RATIONALS], ids=["field", "rationals"])


# The field ------------------------------------------------------------------------------------------------


@examples(200)
@given(residues, residues, residues)
def test_the_laws_of_a_field(a: Residue, b: Residue, c: Residue) -> None:
    assert a + b == b + a and a * b == b * a
    assert (a + b) + c == a + (b + c) and (a * b) * c == a * (b * c)
    assert a * (b + c) == a * b + a * c
    assert a + 0 == a == 0 + a and a * 1 == a == 1 * a
    assert a - b == a + -b == -(b - a) and a - a == 0
    # By 0 too: a quotient is a product with an inverse.
    assert a / b == a * (1 / b)
    assert (a == 0) is not bool(a)
    if a:
        assert a / a == 1 and 1 / (1 / a) == a


@examples(100)
@given(residues.filter(bool), st.integers(-40, 40), st.integers(-40, 40))
def test_whole_powers(a: Residue, n: int, k: int) -> None:
    assert a**n * a**k == a ** (n + k)
    assert a ** Residue(n) == a**n
    assert a**0 == 1 and a**1 == a and a**-1 == 1 / a
    assert 2 ** Residue(n) == element(Fraction(2) ** n)


def test_no_root_is_a_power() -> None:
    # By Fermat's little theorem it would be 1 or -1 otherwise.
    assert Residue(5) ** Fraction(1, 2) not in (1, -1)
    assert Residue(5) ** 0.5 == Residue(5) ** Fraction(1, 2) != Residue(6) ** 0.5


@examples(200)
@given(residues, residues, residues)
def test_the_order_is_one(a: Residue, b: Residue, c: Residue) -> None:
    assert [a < b, a == b, a > b].count(True) == 1
    assert (a <= b) is (a < b or a == b) and (a >= b) is (b <= a)
    if a <= b and b <= c:
        assert a <= c
    assert element("-inf") <= a <= element("inf")
    assert hash(a) == hash(Residue(a.value)) and a == Residue(a.value)


def test_small_numbers_are_ordered_as_ever() -> None:
    assert sorted(map(Residue, [3, -2, 0, 10**17, -(10**17)])) == [-(10**17), -2, 0, 3, 10**17]
    assert FINITE_FIELD.maximum(Residue(2) - 5, 0) == 0


@examples(100)
@given(fractions, st.lists(st.tuples(st.sampled_from("+-*/^"), fractions), max_size=12))
def test_rationals_are_the_measure(start: Fraction, steps: list[tuple[str, Fraction]]) -> None:
    exactly, found = start, element(start)
    for sign, operand in steps:
        match sign:
            case "+":
                exactly, found = exactly + operand, found + operand
            case "-":
                exactly, found = operand - exactly, operand - found
            case "*":
                exactly, found = exactly * operand, found * element(operand)
            case "/":
                exactly, found = (exactly / operand, found / operand) if operand else (exactly, found)
            case "^":
                exactly, found = exactly**2, found**2
    assert found == element(exactly)


CONSTANTS: list[tuple[Any, Any]] = [
    (3, 3), (-1, PRIME - 1), (True, 1), (0.375, Fraction(3, 8)), (0.1, Fraction(0.1)), (PRIME + 2, 2),
    (np.int8(-3), -3), (np.float32(0.25), Fraction(1, 4)), (np.bool_(True), 1), (np.array(7), 7),
    (-math.inf, "-inf"), (np.float64(np.inf), "inf"), (math.nan, "nan"), (Fraction(10, 4), Fraction(5, 2)),
]  # fmt: skip


@pytest.mark.parametrize(("constant", "same"), CONSTANTS)
def test_constants(constant: Any, same: Any) -> None:
    assert type(element(constant)) is Residue and element(constant) == element(same)
    if constant != PRIME + 2 and constant != -1:
        assert RATIONALS.element(constant) == RATIONALS.element(same)
    assert FINITE_FIELD.asarray(constant).shape == () and FINITE_FIELD.asarray([[constant]]).shape == (1, 1)


@ARITHMETICS
@pytest.mark.parametrize("wrong", ["x", "1", None, 1j, [1], np.array(["a"]), np.longdouble(1)])
def test_what_is_no_number(exact: ExactArithmetic, wrong: Any) -> None:
    with pytest.raises(TypeError, match="is no number"):
        exact.element(wrong)


def test_infinities_are_each_others_negative_and_like_no_other() -> None:
    for exact in (FINITE_FIELD, RATIONALS):
        plus, minus, nan = map(exact.element, ("inf", "-inf", "nan"))
        assert -plus == minus == -exact.inf and exact.nan == nan
        assert len({plus, minus, nan, exact.element(0)}) == 4
        assert exact.max(exact.zeros((0, 2)), axis=0, initial=-exact.inf).tolist() == [minus, minus]


# Arrays ---------------------------------------------------------------------------------------------------


def leibniz(rows: list[list[Fraction]]) -> Fraction:
    """Return a determinant as the sum over all permutations."""
    total = Fraction(0)
    for order in permutations(range(len(rows))):
        inversions = sum(a > b for at, a in enumerate(order) for b in order[at + 1 :])
        total += (-1) ** inversions * math.prod(rows[at][to] for at, to in enumerate(order))
    return total


@examples(60)
@given(matrices)
def test_matrices_are_solved_exactly(rows: list[list[Fraction]]) -> None:
    for exact in (FINITE_FIELD, RATIONALS):
        A, determinant = exact.asarray(rows), exact.element(leibniz(rows))
        assert exact.linalg.det(A) == determinant
        b = A @ exact.asarray(range(len(rows)))
        if determinant == 0:
            with pytest.raises(np.linalg.LinAlgError):
                exact.linalg.solve(A, b)
            continue
        assert exact.linalg.solve(A, b).tolist() == list(range(len(rows)))
        assert (exact.linalg.inv(A) @ A == exact.eye(len(rows))).all()
        assert (exact.linalg.solve(A, A @ A) == A).all()


def test_a_pivot_of_zero() -> None:
    swap = FINITE_FIELD.asarray([[0, 1], [1, 0]])
    assert FINITE_FIELD.linalg.det(swap) == -1
    assert (FINITE_FIELD.linalg.inv(swap) == swap).all()
    assert FINITE_FIELD.linalg.det(FINITE_FIELD.zeros((0, 0))) == 1


#: The shapes of the operands of each shape rule, the last one repeated.
OPERANDS: dict[Any, tuple[tuple[int, ...], ...]] = {
    shapes.elementwise: ((3,),),
    shapes.to_scalar: ((2, 3),),
    shapes.same_shape: ((3,),),
    shapes.over_last: ((2, 3),),
    shapes.same_vectors_to_scalar: ((3,),),
    shapes.matrix_product: ((2, 3), (3,)),
    shapes.transposed: ((2, 3),),
    shapes.outer_product: ((2,), (3,)),
    shapes.joined: ((2,), (3,)),
    shapes.stacked: ((2, 3),),
    shapes.square: ((3, 3),),
    shapes.square_to_scalar: ((3, 3),),
    shapes.solution: ((3, 3), (3,)),
    shapes.encoded: ((),),
    shapes.placed: ((2,), (3,)),
    shapes.reduced: ((3,),),
    shapes.stacked_over: ((3, 2),),
}
COMPUTED = {name: row for name, row in OPERATORS.items() if name != "entry"}
#: What is a keyed hash, or made of one.
HASHED = {
    "mod", "tanh", "sigmoid", "softplus", "exp", "log", "sqrt", "abs", "sign", "floor", "ceil", "sin", "cos", "tan",
    "sinh", "cosh", "norm", "softmax", "logsoftmax", "logsumexp", "round", "arcsin", "arccos", "arctan", "arctan2",
    "erf",
}  # fmt: skip


def operands(row: Operator) -> list[Any]:
    """Return small whole numbers, none of them 0, of which an operator is made; then its sizes."""
    random = np.random.default_rng(len(row.name))
    wanted = OPERANDS.get(row.rule, ())
    count = max(row.arity[0], 2 if row.arity[1] is None else 1) if wanted else 0
    sizes = [wanted[min(at, len(wanted) - 1)] for at in range(count - (row.sizes or 0))]
    given = [random.permutation([-5, -3, -2, -1, 1, 2, 3, 4, 6])[: math.prod(shape)].reshape(shape) for shape in sizes]
    last = [(3, 2)[: row.rank]] if row.sizes != 0 else [(slice(1, 3),)] if row.indexed is not None else []
    return [*given, *last]


def applied(exact: Any, row: Operator, operands: list[Any]) -> Any:
    given = [operand if isinstance(operand, tuple) else exact.asarray(operand) for operand in operands]
    return exact.asarray(row.meaning(exact, *given))


@ARITHMETICS
def test_what_is_no_number_is_known(exact: ExactArithmetic) -> None:
    found = exact.asarray(exact.isnan(exact.asarray([1, "nan", "inf", 0])))
    assert found.tolist() == [0, 1, 0, 0]


def test_every_rule_has_operands() -> None:
    assert all(row.rule in OPERANDS or row.sizes is None for row in COMPUTED.values())


@pytest.mark.parametrize("name", COMPUTED)
def test_every_operator_is_exact_or_a_hash(name: str) -> None:
    row = COMPUTED[name]
    given = operands(row)
    with np.errstate(all="ignore"):
        floats = np.asarray(row.meaning(np, *(one if isinstance(one, tuple) else one * 1.0 for one in given)))
    field, rationals = applied(FINITE_FIELD, row, given), applied(RATIONALS, row, given)
    assert field.shape == rationals.shape == floats.shape
    assert {type(entry) for entry in field.flat} == {Residue} and {type(entry) for entry in rationals.flat} == {
        Fraction
    }
    agrees = np.allclose(floats, rationals.astype(float), rtol=1e-12)
    assert agrees is (name not in HASHED)
    if agrees:
        assert (field == FINITE_FIELD.asarray(rationals)).all()


@pytest.mark.parametrize("name", [name for name, row in COMPUTED.items() if row.kind == "reduction"])
def test_reductions_over_nothing(name: str) -> None:
    for exact in (FINITE_FIELD, RATIONALS):
        found = applied(exact, COMPUTED[name], [np.zeros((0, 2))])
        expected = COMPUTED[name].meaning(np, np.zeros((0, 2)))
        assert found.tolist() == [exact.element(value) for value in expected]


@ARITHMETICS
def test_truth_is_one_or_zero(exact: ExactArithmetic) -> None:
    v = exact.asarray([0, 3, 5, 0])
    w = exact.asarray([0, 3, 0, -1])
    for function in (np.logical_and, np.logical_or, np.logical_xor):
        assert getattr(exact, function.__name__)(v, w).tolist() == function(v != 0, w != 0).tolist()
    assert (exact.asarray(v > w) == [0, 0, 1, 1]).all()


@ARITHMETICS
def test_quotients_by_zero_are_numbers(exact: ExactArithmetic) -> None:
    one, zero = exact.element(1), exact.element(0)
    by_zero = exact.divide(one, zero)
    assert by_zero not in (0, 1) and exact.divide(zero, zero) == 0
    assert exact.divide(exact.element(6), zero) == 6 * by_zero
    assert exact.power(zero, exact.element(-1)) != 0 and exact.power(zero, zero) == 1


@examples(40)
@given(st.lists(fractions, min_size=4, max_size=40), st.data())
def test_running_sums_may_be_cut_anywhere(values: list[Fraction], data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, len(values) - 1))
    for exact in (FINITE_FIELD, RATIONALS):
        v = exact.asarray(values)
        whole = exact.add.accumulate(v)
        assert (exact.concatenate([whole[:cut], whole[cut - 1] + exact.add.accumulate(v[cut:])]) == whole).all()
        # One that forgets its carry is told.
        assert whole[cut - 1] == 0 or (exact.add.accumulate(v[cut:]) != whole[cut:]).all()


@examples(40)
@given(st.lists(st.integers(-9, 9), min_size=1, max_size=20), fractions)
def test_minima_of_rationals_go_with_sums(values: list[int], k: Fraction) -> None:
    slopes = RATIONALS.asarray(range(len(values))) * k
    q = RATIONALS.asarray(values)
    step_by_step = [q[0]]
    for entry in q[1:]:
        step_by_step.append(min(step_by_step[-1] + k, entry))
    assert (RATIONALS.minimum.accumulate(q - slopes) + slopes == step_by_step).all()


# Keyed hashes ---------------------------------------------------------------------------------------------


def test_hashes_are_the_same_in_every_process() -> None:
    program = (
        "from unfoldgraph.algebra.finite_field import FINITE_FIELD as F, keyed_hash; "
        "f = F.opaque_function('f', (2,)); "
        "print(keyed_hash('a', 1, 'b'), F.tanh(F.element(3)), *f([1, 2], theta=3, psi=[4]))"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "4242")
    }
    f = FINITE_FIELD.opaque_function("f", (2,))
    here = [keyed_hash("a", 1, "b"), FINITE_FIELD.tanh(Residue(3)), *f([1, 2], psi=[4], theta=3)]
    assert printed == {" ".join(map(str, here)) + "\n"}


def test_hashes_differ_by_name_and_by_every_argument() -> None:
    called = [("f", 1, 2), ("f", 2, 1), ("g", 1, 2), ("f", 12), ("f", 1), ("f",), ("f" * 100, 1), ("f" * 101, 1)]
    assert len({keyed_hash(name, *arguments) for name, *arguments in called}) == len(called)
    hashed = {
        FINITE_FIELD.element(getattr(FINITE_FIELD, name)(Residue(2))) for name in ("tanh", "exp", "sin", "arctan")
    }
    assert len(hashed) == 4 and not hashed & {Residue(0), Residue(1), Residue(2)}


def test_a_hash_knows_numbers_by_value() -> None:
    assert FINITE_FIELD.logaddexp(0, 0.5) == FINITE_FIELD.logaddexp(Residue(0), element(Fraction(1, 2)))
    assert (FINITE_FIELD.tanh(FINITE_FIELD.asarray([1, 2])) == [FINITE_FIELD.tanh(1), FINITE_FIELD.tanh(2)]).all()


def test_a_number_of_any_length_has_a_hash() -> None:
    long = Fraction(1, 10**5000)
    assert RATIONALS.tanh(long) != RATIONALS.tanh(long * 10)


@ARITHMETICS
def test_what_is_neither_exact_nor_hashed_is_refused(exact: ExactArithmetic) -> None:
    with pytest.raises(TypeError):
        exact.isfinite(exact.element(1))
    with pytest.raises(AttributeError):
        exact.no_function_of_numpy  # noqa: B018
    assert exact.median(exact.asarray([4, 1, 2])) == 2


CHANGES: dict[str, Callable[[Any], Any]] = {
    "an entry of the first": lambda f: f([1, 2, 4], [[5]], theta=6),
    "an entry of the second": lambda f: f([1, 2, 3], [[4]], theta=6),
    "what is shared": lambda f: f([1, 2, 3], [[5]], theta=7),
    "its name": lambda f: f([1, 2, 3], [[5]], psi=6),
    "nothing shared": lambda f: f([1, 2, 3], [[5]]),
    "a shape": lambda f: f([1, 2, 3], [5], theta=6),
    "the order": lambda f: f([[5]], [1, 2, 3], theta=6),
    "the place of an entry": lambda f: f([1, 3, 2], [[5]], theta=6),
    "where one ends": lambda f: f([1, 2], [3, 5], theta=6),
}


@ARITHMETICS
@pytest.mark.parametrize("change", CHANGES)
def test_every_entry_of_a_function_hashes_all_entries(exact: ExactArithmetic, change: str) -> None:
    f = exact.opaque_function("f", (2, 2))
    found = f([1, 2, 3], [[5]], theta=6)
    assert found.shape == (2, 2) and len(set(found.flat)) == 4
    assert (found == f(exact.asarray([1, 2, 3]), np.array([[5.0]]), theta=6.0)).all()
    assert not (found == CHANGES[change](f)).any()
    assert not (found == exact.opaque_function("g", (2, 2))([1, 2, 3], [[5]], theta=6)).any()


def test_the_shape_of_a_function_may_follow_its_arguments() -> None:
    f = FINITE_FIELD.opaque_function("f", lambda one, other: (*one, *other))
    assert f([1, 2], 3).shape == (2,) and f([1, 2], [3]).shape == (2, 1)
    assert FINITE_FIELD.opaque_function("c", ())().shape == ()
