"""The profiles of Hypothesis, and the quick cross-section of the tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings
from support.paths import TESTS
from support.profiles import register
from support.quick import LONG, QUICK

register()
# `--hypothesis-profile` goes before.
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "quick: a cross-section of every room")
    if config.option.markexpr == "quick":
        # To collect all that is left out again would take as long as what is not.
        config.option.doctestmodules = False


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Collect no other files where only the quick cross-section is asked for."""
    is_other = collection_path.suffix == ".py" and str(collection_path.relative_to(TESTS)) not in QUICK
    return True if is_other and config.option.markexpr == "quick" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        file, _, test = item.nodeid.removeprefix("tests/").partition("::")
        if file in QUICK and test.partition("[")[0] not in LONG:
            item.add_marker("quick")
