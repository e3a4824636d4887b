"""The cache of the user: where it is, that nobody else can write into it, and that it stays small."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from unfoldgraph.base.cache import VARIABLE, cache_folder, kept_within

pytestmark = pytest.mark.skipif(os.name != "posix", reason="rights are those of POSIX")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = tmp_path / "cache"
    monkeypatch.setenv(VARIABLE, str(found))
    return found


def test_it_is_made_for_the_user_alone(root: Path) -> None:
    folder = cache_folder("numba")
    assert folder == root / "numba"
    assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IMODE(root.stat().st_mode) == 0o700
    assert cache_folder("numba") == folder


@pytest.mark.parametrize("told", ["", "here", "./here"])
def test_an_empty_or_relative_name_is_no_cache(told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(VARIABLE, told)
    assert cache_folder("numba") is None
    assert not any(tmp_path.iterdir())


def test_it_lies_with_the_other_caches_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    assert cache_folder("numba") == tmp_path / "caches" / "unfoldgraph" / "numba"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder("numba") == tmp_path / ".cache" / "unfoldgraph" / "numba"
    monkeypatch.delenv("HOME")
    assert cache_folder("numba") is None


@pytest.mark.parametrize("part", ["", "numba", "numba/__pycache__"])
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
def test_where_others_may_write_is_no_cache(part: str, mode: int, root: Path) -> None:
    folder = cache_folder("numba")
    assert folder is not None
    (folder / "__pycache__").mkdir()
    (root / part).chmod(mode)
    assert cache_folder("numba") is None


def test_below_a_folder_in_which_others_may_replace_it_is_no_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    above = tmp_path / "shared"
    above.mkdir()
    above.chmod(0o777)
    monkeypatch.setenv(VARIABLE, str(above / "cache"))
    assert cache_folder("numba") is None
    above.chmod(0o1777)
    assert cache_folder("numba") is not None


@pytest.mark.parametrize("part", ["", "numba", "numba/__pycache__"])
def test_a_link_is_no_cache(part: str, root: Path, tmp_path: Path) -> None:
    folder = cache_folder("numba")
    assert folder is not None
    other = tmp_path / "other"
    (other / "numba").mkdir(parents=True)
    own = root / part
    if own.is_dir():
        for one in sorted(own.rglob("*"), reverse=True):
            one.rmdir()
        own.rmdir()
    own.symlink_to(other)
    assert cache_folder("numba") is None


def test_a_folder_of_somebody_else_is_no_cache(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_folder("numba") is not None
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert cache_folder("numba") is None


def test_the_working_folder_is_no_cache(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = cache_folder("numba")
    assert folder is not None
    for one in (root, folder):
        monkeypatch.chdir(one)
        assert cache_folder("numba") is None


def test_where_nothing_can_be_made_is_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "file" / "cache"))
    assert cache_folder("numba") is None


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_home_is_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    tmp_path.chmod(0o500)
    assert cache_folder("numba") is None
    tmp_path.chmod(0o700)


def test_what_was_used_last_is_kept(root: Path) -> None:
    folder = cache_folder("numba")
    assert folder is not None
    (folder / "__pycache__").mkdir(mode=0o700)
    for at, name in enumerate(("old", "middle", "new")):
        for path in (folder / f"{name}.py", folder / "__pycache__" / f"{name}.kernel-3.py311.nbc"):
            path.write_bytes(b"x" * 50)
            os.utime(path, (1000 * at, 1000 * at))
    # The oldest is used again.
    kept_within(folder, 10_000, "old", "x" * 50)
    assert (folder / "old.py").stat().st_mtime == 0
    kept_within(folder, 250, "fourth", "text")
    assert sorted(path.name for path in folder.rglob("*.*")) == [
        "fourth.py", "new.kernel-3.py311.nbc", "new.py", "old.kernel-3.py311.nbc", "old.py",
    ]  # fmt: skip
    kept_within(folder, 0, "fourth", "text")
    assert sorted(path.name for path in folder.rglob("*.*")) == ["fourth.py"]


def test_what_is_not_of_the_user_alone_is_taken_out(root: Path, tmp_path: Path) -> None:
    folder = cache_folder("numba")
    assert folder is not None
    (folder / "open.py").write_text("planted")
    (folder / "open.py").chmod(0o666)
    (tmp_path / "elsewhere").write_text("theirs")
    (folder / "link.py").symlink_to(tmp_path / "elsewhere")
    kept_within(folder, 10_000, "link", "own")
    assert sorted(path.name for path in folder.iterdir()) == ["link.py"]
    assert (folder / "link.py").read_text() == "own" and not (folder / "link.py").is_symlink()
    assert (tmp_path / "elsewhere").read_text() == "theirs"


def test_a_module_that_is_there_keeps_its_time(root: Path) -> None:
    folder = cache_folder("numba")
    assert folder is not None
    kept_within(folder, 10_000, "one", "text")
    os.utime(folder / "one.py", (5, 5))
    kept_within(folder, 10_000, "one", "text")
    assert (folder / "one.py").stat().st_mtime == 5
    kept_within(folder, 10_000, "one", "other")
    assert (folder / "one.py").read_text() == "other"
