"""Arguments to one command, and whatever becomes of it to an exit code and a sentence."""

from __future__ import annotations

import sys

from unfoldgraph.base.errors import CircuitError, did_you_mean, visible
from unfoldgraph.cli.arguments import COMMANDS, INPUT, Exit, build_parser, refuse_unknown
from unfoldgraph.cli.commands import DONE, HANDLERS
from unfoldgraph.cli.console import complain, cut, discard, prepare_streams

MACHINE, BUG, INTERRUPTED = 1, 70, 130
"""The exit codes of what is nobody's mistake in the input; the others are `DONE` and `INPUT`."""


def answer(given: list[str]) -> int:
    """Run one command and return its exit code, whatever happens."""
    prepare_streams()
    try:
        code = _run(given)
        sys.stdout.flush()
        return code
    except Exit as exit_:
        return exit_.code
    except CircuitError as error:
        complain(str(error))
        return INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Who read the output has seen enough. The interpreter must not try to flush it again.
        discard(sys.stdout)
        return DONE
    except MemoryError:
        complain("error: there is not enough memory for this\n  help: take fewer steps")
        return MACHINE
    except OSError as error:
        discard(sys.stdout)
        where = f"{error.filename}: " if error.filename else ""
        complain(f"error: {visible(where)}{error.strerror or error}")
        return MACHINE
    except ImportError as error:
        complain(f"error: {error.msg}\n  help: install unfoldgraph again, with its dependencies")
        return MACHINE
    except Exception as error:
        import traceback

        complain("".join(traceback.format_exception(error)).rstrip())
        complain(f"error: this is a bug in unfoldgraph ({type(error).__name__}), please report it with the lines above")
        return BUG


def _run(given: list[str]) -> int:
    parser = build_parser(given[0] if given and given[0] in COMMANDS else None)
    if not given:
        parser.print_usage(sys.stderr)
        complain("error: no command\n  help: start with: unfoldgraph draw rnn, or unfoldgraph --help")
        return INPUT
    command = given[0]
    if not command.startswith("-") and command not in COMMANDS:
        parser.print_usage(sys.stderr)
        raise CircuitError(f"there is no command '{cut(command)}'", help=_hint(command))
    options, extra = parser.parse_known_args(given)
    if extra:
        refuse_unknown(options.command, extra)
    return HANDLERS[options.command](options)


def _hint(command: str) -> str:
    """Return what helps with an unknown command."""
    if guess := did_you_mean(command, COMMANDS):
        return guess
    if "=" in command or command.endswith(".circuit"):
        quoted = f'"{command}"' if "=" in command else command
        return f"a command comes first: unfoldgraph draw {cut(quoted)}"
    return f"the commands are: {', '.join(COMMANDS)}"
