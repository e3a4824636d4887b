"""Values know no layout: what circuits are lowered to computes the same with the sequences last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from generators.circuits import everything, lengths_of
from hypothesis import assume, given
from hypothesis import strategies as st
from oracles.gallery_oracles import CASES, SIZES, M, N
from oracles.kernel_interpreter import run_kernel
from support.profiles import examples
from support.written_kernels import buffers_of, for_each, in_columns, run_as_numpy, values_of

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.algebra.expression import sum_of_size
from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.base.affine import length, size
from unfoldgraph.base.files import gallery_names
from unfoldgraph.program.ir import SEQUENCES, Apply, Kernel, has_sequences
from unfoldgraph.program.lower import lower
from unfoldgraph.program.passes.hoist import hoist
from unfoldgraph.program.schedule import schedule_of

BATCH = 3


def numbers_of(kernel: Kernel, lengths: Mapping[str, int], sizes: Mapping[str, int]) -> dict[str, int]:
    """Return the numbers that sums of a kernel mention; a size that is not told is 3."""
    extents = [dim.extent for buffer in buffers_of(kernel) for dim in buffer.dims]
    operations = [node for node in values_of(kernel) if isinstance(node, Apply)]
    extents += [one for node in operations for one in node.shape or ()]
    # Those that are told by a sum, `ones(m+n)`, too.
    extents += [sum_of_size(one) for node in operations if OPERATORS[node.row].sizes != 0 for one in node.data or ()]
    found = {length(axis): steps for axis, steps in lengths.items()} | {SEQUENCES.extent: BATCH}
    found |= {size(name): number for name, number in sizes.items()}
    told = {at.terms[0][0]: number for at, number in found.items()}
    return {own: 3 for extent in extents for own, _ in extent.terms} | told


def arguments_of(kernel: Kernel, numbers: Mapping[str, int], seed: int) -> dict[str, Any]:
    """Return numbers for all arguments, with margins of zeros."""
    random = np.random.default_rng(seed)
    found = {}
    for buffer in kernel.arguments:
        given = random.normal(size=[dim.extent.number(numbers) for dim in buffer.dims]) * 0.7
        margins = [(-dim.first.number(numbers), (dim.last - dim.extent).number(numbers) + 1) for dim in buffer.dims]
        found[buffer.name] = np.pad(given, margins) if margins else np.asarray(given)
    return found


def moved(kernel: Kernel, other: Kernel, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Return arrays in the order of the dimensions of another kernel."""
    dims = {one.name: [dim.name for dim in one.dims] for one in (*other.arguments, *other.results)}
    found = dict(arrays)
    for one in (*kernel.arguments, *kernel.results):
        if one.name in found:
            own = [dim.name for dim in one.dims]
            found[one.name] = np.transpose(found[one.name], [own.index(name) for name in dims[one.name]])
    return found


def assert_layouts_agree(kernel: Kernel, numbers: Mapping[str, int], seed: int, in_both: bool = True) -> None:
    """Compare what is written in rows with the interpreter, and what is written in columns with it."""
    given = arguments_of(kernel, numbers, seed)
    with np.errstate(all="ignore"):
        expected = run_kernel(kernel, numbers, given)
    rows = run_as_numpy(kernel, numbers, given)
    compared(rows, expected)
    if in_both:
        columns = in_columns(kernel)
        found = run_as_numpy(columns, numbers, moved(kernel, columns, given))
        compared(moved(columns, kernel, found), rows)


def compared(found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert np.shape(found[name]) == np.shape(value), name
        np.testing.assert_allclose(found[name], value, rtol=1e-8, atol=1e-10, err_msg=name)


def apart(circuit: Circuit) -> set[str]:
    """Return the inputs and boundaries that may differ from sequence to sequence: matrices may only in rows."""
    model = circuit.model
    owners = dict.fromkeys(model.inputs) | {boundary.argument: boundary.name for boundary in model.free}
    return {name for name, owner in owners.items() if len(model.shapes[owner or name] or ()) < 2}


def kernels_of(circuit: Circuit, each: set[str]) -> list[Kernel]:
    """Return what a circuit is lowered to, hoisted and not, where some arguments differ from sequence to sequence."""
    lowered = lower(schedule_of(circuit.model, None))
    return [for_each(one, each) for one in (lowered, hoist(lowered))]


#: The signals of the Kalman filter are matrices of each sequence; functions of the caller get the sequences first.
IN_BOTH = [name for name in gallery_names() if name != "kalman" and not Circuit.gallery(name).model.functions]


@pytest.mark.parametrize("name", IN_BOTH)
def test_the_gallery_is_the_same_in_rows_and_in_columns(name: str) -> None:
    circuit, case = Circuit.gallery(name), CASES[name]
    each = apart(circuit)
    for kernel in kernels_of(circuit, each):
        assert any(map(has_sequences, kernel.results)) or not each
        assert_layouts_agree(kernel, numbers_of(kernel, case.lengths, SIZES), 1)


def test_matrices_of_each_sequence_are_multiplied_in_rows() -> None:
    circuit = Circuit.gallery("kalman")
    for kernel in kernels_of(circuit, {"P0"}):
        numbers = numbers_of(kernel, CASES["kalman"].lengths, {"m": M, "n": N})
        assert_layouts_agree(kernel, numbers, 1, in_both=False)
        with pytest.raises(NotImplementedError, match="matmul has no form for sequences that stand last"):
            assert_layouts_agree(kernel, numbers, 1)


@examples(100)
@given(everything(), st.integers(0, 4), st.integers(0, 99), st.booleans())
def test_every_circuit_is_the_same_in_rows_and_in_columns(source: str, steps: int, seed: int, is_apart: bool) -> None:
    circuit = Circuit(source)
    assume(not circuit.model.functions)
    lengths = lengths_of(circuit, (steps, steps + 1))
    assume(lengths is not None)
    each = apart(circuit)
    # Vectors and numbers of sequences of their own, too.
    each |= {name for name in circuit.model.parameters if is_apart and len(circuit.model.shapes[name] or ()) < 2}
    try:
        kernels = kernels_of(circuit, each)
    except CircuitError as error:
        assert "nothing says how large" in error.message
        return
    for kernel in kernels:
        assert lengths is not None
        numbers = numbers_of(kernel, lengths, {})
        try:
            assert_layouts_agree(kernel, numbers, seed)
        except NotImplementedError as error:
            assert "sequences that stand last" in str(error)
            assert_layouts_agree(kernel, numbers, seed, in_both=False)
