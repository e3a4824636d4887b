"""The public face explains itself: whatever a user can call has an example, which the doctests run."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import pytest

import unfoldgraph
from unfoldgraph import Circuit, CircuitError, Drawing, Unfolding
from unfoldgraph.formula.expansion import Expansion
from unfoldgraph.model.calling_convention import Result
from unfoldgraph.program.compiled import Program

CLASSES = (Circuit, Drawing, Unfolding, Expansion, Program, Result, CircuitError)


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


def test_the_functions_of_the_package_have_examples() -> None:
    assert ">>>" in (inspect.getdoc(unfoldgraph) or "")
    assert ">>>" in (inspect.getdoc(unfoldgraph.fold) or "")
