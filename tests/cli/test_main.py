"""The command line as a user meets it: what is printed where, the exit codes, and every refusal."""

from __future__ import annotations

import gc
import io
import json
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unfoldgraph.base.files import MARK
from unfoldgraph.cli import commands
from unfoldgraph.cli import main as cli
from unfoldgraph.cli.main import main

DYNAMICAL = "s(t) = f(s(t-1); theta); s(1) = s1"
HEAVY = ("sympy", "numpy", "networkx", "ziamath", "resvg_py", "graphviz")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Said:
    """What one command did."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Any:
    """Return a function that runs a command; whatever is refused prints nothing on standard output."""

    def run(*arguments: str) -> Said:
        code = main(arguments)
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        if code == 2:
            assert captured.out == ""
            assert "error:" in captured.err
        return Said(code, captured.out, captured.err)

    return run


def process(
    *arguments: str, stdin: bytes = b"", python: Sequence[str] = (), **settings: Any
) -> subprocess.CompletedProcess[bytes]:
    """Run a command in a process of its own."""
    return subprocess.run(
        [sys.executable, *python, "-m", "unfoldgraph", *arguments],
        input=stdin,
        stdout=settings.pop("stdout", subprocess.PIPE),
        stderr=settings.pop("stderr", subprocess.PIPE),
        timeout=60,
        check=False,
        env=settings.pop("env", environment()),
        **settings,
    )


def environment(**changes: str | None) -> dict[str, str]:
    """Return the environment with changes; None takes a variable away."""
    root = str(Path(cli.__file__).parents[2])
    found = {**os.environ, "PYTHONPATH": root, **{name: value for name, value in changes.items() if value is not None}}
    return {name: value for name, value in found.items() if changes.get(name, "") is not None}


# Words ------------------------------------------------------------------------------------------------


def test_the_collector_of_a_process_is_that_of_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    before = gc.get_threshold()
    try:
        main(["gallery", "rnn"])
        assert gc.get_threshold() == before
        monkeypatch.setattr(sys, "argv", ["unfoldgraph", "gallery", "rnn"])
        monkeypatch.setattr("_signal.signal", lambda *_: None)
        main()
        assert gc.get_threshold()[0] > before[0]
        assert gc.isenabled()
    finally:
        gc.set_threshold(*before)


def test_version_and_help(say: Any) -> None:
    assert say("--version").out == "unfoldgraph 0.1.0\n"
    for command in ((), ("draw",), ("expand",), ("compile",), ("run",), ("info",), ("check",), ("gallery",)):
        said = say(*command, "--help")
        assert said.code == 0
        assert said.out.startswith("usage: unfoldgraph")
        assert said.err == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), ("usage:", "no command")),
        (("drw", "rnn"), ("usage:", "there is no command 'drw'", "did you mean 'draw'?")),
        (("h(t) = f(h(t-1))",), ('unfoldgraph draw "h(t) = f(h(t-1))"',)),
        (("rnn.circuit",), ("unfoldgraph draw rnn.circuit",)),
        (("zzzzzz",), ("the commands are: draw, expand",)),
        (("draw",), ("usage:", "SOURCE")),
        (("draw", "rnn", "--stesp", "3"), ("draw has no option --stesp", "did you mean '--steps'?")),
        (("draw", "rnn", "--direction=left"), ("--direction has no 'left'", "right, up")),
        (("run", "rnn", "--check-finite"), ("--check-finite is not available yet",)),
        (("draw", "h(t)", "=", "1"), ("put them in quotes",)),
        (("draw", "rnn", "--step", "3"), ("draw has no option --step", "did you mean '--steps'?")),
        (("draw", "rnn", "--steps"), ("expected one argument",)),
        (("--nonsense",), ("usage:",)),
    ],
)
def test_a_wrong_command_gets_usage_and_a_hint(say: Any, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    said = say(*arguments)
    assert said.code == 2
    for word in words:
        assert word in said.err


@pytest.mark.parametrize("steps", ["-1", "1.5", "1e12", "٣", "0x10", "", " 3", "+3", "3,4", "1_000", "9" * 5000, "nan"])
@pytest.mark.parametrize("command", ["draw", "expand", "compile", "run", "info"])
def test_steps_that_are_no_number_get_the_range(say: Any, command: str, steps: str) -> None:
    said = say(command, "rnn", "--steps", steps)
    assert said.code == 2
    assert "--steps takes a whole number from 0 to 1000000000000000000" in said.err
    assert said.err.count("\n") == 1
    assert len(said.err) < 300


def test_steps_by_axis(say: Any) -> None:
    assert say("info", "rnn", "--steps", "t=4").out == say("info", "rnn", "--steps", "4").out
    assert "the axes are: t" in say("info", "rnn", "--steps", "u=4").err
    assert "the axes are: t" in say("draw", "rnn", "--steps", "t=4,u=5").err
    assert "each axis once" in say("info", "rnn", "--steps", "t=4,t=5").err
    assert "from 0 to" in say("info", "rnn", "--steps", "t=x").err
    assert say("compile", "rnn", "--steps", "t=2").out == say("compile", "rnn", "--steps", "2").out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("expand", "rnn", "h(2)", "--form", "closed"), "closed forms are not available yet"),
        (("compile", "rnn", "--gradient", "h"), "the gradient is not available yet"),
        (
            ("compile", "rnn", "--target", "numba", "--steps", "3"),
            "straight-line code is NumPy: there is none for the target 'numba'",
        ),
    ],
)
def test_what_comes_later_is_refused_in_a_sentence(say: Any, arguments: tuple[str, ...], sentence: str) -> None:
    said = say(*arguments)
    assert said.code == 2
    assert sentence in said.err
    assert [path.name for path in Path().iterdir()] == []


def test_some_signals_alone_are_returned(say: Any) -> None:
    some = say("compile", "lstm", "--outputs", "h, c")
    assert some.code == 0 and "h, c : array (*batch, steps, m)" in some.out
    refused = say("compile", "lstm", "--outputs", "h,q")
    assert refused.code == 2 and "no equation gives 'q'" in refused.err


def test_there_are_two_styles_of_a_loop_and_one_of_straight_line_code(say: Any) -> None:
    plain, fast = say("compile", "rnn", "--plain"), say("compile", "rnn")
    assert plain.code == fast.code == 0 and "out=" in fast.out and "out=" not in plain.out
    written_out = say("compile", "rnn", "--steps", "2", "--plain")
    assert written_out.code == 0 and written_out.out == say("compile", "rnn", "--steps", "2").out != ""


@pytest.mark.parametrize("option", ["view", "detail", "time", "theme", "notation", "format"])
def test_a_value_that_does_not_exist_lists_those_that_do(say: Any, option: str) -> None:
    said = say("draw", "rnn", f"--{option}", "bokk")
    assert said.code == 2
    assert f"--{option} has no 'bokk'" in said.err
    assert "is one of:" in said.err


# Sources ----------------------------------------------------------------------------------------------


def test_the_order_in_which_a_source_is_read(say: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "lstm.circuit").write_text("a = 1.5\n")
    (folder / "a=b.circuit").write_text("b = 1.5\n")
    (folder / "sub").mkdir()
    (folder / "sub" / "mine").write_text("c = 1.5\n")
    assert "signals     a : ()" in say("info", "lstm.circuit").out
    assert "signals     b : ()" in say("info", "a=b.circuit").out
    assert "signals     c : ()" in say("info", "sub/mine").out
    assert "signals     i(t)" in say("info", "lstm").out
    assert "signals     d : ()" in say("info", "d = p / q").out
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"e = 1.5")))
    assert "signals     e : ()" in say("info", "-").out


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "SOURCE is empty"),
        ("lsmt", "did you mean 'lstm'?"),
        ("mine", "for the file write mine.circuit"),
        ("plain", "for the file write ./plain"),
        ("missing.circuit", "there is no file missing.circuit"),
        ("no/where", "there is no file no/where"),
        (".", "no circuit '.'"),
        ("./", "it is a folder"),
        ("pipe.circuit", "it is a FIFO"),
        ("/dev/zero", "it is a device"),
        ("empty.circuit", "no equations"),
        ("comment.circuit", "no equations"),
        ("latin.circuit", "is not UTF-8: the byte is 0xe9, byte 1, on line 1"),
        ("h(t) = tanh(", "<equations>:1:"),
        ("h t = 1", "error:"),
    ],
)
def test_a_source_that_is_wrong(say: Any, folder: Path, source: str, words: str) -> None:
    (folder / "mine.circuit").write_text("a = 1.5")
    (folder / "plain").write_text("a = 1.5")
    (folder / "empty.circuit").write_text("")
    (folder / "comment.circuit").write_text("# nothing\n")
    (folder / "latin.circuit").write_bytes(b"\xe9 = 1")
    os.mkfifo(folder / "pipe.circuit")
    for command in ("draw", "expand", "compile", "run", "info", "check"):
        said = say(command, source)
        assert said.code == 2
        assert words in said.err


def test_an_error_shows_its_place(say: Any, folder: Path) -> None:
    (folder / "rnn.circuit").write_text("x(t) : n\n\nh(t) = tanh(W @ hh(t-1) + U @ x(t) + b)\n")
    said = say("check", "rnn.circuit")
    assert said.err == (
        "rnn.circuit:3:17: error: unknown signal 'hh'\n"
        "  3 | h(t) = tanh(W @ hh(t-1) + U @ x(t) + b)\n"
        "    |                 ^^\n"
        "  help: did you mean 'h'?\n"
    )


# Commands ---------------------------------------------------------------------------------------------


def test_draw_writes_and_names_what_it_wrote(say: Any, folder: Path) -> None:
    (folder / "mine.circuit").write_text("h(t) = f(h(t-1))")
    assert say("draw", "mine.circuit").out == "mine.svg\n"
    assert say("draw", "rnn", "--format", "png").out == "rnn.png\n"
    assert say("draw", "h(t) = f(h(t-1))", "--format", "json").out == "circuit.json\n"
    assert sorted(path.name for path in Path().iterdir()) == ["circuit.json", "mine.circuit", "mine.svg", "rnn.png"]
    assert (folder / "rnn.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((folder / "circuit.json").read_text())["version"] == 1
    assert MARK in (folder / "mine.svg").read_text()[:2048]


def test_draw_takes_the_format_from_the_suffix(say: Any, folder: Path) -> None:
    said = say("draw", "rnn", "--steps", "3", "-o", "a.PNG")
    assert (said.code, said.out) == (0, "")
    assert (folder / "a.PNG").read_bytes().startswith(b"\x89PNG")
    assert "there is" not in say("draw", "rnn", "-o", "b.txt", "--format", "svg").err
    assert "contradicts the suffix" in say("draw", "rnn", "-o", "a.svg", "--format", "png").err
    for name in ("a.gif", "a"):
        assert ".svg, .png, .pdf, .tex, .dot, .mmd, " in say("draw", "rnn", "-o", name).err
    for name, start in (("a.pdf", b"%PDF-"), ("a.tex", b"% W"), ("a.dot", b"// W"), ("a.mmd", b"%% W")):
        assert say("draw", "rnn", "-o", name).code == 0
        assert (folder / name).read_bytes().startswith(start)
    assert say("draw", "rnn", "--format", "mermaid").out == "rnn.mmd\n"


def test_draw_to_standard_output() -> None:
    assert process("draw", "rnn", "-o", "-").stdout.endswith(b"</svg>\n")
    assert process("draw", "rnn", "-o", "-", "--format", "png").stdout.startswith(b"\x89PNG")


def test_an_output_is_replaced_only_if_it_is_ours(say: Any, folder: Path) -> None:
    names = ["a.dot", "a.json", "a.mmd", "a.pdf", "a.png", "a.svg", "a.tex"]
    for command, name in (*(("draw", name) for name in names), ("compile", "a.py")):
        assert say(command, "rnn", "-o", name).code == 0
        assert say(command, "lstm", "-o", name).code == 0
        (folder / name).write_text("from unfoldgraph import Circuit")
        said = say(command, "rnn", "-o", name)
        assert said.code == 2
        assert f"{name} exists and was not written by unfoldgraph" in said.err
        assert (folder / name).read_text() == "from unfoldgraph import Circuit"
        assert say(command, "rnn", "-o", name, "--force").code == 0
    assert sorted(path.name for path in Path().iterdir()) == sorted([*names, "a.py"])


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("a.circuit", "it is the input"),
        ("folder.svg", "it is a folder"),
        ("no/a.svg", "there is no folder no"),
        ("", "has no suffix"),
    ],
)
def test_an_output_that_cannot_be(say: Any, folder: Path, output: str, words: str) -> None:
    (folder / "a.circuit").write_text(f"# {MARK}\na(t) = f(a(t-1))")
    (folder / "folder.svg").mkdir()
    arguments = ["--format", "svg"] if output.endswith(".circuit") else []
    said = say("draw", "./a.circuit", "-o", output, "--force", *arguments)
    assert said.code == 2
    assert words in said.err


def test_sizes_are_told(say: Any) -> None:
    text = "b : M; y[n] = sum(b[k]*x[n-k] for k in 0..M-1)"
    assert say("expand", text, "y(3)", "--size", "M=2").out == "b[0] * x(3) + b[1] * x(2)\n"
    # What is written again says what is not said yet, and says another again.
    two = f"z(n) = sum(z(n-k) for k in 1..K) + y(n); {text}"
    joined = say("expand", two, "z(2)", "--size", "M=1", "--size", "K=1").out
    assert joined == say("expand", two, "z(2)", "--size", "M=9", "--size", "M=1,K=1").out
    assert joined == say("expand", two, "z(2)", "--size", "M=1,K=1").out != ""
    assert "--size M=… on the command line" in say("expand", text, "y(3)").err
    assert "there is no size 'K'" in say("expand", text, "y(3)", "--size", "K=2").err
    assert "whole number from 1" in say("expand", text, "y(3)", "--size", "M=0").err
    for wrong in ("3", "M", "M=", "M=x", "M=2,M=3", "=2", "M=" + "9" * 30):
        said = say("expand", text, "y(3)", "--size", wrong)
        assert (said.code, "write --size M=3" in said.err) == (2, True), wrong


def test_expand(say: Any) -> None:
    assert say("expand", DYNAMICAL, "s(3)").out == "f(f(s(1); θ); θ)\n"
    assert say("expand", DYNAMICAL, "--steps", "3").out == "f(f(s(1); θ); θ)\n"
    assert say("expand", DYNAMICAL, "s(3)", "--form", "steps").out == "s(3) = f(s(2); θ)\n     = f(f(s(1); θ); θ)\n"
    assert say("expand", DYNAMICAL, "s(3)", "--notation", "subscript").code == 0
    found = json.loads(say("expand", DYNAMICAL, "s(3)", "--form", "let", "--format", "json").out)
    assert (found["version"], found["target"], found["form"], len(found["lines"])) == (1, "s(3)", "let", 2)
    assert "unknown signal 'q'" in say("expand", DYNAMICAL, "q").err
    assert "number of steps" in say("expand", DYNAMICAL).err
    said = say("expand", "h(t) = h(t-1) * h(t-1)", "--steps", "64")
    assert "36893488147419103231" in said.err
    assert "--form let" in said.err


def test_compile(say: Any, folder: Path) -> None:
    said = say("compile", "rnn")
    assert said.out == say("compile", "rnn", "-o", "-").out
    assert MARK in said.out[:2048]
    compile(said.out, "rnn.py", "exec")
    assert say("compile", "rnn", "-o", "rnn.py").out == ""
    assert (folder / "rnn.py").read_text() == said.out
    assert "does not end in .py" in say("compile", "rnn", "-o", "rnn.txt").err
    said = say("compile", "rnn", "--steps", "1000000000000")
    assert "1000000000000" in said.err
    assert "the limit is" in said.err


@pytest.mark.parametrize(
    ("circuit", "steps", "said"),
    [
        ("h(t) = tanh(W @ h(t-1) + U @ x(t))", "200001", "of 200001 steps has 200001 statements"),
        ("a(t) = f(b(t-1)); b(t) = a(t) + x(t)", "100001", "of 100001 steps has 200002 statements"),
        ("lstm", "1000000000000", "of 1000000000000 steps has 6000000000000 statements"),
        ("edit-distance", "i=1000,j=900", "of 1000 steps of i and 900 of j has 900000 statements"),
    ],
)
def test_straight_line_code_over_the_limit_is_refused_before_the_work(
    say: Any, monkeypatch: pytest.MonkeyPatch, circuit: str, steps: str, said: str
) -> None:
    def works(*_: object) -> None:
        raise AssertionError("it was begun")

    monkeypatch.setattr("unfoldgraph.program.pipeline.kernel_of", works)
    refused = say("compile", circuit, "--steps", steps)
    assert refused.code == 2
    assert refused.err == (
        f"error: the straight-line program {said}; the limit is 200000\n"
        "  help: without a number of steps, on the command line without --steps, a loop computes any number of them\n"
    )


def test_straight_line_code_of_very_many_steps() -> None:
    # In a process of its own, whose memory is given back.
    done = process("compile", "h(t) = tanh(b + W @ h(t-1) + U @ x(t))", "--steps", "20000")
    assert done.returncode == 0
    assert done.stdout.count(b"np.tanh(") == 20_000


def test_run_without_data(say: Any) -> None:
    assert say("run", "fibonacci", "--steps", "10").out == "F  (10,)  55.0\n"
    assert say("run", "fibonacci", "--steps", "t=0").out == "F  (0,)  no steps\n"
    assert say("run", "F(n) = F(n-1) + F(n-2)", "--steps", "3").err == "note: F(-1) to F(0) are 0 unless given as F0\n"
    assert say("run", "F(n) = F(n-1)", "--steps", "3", "--set", "F0=1").err == ""
    assert say("run", "a = 1.5; b = 2 * a", "--steps", "3").code == 0
    assert "give --steps N" in say("run", "fibonacci").err
    assert "the limit is" in say("run", "fibonacci", "--steps", "1000000000000").err


def test_a_number_of_steps_is_for_the_axes_that_take_theirs_from_no_other(say: Any) -> None:
    pascal = "C(n, k) = C(n-1, k-1) + C(n-1, k); C(n, 0) = 1; C(n, n) = 1"
    for steps in ("5", "n=5", "n=5,k=5"):
        assert say("run", pascal, "--steps", steps).out == "C  (5, 5)  1.0\n"
        assert say("expand", pascal, "C(4, 2)", "--steps", steps).out == "6\n"
        assert say("compile", pascal, "--steps", steps).code == 0
    assert "write --steps i=4,j=4" in say("run", "c(i, j) = c(i-1, j) + c(i, j-1)", "--steps", "3").err


def test_run_with_numbers(say: Any) -> None:
    found = json.loads(say("run", "logistic-map", "--set", "r=2,s0=0.25", "--steps", "1", "--json").out)
    assert found == {"version": 1, "circuit": "logistic-map", "signals": {"s": {"shape": [1], "last": 0.375}}}
    assert say("run", "logistic-map", "--set", "r=2", "--set", "s0=.25", "--steps", "1").out == "s  (1,)  0.375\n"
    assert (
        say("run", "a(t) = a(t-1) / θ; a(0) = 1", "--set", "θ=0", "--steps", "1", "--json").out.count('"Infinity"') == 1
    )
    assert "no value is given for s0" in say("run", "logistic-map", "--set", "r=2", "--steps", "1").err
    # An input has a value at every step: a number is no advice.
    assert "--set" not in say("run", "rnn").err
    assert (
        "x: expected shape (*batch, steps), got ()"
        in say("run", "h(t) = h(t-1) + x(t)", "--set", "x=1", "--steps", "3").err
    )
    assert "'q' is not an argument" in say("run", "logistic-map", "--set", "r=2,s0=1,q=1", "--steps", "1").err
    for wrong in ("r", "r=", "=1", "r=x", "r=1,r=2", "r=0x10", "r=1_0", "r=٣"):
        assert say("run", "logistic-map", "--set", wrong, "--steps", "1").code == 2


def test_run_needs_bodies(say: Any) -> None:
    assert "'f' is a function without a body" in say("run", "driven-system").err


def test_run_with_data(say: Any, folder: Path) -> None:
    random = np.random.default_rng(0)
    arrays = {"x": random.normal(size=(2, 4, 3)), "W": np.eye(2), "U": random.normal(size=(2, 3)), "b": np.zeros(2)}
    np.savez(folder / "data.npz", **arrays)
    said = say("run", "rnn", "--data", "data.npz", "-o", "out.npz")
    assert said.out.startswith("h  (2, 4, 2)  [[")
    with np.load(folder / "out.npz", allow_pickle=False) as found:
        h = np.zeros(2)
        for x in arrays["x"][1]:
            h = np.tanh(h + arrays["U"] @ x)
        np.testing.assert_allclose(found["h"][1, -1], h, rtol=1e-12)
        last = found["h"][:, -1].tolist()
    assert json.loads(say("run", "rnn", "--data", "data.npz", "--json").out)["signals"]["h"]["last"] == last
    before = (folder / "out.npz").read_bytes()
    assert say("run", "rnn", "--data", "data.npz", "-o", "out.npz").code == 0
    assert (folder / "out.npz").read_bytes() == before
    assert "does not end in .npz" in say("run", "rnn", "--data", "data.npz", "-o", "out.txt").err
    assert "it is the input" in say("run", "rnn", "--data", "data.npz", "-o", "data.npz", "--force").err
    assert "exists and was not written" in say("run", "fibonacci", "--steps", "3", "-o", "data.npz").err
    assert "expected shape" in say("run", "rnn", "--data", "data.npz", "--set", "W=1").err


class _Touches:
    """Unpickled, it makes a folder."""

    def __reduce__(self) -> Any:
        return os.mkdir, ("executed",)


def test_data_that_cannot_be_read(say: Any, folder: Path) -> None:
    np.savez(folder / "objects.npz", x=np.array([_Touches()], dtype=object))
    (folder / "text.npz").write_text("x = 1")
    (folder / "empty.npz").write_text("")
    (folder / "broken.npz").write_bytes(b"PK\x03\x04 and nothing more")
    np.save(folder / "x.npy", np.zeros(3))
    (folder / "x.npy").rename(folder / "one.npz")
    for name, words in (
        ("objects.npz", "holds Python objects"),
        ("text.npz", "is not an .npz file"),
        ("empty.npz", "is not an .npz file"),
        ("broken.npz", "cannot be read as an .npz file"),
        ("one.npz", "is not an .npz file"),
        ("missing.npz", "there is no file missing.npz"),
        (".", "it is a folder"),
        ("/dev/zero", "it is a device"),
    ):
        said = say("run", "rnn", "--data", name)
        assert said.code == 2
        assert words in said.err
    assert not (folder / "executed").exists()


def test_info(say: Any) -> None:
    found = json.loads(say("info", "lstm", "--steps", "1000000000000", "--json").out)
    assert found["unfolded"]["nodes"] == 7 * 10**12 + 14
    assert found["unfolded"]["depth"] == 3 * 10**12
    assert set(found["unfolded"]["uses"].values()) == {10**12}
    assert {tuple(loop["names"]): loop["delay"] for loop in found["loops"]} == {
        ("i", "c", "h"): [1],
        ("f", "c", "h"): [1],
        ("o", "h"): [1],
        ("g", "c", "h"): [1],
        ("c",): [1],
    }
    assert found["loops_complete"] is True
    assert [one["argument"] for one in found["boundaries"]] == ["c0", "h0"]
    assert found["inputs"] == [{"name": "x", "axes": ["t"], "shape": ["n"]}]
    told = say("info", "biquad").out
    for line in ("y(n) reads x(n-2)", "y -> y, delay 2", "x(-1) to x(0), given as x0", "a1, a2 : ()"):
        assert line in told
    assert "s(1) = s1" in say("info", "dynamical-system").out
    assert "unfolded" not in json.loads(say("info", "rnn", "--json").out)


def test_info_stops_looking_for_loops(say: Any) -> None:
    names = "abcdghklmopqrs"
    text = "; ".join(f"{name}(t) = {' + '.join(f'{other}(t-1)' for other in names)}" for name in names)
    assert json.loads(say("info", text, "--json").out)["loops_complete"] is False
    assert "there are more loops" in say("info", text).out


def test_check(say: Any, folder: Path) -> None:
    (folder / "good.circuit").write_text("h(t) = f(h(t-1))\n")
    (folder / "warned.circuit").write_text("x(t) : n\nq : m\nh(t) = tanh(h(t-1) + x(t))\n")
    (folder / "bad.circuit").write_text("h(t) = tanh(h(t))\n")
    assert say("check", "good.circuit", "rnn").out == (
        "good.circuit: ok\n  h(0) is 0 unless given as h0\nrnn: ok\n  h(0) is 0 unless given as h0\n"
    )
    assert (
        say("check", "fir", "y(t) = x(t)").out
        == "fir: ok\n  x(2-M) to x(0) are 0 unless given as x0\n<equations>: ok\n"
    )
    said = say("check", "warned.circuit")
    assert (said.code, said.out) == (0, "warned.circuit: ok\n  h(0) is 0 unless given as h0\n")
    assert "warned.circuit:2:1: warning:" in said.err
    said = say("check", "warned.circuit", "--strict")
    assert said.code == 2
    assert "warned.circuit:2:1: error:" in said.err
    said = say("check", "bad.circuit", "good.circuit", "missing.circuit")
    assert said.code == 2
    assert "bad.circuit:1:" in said.err
    assert "missing.circuit" in said.err


def test_every_error_of_several_sources_names_its_own(say: Any, folder: Path) -> None:
    wrong: dict[str, str | bytes] = {
        "empty": "",
        "comment": "# nothing\n",
        "title": 'title "a"',
        "unread": "h(t) = tanh(",
        "several": "h(t) = hh(t); x(t) : n; g(t) = gg(t)",
        "loop": "h(t) = h(t)",
        "latin": b"\xe9",
        "zero": b"\0",
        "wide": "a = 1".encode("utf-16"),
        "large": "#" * 300_000,
        "characters": "\ufeff" * 2 + "#" * 262_144,
        "deep": f"y = {'(' * 300}1{')' * 300}",
    }
    for name, text in wrong.items():
        content = text if isinstance(text, bytes) else text.encode()
        (folder / f"{name}.circuit").write_bytes(content)
    (folder / "good.circuit").write_text("h(t) = f(h(t-1))")
    (folder / "folder.circuit").mkdir()
    for name in (*wrong, "folder", "missing", "mine/missing", "lstn"):
        source = name if name == "lstn" else f"{name}.circuit"
        said = say("check", "good.circuit", source, "rnn")
        assert said.code == 2
        told = [line for line in said.err.splitlines() if "error:" in line]
        assert told, said.err
        assert all(name in line for line in told), said.err
    sources = [f"{name}.circuit" for name in wrong]
    told = [line for line in say("check", *sources).err.splitlines() if "error:" in line]
    # In the order given, and of each what is wrong with it.
    assert [source for source in sources if any(source in line for line in told)] == sources


def test_warnings_do_not_stop_the_work(say: Any) -> None:
    said = say("info", "q : m; h(t) = f(h(t-1))")
    assert said.code == 0
    assert "warning:" in said.err


def test_gallery(say: Any, folder: Path) -> None:
    listed = say("gallery").out.splitlines()
    assert len(listed) == 44
    assert ["biquad", "Biquad filter"] in [line.split(maxsplit=1) for line in listed]
    text = say("gallery", "gru").out
    assert "z(t) * h(t-1)" in text
    assert say("gallery", "gru", "-o", "mine").out == "mine/gru.circuit\n"
    assert (folder / "mine" / "gru.circuit").read_text() == text
    assert say("gallery", "-o", "mine").code == 0
    (folder / "mine" / "gru.circuit").write_text("# changed by hand\n")
    assert "exists and was not written" in say("gallery", "-o", "mine").err
    assert say("gallery", "gru", "-o", "mine", "--force").code == 0
    assert "did you mean 'gru'?" in say("gallery", "grru").err
    assert say("gallery", "gru", "-o", "no/where").code == 2
    (folder / "file").write_text("")
    assert say("gallery", "gru", "-o", "file").code == 2


# The machine ------------------------------------------------------------------------------------------


def test_check_and_help_load_nothing_heavy() -> None:
    script = (
        "import sys; from unfoldgraph.cli.main import main; code = main(sys.argv[1:]); "
        f"loaded = [name for name in {HEAVY!r} if name in sys.modules]; "
        "sys.exit(f'loaded {loaded}' if loaded else code)"
    )
    for arguments in (
        ["--help"],
        ["draw", "--help"],
        ["check", "lstm", "rnn-with-loss"],
        ["check", "x(t) : n; a(t) = a(t)"],
    ):
        done = subprocess.run(
            [sys.executable, "-c", script, *arguments], capture_output=True, timeout=60, check=False, env=environment()
        )
        assert b"loaded" not in done.stderr, done.stderr


def test_the_plainest_surroundings_give_the_same_answers() -> None:
    expected = "f(f(s(1); θ); θ)\n".encode()
    arguments = ("expand", DYNAMICAL, "s(3)")
    plain: dict[str, str | None] = {"LC_ALL": "C", "LANG": None, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    assert process(*arguments).stdout == expected
    assert process(*arguments, env=environment(**plain)).stdout == expected
    assert process(*arguments, env=environment(PYTHONIOENCODING="ascii")).stdout == expected
    assert process(*arguments, env=environment(HOME=None)).stdout == expected
    assert process(*arguments, python=["-O"]).stdout == expected
    assert process(*arguments, python=["-OO"]).stdout == expected
    assert process(*arguments, python=["-W", "error"]).stdout == expected
    done = process("check", "θ(t) = ω(t", env=environment(**plain))
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


def test_standard_input_is_a_source_and_only_so_much_of_it_is_read() -> None:
    assert process("check", "-", stdin=b"\xef\xbb\xbfa = 1.5\r\n").stdout == b"<stdin>: ok\n"
    assert b"<stdin>:1:1" in process("check", "-", stdin=b"= 1\n").stderr
    done = process("check", "-", stdin=b"#" * 300_000)
    assert done.returncode == 2
    assert b"larger than 262144 bytes" in done.stderr


def test_closed_standard_output_is_quiet() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = process("info", "lstm", stdout=writer)
    finally:
        os.close(writer)
    assert done.stderr == b""
    shell = f'"{sys.executable}" -m unfoldgraph draw rnn -o - >&-'
    done = subprocess.run(["sh", "-c", shell], stderr=subprocess.PIPE, timeout=60, check=False, env=environment())
    assert done.stderr == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_the_machine_s_fault() -> None:
    for arguments in (("info", "rnn"), ("draw", "rnn", "-o", "-")):
        with Path("/dev/full").open("wb") as full:
            done = process(*arguments, stdout=full)
        assert done.returncode == 1
        assert done.stderr == b"error: No space left on device\n"


#: A command of each kind, which all have something to say.
SAYING = (
    ("--help",),
    ("--version",),
    *((command, "--help") for command in ("draw", "expand", "compile", "run", "info", "check", "gallery")),
    ("check", "rnn"),
    ("info", "rnn"),
    ("info", "rnn", "--json"),
    ("expand", "rnn", "h(2)"),
    ("compile", "rnn"),
    ("gallery",),
    ("gallery", "rnn"),
    ("gallery", "rnn", "-o", "."),
    ("run", "fibonacci", "--steps", "3"),
    ("run", "fibonacci", "--steps", "3", "--json"),
    ("run", "fibonacci", "--steps", "3", "-o", "-"),
    ("draw", "rnn"),
    ("draw", "rnn", "-o", "-"),
)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("arguments", SAYING, ids=" ".join)
@pytest.mark.parametrize("buffered", [True, False])
def test_what_cannot_be_said_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], buffered: bool
) -> None:
    raw = io.FileIO("/dev/full", "w")
    with io.TextIOWrapper(io.BufferedWriter(raw) if buffered else raw, write_through=not buffered) as full:  # type: ignore[type-var]
        monkeypatch.setattr("sys.stdout", full)
        assert main(arguments) == 1
        assert capsys.readouterr().err == "error: No space left on device\n"
        # What is still in a buffer goes nowhere when the interpreter ends.
        sys.stdout.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_help_on_a_full_disk_fails() -> None:
    for python in ((), ("-u",)):
        with Path("/dev/full").open("wb") as full:
            done = process("--help", stdout=full, python=python, env=environment(PYTHONUNBUFFERED=None))
        assert (done.returncode, done.stderr) == (1, b"error: No space left on device\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("arguments", [(), ("drw",), ("draw",), ("check", "x ="), ("info", "lstn")], ids=" ".join)
def test_where_an_error_cannot_be_told_the_exit_code_is_its_own(arguments: tuple[str, ...]) -> None:
    for unbuffered in (None, "1"):
        with Path("/dev/full").open("wb") as full:
            done = process(*arguments, stderr=full, env=environment(PYTHONUNBUFFERED=unbuffered))
        assert (done.returncode, done.stdout) == (2, b"")
    shell = f'"{sys.executable}" -m unfoldgraph "$@" 2>&-'
    done = subprocess.run(
        ["sh", "-c", shell, "sh", *arguments], stdout=subprocess.PIPE, timeout=60, check=False, env=environment()
    )
    assert (done.returncode, done.stdout) == (2, b"")


def limited() -> None:
    """Let no file be larger than 100 bytes, as on a disk that is nearly full."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))


