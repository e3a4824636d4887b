"""The target "numba": what it computes and refuses, where it keeps what it compiles, and that it can be stopped."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from generators.circuits import arrays, everything, lengths_of
from hypothesis import assume, given
from hypothesis import strategies as st
from oracles.gallery_oracles import CASES
from support.profiles import examples

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.base.cache import VARIABLE
from unfoldgraph.base.files import gallery_names

pytestmark = pytest.mark.filterwarnings("ignore::unfoldgraph.base.errors.CircuitWarning")

HAS_NUMBA = importlib.util.find_spec("numba") is not None
with_numba = pytest.mark.skipif(not HAS_NUMBA, reason="needs Numba")
ROOT = Path(__file__).parents[2]
#: Those of the gallery that are compiled in every run: each has something of its own.
SOME = ("lstm", "edit-distance", "fibonacci", "kalman", "lorenz", "viterbi")


@pytest.fixture(autouse=True)
def no_cache_and_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is compiled is kept nowhere, and a place beyond an array is an error and not some number or other."""
    monkeypatch.setenv(VARIABLE, "")
    if HAS_NUMBA:
        monkeypatch.setattr("numba.config.BOUNDSCHECK", 1)


def assert_same(circuit: Circuit, tolerance: float = 1e-10, **data: Any) -> None:
    with np.errstate(all="ignore"):
        expected = circuit.compile(plain=True)(**data)
    found = circuit.compile(target="numba")(**data)
    # A signal may be called as a method of what is returned.
    assert [*found] == [*expected]
    for name, value in dict.items(expected):
        assert (found[name].shape, found[name].dtype) == (value.shape, value.dtype), name
        np.testing.assert_allclose(found[name], value, rtol=tolerance, atol=tolerance, err_msg=name)


# What it computes -------------------------------------------------------------------------------------


@with_numba
@pytest.mark.parametrize("name", [name for name in SOME if name in gallery_names()])
def test_the_gallery_is_computed_as_in_numpy(name: str) -> None:
    circuit = Circuit.gallery(name)
    lengths = CASES[name].lengths
    data = arrays(circuit, lengths, 3, (2,))
    model = circuit.model
    taken = {axis: length for axis, length in lengths.items() if not any(axis in one for one in model.inputs.values())}
    assert_same(circuit, **data, **({"steps": taken} if taken else {}))


@with_numba
@examples(6)
@given(everything(), st.integers(0, 5), st.integers(0, 2**16), st.sampled_from([(), (1,), (2, 3), (0,)]))
def test_generated_circuits_are_computed_as_in_numpy(text: str, size: int, seed: int, batch: tuple[int, ...]) -> None:
    circuit = Circuit(text)
    lengths = lengths_of(circuit, (size, 2, 3))
    assume(lengths is not None and not circuit.model.functions)
    data = arrays(circuit, lengths or {}, seed, batch)
    own = {axis for axes in circuit.model.inputs.values() for axis in axes}
    taken = {axis: length for axis, length in (lengths or {}).items() if axis not in own}
    data |= {"steps": taken} if taken else {}
    try:
        with np.errstate(all="ignore"):
            circuit.compile(plain=True)(**data)
        circuit.compile(target="numba")
    except CircuitError:
        # There are too few steps for a fixed place, or an operation that has no loops.
        assume(False)
    assert_same(circuit, 1e-9, **data)


@with_numba
@pytest.mark.parametrize("size", [0, 1, 2, 5])
def test_what_two_loops_read(size: int) -> None:
    """One reads what it has just read, and the other in another order: the same value in both."""
    circuit = Circuit("f(t) = tanh(0.5 * f(t-1) + x(t) - x(t-2)); g(t) = 0.3 * g(t+2) + x(t); g(end-1) = 2")
    assert_same(circuit, **arrays(circuit, {"t": size}, 0, ()))


