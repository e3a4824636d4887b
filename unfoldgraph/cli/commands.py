"""The commands: each takes the options, calls `Circuit`, writes the result, and returns the exit code.

Everything heavy is imported where it is needed: `check` loads no library for numbers, symbols or pictures.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from unfoldgraph.base.errors import CircuitError, Problem, SourceText, visible
from unfoldgraph.cli.arguments import INPUT, SOURCE_HELP
from unfoldgraph.cli.console import complain, cut, print_json, print_line, write_bytes

if TYPE_CHECKING:
    from unfoldgraph.circuit import Circuit

DONE = 0
"""The exit code of a command that did what it should."""

# Sources ----------------------------------------------------------------------------------------------


def load_circuit(source: str) -> tuple[Circuit, SourceText]:
    """Return the circuit of a SOURCE argument, and its text with the name that messages give it."""
    from unfoldgraph.circuit import Circuit
    from unfoldgraph.language.text import read

    text, shown, name = _resolve(source)
    named = SourceText(shown, text)
    try:
        return Circuit._of(read(text, shown, name)), named
    except CircuitError as error:
        error.source = error.source or named
        error.problems = tuple(_of_source(problem, named) for problem in error.problems)
        raise


def _of_source(problem: Problem, source: SourceText) -> Problem:
    """Return a problem that names its source, which may be one of several, where no place in it does."""
    return problem if problem.span is not None else replace(problem, message=f"{source.name}: {problem.message}")


def _resolve(source: str) -> tuple[str, str, str]:
    """Return the text of a source, the name for messages, and the name of the circuit."""
    from unfoldgraph.base.files import gallery_source, read_source, read_stream

    if source == "-":
        if sys.stdin is None:
            raise CircuitError("standard input is closed")
        return read_stream(sys.stdin.buffer, "standard input"), "<stdin>", "circuit"
    if _is_path(source):
        return read_source(source), source, _stem(source)
    if "=" in source:
        return source, "<equations>", "circuit"
    if not source.strip():
        raise CircuitError("SOURCE is empty", help=f"it is {SOURCE_HELP}")
    try:
        return (*gallery_source(source), source)
    except CircuitError as error:
        # A file in this folder is what was meant where there is one.
        for candidate in (f"{source}.circuit", source):
            if os.path.isfile(candidate):
                path = candidate if candidate.endswith(".circuit") else os.path.join(".", candidate)
                raise CircuitError(error.message, help=f"for the file write {path}") from None
        raise


def _is_path(source: str) -> bool:
    separators = [separator for separator in (os.sep, os.altsep) if separator]
    return source.endswith(".circuit") or ("=" not in source and any(one in source for one in separators))


def _stem(path: str) -> str:
    return os.path.splitext(os.path.basename(path))[0]


def _path_of(source: str) -> str | None:
    """Return the file that a source is, which no output may replace."""
    return source if source != "-" and _is_path(source) else None


def _warn(circuit: Circuit, source: SourceText) -> None:
    """Print the warnings of a circuit."""
    for problem in circuit.warnings:
        complain(_of_source(problem, source).render(source))


def _circuit(options: argparse.Namespace) -> Circuit:
    circuit, source = load_circuit(options.source)
    _warn(circuit, source)
    return circuit


def _lengths(circuit: Circuit, steps: int | Mapping[str, int] | None) -> dict[str, int] | None:
    """Return the length of every axis, checked against the circuit; None where no steps are given."""
    from unfoldgraph.model.lengths import checked, settled

    if steps is None:
        return None
    given = _some_lengths(circuit, steps)
    if not set(circuit.model.own_axes) <= settled(circuit.model, given).keys():
        raise _not_one_for_each(circuit)
    return checked(circuit.model, given)


def _some_lengths(circuit: Circuit, steps: int | Mapping[str, int]) -> dict[str, int]:
    """Return the lengths that are given by axis: of some axes, where inputs may give those of others."""
    from unfoldgraph.base.names import canonical
    from unfoldgraph.model.lengths import leading

    if isinstance(steps, int):
        axes = leading(circuit.model)
        if len(axes) > 1:
            raise _not_one_for_each(circuit)
        return dict.fromkeys(axes, steps)
    found = {canonical(axis): length for axis, length in steps.items()}
    if not set(found) <= set(circuit.axes):
        raise _not_one_for_each(circuit)
    return found


def _not_one_for_each(circuit: Circuit) -> CircuitError:
    from unfoldgraph.algebra.notation import shown
    from unfoldgraph.model.lengths import leading

    own = leading(circuit.model)
    named = ", ".join(map(shown, own)) or "none"
    return CircuitError(
        f"--steps gives one length for each axis, and the axes are: {named}",
        help=f"write --steps {','.join(f'{shown(axis)}=4' for axis in own)}" if own else "leave --steps out",
    )


# Commands ---------------------------------------------------------------------------------------------


def _draw(options: argparse.Namespace) -> int:
    from unfoldgraph.drawing.options import FORMATS, OPTIONS

    format_ = _picture_format(options.output, options.format)
    if options.legend and not FORMATS[format_].takes_legend:
        raise CircuitError(f"the format {format_} has no legend", help="leave --legend out, or choose another format")
    if options.frames and options.output == "-" and not FORMATS[format_].has_pages:
        raise CircuitError("several files cannot go to standard output", help="name them with -o, or take --format pdf")
    circuit = _circuit(options)
    values, lengths = _values_and_lengths(circuit, options)
    chosen = {name: getattr(options, name) for name in OPTIONS}
    drawing = circuit.draw(lengths, values=values, sizes=options.size, **chosen)
    path = options.output or f"{circuit.name}.{FORMATS[format_].suffix}"
    if options.frames:
        files = {os.fspath(name): content for name, content in drawing.render_frames(path, format_).items()}
    else:
        files = {path: drawing.render(format_)}
    if options.output == "-":
        write_bytes(*files.values())
        return DONE
    _write(files, options)
    if options.output is None:
        print_line("\n".join(files))
    return DONE


def _values_and_lengths(
    circuit: Circuit, options: argparse.Namespace
) -> tuple[dict[str, Any] | None, dict[str, int] | None]:
    """Return the arrays of a picture in numbers, None of another, and the length of every axis."""
    if options.data is None and not options.set:
        return None, _lengths(circuit, options.steps)
    from unfoldgraph.cli.arrays import lengths_given, read_arrays, require_bodies

    require_bodies(circuit, "in Python give Circuit(…).draw() the values with")
    values = read_arrays(options.data, options.set)
    some = None if options.steps is None else _some_lengths(circuit, options.steps)
    told, known = lengths_given(circuit, values, some)
    return values, {**known, **told}


def _picture_format(output: str | None, given: str | None) -> str:
    """Return the format that the suffix or the option says."""
    from unfoldgraph.drawing.options import FORMATS, format_of

    if output is None or output == "-":
        return given or "svg"
    suffix = os.path.splitext(output)[1].lower()
    by_suffix = format_of(suffix.lstrip("."))
    if by_suffix not in FORMATS:
        if given is not None:
            return given
        what = f"'{cut(suffix)}' is not the suffix of a picture" if suffix else f"{cut(output)} has no suffix"
        suffixes = ", ".join(f".{one.suffix}" for one in FORMATS.values())
        raise CircuitError(what, help=f"the suffixes are: {suffixes}; or give --format")
    if given not in (None, by_suffix):
        raise CircuitError(f"--format {given} contradicts the suffix of {output}", help="leave one of them out")
    return by_suffix


def _expand(options: argparse.Namespace) -> int:
    circuit = _circuit(options)
    lengths = None if options.steps is None else _some_lengths(circuit, options.steps)
    expansion = circuit.expand(options.target, lengths, sizes=options.size)
    for chunk in expansion.render(options.form, options.format, options.notation):
        sys.stdout.write(chunk)
    return DONE


def _compile(options: argparse.Namespace) -> int:
    from unfoldgraph.circuit import program_of
    from unfoldgraph.program.options import OPTIONS

    circuit = _circuit(options)
    chosen = {name: getattr(options, name) for name in OPTIONS}
    if options.outputs is not None:
        chosen["outputs"] = [name.strip() for name in options.outputs.split(",")]
    source = program_of(circuit, _lengths(circuit, options.steps), **chosen).source
    if options.output is None or options.output == "-":
        sys.stdout.write(source)
        return DONE
    if os.path.splitext(options.output)[1] != ".py":
        raise CircuitError(f"the code is Python: {cut(options.output)} does not end in .py")
    _write({options.output: source.encode()}, options)
    return DONE


def _evaluate(options: argparse.Namespace) -> int:
    circuit = _circuit(options)
    if options.output not in (None, "-") and os.path.splitext(options.output)[1] != ".npz":
        raise CircuitError(f"the results are arrays: {cut(options.output)} does not end in .npz")
    if options.output == "-" and options.json:
        raise CircuitError("--json and -o - cannot both have standard output")
    from unfoldgraph.base.names import canonical
    from unfoldgraph.cli.arrays import evaluate, read_arrays, require_bodies, save, summary, summary_text

    require_bodies(circuit, "call Circuit(…).compile() in Python with")
    arrays = read_arrays(options.data, options.set)
    lengths = None if options.steps is None else _some_lengths(circuit, options.steps)
    results = evaluate(circuit, arrays, lengths)
    given = {canonical(name) for name in arrays}
    for one in circuit.model.free:
        if one.argument not in given:
            complain(f"note: {one.told}")
    if options.output == "-":
        write_bytes(save(results))
        return DONE
    if options.output is not None:
        _write({options.output: save(results)}, options, options.data)
    if options.json:
        print_json(summary(circuit, results))
    else:
        print_line(summary_text(circuit, results))
    return DONE


def _info(options: argparse.Namespace) -> int:
    from unfoldgraph.cli.report import report, report_text

    circuit = _circuit(options)
    told = report(circuit, _lengths(circuit, options.steps))
    if options.json:
        print_json(told)
    else:
        print_line(visible(report_text(told)))
    return DONE


def _check(options: argparse.Namespace) -> int:
    lines, failed = [], False
    for source in options.sources:
        try:
            circuit, text = load_circuit(source)
        except CircuitError as error:
            complain(str(error))
            failed = True
            continue
        for problem in circuit.warnings:
            complain(_severe(_of_source(problem, text), options.strict).render(text))
        failed |= options.strict and bool(circuit.warnings)
        lines.append(f"{text.name if '=' in source or source == '-' else source}: ok")
        lines += [f"  {one.told}" for one in circuit.model.free]
    if failed:
        return INPUT
    print_line(visible("\n".join(lines)))
    return DONE


def _severe(problem: Problem, strict: bool) -> Problem:
    return replace(problem, severity="error") if strict else problem


def _gallery(options: argparse.Namespace) -> int:
    from unfoldgraph.base.files import gallery_names, gallery_source, gallery_title

    names = gallery_names() if options.name is None else (options.name,)
    if options.output is not None and options.output != "-":
        files = {name: gallery_source(name)[0].encode() for name in names}
        paths = {os.path.join(options.output, f"{name}.circuit"): content for name, content in files.items()}
        _write(paths, options, new_folder=None if os.path.exists(options.output) else options.output)
        print_line("\n".join(paths))
    elif options.name is not None:
        sys.stdout.write(gallery_source(options.name)[0])
    else:
        width = max(map(len, names), default=0)
        print_line("\n".join(f"{name:<{width}}  {gallery_title(name)}" for name in names))
    return DONE


def _write(
    outputs: Mapping[str, bytes],
    options: argparse.Namespace,
    source: str | None = None,
    new_folder: str | None = None,
) -> None:
    """Write files whole, never over the input."""
    from unfoldgraph.base.files import write_whole

    given = getattr(options, "source", "-")
    write_whole(outputs, options.force, source if source is not None else _path_of(given), new_folder)


HANDLERS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "draw": _draw,
    "expand": _expand,
    "compile": _compile,
    "run": _evaluate,
    "info": _info,
    "check": _check,
    "gallery": _gallery,
}
"""What each command does with its options."""
