"""What may be said on the command line: commands, options, and what is wrong with the rest.

What a drawing, a formula or a program can be asked for is theirs to say, in their `options`. Options of later versions
are known here, so that they are refused as such.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from unfoldgraph.base.errors import CircuitError, did_you_mean, visible
from unfoldgraph.base.limits import STEPS
from unfoldgraph.base.option import Option
from unfoldgraph.cli.console import complain, cut, tell

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

INPUT = 2
"""The exit code of a command or an input that is wrong."""

_STEPS = re.compile(r"[0-9]{1,19}")
_STEPS_HELP = f"--steps takes a whole number from 0 to {STEPS}, or one for each axis: i=4,j=5"
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?(?:inf|nan)")

#: Options that later versions have, with the commands that will take them.
_RESERVED = {
    "compile": ("--checkpoint", "--truncate"),
    "run": ("--check-finite", "--engine"),
}

SOURCE_HELP = (
    "equations (with an '='), a path (ending in .circuit, or with a slash), the name of a gallery circuit, "
    "or - for standard input"
)
_EXAMPLES = """\
examples:
  unfoldgraph draw "h(t) = f(h(t-1), x(t); theta)" -o rnn.svg
  unfoldgraph expand "s(t) = f(s(t-1); theta); s(1) = s1" "s(3)"
  unfoldgraph compile lstm -o lstm.py
  unfoldgraph run fibonacci --steps 10
  unfoldgraph info lstm --steps 1000000000000
  unfoldgraph check *.circuit

exit codes: 0 done, 1 the machine failed, 2 the input or the command is wrong, 70 our bug, 130 interrupted
"""


class Exit(Exception):
    """The end of a command before its work, with its exit code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors look like all others and that knows no abbreviations."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, **settings)

    def error(self, message: str) -> NoReturn:
        """Print the usage and what is wrong."""
        self.print_usage(sys.stderr)
        complain(f"error: {visible(message)}\n  help: {self.prog} --help")
        raise Exit(INPUT)

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        """End the command, after `--help` and `--version`."""
        if message:
            tell(message)
        sys.stdout.flush()
        raise Exit(status)

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        """Print; what cannot be written is an error here as elsewhere, which argparse passes over."""
        if file is sys.stderr:
            tell(message)
        else:
            sys.stdout.write(message)


def _choice(option: str, known: Sequence[str]) -> Callable[[str], str]:
    """Return a check of an option against its values."""

    def check(value: str) -> str:
        if value not in known:
            guess = did_you_mean(value, known)
            listed = f"{option} is one of: {', '.join(known)}"
            raise CircuitError(f"{option} has no '{cut(value)}'", help=f"{guess}\n{listed}" if guess else listed)
        return value

    return check


def _steps(value: str) -> int | dict[str, int]:
    """Return the number of steps, or one for each axis."""
    if "=" not in value:
        return _count(value)
    found: dict[str, int] = {}
    for part in value.split(","):
        axis, _, count = part.partition("=")
        axis = axis.strip()
        if not axis or axis in found:
            raise CircuitError(f"--steps {cut(value)!r} does not name each axis once", help=_STEPS_HELP)
        found[axis] = _count(count.strip())
    return found


def _sizes(value: str) -> dict[str, int]:
    """Return the numbers of `--size M=3,n=2`."""
    found: dict[str, int] = {}
    for part in value.split(","):
        name, _, number = part.partition("=")
        name = name.strip()
        if not name or name in found or not _STEPS.fullmatch(number.strip()) or int(number) > STEPS:
            raise CircuitError(f"--size {cut(value)!r} does not say how large each size is", help="write --size M=3")
        found[name] = int(number)
    return found


def _count(value: str) -> int:
    if not _STEPS.fullmatch(value) or int(value) > STEPS:
        raise CircuitError(f"{cut(value)!r} is not a number of steps: {_STEPS_HELP}")
    return int(value)


def _settings(value: str) -> dict[str, float]:
    """Return the numbers of `--set r=3.7,s0=0.2`."""
    found: dict[str, float] = {}
    for part in value.split(","):
        name, sign, number = (piece.strip() for piece in part.partition("="))
        if not name or not sign or not _NUMBER.fullmatch(number.lower()):
            raise CircuitError(f"--set {cut(part)!r} is not a name and a number", help="write --set r=3.7,s0=0.2")
        if name in found:
            raise CircuitError(f"--set gives '{cut(name)}' twice")
        found[name] = float(number)
    return found