@with_numba
def test_a_place_beyond_an_array_is_seen() -> None:
    import numba

    compiled = numba.njit(lambda values, at: values[at])
    with pytest.raises(IndexError, match="out of bounds"):
        compiled(np.zeros(3), 3)


@with_numba
def test_infinities_and_what_is_no_number_are_as_in_numpy() -> None:
    forms = (
        *("1/x(t)", "x(t) % 3", "x(t)**2", "x(t)**1.5", "min(x(t), 1)", "max(1, x(t))", "sqrt(x(t))", "log(x(t))"),
        *("tanh(x(t))", "sigmoid(x(t))", "softplus(x(t))", "sign(x(t))", "floor(x(t))", "round(x(t))", "erf(x(t))"),
        *(
            "abs(x(t))",
            "relu(x(t))",
            "clip(x(t), -1, 1)",
            "1 if x(t) > 0 else 2",
            "isnan(x(t)) + 1",
            "arctan2(x(t), 0)",
        ),
        *("(x(t) > 0 and x(t) < 2) + (not x(t))", "x(t) % 0", "0 % x(t)", "x(t)*0", "max(x(t), 0, 1)"),
    )
    circuit = Circuit("x(t) : (); " + "; ".join(f"a{number}(t) = {form}" for number, form in enumerate(forms)))
    x = np.array([0.0, -0.0, 1.0, -1.5, 2.5, np.inf, -np.inf, np.nan, 1e300, -1e-300, 800.0])
    assert_same(circuit, x=x)
    with np.errstate(over="ignore"):
        single = x.astype(np.float32)
    assert_same(circuit, 1e-5, x=single)


@with_numba
def test_vectors_with_infinities_are_as_in_numpy() -> None:
    forms = ("sum(v(t))", "max(v(t))", "min(v(t))", "argmax(v(t))", "mean(v(t))", "prod(v(t))", "norm(v(t))")
    forms += ("logsumexp(v(t))",)
    text = "v(t) : m; " + "; ".join(f"a{number}(t) = {form}" for number, form in enumerate(forms))
    text += "; s(t) = softmax(v(t)); l(t) = logsoftmax(v(t)); k = argmax(max(v(t)) for t)"
    v = np.array([[1.0, 2.0, 2.0], [np.nan, 3.0, 1.0], [np.inf, 1.0, np.inf], [-np.inf] * 3, [1e300, 1e300, -1e300]])
    assert_same(Circuit(text), v=v)


@with_numba
@pytest.mark.parametrize(("m", "batch"), [(1, ()), (2, (3,)), (3, (0,)), (7, ())])
def test_matrices_are_solved_as_in_numpy(m: int, batch: tuple[int, ...]) -> None:
    circuit = Circuit(
        "A(t) : (m, m); b(t) : m; B(t) : (m, k); x(t) = solve(A(t), b(t)); X(t) = solve(A(t) + A(t).T, B(t));"
        "I(t) = inv(A(t) @ A(t)); d(t) = det(A(t)); s(t) = sum(solve(A(t), b(t) + s(t-1))); e = det(inv(A(1)))"
    )
    random = np.random.default_rng(m)
    data = {
        name: random.normal(size=(*batch, 4, *shape)) for name, shape in {"A": (m, m), "b": (m,), "B": (m, 2)}.items()
    }
    assert_same(circuit, 1e-8, **data)
    # Rows that change places.
    assert_same(circuit, 1e-8, **{**data, "A": np.broadcast_to(np.eye(m)[::-1], data["A"].shape)})


