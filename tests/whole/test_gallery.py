"""The circuits of the gallery against other programs and published values, and what is generated from them."""

from __future__ import annotations

import importlib.util
import itertools
import math
import re
import runpy
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from types import ModuleType
from typing import Any, Protocol

import numpy as np
import pytest
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator
from oracles.gallery_oracles import CAPACITY, CASES, SIZES, STEPS, Case, M, lorenz_flow
from scipy.integrate import solve_ivp
from scipy.signal import lfilter, upfirdn
from support.paths import GALLERY

from unfoldgraph import Circuit
from unfoldgraph.base.files import MARK, gallery_names, gallery_source

NAMES = gallery_names()
BUILD = runpy.run_path(str(GALLERY / "build.py"))
ENTRIES = {entry.name: entry for entry in BUILD["ENTRIES"]}


# Against the same by other means ------------------------------------------------------------------------


def data(circuit: Circuit, case: Case, seed: int = 7) -> dict[str, Any]:
    """Return numbers for everything that a circuit reads."""
    random = np.random.default_rng(seed)
    model = circuit.model

    def array(name: str, *places: int) -> Any:
        shape = [SIZES.get(str(size), size) for size in model.shapes[name] or ()]
        return random.normal(size=(*places, *shape)) if places or shape else float(random.uniform(0.1, 0.9))

    found = {name: array(name, *(case.lengths[axis] for axis in axes)) for name, axes in model.inputs.items()}
    found |= {name: array(name) for name in model.parameters}
    for boundary in model.free:
        found[boundary.argument] = array(boundary.name, *([boundary.count_at(SIZES)] if boundary.has_several else []))
    return found | dict(case.numbers(random))


def steps_of(circuit: Circuit, lengths: Mapping[str, int]) -> int | Mapping[str, int] | None:
    """Return what a program must be told of the lengths: those that are not the length of an input."""
    length_of = circuit.model.length_of
    known = {length_of[axis] for axes in circuit.model.inputs.values() for axis in axes}
    told = {axis: length for axis, length in lengths.items() if length_of[axis] not in known}
    return next(iter(told.values())) if told and len(circuit.axes) == 1 else told or None


def assert_same(found: Mapping[str, Any], expected: Mapping[str, Any], rtol: float = 1e-10) -> None:
    assert set(found) == set(expected)
    for signal, value in expected.items():
        np.testing.assert_allclose(found[signal], value, rtol=rtol, atol=1e-13, err_msg=signal)


@pytest.mark.parametrize("name", NAMES)
def test_its_meaning_is_what_the_textbook_says(name: str) -> None:
    circuit, case = Circuit.gallery(name), CASES[name]
    arrays = data(circuit, case)
    assert_same(circuit.unfold(case.lengths).evaluate(**arrays), case.program(arrays))


@pytest.mark.parametrize("name", NAMES)
def test_its_program_computes_what_the_textbook_says(name: str) -> None:
    circuit, case = Circuit.gallery(name), CASES[name]
    arrays = data(circuit, case)
    found = circuit.compile()(steps=steps_of(circuit, case.lengths), **arrays)
    assert_same(found, case.program(arrays))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("suffix", [".py", ".fast.py"])
def test_its_generated_module_computes_what_the_textbook_says(name: str, suffix: str) -> None:
    circuit, case = Circuit.gallery(name), CASES[name]
    arrays, steps = data(circuit, case), steps_of(circuit, case.lengths)
    if suffix not in BUILD["programs"](circuit):
        assert not (GALLERY / name / f"{name}{suffix}").exists()
        return
    function = getattr(generated(name, suffix), name.replace("-", "_"))
    assert_same(function(**arrays, **({} if steps is None else {"steps": steps})), case.program(arrays))


