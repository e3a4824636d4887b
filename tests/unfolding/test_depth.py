"""How deep graphs are: of any length along one axis, on several axes where it is proved, and else not at all.

The oracle is networkx, which follows every edge of the graph. Where a graph is too long for that, methods that share
nothing must agree.
"""

from __future__ import annotations

import json
from itertools import pairwise, product
from math import lcm
from typing import Any

import networkx
import pytest
from generators.circuits import circuits, lattices, lengths_of, two_way
from hypothesis import assume, given, reject
from hypothesis import strategies as st
from support.profiles import examples

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.base import boxes
from unfoldgraph.base.files import gallery_names
from unfoldgraph.causality.integer_program import Effort, OutOfEffort
from unfoldgraph.cli.report import report, report_text
from unfoldgraph.unfolding import bounds, depth, forward, powers
from unfoldgraph.unfolding.unfolding import Unfolding

pytestmark = pytest.mark.filterwarnings("ignore::unfoldgraph.base.errors.CircuitWarning")
_MANY = examples(60)

#: Two bounds do not meet here, and it is far too large to be walked.
UNTOLD = "a(i, j) = a(i-2, j-1) + b(i+1, j-2); b(i, j) = b(i+1, j-2) + a(i, j); a(2, j) = p"
VITERBI = Circuit.gallery("viterbi").text()
EDIT = Circuit.gallery("edit-distance").text()


def unfolded(text: str, *lengths: int) -> Unfolding:
    circuit = Circuit(text)
    own = [axis for axis in circuit.axes if circuit.model.length_of[axis] == axis]
    return circuit.unfold(dict(zip(own, lengths, strict=True)))


def by_bounds(unfolding: Unfolding) -> int | None:
    """The depth by bounds, of what has only plain reads; None where they tell nothing."""
    return None if unfolding.plain is None else bounds.path_between_bounds(unfolding.plain)


def walked(unfolding: Unfolding) -> int:
    """Return the depth by every edge of the graph."""
    return int(networkx.dag_longest_path_length(unfolding.to_networkx()))


def by_powers(unfolding: Unfolding) -> int:
    return powers.Powers(unfolding).depth()


def by_steps(unfolding: Unfolding) -> int:
    return forward.forward_path(unfolding.model, unfolding.lengths, lambda one: bool(unfolding.domain(one)))


def _scalars(count: int) -> str:
    """Return values that need each other, the last of them with a depth of their number."""
    names = ["p", *(f"s{'q' * at}" for at in range(1, count + 1))]
    return "; ".join(f"{name} = tanh({last})" for last, name in pairwise(names))


@pytest.fixture
def unwalked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forbid to go from node to node."""

    def refuse(*_: Any) -> Any:
        raise AssertionError("this walks")

    for name in ("sources", "_sources", "to_networkx"):
        monkeypatch.setattr(Unfolding, name, refuse)
    monkeypatch.setattr(depth._DepthWalk, "deepest", refuse)


# Which are told --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("unwalked")
@pytest.mark.parametrize(
    ("text", "lengths", "expected"),
    [
        ("h(t, s) = sum(h(t-1, r) for r)", (160, 160), 159),
        ("h(t, s) = sum(h(t-1, r) for r) + x(s)", (160, 160), 160),
        ("h(t, s) = sum(h(t-1, r) for r) + x(s)", (10**12, 10**6), 10**12),
        (VITERBI, (100, 100), 201),
        (VITERBI, (1000, 1000), 2001),
        (VITERBI, (10**6, 10**6), 2 * 10**6 + 1),
        (EDIT, (300, 300), 600),
        (EDIT, (10**6, 10**6), 2 * 10**6),
        (EDIT, (10**12, 7), 10**12 + 7),
        # From wall to wall and back, some hundred thousand times, with a remainder at the end.
        ("u(t, i) = u(t-1, i-1) + u(t-1, i+1); u(0, i) = seed(i)", (10**9 + 5, 10**4), 10**9 + 6),
        # The height is a fraction, and no cycle alone leads as far.
        ("a(i, j) = a(i-1, j-2) + a(i-2, j-1) + x(i, j)", (1000, 1000), 667),
        ("a(i, j) = a(i-2, j+3) + a(i-1, j-1) + x(i, j)", (10**6, 1000), 800_200),
        ("a(i, j) = a(i-3, j-2) + x(i, j)", (10**12, 10**12), -(-(10**12) // 3)),
        ("h(i, j) = h(i-1, j) + x(i, j); y(i, j) = " + " + ".join(f"h(i-{k}, j)" for k in range(1, 200)),
         (10**6, 10**6), 10**6),
        ("h(t) = h(t-1000000)", (10**12,), 10**6),
        ("h(t) = h(t-1) + h(t-1000000)", (10**12,), 10**12),
        ("h(t) = h(t-7) + h(t-365)", (10**12,), -(-(10**12) // 7)),
        ("h(t) = h(t-999983) + h(t-999999)", (10**12,), 1_000_018),
        ("g(t) = g(t+7) + g(t+365)", (10**12,), 10**12 // 7),
        ("h(t) = h(t-1)", (10**30,), 10**30),
        # What reads parameters alone.
        ("W : (m, m); h(t, i) = W[0, 1]", (10**9, 10**9), 1),
        ("h(t, i) = W; g(t, i) = 3", (10**9, 10**9), 1),
    ],
)  # fmt: skip
def test_depth_without_a_walk(text: str, lengths: tuple[int, ...], expected: int) -> None:
    assert unfolded(text, *lengths).depth == expected


def _deep_lstm(ways: str) -> str:
    """Return the text of layers of LSTM cells along two axes, read ahead (-) and back (+)."""
    lines = ["x(t) : ()", "z(0, t) = x(t)", "o(t) = z(end, t)"]
    for cell, way in zip("ab", ways, strict=False):
        inside = f"W * z(l-1, t) + V * {cell}h(l, t{way}1)"
        lines += [f"{cell}{gate}(l, t) = sigmoid({inside})" for gate in "ifo"]
        lines.append(f"{cell}g(l, t) = tanh({inside})")
        lines.append(f"{cell}c(l, t) = {cell}f(l, t) * {cell}c(l, t{way}1) + {cell}i(l, t) * {cell}g(l, t)")
        lines.append(f"{cell}h(l, t) = {cell}o(l, t) * tanh({cell}c(l, t))")
        lines += [f"{cell}{name}(l, {'0' if way == '-' else 'end+1'}) = 0" for name in "ch"]
    return "\n".join([*lines, f"z(l, t) = {' + '.join(f'{cell}h(l, t)' for cell, _ in zip('ab', ways, strict=False))}"])


@pytest.mark.parametrize("ways", ["-", "+", "-+"])
def test_depth_of_deep_networks(ways: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their statements are so many that those of one loop must rise as one."""
    circuit = Circuit(_deep_lstm(ways))
    small = circuit.unfold(l=3, t=4)
    assert bounds.path_between_bounds(small) == walked(small)
    monkeypatch.setattr(bounds, "BOUND_MOVES", 1_500_000)
    # In each layer all steps once each way, three edges each; one more leads into the next.
    layers, steps = 10**6, 10**9
    expected = layers * (3 * steps + 1) + 2 if ways == "-+" else 3 * steps + 4 * layers - 1
    assert circuit.unfold(l=layers, t=steps).depth == expected


