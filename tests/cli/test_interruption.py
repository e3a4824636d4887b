"""Ctrl-C at any moment: the exit code is 130 and nothing is shown; a command that is done stays done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from unfoldgraph.cli import main as cli

#: Runs a command; at the load of each module it has a child that gets a Ctrl-C there, and what becomes of each is told
#: in the file `told`. Nothing is loaded for this that would be loaded later.
AT_EACH_LOAD = """
import _signal, os, sys

told = os.open("told", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
busy = False

def interrupt(where):
    global busy
    if busy:
        return
    busy = True
    child = os.fork()
    if child:
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        size = os.stat("shown").st_size
        os.write(told, f"{where} {code} {size}\\n".encode())
        busy = False
        return
    os.dup2(os.open("shown", os.O_CREAT | os.O_WRONLY | os.O_TRUNC), 2)
    os.dup2(os.open("said", os.O_CREAT | os.O_WRONLY | os.O_TRUNC), 1)
    _signal.raise_signal(_signal.SIGINT)

sys.addaudithook(lambda event, arguments: interrupt(arguments[0]) if event == "import" else None)
"""
#: Has a Ctrl-C when all is done and the interpreter ends.
AT_THE_END = "import _signal, atexit, sys; atexit.register(_signal.raise_signal, _signal.SIGINT); "
#: What an installer writes for the console script.
SCRIPT = "from unfoldgraph.cli.main import main; sys.exit(main())"
MODULE = "import runpy; runpy.run_module('unfoldgraph', run_name='__main__', alter_sys=True)"


def run(script: str, *arguments: str, folder: Path, **settings: Any) -> subprocess.CompletedProcess[bytes]:
    root = str(Path(cli.__file__).parents[2])
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        timeout=120,
        check=False,
        **settings,
    )


@pytest.mark.parametrize("start", [SCRIPT, MODULE], ids=["script", "module"])
@pytest.mark.parametrize("command", [("info", "rnn"), ("check", "x = 1; y ="), ("--help",)], ids=" ".join)
def test_ctrl_c_at_the_load_of_any_module(tmp_path: Path, start: str, command: tuple[str, ...]) -> None:
    plain = run(f"import sys; {start}", *command, folder=tmp_path)
    done = run(AT_EACH_LOAD + start, *command, folder=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (plain.returncode, plain.stdout, plain.stderr)
    loads = [line.split() for line in (tmp_path / "told").read_text().splitlines()]
    # Python answers until a line of the package has run; after the first of it these alone are loaded before that.
    names = [name for name, *_ in loads]
    of_python = {"unfoldgraph", "unfoldgraph.__main__", "unfoldgraph.cli", "unfoldgraph.cli.main"}
    assert names.count("unfoldgraph.cli.main") == 1
    after = [load for load in loads[names.index("unfoldgraph.cli.main") :] if load[0] not in of_python]
    assert len(after) > 20
    assert [load for load in after if load[1:] != ["130", "0"]] == []
    # Where all is done, the exit code says so, and so does the output.
    done = run(AT_THE_END + start, *command, folder=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (plain.returncode, plain.stdout, plain.stderr)


def test_nothing_is_loaded_before_ctrl_c_is_seen_to(tmp_path: Path) -> None:
    script = (
        "import sys; before = set(sys.modules); import unfoldgraph.cli.main; print(*sorted({*sys.modules} - before))"
    )
    loaded = run(script, folder=tmp_path).stdout.decode().split()
    assert loaded == ["unfoldgraph", "unfoldgraph.cli", "unfoldgraph.cli.main"]


def test_ctrl_c_while_files_are_in_the_making(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys; from unfoldgraph.cli.main import main; "
        "os.fsync = lambda descriptor: signal.raise_signal(signal.SIGINT); sys.exit(main())"
    )
    done = run(script, "gallery", "-o", "new", folder=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")
    assert list(tmp_path.iterdir()) == []


def test_where_ctrl_c_is_ignored_it_stays_ignored(tmp_path: Path) -> None:
    # As a shell has it for what runs in the background.
    script = (
        "import os, signal, sys; from unfoldgraph.cli.main import main; "
        "os.fsync = lambda descriptor: signal.raise_signal(signal.SIGINT); sys.exit(main())"
    )
    done = run(script, "gallery", "rnn", "-o", "new", folder=tmp_path, preexec_fn=_ignore)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / "new" / "rnn.circuit").exists()


def _ignore() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def test_in_the_process_of_others_their_handlers_stay(capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGINT)
    assert cli.main(["check", "rnn"]) == 0
    assert signal.getsignal(signal.SIGINT) is before
    assert capsys.readouterr().out.startswith("rnn: ok\n")