@with_numba
def test_a_singular_matrix_is_told_as_in_numpy() -> None:
    texts = ("A : (m, m); b : m; x = solve(A, b)", "A : (m, m); b : m; x = inv(A) @ b")
    for matrix in ([[0.0]], [[1.0, 2.0], [2.0, 4.0]], [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]):
        given_all = {"A": np.array(matrix), "b": np.ones(len(matrix))}
        for text in texts:
            told = []
            for target in ("numpy", "numba"):
                with pytest.raises(CircuitError, match="cannot be computed: Singular matrix") as raised:
                    Circuit(text).compile(target=target)(**given_all)
                told.append(str(raised.value))
            assert told[0] == told[1]
        assert Circuit("A : (m, m); d = det(A)").compile(target="numba")(A=given_all["A"]).d == 0


@with_numba
@pytest.mark.parametrize("size", [0, 1, 2, 5])
def test_rings_of_wavefronts_are_computed_as_tables(size: int) -> None:
    circuit = Circuit(
        "a(i), b(j) : (); c(i, j) = min(c(i-1, j) + 1, c(i, j-1) + 1, c(i-1, j-1) + (a(i) != b(j)));"
        "c(i, 0) = i; c(0, j) = j; c(0, 0) = 0; e(i, j) = max(e(i-1, j), e(i, j-2)) + abs(a(i) - b(j)); e(0, j) = g;"
        "d = c(end, end); f = e(end, end)"
    )
    random = np.random.default_rng(size)
    for other in (0, 3, 7):
        data = {"a": random.integers(0, 3, (2, size)).astype(float), "b": random.integers(0, 3, other).astype(float)}
        for odd in (1.0, np.nan, np.inf):
            with np.errstate(all="ignore"):
                expected = circuit.compile(plain=True)(**data, g=odd)
            program = circuit.compile(target="numba", outputs=["d", "f"])
            # A ring keeps three fronts, and nothing is as large as the table.
            assert "% 3" in program.source
            found = program(**data, g=odd)
            for name in ("d", "f"):
                np.testing.assert_array_equal(found[name], expected[name])


@with_numba
def test_lengths_no_steps_and_read_only_arrays() -> None:
    circuit = Circuit("x(t) : n; W : (m, m); U : (m, n); h(t) = tanh(W @ h(t-1) + U @ x(t)); o = sum(h(end))")
    random = np.random.default_rng(1)
    x, W, U = random.normal(size=(3, 5, 2)), random.normal(size=(4, 4)), random.normal(size=(4, 2))
    for one in (x, W, U):
        one.flags.writeable = False
    assert_same(circuit, x=x, W=W, U=U, lengths=[5, 0, 2])
    assert_same(circuit, x=x[:, :0], W=W, U=U)
    assert_same(circuit, x=x[::2, ::2], W=W.T, U=np.asfortranarray(U), h0=0.5)
    assert_same(circuit, x=x, W=random.normal(size=(3, 4, 4)), U=U)


@with_numba
def test_sequences_share_no_memory_with_what_is_given() -> None:
    program = Circuit("x(t) : (); y(t) = x(t); z = p").compile(target="numba")
    x, p = np.ones(3), np.ones(())
    first, second = program(x=x, p=p), program(x=x, p=p)
    first["y"][:] = 5
    assert (x == 1).all() and (second["y"] == 1).all()


# What it refuses ----------------------------------------------------------------------------------------


def test_what_it_does_not_have_is_refused() -> None:
    refused = {
        "s(t) = f(s(t-1))": "the function 'f' is one of Python, which the target 'numba' cannot compile",
    }
    for text, sentence in refused.items():
        with pytest.raises(CircuitError, match=sentence) as raised:
            Circuit(text).compile(target="numba")
        assert 'the target "numpy"' in str(raised.value)


def test_without_numba_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name == "numba" else found(name, *more)
    )
    with pytest.raises(CircuitError) as raised:
        Circuit("s(t) = 2*s(t-1)").compile(target="numba")
    assert str(raised.value) == (
        "error: the target 'numba' needs Numba, which is not installed\n  help: pip install \"unfoldgraph[numba]\""
    )


