"""The form of each operator in NumPy, in both layouts, is its meaning for every sequence at every step."""

from __future__ import annotations

import ast
import itertools
from typing import Any

import numpy as np
import pytest

from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.algebra.shapes import elementwise, stacked_over
from unfoldgraph.algebra.table.operator_row import Operands, Operator
from unfoldgraph.program.runtime import arrays, functions, pieces, recurrences, sequences
from unfoldgraph.program.standalone import runtime_names

RUNTIME = vars(arrays) | vars(functions) | vars(pieces) | vars(recurrences) | vars(sequences)
RANDOM = np.random.default_rng(7)
NAMESPACE = {"np": np, "dtype": np.float64} | {name: RUNTIME[name] for name in runtime_names()}
STEPS = 5

ROWS = {name: row for name, row in OPERATORS.items() if row.kind != "entry"}
REDUCTIONS = {name: row for name, row in ROWS.items() if row.kind == "reduction"}
#: The shapes of arguments that are not those of operations entry by entry, where m is the size that the batch may have.
ENTRIES = ((), ("m",), ("n", "m"), ("m", "m"), ("n", 2, "m"))
SHAPES: dict[str, tuple[tuple[tuple[int | str, ...], ...], ...]] = {
    "matmul": (
        (("n", "m"), ("m",)), (("m", "m"), ("m",)), (("m",), ("m", "n")), (("m",), ("m",)), (("n", "m"), ("m", "m")),
    ),
    "transpose": ((("n", "m"),), (("m", "m"),)),
    **{name: tuple((shape,) for shape in ENTRIES) for name in ("sum", "prod", "mean", "min", "max", "argmax", "norm")},
    "dot": ((("m",), ("m",)),),
    "outer": ((("m",), ("n",)), (("m",), ("m",))),
    "concat": ((("m",),), (("m",), ("n",)), (("n",), ("m",), (2,), ("m",), (1,))),
    "stack": (((),), ((), (), ()), (("m",), ("m",)), (("n", "m"),) * 5),
    **{name: tuple((shape,) for shape in ENTRIES[1:]) for name in ("softmax", "logsoftmax", "logsumexp")},
    "solve": ((("m", "m"), ("m",)), (("m", "m"), ("m", "n"))),
    "inv": ((("m", "m"),),),
    "det": ((("m", "m"),),),
    "placed": (
        ((2,), ("m",)), ((), ("m",)), (("m",), ("n", "m")), ((), ("n", "m")), ((2, "m"), ("n", 3, "m")),
        ((2,), ("n", 3, "m")),
    ),
    "one_hot": (((),),),
    "zeros": ((),),
    "ones": ((),),
    "eye": ((),),
}  # fmt: skip
SIZES = {"one_hot": ((4,),), "zeros": ((4,), (2, 3)), "ones": ((4,), (2, 3)), "eye": ((3,), (2, 3))}
#: Where something is placed, by the ranks of what is and of where.
ITEMS: dict[tuple[int, ...], tuple[int | slice, ...]] = {
    (1, 1): (slice(1, 3),), (0, 1): (slice(1, None),), (1, 2): (-1,), (0, 2): (0, 1), (2, 3): (0, slice(-2, None)),
    (1, 3): (-1, slice(1, 3), 0),
}  # fmt: skip
#: What has no form in columns where sequences have matrices of their own: there the loop stays in rows.
IN_ROWS_ONLY = {"matmul", "solve", "inv", "det"}


def shapes_for(row: Operator) -> tuple[tuple[tuple[int | str, ...], ...], ...]:
    """Return the shapes of arguments that an operator is tried with."""
    if row.rule is not elementwise or row.name in SHAPES:
        return SHAPES[row.name]
    least, most = row.arity
    counts = {least, 3 if most is None else most}
    same = [(shape,) * count for count in counts for shape in ENTRIES]
    mixed = [each for count in counts if count > 1 for each in itertools.product([(), ("m",)], repeat=count)]
    return (*same, *mixed)


