"""Programs mean what the equations say: indices of reductions as numbers, and what only opaque functions touch."""

from __future__ import annotations

import warnings
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
import pytest
from generators.circuits import lengths_of

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.model.equations import Model
from unfoldgraph.program.compiled import Program, compile_model


# A circuit is asked for several batches, one after the other, each for up to nine lengths.
@lru_cache(maxsize=10)
def program(model: Model, order: tuple[str, ...], lengths: tuple[tuple[str, int], ...] | None) -> Program:
    """Return a circuit as loops, or written out for some lengths; those in another order are equal."""
    return compile_model(model, steps=None if lengths is None else dict(lengths))


def agree(circuit: Circuit, lengths: dict[str, int], data: dict[str, Any], each: dict[str, Any] | None = None) -> Any:
    """Compare loops and straight-line code with the plain meaning; return the latter.

    `each` are the lengths of every sequence, which loops are also compared for.
    """
    model = circuit.model
    known = {model.length_of[axis] for axes in model.inputs.values() for axis in axes}
    steps = {axis: lengths[axis] for axis in circuit.axes if model.length_of[axis] == axis and axis not in known}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rolled, unrolled = (program(model, (*model.signals,), own) for own in (None, (*lengths.items(),)))
        expected = circuit.unfold(lengths).evaluate(**data)
        found = [(rolled(**data, steps=steps or None), expected), (unrolled(**data), expected)]
        if each:
            ends = circuit.unfold(lengths).evaluate(**data, lengths=each)
            found.append((rolled(**data, steps=steps or None, lengths=each), ends))
    for results, meant in found:
        assert list(results) == list(meant)
        for name, value in meant.items():
            assert results[name].shape == value.shape, (name, lengths, results[name].shape, value.shape)
            assert results[name].dtype == value.dtype, name
            np.testing.assert_allclose(results[name], value, rtol=1e-9, atol=1e-9, err_msg=f"{name} for {lengths}")
    return expected


# Indices of reductions as numbers ----------------------------------------------------------------------

