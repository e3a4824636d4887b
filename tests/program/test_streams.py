"""Runs that go on where another ended: together they are the whole run, wherever it is cut."""

from __future__ import annotations

import copy
import importlib.util
import pickle
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import pytest
from generators.circuits import BATCHES, arrays, circuits, everything, networks, on_parts, opaque
from hypothesis import assume, given
from hypothesis import strategies as st
from support.profiles import examples

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.program.schedule import schedule_of

pytestmark = pytest.mark.filterwarnings("ignore::unfoldgraph.base.errors.CircuitWarning")

with_numba = pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="needs Numba")
ONE_AXIS = st.one_of(circuits(), circuits(vectors=True), on_parts(), networks(), opaque(), everything())


def assert_one_run(circuit: Circuit, cuts: list[int], data: dict[str, Any], **options: Any) -> None:
    """Compare runs of so many steps each, one after the other, with the run of all of them."""
    ((axis, *_),) = {axes for axes in circuit.model.axes_by_name.values() if axes}
    program = circuit.compile(**options)
    total = sum(cuts)
    shared = {name: value for name, value in data.items() if name not in circuit.inputs}
    later = {name: value for name, value in shared.items() if name not in boundaries(circuit)}
    with np.errstate(all="ignore"):
        whole = program(**data, **steps_of(circuit, total))
        state = None
        for first, last in pairwise([0, *accumulate(cuts)]):
            inputs = {name: cut(circuit, name, data[name], slice(first, last)) for name in circuit.inputs}
            own = steps_of(circuit, last - first)
            if state is None:
                result = program(**inputs, **shared, **own)
            else:
                result = program(**inputs, **later, **own, state=state)
            before = {name: cut(circuit, name, data[name], slice(0, last)) for name in circuit.inputs}
            prefix = program(**before, **shared, **steps_of(circuit, last))
            for name in dict.keys(whole):
                expected = prefix[name]
                if circuit.model.signals[name] == (axis,):
                    expected = cut(circuit, name, whole[name], slice(first, last))
                assert result[name].shape == expected.shape, name
                assert result[name].dtype == expected.dtype, name
                np.testing.assert_allclose(result[name], expected, rtol=1e-9, atol=1e-9, err_msg=name)
            state = result.state


def boundaries(circuit: Circuit) -> set[str]:
    return {boundary.argument for boundary in circuit.model.free}


def steps_of(circuit: Circuit, steps: int) -> dict[str, int]:
    return {} if circuit.inputs else {"steps": steps}


def cut(circuit: Circuit, name: str, values: Any, steps: slice) -> Any:
    rank = circuit.model.rank(name)
    assert rank is not None
    return values[(..., steps, *[slice(None)] * rank)]


def assert_stepped(circuit: Circuit, steps: int, data: dict[str, Any], **options: Any) -> None:
    """Compare one step after the other with the run of all of them."""
    program = circuit.compile(**options)
    with np.errstate(all="ignore"):
        step = program.stepper(**{name: value for name, value in data.items() if name not in circuit.inputs})
        for at in range(steps):
            own = {name: at_step(circuit, name, data[name], at) for name in circuit.inputs}
            result = step(**own)
            before = {name: cut(circuit, name, data[name], slice(0, at + 1)) for name in circuit.inputs}
            prefix = program(**{**data, **before}, **steps_of(circuit, at + 1))
            assert [*dict.keys(result)] == [*dict.keys(prefix)]
            for name, value in dict.items(prefix):
                expected = at_step(circuit, name, value, at) if circuit.model.signals[name] else value
                assert np.shape(result[name]) == expected.shape, name
                assert np.asarray(result[name]).dtype == expected.dtype, name
                np.testing.assert_allclose(result[name], expected, rtol=1e-9, atol=1e-9, err_msg=name)
                if isinstance(result[name], np.ndarray):
                    # Nobody else goes by what a caller does with results and inputs.
                    result[name][...] = np.nan
            for value in own.values():
                value[...] = np.nan