def cases(row: Operator) -> list[tuple[tuple[tuple[int, ...], ...], int, tuple[bool, ...], tuple[bool, ...]]]:
    """Return shapes, a batch, which arguments are of every sequence, and which of every step."""
    found = []
    for (m, n, batch), shapes in itertools.product([(3, 2, 3), (4, 3, 2)], shapes_for(row)):
        own = tuple(tuple({"m": m, "n": n}.get(size, size) for size in shape) for shape in shapes)
        flags = list(itertools.product([True, False], repeat=min(2, len(own))))
        for batched, stepped in itertools.product(flags, flags):
            more = max(0, len(own) - 2)
            found.append((own, batch, batched + batched[:1] * more, stepped + stepped[1:] * more))
    return found


def tried(row: Operator, shape: tuple[int, ...]) -> np.ndarray:
    """Return values that an operator takes: logarithms and powers none below 0, conditions some that do not hold."""
    if row.name == "one_hot":
        return RANDOM.integers(-1, 5, shape).astype(float)
    if row.laws.truths or row.laws.gives_truth:
        return RANDOM.integers(0, 3, shape).astype(float)
    values = RANDOM.normal(size=shape)
    if row.name in ("arcsin", "arccos"):
        return np.tanh(values)
    if row.name == "isnan":
        return np.where(values < -0.5, np.nan, values)
    return np.abs(values) + 0.1 if row.laws.partial and row.rule is elementwise else values


def whole_values(
    row: Operator, shapes: tuple[tuple[int, ...], ...], batch: int, batched: tuple[bool, ...], stepped: tuple[bool, ...]
) -> list[np.ndarray]:
    """Return an array (steps or 1, sequences or 1, *shape) for each argument."""
    return [
        tried(row, (STEPS if at_steps else 1, batch if of_all else 1, *shape))
        for shape, of_all, at_steps in zip(shapes, batched, stepped, strict=True)
    ]


def meaning(row: Operator, values: list[np.ndarray], batch: int, told: tuple[Any, ...]) -> np.ndarray:
    """Return what an operator means, for every step and sequence: (steps, sequences, *shape)."""
    last = (told,) if row.sizes != 0 or row.indexed is not None else ()

    def one(step: int, sequence: int) -> Any:
        own = [value[min(step, len(value) - 1), min(sequence, value.shape[1] - 1)] for value in values]
        return row.meaning(np, *own, *last)

    return np.array([[one(step, sequence) for sequence in range(batch)] for step in range(STEPS)], float)


def evaluated(form: str, arguments: list[np.ndarray], **names: Any) -> np.ndarray:
    given = dict(zip("abc", arguments, strict=False))
    return eval(form, NAMESPACE, {**given, "args": arguments, **names})


def in_rows(value: np.ndarray, rank: int, aligned: int | None) -> np.ndarray:
    """Return values as they stand in rows: with no dimensions in front where they are the same everywhere."""
    if aligned is not None:
        value = value.reshape(*value.shape[:2], *[1] * (aligned - rank), *value.shape[2:])
    while value.ndim > (rank if aligned is None else aligned) and value.shape[0] == 1:
        value = value[0]
    return value


def in_columns(value: np.ndarray, rank: int, aligned: int | None, is_batched: bool, any_batched: bool) -> np.ndarray:
    """Return values as they stand in columns; those of all sequences have no dimension of them, unless aligned."""
    value = np.moveaxis(value, 1, -1)
    if aligned is not None:
        value = value.reshape(len(value), *[1] * (aligned - rank), *value.shape[1:])
    if not is_batched and (aligned is None or not any_batched):
        value = value[..., 0]
    return value[0] if len(value) == 1 else value