RECURRENCES = {
    "copied by a mask": "V(i, c) = sum(V(i-1, d) * (d == c) for d); V(0, c) = x(c)",
    "beside a reduction over another axis": (
        "V(i, c) = sum(V(i-1, m)*(m == c) for m); V(0, c) = s(c); y = sum(x(m)*m for m)"
    ),
    "beside it, written before": "y = sum(x(m)*m for m); V(i, c) = sum(V(i-1, m)*(m == c) for m); V(0, c) = s(c)",
    "a square over two axes": (
        "V(i, c) = sum(V(i-1, m)*m*m for m) + c; V(0, c) = s(c); y(t) = y(t-1) + sum(x(m)*m*m for m)"
    ),
    "viterbi with a penalty": (
        "v(t, s) = max(v(t-1, r) - (r - s)**2 for r) + e(t, s); v(0, s) = p(s); "
        "k(t, s) = argmax(v(t-1, r) - (r - s)**2 for r); best = max(v(end, s) for s)"
    ),
    "viterbi with a penalty and a table": (
        "A(r, s), e(t, s) : (); v(t, s) = max(v(t-1, r) + A(r, s) - abs(r - s) for r) + e(t, s); v(0, s) = 0"
    ),
    "a sum of itself": "x(e) : (); b(t) = b(t-1) + sum(e * x(e) + b(t-1) for e)",
    "a sum that holds the place": "x(e) : (); b(t) = 0.1 * b(t-1) + sum(e * x(e) + t * b(t-1) for e) / 9",
    "backward": "x(e) : (); b(t) = 0.1 * b(t+1) + sum(e * x(e) - b(t+1) * e for e); b(end+1) = 2",
    "a knapsack by masks": (
        "V(i, c) = max(V(i-1, c), max(V(i-1, d) + v(i) if d + w(i) == c else -inf for d)); V(0, c) = 0"
    ).replace("-inf", "-1e9"),
    "coins": "n(i, c) = sum(n(i-1, d) * ((c - d) % w(i) == 0 and d <= c) for d); n(0, c) = c == 1",
    "floyd and warshall": (
        "D(k, i, j) = min(D(k-1, i, j), sum(D(k-1, i, l) * (l == k) for l) + sum(D(k-1, l, j) * (l == k) for l)); "
        "D(0, i, j) = w(i, j)"
    ),
    "closure by a mask": (
        "R(k, i, j) = max(R(k-1, i, j), max(R(k-1, i, l) * R(k-1, l, j) * (l == k) for l)); R(0, i, j) = w(i, j) > 0"
    ),
    "attention by position": (
        "x(t) : m; s(u) = tanh(0.3 * s(u-1) + sum(exp(-(t - u)**2 / 4) * x(t) for t)); "
        "a(t) = sum(exp(-(t - q)**2) * x(q) for q) / sum(exp(-(t - q)**2) + 0*x(q) for q)"
    ),
    "attention by position and state": (
        "x(t) : m; w : m; s(u) = tanh(sum(exp(dot(s(u-1), x(t)) - abs(t - u)) * x(t) for t) "
        "/ sum(exp(dot(s(u-1), x(t)) - abs(t - u)) for t)); s(0) = w"
    ),
    "causal attention": "x(t) : m; y(t) = sum((q <= t) * dot(y(t-1), x(q)) * x(q) for q); y(0) = x(1)",
    "convolution by one hot": "y(t) = 0.5 * y(t-1) + sum(dot(one_hot(k - 1, n), h) * x(k) for k); h : n; x(k) : ()",
    "reversed by a mask": "r(t) = r(t-1) * 0.5 + sum(x(k) * (k == end(k) + 1 - t) for k); x(k) : ()",
    "a row of Pascal": "C(n, k) = sum(C(n-1, j) * (j == k or j == k - 1) for j); C(0, k) = k == 1",
    "intervals": (
        "c(l, i) = min(c(l-1, p) + c(l-1, q) + abs(p - q) + abs(i - p) for p, q); c(0, i) = w(i)"
    ),
    "parsing": "c(l, a) = max(max(c(l-1, p) * c(l-1, q) * ((p + q) % 3 == a % 3) for q) for p); c(0, a) = w(a)",
    "a cellular automaton": "u(t, i) = sum(u(t-1, j) * (abs(i - j) <= 1) for j) % 2; u(0, i) = s(i)",
    "diffusion": "u(t, i) = u(t-1, i) + 0.1 * sum((u(t-1, j) - u(t-1, i)) * (abs(i - j) == 1) for j); u(0, i) = s(i)",
    "gravity": (
        "p(t, i), f(i) : 2; p(t, i) = p(t-1, i) + 0.01 * sum((p(t-1, j) - p(t-1, i)) * (i != j) / (1 + abs(i - j)) "
        "for j); p(0, i) = f(i)"
    ),
    "neighbours on both axes": (
        "g(t, i, j) = sum(g(t-1, a, b) * (max(abs(a - i), abs(b - j)) == 1) for a, b) == 3; g(0, i, j) = s(i, j) > 0"
    ),
    "a wavefront": (
        "x(i, j), z(i) : (); a(i, j) = 0.5 * a(i-1, j) + 0.5 * a(i, j-1) + x(i, j) "
        "+ sum(z(k) * (k < i) * (k != j) for k)"
    ),
    "a wavefront of vectors": (
        "x(i, j), z(i) : m; a(i, j) = tanh(a(i-1, j) + a(i, j-1) * x(i, j) + sum(z(k) * (k - i + j) for k))"
    ),
    "a loop inside a loop": (
        "h(l, t) = tanh(0.3 * h(l, t-1) + sum(h(l-1, s) * exp(-(s - t)**2) / l for s)); h(0, t) = x(t); h(l, 0) = 0;"
        "h(0, 0) = 0"
    ),
    "a reduction inside a reduction": (
        "x(t) : (); y(t) = y(t-1) + sum(sum(x(k) * (k <= j) for k) * (j != t) * x(j) for j)"
    ),
    "a name bound again": (
        "x(t) : (); y(t) = 0.1*y(t-1) + sum((m - t) * x(m) * sum(m*x(m) for m) for m) + sum(m*x(m) for m)"
    ),
    "a name bound again, over another axis": (
        "x(t) : (); z(s) : (); y(t) = y(t-1) + sum(m*x(m) * sum(m*z(m) + y(t-1) for m) for m) / 9 + sum(m*z(m) for m)"
    ),
    "bound in other names": (
        "x(t) : (); y(t) = y(t-1) + sum(j*x(j) for j) + sum(k*x(k) for k) - "
        "sum(sum(j*k*x(k)*x(j) for j) for k)"
    ),
    "adam without memory": "g(t) : m; v(t) = sum((1 - b) * b**(t - s) * (s <= t) * g(s)**2 for s) + 0 * v(t-1)",
    "means and products": "x(s) : (); y(t) = mean(y(t-1) * s - x(s) for s) + prod(1 + (s - t) * x(s) / 9 for s)",
    "pinned": "x(s) : (); y(t) = sum(y(t-1) * (s == t) + x(s) * s for s); y(1) = sum(s * x(s) for s); y(3) = y(1)",
    "at the edges": (
        "a(i, j) = sum((k - j) * a(i-1, k) for k) + i; a(0, j) = sum(k * (k != j) * z(k) for k); a(i, 0) = i; "
        "a(0, 0) = 1"
    ),
    "one sum in two equations of a loop": (
        "x(s) : (); a(t) = b(t-1) + sum(s * x(s) * b(t-1) for s); b(t) = 0.1 * a(t-1) - sum(s * x(s) * b(t-1) for s)"
    ),
}  # fmt: skip


