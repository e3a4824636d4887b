"""Reading a source with care, and writing outputs whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from unfoldgraph import CircuitError
from unfoldgraph.base import files
from unfoldgraph.base.files import MARK, read_source, write_whole
from unfoldgraph.base.limits import SOURCE_BYTES

OURS = f"<!-- {MARK} -->".encode()
ROOT = str(Path(files.__file__).parents[2])
#: What a writer asks of the system.
CALLS = ("mkdir", "open", "fsync", "chmod", "link", "replace", "unlink", "rmdir")


def refusal(path: Path | str) -> str:
    with pytest.raises(CircuitError) as caught:
        read_source(path)
    return str(caught.value)


def test_text_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.circuit"
    path.write_bytes("s(t) = θ * s(t-1)\n".encode())
    assert read_source(path) == read_source(str(path)) == "s(t) = θ * s(t-1)\n"


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "a.circuit"
    path.write_bytes(b"\xef\xbb\xbfa = 1\r\nb = 2\r\n")
    assert read_source(path) == "a = 1\nb = 2\n"


def test_what_is_not_a_plain_file_is_refused(tmp_path: Path) -> None:
    assert "there is no file" in refusal(tmp_path / "missing.circuit")
    assert "it is a folder" in refusal(tmp_path)
    os.mkfifo(tmp_path / "pipe.circuit")
    assert "it is a FIFO" in refusal(tmp_path / "pipe.circuit")
    assert "it is a device" in refusal("/dev/zero")
    assert "cannot read" in refusal("a\0.circuit")
    assert "cannot read" in refusal("a" * 5000)


def test_a_missing_file_has_a_neighbour(tmp_path: Path) -> None:
    (tmp_path / "network.circuit").write_text("a = 1")
    assert "did you mean 'network.circuit'?" in refusal(tmp_path / "netwrok.circuit")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unreadable to root")
def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.circuit"
    path.write_text("a = 1")
    path.chmod(0)
    assert "permission denied" in refusal(path)


def test_no_more_than_the_limit_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.circuit"
    path.write_bytes(b"#" * SOURCE_BYTES)
    assert len(read_source(path)) == SOURCE_BYTES
    path.write_bytes(b"#" * (SOURCE_BYTES + 1))
    assert "larger than 262144 bytes" in refusal(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a = 1\nb = \xe9\n", "is not UTF-8: the byte is 0xe9, byte 11, on line 2"),
        (b"\xef\xbb\xbfa\xff", "byte 5, on line 1"),
        (b"a = 1\n\0", "contains a NUL byte, byte 7, on line 2"),
        ("a = 1".encode("utf-16"), "is UTF-16"),
        ("a = 1".encode("utf-16-be"), "contains a NUL byte, byte 1, on line 1"),
        (b"\xed\xa0\x80", "is not UTF-8"),
    ],
)
def test_what_is_not_text_is_refused_with_its_place(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "a.circuit"
    path.write_bytes(content)
    assert said in refusal(path)


def test_a_source_that_cannot_be_read_is_named() -> None:
    class Failing:
        def read(self, size: int) -> bytes:
            raise OSError(code, os.strerror(code))

    code = errno.EBADF
    with pytest.raises(CircuitError, match="cannot read standard input: bad file descriptor"):
        files.read_stream(Failing(), "standard input")  # type: ignore[arg-type]
    code = errno.EIO
    with pytest.raises(OSError, match="standard input"):
        files.read_stream(Failing(), "standard input")  # type: ignore[arg-type]


def test_outputs_are_written_and_nothing_else_stays(tmp_path: Path) -> None:
    write_whole({tmp_path / "a.svg": b"one", str(tmp_path / "b.svg"): b"two"})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.svg": b"one", "b.svg": b"two"}


def test_only_our_own_files_are_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.svg"
    path.write_bytes(OURS)
    write_whole({path: OURS + b"2"})
    path.write_bytes(b"mine, made with unfoldgraph")
    write_whole({path: b"mine, made with unfoldgraph"})
    with pytest.raises(CircuitError, match="exists and was not written by unfoldgraph"):
        write_whole({path: OURS})
    assert path.read_bytes() == b"mine, made with unfoldgraph"
    write_whole({path: OURS}, force=True)
    assert path.read_bytes() == OURS


def test_one_refused_output_stops_all(tmp_path: Path) -> None:
    (tmp_path / "b.svg").write_bytes(b"mine")
    with pytest.raises(CircuitError):
        write_whole({tmp_path / "a.svg": b"one", tmp_path / "b.svg": b"two"})
    assert [path.name for path in tmp_path.iterdir()] == ["b.svg"]


def test_what_cannot_be_an_output(tmp_path: Path) -> None:
    source = tmp_path / "a.circuit"
    source.write_bytes(OURS)
    (tmp_path / "link.circuit").symlink_to(source)
    for path, said in (
        (source, "it is the input"),
        (tmp_path / "link.circuit", "it is the input"),
        (tmp_path, "it is a folder"),
        (tmp_path / "no" / "a.svg", "there is no folder"),
        (Path("/dev/null"), "it is a device"),
    ):
        with pytest.raises(CircuitError, match=said):
            write_whole({path: OURS}, force=True, source=source)
    with pytest.raises(CircuitError, match="is empty"):
        write_whole({"": b""})
    assert source.read_bytes() == OURS


def test_a_full_disk_leaves_everything_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.svg").write_bytes(OURS)

    def full(path: str, target: str, content: bytes) -> None:
        Path(path).write_bytes(content[:1])
        if target.endswith("b.svg"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files, "_fill", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole({tmp_path / "a.svg": b"new", tmp_path / "b.svg": b"new"})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.svg": OURS}


@contextmanager
def at_call(number: int, act: Callable[[str], None]) -> Iterator[list[str]]:
    """Act before the call of that number that asks something of the system; yields the names of those made."""
    made: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        for name in CALLS:
            patch.setattr(os, name, partial(_asked, made, number, act, name, getattr(os, name)))
        yield made


def _asked(
    made: list[str], number: int, act: Callable[[str], None], name: str, call: Any, *arguments: Any, **settings: Any
) -> Any:
    made.append(name)
    if len(made) == number:
        act(name)
    return call(*arguments, **settings)


def content_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if not path.is_dir()}


def refuse(name: str) -> None:
    """Refuse a call as a full disk does, which can always be emptied."""
    if name in ("unlink", "rmdir"):
        return
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "a temporary file")


def test_wherever_the_disk_is_full_all_is_new_or_all_as_it_was(tmp_path: Path) -> None:
    new = {"a.svg": OURS + b"new a", "b.svg": b"new b", "c.svg": OURS + b"new c"}
    refused = set()
    for number in range(1, 100):
        folder = tmp_path / str(number)
        folder.mkdir()
        old = {"a.svg": OURS, "c.svg": OURS, "else": b""}
        for name, content in old.items():
            (folder / name).write_bytes(content)
        outputs = {str(folder / name): content for name, content in new.items()}
        with at_call(number, refuse) as made:
            try:
                write_whole(outputs)
            except OSError as error:
                refused.add(made[number - 1])
                # What is named is one of those that were meant, and none is changed.
                assert (error.errno, error.filename in outputs) == (errno.ENOSPC, True)
                assert content_of(folder) == old
            else:
                assert content_of(folder) == {**old, **new}
        if len(made) < number:
            break
    assert {"open", "fsync", "replace"} <= refused
    assert number > 10


def test_where_nothing_can_be_kept_each_is_still_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Some file systems have no hard links: then there is no way back, and no mistake either.
    monkeypatch.setattr(os, "link", lambda *arguments: refuse("link"))
    (tmp_path / "a.svg").write_bytes(OURS)
    write_whole({tmp_path / "a.svg": b"new a", tmp_path / "b.svg": b"new b"})
    assert content_of(tmp_path) == {"a.svg": b"new a", "b.svg": b"new b"}


def test_the_file_is_named_as_it_was_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "real.svg").write_bytes(OURS)
    (tmp_path / "link.svg").symlink_to("real.svg")
    for call in ("open", "fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(os, call, lambda *arguments, **settings: refuse(""))
            with pytest.raises(OSError, match="No space left") as caught:
                write_whole({"link.svg": b"new"}, force=True)
        assert caught.value.filename == "link.svg"
    monkeypatch.setattr(files, "_fill", lambda *arguments: (_ for _ in ()).throw(PermissionError(errno.EACCES, "no")))
    with pytest.raises(CircuitError, match=r"cannot write link\.svg: permission denied"):
        write_whole({"link.svg": b"new"}, force=True)
    assert content_of(tmp_path) == {"real.svg": OURS, "link.svg": OURS}


def test_a_new_folder_is_there_only_with_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    for number in range(1, 100):
        with at_call(number, refuse) as made:
            try:
                write_whole({folder / "a": b"one", folder / "b": b"two"}, new_folder=folder)
            except OSError as error:
                assert str(error.filename).startswith(str(folder))
                assert list(tmp_path.iterdir()) == []
            else:
                assert content_of(tmp_path) == {"new/a": b"one", "new/b": b"two"}
                for path in folder.iterdir():
                    path.unlink()
                folder.rmdir()
        if len(made) < number:
            break
    with pytest.raises(CircuitError, match=r"cannot make the folder .*: no such file or directory"):
        write_whole({}, new_folder=tmp_path / "no" / "where")


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS])
def test_a_folder_that_may_not_be_written_is_a_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refused(path: str, target: str, content: bytes) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(files, "_fill", refused)
    with pytest.raises(CircuitError, match="cannot write"):
        write_whole({tmp_path / "a.svg": b"new"})


def test_a_link_is_followed_and_permissions_stay(tmp_path: Path) -> None:
    real = tmp_path / "real.svg"
    real.write_bytes(OURS)
    real.chmod(0o640)
    (tmp_path / "link.svg").symlink_to(real)
    write_whole({tmp_path / "link.svg": b"new"})
    assert (tmp_path / "link.svg").is_symlink()
    assert real.read_bytes() == b"new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_new_files_have_the_usual_permissions(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_whole({tmp_path / "a.svg": b"new"})
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.svg").stat().st_mode) == 0o640


# Signals ----------------------------------------------------------------------------------------------

#: Writes two files in a folder for each call of the system and ends at that call by a signal, in a child; tells how.
SIGNALLED = """
import os, signal, sys
from pathlib import Path
from test_files import OURS, at_call, content_of, write_whole

