"""Every limit at its edge: exactly so much is taken, and one more is refused with the limit."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.base.limits import (
    ALL_AXES,
    AXES,
    DIGITS,
    ENUMERATED_NODES,
    ERRORS_SHOWN,
    LOOP_AXES,
    NAME_CHARACTERS,
    NESTING,
    OFFSET,
    SOURCE_BYTES,
    SPECIAL_PLACES,
    TERMS,
)
from unfoldgraph.causality.wavefronts import Dependence, TooLarge, schedule


def axes(count: int) -> str:
    """Return an equation over so many axes."""
    names = ", ".join(f"i{number}" for number in range(count))
    return f"h({names}) = 1"


def corners(count: int) -> str:
    """Return a signal over two axes with so many pins."""
    return "\n".join(["c(i, j) = c(i-1, j)", *(f"c({at}, {at}) = 1" for at in range(1, count + 1))])


#: What is made of a number, and the most that it may be.
TEXTS: dict[str, tuple[Callable[[int], str], int]] = {
    "the axes of a name": (axes, AXES),
    "the axes of a circuit": (lambda count: "\n".join(f"a{n}x(i{n}) = 1" for n in range(count)), ALL_AXES),
    "pins": (corners, SPECIAL_PLACES),
    "delays": (lambda steps: f"h(t) = h(t-{steps})", OFFSET),
    "places": (lambda place: f"h(t) = h(t-1); h({place}) = 1", OFFSET),
    "brackets": (lambda depth: f"h(t) = {'(' * depth}1{')' * depth}", NESTING),
    "terms": (lambda count: "h(t) = x(t)" + " + x(t)" * count, TERMS),
    "the digits of a number": (lambda count: f"h(t) = 7.{'7' * (count - 1)}", DIGITS),
    "the characters of a name": (lambda count: f"{'n' * count}(t) = 1", NAME_CHARACTERS),
    "the characters of a text": (lambda count: f"h(t) = 1 #{' ' * (count - 10)}", SOURCE_BYTES),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_read_up_to_the_limit(name: str) -> None:
    made, most = TEXTS[name]
    Circuit(made(most))
    with pytest.raises(CircuitError, match=str(most)):
        Circuit(made(most + 1))


def test_a_loop_moves_along_as_many_axes_as_the_limit_says() -> None:
    def ring(count: int) -> list[Dependence[str]]:
        return [Dependence("h", "h", tuple(int(at == one) for at in range(count))) for one in range(count)]

    assert schedule(["h"], ring(LOOP_AXES), LOOP_AXES)[0].vector == (1,) * LOOP_AXES
    with pytest.raises(TooLarge):
        schedule(["h"], ring(LOOP_AXES + 1), LOOP_AXES + 1)


def test_as_many_errors_are_shown_as_the_limit_says() -> None:
    lines = "\n".join(["x(t) : n", *(f"a{number}x(t) = z{number}q(t)" for number in range(ERRORS_SHOWN + 5))])
    with pytest.raises(CircuitError) as caught:
        Circuit(lines)
    assert str(caught.value).count("unknown signal") == ERRORS_SHOWN


def test_nodes_are_listed_up_to_the_limit() -> None:
    circuit = Circuit("h(t) = x(t)")
    iter(circuit.unfold(ENUMERATED_NODES // 2).nodes)
    with pytest.raises(CircuitError, match="the limit is"):
        iter(circuit.unfold(ENUMERATED_NODES // 2 + 1).nodes)


def test_nested_text_is_written_up_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    circuit = Circuit("h(t) = h(t-1) * h(t-1)")
    assert circuit.expand("h", 3).size == 15
    for most, is_written in ((15, True), (14, False)):
        monkeypatch.setattr("unfoldgraph.formula.expansion.TEXT_NODES", most)
        if is_written:
            assert circuit.expand("h", 3).text.count("h(0)") == 8
        else:
            with pytest.raises(CircuitError, match=r"15 .*14"):
                _ = circuit.expand("h", 3).text
