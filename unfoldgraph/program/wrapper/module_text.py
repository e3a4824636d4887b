"""The text of a generated module: its equations, one function, and what of the runtime that calls."""

from __future__ import annotations

import ast
from typing import NamedTuple

from unfoldgraph.base.files import MARK
from unfoldgraph.model.equations import Model
from unfoldgraph.program.python_text.lines import lines
from unfoldgraph.program.python_text.nodes import Blank, Comment, Docstring, assign, name, names_used
from unfoldgraph.program.python_text.prose import equation_lines, one_line
from unfoldgraph.program.python_text.words import Words
from unfoldgraph.program.standalone import runtime_imports, runtime_source


class ModuleText(NamedTuple):
    """The text of a module that needs NumPy and nothing else: its own, then the functions of the runtime."""

    own: str
    runtime: tuple[str, ...]

    def __str__(self) -> str:
        return "\n\n\n".join([self.own, *self.runtime]) + "\n"


def module_text(model: Model, words: Words, defined: ast.stmt) -> ModuleText:
    """Return the text of a module that needs NumPy and nothing else.

    Parameters
    ----------
    model : the circuit.
    words : what the function calls what is not the circuit's.
    defined : the function that the module is for.

    >>> from unfoldgraph.language.text import read
    >>> from unfoldgraph.program.names import Names
    >>> from unfoldgraph.program.python_text.nodes import function, parameters
    >>> from unfoldgraph.program.python_text.words import words_of
    >>> total = function("total", parameters(), [ast.Return(name("np"))])
    >>> print(module_text(read("s(t) = s(t-1) + x(t)"), words_of(Names(), has_batch=True), total))
    # Written by unfoldgraph.
    \"\"\"circuit
    <BLANKLINE>
        s(t) = s(t-1) + x(t)
    \"\"\"
    <BLANKLINE>
    import numpy as np
    <BLANKLINE>
    <BLANKLINE>
    def total():
        return np
    <BLANKLINE>
    """
    used = names_used([defined])
    equations = [line for one in model.statements for line in equation_lines(one, "    ", "        ")]
    head = [f"# {MARK}.", *lines([Docstring([one_line(model.title or model.name), "", *equations])])]
    head += ["", "import numpy as np"]
    for imported in runtime_imports(used):
        head += ["", imported]
    aliases = {word: alias for word, alias in words.hidden.items() if alias in used}
    if aliases:
        head += lines([Blank(), Comment("The circuit has names of its own like these.")])
        head += lines([assign(name(alias), name(word)) for word, alias in aliases.items()])
    own = "\n\n\n".join(["\n".join(head), "\n".join(lines([defined]))])
    return ModuleText(own, tuple(runtime_source(used)))