def _data(circuit: Circuit, lengths: dict[str, int], batch: tuple[int, ...], seed: int) -> dict[str, Any]:
    """Return data for every input, parameter and free boundary, whose size is as large as the batch."""
    random, model = np.random.default_rng(seed), circuit.model
    owners = {**{name: name for name in (*model.inputs, *model.parameters)}, **{b.argument: b.name for b in model.free}}
    found = {}
    for name, owner in owners.items():
        # Of unknown rank the last dimension would be a vector.
        lead = batch[random.integers(0, len(batch) + 1) :] if model.shapes[owner] is not None else ()
        over = [lengths[axis] for axis in model.inputs.get(name, ())]
        shape = [size if isinstance(size, int) else 3 for size in model.shapes[owner] or ()]
        found[name] = random.uniform(-1, 1, (*lead, *over, *shape))
    return found


@pytest.mark.parametrize("batch", [(), (3,), (2, 3)])
@pytest.mark.parametrize("text", RECURRENCES.values(), ids=RECURRENCES)
def test_an_index_of_a_reduction_is_a_number_in_a_loop(text: str, batch: tuple[int, ...]) -> None:
    circuit = Circuit(text)
    own = [axis for axis in circuit.axes if circuit.model.length_of[axis] == axis]
    checked = 0
    for sizes in product((0, 1, 3) if len(own) < 3 else (1, 3), repeat=len(own)):
        lengths = lengths_of(circuit, sizes)
        if lengths is None:
            continue
        each = {axis: np.random.default_rng(1).integers(0, lengths[axis] + 1, batch) for axis in own}
        try:
            circuit.unfold(lengths).evaluate(**_data(circuit, lengths, batch, 1), lengths=each)
        except CircuitError as error:
            assert "has only" in error.message
            each = {}
        agree(circuit, lengths, _data(circuit, lengths, batch, checked), each)
        checked += 1
    assert checked


INNER_LOOPS = {
    "a name bound again": "y(t) = sum(f(m * x(m);) * sum(m*x(m) for m) + t for m) + sum(m * x(m) for m)",
    "a name bound again inside the function": "y(t) = 0.1*y(t-1) + sum(f(x(m) * sum(m*x(m) + y(t-1) for m);) for m)",
    "a number alone": "y(t) = y(t-1) + sum(f(m - t;) * x(m) * m for m)",
    "a mask": "y(t) = sum(f(y(t-1);) * (m == t) * f(x(m) + m;) for m)",
    "two functions": "y(t) = sum(f(x(j) * j;) * sum(f(x(k) - j * k;) for k) for j)",
    "on a wavefront": "a(i, j) = a(i-1, j) + a(i, j-1) + sum(f(k * z(k);) * (k < i) - k * j for k); z(i) : ()",
    "between loops": "h(l, t) = f(h(l, t-1);) + sum(f(h(l-1, s);) * (s - t) * l for s); h(0, t) = x(t); h(l, 0) = l;"
    "h(0, 0) = 0",
    "the greatest": "y(t) = argmax(f(x(m) * m;) - (m - t)**2 for m) + max(f(y(t-1);) - m * x(m) for m)",
    "vectors": "x(t), y(t) : m; y(t) = sum(exp(-(t - q)**2) * f(x(q) + q;) for q) + 0.1 * y(t-1)",
    "what a loop does not change":
    "z(q) : (); y(t) = y(t-1) * 0.1 + sum(f(y(t-1);) * exp(-q * z(q)) for q) + sum(q*z(q) for q)",
}  # fmt: skip