class _Joined(argparse.Action):
    """Joins what an option gives by name each time that it is written; of one name the last counts."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        before = getattr(namespace, self.dest)
        is_joined = isinstance(before, dict) and isinstance(values, dict)
        setattr(namespace, self.dest, {**before, **values} if is_joined else values)


def build_parser(command: str | None = None) -> argparse.ArgumentParser:
    """Return the parser of every command; `options.command` is the one that is meant.

    Where the command is known, those of the others are known by name only.
    """
    parser = _Parser(
        prog="unfoldgraph",
        description="Write a recurrence as the textbook does; get its circuit, its unfolding, its formula, its code.",
        epilog=_EXAMPLES,
    )
    parser.add_argument("--version", action="version", version=f"unfoldgraph {_version()}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Parser)
    for name, (summary, add_arguments) in COMMANDS.items():
        its_own = commands.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
        if command in (None, name):
            add_arguments(its_own)
    return parser


def _version() -> str:
    from unfoldgraph import __version__

    return __version__


def _add_source(command: argparse.ArgumentParser) -> None:
    command.add_argument("source", metavar="SOURCE", help=SOURCE_HELP)


def _add_steps(command: argparse.ArgumentParser, summary: str) -> None:
    help = f"{summary}; for several axes i=N,j=M"
    command.add_argument("--steps", metavar="N", type=_steps, action=_Joined, help=help)


def _add_sizes(command: argparse.ArgumentParser) -> None:
    help = "how large the sizes are that ranges and places go by"
    command.add_argument("--size", metavar="M=3", type=_sizes, action=_Joined, help=help)


def _add_output(command: argparse.ArgumentParser, metavar: str, summary: str) -> None:
    command.add_argument("-o", "--output", metavar=metavar, help=summary)
    command.add_argument("--force", action="store_true", help="replace a file that unfoldgraph did not write")


def _add_options(command: argparse.ArgumentParser, options: Mapping[str, Option]) -> None:
    """Add options as those who own them describe them."""
    for name, option in options.items():
        flag = f"--{name}"
        if option.default is False:
            command.add_argument(flag, action="store_true", help=option.help)
            continue
        check = _choice(flag, option.values) if option.values else str
        command.add_argument(flag, type=check, default=option.default, metavar=option.metavar, help=option.help)


def _draw_arguments(command: argparse.ArgumentParser) -> None:
    from unfoldgraph.drawing import options as drawing

    _add_source(command)
    _add_output(
        command, "FILE", "where to write it, in the format of the suffix; - is standard output (default: NAME.svg)"
    )
    _add_steps(command, "unfold for N steps, time in numbers (default: time in symbols)")
    _add_sizes(command)
    own = dict(drawing.OPTIONS)
    switches = {name: own.pop(name) for name in ("wavefronts", "legend")}
    _add_options(command, own)
    _add_data(command, ", from which each node has its value written below its name")
    command.add_argument(
        "--frames",
        action="store_true",
        help="for slides: NAME-0.svg is the circuit, NAME-1.svg has one step, …; of a PDF the pages",
    )
    _add_options(command, {**switches, "format": drawing.FORMAT})


def _expand_arguments(command: argparse.ArgumentParser) -> None:
    from unfoldgraph.formula import options as formula

    _add_source(command)
    command.add_argument(
        "target",
        metavar="TARGET",
        nargs="?",
        help="h(4), or h for its last place (default: the first signal with a delay)",
    )
    _add_steps(command, "the number of steps")
    _add_sizes(command)
    _add_options(command, formula.OPTIONS)


def _compile_arguments(command: argparse.ArgumentParser) -> None:
    from unfoldgraph.program import options as program

    _add_source(command)
    _add_output(command, "FILE.py", "where to write the code (default: standard output)")
    _add_steps(command, "straight-line code for exactly N steps (default: a loop, for any number)")
    _add_options(command, program.OPTIONS)


def _add_data(command: argparse.ArgumentParser, purpose: str = "") -> None:
    command.add_argument("--data", metavar="FILE.npz", help=f"arrays, by name{purpose}")
    command.add_argument(
        "--set", metavar="NAME=VALUE,...", type=_settings, action=_Joined, default={}, help="numbers: r=3.7,s0=0.2"
    )


def _run_arguments(command: argparse.ArgumentParser) -> None:
    _add_source(command)
    _add_data(command)
    _add_steps(command, "the number of steps; not needed where an input says it")
    _add_output(command, "OUT.npz", "where to write every signal; - is standard output (default: nowhere)")
    command.add_argument("--json", action="store_true", help="print JSON")


def _info_arguments(command: argparse.ArgumentParser) -> None:
    _add_source(command)
    _add_steps(command, "also count the graph unfolded for N steps, 1000000000000 as quickly as 3")
    command.add_argument("--json", action="store_true", help="print JSON")


def _check_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("sources", metavar="SOURCE", nargs="+", help=SOURCE_HELP)
    command.add_argument("--strict", action="store_true", help="warnings are errors")


def _gallery_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("name", metavar="NAME", nargs="?", help="one circuit (default: list them)")
    _add_output(command, "DIR", "write the .circuit files into a folder (default: print them)")


COMMANDS: Mapping[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "draw": ("draw the circuit and its unfolding", _draw_arguments),
    "expand": ("write a signal out as a formula", _expand_arguments),
    "compile": ("write the circuit as NumPy code", _compile_arguments),
    "run": ("compute the circuit on numbers", _run_arguments),
    "info": ("tell what a circuit is made of", _info_arguments),
    "check": ("say whether circuits are right", _check_arguments),
    "gallery": ("list, print or copy the circuits that come along", _gallery_arguments),
}
"""Of each command what it does, and the function that adds its arguments to a parser."""


def refuse_unknown(command: str, extra: Sequence[str]) -> NoReturn:
    """Raise for arguments that a command does not take."""
    parser = argparse.ArgumentParser()
    COMMANDS[command][1](parser)
    options = [option for action in parser._actions for option in action.option_strings]
    word = next((one for one in extra if one.startswith("-") and one != "-"), extra[0])
    name = word.split("=", 1)[0]
    if name in _RESERVED.get(command, ()):
        raise CircuitError(f"{name} is not available yet", help=f"unfoldgraph {command} --help lists what there is")
    if name.startswith("-") and name != "-":
        guess = did_you_mean(name, options)
        raise CircuitError(f"{command} has no option {cut(name)}", help=guess or f"see: unfoldgraph {command} --help")
    raise CircuitError(
        f"{command} does not take '{cut(word)}' as well",
        help='equations are one argument: put them in quotes, as in "h(t) = f(h(t-1); theta)"',
    )
