"""The one resolver of lengths: what is told, what shapes say, and what is missing or contradicts itself."""

from __future__ import annotations

import pytest

from unfoldgraph.base.errors import CircuitError
from unfoldgraph.language.text import read
from unfoldgraph.model.lengths import complete, filled, resolve

LATTICE = "c(i, j) = c(i-1, j) + c(i, j-1) + a(i) * b(j)"


def test_shapes_say_the_lengths_that_inputs_run_over() -> None:
    found = resolve(read(LATTICE), {}, {"a": (3,), "b": (7, 4)})
    assert (found.told, found.known, found.missing) == ({}, {"i": 3, "j": 4}, [])


def test_of_an_array_with_too_few_dimensions_nothing_follows() -> None:
    found = resolve(read(LATTICE), {"i": 2}, {"a": (), "b": ()})
    assert (found.known, found.untold, found.missing, found.contradicted) == ({}, ("j",), ["j"], [])


def test_what_is_told_may_contradict_the_shapes() -> None:
    found = resolve(read(LATTICE), {"i": 2, "j": 4}, {"a": (3,), "b": (4,)})
    assert (found.untold, found.contradicted) == ((), ["i"])


def test_every_axis_has_a_length_or_it_is_an_error() -> None:
    assert complete(read(LATTICE), {"j": 2, "i": 1}) == {"i": 1, "j": 2}
    with pytest.raises(CircuitError, match="the length of the axis 'j' is missing"):
        complete(read(LATTICE), {"i": 1})
    with pytest.raises(CircuitError, match="there is no axis 'k'"):
        complete(read(LATTICE), {"i": 1, "j": 1, "k": 1})


def test_what_is_not_told_is_filled_up_to_the_places_asked_for() -> None:
    assert filled(read(LATTICE), {"i": 2}, {"i": 5, "j": 3}) == {"i": 2, "j": 3}
