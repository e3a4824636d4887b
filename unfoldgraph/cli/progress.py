"""How far long work is: one line on a terminal, and nothing anywhere else."""

from __future__ import annotations

import os
import sys
import time
from types import TracebackType

from unfoldgraph.cli.console import tell

#: After how many seconds it is first told, and how often then.
_FIRST, _AGAIN = 1.0, 0.2


class Progress:
    """Tells on standard error how much is done, how fast that goes, and how long the rest will take.

    Parameters
    ----------
    what : what is counted, in the plural.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        self.next = time.monotonic() + _FIRST
        #: When something was done for the first time, and how much: what comes before that is no part of the rate.
        self.begun: tuple[float, int] | None = None
        self.is_told = False
        # A terminal that cannot go back in a line has none that could be written again.
        self.is_shown = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.is_told:
            tell("\r\x1b[K")

    def report(self, done: int, total: int) -> None:
        """Tell that so much of all is done, where it is time for it."""
        now = time.monotonic()
        begun, before = self.begun = self.begun or (now, done)
        if not self.is_shown or now < self.next or done == before:
            return
        self.next, self.is_told = now + _AGAIN, True
        rate = (done - before) / (now - begun)
        tell(f"\r\x1b[K{progress_line(done, total, rate, self.what)}")


def progress_line(done: int, total: int, rate: float, what: str) -> str:
    """Return how much is done, in words.

    Parameters
    ----------
    rate : how many a second.

    Examples
    --------
    >>> progress_line(1_500_000, 10_000_000, 2_000_000.0, "steps")
    '1,500,000 of 10,000,000 steps (15 %), 2,000,000 a second, 4 s left'
    >>> progress_line(50, 100_000, 0.5, "steps")
    '50 of 100,000 steps (0 %), 0.5 a second, 55 h 31 min left'
    """
    speed = f"{rate:,.0f}" if rate >= 10 else f"{rate:.2g}"
    return (
        f"{done:,} of {total:,} {what} ({100 * done // total} %), {speed} a second, {_span((total - done) / rate)} left"
    )


def _span(seconds: float) -> str:
    whole = max(1, round(seconds))
    if whole < 120:
        return f"{whole} s"
    return f"{whole // 60} min" if whole < 7200 else f"{whole // 3600} h {whole % 3600 // 60} min"