def at_step(circuit: Circuit, name: str, values: Any, at: int) -> Any:
    rank = circuit.model.rank(name)
    assert rank is not None
    return values[(..., at, *[slice(None)] * rank)].copy()


@examples(40)
@given(ONE_AXIS, st.data())
def test_a_run_is_as_good_as_several_and_as_its_steps(text: str, data: st.DataObject) -> None:
    circuit = Circuit(text)
    assume(len({axis for axes in circuit.model.axes_by_name.values() for axis in axes}) == 1)
    assume(all(circuit.model.rank(name) is not None for name in circuit.model.shapes))
    cuts = data.draw(st.lists(st.integers(0, 3), min_size=2, max_size=5))
    batch = data.draw(st.sampled_from(BATCHES))
    given_ = arrays(circuit, sum(cuts), data.draw(st.integers(0, 99)), batch)
    plain = data.draw(st.booleans())
    try:
        first = circuit.compile()(**arrays(circuit, cuts[0], 0, batch), **steps_of(circuit, cuts[0]))
    except CircuitError:
        # It reads a place that so few steps do not have.
        assume(False)
    try:
        assert "after" in repr(first.state)
    except CircuitError as error:
        assert "has no state to go on from" in error.message
        assert not schedule_of(circuit.model, None).only_looks_back, error.message
        with pytest.raises(CircuitError, match="has no state to go on from"):
            circuit.compile().stepper()
        assume(False)
    assert_one_run(circuit, cuts, given_, plain=plain)
    if cuts[0] < 2:
        assert_stepped(circuit, sum(cuts), given_, plain=plain)


# What goes on --------------------------------------------------------------------------------------------

#: Circuits whose first steps are others: written boundaries, pins, ranges, and the number of a step as a number.
FIRST_STEPS = {
    "pins": "F(t) = F(t-1) + F(t-2); F(1) = 1; F(2) = 1",
    "a number": "x(t) : (); m(t) = 0.5*m(t-1) + x(t) / (1 - 0.5**t)",
    "a written boundary": "x(t) : (); y(t) = 0.5*y(t-1) + x(t-2); y(0) = p; x(0) = 1; x(-1) = 2",
    "a range": "x(t) : (); y(t) = y(t-1) + x(t) for t in 3..end; y(1) = p; y(2) = 2*p",
    "an early range": "x(t) : (); y(t) = x(t) for t in 1..2; z(t) = 0.5*z(t-1) + y(t-1)",
    "a fixed place": "x(t) : (); y(t) = 0.5*y(t-1) + x(t) - x(1) + y(1); y(1) = p; y(2) = x(1)",
    "a part by its number": "x(t) : (); b : 20; y(t) = b[t-1] * x(t)",
    "a window": "x(t) : (); h : M; y(t) = sum(h[k] * x(t-k) for k in 0..M-1)",
    "a window of steps": "x(t) : (); y(t) = sum(k * x(k) for k in t-2..t if k > 0)",
    "an entry of a fixed place": "x(t) : 3; y(t) = 0.5*y(t-1) + x(1)[0] * sum(x(t)) + b[-1]; b : 20",
    "the end": "x(t) : (); y(t) = 0.5*y(t-1) + x(t); o = y(end) - y(end-2); n = y(end) / end(t)",
    "a condition": "x(t) : (); y(t) = x(t) if t == 1 else 0.5*y(t-1) + x(t)",
}


@pytest.mark.parametrize("target", ["numpy", pytest.param("numba", marks=with_numba)])
@pytest.mark.parametrize("name", FIRST_STEPS)
def test_first_steps_count_once(name: str, target: str) -> None:
    circuit = Circuit(FIRST_STEPS[name])
    data = {**arrays(circuit, 7, 3), **({"h": np.arange(1.0, 4.0)} if "h" in circuit.parameters else {})}
    data |= {"b": np.arange(20.0)} if "b" in circuit.parameters else {}
    for cuts in ([2, 0, 3, 2], [4, 1, 1, 1], [5, 2]):
        assert_one_run(circuit, cuts, data, target=target)
    assert_stepped(circuit, 7, data, target=target)


