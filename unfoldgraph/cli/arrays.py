"""What `unfoldgraph run` does, and `draw` with values: arrays from files, the circuit's values, and arrays to files."""

from __future__ import annotations

import io
import math
import struct
import zipfile
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from unfoldgraph.algebra.notation import shown
from unfoldgraph.base.errors import CircuitError, require_within
from unfoldgraph.base.files import MARK, open_plain
from unfoldgraph.base.limits import EVALUATED_VALUES
from unfoldgraph.base.names import canonical
from unfoldgraph.cli.pieces import run_in_pieces
from unfoldgraph.cli.progress import Progress
from unfoldgraph.model.calling_convention import as_called, shapes_of_inputs
from unfoldgraph.model.lengths import Resolved, resolve, settled, unknown_steps

if TYPE_CHECKING:
    from unfoldgraph.circuit import Circuit

#: The same moment for every member of an archive: equal results are equal bytes.
_MOMENT = (1980, 1, 1, 0, 0, 0)
#: The number of the extra field in which an archive carries the mark; the format leaves it to everyone.
_EXTRA = 0x6775
#: How many numbers of a value are printed in full.
_PRINTED = 24


def load(path: str) -> dict[str, Any]:
    """Return the arrays of an `.npz` file by name. Nothing in it is executed.

    Raises `CircuitError` where it cannot be read, is no such file, or holds Python objects.
    """
    import zlib

    import numpy as np

    with open_plain(path) as stream:
        if not stream.read(4).startswith(b"PK"):
            raise CircuitError(f"{path} is not an .npz file", help="numpy.savez writes one")
        stream.seek(0)
        found = {}
        try:
            with np.load(stream, allow_pickle=False) as archive:
                for name in archive.files:
                    found[name] = archive[name]
        except (ValueError, KeyError, EOFError, RuntimeError, zlib.error, zipfile.BadZipFile) as error:
            if "allow_pickle" in str(error):
                raise CircuitError(
                    f"{path} holds Python objects, which are never loaded", help="save arrays of numbers"
                ) from None
            raise CircuitError(f"{path} cannot be read as an .npz file: {error}") from error
        for name, array in found.items():
            if not isinstance(array, np.ndarray):
                raise CircuitError(f"{path} holds '{name}', which is not an array")
        return found


def save(values: Mapping[str, Any]) -> bytes:
    """Return an `.npz` file: equal values make equal bytes, and the file carries the mark."""
    import numpy as np

    content = io.BytesIO()
    mark = struct.pack("<HH", _EXTRA, len(MARK)) + MARK.encode()
    with zipfile.ZipFile(content, "w") as archive:
        for name, value in values.items():
            member = zipfile.ZipInfo(f"{name}.npy", _MOMENT)
            member.external_attr = 0o644 << 16
            member.create_system = 3
            member.extra, mark = mark, b""
            with archive.open(member, "w", force_zip64=True) as stream:
                np.lib.format.write_array(stream, np.ascontiguousarray(value), allow_pickle=False)
    return content.getvalue()


def read_arrays(path: str | None, settings: Mapping[str, float]) -> dict[str, Any]:
    """Return what `--data` and `--set` give; what is set wins."""
    arrays = load(path) if path is not None else {}
    return {**arrays, **settings}


def require_bodies(circuit: Circuit, otherwise: str) -> None:
    """Raise for functions without a body, which no file holds; `otherwise` says how to call from Python."""
    if functions := circuit.model.functions:
        name = shown(functions[0])
        raise CircuitError(
            f"'{name}' is a function without a body, so there is nothing to compute it with",
            help=f"write def {name}(…) = … among the equations, or {otherwise} {name}=…",
        )


def lengths_given(
    circuit: Circuit, arrays: Mapping[str, Any], lengths: Mapping[str, int] | None
) -> tuple[dict[str, int], dict[str, int]]:
    """Return the lengths that are told, by axis, and those that the arrays of the inputs have.

    Raises `CircuitError` where an array or a length is missing, or where they contradict each other.
    """
    model = circuit.model
    given = {name if name in (*model.inputs, *model.parameters) else canonical(name) for name in arrays}
    used = {read.name for statement in model.statements for read in statement.reads}
    used.update(name for statement in model.statements for name in statement.parameters)
    missing = [shown(name) for name in (*model.inputs, *model.parameters) if name in used and name not in given]
    if missing:
        # An input has a value at every step, which no number can be.
        numbers = "" if any(name in used for name in model.inputs) else f"numbers: --set {missing[0]}=…, "
        raise CircuitError(
            f"no value is given for {', '.join(missing)}",
            help=f"{numbers}arrays: --data FILE.npz (numpy.savez('FILE.npz', {missing[0]}=…))",
        )
    shapes = shapes_of_inputs(model, {canonical(name): array for name, array in arrays.items()})
    found = resolve(model, lengths or {}, shapes)
    _require_lengths(circuit, found, [name for name in model.inputs if name in used])
    return dict(found.told), dict(found.known)


