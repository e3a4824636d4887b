"""How many examples a property is tried with: as many as its test says, and more or fewer in the other profiles."""

from __future__ import annotations

from typing import Any

from hypothesis import settings

#: The examples of each profile, of a hundred that a test asks for. `ci` is what must hold before a change lands.
PROFILES = {"quick": 5, "ci": 100, "deep": 2000}


def register() -> None:
    """Make the profiles known to Hypothesis; what computes takes its time in all of them."""
    for name, of_hundred in PROFILES.items():
        settings.register_profile(name, max_examples=of_hundred, deadline=None)


def examples(number: int, **more: Any) -> settings:
    """Return the settings of a test that tries so many examples in `ci`, and its share of them in each profile."""
    return settings(max_examples=max(1, number * settings.default.max_examples // 100), deadline=None, **more)
