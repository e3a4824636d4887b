"""Each law that a row states, against what the operator means in NumPy."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

from unfoldgraph.algebra import shapes
from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.algebra.table.laws import Applied, Entries, Operand
from unfoldgraph.algebra.table.operator_row import Operator
from unfoldgraph.formula.exact_numbers import evaluate

#: The shapes of the operands of each shape rule, the last one repeated.
OPERANDS: dict[Any, tuple[tuple[int, ...], ...]] = {
    shapes.elementwise: ((3,),),
    shapes.to_scalar: ((3,),),
    shapes.same_shape: ((3,),),
    shapes.over_last: ((3,),),
    shapes.same_vectors_to_scalar: ((3,),),
    shapes.matrix_product: ((3, 3),),
    shapes.transposed: ((2, 3),),
    shapes.outer_product: ((2,), (3,)),
    shapes.joined: ((2,), (3,)),
    shapes.stacked: ((2, 3),),
    shapes.square: ((3, 3),),
    shapes.square_to_scalar: ((3, 3),),
    shapes.solution: ((3, 3), (3,)),
}
COMPUTED = {name: row for name, row in OPERATORS.items() if row.rule in OPERANDS}
FINITE = (-2.0, -1.0, -0.5, 0.0, 0.25, 1.0, 3.0)


def with_law(law: str) -> list[str]:
    return [name for name, row in OPERATORS.items() if getattr(row.laws, law) not in ((), None, False)]


def count(row: Operator) -> int:
    return max(row.arity[0], 2 if row.arity[1] is None else 1)


def operands(row: Operator, seed: int = 0) -> list[Any]:
    """Return operands of a row: matrices that have an inverse, and for the rest what laws are about."""
    random = np.random.default_rng(seed)
    wanted = OPERANDS[row.rule]
    sizes = [wanted[min(at, len(wanted) - 1)] for at in range(count(row))]
    return [random.normal(size=shape) if len(shape) == 2 else random.choice(FINITE, shape) for shape in sizes]


def meaning(name: str, *arguments: Any) -> Any:
    with np.errstate(all="ignore"):
        return OPERATORS[name].meaning(np, *map(np.asarray, arguments))


#: It is 0 of all that is a number, which nobody takes for linear.
_ALWAYS_ZERO = {"isnan"}


@pytest.mark.parametrize("name", [name for name in COMPUTED if name not in _ALWAYS_ZERO])
def test_it_is_linear_in_what_is_stated_and_in_nothing_else(name: str) -> None:
    row = COMPUTED[name]
    number = count(row)
    for group in itertools.chain.from_iterable(itertools.combinations(range(number), n) for n in (1, 2, 3)):
        differences = []
        for seed in range(5):
            one, other = operands(row, 2 * seed), operands(row, 2 * seed + 1)
            there = [other[at] if at in group else one[at] for at in range(number)]
            mixed = [2 * one[at] - 3 * other[at] if at in group else one[at] for at in range(number)]
            with np.errstate(invalid="ignore"):
                expected = 2 * meaning(name, *one) - 3 * meaning(name, *there)
                differences.append(np.abs(meaning(name, *mixed) - expected))
        # What is no number says nothing.
        is_linear = not any((difference > 1e-9).any() for difference in differences)
        assert is_linear is row.laws.is_linear_in(group, number), group


@pytest.mark.parametrize("name", with_law("associative"))
def test_brackets_do_not_matter(name: str) -> None:
    for a, b, c in itertools.product(FINITE, repeat=3):
        assert meaning(name, meaning(name, a, b), c) == pytest.approx(meaning(name, a, meaning(name, b, c)))


@pytest.mark.parametrize("name", [name for name, row in COMPUTED.items() if count(row) == 2])
def test_what_commutes(name: str) -> None:
    pairs = [operands(COMPUTED[name], seed) for seed in range(5)]
    commutes = all(
        one.shape == other.shape and np.array_equal(meaning(name, one, other), meaning(name, other, one))
        for one, other in pairs
    )
    assert commutes is COMPUTED[name].commutes


@pytest.mark.parametrize("name", [name for name, row in COMPUTED.items() if row.rule is shapes.elementwise])
def test_truths(name: str) -> None:
    row = COMPUTED[name]
    if row.kind == "reduction":
        return
    every = list(itertools.product((*FINITE, math.nan), repeat=count(row)))
    assert all(meaning(name, *values) in (0, 1) for values in every) is row.laws.gives_truth
    for at in range(count(row)):
        only_truth = all(
            np.array_equal(
                meaning(name, *values),
                meaning(name, *values[:at], float(values[at] != 0), *values[at + 1 :]),
                equal_nan=True,
            )
            for values in every
        )
        assert only_truth is (at in row.laws.truths)


@pytest.mark.parametrize("name", with_law("identities"))
def test_identities(name: str) -> None:
    row = OPERATORS[name]
    for position, constant, result in row.laws.identities:
        for values in itertools.product((0.0, 1.0) if row.laws.gives_truth else FINITE, repeat=count(row)):
            given = [*values[:position], float(constant), *values[position + 1 :]]
            match result:
                case Operand(at):
                    expected = given[at]
                case Applied(operator, at):
                    expected = meaning(operator, given[at])
                case _:
                    expected = result
            assert meaning(name, *given) == expected


@pytest.mark.parametrize("name", [name for name, row in OPERATORS.items() if row.exact.settled])
def test_an_infinity_settles(name: str) -> None:
    for infinity, at in itertools.product((math.inf, -math.inf), (0, 1)):
        found = [evaluate(name, [infinity, value] if at == 0 else [value, infinity]) for value in (0, 1, -3, 7)]
        # What divides an infinity has a sign, which 0 has not: nothing is said then.
        assert len(set(found)) == 1 or found[0] is None


@pytest.mark.parametrize("name", with_law("equal_entries"))
def test_equal_entries(name: str) -> None:
    law = OPERATORS[name].laws.equal_entries
    assert law is not None
    for value, size in itertools.product(FINITE, (1, 2, 5)):
        found = meaning(name, np.full(size, value))
        if law.result is not None:
            assert found == pytest.approx(value if isinstance(law.result, Operand) else law.result)
        if value in law.fixed:
            assert found == value
        if law.repeated:
            assert found == pytest.approx(meaning(law.repeated, size, value))
    if law.nothing is not None:
        assert meaning(name, np.zeros(0)) == law.nothing


@pytest.mark.parametrize("name", [name for name in COMPUTED if OPERATORS[name].kind != "reduction"])
def test_what_is_partial_or_divides(name: str) -> None:
    row = COMPUTED[name]
    if row.rule is shapes.elementwise:
        every = itertools.product(FINITE, repeat=count(row))
        is_partial = not all(np.isfinite(meaning(name, *values)) for values in every)
        assert is_partial is row.laws.partial
    if row.laws.divides_by is not None:
        assert row.laws.partial
        given = operands(row)
        given[row.laws.divides_by] *= 0
        try:
            assert not np.isfinite(meaning(name, *given)).any()
        except np.linalg.LinAlgError:
            assert row.rule is not shapes.elementwise


@pytest.mark.parametrize("name", with_law("entries"))
def test_entries(name: str) -> None:
    row = OPERATORS[name]
    if row.laws.entries is Entries.DIAGONAL:
        found = meaning(name, (3, 4))
        assert all(found[i, j] == (i == j) for i, j in np.ndindex(3, 4))
        return
    given = operands(row)
    found = meaning(name, *given)
    match row.laws.entries:
        case Entries.STACKED:
            assert all(np.array_equal(part, one) for part, one in zip(found, given, strict=True))
        case Entries.JOINED:
            assert list(found) == [entry for one in given for entry in one]
        case Entries.CROSSED:
            assert all(found[i, j] == given[0][i] * given[1][j] for i, j in np.ndindex(found.shape))
        case Entries.TURNED:
            assert all(found[i, j] == given[0][j, i] for i, j in np.ndindex(found.shape))


@pytest.mark.parametrize("name", [name for name, row in OPERATORS.items() if row.laws.fill is not None])
def test_fill(name: str) -> None:
    assert (meaning(name, (2, 3)) == OPERATORS[name].laws.fill).all()


@pytest.mark.parametrize("name", [name for name, row in OPERATORS.items() if row.rank is not None])
def test_rank(name: str) -> None:
    row = OPERATORS[name]
    if row.rule in OPERANDS:
        assert np.ndim(meaning(name, *operands(row))) == row.rank
    else:
        sizes = (3,) * (row.rank or 0)
        assert np.ndim(meaning(name, *[1] * (0 if row.sizes is None else 1), sizes)) == row.rank


@pytest.mark.parametrize("name", with_law("signs"))
def test_what_adds_up_counts_its_operands_with_their_signs(name: str) -> None:
    signs = OPERATORS[name].laws.signs
    for values in itertools.product(FINITE, repeat=count(OPERATORS[name])):
        assert meaning(name, *values) == sum(sign * value for sign, value in zip(signs, values, strict=True))


@pytest.mark.parametrize("name", with_law("undone"))
def test_an_operand_is_found_from_the_result_and_the_other_one(name: str) -> None:
    row = COMPUTED[name]
    for undone in row.laws.undone:
        for seed in range(5):
            values = operands(row, seed)
            # What is divided by 0 is lost.
            values = [np.where(value == 0, 2.0, value) for value in values]
            found, other = meaning(name, *values), values[1 - undone.position]
            given = (found, other) if undone.result_first else (other, found)
            np.testing.assert_allclose(meaning(undone.operator, *given), values[undone.position], atol=1e-9)
