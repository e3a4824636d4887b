"""Programs against the oracle, against independent implementations, and against what users get wrong."""

from __future__ import annotations

import ast
import inspect
import linecache
import pickle
import pydoc
import re
import subprocess
import sys
import traceback
import warnings
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from generators.circuits import arrays as data_for
from generators.circuits import lengths_of

from unfoldgraph import Circuit
from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.base.errors import CircuitError
from unfoldgraph.base.files import gallery_source
from unfoldgraph.cli.arrays import evaluate
from unfoldgraph.language.text import read
from unfoldgraph.model.equations import Model
from unfoldgraph.program.compiled import Program, compile_model
from unfoldgraph.program.names import Names
from unfoldgraph.program.python_text.nodes import names_used
from unfoldgraph.program.standalone import runtime_names
from unfoldgraph.unfolding.unfolding import Unfolding

LSTM = gallery_source("lstm")[0]
GRU = """
x(t) : n
W_z, W_r, W_h : (m, n)
U_z, U_r, U_h : (m, m)
b_z, b_r, b_h, d_h : m
z(t) = sigmoid(W_z @ x(t) + U_z @ h(t-1) + b_z)
r(t) = sigmoid(W_r @ x(t) + U_r @ h(t-1) + b_r)
k(t) = tanh(W_h @ x(t) + r(t) * (U_h @ h(t-1) + d_h) + b_h)
h(t) = (1 - z(t)) * k(t) + z(t) * h(t-1)
"""


# Some circuits are asked for several batches or lengths, one after the other.
model_of = lru_cache(maxsize=16)(read)


@lru_cache(maxsize=32)
def compiled(text: str, steps: int | tuple[tuple[str, int], ...] | None = None) -> Program:
    """Return a circuit as loops, or written out for some steps."""
    return compile_model(model_of(text), steps=dict(steps) if isinstance(steps, tuple) else steps)


