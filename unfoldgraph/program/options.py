"""What can be asked of a program: one row per option. Nothing heavy is loaded for it."""

from __future__ import annotations

from collections.abc import Mapping

from unfoldgraph.base.errors import CircuitError, did_you_mean
from unfoldgraph.base.option import Option

__all__ = ["OPTIONS", "TARGETS", "check_options"]

TARGETS = ("numpy", "numba")
"""What a program runs on."""

OPTIONS: Mapping[str, Option] = {
    "outputs": Option("the signals that are returned: o,h (default: all)", metavar="NAME,..."),
    "plain": Option("the textbook style, one equation a line; by default the code is fast", default=False),
    "gradient": Option("also the gradient of L; not available yet", metavar="L"),
    "target": Option("what the code runs on", TARGETS, "numpy"),
}
"""What is documented of a program, by name; what a later version will have is refused as such."""


def check_options(gradient: str | None, target: str, has_steps: bool = False) -> None:
    """Raise `CircuitError` for a target that there is not, or not for some steps, and for what there will be later.

    >>> check_options(None, "numba", has_steps=True)
    Traceback (most recent call last):
    ...
    unfoldgraph.base.errors.CircuitError: error: straight-line code is NumPy: there is none for the target 'numba'
      help: leave the number of steps out: a loop computes any number of them
    """
    if gradient is not None:
        raise CircuitError(
            "the gradient is not available yet; there is the program itself", help="leave --gradient out"
        )
    if target not in TARGETS:
        guess = did_you_mean(str(target), TARGETS)
        raise CircuitError(f"there is no target '{target}'", help=guess or f"choose one of: {', '.join(TARGETS)}")
    if has_steps and target != TARGETS[0]:
        raise CircuitError(
            f"straight-line code is NumPy: there is none for the target '{target}'",
            help="leave the number of steps out: a loop computes any number of them",
        )