def test_a_file_that_cannot_be_written_is_named_and_not_left(folder: Path) -> None:
    for arguments, name in (
        (("draw", "rnn"), "rnn.svg"),
        (("draw", "rnn", "-o", "mine.pdf"), "mine.pdf"),
        (("draw", "rnn", "--steps", "2", "--frames", "-o", "a.svg"), "a-0.svg"),
        (("compile", "rnn", "-o", "./rnn.py"), "./rnn.py"),
        (("run", "fibonacci", "--steps", "3", "-o", "out.npz"), "out.npz"),
        (("gallery", "-o", "new"), "new/adam.circuit"),
    ):
        done = process(*arguments, preexec_fn=limited)
        assert (done.returncode, done.stdout) == (1, b"")
        assert done.stderr == f"error: {name}: File too large\n".encode()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("python", [(), ("-u",)])
def test_what_was_written_in_part_counts_as_not_written(folder: Path, python: tuple[str, ...]) -> None:
    with (folder / "out").open("wb") as out:
        done = process("gallery", stdout=out, python=python, preexec_fn=limited, env=environment(PYTHONUNBUFFERED=None))
    assert (done.returncode, done.stderr) == (1, b"error: File too large\n")


def test_help_that_nobody_reads_is_quiet() -> None:
    for arguments in (("--help",), ("draw", "--help"), ("--version",)):
        reader, writer = os.pipe()
        os.close(reader)
        try:
            done = process(*arguments, stdout=writer)
        finally:
            os.close(writer)
        assert (done.returncode, done.stderr) == (0, b"")


