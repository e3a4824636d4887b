"""A plan as a Python module: one function, and the helpers that it calls."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from unfoldgraph.base.files import MARK
from unfoldgraph.program.names import Names
from unfoldgraph.program.numpy_source.helpers import helpers_called
from unfoldgraph.program.numpy_source.lines import (
    Block,
    equation,
    laid_out,
    one_line,
    quotable,
    sum_text,
    with_places,
    wrapped,
)
from unfoldgraph.program.numpy_source.opening import write_opening
from unfoldgraph.program.numpy_source.signature import make_signature
from unfoldgraph.program.numpy_source.source import Writer
from unfoldgraph.program.numpy_source.steps import write_components
from unfoldgraph.program.numpy_source.storage import make_room, write_return
from unfoldgraph.program.schedule import Schedule

#: What generated code calls by these names; a circuit's own name may hide one of them.
_BUILTINS = ("range", "reversed", "zip", "len", "slice", "callable", "TypeError", "ValueError", "np")


@dataclass(frozen=True, slots=True)
class Module:
    """A generated module.

    Attributes
    ----------
    source : its text.
    function : the name of its function.
    arguments : what the function calls each array and function, by the circuit's own name.
    required : those of them that have no default.
    outputs : what the results are called, by the circuit's own name.
    axes : the axes, each with the first that has its length.
    takes_steps : the axes whose length the caller says.
    takes_lengths : whether sequences of a batch may have lengths of their own.
    """

    source: str
    function: str
    arguments: dict[str, str]
    required: tuple[str, ...]
    outputs: dict[str, str]
    axes: Mapping[str, str]
    takes_steps: tuple[str, ...]
    takes_lengths: bool


def generate(plan: Schedule, counts: Mapping[str, int] | None) -> Module:
    """Return the module of a plan, for any number of steps or, straight-line, for exactly `counts` of each axis."""
    names = Names()
    signature = make_signature(plan, counts, names)
    axes = plan.model.axes
    words = {word: names.claim(word) for word in ("arrays", "dtype", "batch", "sizes")}
    places = {axis: names.claim("step" if len(axes) == 1 else f"step_{axis}") for axis in axes}
    loops = {axis: names.claim(axis) for axis in axes}
    if not signature.has_batch:
        words |= {"dtype": "np.float64", "batch": "()"}
    words |= {word: names.claim(word) for word in ("given", "found")}
    words |= {word: names.builtin(word) for word in _BUILTINS}
    public, sizes, lengths = signature.public, signature.sizes, signature.lengths
    writer = Writer(plan, names, public, sizes, words, lengths, places, loops, signature.has_batch)
    body = Block()
    make_room(signature, writer, body)
    write_components(writer, counts, body)
    write_return(writer, body)
    work = [with_places(line, sum_text) for line in body.lines]
    opening = write_opening(signature, writer, work)
    work = [*opening, *([""] if opening and work[0] else []), *work]
    work = [line for statement in work for line in laid_out(statement)]
    lines = [f"# {MARK}.", *_docstring(plan), "", "import numpy as np"]
    hidden = {word: words[word] for word in _BUILTINS if words[word] != word}
    if hidden:
        lines += ["", "# The circuit has names of its own like these."]
        lines += [f"{alias} = {word}" for word, alias in hidden.items()]
    if "np" in hidden:
        work = [_with_alias(line) for line in work]
    lines += ["", "", '@np.errstate(all="ignore")', *signature.head(), *signature.docstring(), *work]
    for helper in helpers_called("\n".join(work)):
        lines += ["", "", *helper.split("\n")]
    return Module(
        "\n".join(lines) + "\n",
        signature.function,
        {argument.name: signature.public[argument.name] for argument in signature.arguments},
        tuple(argument.name for argument in signature.required),
        {name: signature.public[name] for name in plan.outputs},
        plan.model.length_of,
        signature.takes_steps,
        signature.takes_lengths,
    )


def _docstring(plan: Schedule) -> list[str]:
    """Return the docstring of the module: the equations."""
    equations = [
        line for statement in plan.model.statements for line in wrapped(equation(statement), "    ", "        ")
    ]
    title = one_line(plan.model.title or plan.model.name)
    return [f'"""{quotable(title)}', "", *map(quotable, equations), '"""']


def _with_alias(line: str) -> str:
    """Return a line that finds NumPy where one of the circuit's own names is `np`."""
    return line if line.lstrip().startswith("#") else re.sub(r"(?<![\w.])np(?=\.)", "_np", line)