def evaluate(circuit: Circuit, arrays: Mapping[str, Any], lengths: Mapping[str, int] | None) -> dict[str, Any]:
    """Return the value of every signal; `lengths` are those of the axes that no input runs over.

    Raises `CircuitError` for arrays that are missing, unknown or do not fit, and for too many steps.
    """
    model = circuit.model
    told, known = lengths_given(circuit, arrays, lengths)
    if model.axes and set(settled(model, {**known, **told})) == {*model.own_axes}:
        unfolding = circuit.unfold({**known, **told})
        require_within(
            sum(_volume(unfolding.extent(name)) for name in model.signals),
            EVALUATED_VALUES,
            "this would compute {} values",
            "take fewer steps; unfoldgraph info counts any number of them",
        )
    # What is no array says no number of steps, and is refused when it is called.
    total = next(iter({**known, **told}.values()), 0) if len(model.own_axes) == 1 else 0
    with Progress("steps") as progress:
        return run_in_pieces(circuit, as_called(model, arrays), told, total, progress.report)


def _require_lengths(circuit: Circuit, found: Resolved, inputs: Sequence[str]) -> None:
    """Raise where a length is missing, or is not what the arrays of the inputs have; of those it may be given as well.

    `inputs` are those that are read: their arrays are there, and a program says itself where one does not fit.
    """
    model = circuit.model
    over = {model.length_of[axis] for name in inputs for axis in model.axes_of(name)}
    several = len(model.own_axes) > 1
    missing = [axis for axis in found.untold if axis not in over and axis not in found.taken]
    if missing:
        wanted = ",".join(f"{shown(axis)}=N" for axis in missing) if several else "N"
        raise unknown_steps(model, missing, f"give --steps {wanted}")
    for axis in found.contradicted:
        which = f" of {shown(axis)}" if several else ""
        number = f"{shown(axis)}={found.told[axis]}" if several else str(found.told[axis])
        raise CircuitError(f"--steps {number} is given, but the inputs have {found.known[axis]} steps{which}")


def _volume(box: tuple[tuple[int, int], ...]) -> int:
    return math.prod(last - first + 1 for first, last in box)


def summary(circuit: Circuit, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is printed as JSON: of each signal its shape and its value at the last step.

    A number that JSON does not have is the text `"NaN"`, `"Infinity"` or `"-Infinity"`. Without any step
    the last value is None.
    """
    signals = {
        name: {"shape": list(value.shape), "last": _plain(_last(circuit, name, value))}
        for name, value in values.items()
    }
    return {"version": 1, "circuit": circuit.name, "signals": signals}


def summary_text(circuit: Circuit, values: Mapping[str, Any]) -> str:
    """Return one line for each signal: name, shape, value at the last step."""
    import numpy as np

    rows = []
    for name, value in values.items():
        last = _last(circuit, name, value)
        if last is None:
            written = "no steps"
        elif not last.ndim:
            written = str(last.item())
        else:
            written = np.array2string(
                last, separator=", ", threshold=_PRINTED, edgeitems=3, max_line_width=10**6, floatmode="unique"
            )
        rows.append((shown(name), str(value.shape), " ".join(written.split())))
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return "\n".join(f"{name:<{widths[0]}}  {shape:<{widths[1]}}  {last}" for name, shape, last in rows)


def _last(circuit: Circuit, name: str, value: Any) -> Any:
    """Return a signal at the last step of its axis, batch and all; None where there is no step."""
    axes = len(circuit.model.axes_of(name))
    for _ in range(axes):
        position = value.ndim - (circuit.model.rank(name) or 0) - axes
        if not value.shape[position]:
            return None
        value, axes = value.take([-1], axis=position).squeeze(position), axes - 1
    return value


def _plain(value: Any) -> Any:
    """Return an array as lists of numbers that JSON has."""
    if value is None:
        return None
    if getattr(value, "ndim", 0):
        return [_plain(one) for one in value]
    number = value.item()
    if isinstance(number, float) and not math.isfinite(number):
        return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    return number
