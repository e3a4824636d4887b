"""What a circuit is lowered to means what the circuit means, number by number: in floats and exactly."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from generators.circuits import argument, arrays, everything, lengths_of, rank_of
from hypothesis import given
from hypothesis import strategies as st
from oracles.gallery_oracles import CASES, SIZES
from oracles.kernel_interpreter import FIELD, FLOATS, ROUTINES, Arithmetic, run_kernel
from support.profiles import examples

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.algebra.finite_field import FINITE_FIELD, PRIME
from unfoldgraph.base.affine import length, size
from unfoldgraph.base.files import gallery_names
from unfoldgraph.model.lengths import checked
from unfoldgraph.program.checking.check import check
from unfoldgraph.program.ir import (
    SEQUENCES,
    Apply,
    Assign,
    Buffer,
    Each,
    For,
    Kernel,
    KernelStatement,
    Value,
    nodes,
    with_parts,
)
from unfoldgraph.program.names import told_apart
from unfoldgraph.program.passes.pieces import in_pieces
from unfoldgraph.program.pipeline import IN_COLUMNS, IN_ROWS, LINEAR, LOOPS, PLAIN, kernel_of, variants_of
from unfoldgraph.program.schedule import schedule_of
from unfoldgraph.unfolding.evaluation import evaluate

Data = Mapping[str, Any]
BATCH = 2
#: The shapes of what the functions of generated circuits return, by those of their arguments.
RETURNED: dict[str, Callable[..., tuple[int, ...]]] = {
    "f": lambda *shapes: shapes[0],
    "e": lambda *shapes: shapes[0],
    "g": lambda *shapes: shapes[0][:-1],
    "F": lambda *shapes: shapes[0],
}


def kernels_of(circuit: Circuit, outputs: Sequence[str] | None = None) -> dict[str, Kernel]:
    """Return a circuit as it is lowered for some outputs, all by default, after each pass, and where it may go on."""
    found: dict[str, Kernel] = {}
    for style, passes in (("plain", PLAIN), ("fast", (*LINEAR, *IN_ROWS)), ("loops", LOOPS)):
        made: list[Kernel] = []
        kernel_of(schedule_of(circuit.model, outputs), passes, between=made.append)
        called = ["lower", *(f"{style} {one.__name__}" for one in passes)]
        found |= dict(zip(called, made, strict=True))
    going_on = in_pieces(found[f"fast {LINEAR[-1].__name__}"], frozenset(circuit.model.parameters))
    return found if going_on is None else found | {"fast in pieces": going_on[0]}


def kernels_in_columns(circuit: Circuit, outputs: Sequence[str] | None = None) -> dict[str, Kernel]:
    """Return what a circuit is with the sequences last, after each pass."""
    made: list[Kernel] = []
    variants = variants_of(schedule_of(circuit.model, outputs), between=made.append)
    if not any(variant.in_columns for variant in variants):
        return {}
    names = ["columns", *(one.__name__ for one in IN_COLUMNS)]
    return dict(zip(names, made[-len(names) :], strict=True))


def numbers_of(circuit: Circuit, lengths: Mapping[str, int], arrays_of_all: Mapping[str, Any]) -> dict[str, int]:
    """Return the numbers that sums mention; arrays, those of results too, tell the sizes."""
    told = {length(axis): steps for axis, steps in lengths.items()} | {SEQUENCES.extent: BATCH}
    owners = {boundary.argument: boundary.name for boundary in circuit.model.free}
    for name, value in arrays_of_all.items():
        shape = circuit.model.shapes.get(owners.get(name, name)) or ()
        told |= {size(one): number for one, number in zip(reversed(shape), reversed(np.shape(value)), strict=False)}
    return {one.terms[0][0]: number for one, number in told.items() if one.terms}


def handed_in(buffer: Buffer, value: Any, is_each: bool, numbers: Mapping[str, int], arithmetic: Arithmetic) -> Any:
    """Return an argument as a kernel takes it; what the kernel has no sequences for has them first."""
    dims = buffer.dims
    if SEQUENCES in dims:
        if not np.ndim(value):
            # What is not given is 0 in every entry.
            value = np.broadcast_to(value, [dim.extent.number(numbers) for dim in dims if dim != SEQUENCES])
        value = value if is_each else np.broadcast_to(value, (BATCH, *np.shape(value)))
        value = np.moveaxis(value, 0, dims.index(SEQUENCES))
    elif is_each:
        dims = (SEQUENCES, *dims)
    extents = [dim.extent.number(numbers) for dim in dims]
    before = [-dim.first.number(numbers) for dim in dims]
    room = [dim.last.number(numbers) + 1 + margin for dim, margin in zip(dims, before, strict=True)]
    found = arithmetic.array(np.zeros((*room, *np.shape(value)[len(room) :])))
    found[tuple(slice(margin, margin + extent) for margin, extent in zip(before, extents, strict=True))] = value
    return found


def interpreted(
    circuit: Circuit, kernel: Kernel, data: Data, each: Collection[str], lengths: Mapping[str, int], exact: bool
) -> list[dict[str, Any]]:
    """Return what a kernel gives for each sequence."""
    arithmetic = FIELD if exact else FLOATS
    numbers = numbers_of(circuit, lengths, data)
    given_all, apart = {}, []
    for buffer in kernel.arguments:
        name = argument(buffer.name)
        # A boundary that is not given is 0.
        value = data.get(name, 0)
        if buffer.dims or name in each:
            value = handed_in(buffer, value, name in each, numbers, arithmetic)
        given_all[buffer.name] = value
        apart += [buffer.name] * (name in each and SEQUENCES not in buffer.dims)
    functions = {name: data[name] for name in circuit.model.functions}
    with np.errstate(all="ignore"):
        results = run_kernel(
            kernel, numbers, given_all, functions=functions, routines=ROUTINES, apart=apart, arithmetic=arithmetic
        )
    found: list[dict[str, Any]] = [{} for _ in range(BATCH)]
    for array in kernel.results:
        value = results[array.name]
        is_apart = getattr(array, "is_shaped", True) and np.ndim(value) > len(array.dims)
        for number, one in enumerate(found):
            if is_apart or SEQUENCES in array.dims:
                one[array.name] = np.take(value, number, axis=0 if is_apart else array.dims.index(SEQUENCES))
            else:
                one[array.name] = value
    return found


def meanings(
    circuit: Circuit, lengths: Mapping[str, int], data: Data, each: Collection[str], exact: bool
) -> list[dict[str, Any]]:
    """Return the plain meaning of each sequence."""
    alone = [
        {name: value[number] if name in each else value for name, value in data.items()} for number in range(BATCH)
    ]
    unfolding = circuit.unfold(lengths)
    results = [evaluate(unfolding, one, arithmetic=FINITE_FIELD if exact else None) for one in alone]
    # A signal may be called as a method of what is returned.
    return [{name: one[name] for name in one} for one in results]


def assert_it_means_the_circuit(
    circuit: Circuit,
    kernel: Kernel,
    lengths: Mapping[str, int],
    data: Data,
    each: Collection[str],
    expected: list[dict[str, Any]],
    exact: bool,
) -> None:
    """Compare what is returned of each sequence with its meaning, number by number where exact, else to rounding."""
    # What results are told of the sizes that nothing else tells.
    told = {**data, **expected[0]}
    found = interpreted(circuit, kernel, told, each, lengths, exact)
    for number, (values, meant) in enumerate(zip(found, expected, strict=True)):
        assert [*values] == [array.name for array in kernel.results]
        meant = meant | nexts_of(circuit, data, each, number, meant)
        for name in values:
            value, own = meant[name], np.asarray(values[name])
            if own.dtype == object and own.size and np.ndim(own.flat[0]):
                # Of unknown shape, it is a list of values.
                own = np.array([np.asarray(one) for one in own.flat])
            own = own.reshape(np.shape(value))
            if exact:
                np.testing.assert_array_equal(own, value, name)
            else:
                # How an array lies in memory may change the last digits of a product.
                np.testing.assert_allclose(own.astype(np.float64), value, rtol=1e-12, atol=1e-13, err_msg=name)


def nexts_of(
    circuit: Circuit, data: Data, each: Collection[str], number: int, meant: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what stands before the next steps of a sequence, for each signal that begins with an argument."""
    found = {}
    for boundary in circuit.model.free:
        if boundary.name in meant and len(circuit.model.axes_of(boundary.name)) == 1:
            own, given = np.asarray(meant[boundary.name]), data.get(boundary.argument, 0)
            first = np.asarray(given[number] if boundary.argument in each else given)
            count = boundary.count if boundary.has_several else 1
            first = np.broadcast_to(first, (count, *own.shape[1:]))
            last = np.concatenate([first, own])[len(own) :]
            found[told_apart(f"{boundary.argument}_next", "end")] = last if boundary.has_several else last[0]
    return found


