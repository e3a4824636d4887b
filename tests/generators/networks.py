"""Texts of recurrent networks: sums of matrices times what is known when a step begins, gates, and their mixes."""

from __future__ import annotations

from hypothesis import strategies as st

#: Parts of an axis: some are empty where it is short.
PARTS = ("2..end", "1..end-1", "3..end", "1..end-6", "2..end-2", "2..3", "0..end", "1..end+1")
_DECLARED = ("x(t) : n", "h(t), c(t), z(t), r(t) : m", "W, V, R : (m, m)", "U, K : (m, n)", "b, d : m")
_GATES = ("z", "r")


@st.composite
def networks(draw: st.DrawFn) -> str:
    """Return the text of a network of two signals and up to two gates, all of which may be given on parts of the axis.

    Some run from the last step to the first, some are deeper than one step, and some have an output that reads a place.
    """
    before = draw(st.sampled_from(["-", "-", "+"]))
    gates = _GATES[: draw(st.integers(0, 2))]
    lines = [f"{gate}(t) = sigmoid({draw(_sums(before, gates[:at]))})" for at, gate in enumerate(gates)]
    for at, name in enumerate("hc"):
        # What one signal is may be read by the next in the same step.
        known = (*gates, *"h"[:at])
        gated = [f"{gate}(t) * {_earlier(name, before, 1)}" for gate in gates]
        gated += [f"(1 - {gate}(t)) * tanh({draw(_sums(before, known))})" for gate in gates]
        forms = [*gated, f"tanh({draw(_sums(before, known))})", draw(_sums(before, known))]
        lines.append(f"{name}(t) = {' + '.join(draw(st.lists(st.sampled_from(forms), min_size=1, max_size=2)))}")
    if draw(st.booleans()):
        part = draw(st.sampled_from(PARTS))
        lines = [f"{line} for t in {part}" if draw(st.integers(0, 3)) else line for line in lines]
    outputs = draw(st.lists(st.sampled_from(["h(end)", "c(1)", "sum(c(t) for t)", "h(end) - c(end)"]), max_size=1))
    return "\n".join([*_DECLARED, *lines, *(f"o = {one}" for one in outputs)])


@st.composite
def _sums(draw: st.DrawFn, before: str, known: tuple[str, ...]) -> str:
    """Return a sum of products that are known when a step begins, of vectors, and of what the step has computed."""
    lag = draw(st.sampled_from([1, 1, 1, 2]))
    products = [
        f"W @ {_earlier('h', before, lag)}", f"V @ {_earlier('c', before, 1)}", f"R @ {_earlier('h', before, 1)}",
        "U @ x(t)", "U @ x(t)", "K @ x(t-1)", "K @ x(t+2)", f"(0.3 * W - V) @ {_earlier('h', before, 1)}",
    ]  # fmt: skip
    others = ["b", "d", f"d * {_earlier('c', before, 1)}", *(f"b * {name}(t)" for name in known)]
    others += [f"R @ ({name}(t) * {_earlier('h', before, 1)})" for name in known]
    terms = draw(st.lists(st.sampled_from(products), min_size=1, max_size=3, unique=True))
    terms += draw(st.lists(st.sampled_from(others), max_size=2, unique=True))
    terms = draw(st.permutations(terms))
    signs = draw(st.lists(st.sampled_from(["+", "+", "-"]), min_size=len(terms), max_size=len(terms)))
    return " ".join(f"{sign} {term}" for sign, term in zip(signs, terms, strict=True)).removeprefix("+ ")


def _earlier(name: str, before: str, lag: int) -> str:
    return f"{name}(t{before}{lag})"
