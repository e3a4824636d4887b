"""Programs over ranges, entries and any place compute what the plain meaning does, in loops and written out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from generators.ranged_texts import ranged_programs
from hypothesis import assume, given
from hypothesis import strategies as st
from support.profiles import examples

from unfoldgraph import Circuit, CircuitError

pytestmark = pytest.mark.filterwarnings("ignore::unfoldgraph.base.errors.CircuitWarning")

_CRASHED = "crashed:"
BATCHES = ((), (), (2,), (2, 1), (0,))


def _outcome(compute: Callable[[], Any]) -> dict[str, Any] | str:
    try:
        return {name: np.asarray(value) for name, value in dict.items(compute())}
    except CircuitError as error:
        return error.message
    except Exception as error:
        # The line of a program that fails is in another file each time, which is no other failure.
        return f"{_CRASHED} {type(error).__name__}: {error}"


@examples(150)
@given(
    ranged_programs(),
    st.tuples(st.integers(0, 4), st.integers(0, 4)),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.integers(0, 2**32),
    st.sampled_from(BATCHES),
)
def test_programs_over_ranges_mean_what_the_circuit_means(
    text: str, lengths: tuple[int, int], sizes: tuple[int, int], seed: int, batch: tuple[int, ...]
) -> None:
    try:
        circuit = Circuit(text)
        program = circuit.compile()
    except CircuitError:
        assume(False)
        raise
    random = np.random.default_rng(seed)
    own = dict(zip(circuit.model.own_axes, lengths, strict=False))
    known = dict(zip("MK", sizes, strict=True))
    data: dict[str, Any] = {}
    for name in (*circuit.inputs, *circuit.parameters):
        axes = circuit.model.axes_of(name)
        lead = [own[circuit.model.length_of[axis]] for axis in axes]
        some = batch[random.integers(0, len(batch) + 1) :] if batch else ()
        shape = [known.get(str(size), size) for size in circuit.model.shapes[name] or ()]
        data[name] = random.integers(-2, 5, size=(*some, *lead, *shape)).astype(float)
    given_by_inputs = {axis for axes in circuit.model.inputs.values() for axis in axes}
    steps = {axis: length for axis, length in own.items() if axis not in given_by_inputs}
    expected = _outcome(lambda: circuit.unfold(own).evaluate(**data))
    found = {
        "a loop": _outcome(lambda: program(**data, **({"steps": steps} if steps else {}))),
        "written out": _outcome(lambda: circuit.compile(steps=own)(**data)),
    }
    for form, one in found.items():
        assert not isinstance(one, str) or not one.startswith(_CRASHED), f"{form} {one}"
        if isinstance(expected, str):
            assert isinstance(one, str), f"{form}: computed, and not refused: {expected}"
            continue
        assert not isinstance(one, str), f"{form}: {one}"
        for name, value in expected.items():
            assert one[name].shape == value.shape, (form, name)
            np.testing.assert_allclose(one[name], value, rtol=1e-9, atol=1e-9, err_msg=f"{form}: {name}")
