"""The cache of the user: a folder for what takes long to make, in which nobody else can put anything.

What is read there may be run, so a folder that is not safe is none at all. Nothing is lost without it but time.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

__all__ = ["cache_folder", "kept_within"]

VARIABLE = "UNFOLDGRAPH_CACHE_DIR"
"""Names another folder than the usual one; where it is empty there is none."""

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def cache_folder(kind: str) -> Path | None:
    """Return the folder for a kind of thing, made where it is missing; None where there is no safe one.

    It belongs to the user, whom alone it lets write, and lies below folders in which nobody else could put another in
    its place. It is not the working folder.
    """
    root = _root(os.environ)
    if root is None:
        return None
    folder = root / kind
    try:
        root.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for one in (root, folder):
            one.mkdir(mode=0o700, exist_ok=True)
        inside = [one for one in folder.iterdir() if stat.S_ISDIR(one.lstat().st_mode) or one.is_symlink()]
        is_safe = all(map(_is_ours, (root, folder, *inside))) and _is_below_safe_ones(root)
        is_here = Path.cwd().resolve() in (root.resolve(), folder.resolve())
    except OSError:
        return None
    return folder if is_safe and not is_here and os.access(folder, os.W_OK | os.X_OK) else None


def _root(environment: Mapping[str, str]) -> Path | None:
    """Return where the cache is, by the variables of the process.

    >>> print(_root({"UNFOLDGRAPH_CACHE_DIR": ""}), _root({"UNFOLDGRAPH_CACHE_DIR": "below/here"}))
    None None
    """
    told = environment.get(VARIABLE)
    if told is not None:
        # What is relative is below the working folder.
        found = Path(told)
    elif sys.platform == "win32":
        found = Path(environment.get("LOCALAPPDATA", ""), "unfoldgraph")
    elif sys.platform == "darwin":
        found = Path(environment.get("HOME", ""), "Library", "Caches", "unfoldgraph")
    else:
        found = Path(environment.get("XDG_CACHE_HOME", ""), "unfoldgraph")
        found = found if found.is_absolute() else Path(environment.get("HOME", ""), ".cache", "unfoldgraph")
    return found if told != "" and found.is_absolute() else None


def _is_ours(path: Path) -> bool:
    """Say whether something is a folder or a file, no link, of the user, to which nobody else may write."""
    found = path.lstat()
    is_plain = stat.S_ISDIR(found.st_mode) or stat.S_ISREG(found.st_mode)
    if sys.platform == "win32":
        # A folder of the user's own there is one by its list of rights, which folders in it have as well.
        return is_plain
    return is_plain and found.st_uid == os.geteuid() and not found.st_mode & _OTHERS_WRITE


def _is_below_safe_ones(path: Path) -> bool:
    """Say whether nobody else could put another folder in the place of one."""
    if sys.platform == "win32":
        return True
    for above in path.resolve().parents:
        found = above.stat()
        is_sticky = found.st_mode & stat.S_ISVTX
        if found.st_uid not in (0, os.geteuid()) or (found.st_mode & _OTHERS_WRITE and not is_sticky):
            return False
    return True


def kept_within(folder: Path, most: int, name: str, text: str) -> None:
    """Put a module into a folder of the cache where it is missing, and take out the oldest where it is too large.

    What belongs together has one name in front of the first of `-.`, and is as old as the last that was used of it.
    What is not of the user alone is taken out at once.

    Parameters
    ----------
    most : how many bytes may be kept.
    name, text : of the module.
    """
    groups: dict[str, list[tuple[Path, int, float]]] = {}
    for one in folder.rglob("*"):
        try:
            found = one.lstat()
            if stat.S_ISDIR(found.st_mode):
                continue
            if not _is_ours(one):
                one.unlink()
                continue
        except OSError:
            continue
        group = one.name.partition(".")[0].partition("-")[0]
        groups.setdefault(group, []).append((one, found.st_size, found.st_mtime))
    total = sum(size for group in groups.values() for _, size, _ in group)
    for group in sorted(groups, key=lambda group: max(at for _, _, at in groups[group])):
        if total <= most:
            break
        if group != name:
            for one, size, _ in groups[group]:
                _without(one)
                total -= size
    for one, _, _ in groups.get(name, []):
        # The module itself keeps its time, by which what was compiled of it is known.
        if one.suffix != ".py":
            _touched(one)
    path = folder / f"{name}.py"
    if not path.is_file() or path.read_bytes() != text.encode():
        made = folder / f"{name}.{os.getpid()}.new"
        made.write_bytes(text.encode())
        made.replace(path)


def _without(path: Path) -> None:
    # Another process may have taken it out.
    with suppress(OSError):
        path.unlink()


def _touched(path: Path) -> None:
    with suppress(OSError):
        os.utime(path)