def check(text: str, steps: int, *, rtol: float = 1e-11, **arrays: Any) -> Any:
    """Compare rolled, unrolled and oracle, bit for bit in shape and type; return the rolled result."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model, rolled = model_of(text), compiled(text)
        extra = {"steps": steps} if rolled._takes_steps else {}
        found = rolled(**arrays, **extra)
        unrolled = compiled(text, steps)(**arrays)
        expected = Unfolding(model, dict.fromkeys(model.axes, steps)).evaluate(**arrays)
    for name in found:
        assert found[name].shape == unrolled[name].shape == expected[name].shape, (
            name,
            found[name].shape,
            expected[name].shape,
        )
        assert found[name].dtype == unrolled[name].dtype == expected[name].dtype, name
        np.testing.assert_allclose(found[name], expected[name], rtol=rtol, atol=1e-12, err_msg=name)
        np.testing.assert_allclose(unrolled[name], expected[name], rtol=rtol, atol=1e-12, err_msg=name)
    return found


# Every operator, with the batch as large as every size -----------------------------------------------

SCALAR, VECTOR, MATRIX = (), ("m",), ("m", "m")
_ELEMENTWISE = {
    1: [(SCALAR,), (VECTOR,), (MATRIX,)],
    2: [(SCALAR, SCALAR), (SCALAR, VECTOR), (VECTOR, SCALAR), (VECTOR, VECTOR), (SCALAR, MATRIX), (MATRIX, MATRIX)],
    3: [(SCALAR, VECTOR, VECTOR), (VECTOR, SCALAR, SCALAR), (VECTOR, VECTOR, SCALAR), (MATRIX, MATRIX, SCALAR)],
}


def _operator_cases() -> list[tuple[str, str, tuple[tuple[str, ...], ...], tuple[int | str, ...]]]:
    """Return (id, expression in a, b, c, shapes of those, shape of the result)."""
    cases: list[Any] = []

    def case(name: str, written: str, shapes: Any, result: Any) -> None:
        cases.append(pytest.param(written, shapes, result, id=f"{name}-{'-'.join(str(len(s)) for s in shapes)}"))

    for row in OPERATORS.values():
        if row.kind in ("infix", "prefix", "conditional") and row.name != "matmul":
            count = row.arity[0]
            for shapes in _ELEMENTWISE[count]:
                written = {
                    "infix": f"a {row.spelling} b",
                    "prefix": f"{row.spelling} a",
                    "conditional": "b if a > 0.5 else c",
                }[row.kind]
                case(row.name, written, shapes, max(shapes, key=len))
        elif row.kind == "function" and row.rule.__name__ == "elementwise":
            for count in sorted({row.arity[0], row.arity[1] or 3}):
                for shapes in _ELEMENTWISE[count]:
                    case(row.name, f"{row.spelling}({', '.join('abc'[:count])})", shapes, max(shapes, key=len))
        elif row.rule.__name__ == "to_scalar":
            for shape in (SCALAR, VECTOR, MATRIX):
                case(row.name, f"{row.spelling}(a)", (shape,), ())
    for shapes, result in (
        ((MATRIX, VECTOR), VECTOR), ((VECTOR, MATRIX), VECTOR), ((VECTOR, VECTOR), ()), ((MATRIX, MATRIX), MATRIX),
    ):  # fmt: skip
        case("matmul", "a @ b", shapes, result)
    case("transpose", "a.T", (MATRIX,), MATRIX)
    case("transpose", "a.T @ b", (MATRIX, VECTOR), VECTOR)
    case("entry", "a[0]", (VECTOR,), ())
    case("entry", "a[-1]", (MATRIX,), VECTOR)
    case("entry", "a[1, 0]", (MATRIX,), ())
    case("slice", "a[0:2]", (VECTOR,), (2,))
    case("dot", "dot(a, b)", (VECTOR, VECTOR), ())
    case("outer", "outer(a, b)", (VECTOR, VECTOR), MATRIX)
    case("concat", "concat(a, b)[0:3]", (VECTOR, VECTOR), (3,))
    case("stack", "stack(a, b)", (VECTOR, VECTOR), (2, "m"))
    case("stack", "stack(a, 1, b)", (SCALAR, SCALAR), (3,))
    case("softmax", "softmax(a)", (VECTOR,), VECTOR)
    case("softmax", "softmax(a)", (MATRIX,), MATRIX)
    case("logsoftmax", "logsoftmax(a)", (VECTOR,), VECTOR)
    case("logsoftmax", "logsoftmax(a)", (MATRIX,), MATRIX)
    case("logsumexp", "logsumexp(a)", (VECTOR,), ())
    case("logsumexp", "logsumexp(a)", (MATRIX,), VECTOR)
    case("solve", "solve(a, b)", (MATRIX, VECTOR), VECTOR)
    case("solve", "solve(a, b)", (MATRIX, MATRIX), MATRIX)
    case("inv", "inv(a)", (MATRIX,), MATRIX)
    case("det", "det(a)", (MATRIX,), ())
    case("placed", "place(a, b[1])", (SCALAR, VECTOR), VECTOR)
    case("placed", "place(a, b[0])", (VECTOR, MATRIX), MATRIX)
    case("placed", "place(a, b[:, -1])", (VECTOR, MATRIX), MATRIX)
    case("placed", "place(a[1:m], b[1:m])", (VECTOR, VECTOR), VECTOR)
    case("one_hot", "one_hot(floor(2 * a), m) + b", (SCALAR, VECTOR), VECTOR)
    case("zeros", "zeros(m) + a", (SCALAR,), VECTOR)
    case("ones", "ones(m, m) * a", (MATRIX,), MATRIX)
    case("eye", "eye(m) + a", (MATRIX,), MATRIX)
    return cases


def _shape(shape: Any) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


@pytest.mark.parametrize(("written", "shapes", "result"), _operator_cases())
@pytest.mark.parametrize("size", [3])
def test_every_operator_with_a_batch_of_every_size(written: str, shapes: Any, result: Any, size: int) -> None:
    """The steps, the batch and every size of the arrays are equal, so what broadcasts by accident is seen."""
    generator = np.random.default_rng(len(written) + size)
    names = "abc"[: len(shapes)]
    own = [tuple(size for _ in shape) for shape in shapes]
    # All inputs; the first a parameter; all inputs read inside a loop.
    for parameters in {frozenset(names), frozenset(names[0]), frozenset(names[-1]), frozenset()}:
        lines = [f"{n}{'' if n in parameters else '(t)'} : {_shape(s)}" for n, s in zip(names, shapes, strict=True)]
        lines += ["z(t) : m", f"y(t) : {_shape(result)}", f"v(t) : {_shape(result)}", "k : m"]
        body = written
        for name in names:
            if name not in parameters:
                body = "".join(f"{c}(t)" if c == name and not _inside(body, i) else c for i, c in enumerate(body))
        lines += [f"y(t) = {body}", f"v(t) = 0.5 * v(t-1) + ({body}) + sum(z(t) * k)"]
        for batch in ((), (size,), (size, 1)):
            arrays: dict[str, Any] = {}
            for name, shape in zip(names, own, strict=True):
                lead = batch if name in parameters else (*batch, size)
                arrays[name] = generator.uniform(0.2, 0.9, (*lead, *shape))
            arrays["z"] = generator.normal(size=(size, size))
            arrays["k"] = generator.normal(size=(size,))
            check("\n".join(lines), size, rtol=1e-9, **arrays)


def _inside(text: str, position: int) -> bool:
    """Say whether a letter is part of a longer word."""
    around = text[max(0, position - 1) : position] + text[position + 1 : position + 2]
    return any(character.isalnum() or character == "_" for character in around)


@pytest.mark.parametrize("reduction", ["sum", "prod", "mean", "max", "min", "argmax"])
@pytest.mark.parametrize("steps", [0, 1, 3])
@pytest.mark.parametrize("batch", [(), (3,), (3, 2)])
def test_reductions_over_the_axis(reduction: str, steps: int, batch: tuple[int, ...]) -> None:
    generator = np.random.default_rng(1)
    text = f"""
    x(t) : m
    s(t) : ()
    w : m
    h(t) = 0.5 * h(t-1) + x(t)
    L = {reduction}(h(t-1) * x(t) * w for t)
    c(t) = {reduction}(h(j) * s(t) for j) + {reduction}(w for t) + {reduction}(2 for t)
    q(t) = {reduction}({reduction}(s(j) * s(k) for j) * s(k) for k) * q(t-1) + 1
    p(t) = {reduction}(p(t-1) + h(j) for j)
    """
    arrays = {"x": (*batch, steps, 3), "s": (*batch, steps), "w": (3,)}
    check(text, steps, rtol=1e-9, **{name: generator.normal(size=shape) for name, shape in arrays.items()})


# Examples against the oracle -------------------------------------------------------------------------

GENERATOR = np.random.default_rng(0)
X3 = GENERATOR.normal(size=(3, 3, 3))


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 7])
@pytest.mark.parametrize("batch", [(), (3,), (0,), (2, 3)])
def test_recurrent_network(steps: int, batch: tuple[int, ...]) -> None:
    text = """
    x(t) : n
    h(t) = tanh(b + W @ h(t-1) + U @ x(t))
    o(t) = c + V @ h(t)
    y(t) = softmax(o(t))
    L = sum(norm(y(t)) for t)
    last = V @ h(end)
    early = h(end-2)
    """
    g = np.random.default_rng(3)
    check(
        text, steps, x=g.normal(size=(*batch, steps, 3)), W=g.normal(size=(3, 3)), U=g.normal(size=(*batch, 3, 3)),
        b=g.normal(size=3), V=g.normal(size=(2, 3)), c=0.5, h0=g.normal(size=(*batch, 3)),
    )  # fmt: skip


def test_a_number_of_every_sequence_is_spread_over_entries() -> None:
    text = "U : n; r : (); L : n; L = r; k = L[2] + U[0]"
    arrays = {"U": np.arange(8.0).reshape(2, 4), "r": np.array([5.0, 7.0])}
    for other in ({}, {"r": 6.0}, {"U": np.arange(4.0)}):
        check(text, 1, **(arrays | other))


@pytest.mark.parametrize("steps", [0, 1, 2, 5, 9])
def test_boundaries_and_pins(steps: int) -> None:
    check("s(t) = 2 * s(t-1) + a; s(1) = s1", steps, s1=3.0, a=0.5)
    check("s(t) = 2 * s(t-1) + a; s(5) = 3; s(0) = a", steps, a=np.array([0.5, 1.5]))
    check("s(t) = s(t-1) + s(t-3); s(0) = a; s(-1) = s(0) * 2; s(-2) = s(-1) + b", steps, a=1, b=2)
    check("s(t) = s(t-1) + q(t-1); q(t) = s(t-1) * 0.5; s(3) = 7; s(5) = q(4) * 2; q(1) = 1; s(0)=1", steps)
    check(
        "x(t) : (); y(t) = x(t) ** 2; y(2) = -1; y(4) = x(1); z(t) = y(t-1) + y(t-2)",
        max(steps, 1),
        x=np.arange(max(steps, 1)) + 0.5,
    )
    check(
        "o(t) = x(t-1) * 2; o(1) = 3; r(t) = 0.5 * r(t-1) + o(t) + 1 / x(t-1); r(1) = 0",
        steps,
        x=np.arange(steps) + 1.0,
    )
    check("y(t) = a; y(2) = 5; z(t) = y(end) + y(t)", steps, a=np.arange(3.0))
    check("h(t) = h(t-1) + g(t-1); g(0) = h(0); g(t) = g(t-1) * 0.5 + h(t-1)", steps, h0=np.array([1.0, 2.0]))
    # One loop reads all steps of what another loop, pinned at its start, computes.
    check("v(t) = 0.5 * v(t-1) + q; w(t) = w(t-1) + exp(v(t-2)); w(1) = q; w(2) = 2", steps, q=0.5)
    check("x(0) = 4; y(t) = x(t-1) + 1; z(t) = z(t-1) + x(t-1)", steps, x=np.arange(steps) + 1.0)
    # A loop reads a place off the edge of what comes after it.
    check("x(t) : (); a(t) = 0.5*a(t-1) + b(end+1) + x(t); b(t) = 2*x(t-1)", steps, x=np.arange(steps) + 1.0)


@pytest.mark.parametrize("steps", [0, 1, 2, 6])
def test_free_boundaries_of_several_places(steps: int) -> None:
    text = "y(t) = x(t) + x(t-2) - 0.5 * y(t-1) + 0.25 * y(t-3)"
    g = np.random.default_rng(5)
    check(text, steps, x=g.normal(size=(2, steps)))
    check(text, steps, x=g.normal(size=(2, steps)), y0=g.normal(size=(4, 2, 3)), x0=g.normal(size=2))
    check(
        "h(t) : m; h(t) = W @ h(t-2) + x(t)",
        steps,
        x=g.normal(size=(2, steps, 2)),
        W=g.normal(size=(2, 2)),
        h0=g.normal(size=(2, 2)),
    )
    check("y(t) = y(t-1) + 1; z(t) = y(-4) + y(end-3) + y(-1)", steps, y0=g.normal(size=(3, 3)))


@pytest.mark.parametrize("steps", [0, 1, 4])
def test_steps_lengths_and_sizes_as_numbers(steps: int) -> None:
    check(
        "a(t) = b1 ** t / end(t); s(t) = s(t-1) + 1 / (t - 1) + t; k(t) = 3 if t == end(t) else 0",
        steps,
        b1=np.array([0.5, 2.0]),
    )
    check("v(t) : n; v(t) = v(t-1) / sqrt(n) + x(t); z(t) = t", steps, x=np.ones((2, steps, 3)))
    check("c(t) = 1/0; d(t) = -1/0; e(t) = 0/0 ; f : (); f = 7; g = 0 ** -1; h(t) = 5 % 0 + 10**30", steps)
    check(
        "b(t) = s(t) > 1; s(t) = s(t-1) + (b(t-1) == 0) + (not (x(t) < 0.5) and s(t-1))",
        steps,
        x=np.linspace(0, 1, steps),
    )


@pytest.mark.parametrize("steps", [0, 1, 4])
def test_entries_and_concat(steps: int) -> None:
    g = np.random.default_rng(6)
    check(
        "x(t) : n; h(t) : m; h(t) = tanh(W @ concat(h(t-1), x(t), stack(1, t)))", steps,
        x=g.normal(size=(3, steps, 2)), W=g.normal(size=(3, 7)), h0=g.normal(size=(3, 3)),
    )  # fmt: skip
    check(
        "b : 3; y(t) = b[0] * x(t) + b[1] * x(t-1) + b[2]", steps, x=g.normal(size=(3, steps)), b=g.normal(size=(3, 3))
    )
    check(
        "x(t) : 4; y(t) = concat(x(t)[1:3], x(t)[0:1]); z(t) = x(t)[-1] + x(t)[0]",
        steps,
        x=g.normal(size=(4, steps, 4)),
    )
    check(
        "W(t) : (m, n); x(t) : n; h(t) = W(t) @ x(t) + h(t-1)",
        steps,
        W=g.normal(size=(steps, 2, 3)),
        x=g.normal(size=(3, steps, 3)),
    )
    check(
        "x(t) : n; S(t) = outer(x(t), x(t)) + S(t-1); d(t) = det(S(t) + eye(n))", steps, x=g.normal(size=(3, steps, 3))
    )


def test_sums_of_many_terms_and_shared_parts() -> None:
    check("x(t) : (); y(t) = " + " + ".join(f"x(t-{k % 7})" for k in range(3000)), 3, x=np.arange(3.0))
    check("s(t) = " + " + ".join(f"s(t-{k % 7 + 1})*{k}e-4" for k in range(2000)), 3, s0=np.arange(7.0))
    check("s(t) = exp(-s(t-1)) / (1 + exp(-s(t-1))) ; q(t) = exp(-s(t-1)) * q(t-1) + 1", 5, s0=0.3)
    check(
        "x(t) : m; y(t) = sum(k[j] @ x(t-j) for j in 0..2)\nk : (3, m, m)",
        4,
        x=np.ones((2, 4, 2)),
        k=np.arange(12.0).reshape(3, 2, 2),
    )


def test_attention() -> None:
    g = np.random.default_rng(2)
    text = """
    x(t) : m
    q(t) = Q @ x(t)
    e(t) = exp(dot(q(t), x(end)))
    a(t) = e(t) / sum(e(j) for j)
    c(t) = sum(exp(dot(q(t), x(j))) * x(j) for j) / sum(exp(dot(q(t), x(j))) for j)
    s(t) = tanh(W @ s(t-1) + sum(exp(dot(s(t-1), x(j))) * x(j) for j) / sum(exp(dot(s(t-1), x(j))) for j))
    """
    check(text, 3, rtol=1e-9, x=g.normal(size=(3, 3, 3)), Q=g.normal(size=(3, 3, 3)), W=g.normal(size=(3, 3, 3)))


def test_ieee_results_and_literals_of_every_type() -> None:
    x = np.array([np.nan, np.inf, 1])
    check(
        "x(t) : (); y(t) = x(t) / 0 + log(-1); z(t) = z(t-1) + sqrt(x(t) - 5); m = max(x(t) for t);"
        "k = argmax(x(t) for t)",
        3,
        x=x,
    )
    check("x(t) : (); y(t) = x(t) % 3 - -x(t) % 0; p(t) = (-8) ** (1/3) + (-x(t)) ** 0.5 + 2 ** x(t) ** 2", 3, x=x)
    text = """
        x(t) : ()
        y(t) = (1 if x(t) > 0 else 2) * x(t) + zeros(2)[0]
        z(t) = stack(1, 2)[0] * x(t) + max(x(t), 1, 2) + (3 if 1 > 2 else 4)
    """
    assert check(text, 3, rtol=1e-6, x=np.ones(3, np.float32)).z.dtype == np.float32
    check("s(t) = " + "tanh(" * 190 + "s(t-1)" + " + 1)" * 190, 2)


def test_circuits_with_nothing_over_the_axis_or_nothing_given() -> None:
    text = "y = a + b[0]; b : 3; z = y * 2; w : (); w = 3; k : 3; k = 1"
    found = compile_model(read(text))(a=np.ones(2), b=[1, 2, 3])
    assert (found.y.shape, found.z.shape, found.w.shape, found.k.shape) == ((2,), (2,), (2,), (2, 3))
    check("w : (); w = 3; v = 1/0; s(t) = 2; u(t) = t; h(t) = h(t-1) + w; h(0) = 1", 3)
    check("x(t) : n; L = sum(sum(x(t)) for t) + x(end)[0]", 4, x=np.ones((2, 4, 3)))
    assert compile_model(read("s(t) = s(t-1000000) + 1"))(steps=3).s.tolist() == [1, 1, 1]
    unused = compile_model(read("q : m; x(t) : n; s(t) = s(t-1) + 1"))
    assert unused(x=np.ones((3, 1)), q=[1]).s.tolist() == unused(steps=3).s.tolist() == [1, 2, 3]


def test_logistic_map_sweep() -> None:
    rates = np.linspace(2.5, 4, 1000)
    found = compile_model(read("s(t) = r * s(t-1) * (1 - s(t-1)); s(0) = 0.3"))(r=rates, steps=50).s
    value = np.full(1000, 0.3)
    for step in range(50):
        value = rates * value * (1 - value)
        np.testing.assert_array_equal(found[:, step], value)


@pytest.mark.parametrize("steps", [None, 2])
def test_infinity_beside_a_name_that_hides_numpy(steps: int | None) -> None:
    circuit = Circuit("x(t), np : (); y(t) = max(np * x(t), -inf) + inf")
    assert circuit.compile(steps=steps)(x=np.ones(2), np=2.0).y.tolist() == [np.inf, np.inf]


def test_fibonacci() -> None:
    program = compile_model(read("F(t) = F(t-1) + F(t-2); F(1) = 1; F(2) = 1"))
    assert program(steps=20).F.tolist()[-3:] == [2584, 4181, 6765]
    assert program(steps=0).F.shape == (0,) and program(steps=1).F.tolist() == [1]


def test_outputs_compute_only_what_they_need() -> None:
    text = "h(t) = 0.5 * h(t-1) + x(t); o(t) = V * h(t); u(t) = f(o(t)) + w"
    program = compile_model(read(text), outputs=["h"])
    function = next(node for node in ast.parse(program.source).body if isinstance(node, ast.FunctionDef))
    computing = next(node for node in function.body if isinstance(node, ast.With))
    assert {"V", "f", "w"}.isdisjoint(names_used([computing])) and "x" in names_used([computing])
    assert list(program(x=[1, 2])) == ["h"]
    assert program(x=[1, 2], V=3, w=0, f=abs).h.tolist() == [1, 2.5]
    # What fills a boundary of the whole circuit is taken where nothing needs that boundary, too.
    doubled = compile_model(read("x(j) : (); a(j) = 2*x(j); w(j) = w(j-1) + w(j-2)"), outputs=["a"])
    assert doubled(x=[1, 2], w0=-2.0).a.tolist() == [2, 4]
    with pytest.raises(CircuitError, match="no equation gives 'hh'"):
        compile_model(read(text), outputs=["hh"])
    with pytest.raises(CircuitError, match="outputs names no signal"):
        compile_model(read(text), outputs=[])


# Independent implementations -------------------------------------------------------------------------


def _onnx(kind: str, x: Any, arrays: dict[str, Any], **attributes: Any) -> Any:
    from onnx import TensorProto, helper
    from onnx.reference import ReferenceEvaluator

    inputs = {"X": x, **arrays}
    node = helper.make_node(kind, list(inputs), ["Y"], hidden_size=arrays["R"].shape[2], **attributes)
    graph = helper.make_graph(
        [node], "g", [helper.make_tensor_value_info(n, TensorProto.DOUBLE, a.shape) for n, a in inputs.items()],
        [helper.make_tensor_value_info("Y", TensorProto.DOUBLE, None)],
    )  # fmt: skip
    return ReferenceEvaluator(helper.make_model(graph)).run(None, inputs)[0]


def test_lstm_is_that_of_onnx() -> None:
    g = np.random.default_rng(0)
    batch, steps, n, m = 16, 100, 32, 64
    x = g.normal(size=(batch, steps, n))
    W = {gate: g.normal(size=(m, n)) / 6 for gate in "iofg"}
    U = {gate: g.normal(size=(m, m)) / 8 for gate in "iofg"}
    b = {gate: g.normal(size=m) for gate in "iofg"}
    arrays = {f"{k}_{gate}": v[gate] for gate in "iofg" for k, v in (("W", W), ("U", U), ("b", b))}
    found = compile_model(read(LSTM, name="lstm"))(x=x, **arrays)
    stacked = {"W": np.concatenate([*W.values()])[None], "R": np.concatenate([*U.values()])[None]}
    stacked["B"] = np.concatenate([*b.values(), np.zeros(4 * m)])[None]
    expected = _onnx("LSTM", x.swapaxes(0, 1), stacked)
    np.testing.assert_allclose(found.h.swapaxes(0, 1), expected.reshape(steps, batch, m), rtol=1e-9, atol=1e-12)


def test_gru_is_that_of_onnx() -> None:
    g = np.random.default_rng(1)
    batch, steps, n, m = 16, 100, 32, 64
    x = g.normal(size=(batch, steps, n))
    W = {gate: g.normal(size=(m, n)) / 6 for gate in "zrh"}
    U = {gate: g.normal(size=(m, m)) / 8 for gate in "zrh"}
    b = {gate: g.normal(size=m) for gate in "zrh"}
    d = g.normal(size=m)
    arrays = {f"{k}_{gate}": v[gate] for gate in "zrh" for k, v in (("W", W), ("U", U), ("b", b))}
    found = compile_model(read(GRU, name="gru"))(x=x, d_h=d, **arrays)
    stacked = {"W": np.concatenate([*W.values()])[None], "R": np.concatenate([*U.values()])[None]}
    stacked["B"] = np.concatenate([*b.values(), np.zeros(2 * m), d])[None]
    expected = _onnx("GRU", x.swapaxes(0, 1), stacked, linear_before_reset=1)
    np.testing.assert_allclose(found.h.swapaxes(0, 1), expected.reshape(steps, batch, m), rtol=1e-9, atol=1e-12)


def test_biquad_is_lfilter() -> None:
    from scipy.signal import lfilter

    b, a = [0.2, 0.3, 0.1], [1.0, -0.5, 0.25]
    x = np.random.default_rng(0).normal(size=500)
    text = "y[n] = b[0]*x[n] + b[1]*x[n-1] + b[2]*x[n-2] - a1*y[n-1] - a2*y[n-2]"
    found = compile_model(read(text))(x=x, b=b, a1=a[1], a2=a[2]).y
    np.testing.assert_allclose(found, lfilter(b, a, x), rtol=1e-12, atol=1e-14)


# Every order of the indices ---------------------------------------------------------------------------

ORDERS = (
    "x(i,j) : (); a(i,j) = 0.5*a(i-1,j+1) + b(i-1,j) + x(i,j); b(i,j) = 0.3*b(i+1,j-1) + 0.2*a(i-1,j)",
    "x(i,j,k) : (); h(i,j,k) = tanh(h(i-1,j,k) + h(i,j-1,k) + h(i,j,k-1) + x(i,j,k))",
    "x(i,j,k) : m; h(i,j,k) = tanh(W @ h(i-1,j,k) + h(i,j-1,k) + sum(h(i-1,j,l) for l) + x(i,j,k)); W : (m,m)",
    "x(t,i) : (); u(t,i) = 0.5*u(t-1,i-1) + u(t-1,i+1)*0.2 + x(t,i); u(t,0) = u(t,end); u(t,end+1) = u(t,1); "
    "u(0,i) = i; u(0,0) = u(0,end); u(0,end+1) = 2",
    "x(t) : (); a(t) = b(t+1) + x(t); b(t) = 0.5*a(t-2) + x(t); a(2) = 3; b(end) = 2",
    "x(t) : (); a(t) = b(t-1) + x(t); b(t) = 0.5*a(t+2) + x(t); a(end-1) = 3; b(1) = 2; b(0) = 7",
    "x(i,j) : m; y(i,j) = f(x(i,j)); y(i,j) : m; y(2,j) = p; p : m",
    "x(i,j) : m; y(i,j) = f(x(i,j), y(i-1,j), y(i,j-1)); y(i,j) : m; y(2,end) = p; p : m; y(1,1)=2*p",
    "x(i,j) : m; y(i,j) = f(x(i,j), y(i-1,j), y(i,j-1)); y(0,j)=0; y(i,0)=0",
    "x(i,j) : m; y(i,j) = f(x(i,j), y(i-1,j)); y(0,j)=x(1,j)",
    "x(i,j) : m; y(i,j) : m; w : m; y(i,j) = f(x(i,j)); z(i) = sum(y(i,j) for j); w = sum(f(y(i,j)) for i, j)",
    "x(i,j) : m; y(i,j,k) = f(y(i-1,j,k), x(i,j)) * 0.5 + 0 * k; y(i,j,k) : m; z(k) : ()",
    "x(i,j) : (); a(i,j) = x(j,i) + a(i-1,j); d(i) = a(i,i); e(j) = a(j, j) + x(1, j); c(j,i) = a(i,j)*2; "
    "q = sum(c(k,k) for k)",
    "x(i,j) : (); y(i,k) = sum(x(i,j)*z(j,k) for j); z(j,k) : (); w(k,i) = y(i,k); v(i,j,k) = x(i,j)*z(j,k); "
    "s(k,j,i) = v(i,j,k) + 1",
    "x(t) : (); h(l,t) = tanh(h(l,t-1) + h(l-1,t) + w(l)); w(l) : (); h(0,t) = x(t); h(l,0)=0; h(0,0)=0; "
    "o(t) = h(end,t)",
    "x(t) : (); h(l,t) = tanh(h(l,t-1) + g(l-1,t)); g(l,t) = tanh(g(l,t+1) + h(l-1,t)*w(l)); w(l) : (); "
    "h(0,t) = x(t); g(0,t) = x(t)",
    "x(t) : (); s(u) = 0.5*s(u-1) + sum(exp(s(u-1)*x(t)) for t); s(0)=1; y(u) : (); z(u) = y(u+1)",
    "a(t) = a(t-1) + t; a(1) = 1; a(end) = 5; a(2) = 3; b(t) = a(t+1) - a(end-1); b(end) = a(1); b(1) = 4; "
    "x(t) : (); c = x(1)",
    "x(i,j) : (); a(i,j) = x(i,j); a(2,j) = 1; a(i,end) = 2; a(1,1) = 3; a(end,end-1) = 4; "
    "b(i,j) = a(i,j) + a(i-1,j+1); b(i, 1) = a(2,1)",
    "x(i,j) : (); a(i,j) = a(i-1,j)*0.5 + x(i,j); a(2,j) = 1; a(i,end) = 2; a(1,1) = 3; a(end,end-1) = 4; "
    "a(3,j) = a(2,j)+a(1,j); a(i,2) = a(i-1,3)",
    "x(i,j) : (); a(i,j) = a(i-1,j)*0.5 + a(i,j-1) + x(i,j); a(2,j) = 1; a(i,end) = 2; a(1,1) = 3; "
    "a(end,end-1) = 4; a(3,j) = a(2,j)+a(3,j-1)",
    "x(i,j) : (); a(i,j) = a(i-2,j+1)*0.5 + a(i-1,j-1) + b(i,j+1); b(i,j) = a(i-1,j-1) + x(i,j)",
    "x(i,j,k) : (); a(i,j,k) = a(i-1,j,k)*0.5 + a(i,j-1,k) + x(i,j,k); a(i,j,2) = 1; a(2,j,k) = k; "
    "a(1,1,1) = 3",
    "x(i,j,k) : (); a(i,j,k) = a(i-1,j,k)*0.5 + a(i,j-1,k) + sum(x(i,l,k) for l); "
    "b(i,j,k) = sum(a(i,m,k)*a(n,j,k) for m, n)",
    "x(i,j) : m; s(i,j) = f(s(i-1,j), x(i,j)); q(i) = f(s(i,end)); r = s(end,end)",
    "x(i) : m; s(i,j) = g(x(i)) * y(j); y(j) : ()",
    "x(i) : m; s(i,j) = g(x(i), y(j)); y(j) : m; v = s(2,1)",
    "x(t) : (); q(t) = sum(sum(x(j)*k for j) * k for k in 1..2) + sum(j*x(j) for j); "
    "s(u) = sum(j * s0(j) for j) + u; s0(v) : (); w(t) = sum(sum(x(k) for k)*k for k in 0..1)",
    "x(i,j) : (); y(i) = sum(x(i,k)*k for k) + sum(x(k,1)*k for k) + sum(sum(x(k,j) for k)*j for j)",
    "x(i,j) : m; a(i,j) = a(i,j+1)*0.5 + x(i,j); a(i,end+1) = p; p : m; b(i,j) = b(i+1,j-1) + a(i,j); "
    "b(end+1,j) = p; b(i,0) = a(i,end); b(end+1,0) = 0; c = a(1,1)",
    "x(i,j) : (); c(i,j) = min(c(i-1,j)+1, c(i,j-1)+1); c(0,j) = c(0,j-1)+x(1,j); c(0,0)=0; "
    "c(i,0) = c(i-1,0) + 1",
    "x(t) : m; h(t) = f(h(t-1), x(t)); h(end) = x(1); o(t) = h(t+1) ; h(t) : m",
    "s(i,j) = s(i-1,j) + i*j + end(i) - end(j); s(0,j) = j; p(i) = i/end(i); x(j) : ()",
    "x(t) : m; P(t) = A @ P(t-1) @ A.T + outer(x(t), x(t)); A : (m,m); P(0) = eye(m); P(t) : (m, m); "
    "S(i, t) = P(t) @ B(i) ; B(i) : (m, m); d(i) = det(S(i,end))",
    "x(i,j) : (); a(i,j) = a(i-1,j) + b(i,j-1); b(i,j) = b(i,j-1)*0.5 + sum(a(i-1,k) for k) + x(i,j)",
    "x(i,j) : (); a(i,j) = b(i,j-1)*0.5 + x(i,j); b(i,j) = a(i-1,j+2)",
    "p(i), y(j) : (); g(i,j) = p(2) + g(i-1,j) + g(i,j-1) + y(j)",
)  # fmt: skip


FUNCTIONS = {"f": lambda *values: sum(np.tanh(value) for value in values) + 0.1, "g": lambda *values: np.sin(values[0])}


@pytest.mark.parametrize("batch", [(), (3,)])
@pytest.mark.parametrize("text", ORDERS)
def test_every_order_of_the_indices(text: str, batch: tuple[int, ...]) -> None:
    """Wavefronts, loops inside loops, both directions, reads ahead of each other, pins and boundaries that meet."""
    circuit = Circuit(text)
    own = [axis for axis in circuit.axes if circuit.model.length_of[axis] == axis]
    functions = {name: FUNCTIONS[name] for name in circuit.model.functions}
    known = {circuit.model.length_of[axis] for axes in circuit.model.inputs.values() for axis in axes}
    checked = 0
    for sizes in product((0, 1, 2, 4) if len(own) < 3 else (0, 1, 3), repeat=len(own)):
        lengths = lengths_of(circuit, sizes)
        if lengths is None:
            continue
        data = data_for(circuit, lengths, len(text), batch) | functions
        steps = {axis: length for axis, length in lengths.items() if axis in own and axis not in known}
        expected = circuit.unfold(lengths).evaluate(**data)
        loops, straight = compiled(text), compiled(text, (*lengths.items(),))
        for found in (loops(**data, steps=steps or None), straight(**data)):
            for name, value in expected.items():
                assert found[name].shape == value.shape, (name, lengths)
                np.testing.assert_allclose(found[name], value, rtol=1e-9, atol=1e-9, err_msg=f"{name} {lengths}")
        checked += 1
    assert checked > 1


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("pascal", ["for n in range(steps_n):", "C[n + 1, 1:] = C[n, :steps_k] + C[n, 1:]", "C[1:, 0] = 1"]),
        ("bidirectional", ["for t in range(steps):", "for t in reversed(range(steps)):", "g[steps] = 0"]),
        ("viterbi", ["for t in range(1, steps_t):", "np.max(v[t][:, None] * A, axis=0, initial=-np.inf) * b[t]",
                     "for t in reversed(range(steps_t - 1)):"]),
        ("edit-distance", ["c_added = (a[:, None] != b) - dtype(2)", "np.add(c_before, c_added_i, out=c_i)",
                           "np.fmin.accumulate(c_i_2, axis=0, out=c_i_2)", "D = c[steps_i, steps_j]"]),
        ("two-dimensional", ["fronts = _front_slices((steps_i, steps_j), (1, 1), (steps_j + 1, 1), (steps_j, 1))",
                             "for front in range(steps_i + steps_j - 1):",
                             "[places, places_2] = fronts(front)", "np.tanh(h_part, out=h_flat[places])"]),
        ("deep-bidirectional", ["for l in range(steps_l):", "        U_h_z = _apply(U_h[l], z[l])",
                                "        for t in range(steps_t):", "        for t in reversed(range(steps_t)):",
                                "z[l + 1] = h[l, 1:] + g[l, :steps_t]"]),
        ("attention", ["B_h = _apply(B, h[1:])", "for u in range(steps_u):", "o = _apply(V, s[1:])"]),
        ("teacher-forcing", ["h = np.tanh(b + _apply(W, y[:steps]) + _apply(U, x))"]),
    ],
)  # fmt: skip
def test_programs_are_what_an_expert_would_have_written(name: str, lines: list[str]) -> None:
    source = Circuit.gallery(name).compile().source
    for line in lines:
        assert line in source, line


def test_straight_line_code_of_several_axes() -> None:
    source = Circuit.gallery("edit-distance").compile(steps={"i": 2, "j": 2}).source
    body = source[source.index("c = np.zeros") : source.index("return _Result")]
    assert not any(line.lstrip().startswith("for ") for line in body.splitlines())
    assert "    c[2, 1] = _least(c[1, 1] + 1, c[2, 0] + 1, c[1, 0] + a_b[1, 0])\n" in body
    assert "This is written out for exactly 2 steps of i and 2 of j." in source
    with pytest.raises(CircuitError, match=r"of 1000000 steps of i and 1000000 of j has \d000000000000 statements"):
        Circuit.gallery("two-dimensional").compile(steps={"i": 10**6, "j": 10**6})


# The lengths of axes -----------------------------------------------------------------------------------


def test_steps_of_several_axes() -> None:
    pascal = Circuit.gallery("pascal").compile()
    assert pascal(steps={"n": 4, "k": 2}).C.tolist() == [[1, 0], [2, 1], [3, 3], [4, 6]]
    for steps, said in (
        (3, "steps: expected a number for each of n, k, got 3"),
        ({"n": 3}, "steps: expected a number for 'k'"),
        ({"n": 3, "q": 2}, "there is no axis 'q'"),
        ({"n": 3, "k": -1}, r"steps\['k'\]: expected a whole number from 0, got -1"),
        (None, "no input says how many steps of n and k there are"),
    ):
        with pytest.raises(CircuitError, match=said):
            pascal(steps=steps)
    rule = Circuit.gallery("rule-110").compile()
    assert rule(seed=np.ones(3), steps=2).u.shape == rule(seed=np.ones(3), steps={"t": 2}).u.shape == (2, 3)
    assert rule(seed=np.ones(3), steps={"t": 2, "i": 3}).u.shape == (2, 3)
    with pytest.raises(CircuitError, match=r"steps=\{'t': 2, 'i': 4\} is given, but the inputs have 3 steps of i"):
        rule(seed=np.ones(3), steps={"t": 2, "i": 4})
    with pytest.raises(CircuitError, match="no input says how many steps of t there are"):
        rule(seed=np.ones(3), steps={"i": 3})
    with pytest.raises(CircuitError, match="this is for the steps n=4, k=2"):
        Circuit.gallery("pascal").compile(steps={"n": 4, "k": 2})(steps={"n": 5, "k": 2})
    single = Circuit("s(t) = s(t-1) + 1").compile()
    assert single(steps={"t": 2}).s.tolist() == single(steps=2).s.tolist() == [1, 2]


X = np.random.default_rng(11).normal(size=(3, 5, 2))


@pytest.mark.parametrize(
    ("text", "arrays", "lengths"),
    [
        ("s(t) = f(s(t-1), x(t); theta); o = s(end)", {"x": X, "theta": 0.5, "s0": np.ones(2)}, [5, 0, 2]),
        ("s(t) = f(s(t-1), x(t); theta); s(1) = s1", {"x": X, "theta": 0.5, "s1": np.ones(2)}, [1, 0, 3]),
        ("s(t) = f(s(t-1), x(t); theta); s(1) = s1", {"x": X, "theta": 0.5, "s1": np.ones(2)}, [0, 0, 0]),
        ("x(t) : m; s(t) = 0.5 * s(t-1) + x(t) * r", {"x": X.astype(np.float32), "r": 2.0}, [5, 1, 2]),
        ("x(t) : m; s(t) = 0.5 * s(t-1) + x(t)", {"x": X[0]}, [5, 1, 2]),
        ("x(t) : m; s(t) = 0.5 * s(t-1) + x(t)", {"x": X[0]}, 3),
        ("x(t) : m; r : (); s(t) = r * s(t+1) + x(t)", {"x": X[0], "r": np.ones((4, 1))}, {"t": [5, 1, 2]}),
        ("x(t) : m; s(t) = s(t-1) + 1; q : ()", {"x": X, "q": 1.0}, [5, 1, 2]),
        ("x(t) : m; s(t) = r * s(t-1) + x(t); r : ()", {"x": X[:0], "r": 1.0}, np.zeros(0, int)),
    ],
)  # fmt: skip
def test_lengths_of_sequences(text: str, arrays: dict[str, Any], lengths: Any) -> None:
    given = arrays | ({"f": lambda s, x, theta: np.tanh(s * theta + x)} if "f(" in text else {})
    model = read(text)
    found = compile_model(model)(**given, lengths=lengths)
    expected = Unfolding(model, {"t": 5}).evaluate(**given, lengths=lengths)
    for name, value in expected.items():
        assert found[name].dtype == value.dtype and found[name].shape == value.shape, name
        np.testing.assert_allclose(found[name], value, rtol=1e-6 if value.dtype == np.float32 else 1e-11)


def test_lengths_where_nothing_has_a_batch_and_where_they_say_how_many_steps_there_are() -> None:
    fibonacci = Circuit.gallery("fibonacci").compile()
    expected = [[1, 1, 2, 3], [1, 0, 0, 0], [0, 0, 0, 0]]
    assert fibonacci(lengths=[4, 1, 0]).F.tolist() == expected
    assert fibonacci(lengths=[4, 1, 0], steps=4).F.tolist() == expected
    pascal = Circuit.gallery("pascal").compile()
    assert pascal(lengths={"n": [3, 1], "k": 2}).C.tolist() == [[[1, 0], [2, 1], [3, 3]], [[1, 0], [0, 0], [0, 0]]]
    with pytest.raises(CircuitError, match="lengths: expected a dictionary with those of n, k"):
        pascal(lengths=[1, 2], steps={"n": 2, "k": 2})
    with pytest.raises(CircuitError, match="lengths is given, but this circuit has no axis"):
        compile_model(read("o = a"))(a=1, lengths=[1])


def test_straight_line_code_takes_one_length() -> None:
    program = compile_model(read(ELMAN), steps=5)
    plain = program(**GOOD).h
    for same in (5, [5] * 4, {"t": [5] * 4}):
        np.testing.assert_array_equal(program(**GOOD, lengths=same).h, plain)
    with pytest.raises(CircuitError, match="lengths: this is written out for t=5, and for no other lengths"):
        program(**GOOD, lengths=[5, 4, 5, 5])


def test_running_takes_the_lengths_that_no_input_says() -> None:
    pascal = Circuit.gallery("pascal")
    assert evaluate(pascal, {}, {"n": 2, "k": 1})["C"].tolist() == [[1], [2]]
    with pytest.raises(CircuitError, match="no input says how many steps of k there are"):
        evaluate(pascal, {}, {"n": 2})
    with pytest.raises(CircuitError, match="this would compute 1000000000000 values"):
        evaluate(pascal, {}, {"n": 10**6, "k": 10**6})
    rule = Circuit.gallery("rule-110")
    assert evaluate(rule, {"seed": np.ones(3)}, {"t": 2})["u"].shape == (2, 3)
    assert evaluate(rule, {"seed": np.ones(3)}, {"t": 2, "i": 3})["u"].shape == (2, 3)
    with pytest.raises(CircuitError, match="--steps i=4 is given, but the inputs have 3 steps of i"):
        evaluate(rule, {"seed": np.ones(3)}, {"t": 2, "i": 4})
    with pytest.raises(CircuitError, match="this would compute 300000000000 values"):
        evaluate(rule, {"seed": np.ones(3)}, {"t": 10**11})


# Types, inputs that stay as they are, opaque functions -----------------------------------------------


def test_types() -> None:
    text = """
        x(t) : m
        h(t) = tanh(W @ h(t-1) + 2.5 * x(t)) + (1 if h(t-1) > 0 else 0) / sqrt(m) + t / end(t)
        L = mean(h(t) for t)
    """
    x, W = np.ones((2, 3, 2), np.float32), np.eye(2, dtype=np.float32)
    single = check(text, 3, rtol=1e-5, x=x, W=W)
    assert single.h.dtype == single.L.dtype == np.float32
    assert check(text, 3, x=x, W=W.astype(float)).h.dtype == np.float64
    assert check(text, 3, x=x.astype(int), W=W.astype(np.int8)).h.dtype == np.float64
    assert check(text, 3, rtol=1e-5, x=x, W=W.astype(int)).h.dtype == np.float32
    # A number beside others in one array does not settle its type.
    stacked = "x(t) : m; y(t) = stack(x(t)[0], 1, t, x(t)[1]); z(t) = concat(x(t), stack(2)); v(t) = stack(x(t), x(t))"
    found = check(stacked, 3, rtol=1e-5, x=x)
    assert {one.dtype for one in found.values()} == {np.dtype(np.float32)}


def test_inputs_are_never_modified() -> None:
    x = np.asfortranarray(np.random.default_rng(0).normal(size=(2, 6, 3)))[:, ::2]
    x.flags.writeable = False
    text = "x(t) : m; y(t) = x(t); z(t) = x(t-1) + y(t); q = x(end); p = w; s(t) = w"
    w = np.ones(2)
    found = check(text, 3, x=x, w=w)
    for value in found.values():
        assert value.flags.writeable
        assert not np.shares_memory(value, x) and not np.shares_memory(value, w)
    assert not np.shares_memory(found.y, found.z)


@pytest.mark.parametrize("steps", [None, 3])
@pytest.mark.parametrize(
    ("text", "arrays"),
    [
        ("x(t) : n; y(t) = x(t)", {"x": np.ones((3, 2))}),
        ("x(t) : (); y(t) = x(t)", {"x": np.ones((4, 3))}),
        ("x(t) : (); y(t) = x(t); z = x(end); v(t) = y(t)", {"x": np.ones(3)}),
        ("x(t) : (); W : (m, m); y = W; z = y; o(t) = x(t) * y[0, 0]", {"x": np.ones(3), "W": np.ones((2, 2))}),
        ("x(t) : n; W : (m, m); y = W.T; z(t) = x(t)[1:]; u(t) = W", {"x": np.ones((3, 2)), "W": np.ones((2, 2))}),
        ("x(t) : (); y(t) = x(t-1); z(t) = x(t+1); s(t) = s(t-1)", {"x": np.ones(3), "x0": 1.0, "s0": np.ones(1)}),
        ("x(i, j) : (); y(i, j) = x(i, j); d(i) = x(i, i)", {"x": np.ones((3, 3))}),
        ("x(t) : (); y : (); y = r; s(t) = s(t-1) + x(t); s(1) = r", {"x": np.ones(3), "r": np.ones(())}),
    ],
)
def test_results_share_no_memory(text: str, arrays: dict[str, Any], steps: int | None) -> None:
    program = compiled(text, steps)
    first, second = program(**arrays), program(**arrays)
    kept = {name: value.copy() for name, value in second.items()}
    given = [np.asarray(value) for value in arrays.values()]
    for name, value in first.items():
        others = [*given, *second.values(), *(other for key, other in first.items() if key != name)]
        assert not any(np.shares_memory(value, other) for other in others)
        # Whoever writes into one finds no other changed, which would be so for what a program kept, too.
        value[...] = 7
    assert all((value == kept[name]).all() for name, value in second.items())
    assert all((value == kept[name]).all() for name, value in program(**arrays).items())


def test_programs_are_called_by_several_threads() -> None:
    program = compile_model(read("x(t) : n; h(t) = tanh(W @ h(t-1) + f(x(t), t)); W : (n, n); L = inv(W) @ h(end)"))
    random = np.random.default_rng(0)
    data = [
        {"x": random.normal(size=(*batch, steps, 3)), "W": random.normal(size=(3, 3))}
        for steps in (1, 4, 9, 30)
        for batch in ((), (5,), (2, 1))
    ]

    def f(x: Any, t: Any) -> Any:
        return x * np.reshape(t, np.shape(t) + (1,) * (np.ndim(x) - np.ndim(t)))

    alone = [program(**one, f=f) for one in data]

    def call(number: int) -> list[bool]:
        told = []
        for place in [*range(number, len(data)), *range(number)]:
            found = program(**data[place], f=f)
            told.append(all((found[name] == value).all() for name, value in alone[place].items()))
            with pytest.raises(CircuitError, match="cannot be computed: Singular matrix"):
                program(x=data[place]["x"], W=np.zeros((3, 3)), f=f)
        return told

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(4) as pool:
            assert all(all(told) for told in pool.map(call, range(8)))
    finally:
        sys.setswitchinterval(interval)


@pytest.mark.parametrize("steps", [None, 3])
def test_a_program_is_called_by_its_own_function(steps: int | None) -> None:
    circuit = Circuit("s(t) : (); s(t) = f(s(t-1)) + x(t); x(t) : ()")
    program = circuit.compile(steps)
    seen: list[int] = []

    def deeper(level: int) -> Any:
        def f(s: Any) -> Any:
            seen.append(level)
            return s / 2 if level == 0 else program(x=s + np.ones(3), f=deeper(level - 1)).s[-1]

        return f

    def expected(x: Any, level: int) -> list[float]:
        s, found = 0.0, []
        for value in x:
            s = (s / 2 if level == 0 else expected(s + np.ones(3), level - 1)[-1]) + value
            found.append(s)
        return found

    assert program(x=[1, 2, 3], f=deeper(2)).s.tolist() == expected([1, 2, 3], 2)
    assert [seen.count(level) for level in range(3)] == [27, 9, 3]

    # What it raises below is the caller's, as it is.
    def f(s: Any) -> Any:
        return program(x=[1, 2, 3], f=fails).s[-1]

    def fails(s: Any) -> Any:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        program(x=[1, 2, 3], f=f)


def test_the_common_case_asks_for_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    program = compile_model(read(ELMAN))
    expected = program(**GOOD, steps=5)

    def worked_out(*_: Any) -> Any:
        raise AssertionError("this is for what is not common")

    for name in ("_named", "_steps_told", "_take_lengths", "_for_sequences"):
        monkeypatch.setattr(Program, name, worked_out)
    monkeypatch.setattr("unfoldgraph.program.compiled._noting", worked_out)
    for arrays in (GOOD, {**GOOD, "h0": 0}):
        assert (program(**arrays).h == expected.h).all()
    for others in ({"lengths": 5}, {"steps": 5}, {"v": 1}):
        with pytest.raises(AssertionError):
            program(**GOOD, **others)


@pytest.mark.parametrize("steps", [0, 1, 4])
def test_opaque_functions(steps: int) -> None:
    def f(s: Any, x: Any, theta: Any) -> Any:
        return np.tanh(s * theta + x)

    x = np.random.default_rng(0).normal(size=(2, steps, 3))
    check("s(t) = f(s(t-1), x(t); theta)", steps, f=f, x=x, theta=0.5, s0=np.ones(3))
    check("s(t) = f(s(t-1), x(t); theta); s(1) = s1", steps, f=f, x=x, theta=0.5, s1=np.ones(3))
    check("s(t) = f(s(t-1), x(t); theta)", steps, f=f, x=x[0, :, 0], theta=0.5)
    check(
        "x(t) : m; h(t) : m; h(t) = g(h(t-1) + U @ x(t)) * 2; y(t) = k(h(t)); y(t) : ()",
        steps,
        g=np.tanh,
        k=lambda v: v.sum(-1),
        x=x,
        U=np.eye(3),
    )
    check(
        "x(t) : m; y(t) : m; y(t) = g(x(t)); L : m; L = sum(g(x(t)) * w for t); w : m",
        steps,
        g=np.tanh,
        x=x,
        w=np.ones(3),
    )
    check("s(t) = a * f(s(t-1), x(t); theta)", steps, f=f, x=x, theta=0.5, a=np.array([1.0, 2.0]), s0=np.ones(3))
    both = {"x": x, "f": lambda a, b: a * b + b}
    check("x(t) : m; h(t) : m; h(t) = tanh(sum(f(h(t-1), x(j)) for j))", steps, h0=1.0, **both)
    check("x(t) : m; y(t) : m; y(t) = sum(f(x(t), x(j)) for j)", steps, **both)
    check("x(t) : m; L : m; L = sum(sum(f(x(i), x(j)) * x(i) for j) for i)", steps, **both)
    seen: list[Any] = []
    token = object()
    compile_model(read("s(t) = f(s(t-1), x(t); theta)"))(
        f=lambda s, x, theta: seen.append((x.shape, theta)) or x, x=x, theta=token
    )
    assert seen == [((2, 3), token)] * steps


@pytest.mark.parametrize("steps", [0, 1, 2, 4])
@pytest.mark.parametrize("batch", [(), (1,), (3,), (5,), (2, 3)])
def test_a_parameter_of_unknown_shape_is_a_value_of_a_signal(steps: int, batch: tuple[int, ...]) -> None:
    """Its leading dimensions are a batch; that the batch is as large as the vector makes no difference."""
    g = np.random.default_rng(7)
    given = {"f": lambda s, theta: np.tanh(s * theta) + 1, "theta": 0.5, "s1": g.normal(size=(*batch, 3))}
    for pin in ("s(1) = s1", "s(0) = s1", "s(1) = s1; p = s1", "s(1) = s1; q(t) = f(s(t); s1)"):
        data = given | ({"f": lambda s, **shared: np.tanh(s) + 1} if "q(t)" in pin else {})
        check(f"s(t) = f(s(t-1); theta); {pin}", steps, **data)
    check("s(t) = f(s(t-1); theta); s(1) = s1", steps, **given | {"s1": 2})
    x = g.normal(size=(5, 1, steps, 3)) if len(batch) == 2 else g.normal(size=(*batch, steps, 3))
    given = {"f": lambda s, x: np.tanh(s) + x, "x": x}
    check("s(t) = f(s(t-1), x(t)); s(1) = s1", steps, s1=g.normal(size=3), **given)
    check("s(t) = f(s(t-1), x(t)); s(1) = 0; v(t) = s(t-1); k = x(end)", steps, **given)
    check("s(t) = f(x(t), x(t-2)); k = x(end-1)", steps, **given)


def test_what_only_functions_touch_may_be_anything() -> None:
    token = {"any": "thing"}
    text = "h(t) = f(h(t-1), x(t), W, token; token, W)"

    def f(h: Any, x: Any, first: Any, second: Any, token: Any, W: Any) -> Any:
        assert first is W is matrix and second is token is mapping
        return x @ W.T + h

    matrix, mapping = np.eye(3) * 0.5, token
    x = np.random.default_rng(0).normal(size=(3, 4, 3))
    check(text, 4, f=f, x=x, W=matrix, token=token)
    # What no sequence has a part in is the same for all, also where the batch is as large as the vector.
    check("L = g(p; k); y(t) = x(t); x(t) : (); z : m; z = g(p; k) + p2; p2 : m", 4, g=lambda p, k: p * k, k=2.0,
          p=np.arange(3.0), p2=np.ones(3), x=x[..., 0])  # fmt: skip


@pytest.mark.parametrize("batch", [(), (3,), (3, 2)])
def test_functions_get_an_array_for_every_sequence(batch: tuple[int, ...]) -> None:
    def f(a: Any, b: Any) -> Any:
        return np.concatenate([a, b], axis=-1)[..., 1:4]

    g = np.random.default_rng(0)
    x, v = g.normal(size=(*batch, 4, 3)), g.normal(size=3)
    check("s(t) = f(s(t-1), x(t))", 4, f=f, x=x, s0=v)
    check("s(t) = f(s(t-1), x(t)); s(1) = v", 4, f=f, x=x, v=v)
    declared = "x(t) : m; v : m; h(t) : m;"
    for argument in ("v", "2 * v", "y(t)", "y(end)"):
        check(f"{declared} y(t) : m; y(t) = t * v; h(t) = h(t-1) + f({argument}, x(t))", 4, f=f, x=x, v=v)
    # A number needs no batch beside a vector, but alone it does.
    check(f"{declared} r : (); h(t) = f(v * f(x(t), v), v) + k(r) * k(h(t-1), r)", 4, f=f, x=x, v=v, r=2.0,
          k=lambda h, r=1.0: h * r)  # fmt: skip
    # The same array handed out at every step.
    buffers: dict[tuple[int, ...], Any] = {}

    def handed_out(s: Any, x: Any) -> Any:
        return np.add(0.5 * s, x, out=buffers.setdefault(x.shape, np.empty(x.shape)))

    found = check("s(t) = f(s(t-1), x(t))", 4, f=handed_out, x=x, s0=v)
    assert not np.array_equal(found.s[..., 0, :], found.s[..., 1, :])


@pytest.mark.parametrize(
    "written",
    [
        "W @ f(x(t))", "f(x(t)) @ W", "solve(W, f(x(t)))", "outer(f(x(t)), x(t)) @ b", "dot(f(x(t)), b)",
        "concat(f(x(t)), x(t))[4]", "stack(f(x(t)), x(t))[0]", "stack(f(x(t)), f(b))[1]", "f(x(t))[0]",
        "f(x(t))[-1] * x(t)", "f(x(t))[0:2][0]", "f(x(t))[1:3][-1] * a", "sum(f(x(t)))", "argmax(f(x(t)))",
        "norm(f(x(t)))", "mean(f(x(t)) > 1)", "softmax(f(x(t)))", "x(t) if f(x(t))[0] > 1 else b", "g(x(t)) * x(t)",
        "g(x(t)) * f(x(t)) + a", "f(x(t)) if g(x(t)) > 0 else g(b)", "a * g(x(t)) - t", "-f(x(t)) % 2 + 1",
        "max(f(x(t)), g(x(t)), 0.5)", "not f(x(t))", "f(f(x(t)) + b)", "sum(g(x(j)) * f(x(t)) for j)",
        "max(f(x(j)) for j) * a", "det(outer(f(x(t)), x(t)) + eye(m))", "f(zeros(m)) + x(t)", "g(f(x(end))) + 1",
    ],
)  # fmt: skip
@pytest.mark.parametrize("declared", ["", "y(t) : m"])
def test_every_use_of_what_a_function_returns(written: str, declared: str) -> None:
    """Its shape is seen only when it is there: a vector or, for each sequence, a number."""
    g = np.random.default_rng(len(written))
    functions = {"f": lambda v: np.tanh(v) + 1.5, "g": lambda v: np.sin(v.sum(-1))}
    head = f"x(t) : m; W : (m, m); a : (); b : m; z(t) = sum(x(t)) * a + sum(W @ b); {declared}"
    if not declared and written in ("softmax(f(x(t)))", "outer(f(x(t)), x(t)) @ b"):
        # Room is made before the function is first called.
        with pytest.raises(CircuitError, match="nothing says how large 'n_y' is"):
            compile_model(read(f"{head}; y(t) = {written}"))
        return
    used = {name: function for name, function in functions.items() if f"{name}(" in written}
    for pin in ("", "; y(2) = a" if not declared else "; y(2) = b"):
        if pin and not declared and read(f"{head}; y(t) = {written}").shapes["y"] not in (None, ()):
            continue
        for own in ((), (3,), (2, 3)):
            for shared in ((), own):
                data = {"x": (*own, 3, 3), "W": (*shared, 3, 3), "b": (*shared, 3), "a": shared}
                arrays = {name: g.normal(size=shape) for name, shape in data.items()}
                check(f"{head}; y(t) = {written}{pin}", 3, **arrays, **used)


@pytest.mark.parametrize("shape", ["", "h(t) : 2; "])
@pytest.mark.parametrize(("returned", "found"), [(None, "nothing"), ("3", "<U1 of shape"), ([[1], [1, 2]], "rows of")])
def test_functions_that_return_no_numbers(shape: str, returned: Any, found: str) -> None:
    model = read(f"{shape}h(t) = f(h(t-1), x(t))")
    data: dict[str, Any] = {"x": np.ones((3, 2)), "f": lambda h, x: returned}
    with pytest.raises(CircuitError, match=f"f: expected to get numbers from it, got (dtype )?{found}"):
        compile_model(model)(**data)
    with pytest.raises(CircuitError, match=f"'f' is to return numbers, not {found}"):
        Unfolding(model, {"t": 3}).evaluate(**data)


def test_functions_that_return_another_shape() -> None:
    given = {"x": np.ones((3, 2, 3)), "W": np.eye(3)}
    # A number for each sequence is no vector, also where the batch is as large as that.
    text = "x(t) : m; W : (m, m); h(t) : m; h(t) = f(x(t)) + sum(W)"
    check(text, 2, f=lambda x: x.sum(-1), **given)
    program = compile_model(read("x(t) : m; h(t) : m; h(t) = f(x(t))"))
    with pytest.raises(CircuitError, match=r"f: expected to get an array of shape \(3, 3\) from it, got \(3,\)"):
        program(x=given["x"], f=lambda x: x.sum(-1))
    program = compile_model(read("x(t) : m; W : (m, m); h(t) = sum(outer(f(x(t)), W @ x(t)))"))
    with pytest.raises(CircuitError, match=r"f: expected to get an array of shape \(3, \.\.\.\) from it, got \(3,\)"):
        program(f=lambda x: x.sum(-1), **given)
    program = compile_model(read("x(t) : m; h(t) = f(x(t))[5]"))
    with pytest.raises(CircuitError, match="index 5 is out of bounds"):
        program(x=given["x"], f=np.tanh)


# Names -----------------------------------------------------------------------------------------------


def test_names_stay_apart() -> None:
    text = """
    h(t) = h(t-1) + h_0 + np + numpy + t_ + lambda * range + x(t) + steps + batch + dtype + sizes + step + callable
    y(t) = h(t) * lambda + ValueError
    """
    names = ["h_0", "np", "numpy", "t_", "range", "batch", "dtype", "sizes", "step", "callable", "ValueError"]
    arrays = {f"{name}_" if name == "sizes" else name: float(k) for k, name in enumerate(names)}
    given = {**arrays, "lambda": 0.5, "steps_": 2.0, "x": np.arange(3.0), "h0": 1.0}
    program = compile_model(read(text, name="range"))
    assert "lambda_" in program.source and "steps_" in program.source
    expected = Unfolding(read(text), {"t": 3}).evaluate(**given)
    np.testing.assert_allclose(program(**given).h, expected.h)
    given["λ"] = given.pop("lambda")
    np.testing.assert_allclose(program(**given).h, expected.h)


HOSTILE = (
    "range", "len", "slice", "np", "callable", "ValueError", "TypeError", "arrays", "dtype", "batch", "sizes", "step",
    "n", "t_", "None", "lambda", "steps", "lengths", "state", "values", "items", "keys", "self", "str", "circuit", "h0",
    "h_0",
)  # fmt: skip


@lru_cache(maxsize=16)
def named(text: str, name: str) -> tuple[Model, Program]:
    """Return a circuit of a name, and it as loops."""
    model = read(text, name=name)
    return model, compile_model(model)


@pytest.mark.parametrize("steps", [0, 1, 3])
@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_may_be_any_thing(name: str, steps: int) -> None:
    g = np.random.default_rng(0)
    x, W = g.normal(size=(3, steps, 3)), g.normal(size=(3, 3))
    own = f"{name}_" if name in ("steps", "lengths", "state", "sizes") else name
    cases: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        (f"x(t) : m; q(t) = tanh(W @ q(t-1) + {name} * x(t))", {"x": x, "W": W}, {name: 0.7}),
        (f"x(t) : {name}; q(t) = tanh(W @ q(t-1) + x(t) / sqrt({name})) + eye({name}) @ x(t)", {"x": x, "W": W}, {}),
        (f"q(t) = 0.5 * q(t-1) + {name}(t) * {name}(t-1); r = sum({name}(t) for t)", {}, {name: x[..., 0]}),
        (f"{name}(t) = 0.5 * {name}(t-1) + x(t); q = {name}(end); L = sum(x(t) for t)", {"x": x[..., 0]}, {}),
        (f"q(t) = 0.5 * q(t-1) + x(t); {name} = q(end)", {"x": x[..., 0]}, {}),
        (f"q({name}) = 0.5 * q({name}-1) + x({name}) + {name}", {"x": x[..., 0]}, {}),
        (f"q(t) = {name}(q(t-1), x(t); a)", {"x": x, "a": 2.0}, {name: lambda q, x, a: q * a + x}),
        (f"q(t) = f(q(t-1), x(t); {name})", {"x": x, "f": lambda q, x, **shared: q * 2 + x}, {name: 2.0}),
        (f"x(t) : m; q(t) = f(x(t))[0:2][1] * x(t) + {name}", {"x": x, "f": np.tanh}, {name: 2.0}),
    ]
    for text, arrays, hostile in cases:
        model, loops = named(text, name)
        given = arrays | dict.fromkeys([own] if hostile else [], hostile.get(name))
        found = loops(**given)
        unrolled = compile_model(model, steps=steps)(**given)
        assert list(found) == list(unrolled) == list(model.signals)
        expected = Unfolding(model, dict.fromkeys(model.axes, steps)).evaluate(**given)
        for signal, value in dict.items(expected):
            np.testing.assert_allclose(found[signal], value, rtol=1e-9, atol=1e-12)
            np.testing.assert_allclose(unrolled[signal], value, rtol=1e-9, atol=1e-12)
            # Where a run has ended is an attribute of every result.
            is_own = signal != "state"
            assert not is_own or (found[signal] is getattr(found, signal) and value is getattr(expected, signal))


def test_results_go_by_the_names_of_the_circuit() -> None:
    found = compile_model(read("lambda(t) = t; steps = 2; lambda_ = 3; steps, lambda_ : ()"))(steps=2)
    assert list(found) == ["lambda", "steps", "lambda_"]
    assert found["lambda"].tolist() == [1, 2] and found.steps == 2 and found.lambda_ == 3


def test_names_are_claimed_once() -> None:
    names = Names()
    assert names.claim_all(["lambda", "lambda_", "steps"]) == {
        "lambda": "lambda__",
        "lambda_": "lambda_",
        "steps": "steps_",
    }
    assert names.claim("_x") == "n_x"


# Layout ----------------------------------------------------------------------------------------------

VARIED = (
    LSTM,
    GRU,
    "x(t) : n; y(t) = sum(k[j] @ x(t-j) for j in 0..2); k : (3, m, n); o = softmax(y(end)); p = logsoftmax(o)",
    "s(t) = a * f(s(t-1), x(t-3); theta); u(t) = g(s(t), theta); s(1) = s1; L = g(p, p)",
    "x(t) : m; h(t) : m; h(t) = f(h(t-1))[0] * sum(f(x(t))) + h(t-1); v : m; v = f(v0); v0 : m",
    "s(t) = s(t-1) + q(t-1); q(t) = s(t-1) * 0.5; s(3) = 7; s(5) = q(4) * 2; q(1) = 1; s(0) = 1",
    "y(t) = x(t) ** 2; y(2) = -1; y(4) = x(1); z(t) = y(t-1) + y(t-2) + t; x(t) : (); w : (); w = 3; v(t) = 2",
    "P(t) : (m, m); P(t) = A @ P(t-1) @ A.T + Q; P(0) = eye(m); d = det(outer(b, b) + eye(m)); b : m",
    "x(t) : m; h(t) : k; h(t) = tanh(W @ concat(h(t-1), x(t), stack(1, t))) + one_hot(1, k); q = argmax(x(end))",
    "x(t) : (); a = max(x(t), 1, 2) + min(x(t), y, 3); y(t) = sigmoid(a); r = argmax(x(t) for t) + sum(2 for t)"
    .replace("a =", "b(t) =").replace("sigmoid(a)", "sigmoid(b(t))").replace("x(t), y,", "x(t), x(t-1),"),
    "F(t) = F(t-1) + F(t-2); F(1) = 1; F(2) = 1",
    "x(i, j) : m; W : (m, m); h(i, j) = tanh(h(i-1, j) + W @ h(i, j-1) + x(i, j))",
    "a(i), b(j) : (); c(i, j) = min(c(i-1, j) + 1, c(i, j-1) + 1, c(i-1, j-1) + (a(i) != b(j)))",
    "x(i, j) : (); a(i, j) = min(a(i-1, j), a(i, j-1)) + x(j, i); a(2, 2) = 1; d(i) = a(i, i) + i; d(end) = 3",
    "x(t) : m; h(l, t) = f(h(l, t-1), h(l-1, t)); h(0, t) = x(t); h(l, 0) = 0; h(0, 0) = 0; o(t) = h(end, t) * t",
    "x(t) : (); a(t) = b(t+1) + x(t); b(t) = 0.5 * a(t-2) + x(t); a(2) = 3; b(end) = 2; q = sum(j * b(j) for j)",
    "x(t) : m; W : (m, m); y(t) = W @ (f(x(t)) + g(x(t)))",
    "x(t), d(t) : (); B : m; y(t) = x(t - d(t)) + B[d(t)]; k(t) = argmax(x(s) for s in 1..t if x(s) > 0)",
    "v : m; r = sum(place(2, v[1:3])) + logsumexp(v) + erf(v[0])",
    "h(t) = z(t) * h(t-1) + x(t); y(t) = x(t) - 0.5 * y(t-1); s(t) = A @ s(t-1) + B @ u(t); A : (m, m)",
    "s(t) = s(t-1) + 1; " + "; ".join(f"s({place}) = {place}" for place in range(2, 140, 2)),
)  # fmt: skip


def _sources() -> list[str]:
    found = [compile_model(read(text), steps=steps).source for text in VARIED for steps in (None, 0, 1, 5)]
    attention = read("S(t) = S(t-1) + outer(v(t), k(t)); o(t) = S(t) @ q(t); v(t), k(t), q(t) : n")
    return [*found, compile_model(attention, outputs=["o"]).source]


def test_generated_functions_define_nothing_that_they_do_not_use() -> None:
    for source in _sources():
        function = next(node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
        names = [node for node in ast.walk(function) if isinstance(node, ast.Name)]
        read_names = {node.id for node in names if isinstance(node.ctx, ast.Load)}
        stored = {node.id for node in names if isinstance(node.ctx, ast.Store)}
        arguments = {argument.arg for argument in function.args.kwonlyargs}
        assert stored - read_names - arguments <= {"_"}, source
        assert "exactly 0" in source or "exactly 1" in source or arguments <= read_names, source


#: What the language does not reach yet: only kernels made by hand add up a batch. The others arrange for Numba.
NOT_REACHED = {"_over_batch", "_by_sequence", "_count", "_in_batch", "_turned"}


def test_every_function_of_the_runtime_is_in_some_module() -> None:
    joined = "\n".join(_sources())
    left_out = {name for name in runtime_names() if f"def {name}(" not in joined and f"class {name}(" not in joined}
    assert left_out == NOT_REACHED


def test_lines_are_short_and_broken_where_a_reader_would() -> None:
    for source in _sources():
        assert max(map(len, source.splitlines())) <= 119
    terms = " + ".join(f"k[{j}] @ x(t-{j})" for j in range(3))
    time_delay = compile_model(read(f"x(t) : n; y(t) = {terms}; k : (3, m, n)")).source
    assert "    y = (\n            _apply(k[..., 0, :, :], x[2:])\n            + _apply(" in time_delay
    pinned = compile_model(read(VARIED[-1])).source
    assert "if t not in {\n" in pinned and compile_model(read(VARIED[-1]))(steps=3).s.tolist() == [1, 2, 3]


def test_docstrings_say_what_functions_get() -> None:
    source = compile_model(read("s(t) = f(s(t-1), W, x(t); theta) * r; s(1) = s1; u = g(3)"), outputs=["s"]).source
    assert "W, theta : anything\n        Handed to f as it is.\n" in source
    assert "f : callable\n        Called with arrays of one step, (*batch, ...), and theta by name.\n" in source
    assert "g : callable, optional\n        Not needed for these results.\n" in source
    assert "s1 : array (*batch, ...)\n        One value is a vector, or a number" in source


def test_modules_say_no_more_than_is_needed() -> None:
    biquad = compile_model(read("y[n] = b[0]*x[n] + b[1]*x[n-1] + b[2]*x[n-2] - a1*y[n-1]")).source
    assert biquad.count("n_b = sizes") == 1 and biquad.count("if n_b <") == 1 and "if n_b < 3:" in biquad
    text = "s(t) = s(t-1) * 2 * 3; s(0) = -1; q : (); q = -0; r = 1 / -0; u(t) = -(-s(t))"
    constants = compile_model(read(text), plain=True).source
    assert "s[0] = -1\n" in constants and "np.float64(-0.0)" in constants and "-(-s" in constants
    assert compile_model(read("q : (); q = -0; r = 1 / -0"))().r == -np.inf
    chosen = compile_model(read("x(t) : m; y(t) = 1 if x(t) > 0 else 2; z(t) = x(t) * stack(1, 2)[0]")).source
    assert "np.where(x > 0, dtype(1), dtype(2))" in chosen and "_stack(-1, dtype(1), dtype(2))" in chosen
    covariance = compile_model(read(VARIED[7])).source
    assert "A_T = np.swapaxes(A, -1, -2)" in covariance and "P[0] = np.eye(m, dtype=dtype)" in covariance
    pinned = compile_model(read(VARIED[5])).source
    assert "if t not in {2, 4}:  # s(3) and s(5) are given\n" in pinned
    assert "# s(5) = q(4) * 2\n" not in compile_model(read(VARIED[5]), steps=4).source
    assert "# Not reached in 1 step." in compile_model(read(VARIED[5]), steps=1).source
    assert "U_x" not in compile_model(read("h(t) = tanh(h(t-1) + U * x(t))"), steps=0).source


@pytest.mark.parametrize(
    ("text", "steps", "outputs", "told"),
    [
        ("x(t) : n; h(t) = tanh(W @ h(t-1) + x(t))", None, None,
         "(*, x: array (*batch, steps, n), W: array (*batch, n, n), h0: array (*batch, n) = 0, "
         "lengths: array (*batch) of int = None)"),
        ("x(t) : n; h(t) = tanh(W @ h(t-1) + x(t-2))", 3, None,
         "(*, x: array (*batch, 3, n), W: array (*batch, n, n), x0: array (*batch, 2, n) = 0, "
         "h0: array (*batch, n) = 0)"),
        ("F(t) = F(t-1) + 1", None, None,
         "(*, F0: array (*batch) = 0, steps: int = None, lengths: array (*batch) of int = None)"),
        ("s(t) = f(s(t-1), lambda; theta)", 2, None,
         "(*, lambda_: anything, theta: anything, f: callable, s0: array (*batch, ...) = 0)"),
        ("a(i, j) = b(i) * r; o = q", None, ["a"],
         "(*, b: array (*batch, steps_i), r: array (*batch), q: array (*batch) = None, steps: int = None, "
         "lengths: dict of arrays of int = None)"),
        ("a(i, j) = a(i-1, j); o = 1; o : ()", None, None,
         "(*, steps: dict of int = None, lengths: dict of arrays of int = None)"),
        ("o = 1; o : ()", None, None, "()"),
    ],
)  # fmt: skip
def test_a_program_shows_its_arguments_and_their_shapes(
    text: str, steps: int | None, outputs: list[str] | None, told: str
) -> None:
    program = compile_model(read(text, name="walk"), steps=steps, outputs=outputs)
    signature = inspect.signature(program)
    assert str(signature) == told
    document = program.__doc__ or ""
    for name, argument in signature.parameters.items():
        assert argument.kind is inspect.Parameter.KEYWORD_ONLY
        assert re.search(rf"\b{name}\b.* : {re.escape(argument.annotation)}", document)
    assert program.__name__ == "walk" and callable(program)


def test_help_is_that_of_the_program() -> None:
    program = Circuit.gallery("rnn").compile()
    told = pydoc.plain(pydoc.render_doc(program))
    assert "rnn = <Program rnn(x, b, W, U, h0)>" in told and "x : array (*batch, steps, n)" in told
    assert "def rnn" in program.source
    # The class has its own.
    assert "steps" in inspect.signature(Program.__call__).parameters and "r.h" not in (Program.__doc__ or "")
    assert "model" in inspect.signature(Program).parameters


# Mistakes --------------------------------------------------------------------------------------------

ELMAN = "x(t) : n; h(t) = tanh(b + W @ h(t-1) + U @ x(t)); W : (m, m)"
GOOD = {"x": np.ones((4, 5, 3)), "W": np.eye(2), "U": np.ones((2, 3)), "b": np.zeros(2)}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"W": None}, r"W: expected numbers of shape \(\*batch, m, m\), got nothing"),
        ({"W": np.ones((3, 2))}, r"W: expected shape \(\*batch, m, m\).*, got \(3, 2\)"),
        ({"U": np.ones((2, 4))}, r"U: expected shape \(\*batch, m, n\) with .*n = 3, got \(2, 4\)"),
        ({"x": 3}, r"x: expected shape \(\*batch, steps, n\), got \(\)"),
        (
            {"x": np.array([[1, "a"]], dtype=object)},
            r"x: expected numbers of shape .*, got dtype object of shape \(1, 2\)",
        ),
        ({"x": [[1], [2, 3]]}, r"x: expected numbers of shape .*, got rows of different lengths"),
        ({"x": np.ones((4, 5, 3)) * 1j}, "x: expected numbers"),
        ({"W": np.ones((3, 2, 2))}, r"batch dimensions do not broadcast together: x \(4,\), W \(3,\)"),
        ({"q": 1}, "'q' is not an argument of this circuit"),
        ({"lengths": [1, 2, 3, 6]}, "lengths: expected numbers from 0 to 5, got 1 to 6"),
        ({"lengths": [1, 2, 3, -1]}, "lengths: expected numbers from 0 to 5, got -1 to 3"),
        ({"lengths": [1, 2, 3.5, 1]}, "lengths: expected whole numbers, got float64"),
        ({"lengths": [1, 2, 3]}, r"lengths: \(3,\) do not broadcast with the batch \(4,\)"),
        ({"lengths": [[1, 2], [3]]}, "lengths: expected whole numbers, got rows of different lengths"),
        ({"lengths": {"u": [1, 2, 3, 4]}}, "lengths: 'u' is none of the axes t"),
        ({"steps": 4}, "steps=4 is given, but the inputs have 5 steps"),
        ({"steps": "5"}, "steps='5' is given, but the inputs have 5 steps"),
    ],
)
def test_arrays_that_do_not_fit(change: dict[str, Any], message: str) -> None:
    with pytest.raises(CircuitError, match=message):
        compile_model(read(ELMAN))(**{**GOOD, **change})


def test_missing_arrays_and_wrong_steps() -> None:
    with pytest.raises(CircuitError, match="U: expected numbers of shape"):
        compile_model(read(ELMAN))(**{name: GOOD[name] for name in "xWb"})
    with pytest.raises(CircuitError, match=r"expected shape \(\*batch, 4, n\), got \(4, 5, 3\)"):
        compile_model(read(ELMAN), steps=4)(**GOOD)
    program = compile_model(read("s(t) = s(t-1) + 1"))
    with pytest.raises(CircuitError, match="no input says how many steps there are"):
        program()
    for wrong in (-1, 1.5, "3", True):
        with pytest.raises(CircuitError, match="steps: expected a whole number"):
            program(steps=wrong)
    with pytest.raises(CircuitError, match=r"s\(4\) is read: expected at least 4 steps, got 2"):
        compile_model(read("s(t) = s(t-1) + 1; L = s(4)"))(steps=2)
    with pytest.raises(CircuitError, match="f: expected a function"):
        compile_model(read("s(t) = f(s(t-1))"))(steps=2, f=3)
    with pytest.raises(CircuitError, match=r"b\[5\]: expected n of at least 6, got 2"):
        compile_model(read("b : n; s(t) = s(t-1) + b[5]"))(steps=2, b=[1, 2])
    with pytest.raises(CircuitError, match="no array says how large"):
        compile_model(read("h(t) : m; h(t) = 0.5 * h(t-1)"))(steps=2)
    with pytest.raises(CircuitError, match="nothing says how large 'm' is"):
        compile_model(read("h(t) : m; h(t) = 0.5 * h(t-1); h(0) = 0"))


def test_steps_that_agree_with_the_inputs_are_taken() -> None:
    program = compile_model(read(ELMAN))
    np.testing.assert_array_equal(program(**GOOD, steps=5).h, program(**GOOD).h)
    two = compile_model(read("h(t) = h(t-1) + x(t); s(u) = s(u-1) + h(end)"))
    for steps in (2, {"u": 2}, {"u": 2, "t": 3}):
        assert two(x=[1, 2, 3], steps=steps).s.tolist() == [6, 12]


@pytest.mark.parametrize("steps", [None, 2])
def test_a_singular_matrix_is_told_with_what_inverts_it(steps: int | None) -> None:
    ones = {"A": np.ones((2, 2)), "x": np.ones((2, 2))}
    for written, told in (
        ("inv(A) @ x(t)", r"'inv\(A\)' cannot be computed: Singular matrix"),
        ("inv(A) @ x(t) + solve(A, x(t))", r"'inv\(A\)' or 'solve\(A, x\(t\)\)' cannot be computed: Singular"),
    ):
        with pytest.raises(CircuitError, match=told):
            compile_model(read(f"A : (2, 2); x(t) : 2; y(t) = {written}"), steps=steps)(**ones)


@pytest.mark.parametrize("steps", [None, 4])
@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize(
    "written",
    [
        "y(t) = x(t)[1:n]",
        "y(t) = x(t)[1:]",
        "y(t) = x(t)[0:n-1]",
        "y(t) = x(t)[2:1]",
        "y(t) = x(t)[-3:n]",
        "y(t) = (W @ x(t))[1:m]",
        "Y(t) = W[1:, 1:] * s(t); s(t) = sum(x(t))",
        "y(t) = 0.5 * y(t-1) + x(t)[1:]; z(t) = z(t-1) + y(t)[1:n]",
        "y(t) = 0.5 * y(t-1) + concat(x(t)[1:], tanh(x(t)), x(t)[:n-1])",
        "y(t) = 0.5 * y(t-1) + W[1:, :] @ x(t) + x(t)[0] * b; b : k",
        "y(t) = 0.5 * y(t+1) + x(t)[1:] * 2",
    ],
)
def test_a_slice_of_a_named_size_defines_a_signal(written: str, n: int, steps: int | None) -> None:
    g = np.random.default_rng(n)
    model = read(f"x(t) : n; W : (m, n); {written}")
    given = {"x": g.normal(size=(3, 4, n)), "W": g.normal(size=(3, n)), "b": g.normal(size=2)}
    given = {name: array for name, array in given.items() if name in (*model.inputs, *model.parameters)}
    expected = Unfolding(model, {"t": 4}).evaluate(**given)
    found = compile_model(model, steps=steps)(**given)
    for name, value in expected.items():
        assert found[name].shape == value.shape
        np.testing.assert_allclose(found[name], value)


def test_sizes_that_follow_from_others_are_checked() -> None:
    program = compile_model(read("x(t) : n; y(t) = 0.5 * y(t-1) + x(t)[1:]"))
    x = np.ones((2, 4, 3))
    expected = Unfolding(program._schedule.model, {"t": 4})
    for y0 in (2.0, np.ones(2), np.ones((2, 2))):
        np.testing.assert_allclose(program(x=x, y0=y0).y, expected.evaluate(x=x, y0=y0)["y"])
    with pytest.raises(CircuitError, match=r"y0: expected shape \(\*batch, 2\), got \(3,\)"):
        program(x=x, y0=np.ones(3))
    # An array of one entry would broadcast, and give another result.
    with pytest.raises(CircuitError, match=r"expected k = len\(range\(n\)\[1:\]\) = 2, got 1"):
        compile_model(read("x(t) : n; b : k; c : k; y(t) = x(t)[1:] * (b @ c) + b"))(x=x, b=[1], c=[1])
    # A number stands for a vector whose size only the others say.
    grown = compile_model(read("y(t) = y(t-1) + concat(x(t), z) * b; x(t) : n; z : m; b : k"))
    np.testing.assert_allclose(grown(x=np.ones((2, 2)), z=[1.0], b=np.ones(3)).y, [[1, 1, 1], [2, 2, 2]])


def test_a_straight_line_program_over_the_limit_is_refused_at_once() -> None:
    with pytest.raises(
        CircuitError, match=r"straight-line program of 1000000000000 steps has 1000000000000 statements"
    ):
        compile_model(read("s(t) = s(t-1) + 1"), steps=10**12)


def test_errors_of_opaque_functions_are_the_callers() -> None:
    def f(s: Any) -> Any:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        compile_model(read("s(t) = f(s(t-1))"))(steps=2, f=f)
    program = compile_model(read("h(t) : 2; h(t) = f(h(t-1))"))
    with pytest.raises(CircuitError, match=r"f: expected to get an array of shape \(2,\) from it, got \(3,\)"):
        program(steps=2, f=lambda h: np.ones(3))


# The module itself -----------------------------------------------------------------------------------


def test_saved_module_runs_alone(tmp_path: Path) -> None:
    path = tmp_path / "lstm.py"
    program = compile_model(read(LSTM, name="lstm"))
    program.save(path)
    assert path.read_text(encoding="utf-8") == program.source
    assert [p.name for p in tmp_path.iterdir()] == ["lstm.py"]
    code = (
        "import sys, numpy as np; sys.path.insert(0, '.'); from lstm import lstm; import lstm as module\n"
        "p = {f'{k}_{g}': np.ones(s) for g in 'ifog' for k, s in (('W', (2, 3)), ('U', (2, 2)), ('b', (2,)))}\n"
        "r = lstm(x=np.ones((4, 3)), **p); assert r.h is r['h'] and r.h.shape == (4, 2)\n"
        "assert not any(name.startswith('unfoldgraph') for name in sys.modules)\n"
        "assert [n for n in vars(module) if not n.startswith('_')] == ['np', 'lstm']\n"
        "try: lstm(x=np.ones((4, 3)), **{**p, 'U_f': np.ones((3, 3))})\n"
        "except ValueError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "U_f: expected shape (*batch, m, m) with m = 2, got (3, 3)"


def test_module_holds_what_it_calls_and_says_its_equations() -> None:
    program = compile_model(read(LSTM, name="lstm"))
    assert program.source.startswith('# Written by unfoldgraph.\n"""LSTM\n\n    i(t) = sigmoid(')
    assert "# c(t) = f(t) * c(t-1) + i(t) * g(t)" in program.source
    assert "_softmax" not in program.source and "_sigmoid" in program.source
    assert "import" not in program.source.replace("import numpy as np", "", 1)
    assert max(map(len, program.source.splitlines())) <= 120


def test_hostile_titles_are_only_words() -> None:
    program = compile_model(read('title "a\\"\\"\\" + exit() \\\\ b"\ns(t) = s(t-1)'))
    assert program(steps=1).s.tolist() == [0]


def test_tracebacks_show_the_generated_line() -> None:
    def f(s: Any) -> Any:
        raise KeyError("mine")

    program = compile_model(read("s(t) = f(s(t-1))"))
    try:
        program(steps=1, f=f)
    except KeyError as error:
        assert 's[t + 1] = _numbers("f", f(s[t])' in "".join(traceback.format_exception(error))
    assert any(name.startswith("<unfoldgraph circuit") for name in linecache.cache)


def test_results_are_dicts_with_attributes() -> None:
    found = compile_model(read("values(t) = values(t-1) + 1; self = 3; self : ()"))(steps=2)
    assert found.values.tolist() == [1, 2] and found["self"] == 3
    assert pickle.loads(pickle.dumps(found)).self == 3


@pytest.mark.parametrize(
    "source",
    [
        "k(t) = x(t) - x(1)",
        "h(t) = h(t-1) * x(1) + x(t); k(t) = h(t) - h(1)",
        "h(t) = h(t+1) * x(1) + x(t); k(t) = h(t) - h(1) + h(end)",
        "h(t) = h(t-1) + x(t); h(1) = x(1); h(end) = x(1) * h(1)",
        "g(t) = g(t+1) + x(t); g(end+1) = f(1); f(t) = f(t-1) * 2 + x(t); z = g(1)",
        "a(i, j) = x(i, j) - x(1, j) + x(i, 1) + x(1, 1)",
        "a(i, j) = a(i-1, j) + a(i, j-1) + x(1, j) + x(i, 1) + x(1, 1); o = a(1, 1) + a(end, 1)",
        "y(u) = sum(x(t) * x(1) for t) + z(u)",
        "y(u) = a(u, 1) + z(u); a(u, t) = x(t) * z(u) + x(1)",
    ],
)
def test_the_first_place_where_there_may_be_none(source: str) -> None:
    circuit = Circuit(source)
    random = np.random.default_rng(5)
    for sizes in product((0, 1, 3), repeat=len(circuit.axes)):
        lengths = dict(zip(circuit.axes, sizes, strict=True))
        data = {
            name: random.normal(size=[lengths[axis] for axis in axes]) for name, axes in circuit.model.inputs.items()
        }
        try:
            expected = circuit.unfold(lengths).evaluate(**data)
        except CircuitError as error:
            # What has a place itself, and reads the first one of an axis, asks for one there.
            assert "has only 0 steps; it needs at least 1" in error.message and 0 in sizes
            with pytest.raises(CircuitError, match="is read: expected at least 1 step"):
                circuit.compile()(**data)
            with pytest.raises(CircuitError, match="has only 0 steps; it needs at least 1"):
                circuit.compile(steps=lengths)
            continue
        for program in (circuit.compile(), circuit.compile(steps=lengths)):
            for name, value in program(**data).items():
                np.testing.assert_allclose(value, expected[name], err_msg=f"{name} for {lengths}")


def test_what_two_loops_read_is_there_where_the_first_has_no_turn() -> None:
    circuit = Circuit("h(t) = 0.5 * h(t-1) + (x(t) + p); h(1) = 1; g(t) = tanh(g(t-1)) + (x(t) + p)")
    for steps in (1, 2):
        x = np.arange(1.0, 1 + steps)
        meant = circuit.unfold(steps).evaluate(x=x, p=0.5)
        for program in (circuit.compile(steps=steps), circuit.compile(), circuit.compile(plain=True)):
            np.testing.assert_allclose(program(x=x, p=0.5).g, meant.g)
