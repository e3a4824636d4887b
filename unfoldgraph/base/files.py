"""Files: read a source with care, write outputs whole or not at all, find the circuits of the gallery."""

from __future__ import annotations

import errno
import os
import re
import signal
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import cache, partial
from types import FrameType
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from unfoldgraph.base.errors import CircuitError, did_you_mean
from unfoldgraph.base.limits import SOURCE_BYTES

if TYPE_CHECKING:
    from pathlib import Path

MARK = "Written by unfoldgraph"
"""What every file that unfoldgraph generates carries near its beginning, so that it is known again."""

#: Within how many bytes of its beginning a file is searched for the mark.
_MARKED_WITHIN = 2048
#: What the machine did, not the user: these go on as `OSError`.
_OF_THE_MACHINE = frozenset(
    {errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.ENOMEM, errno.EMFILE, errno.ENFILE}
)
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
        raise _refusal("read", name, error) from error
    kind = _kind(os.fstat(descriptor))
    if kind is not None:
        os.close(descriptor)
        raise CircuitError(f"cannot read {name}: it is {kind}", help=otherwise)
    return open(descriptor, "rb")


def read_stream(stream: BinaryIO, name: str) -> str:
    """Return the text of an open source, of which no more than the limit is read; see `read_source`."""
    try:
        content = stream.read(SOURCE_BYTES + 1)
    except OSError as error:
        raise _refusal("read", name, error) from error
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


def _refusal(doing: str, name: str, error: Exception) -> Exception:
    """Return what to raise for an error of the system: the user's mistake as `CircuitError`, else `OSError`.

    Both name the file that was meant, whichever the system was at.
    """
    what = f"cannot {doing} {name}"
    if isinstance(error, OSError):
        if error.errno in _OF_THE_MACHINE:
            return OSError(error.errno, error.strerror, name)
        if error.errno in (errno.EACCES, errno.EPERM):
            return CircuitError(f"{what}: permission denied")
        return CircuitError(f"{what}: {(error.strerror or str(error)).lower()}")
    return CircuitError(f"{what}: {error}")


# Writing ----------------------------------------------------------------------------------------------
#
# A file is made under another name beside the one it will replace. As long as such temporaries are there,
# signals wait, so that only what ends a process at once (SIGKILL, a crash) can leave them behind; and their
# folder is locked, so that the next writer can tell those of the dead from those of the living.


def write_whole(
    outputs: Mapping[StrPath, bytes] | Mapping[str, bytes] | Mapping[Path, bytes],
    force: bool = False,
    source: StrPath | None = None,
    new_folder: StrPath | None = None,
) -> None:
    """Write files, each whole or not at all; where one cannot be made, none is changed.

    Parameters
    ----------
    outputs : the content of each file, by its path.
    force : replace files that unfoldgraph did not write, too.
    source : the file that was read, which is never replaced.
    new_folder : a folder to make before, which is there afterwards only if the files are.

    Raises
    ------
    CircuitError : where an output is the source, a folder or a device, has no folder to be in, or is there
        already without being ours.
    OSError : where the machine fails, a full disk for one, with the output as its `filename`.
    """
    named = {os.fspath(path): content for path, content in outputs.items()}
    if not _written(named, force, source, new_folder, at_once=True):
        # Whoever handled the signal let this go on; the second time nothing stops it.
        _written(named, force, source, new_folder, at_once=False)


class _Output(NamedTuple):
    """A file to write: as the user named it, the real path, and where it is made."""

    name: str
    target: str
    temporary: str


def _written(
    contents: Mapping[str, bytes], force: bool, source: StrPath | None, new_folder: StrPath | None, at_once: bool
) -> bool:
    """Write files; False, with all as it was, where a signal came before they were made that is to act `at_once`."""
    with _signals_held() as arrived, ExitStack() as finally_, ExitStack() as undo:
        if new_folder is not None:
            _make_folder(os.fspath(new_folder))
            undo.callback(_quietly, os.rmdir, new_folder)
        # What is written is what a link leads to, not the link.
        named = {}
        for name, content in contents.items():
            with _naming(name):
                named[_target(name, content, force, source)] = name
        folders = dict.fromkeys(map(os.path.dirname, named))
        beside = {folder: finally_.enter_context(_workplace(folder)) for folder in folders}
        ready = []
        for target, name in named.items():
            ready.append(_Output(name, target, _unused(beside[os.path.dirname(target)])))
            undo.callback(_quietly, os.unlink, ready[-1].temporary)
            with _naming(name):
                _fill(ready[-1].temporary, target, contents[name])
            if arrived and at_once:
                return False
        for name, target, temporary in ready:
            # One alone needs no way back: it is replaced or it is not.
            back = _way_back(target, _unused(beside[os.path.dirname(target)]), finally_) if len(ready) > 1 else None
            with _naming(name):
                os.replace(temporary, target)
            if back is not None:
                undo.callback(back)
        undo.pop_all()
    return True


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """Have what the system refuses name the file that was meant, not the one that it was at."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise _refusal("write", name, error) from error


def _way_back(target: str, old: str, finally_: ExitStack) -> Callable[[], None]:
    """Return what takes the replacement of a file back; the old one is kept under another name until then."""
    if not os.path.exists(target):
        return partial(_quietly, os.unlink, target)
    # Where the folder has no hard links there is no way back, and taking it fails quietly.
    finally_.callback(_quietly, os.unlink, old)
    _quietly(os.link, target, old)
    return partial(_quietly, os.replace, old, target)


def _quietly(act: Callable[..., object], *arguments: StrPath) -> None:
    with suppress(OSError):
        act(*arguments)


def _make_folder(name: str) -> None:
    try:
        os.mkdir(name)
    except (OSError, ValueError) as error:
        raise _refusal("make the folder", name, error) from error


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


def _fill(path: str, target: str, content: bytes) -> None:
    """Write a new file, with the permissions of the one it will replace."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags, 0o666), "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    with suppress(OSError):
        os.chmod(path, stat.S_IMODE(os.stat(target).st_mode))