def generated(name: str, suffix: str = ".py") -> ModuleType:
    """Import the generated module of a circuit."""
    path = GALLERY / name / f"{name}{suffix}"
    spec = importlib.util.spec_from_file_location(f"gallery_{name.replace('-', '_')}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


#: Lengths of three sequences on the axes along which those of a circuit may differ.
LENGTHS = {
    "rnn-with-loss": {"t": (6, 3, 1)},
    "last-output": {"t": (2, 6, 4)},
    "vector-to-sequence": {"t": (5, 6, 1)},
    "bidirectional": {"t": (6, 3, 1)},
    "encoder-decoder": {"t": (6, 2, 3), "u": (1, 4, 2)},
    "attention": {"t": (6, 2, 3), "u": (1, 4, 2)},
    "deep-bidirectional": {"t": (1, 6, 4)},
    "two-dimensional": {"i": (4, 1, 2), "j": (3, 5, 1)},
    "hidden-markov": {"t": (6, 3, 1)},
    "viterbi": {"t": (6, 3, 1)},
    "edit-distance": {"i": (4, 2, 0), "j": (3, 5, 1)},
    "fir": {"n": (6, 3, 1)},
    "decimation": {"n": (6, 2, 4), "m": (3, 1, 2)},
    "moving-delay": {"t": (6, 3, 1)},
    "causal-attention": {"t": (6, 3, 1)},
    "state-machine": {"t": (6, 3, 1)},
    "ctc": {"t": (5, 2, 4), "s": (5, 3, 7)},
    "lcs": {"i": (4, 2, 0), "j": (3, 5, 1)},
    "dtw": {"i": (4, 2, 1), "j": (3, 5, 1)},
    "knapsack": {"i": (5, 2, 1), "c": (CAPACITY, CAPACITY, CAPACITY)},
    "matrix-chain": {"i": (6, 3, 1)},
    "heat": {"t": (STEPS, STEPS, STEPS), "i": (9, 3, 1)},
}


@pytest.mark.parametrize("name", LENGTHS)
def test_sequences_of_different_lengths_are_as_each_alone(name: str) -> None:
    """Also where what is beyond the end of a sequence is not a number."""
    circuit, case, lengths = Circuit.gallery(name), CASES[name], LENGTHS[name]
    model = circuit.model
    arrays = data(circuit, case)
    others = [data(circuit, case, seed) for seed in range(3)]
    ragged = {one: axes for one, axes in model.inputs.items() if set(axes) & set(lengths)}
    batch = {one: np.full((3, *np.shape(arrays[one])), np.nan) for one in ragged}
    expected = []
    for number, other in enumerate(others):
        ends = case.lengths | {axis: length[number] for axis, length in lengths.items()}
        alone = {one: other[one][tuple(slice(ends[axis]) for axis in axes)] for one, axes in ragged.items()}
        for one, array in alone.items():
            batch[one][(number, *map(slice, array.shape))] = array
        expected.append(case.program(arrays | alone))
    found = circuit.compile()(
        **arrays | batch, lengths=next(iter(lengths.values())) if len(circuit.axes) == 1 else lengths
    )
    for number, values in enumerate(expected):
        for signal, value in values.items():
            places = np.zeros_like(found[signal][number])
            if np.size(value):
                places[tuple(map(slice, np.shape(value)))] = value
            np.testing.assert_allclose(found[signal][number], places, rtol=1e-10, atol=1e-13, err_msg=signal)


# Against published values -------------------------------------------------------------------------------


class Run(Protocol):
    """Runs a circuit of the gallery on axes of these lengths."""

    def __call__(self, name: str, lengths: Mapping[str, int], **arrays: Any) -> Mapping[str, Any]: ...


def meaning(name: str, lengths: Mapping[str, int], **arrays: Any) -> Mapping[str, Any]:
    return Circuit.gallery(name).unfold(lengths).evaluate(**arrays)


def program(name: str, lengths: Mapping[str, int], **arrays: Any) -> Mapping[str, Any]:
    circuit = Circuit.gallery(name)
    return circuit.compile()(steps=steps_of(circuit, lengths), **arrays)


@pytest.fixture(params=[meaning, program])
def run(request: pytest.FixtureRequest) -> Run:
    return request.param


def test_fibonacci_numbers_are_the_known_ones(run: Run) -> None:
    assert run("fibonacci", {"t": 78})["F"][-1] == 8944394323791464


def test_the_hundredth_fibonacci_number_which_no_float_holds() -> None:
    assert Circuit.gallery("fibonacci").expand("F", 100).text == "354224848179261915075"


def test_pascals_triangle_counts_hands_of_cards(run: Run) -> None:
    C = run("pascal", {"n": 52, "k": 13})["C"]
    # Hands of poker and of bridge.
    assert (C[51][4], C[51][12]) == (2598960, 635013559600)


def letters(**words: str) -> dict[str, Any]:
    return {name: np.array([ord(letter) for letter in word], float) for name, word in words.items()}


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        ("kitten", "sitting", 3),
        ("saturday", "sunday", 3),
        ("intention", "execution", 5),
        ("same", "same", 0),
        ("a", "bcd", 3),
    ],
)
def test_edit_distances_are_those_of_the_literature(run: Run, one: str, other: str, distance: int) -> None:
    """Between them kitten and Saturday of Wikipedia, intention of Jurafsky and Martin with all costs 1."""
    assert run("edit-distance", {"i": len(one), "j": len(other)}, **letters(a=one, b=other))["D"] == distance


