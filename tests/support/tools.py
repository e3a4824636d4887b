"""Programs and packages of others that some tests need: a browser, LaTeX, Graphviz."""

from __future__ import annotations

import importlib.util
import os
import shutil

import pytest

#: `.ci/run` installs all of them and sets this, so that no test is left out there.
ALL_THERE = "UNFOLDGRAPH_ALL_TOOLS"
#: The same for the packages of the extras, which `.ci/run` installs after the other tests.
ALL_EXTRAS = "UNFOLDGRAPH_ALL_EXTRAS"


def tool(name: str) -> str:
    """Return the path of a program; without it the test is left out, or fails where all should be there."""
    path = shutil.which(name)
    if path is not None:
        return path
    if os.environ.get(ALL_THERE):
        pytest.fail(f"{name} is not installed")
    pytest.skip(f"needs {name}")


def packages(*names: str) -> None:
    """Go on only with these packages; without one the test is left out, or fails where all should be there."""
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing and os.environ.get(ALL_EXTRAS):
        pytest.fail(f"{', '.join(missing)} not installed")
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")
