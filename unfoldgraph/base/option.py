"""What somebody may ask for: one row an option, which the command line and Python read alike."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Option"]


@dataclass(frozen=True, slots=True)
class Option:
    """One option: the sentence that explains it, its values, and what holds where nothing is said.

    Attributes
    ----------
    summary : what it is about, as a phrase.
    values : those to choose from; none where it takes what somebody writes.
    default : the value where nothing is said; None where that says something too, False for a switch.
    metavar : what stands for its value in a summary of the command.
    later : values that a later version will have.

    Examples
    --------
    >>> Option("where time runs", ("right", "up"), "right").help
    'where time runs: right, up (default: right)'
    """

    summary: str
    values: tuple[str, ...] = ()
    default: str | bool | None = None
    metavar: str = "NAME"
    later: tuple[str, ...] = ()

    @property
    def help(self) -> str:
        """The sentence with its values and the default."""
        listed = f": {', '.join(self.values)}" if self.values else ""
        return self.summary + listed + (f" (default: {self.default})" if self.default else "")

    @property
    def available(self) -> tuple[str, ...]:
        """The values that there are today."""
        return tuple(value for value in self.values if value not in self.later)
