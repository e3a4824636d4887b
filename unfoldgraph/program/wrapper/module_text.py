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
from unfoldgraph.program.standalone import compiled_source, runtime_imports, runtime_source
from unfoldgraph.program.wrapper.loop_kernel import STOPPED


class CompiledText(NamedTuple):
    """The functions that Numba compiles: what they import, the aliases of what is outside, and themselves.

    Every one stands behind the decorator that `head` makes.
    """

    imports: str
    functions: tuple[str, ...]

    def head(self, cache: bool) -> str:
        """Return the lines before the functions."""
        told = "cache=True, " if cache else ""
        options = f'{told}error_model="numpy", fastmath={{"contract"}}'
        comments = [
            "# Loops for Numba, compiled when they are first called. With cache=True what is compiled is kept in files",
            "# beside this one: only where nobody else may write.",
        ]
        return "\n".join(
            [
                *([] if cache else comments),
                f"_compiled = numba.njit({options})",
                "# Whether Ctrl-C was pressed: nothing else stops compiled loops.",
                f'{STOPPED} = numba.types.ExternalFunction("PyOS_InterruptOccurred", numba.types.intc())',
            ]
        )

    def alone(self, cache: bool) -> str:
        """Return the text of a module that has nothing else."""
        return "\n\n\n".join([f"{self.imports}\n\n{self.head(cache)}", *self.functions]) + "\n"


class ModuleText(NamedTuple):
    """The text of a module that needs NumPy and nothing else: its own, then the functions of the runtime.

    Where there are some for Numba, it needs that too.
    """

    told: str
    imports: str
    defined: str
    runtime: tuple[str, ...]
    compiled: CompiledText | None = None

    @property
    def own(self) -> str:
        """What is neither of the runtime nor compiled."""
        return "\n\n\n".join([f"{self.told}\n\nimport numpy as np{self.imports}", self.defined])

    def __str__(self) -> str:
        parts = [self.own, *self.runtime]
        if self.compiled is not None:
            head = f"{self.told}\n\n{self.compiled.imports}{self.imports}"
            parts = [head, self.defined, self.compiled.head(cache=False), *self.compiled.functions, *self.runtime]
        return "\n\n\n".join(parts) + "\n"


def compiled_text(words: Words, kernel: ast.stmt) -> CompiledText:
    """Return the functions that Numba compiles: a kernel, and what of the runtime it calls."""
    used = names_used([kernel])
    helpers = compiled_source(used)
    imports = ["import math", ""] if any("math." in text for text in helpers) else []
    head = [*imports, "import numba", "import numpy as np"] if imports else ["import numba", "import numpy as np"]
    aliases = {word: alias for word, alias in words.hidden.items() if alias in used}
    if aliases:
        head += lines([Blank(), *(assign(name(alias), name(word)) for word, alias in aliases.items())])
    texts = ["\n".join(lines([kernel])), *helpers]
    return CompiledText("\n".join(head), tuple(f"@_compiled\n{text}" for text in texts))


def module_text(model: Model, words: Words, defined: ast.stmt, compiled: CompiledText | None = None) -> ModuleText:
    """Return the text of a module that needs NumPy and nothing else.

    Parameters
    ----------
    model : the circuit.
    words : what the function calls what is not the circuit's.
    defined : the function that the module is for.
    compiled : what it calls that Numba compiles; then it needs that too.

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
    told = "\n".join([f"# {MARK}.", *lines([Docstring([one_line(model.title or model.name), "", *equations])])])
    imports = [line for imported in runtime_imports(used) for line in ("", imported)]
    aliases = {word: alias for word, alias in words.hidden.items() if alias in used}
    if aliases:
        imports += lines([Blank(), Comment("The circuit has names of its own like these.")])
        imports += lines([assign(name(alias), name(word)) for word, alias in aliases.items()])
    behind = "".join(f"\n{line}" for line in imports)
    return ModuleText(told, behind, "\n".join(lines([defined])), tuple(runtime_source(used)), compiled)