@pytest.mark.parametrize("batch", [(), (3,), (2, 3)])
@pytest.mark.parametrize("text", INNER_LOOPS.values(), ids=INNER_LOOPS)
def test_an_index_is_a_number_where_terms_are_computed_one_by_one(text: str, batch: tuple[int, ...]) -> None:
    circuit = Circuit(text if ":" in text else f"x(t) : (); {text}")
    own = [axis for axis in circuit.axes if circuit.model.length_of[axis] == axis]
    for sizes in product((1, 3), repeat=len(own)):
        lengths = lengths_of(circuit, sizes) or {}
        agree(circuit, lengths, {**_data(circuit, lengths, batch, len(text)), "f": lambda v: np.tanh(v) + 0.5})


# What only opaque functions touch ----------------------------------------------------------------------

NUMBER, VECTOR, MATRIX = (), ("m",), ("m", "m")
_SHAPES = {
    1: [(NUMBER,), (VECTOR,), (MATRIX,)],
    2: [(NUMBER, NUMBER), (NUMBER, VECTOR), (VECTOR, NUMBER), (VECTOR, VECTOR), (NUMBER, MATRIX), (MATRIX, MATRIX)],
    3: [(NUMBER, VECTOR, VECTOR), (VECTOR, NUMBER, NUMBER), (VECTOR, VECTOR, NUMBER), (MATRIX, MATRIX, NUMBER)],
}
_USES: dict[str, list[tuple[str, tuple[tuple[str, ...], ...], tuple[int | str, ...]]]] = {
    "matmul": [
        ("{} @ {}", (MATRIX, VECTOR), VECTOR),
        ("{} @ {}", (VECTOR, MATRIX), VECTOR),
        ("{} @ {}", (VECTOR, VECTOR), NUMBER),
        ("({} @ {}) @ z(t)", (MATRIX, MATRIX), VECTOR),
    ],
    "transpose": [("{}.T", (MATRIX,), MATRIX), ("{}.T @ {}", (MATRIX, VECTOR), VECTOR)],
    "entry": [
        ("({})[0]", (VECTOR,), NUMBER),
        ("({})[-1]", (MATRIX,), VECTOR),
        ("({})[1, 0]", (MATRIX,), NUMBER),
        ("({})[0:2]", (VECTOR,), (2,)),
        ("W @ ({})[0:2]", (VECTOR,), VECTOR),
        ("W @ ({})[0:2, 0]", (MATRIX,), VECTOR),
        ("W @ ({})[1:]", (VECTOR,), VECTOR),
    ],
    "dot": [("dot({}, {})", (VECTOR, VECTOR), NUMBER)],
    "outer": [("outer({}, {})", (VECTOR, VECTOR), MATRIX)],
    "concat": [("concat({}, {})[0:4]", (VECTOR, VECTOR), (4,))],
    "stack": [
        ("stack({}, {})", (VECTOR, VECTOR), (2, "m")),
        ("stack({}, 1, {})", (NUMBER, NUMBER), (3,)),
        ("W @ stack({}, {})", (NUMBER, NUMBER), VECTOR),
        ("stack({}, {}).T @ stack(r, r)", (VECTOR, VECTOR), VECTOR),
    ],
    "softmax": [("softmax({})", (VECTOR,), VECTOR)],
    "logsoftmax": [("logsoftmax({})", (VECTOR,), VECTOR)],
    "logsumexp": [("logsumexp({})", (VECTOR,), NUMBER), ("logsumexp(W * ({}))", (MATRIX,), VECTOR)],
    "solve": [("solve({}, {})", (MATRIX, VECTOR), VECTOR)],
    "inv": [("inv({})", (MATRIX,), MATRIX)],
    "det": [("det({})", (MATRIX,), NUMBER)],
    "placed": [
        ("place({}, ({})[1])", (NUMBER, VECTOR), VECTOR),
        ("place({}, ({})[0:m])", (VECTOR, VECTOR), VECTOR),
        ("place({}, ({})[0:m, 1])", (VECTOR, MATRIX), MATRIX),
        ("place({}, ({})[-1, 1])", (NUMBER, MATRIX), MATRIX),
    ],
    "one_hot": [("one_hot(floor(2 * ({})), m) + {}", (NUMBER, VECTOR), VECTOR)],
    "zeros": [("zeros(m) + {}", (NUMBER,), VECTOR), ("zeros(m) + {}", (VECTOR,), VECTOR)],
    "ones": [("ones(m, m) * {}", (NUMBER,), MATRIX), ("ones(m, m) * {}", (MATRIX,), MATRIX)],
    "eye": [("eye(m) @ {}", (VECTOR,), VECTOR), ("eye(m) - {}", (MATRIX,), MATRIX)],
}
#: Operands that only functions tell about: `f` returns what it gets, `g0` to `g2` the mean of a value of this rank.
_OPAQUE = (
    "f({0})",
    "(2 * f({0}))",
    "tanh(f({0}))",
    "(f({0}) + g{1}({0}))",
    "(f({0}) if g{1}({0}) > r else g{1}({0}) * f({0}))",
)