def test_edit_distance_from_and_to_nothing(run: Run) -> None:
    some, none = np.array([1.0, 2, 3]), np.zeros(0)
    assert run("edit-distance", {"i": 3, "j": 0}, a=some, b=none)["D"] == 3
    assert run("edit-distance", {"i": 0, "j": 3}, a=none, b=some)["D"] == 3
    assert run("edit-distance", {"i": 0, "j": 0}, a=none, b=none)["D"] == 0


def test_rule_110_grows_the_known_rows(run: Run) -> None:
    """From one cell that is 1, as binary numbers: sequence A117999 of the On-Line Encyclopedia of Integer Sequences."""
    known = [1, 6, 28, 104, 496, 1568, 7360, 27520, 130304, 396800, 1848320, 6879232, 32706560, 103702528, 485867520]
    width = len(known)
    rows = run("rule-110", {"t": width - 1, "i": width}, seed=np.eye(width)[-1])["u"]
    for steps, row in enumerate(rows, start=1):
        # The first cell of all stands in the middle of the sequence's rows, which grow by one to either side.
        assert int("".join(str(int(cell)) for cell in row), 2) << steps == known[steps]


def test_viterbi_tells_the_doctor_of_the_fever(run: Run) -> None:
    """The example of Wikipedia's Viterbi algorithm: normal, cold, dizzy comes from healthy, healthy, fever."""
    found = run(
        "viterbi", {"t": 3, "s": 2, "r": 2},
        y=np.array([0.0, 1, 2]), p=np.array([0.6, 0.4]),
        A=np.array([[0.7, 0.3], [0.4, 0.6]]), B=np.array([[0.5, 0.4, 0.1], [0.1, 0.3, 0.6]]),
    )  # fmt: skip
    np.testing.assert_allclose(found["v"], [[0.3, 0.04], [0.084, 0.027], [0.00588, 0.01512]], rtol=1e-12)
    assert math.isclose(found["P"], 0.01512)
    assert np.asarray(found["q"]).tolist() == [1, 1, 2]


def test_the_forward_algorithm_sees_rain_by_umbrellas(run: Run) -> None:
    """The world of umbrellas of Russell and Norvig, Artificial Intelligence, with the values that Wikipedia gives."""
    found = run(
        "hidden-markov", {"t": 5},
        y=np.array([0.0, 0, 1, 0, 0]), p=np.array([0.5, 0.5]),
        A=np.array([[0.7, 0.3], [0.3, 0.7]]), B=np.array([[0.9, 0.1], [0.2, 0.8]]),
    )  # fmt: skip
    published = [[0.8182, 0.1818], [0.8834, 0.1166], [0.1907, 0.8093], [0.7308, 0.2692], [0.8673, 0.1327]]
    np.testing.assert_allclose(found["f"], published, atol=5e-5)


