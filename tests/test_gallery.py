"""The circuits of the gallery against textbook code written by hand, and what is generated from them."""

from __future__ import annotations

import importlib.util
import math
import re
import runpy
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from scipy.signal import lfilter, lfiltic

from unfoldgraph import Circuit
from unfoldgraph.files import MARK, gallery_names, gallery_source

GALLERY = Path(__file__).parents[1] / "gallery"
NAMES = gallery_names()
STEPS, M, N, K = 6, 4, 3, 5

Arrays = Mapping[str, Any]


def sigmoid(a: Any) -> Any:
    return 1 / (1 + np.exp(-a))


def dynamical_system(a: Arrays) -> dict[str, Any]:
    s = [a["s1"]]
    for _ in range(STEPS - 1):
        s.append(a["f"](s[-1], theta=a["theta"]))
    return {"s": s}


def driven_system(a: Arrays) -> dict[str, Any]:
    h, found = a["h0"], []
    for x in a["x"]:
        h = a["f"](h, x, theta=a["theta"])
        found.append(h)
    return {"h": found}


def rnn(a: Arrays) -> dict[str, Any]:
    h, found = a["h0"], []
    for x in a["x"]:
        h = np.tanh(a["b"] + a["W"] @ h + a["U"] @ x)
        found.append(h)
    return {"h": found}


def rnn_with_loss(a: Arrays) -> dict[str, Any]:
    h = rnn(a)["h"]
    o = [a["c"] + a["V"] @ one for one in h]
    losses = [math.log(sum(math.exp(v) for v in one)) - one[int(y)] for one, y in zip(o, a["y"], strict=True)]
    return {"h": h, "o": o, "L": losses}


def output_recurrence(a: Arrays) -> dict[str, Any]:
    o, hs, os = a["o0"], [], []
    for x in a["x"]:
        h = np.tanh(a["b"] + a["W"] @ o + a["U"] @ x)
        o = a["c"] + a["V"] @ h
        hs.append(h)
        os.append(o)
    return {"h": hs, "o": os, "L": [((y - o) ** 2).sum() for y, o in zip(a["y"], os, strict=True)]}


def last_output(a: Arrays) -> dict[str, Any]:
    h = rnn(a)["h"]
    o = a["c"] + a["V"] @ h[-1]
    return {"h": h, "o": o, "L": ((a["y"] - o) ** 2).sum()}


def lstm(a: Arrays) -> dict[str, Any]:
    h, c = a["h0"], a["c0"]
    found: dict[str, Any] = {name: [] for name in "ifogch"}
    for x in a["x"]:
        i, f, o, g = (a[f"W_{gate}"] @ x + a[f"U_{gate}"] @ h + a[f"b_{gate}"] for gate in "ifog")
        i, f, o, g = sigmoid(i), sigmoid(f), sigmoid(o), np.tanh(g)
        c = f * c + i * g
        h = o * np.tanh(c)
        for name, value in zip("ifogch", (i, f, o, g, c, h), strict=True):
            found[name].append(value)
    return found


def gru(a: Arrays) -> dict[str, Any]:
    h = a["h0"]
    found: dict[str, Any] = {name: [] for name in "rzgh"}
    for x in a["x"]:
        r = sigmoid(a["W_r"] @ x + a["U_r"] @ h)
        z = sigmoid(a["W_z"] @ x + a["U_z"] @ h)
        g = np.tanh(a["W"] @ x + a["U"] @ (r * h))
        h = z * h + (1 - z) * g
        for name, value in zip("rzgh", (r, z, g, h), strict=True):
            found[name].append(value)
    return found


def time_delay(a: Arrays) -> dict[str, Any]:
    x = np.concatenate([a["x0"], a["x"]])
    return {"h": [sigmoid(a["b"] + sum(a["k"][j] @ x[t + 2 - j] for j in range(3))) for t in range(STEPS)]}


def biquad(a: Arrays) -> dict[str, Any]:
    denominator = [1, a["a1"], a["a2"]]
    before = lfiltic(a["b"], denominator, a["y0"][::-1], a["x0"][::-1])
    return {"y": lfilter(a["b"], denominator, a["x"], zi=before)[0]}


