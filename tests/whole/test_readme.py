"""Every block of the README does what it shows."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from support.paths import ROOT

from unfoldgraph import Circuit
from unfoldgraph.base.files import gallery_names
from unfoldgraph.cli.main import main

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE")
BLOCKS = re.findall(r"^(<!-- [^\n]* -->\n)?```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    return [content for _, found, content in BLOCKS if found == language]


def marked(marker: str) -> str:
    (found,) = [content for mark, _, content in BLOCKS if mark == f"<!-- {marker} -->\n"]
    return found.strip()


def test_the_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for number, block in enumerate(blocks("python")):
        exec(compile(block, f"README, Python block {number + 1}", "exec"), names)
    assert {path.name for path in tmp_path.iterdir()} == {"rnn.svg", "rnn-4.png", "dark.pdf", "rnn.py"}
    printed = capsys.readouterr().out
    for said in re.findall(r"^print\(.*?\) +# (.*)$", README, re.MULTILINE):
        assert said in printed
    assert "unknown signal 'hh'" in printed
    assert str((names["circuit"].inputs, names["circuit"].parameters, names["circuit"].signals)) in README


def test_the_commands_print_what_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    compare = doctest.OutputChecker().check_output
    for block in blocks("console"):
        for command, expected in re.findall(r"^\$ unfoldgraph (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            code = main(shlex.split(command))
            said = capsys.readouterr()
            assert (code, said.err) == (0, ""), command
            assert compare(expected, said.out, doctest.ELLIPSIS), f"{command}\n{said.out}"


def test_the_circuits_are_right() -> None:
    texts = [content for mark, language, content in BLOCKS if not language]
    assert Circuit(marked("equation")).parameters == ("b", "W", "U")
    for text in texts:
        assert Circuit(text).warnings == ()


def test_the_commands_that_set_up_are_there() -> None:
    """`.ci/run` runs them as they stand; here only the part that is ours."""
    set_up, install, draw = marked("command: draw").split(" && ")
    assert set_up == "python3 -m venv .venv"
    assert install == ".venv/bin/pip install ."
    assert shlex.split(draw)[0] == ".venv/bin/unfoldgraph"
    assert marked("command: test").endswith(".venv/bin/pytest")


def test_the_first_command_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(shlex.split(marked("command: draw").split(" && ")[-1])[1:]) == 0
    assert (tmp_path / "rnn.svg").read_text(encoding="utf-8").rstrip().endswith("</svg>")


def test_links_lead_somewhere() -> None:
    for page in PAGES:
        for link in re.findall(r"\]\(([^)#]+)\)", (ROOT / page).read_text(encoding="utf-8")):
            assert link.startswith("https://") or (ROOT / link).exists(), link
    assert len(gallery_names()) == 44, "the README says 44"
