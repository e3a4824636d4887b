"""A long run in pieces, each going on where the one before ended, so that it can be told how far it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from unfoldgraph.model.calling_convention import argument_names

if TYPE_CHECKING:
    from unfoldgraph.circuit import Circuit

#: How many steps the first piece has, and how many numbers the others compute, about: some hundredths of a second.
_FIRST, _NUMBERS = 256, 2**17


def run_in_pieces(
    circuit: Circuit,
    arrays: Mapping[str, Any],
    steps: Mapping[str, int],
    total: int,
    report: Callable[[int, int], None],
) -> dict[str, Any]:
    """Return what a circuit without functions of the caller computes.

    Where it is cut goes by its shapes alone: results do not depend on who looks on.

    Parameters
    ----------
    arrays : as a call takes them.
    steps : how many steps of the axes that no input runs over.
    total : how many steps there are, where there is one axis.
    report : is told how many of them are done, and of how many, after each piece but the last.

    Examples
    --------
    >>> from unfoldgraph.circuit import Circuit
    >>> done = []
    >>> run_in_pieces(Circuit("n(t) = n(t-1) + 1"), {}, {"t": 400}, 400, lambda *so_far: done.append(so_far))["n"][-1]
    np.float64(400.0)
    >>> done
    [(256, 400)]
    """
    import numpy as np

    from unfoldgraph.program.streams.state import of_steps

    program, model = circuit.compile(), circuit.model
    if total <= _FIRST or not program.goes_on:
        return dict(program(steps=steps or None, **arrays))
    public = argument_names(model)
    boundaries = {public[boundary.argument] for boundary in model.free}
    ranks = {public[name]: model.rank(name) or 0 for name in model.inputs}
    signals = {name: model.rank(name) or 0 for name, axes in model.signals.items() if axes}
    parts: list[dict[str, Any]] = []
    state, done, piece = None, 0, _FIRST
    while done < total:
        count = min(piece, total - done)
        given = {
            name: of_steps(np.asarray(value), slice(done, done + count), ranks[name]) if name in ranks else value
            for name, value in arrays.items()
            if state is None or name not in boundaries
        }
        result = program(steps=count if steps else None, state=state, **given)
        parts.append(dict(result))
        state, done = result.state, done + count
        if piece == _FIRST:
            entries = sum(parts[0][name].size for name in signals) // count
            piece = max(_FIRST, _NUMBERS // max(1, entries))
        if done < total:
            report(done, total)
    found = parts[-1]
    for name, rank in signals.items():
        values = [part[name] for part in parts]
        found[name] = np.concatenate(values, axis=values[0].ndim - 1 - rank)
    return found
