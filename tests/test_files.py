"""Reading a source with care, and writing outputs whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from unfoldgraph import CircuitError, files
from unfoldgraph.files import MARK, read_source, write_whole
from unfoldgraph.limits import SOURCE_BYTES

OURS = f"<!-- {MARK} -->".encode()


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


def test_the_gallery_is_found_and_nothing_outside_it() -> None:
    assert "rnn" in files.gallery_names()
    assert files.gallery_title("lstm") == "LSTM"
    with pytest.raises(CircuitError, match="did you mean 'lstm'"):
        files.gallery_source("lstn")
    with pytest.raises(CircuitError, match="no circuit"):
        files.gallery_source("../gallery/lstm")
