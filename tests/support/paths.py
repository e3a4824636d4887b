"""Where the project and its tests are, for what is run in a process of its own."""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
GALLERY = ROOT / "gallery"
