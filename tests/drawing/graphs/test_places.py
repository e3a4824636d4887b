"""The places of an axis do not depend on what the axis is called."""

from __future__ import annotations

import pytest

from unfoldgraph import Circuit


@pytest.mark.parametrize("name", ["dots", "hidden", "end_", "gap", "step"])
@pytest.mark.parametrize("view", ["both", "cut"])
def test_an_axis_may_be_called_as_any_other(name: str, view: str) -> None:
    def ends(axis: str) -> list[tuple[int, ...]]:
        edges = Circuit(f"h({axis}) = f(h({axis}-1), x({axis}))").draw(view=view).scene.items
        return [item.delay for item in edges if hasattr(item, "delay")]

    assert ends(name) == ends("i")