def _uses_of(name: str) -> list[Any]:
    """Return how an operator is used: texts, the shapes of their operands and of what they give."""
    row = OPERATORS[name]
    if name in _USES:
        return _USES[name]
    if row.kind == "reduction" and row.rule.__name__ == "stacked_over":
        # What it gives has a dimension more, of a size that no axis has.
        return []
    if row.kind == "reduction":
        return [(f"{row.spelling}(({{}}) * k for k)", (shape,), shape) for shape in (NUMBER, VECTOR, MATRIX)]
    if row.rule.__name__ == "to_scalar":
        return [(f"{row.spelling}({{}})", (shape,), NUMBER) for shape in (NUMBER, VECTOR, MATRIX)]
    assert row.rule.__name__ == "elementwise", name
    count = row.arity[0]
    written = {
        "infix": f"({{}}) {row.spelling} ({{}})",
        "prefix": f"({row.spelling} ({{}}))",
        "conditional": "({1} if {0} > 0.5 else {2})",
    }.get(row.kind, f"{row.spelling}({', '.join(['{}'] * count)})")
    uses = [(written, shapes, max(shapes, key=len)) for shapes in _SHAPES[count]]
    # And where a rank is asked of what it gives.
    return [*uses, (f"W @ ({written})", (VECTOR,) * count, VECTOR)]


def _with_opaque_operands(name: str, written: str, shapes: tuple[Any, ...]) -> list[str]:
    """Return an operation with each operand plain and opaque, in several ways, and with all of them so."""
    index = "k" if OPERATORS[name].kind == "reduction" else "t"
    plain = [f"{letter}({index})" for letter in "abc"[: len(shapes)]]
    found = [written.format(*plain)]
    # What a function gives to `@` is taken for a vector.
    may_be = [position for position, shape in enumerate(shapes) if name != "matmul" or len(shape) == 1]
    for opaque in _OPAQUE:
        for chosen in [*([position] for position in may_be), may_be]:
            operands = list(plain)
            for position in chosen:
                operands[position] = opaque.format(plain[position], len(shapes[position]))
            found.append(written.format(*operands))
    return list(dict.fromkeys(found))