# The gallery ----------------------------------------------------------------------------------------------


def gallery_data(name: str, exact: bool) -> tuple[dict[str, Any], set[str]]:
    """Return numbers for everything that a circuit of the gallery reads, and what has others for each sequence."""
    circuit, case = Circuit.gallery(name), CASES[name]
    random, model = np.random.default_rng(7), circuit.model

    def array(owner: str, *places: int) -> Any:
        shape = (*places, *(SIZES.get(str(one), one) for one in model.shapes[owner] or ()))
        return FINITE_FIELD.asarray(random.integers(PRIME, size=shape)) if exact else random.normal(size=shape)

    each = {name: array(name, BATCH, *(case.lengths[axis] for axis in axes)) for name, axes in model.inputs.items()}
    for boundary in model.free:
        each[boundary.argument] = array(
            boundary.name, BATCH, *([boundary.count_at(SIZES)] if boundary.has_several else [])
        )
    told = dict(case.numbers(random))
    if exact:
        told = {key: value for key, value in told.items() if key not in model.functions}
        told |= {key: FINITE_FIELD.opaque_function(key, lambda *shapes: shapes[0]) for key in model.functions}
    return {**each, **{name: array(name) for name in model.parameters}, **told}, {*each} - {*told}


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("name", gallery_names())
def test_the_gallery_is_lowered_to_what_it_means(name: str, exact: bool) -> None:
    circuit = Circuit.gallery(name)
    data, each = gallery_data(name, exact)
    expected = meanings(circuit, CASES[name].lengths, data, each, exact)
    # What is not returned may be kept for one turn only.
    for outputs in (None, *([signal] for signal in circuit.signals)):
        kernels = kernels_of(circuit, outputs)
        if not each & {*circuit.model.parameters}:
            kernels |= kernels_in_columns(circuit, outputs)
        for made, kernel in kernels.items():
            # A pass may sum in another order.
            if exact or made == "lower":
                assert_it_means_the_circuit(circuit, kernel, CASES[name].lengths, data, each, expected, exact)


