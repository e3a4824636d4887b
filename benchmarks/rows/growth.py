"""Reading, checking, compiling, formulas and graphs: what is done before any number is computed."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.rows.networks import ELMAN, elman_data, lstm_data
from benchmarks.rows.row import (
    BEST,
    EXPERT,
    JAX,
    NUMBA,
    OURS,
    OURS_NUMBA,
    PLAIN,
    YARDSTICK,
    Contender,
    Data,
    Make,
    Row,
    Unit,
    by_hand,
    feature,
    needs_library,
)
from unfoldgraph import Circuit

__all__ = ["equations", "rows"]

MILLISECONDS = Unit("ms", 1e3, "time")
SECONDS = Unit("s", 1.0, "time")
ROOT = Path(__file__).resolve().parent.parent.parent


def work(function: Callable[[Data], Any]) -> Make:
    """Return a function of the data as a contender."""
    return lambda: lambda data: lambda: function(data)


def steps_of_rnn(random: np.random.Generator, steps: int) -> Data:
    """Return a circuit, read anew so that nothing is kept from the round before, and a number of steps."""
    return {"circuit": Circuit(f"h(t) = tanh(b{random.integers(1000)} + W @ h(t-1) + U @ x(t))"), "steps": steps}


def bare_graph(data: Data) -> Any:
    """Return the same graph as NetworkX is filled by hand: all nodes, then all edges, with what is known of them."""
    import networkx

    graph: Any = networkx.DiGraph()
    bias, *others = data["circuit"].parameters
    steps = range(1, data["steps"] + 1)
    for name in (bias, *others):
        graph.add_node((name, ()), name=name, kind="parameter", axes=(), index=())
    for name, kind, first in (("x", "input", 1), ("h", "signal", 0)):
        for t in range(first, data["steps"] + 1):
            graph.add_node((name, (t,)), name=name, kind=kind, axes=("t",), index=(t,))
    for name in (bias, *others):
        graph.add_edges_from(((name, ()), ("h", (t,)), {"read": "parameter", "moves": ()}) for t in steps)
    for name, delay in (("x", 0), ("h", 1)):
        graph.add_edges_from(
            ((name, (t - delay,)), ("h", (t,)), {"read": "delay", "moves": (("delay", ("t",)),)}) for t in steps
        )
    return graph


def bare_graph_uncollected(data: Data) -> Any:
    """Return the same, filled while no garbage is collected: there is none, and looking for it takes long."""
    was = gc.isenabled()
    gc.disable()
    try:
        return bare_graph(data)
    finally:
        if was:
            gc.enable()


def of_graph(graph: Any) -> tuple[Any, ...]:
    """Return what of a graph must agree."""
    return len(graph), graph.number_of_edges(), sorted(graph.edges(data="read"), key=repr)[:1000]


def lines_by_hand(data: Data) -> list[str]:
    """Return one line a step."""
    bias, *_ = data["circuit"].parameters
    return [f"h({t}) = tanh({bias} + W @ h({t - 1}) + U @ x({t}))" for t in range(1, data["steps"] + 1)]


def nested_by_hand(data: Data) -> str:
    """Return the formula as one string."""
    return "f(" * data["steps"] + "s(0)" + "; θ)" * data["steps"]


def equations(random: np.random.Generator, count: int) -> str:
    """Return equations each of which reads the one before and its own last value."""
    rows = ["a0x(t) = tanh(w * a0x(t-1) + x(t))"]
    for n in range(1, count):
        rows.append(f"a{n}x(t) = tanh(w{random.integers(9)} * a{n}x(t-1) + {random.integers(9)} * a{n - 1}x(t))")
    return "\n".join(rows)


def texts(random: np.random.Generator, small: int, large: int) -> Data:
    """Return two texts of different length."""
    return {"small": equations(random, small), "large": equations(random, large)}


def lstm_text(random: np.random.Generator) -> Data:
    """Return the LSTM with names that it did not have before, so that nothing is kept from another round."""
    text = Circuit.gallery("lstm").text()
    number = random.integers(1000)
    return {"text": text.replace("W_", f"W{number}_")}


def process(*arguments: str) -> Make:
    """Return a run of Python in a process of its own, which finds modules compiled as it does where they stay."""

    def make() -> Contender:
        folder = TemporaryDirectory()
        return lambda _: lambda: _run(arguments, {"PYTHONPYCACHEPREFIX": folder.name}, folder)

    return make


def _run(arguments: Sequence[str], environment: dict[str, str], folder: TemporaryDirectory[str]) -> int:
    """Return the exit code; the folder is kept as long as this is wanted."""
    assert folder.name
    own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | environment
    command = [sys.executable, *arguments]
    return subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env=own).returncode


def first_call() -> Contender:
    """Return reading, compiling and the first call of the Numba target, nothing kept on the disk."""
    needs_library({"target": "numba"})
    feature(lambda: Circuit(ELMAN).compile(target="numba"))
    return lambda data: lambda: Circuit(ELMAN).compile(target="numba")(**data)


def second_process() -> Contender:
    """Return a process that compiles for Numba and calls what another has left in the cache."""
    needs_library({"target": "numba"})
    feature(lambda: Circuit(ELMAN).compile(target="numba"))
    script = f"""