@pytest.mark.parametrize("name", sorted({*ROWS} - {*REDUCTIONS}))
def test_forms_in_rows(name: str) -> None:
    row = ROWS[name]
    for shapes, batch, batched, stepped in cases(row):
        ranks = tuple(map(len, shapes))
        for told in (ITEMS[ranks],) if row.indexed is not None else SIZES.get(name, ((),)):
            aligned = max(ranks, default=0) if row.rule is elementwise else None
            values = whole_values(row, shapes, batch, batched, stepped)
            arguments = [in_rows(value, rank, aligned) for value, rank in zip(values, ranks, strict=True)]
            form = row.numpy_form(Operands(ranks))
            assert form is not None
            expected = meaning(row, values, batch, told)
            found = evaluated(form, arguments, sizes=told, items=told)
            np.testing.assert_allclose(np.broadcast_to(found, expected.shape), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", sorted({*ROWS} - {*REDUCTIONS}))
def test_forms_in_columns(name: str) -> None:
    row = ROWS[name]
    written = 0
    for shapes, batch, batched, stepped in cases(row):
        ranks = tuple(map(len, shapes))
        for told in (ITEMS[ranks],) if row.indexed is not None else SIZES.get(name, ((),)):
            aligned = max(ranks, default=0) if row.rule is elementwise else None
            values = whole_values(row, shapes, batch, batched, stepped)
            operands = Operands(ranks, True, batched)
            arguments = [
                in_columns(value, rank, aligned, is_batched, any(batched))
                for value, rank, is_batched in zip(values, ranks, batched, strict=True)
            ]
            form = row.numpy_form(operands)
            if form is None:
                assert name in IN_ROWS_ONLY and operands.is_batched
                continue
            written += 1
            expected = meaning(row, values, batch, told)
            found = np.asarray(evaluated(form, arguments, sizes=told, items=told))
            if operands.is_batched:
                assert found.shape[-1] == batch
                expected = np.moveaxis(expected, 1, -1)
            else:
                found, expected = found[..., None], np.moveaxis(expected, 1, -1)
            np.testing.assert_allclose(np.broadcast_to(found, expected.shape), expected, rtol=1e-12, atol=1e-14)
    assert written


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("steps", [0, 1, 4])
def test_reductions_in_both_layouts(name: str, steps: int) -> None:
    """Their values have the dimensions of an axis of their own, beside that of the steps."""
    row = REDUCTIONS[name]
    values = RANDOM.normal(size=(STEPS, steps, 3, 3))
    with np.errstate(all="ignore"):
        expected = np.array([row.meaning(np, values[step]) for step in range(STEPS)])
        # In rows what is built stands behind the dimension of the sequences, in columns before it.
        in_rows = np.moveaxis(expected, 1, 2) if row.rule is stacked_over else expected
        for operands, result in ((Operands((1,)), in_rows), (Operands((1,), True, (True,)), expected)):
            form = row.numpy_form(operands)
            assert form is not None
            found = evaluated(form, [values], axis=1, steps=steps)
            np.testing.assert_allclose(found, result, rtol=1e-12)
            found = evaluated(form, [np.moveaxis(values, 1, 0)], axis=0, steps=steps)
            np.testing.assert_allclose(found, result, rtol=1e-12)


@pytest.mark.parametrize("name", ROWS)
def test_forms_are_expressions_of_known_names(name: str) -> None:
    row = ROWS[name]
    known = {"np", "a", "b", "c", "args", "dtype", "sizes", "items", "axis", "steps"} | runtime_names()
    shapes = [(("m",),)] if name in REDUCTIONS else shapes_for(row)
    for own in shapes:
        ranks = tuple(map(len, own))
        layouts = [Operands(ranks)]
        layouts += [Operands(ranks, True, flags) for flags in itertools.product([True, False], repeat=len(ranks))]
        for form in filter(None, map(row.numpy_form, layouts)):
            tree = ast.parse(form, mode="eval")
            assert {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} <= known
            assert form == ast.unparse(tree).replace(" ** ", "**")


def test_what_products_of_columns_are() -> None:
    row = OPERATORS["matmul"]
    assert row.numpy_form(Operands((2, 1))) == "_apply(a, b)"
    assert row.numpy_form(Operands((2, 1), True, (False, True))) == "np.matmul(a, b)"
    assert row.numpy_form(Operands((2, 1), True, (True, True))) is None
    assert row.numpy_form(Operands((2, 1), True, (False, False))) == "_apply(a, b)"
    assert OPERATORS["concat"].numpy_form(Operands((1, 1), True, (True, False))) == "_concat(a, b[..., None], axis=-2)"
    assert OPERATORS["sum"].numpy_form(Operands((2,), True, (True,))) == "np.sum(a, axis=(-3, -2))"
