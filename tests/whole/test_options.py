"""Options are described once, by whom they are of, and reading them loads nothing heavy."""

from __future__ import annotations

import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import unfoldgraph
from unfoldgraph import Circuit, CircuitError
from unfoldgraph.cli.arguments import build_parser
from unfoldgraph.drawing import options as drawing
from unfoldgraph.formula import options as formula
from unfoldgraph.formula.expansion import Expansion, expand
from unfoldgraph.program import options as program

PACKAGE = Path(unfoldgraph.__file__).parent
HEAVY = {"graphviz", "lark", "networkx", "numpy", "resvg_py", "sympy", "ziafont", "ziamath"}

BASE = {"base.errors", "base.limits", "base.option"}
DRAWING = {"drawing.options", "drawing.scene.themes"}
ARGUMENTS = {"cli.arguments", "cli.commands", "cli.console", "cli.dispatch", "cli.main"}
#: What is loaded of ours, packages aside, by a line of Python.
LOADED = {
    "import unfoldgraph.formula.options": BASE | {"formula.options"},
    "import unfoldgraph.program.options": BASE | {"program.options"},
    "import unfoldgraph.drawing.options": BASE | DRAWING | {"formula.options"},
    "from unfoldgraph.cli.main import main; main(['draw', '--help'])": (
        BASE | DRAWING | ARGUMENTS | {"formula.options"}
    ),
}


def loaded_by(line: str) -> tuple[set[str], set[str]]:
    """Return what a line loads in a new process: our modules, packages aside, and the heavy ones of others."""
    script = f"import sys\n{line}\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=PACKAGE.parent, timeout=60
    )
    names = done.stderr.split()
    own = {name.removeprefix("unfoldgraph.") for name in names if name.startswith("unfoldgraph.")}
    return {name for name in own if not (PACKAGE / name.replace(".", "/")).is_dir()}, HEAVY & {*names}


@pytest.mark.parametrize("line", LOADED)
def test_options_load_nothing_but_themselves(line: str) -> None:
    assert loaded_by(line) == (LOADED[line], set())


def test_a_check_loads_nothing_of_pictures_formulas_and_programs() -> None:
    own, heavy = loaded_by("from unfoldgraph.cli.main import main; main(['check', 'lstm'])")
    assert heavy == set(), "the text is read, and nothing is computed"
    assert not {name for name in own if name.split(".")[0] in ("drawing", "formula", "program", "unfolding")}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"gradient": "L"}, "the gradient is not available yet"),
        ({"target": "numba", "steps": 3}, "straight-line code is NumPy: there is none for the target 'numba'"),
        ({"target": "nunpy"}, "there is no target 'nunpy'\n  help: did you mean 'numpy'"),
        ({"target": None}, "there is no target 'None'\n  help: choose one of: numpy, numba"),
        ({"plain": True, "gradient": "L"}, "the gradient is not available yet"),
    ],
)
def test_programs_refuse_options_as_the_command_line_does(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(CircuitError, match=sentence):
        Circuit("s(t) = s(t-1)").compile(**options)


@pytest.mark.parametrize("format_", drawing.FORMATS)
def test_each_format_is_a_module_that_writes_it(format_: str) -> None:
    assert callable(import_module(f"unfoldgraph.drawing.formats.{format_}").write)


def test_defaults_in_python_are_those_of_the_command_line() -> None:
    render = inspect.signature(Expansion.render).parameters
    told = formula.OPTIONS
    assert (render["form"].default, render["format"].default) == (told["form"].default, told["format"].default)
    assert inspect.signature(expand).parameters["notation"].default == told["notation"].default
    chosen = drawing.Options()
    assert {name: getattr(chosen, name) for name in drawing.OPTIONS} == {
        name: option.default for name, option in drawing.OPTIONS.items()
    }
    compile_ = inspect.signature(Circuit.compile).parameters
    assert {name: compile_[name].default for name in program.OPTIONS} == {
        name: option.default for name, option in program.OPTIONS.items()
    }
    parser = build_parser()
    for command, options in (("draw", drawing.OPTIONS), ("expand", told), ("compile", program.OPTIONS)):
        given = vars(parser.parse_args([command, "rnn"]))
        assert {name: given[name] for name in options} == {name: option.default for name, option in options.items()}
