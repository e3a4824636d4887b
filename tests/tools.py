"""Programs of others that some tests need: a browser, LaTeX, Graphviz."""

from __future__ import annotations

import os
import shutil

import pytest

#: `.ci/run` installs all of them and sets this, so that no test is left out there.
ALL_THERE = "UNFOLDGRAPH_ALL_TOOLS"


def tool(name: str) -> str:
    """Return the path of a program; without it the test is left out, or fails where all should be there."""
    path = shutil.which(name)
    if path is not None:
        return path
    if os.environ.get(ALL_THERE):
        pytest.fail(f"{name} is not installed")
    pytest.skip(f"needs {name}")