#: Sizes by which ranges of the gallery go.
SIZES = {"fir": {"M": 3}, "decimation": {"K": 3}}
#: What ranges and computed places read has to be walked.
WALKED = {"causal-attention", "ctc", "decimation", "knapsack", "matrix-chain", "moving-delay"}


@pytest.mark.usefixtures("unwalked")
@pytest.mark.parametrize("name", sorted({*gallery_names()} - WALKED))
def test_depth_of_the_gallery_is_told_for_any_length(name: str) -> None:
    circuit, sizes = Circuit.gallery(name), SIZES.get(name)
    found = [circuit.unfold(dict.fromkeys(circuit.axes, steps), sizes).depth for steps in (100, 10**6, 10**12)]
    assert found == sorted(found)


@pytest.mark.parametrize("name", gallery_names())
def test_depth_of_the_gallery(name: str) -> None:
    circuit = Circuit.gallery(name)
    for steps in (2, 3, 10):
        unfolding = circuit.unfold(dict.fromkeys(circuit.axes, steps), SIZES.get(name))
        expected = walked(unfolding)
        assert unfolding.depth == expected
        if unfolding.plain is not None:
            assert depth._DepthWalk(unfolding.plain).deepest() == expected
            assert by_bounds(unfolding) in (expected, None)


# Which are not ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("unwalked")
def test_what_would_have_to_be_walked_is_refused_before_the_walk() -> None:
    unfolding = unfolded(UNTOLD, 10**6, 1000)
    reads = unfolding.edges.size
    with pytest.raises(CircuitError) as caught:
        _ = unfolding.depth
    assert caught.value.message == (
        f"how deep this graph is cannot be told without walking it, and it has {reads} reads; the limit is 150000"
    )
    assert caught.value.problems[0].help == "take fewer steps"


def test_the_reads_that_are_told_are_the_edges() -> None:
    for text, lengths in ((UNTOLD, (20, 9)), ("h(t, s) = sum(h(t-1, r) for r) + x(s)", (7, 8)), (VITERBI, (5, 6))):
        unfolding = unfolded(text, *lengths)
        assert unfolding.edges.size == unfolding.to_networkx().number_of_edges()


def test_a_graph_with_few_nodes_may_have_too_many_edges() -> None:
    unfolding = unfolded("h(t, s) = sum(h(t-1, r) for r)", 2000, 2000)
    with pytest.raises(CircuitError, match="the graph would have 7996000000 edges; the limit is 40000000"):
        unfolding.to_networkx()


