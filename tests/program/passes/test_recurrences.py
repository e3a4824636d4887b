"""Linear recurrences are found by what they compute, and computed at once what the loop computes: exactly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from generators.rewritings import rewritten
from hypothesis import given
from hypothesis import strategies as st
from oracles.kernel_interpreter import FIELD, ROUTINES, direct_form, run_kernel
from support.profiles import examples

from unfoldgraph import Circuit
from unfoldgraph.algebra.finite_field import FINITE_FIELD, PRIME
from unfoldgraph.base.affine import length, size
from unfoldgraph.language.text import read
from unfoldgraph.program.checking.check import check
from unfoldgraph.program.ir import SEQUENCES, Kernel, Routine, statements_in
from unfoldgraph.program.lower import lower
from unfoldgraph.program.passes.linear.recurrences import FILTER, MATRIX_SCAN, OUTER_SCAN, SCAN, recurrences
from unfoldgraph.program.runtime import recurrences as runtime
from unfoldgraph.program.schedule import schedule_of

CASES: dict[str, tuple[str, str]] = {
    "biquad": ("y(n) = b0 * x(n) + b1 * x(n-1) + b2 * x(n-2) - a1 * y(n-1) - a2 * y(n-2)", FILTER),
    "exponential average": ("s(t) = a * x(t) + (1 - a) * s(t-1)", FILTER),
    "a sum": ("s(t) = s(t-1) + x(t)", FILTER),
    "ARMA": ("y(t) = p * y(t-1) + q * y(t-3) + e(t) + r * e(t-1)", FILTER),
    "backward": ("y(t) = a * y(t+1) + x(t)", FILTER),
    "a start that is computed": ("y(t) = a * y(t-1) + x(t); y(0) = tanh(q)", FILTER),
    "driven by more than one": ("y(t) = a * y(t-1) + x(t) * tanh(u(t))", FILTER),
    "of vectors": ("h(t) = a * h(t-1) + x(t); x(t) : m; a : ()", FILTER),
    "gated": ("h(t) = (1 - z(t)) * h(t-1) + z(t) * c(t)", SCAN),
    "gated, and read late": ("h(t) = z(t) * h(t-1) + c(t); o(t) = h(t-1) * 2", SCAN),
    "selective scan": (
        "h(t) = exp(d(t) * A) * h(t-1) + d(t) * B(t) * x(t); A : m; B(t) : m; d(t) : (); x(t) : ()",
        SCAN,
    ),
    "gated backward": ("h(t) = z(t) * h(t+1) + c(t)", SCAN),
    "leaky units": ("h(t) = a * h(t-1) + x(t); x(t) : m; a : m", SCAN),
    "state space": ("s(t) = A @ s(t-1) + B @ u(t); A : (m, m); B : (m, n)", MATRIX_SCAN),
    "two that read each other": ("u(t) = a * u(t-1) - b * v(t-1) + x(t); v(t) = c * u(t-1) + v(t-1) * b", MATRIX_SCAN),
    "two through a third": (
        "p(t) = u(t-1) + x(t); u(t) = a * v(t-1) + p(t); v(t) = b * u(t) - p(t); o(t) = v(t-1)",
        MATRIX_SCAN,
    ),
    "two backward": ("u(t) = a * v(t+1) + x(t); v(t) = b * u(t+1) + x(t) * x(t)", MATRIX_SCAN),
    "a linear network": ("h(t) = W @ (h(t-1) - x(t)) + x(t); W : (m, m)", MATRIX_SCAN),
}


def routines_of(kernel: Kernel) -> list[str]:
    return [one.name for one in statements_in(kernel.body) if isinstance(one, Routine)]


def lowered(text: str, outputs: list[str] | None = None) -> Kernel:
    return lower(schedule_of(read(text), outputs))


@examples(300)
@given(st.sampled_from([*CASES]), st.integers(0, 10**6))
def test_it_is_found_however_it_is_written(name: str, seed: int) -> None:
    source, routine = CASES[name]
    written = rewritten(source, seed)
    assert routines_of(recurrences(lowered(written))) == [routine], written


@pytest.mark.parametrize(
    ("text", "routine"),
    [
        ("y(n) = x(n) - sum(a[k] * y(n-k) for k in 1..2)", FILTER),
        ("a : M; y(n) = sum(b[k] * x(n-k) for k in 0..3) - sum(a[k-1] * y(n-k) for k in 1..M)", FILTER),
        ("y(n) = x(n) - sum(y(n-k) * a[k] for k in 1..2)", FILTER),
        # Not linear, or only in its own turn.
        ("y(n) = a * y(n-1) * y(n-2) + x(n)", None),
        ("y(n) = y(n-1) / (1 + y(n-1)) + x(n)", None),
        ("y(n) = max(a * y(n-1), x(n))", None),
        ("y(n) = f(y(n-1)) + x(n)", None),
        ("y(n) = 0.5 * y(n-1) + f(x(n))", None),
        ("x(n), d(n) : (); y(n) = 0.5 * y(n-1) + x(n - d(n))", None),
        ("y(n) = y(n-1) + sum(x(k) for k in 1..n); x(n) : ()", None),
        ("y(n) = y(n-1) + x(1)", None),
        # A matrix that changes, and two that are coupled by what changes, by vectors, or over two turns.
        ("y(n) = A(n) @ y(n-1); y(n) : m", None),
        ("u(n) = a * v(n-1) + x(n); v(n) = b(n) * u(n-1)", None),
        ("u(n), v(n), x(n) : m; u(n) = a * v(n-1) + x(n); v(n) = b * u(n-1); a, b : ()", None),
        ("u(n) = a * v(n-2) + x(n); v(n) = b * u(n-1)", None),
        # A pin, and 0 times the past, which is no number where that is infinite.
        ("y(n) = a * y(n-1) + x(n); y(3) = 1", None),
        ("y(n) = 0 * y(n-1) + x(n)", None),
        ("y(n) = y(n-1) * 0.5 + x(n) for n in 2..end; y(1) = 3", None),
    ],
)
def test_what_is_one_and_what_is_not(text: str, routine: str | None) -> None:
    assert routines_of(recurrences(lowered(text))) == ([] if routine is None else [routine])


def test_loops_beside_it_are_left() -> None:
    kernel = recurrences(lowered("s(t) = s(t-1) + h(t); h(t) = tanh(h(t-1) + x(t)); g(t) = g(t-1) * 2 + s(t)"))
    assert routines_of(kernel) == [FILTER, FILTER]
    check(kernel, routines=ROUTINES)


# Exactly --------------------------------------------------------------------------------------------------------------


def numbers_of(kernel: Kernel, steps: int) -> dict[str, int]:
    axes = {dim.extent for buffer in kernel.arguments for dim in buffer.dims if dim.role == "axis"}
    found = {one.terms[0][0]: steps for one in axes if one.terms and one.terms[0][0].startswith("#")}
    return {**found, "# sequences": 2, **{size(own).terms[0][0]: 3 for own in ("m", "n", "M")}, **_lengths(steps)}


def _lengths(steps: int) -> dict[str, int]:
    return {length(axis).terms[0][0]: steps for axis in ("t", "n")}


def arguments_of(kernel: Kernel, numbers: Mapping[str, int], random: Any) -> dict[str, Any]:
    found = {}
    for buffer in kernel.arguments:
        extents = [dim.extent.number(numbers) for dim in buffer.dims]
        before = [-dim.first.number(numbers) for dim in buffer.dims]
        after = [(dim.last - dim.extent).number(numbers) + 1 for dim in buffer.dims]
        inside = FINITE_FIELD.asarray(random.integers(PRIME, size=extents))
        zero = FINITE_FIELD.asarray(0)[()] if not extents else FINITE_FIELD.asarray(np.zeros(1, int))[0]
        room = list(zip(before, after, strict=True))
        found[buffer.name] = np.pad(inside, room, constant_values=zero) if room else inside
    return found


def assert_exact(text: str, steps: int, seed: int, outputs: list[str] | None = None) -> None:
    """Compare the loop with what takes its place, modulo a prime."""
    kernel = lowered(text, outputs)
    numbers = numbers_of(kernel, steps)
    given = arguments_of(kernel, numbers, np.random.default_rng(seed))
    expected = run_kernel(kernel, numbers, given, arithmetic=FIELD)
    changed = recurrences(kernel)
    own, apart = {}, []
    for before, after in zip(kernel.arguments, changed.arguments, strict=True):
        value = given[after.name]
        if before != after:
            # It is taken without room, and each sequence may have its own.
            value = np.moveaxis(value[before.dims[0].before :], before.dims.index(SEQUENCES), 0)
            apart.append(after.name)
        own[after.name] = value
    found = run_kernel(changed, numbers, own, routines=ROUTINES, apart=apart, arithmetic=FIELD)
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, name)


@pytest.fixture(params=["with SciPy", "without SciPy"])
def _with_or_without_scipy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "without SciPy":
        monkeypatch.setattr(runtime, "_lfilter", None)


@pytest.mark.parametrize("lfilter", [direct_form, None], ids=["with SciPy", "without SciPy"])
@pytest.mark.parametrize("steps", [0, 1, 2, 63, 64, 65, 130, 257])
@pytest.mark.parametrize("name", CASES)
def test_it_is_the_same_exactly(name: str, steps: int, lfilter: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    text, routine = CASES[name]
    if routine != FILTER and lfilter is None:
        pytest.skip("it does without SciPy in any case")
    monkeypatch.setattr(runtime, "_lfilter", lfilter)
    assert_exact(text, steps, steps)


@pytest.mark.parametrize("steps", [1023, 1024, 1025, 1090])
@pytest.mark.parametrize("name", [name for name, (_, routine) in CASES.items() if routine == SCAN])
def test_a_scan_is_the_same_exactly_at_the_borders_of_its_blocks(name: str, steps: int) -> None:
    assert_exact(CASES[name][0], steps, steps)


ATTENTION = {
    "linear attention": "S(t) = S(t-1) + outer(v(t), k(t)); o(t) = S(t) @ q(t)",
    "gated": "S(t) = a(t) * S(t-1) + outer(v(t), k(t)); o(t) = S(t) @ q(t)",
    "turned": "S(t) = a(t) * S(t-1) + outer(k(t), v(t)); o(t) = q(t) @ S(t)",
    "the delta rule": "S(t) = S(t-1) - b(t) * outer(S(t-1) @ k(t) - v(t), k(t)); o(t) = S(t) @ q(t)",
    "the delta rule, gated": "S(t) = a(t) * (S(t-1) @ (eye(n) - b(t) * outer(k(t), k(t)))) + outer(b(t) * v(t), k(t)); "
    "o(t) = S(t) @ q(t)",
    "the delta rule, turned": "S(t) = a(t) * S(t-1) + outer(k(t), b(t) * v(t) - k(t) @ S(t-1)); o(t) = q(t) @ S(t)",
    "the delta rule, by what is left": "u(t) = v(t) - a(t) * S(t-1) @ k(t); "
    "S(t) = a(t) * S(t-1) + b(t) * outer(u(t), k(t)); o(t) = S(t) @ q(t)",
    "with more around it": "S(t) = g * S(t-1) + outer(v(t), k(t)) * a(t); o(t) = tanh(S(t) @ q(t)) + v(t); S(0) = E",
}


def declared(text: str) -> str:
    """Return a circuit of vectors with the shapes of what it reads."""
    shapes = {"v(t)": "m", "k(t)": "n", "q(t)": "n", "a(t)": "()", "b(t)": "()", "g ": "()", "E": "(m, n)"}
    return text + "".join(f"; {name} : {shape}" for name, shape in shapes.items() if name in text)


@pytest.mark.parametrize("steps", [0, 1, 31, 32, 127, 128, 129, 200])
@pytest.mark.parametrize("name", ATTENTION)
def test_matrices_of_which_a_product_is_read_are_never_made(name: str, steps: int) -> None:
    text = declared(ATTENTION[name])
    assert routines_of(recurrences(lowered(text, ["o"]))) == [OUTER_SCAN]
    assert_exact(text, steps, steps, ["o"])


@examples(150)
@given(st.sampled_from([*ATTENTION]), st.integers(0, 10**6))
def test_such_matrices_are_found_however_they_are_written(name: str, seed: int) -> None:
    written = rewritten(declared(ATTENTION[name]), seed)
    model = read(written)
    (o,) = set(model.signals) - {one.name for statement in model.statements for one in statement.reads}
    assert routines_of(recurrences(lowered(written, [o]))) == [OUTER_SCAN], written


@pytest.mark.parametrize(
    "text",
    [
        "S(t) = S(t-1) + outer(v(t), k(t)); o(t) = S(t) @ q(t) + S(t) @ k(t)",
        "S(t) = S(t-1) - outer(S(t-1) @ k(t), q(t)) + outer(v(t), k(t)); o(t) = S(t) @ q(t)",
        "S(t) = S(t-1) - outer(S(t-1) @ k(t) * v(t), k(t)) + outer(v(t), k(t)); o(t) = S(t) @ q(t)",
        "S(t) = S(t-1) + outer(v(t), k(t)); o(t) = S(t-1) @ q(t)",
        "S(t) = S(t-1) + outer(v(t), k(t)) + outer(v(t), q(t)); o(t) = S(t) @ q(t)",
    ],
)
def test_matrices_of_which_more_is_read_are_made(text: str) -> None:
    assert OUTER_SCAN not in routines_of(recurrences(lowered(declared(text), ["o"])))
    assert OUTER_SCAN not in routines_of(recurrences(lowered(declared(ATTENTION["gated"]))))


@examples(40)
@given(
    st.sampled_from([*ATTENTION]),
    st.integers(100, 200),
    st.integers(0, 999),
    st.sampled_from([None, np.inf, np.nan]),
    st.sampled_from([(), (2,)]),
)
def test_products_with_matrices_mean_what_the_circuit_means(
    name: str, steps: int, seed: int, odd: float | None, batch: tuple[int, ...]
) -> None:
    circuit = Circuit(declared(ATTENTION[name]))
    random = np.random.default_rng(seed)
    data = data_of(circuit, steps, random, 0.5, batch)
    if odd is not None:
        chosen = data[random.choice([*circuit.model.inputs])]
        chosen[tuple(random.integers(extent) for extent in chosen.shape)] = odd
    for boundary in circuit.model.free:
        data[boundary.argument] = random.normal(size=(*batch, 2, 3) if "turned" in name else (*batch, 3, 2))
    meant, fast = circuit.compile(plain=True, outputs=["o"])(**data).o, circuit.compile(outputs=["o"])(**data).o
    np.testing.assert_allclose(fast, meant, rtol=1e-10, atol=1e-10)


FAULTS = {
    "a carry that is dropped": (runtime, "_scan_of_blocks", "gated"),
    "powers that lag behind": (runtime, "_by_powers", "state space"),
    "decays that lag behind": (runtime, "_decays", "the delta rule, gated"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, name, case = FAULTS[fault]
    whole = getattr(owner, name)

    def faulty(a: Any, b: Any, first: Any, *others: Any) -> Any:
        if name == "_decays":
            decay, begun = whole(a, b, first, *others)
            return decay, np.roll(begun, 1, axis=-1)
        if name == "_by_powers":
            return whole(a, b, 0 * first)
        last = whole(a, b, first)
        return 0 * last

    monkeypatch.setattr(owner, name, faulty)
    with pytest.raises(AssertionError, match="not equal"):
        text = CASES[case][0] if case in CASES else declared(ATTENTION[case])
        assert_exact(text, 1100 if name == "_scan_of_blocks" else 130, 1, None if case in CASES else ["o"])


# What is not finite ---------------------------------------------------------------------------------------------------


def data_of(circuit: Circuit, steps: int, random: Any, scale: float, batch: tuple[int, ...]) -> dict[str, Any]:
    sizes = {"m": 3, "n": 2}
    model, found = circuit.model, {}
    for name in (*model.inputs, *model.parameters):
        shape = tuple(sizes.get(str(one), one) for one in model.shapes[name] or ())
        lead = (*batch, steps) if name in model.inputs else ()
        found[name] = random.normal(size=(*lead, *shape)) * (1 if name in model.inputs else scale)
    return found


@pytest.mark.usefixtures("_with_or_without_scipy")
@examples(60)
@given(
    st.sampled_from([*CASES]),
    st.one_of(st.integers(0, 400), st.integers(1000, 1200)),
    st.integers(0, 999),
    st.sampled_from([0.0, 0.3, 1e3]),
    st.sampled_from([None, np.inf, -np.inf, np.nan]),
    st.sampled_from([(), (2,)]),
)
def test_it_means_what_the_circuit_means(
    name: str, steps: int, seed: int, scale: float, odd: float | None, batch: tuple[int, ...]
) -> None:
    circuit = Circuit(CASES[name][0])
    random = np.random.default_rng(seed)
    data = data_of(circuit, steps, random, scale, batch)
    if odd is not None and steps:
        # At one place of one input.
        chosen = data[random.choice([*circuit.model.inputs])]
        chosen[tuple(random.integers(extent) for extent in chosen.shape)] = odd
    with np.errstate(all="ignore"):
        meant = circuit.compile(plain=True)(**data)
        fast = circuit.compile()(**data)
    for signal, value in meant.items():
        finite = np.abs(value[np.isfinite(value)])
        largest = finite.max() if finite.size else 1
        tolerance = 1e-12 * np.sqrt(steps + 1)
        np.testing.assert_allclose(fast[signal], value, rtol=tolerance, atol=tolerance * min(largest, 1e280))


@pytest.mark.parametrize("name", [*CASES, *ATTENTION])
def test_no_sequence_has_no_result(name: str) -> None:
    circuit = Circuit(CASES[name][0] if name in CASES else declared(ATTENTION[name]))
    data = data_of(circuit, 300, np.random.default_rng(0), 1.0, (0,))
    for value in circuit.compile()(**data).values():
        assert value.shape[:2] == (0, 300)