def test_written_out_for_some_steps() -> None:
    circuit = Circuit("x(t) : (); y(t) = 0.5*y(t-1) + t*x(t)")
    whole = circuit.compile()(x=np.arange(6.0))
    program = circuit.compile(steps=3)
    first = program(x=np.arange(3.0))
    np.testing.assert_allclose(program(x=np.arange(3.0, 6.0), state=first.state).y, whole.y[3:])


def test_each_sequence_goes_on_from_its_own_end() -> None:
    circuit = Circuit("x(t) : (); y(t) = 0.5*y(t-1) + t*x(t-1); o = y(end)")
    random = np.random.default_rng(0)
    program, x, more = circuit.compile(), random.normal(size=(3, 5)), random.normal(size=(3, 4))
    ends = np.array([5, 1, 3])
    first = program(x=x, lengths=ends)
    later = program(x=more, lengths=[2, 4, 0], state=first.state)
    last = program(x=more[:, :1], state=later.state)
    for at, (end, then) in enumerate(zip(ends, [2, 4, 0], strict=True)):
        whole = program(x=np.concatenate([x[at, :end], more[at, :then], more[at, :1]]))
        np.testing.assert_allclose(later.y[at, :then], whole.y[end:-1])
        np.testing.assert_allclose([later.o[at], last.o[at]], [whole.y[-2], whole.o])


def test_a_state_is_pickled_and_stands_for_itself() -> None:
    program = Circuit("x(t) : n; h(t) = tanh(W @ h(t-1) + U @ x(t-1))").compile()
    random = np.random.default_rng(0)
    x, own = random.normal(size=(6, 2)), {"W": random.normal(size=(3, 3)), "U": random.normal(size=(3, 2))}
    whole = program(x=x, **own)
    given_ = x[:4].copy()
    first = program(x=given_, **own)
    state = first.state
    # Neither what was given nor what is returned is looked at again.
    given_[:], first.h[:] = np.nan, np.nan
    for one in (state, pickle.loads(pickle.dumps(state)), copy.deepcopy(state)):
        np.testing.assert_allclose(program(x=x[4:], state=one, **own).h, whole.h[4:])
    assert repr(state) == "<State after 4 steps: 1 of h, 1 of x>"
    # What it is given for the next time does not go by what the caller does meanwhile.
    again = program(x=x[:4], **own)
    again.h[:] = np.nan


def test_single_precision_stays() -> None:
    program = Circuit("x(t) : (); y(t) = a*y(t-1) + x(t)").compile()
    x = np.arange(4, dtype=np.float32)
    first = program(x=x, a=0.5)
    assert program(x=x, a=0.5, state=first.state).y.dtype == np.float32
    step = program.stepper(a=0.5)
    assert {step(x=one).y.dtype for one in x} == {np.dtype(np.float32)}


def test_a_stepper_and_a_program_hand_over_to_each_other() -> None:
    circuit = Circuit("x(n) : (); y(n) = b[0]*x(n) + b[1]*x(n-2) - a*y(n-1)")
    program, x, own = circuit.compile(), np.random.default_rng(0).normal(size=9), {"b": np.array([1.0, 2.0]), "a": 0.3}
    whole = program(x=x, **own).y
    step = program.stepper(**own)
    found = [step(x=one).y for one in x[:4]]
    later = program(x=x[4:7], state=step.state, **own)
    other = program.stepper(state=later.state, **own)
    np.testing.assert_allclose([*found, *later.y, *(other(x=one).y for one in x[7:])], whole)
    assert step.state is not None and step.state.done == 4


