"""What is public can be pickled, into another process too, and copied: it answers as before."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from support.answers import answers
from support.paths import ROOT, TESTS

import unfoldgraph
from unfoldgraph import Circuit, CircuitError, sum_over, tanh
from unfoldgraph.model.calling_convention import Result
from unfoldgraph.program.compiled import Program

#: As many terms and steps as would be too deep for what calls itself once for each.
TERMS, STEPS = 10_000, 5_000
REDUCTIONS = """
title "Values inside of reductions: \\\\ and \\""
x(t) : n; z(i, j) : (); W : (m, n)
y(t) = sum(k[j] * x(t-j)[1:] for j in 0..2) + 1 / 3
a = sum(W @ x(t) * t for t)
b = max(-inf, mean(sum(x(t)[1:n]) * 0.1 for t)) + sum(z(i, i) for i)
"""


def built() -> Circuit:
    """Return a circuit that is written in Python."""
    circuit = Circuit(name="elman", title="Written in Python")
    t, j = circuit.axis("t"), circuit.range("j", 0, 2)
    x, k = circuit.input("x", t, shape="n"), circuit.parameter("k", shape=3)
    W, b = circuit.parameters("W: (m, n)", "b: m")
    h = circuit.signal("h", t, shape="m")
    f = circuit.define("swell", lambda v: tanh(v) / 3)
    h[t] = f(b + W @ sum_over(k[j] * x[t - j], j)) + h[t - 1]
    return circuit


def built_of_many_terms() -> Circuit:
    """Return a circuit that is written in Python, whose sum is a long chain."""
    circuit = Circuit()
    t = circuit.axis("t")
    s = circuit.signal("s", t)
    total = s[t - 1]
    for number in range(TERMS // 4):
        total = total + number
    s[t] = total
    return circuit


def from_sympy() -> Circuit:
    """Return a circuit that is read from SymPy."""
    from sympy import Eq, Function, symbols

    s, (k, r) = Function("s"), symbols("k r")
    return Circuit.from_sympy(Eq(s(k), r * s(k - 1) * (1 - s(k - 1))), name="logistic", title="From SymPy")


@cache
def many_terms() -> Circuit:
    """Return a circuit whose sum is a long chain."""
    return Circuit(f"y(t) = y(t-1) + {' + '.join(f'p{number % 7}' for number in range(TERMS))}")


def refused(text: str) -> CircuitError:
    """Return what is wrong with a text."""
    with pytest.raises(CircuitError) as raised:
        Circuit(text)
    return raised.value


def computed() -> Result:
    """Return results whose names are those of methods of a dictionary, too."""
    return Circuit("keys(t) = keys(t-1) + x(t); values = keys(end)").compile()(x=[[1, 2], [3, 4]])


def asked_before(expansion: Any) -> Any:
    """Return an expansion that has been asked for everything already, and remembers some."""
    answers(expansion)
    return expansion


WALK = "s(t) = s(t-1) + x(t)"
THINGS: dict[str, Callable[[], Any]] = {
    "a circuit of the gallery": lambda: Circuit.gallery("lstm"),
    "a circuit of the gallery that meets in fronts": lambda: Circuit.gallery("edit-distance"),
    "a circuit from text": lambda: Circuit("h(t) = f(h(t-1), x(t); theta)", name="a b"),
    "a circuit with reductions": lambda: Circuit(REDUCTIONS),
    "a circuit with warnings": lambda: Circuit("x(t) : n; W : m; s(t) = s(t-1) + x(t); g(0) = 1; g(t) = 2"),
    "a circuit written in Python": built,
    "a circuit that is not right yet": lambda: Circuit(name="nothing yet"),
    "a circuit from SymPy": from_sympy,
    "a circuit of many terms": many_terms,
    "a circuit of many terms written in Python": built_of_many_terms,
    "names": lambda: Circuit.gallery("rnn").parameters,
    "boundaries": lambda: Circuit.gallery("fibonacci").boundaries,
    "an unfolding": lambda: Circuit.gallery("rnn").unfold(4),
    "an unfolding over two axes": lambda: Circuit.gallery("pascal").unfold(n=3, k=4),
    "its nodes and edges": lambda: [Circuit.gallery("rnn").unfold(4).nodes, Circuit.gallery("rnn").unfold(4).edges],
    "a very long unfolding": lambda: Circuit(WALK).unfold(10**12),
    "an unfolding of many terms": lambda: many_terms().unfold(2),
    "an expansion": lambda: asked_before(Circuit.gallery("rnn").expand("h", 3)),
    "an expansion of reductions": lambda: Circuit(REDUCTIONS).expand("b", {"t": 3, "i": 2, "j": 2}),
    "an expansion of many terms": lambda: asked_before(many_terms().expand("y", 1)),
    "an expansion of many steps": lambda: asked_before(Circuit(WALK).expand("s", STEPS)),
    "the lines of a formula": lambda: [*Circuit(WALK).expand("s", 3).steps(), *Circuit(WALK).expand("s", 3).let()],
    "the lines of many steps": lambda: Circuit(WALK).expand("s", STEPS).let(),
    "a signature": lambda: Circuit(WALK).expand("s", 3).signature,
    "a drawing": lambda: Circuit.gallery("lstm").draw(),
    "a drawing with a legend": lambda: Circuit.gallery("rnn").draw(steps=3, theme="dark", legend=True),
    "a drawing of operations": lambda: Circuit.gallery("gru").draw(detail="operations", layout="own"),
    "a drawing in numbers": lambda: Circuit.gallery("logistic-map").draw(steps=2, values={"r": 3.2, "s0": 0.5}),
    "a result": computed,
    "a program": lambda: Circuit.gallery("lstm").compile(),
    "a program of some outputs": lambda: Circuit.gallery("lstm").compile(outputs=["c"]),
    "a program of some steps": lambda: Circuit.gallery("pascal").compile({"n": 2, "k": 3}, outputs=["C"]),
    "a program of many terms": lambda: many_terms().compile(),
    "a program of many steps": lambda: Circuit("F(t) = F(t-1) + F(t-2); F(1) = 1; F(2) = 1").compile(steps=STEPS),
    "an error with a place": lambda: refused("h(t) = tahn(h(t-1)); g(t) = h(t"),
    "an error with a cycle": lambda: refused("a(t) = b(t); b(t) = a(t)"),
}
#: Reads what was pickled, and writes what it answers.
SCRIPT = """
import pickle, sys
from support.answers import answers

