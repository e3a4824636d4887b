"""The values of nodes, as a lecturer writes them beside their names: short, and to three figures.

A number is written out, a vector as a column of up to four entries, of a longer one the first two and the last; of
a matrix its shape is told, for which there is room.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from unfoldgraph.algebra.latex import signed_pieces
from unfoldgraph.algebra.pieces import ABOVE, SPACE, Pieces, between, figures, script, sign
from unfoldgraph.base.errors import require_within
from unfoldgraph.base.limits import VALUED_NODES
from unfoldgraph.drawing.graphs.rolled import Unfolded, WrittenValue
from unfoldgraph.drawing.text.typeset import VERTICAL_DOTS
from unfoldgraph.model.calling_convention import as_called
from unfoldgraph.model.equations import Model
from unfoldgraph.model.regions import sizes_of_places
from unfoldgraph.unfolding.sizes import all_sizes
from unfoldgraph.unfolding.unfolding import Unfolding

__all__ = ["sizes_of_arrays", "value_of", "with_values"]

# More entries than this are not all written.
_ENTRIES = 4
_FIGURES = 3
# Whole numbers up to this, and other numbers between these, are written without a power of ten.
_WHOLE, _LEAST, _MOST = 10**6, 1e-3, 1e5
_DOTS = "\u2026"


@dataclass(frozen=True, slots=True)
class _WrittenNumber:
    """A number as text and in LaTeX."""

    text: str
    latex: Pieces


def with_values(unfolded: Unfolded, unfolding: Unfolding, arrays: Mapping[str, Any]) -> Unfolded:
    """Return the unfolded view with the value of every node that is shown, dots excepted, and of the parameters.

    Raises `CircuitError` for arrays that are missing, do not fit, or are of several sequences, and for too many
    nodes.
    """
    require_within(
        unfolding.nodes.size,
        VALUED_NODES,
        "the values of {} nodes would be computed, one by one",
        "take fewer steps, or leave the values out",
    )
    values = unfolding.values(**as_called(unfolding.model, arrays))
    instances = []
    for instance in unfolded.instances:
        found = values.get((instance.name, tuple(at for at in instance.index if isinstance(at, int))))
        shown = found is not None and instance.role != "ellipsis"
        instances.append(replace(instance, value=value_of(found)) if shown else instance)
    given = {name: value_of(arrays[name]) for name in unfolding.model.parameters if name in arrays}
    return replace(unfolded, instances=instances, values=given)


def sizes_of_arrays(model: Model, arrays: Mapping[str, Any], told: Mapping[str, int]) -> dict[str, int]:
    """Return the sizes by which ranges and places go, as arrays tell them beside those that are told.

    >>> from unfoldgraph.language.text import read
    >>> model = read("b : M; x(n) : (); y(n) = sum(b[k]*x(n-k) for k in 0..M-1)")
    >>> sizes_of_arrays(model, {"b": [1, 2, 3, 4], "x": [1, 2]}, {})
    {'M': 4}
    """
    import numpy as np

    own = sizes_of_places(model)
    if not own:
        return {}
    known = dict(told)
    without = []
    for name in (*model.parameters, *model.inputs):
        shape = model.shapes[name]
        sizes = np.shape(arrays[name]) if name in arrays else ()
        if shape is None or len(sizes) < len(shape):
            without.append(name)
        elif shape:
            trailing = zip(shape, sizes[-len(shape) :], strict=True)
            known.update((size, number) for size, number in trailing if isinstance(size, str) and size not in known)
    found, _ = all_sizes(model, known, without)
    return {size: found[size] for size in own}


def value_of(value: Any) -> WrittenValue:
    """Return a number or an array as it is written.

    >>> import numpy as np
    >>> value_of(np.array(0.46211)).text, value_of(np.array([1.0, -0.25])).text, value_of(np.zeros((2, 3))).text
    ('0.462', '(1.00, -0.25)', '2 × 3')
    """
    import numpy as np

    array = np.asarray(value)
    if array.ndim == 0:
        one = _number(float(array))
        return WrittenValue(one.text, (one.latex,))
    if array.ndim > 1 or not array.size:
        sizes = between(map(signed_pieces, array.shape), SPACE, sign(r"\times"), SPACE)
        return WrittenValue(" \u00d7 ".join(map(str, array.shape)), (sizes,))
    shown = array if array.size <= _ENTRIES else np.concatenate([array[:2], array[-1:]])
    entries = _alike([float(entry) for entry in shown])
    texts, lines = [entry.text for entry in entries], [entry.latex for entry in entries]
    if array.size > _ENTRIES:
        texts.insert(2, _DOTS)
        lines.insert(2, VERTICAL_DOTS)
    return WrittenValue(f"({', '.join(texts)})", tuple(lines), is_column=True)


def _number(value: float) -> _WrittenNumber:
    """Return one number: whole ones in full, others to three figures, without zeros at the end where they are exact."""
    special = _special(value)
    if special is not None:
        return special
    if value == int(value) and abs(value) < _WHOLE:
        return _plain(f"{int(value)}")
    if abs(value) >= _MOST or abs(value) < _LEAST:
        return _power(value)
    written = f"{value:.{_decimals(value)}f}"
    return _plain(written.rstrip("0").rstrip(".") if float(written) == value and "." in written else written)


def _decimals(value: float) -> int:
    """Return how many decimals show three figures of a number, or all of its whole part."""
    rounded = float(f"{abs(value):.{_FIGURES - 1}e}")
    return max(_FIGURES - 1 - math.floor(math.log10(rounded)), 0)


def _alike(values: list[float]) -> list[_WrittenNumber]:
    """Return the entries of a vector, with equally many decimals where that shows all of them."""
    finite = [value for value in values if math.isfinite(value)]
    largest = max(map(abs, finite), default=0.0)
    if largest == 0.0 or not _LEAST <= largest < _MOST:
        return [_number(value) for value in values]
    decimals = _decimals(largest)
    while decimals and all(round(value, decimals - 1) == value for value in finite):
        decimals -= 1
    if any(value and not round(value, decimals) for value in finite):
        return [_number(value) for value in values]
    return [_special(value) or _plain(f"{value:.{decimals}f}") for value in values]


def _special(value: float) -> _WrittenNumber | None:
    if math.isnan(value):
        return _WrittenNumber("NaN", (sign(r"\text{NaN}"),))
    if math.isinf(value):
        infinity = _WrittenNumber("\u221e", (sign(r"\infty"),))
        return infinity if value > 0 else _WrittenNumber(f"-{infinity.text}", (sign("-"), *infinity.latex))
    return None


def _plain(written: str) -> _WrittenNumber:
    written = written if float(written) else written.lstrip("-")
    return _WrittenNumber(written, figures(written))


def _power(value: float) -> _WrittenNumber:
    written = f"{value:.{_FIGURES - 1}e}"
    mantissa, exponent = written.split("e")
    mantissa = f"{float(mantissa):g}" if float(written) == value else mantissa
    power = sign("10"), *script(ABOVE, signed_pieces(int(exponent)))
    times = SPACE, sign(r"\cdot"), SPACE
    return _WrittenNumber(f"{mantissa}e{int(exponent)}", (*figures(mantissa), *times, *power))