def test_a_stepper_takes_what_comes() -> None:
    """A batch from some step on, whole numbers, lists; what does not fit is refused as in a run, and nothing moves."""
    program = Circuit("x(t) : n; h(t) = tanh(W @ h(t-1) + x(t)); o = sum(h(end))").compile(outputs=["o"])
    step = program.stepper(W=np.eye(2))
    assert [*step(x=[1, 2])] == ["o"]
    step(x=np.array([1.0, 2.0]))
    for wrong, sentence in (([1.0], "x"), (None, "numbers"), ("a", "numbers")):
        with pytest.raises(CircuitError, match=sentence):
            step(x=wrong)
    with pytest.raises(CircuitError, match="not an argument"):
        step(x=[1, 2], y=3)
    assert step.state is not None and step.state.done == 2
    assert step(x=np.ones((3, 2))).o.shape == (3,)
    assert step(x=np.ones(2)).o.shape == (3,)


def test_a_signal_may_be_called_state() -> None:
    program = Circuit("x(t) : (); state(t) = 0.5*state(t-1) + x(t)").compile()
    first = program(x=np.ones(3))
    assert first["state"].shape == (3,) and first.state.done == 3
    np.testing.assert_allclose(program(x=np.ones(2), state=first.state)["state"], program(x=np.ones(5))["state"][3:])


# What does not -------------------------------------------------------------------------------------------

REFUSED = {
    "x(t) : (); y(t) = y(t+1) + x(t)": "y(t+1) may be a later step",
    "c(i, j) = c(i-1, j) + x(i, j)": "it has the axes i, j, and a run goes on along one",
    "y = a + 1": "it has no axis",
    "x(t) : (); y(t) = x(t) / end(t)": "y(t) goes by how many steps there are",
    "x(t) : (); y(t) = x(t); o = sum(y(t) for t)": "sum(y(t) for t) is of ever more steps",
    "x(t) : (); y(t) = sum(x(k) for k in 1..t)": "sum(x(k) for k in 1..t) is of ever more steps",
    "x(t) : (); y(t) = y(t-1) + x(t); y(end) = 0": "y(end) stands at the end, and a later run has another one",
    "x(t) : (); y(t) = y(t-1) + x(t) for t in 2..end-1": "where y(t) stands goes by more than a number",
    "x(t), d(t) : (); y(t) = x(t - floor(d(t)))": "x(t - floor(d(t))) may be any step",
    "x(t) : (); y(t) = y(t-1) - y(0) + x(t); y(0) = 1": "y(0) lies before the first step, and is read later on",
    "x(t) : (); y(t) = y(t-1) + x(t); y(1) = x(3)": "x(3) is later than y(1), which reads it",
}


@pytest.mark.parametrize("text", REFUSED)
def test_why_a_run_cannot_go_on(text: str) -> None:
    circuit = Circuit(text)
    data = arrays(circuit, dict.fromkeys(circuit.axes, 4), 0)
    data |= {"d": np.zeros(4)} if "d" in circuit.inputs else {}
    program = circuit.compile()
    result = program(**data)
    sentence = f"a run of this circuit has no state to go on from: {REFUSED[text]}"
    for asked in (lambda: result.state, program.stepper):
        with pytest.raises(CircuitError) as raised:
            asked()
        assert raised.value.message == sentence


def test_what_does_not_belong_to_a_state_is_refused() -> None:
    circuit = Circuit("x(t) : (); y(t) = a*y(t-1) + x(t); z(t) = 2*y(t)")
    program = circuit.compile()
    state = program(x=np.ones(3), a=0.5).state
    refused = {
        "y0 is given, but a state says what comes before": lambda: program(x=np.ones(3), a=0.5, y0=1.0, state=state),
        "state: expected that of a result, got dict": lambda: program(x=np.ones(3), a=0.5, state={}),
        "this state is of another circuit": lambda: Circuit("x(t) : (); y(t) = y(t-1) + x(t)").compile()(
            x=np.ones(3), state=state
        ),
        "the state needs y, which is no output": lambda: circuit.compile(outputs=["z"])(x=np.ones(3), a=0.5).state,
        "x: a stepper takes inputs when it is called": lambda: program.stepper(x=np.ones(3)),
        "'c' is not an argument of this circuit": lambda: program.stepper(c=np.ones(3)),
        "only what a program has returned, and not a copy of it, has a state": lambda: (
            circuit.unfold(3).evaluate(x=np.ones(3), a=0.5).state
        ),
    }
    for sentence, asked in refused.items():
        with pytest.raises(CircuitError) as raised:
            asked()
        assert raised.value.message == sentence