# Signals

#: What others end a process with; SIGINT first, for it raises, and must be the last to act again.
_ENDING = ("SIGINT", "SIGTERM", "SIGHUP", "SIGXCPU", "SIGBREAK")


@contextmanager
def _signals_held() -> Iterator[list[tuple[int, FrameType | None]]]:
    """Have the signals that would end the process wait; afterwards each does what it would have done.

    Yields the list that grows by those that come. Only the main thread can hold them; elsewhere none waits.
    """
    arrived: list[tuple[int, FrameType | None]] = []
    before: dict[int, Callable[[int, FrameType | None], object] | int] = {}

    def note(number: int, frame: FrameType | None) -> None:
        arrived.append((number, frame))

    try:
        with suppress(ValueError):
            for name in _ENDING:
                number = getattr(signal, name, None)
                # What is ignored stays so, and what was not set from Python could not be set again.
                if number is not None and (handler := signal.getsignal(number)) not in (None, signal.SIG_IGN):
                    signal.signal(number, note)
                    before[number] = handler
        yield arrived
    finally:
        for number, handler in reversed(before.items()):
            signal.signal(number, handler)
        # Those that end the process first, for a handler may raise.
        for number, frame in sorted(arrived, key=lambda one: callable(before[one[0]])):
            handler = before[number]
            if callable(handler):
                handler(number, frame)
            else:
                signal.raise_signal(number)


# Temporaries

#: The name of a temporary: the mark of its machine, where its folder is locked, and what makes it unused.
_TEMPORARY = re.compile(r"\.unfoldgraph-(?:([0-9a-f]{8})-)?.*\.tmp", re.DOTALL)
#: After how many seconds a temporary of which nothing else is known is taken for that of the dead.
_ABANDONED = 24 * 60 * 60


def _unused(beginning: str) -> str:
    """Return the path of a new temporary, the beginning being that of its folder."""
    return f"{beginning}{os.urandom(8).hex()}.tmp"


@contextmanager
def _workplace(folder: str) -> Iterator[str]:
    """Remove from a folder what dead writers left; yield the beginning of the paths of temporaries in it.

    A writer holds a lock on the folder, shared with others, which ends with its process however that ends. Who gets
    the lock alone knows that no writer of this machine is at work there, whatever its number, and that what carries
    the mark of this machine is of the dead. Of what other machines write into a shared folder, or where there are no
    locks, only the age tells.
    """
    with ExitStack() as closing:
        mark = None
        with suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
            closing.callback(os.close, descriptor)
            alone = _lock(descriptor, alone=True)
            _remove_abandoned(folder, alone)
            if alone is not None and _lock(descriptor, alone=False):
                mark = _machine()
        yield os.path.join(folder, f".unfoldgraph-{mark}-" if mark else ".unfoldgraph-")


def _lock(folder: int, alone: bool) -> bool | None:
    """Lock an open folder, for this writer alone or with others, and say whether that was free; None without locks."""
    try:
        import fcntl

        fcntl.flock(folder, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except (ImportError, OSError):
        return None
    return True


def _remove_abandoned(folder: str, alone: bool | None) -> None:
    """Remove the temporaries of the dead from a folder that this writer has alone, or not, or cannot lock."""
    now = time.time()
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            found = _TEMPORARY.fullmatch(entry.name)
            if found is None or not entry.is_file(follow_symlinks=False):
                continue
            with suppress(OSError):
                known = alone is not None and found[1] == _machine()
                if alone if known else now - entry.stat(follow_symlinks=False).st_mtime > _ABANDONED:
                    os.unlink(entry.path)


@cache
def _machine() -> str:
    """Return what tells this machine, as long as it runs, from others that write into the same folder."""
    import hashlib

    name = os.uname().nodename.encode()
    # Names of machines are not unique; a container has a name of its own, but shares its locks with its host.
    with suppress(OSError), open("/proc/sys/kernel/random/boot_id", "rb") as stream:
        name = stream.read()
    return hashlib.sha256(name).hexdigest()[:8]


# The gallery ------------------------------------------------------------------------------------------

_TITLE = re.compile(r'^title "([^"\n]*)"', re.MULTILINE)


@cache
def _gallery() -> Path:
    """Return the folder of the gallery: inside the package where it is installed, beside it in a checkout."""
    from pathlib import Path

    package = Path(__file__).resolve().parents[1]
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
