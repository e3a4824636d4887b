"""What a loop does not change is computed before it, once, and what it may change is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from unfoldgraph.language.text import read
from unfoldgraph.program.ir import For, Kernel, Make, statements_in
from unfoldgraph.program.lower import lower
from unfoldgraph.program.names import written_name
from unfoldgraph.program.passes import hoist as module
from unfoldgraph.program.passes.hoist import hoist
from unfoldgraph.program.schedule import schedule_of


def lowered(text: str) -> Kernel:
    return lower(schedule_of(read(text), None))


def hoisted(text: str) -> list[str]:
    """Return what is computed before loops, in order, by how it is called."""
    made = statements_in(hoist(lowered(text)).body)
    return [written_name(one.buffer.name) for one in made if isinstance(one, Make) and one.is_hoisted]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("h(t) = tanh(W @ h(t-1) + U @ x(t)); W : (m, m)", ["U_x"]),
        # A bare read and a constant need no name, nor does an entry of a parameter.
        ("y(t) = y(t-1) * x(t) + 2 * 3 + b[0]; b : 2", []),
        # What the loop writes, what a function returns, and what is not there in no step stay inside.
        ("y(t) = exp(y(t-1)) + f(x(t)) * 2 + exp(x(1)); x(t) : ()", []),
        # The same in two loops is computed once.
        ("h(t) = tanh(h(t-1) + U @ x(t)); g(t) = tanh(g(t+1) + U @ x(t)); h(t) : m", ["U_x"]),
        # Off an edge stands what no step writes.
        ("y(t) = y(t-1) + exp(y(0)); y(0) = 2", ["exp_y"]),
        # In a loop inside another, before the inner one.
        ("h(l, t) = tanh(h(l, t-1) + exp(g(l-1, t))); g(l, t) = tanh(g(l, t+1) + h(l, t)); g(0, t) = x(t)", ["exp_g"]),
        # A part of the terms of a sum is along its index too.
        ("y(t) = y(t-1) + sum(y(t-1) * exp(x(s)) for s); x(s) : ()", ["exp_x"]),
        # So is one that is over a range, wherever that begins.
        ("y(n) = x(n) - sum(exp(a[k]) * y(n-k) for k in 1..2); a : 3", ["exp_a"]),
        # Entries that may not be there are looked up once, those that a value of the loop names in each turn.
        ("y(n) = x(n) - sum(a[k] * y(n-k) for k in 1..2)", ["a_entries"]),
        ("s(t) = B[s(t-1)] + x(t)", []),
    ],
)
def test_what_is_computed_before_a_loop(text: str, names: list[str]) -> None:
    assert hoisted(text) == names


def test_it_stands_right_before_its_loop() -> None:
    body = hoist(lowered("h(t) = tanh(h(t-1) + U @ x(t)); h(t) : m")).body
    at = next(at for at, one in enumerate(body) if isinstance(one, Make) and one.is_hoisted)
    assert isinstance(body[at + 1], For)


def test_a_second_time_there_is_nothing_left() -> None:
    once = hoist(lowered("h(t) = tanh(W @ h(t-1) + U @ x(t)); W : (m, m)"))
    assert len(hoist(once).body) == len(once.body)


def test_long_sums_are_gone_over_a_few_times_only(monkeypatch: pytest.MonkeyPatch) -> None:
    walked = 0
    own = module.nodes

    def counting(*arguments: Any, **more: Any) -> Iterator[Any]:
        nonlocal walked
        for node in own(*arguments, **more):
            walked += 1
            yield node

    monkeypatch.setattr(module, "nodes", counting)
    counts = []
    for terms in (100, 400):
        walked = 0
        hoist(lowered("y(t) = y(t-1) + " + " + ".join(f"a{k} * x(t)" for k in range(terms))))
        counts.append(walked)
    assert counts[1] < 5 * counts[0]