def test_parameters_stay_while_first_steps_matter() -> None:
    program = Circuit("x(t) : (); y(t) = a*y(t-1) + x(t); y(3) = 0").compile()
    first = program(x=np.ones(2), a=0.5)
    with pytest.raises(CircuitError, match="a is another than before, after 2 steps"):
        program(x=np.ones(2), a=0.6, state=first.state)
    later = program(x=np.ones(2), a=0.5, state=first.state)
    assert program(x=np.ones(1), a=0.6, state=later.state).y[0] == pytest.approx(0.6 * later.y[-1] + 1)


def test_what_a_caller_does_with_results_changes_no_state() -> None:
    program = Circuit("x(t) : (); s(t) = s(t-1) + x(t)").compile()
    x = np.arange(6.0)
    first = program(x=x[:3])
    first.s[:] = 99
    later = program(x=x[3:5], state=first.state)
    later.s[:] = 99
    np.testing.assert_allclose(program(x=x[5:], state=later.state).s, program(x=x).s[5:])


def test_a_shape_that_nothing_tells_is_refused() -> None:
    circuit = Circuit("x(t) : (); s(t) = f(s(t-1), x(t))")
    first = circuit.compile()(x=np.ones((2, 4)), f=lambda s, x: s * 0.5 + x)
    with pytest.raises(CircuitError, match="nothing tells the shape of s") as raised:
        assert first.state
    assert raised.value.help == "declare it, as in s(t) : n"


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no input": ({"x": None}, "x"),
    "no steps": ({"y": 1.0}, "y"),
    "text": ({"x": "abc"}, "x"),
    "a mask": ({"y": np.ma.masked_array([1.0, 2.0], [0, 1])}, "y"),
    "ragged": ({"y": [[1.0], [1.0, 2.0]]}, "y"),
    "another parameter": ({"k": "a"}, "k"),
    "negative steps": ({"steps": -1}, "steps"),
    "text for steps": ({"steps": "a"}, "steps"),
    "another axis": ({"steps": {"u": 2}}, "axis"),
    "text for lengths": ({"lengths": "ab"}, "lengths"),
    "lengths below 0": ({"lengths": -1}, "lengths"),
}


@pytest.mark.parametrize("done", [1, 5])
@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_with_a_later_run_is_told_as_for_a_first_one(what: str, done: int) -> None:
    program = Circuit("x(t), y(t) : (); s(t) = s(t-1) + k * x(t) * y(t-1); s(1) = 0; s(3) = 1; k : ()").compile()
    state = program(x=np.ones(done), y=np.ones(done), k=1.0).state
    changed, word = WRONG[what]
    given_ = {"x": np.ones(2), "y": np.ones(2), "k": 1.0, **changed}
    with pytest.raises(CircuitError, match=word):
        program(state=state, **{name: value for name, value in given_.items() if value is not None})


@pytest.mark.parametrize("steps", ["a", -1, {"u": 2}, 1.5, None])
@pytest.mark.parametrize("done", [1, 5])
def test_numbers_of_later_steps_are_checked(steps: Any, done: int) -> None:
    program = Circuit("s(t) = s(t-1) + t; s(1) = 2; s(3) = 4").compile()
    state = program(steps=done).state
    with pytest.raises(CircuitError, match=r"steps|axis"):
        program(steps=steps, state=state)


def test_a_stepper_of_what_is_written_out_takes_one_step() -> None:
    step = Circuit("x(t) : (); s(t) = s(t-1) + x(t)").compile(steps=3).stepper()
    assert [step(x=one).s for one in (1.0, 2.0, 3.0, 4.0)] == [1, 3, 6, 10]
    assert {type(step(x=1.0).s) for _ in range(3)} == {np.float64}
