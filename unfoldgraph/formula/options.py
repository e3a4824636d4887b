"""What can be asked of a formula: one row per option. Nothing heavy is loaded for it."""

from __future__ import annotations

from collections.abc import Mapping

from unfoldgraph.base.errors import CircuitError, did_you_mean
from unfoldgraph.base.option import Option

__all__ = ["FORMATS", "FORMS", "NOTATIONS", "OPTIONS", "check_notation", "check_writing", "no_closed_form"]

FORMS = ("nested", "steps", "let", "signature", "closed")
"""How a formula is written out."""
FORMATS = ("text", "latex", "sympy", "json")
"""What it is written in."""
NOTATIONS = ("book", "subscript", "bracket")
"""How an index is written, in formulas and in pictures: h⁽ᵗ⁾ (as text h(t)), h_t, h[t]."""

OPTIONS: Mapping[str, Option] = {
    "form": Option("how it is written out", FORMS, "nested", later=("closed",)),
    "format": Option("what it is written in", FORMATS, "text"),
    "notation": Option("how an index is written", NOTATIONS, "book"),
}
"""What `Expansion.render` takes, by the names of its arguments."""


def check_notation(notation: str) -> None:
    """Raise `CircuitError` for a notation that there is not."""
    if notation not in NOTATIONS:
        raise CircuitError(f"there is no notation '{notation}'", help=f"choose one of: {', '.join(NOTATIONS)}")


def check_writing(form: str, format: str) -> None:
    """Raise `CircuitError` for a form or a format that there is not."""
    for option, given in (("form", form), ("format", format)):
        known = OPTIONS[option].values
        if given not in known:
            raise CircuitError(
                f"there is no {option} '{given}'",
                help=did_you_mean(given, known) or f"choose one of: {', '.join(known)}",
            )


def no_closed_form() -> CircuitError:
    """Return what is to be raised where a closed form is asked for."""
    *others, last = OPTIONS["form"].available
    return CircuitError("closed forms are not available yet", help=f"use --form {', '.join(others)} or {last}")