def test_the_kalman_filter_of_a_random_walk_has_ratios_of_fibonacci_numbers(run: Run) -> None:
    one = np.eye(1)
    found = run("kalman", {"t": 6}, z=np.zeros((6, 1)), F=one, H=one, Q=one, R=one, x0=np.zeros(1), P0=0 * one)
    np.testing.assert_allclose(np.ravel(found["K"]), [1 / 2, 3 / 5, 8 / 13, 21 / 34, 55 / 89, 144 / 233], rtol=1e-12)


def test_the_exponential_average_is_that_of_the_handbook(run: Run) -> None:
    """NIST/SEMATECH e-Handbook of Statistical Methods, section 6.3.2.4, where 1 - alpha is 0.3."""
    v = [52.0, 47, 53, 49.3, 50.1, 47, 51, 50.1, 51.2, 50.5, 49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
    published = [
        50.60, 49.52, 50.56, 50.18, 50.16, 49.21, 49.75, 49.85, 50.26, 50.33, 50.11, 49.36, 49.52, 50.05, 49.38, 49.92,
        50.73, 51.23, 51.94, 51.99,
    ]  # fmt: skip
    found = run("exponential-average", {"t": len(v)}, v=np.array(v), alpha=0.7, mu0=50.0)
    np.testing.assert_allclose(found["mu"], published, atol=0.0051)


def test_the_first_step_of_adam_is_alpha_long_whatever_the_gradient(run: Run) -> None:
    numbers = {"alpha": 0.01, "beta1": 0.9, "beta2": 0.999, "epsilon": 0.0, "theta0": np.array([1.0, 2, 3])}
    found = run("adam", {"t": 1}, grad=lambda theta: np.array([1e-6, -1e6, 3]) + 0 * theta, **numbers)
    np.testing.assert_allclose(found["theta"][0], [0.99, 2.01, 2.99], rtol=1e-12)


def test_adam_finds_the_lowest_point(run: Run) -> None:
    numbers = {"alpha": 0.05, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "theta0": np.array([1.0, 2, 3])}
    found = run("adam", {"t": 1000}, grad=lambda theta: theta - np.array([0.5, 1.5, 2]), **numbers)
    np.testing.assert_allclose(found["theta"][-1], [0.5, 1.5, 2], atol=1e-4)


def test_catalans_numbers_are_the_known_ones(run: Run) -> None:
    """Sequence A000108 of the On-Line Encyclopedia of Integer Sequences."""
    known = [1, 2, 5, 14, 42, 132, 429, 1430, 4862, 16796, 58786, 208012, 742900, 2674440, 9694845, 35357670]
    found = run("catalan", {"n": 30})["C"]
    assert np.asarray(found[:16]).tolist() == known
    assert found[29] == 3814986502092304


@pytest.mark.parametrize(
    ("one", "other", "longest"),
    [
        ("ABCBDAB", "BDCABA", 4),
        ("ACCGGTCGAGTGCGCGGAAGCCGGCCGAA", "GTCGTTCGGAATGCCGTTGCTCTGTAAA", 20),
        ("same", "same", 4),
        ("ab", "cde", 0),
        ("a", "", 0),
        ("", "", 0),
    ],
)
def test_longest_common_subsequences_are_those_of_the_textbook(run: Run, one: str, other: str, longest: int) -> None:
    """The first two are those of Cormen, Leiserson, Rivest and Stein, section 15.4."""
    found = run("lcs", {"i": len(one), "j": len(other)}, **letters(a=one, b=other))
    assert found["longest"] == longest


def test_the_knapsack_is_packed_as_in_textbooks(run: Run) -> None:
    """Levitin, Introduction to the Design and Analysis of Algorithms, section 8.2, with its whole table."""
    found = run("knapsack", {"i": 4, "c": 5}, weight=np.array([2.0, 1, 3, 2]), value=np.array([12.0, 10, 20, 15]))
    table = [[0, 12, 12, 12, 12], [10, 12, 22, 22, 22], [10, 12, 22, 30, 32], [10, 15, 25, 30, 37]]
    assert np.asarray(found["V"]).tolist() == table
    assert found["best"] == 37


def test_the_knapsack_is_packed_as_in_another_textbook(run: Run) -> None:
    """Figure 16.2 of Cormen, Leiserson, Rivest and Stein."""
    found = run("knapsack", {"i": 3, "c": 50}, weight=np.array([10.0, 20, 30]), value=np.array([60.0, 100, 120]))
    assert found["best"] == 220


def test_a_large_knapsack_is_packed_as_for_a_walk_in_the_mountains() -> None:
    """The knapsack of Rosetta Code."""
    weight = [9.0, 13, 153, 50, 15, 68, 27, 39, 23, 52, 11, 32, 24, 48, 73, 42, 43, 22, 7, 18, 4, 30]
    value = [150.0, 35, 200, 160, 60, 45, 60, 40, 30, 10, 70, 30, 15, 10, 40, 70, 75, 80, 20, 12, 50, 10]
    assert program("knapsack", {"i": 22, "c": 400}, weight=np.array(weight), value=np.array(value))["best"] == 1030


def test_a_matrix_chain_is_multiplied_as_in_the_textbook(run: Run) -> None:
    """Figure 15.5 of Cormen, Leiserson, Rivest and Stein, where p is 30, 35, 15, 5, 10, 20, 25."""
    found = run("matrix-chain", {"i": 6, "j": 6}, p0=30.0, p=np.array([35.0, 15, 5, 10, 20, 25]))
    table = [
        [0, 15750, 7875, 9375, 11875, 15125],
        [0, 0, 2625, 4375, 7125, 10500],
        [0, 0, 0, 750, 2500, 5375],
        [0, 0, 0, 0, 1000, 3500],
        [0, 0, 0, 0, 0, 5000],
        [0, 0, 0, 0, 0, 0],
    ]
    assert np.asarray(found["c"]).tolist() == table
    assert found["least"] == 15125


def test_a_melody_is_near_to_the_same_one_played_slower_if_the_band_is_wide(run: Run) -> None:
    melody = np.array([1.0, 3, 4, 2, 5])
    slower = np.repeat(melody, [1, 2, 1, 2, 1])
    lengths = {"i": len(melody), "j": len(slower)}
    assert run("dtw", lengths, x=melody, y=slower, r=2.0)["distance"] == 0
    # The end is two places from the diagonal, which a narrower band does not reach.
    assert run("dtw", lengths, x=melody, y=slower, r=1.0)["distance"] == math.inf
    alone = run("dtw", {"i": 5, "j": 5}, x=melody, y=slower[:5], r=0.0)
    assert alone["distance"] == np.abs(melody - slower[:5]).sum()


def test_the_probabilities_of_all_labels_that_can_be_said_add_up_to_one(run: Run) -> None:
    random = np.random.default_rng(5)
    y = random.uniform(size=(3, 3))
    y /= y.sum(axis=1, keepdims=True)
    total = 0.0
    for labels in (labels for length in range(4) for labels in itertools.product((1.0, 2.0), repeat=length)):
        z = np.zeros(2 * len(labels) + 1)
        z[1::2] = labels
        total += float(run("ctc", {"t": 3, "s": len(z)}, y=y, z=z)["P"])
    assert math.isclose(total, 1, rel_tol=1e-12)


def test_the_automaton_knows_the_multiples_of_three(run: Run) -> None:
    """Binary digits, the first one first: one more doubles the number, and a state is what is left over by three."""
    table = {"delta": np.array([[0.0, 1], [2, 0], [1, 2]]), "accepting": np.array([1.0, 0, 0])}
    for number in range(32):
        digits = np.array([int(digit) for digit in f"{number:b}"], float)
        assert run("state-machine", {"t": len(digits)}, x=digits, **table)["accepted"] == (number % 3 == 0)


def test_no_heat_is_lost_and_every_wave_of_it_decays_as_known(run: Run) -> None:
    """Cosines whose slope is 0 at the ends are what the exchange only makes smaller, each by a factor of its own."""
    cells, steps, r = 6, 4, 0.4
    places = np.arange(cells) + 0.5
    for wave in range(cells):
        start = np.cos(math.pi * wave * places / cells)
        u = np.asarray(run("heat", {"t": steps, "i": cells}, start=start, r=r)["u"])
        factor = 1 - 4 * r * math.sin(math.pi * wave / (2 * cells)) ** 2
        np.testing.assert_allclose(u, [factor**t * start for t in range(1, steps + 1)], rtol=1e-10, atol=1e-13)
    start = np.random.default_rng(1).uniform(size=cells)
    u = np.asarray(run("heat", {"t": 600, "i": cells}, start=start, r=0.5)["u"])
    np.testing.assert_allclose(u.sum(axis=1), start.sum(), rtol=1e-12)
    np.testing.assert_allclose(u[-1], start.mean(), rtol=1e-12)


@pytest.mark.parametrize("taps", [1, 2, 5, 40])
def test_a_filter_answers_an_impulse_with_its_taps_and_anything_with_a_convolution(run: Run, taps: int) -> None:
    random = np.random.default_rng(taps)
    h, x = random.normal(size=taps), random.normal(size=30)
    impulse = np.eye(30)[0]
    lengths = {"n": 30}
    np.testing.assert_allclose(run("fir", lengths, h=h, x=impulse)["y"], np.resize([*h, *np.zeros(30)], 30), atol=1e-15)
    np.testing.assert_allclose(run("fir", lengths, h=h, x=x)["y"], np.convolve(h, x)[:30], atol=1e-13)


def test_decimation_is_that_of_scipy(run: Run) -> None:
    random = np.random.default_rng(2)
    for steps, taps in ((20, 7), (21, 4), (2, 3)):
        h, x = random.normal(size=taps), random.normal(size=steps)
        found = run("decimation", {"n": steps, "m": steps // 2}, h=h, x=x)["y"]
        np.testing.assert_allclose(found, upfirdn(h, [0, *x], down=2)[1 : steps // 2 + 1], atol=1e-13)


def test_a_delay_that_stands_still_is_a_comb(run: Run) -> None:
    x = np.random.default_rng(3).normal(size=20)
    found = run("moving-delay", {"t": 20}, x=x, d=np.full(20, 3.0), g=0.7)["y"]
    np.testing.assert_allclose(found, lfilter([1], [1, 0, 0, -0.7], x), atol=1e-13)


WEATHER = {"sigma": 10.0, "rho": 28.0, "beta": 8 / 3}


def test_the_lorenz_attractor_has_its_points_of_rest(run: Run) -> None:
    """The two states of steady convection, x = y = ± sqrt(beta (rho - 1)) and z = rho - 1."""
    x = math.sqrt(8 / 3 * 27)
    found = run("lorenz", {"t": 20}, h=0.01, x0=-x, y0=-x, z0=27.0, **WEATHER)
    np.testing.assert_allclose([found["x"], found["y"], found["z"]], [[-x] * 20, [-x] * 20, [27] * 20], rtol=1e-12)


def test_the_lorenz_attractor_tends_to_the_solution_as_euler_steps_get_short(run: Run) -> None:
    exact = solve_ivp(lambda _, place: lorenz_flow(place, **WEATHER), (0, 0.5), [0, 1, 0], rtol=1e-11, atol=1e-12)
    errors = []
    for steps in (500, 1000):
        found = run("lorenz", {"t": steps}, h=0.5 / steps, x0=0.0, y0=1.0, z0=0.0, **WEATHER)
        errors.append(np.array([found[name][-1] for name in "xyz"]) - exact.y[:, -1])
    assert np.abs(errors[1]).max() < 0.5
    # Half the step is half the error: Euler's method is of the first order.
    np.testing.assert_allclose(errors[0] / errors[1], 2, rtol=0.1)


# Against ONNX, and against each other -------------------------------------------------------------------


def onnx_rnn(x: Any, W: Any, U: Any, b: Any, direction: str = "bidirectional") -> Any:
    """Return the states of ONNX's recurrent network, one array for each direction."""
    inputs = {"X": x[:, None], "W": np.array(U), "R": np.array(W), "B": np.concatenate([b, np.zeros_like(b)], axis=1)}
    node = helper.make_node("RNN", list(inputs), ["Y"], hidden_size=len(W[0]), direction=direction)
    graph = helper.make_graph(
        [node],
        "network",
        [helper.make_tensor_value_info(name, TensorProto.DOUBLE, array.shape) for name, array in inputs.items()],
        [helper.make_tensor_value_info("Y", TensorProto.DOUBLE, None)],
    )
    (found,) = ReferenceEvaluator(helper.make_model(graph)).run(None, inputs)
    return found[:, :, 0].swapaxes(0, 1)


def test_the_bidirectional_network_is_that_of_onnx(run: Run) -> None:
    a = data(Circuit.gallery("bidirectional"), CASES["bidirectional"])
    found = run("bidirectional", {"t": len(a["x"])}, **a)
    expected = onnx_rnn(a["x"], *([a[f"{name}_h"], a[f"{name}_g"]] for name in "WUb"))
    np.testing.assert_allclose([found["h"], found["g"]], expected, rtol=1e-12)


def test_the_deep_bidirectional_network_is_that_of_onnx_layer_by_layer(run: Run) -> None:
    case = CASES["deep-bidirectional"]
    a = data(Circuit.gallery("deep-bidirectional"), case)
    found = run("deep-bidirectional", case.lengths, **a)
    below = a["x"]
    for layer, (h, g) in enumerate(zip(found["h"], found["g"], strict=True)):
        expected = onnx_rnn(below, *([a[f"{name}_h"][layer], a[f"{name}_g"][layer]] for name in "WUb"))
        np.testing.assert_allclose([h, g], expected, rtol=1e-10)
        below = expected.sum(axis=0)


def test_teacher_forcing_with_its_own_outputs_is_the_recurrence_from_the_output(run: Run) -> None:
    a = data(Circuit.gallery("output-recurrence"), CASES["output-recurrence"])
    lengths = {"t": len(a["x"])}
    free = run("output-recurrence", lengths, **a)
    shared = {name: value for name, value in a.items() if name != "o0"}
    forced = run("teacher-forcing", lengths, **shared | {"y": free["o"], "y0": a["o0"]})
    np.testing.assert_allclose(forced["h"], free["h"], rtol=1e-12)
    np.testing.assert_allclose(forced["L"], 0, atol=1e-20)


def test_leaky_units_that_keep_nothing_are_a_plain_network_and_those_that_keep_all_stand_still(run: Run) -> None:
    a = data(Circuit.gallery("rnn"), CASES["rnn"])
    lengths = {"t": len(a["x"])}
    plain, none = run("rnn", lengths, **a), run("leaky-units", lengths, **a, alpha=np.zeros(M))
    np.testing.assert_allclose(none["h"], plain["h"], rtol=1e-12)
    everything = run("leaky-units", lengths, **a, alpha=np.ones(M))
    np.testing.assert_allclose(everything["h"], [a["h0"]] * len(a["x"]), rtol=1e-12)


def test_attention_that_sees_no_difference_is_the_mean(run: Run) -> None:
    case = CASES["attention"]
    a = data(Circuit.gallery("attention"), case) | {"v": np.zeros(M)}
    found = run("attention", case.lengths, **a)
    np.testing.assert_allclose(found["a"], 1 / case.lengths["t"], rtol=1e-12)
    np.testing.assert_allclose(found["c"], [np.mean(found["h"], axis=0)] * case.lengths["u"], rtol=1e-10)


def test_attention_bears_scores_that_exp_does_not(run: Run) -> None:
    case = CASES["attention"]
    a = data(Circuit.gallery("attention"), case)
    found = run("attention", case.lengths, **a | {"v": 1000 * a["v"]})
    np.testing.assert_allclose(np.sum(found["a"], axis=1), 1, rtol=1e-12)


def test_causal_attention_bears_scores_that_exp_does_not_and_never_looks_ahead(run: Run) -> None:
    case = CASES["causal-attention"]
    a = data(Circuit.gallery("causal-attention"), case)
    found = run("causal-attention", case.lengths, **a | {"q": 1000 * a["q"]})
    assert np.isfinite(found["y"]).all()
    before = run("causal-attention", case.lengths, **a)["y"]
    np.testing.assert_allclose(before[0], a["v"][0], rtol=1e-12)
    later = {name: np.where(np.arange(STEPS)[:, None] < 4, a[name], 7) for name in "qkv"}
    after = run("causal-attention", case.lengths, **later)["y"]
    np.testing.assert_allclose(after[:4], before[:4], rtol=1e-12)
    assert not np.allclose(after[4:], before[4:])


def test_one_row_of_two_dimensions_is_one_dimension(run: Run) -> None:
    a = data(Circuit.gallery("two-dimensional"), CASES["two-dimensional"])
    row = a["x"][0]
    found = run("two-dimensional", {"i": 1, "j": len(row)}, **a | {"x": row[None]})
    plain = run("rnn", {"t": len(row)}, x=row, h0=np.zeros(M), **{name: a[name] for name in "WUb"})
    np.testing.assert_allclose(found["h"][0], plain["h"], rtol=1e-12)


# What is made of them -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_it_is_written_with_care(name: str) -> None:
    circuit = Circuit.gallery(name)
    text, _ = gallery_source(name)
    assert circuit.warnings == ()
    assert circuit.title
    assert re.search(r"\b(1[2-9]|20)\d\d\b|Schafer", text), "says where it comes from"
    assert MARK not in text, "a copy is the user's to change, and not to be replaced"
    assert Circuit(circuit.text()) == circuit


@pytest.mark.parametrize("name", NAMES)
def test_its_files_are_there(name: str) -> None:
    drawn = BUILD["drawn"](ENTRIES[name])
    for file in (f"{name}.svg", f"{drawn}.svg", f"{name}.png", f"{drawn}.png", "formula.md", f"{name}.py"):
        content = (GALLERY / name / file).read_bytes()
        assert MARK.encode() in content[:2048], file
        if file.endswith(".svg"):
            ElementTree.fromstring(content)
    index = (GALLERY / "README.md").read_text(encoding="utf-8")
    assert f"({name}/{name}.svg)" in index


def test_the_links_of_the_index_lead_somewhere() -> None:
    index = (GALLERY / "README.md").read_text(encoding="utf-8")
    for linked in re.findall(r"\]\(([^)]+)\)", index):
        assert (GALLERY / linked).is_file(), linked


def test_every_circuit_is_in_the_build_and_has_a_program_by_hand() -> None:
    assert list(ENTRIES) == [entry.name for entry in BUILD["ENTRIES"]]
    assert set(ENTRIES) == set(CASES) == set(NAMES)


def test_the_index_is_what_the_build_makes() -> None:
    assert BUILD["index"]() == (GALLERY / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_its_formulas_are_what_the_build_makes(name: str) -> None:
    page = (GALLERY / name / "formula.md").read_text(encoding="utf-8")
    assert BUILD["formula"](ENTRIES[name], Circuit.gallery(name)) == page


def test_the_contact_sheet_has_every_picture() -> None:
    sheet = BUILD["contact_sheet"]()
    for suffix in ("png", "svg"):
        linked = re.findall(rf'[("]([^()"]+\.{suffix})[)"]', sheet)
        assert sorted(linked) == sorted(str(path.relative_to(GALLERY)) for path in GALLERY.glob(f"*/*.{suffix}"))
    assert sheet == (GALLERY / "contact-sheet.md").read_text(encoding="utf-8")