@pytest.mark.parametrize("name", gallery_names())
def test_what_the_gallery_is_lowered_to_keeps_the_rules(name: str) -> None:
    circuit = Circuit.gallery(name)
    for kernel in (*kernels_of(circuit).values(), *kernels_in_columns(circuit).values()):
        check(kernel, routines=ROUTINES)


def with_a_fault(kernel: Kernel) -> Kernel:
    """Return a kernel with one sum inside a loop made a difference."""
    faults = 0

    def changed(statement: KernelStatement) -> KernelStatement:
        nonlocal faults
        match statement:
            case For() | Each():
                return replace(statement, body=tuple(map(changed, statement.body)))
            case Assign():
                made: dict[int, Value] = {}
                for node in nodes([statement.value]):
                    made[id(node)] = with_parts(node, made)
                    if not faults and isinstance(node, Apply) and node.row == "add":
                        faults += 1
                        made[id(node)] = replace(node, row="sub")
                return replace(statement, value=made[id(statement.value)])
        return statement

    body = tuple(changed(one) if isinstance(one, For | Each) else one for one in kernel.body)
    assert faults == 1
    return replace(kernel, body=body)


@pytest.mark.parametrize("name", ["rnn", "kalman", "pascal", "gru"])
def test_a_fault_is_told(name: str) -> None:
    circuit = Circuit.gallery(name)
    data, each = gallery_data(name, True)
    expected = meanings(circuit, CASES[name].lengths, data, each, True)
    for kernel in kernels_of(circuit).values():
        with pytest.raises(AssertionError, match="not equal"):
            assert_it_means_the_circuit(circuit, with_a_fault(kernel), CASES[name].lengths, data, each, expected, True)


def is_accepted(circuit: Circuit, lengths: Mapping[str, int]) -> bool:
    """Say whether a call may have some lengths: none that is too short for what is read by a number."""
    try:
        checked(circuit.model, lengths)
    except CircuitError:
        return False
    return True


# Generated circuits ---------------------------------------------------------------------------------------


@examples(40)
@given(everything(), st.integers(0, 3), st.integers(0, 99), st.data())
def test_every_circuit_is_lowered_to_what_it_means(source: str, steps: int, seed: int, drawn: st.DataObject) -> None:
    circuit = Circuit(source)
    lengths = lengths_of(circuit, (steps, steps + 1))
    if lengths is None:
        return
    data = arrays(circuit, lengths, seed, (BATCH,))
    ranks = {name: rank_of(circuit, name) for name in data}
    each = {name for name, rank in ranks.items() if rank is not None and data[name].ndim > rank}
    random = np.random.default_rng(seed)
    exactly = {
        name: value if callable(value) else FINITE_FIELD.asarray(random.integers(PRIME, size=np.shape(value)))
        for name, value in data.items()
    } | {name: FINITE_FIELD.opaque_function(name, RETURNED[name]) for name in circuit.model.functions}
    some = st.lists(st.sampled_from(circuit.signals), min_size=1, unique=True)
    outputs = drawn.draw(st.none() | some)
    try:
        kernels = kernels_of(circuit, outputs)
        if not each & {*circuit.model.parameters}:
            kernels |= kernels_in_columns(circuit, outputs)
    except CircuitError as error:
        assert "nothing says how large" in error.message
        return
    for kernel in kernels.values():
        check(kernel, routines=ROUTINES, accepts=lambda some: is_accepted(circuit, some))
    for exact, numbers in ((False, data), (True, exactly)):
        try:
            expected = meanings(circuit, lengths, numbers, each, exact)
        except CircuitError as error:
            # What a function returns does not fit, a matrix is singular, or what tells a size is left out.
            told = ("came out", "cannot be computed", "no array says how large")
            assert any(one in error.message for one in told), error
            continue
        for made, kernel in kernels.items():
            # A pass may sum in another order.
            if exact or made == "lower":
                assert_it_means_the_circuit(circuit, kernel, lengths, numbers, each, expected, exact)
