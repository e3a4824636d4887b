"""The public face explains itself: whatever a user can call has an example, which the doctests run."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import pytest

import unfoldgraph
from unfoldgraph import Circuit, CircuitError, Drawing, Unfolding
from unfoldgraph.base.files import gallery_names
from unfoldgraph.circuit import Boundary
from unfoldgraph.cli.report import report
from unfoldgraph.formula.expansion import Expansion
from unfoldgraph.model.calling_convention import Result
from unfoldgraph.program.compiled import Program

CLASSES = (Circuit, Boundary, Drawing, Unfolding, Expansion, Program, Result, CircuitError)


def methods() -> Iterator[tuple[str, object]]:
    for kind in CLASSES:
        for name in dir(kind):
            found = inspect.getattr_static(kind, name)
            function = getattr(found, "__func__", found)
            if not name.startswith("_") and inspect.isfunction(function):
                yield f"{kind.__name__}.{name}", function


@pytest.mark.parametrize(("name", "function"), [pytest.param(*each, id=each[0]) for each in methods()])
def test_what_can_be_called_has_an_example(name: str, function: object) -> None:
    document = inspect.getdoc(function) or ""
    assert ">>>" in document, f"{name} has no example"


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_a_class_has_an_example(kind: type) -> None:
    assert ">>>" in (inspect.getdoc(kind) or "")


def test_shapes_and_boundaries_are_those_that_a_program_takes() -> None:
    circuit = Circuit("h(t) = tanh(b + W @ h(t-1) + U @ x(t-2)); F(t) = F(t-1) + F(t-2); o = f(h(end)); z : 3")
    assert circuit.shapes == {
        "x": ("n_x",), "b": ("n_h",), "W": ("n_h", "n_h"), "U": ("n_h", "n_x"), "z": (3,),
        "h": ("n_h",), "F": (), "o": None,
    }  # fmt: skip
    assert circuit.boundaries == (
        ("x", "x0", (((-1, 0),),), ()),
        ("h", "h0", (((0, 0),),), ()),
        ("F", "F0", (((-1, 0),),), ()),
    )
    assert circuit.boundaries[0].argument == "x0" and circuit.boundaries[0].places == (((-1, 0),),)
    # What is changed in a copy is no other's.
    circuit.shapes.clear()
    assert len(circuit.shapes) == 8


@pytest.mark.parametrize("name", gallery_names())
def test_shapes_and_boundaries_are_told_of_all_that_is_named(name: str) -> None:
    circuit = Circuit.gallery(name)
    told = report(circuit)
    listed = [*told["inputs"], *told["parameters"], *told["signals"]]
    assert {one["name"]: one["shape"] and tuple(one["shape"]) for one in listed} == {
        name: shape or (None if shape is None else []) for name, shape in circuit.shapes.items()
    }
    assert [(one["name"], one["argument"]) for one in told["boundaries"]] == [one[:2] for one in circuit.boundaries]
    arguments = inspect.signature(circuit.compile()).parameters
    assert {boundary.argument for boundary in circuit.boundaries} <= set(arguments)


def test_the_functions_of_the_package_have_examples() -> None:
    assert ">>>" in (inspect.getdoc(unfoldgraph) or "")
    assert ">>>" in (inspect.getdoc(unfoldgraph.fold) or "")