def logistic_map(a: Arrays) -> dict[str, Any]:
    s, found = a["s0"], []
    for _ in range(STEPS):
        s = a["r"] * s * (1 - s)
        found.append(s)
    return {"s": found}


def fibonacci(a: Arrays) -> dict[str, Any]:
    return {"F": [1, 1, 2, 3, 5, 8]}


BY_HAND: dict[str, Callable[[Arrays], dict[str, Any]]] = {
    function.__name__.replace("_", "-"): function
    for function in (
        dynamical_system,
        driven_system,
        rnn,
        rnn_with_loss,
        output_recurrence,
        last_output,
        lstm,
        gru,
        time_delay,
        biquad,
        logistic_map,
        fibonacci,
    )
}


def data(circuit: Circuit) -> dict[str, Any]:
    """Return numbers for everything that a circuit reads."""
    random = np.random.default_rng(7)
    sizes = {"m": M, "n": N, "k": K}
    model = circuit.model

    def array(name: str, *places: int) -> Any:
        shape = [sizes.get(str(size), size) for size in model.shapes[name] or ()]
        return random.normal(size=(*places, *shape)) if places or shape else float(random.uniform(0.1, 0.9))

    found: dict[str, Any] = {name: array(name, STEPS) for name in model.inputs}
    found |= {name: array(name) for name in model.parameters}
    for boundary in model.free:
        found[boundary.argument] = array(boundary.name, *([boundary.count] if boundary.count > 1 else []))
    if "f" in model.functions:
        found["f"] = lambda state, *others, theta: np.sin(state + sum(others) + theta)
    if circuit.name == "rnn-with-loss":
        found["y"] = np.array([0.0, 4, 2, 2, 1, 3])
    return found


@pytest.mark.parametrize("name", NAMES)
def test_it_computes_what_the_textbook_says(name: str) -> None:
    circuit = Circuit.gallery(name)
    arrays = data(circuit)
    expected = BY_HAND[name](arrays)
    steps = None if circuit.inputs else STEPS
    result = circuit.compile()(steps=steps, **arrays)
    assert set(result) == set(expected)
    meaning = circuit.unfold(STEPS).evaluate(**arrays)
    module = generated(name)
    function = getattr(module, name.replace("-", "_"))
    written = function(**arrays, **({} if steps is None else {"steps": steps}))
    for signal, value in expected.items():
        for found in (result, meaning, written):
            np.testing.assert_allclose(found[signal], value, rtol=1e-12, atol=1e-14)


def generated(name: str) -> ModuleType:
    """Import the generated module of a circuit."""
    spec = importlib.util.spec_from_file_location(f"gallery_{name.replace('-', '_')}", GALLERY / name / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_fibonacci_numbers_are_the_known_ones() -> None:
    assert Circuit.gallery("fibonacci").compile()(steps=78).F[-1] == 8944394323791464
    # The hundredth, which no float holds.
    assert Circuit.gallery("fibonacci").expand("F", 100).text == "354224848179261915075"


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
    for file in (
        f"{name}.svg",
        f"{name}-4-steps.svg",
        f"{name}.png",
        f"{name}-4-steps.png",
        "formula.md",
        f"{name}.py",
    ):
        content = (GALLERY / name / file).read_bytes()
        assert MARK.encode() in content[:2048], file
        if file.endswith(".svg"):
            ElementTree.fromstring(content)
    index = (GALLERY / "README.md").read_text(encoding="utf-8")
    for linked in re.findall(r"\]\(([^)]+)\)", index):
        assert (GALLERY / linked).is_file(), linked
    assert f"({name}/{name}.svg)" in index


def test_the_formulas_and_programs_are_what_the_build_makes() -> None:
    build = runpy.run_path(str(GALLERY / "build.py"))
    assert [entry.name for entry in build["ENTRIES"]] == list(dict.fromkeys(entry.name for entry in build["ENTRIES"]))
    assert {entry.name for entry in build["ENTRIES"]} == set(NAMES)
    assert build["index"]() == (GALLERY / "README.md").read_text(encoding="utf-8")
    for entry in build["ENTRIES"]:
        page = (GALLERY / entry.name / "formula.md").read_text(encoding="utf-8")
        assert build["formula"](entry, Circuit.gallery(entry.name)) == page