def test_info_tells_the_rest_where_the_depth_is_not_told() -> None:
    circuit = Circuit(UNTOLD)
    told = report(circuit, {"i": 10**6, "j": 1000})
    why = told["unfolded"].pop("no_depth")
    assert why.startswith("how deep this graph is cannot be told without walking it")
    assert told["unfolded"] == {
        "lengths": {"i": 10**6, "j": 1000},
        "nodes": unfolded(UNTOLD, 10**6, 1000).nodes.size,
        "edges": unfolded(UNTOLD, 10**6, 1000).edges.size,
        "depth": None,
        "uses": {"p": 1000},
    }
    told["unfolded"]["no_depth"] = why
    assert json.loads(json.dumps(told))["unfolded"]["depth"] is None
    lines = [line.strip() for line in report_text(told).splitlines()]
    at = next(number for number, line in enumerate(lines) if line.startswith("unfolded"))
    assert lines[at].endswith(f"nodes, {told['unfolded']['edges']} edges")
    assert lines[at + 1 : at + 3] == [why, "uses        p: 1000"]


def test_info_tells_of_the_depth_no_more_than_it_is() -> None:
    told = report(Circuit(UNTOLD), {"i": 9, "j": 7})
    assert told["unfolded"]["depth"] == walked(unfolded(UNTOLD, 9, 7))
    assert "no_depth" not in told["unfolded"]
    assert f"edges, depth {told['unfolded']['depth']}" in report_text(told)