def test_the_code_is_written_without_numba(tmp_path: Path) -> None:
    (tmp_path / "numba.py").write_text("raise ImportError('there is none')")
    command = [sys.executable, "-m", "unfoldgraph", "compile", "s(t) = r*s(t-1)", "--target", "numba"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    assert "import numba" in done.stdout and done.stderr == ""
    plain = subprocess.run([*command, "--plain"], capture_output=True, text=True, env=environment, check=True)
    assert plain.stdout == done.stdout


# Files --------------------------------------------------------------------------------------------------


def run(code: str, folder: Path, **variables: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    environment.pop("NUMBA_CACHE_DIR", None) if "NUMBA_CACHE_DIR" not in variables else None
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, cwd=folder, check=True
    )
    return done.stdout


@with_numba
def test_a_saved_module_needs_nothing_of_ours(tmp_path: Path) -> None:
    program = Circuit("s(t) = r*s(t-1)*(1 - s(t-1))", name="logistic").compile(target="numba")
    program.save(tmp_path / "logistic.py")
    code = (
        "import sys; from logistic import logistic; print(logistic(r=3.5, s0=0.5, steps=3).s.tolist());"
        "print([name for name in sys.modules if 'unfoldgraph' in name])"
    )
    assert run(code, tmp_path, PYTHONPATH=str(tmp_path)).splitlines() == [
        str(program(r=3.5, s0=0.5, steps=3).s.tolist()),
        "[]",
    ]
    assert not list(tmp_path.rglob("*.nbi"))


CALLED = (
    "from unfoldgraph import Circuit; p = Circuit('s(t) = r*s(t-1)').compile(target='numba');"
    "print(p(r=2.0, s0=1.0, steps=3).s.tolist());"
    "k = p._call.__globals__['_kernel']._kernel; print(sum(k.stats.cache_hits.values()))"
)


@with_numba
def test_the_next_process_does_not_compile_again(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    variables = {VARIABLE: str(folder)}
    assert run(CALLED, tmp_path, **variables).split("\n")[1] == "0"
    begun = time.perf_counter()
    assert run(CALLED, tmp_path, **variables).split("\n")[:2] == ["[2.0, 4.0, 8.0]", "1"]
    assert time.perf_counter() - begun < 20
    assert [path.name for path in tmp_path.iterdir()] == ["cache"], "nothing is written where one works"


@with_numba
def test_nothing_is_read_from_a_folder_of_others(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    run(CALLED, tmp_path, **{VARIABLE: str(folder)})
    (folder / "numba").chmod(0o777)
    for path in folder.rglob("*.nb?"):
        path.write_bytes(b"cos\nsystem\n(S'echo planted'\ntR.")
    assert run(CALLED, tmp_path, **{VARIABLE: str(folder)}).split("\n")[:2] == ["[2.0, 4.0, 8.0]", "0"]


@with_numba
def test_without_a_cache_nothing_is_written(tmp_path: Path) -> None:
    assert run(CALLED, tmp_path, **{VARIABLE: ""}).startswith("[2.0, 4.0, 8.0]")
    assert run(CALLED, tmp_path, **{VARIABLE: str(tmp_path / "a"), "NUMBA_CACHE_DIR": str(tmp_path / "b")})
    assert not list(tmp_path.rglob("*.nb?"))


@with_numba
@pytest.mark.skipif(os.name != "posix", reason="a signal is sent")
@pytest.mark.parametrize("text", ["s(t) = r*s(t-1)", "s(t) = sum(r*s(k) for k in 0..t-1)"])
def test_a_long_loop_can_be_stopped(text: str, tmp_path: Path) -> None:
    code = (
        f"from unfoldgraph import Circuit; p = Circuit({text!r}).compile(target='numba')\n"
        "p(r=1.0, s0=1.0, steps=3); print('begun', flush=True)\n"
        "while True: p(r=1.0, s0=1.0, steps=2_000_000)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=20)
    assert error.rstrip().endswith("KeyboardInterrupt")