def test_an_interruption_ends_quietly(say: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(source: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "load_circuit", interrupted)
    said = say("info", "rnn")
    assert (said.code, said.out, said.err) == (130, "", "")


def test_a_bug_is_called_one(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(source: str) -> None:
        raise AssertionError("broken")

    monkeypatch.setattr(commands, "load_circuit", broken)
    assert main(["info", "rnn"]) == 70
    assert "this is a bug in unfoldgraph (AssertionError), please report it" in capsys.readouterr().err


def test_too_little_memory_is_said(say: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def starved(source: str) -> None:
        raise MemoryError

    monkeypatch.setattr(commands, "load_circuit", starved)
    assert say("info", "rnn").code == 1


def test_colour_is_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for name, value, coloured in (("TERM", "xterm", True), ("NO_COLOR", "1", False), ("TERM", "dumb", False)):
        monkeypatch.delenv("NO_COLOR", raising=False)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv(name, value)
        monkeypatch.setattr("sys.stderr", Terminal())
        assert main(["info", "lstn"]) == 2
        assert ("\x1b[" in sys.stderr.getvalue()) is coloured  # type: ignore[attr-defined]


def test_escapes_of_the_terminal_are_shown_and_not_sent(say: Any) -> None:
    for arguments in (
        ("draw", "\x1b[31m"),
        ("\x1b[31m",),
        ("draw", "\x1b.circuit"),
        ("draw", "rnn", "-o", "\x1b/a.svg"),
    ):
        said = say(*arguments)
        assert said.code == 2
        assert "\x1b" not in said.err