@pytest.mark.parametrize(
    ("text", "lengths", "reads"),
    [
        # Each place once for itself, and each line of ten once for all that read it.
        ("h(t, s) = sum(h(t-1, r) for r)", (10, 10), 100 + 10 * 10),
        ("h(t, s) = sum(h(t-1, r) for r) + sum(x(a, b) for a, b) + x(t, s)", (4, 5), 3 * 20 + 4 * 5 + 4 * 5 * 5 // 5),
        ("a(i, j) = a(i-1, j) + x(i) * p", (4, 5), 2 * 20),
        ("o(i) = sum(x(k, k) for k); x(i, j) : ()", (6, 6), 6 + 6),
    ],
)
def test_how_many_reads_a_walk_takes(text: str, lengths: tuple[int, ...], reads: int) -> None:
    circuit = Circuit(text)
    unfolding = circuit.unfold(dict(zip(circuit.axes, lengths, strict=False)))
    assert depth._DepthWalk(unfolding).reads == reads


# Along one axis --------------------------------------------------------------------------------------


@st.composite
def chains(draw: st.DrawFn, ahead_only: bool = False) -> tuple[str, int]:
    """Return the text of loops along one axis, each with a growth, a way and delays of its own, and their period.

    Each loop but the first reads those before it, at any place; a loop may have a head start by which a slower one is
    the deeper for long, pins that begin it anew, and ends that are written.
    """
    lines = ["x(t) : ()"]
    before: list[str] = []
    period = 1
    for letter in "abc"[: draw(st.integers(1, 3))]:
        count, way = draw(st.integers(1, 4)), "-" if ahead_only or draw(st.booleans()) else "+"
        names = [letter + "uvwy"[number] for number in range(count)]
        delays = [draw(st.integers(0, 3)) for _ in names]
        delays[0] = max(1, delays[0])
        period = lcm(period, sum(delays))
        for number, name in enumerate(names):
            read = f"{names[number - 1]}(t{way}{delays[number]})" if delays[number] else f"{names[number - 1]}(t)"
            others = draw(st.lists(st.sampled_from(_others(before, ahead_only)), max_size=2)) if before else []
            if draw(st.integers(0, 3)) == 0:
                # A second way round, slower and of another length: a multiple keeps the period as it is.
                others.append(f"{name}(t{way}{sum(delays) * draw(st.integers(1, 3))})")
            lines.append(f"{name}(t) = {' + '.join([read, *others])}")
        begun = max(int(part.split(")")[0]) for line in lines for part in line.split(f"{names[-1]}(t{way}")[1:])
        if draw(st.booleans()):
            start = draw(st.sampled_from([0, 1, 7, 40]))
            lines += [f"{letter}s{'qr'[at % 2] * (at + 1)} = tanh({_scalar(letter, at)})" for at in range(start)]
            places = [str(-at) if way == "-" else f"end+{at + 1}" for at in range(begun)]
            lines += [f"{names[-1]}({place}) = {_scalar(letter, start)}" for place in places]
        for place in draw(st.sets(st.integers(1, 25), max_size=2)):
            other = draw(st.sampled_from(["2", "x(end)", *(f"{name}({place + 1})" for name in before)]))
            lines.append(f"{draw(st.sampled_from(names))}({place}) = {other}")
        if draw(st.booleans()):
            lines.append(
                f"{letter}z = {draw(st.sampled_from(['sum({0}(k) for k)', '{0}(end)', '{0}(3)'])).format(names[0])}"
            )
            before.append(f"{letter}z")
        before += names
    return "\n".join(lines), period


def _scalar(letter: str, at: int) -> str:
    return f"{letter}s{'qr'[(at - 1) % 2] * at}" if at else "p"


def _others(before: list[str], ahead_only: bool) -> list[str]:
    """Return reads of what comes before."""
    forms = ["{0}(t)", "{0}(t-1)", "{0}(t-5)", "{0}(2)", "{0}(end)", "sum({0}(k) for k)"]
    forms += [] if ahead_only else ["{0}(t+1)", "{0}(t+4)"]
    return [form.format(name) if not name.endswith("z") else name for name in before for form in forms]


def _unfolded_chain(text: str, steps: int) -> Unfolding:
    try:
        return Circuit(text).unfold(steps)
    except CircuitError:
        # The pins of a chain may lie in one another's way.
        assume(False)
        raise


@examples(100)
@given(chains(), st.one_of(st.integers(0, 30), st.integers(31, 150)))
def test_depth_of_chains(chain: tuple[str, int], steps: int) -> None:
    unfolding = _unfolded_chain(chain[0], steps)
    expected = walked(unfolding)
    assert unfolding.depth == by_powers(unfolding) == expected
    assert by_bounds(unfolding) in (expected, None)


@examples(60)
@given(chains(ahead_only=True), st.one_of(st.integers(0, 30), st.integers(31, 150)))
def test_depth_of_chains_step_by_step(chain: tuple[str, int], steps: int) -> None:
    unfolding = _unfolded_chain(chain[0], steps)
    assume(forward.runs_forward(unfolding.model))
    assert by_steps(unfolding) == walked(unfolding)


@examples(12)
@given(chains(), st.integers(10**12, 10**12 + 100))
def test_depth_of_long_chains_grows_evenly(chain: tuple[str, int], steps: int) -> None:
    text, period = chain
    one, two, three = (by_powers(_unfolded_chain(text, steps + times * period)) for times in range(3))
    assert two - one == three - two
    # No machine word holds these.
    far = by_powers(_unfolded_chain(text, steps + period * 10**20))
    assert far - one == (two - one) * 10**20


@examples(20)
@given(chains(ahead_only=True), st.integers(10**12, 10**12 + 100))
def test_the_ways_to_a_depth_agree_where_nothing_could_be_walked(chain: tuple[str, int], steps: int) -> None:
    unfolding = _unfolded_chain(chain[0], steps)
    expected = by_powers(unfolding)
    assert by_bounds(unfolding) in (expected, None)
    if forward.runs_forward(unfolding.model):
        try:
            assert by_steps(unfolding) == expected
        except OutOfEffort:
            return


@_MANY
@given(st.one_of(circuits(), two_way()), st.integers(0, 60))
def test_depth_along_one_axis(text: str, steps: int) -> None:
    circuit = Circuit(text)
    lengths = lengths_of(circuit, (steps,))
    assume(lengths is not None)
    unfolding = circuit.unfold(lengths)
    expected = walked(unfolding)
    assert by_powers(unfolding) == depth._DepthWalk(unfolding).deepest() == expected
    assert by_bounds(unfolding) in (expected, None)
    if forward.runs_forward(unfolding.model):
        assert by_steps(unfolding) == expected


def _overtaken(start: int, other: str) -> str:
    """Return a slow loop with a head start, one that grows by 10 each 9 steps, and what else stands beside them."""
    scalars = "\n".join(f"s{'q' * at} = tanh({'p' if at == 1 else 's' + 'q' * (at - 1)})" for at in range(1, start))
    fast = "\n".join(
        f"{one}(t) = tanh({last}(t{'' if one == 'a' else '-1'}))"
        for last, one in zip("ladcbefijk", "adcbefijkl", strict=True)
    )
    return f"{scalars}\nh(0) = s{'q' * (start - 1)}\nh(t) = tanh(h(t-1))\n{fast}\n{other}"


@pytest.mark.parametrize("other", ["", "z(t) = tanh(z(t+1))", "z(t) = tanh(z(t-1)) + h(end)", "z(t) = sum(a(k) for k)"])
def test_what_is_deeper_for_long_may_be_overtaken(other: str) -> None:
    """Small graphs grow as the slow loop does, all alike: 100060 was concluded from them for 111111."""
    text = _overtaken(60, other)
    for steps in (100, 300) if "sum" in other else (100, 530, 540, 560, 700):
        unfolding = unfolded(text, steps)
        assert unfolding.depth == walked(unfolding)
    # The fast loop has overtaken after 9 * 60 steps, give or take.
    near, far = (by_powers(unfolded(text, 900 + 9 * times)) for times in (0, 10**6))
    assert far - near >= 10 * 10**6


def test_what_is_deeper_for_long_may_be_overtaken_on_two_axes() -> None:
    text = _overtaken(60, "").replace("(t", "(i, t").replace("h(0)", "h(i, 0)")
    for steps in (400, 10**6, 10**12):
        unfolding = unfolded(text, 5, steps)
        try:
            assert unfolding.depth == by_powers(unfolded(_overtaken(60, ""), steps))
        except CircuitError as error:
            assert "cannot be told" in error.message


@pytest.mark.parametrize("start", [3, 30, 60, 200])
@pytest.mark.parametrize(("edges", "delay"), [(2, 1), (3, 2), (5, 3)])
def test_a_loop_is_no_slower_than_what_it_reads(start: int, edges: int, delay: int) -> None:
    """A period that is found early ends where what grows faster outside the loop catches up.

    Here h has a head start and grows by 1 a step, while f, which it reads, grows faster: `forward._is_led`.
    """
    names = ["f", *"abcd"[: edges - 1]]
    around = "; ".join(
        f"{name}(t) = tanh({names[at - 1]}(t{'-1' if at < delay else ''}))" for at, name in enumerate(names)
    )
    text = f"{_scalars(start)}; h(0) = s{'q' * start}; h(t) = tanh(h(t-1) + f(t)); {around}"
    for steps in (1, 2, start - 1, start, start + 1, 2 * start + 40, 450):
        unfolding = unfolded(text, steps)
        assert by_steps(unfolding) == by_powers(unfolding) == walked(unfolding)
    far = unfolded(text, 10**12)
    assert by_steps(far) == by_powers(far) >= 10**12 * edges // delay


@pytest.mark.parametrize(
    "text",
    [
        "h(t) = h(t-1); h(100) = 2",
        "h(t) = h(t-1) + h(t-3); h(100) = h(58) + h(57); h(110) = 1",
        "h(t) = x(t); h(60) = g(59) * 2; g(t) = g(t-1); y(t) = h(t-1) + y(t-2)",
        "g(t) = g(t-1) + p; h(t) = 1; h(50) = g(50); y(t) = h(t-1); z(t) = max(z(t-2), y(t-1))",
        "h(t) = x(t); y(t) = h(t-1) + y(t-3); h(9) = y(8); h(45) = y(44)",
        # What h reads jumps at a place that h knows nothing of, and then goes on as before.
        f"{_scalars(90)}; g(t) = x(t); g(100) = s{'q' * 90}; f(t) = f(t-1) + g(t); h(t) = h(t-1) + f(t)",
        f"{_scalars(90)}; g(t) = x(t); g(100) = s{'q' * 90}; f(t) = f(t-2) + g(t); h(t) = h(t-3) + f(t-1)",
        # One of the steps of a period is the deepest, and it need not be the last.
        f"{_scalars(9)}; h(-4) = s{'q' * 9}; h(-3) = p; h(-2) = p; h(-1) = p; h(0) = p; h(t) = h(t-5); "
        "L = sum(h(t-4) for t)",
        f"{_scalars(9)}; h(-1) = s{'q' * 9}; h(0) = p; h(t) = h(t-2); L = sum(h(t) for t) + h(end-1); "
        "y(t) = y(t-1) + L",
    ],
)  # fmt: skip
def test_steps_beside_far_pins(text: str) -> None:
    for steps in (60, 61, 99, 100, 101, 102, 110, 120, 151, 250):
        unfolding = unfolded(text, steps)
        assert by_steps(unfolding) == by_powers(unfolding) == walked(unfolding)
    for steps in (10**12, 10**12 + 1, 10**12 + 2):
        far = unfolded(text, steps)
        assert by_steps(far) == by_powers(far)


def test_what_runs_forward() -> None:
    for text in ("h(t) = h(t-1) + x(end)", "h(t) = h(t-1); h(3) = x(end-1); o = h(end)", "o = sum(x(t) for t)"):
        assert forward.runs_forward(Circuit(text).model)
    for text in (
        "h(t) = h(t+1)",
        "h(t) = x(t+1)",
        "h(t) = h(t-1); h(end) = 2",
        "h(t) = h(t-1) + g(end+1); g(end+1) = 2; g(t) = 1",
        "h(t) = h(t-1); o(u) = o(u-1)",
    ):
        assert not forward.runs_forward(Circuit(text).model)


@pytest.mark.parametrize(
    "text",
    [
        # A read that reaches farther than another of the same name, outrun by a loop or not.
        "h(t) = h(t-1) + h(t-40)",
        "h(t) = h(t-2) + h(t-40) + x(t-3)",
        "h(t) = h(t-2) + h(t-41)",
        "h(t) = h(t-3) + h(t-40); h(7) = 2",
        "y(t) = h(t-1) + h(t-33); h(t) = h(t-2); z = y(end)",
        "y(t) = h(t) + h(t-4); h(t) = h(t-2); h(0) = k(3); h(-1) = p; h(-2) = k(9); h(-3) = k(1); k(t) = k(t-1)",
        "y(t) = y(t-4) + h(t) + h(t-32); h(t) = h(t-5)",
        # What is nearer lies the other way, where at the end nothing is.
        f"y(t) = h(t+3) + h(t-12); h(t) = h(t-1); p = y(end); {_scalars(60)}",
        # Off the edge stands what is deep.
        f"y(t) = h(t) + h(t-4); h(t) = h(t-2); h(0) = q; h(-1) = q; h(-2) = s{'q' * 90}; h(-3) = q; {_scalars(90)}",
        # The loop of the reader leads the other way.
        f"y(t) = y(t+1) + h(t) + h(t-4); h(t) = k(t); k(t) = x(t); k(3) = s{'q' * 140}; {_scalars(140)}",
        "y(t) = h(t+1) + h(t+33); h(t) = h(t+2) + x(t); h(end+1) = k(1); h(end+2) = k(2); k(t) = k(t-1); "
        "y(end) = 2; h(end+3) = 1; " + "; ".join(f"h(end+{at}) = 0" for at in range(4, 34)),
        "h(t) = h(t-12) + g(t+24); g(t) = g(t+12) + x(t-2); h(5) = h(3); h(17) = h(5); z = sum(h(t-1) for t)",
        "h(t) = h(t-12); h(7) = h(6); h(19) = h(18); h(6) = h(5)",
        # Pins that read close by, the same place, and what stands there or there not.
        "h(t) = h(t-1); g(t) = g(t-1) + h(t); h(3) = h(2) + x(3); g(5) = h(5); g(6) = g(4)",
        "h(t) = x(t-5); o = h(3) + p; l = h(1)",
        "h(t) = x(t-1); g(t) = h(t); g(end) = h(1); o = sum(g(t) for t)",
        "x(0) = x(end); x(t) : (); o(t) = x(t-1)",
        # Without places the end is the place before the first: h(0) reads itself, which is 0.
        "h(t) = x(t); h(0) = h(end); l = h(0)",
        "h(t) = h(t-1); h(1) = sum(x(t+1) for t); x(t) : ()",
        "a(t) = p; b(t) = 2; c(t) = a(t-1) + b(t+1)",
        "a(t) = a(t-1) + z; z = sum(y(u) for u); y(u) = y(u+2) + w(u); b(u) = b(u-1) + a(end)",
    ],
)
def test_depth_of_special_circuits_along_one_axis(text: str) -> None:
    try:
        circuit = Circuit(text)
    except CircuitError as error:
        pytest.fail(error.message)
    for steps in (0, 1, 2, 3, 4, 5, 6, 7, 19, 20, 33, 34, 40, 41, 42, 80, 83, 133):
        try:
            unfolding = circuit.unfold(dict.fromkeys(circuit.axes, steps))
        except CircuitError:
            # Some place that is read by its number is not there.
            assert steps < 40
            continue
        expected = walked(unfolding)
        assert unfolding.depth == by_powers(unfolding) == depth._DepthWalk(unfolding).deepest() == expected, steps
        assert by_bounds(unfolding) in (expected, None)
        if forward.runs_forward(unfolding.model):
            assert by_steps(unfolding) == expected
    by_powers(circuit.unfold(dict.fromkeys(circuit.axes, 10**12)))


@pytest.mark.parametrize("pin", ["2", "h({1})", "x({1}) * h({1})"])
def test_depth_beside_hundreds_of_pins(pin: str) -> None:
    """Pins that read alike are of one kind, and what is close by needs no hub."""
    pins = "; ".join(f"h({at}) = {pin.format(at, at - 1)}" for at in range(5, 1200, 4))
    circuit = Circuit(f"x(t) : (); h(t) = h(t-1) + x(t); g(t) = g(t+1) + h(t); {pins}")
    short, long = circuit.unfold(1500), circuit.unfold(10**12)
    assert short.depth == by_powers(short) == walked(short)
    line = powers._AxisLine(powers._Hubs(long), "t")
    assert len(line.read) == len(line.fed) == 1
    assert len({kind for kind, _, _ in line.stretches}) <= 8
    # There and back again.
    assert long.depth - short.depth == 2 * (10**12 - 1500)


def test_lines_of_every_so_many_places_stay_apart() -> None:
    """A pin that reads a place of another such line joins them by a hub, or a year of carried values would be kept."""
    for text, step, carried in (
        ("h(t) = h(t-365); h(7) = h(6); h(400) = h(35)", 365, 1),
        ("h(t) = h(t-24) + g(t+12); g(t) = g(t+36) + x(t-1)", 12, 2 + 3),
        ("h(t) = h(t-2) + h(t-365) + x(t-900)", 1, 365),
        ("h(t) = h(t-1) + h(t-365) + x(t-900)", 1, 1),
    ):
        line = powers._AxisLine(powers._Hubs(unfolded(text, 10**6)), "t")
        assert (line.step, len(line.ahead) + len(line.back)) == (step, carried)


# On several ------------------------------------------------------------------------------------------


@examples(80)
@given(st.one_of(lattices(), two_way()), st.tuples(st.integers(0, 14), st.integers(0, 12)))
def test_bounds_and_walks_on_several_axes(text: str, sizes: tuple[int, int]) -> None:
    circuit = Circuit(text)
    lengths = lengths_of(circuit, sizes)
    assume(lengths is not None)
    unfolding = circuit.unfold(lengths)
    expected = walked(unfolding)
    walk = depth._DepthWalk(unfolding)
    assert walk.deepest() == expected
    # What a walk keeps is counted, whatever a statement reads.
    assert all(boxes.volume(one.domain) <= one.reads for one in walk.readers if one.ways or one.least)
    assert by_bounds(unfolding) in (expected, None)


@pytest.mark.parametrize(
    "text",
    [
        "h(t, s) = sum(h(t-1, r) for r) + x(s, t)",
        "h(t, s) = sum(h(t-1, r+1) for r) + x(s); h(1, s) = g(s) + h(1, s-1); g(s) = g(s-1)",
        "a(i, j) = a(i-1, j) + x(i, j); b(i) = b(i-1) + sum(a(k, k) for k); c(j) = sum(a(k+1, k-1) for k) + c(j+1)",
        "a(i, j) = a(i-1, j) + x(i, j); o(i) = a(i, i-1) + o(i-1); a(i, 0) = y(i)",
        "a(i, j) = a(i-1, j+1) + x(i, j); b(i, j) = b(i-1, j) + a(j, i)",
        "a(i, j) = a(i, j-1) + y(i-1); y(i) = a(i, end)",
        # On the diagonal nothing is as deep as off it.
        f"a(i, j) = a(i-1, j+1) + x(i, j); p = sum(a(k, k) for k); {_scalars(30)}",
        "u(t, i) = u(t-1, i) + x(t, i); u(t, 0) = u(t, end); l(t) = u(t, 0)",
        "a(i, j) = a(i-1, j); a(2, j) = a(2, j-1) + sum(a(1, k) for k); o = sum(a(i, j) for i, j)",
        "u(t, i) = u(t-1, i-1) + u(t-1, i+1); u(t, 0) = p; u(t, end+1) = u(t-1, 1); u(0, i) = seed(i); "
        "u(0, 0) = 1; u(0, end+1) = 2",
    ],
)
def test_depth_of_special_circuits_on_two_axes(text: str) -> None:
    circuit = Circuit(text)
    for sizes in ((2, 2), (3, 5), (7, 2), (12, 12), (4, 0), (0, 3)):
        lengths = lengths_of(circuit, sizes)
        if lengths is None:
            assert 0 in sizes
            continue
        unfolding = circuit.unfold(lengths)
        expected = walked(unfolding)
        assert unfolding.edges.size == unfolding.to_networkx().number_of_edges()
        assert unfolding.depth == depth._DepthWalk(unfolding).deepest() == expected
        assert by_bounds(unfolding) in (expected, None)


def test_one_bound_name_in_two_positions_is_a_diagonal() -> None:
    """Its edges were counted as those of the whole square."""
    for read, many in (
        ("sum(a(k, k) for k)", 5),
        ("sum(a(k, k-1) for k)", 4),
        ("sum(a(k, k-1) for k) + sum(a(r, r) for r) + sum(a(k+1, k+1) for k)", 9),
        ("sum(a(k, k) for k) + sum(a(k, 2) for k)", 9),
        ("sum(a(k, k) for k) + a(i, i+1) + a(3, 3) + a(i, i)", 9),
        ("sum(a(k, k) for k) + sum(a(k, l) for k, l)", 25),
    ):
        unfolding = unfolded(f"x(i, j) : (); a(i, j) = x(i, j) + x(j, i); b(i) = {read}", 5)
        assert unfolding.to_networkx().in_degree(("b", (1,))) == many - ("a(3, 3)" in read) * 3
        assert unfolding.edges.size == unfolding.to_networkx().number_of_edges()


def _edges(graph: bounds._StatementBoxes, reader: str, source: str) -> bounds._EdgeFamily:
    """Return the first edges between two names."""
    pieces = graph.pieces
    return next(e for e in graph.edges if (pieces[e.reader].name, pieces[e.source].name) == (reader, source))


def test_a_walk_goes_round_again_only_where_all_of_it_moves_alike() -> None:
    """What passes a fixed place is there again whatever it moved by before; what runs over an axis may choose."""
    text = "a(i, j) = a(i-1, j) + c(j-1) + d(j-1); c(j) = a(end, j); d(j) = sum(a(k, j) for k)"
    unfolding = unfolded(text, 20, 20)
    graph = bounds._StatementBoxes(unfolding)
    heights = bounds._Heights(graph, {}, Effort(10**6))
    search = bounds._PathSearch(graph, heights, heights.top // heights.unit)
    down = bounds._EdgeRun(_edges(graph, "a", "a"), (20, 9), (20, 9))
    fixed = [
        bounds._EdgeRun(_edges(graph, "a", "c"), (17, 9), (17, 9)),
        bounds._EdgeRun(_edges(graph, "c", "a"), (8,), (8,)),
    ]
    free = [
        bounds._EdgeRun(_edges(graph, "a", "d"), (17, 9), (17, 9)),
        bounds._EdgeRun(_edges(graph, "d", "a"), (8, 14), (8, 14)),
    ]
    piece = graph.by_name["a"][0]

    def steps(by: tuple[int, int], *parts: Any) -> list[tuple[int, ...]] | None:
        moved = search._moved(piece, by, parts)
        return None if moved is None else [found for _, found in moved]

    assert steps((-1, 0), down) == [(-1, 0)]
    assert steps((0, -1), *fixed) == [(0, -1), (-1,)]
    assert steps((-3, -1), *fixed) is None
    assert steps((-3, -1), *free) == [(-3, -1), (-1, -3)]
    # What is gone round several times is left as it was come to, also where later parts would make up for it.
    assert steps((-3, -1), True, *free, False) == [(-3, -1), (-1, -3)]
    assert steps((-3, -1), *fixed, *free) == [(-3, -1), (-1,), (0, -1), (-1, -3)]
    assert steps((-3, -1), True, *fixed, False, *free) is None


def test_a_walk_that_went_round_tells_so() -> None:
    unfolding = unfolded("a(i, j) = a(i-1, j) + a(i, j-1) + x(i, j)", 20, 30)
    graph = bounds._StatementBoxes(unfolding)
    heights = bounds._Heights(graph, {}, Effort(10**6))
    search = bounds._PathSearch(graph, heights, heights.top // heights.unit)
    first = bounds._PartialPath(graph.by_name["a"][0], (20, 30), 0, 0)
    second = next(walk for walk in search._farther(first) if walk.place == (19, 30))
    (third,) = search._rounds(second)
    assert (third.place, third.length) == ((1, 30), 19)
    opened, part, closed = third.parts
    assert (opened, closed) == (True, False)
    assert isinstance(part, bounds._EdgeRun)
    assert (part.low, part.high) == ((2, 30), (19, 30))


@pytest.mark.parametrize(
    ("source", "depth"),
    [
        ("x(t) : (); y(t) = x(t) + sum(y(s) for s in 1..t-1)", 10**12),
        ("C(n) = sum(C(k)*C(n-1-k) for k in 0..n-1); C(0) = 1", 10**12),
        ("x(t) : (); b(t) = x(t) + sum(b(s) for s in t+1..end(t)); L = sum(b(s) for s in 1..end(t))", 10**12 + 1),
        ("x(t) : (); y(t) = sum(x(s) for s in 1..t); z(t) = z(t-1) + sum(y(s) for s in 1..t-1)", None),
        ("h(t) = h(t-1) + h(t-3) for t in 5..end-2", 10**12 - 7),
        ("y(t) = y(t-1) if t > 1 else s1", 10**12),
    ],
)
def test_ranges_of_a_million_million_steps(source: str, depth: int | None) -> None:
    unfolding = Circuit(source).unfold(10**12)
    if depth is None:
        # What y(s) is no deeper by, nothing tells.
        with pytest.raises(CircuitError, match="how deep this graph is cannot be told without walking it"):
            _ = unfolding.depth
    else:
        assert unfolding.depth == depth
    short = Circuit(source).unfold(12)
    assert short.depth == networkx.dag_longest_path_length(short.to_networkx())


@pytest.mark.parametrize("text", ["r(u) = sum(q(s) for s in 1..u)", "r(u) = sum(q(s) for s in u..u)", "r(u) = q(2*u)"])
def test_what_reads_along_another_axis_is_as_deep_as_its_longest_path(text: str) -> None:
    for s, u in product((0, 1, 3, 5), (1, 3, 5)):
        unfolding = Circuit(f"q(s) = q(s-1) + 1; {text}").unfold({"s": s, "u": u})
        assert unfolding.depth == walked(unfolding)


@st.composite
def texts_of_histories(draw: st.DrawFn) -> str:
    """Return a text of two signals that read ranges of each other, all before their readers or all behind them."""
    lines = ["x(t) : ()"]
    by = draw(st.integers(1, 3))
    ahead = ["NAME(t-1)", "NAME(t-2)", f"sum(NAME(s) for s in 1..t-{by})", f"sum(NAME(t-1-s) for s in 0..t-{by})",
             f"sum(NAME(s) for s in 0..t-{by})", "sum(NAME(t-k) for k in 1..2)"]  # fmt: skip
    back = ["NAME(t+1)", f"sum(NAME(s) for s in t+{by}..end(t))", "sum(NAME(t+s) for s in 1..end(t))",
            f"sum(NAME(s) for s in t+1..end(t)-{by - 1})"]  # fmt: skip
    ways = draw(st.sampled_from([ahead, back]))
    others = [[], ["x(t)"], ["sum(x(s) for s in 1..t)"], ["sum(x(s) for s in t-1..t+1)"]]
    for name in "ab":
        parts = [draw(st.sampled_from(ways)).replace("NAME", one) for one in draw(st.sampled_from(["a", "b", "ab"]))]
        parts += draw(st.sampled_from(others))
        where = draw(st.sampled_from(["", "", " for t in 2..end", " for t in 0..end", " for t in 1..end-1"]))
        lines.append(f"{name}(t) = {' + '.join(parts)}{where}")
        lines += draw(st.sampled_from([[], [f"{name}(0) = 1"], [f"{name}(3) = x(1)"], [f"{name}(end) = 2"]]))
    lines += draw(st.sampled_from([[], ["L = sum(a(s) for s in 1..end(t))"]]))
    return "; ".join(lines)


@examples(60)
@given(texts_of_histories(), st.integers(0, 12))
def test_histories_are_as_deep_as_their_longest_path(source: str, steps: int) -> None:
    try:
        unfolding = Circuit(source).unfold(steps)
    except CircuitError:
        reject()
    assert unfolding.depth == networkx.dag_longest_path_length(unfolding.to_networkx())
