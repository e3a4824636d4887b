"""The process of the command line: its arguments, its exit code, and how it ends on Ctrl-C.

Until `main` has seen to Ctrl-C, it is for Python to answer, with a traceback. So nothing that takes time is loaded
before: no other module of the package, not even `typing` or `__future__`.
"""

import sys
from os import _exit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130
"""The exit code of Ctrl-C."""


def main(arguments: "Sequence[str] | None" = None) -> int:
    """Run one command and return its exit code.

    Without arguments it is the command of this process, which Ctrl-C then ends at once.

    >>> main(["expand", "s(t) = f(s(t-1); theta)", "s(2)"])
    f(f(s(0); θ); θ)
    0
    """
    try:
        # It is in memory from the start, where `signal` would have to be loaded.
        import _signal  # type: ignore[import-not-found]

        # With arguments the process is that of others; and where Ctrl-C is ignored, as in the background, it stays so.
        minds = arguments is None and _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler
        if minds:
            _signal.signal(_signal.SIGINT, _end)
        if arguments is None:
            _collect_rarely()

        from unfoldgraph.cli.dispatch import answer

        code = answer(list(sys.argv[1:] if arguments is None else arguments))
        if minds:
            # What is done is done: while the interpreter ends, Ctrl-C could only hide it.
            _signal.signal(_signal.SIGINT, _signal.SIG_IGN)
        return code
    except KeyboardInterrupt:
        return INTERRUPTED


def _collect_rarely() -> None:
    """Let the collector look for what nothing refers to once in 200,000 objects, as mypy does.

    What a command makes it keeps to its end; to walk all of it again and again takes a twentieth of a `check`.
    """
    import gc

    gc.set_threshold(200_000, 30, 30)


def _end(*_: object) -> None:
    """End the process. An exception would be lost, or shown, where code of others cannot let it through."""
    _exit(INTERRUPTED)