with open(sys.argv[1], "rb") as file:
    pickled = pickle.load(file)
with open(sys.argv[2], "wb") as file:
    pickle.dump({name: answers(pickle.loads(one)) for name, one in pickled.items()}, file)
"""


@pytest.fixture(scope="module")
def things() -> dict[str, Any]:
    return {name: make() for name, make in THINGS.items()}


@pytest.fixture(scope="module")
def elsewhere(things: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what all things answer in another process, whose hashes are others."""
    folder = tmp_path_factory.mktemp("pickles")
    asked, told = folder / "asked", folder / "told"
    asked.write_bytes(pickle.dumps({name: pickle.dumps(one) for name, one in things.items()}))
    environment = {**os.environ, "PYTHONHASHSEED": "77", "PYTHONPATH": os.pathsep.join(map(str, (ROOT, TESTS)))}
    command = [sys.executable, "-W", "ignore", "-c", SCRIPT, str(asked), str(told)]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = pickle.loads(told.read_bytes())
    return found


@pytest.mark.parametrize("name", THINGS)
def test_it_answers_alike_in_another_process(name: str, things: dict[str, Any], elsewhere: dict[str, Any]) -> None:
    assert elsewhere[name] == answers(things[name])


@pytest.mark.parametrize("name", THINGS)
def test_a_copy_answers_alike(name: str, things: dict[str, Any]) -> None:
    thing = things[name]
    found = copy.deepcopy(thing)
    assert answers(found) == answers(thing)
    if isinstance(thing, Circuit) and name != "a circuit that is not right yet":
        assert found == thing and found is not thing


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol_will_do(protocol: int) -> None:
    thing = Circuit.gallery("rnn")
    for one in (thing, thing.unfold(2), thing.expand("h", 2), thing.draw(), thing.compile()):
        assert answers(pickle.loads(pickle.dumps(one, protocol))) == answers(one)


def test_programs_compute_the_same() -> None:
    x = np.random.default_rng(0).normal(size=(2, 5))
    circuit = Circuit("x(t) : (); y(t) : (); y(t) = 0.5 * y(t-1) + f(x(t))")
    for program in (circuit.compile(), circuit.compile(steps=5)):
        again: Program = pickle.loads(pickle.dumps(program))
        assert again(x=x, f=np.tanh).y.tolist() == program(x=x, f=np.tanh).y.tolist()


def test_what_is_pickled_holds_no_code() -> None:
    pickled = pickle.dumps(Circuit(WALK, name="walk").compile())
    assert b"def walk" not in pickled and b"compile_model" in pickled
    assert len(pickle.dumps(Circuit(WALK).unfold(10**12))) < 2_000


def test_a_circuit_goes_on_where_it_is_copied() -> None:
    first = built()
    second = copy.deepcopy(first)
    t = second.axis("t")
    o = second.signal("o", t)
    o[t] = 2 * o[t - 1]
    assert first.signals == ("h",) and second.signals == ("h", "o")
    # What belongs together stays together.
    circuit = Circuit()
    t = circuit.axis("t")
    s = circuit.signal("s", t)
    again, (t, s) = pickle.loads(pickle.dumps((circuit, (t, s))))
    s[t] = s[t - 1] + 1
    assert again == Circuit("s(t) = s(t-1) + 1") and not circuit._writing().has_equations


def test_functions_of_the_language_are_found_again() -> None:
    for name in ("tanh", "sum_over", "eq", "sum"):
        function = getattr(unfoldgraph, name)
        assert pickle.loads(pickle.dumps(function)) is function