import numpy as np
from unfoldgraph import Circuit
Circuit({ELMAN!r}).compile(target="numba")(x=np.ones((9, 4)), W=np.ones((8, 8)), U=np.ones((8, 4)), b=np.ones(8))
"""
    folder = TemporaryDirectory()
    environment = {"UNFOLDGRAPH_CACHE_DIR": str(Path(folder.name, "kept")), "PYTHONPYCACHEPREFIX": folder.name}
    return lambda _: lambda: _run(("-c", script), environment, folder)


def rows() -> Iterator[Row]:
    """Yield the rows of what comes before numbers."""
    yield Row(
        "to_networkx, 2·10⁴ steps",
        "growth",
        steps_of_rnn,
        {
            OURS: work(lambda data: data["circuit"].unfold(data["steps"]).to_networkx()),
            EXPERT: work(bare_graph),
            BEST: work(bare_graph_uncollected),
        },
        reference_name="bare NetworkX, filled by hand",
        goal=0.9,
        sizes={"steps": 20_000},
        small={"steps": 9},
        checked=of_graph,
    )
    yield Row(
        "let, 2·10⁴ steps",
        "growth",
        steps_of_rnn,
        {
            OURS: work(lambda data: [str(line) for line in data["circuit"].expand("h", data["steps"]).let()]),
            EXPERT: work(lines_by_hand),
        },
        reference_name="one f-string a step",
        goal=5,
        sizes={"steps": 20_000},
        small={"steps": 9},
    )
    yield Row(
        "nested text, 10⁵ steps",
        "growth",
        lambda random, steps: {"circuit": Circuit("s(t) = f(s(t-1); theta)"), "steps": steps},
        {
            OURS: work(lambda data: data["circuit"].expand("s", data["steps"]).text),
            EXPERT: work(nested_by_hand),
        },
        reference_name="one string, repeated",
        goal=1,
        unit=SECONDS,
        sizes={"steps": 100_000},
        small={"steps": 9},
    )
    yield Row(
        "read 1000 equations over 100",
        "growth",
        texts,
        {
            OURS: work(lambda data: len(Circuit(data["large"]).signals)),
            YARDSTICK: work(lambda data: len(Circuit(data["small"]).signals)),
        },
        YARDSTICK,
        "the same of 100",
        goal=12,
        sizes={"small": 100, "large": 1000},
        small={"small": 3, "large": 9},
    )
    yield Row(
        "read and compile an LSTM",
        "compiling",
        lstm_text,
        {
            OURS: work(lambda data: Circuit(data["text"]).compile().__name__),
            PLAIN: work(lambda data: Circuit(data["text"]).compile(plain=True).__name__),
        },
        OURS,
        "",
        goal=20,
        unit=MILLISECONDS,
    )
    small = {"batch": 2, "steps": 30, "inputs": 4, "units": 8}
    yield Row(
        "compile an Elman network",
        "compiling",
        elman_data,
        {
            OURS: work(lambda _: Circuit(ELMAN).compile()),
            OURS_NUMBA: first_call,
            JAX: by_hand("others.jax_programs", "elman_jit", prepared=True),
            NUMBA: by_hand("others.numba_programs", "elman_jit", prepared=True),
        },
        OURS,
        "",
        unit=MILLISECONDS,
        sizes=small,
        checked=nothing,
        once=True,
    )
    yield Row(
        "compile an LSTM",
        "compiling",
        lstm_data,
        {
            OURS: work(lambda _: Circuit.gallery("lstm").compile()),
            JAX: by_hand("others.jax_programs", "lstm_jit", prepared=True),
        },
        OURS,
        "",
        unit=MILLISECONDS,
        sizes=small,
        checked=nothing,
        once=True,
    )
    yield Row(
        "straight-line program of 1000 steps, written and loaded",
        "compiling",
        steps_of_rnn,
        {OURS: work(lambda data: data["circuit"].compile(steps=data["steps"]))},
        OURS,
        "",
        unit=MILLISECONDS,
        sizes={"steps": 1000},
        small={"steps": 9},
        checked=nothing,
        once=True,
    )
    yield Row(
        "Numba target in a second process, from the cache",
        "compiling",
        nobody,
        {OURS_NUMBA: second_process, YARDSTICK: process("-c", "pass")},
        YARDSTICK,
        "bare Python",
        goal=1,
        judged=OURS_NUMBA,
        unit=SECONDS,
        children=True,
        once=True,
    )
    for name, arguments, goal in (("check lstm", ("check", "lstm"), 10), ("--help", ("--help",), 5)):
        yield Row(
            f"`unfoldgraph {name}`",
            "start",
            nobody,
            {OURS: process("-m", "unfoldgraph", *arguments), YARDSTICK: process("-c", "pass")},
            YARDSTICK,
            "bare Python",
            goal=goal,
            children=True,
            once=True,
        )


def nobody(random: np.random.Generator) -> Data:
    """Return no data."""
    assert random
    return {}


def nothing(found: Any) -> None:
    """Return nothing: what is compiled is tried in other rows."""
    assert found is not None
