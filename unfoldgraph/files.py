"""Files: read a source with care, write outputs whole or not at all, find the circuits of the gallery."""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import BinaryIO

from unfoldgraph.errors import CircuitError, did_you_mean
from unfoldgraph.limits import SOURCE_BYTES

MARK = "Written by unfoldgraph"
"""What every file that unfoldgraph generates carries near its beginning, so that it is known again."""

#: Within how many bytes of its beginning a file is searched for the mark.
_MARKED_WITHIN = 2048
#: What the machine did, not the user: these go on as `OSError`.
_OF_THE_MACHINE = frozenset({errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.ENOMEM, errno.EMFILE, errno.ENFILE})
_SPECIAL = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)

StrPath = str | os.PathLike[str]

# Reading ----------------------------------------------------------------------------------------------


def read_source(path: StrPath) -> str:
    """Return the text of a `.circuit` file.

    Raises
    ------
    CircuitError : with the path and the reason, where it is missing, not a file, not readable, over
        256 kB, or not UTF-8 text.
    OSError : where the machine fails.
    """
    name = os.fspath(path)
    with open_plain(name, "'-' reads standard input") as stream:
        return read_stream(stream, name)


def open_plain(path: StrPath, otherwise: str | None = None) -> BinaryIO:
    """Open a plain file to be read; raises as `read_source`. `otherwise` helps where it is no plain file."""
    name = os.fspath(path)
    try:
        # A FIFO without a writer would block for ever, were it opened plainly.
        descriptor = os.open(name, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        raise CircuitError(f"there is no file {name}", help=_neighbour(name)) from None
    except (OSError, ValueError) as error:
        raise _refusal(f"cannot read {name}", error) from error
    kind = _kind(os.fstat(descriptor))
    if kind is not None:
        os.close(descriptor)
        raise CircuitError(f"cannot read {name}: it is {kind}", help=otherwise)
    return open(descriptor, "rb")


def read_stream(stream: BinaryIO, name: str) -> str:
    """Return the text of an open source, of which no more than the limit is read; see `read_source`."""
    content = stream.read(SOURCE_BYTES + 1)
    if len(content) > SOURCE_BYTES:
        raise CircuitError(f"{name} is larger than {SOURCE_BYTES} bytes, the limit for a source")
    return _decode(content, name)


def _decode(content: bytes, name: str) -> str:
    """Return UTF-8 as text, without a byte-order mark and with plain line ends."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise CircuitError(f"{name} is UTF-16: byte 1 is 0x{content[0]:02x}", help="save it as UTF-8")
    try:
        text = content.decode("utf-8-sig")
        at = content.find(b"\0")
    except UnicodeDecodeError as error:
        # Without its mark the codec counts from the first byte behind it.
        at = error.start + (3 if content.startswith(b"\xef\xbb\xbf") else 0)
    if at >= 0:
        line = content.count(b"\n", 0, at) + 1
        what = "contains a NUL byte" if content[at] == 0 else f"is not UTF-8: the byte is 0x{content[at]:02x}"
        raise CircuitError(f"{name} {what}, byte {at + 1}, on line {line}", help="a source is text in UTF-8")
    return text.replace("\r\n", "\n")


def _neighbour(name: str) -> str | None:
    """Return the line of help that names a file of a similar name in the same folder."""
    folder, wanted = os.path.split(name)
    try:
        there = sorted(entry.name for entry in os.scandir(folder or "."))
    except (OSError, ValueError):
        return None
    return did_you_mean(wanted, [entry for entry in there if entry.endswith(os.path.splitext(wanted)[1])])


def _kind(status: os.stat_result) -> str | None:
    """Return what a thing is that is not a plain file; None for a plain file."""
    if stat.S_ISREG(status.st_mode):
        return None
    return next((kind for test, kind in _SPECIAL if test(status.st_mode)), "not a file")


def _refusal(what: str, error: Exception) -> Exception:
    """Return what to raise for an error of the system: the user's mistake as `CircuitError`, else itself."""
    if isinstance(error, OSError):
        if error.errno in _OF_THE_MACHINE:
            return error
        if error.errno in (errno.EACCES, errno.EPERM):
            return CircuitError(f"{what}: permission denied")
        return CircuitError(f"{what}: {(error.strerror or str(error)).lower()}")
    return CircuitError(f"{what}: {error}")


# Writing ----------------------------------------------------------------------------------------------


def write_whole(
    outputs: Mapping[StrPath, bytes] | Mapping[str, bytes] | Mapping[Path, bytes],
    force: bool = False,
    source: StrPath | None = None,
) -> None:
    """Write files, each whole or not at all; where one cannot be made, none is changed.

    Parameters
    ----------
    outputs : the content of each file, by its path.
    force : replace files that unfoldgraph did not write, too.
    source : the file that was read, which is never replaced.

    Raises
    ------
    CircuitError : where an output is the source, a folder or a device, has no folder to be in, or is there
        already without being ours.
    OSError : where the machine fails, a full disk for one.
    """
    # What is written is what a link leads to, not the link.
    targets = {_target(os.fspath(path), content, force, source): content for path, content in outputs.items()}
    temporary: dict[str, str] = {}
    try:
        for target, content in targets.items():
            temporary[target] = _beside(target)
            _fill(temporary[target], target, content)
        for target, made in list(temporary.items()):
            os.replace(made, target)
            del temporary[target]
    except OSError as error:
        raise _refusal(f"cannot write {target}", error) from error
    finally:
        for made in temporary.values():
            with suppress(OSError):
                os.unlink(made)


def _target(name: str, content: bytes, force: bool, source: StrPath | None) -> str:
    """Return the real path of an output, once it is sure that it may be written."""
    if not name:
        raise CircuitError("the name of the output is empty")
    target = os.path.realpath(name)
    folder = os.path.dirname(target)
    try:
        if not os.path.isdir(folder):
            raise CircuitError(f"cannot write {name}: there is no folder {os.path.dirname(name) or folder}")
        status = os.stat(target)
    except FileNotFoundError:
        if name.endswith(("/", os.sep)):
            raise CircuitError(f"cannot write {name}: it names a folder") from None
        return target
    except (OSError, ValueError) as error:
        raise _refusal(f"cannot write {name}", error) from error
    kind = _kind(status)
    if kind is not None:
        raise CircuitError(f"cannot write {name}: it is {kind}", help="'-o -' writes to standard output")
    if source is not None and os.path.exists(source) and os.path.samefile(source, target):
        raise CircuitError(f"cannot write {name}: it is the input", help="choose another name with -o")
    if not force and not _is_ours(target, content):
        raise CircuitError(
            f"{name} exists and was not written by unfoldgraph", help="--force replaces it, -o writes another file"
        )
    return target


def _is_ours(path: str, content: bytes) -> bool:
    """Say whether a file carries the mark, or holds already what is to be written."""
    try:
        with open(path, "rb") as stream:
            beginning = stream.read(_MARKED_WITHIN)
            return MARK.encode() in beginning or beginning + stream.read(len(content) + 1) == content
    except PermissionError:
        return False


def _beside(target: str) -> str:
    """Return an unused name in the folder of a file."""
    return os.path.join(os.path.dirname(target), f".unfoldgraph-{secrets.token_hex(8)}.tmp")


def _fill(path: str, target: str, content: bytes) -> None:
    """Write a new file, with the permissions of the one it will replace."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags, 0o666), "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    with suppress(OSError):
        os.chmod(path, stat.S_IMODE(os.stat(target).st_mode))


# The gallery ------------------------------------------------------------------------------------------

_TITLE = re.compile(r'^title "([^"\n]*)"', re.MULTILINE)


@cache
def _gallery() -> Path:
    """Return the folder of the gallery: inside the package where it is installed, beside it in a checkout."""
    package = Path(__file__).resolve().parent
    inside = package / "gallery"
    return inside if inside.is_dir() else package.parent / "gallery"


def gallery_names() -> tuple[str, ...]:
    """Return the names of the circuits in the gallery, in alphabetical order.

    >>> "lstm" in gallery_names()
    True
    """
    return tuple(sorted(path.stem for path in _gallery().glob("*/*.circuit") if path.stem == path.parent.name))


def gallery_source(name: str) -> tuple[str, str]:
    """Return the text of a circuit of the gallery, and the name that it goes by in messages.

    Raises `CircuitError` for a name that is not in the gallery.

    >>> gallery_source("lstm")[1]
    'lstm.circuit'
    """
    names = gallery_names()
    if name not in names:
        guess = did_you_mean(name, names)
        listed = f"the gallery has: {', '.join(names)}"
        raise CircuitError(
            f"there is no circuit '{name}' in the gallery", help=f"{guess}\n{listed}" if guess else listed
        )
    return read_source(_gallery() / name / f"{name}.circuit"), f"{name}.circuit"


def gallery_title(name: str) -> str:
    """Return the title of a circuit of the gallery."""
    found = _TITLE.search(gallery_source(name)[0])
    return found[1] if found else name
