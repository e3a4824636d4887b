"""What users write has types: mypy reads this module too, and says so where something has another one."""

from __future__ import annotations

import numpy as np

from unfoldgraph import Circuit


def test_results_and_programs_pass_as_what_they_are() -> None:
    circuit = Circuit("h(t) = tanh(W @ h(t-1) + U @ x(t))")
    program = circuit.compile(outputs=["h"], plain=True)
    result = program(x=np.ones((4, 3)), W=np.eye(2), U=np.ones((2, 3)))
    # As attributes and as entries, without a word on their types.
    last: float = result.h[-1].sum()
    assert last == result["h"][-1].sum()
    name: str = program.__name__
    source: str = program.source
    shape: tuple[int | str, ...] | None = circuit.shapes["h"]
    arguments: list[str] = [boundary.argument for boundary in circuit.boundaries]
    assert (name, shape, arguments) == ("circuit", ("n_h",), ["h0"]) and name in source


def test_options_of_other_types_are_found() -> None:
    circuit = Circuit("s(t) = s(t-1) + 1")
    # These ignore what mypy is to say of them; where it said nothing, it would tell that they need not.
    assert circuit.compile(plain=1)  # type: ignore[arg-type]
    assert circuit.compile(3, {"s": 1})  # type: ignore[arg-type]
