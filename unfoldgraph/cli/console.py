"""The streams of the command line: UTF-8 whatever the locale, colour for people, quiet where nobody reads."""

from __future__ import annotations

import io
import os
import re
import sys
from contextlib import suppress
from typing import TextIO


def write_bytes(content: bytes) -> None:
    """Write to standard output as it is."""
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def print_line(text: str) -> None:
    """Write a line to the standard output."""
    sys.stdout.write(text + "\n")


def print_json(value: object) -> None:
    """Write a value to the standard output as JSON."""
    import json

    print_line(json.dumps(value, ensure_ascii=False, indent=1))


_COLOURS = (
    (re.compile(r"^(.*?)(error:)", re.MULTILINE), "\x1b[1m", "\x1b[1;31m"),
    (re.compile(r"^(.*?)(warning:)", re.MULTILINE), "\x1b[1m", "\x1b[1;35m"),
    (re.compile(r"^(  )(help:)", re.MULTILINE), "", "\x1b[36m"),
)


def complain(message: str) -> None:
    """Print to standard error, in colour where a person looks at it."""
    if sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb":
        lines = message.split("\n")
        message = "\n".join(_coloured(line) for line in lines)
    tell(message + "\n")


def tell(text: str) -> None:
    """Write to standard error; where there is nowhere left to say it, the exit code does."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        discard(sys.stderr)


def _coloured(line: str) -> str:
    for pattern, before, colour in _COLOURS:
        if found := pattern.match(line):
            return f"{before}{found[1]}\x1b[0m{colour}{found[2]}\x1b[0m{line[found.end() :]}"
    return line


def prepare_streams() -> None:
    """Make standard output UTF-8 whatever the locale, and standard error unable to fail on a character."""
    # What was closed before the start goes nowhere, quietly. It stays open to the end, and so no `with` closes it.
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    elif isinstance(getattr(sys.stdout, "buffer", None), io.RawIOBase):
        # Without a buffer (python -u) what a full disk took only a part of would count as written.
        sys.stdout = open(sys.stdout.fileno(), "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream, settings in (
        (sys.stdout, {"encoding": "utf-8", "errors": "surrogateescape", "newline": "\n"}),
        (sys.stderr, {"errors": "backslashreplace"}),
    ):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(**settings)


def discard(stream: TextIO) -> None:
    """Send what is still to be flushed at exit nowhere, for the interpreter would fail on it again."""
    with suppress(OSError, ValueError), open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


def cut(text: str) -> str:
    """Return a word of the user's at a length that fits a message."""
    return text if len(text) <= 60 else f"{text[:57]}..."
