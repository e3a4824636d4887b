"""The quick cross-section has something of every room, and names what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.paths import ROOT, TESTS
from support.quick import LONG, QUICK

PACKAGE = ROOT / "unfoldgraph"
#: The folders of the package that have modules, and beside them what is of all of it.
ROOMS = {path.parent.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py")} - {Path()} | {Path("whole")}


@pytest.mark.parametrize("room", sorted(map(str, ROOMS)))
def test_every_room_has_a_quick_test(room: str) -> None:
    # What has no tests by itself is tested by those of the room that it is in.
    tests = room if (TESTS / room).is_dir() else str(Path(room).parent)
    assert any(str(Path(file).parent) == tests for file in QUICK)


def test_what_is_named_is_there() -> None:
    found = {
        name for file in QUICK for name in re.findall(r"^def (test_\w+)", (TESTS / file).read_text(), re.MULTILINE)
    }
    assert found >= LONG
