"""What a node depends on in a long graph, of which only some is walked, is what it depends on in the whole of it."""

from __future__ import annotations

import networkx
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from support.profiles import examples

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.unfolding.ancestry import Ancestry

pytestmark = pytest.mark.filterwarnings("ignore::unfoldgraph.base.errors.CircuitWarning")

RANGES = ["1..end", "2..end", "3..end-1", "1..4", "0..end", "2..end-2", "end-2..end", "9..end-9"]
STEPS = 240


@st.composite
def two_signals(draw: st.DrawFn) -> str:
    """Return a text of two signals on ranges that read each other and x, some of it by number."""
    lines = ["x(t) : ()"]
    for name in "ab":
        reads = [f"{one}(t-{draw(st.integers(1, 3))})" for one in draw(st.sampled_from(["a", "b", "ab"]))]
        reads += draw(st.sampled_from([[], ["x(t)"], ["x(t-1)"], [f"sum({name}(t-2*k) for k in 1..2)"]]))
        reads += draw(st.sampled_from([[], [], ["a(3)"]]))
        lines.append(f"{name}(t) = {' + '.join(reads)} for t in {draw(st.sampled_from(RANGES))}")
        pins = [[], [f"{name}({draw(st.integers(1, 7))}) = {draw(st.sampled_from(['1', 'x(1)', 'b(3)']))}"]]
        lines += draw(st.sampled_from(pins))
    return "; ".join(lines)


@examples(60)
@given(two_signals(), st.integers(0, 5), st.lists(st.integers(1, STEPS), min_size=4, max_size=4))
def test_ancestors_across_shortened_stretches(source: str, back: int, asked: list[int]) -> None:
    try:
        unfolding = Circuit(source).unfold(STEPS)
    except CircuitError:
        reject()
    graph = unfolding.to_networkx()
    asked = [*asked, STEPS // 2, STEPS // 2 + 1]
    for node in [("a", (STEPS - back,)), ("b", (STEPS // 2 - back,))]:
        if node in graph:
            ancestry = Ancestry(unfolding, node, {"t": asked})
            expected = networkx.ancestors(graph, node)
            for place in asked:
                for other in [(name, (place,)) for name in "abx"]:
                    assert ancestry.has(other) == (other in expected), (node, other)


def test_a_pin_says_nothing_of_the_period() -> None:
    # a and b take turns; that b(3) is read by its number makes no shorter way from step to step.
    for steps in (901, 902):
        unfolding = Circuit("x(t) : (); a(t) = b(t-1) + x(t); b(t) = a(t-1); a(7) = b(3)").unfold(steps)
        ancestry = Ancestry(unfolding, ("a", (steps,)), {"t": [450, 451]})
        assert [ancestry.has(("a", (at,))) for at in (450, 451)] == [(steps - at) % 2 == 0 for at in (450, 451)]
    # What stands at the end alone does not lead over the rest.
    unfolding = Circuit("x(t) : (); a(t) = a(t-2) + b(t-2) + x(t); b(t) = b(t-2) + a(t-1) for t in end-2..end").unfold(
        901
    )
    ancestry = Ancestry(unfolding, ("a", (450,)), {"t": [200, 201]})
    assert (ancestry.has(("x", (200,))), ancestry.has(("x", (201,)))) == (True, False)