number = int(sys.argv[1])
# Whoever began the tests may ignore a signal, as nohup does, and a child would, too.
signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
for point in range(1, 100):
    folder = Path(str(point))
    folder.mkdir()
    (folder / "a.svg").write_bytes(OURS)
    child = os.fork()
    if child == 0:
        with at_call(point, lambda name: signal.raise_signal(number)) as made:
            try:
                write_whole({folder / "a.svg": OURS + b"new", folder / "b.svg": OURS})
            except KeyboardInterrupt:
                os._exit(130)
        os._exit(0 if len(made) < point else 3)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(code, sorted((name, len(content) > len(OURS)) for name, content in content_of(folder).items()))
    if code == 0:
        break
"""


def python(script: str, *arguments: str, folder: Path, **settings: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([ROOT, str(Path(__file__).parent)])},
        stdout=subprocess.PIPE,
        **settings,
    )


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGHUP, -signal.SIGHUP), (signal.SIGINT, 130)]
)
def test_a_signal_leaves_nothing_behind_wherever_it_comes(tmp_path: Path, number: int, code: int) -> None:
    out, _ = python(SIGNALLED, str(int(number)), folder=tmp_path).communicate(timeout=60)
    *ended, last = out.decode().splitlines()
    old, new = "[('a.svg', False)]", "[('a.svg', True), ('b.svg', False)]"
    assert last == f"0 {new}"
    assert set(ended) == {f"{code} {old}", f"{code} {new}"}
    assert len(ended) > 8


def test_who_handles_a_signal_gets_it_once_and_the_files_too(tmp_path: Path) -> None:
    came: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: came.append(number))
    try:
        handler = signal.getsignal(signal.SIGTERM)
        with at_call(2, lambda name: signal.raise_signal(signal.SIGTERM)):
            write_whole({tmp_path / "a.svg": b"new"})
        assert came == [signal.SIGTERM]
        assert signal.getsignal(signal.SIGTERM) is handler
    finally:
        signal.signal(signal.SIGTERM, before)
    assert content_of(tmp_path) == {"a.svg": b"new"}


def test_signals_that_are_ignored_stay_ignored(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with at_call(2, lambda name: signal.raise_signal(signal.SIGHUP)):
            write_whole({tmp_path / "a.svg": b"new"})
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
    assert content_of(tmp_path) == {"a.svg": b"new"}


def test_other_threads_write_too(tmp_path: Path) -> None:
    # They can hold no signals.
    thread = threading.Thread(target=write_whole, args=({tmp_path / "a.svg": b"new"},))
    thread.start()
    thread.join()
    assert content_of(tmp_path) == {"a.svg": b"new"}


# What dead writers leave ------------------------------------------------------------------------------

#: Dies, or tells that it is at work and goes on when told to, while what it writes has another name still.
KILLED = """
import os, signal
from unfoldgraph.base.files import write_whole
os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGKILL)
write_whole({"a.svg": b"one"})
"""
AT_WORK = """
import os, sys
from unfoldgraph.base.files import write_whole
os.fsync = lambda descriptor: (print(flush=True), sys.stdin.read())
write_whole({"a.svg": b"one"})
"""


def die_at_work(folder: Path) -> None:
    writer = python(KILLED, folder=folder)
    writer.communicate(timeout=60)
    assert writer.returncode == -signal.SIGKILL


def temporaries(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.suffix == ".tmp"]


def test_what_a_dead_writer_left_goes_with_the_next(tmp_path: Path) -> None:
    for _ in range(2):
        die_at_work(tmp_path)
    # The second has removed what the first left.
    assert len(temporaries(tmp_path)) == 1
    write_whole({tmp_path / "b.svg": b"two"})
    assert content_of(tmp_path) == {"b.svg": b"two"}


def test_what_a_living_writer_makes_stays(tmp_path: Path) -> None:
    writer = python(AT_WORK, folder=tmp_path, stdin=subprocess.PIPE)
    assert writer.stdout is not None
    writer.stdout.readline()
    (made,) = temporaries(tmp_path)
    # However long it has been at it.
    os.utime(made, (0, 0))
    write_whole({tmp_path / "b.svg": b"two"})
    assert temporaries(tmp_path) == [made]
    writer.communicate(timeout=60)
    assert content_of(tmp_path) == {"a.svg": b"one", "b.svg": b"two"}


def test_what_may_be_of_another_machine_stays_for_a_day(tmp_path: Path) -> None:
    # The second carries the mark of a machine, the third is that of an earlier version.
    names = [".unfoldgraph-0.tmp", ".unfoldgraph-00000000-0123456789abcdef.tmp", ".unfoldgraph-0123456789abcdef.tmp"]
    kept = ["unfoldgraph-0.tmp", ".unfoldgraph-0.svg", "a.tmp"]
    for name in (*names, *kept):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / ".unfoldgraph-folder.tmp").mkdir()
    (tmp_path / ".unfoldgraph-link.tmp").symlink_to("a.tmp")
    write_whole({tmp_path / "a.svg": b"one"})
    assert set(content_of(tmp_path)) == {*names, *kept, "a.svg", ".unfoldgraph-link.tmp"}
    for name in (*names, *kept, ".unfoldgraph-folder.tmp"):
        os.utime(tmp_path / name, (0, 0))
    write_whole({tmp_path / "a.svg": b"one"})
    assert set(content_of(tmp_path)) == {*kept, "a.svg", ".unfoldgraph-link.tmp"}
    assert (tmp_path / ".unfoldgraph-folder.tmp").is_dir()


@pytest.mark.parametrize("lock", [fcntl.LOCK_EX, fcntl.LOCK_SH])
def test_a_folder_that_others_have_locked_is_written_to(tmp_path: Path, lock: int) -> None:
    die_at_work(tmp_path)
    left = temporaries(tmp_path)
    descriptor = os.open(tmp_path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, lock)
        write_whole({tmp_path / "b.svg": b"two"})
        # Nobody can tell whose it is as long as the folder is locked.
        assert temporaries(tmp_path) == left
    finally:
        os.close(descriptor)
    write_whole({tmp_path / "b.svg": b"two"})
    assert content_of(tmp_path) == {"b.svg": b"two"}


def test_without_locks_only_what_is_old_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    die_at_work(tmp_path)

    def none(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", none)
    (left,) = temporaries(tmp_path)
    write_whole({tmp_path / "b.svg": b"two"})
    assert temporaries(tmp_path) == [left]
    os.utime(left, (0, 0))
    write_whole({tmp_path / "b.svg": b"two"})
    assert content_of(tmp_path) == {"b.svg": b"two"}


# The gallery ------------------------------------------------------------------------------------------


def test_the_gallery_is_found_and_nothing_outside_it() -> None:
    assert "rnn" in files.gallery_names()
    assert files.gallery_title("lstm") == "LSTM"
    with pytest.raises(CircuitError, match="did you mean 'lstm'"):
        files.gallery_source("lstn")
    with pytest.raises(CircuitError, match="no circuit"):
        files.gallery_source("../gallery/lstm")