def _spelled(shape: tuple[int | str, ...]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def _mean_of(rank: int) -> Any:
    """Return a function that takes the mean over the entries of a value."""
    return lambda value: value.mean(axis=tuple(range(-rank, 0))) if rank else value


@pytest.mark.parametrize("name", OPERATORS)
def test_every_operator_of_what_a_function_returns(name: str) -> None:
    """In each operand, at once and in one loop that all are in, with the batch and the steps equal to every size."""
    for number, (written, shapes, result) in enumerate(_uses_of(name)):
        texts = _with_opaque_operands(name, written, shapes)
        lines = [f"{letter}(t) : {_spelled(shape)}" for letter, shape in zip("abc", shapes, strict=False)]
        lines += ["z(t) : m; W : (m, m); s(t), r : ()"]
        for position, text in enumerate(texts):
            lines.append(f"y{position}(t), v{position}(t) : {_spelled(result)}")
            lines.append(f"y{position}(t) = {text}")
            lines.append(f"v{position}(t) = 0.5 * s(t-1) + ({text})")
        lines.append("s(t) = " + " + ".join(f"sum(v{position}(t))" for position in range(len(texts))))
        whole = "\n".join(lines)
        if any(part in whole for part in ("[0:2", "[1:]", "W @ stack")):
            whole = whole.replace("W : (m, m)", "W : (m, 2)")
        circuit = Circuit(whole)
        generator = np.random.default_rng(number)
        functions = {"f": lambda value: value, **{f"g{rank}": _mean_of(rank) for rank in range(3)}}
        used = {own: functions[own] for own in circuit.model.functions}
        for batch in ((3,), ((), (2, 3))[number % 2]):
            data: dict[str, Any] = {
                letter: generator.uniform(0.2, 0.9, (*batch, 3, *(3 for _ in shape)))
                for letter, shape in zip("abc", shapes, strict=False)
            }
            data |= {"z": generator.uniform(size=(3, 3)), "r": np.float64(0.5)}
            data["W"] = generator.uniform(size=(3, 2 if "(m, 2)" in whole else 3))
            agree(circuit, dict.fromkeys(circuit.axes, 3), data | used)


def test_a_batch_as_large_as_a_vector_is_never_taken_for_its_rows() -> None:
    x, A = np.array([[[1.0, 0]], [[0, 1]]]), np.array([[1.0, 2], [3, 4]])
    found = Circuit("y(t) = A @ tanh(f(x(t)))").compile()(x=x, A=A, f=lambda value: value).y
    np.testing.assert_allclose(found, np.tanh(1) * np.array([[[1, 3]], [[2, 4]]]))
    functions = {"f": lambda value: value, "g": lambda value: value.sum(-1)}
    for written in (
        "relu(f(x(t)))", "abs(f(x(t)))", "(2 * f(x(t)))", "(f(x(t)) if f(x(t)) > 0 else 3)", "max(f(x(t)), 0.5)",
        "(f(x(t)) - g(x(t)))", "max(f(x(t)), g(x(t)), 2)", "stack(g(x(t)), g(x(t)) + 1)", "f(x(t))[0:2]",
    ):  # fmt: skip
        for product_ in (f"A @ {written}", f"A.T @ {written}", f"solve(A, {written})", f"{written} @ A"):
            used = {name: function for name, function in functions.items() if f"{name}(" in written}
            agree(Circuit(f"y(t) = {product_}"), {"t": 1}, {"x": x, "A": A, **used})
    text = "x(t) : n; h(t) = A @ relu(f(h(t-1), x(t); theta)); L = sum(sum(h(t)) for t)"
    theta = np.random.default_rng(0).normal(size=(3, 3))
    for batch in ((), (3,), (2, 3)):
        data = {"x": np.random.default_rng(1).normal(size=(*batch, 4, 3)), "A": theta.T, "theta": theta}
        agree(Circuit(text), {"t": 4}, data | {"f": lambda h, x, theta: np.tanh(h @ theta + x)})


def test_what_gives_a_number_its_value_is_one() -> None:
    text = "s(t) : (); theta : (); s(t) = f(s(t-1); theta); s(1) = s1"
    circuit = Circuit(text)
    assert circuit.model.shapes["s1"] == ()
    given = {"theta": np.array([1.0, 2, 3]), "s1": np.array([4.0, 5, 6]), "f": lambda s, theta: s * theta}
    assert agree(circuit, {"t": 3}, given).s.tolist() == [[4, 4, 4], [5, 10, 20], [6, 18, 54]]
    chained = Circuit("a, b(t) : (); a = p; p = q; b(t) = u(t); u(t) = v(t)")
    assert {chained.model.shapes[name] for name in "apqbuv"} == {()}
    # It is one before anything that it stands beside could make it more.
    assert Circuit("y(t) : (); y(t) = f(y(t-1)); y(1) = p; z = v * p; v : m").model.shapes["p"] == ()


def _refused(text: str, **data: Any) -> str:
    """Return what a program says that refuses some data, as written out and as the plain meaning do too."""
    circuit = Circuit(text)
    with pytest.raises(CircuitError):
        circuit.unfold(2).evaluate(**data)
    with pytest.raises(CircuitError) as unrolled:
        circuit.compile(steps=2)(**data)
    with pytest.raises(CircuitError) as rolled:
        circuit.compile()(**data)
    assert unrolled.value.message == rolled.value.message
    return rolled.value.message


def test_what_does_not_fit_is_refused_where_it_is_returned() -> None:
    """The batch, the steps and every size are alike, so all of this could be added up."""
    x, W = np.ones((2, 2, 2)), np.eye(2)
    given = {"x": x, "g": lambda value: value.sum(-1), "h": lambda value: value[..., None] * value[..., None, :]}

    def only(*names: str) -> dict[str, Any]:
        return {name: given[name] for name in ("x", *names)}

    beside = "what a function returned made a value of shape"
    assert _refused("x(t) : m; y(t) = x(t) + h(x(t))", **only("h")) == f"{beside} (2, 2), beside one of (2,)"
    assert _refused("x(t) : m; y(t) = f(x(t)) * h(x(t))", f=np.tanh, **only("h")).startswith(beside)
    assert _refused("x(t) : m; y(t) : m; y(t) = 2 * h(x(t))", **only("h")).startswith(beside)
    assert _refused("x(t) : m; L : m; L = 2 * h(x(1))", **only("h")).startswith(beside)
    assert "must have the same shape" in _refused("y(t) = stack(f(x(t)), g(x(t)))", f=np.tanh, **only("g"))
    told = "f: expected to get an array of shape (2,) from it, got (2, 2)"
    assert _refused("y(t) : (); y(t) = 2 * f(x(t))", f=np.tanh, x=x) == told
    assert _refused("y(t) = one_hot(1 + f(x(t)), 3)", f=np.tanh, x=x) == told
    told = "g(x(t)) + k(x(t)): expected an array of shape (2, 2), got (2,)"
    assert _refused("W : (2, 2); y(t) = W @ (g(x(t)) + k(x(t)))", k=given["g"], W=W, **only("g")) == told
    # A value for every sequence, or a number for all; what holds neither cannot be told apart from either.
    told = "f: expected to get an array of shape (2, ...) from it, got (3,)"
    with pytest.raises(CircuitError) as raised:
        Circuit("y(t) = f(x(t))").compile()(f=lambda value: np.ones(3), x=x)
    assert raised.value.message == told
    agree(Circuit("y(t) = f(x(t)) * x(t); x(t) : m"), {"t": 2}, {"f": lambda value: 3.0, "x": x})
    agree(Circuit("y(t) = 2 * f(x(t)); L = 3 * f(x(1))"), {"t": 2}, {"f": lambda value: 3.0, "x": x})


def test_equal_calls_have_one_shape() -> None:
    x, A = np.ones((2, 2, 2)), np.eye(2)
    for text in ("y(t) = A @ f(x(t)) + sum(f(x(t)).T @ b)", "y(t) = A @ f(x(t)); z(t) = inv(f(x(t)))"):
        with pytest.raises(CircuitError, match=r"shapes do not fit in .*: a|shapes do not fit in .*: '.T'"):
            Circuit(f"{text}; A : (2, 2); b : 2").compile()
    # What is known of one in a loop is known of the other, whichever is written first.
    tail = "A : (m, m); y(t), z(t), s(t) : m; s(t) = y(t) + z(t); s(0) = 1"
    one, other = "y(t) = A @ tanh(f(s(t-1)))", "z(t) = 2 * f(s(t-1)) * g(s(t-1))"
    functions = {"f": lambda value: np.tanh(value), "g": lambda value: value.mean(-1)}
    random = np.random.default_rng(3)
    for first, second in ((one, other), (other, one)):
        for batch in ((), (3,), (2, 3)):
            circuit = Circuit(f"{first}; {second}; {tail}")
            data = {"A": random.normal(size=(*batch, 3, 3)), **functions}
            expected = circuit.unfold(4).evaluate(**data)
            for lengths, steps in ((None, {"steps": 4}), ((("t", 4),), {})):
                found = program(circuit.model, (*circuit.signals,), lengths)(**data, **steps)
                for name, value in expected.items():
                    np.testing.assert_allclose(found[name], value, rtol=1e-9, err_msg=name)
    # Sizes with two names are for the data to say.
    text = "z(t) : k; z(t) = f(x(t)); B : (n, m); y(t) = B @ f(x(t)); w : k; v = sum(w)"
    agree(Circuit(text), {"t": 2}, {"x": x, "B": A, "f": np.tanh, "w": x[0, 0]})
    with pytest.raises(CircuitError):
        Circuit(text).compile()(x=x, B=np.ones((2, 3)), f=np.tanh, w=x[0, 0])


@pytest.mark.parametrize("seed", range(60))
def test_elementwise_operations_on_what_functions_return(seed: int) -> None:
    """Any nesting of them under what needs a vector, at once and in a loop, beside what has entries and numbers."""
    random = np.random.default_rng(seed)

    def expression(depth: int) -> str:
        if depth == 0 or random.random() < 0.15:
            leaves = ["f(x(t))", "g(x(t))", "f(b)", "f(s(t-1))", "g(s(t-1))", "r", "2", "b", "x(t)", "t"]
            return str(random.choice(leaves, p=[0.25, 0.15, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05]))
        a, b, c = (expression(depth - 1) for _ in range(3))
        forms = [f"({a} + {b})", f"({a} * {b})", f"({a} if {b} > 0 else {c})", f"tanh({a})", f"-{a}", f"max({a}, {b})"]
        forms += [f"({a} > {b})", f"(not {a} > 1)", f"f({a};)", f"min({a}, {b}, {c})", f"abs({a} - {b})"]
        return str(random.choice(forms))

    inner = expression(int(random.integers(1, 4)))
    around = [
        "A @ {}", "{} @ A", "dot({}, b)", "softmax({})", "concat({}, b)[1:4]", "outer({}, b) @ b", "solve(A, {})",
        "sum({})", "{}", "A @ ({})[0:3]", "stack({0}, {0}) @ b", "norm({})", "one_hot(floor(sum({})) % 3, 3)",
    ]  # fmt: skip
    whole = str(random.choice(around)).format(inner)
    head = "x(t) : 3; b : 3; r : (); A : (3, 3)"
    text = f"{head}; s(t) : 3; s(t) = 0.3 * s(t-1) + x(t) + sum({whole}); y(t) : 3; y(t) = {inner}; q(t) = sum({whole})"
    functions = {"f": lambda value: np.tanh(value) + 0.5, "g": lambda value: value.mean(-1)}
    try:
        circuit = Circuit(text)
    except CircuitError:
        return
    used = {name: functions[name] for name in circuit.model.functions}
    for batch in ((3,), (2, 3)):
        data = {"x": random.normal(size=(*batch, 3, 3)), "b": random.normal(size=3), "r": random.normal(size=batch)}
        data |= {"A": random.normal(size=(3, 3)), **used}
        try:
            circuit.unfold(3).evaluate(**data)
        except CircuitError:
            with pytest.raises(CircuitError):
                circuit.compile()(**data)
        else:
            agree(circuit, {"t": 3}, data)


def test_entries_of_what_a_function_returns_for_an_empty_batch() -> None:
    circuit = Circuit("x(t) : m; a(t) : (); a(t) = sum(f(x(t)))")
    for batch in ((), (2,), (0,), (0, 2)):
        arrays = {"x": np.ones((*batch, 2, 3)), "f": lambda v: v * 2}
        expected = circuit.unfold(2).evaluate(**arrays).a
        for program in (circuit.compile(), circuit.compile(steps=2)):
            np.testing.assert_array_equal(program(**arrays).a, expected)
        assert expected.shape == (*batch, 2)


def test_the_ends_of_a_slice_tell_its_size_also_of_what_a_function_returns() -> None:
    circuit = Circuit("q : m; h(t) = tanh(f(h(t-1))) + 0*q; o(t) = concat(f(h(t))[0:1], f(h(t))[1:m])")
    for steps in (0, 1, 3):
        arrays = {"q": np.ones(3), "h0": np.arange(3.0), "f": lambda v: v * 2}
        expected = circuit.unfold(steps).evaluate(**arrays)
        for program in (circuit.compile(), circuit.compile(steps=steps)):
            found = program(**arrays, steps=steps)
            np.testing.assert_allclose(found.o, expected.o)
            assert found.o.shape == (steps, 3)
