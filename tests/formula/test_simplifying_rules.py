"""Every rule of folding against the meaning of its operator, over constants, what fills an array, and names."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product
from typing import Any, NamedTuple

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from oracles.formula_reader import Reader
from support.profiles import examples

from unfoldgraph import Circuit
from unfoldgraph.algebra.expression import Expr, Index, Slice, number, parameter
from unfoldgraph.algebra.notation import text
from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.algebra.shapes import Mismatch, Sizes, elementwise, is_fresh
from unfoldgraph.algebra.table.operator_row import Operator
from unfoldgraph.formula.simplifying import Folder, bare, constant_number, filled

SIZES = {"m": 3, "n": 4, "k": 1}
#: What names stand for: finite, none of them 0 or 1, of every shape.
VALUES: dict[str, Any] = {
    "a": 0.7, "b": -1.6, "v": [0.5, -1.5, 2.25], "w": [1.75, 0.25, -0.75], "u": [0.3, -0.2, 1.4, 2.5],
    "A": [[2.0, 1.0, 0.5], [-1.0, 3.0, 0.25], [0.25, 1.5, -2.0]], "B": [[0.5, 2.0, -1.0, 1.5]] * 3, "c": [0.4],
    "q": [1.2, -0.4, 0.9],
}  # fmt: skip
#: The same with zeros, ones and equal entries among them, where what is not finite does not count.
PLAIN: dict[str, Any] = {
    "a": 0.0, "b": 1.0, "v": [0.0, 1.0, 1.0], "w": [1.0, 1.0, 0.0], "u": [0.0, 0.0, 0.0, 0.0],
    "A": np.eye(3), "B": np.zeros((3, 4)), "c": [0.0], "q": [0.0, 2.0, 2.0],
}  # fmt: skip
SHAPES: dict[str, tuple[int | str, ...]] = {
    "a": (), "b": (), "v": ("m",), "w": ("m",), "u": ("n",), "A": ("m", "m"), "B": ("m", "n"), "c": ("k",), "q": (3,),
}  # fmt: skip
NUMBERS = (0, 1, 2, -1, Fraction(1, 2), -3, math.inf, -math.inf)
#: Few for what takes two or three, as they are all combined.
FEW = (0, 1, -2, math.inf)
_REST = Slice(Index("", 1), None)


class Argument(NamedTuple):
    """An argument as the folding has it, as an expression that nothing has folded, and its value for both data."""

    folded: Expr
    plain: Expr


def spread(folder: Folder, value: float, shape: Sequence[int | str]) -> Argument:
    """Return a constant that fills a shape."""
    plain = Expr("mul", (constant_number(value), Expr("ones", (), tuple(shape))))
    return Argument(filled(constant_number(value), tuple(shape)), plain)


def sliced(folder: Folder, one: Argument, items: tuple[Index | Slice, ...]) -> Argument:
    return Argument(folder.operation("entry", [one.folded], items), Expr("entry", (one.plain,), items))


def joined(folder: Folder, *parts: Argument) -> Argument:
    """Return what is concatenated, as what fills it where that is the same everywhere."""
    sizes = folder.operation("concat", [part.folded for part in parts])
    return Argument(sizes, Expr("concat", tuple(part.plain for part in parts)))


def named(name: str) -> Argument:
    return Argument(parameter(name), parameter(name))


def arguments(folder: Folder, numbers: Sequence[Any], rich: bool) -> list[Argument]:
    """Return constants, what fills shapes with names, with numbers and without either, and names."""
    found = [Argument(constant_number(value), constant_number(value)) for value in numbers]
    shapes: list[tuple[int | str, ...]] = [("m",), ("m", "m"), ("m", "n"), (3,), (2, 3), (3, 3)]
    for value in numbers if rich else numbers[:3]:
        found += [spread(folder, value, shape) for shape in (shapes if rich else shapes[:3])]
        # Sizes without a name: what is left of m, of a matrix, of nothing at all.
        found.append(sliced(folder, spread(folder, value, ("m",)), (_REST,)))
        found.append(sliced(folder, spread(folder, value, ("m", "n")), (_REST, Slice(None, Index("n", -1)))))
        if rich:
            found.append(sliced(folder, spread(folder, value, ("k",)), (_REST,)))
            found.append(sliced(folder, spread(folder, value, (3,)), (Slice(Index("", 2), Index("", 2)),)))
    found += [named(name) for name in VALUES]
    found.append(sliced(folder, named("v"), (_REST,)))
    return found


def value_of(node: Expr, data: dict[str, Any]) -> Any:
    """Return the value of an expression by the meaning of each operator, shapes checked by no one."""
    known: dict[int, Any] = {}

    def found(node: Expr) -> Any:
        if id(node) not in known:
            known[id(node)] = computed(node)
        return known[id(node)]

    def computed(node: Expr) -> Any:
        match node.operator:
            case "number":
                return np.float64(node.data)
            case "parameter":
                return np.asarray(data[node.data], float)
            case "entry":
                return found(node.arguments[0])[tuple(map(item_of, node.data))]
        row = OPERATORS[node.operator]
        given = [found(argument) for argument in node.arguments]
        if row.sizes != 0:
            given.append(tuple(SIZES.get(size, size) for size in node.data))
        if row.indexed is not None:
            given.append(tuple(map(item_of, node.data)))
        return np.asarray(row.meaning(np, *given), float)

    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return found(node)


def item_of(item: Any) -> Any:
    if item is None or isinstance(item, Index):
        return item and item.offset + SIZES.get(item.base, 0)
    return slice(*map(item_of, item))


def names_in(node: Expr) -> set[str]:
    own = {node.data} if node.operator == "parameter" else set()
    return own.union(*map(names_in, node.arguments))


def check(folder: Folder, operator: str, given: Sequence[Argument], data: Any = None) -> bool:
    """Check that what an operation folds to has its value and its shape; say whether it folded at all."""
    plain = Expr(operator, tuple(argument.plain for argument in given), data)
    folded = folder.operation(operator, [argument.folded for argument in given], data)
    written = text(folder.spread(folded))
    label = f"{text(plain)} → {written}"
    for values in (VALUES, PLAIN):
        try:
            wanted = value_of(plain, values)
        except np.linalg.LinAlgError:
            # A constant matrix without an inverse stays where it is.
            if not names_in(given[0].plain):
                with pytest.raises(np.linalg.LinAlgError):
                    Reader({}, values, SIZES).value(written)
            continue
        except (ValueError, IndexError):
            # Of no entries at all there is none.
            continue
        if values is PLAIN and not np.all(np.isfinite(wanted)):
            continue
        found = Reader({}, values, SIZES).value(written)
        assert np.shape(found) == np.shape(wanted), label
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12, err_msg=label)
    return folded is not plain


def fits(folder: Folder, row: Operator, given: Sequence[Argument], data: Any = None) -> bool:
    """Say whether an operator takes arguments of these shapes, sizes without a name only where they are the same."""
    shapes = [folder.shape(argument.plain) for argument in given]
    sizes = Sizes()
    try:
        row.rule(list(shapes), None, data, sizes)
    except Mismatch:
        return False
    return not any(is_fresh(size) and sizes.find(size) != size for shape in shapes for size in shape or ())


def cases(row: Operator, folder: Folder) -> Iterator[tuple[list[Argument], Any]]:
    """Yield the arguments that an operator is tried with, and its data."""
    if row.sizes is None:
        yield from (([], shape) for shape in (("m",), (2,), ("m", "n"), (3, 3)))
        return
    if row.kind == "entry":
        numbers = [Index("", 0), Index("", -1), _REST, Slice(None, Index("m", -1))]
        for one in arguments(folder, NUMBERS, True):
            for items in [*product(numbers, repeat=1), *product(numbers, repeat=2)]:
                shape = folder.shape(one.plain) or ()
                if len(shape) >= len(items) and shape[0] not in (0, "k", 2):
                    yield [one], items
        return
    if row.indexed is not None:
        places = [(Index("", 0),), (Index("", -1),), (Slice(Index("", 1), None),), (Slice(None, Index("m", -1)),)]
        for value, array in product(arguments(folder, NUMBERS, False), arguments(folder, FEW, False)):
            own, whole = (np.zeros(np.shape(value_of(one.plain, PLAIN))) for one in (value, array))
            for items in [*places, (_REST, Index("", 0))]:
                at = tuple(map(item_of, items))
                is_there = whole.ndim >= len(at) and 0 not in whole.shape
                # How many entries a slice leaves has no name that could be compared.
                if is_there and own.shape in ((), whole[at].shape):
                    yield [value, array], items
        return
    least, most = row.arity
    count = (most or max(least, 2)) - (row.sizes or 0)
    several = arguments(folder, NUMBERS if count < 2 else FEW, count < 3)
    if count == 3:
        several = [one for one in several if len(folder.shape(one.plain) or ()) < 2]
    for given in product(several, repeat=count):
        if row.rule is not elementwise or count < 3 or len({folder.shape(one.plain) for one in given} - {()}) < 2:
            yield list(given), ("n",) if row.sizes else None
    if most is None:
        few = [*arguments(folder, FEW, False)[:10], named("a"), named("v")]
        yield from ((list(given), None) for given in product(few, repeat=3))


@pytest.mark.parametrize("name", [name for name, row in OPERATORS.items() if row.kind != "reduction"])
def test_every_operator_folds_to_what_it_means(name: str) -> None:
    row = OPERATORS[name]
    folder = Folder(SHAPES)
    tried = 0
    for given, data in cases(row, folder):
        if fits(folder, row, given, data):
            check(folder, name, given, data)
            tried += 1
    assert tried


#: What a rule of folding is for, and what it gives: each is there, and none is only by chance what is wanted.
RULES = {
    "0 or 3": "1", "norm(ones(m))": "norm(ones(m))", "argmax(2 * ones(m))": "0", "3 and 2": "1", "3 xor 2": "0",
    "(a < 1) or 0": "a < 1", "a or 0": "a or 0", "a or 2": "1", "a and 2": "a and 2", "(a < 1) and 2": "a < 1",
    "(a < 1) xor 0": "a < 1", "a xor 0": "a xor 0", "not inf": "0", "inf and a": "inf and a", "inf or a": "1",
    "inf + 1": "inf", "inf - inf": "inf - inf", "0 * inf": "0 * inf", "inf * -2": "-inf", "1 / inf": "0",
    "inf / 0": "inf / 0", "inf / inf": "inf / inf", "a + inf": "inf", "a - inf": "-inf", "a * inf": "a * inf",
    "a / inf": "0", "inf / a": "inf / a", "a < inf": "1", "a == inf": "0", "inf <= a": "0", "inf == inf": "1",
    "min(a, inf)": "a", "max(a, inf)": "inf", "min(a, b, inf)": "min(a, b)", "min(a, 2, inf)": "min(a, 2)",
    "max(a, -inf)": "a", "min(a, -inf)": "-inf", "max(a, 1, b, 2)": "max(a, 2, b)", "min(inf, inf)": "inf",
    "abs(-inf)": "inf", "floor(inf)": "inf", "exp(-inf)": "0", "tanh(inf)": "1", "sigmoid(-inf)": "0",
    "log(inf)": "inf", "log(-inf)": "log(-inf)", "sqrt(inf)": "inf", "sin(inf)": "sin(inf)", "sign(-inf)": "-1",
    "cosh(-inf)": "inf", "sinh(-inf)": "-inf", "relu(-inf)": "0", "softplus(inf)": "inf", "inf ** 0": "1",
    "inf % 2": "inf % 2", "2 % inf": "2 % inf", "1 ** inf": "1", "inf if a else 0": "inf if a else 0",
    "0 * a": "0", "0 / a": "0", "a ** 0": "1", "1 ** a": "1", "0 ** a": "0**a", "a - a": "a - a",
    "0 * (1 / 0)": "0 * (1 / 0)", "0 * (a / 0)": "0 * (a / 0)", "0 * (0 * inf)": "0 * (0 * inf)",
    "0 * log(0)": "0 * log(0)", "0 * sqrt(2)": "0", "0 / (inf * a)": "0 / (inf * a)", "0 * sqrt(-1)": "0 * sqrt(-1)",
    "(a * inf) + inf": "a * inf + inf", "a * inf < inf": "a * inf < inf", "0 * (0 ** -1)": "0 * 0**-1",
    "dot(zeros(m), inf * v)": "dot(zeros(m), inf * v)", "dot(zeros(m), v)": "0",
    "softmax(A @ zeros(m))": "softmax(zeros(m))",
    "softmax(solve(A, zeros(m)))": "softmax(zeros(m))",
    "softmax(outer(zeros(m), v))": "softmax(zeros(m, m))", "sum(zeros(m))": "0",
    "sum(2 * ones(3))": "6", "sum(2 * ones(m))": "sum(2 * ones(m))", "prod(ones(m))": "1", "prod(zeros(m))": "0",
    "prod(ones(m)[1:])": "1", "prod(zeros(m)[1:])": "prod(zeros(m)[1:])", "mean(2 * ones(m))": "2",
    "mean(2 * ones(m)[1:])": "mean(2 * ones(m)[1:])", "max(ones(m)[1:m])": "max(ones(m)[1:m])",
    "sum(zeros(m)[1:])": "0", "sum(ones(m)[1:] + 1)": "sum(2 * ones(m)[1:])", "sum(v[1:] * 0)": "0",
    "softmax(v[1:] * 0)": "softmax(zeros(m)[1:])", "softmax(concat(v, u) * 0)": "softmax(concat(zeros(m), zeros(n)))",
    "softmax(outer(v, concat(v, u)) * 0)": "softmax(outer(zeros(m), concat(zeros(m), zeros(n))))",
    "softmax(B[1:, :2] * 0)": "softmax(zeros(m, 2)[1:, :])", "sum(0 * q[2:2] + 1)": "0",
    "sum(stack(0 * q[2:2] + 1))": "sum(stack(ones(1)[1:1]))",
    "stack(a, b)[0]": "a", "stack(a, b)[-1]": "b", "stack(v, w)[1, 0]": "w[0]", "stack(v, w)[1][0]": "w[0]",
    "stack(a, b, 2)[1:]": "stack(b, 2)", "stack(v, w)[:, 1]": "stack(v[1], w[1])", "stack(v, w).T[1]":
    "stack(v[1], w[1])", "stack(v, w).T[1, 0]": "v[1]", "(q + stack(a, b, 2))[2]": "q[2] + 2",
    "(v + w)[0]": "(v + w)[0]", "A.T[0]": "A.T[0]", "concat(v, u)[0]": "v[0]", "concat(v, u)[-1]": "u[-1]",
    "concat(v, u)[-2]": "concat(v, u)[-2]", "0 or a": "0 or a", "0 xor a": "0 xor a", "0 or (a < 1)": "a < 1",
    "concat(v, u)[3]": "concat(v, u)[3]", "concat(stack(a, b), u)[2]": "u[0]", "concat(u, stack(a, b))[-2]": "a",
    "concat(u, stack(a, b))[-3]": "u[-1]", "concat(q, stack(a, b))[-4]": "q[-2]",
    "outer(v, u)[1, 2]": "v[1] * u[2]", "outer(v, u)[1]": "v[1] * u", "outer(v, u)[:, 2]": "v * u[2]",
    "outer(v, u)[1:, 2:]": "outer(v[1:], u[2:])", "eye(3)[1, 1] + eye(3)[0, 1]": "1", "zeros(m)[1] + 2": "2",
    "stack(a, 0)[1] * b": "0", "(stack(a, 1, b) * q)[1]": "q[1]", "stack(zeros(m), v)[0] + v": "v",
    "(q if a > 0 else stack(a, b, 2))[1]": "(q if a > 0 else stack(a, b, 2))[1]",
    "stack(v, w)[m-3, 0]": "stack(v, w)[m-3, 0]",
}  # fmt: skip
DECLARED = "".join(
    f"{name} : {shape[0] if len(shape) == 1 else '(' + ', '.join(map(str, shape)) + ')'}\n"
    for name, shape in SHAPES.items()
)


@pytest.mark.filterwarnings("ignore::unfoldgraph.base.errors.CircuitWarning")
@pytest.mark.parametrize("written", RULES)
def test_rules(written: str) -> None:
    """The formula is what is wanted, and has the value that its equation has."""
    circuit = Circuit(f"{DECLARED}y = {written}\nz = sum(zeros(m)) + sum(zeros(n)) + sum(zeros(k))")
    formula = circuit.expand("y").text
    assert formula == RULES[written]
    given = {name: np.asarray(VALUES[name], float) for name in circuit.parameters}
    wanted = circuit.unfold().evaluate(**given)["y"]
    np.testing.assert_allclose(Reader({}, VALUES, SIZES).sides(formula, wanted.shape), wanted, rtol=1e-12)


# Operations of operations -------------------------------------------------------------------------------


@st.composite
def expressions(draw: st.DrawFn, folder: Folder, depth: int) -> Argument:
    """Return an operation of operations, each folded as it is made."""
    if depth == 0:
        return draw(st.sampled_from(arguments(folder, FEW, False)))
    parts = [draw(expressions(folder, draw(st.integers(0, depth - 1)))) for _ in range(2)]
    names = [name for name, row in OPERATORS.items() if row.kind != "reduction" and row.sizes == 0 and name != "placed"]
    order = draw(st.permutations(names))
    for name in order[:20]:
        row = OPERATORS[name]
        given = parts[: row.arity[0]] if row.arity[0] < 3 else [parts[0], *parts]
        shape = folder.shape(given[0].plain)
        data = None
        if name == "entry":
            if not shape:
                continue
            data = (draw(st.sampled_from([Index("", 0), Index("", -1), _REST])),)
        if fits(folder, row, given, data):
            folded = folder.operation(name, [one.folded for one in given], data)
            return Argument(folded, Expr(name, tuple(one.plain for one in given), data))
    return parts[0]


@examples(400)
@hypothesis.given(st.data())
def test_operations_of_operations_fold_to_what_they_mean(data: st.DataObject) -> None:
    folder = Folder(SHAPES)
    found = data.draw(expressions(folder, 4))
    written = text(folder.spread(found.folded))
    for values in (VALUES, PLAIN):
        try:
            wanted = value_of(found.plain, values)
        except (ValueError, IndexError, np.linalg.LinAlgError):
            continue
        # What a name stands for is finite, and so is what is computed of it; constants are what they are.
        if names_in(found.plain) and not is_finite_throughout(found.plain, values):
            continue
        got = Reader({}, values, SIZES).value(written)
        assert np.shape(got) == np.shape(wanted), f"{text(found.plain)} → {written}"
        np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-9, err_msg=f"{text(found.plain)} → {written}")


def is_finite_throughout(root: Expr, values: dict[str, Any]) -> bool:
    parts = [root]
    for node in parts:
        parts += node.arguments
    return all(np.all(np.isfinite(value_of(node, values))) for node in parts if node.operator != "number")


# Reductions ---------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::unfoldgraph.base.errors.CircuitWarning")
@pytest.mark.parametrize("steps", [0, 1, 2, 3])
@pytest.mark.parametrize("reduction", ["sum", "prod", "mean", "max", "min", "argmax"])
@pytest.mark.parametrize(
    "body",
    [
        "x(t)", "z(t-1)", "0 * x(t)", "t", "2", "s(t)", "s(t) * (t == 2)", "zeros(m)", "v * (t - 1)", "exp(z(t-1))",
        "z(t-1) + s(t)", "inf", "inf if t == 2 else 1", "x(t)[1:] * 0", "x(t)[1:]", "concat(z(t-1), x(t+9))",
        "s(t) - inf", "t if t < 2 else inf",
    ],
)  # fmt: skip
def test_reductions_fold_to_what_they_mean(reduction: str, body: str, steps: int) -> None:
    """Written out and folded, and beside what needs their shape."""
    declared = f"{DECLARED}x(t), z(t) : m\ns(t) : ()\nz(t) = z(t-1); z(0) = 0\n"
    whole = f"{reduction}({body} for t)"
    circuit = Circuit(f"{declared}y = {whole}\ntotal = sum(exp({whole}) + 1)\ng(t) = x(t) + v * s(t)")
    random = np.random.default_rng(3)
    arrays = {"x": random.normal(size=(steps, 3)), "s": random.normal(size=steps)}
    given = {**arrays, **{name: np.asarray(VALUES[name], float) for name in circuit.parameters}}
    wanted = circuit.unfold(steps).evaluate(**given)
    places: dict[tuple[str, tuple[int, ...]], Any] = {("z", (0,)): np.zeros(3)}
    places |= {(name, (at + 1,)): array[at] for name, array in arrays.items() for at in range(steps)}
    for name in ("y", "total"):
        formula = circuit.expand(name, steps).text
        found = Reader(places, VALUES, SIZES).sides(formula, np.shape(wanted[name]))
        np.testing.assert_allclose(found, wanted[name], rtol=1e-12, err_msg=formula)


@pytest.mark.parametrize(
    ("shape", "items", "written"),
    [
        (("m",), (_REST,), "ones(m)[1:]"),
        (("m",), (Slice(Index("", 1), Index("m", 0)),), "ones(m)[1:m]"),
        (("m",), (Slice(None, Index("", 2)),), "ones(2)"),
        (("m", "n"), (_REST,), "ones(m, n)[1:, :]"),
        (("m", "n"), (Slice(None, None), _REST), "ones(m, n)[:, 1:]"),
        (("m", "n"), (_REST, Index("", 0)), "ones(m)[1:]"),
        (("m", "n"), (Index("", 0),), "ones(n)"),
        ((2, "m"), (Index("", 0), _REST), "ones(m)[1:]"),
        (("k", 3), (_REST, Slice(Index("", 1), Index("", 1))), "ones(k, 1)[1:, 1:1]"),
    ],
)
def test_a_constant_that_is_cut_is_still_a_constant(
    shape: tuple[int | str, ...], items: tuple[Index | Slice, ...], written: str
) -> None:
    """It is carried as one number with its shape, by the same size however that came about."""
    folder = Folder(SHAPES)
    cut = folder.operation("entry", [filled(number(2), shape)], items)
    assert bare(cut) is number(2)
    assert text(folder.spread(cut)) == f"2 * {written}"
    again = folder.operation("entry", [filled(number(3), shape)], items)
    assert bare(folder.operation("mul", [cut, again])) is number(6)
    assert folder.shape(cut) == folder.shape(again)


@pytest.mark.parametrize(
    ("written", "formula"),
    [
        ("sum(exp(zeros(m, m) @ f(v)))", "sum(exp(zeros(m, m) @ f(v)))"),
        ("sum(exp(f(v) @ zeros(m, m)))", "sum(exp(f(v) @ zeros(m, m)))"),
        ("dot(zeros(m), f(v))", "0"),
        ("sum(exp(outer(zeros(m), f(v))))", "sum(exp(outer(zeros(m), f(v))))"),
        ("sum(0 * f(v) + v)", "sum(0 * f(v) + v)"),
        ("sum(zeros(m) + f(v))", "sum(f(v))"),
        ("sum(0 * f(v) + 1)", "sum(0 * f(v) + 1)"),
        ("sum(f(v) ** 0)", "sum(f(v)**0)"),
        ("sum(2 if 1 else f(v))", "sum(2 if 1 else f(v))"),
        ("sum(min(f(v), -inf))", "sum(min(f(v), -inf))"),
        ("sum(exp(zeros(m) * f(v)))", "sum(ones(m))"),
    ],
)
def test_what_a_function_returns_has_a_shape_that_is_not_known(written: str, formula: str) -> None:
    """Zero times it is zero only where it is known of which shape."""
    circuit = Circuit(f"v : m\ny = {written}")
    assert circuit.expand("y").text == formula
    wanted = circuit.unfold().evaluate(v=np.array(VALUES["v"]), f=np.sin)["y"]
    found = Reader({}, VALUES, SIZES, {"f": np.sin}).sides(formula, ())
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_the_greatest_of_one_term_has_its_shape() -> None:
    circuit = Circuit("x(t) : 3\ny = sum(argmax(f(x(t)) for t))")
    assert circuit.expand("y", 1).text == "sum(f(x(1))**0)"
    assert circuit.expand("y", 2).text == "sum(2 if f(x(2)) > f(x(1)) else 1)"
